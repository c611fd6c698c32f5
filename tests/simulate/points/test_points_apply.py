"""Points in the table of applicants, the breakdown that people read, and two schedules side by side."""

from __future__ import annotations

import datetime
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from geodata import read_city
from geodata.errors import DataError, XuequError
from geodata.messages import speaker
from simulate.app import policy_of
from simulate.cli_points import points
from simulate.points.apply import scored_applicants
from simulate.points.compare import compare_schedules, ranks_of, scored_city
from simulate.points.files import read_schedule, schedule_path
from simulate.points.schedule import Schedule, day_in_force
from simulate.points.tables import breakdown_table, points_summary
from tests.simulate.points.scores import HELD, flat, months, schedule, scored, shipped
from tests.simulate.points.town_points import APPLICANTS, FACTS, write_points_town

ROW = "a,points,U1,city,"
HOMES = np.array(["D1", "D1", "D1", "D2", "D1"], dtype=object)
POINTS = {"a": 8 + 1, "b": 4 + 1, "c": 0 + 1, "d": 4 + 1}


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_points_town(tmp_path / "town")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(points, [str(word) for word in words], catch_exceptions=True)


def siming() -> Schedule:
    return shipped("siming-2023", 2024)


def test_blanks_are_filled_in_and_other_categories_keep_what_they_have(town: Path) -> None:
    city = read_city(town)
    filled, result = scored_applicants(city, siming(), city["applicants"], HOMES)
    table = filled.set_index("applicant_id")
    assert {child: table.loc[child, "points"] for child in "abcd"} == POINTS
    assert table.loc["a", "insurance_months"] == 24
    assert table.loc["a", "residence_days"] == 182
    assert table.loc["c", "item:si_main"] == 0
    assert table["eligible"].to_dict() == {"a": True, "b": True, "c": False, "d": False, "h": True}
    assert pd.isna(table.loc["h", "points"])
    assert pd.isna(table.loc["h", "item:si_main"])
    assert result.totals["applicant_id"].tolist() == list("abcd")


def test_given_values_that_agree_are_kept_and_others_are_refused(tmp_path: Path) -> None:
    good = read_city(write_points_town(tmp_path / "good", applicants=APPLICANTS.replace(ROW, f"{ROW}9")))
    assert scored_applicants(good, siming(), good["applicants"], HOMES)[0]["points"][0] == 9
    bad = read_city(write_points_town(tmp_path / "bad", applicants=APPLICANTS.replace(ROW, f"{ROW}9.01")))
    with pytest.raises(DataError, match=r"applicants, column points: found '9.01'; 9, which the facts"):
        scored_applicants(bad, siming(), bad["applicants"], HOMES)
    late = bad["applicants"].assign(points=np.nan, settled_on=pd.Timestamp("2020-01-02"))
    rules = siming().model_copy(
        update={
            "provides": schedule(
                {"residence": "period"},
                months("i", "residence"),
                provides={"settled_on": {"since": "residence"}},
            ).provides
        }
    )
    with pytest.raises(DataError, match="found '2020-01-02'; 2023-11-01"):
        scored_applicants(bad, rules, late, HOMES)


def test_a_schedule_without_any_facts_is_refused(tmp_path: Path) -> None:
    city = read_city(write_points_town(tmp_path / "town", facts=FACTS.splitlines()[0] + "\n"))
    with pytest.raises(XuequError, match="computes points from the table facts, which has no rows"):
        scored_applicants(city, siming(), city["applicants"], HOMES)


def test_a_run_of_the_project_scores_by_its_schedule(town: Path) -> None:
    from simulate.building import build_world

    city = read_city(town)
    world = build_world(city, policy_of(city, town), seed="s")
    at = {child: place for place, child in enumerate(world.children.ids)}
    assert {child: world.children.keys["points"][at[child]] for child in "abcd"} == POINTS
    assert not world.children.eligible[at["d"]]


def test_the_breakdown_has_a_row_an_item_a_rule_and_a_total_in_words(town: Path) -> None:
    city = read_city(town)
    result = scored_city(city, siming(), check_given=True)
    table = breakdown_table(result, speaker("en"))
    own = table[table["applicant"] == "c"].set_index("id of the item")
    assert own["kind of row"].tolist() == ["item"] * 5 + ["eligibility"] * 3 + ["total"]
    assert (
        own.loc["si_main", "what did not count"] == "12 months that the rule leaves out (such as back-paid)"
    )
    assert own["counted"].iloc[6] == "no"
    assert own["what did not count"].iloc[6].endswith("nothing stated")
    assert own.loc["", "points"] == "1"
    assert "2018-01-01" not in table.to_csv()  # no date of birth, ever


