"""People or children of a grid (a GeoTIFF) to units: every cell by the exact share of it in each unit.

Needs the extra `raster` (rasterio, exactextract). The whole of the grid is accounted for: what lies in no
unit is told apart, never lost.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata import DataError, Fault, XuequError, say
from geodata.apportion import Floats, Ints, share_whole
from geodata.messages import Text

GRID_SUFFIXES = (".tif", ".tiff")
# 0.2 GB as floats; a city of 100 km × 100 km in cells of 20 m. A header may claim any size
MOST_CELLS = 25_000_000
_MOST_BLOCK_CELLS = 25_000_000
_STRIP_CELLS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GridShares:
    """What of a grid lies in each unit.

    Parameters
    ----------
    inside : Series of float
        By unit id, sorted: the sum of each cell's value times the share of the cell in the unit.
    outside : float
        What lies in no unit.
    total : float
        The sum of the whole grid: inside and outside.
    """

    inside: pd.Series
    outside: float
    total: float


def share_grid(
    path: Path, units: gpd.GeoDataFrame, *, unit_id: str = "unit_id", band: int = 1
) -> GridShares:
    """Share the cells of a GeoTIFF over the polygons of units.

    Parameters
    ----------
    path : Path
        A GeoTIFF whose cells are counts (not densities), north up, in a CRS that it declares.
    units : GeoDataFrame, shape (n,)
        Polygons in a CRS with a place on the earth; a unit without polygon gets nothing.
    unit_id : str
        The column of ids.
    band : int
        The band that holds the counts, from 1.

    Returns
    -------
    GridShares

    Raises
    ------
    DataError
        If the file cannot be read, is too large, rotated or without CRS, has no such band, or a value
        below 0 or infinite.
    XuequError
        If the extra `raster` is not installed, or no unit has a polygon.

    Notes
    -----
    1. The polygons are brought into the CRS of the grid, vertex by vertex; a cell is small enough that
       shares of it are the same there as on the ground.
    2. A cell that nodata marks, or NaN, counts as nobody.
    3. Where units overlap, so that their shares of a cell sum to more than 1, they are cut back in
       proportion: nobody is counted twice.
    """
    rasterio = _rasterio()
    polygons = units[units.geometry.geom_type.isin(["Polygon", "MultiPolygon"])].sort_values(unit_id)
    if len(polygons) == 0:
        raise XuequError(say("a grid can be shared over polygons only, and no unit has one"))
    try:
        with _opened(rasterio, path) as grid:
            _raise_on_grid(path.name, grid, band)
            placed = _placed(path.name, polygons, grid)
            values, window_west, window_north, total = _read(path.name, grid, placed, band)
            size = (grid.transform.a, -grid.transform.e)
            wkt = grid.crs.to_wkt()
    except rasterio.errors.RasterioError as error:
        problem = str(error).replace(str(path), path.name)
        raise _refused(path.name, say("the grid cannot be read: {problem}", problem=problem)) from error
    inside = np.zeros(len(placed))
    if values.size:
        inside = _inside(values, window_west, window_north, size, wkt, placed)
    shares = pd.Series(inside, index=pd.Index(placed[unit_id], name=unit_id))
    return GridShares(inside=shares, outside=max(0.0, total - float(inside.sum())), total=total)


def whole_counts(shares: GridShares, total: int | None = None) -> tuple[pd.Series, int]:
    """Return whole children by unit, and how many of them lie in no unit.

    Parameters
    ----------
    shares : GridShares
        As `share_grid` returns it.
    total : int, optional
        So many children, all of them in the units, in proportion to the grid there. By default the
        grid's own total, rounded, of which those in no unit are a part.

    Returns
    -------
    (Series of int, int)
        They sum to the total exactly, by largest remainder (ties: those in units first, lower id first).

    Raises
    ------
    XuequError
        If there is a total to share and nobody in any unit.
    """
    weights = shares.inside.to_numpy()
    if total is not None and total > 0 and weights.sum() <= 0:
        raise XuequError(say("the grid has nobody in any unit, so nothing can be shared by it"))
    if total is None:
        weights = np.append(weights, shares.outside)
        total = round(shares.total)
    one_group = np.zeros(len(weights), dtype=np.int64)
    counts = share_whole(weights, one_group, [total])
    n = len(shares.inside)
    return pd.Series(counts[:n], index=shares.inside.index), int(counts[n:].sum())


def _rasterio() -> Any:
    try:
        import exactextract  # noqa: F401
        import rasterio
        import rasterio.errors
        import rasterio.windows
    except ImportError as error:
        raise XuequError(
            say("a grid needs more libraries: pip install 'xuequ[raster]' (rasterio, exactextract)")
        ) from error
    return rasterio


@contextmanager
def _opened(rasterio: Any, path: Path) -> Iterator[Any]:
    with warnings.catch_warnings():
        # a grid without a place has a fault of its own
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        # the driver is named, so that no other format hides behind the ending
        with rasterio.open(path, driver="GTiff") as grid:
            yield grid


def _refused(file: str, allowed: Text, found: str | None = None, remedy: Text | None = None) -> DataError:
    return DataError([Fault(file=file, found=found, allowed=allowed, remedy=remedy)])


def _raise_on_grid(file: str, grid: Any, band: int) -> None:
    """Raise on a header that cannot be right, before anything of the cells is read."""
    if grid.crs is None:
        raise _refused(
            file,
            say("a grid that says in which CRS it is; this one does not"),
            remedy=say("assign its CRS, for example with gdal_edit.py -a_srs EPSG:4326"),
        )
    transform = grid.transform
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        raise _refused(
            file,
            say("a grid with north up, not rotated, sheared or mirrored"),
            remedy=say("save it again with gdalwarp, which sets it upright"),
        )
    most = f"{MOST_CELLS:,}"
    clip = say("clip it to the city, for example with gdalwarp -te")
    if grid.width * grid.height > MOST_CELLS:
        raise _refused(file, say("at most {n} cells", n=most), f"{grid.width} × {grid.height}", clip)
    blocks = [high * wide for high, wide in grid.block_shapes]
    if max(blocks) > _MOST_BLOCK_CELLS:
        raise _refused(file, say("blocks of at most {n} cells", n=most), f"{max(blocks):,}", clip)
    if not 1 <= band <= grid.count:
        raise _refused(file, say("a band from 1 to {n}", n=grid.count), str(band))


def _placed(file: str, polygons: gpd.GeoDataFrame, grid: Any) -> gpd.GeoDataFrame:
    from geodata.datum import crs_of

    crs = crs_of(grid.crs.to_wkt())
    try:
        placed = polygons.to_crs(crs)
    except ValueError as error:
        raise _not_placed(file) from error
    except Exception as error:
        # pyproj has no error of its own for a local CRS that leads nowhere
        if type(error).__module__.startswith("pyproj"):
            raise _not_placed(file) from error
        raise
    if not np.isfinite(placed.total_bounds).all():
        raise _not_placed(file)
    return placed


def _not_placed(file: str) -> XuequError:
    return XuequError(
        say("{file}: the units cannot be brought into the CRS of the grid (local metres?)", file=file)
    )


def _read(file: str, grid: Any, placed: gpd.GeoDataFrame, band: int) -> tuple[Floats, float, float, float]:
    """Return the cells around the units, their west and north edge, and the sum of the whole grid."""
    rows, columns = _span(grid, placed)
    kept = []
    total = 0.0
    for first, strip in _strips(file, grid, band):
        # summed row by row: the same whatever the strips
        total += float(strip.sum(axis=1).sum())
        start, stop = max(rows.start - first, 0), min(rows.stop - first, len(strip))
        if start < stop:
            kept.append(strip[start:stop, columns].copy())
    values = np.concatenate(kept) if kept else np.empty((0, 0))
    a = grid.transform
    return values, a.c + a.a * columns.start, a.f + a.e * rows.start, total


def _span(grid: Any, placed: gpd.GeoDataFrame) -> tuple[slice, slice]:
    west, south, east, north = placed.total_bounds
    a = grid.transform
    left, right = (west - a.c) / a.a, (east - a.c) / a.a
    top, bottom = (north - a.f) / a.e, (south - a.f) / a.e
    rows = np.clip([np.floor(top), np.ceil(bottom)], 0, grid.height).astype(int)
    columns = np.clip([np.floor(left), np.ceil(right)], 0, grid.width).astype(int)
    return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))


def _strips(file: str, grid: Any, band: int) -> Iterator[tuple[int, Floats]]:
    """Yield the first row and the values of strips of the grid; nodata and NaN are 0."""
    from rasterio.windows import Window

    high = max(1, _STRIP_CELLS // grid.width)
    scale, offset = grid.scales[band - 1], grid.offsets[band - 1]
    for first in range(0, grid.height, high):
        window = Window(0, first, grid.width, min(high, grid.height - first))
        masked = grid.read(band, window=window, masked=True).astype(np.float64)
        values = np.nan_to_num(
            masked.filled(np.nan) * scale + offset, nan=0.0, posinf=np.inf, neginf=-np.inf
        )
        wrong = (values < 0) | np.isinf(values)
        if wrong.any():
            row, column = (int(v) for v in np.argwhere(wrong)[0])
            raise _refused(
                file,
                say("counts of at least 0 (row {row}, column {column})", row=first + row, column=column),
                f"{values[row, column]:g}",
                say("declare this value as nodata, for example with gdal_edit.py -a_nodata"),
            )
        yield first, values


def _inside(
    values: Floats, west: float, north: float, size: tuple[float, float], wkt: str, placed: gpd.GeoDataFrame
) -> Floats:
    """Return what of the values lies in each polygon, shape (n,)."""
    from exactextract.raster import NumPyRasterSource

    high, wide = values.shape
    south, east = north - high * size[1], west + wide * size[0]
    # in the CRS that the grid declares: the polygons are there already
    source = NumPyRasterSource(values, west, south, east, north, srs_wkt=wkt)
    flat, covered = values.ravel(), np.zeros(values.size)
    inside = np.zeros(len(placed))
    for unit, cell, share in _shares(source, placed, size):
        np.add.at(covered, cell, share)
        inside += np.bincount(unit, flat[cell] * share, len(placed))
    if covered.max() <= 1.0 + 1e-9:
        return inside
    # units overlap: shares that sum to more than 1 are cut back, so that nobody counts twice
    covered = np.maximum(covered, 1.0)
    inside = np.zeros(len(placed))
    for unit, cell, share in _shares(source, placed, size):
        inside += np.bincount(unit, flat[cell] * share / covered[cell], len(placed))
    return inside


def _shares(
    source: Any, placed: gpd.GeoDataFrame, size: tuple[float, float]
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Yield unit, cell and the share of the cell in the unit, some units at a time: memory stays small."""
    from exactextract import exact_extract

    shapes = gpd.GeoDataFrame(
        {"at": np.arange(len(placed))},
        geometry=shapely.force_2d(placed.geometry.to_numpy()),
        crs=placed.crs,
    )
    west, south, east, north = shapely.bounds(shapes.geometry.to_numpy()).T
    most = ((east - west) / size[0] + 2) * ((north - south) / size[1] + 2)
    for _, some in shapes.groupby(np.cumsum(most) // _STRIP_CELLS):
        found = exact_extract(source, some, ["cell_id", "coverage"], output="pandas", include_cols=["at"])
        unit = np.repeat(found["at"].to_numpy(dtype=np.int64), found["cell_id"].map(len).to_numpy())
        cell = np.concatenate(found["cell_id"].to_list()).astype(np.int64)
        yield unit, cell, np.concatenate(found["coverage"].to_list()).astype(np.float64)
