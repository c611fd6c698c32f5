"""Refuse JSON and XML whose nesting or entities are made to choke a parser, before a parser sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat

import numpy as np

from geodata.errors import DataError, Fault
from geodata.messages import Text, say

MOST_JSON_DEPTH = 32
"""Deepest nesting of brackets; a multi-polygon in a collection of features takes 8."""
MOST_XML_DEPTH = 64
"""Deepest nesting of elements; folders within folders of a KML file take about 10."""

_PIECE = 1 << 22
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_WORD = re.compile(rb'"([^"]*)"')
# elements of KML and GML that hold coordinates and nothing else
_COORDINATES = ("coordinates", "pos", "posList", "coord", "lowerCorner", "upperCorner")
_NO_COORDINATES = re.compile(r"[^0-9eE+.,\s-]")
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_KNOWN_TO_EXPAT = ("utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1")
_SAVE_AGAIN = say("save it again with the program that made it, or ask whoever sent it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a JSON text is at its outermost level.

    Parameters
    ----------
    depth : int
        The deepest nesting of brackets.
    words : tuple of bytes
        Keys, and values that are strings, of the outermost object, in their order.
    """

    depth: int
    words: tuple[bytes, ...]

    def value(self, key: bytes) -> bytes | None:
        """Return what follows a key; None where it does not stand there."""
        return next((b for a, b in zip(self.words, self.words[1:], strict=False) if a == key), None)


def outline_json(data: bytes) -> Outline:
    """Scan the bytes of a JSON text without parsing it; not recursive, so depth does no harm.

    Examples
    --------
    >>> outline = outline_json(b'{"type": "Feature", "geometry": {"coordinates": [[1]]}}')
    >>> outline.depth, outline.value(b"type")
    (4, b'Feature')
    """
    # an escaped quote does not end a string; two spaces keep every place where it was
    if b"\\" in data:
        data = _ESCAPED.sub(b"  ", data)
    deepest = depth = inside = 0
    top: list[bytes] = []
    for start in range(0, len(data), _PIECE):
        piece = np.frombuffer(data, dtype=np.uint8, count=min(_PIECE, len(data) - start), offset=start)
        quote = piece == ord('"')
        within = (np.cumsum(quote, dtype=np.int64) + inside) % 2 == 1
        bracket = np.zeros(len(piece), dtype=np.int8)
        bracket[(piece == ord("{")) | (piece == ord("["))] = 1
        bracket[(piece == ord("}")) | (piece == ord("]"))] = -1
        bracket[within] = 0
        level = np.cumsum(bracket, dtype=np.int64) + depth
        deepest = max(deepest, int(level.max(initial=0)))
        opens = np.flatnonzero(quote & within & (level == 1)) + start
        top.extend(_word_at(data, int(place)) for place in opens[: 1000 - len(top)])
        depth = int(level[-1])
        inside = (inside + int(quote.sum())) % 2
    return Outline(depth=deepest, words=tuple(top))


def _word_at(data: bytes, place: int) -> bytes:
    found = _WORD.match(data, place, min(len(data), place + 200))
    return b"" if found is None else found.group(1)


def need_shallow_json(data: bytes, file: str) -> Outline:
    """Raise if JSON nests deeper than any layer does.

    Raises
    ------
    DataError
        Beyond `MOST_JSON_DEPTH`.
    """
    outline = outline_json(data)
    if outline.depth > MOST_JSON_DEPTH:
        raise _refuse(
            file,
            say(
                "brackets nested up to {most} deep; here they are nested {n} deep",
                most=MOST_JSON_DEPTH,
                n=outline.depth,
            ),
        )
    return outline


class _Enough(Exception):  # noqa: N818 - no error: the root element has been reached
    pass


def need_no_doctype(head: bytes, file: str) -> None:
    """Raise if an XML text has a DOCTYPE before its root element; only the first bytes are needed.

    Raises
    ------
    DataError
        If it has one, or there is no root element in these bytes.
    """
    try:
        _scan(head, file, whole=False)
    except _Enough:
        return
    except (expat.ExpatError, LookupError, ValueError):
        # whoever reads it says what is wrong with it; what no parser can read multiplies nothing
        return
    if head:
        raise _refuse(file, say("XML that begins with an element; none is found near its start"))


def need_sane_xml(data: bytes, file: str) -> bytes:
    """Raise if an XML text has a DOCTYPE, nests too deep, is malformed, or has words for coordinates.

    GDAL makes a shape with a coordinate that is none into no shape, without a word.

    Returns
    -------
    bytes
        The text, in UTF-8 where it was in GBK, which the parser of GDAL does not know.

    Raises
    ------
    DataError
        If it is such a text; the line is said.
    """
    data = _in_utf_8(data, file)
    try:
        _scan(data, file, whole=True)
    except expat.ExpatError as error:
        problem = expat.ErrorString(error.code)
        raise _refuse(
            file, say("XML; this cannot be read: {problem}", problem=problem), error.lineno
        ) from error
    return data


def _scan(data: bytes, file: str, *, whole: bool) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0
    inside = False

    def doctype(*_: object) -> None:
        raise _refuse(
            file,
            say("XML without a DOCTYPE: its entities can multiply without end"),
            parser.CurrentLineNumber,
            say("remove the lines of the DOCTYPE; no layer and no workbook needs one"),
        )

    def start(name: str, _: object) -> None:
        nonlocal depth, inside
        if not whole:
            raise _Enough
        depth += 1
        if depth > MOST_XML_DEPTH:
            allowed = say("elements nested up to {most} deep", most=MOST_XML_DEPTH)
            raise _refuse(file, allowed, parser.CurrentLineNumber)
        inside = name.rpartition(":")[2] in _COORDINATES

    def end(_: str) -> None:
        nonlocal depth, inside
        depth -= 1
        inside = False

    def text(words: str) -> None:
        if inside and _NO_COORDINATES.search(words):
            allowed = say("numbers as coordinates; here stands something else")
            raise _refuse(file, allowed, parser.CurrentLineNumber, say("correct it"))

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text if whole else None
    # the first part alone is not a whole text: then its end is no error
    parser.Parse(data, whole)


def _in_utf_8(data: bytes, file: str) -> bytes:
    found = _DECLARED_ENCODING.match(data[:200])
    name = found.group(1).decode().lower() if found else "utf-8"
    if found is None or name in _KNOWN_TO_EXPAT:
        return data
    try:
        text = data.decode("gb18030" if name.startswith("gb") else name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        allowed = say("the bytes are not {encoding}, which is declared", encoding=name)
        raise _refuse(file, allowed, line) from error
    except (LookupError, ValueError) as error:
        allowed = say("a text encoding that is known; this says {encoding}", encoding=name)
        raise _refuse(file, allowed, 1) from error
    start, end = found.span(1)
    return (text[:start] + "UTF-8" + text[end:]).encode("utf-8", "replace")


def _refuse(file: str, allowed: Text, line: int | None = None, remedy: Text = _SAVE_AGAIN) -> DataError:
    return DataError([Fault(file=file, row=line, allowed=allowed, remedy=remedy)])
