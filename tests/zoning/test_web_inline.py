"""Pages hold everything that they need."""

import hashlib
import re
from pathlib import Path

import pytest

from geodata import XuequError
from zoning.web import content_policy, inline_assets, loads_of
from zoning.web.inline import LEAFLET_CSS, LEAFLET_JS, script_safe

ASSETS = Path(__file__).parents[2] / "zoning" / "assets"


def test_a_linked_script_becomes_its_vendored_text() -> None:
    page = inline_assets(f'<script src="{LEAFLET_JS}"></script>')
    assert "Leaflet 1.9.4" in page
    assert "src=" not in re.findall(r"<script[^>]*>", page)[0]


def test_a_linked_style_sheet_brings_its_pictures_along() -> None:
    page = inline_assets(f'<link rel="stylesheet" href="{LEAFLET_CSS}"/>')
    assert page.count("data:image/png;base64,") == 3
    assert "images/layers.png" not in page


def test_a_source_map_is_not_asked_for() -> None:
    assert "sourceMappingURL" not in inline_assets(f'<script src="{LEAFLET_JS}"></script>')


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://x.cn/a.js"></script>',
        "<script src='//x.cn/a.js'></script>",
        '<link rel="stylesheet" href="https://x.cn/a.css">',
        '<img src="https://x.cn/a.png">',
        '<img srcset="https://x.cn/a.png 2x">',
        '<iframe src="https://x.cn/"></iframe>',
        '<object data="https://x.cn/a"></object>',
        '<form action="https://x.cn/"></form>',
        '<p style="background: url(https://x.cn/a.png)">',
        "<style>p { background: url('https://x.cn/a.png') }</style>",
        '<style>@import "https://x.cn/a.css";</style>',
        '<svg><use xlink:href="https://x.cn/a.svg"/></svg>',
        '<meta http-equiv="refresh" content="0; url=https://x.cn/">',
    ],
)
def test_a_page_that_would_load_anything_is_refused(html: str) -> None:
    with pytest.raises(XuequError, match="would load"):
        inline_assets(html)


def test_a_link_that_a_reader_follows_is_not_a_load() -> None:
    assert loads_of('<a href="https://x.cn/">source</a>') == []


def test_an_address_in_a_text_is_not_a_load() -> None:
    assert loads_of('<p>see src="https://x.cn/a.js"</p>') == []


def test_inlined_code_cannot_end_its_script_element() -> None:
    assert "</script" not in script_safe("a = '</script>'; b = '</SCRIPT >'").lower()


def test_the_content_policy_names_no_host_without_tiles() -> None:
    assert "http:" not in content_policy()
    assert "https:" not in content_policy()


@pytest.mark.parametrize(
    ("tiles", "origin"),
    [
        ("https://tiles.cn/{z}/{x}/{y}.png", "https://tiles.cn;"),
        ("https://{s}.tiles.cn/{z}/{x}/{y}.png", "https://*.tiles.cn;"),
        ("https://t{s}.tianditu.gov.cn/w?x={x}&y={y}&l={z}", "https://*.tianditu.gov.cn;"),
        ("http://10.0.0.5:8080/{z}/{x}/{y}.png", "http://10.0.0.5:8080;"),
    ],
)
def test_the_content_policy_allows_pictures_from_the_tile_host(tiles: str, origin: str) -> None:
    assert f"img-src data: {origin}" in content_policy(tiles)


@pytest.mark.parametrize(
    "tiles", ["tiles/{z}/{x}/{y}.png", "https://x.cn/", 'https://x.cn/{z}/{x}/{y}"><script>']
)
def test_a_tile_address_that_is_none_is_refused(tiles: str) -> None:
    with pytest.raises(XuequError, match=r"map\.tiles"):
        content_policy(tiles)


def test_the_vendored_files_are_those_of_the_notice() -> None:
    notice = (ASSETS / "NOTICE.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\| (\S+) \| ([0-9a-f]{64}) \|$", notice, re.M))
    found = {
        path.relative_to(ASSETS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ASSETS / "leaflet-1.9.4").rglob("*")
        if path.is_file()
    }
    assert found == stated
