"""Printed maps: what each shows, what stands around it, and what the public does not see."""

import itertools
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geodata.errors import XuequError
from geodata.messages import speaker
from tests.zoning.maps.drawn import (
    CRS,
    EAST,
    NORTH,
    all_of,
    city_of,
    overlaps,
    parse,
    sheet,
    strip,
    words_of,
    written,
)
from zoning.maps.printed import Printed, ground_of
from zoning.maps.printed_flows import print_district_flows, print_overflow
from zoning.maps.printed_frame import coarser, frame_of, middles_of
from zoning.maps.printed_leaflet import print_leaflet
from zoning.maps.printed_rings import print_rings
from zoning.maps.printed_schools import print_utilisation
from zoning.maps.printed_warning import print_warning
from zoning.maps.printed_zones import TINTS, neighbour_tints, print_zones

SAY = speaker("en")
ALLOWED = {"svg", "title", "desc", "defs", "pattern", "clipPath", "g", "path", "rect", "circle", "text"}


def _pressed(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ratio = np.linspace(0.5, 1.3, len(zones))
    names = np.select([ratio >= 1, ratio >= 0.95, ratio >= 0.9], ["red", "orange", "yellow"], "green")
    return zones.assign(ratio=ratio, colour=names, children=100)


def _used(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return schools.assign(seats=np.linspace(45, 400, len(schools)).round(), placed=200)


def _flows(zones: gpd.GeoDataFrame, schools: gpd.GeoDataFrame, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "zone_id": rng.choice(zones["zone_id"].to_numpy(), 80),
            "school_id": rng.choice(schools["school_id"].to_numpy(), 80),
            "children": rng.integers(1, 90, 80),
        }
    )


def _all_maps(n: int, **changes: object) -> dict[str, Printed]:
    zones, schools = city_of(n)
    on = sheet(**changes)
    return {
        "zones": print_zones(zones, schools, on, SAY),
        "leaflet": print_leaflet(zones, schools, "Z003", on, SAY, own=frozenset({"S003"})),
        "warning": print_warning(_pressed(zones), on, SAY),
        "schools": print_utilisation(zones, _used(schools), on, SAY),
        "rings": print_rings(zones, schools, on, SAY),
        "overflow": print_overflow(zones, schools, _flows(zones, schools), on, SAY),
    }


@pytest.mark.parametrize("public", [False, True])
def test_every_map_is_well_formed_and_refers_to_nothing_outside(public: bool) -> None:
    for name, printed in _all_maps(30, public=public, synthetic=True).items():
        root = parse(printed.svg)
        ids = [one.get("id") for one in root.iter() if one.get("id")]
        assert len(ids) == len(set(ids)), name
        for element in root.iter():
            assert element.tag.rpartition("}")[2] in ALLOWED
            for key, value in element.attrib.items():
                assert "href" not in key
                assert "://" not in value
                for target in re.findall(r"url\(#([^)]*)\)", value):
                    assert target in ids, name


def test_every_map_has_its_title_scale_north_date_sources_and_legend() -> None:
    for printed in _all_maps(30, title="<b>&漖", datum="Drawn in X.").values():
        words = words_of(printed.svg)
        for part in ("<b>&漖", "km", "N", "Date: 2024-05-01", "Sources: somebody", "Drawn in X."):
            assert part in words.split("\n") or part in words
        assert parse(printed.svg)[0].text == "<b>&漖"
        assert printed.described.startswith("<b>&漖: ")


def test_a_public_map_is_a_sketch_with_room_for_its_number_and_an_internal_one_is_not() -> None:
    for public in (True, False):
        for printed in _all_maps(12, public=public).values():
            words = words_of(printed.svg)
            assert ("sketch map" in words) == public
            assert ("Map approval number: ____" in words) == public


def test_a_made_up_city_is_marked_on_the_map_and_beside_its_title() -> None:
    for synthetic in (True, False):
        for printed in _all_maps(12, synthetic=synthetic).values():
            assert (words_of(printed.svg).count("虚构数据 SYNTHETIC") >= 3) == synthetic


@pytest.mark.parametrize("lines", [1, 4, 20])
def test_the_scale_bar_is_as_long_as_it_says_and_round(lines: int) -> None:
    zones, schools = strip(4, side_m=730.0 * lines)
    printed = print_zones(zones, schools, sheet(), SAY)
    bar = next(one for one in all_of(printed.svg, "path") if one.get("class") == "scale")
    drawn = float(re.match(r"M0 11H([\d.]+)V", bar.get("d", ""))[1])  # type: ignore[index]
    said = next(words for words in words_of(printed.svg).split("\n") if re.fullmatch(r"[\d.]+ k?m", words))
    metres = float(said.split()[0]) * (1000 if said.endswith("km") else 1)
    # the strip is 4 squares wide: their corners say how many points a metre has
    areas = [one.get("d", "") for one in all_of(printed.svg, "path") if one.get("fill") in TINTS]
    xs = [float(x) for d in areas for x in re.findall(r"[ML]([\d.]+) ", d)]
    points_a_metre = (max(xs) - min(xs)) / (4 * 730.0 * lines)
    assert abs(drawn / (metres * points_a_metre) - 1) < 0.01
    assert f"{metres:.0e}"[0] in "125"


def test_all_zones_are_on_the_map_by_name_or_number_or_said_to_be_left_out() -> None:
    zones, schools = city_of(80)
    printed = print_zones(zones, schools, sheet(), SAY)
    titles = {one.text for one in all_of(printed.svg, "title")}
    assert set(zones["name"]) <= titles
    words = words_of(printed.svg).split("\n")
    halved = {first + second for first, second in itertools.pairwise(words)}
    named = {one for one in zones["name"] if one in words or one in halved}
    out = set(printed.left_out)
    assert named | {zones["name"][zones["zone_id"] == one].iloc[0] for one in out} == set(zones["name"])


@pytest.mark.parametrize("n", [9, 60, 250])
def test_no_label_of_a_map_lies_on_another(n: int) -> None:
    for name, printed in _all_maps(n).items():
        labels = [one for one in written(printed.svg) if one.halo]
        # two lines of one name lie 1.3 em apart; the model of heights here is a whole em
        assert overlaps([one.box for one in labels], slack=0.3) == [], name
        assert labels or name in ("warning", "overflow"), name


def test_no_type_is_under_seven_points() -> None:
    for printed in _all_maps(60, synthetic=True, public=True).values():
        assert min(one.size for one in written(printed.svg)) >= 7


def test_the_order_of_rows_changes_nothing() -> None:
    zones, schools = city_of(40)
    other = zones.sample(frac=1, random_state=1), schools.sample(frac=1, random_state=2)
    flows = _flows(zones, schools)
    for draw in (
        lambda z, s: print_zones(z, s, sheet(), SAY),
        lambda z, s: print_warning(_pressed(zones).loc[z.index], sheet(), SAY),
        lambda z, s: print_utilisation(z, _used(schools).loc[s.index], sheet(), SAY),
        lambda z, s: print_rings(z, s, sheet(public=True), SAY),
        lambda z, s: print_overflow(z, s, flows.sample(frac=1, random_state=len(z)), sheet(), SAY),
    ):
        assert draw(*other) == draw(zones, schools)


def test_six_hundred_zones_and_three_hundred_schools_stay_under_a_megabyte_and_a_half() -> None:
    zones, schools = city_of(600)
    printed = print_zones(zones, schools.head(300), sheet(), SAY)
    assert len(printed.svg.encode()) < 1_500_000
    assert len([one for one in all_of(printed.svg, "path") if one.get("fill") in TINTS]) == 600
    rings = print_rings(zones, schools.head(300), sheet(), SAY)
    assert len(rings.svg.encode()) < 1_500_000


def test_neighbours_have_different_tints() -> None:
    for n in (2, 30, 400):
        zones, _ = city_of(n, seed=n)
        drawn = ground_of(zones, sheet()).drawn
        tint = neighbour_tints(drawn)
        a, b = shapely.STRtree(drawn).query(drawn, predicate="intersects")
        assert (tint[a] != tint[b])[a != b].all()
        assert tint.max() < len(TINTS)


def test_borders_are_coarser_for_the_public_and_schools_stay_in_their_zones() -> None:
    rng = np.random.default_rng(2)
    # a ragged border between two zones, a school beside it
    y = np.linspace(0, 4000, 800)
    border = np.column_stack([2000 + rng.normal(0, 6, 800), y])
    west = shapely.Polygon([*border.tolist(), (0, 4000), (0, 0)])
    east = shapely.Polygon([*border.tolist(), (4000, 4000), (4000, 0)])
    shapes = np.array([west, east])
    point = np.array([shapely.Point(1900, 2000)])
    inner = coarser(shapes, 0.1, public=False, points=point)
    outer = coarser(shapes, 0.1, public=True, points=point)
    fine, coarse = (shapely.get_num_coordinates(one).sum() for one in (inner, outer))
    assert coarse < fine < shapely.get_num_coordinates(shapes).sum()
    assert coarse < shapely.get_num_coordinates(shapes).sum() / 10
    for simple in (inner, outer):
        assert shapely.coverage_is_valid(simple)
        assert shapely.covers(simple[0], point[0])


def test_a_school_on_the_border_does_not_bring_the_exact_border_back_for_the_public() -> None:
    x = np.linspace(0, 4000, 801)
    border = np.column_stack([x, 2000 + 30 * np.sin(x / 20)])
    south = shapely.Polygon([*border.tolist(), (4000, 0), (0, 0)])
    north = shapely.Polygon([*border.tolist(), (4000, 4000), (0, 4000)])
    shapes = np.array([south, north])
    points = shapely.points(border[::20] - [0, 0.01])
    coarse = coarser(shapes, 0.1, public=True, points=points)
    assert shapely.get_num_coordinates(coarse).sum() < shapely.get_num_coordinates(shapes).sum() / 2
    assert shapely.coverage_is_valid(coarse)


def test_polygons_that_do_not_fit_are_simplified_each_for_itself_and_none_is_lost() -> None:
    ring = shapely.Point(0, 0).buffer(500, quad_segs=64)
    shapes = np.array([ring, shapely.Point(900, 0).buffer(500, quad_segs=64), None], dtype=object)
    simple = coarser(shapes, 0.1, public=True)
    assert simple[2] is None
    assert shapely.is_valid(simple[:2]).all()
    assert shapely.get_num_coordinates(simple[0]) < 40
    assert len(coarser(np.array([None], dtype=object), 0.1, public=True)) == 1


def test_a_zone_that_crosses_itself_is_printed_all_the_same() -> None:
    zones, schools = strip(3)
    x, y = EAST, NORTH
    bow = shapely.Polygon([(x, y), (x + 1000, y + 1000), (x + 1000, y), (x, y + 1000)])
    broken = zones.set_geometry(gpd.GeoSeries([bow, *zones.geometry[1:]], crs=CRS))
    assert not broken.geometry.is_valid.all()
    for public in (True, False):
        printed = print_zones(broken, schools, sheet(public=public), SAY)
        assert "Zone A" in printed.svg


def test_a_frame_fits_its_bounds_and_north_is_up() -> None:
    for width, height in ((400.0, 1000.0), (400.0, 100.0)):
        frame = frame_of(np.array([0, 0, 800, 400]), width=width, height=height, margin=10)
        corners = frame.place([(0, 0), (800, 400)])
        assert (corners[0] >= 9.9).all() or height == 100.0
        assert corners[1, 1] < corners[0, 1]
        assert frame.height <= height
        assert corners[:, 0].min() >= 10
        assert corners[:, 0].max() <= width - 10 + 0.1


def test_a_middle_lies_in_the_largest_part() -> None:
    parts = shapely.multipolygons([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 9, 9)])
    middle = middles_of(np.array([parts, shapely.box(0, 0, 1, 1)]))
    assert shapely.box(5, 5, 9, 9).contains(shapely.Point(middle[0]))
    assert middle.shape == (2, 2)


