"""What a planner's headings mean: synonyms first, what is merely like one only as a proposal."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from geodata import schema

How = Literal["same", "synonym", "part", "near"]
NEAR_SCORE = 80
"""The least likeness, of 100, at which a heading is proposed for a column at all."""
GENERIC_RANK = 1_000

_DATA = Path(__file__).parent / "data" / "synonyms.toml"
_UNIT = re.compile(
    r"[(\[【]\s*(?:人|个|名|班|户|套|间|米|公里|千米|元|分|天|月|年|㎡|平方米|平米|m|m2|km|%|单位[:：].*?)\s*[)\]】]"
)
_NOISE = re.compile(r"[\s_\-‐-―.,:;、。/\\()\[\]【】*#·•'\"“”‘’<>《》?？!！]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A heading that may stand for a column.

    Parameters
    ----------
    heading : str
        The planner's own heading.
    column : str
        Our name.
    how : {"same", "synonym", "part", "near"}
        Our own name; a synonym; a synonym in the lowest of several merged headings; only like one.
    like : str
        The synonym that it is, or is like.
    score : int
        Likeness, of 100; below 100 only for `near`.
    rank : int
        The place of the synonym in its list: the lower, the better.
    """

    heading: str
    column: str
    how: How
    like: str
    score: int = 100
    rank: int = 0

    @property
    def is_sure(self) -> bool:
        """Whether the heading is a name or synonym, not merely like one."""
        return self.how != "near"


def normal(heading: str) -> str:
    """Return a heading in one spelling: width, case, spaces, punctuation and units make no difference.

    Examples
    --------
    >>> normal(" 学位数（人） "), normal("School_Name"), normal("ＰｏｉｎｔＸ")
    ('学位数', 'schoolname', 'pointx')
    """
    plain = unicodedata.normalize("NFKC", heading).casefold()
    return _NOISE.sub("", _UNIT.sub("", plain))


@functools.cache
def _data() -> Mapping[str, Mapping[str, list[str]]]:
    data: dict[str, Mapping[str, list[str]]] = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return data


@functools.cache
def synonyms(table: str) -> Mapping[str, Mapping[str, tuple[int, str]]]:
    """Return the synonyms of a table: column to (normalised synonym to (rank, the synonym itself)).

    `lng` and `lat` are among the columns of a table that may have a geometry.
    """
    known = schema.BY_NAME[table]
    own, shared, generic = _data().get(table, {}), _data()["any"], _data()["generic"]
    columns = [*known.names, *(("lng", "lat") if known.geometry is not None else ())]
    found: dict[str, dict[str, tuple[int, str]]] = {}
    for column in columns:
        words: dict[str, tuple[int, str]] = {normal(column): (-1, column)}
        lists = (own.get(column, []), shared.get(column, []))
        for rank, word in enumerate([word for some in lists for word in some]):
            words.setdefault(normal(word), (rank, word))
        # "编号" is the number of what the table is about, "名称" its name
        kind = "id" if known.key == (column,) else "name" if column == "name" else ""
        for rank, word in enumerate(generic.get(kind, [])):
            words.setdefault(normal(word), (GENERIC_RANK + rank, word))
        found[column] = words
    return found


@functools.cache
def _all_known() -> frozenset[str]:
    return frozenset(
        word for table in schema.BY_NAME for words in synonyms(table).values() for word in words
    )


def is_known(heading: str) -> bool:
    """Whether a heading is a name or synonym of any column of any table.

    Examples
    --------
    >>> is_known("小区名称"), is_known("备注")
    (True, False)
    """
    return normal(heading) in _all_known()


def exact(heading: str, table: str) -> list[Match]:
    """Return the columns of a table whose name or synonym a heading is, the best first.

    Examples
    --------
    >>> [(m.column, m.how) for m in exact("计划班数", "seats")]
    [('classes', 'synonym')]
    >>> [(m.column, m.how) for m in exact("小学部/班数（个）", "seats")]
    [('classes', 'part')]
    """
    found = _looked_up(heading, normal(heading), table, part=False)
    last = re.split(r"[/／]", heading)[-1]
    if not found and last != heading:
        found = _looked_up(heading, normal(last), table, part=True)
    return sorted(found, key=lambda match: match.rank)


def _looked_up(heading: str, plain: str, table: str, *, part: bool) -> list[Match]:
    found = []
    for column, words in synonyms(table).items():
        if plain in words:
            rank, like = words[plain]
            how: How = "part" if part else "same" if rank < 0 else "synonym"
            found.append(Match(heading=heading, column=column, how=how, like=like, rank=rank))
    return found


def near(heading: str, table: str, columns: Iterable[str]) -> Match | None:
    """Return the best of some columns whose synonym a heading is like, if any is like enough.

    Examples
    --------
    >>> match = near("计划招收班数", "seats", ["classes", "seats"])
    >>> match.column, match.how
    ('classes', 'near')
    """
    from rapidfuzz import fuzz

    plain = normal(heading)
    best: Match | None = None
    for column in columns:
        for word, (rank, like) in synonyms(table)[column].items():
            # one character of two alike says nothing
            if len(word) < (4 if word.isascii() else 3):
                continue
            score = int(fuzz.ratio(plain, word))
            if score >= NEAR_SCORE and (best is None or score > best.score):
                best = Match(heading=heading, column=column, how="near", like=like, score=score, rank=rank)
    return best


def table_words(table: str) -> tuple[str, ...]:
    """Return the words that the name of a file with this table may hold."""
    return tuple(_data()["tables"].get(table, ()))


def value_words(table: str, column: str) -> Mapping[str, str]:
    """Return the words of planners that stand for ours in a column, normalised; empty where none are known.

    Ours begins with "?" where the word may mean something else elsewhere.

    Examples
    --------
    >>> words = value_words("applicants", "consents")
    >>> words["不服从"], words["服从"]
    ('none', '?city')
    """
    values: Any = _data()["values"]
    return {normal(word): ours for word, ours in values.get(table, {}).get(column, {}).items()}
