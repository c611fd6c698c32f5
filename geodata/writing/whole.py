"""A new file, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geodata.errors import XuequError
from geodata.messages import say


def need_new(path: Path) -> None:
    """Refuse a path where something stands already, or whose folder does not exist.

    Raises
    ------
    XuequError
    """
    if path.exists() or path.is_symlink():
        raise XuequError(say("{path} is there already; name another file", path=path.name))
    if not path.parent.is_dir():
        raise XuequError(say("there is no folder {folder} for {path}", folder=path.parent, path=path.name))


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give the path of a partial file to write to; it gets its name when nothing has failed.

    Parameters
    ----------
    path : Path
        What the file will be called; nothing may stand there.

    Raises
    ------
    XuequError
        As `need_new`.
    """
    need_new(path)
    # the ending stays: it says to a library what kind of file it writes
    partial = path.with_name(f".partial-{path.name}")
    partial.unlink(missing_ok=True)
    try:
        yield partial
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def unknown_kind(path: Path, allowed: tuple[str, ...]) -> XuequError:
    """Return the error of a file whose ending names no kind that can be written."""
    return XuequError(
        say(
            "{path}: the ending of the name says what to write; allowed: {allowed}",
            path=path.name,
            allowed=", ".join(allowed),
        )
    )
