"""The command line: `xuequ`."""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geodata.errors import DataError, XuequError
from geodata.messages import LANGS, Lang, Speaker, say, speaker

if TYPE_CHECKING:
    from simulate.runs import Run

# the heavy imports stand inside the commands, so that --help is quick


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


class _Translated(click.Command):
    """Help in the language asked for; click's own words too."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        speak = speaker(lang_asked_for())
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=speak(say("Usage: ")))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(speaker(lang_asked_for())(self.help or ""))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
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
        if isinstance(self, click.Group):
            names = self.list_commands(ctx)
            with formatter.section(speak(say("Commands"))):
                formatter.write_dl([(name, speak(SHORT[name])) for name in names])


class _Group(_Translated, click.Group):
    command_class = _Translated


SHORT = {
    "demo": "Run a school year of the embedded synthetic city.",
    "init": "Write a commented project folder to start from.",
    "check": "Check all tables of a project and show every fault at once.",
    "map": "Draw the web map of a project.",
    "run": "Run a school year and write its run folder.",
    "report": "Draw the report and map of a run again, in either language.",
    "match": "Solve one small instance, JSON in, JSON out.",
}

_HELP: dict[str, Any] = {
    "context_settings": {"help_option_names": ["-h", "--help"], "max_content_width": 100}
}
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_NEW = click.Path(path_type=Path)


def _lang_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--lang",
        type=click.Choice(LANGS),
        default=lang_asked_for,
        show_default="zh in a Chinese shell, else en",
        help="Language of what is shown and written for people.",
    )(command)


@click.group(
    cls=_Group,
    **_HELP,
    help="School catchments and seat allocation: check a city's tables, draw its zones, run a school year.",
)
@click.version_option(package_name="xuequ", prog_name="xuequ")
@_lang_option
def cli(lang: Lang) -> None:
    """Group the commands; --lang may stand before or after the command."""


@cli.command(
    help="Run a school year of the embedded synthetic city, and say where the report and the map are."
)
@click.option(
    "--out",
    type=_NEW,
    default=Path("xuequ-demo"),
    show_default=True,
    help="Folder for the project and its runs.",
)
@click.option(
    "--scale",
    type=click.FloatRange(0.01, 10),
    default=1.0,
    show_default=True,
    help="Size of the city: 1 is 70,000 children.",
)
@_lang_option
@click.pass_context
def demo(ctx: click.Context, out: Path, scale: float, lang: Lang) -> None:
    """Make the sample city, run it, draw both languages."""
    from geodata.sample import write_sample
    from simulate.app import draw_pages, run_project
    from simulate.runs import read_run

    speak = speaker(lang)
    made = (out / "xuequ.toml").is_file()
    if made and ctx.get_parameter_source("scale") is not click.core.ParameterSource.DEFAULT:
        raise XuequError(
            say("{folder} has a city already: leave --scale out, or name another --out", folder=out.name)
        )
    if not made:
        with _share_bar(speak, say("Making the synthetic city")) as share_done:
            write_sample(out, scale=scale, report=share_done)
    with _step_bar(speak) as report:
        folder, _ = run_project(out, lang=lang, report=report)
        run = read_run(folder)
        report("pages")
        other: Lang = "en" if lang == "zh" else "zh"
        draw_pages(run, lang=other)
    _say_what_happened(run, lang)


@cli.command(help="Write a commented project folder to start from, or with --sample the synthetic city.")
@click.argument("folder", metavar="DIR", type=_NEW)
@click.option("--sample", is_flag=True, help="The embedded synthetic city instead of the small example.")
@click.option(
    "--scale",
    type=click.FloatRange(0.01, 10),
    default=1.0,
    show_default=True,
    help="Size of the sample: 1 is 70,000 children.",
)
@_lang_option
def init(folder: Path, sample: bool, scale: float, lang: Lang) -> None:
    """Write a project folder."""
    speak = speaker(lang)
    if sample:
        from geodata.sample import write_sample

        with _share_bar(speak, say("Making the synthetic city")) as share_done:
            write_sample(folder, scale=scale, report=share_done)
    else:
        from geodata.templates import write_template

        write_template(folder)
    click.echo(speak(say("Written: {folder}. Next: xuequ check {folder}", folder=folder)))


@cli.command(help="Check all tables of a project and show every fault at once; nothing is written.")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@_lang_option
def check(folder: Path, lang: Lang) -> None:
    """Check a project."""
    from geodata import read_city
    from simulate.app import policy_of
    from simulate.building import build_world

    speak = speaker(lang)
    city = read_city(folder)
    if city.project.project.policy is not None:
        policy = policy_of(city, folder)
        # what only a run would find: categories, zones of children, decisions, districts
        build_world(city, policy, seed=city.project.project.seed or "check")
    for name, table in city.tables.items():
        if len(table):
            click.echo(speak(say("{table}: {n} rows", table=name, n=len(table))))
    for note in (*city.notes, *city.absences, *city.unused):
        click.echo(speak(say("note: {note}", note=note)))
    click.echo(speak(say("No faults. Measured in {crs}.", crs=city.metric_crs)))


@cli.command(name="map", help="Draw the web map of a project: one page that works without a network.")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--out", type=_NEW, help="The page to write; by default map.LANG.html in the project.")
@_lang_option
def map_(folder: Path, out: Path | None, lang: Lang) -> None:
    """Draw the map of a project."""
    from simulate.app import map_project

    speak = speaker(lang)
    with _step_bar(speak) as report:
        report("pages")
        path = map_project(folder, lang=lang, out=out)
    click.echo(speak(say("Map: {path}", path=path)))


@cli.command(
    help="Run a school year of a project and write its run folder, with map and report.\n\n"
    "With --continue, go on from a run that was stopped with --through; then DIR is not given."
)
@click.argument("folder", metavar="[DIR]", type=_FOLDER, required=False)
@click.option("--through", metavar="STAGE", help="Stop after this stage, with the state saved.")
@click.option("--continue", "resumed", metavar="RUN", type=_FOLDER, help="Go on from this run folder.")
@click.option("--seed", help="Public seed of the draw, instead of the project's.")
@click.option("--out", type=_NEW, help="The run folder to write; by default DIR/runs/NAME.")
@_lang_option
def run(
    folder: Path | None,
    through: str | None,
    resumed: Path | None,
    seed: str | None,
    out: Path | None,
    lang: Lang,
) -> None:
    """Run a season."""
    from simulate.app import continue_run, run_project
    from simulate.runs import read_run

    speak = speaker(lang)
    if (folder is None) == (resumed is None):
        raise click.UsageError(speak(say("give either DIR or --continue RUN")))
    if resumed is not None and seed is not None:
        raise click.UsageError(speak(say("a run is continued with its own seed: leave --seed out")))
    with _step_bar(speak) as report:
        if resumed is not None:
            written, new = continue_run(resumed, lang=lang, through=through, out=out, report=report)
        else:
            assert folder is not None
            written, new = run_project(
                folder, lang=lang, seed=seed, through=through, out=out, report=report
            )
    if not new:
        click.echo(speak(say("The same run was there already; its pages were drawn again.")))
    _say_what_happened(read_run(written), lang)


@cli.command(help="Draw the report and the map of a run again, in either language.")
@click.argument("folder", metavar="RUN", type=_FOLDER)
@_lang_option
def report(folder: Path, lang: Lang) -> None:
    """Draw a run's pages."""
    from simulate.app import draw_pages
    from simulate.runs import read_run

    speak = speaker(lang)
    with _step_bar(speak) as step:
        step("pages")
        report_path, map_path = draw_pages(read_run(folder), lang=lang)
    click.echo(speak(say("Report: {path}", path=report_path)))
    click.echo(speak(say("Map: {path}", path=map_path)))


