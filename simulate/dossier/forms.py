"""The forms of a hearing as tables: T12 and T13, handed out empty, and read back filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geodata.messages import Lang, say, speaker
from simulate.dossier.forms_fields import ADOPTED, FIELDS, TITLES, Forms, Opinion, Person
from simulate.dossier.forms_reading import read_forms
from simulate.dossier.model import Column, Table

__all__ = ["Forms", "Opinion", "Person", "form_tables", "read_forms", "tables_of", "words_to_choose"]

BLANK_ROWS: Mapping[str, int] = {"T12": 12, "T13": 20}
"""How many rows an empty form has; more may be added below them."""


def form_tables(lang: Lang) -> tuple[Table, Table]:
    """Return both forms empty, with numbered rows to fill in.

    Examples
    --------
    >>> [column.key for column in form_tables("en")[1].columns]
    ['number', 'opinion', 'person_class', 'place', 'adopted', 'reason']
    """
    return _table("T12", lang, (), form=True), _table("T13", lang, (), form=True)


def tables_of(forms: Forms, lang: Lang) -> tuple[Table, Table]:
    """Return what was filled in as tables of the document; a form that nobody filled in stays one."""
    speak = speaker(lang)
    people = [(p.role, p.represents, p.place, p.people, p.chosen, p.remark) for p in forms.people]
    opinions = [
        (o.opinion, o.person_class, o.place, o.adopted and speak(ADOPTED[o.adopted]), o.reason)
        for o in forms.opinions
    ]
    return _table("T12", lang, people, form=not people), _table("T13", lang, opinions, form=not opinions)


def words_to_choose(table: str, column: str, lang: Lang) -> tuple[str, ...]:
    """Return the words that may stand in a column of a form; none where any may.

    Examples
    --------
    >>> words_to_choose("T13", "adopted", "en")
    ('adopted', 'adopted in part', 'not adopted')
    """
    return tuple(map(speaker(lang), ADOPTED.values())) if (table, column) == ("T13", "adopted") else ()


def _table(table: str, lang: Lang, rows: Sequence[tuple[Any, ...]], *, form: bool) -> Table:
    speak = speaker(lang)
    columns = tuple(
        Column(key=field.key, title=speak(field.title), kind=field.kind, weight=field.weight)
        for field in FIELDS[table]
    )
    blank = (None,) * (len(columns) - 1)
    filled = [blank] * BLANK_ROWS[table] if form else rows
    no_names = say("No names, identity numbers or telephone numbers: this table is published.")
    return Table(
        id=table,
        title=speak(TITLES[table]),
        columns=columns,
        rows=tuple((number, *row) for number, row in enumerate(filled, start=1)),
        keys=tuple(f"{table}-{number}" for number in range(1, len(filled) + 1)),
        notes=(speak(no_names),) if form else (),
        form=form,
    )
