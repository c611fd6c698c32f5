"""Say things to people in their language: one gettext catalogue for the three packages.

A message is made where something happens (`say("zone {zone} has no school", zone="S03")`) and put into
words where it is shown (`speak(message)`), so that library code never decides on a language.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)

_LOCALE = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class Text:
    """A message that has not been put into a language yet.

    Parameters
    ----------
    msgid : str
        The English text, with `{name}` where a value stands; also the key of the catalogue.
    params : mapping
        The values; a value may itself be a `Text`.

    Examples
    --------
    >>> str(Text("{n} seats", {"n": 45}))
    '45 seats'
    """

    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the message in English."""
        return _filled(self.msgid, {k: str(v) for k, v in self.params.items()})


def _filled(words: str, values: Mapping[str, str]) -> str:
    # a message without values may show braces, as TOML has them
    return words.format(**values) if values else words


def say(msgid: str, /, **params: object) -> Text:
    """Make a message; the catalogue is built from the calls of this function.

    Examples
    --------
    >>> str(say("unknown zone {zone}", zone="S03"))
    'unknown zone S03'
    """
    return Text(msgid, params)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Put messages into one language.

    Examples
    --------
    >>> speaker("en")(say("{n} seats", n=45))
    '45 seats'
    """

    lang: Lang
    catalogue: gettext.NullTranslations

    def __call__(self, message: Text | str, /, **params: object) -> str:
        """Return a message (or a msgid with its values) in this speaker's language."""
        text = message if isinstance(message, Text) else Text(message, params)
        words = self.catalogue.gettext(text.msgid) if text.msgid else ""
        return _filled(words, {k: self._value(v) for k, v in text.params.items()})

    def choose(self, names: Mapping[str, str]) -> str:
        """Return the name in this language from `{"zh": …, "en": …}`, or else the other one."""
        return names.get(self.lang) or next(iter(names.values()), "")

    def joined(self, names: Iterable[str]) -> str:
        """Return short things in a row.

        Examples
        --------
        >>> speaker("zh").joined(["甲", "乙"])
        '甲、乙'
        """
        return ("、" if self.lang == "zh" else ", ").join(names)

    def listed(self, parts: Iterable[str]) -> str:
        """Return parts of a sentence in a row; they may be lists themselves.

        Examples
        --------
        >>> speaker("zh").listed(["学校：12", "招生片区：3"])
        '学校：12；招生片区：3'
        """
        return ("；" if self.lang == "zh" else "; ").join(parts)

    def _value(self, value: object) -> str:
        return self(value) if isinstance(value, Text) else str(value)


def speaker(lang: Lang) -> Speaker:
    """Return the speaker of a language.

    Raises
    ------
    ValueError
        If the language is not one of `LANGS`.
    """
    if lang not in LANGS:
        raise ValueError(f"lang is {lang!r}: one of {LANGS} is allowed")
    if lang == "en":
        return Speaker(lang, gettext.NullTranslations())
    return Speaker(lang, gettext.translation("xuequ", _LOCALE, languages=[lang]))
