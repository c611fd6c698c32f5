"""The document as one HTML page that holds everything it needs and loads nothing.

Everything from the document is escaped by the template; pictures stand in it as SVG, pages behind a picture
(maps to move) as data that a frame is filled with when somebody opens it.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from geodata.messages import Speaker, say, speaker
from simulate.dossier import labels
from simulate.dossier.html_pictures import inline_svg
from simulate.dossier.measure import heading_em, text_em
from simulate.dossier.model import Block, Document, Heading, Part, Picture, Table
from zoning.web.fonts import font_css
from zoning.web.inline import content_policy, inline_assets, script_safe

_HERE = Path(__file__).parent
_STYLES = (_HERE.parent / "report" / "report.css", _HERE / "html.css")
LONG = 15
"""From so many rows on, a table can be searched, and scrolls in a box of its own."""
_ACROSS = 8
"""With more columns than that, the part of a table is printed across."""
_MAP = "\N{NULL}map {id}\N{NULL}"


def html_of(document: Document) -> str:
    """Draw the document as a page.

    Parameters
    ----------
    document : Document

    Returns
    -------
    str
        A whole HTML page; the same document makes the same text.

    Raises
    ------
    ValueError
        If a picture is no well-formed SVG, or one that a page does not take.
    XuequError
        If the page would load something.
    """
    template = _environment(speaker(document.lang)).get_template("html.html")
    context = _context(document, speaker(document.lang))
    # drawn twice: its own text says which characters its font must have; maps bring fonts of their own
    font = font_css(template.render(**context, font_css="", missing=()))
    page = template.render(**context, font_css=Markup(font.css), missing=font.missing)
    return _with_maps(inline_assets(page), document)


def _environment(speak: Speaker) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(_=lambda text, **values: speak(say(text, **values)))
    environment.filters.update(tidy=labels.tidy, word=_css_string)
    return environment


def _context(document: Document, speak: Speaker) -> dict[str, Any]:
    front = document.front
    return {
        "lang": "zh-CN" if document.lang == "zh" else "en",
        "content_policy": Markup(content_policy()),
        "css": Markup(_style()),
        "js": Markup(script_safe((_HERE / "html.js").read_text(encoding="utf-8"))),
        "front": front,
        "facts": labels.front_facts(front, speak),
        "running": labels.running_lines(front, speak),
        "parts": [_part(part, speak) for part in document.parts],
        "long": LONG,
    }


@cache
def _style() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in _STYLES)


def _part(part: Part, speak: Speaker) -> dict[str, Any]:
    blocks = [
        _block(block, level, f"part-{part.number}-{at}", speak)
        for at, (block, level) in enumerate(zip(part.blocks, labels.heading_levels(part), strict=True))
    ]
    return {
        "id": f"part-{part.number}",
        "label": labels.part_label(part.number, speak.lang),
        "title": part.title,
        "blocks": blocks,
        "across": any(isinstance(one, Table) and len(one.columns) > _ACROSS for one in part.blocks),
        "below": [
            {"id": one["id"], "label": one.get("label", ""), "title": one["title"]}
            for one in blocks
            if "title" in one
        ],
    }


def _block(block: Block, level: int, place: str, speak: Speaker) -> dict[str, Any]:
    """Return what the template shows of a block; those with an id and a title stand in the contents."""
    kind = type(block).__name__.lower()
    match block:
        case Table():
            return {"kind": kind, "id": _anchor(block.id), **_table(block, speak)}
        case Picture():
            return {
                "kind": kind,
                "id": _anchor(block.id),
                "label": labels.picture_label(block, speak),
                "title": block.title,
                "svg": Markup(inline_svg(block)),
                "picture": block,
                "map": Markup(_MAP.format(id=block.id)) if block.web else "",
            }
        case Heading():
            return {"kind": kind, "id": place, "title" if level == 2 else "text": block.text}
    label = "" if kind != "paragraph" else labels.tone_label(getattr(block, "tone", "plain"), speak)
    return {"kind": kind, "id": place, "label": label, "block": block}


def _table(table: Table, speak: Speaker) -> dict[str, Any]:
    rows = labels.cells_shown(table, speak.lang)
    sums = len(rows) - table.totals
    return {
        "label": labels.table_label(table, speak),
        "title": table.title,
        "table": table,
        "heads": labels.heading_rows(table),
        "rows": rows[:sums],
        "totals": rows[sums:],
        "shares": _shares(table),
        "least_em": [_least_em(rows, at, table) for at in range(len(table.columns))],
    }


def _shares(table: Table) -> list[float]:
    """Return the width of a form's columns in per cent: by weight, at least the words of the heading."""
    wide = [max(6.0 * one.weight, heading_em(one.title) + 2.8) for one in table.columns]
    return [100 * one / sum(wide) for one in wide]


def _least_em(rows: list[list[str]], at: int, table: Table) -> float:
    """Return the least width of a column on a screen: long text gets room, a heading its words."""
    column = table.columns[at]
    least = heading_em(column.title) + 2.8  # the cell's own margins, and the arrow of sorting
    if column.kind != "text":
        return least
    longest = max((text_em(row[at]) for row in rows), default=0.0)
    return max(least, min(longest, 4.0 + 3.0 * column.weight) + 1.8)


def _anchor(name: str) -> str:
    return re.sub(r"[^\w-]", "-", name)


def _css_string(text: str) -> Markup:
    r"""Return a text as a string of a style sheet, whatever stands in it.

    Examples
    --------
    >>> str(_css_string("a</style>"))
    '"a\\3c \\2f style\\3e "'
    """
    words = (ch if ch.isalnum() else f"\\{ord(ch):x} " for ch in labels.tidy(text))
    return Markup('"{}"').format(Markup("".join(words)))


def _with_maps(page: str, document: Document) -> str:
    """Put the pages behind pictures into the page, as data: nothing of them runs before it is opened."""
    for picture in document.pictures():
        if picture.web:
            data = json.dumps(picture.web, ensure_ascii=False).replace("<", "\\u003c")
            page = page.replace(_MAP.format(id=picture.id), data)
    return page
