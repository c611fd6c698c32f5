"""Read the arrays of a .npy or .npz file, as NumPy writes them: numbers and ids, never Python objects."""

from __future__ import annotations

import hashlib
import io
import math
import tokenize
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from geodata.errors import DataError
from geodata.messages import say
from geodata.reading.guards import need_bytes, need_no_giant, need_sane_zip, open_zip, refuse
from geodata.toml import missing_file

ARRAY_SUFFIXES = (".npy", ".npz")
MOST_NUMBERS = 10_000_000
"""Most numbers in an array: 10,000 units × 1,000 schools. As a table they take about a gigabyte."""
_KINDS = "iufUS"
# the header is a literal of Python: what is no literal, or nested too deep, fails in many ways
_UNREADABLE = (
    *(ArithmeticError, LookupError, MemoryError, RecursionError, SyntaxError, TypeError, ValueError),
    tokenize.TokenError,
)
_HEADERS: dict[tuple[int, int], Callable[..., tuple[tuple[int, ...], bool, np.dtype[Any]]]] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays:
    """The arrays of a file.

    Parameters
    ----------
    file : str
        The file's name, for faults.
    names : tuple of str
        Of all its arrays, sorted; a .npy file has one, named as the file is.
    arrays : mapping of str to array
        Those that were wanted and are there.
    sha256 : str
        The hash of the file's bytes.
    """

    file: str
    names: tuple[str, ...]
    arrays: Mapping[str, Array]
    sha256: str


def is_array(path: str | None) -> bool:
    """Whether a path names a file of arrays.

    Examples
    --------
    >>> is_array("travel.NPZ"), is_array("travel.csv"), is_array(None)
    (True, False, False)
    """
    return path is not None and path.lower().endswith(ARRAY_SUFFIXES)


def read_arrays(path: Path, wanted: Collection[str]) -> Arrays:
    """Read some arrays of a file.

    Parameters
    ----------
    path : Path
        A .npy or .npz file.
    wanted : collection of str
        The names of arrays that are read where they are there; no other one is unpacked into memory.

    Raises
    ------
    DataError
        If the file is absent, damaged or a bomb, or if a wanted array states another size than it has,
        holds anything but numbers and text, or more than `MOST_NUMBERS` of them. Python objects are refused
        unread: to load them is to run what whoever made the file wants.
    """
    try:
        need_no_giant(path.stat().st_size, path.name)
        data = path.read_bytes()
    except OSError as error:
        raise DataError([missing_file(path.name, error)]) from error
    need_bytes(data, path.name)
    digest = hashlib.sha256(data).hexdigest()
    if path.suffix.lower() == ".npy":
        found = {path.stem: _array_of(data, path.name)} if path.stem in wanted else {}
        return Arrays(file=path.name, names=(path.stem,), arrays=found, sha256=digest)
    need_sane_zip(data, path.name)
    with open_zip(data, path.name) as archive:
        names = {one.removesuffix(".npy"): one for one in archive.namelist() if one.endswith(".npy")}
        found = {
            name: _array_of(archive.read(member), f"{path.name}:{name}")
            for name, member in names.items()
            if name in wanted
        }
    return Arrays(file=path.name, names=tuple(sorted(names)), arrays=found, sha256=digest)


def _array_of(data: bytes, file: str) -> Array:
    """Return the array of a .npy file in memory, without a copy of its numbers."""
    stream = io.BytesIO(data)
    shape, by_column, dtype = _header(stream, file)
    if dtype.hasobject or dtype.kind not in _KINDS:
        raise refuse(
            file,
            say("arrays of numbers or of text of a fixed width"),
            say("save it again: np.asarray(values, dtype=float), np.asarray(ids, dtype=str)"),
            found=str(dtype),
        )
    count = math.prod(shape)
    if count > MOST_NUMBERS:
        raise refuse(
            file,
            say(
                "arrays of up to {most} numbers; this one has {n}", most=f"{MOST_NUMBERS:,}", n=f"{count:,}"
            ),
            say("cut it to the units and schools of the project"),
        )
    stated, there = count * dtype.itemsize, len(data) - stream.tell()
    if stated != there or min(shape, default=0) < 0 or (count and not dtype.itemsize):
        raise refuse(
            file,
            say(
                "a whole array; it says that it has {stated} bytes, and has {there}",
                stated=stated,
                there=there,
            ),
        )
    flat = (
        np.frombuffer(data, dtype=dtype, count=count, offset=stream.tell()) if count else np.empty(0, dtype)
    )
    return flat.reshape(shape, order="F" if by_column else "C")


def _header(stream: io.BytesIO, file: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        with warnings.catch_warnings():
            # of a header that Python 2 wrote: it is read all the same
            warnings.simplefilter("ignore")
            return _HEADERS[npy.read_magic(stream)](stream)
    except _UNREADABLE as error:
        raise refuse(
            file, say("an array as NumPy saves it (.npy, .npz); this one cannot be read")
        ) from error
