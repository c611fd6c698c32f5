"""The inputs of a run as they are kept in its folder: tables, project, policy, what was said of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pydantic import ValidationError

from geodata import City, XuequError, say, schema
from geodata.messages import Text
from geodata.project import Project
from simulate.policy import Policy


def write_inputs(folder: Path, city: City, policy: Policy, *, base: City | None = None) -> None:
    """Write a city and its policy into an empty folder.

    Parameters
    ----------
    folder : Path
        It exists.
    city, policy
        What is written.
    base : City, optional
        A city that is kept elsewhere: only the tables that differ from it are written.
    """
    for table in schema.TABLES:
        here = city[table.name]
        if base is None or not _alike(here, base[table.name]):
            here.to_parquet(folder / f"{table.name}.parquet", index=False)
    (folder / "project.json").write_text(
        city.project.model_dump_json(by_alias=True, indent=1), encoding="utf-8"
    )
    (folder / "policy.json").write_text(policy.model_dump_json(by_alias=True, indent=1), encoding="utf-8")
    notes = {
        "notes": [plain_of(text) for text in city.notes],
        "absences": [plain_of(text) for text in city.absences],
    }
    write_json(folder / "notes.json", notes)


def read_inputs(
    folder: Path,
    *,
    metric_crs: str,
    written_by: str,
    named: str,
    hashes: Mapping[str, str],
    base: Path | None = None,
) -> tuple[City, Policy]:
    """Read back what `write_inputs` wrote.

    Parameters
    ----------
    folder : Path
        Where it lies.
    metric_crs : str
        The CRS of the tables.
    written_by : str
        The version of xuequ that wrote it.
    named : str
        The name of the run's folder, for errors.
    hashes : mapping of str to str
        The files as they were read, for the city.
    base : Path, optional
        Where the tables lie that are not in `folder`.

    Raises
    ------
    XuequError
        If the project or the policy cannot be read back.
    """
    try:
        # dates are texts in JSON, so these are read as JSON and not as Python values
        project = Project.model_validate_json((folder / "project.json").read_bytes())
        policy = Policy.model_validate_json((folder / "policy.json").read_bytes())
    except ValidationError as error:
        raise not_read_back(named, written_by, error) from error
    said = read_json(folder / "notes.json")
    tables: dict[str, pd.DataFrame] = {}
    for table in schema.TABLES:
        path = folder / f"{table.name}.parquet"
        if base is not None and not path.is_file():
            path = base / path.name
        tables[table.name] = gpd.read_parquet(path) if table.geometry else pd.read_parquet(path)
    city = City(
        project=project,
        tables=tables,
        metric_crs=metric_crs,
        notes=tuple(text_of(one) for one in said["notes"]),
        absences=tuple(text_of(one) for one in said["absences"]),
        hashes=hashes,
    )
    return city, policy


def not_read_back(named: str, written_by: str, error: ValidationError) -> XuequError:
    """Return the error of a project, policy or the like in a run's folder that does not hold any more."""
    if written_by == version("xuequ"):
        return XuequError(
            say(
                "{folder}: its policy or project cannot be read back: {problem}",
                folder=named,
                problem=error.errors(include_url=False)[0]["msg"],
            )
        )
    return XuequError(
        say(
            "{folder} was written by another version ({there}); this is {here}: run the project again",
            folder=named,
            there=written_by,
            here=version("xuequ"),
        )
    )


def decides(city: City, policy: Policy) -> dict[str, Any]:
    """Return what of a city and its policy decides a run: digests of the tables, the rest whole."""
    return {
        "tables": {name: fingerprint(table) for name, table in city.tables.items()},
        "project": city.project.model_dump_json(),
        "policy": policy.model_dump_json(),
    }


def digest_of(deciding: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what decides a run, whatever the order of its keys.

    Examples
    --------
    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def _alike(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Return whether two tables hold the same; most are the very same object."""
    return a is b or fingerprint(a) == fingerprint(b)


def fingerprint(table: pd.DataFrame) -> str:
    """Return a digest of a table's values, whatever the order of the rows in the file it came from."""
    digest = hashlib.sha256(",".join(table.columns).encode())
    for column in table.columns:
        if column == "geometry":
            digest.update(b"".join(w or b"-" for w in shapely.to_wkb(table.geometry.to_numpy())))
        else:
            digest.update(pd.util.hash_pandas_object(table[column], index=False).to_numpy().tobytes())
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON: UTF-8, the same bytes on every machine."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_json(path: Path) -> Any:
    """Read a file of JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def plain_of(text: Text) -> dict[str, object]:
    """Return a message as JSON."""
    return {
        "msgid": text.msgid,
        "params": {k: plain_of(v) if isinstance(v, Text) else str(v) for k, v in text.params.items()},
    }


def text_of(plain: Mapping[str, Any]) -> Text:
    """Return a message from JSON.

    Examples
    --------
    >>> str(text_of(plain_of(Text("{n} seats", {"n": 45}))))
    '45 seats'
    """
    params = {k: text_of(v) if isinstance(v, dict) else v for k, v in plain["params"].items()}
    return Text(plain["msgid"], params)