def test_degrees_and_maps_without_any_polygon_are_refused() -> None:
    zones, schools = strip()
    degrees = gpd.GeoDataFrame(
        zones.drop(columns="geometry"), geometry=zones.geometry.to_numpy(), crs="EPSG:4326"
    )
    with pytest.raises(XuequError, match="metres"):
        print_zones(degrees, schools, sheet(), SAY)
    blank = zones.set_geometry(gpd.GeoSeries([None] * len(zones), crs=CRS))
    with pytest.raises(ValueError, match="no zone has a polygon"):
        print_warning(_pressed(blank), sheet(), SAY)
    with pytest.raises(ValueError, match="zone 'Z9' has no polygon"):
        print_leaflet(zones, schools, "Z9", sheet(), SAY, own=frozenset())


def test_a_warning_has_a_pattern_for_each_colour_but_green_and_counts_in_its_legend() -> None:
    zones, _ = strip(5)
    table = zones.assign(
        colour=["red", "orange", "yellow", "green", "none"], ratio=[1.0, 0.97, 0.9, 0.5, np.nan]
    )
    printed = print_warning(table, sheet(), SAY)
    fills = [one.get("fill") for one in all_of(printed.svg, "path")]
    for name in ("red", "orange", "yellow", "none"):
        assert fills.count(f"url(#M1-{name})") == 1
    words = words_of(printed.svg)
    assert "≥ 100% as many children as seats, or more: 1" in words
    assert "no data children or seats are not known: 1" in words
    assert {"100%", "97%", "90%", "50%"} <= set(words.split("\n"))


