"""Show on the terminal what `xuequ init --from` took each file for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geodata.messages import Lang, say, speaker

if TYPE_CHECKING:
    from geodata.proposing.writing import Taken


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
