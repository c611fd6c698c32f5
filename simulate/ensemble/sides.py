"""Scenarios side by side, of one ensemble or of several folders, and how each differs from the first."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import pandas as pd

from geodata.messages import Text
from geodata.project import Names
from simulate.ensemble.paired import paired, paired_zones, unpaired, unpaired_zones
from simulate.ensemble.places import Places

if TYPE_CHECKING:
    from simulate.ensemble.reading import Ensemble

Stack = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One scenario beside others.

    Parameters
    ----------
    id : str
        Another one for each side.
    title : Names
    assumed : bool
        Whether the scenario stands on no source.
    places : Places
    stack : mapping of str to array
        Tallies, stacked over the draws.
    draws : int
    draws_key : str
        Sides with the same one saw the same draws, number by number.
    varied : tuple of str
        What was drawn (words of `uncertainty.VARY`).
    synthetic : bool
        Whether its children were drawn from counts.
    notes : tuple of Text
    """

    id: str
    title: Names
    assumed: bool
    places: Places
    stack: Stack
    draws: int
    draws_key: str
    varied: tuple[str, ...]
    synthetic: bool
    notes: tuple[Text, ...]


def sides_of(ensemble: Ensemble) -> tuple[Side, ...]:
    """Return the scenarios of an ensemble, the base first."""
    key = draws_key_of(ensemble)
    titles = Counter((lang, text) for one in ensemble.scenarios for lang, text in one.title)
    return tuple(
        Side(
            id=one.id,
            title=_apart(one.title, one.id) if any(titles[pair] > 1 for pair in one.title) else one.title,
            assumed=one.assumed,
            places=one.places,
            stack=one.stack,
            draws=one.draws,
            draws_key=key,
            varied=one.varied,
            synthetic=one.synthetic,
            notes=one.notes,
        )
        for one in ensemble.scenarios
    )


def _apart(title: Names, id_: str) -> Names:
    """Return a title that several scenarios have with the id of one beside it."""
    return Names(zh=f"{title.zh}（{id_}）", en=f"{title.en} ({id_})")


def draws_key_of(ensemble: Ensemble) -> str:
    """Return what decides the draws of an ensemble, as one text: seed, what varies, from what, how many."""
    decides = {
        "project": ensemble.project,
        "year": ensemble.year,
        "seed": ensemble.seed,
        "vary": sorted(ensemble.manifest.vary),
        "uncertainty": ensemble.uncertainty.model_dump(mode="json"),
        "draws": ensemble.draws,
        "xuequ": ensemble.manifest.xuequ,
    }
    text = json.dumps(decides, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def are_paired(base: Side, side: Side) -> bool:
    """Return whether two sides saw the same draws."""
    return base.draws_key == side.draws_key and base.draws == side.draws


def differences(base: Side, side: Side) -> pd.DataFrame:
    """Return how a side differs from the base: `paired` where both saw the same draws, else `unpaired`."""
    compare = paired if are_paired(base, side) else unpaired
    return compare(base.stack, side.stack)


def zone_differences(base: Side, side: Side) -> pd.DataFrame:
    """Return how the zones differ: `paired_zones` where both saw the same draws, else `unpaired_zones`."""
    compare = paired_zones if are_paired(base, side) else unpaired_zones
    return compare(base.places, base.stack, side.places, side.stack)


def all_differences(sides: Sequence[Side]) -> dict[str, pd.DataFrame]:
    """Return the differences of each side from the first, by its id; the first has none."""
    return {side.id: differences(sides[0], side) for side in sides[1:]}
