"""Read the table `facts` as a schedule declares its facts: strictly, every fault at once."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from simulate.points.items import Fact
from simulate.points.schedule import Schedule
from simulate.points.spells import FIRST, LAST, Ints, blocks

SCALE = 1_000_000
"""Values are whole numbers of millionths, so that no threshold is compared in binary fractions."""
BLANK, UNREADABLE = -1, -(1 << 62)
_FLAGS = {
    "yes": 1, "true": 1, "1": 1, "y": 1, "是": 1, "no": 0, "false": 0, "0": 0, "n": 0, "否": 0
}  # fmt: skip
_DECIMAL = r"[0-9]{1,9}(\.[0-9]{1,6})?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the children that are scored: one entry a row of the table `facts`.

    Parameters
    ----------
    children : int
        How many are scored.
    child, start, end, value, district : array of int64, shape (m,)
        Position of the child; first and last day; the value (millionths, number of the word, or day);
        number of the district, `BLANK` for none.
    rows : mapping of fact to array of int64
        Which entries are of a fact.
    own : array of int64, shape (children,)
        Number of the district of each child's home.
    """

    children: int
    child: Ints
    start: Ints
    end: Ints
    value: Ints
    district: Ints
    rows: dict[str, Ints]
    own: Ints


def known_of(
    schedule: Schedule,
    facts: pd.DataFrame,
    ids: npt.NDArray[np.object_],
    district: npt.NDArray[np.object_],
) -> Known:
    """Return the facts of the children that are scored, as numbers.

    Parameters
    ----------
    schedule : Schedule
        As it holds on a day.
    facts : DataFrame
        The table `facts`.
    ids, district : array of str, shape (children,)
        The children and the district of each one's home (None: unknown).

    Raises
    ------
    DataError
        With every unknown fact, unreadable value, day that is missing or out of order, and contradiction.
    """
    child = pd.Index(ids).get_indexer(facts["applicant_id"])
    table = facts[child >= 0].reset_index(drop=True)
    declared = {fact.id: fact for fact in schedule.fact}
    faults = list(_unknown(table, declared))
    keep = table["fact"].isin(list(declared)).to_numpy()
    table, child = table[keep].reset_index(drop=True), child[child >= 0][keep].astype(np.int64)
    start, end = _days(table["from"], FIRST), _days(table["until"], LAST)
    value = np.full(len(table), BLANK, dtype=np.int64)
    rows = {name: np.flatnonzero((table["fact"] == name).to_numpy()) for name in declared}
    for name, at in rows.items():
        value[at] = _values(declared[name], table["value"].iloc[at])
        bad = at[value[at] == UNREADABLE]
        faults += _each(table, bad, "value", _allowed(declared[name]))
        if declared[name].kind == "period":
            words = say("the first day of the time: a time cannot be counted without it")
            faults += _each(table, at[start[at] == FIRST], "from", words)
    faults += _each(table, np.flatnonzero(start > end), "until", say("a day that is not before from"))
    codes = pd.Index(sorted({str(d) for d in (*table["district_id"].dropna(), *district) if pd.notna(d)}))
    found = Known(
        children=len(ids),
        child=child,
        start=start,
        end=end,
        value=value,
        district=codes.get_indexer(table["district_id"]).astype(np.int64),
        rows=rows,
        own=codes.get_indexer(pd.Index(district, dtype=object)).astype(np.int64),
    )
    for fact in declared.values():
        if not fact.many:
            faults += _each(table, _contradictions(found, fact), "value", _one_value(fact))
    if faults:
        raise DataError(faults)
    return found


def _days(column: pd.Series, blank: int) -> Ints:
    days = column.astype("datetime64[ms]").to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), blank, days.astype(np.int64))


def _values(fact: Fact, column: pd.Series) -> Ints:
    """Read the values of one fact: each distinct text once."""
    codes, texts = pd.factorize(column.fillna("").astype(str).str.strip())
    read = np.array([_value(fact, str(text)) for text in texts], dtype=np.int64)
    return read[codes] if len(texts) else np.empty(0, dtype=np.int64)


