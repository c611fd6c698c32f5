"""A project folder to start from, with a comment at each line."""

from __future__ import annotations

import shutil
from pathlib import Path

from geodata.writing.whole import new_folder

_PROJECT = Path(__file__).parent / "project"


def write_template(folder: Path) -> None:
    """Write the commented project to start from.

    Raises
    ------
    XuequError
        If the folder exists and is not empty.
    """
    with new_folder(folder) as partial:
        shutil.copytree(_PROJECT, partial, dirs_exist_ok=True)
