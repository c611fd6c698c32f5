"""Where the unit named, the address and the point of a child say different things.

The declared order decides where the child lives (`zoning.locate`); this says what the others would have
said. A point on the border of the unit named does not disagree with it, nor does an address that falls
under several units of which the one named is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import City, say
from geodata.messages import Text
from zoning.addresses import address_book, match_addresses
from zoning.locate import lowest_id_at
from zoning.plan import zone_of

COLUMNS = ("applicant_id", "by_unit", "by_address", "by_point", "zones")
_SHOWN = 5

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing units, addresses and points came to.

    Parameters
    ----------
    table : DataFrame
        As `disagreements` returns it.
    compared : int
        Children of whom two of the three say a unit: of the others nothing can be compared.
    unplaced : int
        Addresses that fall under no unit.
    """

    table: pd.DataFrame
    compared: int
    unplaced: int


def disagreements(city: City, plan: pd.DataFrame, applicants: pd.DataFrame) -> pd.DataFrame:
    """List the children of whom unit, address and point do not all say the same; as `compare_places`."""
    return compare_places(city, plan, applicants).table


def compare_places(city: City, plan: pd.DataFrame, applicants: pd.DataFrame) -> Comparison:
    """Compare what unit, address and point say of each child.

    Parameters
    ----------
    city : City
        Units with polygons, texts or names.
    plan : DataFrame
        As `plan_in` returns it.
    applicants : GeoDataFrame, shape (n,)
        applicant_id, category, unit_id, address, geometry.

    Returns
    -------
    Comparison
        Its table has applicant_id, by_unit (the unit named), by_address (the units that the address falls
        under, with commas where several), by_point (the unit in which the point lies), zones (those of all
        of these for the child's category, with commas); missing where nothing is said; by applicant_id.
    """
    named = applicants["unit_id"].astype("str").reset_index(drop=True)
    category = applicants["category"].reset_index(drop=True)
    points = applicants.geometry.to_numpy()
    found = match_addresses(address_book(city), applicants["address"]) if _asks(applicants) else None
    n = len(applicants)
    every, pairs = _none(n), pd.DataFrame({"row": [], "unit_id": []})
    if found is not None and len(found):
        pairs = found[["row", "unit_id"]]
        every = pairs.groupby("row")["unit_id"].agg(", ".join).reindex(range(n)).astype("str")
    units = city["units"]
    lies = lowest_id_at(points, units.geometry.to_numpy(), units["unit_id"])
    point = pd.Series(lies, dtype="str")
    differs = (
        _named_elsewhere(named, every, pairs)
        | _point_elsewhere(city, points, named, point)
        | _point_in_none(city, points, pairs, point)
    )
    rows = np.flatnonzero(differs)
    table = pd.DataFrame(
        {
            "applicant_id": applicants["applicant_id"].to_numpy(dtype=object)[rows],
            "by_unit": named[rows].to_numpy(dtype=object),
            "by_address": every[rows].to_numpy(dtype=object),
            "by_point": point[rows].to_numpy(dtype=object),
            "zones": _zones(plan, category, named, pairs, point, rows),
        },
        columns=list(COLUMNS),
    )
    said = named.notna().astype(int) + every.notna().astype(int) + point.notna().astype(int)
    given = applicants["address"].notna().to_numpy() if _asks(applicants) else np.zeros(n, dtype=bool)
    return Comparison(
        table=table.sort_values("applicant_id").reset_index(drop=True),
        compared=int((said >= 2).sum()),
        unplaced=int((given & every.isna().to_numpy()).sum()),
    )


def _asks(applicants: pd.DataFrame) -> bool:
    return "address" in applicants and bool(applicants["address"].notna().any())


def _none(n: int) -> pd.Series:
    return pd.Series(None, index=range(n), dtype="str")


def _named_elsewhere(named: pd.Series, every: pd.Series, pairs: pd.DataFrame) -> Flags:
    """Whether the address falls under units, and the one named is none of them."""
    own = pairs["unit_id"].to_numpy(dtype=object) == named.reindex(pairs["row"]).to_numpy(dtype=object)
    agrees = np.isin(np.arange(len(named)), pairs["row"][own].to_numpy(dtype=np.int64))
    return np.asarray((named.notna() & every.notna()).to_numpy() & ~agrees, dtype=np.bool_)


