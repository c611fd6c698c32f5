"""Where schools and units lie against the zones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from geodata.messages import Text, say
from zoning.plan import ANY
from zoning.polygons.coverage import Ids
from zoning.polygons.ground import Ground, points_in, unit_children
from zoning.polygons.meeting import Group, category_words, groups_of
from zoning.polygons.record import Finding, count, joined, labels, listed, percent

CUT_SHARE = 0.01
"""A unit is cut if this share of its area or more lies on the smaller side: less is how lines go."""
CUT_AREA_M2 = 50.0
"""And at least this many square metres, the ground of a small house."""
OUTSIDE = ""
"""Stands for the side of a unit that lies in no zone."""


def school_findings(ground: Ground) -> list[Finding]:
    """Find schools outside their own zone, and schools in a zone that they do not serve."""
    schools = ground.city["schools"]
    schools = schools[schools.geometry.notna()].reset_index(drop=True)
    if len(schools) == 0 or len(ground.zones) == 0:
        return []
    shapes, ids = ground.zones.geometry.to_numpy(), ground.zones["zone_id"].to_numpy(dtype=object)
    served = ground.city["serves"].groupby("school_id")["zone_id"].agg(set).to_dict()
    own = [np.isin(ids, sorted(served.get(one, set()))) for one in schools["school_id"]]
    points = schools.geometry.to_numpy()
    which, where = shapely.STRtree(shapes).query(points, predicate="intersects")
    zone, school = labels(ground.zones, "zone_id"), labels(schools, "school_id")
    found = []
    for at, one in enumerate(schools["school_id"]):
        inside = sorted(str(ids[i]) for i in where[which == at])
        if own[at].any() and not set(inside) & served[one]:
            away = float(shapely.distance(points[at], shapes[own[at]]).min())
            words = _outside_words(school[one], away, [zone[i] for i in inside])
            found.append(_school("school-outside", one, inside, words, points[at]))
        elif inside and not set(inside) & served.get(one, set()):
            words = say(
                "school {school} lies in zone {zone} and does not serve it",
                school=school[one],
                zone=listed([zone[i] for i in inside]),
            )
            found.append(_school("school-inside-other", one, inside, words, points[at]))
    return found


def unit_findings(ground: Ground) -> list[Finding]:
    """Find units outside every zone, in another zone than the plan says, and cut by a border."""
    if len(ground.units) == 0 or len(ground.zones) == 0:
        return []
    ids = ground.zones["zone_id"].to_numpy(dtype=object)
    drawn = np.flatnonzero(ground.drawn)
    groups = groups_of(ground.plan, ids[drawn])
    every = Group(categories=None, at=np.arange(len(drawn), dtype=np.intp))
    sides = _sides(ground, drawn, every)
    found = [*_outside(ground, sides), *_elsewhere(ground, sides)]
    # a border between zones that never serve one child cuts nobody off
    for group in groups:
        own = sides if len(groups) == 1 else _sides(ground, drawn[group.at], group)
        found += _cut(ground, own, group)
    return _once(found)


def _once(findings: list[Finding]) -> list[Finding]:
    """Return findings without those that are the same for two groups but for whom they are said of."""
    kept: dict[tuple[str, ...], Finding] = {}
    for one in findings:
        kept.setdefault((one.kind, *one.ids, str(one.message)), one)
    return list(kept.values())


def _school(kind: str, school: str, zones: list[str], words: Text, point: shapely.Geometry) -> Finding:
    return Finding(kind=kind, layer="schools", ids=(str(school), *zones), message=words, geometry=point)


def _outside_words(school: str, away_m: float, inside: list[str]) -> Text:
    if inside:
        return say(
            "school {school} lies {away} m outside the zones that it serves, in {zone}",
            school=school,
            away=count(away_m),
            zone=listed(inside),
        )
    return say(
        "school {school} lies {away} m outside the zones that it serves, in no zone",
        school=school,
        away=count(away_m),
    )


def _sides(ground: Ground, drawn: Ids, group: Group) -> pd.DataFrame:
    """Return each piece of a unit: unit (row), zone ("" = in none), share of the unit, shape.

    `drawn` are the zones of the group whose polygon the project gives.
    Only these count: one made of its units cuts none of them. A unit whose
    zone has no polygon of its own is left out: it cannot lie outside.
    """
    units = ground.units.geometry.to_numpy()
    shapes = ground.zones.geometry.to_numpy()[drawn]
    ids = ground.zones["zone_id"].to_numpy(dtype=object)[drawn]
    which, where = shapely.STRtree(shapes).query(units, predicate="intersects")
    area = shapely.area(units)
    flat = area > 0
    pieces = units[which].copy()
    cut = flat[which] & ~shapely.covered_by(units[which], shapes[where])
    pieces[cut] = shapely.intersection(units[which[cut]], shapes[where[cut]])
    share = np.where(flat[which], shapely.area(pieces) / np.where(flat, area, 1)[which], 1.0)
    rows = pd.DataFrame({"unit": which, "zone": ids[where], "share": share, "shape": pieces})
    left = 1.0 - np.bincount(which, weights=share, minlength=len(units))
    none = np.flatnonzero((left >= CUT_SHARE) & ~_in_undrawn_zone(ground, group))
    rest = [_rest(units[one], shapes[where[which == one]]) for one in none]
    outside = pd.DataFrame({"unit": none, "zone": OUTSIDE, "share": left[none], "shape": rest})
    return pd.concat([rows, outside], ignore_index=True) if len(outside) else rows


def _rest(unit: shapely.Geometry, zones: np.ndarray) -> shapely.Geometry:
    return unit if len(zones) == 0 else shapely.difference(unit, shapely.union_all(zones))


def _in_undrawn_zone(ground: Ground, group: Group) -> np.ndarray:
    drawn = set(ground.zones["zone_id"][ground.drawn])
    other = ground.plan[~ground.plan["zone_id"].isin(drawn)]
    if group.categories is not None:
        other = other[other["category"].isin({ANY, *group.categories})]
    inside = ground.units["unit_id"].isin(other["unit_id"]).to_numpy()
    return np.asarray(inside | (len(drawn) == 0), dtype=bool)


def _outside(ground: Ground, sides: pd.DataFrame) -> list[Finding]:
    rows = sides[(sides["zone"] == OUTSIDE) & (sides["share"] > 1 - CUT_SHARE)]
    planned = set(ground.plan["unit_id"])
    # where no zone has a polygon of its own, a unit that the plan leaves out is the one outside
    unplanned = pd.DataFrame()
    if not ground.drawn.any():
        at = np.flatnonzero(~ground.units["unit_id"].isin(planned).to_numpy())
        unplanned = pd.DataFrame({"unit": at, "shape": ground.units.geometry.to_numpy()[at]})
    name, living = labels(ground.units, "unit_id"), unit_children(ground)
    found = []
    for row in pd.concat([rows, unplanned]).to_dict("records"):
        unit = ground.units["unit_id"].iloc[row["unit"]]
        children = _known(living[row["unit"]])
        words = say("unit {unit} lies outside every zone", unit=name[unit])
        if children is not None:
            words = say(
                "unit {unit} lies outside every zone ({n} children)", unit=name[unit], n=count(children)
            )
        found.append(
            Finding(
                kind="unit-outside",
                layer="units",
                ids=(str(unit),),
                area_m2=float(shapely.area(row["shape"])) or None,
                share=1.0,
                children=children,
                geometry=row["shape"],
                message=words,
            )
        )
    return found


def _elsewhere(ground: Ground, sides: pd.DataFrame) -> list[Finding]:
    """Find units of which the greater part lies in another zone than the plan says for all children."""
    said = ground.plan[ground.plan["category"] == ANY].set_index("unit_id")["zone_id"]
    drawn = set(ground.zones["zone_id"][ground.drawn])
    most = sides.sort_values(["unit", "share", "zone"], ascending=[True, False, True])
    most = most.drop_duplicates("unit")
    unit = ground.units["unit_id"].to_numpy(dtype=object)[most["unit"]]
    planned = pd.Series(unit, index=most.index).map(said)
    wrong = most[planned.isin(drawn) & (planned != most["zone"]) & (most["zone"] != OUTSIDE)]
    # on a border a point lies in both zones
    in_own = sides.merge(planned.rename("own"), left_on="unit", right_index=True, how="left")
    fine = in_own[(in_own["zone"] == in_own["own"]) & (in_own["share"] > 0.5)]["unit"]
    wrong = wrong[~wrong["unit"].isin(fine)]
    name, zone = labels(ground.units, "unit_id"), labels(ground.zones, "zone_id")
    found, living = [], unit_children(ground)
    for index, row in wrong.iterrows():
        one = ground.units["unit_id"].iloc[row["unit"]]
        words = say(
            "unit {unit} belongs to zone {said} by the plan; {share} of it lies in {lies}",
            unit=name[one],
            said=zone[planned[index]],
            share=percent(row["share"]),
            lies=zone[row["zone"]],
        )
        found.append(
            Finding(
                kind="unit-elsewhere",
                layer="units",
                ids=(str(one), str(planned[index]), str(row["zone"])),
                share=float(row["share"]),
                children=_known(living[row["unit"]]),
                geometry=ground.units.geometry.iloc[row["unit"]],
                message=words,
            )
        )
    return found


def _cut(ground: Ground, sides: pd.DataFrame, group: Group) -> list[Finding]:
    area = shapely.area(sides["shape"].to_numpy())
    rows = sides[(sides["share"] >= CUT_SHARE) & (area >= CUT_AREA_M2)]
    rows = rows[rows.duplicated("unit", keep=False)]
    rows = rows.sort_values(["unit", "share", "zone"], ascending=[True, False, True])
    rows = rows.assign(children=_children_of_sides(ground, rows, group))
    name, zone = labels(ground.units, "unit_id"), labels(ground.zones, "zone_id")
    found = []
    for at, own in rows.groupby("unit"):
        unit = ground.units["unit_id"].iloc[at]
        parts = [_side_words(zone, row) for row in own.to_dict("records")]
        smaller = own.iloc[1:]
        words = say("unit {unit} is cut: {sides}", unit=name[unit], sides=joined(parts))
        if group.categories is not None:
            words = say(
                "unit {unit} is cut for {categories}: {sides}",
                unit=name[unit],
                categories=category_words(group.categories),
                sides=joined(parts),
            )
        found.append(
            Finding(
                kind="unit-cut",
                layer="units",
                ids=(str(unit), *(str(one) for one in own["zone"] if one != OUTSIDE)),
                area_m2=float(shapely.area(smaller["shape"].to_numpy()).sum()),
                share=float(smaller["share"].sum()),
                children=_known(smaller["children"].sum(skipna=False)),
                geometry=ground.units.geometry.iloc[at],
                message=words,
            )
        )
    return found


def _side_words(zone: object, row: dict[str, object]) -> Text:
    assert isinstance(zone, dict)
    share = percent(float(str(row["share"])))
    where: object = say("no zone") if row["zone"] == OUTSIDE else zone[row["zone"]]
    children = _known(float(str(row["children"])))
    if children is None:
        return say("{share} of its area in {zone}", share=share, zone=where)
    return say("{share} of its area in {zone} ({n} children)", share=share, zone=where, n=count(children))


def _children_of_sides(ground: Ground, rows: pd.DataFrame, group: Group) -> np.ndarray:
    """Return the children of each side, whole; the sides of a unit add up to it unless zones overlap.

    Children with a point count where it lies; the others of the unit by the share of its area.
    """
    at_points = points_in(ground, rows["shape"].to_numpy(), group.categories)
    total = unit_children(ground, group.categories, column="spread")[rows["unit"]]
    shares = rows.groupby("unit")["share"].transform("sum")
    # where zones overlap, the children of the ground in both count on both sides
    twice = (shares > 1 + CUT_SHARE).to_numpy()
    exact = rows["share"].to_numpy() / np.where(twice, 1, shares) * total
    whole = np.floor(exact)
    # largest remainder: whole children, and none lost; the larger side first where they tie
    frame = pd.DataFrame({"unit": rows["unit"].to_numpy(), "rest": exact - whole, "whole": whole})
    missing = total - frame.groupby("unit")["whole"].transform("sum")
    rank = frame.groupby("unit")["rest"].rank(method="first", ascending=False)
    found = np.where(twice, np.round(exact), frame["whole"] + (rank <= missing))
    return np.where(np.isnan(exact), np.nan, found + at_points)


def _known(children: float) -> int | None:
    return None if np.isnan(children) else round(float(children))
