"""Break bytes as disks, networks and people do: the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Change = Callable[[bytearray, np.random.Generator], bytearray]

_NUMBERS = (
    b"\xff\xff\xff\x7f",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\0\0\0\x80",
    b"\x01\0\0\0",
)
_WORDS = (
    b"NaN", b"Infinity", b"1e308", b"-1e400", b"null", b"[", b"]" * 3, b"{" * 50, b'"', b"\\", b"\0", b"<",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"&lt;", b"\xef\xbb\xbf", b"\xff\xfe", "学".encode("gbk"),
    "学".encode(), b"\xd1", b"99999999999999999999", b"-1", b",", b"\n", b"\r", b"=", b"../../etc", b"(",
    b"' OR 1=1 --", b"**",
)  # fmt: skip


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """Return bytes with one change, or every other time with two to six: what has one is read further."""
    changed = bytearray(data)
    for _ in range(1 if rng.integers(2) else int(rng.integers(2, 7))):
        change = _CHANGES[int(rng.integers(len(_CHANGES)))]
        changed = change(changed, rng)
    return bytes(changed)


def _place(data: bytearray, rng: np.random.Generator) -> int:
    """Return a place; every other time near the start, where the headers are."""
    end = max(len(data), 1)
    return int(rng.integers(min(end, 256) if rng.integers(2) else end))


def _flip(data: bytearray, rng: np.random.Generator) -> bytearray:
    if data:
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return data


def _byte(data: bytearray, rng: np.random.Generator) -> bytearray:
    if data:
        data[_place(data, rng)] = int(rng.integers(256))
    return data


def _number(data: bytearray, rng: np.random.Generator) -> bytearray:
    place = _place(data, rng) & ~3
    data[place : place + 4] = _NUMBERS[int(rng.integers(len(_NUMBERS)))]
    return data


def _word(data: bytearray, rng: np.random.Generator) -> bytearray:
    place = _place(data, rng)
    data[place:place] = _WORDS[int(rng.integers(len(_WORDS)))]
    return data


def _cut(data: bytearray, rng: np.random.Generator) -> bytearray:
    return data[: _place(data, rng)] if rng.integers(4) == 0 else data


def _remove(data: bytearray, rng: np.random.Generator) -> bytearray:
    place = _place(data, rng)
    del data[place : place + int(rng.integers(1, 40))]
    return data


def _repeat(data: bytearray, rng: np.random.Generator) -> bytearray:
    place = _place(data, rng)
    piece = data[place : place + int(rng.integers(1, 60))]
    data[place:place] = piece * int(rng.integers(1, 20))
    return data


def _splice(data: bytearray, rng: np.random.Generator) -> bytearray:
    start, to = _place(data, rng), _place(data, rng)
    piece = data[start : start + int(rng.integers(1, 200))]
    data[to : to + len(piece)] = piece
    return data


_CHANGES: tuple[Change, ...] = (
    _flip,
    _byte,
    _number,
    _word,
    _cut,
    _remove,
    _repeat,
    _splice,
    _flip,
    _number,
)
