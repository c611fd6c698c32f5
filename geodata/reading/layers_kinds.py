"""Make each kind of file ready for GDAL: only what was checked, from memory, nothing fetched or followed.

GDAL decides by content which of its drivers reads a file, and some of those fetch other files, or run a
list of steps. So the list of kinds is closed, each must look like what its name says, and what those
drivers look for is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from geodata.messages import Text, say
from geodata.reading import shapefile
from geodata.reading.encodings import decide, doubt_of, to_utf8
from geodata.reading.guards import refuse
from geodata.reading.guards_binary import need_sane_flatgeobuf, need_sane_geopackage, without_shape
from geodata.reading.guards_dxf import need_few_pieces
from geodata.reading.guards_text import need_sane_xml, need_shallow_json
from geodata.reading.layers_parts import Parts, pack
from geodata.reading.raw import Encoded

# what GDAL takes for a recipe of other sources, wherever it stands near the start of a file
_RECIPE = re.compile(rb"<(OGR|GDAL|VRT)[A-Za-z]|gdal_streamed_alg")
_HEAD = 1 << 16
_DXF = re.compile(
    rb"\s*(999[ \t]*\r?\n[^\n]*\n\s*)*0[ \t]*\r?\n\s*SECTION[ \t]*\r?\n\s*2[ \t]*\r?\n\s*([A-Z]+)"
)
_CODE_PAGE = re.compile(rb"(\$DWGCODEPAGE\s*\r?\n\s*3\s*\r?\n\s*)([A-Za-z]+_?)([0-9]*)[^\r\n]*")
_SINCE_2007 = re.compile(rb"\$ACADVER\s*\r?\n\s*1\s*\r?\n\s*AC10(2[1-9]|[3-9])")
# UTF-8 by its number: GDAL believes the page alone, and has no other way to be told
_IN_UTF_8 = b"9\n$DWGCODEPAGE\n3\nANSI_65001\n"
# GDAL, which sees no name, knows a DXF by its header, which an old one may lack
_HEADER = b"0\nSECTION\n2\nHEADER\n" + _IN_UTF_8 + b"0\nENDSEC\n"
_KML = re.compile(rb"<([A-Za-z0-9]+:)?kml[\s>]")
_GML = re.compile(rb"opengis\.net/(gml|wfs)")
_CHARSET = re.compile(rb'charset\s+"?([A-Za-z0-9]+)', re.IGNORECASE)
_SEAMLESS = re.compile(rb"isseamless|create\s+view|type\s+(linked|dbf|xls|access|odbc)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What GDAL is given.

    Parameters
    ----------
    data : bytes
        A file, or an archive that is read as a folder.
    encoded : Encoded, optional
        How its text is decoded; None where the format says it itself, or all is ASCII.
    codec : str, optional
        The encoding in which GDAL's text is still to be decoded.
    without_shape : callable, optional
        Says of a layer which of its rows have no shape by the file itself.
    json : bytes, optional
        The text of a GeoJSON file.
    declares_crs : bool
        Whether the format can say its CRS.
    has_zones : bool
        Whether the format can keep a time without a zone; where it cannot, UTC stands for none.
    options : mapping of str to str
        Options with which GDAL opens it.
    notes : tuple of Text
        What should be known.
    """

    data: bytes
    encoded: Encoded | None = None
    codec: str | None = None
    without_shape: Callable[[str], Sequence[bool]] | None = None
    json: bytes | None = None
    declares_crs: bool = True
    has_zones: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()


def make_ready(parts: Parts, encoding: str) -> Ready:
    """Check a layer's bytes by its kind.

    Raises
    ------
    DataError
        If they are not what the name of the file says, or would do harm.
    """
    if parts.kind != ".gdb" and _RECIPE.search(parts.main[:_HEAD]):
        raise refuse(
            parts.file,
            say("a layer itself; this is a list of steps or sources, and such are never followed"),
            say("open it in QGIS and save the layer as GeoPackage"),
        )
    return KINDS[parts.kind](parts, encoding)


def _json(parts: Parts, encoding: str) -> Ready:
    encoded = decide(parts.main, declared=encoding, file=parts.file)
    data = to_utf8(parts.main, encoded, file=parts.file)
    need_shallow_json(data, parts.file)
    if not data.lstrip()[:1] == b"{":
        raise refuse(parts.file, say("GeoJSON: an object in braces"))
    notes = doubt_of(parts.file, encoded)
    # GDAL would take a text such as 2024/07/01 for a date, and write it otherwise
    return Ready(
        data=data,
        encoded=None if data.isascii() else encoded,
        json=data,
        options={"DATE_AS_STRING": "YES"},
        notes=notes,
    )


def _geopackage(parts: Parts, encoding: str) -> Ready:
    data = need_sane_geopackage(parts.main, parts.file)
    return Ready(data=data, without_shape=partial(without_shape, data), has_zones=False)


