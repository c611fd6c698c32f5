"""How the points of one child came about: items, caps, what did not count and why, rules of eligibility.

It shows the child's own rows of the breakdown that a run keeps (`simulate.points.apply.breakdown_of`), in
the words of `xuequ points`, and nothing of anybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from geodata.messages import Speaker, Text, say
from simulate.explain.words import plain
from simulate.points.items import Group
from simulate.points.schedule import Schedule
from simulate.points.scoring import Scored
from simulate.points.tables import breakdown_table
from simulate.points.telling import schedule_notes
from simulate.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An item of the schedule: the texts of its cells; `assumed` where it has no source."""

    title: str
    clause: str
    counted: str
    points: str
    cap: str
    why: str
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule of eligibility, and whether it is met; `why` says what of it is not."""

    title: str
    clause: str
    met: bool
    verdict: str
    why: str
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsPart:
    """The chapter: items and their sum, the rules of eligibility, and what the schedule rests on.

    `headings` are those of the columns; `lines` say what bounds the sum; `notes` what is assumed.
    """

    title: str
    lead: str
    headings: dict[str, str]
    items: tuple[ItemRow, ...]
    total: str
    lines: tuple[str, ...]
    rules: tuple[RuleRow, ...]
    notes: tuple[str, ...]


def points_part(run: Run, applicant: str, speak: Speaker) -> PointsPart | None:
    """Tell how the points of a child came about.

    Parameters
    ----------
    run : Run
        Its points schedule, and the breakdown in its inputs.
    applicant : str
        The applicant's number.
    speak : Speaker
        The language.

    Returns
    -------
    PointsPart or None
        None where the run scores no facts, or not those of this child.
    """
    scored = _scored(run, applicant)
    if scored is None:
        return None
    schedule, table = scored.schedule, breakdown_table(scored, speak)
    table.columns = pd.Index(
        ["applicant", "kind", "id", "title", "counted", "unit", "points", "raw", "clause", "why"]
    )
    rows, of_items = table.to_dict("records"), len(scored.items)
    met = scored.eligibility["met"].tolist()
    day = schedule.last_day(scored.year)
    return PointsPart(
        title=speak(say("How the points came about")),
        lead=speak(
            say(
                "{schedule}. Facts count up to {day}.",
                schedule=speak.choose(schedule.title.model_dump()),
                day=day,
            )
        ),
        headings={name: speak(text) for name, text in _HEADINGS.items()},
        items=tuple(_item(row, schedule) for row in rows[:of_items]),
        total=str(rows[-1]["points"]),
        lines=tuple(map(speak, _lines(scored, speak))),
        rules=tuple(
            _rule(row, schedule, met=one, speak=speak)
            for row, one in zip(rows[of_items:-1], met, strict=True)
        ),
        notes=tuple(map(speak, _notes(schedule, speak))),
    )


_HEADINGS: dict[str, Text] = {
    "item": say("Item"),
    "counted": say("Counted"),
    "points": say("Points"),
    "cap": say("Cap"),
    "why": say("What did not count"),
    "total": say("Sum"),
    "rules": say("Rules of eligibility"),
}


def rules_not_met(part: PointsPart) -> tuple[str, ...]:
    """Return the titles of the rules of eligibility that a child does not meet."""
    return tuple(rule.title for rule in part.rules if not rule.met)


def _scored(run: Run, applicant: str) -> Scored | None:
    """Return what a run keeps of one child's score, as the scoring gave it."""
    schedule, inputs = run.policy.points, run.folder / "inputs"
    if schedule is None or not (inputs / "points.parquet").is_file():
        return None
    items, rules = (
        _of(pd.read_parquet(inputs / f"{name}.parquet"), applicant) for name in ("points", "eligibility")
    )
    if len(items) == 0:
        return None
    child = _of(pd.read_parquet(inputs / "children.parquet"), applicant)
    whole = round(float(items["points"].sum()), schedule.decimals)
    totals = child[["applicant_id", "points", "eligible"]].assign(before_maximum=whole)
    unused = pd.DataFrame({"fact": [], "rows": [], "why": []})
    return Scored(
        schedule=schedule,
        year=run.city.project.project.year,
        totals=totals,
        items=items,
        eligibility=rules,
        unused=unused,
    )


def _of(table: pd.DataFrame, applicant: str) -> pd.DataFrame:
    return table[table["applicant_id"] == applicant].reset_index(drop=True)


def _item(row: dict[str, str], schedule: Schedule) -> ItemRow:
    item = next(one for one in schedule.item if one.id == row["id"])
    return ItemRow(
        title=row["title"],
        clause=row["clause"],
        counted=f"{row['counted']} {row['unit']}".strip() or "–",
        points=row["points"],
        cap="–" if item.cap is None else plain(float(item.cap)),
        why=row["why"],
        assumed=item.assumed,
    )


def _rule(row: dict[str, str], schedule: Schedule, *, met: bool, speak: Speaker) -> RuleRow:
    rule = next(one for one in schedule.eligible if one.id == row["id"])
    return RuleRow(
        title=row["title"],
        clause=row["clause"],
        met=met,
        verdict=speak(say("met") if met else say("not met")),
        why=row["why"],
        assumed=rule.assumed,
    )


def _lines(scored: Scored, speak: Speaker) -> Iterator[Text]:
    """Return what bounds the sum: groups, the maximum; and what follows where a rule is not met."""
    schedule = scored.schedule
    for group in schedule.group:
        yield from _group(group, schedule, speak)
    if schedule.full_mark is not None:
        full = plain(schedule.full_mark / 10**schedule.decimals)
        whole, points = (float(scored.totals[name].iloc[0]) for name in ("before_maximum", "points"))
        if points < whole:
            yield say(
                "The items sum up to {sum}, which is cut off at the full mark of {full}.",
                sum=plain(whole),
                full=full,
            )
        else:
            yield say("The full mark is {full}.", full=full)
    if not scored.totals["eligible"].iloc[0]:
        yield say("A rule of eligibility is not met, so the points open no stage.")


def _notes(schedule: Schedule, speak: Speaker) -> Iterator[Text]:
    """Return what the sources do not say, in one sentence, and what is assumed in its place."""
    if schedule.missing:
        what = speak.listed(speak.choose(one.model_dump()) for one in schedule.missing)
        yield say("the sources do not say: {what}", what=what)
    yield from schedule_notes(schedule.model_copy(update={"missing": []}), speak)


def _group(group: Group, schedule: Schedule, speak: Speaker) -> Iterator[Text]:
    titles = {item.id: speak.choose(item.title.model_dump()) for item in schedule.item}
    items = speak.joined(titles[name] for name in group.items if name in titles)
    if group.take == "best":
        yield say("Of these only the best counts: {items}.", items=items)
    if group.cap is not None:
        yield say("Together at most {cap}: {items}.", cap=plain(float(group.cap)), items=items)