def _point_elsewhere(city: City, points: np.ndarray, unit: pd.Series, point: pd.Series) -> Flags:
    """Whether the point lies in another unit than this one, and not on its border."""
    differs: Flags = (unit.notna() & point.notna() & (unit != point)).to_numpy(dtype=np.bool_).copy()
    rows = np.flatnonzero(differs)
    units = city["units"]
    place = pd.Index(units["unit_id"]).get_indexer(unit[rows])
    shape = units.geometry.to_numpy()[place]
    differs[rows] = ~shapely.intersects(shape, points[rows])
    return differs


def _point_in_none(city: City, points: np.ndarray, pairs: pd.DataFrame, point: pd.Series) -> Flags:
    """Whether the point lies in a unit, and in or on the border of none that the address falls under."""
    row = pairs["row"].to_numpy(dtype=np.int64)
    units = city["units"]
    place = pd.Index(units["unit_id"]).get_indexer(pairs["unit_id"])
    touches = shapely.intersects(units.geometry.to_numpy()[place], points[row])
    everyone = np.arange(len(point))
    asked = np.isin(everyone, row) & point.notna().to_numpy()
    return np.asarray(asked & ~np.isin(everyone, row[touches]), dtype=np.bool_)


def _zones(
    plan: pd.DataFrame,
    category: pd.Series,
    named: pd.Series,
    pairs: pd.DataFrame,
    point: pd.Series,
    rows: npt.NDArray[np.int64],
) -> npt.NDArray[np.object_]:
    """Return the distinct zones of all units that are said of each of these children, with commas."""
    said = pairs[pairs["row"].isin(rows)]
    row = np.concatenate([rows, said["row"].to_numpy(dtype=np.int64), rows])
    unit = pd.concat([named[rows], said["unit_id"], point[rows]], ignore_index=True)
    zone = zone_of(plan, unit, category[row].reset_index(drop=True))
    known = pd.DataFrame({"row": row, "zone": zone}).dropna().drop_duplicates().sort_values(["row", "zone"])
    joined = known.groupby("row")["zone"].agg(", ".join).reindex(rows)
    texts: npt.NDArray[np.object_] = joined.to_numpy(dtype=object)
    return texts


def comparison_notes(found: Comparison) -> tuple[Text, ...]:
    """Say who disagrees, and how many addresses fall under no unit.

    Parameters
    ----------
    found : Comparison
        As `compare_places` returns it.
    """
    if not found.unplaced:
        return disagreement_notes(found.table)
    words = say("{n} addresses of applicants fall under no unit that the project knows", n=found.unplaced)
    return (*disagreement_notes(found.table), words)


def disagreement_notes(table: pd.DataFrame) -> tuple[Text, ...]:
    """Say how many children there are of whom unit, address and point disagree, with the first few.

    Parameters
    ----------
    table : DataFrame
        As `disagreements` returns it.
    """
    if not len(table):
        return ()
    said = []
    other_zone = int(table["zones"].fillna("").str.contains(", ", regex=False).sum())
    said.append(
        say(
            "{n} applicants: unit, address and point do not all say the same ({zones} of them in different "
            "zones); the unit counts before the address, the address before the point",
            n=len(table),
            zones=other_zone,
        )
    )
    for row in table.head(_SHOWN).to_dict("records"):
        said.append(
            say(
                "applicant {applicant}: unit {unit}, by the address {address}, by the point {point}",
                applicant=row["applicant_id"],
                **{
                    name: say("not given") if pd.isna(row[column]) else row[column]
                    for name, column in (
                        ("unit", "by_unit"),
                        ("address", "by_address"),
                        ("point", "by_point"),
                    )
                },
            )
        )
    if len(table) > _SHOWN:
        said.append(say("{n} more like it: xuequ locate lists them all", n=len(table) - _SHOWN))
    return tuple(said)
