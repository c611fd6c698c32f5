"""One thousand run folders with one random change each, hashes made anew: every one of them is rejected."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geodata import XuequError
from simulate.app import run_project
from simulate.policy_files import policy_path, read_policy
from simulate.verify import verify_run
from simulate.verify.findings import Findings
from simulate.verify.reading import Papers, Row
from simulate.verify.solution import Solution, solve_papers
from simulate.verify.verdict import judge
from tests.simulate.test_golden_cascade import CHILDREN, CHOICES, SCHOOLS, ZONES
from tests.simulate.town import town
from tests.simulate.verify_answers import with_amendments, with_answers
from tests.simulate.verify_papers import Case, amended_papers, city_from, papers_of
from tests.simulate.verify_policies import random_policy
from tests.simulate.verify_towns import random_tables
from tests.tiny import write_tiny

MUTATIONS = 1_000
Tables = dict[str, list[Row]]
Change = Callable[[random.Random, Tables], None]
PLACE = (
    "outcome",
    "school_id",
    "pool",
    "school_district_id",
    "stage",
    "choice_rank",
    "over",
    "decided",
    "reason",
)
COUNTS = ("before", "returned", "given", "over", "released", "left")


def swap_two_children(rng: random.Random, tables: Tables) -> None:
    """Let two children change places."""
    one, other = rng.sample(tables["placements"], 2)
    for column in PLACE:
        one[column], other[column] = other[column], one[column]


def move_one(rng: random.Random, tables: Tables) -> None:
    schools = sorted({row["school_id"] for row in tables["ledger"] if row["school_id"] is not None})
    row = rng.choice(tables["placements"])
    row.update(school_id=rng.choice(schools), outcome="placed", pool="open")


def send_one_away(rng: random.Random, tables: Tables) -> None:
    row = rng.choice(tables["placements"])
    row.update(outcome="not-admitted", school_id=None, pool=None, stage=None, reason="no-seat", over=False)


def drop_a_row(rng: random.Random, tables: Tables) -> None:
    rows = tables[rng.choice([name for name in tables if tables[name]])]
    del rows[rng.randrange(len(rows))]


def double_a_row(rng: random.Random, tables: Tables) -> None:
    rows = tables[rng.choice(["placements", "keys", "ledger"])]
    rows.append(dict(rng.choice(rows)))


def change_a_cut_off(rng: random.Random, tables: Tables) -> None:
    """Take away, move or touch a cut-off."""
    row, other = rng.sample(tables["ledger"], 2)
    if row["cut_off"] is None or rng.random() < 0.5:
        row["cut_off"] = other["cut_off"]
    else:
        values = json.loads(row["cut_off"])
        name = rng.choice(list(values))
        values[name] = 1.5 if name != "ticket" else values[name][::-1]
        row["cut_off"] = json.dumps(values)


def change_a_stage(rng: random.Random, tables: Tables) -> None:
    stages = sorted({row["stage"] for row in tables["ledger"]})
    rows = tables[rng.choice(["placements", "ledger"])]
    rng.choice(rows)["stage"] = rng.choice([*stages, "s9"])


def change_a_ticket(rng: random.Random, tables: Tables) -> None:
    row = rng.choice(tables["keys"])
    at = rng.randrange(64)
    row["ticket"] = row["ticket"][:at] + rng.choice("0123456789abcdef") + row["ticket"][at + 1 :]


def change_a_key(rng: random.Random, tables: Tables) -> None:
    row = rng.choice(tables["keys"])
    names = [name for name in row if name in ("points", "home", "settled_on", "claim", "position")]
    name = rng.choice(names)
    row[name] = 1 + (row[name] or 0)


def change_a_status(rng: random.Random, tables: Tables) -> None:
    rng.choice(tables["keys"])["status"] = rng.choice(["placed", "over", "zone", "waiting", "not-admitted"])


def flip_a_mark(rng: random.Random, tables: Tables) -> None:
    row = rng.choice(tables["placements"])
    name = rng.choice(["over", "decided", "published"])
    row[name] = not row[name]


def change_an_outcome(rng: random.Random, tables: Tables) -> None:
    row = rng.choice(tables["placements"])
    if rng.random() < 0.5:
        row["outcome"] = rng.choice(["placed", "waiting", "not-admitted", "withdrawn"])
    else:
        row["reason"] = rng.choice(
            ["seat", "over", "decision", "no-seat", "no-choice", "no-stage", "declined"]
        )


def change_a_distance(rng: random.Random, tables: Tables) -> None:
    rows = tables[rng.choice([name for name in ("placements", "distances") if tables[name]])]
    row = rng.choice(rows)
    row["distance_m"] = rng.choice([None, 1 + (row["distance_m"] or 0)])


def change_a_rank_or_a_zone(rng: random.Random, tables: Tables) -> None:
    row = rng.choice(tables["placements"])
    name = rng.choice(["choice_rank", "zone_id", "given_zone_id", "district_id", "category", "pool"])
    row[name] = (row[name] or 0) + 1 if name == "choice_rank" else f"{row[name]}x"


def change_a_count(rng: random.Random, tables: Tables) -> None:
    rng.choice(tables["ledger"])[rng.choice(COUNTS)] += rng.choice([-1, 1])


def change_two_counts_that_add_up(rng: random.Random, tables: Tables) -> None:
    row = rng.choice(tables["ledger"])
    name = rng.choice(["given", "before"])
    row[name] += 1
    row["left"] += 1 if name == "before" else -1


def change_a_measure(rng: random.Random, tables: Tables) -> None:
    row = rng.choice(tables["metrics"])
    name = rng.choice([name for name in row if name not in ("round", "stage", "promises")])
    row[name] += 1


CHANGES: tuple[Change, ...] = (
    swap_two_children,
    swap_two_children,
    swap_two_children,
    move_one,
    move_one,
    send_one_away,
    drop_a_row,
    double_a_row,
    change_a_cut_off,
    change_a_stage,
    change_a_ticket,
    change_a_key,
    change_a_status,
    flip_a_mark,
    change_an_outcome,
    change_a_distance,
    change_a_rank_or_a_zone,
    change_a_count,
    change_two_counts_that_add_up,
    change_a_measure,
)


@dataclass(frozen=True)
class Solved:
    """A run, and what it should be: a change of its results does not change that."""

    papers: Papers
    solution: Solution


def solved(papers: Papers) -> Solved:
    """Solve a run again, once for all its mutations."""
    findings = Findings()
    one = Solved(papers, solve_papers(papers, findings))
    judge(papers, one.solution, findings)
    assert findings.all == ()
    return one


@pytest.fixture(scope="module")
def runs() -> list[Solved]:
    """The golden cascade, random towns with answers, and amended runs."""
    city = town(zones=ZONES, schools=SCHOOLS, children=CHILDREN, choices=CHOICES)
    rules = read_policy(policy_path("xiamen-datongchou", Path()))
    found = [solved(papers_of(Case(city, rules.at(city.project.project.date))))]
    number = 0
    while len(found) < 10:
        number += 1
        rng = random.Random(number)
        tables = random_tables(rng)
        try:
            case = Case(city_from(tables), random_policy(rng, tables))
            papers = papers_of(with_answers(rng, case))
            if number % 3 == 0 and case.policy.stage[-1].gives == "school":
                papers = amended_papers(*with_amendments(rng, case))
        except XuequError:
            continue
        if len(papers.results["keys"]) > 5:
            found.append(solved(papers))
    return found


def mutated(rng: random.Random, papers: Papers) -> tuple[str, Tables]:
    """Return the tables of a run with one change that is a change, and what it was."""
    before: Tables = {name: list(rows) for name, rows in papers.results.items()}
    while True:
        tables = copy.deepcopy(before)
        change = rng.choice(CHANGES)
        change(rng, tables)
        if tables != before:
            return change.__name__, tables


def test_a_thousand_run_folders_with_one_change_each_are_rejected(runs: list[Solved]) -> None:
    missed, tried = [], set()
    for number in range(MUTATIONS):
        rng = random.Random(number)
        one = rng.choice(runs)
        name, tables = mutated(rng, one.papers)
        findings = Findings()
        judge(replace(one.papers, results=tables), one.solution, findings)
        tried.add(name)
        if not findings.all:
            missed.append((number, name))
        assert not any("cannot be compared" in str(finding) for finding in findings.all), (number, name)
    assert missed == []
    assert tried == {change.__name__ for change in CHANGES}


def _hash_anew(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = {
        file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in manifest["files"]
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_folders_on_disk_with_one_change_and_new_hashes_are_rejected(tmp_path: Path) -> None:
    run, _ = run_project(write_tiny(tmp_path / "tiny"), lang="en")
    assert verify_run(run).ok
    changes: tuple[tuple[str, Callable[[pd.DataFrame], Any]], ...] = (
        ("placements", _swap_schools),
        ("placements", lambda table: table.drop(index=[7])),
        ("ledger", lambda table: table.assign(left=table["left"].where(table.index != 3, 0))),
        ("keys", lambda table: table.assign(ticket=table["ticket"].str[::-1])),
        ("distances", lambda table: table.assign(distance_m=table["distance_m"] + 1)),
        ("metrics", lambda table: table.assign(envious=1)),
    )
    for number, (name, change) in enumerate(changes):
        folder = tmp_path / f"run {number}"
        shutil.copytree(run, folder)
        path = folder / f"{name}.parquet"
        change(pd.read_parquet(path)).to_parquet(path, index=False)
        _hash_anew(folder)
        verdict = verify_run(folder)
        assert not verdict.ok, name
        assert not any("hash" in str(finding) for finding in verdict.findings), name


def _swap_schools(table: pd.DataFrame) -> pd.DataFrame:
    """Let two placed children of different schools change schools, and nothing else."""
    placed = table[table["school_id"].notna()]
    one = placed.index[0]
    other = placed.index[(placed["school_id"] != placed["school_id"][one]).to_numpy()][0]
    changed = table.copy()
    changed.loc[[one, other], "school_id"] = table.loc[[other, one], "school_id"].to_numpy()
    return changed
