"""The run folder: written whole or not at all, read back to continue, the same bytes for the same run.

It is private: it holds rows about children.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City, XuequError, say
from geodata.project import Names
from simulate.inputs import (
    decides,
    digest_of,
    read_inputs,
    read_json,
    sha256_of,
    write_inputs,
    write_json,
)
from simulate.points.apply import breakdown_of
from simulate.policy import Policy
from simulate.records import TABLES, listed_of, offered_of
from simulate.world import World
from zoning.addresses import settle_addresses

FORMAT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioName:
    """The scenario that a run is of.

    Parameters
    ----------
    id : str
    title : Names
    assumed : bool
        Whether it has no source.
    """

    id: str
    title: Names
    assumed: bool

    def plain(self) -> dict[str, object]:
        """Return what the manifest holds."""
        return {"id": self.id, "title": self.title.model_dump(), "assumed": self.assumed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as read back from its folder.

    Parameters
    ----------
    folder : Path
        Where it lies.
    name : str
        Its name, which follows from its inputs.
    manifest : mapping
        `manifest.json`.
    city : City
        The normalised inputs.
    policy : Policy
        The policy as it held on the day.
    """

    folder: Path
    name: str
    manifest: Mapping[str, Any]
    city: City
    policy: Policy

    @property
    def scenario(self) -> ScenarioName | None:
        """The scenario that it is of; None where it is the project as it stands."""
        said = self.manifest.get("scenario")
        if said is None:
            return None
        return ScenarioName(id=said["id"], title=Names(**said["title"]), assumed=bool(said["assumed"]))

    def table(self, name: str) -> pd.DataFrame:
        """Return one of the run's tables: placements, ledger, keys, distances, metrics."""
        return pd.read_parquet(self.folder / f"{name}.parquet")


