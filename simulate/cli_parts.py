"""What the commands share: help in two languages, options, progress bars, what a run came to."""

from __future__ import annotations

import copy
import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geodata.messages import LANGS, Lang, Speaker, Text, say, speaker

if TYPE_CHECKING:
    from rich.console import Console

    from simulate.runs import Run


def default_lang() -> Lang:
    """Return the language of XUEQU_LANG, or else of the shell: zh where it is Chinese, en elsewhere."""
    for name in ("XUEQU_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def lang_asked_for() -> Lang:
    """Return the language that the command line names, wherever it stands: help is in it too."""
    words = sys.argv[1:]
    for place, word in enumerate(words):
        asked = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and place + 1 < len(words):
            asked = words[place + 1]
        for lang in LANGS:
            if asked == lang:
                return lang
    return default_lang()


class Translated(click.Command):
    """Help in the language asked for; click's own words too."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line of usage."""
        speak = speaker(lang_asked_for())
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=speak(say("Usage: ")))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(speaker(lang_asked_for())(self.help or ""))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and the commands of a group."""
        speak = speaker(lang_asked_for())
        rows = []
        for param in self.get_params(ctx):
            shown = copy.copy(param)
            if not isinstance(shown, click.Option):
                continue
            shown.help = speak(shown.help) if shown.help else shown.help
            if isinstance(shown.show_default, str):
                shown.show_default = speak(shown.show_default)
            record = shown.get_help_record(ctx)
            if record is not None:
                rows.append(record)
        with formatter.section(speak(say("Options"))):
            formatter.write_dl(rows)
        if isinstance(self, Group):
            for title, names in self.sections or [(say("Commands"), tuple(self.list_commands(ctx)))]:
                with formatter.section(speak(title)):
                    formatter.write_dl(
                        [(name, speak(self.commands[name].short_help or "")) for name in names]
                    )


class Group(Translated, click.Group):
    """A group whose commands have their help in the language asked for, and sections where it has any."""

    command_class = Translated

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections: list[tuple[Text, tuple[str, ...]]] = []


HELP: dict[str, Any] = {
    "context_settings": {"help_option_names": ["-h", "--help"], "max_content_width": 100}
}
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
NEW = click.Path(path_type=Path)


def lang_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option --lang."""
    return click.option(
        "--lang",
        type=click.Choice(LANGS),
        default=lang_asked_for,
        show_default="zh in a Chinese shell, else en",
        help="Language of what is shown and written for people.",
    )(command)


def _one_character(ctx: click.Context, _: click.Parameter, value: str) -> str:
    # a shell hands \t over as two characters
    value = "\t" if value == "\\t" else value
    if len(value) != 1:
        speak = speaker(ctx.params.get("lang") or lang_asked_for())
        raise click.UsageError(speak(say("--delimiter takes one character, or \\t for a tab")))
    return value


