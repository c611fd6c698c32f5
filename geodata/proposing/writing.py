"""Write a proposed project, and say in short what was taken for what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from geodata import schema
from geodata.messages import Lang, Speaker, say, speaker
from geodata.project import PROJECT_FILE
from geodata.proposing.files import files_meant
from geodata.proposing.head import head_lines, level_of, year_of
from geodata.proposing.left_over import left_over_lines
from geodata.proposing.lines import is_located, table_lines
from geodata.proposing.proposal import CATCHMENTS, Proposal
from geodata.proposing.sheets import Sheet, read_sheets
from geodata.proposing.tables import propose_tables
from geodata.writing.whole import new_folder, refuse_full_folder

_PASSED = say("passed over: no table or layer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was made of a sheet, for a short table on the terminal.

    Parameters
    ----------
    file : str
        The file, with its sheet or layer.
    table : str
        The table, "" if none fits.
    columns : str
        Which heading stands for which column.
    open : str
        What a person must decide; "" if nothing.
    """

    file: str
    table: str
    columns: str
    open: str


def write_proposal(
    folder: Path, files: Sequence[Path], lang: Lang, *, policies: Sequence[str] = ()
) -> list[Taken]:
    """Write `xuequ.toml` for files, which are neither copied nor changed.

    Parameters
    ----------
    folder : Path
        The new project; it may exist, if it is empty.
    files : sequence of Path
        Tables, workbooks and layers, of any kind that is read; a folder stands for its files.
    lang : {"zh", "en"}
        The language of the comments.
    policies : sequence of str
        The names of policies that a project may name, for a comment.

    Returns
    -------
    list of Taken
        What each sheet was taken for. Nothing about a child is in it, nor in the file.

    Raises
    ------
    XuequError
        If the folder exists and is not empty.
    DataError
        If a file cannot be read, or a folder has none that can.
    """
    refuse_full_folder(folder)
    wanted, passed = files_meant(files)
    sheets = [sheet for path in wanted for sheet in read_sheets(path)]
    found = propose_tables(sheets)
    speak = speaker(lang)
    lines = [
        *_opening(speak),
        *head_lines(folder, sheets, policies, speak),
        *_tables(folder, sheets, found, speak),
        *(f"# {path.name}: {speak(_PASSED)}" for path in passed),
    ]
    text = "\n".join(lines) + "\n"
    with new_folder(folder) as partial:
        (partial / PROJECT_FILE).write_text(text, encoding="utf-8", newline="\n")
    over = [Taken(file=path.name, table="", columns="", open=speak(_PASSED)) for path in passed]
    return [*_taken(sheets, found, speak), *over]


def _opening(speak: Speaker) -> Iterator[str]:
    yield f"# {speak(say('Proposed by xuequ init --from; look at every line, then run xuequ check.'))}"
    yield f"# {speak(say('A line that begins with # ? is not sure: take the # ? away if it is right.'))}"
    yield ""


def _tables(
    folder: Path, sheets: Sequence[Sheet], found: Sequence[Proposal], speak: Speaker
) -> Iterator[str]:
    written: set[str] = set()
    for proposal in found:
        yield ""
        lines = table_lines(folder, proposal, found, speak)
        if proposal.table in written:
            twice = say("A second source for {table}: only one can be read.", table=proposal.table)
            yield f"# {speak(twice)}"
            yield from (f"# ? {line}" if line else "#" for line in lines)
        else:
            yield from lines
        written.add(proposal.table)
    yield ""
    yield from left_over_lines(folder, sheets, found, speak)
    if CATCHMENTS in written:
        written |= {"units", "zones", "plan", "serves"}
    for table in (table.name for table in schema.TABLES if table.required and table.name not in written):
        yield f"# ? [tables.{table}]    # {speak(say('needed, and found in none of the files'))}"


def _taken(sheets: Sequence[Sheet], found: Sequence[Proposal], speak: Speaker) -> Iterator[Taken]:
    head = [name for name, of in (("level", level_of), ("year", year_of)) if of(sheets) is None]
    yield Taken(file=PROJECT_FILE, table="project", columns="name", open=", ".join(head))
    seen: set[str] = set()
    for sheet in sheets:
        mine = [proposal for proposal in found if proposal.sheet is sheet]
        parts = [sheet.raw.file, *(str(v) for k, v in sheet.options.items() if k == "sheet")]
        if not mine:
            none = speak(say("it looks like none of the tables"))
            yield Taken(file=" ".join(parts), table="", columns="", open=none)
        for proposal in mine:
            columns = ", ".join(f"{match.column} = {match.heading}" for match in proposal.matches)
            twice = [speak(say("only one of them can be read"))] if proposal.table in seen else []
            seen.add(proposal.table)
            yield Taken(
                file=" ".join(parts),
                table=proposal.table,
                columns=columns,
                open=", ".join([*twice, *_open(proposal)]),
            )


def _open(proposal: Proposal) -> Iterator[str]:
    if is_located(proposal):
        yield "datum"
    yield from proposal.missing
    if proposal.lacks_class_size and "seats" not in {match.column for match in proposal.matches}:
        yield "class_size"
    yield from sorted({doubt.column for doubt in proposal.doubts} - {*proposal.missing, "class_size"})
    yield from (f"values.{column}" for column in sorted(proposal.unknown))
