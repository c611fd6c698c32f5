"""Refuse what is made, or happens, to choke a reader: bombs and escapes in archives, sizes that lie.

Every limit is far above what planners' files have, and far below what fills the memory of an office PC.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.reading.guards_text import need_no_doctype

MIB = 1 << 20
MOST_FILE_MIB = 2048
"""Largest file that is read; a layer of a whole province is about a quarter of it."""
MOST_UNPACKED_MIB = 2048
"""Most that an archive may hold when unpacked; the largest sheet that Excel can hold takes about half."""
MOST_RATIO = 200
"""Most that packing may have saved; sheets and shapes pack to a twentieth, zeros to a thousandth."""
RATIO_COUNTS_FROM_MIB = 64
"""Below this an archive does no harm, however well it was packed: sheets of blank rows are like that."""
MOST_MEMBERS = 10_000
"""Most files in an archive; a workbook has dozens, a geodatabase some hundreds."""

_PIECE = 1 << 20
_XML = (".xml", ".kml", ".rels", ".gml", ".vml")
_DRIVE = re.compile(r"^[A-Za-z]:")
_SAVE_AGAIN = say("save it again with the program that made it, or ask whoever sent it")


def refuse(file: str, allowed: Text, remedy: Text = _SAVE_AGAIN, found: str | None = None) -> DataError:
    """Return the error of a whole file, to be raised."""
    return DataError([Fault(file=file, found=found, allowed=allowed, remedy=remedy)])


def need_no_giant(size: int, file: str) -> None:
    """Raise if a file, or a folder that is one layer, is larger than any that is read.

    Raises
    ------
    DataError
        Above `MOST_FILE_MIB`.
    """
    if size > MOST_FILE_MIB * MIB:
        raise refuse(
            file,
            say("files of up to {most} MiB; this one has {size}", most=MOST_FILE_MIB, size=size // MIB),
            say("cut it to the district, or leave out columns that are not needed"),
        )


def need_bytes(data: bytes, file: str) -> None:
    """Raise if a file is empty.

    Raises
    ------
    DataError
        If it has no byte.
    """
    if not data:
        raise refuse(file, say("the file is empty"))


def need_sane_zip(data: bytes, file: str) -> None:
    """Raise if an archive (.zip, .kmz, .xlsx, .ods) is one that no reader should be given.

    Every member is unpacked once, piece by piece, into nothing: the sizes that the directory of an
    archive states can lie.

    Parameters
    ----------
    data : bytes
        The whole archive.
    file : str
        The name that a fault shows.

    Raises
    ------
    DataError
        If it is damaged, protected by a password, a bomb, has a member whose path leads out of the
        folder, a link, the same path twice, or XML with a DOCTYPE (which is how entities multiply).
    """
    with open_zip(data, file) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise refuse(
                file, say("archives of up to {most} files; this has {n}", most=MOST_MEMBERS, n=len(members))
            )
        names = [plain_name(member) for member in members]
        for member, name in zip(members, names, strict=True):
            _need_inside(member, name, file)
        twice = (
            sorted({name for name in names if names.count(name) > 1})
            if len(set(names)) < len(names)
            else []
        )
        if twice:
            raise refuse(file, say("each path in an archive once"), found=twice[0])
        _need_small(archive, members, len(data), file)


def open_zip(data: bytes, file: str) -> zipfile.ZipFile:
    """Open an archive.

    Raises
    ------
    DataError
        If it is none, or its directory is damaged.
    """
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    # NotImplementedError: zipfile's word for a feature of the format that it lacks
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise refuse(
            file, say("a whole archive; this one cannot be opened: {problem}", problem=error)
        ) from error


def plain_name(member: zipfile.ZipInfo) -> str:
    """Return the path of a member with forward slashes, in GBK where Chinese Windows packed it."""
    name = member.filename.replace("\\", "/")
    if member.flag_bits & 0x800 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("gb18030")
    except UnicodeError:
        return name


def _need_inside(member: zipfile.ZipInfo, name: str, file: str) -> None:
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        raise refuse(file, say("paths inside the archive; this one leads out of it"), found=name)
    # some programs leave the kind of file out: then it is no link
    if stat.S_ISLNK(member.external_attr >> 16):
        raise refuse(file, say("files in an archive, no links"), found=name)
    if member.flag_bits & 0x1:
        raise refuse(
            file,
            say("an archive without a password"),
            say("unpack it, and pack it again without one"),
            found=name,
        )


def _need_small(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], packed: int, file: str) -> None:
    """Unpack everything into nothing, and stop as soon as it is too much."""
    total = 0
    for member in members:
        stated = total + member.file_size
        if stated > MOST_UNPACKED_MIB * MIB or _is_bomb(stated, packed):
            raise _bomb(file, stated)
        try:
            with archive.open(member) as stream:
                head = stream.read(_PIECE)
                if member.filename.lower().endswith(_XML):
                    need_no_doctype(head, f"{file}:{plain_name(member)}")
                total += len(head)
                while piece := stream.read(_PIECE):
                    total += len(piece)
                    if total > MOST_UNPACKED_MIB * MIB or _is_bomb(total, packed):
                        raise _bomb(file, total)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,  # a way of packing that zipfile lacks
            ValueError,
            OSError,
        ) as error:
            raise refuse(
                file,
                say("a whole archive; {name} in it cannot be unpacked", name=plain_name(member)),
            ) from error


def _is_bomb(unpacked: int, packed: int) -> bool:
    return unpacked > RATIO_COUNTS_FROM_MIB * MIB and unpacked > MOST_RATIO * packed


def _bomb(file: str, unpacked: int) -> DataError:
    return refuse(
        file,
        say(
            "archives of up to {most} MiB when unpacked, and up to {ratio} times their packed size where "
            "that is over {from_mib} MiB; this one reaches {size} MiB",
            most=MOST_UNPACKED_MIB,
            ratio=MOST_RATIO,
            from_mib=RATIO_COUNTS_FROM_MIB,
            size=-(-unpacked // MIB),
        ),
    )
