"""The printed maps of a project as pictures of the document: sheets for the city, districts and changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import pyproj

from geodata import City, say
from geodata.messages import Speaker
from simulate.dossier.model import Picture
from zoning.maps.ornaments import Sheet
from zoning.maps.printed import Printed, names_of
from zoning.maps.printed_change import print_change
from zoning.maps.printed_flows import print_district_flows, print_overflow
from zoning.maps.printed_pieces import change_groups
from zoning.maps.printed_rings import print_rings
from zoning.maps.printed_schools import print_utilisation
from zoning.maps.printed_warning import print_warning
from zoning.maps.printed_zones import print_zones
from zoning.plan import ANY
from zoning.travel import travel_of

_ONE_SHEET = 60
"""More zones than these want a sheet for each district beside that of the city."""
_MOST_CHANGE_SHEETS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all maps of a document share.

    Parameters
    ----------
    city : City
    zones : GeoDataFrame
        As `zoning.outline.outline_zones` returns it.
    speak : Speaker
    public : bool
    date : str
        As shown on every map.
    """

    city: City
    zones: gpd.GeoDataFrame
    speak: Speaker
    public: bool
    date: str

    @property
    def drawable(self) -> bool:
        """Whether any zone has a polygon; without, there is no map."""
        return bool((self.zones.geometry.notna() & ~self.zones.geometry.is_empty).any())


def sheet_of(setting: Setting, id: str, title: str, subtitle: str = "") -> Sheet:
    """Return the heading and foot of a map of this city: sources, datum, marks."""
    head = setting.city.project.project
    return Sheet(
        id=id,
        title=title,
        subtitle=subtitle or f"{head.name} {head.year}",
        date=setting.date,
        sources=tuple(head.attribution),
        datum=datum_words(setting),
        synthetic=head.synthetic,
        public=setting.public,
        titled=False,  # the caption says it
    )


def datum_words(setting: Setting) -> str:
    """Return in which datums the layers came, in which CRS the map is drawn, and where true north is."""
    city, speak = setting.city, setting.speak
    came = sorted({one.datum for one in city.project.tables.values() if one.datum})
    crs = pyproj.CRS(setting.zones.crs)
    if not came or not crs.is_projected:
        return speak(say("Drawn in local metres, north as in the data."))
    code = crs.to_epsg()
    drawn = crs.name if code is None else f"EPSG:{code} ({crs.name})"
    words = say(
        "Datum of the data: {came}; drawn in {drawn}, grid north up.", came=", ".join(came), drawn=drawn
    )
    turn = _convergence(crs, setting.zones) if setting.drawable else 0.0
    if abs(turn) < 0.05:
        return speak(words)
    away = f"{abs(turn):.1f}°"
    side = say("True north is {away} to the west of it.", away=away)
    if turn < 0:
        side = say("True north is {away} to the east of it.", away=away)
    # Chinese sentences follow one another without a space
    return ("" if speak.lang == "zh" else " ").join([speak(words), speak(side)])


def zone_sheets(setting: Setting, id: str) -> list[Picture]:
    """Return the map of the zones, and where they are many one for each district."""
    speak = setting.speak
    label = speak.choose(setting.city.project.zone_label.model_dump())
    title = speak(say("Map by {zone}", zone=label))
    schools, districts = setting.city["schools"], setting.city["districts"]
    whole = print_zones(
        setting.zones, schools, sheet_of(setting, id, title), speak, districts=districts, label=label
    )

    def one(zones: gpd.GeoDataFrame, own: gpd.GeoDataFrame, sheet: Sheet) -> Printed:
        return print_zones(zones, own, sheet, speak, label=label)

    return [_picture(id, title, whole, speak), *_by_district(setting, id, title, one)]


