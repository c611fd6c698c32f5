"""How values and paths are spelt in the proposed xuequ.toml."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

UNKNOWN = "?"
"""Stands where a person must fill in; the check refuses it."""


def path_from(path: Path, folder: Path) -> str:
    """Return a path relative to the folder where there is such a one; another drive has none."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def quoted(value: Any) -> str:
    """Return a value as TOML; a JSON text in ASCII controls is a basic string of TOML.

    Examples
    --------
    >>> print(quoted('a "b"'), quoted("学校"), quoted(3), quoted("\\t"))
    "a \\"b\\"" "学校" 3 "\\t"
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
