"""The commands on policy files: show, diff, check."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import click

from geodata.errors import DataError, Fault
from geodata.messages import Lang, Speaker, Text, say, speaker
from simulate.cli_parts import HELP, Group, Translated, lang_asked_for, lang_option

if TYPE_CHECKING:
    from rich.console import Console

    from simulate.policy_tools.checking import Checked
    from simulate.policy_tools.showing import Section

NAME_HELP = (
    "NAME is a policy or points schedule that comes with the package, a file that ends in .toml, or a "
    "project folder."
)


class Day(click.ParamType[datetime.date]):
    """A day, as 2024-04-15."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the day; a usage error says how one is written."""
        if isinstance(value, datetime.date):
            return value
        try:
            return datetime.date.fromisoformat(str(value))
        except ValueError:
            speak = speaker(lang_asked_for())
            self.fail(speak(say("{value} is no day; write it as 2024-04-15", value=value)), param, ctx)


@click.group(
    name="policy",
    cls=Group,
    **HELP,
    short_help="Show, compare and check policies and points schedules.",
    help="Show, compare and check policy files: rules as dated data with their sources.\n\n" + NAME_HELP,
)
@lang_option
def policy(lang: Lang) -> None:
    """Group the commands on policy files."""


@policy.command(
    cls=Translated,
    short_help="Show the rules as they hold on a day, with their sources.",
    help="Show the rules as they hold on a day, stage by stage: who, where, in which order, what happens "
    "when it is full, from when, and the source or why it is assumed.\n\n"
    "Without --on: the project's day where NAME is a project folder, else the last day on which the rules "
    "change. Planned changes are listed apart.",
)
@click.argument("name", metavar="NAME")
@click.option("--on", type=Day(), metavar="DATE", help="The day, as 2024-04-15.")
@click.option("--expecting", metavar="ID", multiple=True, help="Apply this planned change; repeatable.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text for people, json for programs.",
)
@lang_option
def show(name: str, on: datetime.date | None, expecting: tuple[str, ...], form: str, lang: Lang) -> None:
    """Show a policy or schedule."""
    from simulate.policy import Policy
    from simulate.policy_tools.targets import as_held, find_target, read_target

    speak = speaker(lang)
    target = find_target(name)
    record = read_target(target)
    expecting = expecting or target.expecting
    asked = on or target.on
    if isinstance(record, Policy):
        from simulate.policy_tools.showing import latest_day, sections_of

        day = asked or latest_day(record)
        sections = sections_of(record, day, speak, expecting=expecting)
    else:
        from simulate.points.schedule import Schedule
        from simulate.policy_tools.scoring_words import latest_schedule_day, schedule_sections

        assert isinstance(record, Schedule)
        day = asked or latest_schedule_day(record)
        sections = schedule_sections(record, day, speak, expecting=expecting)
    if form == "json":
        held = as_held(record, day, expecting).model_dump(mode="json", by_alias=True, exclude_none=True)
        click.echo(json.dumps({"on": day.isoformat(), **held}, ensure_ascii=False, indent=1))
        return
    _write_head(record, day, speak, chosen=asked is None)
    _write_sections(sections)


def _write_head(record: Any, day: datetime.date, speak: Speaker, *, chosen: bool) -> None:
    from rich.markup import escape

    console = _console()
    console.print(f"[bold]{escape(speak.choose(record.title.model_dump()))}[/bold] ({escape(record.id)})")
    console.print(escape(record.jurisdiction))
    console.print(escape(speak(say("As it holds on {on}.", on=day))))
    if chosen:
        console.print(speak(say("This is the last day on which the rules change; --on shows another day.")))
    if record.note is not None:
        console.print(escape(speak.choose(record.note.model_dump())))


