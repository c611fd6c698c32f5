"""Part 9, the test of the allocation: stages (T7), cut-offs (T8), districts (T9)."""

from __future__ import annotations

import itertools

import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.content.counts import (
    Counts,
    column_sums,
    counted,
    joined,
    placed_name,
    row_sums,
    true_ones,
)
from simulate.dossier.content.fairness import category_name
from simulate.dossier.content.pen import Pen, names_by_id, table_of, with_total
from simulate.dossier.content.plotting import flow_picture
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Column, Heading, Part
from simulate.dossier.suppressing import Counted, Equation, sum_of
from simulate.report.words import category_titles, cut_off, item_titles, stage_titles

_CHOICES = ("first", "second", "later")


def allocation_counts(material: Material, speak: Speaker) -> Counts:
    """Return T7, T8 and T9."""
    return joined([_stages(material, speak), _cut_offs(material, speak), _flows(material, speak)])


def allocation_part(material: Material, pen: Pen) -> Part:
    """Return the part on the allocation."""
    zones = pen.speak(say("From district to district"))
    flow = flow_picture(material, pen, pen.tables["T9"])
    blocks: list[Block] = [
        pen.words(
            say(
                "{placed} of {children} children are placed; {abroad} of them in another district, and "
                "{without} have no place at the end.",
                placed=pen.cite("T4", "proposed", "placed"),
                children=pen.cite("T4", "proposed", "children"),
                abroad=pen.cite("T4", "proposed", "abroad"),
                without=pen.cite("T4", "proposed", "without"),
            )
        ),
        Heading(text=pen.speak(say("Stage by stage"))),
        pen.tables["T7"],
        Heading(text=pen.speak(say("Cut-offs"))),
        pen.tables["T8"],
        Heading(text=zones),
        *([flow] if flow else []),
        pen.tables["T9"],
    ]
    return Part(number=9, title=pen.speak(say("Test of the allocation")), blocks=tuple(blocks))


def _stages(material: Material, speak: Speaker) -> Counts:
    case = material.proposed
    stages, categories = stage_titles(case.run.policy, speak), category_titles(case.run.policy, speak)
    frame = case.summary.stages.copy()
    there = case.placements[case.placements["outcome"] == "placed"]
    rank = there["choice_rank"].astype("Float64")
    for name, mask in (("first", rank == 1), ("second", rank == 2), ("later", rank >= 3)):
        counts = there[mask.fillna(False).to_numpy(dtype=bool)].groupby(["stage", "category"]).size()
        own = counts.reindex(pd.MultiIndex.from_frame(frame[["stage", "category"]])).fillna(0)
        frame[name] = own.to_numpy(dtype="int64")
    frame["title"], frame["group"] = frame["stage"].map(stages), frame["category"].map(categories)
    choice = speak(say("of these, by choice"))
    columns = [
        Column(key="title", title=speak(say("stage")), weight=2.4),
        Column(key="group", title=speak(say("group of children")), weight=1.5),
        Column(key="claimants", title=speak(say("claimed")), kind="integer", children=True),
        Column(key="placed", title=speak(say("placed")), kind="integer", children=True),
        Column(key="first", title=speak(say("first")), kind="integer", children=True, group=choice),
        Column(key="second", title=speak(say("second")), kind="integer", children=True, group=choice),
        Column(
            key="later", title=speak(say("third and later")), kind="integer", children=True, group=choice
        ),
        Column(key="over", title=speak(say("above the intake")), kind="integer", children=True),
        Column(key="decided", title=speak(say("by decision")), kind="integer", children=True),
        Column(key="mean_m", title=speak(say("mean km")), kind="metres", decimals=2),
        Column(key="p90_m", title=speak(say("km of the farthest tenth")), kind="metres", decimals=2),
    ]
    keys = [f"{s}|{c}" for s, c in zip(frame["stage"], frame["category"], strict=True)]
    table = table_of(
        "T7",
        speak(say("Stages and groups")),
        columns,
        frame,
        keys,
        notes=[
            speak(
                say(
                    "Claimed: children whom the stage looked at; who is not placed goes on to the "
                    "next stage "
                    "that is open to them. What each stage does stands in the rules."
                )
            )
        ],
    )
    one = counted(table, follows={"mean_m": ("placed",), "p90_m": ("placed",)})
    return Counts(
        tables=(one,),
        equations=tuple(_of_stages(one, frame, case.key, case.placements)),
        unpublished=_not_by_choice(one),
    )


