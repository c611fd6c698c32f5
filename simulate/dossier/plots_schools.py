"""Plots of schools: how full each is, and how large its classes are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.plots import NEUTRAL, OVER, UNDER, compose, level_lines, upright_lines
from simulate.ensemble.page_picture import scale_of
from zoning.maps.ornaments import Sheet
from zoning.maps.printed_svg import (
    INK,
    LEADING,
    PAPER,
    SMALL,
    SOFT,
    WIDTH,
    Svg,
    fitted,
    group,
    join,
    lines_of_text,
    tag,
    text,
    width_of,
)

MOST_ROWS = 50
_ROW = 11.5
_NAME, _VALUE = 128.0, 76.0
_SMALL_COUNT = 5
_ENDS = 4


def plot_utilisation(schools: pd.DataFrame, sheet: Sheet, speak: Speaker) -> str:
    """Plot how full each school is: a dot a school, a line at 100%, numbers beside.

    Parameters
    ----------
    schools : DataFrame
        school_id, name, seats (missing where unknown), placed, and optionally before (placed by the plan
        that holds now): then a hollow dot shows it.
    sheet : Sheet
        On a public one schools with one to four children are not shown.
    speak : Speaker

    Returns
    -------
    str
        A row a school, fullest first; more than 50 schools stand side by side, and only the ends are named.
    """
    table = _shares(schools, sheet)
    left_out = len(schools) - len(table)
    notes = [speak(say("Children placed over seats; the line is at 100%."))]
    if "before" in table and len(table) <= MOST_ROWS:
        notes.append(speak(say("Hollow: before the change.")))
    elif "before" in table:
        notes.append(speak(say("Grey line: before the change, the fullest first too.")))
    if left_out:
        notes.append(
            speak(say("{n} schools are not shown: seats not known, or too few children.", n=left_out))
        )
    over = int((table["share"] > 1).sum())
    described = speak(
        say(
            "{title}: {n} schools, {over} of them over their seats",
            title=sheet.title,
            n=len(table),
            over=over,
        )
    )
    draw = _rows if len(table) <= MOST_ROWS else _side_by_side
    body, height = draw(table, speak)
    return compose(sheet, [body], height, speak, described=described, notes=notes)


def plot_class_sizes(
    classes: pd.DataFrame, sheet: Sheet, speak: Speaker, *, lines: Sequence[tuple[float, str]] = ()
) -> str:
    """Plot how many classes have which size.

    Parameters
    ----------
    classes : DataFrame
        classes (how many), class_size (children in each of them).
    sheet : Sheet
    speak : Speaker
    lines : sequence of (size, words)
        Standards, as the rules have them ("45", "standard"); classes over the last are in red.
    """
    rows = classes.dropna(subset=["classes", "class_size"])
    sizes = np.ceil(rows["class_size"].to_numpy(dtype="float64") - 1e-9).astype(int)
    count = pd.Series(rows["classes"].to_numpy(dtype="float64")).groupby(sizes).sum()
    if len(count) == 0:
        count = pd.Series([0.0], index=[0])
    low = min([int(count.index.min()), *(int(size) for size, _ in lines)]) - 1
    high = max([int(count.index.max()), *(int(size) for size, _ in lines)]) + 1
    body, height = _histogram(count, low, high, list(lines))
    total = f"{round(float(count.sum())):,}"
    described = speak(say("{title}: {n} classes", title=sheet.title, n=total))
    notes = [speak(say("Children in a class across, classes upwards; parts of a child are rounded up."))]
    return compose(sheet, [body], height, speak, described=described, notes=notes)


def _shares(schools: pd.DataFrame, sheet: Sheet) -> pd.DataFrame:
    seats = pd.to_numeric(schools["seats"]).astype("float64")
    placed = pd.to_numeric(schools["placed"]).astype("float64")
    told = (seats > 0) & placed.notna()
    if sheet.public:
        told &= ~((placed > 0) & (placed < _SMALL_COUNT))
    ids = schools["school_id"].astype(str)
    name = schools.get("name", ids)
    table = pd.DataFrame(
        {
            "id": ids,
            "name": name.fillna("").astype(str).where(name.notna() & (name != ""), ids),
            "seats": seats,
            "placed": placed,
            "share": placed / seats.where(seats > 0),
        }
    )
    if "before" in schools:
        before = pd.to_numeric(schools["before"]).astype("float64")
        if sheet.public:
            before = before.where((before == 0) | (before >= _SMALL_COUNT))
        table["before"] = before / seats.where(seats > 0)
    return table[told].sort_values(["share", "id"], ascending=[False, True]).reset_index(drop=True)


def _rows(table: pd.DataFrame, speak: Speaker) -> tuple[Svg, float]:
    place, ticks = _across(table)
    foot = 6 + len(table) * _ROW
    hundred = place(1.0)
    drawn = [upright_lines([(place(tick), f"{tick:.0%}") for tick in ticks], 0, foot)]
    drawn.append(tag("path", d=f"M{hundred:.1f} 0V{foot:.1f}", stroke=INK, stroke_width=1.1))
    for n, row in enumerate(table.itertuples()):
        y = 6 + n * _ROW + _ROW / 2 - 3
        x, fill = place(row.share), OVER if row.share > 1 else UNDER
        drawn.append(
            text(fitted(row.name, SMALL, _NAME - 6), _NAME - 4, y + 2.5, font_size=SMALL, text_anchor="end")
        )
        drawn.append(tag("path", d=f"M{hundred:.1f} {y:.1f}H{x:.1f}", stroke=fill, stroke_width=1.4))
        before = getattr(row, "before", np.nan)
        if not pd.isna(before):
            drawn.append(_hollow(place(before), y))
        drawn.append(tag("circle", cx=x, cy=y, r=3, fill=fill))
        said = f"{row.share:.0%}  {_count(row.placed)}/{_count(row.seats)}"
        drawn.append(text(said, WIDTH - _VALUE + 6, y + 2.5, font_size=SMALL, fill=fill))
    return join(drawn), foot + 14


def _across(table: pd.DataFrame) -> tuple[Callable[[float], float], list[float]]:
    """Return where a share stands from left to right, and the ticks."""
    ends = [1.0, *table["share"].tolist()]
    if "before" in table:
        ends += table["before"].dropna().tolist()
    low, high, ticks = scale_of(min(ends), max(ends))

    def place(share: float) -> float:
        return round(_NAME + 6 + (share - low) / (high - low) * (WIDTH - _NAME - _VALUE - 12), 1)

    return place, ticks


def _hollow(x: float, y: float) -> Svg:
    return tag("circle", cx=x, cy=y, r=2.6, fill=PAPER, stroke=NEUTRAL, stroke_width=1.1)


def _side_by_side(table: pd.DataFrame, speak: Speaker) -> tuple[Svg, float]:
    """Return many schools as dots side by side, fullest first; the first and last few are named."""
    left, right, top, foot = 34.0, WIDTH - 6, 8.0, 200.0
    share = table["share"].to_numpy()
    before = np.sort(table["before"].dropna().to_numpy())[::-1] if "before" in table else share[:0]
    every = np.concatenate([share, before, [1.0]])
    low, high, ticks = scale_of(float(every.min()), float(every.max()))

    def down(value: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
        return np.round(foot - (np.asarray(value) - low) / (high - low) * (foot - top), 1)

    x = np.round(left + 8 + np.arange(len(share)) / max(len(share) - 1, 1) * (right - left - 16), 1)
    y = down(share)
    drawn = [level_lines([(float(down(tick)), f"{tick:.0%}") for tick in ticks], left, right)]
    if len(before):
        across = left + 8 + np.arange(len(before)) / max(len(before) - 1, 1) * (right - left - 16)
        steps = "L".join(
            f"{a:.1f} {b:g}" for a, b in zip(across.tolist(), down(before).tolist(), strict=True)
        )
        drawn.append(tag("path", d="M" + steps, fill="none", stroke=NEUTRAL, stroke_width=1.2))
    line = float(down(1.0))
    drawn.append(tag("path", d=f"M{left:.1f} {line:.1f}H{right:.1f}", stroke=INK, stroke_width=1.1))
    drawn += [
        tag("circle", cx=a, cy=b, r=2.1, fill=OVER if s > 1 else UNDER)
        for a, b, s in zip(x.tolist(), y.tolist(), share.tolist(), strict=True)
    ]
    over = int((share > 1).sum())
    said = speak(say("over their seats: {over} of {n} schools", over=f"{over:,}", n=f"{len(share):,}"))
    drawn.append(text(said, right, line - 4, font_size=SMALL, fill=OVER, text_anchor="end"))
    drawn.append(_ends(table, left, right, top, foot, speak))
    return group(*drawn), foot + 16


def _ends(table: pd.DataFrame, left: float, right: float, top: float, foot: float, speak: Speaker) -> Svg:
    """Return the names of both ends in the corners that a falling row of dots leaves free."""

    def words(at: int) -> str:
        return f"{fitted(str(table['name'][at]), SMALL, 130)} {table['share'][at]:.0%}"

    fullest = [speak(say("fullest")), *(words(at) for at in range(_ENDS))]
    emptiest = [
        speak(say("most seats to spare")),
        *(words(at) for at in range(len(table) - _ENDS, len(table))),
    ]
    step = SMALL * LEADING
    low = foot - 6 - (len(emptiest) - 1) * step
    return group(
        lines_of_text(fullest, right - 6, top + 10, SMALL, text_anchor="end"),
        lines_of_text(emptiest, left + 8, low, SMALL),
        font_size=SMALL,
        stroke=PAPER,
        stroke_width=2,
        paint_order="stroke",
    )


def _histogram(count: pd.Series, low: int, high: int, lines: list[tuple[float, str]]) -> tuple[Svg, float]:
    left, right, top, foot = 34.0, WIDTH - 6, 22.0, 190.0
    step = (right - left) / (high - low + 1)
    _, most, ticks = scale_of(0.0, max(float(count.max()), 1.0))

    def down(value: float) -> float:
        return foot - value / most * (foot - top)

    limit = max((size for size, _ in lines), default=np.inf)
    drawn = [level_lines([(down(tick), f"{tick:g}") for tick in ticks if tick == round(tick)], left, right)]
    for size, n in count.items():
        x = left + (int(str(size)) - low) * step
        fill = OVER if int(str(size)) > limit else UNDER
        drawn.append(
            tag("rect", x=x + step * 0.1, y=down(n), width=step * 0.8, height=foot - down(n), fill=fill)
        )
        if step > width_of(f"{n:g}", SMALL):
            drawn.append(text(f"{n:g}", x + step / 2, down(n) - 2.5, font_size=SMALL, text_anchor="middle"))
    every = next(k for k in (1, 2, 5, 10, 20, 50) if step * k >= 16 or k == 50)
    sizes = [size for size in range(low, high + 1) if size % every == 0]
    drawn += [
        text(
            f"{size}",
            left + (size - low + 0.5) * step,
            foot + 9,
            font_size=SMALL,
            fill=SOFT,
            text_anchor="middle",
        )
        for size in sizes
    ]
    drawn += _standards(lines, low, step, left, top, foot)
    return join(drawn), foot + 14


def _standards(
    lines: list[tuple[float, str]], low: int, step: float, left: float, top: float, foot: float
) -> list[Svg]:
    """Return upright lines after the last size that a standard allows, words at different heights."""
    drawn = []
    for n, (size, words) in enumerate(sorted(lines)):
        x = left + (size - low + 1) * step
        y = top - 12 + (n % 2) * 9
        drawn.append(
            tag(
                "path",
                d=f"M{x:.1f} {y:.1f}V{foot:.1f}",
                stroke=INK,
                stroke_width=0.9,
                stroke_dasharray="3 2",
            )
        )
        drawn.append(text(words, x - 3, y + 5, font_size=SMALL, text_anchor="end"))
    return drawn


def _count(n: float) -> str:
    return f"{round(n):,}"
