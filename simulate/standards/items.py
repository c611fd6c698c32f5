"""The seven items of balanced development at each school, and how much they vary within a district."""

from __future__ import annotations

import difflib

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City, DataError, Fault, say
from geodata.schema import LEVELS
from simulate.standards.measures import EXACT, cv_weighted
from simulate.standards.values import COUNTED, ITEMS, Limits

Floats = npt.NDArray[np.float64]
TEACHING_AREA = "teaching-area"
PER = {"per-100-pupils": 100.0, "m2-per-pupil": 1.0, "yuan-per-pupil": 1.0}
_LIKE_A_RATIO = 20.0


def item_totals(city: City, pupils: pd.Series, limits: Limits) -> pd.DataFrame:
    """Return what each school has of each item, in all.

    Parameters
    ----------
    city : City
        The table `indicators`: school_id, item (one of `ITEMS`), value: the school's *total* (teachers, m²,
        yuan, rooms), not the figure per pupil, for the totals are what a change of pupils leaves as it is.
        Where it has no teaching area of a school, `schools.area_m2`, which is the same, stands for it.
    pupils : Series
        By school_id; used to see that a value cannot be a total.
    limits : Limits

    Returns
    -------
    DataFrame, shape (schools, 7)
        By school_id; NaN is unknown.

    Raises
    ------
    DataError
        For each item that is none of the seven, negative value, part of a teacher or a room, value that is
        under a twentieth of what is asked for so many pupils (so that it must be a figure per pupil), and
        teaching area that is another than `schools.area_m2`.
    """
    table = city["indicators"]
    faults = [*_unknown_items(table), *_wrong_values(table, pupils, limits)]
    schools = city["schools"].set_index("school_id")
    rows = table[table["item"].isin(ITEMS)]
    totals = rows.pivot(index="school_id", columns="item", values="value")
    totals = totals.reindex(index=schools.index, columns=list(ITEMS)).astype("float64")
    area = schools["area_m2"].astype("float64")
    other = totals.index[((totals[TEACHING_AREA] - area).abs() > 0.5)]
    faults.extend(
        Fault(
            file="indicators",
            column="value",
            found=f"{totals.loc[school, TEACHING_AREA]:g}",
            allowed=say(
                "the teaching area of school {school}, {area} m², as the table schools has it in area_m2",
                school=school,
                area=f"{area[school]:g}",
            ),
            remedy=say("correct one of them, or leave one out"),
        )
        for school in other
    )
    if faults:
        raise DataError(faults)
    totals[TEACHING_AREA] = totals[TEACHING_AREA].fillna(area)
    return totals.rename_axis(columns=None)


def _unknown_items(table: pd.DataFrame) -> list[Fault]:
    strange = sorted(set(table["item"]) - set(ITEMS))
    faults = []
    for item in strange:
        near = difflib.get_close_matches(item, ITEMS, n=1)
        remedy = say("did you mean {near}?", near=near[0]) if near else say("correct it")
        allowed = say("allowed: {allowed}", allowed=", ".join(ITEMS))
        faults.append(Fault(file="indicators", column="item", found=item, allowed=allowed, remedy=remedy))
    return faults


def _wrong_values(table: pd.DataFrame, pupils: pd.Series, limits: Limits) -> list[Fault]:
    """Return a fault for each value that cannot be a school's total."""
    value = table["value"].astype("float64")
    counted = table["item"].isin(COUNTED)
    least = table["item"].map({item: min(limits.items[item].values()) for item in ITEMS}).astype("float64")
    children = table["school_id"].map(pupils).astype("float64")
    ratio = ~counted & (value > 0) & (value < least * children / _LIKE_A_RATIO)
    tests = (
        (value < 0, say("0 or more")),
        (
            counted & (value >= 0) & (value % 1 != 0),
            say("a whole number: how many the school has in all, not how many per 100 pupils"),
        ),
        (ratio, say("what the school has in all, not the figure per pupil")),
    )
    return [
        Fault(
            file="indicators",
            column="value",
            found=f"{row.school_id} / {row.item}: {row.value:g}",
            allowed=allowed,
            remedy=say("correct it"),
        )
        for wrong, allowed in tests
        for row in table[wrong.to_numpy(dtype=bool)].itertuples()
    ]


