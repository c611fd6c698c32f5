"""Refuse a DXF whose blocks, set into one another, make up more pieces than a drawing has.

GDAL 3.12 draws every block wherever it is set in, and goes on for hours where ten blocks each hold ten of
the one before.
"""

from __future__ import annotations

from collections.abc import Iterator

from geodata.errors import DataError
from geodata.messages import say
from geodata.reading.guards import refuse

MOST_PIECES = 1_000_000
"""Most pieces that the blocks of a drawing may make up; a district's plan has some tens of thousands."""

Pairs = list[tuple[bytes, bytes]]


def need_few_pieces(data: bytes, file: str) -> None:
    """Raise if the blocks of a drawing make up too many pieces, or hold one another in a circle.

    Parameters
    ----------
    data : bytes
        A DXF as text: lines in pairs, a code and a value.
    file : str
        The name that a fault shows.

    Raises
    ------
    DataError
        Beyond `MOST_PIECES`.
    """
    if b"BLOCK" not in data:
        return
    held: dict[bytes, list[tuple[bytes, int]]] = {}
    top: list[tuple[bytes, int]] = []
    here = top
    for kind, pairs in _entities(data):
        values = dict(reversed(pairs))
        if kind == b"BLOCK":
            here = held.setdefault(values.get(b"2", b""), [])
        elif kind == b"ENDBLK":
            here = top
        else:
            # whatever names a block may draw it: INSERT, DIMENSION, a table
            times = max(_count(values.get(b"70")), 1) * max(_count(values.get(b"71")), 1)
            here.append((values.get(b"2", b""), times if kind == b"INSERT" else 1))
    pieces: dict[bytes, int] = {}
    total = _pieces(top, held, pieces, set(), file)
    if total > MOST_PIECES:
        raise _too_many(file)


def _pieces(
    entities: list[tuple[bytes, int]],
    held: dict[bytes, list[tuple[bytes, int]]],
    known: dict[bytes, int],
    within: set[bytes],
    file: str,
) -> int:
    total = 0
    for name, times in entities:
        if name not in held:
            total += 1
            continue
        if name in within or len(within) > 64:
            raise refuse(file, say("blocks that do not hold themselves, nested up to {most} deep", most=64))
        if name not in known:
            known[name] = _pieces(held[name], held, known, within | {name}, file)
        total += times * max(known[name], 1)
        if total > MOST_PIECES:
            raise _too_many(file)
    return total


def _too_many(file: str) -> DataError:
    return refuse(
        file,
        say("drawings whose blocks make up to {most} pieces; this has more", most=MOST_PIECES),
        say("save the boundaries alone, with their blocks dissolved"),
    )


def _entities(data: bytes) -> Iterator[tuple[bytes, Pairs]]:
    """Yield each entity's kind and its pairs of code and value."""
    lines = [line.strip() for line in data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")]
    kind = b""
    pairs: Pairs = []
    for code, value in zip(lines[::2], lines[1::2], strict=False):
        if code == b"0":
            yield kind, pairs
            kind, pairs = value, []
        elif code in (b"2", b"70", b"71"):
            pairs.append((code, value))
    yield kind, pairs


def _count(text: bytes | None) -> int:
    try:
        return int(text or b"1")
    except ValueError:
        return 1
