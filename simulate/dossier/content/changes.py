"""Part 7, the list of changes (T5): every moved address with its reason."""

from __future__ import annotations

import pandas as pd

from geodata import City
from geodata.messages import Speaker, say
from geodata.schema import ENTRY_GRADE
from simulate.dossier.content.counts import Counts, column_sums, counted, demand_name, true_ones
from simulate.dossier.content.pen import Pen, known_columns, label_of, names_by_id, no_base, table_of
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Column, Part
from simulate.dossier.suppressing import Counted, Equation
from simulate.report.words import category_titles

_REASONS = {
    "new-school": say("a new school opens"),
    "nearer": say("the new school is nearer"),
    "merger": say("zones are merged"),
    "closure": say("a school closes"),
    "balance": say("to even out the seats"),
}


def change_counts(material: Material, speak: Speaker) -> Counts:
    """Return T5; nothing without a base."""
    if material.before is None or material.before.board is None:
        return Counts()
    moves = material.moves
    frame = _lines(material, speak)
    table = table_of(
        "T5",
        speak(say("Addresses that change their zone")),
        _columns(material, frame, speak),
        _with_sum(frame, moves, speak),
        [*(f"{u}|{c}" for u, c in zip(moves["unit_id"], moves["category"], strict=True)), "all"],
        totals=1,
        notes=_notes(material, speak),
    )
    one = counted(table, named={("all", "children"): "T4a|proposed|children_moved"})
    return Counts(tables=(one,), equations=tuple(column_sums(one, ["children"])))


def balance_of_zones(material: Material, tables: tuple[Counted, ...]) -> list[Equation]:
    """Return that a zone's children after are those before, and who came, without who left."""
    if material.before is None:
        return []
    moves = material.moves
    ids = set(material.before.city["zones"]["zone_id"]) | set(material.proposed.city["zones"]["zone_id"])
    found = []
    for zone in sorted(ids):
        came = moves[moves["to_zone"] == zone]
        left = moves[moves["from_zone"] == zone]
        old, new = demand_name("before", zone), demand_name("proposed", zone)
        terms = [(new, 1), (old, -1)]
        terms += [
            (f"T5|{u}|{c}|children", -1) for u, c in zip(came["unit_id"], came["category"], strict=True)
        ]
        terms += [
            (f"T5|{u}|{c}|children", 1) for u, c in zip(left["unit_id"], left["category"], strict=True)
        ]
        found.append(Equation(terms=tuple(terms)))
        # a zone of only one of the two plans has no children in the other
        found += [Equation(terms=tuple(t for t in terms if t[0] != gone)) for gone in (old, new)]
    return true_ones(found, tables)


def change_part(material: Material, pen: Pen) -> Part:
    """Return the part on the changes."""
    title = pen.speak(say("List of changes"))
    if "T5" not in pen.tables:
        return Part(number=7, title=title, blocks=(no_base(pen),))
    blocks: list[Block] = []
    if not len(material.moves):
        blocks.append(pen.words(say("No address changes its zone.")))
        return Part(number=7, title=title, blocks=tuple(blocks))
    blocks.append(
        pen.words(
            say(
                "{units} addresses change their zone, with {children} children of this entry.",
                units=pen.cite("T4a", "proposed", "units_moved"),
                children=pen.cite("T4a", "proposed", "children_moved"),
            )
        )
    )
    if material.faults:
        names = names_by_id(material.proposed.city["units"], "unit_id")
        listed = pen.speak.joined(pen.name(names.get(one, one)) for one in material.faults)
        blocks.append(
            pen.words(
                say(
                    "Fault of this dossier: these addresses are moved without a reason: {units}. "
                    "Every moved "
                    "address needs one: give reason_code in the plan, or reason in the scenario.",
                    units=listed,
                ),
                "warning",
            )
        )
    blocks.append(pen.tables["T5"])
    return Part(number=7, title=title, blocks=tuple(blocks))


