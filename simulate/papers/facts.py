"""The facts of a hearing that only the bureau knows, read from a TOML file; what is blank stays blank."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from geodata.errors import DataError, Fault
from geodata.identity import holds_number_of_a_person
from geodata.messages import Lang, Text, say, speaker
from geodata.toml import Record, read_toml
from geodata.writing.whole import whole
from simulate.dossier.heading import MOST_HEADING

Who = Literal[
    "chair",
    "organiser",
    "residents",
    "owners",
    "schools",
    "congress",
    "consultative",
    "street",
    "community",
    "lawyer",
    "media",
    "recorders",
    "observers",
]
WHO: Mapping[Who, Text] = {
    "chair": say("chair"),
    "organiser": say("organising department"),
    "residents": say("residents of the catchments concerned"),
    "owners": say("owners of homes concerned"),
    "schools": say("schools concerned"),
    "congress": say("deputies of the People's Congress"),
    "consultative": say("members of the People's Political Consultative Conference"),
    "street": say("street offices"),
    "community": say("communities"),
    "lawyer": say("lawyer"),
    "media": say("media"),
    "recorders": say("recorders"),
    "observers": say("observers"),
}
USUAL: tuple[Who, ...] = (
    "chair",
    "organiser",
    "residents",
    "owners",
    "schools",
    "congress",
    "consultative",
    "street",
    "community",
    "recorders",
)
"""Rows of the form where the bureau names nobody: who took part in hearings that were looked at."""
PRACTICE_DAYS = 14
"""The shortest notice seen in practice; no clause was found that states a number of days."""
PRACTICE = say(
    "Seen in Xiamen, from notice to hearing: 14 days (Siming 2024, "
    "sz.xmnn.cn/rdxx/xxzs/202405/t20240506_5596757.html), 15 days (Siming 2022, "
    "house.mnw.cn/xiamen/20220510/60236.html), 20 days (Jimei 2025, "
    "jimei.gov.cn/xxgk/zdxxgk/gkxx/zszc/202502/t20250226_1090665.htm). A clause that states a number of "
    "days was not found; look at the rules of the place."
)


MOST: Mapping[str, int] = {"subject": 200, "authority": MOST_HEADING, "document_no": MOST_HEADING}
"""Most characters of what stands in the title, and in the head of every page."""


class Law(Record):
    """A document that the hearing rests on."""

    document: str
    number: str = ""
    clause: str = ""


class People(Record):
    """Who takes part, how many, and how they are chosen."""

    who: Who
    number: Annotated[int, Field(ge=0, le=999)] | None = None
    chosen: str = ""


class Hearing(Record):
    """The facts of a hearing; "" and None are not known and leave a line to fill in."""

    subject: str = ""
    authority: str = ""
    document_no: str = ""
    published_on: datetime.date | None = None
    held_on: datetime.date | None = None
    time: str = ""
    place: str = ""
    register_from: datetime.date | None = None
    register_until: datetime.date | None = None
    register_how: list[str] = []
    register_papers: list[str] = []
    who_may: str = ""
    if_too_many: str = ""
    observing: str = ""
    papers_at: str = ""
    contact: str = ""
    telephone: str = ""
    law: list[Law] = []
    people: list[People] = []


def read_hearing(path: Path) -> Hearing:
    """Read the facts of a hearing.

    Raises
    ------
    DataError
        If the file is wrong, its days do not follow one another, somebody stands twice in `people`, or a
        text holds a number of a person, or is too long for the head of a page.
    """
    facts = read_toml(path, Hearing)
    checks = (_days, _twice, _numbers, _long)
    faults = [fault for check in checks for fault in check(facts, path.name)]
    if faults:
        raise DataError(faults)
    return facts


def _days(facts: Hearing, file: str) -> Iterator[Fault]:
    names = ("published_on", "register_from", "register_until", "held_on")
    known = [(name, day) for name in names if (day := getattr(facts, name)) is not None]
    for (first, early), (name, day) in pairwise(known):
        allowed = None
        if name == "held_on" and day <= early:
            allowed = say("a day after {name}, {day}", name=first, day=early.isoformat())
        elif day < early:
            allowed = say("a day not before {name}, {day}", name=first, day=early.isoformat())
        if allowed is not None:
            yield Fault(file=file, column=name, found=day.isoformat(), allowed=allowed)


def _twice(facts: Hearing, file: str) -> Iterator[Fault]:
    seen = [one.who for one in facts.people]
    for who in dict.fromkeys(one for one in seen if seen.count(one) > 1):
        yield Fault(file=file, column="people", found=who, allowed=say("each who once; add up the numbers"))


def _numbers(facts: Hearing, file: str) -> Iterator[Fault]:
    """The bureau's own telephone has a place of its own; anywhere else a number may be a person's."""
    texts = [(name, str(value)) for name, value in facts if isinstance(value, str) and name != "telephone"]
    texts += [(name, one) for name in ("register_how", "register_papers") for one in getattr(facts, name)]
    texts += [("law", text) for one in facts.law for text in (one.document, one.number, one.clause)]
    texts += [("people", one.chosen) for one in facts.people]
    for name, text in texts:
        if holds_number_of_a_person(text):
            yield Fault(
                file=file,
                column=name,
                allowed=say("no identity, telephone or permit number: the notice is published"),
                remedy=say("delete the number; the bureau's own telephone stands under telephone"),
            )


def _long(facts: Hearing, file: str) -> Iterator[Fault]:
    for name, most in MOST.items():
        if (n := len(getattr(facts, name))) > most:
            allowed = say("at most {most} characters; there are {n}", most=most, n=n)
            yield Fault(file=file, column=name, allowed=allowed, remedy=say("shorten it"))


def notes_on(facts: Hearing) -> list[Text]:
    """Return what should be looked at again before the notice goes out."""
    said: list[Text] = []
    if facts.published_on is not None and facts.held_on is not None:
        days = (facts.held_on - facts.published_on).days
        if days < PRACTICE_DAYS:
            said.append(
                say(
                    "The hearing is {n} days after the notice, fewer than in practice. {practice}",
                    n=days,
                    practice=PRACTICE,
                )
            )
    there = {one.who for one in facts.people if one.number != 0}
    if facts.people and not there & {"residents", "owners"}:
        said.append(
            say(
                "No residents and no owners take part: they were 6 of 12 representatives in Jimei 2025 and "
                "8 of 19 in Siming 2024."
            )
        )
    blank = blank_keys(facts)
    if blank:
        said.append(say("Left blank in the notice: {keys}", keys=", ".join(blank)))
    return said


def blank_keys(facts: Hearing) -> list[str]:
    """Return the keys that leave a line to fill in."""
    keys = [name for name, value in facts if value in ("", None, [])]
    short = any(one.number is None for one in facts.people)
    return keys + (["people.number"] if short else [])


def write_hearing(path: Path, lang: Lang) -> None:
    """Write a file of facts to fill in, with a comment at each line and nothing filled in.

    Raises
    ------
    XuequError
        If the file is there already.
    """
    speak = speaker(lang)
    lines = [f"# {speak(line)}" for line in _HEAD]
    for key, value, comment in _KEYS:
        lines += ["", f"# {speak(comment)}", f"{key} = {value}" if value else f"# {key} = 2000-01-01"]
    lines += ["", f"# {speak(_LAW)}", "# [[law]]", '# document = ""', '# number = ""', '# clause = ""']
    lines += ["", f"# {speak(_PEOPLE)}", f"# {speak(PRACTICE)}"]
    for who in USUAL:
        words = speak(WHO[who])
        lines += ["", "[[people]]", f'who = "{who}"  # {words}', "# number = 1", 'chosen = ""']
    others = ", ".join(f"{who} ({speak(WHO[who])})" for who in WHO if who not in USUAL)
    lines += ["", f"# {speak(say('Others that may stand in who: {others}', others=others))}"]
    with whole(path) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


_HEAD = (
    say("The facts of a hearing, from which xuequ papers notice sets the notice."),
    say("What is left blank stands in the notice as a line to fill in; nothing is made up."),
)
_KEYS: tuple[tuple[str, str, Text], ...] = (
    ("subject", '""', say("What is heard: the change, the schools and catchments.")),
    ("authority", '""', say("Who holds the hearing and signs the notice.")),
    ("document_no", '""', say("The number of the notice.")),
    ("published_on", "", say("The day of the notice (take the # away and write the day).")),
    ("held_on", "", say("The day of the hearing; 14 to 20 days after the notice in practice.")),
    ("time", '""', say('The hour, such as "9:00".')),
    ("place", '""', say("Where: building and room.")),
    ("register_from", "", say("The first day of registration.")),
    ("register_until", "", say("The last day of registration.")),
    ("register_how", "[]", say("How to register: a text for each way (form, post, counter).")),
    ("register_papers", "[]", say("What to bring or hand in: a text for each.")),
    ("who_may", '""', say("Who may register.")),
    ("if_too_many", '""', say("What happens where more register than there is room for.")),
    ("observing", '""', say("Observers and media: how many, how to apply.")),
    ("papers_at", '""', say("Where the papers of the hearing can be read.")),
    ("contact", '""', say("Whom to ask: the office, without names of persons.")),
    ("telephone", '""', say("The telephone of that office.")),
)
_LAW = say("What the hearing rests on, a [[law]] each: document, number, clause.")
_PEOPLE = say("Who takes part, a [[people]] each: who, number, how they are chosen.")