def _write_sections(sections: tuple[Section, ...]) -> None:
    from rich.markup import escape
    from rich.padding import Padding
    from rich.table import Table

    console = _console()
    for section in sections:
        console.print()
        console.print(f"[bold underline]{escape(section.heading)}")
        if not section.blocks and section.told:
            console.print(f"  {escape(section.told)}")
        for block in section.blocks:
            if block.title:
                console.print()
                console.print(f"[bold]{escape(block.title)}[/bold]  [dim]{escape(block.id)}")
            table = Table.grid(padding=(0, 2))
            table.add_column(style="cyan", no_wrap=True, max_width=30)
            table.add_column(overflow="fold")
            for label, value in block.rows:
                table.add_row(escape(label), escape(value))
            console.print(Padding(table, (0, 0, 0, 2)))


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


@policy.command(
    cls=Translated,
    short_help="Say what differs between two policies, or one on two days.",
    help="Say in words what differs between two policies or schedules: added, removed, changed, by part "
    "and field; sources apart from rules.\n\n"
    "A and B are named as in show. Without a day, whole files are compared, with all versions of their "
    "parts; with --on, both as they hold on that day; with --against, A on --on and B (or A again) on that "
    "other day.",
)
@click.argument("one", metavar="A")
@click.argument("two", metavar="[B]", required=False)
@click.option("--on", type=Day(), metavar="DATE", help="The day, as 2024-04-15.")
@click.option("--against", type=Day(), metavar="DATE", help="The other day.")
@lang_option
def diff(
    one: str, two: str | None, on: datetime.date | None, against: datetime.date | None, lang: Lang
) -> None:
    """Compare two policies or schedules."""
    from simulate.policy_tools.comparing import differences
    from simulate.policy_tools.targets import as_held, find_target, read_target
    from simulate.policy_tools.telling import told, verdict

    speak = speaker(lang)
    if two is None and (on is None or against is None):
        raise click.UsageError(speak(say("give two policies, or one with --on and --against")))
    if against is not None and on is None:
        raise click.UsageError(speak(say("--against needs --on: the two days to compare")))
    first = read_target(find_target(one))
    second = first if two is None else read_target(find_target(two))
    if type(first) is not type(second):
        words = say("a policy and a points schedule cannot be compared")
        raise DataError([Fault(file=str(two), allowed=words)])
    if on is not None:
        first, second = as_held(first, on, ()), as_held(second, against or on, ())
    changes = differences(first, second)
    click.echo(speak(verdict(changes, whole=on is None)))
    for heading, lines in told(changes, first, second, speak):
        click.echo()
        click.echo(heading)
        for line in lines:
            click.echo(f"  {line}")


@policy.command(
    cls=Translated,
    short_help="Check a policy file and show every fault at once.",
    help="Check a policy file or points schedule: every fault and every warning at once; exit status 2 if "
    "there is a fault.\n\n"
    "Beside what is refused when a file is read: gaps, overlaps, stages nobody can enter, categories with "
    "nowhere to go, pools nobody uses, household children who may end without a place.",
)
@click.argument("name", metavar="FILE")
@click.option("--strict", is_flag=True, help="Exit status 2 for a warning too.")
@lang_option
def check(name: str, strict: bool, lang: Lang) -> None:
    """Check a policy or schedule."""
    from simulate.policy_tools.checking import check_file
    from simulate.policy_tools.targets import find_target

    speak = speaker(lang)
    found = check_file(find_target(name).path)
    for warning in () if strict else found.warnings:
        click.echo(speak(say("Warning: {warning}", warning=warning.line(speak))))
    for note in found.notes:
        click.echo(speak(say("note: {note}", note=note)))
    faults = (*found.faults, *(found.warnings if strict else ()))
    if faults:
        raise DataError(faults)
    click.echo(speak(_no_faults(found, speak)))


def _no_faults(found: Checked, speak: Speaker) -> Text:
    names = {
        "category": say("categories"),
        "pool": say("pools"),
        "stage": say("stages"),
        "fact": say("facts"),
        "item": say("items"),
        "group": say("groups"),
    }
    parts = [speak(say("{what}: {n}", what=names[kind], n=n)) for kind, n in found.counts.items()]
    return say("{file}: no faults ({parts}).", file=found.file, parts=speak(say(", ")).join(parts))
