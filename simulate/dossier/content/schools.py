"""Part 3, the schools as they are (T1), and part 8, before and after (T6, T6a)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.content.counts import Counts, counted, joined
from simulate.dossier.content.pen import Pen, label_of, names_by_id, table_of, with_total
from simulate.dossier.material import Case, Material
from simulate.dossier.model import Block, Column, Heading, Missing, Part, Table
from simulate.dossier.suppressing import Counted, Equation, sum_of
from simulate.summary import household_categories
from zoning.maps.colours import colour_keys
from zoning.pressure import seats_by_school

_BANDS = ("over_norm", "large", "very_large")
_KINDS = {
    "public": say("public"),
    "purchased-private": say("private with purchased seats"),
    "nine-year": say("nine-year school"),
}


def school_counts(material: Material, speak: Speaker) -> Counts:
    """Return T1, T6 and T6a."""
    return joined([_present(material, speak), _schools(material, speak), _zones(material, speak)])


def present_part(material: Material, pen: Pen) -> Part:
    """Return the part on the schools as they are."""
    case = material.before or material.proposed
    blocks: list[Block] = [
        pen.words(
            say(
                "The schools have {seats} seats for entrants in {year}.",
                seats=pen.cite("T1", "all", "seats"),
                year=pen.name(case.city.project.project.year),
            )
        ),
        pen.tables["T1"],
    ]
    if case.held is None:
        blocks.append(
            Missing(
                what=pen.speak(say("Pupils and classes of the schools by grade.")),
                how=pen.speak(say("Add the table rolls (school_id, grade, year, pupils, classes).")),
            )
        )
    else:
        blocks.insert(
            1,
            pen.words(
                say(
                    "Classes over the standard: {over}; large classes: {large}; very large ones: {very}. "
                    "Schools larger than the standard: {schools}.",
                    over=pen.cite("T1", "all", "over_norm"),
                    large=pen.cite("T1", "all", "large"),
                    very=pen.cite("T1", "all", "very_large"),
                    schools=pen.cite("T1", "all", "over_cap"),
                )
            ),
        )
    return Part(number=3, title=pen.speak(say("The schools as they are")), blocks=tuple(blocks))


def changed_part(material: Material, pen: Pen) -> Part:
    """Return the part on schools and zones before and after."""
    blocks: list[Block] = [pen.tables["T6"]]
    if material.before is None:
        blocks.append(no_base(pen))
    zone = label_of(material.proposed.city, pen.speak)
    blocks += [Heading(text=pen.speak(say("By {zone}", zone=zone))), pen.tables["T6a"]]
    return Part(number=8, title=pen.speak(say("Schools before and after")), blocks=tuple(blocks))


def no_base(pen: Pen) -> Missing:
    """Return what is missing where no run of the plan in force was given."""
    return Missing(
        what=pen.speak(say("The plan in force, to compare with.")),
        how=pen.speak(say("Run the project as it stands, and name that run with --base.")),
    )


def placed_name(case: str, school: str) -> str:
    """Return the name of the count of children placed at a school."""
    return f"placed|{case}|school|{school}"


def demand_name(case: str, zone: str) -> str:
    """Return the name of the count of children of a zone."""
    return f"children|{case}|zone|{zone}"


def _present(material: Material, speak: Speaker) -> Counts:
    case = material.before or material.proposed
    city = case.city
    schools = city["schools"]
    districts = names_by_id(city["districts"], "district_id")
    frame = pd.DataFrame(
        {
            "school_id": schools["school_id"].astype(str),
            "name": schools["school_id"].astype(str).map(names_by_id(schools, "school_id")),
            "district": schools["district_id"].astype(str).map(districts),
            "kind": [speak(_KINDS[kind]) if kind in _KINDS else None for kind in schools["kind"]],
            "seats": seats_by_school(city).to_numpy(),
            "rooms": schools["rooms"],
        }
    )
    columns = [
        Column(key="school_id", title=speak(say("code")), kind="code"),
        Column(key="name", title=speak(say("school")), weight=2.2),
        Column(key="district", title=speak(say("district"))),
        Column(key="kind", title=speak(say("kind"))),
        Column(key="seats", title=speak(say("seats for entrants")), kind="integer"),
    ]
    sums = ["seats"]
    if case.held is not None:
        lines = case.held.schools
        own = lines[lines["when"] == "before"].set_index("school_id")
        for name in ("pupils", "classes", "mean_class", *_BANDS):
            frame[name] = frame["school_id"].map(own[name])
        frame["over_cap"] = frame["school_id"].map(own["over_cap"]).astype("Int64")
        columns += _roll_columns(speak)
        sums += ["classes", "pupils", *_BANDS, "over_cap"]
    columns.append(Column(key="rooms", title=speak(say("rooms")), kind="integer"))
    known = frame.copy()
    for name in sums:
        # a school of which nothing is known is in no sum, as in the tables of xuequ standards
        known[name] = pd.to_numeric(known[name]).astype("Float64").fillna(0)
    whole = with_total(frame, "name", speak(say("all")), sums)
    for name in sums:
        whole.loc[len(frame), name] = known[name].sum()
    table = table_of(
        "T1",
        speak(say("Schools")),
        columns,
        whole,
        [*frame["school_id"], "all"],
        totals=1,
        notes=_roll_notes(material, case, speak),
    )
    one = counted(table, follows={"mean_class": ("pupils",)})
    return Counts(tables=(one,), equations=tuple(_known_sums(one)))


def _known_sums(one: Counted) -> list[Equation]:
    """Return the sum of the pupils of the schools that are known."""
    *rows, total = one.table.keys
    if (total, "pupils") not in one.names:
        return []
    return [
        sum_of(
            one.names[total, "pupils"], [one.names[r, "pupils"] for r in rows if (r, "pupils") in one.names]
        )
    ]


def _roll_columns(speak: Speaker) -> list[Column]:
    return [
        Column(key="classes", title=speak(say("classes")), kind="integer"),
        Column(key="pupils", title=speak(say("pupils")), kind="integer", children=True),
        Column(key="mean_class", title=speak(say("pupils a class")), kind="decimal"),
        Column(key="over_norm", title=speak(say("classes over the standard")), kind="integer"),
        Column(key="large", title=speak(say("large classes")), kind="integer"),
        Column(key="very_large", title=speak(say("very large classes")), kind="integer"),
        Column(key="over_cap", title=speak(say("larger than the standard")), kind="integer"),
    ]


def _roll_notes(material: Material, case: Case, speak: Speaker) -> list[str]:
    if case.held is None:
        return []
    limits, level = material.limits, case.city.project.project.level
    return [
        speak(
            say(
                "Roll of {year}. Standard of a class: {norm}; large from {large}, very large from {very}; "
                "of a school: {size} pupils, {nine} where it has nine years.",
                year=case.held.year,
                norm=limits.class_norm[level],
                large=limits.large_class,
                very=limits.very_large_class,
                size=f"{limits.school_size:,}",
                nine=f"{limits.school_size_nine_year:,}",
            )
        )
    ]


def _sides(material: Material) -> list[tuple[str, Case]]:
    after = [("after", material.proposed)]
    return after if material.before is None else [("before", material.before), *after]


def _schools(material: Material, speak: Speaker) -> Counts:
    sides = _sides(material)
    names: dict[str, str] = {}
    district: dict[str, str] = {}
    for _, case in sides:
        table = case.city["schools"]
        names |= names_by_id(table, "school_id")
        of = names_by_id(case.city["districts"], "district_id")
        district |= dict(
            zip(table["school_id"].astype(str), table["district_id"].astype(str).map(of), strict=True)
        )
    ids = sorted(names)
    frame = pd.DataFrame(
        {"school_id": ids, "name": [names[i] for i in ids], "district": [district[i] for i in ids]}
    )
    columns = [
        Column(key="name", title=speak(say("school")), weight=2.2),
        Column(key="district", title=speak(say("district"))),
    ]
    sums: list[str] = []
    for when, case in sides:
        frame = frame.join(_seated(case).add_suffix(f"_{when}"), on="school_id")
        columns += _seated_columns(when, speak)
        sums += [f"{name}_{when}" for name in ("seats", "placed", "household", "others", "left")]
    whole = with_total(frame, "name", speak(say("all")), sums)
    for when, _ in sides:
        last = len(frame)
        for name in ("seats", "placed", "household", "others", "left"):
            whole.loc[last, f"{name}_{when}"] = pd.to_numeric(frame[f"{name}_{when}"]).sum()
        seats = float(whole.loc[last, f"seats_{when}"])
        whole.loc[last, f"used_{when}"] = (
            float(whole.loc[last, f"placed_{when}"]) / seats if seats else np.nan
        )
    table = table_of(
        "T6",
        speak(say("Schools before and after")),
        columns,
        whole,
        [*ids, "all"],
        totals=1,
        notes=[
            speak(
                say(
                    "Placed: after all stages of the run, those above the intake too. Household: children "
                    "of the categories that have a right to a place. Free: seats that nobody took."
                )
            )
        ],
    )
    named = {
        (key, f"placed_{when}"): placed_name(case.key, key) for key in (*ids, "all") for when, case in sides
    }
    follows = {f"{name}_{when}": (f"placed_{when}",) for name in ("used", "left") for when, _ in sides}
    one = counted(table, named=named, follows=follows)
    equations: list[Equation] = []
    for when, _ in sides:
        parts = [f"household_{when}", f"others_{when}"]
        equations += [
            sum_of(one.names[row, f"placed_{when}"], [one.names[row, part] for part in parts])
            for row in table.keys
            if (row, f"placed_{when}") in one.names
        ]
        for name in (f"placed_{when}", *parts):
            own = [one.names[row, name] for row in ids if (row, name) in one.names]
            equations.append(sum_of(one.names["all", name], own))
    return Counts(
        tables=(one,),
        equations=tuple(equations),
        together=_both(one, sides, ("placed", "household", "others")),
    )


def _both(
    one: Counted, sides: list[tuple[str, Case]], names: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """Return the names of the same cell on both sides."""
    if len(sides) < 2:
        return ()
    return tuple(
        (one.names[row, f"{name}_before"], one.names[row, f"{name}_after"])
        for row in one.table.keys
        for name in names
        if (row, f"{name}_before") in one.names and (row, f"{name}_after") in one.names
    )


def _seated(case: Case) -> pd.DataFrame:
    """Return seats, placed, household, others, used, left by school."""
    table = case.summary.schools.set_index("school_id")
    there = case.placements[case.placements["outcome"] == "placed"]
    household = there[there["category"].isin(household_categories(case.run.policy))]
    placed = table["given"] + table["over"]
    own = household.groupby("school_id").size().reindex(table.index, fill_value=0)
    return pd.DataFrame(
        {
            "seats": table["seats"],
            "placed": placed,
            "household": own,
            "others": placed - own,
            "used": placed / table["seats"].where(table["seats"] > 0),
            "left": table["left"],
        }
    )


def _seated_columns(when: str, speak: Speaker) -> list[Column]:
    group = speak(say("before") if when == "before" else say("after"))

    def column(key: str, title: str, kind: str = "integer", *, children: bool = False) -> Column:
        return Column(key=f"{key}_{when}", title=title, kind=kind, children=children, group=group)  # type: ignore[arg-type]

    return [
        column("seats", speak(say("seats"))),
        column("placed", speak(say("placed")), children=True),
        column("household", speak(say("of household")), children=True),
        column("others", speak(say("others")), children=True),
        column("used", speak(say("used")), "share"),
        column("left", speak(say("free"))),
    ]


def _zones(material: Material, speak: Speaker) -> Counts:
    sides = _sides(material)
    names: dict[str, str] = {}
    for _, case in sides:
        names |= names_by_id(case.city["zones"], "zone_id")
    ids = sorted(names)
    label = label_of(material.proposed.city, speak)
    frame = pd.DataFrame({"zone_id": ids, "name": [names[i] for i in ids]})
    columns = [Column(key="name", title=label, weight=2.0)]
    meanings = {key.colour: speak(key.meaning) for key in colour_keys()}
    for when, case in sides:
        zones = case.summary.zones.set_index("zone_id")[
            ["children", "household", "seats", "ratio", "colour"]
        ]
        zones = zones.assign(warning=zones["colour"].map(meanings)).drop(columns="colour")
        frame = frame.join(zones.add_suffix(f"_{when}"), on="zone_id")
        columns += _zone_columns(when, speak)
    table = table_of(
        "T6a",
        speak(say("Demand and seats by {zone}", zone=label)),
        columns,
        frame,
        ids,
        notes=[
            speak(
                say(
                    "Children who live there; a school's seats are shared by its zones in proportion to "
                    "their children. Used: children over seats."
                )
            )
        ],
    )
    named = {
        (zone, f"children_{when}"): demand_name(case.key, zone) for zone in ids for when, case in sides
    }
    follows = {f"{name}_{when}": (f"children_{when}",) for name in ("ratio", "seats") for when, _ in sides}
    one = counted(table, named=named, follows=follows)
    unpublished, equations = _rest_of_zones(one, sides, ids)
    return Counts(
        tables=(one,),
        equations=tuple(equations),
        together=_both(one, sides, ("children", "household")),
        unpublished=unpublished,
    )


def _rest_of_zones(
    one: Counted, sides: list[tuple[str, Case]], ids: list[str]
) -> tuple[dict[str, int], list[Equation]]:
    """Return the children of a zone who are not of household: they follow from the two counts told."""
    found: dict[str, int] = {}
    equations = []
    for when, _ in sides:
        for zone in ids:
            total, own = (
                one.names.get((zone, f"children_{when}")),
                one.names.get((zone, f"household_{when}")),
            )
            if total is None or own is None:
                continue
            rest = f"rest|{when}|{zone}"
            found[rest] = int(one.table.value(zone, f"children_{when}") or 0) - int(
                one.table.value(zone, f"household_{when}") or 0
            )
            equations.append(sum_of(total, [own, rest]))
    return found, equations


def _zone_columns(when: str, speak: Speaker) -> list[Column]:
    group = speak(say("before") if when == "before" else say("after"))
    return [
        Column(
            key=f"children_{when}", title=speak(say("children")), kind="integer", children=True, group=group
        ),
        Column(
            key=f"household_{when}",
            title=speak(say("of household")),
            kind="integer",
            children=True,
            group=group,
        ),
        Column(key=f"seats_{when}", title=speak(say("seats")), kind="decimal", group=group),
        Column(key=f"ratio_{when}", title=speak(say("used")), kind="share", group=group),
        Column(key=f"warning_{when}", title=speak(say("warning")), weight=1.6, group=group),
    ]


def school_table_of(table: Table) -> pd.DataFrame:
    """Return T6 as the plots and maps take it: what is not told in public is not known to them either."""
    rows = []
    for key in table.keys[: len(table.keys) - table.totals]:
        row: dict[str, object] = {"school_id": key, "name": table.value(key, "name")}
        for column, name in (
            ("seats_after", "seats"),
            ("placed_after", "placed"),
            ("placed_before", "before"),
        ):
            if any(one.key == column for one in table.columns):
                value = table.value(key, column)
                row[name] = np.nan if value is None or isinstance(value, str) else float(value)
        rows.append(row)
    return pd.DataFrame(rows)