_TABLE_OPTIONS = (
    click.option("--layer", metavar="NAME", help="Which layer, where the file has several."),
    click.option("--sheet", metavar="NAME", help="Which sheet of a workbook."),
    click.option(
        "--heading-row", metavar="N", type=click.IntRange(1), help="In which row the headings stand."
    ),
    click.option(
        "--heading-rows",
        metavar="N",
        type=click.IntRange(1, 4),
        default=1,
        show_default=True,
        help="How many rows the headings take.",
    ),
    click.option(
        "--encoding",
        type=click.Choice(("auto", "utf-8", "gb18030", "gbk")),
        default="auto",
        show_default=True,
        help="How a text file is decoded.",
    ),
    click.option(
        "--delimiter",
        metavar="CHARACTER",
        default=",",
        show_default=True,
        callback=_one_character,
        help="Between the cells of a text file.",
    ),
)


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that reads a file the options that say how: it gets them as `options`."""

    @functools.wraps(command)
    def packed(
        *args: Any,
        layer: str | None,
        sheet: str | None,
        heading_row: int | None,
        heading_rows: int,
        encoding: str,
        delimiter: str,
        **rest: Any,
    ) -> Any:
        # not above: the readers are slow to import
        from simulate.loose_files import TableOptions

        options = TableOptions(
            layer=layer,
            sheet=sheet,
            heading_row=heading_row,
            heading_rows=heading_rows,
            encoding=encoding,
            delimiter=delimiter,
        )
        return command(*args, options=options, **rest)

    given: Callable[..., Any] = packed
    for option in reversed(_TABLE_OPTIONS):
        given = option(given)
    return given


def say_what_happened(run: Run, lang: Lang) -> None:
    """Show on the terminal what a run came to, and where its pages are."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from simulate.report import words
    from simulate.summary import summary_of, warnings_of

    speak = speaker(lang)
    summary = summary_of(run)
    stages, categories = words.stage_titles(run.policy, speak), words.category_titles(run.policy, speak)
    console = Console()
    say_if_synthetic(
        console, speak, city=run.manifest["synthetic_city"], children=run.manifest["synthetic_children"]
    )
    title = f"{run.city.project.project.name} {run.manifest['year']}"
    if run.scenario is not None:
        title += f" · {speak.choose(run.scenario.title.model_dump())}"
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in (say("Stage"), say("Category")):
        table.add_column(speak(heading), overflow="fold")
    for heading in (say("Claimed"), say("Placed"), say("Above the intake"), say("Mean km")):
        table.add_column(speak(heading), justify="right", overflow="fold")
    for row in summary.stages.to_dict("records"):
        table.add_row(
            escape(stages[row["stage"]]),
            escape(categories[row["category"]]),
            *(words.number(row[name]) for name in ("claimants", "placed", "over")),
            words.kilometres(row["mean_m"]),
        )
    console.print(table)
    for row in summary.outcomes.to_dict("records"):
        names = ("children", "placed", "not_admitted", "waiting", "withdrawn")
        words_ = say(
            "{category}: {children} children, {placed} placed, {not_admitted} not admitted, "
            "{waiting} waiting, {withdrawn} withdrawn",
            category=categories[row["category"]],
            **{name: words.number(row[name]) for name in names},
        )
        console.print(speak(words_), highlight=False, markup=False)
    whole = int(run.manifest["done"]) == len(run.policy.stage)
    for warning in warnings_of(run, summary, done=whole, speak=speak)[:8]:
        click.echo(speak(say("Warning: {warning}", warning=warning)))
    click.echo(speak(say("Run: {path}", path=run.folder)))
    for path in sorted(run.folder.glob("report.*.html")):
        click.echo(speak(say("Report: {path}", path=path)))
    for path in sorted(run.folder.glob("map.*.html")):
        click.echo(speak(say("Map: {path}", path=path)))


STEPS = {
    "read": say("Reading and checking the tables"),
    "children": say("Locating the children"),
    "write": say("Writing the run"),
    "amend": say("Amending the published run"),
    "verify": say("Solving the run again by other code"),
    "pages": say("Drawing map and report"),
}


def say_if_synthetic(console: Console, speak: Speaker, *, city: bool, children: bool = False) -> None:
    """Say in red that a city, or only its children, are made up."""
    if city:
        console.print(f"[bold red]{speak(say('SYNTHETIC: this city and its children are made up.'))}")
    elif children:
        console.print(f"[bold red]{speak(say('The children are synthetic: drawn from counts.'))}")


def wide_console(width: int) -> Console:
    """Return a console as wide as a table needs: a terminal's own width at most, else the whole."""
    from rich.console import Console

    console = Console()
    return Console(width=min(console.width, width) if console.is_terminal else width)


@contextmanager
def step_bar(speak: Speaker) -> Iterator[Callable[[str], None]]:
    """Show which step runs and for how long, on standard error, gone when done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)

        def show(step: str) -> None:
            words = STEPS.get(step, say("Stage: {stage}", stage=step))
            progress.update(task, description=speak(words))

        yield show


@contextmanager
def share_bar(speak: Speaker, title: Any) -> Iterator[Callable[[float], None]]:
    """Show how much of a long step is done, on standard error, gone when done."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(speak(title), total=1.0)
        yield lambda share: progress.update(task, completed=share)
