"""The folder of an ensemble: what decides it, a file a block with its hash, whole or not there.

It is private: small counts stand in it as they are, and kept draws hold a row a child.

    manifest.json               what was asked, what each scenario is, hashes of all files when done
    sources.json, timings.json  apart: the files as they were read, and seconds, differ between equal runs
    inputs/                     the base city's tables, project, policy, uncertainty.json
    scenarios/ID.toml           the scenario as it was read
    scenarios/ID/               the project, policy and those tables that it changed, as applied: --resume
                                goes on from these, not from the files that the scenario refers to
    scenarios/ID/places.npz     the places that the tallies are about
    blocks/ID/000000-000050.npz a block of draws; its .sha256 beside it, written last: without it a block
                                is not there
    draws/ID/*.parquet          on request, a row a child: the position of its school in each draw
                                (schools.csv names them), -1 with no school, null where it did not come
    private/chances.parquet     on request, and never to be published
    summary/*.csv               the tables; ensemble.LANG.html beside it is the page
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from geodata.errors import XuequError
from geodata.messages import say
from geodata.project import Names
from geodata.toml import Record
from geodata.writing.whole import replace_text
from simulate.ensemble.blocks import packed, spans_of, unpacked
from simulate.ensemble.places import Places
from simulate.inputs import sha256_of

FORMAT = 1
MANIFEST = "manifest.json"


class Entry(Record):
    """A scenario as the manifest lists it.

    Parameters
    ----------
    id, title, assumed
        As in its file.
    policy : str
        The id of its policy.
    digest : str
        Of its tables, project and policy.
    engine : {"compiled", "plain"}
        What played it.
    synthetic : bool
        Whether its children are drawn from counts.
    varied : list of str
        What is drawn.
    notes : list of dict
        What should be known, as messages (`simulate.inputs.plain_of`).
    """

    id: str
    title: Names
    assumed: bool
    policy: str
    digest: str
    engine: str
    synthetic: bool
    varied: list[str]
    notes: list[dict[str, Any]]


class Manifest(Record):
    """What an ensemble is: all of it follows from the inputs.

    Parameters
    ----------
    draws, block : int
        The draws asked for (at most, with `standard_error`), and how many a block has.
    vary : list of str
        What may be drawn.
    scenarios : list of Entry
        The first is the base.
    done : bool
        Whether tables and page are written.
    draws_used, stopped
        Once it is done: how many draws were used, and what stopped it.
    files : dict
        SHA-256 by path: of the inputs from the start, of everything once it is done.
    asked : str
        A digest of all that decides the draws: a manifest that was edited cannot mix two ensembles.
    """

    kind: Literal["ensemble"]
    format: int
    xuequ: str
    project: str
    year: int
    seed: str
    metric_crs: str
    synthetic_city: bool
    draws: Annotated[int, Field(ge=1)]
    block: Annotated[int, Field(ge=1)]
    standard_error: float | None
    keep: bool
    chances: bool
    vary: list[str]
    scenarios: Annotated[list[Entry], Field(min_length=1)]
    done: bool = False
    draws_used: int | None = None
    stopped: Literal["draws", "standard-error"] | None = None
    files: dict[str, str]
    asked: str = ""

    @property
    def digest(self) -> str:
        """What `asked` must be."""
        apart = {"xuequ", "done", "draws_used", "stopped", "files", "asked"}
        return hashlib.sha256(self.model_dump_json(exclude=apart).encode("utf-8")).hexdigest()

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The blocks that were asked for."""
        return spans_of(self.draws, self.block)


def signed(**fields: Any) -> Manifest:
    """Make the manifest of an ensemble that begins."""
    made = Manifest(**fields)
    return made.model_copy(update={"asked": made.digest})


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest in the place of the one that stands there."""
    replace_text(folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an ensemble.

    Raises
    ------
    XuequError
        If the folder is something else, a run, or of another format.
    """
    try:
        raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _no_ensemble(folder) from error
    if not isinstance(raw, dict) or raw.get("kind") != "ensemble":
        if isinstance(raw, dict) and {"format", "stages", "done"} <= set(raw):
            raise XuequError(
                say(
                    "{folder} is one run (xuequ run), not many draws: name a folder that xuequ ensemble "
                    "wrote",
                    folder=folder.name,
                )
            )
        raise _no_ensemble(folder)
    if raw.get("format") != FORMAT:
        raise XuequError(
            say(
                "{folder} is of format {there}; this version reads format {here}",
                folder=folder.name,
                there=raw.get("format"),
                here=FORMAT,
            )
        )
    try:
        manifest = Manifest.model_validate(raw)
    except ValidationError as error:
        raise _changed(folder) from error
    if manifest.asked != manifest.digest:
        raise _changed(folder)
    return manifest


def _changed(folder: Path) -> XuequError:
    return XuequError(
        say("{folder}: manifest.json was changed: it does not hold together", folder=folder.name)
    )


def _no_ensemble(folder: Path) -> XuequError:
    return XuequError(
        say("{folder} is no folder of xuequ ensemble: manifest.json cannot be read", folder=folder.name)
    )


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Refuse files that are missing or are not as they were written.

    Raises
    ------
    XuequError
        At the first one.
    """
    for file, digest in files.items():
        path = folder / file
        if not path.is_file() or sha256_of(path) != digest:
            raise XuequError(
                say(
                    "{folder}: {file} is missing or was changed after the run",
                    folder=folder.name,
                    file=file,
                )
            )


def hashes_of(folder: Path, *, within: tuple[str, ...]) -> dict[str, str]:
    """Return the SHA-256 of every file in some folders of a folder, by path, sorted."""
    paths = [path for name in within for path in (folder / name).rglob("*") if path.is_file()]
    named = sorted((path.relative_to(folder).as_posix(), path) for path in paths)
    return {name: sha256_of(path) for name, path in named if not Path(name).name.startswith(".partial-")}


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; a folder that is missing is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    partial.write_bytes(data)
    os.replace(partial, path)


_TEXTS = ("units", "zones", "districts", "schools", "categories", "stages")


def places_bytes(places: Places) -> bytes:
    """Return places as the bytes of an .npz file."""
    arrays = {
        name: np.asarray(getattr(places, name), dtype=np.str_ if name in _TEXTS else None)
        for name in Places.__slots__
    }
    return packed(arrays)


def places_file(folder: Path, scenario: str) -> Path:
    """Return where the places of a scenario lie."""
    return folder / "scenarios" / scenario / "places.npz"


def read_places(folder: Path, scenario: str) -> Places:
    """Read the places of a scenario back.

    Raises
    ------
    XuequError
        If the file is missing, cut short or was changed.
    """
    path = places_file(folder, scenario)
    if not path.is_file():
        inside = path.relative_to(folder).as_posix()
        raise XuequError(
            say("{folder}: {file} is missing or was changed after the run", folder=folder.name, file=inside)
        )
    arrays = unpacked(path.read_bytes(), named=path.name)
    if set(arrays) != set(Places.__slots__):
        raise XuequError(say("{file} cannot be read: it is cut short or was changed", file=path.name))
    return Places(**{k: v.astype(object) if k in _TEXTS else v for k, v in arrays.items()})
