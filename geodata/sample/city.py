"""Make the sample city and write it as a project folder."""

from __future__ import annotations

import string
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from geodata.errors import XuequError
from geodata.messages import say
from geodata.project import PROJECT_FILE
from geodata.sample.demand import demand_table, make_demand
from geodata.sample.estates import Estates, make_estates
from geodata.sample.ground import DATA, make_links, read_ground
from geodata.sample.rolls import make_rolls
from geodata.sample.schools import Schools, make_schools
from geodata.sample.sharing import Ints
from geodata.sample.writing import write_layer, write_table
from geodata.writing.whole import refuse_full_folder

LEAST_SCALE, MOST_SCALE = 0.01, 10.0
_UNIT_COLUMNS = [
    "unit_id",
    "name",
    "community_id",
    "street_id",
    "district_id",
    "households",
    "geometry",
]


def write_sample(
    folder: Path,
    *,
    scale: float = 1.0,
    seed: int = 2024,
    report: Callable[[float], None] | None = None,
) -> None:
    """Write a synthetic Xiamen on the real ground as a project folder.

    Parameters
    ----------
    folder : Path
        Where; it must not exist, or be empty.
    scale : float
        How many times the real numbers of estates, communities, campuses and children: 0.01 to 10.
    seed : int
        The same seed and scale give the same bytes.
    report : callable, optional
        Told the share done, 0 to 1.

    Raises
    ------
    XuequError
        If the folder has something in it, or the scale is out of bounds.

    Notes
    -----
    The folder appears whole or not at all: it is written under another name beside its place.

    Examples
    --------
    >>> import tempfile
    >>> from geodata import read_city
    >>> with tempfile.TemporaryDirectory() as outer:
    ...     write_sample(Path(outer) / "city", scale=0.01)
    ...     int(read_city(Path(outer) / "city")["demand"]["children"].sum())
    700
    """
    tell = report or (lambda share_done: None)
    folder = folder.resolve()
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        raise XuequError(
            say("scale is {scale}; allowed: {low} to {high}", scale=scale, low="0.01", high="10")
        )
    refuse_full_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as outer:
        inner = Path(outer) / folder.name
        inner.mkdir()
        _write(inner, scale=scale, seed=seed, tell=tell)
        if folder.exists():
            folder.rmdir()
        inner.rename(folder)
    tell(1.0)


def _write(folder: Path, *, scale: float, seed: int, tell: Callable[[float], None]) -> None:
    # a stream for each part, so that a change in one leaves the others as they were
    for_estates, for_demand, for_schools, for_rolls = np.random.default_rng(seed).spawn(4)
    ground = read_ground()
    tell(0.05)
    estates = make_estates(ground, scale=scale, rng=for_estates)
    tell(0.65)
    children = make_demand(ground.figures, estates.units, scale=scale, rng=for_demand)
    schools = make_schools(ground.figures, estates, children, scale=scale, rng=for_schools)
    classes = schools.seats["classes"].to_numpy(dtype=np.int64)
    rolls = make_rolls(schools.schools, classes, rng=for_rolls)
    campuses = schools.schools.assign(rooms=rolls.rooms, area_m2=rolls.area_m2)
    tell(0.75)
    (folder / "districts.geojson").write_bytes((DATA / "districts_wgs84.geojson").read_bytes())
    # the licence of the outlines asks that it goes with every copy
    (folder / "ATTRIBUTION.md").write_bytes((DATA / "ATTRIBUTION.md").read_bytes())
    write_layer(make_links(ground), folder / "links.geojson")
    write_layer(campuses, folder / "schools.geojson")
    write_layer(estates.units[_UNIT_COLUMNS], folder / "units.geojson")
    tell(0.9)
    write_table(estates.streets, folder / "streets.csv")
    write_table(demand_table(estates.units, children), folder / "demand.csv")
    write_table(schools.zones, folder / "zones.csv")
    write_table(schools.serves, folder / "serves.csv")
    write_table(schools.plan, folder / "plan.csv")
    write_table(schools.seats, folder / "seats.csv")
    write_table(rolls.rolls, folder / "rolls.csv")
    write_table(rolls.indicators, folder / "indicators.csv")
    head = _head(estates, children, schools, scale=scale, seed=seed)
    (folder / PROJECT_FILE).write_bytes(head.encode("utf-8"))


def _head(estates: Estates, children: Ints, schools: Schools, *, scale: float, seed: int) -> str:
    template = string.Template((DATA / "xuequ.toml.template").read_text(encoding="utf-8"))
    favoured, _, points = children.sum(axis=0)
    return template.substitute(
        scale=f"{scale:g}",
        seed=seed,
        units=f"{len(estates.units):,}",
        communities=f"{estates.units['community_id'].nunique():,}",
        streets=len(estates.streets),
        children=f"{children.sum():,}",
        points=f"{points:,}",
        favoured=f"{favoured:,}",
        campuses=f"{len(schools.schools):,}",
        classes=f"{schools.seats['classes'].sum():,}",
    )
