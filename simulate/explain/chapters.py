"""Stage by stage: what each did with the child, a chapter each, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from geodata.messages import Speaker, Text, say
from simulate.dated import Part as Clause
from simulate.explain import words
from simulate.explain.facts import Facts, Place, StageFacts
from simulate.explain.names import MOST_NAMED, Namer
from simulate.explain.standing import seat_words
from simulate.explain.summary import decided_words, seated
from simulate.policy import Claim, Stage
from simulate.report import words as report
from simulate.report.bases import claim_dates
from simulate.runs import Run

MOST_PLACES = 10
"""How many schools of a list are shown; a list of the nearest may hold a whole city."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A school of a list: the texts of its cells; `tone` is `got`, `no` or `rest`."""

    number: str
    name: str
    away: str
    seats: str
    line: str
    verdict: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A stage, or several of which the same is to be said.

    `tone` is `got`, `no` or `out`; `target` heads the first column; `rules` say who, where and in which
    order; `basis` is the clause.
    """

    number: str
    title: str
    tone: str
    head: str
    target: str = ""
    assumed: bool = False
    rules: tuple[str, ...] = ()
    basis: str = ""
    lines: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The chapters of one pass through the stages."""

    title: str
    lead: str
    chapters: tuple[Chapter, ...]


def parts_of(facts: Facts, run: Run, names: Namer) -> Iterator[Part]:
    """Return what each stage did, pass by pass.

    Parameters
    ----------
    facts : Facts
        What happened to the child.
    run : Run
        Its rules.
    names : Namer
    """
    speak = names.speak
    for round_, stages in groupby(facts.stages, key=lambda one: one.round):
        chapters = tuple(_chapters(list(stages), run, names))
        if round_ == 0:
            lead = say(
                "Where nothing else is said, the order of the stage decided, by computation; whoever has "
                "the run can compute it again (xuequ verify)."
            )
            yield Part(title=speak(say("Stage by stage")), lead=speak(lead), chapters=chapters)
        else:
            lead = say(
                "The stages ran once more for those without a place: places given up went to the next in "
                "order. Nobody who had a place was moved."
            )
            since = " ".join(speak(_ANSWERS[answer]) for answer in facts.since)
            words_ = speak(lead) + (" " + since if since else "")
            yield Part(title=speak(say("After publication")), lead=words_, chapters=chapters)
    if run.manifest.get("base") and not any(one.round == 1 for one in facts.stages):
        told = [] if facts.objection is None else [decided_words(facts.objection, names)]
        told += [_ANSWERS[answer] for answer in facts.since]
        told += [] if told else [say("The published place stayed as it was.")]
        yield Part(title=speak(say("After publication")), lead=" ".join(map(speak, told)), chapters=())


_ANSWERS = {
    "accepted": say("After this the family accepted the place."),
    "declined": say("After this the family declined the place; the seat went back."),
    "withdrawn": say("After this the family withdrew the application."),
    "late": say("After this the child arrived."),
    "refiled": say("After this the family filed new choices."),
}


def basis_words(part: Clause | Claim, speak: Speaker) -> Text:
    """Return the clause of a part of the policy, or that it has none and why it is so all the same."""
    reason = speak.choose(part.reason.model_dump()) if part.reason is not None else ""
    if part.source is None:
        return say("No clause; assumed: {reason}", reason=reason)
    if reason:
        return say("Clause: {source}; the source leaves open: {what}", source=part.source, what=reason)
    return say("Clause: {source}", source=part.source)


def _rules(stage: Stage, claims: Sequence[int], names: Namer) -> Iterator[str]:
    """Return a stage's claims, each with its clause where it has its own: source, reason or days."""
    speak = names.speak
    for number in claims:
        claim = stage.claims[number]
        yield speak(words.claim_words(stage, number, names))
        told = [basis_words(claim, speak)] if claim.source is not None or claim.assumed else []
        if claim.from_ is not None or claim.until is not None:
            told.append(say("holds: {days}", days=claim_dates(claim, stage, speak)))
        yield from map(speak, told)


def _chapters(told: Sequence[StageFacts], run: Run, names: Namer) -> Iterator[Chapter]:
    """Return a chapter a stage; stages that follow each other and of which the same is said share one."""
    for alike, group in groupby(enumerate(told), key=lambda pair: _alike(pair[1], pair[0])):
        stages = [one for _, one in group]
        if len(stages) > 1 and alike[0] == "out":
            yield _shared(stages, run, names)
        else:
            yield from (_chapter(one, run, names) for one in stages)


def _alike(one: StageFacts, place: int) -> tuple[object, ...]:
    absence = one.absence
    if absence is None or one.answers or absence.kind not in (*words.CLOSED, "category"):
        return ("in", place)
    return ("out", absence.kind, absence.stage)


