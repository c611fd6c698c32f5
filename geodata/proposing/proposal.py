"""What is proposed for a table: which headings, which words, and what is not sure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from geodata import schema
from geodata.headings import Match, normal, value_words
from geodata.identity import CHILD_TABLES
from geodata.messages import Text
from geodata.project import Personal
from geodata.proposing.matching import Doubt
from geodata.proposing.sheets import Sheet

CATCHMENTS = "catchments"
MOST_WORDS = 20
"""A column with more different words is no column of categories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A table that a sheet is likely to hold.

    Parameters
    ----------
    table : str
        Its name, or `CATCHMENTS`.
    sheet : Sheet
        The rows.
    matches : tuple of Match
        Headings that are sure, one a column.
    doubts : tuple of Doubt
        Headings that are not.
    values : mapping of str to (mapping of str to str)
        By column: words in its cells, with ours.
    unknown : mapping of str to (mapping of str to str)
        By column: words for which ours is not sure, with what it may be ("" if that is not known).
    personal : mapping of str to Personal
        Headings of names and numbers of persons.
    split_by : str, optional
        What joins several values in one cell of the unit's column (catchments).
    reasons : mapping of str to Text
        By column: what speaks for its heading beside the heading itself.
    """

    table: str
    sheet: Sheet
    matches: tuple[Match, ...]
    doubts: tuple[Doubt, ...] = ()
    values: Mapping[str, Mapping[str, str]]
    unknown: Mapping[str, Mapping[str, str]]
    personal: Mapping[str, Personal]
    split_by: str | None = None
    reasons: Mapping[str, Text] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """The columns that the table needs and for which no heading is sure."""
        if self.table == CATCHMENTS:
            return ()
        sure = {match.column for match in self.matches}
        return tuple(
            c.name for c in schema.BY_NAME[self.table].columns if c.required and c.name not in sure
        )

    @property
    def lacks_class_size(self) -> bool:
        """Whether classes are given without the number of pupils in one."""
        sure = {match.column for match in self.matches}
        return self.table == "seats" and "classes" in sure and "class_size" not in sure

    @property
    def headings(self) -> set[str]:
        """The headings that are mapped, in doubt, personal, or looked at for rows to leave out."""
        sure = {match.heading for match in self.matches} | {doubt.heading for doubt in self.doubts}
        return sure | set(self.personal) | {aside.column for aside in self.sheet.asides}


def values_of(
    table: str, sheet: Sheet, matches: Iterable[Match]
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Return words with ours, and words for which ours is not sure, of the columns that have words."""
    values: dict[str, dict[str, str]] = {}
    unknown: dict[str, dict[str, str]] = {}
    for match in matches:
        words = value_words(table if table != CATCHMENTS else "applicants", match.column)
        cells = sheet.raw.cells[match.heading].str.strip()
        counts = cells[cells != ""].value_counts()
        if not words or len(counts) > MOST_WORDS:
            continue
        ours = {word.lstrip("?") for word in words.values()}
        meant = {word: words.get(normal(word), "?") for word in sorted(counts.index) if word not in ours}
        # of a list of children only words that stand in several rows: one alone may be anything
        least = 3 if table in CHILD_TABLES else 1
        values[match.column] = {word: our for word, our in meant.items() if not our.startswith("?")}
        unknown[match.column] = {
            word: our[1:]
            for word, our in meant.items()
            if our.startswith("?") and (len(our) > 1 or counts[word] >= least)
        }
    return {k: v for k, v in values.items() if v}, {k: v for k, v in unknown.items() if v}
