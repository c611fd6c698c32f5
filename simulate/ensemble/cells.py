"""Cells: children who live alike, and how many of each are expected. What a draw spreads into children."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City
from simulate.building import build_world
from simulate.children import counts_of, label_hash
from simulate.draws import hash_labels
from simulate.policy import Policy
from simulate.tickets import ticket_labels
from simulate.world import World

NAMING = ("choices", "answers", "decisions", "scores")
"""Tables whose rows name a child."""

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Cells of children and the world in which one child stands for each.

    Parameters
    ----------
    world : World
        Its children are the cells, in their order.
    single : bool
        Whether each cell is one child of a list, known by name; else it is a unit's count of a category.
    expected, low, high : array of float64, shape (c,)
        How many children: what was counted; `low` and `high` are NaN where the table does not say.
    base : array of uint64, shape (c,)
        The hash of each cell's label (of the child, where it is single).
    ticket : array of uint64, shape (c,)
        The hash of each cell's ticket label: twins have one.
    labels : array of str, shape (c,)
        "unit/category", or the applicant's number.
    """

    world: World
    single: bool
    expected: Floats
    low: Floats
    high: Floats
    base: Words
    ticket: Words
    labels: npt.NDArray[np.object_]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.expected)


def cells_of(city: City, policy: Policy, *, seed: str) -> Cells:
    """Return the cells of a city: its applicants one by one, or else its counts.

    Parameters
    ----------
    city : City
        A list of applicants, or counts and `[children]` in xuequ.toml.
    policy : Policy
        As it holds on the day.
    seed : str
        The public seed.

    Raises
    ------
    XuequError, DataError
        As a run.
    """
    # these tables name children: those of a drawn list too, which is then as fixed as one of applicants
    if "applicants" in city.project.tables or any(city.has(table) for table in NAMING):
        return _of_list(build_world(city, policy, seed=seed))
    return _of_counts(city, policy, seed)


def _of_list(world: World) -> Cells:
    ids = world.children.ids
    ones = np.ones(len(ids))
    unknown = np.full(len(ids), np.nan)
    twins = world.applicants["twin_group"].to_numpy(dtype=object)
    return Cells(
        world=world,
        single=True,
        expected=ones,
        low=unknown,
        high=unknown,
        base=hash_labels(ids.tolist()),
        ticket=hash_labels(list(ticket_labels(ids, twins))),
        labels=ids,
    )


def _of_counts(city: City, policy: Policy, seed: str) -> Cells:
    rules = city.project.children
    counted = city["demand"]
    now = counted[counted["year"] == city.project.project.year]
    table = now if len(now) or rules is None else counts_of(city, rules)
    table = table.reindex(columns=city["demand"].columns).reset_index(drop=True)
    table["year"] = city.project.project.year
    some = (table["children"] > 0) | (table["high"].fillna(0) > 0)
    table = table[some.to_numpy()].astype(counted.dtypes.to_dict())
    one = table.assign(children=1).astype(counted.dtypes.to_dict())
    world = build_world(replace(city, tables={**city.tables, "demand": one}), policy, seed=seed)
    labels = (table["unit_id"] + "/" + table["category"]).to_numpy(dtype=object)
    # the one child of a cell is its first: label, then "/0001"
    names = pd.Index([name.rpartition("/")[0] for name in world.children.ids.tolist()])
    at = pd.Index(labels).get_indexer(names)
    base = np.array([label_hash(label) for label in labels[at].tolist()], dtype=np.uint64)
    numbers = {
        name: table[name].to_numpy(dtype=np.float64, na_value=np.nan)[at]
        for name in ("children", "low", "high")
    }
    return Cells(
        world=world,
        single=False,
        expected=numbers["children"],
        low=numbers["low"],
        high=numbers["high"],
        base=base,
        ticket=base,
        labels=labels[at],
    )
