"""Measures of compactness, against values worked out by hand."""

import numpy as np
import pytest
import shapely

from geodata import XuequError
from tests.zoning.polygons.drawn import frame
from zoning.polygons.shape import compactness, hull_share, polsby_popper, reock

CIRCLE = shapely.Point(500_000, 3_000_000).buffer(1000, quad_segs=2000)
SQUARE = shapely.box(0, 0, 100, 100)
STRIP = shapely.box(0, 0, 400, 100)
# an L of three squares: area 3, hull 3.5
CORNER = shapely.Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])


def test_a_circle_is_one_by_every_measure() -> None:
    assert compactness(frame(CIRCLE)).iloc[0].tolist() == pytest.approx([1, 1, 1], abs=1e-5)


def test_a_square_and_a_strip_have_the_values_of_their_formulas() -> None:
    # square: 4π·a²/(4a)² = π/4; a²/(π·a²/2) = 2/π. Strip 4 × 1: 4π·4/10² = 4π/25; 4/(π·17/4) = 16/(17π)
    found = compactness(frame(SQUARE, STRIP))
    assert found["polsby_popper"].tolist() == pytest.approx([np.pi / 4, 4 * np.pi / 25])
    assert found["reock"].tolist() == pytest.approx([2 / np.pi, 16 / (17 * np.pi)])
    assert found["hull_share"].tolist() == pytest.approx([1, 1])


def test_a_corner_fills_six_sevenths_of_its_hull() -> None:
    assert hull_share(frame(CORNER)).tolist() == pytest.approx([6 / 7])


def test_size_place_and_turning_change_nothing() -> None:
    moved = shapely.affinity.rotate(shapely.affinity.scale(CORNER, 7, 7), 33)
    assert np.allclose(compactness(frame(CORNER)), compactness(frame(moved)))


def test_a_row_without_a_polygon_has_no_measure() -> None:
    assert reock(frame(SQUARE, None)).isna().tolist() == [False, True]


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:2283", None])
@pytest.mark.parametrize("measure", [polsby_popper, reock, hull_share])
def test_degrees_feet_and_web_mercator_are_refused(measure: object, crs: str | None) -> None:
    with pytest.raises(XuequError, match="measured in metres"):
        measure(frame(SQUARE, crs=crs))


def test_a_local_grid_in_metres_is_allowed() -> None:
    local = 'LOCAL_CS["local metres",UNIT["metre",1]]'
    assert polsby_popper(frame(SQUARE, crs=local)).tolist() == pytest.approx([np.pi / 4])
