"""The pictures of scenarios side by side: dots with bars on one scale a score, and means as they settle.

The template draws them; here is only where everything stands, in the units of each picture's frame.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geodata.messages import Speaker, say
from simulate.ensemble.convergence import running
from simulate.ensemble.scores import score_of
from simulate.ensemble.sides import Side
from simulate.ensemble.telling import Row, amount, change_words, score_title, title_of

WIDTH = 440.0
_LEFT, _RIGHT = 6.0, 318.0
_ROW, _TOP, _FOOT = 42.0, 4.0, 36.0
_NAME_CELLS = 44
_MOST_POINTS = 120
_CURVE_HEIGHT = 130.0

MARKS = {
    "": ("#33404d", "circle"),
    "better": ("#0072b2", "circle"),
    "worse": ("#c24e00", "diamond"),
    "higher": ("#33404d", "square"),
    "lower": ("#33404d", "square"),
    "unclear": ("#5b6875", "ring"),
    "same": ("#5b6875", "ring"),
    "unknown": ("#5b6875", "ring"),
}
"""Colour and shape of each verdict: blue and vermilion stay apart for every kind of colour blindness (Okabe
and Ito), the shapes for readers without colour, and the word stands beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One side of a panel: its name, where its bar and dot stand, and what is written beside."""

    y: float
    name: str
    full_name: str
    low: float | None
    high: float | None
    mean: float | None
    fill: str
    shape: str
    amount: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One score: a dot and a bar for each side on one scale; ticks are (place, text)."""

    title: str
    height: float
    foot: float
    left: float
    right: float
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How the mean of one score settles for one side: SVG paths of the mean and of the band around it."""

    title: str
    height: float
    line: str
    band: str
    ticks: tuple[tuple[float, str], ...]
    first: str
    last: str
    words: str


def panels_of(rows: Sequence[Row], sides: Sequence[Side], speak: Speaker) -> list[Panel]:
    """Return a panel for each row of the short table."""
    names = [title_of(side, speak) for side in sides]
    return [_panel(row, names) for row in rows]


def _panel(row: Row, names: Sequence[str]) -> Panel:
    ends = [v for cell in row.cells for v in (cell.mean, cell.low, cell.high) if not math.isnan(v)]
    low, high, ticks = scale_of(min(ends, default=0.0), max(ends, default=1.0))

    def place(value: float) -> float | None:
        if math.isnan(value):
            return None
        return round(_LEFT + (value - low) / (high - low) * (_RIGHT - _LEFT), 1)

    dots = []
    for number, (cell, name) in enumerate(zip(row.cells, names, strict=True)):
        fill, shape = MARKS[cell.verdict]
        dots.append(
            Dot(
                y=_TOP + number * _ROW,
                name=cut(name, _NAME_CELLS),
                full_name=name,
                low=place(cell.low) if cell.spread else None,
                high=place(cell.high) if cell.spread else None,
                mean=place(cell.mean),
                fill=fill,
                shape=shape,
                amount=cell.amount,
                words=cell.words,
            )
        )
    foot = _TOP + len(dots) * _ROW
    return Panel(
        title=row.title,
        height=foot + _FOOT,
        foot=foot,
        left=_LEFT,
        right=_RIGHT,
        dots=tuple(dots),
        ticks=tuple((place(tick) or 0.0, amount(tick, row.unit)) for tick in _few(ticks)),
    )


def scale_of(low: float, high: float) -> tuple[float, float, list[float]]:
    """Return a scale that holds some numbers, with two to six round ticks in it.

    Examples
    --------
    >>> scale_of(1.2, 8.9)
    (0.0, 10.0, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0])
    >>> scale_of(7.0, 7.0)[2]
    [6.0, 6.5, 7.0, 7.5, 8.0]
    """
    # two means of the same share may differ in their last bit: less than any tick could tell apart
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        step = 1.0 if low == 0 or low == round(low) else abs(low) / 10
        low, high = low - step, high + step
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [round(step * number, 12) for number in range(first, last + 1)]
    return ticks[0], ticks[-1], ticks


def _few(ticks: list[float]) -> list[float]:
    """Return every second tick where all of them would stand too close for their numbers."""
    return ticks if len(ticks) <= 4 else ticks[::2]


def cut(name: str, cells: int) -> str:
    """Return a name that is not wider than so many half-width characters.

    Examples
    --------
    >>> cut("一所新学校", 7), cut("short", 7)
    ('一所新…', 'short')
    """
    wide = [2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in name]
    if sum(wide) <= cells:
        return name
    return name[: int(np.searchsorted(np.cumsum(wide), cells - 1, side="right"))] + "…"


def curves_of(sides: Sequence[Side], speak: Speaker) -> list[Curve]:
    """Return how the mean of the seats short settles over the draws, a picture a side, all on one scale."""
    measure, group = "short_zone", "all"
    score = score_of(measure, group)
    drawn = [(side, *running(score.of(side.stack))) for side in sides if side.draws > 1]
    if not drawn:
        return []
    # the first draws say little and would take the whole height
    shown = [(side, mean, se, max(1, min(9, side.draws // 10))) for side, mean, se in drawn]
    low = min(float(np.min((mean - se)[skip:])) for _, mean, se, skip in shown)
    high = max(float(np.max((mean + se)[skip:])) for _, mean, se, skip in shown)
    bottom, top, ticks = scale_of(low, high)
    title = score_title(measure, group, speak)
    return [
        _curve(cut(title_of(side, speak), _NAME_CELLS), title, mean, se, skip, (bottom, top), ticks, speak)
        for side, mean, se, skip in shown
    ]


def _curve(
    name: str,
    title: str,
    mean: npt.NDArray[np.float64],
    se: npt.NDArray[np.float64],
    skip: int,
    span: tuple[float, float],
    ticks: list[float],
    speak: Speaker,
) -> Curve:
    draws = len(mean)
    points = np.unique(np.linspace(skip, draws - 1, _MOST_POINTS).round().astype(int))
    across = _LEFT + 50 + points / max(draws - 1, 1) * (WIDTH - _LEFT - 60)

    def down(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return 8 + (span[1] - values) / (span[1] - span[0]) * (_CURVE_HEIGHT - 30)

    change, error = change_words(float(mean[-1]), float(se[-1]), "seats", speak)
    upper, lower = down((mean + se)[points]), down((mean - se)[points])
    return Curve(
        title=name,
        height=_CURVE_HEIGHT,
        line=_path(across, down(mean[points])),
        band=_path(np.r_[across, across[::-1]], np.r_[upper, lower[::-1]]) + "Z",
        ticks=tuple(
            (round(float(down(np.array([tick]))[0]), 1), amount(tick, "seats")) for tick in _few(ticks)
        ),
        first="1",
        last=f"{draws:,}",
        words=speak(
            say(
                "{score}: {mean}, standard error {error}",
                score=title,
                mean=change.removeprefix("+"),
                error=error or "0",
            )
        ),
    )


def _path(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
