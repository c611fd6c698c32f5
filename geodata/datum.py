"""Which datum a layer has, and how its coordinates become those of another, or of the metric CRS.

GCJ-02, BD-09 and Baidu's metres are not in PROJ: `geodata.datums` has them. They hang on WGS-84, so every
way from one datum to another leads over it, but for the short ways among themselves.
"""

from geodata.datums.baidu import bd09_to_metres, metres_to_bd09
from geodata.datums.conversion import (
    FLOOR_M,
    accuracy_m,
    bounds_in_degrees,
    convert,
    convert_shapes,
    to_metric,
)
from geodata.datums.crs import (
    NAMED,
    SHIFTED,
    crs_of,
    file_crs,
    is_geographic,
    is_metric,
    may_be,
    metric_crs_for,
    need_metric,
)
from geodata.datums.shifts import (
    CHINA_BOX,
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    in_china,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

__all__ = [
    "CHINA_BOX",
    "FLOOR_M",
    "NAMED",
    "SHIFTED",
    "accuracy_m",
    "bd09_to_gcj02",
    "bd09_to_metres",
    "bd09_to_wgs84",
    "bounds_in_degrees",
    "convert",
    "convert_shapes",
    "crs_of",
    "file_crs",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "in_china",
    "is_geographic",
    "is_metric",
    "may_be",
    "metres_to_bd09",
    "metric_crs_for",
    "need_metric",
    "to_metric",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]
