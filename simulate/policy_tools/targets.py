"""What a person names on the command line: a shipped policy or schedule, a file, or a project."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.project import PROJECT_FILE, read_project
from geodata.toml import Record
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy, shipped_policies
from simulate.policy_tools.checking import is_schedule
from simulate.policy_tools.reading import read_raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A file, with the day and the planned changes of the project that uses it, if a project was named."""

    path: Path
    name: str
    on: datetime.date | None = None
    expecting: tuple[str, ...] = ()


def find_target(name: str) -> Target:
    """Return the file that is meant: a project folder's policy, a path, or a shipped name.

    Raises
    ------
    DataError
        If there is nothing of that name, or the project names no policy.
    """
    here = Path(name)
    if (here / PROJECT_FILE).is_file():
        head = read_project(here).project
        if head.policy is None:
            words = say("the project names no policy")
            raise DataError([Fault(file=PROJECT_FILE, column="project.policy", allowed=words)])
        path = policy_path(head.policy, here)
        return Target(path=path, name=head.policy, on=head.date, expecting=tuple(head.expecting))
    if name.endswith(".toml"):
        return Target(path=here, name=here.name)
    if name in shipped_policies():
        return Target(path=policy_path(name, Path()), name=name)
    from simulate.points.files import schedule_path, shipped_schedules

    if name in shipped_schedules():
        return Target(path=schedule_path(name, Path()), name=name)
    allowed = say(
        "a shipped policy ({names}), a shipped points schedule ({schedules}), a file that ends in .toml, "
        "or a project folder",
        names=", ".join(shipped_policies()),
        schedules=", ".join(shipped_schedules()) or "–",
    )
    raise DataError([Fault(file=name, allowed=allowed)])


def read_target(target: Target) -> Record:
    """Read a target: a `Policy`, or the `Schedule` of points that a file with items is.

    Raises
    ------
    DataError
        With everything for which the file is refused.
    """
    if is_schedule(read_raw(target.path)):
        from simulate.points.files import read_schedule

        return read_schedule(target.path)
    return read_policy(target.path)


def as_held(record: Record, on: datetime.date, expecting: Collection[str]) -> Record:
    """Return a policy or schedule as it holds on a day; DataError if it does not."""
    if isinstance(record, Policy):
        return record.at(on, expecting=expecting)
    from simulate.points.schedule import Schedule

    assert isinstance(record, Schedule)
    return record.at(on, expecting=expecting)
