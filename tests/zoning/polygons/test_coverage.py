"""Overlaps and gaps of polygons that should tile the ground."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.zoning.polygons.drawn import boxes
from zoning.polygons import coverage

NO_WATER = np.empty(0, dtype=object)


def gaps(shapes: np.ndarray, inside: object = None, water: np.ndarray = NO_WATER) -> list[float]:
    union = coverage.union_of(shapes)
    return shapely.area(coverage.gaps(shapes, union, inside=inside, water=water)).round(3).tolist()


def frame_around(width: float) -> np.ndarray:
    """Four polygons around a square of 10 m, of which the east one stops `width` m before it."""
    return boxes((0, 0, 30, 10), (0, 20, 30, 30), (0, 10, 10, 20), (20 + width, 10, 30, 20))


def test_two_polygons_that_overlap_are_found_with_the_ground() -> None:
    first, second, pieces = coverage.overlaps(boxes((0, 0, 10, 10), (9, 0, 20, 10), (20, 0, 30, 10)))
    assert (first.tolist(), second.tolist()) == ([0], [1])
    assert shapely.area(pieces).tolist() == [10]


def test_a_polygon_inside_another_and_one_that_is_the_same_overlap() -> None:
    inside = coverage.overlaps(boxes((0, 0, 30, 30), (10, 10, 20, 20)))
    same = coverage.overlaps(boxes((0, 0, 10, 10), (0, 0, 10, 10)))
    assert [shapely.area(found[2]).tolist() for found in (inside, same)] == [[100], [100]]


def test_an_overlap_thinner_than_arithmetic_is_none() -> None:
    assert len(coverage.overlaps(boxes((0, 0, 10, 1000), (9.995, 0, 20, 1000)))[2]) == 0
    assert len(coverage.overlaps(boxes((0, 0, 10, 1000), (9.98, 0, 20, 1000)))[2]) == 1


def test_an_enclosed_void_is_a_gap_whatever_its_size() -> None:
    assert gaps(frame_around(0)) == [100]


def test_an_island_polygon_in_a_void_leaves_only_the_ring_around_it() -> None:
    assert gaps(np.append(frame_around(0), boxes((12, 12, 18, 18)))) == [64]


def test_an_open_crack_is_a_gap_and_a_bay_is_none() -> None:
    crack = boxes((0, 0, 10, 100), (10.5, 0, 20, 100))
    bay = boxes((0, 0, 10, 100), (14, 0, 24, 100))
    assert gaps(crack) == [50]
    assert gaps(bay) == []


def test_a_sharp_corner_between_two_outer_borders_is_no_gap() -> None:
    left = shapely.Polygon([(0, 0), (100, 0), (95, 100), (0, 100)])
    right = shapely.Polygon([(100, 0), (200, 0), (200, 100), (105, 100)])
    assert gaps(np.array([left, right], dtype=object)) == []


def test_ground_outside_the_districts_and_water_are_no_gap() -> None:
    district = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    assert gaps(frame_around(0), inside=district) == []
    assert gaps(frame_around(0), water=boxes((9, 9, 21, 21))) == []
    assert gaps(frame_around(0), water=boxes((10, 10, 15, 20))) == [50]


def test_gaps_know_their_neighbours_longest_border_first() -> None:
    shapes = boxes((0, 0, 30, 10), (0, 15, 30, 30), (0, 10, 10, 15), (20, 10, 30, 15))
    (near,) = coverage.touching(boxes((10, 10, 20, 15)), shapes)
    assert near.tolist() == [0, 1, 2, 3]


@given(st.permutations(range(4)), st.floats(-3, 3))
def test_the_order_of_the_rows_changes_nothing(order: list[int], east: float) -> None:
    shapes = frame_around(0)
    shapes[3] = shapely.box(20 + east, 10, 30, 20)
    again = shapes[order]
    assert sorted(gaps(shapes)) == sorted(gaps(again))
    areas = [sorted(shapely.area(coverage.overlaps(one)[2]).round(6)) for one in (shapes, again)]
    assert areas[0] == areas[1]


@given(st.lists(st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 6)] * 2), min_size=2, max_size=7))
def test_overlaps_are_those_of_every_pair(corners: list[tuple[int, int, int, int]]) -> None:
    shapes = boxes(*[(x, y, x + wide, y + high) for x, y, wide, high in corners])
    first, second, pieces = coverage.overlaps(shapes)
    found = {(int(i), int(j)): shapely.area(p) for i, j, p in zip(first, second, pieces, strict=True)}
    pairs = itertools.combinations(range(len(shapes)), 2)
    every = {(i, j): shapes[i].intersection(shapes[j]).area for i, j in pairs}
    assert found == pytest.approx({pair: area for pair, area in every.items() if area > 0})
