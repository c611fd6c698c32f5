"""The notice of a hearing (听证公告), from the facts that the bureau has filled in."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from geodata.messages import Lang, Speaker, Text, say, speaker
from simulate.dossier.model import Block, Bullets, Column, Document, Paragraph, Part, Table
from simulate.papers.facts import USUAL, WHO, Hearing, People
from simulate.papers.sheets import Signature
from simulate.papers.sources import BLANK, Source, front_of


def notice_document(source: Source, facts: Hearing, lang: Lang) -> Document:
    """Make the notice; each fact that is not known is a blank line.

    Parameters
    ----------
    source : Source
        The project or run whose change is heard: its name, year and rules.
    facts : Hearing
    lang : {"zh", "en"}
    """
    speak = speaker(lang)
    subject = facts.subject or BLANK
    parts = (
        (say("Subject of the hearing"), _subject(facts, speak)),
        (say("Time and place"), _time(facts, speak)),
        (say("Who takes part"), _people(facts, speak)),
        (say("Registration"), _registration(facts, speak)),
        (say("Observers and media"), (_line(say("Observing"), facts.observing, speak),)),
        (say("Papers of the hearing"), (_line(say("Where to read them"), facts.papers_at, speak),)),
        (say("Whom to ask"), _contact(facts, speak)),
    )
    return Document(
        lang=lang,
        public=True,
        front=front_of(
            source,
            speak,
            title=speak(say("Notice of a hearing: {subject}", subject=subject)),
            authority=facts.authority,
            document_no=facts.document_no,
        ),
        parts=tuple(
            Part(number=at, title=speak(title), blocks=tuple(blocks))
            for at, (title, blocks) in enumerate(parts, start=1)
        ),
    )


def signature_of(facts: Hearing, lang: Lang) -> Signature:
    """Return who signs the notice, and its day."""
    speak = speaker(lang)
    return Signature(authority=facts.authority or BLANK, date=day_words(facts.published_on, speak))


def with_signature(document: Document, signed: Signature) -> Document:
    """Return a document that ends with who signs and when, for products that have no other place for it."""
    *parts, last = document.parts
    ending = (Paragraph(text=signed.authority), Paragraph(text=signed.date))
    return replace(document, parts=(*parts, replace(last, blocks=(*last.blocks, *ending))))


def day_words(day: datetime.date | None, speak: Speaker) -> str:
    """Return a day as a notice writes it, or room for one.

    Examples
    --------
    >>> from geodata.messages import speaker
    >>> day_words(datetime.date(2025, 3, 8), speaker("zh")), day_words(None, speaker("en"))
    ('2025年3月8日', '____-__-__')
    """
    if day is None:
        return speak(say("____-__-__"))
    return f"{day.year}年{day.month}月{day.day}日" if speak.lang == "zh" else day.isoformat()


def _line(label: Text, value: str, speak: Speaker) -> Paragraph:
    return Paragraph(text=speak(say("{label}: {value}", label=label, value=value or BLANK * 2)))


def _subject(facts: Hearing, speak: Speaker) -> Sequence[Block]:
    laws = [" ".join(filter(None, (one.document, one.number, one.clause))) for one in facts.law] or [BLANK]
    return (
        Paragraph(
            text=speak(
                say(
                    "{authority} will hear the public on: {subject}.",
                    authority=facts.authority or BLANK,
                    subject=facts.subject or BLANK,
                )
            )
        ),
        Paragraph(text=speak(say("Basis:"))),
        Bullets(items=tuple(laws)),
    )


def _time(facts: Hearing, speak: Speaker) -> Sequence[Block]:
    day = day_words(facts.held_on, speak)
    when = speak(say("{day}, {time}", day=day, time=facts.time or BLANK))
    return (_line(say("Time"), when, speak), _line(say("Place"), facts.place, speak))


def _people(facts: Hearing, speak: Speaker) -> Sequence[Block]:
    people = facts.people or [People(who=who) for who in USUAL]
    rows: list[tuple[str, ...]] = [
        (speak(WHO[one.who]), BLANK if one.number is None else str(one.number), one.chosen or BLANK)
        for one in people
    ]
    numbers = [one.number for one in people]
    known = [one for one in numbers if one is not None]
    rows.append((speak(say("All")), str(sum(known)) if len(known) == len(numbers) else BLANK, ""))
    table = Table(
        id="1",
        title=speak(say("Who takes part")),
        columns=(
            Column(key="who", title=speak(say("Who")), weight=2),
            Column(key="number", title=speak(say("Number")), kind="code"),
            Column(key="chosen", title=speak(say("How chosen")), weight=3),
        ),
        rows=tuple(rows),
        keys=(*(one.who for one in people), "\0all"),
        totals=1,
    )
    return (
        table,
        _line(say("Who may register"), facts.who_may, speak),
        _line(say("Where too many register"), facts.if_too_many, speak),
    )


def _registration(facts: Hearing, speak: Speaker) -> Sequence[Block]:
    first, last = (day_words(day, speak) for day in (facts.register_from, facts.register_until))
    period = speak(say("{first} to {last}", first=first, last=last))
    return (
        _line(say("Period"), period, speak),
        Paragraph(text=speak(say("How to register:"))),
        Bullets(items=tuple(facts.register_how) or (BLANK,)),
        Paragraph(text=speak(say("What to bring or hand in:"))),
        Bullets(items=tuple(facts.register_papers) or (BLANK,)),
    )


def _contact(facts: Hearing, speak: Speaker) -> Sequence[Block]:
    return (
        _line(say("Office"), facts.contact, speak),
        _line(say("Telephone"), facts.telephone, speak),
    )
