"""Typst for all papers: its fonts, how it sets a template, what it says of a character without a shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from geodata.errors import DataError, Fault
from geodata.messages import Speaker, say, speaker
from simulate.dossier import labels
from simulate.dossier.model import Bullets, Cards, Document, Heading, Missing, Paragraph, Picture, Table

STANDARDS: tuple[Literal["a-2a", "ua-1"], ...] = ("a-2a", "ua-1")
"""PDF/A-2a for the archive, PDF/UA-1 for screen readers: both refuse a missing glyph, and an untagged page.

A-1 knows no transparency (the watermark), A-3 and A-4 add attachments, which nobody needs here; the "b" and
"u" levels of A-2 ask for no tags.
"""

_NOT_SHOWN = re.compile(r'the text `"(.*?)"` could not be displayed', re.S)
_OUR_FONT = re.compile(r"(font-family\s*[=:][^;>]*?)Xuequ Sans")


@cache
def fonts() -> Any:
    """Return the two families of the package of fonts, and no other font of this machine or of typst."""
    import typst
    from pylopdf_fonts_zh_cn import sans_path

    folder = str(Path(sans_path()).parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def named_for_typst(svg: str) -> str:
    """Return a picture whose font has the name by which typst knows it.

    Examples
    --------
    >>> named_for_typst('<svg font-family="Xuequ Sans"/>')
    '<svg font-family="Noto Sans SC"/>'
    """
    return _OUR_FONT.sub(r"\1Noto Sans SC", svg)


def set_pdf(
    template: Path, data: Mapping[str, Any], document: Document, *, root: Path | None = None
) -> bytes:
    """Set a template as PDF.

    Parameters
    ----------
    template : Path
        Reads `sys.inputs.data`.
    data : mapping
        As JSON can hold it.
    document : Document
        Where a character is looked for that the fonts do not have.
    root : Path, optional
        The folder from which templates may be taken in; the template's own without it.

    Returns
    -------
    bytes
        PDF/A-2a and PDF/UA-1; the same data make the same bytes.

    Raises
    ------
    DataError
        If a text has a character that the fonts do not have: a page with a box in place of a name is no
        paper.
    """
    import typst

    try:
        return typst.compile(
            str(template),
            root=str(root or template.parent),
            font_paths=fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=list(STANDARDS),
            timestamp=0,  # no clock in the bytes
        )
    except typst.TypstError as error:
        found = _NOT_SHOWN.search(error.message)
        if found is None:
            raise
        raise DataError(list(_faults(document, _unescaped(found.group(1))))) from error


def _unescaped(found: str) -> str:
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match.group(1), 16)), found)


def _faults(document: Document, characters: str) -> Iterator[Fault]:
    """Walk through the places of the document where the characters stand."""
    speak = speaker(document.lang)
    allowed = say("the fonts of the dossier have no shape for {shapes}", shapes=characters)
    remedy = say("write it in other characters in the project's tables")
    lost = False
    for where, text in _texts(document, speak):
        if set(characters) & set(text):
            lost = True
            yield Fault(file=where, allowed=allowed, found=text, remedy=remedy)
    if not lost:
        yield Fault(file=document.front.title, allowed=allowed, remedy=remedy)


def _texts(document: Document, speak: Speaker) -> Iterator[tuple[str, str]]:
    """Walk through all texts of the document with where they stand."""
    for part in document.parts:
        title = labels.part_title(part, document.lang)
        for block in part.blocks:
            match block:
                case Table():
                    where = labels.table_label(block, speak)
                    heads = (text for column in block.columns for text in (column.title, column.group))
                    cells = (value for row in block.rows for value in row if isinstance(value, str))
                    yield from ((where, text) for text in (block.title, *block.notes, *heads, *cells))
                case Picture():
                    where = labels.picture_label(block, speak)
                    yield from ((where, text) for text in (block.title, *block.notes))
                    yield from ((where, text) for text in re.findall(r">([^<>]+)<", block.svg))
                case Cards():
                    yield from ((title, text) for item in block.items for text in item)
                case Bullets():
                    yield from ((title, text) for text in block.items)
                case Missing():
                    yield from ((title, text) for text in (block.what, block.how))
                case Paragraph() | Heading():
                    yield title, block.text
