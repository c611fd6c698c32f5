"""Set what is told about a child: one page that loads nothing, or plain text with the same sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from simulate.explain.chapters import Chapter, Row
from simulate.explain.points import PointsPart
from simulate.explain.telling import Page
from zoning.maps.ornaments import WATERMARK
from zoning.web.fonts import font_css

_HERE = Path(__file__).parent
_STOPS = "，。；：、）”！？"
WIDTH = 96
"""Columns of the plain text; a Chinese character takes two."""


def html_of(page: Page) -> str:
    """Return the page as HTML that loads nothing; the same page gives the same text."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_read("explain.html"))
    context = {
        "page": page,
        "h": page.headings,
        "watermark": WATERMARK,
        "css": Markup(_read("explain.css")),
    }
    # drawn twice: its own text says which characters its font must have
    font = font_css(template.render(**context, font_css=""))
    return template.render(**context, font_css=Markup(font.css))


def text_of(page: Page) -> str:
    """Return the page as plain text."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    if page.band:
        yield from _wrapped(page.band)
    yield page.kicker
    yield page.heading
    yield ""
    yield from _wrapped(page.outcome)
    for sentence in page.short:
        yield from _wrapped(sentence)
    yield from _headed(page.headings["child"])
    for label, value in page.child:
        yield from _wrapped(f"{label}{page.headings['colon']}{value}", indent=2)
    if page.points is not None:
        yield from _points(page.points, page.headings)
    for part in page.parts:
        yield from _headed(part.title)
        yield from _wrapped(part.lead)
        for chapter in part.chapters:
            yield from _chapter(chapter, page)
    if page.later:
        yield ""
        yield from _wrapped(page.later)
    for name in ("changes", "objecting", "ticket"):
        yield from _headed(page.headings[name])
        for sentence in getattr(page, name):
            yield from _wrapped(sentence, mark="- ")
    yield ""
    yield from (f"    {line}" for line in page.code.splitlines())
    yield from _headed(page.headings["foot"])
    for label, value in page.foot:
        yield f"  {label}{page.headings['colon']}{value}"


def _points(part: PointsPart, headings: dict[str, str]) -> Iterator[str]:
    yield from _headed(part.title)
    yield from _wrapped(part.lead)
    yield ""
    colon, names = headings["colon"], part.headings
    for item in part.items:
        tag = f" [{headings['assumed']}]" if item.assumed else ""
        cells = [f"{item.title}{colon}{item.points}{tag}"]
        cells += [f"{names['counted']}{colon}{item.counted}"] if item.counted != "–" else []
        cells += [f"{names['cap']}{colon}{item.cap}"] if item.cap != "–" else []
        cells += [item.clause] if item.clause else []
        yield from _wrapped(" · ".join(cells), indent=2, mark="- ")
        if item.why:
            yield from _wrapped(f"{names['why']}{colon}{item.why}", indent=4)
    yield from _wrapped(f"{names['total']}{colon}{part.total}", indent=2, mark="= ")
    for sentence in part.lines:
        yield from _wrapped(sentence, indent=2)
    if part.rules:
        yield from _wrapped(f"{names['rules']}{colon}".rstrip(), indent=2)
    for rule in part.rules:
        tag = f" [{headings['assumed']}]" if rule.assumed else ""
        cells = [f"{rule.title}{colon}{rule.verdict}{tag}", rule.why, rule.clause]
        yield from _wrapped(" · ".join(cell for cell in cells if cell), indent=2, mark="- ")
    for sentence in part.notes:
        yield from _wrapped(sentence, indent=2)


def _chapter(chapter: Chapter, page: Page) -> Iterator[str]:
    yield ""
    tag = f" [{page.headings['assumed']}]" if chapter.assumed and chapter.tone != "out" else ""
    yield from _wrapped(f"{chapter.number}  {chapter.title}{tag}")
    yield from _wrapped(chapter.head, indent=3)
    for sentence in chapter.lines:
        yield from _wrapped(sentence, indent=3)
    for row in chapter.rows:
        yield from _row(row, page)
    for sentence in (*chapter.notes, *chapter.rules, chapter.basis):
        if sentence:
            yield from _wrapped(sentence, indent=3)


def _row(row: Row, page: Page) -> Iterator[str]:
    number = f"{row.number}. " if row.number else "- "
    seats = f"{page.headings['seats']}{page.headings['colon']}{row.seats}"
    line = f"{page.headings['line']}{page.headings['colon']}{row.line}" if row.line != "–" else ""
    cells = " · ".join(cell for cell in (row.name, row.away, seats, line) if cell)
    yield from _wrapped(cells, indent=5, mark=number)
    yield from _wrapped(row.verdict, indent=5 + len(number))


def _headed(title: str) -> Iterator[str]:
    yield ""
    yield title
    yield "-" * _columns(title)


def _wrapped(text: str, *, indent: int = 0, mark: str = "") -> Iterator[str]:
    """Break a text into lines: between words, or between two Chinese characters, never before a stop."""
    line, later = " " * indent + mark, " " * (indent + len(mark))
    full = False  # whether the line holds a word already
    for word in re.findall(rf" *(?:[^ \u2e80-\uffef]+|[\u2e80-\uffef][{_STOPS}]*)", text):
        if full and _columns(line + word) > WIDTH:
            yield line
            line, word = later, word.lstrip()
        line, full = line + word, True
    yield line


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
