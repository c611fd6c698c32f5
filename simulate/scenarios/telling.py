"""A scenario in words: what it changes, why, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from geodata.messages import Speaker, Text, say
from geodata.project import Names
from geodata.schema import OPEN_POOL
from simulate.policy_tools import words as policy_words
from simulate.scenarios import kinds, rules
from simulate.scenarios.kinds import Change, Rule
from simulate.scenarios.reading import Scenario

_MOST_LISTED = 12

RULES: Mapping[str, Text] = {
    "most-short": say("the school of the zone with most children over its seats"),
    "most-short-and-neighbour": say(
        "the zone with most children over its seats and the nearest one with seats to spare"
    ),
    "shortens-most": say(
        "the unit, in the zone with most children over its seats, where a school shortens ways most"
    ),
    "nearest": say(
        "units nearer to it than to their own school, the nearest first, until its seats are filled"
    ),
}


def told(scenario: Scenario, speak: Speaker, changes: Sequence[Change] | None = None) -> list[str]:
    """Return what a scenario changes, a line each, with its reason or source.

    Parameters
    ----------
    scenario : Scenario
    speak : Speaker
    changes : sequence of Change, optional
        The changes as applied to a project (`Applied.changes`): with the ids that rules chose.
    """
    head = scenario.head
    lines = [f"{_names(head.title, speak)} ({head.id})", *_origin(head.source, head.reason, speak)]
    if head.note is not None:
        lines.append(speak(say("note: {note}", note=_names(head.note, speak))))
    if not scenario.changes:
        lines.append(speak(say("It changes nothing.")))
    for number, change in enumerate(scenario.changes if changes is None else changes, start=1):
        lines.append(f"{number}. {speak(words_of(change, speak))}")
        lines += [f"   {line}" for line in _origin(change.source, change.reason, speak)]
    return lines


def words_of(change: Change, speak: Speaker) -> Text:
    """Return what one change does, in a sentence."""
    return _WORDS[type(change)](change, speak)


def _origin(source: str | None, reason: Names | None, speak: Speaker) -> list[str]:
    if source is not None:
        return [speak(say("Source: {source}", source=source))]
    return [] if reason is None else [speak(say("Assumed: {reason}", reason=_names(reason, speak)))]


def _names(names: Names, speak: Speaker) -> str:
    return speak.choose(names.model_dump())


def _list(names: Sequence[str] | Rule, speak: Speaker) -> Text | str:
    if isinstance(names, Rule):
        return _chosen(names, speak)
    shown = speak(say(", ")).join(names[:_MOST_LISTED])
    more = len(names) - _MOST_LISTED
    return shown if more <= 0 else say("{names} and {n} more", names=shown, n=more)


def _chosen(what: str | Rule, speak: Speaker) -> Text | str:
    if isinstance(what, str):
        return what
    rule = RULES[what.rule]
    if what.districts is None:
        return rule
    return say("{rule} (in {districts})", rule=rule, districts=speak(say(", ")).join(what.districts))


def _since(change: kinds.Yearly, text: Text) -> Text:
    return text if change.from_ is None else say("{what}, from {year}", what=text, year=change.from_)


def _whom(category: str | None, text: Text) -> Text:
    return text if category is None else say("{what}, for {category} alone", what=text, category=category)


def _plan(change: kinds.Plan, _: Speaker) -> Text:
    return say("another plan: {file}", file=change.file)


def _move(change: kinds.Move, speak: Speaker) -> Text:
    n = len(change.units)
    text = say("{n} units move to {zone}: {units}", n=n, zone=change.zone, units=_list(change.units, speak))
    return _since(change, _whom(change.category, text))


def _new_zone(change: kinds.NewZone, speak: Speaker) -> Text:
    text = say(
        "a new zone {zone}, served by {schools}, of {n} units: {units}",
        zone=_named(change.id, change.name),
        schools=_list(change.schools, speak),
        n=len(change.units),
        units=_list(change.units, speak),
    )
    return _since(change, _whom(change.category, text))


def _merge_zones(change: kinds.MergeZones, speak: Speaker) -> Text:
    zones = _list(change.zones, speak)
    if change.into is None:
        return say("zones become one, served by the schools of all: {zones}", zones=zones)
    return say("zones become {into}, served by the schools of all: {zones}", into=change.into, zones=zones)


def _amount(change: kinds.Classes | kinds.Seats, words: Mapping[str, Text]) -> Text:
    which = "to" if change.by is None else "more" if change.by >= 0 else "fewer"
    text = words[which]
    if change.pool != OPEN_POOL:
        text = say("{what}, in the pool {pool}", what=text, pool=change.pool)
    return _since(change, text)


def _number(change: kinds.Classes | kinds.Seats) -> int:
    return abs((change.by if change.by is not None else change.to) or 0)


def _classes(change: kinds.Classes, speak: Speaker) -> Text:
    school, n = _chosen(change.school, speak), _number(change)
    words = {
        "more": say("{n} classes more at {school}", n=n, school=school),
        "fewer": say("{n} classes fewer at {school}", n=n, school=school),
        "to": say("{n} classes at {school}", n=n, school=school),
    }
    return _amount(change, words)


def _seats(change: kinds.Seats, speak: Speaker) -> Text:
    school, n = _chosen(change.school, speak), _number(change)
    words = {
        "more": say("{n} seats more at {school}", n=n, school=school),
        "fewer": say("{n} seats fewer at {school}", n=n, school=school),
        "to": say("{n} seats at {school}", n=n, school=school),
    }
    return _amount(change, words)


def _open_school(change: kinds.OpenSchool, speak: Speaker) -> Text:
    text = say(
        "a new school {school} opens in {year}, {site}: {classes} classes of {size}",
        school=_named(change.id, change.name),
        year=change.opens,
        site=_site(change.site, speak),
        classes=change.classes,
        size=change.class_size,
    )
    if change.serves:
        text = say("{what}; it serves {zones}", what=text, zones=_list(change.serves, speak))
    zone = change.zone
    if zone is not None:
        named, units = _named(zone.id, zone.name), _list(zone.units, speak)
        text = say("{what}; its zone {zone} is made of {units}", what=text, zone=named, units=units)
        text = _whom(zone.category, text)
    return text


def _site(site: kinds.Site | Rule, speak: Speaker) -> Text:
    if isinstance(site, Rule):
        return say("in {unit}", unit=_chosen(site, speak))
    if site.unit is not None:
        return say("in {unit}", unit=site.unit)
    return say("at {lng}, {lat} ({datum})", lng=site.lng, lat=site.lat, datum=site.datum)


def _close_school(change: kinds.CloseSchool, _: Speaker) -> Text:
    text = say("the school {school} closes", school=change.school)
    if change.served_by is not None:
        text = say("{what}; {school} serves its zones", what=text, school=change.served_by)
    elif change.units_to is not None:
        text = say("{what}; its units move to {zone}", what=text, zone=change.units_to)
    return _since(change, text)


def _enlarge(change: kinds.Enlarge, speak: Speaker) -> Text:
    text = say(
        "the school {school} is enlarged by {rooms} rooms, {area} m², {classes} classes",
        school=_chosen(change.school, speak),
        rooms=change.rooms,
        area=f"{change.area_m2:g}",
        classes=change.classes,
    )
    return _since(change, text)


def _merge_schools(change: kinds.MergeSchools, speak: Speaker) -> Text:
    text = say("schools become {into}: {schools}", into=change.into, schools=_list(change.schools, speak))
    return _since(change, text)


def _estate(change: kinds.Estate, speak: Speaker) -> Text:
    unit = change.unit
    named = unit if isinstance(unit, str) else _named(unit.id, unit.name)
    told_ = {
        "unit": named,
        "children": _counts(change.children, speak),
        "year": change.first_year,
        "ramp": speak(say(", ")).join(f"{share:.0%}" for share in change.ramp),
    }
    if isinstance(unit, str):
        return say("homes in {unit}: {children} in full use; from {year} on, year by year, {ramp}", **told_)
    return say(
        "a new estate {unit} in the zone {zone}: {children} in full use; from {year} on, year by year, "
        "{ramp}",
        zone=unit.zone,
        **told_,
    )


def _demolition(change: kinds.Demolition, speak: Speaker) -> Text:
    if change.share is not None:
        text = say(
            "demolition in {unit}: {share} of its children are gone",
            unit=change.unit,
            share=f"{change.share:.0%}",
        )
    else:
        gone = _counts(change.children or {}, speak)
        text = say("demolition in {unit}: {children} are gone", unit=change.unit, children=gone)
    return _since(change, text)


def _level(change: kinds.DemandLevel, speak: Speaker) -> Text:
    levels = {
        "low": say("the low counts of children"),
        "mid": say("the counts of children"),
        "high": say("the high counts of children"),
    }
    text = levels[change.level]
    if change.factor != 1.0:
        text = say("{what}, times {factor}", what=text, factor=f"{change.factor:g}")
    if change.categories is not None:
        text = say("{what}, of {categories}", what=text, categories=_list(change.categories, speak))
    if change.districts is not None:
        text = say("{what}, in {districts}", what=text, districts=_list(change.districts, speak))
    return _since(change, text)


def _policy(change: rules.OtherPolicy, _: Speaker) -> Text:
    if change.policy is None:
        return say("another points schedule: {points}", points=change.points)
    if change.points is None:
        return say("another policy: {policy}", policy=change.policy)
    return say(
        "another policy, {policy}, and points schedule, {points}",
        policy=change.policy,
        points=change.points,
    )


def _date(change: rules.PolicyDate, _: Speaker) -> Text:
    return say("the rules as they hold on {on}", on=change.on)


def _expecting(change: rules.Expecting, speak: Speaker) -> Text:
    return say("planned changes of the rules that are applied: {ids}", ids=_list(change.ids, speak))


def _stage_off(change: rules.StageOff, speak: Speaker) -> Text:
    return say("stages that are left out: {stages}", stages=_list(change.stages, speak))


def _stage_change(change: rules.StageChange, speak: Speaker) -> Text:
    fields = "; ".join(
        f"{speak(policy_words.field_name(key))} = {_raw(value)}" for key, value in change.set.items()
    )
    if change.claim is None:
        return say("in the stage {stage}: {fields}", stage=change.stage, fields=fields)
    return say(
        "in the stage {stage}, claim {n}: {fields}", stage=change.stage, n=change.claim, fields=fields
    )


def _raw(value: Any) -> str:
    """Return a value as a file has it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_raw(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_raw, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _coordination(change: rules.Coordination, _: Speaker) -> Text:
    if change.file is None:
        return say("another way to coordinate: {variant}", variant=change.variant)
    return say("another way to coordinate: {variant} of {file}", variant=change.variant, file=change.file)


def _named(id_: str, name: str | None) -> str:
    return id_ if name is None else f"{name} ({id_})"


def _counts(children: Mapping[str, int], speak: Speaker) -> str:
    return speak(say(", ")).join(f"{category} {n}" for category, n in children.items())


_WORDS: Mapping[type[Change], Callable[[Any, Speaker], Text]] = {
    kinds.Plan: _plan,
    kinds.Move: _move,
    kinds.NewZone: _new_zone,
    kinds.MergeZones: _merge_zones,
    kinds.Classes: _classes,
    kinds.Seats: _seats,
    kinds.OpenSchool: _open_school,
    kinds.CloseSchool: _close_school,
    kinds.Enlarge: _enlarge,
    kinds.MergeSchools: _merge_schools,
    kinds.Estate: _estate,
    kinds.Demolition: _demolition,
    kinds.DemandLevel: _level,
    rules.OtherPolicy: _policy,
    rules.PolicyDate: _date,
    rules.Expecting: _expecting,
    rules.StageOff: _stage_off,
    rules.StageChange: _stage_change,
    rules.Coordination: _coordination,
}
