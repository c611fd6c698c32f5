"""The commands on scopes: read a notice's texts as rules, write them back, check and compare them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.errors import XuequError
from geodata.messages import Lang, Speaker, say, speaker
from simulate.cli_parts import HELP, NEW, Group, lang_option, table_options

if TYPE_CHECKING:
    import pandas as pd

    from geodata.scope.rules import ScopeRule
    from simulate.loose_files import TableOptions

SOURCE = click.Path(path_type=Path, exists=True)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
MOST_LINES = 40
CATEGORY_HELP = "For a project whose plan differs by category: which category."


@click.group(
    cls=Group,
    **HELP,
    short_help="Zones written as text: read, write back, check, compare.",
    help="Zones written as text (community lists, house numbers, exclusions, boundary prose): read them as "
    "rules, write the rules back as the same text, find what they leave open or give twice, compare two "
    "years.",
)
def scope() -> None:
    """Group the commands on scopes."""


@scope.command(
    short_help="Read scope texts as a table of rules.",
    help="Read scope texts as a table of rules, a row a rule, which can be edited and written back as text "
    "(scope text).\n\n"
    "SOURCE is a project folder, or a file with --column and --holder; or give one text by --text. What is "
    "not understood is kept and listed.",
)
@click.argument("source", metavar="[DIR|FILE]", type=SOURCE, required=False)
@click.option("--column", metavar="NAME", help="The column of the texts.")
@click.option("--holder", metavar="NAME", help="The column of the schools or units whose texts they are.")
@table_options
@click.option("--text", metavar="TEXT", help="One text, instead of a file.")
@click.option("--category", metavar="ID", help=CATEGORY_HELP)
@click.option("--out", type=NEW, help="The table to write (.csv or .xlsx).")
@lang_option
def parse(
    source: Path | None,
    column: str | None,
    holder: str | None,
    options: TableOptions,
    text: str | None,
    category: str | None,
    out: Path | None,
    lang: Lang,
) -> None:
    """Read texts."""
    from geodata.scope.rules import rules_of
    from geodata.scope.sources import rules_of_column
    from geodata.scope.tables import rules_table
    from geodata.scope.telling import unread_lines
    from simulate.loose_files import TableOptions, read_loose

    speak = speaker(lang)
    if (source is None) == (text is None):
        raise XuequError(say("give a folder, a file or --text, and only one of them"))
    if options != TableOptions() and (source is None or source.is_dir()):
        raise XuequError(say("the options on how a file is read go with a file"))
    if text is not None:
        rules = list(rules_of(text))
    elif source is not None and source.is_dir():
        rules = _project_rules(source, category)
    elif source is None or column is None or holder is None:
        raise XuequError(say("a file needs --column (the texts) and --holder (whose they are)"))
    else:
        raw = read_loose(source, options)
        rules = rules_of_column(raw, column=column, holder=holder)
        for note in raw.notes:
            click.echo(speak(say("note: {note}", note=note)))
    _say_counts(rules, speak)
    for line in unread_lines(rules, speak):
        click.echo(line)
    if out is not None:
        _write(out, rules_table(rules, speak), speak)
    elif text is not None:
        _show(rules_table(rules, speak).iloc[:, [*range(2, 15), 17]], speak)


@scope.command(
    short_help="Write a table of rules back as texts.",
    help="Write a table of rules back as texts: the same text where nothing was edited, a well-formed "
    "clause where something was. RULES is a table that scope parse wrote.",
)
@click.argument("rules_file", metavar="RULES", type=FILE)
@click.option("--out", type=NEW, help="A table of holder and text to write (.csv or .xlsx).")
@lang_option
def text(rules_file: Path, out: Path | None, lang: Lang) -> None:
    """Write texts."""
    import pandas as pd

    from geodata.scope.tables import read_rules
    from geodata.scope.writing import texts_of

    speak = speaker(lang)
    texts = texts_of(read_rules(rules_file))
    if out is None:
        for holder, words in texts.items():
            click.echo(speak(say("{holder}: {text}", holder=holder, text=words)))
        return
    headings = [speak(say("holder (school or unit)")), speak(say("scope text"))]
    _write(out, pd.DataFrame(list(texts.items()), columns=headings, dtype="str"), speak)


@scope.command(
    short_help="Say what the rules leave open or give twice.",
    help="Say what the rules leave open or give twice: for each community that stands at several schools, "
    "and each road named there, the house numbers from 1 to 2000.\n\n"
    "SOURCE is a project folder or a table of rules.",
)
@click.argument("source", metavar="DIR|RULES", type=SOURCE)
@click.option("--category", metavar="ID", help=CATEGORY_HELP)
@click.option("--out", type=NEW, help="The table to write (.csv or .xlsx).")
@lang_option
def check(source: Path, category: str | None, out: Path | None, lang: Lang) -> None:
    """Check rules."""
    from geodata.scope.coverage import coverage, split_communities
    from geodata.scope.telling import FINDING_WORDS, coverage_table, unread_lines

    speak = speaker(lang)
    rules = _rules(source, category)
    findings = coverage(rules)
    _say_counts(rules, speak)
    click.echo(
        speak(say("communities that stand at several of them: {n}", n=len(split_communities(rules))))
    )
    for kind, words in FINDING_WORDS.items():
        number = sum(one.kind == kind for one in findings)
        if number:
            click.echo(speak(say("{what}: {n}", what=words, n=number)))
    for line in unread_lines(rules, speak):
        click.echo(line)
    table = coverage_table(findings, speak)
    if out is None:
        _show(table, speak)
    else:
        _write(out, table, speak)


@scope.command(
    short_help="Compare two years' rules.",
    help="Compare two years' rules, rule by rule: added, removed, changed, moved to another school. A and "
    "B are project folders or tables of rules.",
)
@click.argument("before", metavar="A", type=SOURCE)
@click.argument("after", metavar="B", type=SOURCE)
@click.option("--category", metavar="ID", help=CATEGORY_HELP)
@click.option("--marked", is_flag=True, help="Show also the changed texts, with what came and went marked.")
@click.option("--out", type=NEW, help="The table to write (.csv or .xlsx).")
@lang_option
def diff(
    before: Path, after: Path, category: str | None, marked: bool, out: Path | None, lang: Lang
) -> None:
    """Compare rules."""
    from geodata.scope.redline import redline
    from geodata.scope.telling import CHANGE_WORDS, changes_table

    speak = speaker(lang)
    old, new = _rules(before, category), _rules(after, category)
    changes = redline(old, new)
    if not changes:
        click.echo(speak(say("The rules are the same.")))
    for kind, words in CHANGE_WORDS.items():
        number = sum(one.kind == kind for one in changes)
        if number:
            click.echo(speak(say("{what}: {n}", what=words, n=number)))
    table = changes_table(changes, speak)
    if out is not None:
        _write(out, table, speak)
    elif changes:
        _show(table, speak)
    if marked:
        _show_marked(
            old, new, {rule.holder for one in changes for rule in (one.old, one.new) if rule}, speak
        )


def _say_counts(rules: list[ScopeRule], speak: Speaker) -> None:
    from geodata.scope.telling import kinds_in_words

    told = {"n": len(rules), "holders": len({rule.holder for rule in rules})}
    kinds = kinds_in_words(rules, speak)
    click.echo(speak(say("{n} rules of {holders} schools or units: {kinds}", **told, kinds=kinds)))


def _show_marked(old: list[ScopeRule], new: list[ScopeRule], holders: set[str], speak: Speaker) -> None:
    from geodata.scope.redline import redline_text

    for holder in sorted(holders):
        own = [[rule for rule in rules if rule.holder == holder] for rules in (old, new)]
        words = redline_text(own[0], own[1])
        click.echo(speak(say("{holder}: {text}", holder=holder, text=words)))


def _rules(source: Path, category: str | None) -> list[ScopeRule]:
    from geodata.scope.tables import read_rules

    return _project_rules(source, category) if source.is_dir() else read_rules(source)


def _project_rules(folder: Path, category: str | None) -> list[ScopeRule]:
    from geodata import read_city
    from geodata.scope.sources import rules_of_city

    return rules_of_city(read_city(folder), category=category)


def _write(out: Path, table: pd.DataFrame, speak: Speaker) -> None:
    from geodata.writing.tables import write_table

    write_table(out, table)
    click.echo(speak(say("Written: {path}", path=out)))


def _show(table: pd.DataFrame, speak: Speaker) -> None:
    """Show the first rows on the terminal, one line each, without columns that are empty."""
    shown = table.head(MOST_LINES)
    for row in shown.astype("str").fillna("").itertuples(index=False):
        cells = [cell for cell in row if cell not in ("", "<NA>")]
        click.echo("  " + " | ".join(cells))
    if len(table) > len(shown):
        more = len(table) - len(shown)
        click.echo(speak(say("… and {n} more rows: --out writes all of them", n=more)))
