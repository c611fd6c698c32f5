"""How a project's layers look in QGIS, and the legend that says it in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata import City, say
from geodata.messages import Speaker
from geodata.writing.styles import Category, Style
from zoning.maps.colours import colour_keys, span_words

MOST_CATEGORIES = 1000
"""More zones than a legend can hold: then they have one colour."""

# soft tints that stay apart from each other beside one another
_TINTS = ("#8dd3c7", "#f6e58d", "#bebada", "#fb8072", "#80b1d3", "#fdb462", "#b3de69", "#fccde5")
_DARK = "#1d3557"


def zone_style(zones: pd.DataFrame, speak: Speaker) -> Style:
    """Return the style of zones: by seat pressure where they have a column `colour`, else each its own.

    Parameters
    ----------
    zones : GeoDataFrame
        zone_id, name, geometry; perhaps colour, as `zone_pressure` has it.
    speak : Speaker

    Notes
    -----
    Zones that touch have different tints: in the order of their ids each takes the tint, of those that no
    neighbour has, that is rarest so far.
    """
    if "colour" in zones:
        keys = [
            Category(
                value=key.colour, label=f"{span_words(speak, key)} {speak(key.meaning)}", colour=key.fill
            )
            for key in colour_keys()
        ]
        return Style(mark="fill", column="colour", categories=tuple(keys), label="name")
    if len(zones) > MOST_CATEGORIES:
        return Style(mark="fill", colour=_TINTS[4], label="name")
    tints = _tints(zones)
    own = [
        Category(value=str(row["zone_id"]), label=str(row["name"]), colour=_TINTS[tint])
        for row, tint in zip(zones[["zone_id", "name"]].to_dict("records"), tints, strict=True)
    ]
    return Style(mark="fill", column="zone_id", categories=tuple(own), label="name")


def _tints(zones: pd.DataFrame) -> list[int]:
    shapes = zones.geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    near = pd.Series(right).groupby(left).agg(set).to_dict()
    order = np.argsort(zones["zone_id"].to_numpy(dtype="U"), kind="stable")
    tint, used = [-1] * len(zones), [0] * len(_TINTS)
    for zone in order.tolist():
        taken = {tint[other] for other in near.get(zone, ())}
        free = [one for one in range(len(_TINTS)) if one not in taken] or list(range(len(_TINTS)))
        tint[zone] = min(free, key=lambda one: (used[one], one))
        used[tint[zone]] += 1
    return tint


def layer_styles(frames: Mapping[str, gpd.GeoDataFrame], speak: Speaker) -> dict[str, Style]:
    """Return the style of each layer, by the name of its table."""
    found = {
        "districts": Style(mark="fill", label="name", size_mm=0.8),
        "streets": Style(mark="fill", label="name", size_mm=0.4),
        "barriers": Style(mark="line", colour="#6c757d", size_mm=0.8),
        "links": Style(mark="line", colour="#e76f51", size_mm=0.8),
        "schools": Style(mark="marker", colour=_DARK, label="name", size_mm=3.0),
    }
    if "zones" in frames:
        found["zones"] = zone_style(frames["zones"], speak)
    if "units" in frames:
        points = set(frames["units"].geometry.geom_type.dropna()) == {"Point"}
        found["units"] = (
            Style(mark="marker", colour="#6d8299", size_mm=1.6)
            if points
            else Style(mark="fill", size_mm=0.15)
        )
    if "barriers" in frames and frames["barriers"].geometry.geom_type.str.contains("Polygon").any():
        found["barriers"] = Style(mark="fill", colour="#a8c8e8", size_mm=0.1)
    return found


def legend_of(
    city: City, names: Sequence[str], styles: Mapping[str, Style], speak: Speaker
) -> pd.DataFrame:
    """Return the legend: layer, value, meaning, colour; one row a category, or a layer."""
    rows = [
        {"layer": name, "value": one.value, "meaning": one.label, "colour": one.colour}
        for name in names
        for one in (
            styles[name].categories
            or (Category(value="", label=layer_titles(city, speak)[name], colour=styles[name].colour),)
        )
    ]
    return pd.DataFrame(rows, dtype="str")


def layer_titles(city: City, speak: Speaker) -> dict[str, str]:
    """Return what people call each layer."""
    return {
        "districts": speak(say("districts")),
        "streets": speak(say("streets")),
        "zones": speak.choose(city.project.zone_label.model_dump()),
        "units": speak(say("planning units")),
        "barriers": speak(say("barriers")),
        "links": speak(say("bridges, tunnels, crossings")),
        "schools": speak(say("schools")),
    }
