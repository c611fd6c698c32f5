"""Part 8: schools and zones before and after (T6, T6a)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.cases import Case
from simulate.dossier.content.counts import Counts, counted, demand_name, joined, placed_name, sides_of
from simulate.dossier.content.pen import (
    Pen,
    known_columns,
    label_of,
    names_by_id,
    no_base,
    table_of,
    with_total,
)
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Column, Heading, Kind, Part
from simulate.dossier.suppressing import Counted, Equation, sum_of
from simulate.summary import household_categories
from zoning.maps.colours import colour_keys


def changed_counts(material: Material, speak: Speaker) -> Counts:
    """Return T6 and T6a."""
    return joined([_schools(material, speak), _zones(material, speak)])


def changed_part(material: Material, pen: Pen) -> Part:
    """Return the part on schools and zones before and after."""
    blocks: list[Block] = [pen.tables["T6"]]
    if material.before is None:
        blocks.append(no_base(pen))
    zone = label_of(material.proposed.city, pen.speak)
    blocks += [Heading(text=pen.speak(say("By {zone}", zone=zone))), pen.tables["T6a"]]
    return Part(number=8, title=pen.speak(say("Schools before and after")), blocks=tuple(blocks))


def _schools(material: Material, speak: Speaker) -> Counts:
    sides = sides_of(material)
    names: dict[str, str] = {}
    district: dict[str, str] = {}
    for _, case in sides:
        table = case.city["schools"]
        names |= names_by_id(table, "school_id")
        of = names_by_id(case.city["districts"], "district_id")
        district |= dict(
            zip(table["school_id"].astype(str), table["district_id"].astype(str).map(of), strict=True)
        )
    ids = sorted(names)
    frame = pd.DataFrame(
        {"school_id": ids, "name": [names[i] for i in ids], "district": [district[i] for i in ids]}
    )
    columns = [
        Column(key="name", title=speak(say("school")), weight=2.2),
        Column(key="district", title=speak(say("district"))),
    ]
    sums: list[str] = []
    for when, case in sides:
        frame = frame.join(_seated(case).add_suffix(f"_{when}"), on="school_id")
        columns += _seated_columns(when, speak)
        sums += [f"{name}_{when}" for name in ("seats", "placed", "household", "others", "left")]
    whole = with_total(frame, "name", speak(say("all")), sums)
    for when, _ in sides:
        last = len(frame)
        for name in ("seats", "placed", "household", "others", "left"):
            whole.loc[last, f"{name}_{when}"] = pd.to_numeric(frame[f"{name}_{when}"]).sum()
        seats = float(whole.loc[last, f"seats_{when}"])
        whole.loc[last, f"used_{when}"] = (
            float(whole.loc[last, f"placed_{when}"]) / seats if seats else np.nan
        )
    table = table_of(
        "T6",
        speak(say("Schools before and after")),
        known_columns(columns, frame, "district"),
        whole,
        [*ids, "all"],
        totals=1,
        notes=[
            speak(
                say(
                    "Placed: after all stages of the run, those above the intake too. Free: seats that "
                    "nobody took."
                )
            )
        ],
        internal_notes=[speak(say("Household: children of the categories that have a right to a place."))],
    )
    named = {
        (key, f"placed_{when}"): placed_name(case.key, key) for key in (*ids, "all") for when, case in sides
    }
    follows = {f"{name}_{when}": (f"placed_{when}",) for name in ("used", "left") for when, _ in sides}
    one = counted(table, named=named, follows=follows)
    equations: list[Equation] = []
    for when, _ in sides:
        name = f"placed_{when}"
        own = [one.names[row, name] for row in ids if (row, name) in one.names]
        equations.append(sum_of(one.names["all", name], own))
    return Counts(
        tables=(one,),
        equations=tuple(equations),
        together=_both(one, sides, ("placed",)),
    )


def _both(
    one: Counted, sides: list[tuple[str, Case]], names: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """Return the names of the same cell on both sides."""
    if len(sides) < 2:
        return ()
    return tuple(
        (one.names[row, f"{name}_before"], one.names[row, f"{name}_after"])
        for row in one.table.keys
        for name in names
        if (row, f"{name}_before") in one.names and (row, f"{name}_after") in one.names
    )


def _seated(case: Case) -> pd.DataFrame:
    """Return seats, placed, household, others, used, left by school."""
    table = case.summary.schools.set_index("school_id")
    there = case.placements[case.placements["outcome"] == "placed"]
    household = there[there["category"].isin(household_categories(case.run.policy))]
    placed = table["given"] + table["over"]
    own = household.groupby("school_id").size().reindex(table.index, fill_value=0)
    return pd.DataFrame(
        {
            "seats": table["seats"],
            "placed": placed,
            "household": own,
            "others": placed - own,
            "used": placed / table["seats"].where(table["seats"] > 0),
            "left": table["left"],
        }
    )


def _seated_columns(when: str, speak: Speaker) -> list[Column]:
    group = speak(say("before") if when == "before" else say("after"))

    def column(
        key: str, title: str, kind: Kind = "integer", *, children: bool = False, internal: bool = False
    ) -> Column:
        return Column(
            key=f"{key}_{when}", title=title, kind=kind, children=children, internal=internal, group=group
        )

    # by school and right together most are small, and tell of each other across tables
    return [
        column("seats", speak(say("seats"))),
        column("placed", speak(say("placed")), children=True),
        column("household", speak(say("of household")), internal=True),
        column("others", speak(say("others")), internal=True),
        column("used", speak(say("used")), "share"),
        column("left", speak(say("free"))),
    ]


def _zones(material: Material, speak: Speaker) -> Counts:
    sides = sides_of(material)
    names: dict[str, str] = {}
    for _, case in sides:
        names |= names_by_id(case.city["zones"], "zone_id")
    ids = sorted(names)
    label = label_of(material.proposed.city, speak)
    frame = pd.DataFrame({"zone_id": ids, "name": [names[i] for i in ids]})
    columns = [Column(key="name", title=label, weight=2.0)]
    meanings = {key.colour: speak(key.meaning) for key in colour_keys()}
    for when, case in sides:
        zones = case.summary.zones.set_index("zone_id")[
            ["children", "household", "seats", "ratio", "colour"]
        ]
        zones = zones.assign(warning=zones["colour"].map(meanings)).drop(columns="colour")
        frame = frame.join(zones.add_suffix(f"_{when}"), on="zone_id")
        columns += _zone_columns(when, speak)
    table = table_of(
        "T6a",
        speak(say("Demand and seats by {zone}", zone=label)),
        columns,
        frame,
        ids,
        notes=[
            speak(
                say(
                    "Children who live there; a school's seats are shared by its zones in proportion to "
                    "their children. Used: children over seats."
                )
            )
        ],
    )
    named = {
        (zone, f"children_{when}"): demand_name(case.key, zone) for zone in ids for when, case in sides
    }
    follows = {f"{name}_{when}": (f"children_{when}",) for name in ("ratio", "seats") for when, _ in sides}
    one = counted(table, named=named, follows=follows)
    unpublished, equations = _rest_of_zones(one, sides, ids)
    return Counts(
        tables=(one,),
        equations=tuple(equations),
        together=_both(one, sides, ("children", "household")),
        unpublished=unpublished,
    )


def _rest_of_zones(
    one: Counted, sides: list[tuple[str, Case]], ids: list[str]
) -> tuple[dict[str, int], list[Equation]]:
    """Return the children of a zone who are not of household: they follow from the two counts told."""
    found: dict[str, int] = {}
    equations = []
    for when, _ in sides:
        for zone in ids:
            total, own = (
                one.names.get((zone, f"children_{when}")),
                one.names.get((zone, f"household_{when}")),
            )
            if total is None or own is None:
                continue
            rest = f"rest|{when}|{zone}"
            found[rest] = int(one.table.value(zone, f"children_{when}") or 0) - int(
                one.table.value(zone, f"household_{when}") or 0
            )
            equations.append(sum_of(total, [own, rest]))
    return found, equations


def _zone_columns(when: str, speak: Speaker) -> list[Column]:
    group = speak(say("before") if when == "before" else say("after"))
    return [
        Column(
            key=f"children_{when}", title=speak(say("children")), kind="integer", children=True, group=group
        ),
        Column(
            key=f"household_{when}",
            title=speak(say("of household")),
            kind="integer",
            children=True,
            group=group,
        ),
        Column(key=f"seats_{when}", title=speak(say("seats")), kind="decimal", group=group),
        Column(key=f"ratio_{when}", title=speak(say("used")), kind="share", group=group),
        Column(key=f"warning_{when}", title=speak(say("warning")), weight=1.6, group=group),
    ]
