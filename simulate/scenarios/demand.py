"""Changes of the counts of children: a new estate, a demolition, low and high counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.apportion import share_whole
from geodata.messages import say
from simulate.scenarios import kinds
from simulate.scenarios.draft import Draft

_KEY = ["unit_id", "category", "year"]


def estate(draft: Draft, change: kinds.Estate) -> None:
    """Add the children of a new estate, year by year."""
    if not _counted(draft):
        return
    unit = _new_unit(draft, change.unit) if isinstance(change.unit, kinds.NewUnit) else None
    if isinstance(change.unit, str):
        unit = draft.one("units", change.unit, "unit")
    for category in change.children:
        draft.names("category", category, "children")
    if unit is None:
        return
    table = draft.frames["demand"]
    last = max(int(table["year"].max()), draft.year, change.first_year + len(change.ramp) - 1)
    years = np.arange(change.first_year, last + 1)
    share = np.array(change.ramp)[np.minimum(years - change.first_year, len(change.ramp) - 1)]
    source = f"scenario {draft.file}"
    rows = [
        {"unit_id": unit, "category": category, "year": int(year), "children": n, "source": source}
        for category, full in change.children.items()
        # half a child is one, also where binary fractions make it a little less
        for year, n in zip(years, np.floor(full * share + 0.5 + 1e-9).astype(int).tolist(), strict=True)
        if n > 0
    ]
    _add(draft, rows)
    if change.first_year > draft.year:
        draft.note(
            say("it holds from {year}; in {now} nothing changes", year=change.first_year, now=draft.year)
        )


def demolition(draft: Draft, change: kinds.Demolition) -> None:
    """Take children of a unit away, from a year on."""
    if not _counted(draft):
        return
    unit = draft.one("units", change.unit, "unit")
    if unit is None:
        return
    rows = _from(draft, change.from_) & (draft.frames["demand"]["unit_id"] == unit).to_numpy(dtype=bool)
    if not rows.any():
        words = say("a unit with children then; there are counts for {years}", years=_years(draft))
        draft.fault("unit", words, found=unit, remedy=say("correct it"))
        return
    if change.share is not None:
        _times(draft, rows, 1.0 - change.share)
        return
    for category, gone in (change.children or {}).items():
        draft.names("category", category, "children")
        own = rows & (draft.frames["demand"]["category"] == category).to_numpy(dtype=bool)
        held = draft.frames["demand"].loc[own, "children"]
        least = int(held.min()) if len(held) else 0
        if least < gone:
            words = say(
                "at most {held} children of {category} in {unit}", held=least, category=category, unit=unit
            )
            draft.fault("children", words, found=gone, remedy=say("correct it"))
            continue
        table = draft.frames["demand"]
        for column in ("children", "low", "high"):
            draft.set("demand", own, **{column: (table.loc[own, column] - gone).clip(lower=0)})


def level(draft: Draft, change: kinds.DemandLevel) -> None:
    """Take the low or high counts for the counts, and multiply them.

    A low or high count has no bounds any more: what was uncertain about the middle one is decided.
    """
    if not _counted(draft):
        return
    table = draft.frames["demand"]
    rows = _from(draft, change.from_)
    for category in change.categories or ():
        draft.names("category", category, "categories")
    if change.categories is not None:
        rows = rows & table["category"].isin(change.categories).to_numpy(dtype=bool)
    if change.districts is not None:
        districts = draft.many("districts", change.districts, "districts")
        rows = rows & _district(draft).isin(districts).to_numpy(dtype=bool)
    if not rows.any():
        words = say("counts of children then and there; there are counts for {years}", years=_years(draft))
        draft.fault("from" if change.from_ is not None else "do", words, found=change.from_)
        return
    if change.level != "mid":
        blank = table.loc[rows, change.level].isna()
        if blank.any():
            words = say(
                "a count in the column {level} of demand; it is blank in {n} rows, such as that of {unit}",
                level=change.level,
                n=int(blank.sum()),
                unit=table.loc[rows, "unit_id"][blank].iloc[0],
            )
            draft.fault("level", words, found=change.level, remedy=say("fill it in, or use factor"))
            return
        # the bounds were about the middle count: draws between them would come back towards it
        draft.set("demand", rows, children=table.loc[rows, change.level], low=pd.NA, high=pd.NA)
    if change.factor != 1.0:
        _scale(draft, rows, change.factor)


def _scale(draft: Draft, rows: np.ndarray, factor: float) -> None:
    """Multiply counts: exact for each district, category and year, then shared by largest remainder."""
    table = draft.frames["demand"]
    keys = [_district(draft)[rows], table.loc[rows, "category"], table.loc[rows, "year"]]
    group = pd.DataFrame(dict(enumerate(keys))).groupby([0, 1, 2], dropna=False).ngroup()
    held = table.loc[rows, "children"].to_numpy(dtype=np.int64)
    total = np.bincount(group, held)
    wanted = np.floor(total * factor + 0.5 + 1e-9).astype(np.int64)
    made = share_whole(held.astype(np.float64), group.to_numpy(), wanted)
    low = np.floor(table.loc[rows, "low"].astype("Float64") * factor + 1e-9).astype("Int64")
    high = np.ceil(table.loc[rows, "high"].astype("Float64") * factor - 1e-9).astype("Int64")
    draft.set("demand", rows, children=made, low=low, high=high)


def _times(draft: Draft, rows: np.ndarray, share: float) -> None:
    table = draft.frames["demand"]
    for column in ("children", "low", "high"):
        left = np.floor(table.loc[rows, column].astype("Float64") * share + 0.5 + 1e-9).astype("Int64")
        draft.set("demand", rows, **{column: left})


def _counted(draft: Draft) -> bool:
    """Whether the project has counts that can change; if not, a fault is added."""
    if "applicants" in draft.project.tables:
        words = say(
            "a project of counts: this one has a list of applicants, and nobody is made up beside it"
        )
    elif (draft.base["demand"]["year"] == draft.year).any():
        return True
    else:
        words = say("counts of children by unit in {year}: this project has none", year=draft.year)
    draft.fault("do", words, remedy=say("take the change out"))
    return False


def _new_unit(draft: Draft, unit: kinds.NewUnit) -> str | None:
    fresh = draft.new_id("units", unit.id, "unit.id")
    zone = draft.one("zones", unit.zone, "unit.zone")
    point = draft.point(unit.lng, unit.lat, unit.datum, "unit.datum")
    areas: list[str | None] = []
    for table, said in (("districts", unit.district), ("streets", unit.street)):
        known = said is not None and len(draft.frames[table]) > 0
        named = draft.one(table, str(said), f"unit.{table[:-1]}") if known else said
        areas.append(named or draft.area_at(table, point))
    if not fresh or zone is None or point is None:
        return None
    if areas[0] is None:
        zones = draft.frames["zones"]
        own = zones.loc[zones["zone_id"] == zone, "district_id"].dropna()
        areas[0] = str(own.iloc[0]) if len(own) else None
    draft.add(
        "units",
        {
            "unit_id": unit.id,
            "name": unit.name,
            "district_id": areas[0],
            "street_id": areas[1],
            "households": unit.households,
            "geometry": point,
        },
    )
    draft.add("plan", {"unit_id": unit.id, "zone_id": zone})
    draft.moved[unit.id] = {"": draft.number}
    return unit.id


def _add(draft: Draft, rows: list[dict[str, object]]) -> None:
    """Add children to the counts that are there, key by key; a bound that is not known stays unknown."""
    table = draft.frames["demand"]
    place = {key: at for at, key in enumerate(zip(*(table[name] for name in _KEY), strict=True))}
    new = []
    frame = table.copy()
    for row in rows:
        at = place.get(tuple(row[name] for name in _KEY))
        if at is None:
            new.append(row)
            continue
        for column in ("children", "low", "high"):
            frame.loc[at, column] = frame.loc[at, column] + row["children"]
    draft.frames["demand"] = frame
    draft.add("demand", *new)


def _from(draft: Draft, year: int | None) -> np.ndarray:
    since = draft.year if year is None else year
    if since > draft.year:
        draft.note(say("it holds from {year}; in {now} nothing changes", year=since, now=draft.year))
    return np.asarray((draft.frames["demand"]["year"] >= since).to_numpy(dtype=bool))


def _district(draft: Draft) -> pd.Series:
    units = draft.frames["units"].set_index("unit_id")["district_id"]
    return draft.frames["demand"]["unit_id"].map(units)


def _years(draft: Draft) -> str:
    return ", ".join(str(year) for year in sorted(draft.frames["demand"]["year"].unique()))
