"""Where names and numbers stand on a printed map, so that none lies on another.

Greedy and in a fixed order: inside their own polygon in one line or two, then as a short text (a number)
inside it, then half over its border, then beside it with a line that leads there. What finds no room is
left out, and the map says how many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from zoning.maps.printed_frame import Places, Shapes
from zoning.maps.printed_svg import INK, LEADING, Svg, group, halved, join, lines_of_text, tag, width_of

Box = npt.NDArray[np.float64]
_GAP = 0.8
_ROWS = 9
_AROUND = np.linspace(0, 2 * np.pi, 16, endpoint=False) + 0.2
_ON_SYMBOL = 3
_STEPS = (9.0, 14.0, 20.0, 27.0, 35.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A label that wants a place.

    Parameters
    ----------
    key : str
    full, short : str
        The name, and what stands for it where the name has no room; "" for none.
    size : float
        Of the type.
    spots : array, shape (k, 2)
        Middles to try, the best first.
    inside : Polygon, optional
        In which the whole label lies, unless it is a short one.
    reach : bool
        Whether a line may lead to it from outside.
    at : (x, y), optional
        Where such a line ends; by default at the best spot.
    """

    key: str
    full: str
    short: str
    size: float
    spots: Places
    inside: shapely.Geometry | None = None
    reach: bool = True
    at: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label with its place: lines of text around a middle, and the end of the line that leads to it."""

    key: str
    lines: tuple[str, ...]
    size: float
    middle: tuple[float, float]
    whole: bool
    leads_to: tuple[float, float] | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, north, east, south of the text by the model of `width_of`."""
        wide, high = _extent(self.lines, self.size)
        x, y = self.middle
        return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


@dataclass(slots=True)
class Room:
    """What is taken already: boxes of labels and symbols. It grows while labels are placed."""

    bounds: tuple[float, float, float, float]
    boxes: Box = field(default_factory=lambda: np.empty((0, 4)))

    def take(self, boxes: npt.ArrayLike) -> None:
        """Mark boxes (west, north, east, south) as taken."""
        self.boxes = np.vstack([self.boxes, np.asarray(boxes, dtype=np.float64).reshape(-1, 4)])

    def free(self, boxes: Box) -> npt.NDArray[np.bool_]:
        """Return which of some boxes, shape (k, 4), lie in bounds and on nothing."""
        west, north, east, south = self.bounds
        inside = (
            (boxes[:, 0] >= west) & (boxes[:, 1] >= north) & (boxes[:, 2] <= east) & (boxes[:, 3] <= south)
        )
        taken = self.boxes
        hit = (
            (boxes[:, None, 0] < taken[None, :, 2] + _GAP)
            & (boxes[:, None, 2] > taken[None, :, 0] - _GAP)
            & (boxes[:, None, 1] < taken[None, :, 3] + _GAP)
            & (boxes[:, None, 3] > taken[None, :, 1] - _GAP)
        )
        return np.asarray(inside & ~hit.any(axis=1))


def spots_inside(shapes: Shapes) -> list[Places]:
    """Return for each polygon the middles of its widest level stretches, widest first.

    Parameters
    ----------
    shapes : array of polygons, shape (n,)
        In the units of the picture.
    """
    low, high = shapely.bounds(shapes)[:, 1], shapely.bounds(shapes)[:, 3]
    west, east = shapely.bounds(shapes)[:, 0] - 1, shapely.bounds(shapes)[:, 2] + 1
    at = (np.arange(_ROWS) + 0.5) / _ROWS
    y = low[:, None] + (high - low)[:, None] * at
    ends = np.stack(
        [np.stack([np.broadcast_to(x[:, None], y.shape), y], axis=-1) for x in (west, east)], axis=2
    )
    pieces = shapely.intersection(shapely.linestrings(ends), shapes[:, None]).ravel()
    parts, where = shapely.get_parts(pieces, return_index=True)
    kept = shapely.length(parts) > 0
    parts, owner, level = parts[kept], where[kept] // _ROWS, where[kept] % _ROWS
    # a stretch in the middle of a polygon before one at its edge
    worth = shapely.length(parts) * (1 - 0.4 * np.abs(at[level] - 0.5))
    middle = shapely.get_coordinates(shapely.line_interpolate_point(parts, 0.5, normalized=True))
    order = np.lexsort([-np.round(worth, 3), owner])
    return [
        middle[order[first:last]] for first, last in zip(*_runs(owner[order], len(shapes)), strict=True)
    ]


def _runs(owner: npt.NDArray[np.intp], n: int) -> tuple[list[int], list[int]]:
    first = np.searchsorted(owner, np.arange(n), side="left")
    last = np.searchsorted(owner, np.arange(n), side="right")
    return first.tolist(), last.tolist()


def place_labels(asks: Sequence[Ask], room: Room) -> dict[str, Label]:
    """Return the labels that found a place, by key.

    Parameters
    ----------
    asks : sequence of Ask
        Where two want one place, the earlier has it.
    room : Room
        What is taken before; the boxes of the labels are added.
    """
    found: dict[str, Label] = {}
    for step in (_whole_inside, _short_inside, _short_over, _led_to):
        for ask in asks:
            if ask.key in found or len(ask.spots) == 0:
                continue
            label = step(ask, room)
            if label is not None:
                found[ask.key] = label
                room.take(label.box)
                if label.leads_to is not None:
                    room.take(_beads(np.array(label.middle), np.array(label.leads_to)))
    return found