def test_ratios_are_cut_and_chances_are_not_rounded_to_never_or_always() -> None:
    zones, _ = strip(4)
    table = zones.assign(colour="red", ratio=[0.9999, np.inf, 1.0, 0.57])
    words = words_of(print_warning(table, sheet(), SAY).svg).split("\n")
    assert {"99%", "no seats", "100%", "57%"} <= set(words)
    short = pd.Series([0.001, 0.999, 1.0, 0.0], index=zones["zone_id"])
    printed = print_warning(table, sheet(), SAY, short=short, draws=1000)
    words = words_of(printed.svg).split("\n")
    assert {"<1%", ">99%", "100%", "0%"} <= set(words)
    assert "most frequent colour of 1,000 draws" in " ".join(words)


def test_a_zone_with_few_children_has_no_number_in_public() -> None:
    zones, _ = strip(3)
    table = zones.assign(colour="green", ratio=[0.11, 0.22, 0.33], children=[4, 5, 0])
    assert "11%" in words_of(print_warning(table, sheet(), SAY).svg)
    words = words_of(print_warning(table, sheet(public=True), SAY).svg).split("\n")
    assert "11%" not in words
    assert "22%" in words


def test_schools_are_in_the_class_of_their_use_and_the_fullest_have_a_dark_edge() -> None:
    zones, schools = strip(5)
    table = schools.assign(seats=[100, 100, 100, 100, np.nan], placed=[101, 100, 80, 79, 10])
    printed = print_utilisation(zones, table, sheet(), SAY)
    words = words_of(printed.svg)
    for said in (
        "> 100% over its seats: 1",
        "95–100% full: 1",
        "80–95% well used: 1",
        "< 80% seats to spare: 1",
        "not known, or not told: 1",
    ):
        assert said in words
    dark = [
        one
        for one in all_of(printed.svg, "circle")
        if one.get("stroke") == "#1c2630" and one.get("fill") == "#b2182b"
    ]
    assert len(dark) == 2  # on the map and in the legend


