"""Part 9, overflow: who is placed outside the own catchment, zone by zone and school by school (T9a)."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.cases import Case
from simulate.dossier.content.counts import (
    Counts,
    counted,
    demand_name,
    flows_table,
    known_sums,
    placed_name,
    sides_of,
)
from simulate.dossier.content.pen import label_of, names_by_id, table_of
from simulate.dossier.material import Material
from simulate.dossier.model import Column, Table
from simulate.dossier.suppressing import LEAST_TOLD, Counted, Equation, sum_of, values_of

Flows = list[tuple[str, str, str]]
"""Zone, school, and the name of the count of children."""
_MOST = 150
"""More flows than these are not told one by one."""


def overflow(placements: pd.DataFrame, serves: pd.DataFrame) -> pd.DataFrame:
    """Count the children placed in a school that does not serve their zone.

    Parameters
    ----------
    placements : DataFrame
        outcome, zone_id, school_id; a row a child. Children without a zone are left out.
    serves : DataFrame
        zone_id, school_id.

    Returns
    -------
    DataFrame
        zone_id, school_id, children; sorted.

    Examples
    --------
    >>> rows = [["placed", "Z1", "S1"], ["placed", "Z1", "S2"], ["waiting", "Z1", None]]
    >>> placements = pd.DataFrame(rows, columns=["outcome", "zone_id", "school_id"])
    >>> serves = pd.DataFrame({"zone_id": ["Z1"], "school_id": ["S1"]})
    >>> overflow(placements, serves).to_dict("records")
    [{'zone_id': 'Z1', 'school_id': 'S2', 'children': 1}]
    """
    placed = placements[(placements["outcome"] == "placed") & placements["zone_id"].notna()]
    counts = placed.groupby(["zone_id", "school_id"]).size().rename("children").reset_index()
    pairs = pd.MultiIndex.from_frame(counts[["zone_id", "school_id"]])
    own = pd.MultiIndex.from_frame(serves[["zone_id", "school_id"]])
    return counts[~pairs.isin(own)].reset_index(drop=True)


def overflow_counts(material: Material, speak: Speaker, *, public: bool = False) -> Counts:
    """Return T9a; nothing where every child is placed in a school of the own zone.

    Parameters
    ----------
    material : Material
    speak : Speaker
    public : bool
        Whether only flows of five and more are told, and all others as one number: a flow of fewer would
        follow from how many places a school has beside its own zones. So it is too where there are so many
        flows that nobody would read them.
    """
    sides = sides_of(material)
    flows = {when: _by_pair(case) for when, case in sides}
    totals = {when: int(own.sum()) for when, own in flows.items()}
    if not sum(totals.values()):
        return Counts()
    coarse = public or max(len(own) for own in flows.values()) > _MOST
    if coarse:
        flows = {when: own[own >= LEAST_TOLD] for when, own in flows.items()}
    pairs = sorted(set().union(*(set(own.index) for own in flows.values())))
    table = _table(material, speak, flows, pairs, totals, coarse=coarse)
    keys = {when: case.key for when, case in sides}
    named = {
        (f"{zone}|{school}", f"children_{when}"): _flow_name(keys[when], zone, school)
        for zone, school in pairs
        for when in flows
    }
    one = counted(table, named=named)
    columns = [f"children_{when}" for when in flows]
    return Counts(
        tables=(one,),
        # a flow that is not told is none of the parts, but of the rest
        equations=tuple(known_sums(one, columns)),
        together=tuple(
            tuple(one.names[key, column] for column in columns if (key, column) in one.names)
            for key in table.keys
            if len(columns) > 1
        ),
    )


def overflow_linked(material: Material, tables: Iterable[Counted]) -> tuple[list[Equation], dict[str, int]]:
    """Return how the flows add up to what other tables tell, and the rest that no table tells.

    Who is placed at a school are its flows and those of its own zones; who lives in a zone are its flows
    and those who stay; who goes from a district to another are the flows between their zones and schools,
    and those without a zone.
    """
    values = values_of(list(tables))
    equations: list[Equation] = []
    rests: dict[str, int] = {}

    def add(total: str, parts: list[str], rest: str) -> None:
        left = values.get(total, -1) - sum(values[part] for part in parts)
        if parts and left >= 0:
            equations.append(sum_of(total, [*parts, rest]))
            rests[rest] = left

    for _, case in sides_of(material):
        told = [
            (zone, school, name)
            for zone, school in _by_pair(case).index
            if (name := _flow_name(case.key, zone, school)) in values
        ]
        for school, parts in _grouped((school, name) for _, school, name in told):
            add(placed_name(case.key, school), parts, f"own|{case.key}|{school}")
        for zone, parts in _grouped((zone, name) for zone, _, name in told):
            add(demand_name(case.key, zone), parts, f"stay|{case.key}|{zone}")
        for total, parts in _grouped(_between(case, told)):
            add(total, parts, f"beside|{total}")
    return equations, rests


def _by_pair(case: Case) -> pd.Series:
    flows = overflow(case.placements, case.city["serves"])
    pairs = flows.astype({"zone_id": "str", "school_id": "str"}).set_index(["zone_id", "school_id"])
    return pairs["children"]


def _flow_name(case: str, zone: str, school: str) -> str:
    return f"flow|{case}|{zone}|{school}"


def _table(
    material: Material,
    speak: Speaker,
    flows: dict[str, pd.Series],
    pairs: list[tuple[str, str]],
    totals: dict[str, int],
    *,
    coarse: bool,
) -> Table:
    zones: dict[str, str] = {}
    schools: dict[str, str] = {}
    for _, case in sides_of(material):
        zones |= names_by_id(case.city["zones"], "zone_id")
        schools |= names_by_id(case.city["schools"], "school_id")
    label = label_of(material.proposed.city, speak)
    index = pd.MultiIndex.from_tuples(pairs, names=["zone_id", "school_id"])
    frame = pd.DataFrame(
        {"zone": [zones[zone] for zone, _ in pairs], "school": [schools[school] for _, school in pairs]}
    )
    others: dict[str, object] = {"zone": speak(say("all others"))}
    every: dict[str, object] = {"zone": speak(say("all"))}
    for when, own in flows.items():
        there = own.reindex(index)
        frame[f"children_{when}"] = (there if coarse else there.fillna(0)).astype("Int64").to_numpy()
        others[f"children_{when}"], every[f"children_{when}"] = totals[when] - own.sum(), totals[when]
    last = [others, every] if coarse else [every]
    whole = pd.concat(
        [frame.astype(object), pd.DataFrame(last).reindex(columns=frame.columns).astype(object)]
    )
    notes = [say("Children placed in a school that does not serve the place where they live.")]
    if coarse:
        notes.append(say("–: fewer than five, or none; counted with all others."))
    return table_of(
        "T9a",
        speak(say("Placed outside the own {zone}", zone=label)),
        _columns(flows, label, speak),
        whole,
        [*(f"{zone}|{school}" for zone, school in pairs), *(["others"] if coarse else []), "all"],
        totals=len(last),
        notes=[speak(one) for one in notes],
    )


def _columns(flows: Iterable[str], label: str, speak: Speaker) -> list[Column]:
    group = speak(say("children"))
    words = {"before": speak(say("before")), "after": speak(say("after"))}
    columns = [
        Column(key="zone", title=speak(say("lives in: {zone}", zone=label)), weight=2),
        Column(key="school", title=speak(say("placed at")), weight=2),
    ]
    return columns + [
        Column(
            key=f"children_{when}",
            title=words[when],
            kind="integer",
            children=True,
            group=group,
            weight=0.7,
        )
        for when in flows
    ]


def _between(case: Case, flows: Flows) -> Iterable[tuple[str, str]]:
    """Return each flow's cell of T9, and its name; those whose districts are not known are left out."""
    zones, schools = (
        case.city[table].set_index(case.city[table][column].astype(str))["district_id"].dropna().astype(str)
        for table, column in (("zones", "zone_id"), ("schools", "school_id"))
    )
    for zone, school, name in flows:
        if zone in zones.index and school in schools.index:
            yield f"{flows_table(case)}|{zones[zone]}|to|{schools[school]}", name


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for key, name in pairs:
        found.setdefault(key, []).append(name)
    return sorted(found.items())
