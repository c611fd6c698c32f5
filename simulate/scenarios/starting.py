"""A scenario to start from: a commented template with an example of each kind of change, or a copy."""

from __future__ import annotations

import re
import string
from importlib import resources
from pathlib import Path

from geodata.city import City
from geodata.errors import XuequError
from geodata.messages import say
from geodata.writing.whole import whole
from simulate.scenarios.reading import shipped_path
from zoning.plan import plan_in

_TEMPLATE = Path(str(resources.files("simulate") / "scenarios" / "template.toml"))
_BLANK = {
    "unit": "U1",
    "own": "Z1",
    "zone": "Z2",
    "school": "S1",
    "other": "S2",
    "district": "D1",
    "category": "household",
    "year": "2024",
    "day": "2024-08-31",
    "policy": "xiamen-datongchou",
    "stage": "municipal-coordination",
}


def write_scenario(path: Path, *, city: City | None = None, copied: str | None = None) -> None:
    """Write a scenario to start from; nothing is written over.

    Parameters
    ----------
    path : Path
        A new file that ends in `.toml`.
    city : City, optional
        Whose units, zones and schools stand in the examples of the template.
    copied : str, optional
        The shipped scenario that is copied instead; it gets the name of the file for its id.

    Raises
    ------
    XuequError
        If the file exists, or its name does not end in `.toml`.
    DataError
        If there is no such shipped scenario.
    """
    if path.suffix != ".toml":
        raise XuequError(say("{path}: the name of a scenario ends in .toml", path=path.name))
    # an id is of letters, digits, - and _
    name = re.sub(r"[^\w-]+", "-", path.stem).strip("-") or "scenario"
    if copied is not None:
        text = shipped_path(copied).read_text(encoding="utf-8")
        text = re.sub(r'^id = ".*"$', f'id = "{name}"', text, count=1, flags=re.MULTILINE)
    else:
        template = string.Template(_TEMPLATE.read_text(encoding="utf-8"))
        values = _BLANK if city is None else {**_BLANK, **_examples(city)}
        text = template.substitute({k: _plain(v) for k, v in values.items()}, id=name, file=path.name)
    with whole(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def _plain(value: str) -> str:
    """Return a name as it can stand between quotation marks in TOML, on one line."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")


def _examples(city: City) -> dict[str, str]:
    """Return ids of a project for the examples: a unit, its zone and another, two schools."""
    head = city.project.project
    plan, serves = plan_in(city, head.year), city["serves"]
    found = {"year": str(head.year), "day": str(head.date), "policy": head.policy or _BLANK["policy"]}
    if len(plan):
        own = str(plan["zone_id"].iloc[0])
        found |= {"unit": str(plan["unit_id"].iloc[0]), "own": own}
        there = serves.loc[serves["zone_id"] == own, "school_id"].tolist()
        others = city["zones"].loc[city["zones"]["zone_id"] != own, "zone_id"].tolist()
        found |= {"zone": str(others[0])} if others else {}
        school = str(there[0]) if there else str(city["schools"]["school_id"].iloc[0])
        rest = city["schools"].loc[city["schools"]["school_id"] != school, "school_id"].tolist()
        found |= {"school": school, **({"other": str(rest[0])} if rest else {})}
        categories = sorted(set(city["demand"]["category"]) | set(city["applicants"]["category"]))
        found |= {"category": categories[0]} if categories else {}
    districts = [*city["districts"]["district_id"], *city["schools"]["district_id"].dropna()]
    found |= {"district": str(districts[0])} if districts else {}
    return found
