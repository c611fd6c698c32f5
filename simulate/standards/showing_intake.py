"""The tables of `xuequ intake` as people read them on a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.messages import Speaker, Text, say
from simulate.standards.showing import add_columns, fitted, new_table, number, red, safe, step

if TYPE_CHECKING:
    from rich.table import Table

COLOUR_NAMES: Mapping[str, Text] = {
    "red": say("red"),
    "orange": say("orange"),
    "yellow": say("yellow"),
    "green": say("green"),
    "none": say("–"),
}
BOUND_NAMES: Mapping[str, Text] = {
    "rooms": say("rooms"),
    "size": say("school size"),
    "area": say("teaching area"),
}


def bounds_table(bounds: pd.DataFrame, speak: Speaker) -> Table:
    """Return a row for each school: how many entry classes it can have, and what binds."""
    table = new_table(speak, say("Entry classes that a school can have, the same every year"))
    add_columns(
        table,
        speak,
        say("School"),
        say("Rooms"),
        say("Classes today"),
        say("By rooms"),
        say("By school size"),
        say("By teaching area"),
        say("Allowed"),
        say("Bound by"),
        say("Announced"),
        say("Classes left"),
    )
    for row in bounds.to_dict("records"):
        short = not pd.isna(row["room_left"]) and row["room_left"] < 0
        full = not pd.isna(row["overfull"]) and bool(row["overfull"])
        binding = row["binding"]
        table.add_row(
            safe(row["name"]),
            *(number(row[name]) for name in ("rooms", "classes_now", "by_rooms", "by_size", "by_area")),
            number(row["allowed"]) + ("*" if full else ""),
            speak(BOUND_NAMES[binding]) if isinstance(binding, str) else "–",
            number(row["announced"]),
            red(number(row["room_left"]) + ("!" if short else ""), short),
        )
    return fitted(table)


def effects_table(effects: pd.DataFrame, names: Mapping[str, str], speak: Speaker) -> Table:
    """Return a row for each school, zone and change: ratio and colour of the zone, balances."""
    table = new_table(
        speak, say("What a class more or less does (children over seats; seats less children)")
    )
    add_columns(
        table,
        speak,
        say("School"),
        say("Zone"),
        say("Classes"),
        say("Children over seats"),
        say("Seat warning"),
        say("District balance"),
        say("City balance"),
    )
    for row in effects.to_dict("records"):
        table.add_row(
            safe(names.get(row["school_id"], row["school_id"])),
            safe(row["zone_id"]),
            f"{row['change']:+d}",
            step(
                [row["zone_ratio"], row["zone_ratio_after"]],
                lambda value: number(value, 2) if np.isfinite(value) else speak(say("no seats")),
            ),
            step(
                [row["zone_colour"], row["zone_colour_after"]],
                lambda colour: speak(COLOUR_NAMES[colour]),
            ),
            step([row["district_balance"], row["district_balance_after"]]),
            step([row["city_balance"], row["city_balance_after"]]),
        )
    return fitted(table)


def years_table(years: pd.DataFrame, names: Mapping[str, str], speak: Speaker) -> Table:
    """Return a row for each year of a school, with the announced classes every year."""
    table = new_table(speak, say("Year by year, with the announced entry classes"))
    add_columns(
        table,
        speak,
        say("School"),
        say("Year"),
        say("Classes"),
        say("Rooms"),
        say("Rooms left"),
        say("Pupils"),
        say("Most pupils"),
        say("Area asked, m²"),
        say("Area, m²"),
    )
    for row in years.to_dict("records"):
        columns = ("classes", "rooms", "rooms_left", "pupils", "cap", "area_asked_m2", "area_m2")
        table.add_row(
            safe(names.get(row["school_id"], row["school_id"])),
            str(row["year"]),
            *(number(row[name]) for name in columns),
        )
    return fitted(table)


def season_table(season: pd.DataFrame, names: Mapping[str, str], speak: Speaker) -> Table:
    """Return a row for each change: where the season places the children."""
    table = new_table(speak, say("The season run again, school by school"))
    add_columns(
        table,
        speak,
        say("School"),
        say("Classes"),
        say("Seats"),
        say("Own zone"),
        say("Within the district"),
        say("Across districts"),
        say("Not admitted"),
        say("Waiting"),
        say("Above the intake"),
    )
    for row in season.to_dict("records"):
        school = row["school_id"]
        outcomes = ("own_zone", "own_district", "elsewhere", "not_admitted", "waiting", "over")
        table.add_row(
            safe(names.get(school, school)) if school else speak(say("as announced")),
            f"{row['change']:+d}" if school else "",
            f"{row['seats']:+d}" if school else "",
            *(
                number(row[name]) + (f" ({row[f'{name}_more']:+,d})" if row[f"{name}_more"] else "")
                for name in outcomes
            ),
        )
    return fitted(table)
