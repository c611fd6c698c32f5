"""Whether children of a household category always end with a place, as they have a right to."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Literal

import numpy as np

from geodata.messages import Text, say
from geodata.schema import OPEN_POOL
from simulate.policy import Claim, Policy, Stage
from simulate.policy_tools.reach import SURE_WHERE, Walk, takes_all

Ends = Iterator[tuple[Literal["fault", "warning"], str, Text, Text | None]]


def household_ends(policy: Policy, way: Walk, on: datetime.date) -> Ends:
    """Say which household categories may end without a place on a day, and why.

    A fault, unless the policy says itself that the rule is not known: where the last stage for the category
    has a reason (with `assumed = true`, or beside its source), or the category is assumed, it is a warning.
    So it is where only districts that no stage names are left out.
    """
    claims = [claim for stage in policy.stage for claim in stage.claims]
    late = {c for claim in claims if "late" in claim.who.statuses for c in claim.who.categories}
    for category in policy.category:
        stages = [s for s in policy.stage if any(category.id in c.who.categories for c in s.claims)]
        if not category.household or not stages:
            continue
        part = f"category {category.id}"
        for stage in stages:
            if stage.when_full == "not-admitted" and (stage.id, category.id) in way.met:
                what = say(
                    "household children are entitled to a place, and the stage {stage} ends without one "
                    "for them (on {on})",
                    stage=stage.id,
                    on=on,
                )
                yield "fault", part, what, say('when_full = "over" or "next", or household = false')
        if late and category.id not in late:
            what = say("other children who arrive late have a stage, and those of this category have none")
            yield "warning", part, what, None
        left = way.left[category.id]
        if not left.any():
            continue
        last = stages[-1]
        what = say(
            "its children may end without a place (on {on}): after the last stage for them, {stage}: {why}",
            on=on,
            stage=last.id,
            why=_why(last, category.id, left, way),
        )
        others = len(way.districts) > 1 and not left[..., :-1].any()
        known = category.assumed or last.reason is not None or others
        yield "warning" if known else "fault", part, what, _REMEDY


_REMEDY = say(
    'end with a stage for all of them, nearest school of the district or city, when_full = "over"; or, '
    "where the rule is not published, give that last stage a reason that says so"
)


def _why(
    stage: Stage, category: str, left: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], way: Walk
) -> Text:
    claims = [claim for claim in stage.claims if category in claim.who.categories]
    if len(way.districts) > 1 and not left[..., :-1].any():
        return say("children of districts that no stage names")
    if stage.districts is not None:
        return say("it is for some districts only")
    if any(takes_all(stage, claim) for claim in claims):
        return say("it takes some of them only ({keys})", keys=", ".join(_limits(claims[0])) or "who")
    if stage.gives == "zone":
        return say("it gives a zone, and no school")
    if stage.when_full != "over" and not any(claim.guaranteed for claim in claims):
        return say("when it is full, those left go on, and there is nothing after it")
    if stage.mechanism.by_choices:
        return say("it goes by choices, and who filed none gets nothing")
    return say("it takes some of them only ({keys})", keys=", ".join(_limits(claims[0])) or "who")


def _limits(claim: Claim) -> list[str]:
    """Return the keys of a claim that leave somebody out."""
    who, where = claim.who, claim.where
    found = {
        "zone": who.zone is not None,
        "given": who.given is not None,
        "consents": who.consents is not None,
        "rank": who.rank is not None,
        "status": "waiting" not in who.statuses,
        "schools": where.schools not in SURE_WHERE,
        "kinds": where.kinds is not None,
        "within_m": where.past_it == "never",
        "pool": OPEN_POOL not in claim.pools,
    }
    return [key for key, limits in found.items() if limits]
