"""What stands after the stages: how to object, how to compute the ticket, what the page rests on."""

from __future__ import annotations

from collections.abc import Iterator

from geodata.messages import Speaker, Text, say
from simulate.explain.facts import Facts
from simulate.explain.names import Namer
from simulate.order_keys import ITEM
from simulate.runs import Run

_PAPERS = {
    "points": say("what proves the points (insurance, residence, home)"),
    "home": say("the title of the home"),
    "insurance_months": say("the record of the insurance"),
    "residence_days": say("the record of residence"),
    "settled_on": say("the household register with the date of settlement"),
    "parent_settled_on": say("the parents' household register with the date of settlement"),
    "own-zone": say("what proves the address"),
    "distance": say("what proves the address"),
    "sibling": say("what proves that the sibling attends the school"),
}


def _papers(key: str) -> Text:
    """Return what proves a key; an item is proved by what proves the points."""
    return _PAPERS["points" if key.startswith(ITEM) else key]


def objecting_words(facts: Facts, run: Run, names: Namer) -> Iterator[Text]:
    """Return how to object; what no clause states is marked as general.

    Parameters
    ----------
    facts : Facts
        What happened to the child.
    run : Run
        Its rules: they say by which keys the child was sorted.
    names : Namer
    """
    speak = names.speak
    yield say(
        "In general, for no clause of these rules states it: the period, the place and the papers are "
        "those that the notice of the result names. This page names none of its own."
    )
    if facts.district is None:
        yield say("To whom: the education bureau of the district, within the period of the notice.")
    else:
        yield say(
            "To whom: the education bureau of the district, {district}, within the period of the notice.",
            district=names.district(facts.district),
        )
    keys = [
        key
        for one in facts.stages
        for number in one.opened
        for key, _ in run.policy.stage[one.number].claims[number].keys
    ]
    if facts.outcome.reason == "not-eligible":
        keys.append("points")
    papers = dict.fromkeys(speak(_papers(key)) for key in [*keys, "own-zone"])
    yield say(
        "Against what: a fact about the child that is wrong above, a rule that was not followed, or the "
        "computation. Papers: this page, the applicant's number, {papers}.",
        papers=speak.joined(papers),
    )
    yield say(
        "What an upheld objection does: the child gets a place by a decision with a document number, on a "
        "free seat or else above the intake. Nobody who has a published place is moved."
    )


def ticket_words(facts: Facts) -> Iterator[Text]:
    """Return what the ticket is."""
    yield say("The child's ticket: {ticket}", ticket=facts.ticket)
    if facts.twin:
        yield say("Twins share one ticket; it is that of the number of their group: put it for GROUP.")
    yield say(
        "Places among equals are drawn by lot: the smaller ticket comes first, compared from the left. A "
        "ticket is HKDF-SHA-256 (RFC 5869) of the public seed, for the child's own number, and anyone can "
        "compute it again:"
    )


def ticket_code(facts: Facts, run: Run) -> str:
    """Return three lines of Python that compute the ticket."""
    secret = str(run.manifest["secret"] or "")
    salt = f"{secret!r}.encode()" if secret else "bytes(32)"
    label = "GROUP" if facts.twin else facts.applicant
    return (
        "import hmac\n"
        f'prk = hmac.digest({salt}, {str(run.manifest["seed"])!r}.encode(), "sha256")\n'
        f'print(hmac.digest(prk, {label!r}.encode() + b"\\x01", "sha256").hex())'
    )


def foot_of(run: Run, speak: Speaker) -> Iterator[tuple[str, str]]:
    """Return what the page rests on: the run, its rules, its seed, the hash of its placements."""
    manifest = run.manifest
    yield speak(say("Run")), run.name
    if manifest.get("base"):
        yield speak(say("Published run that it amends")), str(manifest["base"])
    rules = speak.choose(run.policy.title.model_dump())
    yield speak(say("Rules as of")), f"{manifest['on']} · {rules} ({manifest['policy']})"
    yield speak(say("Public seed of the draw")), str(manifest["seed"])
    yield "placements.parquet (SHA-256)", str(manifest["files"]["placements.parquet"])
    yield speak(say("Version")), f"xuequ {manifest['xuequ']}"
