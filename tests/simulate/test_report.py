"""The report: it says what the tables say, loads nothing, and shows text from data as text."""

from __future__ import annotations

import datetime
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser

from geodata.messages import speaker
from geodata.templates import write_template
from simulate.app import draw_pages, run_project
from simulate.points.items import Classes
from simulate.report import draw_report, words
from simulate.report.bases import assumptions_of, sources_of
from simulate.runs import Run, read_run
from simulate.starting import write_example
from simulate.summary import asked_for_consent, summary_of, warnings_of, write_summary
from tests.browser import DESKTOP, PHONE, visit
from tests.simulate.points.scores import shipped


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("report") / "project"
    write_template(folder)
    hostile = "<script>alert(1)</script>"
    schools = (folder / "schools.csv").read_text(encoding="utf-8")
    (folder / "schools.csv").write_text(
        schools.replace("东一示例小学", hostile).replace("东二示例小学", "=HYPERLINK(1)"), encoding="utf-8"
    )
    decisions = "applicant_id,stage,school_id,reason_code,authority,document_no\n"
    decisions += "U1/points/0001,points-zone,S4,R1,区教育局,区教〔2024〕7号\n"
    (folder / "decisions.csv").write_text(decisions, encoding="utf-8")
    project = folder / "xuequ.toml"
    extra = '\n[tables.decisions]\npath = "decisions.csv"\n'
    project.write_text(project.read_text(encoding="utf-8") + extra, encoding="utf-8")
    # the decision names a synthetic child, which stands in no table of applicants
    written, _ = run_project(folder, lang="zh")
    run = read_run(written)
    draw_pages(run, lang="en")
    return run


def test_the_report_names_no_address_to_load_from(run: Run) -> None:
    for lang in ("zh", "en"):
        page = (run.folder / f"report.{lang}.html").read_text(encoding="utf-8")
        assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
        assert not re.findall(r"url\(\s*[\"']?http", page)


def test_names_from_the_data_are_text(run: Run) -> None:
    page = (run.folder / "report.en.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_report_says_synthetic_assumptions_decisions_and_the_seed(run: Run) -> None:
    page = (run.folder / "report.en.html").read_text(encoding="utf-8")
    assert "虚构数据 SYNTHETIC" in page
    assert "the letter says only that the district places them" in page
    assert "区教〔2024〕7号" in page
    assert "example-2024" in page
    assert "U1/points/0001" not in page, "a report names no applicant"


def test_the_headline_figures_are_those_of_the_tables(run: Run) -> None:
    summary = summary_of(run)
    placed = words.number(summary.outcomes["placed"].sum())
    page = draw_report(run, lang="en")
    assert f"<b>{placed}</b><span>placed</span>" in page
    assert summary.outcomes["children"].sum() == 260
    assert summary.reaches[["own_zone", "own_district", "elsewhere", "unplaced"]].to_numpy().sum() == 260


def test_the_same_run_draws_the_same_page(run: Run) -> None:
    assert draw_report(run, lang="zh") == draw_report(run, lang="zh")


def test_a_chinese_report_has_no_english_left(run: Run) -> None:
    page = draw_report(run, lang="zh")
    body = re.sub(r"<(style|script)\b.*?</\1>", "", page[page.index("<body") :], flags=re.S)
    text = re.sub(r"<[^>]+>", "\n", body)
    for line in text.splitlines():
        english = re.findall(r"\b(?:the|of|and|children|seats?|school|district)\b", line)
        assert not english or re.fullmatch(r"\S+\.(csv|toml|parquet|json)", line.strip()), line


def test_no_spreadsheet_takes_a_cell_for_a_formula(run: Run, tmp_path: Path) -> None:
    write_summary(tmp_path / "summary", summary_of(run))
    text = (tmp_path / "summary" / "schools.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text
    assert (tmp_path / "summary" / "schools.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_report_opens_without_a_network_or_an_error(
    run: Run, browser: Browser, lang: str, size: tuple[int, int]
) -> None:
    with visit(browser, run.folder / f"report.{lang}.html", size=size, ready="#reproduce") as opened:
        assert opened.asked == []
        assert opened.errors == []
        wide = opened.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], "nothing sticks out at the side"
        assert opened.page.evaluate("document.fonts.check('16px \"Xuequ Sans\"', '学位')")


@pytest.mark.browser
def test_searching_the_schools_hides_the_others(run: Run, browser: Browser) -> None:
    with visit(browser, run.folder / "report.en.html", ready="#find") as opened:
        rows = opened.page.locator("#school-table tbody tr:visible")
        assert rows.count() == 4
        opened.page.fill("#find", "西示例")
        assert rows.count() == 1


@pytest.mark.parametrize(("value", "shown"), [(None, "–"), (0, "0"), (70000, "70,000")])
def test_whole_numbers_have_thousands_apart(value: int | None, shown: str) -> None:
    assert words.number(value) == shown


def test_a_cut_off_shows_its_first_key_and_never_the_ticket() -> None:
    text = '{"points": 56.5, "home": 24.0, "ticket": "ab"}'
    assert words.cut_off(text, speaker("en")) == "points 56.5"
    assert words.cut_off('{"ticket": "ab"}', speaker("en")) == "by lot"
    assert words.cut_off(None, speaker("en")) == "–"


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ({"points": 140.0, "item:permit": 24.0}, "points 140"),
        ({"item:permit": 24.0, "points": 140.0}, "points for residence permit 24"),
        ({"settled_on": "2019-10-18"}, "settled on 2019-10-18"),
        ({"distance": 1234.0}, "last distance offered 1.2 km"),
        ({"claim": 2, "sibling": 0.0, "distance": 324.0}, "group 2 · last distance offered 324 m"),
        ({"claim": 1, "sibling": 1.0, "points": 9.0}, "group 1 · a sibling there · points 9"),
        ({"own-zone": 1.0, "points": 56.5}, "own zone · points 56.5"),
        ({"claim": 3, "own-zone": 0.0}, "group 3 · by lot"),
        ({"distance": None, "points": 2.0}, "points 2"),
    ],
)
def test_a_cut_off_shows_the_group_and_what_says_something(found: dict[str, Any], shown: str) -> None:
    text = json.dumps({**found, "ticket": "ab"})
    assert words.cut_off(text, speaker("en"), {"permit": "residence permit"}) == shown


