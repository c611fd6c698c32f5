"""Printed maps of overflow: arrows from zones to the schools that take their children, and of districts."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.messages import Speaker, say
from zoning.maps.ornaments import Key, Sheet, dot_key
from zoning.maps.printed import (
    SMALL_COUNT,
    Ground,
    Printed,
    areas,
    boxes_around,
    compose,
    described_by,
    ground_of,
)
from zoning.maps.printed_arrows import BEND, FLOW, NARROWEST, WIDEST, Arrow, arrows_of, draw_arrows
from zoning.maps.printed_frame import Places, middles_of
from zoning.maps.printed_labels import Ask, Label, Room, draw_labels, place_labels, spots_inside
from zoning.maps.printed_svg import INK, PAPER, PLAIN, SMALL, SOFT, group, tag

MOST_ARROWS = 60
MOST_DISTRICT_ARROWS = 16
_BEND_DISTRICT = 0.26
_CLEAR, _CLEAR_NAME = 2.6, 15.0


def print_overflow(
    zones: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    flows: pd.DataFrame,
    sheet: Sheet,
    speak: Speaker,
    *,
    most: int = MOST_ARROWS,
) -> Printed:
    """Print arrows from zones to the schools outside them that take their children.

    Parameters
    ----------
    zones, schools : GeoDataFrame
        As `print_zones`.
    flows : DataFrame
        zone_id, school_id, children (who live in the zone and go to the school).
    sheet : Sheet
        On a public one flows of fewer than five children are not drawn.
    speak : Speaker
    most : int
        How many arrows at most, the largest first; the map says how many it leaves out.

    Raises
    ------
    XuequError
        If a CRS is not in metres.
    ValueError
        If no zone has a polygon.
    """
    ground = ground_of(zones, sheet, points=schools.geometry.to_numpy())
    known = schools[schools.geometry.notna()]
    ends = ground.frame.place(shapely.get_coordinates(known.geometry.to_numpy()))
    starts = middles_of(ground.drawn)
    rows = flows.rename(columns={"zone_id": "start", "school_id": "end"})
    return _print(
        ground,
        dict(zip(ground.ids, starts, strict=True)),
        dict(zip(known["school_id"].astype(str), ends, strict=True)),
        rows,
        sheet,
        speak,
        most=most,
        ends_are_schools=True,
    )


def print_district_flows(
    districts: gpd.GeoDataFrame,
    flows: pd.DataFrame,
    sheet: Sheet,
    speak: Speaker,
    *,
    most: int = MOST_DISTRICT_ARROWS,
) -> Printed:
    """Print arrows from the district of the home to the district of the school.

    Parameters
    ----------
    districts : GeoDataFrame
        district_id, name, polygons in the metric CRS.
    flows : DataFrame
        start, end (ids of districts), children; rows within one district are left out.
    sheet : Sheet
        On a public one flows of fewer than five children are not drawn.
    speak : Speaker
    most : int
        How many arrows at most.

    Raises
    ------
    XuequError
        If the CRS is not in metres.
    ValueError
        If no district has a polygon.
    """
    ground = ground_of(districts.rename(columns={"district_id": "zone_id"}), sheet)
    middles = dict(zip(ground.ids, middles_of(ground.drawn), strict=True))
    return _print(ground, middles, middles, flows, sheet, speak, most=most, ends_are_schools=False)


def _print(
    ground: Ground,
    starts: dict[str, Places],
    ends: dict[str, Places],
    flows: pd.DataFrame,
    sheet: Sheet,
    speak: Speaker,
    *,
    most: int,
    ends_are_schools: bool,
) -> Printed:
    rows, out, lost = _chosen(flows, starts, ends, sheet, most)
    arrows = arrows_of(rows, starts, ends, BEND if ends_are_schools else _BEND_DISTRICT)
    dots = np.array([ends[one] for one in sorted(set(rows["end"]))]).reshape(-1, 2)
    room = Room(bounds=ground.bounds)
    clear = _CLEAR if ends_are_schools else _CLEAR_NAME
    if ends_are_schools:
        room.take(boxes_around(dots, _CLEAR))
        numbers = _numbers(arrows, room)
        names = _names(ground, rows, room)
    else:
        names = _middle_names(ground, starts, room)
        numbers = _numbers(arrows, room)
    keys = _keys(arrows, ends_are_schools, speak)
    total = f"{sum(one.children for one in arrows):,}"
    lost += len(rows) - len(arrows)
    notes = _notes(out, lost, len(arrows) - len(numbers), sheet, speak)
    tints = ["#eef1f3"] * len(ground.ids) if ends_are_schools else ["#e6edf1"] * len(ground.ids)
    return compose(
        sheet,
        ground.frame,
        [
            areas(ground, tints, stroke="#a9b4bd", stroke_width=0.5 if ends_are_schools else 1.0),
            draw_arrows(arrows, clear, named=not ends_are_schools),
            group(
                *(tag("circle", cx=x, cy=y, r=2.1) for x, y in dots.tolist()) if ends_are_schools else (),
                fill=INK,
                stroke=PAPER,
                stroke_width=0.6,
            ),
            draw_labels(names, fill=SOFT),
            draw_labels(list(numbers.values()), fill="#0d2c4a"),
        ],
        speak,
        described=described_by(speak, sheet.title, {speak(say("children on the arrows")): total}),
        keys=keys,
        notes=notes,
    )


def _chosen(
    flows: pd.DataFrame, starts: dict[str, Places], ends: dict[str, Places], sheet: Sheet, most: int
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return the flows to draw, largest first, those over the number, and how many have no place."""
    rows = flows.assign(start=flows["start"].astype(str), end=flows["end"].astype(str))
    rows = rows.groupby(["start", "end"], as_index=False)["children"].sum()
    rows = rows[rows["start"] != rows["end"]]
    rows = rows[rows["children"] >= (SMALL_COUNT if sheet.public else 1)]
    rows = rows.sort_values(["children", "start", "end"], ascending=[False, True, True])
    there = rows["start"].isin(list(starts)) & rows["end"].isin(list(ends))
    placed = rows[there]
    return placed.head(most), placed.iloc[most:], int((~there).sum())


