"""What the rules of a run rest on: what is assumed and why, what sources leave open, and the sources."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from geodata.messages import Speaker, say
from geodata.project import Names
from simulate.dated import Part
from simulate.points.items import Classes
from simulate.points.schedule import Schedule
from simulate.policy import Claim, Stage
from simulate.runs import Run


def assumptions_of(run: Run, speak: Speaker) -> list[tuple[str, str]]:
    """Return what stands in a run without a source, each with the reason.

    Parameters
    ----------
    run : Run
        Its policy, claim by claim, its points schedule and its project.
    speak : Speaker
        The language.
    """
    policy, project = run.policy, run.city.project
    found = [pair for stage in policy.stage for pair in _of_stage(stage, speak)]
    for category in policy.category:
        found += _of_part(
            speak(say("category: {title}", title=_name(category.title, speak))), category, speak
        )
    for pool in policy.pool:
        found += _of_part(speak(say("pool: {title}", title=_name(pool.title, speak))), pool, speak)
    if policy.points is not None:
        found += _of_schedule(policy.points, speak)
    if run.manifest["synthetic_children"] and project.children is not None:
        what = say("children are synthetic: drawn from counts, with made-up facts and choices")
        found.append((speak(what), _name(project.children.reason, speak)))
    found += [(_name(one.what, speak), _name(one.reason, speak)) for one in project.assumed]
    return found


def sources_of(run: Run, speak: Speaker) -> list[dict[str, str]]:
    """Return the sources of a run's rules: title, when it holds, source; a claim's where it has its own."""
    policy = run.policy
    rows = [row for part in (*policy.category, *policy.pool) for row in _row(part, speak)]
    for stage in policy.stage:
        rows += _row(stage, speak)
        for number, claim in enumerate(stage.claims, start=1):
            rows += _claim_row(stage, number, claim, speak)
    if policy.points is not None:
        scheduled = [part for parts in policy.points.parts().values() for part in parts]
        for row in (row for part in scheduled for row in _row(part, speak)):
            rows.append({**row, "title": speak(say("points schedule: {title}", title=row["title"]))})
    return rows


def claim_title(stage: Stage, number: int, speak: Speaker) -> str:
    """Return the title of a stage, with the number of a claim where it has several."""
    title = _name(stage.title, speak)
    if len(stage.claims) == 1:
        return title
    return speak(say("{stage}, group {n}", stage=title, n=number))


def claim_dates(claim: Claim, stage: Stage, speak: Speaker) -> str:
    """Return when a claim holds: its stage's days where it names none."""
    return _held(claim.from_ or stage.from_, claim.until or stage.until, speak)


def _of_stage(stage: Stage, speak: Speaker) -> Iterator[tuple[str, str]]:
    yield from _of_part(speak(say("stage: {title}", title=_name(stage.title, speak))), stage, speak)
    for number, claim in enumerate(stage.claims, start=1):
        title = speak(say("stage: {title}", title=claim_title(stage, number, speak)))
        yield from _of_part(title, claim, speak)


def _of_part(title: str, part: Part | Claim, speak: Speaker) -> list[tuple[str, str]]:
    """Return why a part is assumed, or what its source leaves open."""
    if part.reason is None:
        return []
    reason = _name(part.reason, speak)
    return [(title, reason if part.assumed else speak(say("the source leaves open: {what}", what=reason)))]


def _of_schedule(schedule: Schedule, speak: Speaker) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if schedule.missing:
        unsaid = speak(say("; ")).join(_name(one, speak) for one in schedule.missing)
        found.append((speak(say("points schedule: what its sources do not say")), unsaid))
    for parts in schedule.parts().values():
        for part in parts:
            found += _of_part(_scheduled(part.title, speak), part, speak)
    for item in schedule.item:
        if isinstance(item, Classes):
            found += [
                (_scheduled(one.title, speak), _name(one.reason, speak))
                for one in item.classes
                if one.reason is not None
            ]
    return found


def _scheduled(title: Names, speak: Speaker) -> str:
    return speak(say("points schedule: {title}", title=_name(title, speak)))


def _row(part: Part, speak: Speaker) -> list[dict[str, str]]:
    if part.source is None:
        return []
    held = _held(part.from_, part.until, speak)
    return [{"title": _name(part.title, speak), "from": held, "source": part.source}]


def _claim_row(stage: Stage, number: int, claim: Claim, speak: Speaker) -> list[dict[str, str]]:
    """Return the row of a claim that has a source or days of its own."""
    source = claim.source or (None if claim.assumed else stage.source)
    own = claim.source is not None or claim.from_ is not None or claim.until is not None
    if source is None or not own:
        return []
    title = claim_title(stage, number, speak)
    return [{"title": title, "from": claim_dates(claim, stage, speak), "source": source}]


def _held(start: datetime.date, until: datetime.date | None, speak: Speaker) -> str:
    if until is None:
        return str(start)
    return speak(say("from {start} until {until} (not that day)", start=start, until=until))


def _name(names: Names, speak: Speaker) -> str:
    return speak.choose(names.model_dump())
