"""Tell the facts about a child: every sentence of the page, in order, in one language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from geodata.messages import Speaker, Text, say
from simulate.explain import words
from simulate.explain.changing import change_words
from simulate.explain.chapters import Part, basis_words, parts_of
from simulate.explain.closing import foot_of, objecting_words, ticket_code, ticket_words
from simulate.explain.facts import Facts
from simulate.explain.names import Namer
from simulate.explain.points import PointsPart, points_part, rules_not_met
from simulate.explain.summary import outcome_words, short_words
from simulate.runs import Run
from simulate.summary import asked_for_consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything that is said, in order; the page and the terminal show the same.

    `headings` are those of the parts and of the columns; pairs are a label and what stands there.
    """

    lang: str
    kicker: str
    heading: str
    band: str
    outcome: str
    tone: str
    short: tuple[str, ...]
    child: tuple[tuple[str, str], ...]
    points: PointsPart | None
    parts: tuple[Part, ...]
    later: str
    changes: tuple[str, ...]
    objecting: tuple[str, ...]
    ticket: tuple[str, ...]
    code: str
    foot: tuple[tuple[str, str], ...]
    headings: dict[str, str]


def page_of(facts: Facts, run: Run, speak: Speaker) -> Page:
    """Tell the facts about a child in one language.

    Parameters
    ----------
    facts : Facts
        What happened to it.
    run : Run
        Its names, its rules, its hashes.
    speak : Speaker
        The language.
    """
    names, done = Namer(run.city, run.policy, speak), int(run.manifest["done"])
    head = run.city.project.project
    outcome, tone = outcome_words(facts.outcome, names)
    points = points_part(run, facts.applicant, speak)
    return Page(
        lang="zh-CN" if speak.lang == "zh" else "en",
        kicker=speak(say("{project} {year}: how an outcome came about", project=head.name, year=head.year)),
        heading=speak(say("Applicant {applicant}", applicant=facts.applicant)),
        band=_band(run, speak),
        outcome=speak(outcome),
        tone=tone,
        short=(*map(speak, short_words(facts, run.policy, done, names)), *_refused(facts, points, speak)),
        child=tuple(_child(facts, run, names)),
        points=points,
        parts=tuple(parts_of(facts, run, names)),
        later=_later(run, done, names),
        changes=tuple(map(speak, change_words(facts, run.policy, names))),
        objecting=tuple(map(speak, objecting_words(facts, run, names))),
        ticket=tuple(map(speak, ticket_words(facts))),
        code=ticket_code(facts, run),
        foot=tuple(foot_of(run, speak)),
        headings={name: speak(text) for name, text in _HEADINGS.items()},
    )


_HEADINGS: dict[str, Text] = {
    "short": say("In short"),
    "child": say("What counted for this child"),
    "changes": say("What would have changed the outcome"),
    "objecting": say("How to object"),
    "ticket": say("The ticket, and how to compute it again"),
    "foot": say("What this page rests on"),
    "seats": say("Seats then"),
    "line": say("Last one admitted"),
    "verdict": say("This child"),
    "assumed": say("assumed"),
    "colon": say(": "),
}


def _band(run: Run, speak: Speaker) -> str:
    if run.city.project.project.synthetic:
        return speak(say("SYNTHETIC: this city and its children are made up."))
    if run.manifest["synthetic_children"]:
        return speak(say("The children are synthetic: drawn from counts."))
    return ""


def _refused(facts: Facts, points: PointsPart | None, speak: Speaker) -> Iterator[str]:
    """Name the rules that a child who is not eligible does not meet."""
    if points is not None and facts.outcome.reason == "not-eligible":
        rules = speak.listed(rules_not_met(points))
        yield speak(say("Not met: {rules}.", rules=rules))


def _child(facts: Facts, run: Run, names: Namer) -> Iterator[tuple[str, str]]:
    """Return what the rules knew of the child: what to check first."""
    speak = names.speak
    category = next(part for part in run.policy.category if part.id == facts.category)
    yield speak(say("Category")), names.category(facts.category)
    if facts.district is not None:
        yield speak(say("District of the home")), names.district(facts.district)
    if facts.zone is not None:
        yield _headed(names.zone_word, speak), names.zone(facts.zone)
    for key, value in facts.keys:
        yield _headed(speak(names.key(key)), speak), speak(words.value_of(key, value))
    if facts.category in asked_for_consent(run.policy):
        yield speak(say("Consent to coordination")), speak(_CONSENTS[facts.consent])
    for list_, after, targets in facts.filed:
        title = say("Choices filed") if list_ == 1 else say("Choices filed, list {n}", n=list_)
        if after is not None:
            title = say('{label}, after "{stage}"', label=title, stage=names.stage_id(after))
        yield speak(title), speak.listed(f"{n}. {names.filed(t)}" for n, t in targets)
    if facts.arrived_late:
        yield speak(say("Arrived")), speak(say("after the run was published"))
    yield speak(say("Basis of the category")), category.source or speak(basis_words(category, speak))


def _headed(label: str, speak: Speaker) -> str:
    """Return a label as it begins a line; Chinese has no capitals, and what is not Chinese is a name."""
    return label[:1].upper() + label[1:] if speak.lang == "en" else label


_CONSENTS = (
    say("none stated, or refused"),
    say("given for the district"),
    say("given for the district and the city"),
)


def _later(run: Run, done: int, names: Namer) -> str:
    if done == len(run.policy.stage):
        return ""
    titles = names.speak.listed(names.stage(n) for n in range(done, len(run.policy.stage)))
    return names.speak(say("Still to come: {stages}.", stages=titles))