def test_the_summary_counts_who_is_eligible_who_not_and_ties(town: Path) -> None:
    city = read_city(town)
    summary = points_summary(scored_city(city, siming(), check_given=True), city["applicants"])
    assert (summary.children, summary.eligible, summary.full, summary.tied) == (4, 2, 0, 0)
    assert summary.shares["least"] == 5
    assert summary.shares["most"] == 9
    refused = summary.refused.set_index("rule")
    assert refused["fact"].to_dict() == {"age_six": "born", "permit": "permit"}
    assert refused["level"].to_dict() == {"age_six": "value", "permit": "no-fact"}


def test_ranks_go_by_the_whole_order_and_equal_children_share_one() -> None:
    rules = schedule(
        {"live": "period", "own": "flag"},
        months("m", "live"),
        flat("h", 2, {"fact": "own"}),
        order=[{**HELD, "keys": ["points desc", "item:h desc", "settled_on asc", "ticket"]}],
        eligible=[],
    )
    rows = [
        ("a", "live", "2023-02-01"),  # 3
        ("b", "live", "2023-04-01"),  # 1 + 2: equal points, and the home
        ("b", "own", None, None, "yes"),
        ("c", "live", "2023-02-01"),  # 3, settled earlier than a
        ("d", "live", "2023-02-01"),  # 3, as a
    ]
    result = scored(rules, rows, ids="abcd")
    applicants = pd.DataFrame(
        {
            "applicant_id": list("abcd"),
            "settled_on": pd.to_datetime(["2020-02-02", None, "2020-01-01", "2020-02-02"]),
        }
    )
    assert ranks_of(result, applicants).tolist() == [3, 1, 2, 3]
    assert points_summary(result, applicants).still_tied == 2


def test_two_schedules_are_compared_with_the_same_tickets(town: Path) -> None:
    city = read_city(town)
    # the new rule counts back-paid months and asks for no permit: c becomes eligible and overtakes b
    free = [rule for rule in siming().eligible if rule.id != "permit"]
    items = [
        item.model_copy(
            update={
                "counts": [one.model_copy(update={"without": []}) for one in item.counts],
                "points": item.points * 3,
            }
        )
        if item.id == "si_main"
        else item
        for item in siming().item
    ]
    new = siming().model_copy(update={"eligible": free, "item": items})
    found = compare_schedules(city, siming(), new, policy=policy_of(city, town), seed="s")
    moves = found.moves.set_index("applicant_id")
    assert moves["change"].to_dict() == {"a": "same", "b": "same", "c": "came", "d": "neither"}
    assert moves.loc["a", ["rank_before", "rank_after"]].tolist() == [1, 1]
    # S1 has two seats, one of them for the household child: the last one admitted is a, 9 then 24 + 1
    assert found.cut_offs is not None
    line = found.cut_offs.set_index(["stage", "school_id"]).loc[("points-zone", "S1")]
    assert (line["cut_off_before"], line["cut_off_after"]) == (9, 25)
    assert found.outcomes is not None
    assert found.outcomes[["children_before", "children_after"]].sum().tolist() == [4, 4]


def test_a_schedule_compared_with_itself_moves_nobody(town: Path) -> None:
    city = read_city(town)
    found = compare_schedules(city, siming(), siming(), policy=policy_of(city, town), seed="s")
    assert set(found.moves["change"]) == {"same", "neither"}
    assert found.cut_offs is not None
    pd.testing.assert_series_equal(
        found.cut_offs["cut_off_before"], found.cut_offs["cut_off_after"], check_names=False
    )


def test_facts_of_the_other_schedule_alone_are_passed_over(town: Path) -> None:
    city = read_city(town)
    old = schedule({"insurance": "period"}, months("i", "insurance"))
    more = city["facts"].copy()
    more.loc[len(more)] = {"applicant_id": "a", "fact": "extra", "value": "yes"}
    wider = schedule(
        {"insurance": {"kind": "period", "values": {"back-paid": {"zh": "x", "en": "x"}}}, "extra": "flag"},
        months("i", "insurance"),
        flat("f", 1, {"fact": "extra"}),
    )
    keep = more[more["fact"].isin(["insurance", "extra"]) & (more["applicant_id"] != "c")]
    facts = replace(city, tables=dict(city.tables) | {"facts": keep})
    found = compare_schedules(facts, old, wider, policy=None, seed="")
    assert found.cut_offs is None
    assert found.moves.set_index("applicant_id").loc["a", "points_after"] == 25


