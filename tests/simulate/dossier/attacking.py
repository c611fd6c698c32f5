"""An attack on a public pack that knows nothing of how it was made: children as unknowns, all told numbers.

A reader is given more than the pack tells: which kinds of children there may be at all (address, group,
where placed before and after). How many there are of each kind is unknown; every number told is a sum of
such unknowns, and so is every hidden one. Whole-number programs then find between what a hidden one lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from simulate.dossier.cases import Case
from simulate.dossier.material import Material
from simulate.dossier.model import SUPPRESSED, Table, Value
from simulate.dossier.suppressing import LEAST_TOLD, WITHHELD
from simulate.summary import household_categories
from zoning.pressure import seats_by_school

Mask = npt.NDArray[np.bool_]
Cells = Mapping[tuple[str, str, str], Mask]


def children_of(material: Material) -> pd.DataFrame:
    """Return a row a child: its address and group, and what became of it before and after."""
    before, after = material.before, material.proposed
    assert before is not None
    home = pd.read_parquet(after.run.folder / "inputs" / "children.parquet").set_index("applicant_id")
    own = after.placements.set_index("applicant_id")
    table = pd.DataFrame({"unit": home["unit_id"].astype(str), "category": own["category"].astype(str)})
    for when, case in (("before", before), ("after", after)):
        there = case.placements.set_index("applicant_id").reindex(table.index)
        for name in ("outcome", "school_id", "stage"):
            table[f"{name}_{when}"] = there[name].astype("object").fillna("").astype(str)
    table["rank"] = own["choice_rank"].astype("Float64").fillna(0).astype(int)
    table["over"], table["decided"] = own["over"].astype(bool), own["decided"].astype(bool)
    return table.reset_index(drop=True)


def kinds_of(children: pd.DataFrame) -> pd.DataFrame:
    """Return all kinds of children: any address with anything that became of anyone of the group."""
    ends = ["outcome_after", "school_id_after", "stage_after", "rank", "over", "decided"]
    starts = ["outcome_before", "school_id_before"]
    units = children[["unit"]].drop_duplicates()
    found = []
    for category, own in children.groupby("category"):
        kinds = units.merge(own[ends].drop_duplicates(), how="cross")
        kinds = kinds.merge(own[starts].drop_duplicates(), how="cross")
        found.append(kinds.assign(category=category))
    return pd.concat(found, ignore_index=True)


def placed_where(rows: pd.DataFrame, material: Material) -> pd.DataFrame:
    """Return kinds or children with what follows from them: zones, districts, reach."""
    table = rows.copy()
    assert material.before is not None
    units = material.proposed.city["units"].set_index("unit_id")
    table["community"] = table["unit"].map(units["community_id"].astype("object"))
    for when, case in (("before", material.before), ("after", material.proposed)):
        plan = case.plan[case.plan["category"] == ""].set_index("unit_id")["zone_id"]
        zone = table["unit"].map(plan).astype(str)
        schools = case.city["schools"].set_index("school_id")["district_id"].astype(str)
        zones = case.city["zones"].set_index("zone_id")["district_id"].astype(str)
        table[f"zone_{when}"] = zone
        table[f"home_{when}"] = zone.map(zones)
        table[f"there_{when}"] = table[f"school_id_{when}"].map(schools).fillna("")
        pairs = pd.MultiIndex.from_frame(case.city["serves"][["zone_id", "school_id"]].astype(str))
        own = pd.MultiIndex.from_arrays([zone, table[f"school_id_{when}"]]).isin(pairs)
        placed = (table[f"outcome_{when}"] == "placed").to_numpy()
        inside = (table[f"home_{when}"] == table[f"there_{when}"]).to_numpy()
        table[f"placed_{when}"] = placed
        table[f"own_zone_{when}"] = placed & own
        table[f"own_district_{when}"] = placed & ~own & inside
        table[f"elsewhere_{when}"] = placed & ~own & ~inside
    table["moved"] = table["zone_before"] != table["zone_after"]
    return table


def cells_of(rows: pd.DataFrame, material: Material) -> dict[tuple[str, str, str], Mask]:
    """Return which kinds (or children) each cell of the tables counts: (table, row, column)."""
    found: dict[tuple[str, str, str], Mask] = {}
    household = rows["category"].isin(household_categories(material.proposed.run.policy)).to_numpy()
    everyone = np.ones(len(rows), dtype=bool)
    categories = {one: (rows["category"] == one).to_numpy() for one in sorted(set(rows["category"]))}
    groups = {**categories, "all": everyone}
    communities = {one: (rows["community"] == one).to_numpy() for one in sorted(set(rows["community"]))}
    for community, own in {**communities, "all": everyone}.items():
        found["T2", community, "children"] = own
        found |= {("T2", community, one): own & mask for one, mask in categories.items()}
    for unit in sorted(set(rows.loc[rows["moved"], "unit"])):
        found["T5", f"{unit}|", "children"] = (rows["unit"] == unit).to_numpy()
    moved = rows["moved"].to_numpy()
    found["T5", "all", "children"] = found["T4a", "proposed", "children_moved"] = moved
    for key, when in (("before", "before"), ("proposed", "after")):
        column = {name: rows[f"{name}_{when}"].to_numpy(dtype=bool) for name in _REACHES}
        without = rows[f"outcome_{when}"].isin(["not-admitted", "waiting"]).to_numpy()
        found |= {
            ("T4", key, "children"): everyone,
            ("T4", key, "placed"): column["placed"],
            ("T4", key, "coordinated"): column["own_district"] | column["elsewhere"],
            ("T4", key, "abroad"): column["elsewhere"],
            ("T4", key, "without"): without,
        }
        found |= dict(_schools(rows, when, column["placed"], household))
        found |= dict(_flows(rows, when, column["placed"], ~column["own_zone"]))
    found["T4", "proposed", "over"] = rows["over"].to_numpy(dtype=bool)
    found["T4", "proposed", "decided"] = rows["decided"].to_numpy(dtype=bool)
    for group, own in groups.items():
        found["T10", group, "children"] = found["T10a", group, "children"] = own
        found["T10", group, "moved"] = own & moved
        for name in _REACHES:
            found["T10", group, name] = own & rows[f"{name}_after"].to_numpy(dtype=bool)
        for name in ("not-admitted", "waiting", "withdrawn"):
            same = (rows["outcome_after"] == name).to_numpy()
            found["T10", group, name.replace("-", "_")] = own & same
    found |= dict(_stages(rows, material.proposed, categories))
    return found


_REACHES = ("placed", "own_zone", "own_district", "elsewhere")


def _schools(
    rows: pd.DataFrame, when: str, placed: Mask, household: Mask
) -> Iterator[tuple[tuple[str, str, str], Mask]]:
    schools = sorted(set(rows.loc[placed, f"school_id_{when}"]))
    for school in (*schools, "all"):
        own = placed if school == "all" else placed & (rows[f"school_id_{when}"] == school).to_numpy()
        yield ("T6", school, f"placed_{when}"), own
        yield ("T6", school, f"household_{when}"), own & household
        yield ("T6", school, f"others_{when}"), own & ~household
        if when == "after" and school != "all":
            yield ("T8", school, "placed"), own
    for zone in sorted(set(rows[f"zone_{when}"])):
        own = (rows[f"zone_{when}"] == zone).to_numpy()
        yield ("T6a", zone, f"children_{when}"), own
        yield ("T6a", zone, f"household_{when}"), own & household


def _flows(
    rows: pd.DataFrame, when: str, placed: Mask, outside: Mask
) -> Iterator[tuple[tuple[str, str, str], Mask]]:
    table = "T9" if when == "after" else "T9b"
    districts = sorted({*rows[f"home_{when}"], *rows.loc[placed, f"there_{when}"]})
    start = {one: (rows[f"home_{when}"] == one).to_numpy() for one in districts}
    end = {one: (rows[f"there_{when}"] == one).to_numpy() for one in districts}
    always = np.ones(len(rows), dtype=bool)
    for home, of in {**start, "all": always}.items():
        for there, to in {**end, "all": always}.items():
            yield (table, home, f"to|{there}"), placed & of & to
    for zone in sorted(set(rows[f"zone_{when}"])):
        for school in sorted(set(rows.loc[placed, f"school_id_{when}"])):
            pair = (rows[f"zone_{when}"] == zone) & (rows[f"school_id_{when}"] == school)
            yield ("T9a", f"{zone}|{school}", f"children_{when}"), placed & outside & pair.to_numpy()
    yield ("T9a", "all", f"children_{when}"), placed & outside


def _stages(
    rows: pd.DataFrame, case: Case, categories: Mapping[str, Mask]
) -> Iterator[tuple[tuple[str, str, str], Mask]]:
    placed = rows["placed_after"].to_numpy(dtype=bool)
    rank = rows["rank"].to_numpy()
    for stage in sorted(set(rows.loc[placed, "stage_after"])):
        at = placed & (rows["stage_after"] == stage).to_numpy()
        for category, own in categories.items():
            row = f"{stage}|{category}"
            yield ("T7", row, "placed"), at & own
            yield ("T7", row, "first"), at & own & (rank == 1)
            yield ("T7", row, "second"), at & own & (rank == 2)
            yield ("T7", row, "later"), at & own & (rank >= 3)
    last = case.summary.schools.dropna(subset=["cut_off_stage"])
    for school, stage in zip(last["school_id"], last["cut_off_stage"], strict=True):
        at = placed & (rows["stage_after"] == stage).to_numpy()
        yield ("T8", str(school), "last_rank"), at & (rows["school_id_after"] == school).to_numpy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What a reader of a pack knows of the kinds of children: sums between ends."""

    sums: csr_array
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]

    def ends(self, counted: Mask) -> tuple[float, float]:
        """Return the least and the largest whole number that a sum of kinds can be."""
        found = []
        for sign in (1.0, -1.0):
            solved = milp(
                sign * counted.astype(np.float64),
                constraints=LinearConstraint(self.sums, self.low, self.high),
                integrality=np.ones(len(counted)),
                bounds=Bounds(0, np.inf),
            )
            assert solved.x is not None, solved.message
            found.append(float(solved.x[counted].sum().round()))
        return found[0], found[1]