def _numbers(arrows: list[Arrow], room: Room) -> dict[str, Label]:
    share = np.array([0.5, 0.42, 0.58, 0.34, 0.66, 0.27])
    asks = []
    for n, arrow in enumerate(arrows):
        along = arrow.at(share)
        side = np.array(arrow.bend) - (np.array(arrow.start) + np.array(arrow.end)) / 2
        side = side / max(float(np.hypot(*side)), 1e-9) * (arrow.width / 2 + 5)
        spots = np.vstack([along, along + side, along - side])
        said = f"{arrow.children:,}"
        asks.append(Ask(key=str(n), full=said, short="", size=SMALL, spots=spots, reach=False))
    return place_labels(asks, room)


def _middle_names(ground: Ground, middles: dict[str, Places], room: Room) -> list[Label]:
    """Return the names of districts at the places where the arrows begin and end."""
    asks = [
        Ask(key=str(one), full=str(name), short="", size=PLAIN + 1, spots=np.array([middles[one]]))
        for one, name in zip(ground.ids, ground.names, strict=True)
    ]
    return list(place_labels(asks, room).values())


def _names(ground: Ground, rows: pd.DataFrame, room: Room) -> list[Label]:
    """Return the names of the zones from which arrows come, where they have room."""
    chosen = np.flatnonzero(np.isin(ground.ids.astype(str), rows["start"].to_numpy(dtype=str)))
    if len(chosen) == 0:
        return []
    shapely.prepare(ground.drawn)
    asks = [
        Ask(
            key=str(ground.ids[at]),
            full=str(ground.names[at]),
            short="",
            size=SMALL,
            spots=own,
            inside=ground.drawn[at],
            reach=False,
        )
        for at, own in zip(chosen, spots_inside(ground.drawn[chosen]), strict=True)
    ]
    return list(place_labels(asks, room).values())


def _keys(arrows: list[Arrow], schools: bool, speak: Speaker) -> list[Key]:
    if not arrows:
        return []
    most = max(one.children for one in arrows)
    keys = []
    for children in sorted({most, max(1, round(most / 3))}, reverse=True):
        width = max(NARROWEST, WIDEST * children / most)
        line = tag("path", d="M0 4.5H16", stroke=FLOW, stroke_width=width)
        keys.append(Key(symbol=line, words=speak(say("{n} children", n=f"{children:,}"))))
    if schools:
        keys.append(dot_key(speak(say("school that takes them")), 2.1, fill=INK))
    return keys


def _notes(out: pd.DataFrame, lost: int, unnumbered: int, sheet: Sheet, speak: Speaker) -> list[str]:
    notes = []
    if sheet.public:
        notes.append(speak(say("Flows of fewer than five children are not drawn.")))
    if len(out):
        n, m = f"{len(out):,}", f"{int(out['children'].sum()):,}"
        notes.append(speak(say("{n} smaller flows with {m} children are not drawn.", n=n, m=m)))
    if lost:
        words = say(
            "{n} flows have no place on this map, or are too short for an arrow: see the table.", n=lost
        )
        notes.append(speak(words))
    if unnumbered:
        notes.append(speak(say("{n} arrows have no room for their number: see the table.", n=unnumbered)))
    return notes
