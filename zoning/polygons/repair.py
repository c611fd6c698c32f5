"""Mend the polygons of zones so that they share their borders; no school changes its zone.

Notes
-----
1. A ring that crosses itself is made valid; no ground that it went around is lost.
2. Vertices that stand twice, and spikes thinner than the tolerance, are removed.
3. Ground in two zones goes to the one whose school lies on it, or whose units (by the plan) do; else to the
   one with which it shares the longer border; of equals, to the lower id. Where both zones have a school or
   unit there, the change is refused.
4. A gap narrower than the tolerance, or smaller than a stated area, goes by the same rule.
5. Borders within the tolerance of each other become one (`shapely.coverage_clean`). If a school or a unit
   would come into another zone by that, half the tolerance is tried, and so on; each is listed as refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.errors import XuequError
from geodata.messages import Text, say
from zoning.plan import ANY
from zoning.polygons import coverage, rings
from zoning.polygons.changes import Change
from zoning.polygons.coverage import Shapes
from zoning.polygons.ground import Ground, categories_apart, children_on, never_meet
from zoning.polygons.shape import need_tolerance

TOLERANCE_M = 1.0
"""Borders nearer than this were meant to be one: what hand digitising on a screen leaves."""
_HALVINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """Zones after a repair.

    Parameters
    ----------
    zones : GeoDataFrame
        The zones whose polygon the project gives, with the columns of the table.
    changes : tuple of Change
        A row for each zone and change, those that were refused too.
    """

    zones: gpd.GeoDataFrame
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchors:
    """Schools and planned units: where they are, their zones, and whether they lie in one of those now."""

    points: Shapes
    zones: list[frozenset[int]]
    names: list[Text]
    settled: list[bool]


def repair_zones(
    ground: Ground,
    *,
    tolerance_m: float = TOLERANCE_M,
    fill_gaps_below_m2: float = 0.0,
    broken: Mapping[str, shapely.Geometry] | None = None,
) -> Repaired:
    """Mend the polygons of zones.

    Parameters
    ----------
    ground : Ground
        As `ground_of` returns it.
    tolerance_m : float
        Borders nearer than this become one, and gaps narrower than this are closed; above 0.
    fill_gaps_below_m2 : float
        Gaps smaller than this are closed too, however wide; wider and larger ones stay.
    broken : mapping of str to geometry, optional
        Shapes that could not be read as they stood, by zone, in the metric CRS: for the table of changes.

    Returns
    -------
    Repaired
        Its polygons are a valid coverage, unless a change was refused.

    Raises
    ------
    XuequError
        If no zone has a polygon of its own, or the tolerance is not above 0.
    """
    need_tolerance(tolerance_m)
    if not ground.drawn.any():
        raise XuequError(
            say("no zone has a polygon of its own; zones that are made of their units follow the units")
        )
    zones = ground.zones[ground.drawn].reset_index(drop=True)
    work = _Work(ground, zones, tolerance_m)
    for zone, shape in sorted((broken or {}).items()):
        work.note_broken(zone, shape)
    work.clear_vertices()
    work.settle_overlaps()
    work.close_gaps(fill_gaps_below_m2)
    work.snap()
    return Repaired(zones=zones.set_geometry(work.result(), crs=zones.crs), changes=tuple(work.changes))


class _Work:
    """The polygons while they are mended, and the rows of what was done.

    A class, since every step reads and writes the same polygons and adds rows; nobody sees it but
    `repair_zones`.
    """

    def __init__(self, ground: Ground, zones: gpd.GeoDataFrame, tolerance_m: float) -> None:
        self.ground, self.tolerance_m = ground, tolerance_m
        self.ids = zones["zone_id"].astype(str).to_numpy(dtype=object)
        self.shapes = np.array(zones.geometry.to_numpy(), dtype=object)
        self.anchors = _anchors(ground, self.ids, self.shapes)
        self.changes: list[Change] = []
        self.disputed: list[tuple[int, int, shapely.Geometry]] = []

    def note_broken(self, zone: str, before: shapely.Geometry) -> None:
        at = int(np.flatnonzero(self.ids == zone)[0])
        after = self.shapes[at]
        reason = say("the ring crossed itself: {why}", why=shapely.is_valid_reason(before))
        if shapely.is_valid(before):
            reason = say("the ring was not closed")
        self._add("ring", at, (), float(shapely.area(before)), after, shapely.MultiPolygon(), reason)

    def clear_vertices(self) -> None:
        marked = {*rings.duplicate_vertices(self.shapes)[0], *rings.spikes(self.shapes)[0]}
        for at in sorted(int(one) for one in marked):
            before = self.shapes[at]
            after = self._without_spikes(before)
            if shapely.get_num_coordinates(after) == shapely.get_num_coordinates(before):
                continue
            if self._lost(after, at):
                self._refuse(at, (), before, self._lost(after, at))
                continue
            self.shapes[at] = after
            fewer = shapely.get_num_coordinates(before) - shapely.get_num_coordinates(after)
            reason = say(
                "{n} vertices: twice within {limit} mm, or a corner sharper than {angle}°",
                n=int(fewer),
                limit=f"{rings.DUPLICATE_M * 1000:g}",
                angle=f"{rings.SPIKE_DEGREES:g}",
            )
            moved = coverage.polygonal(shapely.symmetric_difference(before, after))
            self._add("vertices", at, (), float(shapely.area(before)), after, moved, reason)

    def _without_spikes(self, before: shapely.Geometry) -> shapely.Geometry:
        """Return a polygon without repeated vertices, and without spikes thinner than the tolerance."""
        after = rings.without_spikes(before)
        moved = shapely.symmetric_difference(before, after)
        parts, _ = coverage.polygons_of(np.array([moved], dtype=object))
        if (coverage.width_m(parts) < 2 * self.tolerance_m).all():
            return after
        # a long wedge may be real ground, and would leave a gap
        return shapely.remove_repeated_points(before, rings.DUPLICATE_M)

    def settle_overlaps(self) -> None:
        apart = categories_apart(self.ground.plan)
        first, second, _ = coverage.overlaps(self.shapes)
        for i, j in zip(first.tolist(), second.tolist(), strict=True):
            if never_meet(apart, self.ids[i], self.ids[j]):
                continue
            # an earlier step may have taken part of it
            piece = coverage.polygonal(shapely.intersection(self.shapes[i], self.shapes[j]))
            if shapely.area(piece) < coverage.NOISE_AREA_M2:
                continue
            keeper, reason = self._owner(piece, [i, j])
            if keeper is None:
                self.disputed.append((i, j, piece))
                self._refuse(i, (self.ids[j],), piece, reason)
                continue
            loser = j if keeper == i else i
            before = self.shapes[loser]
            self.shapes[loser] = coverage.polygonal(shapely.difference(before, piece))
            area = float(shapely.area(before))
            self._add("overlap", loser, (self.ids[keeper],), area, self.shapes[loser], piece, reason)

    def close_gaps(self, below_m2: float) -> None:
        places = coverage.gaps(
            self.shapes,
            coverage.union_of(self.shapes),
            inside=None,
            water=np.empty(0, dtype=object),
        )
        # 4 × area / perimeter is twice the width of a strip
        thin = coverage.width_m(places) < 2 * self.tolerance_m
        places = places[thin | (shapely.area(places) < below_m2)]
        for place, near in zip(places, coverage.touching(places, self.shapes), strict=True):
            if len(near) == 0:
                continue
            keeper, reason = self._owner(place, near.tolist())
            if keeper is None:
                self._refuse(int(near[0]), tuple(self.ids[near[1:]]), place, reason)
                continue
            before = self.shapes[keeper]
            self.shapes[keeper] = coverage.polygonal(shapely.union(before, place))
            others = tuple(sorted(self.ids[one] for one in near if one != keeper))
            area = float(shapely.area(before))
            self._add("gap", keeper, others, area, self.shapes[keeper], place, reason)

    def snap(self) -> None:
        """Make borders within the tolerance one; the tolerance is halved while a school would move."""
        cells = [*self.shapes]
        for i, j, piece in self.disputed:
            cells[i] = coverage.polygonal(shapely.difference(cells[i], piece))
            cells[j] = coverage.polygonal(shapely.difference(cells[j], piece))
            cells.append(piece)
        start = np.array(cells, dtype=object)
        tolerance = self.tolerance_m
        for _ in range(_HALVINGS):
            clean = shapely.coverage_clean(start, gap_width=tolerance, snapping_distance=tolerance)
            lost = self._gone(clean)
            if lost is None:
                break
            at, reason = lost
            self._refuse(at, (), shapely.MultiPolygon(), reason)
            tolerance /= 2
        else:
            return
        for (i, j, _), extra in zip(self.disputed, clean[len(self.shapes) :], strict=True):
            clean[i] = coverage.polygonal(shapely.union(clean[i], extra))
            clean[j] = coverage.polygonal(shapely.union(clean[j], extra))
        self._note_snapped(clean[: len(self.shapes)], tolerance)

    def _note_snapped(self, clean: Shapes, tolerance: float) -> None:
        before = self.shapes
        self.shapes = np.array([coverage.polygonal(one) for one in clean], dtype=object)
        moved = shapely.symmetric_difference(before, self.shapes)
        reason = say("borders within {limit} m of each other are one now", limit=f"{tolerance:g}")
        for at in np.flatnonzero(shapely.area(moved) >= coverage.NOISE_AREA_M2):
            place = coverage.polygonal(moved[at])
            self._add("snap", int(at), (), float(shapely.area(before[at])), self.shapes[at], place, reason)

    def result(self) -> Shapes:
        return self.shapes

    def _owner(self, piece: shapely.Geometry, near: list[int]) -> tuple[int | None, Text]:
        """Return which of the polygons gets a piece, and why; None if two have a claim."""
        held: dict[int, Text] = {}
        for at in np.flatnonzero(shapely.intersects(self.anchors.points, piece)):
            mine = self.anchors.zones[at] & set(near)
            # whoever serves both may lie in either
            if len(mine) == 1:
                held.setdefault(next(iter(mine)), self.anchors.names[at])
        if len(held) == 1:
            keeper, name = next(iter(held.items()))
            return keeper, say("{what} lies on it", what=name)
        if held:
            a, b = sorted(held)[:2]
            return None, say(
                "{a} and {b} lie on it and belong to different zones: decide by hand",
                a=held[a],
                b=held[b],
            )
        return self._longest(piece, near), say("the longest shared border")

    def _longest(self, piece: shapely.Geometry, near: list[int]) -> int:
        rest = np.array([shapely.difference(self.shapes[one], piece) for one in near], dtype=object)
        order = coverage.touching(np.array([piece], dtype=object), rest)[0]
        return near[int(order[0])] if len(order) else min(near)

    def _lost(self, after: shapely.Geometry, at: int) -> Text | None:
        """Return a school or unit that a zone's new polygon would lose; None if there is none."""
        claims = zip(self.anchors.zones, self.anchors.settled, strict=True)
        own = [i for i, (zones, settled) in enumerate(claims) if settled and zones == {at}]
        out = [i for i in own if not shapely.intersects(after, self.anchors.points[i])]
        return say("{what} would leave its zone", what=self.anchors.names[out[0]]) if out else None

    def _gone(self, clean: Shapes) -> tuple[int, Text] | None:
        """Return the first zone that vanishes or loses a school or unit, and why that may not be."""
        empty = np.flatnonzero(shapely.is_empty(clean[: len(self.shapes)]))
        if len(empty):
            return int(empty[0]), say("the zone would vanish")
        disputed = {i for _, _, piece in self.disputed for i in self._inside(piece)}
        for i, zones in enumerate(self.anchors.zones):
            here = clean[sorted(zones)]
            if (
                self.anchors.settled[i]
                and i not in disputed
                and not shapely.intersects(here, self.anchors.points[i]).any()
            ):
                return min(zones), say("{what} would leave its zone", what=self.anchors.names[i])
        return None

    def _inside(self, piece: shapely.Geometry) -> list[int]:
        return np.flatnonzero(shapely.intersects(self.anchors.points, piece)).tolist()

    def _refuse(self, at: int, others: tuple[str, ...], place: shapely.Geometry, why: Text | None) -> None:
        area = float(shapely.area(self.shapes[at]))
        assert why is not None
        self._add("refused", at, others, area, self.shapes[at], place, why)

    def _add(
        self,
        kind: str,
        at: int,
        others: tuple[str, ...],
        before_m2: float,
        after: shapely.Geometry,
        place: shapely.Geometry,
        reason: Text,
    ) -> None:
        self.changes.append(
            Change(
                kind=kind,
                zone=str(self.ids[at]),
                others=tuple(str(one) for one in others),
                before_m2=before_m2,
                after_m2=float(shapely.area(after)),
                moved_m2=float(shapely.area(place)),
                children=children_on(self.ground, np.array([place], dtype=object))[0],
                reason=reason,
                place=place,
            )
        )


