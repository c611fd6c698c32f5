"""What a run is about, as plain records: children, schools, seats, choices, answers, decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geodata.schema import ENTRY_GRADE, OPEN_POOL
from simulate.verify.distances import Ground, ground_of, located_children
from simulate.verify.findings import Findings
from simulate.verify.inputs import check_offered, check_used
from simulate.verify.points import check_points, child_keys_of
from simulate.verify.reading import Papers, Row, rows_of
from simulate.verify.tickets import ticket_of

Block = tuple[str, str]
"""A seat block: school and pool; where a stage gives zones, zone and `ZONE`."""

DATES = ("settled_on", "parent_settled_on")
CONSENT = {None: 0, "none": 0, "district": 1, "city": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child. `keys` has what orders read, without what is absent; dates are days since 1970."""

    number: str
    category: str
    zone: str
    district: str | None
    street: str | None
    home: str
    consent: int
    keys: Mapping[str, float]
    sibling_school: str | None
    previous_school: str | None
    household: str | None
    twins: str | None
    eligible: bool
    ticket: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """A school; `pools` are those it has, in order of precedence."""

    name: str
    kind: str | None
    district: str | None
    street: str | None
    feeds: str | None
    pools: tuple[str, ...]
    offered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """One choice: of which list, filed after which stage (None: from the start), which rank, what."""

    after: str | None
    list_: int
    rank: int
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """All that the stages read, in order of ids.

    Parameters
    ----------
    children, schools : mapping
        By their numbers.
    zones : mapping
        The district of each zone, or None.
    serves : mapping
        The schools of each zone.
    offered : mapping
        Seats by block.
    release : mapping
        The stage after which what is left of a block goes to the open pool.
    filed, answers, decisions : mapping
        Choices by child; by stage, pairs of child and answer, and of child and school.
    late : frozenset
        The children who arrive late.
    ground : Ground
        Distances.
    policy : mapping
        `inputs/policy.json`.
    """

    children: Mapping[str, Child]
    schools: Mapping[str, School]
    zones: Mapping[str, str | None]
    serves: Mapping[str, tuple[str, ...]]
    offered: Mapping[Block, int]
    release: Mapping[Block, str]
    filed: Mapping[str, Sequence[Filed]]
    answers: Mapping[str, Sequence[tuple[str, str]]]
    decisions: Mapping[str, Sequence[tuple[str, str]]]
    late: frozenset[str]
    ground: Ground
    policy: Mapping[str, Any]

    @property
    def stages(self) -> list[str]:
        """The ids of the stages, in order."""
        return [stage["id"] for stage in self.policy["stage"]]


def town_of(papers: Papers, findings: Findings) -> Town:
    """Return what a run is about, from its inputs; what they say of each other and is not so is found."""
    inputs = papers.inputs
    offered, release = _offered(papers)
    check_offered(rows_of(inputs["offered"]), offered, release, findings)
    precedence = {OPEN_POOL: 0, **{pool["id"]: pool["precedence"] for pool in papers.policy["pool"]}}
    schools = {}
    for row in sorted(rows_of(inputs["schools"]), key=lambda row: row["school_id"]):
        own = [(precedence.get(pool, 0), pool) for school, pool in offered if school == row["school_id"]]
        schools[row["school_id"]] = School(
            name=row["school_id"],
            kind=row["kind"],
            district=row["district_id"],
            street=row["street_id"],
            feeds=row["feeds"],
            pools=tuple(pool for _, pool in sorted(own)),
            offered=sum(offered[row["school_id"], pool] for _, pool in own),
        )
    zones = {row["zone_id"]: row["district_id"] for row in rows_of(inputs["zones"])}
    serves: dict[str, list[str]] = {zone: [] for zone in sorted(zones)}
    for row in rows_of(inputs["serves"]):
        serves[row["zone_id"]].append(row["school_id"])
    located = located_children(papers, findings)
    check_used(papers, findings)
    check_points(papers, located, findings)
    children = _children(papers, located)
    answers = _by_stage(rows_of(inputs["answers"]), "after_stage", "answer")
    return Town(
        children=children,
        schools=schools,
        zones={zone: zones[zone] for zone in sorted(zones)},
        serves={zone: tuple(sorted(names)) for zone, names in serves.items()},
        offered=offered,
        release=release,
        filed=_filed(papers),
        answers=answers,
        late=frozenset(child for pairs in answers.values() for child, said in pairs if said == "late"),
        decisions=_by_stage(rows_of(inputs["decisions"]), "stage", "school_id"),
        ground=ground_of(papers, located),
        policy=papers.policy,
    )


