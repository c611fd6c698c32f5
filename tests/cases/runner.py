"""Named cases: a town and its children as TOML, and where each child must end up under a shipped policy.

A file `tests/cases/NAME.toml` holds the cases of one policy:

    policy = "haicang-2023"
    on = 2023-08-31                       # the day on which the policy is read, or a case says otherwise

    [town.zones]
    Z1 = ["D1", ["S1", "S2"]]             # zone = [district, schools]
    [town.schools]
    S1 = { district = "D1", east = 0, seats = 1 }
    # seats: a number (open pool), or pool -> number, or pool -> [number, stage of release];
    # beside them any other column of the table schools (kind, street_id, feeds, …)
    [town.units]                          # only where a case needs streets
    U1 = ["Z1", 0.0, "ST1"]               # unit = [zone, east, street]

    [[case]]
    id = "rank-decides"
    title = { zh = "…", en = "…" }
    clause = "where the document says it" # or: assumed = true, reason = { zh = "…", en = "…" }
    children = [{ applicant_id = "C1", category = "points", zone_id = "Z1", east = 0.0, points = 90 }]
    choices = { C1 = ["S1", "S2"] }
    expect = { C1 = "S1" }                # each child: a school, waiting, not-admitted or withdrawn

Optional in a case: `on`, `expecting`, `seed` (default "town"), `zones`, `schools`, `units` (they change
or add to the town, column by column), `filed` (rows of choices: applicant_id, list, rank, target,
after_stage), `answers` ([child, after_stage, answer]), `decisions` and `scores` (rows of the tables), and
what else must come out: `stage` (child -> stage that decided), `over` (all children over the intake),
`given` (child -> zone), `pool` (child -> pool), `cut_off` (school -> the stated keys of the last one
admitted at its open pool, by the last stage that has a cut-off there, or by `stage = "…"` in it; {} where
no stage has one). Instead of what they get, `refused = "…"`: such a season cannot be run on that day, and
the message says so.
"""

from __future__ import annotations

import datetime
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from geodata.city import City, city_of
from geodata.project import Source
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy
from tests.simulate.plain_tables import differences, tables
from tests.simulate.town import Played, Row, play, town

