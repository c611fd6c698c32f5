"""Plots of scenarios side by side: the panels of an ensemble's page as a picture that stands alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from geodata.messages import Speaker, say
from simulate.dossier.plots import compose
from simulate.ensemble.page_picture import WIDTH as PANEL_WIDTH
from simulate.ensemble.page_picture import Dot, Panel, panels_of
from simulate.ensemble.sides import Side
from simulate.ensemble.telling import Row
from zoning.maps.ornaments import Sheet
from zoning.maps.printed_svg import INK, LINE, PAPER, SOFT, WIDTH, Svg, fitted, group, join, tag, text

_GAP = 16.0
_SCALE = (WIDTH - _GAP) / 2 / PANEL_WIDTH
_TYPE = 7.1 / _SCALE
"""The panels are drawn in their own units and made smaller: type of 7 points in them."""
_TITLE = 8.0 / _SCALE
_HIGHEST = 470.0
"""Of the panels of one picture: with its caption and foot it has a page, and its type stays as large."""


def plots_of_scenarios(
    rows: Sequence[Row], sides: Sequence[Side], sheets: Callable[[int, int], Sheet], speak: Speaker
) -> list[str]:
    """Plot a panel for each score, a dot and a bar for each scenario, on as many pictures as they need.

    Parameters
    ----------
    rows, sides
        As `simulate.ensemble.telling.rows_of` and the ensemble's folder give them.
    sheets : callable
        Returns the sheet of a picture from its number, from 1, and how many there are.
    speak : Speaker
    """
    parts = panels_by_page(panels_of(rows, sides, speak))
    return [
        plot_panels(part, sheets(number, len(parts)), speak) for number, part in enumerate(parts, start=1)
    ]


def panels_by_page(panels: Sequence[Panel]) -> list[Sequence[Panel]]:
    """Return the panels of each picture: as many pairs as a page holds, about as many on each."""
    pair = max((_high(panel) for panel in panels), default=_HIGHEST)
    pairs, most = -(-len(panels) // 2), max(int(_HIGHEST / pair), 1)
    each = 2 * -(-pairs // max(-(-pairs // most), 1))
    return [panels[first : first + each] for first in range(0, len(panels), each)] if panels else [panels]


def plot_panels(panels: Sequence[Panel], sheet: Sheet, speak: Speaker) -> str:
    """Plot panels in two columns."""
    drawn, y = [], 5.0
    for first in range(0, len(panels), 2):
        pair = panels[first : first + 2]
        for column, panel in enumerate(pair):
            x = column * ((WIDTH - _GAP) / 2 + _GAP)
            drawn.append(group(_panel(panel), transform=f"translate({x:.1f} {y:.1f}) scale({_SCALE:.4f})"))
        y += max(_high(panel) for panel in pair)
    notes = [speak(say("Dots are means over the draws; bars hold nine draws of ten."))]
    described = (
        sheet.title
        + ": "
        + speak.listed(
            f"{panel.title}: " + ", ".join(f"{dot.full_name} {dot.amount}" for dot in panel.dots)
            for panel in panels
        )
    )
    return compose(sheet, [join(drawn)], y, speak, described=described, notes=notes)


def _high(panel: Panel) -> float:
    return (panel.height + _TITLE * 1.6 + 10) * _SCALE


def _panel(panel: Panel) -> Svg:
    top = _TITLE * 1.6
    lines = (tag("path", d=f"M{x:.1f} 0V{panel.foot:.1f}") for x, _ in panel.ticks)
    numbers = (
        text(said, x, panel.foot + 16, text_anchor="start" if n == 0 else "middle")
        for n, (x, said) in enumerate(panel.ticks)
    )
    inside = [
        group(*lines, stroke=LINE, stroke_width=1.2),
        group(*numbers, font_size=_TYPE, fill=SOFT),
        *(_dot(dot, panel) for dot in panel.dots),
    ]
    title = text(fitted(panel.title, _TITLE, PANEL_WIDTH), 0, _TITLE, font_size=_TITLE, fill=INK)
    return group(title, group(*inside, transform=f"translate(0 {top:.1f})"))


def _dot(dot: Dot, panel: Panel) -> Svg:
    y = dot.y + 29
    drawn = [
        text(
            fitted(dot.name, _TYPE, panel.right - panel.left),
            panel.left,
            dot.y + 14,
            font_size=_TYPE,
            fill=INK,
            stroke=PAPER,
            stroke_width=4,
            paint_order="stroke",
        )
    ]
    if dot.low is not None and dot.high is not None:
        bar = f"M{dot.low} {y}H{dot.high}M{dot.low} {y - 4}v8M{dot.high} {y - 4}v8"
        drawn.append(tag("path", d=bar, stroke=dot.fill, stroke_width=2.5, fill="none"))
    if dot.mean is not None:
        drawn.append(_shape(dot, dot.mean, y))
    wide = PANEL_WIDTH - panel.right - 14
    at = dot.y + (20 if dot.words else 33)
    drawn.append(text(fitted(dot.amount, _TYPE, wide), panel.right + 14, at, font_size=_TYPE, fill=INK))
    if dot.words:
        said = fitted(dot.words, _TYPE, wide)
        drawn.append(text(said, panel.right + 14, dot.y + 37, font_size=_TYPE, fill=dot.fill))
    return join(drawn)


def _shape(dot: Dot, x: float, y: float) -> Svg:
    if dot.shape == "diamond":
        return tag("path", d=f"M{x} {y - 7}l7 7l-7 7l-7 -7z", fill=dot.fill)
    if dot.shape == "square":
        return tag("rect", x=x - 5, y=y - 5, width=10, height=10, fill=dot.fill)
    if dot.shape == "ring":
        return tag("circle", cx=x, cy=y, r=5, fill=PAPER, stroke=dot.fill, stroke_width=2.5)
    return tag("circle", cx=x, cy=y, r=5.5, fill=dot.fill)
