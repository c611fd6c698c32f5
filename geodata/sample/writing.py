"""Write tables and layers so that the same city is the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: UTF-8, line ends of one byte."""
    text = table.to_csv(index=False, lineterminator="\n")
    path.write_bytes(text.encode("utf-8"))


def write_layer(layer: gpd.GeoDataFrame, path: Path) -> None:
    """Write a layer as GeoJSON, one feature a line, coordinates with the decimals that they have."""
    values = layer.drop(columns=layer.geometry.name).to_dict("records")
    shapes = shapely.to_geojson(layer.geometry.to_numpy())
    lines = [
        f'{{"type":"Feature","properties":{json.dumps(value, ensure_ascii=False)},"geometry":{shape}}}'
        for value, shape in zip(values, shapes, strict=True)
    ]
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_bytes(text.encode("utf-8"))