FOLDER = Path(__file__).parent
OUTCOMES = ("waiting", "not-admitted", "withdrawn")
FILE_KEYS = {"policy", "on", "town", "case"}
CASE_KEYS = {
    *("id", "title", "clause", "assumed", "reason", "on", "expecting", "seed", "zones", "schools", "units"),
    *("children", "choices", "filed", "answers", "decisions", "scores"),
    *("expect", "stage", "over", "given", "pool", "cut_off", "refused"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: the policy and day, what the town and its families hand in, and what must come out."""

    policy: str
    id: str
    on: datetime.date
    place: dict[str, Any]
    scores: list[Row]
    row: Row = field(repr=False)

    @property
    def name(self) -> str:
        """NAME/case-id, by which a test is called."""
        return f"{self.policy}/{self.id}"

    @property
    def rules(self) -> Policy:
        """The shipped policy as it holds on the day of the case."""
        shipped = read_policy(policy_path(self.policy, Path()))
        return shipped.at(self.on, expecting=self.row.get("expecting", []))


def all_cases() -> list[Case]:
    """Return the cases of all files, in order of file and place."""
    return [case for path in sorted(FOLDER.glob("*.toml")) for case in cases_of(path)]


def cases_of(path: Path) -> list[Case]:
    """Return the cases of a file; ValueError for a key that there is not, or a child without an end."""
    whole = _plain(tomllib.loads(path.read_text(encoding="utf-8")))
    _known(path.name, whole, FILE_KEYS)
    return [_case(path.name, whole, row) for row in whole["case"]]


def _case(file: str, whole: Row, row: Row) -> Case:
    name = f"{file}, {row.get('id')}"
    _known(name, row, CASE_KEYS)
    if ("clause" in row) == ("assumed" in row) or ("assumed" in row) != ("reason" in row):
        raise ValueError(f"{name}: a clause, or assumed = true with a reason")
    if ("expect" in row) == ("refused" in row):
        raise ValueError(f"{name}: either expect or refused")
    if "expect" in row and set(row["expect"]) != {child["applicant_id"] for child in row["children"]}:
        raise ValueError(f"{name}: each child stands in expect, and nobody else")
    on = datetime.date.fromisoformat(str(row.get("on", whole["on"])))
    return Case(
        policy=whole["policy"],
        id=row["id"],
        on=on,
        place=_place(whole["town"], row),
        scores=row.get("scores", []),
        row=row,
    )


def _place(base: Row, row: Row) -> dict[str, Any]:
    """Return what `town` and the plain engine read."""
    schools = dict(base["schools"])
    for school, more in row.get("schools", {}).items():
        schools[school] = {**schools.get(school, {}), **more}
    zones = {**base["zones"], **row.get("zones", {})}
    units = {**base.get("units", {}), **row.get("units", {})}
    return {
        "zones": {zone: (district, serving) for zone, (district, serving) in zones.items()},
        "schools": {school: _school(columns) for school, columns in schools.items()},
        "children": row.get("children", []),
        "choices": row.get("choices", {}),
        "filed": row.get("filed", []),
        "answers": [tuple(one) for one in row.get("answers", [])],
        "decisions": row.get("decisions", []),
        "units": {unit: tuple(values) for unit, values in units.items()},
    }


def _school(columns: Row) -> tuple[Any, ...]:
    more = {k: v for k, v in columns.items() if k not in ("district", "east", "seats")}
    seats = columns["seats"]
    if isinstance(seats, dict):
        seats = {pool: tuple(n) if isinstance(n, list) else n for pool, n in seats.items()}
    return columns.get("district"), float(columns["east"]), seats, more


def _known(name: str, row: Row, allowed: set[str]) -> None:
    strange = sorted(set(row) - allowed)
    if strange:
        raise ValueError(f"{name}: unknown {', '.join(strange)}")


def _plain(value: Any) -> Any:
    """Return a value with its dates as text, as the tables and the plain engine want them."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def play_case(case: Case) -> Played:
    """Run the season of a case by the real engine."""
    return play(_city(case), case.rules, seed=case.row.get("seed", "town"))


def _city(case: Case) -> City:
    city = town(**case.place)
    if not case.scores:
        return city
    more = {**city.project.tables, "scores": Source(rows=case.scores)}
    return city_of(city.project.model_copy(update={"tables": more}), Path())


def what_differs(case: Case, played: Played) -> list[str]:
    """Return what came out otherwise than the case says, one line each."""
    row, outcome, school = case.row, played.of("outcome"), played.school_of()
    found = {c: school[c] if outcome[c] == "placed" else outcome[c] for c in outcome}
    wrong = _wrong("expect", row["expect"], found)
    for name, column in (("stage", "stage"), ("given", "given_zone_id"), ("pool", "pool")):
        there = played.of(column)
        stated = row.get(name, {})
        wrong += _wrong(name, stated, {c: there.get(c) for c in stated})
    if "over" in row:
        over = sorted(c for c, is_over in played.of("over").items() if is_over)
        wrong += [] if over == sorted(row["over"]) else [f"over: {row['over']} expected, {over} found"]
    for of, stated in row.get("cut_off", {}).items():
        line = _cut_off(played, of, stated.get("stage"))
        stated = {key: value for key, value in stated.items() if key != "stage"}
        seen = line if not stated else {key: line.get(key) for key in stated}
        wrong += _wrong("cut_off", {of: stated}, {of: seen})
    return wrong


def _wrong(what: str, stated: Row, found: Row) -> list[str]:
    return [
        f"{what} of {name}: {value!r} expected, {found.get(name)!r} found"
        for name, value in stated.items()
        if found.get(name) != value
    ]


def _cut_off(played: Played, school: str, stage: str | None) -> Row:
    ledger = played.tables["ledger"]
    rows = ledger[(ledger["school_id"] == school) & (ledger["pool"] == "open") & ledger["cut_off"].notna()]
    if stage is not None:
        rows = rows[rows["stage"] == stage]
    return {} if len(rows) == 0 else dict(json.loads(rows["cut_off"].iloc[-1]))


def what_the_plain_engine_differs_in(case: Case, played: Played) -> list[tuple[Any, ...]]:
    """Return where the slow engine of the tests, written from STAGES.md alone, says something else."""
    items: dict[str, Row] = {}
    for score in case.scores:
        items.setdefault(score["applicant_id"], {})[f"item:{score['item']}"] = score["points"]
    children = [{**child, **items.get(child["applicant_id"], {})} for child in case.place["children"]]
    place = {**case.place, "children": children}
    return differences(tables(place, case.rules, case.row.get("seed", "town")), played.tables)


def stages_that_place(played: Played) -> set[str]:
    """Return the stages whose own work, and no decision, gave somebody a place that holds in the end."""
    rows: pd.DataFrame = played.placements
    return set(rows[(rows["outcome"] == "placed") & ~rows["decided"]]["stage"])