def _of_stages(one: Counted, frame: pd.DataFrame, case: str, placements: pd.DataFrame) -> list[Equation]:
    """Return what a reader can add up: stages to a total, choices to the placed, a stage to the next."""
    found: list[Equation] = []
    for category, own in frame.groupby("category"):
        rows = [f"{stage}|{category}" for stage in own["stage"]]
        total = int(((placements["category"] == category) & (placements["outcome"] == "placed")).sum())
        if total == int(own["placed"].sum()):
            found.append(
                sum_of(category_name(case, "placed", str(category)), [one.names[r, "placed"] for r in rows])
            )
        for now, then in itertools.pairwise(rows):
            # who is not placed claims at the next stage: not always, but where it is so a reader sees it
            found += true_ones(
                [
                    sum_of(
                        one.names[now, "claimants"],
                        [one.names[now, "placed"], one.names[then, "claimants"]],
                    ),
                    sum_of(one.names[now, "claimants"], [one.names[then, "claimants"]]),
                ],
                [one],
            )
    for row in one.table.keys:
        names = [one.names[row, name] for name in _CHOICES]
        found.append(sum_of(one.names[row, "placed"], [*names, f"unchosen|{row}"]))
        found.append(sum_of(one.names[row, "claimants"], [one.names[row, "placed"], f"unplaced|{row}"]))
    return found


def _not_by_choice(one: Counted) -> dict[str, int]:
    """Return the placed without a choice, and those who claimed and were not placed: neither is told."""
    found = {}
    for row in one.table.keys:
        value = {name: int(one.table.value(row, name) or 0) for name in ("claimants", "placed", *_CHOICES)}
        found[f"unchosen|{row}"] = value["placed"] - sum(value[name] for name in _CHOICES)
        found[f"unplaced|{row}"] = value["claimants"] - value["placed"]
    return found


def _cut_offs(material: Material, speak: Speaker) -> Counts:
    case = material.proposed
    policy = case.run.policy
    stages, items = stage_titles(policy, speak), item_titles(policy, speak)
    districts = names_by_id(case.city["districts"], "district_id")
    frame = case.summary.schools.copy()
    frame["district"] = frame["district_id"].astype("object").map(districts)
    frame["stage"] = frame["cut_off_stage"].map(stages)
    frame["cut_off"] = [cut_off(one, speak, items) for one in frame["cut_off"]]
    frame["placed"] = frame["given"] + frame["over"]
    columns = [
        Column(key="name", title=speak(say("school")), weight=2),
        Column(key="district", title=speak(say("district"))),
        Column(key="stage", title=speak(say("last stage that filled it")), weight=2),
        Column(key="cut_off", title=speak(say("cut-off: the last one admitted")), weight=2),
        Column(key="seats", title=speak(say("seats")), kind="integer"),
        Column(key="placed", title=speak(say("placed")), kind="integer", children=True),
        Column(key="left", title=speak(say("free")), kind="integer"),
    ]
    table = table_of(
        "T8",
        speak(say("Cut-offs and free seats")),
        columns,
        frame,
        frame["school_id"],
        notes=[speak(say("No cut-off: nobody who claimed a seat there was refused, or seats are left."))],
    )
    ids = [str(one) for one in frame["school_id"]]
    named = {(one, "placed"): placed_name(case.key, one) for one in ids}
    follows = {"left": ("placed",), "cut_off": ("placed",)}
    return Counts(tables=(counted(table, named=named, follows=follows),))


def _flows(material: Material, speak: Speaker) -> Counts:
    case = material.proposed
    names = names_by_id(case.city["districts"], "district_id")
    flows = case.summary.flows.set_index("district_id")
    ids = [str(one) for one in flows.index]
    frame = flows.reset_index().rename(columns={one: f"to|{one}" for one in flows.columns})
    frame["district"] = [names.get(one, one) for one in ids]
    frame["to|all"] = flows.sum(axis=1).to_numpy()
    to = speak(say("district of the school"))
    columns = [
        Column(key="district", title=speak(say("district of the home")), weight=1.4),
        *(
            Column(key=f"to|{one}", title=names.get(one, one), kind="integer", children=True, group=to)
            for one in ids
        ),
        Column(key="to|all", title=speak(say("all")), kind="integer", children=True),
    ]
    sums = [f"to|{one}" for one in (*ids, "all")]
    whole = with_total(frame, "district", speak(say("all")), sums)
    table = table_of(
        "T9",
        speak(say("From district to district")),
        columns,
        whole,
        [*ids, "all"],
        totals=1,
        notes=[speak(say("Placed children; those whose district is not known are left out."))],
    )
    one = counted(table)
    inside = [f"to|{one}" for one in ids]
    equations = [*column_sums(one, sums), *row_sums(one, "to|all", inside)]
    return Counts(tables=(one,), equations=tuple(equations))


def districts_of_schools(material: Material, tables: tuple[Counted, ...]) -> list[Equation]:
    """Return that the schools of a district hold together who is placed in it."""
    case = material.proposed
    schools = case.city["schools"]
    found = [
        sum_of(f"T9|all|to|{district}", [placed_name(case.key, str(one)) for one in own["school_id"]])
        for district, own in schools.groupby("district_id")
    ]
    return true_ones(found, tables)
