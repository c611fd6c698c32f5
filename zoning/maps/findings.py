"""The map of what was found in the shapes of a project: one page, nothing loaded from anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from jinja2 import Environment
from markupsafe import Markup

from geodata import City, Fault
from geodata.datum import to_metric
from geodata.messages import Lang, Speaker, Text, say, speaker
from geodata.project import Project
from zoning.maps.geometry import Shapes, is_local, simplify, to_page
from zoning.maps.ornaments import WATERMARK
from zoning.maps.page import MOST_UNITS
from zoning.polygons.ground import ground_of
from zoning.polygons.record import FAULT, KINDS, Finding, kind_title
from zoning.web.fonts import font_css
from zoning.web.inline import LEAFLET_CSS, LEAFLET_JS, content_policy, inline_assets

MOST_DRAWN = 200
"""So many of a kind are drawn; the rest are counted: thousands of numbers hide the map."""
_COLOURS = {
    FAULT: "#a31533",
    "overlap": "#c44601",
    "gap": "#0068a8",
    "school-outside": "#8a2f8f",
    "school-inside-other": "#8a2f8f",
    "unit-outside": "#a87800",
    "unit-elsewhere": "#a87800",
    "unit-cut": "#a87800",
    "not-connected": "#00795a",
    "multi-part": "#00795a",
    "hole": "#00795a",
    "sliver": "#0068a8",
    "border-sliver": "#0068a8",
    "uncovered": "#5b6f80",
    "spike": "#1d2733",
    "duplicate": "#1d2733",
}
"""One colour for what is mended alike, after Okabe and Ito's palette, darkened for white numbers on it."""
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One line of the list, with its place on the page."""

    kind: str
    words: str
    shape: dict[str, Any]
    point: list[float]


def draw_findings(city: City, findings: Sequence[Finding], *, lang: Lang) -> str:
    """Draw the map of findings over the outlines of districts, zones and units, and the schools.

    Parameters
    ----------
    city : City
        What the findings are of.
    findings : sequence of Finding
        As `find_all` returns them.
    lang : {"zh", "en"}
        The language of the page.

    Returns
    -------
    str
        A whole HTML page; the same inputs make the same text.
    """
    speak = speaker(lang)
    shown = []
    for one, (shape, point) in zip(findings, _places(city, findings), strict=True):
        if shape is not None and point is not None:
            words = speak(one.message)
            shown.append(Shown(kind=one.kind, words=words, shape=shape, point=point["coordinates"]))
    layers, names = _background(city)
    left_out = len(city["units"]) if len(city["units"]) > MOST_UNITS else 0
    plane = is_local(city.metric_crs)
    return _page(city.project, shown, layers, names, plane=plane, left_out=left_out, speak=speak)


def draw_faults(project: Project, faults: Iterable[Fault], *, lang: Lang) -> str | None:
    """Draw the map of shapes that cannot be read, as far as faults hold their shape.

    Parameters
    ----------
    project : Project
        What `xuequ.toml` says.
    faults : iterable of Fault
        As a `DataError` has them. Those of the children's tables are left out: the page shows places.
    lang : {"zh", "en"}
        The language of the page.

    Returns
    -------
    str or None
        A whole HTML page; None if no fault has a shape that can be shown.
    """
    speak = speaker(lang)
    private = {_file_of(project, table) for table in ("applicants", "dwellings")}
    kept = [one for one in faults if one.shape is not None and one.file not in private]
    datums = [one.datum or _datum_of(project, one.file) for one in kept]
    plane = any(is_local(datum) for datum in datums)
    shown = []
    for fault, datum in zip(kept, datums, strict=True):
        shape = _in_degrees(fault.shape, datum) if datum else None
        if shape is not None and is_local(datum) == plane:
            drawn = shapely.geometry.mapping(shape)
            shown.append(Shown(kind=FAULT, words=fault.line(speak), shape=drawn, point=_wrong_at(shape)))
    if not shown:
        return None
    return _page(project, shown, {}, {}, plane=plane, speak=speak)


def script_json(data: dict[str, Any]) -> str:
    r"""Return JSON that can stand in a script element: no `<` in it, so nothing can end it.

    Examples
    --------
    >>> script_json({"name": "</script>"})
    '{"name":"\\u003c/script>"}'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _places(city: City, findings: Sequence[Finding]) -> list[tuple[Any, Any]]:
    shapes = np.array([one.geometry for one in findings], dtype=object)
    points = shapely.point_on_surface(shapes)
    drawn = to_page(shapes, city.metric_crs, finer=2)
    return list(zip(drawn, to_page(points, city.metric_crs, finer=2), strict=True))


