"""The whole document: tables first, made fit for the public where asked, then the words about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from geodata.messages import Lang, Speaker, say, speaker
from simulate.dossier.content import (
    across,
    allocation,
    annexes,
    basis,
    changes,
    demand,
    fairness,
    hearing,
    overflow,
    proof,
    risks,
    scenarios,
    schools,
    schools_changed,
    standards,
    summary,
)
from simulate.dossier.content.counts import Counts, joined, placed_name, true_ones
from simulate.dossier.content.fairness import category_name
from simulate.dossier.content.pen import Pen, pen_of, public_notes
from simulate.dossier.content.plotting import class_sizes_picture, distance_picture, utilisation_picture
from simulate.dossier.content.told import school_table_of
from simulate.dossier.formatting import as_shown
from simulate.dossier.material import Material
from simulate.dossier.model import Document, Front, Part, Table
from simulate.dossier.suppressing import Equation, hidden_names, sum_of, suppress, values_of

PARTS: tuple[Callable[[Material, Pen], Part], ...] = (
    summary.summary_part,
    basis.basis_part,
    schools.present_part,
    demand.demand_part,
    demand.forecast_part,
    scenarios.scenario_part,
    changes.change_part,
    schools_changed.changed_part,
    allocation.allocation_part,
    fairness.fairness_part,
    risks.risk_part,
    hearing.hearing_part,
    proof.proof_part,
    annexes.annex_part,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A document, and the names in its sentences that hold digits and are no figures."""

    document: Document
    named: frozenset[str]


def document_of(
    material: Material,
    lang: Lang,
    *,
    public: bool = False,
    draft: int | None = 1,
    authority: str = "",
    document_no: str = "",
    hidden: frozenset[str] | None = None,
) -> Document:
    """Return the dossier in one language.

    Parameters
    ----------
    material : Material
    lang : {"zh", "en"}
    public : bool
        Whether it may be published: small counts are not told, nothing is about one child.
    draft : int, optional
        The number of the draft; None for the final version.
    authority, document_no : str
        Who decides, and the number of the document; blank where they are to be filled in.
    hidden : frozenset of str, optional
        As `hidden_of` returns it, which takes a while for a large city and is the same in every language.
    """
    return composed(
        material,
        lang,
        public=public,
        draft=draft,
        authority=authority,
        document_no=document_no,
        hidden=hidden,
    ).document


def composed(
    material: Material,
    lang: Lang,
    *,
    public: bool = False,
    draft: int | None = 1,
    authority: str = "",
    document_no: str = "",
    hidden: frozenset[str] | None = None,
) -> Composed:
    """Return the dossier with what its sentences may hold beside cited figures; as `document_of`."""
    speak = speaker(lang)
    pen = pen_of(lang, tables_of(material, speak, public=public, hidden=hidden), public=public)
    parts = [_with_pictures(make(material, pen), material, pen) for make in PARTS]
    document = Document(
        lang=lang,
        public=public,
        front=front_of(
            material, speak, public=public, draft=draft, authority=authority, document_no=document_no
        ),
        parts=tuple(parts),
        cited=pen.citations.log,
    )
    return Composed(document=document, named=frozenset(pen.named))


def hidden_of(material: Material) -> frozenset[str]:
    """Return the counts that are not told in public."""
    counts = counts_of(material, speaker("en"), public=True)
    return hidden_names(
        values_of(counts.tables),
        counts.equations,
        together=counts.together,
        unpublished=counts.unpublished,
        limits=counts.limits,
        dear=counts.dear,
        finer=counts.finer,
    )


def tables_of(
    material: Material, speak: Speaker, *, public: bool, hidden: frozenset[str] | None = None
) -> dict[str, Table]:
    """Return all counted tables by id; in public without small counts, and what would tell them."""
    counts = own_counts(material, speak, public=public)
    if not public:
        return {one.table.id: one.table.with_all_notes() for one in counts.tables}
    found = suppress(counts.tables, hidden=hidden_of(material) if hidden is None else hidden)
    shown = {id_: as_shown(table.without_internal()) for id_, table in found.items()}
    return {id_: replace(table, notes=public_notes(table, speak)) for id_, table in shown.items()}


def own_counts(material: Material, speak: Speaker, *, public: bool = False) -> Counts:
    """Return all tables that count children, with what hangs together within each.

    In public some tables are coarser: rows and columns that would hold small counts only are joined.
    """
    makers: Iterable[Callable[[Material, Speaker], Counts]] = (
        schools.school_counts,
        standards.grade_counts,
        schools_changed.changed_counts,
        partial(demand.demand_counts, public=public),
        demand.forecast_counts,
        scenarios.scenario_counts,
        changes.change_counts,
        allocation.allocation_counts,
        partial(overflow.overflow_counts, public=public),
        fairness.fairness_counts,
        fairness.sibling_counts,
    )
    return across.with_beside(material, joined(make(material, speak) for make in makers))


