"""The web map as one page: nothing in it is loaded from anywhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from jinja2 import Environment
from markupsafe import Markup

from geodata import City, say, speaker
from geodata.messages import Lang, Speaker
from zoning.maps import legend
from zoning.maps.category_views import category_outlines, widest_outlines
from zoning.maps.colours import FILLS, colour_keys, span_words
from zoning.maps.geometry import bounds_of, is_local, simplify, to_page
from zoning.maps.ornaments import WATERMARK
from zoning.maps.places import category_name, link_records, school_records, unit_records
from zoning.maps.stand_ins import WHAT, cell_records, stand_ins_of
from zoning.maps.unit_list import is_listed, unit_list
from zoning.maps.zones import ZoneTable, headings, zone_records, zone_table
from zoning.outline import outline_zones
from zoning.plan import plan_in
from zoning.standins import StandIns
from zoning.web.fonts import font_css
from zoning.web.inline import content_policy, inline_assets

_MOST_UNITS_SHOWN = 300
MOST_UNITS = 20_000  # more make a page of 10 MB and a browser that stutters
_HERE = Path(__file__).parent


def draw_map(
    city: City,
    *,
    lang: Lang,
    pressure: pd.DataFrame | None = None,
    zones: gpd.GeoDataFrame | None = None,
) -> str:
    """Draw the web map of a city: zones by seat pressure, schools, units, districts, links.

    Parameters
    ----------
    city : City
        The project; no table but `zones` and `schools` is needed.
    lang : {"zh", "en"}
        The language of the page.
    pressure : DataFrame, optional
        As `zone_pressure` returns it. Without it the zones have no colour, and the legend says so.
    zones : GeoDataFrame, optional
        The zones with their polygons; by default as `outline_zones` makes them.

    Returns
    -------
    str
        A whole HTML page; the same inputs make the same text.

    Raises
    ------
    XuequError
        If the project asks for map tiles in another datum than the page's.
    """
    from zoning.maps.layers import build_map

    speak = speaker(lang)
    plan = plan_in(city, city.project.project.year)
    outlines = category_outlines(city, plan)
    whole = outline_zones(city, plan) if zones is None else zones
    table = zone_table(city, widest_outlines(whole, outlines), pressure)
    cells, no_cells = stand_ins_of(city)
    layers = _geometries(city, table, cells)
    data = _page_data(city, plan, table, layers, speak)
    data["records"]["stand_ins"] = cell_records(cells, speak)
    names = [category_name(speak, category) for category in outlines]
    if outlines:
        views = [to_page(simplify(shapes), city.metric_crs) for shapes in outlines.values()]
        data["zoneViews"] = [_collection(view) for view in views]
    plane = is_local(city.metric_crs)
    plans = _layer_plans(city, table, layers, speak, names)
    page = build_map(city, plans, bounds_of(list(layers.values())), plane=plane)
    page.render()
    figure = page.get_root()
    context = _context(city, table, speak)
    if outlines:
        context["views"] = legend.category_views(context["views"][0], names, speak)
    if cells is not None:
        context["marks"].append(legend.stand_in_mark(speak(WHAT)))
    if no_cells is not None:
        context["notices"].append(speak(no_cells))
    text = "".join([json.dumps(data, ensure_ascii=False), str(context), *(p.name for p in plans)])
    font = font_css(text)
    if font.missing:
        shapes = " ".join(font.missing[:40])
        words = say("Characters that the page's own font does not have: {shapes}", shapes=shapes)
        context["notices"].append(speak(words))
    html = _template().render(
        **context,
        lang="zh-CN" if lang == "zh" else "en",
        content_policy=Markup(content_policy(city.project.map.tiles)),
        header=Markup(_header(figure.header.render())),
        font_css=Markup(font.css),
        css=Markup(_read("page.css")),
        js=Markup(_read("page.js")),
        map_html=Markup(figure.html.render()),
        script=Markup(figure.script.render()),
        data=Markup(_json(data)),
    )
    return inline_assets(html)


def _geometries(
    city: City, table: ZoneTable, cells: StandIns | None
) -> dict[str, list[dict[str, Any] | None]]:
    units, crs = city["units"], city.metric_crs
    schools = city["schools"].geometry.to_numpy()
    frames = {
        "zones": table.frame,
        "stand_ins": city["units"].iloc[:0] if cells is None else cells.cells,
        "districts": city["districts"],
        "units": units if len(units) <= MOST_UNITS else units.iloc[:0],
        "links": city["links"],
        "schools": city["schools"],
    }
    return {
        name: to_page(simplify(frame.geometry.to_numpy(), schools if name == "zones" else None), crs)
        for name, frame in frames.items()
    }


def _page_data(
    city: City,
    plan: pd.DataFrame,
    table: ZoneTable,
    layers: dict[str, list[dict[str, Any] | None]],
    speak: Speaker,
) -> dict[str, Any]:
    return {
        "fills": FILLS,
        "spans": {key.colour: span_words(speak, key) for key in colour_keys()},
        "plane": is_local(city.metric_crs),
        "tiled": city.project.map.tiles is not None,
        "words": {
            "zoomIn": speak(say("Zoom in")),
            "zoomOut": speak(say("Zoom out")),
            "layers": speak(say("Layers")),
            "close": speak(say("Close")),
            "map": speak(say("Map")),
        },
        "records": {
            "zones": zone_records(city, table, speak),
            "districts": [{}] * len(layers["districts"]),
            "units": unit_records(city, plan, table, speak) if layers["units"] else [],
            "links": link_records(city, speak),
            "schools": school_records(city, table, speak, plan),
        },
        "unitList": unit_list(city, plan, table, speak) if layers["units"] else None,
        "layers": {name: _collection(shapes) for name, shapes in layers.items()},
    }


def _collection(shapes: list[dict[str, Any] | None]) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {"i": at}, "geometry": shape}
        for at, shape in enumerate(shapes)
        if shape is not None
    ]
    return {"type": "FeatureCollection", "features": features}


def _layer_plans(
    city: City,
    table: ZoneTable,
    layers: dict[str, list[dict[str, Any] | None]],
    speak: Speaker,
    categories: list[str],
) -> list[Any]:
    from zoning.maps.layers import LayerPlan, layer_names

    label = speak.choose(city.project.zone_label.model_dump())
    names = {
        key: name if isinstance(name, str) else speak(name) for key, name in layer_names(label).items()
    }
    drawn = {name for name, shapes in layers.items() if any(s is not None for s in shapes)}
    plans = []
    if categories:
        plans = [
            LayerPlan(name=name, data="zones", view=at, overlay=False, show=at == 0)
            for at, name in enumerate(categories)
        ]
    elif "zones" in drawn and legend.is_coloured(table):
        plans = [
            LayerPlan(name=names["zones_all"], data="zones", view=0, overlay=False),
            LayerPlan(name=names["zones_household"], data="zones", view=1, overlay=False, show=False),
        ]
    elif "zones" in drawn:
        plans = [LayerPlan(name=names["zones"], data="zones")]
    # units lie over the zones and would take every click on them
    units_shown = "zones" not in drawn and len(layers["units"]) <= _MOST_UNITS_SHOWN
    if "stand_ins" in drawn:
        plans.append(LayerPlan(name=speak(WHAT), data="stand_ins", show=False))
    for name in ("districts", "units", "links", "schools"):
        if name in drawn:
            plans.append(LayerPlan(name=names[name], data=name, show=name != "units" or units_shown))
    return plans


def _context(city: City, table: ZoneTable, speak: Speaker) -> dict[str, Any]:
    head = city.project.project
    label = speak.choose(city.project.zone_label.model_dump())
    level = say("primary") if head.level == "primary" else say("lower secondary")
    values = {"level": level, "year": head.year, "zone": label}
    subtitle = say("{level}, {year}: schools by {zone}", **values)
    if legend.is_coloured(table):
        subtitle = say("{level}, {year}: seat pressure by {zone}", **values)
    assumed = legend.assumptions(city, speak)
    synthetic = say("Synthetic data: schools, zones and children are made up.")
    return {
        "title": head.name,
        "subtitle": speak(subtitle),
        "synthetic": speak(synthetic) if head.synthetic else "",
        "watermark": WATERMARK if head.synthetic else "",
        "notices": [*legend.notices(city, table, speak), *_units_left_out(city, speak)],
        "views": legend.legend_views(city, table, speak),
        "marks": legend.legend_marks(city, table, speak),
        "zones": len(table.frame) > 0,
        "units_listed": is_listed(city) and len(city["units"]) <= MOST_UNITS,
        "headings": headings(table, label, speak),
        "assumed": [{"what": what, "reason": reason} for what, reason in assumed],
        "sources": legend.sources(city, speak),
        "words": {
            "panel": speak(say("Legend and lists")),
            "legend": speak(say("Legend")),
            "view": speak(say("Whom the colours count")),
            "zones": speak(say("List: {zone} ({n})", zone=label, n=len(table.frame))),
            "find": speak(say("Find by name")),
            "units": speak(say("List: planning units ({n})", n=len(city["units"]))),
            "assumed": speak(say("What is assumed ({n})", n=len(assumed))),
            "sources": speak(say("Sources")),
        },
    }


def _units_left_out(city: City, speak: Speaker) -> list[str]:
    if len(city["units"]) <= MOST_UNITS:
        return []
    n = f"{len(city['units']):,}"
    return [speak(say("{n} planning units are not drawn: too many for one page.", n=n))]


def _header(rendered: str) -> str:
    # folium forbids zooming by hand and repeats what the page's own head says
    return re.sub(r"<meta\b[^>]*>", "", rendered)


def _json(data: dict[str, Any]) -> str:
    """Return JSON that can stand in a script element: no `<` in it, so nothing can end it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _template() -> Any:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_read("page.html"))
