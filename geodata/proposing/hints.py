"""What speaks for a datum: said beside the line that a person must fill in, and never filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geodata.datum_fit import better_datum
from geodata.headings import normal
from geodata.messages import Text, say
from geodata.proposing.proposal import Proposal

_NAMED = ("wgs84", "gcj02", "bd09", "cgcs2000")
_DISTRICTS_IN = ("gcj02", "wgs84")


def datum_hints(proposal: Proposal, found: Sequence[Proposal]) -> Iterator[Text]:
    """Yield what the file itself, its name and its headings say, and how many points lie in a district.

    Parameters
    ----------
    proposal : Proposal
        A table with places.
    found : sequence of Proposal
        All of them: the first with district polygons is what points are compared with.
    """
    if proposal.sheet.raw.crs is not None:
        yield say(
            "the file itself says {crs}; layers in gcj02 or bd09 say that too, for want of a code",
            crs=proposal.sheet.raw.crs,
        )
    said = [normal(match.heading) for match in proposal.matches if match.column in ("lng", "lat")]
    for name in _NAMED:
        if any(name in words for words in (*said, normal(proposal.sheet.words))):
            yield say("a name in the file says {datum}", datum=name)
    districts = next(
        (p for p in found if p.table == "districts" and p.sheet.raw.geometry is not None), None
    )
    if districts is None or districts.sheet is proposal.sheet:
        return
    points = points_of(proposal)
    for datum in _DISTRICTS_IN:
        fit = _fit(points, districts.sheet.raw.geometry, datum)
        if fit is not None:
            yield say(
                "if {file} is in {datum}: {figures}",
                file=districts.sheet.raw.file,
                datum=datum,
                figures=fit,
            )


def points_of(proposal: Proposal) -> Any:
    """Return the places of a proposal as they stand in the file, shape (n,); None where there is none."""
    if proposal.sheet.raw.geometry is not None:
        return proposal.sheet.raw.geometry
    headings = {match.column: match.heading for match in proposal.matches}
    places = [
        pd.to_numeric(proposal.sheet.raw.cells[headings[name]], errors="coerce").to_numpy(dtype=float)
        for name in ("lng", "lat")
        if name in headings
    ]
    if len(places) < 2:
        return np.full(len(proposal.sheet.raw.cells), None)
    points = np.asarray(shapely.points(*places), dtype=object)
    points[~np.isfinite(places).all(axis=0)] = None
    return points


def _fit(points: Any, polygons: Any, datum: str) -> Text | None:
    both = np.array([*shapely.total_bounds(points), *shapely.total_bounds(polygons)])
    # only degrees have one of these datums, and what is not valid cannot be searched
    if not np.isfinite(both).all() or (np.abs(both) > 180).any() or not shapely.is_valid(polygons).all():
        return None
    none = np.full(len(points), None, dtype=object)
    fit = better_datum(points, "wgs84", none, polygons, np.arange(len(polygons)).astype(str), datum)
    return None if fit is None else fit.figures()
