"""Plots as SVG for the papers: what is the same for all of them.

Drawn with the writer of the printed maps: 454 points are 16 cm of paper, and no type is under 7 points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geodata.messages import Speaker
from zoning.maps import ornaments
from zoning.maps.ornaments import Sheet
from zoning.maps.printed_svg import LINE, SMALL, SOFT, WIDTH, Svg, group, picture, tag, text

SERIES = ("#0072b2", "#c24e00", "#00795a", "#7b3fa0", "#1c2630", "#b07a00", "#8c2d5a", "#4b6a88")
"""Okabe and Ito's colours, darkened until type in them can be read on white."""
DASHES = (None, "5 2", "1.5 1.5", "7 2 1.5 2", "3 1.5", "9 2", "2 3", "6 1.5 1.5 1.5 1.5 1.5")
"""So that curves stay apart on a copy in black and white."""
OVER, UNDER, NEUTRAL = "#b2182b", "#1d5f9a", "#5b6875"


def compose(
    sheet: Sheet,
    body: Sequence[Svg],
    height: float,
    speak: Speaker,
    *,
    described: str,
    notes: Sequence[str] = (),
    defs: Sequence[Svg] = (),
) -> str:
    """Put a plot under its heading and over its notes.

    Parameters
    ----------
    sheet : Sheet
        Its datum is not said: a plot has no ground.
    body : sequence of Svg
        Drawn from (0, 0) to (`WIDTH`, `height`).
    height : float
    speak : Speaker
    described : str
        What it shows, in a sentence, for who cannot see it.
    notes : sequence of str
    defs : sequence of Svg

    Returns
    -------
    str
        A whole `<svg>` element.
    """
    plot = replace(sheet, public=False, datum="")
    top, y = ornaments.heading(plot, WIDTH, speak)
    inside = [top, group(*body, transform=f"translate(0 {y:.1f})")]
    if sheet.synthetic:
        mark = ornaments.watermark(WIDTH, height)
        inside.append(group(mark, transform=f"translate(0 {y:.1f})"))
    y += height + 4
    foot, high = ornaments.foot(plot, notes, WIDTH, speak)
    inside.append(group(foot, transform=f"translate(0 {y:.1f})"))
    named = [tag("defs", *defs)] if defs else []
    return picture(
        WIDTH, round(y + high, 1), *named, *inside, title=sheet.title, described=described, id=sheet.id
    )


def level_lines(places: Sequence[tuple[float, str]], left: float, right: float) -> Svg:
    """Return faint level lines with their numbers to the left."""
    lines = (tag("path", d=f"M{left:.1f} {y:.1f}H{right:.1f}") for y, _ in places)
    words = (text(said, left - 4, y + 2.5) for y, said in places)
    return group(
        group(*lines, stroke=LINE, stroke_width=0.6),
        group(*words, font_size=SMALL, fill=SOFT, text_anchor="end"),
    )


def upright_lines(places: Sequence[tuple[float, str]], top: float, foot: float) -> Svg:
    """Return faint upright lines with their numbers below."""
    lines = (tag("path", d=f"M{x:.1f} {top:.1f}V{foot:.1f}") for x, _ in places)
    words = (text(said, x, foot + 9) for x, said in places)
    return group(
        group(*lines, stroke=LINE, stroke_width=0.6),
        group(*words, font_size=SMALL, fill=SOFT, text_anchor="middle"),
    )
