"""The colours of seat pressure, and what each of them means in words.

The five fills stay apart for readers with protanopia, deuteranopia and tritanopia (a test measures
it), and grow darker towards red. `zoning.pressure` says which ratio has which colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from geodata.messages import Speaker, Text, say
from zoning.pressure import COLOURS

FILLS = {
    "red": "#a31533",
    "orange": "#ee7f2d",
    "yellow": "#fbe183",
    "green": "#4aa58f",
    "none": "#c3c8cd",
}
NO_SEATS = 1e9
"""Stands for an endless ratio where a page sorts zones: JSON has no infinity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One colour of the legend: its fill, the ratios that it stands for, and what they mean."""

    colour: str
    fill: str
    span: str | Text
    meaning: Text


def colour_keys() -> list[Key]:
    """Return the colours in the order of `COLOURS`, with words."""
    # ratios are shown cut to a tenth of a per cent, so these spans leave nothing between them
    spans: dict[str, str | Text] = {
        "red": "≥ 100%",
        "orange": "95.0–99.9%",
        "yellow": "90.0–94.9%",
        "green": "< 90%",
        "none": say("no data"),
    }
    meanings = {
        "red": say("as many children as seats, or more"),
        "orange": say("all but full"),
        "yellow": say("close to full"),
        "green": say("seats to spare"),
        "none": say("children or seats are not known"),
    }
    return [
        Key(colour=name, fill=FILLS[name], span=spans[name], meaning=meanings[name]) for name in COLOURS
    ]


def span_words(speak: Speaker, key: Key) -> str:
    """Return the ratios of a colour in a speaker's language."""
    return key.span if isinstance(key.span, str) else speak(key.span)


def percent(ratio: float) -> Text:
    """Return a ratio of children to seats in words; cut, not rounded: 99.99% is not full yet.

    Examples
    --------
    >>> str(percent(0.9999)), str(percent(1.0)), str(percent(float("inf")))
    ('99.9%', '100.0%', 'no seats')
    """
    if pd.isna(ratio):
        return say("not known")
    if math.isinf(ratio):
        return say("no seats")
    # the small addition undoes a product such as 0.57 * 1000 = 569.9999…
    return Text("{value}", {"value": f"{math.floor(ratio * 1000 + 1e-9) / 10:.1f}%"})


def sort_value(ratio: float) -> float | None:
    """Return a ratio as JSON can hold it: None where unknown, `NO_SEATS` where endless."""
    if pd.isna(ratio):
        return None
    return NO_SEATS if math.isinf(ratio) else round(float(ratio), 4)
