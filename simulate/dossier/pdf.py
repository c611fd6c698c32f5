"""The document as PDF, set by typst: embedded fonts, bookmarks, page numbers, tagged for screen readers.

Everything from the document reaches typst as JSON and is shown as strings: nothing of it is markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geodata.messages import Speaker, say, speaker
from simulate.dossier import labels
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
from simulate.dossier.typesetting import named_for_typst, set_pdf

_TEMPLATE = Path(__file__).parent / "dossier.typ"


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
    return set_pdf(_TEMPLATE, data_of(document), document)


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
            yield from (_table(piece, speak) for piece in pieces_of(block, document.lang))


def _picture(picture: Picture, speak: Speaker) -> dict[str, Any]:
    return {
        "kind": "picture",
        "label": labels.picture_label(picture, speak),
        "title": picture.title,
        "svg": named_for_typst(picture.svg),
        "alt": picture.alt,
        "notes": list(picture.notes),
        "wide": picture.wide,
    }


def _table(table: Table, speak: Speaker) -> tuple[bool, dict[str, Any]]:
    setting = setting_of(table, speak.lang)
    rows = labels.cells_shown(table, speak.lang)
    sums = len(rows) - table.totals
    return setting.across, {
        "kind": "table",
        "label": labels.table_label(table, speak),
        "title": table.title,
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