# ---- what is assumed, sources, warnings: of each shipped example ----


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("examples")
    names = ("england-pan", "guangzhou-haizhu", "xiamen-datongchou")
    runs = {}
    for name in names:
        write_example(folder / name, name)
        runs[name] = read_run(run_project(folder / name, lang="en")[0])
    return runs


def test_the_table_of_schools_has_the_last_distance_offered(examples: dict[str, Run]) -> None:
    page = draw_report(examples["england-pan"], lang="en")
    assert "group 2 · last distance offered 324 m" in page
    assert "a sibling there 0" not in page


def test_what_a_claim_assumes_and_what_sources_leave_open_is_listed(examples: dict[str, Run]) -> None:
    haizhu = dict(assumptions_of(examples["guangzhou-haizhu"], speaker("en")))
    [reason] = [why for what, why in haizhu.items() if "Points first" in what]
    assert reason.startswith("the order of the items is that of Guangzhou's index as noted")
    england = dict(assumptions_of(examples["england-pan"], speaker("en")))
    [reason] = [why for what, why in england.items() if "nearest school with a vacancy" in what]
    assert reason.startswith("the source leaves open: what happens where no school")
    page = draw_report(examples["guangzhou-haizhu"], lang="en")
    assert "ticket <em" in page, "the claim itself is marked"


def test_what_the_points_schedule_assumes_and_misses_is_listed(examples: dict[str, Run]) -> None:
    found = dict(assumptions_of(examples["xiamen-datongchou"], speaker("en")))
    schedule = examples["xiamen-datongchou"].policy.points
    assert schedule is not None
    missing = found["points schedule: what its sources do not say"].split("; ")
    assert missing == [one.en for one in schedule.missing]
    assert found["points schedule: rounding"].startswith("the copy says pro rata by month and by day")
    assert "pool: quota for favoured groups" in found
    held = [row["source"] for row in sources_of(examples["xiamen-datongchou"], speaker("en"))]
    assert {item.source for item in schedule.item} <= set(held)


def test_classes_that_are_assumed_are_listed_each_with_its_reason(examples: dict[str, Run]) -> None:
    run = examples["xiamen-datongchou"]
    schedule = shipped("longgang-2017", 2017)
    reasons = {
        one.reason.en
        for item in schedule.item
        if isinstance(item, Classes)
        for one in item.classes
        if one.reason is not None
    }
    assert reasons
    held = replace(run, policy=run.policy.model_copy(update={"points": schedule}))
    assert reasons <= {why for _, why in assumptions_of(held, speaker("en"))}


