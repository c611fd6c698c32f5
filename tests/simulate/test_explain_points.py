"""How the points of one child came about: the chapter of an explanation, its words, its rows."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser

from geodata.messages import LANGS, speaker
from geodata.toml import record_from
from simulate.explain import explain_run, facts_of, html_of, page_of, replay
from simulate.explain.points import PointsPart, points_part
from simulate.points.schedule import Schedule
from simulate.runs import Run
from tests.browser import PHONE, visit
from tests.simulate.points.scores import flat, months, part, raw_schedule, shipped
from tests.simulate.test_explain import text, written
from tests.simulate.test_explain_pages import WIDE
from tests.simulate.test_points_in_runs import ELIGIBLE, city, insured, rules

D = datetime.date
Rows = list[dict[str, Any]]
LATE: Rows = [{"fact": "born", "value": "2017-09-01"}, *ELIGIBLE[1:]]
HOME: Rows = [
    {"fact": "home_share", "value": "0.5", "district_id": "D"},
    {"fact": "home_lived_in", "value": "yes", "district_id": "D"},
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    facts: dict[str, Rows] = {
        "ann": [*ELIGIBLE, insured(200), *HOME],
        "ben": [*ELIGIBLE, insured(13)],
        "late": [*LATE, insured(31)],
    }
    return written(city(facts), rules(), tmp_path_factory.mktemp("points") / "run")


def told(run: Run, name: str, lang: Any = "en") -> PointsPart:
    """Return the chapter of a child."""
    part_ = points_part(run, name, speaker(lang))
    assert part_ is not None
    return part_


def test_each_item_has_its_amount_points_cap_clause_and_what_did_not_count(run: Run) -> None:
    items = {item.title: item for item in told(run, "ann").items}
    # 200 months at 4 a year are 66.67, cut off at 48
    main = items["Insurance of the main applicant"]
    assert (main.counted, main.points, main.cap) == ("200 months", "48", "48")
    assert main.clause == "社会保险（主申请人）"
    assert main.why == "18.67 points over the cap"
    # half of a home is not over half
    home = items["Own home in the district"]
    assert (home.counted, home.points, home.cap) == ("–", "0", "–")
    assert (
        home.why
        == "the parents' share of a complete dwelling whose use is housing: not what the rule asks for"
    )


def test_the_items_add_up_to_the_points_that_the_run_sorted_by(run: Run) -> None:
    keys = run.table("keys").set_index("applicant_id")["points"]
    for name in ("ann", "ben"):
        part_ = told(run, name)
        assert round(sum(float(item.points) for item in part_.items), 2) == float(part_.total) == keys[name]
    assert told(run, "ann").lines == ("The full mark is 115.",)


def test_a_child_that_is_not_eligible_reads_which_rule_it_does_not_meet(run: Run) -> None:
    rules_ = {rule.title: rule for rule in told(run, "late").rules}
    assert [rule.met for rule in rules_.values()] == [False, True, True]
    six = rules_["six years old by 31 August"]
    assert (six.verdict, six.why) == ("not met", "date of birth: not what the rule asks for")
    said = text(facts_of(replay(run), "late"), run)
    said = text(facts_of(replay(run), "late"), run)
    assert "so no stage was for it. Not met: six years old by 31 August." in said
    assert "A rule of eligibility is not met, so the points open no stage." in said
    assert "six years old by 31 August: not met · date of birth" in said
    assert "the applicant's number, what proves the points (insurance, residence, home)" in said
    assert "Not met" not in text(facts_of(replay(run), "ben"), run)


def test_a_sum_over_the_maximum_says_where_it_is_cut_off(tmp_path: Path) -> None:
    schedule = shipped("siming-2023", 2023)
    low = [one.model_copy(update={"points": 10}) for one in schedule.maximum]
    held = schedule.model_copy(update={"maximum": low})
    run_ = written(city({"ann": [*ELIGIBLE, insured(36)]}), rules(held), tmp_path / "run")
    part_ = told(run_, "ann")
    assert part_.total == "10"
    assert part_.lines == ("The items sum up to 12.99, which is cut off at the full mark of 10.",)


def test_groups_say_what_adds_up_and_what_does_not(tmp_path: Path) -> None:
    raw = raw_schedule(
        {"work": "period", "own": "flag"},
        months("work", "work", title={"zh": "务工", "en": "work"}),
        flat("own", 5, {"fact": "own"}, title={"zh": "自有", "en": "own"}, clause="3 (1)"),
        categories=["points"],
        group=[part("both", items=["work", "own"], take="best", cap=4)],
    )
    schedule = record_from(raw, Schedule, "schedule.toml").at(D(2023, 8, 31))
    facts: dict[str, Rows] = {"ann": [{"fact": "own", "value": "yes"}, insured(3) | {"fact": "work"}]}
    run_ = written(city(facts), rules(schedule), tmp_path / "run")
    part_ = told(run_, "ann")
    assert part_.lines == ("Of these only the best counts: work, own.", "Together at most 4: work, own.")
    assert [(item.points, item.why) for item in part_.items] == [
        ("0", "3.00 points that do not add up with other items"),
        ("4", "1.00 points that do not add up with other items"),
    ]
    assert part_.rules == ()
    assert part_.items[1].clause == "3 (1)"


def test_what_the_schedule_assumes_and_its_sources_leave_out_is_told(run: Run) -> None:
    notes = told(run, "ann").notes
    assert notes[0].startswith(
        "the sources do not say: up to which day insurance and residence are counted; "
    )
    assert any(note.startswith("assumed: last day that counts: the copy names no day") for note in notes)
    assert told(run, "ann").lead.endswith("Facts count up to 2023-04-30.")


def test_without_a_schedule_or_rows_of_the_child_there_is_no_chapter(run: Run, tmp_path: Path) -> None:
    given = written(
        city({"ann": []}, points=3), rules().model_copy(update={"points": None}), tmp_path / "given"
    )
    assert points_part(given, "ann", speaker("en")) is None
    assert "How the points came about" not in text(facts_of(replay(given), "ann"), given)
    assert points_part(run, "nobody", speaker("en")) is None


def test_it_shows_the_child_s_own_rows_alone(run: Run) -> None:
    table = pd.read_parquet(run.folder / "inputs" / "points.parquet")
    mine = table[table["applicant_id"] == "ben"]["points"]
    assert [float(item.points) for item in told(run, "ben").items] == mine.tolist()
    said = text(facts_of(replay(run), "ben"), run)
    assert "200 months" not in said
    assert "ann" not in said.split()


def test_both_languages_and_the_page_tell_the_same(run: Run) -> None:
    zh, en = (told(run, "late", lang) for lang in LANGS)
    assert [(i.points, i.clause) for i in zh.items] == [(i.points, i.clause) for i in en.items]
    assert [rule.met for rule in zh.rules] == [rule.met for rule in en.rules]
    assert len(zh.notes) == len(en.notes)
    page = html_of(page_of(facts_of(replay(run), "late"), run, speaker("en")))
    assert "<h2>How the points came about</h2>" in page
    assert '<li class="unmet">six years old by 31 August: <b>not met</b>' in page


@pytest.mark.browser
def test_the_chapter_fits_a_desk_and_a_phone(run: Run, tmp_path: Path, browser: Browser) -> None:
    for lang in LANGS:
        path = tmp_path / f"late.{lang}.html"
        explain_run(run.folder, "late", lang=lang, out=path)
        for size in (WIDE, PHONE):
            with visit(browser, path, size=size, ready=".points") as opened:
                assert (opened.asked, opened.errors) == ([], [])
                assert opened.page.evaluate("document.documentElement.scrollWidth") == size[0]
