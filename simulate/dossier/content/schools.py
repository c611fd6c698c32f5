"""Part 3: the schools as they are (T1)."""

from __future__ import annotations

import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.cases import Case
from simulate.dossier.content.counts import Counts, counted, known_sums
from simulate.dossier.content.pen import Pen, known_columns, names_by_id, table_of, with_total
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Column, Missing, Part
from simulate.standards.grades import level_of, present_rolls
from zoning.pressure import seats_by_school

_BANDS = ("over_norm", "large", "very_large")
_KINDS = {
    "public": say("public"),
    "purchased-private": say("private with purchased seats"),
    "nine-year": say("nine-year school"),
}


def school_counts(material: Material, speak: Speaker) -> Counts:
    """Return T1."""
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
        seats = frame["school_id"].map(_seats_of_classes(case, material))
        frame["used"] = frame["pupils"] / seats.where(seats > 0)
        columns += _roll_columns(speak)
        sums += ["classes", "pupils", *_BANDS, "over_cap"]
    columns.append(Column(key="rooms", title=speak(say("rooms")), kind="integer"))
    columns = known_columns(columns, frame, "district", "kind", "rooms")
    # schools without a code of their own are called by their name: once will do
    if (frame["school_id"] == frame["name"]).all():
        columns = [one for one in columns if one.key != "school_id"]
    known = frame.copy()
    for name in sums:
        # a school of which nothing is known is in no sum, as in the tables of xuequ standards
        known[name] = pd.to_numeric(known[name]).astype("Float64").fillna(0)
    whole = with_total(frame, "name", speak(say("all")), sums)
    for name in sums:
        whole.loc[len(frame), name] = known[name].sum()
    if case.held is not None:
        both = frame["pupils"].notna() & (seats > 0)
        all_seats = float(seats[both].sum())
        whole.loc[len(frame), "used"] = (
            float(frame.loc[both, "pupils"].sum()) / all_seats if all_seats else None
        )
    table = table_of(
        "T1",
        speak(say("Schools")),
        columns,
        whole,
        [*frame["school_id"], "all"],
        totals=1,
        notes=_roll_notes(material, case, speak),
    )
    one = counted(table, follows={"mean_class": ("pupils",), "used": ("pupils",)})
    return Counts(tables=(one,), equations=tuple(known_sums(one, ["pupils"])))


def _seats_of_classes(case: Case, material: Material) -> pd.Series:
    """Return the seats of the classes that each school has, at the standard size of each grade's level."""
    grades = present_rolls(case.city).grades
    norm = pd.Series(level_of(grades["grade"]), index=grades.index).map(material.limits.class_norm)
    return (grades["classes"] * norm).groupby(grades["school_id"]).sum(min_count=1)


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
        blocks.append(pen.tables["T1a"])
    return Part(number=3, title=pen.speak(say("The schools as they are")), blocks=tuple(blocks))


def _roll_columns(speak: Speaker) -> list[Column]:
    return [
        Column(key="classes", title=speak(say("classes")), kind="integer"),
        Column(key="pupils", title=speak(say("pupils")), kind="integer", children=True),
        Column(key="mean_class", title=speak(say("pupils a class")), kind="decimal"),
        Column(key="used", title=speak(say("used")), kind="share"),
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
        ),
        speak(say("Used: pupils over the classes that there are, at the standard size of a class.")),
    ]