@cli.command(
    help="Solve one small instance: JSON in, JSON on standard output; - reads standard input.\n\n"
    "The instance has applicants (name: schools, most wanted first) and schools (name: seats, priorities; "
    "a nested list is a tie class); optional: order."
)
@click.argument("file", metavar="FILE.json", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--mechanism", required=True, help="For example deferred-acceptance.")
@click.option("--bands", metavar="N,N,…", help="Choices in each band of parallel; the last one repeats.")
@click.option("--e", "e", type=int, help="Choices in every band of parallel.")
@click.option("--seed", help="Public seed that breaks ties.")
@_lang_option
def match(
    file: Path, mechanism: str, bands: str | None, e: int | None, seed: str | None, lang: Lang
) -> None:
    """Solve an instance from outside."""
    import json

    from simulate.instance import instance_file, read_instance
    from simulate.instance import match as solve

    speak = speaker(lang)
    held: list[int] | None = None
    if bands is not None:
        parts = bands.replace("，", ",").split(",")
        if not all(part.strip().isdecimal() for part in parts):
            raise click.UsageError(speak(say("--bands takes whole numbers with commas, such as 2,2,3")))
        held = [int(part) for part in parts]
    text = sys.stdin.read() if str(file) == "-" else instance_file(file)
    instance = read_instance(file.name, text)
    answer = solve(instance, mechanism=mechanism, bands=held, e=e, seed=seed)
    click.echo(json.dumps(answer, ensure_ascii=False, indent=1))


def _say_what_happened(run: Run, lang: Lang) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from simulate.report import words
    from simulate.summary import summary_of, warnings_of

    speak = speaker(lang)
    summary = summary_of(run)
    stages, categories = words.stage_titles(run.policy, speak), words.category_titles(run.policy, speak)
    console = Console()
    if run.manifest["synthetic_city"]:
        console.print(f"[bold red]{speak(say('SYNTHETIC: this city and its children are made up.'))}")
    elif run.manifest["synthetic_children"]:
        console.print(f"[bold red]{speak(say('The children are synthetic: drawn from counts.'))}")
    title = f"{run.city.project.project.name} {run.manifest['year']}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in (say("Stage"), say("Category")):
        table.add_column(speak(heading), overflow="fold")
    for heading in (say("Claimed"), say("Placed"), say("Above the intake"), say("Mean km")):
        table.add_column(speak(heading), justify="right", overflow="fold")
    for row in summary.stages.to_dict("records"):
        table.add_row(
            stages[row["stage"]],
            categories[row["category"]],
            *(words.number(row[name]) for name in ("claimants", "placed", "over")),
            words.kilometres(row["mean_m"]),
        )
    console.print(table)
    for row in summary.outcomes.to_dict("records"):
        words_ = say(
            "{category}: {children} children, {placed} placed, {not_admitted} not admitted, "
            "{waiting} waiting",
            category=categories[row["category"]],
            **{name: words.number(row[name]) for name in ("children", "placed", "not_admitted", "waiting")},
        )
        console.print(speak(words_), highlight=False)
    whole = int(run.manifest["done"]) == len(run.policy.stage)
    for warning in warnings_of(run, summary, done=whole)[:8]:
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
    "pages": say("Drawing map and report"),
}


