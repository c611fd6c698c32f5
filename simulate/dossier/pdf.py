"""The document as PDF, set by typst: embedded fonts, bookmarks, page numbers, tagged for screen readers.

Everything from the document reaches typst as JSON and is shown as strings: nothing of it is markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from geodata.errors import DataError, Fault
from geodata.messages import Speaker, say, speaker
from simulate.dossier import labels
from simulate.dossier.formatting import shown
from simulate.dossier.labels import tidy
from simulate.dossier.model import (
    Block,
    Bullets,
    Cards,
    Document,
    Heading,
    Missing,
    Paragraph,
    Part,
    Picture,
    Table,
)
from simulate.dossier.pdf_layout import pieces_of, setting_of

STANDARDS: tuple[Literal["a-2a", "ua-1"], ...] = ("a-2a", "ua-1")
"""PDF/A-2a for the archive, PDF/UA-1 for screen readers: both refuse a missing glyph, and an untagged page.

A-1 knows no transparency (the watermark), A-3 and A-4 add attachments, which nobody needs here; the "b" and
"u" levels of A-2 ask for no tags.
"""

_TEMPLATE = Path(__file__).parent / "dossier.typ"
_NOT_SHOWN = re.compile(r'the text `"(.*?)"` could not be displayed', re.S)
_OUR_FONT = re.compile(r"(font-family\s*[=:][^;>]*?)Xuequ Sans")


def pdf_of(document: Document) -> bytes:
    """Set the document as PDF.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bytes
        PDF/A-2a and PDF/UA-1; the same document makes the same bytes.

    Raises
    ------
    DataError
        If a text has a character that the fonts do not have: a page with a box in place of a name is no
        dossier.
    """
    import typst

    try:
        return typst.compile(
            str(_TEMPLATE),
            root=str(_TEMPLATE.parent),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data_of(document), ensure_ascii=False)},
            pdf_standards=list(STANDARDS),
            timestamp=0,  # no clock in the bytes
        )
    except typst.TypstError as error:
        found = _NOT_SHOWN.search(error.message)
        if found is None:
            raise
        raise DataError(list(_faults(document, _unescaped(found.group(1))))) from error


def data_of(document: Document) -> dict[str, Any]:
    """Return everything that the template shows, as strings and numbers that JSON can hold.

    Parameters
    ----------
    document : Document

    Returns
    -------
    dict
        `runs` are the blocks in their order, cut where pages turn from upright to across or back.
    """
    speak = speaker(document.lang)
    front = document.front
    data = {
        "lang": document.lang,
        "front": {
            "title": front.title,
            "subtitle": front.subtitle,
            "project": " · ".join(one for one in (front.project, front.year) if one),
            "facts": labels.front_facts(front, speak),
            "made_from": list(front.made_from),
            "watermark": front.watermark,
        },
        "running": labels.running_lines(front, speak),
        "words": _words(speak),
        "runs": _runs(document, speak),
        "tables": any(True for _ in document.tables()),
        "pictures": any(True for _ in document.pictures()),
    }
    tidied: dict[str, Any] = _tidied(data)
    return tidied


@cache
def _fonts() -> Any:
    """Return the two families of the package of fonts, and no other font of this machine or of typst."""
    import typst
    from pylopdf_fonts_zh_cn import sans_path

    folder = str(Path(sans_path()).parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _words(speak: Speaker) -> dict[str, Any]:
    return {
        "contents": speak(say("Contents")),
        "tables": speak(say("Tables")),
        "pictures": speak(say("Figures")),
        "made_from": speak(say("Made from")),
        "missing": speak(say("Not there yet")),
        "how": speak(say("How to supply it")),
        # what stands before, between and after the two numbers, which typst counts
        "page": speak(say("Page {n} of {all}", n="\0", all="\0")).split("\0"),
    }


def _runs(document: Document, speak: Speaker) -> list[dict[str, Any]]:
    """Return runs of blocks that stand on pages of one direction."""
    runs: list[dict[str, Any]] = []
    for part in document.parts:
        for across, block in _placed(part, document, speak):
            if not runs or runs[-1]["across"] != across:
                runs.append({"across": across, "blocks": []})
            runs[-1]["blocks"].append(block)
    return runs


def _placed(part: Part, document: Document, speak: Speaker) -> Iterator[tuple[bool, dict[str, Any]]]:
    """Walk through the blocks of a part, its title first, each with the direction of its page.

    What is no table goes with the next table of its part, or else with the last one, so that a title is
    never alone on a page.
    """
    title = {"kind": "part", "text": labels.part_title(part, document.lang), "level": 1}
    blocks: list[tuple[bool | None, dict[str, Any]]] = [(None, title)]
    for block, level in zip(part.blocks, labels.heading_levels(part), strict=True):
        blocks += _set(block, level, document, speak)
    if not part.blocks:
        blocks.append((None, {"kind": "empty", "text": speak(say("Nothing stands in this part."))}))
    last = False
    for at, (across, one) in enumerate(blocks):
        after = [known for known, _ in blocks[at:] if known is not None]
        last = after[0] if after else last if across is None else across
        yield last, one


def _set(
    block: Block, level: int, document: Document, speak: Speaker
) -> Iterator[tuple[bool | None, dict[str, Any]]]:
    match block:
        case Heading():
            yield None, {"kind": "heading", "text": block.text, "level": level}
        case Paragraph():
            label = labels.tone_label(block.tone, speak)
            yield None, {"kind": "paragraph", "text": block.text, "tone": block.tone, "label": label}
        case Bullets():
            yield None, {"kind": "bullets", "items": list(block.items), "numbered": block.numbered}
        case Cards():
            yield None, {"kind": "cards", "items": block.items, "headings": block.headings}
        case Missing():
            yield None, {"kind": "missing", "what": block.what, "how": block.how}
        case Picture():
            yield False, _picture(block, speak)
        case Table():
            pieces = pieces_of(block, document.lang)
            for number, piece in enumerate(pieces, start=1):
                yield _table(piece, f" ({number}/{len(pieces)})" if len(pieces) > 1 else "", speak)


def _picture(picture: Picture, speak: Speaker) -> dict[str, Any]:
    return {
        "kind": "picture",
        "label": labels.picture_label(picture, speak),
        "title": picture.title,
        # typst knows the font by its own name
        "svg": _OUR_FONT.sub(r"\1Noto Sans SC", picture.svg),
        "alt": picture.alt,
        "notes": list(picture.notes),
        "wide": picture.wide,
    }


def _table(table: Table, piece: str, speak: Speaker) -> tuple[bool, dict[str, Any]]:
    setting = setting_of(table, speak.lang)
    rows = [
        [shown(value, column, speak.lang) for value, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    sums = len(rows) - table.totals
    return setting.across, {
        "kind": "table",
        "label": labels.table_label(table, speak),
        "title": table.title + piece,
        "size": setting.size_pt,
        "widths": list(setting.widths_pt),
        "right": [column.numeric for column in table.columns],
        "heads": labels.heading_rows(table),
        "rows": rows[:sums],
        "totals": rows[sums:],
        "notes": list(table.notes),
        "form": table.form,
    }


def _tidied(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.startswith("<svg") else tidy(value)
    if isinstance(value, dict):
        return {key: _tidied(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_tidied(one) for one in value]
    return value


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