def test_a_school_with_few_children_is_not_told_of_in_public() -> None:
    zones, schools = strip(3)
    table = schools.assign(seats=[50, 50, 50], placed=[3, 5, 0])
    words = words_of(print_utilisation(zones, table, sheet(public=True), SAY).svg)
    assert "6%" not in words
    assert "10%" in words
    assert "not known, or not told: 1" in words


def test_rings_are_as_wide_as_they_say() -> None:
    zones, schools = strip(1, side_m=10_000)
    printed = print_rings(zones, schools, sheet(), SAY, radii_m=(1000, 2000))
    # pi square kilometres of a hundred, by a circle of 48 corners
    assert "up to 1 km: 3%" in words_of(printed.svg)
    assert "up to 2 km: 13%" in words_of(printed.svg)
    assert "farther: 87%" in words_of(printed.svg)
    assert "No isochrones" in words_of(printed.svg)


def test_a_ring_does_not_cross_from_land_to_land_and_says_so_where_it_does() -> None:
    zones, schools = strip(2, side_m=1000)
    land = np.array(
        [
            shapely.box(EAST, NORTH, EAST + 1000, NORTH + 1000),
            shapely.box(EAST + 1000.5, NORTH, EAST + 2000, NORTH + 1000),
        ]
    )
    west = schools.head(1)
    apart = words_of(print_rings(zones, west, sheet(), SAY, radii_m=(5000,), land=land).svg)
    together = words_of(print_rings(zones, west, sheet(), SAY, radii_m=(5000,)).svg)
    assert "up to 5 km: 50%" in apart
    assert "do not cross" in apart
    assert "up to 5 km: 100%" in together
    assert "over water too" in together


