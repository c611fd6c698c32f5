"""What the commands on points show: lines and tables in the language asked for, counts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.city import City
from geodata.messages import Speaker, Text, say
from geodata.schema import OPEN_POOL
from simulate.points.compare import PointsComparison
from simulate.points.items import Classes
from simulate.points.notes import words_of
from simulate.points.schedule import Schedule
from simulate.points.scoring import Scored
from simulate.points.tables import PointsSummary
from simulate.policy import Policy

MOST_SHOWN = 20
NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table to show; `numbers` are the columns that stand to the right."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    numbers: tuple[int, ...]


def items_grid(scored: Scored, summary: PointsSummary, speak: Speaker) -> Grid:
    """Return what each item comes to over all children."""
    schedule = scored.schedule
    titles = {item.id: speak.choose(item.title.model_dump()) for item in schedule.item}
    rows = [
        (titles[row["item"]], f"{row['with_points']:,}", f"{row['capped']:,}", _points(row["mean"]))
        for row in summary.by_item.to_dict("records")
    ]
    heads = (say("Item"), say("Children with points"), say("Cut by a cap"), say("Mean"))
    return Grid(
        title=f"{speak.choose(schedule.title.model_dump())} · {scored.year}",
        headings=[speak(one) for one in heads],
        rows=rows,
        numbers=(1, 2, 3),
    )


def summary_lines(city: City, scored: Scored, summary: PointsSummary, speak: Speaker) -> list[str]:
    """Return what the scoring came to: how many, the distribution, who is not eligible, ties, gaps."""
    lines = _synthetic(city)
    lines.append(
        say(
            "scored: {children} children; eligible: {eligible}",
            children=f"{summary.children:,}",
            eligible=f"{summary.eligible:,}",
        )
    )
    if summary.eligible:
        shares = {name: _points(value) for name, value in summary.shares.items()}
        lines.append(
            say(
                "points of the eligible: least {least}, a quarter up to {quarter}, half up to {half}, "
                "three quarters up to {three_quarters}, most {most}, mean {mean}",
                **shares,
            )
        )
        lines.append(say("at the full mark: {n}", n=f"{summary.full:,}"))
    lines += _not_eligible(scored.schedule, summary, speak)
    lines.append(
        say(
            "equal points: {tied} children; {still} of them are equal in the whole order too, and the "
            "ticket decides",
            tied=f"{summary.tied:,}",
            still=f"{summary.still_tied:,}",
        )
    )
    lines += _unused(scored.unused)
    return [speak(line) for line in [*lines, *schedule_notes(scored.schedule, speak)]]


def _synthetic(city: City) -> list[Text]:
    synthetic = city.project.project.synthetic
    return [say("SYNTHETIC: this city and its children are made up.")] if synthetic else []


def _not_eligible(schedule: Schedule, summary: PointsSummary, speak: Speaker) -> list[Text]:
    titles = {rule.id: speak.choose(rule.title.model_dump()) for rule in schedule.eligible}
    facts = schedule.facts()
    return [
        say(
            "not eligible: {n} children, {rule} ({why})",
            n=f"{row['children']:,}",
            rule=titles[row["rule"]],
            why=words_of(
                f'[{{"why": "condition", "fact": "{row["fact"]}", "level": "{row["level"]}"}}]',
                facts,
                speak,
            ),
        )
        for row in summary.refused.to_dict("records")
    ]


def _unused(unused: pd.DataFrame) -> list[Text]:
    words = {
        "not-scored": say("the children are not scored"),
        "no-rule": say("no item and no rule uses this fact"),
    }
    return [
        say(
            "not used: {n} rows of the fact {fact}: {why}",
            n=f"{row['rows']:,}",
            fact=row["fact"],
            why=words[row["why"]],
        )
        for row in unused.to_dict("records")
    ]


def schedule_notes(schedule: Schedule, speak: Speaker) -> list[Text]:
    """Return what the sources of a schedule do not say, and what is assumed in their place."""
    missing = [
        say("the sources do not say: {what}", what=speak.choose(one.model_dump()))
        for one in schedule.missing
    ]
    assumed = [
        say(
            "assumed: {title}: {reason}",
            title=speak.choose(part.title.model_dump()),
            reason=speak.choose(part.reason.model_dump()),
        )
        for parts in schedule.parts().values()
        for part in parts
        if part.reason is not None and part.assumed
    ]
    classes = [
        say(
            "assumed: {title}: {reason}",
            title=speak.choose(one.title.model_dump()),
            reason=speak.choose(one.reason.model_dump()),
        )
        for item in schedule.item
        if isinstance(item, Classes)
        for one in item.classes
        if one.reason is not None
    ]
    return [*missing, *assumed, *classes]


def comparison_lines(city: City, found: PointsComparison, speak: Speaker) -> list[str]:
    """Return what a change of schedule does to ranks, eligibility and outcomes, in counts."""
    names = [speak.choose(one.schedule.title.model_dump()) for one in (found.before, found.after)]
    lines = [*_synthetic(city), say("A: {a}; B: {b}", a=names[0], b=names[1])]
    counts = found.moves["change"].value_counts()
    words = {
        "up": say("rank better under B"),
        "down": say("rank worse under B"),
        "same": say("no change of rank"),
        "neither": say("eligible under neither"),
        "came": say("eligible only under B"),
        "gone": say("eligible only under A"),
    }
    for change, text in words.items():
        lines.append(say("{what}: {n}", what=text, n=f"{int(counts.get(change, 0)):,}"))
    lines += _distribution(found)
    lines += _without_facts(city, found)
    if found.outcomes is not None:
        titles = {
            "placed": say("placed"),
            "waiting": say("waiting"),
            "not-admitted": say("not admitted"),
            "withdrawn": say("withdrawn"),
        }
        for row in found.outcomes.to_dict("records"):
            lines.append(
                say(
                    "{outcome}: {before} children under A, {after} under B",
                    outcome=titles[row["outcome"]],
                    before=f"{row['children_before']:,}",
                    after=f"{row['children_after']:,}",
                )
            )
    else:
        lines.append(say("no cut-offs: the project names no policy"))
    return [speak(line) for line in lines]


def _without_facts(city: City, found: PointsComparison) -> list[Text]:
    """Warn of a schedule whose facts the project does not have: all children are alike under it."""
    stated = set(city["facts"]["fact"])
    return [
        say(
            "{name}: no row of facts states any of {facts}: what they would give is 0 for everybody",
            name=letter,
            facts=", ".join(absent),
        )
        for letter, one in (("A", found.before), ("B", found.after))
        if (absent := sorted({fact.id for fact in one.schedule.fact} - stated))
    ]


def _distribution(found: PointsComparison) -> list[Text]:
    moved = found.moves[found.moves["change"].isin(["up", "down"])]
    if len(moved) == 0:
        return []
    by = (moved["rank_before"] - moved["rank_after"]).abs().to_numpy(dtype=np.float64)
    half, most = np.quantile(by, [0.5, 1])
    return [
        say(
            "of those who move: half by at most {half} ranks, the farthest by {most}",
            half=f"{half:,.0f}",
            most=f"{most:,.0f}",
        )
    ]


def cut_offs_grid(
    found: PointsComparison, city: City, policy: Policy | None, speak: Speaker
) -> Grid | None:
    """Return the cut-offs that differ most, side by side; None where the project names no policy."""
    if found.cut_offs is None or policy is None:
        return None
    stages = {part.id: speak.choose(part.title.model_dump()) for part in policy.stage}
    pools = {part.id: speak.choose(part.title.model_dump()) for part in policy.pool}
    pools[OPEN_POOL] = speak(say("open seats"))
    schools = dict(zip(city["schools"]["school_id"], city["schools"]["name"], strict=True))
    table = found.cut_offs
    before, after = table["cut_off_before"], table["cut_off_after"]
    differs = (before.fillna(-1) != after.fillna(-1)) | (table["given_before"] != table["given_after"])
    size = (after.fillna(0) - before.fillna(0)).abs()
    shown = table.assign(size=size)[differs].sort_values("size", ascending=False, kind="stable")
    rows = [
        (
            stages.get(row["stage"], row["stage"]),
            name if isinstance(name := schools.get(row["school_id"]), str) else row["school_id"],
            pools.get(row["pool"], row["pool"]),
            f"{row['given_before']:,}",
            f"{row['given_after']:,}",
            _points(row["cut_off_before"]),
            _points(row["cut_off_after"]),
        )
        for row in shown.head(MOST_SHOWN).to_dict("records")
    ]
    heads = (
        say("Stage"),
        say("School"),
        say("Pool"),
        say("Given, A"),
        say("Given, B"),
        say("Cut-off, A"),
        say("Cut-off, B"),
    )
    title = say("Cut-offs in points that differ: {n} of {all}", n=int(differs.sum()), all=len(table))
    return Grid(title=speak(title), headings=[speak(one) for one in heads], rows=rows, numbers=(3, 4, 5, 6))


def _points(value: float) -> str:
    return NOTHING if pd.isna(value) else f"{round(float(value), 4):.10g}"
