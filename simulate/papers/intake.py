"""The table of intake and catchments (招生计划与招生范围一览表), and what differs from last year's."""

from __future__ import annotations

from geodata import City, XuequError
from geodata.messages import Lang, Speaker, Text, say, speaker
from simulate.dossier.model import Block, Column, Document, Paragraph, Part, Table
from simulate.papers.intake_changes import since_blocks
from simulate.papers.listing import Listed, listed, whole_number
from simulate.papers.sources import Source, front_of


def intake_document(
    source: Source, lang: Lang, *, before: City | None = None, category: str | None = None
) -> Document:
    """Make the table of intake and catchments, with a redline where last year's project or run is given.

    Parameters
    ----------
    source : Source
    lang : {"zh", "en"}
    before : City, optional
        Last year's.
    category : str, optional
        For which category of children, where the plan differs by category.

    Raises
    ------
    XuequError
        If a plan differs by category and none of its categories is named, or no school is last year's.
    """
    speak = speaker(lang)
    now = listed(source.city, speak, category)
    blocks: list[Block] = [_law(speak), _intake_table(now, speak)]
    if before is not None:
        _need_schools_in_common(source.city, before)
        blocks += since_blocks(listed(before, speak, category), before, now, speak)
    title = speak(say("Intake and catchments of schools"))
    head = source.city.project.project
    level = speak(LEVELS[head.level])
    return Document(
        lang=lang,
        public=True,
        front=front_of(
            source,
            speak,
            title=speak(say("{project} {year}: {what}", project=head.name, year=head.year, what=title)),
            subtitle=level,
            marks=(speak(say("public: nothing about a child")),),
        ),
        parts=(Part(number=1, title=title, blocks=tuple(blocks)),),
    )


LEVELS: dict[str, Text] = {
    "primary": say("Primary schools, first year"),
    "lower-secondary": say("Lower secondary schools, first year"),
}


def _need_schools_in_common(city: City, before: City) -> None:
    here, there = (set(one["schools"]["school_id"].astype(str)) for one in (city, before))
    if not here & there:
        raise XuequError(
            say(
                "the two projects have no school in common ({here}; {there}): --before takes last year's "
                "project of the same city",
                here=", ".join(sorted(here)[:3]),
                there=", ".join(sorted(there)[:3]),
            )
        )


def _law(speak: Speaker) -> Paragraph:
    return Paragraph(
        text=speak(
            say("The text of the scope decides; maps illustrate it. Both are made from the same plan.")
        ),
        tone="law",
    )


def _intake_table(now: Listed, speak: Speaker) -> Table:
    rows = now.schools[now.schools["offers"]]
    columns = (
        Column(key="district", title=speak(say("District"))),
        Column(key="school", title=speak(say("School")), weight=1.6),
        Column(key="kind", title=speak(say("Kind"))),
        Column(key="classes", title=speak(say("Classes")), kind="integer"),
        Column(key="seats", title=speak(say("Seats")), kind="integer"),
        Column(key="zones", title=speak(say("Catchment")), weight=1.6),
        Column(key="scope", title=speak(say("Scope")), weight=6),
        Column(key="telephone", title=speak(say("Telephone")), kind="code"),
    )
    texts = [now.scopes[school].text(speak) for school in rows["school_id"]]
    cells = [
        (*head, whole_number(classes), whole_number(seats), zones, text, telephone)
        for *head, classes, seats, zones, text, telephone in zip(
            *(rows[name] for name in ("district", "name", "kind", "classes", "seats", "zones")),
            texts,
            rows["telephone"],
            strict=True,
        )
    ]
    sums = tuple(whole_number(rows[name].sum(min_count=1)) for name in ("classes", "seats"))
    cells.append(("", speak(say("All")), "", *sums, "", "", ""))
    return Table(
        id="1",
        title=speak(say("Intake and catchments")),
        columns=columns,
        rows=tuple(cells),
        keys=(*rows["school_id"], "\0all"),
        totals=1,
        notes=tuple(map(speak, _notes(now))),
    )


def _notes(now: Listed) -> list[Text]:
    """Return what is to be known of the table, and what is missing in it."""
    rows = now.schools[now.schools["offers"]]
    said = [say("Classes and seats are those of the entry grade as planned.")]
    named = sum(bool(now.scopes[school].names) for school in rows["school_id"])
    if named:
        said.append(
            say(
                "Scopes of {n} schools hold names of units of the plan, for the project has no text of a "
                "notice for these (column scope_text of units or zones).",
                n=named,
            )
        )
    for column, word in (("classes", say("Classes")), ("seats", say("Seats"))):
        blank = int(rows[column].isna().sum())
        if blank:
            said.append(say("{what}: not known of {n} schools.", what=word, n=blank))
    blank = int((rows["telephone"] == "").sum())
    if blank:
        said.append(
            say("Telephone: blank for {n} schools; the column telephone of schools supplies it.", n=blank)
        )
    left = len(now.schools) - len(rows)
    if left:
        said.append(say("Schools without seats and without a catchment, left out: {n}.", n=left))
    return said
