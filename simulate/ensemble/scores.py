"""The scores that scenarios are compared by: one number a draw each, from the tallies of the draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from geodata.messages import Text, say
from simulate.ensemble.tally import COUNTED, GROUPS, MEASURES, PARTS, REACHES

Floats = npt.NDArray[np.float64]
Stack = Mapping[str, npt.NDArray[Any]]
Better = Literal["less", "more"]
Unit = Literal["children", "seats", "m", "share"]

GROUP_TITLES: dict[str, Text] = {
    "all": say("all children"),
    "household": say("household children"),
    "others": say("other children"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number of each draw.

    Parameters
    ----------
    measure, group : str
        Together its name; the group is one of `GROUPS`.
    title : Text
        What it is, for people; the group is not in it.
    unit : {"children", "seats", "m", "share"}
        A share is 0 to 1.
    better : {"less", "more"} or None
        Which is better of itself. None where that hangs on something else: fewer children are coordinated
        where there are more seats, but also where coordination is off and they are refused.
    of : callable
        Stacked tallies -> array of float64, shape (draws,); NaN in a draw in which it is not defined.
    """

    measure: str
    group: str
    title: Text
    unit: Unit
    better: Better | None
    of: Callable[[Stack], Floats]


def _column(group: str, name: str) -> Callable[[Stack], Floats]:
    row, column = GROUPS.index(group), COUNTED.index(name)
    return lambda stack: stack["scalars"][:, row, column].astype(np.float64)


def _ratio(group: str, part: str, whole: tuple[str, ...]) -> Callable[[Stack], Floats]:
    row, column = GROUPS.index(group), COUNTED.index(part)
    columns = [COUNTED.index(name) for name in whole]

    def of(stack: Stack) -> Floats:
        total = stack["scalars"][:, row, columns].sum(axis=1).astype(np.float64)
        known = total > 0
        share = stack["scalars"][:, row, column] / np.where(known, total, 1.0)
        return np.where(known, share, np.nan)

    return of


def _short(group: str, reach: str) -> Callable[[Stack], Floats]:
    row, column = GROUPS.index(group), REACHES.index(reach)
    return lambda stack: stack["short"][:, row, column] / PARTS


_SHORT_TITLES: dict[str, Text] = {
    "zone": say("seats short, zone by zone"),
    "district": say("seats short, district by district"),
    "city": say("seats short, the city as one"),
}
_CHOICES = tuple(name for name in COUNTED if name.startswith("choice_"))
_RATIOS: tuple[tuple[str, str, tuple[str, ...], Text, Unit, Better | None], ...] = (
    ("placed_share", "placed", ("children",), say("share placed"), "share", "more"),
    ("own_zone_share", "own_zone", ("children",), say("share placed in the own zone"), "share", "more"),
    (
        "first_choice_share",
        "choice_1",
        _CHOICES,
        say("share of those placed by choice who got their first"),
        "share",
        "more",
    ),
    ("mean_m", "metres", ("metres_known",), say("mean way to school, placed children"), "m", "less"),
    (
        "coordinated_mean_m",
        "coordinated_metres",
        ("coordinated_known",),
        say("mean way to school, coordinated children"),
        "m",
        None,
    ),
)


def _counted(group: str) -> list[Score]:
    return [
        Score(
            measure=one.name,
            group=group,
            title=one.title,
            unit="m" if one.name.endswith("metres") else "children",
            better=one.better,
            of=_column(group, one.name),
        )
        for one in MEASURES
    ]


def _ratios(group: str) -> list[Score]:
    return [
        Score(
            measure=name, group=group, title=title, unit=unit, better=better, of=_ratio(group, part, whole)
        )
        for name, part, whole, title, unit, better in _RATIOS
    ]


def _shortages(group: str) -> list[Score]:
    return [
        Score(
            measure=f"short_{reach}",
            group=group,
            title=_SHORT_TITLES[reach],
            unit="seats",
            better="less",
            of=_short(group, reach),
        )
        for reach in REACHES
    ]


_LEFT = Score(
    measure="seats_left",
    group="all",
    title=say("seats left"),
    unit="seats",
    better=None,
    of=lambda stack: stack["seats_left"].astype(np.float64),
)

SCORES: tuple[Score, ...] = tuple(
    score
    for group in GROUPS
    for score in (
        *_counted(group),
        *_ratios(group),
        *(_shortages(group) if group != "others" else ()),
        *((_LEFT,) if group == "all" else ()),
    )
)
"""All of them. Seats short are of all and of household children: the others have no seats of their own."""

IN_SHORT: tuple[tuple[str, str], ...] = (
    ("children", "all"),
    ("placed", "all"),
    ("own_zone", "all"),
    ("coordinated_within", "all"),
    ("coordinated_across", "all"),
    ("not_admitted", "all"),
    ("withdrawn", "all"),
    ("over", "all"),
    ("waiting", "all"),
    ("short_zone", "all"),
    ("short_district", "all"),
    ("short_city", "all"),
    ("short_zone", "household"),
    ("mean_m", "all"),
    ("coordinated_mean_m", "all"),
    ("first_choice_share", "all"),
    ("seats_left", "all"),
)
"""The scores of the short table, on the terminal and on the page."""


def score_of(measure: str, group: str) -> Score:
    """Return a score by its name.

    Raises
    ------
    KeyError
        If there is none.
    """
    return _BY_NAME[measure, group]


_BY_NAME = {(score.measure, score.group): score for score in SCORES}
