"""Mend the polygons of zones so that they share their borders; no school changes its zone.

Notes
-----
1. A ring that crosses itself is made valid; no ground that it went around is lost.
2. Vertices that stand twice, and spikes thinner than the tolerance, are removed.
3. Zones must fit together where they can serve one child; those for different categories of children may
   lie over each other, and are mended apart (`zoning.polygons.meeting`). A unit has a claim for each
   category for which the plan gives it a zone.
4. Ground in two zones goes to the one whose school lies on it, or whose units (by the plan) do; else to the
   one with which it shares the longer border; of equals, to the lower id. Where both zones have a school or
   unit there, or where one would vanish, the change is refused.
5. A gap narrower than the tolerance, or smaller than a stated area, goes by the same rule; not to a zone
   that would lie over another zone of the same children then.
6. Borders within the tolerance of each other become one (`shapely.coverage_clean`). If a school or a unit
   would come into another zone by that, a zone vanish, or more ground change than the border can have moved
   over, half the tolerance is tried, and so on; each reason is listed once as refused. Where a zone is for
   all children, the groups are gone through again until nothing moves; where they never come to rest, a
   group is snapped only if those before it still fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geodata.errors import XuequError
from geodata.messages import Text, say
from zoning.polygons import coverage, rings
from zoning.polygons.anchors import anchors_of
from zoning.polygons.broken import made_valid
from zoning.polygons.changes import Change
from zoning.polygons.coverage import Shapes
from zoning.polygons.ground import Ground, children_on
from zoning.polygons.meeting import Group, category_words, groups_of, may_meet, served_by
from zoning.polygons.shape import need_tolerance
from zoning.polygons.snapping import Disputed, changes_much, cleaned, fits, vanished

TOLERANCE_M = 1.0
"""Borders nearer than this were meant to be one: what hand digitising on a screen leaves."""
_HALVINGS = 4
_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """Zones after a repair.

    Parameters
    ----------
    zones : GeoDataFrame
        The zones whose polygon the project gives, with the columns of the table.
    changes : tuple of Change
        A row for each zone and change, those that were refused too.
    notes : tuple of Text
        What is left undone in the end: borders that were not snapped at all.
    """

    zones: gpd.GeoDataFrame
    changes: tuple[Change, ...]
    notes: tuple[Text, ...] = ()


def repair_zones(
    ground: Ground,
    *,
    tolerance_m: float = TOLERANCE_M,
    fill_gaps_below_m2: float = 0.0,
    settle_overlaps_below_m2: float = np.inf,
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
    settle_overlaps_below_m2 : float
        Overlaps smaller than this, or narrower than the tolerance, are given to one zone; others stay and
        are listed: who lives there is not decided by a drawing.
    broken : mapping of str to geometry, optional
        Shapes that could not be read as they stood, by zone, in the metric CRS: for the table of changes.

    Returns
    -------
    Repaired
        The polygons of each group of zones that can serve one child are a valid coverage, unless a change
        was refused.

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
    work.settle_overlaps(settle_overlaps_below_m2)
    work.close_gaps(fill_gaps_below_m2)
    work.snap()
    return Repaired(
        zones=zones.set_geometry(work.shapes, crs=zones.crs),
        changes=tuple(work.changes),
        notes=tuple(work.notes),
    )


class _Work:
    """The polygons while they are mended, and the rows of what was done.

    A class, since every step reads and writes the same polygons and adds rows; nobody sees it but
    `repair_zones`.
    """

    def __init__(self, ground: Ground, zones: gpd.GeoDataFrame, tolerance_m: float) -> None:
        self.ground, self.tolerance_m = ground, tolerance_m
        self.ids = zones["zone_id"].astype(str).to_numpy(dtype=object)
        self.shapes = np.array(zones.geometry.to_numpy(), dtype=object)
        self.groups = groups_of(ground.plan, self.ids)
        self.meet = may_meet(self.groups, len(self.ids))
        self.anchors = anchors_of(ground, self.ids, self.shapes)
        self.changes: list[Change] = []
        self.notes: list[Text] = []
        self.disputed: list[Disputed] = []

    def note_broken(self, zone: str, before: shapely.Geometry) -> None:
        at = int(np.flatnonzero(self.ids == zone)[0])
        after = self.shapes[at]
        reason = say("the ring crossed itself: {why}", why=shapely.is_valid_reason(before))
        if shapely.is_valid(before):
            reason = say("the ring was not closed")
        # a ring that crosses itself goes around some of its ground the other way: it has no area of its own
        area = float(shapely.area(made_valid(before)))
        self._add("ring", at, (), area, after, shapely.MultiPolygon(), reason)

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

    def settle_overlaps(self, below_m2: float) -> None:
        first, second, _ = coverage.overlaps(self.shapes)
        for i, j in zip(first.tolist(), second.tolist(), strict=True):
            if not self.meet[i, j]:
                continue
            # an earlier step may have taken part of it
            piece = coverage.polygonal(shapely.intersection(self.shapes[i], self.shapes[j]))
            if shapely.area(piece) < coverage.NOISE_AREA_M2:
                continue
            thin = coverage.width_m(np.array([piece], dtype=object))[0] < 2 * self.tolerance_m
            if not thin and shapely.area(piece) >= below_m2:
                large = say(
                    "an overlap of {limit} m² or more is no slip of the hand: say whose it is, or allow "
                    "larger ones",
                    limit=f"{below_m2:,.0f}",
                )
                self.disputed.append((i, j, piece))
                self._refuse(i, (self.ids[j],), piece, large)
                continue
            keeper, reason = self._owner(piece, [i, j])
            loser = i if keeper == j else j
            before = self.shapes[loser]
            after = coverage.polygonal(shapely.difference(before, piece))
            if keeper is not None and vanished(after):
                keeper, reason = None, say("zone {zone} would vanish", zone=self.ids[loser])
            if keeper is None:
                self.disputed.append((i, j, piece))
                self._refuse(i, (self.ids[j],), piece, reason)
                continue
            self.shapes[loser] = after
            area = float(shapely.area(before))
            self._add("overlap", loser, (self.ids[keeper],), area, self.shapes[loser], piece, reason)

    def close_gaps(self, below_m2: float) -> None:
        for group in self.groups:
            shapes = self.shapes[group.at]
            places = coverage.gaps(
                shapes, coverage.union_of(shapes), inside=None, water=np.empty(0, dtype=object)
            )
            # 4 × area / perimeter is twice the width of a strip
            thin = coverage.width_m(places) < 2 * self.tolerance_m
            places = places[thin | (shapely.area(places) < below_m2)]
            for place, near in zip(places, coverage.touching(places, shapes), strict=True):
                if len(near):
                    self._close_gap(place, group.at[near].tolist())

    def _close_gap(self, place: shapely.Geometry, near: list[int]) -> None:
        taken = coverage.is_noise(shapely.intersection(self.shapes, place))
        free = [one for one in near if taken[self.meet[one]].all()]
        keeper, reason = self._owner(place, near, free)
        if keeper is None:
            self._refuse(near[0], tuple(self.ids[near[1:]]), place, reason)
            return
        before = self.shapes[keeper]
        self.shapes[keeper] = coverage.polygonal(shapely.union(before, place))
        others = tuple(sorted(self.ids[one] for one in near if one != keeper))
        self._add("gap", keeper, others, float(shapely.area(before)), self.shapes[keeper], place, reason)

    def snap(self) -> None:
        """Make borders within the tolerance one, in each group of zones that can serve one child."""
        start, rows, notes = self.shapes.copy(), len(self.changes), len(self.notes)
        for _ in range(_ROUNDS):
            # a zone for all children moves for one group, so the others have to follow
            moved = [self._snap_group(group) for group in self.groups]
            if not any(moved) or len(self.groups) == 1:
                return
        if all(fits(group, self.shapes) for group in self.groups):
            return
        # it goes to and fro: begin again, and let no group break what fits in another
        self.shapes = start
        del self.changes[rows:], self.notes[notes:]
        for group in self.groups:
            self._snap_group(group, others_must_fit=True)

    def _snap_group(self, group: Group, *, others_must_fit: bool = False) -> bool:
        """Snap the borders of a group; the tolerance is halved while something forbids it."""
        tolerance = self.tolerance_m
        refused: dict[tuple[int, str], tuple[Text, list[float]]] = {}
        for _ in range(_HALVINGS):
            after = cleaned(self.shapes, group, self.disputed, tolerance)
            lost = self._gone(group, after, tolerance)
            if lost is None and others_must_fit:
                lost = self._breaks(group, after)
            if lost is None:
                break
            at, reason = lost
            refused.setdefault((at, str(reason)), (reason, []))[1].append(tolerance)
            tolerance /= 2
        for (at, _), (reason, tried) in refused.items():
            limits = ", ".join(f"{one:g}" for one in tried)
            words = say(
                "{why} if borders within {limits} m of each other became one", why=reason, limits=limits
            )
            self._refuse(at, (), shapely.MultiPolygon(), words)
        if lost is not None:
            self._note_unsnapped(group, tolerance * 2)
            return False
        return self._note_snapped(group, after, tolerance)

    def _gone(self, group: Group, after: Shapes, tolerance: float) -> tuple[int, Text] | None:
        """Return the first zone that may not become what it would, and why."""
        before = self.shapes[group.at]
        empty = np.flatnonzero(shapely.is_empty(after))
        if len(empty):
            return int(group.at[empty[0]]), say("the zone would vanish")
        shapes = self.shapes.copy()
        shapes[group.at] = after
        for zones, settled, point, name in zip(
            self.anchors.zones, self.anchors.settled, self.anchors.points, self.anchors.names, strict=True
        ):
            if settled and not shapely.intersects(shapes[sorted(zones)], point).any():
                return min(zones), say("{what} would leave its zone", what=name)
        large = np.flatnonzero(changes_much(before, after, tolerance))
        if len(large):
            return int(group.at[large[0]]), say(
                "more ground would change than lies along the zone's border"
            )
        return None

    def _breaks(self, group: Group, after: Shapes) -> tuple[int, Text] | None:
        """Return the first zone of a group that would no longer fit into another group that fits now."""
        shapes = self.shapes.copy()
        shapes[group.at] = after
        for other in self.groups:
            if other is not group and fits(other, self.shapes) and not fits(other, shapes):
                words = category_words(other.categories or frozenset())
                reason = say("the zones for {categories} would not fit together any more", categories=words)
                return int(np.intersect1d(group.at, other.at)[0]), reason
        return None

    def _note_snapped(self, group: Group, after: Shapes, tolerance: float) -> bool:
        before = self.shapes[group.at]
        self.shapes[group.at] = after
        moved = shapely.symmetric_difference(before, after)
        reason = say("borders within {limit} m of each other are one now", limit=f"{tolerance:g}")
        for one in np.flatnonzero(shapely.area(moved) >= coverage.NOISE_AREA_M2):
            at, place = int(group.at[one]), coverage.polygonal(moved[one])
            self._add("snap", at, (), float(shapely.area(before[one])), after[one], place, reason)
        alike = shapely.equals_identical(shapely.normalize(before), shapely.normalize(after))
        return not bool(alike.all())

    def _note_unsnapped(self, group: Group, least_m: float) -> None:
        most, least = f"{self.tolerance_m:g}", f"{least_m:g}"
        note = say(
            "no border was snapped: refused at every tolerance from {most} m down to {least} m",
            most=most,
            least=least,
        )
        if group.categories is not None:
            note = say(
                "no border was snapped between the zones for {categories}: refused at every tolerance from "
                "{most} m down to {least} m",
                categories=category_words(group.categories),
                most=most,
                least=least,
            )
        if note not in self.notes:
            self.notes.append(note)

    def _owner(
        self, piece: shapely.Geometry, near: list[int], free: list[int] | None = None
    ) -> tuple[int | None, Text]:
        """Return which of the polygons gets a piece, and why; None if two claim it, or it is not free."""
        held: dict[int, Text] = {}
        for at in np.flatnonzero(shapely.intersects(self.anchors.points, piece)):
            mine = self.anchors.zones[at] & set(near)
            # whoever serves both may lie in either
            if len(mine) == 1:
                held.setdefault(next(iter(mine)), self.anchors.names[at])
        if len(held) > 1:
            a, b = sorted(held)[:2]
            return None, say(
                "{a} and {b} lie on it and belong to different zones: decide by hand",
                a=held[a],
                b=held[b],
            )
        allowed = near if free is None else free
        if not set(held or allowed) & set(allowed):
            return None, say("the ground lies in another zone of the same children already: decide by hand")
        if held:
            keeper, name = next(iter(held.items()))
            return keeper, say("{what} lies on it", what=name)
        return self._longest(piece, allowed), say("the longest shared border")

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

    def _refuse(self, at: int, others: tuple[str, ...], place: shapely.Geometry, why: Text | None) -> None:
        area = float(shapely.area(self.shapes[at]))
        assert why is not None
        row = self._change("refused", at, others, area, self.shapes[at], place, why)
        # two groups with a zone in common refuse the same
        if row not in self.changes:
            self.changes.append(row)

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
        self.changes.append(self._change(kind, at, others, before_m2, after, place, reason))

    def _change(
        self,
        kind: str,
        at: int,
        others: tuple[str, ...],
        before_m2: float,
        after: shapely.Geometry,
        place: shapely.Geometry,
        reason: Text,
    ) -> Change:
        served = served_by(self.groups, at)
        return Change(
            kind=kind,
            zone=str(self.ids[at]),
            others=tuple(str(one) for one in others),
            before_m2=before_m2,
            after_m2=float(shapely.area(after)),
            moved_m2=float(shapely.area(place)),
            children=children_on(self.ground, np.array([place], dtype=object), served)[0],
            reason=reason,
            place=place,
        )