def _anchors(ground: Ground, ids: np.ndarray, shapes: Shapes) -> _Anchors:
    """Return the points with a claim; those that lie in a zone of theirs now must do so afterwards."""
    position = {str(one): at for at, one in enumerate(ids)}
    points: list[shapely.Geometry] = []
    zones: list[frozenset[int]] = []
    names: list[Text] = []
    schools = ground.city["schools"].set_index("school_id").geometry
    served = ground.city["serves"].groupby("school_id")["zone_id"].agg(set)
    for school, own in served.items():
        point = schools.get(school)
        mine = frozenset(position[one] for one in own if one in position)
        if point is not None and not pd.isna(point):
            points.append(point)
            zones.append(mine)
            names.append(say("school {school}", school=school))
    planned = ground.plan[ground.plan["category"] == ANY].set_index("unit_id")["zone_id"]
    inner = shapely.point_on_surface(ground.units.geometry.to_numpy())
    for unit, point in zip(ground.units["unit_id"], inner, strict=True):
        if planned.get(unit) in position:
            points.append(point)
            zones.append(frozenset([position[planned[unit]]]))
            names.append(say("unit {unit}", unit=unit))
    pairs = zip(points, zones, strict=True)
    settled = [bool(own) and bool(shapely.intersects(shapes[sorted(own)], one).any()) for one, own in pairs]
    return _Anchors(points=np.array(points, dtype=object), zones=zones, names=names, settled=settled)