def _children(papers: Papers, located: pd.DataFrame) -> dict[str, Child]:
    seed, secret = str(papers.manifest["seed"]), str(papers.manifest.get("secret") or "")
    where = {row["applicant_id"]: row for row in rows_of(located)}
    children = {}
    for row in sorted(rows_of(papers.inputs["children"]), key=lambda row: row["applicant_id"]):
        number, place = row["applicant_id"], where[row["applicant_id"]]
        children[number] = Child(
            number=number,
            category=row["category"],
            zone=place["zone_id"],
            district=place["district_id"],
            street=place["street_id"],
            home=place["home_id"],
            consent=CONSENT[row["consents"]],
            keys={key: _number(row[key]) for key in child_keys_of(papers.policy) if row[key] is not None},
            sibling_school=row["sibling_school_id"],
            previous_school=row["previous_school_id"],
            household=row["household_id"],
            twins=row["twin_group"],
            eligible=bool(row["eligible"]),
            ticket=ticket_of(row["twin_group"] or number, seed=seed, secret=secret),
        )
    return children


def _number(value: Any) -> float:
    if isinstance(value, pd.Timestamp):
        return float((value - pd.Timestamp(1970, 1, 1)).days)
    return float(value)


def _offered(papers: Papers) -> tuple[dict[Block, int], dict[Block, str]]:
    """Return seats and release by block: every school has the open pool, also with none."""
    head, year = papers.project["project"], papers.project["project"]["year"]
    schools = rows_of(papers.inputs["schools"])
    closed = {r["school_id"] for r in schools if r["opening_year"] is not None and r["opening_year"] > year}
    by_policy = {pool["id"]: pool["release_after"] for pool in papers.policy["pool"]}
    offered: dict[Block, int] = {(row["school_id"], OPEN_POOL): 0 for row in schools}
    release: dict[Block, str] = {}
    for row in rows_of(papers.inputs["seats"]):
        grade = ENTRY_GRADE[head["level"]]
        if (row["level"], row["year"], row["grade"]) != (head["level"], year, grade):
            continue
        block = row["school_id"], row["pool"]
        seats = 0 if row["school_id"] in closed or row["seats"] is None else int(row["seats"])
        offered[block] = offered.get(block, 0) + seats
        after = row["release_after"] or by_policy.get(row["pool"])
        if after is not None and row["pool"] != OPEN_POOL:
            release[block] = after
    return dict(sorted(offered.items())), release


def _filed(papers: Papers) -> dict[str, list[Filed]]:
    """Return the choices by child; drawn ones (a project without choices) stand only in inputs/listed."""
    filed: dict[str, list[Filed]] = defaultdict(list)
    for row in rows_of(papers.inputs["choices"]) or rows_of(papers.inputs["listed"]):
        after, list_, rank = row["after_stage"], int(row["list"]), int(row["rank"])
        filed[row["applicant_id"]].append(Filed(after=after, list_=list_, rank=rank, target=row["target"]))
    for rows in filed.values():
        rows.sort(key=lambda one: one.rank)
    return dict(filed)


def _by_stage(rows: Sequence[Row], stage: str, what: str) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        found[row[stage]].append((row["applicant_id"], row[what]))
    return {name: sorted(pairs) for name, pairs in found.items()}