def _whole_inside(ask: Ask, room: Room) -> Label | None:
    variants: list[tuple[str, ...]] = [(ask.full,)] if ask.full else []
    two = halved(ask.full)
    if two is not None:
        variants.append(two)
    for lines in variants:
        label = _first(ask, lines, room, whole=True)
        if label is not None:
            return label
    return None


def _short_inside(ask: Ask, room: Room) -> Label | None:
    return _first(ask, (ask.short,), room, whole=False) if ask.short else None


def _short_over(ask: Ask, room: Room) -> Label | None:
    if not ask.short or ask.inside is None:
        return None
    return _first(ask, (ask.short,), room, whole=False, least=0.55)


def _led_to(ask: Ask, room: Room) -> Label | None:
    lines = (ask.short or ask.full,)
    if not ask.reach or not lines[0]:
        return None
    end = ask.spots[0] if ask.at is None else np.array(ask.at)
    wide, high = _extent(lines, ask.size)
    for step in _STEPS:
        # as far from the end as the step, whatever the shape of the text
        reach = np.column_stack([np.cos(_AROUND) * (step + wide / 2), np.sin(_AROUND) * (step + high / 4)])
        spots = np.round(end + reach, 1)
        good = room.free(_boxes(spots, wide, high))
        for spot in spots[good]:
            # the last beads may lie on the symbol that the line leads to
            beads = _beads(spot, end)
            if room.free(beads[1 : len(beads) - (0 if ask.at is None else _ON_SYMBOL)]).all():
                return Label(
                    key=ask.key,
                    lines=lines,
                    size=ask.size,
                    middle=(float(spot[0]), float(spot[1])),
                    whole=not ask.short,
                    leads_to=(float(end[0]), float(end[1])),
                )
    return None


def _first(
    ask: Ask, lines: tuple[str, ...], room: Room, *, whole: bool, least: float = 1.0
) -> Label | None:
    """Return the label at the first spot that is free and, where it must be, inside (`least` of it)."""
    wide, high = _extent(lines, ask.size)
    spots = np.round(ask.spots, 1)
    boxes = _boxes(spots, wide, high)
    good = room.free(boxes)
    if ask.inside is not None and good.any():
        there = shapely.box(*boxes.T)
        if least >= 1:
            good &= shapely.covers(ask.inside, there)
        else:
            part = shapely.area(shapely.intersection(ask.inside, there))
            good &= part >= least * wide * high
    if not good.any():
        return None
    spot = spots[np.argmax(good)]
    middle = float(spot[0]), float(spot[1])
    return Label(key=ask.key, lines=lines, size=ask.size, middle=middle, whole=whole)


def _extent(lines: Sequence[str], size: float) -> tuple[float, float]:
    return max(width_of(one, size) for one in lines), size * (1 + LEADING * (len(lines) - 1))


def _boxes(spots: Places, wide: float, high: float) -> Box:
    half = np.array([wide / 2, high / 2])
    return np.hstack([spots - half, spots + half])


def _beads(start: Places, end: Places) -> Box:
    """Return small boxes along a line, the first at its start."""
    n = max(2, int(np.hypot(*(end - start)) / 2))
    spots = start + (end - start) * np.linspace(0, 1, n, endpoint=False)[:, None]
    return _boxes(spots, 0.4, 0.4)


def around(
    places: Places, radius: npt.NDArray[np.float64], wide: npt.NDArray[np.float64], size: float
) -> list[Places]:
    """Return for each symbol the middles of a label beside, above and below it.

    Parameters
    ----------
    places : array, shape (n, 2)
    radius : array, shape (n,)
        Of each symbol.
    wide : array, shape (n,)
        Of each label.
    size : float
        Of the type.
    """
    sides = np.array([(1, 0), (-1, 0), (0, -1), (0, 1), (0.8, -0.8), (0.8, 0.8), (-0.8, -0.8), (-0.8, 0.8)])
    far = np.stack([radius + 1.4 + wide / 2, radius + 1.4 + size / 2], axis=1)
    return list(np.round(places[:, None, :] + sides[None] * far[:, None, :], 1))


def draw_labels(labels: Sequence[Label], *, fill: str = INK, halo: str = "#ffffff") -> Svg:
    """Return the labels as text with a light edge, lines that lead to their places first."""
    led = [one for one in labels if one.leads_to is not None]
    leads = (
        join(
            [
                tag("path", d=_lead(one)),
                tag("circle", cx=one.leads_to[0], cy=one.leads_to[1], r=0.7, fill=fill, stroke="none"),
            ]
        )
        for one in led
        if one.leads_to is not None
    )
    texts = (
        lines_of_text(
            one.lines,
            one.middle[0],
            # the middle of the type stands 0.36 em over its baseline
            one.middle[1] + 0.36 * one.size - (len(one.lines) - 1) * one.size * LEADING / 2,
            one.size,
            font_size=one.size,
        )
        for one in labels
    )
    return join(
        [
            group(*leads, fill="none", stroke=fill, stroke_width=0.5),
            group(
                *texts,
                fill=fill,
                stroke=halo,
                stroke_width=1.8,
                stroke_linejoin="round",
                paint_order="stroke",
                text_anchor="middle",
            ),
        ]
    )


def _lead(label: Label) -> str:
    """Return the path from the edge of a label's box to what it names."""
    end = label.leads_to or label.middle
    west, north, east, south = label.box
    x, y = min(max(end[0], west), east), min(max(end[1], north), south)
    return f"M{x:.1f} {y:.1f}L{end[0]:.1f} {end[1]:.1f}"