def test_sources_of_claims_stand_with_their_own_days(examples: dict[str, Run]) -> None:
    run = examples["england-pan"]
    rows = {row["title"]: row for row in sources_of(run, speaker("en"))}
    second = rows["Offers: equal preferences, each school by its criteria, group 2"]
    assert second["source"].startswith("2 in catchment with an elder sibling there")
    assert second["from"] == "2021-09-01"
    [offers, last] = run.policy.stage
    later = datetime.date(2026, 9, 1)
    dated = last.claims[0].model_copy(update={"from_": datetime.date(2024, 9, 1), "until": later})
    stages = [offers, last.model_copy(update={"claims": [dated, last.claims[1]]})]
    held = replace(run, policy=run.policy.model_copy(update={"stage": stages}))
    rows = {row["title"]: row for row in sources_of(held, speaker("en"))}
    own = rows[f"{last.title.en}, group 1"]
    assert (own["from"], own["source"]) == ("from 2024-09-01 until 2026-09-01 (not that day)", last.source)
    assert f"{last.title.en}, group 2" not in rows, "it has its stage's source and days"


def test_only_children_whose_consent_is_asked_for_count_as_refusing(examples: dict[str, Run]) -> None:
    def said(name: str) -> list[str]:
        run = examples[name]
        return [str(one) for one in warnings_of(run, summary_of(run), done=True)]

    assert not [one for one in said("england-pan") if "consent" in one]
    assert not [one for one in said("xiamen-datongchou") if "consent" in one], "household children"
    assert "2 applicants state no consent to coordination; they count as refusing" in said(
        "guangzhou-haizhu"
    )
    assert asked_for_consent(examples["xiamen-datongchou"].policy) == {"points"}


def test_streets_that_no_school_has_open_nothing_and_that_is_said(
    examples: dict[str, Run],
) -> None:
    run = examples["xiamen-datongchou"]
    summary = summary_of(run)
    speak = speaker("en")
    assert not [one for one in warnings_of(run, summary, done=True) if "streets" in str(one)]
    schools = run.city["schools"].assign(street_id=pd.Series(dtype="str"))
    nowhere = replace(run, city=replace(run.city, tables={**run.city.tables, "schools": schools}))
    [said] = [one for one in warnings_of(nowhere, summary, done=True, speak=speak) if "streets" in str(one)]
    start = "the policy looks through streets, and no school has a street_id: "
    assert str(said) == f"{start}the stage Household overflow, coordinated in the street opened nothing"
    [said] = [one for one in warnings_of(nowhere, summary, done=True) if "streets" in str(one)]
    assert str(said) == f"{start}the stage household-overflow-street opened nothing"
    at = [stage.id for stage in run.policy.stage].index("household-overflow-street")
    stopped = replace(nowhere, manifest={**run.manifest, "done": at})
    assert not [one for one in warnings_of(stopped, summary, done=False) if "streets" in str(one)]
    stage = run.policy.stage[at]
    mixed = stage.model_copy(update={"claims": [*stage.claims, *run.policy.stage[at + 1].claims]})
    stages = [mixed if one.id == stage.id else one for one in run.policy.stage]
    both = replace(nowhere, policy=run.policy.model_copy(update={"stage": stages}))
    [said] = [one for one in warnings_of(both, summary, done=True) if "streets" in str(one)]
    assert str(said).endswith(
        "in the stage household-overflow-street what looks through them opened nothing"
    )


def test_who_lacks_an_item_is_counted_under_its_name(examples: dict[str, Run], tmp_path: Path) -> None:
    folder = tmp_path / "lacking"
    shutil.copytree(examples["guangzhou-haizhu"].folder, folder)
    keys = pd.read_parquet(folder / "keys.parquet")
    keys["item:permit"] = None
    keys.to_parquet(folder / "keys.parquet", index=False)
    run = replace(examples["guangzhou-haizhu"], folder=folder)
    said = [str(one) for one in warnings_of(run, summary_of(run), done=True, speak=speaker("en"))]
    assert any("have none: points for residence permit;" in one for one in said)
