"""Arrows of a printed map: bent, as wide as what they stand for, with heads that stop at a symbol."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from zoning.maps.printed_frame import Places
from zoning.maps.printed_svg import PAPER, Svg, group, tag

FLOW = "#1d5f9a"
WIDEST, NARROWEST = 6.5, 0.7
BEND = 0.18
_SHORTEST = 7.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A bent arrow with a head: where it runs, how wide, and for how many children."""

    start: tuple[float, float]
    bend: tuple[float, float]
    end: tuple[float, float]
    width: float
    children: int

    def at(self, share: npt.NDArray[np.float64]) -> Places:
        """Return places along it, shape (k, 2); 0 is its start, 1 its end."""
        t = np.asarray(share)[:, None]
        a, b, c = (np.array(one) for one in (self.start, self.bend, self.end))
        return np.asarray((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c)


def bent(start: tuple[float, float], end: tuple[float, float], bend: float = BEND) -> tuple[float, float]:
    """Return the point that bends an arrow to one side: the way back does not lie on the way there."""
    (x0, y0), (x1, y1) = start, end
    return (
        float((x0 + x1) / 2 - (y1 - y0) * bend),
        float((y0 + y1) / 2 + (x1 - x0) * bend),
    )


def arrows_of(
    rows: pd.DataFrame, starts: dict[str, Places], ends: dict[str, Places], bend: float
) -> list[Arrow]:
    """Return the arrows of flows (start, end, children), as wide as the children; none if too short."""
    most = float(rows["children"].max()) if len(rows) else 1.0
    found = []
    for start, end, children in rows[["start", "end", "children"]].itertuples(index=False):
        a, c = np.asarray(starts[start]), np.asarray(ends[end])
        if np.hypot(*(c - a)) < _SHORTEST:
            continue
        width = max(NARROWEST, round(WIDEST * float(children) / most, 1))
        found.append(
            Arrow(
                start=(float(a[0]), float(a[1])),
                bend=bent((a[0], a[1]), (c[0], c[1]), bend),
                end=(float(c[0]), float(c[1])),
                width=width,
                children=int(children),
            )
        )
    return found


def draw_arrows(arrows: list[Arrow], clear: float, named: bool) -> Svg:
    """Return the arrows, the wide ones below, each with a light edge that parts it from what it crosses.

    Parameters
    ----------
    arrows : list of Arrow
    clear : float
        How far from its end an arrow stops: the room of a symbol, or of a name.
    named : bool
        Whether a name stands at its start too.
    """
    drawn = []
    # from the edge of the name's own room where a name stands at the start
    first = clear if named else 0.0
    for arrow in arrows:
        length = float(np.hypot(*np.subtract(arrow.end, arrow.start)))
        head = min(4.0 + 1.3 * arrow.width, max(length - clear - first, 4.0) / 2)
        # the tip stops short of the symbol, the shaft short of the tip
        tip, neck = (1 - (cut / max(length, 1e-9)) for cut in (clear, clear + head * 0.8))
        places = arrow.at(np.linspace(min(first / max(length, 1e-9), 0.4), max(neck, 0.5), 13))
        shaft = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places.tolist())
        drawn.append(tag("path", d=shaft, stroke=PAPER, stroke_width=arrow.width + 1.2, fill="none"))
        drawn.append(tag("path", d=shaft, stroke=FLOW, stroke_width=arrow.width, fill="none"))
        drawn.append(
            tag("path", d=_head(arrow, tip, neck, head), fill=FLOW, stroke=PAPER, stroke_width=0.4)
        )
    return group(*drawn, stroke_linejoin="round", opacity="0.9")


def _head(arrow: Arrow, tip: float, neck: float, head: float) -> str:
    point, foot = arrow.at(np.array([tip, neck]))
    along = point - foot
    along = along / max(float(np.hypot(*along)), 1e-9)
    side = np.array([-along[1], along[0]]) * (arrow.width / 2 + head * 0.32)
    corners = [point, foot + side, foot - side]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"
