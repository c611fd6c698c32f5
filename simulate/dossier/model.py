"""The document that all products are made from: parts, tables, pictures, and what is missing.

It is words and numbers in one language; how it looks is the business of each product (`html`, `typst`,
`word`, `excel`). What stands in it is escaped by them, never here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from geodata.messages import Lang

Kind = Literal["text", "integer", "decimal", "share", "metres", "year", "date", "code"]
"""What a column holds: `metres` is shown as kilometres, `share` (0-1) as per cent, `code` as it stands."""

Value = str | int | float | None
Tone = Literal["plain", "note", "warning", "assumed", "law"]

SUPPRESSED = "<5"
"""Stands in a public product where a count is too small to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    key : str
        Its name for programs, the same in every language.
    title : str
        In the document's language.
    kind : Kind
    decimals : int
        Of `decimal`, `share` and `metres`.
    weight : float
        How wide it is beside the others.
    children : bool
        Whether it counts children: small counts of it are not told in public.
    internal : bool
        Whether it may be about one child (the longest way): it is left out in public.
    group : str
        A heading over several columns side by side that have the same one; "" for none.
    """

    key: str
    title: str
    kind: Kind = "text"
    decimals: int = 1
    weight: float = 1.0
    children: bool = False
    internal: bool = False
    group: str = ""

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers, set to the right."""
        return self.kind in ("integer", "decimal", "share", "metres", "year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: raw values, formatted by each product through `formatting`.

    Parameters
    ----------
    id : str
        "T1" to "T13", or another name; unique in the document, the sheet's name in Excel.
    title : str
    columns : tuple of Column
    rows : tuple of tuples of Value
        One value a column; None is absent. A value may be `SUPPRESSED`.
    keys : tuple of str
        What each row is about, for programs (a school's id); unique in the table.
    totals : int
        How many rows at the end are sums.
    notes : tuple of str
        Under the table: definitions, sources, what is assumed.
    internal_notes : tuple of str
        Those on internal columns.
    form : bool
        Whether it is a form to fill in: its rows may be blank.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    keys: tuple[str, ...]
    totals: int = 0
    notes: tuple[str, ...] = ()
    internal_notes: tuple[str, ...] = ()
    form: bool = False

    def __post_init__(self) -> None:
        """Check that rows and columns fit each other."""
        if any(len(row) != len(self.columns) for row in self.rows) or len(self.keys) != len(self.rows):
            raise ValueError(f"table {self.id}: rows, keys and columns do not fit each other")
        if len(set(self.keys)) != len(self.keys):
            raise ValueError(f"table {self.id}: two rows have one key")

    def with_all_notes(self) -> Table:
        """Return the table with the notes on its internal columns among its own."""
        return replace(self, notes=(*self.notes, *self.internal_notes), internal_notes=())

    def without_internal(self) -> Table:
        """Return the table without the columns that are internal, and the notes on them."""
        kept = [at for at, column in enumerate(self.columns) if not column.internal]
        return replace(
            self,
            columns=tuple(self.columns[at] for at in kept),
            rows=tuple(tuple(row[at] for at in kept) for row in self.rows),
            internal_notes=(),
        )

    def value(self, key: str, column: str) -> Value:
        """Return one value by the key of its row and of its column."""
        place = next(n for n, one in enumerate(self.columns) if one.key == column)
        return self.rows[self.keys.index(key)][place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading within a part; 2 is the first level below the part's own."""

    text: str
    level: Literal[2, 3] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """Items one below the other."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """A few numbers with what they are, before and after: (title, before, after, remark)."""

    items: tuple[tuple[str, str, str, str], ...]
    headings: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture or map.

    Parameters
    ----------
    id : str
        "P1", "M1" …; unique in the document.
    title : str
    svg : str
        A whole `<svg>` element, self-contained, its texts in `font-family: "Xuequ Sans"`.
    alt : str
        What it shows, in a sentence, for who cannot see it.
    notes : tuple of str
    web : str
        A whole page of HTML that shows more on a screen (a map to move); "" where there is none.
    wide : bool
        Whether it wants the whole width of a page.
    """

    id: str
    title: str
    svg: str
    alt: str
    notes: tuple[str, ...] = ()
    web: str = ""
    wide: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What a part lacks, and how to supply it: nothing is invented in its place."""

    what: str
    how: str


Block = Paragraph | Heading | Bullets | Cards | Table | Picture | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the numbered parts of the document."""

    number: int
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What stands on the cover and on every page.

    Parameters
    ----------
    title, subtitle : str
    project, year : str
    authority : str
        Who decides; blank where the project does not say, with room to fill it in.
    document_no : str
        The number of the document, or room for it.
    rules : str
        The rules and their version.
    draft : str
        The number of the draft as shown ("Draft 1", "第1稿"); "" for a final version.
    watermark : str
        "" for none.
    marks : tuple of str
        What every page says: SYNTHETIC, internal or public, sketch map.
    made_from : tuple of str
        Names and hashes of the runs.
    advice : str
        That it advises and does not decide.
    """

    title: str
    subtitle: str
    project: str
    year: str
    authority: str
    document_no: str
    rules: str
    draft: str
    watermark: str
    marks: tuple[str, ...]
    made_from: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A number in a sentence, and the cell of a table where it stands."""

    text: str
    value: Value
    table: str
    row: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole document in one language.

    Parameters
    ----------
    lang : {"zh", "en"}
    public : bool
        Whether it may be published: small counts are not told, and nothing is about one child.
    front : Front
    parts : tuple of Part
    cited : tuple of Cited
        Every number in a sentence, with where it came from.
    words : mapping of str to str
        Small words that the products need ("Contents", "Table", "sort", …), in the language.
    """

    lang: Lang
    public: bool
    front: Front
    parts: tuple[Part, ...]
    cited: tuple[Cited, ...] = ()
    words: dict[str, str] = field(default_factory=dict)

    def tables(self) -> Iterator[Table]:
        """Walk through all tables in their order."""
        for part in self.parts:
            for block in part.blocks:
                if isinstance(block, Table):
                    yield block

    def pictures(self) -> Iterator[Picture]:
        """Walk through all pictures in their order."""
        for part in self.parts:
            for block in part.blocks:
                if isinstance(block, Picture):
                    yield block
