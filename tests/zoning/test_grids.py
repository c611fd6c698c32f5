"""Grids of people to units: exact shares, the whole total kept, hostile headers refused."""

from __future__ import annotations

import builtins
import struct
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import DataError, XuequError
from zoning import grids
from zoning.grids import GridShares, share_grid, whole_counts

rasterio = pytest.importorskip("rasterio")
pytest.importorskip("exactextract")

WEST, NORTH, CELL = 610_000.0, 2_710_000.0, 100.0


def grid(path: Path, values: object, **changes: Any) -> Path:
    """Write a grid of cells of 100 m by 100 m, its north-west corner at WEST, NORTH."""
    cells = np.atleast_2d(np.asarray(values, dtype="float32"))
    profile = {
        "driver": "GTiff",
        "height": cells.shape[0],
        "width": cells.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4548",
        "transform": rasterio.Affine(CELL, 0, WEST, 0, -CELL, NORTH),
        **changes,
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(cells, 1)
    return path


def box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """Return a box; in cells east of and south of the north-west corner."""
    return shapely.box(WEST + CELL * west, NORTH - CELL * south, WEST + CELL * east, NORTH - CELL * north)


def units(*shapes: shapely.Geometry, crs: str = "EPSG:4548") -> gpd.GeoDataFrame:
    ids = [f"U{at}" for at in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({"unit_id": ids}, geometry=list(shapes), crs=crs)


def test_a_cell_is_shared_by_the_part_of_it_in_each_unit(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif", [[10, 20], [30, 40]])
    # U1: the west column and a quarter of the east one, in the north row alone; U2: the south-east cell
    shares = share_grid(path, units(box(0, 1, 1.25, 0), box(1, 2, 2, 1)))
    assert shares.inside.to_dict() == pytest.approx({"U1": 10 + 20 / 4, "U2": 40})
    assert shares.total == 100
    assert shares.outside == pytest.approx(100 - 15 - 40)


def test_what_two_units_cover_is_not_counted_twice(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif", [[12]])
    shares = share_grid(path, units(box(0, 1, 1, 0), box(0, 1, 0.5, 0)))
    assert shares.inside.to_dict() == pytest.approx({"U1": 8, "U2": 4})
    assert shares.outside == 0


def test_nodata_and_nan_count_as_nobody(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif", [[7, -99, np.nan]], nodata=-99)
    shares = share_grid(path, units(box(0, 1, 3, 0)))
    assert (shares.inside["U1"], shares.total) == (7, 7)


def test_scaled_values_are_read_as_they_are_meant(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif", [[7]])
    with rasterio.open(path, "r+") as file:
        file.scales = [0.5]
    assert share_grid(path, units(box(0, 1, 1, 0))).total == 3.5


def test_a_second_band_may_hold_the_counts(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif", [[1]], count=2)
    with rasterio.open(path, "r+") as file:
        file.write(np.array([[5]], dtype="float32"), 2)
    assert share_grid(path, units(box(0, 1, 1, 0)), band=2).total == 5


def test_a_grid_in_degrees_meets_units_in_metres(tmp_path: Path) -> None:
    transform = rasterio.Affine(0.01, 0, 118.08, 0, -0.01, 24.50)
    path = grid(tmp_path / "people.tif", np.ones((4, 4)), crs="EPSG:4326", transform=transform)
    half = gpd.GeoSeries([shapely.box(118.08, 24.46, 118.10, 24.50)], crs="EPSG:4326").to_crs("EPSG:4548")
    shares = share_grid(path, units(half[0]))
    assert shares.inside["U1"] == pytest.approx(8, abs=1e-3)


def test_units_beside_the_grid_get_nobody_and_nobody_is_lost(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif", [[3, 4]])
    shares = share_grid(path, units(box(90, 91, 91, 90), box(0, 1, 1, 0)))
    assert (shares.inside["U1"], shares.inside["U2"], shares.outside) == (0, 3, 4)
    apart = share_grid(path, units(box(90, 91, 91, 90)))
    assert (apart.inside["U1"], apart.outside) == (0, 7)


def test_strips_do_not_change_what_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).uniform(0, 9, (23, 17))
    path = grid(tmp_path / "people.tif", values)
    frame = units(box(2.3, 17.8, 9.1, 3.2), box(9.1, 22.5, 16.7, 1.5))
    plain = share_grid(path, frame)
    monkeypatch.setattr(grids, "_STRIP_CELLS", 40)
    other = share_grid(path, frame)
    assert other.inside.tolist() == plain.inside.tolist()
    # by brute force: the part of each cell in each unit, by shapely
    cells = np.array([box(c, r + 1, c + 1, r) for r in range(23) for c in range(17)])
    float32 = values.astype("float32").astype(float).ravel()
    brute = [
        float((shapely.area(shapely.intersection(cells, shape)) / CELL**2 * float32).sum())
        for shape in frame.geometry
    ]
    assert plain.inside.tolist() == pytest.approx(brute)


def test_the_order_of_the_units_does_not_matter(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif", [[10, 20], [30, 40]])
    frame = units(box(0, 1.3, 1.25, 0), box(1, 2, 2, 1))
    assert share_grid(path, frame.iloc[::-1]).inside.equals(share_grid(path, frame).inside)


# whole children


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=6), st.floats(0, 1e4))
def test_whole_counts_sum_to_the_rounded_total(inside: list[float], outside: float) -> None:
    total = sum(inside) + outside
    shares = GridShares(inside=pd.Series(inside), outside=outside, total=total)
    counts, beyond = whole_counts(shares)
    assert counts.sum() + beyond == round(total)
    assert (np.abs(counts - np.array(inside)) < 1.5).all()


def test_a_total_is_shared_over_the_units_alone() -> None:
    shares = GridShares(inside=pd.Series({"U1": 30.0, "U2": 10.0}), outside=60.0, total=100.0)
    counts, beyond = whole_counts(shares, total=9)
    assert (counts.to_dict(), beyond) == ({"U1": 7, "U2": 2}, 0)


def test_nobody_in_any_unit_cannot_carry_a_total() -> None:
    shares = GridShares(inside=pd.Series({"U1": 0.0}), outside=60.0, total=60.0)
    with pytest.raises(XuequError, match="the grid has nobody in any unit"):
        whole_counts(shares, total=9)


# what is refused


def refused(path: Path, words: str, **how: Any) -> None:
    with pytest.raises(DataError, match=words) as caught:
        share_grid(path, units(box(0, 1, 1, 0)), **how)
    assert str(path.parent) not in str(caught.value)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_grid_without_crs_is_refused(tmp_path: Path) -> None:
    refused(grid(tmp_path / "people.tif", [[1]], crs=None), r"people\.tif: a grid that says in which CRS")


@pytest.mark.parametrize("turn", ["rotated", "south up", "mirrored"])
def test_a_grid_that_does_not_stand_upright_is_refused(tmp_path: Path, turn: str) -> None:
    affine = {
        "rotated": rasterio.Affine(80, 60, WEST, 60, -80, NORTH),
        "south up": rasterio.Affine(CELL, 0, WEST, 0, CELL, NORTH),
        "mirrored": rasterio.Affine(-CELL, 0, WEST, 0, -CELL, NORTH),
    }
    refused(grid(tmp_path / "people.tif", [[1]], transform=affine[turn]), "a grid with north up")


def test_a_band_that_there_is_not_is_refused(tmp_path: Path) -> None:
    refused(grid(tmp_path / "people.tif", [[1]]), "found '2'; a band from 1 to 1", band=2)


@pytest.mark.parametrize("value", [-99.0, np.inf])
def test_a_value_that_is_no_count_is_refused_with_its_place(tmp_path: Path, value: float) -> None:
    words = rf"found '{value:g}'; counts of at least 0 \(row 1, column 0\)"
    refused(grid(tmp_path / "people.tif", [[1, 2], [value, 3]]), words)


def test_a_huge_grid_in_a_small_file_is_refused_before_its_cells_are_read(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif", [[1]])
    huge = path.with_name("huge.tif")
    profile = {"sparse_ok": True, "width": 500_000, "height": 500_000, "tiled": True}
    with rasterio.open(
        huge,
        "w",
        driver="GTiff",
        count=1,
        dtype="uint8",
        crs="EPSG:4548",
        transform=rasterio.Affine(1, 0, WEST, 0, -1, NORTH),
        **profile,
    ):
        pass
    refused(huge, "found '500000 × 500000'; at most 25,000,000 cells")


def test_one_huge_block_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grids, "_MOST_BLOCK_CELLS", 3)
    refused(grid(tmp_path / "people.tif", np.ones((2, 2))), "found '4'; blocks of at most")


@pytest.mark.parametrize("length", [0, 8, 200])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, length: int) -> None:
    path = grid(tmp_path / "people.tif", np.ones((50, 50)))
    path.write_bytes(path.read_bytes()[:length])
    # with 200 bytes the header is there, without the CRS
    refused(path, r"people\.tif: (the grid cannot be read|a grid that says in which CRS)")


def test_another_format_behind_the_ending_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.tif"
    path.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>', encoding="utf-8")
    refused(path, "the grid cannot be read")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "people.tif", "the grid cannot be read")


def test_a_header_that_claims_more_cells_than_the_file_has_is_refused(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif", [[1]])
    data = bytearray(path.read_bytes())
    at = data.find(struct.pack("<HHI", 256, 3, 1))  # tag 256 (ImageWidth), one SHORT
    assert at > 0
    data[at : at + 12] = struct.pack("<HHII", 256, 4, 1, 5_000_000)
    path.write_bytes(bytes(data))
    refused(path, "the grid cannot be read")


def test_units_without_polygons_are_refused(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif", [[1]])
    with pytest.raises(XuequError, match="a grid can be shared over polygons only"):
        share_grid(path, units(shapely.Point(WEST, NORTH)))


def test_units_in_local_metres_are_refused(tmp_path: Path) -> None:
    from geodata.datum import crs_of

    path = grid(tmp_path / "people.tif", [[1]])
    frame = units(box(0, 1, 1, 0)).set_crs(crs_of("local-metres"), allow_override=True)
    with pytest.raises(XuequError, match="cannot be brought into the CRS of the grid"):
        share_grid(path, frame)


def test_what_to_install_is_said_where_the_libraries_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("exactextract"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(XuequError, match=r"pip install 'xuequ\[raster\]'"):
        share_grid(tmp_path / "people.tif", units(box(0, 1, 1, 0)))
