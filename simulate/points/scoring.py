"""Score children by a schedule: a total, the keys that break ties, and a breakdown that adds up to it.

How it is counted stands in `simulate.points.schedule`; all of it is whole numbers, whatever the row order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulate.points.counting import Tally, conditions_hold, in_units, tally
from simulate.points.holding import Terms, day_number, spells_of
from simulate.points.items import Group
from simulate.points.known import SCALE, Known, known_of
from simulate.points.notes import Notes
from simulate.points.schedule import Schedule, names_used
from simulate.points.spells import FIRST

Texts = npt.NDArray[np.object_]
ITEM_COLUMNS = {
    "applicant_id": "str",
    "item": "str",
    "quantity": "float64",
    "unit": "str",
    "points": "float64",
    "raw_points": "float64",
    "capped": "bool",
    "clause": "str",
    "not_counted": "str",
}
RULE_COLUMNS = {"applicant_id": "str", "rule": "str", "met": "bool", "clause": "str", "why": "str"}
"""The columns of the two tables of a breakdown, and what stands in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What children come to by a schedule.

    Parameters
    ----------
    schedule : Schedule
        As it held on the day.
    year : int
        The year of admission.
    totals : DataFrame
        A child that was scored, in order of the applicants: applicant_id, points, before_maximum, the keys
        that the schedule provides, eligible, class (its number, where there are classes).
    items : DataFrame
        A child × item: applicant_id, item, quantity, unit, points, raw_points (before caps), capped,
        clause, not_counted (a JSON list of entries with `why`; see `simulate.points.notes`). The points
        of a child's items add up to `before_maximum`.
    eligibility : DataFrame
        A child × rule: applicant_id, rule, met, clause, why (JSON as in `not_counted`).
    unused : DataFrame
        fact, rows, why: rows of facts that had no effect: `no-rule` (nothing uses the fact) or
        `not-scored` (the child is of another category).
    """

    schedule: Schedule
    year: int
    totals: pd.DataFrame
    items: pd.DataFrame
    eligibility: pd.DataFrame
    unused: pd.DataFrame


def score(
    schedule_at: Schedule,
    facts: pd.DataFrame,
    applicants: pd.DataFrame,
    district: Texts,
    *,
    year: int,
) -> Scored:
    """Score the applicants of the schedule's categories.

    Parameters
    ----------
    schedule_at : Schedule
        As it holds on the day (`Schedule.at`).
    facts, applicants : DataFrame
        The tables of the schema; only applicant_id and category of the applicants are read.
    district : array of str or None, shape (applicants,)
        The district of each applicant's home.
    year : int
        The year of admission.

    Returns
    -------
    Scored

    Raises
    ------
    DataError
        With everything that is wrong in the facts.
    """
    which = applicants["category"].isin(schedule_at.categories).to_numpy()
    ids = applicants["applicant_id"].to_numpy(dtype=object)[which]
    known = known_of(schedule_at, facts, ids, np.asarray(district)[which])
    terms = Terms(facts=schedule_at.facts(), year=year, last=day_number(schedule_at.last_day(year)))
    decimals, how = schedule_at.decimals, schedule_at.rounding[0].how
    tallies = {item.id: tally(item, known, terms, decimals=decimals, how=how) for item in schedule_at.item}
    for group in schedule_at.group:
        _grouped(group, tallies, decimals)
    eligible, rules = _eligibility(schedule_at, known, terms, ids)
    whole = np.sum([one.points for one in tallies.values()], axis=0, dtype=np.int64)
    full = schedule_at.full_mark
    totals = pd.DataFrame(
        {
            "applicant_id": ids,
            "points": (whole if full is None else np.minimum(whole, full)) / 10**decimals,
            "before_maximum": whole / 10**decimals,
            **_provided(schedule_at, tallies, known, terms),
            "eligible": eligible,
        }
    )
    if any(item.kind == "classes" for item in schedule_at.item):
        number = sum(one.number for one in tallies.values())
        totals["class"] = pd.array(number, dtype="Int64")
        totals["class"] = totals["class"].mask(totals["class"] == 0)
    return Scored(
        schedule=schedule_at,
        year=year,
        totals=totals,
        items=_items(schedule_at, tallies, ids),
        eligibility=rules,
        unused=_unused(schedule_at, facts, ids),
    )


def _grouped(group: Group, tallies: dict[str, Tally], decimals: int) -> None:
    """Take off the items of a group what does not add up, so that what is left does."""
    names = [name for name in group.items if name in tallies]
    points = np.array([tallies[name].points for name in names])
    left = points
    if group.take == "best":
        left = np.where(np.arange(len(names))[:, None] == points.argmax(axis=0), points, 0)
    if group.cap is not None:
        # the first items fill the cap, the later ones get what is left of it
        filled = np.minimum(np.cumsum(left, axis=0), in_units(group.cap, decimals))
        left = np.diff(filled, axis=0, prepend=0)
    for name, before, after in zip(names, points, left, strict=True):
        tallies[name].points = after
        tallies[name].notes.amount(before - after, "group", "points", decimals=decimals)


def _provided(
    schedule: Schedule, tallies: dict[str, Tally], known: Known, terms: Terms
) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, provided in schedule.provides.items():
        if provided.points is not None:
            found[key] = tallies[provided.points].points / 10**schedule.decimals
        elif provided.quantity is not None:
            found[key] = _quantity(tallies[provided.quantity])
        elif provided.since is not None:
            found[key] = _since(known, provided.since, terms)
    return found


def _quantity(one: Tally) -> npt.NDArray[np.float64]:
    return np.asarray(one.quantity / (SCALE if one.unit == "units" else 1), dtype=np.float64)


def _since(known: Known, fact: str, terms: Terms) -> npt.NDArray[np.datetime64]:
    spells = spells_of(known, known.rows[fact], terms.last)
    at = np.flatnonzero((spells.end == terms.last) & (spells.start != FIRST))
    days = np.full(known.children, "NaT", dtype="datetime64[ms]")
    days[spells.child[at]] = spells.start[at].astype("datetime64[D]").astype("datetime64[ms]")
    return days


def _eligibility(
    schedule: Schedule, known: Known, terms: Terms, ids: Texts
) -> tuple[npt.NDArray[np.bool_], pd.DataFrame]:
    all_met = np.ones(known.children, dtype=np.bool_)
    met, why = [], []
    for rule in schedule.eligible:
        notes = Notes(known.children)
        met.append(conditions_hold(rule.when, known, terms, notes))
        why.append(notes.texts())
        all_met &= met[-1]
    return all_met, pd.DataFrame(
        {
            "applicant_id": np.repeat(ids, len(met)),
            "rule": np.tile(np.array([rule.id for rule in schedule.eligible], dtype=object), len(ids)),
            "met": _by_child(met).astype(np.bool_),
            "clause": np.tile(np.array([r.clause for r in schedule.eligible], dtype=object), len(ids)),
            "why": _by_child(why).astype(object),
        }
    )


def _items(schedule: Schedule, tallies: dict[str, Tally], ids: Texts) -> pd.DataFrame:
    all_ = [tallies[item.id] for item in schedule.item]
    scale = 10**schedule.decimals
    each: dict[str, list[str | None]] = {
        "item": [item.id for item in schedule.item],
        "unit": [one.unit for one in all_],
        "clause": [item.clause for item in schedule.item],
    }
    tiled = {name: np.tile(np.array(values, dtype=object), len(ids)) for name, values in each.items()}
    points = _by_child([one.points for one in all_]).astype(np.int64)
    raw = _by_child([one.raw for one in all_]).astype(np.int64)
    return pd.DataFrame(
        {
            "applicant_id": np.repeat(ids, len(all_)),
            "item": tiled["item"],
            "quantity": _by_child([_quantity(one) for one in all_]).astype(np.float64),
            "unit": tiled["unit"],
            "points": points / scale,
            "raw_points": raw / scale,
            "capped": points < raw,
            "clause": tiled["clause"],
            "not_counted": _by_child([one.notes.texts() for one in all_]).astype(object),
        }
    )


def _by_child(columns: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return columns (one an item) as one, child by child."""
    return np.stack(columns, axis=1).ravel() if columns else np.empty(0)


def _unused(schedule: Schedule, facts: pd.DataFrame, ids: Texts) -> pd.DataFrame:
    used = {name for _, kind, name in names_used(schedule) if kind == "fact"}
    name = facts["fact"]
    why = np.select(
        [
            ~facts["applicant_id"].isin(ids).to_numpy(),
            ~name.isin(used).to_numpy(),
        ],
        ["not-scored", "no-rule"],
        "",
    )
    rows = pd.DataFrame({"fact": name.to_numpy(dtype=object), "why": why})[why != ""]
    counted = rows.groupby(["fact", "why"]).size().rename("rows").reset_index()
    return counted[["fact", "rows", "why"]]
