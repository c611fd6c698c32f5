"""Part 11, the risks (T11): what the figures show, for the bureau to weigh."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from geodata.messages import Text, say
from simulate.dossier.content.pen import Pen
from simulate.dossier.content.scenarios import chance_of
from simulate.dossier.material import Material
from simulate.dossier.model import Column, Part, Table
from simulate.dossier.suppressing import WITHHELD

_BLANK_ROWS = 4
_LIKELY = 0.5
_MOST_ZONES = 20
_KEYS = ("risk", "group", "finding", "likelihood", "effect", "measure", "owner")


def risk_part(material: Material, pen: Pen) -> Part:
    """Return the part on risks."""
    return Part(
        number=11,
        title=pen.speak(say("Risks")),
        blocks=(
            pen.words(
                say(
                    "The rows are what the figures of this dossier show; likelihood, effect, "
                    "measure and owner "
                    "are for the bureau to fill in."
                )
            ),
            risk_table(material, pen),
        ),
    )


def risk_table(material: Material, pen: Pen) -> Table:
    """Return the form of risks, with rows for what was found."""
    speak = pen.speak
    titles = (
        say("risk"),
        say("who is concerned"),
        say("what was found"),
        say("likelihood"),
        say("effect"),
        say("measure"),
        say("owner"),
    )
    columns = tuple(
        Column(key=key, title=speak(title), weight=2.5 if key == "finding" else 1.3)
        for key, title in zip(_KEYS, titles, strict=True)
    )
    found = [
        (speak(risk), speak(group), speak(finding), None, None, None, None)
        for risk, group, finding in _found(material, pen)
    ]
    rows = [*found, *[(None,) * len(_KEYS)] * _BLANK_ROWS]
    return Table(
        id="T11",
        title=speak(say("Risks and measures")),
        columns=columns,
        rows=tuple(rows),
        keys=tuple(f"risk-{number}" for number in range(1, len(rows) + 1)),
        form=True,
    )


def _found(material: Material, pen: Pen) -> Iterator[tuple[Text, Text, Text]]:
    case = material.proposed
    zones = case.summary.zones
    red = _red_zones(zones[zones["colour"] == "red"], pen.tables["T6a"])
    for zone in red[:_MOST_ZONES]:
        yield _short_zone(material, str(zone), pen)
    if len(red) > _MOST_ZONES:
        yield (
            say("Too few seats"),
            say("families of the other zones in red"),
            say("{n} zones in red in all", n=pen.cite("T4", "proposed", "zones_red")),
        )
    if int(case.summary.outcomes["over"].sum()):
        yield (
            say("Classes beyond the plan"),
            say("schools over their intake"),
            say("{n} children above the intake", n=pen.cite("T4", "proposed", "over")),
        )
    if int(case.summary.outcomes[["not_admitted", "waiting"]].to_numpy().sum()):
        yield (
            say("Children without a place"),
            say("families who found no place"),
            say("{n} children without a place", n=pen.cite("T4", "proposed", "without")),
        )
    if case.placements["distance_m"].notna().any():
        yield (
            say("Long ways"),
            say("families far from their school"),
            say(
                "{n} children over a kilometre; the farthest tenth {km}",
                n=pen.cite("T4a", "proposed", "over_far"),
                km=pen.cite("T4a", "proposed", "p90_m"),
            ),
        )
    if case.held is not None and int(case.held.schools["over_norm"].sum()):
        yield (
            say("Large classes"),
            say("pupils of the schools concerned"),
            say("{n} classes over the standard", n=pen.cite("T1", "all", "over_norm")),
        )
    if len(material.moves):
        yield (
            say("Objections to the change"),
            say("families of the addresses that move"),
            say("{n} addresses change their zone", n=pen.cite("T4a", "proposed", "units_moved")),
        )


def _red_zones(red: pd.DataFrame, table: Table) -> list[str]:
    """Return the zones in red, the fullest first; those of which T6a tells less come last, by id.

    In their true place they would stand between two shares that are told.
    """
    rows = []
    for zone, ratio in zip(red["zone_id"].astype(str), red["ratio"], strict=True):
        told = table.value(zone, "ratio_after") != WITHHELD
        if table.value(zone, "warning_after") != WITHHELD:
            rows.append((not told, -float(ratio) if told else 0.0, zone))
    return [zone for _, _, zone in sorted(rows)]


def _short_zone(material: Material, zone: str, pen: Pen) -> tuple[Text, Text, Text]:
    name = pen.name(str(pen.tables["T6a"].value(zone, "name")))
    chance = chance_of(material, zone)
    words = say("as many children as seats, or more")
    if isinstance(pen.tables["T6a"].value(zone, "ratio_after"), float):
        words = say(
            "{children} children, {used} of the seats",
            children=pen.cite("T6a", zone, "children_after"),
            used=pen.cite("T6a", zone, "ratio_after"),
        )
    if chance is not None:
        often = say("the draws call it unlikely to run short")
        if chance >= _LIKELY:
            often = say("the draws call it likely to run short")
        words = say("{what}; {often}", what=words, often=often)
    return say("Too few seats"), say("families of {zone}", zone=name), words