def utilisation_sheets(setting: Setting, id: str, schools: pd.DataFrame) -> list[Picture]:
    """Return the map of how full the schools are, and one for each district where zones are many.

    Parameters
    ----------
    setting : Setting
    id : str
    schools : DataFrame
        school_id, seats, placed; joined with the points of the schools.
    """
    speak = setting.speak
    title = speak(say("How full the schools are"))
    columns = schools[["school_id", "seats", "placed"]]
    table = setting.city["schools"].merge(columns, on="school_id", how="left", validate="one_to_one")

    def one(zones: gpd.GeoDataFrame, own: gpd.GeoDataFrame, sheet: Sheet) -> Printed:
        full = table[table["school_id"].isin(own["school_id"])]
        return print_utilisation(zones, full, sheet, speak)

    whole = print_utilisation(setting.zones, table, sheet_of(setting, id, title), speak)
    return [_picture(id, title, whole, speak), *_by_district(setting, id, title, one)]


def warning_sheets(
    setting: Setting,
    id: str,
    warning: pd.DataFrame,
    *,
    short: pd.Series | None = None,
    draws: int | None = None,
) -> list[Picture]:
    """Return the map of the early warning, and one for each district where zones are many.

    Parameters
    ----------
    setting : Setting
    id : str
    warning : DataFrame
        zone_id, colour, ratio, children: as `zone_pressure`, or of an ensemble's table of zones.
    short, draws
        As `print_warning`.
    """
    speak = setting.speak
    title = speak(say("Early warning by catchment"))
    columns = [name for name in ("zone_id", "colour", "ratio", "children") if name in warning]
    table = setting.zones.merge(warning[columns], on="zone_id", how="left", validate="one_to_one")

    def one(zones: gpd.GeoDataFrame, own: gpd.GeoDataFrame, sheet: Sheet) -> Printed:
        rows = table[table["zone_id"].isin(zones["zone_id"])]
        return print_warning(rows, sheet, speak, short=short, draws=draws)

    whole = print_warning(table, sheet_of(setting, id, title), speak, short=short, draws=draws)
    return [_picture(id, title, whole, speak), *_by_district(setting, id, title, one)]


