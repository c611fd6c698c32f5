"""The commands on scenarios: new, list, show, check, diff."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.errors import DataError, Fault
from geodata.messages import Lang, say, speaker
from simulate.cli_parts import FOLDER, HELP, NEW, Group, lang_option

if TYPE_CHECKING:
    from geodata.city import City
    from simulate.policy import Policy
    from simulate.scenarios import Applied, Scenario

NAME_HELP = (
    "SCENARIO is a scenario that comes with xuequ (xuequ scenario list) or a file that ends in .toml."
)


@click.group(
    name="scenario",
    cls=Group,
    **HELP,
    short_help="Changes to a project, as data: what would be if.",
    help="Scenarios: changes to a project, as data; the project itself is left as it is.\n\n" + NAME_HELP,
)
@lang_option
def scenario(lang: Lang) -> None:
    """Group the commands on scenarios."""


@scenario.command(
    short_help="Write a scenario to start from.",
    help="Write a scenario to start from: a template with a commented example of every kind of change, or "
    "a copy of one that comes with xuequ. Nothing is written over.",
)
@click.argument("file", metavar="FILE", type=NEW)
@click.option("--project", "folder", metavar="DIR", type=FOLDER, help="Whose ids stand in the examples.")
@click.option("--from", "copied", metavar="NAME", help="Copy this scenario that comes with xuequ.")
@lang_option
def new(file: Path, folder: Path | None, copied: str | None, lang: Lang) -> None:
    """Write a scenario."""
    from geodata import read_city
    from simulate.scenarios.starting import write_scenario

    speak = speaker(lang)
    if folder is not None and copied is not None:
        raise click.UsageError(speak(say("--project fills the template, and --from is a copy: give one")))
    write_scenario(file, city=None if folder is None else read_city(folder), copied=copied)
    click.echo(speak(say("Written: {path}", path=file)))


@scenario.command(
    name="list",
    short_help="List the scenarios that come with xuequ.",
    help="List the scenarios that come with xuequ, for the embedded city (xuequ demo).",
)
@lang_option
def list_(lang: Lang) -> None:
    """List shipped scenarios."""
    from simulate.scenarios import read_scenario, shipped_scenarios

    speak = speaker(lang)
    for name in shipped_scenarios():
        click.echo(f"{name}: {speak.choose(read_scenario(name).title.model_dump())}")
    click.echo(speak(say("They are invented, for the embedded synthetic city.")))


@scenario.command(
    short_help="Tell in words what a scenario changes.",
    help="Tell in words what a scenario changes, each change with its reason or source. With --project, "
    "also which schools, zones and units its rules choose there.\n\n" + NAME_HELP,
)
@click.argument("name", metavar="SCENARIO")
@click.option("--project", "folder", metavar="DIR", type=FOLDER, help="The project that it changes.")
@lang_option
def show(name: str, folder: Path | None, lang: Lang) -> None:
    """Show a scenario."""
    from simulate.scenarios import read_scenario
    from simulate.scenarios.telling import told

    speak = speaker(lang)
    read = read_scenario(name)
    changes = None
    notes: Sequence[object] = ()
    if folder is not None:
        city, policy = _base(folder)
        applied = _applied(city, policy, read, folder)
        changes, notes = applied.changes, applied.notes
    for line in told(read, speak, changes):
        click.echo(line)
    for note in notes:
        click.echo(speak(say("note: {note}", note=note)))


@scenario.command(
    short_help="Check scenarios against a project, and show what they come to.",
    help="Check scenarios against a project: every fault at once, exit status 2 if there is one. Then, for "
    "each: units moved, children, seats by district, and the plan's scores before and after.\n\n"
    + NAME_HELP,
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.argument("names", metavar="SCENARIO…", nargs=-1, required=True)
@lang_option
def check(folder: Path, names: tuple[str, ...], lang: Lang) -> None:
    """Check scenarios."""
    from simulate.scenarios import read_scenario
    from simulate.scenarios.printing import print_scenario

    speak = speaker(lang)
    city, policy = _base(folder)
    found: list[tuple[Scenario, Applied]] = []
    faults: list[Fault] = []
    for name in names:
        try:
            read = read_scenario(name)
            found.append((read, _applied(city, policy, read, folder)))
        except DataError as error:
            faults += error.faults
    ids = [read.id for read, _ in found]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        faults.append(Fault(file=twice, column="id", allowed=say("each scenario has an id of its own")))
    if faults:
        raise DataError(faults)
    for read, applied in found:
        print_scenario(city, policy, read, applied, speak)


@scenario.command(
    short_help="Say what differs between two scenarios of a project.",
    help="Say what differs between two scenarios applied to a project: units that move, zones, schools, "
    "seats, children, stages of the policy. today is the project itself.\n\n" + NAME_HELP,
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.argument("one", metavar="A")
@click.argument("two", metavar="B")
@lang_option
def diff(folder: Path, one: str, two: str, lang: Lang) -> None:
    """Compare scenarios."""
    from simulate.scenarios import read_scenario
    from simulate.scenarios.printing import print_difference

    speak = speaker(lang)
    city, policy = _base(folder)
    sides = []
    for name in (one, two):
        applied = _applied(city, policy, read_scenario(name), folder)
        sides.append((applied.city, applied.policy))
    print_difference(sides[0], sides[1], speak)


def _base(folder: Path) -> tuple[City, Policy]:
    from geodata import read_city
    from simulate.app import policy_of

    city = read_city(folder)
    return city, policy_of(city, folder)


def _applied(city: City, policy: Policy, read: Scenario, folder: Path) -> Applied:
    from simulate.scenarios import applied_scenario

    return applied_scenario(city, policy, read, folder)
