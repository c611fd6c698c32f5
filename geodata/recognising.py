"""Recognise names and numbers of persons: in a heading, in a cell, in a whole column.

Every cell is looked at, but cheaply: one scan finds the cells with enough digits, and only these are
looked at closely.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata import identity
from geodata.headings import is_known, normal
from geodata.messages import Text, say
from geodata.project import Personal

NAME_SHARE = 0.5
"""A column holds names of persons if at least this share of its filled cells look like one."""
NAME_SHARE_READ = 0.8
"""The same for a column that a table reads, where a mistake would leave no way on."""
MANY = 100
RIGHT_SHARE = 0.2
"""`MANY` numbers of which fewer have a right check character merely count: chance gives 1 in 11."""

_LEAST_DIGITS = 8
_LONGEST_NAME = 17
_NAMED = ("applicant_id", "household_id", "twin_group", "dwelling_id", "address")
_ADDRESS = re.compile(r"[0-9０-９]\s*(?:号|室|弄|幢|栋|座|单元|楼)")
_DATA = Path(__file__).parent / "data" / "personal.toml"
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What personal.toml says, ready to be compared."""

    contains: Mapping[str, Personal]
    whole: Mapping[str, Personal]
    words: Mapping[str, Personal]
    name: str


@functools.cache
def _words() -> _Words:
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    kinds: list[tuple[Personal, dict[str, list[str]]]] = list(data["headings"].items())
    one = "".join(sorted(set("".join(data["surnames"]["one"].split()))))
    two = "|".join(data["surnames"]["two"])
    han = r"\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{20000}-\x{2FA1F}"
    # names of other peoples have a dot in them: 买买提·艾力
    rest = f"\\s*[{han}]\\s*[{han}]?"
    name = f"^\\s*(?:(?:[{one}]|{two}){rest}|[{han}]{{1,8}}[·•・][{han}]{{1,8}})\\s*$"
    return _Words(
        contains={normal(word): kind for kind, lists in kinds for word in lists["contains"]},
        whole={normal(word): kind for kind, lists in kinds for word in lists["whole"]},
        words={f" {word} ": kind for kind, lists in kinds for word in lists["words"]},
        name=name,
    )


def kind_of_heading(heading: str) -> Personal | None:
    """Return what a heading of a table about children says of persons, or None.

    Examples
    --------
    >>> [kind_of_heading(h) for h in ("父亲身份证号码", "学生 姓名", "mobile_phone", "学校名称")]
    ['id-number', 'name', 'telephone', None]
    """
    words, plain = _words(), normal(heading)
    if plain in words.whole:
        return words.whole[plain]
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    apart = f" {re.sub(r'[^a-z]+', ' ', spaced.replace(chr(39), '').lower()).strip()} "
    for known, text in ((words.contains, plain), (words.words, apart)):
        for word, kind in known.items():
            if word in text:
                return kind
    return None


def looks_personal(text: str) -> bool:
    """Whether a cell of a table about children looks like a person's number, name or address.

    Examples
    --------
    >>> [looks_personal(t) for t in ("欧阳星河", "13800138000", "合成路1号101室", "B001", "points")]
    [True, True, True, False, False]
    """
    return (
        identity.holds_number_of_a_person(text)
        or _ADDRESS.search(text) is not None
        or bool(pc.match_substring_regex(pa.array([text]), _words().name)[0].as_py())
    )


def findings(
    cells: pa.Array, heading: str, column: str | None, *, children: bool
) -> Iterator[tuple[Personal, Text, Mask]]:
    """Yield what is found in a column, the gravest first.

    Parameters
    ----------
    cells : Array of str, shape (n,)
        The cells of the column.
    heading : str
        The planner's heading.
    column : str or None
        Our name, if a table reads it.
    children : bool
        Whether the rows are about children; elsewhere only identity numbers are looked for.

    Yields
    ------
    (Personal, Text, array of bool of shape (n,))
        What kind it is, its name for people, and which cells hold it.

    Notes
    -----
    A name in a cell with other words ("call Wang Xiaoming's mother") is not recognised.
    """
    longest = pc.max(pc.utf8_length(cells)).as_py() or 0
    if longest >= _LEAST_DIGITS:
        yield from _numbers(cells, column, children=children)
    # a heading that we know says what stands there: estates and streets are named like persons
    if children and (column in _NAMED or (column is None and not is_known(heading))):
        yield from _names(cells, NAME_SHARE if column is None else NAME_SHARE_READ)


def _numbers(
    cells: pa.Array, column: str | None, *, children: bool
) -> Iterator[tuple[Personal, Text, Mask]]:
    places = np.flatnonzero(_matches(cells, identity.DIGITS_ENOUGH))
    if len(places) == 0:
        return
    near = pc.utf8_normalize(cells.take(pa.array(places)), form="NFKC")

    def mask(found: Mask) -> Mask:
        whole = np.zeros(len(cells), dtype=bool)
        whole[places[found]] = True
        return whole

    found = _matches(near, identity.IDENTITY)
    if found.any() and not _merely_counts(near.filter(pa.array(found))):
        yield "id-number", say("identity number"), mask(found)
    found = _matches(near, identity.OLD_IDENTITY)
    # 15 digits are also what a census block has: elsewhere they must be the rule in the column
    if found.any() and (children or found.sum() * 2 >= pc.sum(pc.not_equal(cells, "")).as_py()):
        yield "id-number", say("identity number"), mask(found)
    if not children:
        return
    found = _matches(near, identity.TELEPHONE)
    if found.any():
        yield "telephone", say("telephone number"), mask(found)
    # a letter and eight digits is also how cities number their applications
    if column is None or not column.endswith("_id"):
        found = _matches(near, identity.PERMIT)
        if found.any():
            yield "other", say("permit or passport number"), mask(found)


def _merely_counts(near: pa.Array) -> bool:
    """Whether many numbers have the shape of identity numbers and hardly any the right check character."""
    if len(near) < MANY:
        return False
    right = identity.check_character_is_right(near.to_numpy(zero_copy_only=False).astype("U19"))
    return bool(right.mean() < RIGHT_SHARE)


def _names(cells: pa.Array, least: float) -> Iterator[tuple[Personal, Text, Mask]]:
    filled = pc.sum(pc.not_equal(cells, "")).as_py() or 0
    short = pc.less_equal(pc.utf8_length(cells), _LONGEST_NAME)
    if filled == 0 or pc.sum(pc.and_(short, pc.not_equal(cells, ""))).as_py() < least * filled:
        return
    found = _matches(cells, _words().name)
    if found.sum() >= least * filled:
        yield "name", say("name of a person"), found


def _matches(cells: pa.Array, pattern: str) -> Mask:
    return np.asarray(pc.match_substring_regex(cells, pattern).to_numpy(zero_copy_only=False), dtype=bool)


def kind_of_cells(
    cells: pd.Series, heading: str, column: str | None, *, children: bool = True
) -> Personal | None:
    """Return the gravest kind that a column holds, or None; see `findings`.

    Examples
    --------
    >>> kind_of_cells(pd.Series(["13800138000", ""], dtype="str"), "备注", None)
    'telephone'
    """
    array = pa.array(cells, type=pa.large_string())
    return next((kind for kind, _, _ in findings(array, heading, column, children=children)), None)
