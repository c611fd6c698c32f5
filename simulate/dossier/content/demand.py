"""Part 4, the demand (T2), and part 5, the forecast of the bureau (T3)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.bureau_forecast import Forecast
from simulate.dossier.cases import Case
from simulate.dossier.content.counts import Counts, column_sums, counted, demand_name, row_sums, true_ones
from simulate.dossier.content.fairness import category_name
from simulate.dossier.content.pen import Pen, known_columns, label_of, names_by_id, table_of, with_total
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Column, Missing, Part, Table
from simulate.dossier.suppressing import Counted, Equation, sum_of
from simulate.report.words import category_titles
from simulate.summary import household_categories
from zoning.pressure import COLOURS, colour_of

OF_HOUSEHOLD, OTHERS = "of_household", "others"
NOWHERE = "-"
"""The row of units whose community is not known."""


def demand_counts(material: Material, speak: Speaker, *, public: bool = False) -> Counts:
    """Return T2; nothing where the project has no units.

    In public the categories are told as two groups: of a community most are too small to be told.
    """
    case = material.proposed
    if case.board is None:
        return Counts()
    frame, titles = _by_community(case), category_titles(case.run.policy, speak)
    groups = {name: [name] for name in case.board.categories if name in titles}
    if public:
        groups = _with_a_right(case, list(groups))
        titles = {OF_HOUSEHOLD: speak(say("of household")), OTHERS: speak(say("others"))}
        for name, own in groups.items():
            frame[name] = frame[own].sum(axis=1)
    categories = list(groups)
    columns = [
        Column(key="community", title=speak(say("community")), kind="code", weight=1.4),
        Column(key="district", title=speak(say("district"))),
        Column(key="units", title=speak(say("planning units")), kind="integer"),
        Column(key="households", title=speak(say("households")), kind="integer"),
        *(Column(key=one, title=titles[one], kind="integer", children=True) for one in categories),
        Column(key="children", title=speak(say("all children")), kind="integer", children=True),
    ]
    sums = ["units", "households", *categories, "children"]
    keys = [*frame["community"].replace("", NOWHERE), "all"]
    frame["community"] = frame["community"].replace("", speak(say("not known")))
    whole = with_total(frame, "community", speak(say("all")), sums)
    table = table_of(
        "T2",
        speak(say("Demand by community")),
        known_columns(columns, frame, "district", "households"),
        whole,
        keys,
        totals=1,
        notes=_notes(case, speak),
    )
    named = {("all", one): category_name(case.key, "children", one) for one in (*categories, "children")}
    named = {cell: name for cell, name in named.items() if _same(table, cell, case)}
    one = counted(table, named=named)
    equations = [*column_sums(one, [*categories, "children"]), *row_sums(one, "children", categories)]
    if public:
        equations += [
            sum_of(f"T2|all|{name}", [category_name(case.key, "children", each) for each in own])
            for name, own in groups.items()
            if all(_stands(each, frame, case) for each in own)
        ]
    return Counts(tables=(one,), equations=tuple(equations))


def _with_a_right(case: Case, categories: list[str]) -> dict[str, list[str]]:
    """Return the categories that have a right to a place, and the others."""
    household = household_categories(case.run.policy)
    return {
        OF_HOUSEHOLD: [one for one in categories if one in household],
        OTHERS: [one for one in categories if one not in household],
    }


def zones_of_communities(material: Material, tables: tuple[Counted, ...]) -> list[Equation]:
    """Return where some communities and some zones hold the same units: their sums are then one.

    Notes
    -----
    Communities and zones that share units hang together; each such group has as many children counted by
    community as by zone. Equations that do not hold (children of whom only the zone is known) are left out.
    """
    found: list[Equation] = []
    for case in material.all_cases[: 1 + bool(material.before)]:
        if case.board is None:
            continue
        units = case.city["units"]
        community = units["community_id"].astype("object").where(units["community_id"].notna(), NOWHERE)
        zone = units["unit_id"].map(case.plan[case.plan["category"] == ""].set_index("unit_id")["zone_id"])
        pairs = pd.DataFrame({"c": community.astype(str), "z": zone}).dropna().drop_duplicates()
        for communities, zones in hanging_together(pairs):
            terms = [(f"T2|{one}|children", 1) for one in communities]
            found.append(Equation(terms=(*terms, *((demand_name(case.key, one), -1) for one in zones))))
            household = household_categories(case.run.policy)
            terms = [(f"T2|{one}|{name}", 1) for one in communities for name in household]
            when = "before" if case.key == "before" else "after"
            found.append(Equation(terms=(*terms, *((f"T6a|{one}|household_{when}", -1) for one in zones))))
    return true_ones(found, tables)


def demand_part(material: Material, pen: Pen) -> Part:
    """Return the part on the demand."""
    title = pen.speak(say("Demand for seats"))
    if "T2" not in pen.tables:
        missing = Missing(
            what=pen.speak(say("Children by community.")),
            how=pen.speak(say("Add the tables units and demand, or a list of applicants.")),
        )
        return Part(number=4, title=title, blocks=(missing,))
    words = say(
        "{children} children are counted for entry in {year}, in {units} units.",
        children=pen.cite("T2", "all", "children"),
        year=pen.name(material.proposed.city.project.project.year),
        units=pen.cite("T2", "all", "units"),
    )
    return Part(number=4, title=title, blocks=(pen.words(words), pen.tables["T2"]))


def forecast_counts(material: Material, speak: Speaker) -> Counts:
    """Return T3; nothing without a forecast."""
    if material.forecast is None:
        return Counts()
    return Counts(tables=(counted(_forecast(material, material.forecast, speak), follows=_FOLLOWS),))


_FOLLOWS = dict.fromkeys(("gap", "used", "warning"), ("mid", "low", "high"))


def forecast_part(material: Material, pen: Pen) -> Part:
    """Return the part on the bureau's forecast."""
    blocks: list[Block] = []
    if material.forecast is None:
        blocks.append(
            Missing(
                what=pen.speak(say("A forecast of the children of each zone in the years to come.")),
                how=pen.speak(
                    say("Give the bureau's own with --forecast FILE: zone_id, year, low, mid, high.")
                ),
            )
        )
    else:
        blocks.append(
            pen.words(
                say(
                    "The figures are the bureau's own ({file}); the program does not forecast.",
                    file=pen.name(material.forecast.file),
                ),
                "note",
            )
        )
        blocks.append(pen.tables["T3"])
    return Part(number=5, title=pen.speak(say("Forecast")), blocks=tuple(blocks))


