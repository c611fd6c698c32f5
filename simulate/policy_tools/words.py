"""The words of a policy: its fields, and what stands in them, in the reader's language."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from geodata.messages import Speaker, Text, say
from geodata.project import Names
from geodata.schema import OPEN_POOL
from simulate.policy import Claim, Mechanism, Policy, Rank, Stage, Where, Who
from simulate.report import words as report

FIELDS: Mapping[str, Text] = {
    "id": say("id"),
    "title": say("title"),
    "item_titles": say("titles of items"),
    "note": say("note"),
    "jurisdiction": say("jurisdiction"),
    "level": say("level"),
    "from": say("from"),
    "until": say("until"),
    "expected": say("planned"),
    "source": say("source"),
    "assumed": say("assumed"),
    "reason": say("reason"),
    "household": say("right to a place"),
    "precedence": say("precedence"),
    "release_after": say("released after"),
    "mechanism": say("mechanism"),
    "districts": say("districts"),
    "gives": say("gives"),
    "when_full": say("when full"),
    "ties": say("equal children"),
    "twins": say("twins"),
    "last_seat": say("the last seat and twins"),
    "coordination": say("coordination"),
    "given_up": say("seats given up"),
    "who": say("who"),
    "category": say("category"),
    "status": say("status"),
    "zone": say("zone"),
    "given": say("zone given before"),
    "consents": say("consent"),
    "rank": say("gate by rank"),
    "where": say("where"),
    "schools": say("reach"),
    "list": say("list of choices"),
    "kinds": say("kinds of school"),
    "within_m": say("not farther than"),
    "past_it": say("what is farther"),
    "order": say("order"),
    "pool": say("seats of"),
    "guaranteed": say("guaranteed"),
}
VALUES: Mapping[str, Mapping[Any, Text]] = {
    "when_full": report.WHEN_FULL,
    "level": {"primary": say("primary school"), "lower-secondary": say("lower secondary school")},
    "gives": {"school": say("a school"), "zone": say("a zone; the school comes in a later stage")},
    "ties": {
        "ticket": say("told apart by ticket"),
        "all-over": say("admitted or refused together, over the intake if need be"),
    },
    "twins": {"one-by-one": say("placed one by one"), "together": say("placed together")},
    "last_seat": {
        "over": say("seats both, one over the intake"),
        "next": say("is left to the next; twins look further together"),
    },
    "coordination": {
        "area": say("coordination in the area"),
        "district": say("coordination in the district"),
        "city": say("coordination across the city"),
    },
    "given_up": {
        "return": say("come back for the next stage"),
        "lapse": say("are lost for the season"),
    },
    "consents": {
        "district": say("who consent to coordination in the district"),
        "city": say("who consent to coordination across the city"),
    },
    "given": {
        "zone": say("whom an earlier stage gave a zone"),
        "none": say("whom no earlier stage gave a zone"),
    },
    "status": {
        "waiting": say("who wait"),
        "declined": say("who declined a place"),
        "late": say("who arrived late"),
    },
    "zone": {
        "single-school": say("whose zone has one school"),
        "multi-school": say("whose zone has several schools"),
    },
    "kinds": {
        "public": say("public"),
        "purchased-private": say("private with purchased seats"),
        "nine-year": say("nine-year school"),
    },
    "past_it": {"last": say("comes last"), "never": say("is not open")},
}
WITHIN = {"city": say("in the city"), "district": say("in each district"), "zone": say("in each zone")}


def field_name(key: str) -> Text:
    """Return the name of a field; of one that is unknown here, its key."""
    return FIELDS.get(key.removesuffix("_"), Text("{key}", {"key": key.removesuffix("_")}))


def listed(values: Sequence[str], speak: Speaker) -> str:
    """Return values side by side."""
    return speak(say(", ")).join(values)


def title_of(policy: Policy, kind: str, part_id: str, speak: Speaker) -> str:
    """Return the title of a part by id; the id itself where there is none."""
    parts = {part.id: part for part in getattr(policy, kind)}
    if kind == "pool" and part_id == OPEN_POOL:
        return speak(say("open seats"))
    return speak.choose(parts[part_id].title.model_dump()) if part_id in parts else part_id


def who_words(who: Who, policy: Policy, speak: Speaker) -> str:
    """Return whom a claim means."""
    titles = [title_of(policy, "category", name, speak) for name in who.categories]
    said = [listed(titles, speak)]
    if who.statuses != ("waiting",):
        said.append(value_words("status", list(who.statuses), policy, speak))
    for key in ("zone", "given", "consents", "rank"):
        if getattr(who, key) is not None:
            said.append(value_words(key, getattr(who, key), policy, speak))
    return speak(say("; ")).join(said)


def where_words(where: Where, speak: Speaker, policy: Policy) -> str:
    """Return at which schools a claim looks for seats."""
    said = [speak(report.reach_words(where.schools, speak(say("zone"))))]
    if where.list_ is not None:
        said.append(speak(say("list of choices {n}", n=where.list_)))
    if where.kinds is not None:
        said.append(value_words("kinds", where.kinds, policy, speak))
    if where.within_m is not None:
        far = VALUES["past_it"][where.past_it]
        said.append(speak(say("not farther than {n} m; what is farther {far}", n=where.within_m, far=far)))
    return speak(say("; ")).join(said)


def order_words(order: list[str], policy: Policy, speak: Speaker) -> str:
    """Return an order in words, items by the titles that a policy or its points schedule gives them."""
    return report.order_words(order, speak, report.item_titles(policy, speak))


def rank_words(rank: Rank, policy: Policy, speak: Speaker) -> str:
    """Return who passes a gate."""
    order, within = order_words(rank.order, policy, speak), WITHIN[rank.within]
    if rank.at_most == "seats":
        told = {"within": within, "order": order}
        return speak(say("the first {within}, as many as there are free seats, by: {order}", **told))
    return speak(say("the first {n} {within}, by: {order}", n=rank.at_most, within=within, order=order))


def mechanism_words(mechanism: Mechanism, speak: Speaker) -> str:
    """Return how seats are given, with the bands where there are some."""
    words = report.mechanism_words(mechanism)
    if mechanism.e is not None:
        words = say("{mechanism}; {n} choices a band", mechanism=words, n=mechanism.e)
    if mechanism.bands is not None:
        bands = listed([str(n) for n in mechanism.bands], speak)
        words = say("{mechanism}; bands of {bands} choices, the last repeats", mechanism=words, bands=bands)
    return speak(words)


def dates_words(part: Any, speak: Speaker) -> str:
    """Return from when and until when a part holds."""
    if part.until is None:
        return speak(say("from {start} on", start=part.from_))
    if part.from_ is None:
        return speak(say("until {until} (not that day)", until=part.until))
    return speak(say("from {start} until {until} (not that day)", start=part.from_, until=part.until))


def names_words(names: Names, speak: Speaker) -> str:
    """Return a name in the reader's language."""
    return speak.choose(names.model_dump())


