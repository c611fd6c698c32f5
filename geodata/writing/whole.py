"""A new file or folder, whole or not at all."""

from __future__ import annotations

import shutil
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
    with replaced(path) as partial:
        yield partial


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give the path of a partial file to write to; it takes the place of `path` when nothing has failed."""
    # the ending stays: it says to a library what kind of file it writes
    partial = path.with_name(f".partial-{path.name}")
    partial.unlink(missing_ok=True)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Write a text, such as a page, in the place of what stands there, whole or not at all."""
    with replaced(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def refuse_full_folder(folder: Path) -> None:
    """Raise if a folder holds anything, so that nothing of a person's is ever written over.

    Raises
    ------
    XuequError
        If the folder exists and is not empty, or is a file.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise XuequError(say("{folder} exists and is not empty; choose another folder", folder=folder.name))


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a partial folder to fill; it gets its name when nothing has failed.

    Parameters
    ----------
    folder : Path
        What it will be called; an empty folder may stand there.

    Raises
    ------
    XuequError
        As `refuse_full_folder`.
    """
    refuse_full_folder(folder)
    partial = folder.with_name(f".partial-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        if folder.exists():
            folder.rmdir()
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def unknown_kind(path: Path, allowed: tuple[str, ...]) -> XuequError:
    """Return the error of a file whose ending names no kind that can be written."""
    return XuequError(
        say(
            "{path}: the ending of the name says what to write; allowed: {allowed}",
            path=path.name,
            allowed=", ".join(dict.fromkeys(allowed)),
        )
    )
