"""Part 1, the summary: what is proposed, five numbers before and after, who is affected."""

from __future__ import annotations

from geodata.messages import Text, say
from simulate.dossier.cases import Case
from simulate.dossier.content.pen import Pen, label_of, no_base
from simulate.dossier.content.scenarios import case_title
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Cards, Part


def summary_part(material: Material, pen: Pen) -> Part:
    """Return the part on what matters most."""
    case = material.proposed
    head = case.city.project.project
    blocks: list[Block] = [
        pen.words(
            say(
                "This dossier is about the school places of {project} for entry in {year}. It "
                "shows what the "
                "plan “{title}” comes to by the rules “{rules}”.",
                project=pen.name(head.name),
                year=pen.name(head.year),
                title=pen.name(pen.speak.choose(case.title.model_dump())),
                rules=pen.name(pen.speak.choose(case.run.policy.title.model_dump())),
            )
        ),
        pen.words(
            say(
                "It advises and does not decide: figures are of a simulation, and what is assumed "
                "is listed "
                "in the annexes."
            ),
            "note",
        ),
    ]
    if case.city.project.project.synthetic:
        blocks.append(pen.words(say("SYNTHETIC: this city and its children are made up."), "warning"))
    elif case.run.manifest["synthetic_children"]:
        blocks.append(pen.words(say("The children are synthetic: drawn from counts."), "warning"))
    blocks.append(_five(material, pen))
    blocks.append(no_base(pen) if material.before is None else _affected(material, pen))
    beside = [] if material.before is None else differing(material.before, material.proposed)
    if beside:
        what = pen.speak.joined(pen.speak(one) for one in beside)
        words = say(
            "Before and after differ not in the plan alone, but also in: {what}. Not every change of the "
            "figures comes from the plan.",
            what=what,
        )
        blocks.append(pen.words(words, "warning"))
    if material.before is not None and material.faults:
        blocks.append(
            pen.words(
                say(
                    "Fault of this dossier: some addresses are moved without a reason; see the list "
                    "of changes."
                ),
                "warning",
            )
        )
    if len(material.cases) > 1:
        others = pen.speak.joined(pen.name(case_title(one, pen.speak)) for one in material.cases[1:])
        blocks.append(pen.words(say("Options that stand beside it: {others}.", others=others)))
    return Part(number=1, title=pen.speak(say("Summary")), blocks=tuple(blocks))


def differing(before: Case, after: Case) -> list[Text]:
    """Return in what two runs differ beside the plan: year, rules, seed of the draw, children.

    Children are the same where their numbers are: a plan may put them in other zones.
    """
    years = {case.city.project.project.year for case in (before, after)}
    rules = {case.run.manifest["files"].get("inputs/policy.json") for case in (before, after)}
    seeds = {str(case.run.manifest["seed"]) for case in (before, after)}
    one, other = (set(case.placements["applicant_id"].astype(str)) for case in (before, after))
    found = [
        (len(years) > 1, say("the year of entry")),
        (len(rules) > 1, say("the rules of the admission")),
        (len(seeds) > 1, say("the seed of the draw")),
        (one != other, say("the children")),
    ]
    return [words for differs, words in found if differs]


def _five(material: Material, pen: Pen) -> Cards:
    def card(title: Text, table: str, column: str, remark: Text) -> tuple[str, str, str, str]:
        before = "" if material.before is None else pen.cite(table, "before", column)
        return pen.speak(title), before, pen.cite(table, "proposed", column), pen.speak(remark)

    label = label_of(material.proposed.city, pen.speak)
    return Cards(
        items=(
            card(say("zones in red"), "T4", "zones_red", say("as many children as seats, or more")),
            card(
                say("placed outside their zone"),
                "T4",
                "coordinated",
                say("children coordinated to a school that does not serve their {zone}", zone=label),
            ),
            card(say("above the intake"), "T4", "over", say("children seated beyond the plan of a school")),
            card(say("without a place"), "T4", "without", say("children whom no stage could place")),
            card(say("mean way to school"), "T4a", "mean_m", say("of placed children")),
        ),
        headings=(
            pen.speak(say("figure")),
            pen.speak(say("before")),
            pen.speak(say("after")),
            pen.speak(say("what it is")),
        ),
    )


def _affected(material: Material, pen: Pen) -> Block:
    if not len(material.moves):
        return pen.words(say("No address changes its zone."))
    return pen.words(
        say(
            "Affected: {units} addresses change their zone, with {children} children of this entry.",
            units=pen.cite("T4a", "proposed", "units_moved"),
            children=pen.cite("T4a", "proposed", "children_moved"),
        )
    )
