"""A project folder to start from, with a comment at each line."""

from __future__ import annotations

import shutil
from pathlib import Path

from geodata.errors import XuequError
from geodata.messages import say

_PROJECT = Path(__file__).parent / "project"


def write_template(folder: Path) -> None:
    """Write the commented project to start from.

    Raises
    ------
    XuequError
        If the folder exists and is not empty.
    """
    refuse_full_folder(folder)
    partial = folder.with_name(f".partial-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(_PROJECT, partial)
    if folder.exists():
        folder.rmdir()
    partial.replace(folder)


def refuse_full_folder(folder: Path) -> None:
    """Raise if a folder holds anything, so that nothing of a person's is ever written over.

    Raises
    ------
    XuequError
        If the folder exists and is not empty, or is a file.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise XuequError(say("{folder} exists and is not empty; choose another folder", folder=folder.name))
