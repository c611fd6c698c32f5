"""A plot of distances to school: which share of each group has at most so far to go."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from geodata.messages import Speaker, say
from simulate.dossier.plots import DASHES, SERIES, compose, level_lines, upright_lines
from simulate.ensemble.page_picture import scale_of
from zoning.maps.ornaments import Sheet
from zoning.maps.printed_svg import PAPER, SMALL, SOFT, WIDTH, Svg, fitted, group, tag, text

Metres = npt.NDArray[np.float64]

_LEFT, _RIGHT, _TOP, _FOOT = 34.0, WIDTH - 8, 8.0, 212.0
_POINTS = 61
_CORNER, _STEP = 210.0, 11.0
_LEAST_TOLD = 5
_SHOWN_SHARE = 0.98


def plot_distances(groups: Mapping[str, Metres], sheet: Sheet, speak: Speaker) -> str:
    """Plot the cumulative share of each group by distance to school, named with its piece of line.

    Parameters
    ----------
    groups : mapping of str to array
        The words for a group, and the metres of each of its children; NaN where unknown. Eight at most.
    sheet : Sheet
        On a public one groups of fewer than five children are left out. The curves are drawn at 61 even
        distances: no single child can be read from them.
    speak : Speaker

    Raises
    ------
    ValueError
        If there are more groups than colours.
    """
    if len(groups) > len(SERIES):
        raise ValueError(f"{len(groups)} groups: at most {len(SERIES)} curves can be told apart")
    least = _LEAST_TOLD if sheet.public else 1
    known = {name: np.asarray(m, dtype="float64") for name, m in groups.items()}
    known = {name: m[~np.isnan(m)] for name, m in known.items()}
    told = {name: m for name, m in known.items() if len(m) >= least}
    farthest = max((float(np.quantile(m, _SHOWN_SHARE)) for m in told.values()), default=1000.0)
    _, high, ticks = scale_of(0.0, max(farthest, 100.0) / 1000)
    curves = [_curve(m, high) for m in told.values()]
    notes = [speak(say("Share of the children of a group who have at most so far to go; in km."))]
    beyond = sum(int((m > high * 1000).sum()) for m in told.values())
    if beyond:
        notes.append(
            speak(say("{n} children have farther to go than is shown.", n=_said(beyond, sheet.public)))
        )
    left_out = len(groups) - len(told)
    if left_out:
        notes.append(speak(say("{n} groups are not shown: nobody, or too few children.", n=left_out)))
    medians = speak.listed(f"{name} {np.median(m) / 1000:.1f} km" for name, m in told.items())
    described = speak(say("{title}: medians {medians}", title=sheet.title, medians=medians))
    body = [_axes(high, ticks, speak), _words(told, speak), *(_line(c, n) for n, c in enumerate(curves))]
    return compose(sheet, body, _FOOT + 24, speak, described=described, notes=notes)


def _curve(metres: Metres, high_km: float) -> Metres:
    """Return the places of a curve in the picture, shape (61, 2)."""
    at = np.linspace(0, high_km, _POINTS)
    share = np.searchsorted(np.sort(metres), at * 1000, side="right") / len(metres)
    x = _LEFT + at / high_km * (_RIGHT - _LEFT)
    places = np.column_stack([x, _FOOT - share * (_FOOT - _TOP)])
    return np.asarray(np.round(places, 1), dtype=np.float64)


def _axes(high: float, ticks: list[float], speak: Speaker) -> Svg:
    levels = [(_FOOT - share * (_FOOT - _TOP), f"{share:.0%}") for share in (0, 0.25, 0.5, 0.75, 0.9, 1.0)]
    across = [(_LEFT + tick / high * (_RIGHT - _LEFT), f"{tick:g}") for tick in ticks]
    unit = text(
        speak(say("km to school")), _RIGHT, _FOOT + 19, font_size=SMALL, fill=SOFT, text_anchor="end"
    )
    return group(level_lines(levels, _LEFT, _RIGHT), upright_lines(across, _TOP, _FOOT), unit)


def _line(curve: Metres, n: int) -> Svg:
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in curve.tolist())
    return tag("path", d=path, fill="none", stroke=SERIES[n], stroke_width=1.6, stroke_dasharray=DASHES[n])


def _words(told: Mapping[str, Metres], speak: Speaker) -> Svg:
    """Return the names in the corner that no curve reaches, in the order of the curves from the left.

    On the curves themselves there is no room where two groups are alike: each name has its piece of line.
    """
    order = sorted(range(len(told)), key=lambda n: (float(np.median(list(told.values())[n])), n))
    y = _FOOT - 8 - (len(order) - 1) * _STEP
    drawn = [text(speak(say("median, 90% within, km")), _RIGHT - 6, y - 12, text_anchor="end", fill=SOFT)]
    for at, n in enumerate(order):
        name, metres = list(told.items())[n]
        here = y + at * _STEP
        middle, most = np.quantile(metres, [0.5, 0.9]) / 1000
        line = f"M{_CORNER:.1f} {here - 2.5:.1f}h22"
        drawn.append(
            tag("path", d=line, fill="none", stroke=SERIES[n], stroke_width=1.8, stroke_dasharray=DASHES[n])
        )
        drawn.append(text(fitted(name, SMALL, 130), _CORNER + 27, here, fill=SERIES[n]))
        drawn.append(text(f"{middle:.1f}", _RIGHT - 36, here, text_anchor="end", fill=SERIES[n]))
        drawn.append(text(f"{most:.1f}", _RIGHT - 6, here, text_anchor="end", fill=SERIES[n]))
    back = tag(
        "rect",
        x=_CORNER - 4,
        y=y - 22,
        width=_RIGHT - _CORNER + 3,
        height=_FOOT - y + 21,
        fill=PAPER,
        fill_opacity="0.85",
    )
    return group(back, *drawn, font_size=SMALL)


def _said(n: int, public: bool) -> str:
    return "<5" if public and n < _LEAST_TOLD else f"{n:,}"
