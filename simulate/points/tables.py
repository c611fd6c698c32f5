"""What people see of scored children: the breakdown in words, and what it comes to."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.errors import XuequError
from geodata.messages import LANGS, Speaker, say, speaker
from geodata.writing.whole import replaced
from simulate.order_keys import CHILD_KEYS, TICKET
from simulate.points.apply import item_points
from simulate.points.notes import UNITS, entries_of, words_of
from simulate.points.schedule import Schedule
from simulate.points.scoring import Scored
from simulate.summary import write_csv


def headings(speak: Speaker) -> list[str]:
    """Return the headings of the breakdown."""
    words = (
        say("applicant"),
        say("kind of row"),
        say("id of the item"),
        say("item"),
        say("counted"),
        say("unit"),
        say("points"),
        say("points before the cap"),
        say("clause"),
        say("what did not count"),
    )
    return [speak(one) for one in words]


def breakdown_table(scored: Scored, speak: Speaker) -> pd.DataFrame:
    """Return one row an item, one a rule of eligibility and one total for each child, in words."""
    schedule, items, rules, totals = scored.schedule, scored.items, scored.eligibility, scored.totals
    titles = {part.id: speak.choose(part.title.model_dump()) for part in schedule.item}
    rule_titles = {part.id: speak.choose(part.title.model_dump()) for part in schedule.eligible}
    units = {name: speak(text) for name, text in UNITS.items()} | {"": ""}
    counted = items["quantity"].where(items["unit"] != "")
    parts = [
        _rows(
            items["applicant_id"], speak(say("item")), items["item"], items["item"].map(titles), order=0
        ).assign(
            counted=_plain_numbers(counted),
            unit=items["unit"].map(units),
            points=_plain_numbers(items["points"]),
            raw=_plain_numbers(items["raw_points"]),
            clause=items["clause"],
            why=_in_words(items["not_counted"], schedule, speak),
        ),
        _rows(
            rules["applicant_id"],
            speak(say("eligibility")),
            rules["rule"],
            rules["rule"].map(rule_titles),
            order=1,
        ).assign(
            counted=_yes_or_no(rules["met"], speak),
            clause=rules["clause"],
            why=_in_words(rules["why"], schedule, speak),
        ),
        _rows(totals["applicant_id"], speak(say("total")), "", speak(say("total")), order=2).assign(
            counted=_yes_or_no(totals["eligible"], speak),
            unit=speak(say("eligible")),
            points=_plain_numbers(totals["points"]),
            raw=_plain_numbers(totals["before_maximum"]),
        ),
    ]
    place = dict(zip(totals["applicant_id"], range(len(totals)), strict=True))
    table = pd.concat(parts, ignore_index=True)
    order = np.lexsort((table.pop("order"), table["applicant"].map(place)))
    names = ["applicant", "kind", "id", "title", "counted", "unit", "points", "raw", "clause", "why"]
    table = table.reindex(columns=names).iloc[order].reset_index(drop=True)
    return table.astype(object).where(table.notna(), "").set_axis(headings(speak), axis=1)


def _rows(
    ids: pd.Series, kind: str, part: pd.Series | str, title: pd.Series | str, *, order: int
) -> pd.DataFrame:
    return pd.DataFrame({"applicant": ids, "kind": kind, "id": part, "title": title, "order": order})


def _plain_numbers(values: pd.Series) -> pd.Series:
    """Return numbers as texts, a whole one without decimals; each distinct one is written once."""
    words = {value: f"{value:.10g}" for value in values.dropna().unique()}
    return values.map(words)


def _yes_or_no(values: pd.Series, speak: Speaker) -> npt.NDArray[np.object_]:
    return np.where(values.to_numpy(dtype=np.bool_), speak(say("yes")), speak(say("no"))).astype(object)


def _in_words(texts: pd.Series, schedule: Schedule, speak: Speaker) -> pd.Series:
    facts = schedule.facts()
    return texts.map({text: words_of(text, facts, speak) for text in texts.unique()})


def need_own_file(path: Path) -> None:
    """Raise an XuequError if a file is there that is not an earlier breakdown: it is never written over."""
    if not path.exists():
        return
    ours = [headings(speaker(lang)) for lang in LANGS]
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = next(csv.reader(file), None)
    if first not in ours:
        raise XuequError(say("{folder} exists; nothing was written", folder=path.name))


def write_breakdown(path: Path, table: pd.DataFrame) -> None:
    """Write a breakdown as CSV, whole or not at all; only the account that made it can open it."""
    need_own_file(path)
    with replaced(path) as partial:
        partial.touch(mode=0o600)
        write_csv(partial, table)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsSummary:
    """What scored children come to, in counts.

    Parameters
    ----------
    children, eligible : int
    shares : dict of str to float
        Points of the eligible: least, 25%, half, 75%, most, mean.
    full : int
        How many eligible children have the full mark.
    by_item : DataFrame
        item, with_points, capped (children), mean.
    refused : DataFrame
        rule, children, and fact, level: the first condition that is not met.
    tied, still_tied : int
        Eligible children who share their points with another; and who do in the whole chain, so that the
        ticket decides.
    """

    children: int
    eligible: int
    shares: dict[str, float]
    full: int
    by_item: pd.DataFrame
    refused: pd.DataFrame
    tied: int
    still_tied: int


def points_summary(scored: Scored, applicants: pd.DataFrame) -> PointsSummary:
    """Return what scored children come to."""
    totals = scored.totals
    eligible = totals[totals["eligible"]]
    points = eligible["points"]
    quarters = points.quantile([0, 0.25, 0.5, 0.75, 1]).to_list() if len(points) else [np.nan] * 5
    names = ("least", "quarter", "half", "three_quarters", "most")
    full, scale = scored.schedule.full_mark, 10**scored.schedule.decimals
    keys = chain_keys(scored, applicants)[totals["eligible"].to_numpy()]
    items = scored.items.groupby("item", sort=False)
    return PointsSummary(
        children=len(totals),
        eligible=len(eligible),
        shares=dict(zip(names, quarters, strict=True)) | {"mean": float(points.mean())},
        full=0 if full is None else int((points == full / scale).sum()),
        by_item=items.agg(
            with_points=("points", lambda column: int((column > 0).sum())),
            capped=("capped", "sum"),
            mean=("points", "mean"),
        ).reset_index(),
        refused=_refused(scored.eligibility),
        tied=int(points.duplicated(keep=False).sum()),
        still_tied=int(keys.duplicated(keep=False).sum()),
    )


def _refused(rules: pd.DataFrame) -> pd.DataFrame:
    rows = rules[~rules["met"]]
    first = {text: entries_of(text)[0] for text in rows["why"].unique()}
    table = rows.assign(
        fact=rows["why"].map({text: one["fact"] for text, one in first.items()}),
        level=rows["why"].map({text: one["level"] for text, one in first.items()}),
    )
    return table.groupby(["rule", "fact", "level"], sort=True).size().rename("children").reset_index()


def chain_keys(scored: Scored, applicants: pd.DataFrame) -> pd.DataFrame:
    """Return what the order sorts by, ticket apart: smaller stands first, and what is absent last.

    Parameters
    ----------
    scored : Scored
    applicants : DataFrame
        For the keys that the schedule does not provide.

    Returns
    -------
    DataFrame, shape (scored children, keys)
    """
    given = applicants.set_index("applicant_id")
    given = given.reindex(columns=list(CHILD_KEYS)).reindex(scored.totals["applicant_id"]).reset_index()
    points = item_points(scored)
    keys = {}
    for key in scored.schedule.chain:
        if key == TICKET:
            continue
        name, _, way = key.partition(" ")
        column = next(table[name] for table in (scored.totals, points, given) if name in table)
        values = _as_numbers(column)
        keys[name] = np.nan_to_num(-values if way == "desc" else values, nan=np.inf)
    return pd.DataFrame(keys, index=scored.totals.index)


def _as_numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    if pd.api.types.is_datetime64_any_dtype(column):
        days = column.astype("datetime64[ms]").to_numpy().astype("datetime64[D]")
        return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
