"""Scenarios written and applied by tests, to the tiny city and to a small synthetic one."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import pandas as pd
import pytest

from geodata import City, DataError, Fault, read_city
from geodata.sample import write_sample
from simulate.app import policy_of
from simulate.building import build_world
from simulate.policy import Policy
from simulate.records import tables_of
from simulate.scenarios import Applied, Scenario, applied_scenario, read_scenario
from simulate.season import open_season, run_season
from tests.tiny import Edit, applicants_of, write_tiny

HEAD = """\
id = "tried"
title = { zh = "试", en = "a try" }
assumed = true
reason = { zh = "试", en = "a test" }
"""
ZONE_9 = 'zone = { id = "Z9", units = ["U1"] }'
SCHOOL_9 = (
    'do = "open-school"\nid = "S9"\nname = "新校"\nsite = { unit = "U1" }\nclasses = 2\nclass_size = 40\n'
)
CHILDREN = (
    "applicant_id,category,unit_id,zone_id,consents,sibling_school_id,settled_on\n"
    "A1,household,U1,,city,S2,2020-01-01\n"
    "A2,household,U2,,city,,2020-01-02\n"
    "A3,points,U4,,city,S4,\n"
    "A4,household,,Z3,city,,2020-01-03\n"
)


def write_scenario(folder: Path, *changes: str, name: str = "tried", head: str = HEAD) -> Path:
    """Write a scenario of changes, each the lines below its [[change]]."""
    path = folder / f"{name}.toml"
    text = head.replace('"tried"', f'"{name}"') + "".join(f"\n[[change]]\n{one}\n" for one in changes)
    path.write_text(text, encoding="utf-8")
    return path


def scenario_of(folder: Path, *changes: str) -> Scenario:
    """Write a scenario and read it."""
    return read_scenario(write_scenario(folder, *changes))


class Base:
    """A project, its city and its policy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.city: City = read_city(folder)
        self.policy: Policy = policy_of(self.city, folder)

    def applied(self, *changes: str) -> Applied:
        """Apply changes."""
        scenario = scenario_of(self.folder.parent, *changes)
        return applied_scenario(self.city, self.policy, scenario, self.folder)

    def faults(self, *changes: str) -> tuple[Fault, ...]:
        """Return the faults of changes that cannot be applied."""
        with pytest.raises(DataError) as caught:
            self.applied(*changes)
        return caught.value.faults

    def fault(self, *changes: str) -> Fault:
        """Return the one fault of changes that cannot be applied."""
        faults = self.faults(*changes)
        assert len(faults) == 1, [fault.line(str) for fault in faults]
        return faults[0]


def tiny(folder: Path, **changes: Edit) -> Base:
    """Write the tiny project and read it."""
    return Base(write_tiny(folder / "city", **changes))


def listed(folder: Path, **changes: Edit) -> Base:
    """Write the tiny project with a list of four applicants."""
    return tiny(folder, **{**applicants_of(CHILDREN), **changes})


@functools.lru_cache(maxsize=2)
def sample(scale: float) -> Base:
    """Return a synthetic Xiamen; made once for a scale."""
    folder = Path(tempfile.mkdtemp()) / "city"
    write_sample(folder, scale=scale)
    return Base(folder)


def placements(city: City, policy: Policy) -> pd.DataFrame:
    """Run a season and return who is placed where."""
    world = build_world(city, policy, seed="tried")
    season = run_season(world, policy, open_season(world))
    return tables_of(world, policy, season)["placements"]


def plan(city: City) -> dict[str, str]:
    """Return the zone of each unit, for all categories, in the project's year."""
    from zoning.plan import plan_in

    rows = plan_in(city, city.project.project.year)
    return dict(zip(rows["unit_id"], rows["zone_id"], strict=True))


def same_tables(one: City, two: City) -> bool:
    """Whether two cities have the same rows."""
    return all(one[name].equals(two[name]) for name in one.tables)