def _by_community(case: Case) -> pd.DataFrame:
    board = case.board
    assert board is not None
    units = case.city["units"].set_index("unit_id").loc[board.units]
    district = units["district_id"].astype("object")
    table = pd.DataFrame(
        {
            "community": units["community_id"].astype("object").where(units["community_id"].notna(), ""),
            "district": district.map(names_by_id(case.city["districts"], "district_id")),
            "units": 1,
            "households": units["households"].astype("Float64"),
            **{name: board.children[row] for row, name in enumerate(board.categories)},
        }
    )
    table["children"] = board.children.sum(axis=0)
    numbers = ["units", *board.categories, "children"]
    grouped = table.groupby("community", sort=True)
    found = grouped[numbers].sum()
    found["households"] = grouped["households"].agg(lambda own: own.sum(skipna=False))
    found["district"] = grouped["district"].first()
    return found.reset_index()


def _stands(category: str, frame: pd.DataFrame, case: Case) -> bool:
    """Return whether all children of a category stand in the table."""
    return int(frame[category].sum()) == int((case.placements["category"] == category).sum())


def _same(table: Table, cell: tuple[str, str], case: Case) -> bool:
    """Return whether all children stand in the table: where only the zone is known they do not."""
    own = case.placements
    if cell[1] in (OF_HOUSEHOLD, OTHERS):
        return False
    there = own if cell[1] == "children" else own[own["category"] == cell[1]]
    return table.value(*cell) == len(there)


