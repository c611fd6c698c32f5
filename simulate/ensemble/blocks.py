"""A block of draws: solved by one task function, kept as bytes that are the same wherever it was solved."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from geodata.errors import XuequError
from geodata.messages import say
from simulate.ensemble.market import Market
from simulate.ensemble.places import Places, Played
from simulate.ensemble.playing import play
from simulate.ensemble.tally import tally

Array = npt.NDArray[Any]
Block = dict[str, Array]
Files = dict[str, bytes]

BLOCK = 50
"""Draws of a block: it follows from nothing but this number, so that threads never decide the cuts."""

TALLIES, CHANCES, KEPT = ".npz", ".chances.npz", ".parquet"
"""The endings of a block's files: the tallies always, the others on request."""

NOT_HERE = -2
"""In a kept draw: this child did not come. -1 is a child that came and has no school."""
NO_SCHOOL = -1


def spans_of(draws: int, block: int = BLOCK) -> tuple[tuple[int, int], ...]:
    """Return the first draw and the one past the last of each block.

    Examples
    --------
    >>> spans_of(120)
    ((0, 50), (50, 100), (100, 120))
    """
    return tuple((first, min(first + block, draws)) for first in range(0, draws, block))


def solve_block(
    market: Market, first: int, last: int, *, keep: bool = False, chances: bool = False
) -> Block:
    """Solve the draws of a block and count them: the task function of threads and clusters alike.

    Parameters
    ----------
    market : Market
        One scenario.
    first, last : int
        The first draw, and the one past the last.
    keep : bool
        Whether to keep where each child sits in each draw.
    chances : bool
        Whether to count, by unit and category, which schools the children come to.

    Returns
    -------
    dict of str to array
        What `simulate.ensemble.tally.tally` counts, a row a draw; with `chances`, `chance_key` and
        `chance_count` of `chances_of`, added up; with `keep`, what `kept_of` returns.
    """
    places, counted, rare, kept = market.places, [], [], []
    for draw in range(first, last):
        played = play(market, draw)
        counted.append(tally(places, played))
        if chances:
            rare.append(chances_of(places, played))
        if keep:
            kept.append((_children(played), _school(places, played)))
    block: Block = {name: np.stack([one[name] for one in counted]) for name in counted[0]}
    if chances:
        block["chance_key"], block["chance_count"] = added_up(rare)
    if keep:
        block.update(kept_of(kept))
    return block


def solve_files(
    market: Market, first: int, last: int, *, keep: bool = False, chances: bool = False
) -> Files:
    """Solve a block and return its files by their endings: what a cluster's worker sends back."""
    block = solve_block(market, first, last, keep=keep, chances=chances)
    files = {TALLIES: packed({k: v for k, v in block.items() if not k.startswith(("chance_", "kept_"))})}
    if chances:
        files[CHANCES] = packed({k: v for k, v in block.items() if k.startswith("chance_")})
    if keep:
        files[KEPT] = _kept_table(market.places, block)
    return files


def packed(arrays: Mapping[str, Array]) -> bytes:
    """Return arrays as the bytes of an .npz file, the same for the same arrays on any machine.

    Notes
    -----
    `numpy.savez` writes which system it ran on; and nothing is compressed, since the bytes of a compressed
    stream follow from the version of the compressor.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.create_system = 3
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(entry, content.getvalue())
    return buffer.getvalue()


def unpacked(data: bytes, *, named: str) -> Block:
    """Return the arrays of an .npz file.

    Parameters
    ----------
    data : bytes
        As `packed` returns them.
    named : str
        The file, for the error.

    Raises
    ------
    XuequError
        If it is cut short or is no such file.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as there:
            return {name: there[name] for name in there.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise XuequError(
            say("{file} cannot be read: it is cut short or was changed", file=named)
        ) from error


def chances_of(places: Places, played: Played) -> tuple[Array, Array]:
    """Count the children of a draw by unit, category and school.

    Returns
    -------
    keys, counts : array of int64
        A key is (unit × categories + category) × (schools + 1) + school, sorted; a child of no known unit
        has the unit past the last, one with no place the school past the last.
    """
    schools = len(places.schools)
    unit = np.where(places.cell_unit < 0, len(places.units), places.cell_unit).astype(np.int64)
    of_cell = (unit * len(places.categories) + places.cell_category) * (schools + 1)
    school = _school(places, played).astype(np.int64)
    keys, counts = np.unique(
        of_cell[played.cell] + np.where(school < 0, schools, school), return_counts=True
    )
    return keys.astype(np.int64), counts.astype(np.int64)


def added_up(counted: Iterable[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Add up counts that stand under sorted keys.

    Examples
    --------
    >>> keys, counts = added_up([(np.array([1, 4]), np.array([2, 2])), (np.array([4]), np.array([3]))])
    >>> keys.tolist(), counts.tolist()
    ([1, 4], [2, 5])
    """
    pairs = list(counted)
    keys, where = np.unique(np.concatenate([k for k, _ in pairs]), return_inverse=True)
    total = np.zeros(len(keys), dtype=np.int64)
    np.add.at(total, where, np.concatenate([c for _, c in pairs]))
    return keys.astype(np.int64), total


def kept_of(draws: Sequence[tuple[Array, Array]]) -> Block:
    """Return where each child that came in any draw of a block sits in each of them.

    Parameters
    ----------
    draws : sequence of (children, school)
        For each draw: cell × 2**32 + serial of each child, sorted, and the position of its school.

    Returns
    -------
    dict
        `kept_cell`, `kept_serial`: int32, shape (m,), a row a child; `kept_school`: int16 (int32 with more
        schools than that holds), shape (m, draws), with `NOT_HERE` and `NO_SCHOOL`.
    """
    children = np.unique(np.concatenate([here for here, _ in draws]))
    top = max((int(school.max(initial=NO_SCHOOL)) for _, school in draws), default=NO_SCHOOL)
    kind = np.int16 if top <= np.iinfo(np.int16).max else np.int32
    schools = np.full((len(children), len(draws)), NOT_HERE, dtype=kind)
    for number, (here, school) in enumerate(draws):
        schools[np.searchsorted(children, here), number] = school
    return {
        "kept_cell": (children >> 32).astype(np.int32),
        "kept_serial": (children & 0xFFFFFFFF).astype(np.int32),
        "kept_school": schools,
    }


def _children(played: Played) -> Array:
    return (played.cell.astype(np.int64) << 32) + played.serial


def _school(places: Places, played: Played) -> Array:
    """Return the position of each child's school, `NO_SCHOOL` where it has none."""
    seated = played.block >= 0
    return np.where(seated, places.block_school[np.where(seated, played.block, 0)], NO_SCHOOL).astype(
        np.int32
    )


def _kept_table(places: Places, block: Block) -> bytes:
    """Return kept draws as a parquet file: a row a child, its school in each draw as one list."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    cell, schools = block["kept_cell"], block["kept_school"]
    flat = pa.array(schools.ravel(), mask=(schools == NOT_HERE).ravel())
    unit = places.cell_unit[cell]
    columns = {
        "cell": pa.array(cell),
        "unit_id": pa.DictionaryArray.from_arrays(
            pa.array(unit, mask=unit < 0), pa.array(places.units, type=pa.string())
        ),
        "category": pa.DictionaryArray.from_arrays(
            pa.array(places.cell_category[cell]), pa.array(places.categories, type=pa.string())
        ),
        "serial": pa.array(block["kept_serial"]),
        "school": pa.FixedSizeListArray.from_arrays(flat, schools.shape[1]),
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd", row_group_size=20_000)
    return buffer.getvalue()
