"""How wide words are, by a plain model of the font: where it is unsure it counts too wide.

So no cell of a table runs into the next one, and nothing has to be laid out twice.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_WORD = 16
"""A longer word without a space (a hash) is broken where the column ends."""

_SEAMS = re.compile(r"(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])")
_WORDS = re.compile(r"[^\s⺀-鿿＀-￯]+|[⺀-鿿＀-￯]")


def text_em(text: str) -> float:
    """Return about how wide a text is, in em, with the quarter that is set between Chinese and Latin.

    Examples
    --------
    >>> text_em("学区"), round(text_em("1,234"), 2), round(text_em("第12小学"), 2)
    (2.0, 2.54, 4.62)
    """
    return sum(_em(character) for character in text) + 0.25 * len(_SEAMS.findall(text))


def heading_em(title: str) -> float:
    """Return the least width of a heading: whole words; a Chinese one of some length on two lines.

    Examples
    --------
    >>> heading_em("学校"), heading_em("平均路程（公里）")
    (2.0, 4.5)
    """
    whole = text_em(title)
    half = whole if whole <= 4.2 else min(max(whole / 2 + 0.5, 3.2), 5.2)
    return max(longest_word_em(title), half if any(one >= "\u2e80" for one in title) else 0.0)


def longest_word_em(text: str) -> float:
    """Return the width of the longest word; one longer than `LONGEST_WORD` is broken somewhere."""
    return max((text_em(word[:LONGEST_WORD]) for word in _WORDS.findall(text)), default=0.0)


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    if character.isdigit():
        return 0.56
    if character in "MWmw%@&—":
        return 0.95
    if character.isupper():
        return 0.68
    return 0.3 if character in " ,.;:'|!il" else 0.58