def test_points_of_a_folder_writes_the_breakdown_and_shows_counts_alone(town: Path) -> None:
    said = run(town, "--lang", "en")
    assert said.exit_code == 0, said.exception
    assert "scored: 4 children; eligible: 2" in said.output
    assert "SYNTHETIC" in said.output
    assert "the sources do not say" in said.output
    written = town / "points.en.csv"
    assert written.read_bytes().startswith(b"\xef\xbb\xbf")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    table = pd.read_csv(written)
    assert len(table) == 4 * (5 + 3 + 1)
    # its own earlier output is replaced
    before = written.read_bytes()
    assert run("score", town, "--lang", "en").exit_code == 0
    assert written.read_bytes() == before


def test_a_file_of_somebody_else_is_never_written_over(town: Path) -> None:
    other = town / "mine.csv"
    other.write_text("applicant,mine\n", encoding="utf-8")
    said = run(town, "--lang", "en", "--out", other)
    assert isinstance(said.exception, XuequError)
    assert "mine.csv exists; nothing was written" in str(said.exception)
    assert other.read_text(encoding="utf-8") == "applicant,mine\n"


def test_points_show_shows_one_applicant(town: Path) -> None:
    said = run("show", town, "--applicant", "b", "--lang", "en")
    assert said.exit_code == 0, said.exception
    assert "Insurance of" in said.output
    missing = run("show", town, "--applicant", "zz", "--lang", "en")
    assert "the number of an applicant that the schedule scores" in str(missing.exception)


def test_a_schedule_that_has_ended_is_compared_as_it_last_held(town: Path) -> None:
    on = datetime.date(2024, 8, 31)
    old = read_schedule(schedule_path("xiamen-2018", Path()))
    assert day_in_force(old, on) == datetime.date(2020, 12, 31)
    assert day_in_force(old, datetime.date(2019, 8, 31)) == datetime.date(2019, 8, 31)
    assert day_in_force(old, datetime.date(2001, 1, 1)) == datetime.date(2018, 1, 1)
    said = run("compare", "xiamen-2018", "siming-2023", "--project", town, "--lang", "en")
    assert said.exit_code == 0, said.output
    assert "xiamen-2018 does not hold on 2024-08-31; read as on 2020-12-31" in said.output


def test_points_compare_shows_counts_and_writes_a_private_folder(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "compared"
    words = ("compare", "siming-2023", "siming-2023", "--project", town, "--lang", "en", "--out", out)
    said = run(*words)
    assert said.exit_code == 0, said.exception
    assert "no change of rank: 2" in said.output
    assert "eligible under neither: 2" in said.output
    assert sorted(path.name for path in out.iterdir()) == ["cut_offs.csv", "ranks.csv"]
    again = run(*words)
    assert "compared exists; nothing was written" in str(again.exception)


def changed(tmp_path: Path, *pairs: tuple[str, str], **files: Any) -> Path:
    folder = write_points_town(tmp_path / "changed", **files)
    text = (folder / "xuequ.toml").read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "xuequ.toml").write_text(text, encoding="utf-8")
    return folder


def test_what_points_needs_is_said(tmp_path: Path) -> None:
    none = changed(tmp_path / "1", ('points = "siming-2023"\n', ""))
    assert "points need a schedule" in str(run(none, "--lang", "en").exception)
    empty = changed(tmp_path / "2", facts=FACTS.splitlines()[0] + "\n")
    assert "facts has no rows" in str(run(empty, "--lang", "en").exception)
    level = changed(tmp_path / "3", ('level = "primary"', 'level = "lower-secondary"'))
    assert "is for primary, the project for lower-secondary" in str(run(level, "--lang", "en").exception)
    seedless = changed(tmp_path / "4", ('seed = "tiny-2024"\n', ""))
    said = run("compare", "siming-2023", "siming-2023", "--project", seedless, "--lang", "en")
    assert "a run needs a seed" in str(said.exception)


def test_another_schedule_leaves_given_points_alone(tmp_path: Path) -> None:
    given = APPLICANTS.replace(ROW, f"{ROW}77")
    folder = changed(tmp_path, applicants=given)
    assert "found '77'; 9, which the facts" in str(run(folder, "--lang", "en").exception)
    assert run(folder, "--schedule", "siming-2023", "--lang", "en").exit_code == 0


def test_help_lists_the_commands_of_points() -> None:
    said = run("--help")
    assert said.exit_code == 0
    assert all(name in said.output for name in ("score", "show", "compare"))
    assert isinstance(points, click.Group)


def test_a_comparison_says_which_facts_of_a_schedule_nobody_states(town: Path) -> None:
    said = run("compare", "siming-2023", "xiamen-2018", "--project", town, "--lang", "en")
    assert said.exit_code == 0, said.output
    assert "B: no row of facts states any of " in said.output
    assert "family_plan" in said.output