def change_sheets(
    setting: Setting, id: str, before: pd.DataFrame, after: pd.DataFrame, children: pd.Series | None = None
) -> list[Picture]:
    """Return the map of a change, and one for each group of zones that exchange units, twelve at most.

    Parameters
    ----------
    setting : Setting
    id : str
    before, after : DataFrame
        Plans as `plan_in` returns them; the rows for all categories count.
    children : Series, optional
        How many children live in each unit that moves, by unit_id: missing where it is not told.

    Returns
    -------
    list of Picture
        Empty where no unit with a polygon moves.
    """
    units = _moved_units(setting.city, before, after)
    if children is not None:
        units["children"] = units["unit_id"].map(children.astype("float64"))
    drawn = units[units.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    groups = change_groups(drawn)
    if not groups:
        return []
    speak = setting.speak
    title = speak(say("Catchments before and after"))
    ids = setting.zones["zone_id"].astype(str)
    names = dict(zip(ids, names_of(setting.zones, "zone_id"), strict=True))
    schools = setting.city["schools"]
    pictures = []
    for number, only in enumerate([None, *(groups if len(groups) > 1 else [])][: _MOST_CHANGE_SHEETS + 1]):
        own = id if only is None else f"{id}-{number}"
        within = "" if only is None else ", ".join(str(names.get(one, one)) for one in sorted(only))
        printed = print_change(
            units, schools, sheet_of(setting, own, title, within), speak, names=names, only=only
        )
        pictures.append(_picture(own, f"{title} ({number})" if only else title, printed, speak))
    return pictures


def overflow_sheets(
    setting: Setting, ids: tuple[str, str], flows: pd.DataFrame, districts: pd.DataFrame
) -> list[Picture]:
    """Return the maps of overflow: zone to school, and between districts that have polygons where any goes.

    Parameters
    ----------
    setting : Setting
    ids : (str, str)
        Of the map of schools and of the map of districts.
    flows : DataFrame
        zone_id, school_id, children; children placed in a school of their own zone left out.
    districts : DataFrame
        start, end (ids of districts), children.
    """
    speak, city = setting.speak, setting.city
    title = speak(say("Children placed outside their catchment"))
    sheet = sheet_of(setting, ids[0], title)
    found = [
        _picture(ids[0], title, print_overflow(setting.zones, city["schools"], flows, sheet, speak), speak)
    ]
    there = city["districts"][city["districts"].geometry.notna()]
    if len(there) > 1 and len(districts):
        title = speak(say("Children placed in another district"))
        sheet = sheet_of(setting, ids[1], title)
        found.append(_picture(ids[1], title, print_district_flows(there, districts, sheet, speak), speak))
    return found


def ring_sheet(setting: Setting, id: str, distances: pd.DataFrame | None = None) -> Picture:
    """Return the map of straight distances to schools, with the units that are far from their own.

    Parameters
    ----------
    setting : Setting
    id : str
    distances : DataFrame, optional
        unit_id, distance_m (to the unit's own school), children (optional).
    """
    speak, city = setting.speak, setting.city
    title = speak(say("Distance to school"))
    units = None
    if distances is not None:
        units = city["units"][["unit_id", "geometry"]].merge(distances, on="unit_id", validate="one_to_one")
    printed = print_rings(
        setting.zones,
        city["schools"],
        sheet_of(setting, id, title),
        speak,
        land=travel_of(city).parts,
        units=units,
    )
    return _picture(id, title, printed, speak)


def _by_district(
    setting: Setting,
    id: str,
    title: str,
    one: Callable[[gpd.GeoDataFrame, gpd.GeoDataFrame, Sheet], Printed],
) -> list[Picture]:
    """Return a map for each district where the zones are too many for one sheet."""
    zones, speak = setting.zones, setting.speak
    there = zones[zones.geometry.notna() & zones["district_id"].notna()]
    ids = sorted(set(there["district_id"].astype(str)))
    if len(there) <= _ONE_SHEET or len(ids) < 2:
        return []
    names = _district_names(setting.city)
    schools = setting.city["schools"]
    found = []
    for number, district in enumerate(ids, start=1):
        own = there[there["district_id"].astype(str) == district]
        served = setting.city["serves"]
        mine = served.loc[served["zone_id"].isin(own["zone_id"]), "school_id"]
        inside = schools[
            schools["school_id"].isin(mine) | (schools["district_id"].astype("object") == district)
        ]
        name = names.get(district, district)
        sheet = sheet_of(setting, f"{id}-{number}", speak(say("{what}: {n}", what=title, n=name)))
        found.append(_picture(sheet.id, sheet.title, one(own, inside, sheet), speak))
    return found


def _picture(id: str, title: str, printed: Printed, speak: Speaker) -> Picture:
    """Return a printed map as a picture; what its numbers stand for is a note where it is not on it."""
    notes: Sequence[str] = ()
    if printed.numbers:
        listed = speak.listed(f"{number} {name}" for number, name in printed.numbers)
        notes = (speak(say("Numbers on the map: {listed}", listed=listed)),)
    return Picture(id=id, title=title, svg=printed.svg, alt=printed.described, notes=tuple(notes))


def _moved_units(city: City, before: pd.DataFrame, after: pd.DataFrame) -> gpd.GeoDataFrame:
    units = city["units"][["unit_id", "geometry"]].copy()
    for name, plan in (("before", before), ("after", after)):
        rows = plan[plan["category"] == ANY].set_index("unit_id")["zone_id"]
        units[name] = units["unit_id"].map(rows)
    return units


def _district_names(city: City) -> dict[str, str]:
    districts = city["districts"]
    ids = districts["district_id"].astype(str)
    return dict(zip(ids, names_of(districts, "district_id").tolist(), strict=True))


def _convergence(crs: pyproj.CRS, zones: gpd.GeoDataFrame) -> float:
    """Return by how many degrees grid north lies to the east of true north in the middle of the zones.

    0 where no zone has a polygon: then nothing is drawn of which it could be said.
    """
    shapes = zones.geometry[zones.geometry.notna() & ~zones.geometry.is_empty]
    if len(shapes) == 0:
        return 0.0
    west, south, east, north = shapes.total_bounds
    back = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lng, lat = back.transform((west + east) / 2, (south + north) / 2)
    return float(pyproj.Proj(crs).get_factors(lng, lat).meridian_convergence)
