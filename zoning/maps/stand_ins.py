"""The layer of stand-in cells: dashed and pale, hidden at first, never without the words "not borders"."""

from __future__ import annotations

from typing import Any

from geodata import City, XuequError, say
from geodata.messages import Speaker, Text
from zoning.maps import cards
from zoning.standins import StandIns, city_stand_ins

MOST_CELLS = 5_000  # more take longer to draw than the rest of the page
WHAT = say("stand-in cells (Voronoi), not borders")


def stand_ins_of(city: City) -> tuple[StandIns | None, Text | None]:
    """Return the cells of a city whose units are points, or None; and what must be said of that.

    Parameters
    ----------
    city : City
        Its units, and the streets or districts to which cells are cut; without either there are none.
    """
    points = int((city["units"].geometry.geom_type == "Point").sum())
    areas = any(city[table].geometry.notna().any() for table in ("streets", "districts"))
    if not points or not areas or points > MOST_CELLS:
        return None, None
    try:
        return city_stand_ins(city), None
    except XuequError as error:
        return None, say("No stand-in cells are drawn: {problem}", problem=error.message)


def cell_records(found: StandIns | None, speak: Speaker) -> list[dict[str, Any]]:
    """Return one record a cell for the page."""
    if found is None:
        return []
    records = []
    for row in found.cells.drop(columns="geometry").to_dict("records"):
        name = cards.name_of(row, "unit_id")
        others = [one for one in row["shared_with"].split(";") if one]
        rows: list[cards.Row] = [(say("shared with"), others), (say("drawn inside"), row["within"])]
        note = say("Nothing is decided by it: it only shows which places lie nearest to this point.")
        records.append({"name": name, "card": cards.card(speak, name, speak(WHAT), rows, [note])})
    return records
