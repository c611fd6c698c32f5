"""The page in a real browser with the network off."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from geodata import read_city
from geodata.messages import LANGS, Lang
from tests.browser import DESKTOP, PHONE, visit
from tests.zoning.maps_project import Names, pressure_of, small_city
from zoning.maps import draw_map

pytestmark = pytest.mark.browser

READY = "html[data-ready]"
ZONES = ".leaflet-xuequ-zones-pane path"
SCHOOLS = ".leaflet-xuequ-schools-pane path"
POPUP = ".leaflet-popup-content"
HOSTILE = (
    "<script>window.pwned=1</script><img src=x onerror=window.pwned=2>"
    "</script><script>window.pwned=3</script>\"';window.pwned=4;//`${window.pwned=5}`&lt;b&gt; {n}{x}"
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    city = small_city(folder)
    return written(folder, draw_map(city, lang="en", pressure=pressure_of(city)))


def written(folder: Path, html: str) -> Path:
    path = folder / "map.html"
    path.write_text(html, encoding="utf-8")
    return path


def on_top(page: Page, selector: str) -> bool:
    """Whether the middle of an element is what a click there would reach."""
    found: bool = page.locator(selector).first.evaluate(
        """node => { const box = node.getBoundingClientRect();
        const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return node === top || node.contains(top) || top.contains(node); }"""
    )
    return found


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_page_opens_without_asking_for_anything_and_without_an_error(
    browser: Browser, small: Path, size: tuple[int, int]
) -> None:
    with visit(browser, small, size=size, ready=READY) as opened:
        assert opened.page.locator(ZONES).count() == 9
        assert opened.page.locator(SCHOOLS).count() == 11
        assert opened.asked == []
        assert opened.errors == []


def test_the_browser_itself_refuses_what_a_script_would_fetch(browser: Browser, small: Path) -> None:
    with visit(browser, small, ready=READY) as opened:
        opened.page.evaluate("new Image().src = 'https://example.org/a.png'")
        opened.page.wait_for_timeout(200)
        assert opened.asked == []
        assert "Content Security Policy" in opened.errors[0]


def test_a_click_on_a_zone_opens_its_popup(browser: Browser, small: Path) -> None:
    with visit(browser, small, ready=READY) as opened:
        opened.page.locator(ZONES).nth(3).click(position={"x": 12, "y": 12})
        assert "片区4" in opened.page.locator(POPUP).inner_text()


def test_the_keyboard_opens_the_popup_of_a_school(browser: Browser, small: Path) -> None:
    with visit(browser, small, ready=READY) as opened:
        opened.page.locator(SCHOOLS).first.focus()
        opened.page.keyboard.press("Enter")
        assert "第1小学" in opened.page.locator(POPUP).inner_text()


def test_the_layer_control_shows_and_hides_layers(browser: Browser, small: Path) -> None:
    with visit(browser, small, ready=READY) as opened:
        labels = opened.page.locator(".leaflet-control-layers-overlays label")
        assert opened.page.locator(".leaflet-xuequ-units-pane path").count() == 0
        labels.filter(has_text="planning units").click()
        assert opened.page.locator(".leaflet-xuequ-units-pane path").count() == 18
        labels.filter(has_text="schools").click()
        assert opened.page.locator(SCHOOLS).count() == 0


@pytest.mark.parametrize("way", [".views label", ".leaflet-control-layers-base label"])
def test_the_view_of_household_children_recolours_map_list_and_legend(
    browser: Browser, small: Path, way: str
) -> None:
    with visit(browser, small, ready=READY) as opened:
        page = opened.page
        before = page.locator(ZONES).first.get_attribute("fill")
        page.locator(way).filter(has_text="household-registered").click()
        assert page.locator(ZONES).count() == 9
        assert page.locator(ZONES).first.get_attribute("fill") != before
        assert page.locator("[data-view='1'] h2").is_visible()
        assert not page.locator("[data-view='0'] h2").is_visible()
        assert page.locator("#zone-list tr td:nth-child(2)").first.inner_text() == "96"
        assert page.locator("input[name=view]:checked").get_attribute("value") == "1"
        for checked in page.locator("input.leaflet-control-layers-selector[type=radio]").all()[1:]:
            assert checked.is_checked()


def test_the_list_leads_to_the_zone(browser: Browser, small: Path) -> None:
    with visit(browser, small, ready=READY) as opened:
        opened.page.locator("#zone-filter").fill("片区5")
        shown = opened.page.locator("#zone-list tbody tr:visible")
        assert shown.count() == 1
        shown.get_by_role("button").click()
        assert "2 schools serve it" in opened.page.locator(POPUP).inner_text()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_watermark_covers_the_picture_at_every_zoom_and_stops_no_click(
    browser: Browser, small: Path, size: tuple[int, int]
) -> None:
    with visit(browser, small, size=size, ready=READY) as opened:
        page = opened.page
        mark = page.locator(".leaflet-container > #watermark")
        for _ in range(3):
            assert mark.bounding_box() == page.locator(".leaflet-container").bounding_box()
            page.locator(".leaflet-control-zoom-in").click()
            page.wait_for_timeout(350)
        assert mark.evaluate("node => getComputedStyle(node).pointerEvents") == "none"


def test_chinese_is_drawn_from_the_font_in_the_page(browser: Browser, small: Path) -> None:
    # a character without a shape is a box, the same box for each
    with visit(browser, small, ready=READY) as opened:
        font = opened.page.evaluate(
            """() => { const face = [...document.fonts][0];
            return [document.fonts.size, face.family, face.status,
                    document.fonts.check('16px "Xuequ Sans"', '漖滘小学')]; }"""
        )
        assert font == [1, "Xuequ Sans", "loaded", True]
        assert inked(opened.page, "漖") != inked(opened.page, "滘") != inked(opened.page, "\ue000")


def inked(page: Page, character: str) -> Any:
    """Return what a character looks like: the pixels of its drawing."""
    return page.evaluate(
        """character => { const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 40; const pen = canvas.getContext("2d");
        pen.font = '32px "Xuequ Sans"'; pen.fillText(character, 2, 34);
        return pen.getImageData(0, 0, 40, 40).data.join(""); }""",
        character,
    )


def test_the_fields_and_the_map_use_the_font_in_the_page(browser: Browser, small: Path) -> None:
    with visit(browser, small, ready=READY) as opened:
        for selector in ("#zone-filter", ".leaflet-control-layers", "#watermark text", "td button"):
            node = opened.page.locator(selector).first
            assert "Xuequ Sans" in node.evaluate("node => getComputedStyle(node).fontFamily")


def test_names_from_the_data_are_never_code(browser: Browser, tmp_path: Path) -> None:
    names = Names(
        project=HOSTILE, zone=HOSTILE, school=HOSTILE, unit=HOSTILE, label=HOSTILE, source=HOSTILE
    )
    city = small_city(tmp_path, names)
    path = written(tmp_path, draw_map(city, lang="en", pressure=pressure_of(city)))
    with visit(browser, path, ready=READY) as opened:
        page = opened.page
        page.locator(".leaflet-control-layers-overlays label").filter(has_text="units").click()
        for pane in ("zones", "units", "schools"):
            page.locator(f".leaflet-xuequ-{pane}-pane path").first.evaluate(
                "node => node.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))"
            )
            page.locator(f".leaflet-xuequ-{pane}-pane path").first.dispatch_event("click")
            assert page.locator(f"{POPUP} h3").last.inner_text().startswith("<script>window.pwned=1")
        assert page.locator("h1").inner_text() == HOSTILE
        assert page.title() == HOSTILE
        assert page.evaluate("window.pwned === undefined")
        assert opened.errors == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_language_names_itself_and_its_controls(browser: Browser, tmp_path: Path, lang: Lang) -> None:
    city = small_city(tmp_path)
    path = written(tmp_path, draw_map(city, lang=lang, pressure=pressure_of(city)))
    with visit(browser, path, ready=READY) as opened:
        page = opened.page
        zoom = page.locator(".leaflet-control-zoom-in").get_attribute("aria-label")
        assert zoom == {"zh": "放大", "en": "Zoom in"}[lang]
        assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
        if lang == "zh":
            shown = page.locator("aside").inner_text()
            known = {"Sample", "Leaflet", "BSD", "Clause", "Noto", "Sans", "SC", "SIL", "OFL", "Xuequ"}
            assert set(re.findall(r"[A-Za-z]{2,}", shown)) - known <= {"made", "up", "for", "test"}


def test_nothing_overlaps_on_a_phone(browser: Browser, small: Path) -> None:
    with visit(browser, small, size=PHONE, ready=READY) as opened:
        page = opened.page
        for control in (".leaflet-control-zoom-in", ".leaflet-control-layers-toggle"):
            assert on_top(page, control)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
        assert page.locator("#legend").get_attribute("open") is not None
        assert page.locator("#zones").get_attribute("open") is None
        page.locator("#legend > summary").click()
        assert not page.locator("#legend .key").first.is_visible()


def test_a_zone_without_a_polygon_is_shown_from_the_list(browser: Browser, tmp_path: Path) -> None:
    city = small_city(tmp_path)
    zones = city["zones"].assign(geometry=None).set_geometry("geometry", crs=city["zones"].crs)
    html = draw_map(city, lang="en", pressure=pressure_of(city), zones=zones)
    with visit(browser, written(tmp_path, html), ready=READY) as opened:
        page = opened.page
        page.locator(".views label").filter(has_text="household-registered").click()
        page.get_by_role("button", name="片区4").click()
        assert "片区4" in page.locator(POPUP).inner_text()
        assert opened.errors == []


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["xiangtan", "liwan"])
def test_real_projects_draw(browser: Browser, real_data: Path, tmp_path: Path, name: str) -> None:
    assert real_data.is_dir()
    city = read_city(Path(__file__).parents[1] / "projects" / name)
    path = written(tmp_path, draw_map(city, lang="en"))
    with visit(browser, path, ready=READY) as opened:
        assert opened.page.locator(ZONES).count() == {"xiangtan": 8, "liwan": 0}[name]
        assert opened.page.locator(SCHOOLS).count() == int(city["schools"].geometry.notna().sum())
        assert opened.page.locator("#watermark").count() == 0
        assert opened.asked == []
        assert opened.errors == []


def test_circles_shrink_together_where_they_would_hide_the_zones(browser: Browser, small: Path) -> None:
    def width(page: Page, selector: str) -> float:
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        return box["width"]

    with visit(browser, small, ready=READY) as opened:
        page = opened.page
        at_first = width(page, SCHOOLS)
        for _ in range(4):
            page.locator(".leaflet-control-zoom-out").click()
            page.wait_for_timeout(350)
        assert width(page, SCHOOLS) < 0.6 * at_first
        example = page.locator("circle[data-radius]").first
        shrunk = float(example.get_attribute("r") or 0) / float(example.get_attribute("data-radius") or 1)
        assert shrunk == pytest.approx(0.3, abs=0.05)


def test_local_metres_are_drawn_as_a_plane_that_fits_the_picture(browser: Browser, tmp_path: Path) -> None:
    # metres without a place on the earth: their numbers are kept, nothing is projected
    city = dataclasses.replace(small_city(tmp_path), metric_crs="local-metres")
    path = written(tmp_path, draw_map(city, lang="en", pressure=pressure_of(city)))
    with visit(browser, path, ready=READY) as opened:
        outer = opened.page.locator(".leaflet-container").bounding_box()
        assert outer is not None
        for zone in opened.page.locator(ZONES).all():
            box = zone.bounding_box()
            assert box is not None
            assert box["x"] >= outer["x"]
            assert box["y"] + box["height"] <= outer["y"] + outer["height"]
        assert opened.page.locator(".leaflet-control-scale-line").inner_text() == "500 m"
        assert opened.errors == []
