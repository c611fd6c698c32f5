"""A tiny valid project, from which tests make single faults.

Two land parts, 2 km apart, with a bridge of 2,200 m. Places are metres east and north of the corner of
the east part (EPSG:4548, 610000, 2710000), so that distances can be worked out by hand:

    west part = district D2             water            east part = district D1
    (-4000, 0) to (-2000, 2000)    bridge at 1000    (0, 0) to (2000, 2000)
    U4 (-4000, 0)-(-3000, 1000)                      U1 (0, 0)-(1000, 1000)
    U5 the point (-2500, 1500)                       U2 (1000, 0)-(2000, 1000)
                                                     U3 (1000, 1000)-(2000, 2000)
    S4 (-3500, 500)                                  S1 (500, 600), S2 (1500, 500), S3 (1500, 1500)

Zone Z1 = U1 (school S1), Z2 = U2 + U3 (schools S2 and S3), Z3 = U4 + U5 (school S4).
"""

from __future__ import annotations

import json
from pathlib import Path

EAST, NORTH = 610_000, 2_710_000
YEAR = 2024

Edit = str | bytes | None | tuple[str, str] | list[tuple[str, str]]


def write_tiny(folder: Path, **changes: Edit) -> Path:
    """Write the project, with changes by file, and return its folder.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    **changes
        By the stem of a file's name (`plan`, `districts`, `xuequ`): a whole new text or new bytes; None
        for no such file; or one or several pairs (old, new), where old stands in the file once. A stem
        that is no file of the project makes `STEM.csv`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {Path(name).stem: (name, text) for name, text in _FILES.items()}
    for stem, change in changes.items():
        name, text = files.get(stem, (f"{stem}.csv", ""))
        files[stem] = (name, _changed(text, change))
    for name, content in files.values():
        if content is None:
            continue
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        (folder / name).write_bytes(data)
    return folder


def applicants_of(rows: str) -> dict[str, Edit]:
    """Return the changes that give the project a list of applicants instead of counts."""
    table = '[tables.applicants]\npath = "applicants.csv"\ndatum = "EPSG:4548"\n'
    return {"applicants": rows, "xuequ": ("[children]", f"{table}\n[children]")}


def square(west: float, south: float, side: float = 1000, high: float | None = None) -> dict[str, object]:
    """Return a GeoJSON box; metres from the corner of the east part."""
    west, south = EAST + west, NORTH + south
    east, north = west + side, south + (side if high is None else high)
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def point(east: float, north: float) -> dict[str, object]:
    """Return a GeoJSON point; metres from the corner of the east part."""
    return {"type": "Point", "coordinates": [EAST + east, NORTH + north]}


def layer(*rows: tuple[dict[str, object], dict[str, object] | None]) -> str:
    """Return a GeoJSON layer of pairs of properties and geometry."""
    features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in rows]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)


def _changed(text: str, change: Edit) -> str | bytes | None:
    if change is None or isinstance(change, (str, bytes)):
        return change
    for old, new in [change] if isinstance(change, tuple) else change:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


_BRIDGE = {
    "type": "LineString",
    "coordinates": [[EAST - 2000, NORTH + 1000], [EAST, NORTH + 1000]],
}

_FILES = {
    "districts.geojson": layer(
        ({"district_id": "D1", "name": "东区"}, square(0, 0, 2000)),
        ({"district_id": "D2", "name": "西区"}, square(-4000, 0, 2000)),
    ),
    "units.geojson": layer(
        ({"unit_id": "U1", "name": "东一小区"}, square(0, 0)),
        ({"unit_id": "U2", "name": "东二小区"}, square(1000, 0)),
        ({"unit_id": "U3", "name": "东三小区"}, square(1000, 1000)),
        ({"unit_id": "U4", "name": "西一小区"}, square(-4000, 0)),
        ({"unit_id": "U5", "name": "西二小区"}, point(-2500, 1500)),
    ),
    "links.geojson": layer(({"link_id": "L1", "name": "大桥", "length_m": 2200}, _BRIDGE)),
    "zones.csv": "zone_id,name\nZ1,东一片区\nZ2,东二片区\nZ3,西片区\n",
    "plan.csv": "unit_id,zone_id\nU1,Z1\nU2,Z2\nU3,Z2\nU4,Z3\nU5,Z3\n",
    # the places of the table above, in degrees to 1 mm
    "schools.csv": """\
school_id,name,lng,lat
S1,东一小学,118.09014693,24.49543656
S2,东二小学,118.10000324,24.49446237
S3,东三小学,118.10008179,24.50348879
S4,西小学,118.05068240,24.49481361
""",
    "seats.csv": "school_id,classes,class_size\nS1,1,45\nS2,1,45\nS3,1,45\nS4,3,45\n",
    "serves.csv": "zone_id,school_id\nZ1,S1\nZ2,S2\nZ2,S3\nZ3,S4\n",
    "demand.csv": """\
unit_id,category,year,children
U1,household,2024,48
U1,points,2024,20
U2,household,2024,35
U2,points,2024,16
U3,household,2024,30
U3,points,2024,10
U4,household,2024,45
U4,points,2024,12
U5,household,2024,30
U5,points,2024,14
""",
    "xuequ.toml": """\
[project]
name = "小城 Tiny"
level = "primary"
year = 2024
policy = "xiamen-datongchou"
seed = "tiny-2024"
synthetic = true

[tables.districts]
path = "districts.geojson"
datum = "EPSG:4548"

[tables.units]
path = "units.geojson"
datum = "EPSG:4548"

[tables.links]
path = "links.geojson"
datum = "EPSG:4548"

[tables.zones]
path = "zones.csv"

[tables.plan]
path = "plan.csv"

[tables.schools]
path = "schools.csv"
datum = "wgs84"

[tables.seats]
path = "seats.csv"

[tables.serves]
path = "serves.csv"

[tables.demand]
path = "demand.csv"

[children]
reason = { zh = "试", en = "a test" }

[children.points.points]
mean = 45.0
sd = 20.0
low = 0.0
high = 115.0
""",
}