def _flatgeobuf(parts: Parts, encoding: str) -> Ready:
    need_sane_flatgeobuf(parts.main, parts.file)
    return Ready(data=parts.main)


def _shapefile(parts: Parts, encoding: str) -> Ready:
    made = shapefile.prepare(parts, encoding)
    return Ready(
        data=made.archive,
        encoded=None if made.is_ascii else made.encoding,
        codec=made.encoding.name,
        without_shape=lambda _: made.missing.tolist(),
        notes=made.notes,
    )


def _kml(parts: Parts, encoding: str) -> Ready:
    data = need_sane_xml(parts.main, parts.file)
    if not _KML.search(data[:_HEAD]):
        raise refuse(parts.file, say("KML; there is no element of that name at the start"))
    return Ready(data=data)


def _gml(parts: Parts, encoding: str) -> Ready:
    data = need_sane_xml(parts.main, parts.file)
    if not _GML.search(data[:_HEAD]):
        raise refuse(parts.file, say("GML; its namespace is not declared at the start"))
    # a schema elsewhere is never fetched, and no list of columns is written
    return Ready(data=data, options={"DOWNLOAD_SCHEMA": "NO", "WRITE_GFS": "NO"})


def _dxf(parts: Parts, encoding: str) -> Ready:
    begins = _DXF.match(parts.main)
    if begins is None:
        raise refuse(parts.file, say("DXF as text; the file does not begin like it (DWG cannot be read)"))
    page = _CODE_PAGE.search(parts.main[:_HEAD])
    # programs write the page of Windows in the west without meaning it
    named = page.group(3).decode() if page is not None and page.group(3) != b"1252" else None
    if _SINCE_2007.search(parts.main[:_HEAD]):
        named = None  # UTF-8 whatever the page, and some programs do not know that
    encoded = decide(parts.main, declared=encoding, cpg=named, file=parts.file)
    data = to_utf8(parts.main, encoded, file=parts.file)
    need_few_pieces(data, parts.file)
    notes = doubt_of(parts.file, encoded)
    return Ready(
        data=_marked_as_utf_8(data),
        encoded=None if data.isascii() else encoded,
        declares_crs=False,
        notes=notes,
    )


def _marked_as_utf_8(data: bytes) -> bytes:
    """Return a DXF in UTF-8 with a header that says so."""
    begins = _DXF.match(data)
    if begins is None or begins.group(2) != b"HEADER":
        return _HEADER + data
    marked, found = _CODE_PAGE.subn(rb"\g<1>ANSI_65001", data, count=1)
    if found:
        return marked
    _, end, rest = data[begins.end(2) :].partition(b"\n")
    return data[: begins.end(2)] + end + _IN_UTF_8 + rest


def _mapinfo(parts: Parts, encoding: str) -> Ready:
    """Return a MapInfo table; where it names no character set, its bytes decide."""
    wanted = {".tab": (".dat",), ".mif": (".mid",)}[parts.kind]
    for other in wanted:
        if other not in parts.parts:
            allowed = say(
                "a {kind} with its {other} beside it; there is none", kind=parts.kind, other=other
            )
            raise refuse(parts.file, allowed, say("put the file there, under the same name"))
    if not re.match(rb"\s*(!table|version)", parts.main, re.IGNORECASE):
        raise refuse(parts.file, say("a MapInfo table; the file does not begin like one"))
    if parts.kind == ".tab" and _SEAMLESS.search(parts.main):
        raise refuse(parts.file, say("a MapInfo table itself, none that is made of other files"))
    archive = pack({f"layer{kind}": data for kind, data in parts.parts.items()})
    found = _CHARSET.search(parts.main)
    if found is not None and found.group(1).lower() != b"neutral" and encoding == "auto":
        return Ready(data=archive)
    text = (
        parts.parts[".mid"] if parts.kind == ".mif" else shapefile.text_of(parts.parts[".dat"], parts.file)
    )
    encoded = decide(text, declared=encoding, file=parts.file)
    return Ready(
        data=archive,
        encoded=None if text.isascii() else encoded,
        codec=encoded.name,
        notes=doubt_of(parts.file, encoded),
    )


def _geodatabase(parts: Parts, encoding: str) -> Ready:
    if not any(name.endswith(".gdbtable") for name in parts.parts):
        raise refuse(
            parts.file,
            say("a file geodatabase, which is a folder with .gdbtable files"),
            say("copy the whole folder"),
        )
    return Ready(data=pack(parts.parts), has_zones=False)


KINDS: Mapping[str, Callable[[Parts, str], Ready]] = {
    ".geojson": _json,
    ".json": _json,
    ".gpkg": _geopackage,
    ".shp": _shapefile,
    ".kml": _kml,
    ".gml": _gml,
    ".tab": _mapinfo,
    ".mif": _mapinfo,
    ".dxf": _dxf,
    ".fgb": _flatgeobuf,
    ".gdb": _geodatabase,
}
"""How a layer is made ready, by the ending of its name."""
