"""Choose, for columns that refer to another table, the heading whose cells stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from geodata import schema
from geodata.headings import Match, exact
from geodata.messages import say
from geodata.proposing.matching import Doubt, all_columns
from geodata.proposing.proposal import CATCHMENTS, Proposal
from geodata.proposing.sheets import Sheet


def with_references(proposal: Proposal, found: Sequence[Proposal]) -> Proposal:
    """Take, for a column that refers to another table, the heading whose cells stand there."""
    if proposal.table == CATCHMENTS:
        return proposal
    matches, doubts = list(proposal.matches), list(proposal.doubts)
    for match in proposal.matches:
        refers = _refers(proposal.table, match.column)
        known = _known_values(refers, found)
        if known is None:
            continue
        candidates = [m for h in proposal.sheet.raw.cells.columns for m in exact(str(h), proposal.table)]
        candidates = [m for m in candidates if m.column == match.column]
        shares = [_share_known(proposal.sheet, m, known) for m in candidates]
        best = int(np.argmax(shares))
        matches.remove(match)
        if shares[best] == 1.0:
            matches.append(candidates[best])
        else:
            target = str(refers).split(".")[0]
            why = say(
                "{n} % of its cells stand in the table {table}", n=int(shares[best] * 100), table=target
            )
            doubts.append(Doubt(heading=candidates[best].heading, column=match.column, why=why))
    order = all_columns(proposal.table)
    matches.sort(key=lambda match: order.index(match.column))
    return replace(proposal, matches=tuple(matches), doubts=tuple(doubts))


def _refers(table: str, column: str) -> str | None:
    known = schema.BY_NAME[table]
    return known.column(column).refers if column in known.names else None


def _known_values(refers: str | None, found: Sequence[Proposal]) -> set[str] | None:
    """Return the numbers of the table that a column refers to, None where no sheet has it."""
    if refers is None:
        return None
    table, column = refers.split(".")
    for other in found:
        for match in other.matches:
            if other.table == table and match.column == column:
                return set(other.sheet.raw.cells[match.heading].str.strip())
    return None


def _share_known(sheet: Sheet, match: Match, known: set[str]) -> float:
    cells = sheet.raw.cells[match.heading].str.strip()
    filled = cells[cells != ""]
    return 1.0 if len(filled) == 0 else float(filled.isin(known).mean())
