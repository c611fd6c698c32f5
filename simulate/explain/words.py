"""The words of an explanation: names, values, lines, margins, reasons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geodata.messages import Text, say
from simulate.explain.absence import Absence, Gate
from simulate.explain.facts import Place
from simulate.explain.lines import LINES, YES_OR_NO, Difference, Line
from simulate.explain.names import Namer
from simulate.policy import Stage
from simulate.records import DATE_KEYS
from simulate.report import words as report


def plain(value: float) -> str:
    """Return a number with no more decimals than it has, and thousands apart.

    Examples
    --------
    >>> plain(12.5), plain(76.0), plain(1240.0), plain(76.30000000000001)
    ('12.5', '76', '1,240', '76.3')
    """
    return f"{round(value, 6):,.6f}".rstrip("0").rstrip(".")


def away(metres: int | None) -> Text:
    """Return a distance as people say it.

    Examples
    --------
    >>> str(away(380)), str(away(1240)), str(away(None))
    ('380 m', '1.2 km', 'distance not known')
    """
    return say("distance not known") if metres is None else report.metres_words(metres)


def value_of(key: str, value: float | None) -> Text:
    """Return what a child has of a key."""
    if value is None:
        return say("none recorded")
    if key in DATE_KEYS:
        return Text("{value}", {"value": np.datetime64(int(value), "D")})
    if key == "home" and value:
        return say("yes ({value})", value=plain(value))
    if key == "home":
        return say("no")
    if key == "distance":
        return say("{n} m", n=plain(value))
    return Text("{value}", {"value": plain(value)})


def line_words(line: Line, names: Namer) -> Text | None:
    """Return a cut-off in words: what decided, and nothing more of the last one admitted."""
    found = line.difference
    if line.kind == "open":
        return say("seats left")
    if found is None:
        return say("the child") if line.kind == "last" else None
    if found.key == "claim":
        return say("group {n}", n=int(found.theirs or 0))
    if found.key == "ticket":
        return say("by lot among equals")
    if found.key in LINES:
        return say("{key} {value}", key=names.key(found.key), value=value_of(found.key, found.theirs))
    return say("decided by: {key}", key=names.key(found.key))


def _amounts(n: str) -> dict[str, tuple[Text, Text]]:
    """Return one and several of each key of which the line is told."""
    days = (say("1 day"), say("{n} days", n=n))
    return {
        "points": (say("1 point"), say("{n} points", n=n)),
        "settled_on": days,
        "parent_settled_on": days,
        "distance": (say("1 m"), say("{n} m", n=n)),
    }


def amount(key: str, by: float) -> Text:
    """Return so much of a key: "12.5 points", "1 day"."""
    one, many = _amounts(plain(by))[key]
    return one if by == 1 else many


def margin(found: Difference, names: Namer) -> Text:
    """Return by what a child stands before or behind the last one admitted."""
    words = _margin(found, names)
    equal = [key for key in found.equal if key in LINES]
    if not equal or found.key == "ticket":
        return words
    keys = names.speak.joined(names.speak(names.key(key)) for key in equal)
    return say("equal in {keys}, then {margin}", keys=keys, margin=words)


def _margin(found: Difference, names: Namer) -> Text:
    key, mine, theirs = found.key, found.mine, found.theirs
    if key == "ticket":
        if found.above:
            return say(
                "equal in all that comes before the lot; its ticket came before that of the last one "
                "admitted"
            )
        return say(
            "equal in all that comes before the lot; its ticket came after that of the last one admitted"
        )
    if key in YES_OR_NO and found.above == bool(mine):
        return _yes_or_no(key, found.above, names)
    if mine is None:
        return say(
            'nothing is recorded for it under "{key}", so it comes after all who have that',
            key=names.key(key),
        )
    if key not in LINES:
        if found.above:
            return say('the child stands higher in "{key}" than the last one admitted', key=names.key(key))
        return say('the last one admitted stands higher in "{key}"', key=names.key(key))
    if theirs is None:
        return say('the last one admitted has nothing recorded under "{key}"', key=names.key(key))
    by = amount(key, abs(mine - theirs))
    less, more = _SIDES[key]
    return Text((less if mine < theirs else more).msgid, {"amount": by})


def _yes_or_no(key: str, above: bool, names: Namer) -> Text:
    """Return who stands before whom by a key of yes or no: a rule, and nothing of the last one admitted."""
    if key == "sibling" and above:
        return say("the child has a sibling there, which stands before")
    if key == "sibling":
        return say("children who have a sibling there stand before")
    if above:
        return say("the school is in the child's own {zone}, which stands before", zone=names.zone_word)
    return say("children whose own {zone} it is stand before", zone=names.zone_word)


_SIDES = {
    "points": (say("{amount} below the last one admitted"), say("{amount} above the last one admitted")),
    "settled_on": (
        say("settled {amount} earlier than the last one admitted"),
        say("settled {amount} later than the last one admitted"),
    ),
    "parent_settled_on": (
        say("a parent settled {amount} earlier than that of the last one admitted"),
        say("a parent settled {amount} later than that of the last one admitted"),
    ),
    "distance": (
        say("{amount} nearer than the last one admitted"),
        say("{amount} farther than the last one admitted"),
    ),
}


def verdict(place: Place, stage: Stage, names: Namer) -> Text:
    """Return what came of one place in the list."""
    found = place.line.difference
    if place.told == "got":
        return _given(place, names)
    if place.told == "over":
        return say("Full. By the rule of the stage the child is seated here above the intake.")
    if place.told == "tie":
        return say(
            "Given above the intake: equal to the last one admitted, and the rule admits equals together."
        )
    if place.told == "twins-over":
        return say("Given above the intake: the rule seats twins together.")
    if place.told == "behind":
        if stage.mechanism.by_choices:
            return say("Not needed: a choice before it had a seat.")
        if stage.mechanism.by_distance:
            return say("Not needed: a nearer school had a seat.")
        return say("Not needed: a school before it had a seat.")
    if place.told == "elsewhere":
        return say("The draw gave another school of the {zone}.", zone=names.zone_word)
    if place.told == "passed":
        if stage.twins == "together":
            return say("Fewer seats were left than the twins together need.")
        if stage.mechanism.name == "least-travel":
            return say("Passed over: the seats were shared out so that all travel together is least.")
        return say("No seat was left at the child's turn.")
    if place.line.kind == "none":
        return say("No seat: all were gone before this stage began.")
    if place.line.kind == "late":
        return say(
            "Full after round {filled} of the choices; this choice counted in round {counted} only.",
            filled=place.line.filled,
            counted=place.line.counted,
        )
    if found is not None and found.key == "claim":
        return say(
            "Full: the seats went to children of a group that stands before the child's here (group {n}).",
            n=int(found.theirs or 1),
        )
    if found is None:
        return say("No seat was left at the child's turn.")
    full = say("Full: {margin}.", margin=margin(found, names))
    if place.asked is None:
        return full
    place_, of = (f"{n:,}" for n in place.asked)
    return say("{full} Of {of} who chose it the child stands at {place}.", full=full, of=of, place=place_)


def _given(place: Place, names: Namer) -> Text:
    line = place.line
    if line.kind == "guaranteed":
        return say("Given: the rule guarantees a place here, also above the intake.")
    if line.kind == "open":
        return say("Given; seats were left in the end.")
    if line.kind == "early":
        return say("Given in round {round} of the choices.", round=line.counted)
    if line.difference is None:
        return say("Given: the child was the last one admitted.")
    if line.difference.key == "claim":
        return say("Given: the child's group comes before that of the last one admitted.")
    return say("Given: {margin}.", margin=margin(line.difference, names))


def claim_words(stage: Stage, number: int, names: Namer) -> Text:
    """Return a claim: who, where, in which order, on which pools."""
    claim = stage.claims[number]
    words = say(
        "{who}; seats of: {reach}; order: {order}",
        who=names.categories(claim.who.categories),
        reach=report.reach_words(claim.where.schools, names.zone_word),
        order=names.order(claim.order),
    )
    if claim.pools != ("open",):
        pools = [names.pool(pool) for pool in claim.pools if pool != "open"]
        words = say("{claim}; set apart: {pools}", claim=words, pools=names.speak.joined(pools))
    if claim.guaranteed:
        words = say("{claim}; guaranteed", claim=words)
    return words if len(stage.claims) == 1 else say("group {n}: {claim}", n=number + 1, claim=words)


_STATUS = {
    "waiting": say("children who wait"),
    "declined": say("children who declined a place"),
    "late": say("children who arrived late"),
}
CONSENT = {
    "district": say("coordination in the district"),
    "city": say("coordination across the city"),
}


def absence_words(stage: Stage, absence: Absence, names: Namer) -> Text:
    """Return in one sentence why a child had no part in a stage."""
    speak, kind = names.speak, absence.kind
    if kind in CLOSED:
        return closed_words(absence, names)
    claim = stage.claims[absence.claim or 0]
    if kind == "category":
        return say("Not in it: for other children ({who}).", who=who_words([stage], names))
    if kind == "status":
        who = speak.joined(speak(_STATUS[status]) for status in claim.who.statuses)
        return say("Not in it: this stage is for {who}.", who=who)
    if kind == "district":
        return say(
            "Not in it: this stage is for the districts {districts}.",
            districts=speak.joined(map(names.district, stage.districts or [])),
        )
    if kind == "consents":
        return say(
            "Not in it: this stage is for those who consent to {what}; that consent was not given.",
            what=CONSENT[claim.who.consents or "district"],
        )
    if kind == "zone":
        if claim.who.zone == "single-school":
            return say("Not in it: this stage is for a {zone} with one school.", zone=names.zone_word)
        if claim.who.zone == "multi-school":
            return say("Not in it: this stage is for a {zone} with several schools.", zone=names.zone_word)
        return say("Not in it: this stage is for another {zone}.", zone=names.zone_word)
    if kind == "given":
        if claim.who.given == "zone":
            return say(
                "Not in it: this stage is for those whom a stage gave a {zone}.", zone=names.zone_word
            )
        return say("Not in it: this stage is for those whom no stage gave a {zone}.", zone=names.zone_word)
    assert absence.gate is not None
    return gate_words(absence.gate, names, passed=False)


CLOSED = ("placed", "not-admitted", "not-eligible", "withdrawn", "absent")
"""Reasons that hold for a child whatever the stage is."""


def closed_words(absence: Absence, names: Namer) -> Text:
    """Return why no stage looked at a child."""
    if absence.kind == "withdrawn":
        return say("Not in it: the application had been withdrawn.")
    if absence.kind == "absent":
        return say("Not in it: the child had not arrived yet.")
    if absence.kind == "not-eligible":
        return say("Not in it: the conditions of the points schedule are not met.")
    by = absence.stage or 0
    if absence.kind == "placed":
        return say('Not in it: the child had a place already (stage "{stage}").', stage=names.stage(by))
    return say('Not in it: the case had ended without a place (stage "{stage}").', stage=names.stage(by))


def who_words(stages: Sequence[Stage], names: Namer) -> str:
    """Return the categories for which stages are."""
    found = [c for stage in stages for claim in stage.claims for c in claim.who.categories]
    return names.categories(list(dict.fromkeys(found)))


def gate_words(gate: Gate, names: Namer, *, passed: bool) -> Text:
    """Return how a child stood before a gate."""
    facts = {
        "limit": f"{gate.limit:,}",
        "within": names.speak(_within(gate.rank.within, names.zone_word)),
        "place": f"{gate.place:,}",
        "of": f"{gate.of:,}",
        "order": names.order(gate.rank.order),
    }
    if passed:
        return say(
            "Only the first {limit} {within} take part; the child stood at {place} of {of}, and took part "
            "(order: {order}).",
            **facts,
        )
    return say(
        "Not in it: only the first {limit} {within} take part; the child stood at {place} of {of}, which "
        "is {past} past the limit (order: {order}).",
        past=f"{gate.place - gate.limit:,}",
        **facts,
    )


def _within(area: str, zone: str) -> Text:
    """Return where the children of a gate are counted."""
    known = {
        "city": say("in the city"),
        "district": say("in the district"),
        "zone": say("in the {zone}", zone=zone),
    }
    return known[area]
