"""Which files are meant: a folder stands for its files, and parts of a layer go with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.reading.files import GEO_SUFFIXES, TEXT_SUFFIXES, WORKBOOK_SUFFIXES
from geodata.reading.layers_parts import PARTS

_READ = (*GEO_SUFFIXES, *TEXT_SUFFIXES, *WORKBOOK_SUFFIXES)
# what other programs put beside a shapefile, beyond what is read with it
_BESIDE = {".shp": (".sbn", ".sbx", ".qmd", ".qpj", ".qix", ".fix", ".shp.xml", ".ain", ".aih", ".atx")}


def files_meant(given: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return which files are to be read, and which of the folders given are passed over.

    A folder stands for the files in it, not for those of folders in it; a .gdb is a layer. Parts of a layer
    (.dbf, .prj, .cpg, … beside a .shp) are read with it, so they are in neither list. What is named itself
    and is of no kind that is read stays in the first: reading says what is wrong with it.

    Parameters
    ----------
    given : sequence of Path
        Files and folders.

    Returns
    -------
    (list of Path, list of Path)
        Each file once.

    Raises
    ------
    DataError
        If a folder cannot be read, or nothing is left to read.
    """
    read: dict[Path, None] = {}
    passed: dict[Path, None] = {}
    for path in given:
        if path.is_dir() and path.suffix.lower() != ".gdb":
            for one in _inside(path):
                (read if _is_read(one) else passed)[one] = None
        else:
            read[path] = None
    wanted = [path for path in read if not is_part(path)]
    if not wanted:
        fault = Fault(
            file=", ".join(path.name for path in given),
            allowed=say("at least one table, workbook or layer: {kinds}", kinds=", ".join(_READ)),
        )
        raise DataError([fault])
    return wanted, [path for path in passed if not is_part(path)]


def _inside(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except OSError as error:
        fault = Fault(file=folder.name, allowed=say("a folder that can be read"))
        raise DataError([fault]) from error


def _is_read(path: Path) -> bool:
    """Whether a file in a folder is a table or layer; Excel keeps ~$A.xlsx beside an open A.xlsx."""
    if path.name.startswith(("~$", ".")):
        return False
    return path.suffix.lower() in _READ and (path.is_file() or path.suffix.lower() == ".gdb")


def is_part(path: Path) -> bool:
    """Whether a file is read together with the layer that it stands beside."""
    for kind, parts in PARTS.items():
        for ending in (*parts, *_BESIDE.get(kind, ())):
            if ending == kind or not path.name.lower().endswith(ending):
                continue
            stem = path.name[: -len(ending)]
            if any(path.with_name(stem + one).is_file() for one in (kind, kind.upper())):
                return True
    return False
