"""One thing that a planner should look at in the shapes of a project, and the words for its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import shapely

from geodata.messages import Text, say

KINDS = (
    "overlap",
    "gap",
    "school-outside",
    "unit-outside",
    "unit-elsewhere",
    "unit-cut",
    "not-connected",
    "sliver",
    "border-sliver",
    "spike",
    "duplicate",
    "school-inside-other",
    "hole",
    "multi-part",
    "uncovered",
)
"""The kinds of finding, most important first: first what puts a child into two zones or none."""

FAULT = "fault"
"""The kind of a shape that cannot be read at all; it comes as a `Fault`, not from `find_all`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found in the shapes of a project; not a fault of the data, but to be looked at.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    layer : str
        The table: zones, units, districts, schools.
    ids : tuple of str
        What it concerns: zones, or first the unit or school and then the zones.
    message : Text
        What, where, how large, and by which tolerance it counts.
    geometry : shapely geometry
        The place, in the city's metric CRS.
    area_m2 : float, optional
        How large it is, in square metres.
    share : float, optional
        Its share of the unit or district that it concerns, 0-1.
    children : int, optional
        How many children live there; None where that is not known.
    """

    kind: str
    layer: str
    ids: tuple[str, ...]
    message: Text
    geometry: shapely.Geometry = field(compare=False, repr=False)
    area_m2: float | None = None
    share: float | None = None
    children: int | None = None


def kind_title(kind: str) -> Text:
    """Return the name of a kind, as a heading has it; KeyError if there is no such kind.

    Examples
    --------
    >>> str(kind_title("gap"))
    'gaps'
    """
    return {
        FAULT: say("broken shapes (faults)"),
        "overlap": say("overlaps"),
        "gap": say("gaps"),
        "school-outside": say("schools outside their own zone"),
        "unit-outside": say("units outside every zone"),
        "unit-elsewhere": say("units that lie in another zone than the plan says"),
        "unit-cut": say("units cut by a border"),
        "not-connected": say("zones in several pieces"),
        "sliver": say("slivers"),
        "border-sliver": say("slivers along the border of a district"),
        "spike": say("spikes"),
        "duplicate": say("vertices that stand twice"),
        "school-inside-other": say("schools in a zone that they do not serve"),
        "hole": say("holes and enclaves"),
        "multi-part": say("shapes in several parts"),
        "uncovered": say("parts of a district in no zone"),
    }[kind]


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, most important kind first, then the larger, then by id."""
    return sorted(findings, key=lambda one: (KINDS.index(one.kind), -(one.area_m2 or 0.0), one.ids))


def count(number: float) -> str:
    """Return a whole number as a reader sees it.

    Examples
    --------
    >>> count(7548.6)
    '7,549'
    """
    return f"{round(number):,}"


def percent(share: float) -> str:
    """Return a share as a reader sees it.

    Examples
    --------
    >>> percent(0.4567)
    '45.7%'
    """
    return f"{share:.1%}"


def joined(parts: list[Text]) -> Text:
    """Return texts as one, with semicolons."""
    whole = parts[-1]
    for part in reversed(parts[:-1]):
        whole = say("{first}; {rest}", first=part, rest=whole)
    return whole


def listed(names: Sequence[str | Text]) -> Text:
    """Return names as one text, with the commas of the reader's language."""
    whole = Text("{name}", {"name": names[-1] if names else ""})
    for name in reversed(names[:-1]):
        whole = say("{first}, {rest}", first=name, rest=whole)
    return whole


def labels(frame: pd.DataFrame, key: str) -> Mapping[str, str]:
    """Return what to call each row: its id, and its name where that is another."""
    names = frame["name"].fillna("").astype(str)
    return {
        str(one): f"{one} {name}" if name and name != one else str(one)
        for one, name in zip(frame[key], names, strict=True)
    }
