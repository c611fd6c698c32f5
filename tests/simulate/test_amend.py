"""After a stage and after publication: going on with answers, amending, and who moved between two runs."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from geodata import DataError, XuequError
from simulate.app import amend_run, compare_runs, continue_run, run_project
from simulate.runs import read_run
from tests.command import listing, xuequ

# Zone ZA has school A (2 seats), zone ZB has school B (1 seat), both of district D; D has no other school.
# Household children by settlement date; then points children of the zone by points, then the district.
POLICY = """
id = "two-steps"
title = { zh = "试", en = "test" }
jurisdiction = "test"
level = "primary"
[[category]]
id = "household"
title = { zh = "户籍", en = "household" }
household = true
from = 2020-01-01
source = "a test"
[[category]]
id = "points"
title = { zh = "积分", en = "points" }
from = 2020-01-01
source = "a test"
[[stage]]
id = "own"
title = { zh = "户籍", en = "household" }
from = 2020-01-01
source = "a test"
mechanism = "fill"
[[stage.claims]]
who = { category = "household" }
where = { schools = "own-zone" }
order = ["settled_on asc", "ticket"]
[[stage]]
id = "points"
title = { zh = "积分", en = "points" }
from = 2020-01-01
source = "a test"
mechanism = { name = "serial-dictatorship", choose = "choices" }
[[stage.claims]]
who = { category = "points", status = ["waiting", "late"] }
where = { schools = "own-district" }
order = ["points desc", "ticket"]
"""
PROJECT = """
[project]
name = "Town"
level = "primary"
year = 2024
policy = "policy.toml"
seed = "s"
[tables.districts]
path = "districts.csv"
[tables.zones]
path = "zones.csv"
[tables.schools]
path = "schools.csv"
[tables.seats]
path = "seats.csv"
[tables.serves]
path = "serves.csv"
[tables.applicants]
path = "applicants.csv"
[tables.choices]
path = "choices.csv"
[tables.answers]
path = "answers.csv"
[tables.decisions]
path = "decisions.csv"
"""
FILES = {
    "xuequ.toml": PROJECT,
    "policy.toml": POLICY,
    "districts.csv": "district_id\nD\n",
    "zones.csv": "zone_id,district_id\nZA,D\nZB,D\n",
    "schools.csv": "school_id,district_id\nA,D\nB,D\n",
    "seats.csv": "school_id,seats\nA,2\nB,1\n",
    "serves.csv": "zone_id,school_id\nZA,A\nZB,B\n",
    "applicants.csv": (
        "applicant_id,category,zone_id,settled_on,points\nh1,household,ZA,2015-01-01,\n"
        "p1,points,ZA,,90\np2,points,ZA,,80\np3,points,ZB,,70\np4,points,ZB,,60\n"
    ),
    "choices.csv": (
        "applicant_id,after_stage,list,rank,target\np1,,,1,A\np2,,,1,A\np2,,,2,B\np3,,,1,B\np4,,,1,A\n"
    ),
    "answers.csv": "applicant_id,after_stage,answer\n",
    "decisions.csv": "applicant_id,stage,school_id,reason_code,authority,document_no\n",
}


@pytest.fixture
def town(tmp_path: Path) -> Path:
    folder = tmp_path / "town"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def add(town: Path, file: str, *rows: str) -> None:
    with (town / file).open("a", encoding="utf-8") as handle:
        handle.writelines(f"{row}\n" for row in rows)


def placed(run: Path) -> dict[str, str | None]:
    table = pd.read_parquet(run / "placements.parquet").set_index("applicant_id")
    return {child: s if isinstance(s, str) else None for child, s in table["school_id"].items()}


def test_the_town_without_anything_coming_in(town: Path) -> None:
    # h1 and p1 take A's two seats; p2 wants A, then B; p3 and p4 find nothing left
    run, _ = run_project(town, lang="en")
    assert placed(run) == {"h1": "A", "p1": "A", "p2": "B", "p3": None, "p4": None}


def test_a_new_child_without_the_answer_late_is_named(town: Path) -> None:
    half, _ = run_project(town, lang="en", through="own")
    add(town, "applicants.csv", "h9,household,ZA,2020-01-01,")
    with pytest.raises(XuequError, match=r"1 applicants are new in stages that have been run \(h9\)"):
        continue_run(half, project=town, lang="en")


def test_what_comes_in_between_stages_counts_from_there_on(town: Path, tmp_path: Path) -> None:
    half, _ = run_project(town, lang="en", through="own")
    # h1 withdraws, so A has two seats for p1 and p2; p4 files anew; late p0 has more points than all
    add(town, "answers.csv", "h1,own,withdrawn", "p4,own,refiled", "p0,own,late")
    add(town, "choices.csv", "p4,own,,1,B", "p0,own,,1,B")
    add(town, "applicants.csv", "p0,points,ZB,,99")
    done, _ = continue_run(half, project=town, lang="en")
    assert placed(done) == {"h1": None, "p0": "B", "p1": "A", "p2": "A", "p3": None, "p4": None}
    rows = pd.read_parquet(done / "placements.parquet").set_index("applicant_id")
    assert rows.loc["h1", ["outcome", "reason"]].tolist() == ["withdrawn", "withdrawn"]
    ledger = pd.read_parquet(done / "ledger.parquet").set_index(["stage", "school_id"])
    assert ledger.loc[("points", "A"), ["before", "returned", "given", "left"]].tolist() == [2, 1, 2, 0]
    whole, _ = run_project(town, lang="en", out=tmp_path / "whole")
    assert listing(whole)["placements.parquet"] == listing(done)["placements.parquet"]
    assert listing(whole)["ledger.parquet"] == listing(done)["ledger.parquet"]


def test_a_changed_fact_of_a_frozen_stage_is_refused(town: Path) -> None:
    half, _ = run_project(town, lang="en", through="points")
    assert placed(half)["p1"] == "A"
    half, _ = run_project(town, lang="en", through="own")
    text = (town / "applicants.csv").read_text(encoding="utf-8").replace("ZA,2015-01-01,", "ZB,2015-01-01,")
    (town / "applicants.csv").write_text(text, encoding="utf-8")
    with pytest.raises(XuequError, match=r"come out otherwise with what has changed since \(1 children\)"):
        continue_run(half, project=town, lang="en")


def test_amending_keeps_every_published_row_and_gives_what_is_freed_to_the_next(town: Path) -> None:
    run, _ = run_project(town, lang="en")
    add(town, "answers.csv", "p2,points,withdrawn")
    amended, new = amend_run(run, town, lang="en")
    assert new
    # B is free again: p3 listed it and is next; p4 listed A alone
    assert placed(amended) == {"h1": "A", "p1": "A", "p2": None, "p3": "B", "p4": None}
    rows = pd.read_parquet(amended / "placements.parquet").set_index("applicant_id")
    assert rows["published"].to_dict() == {"h1": True, "p1": True, "p2": False, "p3": False, "p4": False}
    ledger = pd.read_parquet(amended / "ledger.parquet")
    row = ledger[(ledger["stage"] == "amend") & (ledger["school_id"] == "B")].iloc[0]
    assert row[["round", "before", "returned", "given", "over", "left"]].tolist() == [1, 1, 1, 0, 0, 1]
    again = ledger[(ledger["stage"] == "points") & (ledger["round"] == 1)].set_index("school_id")
    assert again.loc["B", ["before", "returned", "given", "left"]].tolist() == [1, 0, 1, 0]
    assert json.loads((amended / "manifest.json").read_text())["base"] == run.name
    assert read_run(amended / "published").manifest == read_run(run).manifest


def test_an_upheld_objection_gets_a_place_over_the_intake_and_its_old_seat_goes_on(town: Path) -> None:
    run, _ = run_project(town, lang="en")
    add(town, "decisions.csv", "p2,amend,A,R1,district bureau,2024-9")
    amended, _ = amend_run(run, town, lang="en")
    assert placed(amended) == {"h1": "A", "p1": "A", "p2": "A", "p3": "B", "p4": None}
    row = pd.read_parquet(amended / "placements.parquet").set_index("applicant_id").loc["p2"]
    assert row[["over", "decided", "stage", "reason", "published"]].tolist() == [
        True,
        True,
        "amend",
        "decision",
        False,
    ]
    page = next(amended.glob("report.en.html")).read_text(encoding="utf-8")
    assert "2024-9" in page


def test_an_upheld_objection_takes_a_seat_that_was_left_when_published(town: Path) -> None:
    (town / "seats.csv").write_text("school_id,seats\nA,3\nB,1\n", encoding="utf-8")
    run, _ = run_project(town, lang="en")
    assert placed(run) == {"h1": "A", "p1": "A", "p2": "A", "p3": "B", "p4": None}
    add(town, "answers.csv", "p1,points,declined")
    add(
        town,
        "decisions.csv",
        "p4,amend,B,R1,district bureau,2024-9",
        "p3,amend,A,R1,district bureau,2024-10",
    )
    amended, _ = amend_run(run, town, lang="en")
    rows = pd.read_parquet(amended / "placements.parquet").set_index("applicant_id")
    # A was full when published, so that the seat of p1 is not for an objection; nobody is next for it
    assert rows.loc[["p3", "p4"], "over"].tolist() == [True, True]
    assert rows.loc["p1", ["outcome", "reason"]].tolist() == ["withdrawn", "declined"]


def test_a_late_arrival_joins_those_who_wait(town: Path) -> None:
    run, _ = run_project(town, lang="en")
    add(town, "applicants.csv", "p9,points,ZB,,65")
    add(town, "choices.csv", "p9,,,1,B")
    add(town, "answers.csv", "p2,points,withdrawn")
    amended, _ = amend_run(run, town, lang="en")
    assert placed(amended)["p3"] == "B", "70 points before 65"
    assert placed(amended)["p9"] is None


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "applicants.csv",
            ",90",
            ",91",
            "applicants, column applicant_id: found 'p1'; the row as it was published",
        ),
        ("applicants.csv", "p4,points,ZB,,60\n", "", "found 'p4'"),
        ("seats.csv", "A,2", "A,3", "seats: the table as it was published"),
        ("choices.csv", "p4,,,1,A", "p4,,,1,A\np4,,,2,B", "filed after the last stage, points"),
        ("answers.csv", "answer\n", "answer\nh1,own,withdrawn\n", "answers after the last stage, points"),
        (
            "decisions.csv",
            "document_no\n",
            "document_no\np4,points,A,R,bureau,1\n",
            'have the stage "amend"',
        ),
    ],
)
def test_what_was_published_is_not_changed_by_an_amendment(
    town: Path, file: str, old: str, new: str, says: str
) -> None:
    run, _ = run_project(town, lang="en")
    text = (town / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (town / file).write_text(text.replace(old, new), encoding="utf-8")
    before = listing(town)
    with pytest.raises(DataError, match=says.replace("(", r"\(")):
        amend_run(run, town, lang="en")
    assert listing(town) == before


def test_a_decision_with_the_stage_amend_is_not_for_a_run_from_scratch(town: Path) -> None:
    add(town, "decisions.csv", "p4,amend,A,R1,bureau,1")
    with pytest.raises(DataError, match=r"decisions, column stage: found 'amend'; .*xuequ amend"):
        run_project(town, lang="en")


def test_a_decision_about_a_child_who_has_gone_is_refused(town: Path) -> None:
    run, _ = run_project(town, lang="en")
    add(town, "answers.csv", "p2,points,withdrawn")
    add(town, "decisions.csv", "p2,amend,A,R1,bureau,1")
    with pytest.raises(DataError, match="found 'p2'; a child who has not withdrawn"):
        amend_run(run, town, lang="en")


def test_only_a_whole_run_of_real_children_is_amended_and_only_once(town: Path, tmp_path: Path) -> None:
    half, _ = run_project(town, lang="en", through="own")
    with pytest.raises(XuequError, match="stopped at a stage"):
        amend_run(half, town, lang="en")
    run, _ = run_project(town, lang="en")
    add(town, "answers.csv", "p2,points,withdrawn")
    amended, _ = amend_run(run, town, lang="en")
    with pytest.raises(XuequError, match="amended already"):
        amend_run(amended, town, lang="en")
    from geodata.templates import write_template

    write_template(tmp_path / "drawn")
    drawn, _ = run_project(tmp_path / "drawn", lang="en")
    with pytest.raises(XuequError, match="synthetic"):
        amend_run(drawn, tmp_path / "drawn", lang="en")


def test_the_difference_of_two_runs_names_who_moved(town: Path, tmp_path: Path) -> None:
    first, _ = run_project(town, lang="en")
    text = (town / "applicants.csv").read_text(encoding="utf-8").replace(",,60", ",,95")
    (town / "applicants.csv").write_text(text, encoding="utf-8")
    second, _ = run_project(town, lang="en")
    # p4 now takes A before p1, who listed nothing else
    moves = compare_runs(first, second, out=tmp_path / "moves.csv").set_index("applicant_id")["change"]
    assert moves.to_dict() == {"p1": "lost", "p4": "placed"}
    assert (tmp_path / "moves.csv").read_bytes().startswith(b"\xef\xbb\xbfapplicant_id,change")
    said = xuequ("diff", first, second, "--lang", "en")
    assert said.status == 0
    assert "p4  not admitted → A" in said.out
    assert "Nobody" in xuequ("diff", first, first, "--lang", "en").out
    with pytest.raises(XuequError, match=r"moves.csv exists"):
        compare_runs(first, second, out=tmp_path / "moves.csv")


def test_the_command_line_amends_and_goes_on(town: Path) -> None:
    said = xuequ("run", town, "--through", "own", "--lang", "en")
    assert said.status == 0, said
    half = next((town / "runs").iterdir())
    add(town, "answers.csv", "h1,own,withdrawn")
    said = xuequ("run", town, "--continue", half, "--lang", "en")
    assert said.status == 0, said
    whole = next(path for path in (town / "runs").iterdir() if "through" not in path.name)
    add(town, "answers.csv", "p1,points,withdrawn")
    said = xuequ("amend", whole, town, "--lang", "en")
    assert said.status == 0, said
    assert "-amended" in said.out


def test_a_setting_that_decides_the_draw_is_not_changed_by_an_amendment(town: Path) -> None:
    run, _ = run_project(town, lang="en")
    text = (
        (town / "xuequ.toml").read_text(encoding="utf-8").replace('seed = "s"', 'seed = "s"\nsecret = "z"')
    )
    (town / "xuequ.toml").write_text(text, encoding="utf-8")
    with pytest.raises(
        DataError, match=r"project.secret: the setting as it was when the run was published"
    ):
        amend_run(run, town, lang="en")


def test_the_place_of_a_published_child_is_not_moved_by_an_amendment(town: Path) -> None:
    toml = (town / "xuequ.toml").read_text(encoding="utf-8")
    datum = 'path = "applicants.csv"\ndatum = "local-metres"'
    (town / "xuequ.toml").write_text(toml.replace('path = "applicants.csv"', datum), encoding="utf-8")
    rows = [
        f"{row},{'lng,lat' if n == 0 else '5,0'}" for n, row in enumerate(FILES["applicants.csv"].split())
    ]
    (town / "applicants.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    run, _ = run_project(town, lang="en")
    rows[2] = rows[2].replace(",5,0", ",900,0")
    (town / "applicants.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="found 'p1'; the row as it was published"):
        amend_run(run, town, lang="en")


def test_a_decision_for_the_school_where_the_child_sits_is_refused(town: Path) -> None:
    run, _ = run_project(town, lang="en")
    add(town, "decisions.csv", "h1,amend,A,R1,bureau,1")
    with pytest.raises(DataError, match="found 'h1'; a child who does not sit at that school already"):
        amend_run(run, town, lang="en")
    said = xuequ("check", town, "--lang", "en")
    assert said.status == 0, "a decision on a published run is no fault of the project"


def test_who_has_just_declined_has_no_objection_upheld(town: Path) -> None:
    run, _ = run_project(town, lang="en")
    add(town, "answers.csv", "p2,points,declined")
    add(town, "decisions.csv", "p2,amend,A,R1,bureau,1")
    with pytest.raises(DataError, match="found 'p2'; a child who has not withdrawn or declined"):
        amend_run(run, town, lang="en")


def test_brackets_in_a_name_are_shown_as_they_stand(town: Path) -> None:
    text = (town / "xuequ.toml").read_text(encoding="utf-8").replace('"Town"', '"Town [/v2] [draft]"')
    (town / "xuequ.toml").write_text(text, encoding="utf-8")
    said = xuequ("run", town, "--lang", "en")
    assert said.status == 0, said
    assert "Town [/v2] [draft]" in said.out
