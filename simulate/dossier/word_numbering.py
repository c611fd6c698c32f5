"""The numbers of headings and lists as Word counts them, so that an editor can put one in between."""

from __future__ import annotations

from docx.document import Document as Paper

from geodata.messages import Lang
from simulate.dossier.word_xml import element

HEADINGS, _BULLETS, _NUMBERS = 1, 2, 3

_LEVELS = {
    "zh": (
        ("chineseCountingThousand", "%1、", "nothing"),
        ("chineseCountingThousand", "（%2）", "nothing"),
        ("decimal", "%3.", "nothing"),
    ),
    "en": (
        ("decimal", "%1", "space"),
        ("decimal", "%1.%2", "space"),
        ("decimal", "%1.%2.%3", "space"),
    ),
}
"""Format, text and what follows: 一、 （一） 1. (GB/T 9704-2012, 7.3.3)."""


class Numbering:
    """The lists of one paper.

    A class, because each list that begins anew needs an instance of its own, numbered in the paper.
    """

    def __init__(self, paper: Paper, lang: Lang) -> None:
        self._part = paper.part.numbering_part.element
        for old in list(self._part):
            self._part.remove(old)
        for abstract in (_headings(lang), _bullets(), _numbers()):
            self._part.append(element(abstract))
        self._last = 0
        self._headings = self._instance(HEADINGS)
        self.bullets = self._instance(_BULLETS)
        self._next_part = 1

    def new_list(self) -> int:
        """Return the id of a numbered list that begins with 1."""
        return self._instance(_NUMBERS, start=1)

    def of_part(self, number: int) -> int:
        """Return the id by which a part's heading, and those below it, have the part's own number."""
        if number != self._next_part:
            self._headings = self._instance(HEADINGS, start=number)
        self._next_part = number + 1
        return self._headings

    @property
    def headings(self) -> int:
        """The id of the headings below the last part."""
        return self._headings

    def _instance(self, abstract: int, start: int | None = None) -> int:
        self._last += 1
        anew = (
            ""
            if start is None
            else f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{start}"/></w:lvlOverride>'
        )
        self._part.append(
            element(f'<w:num w:numId="{self._last}"><w:abstractNumId w:val="{abstract}"/>{anew}</w:num>')
        )
        return self._last


def numbered(instance: int, level: int = 0) -> str:
    """Return the property of a paragraph that stands in a list."""
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{instance}"/></w:numPr>'


def _headings(lang: Lang) -> str:
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:pStyle w:val="Heading{at + 1}"/><w:suff w:val="{after}"/><w:lvlText w:val="{text}"/>'
        '<w:lvlJc w:val="left"/></w:lvl>'
        for at, (form, text, after) in enumerate(_LEVELS[lang])
    )
    return _abstract(HEADINGS, "multilevel", levels)


def _bullets() -> str:
    return _abstract(_BULLETS, "singleLevel", _level("bullet", "•"))


def _numbers() -> str:
    return _abstract(_NUMBERS, "singleLevel", _level("decimal", "%1."))


def _level(form: str, text: str) -> str:
    return (
        f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:suff w:val="tab"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        '<w:pPr><w:ind w:left="1060" w:hanging="420"/></w:pPr></w:lvl>'
    )


def _abstract(number: int, kind: str, levels: str) -> str:
    return (
        f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="{kind}"/>{levels}'
        "</w:abstractNum>"
    )
