"""Gather the bytes of a layer: of one file, of the several that a shapefile is, of a folder, of an archive.

All that is read later is read from these bytes, so that nothing can change between the check and the
reading, nothing is written beside a planner's files, and no file that lies beside them is followed.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geodata.errors import DataError
from geodata.messages import say
from geodata.reading.guards import (
    need_bytes,
    need_no_giant,
    need_sane_zip,
    open_zip,
    plain_name,
    refuse,
)
from geodata.toml import missing_file

# the files that make up one layer, by the ending of the one that a planner names
PARTS: Mapping[str, tuple[str, ...]] = {
    ".shp": (".shp", ".shx", ".dbf", ".prj", ".cpg"),
    ".tab": (".tab", ".dat", ".map", ".id", ".ind"),
    ".mif": (".mif", ".mid"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The bytes of one layer.

    Parameters
    ----------
    file : str
        The name that a fault shows.
    kind : str
        The ending that says how it is read: ".shp" also for a shapefile in an archive.
    parts : mapping of str to bytes
        By ending in lower case; of a geodatabase by the names of its files.
    sha256 : str
        The hash of the bytes that were read.
    """

    file: str
    kind: str
    parts: Mapping[str, bytes]
    sha256: str

    @property
    def main(self) -> bytes:
        """The bytes of the file that a planner names."""
        return self.parts[self.kind]


def gather(path: Path, layer: str | None, kinds: tuple[str, ...]) -> Parts:
    """Read all bytes of a layer, twice, and raise if they changed meanwhile.

    Parameters
    ----------
    path : Path
        The file, or the folder of a geodatabase.
    layer : str, optional
        Where an archive holds several layers, the name of the file meant, without its ending.
    kinds : tuple of str
        The endings that may stand in an archive.

    Raises
    ------
    DataError
        If it is absent, empty, too large, a bomb, or changes while it is read.
    """
    paths = _paths(path)
    try:
        need_no_giant(sum(one.stat().st_size for one in paths.values()), path.name)
        parts = {key: one.read_bytes() for key, one in paths.items()}
        again = {key: one.read_bytes() for key, one in _paths(path).items()}
    except OSError as error:
        raise DataError([missing_file(path.name, error)]) from error
    journal = path.with_name(path.name + "-wal")
    if journal.is_file() and journal.stat().st_size:
        raise refuse(
            path.name,
            say("a GeoPackage that no program has open; {name} beside it holds changes", name=journal.name),
            say("close QGIS, or whatever has it open, and try again"),
        )
    if again != parts:
        raise refuse(
            path.name,
            say("a file that rests; this one was changed while it was read"),
            say("close the program that writes it, and try again"),
        )
    kind = path.suffix.lower()
    if kind != ".gdb":
        need_bytes(parts[kind], path.name)
    sha256 = _hash(parts)
    if kind in (".zip", ".kmz"):
        need_sane_zip(parts[kind], path.name)
        kind, parts = _unpack(parts[kind], path.name, layer, kind, (".kml",) if kind == ".kmz" else kinds)
    return Parts(file=path.name, kind=kind, parts=parts, sha256=sha256)


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Return files as one archive in memory, not compressed: GDAL reads it as a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(parts.items()):
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def _paths(path: Path) -> dict[str, Path]:
    kind = path.suffix.lower()
    try:
        if kind == ".gdb" and path.is_dir():
            # a lock that another program holds comes and goes
            inside = (one for one in sorted(path.iterdir()) if one.is_file() and one.suffix != ".lock")
            return {one.name: one for one in inside}
        if kind not in PARTS:
            return {kind: path}
        beside = sorted(path.parent.iterdir())
    except OSError as error:
        raise DataError([missing_file(path.name, error)]) from error
    others = [one.name for one in beside if one != path and one.suffix.lower() != kind]
    chosen = _belonging(others, path.name, PARTS[kind], path.name)
    return {kind: path} | {suffix: path.with_name(name) for suffix, name in chosen.items()}


