"""Choose the number of units, schools and zones: the column by which the other files name them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from geodata import schema
from geodata.headings import Match, exact
from geodata.identity import CHILD_TABLES
from geodata.messages import say
from geodata.proposing.matching import all_columns, unfit
from geodata.proposing.proposal import CATCHMENTS, Proposal
from geodata.recognising import kind_of_heading

_OF_CATCHMENTS = {"units": "unit", "schools": "school_id"}


def with_key(proposal: Proposal, found: Sequence[Proposal]) -> Proposal:
    """Take as the number of a table the column that holds what the other files name its rows by.

    Parameters
    ----------
    proposal : Proposal
        A table; of those with a key of several columns, and of catchments, nothing is changed.
    found : sequence of Proposal
        All of them.

    Returns
    -------
    Proposal
        With the column whose values the most cells of other files match; where several match as many, the
        one that was taken by its heading. The share is given as a reason.
    """
    if proposal.table == CATCHMENTS or len(schema.BY_NAME[proposal.table].key) != 1:
        return proposal
    key = schema.BY_NAME[proposal.table].key[0]
    candidates = list(_candidates(proposal, key))
    named = [cells for other in found for cells in _named_in(proposal, other, key)]
    if not candidates or not named:
        return proposal
    shares = [_share(proposal.sheet.raw.cells[match.heading], named) for match in candidates]
    # the first of the best: the one that was taken by its heading
    place = shares.index(max(shares))
    if shares[place] == 0:
        return proposal
    others = [match for match in proposal.matches if match.column != key]
    order = all_columns(proposal.table)
    matches = sorted([*others, candidates[place]], key=lambda match: order.index(match.column))
    why = say("{n} % of the cells by which other files name them stand here", n=int(shares[place] * 100))
    return replace(
        proposal,
        matches=tuple(matches),
        doubts=tuple(doubt for doubt in proposal.doubts if doubt.column != key),
        reasons={**proposal.reasons, key: why},
    )


def _candidates(proposal: Proposal, key: str) -> Iterator[Match]:
    """Yield headings that can be the key, first the one that is; others serve at most as a name."""
    yield from (match for match in proposal.matches if match.column == key)
    taken = {match.heading for match in proposal.matches if match.column != "name"}
    for heading in (str(h) for h in proposal.sheet.raw.cells.columns):
        if heading in taken or (proposal.table in CHILD_TABLES and kind_of_heading(heading)):
            continue
        like = [m for m in exact(heading, proposal.table) if m.column in (key, "name")]
        if like and unfit(proposal.table, key, proposal.sheet.raw.cells[heading]) is None:
            yield replace(like[0], column=key)


def _named_in(proposal: Proposal, other: Proposal, key: str) -> Iterator[list[pd.Series]]:
    """Yield, for each column that refers to a table, the cells of each heading that it may have."""
    if other.sheet is proposal.sheet:
        return
    cells = other.sheet.raw.cells
    if other.table == CATCHMENTS:
        ours = _OF_CATCHMENTS.get(proposal.table)
        for match in other.matches:
            if match.column == ours:
                column = cells[match.heading]
                if other.split_by is not None and ours == "unit":
                    column = column.str.split(other.split_by, regex=False).explode()
                yield [column]
        return
    for column in schema.BY_NAME[other.table].columns:
        if column.refers == f"{proposal.table}.{key}":
            headings = [
                str(heading)
                for heading in cells.columns
                if any(match.column == column.name for match in exact(str(heading), other.table))
            ]
            if headings:
                yield [cells[heading] for heading in headings]


def _share(known: pd.Series, named: Sequence[Sequence[pd.Series]]) -> float:
    """Return the share of cells that stand in a column; of each file the heading that fits best counts."""
    values = set(known.str.strip())
    best = [max((_hits(cells, values) for cells in columns), key=_rank) for columns in named]
    filled = sum(n for _, n in best)
    return sum(hits for hits, _ in best) / filled if filled else 0.0


def _hits(cells: pd.Series, values: set[str]) -> tuple[int, int]:
    plain = cells.str.strip()
    plain = plain[plain != ""]
    return int(plain.isin(values).sum()), len(plain)


def _rank(hits: tuple[int, int]) -> tuple[float, int]:
    return (hits[0] / hits[1] if hits[1] else 0.0), hits[0]