def counts_of(material: Material, speak: Speaker, *, public: bool = False) -> Counts:
    """Return all tables that count children, and how their counts hang together; as `own_counts`."""
    own = own_counts(material, speak, public=public)
    linked = [
        *demand.zones_of_communities(material, own.tables),
        *changes.balance_of_zones(material, own.tables),
        *allocation.districts_of_schools(material, own.tables),
        *true_ones(_sums_across(material), own.tables),
    ]
    more, rests = overflow.overflow_linked(material, own.tables)
    every = replace(
        own,
        equations=(*own.equations, *linked, *more),
        finer={**own.finer, **rests},
    )
    return across.linked_across(material, every)


def _sums_across(material: Material) -> Iterable[Equation]:
    """Return the sums across tables that a reader may try; those that do not hold are dropped later."""
    for case in material.all_cases:
        placed = category_name(case.key, "placed", "all")
        yield Equation(terms=((placed, 1), (placed_name(case.key, "all"), -1)))
        if case.key == "before":
            yield sum_of("T9b|all|to|all", [placed])
        if case.key != "proposed":
            continue
        group = {
            one: category_name(case.key, one, "all")
            for one in ("own_district", "elsewhere", "not_admitted", "waiting")
        }
        yield sum_of("T4|proposed|coordinated", [group["own_district"], group["elsewhere"]])
        yield sum_of("T4|proposed|abroad", [group["elsewhere"]])
        yield sum_of("T4|proposed|without", [group["not_admitted"], group["waiting"]])
        yield sum_of("T9|all|to|all", [placed])
        stages = case.summary.stages
        for what in ("over", "decided"):
            rows = [f"T7|{s}|{c}|{what}" for s, c in zip(stages["stage"], stages["category"], strict=True)]
            yield sum_of(f"T4|proposed|{what}", rows)
        for stage, own in stages.groupby("stage"):
            yield sum_of(
                f"claimants|{case.key}|stage|{stage}",
                [f"T7|{stage}|{c}|claimants" for c in own["category"]],
            )
        for category in case.run.policy.category:
            name = category_name(case.key, "children", category.id)
            yield Equation(terms=((name, 1), (f"T10a|{category.id}|children", -1)))
        yield Equation(terms=((category_name(case.key, "children", "all"), 1), ("T10a|all|children", -1)))


def front_of(
    material: Material, speak: Speaker, *, public: bool, draft: int | None, authority: str, document_no: str
) -> Front:
    """Return what stands on the cover and on every page."""
    run = material.proposed.run
    head = run.city.project.project
    marks = [speak(say("public version")) if public else speak(say("internal: not to be published"))]
    if head.synthetic:
        marks.insert(0, "虚构数据 SYNTHETIC")
    elif run.manifest["synthetic_children"]:
        marks.insert(0, speak(say("synthetic children")))
    if public:
        marks.append(speak(say("sketch map; approval number: {blank}", blank="________")))
    number = "" if draft is None else speak(say("Draft {n}", n=draft))
    title = speak(say("Dossier for the hearing on the plan of school catchments"))
    level = (
        speak(say("primary schools, first year"))
        if head.level == "primary"
        else speak(say("lower secondary schools, first year"))
    )
    watermark = [number] if number else []
    watermark += ["虚构数据 SYNTHETIC"] if head.synthetic else []
    return Front(
        title=title,
        subtitle=f"{speak.choose(material.proposed.title.model_dump())} · {level}",
        project=head.name,
        year=str(head.year),
        authority=authority,
        document_no=document_no,
        rules=f"{speak.choose(run.policy.title.model_dump())} ({run.policy.id}, {head.date})",
        draft=number,
        watermark=" ".join(watermark),
        marks=tuple(marks),
        made_from=tuple(f"{case.run.name}" for case in material.all_cases)
        + tuple(one.folder.name for one in material.ensembles),
        advice=speak(say("A proposal: it advises those who decide, and does not decide.")),
    )


def _with_pictures(part: Part, material: Material, pen: Pen) -> Part:
    """Return a part with the plots that belong to it."""
    if part.number == 3 and not pen.public:
        picture = class_sizes_picture(material, pen)
        return part if picture is None else replace(part, blocks=(*part.blocks, picture))
    if part.number == 8:
        schools_ = school_table_of(pen.tables["T6"])
        return replace(part, blocks=(utilisation_picture(material, pen, schools_), *part.blocks))
    if part.number == 10 and not pen.public:
        picture = distance_picture(material, pen)
        return part if picture is None else replace(part, blocks=(*part.blocks, picture))
    return part
