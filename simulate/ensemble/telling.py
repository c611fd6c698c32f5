"""Numbers of draws as people read them: amounts with their unit, errors, chances, differences in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geodata.messages import Speaker, Text, say
from simulate.ensemble.early_warning import ZONE_GROUPS
from simulate.ensemble.paired import VERDICTS
from simulate.ensemble.scores import GROUP_TITLES, IN_SHORT, score_of
from simulate.ensemble.sides import Side, all_differences, are_paired
from simulate.ensemble.tables import measures_table

NOTHING = "–"
MINUS = "\N{MINUS SIGN}"
_KILOMETRES_FROM = 100_000
_TENTHS_BELOW = 100
_SMALL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One score of one side.

    Parameters
    ----------
    mean, low, high : float
        Over the draws, with the 5 % and 95 % quantiles; NaN where it is not defined.
    amount, spread : str
        The mean, and the quantiles ("" of one draw, or where all draws are alike).
    verdict : str
        A name of `VERDICTS`; "" of the base.
    words, change, error, apart : str
        The verdict in words; the difference from the base; its standard error; and the standard error that
        it would have if each side had draws of its own. "" of the base.
    """

    mean: float
    low: float
    high: float
    amount: str
    spread: str
    verdict: str
    words: str
    change: str
    error: str
    apart: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One score of all sides: its title, unit, and a cell for each side."""

    measure: str
    group: str
    title: str
    unit: str
    better: str
    cells: tuple[Cell, ...]


def amount(value: float, unit: str) -> str:
    """Return an amount with its unit where that is not plain: metres, kilometres, per cent.

    Examples
    --------
    >>> amount(43.0, "seats"), amount(12.34, "seats"), amount(1234.6, "seats"), amount(0.0051, "seats")
    ('43', '12.3', '1,235', '0.005')
    >>> amount(0.1234, "share"), amount(850.4, "m"), amount(1_234_567, "m"), amount(float("nan"), "m")
    ('12.3%', '850 m', '1,235 km', '–')
    """
    if math.isnan(value):
        return NOTHING
    if unit == "share":
        return f"{value:.1%}"
    if unit == "m":
        far = abs(value) >= _KILOMETRES_FROM
        return f"{value / 1000:,.0f} km" if far else f"{value:,.0f} m"
    if 0 < abs(value) < _SMALL:
        return f"{value:.1g}"
    whole = value == round(value) or abs(value) >= _TENTHS_BELOW
    return f"{value:,.0f}" if whole else f"{value:,.1f}"


def spread_words(low: float, high: float, unit: str) -> str:
    """Return from where to where something lies, both written alike; "" where that is one place.

    Examples
    --------
    >>> spread_words(58.0, 86.5, "seats"), spread_words(900, 1200, "m"), spread_words(0.1, 0.25, "share")
    ('58.0–86.5', '900–1,200 m', '10.0–25.0%')
    """
    if low == high or math.isnan(low):
        return ""
    if unit == "share":
        return f"{100 * low:.1f}–{high:.1%}"
    if unit == "m":
        if max(abs(low), abs(high)) >= _KILOMETRES_FROM:
            return f"{low / 1000:,.0f}–{high / 1000:,.0f} km"
        return f"{low:,.0f}–{high:,.0f} m"
    places = 0 if (low == round(low) and high == round(high)) or high >= _TENTHS_BELOW else 1
    return f"{low:,.{places}f}–{high:,.{places}f}"


def change_words(value: float, se: float, unit: str, speak: Speaker) -> tuple[str, str]:
    """Return a difference with its sign and its standard error, to two digits of the error."""
    if math.isnan(value):
        return NOTHING, ""
    scale = 100.0 if unit == "share" else 1.0
    small = se * scale if not math.isnan(se) and se > 0 else abs(value) * scale
    places = min(3, max(0, 1 - math.floor(math.log10(small)))) if small > 0 else 0
    if not se > 0 and value * scale == round(value * scale):
        places = 0
    size = f"{abs(value) * scale:,.{places}f}"
    zero = float(size.replace(",", "")) == 0
    sign = "" if zero else "+" if value > 0 else MINUS
    error = "" if math.isnan(se) else f"{se * scale:,.{places}f}"
    size = "0" if zero and value == 0 else size
    if unit == "share":
        return sign + speak(say("{n} pp", n=size)), error
    return (f"{sign}{size} m" if unit == "m" else sign + size), error


def chance_words(share: float, low: float, high: float) -> str:
    """Return how likely something is; never or always only as far as the draws can tell.

    Examples
    --------
    >>> chance_words(0.0, 0.0, 0.003), chance_words(1.0, 0.997, 1.0), chance_words(0.374, 0.35, 0.4)
    ('< 0.3%', '> 99.7%', '37% (35–40%)')
    """
    if share <= 0:
        return f"< {_up(high)}"
    if share >= 1:
        return f"> {_down(low)}"
    return f"{_near(share)} ({_near(low).removesuffix('%')}–{_near(high)})"


def _near(share: float) -> str:
    """Return a chance in per cent, with a decimal where it would else look like never or always."""
    whole = f"{share:.0%}"
    return f"{share:.1%}" if whole in ("0%", "100%") else whole


def _up(share: float) -> str:
    return f"{math.ceil(round(share * 1000, 6)) / 10:g}%"


def _down(share: float) -> str:
    return f"{math.floor(round(share * 1000, 6)) / 10:g}%"


def title_of(side: Side, speak: Speaker) -> str:
    """Return the title of a side."""
    return speak.choose(side.title.model_dump())


def score_title(measure: str, group: str, speak: Speaker) -> str:
    """Return the title of a score, with the group where it is not of all children."""
    words = speak(score_of(measure, group).title)
    if group == "all":
        return words
    return speak(say("{score} ({group})", score=words, group=speak(GROUP_TITLES[group])))


def rows_of(
    sides: Sequence[Side], speak: Speaker, wanted: Sequence[tuple[str, str]] = IN_SHORT
) -> list[Row]:
    """Return the scores of all sides; what is 0 or not defined in every side is left out.

    Parameters
    ----------
    sides : sequence of Side
        The base first.
    speak : Speaker
    wanted : sequence of (measure, group)
    """
    names = ["measure", "group"]
    means = [measures_table(side.stack).set_index(names) for side in sides]
    differ = {side: table.set_index(names) for side, table in all_differences(sides).items()}
    rows = []
    for measure, group in wanted:
        score = score_of(measure, group)
        found = [table.loc[(measure, group)].to_dict() for table in means]
        if all(math.isnan(one["mean"]) or (one["mean"] == 0 and one["q95"] == 0) for one in found):
            continue
        cells = [
            _cell(
                one, differ[side.id].loc[(measure, group)].to_dict() if number else None, score.unit, speak
            )
            for number, (side, one) in enumerate(zip(sides, found, strict=True))
        ]
        rows.append(
            Row(
                measure=measure,
                group=group,
                title=score_title(measure, group, speak),
                unit=score.unit,
                better=score.better or "",
                cells=tuple(cells),
            )
        )
    return rows


def _cell(one: Mapping[Any, Any], differs: Mapping[Any, Any] | None, unit: str, speak: Speaker) -> Cell:
    mean, low, high = (float(one[name]) for name in ("mean", "q05", "q95"))
    verdict = words = change = error = apart = ""
    if differs is not None:
        verdict = str(differs["verdict"])
        words = speak(VERDICTS[verdict])
        known = float(differs["paired_se"])
        unpaired = float(differs["unpaired_se"])
        change, error = change_words(
            float(differs["difference"]), unpaired if math.isnan(known) else known, unit, speak
        )
        _, apart = change_words(float(differs["difference"]), unpaired, unit, speak)
        if verdict == "same":
            change, error, apart = NOTHING, "", ""
    return Cell(
        mean=mean,
        low=low,
        high=high,
        amount=amount(mean, unit),
        spread=spread_words(low, high, unit),
        verdict=verdict,
        words=words,
        change=change,
        error=error,
        apart=apart,
    )


ENOUGH = 19
"""With fewer draws the least and the greatest of them enclose the next one less often than nine in ten."""


def reading_notes(sides: Sequence[Side]) -> list[Text]:
    """Return how the numbers of some sides are to be read."""
    notes: list[Text] = []
    many = [side.draws for side in sides if side.draws > 1]
    if many and min(many) >= ENOUGH:
        notes.append(say("5–95 %: nine of ten draws lie between; the next one too, nine times out of ten"))
    elif many:
        words = say(
            "5–95 %: with fewer than {n} draws it is no more than the least and the greatest of them",
            n=ENOUGH,
        )
        notes.append(words)
    if any(side.draws == 1 for side in sides):
        notes.append(say("one draw shows one year that may come, and no error of it is known"))
    others = sides[1:]
    if any(are_paired(sides[0], side) and side.draws > 1 for side in others):
        notes.append(
            say(
                "scenarios see the same draws, so a difference is taken draw by draw: its standard error "
                "is that of the pairs; beside it stands what it would be if each had draws of its own"
            )
        )
    if many and any(not are_paired(sides[0], side) for side in others):
        notes.append(
            say(
                "not all saw the same draws (other seed, other things drawn, or another number of draws): "
                "these are compared as a whole, with the larger error of two means"
            )
        )
    if others and many:
        notes.append(
            say(
                "better and worse are said where 0 lies outside the 90 % interval of the difference; of "
                "many numbers that do not differ in truth, one in ten is called better or worse by chance"
            )
        )
        notes.append(
            say(
                "higher and lower are said where neither is good or bad of itself: fewer children are "
                "coordinated where there are more seats, but also where they are refused instead"
            )
        )
    fixed = [side for side in sides if side.draws > 1 and "counts" not in side.varied]
    if fixed:
        notes.append(
            say(
                "how many children come was not drawn: a zone runs short in all draws or in none, and that "
                "says nothing about next year"
            )
        )
    return notes


def zones_by_chance(table: pd.DataFrame) -> pd.DataFrame:
    """Return a zones table with those first that run short most likely, then by seats short, then by id."""
    order = ["short_probability", "short_mean", "household_short_mean", "zone_id"]
    return table.sort_values(order, ascending=[False, False, False, True], kind="stable")


def verdict_counts(differences: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return how many zones came to which verdict, by group."""
    found = differences.groupby(["group", "verdict"]).size()
    return {
        group: {verdict: int(found.get((group, verdict), 0)) for verdict in VERDICTS}
        for group in ZONE_GROUPS
    }