@contextmanager
def _step_bar(speak: Speaker) -> Iterator[Callable[[str], None]]:
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
def _share_bar(speak: Speaker, title: Any) -> Iterator[Callable[[float], None]]:
    """Show how much of a long step is done, on standard error, gone when done."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(speak(title), total=1.0)
        yield lambda share: progress.update(task, completed=share)


def main() -> None:
    """Run the command line: exit 0, 2 for bad input with one clear message, 1 for anything unexpected."""
    try:
        cli.main(standalone_mode=True)
    except XuequError as error:
        speak = speaker(lang_asked_for())
        for line in error.lines(speak):
            click.echo(line, err=True)
        if isinstance(error, DataError):
            click.echo(speak(say("Nothing was written.")), err=True)
        sys.exit(2)
    except OSError as error:
        # every file that is read has its own message: this is a place that cannot be written
        speak = speaker(lang_asked_for())
        where = Path(error.filename).name if error.filename else ""
        words = say("{path} cannot be written: {problem}", path=where, problem=error.strerror or error)
        click.echo(speak(words), err=True)
        sys.exit(2)
    except Exception as error:
        if os.environ.get("XUEQU_DEBUG"):
            raise
        speak = speaker(lang_asked_for())
        words = say(
            "Unexpected failure: {kind}: {problem}. Nothing is half written. Please report it; "
            "XUEQU_DEBUG=1 shows where.",
            kind=type(error).__name__,
            problem=str(error).splitlines()[0] if str(error) else "",
        )
        click.echo(speak(words), err=True)
        sys.exit(1)
