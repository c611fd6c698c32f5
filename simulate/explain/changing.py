"""Say what would have changed the outcome: where the child would have stood, and no more."""

from __future__ import annotations

from collections.abc import Iterator

from geodata.messages import Text, say
from simulate.explain import words
from simulate.explain.changes import Change
from simulate.explain.facts import Facts, StageFacts
from simulate.explain.lines import LINES, YES_OR_NO, Difference
from simulate.explain.names import Namer
from simulate.policy import Policy, Stage

MOST_TOLD = 3
"""How many refusals of one stage are told."""
MOST_KEYS = 3
"""How many keys a sentence names in which the child could have been ahead."""


def change_words(facts: Facts, policy: Policy, names: Namer) -> Iterator[Text]:
    """Return what would have changed the outcome, stage by stage.

    Parameters
    ----------
    facts : Facts
        What happened to the child.
    policy : Policy
        The stages' rules.
    names : Namer
    """
    told = [(one, change) for one in facts.stages for change in _worth_telling(one)]
    if not told:
        if facts.outcome.outcome == "placed":
            yield say("Nothing had to change: no school before the one given had refused the child.")
        else:
            yield say("The facts of this run show nothing that would have opened a place.")
        return
    yield say(
        "Each line holds with everything else the same. It says where the child would have stood, and "
        "promises no more: with one child placed otherwise, others may be too."
    )
    for one, change in told:
        words_ = _change(change, one, policy.stage[one.number], names)
        yield say('"{stage}": {change}', stage=names.stage(one.number), change=words_)


def _worth_telling(one: StageFacts) -> list[Change]:
    """Return the changes of a stage: the first few refusals, and all else."""
    refusals = [c for c in one.changes if c.kind in ("key", "ticket", "claim", "round")]
    return refusals[:MOST_TOLD] + [c for c in one.changes if c not in refusals]


def _change(change: Change, one: StageFacts, stage: Stage, names: Namer) -> Text:
    if change.kind == "consent":
        return _consent(change, stage, names)
    if change.kind == "choices":
        return _choices(change, names)
    if change.kind == "gate":
        limit = f"{0 if change.gate is None else change.gate.limit:,}"
        if change.claim is None:
            return say("a place among the first {limit} would have opened the stage.", limit=limit)
        return say(
            "a place among the first {limit} would have put the child in group {n}.",
            limit=limit,
            n=change.claim + 1,
        )
    found = change.difference
    assert found is not None
    where = names.zone_word
    if change.target is not None:
        where = names.school_or_zone(change.target, stage)
    if change.kind == "claim":
        return say(
            "{school}: nothing within its own group; the seats went to children of a group that stands "
            "before it (group {n}).",
            school=where,
            n=int(found.theirs or 1),
        )
    if change.kind == "round":
        return say(
            "{school}: as a choice of round {round} it would have stood above the last one admitted there.",
            school=where,
            round=change.round,
        )
    if change.kind == "ticket":
        return say(
            "{school}: an earlier ticket, which nobody can influence; it would have stood above the last "
            "one admitted.",
            school=where,
        )
    if found.key in YES_OR_NO:
        return say(
            "{school}: the seats went to others; {why}.", school=where, why=words.margin(found, names)
        )
    return say(
        "{school}: {need}, it would have stood above the last one admitted.",
        school=where,
        need=_need_or_before(found, names),
    )


def _need_or_before(found: Difference, names: Namer) -> Text:
    """Return what would have put the child above, or to be ahead in a key in which the two are equal."""
    need = _need(found, names)
    # a sibling there, or the own zone, is not for a family to be ahead in
    ahead = [key for key in found.equal if key not in YES_OR_NO]
    if not ahead:
        return need
    if len(ahead) > MOST_KEYS:
        return say("{need}, or ahead in what comes before that in the order", need=need)
    keys = names.speak.joined(names.speak(names.key(key)) for key in ahead)
    return say("{need}, or ahead in {keys}", need=need, keys=keys)


def _need(found: Difference, names: Namer) -> Text:
    """Return what of a key would have put the child above the last one admitted."""
    key, mine, theirs = found.key, found.mine, found.theirs
    if key not in LINES:
        return say('ahead of the last one admitted in "{key}"', key=names.key(key))
    if mine is None or theirs is None:
        return say(
            'with more to show than {theirs} under "{key}", where nothing is recorded',
            key=names.key(key),
            theirs=words.value_of(key, theirs),
        )
    less, more = _NEEDS[key]
    return Text((more if mine < theirs else less).msgid, {"amount": words.amount(key, abs(mine - theirs))})


_NEEDS = {
    "points": (say("with over {amount} less"), say("with over {amount} more")),
    "settled_on": (say("settled over {amount} earlier"), say("settled over {amount} later")),
    "parent_settled_on": (
        say("with a parent settled over {amount} earlier"),
        say("with a parent settled over {amount} later"),
    ),
    "distance": (say("living over {amount} nearer"), say("living over {amount} farther")),
}


def _consent(change: Change, stage: Stage, names: Namer) -> Text:
    what = words.CONSENT[change.level or "district"]
    if change.claim is not None:
        return say(
            "consent to {what} would have put the child in group {n}.", what=what, n=change.claim + 1
        )
    opened = say("consent to {what} would have opened this stage.", what=what)
    if change.left:
        return say(
            "{opened} When it ended, seats were left at: {schools}.",
            opened=opened,
            schools=names.schools(change.left),
        )
    if change.above:
        return say(
            "{opened} The child would have stood above the last one admitted at: {schools}.",
            opened=opened,
            schools=names.schools(change.above),
        )
    if not change.looked:
        return opened
    return say(
        "{opened} No seat in its reach was left when it ended, so this alone promises none.", opened=opened
    )


def _choices(change: Change, names: Namer) -> Text:
    if change.left and change.above:
        return say(
            "schools not listed had seats left: {left}. At these, not listed either, it would have stood "
            "above the last one admitted: {above}.",
            left=names.schools(change.left),
            above=names.schools(change.above),
        )
    if change.left:
        return say("schools not listed had seats left: {left}.", left=names.schools(change.left))
    return say(
        "at schools not listed it would have stood above the last one admitted: {above}.",
        above=names.schools(change.above),
    )