def items_met(totals: pd.DataFrame, pupils: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Return which items each school meets, and whether it meets the rule of the seven.

    Parameters
    ----------
    totals : DataFrame, shape (s, 7)
        As `item_totals` returns them.
    pupils : DataFrame, shape (s, 2)
        By school_id, a column for each level; NaN is unknown.
    limits : Limits

    Returns
    -------
    DataFrame, shape (s,)
        By school_id: items_known, items_met, not_met (ids of those known and not met, parted by a space),
        verdict: `pass`, `fail`, or `unknown` where what is missing may turn it.

    Notes
    -----
    What is asked of a school is the sum over its pupils of what is asked for a pupil of their level (a
    nine-year school has one total for both). It passes if it meets `items_to_meet` or more of the seven,
    and each other one to at least `other_item_share`.
    """
    reached = reached_shares(totals, pupils, limits)
    known, met = np.isfinite(reached), reached >= 1.0 - EXACT
    near = reached >= limits.other_item_share - EXACT
    missing = len(ITEMS) - known.sum(axis=1)
    short = (known & ~met).sum(axis=1)
    spare = len(ITEMS) - limits.items_to_meet
    failed = (short > spare) | (known & ~near).any(axis=1)
    passed = ~failed & (missing == 0)
    names = np.asarray(list(ITEMS), dtype=object)
    return pd.DataFrame(
        {
            "items_known": known.sum(axis=1),
            "items_met": (known & met).sum(axis=1),
            "not_met": [" ".join(names[row]) for row in known & ~met],
            "verdict": np.select([failed, passed], ["fail", "pass"], "unknown"),
        },
        index=totals.index,
    )


def reached_shares(totals: pd.DataFrame, pupils: pd.DataFrame, limits: Limits) -> Floats:
    """Return what share of its threshold each school reaches in each item, shape (s, 7); NaN is unknown."""
    asked = np.zeros(totals.shape)
    for level in LEVELS:
        norms = np.array([limits.items[item][level] / PER[unit] for item, unit in ITEMS.items()])
        asked += pupils[level].reindex(totals.index).to_numpy(dtype="float64")[:, None] * norms
    has = totals.to_numpy(dtype="float64")
    reached: Floats = np.divide(has, asked, out=np.full(has.shape, np.nan), where=asked > 0)
    return reached


def variations(
    totals: pd.DataFrame, pupils: pd.DataFrame, district: pd.Series, limits: Limits
) -> pd.DataFrame:
    """Return the coefficient of variation of each item in each district, level by level.

    Parameters
    ----------
    totals, pupils : DataFrame
        As for `items_met`.
    district : Series
        By school_id.
    limits : Limits

    Returns
    -------
    DataFrame
        district_id, level, item, schools (how many have a value and pupils), cv (NaN with fewer than two),
        bound, within (whether it is at most the bound; missing where the cv is).

    Notes
    -----
    A nine-year school counts at each level with its pupils there, and with as much per pupil as it has in
    all: its totals are not parted by level.
    """
    everyone = pupils[list(LEVELS)].sum(axis=1, skipna=False).reindex(totals.index)
    rows: list[tuple[object, ...]] = []
    for area in sorted(set(district.dropna())):
        inside = totals.index[(district.reindex(totals.index) == area).to_numpy()]
        for level in LEVELS:
            here = pupils[level].reindex(inside)
            if not (here > 0).any():
                continue
            share = here / everyone.reindex(inside)
            rows.extend(
                (area, level, item, *_variation(here, totals.loc[inside, item] * share), bound)
                for item, bound in zip(ITEMS, [limits.variation[level]] * len(ITEMS), strict=True)
            )
    table = pd.DataFrame(rows, columns=["district_id", "level", "item", "schools", "cv", "bound"])
    within = (table["cv"] <= table["bound"] + EXACT).astype("boolean")
    return table.assign(within=within.mask(table["cv"].isna()))


def _variation(pupils: pd.Series, values: pd.Series) -> tuple[int, float]:
    there = (pupils > 0) & values.notna()
    count = int(there.sum())
    return count, cv_weighted(pupils[there], values[there]) if count > 1 else np.nan