def _background(city: City) -> tuple[dict[str, Any], dict[str, list[str]]]:
    zones = ground_of(city).zones
    units = city["units"]
    frames = {
        "districts": (city["districts"], "district_id"),
        "units": (units if len(units) <= MOST_UNITS else units.iloc[:0], "unit_id"),
        "zones": (zones, "zone_id"),
        "schools": (city["schools"], "school_id"),
    }
    layers, names = {}, {}
    for name, (frame, key) in frames.items():
        shapes: Shapes = frame.geometry.to_numpy()
        # the borders of zones stand as they are: simplified ones would hide what was found
        drawn = shapes if name == "zones" else simplify(shapes)
        layers[name] = to_page(drawn, city.metric_crs, finer=2 if name == "zones" else 0)
        names[name] = frame["name"].fillna(frame[key]).astype(str).tolist()
    return layers, names


def _wrong_at(shape: Any) -> list[float]:
    """Return the place at which a shape is wrong: where its ring crosses itself, else where it begins."""
    place = re.search(r"\[(\S+) (\S+)\]", shapely.is_valid_reason(shape))
    if place is not None:
        return [float(place.group(1)), float(place.group(2))]
    # a broken ring may have no middle
    return [float(v) for v in shapely.get_coordinates(shape)[0]]


def _file_of(project: Project, table: str) -> str | None:
    source = project.tables.get(table)
    return None if source is None or source.path is None else Path(source.path).name


def _datum_of(project: Project, file: str) -> str:
    """Return the datum of the layer that a fault names; "" if there is no such layer."""
    for source in project.tables.values():
        if source.path is not None and Path(source.path).name == file.partition(":")[0]:
            return source.datum or ""
    return ""


def _in_degrees(shape: Any, datum: str) -> Any | None:
    """Return a shape in degrees (local metres stay metres); None where that makes no place on a map."""
    if shapely.is_empty(shape) or not np.isfinite(shapely.bounds(shape)).all():
        return None
    if is_local(datum):
        return shape
    # the metric CRS of degrees: only the datum is undone
    moved = to_metric(np.array([shape], dtype=object), datum, "EPSG:4326")[0]
    west, south, east, north = shapely.bounds(moved)
    seen = np.isfinite([west, south, east, north]).all()
    return moved if seen and max(-west, east) <= 360 and max(-south, north) <= 85 else None


def _page(
    project: Project,
    shown: list[Shown],
    layers: dict[str, Any],
    names: dict[str, list[str]],
    *,
    plane: bool,
    left_out: int = 0,
    speak: Speaker,
) -> str:
    groups = _groups(shown, speak)
    data = {
        "plane": plane,
        "words": _words_for_script(speak),
        "names": names,
        "layers": {name: _collection(shapes) for name, shapes in layers.items()},
        "findings": [one for group in groups for one in group.pop("drawn")],
    }
    context = _context(project, groups, layers, left_out, speak)
    text = json.dumps(data, ensure_ascii=False) + str(context)
    font = font_css(text)
    html = _template().render(
        **context,
        lang="zh-CN" if speak.lang == "zh" else "en",
        content_policy=Markup(content_policy()),
        assets=Markup(f'<link rel="stylesheet" href="{LEAFLET_CSS}"><script src="{LEAFLET_JS}"></script>'),
        font_css=Markup(font.css),
        css=Markup(_read("page.css") + _read("findings.css")),
        js=Markup(_read("findings.js")),
        data=Markup(script_json(data)),
    )
    return inline_assets(html)


