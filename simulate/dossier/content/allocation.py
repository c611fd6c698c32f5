"""Part 9, the test of the allocation: stages (T7), cut-offs (T8), districts (T9)."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.cases import Case
from simulate.dossier.content.counts import (
    Counts,
    column_sums,
    counted,
    flows_table,
    joined,
    placed_name,
    row_sums,
    sides_of,
    true_ones,
)
from simulate.dossier.content.cut_offs import cut_off_counts
from simulate.dossier.content.fairness import category_name
from simulate.dossier.content.pen import Pen, names_by_id, table_of, with_total
from simulate.dossier.content.plotting import flow_picture
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Column, Heading, Missing, Paragraph, Part
from simulate.dossier.suppressing import Counted, Equation, sum_of
from simulate.report.words import category_titles, stage_titles

_CHOICES = ("first", "second", "later")


def allocation_counts(material: Material, speak: Speaker) -> Counts:
    """Return T7, T8, T9 and T9b."""
    return joined([_stages(material, speak), cut_off_counts(material, speak), _both_flows(material, speak)])


def allocation_part(material: Material, pen: Pen) -> Part:
    """Return the part on the allocation."""
    blocks: list[Block] = [
        _in_all(pen),
        Heading(text=pen.speak(say("Stage by stage"))),
        pen.tables["T7"],
        Heading(text=pen.speak(say("Cut-offs"))),
        pen.tables["T8"],
        Heading(text=pen.speak(say("From district to district"))),
        *_districts(material, pen),
        Heading(text=pen.speak(say("From catchment to school"))),
        pen.tables.get("T9a", pen.words(say("No child is placed at a school outside its own catchment."))),
    ]
    return Part(number=9, title=pen.speak(say("Test of the allocation")), blocks=tuple(blocks))


def _in_all(pen: Pen) -> Paragraph:
    what = {
        "placed": pen.cite("T4", "proposed", "placed"),
        "children": pen.cite("T4", "proposed", "children"),
        "without": pen.cite("T4", "proposed", "without"),
    }
    if not _has_districts(pen):
        words = say(
            "{placed} of {children} children are placed; {without} have no place at the end.", **what
        )
        return pen.words(words)
    return pen.words(
        say(
            "{placed} of {children} children are placed; {abroad} of them in another district, and "
            "{without} have no place at the end.",
            abroad=pen.cite("T4", "proposed", "abroad"),
            **what,
        )
    )


def _districts(material: Material, pen: Pen) -> list[Block]:
    """Return the flows between districts, and a picture; what is missing where no district is known."""
    if not _has_districts(pen):
        return [
            Missing(
                what=pen.speak(say("The districts of homes and schools.")),
                how=pen.speak(
                    say("Add the table districts, and district_id to units or zones and schools.")
                ),
            )
        ]
    flow = flow_picture(material, pen, pen.tables["T9"])
    both = [pen.tables[one] for one in ("T9", "T9b") if one in pen.tables]
    return [*([flow] if flow else []), *both]


def _has_districts(pen: Pen) -> bool:
    flows = pen.tables["T9"]
    return len(flows.rows) > flows.totals


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


def _both_flows(material: Material, speak: Speaker) -> Counts:
    """Return the flows between districts, and beside them those under the plan in force."""
    now = _flows(material.proposed, "T9", speak(say("From district to district")), speak)
    if material.before is None:
        return now
    title = speak(say("From district to district under the plan in force"))
    both = joined([now, _flows(material.before, "T9b", title, speak)])
    after, before = (one.names for one in both.tables)
    together = tuple((after[cell], before[cell]) for cell in sorted(after.keys() & before.keys()))
    return replace(both, together=together)


def _flows(case: Case, id: str, title: str, speak: Speaker) -> Counts:
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
        id,
        title,
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
    found = [
        sum_of(
            f"{flows_table(case)}|all|to|{district}",
            [placed_name(case.key, str(one)) for one in own["school_id"]],
        )
        for _, case in sides_of(material)
        for district, own in case.city["schools"].groupby("district_id")
    ]
    return true_ones(found, tables)
