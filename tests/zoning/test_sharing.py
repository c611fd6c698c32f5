"""Counts shared between layers: totals exact, quota, ties by id, nothing lost silently."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import DataError, XuequError
from geodata.apportion import MOST, share_whole
from zoning.sharing import Shared, share_counts

METRIC = "EPSG:4548"
weights = st.lists(st.floats(0, 1e6), min_size=1, max_size=7).filter(lambda w: sum(w) > 0)


def areas(counts: dict[str, int], *, crs: str = METRIC) -> gpd.GeoDataFrame:
    """Return boxes of 100 m by 100 m side by side, with a count each."""
    boxes = [shapely.box(100 * at, 0, 100 * at + 100, 100) for at in range(len(counts))]
    return gpd.GeoDataFrame(
        {"area": list(counts), "children": list(counts.values())}, geometry=boxes, crs=crs
    )


def units(shapes: dict[str, shapely.Geometry], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"unit_id": list(shapes), **columns}, geometry=list(shapes.values()), crs=METRIC
    )


def share(sources: pd.DataFrame, targets: pd.DataFrame, **how: object) -> Shared:
    given_ = {"source_id": "area", "target_id": "unit_id", "columns": ["children"], **how}
    return share_counts(sources, targets, **given_)


def points(*places: tuple[float, float]) -> dict[str, shapely.Geometry]:
    return {f"U{at}": shapely.Point(place) for at, place in enumerate(places, start=1)}


# share_whole


def test_the_largest_remainders_get_what_is_left() -> None:
    # Balinski and Young (1982), table of the method of Hamilton: quotas 43.3, 31.2, 25.5 of 100 seats
    assert share_whole([43.3, 31.2, 25.5], [0, 0, 0], [100]).tolist() == [43, 31, 26]


def test_a_tie_of_remainders_goes_to_the_first() -> None:
    assert share_whole([1, 1, 1], [0, 0, 0], [4]).tolist() == [2, 1, 1]


@given(weights, st.integers(0, MOST))
def test_totals_are_exact_and_each_share_keeps_its_quota(weight: list[float], total: int) -> None:
    shares = share_whole(weight, np.zeros(len(weight), dtype=int), [total])
    exact = np.array(weight) / np.sum(weight) * total
    assert shares.sum() == total
    assert (shares >= 0).all()
    assert (np.abs(shares - exact) < 1 + 1e-6).all()
    assert (shares[np.array(weight) == 0] == 0).all()


@given(weights, st.integers(0, 500), st.integers(0, 6), st.floats(0, 1e5))
def test_who_weighs_more_than_before_never_gets_less(
    weight: list[float], total: int, place: int, more: float
) -> None:
    place %= len(weight)
    group = np.zeros(len(weight), dtype=int)
    before = share_whole(weight, group, [total])[place]
    weight[place] += more
    assert share_whole(weight, group, [total])[place] >= before


@given(st.lists(st.integers(0, 6), min_size=1, max_size=4).filter(any), st.integers(0, 7))
def test_no_other_whole_shares_lie_nearer_to_the_exact_ones(weight: list[int], total: int) -> None:
    exact = np.array(weight) / sum(weight) * total
    shares = share_whole(weight, np.zeros(len(weight), dtype=int), [total])
    every = [s for s in itertools.product(range(total + 1), repeat=len(weight)) if sum(s) == total]
    nearest = min(float(((np.array(one) - exact) ** 2).sum()) for one in every)
    assert float(((shares - exact) ** 2).sum()) == pytest.approx(nearest, abs=1e-9)


@given(st.lists(st.tuples(weights, st.integers(0, 99)), min_size=1, max_size=4))
def test_groups_are_shared_each_by_itself(groups: list[tuple[list[float], int]]) -> None:
    weight = [w for some, _ in groups for w in some]
    group = np.repeat(np.arange(len(groups)), [len(some) for some, _ in groups])
    shares = share_whole(weight, group, [total for _, total in groups])
    alone = [share_whole(some, np.zeros(len(some), dtype=int), [total]) for some, total in groups]
    assert shares.tolist() == np.concatenate(alone).tolist()


@pytest.mark.parametrize("total", [-1, MOST + 1])
def test_a_total_that_cannot_be_shared_exactly_is_refused(total: int) -> None:
    with pytest.raises(ValueError, match="totals lie between 0 and"):
        share_whole([1.0], [0], [total])


def test_a_group_without_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="has no weight"):
        share_whole([0.0], [0], [1])


# share_counts


def test_a_unit_across_two_areas_gets_from_both_by_area() -> None:
    # U1 is the west half of A; U2 the east half of A and all of B
    shapes = {"U1": shapely.box(0, 0, 50, 100), "U2": shapely.box(50, 0, 200, 100)}
    shared = share(areas({"A": 10, "B": 7}), units(shapes))
    assert shared.counts["children"].to_dict() == {"U1": 5, "U2": 12}
    assert shared.left_out.empty
    assert shared.untouched == ()


def test_the_part_of_an_area_that_no_unit_covers_is_said_and_its_children_are_kept() -> None:
    shapes = {
        "U1": shapely.box(0, 0, 50, 100),
        "U2": shapely.box(40, 0, 60, 100),
        "U3": shapely.box(900, 0, 901, 1),
    }
    shared = share(areas({"A": 14}), units(shapes))
    assert shared.counts["children"].to_dict() == {"U1": 10, "U2": 4}
    # 0 to 60 of 100 m is covered; what both cover counts once
    assert shared.left_out.to_dict() == pytest.approx({"A": 0.4})
    assert shared.untouched == ("U3",)


def test_points_share_evenly_and_a_point_on_a_border_belongs_to_the_lower_id() -> None:
    shared = share(areas({"B": 3, "A": 4}), units(points((20, 50), (100, 50), (150, 50))), by="points")
    # B is the west box, A the east one; U2 lies on the border and belongs to A
    assert shared.counts["children"].to_dict() == {"U1": 3, "U2": 2, "U3": 2}


def test_households_weigh_and_a_blank_one_is_listed() -> None:
    frame = units(points((10, 10), (20, 10), (30, 10)), households=[30, 10, None])
    shared = share(areas({"A": 8}), frame, by="households")
    assert shared.counts["children"].to_dict() == {"U1": 6, "U2": 2, "U3": 0}
    assert shared.unweighted == ("U3",)


def test_units_that_name_their_district_need_no_geometry() -> None:
    frame = pd.DataFrame(
        {"unit_id": ["U1", "U2", "U3"], "district_id": ["A", "A", "C"], "households": [1, 2, 3]}
    )
    totals = pd.DataFrame({"area": ["A"], "children": [9]})
    shared = share(totals, frame, by="households", through="district_id")
    assert shared.counts["children"].to_dict() == {"U1": 3, "U2": 6}
    assert shared.untouched == ("U3",)


def test_points_weigh_nothing_by_area_and_are_not_said_to_have_nobody() -> None:
    shapes = {"U1": shapely.box(0, 0, 1, 1), "U2": shapely.Point(5, 5)}
    frame = units(shapes, district_id=["A", "A"])
    totals = pd.DataFrame({"area": ["A", "B"], "children": [9, 0]})
    shared = share(totals, frame, through="district_id")
    assert shared.counts["children"].to_dict() == {"U1": 9}
    assert shared.untouched == ("U2",)


def test_an_area_of_points_only_cannot_be_shared_by_area() -> None:
    frame = units(points((1, 1), (2, 2)), district_id=["A", "A"])
    totals = pd.DataFrame({"area": ["A"], "children": [9]})
    with pytest.raises(DataError, match="found 'A'; an area whose units weigh something by area"):
        share(totals, frame, through="district_id")
    nobody = share(totals.assign(children=0), frame, through="district_id")
    assert (len(nobody.counts), nobody.untouched) == (0, ("U1", "U2"))


def test_several_columns_are_shared_at_once() -> None:
    sources = areas({"A": 5}).assign(points=[2])
    shared = share(sources, units(points((1, 1), (2, 2))), by="points", columns=["children", "points"])
    assert shared.counts.to_dict("list") == {"children": [3, 2], "points": [1, 1]}


def test_district_totals_reach_buildings_through_units_whole() -> None:
    rng = np.random.default_rng(7)
    squares = {
        f"U{i:02}": shapely.box(20 * (i % 10), 50 * (i // 10), 20 * (i % 10) + 20, 50 * (i // 10) + 50)
        for i in range(20)
    }
    first = share(areas({"A": 101, "B": 57}), units(squares))
    places = rng.uniform([0, 0], [200, 100], (400, 2))
    houses = gpd.GeoDataFrame(
        {"house": [f"H{i:03}" for i in range(400)], "floor_m2": rng.uniform(1, 9, 400)},
        geometry=gpd.points_from_xy(*places.T),
        crs=METRIC,
    )
    middle = units(squares).merge(first.counts.reset_index(), on="unit_id")
    second = share_counts(
        middle, houses, source_id="unit_id", target_id="house", columns=["children"], by="floor_m2"
    )
    assert first.counts["children"].sum() == second.counts["children"].sum() == 101 + 57
    west = houses.set_index("house").geometry.x < 100
    assert second.counts["children"][west].sum() == 101


@given(st.permutations(range(6)), st.permutations(range(2)))
def test_neither_order_of_rows_changes_anything(rows: list[int], order: list[int]) -> None:
    frame = units(points(*((33.0 * at, 5.0) for at in range(6))))
    sources = areas({"A": 4, "B": 5})
    plain = share(sources, frame, by="points")
    other = share(sources.iloc[order], frame.iloc[rows], by="points")
    assert other.counts.equals(plain.counts)


@given(
    st.lists(st.integers(0, 40), min_size=3, max_size=3),
    st.lists(st.integers(1, 9), min_size=6, max_size=6),
)
def test_every_total_arrives_whatever_the_weights(totals: list[int], heavy: list[int]) -> None:
    frame = units(points(*((50.0 * at + 1, 5.0) for at in range(6))), w=heavy)
    shared = share(areas(dict(zip("ABC", totals, strict=True))), frame, by="w")
    pairs = shared.counts["children"].to_numpy().reshape(3, 2).sum(axis=1)
    assert pairs.tolist() == totals


# what is refused


def test_an_area_that_no_unit_touches_is_a_fault_and_each_is_named() -> None:
    with pytest.raises(DataError, match=r"\(2\):[\s\S]*found 'B'; an area that touches[\s\S]*found 'C'"):
        share(areas({"A": 1, "B": 2, "C": 3}), units(points((1, 1))), by="points")


def test_an_area_without_children_may_lie_apart() -> None:
    assert share(areas({"A": 1, "B": 0}), units(points((1, 1))), by="points").counts["children"].sum() == 1


def test_weights_that_are_all_nought_are_a_fault() -> None:
    with pytest.raises(DataError, match="found 'A'; an area whose units weigh something by households"):
        share(areas({"A": 1}), units(points((1, 1)), households=[0]), by="households")


def test_households_as_a_project_reads_them_may_be_blank() -> None:
    frame = units(points((1, 1), (2, 2)), households=pd.array([None, 4], dtype="Int64"))
    shared = share(areas({"A": 3}), frame, by="households")
    assert (shared.counts["children"].tolist(), shared.unweighted) == ([0, 3], ("U1",))


def test_a_weight_below_nought_is_a_fault() -> None:
    with pytest.raises(DataError, match="column w: found 'U1: -1'; a finite number of at least 0"):
        share(areas({"A": 1}), units(points((1, 1)), w=[-1]), by="w")


@pytest.mark.parametrize("count", [-1, 2.5, None, MOST + 1, "many"])
def test_a_count_that_is_no_count_is_a_fault(count: object) -> None:
    sources = areas({"A": 1}).assign(children=[count])
    with pytest.raises(DataError, match=r"column children: found 'A: .*'; a whole number from 0 to"):
        share(sources, units(points((1, 1))), by="points")


@pytest.mark.parametrize("ids", [["A", "A"], ["A", None]])
def test_an_id_that_is_blank_or_stands_twice_is_a_fault(ids: list[str | None]) -> None:
    with pytest.raises(DataError, match=r"column area: .*an id in every row, each once"):
        share(areas({"A": 1, "B": 1}).assign(area=ids), units(points((1, 1))), by="points")


def test_a_weight_that_there_is_not_is_refused() -> None:
    with pytest.raises(XuequError, match="there is no column floors to share by"):
        share(areas({"A": 1}), units(points((1, 1))), by="floors")


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4549"])
def test_layers_in_two_systems_are_refused(crs: str) -> None:
    with pytest.raises(XuequError, match="both layers must be in one CRS in metres"):
        share(areas({"A": 1}, crs=crs), units(points((1, 1))), by="points")


def test_degrees_are_refused_even_where_both_layers_have_them() -> None:
    frame = gpd.GeoDataFrame({"unit_id": ["U1"]}, geometry=[shapely.Point(1, 1)], crs="EPSG:4326")
    with pytest.raises(XuequError, match="areas in degrees mean nothing"):
        share(areas({"A": 1}, crs="EPSG:4326"), frame)


def test_a_row_without_geometry_is_refused_where_geometry_decides() -> None:
    with pytest.raises(XuequError, match="every row needs a geometry"):
        share(areas({"A": 1}), units({"U1": None}), by="points")
