"""The first few sentences: how it ended and why, for a reader who has one minute."""

from __future__ import annotations

from collections.abc import Iterator

from geodata.messages import Text, say
from simulate.explain import words
from simulate.explain.changes import Change
from simulate.explain.facts import SEATED, Decision, Facts, Outcome, StageFacts
from simulate.explain.lines import YES_OR_NO
from simulate.explain.names import Namer
from simulate.policy import Policy


def outcome_words(outcome: Outcome, names: Namer) -> tuple[Text, str]:
    """Return how it ended in one line, and whether that is a place: `got`, `no` or `out`."""
    if outcome.outcome == "placed" and outcome.school is not None:
        return say("Placed: {school}", school=names.school(outcome.school)), "got"
    if outcome.outcome == "withdrawn":
        return say("No place: given up"), "out"
    if outcome.outcome == "waiting":
        if outcome.reason == "not-yet":
            return say("No place yet: stages are still to come"), "out"
        return say("No place yet: waiting for one"), "no"
    return say("No place: not admitted"), "no"


def short_words(facts: Facts, policy: Policy, done: int, names: Namer) -> Iterator[Text]:
    """Return in a few sentences why it ended so.

    Parameters
    ----------
    facts : Facts
    policy : Policy
    done : int
        How many stages have been run.
    names : Namer
    """
    ended = facts.outcome
    if facts.objection is not None:
        yield decided_words(facts.objection, names)
    elif ended.outcome == "placed":
        yield from _placed(facts, policy, names)
    else:
        yield from _unplaced(facts, policy, done, names)
    if facts.published is not None and facts.published.outcome != ended.outcome:
        before, _ = outcome_words(facts.published, names)
        yield say("When the run was published: {outcome}.", outcome=before)


def decided_words(decision: Decision, names: Namer) -> Text:
    """Return who decided by hand, under which document, and what."""
    over = say("above the intake") if decision.over else say("on a free seat")
    return say(
        "Decided by hand, by {authority}, document {document}, reason {reason}: a place at {school}, "
        "{over}.",
        authority=decision.authority,
        document=decision.document,
        reason=decision.reason,
        school=names.school(decision.school),
        over=over,
    )


def _placed(facts: Facts, policy: Policy, names: Namer) -> Iterator[Text]:
    ended = facts.outcome
    here = [one for one in facts.stages if one.came in ("placed", "decided")]
    deciding = here[-1]
    if deciding.decision is not None:
        yield decided_words(deciding.decision, names)
        return
    stage = names.stage(deciding.number)
    if ended.over and any(place.told == "over" for place in deciding.places):
        yield say(
            'All seats were taken; the rule of the stage "{stage}" gave the child a place above the '
            "intake.",
            stage=stage,
        )
    elif ended.over:
        yield say(
            'The stage "{stage}" gave the child a place above the intake, as its rule says.', stage=stage
        )
    elif ended.choice is not None:
        yield say('The stage "{stage}" gave the child a seat: choice {n}.', stage=stage, n=ended.choice)
    else:
        yield say('The stage "{stage}" gave the child a seat.', stage=stage)
    yield from _refused_before(facts, policy, names)


def _refused_before(facts: Facts, policy: Policy, names: Namer) -> Iterator[Text]:
    """Say of the first school that refused a child who sits elsewhere why it did."""
    for one in facts.stages:
        for place in one.places:
            if place.told in ("full", "passed") and place.target != facts.outcome.school:
                yield say(
                    'Not given: {school}, which stood before it in the stage "{stage}". {verdict}',
                    school=names.target(place),
                    stage=names.stage(one.number),
                    verdict=words.verdict(place, policy.stage[one.number], names),
                )
                return


def _unplaced(facts: Facts, policy: Policy, done: int, names: Namer) -> Iterator[Text]:
    reason = facts.outcome.reason
    if reason in ("no-consent-district", "no-consent-city"):
        if any(one.came in ("waiting", "not-admitted") for one in facts.stages):
            yield say("The stages that the child took part in had no seat for it.")
        yield (
            say("Further stages are for those who consent to coordination; that consent was not given.")
            if reason == "no-consent-district"
            else say(
                "The stage across the city is for those who consent to that; that consent was not given."
            )
        )
    else:
        yield _why_none(reason, len(policy.stage), done, names)
    if reason != "no-choice":
        for one in facts.stages:
            if _asked_for_choices(one, policy) and not one.not_open:
                yield say('For the stage "{stage}" no choice was filed.', stage=names.stage(one.number))
    yield from _nearest(facts, policy, names)


def _asked_for_choices(one: StageFacts, policy: Policy) -> bool:
    """Whether a child was in a stage that goes by choices, and had none there."""
    inside = one.came in ("waiting", "not-admitted")
    return inside and not one.places and policy.stage[one.number].mechanism.by_choices


def _why_none(reason: str, stages: int, done: int, names: Namer) -> Text:
    """Return why a child has no place, for the reasons of `simulate.reasons` that are one sentence."""
    to_come = names.speak.joined(names.stage(number) for number in range(done, stages))
    return {
        "withdrawn": say("The family withdrew the application."),
        "declined": say(
            "The family declined the place it had been given, and no later stage gave another."
        ),
        "absent": say("The child had not arrived when the stages were run."),
        "not-yet": say("Still to come: {stages}.", stages=to_come),
        "no-choice": say("Seats went by choices, and no choice was filed for this child."),
        "no-seat": say("No stage that the child took part in had a seat left for it."),
        "not-eligible": say(
            "The child does not meet the conditions of the points schedule, so no stage was for it."
        ),
        "no-stage": say("No stage was for this child: what follows says why, stage by stage."),
    }[reason]


def _nearest(facts: Facts, policy: Policy, names: Namer) -> Iterator[Text]:
    """Say where a child without a place came nearest to one."""
    found = [
        (one, change)
        for one in facts.stages
        for change in one.changes
        if change.kind in ("key", "ticket")
        and change.difference is not None
        and change.difference.key not in YES_OR_NO
    ]
    if not found:
        return
    one, change = min(found, key=lambda pair: _gap(pair[1]))
    assert change.difference is not None
    where = names.zone_word
    if change.target is not None:
        where = names.school_or_zone(change.target, policy.stage[one.number])
    yield say(
        'The child came nearest at {school} (stage "{stage}"): {margin}.',
        school=where,
        stage=names.stage(one.number),
        margin=words.margin(change.difference, names),
    )


def _gap(change: Change) -> tuple[int, float]:
    """Return how far a child was from the line: the more keys are equal, the nearer."""
    found = change.difference
    assert found is not None
    if found.key == "ticket":
        return -len(found.equal), 0.0
    if found.mine is None or found.theirs is None:
        return -len(found.equal), float("inf")
    return -len(found.equal), abs(found.mine - found.theirs)


def seated(one: StageFacts) -> int | None:
    """Return the place in the list at which a child sits after a stage, or None."""
    return next((n for n, place in enumerate(one.places) if place.told in SEATED), None)
