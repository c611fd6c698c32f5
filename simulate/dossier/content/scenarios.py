"""Part 6, scenarios side by side: what each run comes to (T4, T4a), and how sure that is (T4b, T4c)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.cases import Case
from simulate.dossier.content.counts import Counts, counted
from simulate.dossier.content.fairness import category_name
from simulate.dossier.content.pen import Pen, label_of, names_by_id, table_of
from simulate.dossier.content.plotting import scenario_pictures
from simulate.dossier.content.standards import variation_table
from simulate.dossier.formatting import as_shown
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Column, Heading, Missing, Part, Table
from simulate.dossier.suppressing import Equation, sum_of
from simulate.ensemble.early_warning import zones_table
from simulate.ensemble.reading import Ensemble
from simulate.ensemble.sides import Side, sides_of
from simulate.ensemble.telling import (
    chance_words,
    reading_notes,
    rows_of,
    title_of,
    zones_by_chance,
)

_MOST_ZONES = 30
NEAR_M, FAR_M = 500, 1000
_MOVED = ("units_moved", "children_moved")


def scenario_counts(material: Material, speak: Speaker) -> Counts:
    """Return T4 and T4a, and for each ensemble its scores and the zones that may run short."""
    frame = pd.DataFrame([figures_of(case, material) for case in material.all_cases])
    frame["scenario"] = [case_title(case, speak) for case in material.all_cases]
    keys = [case.key for case in material.all_cases]
    head = Column(key="scenario", title=speak(say("scenario")), weight=2.5)
    seats = table_of(
        "T4",
        speak(say("Scenarios side by side: seats and places")),
        [head, *_seat_columns(speak)],
        frame,
        keys,
        notes=_seat_notes(material, speak),
    )
    ways = table_of(
        "T4a",
        speak(say("Scenarios side by side: ways and changes")),
        [head, *_way_columns(speak)],
        frame,
        keys,
        notes=_way_notes(speak),
    )
    named = {}
    for case in material.all_cases:
        named[case.key, "children"] = category_name(case.key, "children", "all")
        named[case.key, "placed"] = category_name(case.key, "placed", "all")
    one = counted(seats, named=named, follows={"used_mean": ("placed",)})
    two = counted(ways)
    equations = _ladder(one.names, two.names, keys)
    bands = {
        f"band|{key}": int(frame.loc[at, "over_near"]) - int(frame.loc[at, "over_far"])
        for at, key in enumerate(keys)
        if (key, "over_near") in two.names
    }
    drawn = [
        counted(table)
        for number, ensemble in enumerate(material.ensembles, start=1)
        for table in _ensemble_tables(ensemble, number, material, speak)
    ]
    return Counts(tables=(one, two, *drawn), equations=tuple(equations), unpublished=bands)


def scenario_part(material: Material, pen: Pen) -> Part:
    """Return the part on scenarios."""
    blocks: list[Block] = []
    if len(material.all_cases) == 1:
        blocks.append(
            Missing(
                what=pen.speak(say("Other scenarios to compare with.")),
                how=pen.speak(
                    say(
                        "Run them with xuequ run --scenario, and name all runs: xuequ dossier RUN "
                        "RUN --base RUN."
                    )
                ),
            )
        )
    blocks += [pen.tables["T4"], pen.tables["T4a"], _variation(material, pen)]
    if not material.ensembles:
        blocks.append(
            Missing(
                what=pen.speak(say("How sure the figures are: a run is one draw of many.")),
                how=pen.speak(
                    say("Draw the season many times with xuequ ensemble, and name its folder too.")
                ),
            )
        )
    for number, ensemble in enumerate(material.ensembles, start=1):
        blocks += _ensemble_blocks(ensemble, number, material, pen)
    return Part(number=6, title=pen.speak(say("Scenarios side by side")), blocks=tuple(blocks))


def _variation(material: Material, pen: Pen) -> Block:
    table = variation_table(material, pen.speak)
    if table is not None:
        return as_shown(table) if pen.public else table
    return Missing(
        what=pen.speak(say("How much the schools differ in the seven items of balanced development.")),
        how=pen.speak(say("Add the tables rolls and indicators (school_id, item, value).")),
    )


def case_title(case: Case, speak: Speaker) -> str:
    """Return what a run is called: its scenario, and that it is the one proposed."""
    title = speak.choose(case.title.model_dump())
    return speak(say("{title} (proposed)", title=title)) if case.key == "proposed" else title


def figures_of(case: Case, material: Material) -> dict[str, object]:
    """Return what a run comes to, by the keys of the columns of T4 and T4a."""
    placements, summary = case.placements, case.summary
    placed = placements["outcome"] == "placed"
    metres = placements["distance_m"].where(placed).dropna().astype("float64")
    outcomes, reaches, schools, zones = summary.outcomes, summary.reaches, summary.schools, summary.zones
    used = (schools["given"] + schools["over"]) / schools["seats"].where(schools["seats"] > 0)
    seats = int(schools["seats"].sum())
    short = (zones["children"] - zones["seats"]).clip(lower=0)
    moves = material.moves if case.key == "proposed" and material.before else None
    return {
        "children": int(outcomes["children"].sum()),
        "seats": seats,
        "placed": int(outcomes["placed"].sum()),
        "zones_red": int((zones["colour"] == "red").sum()),
        "short": float(short.sum()) if (zones["seats"] > 0).any() else None,
        "used_max": float(used.max()) if used.notna().any() else None,
        "used_mean": int(outcomes["placed"].sum()) / seats if seats else None,
        "coordinated": int(reaches["own_district"].sum() + reaches["elsewhere"].sum()),
        "abroad": int(reaches["elsewhere"].sum()),
        "over": int(outcomes["over"].sum()),
        "without": int(outcomes["not_admitted"].sum() + outcomes["waiting"].sum()),
        "mean_m": float(metres.mean()) if len(metres) else None,
        "p90_m": float(metres.quantile(0.9)) if len(metres) else None,
        "max_m": float(metres.max()) if len(metres) else None,
        "over_near": int((metres > NEAR_M).sum()) if len(metres) or not placed.any() else None,
        "over_far": int((metres > FAR_M).sum()) if len(metres) or not placed.any() else None,
        "crossings": None if case.score is None or not case.city.has("barriers") else case.score.crossings,
        "units_moved": None if moves is None else moves["unit_id"].nunique(),
        "children_moved": None if moves is None else int(moves["children"].sum()),
        "split": None if case.score is None else case.score.split_communities,
    }


def _ladder(one: object, two: object, keys: list[str]) -> list[Equation]:
    """Return that who goes farther than a kilometre goes farther than half of one too."""
    names: dict[tuple[str, str], str] = two  # type: ignore[assignment]
    return [
        sum_of(names[key, "over_near"], [names[key, "over_far"], f"band|{key}"])
        for key in keys
        if (key, "over_near") in names
    ]


def _seat_columns(speak: Speaker) -> list[Column]:
    return [
        Column(key="children", title=speak(say("children")), kind="integer", children=True),
        Column(key="seats", title=speak(say("seats")), kind="integer"),
        Column(key="placed", title=speak(say("placed")), kind="integer", children=True),
        Column(key="zones_red", title=speak(say("zones in red")), kind="integer"),
        Column(key="short", title=speak(say("seats short, zone by zone")), kind="decimal", decimals=0),
        Column(key="used_max", title=speak(say("fullest school")), kind="share"),
        Column(key="used_mean", title=speak(say("all schools")), kind="share"),
        Column(
            key="coordinated", title=speak(say("placed outside their zone")), kind="integer", children=True
        ),
        Column(
            key="abroad", title=speak(say("of these, in another district")), kind="integer", children=True
        ),
        Column(key="over", title=speak(say("above the intake")), kind="integer", children=True),
        Column(key="without", title=speak(say("without a place")), kind="integer", children=True),
    ]


def _way_columns(speak: Speaker) -> list[Column]:
    return [
        Column(key="mean_m", title=speak(say("mean km")), kind="metres", decimals=2),
        Column(key="p90_m", title=speak(say("km of the farthest tenth")), kind="metres", decimals=2),
        Column(key="max_m", title=speak(say("longest km")), kind="metres", decimals=2, internal=True),
        Column(
            key="over_near",
            title=speak(say("children over {km} km", km="0.5")),
            kind="integer",
            children=True,
        ),
        Column(
            key="over_far", title=speak(say("children over {km} km", km="1")), kind="integer", children=True
        ),
        Column(
            key="crossings",
            title=speak(say("children whose way crosses a barrier")),
            kind="integer",
            children=True,
        ),
        Column(key="units_moved", title=speak(say("units moved")), kind="integer"),
        Column(key="children_moved", title=speak(say("children moved")), kind="integer", children=True),
        Column(key="split", title=speak(say("split communities")), kind="integer"),
    ]


def _seat_notes(material: Material, speak: Speaker) -> list[str]:
    notes = [speak(say("Red: as many children as seats, or more. Each line is one run: one draw."))]
    if len({case.run.manifest["seed"] for case in material.all_cases}) > 1:
        notes.append(speak(say("The runs have different seeds: they differ by the draw too.")))
    assumed = [case for case in material.all_cases if case.run.scenario and case.run.scenario.assumed]
    if assumed:
        listed = speak.listed(case_title(case, speak) for case in assumed)
        notes.append(speak(say("Assumed, with no source: {what}", what=listed)))
    return notes


def _way_notes(speak: Speaker) -> list[str]:
    return [
        speak(
            say(
                "Ways of placed children, as the run measured them: straight, over bridges where "
                "water lies "
                "between, or as the project's table of ways gives them. Moves against the plan in "
                "force are "
                "counted for the proposal. The cost of a scenario is not in the data."
            )
        )
    ]


def _called(material: Material, ensemble: Ensemble) -> dict[str, str]:
    names: dict[str, str] = {}
    for case in material.all_cases:
        names |= names_by_id(case.city["zones"], "zone_id")
    return names


def _ensemble_tables(ensemble: Ensemble, number: int, material: Material, speak: Speaker) -> list[Table]:
    sides = sides_of(ensemble)
    return [
        _scores(sides, number, speak),
        _chances(sides, number, _called(material, ensemble), material, speak),
    ]


def table_number(letter: str, number: int) -> str:
    """Return the id of a table of an ensemble: the first has none of its own.

    Examples
    --------
    >>> table_number("T4b", 1), table_number("T4b", 2)
    ('T4b', 'T4b-2')
    """
    return letter if number == 1 else f"{letter}-{number}"


def _scores(sides: tuple[Side, ...], number: int, speak: Speaker) -> Table:
    """Return a table of scores: a row a score and scenario, in the words of `xuequ compare`."""
    rows, keys = [], []
    for row in rows_of(sides, speak):
        for side, cell in zip(sides, row.cells, strict=True):
            rows.append(
                {
                    "score": row.title,
                    "scenario": title_of(side, speak),
                    "mean": cell.amount,
                    "spread": cell.spread,
                    "change": f"{cell.change} ± {cell.error}" if cell.error else cell.change,
                    "words": cell.words,
                }
            )
            keys.append(f"{row.measure}|{row.group}|{side.id}")
    columns = [
        Column(key="score", title=speak(say("score")), weight=2.4),
        Column(key="scenario", title=speak(say("scenario")), weight=2),
        Column(key="mean", title=speak(say("mean of the draws"))),
        Column(key="spread", title=speak(say("nine draws of ten")), weight=1.4),
        Column(key="change", title=speak(say("against the first")), weight=1.2),
        Column(key="words", title=speak(say("better or worse")), weight=1.2),
    ]
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return table_of(
        table_number("T4b", number),
        speak(say("Many draws: scores of the scenarios")),
        columns,
        frame,
        keys,
        notes=[speak(note) for note in reading_notes(sides)],
    )


def _chances(
    sides: tuple[Side, ...], number: int, names: dict[str, str], material: Material, speak: Speaker
) -> Table:
    """Return how likely each zone runs short, the likeliest first."""
    tables = [zones_table(side.places, side.stack).set_index("zone_id") for side in sides]
    first = zones_by_chance(tables[0].reset_index())
    likely = first[first["short_probability"] > 0]["zone_id"].head(_MOST_ZONES).tolist()
    rows = []
    for zone in likely:
        row: dict[str, object] = {"zone": names.get(str(zone), str(zone))}
        for at, table in enumerate(tables):
            told = zone in table.index
            row[f"chance_{at}"] = (
                chance_words(
                    *(float(table.loc[zone, f"short_{n}"]) for n in ("probability", "low", "high"))
                )
                if told
                else None
            )
        rows.append(row)
    columns = [
        Column(key="zone", title=label_of(material.proposed.city, speak), weight=2),
        *(
            Column(key=f"chance_{at}", title=title_of(side, speak), weight=1.5)
            for at, side in enumerate(sides)
        ),
    ]
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    notes = [
        speak(say("How likely more children than seats live there; in brackets the interval of the draws."))
    ]
    if len(first[first["short_probability"] > 0]) > _MOST_ZONES:
        notes.append(speak(say("Only the {n} likeliest are listed.", n=_MOST_ZONES)))
    return table_of(
        table_number("T4c", number),
        speak(say("Zones that may run short of seats")),
        columns,
        frame,
        likely,
        notes=notes,
    )


def _ensemble_blocks(ensemble: Ensemble, number: int, material: Material, pen: Pen) -> list[Block]:
    from simulate.ensemble.uncertainty import VARY_NAMES

    varied = pen.speak.joined(pen.speak(VARY_NAMES[name]) for name in ensemble.varied)
    chances = pen.tables[table_number("T4c", number)]
    blocks: list[Block] = [
        Heading(text=pen.speak(say("How sure that is"))),
        pen.words(
            say(
                "The season was drawn {draws} times; drawn anew each time: {what}.",
                draws=pen.name(f"{ensemble.draws:,}"),
                what=varied,
            )
        ),
        pen.tables[table_number("T4b", number)],
        chances,
        *scenario_pictures(sides_of(ensemble), number, material, pen),
    ]
    return blocks


def chance_of(material: Material, zone: str) -> float | None:
    """Return how likely a zone runs short in the first scenario of the first ensemble that has it."""
    for ensemble in material.ensembles:
        side = sides_of(ensemble)[0]
        places = np.asarray(side.places.zones, dtype=object)
        at = np.flatnonzero(places == zone)
        if len(at):
            table = zones_table(side.places, side.stack)
            return float(table["short_probability"].iloc[int(at[0])])
    return None
