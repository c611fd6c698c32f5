"""The files of a block in an ensemble's folder: whole or not there, and checked whenever they are read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from geodata.errors import XuequError
from geodata.messages import say
from simulate.ensemble.blocks import CHANCES, KEPT, TALLIES, Block, Files, unpacked
from simulate.ensemble.folder import Manifest, write_bytes
from simulate.inputs import sha256_of


def block_name(first: int, last: int) -> str:
    """Return the name of a block's files, without their endings.

    Examples
    --------
    >>> block_name(50, 100)
    '000050-000100'
    """
    return f"{first:06d}-{last:06d}"


def _block_files(folder: Path, scenario: str, first: int, last: int) -> dict[str, Path]:
    name = block_name(first, last)
    blocks, draws = folder / "blocks" / scenario, folder / "draws" / scenario
    return {
        TALLIES: blocks / f"{name}{TALLIES}",
        CHANCES: blocks / f"{name}{CHANCES}",
        KEPT: draws / f"{name}{KEPT}",
    }


def _index_file(folder: Path, scenario: str, first: int, last: int) -> Path:
    return folder / "blocks" / scenario / f"{block_name(first, last)}.sha256"


def write_block(folder: Path, scenario: str, first: int, last: int, files: Files) -> None:
    """Write the files of a block, and their hashes last: from then on it is never computed again."""
    paths = _block_files(folder, scenario, first, last)
    index = _index_file(folder, scenario, first, last)
    lines = []
    for ending, data in sorted(files.items()):
        write_bytes(paths[ending], data)
        # as sha256sum writes it: `sha256sum -c` in the folder checks a block
        lines.append(f"{hashlib.sha256(data).hexdigest()}  {_inside(paths[ending], index.parent)}\n")
    write_bytes(index, "".join(lines).encode("utf-8"))


def block_is_there(folder: Path, scenario: str, first: int, last: int) -> bool:
    """Return whether a block is finished: False where its hashes or a file of it are not there.

    Raises
    ------
    XuequError
        If a file of it is not as it was written. It is not computed again unasked: somebody or some disk
        changed a result, and that is to be known.
    """
    index = _index_file(folder, scenario, first, last)
    if not index.is_file():
        return False
    for name, digest in _indexed(folder, index).items():
        path = index.parent / name
        if not path.is_file():
            return False
        if sha256_of(path) != digest:
            raise _altered(folder, path)
    return True


def read_block(folder: Path, scenario: str, first: int, last: int, *, ending: str = TALLIES) -> Block:
    """Read a block and check it against its hash.

    Raises
    ------
    XuequError
        If it is not there, or is not as it was written.
    """
    index = _index_file(folder, scenario, first, last)
    path = _block_files(folder, scenario, first, last)[ending]
    if not index.is_file() or not path.is_file():
        raise XuequError(
            say(
                "{folder}: {file} is missing: run xuequ ensemble --resume {folder}; only this block is "
                "computed again",
                folder=folder.name,
                file=_inside(path, folder),
            )
        )
    data = path.read_bytes()
    if _indexed(folder, index).get(_inside(path, index.parent)) != hashlib.sha256(data).hexdigest():
        raise _altered(folder, path)
    return unpacked(data, named=path.name)


def _indexed(folder: Path, index: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a block, by its path from where the list lies."""
    lines = index.read_bytes().decode("ascii", errors="replace").splitlines()
    pairs = [line.partition("  ") for line in lines]
    if not pairs or any(len(digest) != 64 or not name for digest, _, name in pairs):
        raise _altered(folder, index)
    return {name: digest for digest, _, name in pairs}


def _inside(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _altered(folder: Path, path: Path) -> XuequError:
    return XuequError(
        say(
            "{folder}: {file} is cut short or was changed after it was written. Nothing else is lost: "
            "delete this file and run xuequ ensemble --resume {folder}; only this block is computed again",
            folder=folder.name,
            file=_inside(path, folder),
        )
    )


def drop_blocks_from(folder: Path, manifest: Manifest, draws: int) -> None:
    """Delete the blocks past a number of draws: computed ahead of a stop, they count for nothing."""
    for entry in manifest.scenarios:
        for first, last in manifest.spans:
            if first >= draws:
                # the hashes first: a block without them is not there
                _index_file(folder, entry.id, first, last).unlink(missing_ok=True)
                for path in _block_files(folder, entry.id, first, last).values():
                    path.unlink(missing_ok=True)


def drop_partial_files(folder: Path) -> None:
    """Delete what a command that was killed had half written."""
    for path in sorted(folder.rglob(".partial-*")):
        if path.is_file():
            path.unlink(missing_ok=True)