def _shared(stages: Sequence[StageFacts], run: Run, names: Namer) -> Chapter:
    speak, absence = names.speak, stages[0].absence
    assert absence is not None
    if absence.kind == "category":
        who = words.who_words([run.policy.stage[one.number] for one in stages], names)
        head = say("Not in them: for other children ({who}).", who=who)
    else:
        head = words.closed_words(absence, names)
    return Chapter(
        number=f"{stages[0].number + 1}–{stages[-1].number + 1}",
        title=speak.listed(names.stage(one.number) for one in stages),
        tone="out",
        head=speak(head),
    )


def _chapter(one: StageFacts, run: Run, names: Namer) -> Chapter:
    speak, stage = names.speak, run.policy.stage[one.number]
    chapter = Chapter(
        number=str(one.number + 1),
        title=names.stage(one.number),
        tone="out",
        head="",
        notes=tuple(speak(_ANSWERS[answer]) for answer in one.answers),
    )
    basis = speak(basis_words(stage, speak))
    if one.absence is not None:
        told = one.absence.kind in (*words.CLOSED, "category")
        head = speak(words.absence_words(stage, one.absence, names))
        return replace(chapter, head=head, basis="" if told else basis)
    if one.decision is not None:
        return replace(chapter, tone="got", head=speak(decided_words(one.decision, names)))
    rows, notes = _rows(one, stage, names)
    others = [
        say("Group {n}. {why}", n=(other.claim or 0) + 1, why=words.absence_words(stage, other, names))
        for other in one.outside
    ]
    return replace(
        chapter,
        tone="got" if one.came in ("placed", "zone") else "no",
        head=speak(_came(one, stage, names)),
        target=names.zone_word if stage.gives == "zone" else speak(say("School")),
        assumed=stage.assumed or any(stage.claims[number].assumed for number in one.opened),
        rules=(
            *_rules(stage, one.opened, names),
            speak(say("How seats are given: {how}.", how=report.mechanism_words(stage.mechanism))),
        ),
        basis=basis,
        lines=tuple(map(speak, seat_words(one, stage, names))),
        rows=rows,
        notes=(*map(speak, [*notes, *others]), *chapter.notes),
    )


def _came(one: StageFacts, stage: Stage, names: Namer) -> Text:
    at = seated(one)
    if at is not None:
        target = names.target(one.places[at])
        if one.came == "zone":
            return say(
                "Given the {zone} {name}; the school comes in a later stage.",
                zone=names.zone_word,
                name=target,
            )
        return say("A place at {school}.", school=target)
    if one.came == "not-admitted":
        return say("No seat; with this stage the case ends: not admitted.")
    return say("No seat in this stage.")


def _rows(one: StageFacts, stage: Stage, names: Namer) -> tuple[tuple[Row, ...], list[Text]]:
    """Return the rows of a list, and what is to be said beneath them."""
    shown = _shown(one, stage)
    rows = tuple(_row(one.places[n], stage, names) for n in shown)
    notes: list[Text] = []
    if len(one.places) > len(shown):
        notes.append(say("Further schools in the list, not shown: {n}.", n=len(one.places) - len(shown)))
    if one.not_open:
        filed = names.speak.joined(map(names.filed, one.not_open))
        notes.append(say("Filed, but not open in this stage: {schools}.", schools=filed))
    if one.gone:
        notes.append(
            say(
                "Already full when this stage began, nearest first: {schools}.",
                schools=names.schools(one.gone),
            )
        )
    apart = {(place.target, pool): seats for place in one.places for pool, seats in place.apart}
    for (school, pool), seats in list(apart.items())[:MOST_NAMED]:
        notes.append(
            say(
                "Seats at {school} that were not open to the child here: {n} ({pool}).",
                school=names.school(school),
                n=seats,
                pool=names.pool(pool),
            )
        )
    return rows, notes


def _shown(one: StageFacts, stage: Stage) -> list[int]:
    """Return which places are shown: the first ones, and that where the child sits."""
    at, count = seated(one), len(one.places)
    if at is not None and stage.mechanism.by_distance:
        count = min(count, at + 2)  # of the schools that were not needed, one is enough
    shown = list(range(count))
    if count <= MOST_PLACES:
        return shown
    if at is None or at < MOST_PLACES:
        return shown[:MOST_PLACES]
    return [*shown[: MOST_PLACES - 1], at]


def _row(place: Place, stage: Stage, names: Namer) -> Row:
    speak, mechanism = names.speak, stage.mechanism
    line = words.line_words(place.line, names) if place.told not in ("behind", "elsewhere") else None
    name = names.target(place)
    if place.pool is not None:
        name = speak(say("{school} ({pool})", school=name, pool=names.pool(place.pool)))
    return Row(
        number=str(place.number) if mechanism.by_choices or mechanism.by_distance else "",
        name=name,
        away="" if place.zone else speak(words.away(place.metres)),
        seats=f"{place.seats:,}",
        line="–" if line is None else speak(line),
        verdict=speak(words.verdict(place, stage, names)),
        tone={"full": "no", "passed": "no", "behind": "rest", "elsewhere": "rest"}.get(place.told, "got"),
    )