def attack_on(tables: Mapping[str, Table], cells: Cells, material: Material) -> Attack:
    """Return the attack on the tables of a pack, from all that they tell."""
    masks, low, high = [], [], []
    for where, mask in cells.items():
        for least, most in told(tables, where):
            masks.append(mask)
            low.append(least)
            high.append(most)
    for mask, most in _seats(tables, cells, material):
        masks.append(mask)
        low.append(0.0)
        high.append(most)
    sums = csr_array(np.array(masks, dtype=np.float64))
    return Attack(sums=sums, low=np.array(low), high=np.array(high))


def value_in(tables: Mapping[str, Table], where: tuple[str, str, str]) -> Value:
    """Return the value of a cell; None where the pack has no such cell."""
    id_, row, column = where
    if id_ not in tables or row not in tables[id_].keys:
        return None
    if not any(one.key == column for one in tables[id_].columns):
        return None
    return tables[id_].value(row, column)


def told(tables: Mapping[str, Table], where: tuple[str, str, str]) -> list[tuple[float, float]]:
    """Return between what a cell says that its count lies; nothing where there is no such cell."""
    value = value_in(tables, where)
    if where[0] == "T9a" and value is None:
        # a flow that is not listed is of fewer than five
        return [(0.0, LEAST_TOLD - 1.0)]
    if value == SUPPRESSED:
        return [(1.0, LEAST_TOLD - 1.0)]
    if value == WITHHELD:
        return [(float(LEAST_TOLD), np.inf)]
    return [(float(value), float(value))] if isinstance(value, int | float) else []


