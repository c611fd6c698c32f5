"""Read a run folder into plain values: tables, JSON, and whether each file is the one that was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geodata.errors import XuequError
from geodata.messages import say
from geodata.schema import TABLES
from simulate.verify.findings import Findings

RESULTS = ("placements", "ledger", "keys", "distances", "metrics")
USED = ("children", "listed", "offered", "points", "eligibility")
PUBLISHED = "published"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """A run folder as it was found.

    Parameters
    ----------
    name : str
        The folder's name.
    manifest, project, policy : mapping
        The JSON files; empty where they cannot be read.
    inputs : mapping of str to DataFrame
        The tables of inputs by name; one that cannot be read is absent.
    results : mapping of str to sequence of Row
        The rows of the other tables, in their order.
    published : Papers, optional
        The run that was published, where this one amends it.
    """

    name: str
    manifest: Mapping[str, Any]
    project: Mapping[str, Any]
    policy: Mapping[str, Any]
    inputs: Mapping[str, pd.DataFrame]
    results: Mapping[str, Sequence[Row]]
    published: Papers | None = None


def read_papers(folder: Path, findings: Findings) -> Papers:
    """Read a run folder; what is missing, changed or unreadable becomes a finding.

    Raises
    ------
    XuequError
        If the folder is no run at all: it has no manifest.json that can be read.
    """
    manifest = _manifest(folder)
    _check_files(folder, manifest, findings)
    inputs = folder / "inputs"
    spatial = {table.name for table in TABLES if table.geometry}
    names = [table.name for table in TABLES] + list(USED)
    results = _tables({n: folder / f"{n}.parquet" for n in RESULTS}, set(), folder, findings)
    published = None
    if (folder / PUBLISHED).is_dir():
        try:
            published = read_papers(folder / PUBLISHED, findings)
        except XuequError as error:
            findings.add(error.message)
    elif manifest.get("base"):
        findings.add(say("published: the run that was amended, {base}, is missing", base=manifest["base"]))
    return Papers(
        name=folder.resolve().name,
        manifest=manifest,
        project=_json(inputs / "project.json", folder, findings),
        policy=_json(inputs / "policy.json", folder, findings),
        inputs=_tables({n: inputs / f"{n}.parquet" for n in names}, spatial, folder, findings),
        results={name: rows_of(table) for name, table in results.items()},
        published=published,
    )


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a table as plain dictionaries; what is missing is None."""
    columns = {}
    for name in frame.columns:
        if name != "geometry":
            missing = frame[name].isna().tolist()
            columns[name] = [
                None if gone else value for value, gone in zip(frame[name].tolist(), missing, strict=True)
            ]
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _manifest(folder: Path) -> Mapping[str, Any]:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or not {"format", "files", "done", "seed"} <= set(manifest):
            raise ValueError("manifest.json lacks keys")
        if not isinstance(manifest["files"], dict):
            raise ValueError("files is no table")
    except (OSError, ValueError) as error:
        raise XuequError(
            say("{folder} is no run folder: manifest.json cannot be read", folder=folder.name)
        ) from error
    return manifest


def _check_files(folder: Path, manifest: Mapping[str, Any], findings: Findings) -> None:
    listed = manifest["files"]
    for file, digest in sorted(listed.items()):
        path = folder / file
        # a name that leads out of the folder is no file of it
        if ".." in path.parts or Path(file).is_absolute() or not path.is_file():
            findings.add(say("{file} stands in manifest.json and is missing", file=file))
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            findings.add(say("{file}: a hash that differs from manifest.json", file=file))
    wanted = {f"{name}.parquet" for name in RESULTS}
    wanted |= {f"inputs/{table.name}.parquet" for table in TABLES}
    wanted |= {f"inputs/{name}.parquet" for name in USED} | {"inputs/project.json", "inputs/policy.json"}
    there = {p.relative_to(folder).as_posix() for p in (folder / "inputs").rglob("*") if p.is_file()}
    there |= {p.name for p in folder.glob("*.parquet")}
    for file in sorted((wanted | there) - set(listed)):
        findings.add(say("{file} has no hash in manifest.json", file=file))
    findings.checked(say("files whose hash was compared"), len(listed))


def _json(path: Path, folder: Path, findings: Findings) -> Mapping[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(value, dict):
            return value
        problem = "not an object"
    except (OSError, ValueError) as error:
        problem = str(error)
    _unreadable(path, folder, problem, findings)
    return {}


def _tables(
    paths: Mapping[str, Path], spatial: set[str], folder: Path, findings: Findings
) -> Mapping[str, pd.DataFrame]:
    found = {}
    for name, path in paths.items():
        try:
            found[name] = gpd.read_parquet(path) if name in spatial else pd.read_parquet(path)
        except (
            Exception
        ) as error:  # a damaged file may fail in any way: that is a finding, whatever the way
            _unreadable(path, folder, str(error), findings)
    return found


def _unreadable(path: Path, folder: Path, problem: str, findings: Findings) -> None:
    file = path.relative_to(folder).as_posix()
    findings.add(say("{file} cannot be read: {problem}", file=file, problem=problem))
