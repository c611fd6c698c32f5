"""Maps and plots of the dossier, with what is not told in public left out of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.messages import say
from simulate.dossier.cases import Case
from simulate.dossier.content.pen import Pen
from simulate.dossier.map_sheets import Setting
from simulate.dossier.material import Material
from simulate.dossier.model import Picture, Table, Value
from simulate.ensemble.sides import Side
from simulate.standards.grades import level_of, present_rolls
from zoning.maps.ornaments import Sheet
from zoning.outline import outline_zones


def setting_of(material: Material, pen: Pen, case: Case) -> Setting:
    """Return what the maps of a run share."""
    return Setting(
        city=case.city,
        zones=outline_zones(case.city, case.plan),
        speak=pen.speak,
        public=pen.public,
        date=str(case.city.project.project.date),
    )


def scenario_pictures(sides: tuple[Side, ...], number: int, material: Material, pen: Pen) -> list[Picture]:
    """Return the dot plots of an ensemble, each no higher than a page."""
    from simulate.dossier.plots_scenarios import plots_of_scenarios
    from simulate.ensemble.telling import rows_of

    title = pen.speak(say("Scores of the scenarios over the draws"))
    id_ = "P6" if number == 1 else f"P6-{number}"

    def sheet(at: int, count: int) -> Sheet:
        if count == 1:
            return _sheet(material, pen, id_, title)
        return _sheet(material, pen, f"{id_}{chr(96 + at)}", f"{title} ({pen.name(f'{at}/{count}')})")

    drawn = plots_of_scenarios(rows_of(sides, pen.speak), sides, sheet, pen.speak)
    sheets = [sheet(at, len(drawn)) for at in range(1, len(drawn) + 1)]
    return [
        Picture(id=one.id, title=one.title, svg=svg, alt=one.title)
        for one, svg in zip(sheets, drawn, strict=True)
    ]


def class_sizes_picture(material: Material, pen: Pen) -> Picture | None:
    """Return the plot of class sizes before the admission; None without a roll."""
    from simulate.dossier.plots_schools import plot_class_sizes

    case = material.before or material.proposed
    if case.held is None:
        return None
    level, limits = case.city.project.project.level, material.limits
    grades = present_rolls(case.city).grades
    own = grades[(level_of(grades["grade"]) == level) & (grades["classes"] > 0)]
    sizes = own.assign(class_size=own["pupils"] / own["classes"])
    lines = [
        (limits.class_norm[level], pen.speak(say("standard"))),
        (limits.large_class, pen.speak(say("large class"))),
    ]
    title = pen.speak(say("Class sizes in {year}", year=pen.name(case.held.year)))
    svg = plot_class_sizes(sizes, _sheet(material, pen, "P3", title), pen.speak, lines=lines)
    return Picture(id="P3", title=title, svg=svg, alt=title)


def utilisation_picture(material: Material, pen: Pen, schools: pd.DataFrame) -> Picture:
    """Return the plot of how full the schools are, from T6 as it is published."""
    from simulate.dossier.plots_schools import plot_utilisation

    title = pen.speak(say("How full the schools are"))
    svg = plot_utilisation(schools, _sheet(material, pen, "P8", title), pen.speak)
    return Picture(id="P8", title=title, svg=svg, alt=title)


def flow_picture(material: Material, pen: Pen, table: Table) -> Picture | None:
    """Return the plot of T9, as it is published; None where there is one district or more than a page."""
    from simulate.dossier.plots_flows import plot_flows

    rows = table.keys[: len(table.keys) - table.totals]
    columns = [
        column for column in table.columns if column.key.startswith("to|") and column.key != "to|all"
    ]
    if not 1 < len(columns) <= 16:
        return None
    counts = [[_told(table.value(row, column.key)) for column in columns] for row in rows]
    title = pen.speak(say("From district to district"))
    names = [str(table.value(row, "district")) for row in rows]
    svg = plot_flows(
        names,
        [column.title for column in columns],
        counts,
        _sheet(material, pen, "P9", title),
        pen.speak,
    )
    return Picture(id="P9", title=title, svg=svg, alt=title)


def distance_picture(material: Material, pen: Pen) -> Picture | None:
    """Return the curves of ways by group; None where no way is known."""
    from simulate.dossier.plots_distances import plot_distances
    from simulate.report.words import category_titles

    case = material.proposed
    titles = category_titles(case.run.policy, pen.speak)
    placed = case.placements[case.placements["outcome"] == "placed"]
    groups = {
        titles[one]: own["distance_m"].to_numpy(dtype="float64", na_value=np.nan)
        for one, own in placed.groupby("category")
        if one in titles
    }
    groups = {name: metres for name, metres in groups.items() if not np.isnan(metres).all()}
    if not groups:
        return None
    biggest = sorted(groups, key=lambda name: (-len(groups[name]), name))[:8]
    title = pen.speak(say("Ways to school by group"))
    sheet = _sheet(material, pen, "P10", title)
    svg = plot_distances({name: groups[name] for name in groups if name in biggest}, sheet, pen.speak)
    return Picture(id="P10", title=title, svg=svg, alt=title)


def _sheet(material: Material, pen: Pen, id: str, title: str) -> Sheet:
    """Return the heading and foot of a plot: it has no ground, and so no datum."""
    head = material.proposed.city.project.project
    return Sheet(
        id=id,
        title=title,
        subtitle=f"{head.name} {head.year}",
        date=str(head.date),
        sources=tuple(head.attribution),
        synthetic=head.synthetic,
        public=pen.public,
        titled=False,  # the caption says it
    )


def _told(value: Value) -> int | str | None:
    return int(value) if isinstance(value, int | float) else value