def value_words(key: str, value: Any, policy: Policy, speak: Speaker) -> str:
    """Return what stands in a field.

    Parameters
    ----------
    key : str
        The field, as a policy file names it.
    value : Any
        A value of that field; None where it is left out.
    policy : Policy
        Where the titles of categories, pools and stages are.
    """
    if value is None:
        return speak(say("nothing"))
    if isinstance(value, bool):
        return speak(say("yes") if value else say("no"))
    if isinstance(value, Names):
        return names_words(value, speak)
    if isinstance(value, dict):
        pairs = [(key, names_words(one, speak)) for key, one in value.items()]
        return listed([speak(say("{field}: {value}", field=key, value=one)) for key, one in pairs], speak)
    if isinstance(value, Mechanism):
        return mechanism_words(value, speak)
    if isinstance(value, Rank):
        return rank_words(value, policy, speak)
    if isinstance(value, Claim):
        return claim_words(value, policy, speak)
    if key == "schools":
        return speak(report.reach_words(value, speak(say("zone"))))
    if key == "order":
        return order_words(list(value), policy, speak)
    if key in ("category", "pool"):
        return listed([title_of(policy, key, one, speak) for one in _many(value)], speak)
    if key == "release_after":
        return title_of(policy, "stage", value, speak)
    if key == "within_m":
        return speak(say("{n} m", n=value))
    known = VALUES.get(key.removesuffix("_"), {})
    shown = [speak(known[one]) if _known(one, known) else _plain(one) for one in _many(value)]
    return listed(shown, speak) if shown else speak(say("an empty list"))


def is_known_record(value: Any) -> bool:
    """Whether a record has words of its own here."""
    return isinstance(value, (Names, Mechanism, Rank, Claim))


def claim_words(claim: Claim, policy: Policy, speak: Speaker) -> str:
    """Return a whole claim in one line."""
    said = {
        "who": who_words(claim.who, policy, speak),
        "where": where_words(claim.where, speak, policy),
        "order": order_words(claim.order, policy, speak),
    }
    if claim.pools != (OPEN_POOL,):
        said["pool"] = value_words("pool", claim.pool, policy, speak)
    if claim.guaranteed:
        said["guaranteed"] = speak(say("yes"))
    pairs = [speak(say("{field}: {value}", field=FIELDS[key], value=value)) for key, value in said.items()]
    return speak(say("; ")).join(pairs)


def stage_words(stage: Stage, policy: Policy, speak: Speaker) -> str:
    """Return a whole stage in one line."""
    said = [claim_words(claim, policy, speak) for claim in stage.claims]
    for key, value in (
        ("mechanism", mechanism_words(stage.mechanism, speak)),
        ("when_full", speak(report.WHEN_FULL[stage.when_full])),
    ):
        said.append(speak(say("{field}: {value}", field=FIELDS[key], value=value)))
    said.append(speak(say("it holds {dates}", dates=dates_words(stage, speak))))
    return speak(say("; ")).join(said)


def stage_rules(stage: Stage) -> list[str]:
    """Return the fields of a stage that say something beyond what is usual."""
    usual = ("gives", "ties", "twins", "last_seat", "coordination", "given_up", "districts")
    default = {name: field.default for name, field in Stage.model_fields.items()}
    return [name for name in usual if getattr(stage, name) != default[name]]


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _known(value: Any, known: Mapping[Any, Text]) -> bool:
    return isinstance(value, str) and value in known


def _plain(value: Any) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)
