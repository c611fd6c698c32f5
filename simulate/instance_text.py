"""The text of an instance: a file or standard input, as JSON in which nothing is lost on the way."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from geodata.errors import DataError, Fault
from geodata.messages import say


def read_instance(source: str, text: str) -> dict[str, Any]:
    """Return the JSON of a file (or of standard input) as a dict.

    Parameters
    ----------
    source : str
        What the faults name as the file.
    text : str
        The JSON; a byte order mark before it is no part of it.

    Raises
    ------
    DataError
        If it is not a JSON object; if a key stands twice in one object (json would keep the last alone);
        if NaN or Infinity stands there, which are no JSON.

    Examples
    --------
    >>> read_instance("-", '{"applicants": {}, "schools": {}}')
    {'applicants': {}, 'schools': {}}
    """
    doubled: list[tuple[dict[str, Any], str]] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            doubled.extend((made, key) for key, n in counts.items() if n > 1)
        return made

    def refuse(name: str) -> None:
        remedy = say("write null where a distance is unknown")
        raise DataError([Fault(file=source, found=name, allowed=say("a number"), remedy=remedy)])

    try:
        value = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=once, parse_constant=refuse)
    except ValueError as error:
        fault = Fault(file=source, allowed=say("this is not JSON: {problem}", problem=str(error)))
        raise DataError([fault]) from error
    except RecursionError as error:
        raise DataError([Fault(file=source, allowed=say("this is nested too deep"))]) from error
    if doubled:
        raise DataError(
            Fault(
                file=source,
                column=_place(value, inside),
                found=key,
                allowed=say("each key once: this one stands twice"),
                remedy=say("remove one of them"),
            )
            for inside, key in doubled
        )
    if not isinstance(value, dict):
        raise DataError([Fault(file=source, allowed=say("an object with applicants and schools"))])
    return value


def instance_file(path: Path) -> str:
    """Return the text of an instance's file.

    Raises
    ------
    DataError
        If it cannot be read, or is not UTF-8.
    """
    try:
        return _decoded(path.name, path.read_bytes())
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        problem = getattr(error, "strerror", None) or str(error)
        fault = Fault(
            file=path.name,
            allowed=say("the file cannot be read: {problem}", problem=problem),
            remedy=say("name a JSON file, or - for standard input"),
        )
        raise DataError([fault]) from error


def standard_input() -> str:
    """Return the text of standard input: UTF-8, whatever the terminal's encoding is.

    Raises
    ------
    DataError
        If it is not UTF-8.
    """
    raw = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read() if raw is None else _decoded("-", raw.read())


def _decoded(source: str, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = Fault(
            file=source,
            row=raw.count(b"\n", 0, error.start) + 1,
            allowed=say("the bytes are not {encoding}, which is declared", encoding="utf-8"),
            remedy=say("save the file as UTF-8"),
        )
        raise DataError([fault]) from error


def _place(value: Any, inside: dict[str, Any]) -> str | None:
    """Return where an object stands, as keys with dots; None at the top, or where it is not kept."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, here = waiting.pop()
        if here is inside:
            return path.removeprefix(".") or None
        if isinstance(here, dict | list):
            items = here.items() if isinstance(here, dict) else enumerate(here)
            waiting.extend((f"{path}.{key}", one) for key, one in items)
    return None
