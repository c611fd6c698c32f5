"""Changes of what a school offers: classes, seats, rooms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.messages import say
from geodata.schema import ENTRY_GRADE, OPEN_POOL
from simulate.scenarios import kinds
from simulate.scenarios.choosing import chosen_school
from simulate.scenarios.draft import Draft

Mask = npt.NDArray[np.bool_]


def classes(draft: Draft, change: kinds.Classes) -> str | None:
    """Change the classes of a school and the seats with them; return the school."""
    school = chosen_school(draft, change.school, "school")
    if school is not None and _is_open(draft, school, change.from_):
        change_classes(
            draft,
            school,
            by=change.by,
            to=change.to,
            pool=change.pool,
            year=change.from_,
            class_size=change.class_size,
            column="to" if change.by is None else "by",
        )
    return school


def seats(draft: Draft, change: kinds.Seats) -> str | None:
    """Change the seats of a school; return the school."""
    school = chosen_school(draft, change.school, "school")
    if school is None or not _is_open(draft, school, change.from_):
        return school
    rows = _rows(draft, school, change.pool, change.from_)
    held = _values(draft, "seats", rows)
    after = held + change.by if change.by is not None else np.full(len(held), change.to, dtype=np.int64)
    if _not_below(draft, after, held, "by", say("seats of {school}: at least 0", school=school)):
        draft.set("seats", rows, seats=after)
    return school


def enlarge(draft: Draft, change: kinds.Enlarge) -> str | None:
    """Add rooms, square metres and classes to a school; return the school."""
    school = chosen_school(draft, change.school, "school")
    if school is None or not _is_open(draft, school, change.from_):
        return school
    if change.classes:
        change_classes(
            draft,
            school,
            by=change.classes,
            to=None,
            pool=OPEN_POOL,
            year=change.from_,
            class_size=change.class_size,
            column="classes",
        )
    if change.from_ is not None and change.from_ > draft.year:
        draft.note(say("it holds from {year}; in {now} nothing changes", year=change.from_, now=draft.year))
        return school
    at = draft.frames["schools"]["school_id"] == school
    for name, more in (("rooms", change.rooms), ("area_m2", change.area_m2)):
        held = draft.frames["schools"].loc[at, name].iloc[0]
        if not more:
            continue
        if pd.isna(held):
            draft.note(say("{school}: {what} were not known, and stay so", school=school, what=name))
        else:
            draft.set("schools", at, **{name: held + more})
    return school


def change_classes(
    draft: Draft,
    school: str,
    *,
    by: int | None,
    to: int | None,
    pool: str,
    year: int | None,
    class_size: int | None,
    column: str,
) -> None:
    """Change the classes of a school's pool from a year on; each brings or takes a class's seats."""
    rows = _rows(draft, school, pool, year)
    table = draft.frames["seats"][rows]
    held = _values(draft, "classes", rows)
    after = held + by if by is not None else np.full(len(held), to, dtype=np.int64)
    if not _not_below(draft, after, held, column, say("classes of {school}: at least 0", school=school)):
        return
    size = table["class_size"].fillna(class_size if class_size is not None else pd.NA)
    if size.isna().any():
        words = say("class_size: the project states none for the school {school}", school=school)
        draft.fault("class_size", words, remedy=say("add it"))
        return
    if class_size is not None and (size != class_size).any():
        words = say("the class size of the project, {size}: a school has one", size=int(size.iloc[0]))
        draft.fault("class_size", words, found=class_size, remedy=say("leave it out"))
        return
    before = _values(draft, "seats", rows)
    total = before + (after - held) * size.to_numpy(dtype=np.int64)
    if _not_below(draft, total, before, column, say("seats of {school}: at least 0", school=school)):
        draft.set("seats", rows, classes=after, class_size=size.to_numpy(), seats=total)


def _is_open(draft: Draft, school: str, year: int | None) -> bool:
    """Whether a school is open when a change of what it offers begins; if not, a fault is added."""
    schools = draft.frames["schools"].set_index("school_id")
    opens, since = schools["opening_year"].get(school), draft.year if year is None else year
    late = not pd.isna(opens) and int(opens) > since
    if late:
        words = say("a year in which {school} is open: it opens in {opens}", school=school, opens=opens)
        draft.fault("from", words, found=since, remedy=say("write from = {opens}", opens=opens))
    return not late


def _rows(draft: Draft, school: str, pool: str, year: int | None) -> Mask:
    """Return the rows of `seats` of a school's pool from a year on, at the project's level and grade.

    Where no row is of that year or a later one, a copy of the last one before it is, or a row of none.
    """
    since, head = draft.year if year is None else year, draft.project.project
    draft.names("pool", pool, "pool")
    table = draft.frames["seats"]
    grade = ENTRY_GRADE[head.level]
    own = (table["school_id"] == school) & (table["level"] == head.level) & (table["grade"] == grade)
    own &= table["pool"] == pool
    if not (own & (table["year"] >= since)).any():
        last = table[own].sort_values("year").tail(1).to_dict("records")
        blank = {"school_id": school, "level": head.level, "grade": grade, "pool": pool}
        draft.add("seats", {**(last[0] if last else {**blank, "classes": 0, "seats": 0}), "year": since})
        table = draft.frames["seats"]
        own = pd.concat([own, pd.Series([True])], ignore_index=True)
    if since > draft.year:
        draft.note(say("it holds from {year}; in {now} nothing changes", year=since, now=draft.year))
    return np.asarray((own & (table["year"] >= since)).to_numpy(dtype=bool), dtype=np.bool_)


def _values(draft: Draft, column: str, rows: Mask) -> npt.NDArray[np.int64]:
    """Return a column of some rows; what is blank offers nothing."""
    values = draft.frames["seats"].loc[rows, column].fillna(0)
    return np.asarray(values.to_numpy(dtype=np.int64), dtype=np.int64)


def _not_below(
    draft: Draft, after: npt.NDArray[np.int64], held: npt.NDArray[np.int64], column: str, words: object
) -> bool:
    if (after >= 0).all():
        return True
    at = int(np.argmin(after))
    allowed = say("{what}; there are {held}", what=words, held=int(held[at]))
    draft.fault(column, allowed, found=int(after[at]), remedy=say("correct it"))
    return False
