"""In which order children stand: for all schools alike, or at each school (STAGES.md, 3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulate.order_keys import PAIR_KEYS
from simulate.policy import Claim
from simulate.world import World

Numbers = npt.NDArray[np.int64]
Columns = list[npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A strict order of things, and which of them only the ticket parts.

    Parameters
    ----------
    place : array of int64, shape (m,)
        The place of each, 0 first.
    tie : array of int64, shape (m,)
        Its class: equal where everything before the ticket is equal; 0 first.
    """

    place: Numbers
    tie: Numbers


def order_by_keys(world: World, who: Numbers, keys: Sequence[tuple[str, bool]]) -> Numbers:
    """Return positions in `who`, the first by some keys of the child and the ticket first, shape (m,).

    A key that is absent comes after every key that is there, in either direction.
    """
    columns = [_signed(world.children.keys[name][who], greatest_first=desc) for name, desc in keys]
    return np.lexsort([world.children.ticket_rank[who], *reversed(columns)])


def rank_children(claims: Sequence[Claim], world: World, who: Numbers, first: Numbers) -> Ranking:
    """Rank children in one order: by their first claim, that claim's keys, and the ticket.

    Parameters
    ----------
    claims : sequence of Claim
        The stage's claims; none has a key of a pair.
    world : World
    who : array of int64, shape (m,)
        Children.
    first : array of int64, shape (m,)
        The number of the first claim that each is in.
    """
    columns = _columns(claims, world, who, first, {})
    return _ranking(first, columns, world.children.ticket_rank[who])


def rank_entries(
    claims: Sequence[Claim],
    world: World,
    child: Numbers,
    tier: Numbers,
    pair: dict[str, npt.NDArray[np.float64]],
) -> Ranking:
    """Rank entries of lists at their schools: by tier, the keys of the tier's claim, and the ticket.

    Parameters
    ----------
    claims, world
        As for `rank_children`.
    child, tier : array of int64, shape (e,)
        The child of each entry, and the number of the claim that opens it.
    pair : mapping of str to array of float64, shape (e,)
        The keys of the pair that some claim asks for.
    """
    columns = _columns(claims, world, child, tier, pair)
    return _ranking(tier, columns, world.children.ticket_rank[child])


def _columns(
    claims: Sequence[Claim],
    world: World,
    child: Numbers,
    tier: Numbers,
    pair: dict[str, npt.NDArray[np.float64]],
) -> Columns:
    """Return the keys in columns: the first key of each one's own claim in the first, and so on."""
    columns: Columns = []
    for place in range(max(len(claim.keys) for claim in claims)):
        column = np.zeros(len(child))
        for number, claim in enumerate(claims):
            if place >= len(claim.keys):
                continue
            mine = slice(None) if len(claims) == 1 else np.flatnonzero(tier == number)
            name, desc = claim.keys[place]
            values = pair[name][mine] if name in PAIR_KEYS else world.children.keys[name][child[mine]]
            column[mine] = _signed(values, greatest_first=desc)
        columns.append(column)
    return columns


def _signed(values: npt.NDArray[np.float64], *, greatest_first: bool) -> npt.NDArray[np.float64]:
    return -values if greatest_first else values  # lexsort puts NaN last, whatever its sign


def _ranking(tier: Numbers, columns: Columns, ticket: Numbers) -> Ranking:
    order = np.lexsort([ticket, *reversed(columns), tier])
    new = np.zeros(len(order), dtype=np.bool_)
    for column in (tier.astype(np.float64), *columns):
        here, before = column[order][1:], column[order][:-1]
        new[1:] |= (here != before) & ~(np.isnan(here) & np.isnan(before))
    place, tie = (np.empty(len(order), dtype=np.int64) for _ in range(2))
    place[order] = np.arange(len(order))
    tie[order] = np.cumsum(new)
    return Ranking(place=place, tie=tie)
