"""Schools and planned units: the points with a claim to lie in a zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geodata.messages import Text, say
from zoning.plan import ANY
from zoning.polygons.coverage import Shapes
from zoning.polygons.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Schools and planned units; a unit has a claim for each row of the plan.

    Parameters
    ----------
    points : array of Point, shape (n,)
    zones : list of frozenset of int
        Which zones are theirs.
    names : list of Text
    settled : list of bool
        Whether they lie in one of these now: then they must do so afterwards.
    """

    points: Shapes
    zones: list[frozenset[int]]
    names: list[Text]
    settled: list[bool]


def anchors_of(ground: Ground, ids: np.ndarray, shapes: Shapes) -> Anchors:
    """Return the schools and units that have a claim to lie in one of some zones.

    Parameters
    ----------
    ground : Ground
    ids, shapes : array, shape (zones,)
        The zones, and their polygons as they are now.
    """
    claims = [*_schools(ground, ids), *_units(ground, ids)]
    points = np.array([point for point, _, _ in claims], dtype=object)
    zones = [own for _, own, _ in claims]
    pairs = zip(points, zones, strict=True)
    settled = [bool(own) and bool(shapely.intersects(shapes[sorted(own)], one).any()) for one, own in pairs]
    return Anchors(points=points, zones=zones, names=[name for _, _, name in claims], settled=settled)


Claim = tuple[shapely.Geometry, frozenset[int], Text]


def _schools(ground: Ground, ids: np.ndarray) -> list[Claim]:
    position = {str(one): at for at, one in enumerate(ids)}
    places = ground.city["schools"].set_index("school_id").geometry
    served = ground.city["serves"].groupby("school_id")["zone_id"].agg(set)
    found = []
    for school, own in served.items():
        point = places.get(school)
        mine = frozenset(position[one] for one in own if one in position)
        if point is not None and not pd.isna(point):
            found.append((point, mine, say("school {school}", school=school)))
    return found


def _units(ground: Ground, ids: np.ndarray) -> list[Claim]:
    position = {str(one): at for at, one in enumerate(ids)}
    inner = dict(
        zip(
            ground.units["unit_id"], shapely.point_on_surface(ground.units.geometry.to_numpy()), strict=True
        )
    )
    held = ground.plan[ground.plan["zone_id"].isin(position) & ground.plan["unit_id"].isin(inner)]
    return [
        (inner[unit], frozenset([position[zone]]), _unit_words(unit, category))
        for unit, category, zone in held[["unit_id", "category", "zone_id"]].itertuples(index=False)
    ]


def _unit_words(unit: str, category: str) -> Text:
    if category == ANY:
        return say("unit {unit}", unit=unit)
    return say("unit {unit} for {category}", unit=unit, category=category)
