"""What a repair did, or would not do: a row for each zone that a change concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import shapely

from geodata.messages import Speaker, Text, say

CHANGES = ("ring", "vertices", "overlap", "gap", "snap", "refused")
"""The kinds of change, in the order in which they are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One zone before and after one change.

    Parameters
    ----------
    kind : str
        One of `CHANGES`; "refused" was not made.
    zone : str
        The zone that changes (or that would).
    others : tuple of str
        The other zones concerned.
    before_m2, after_m2 : float
        Its area.
    moved_m2 : float
        How much ground came to the zone or left it.
    children : int, optional
        How many children live on that ground; None where the project does not know.
    reason : Text
    place : shapely geometry
        The ground, in the city's metric CRS.
    """

    kind: str
    zone: str
    others: tuple[str, ...]
    before_m2: float
    after_m2: float
    moved_m2: float
    children: int | None
    reason: Text
    place: shapely.Geometry = field(compare=False, repr=False)


def change_title(kind: str) -> Text:
    """Return the name of a kind of change; KeyError if there is none."""
    return {
        "ring": say("ring made valid"),
        "vertices": say("vertices and spikes removed"),
        "overlap": say("overlap given to one zone"),
        "gap": say("gap closed"),
        "snap": say("border snapped"),
        "refused": say("refused"),
    }[kind]


def change_table(changes: Sequence[Change], speak: Speaker) -> pd.DataFrame:
    """Return the changes as a table for people: headings and words in the speaker's language."""
    headings = [
        say("change"),
        say("zone"),
        say("other zones"),
        say("area before (m²)"),
        say("area after (m²)"),
        say("ground changed (m²)"),
        say("children on it"),
        say("reason"),
    ]
    rows = [
        (
            speak(change_title(one.kind)),
            one.zone,
            ", ".join(one.others),
            f"{one.before_m2:.2f}",
            f"{one.after_m2:.2f}",
            f"{one.moved_m2:.2f}",
            "" if one.children is None else str(one.children),
            speak(one.reason),
        )
        for one in changes
    ]
    return pd.DataFrame(rows, columns=[speak(one) for one in headings])
