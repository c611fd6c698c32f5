"""What a comparison says in words: what to know before using it, and what differs most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from geodata.messages import Speaker, Text, say
from simulate.coordination.comparing import Comparison, Outcome
from simulate.report.words import number


def notes_of(comparison: Comparison) -> list[Text]:
    """Return what a planner must know before using the table."""
    outcomes = comparison.outcomes
    assumed = sum(one.variant.assumed for one in outcomes)
    found = [
        say(
            "{n} of these {all} variants are assumed: no published text says in which order coordination "
            "moves children",
            n=assumed,
            all=len(outcomes),
        )
    ]
    if comparison.left_out:
        ids = ", ".join(one.id for one in comparison.left_out)
        found.append(say("left out, for they change nothing in this policy: {ids}", ids=ids))
    if outcomes[0].counts["all"].sea_crossings is None:
        found.append(say("sea crossings are not counted: the outlines of the districts are one land part"))
    moved = [one for one in outcomes if one.counts["household"].otherwise]
    if moved and comparison.group == "others":
        ids = ", ".join(f"{one.variant.id} ({one.counts['household'].otherwise})" for one in moved)
        found.append(say("household children who end otherwise than in the base: {ids}", ids=ids))
    found += [
        say("{id}: {n} seats are held back", id=one.variant.id, n=f"{one.held:,}")
        for one in outcomes
        if one.held
    ]
    found += [
        say(
            "{id}: nobody was placed by choices: no school that they listed had a seat for them",
            id=one.variant.id,
        )
        for one in outcomes
        if one.nobody_by_choices
    ]
    found += [
        say(
            "{id}: {n} answers or decisions left out, for they were given to a place that the child does "
            "not have here",
            id=one.variant.id,
            n=one.unheard,
        )
        for one in outcomes
        if one.unheard
    ]
    found += [
        say(
            "{id}: places every child where {other} does: what would part them is not known of any child",
            id=one.variant.id,
            other=other.variant.id,
        )
        for one, other in _alike(outcomes)
    ]
    return found


def _alike(outcomes: Sequence[Outcome]) -> Iterator[tuple[Outcome, Outcome]]:
    """Return pairs of variants, both other than the base, that come to the same in everything counted."""
    for place, one in enumerate(outcomes[1:], start=1):
        if not one.counts["all"].otherwise:
            continue
        for other in outcomes[1:place]:
            if one.counts == other.counts and one.flows.equals(other.flows):
                yield one, other
                break


Measure = Callable[[Outcome], int | None]


def findings_of(comparison: Comparison, speak: Speaker) -> list[str]:
    """Return what differs most between the variants, each as a sentence; only what was counted.

    A measure in which all variants are alike has no sentence.
    """
    group = comparison.group
    told: list[tuple[Text, Measure]] = [
        (say("Children without a place"), lambda one: without_place(one, group)),
        (say("Mean metres of the coordinated"), lambda one: one.counts[group].mean_m),
        (say("Longest way in metres"), lambda one: one.counts[group].max_m),
        (say("Passed by somebody with fewer points"), lambda one: one.counts[group].passed),
    ]
    sentences = (_extremes(comparison, what, measure, speak) for what, measure in told)
    return [sentence for sentence in sentences if sentence]


def without_place(one: Outcome, group: str) -> int:
    """Return how many children of a group are not admitted or still wait when the season ends."""
    return one.counts[group].not_admitted + one.counts[group].waiting


def _extremes(comparison: Comparison, what: Text, measure: Measure, speak: Speaker) -> str:
    values = {one.variant.id: (one, measure(one)) for one in comparison.outcomes}
    known = {name: value for name, (_, value) in values.items() if value is not None}
    if len(set(known.values())) < 2:
        return ""
    least, most = min(known.values()), max(known.values())
    return speak(
        say(
            "{what}: from {least} ({least_names}) to {most} ({most_names}).",
            what=what,
            least=f"{least:,}",
            most=f"{most:,}",
            least_names=_names([values[n][0] for n, v in known.items() if v == least], speak),
            most_names=_names([values[n][0] for n, v in known.items() if v == most], speak),
        )
    )


def _names(outcomes: list[Outcome], speak: Speaker) -> str:
    shown = speak(say(", ")).join(title_of(one, speak) for one in outcomes[:2])
    if len(outcomes) <= 2:
        return shown
    return speak(say("{names} and {n} more", names=shown, n=len(outcomes) - 2))


def title_of(one: Outcome, speak: Speaker) -> str:
    """Return the title of a variant in the reader's language."""
    return speak.choose(one.variant.title.model_dump())


