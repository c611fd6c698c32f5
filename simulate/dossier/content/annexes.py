"""Part 14, the annexes: maps, addresses (A1), method, sources (A2), assumptions (A3), how to reproduce."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from geodata import City
from geodata.messages import Speaker, say
from simulate.dossier import map_sheets
from simulate.dossier.content.changes import zone_words
from simulate.dossier.content.pen import Pen, label_of, names_by_id, table_of
from simulate.dossier.content.plotting import setting_of
from simulate.dossier.content.told import (
    district_flows_told,
    flows_told,
    moved_told,
    moves_told,
    pressure_told,
    schools_told,
)
from simulate.dossier.material import Material
from simulate.dossier.model import (
    Block,
    Bullets,
    Column,
    Heading,
    Missing,
    Part,
    Picture,
    Table,
)
from simulate.dossier.moves import ways_of_units
from simulate.report.bases import assumptions_of
from simulate.summary import warnings_of
from zoning.plan import ANY


def annex_part(material: Material, pen: Pen) -> Part:
    """Return the annexes."""
    speak = pen.speak
    blocks: list[Block] = [Heading(text=speak(say("Maps")))]
    maps = maps_of(material, pen)
    if maps:
        blocks += maps
    else:
        blocks.append(
            Missing(
                what=speak(say("Maps: no zone has an outline.")),
                how=speak(say("Give the zones polygons, or the units, from which outlines follow.")),
            )
        )
    blocks += [Heading(text=speak(say("Addresses"))), addresses_table(material, speak)]
    blocks += [Heading(text=speak(say("Method"))), *_method(material, pen)]
    blocks += [Heading(text=speak(say("Data and their sources"))), sources_table(material, speak)]
    blocks += [Heading(text=speak(say("What is assumed"))), assumptions_table(material, speak)]
    if not pen.public:
        blocks += [
            Heading(text=speak(say("What to know before using the figures"))),
            warnings_table(material, speak),
        ]
    blocks += [Heading(text=speak(say("How to make this dossier again"))), *_again(material, pen)]
    return Part(number=14, title=speak(say("Annexes")), blocks=tuple(blocks))


def maps_of(material: Material, pen: Pen) -> list[Picture]:
    """Return the printed maps, with the figures as they are published; none without outlines."""
    case, tables = material.proposed, pen.tables
    setting = setting_of(material, pen, case)
    if not setting.drawable:
        return []
    schools = schools_told(tables["T6"], "after")
    own = set(case.city["schools"]["school_id"].astype(str))
    found = map_sheets.zone_sheets(setting, "M1")
    found += _change(material, pen, setting)
    found += map_sheets.warning_sheets(setting, "M3", pressure_told(case, tables["T6a"], "after"))
    found += map_sheets.utilisation_sheets(setting, "M4", schools[schools["school_id"].isin(own)])
    flows = flows_told(tables["T9a"], "after") if "T9a" in tables else ()
    if len(flows):
        between = district_flows_told(tables["T9"])
        found += map_sheets.overflow_sheets(setting, ("M5", "M6"), flows, between)
    found.append(map_sheets.ring_sheet(setting, "M7", ways_of_units(case)))
    # the map to move stands beside the change, and where nothing moves beside the zones
    at = next((n for n, one in enumerate(found) if one.id.startswith("M2")), 0)
    found[at] = replace(found[at], web=_web(material, pen))
    return found


def _change(material: Material, pen: Pen, setting: map_sheets.Setting) -> list[Picture]:
    before, moves = material.before, material.moves
    if before is None or not len(moves):
        return []
    zones = map_sheets.Setting(
        city=_with_zones_of(setting.city, before.city),
        zones=pd.concat([setting.zones, _only_before(before.city, setting.city)]),
        speak=setting.speak,
        public=setting.public,
        date=setting.date,
    )
    told = moved_told(pen.tables["T5"], moves).groupby(moves["unit_id"].astype(str))
    children = told.agg(lambda own: own.sum(skipna=False))
    return map_sheets.change_sheets(zones, "M2", before.plan, material.proposed.plan, children)


def _web(material: Material, pen: Pen) -> str:
    """Return the map to move: before and after, or without a base one run alone, which is internal."""
    from simulate.dossier.web_maps import map_of_cases, steps_of_ensembles
    from zoning.maps.page import draw_map

    case, before = material.proposed, material.before
    if before is None:
        return "" if pen.public else draw_map(case.city, lang=pen.lang, pressure=case.summary.zones)
    return map_of_cases(
        before,
        case,
        pen.tables,
        lang=pen.lang,
        timed=steps_of_ensembles(material.ensembles, before.city, case.city, pen.speak),
        published=moves_told(pen.tables.get("T5"), material.moves) if pen.public else None,
    )


def _only_before(city: City, now: City) -> pd.DataFrame:
    """Return the zones that only the plan in force has; their names stand on the map of changes."""
    return city["zones"][~city["zones"]["zone_id"].isin(now["zones"]["zone_id"])]


def _with_zones_of(city: City, before: City) -> City:
    zones = pd.concat([city["zones"], _only_before(before, city)], ignore_index=True)
    return replace(city, tables={**city.tables, "zones": zones})


def addresses_table(material: Material, speak: Speaker) -> Table:
    """Return every address by zone: what the plan says, zone by zone."""
    case = material.proposed
    city = case.city
    zones = names_by_id(city["zones"], "zone_id")
    words = zone_words(city, speak)
    units = city["units"].copy()
    names = names_by_id(units, "unit_id")
    scope = units["scope_text"].astype("object")
    units["address"] = [
        s if isinstance(s, str) and s else names[str(u)]
        for u, s in zip(units["unit_id"], scope, strict=True)
    ]
    members = case.plan[case.plan["category"] == ANY].merge(units[["unit_id", "address"]], on="unit_id")
    listed = members.sort_values(["zone_id", "address"]).groupby("zone_id")["address"].agg(list)
    own = dict(
        zip(city["zones"]["zone_id"].astype(str), city["zones"]["scope_text"].astype("object"), strict=True)
    )
    frame = pd.DataFrame(
        {
            "zone": [words[one] for one in sorted(zones)],
            "units": [len(listed.get(one, [])) for one in sorted(zones)],
            "addresses": [
                own[one] if isinstance(own[one], str) and own[one] else speak.joined(listed.get(one, []))
                for one in sorted(zones)
            ],
        }
    )
    columns = [
        Column(key="zone", title=label_of(city, speak), weight=1.5),
        Column(key="units", title=speak(say("planning units")), kind="integer", weight=0.5),
        Column(key="addresses", title=speak(say("addresses")), weight=5),
    ]
    return table_of(
        "A1", speak(say("Addresses by {zone}", zone=label_of(city, speak))), columns, frame, sorted(zones)
    )


def sources_table(material: Material, speak: Speaker) -> Table:
    """Return the files that the run was made from, with their hashes."""
    run = material.proposed.run
    head = run.city.project.project
    rows: list[tuple[str, str, str]] = [
        (speak(say("file")), str(name), str(sha)) for name, sha in sorted(run.city.hashes.items())
    ]
    rows += [(speak(say("who made the data")), str(one), "") for one in head.attribution]
    if material.forecast is not None:
        rows.append((speak(say("forecast")), material.forecast.file, material.forecast.sha256))
    rows.append((speak(say("as of")), str(head.date), ""))
    frame = pd.DataFrame(rows, columns=["what", "name", "sha"])
    columns = [
        Column(key="what", title=speak(say("what")), weight=1),
        Column(key="name", title=speak(say("source")), kind="code", weight=3),
        Column(key="sha", title=speak(say("SHA-256")), kind="code", weight=3),
    ]
    keys = [str(number) for number in range(1, len(frame) + 1)]
    return table_of("A2", speak(say("Data and their sources")), columns, frame, keys)


def assumptions_table(material: Material, speak: Speaker) -> Table:
    """Return everything that stands without a source: rules, project, scenarios, what was drawn from."""
    rows: list[tuple[str, str, str]] = [
        (speak(say("rules and project")), what, why)
        for what, why in assumptions_of(material.proposed.run, speak)
    ]
    for case in material.all_cases:
        if case.run.scenario is not None and case.run.scenario.assumed:
            title = speak.choose(case.run.scenario.title.model_dump())
            rows.append((speak(say("scenario")), title, speak(say("a trial: it has no source"))))
    rows += [
        (
            speak(say("standards")),
            speak.choose(part.title.model_dump()),
            speak.choose(part.reason.model_dump()) if part.reason else "",
        )
        for part in material.limits.assumed
    ]
    for ensemble in material.ensembles:
        rows += _uncertain(ensemble.uncertainty, speak)
    frame = pd.DataFrame(rows, columns=["of", "what", "why"])
    columns = [
        Column(key="of", title=speak(say("of what")), weight=1),
        Column(key="what", title=speak(say("what is assumed")), weight=2.5),
        Column(key="why", title=speak(say("why")), weight=3.5),
    ]
    keys = [str(number) for number in range(1, len(frame) + 1)]
    return table_of("A3", speak(say("What is assumed, and why")), columns, frame, keys)


def _uncertain(uncertainty: object, speak: Speaker) -> list[tuple[str, str, str]]:
    """Return the statements of what was drawn that stand without a source."""
    from simulate.ensemble.uncertainty import VARY_NAMES, Statement

    found = []
    for name in type(uncertainty).model_fields:  # type: ignore[attr-defined]
        one = getattr(uncertainty, name)
        if isinstance(one, Statement) and one.assumed:
            what = VARY_NAMES.get(name.replace("_", "-"))
            reason = speak.choose(one.reason.model_dump()) if one.reason else ""
            found.append((speak(say("what is drawn")), name if what is None else speak(what), reason))
    return found


def warnings_table(material: Material, speak: Speaker) -> Table:
    """Return what the runs say of themselves; internal, since small counts stand in it."""
    rows: list[str] = []
    for case in material.all_cases:
        for one in warnings_of(case.run, case.summary, done=True, speak=speak):
            text = speak(one)
            if text not in rows:
                rows.append(text)
    if material.proposed.held is not None:
        rows += [speak(note) for note in material.proposed.held.notes]
    frame = pd.DataFrame({"what": rows})
    columns = [Column(key="what", title=speak(say("what to know")))]
    keys = [str(number) for number in range(1, len(rows) + 1)]
    return table_of("A4", speak(say("What to know before using the figures")), columns, frame, keys)


def _method(material: Material, pen: Pen) -> Sequence[Block]:
    items = [
        say("Homes are given to zones by the plan: which unit belongs to which zone."),
        say("Each stage of the rules places children in its own order; what it does stands in the rules."),
        say("Ways are straight, over bridges where water lies between, or as a table of ways gives them."),
        say(
            "Seats are those planned: classes times class size, or as the project's table of seats gives "
            "them."
        ),
    ]
    if material.ensembles:
        items.append(say("Chances are shares of draws in which what is uncertain was drawn anew."))
    if pen.public:
        items.append(
            say(
                "Small counts of children are not told; others are kept back where a small one "
                "would follow "
                "from them, in all tables alike, before and after."
            )
        )
    return [pen.bullets(items)]


def _again(material: Material, pen: Pen) -> Sequence[Block]:
    words = ["xuequ dossier", *(case.run.name for case in material.cases)]
    words += [one.folder.name for one in material.ensembles]
    if material.before is not None:
        words += ["--base", material.before.run.name]
    words += ["--lang", pen.lang, "--public" if pen.public else "--internal"]
    return [
        pen.words(say("The same runs and the same version give the same tables, words and figures.")),
        Bullets(items=(pen.name(" ".join(words)),)),
    ]
