"""Propose a project for a planner's files, and show on the terminal what each was taken for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geodata.messages import Lang, say, speaker

if TYPE_CHECKING:
    from geodata.proposing.writing import Taken


def propose(folder: Path, files: Sequence[Path], lang: Lang) -> None:
    """Write a proposed project whose comments name the shipped policies, and show what was taken."""
    from geodata.proposing.writing import write_proposal
    from simulate.policy_files import shipped_policies

    say_what_was_taken(write_proposal(folder, files, lang, policies=shipped_policies()), lang)


def say_what_was_taken(taken: Sequence[Taken], lang: Lang) -> None:
    """Show a short table: each sheet, its table, which heading stands for which column, what is open."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    speak = speaker(lang)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in (say("File"), say("Table"), say("Columns"), say("To fill in or decide")):
        table.add_column(speak(heading), overflow="fold")
    for row in taken:
        table.add_row(*(escape(text) for text in (row.file, row.table or "–", row.columns, row.open)))
    Console().print(table)
