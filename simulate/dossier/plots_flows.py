"""A plot of flows between districts: a matrix, darker for more children, the own district in grey."""

from __future__ import annotations

from collections.abc import Sequence

from geodata.messages import Speaker, say
from simulate.dossier.model import SUPPRESSED
from simulate.dossier.plots import compose
from zoning.maps.ornaments import Sheet
from zoning.maps.printed_svg import (
    INK,
    PAPER,
    SMALL,
    SOFT,
    WASH,
    WIDTH,
    Svg,
    fitted,
    group,
    join,
    tag,
    text,
    wrapped,
)

Count = int | str | None
"""Children, or `SUPPRESSED`, or None where nothing is known."""

_SHADES = ("#f6f9fb", "#d6e4f0", "#a9c8e1", "#6fa3cd", "#3a78b0", "#174a7c")
_NAME, _HEAD, _ROW = 92.0, 24.0, 18.0
_SMALL_COUNT = 5


def plot_flows(
    starts: Sequence[str],
    ends: Sequence[str],
    children: Sequence[Sequence[Count]],
    sheet: Sheet,
    speak: Speaker,
) -> str:
    """Plot who goes from where to where as a matrix: rows are homes, columns schools.

    Parameters
    ----------
    starts, ends : sequence of str
        Names of districts; a row and a column of one name are the district itself, in grey.
    children : sequence of rows
        One count for each row and column.
    sheet : Sheet
        On a public one counts of one to four are not told; who makes the table also hides what would
        bring them back from sums.
    speak : Speaker

    Raises
    ------
    ValueError
        If the counts do not fit the names.
    """
    if len(children) != len(starts) or any(len(row) != len(ends) for row in children):
        raise ValueError("the counts do not fit the names of rows and columns")
    told = [[_told(one, sheet) for one in row] for row in children]
    away = [
        n
        for start, row in zip(starts, told, strict=True)
        for end, n in zip(ends, row, strict=True)
        if isinstance(n, int) and start != end
    ]
    most = max(away, default=1)
    wide = (WIDTH - _NAME) / max(len(ends), 1)
    drawn = [_heads(ends, wide)]
    for at, (start, row) in enumerate(zip(starts, told, strict=True)):
        y = _HEAD + at * _ROW
        drawn.append(text(fitted(start, SMALL, _NAME - 8), 0, y + 11.5, font_size=SMALL))
        drawn += [
            _cell(n, _NAME + k * wide, y, wide, most, own=start == end)
            for k, (end, n) in enumerate(zip(ends, row, strict=True))
        ]
    notes = [speak(say("Rows: the district of the home. Columns: the district of the school."))]
    if any(n == SUPPRESSED for row in told for n in row):
        notes.append(speak(say("Counts under five are not told.")))
    described = speak(
        say("{title}: {n} children go to school in another district", title=sheet.title, n=f"{sum(away):,}")
    )
    height = _HEAD + len(starts) * _ROW + 2
    return compose(sheet, [join(drawn)], height, speak, described=described, notes=notes)


def _told(n: Count, sheet: Sheet) -> Count:
    if n is None or isinstance(n, str):
        return n
    return SUPPRESSED if sheet.public and 0 < n < _SMALL_COUNT else int(n)


def _heads(ends: Sequence[str], wide: float) -> Svg:
    """Return the names of the columns in two lines at most."""
    drawn = []
    for k, name in enumerate(ends):
        lines = wrapped(name, SMALL, wide - 3)
        if len(lines) > 2:
            lines = [lines[0], fitted(" ".join(lines[1:]), SMALL, wide - 3)]
        drawn += [
            text(
                fitted(line, SMALL, wide - 2),
                _NAME + (k + 0.5) * wide,
                _HEAD - 5 - (len(lines) - 1 - n) * 9,
            )
            for n, line in enumerate(lines)
        ]
    return group(*drawn, font_size=SMALL, text_anchor="middle", fill=SOFT)


def _cell(n: Count, x: float, y: float, wide: float, most: int, *, own: bool) -> Svg:
    shade = 0
    if isinstance(n, int) and n > 0 and not own:
        shade = min(len(_SHADES) - 1, 1 + int(n / most * (len(_SHADES) - 1)))
    fill = "#e3e6e9" if own else _SHADES[shade] if n else WASH
    ink = PAPER if shade >= 4 else INK
    said = "–" if n is None else f"{n:,}" if isinstance(n, int) and n else "·" if n == 0 else str(n)
    return join(
        [
            tag("rect", x=x, y=y, width=wide, height=_ROW, fill=fill, stroke=PAPER, stroke_width=1),
            text(
                said,
                x + wide / 2,
                y + 11.5,
                font_size=SMALL,
                text_anchor="middle",
                fill=SOFT if own else ink,
            ),
        ]
    )
