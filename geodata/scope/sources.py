"""Where rules come from: a project, a column of a file, a table of rules."""

from __future__ import annotations

import pandas as pd

from geodata.city import City
from geodata.errors import DataError, Fault, XuequError
from geodata.messages import say
from geodata.reading.raw import RawTable
from geodata.scope.rules import UNIT_JOINER, ScopeRule, rules_of


def rules_of_texts(texts: dict[str, str]) -> list[ScopeRule]:
    """Return the rules of several holders' texts, holder by holder."""
    return [rule for holder, text in texts.items() for rule in rules_of(text, holder=holder)]


def rules_of_column(raw: RawTable, *, column: str, holder: str) -> list[ScopeRule]:
    """Return the rules of a file's column of texts.

    Parameters
    ----------
    raw : RawTable
        Any table that has been read.
    column, holder : str
        The headings of the texts and of what they stand under. The texts of one holder are joined by `##`;
        a blank text says nothing.

    Raises
    ------
    DataError
        If a column is missing, a holder blank, or there is no text at all.
    """
    there = ", ".join(str(name) for name in raw.cells.columns)
    missing = [
        Fault(
            file=raw.file,
            column=name,
            allowed=say("this column is missing; there are: {there}", there=there),
        )
        for name in (column, holder)
        if name not in raw.cells
    ]
    if missing:
        raise DataError(missing)
    filled = raw.cells[column].str.strip() != ""
    blank = filled & (raw.cells[holder].str.strip() == "")
    faults = [
        Fault(file=raw.file, row=int(row), column=holder, allowed=say("whose text it is; it is blank"))
        for row in raw.rows[blank]
    ]
    if not filled.any():
        faults.append(Fault(file=raw.file, column=column, allowed=say("a text in at least one row")))
    if faults:
        raise DataError(faults)
    cells = raw.cells[filled]
    joined = cells.groupby(cells[holder].str.strip(), sort=False)[column].agg(UNIT_JOINER.join)
    return rules_of_texts({str(name): text for name, text in joined.items()})


def rules_of_city(city: City, *, category: str | None = None) -> list[ScopeRule]:
    """Return the rules of a project's schools.

    Parameters
    ----------
    city : City
        Its units have scope texts, or its zones have.
    category : str, optional
        For which category of children, where the plan differs by category.

    Returns
    -------
    list of ScopeRule
        The holder is the school's identifier; a zone of several schools stands under each of them.

    Raises
    ------
    XuequError
        If no text is there, the category is unknown, or none is named where the plan needs one.
    """
    plan = _plan_of(city, category)
    texts = _texts(city["units"], "unit_id").merge(plan, on="unit_id")
    if len(texts) == 0:
        texts = _texts(city["zones"], "zone_id")
    rows = texts.merge(city["serves"][["zone_id", "school_id"]], on="zone_id")
    rows = rows.drop_duplicates(["school_id", "scope_text"]).sort_values(["school_id", "scope_text"])
    if len(rows) == 0:
        raise XuequError(say("this project has no scope texts: units or zones with the column scope_text"))
    joined = rows.groupby("school_id", sort=True)["scope_text"].agg(UNIT_JOINER.join)
    return rules_of_texts({str(name): text for name, text in joined.items()})


def _texts(table: pd.DataFrame, key: str) -> pd.DataFrame:
    if "scope_text" not in table or len(table) == 0:
        return pd.DataFrame(columns=[key, "scope_text"])
    texts = pd.DataFrame(table[[key, "scope_text"]]).dropna()
    return texts[texts["scope_text"] != ""]


def _plan_of(city: City, category: str | None) -> pd.DataFrame:
    plan = city["plan"]
    named = sorted(set(plan["category"].dropna())) if "category" in plan else []
    if category is None and named:
        known = ", ".join(named)
        raise XuequError(say("the plan differs by category: name one of {known}", known=known))
    if category is not None and named and category not in named:
        known = ", ".join(named)
        raise XuequError(
            say("no plan of the category {category}; there are: {known}", category=category, known=known)
        )
    if named:
        plan = plan[plan["category"].isna() | (plan["category"] == category)]
    return pd.DataFrame(plan[["unit_id", "zone_id"]]).drop_duplicates()
