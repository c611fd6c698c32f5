"""What came and went in a scope since last year, marked by signs that print in black."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from geodata.messages import Speaker, say
from geodata.scope.redline import redline_text
from geodata.scope.rules import UNIT_JOINER, ScopeRule

_PIECES = re.compile(r"(<ins>.*?</ins>|<del>.*?</del>)", re.S)


def marked(old: Sequence[ScopeRule], new: Sequence[ScopeRule], speak: Speaker) -> str:
    """Return the new text of a holder with what came and went marked.

    Parameters
    ----------
    old, new : sequence of ScopeRule
        Of one holder, in the order of the text.
    speak : Speaker

    Examples
    --------
    >>> from geodata.messages import speaker
    >>> from geodata.scope.rules import rules_of
    >>> before, after = (rules_of(f"甲街·乙社区部分：丙路1--{n}号。", holder="S1") for n in (2, 4))
    >>> marked(before, after, speaker("en"))
    '甲街·乙社区部分：[removed: 丙路1--2号][added: 丙路1--4号]。'
    """
    # redline_text escapes all that is not its own mark
    pieces = _PIECES.split(redline_text(old, new, marks="html"))
    text = "".join(_piece(piece, speak) for piece in pieces)
    parts = text.split(UNIT_JOINER)
    # names of units stand in a row, parts of a notice on lines of their own
    named = all(one.kind == "estate" and not one.heading for one in (*old, *new))
    return speak.joined(parts) if named else "\n".join(parts)


def _piece(piece: str, speak: Speaker) -> str:
    words = unescape(re.sub(r"^<(ins|del)>|</(ins|del)>$", "", piece))
    if piece.startswith("<ins>"):
        return speak(say("[added: {words}]", words=words))
    if piece.startswith("<del>"):
        return speak(say("[removed: {words}]", words=words))
    return words
