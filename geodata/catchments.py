"""Make units, zones, plan and serves of rows that say which unit belongs to which school."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from geodata.errors import Fault
from geodata.messages import Text, say
from geodata.project import Catchments
from geodata.reading.raw import RawTable

ZONE_JOINER = "+"
NAME_JOINER = "、"
STREET_JOINER = "·"
_MOST_LISTED = 20


def derive_tables(raw: RawTable, catchments: Catchments, faults: list[Fault]) -> dict[str, RawTable]:
    """Return the rows of four tables, made of unit-school pairs.

    Parameters
    ----------
    raw : RawTable
        One row a pair, after `select_rows`.
    catchments : Catchments
        Which columns hold the unit and the school, and where there are any, the category of children for
        whom the row holds, the street and the school's name.
    faults : list of Fault
        Missing columns and what cannot be understood are added here; then the result is empty. Blank
        units and schools are found when the rows are parsed as tables.

    Returns
    -------
    dict of str to RawTable
        units, zones, plan, serves. The notes of `plan` say what stood twice, and which units have no
        school for a category.

    Notes
    -----
    1. A unit is a distinct text (of a street); its identifier is the first group of `unit_id_pattern`.
       Where streets share it, the street comes before it; where texts still do, they are numbered (in
       the order of the texts, so that row order does not matter).
    2. The school set of a unit, for a category, is the set of schools in whose rows it stands.
    3. A zone is the set of units with the same school set.
    4. A unit whose school set is the same for every category in the file has one row of plan, for all;
       else a row for each category. A category for which a unit names no school gets none: which school
       that is, is not known.
    """
    faults.extend(_missing_columns(raw, catchments))
    if faults:
        return {}
    pairs = _pairs(raw, catchments)
    faults.extend(_category_faults(raw, catchments))
    faults.extend(_name_faults(raw, catchments, pairs))
    if faults:
        return {}
    pairs["unit_id"] = _unit_ids(pairs, catchments.unit_id_pattern)
    plan = _plan(pairs)
    pairs = pairs.merge(plan[["unit_id", "category", "zone_id"]], on=["unit_id", "category"], how="left")
    pairs = pairs.sort_values(["unit_id", "school_id", "row"], kind="stable")
    notes = (*_twice(raw, pairs), *_without_schools(raw, pairs))
    district = catchments.district_id or ""

    units = pairs.drop_duplicates("unit_id")
    plan = _folded(plan, categories=pairs["category"].nunique())
    zones = _zones(plan, pairs)
    serves = pairs[["zone_id", "school_id", "row"]].drop_duplicates(["zone_id", "school_id"])
    columns = {"street_id": units["street"]} if catchments.street else {}
    categories = {"category": plan["category"]} if catchments.category else {}
    return {
        "units": _rows(
            raw,
            units["row"],
            unit_id=units["unit_id"],
            name=units["unit_id"],
            scope_text=units["text"],
            district_id=district,
            **columns,
        ),
        "zones": _rows(
            raw,
            zones["row"],
            zone_id=zones.index.to_series(),
            name=zones["name"] if catchments.school_name else zones.index.to_series(),
            scope_text=zones["scope_text"],
            district_id=district,
        ),
        "plan": replace(
            _rows(raw, plan["row"], unit_id=plan["unit_id"], zone_id=plan["zone_id"], **categories),
            notes=notes,
        ),
        "serves": _rows(raw, serves["row"], zone_id=serves["zone_id"], school_id=serves["school_id"]),
    }


def columns_used(catchments: Catchments) -> tuple[str, ...]:
    """Return the headings that catchments name, without those of `split` and `skip`."""
    optional = (catchments.category, catchments.street, catchments.school_name)
    return (catchments.unit, catchments.school_id, *(one for one in optional if one is not None))


def _missing_columns(raw: RawTable, catchments: Catchments) -> list[Fault]:
    there = ", ".join(raw.cells.columns)
    return [
        Fault(
            file=raw.file,
            column=column,
            allowed=say("this column is missing; there are: {there}", there=there),
            remedy=say("name the right column under catchments in xuequ.toml"),
        )
        for column in columns_used(catchments)
        if column not in raw.cells
    ]


def _pairs(raw: RawTable, catchments: Catchments) -> pd.DataFrame:
    """Return text, street, school_id, school_name, category (ours), word (the file's for it), row."""
    blank = pd.Series("", index=raw.cells.index, dtype="str")

    def cells(column: str | None) -> pd.Series:
        return blank if column is None else raw.cells[column].str.strip()

    word, street = cells(catchments.category), cells(catchments.street)
    category = word.replace(catchments.values.get("category", {}))
    # several words may mean one category
    words = word.groupby(category).agg(lambda some: "、".join(sorted(set(some))))
    return pd.DataFrame(
        {
            "text": cells(catchments.unit),
            "street": street.replace(catchments.values.get("street", {})),
            "school_id": cells(catchments.school_id),
            "school_name": cells(catchments.school_name),
            "word": category.map(words),
            "category": category,
            "row": raw.rows,
        }
    )


def _category_faults(raw: RawTable, catchments: Catchments) -> Iterable[Fault]:
    """Yield a fault for each cell that does not say for whom its row holds."""
    if catchments.category is None:
        return
    words = catchments.values.get("category")
    cells = raw.cells[catchments.category].str.strip()
    known = sorted({*words, *words.values()}) if words else sorted(set(cells) - {""})
    wrong = ~cells.isin(known)
    for row, word in zip(raw.rows[wrong], cells[wrong], strict=True):
        yield Fault(
            file=raw.file,
            row=int(row),
            column=catchments.category,
            found=word or None,
            allowed=say("allowed: {allowed}", allowed=", ".join(known)),
            remedy=say("correct it, or add the word to values.category under catchments in xuequ.toml")
            if word
            else say("fill it in"),
        )


def _name_faults(raw: RawTable, catchments: Catchments, pairs: pd.DataFrame) -> Iterable[Fault]:
    """Yield a fault for each school that goes by two names."""
    names = pairs.drop_duplicates(["school_id", "school_name"]).sort_values(["school_id", "row"])
    for school, same in names[names.duplicated("school_id", keep=False)].groupby("school_id"):
        yield Fault(
            file=raw.file,
            row=int(same["row"].max()),
            column=catchments.school_name,
            found=" / ".join(same["school_name"]),
            allowed=say("one name for the school {school}", school=school),
            remedy=say("correct it"),
        )


def _unit_ids(pairs: pd.DataFrame, pattern: str | None) -> pd.Series:
    """Return the identifier of the unit of each pair."""
    units = pairs[["street", "text"]].drop_duplicates().sort_values(["text", "street"], ignore_index=True)
    units["short"] = [_short(text, pattern) for text in units["text"]]
    # the street only where it is needed: most planners write the plain name in their other tables
    several = units.groupby("short")["street"].transform("nunique") > 1
    units["id"] = units["short"].where(~several, units["street"] + STREET_JOINER + units["short"])
    size = units.groupby("id")["text"].transform("size")
    number = (units.groupby("id").cumcount() + 1).astype("str")
    units["id"] = units["id"].where(size == 1, units["id"] + "/" + number)
    ids = units.set_index(["street", "text"])["id"]
    return pd.Series(
        ids.reindex(pd.MultiIndex.from_frame(pairs[["street", "text"]])).to_numpy(), pairs.index
    )


def _short(text: str, pattern: str | None) -> str:
    match = re.match(pattern, text) if pattern else None
    return match.group(1) if match else text


def _plan(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return unit_id, category, word, text, zone_id, row: one row a unit and category, sorted."""
    by = pairs.groupby(["unit_id", "category"], sort=True)
    return by.agg(
        word=("word", "first"),
        text=("text", "first"),
        zone_id=("school_id", lambda ids: ZONE_JOINER.join(sorted(set(ids)))),
        row=("row", "min"),
    ).reset_index()


def _folded(plan: pd.DataFrame, *, categories: int) -> pd.DataFrame:
    """Make one row, for all, of the rows of a unit whose zone is the same for every category."""
    by = plan.groupby("unit_id")
    same = (by["zone_id"].transform("nunique") == 1) & (by["category"].transform("size") == categories)
    once = plan[~same | ~plan.duplicated("unit_id")].copy()
    once.loc[same, ["category", "word"]] = ""
    once["row"] = once["row"].where(~same, by["row"].transform("min"))
    return once


def _zones(plan: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return name, scope_text and row by zone_id; the scope says for whom, where not for all."""
    bracketed = plan["text"] + "（" + plan["word"] + "）"
    scope = plan.assign(scope=plan["text"].where(plan["word"] == "", bracketed))
    zones = scope.groupby("zone_id", sort=True).agg(scope_text=("scope", "；".join), row=("row", "min"))
    schools = pairs[["zone_id", "school_id", "school_name"]].drop_duplicates()
    names = schools.sort_values(["zone_id", "school_id"]).groupby("zone_id")["school_name"]
    zones["name"] = names.agg(NAME_JOINER.join)
    return zones


def _twice(raw: RawTable, pairs: pd.DataFrame) -> list[Text]:
    twice = pairs[pairs.duplicated(["unit_id", "school_id", "category"])]
    if twice.empty:
        return []
    rows = _listed([str(row) for row in sorted(twice["row"])])
    words = say(
        "{file}: {n} rows say again what a row before them says: {rows}",
        file=raw.file,
        n=len(twice),
        rows=rows,
    )
    return [words]


def _without_schools(raw: RawTable, pairs: pd.DataFrame) -> list[Text]:
    said = []
    for word in sorted(set(pairs["word"])):
        units = sorted(set(pairs["unit_id"]) - set(pairs["unit_id"][pairs["word"] == word]))
        if units:
            said.append(
                say(
                    "{file}: no school for {category} in {n} units: {units}",
                    file=raw.file,
                    category=word,
                    n=len(units),
                    units=_listed(units),
                )
            )
    return said


def _listed(names: list[str]) -> Text | str:
    shown = ", ".join(names[:_MOST_LISTED])
    more = len(names) - _MOST_LISTED
    return say("{names} and {n} more", names=shown, n=more) if more > 0 else shown


def _rows(raw: RawTable, rows: pd.Series, **columns: pd.Series | str) -> RawTable:
    plain = {name: value if isinstance(value, str) else value.to_numpy() for name, value in columns.items()}
    cells = pd.DataFrame(plain, index=range(len(rows)), dtype="str")
    return replace(raw, cells=cells, rows=rows.reset_index(drop=True), geometry=None, notes=())