def _groups(shown: list[Shown], speak: Speaker) -> list[dict[str, Any]]:
    """Return the kinds with their lines; numbers run through all that is drawn."""
    groups: list[dict[str, Any]] = []
    number = 0
    order = [FAULT, *KINDS]
    ordered = sorted(shown, key=lambda one: order.index(one.kind))
    for kind, rows in groupby(ordered, key=lambda one: one.kind):
        own = list(rows)
        drawn = []
        for one in own[:MOST_DRAWN]:
            number += 1
            drawn.append(
                {
                    "n": number,
                    "colour": _COLOURS[kind],
                    "kind": speak(kind_title(kind)),
                    "words": one.words,
                    "shape": one.shape,
                    "point": one.point,
                }
            )
        more = len(own) - len(drawn)
        groups.append(
            {
                "kind": kind,
                "title": speak(kind_title(kind)),
                "colour": _COLOURS[kind],
                "count": f"{len(own):,}",
                "lines": [{"n": one["n"], "words": one["words"]} for one in drawn],
                "more": speak(say("{n} more, not drawn", n=f"{more:,}")) if more else "",
                "drawn": drawn,
            }
        )
    return groups


def _collection(shapes: list[dict[str, Any] | None]) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {"i": at}, "geometry": shape}
        for at, shape in enumerate(shapes)
        if shape is not None
    ]
    return {"type": "FeatureCollection", "features": features}


def _words_for_script(speak: Speaker) -> dict[str, str]:
    words = {
        "zoomIn": say("Zoom in"),
        "zoomOut": say("Zoom out"),
        "layers": say("Layers"),
        "close": say("Close"),
        "map": say("Map"),
        "findings": say("Findings"),
        "zones": say("zones"),
        "districts": say("districts"),
        "units": say("planning units"),
        "schools": say("schools"),
        "all": say("Show the whole map"),
    }
    return {name: speak(text) for name, text in words.items()}


def _context(
    project: Project,
    groups: list[dict[str, Any]],
    layers: dict[str, Any],
    left_out: int,
    speak: Speaker,
) -> dict[str, Any]:
    head = project.project
    faulty = any(group["kind"] == FAULT for group in groups)
    total = sum(int(group["count"].replace(",", "")) for group in groups)
    subtitle = say("Shapes looked at: {n} findings", n=total)
    if faulty:
        subtitle = say("Shapes that cannot be read: {n}", n=total)
    notices: list[Text] = []
    if not groups:
        notices.append(say("Nothing was found in the shapes."))
    if faulty:
        notices.append(
            say("Only the broken shapes are drawn: the project cannot be read before they are mended.")
        )
    if left_out:
        n = f"{left_out:,}"
        notices.append(say("{n} planning units are not drawn: too many for one page.", n=n))
    synthetic = say("Synthetic data: schools, zones and children are made up.")
    there = {name for name, shapes in layers.items() if any(one is not None for one in shapes)}
    return {
        "title": head.name,
        "subtitle": speak(subtitle),
        "synthetic": speak(synthetic) if head.synthetic else "",
        "watermark": WATERMARK if head.synthetic else "",
        "notices": [speak(one) for one in notices],
        "groups": groups,
        "marks": _marks(there, speak),
        "sources": [
            *head.attribution,
            speak(say("Page: Leaflet 1.9.4 (BSD-2-Clause), Noto Sans SC (SIL OFL 1.1), Xuequ")),
        ],
        "words": {
            "panel": speak(say("Legend and lists")),
            "legend": speak(say("Legend")),
            "sources": speak(say("Sources")),
            "hint": speak(say("Choose a line to see its place.")),
        },
    }


def _marks(there: set[str], speak: Speaker) -> list[dict[str, Any]]:
    pictures = {
        "zones": (
            '<rect x="4" y="4" width="26" height="16" fill="#fff" stroke="#5b6f80" stroke-width="1.5"/>',
            say("zone"),
        ),
        "districts": (
            '<path d="M3 12H31" stroke="#1d2733" stroke-width="2.5"/>',
            say("border of a district"),
        ),
        "units": ('<path d="M3 12H31" stroke="#a9b4be" stroke-width="1"/>', say("planning unit")),
        "schools": ('<circle cx="17" cy="12" r="4" fill="#16324f" stroke="#fff"/>', say("school")),
    }
    return [
        {
            "picture": Markup(f'<svg width="34" height="24" aria-hidden="true">{picture}</svg>'),
            "meaning": speak(words),
        }
        for name, (picture, words) in pictures.items()
        if name in there
    ]


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _template() -> Any:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_read("findings.html"))