def _seats(tables: Mapping[str, Table], cells: Cells, material: Material) -> Iterator[tuple[Mask, float]]:
    """Yield the most that a school can have placed, from its seats, and those above all intakes."""
    assert material.before is not None
    for key, when, case in (
        ("before", "before", material.before),
        ("proposed", "after", material.proposed),
    ):
        over = value_in(tables, ("T4", key, "over"))
        above = float(over) if isinstance(over, int | float) else LEAST_TOLD - 1.0
        if over == WITHHELD:
            continue
        seats = seats_by_school(case.city)
        fullest = value_in(tables, ("T4", key, "used_max"))
        for school, own in seats.items():
            where = ("T6", str(school), f"placed_{when}")
            if where in cells:
                yield cells[where], float(own) + above
                if isinstance(fullest, float):
                    yield cells[where], float(np.floor((fullest + 0.0005) * own + 1e-9))


HOMES = {"T2": (), "T4": ("children",), "T4a": (), "T5": (), "T6a": (), "T10": ("children",), "T10a": ()}
"""By whom and where children live: table, and its columns where not all."""
PLACES = {
    "T4": (),
    "T6": ("placed_after",),
    "T7": (),
    "T8": (),
    "T10": (*_REACHES, "children", "not_admitted", "waiting", "withdrawn"),
}
"""What became of them, stage by stage and school by school."""
WAYS = {
    "T4": (),
    "T6": ("placed_before", "placed_after"),
    "T6a": ("children_before", "children_after"),
    "T9": (),
    "T9a": (),
    "T9b": (),
}
"""From where to where they go."""


def of_tables(cells: Cells, tables: Mapping[str, tuple[str, ...]]) -> Cells:
    """Return the cells of some tables."""
    return {
        where: mask
        for where, mask in cells.items()
        if where[0] in tables and (not tables[where[0]] or where[2] in tables[where[0]])
    }