def _columns(material: Material, lines: pd.DataFrame, speak: Speaker) -> list[Column]:
    walk = speak(say("way to school, km"))
    group = speak(say("zone and its schools"))
    columns = [
        Column(key="unit", title=speak(say("code of the unit")), kind="code", weight=1.2),
        Column(key="address", title=speak(say("address")), weight=2),
        Column(key="community", title=speak(say("community")), kind="code"),
        Column(key="category", title=speak(say("for whom"))),
        Column(key="from", title=speak(say("moved from")), weight=1.8, group=group),
        Column(key="to", title=speak(say("moved to")), weight=1.8, group=group),
        Column(key="before_m", title=speak(say("before")), kind="metres", group=walk),
        Column(key="after_m", title=speak(say("after")), kind="metres", group=walk),
        Column(key="children", title=speak(say("children")), kind="integer", children=True),
        Column(key="grades", title=speak(say("grades affected"))),
        Column(key="reason", title=speak(say("reason")), weight=1.4),
        Column(key="transition", title=speak(say("transition")), weight=1.4),
    ]
    if not (material.moves["category"] != "").any():
        columns = [one for one in columns if one.key != "category"]
    columns = known_columns(columns, lines, "community")
    # units without a name or a text of their scope are called by their id: once will do
    alike = (lines["unit"] == lines["address"]).all()
    return [one for one in columns if one.key != "unit"] if alike else columns


def _lines(material: Material, speak: Speaker) -> pd.DataFrame:
    moves, before, after = material.moves, material.before, material.proposed
    assert before is not None
    units = after.city["units"].set_index("unit_id").reindex(moves["unit_id"])
    names = pd.Series(names_by_id(after.city["units"], "unit_id")).reindex(moves["unit_id"])
    scope = units["scope_text"].astype("object").to_numpy()
    titles = category_titles(after.run.policy, speak)
    level = after.city.project.project.level
    old, new = zone_words(before.city, speak), zone_words(after.city, speak)
    none = speak(say("no zone"))
    missing = speak(say("MISSING"))
    return pd.DataFrame(
        {
            "unit": moves["unit_id"],
            "address": [s if isinstance(s, str) and s else n for s, n in zip(scope, names, strict=True)],
            "community": units["community_id"].astype("object").to_numpy(),
            "category": [
                titles.get(one, one) if one else speak(say("all children")) for one in moves["category"]
            ],
            "from": moves["from_zone"].map(old).fillna(none),
            "to": moves["to_zone"].map(new).fillna(none),
            "before_m": moves["before_m"],
            "after_m": moves["after_m"],
            "children": moves["children"],
            "grades": speak(
                say(
                    "grade {grade}, from {year}",
                    grade=ENTRY_GRADE[level],
                    year=after.city.project.project.year,
                )
            ),
            "reason": [
                missing if pd.isna(one) else speak(_REASONS[one]) if one in _REASONS else str(one)
                for one in moves["reason_code"]
            ],
            "transition": [
                _transition(day, rule, speak)
                for day, rule in zip(moves["settled_before"], moves["keep_or_choose"], strict=True)
            ],
        }
    )


def _with_sum(frame: pd.DataFrame, moves: pd.DataFrame, speak: Speaker) -> pd.DataFrame:
    last = {"address": speak(say("all")), "children": int(moves["children"].sum())}
    return pd.concat(
        [frame.astype(object), pd.DataFrame([last]).reindex(columns=frame.columns).astype(object)]
    )


def _transition(day: object, rule: object, speak: Speaker) -> str:
    if pd.isna(day) and pd.isna(rule):
        return speak(say("none stated"))
    if pd.isna(day):
        if rule == "keep":
            return speak(say("all who live there: keep the old zone"))
        return speak(say("all who live there: may choose"))
    on = str(pd.Timestamp(str(day)).date())
    if pd.isna(rule):
        return speak(say("settled before {day}: not stated what holds", day=on))
    if rule == "keep":
        return speak(say("settled before {day}: keep the old zone", day=on))
    return speak(say("settled before {day}: may choose", day=on))


def zone_words(city: City, speak: Speaker) -> dict[str, str]:
    """Return the name of each zone with those of its schools, once where the two are alike."""
    schools = names_by_id(city["schools"], "school_id")
    serves = city["serves"].assign(name=city["serves"]["school_id"].map(schools))
    served = serves.groupby("zone_id")["name"].agg(lambda own: speak.joined(sorted(own.astype(str))))
    return {
        zone: speak(say("{zone} ({schools})", zone=name, schools=served[zone]))
        if zone in served and served[zone] != name
        else name
        for zone, name in names_by_id(city["zones"], "zone_id").items()
    }


def _notes(material: Material, speak: Speaker) -> list[str]:
    label = label_of(material.proposed.city, speak)
    return [
        speak(
            say(
                "Ways: from the unit to the nearest school of its {zone}. Only entrants are placed by the "
                "new plan; whether siblings and pupils in school may stay is for the bureau to say.",
                zone=label,
            )
        )
    ]
