"""The page of a change in a real browser with the network off."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from geodata import read_city
from tests.browser import DESKTOP, visit
from tests.zoning.maps.changed import changed, many_years, moved, side, town
from tests.zoning.maps_project import Names
from zoning.maps.compared import compared_map
from zoning.maps.compared_sides import Side
from zoning.maps.timed import warning_by_year

pytestmark = pytest.mark.browser

READY = "html[data-ready]"
SMALL_PHONE = (360, 740)
HOSTILE = "<script>window.pwned=1</script><img src=x onerror=window.pwned=2>\"'{n}"
VIEWS = "xuequ.panes.map(p => [p.map.getCenter().lat, p.map.getCenter().lng, p.map.getZoom()])"


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("changed")
    return written(folder, Names())


def written(folder: Path, names: Names) -> Path:
    city = many_years(town(folder, names))
    after = moved(city, {"U11": "Z2"})
    html = compared_map(
        side(city, names.zone), side(after, "proposed"), lang="en", timed=warning_by_year(city, after)
    )
    path = folder / "changed.html"
    path.write_text(html, encoding="utf-8")
    return path


def together(page: Page) -> bool:
    one, two = page.evaluate(VIEWS)
    return bool(one == pytest.approx(two, abs=3e-4))


def paths(page: Page, side: str, layer: str) -> Any:
    return page.locator(f"#map-{side} .leaflet-xuequ-{layer}-pane path")


@pytest.mark.parametrize("size", [DESKTOP, SMALL_PHONE])
def test_it_opens_without_asking_for_anything_without_an_error_and_without_scrolling_sideways(
    browser: Browser, page_of: Path, size: tuple[int, int]
) -> None:
    with visit(browser, page_of, size=size, ready=READY) as opened:
        assert opened.asked == []
        assert opened.errors == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_the_panes_move_together_whichever_is_moved(browser: Browser, page_of: Path) -> None:
    with visit(browser, page_of, ready=READY) as opened:
        page = opened.page
        start = page.evaluate(VIEWS)
        for name in ("before", "after"):
            box = page.locator(f"#map-{name}").bounding_box()
            assert box is not None
            page.mouse.move(box["x"] + 200, box["y"] + 200)
            page.mouse.down()
            page.mouse.move(box["x"] + 120, box["y"] + 150, steps=4)
            page.mouse.up()
            page.locator(f"#map-{name} .leaflet-control-zoom-in").click()
            page.wait_for_timeout(300)
            assert together(page)
            assert page.evaluate(VIEWS) != start


def test_what_moves_is_hatched_in_both_panes(browser: Browser, page_of: Path) -> None:
    with visit(browser, page_of, ready=READY) as opened:
        for name in ("before", "after"):
            one = paths(opened.page, name, "moved")
            assert one.count() == 1
            assert one.get_attribute("fill") == "url(#xq-moved)"
            assert one.is_visible()
            assert opened.page.locator(f"#map-{name} .label.move").inner_text() == "1"


def test_the_slider_recolours_both_panes_and_tells_its_year(browser: Browser, page_of: Path) -> None:
    with visit(browser, page_of, ready=READY) as opened:
        page = opened.page
        page.locator("#step").focus()
        page.keyboard.press("ArrowRight")
        assert page.locator("#step-name").inner_text() == "2027"
        assert page.locator("#step").get_attribute("aria-valuetext") == "2027"
        assert page.locator("input[value=time]").is_checked()
        fills = [one.get_attribute("fill") for one in paths(page, "before", "zones").all()]
        page.locator("#later").click()
        assert page.locator(".at-step").first.inner_text() == "2028"
        assert [one.get_attribute("fill") for one in paths(page, "before", "zones").all()] != fills
        assert page.locator("#later").is_disabled()
        assert not page.locator("ul[data-colouring=change]").is_visible()


@pytest.mark.parametrize(
    ("wanted", "said"), [("第3小学", "第3小学"), ("漖滘小区11", "片区2"), ("片区7", "片区7")]
)
def test_the_search_finds_a_school_a_community_and_a_zone_by_keys_alone(
    browser: Browser, page_of: Path, wanted: str, said: str
) -> None:
    with visit(browser, page_of, ready=READY) as opened:
        page = opened.page
        page.locator("#find").fill(wanted)
        assert page.locator("#found li").first.is_visible()
        page.keyboard.press("ArrowDown")
        assert page.locator("#find").get_attribute("aria-activedescendant") == "found-0"
        page.keyboard.press("Enter")
        assert said in page.locator(".leaflet-popup-content").inner_text()
        assert together(page)
        page.locator("#find").fill("nowhere")
        assert page.locator("#found-count").inner_text() == "Nothing of that name."


def test_schools_are_one_stop_of_the_tab_key_and_arrows_lead_on(browser: Browser, page_of: Path) -> None:
    with visit(browser, page_of, ready=READY) as opened:
        page = opened.page
        stops = page.locator("#map-after .leaflet-xuequ-schools-pane [tabindex='0']")
        assert stops.count() == 1
        stops.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert "第2小学" in page.locator(".leaflet-popup-content").inner_text()


def test_switches_show_and_hide_in_both_panes(browser: Browser, page_of: Path) -> None:
    with visit(browser, page_of, ready=READY) as opened:
        page = opened.page
        for layer, n in (("flows", 2), ("districtFlows", 1), ("rings", 2), ("units", 18)):
            for name in ("before", "after"):
                assert paths(page, name, layer).count() == 0
            page.locator(f"input[value={layer}]").check()
            for name in ("before", "after"):
                assert paths(page, name, layer).count() == n
        arrow = paths(page, "after", "flows").first
        assert (arrow.get_attribute("marker-end") or "").startswith("url(#xq-head-flows-")
        page.locator("input[value=schools]").uncheck()
        assert paths(page, "before", "schools").count() == 0
        assert not page.locator("[data-legend=schools]").is_visible()
        assert opened.errors == []


def test_a_row_of_a_table_leads_to_the_map(browser: Browser, page_of: Path) -> None:
    with visit(browser, page_of, ready=READY) as opened:
        page = opened.page
        page.locator("#table-moves button").first.click()
        assert "片区1 → 片区2" in page.locator(".leaflet-popup-content").inner_text()
        assert page.locator("#table-pressure table thead th").count() == 7


def test_a_phone_has_one_pane_with_a_switch_that_keeps_the_place(browser: Browser, page_of: Path) -> None:
    with visit(browser, page_of, size=SMALL_PHONE, ready=READY) as opened:
        page = opened.page
        assert page.locator("#map-after").is_visible()
        assert not page.locator("#map-before").is_visible()
        page.locator("#map-after .leaflet-control-zoom-in").click()
        page.wait_for_timeout(200)
        page.locator("#which label").first.click()
        assert page.locator("#map-before").is_visible()
        assert not page.locator("#map-after").is_visible()
        assert together(page)
        assert paths(page, "before", "zones").count() == 9
        find, map_ = (page.locator(one).bounding_box() for one in ("#find", "#map-before"))
        assert find is not None
        assert map_ is not None
        assert find["y"] < map_["y"]


def test_names_from_the_data_are_never_code(browser: Browser, tmp_path: Path) -> None:
    hostile = Names(
        project=HOSTILE, zone=HOSTILE, school=HOSTILE, unit=HOSTILE, label=HOSTILE, source=HOSTILE
    )
    with visit(browser, written(tmp_path, hostile), ready=READY) as opened:
        page = opened.page
        page.locator("#find").fill("script")
        page.keyboard.press("Enter")
        assert page.locator(".leaflet-popup-content h3").inner_text().startswith("<script>window.pwned=1")
        page.locator("#later").click()
        page.locator("input[value=flows]").check()
        assert page.locator("h1").inner_text().startswith("<script>")
        assert page.evaluate("window.pwned === undefined")
        assert opened.errors == []


@pytest.mark.real_data
def test_real_catchments_beside_two_of_them_merged(
    browser: Browser, real_data: Path, tmp_path: Path
) -> None:
    assert real_data.is_dir()
    city = read_city(Path(__file__).parents[2] / "projects" / "xiangtan")
    zones = city["zones"]
    first, second = zones["zone_id"].iloc[:2]
    both = zones.geometry.iloc[0].union(zones.geometry.iloc[1])
    merged = zones[zones["zone_id"] != second].copy()
    merged.loc[merged["zone_id"] == first, "geometry"] = both
    serves = city["serves"].copy()
    serves.loc[serves["zone_id"] == second, "zone_id"] = first
    after = changed(city, zones=merged, serves=serves)
    html = compared_map(Side(city=city, name="现状"), Side(city=after, name="合并"), lang="zh", public=True)
    path = tmp_path / "real.html"
    path.write_text(html, encoding="utf-8")
    with visit(browser, path, ready=READY) as opened:
        assert paths(opened.page, "before", "zones").count() == 8
        assert paths(opened.page, "after", "zones").count() == 7
        assert paths(opened.page, "after", "moved").count() == 1
        assert opened.asked == []
        assert opened.errors == []
