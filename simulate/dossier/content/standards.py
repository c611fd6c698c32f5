"""Tables by the standards: pupils and classes by grade (T1a), how much the seven items vary (T4d)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.cases import Case
from simulate.dossier.content.counts import Counts, counted, known_sums, true_ones
from simulate.dossier.content.pen import names_by_id, table_of, with_total
from simulate.dossier.material import Material
from simulate.dossier.model import Column, Table
from simulate.dossier.suppressing import Counted, Equation, sum_of
from simulate.standards.grades import present_rolls
from simulate.standards.values import ITEMS

_MOST_WITH_CLASSES = 6
"""Of more grades the classes do not find room beside the pupils."""


def grade_counts(material: Material, speak: Speaker) -> Counts:
    """Return T1a: pupils and classes of each school by grade; nothing without a roll."""
    case = material.before or material.proposed
    if case.held is None:
        return Counts()
    grades = present_rolls(case.city).grades
    numbers = sorted({int(one) for one in grades["grade"]})
    wide = grades.pivot(index="school_id", columns="grade", values=["pupils", "classes"])
    names = names_by_id(case.city["schools"], "school_id")
    ids = [str(one) for one in sorted(wide.index)]
    frame = pd.DataFrame({"name": [names.get(one, one) for one in ids]})
    for grade in numbers:
        for what in ("pupils", "classes"):
            frame[f"{what}_{grade}"] = wide[what, grade].reindex(ids).to_numpy()
    pupils = [f"pupils_{grade}" for grade in numbers]
    frame["pupils"] = frame[pupils].sum(axis=1, min_count=1)
    shown = ["pupils", "classes"] if len(numbers) <= _MOST_WITH_CLASSES else ["pupils"]
    sums = [*(f"{what}_{grade}" for grade in numbers for what in shown), "pupils"]
    whole = with_total(frame, "name", speak(say("all")), sums)
    for name in sums:
        # a school without a grade is in no sum of it
        whole.loc[len(frame), name] = frame[name].sum()
    table = table_of(
        "T1a",
        speak(say("Pupils and classes by grade")),
        _grade_columns(numbers, shown, speak),
        whole,
        [*ids, "all"],
        totals=1,
        notes=[speak(say("Roll of {year}.", year=case.held.year))],
    )
    one = counted(table)
    # the pupils of a school and of all stand in T1 too, where the rolls of all are known
    beside = [sum_of(f"T1|{key}|pupils", [one.names[key, "pupils"]]) for key in (*ids, "all")]
    return Counts(
        tables=(one,),
        equations=(*_sums_of_known(one, pupils), *beside),
    )


def _sums_of_known(one: Counted, pupils: list[str]) -> list[Equation]:
    """Return that grades and schools add up; a school without a grade is in no sum of it."""
    of_schools = [
        sum_of(
            one.names[key, "pupils"], [one.names[key, name] for name in pupils if (key, name) in one.names]
        )
        for key in one.table.keys
        if (key, "pupils") in one.names
    ]
    return true_ones([*known_sums(one, [*pupils, "pupils"]), *of_schools], (one,))


def _grade_columns(numbers: list[int], shown: list[str], speak: Speaker) -> list[Column]:
    titles = {"pupils": speak(say("pupils")), "classes": speak(say("classes"))}
    columns = [Column(key="name", title=speak(say("school")), weight=2.2)]
    columns += [
        Column(
            key=f"{what}_{grade}",
            title=titles[what],
            kind="integer",
            children=what == "pupils",
            group=speak(say("grade {grade}", grade=grade)),
            weight=0.7,
        )
        for grade in numbers
        for what in shown
    ]
    return [*columns, Column(key="pupils", title=speak(say("all pupils")), kind="integer", children=True)]


def variation_table(material: Material, speak: Speaker) -> Table | None:
    """Return T4d: the coefficient of variation of each of the seven items in each district, by scenario.

    None where no run has a roll and indicators. The figures are those of `xuequ standards`: before is the
    roll as it is, each scenario the year after its admission.
    """
    known = {case.key: own for case in material.all_cases if len(own := _variations(case))}
    if not known:
        return None
    first = known[next(iter(known))]
    now = _present(material)
    rows = sorted(set().union(*(set(own.index) for own in known.values())), key=_order)
    districts: dict[str, str] = {}
    for case in material.all_cases:
        districts |= names_by_id(case.city["districts"], "district_id")
    level = material.proposed.city.project.project.level
    index = pd.MultiIndex.from_tuples(rows)
    frame = pd.DataFrame(
        {
            "district": [districts.get(district, district) for district, _ in rows],
            "item": [speak.choose(material.limits.title(item, level).model_dump()) for _, item in rows],
            "bound": first["bound"].reindex(index).to_numpy(),
            "present": np.nan if now is None else now["cv"].reindex(index).to_numpy(),
            **{key: own["cv"].reindex(index).to_numpy() for key, own in known.items()},
        }
    )
    return table_of(
        "T4d",
        speak(say("The seven items of balanced development: how much schools differ")),
        _variation_columns(material, known, speak),
        frame,
        [f"{district}|{item}" for district, item in rows],
        notes=[
            speak(
                say(
                    "Coefficient of variation within a district; it is to be at most the bound. Present: "
                    "the roll as it is; each scenario: the year after its admission."
                )
            )
        ],
    )


def _variation_columns(material: Material, known: dict[str, pd.DataFrame], speak: Speaker) -> list[Column]:
    from simulate.dossier.content.scenarios import case_title

    group = speak(say("coefficient of variation"))
    titles = {case.key: case_title(case, speak) for case in material.all_cases}
    return [
        Column(key="district", title=speak(say("district")), weight=1.2),
        Column(key="item", title=speak(say("indicator")), weight=3),
        Column(key="bound", title=speak(say("bound")), kind="decimal", decimals=2, weight=0.8),
        Column(key="present", title=speak(say("present")), kind="decimal", decimals=3, group=group),
        *(Column(key=key, title=titles[key], kind="decimal", decimals=3, group=group) for key in known),
    ]


def _present(material: Material) -> pd.DataFrame | None:
    held = (material.before or material.proposed).held
    return None if held is None else _by_item(held.items, "before", material.proposed)


def _variations(case: Case) -> pd.DataFrame:
    """Return the variations of the year after a run's admission by district and item; none without them."""
    if case.held is None or not case.held.follows:
        return pd.DataFrame()
    return _by_item(case.held.items, "after", case)


def _by_item(items: pd.DataFrame, when: str, case: Case) -> pd.DataFrame:
    own = items[(items["when"] == when) & (items["level"] == case.city.project.project.level)]
    return own[own["cv"].notna()].set_index(["district_id", "item"])[["cv", "bound"]]


def _order(row: tuple[str, str]) -> tuple[str, int]:
    return row[0], list(ITEMS).index(row[1])
