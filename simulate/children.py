"""Synthetic children, drawn from counts where a project has no applicants.

Every number of a child is a hash of (seed, attribute, the child's own label), so that adding a child,
or reading the rows in another order, changes nobody else's numbers.
"""

from __future__ import annotations

import hashlib

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from geodata import City, XuequError, say
from geodata.project import Distribution, SyntheticChildren
from simulate.mechanisms.random_seats import share_out
from simulate.policy import Policy
from simulate.ragged import walk

Hash = npt.NDArray[np.uint64]
# the same for every project: a width that follows the largest count would rename all children with it
_DIGITS = 4
HOME_POINTS = 24.0
"""What an own home counts for (Siming 2023, policy-facts.md 1.1); only the order of it matters."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def uniform(seed: str, attribute: str, child: Hash) -> npt.NDArray[np.float64]:
    """Return a number in (0, 1) for each child, keyed by (seed, attribute, child).

    Parameters
    ----------
    seed, attribute : str
        What is drawn.
    child : array of uint64, shape (n,)
        The hash of each child's label.
    """
    mixed = _mix(child ^ np.uint64(label_hash(f"{seed}|{attribute}")))
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def draw_children(city: City, policy: Policy, *, seed: str) -> tuple[gpd.GeoDataFrame, Hash]:
    """Draw one child for each that `demand` (or a district's total) counts.

    Parameters
    ----------
    city : City
        Demand by unit and category, or `[children] totals` in xuequ.toml.
    policy : Policy
        Its categories; household children get a settlement date, others what their order needs.
    seed : str
        The seed from which they are drawn.

    Returns
    -------
    (GeoDataFrame, array of uint64)
        The table `applicants`, sorted by applicant_id, and the hash of each child.

    Raises
    ------
    XuequError
        If there are neither applicants nor counts, or xuequ.toml has no `[children]`.
    """
    rules = city.project.children
    if rules is None:
        raise XuequError(
            say(
                "there are no applicants, and xuequ.toml has no [children] that says how to draw "
                "synthetic ones: add a table applicants, or [children]"
            )
        )
    counts = counts_of(city, rules)
    policy.check_categories(set(counts["category"]), "demand")
    policy.check_categories(set(rules.own_home), "xuequ.toml")
    number = counts["children"].to_numpy(dtype=np.int64)
    row, place = walk(number)
    serial = place + 1
    label = counts["unit_id"] + "/" + counts["category"]
    base = np.array([label_hash(text) for text in label], dtype=np.uint64)
    child = _mix(base[row] + serial.astype(np.uint64) * _GOLDEN)
    frame = pd.DataFrame(
        {
            "applicant_id": label.to_numpy()[row]
            + "/"
            + pd.Series(serial).astype("str").str.zfill(_DIGITS),
            "category": counts["category"].to_numpy()[row],
            "unit_id": counts["unit_id"].to_numpy()[row],
        }
    )
    if not frame["applicant_id"].is_unique:
        raise XuequError(say("two pairs of unit and category make the same label; take / out of their ids"))
    _draw_facts(frame, child, city, policy, rules, seed)
    template = city["applicants"]
    for column in template.columns:
        if column not in frame and column != "geometry":
            frame[column] = pd.Series(np.nan, index=frame.index).astype(template[column].dtype)
    frame["geometry"] = None
    table = gpd.GeoDataFrame(frame[list(template.columns)], geometry="geometry", crs=template.crs)
    order = np.argsort(table["applicant_id"].to_numpy(dtype=object), kind="stable")
    return table.iloc[order].reset_index(drop=True), child[order]


def counts_of(city: City, rules: SyntheticChildren) -> pd.DataFrame:
    """Return the children of the project's year by unit and category: unit_id, category, children.

    Raises
    ------
    XuequError
        If there are neither counts nor totals, or totals cannot be shared over units.
    """
    demand = city["demand"]
    now = demand[demand["year"] == city.project.project.year]
    if len(now):
        return now[["unit_id", "category", "children"]].reset_index(drop=True)
    if not rules.totals:
        raise XuequError(
            say(
                "nothing to place: no applicants, no demand for {year}, no totals in [children]",
                year=city.project.project.year,
            )
        )
    units = city["units"]
    frames = []
    for total in rules.totals:
        own = units[units["district_id"] == total.district_id]
        if len(own) == 0:
            raise XuequError(
                say("[children] totals: no unit lies in district {district}", district=total.district_id)
            )
        weight = np.ones(len(own), dtype=np.int64)
        if rules.share_by == "households":
            weight = own["households"].fillna(0).to_numpy(dtype=np.int64)
            if weight.sum() == 0:
                raise XuequError(
                    say(
                        "[children] share_by = households: no unit of district {district} has households",
                        district=total.district_id,
                    )
                )
        # share_out is capped by its weights, so they are scaled up beyond any count
        shared = share_out(total.children, weight * (total.children + 1))
        frames.append(
            pd.DataFrame({"unit_id": own["unit_id"], "category": total.category, "children": shared})
        )
    counts = pd.concat(frames).groupby(["unit_id", "category"], as_index=False)["children"].sum()
    return counts[counts["children"] > 0].reset_index(drop=True)


def _draw_facts(
    frame: pd.DataFrame, child: Hash, city: City, policy: Policy, rules: SyntheticChildren, seed: str
) -> None:
    household = frame["category"].isin([c.id for c in policy.category if c.household]).to_numpy()
    on = pd.Timestamp(city.project.project.date)
    days = _drawn(rules.settled_days, uniform(seed, "settled_days", child))
    settled = pd.Series(on - pd.to_timedelta(days, unit="D")).astype("datetime64[ms]")
    frame["settled_on"] = settled.where(household)
    for fact, distribution in rules.points.items():
        values = _drawn(distribution, uniform(seed, fact, child))
        frame[fact] = np.where(household, np.nan, values)
    if rules.own_home:
        share = frame["category"].map(rules.own_home).fillna(0.0).to_numpy(dtype=np.float64)
        owns = uniform(seed, "own_home", child) < share
        frame["home"] = np.where(household, np.nan, np.where(owns, HOME_POINTS, 0.0))
    willing = uniform(seed, "consents", child)
    frame["consents"] = np.select(
        [willing < rules.consent_city, willing < rules.consent_district], ["city", "district"], "none"
    )


def _drawn(shape: Distribution, share: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    value = np.clip(shape.mean + shape.sd * ndtri(share), shape.low, shape.high)
    # the number of decimals that the step has, so that 45.3 is not written as 45.300000000000004
    decimals = max(0, -int(np.floor(np.log10(shape.step))))
    return np.asarray(np.round(np.round(value / shape.step) * shape.step, decimals), dtype=np.float64)


def label_hash(text: str) -> int:
    """Return the hash of a label: BLAKE2b of its UTF-8, 8 bytes, big-endian."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _mix(value: Hash) -> Hash:
    """Mix 64 bits (the finaliser of SplitMix64: Steele, Lea and Flood 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
