"""A small writer of SVG: elements with everything escaped, text whose width is known, even numbers.

What comes out is drawn alike by a browser and by typst: presentation attributes only (a style sheet in one
picture would reach the others of a page), no script, no link, no picture from elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NewType
from xml.sax.saxutils import escape

Svg = NewType("Svg", str)
"""Markup that is whole and escaped; a plain string is never put into a picture as it is."""

FONT = "'Xuequ Sans','Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif"
INK, SOFT, LINE, PAPER, WASH, ACCENT, MARK = (
    "#1c2630",
    "#5b6875",
    "#d9e0e6",
    "#ffffff",
    "#f4f7f9",
    "#1d5f75",
    "#7a1126",
)
WIDTH = 454.0
"""Points in 16 cm: a picture that is printed 16 cm wide has type of the size that is written in it."""
SMALL, PLAIN = 7.0, 8.0
LEADING = 1.3

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDTHS = {0.28: " ", 0.34: "ijlI.,:;'|!()[]f", 0.42: "rt/-{}°\\", 0.48: '"*', 0.95: "mwMW%@—&©"}
_KNOWN = {ch: width for width, chars in _WIDTHS.items() for ch in chars}


def tag(name: str, /, *inside: Svg, **attributes: str | float | None) -> Svg:
    """Return an element; `stroke_width=2` becomes `stroke-width="2"`, None is left out.

    Examples
    --------
    >>> tag("rect", x=0.25, fill='"red"', stroke_width=2, rx=None)
    '<rect x="0.2" fill="&quot;red&quot;" stroke-width="2"/>'
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Svg(f"<{name}{said}>{''.join(inside)}</{name}>" if inside else f"<{name}{said}/>")


def plain(words: str) -> Svg:
    """Return text as markup; what XML cannot hold becomes a question mark.

    Examples
    --------
    >>> plain("<b> & co")
    '&lt;b&gt; &amp; co'
    """
    return Svg(escape(_NOT_XML.sub("?", words)))


def text(words: str, x: float, y: float, **attributes: str | float | None) -> Svg:
    """Return a line of text whose baseline begins (or has its middle or end) at x, y."""
    return tag("text", plain(words), x=x, y=y, **attributes)


def lines_of_text(
    lines: Sequence[str], x: float, y: float, size: float, **attributes: str | float | None
) -> Svg:
    """Return lines one below the other; y is the baseline of the first."""
    return join(text(one, x, y + n * size * LEADING, **attributes) for n, one in enumerate(lines))


def group(*inside: Svg, **attributes: str | float | None) -> Svg:
    """Return elements that share attributes; nothing where there is nothing to group."""
    whole = join(inside)
    return tag("g", whole, **attributes) if whole else Svg("")


def join(parts: Iterable[Svg]) -> Svg:
    """Return pieces of markup one after the other."""
    return Svg("".join(parts))


def number(value: float) -> str:
    """Return a number with one decimal at most (a tenth of a point is 0.04 mm), and never "-0".

    Examples
    --------
    >>> number(12.0), number(-0.04), number(3.26)
    ('12', '0', '3.3')
    """
    said = f"{value:.1f}".removesuffix(".0")
    return "0" if said == "-0" else said


def picture(width: float, height: float, *inside: Svg, title: str, described: str, id: str) -> str:
    """Return a whole `<svg>`, 16 cm wide where `width` is `WIDTH`, with words for who cannot see it."""
    return tag(
        "svg",
        tag("title", plain(title), id=f"{id}-title"),
        tag("desc", plain(described), id=f"{id}-desc"),
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=f"{_mm(width)}mm",
        height=f"{_mm(height)}mm",
        role="img",
        aria_labelledby=f"{id}-title {id}-desc",
        font_family=FONT,
        font_size=PLAIN,
        fill=INK,
    )


def width_of(words: str, size: float) -> float:
    """Return how wide a line of text is at most, in the unit of `size`.

    Notes
    -----
    The model: 1 em for a full-width character (also …, →, ·), 0.28 for a space, 0.34 to 0.48 and 0.95
    for narrow and wide Latin letters, 0.76 for capitals, 0.63 for the rest. It is over the advance of Noto
    Sans SC for every character (a test reads them from the font), by a tenth or so for a line.

    Examples
    --------
    >>> round(width_of("岳塘 12", 10), 1)
    35.4
    """
    return size * sum(_em(ch) for ch in words)


def wrapped(words: str, size: float, width: float) -> list[str]:
    """Return the lines of a paragraph; Chinese breaks anywhere but before punctuation, Latin at spaces.

    Examples
    --------
    >>> wrapped("one two three", 10, 50)
    ['one two', 'three']
    >>> wrapped("招生片区，示意图", 10, 45)
    ['招生片', '区，示意', '图']
    """
    lines, line = [], ""
    for piece in _pieces(words):
        if line and width_of((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def fitted(words: str, size: float, width: float) -> str:
    """Return a text that is not wider than `width`; what was cut off is a … at its end."""
    if width_of(words, size) <= width:
        return words
    kept = words
    while kept and width_of(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def halved(words: str) -> tuple[str, str] | None:
    """Return a name in two lines of about the same width; None if it has no good place to break.

    Examples
    --------
    >>> halved("Colvin Run"), halved("同安合成片区"), halved("Floris")
    (('Colvin', 'Run'), ('同安合', '成片区'), None)
    """
    pieces = _pieces(words)
    if len(pieces) < 2:
        return None
    halves = [("".join(pieces[:n]).rstrip(), "".join(pieces[n:])) for n in range(1, len(pieces))]
    return min(halves, key=lambda half: max(width_of(one, 1) for one in half))


def _pieces(words: str) -> list[str]:
    """Return the parts between which a line may break: a word with its space, or one wide character."""
    found = re.findall(r"[^\W\u2e80-\uffff]+[^\s\u2e80-\uffff]*\s*|.\s*", words.replace("\n", " "))
    joined: list[str] = []
    for one in found:
        if joined and (
            one[0] in "，。；：、！？）》」』”’…·％%,.;:!?)]}" or joined[-1][-1] in "（《「『“‘([{"
        ):
            joined[-1] += one
        else:
            joined.append(one)
    return joined


def _em(character: str) -> float:
    if character in _KNOWN:
        return _KNOWN[character]
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    return 0.76 if character.isupper() else 0.63


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return escape(_NOT_XML.sub("?", value), {'"': "&quot;", "\n": " "})
    return number(value)


def _mm(points: float) -> str:
    return number(points / WIDTH * 160)