def run_name(city: City, policy: Policy, seed: str, done: int, *, base: str | None = None) -> str:
    """Return a run's name: year, policy, how far it came, and a digest of all that decides it.

    `base` is the name of the published run that it amends.
    """
    city = settle_addresses(city)  # a run keeps the unit of an address, not the address
    deciding = {
        **decides(city, policy),
        "seed": seed,
        "version": version("xuequ"),
        "format": FORMAT,
        **({"base": base} if base else {}),
    }
    digest = digest_of(deciding)[:10]
    head = f"{city.project.project.year}-{policy.id}-{digest}" + ("-amended" if base else "")
    return head if done == len(policy.stage) else f"{head}-through-{policy.stage[done - 1].id}"


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a folder to write in, which takes its final name only when everything has been written.

    Raises
    ------
    XuequError
        If the final name is taken.
    """
    if target.exists():
        raise XuequError(say("{folder} exists; nothing was written", folder=target.name))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".partial-{target.name}-", dir=target.parent))
    try:
        yield partial
        # mkdtemp keeps others out, and so it stays: the folder holds rows about children
        os.replace(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def write_run(
    folder: Path,
    world: World,
    policy: Policy,
    tables: Mapping[str, pd.DataFrame],
    *,
    done: int,
    seed: str,
    published: Run | None = None,
    scenario: ScenarioName | None = None,
) -> None:
    """Write a run into an empty folder.

    Parameters
    ----------
    folder : Path
        As `whole_folder` gives it.
    world, policy
        What was run.
    tables : mapping of str to DataFrame
        What came of it, by name.
    done : int
        How many stages have been run.
    seed : str
        The public seed.
    published : Run, optional
        The published run that this one amends; it is copied, so that the folder can be checked alone.
    scenario : ScenarioName, optional
        The scenario that made the inputs out of the project.
    """
    inputs = folder / "inputs"
    inputs.mkdir()
    _write_inputs(inputs, world, policy)
    for name in TABLES:
        tables[name].to_parquet(folder / f"{name}.parquet", index=False)
    if published is not None:
        _copy_run(published, folder / "published")
    hashed = sorted(p for p in folder.rglob("*") if p.is_file())
    manifest = {
        "format": FORMAT,
        "xuequ": version("xuequ"),
        "project": world.city.project.project.name,
        "year": world.city.project.project.year,
        "on": str(world.city.project.project.date),
        "policy": policy.id,
        "seed": seed,
        "secret": world.city.project.project.secret,
        "stages": [stage.id for stage in policy.stage],
        "done": done,
        "base": None if published is None else published.name,
        "scenario": None if scenario is None else scenario.plain(),
        "synthetic_city": world.city.project.project.synthetic,
        "synthetic_children": world.synthetic,
        "metric_crs": world.city.metric_crs,
        "files": {str(p.relative_to(folder).as_posix()): sha256_of(p) for p in hashed},
    }
    write_json(folder / "manifest.json", manifest)
    write_sources(folder, world.city)


def _copy_run(run: Run, target: Path) -> None:
    """Copy what decides a run; its pages can be drawn from it."""
    for file in (*run.manifest["files"], "manifest.json", "sources.json"):
        path = target / file
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run.folder / file, path)


def write_sources(folder: Path, city: City) -> None:
    """Write the hashes of the files as they were read: apart, since rows in another order change them."""
    write_json(folder / "sources.json", dict(sorted(city.hashes.items())))


def write_timings(folder: Path, seconds: Mapping[str, float]) -> None:
    """Write seconds by step and facts about the host: apart, since they differ between equal runs."""
    libraries = ("geopandas", "numba", "numpy", "pandas", "pyarrow", "scipy", "shapely")
    host = {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine()}
    host.update({name: version(name) for name in libraries})
    write_json(folder / "timings.json", {"seconds": dict(seconds), "host": host})


def read_run(folder: Path, *, name: str | None = None) -> Run:
    """Read a run folder; `name` where it does not lie under its own name yet.

    Raises
    ------
    XuequError
        If it is no run folder, is of another format, or a file of it was changed.
    """
    try:
        manifest, sources = read_json(folder / "manifest.json"), read_json(folder / "sources.json")
        _refuse_ensemble(folder, manifest)
        if not {"format", "files", "done", "seed"} <= set(manifest):
            raise ValueError("manifest.json lacks keys")
    except (OSError, ValueError, TypeError) as error:
        raise XuequError(
            say("{folder} is no run folder: manifest.json cannot be read", folder=folder.name)
        ) from error
    if manifest.get("format") != FORMAT:
        raise XuequError(
            say(
                "{folder} is of format {there}; this version reads format {here}",
                folder=folder.name,
                there=manifest.get("format"),
                here=FORMAT,
            )
        )
    for file, digest in manifest["files"].items():
        path = folder / file
        if not path.is_file() or sha256_of(path) != digest:
            raise XuequError(
                say(
                    "{folder}: {file} is missing or was changed after the run",
                    folder=folder.name,
                    file=file,
                )
            )
    city, policy = read_inputs(
        folder / "inputs",
        metric_crs=manifest["metric_crs"],
        written_by=manifest["xuequ"],
        named=folder.name,
        hashes=sources,
    )
    return Run(
        folder=folder, name=name or folder.resolve().name, manifest=manifest, city=city, policy=policy
    )


def _refuse_ensemble(folder: Path, manifest: Mapping[str, Any]) -> None:
    if isinstance(manifest, dict) and manifest.get("kind") == "ensemble":
        raise XuequError(
            say(
                "{folder} holds many draws (xuequ ensemble), not one run: name the folder of a run here; "
                "xuequ compare shows either",
                folder=folder.name,
            )
        )


def check_same_results(run: Run, tables: Mapping[str, pd.DataFrame]) -> None:
    """Refuse to go on from a run whose stages come out otherwise now: what is frozen is not moved.

    Parameters
    ----------
    run : Run
        A run, whole or stopped at a stage.
    tables : mapping of str to DataFrame
        Its stages run again, perhaps with what has come in since.

    Raises
    ------
    XuequError
        If a child of the run, a row of keys or a row of the ledger differs.
    """
    before = run.table("placements").set_index("applicant_id")
    now = tables["placements"].set_index("applicant_id").reindex(before.index)
    columns = ("outcome", "school_id", "pool", "stage", "given_zone_id", "choice_rank", "over", "decided")
    moved = np.zeros(len(before), dtype=np.bool_)
    for column in columns:
        moved |= ~_alike(before[column], now[column])
    pairs = [(tables[name], run.table(name)) for name in ("keys", "ledger")]
    alike = all(len(a) == len(b) and all(_alike(a[c], b[c]).all() for c in b) for a, b in pairs)
    if not moved.any() and alike:
        return
    held = set(run.table("keys")["applicant_id"])
    new = sorted(set(tables["keys"]["applicant_id"]) - held - set(before.index))
    if new and not moved.any():
        raise XuequError(
            say(
                "{run}: {n} applicants are new in stages that have been run ({names}): who arrives late "
                "has a row in the table answers, with the stage after which it counts and the answer late",
                run=run.name,
                n=len(new),
                names=", ".join(new[:5]),
            )
        )
    raise XuequError(
        say(
            "{run}: its stages come out otherwise with what has changed since ({n} children). What is "
            "frozen is not moved: put the facts back and hand in answers and decisions instead, or run the "
            "project from scratch and see who moves with xuequ diff",
            run=run.name,
            n=int(moved.sum()),
        )
    )


def _alike(a: pd.Series, b: pd.Series) -> npt.NDArray[np.bool_]:
    """Return whether two columns are equal row by row, absent values too."""
    x, y = a.astype("str").fillna(""), b.astype("str").fillna("")
    return np.asarray(x.to_numpy(dtype=object) == y.to_numpy(dtype=object), dtype=np.bool_)


def _write_inputs(inputs: Path, world: World, policy: Policy) -> None:
    write_inputs(inputs, world.city, policy)
    drawn = world.applicants.drop(columns="geometry")
    drawn.to_parquet(inputs / "children.parquet", index=False)
    listed_of(world, policy).to_parquet(inputs / "listed.parquet", index=False)
    offered_of(world, policy).to_parquet(inputs / "offered.parquet", index=False)
    for name, table in breakdown_of(world.scored).items():
        table.to_parquet(inputs / f"{name}.parquet", index=False)
