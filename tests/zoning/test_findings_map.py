"""The map of findings: its data, and the page in a real browser with the network off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from playwright.sync_api import Browser

from geodata import City, Fault, say
from geodata.messages import LANGS, Lang
from tests.browser import DESKTOP, PHONE, visit
from tests.tiny import EAST, NORTH, layer, point
from tests.zoning.polygons.drawn import drawn_city, polygon, several
from zoning.maps.findings import MOST_DRAWN, draw_faults, draw_findings, script_json
from zoning.polygons.findings import find_all
from zoning.polygons.record import FAULT, KINDS, Finding
from zoning.web.inline import loads_of

READY = "html[data-ready]"
NUMBERS = ".badge .number"
OVERLAP = {"Z1": [(0, 0), (1300, 0), (1300, 1000), (0, 1000)]}
HOSTILE = "<script>alert(1)</script><img src=x onerror=window.pwned=2>\"';window.pwned=3;//</script>"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return drawn_city(tmp_path_factory.mktemp("city"), OVERLAP)


@pytest.fixture(scope="module")
def page(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("page"), draw_findings(city, find_all(city), lang="en"))


def written(folder: Path, html: str) -> Path:
    path = folder / "map.html"
    path.write_text(html, encoding="utf-8")
    return path


def bow_tie(datum: str | None = "EPSG:4548", file: str = "zones.geojson") -> Fault:
    shape = shapely.geometry.shape(polygon([(-4000, 0), (-2000, 0), (-4000, 2000), (-2000, 2000)]))
    return Fault(file=file, row=3, allowed=say("it is broken"), shape=shape, datum=datum)


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_loads_nothing_and_is_the_same_each_time(city: City, lang: Lang) -> None:
    first, again = (draw_findings(city, find_all(city), lang=lang) for _ in range(2))
    assert first == again
    assert loads_of(first) == []
    assert "SYNTHETIC" in first


def test_a_real_city_has_no_synthetic_mark(tmp_path: Path) -> None:
    city = drawn_city(tmp_path, OVERLAP, xuequ=[("synthetic = true", "synthetic = false")])
    assert "SYNTHETIC" not in draw_findings(city, find_all(city), lang="en")


def test_a_city_without_findings_says_so(city: City) -> None:
    html = draw_findings(city, [], lang="en")
    assert "Nothing was found in the shapes." in html
    assert "0 findings" in html


def test_every_kind_can_be_drawn_and_many_of_one_are_counted(city: City) -> None:
    def one(kind: str, n: int) -> Finding:
        return Finding(
            kind=kind,
            layer="zones",
            ids=(str(n),),
            geometry=shapely.Point(EAST + n, NORTH),
            message=say("it is broken"),
        )

    html = draw_findings(city, [one(kind, 0) for kind in KINDS], lang="en")
    assert all(f'data-kind="{kind}"' in html for kind in KINDS)
    many = draw_findings(city, [one("gap", n) for n in range(MOST_DRAWN + 25)], lang="en")
    assert "25 more, not drawn" in many
    assert many.count("data-finding=") == MOST_DRAWN


def test_json_for_a_script_ends_no_script() -> None:
    text = script_json({"name": "</script>\u2028\u2029"})
    assert "<" not in text
    assert "\u2028" not in text
    assert "\u2029" not in text


def test_faults_are_drawn_where_the_ring_crosses_itself() -> None:
    html = draw_faults(project_of(), [bow_tie()], lang="en")
    assert html is not None
    assert f'data-kind="{FAULT}"' in html
    assert "cannot be read before they are mended" in html
    # (-3000, 1000) of the tiny city
    assert '"point":[118.05' in html


def test_a_fault_without_a_datum_takes_that_of_its_layer() -> None:
    assert draw_faults(project_of(), [bow_tie(datum=None)], lang="en") is not None
    assert draw_faults(project_of(), [bow_tie(datum=None, file="other.geojson")], lang="en") is None


def test_faults_in_local_metres_are_drawn_on_a_plane() -> None:
    html = draw_faults(project_of(), [bow_tie(datum="local-metres")], lang="en")
    assert html is not None
    assert '"plane":true' in html


@pytest.mark.parametrize(
    "shape",
    [shapely.Point(1e308, 2), shapely.Point(float("inf"), 0), shapely.Polygon(), shapely.Point(0, 89)],
)
def test_a_shape_that_is_nowhere_is_not_drawn(shape: Any) -> None:
    fault = Fault(file="zones.geojson", allowed=say("it is broken"), shape=shape, datum="wgs84")
    assert draw_faults(project_of(), [fault], lang="en") is None


def test_the_homes_of_children_are_not_drawn(tmp_path: Path) -> None:
    rows = "applicant_id,category,unit_id\nC1,household,U1\n"
    table = '[tables.applicants]\npath = "applicants.csv"\ndatum = "wgs84"\n\n[children]'
    city = drawn_city(tmp_path, applicants=rows, xuequ=[("[children]", table)])
    home = Fault(
        file="applicants.csv", allowed=say("it is broken"), shape=shapely.Point(118, 24), datum="wgs84"
    )
    assert draw_faults(city.project, [home], lang="en") is None


_PROJECT: list[Any] = []


def project_of() -> Any:
    return _PROJECT[0]


@pytest.fixture(autouse=True, scope="module")
def _one_project(city: City) -> Iterator[None]:
    _PROJECT.append(city.project)
    yield
    _PROJECT.clear()


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_page_opens_without_asking_for_anything_and_without_an_error(
    browser: Browser, page: Path, size: tuple[int, int]
) -> None:
    with visit(browser, page, size=size, ready=READY) as opened:
        assert opened.page.locator(NUMBERS).count() == 3
        assert opened.page.locator(".leaflet-xuequ-zones-pane path").count() == 3
        assert opened.page.locator(".leaflet-xuequ-schools-pane path").count() == 4
        assert (opened.asked, opened.errors) == ([], [])
        wide = opened.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0]


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_line_of_the_list_zooms_to_its_place_and_says_what_it_is(
    browser: Browser, page: Path, size: tuple[int, int]
) -> None:
    with visit(browser, page, size=size, ready=READY) as opened:
        before = opened.page.locator(".leaflet-control-scale-line").inner_text()
        opened.page.locator('[data-finding="1"]').click()
        assert "overlap on 300,000 m²" in opened.page.locator(".leaflet-popup-content").inner_text()
        assert opened.page.locator(".leaflet-control-scale-line").inner_text() != before
        assert opened.page.locator("[data-finding][aria-current]").count() == 1
        assert opened.page.locator(".badge.chosen").inner_text() == "1"
        opened.page.locator(".whole").click()
        assert opened.page.locator(".leaflet-control-scale-line").inner_text() == before


@pytest.mark.browser
def test_the_keyboard_is_enough(browser: Browser, page: Path) -> None:
    with visit(browser, page, ready=READY) as opened:
        opened.page.locator('[data-finding="2"]').focus()
        opened.page.keyboard.press("Enter")
        assert opened.page.locator("html").get_attribute("data-chosen") == "2"
        opened.page.locator(".badge").first.focus()
        opened.page.keyboard.press("Enter")
        assert opened.page.locator("html").get_attribute("data-chosen") == "1"
        assert opened.page.locator(".badge").first.get_attribute("role") == "button"


@pytest.mark.browser
def test_a_place_of_a_few_square_metres_has_a_number_that_can_be_seen(
    browser: Browser, tmp_path: Path
) -> None:
    notch = [(0, 0), (1000, 0), (1000, 499), (999.95, 500), (1000, 501), (1000, 1000), (0, 1000)]
    city = drawn_city(tmp_path, {"Z1": notch, "Z2": several(
        [(1000, 0), (2000, 0), (2000, 2000), (1000, 2000), (1000, 1000)])})  # fmt: skip
    found = [one for one in find_all(city) if one.kind in ("gap", "overlap")]
    assert [round(one.area_m2 or 0, 2) for one in found] == [0.05] or found == []
    shape = shapely.box(EAST + 1000, NORTH + 499, EAST + 1000.05, NORTH + 501)
    tiny = Finding(kind="gap", layer="zones", ids=("Z1",), geometry=shape, message=say("it is broken"))
    with visit(browser, written(tmp_path, draw_findings(city, [tiny], lang="en")), ready=READY) as opened:
        box = opened.page.locator(NUMBERS).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 20


@pytest.mark.browser
def test_nothing_from_a_table_becomes_code(browser: Browser, tmp_path: Path) -> None:
    schools = layer(
        *[
            ({"school_id": f"S{n}", "name": HOSTILE}, point(east, north))
            for n, (east, north) in enumerate([(500, 600), (1500, 500), (1500, 1500), (-3500, 500)], 1)
        ]
    )
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "schools.geojson").write_text(schools, encoding="utf-8")
    serves = "zone_id,school_id\nZ2,S1\nZ2,S2\nZ2,S3\nZ3,S4\n"
    files = [
        ('path = "schools.csv"\ndatum = "wgs84"', 'path = "schools.geojson"\ndatum = "EPSG:4548"'),
        ('name = "小城 Tiny"', f'name = """{HOSTILE.replace(chr(34), "")}"""'),
    ]
    city = drawn_city(tmp_path / "p", serves=serves, schools=None, xuequ=files)
    html = draw_findings(city, find_all(city), lang="en")
    with visit(browser, written(tmp_path, html), ready=READY) as opened:
        opened.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        opened.page.locator('[data-finding="1"]').click()
        opened.page.locator(".badge").first.hover()
        assert "<script>alert(1)</script>" in opened.page.locator(".leaflet-popup-content").inner_text()
        assert opened.page.evaluate("window.pwned") is None
        assert (opened.asked, opened.errors) == ([], [])


@pytest.mark.browser
def test_many_findings_are_dots_until_one_is_chosen(browser: Browser, city: City, tmp_path: Path) -> None:
    def one(n: int) -> Finding:
        place = shapely.Point(EAST + 20 * n, NORTH)
        return Finding(
            kind="gap", layer="zones", ids=(str(n),), geometry=place, message=say("it is broken")
        )

    html = draw_findings(city, [one(n) for n in range(80)], lang="zh")
    with visit(browser, written(tmp_path, html), ready=READY) as opened:
        width = opened.page.locator(NUMBERS).first.bounding_box()
        assert width is not None
        assert width["width"] < 16
        opened.page.locator('[data-finding="1"]').click()
        chosen = opened.page.locator(".badge.chosen .number").bounding_box()
        assert chosen is not None
        assert chosen["width"] >= 20


@pytest.mark.browser
def test_the_map_of_faults_opens(browser: Browser, tmp_path: Path) -> None:
    html = draw_faults(project_of(), [bow_tie()], lang="zh")
    assert html is not None
    with visit(browser, written(tmp_path, html), ready=READY) as opened:
        opened.page.locator('[data-finding="1"]').click()
        assert opened.page.locator(".leaflet-xuequ-found-pane path").count() == 1
        assert (opened.asked, opened.errors) == ([], [])
