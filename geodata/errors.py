"""What can be wrong with a project, in words that say where it is and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from geodata.identity import CHILD_TABLES, scrub
from geodata.messages import Speaker, Text, say, speaker


class XuequError(Exception):
    """An error that a person can mend; the command line shows it and exits with status 2."""

    def __init__(self, message: Text) -> None:
        super().__init__(message)
        self.message = message

    def lines(self, speak: Speaker) -> list[str]:
        """Return the error as lines of text in the speaker's language, without numbers of persons."""
        return [scrub(speak(self.message))]

    def __str__(self) -> str:
        """Return the error in English."""
        return "\n".join(self.lines(speaker("en")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in one place of one file.

    Parameters
    ----------
    file : str
        The file's name as the project names it.
    allowed : Text
        What would be right, or what is wrong with what was found.
    row : int, optional
        The row as a spreadsheet shows it (the heading is row 1), or the number of the feature.
    column : str, optional
        The planner's own heading, or the key of a TOML file.
    found : str, optional
        What stands there.
    remedy : Text, optional
        What to do about it.
    shape : shapely geometry, optional
        What is wrong, as it stands in the file, for a map.
    datum : str, optional
        What the coordinates of the shape are in.
    """

    file: str
    allowed: Text
    row: int | None = None
    column: str | None = None
    found: str | None = None
    remedy: Text | None = None
    shape: Any | None = field(default=None, compare=False, repr=False)
    datum: str | None = field(default=None, compare=False, repr=False)

    def line(self, speak: Speaker) -> str:
        """Return the fault as one line: where, what was found, what is allowed, what to do.

        Numbers of persons are hidden here, at the outlet, whatever table or command made the fault.
        """
        where = [self.file]
        if self.row is not None:
            # a key of a TOML file stands in no row: it is the number of a change, as it stands in the list
            change = self.file.endswith(".toml") and self.column is not None
            words = say("change {row}", row=self.row) if change else say("row {row}", row=self.row)
            where.append(speak(words))
        if self.column is not None:
            where.append(speak(say("column {column}", column=self.column)))
        parts = [speak(say(", ")).join(where) + speak(say(": "))]
        if self.found is not None:
            # before it is cut: half a number would not be known as one
            found = scrub(self._told() if self.file in CHILD_TABLES else self.found)
            found = found if len(found) <= 80 else found[:77] + "…"
            parts.append(speak(say("found {found!s}; ", found=repr(found))))
        parts.append(speak(self.allowed))
        if self.remedy is not None:
            parts.append(speak(say(". To do: ")) + speak(self.remedy))
        return scrub("".join(parts))

    def _told(self) -> str:
        """Return what was found in a table about children, as the engine names it, without names."""
        from geodata.discreet import hide_listed

        return hide_listed(self.found or "")


class DataError(XuequError):
    """Faults in data, found in one pass and shown together."""

    MOST_SHOWN_A_RULE = 20

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(say("faults in the data ({n})", n=len(self.faults)))

    def __reduce__(self) -> tuple[type[DataError], tuple[tuple[Fault, ...]]]:
        """Come back whole from another process, such as a worker of a cluster."""
        return type(self), (self.faults,)

    def lines(self, speak: Speaker) -> list[str]:
        """Return a heading and one line a fault; many alike are cut short, and the cut is said."""
        shown: list[str] = [speak(self.message) + speak(say(": ")).rstrip()]
        counts: dict[tuple[str, str | None, str], int] = {}
        for fault in self.faults:
            kind = (fault.file, fault.column, fault.allowed.msgid)
            counts[kind] = counts.get(kind, 0) + 1
            if counts[kind] <= self.MOST_SHOWN_A_RULE:
                shown.append("  " + fault.line(speak))
        for (file, column, _), n in counts.items():
            if n > self.MOST_SHOWN_A_RULE:
                more = n - self.MOST_SHOWN_A_RULE
                place = scrub(file if column is None else f"{file}, {column}")
                shown.append("  " + speak(say("{place}: {more} more like it", place=place, more=more)))
        return shown


class NotBuiltYetError(XuequError):
    """Something that the design has and this version cannot do: refused, never ignored."""

    def __init__(self, what: Text) -> None:
        super().__init__(say("not built yet: {what}", what=what))