def test_a_school_far_from_all_land_has_no_ring() -> None:
    zones, schools = strip(2, side_m=1000)
    land = np.array([shapely.box(EAST, NORTH, EAST + 900, NORTH + 1000)])
    printed = print_rings(zones, schools.tail(1), sheet(), SAY, radii_m=(5000,), land=land)
    assert "up to 5 km: 0%" in words_of(printed.svg)


def test_units_farther_than_the_last_ring_are_hatched_and_one_area_in_public() -> None:
    zones, schools = strip(4)
    units = gpd.GeoDataFrame(
        {"unit_id": list("abcd"), "distance_m": [3000, 3001, 4000, np.nan], "children": [1, 2, 2, 9]},
        geometry=zones.geometry.to_numpy(),
        crs=CRS,
    )

    def hatched(public: bool) -> tuple[int, str]:
        printed = print_rings(zones, schools, sheet(public=public), SAY, units=units)
        far = [one for one in all_of(printed.svg, "path") if one.get("fill") == "url(#M1-far)"]
        return len(far), words_of(printed.svg)

    count, words = hatched(public=False)
    assert count == 2
    assert "units more than 3 km from their school: 2, with 4 children" in words
    count, words = hatched(public=True)
    assert count == 1
    assert "with <5 children" in words
    nobody = units.assign(distance_m=1.0)
    assert "from their school: 0, with 0" in words_of(
        print_rings(zones, schools, sheet(), SAY, units=nobody).svg
    )


@pytest.mark.parametrize("radii", [(), (1000, 500), (0,), (1, 2, 3, 4, 5, 6)])
def test_radii_that_do_not_grow_are_refused(radii: tuple[float, ...]) -> None:
    zones, schools = strip()
    with pytest.raises(ValueError, match="growing distances"):
        print_rings(zones, schools, sheet(), SAY, radii_m=radii)


def _widths(svg: str) -> list[float]:
    return sorted(
        float(one.get("stroke-width", "0"))
        for one in all_of(svg, "path")
        if one.get("stroke") == "#1d5f9a" and one.get("fill") == "none"
    )


def test_arrows_are_as_wide_as_their_children_and_bear_their_number() -> None:
    zones, schools = strip(5)
    flows = pd.DataFrame(
        {"zone_id": ["Z0", "Z0", "Z4"], "school_id": ["S2", "S4", "S1"], "children": [100, 50, 200]}
    )
    printed = print_overflow(zones, schools, flows, sheet(), SAY)
    assert _widths(printed.svg) == [1.6, 3.2, 6.5]
    assert {"100", "50", "200"} <= set(words_of(printed.svg).split("\n"))
    assert "children on the arrows: 350" in printed.described


