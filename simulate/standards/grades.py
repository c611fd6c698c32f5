"""Pupils and classes by school and grade: as they are, and as every grade moves up by one year.

The year of a roll is the year in which its school year begins; the admission of a year fills the entry
grade of that school year. So what stands before the admission of 2024 is the roll of 2023.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City, DataError, Fault, XuequError, say
from geodata.messages import Text
from geodata.schema import ENTRY_GRADE

LAST_GRADE = {"primary": 6, "lower-secondary": 9}
COMPULSORY = 9
COLUMNS = ["school_id", "grade", "pupils", "classes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolls:
    """The roll of one year.

    Parameters
    ----------
    grades : DataFrame
        school_id, grade (1 to 9), pupils, classes (float; NaN is unknown); one row for each school and
        grade, in this order. A new school may have none.
    year : int
        The year in which the school year begins.
    unknown : frozenset of str
        Schools of which nothing is known in that year: no roll, and no opening year that explains it.
    nine_year : frozenset of str
        Schools with primary and lower-secondary grades.
    notes : tuple of Text
        What is not wrong but should be known.
    """

    grades: pd.DataFrame
    year: int
    unknown: frozenset[str]
    nine_year: frozenset[str]
    notes: tuple[Text, ...] = ()


def level_of(grade: pd.Series) -> npt.NDArray[np.object_]:
    """Return the level of each grade: primary to grade 6, lower-secondary from 7."""
    return np.where(grade.to_numpy() <= LAST_GRADE["primary"], "primary", "lower-secondary").astype(object)


def present_rolls(city: City) -> Rolls:
    """Return the roll before the admission of the project's year: that of the year before it.

    Where there is none, the latest one up to the project's year stands for the present.

    Raises
    ------
    XuequError
        If there is no roll up to the project's year.
    DataError
        For each grade below 1, and each with pupils and no class.
    """
    table, year = city["rolls"], city.project.project.year
    if not len(table):
        raise XuequError(say("no rolls: add the table rolls (school_id, grade, year, pupils, classes)"))
    years = table["year"].astype("int64")
    there = sorted(set(years[years <= year]))
    if not there:
        raise XuequError(
            say(
                "the table rolls has no year up to {year}; it begins with {first}",
                year=year,
                first=years.min(),
            )
        )
    chosen = year - 1 if year - 1 in there else there[-1]
    _raise_on_wrong_rows(table)
    now = table[years == chosen]
    notes = _notes(now, chosen)
    grades = now.loc[now["grade"] <= COMPULSORY, COLUMNS].astype(
        {"grade": "int64", "pupils": "float64", "classes": "float64"}
    )
    grades = grades.sort_values(["school_id", "grade"], ignore_index=True)
    schools = city["schools"]
    new = schools["school_id"][(schools["opening_year"] > chosen).fillna(False).astype(bool)]
    unknown = frozenset(schools["school_id"]) - set(grades["school_id"]) - set(new)
    if unknown:
        notes.append(
            say("{n} schools have no roll of {year}: nothing is said of them", n=len(unknown), year=chosen)
        )
    levels = grades["school_id"].groupby(level_of(grades["grade"])).unique()
    both = set(levels.get("primary", ())) & set(levels.get("lower-secondary", ()))
    named = set(schools["school_id"][schools["kind"] == "nine-year"])
    return Rolls(
        grades=grades,
        year=chosen,
        unknown=frozenset(unknown),
        nine_year=frozenset(both | named),
        notes=tuple(notes),
    )


def _raise_on_wrong_rows(table: pd.DataFrame) -> None:
    faults = [
        Fault(
            file="rolls",
            column="grade",
            found=f"{row.school_id} / {row.year} / {row.grade}",
            allowed=say("grades from 1"),
            remedy=say("count grades from the first of primary school: the first of lower secondary is 7"),
        )
        for row in table[table["grade"] < 1].itertuples()
    ]
    crowded = (table["pupils"] > 0) & (table["classes"] == 0)
    faults.extend(
        Fault(
            file="rolls",
            column="classes",
            found="0",
            allowed=say(
                "at least one class: grade {grade} of school {school} has {pupils} pupils in {year}",
                grade=row.grade,
                school=row.school_id,
                pupils=row.pupils,
                year=row.year,
            ),
            remedy=say("give the classes, or leave the cell blank if they are not known"),
        )
        for row in table[crowded.fillna(False).astype(bool)].itertuples()
    )
    if faults:
        raise DataError(faults)


def _notes(now: pd.DataFrame, year: int) -> list[Text]:
    notes: list[Text] = []
    above = int((now["grade"] > COMPULSORY).sum())
    if above:
        notes.append(say("{n} rows of rolls above grade 9 are no compulsory schooling: left out", n=above))
    gaps = int((now["pupils"].isna() | now["classes"].isna()).sum())
    if gaps:
        notes.append(
            say(
                "{n} rows of rolls of {year} have no pupils or no classes: the sums of their schools are "
                "not known",
                n=gaps,
                year=year,
            )
        )
    return notes


def move_up(grades: pd.DataFrame, level: str, nine_year: frozenset[str]) -> pd.DataFrame:
    """Return every grade one year later, without the entry grade of the level.

    Parameters
    ----------
    grades : DataFrame
        As in `Rolls`.
    level : {"primary", "lower-secondary"}
        The level of the admission, whose entry grade is left free.
    nine_year : frozenset of str
        Where grade 6 moves on to grade 7; elsewhere it leaves.

    Notes
    -----
    Nobody repeats a grade, comes or goes, and classes stay as they are. Grade 7 of a nine-year school is
    its own grade 6 (in an admission to primary schools); any other entry grade of the *other* level, of
    which this admission says nothing, is as large as this year.
    """
    entry, other = ENTRY_GRADE[level], next(g for name, g in ENTRY_GRADE.items() if name != level)
    up = grades.assign(grade=grades["grade"] + 1)
    leaves = (up["grade"] == ENTRY_GRADE["lower-secondary"]) & ~up["school_id"].isin(nine_year)
    up = up[~leaves & (up["grade"] <= COMPULSORY) & (up["grade"] != entry)]
    own = nine_year if other == ENTRY_GRADE["lower-secondary"] else frozenset()
    stays = grades[(grades["grade"] == other) & ~grades["school_id"].isin(own)]
    return pd.concat([up, stays]).sort_values(["school_id", "grade"], ignore_index=True)


def with_entry(
    moved: pd.DataFrame, entry: pd.DataFrame, level: str, unknown: frozenset[str]
) -> pd.DataFrame:
    """Return the grades of the year after: those that moved up, and the new entry grade.

    Parameters
    ----------
    moved : DataFrame
        As `move_up` returns it.
    entry : DataFrame
        school_id, pupils, classes: what is announced or placed; schools with no pupils and no class are
        left out.
    level : str
    unknown : frozenset of str
        Schools whose other grades are not known: they get no entry either.
    """
    there = ~((entry["pupils"] == 0) & (entry["classes"].fillna(0) == 0)) & ~entry["school_id"].isin(
        unknown
    )
    new = entry[there].assign(grade=ENTRY_GRADE[level])[COLUMNS]
    new = new.astype({"pupils": "float64", "classes": "float64", "grade": "int64"})
    return pd.concat([moved, new]).sort_values(["school_id", "grade"], ignore_index=True)
