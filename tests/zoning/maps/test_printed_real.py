"""Printed maps of real places, in a browser and in typst, with the fonts of the product."""

import re
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Browser

from geodata import City, read_city
from geodata.messages import Lang, speaker
from tests.browser import visit
from tests.zoning.maps.drawn import city_of, overlaps, sheet, words_of, written
from zoning.maps.printed import Printed, ground_of
from zoning.maps.printed_leaflet import print_leaflet
from zoning.maps.printed_svg import width_of
from zoning.maps.printed_zones import TINTS, neighbour_tints, print_zones
from zoning.outline import outline_zones
from zoning.plan import plan_in
from zoning.web.fonts import font_css

PROJECTS = Path(__file__).parents[2] / "projects"


def _print(city: City, lang: Lang) -> Printed:
    zones = outline_zones(city, plan_in(city, city.project.project.year))
    return print_zones(
        zones, city["schools"], sheet(public=True), speaker(lang), districts=city["districts"]
    )


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "lang", "zones"), [("xiangtan", "zh", 8), ("fairfax", "en", 138)])
def test_real_zones_are_all_printed_neighbours_differ_and_labels_do_not_overlap(
    real_data: Path, name: str, lang: Lang, zones: int
) -> None:
    city = read_city(PROJECTS / name)
    printed = _print(city, lang)
    assert printed.svg.count("<title>") == zones
    labels = [one.box for one in written(printed.svg) if one.halo]
    assert overlaps(labels, slack=0.3) == []
    assert len(printed.left_out) < zones / 8
    whole = outline_zones(city, plan_in(city, city.project.project.year))
    drawn = ground_of(whole, sheet()).drawn
    tint = neighbour_tints(drawn)
    a, b = shapely.STRtree(drawn).query(drawn, predicate="intersects")
    assert (tint[a] != tint[b])[a != b].all()
    assert tint.max() < len(TINTS)


@pytest.mark.browser
def test_a_browser_shows_every_line_of_text_no_wider_than_the_model_says(
    browser: Browser, tmp_path: Path
) -> None:
    zones, schools = city_of(60)
    printed = print_zones(zones, schools, sheet(title="漖滘塱埗 <b>", synthetic=True), speaker("zh"))
    page = tmp_path / "map.html"
    page.write_text(
        f"<meta charset=utf-8><style>{font_css(printed.svg).css}</style>{printed.svg}", encoding="utf-8"
    )
    measure = """() => [...document.querySelectorAll('text')].map(
        t => [t.textContent, t.getComputedTextLength(), parseFloat(getComputedStyle(t).fontSize)])"""
    with visit(browser, page, ready="svg") as opened:
        opened.page.evaluate("document.fonts.ready.then(() => true)")
        lines = opened.page.evaluate(measure)
        assert opened.errors == opened.asked == []
    assert len(lines) == len(words_of(printed.svg).split("\n"))
    for words, wide, size in lines:
        # the mark across the map is spaced out by hand
        if "SYNTHETIC" not in words:
            assert wide <= width_of(words, size) + 0.1, words


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_typst_takes_a_map_with_every_character_of_it(tmp_path: Path, lang: Lang) -> None:
    import typst
    from pylopdf_fonts_zh_cn import sans_path

    zones, schools = city_of(40)
    printed = print_leaflet(
        zones, schools, "Z003", sheet(title="漖滘塱埗", public=True), speaker(lang), own=frozenset({"S003"})
    )
    (tmp_path / "map.svg").write_text(printed.svg, encoding="utf-8")
    (tmp_path / "page.typ").write_text('#image("map.svg", width: 160mm, alt: "map")', encoding="utf-8")
    # the standard turns a missing glyph into an error
    made = typst.compile(
        str(tmp_path / "page.typ"),
        format="pdf",
        font_paths=[str(Path(sans_path()).parent)],
        ignore_system_fonts=True,
        pdf_standards=["a-2b"],
    )
    assert len(re.findall(rb"/Type ?/Page\b", bytes(made))) >= 1
