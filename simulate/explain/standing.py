"""Say apart who got *a* seat and who got *which* seat: a different rule may decide the two."""

from __future__ import annotations

from collections.abc import Iterator

from geodata.messages import Text, say
from simulate.explain import words
from simulate.explain.facts import StageFacts
from simulate.explain.names import Namer
from simulate.policy import Stage


def seat_words(one: StageFacts, stage: Stage, names: Namer) -> Iterator[Text]:
    """Return who got a seat and which, where a child took part in a stage.

    Parameters
    ----------
    one : StageFacts
        A stage that the child was in.
    stage : Stage
        Its rule.
    names : Namer
    """
    if one.gate is not None:
        yield words.gate_words(one.gate, names, passed=True)
    if not one.places:
        yield _empty(one, stage)
        return
    if one.came in ("placed", "zone"):
        yield say("Whether a seat: {why}", why=_whether(one, stage, names))
        yield say("Which seat: {why}", why=_which(one, stage, names))
    else:
        yield say("Whether a seat: {why}", why=_none(one, stage, names))


def _empty(one: StageFacts, stage: Stage) -> Text:
    if not stage.mechanism.by_choices:
        if one.gone:
            return say("Every school in its reach was full when this stage began.")
        return say("No school was in its reach in this stage.")
    if one.not_open:
        return say("None of the choices filed was open in this stage.")
    return say("No choice was filed for this stage, so no seat could be given.")


def _stood(one: StageFacts) -> dict[str, str]:
    place, of = one.standing or (0, 0)
    return {"place": f"{place:,}", "of": f"{of:,}", "seats": f"{one.seats or 0:,}"}


def _whether(one: StageFacts, stage: Stage, names: Namer) -> Text:
    told, name = {p.told for p in one.places}, stage.mechanism.name
    if "over" in told:
        return say("no seat was left; the rule seats those left above the intake.")
    if any(p.told == "got" and p.line.kind == "guaranteed" for p in one.places):
        return say("the rule guarantees one to this group.")
    if "tie" in told:
        return say("equals are admitted together, also above the intake.")
    if name in ("random-seats", "fill") and one.seats is not None:
        return say(
            "{seats} seats for {of} children; in the order the child stood at {place}.", **_stood(one)
        )
    if name in ("serial-dictatorship", "least-travel") and one.standing is not None:
        return say(
            "the order decides; the child stood at {place} of {of}, and at its turn there was a seat for "
            "it.",
            **_stood(one),
        )
    return say("a school of its list had a seat for it, by the order at that school.")


def _which(one: StageFacts, stage: Stage, names: Namer) -> Text:
    name = stage.mechanism.name
    if any(p.told == "over" for p in one.places):
        return say("the first school of its list that offers seats.")
    if name == "random-seats" and one.by_drawing is not None:
        return say(
            "the ticket decides: each school takes its share of the {of} children seated, school after "
            "school in order of their tickets; the child's ticket stood at {place}.",
            place=f"{one.by_drawing[0]:,}",
            of=f"{one.by_drawing[1]:,}",
        )
    if name == "fill":
        return say("one school alone was open to it.")
    if name == "least-travel":
        return say("the seats are shared out so that all travel together is least.")
    if stage.mechanism.by_choices:
        got = next(p for p in one.places if p.told in ("got", "tie", "twins-over"))
        return say("the first of its choices that had a seat for it: choice {n}.", n=got.number)
    return say("the nearest school that had a seat for it.")


def _none(one: StageFacts, stage: Stage, names: Namer) -> Text:
    name = stage.mechanism.name
    if name in ("random-seats", "fill") and one.seats is not None:
        return say(
            "none. {seats} seats for {of} children; in the order the child stood at {place}.", **_stood(one)
        )
    if name in ("serial-dictatorship", "least-travel") and one.standing is not None:
        return say(
            "none. In the order the child stood at {place} of {of}; at its turn no school of its list had "
            "a seat left.",
            **_stood(one),
        )
    return say("none. At each school of its list the seats went to others, as the table says.")
