"""Read the folders that are compared, and refuse what cannot stand side by side."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from geodata.errors import XuequError
from geodata.messages import Text, say
from geodata.project import Names
from simulate.comparing.single import side_of_run
from simulate.ensemble.reading import read_ensemble
from simulate.ensemble.sides import Side, are_paired, sides_of
from simulate.runs import Run, read_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is compared.

    Parameters
    ----------
    sides : tuple of Side
        The first is the base.
    sources : tuple of str
        The name of the folder of each side.
    projects : tuple of str
        The name and year of each side's project.
    synthetic_city : bool
        Whether any city is made up.
    notes : tuple of Text
        What should be known before comparing.
    """

    sides: tuple[Side, ...]
    sources: tuple[str, ...]
    projects: tuple[str, ...]
    synthetic_city: bool
    notes: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One folder: its sides, and the head of its project."""

    folder: str
    sides: tuple[Side, ...]
    project: str
    year: int
    synthetic: bool


def gather(folders: Sequence[Path]) -> Beside:
    """Read run folders and ensembles.

    Parameters
    ----------
    folders : sequence of Path
        Two or more; the first scenario of the first is the base.

    Raises
    ------
    XuequError
        If there is but one, one is named twice, one cannot be read or was changed, the season of a run
        is not over, or they are of different cities.
    """
    if len(folders) < 2:
        raise XuequError(
            say("compare takes two folders or more; the page of an ensemble compares its own scenarios")
        )
    twice = [path for path, count in Counter(one.resolve() for one in folders).items() if count > 1]
    if twice:
        raise XuequError(say("{folder} is named twice", folder=twice[0].name))
    read = [_read(folder, name) for folder, name in zip(folders, _labels(folders), strict=True)]
    for one in read[1:]:
        _refuse_other_city(read[0], one)
    return Beside(
        sides=tuple(side for one in read for side in one.sides),
        sources=tuple(one.folder for one in read for _ in one.sides),
        projects=tuple(f"{one.project} {one.year}" for one in read for _ in one.sides),
        synthetic_city=any(one.synthetic for one in read),
        notes=tuple(_notes(read)),
    )


def _read(folder: Path, name: str) -> _Read:
    if _is_ensemble(folder):
        ensemble = read_ensemble(folder)
        return _Read(
            folder=name,
            sides=tuple(_in_folder(side, name) for side in sides_of(ensemble)),
            project=ensemble.project,
            year=ensemble.year,
            synthetic=ensemble.synthetic_city,
        )
    run = read_run(folder)
    if int(run.manifest["done"]) < len(run.policy.stage):
        raise XuequError(
            say(
                "{folder} was stopped before its last stage: only whole seasons can be compared; go on "
                "with xuequ run --continue",
                folder=name,
            )
        )
    return _Read(
        folder=name,
        sides=(side_of_run(run, id_=name, title=_title_of(run, name)),),
        project=str(run.manifest["project"]),
        year=int(run.manifest["year"]),
        synthetic=bool(run.manifest["synthetic_city"]),
    )


def _is_ensemble(folder: Path) -> bool:
    """Return whether a folder says that it is an ensemble; what cannot be read is judged as a run."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("kind") == "ensemble"


def _labels(folders: Sequence[Path]) -> list[str]:
    """Return a name for each folder: its own, with that of the folder above where two are alike."""
    paths = [folder.resolve() for folder in folders]
    count = Counter(path.name for path in paths)
    return [path.name if count[path.name] == 1 else f"{path.parent.name}/{path.name}" for path in paths]


def _title_of(run: Run, name: str) -> Names:
    """Return the scenario's title beside the folder's name, or the name alone."""
    if run.scenario is None:
        return Names(zh=name, en=name)
    return Names(zh=f"{run.scenario.title.zh} · {name}", en=f"{run.scenario.title.en} · {name}")


def _in_folder(side: Side, name: str) -> Side:
    """Return a scenario of an ensemble under a name that says where it lies."""
    title = Names(zh=f"{side.title.zh} · {name}", en=f"{side.title.en} · {name}")
    return replace(side, id=f"{name}/{side.id}", title=title)


def _refuse_other_city(base: _Read, other: _Read) -> None:
    """Raise where two folders have no district in common, or, without districts, no zone."""
    for kind in ("districts", "zones"):
        here, there = (set(getattr(one.sides[0].places, kind).tolist()) for one in (base, other))
        if here and there:
            if here & there:
                return
            raise XuequError(
                say(
                    "{one} and {other} are of different cities: they have no district or zone in common "
                    "({here}; {there})",
                    one=base.folder,
                    other=other.folder,
                    here=", ".join(sorted(here)[:3]),
                    there=", ".join(sorted(there)[:3]),
                )
            )


def _notes(read: Sequence[_Read]) -> list[Text]:
    base, notes = read[0], []
    for one in read[1:]:
        if (one.project, one.year) != (base.project, base.year):
            notes.append(
                say(
                    "{other} is of {there}, {one} of {here}: differences are of the projects too, not only "
                    "of the plans",
                    one=base.folder,
                    other=one.folder,
                    here=f"{base.project} {base.year}",
                    there=f"{one.project} {one.year}",
                )
            )
        here, there = (set(side.places.zones.tolist()) for side in (base.sides[0], one.sides[0]))
        if here ^ there:
            notes.append(
                say(
                    "{n} zones are in only one of {one} and {other}: they are in the sums, and in no "
                    "comparison zone by zone",
                    n=len(here ^ there),
                    one=base.folder,
                    other=one.folder,
                )
            )
    return notes


def paired_sides(beside: Beside) -> list[bool]:
    """Return for each side whether it saw the same draws as the base."""
    return [are_paired(beside.sides[0], side) for side in beside.sides]
