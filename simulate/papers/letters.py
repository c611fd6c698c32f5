"""Letters to families from a run: placed at a school, or not, why, and what can be done; a page a child.

They name a child by its applicant's number alone, and are private: they go to the family and nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geodata import XuequError, say
from geodata.messages import Lang, Speaker, Text, speaker
from simulate.dossier.model import Block, Bullets, Document, Heading, Paragraph, Part
from simulate.explain.chapters import basis_words
from simulate.explain.closing import objecting_words
from simulate.explain.facts import Facts, Outcome
from simulate.explain.gather import facts_of, outcome_of
from simulate.explain.names import Namer
from simulate.explain.replay import Replay, replay
from simulate.explain.summary import outcome_words, short_words
from simulate.papers.notice import day_words
from simulate.papers.sources import BLANK, Source, front_of
from simulate.runs import Run

Told = Callable[[float], None]
_COMPARED = ("outcome", "reason", "school_id", "stage", "choice_rank", "over", "decided")


def letter_batches(
    source: Source,
    lang: Lang,
    *,
    applicants: Sequence[str] | None = None,
    most: int = 500,
    told: Told = lambda share: None,
) -> Iterator[Document]:
    """Make the letters of a run, batch by batch, by applicant's number.

    Parameters
    ----------
    source : Source
        Of a run folder.
    lang : {"zh", "en"}
    applicants : sequence of str, optional
        Their numbers; all of the run without.
    most : int
        Letters in a batch.
    told : callable
        Given the share that is done.

    Yields
    ------
    Document
        A part a letter.

    Raises
    ------
    XuequError
        If the source is no run, the run has no such applicant, or it records other placements than its own
        inputs give.
    """
    run = _run_of(source)
    replayed = replay(run)
    rows = _recorded(replayed)
    chosen = rows.index.tolist() if applicants is None else _known(applicants, rows, run)
    speak = speaker(lang)
    names = Namer(run.city, run.policy, speak)
    calls = _telephones(run)
    front = front_of(
        source,
        speak,
        title=speak(say("Results of admission, letters to families")),
        marks=(speak(say("Private: for the family of this applicant only")),),
    )
    for start in range(0, len(chosen), most):
        batch = chosen[start : start + most]
        parts = []
        for number, applicant in enumerate(batch, start=1):
            ended = outcome_of(rows.loc[applicant])
            blocks = tuple(_letter(applicant, ended, replayed, names, calls))
            title = speak(say("Applicant {applicant}", applicant=applicant))
            parts.append(Part(number=number, title=title, blocks=blocks))
            told((start + number) / len(chosen))
        yield Document(lang=lang, public=False, front=front, parts=tuple(parts))


def letter_kicker(source: Source, lang: Lang) -> str:
    """Return what stands over the number of the applicant."""
    head = source.city.project.project
    return speaker(lang)(say("Result of admission: {project} {year}", project=head.name, year=head.year))


def _run_of(source: Source) -> Run:
    if source.run is None:
        raise XuequError(say("letters are made from a run: name the folder of a run (xuequ run)"))
    return source.run


def _recorded(replayed: Replay) -> pd.DataFrame:
    """Return the placements, if the run records what its own inputs give."""
    run, now, rows = replayed.run, replayed.now.sort_index(), replayed.recorded.sort_index()
    alike = now.index.equals(rows.index) and all(
        np.array_equal(_plain(now[name]), _plain(rows[name])) for name in _COMPARED
    )
    if not alike:
        raise XuequError(
            say("{run} records other placements than its own inputs give: run xuequ verify", run=run.name)
        )
    return rows


def _plain(column: pd.Series) -> Any:
    return column.astype("str").fillna("").to_numpy(dtype=object)


def _known(applicants: Sequence[str], rows: pd.DataFrame, run: Run) -> list[str]:
    for applicant in applicants:
        if applicant not in rows.index:
            raise XuequError(
                say(
                    "{run} has no applicant {applicant}: give the number as it stands in the list of "
                    "applicants",
                    run=run.name,
                    applicant=applicant,
                )
            )
    return sorted(set(applicants))


def _telephones(run: Run) -> dict[str, str]:
    schools = run.city["schools"]
    there = schools[schools["telephone"].notna()]
    return dict(zip(there["school_id"].astype(str), there["telephone"].astype(str), strict=True))


def _letter(
    applicant: str, ended: Outcome, replayed: Replay, names: Namer, calls: dict[str, str]
) -> Iterator[Block]:
    speak, run = names.speak, replayed.run
    yield Paragraph(text=speak(say("To the guardians of applicant {applicant}:", applicant=applicant)))
    words, _ = outcome_words(ended, names)
    yield Heading(text=speak(words))
    if ended.outcome == "placed":
        yield from _placed(ended, run, names, calls)
        return
    facts = facts_of(replayed, applicant)
    yield Heading(text=speak(say("Reason")), level=3)
    reasons = short_words(facts, run.policy, int(run.manifest["done"]), names)
    yield Bullets(items=tuple(map(speak, reasons)))
    yield from _clauses(facts, run, names)
    yield Heading(text=speak(say("What can be done")), level=3)
    yield Bullets(items=tuple(map(speak, (*_next(ended), *objecting_words(facts, run, names)))))
    yield _within(speak)


def _placed(ended: Outcome, run: Run, names: Namer, calls: dict[str, str]) -> Iterator[Block]:
    """Say by which stage, under which clause, and what to do; who wants each step has xuequ explain."""
    speak = names.speak
    stage = next((one for one in run.policy.stage if one.id == ended.stage), None)
    yield Heading(text=speak(say("Reason")), level=3)
    said: list[Text] = []
    if ended.decided:
        said.append(say("A decision by hand gave the child this place."))
    elif stage is not None:
        title = names.stage_id(stage.id)
        if ended.over:
            said.append(
                say(
                    'The stage "{stage}" gave the child a place above the intake, as its rule says.',
                    stage=title,
                )
            )
        elif ended.choice is not None:
            said.append(
                say('The stage "{stage}" gave the child a seat: choice {n}.', stage=title, n=ended.choice)
            )
        else:
            said.append(say('The stage "{stage}" gave the child a seat.', stage=title))
        said.append(basis_words(stage, speak))
    yield Bullets(items=tuple(map(speak, said)))
    yield Heading(text=speak(say("What is to be done")), level=3)
    call = calls.get(str(ended.school), "") or BLANK
    day = day_words(None, speak)
    yield Bullets(
        items=(
            speak(say("Confirm the place by {day}, at {place}.", day=day, place=BLANK)),
            speak(say("Telephone of the school: {number}", number=call)),
            speak(
                say(
                    "To object: in writing to the education authority, within the period of the notice of "
                    "the result; the reasons stage by stage can be asked for there."
                )
            ),
        )
    )
    yield _within(speak)


def _within(speak: Speaker) -> Paragraph:
    day = day_words(None, speak)
    return Paragraph(
        text=speak(
            say(
                "Period for objections: {first} to {last}. Office: {office}. Telephone: {number}.",
                first=day,
                last=day,
                office=BLANK,
                number=BLANK,
            )
        )
    )


def _clauses(facts: Facts, run: Run, names: Namer) -> Iterator[Block]:
    """Name the clause of each stage that the child took part in."""
    stages = dict.fromkeys(one.number for one in facts.stages if one.came in ("waiting", "not-admitted"))
    speak = names.speak
    items = tuple(
        speak(
            say(
                "{stage}: {basis}",
                stage=names.stage(number),
                basis=basis_words(run.policy.stage[number], speak),
            )
        )
        for number in stages
    )
    if items:
        yield Heading(text=speak(say("Rules")), level=3)
        yield Bullets(items=items)


def _next(ended: Outcome) -> Iterator[Text]:
    if ended.outcome == "waiting":
        yield say("The case is open: nothing needs to be done until the next stage.")
    elif ended.outcome == "not-admitted":
        yield say("Other ways to a place (the education authority fills in): {blank}", blank=BLANK * 2)
        yield say(
            "Administrative reconsideration or a lawsuit: whether, where and until when (the education "
            "authority fills in, by the law in force): {blank}",
            blank=BLANK * 2,
        )