def _notes(case: Case, speak: Speaker) -> list[str]:
    board = case.board
    assert board is not None
    notes = [speak(say("Children of the year of admission, by the community of their home."))]
    if int(board.in_zone.sum()) + board.lost:
        notes.append(speak(say("Children of whom only the zone is known are not in this table.")))
    if bool(case.run.manifest["synthetic_children"]):
        notes.append(speak(say("Children are drawn from counts: the counts are the data.")))
    return notes


def hanging_together(pairs: pd.DataFrame) -> list[tuple[list[str], list[str]]]:
    """Return the groups of c and z that hang together: communities, or schools, and zones."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left, communities = pd.factorize(pairs["c"], sort=True)
    right, zones = pd.factorize(pairs["z"], sort=True)
    n = len(communities) + len(zones)
    edges = coo_array((np.ones(len(pairs)), (left, right + len(communities))), shape=(n, n))
    _, label = connected_components(edges, directed=False)
    return [
        (
            [str(one) for one in communities[label[: len(communities)] == number]],
            [str(one) for one in zones[label[len(communities) :] == number]],
        )
        for number in range(int(label.max(initial=-1)) + 1)
    ]


def _forecast(material: Material, forecast: Forecast, speak: Speaker) -> Table:
    case = material.proposed
    zones = names_by_id(case.city["zones"], "zone_id")
    seats = case.summary.zones.set_index("zone_id")["seats"]
    rows = forecast.rows.copy()
    rows["seats"] = rows["zone_id"].map(seats).astype("float64")
    rows["zone"] = rows["zone_id"].map(zones)
    rows["gap"] = (rows["mid"].astype("float64") - rows["seats"]).clip(lower=0)
    ratio = rows["mid"].astype("float64") / rows["seats"].where(rows["seats"] > 0)
    rows["used"] = ratio
    words = dict(zip(COLOURS, _colour_words(speak), strict=True))
    rows["warning"] = colour_of(ratio).map(words)
    columns = [
        Column(key="zone", title=label_of(case.city, speak), weight=2),
        Column(key="year", title=speak(say("year")), kind="year"),
        *(
            Column(
                key=key, title=title, kind="integer", children=True, group=speak(say("children forecast"))
            )
            for key, title in (
                ("low", speak(say("low"))),
                ("mid", speak(say("middle"))),
                ("high", speak(say("high"))),
            )
        ),
        Column(key="seats", title=speak(say("seats planned now")), kind="decimal"),
        Column(key="gap", title=speak(say("seats short")), kind="decimal"),
        Column(key="used", title=speak(say("used")), kind="share"),
        Column(key="warning", title=speak(say("warning")), weight=1.5),
    ]
    keys = [f"{zone}|{year}" for zone, year in zip(rows["zone_id"], rows["year"], strict=True)]
    wanted = len(zones) * rows["year"].nunique()
    gaps = say(
        "Not in the forecast: {n} of {all} pairs of zone and year.", n=wanted - len(rows), all=wanted
    )
    return table_of(
        "T3",
        speak(say("Forecast by {zone}", zone=label_of(case.city, speak))),
        columns,
        rows,
        keys,
        notes=[
            speak(
                say(
                    "Source: {file} (SHA-256 {sha}). Seats as planned for the year of this admission.",
                    file=forecast.file,
                    sha=forecast.sha256[:16],
                )
            ),
            speak(say("How far earlier forecasts were off is not known to the program.")),
            *([speak(gaps)] if wanted > len(rows) else []),
        ],
    )


def _colour_words(speak: Speaker) -> list[str]:
    from zoning.maps.colours import colour_keys

    return [speak(key.meaning) for key in colour_keys()]
