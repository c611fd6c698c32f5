"""The early warning step by step, for a slider: year after year, or scenario beside scenario."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from geodata import City
from geodata.intake import entry_rows
from geodata.messages import Text, say
from zoning.plan import plan_in
from zoning.pressure import demand_by_zone, zone_pressure


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One place of the slider.

    Parameters
    ----------
    name : str
        A year, or the name of a scenario.
    before, after : DataFrame
        zone_id, colour (one of `zoning.pressure.COLOURS`), ratio (children over seats) and children; or
        instead of the ratio `short`, the chance (0-1) that the zone has too few seats.
    """

    name: str
    before: pd.DataFrame
    after: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """The steps of the slider, and what they are.

    Parameters
    ----------
    what : Text
        What a step is: a year, a scenario.
    steps : tuple of Step
        From left to right; one at least.
    first : int
        Which step is shown at first.
    notes : tuple of Text
        What must be known of the figures.
    """

    what: Text
    steps: tuple[Step, ...]
    first: int = 0
    notes: tuple[Text, ...] = ()


def warning_by_year(before: City, after: City) -> Timed | None:
    """Return the early warning of each year of the tables `demand`, without and with a change.

    Parameters
    ----------
    before, after : City
        The base and what is proposed; each with its own plan, seats and demand.

    Returns
    -------
    Timed or None
        None where fewer than two years have counts on both sides: a slider would have nowhere to go.

    Raises
    ------
    DataError
        If a unit with children has no zone in a year's plan.

    Notes
    -----
    A year without class plans of its own is compared with the seats of the project's year; that is told.
    """
    years = sorted({int(y) for y in before["demand"]["year"]} & {int(y) for y in after["demand"]["year"]})
    if len(years) < 2:
        return None
    steps = tuple(
        Step(name=str(year), before=_pressure(before, year), after=_pressure(after, year)) for year in years
    )
    borrowed = [str(year) for year in years if not (_has_seats(before, year) and _has_seats(after, year))]
    notes = []
    if borrowed:
        notes.append(
            say(
                "No class plan for {years}: the seats of {year} are taken.",
                years=", ".join(borrowed),
                year=before.project.project.year,
            )
        )
    now = before.project.project.year
    first = years.index(now) if now in years else 0
    return Timed(what=say("year"), steps=steps, first=first, notes=tuple(notes))


def warning_by_scenario(base: pd.DataFrame, scenarios: Mapping[str, pd.DataFrame], draws: int) -> Timed:
    """Return the early warning of each scenario of an ensemble beside that of its base.

    Parameters
    ----------
    base : DataFrame
        zone_id, colour, short_probability: the base's table of zones.
    scenarios : mapping of str to DataFrame
        The same for each scenario, by the name to show; in the order of the slider.
    draws : int
        How many draws the chances are from.

    Raises
    ------
    ValueError
        If there is no scenario.

    Examples
    --------
    >>> base = pd.DataFrame({"zone_id": ["Z1"], "colour": ["red"], "short_probability": [0.7]})
    >>> timed = warning_by_scenario(base, {"school later": base.assign(short_probability=0.9)}, 100)
    >>> [(step.name, *step.after["short"]) for step in timed.steps]
    [('school later', 0.9)]
    """
    if not scenarios:
        raise ValueError("no scenario: a slider needs one at least")
    start = _chances(base)
    steps = tuple(Step(name=name, before=start, after=_chances(own)) for name, own in scenarios.items())
    note = say(
        "The colour is the most frequent of {n} draws, the number the chance of too few seats.",
        n=f"{draws:,}",
    )
    return Timed(what=say("scenario"), steps=steps, notes=(note,))


def _chances(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns={"short_probability": "short"})[["zone_id", "colour", "short"]]


def _pressure(city: City, year: int) -> pd.DataFrame:
    then = _in_year(city, year)
    children = demand_by_zone(then, plan_in(city, year))
    return zone_pressure(then if _has_seats(city, year) else city, children, ())


def _has_seats(city: City, year: int) -> bool:
    then = _in_year(city, year)
    return bool(entry_rows(then.project, then["seats"]).any())


def _in_year(city: City, year: int) -> City:
    head = city.project.project.model_copy(update={"year": year})
    return dataclasses.replace(city, project=city.project.model_copy(update={"project": head}))