def _belonging(names: list[str], head: str, wanted: tuple[str, ...], file: str) -> dict[str, str]:
    """Return which files belong to a layer, by their endings; the same name goes before one like it.

    A shapefile from another system may be A.SHP with a.dbf, and a disk may hold b.shp beside B.shp.
    """
    stem = PurePosixPath(head).stem
    found: dict[str, str] = {}
    for suffix in wanted:
        near = [
            name
            for name in names
            if PurePosixPath(name).suffix.lower() == suffix
            and PurePosixPath(name).stem.lower() == stem.lower()
        ]
        same = [name for name in near if PurePosixPath(name).stem == stem] or near
        if len(same) > 1:
            raise refuse(
                file,
                say(
                    "one {suffix} that belongs to it; there are {names}",
                    suffix=suffix,
                    names=", ".join(same),
                ),
                say("rename the files of each layer alike, or take away what belongs to none"),
            )
        if same:
            found[suffix] = same[0]
    return found


def _hash(parts: Mapping[str, bytes]) -> str:
    if len(parts) == 1:
        return hashlib.sha256(next(iter(parts.values()))).hexdigest()
    whole = hashlib.sha256()
    for name, data in sorted(parts.items()):
        whole.update(f"{name}:{len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()


def _unpack(
    data: bytes, file: str, layer: str | None, kind_of_archive: str, kinds: tuple[str, ...]
) -> tuple[str, dict[str, bytes]]:
    with open_zip(data, file) as archive:
        members = {plain_name(member): member for member in archive.infolist() if not member.is_dir()}
        # what macOS and editors leave in archives
        members = {n: m for n, m in members.items() if not n.startswith("__MACOSX/") and not _hidden(n)}
        heads = _heads(members, kinds)
        if kind_of_archive == ".kmz" and len(heads) > 1:
            # the first document of a .kmz may only say where the others are
            heads = [name for name in heads if b"Placemark" in archive.read(members[name])] or heads
        if len(heads) > 1 and layer is not None:
            heads = [name for name in heads if PurePosixPath(name).stem == layer] or heads
        if len(heads) != 1:
            raise _not_one(file, heads, kinds)
        head = PurePosixPath(heads[0])
        kind = head.suffix.lower()
        if kind == ".gdb":
            inside = {n: m for n, m in members.items() if PurePosixPath(n).parent == head}
            return kind, {PurePosixPath(n).name: archive.read(m) for n, m in inside.items()}
        others = [
            n
            for n in members
            if PurePosixPath(n).parent == head.parent and PurePosixPath(n).suffix.lower() != kind
        ]
        chosen = {kind: heads[0]} | _belonging(others, heads[0], PARTS.get(kind, ()), file)
        return kind, {suffix: archive.read(members[name]) for suffix, name in chosen.items()}


def _hidden(name: str) -> bool:
    return PurePosixPath(name).name.startswith(".")


def _heads(members: Mapping[str, zipfile.ZipInfo], kinds: tuple[str, ...]) -> list[str]:
    """Return the files of an archive that are layers; a folder of a geodatabase counts as one."""
    heads: dict[str, None] = {}
    for name in sorted(members):
        path = PurePosixPath(name)
        folder = next((str(p) for p in path.parents if p.suffix.lower() == ".gdb"), None)
        if folder is not None:
            heads.setdefault(folder)
        elif path.suffix.lower() in kinds:
            heads.setdefault(name)
    return list(heads)


def _not_one(file: str, heads: list[str], kinds: tuple[str, ...]) -> DataError:
    if not heads:
        allowed = say("an archive with one layer in it ({kinds}); it has none", kinds=", ".join(kinds))
        return refuse(file, allowed, say("pack the files of the layer themselves, not another archive"))
    return refuse(
        file,
        say(
            "an archive with one layer, or layer = in xuequ.toml; it has: {layers}", layers=", ".join(heads)
        ),
        say("write layer = with the name of one, without its ending"),
    )
