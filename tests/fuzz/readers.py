"""Give one broken input to the reader that it is for; only our own errors may come out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from geodata import schema
from geodata.errors import XuequError
from geodata.messages import speaker
from geodata.project import Source, read_project
from geodata.reading.files import read_rows
from geodata.reading.layers_parts import pack
from geodata.tables import parse_table
from tests.fuzz.mutate import mutate
from tests.fuzz.seeds import KINDS

READERS = tuple(KINDS)


@cache
def _valid(reader: str) -> bytes | dict[str, bytes]:
    return KINDS[reader][1]()


def broken_input(reader: str, seed: int, number: int) -> bytes:
    """Return input `number` of a reader: the same bytes for the same seed."""
    rng = np.random.default_rng([seed, READERS.index(reader), number])
    valid = _valid(reader)
    if isinstance(valid, bytes):
        return mutate(valid, rng)
    members = dict(valid)
    name = sorted(members)[int(rng.integers(len(members)))]
    # every fifth the archive itself is broken, else a member of a sound one
    if rng.integers(5) == 0:
        return mutate(pack(members), rng)
    if rng.integers(10) == 0:
        del members[name]
    else:
        members[name] = mutate(members[name], rng)
    return pack(members)


def feed(reader: str, data: bytes, folder: Path) -> str:
    """Read an input; return "read" or "refused".

    Raises
    ------
    Exception
        Anything but our own errors: that is a finding.
    """
    name = "xuequ.toml" if reader == "toml" else f"input{KINDS[reader][0]}"
    path = folder / name
    path.write_bytes(data)
    try:
        _read(reader, path, data)
    except XuequError as error:
        for lang in ("en", "zh"):
            if not "\n".join(error.lines(speaker(lang))).strip():
                raise AssertionError("an error that says nothing") from error
        return "refused"
    return "read"


def _read(reader: str, path: Path, data: bytes) -> None:
    if reader == "toml":
        read_project(path.parent)
    elif reader == "scope":
        _read_scope(data)
    else:
        raw = read_rows(path)
        table = schema.BY_NAME["zones" if raw.geometry is not None else "units"]
        parsed = parse_table(table, raw, Source(path=path.name, datum="wgs84"))
        for fault in parsed.faults:
            fault.line(speaker("en"))


def _read_scope(data: bytes) -> None:
    from geodata.scope import rules_of, text_of

    # a cell is text when it comes here, whatever its bytes were
    text_of(rules_of(data.decode("utf-8", "replace")))
