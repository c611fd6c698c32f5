"""Which zones can serve one child: they must tile the ground; others may lie over each other.

1. For a category with rows of its own in the plan, these are the zones of `zoning.plan.plan_for`: its own
   rows, and the rows for all where a unit has none of its own.
2. The rows for all are the plan of every other category where they reach each planned unit. Where they do
   not, they only fill up the plans of the categories; but no planned zone is left without a group.
3. A zone that the plan does not name stands in every group: nobody says for whom it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.messages import Text, say
from zoning.plan import ANY, categories_of, plan_for
from zoning.polygons.coverage import Ids
from zoning.polygons.record import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Zones among which each child of some categories has one.

    Parameters
    ----------
    categories : frozenset of str, optional
        "" = each category that has no row of its own in the plan; None = every child.
    at : array of int, shape (zones of the group,)
        Which of the zones, in order.
    """

    categories: frozenset[str] | None
    at: Ids


def groups_of(plan: pd.DataFrame, ids: npt.NDArray[np.object_]) -> list[Group]:
    """Return the groups of zones that must fit together; one where zones do not differ by category.

    Parameters
    ----------
    plan : DataFrame
        As `plan_in` returns it.
    ids : array of str, shape (zones,)
        The zones.
    """
    every = plan[plan["category"] == ANY]
    of = {one: set(plan_for(plan, one)["zone_id"]) for one in categories_of(plan)}
    planned = set(plan["zone_id"])
    if set(every["unit_id"]) == set(plan["unit_id"]) or planned - set().union(*of.values()):
        of = {ANY: set(every["zone_id"]), **of}
    alike: dict[tuple[int, ...], set[str]] = {}
    for category, own in of.items():
        at = tuple(i for i, zone in enumerate(ids) if zone in own or zone not in planned)
        alike.setdefault(at, set()).add(category)
    if len(alike) == 1:
        return [Group(categories=None, at=np.arange(len(ids), dtype=np.intp))]
    return [
        Group(categories=frozenset(own), at=np.array(at, dtype=np.intp)) for at, own in alike.items() if at
    ]


def may_meet(groups: Sequence[Group], n: int) -> npt.NDArray[np.bool_]:
    """Return whether two of n zones can serve one child, so that they must not overlap; shape (n, n)."""
    meet = np.zeros((n, n), dtype=np.bool_)
    for group in groups:
        meet[np.ix_(group.at, group.at)] = True
    return meet


def served_by(groups: Sequence[Group], zone: int) -> frozenset[str] | None:
    """Return the categories that a zone can serve; None = every child."""
    own: frozenset[str] = frozenset()
    for group in groups:
        if zone in group.at:
            if group.categories is None:
                return None
            own |= group.categories
    return own


def category_words(categories: frozenset[str]) -> Text:
    """Return categories as a list for people.

    Examples
    --------
    >>> str(category_words(frozenset({"points", ""})))
    'points, every other category'
    """
    words: list[Text | str] = [*sorted(categories - {ANY})]
    if ANY in categories:
        words.append(say("every other category"))
    return listed(words)
