"""What the parts write with: words of one language, tables as they are published, the log of citations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from geodata import City
from geodata.messages import Lang, Speaker, Text, say, speaker
from simulate.dossier.formatting import Citations
from simulate.dossier.model import SUPPRESSED, Bullets, Column, Missing, Paragraph, Table, Tone, Value
from simulate.dossier.suppressing import WITHHELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """One language, and what the sentences may cite.

    Parameters
    ----------
    lang : {"zh", "en"}
    public : bool
    speak : Speaker
    tables : mapping of str to Table
        All tables by id, as they are published.
    citations : Citations
        The log; it grows as sentences are written.
    named : set of str
        Names, ids, days and the like that hold digits and are no figures of a table.
    """

    lang: Lang
    public: bool
    speak: Speaker
    tables: Mapping[str, Table]
    citations: Citations
    named: set[str] = field(default_factory=set)

    def cite(self, table: str, row: str, column: str) -> str:
        """Return a figure of a table as it is written in a sentence; logged."""
        return self.citations.cite(self.tables[table], row, column)

    def name(self, text: object) -> str:
        """Return a text that holds digits and is no figure: a name, a day, a number of a document."""
        self.named.add(str(text))
        return str(text)

    def words(self, text: Text, tone: Tone = "plain") -> Paragraph:
        """Return a paragraph."""
        return Paragraph(text=self.speak(text), tone=tone)

    def bullets(self, items: Sequence[Text], *, numbered: bool = False) -> Bullets:
        """Return items one below the other."""
        return Bullets(items=tuple(self.speak(one) for one in items), numbered=numbered)


def pen_of(lang: Lang, tables: Mapping[str, Table], *, public: bool) -> Pen:
    """Return the pen of a language."""
    return Pen(lang=lang, public=public, speak=speaker(lang), tables=tables, citations=Citations(lang))


def plain(value: Any) -> Value:
    """Return a value as tables hold it: of Python, None where it is missing or endless.

    Examples
    --------
    >>> plain(float("nan")), plain(pd.NA), plain("a")
    (None, None, 'a')
    """
    if value is None or pd.isna(value):
        return None
    if isinstance(value, str):
        return value
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, bool):
        return int(number)
    if isinstance(number, float) and abs(number) == float("inf"):
        return None
    return number if isinstance(number, int | float) else str(number)


def table_of(
    id: str,
    title: str,
    columns: Sequence[Column],
    frame: pd.DataFrame,
    keys: Iterable[object],
    *,
    totals: int = 0,
    notes: Sequence[str] = (),
    internal_notes: Sequence[str] = (),
) -> Table:
    """Return a table from a frame that has a column for each of its columns, by key."""
    cells = [[_fit(plain(value), column) for value in frame[column.key].tolist()] for column in columns]
    return Table(
        id=id,
        title=title,
        columns=tuple(columns),
        rows=tuple(zip(*cells, strict=True)),
        keys=tuple(str(key) for key in keys),
        totals=totals,
        notes=tuple(notes),
        internal_notes=tuple(internal_notes),
    )


def _fit(value: Value, column: Column) -> Value:
    """Return a whole number as one, however pandas held it beside missing ones."""
    return int(value) if column.kind == "integer" and isinstance(value, float) else value


def with_total(frame: pd.DataFrame, first: str, word: str, sums: Sequence[str]) -> pd.DataFrame:
    """Return a frame with a last row of sums; a column in which a value is missing has none."""
    total = {name: frame[name].sum(skipna=False) for name in sums}
    last = pd.DataFrame([{first: word, **total}]).reindex(columns=frame.columns)
    return pd.concat([frame.astype(object), last.astype(object)], ignore_index=True)


def known_columns(columns: Sequence[Column], frame: pd.DataFrame, *maybe: str) -> list[Column]:
    """Return the columns without those of `maybe` of which the frame knows nothing: a page has no room.

    Examples
    --------
    >>> columns = [Column(key="name", title=""), Column(key="district", title="")]
    >>> frame = pd.DataFrame({"name": ["A"], "district": [None]})
    >>> [one.key for one in known_columns(columns, frame, "district")]
    ['name']
    """
    return [one for one in columns if one.key not in maybe or frame[one.key].notna().any()]


def names_by_id(table: pd.DataFrame, column: str) -> dict[str, str]:
    """Return the name of each id, the id itself where there is none."""
    names = table["name"].where(table["name"].notna() & (table["name"] != ""), table[column])
    return dict(zip(table[column].astype(str), names.astype(str), strict=True))


def label_of(city: City, speak: Speaker) -> str:
    """Return what the city calls a zone."""
    return speak.choose(city.project.zone_label.model_dump())


def public_notes(table: Table, speak: Speaker) -> tuple[str, ...]:
    """Return a table's notes, with what the marks of hidden counts mean where it has any."""
    cells = {value for row in table.rows for value in row if isinstance(value, str)}
    told = list(table.notes)
    if SUPPRESSED in cells:
        told.append(speak(say("{mark}: fewer children than may be told in public.", mark=SUPPRESSED)))
    if WITHHELD in cells:
        told.append(
            speak(say("{mark}: not told, since a smaller number would follow from it.", mark=WITHHELD))
        )
    return tuple(told)


def no_base(pen: Pen) -> Missing:
    """Return what is missing where no run of the plan in force was given."""
    return Missing(
        what=pen.speak(say("The plan in force, to compare with.")),
        how=pen.speak(say("Run the project as it stands, and name that run with --base.")),
    )
