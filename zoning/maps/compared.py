"""The web map of a change: one page with the zones before and after in two panes that move together.

Nothing in it is loaded from anywhere. Leaflet draws (`compared.js`); what is drawn and said comes from the
page's data, so that nothing from a table ever becomes code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from jinja2 import Environment
from markupsafe import Markup

from geodata.messages import Lang, Speaker, say, speaker
from zoning.maps import compared_legend as signs
from zoning.maps import legend
from zoning.maps.compared_flows import district_flows, school_flows
from zoning.maps.compared_records import (
    middle_of,
    move_records,
    school_records,
    step_records,
    zone_records,
)
from zoning.maps.compared_search import search_records
from zoning.maps.compared_shapes import (
    ChangedGround,
    as_published,
    changed_ground,
    drawn_units,
    plan_of_all,
    rings_of,
)
from zoning.maps.compared_sides import Side, Telling, all_schools, hidden_zones
from zoning.maps.compared_tables import Table, tables_of
from zoning.maps.compared_ways import FILLS, way_bands
from zoning.maps.geometry import Shapes, bounds_of, is_local, simplify, to_page
from zoning.maps.ornaments import WATERMARK
from zoning.maps.page import MOST_UNITS
from zoning.maps.places import category_name
from zoning.maps.printed_schools import use_classes
from zoning.maps.timed import Timed
from zoning.plan import ANY, plan_in
from zoning.web.fonts import font_css
from zoning.web.inline import LEAFLET_CSS, LEAFLET_JS, content_policy, inline_assets

_HERE = Path(__file__).parent
_SCRIPTS = ("compared_labels.js", "compared_panes.js", "compared_finding.js", "compared.js")


def compared_map(
    before: Side,
    after: Side,
    *,
    lang: Lang,
    timed: Timed | None = None,
    public: bool = False,
    published: pd.DataFrame | None = None,
    approval: str = "",
    date: str = "",
) -> str:
    """Draw the web map of a change of zones: before and after, side by side.

    Parameters
    ----------
    before, after : Side
        The base and what is proposed, of one project.
    lang : {"zh", "en"}
        The language of the page.
    timed : Timed, optional
        The early warning by year or scenario, for the slider; without it the page has none, and says so.
    public : bool
        A sketch map for publishing: borders are generalised, no border of a unit is drawn, counts of one
        to four children are not told nor what would bring them back, and there is room for the number of
        the map's approval.
    published : DataFrame, optional
        start, end, children: the moves as they are told beside this map, missing where they are not. What
        is not told of the sides is then missing in them already, and nothing more is held back; of the
        slider's steps only the colours are told.
    approval : str
        That number, once there is one.
    date : str
        As shown in the foot.

    Returns
    -------
    str
        A whole HTML page; the same inputs make the same text.

    Raises
    ------
    ValueError
        If the two sides measure in different metric CRS.
    """
    if before.city.metric_crs != after.city.metric_crs:
        raise ValueError("before and after measure in different CRS: they are not one project")
    speak, sides = speaker(lang), (before, after)
    whole = [plan_in(side.city, side.city.project.project.year) for side in sides]
    plans = (plan_of_all(whole[0]), plan_of_all(whole[1]))
    rows = (plans[0][0], plans[1][0])
    ground = changed_ground(before.city, after.city, *rows, public=public)
    if published is not None:
        ground = as_published(ground, published)
    hidden = hidden_zones(ground.moves, public=public) if published is None else frozenset()
    tell = Telling(speak=speak, public=public, hidden=hidden, as_published=published is not None)
    arrows, school_rows = school_flows(sides, ground, tell)
    district_arrows, district_rows = district_flows(sides, tell)
    steps = [] if timed is None else step_records(timed, ground, tell)
    layers = _layers(sides, ground, public=public)
    bands = way_bands(sides, rows, public=public)
    if bands is not None:
        layers["ways"] = to_page(bands.shapes, after.city.metric_crs)
    data = {
        "plane": is_local(before.city.metric_crs),
        "bounds": bounds_of(layers["zones"]) or bounds_of([layers["schools"]]),
        "names": [side.name for side in sides],
        "layers": {
            name: [_collection(own) for own in both] if name in _OF_A_SIDE else _collection(both)
            for name, both in layers.items()
        },
        "middles": [_middles(shapes, before.city.metric_crs) for shapes in (ground.before, ground.after)],
        "moved": _middles(ground.moves["shape"].to_numpy(dtype=object), before.city.metric_crs),
        "records": {
            "zones": zone_records(sides, ground, tell),
            "schools": school_records(sides, tell),
            "moves": move_records(sides, ground, tell),
        },
        "uses": [{"fill": one.fill, "edge": one.edge} for one in use_classes()] + [signs.UNKNOWN_USE],
        "ways": {
            "fills": FILLS,
            "bands": [] if bands is None else [bands.before.tolist(), bands.after.tolist()],
        },
        "colours": {name.lower(): getattr(signs, name) for name in _COLOURS},
        "flows": {"flows": arrows, "districtFlows": district_arrows},
        "steps": steps,
        "firstStep": 0 if timed is None else timed.first,
        "search": search_records(sides, ground, rows, tell),
        "words": _words(speak),
    }
    flow_rows = [pd.concat(both) for both in zip(school_rows, district_rows, strict=True)]
    tables = tables_of(sides, ground, tell, timed, flow_rows, steps)
    context = _context(sides, tell, timed, tables, data, date=date, approval=approval)
    context["signs"] |= {"ways": signs.way_signs(bands, speak)}
    context["words"]["isochrones"] = speak(_NO_WAYS if bands is None else bands.note)
    context["notices"] += _of_category([plans[0][1], plans[1][1]], speak)
    context["notices"] += _not_drawn(ground, speak)
    return _render(context, data, lang)


_OF_A_SIDE = ("zones", "rings")
_COLOURS = ("NEW", "STAYS", "TOUCHED", "OTHER", "MOVED", "FLOW", "RING", "ACROSS", "DISTRICT")


def _layers(sides: tuple[Side, Side], ground: ChangedGround, *, public: bool) -> dict[str, Any]:
    city, crs = sides[1].city, sides[1].city.metric_crs
    points = all_schools(*sides).geometry.to_numpy()
    moved = ground.moves["shape"].to_numpy(dtype=object)
    districts = city["districts"].geometry.to_numpy()
    layers: dict[str, Any] = {
        "zones": [to_page(shapes, crs) for shapes in (ground.before, ground.after)],
        "rings": [
            to_page(np.array(rings_of(side.city, shapes), dtype=object), crs)
            for side, shapes in zip(sides, (ground.before, ground.after), strict=True)
        ],
        "moved": to_page(moved, crs),
        "districts": to_page(_generalised(districts, public=public), crs),
        "schools": to_page(points, crs),
    }
    if not public and city.has("units") and len(city["units"]) <= MOST_UNITS:
        layers["units"] = to_page(drawn_units(city).geometry.to_numpy(), crs)
    return layers


def _generalised(shapes: Shapes, *, public: bool) -> Shapes:
    from zoning.maps.printed_frame import coarser

    return coarser(shapes, 1.0, public=True) if public else simplify(shapes)


def _collection(shapes: list[dict[str, Any] | None]) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {"i": at}, "geometry": shape}
        for at, shape in enumerate(shapes)
        if shape is not None and shape["coordinates"]
    ]
    return {"type": "FeatureCollection", "features": features}


def _middles(shapes: Shapes, crs: str) -> list[list[float] | None]:
    """Return a place inside each shape, for its name; None where there is none."""
    points = np.array([*(middle_of(shape) for shape in shapes), None], dtype=object)[:-1]
    return [None if one is None else list(one["coordinates"]) for one in to_page(points, crs)]


def _words(speak: Speaker) -> dict[str, str]:
    words = {
        "zoomIn": say("Zoom in"),
        "zoomOut": say("Zoom out"),
        "close": say("Close"),
        "none": say("Nothing of that name."),
        "found": say("found:"),
        "schools": say("schools; arrow keys lead from one to the next, Enter opens"),
        "all": say("all"),
    }
    return {key: speak(text) for key, text in words.items()}


def _context(
    sides: tuple[Side, Side],
    tell: Telling,
    timed: Timed | None,
    tables: list[Table],
    data: dict[str, Any],
    *,
    date: str,
    approval: str,
) -> dict[str, Any]:
    speak, city = tell.speak, sides[1].city
    head = city.project.project
    level = say("primary") if head.level == "primary" else say("lower secondary")
    assumed = legend.assumptions(city, speak)
    synthetic = say("Synthetic data: schools, zones and children are made up.")
    return {
        "title": head.name,
        "subtitle": speak(
            say(
                "{level}, {year}: {before} beside {after}",
                level=level,
                year=head.year,
                before=sides[0].name,
                after=sides[1].name,
            )
        ),
        "names": [
            speak(say("Before: {side}", side=sides[0].name)),
            speak(say("After: {side}", side=sides[1].name)),
        ],
        "synthetic": speak(synthetic) if head.synthetic else "",
        "watermark": WATERMARK if head.synthetic else "",
        "sketch": speak(say("sketch map")) if tell.public else "",
        "notices": [speak(note) for note in ([] if timed is None else timed.notes)],
        "colourings": _colourings(sides, timed, speak),
        "switches": _switches(data, speak),
        "signs": signs.layer_signs(speak),
        "change_signs": signs.change_signs(speak),
        "warning_signs": signs.warning_signs(speak),
        "defs": signs.pattern_defs(),
        "steps": [] if timed is None else [step.name for step in timed.steps],
        "first_step": 0 if timed is None else timed.first,
        "step_words": "" if timed is None else speak(say("Early warning by {what}", what=timed.what)),
        "no_steps": speak(_NO_STEPS) if timed is None else "",
        "tables": tables,
        "has_moves": bool(data["records"]["moves"]),
        "assumed": [{"what": what, "reason": reason} for what, reason in assumed],
        "foot": _foot(city.project.project.attribution, speak, tell, date=date, approval=approval),
        "words": {key: speak(text) for key, text in _PAGE_WORDS.items()},
    }


_NO_STEPS = say("No slider: the project has counts of one year only, and no table of several years.")
_NO_WAYS = say("No isochrones: the units have no polygons, or no way to a school is known.")
_PAGE_WORDS = {
    "change": say("Show the change"),
    "whole": say("Show the whole area"),
    "skip": say("To the tables"),
    "panel": say("Search, layers and legend"),
    "find": say("Find a school, a community or an address"),
    "colouring": say("The colours show"),
    "layers": say("Layers"),
    "legend": say("Legend"),
    "panes": say("Maps before and after"),
    "which": say("Which map is shown"),
    "earlier": say("one step back"),
    "later": say("one step on"),
    "tables": say("Tables: the same as the maps, in words and figures"),
    "assumed": say("What is assumed"),
    "advises": say("This map helps to decide; it does not decide, and the text of the plan rules."),
}


def _colourings(sides: tuple[Side, Side], timed: Timed | None, speak: Speaker) -> list[tuple[str, str]]:
    found = [("change", say("the change"))]
    if any(side.pressure is not None for side in sides):
        found.append(("pressure", say("seat pressure")))
    if timed is not None:
        found.append(("time", say("early warning, by the slider")))
    return [(key, speak(text)) for key, text in found]


def _switches(data: dict[str, Any], speak: Speaker) -> list[dict[str, Any]]:
    """Return the layers that this page has, in the order of the switches, and which are on at first."""
    layers, flows = data["layers"], data["flows"]
    has = {
        "moved": bool(layers["moved"]["features"]),
        "schools": bool(layers["schools"]["features"]),
        "names": True,
        "flows": any(flows["flows"]),
        "districtFlows": any(flows["districtFlows"]),
        "rings": bool(layers["schools"]["features"]),
        "ways": bool(layers.get("ways", {}).get("features")),
        "districts": bool(layers["districts"]["features"]),
        "units": bool(layers.get("units", {}).get("features")),
    }
    names = {
        "moved": say("units that move"),
        "schools": say("schools, by how full they are"),
        "names": say("names and numbers"),
        "flows": say("overflow to schools"),
        "districtFlows": say("overflow between districts"),
        "rings": say("walking rings of 500 m and 1 km"),
        "ways": say("way to the school of the catchment"),
        "districts": say("borders of districts"),
        "units": say("borders of units"),
    }
    first = {"moved", "schools", "names", "districts"}
    return [
        {"key": key, "name": speak(names[key]), "on": key in first} for key, there in has.items() if there
    ]


def _foot(attribution: list[str], speak: Speaker, tell: Telling, *, date: str, approval: str) -> list[str]:
    lines = []
    if tell.public:
        lines.append(speak(say("Sketch map: borders are generalised; the text of the scope decides.")))
        blank = say("Map approval number: ________________")
        given = say("Map approval number: {number}", number=approval)
        lines.append(speak(given if approval else blank))
    if attribution:
        lines.append(speak(say("Sources: {sources}", sources=speak.listed(attribution))))
    if date:
        lines.append(speak(say("Date: {date}", date=date)))
    lines.append(speak(say("Page: Leaflet 1.9.4 (BSD-2-Clause), Noto Sans SC (SIL OFL 1.1), Xuequ")))
    return lines


def _of_category(categories: list[str], speak: Speaker) -> list[str]:
    own = sorted({one for one in categories if one != ANY})
    if not own:
        return []
    name = ", ".join(category_name(speak, one) for one in own)
    words = say("The zones differ by category of children: those for {category} are drawn.", category=name)
    return [speak(words)]


def _not_drawn(ground: ChangedGround, speak: Speaker) -> list[str]:
    lost = int(shapely.is_missing(ground.moves["shape"].to_numpy(dtype=object)).sum())
    if not lost:
        return []
    return [speak(say("{n} moves have no polygon to hatch: see the table.", n=lost))]


def _render(context: dict[str, Any], data: dict[str, Any], lang: Lang) -> str:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str)
    font = font_css("".join([text, str(context)]))
    if font.missing:
        shapes = " ".join(font.missing[:40])
        words = say("Characters that the page's own font does not have: {shapes}", shapes=shapes)
        context["notices"].append(speaker(lang)(words))
    # no `<` in the data, so that nothing can end its element
    safe = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    html = _template().render(
        **context,
        lang="zh-CN" if lang == "zh" else "en",
        content_policy=Markup(content_policy()),
        assets=Markup(f'<link rel="stylesheet" href="{LEAFLET_CSS}"><script src="{LEAFLET_JS}"></script>'),
        font_css=Markup(font.css),
        css=Markup(_read("page.css") + _read("compared.css")),
        js=Markup("\n".join(_read(name) for name in _SCRIPTS)),
        data=Markup(safe),
    )
    return inline_assets(html)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _template() -> Any:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_read("compared.html"))
