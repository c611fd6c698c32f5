"""Each page carries the shapes of its own characters."""

import base64
import io
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from playwright.sync_api import Browser

from tests.browser import visit
from zoning.web import font_css


def embedded(css: str) -> TTFont:
    found = re.search(r"data:font/woff2;base64,([^\"]+)", css)
    assert found is not None
    return TTFont(io.BytesIO(base64.b64decode(found.group(1))))


@pytest.mark.parametrize("name", ["漖", "滘", "塱", "埗", "㘵"])
def test_rare_characters_of_place_names_are_in_the_font(name: str) -> None:
    font = font_css(name)
    assert font.missing == ()
    assert ord(name) in embedded(font.css).getBestCmap()


def test_the_font_holds_ascii_and_the_text_and_nothing_else() -> None:
    held = set(embedded(font_css("学位≥").css).getBestCmap())
    assert held == set(range(0x20, 0x7F)) | {ord(ch) for ch in "学位≥"}


def test_a_character_without_a_shape_is_told_and_the_others_still_come() -> None:
    font = font_css("学\ue000")
    assert font.missing == ("\ue000",)
    assert ord("学") in embedded(font.css).getBestCmap()


def test_spaces_and_line_ends_need_no_shape() -> None:
    assert font_css("学\u3000区\n\u00a0\u200b").missing == ()


def test_the_licence_travels_with_the_font() -> None:
    names = {record.nameID for record in embedded(font_css("学").css)["name"].names}
    assert {0, 13, 14} <= names


def test_the_same_characters_make_the_same_bytes_in_any_order() -> None:
    assert font_css("学区划片").css == font_css("片划区学学").css


def test_form_fields_inherit_the_font() -> None:
    assert "button,input,select" in font_css("学").css


@pytest.mark.browser
def test_in_english_a_quotation_mark_is_no_wider_than_it_is_drawn(tmp_path: Path, browser: Browser) -> None:
    def widths(lang: str) -> list[float]:
        marks = "".join(f"<span>{mark}</span>" for mark in "“”‘’字")
        path = tmp_path / f"{lang}.html"
        path.write_text(
            f'<html lang="{lang}"><meta charset="utf-8"><style>{font_css("“”‘’字").css}</style>{marks}',
            encoding="utf-8",
        )
        with visit(browser, path, ready="span") as opened:
            opened.page.evaluate("document.fonts.ready")
            spans = opened.page.locator("span")
            drawn = spans.evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
            return [round(width / 16, 1) for width in drawn]

    *marks, letter = widths("en")
    assert letter == 1
    assert all(width < 0.6 for width in marks)
    assert widths("zh") == [1, 1, 1, 1, 1]