def _value(fact: Fact, text: str) -> int:
    if fact.kind == "period" and text == "":
        return BLANK
    if fact.kind in ("period", "choice"):
        return fact.words.index(text) if text in fact.words else UNREADABLE
    if fact.kind == "flag":
        return _FLAGS.get(text.lower(), UNREADABLE)
    if fact.kind == "date":
        return _date(text)
    if fact.kind == "share" and text.endswith(("%", "％")):
        return _share(text[:-1].rstrip(), 100)
    if fact.kind == "share":
        return _share(text, 1)
    if fact.kind in ("months", "days"):
        return int(text) * SCALE if re.fullmatch(r"[0-9]{1,6}", text) else UNREADABLE
    return int(Decimal(text) * SCALE) if re.fullmatch(_DECIMAL, text) else UNREADABLE


def _share(text: str, whole: int) -> int:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", text):
        return UNREADABLE
    scaled = Decimal(text) * SCALE / whole
    # a hundredth of a millionth would be cut off: refused rather than rounded at a threshold
    fits = scaled <= SCALE and scaled == scaled.to_integral_value()
    return int(scaled) if fits else UNREADABLE


def _date(text: str) -> int:
    try:
        day = datetime.date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return UNREADABLE
    return (
        (day - datetime.date(1970, 1, 1)).days
        if re.fullmatch(r"[0-9]{4}.[0-9]{2}.[0-9]{2}", text)
        else UNREADABLE
    )


def _allowed(fact: Fact) -> Text:
    if fact.kind == "choice":
        return say("one of {values}", values=", ".join(fact.words))
    if fact.kind == "period" and fact.words:
        return say("blank, or one of {values}", values=", ".join(fact.words))
    return {
        "period": say("blank: this fact is a time alone"),
        "flag": say("yes or no"),
        "date": say("a date such as 2017-08-31"),
        "share": say("a share from 0 to 1, or a percentage such as 51%, with at most six decimals"),
        "months": say("a whole number of months"),
        "days": say("a whole number of days"),
        "number": say("a number that is not negative, with at most six decimals"),
    }[fact.kind]


def _one_value(fact: Fact) -> Text:
    return say("one value at a time: another row of {fact} says otherwise for the same day", fact=fact.id)


def _unknown(table: pd.DataFrame, declared: dict[str, Fact]) -> Iterator[Fault]:
    strange = table[~table["fact"].isin(list(declared))]
    for name, rows in strange.groupby("fact", sort=True):
        yield Fault(
            file="facts",
            column="fact",
            found=str(name),
            allowed=say(
                "facts of the points schedule: {known} ({rows} rows, the first of applicant {applicant})",
                known=", ".join(declared),
                rows=len(rows),
                applicant=rows["applicant_id"].iloc[0],
            ),
            remedy=say("correct the name, declare the fact in the schedule, or take the rows out"),
        )


def _each(table: pd.DataFrame, at: Ints, column: str, allowed: Text) -> list[Fault]:
    # the table is sorted when it is read, so the applicant says where a row is, and not its number
    return [
        Fault(
            file="facts",
            column=column,
            found=None if pd.isna(row[column]) else _shown(row[column]),
            allowed=say(
                "{allowed} (applicant {applicant}, fact {fact})",
                allowed=allowed,
                applicant=row["applicant_id"],
                fact=row["fact"],
            ),
            remedy=say("correct it"),
        )
        for row in table.iloc[at].to_dict("records")
    ]


def _shown(value: object) -> str:
    return str(value.date()) if isinstance(value, pd.Timestamp) else str(value)


def _contradictions(known: Known, fact: Fact) -> Ints:
    """Return the rows that share a day with a row of another value (of the same district, of a time)."""
    at = known.rows[fact.id]
    at = at[(known.start[at] <= known.end[at]) & (known.value[at] != UNREADABLE)]
    if len(at) == 0:
        return np.empty(0, dtype=np.int64)
    whose = known.child[at]
    if fact.kind == "period":
        # a month may be paid in one district and paid back in another
        whose = pd.factorize(whose * (int(known.district.max()) + 2) + known.district[at] + 1, sort=True)[0]
    order, block, _ = blocks(np.asarray(whose, dtype=np.int64), known.start[at], known.end[at], gap=0)
    value = pd.Series(known.value[at][order])
    # in a block each row shares a day with another: two values in it mean two that share a day
    mixed = (value.groupby(block).transform("nunique") > 1).to_numpy()
    return np.asarray(np.sort(at[order][mixed]), dtype=np.int64)
