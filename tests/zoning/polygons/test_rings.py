"""Marks of digitising."""

import numpy as np
import shapely

from zoning.polygons import rings


def shapes(*corners: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.Polygon(one) for one in corners], dtype=object)


SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
SPIKED = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (5.01, 10.0), (5.0, 30.0), (4.99, 10.0), (0.0, 10.0)]


def test_a_vertex_that_stands_twice_is_found_and_the_closing_one_is_not() -> None:
    twice = [*SQUARE[:2], (10.0, 0.0005), *SQUARE[2:]]
    owner, places = rings.duplicate_vertices(shapes(SQUARE, twice))
    assert owner.tolist() == [1]
    assert shapely.get_coordinates(places).tolist() == [[10, 0.0005]]


def test_a_spike_is_found_wherever_the_ring_begins() -> None:
    for start in range(len(SPIKED)):
        owner, places = rings.spikes(shapes(SPIKED[start:] + SPIKED[:start]))
        assert owner.tolist() == [0]
        assert shapely.get_coordinates(places).tolist() == [[5, 30]]


def test_a_spike_whose_tip_stands_twice_is_found() -> None:
    assert len(rings.spikes(shapes([*SPIKED[:5], SPIKED[4], *SPIKED[5:]]))[0]) == 1


def test_a_sharp_corner_of_three_degrees_and_a_short_spike_are_none() -> None:
    corner = [(0.0, 0.0), (100.0, 0.0), (100.0, 5.3)]  # atan(5.3 / 100) is 3.03 degrees
    short = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (5.001, 10.0), (5.0, 10.9), (4.999, 10.0), (0.0, 10.0)]
    assert len(rings.spikes(shapes(corner, short))[0]) == 0


def test_removing_a_spike_leaves_the_square() -> None:
    assert rings.without_spikes(shapes(SPIKED)[0]).equals(shapely.Polygon(SQUARE))


def test_a_polygon_that_is_nothing_but_a_spike_is_left_alone() -> None:
    needle = shapely.Polygon([(0, 0), (100, 0), (100, 1)])
    assert rings.without_spikes(needle).equals(needle)


def test_a_spike_in_one_part_or_hole_leaves_the_others_as_they_are() -> None:
    hole = shapely.Polygon(SQUARE, [[(2, 2), (4, 2), (4, 4), (2, 4)]])
    beside = shapely.affinity.translate(hole, 50)
    both = shapely.multipolygons([shapely.Polygon(SPIKED), beside])
    assert rings.without_spikes(both).area == 100 + 96


def test_the_holes_of_every_part_are_found() -> None:
    hole = [(2, 2), (4, 2), (4, 4), (2, 4)]
    first = shapely.Polygon(SQUARE, [hole])
    second = shapely.transform(first, lambda places: places * 2 + [50, 0])
    owner, places = rings.hole_rings(
        np.array([shapely.Polygon(SQUARE), shapely.multipolygons([first, second])], dtype=object)
    )
    assert owner.tolist() == [1, 1]
    assert shapely.area(places).tolist() == [4, 16]
