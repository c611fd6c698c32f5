"""The page and the terminal: they say what the tables say, load nothing, and hold on any screen."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from geodata.messages import Lang, speaker
from simulate.ensemble.page import draw
from simulate.ensemble.page_picture import curves_of, panels_of, scale_of
from simulate.ensemble.page_rows import MOST_ZONES, called_in, scenario_rows
from simulate.ensemble.reading import Ensemble
from simulate.ensemble.showing import show
from simulate.ensemble.sides import are_paired, sides_of
from simulate.ensemble.telling import reading_notes, rows_of
from tests.browser import DESKTOP, PHONE, visit
from tests.simulate.ensemble.made import made_ensemble, made_places, made_stack

EN = speaker("en")


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    return made_ensemble(tmp_path_factory.mktemp("ensemble"))


@pytest.fixture(scope="module")
def pages(ensemble: Ensemble) -> dict[Lang, str]:
    return {"zh": draw(ensemble, "zh"), "en": draw(ensemble, "en")}


def shown(ensemble: Ensemble, lang: Lang = "en") -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        show(ensemble, speaker(lang))
    return out.getvalue()


def test_the_page_names_no_address_to_load_from(pages: dict[Lang, str]) -> None:
    for page in pages.values():
        assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
        assert not re.findall(r"url\(\s*[\"']?http", page)


def test_names_from_the_data_are_text(pages: dict[Lang, str]) -> None:
    for page in pages.values():
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "a note on <b>" not in page


def test_the_page_says_synthetic_internal_assumed_seed_and_what_was_drawn(pages: dict[Lang, str]) -> None:
    page = pages["en"]
    assert page.count("虚构数据 SYNTHETIC") > 10, "each picture has the mark too"
    assert "Internal paper: small counts are not suppressed" in page
    assert "no error of such counts is published" in page
    assert "dispersion = 1.5" in page
    assert page.count("only a trial") == 3, "what each scenario says of itself"
    assert "--seed &#34;made&#34;" in page
    # consent is in none of the scenarios' lists of what was drawn
    assert "drawn with the shares of [children]" not in page


def test_the_page_of_a_real_city_has_no_mark(tmp_path: Path) -> None:
    page = draw(made_ensemble(tmp_path, draws=12, zones=3, synthetic=False), "en")
    assert "SYNTHETIC" not in page.replace("%3ESYNTHETIC%3C", "").replace('content: "SYNTHETIC"', "")
    assert "The children are synthetic: drawn from counts." in page


def test_the_same_ensemble_makes_the_same_page(ensemble: Ensemble, pages: dict[Lang, str]) -> None:
    assert draw(ensemble, "en") == pages["en"]


def test_the_side_by_side_table_says_what_the_draws_say(ensemble: Ensemble) -> None:
    sides = sides_of(ensemble)
    rows = {(row.measure, row.group): row for row in rows_of(sides, EN)}
    placed = rows["placed", "all"].cells
    mean = ensemble.scenarios[0].stack["scalars"][:, 0, 2].mean()
    assert placed[0].mean == pytest.approx(mean)
    assert [cell.verdict for cell in rows["short_zone", "all"].cells] == ["", "better", "same"]
    assert [cell.verdict for cell in rows["seats_left", "all"].cells] == ["", "higher", "same"]
    assert all(are_paired(sides[0], side) for side in sides)


def test_the_page_shows_the_zones_most_in_danger_first(ensemble: Ensemble) -> None:
    side = sides_of(ensemble)[0]
    rows = scenario_rows(side, None, called_in(ensemble.folder / "inputs"), EN)["zones"]
    chances = [row["chance_value"] for row in rows]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0


def test_a_page_of_very_many_zones_says_how_many_it_leaves_out(tmp_path: Path) -> None:
    whole = made_ensemble(tmp_path, draws=3, zones=4)
    places = made_places(zones=MOST_ZONES + 5, cells=900)
    one = replace(whole.scenarios[0], places=places, stack=made_stack(places, draws=3, children=900))
    page = draw(replace(whole, scenarios=(one,)), "en")
    assert f"{MOST_ZONES} of {MOST_ZONES + 5} are shown; all stand in summary/zones.csv." in page


def test_names_of_zones_and_districts_are_those_of_the_tables(
    pages: dict[Lang, str], ensemble: Ensemble
) -> None:
    called = called_in(ensemble.folder / "inputs", ensemble.folder / "nowhere")
    assert called.zones["Z1"] == "东一片区"
    assert called.districts == {"D1": "东区", "D2": "西区"}
    assert "东区" in pages["en"]


def test_the_terminal_says_the_same_in_short(ensemble: Ensemble) -> None:
    text = shown(ensemble)
    for words in (
        "SYNTHETIC",
        "60 draws of each scenario",
        "More seats in every third",
        "better",
        "the same",
        "Zones most likely short of seats",
        "Drawn anew in each draw: tickets, how many children come",
        "Assumed, with no source",
        "standard error of at most",
        "a note on <b>",
    ):
        assert words in text, words
    assert shown(ensemble, "zh") != text


def test_many_scenarios_make_several_tables(ensemble: Ensemble) -> None:
    many = replace(
        ensemble,
        scenarios=tuple(replace(ensemble.scenarios[0], id=f"s{n}") for n in range(5)),
        manifest=ensemble.manifest,
    )
    assert shown(many).count("seats short, the city as one") == 2


def test_an_ensemble_whose_zones_have_seats_enough_says_so(tmp_path: Path) -> None:
    ensemble = made_ensemble(tmp_path, draws=3, zones=3)
    one = ensemble.scenarios[0]
    stack = {**one.stack, "zone_children": np.zeros_like(one.stack["zone_children"])}
    text = shown(replace(ensemble, scenarios=(replace(one, stack=stack),)))
    assert "No zone ran short in any draw." in text


def test_notes_say_when_counts_were_not_drawn_and_when_there_is_one_draw(ensemble: Ensemble) -> None:
    first, second, _ = sides_of(ensemble)
    fixed = [str(note) for note in reading_notes([replace(first, varied=("tickets",)), second])]
    assert any("how many children come was not drawn" in note for note in fixed)
    single = replace(second, draws=1, stack=made_stack(second.places, draws=1))
    notes = [str(note) for note in reading_notes([first, single])]
    assert any("one draw shows one year" in note for note in notes)
    assert any("not all saw the same draws" in note for note in notes)


def test_dots_stand_on_one_scale(ensemble: Ensemble) -> None:
    sides = sides_of(ensemble)
    for panel in panels_of(rows_of(sides, EN), sides, EN):
        for dot in panel.dots:
            assert dot.mean is not None
            assert panel.left <= dot.mean <= panel.right
            if dot.low is not None and dot.high is not None:
                assert panel.left <= dot.low <= dot.high <= panel.right
    assert len(curves_of(sides, EN)) == 3
    assert curves_of([replace(sides[0], draws=1)], EN) == []


def test_numbers_that_differ_in_their_last_bit_stand_on_a_scale_of_some_width() -> None:
    # the mean of twenty times 19 / 30 is not 19 / 30: draws that are all alike still have a picture
    share = 19 / 30
    mean = sum([share] * 20) / 20
    assert mean != share
    low, high, ticks = scale_of(min(mean, share), max(mean, share))
    assert low < share < high
    assert len(set(ticks)) == len(ticks) > 1


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_page_opens_offline_without_errors_and_fits(
    browser: Browser, pages: dict[Lang, str], tmp_path: Path, lang: Lang, size: tuple[int, int]
) -> None:
    path = tmp_path / "ensemble.html"
    path.write_text(pages[lang], encoding="utf-8")
    with visit(browser, path, size=size, ready="#reproduce") as opened:
        assert (opened.asked, opened.errors) == ([], [])
        page = opened.page
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.evaluate("document.fonts.check('16px \"Xuequ Sans\"')")
        assert page.locator(".panels svg").count() > 5
        assert page.locator(".curves svg").count() == 3


@pytest.mark.browser
def test_scenarios_are_chosen_zones_are_found_and_sorted(
    browser: Browser, pages: dict[Lang, str], tmp_path: Path
) -> None:
    path = tmp_path / "ensemble.html"
    path.write_text(pages["en"], encoding="utf-8")
    with visit(browser, path, ready="#reproduce") as opened:
        page = opened.page
        page.locator("#zones .which").select_option("more-seats")
        assert page.locator("#flows .which").input_value() == "more-seats"
        there = page.locator("#zones .scenario:not([hidden])")
        assert there.get_attribute("data-id") == "more-seats"
        heads = there.locator("thead th")
        assert heads.last.inner_text().startswith("Seats short, difference")
        names = there.locator("tbody tr th")
        heads.first.locator("button").click()
        forth = names.all_inner_texts()
        assert heads.first.get_attribute("aria-sort") == "ascending"
        heads.first.locator("button").click()
        assert names.all_inner_texts() == forth[::-1]
        heads.nth(5).locator("button").click()
        values = [
            float(cell.get_attribute("data-v") or 0)
            for cell in there.locator("tbody tr td:nth-child(6)").all()
        ]
        assert values == sorted(values, reverse=True)
        page.locator("#find").fill("东一")
        assert there.locator("tbody tr:not([hidden]) th").all_inner_texts() == ["东一片区"]


def test_few_draws_are_not_said_to_hold_the_next_one(ensemble: Ensemble) -> None:
    sides = sides_of(ensemble)
    few = [replace(side, draws=5) for side in sides]
    assert any("nine times out of ten" in EN(note) for note in reading_notes(sides))
    notes = [EN(note) for note in reading_notes(few)]
    assert any("fewer than 19 draws" in note for note in notes)
    assert not any("nine times out of ten" in note for note in notes)


def test_scenarios_of_one_title_are_told_apart_by_their_ids(ensemble: Ensemble) -> None:
    first = ensemble.scenarios[0].title
    alike = replace(ensemble, scenarios=tuple(replace(one, title=first) for one in ensemble.scenarios))
    titles = [side.title.en for side in sides_of(alike)]
    assert titles == [f"{first.en} ({one.id})" for one in ensemble.scenarios]
