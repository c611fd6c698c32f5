"""Schedule files: which there are, and reading one strictly."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.toml import read_toml
from simulate.points.faults import contradictions_of, faults_of
from simulate.points.schedule import Schedule

__all__ = ["faults_of", "read_schedule", "schedule_path", "shipped_schedules"]


def shipped_schedules() -> tuple[str, ...]:
    """Return the names of the points schedules that come with the package."""
    folder = resources.files("simulate") / "points" / "schedules"
    return tuple(sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")))


def schedule_path(name: str, folder: Path) -> Path:
    """Return the file of a schedule: a shipped name, or a path (`….toml`) in the project folder.

    Raises
    ------
    DataError
        If it is neither.
    """
    if name.endswith(".toml"):
        return folder / name
    if name not in shipped_schedules():
        names = ", ".join(shipped_schedules())
        allowed = say("a shipped points schedule ({names}) or a path that ends in .toml", names=names)
        raise DataError([Fault(file="xuequ.toml", column="project.points", found=name, allowed=allowed)])
    return Path(str(resources.files("simulate") / "points" / "schedules" / f"{name}.toml"))


def read_schedule(path: Path) -> Schedule:
    """Read a schedule file.

    Raises
    ------
    DataError
        With every unknown key, wrong type, unknown name and wrong unit at once.
    """
    schedule = read_toml(path, Schedule)
    wrong = contradictions_of(schedule)
    if wrong:
        raise DataError(
            Fault(file=path.name, column=one.column, allowed=one.allowed, remedy=one.remedy)
            for one in wrong
        )
    return schedule
