"""The tables and the page of a comparison, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from geodata.errors import XuequError
from geodata.messages import Lang, Speaker, say, speaker
from geodata.writing.whole import replace_text, replaced
from simulate.comparing.gathering import Beside, paired_sides
from simulate.ensemble.estimates import DECIMALS
from simulate.ensemble.page import heads_of, rendered
from simulate.ensemble.page_picture import WIDTH, panels_of
from simulate.ensemble.sides import differences, zone_differences
from simulate.ensemble.tables import measures_table
from simulate.ensemble.telling import reading_notes, rows_of
from simulate.runs import whole_folder
from simulate.summary import write_csv
from zoning.maps.ornaments import WATERMARK

_HERE = Path(__file__).parent


def scores_table(beside: Beside) -> pd.DataFrame:
    """Return all scores of all sides, one below the other.

    Returns
    -------
    DataFrame
        side, source (its folder), assumed, group, measure, unit, mean, se, q05, q95, draws; then how it
        differs from the first side: paired (whether by the same draws), difference, paired_se, unpaired_se,
        low, high, verdict; missing for the first.
    """
    parts = []
    for number, (side, source, paired) in enumerate(
        zip(beside.sides, beside.sources, paired_sides(beside), strict=True)
    ):
        table = measures_table(side.stack).round(DECIMALS)
        table.insert(0, "side", side.id)
        table.insert(1, "source", source)
        table.insert(2, "assumed", side.assumed)
        if number:
            differ = differences(beside.sides[0], side)
            table["paired"] = paired
            for name in ("difference", "paired_se", "unpaired_se", "low", "high", "verdict"):
                table[name] = differ[name]
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def zones_table(beside: Beside) -> pd.DataFrame:
    """Return how the zones that each side shares with the first differ in seats short."""
    parts = [
        zone_differences(beside.sides[0], side).assign(side=side.id, source=source)
        for side, source in zip(beside.sides[1:], beside.sources[1:], strict=True)
    ]
    table = pd.concat(parts, ignore_index=True)
    first = ["side", "source"]
    return table[first + [name for name in table.columns if name not in first]]


def draw(beside: Beside, lang: Lang) -> str:
    """Draw the page of a comparison: one table and one picture, a whole page that loads nothing."""
    speak = speaker(lang)
    rows = rows_of(beside.sides, speak)
    context = {
        "sides": heads_of(beside.sides, speak),
        "sources": beside.sources,
        "projects": list(dict.fromkeys(beside.projects)),
        "draws": [side.draws for side in beside.sides],
        "rows": rows,
        "panels": panels_of(rows, beside.sides, speak),
        "picture_width": WIDTH,
        "watermark": WATERMARK if beside.synthetic_city else "",
        "synthetic_children": any(side.synthetic for side in beside.sides),
        "notes": notes_of(beside, speak),
    }
    return rendered("compare.html", context, speak, _HERE)


def notes_of(beside: Beside, speak: Speaker) -> list[str]:
    """Return what to know before using a comparison."""
    # what an ensemble says of itself, such as answers left out, may be all that a difference comes of
    own = {str(note): note for side in beside.sides for note in side.notes}
    return [speak(note) for note in (*beside.notes, *reading_notes(beside.sides), *own.values())]


def write(target: Path, beside: Beside, lang: Lang) -> None:
    """Write a comparison: a page where the name ends in .html, the table for .csv, else a folder with all.

    A folder has scores.csv, zones.csv and compare.LANG.html. It is private: small counts stand in it.

    Raises
    ------
    XuequError
        If the name is taken.
    """
    if target.exists():
        raise XuequError(say("{folder} exists; nothing was written", folder=target.name))
    if target.suffix.lower() == ".html":
        replace_text(target, draw(beside, lang))
    elif target.suffix.lower() == ".csv":
        with replaced(target) as partial:
            write_csv(partial, scores_table(beside))
    else:
        with whole_folder(target) as folder:
            write_csv(folder / "scores.csv", scores_table(beside))
            write_csv(folder / "zones.csv", zones_table(beside))
            replace_text(folder / f"compare.{lang}.html", draw(beside, lang))