def test_small_flows_are_not_drawn_in_public_and_many_flows_are_cut_openly() -> None:
    zones, schools = strip(5)
    flows = pd.DataFrame(
        {"zone_id": ["Z0", "Z1", "Z2"], "school_id": ["S2", "S3", "S4"], "children": [4, 6, 9]}
    )
    internal = words_of(print_overflow(zones, schools, flows, sheet(), SAY, most=1).svg)
    assert "2 smaller flows with 10 children are not drawn." in internal
    public = words_of(print_overflow(zones, schools, flows, sheet(public=True), SAY, most=1).svg)
    assert "1 smaller flows with 6 children are not drawn." in public
    assert "Flows of fewer than five children are not drawn." in public
    none = print_overflow(zones, schools, flows.head(0), sheet(), SAY)
    assert _widths(none.svg) == []


def test_flows_without_a_place_or_too_short_for_an_arrow_are_said_to_be_missing() -> None:
    zones, schools = strip(5)
    flows = pd.DataFrame(
        {"zone_id": ["Z9", "Z0", "Z1"], "school_id": ["S1", "S0", "S4"], "children": [7, 8, 9]}
    )
    printed = print_overflow(zones, schools, flows, sheet(), SAY)
    assert _widths(printed.svg) == [6.5]
    assert printed.described == "Map: children on the arrows: 9"
    assert "2 flows have no place on this map, or are too short for an arrow" in words_of(printed.svg)


def test_arrows_between_districts_leave_out_the_own_one_and_go_both_ways_apart() -> None:
    zones, _ = strip(3, side_m=5000)
    districts = zones.rename(columns={"zone_id": "district_id"})
    flows = pd.DataFrame(
        {"start": ["Z0", "Z2", "Z1"], "end": ["Z2", "Z0", "Z1"], "children": [50, 50, 999]}
    )
    printed = print_district_flows(districts, flows, sheet(), SAY)
    paths = [
        one.get("d")
        for one in all_of(printed.svg, "path")
        if one.get("stroke") == "#1d5f9a" and one.get("fill") == "none"
    ]
    assert len(paths) == 2
    heights = [np.mean([float(y) for y in re.findall(r" ([\d.]+)", d or "")]) for d in paths]
    assert abs(heights[0] - heights[1]) > 10
    assert "999" not in words_of(printed.svg)


def test_a_leaflet_shows_its_school_by_name_its_neighbours_and_streets() -> None:
    zones, schools = strip(5)
    road = shapely.LineString([(EAST, NORTH + 250), (EAST + 5000, NORTH + 250)])
    streets = gpd.GeoDataFrame({"name": ["莲前<路>", None]}, geometry=[road, road], crs=CRS)
    printed = print_leaflet(zones, schools, "Z2", sheet(), SAY, own=frozenset({"S2"}), streets=streets)
    words = words_of(printed.svg).split("\n")
    assert "School 2" in words
    assert "莲前<路>" in words
    assert "School 1" not in words
    assert "school of this catchment: 1" in words
    assert "Zone C" in words


def test_many_zones_of_several_districts_are_named_on_the_sheets_of_districts() -> None:
    zones, schools = city_of(700)
    halves = [
        shapely.box(EAST, NORTH, EAST + 10_000, NORTH + 20_000),
        shapely.box(EAST + 10_000, NORTH, EAST + 20_000, NORTH + 20_000),
    ]
    districts = gpd.GeoDataFrame(
        {"district_id": ["D1", "D2"], "name": ["思明区", "湖里区"]}, geometry=halves, crs=CRS
    )
    printed = print_zones(zones, schools, sheet(), SAY, districts=districts)
    words = words_of(printed.svg)
    assert "思明区" in words
    assert "sheets by district name them" in words
    assert printed.numbers == ()
