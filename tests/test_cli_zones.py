"""`xuequ zones score` and `xuequ zones diff`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.command import listing, xuequ
from tests.tiny import write_tiny

MOVES = "unit_id,zone_id,reason_code\nU2,Z1,relief\n"


def files(tmp_path: Path, text: str = MOVES) -> tuple[Path, Path]:
    folder, plan = write_tiny(tmp_path / "project"), tmp_path / "other.csv"
    plan.write_text(text, encoding="utf-8")
    return folder, plan


def test_a_plan_alone_is_scored(tmp_path: Path) -> None:
    folder, _ = files(tmp_path)
    said = xuequ("zones", "score", folder, "--lang", "en")
    assert said.status == 0, said.err
    assert "children over the seats of their zones" in said.out
    assert "other plan" not in said.out


def test_moved_units_are_scored_beside_the_plan(tmp_path: Path) -> None:
    folder, plan = files(tmp_path)
    out = tmp_path / "zones.csv"
    said = xuequ("zones", "score", folder, "--moves", plan, "--out", out, "--lang", "en")
    assert said.status == 0, said.err
    assert "other plan" in said.out
    table = pd.read_csv(out).set_index("zone_id")
    moved = table["children_after"] - table["children_before"]
    assert moved["Z1"] > 0
    assert moved.sum() == 0


def test_a_whole_plan_that_leaves_out_units_says_how_many_children_have_no_zone(tmp_path: Path) -> None:
    folder, plan = files(tmp_path)
    said = xuequ("zones", "score", folder, "--plan", plan, "--lang", "en")
    assert said.status == 0, said.err
    [line] = [line for line in said.out.splitlines() if "without a zone" in line]
    assert line.split()[-1].startswith("+")


def test_every_moved_unit_is_listed_with_its_reason(tmp_path: Path) -> None:
    folder, plan = files(
        tmp_path, "unit_id,zone_id,reason_code\nU1,Z1,\nU2,Z1,relief\nU3,Z2,\nU4,Z3,\nU5,Z3,\n"
    )
    out = tmp_path / "moves.csv"
    said = xuequ("zones", "diff", folder, plan, "--out", out, "--lang", "zh")
    assert said.status == 0, said.err
    table = pd.read_csv(out)
    assert set(table["unit_id"]) == {"U2"}
    assert set(table["reason_code"]) == {"relief"}
    assert (table["from_zone"] + table["to_zone"]).unique().tolist() == ["Z2Z1"]


def test_two_projects_are_compared(tmp_path: Path) -> None:
    folder, _ = files(tmp_path)
    other = write_tiny(tmp_path / "next", plan=("U2,Z2", "U2,Z1"))
    said = xuequ("zones", "diff", folder, other, "--lang", "en")
    assert said.status == 0, said.err
    assert "Units that move: 1" in said.out
    assert "none given" in said.out


def test_a_plan_that_moves_a_unit_twice_is_refused(tmp_path: Path) -> None:
    folder, plan = files(tmp_path, MOVES + "U2,Z3,again\n")
    before = listing(tmp_path)
    said = xuequ("zones", "score", folder, "--moves", plan, "--lang", "en")
    assert said.status == 2
    assert "one zone a unit; it lies in Z1 (row 2) and in Z3" in said.err
    assert listing(tmp_path) == before


def test_a_plan_with_an_unknown_unit_or_zone_is_refused_with_the_row(tmp_path: Path) -> None:
    folder, plan = files(tmp_path, "unit_id,zone_id\nU9,Z1\nU1,Z9\n")
    said = xuequ("zones", "diff", folder, plan, "--lang", "en")
    assert said.status == 2
    assert "row 2, column unit_id: found 'U9'" in said.err
    assert "row 3, column zone_id: found 'Z9'" in said.err


def test_a_project_with_other_units_cannot_be_compared(tmp_path: Path) -> None:
    folder, _ = files(tmp_path)
    other = write_tiny(tmp_path / "next")
    for name in ("units.geojson", "plan.csv", "demand.csv"):
        path = other / name
        path.write_text(path.read_text(encoding="utf-8").replace("U5", "U6"), encoding="utf-8")
    said = xuequ("zones", "diff", folder, other, "--lang", "en")
    assert said.status == 2
    assert "U6" in said.err


def test_an_empty_plan_both_kinds_of_plan_and_an_old_file_are_refused(tmp_path: Path) -> None:
    folder, plan = files(tmp_path, "unit_id,zone_id\n")
    assert "the plan is empty" in xuequ("zones", "score", folder, "--plan", plan, "--lang", "en").err
    both = xuequ("zones", "score", folder, "--plan", plan, "--moves", plan, "--lang", "en")
    assert both.status == 2
    plan.write_text(MOVES, encoding="utf-8")
    old = xuequ("zones", "diff", folder, plan, "--out", plan, "--lang", "en")
    assert old.status == 2
    assert plan.read_text(encoding="utf-8") == MOVES


def test_moves_of_another_year_are_said_and_not_taken_for_none(tmp_path: Path) -> None:
    folder, plan = files(tmp_path, "unit_id,zone_id,from_year\nU2,Z1,2030\n")
    said = xuequ("zones", "score", folder, "--moves", plan, "--lang", "en")
    assert said.status == 2
    assert "no row holds in 2024" in said.err


@pytest.mark.parametrize("command", [("score", "--plan"), ("diff",)])
def test_a_plan_of_another_year_is_said_and_does_not_leave_all_children_out(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    folder, plan = files(tmp_path, "unit_id,zone_id,from_year\nU2,Z1,2030\n")
    said = xuequ("zones", command[0], folder, *command[1:], plan, "--lang", "en")
    assert said.status == 2
    assert "no row holds in 2024" in said.err


def test_the_words_of_planners_are_understood_and_said(tmp_path: Path) -> None:
    folder, plan = files(tmp_path, "小区编号,片区编号,理由,备注\nU2,Z1,就近,x\n")
    said = xuequ("zones", "diff", folder, plan, "--only-moves", "--lang", "en")
    assert said.status == 0, said.err
    assert "理由 is read as reason_code" in said.out
    assert "columns that no table uses: 备注" in said.out
    assert "就近" in said.out


def test_what_is_not_known_is_no_zero(tmp_path: Path) -> None:
    demand = "unit_id,category,year,children\nU1,household,2020,4\n"
    folder = write_tiny(tmp_path / "project", demand=demand)
    said = xuequ("zones", "score", folder, "--lang", "en")
    assert said.status == 0, said.err
    [line] = [line for line in said.out.splitlines() if "over the seats" in line]
    assert line.split()[-1] == "–"
    assert "no counts of children" in said.out


def line_of(out: str, words: str) -> list[str]:
    [line] = [line for line in out.splitlines() if words in line]
    return line.split()


def test_utilisation_changed_zones_and_moved_units_are_shown(tmp_path: Path) -> None:
    folder, plan = files(tmp_path)
    said = xuequ("zones", "score", folder, "--moves", plan, "--lang", "en")
    assert said.status == 0, said.err
    assert "Units that move: 1; children: 51" in said.out
    # 68 children for the 45 seats of Z1, then 119; 91 for the 90 of Z2, then 40
    assert line_of(said.out, "utilisation of the fullest zone")[-3:] == ["151.1", "264.4", "+113.3"]
    assert line_of(said.out, "Z1 东一片区  ")[2:] == [
        "68",
        "→",
        "119",
        "45",
        "23",
        "→",
        "74",
        "151",
        "→",
        "264",
    ]
    assert "Zones that change: 2" in said.out


def test_a_plan_beside_itself_changes_no_zone(tmp_path: Path) -> None:
    folder, _ = files(tmp_path)
    said = xuequ("zones", "score", folder, "--plan", folder / "plan.csv", "--lang", "en")
    assert said.status == 0, said.err
    assert "Units that move: 0; children: 0" in said.out
    assert "Zones that change" not in said.out


def test_ways_over_the_water_are_counted_and_said_to_be_all(tmp_path: Path) -> None:
    folder, plan = files(tmp_path, "unit_id,zone_id\nU4,Z1\n")
    said = xuequ("zones", "score", folder, "--moves", plan, "--lang", "en")
    assert said.status == 0, said.err
    assert line_of(said.out, "way crosses a barrier")[-3:] == ["0", "57", "+57"]
    assert line_of(said.out, "without a bridge")[-3:] == ["0", "0", "+0"]
    assert "only ways over the water between land parts are counted" in said.out
    assert "minutes" not in said.out


def test_moves_are_summed_up_and_the_categories_of_a_unit_stand_in_one_row(tmp_path: Path) -> None:
    folder, plan = files(tmp_path, "unit_id,zone_id,reason_code\nU4,Z1,\nU5,Z1,relief\n")
    travel = "unit_id,school_id,seconds\nU4,S4,60\nU4,S1,660\nU5,S4,120\nU5,S1,600\n"
    (folder / "travel.csv").write_text(travel, encoding="utf-8")
    toml = (folder / "xuequ.toml").read_text(encoding="utf-8")
    toml = toml.replace("[children]", '[tables.travel]\npath = "travel.csv"\n\n[children]')
    (folder / "xuequ.toml").write_text(toml, encoding="utf-8")
    out = tmp_path / "moves.csv"
    said = xuequ("zones", "diff", folder, plan, "--only-moves", "--out", out, "--lang", "en")
    assert said.status == 0, said.err
    assert "children whose way crosses a barrier: 0 → 101" in said.out
    assert "minutes, mean: 1.4 → 10.6" in said.out  # (57 × 1 + 44 × 2) / 101, (57 × 11 + 44 × 10) / 101
    assert "moves without a reason: 1 of 2" in said.out
    assert "from Z3 西片区 to Z1 东一片区: 2 units, 101 children" in said.out
    assert line_of(said.out, "U4 西一小区")[2:7] == ["Z3", "西片区", "Z1", "东一片区", "57"]
    assert "category" not in said.out
    table = pd.read_csv(out)
    assert len(table) == 4, "a row a category in the file"
    assert table["after_crosses"].all()
    assert set(table["after_s"]) == {600, 660}
    score = xuequ("zones", "score", folder, "--lang", "en")
    assert line_of(score.out, "minutes to the zone's quickest school")[-1] == "1.4"
    assert line_of(score.out, "minutes are not given")[-1] == "159"


def test_a_unit_that_moves_for_one_category_says_for_which(tmp_path: Path) -> None:
    folder, plan = files(tmp_path, "unit_id,zone_id,category\nU2,Z1,points\nU3,Z1,\n")
    said = xuequ("zones", "diff", folder, plan, "--only-moves", "--lang", "en")
    assert said.status == 0, said.err
    assert "points" in line_of(said.out, "U2 东二小区")
    assert " ".join(line_of(said.out, "U3 东三小区")).count("all categories") == 1