def flows_in_short(comparison: Comparison, one: Outcome, speak: Speaker, *, most: int = 3) -> str:
    """Return one line: how many stayed in their district, and the greatest flows between districts."""
    rows = one.flows[one.flows["group"] == comparison.group]
    home, to = rows["home_district_id"], rows["school_district_id"]
    inside = (home == to) & home.notna()
    between = rows[~inside].sort_values("children", ascending=False, kind="stable")
    table = comparison.city["districts"].set_index("district_id")["name"]
    names = {i: name if isinstance(name, str) else i for i, name in table.items()}
    shown = [
        f"{names.get(a, a) if isinstance(a, str) else '–'} → "
        f"{names.get(b, b) if isinstance(b, str) else '–'} {n:,}"
        for a, b, n in between.head(most)[rows.columns[1:]].itertuples(index=False)
    ]
    rest = int(between["children"].iloc[most:].sum())
    if rest:
        shown.append(speak(say("others {n}", n=f"{rest:,}")))
    return speak(
        say(
            "{title}: {inside} inside their district; between districts {between} ({flows})",
            title=title_of(one, speak),
            inside=f"{int(rows.loc[inside, 'children'].sum()):,}",
            between=f"{int(between['children'].sum()):,}",
            flows=speak(say("; ")).join(shown) or "–",
        )
    )


def _kilometres(metres: int | None) -> str:
    """Return metres as kilometres with one decimal: variants differ by less than a kilometre."""
    return "–" if metres is None else f"{metres / 1000:.1f}"


def headings_of(comparison: Comparison) -> list[Text]:
    """Return the headings of the table's numbers; what no variant has is left out."""
    return [heading for heading, _ in _columns(comparison)]


def cells_of(comparison: Comparison, one: Outcome) -> list[str]:
    """Return the numbers of a variant, in the order of `headings_of`."""
    return [cell(one) for _, cell in _columns(comparison)]


def _columns(comparison: Comparison) -> list[tuple[Text, Callable[[Outcome], str]]]:
    group = comparison.group

    def count(name: str) -> Callable[[Outcome], str]:
        return lambda one: number(getattr(one.counts[group], name))

    def km(name: str) -> Callable[[Outcome], str]:
        return lambda one: _kilometres(getattr(one.counts[group], name))

    def there(name: str) -> bool:
        return any(getattr(one.counts[group], name) for one in comparison.outcomes)

    columns = [
        (say("Own zone"), count("zone")),
        (say("In dist."), count("district")),
        (say("Other dist."), count("city")),
        (say("Not adm."), count("not_admitted")),
        *([(say("Waiting"), count("waiting"))] if there("waiting") else []),
        *([(say("Above the intake"), count("over"))] if there("over") else []),
        (say("By coord."), count("coordinated")),
        (say("Avg. km"), km("mean_m")),
        (say("P90 km"), km("p90_m")),
        (say("Most km"), km("max_m")),
        *([(say("Sea"), count("sea_crossings"))] if there("sea_crossings") else []),
        (say("Passed"), count("passed")),
        (say("Sibs split"), count("siblings_split")),
        (say("Differ"), count("otherwise")),
    ]
    return columns
