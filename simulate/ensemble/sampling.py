"""Draw the children of one draw: who comes, what each is like, and each one's number.

Every number is keyed by (seed, draw, what is drawn, whose it is), so that it is the same in every scenario,
whoever else comes or goes. What is not varied is keyed without the draw, as `simulate.children` does: then
the children of every draw are those of a run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from geodata import DataError, Fault, say
from simulate.children import label_hash
from simulate.draws import kernels as draws
from simulate.draws.numbers import draw_keys
from simulate.ensemble import sampling_kernels as loops
from simulate.ensemble.cells import Cells
from simulate.ensemble.choosing import Filed, Looked, known_lists, looked_at, zone_lists
from simulate.ensemble.keys import DRAWN_AS, Key, Order, codes_of, keys_of, orders_of
from simulate.ensemble.uncertainty import NoShows, Uncertainty
from simulate.policy import Policy

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampler:
    """What draws are drawn from; `draw_of` makes one.

    Parameters
    ----------
    seed : str
    varied : frozenset of str
        What is drawn anew in each draw.
    uncertainty : Uncertainty
    single : bool
    expected, low, high, base, ticket
        As in `Cells`.
    keys : tuple of Key
    orders : tuple of Order
        The orders that some claim of the policy has.
    district_hash : array of uint64, shape (c,)
        The hash of each cell's district.
    consent : array of int8, shape (c,), optional
        What each cell consents to, where it is known.
    consent_shares : (float, float)
        Else the share that consents to the city, and at least to the district.
    swap : array of float64, shape (c,)
        The share that files the second nearest school of the zone first.
    filed : mapping of int to Filed
        What cells file, by the number of the list, where choices are not varied.
    looked : mapping of int to Looked
        Among what they choose where choices are varied.
    school_hash, popularity : array, shape (s,)
    gone : array of float64, shape (c,)
        The share that does not take up a place.
    leave_after : int
        The position of the stage after which these leave.
    """

    seed: str
    varied: frozenset[str]
    uncertainty: Uncertainty
    single: bool
    expected: Floats
    low: Floats
    high: Floats
    base: Words
    ticket: Words
    keys: tuple[Key, ...]
    orders: tuple[Order, ...]
    district_hash: Words
    consent: npt.NDArray[np.int8] | None
    consent_shares: tuple[float, float]
    swap: Floats
    filed: Mapping[int, Filed]
    looked: Mapping[int, Looked]
    school_hash: Words
    popularity: Floats
    gone: Floats
    leave_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The children of a draw but for their tickets, sorted by cell and serial, n of them.

    Parameters
    ----------
    cell, serial : array of int32, shape (n,)
    ticket : array of uint64, shape (n,)
        The hash of each ticket label.
    places : mapping of str to array of int32, shape (n,)
        Of each key the place in `Key.values`, -1 where it is absent.
    codes : array of int64, shape (orders, n)
        For each order a number that is smaller for who comes first.
    consent : array of int8, shape (n,)
        0 none, 1 to the district, 2 to the city.
    filed : mapping of int to Filed
        By the number of the list.
    """

    cell: Small
    serial: Small
    child: Words
    ticket: Words
    places: Mapping[str, Small]
    codes: Numbers
    consent: npt.NDArray[np.int8]
    filed: Mapping[int, Filed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One draw.

    Parameters
    ----------
    roster : Roster
    by_ticket, rank : array of int32, shape (n,)
        The children in the order of their numbers, and the place of each in it.
    gone : array of bool, shape (n,)
        Who will not take up a place.
    """

    roster: Roster
    by_ticket: Small
    rank: Small
    gone: Mask


def sampler_of(
    cells: Cells,
    policy: Policy,
    *,
    seed: str,
    uncertainty: Uncertainty,
    vary: Collection[str],
    elsewhere: Collection[str] = (),
    order: Sequence[str] = (),
) -> Sampler:
    """Lay out what draws are drawn from.

    Parameters
    ----------
    cells : Cells
    policy : Policy
        As it holds on the day.
    seed : str
    uncertainty : Uncertainty
    vary : collection of str
        Words of `VARY`; what is not stated, or is known of these children, is not varied.
    elsewhere : collection of str
        Schools of other scenarios, whose popularity may be stated too.
    order : sequence of str
        The stages of the base, where a scenario may leave out one that is named.

    Raises
    ------
    DataError
        If the statements name a stage, a category or a school that is none.
    """
    world = cells.world
    _check_names([*map(str, world.schools.ids), *elsewhere], policy, uncertainty, order)
    rules = None if cells.single else world.city.project.children
    possible = {"tickets", "no-shows"} | (set() if rules is None else {"counts", "points", "consent"})
    if rules is not None or not world.city.has("choices"):
        possible.add("choices")
    varied = frozenset(set(vary) & possible & {"tickets", *uncertainty.statements})
    right = np.isin(world.children.category, [c.id for c in policy.category if c.household])
    stated = uncertainty.choices if "choices" in varied else None
    looked = looked_at(world, policy, stated) if stated else {}
    if not looked:
        # where no stage asks for a list that is stated, none is drawn
        varied -= {"choices"}
    read = {stage.claims[0].where.list_ or 1 for stage in policy.stage if stage.mechanism.by_choices}
    known = known_lists(world) if rules is None else zone_lists(world, ~right)
    districts = [str(name) for name in world.districts] + [""]
    return Sampler(
        seed=seed,
        varied=varied,
        uncertainty=uncertainty,
        single=cells.single,
        expected=cells.expected,
        low=cells.low,
        high=cells.high,
        base=cells.base,
        ticket=cells.ticket,
        keys=keys_of(world, policy, rules, right),
        orders=orders_of(policy),
        district_hash=_hashes(districts)[world.children.district],
        consent=world.children.consent.astype(np.int8) if rules is None else None,
        consent_shares=(0.0, 0.0) if rules is None else (rules.consent_city, rules.consent_district),
        swap=np.where(right, 0.0, 0.0 if rules is None else rules.second_choice_first),
        filed={} if looked else {number: one for number, one in known.items() if number in read},
        looked=looked,
        school_hash=_hashes([str(name) for name in world.schools.ids]),
        popularity=_popularity(world.schools.ids, uncertainty),
        gone=_gone(world.children.category, right, uncertainty.no_shows if "no-shows" in varied else None),
        leave_after=_leave_after(policy, uncertainty.no_shows, order),
    )


def draw_of(sampler: Sampler, draw: int, roster: Roster | None = None) -> Drawn:
    """Draw the children of one draw.

    Parameters
    ----------
    sampler : Sampler
    draw : int
        Which draw, from 0.
    roster : Roster, optional
        The children, where they are the same in every draw (`same_roster`).
    """
    here = roster_of(sampler, draw) if roster is None else roster
    number = draw if "tickets" in sampler.varied else 0
    by_ticket, rank = _tickets(here.ticket, sampler.seed, number)
    gone = loops.below(here.child, here.cell, sampler.gone, _word(sampler.seed, "no-shows", draw))
    return Drawn(roster=here, by_ticket=by_ticket, rank=rank, gone=gone)


def same_roster(sampler: Sampler) -> Roster | None:
    """Return the children of all draws, where nothing of them is varied but tickets and no-shows."""
    return roster_of(sampler, 0) if sampler.varied <= {"tickets", "no-shows"} else None


def roster_of(sampler: Sampler, draw: int) -> Roster:
    """Draw who comes in a draw, and what each child is like."""
    cell, serial, child = loops.spread(counts_in(sampler, draw), sampler.base, sampler.single)

    def word(what: str, varied: str) -> Words:
        return _word(sampler.seed, what, draw if varied in sampler.varied else None)

    places = {
        key.name: key.places(cell, child, word(DRAWN_AS.get(key.name, key.name), "points"))
        for key in sampler.keys
    }
    return Roster(
        cell=cell,
        serial=serial,
        child=child,
        ticket=sampler.ticket[cell] if sampler.single else child,
        places=places,
        codes=codes_of(sampler.orders, sampler.keys, places, len(cell)),
        consent=_consent(sampler, cell, child, word("consents", "consent")),
        filed=_choices(sampler, cell, child, draw),
    )


def counts_in(sampler: Sampler, draw: int) -> Small:
    """Return how many children of each cell come in a draw, shape (c,).

    Notes
    -----
    1. Every district has a normal number z; the means of its cells are multiplied by
       exp(error z - error² / 2), which is 1 on average.
    2. A count is the quantile of the Poisson (negative binomial) distribution of that mean at the cell's
       number: a cell with a larger mean has no fewer children in any draw.
    3. Where the table has `low` and `high`, they say all that is uncertain: the count moves along two half
       normal distributions that put `interval` of the outcomes between them, and is one of the two whole
       numbers about that.
    """
    stated = sampler.uncertainty.counts
    if "counts" not in sampler.varied or stated is None:
        return sampler.expected.astype(np.int32)

    def share(what: str, of: Words) -> Floats:
        return loops.uniforms(of, _word(sampler.seed, what, draw))

    mean, at = sampler.expected, share("count", sampler.base)
    if stated.error > 0:
        z = ndtri(share("count-error", sampler.district_hash))
        mean = mean * np.exp(stated.error * z - stated.error**2 / 2.0)
    counts = loops.counts_at(at, mean, stated.dispersion, ndtri(at))
    known = ~(np.isnan(sampler.low) | np.isnan(sampler.high))
    if known.any():
        middle, low, high = (one[known] for one in (sampler.expected, sampler.low, sampler.high))
        z = ndtri(share("count-level", sampler.base[known])) / ndtri(0.5 + stated.interval / 2.0)
        fewer, more = np.minimum(low - middle, 0.0), np.maximum(high - middle, 0.0)
        there = np.maximum(middle + np.where(z < 0, -z * fewer, z * more), 0.0)
        counts[known] = loops.counts_at(at[known], there, 0.0, ndtri(at[known]))
    return counts


def _word(seed: str, what: str, draw: int | None) -> Words:
    """Return the key of a kind of number: two words in a draw, one where all draws are alike."""
    if draw is None:
        return np.array([label_hash(f"{seed}|{what}")], dtype=np.uint64)
    return np.ascontiguousarray(draw_keys(f"{seed}|{what}", [draw])[0])


def _hashes(names: list[str]) -> Words:
    return np.array([label_hash(name) for name in names], dtype=np.uint64)


def _tickets(labels: Words, seed: str, draw: int) -> tuple[Small, Small]:
    """Return the children in the order of their numbers in a draw, and the place of each in it."""
    n = len(labels)
    entries, ordered = np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64)
    buckets = np.empty(1 << draws.MOST_BUCKETS, dtype=np.uint32)
    position, segments = np.arange(n, dtype=np.uint32), np.array([0, n], dtype=np.int64)
    key = np.ascontiguousarray(draw_keys(seed, [draw])[0])
    draws.order_of_draw(labels, position, segments, key, entries, ordered, buckets)
    return loops.ticket_places(ordered)


def _consent(sampler: Sampler, cell: Small, child: Words, word: Words) -> npt.NDArray[np.int8]:
    if sampler.consent is not None:
        return np.asarray(sampler.consent[cell], dtype=np.int8)
    city, district = sampler.consent_shares
    willing = loops.uniforms(child, word)
    return np.where(willing < city, 2, np.where(willing < district, 1, 0)).astype(np.int8)


def _choices(sampler: Sampler, cell: Small, child: Words, draw: int) -> dict[int, Filed]:
    filed = {}
    for number, one in sampler.filed.items():
        swapped = loops.below(child, cell, sampler.swap, _word(sampler.seed, "second_choice_first", None))
        starts, school = loops.choices_of_cells(cell, one.starts, one.school, swapped)
        _, rank = loops.choices_of_cells(cell, one.starts, one.rank, np.zeros(len(cell), dtype=np.bool_))
        filed[number] = Filed(starts=starts, school=school, rank=rank)
    stated = sampler.uncertainty.choices
    if stated is None or not sampler.looked:
        return filed
    unknown = ndtri(loops.uniforms(sampler.school_hash, _word(sampler.seed, "popularity", draw)))
    liked = sampler.popularity + stated.popularity_sd * unknown
    for number, look in sampler.looked.items():
        word = _word(sampler.seed, f"choices-{number}", draw)
        starts, school = loops.choices_by_taste(
            child,
            cell,
            look.starts,
            look.school,
            look.worth,
            sampler.school_hash,
            liked,
            word,
            stated.most[str(number)],
        )
        place = np.arange(len(school)) - np.repeat(starts[:-1], np.diff(starts)) + 1
        filed[number] = Filed(starts=starts, school=school, rank=place.astype(np.int32))
    return filed


def _popularity(schools: npt.NDArray[np.object_], uncertainty: Uncertainty) -> Floats:
    stated = {} if uncertainty.choices is None else uncertainty.choices.popularity
    return np.array([stated.get(str(name), 0.0) for name in schools], dtype=np.float64)


def _gone(category: npt.NDArray[np.object_], right: Mask, stated: NoShows | None) -> Floats:
    if stated is None:
        return np.zeros(len(category))
    usual = np.where(right, stated.household, stated.others)
    return np.array(
        [stated.share.get(str(name), rest) for name, rest in zip(category, usual.tolist(), strict=True)],
        dtype=np.float64,
    )


def _leave_after(policy: Policy, stated: NoShows | None, order: Sequence[str]) -> int:
    """Return the stage after which places are found not to be taken up; -1: none that a scenario keeps."""
    ids = [stage.id for stage in policy.stage]
    if stated is None or stated.after is None:
        return len(ids) - 1
    if stated.after in ids:
        return ids.index(stated.after)
    # a scenario leaves this stage out: after the last that comes before it in the base
    before = set(order[: order.index(stated.after)])
    return max((number for number, stage in enumerate(ids) if stage in before), default=-1)


def _check_names(
    schools: Collection[str], policy: Policy, uncertainty: Uncertainty, order: Sequence[str]
) -> None:
    """Refuse statements about stages, categories or schools that are not there."""
    faults: list[Fault] = []

    def check(column: str, found: Collection[str], known: Collection[str]) -> None:
        strange = sorted(set(found) - set(known))
        if strange:
            some = ", ".join(sorted(set(known))[:20])
            faults.append(
                Fault(
                    file="uncertainty",
                    column=column,
                    found=", ".join(strange),
                    allowed=say("one of: {known}", known=some),
                )
            )

    if uncertainty.no_shows is not None:
        after = uncertainty.no_shows.after
        check("no_shows.after", [after] if after else [], [*(stage.id for stage in policy.stage), *order])
        check("no_shows.share", uncertainty.no_shows.share, [one.id for one in policy.category])
    if uncertainty.choices is not None:
        check("choices.popularity", uncertainty.choices.popularity, schools)
    if faults:
        raise DataError(faults)
