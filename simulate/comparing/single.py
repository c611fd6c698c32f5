"""A run as a side: its one draw, counted by the same tally as the draws of an ensemble."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City
from geodata.metres import UNKNOWN_M
from geodata.project import Names
from simulate.ensemble.places import COORDINATIONS, Places, Played
from simulate.ensemble.sides import Side
from simulate.ensemble.tally import Tally, tally
from simulate.mechanisms import NOWHERE
from simulate.policy import Policy
from simulate.runs import Run
from simulate.state import OUTCOMES, PLACED
from simulate.world import ABSENT
from zoning.pressure import seats_by_school

Small = npt.NDArray[np.int32]
Texts = npt.NDArray[np.object_]


def side_of_run(run: Run, *, id_: str, title: Names) -> Side:
    """Return a run as a side of one draw.

    Parameters
    ----------
    run : Run
        Of a season that is over.
    id_, title
        What it is called beside others.
    """
    places, one = tally_of_run(run)
    return Side(
        id=id_,
        title=title,
        assumed=run.scenario is not None and run.scenario.assumed,
        places=places,
        stack={name: values[None] for name, values in one.items()},
        draws=1,
        draws_key=f"run {id_}",
        varied=(),
        synthetic=bool(run.manifest["synthetic_children"]),
        notes=(),
    )


def tally_of_run(run: Run) -> tuple[Places, Tally]:
    """Return the places of a run, each child a cell of its own, and its tally.

    Notes
    -----
    A zone that a stage gave is the child's own, as in `simulate.summary`; who lives in a zone, and whether
    it is short of seats, goes by the home.
    """
    placements = run.table("placements")
    places = places_of_tables(run.city, run.policy, placements)
    return places, tally(places, _played(placements, places))


def places_of_tables(city: City, policy: Policy, placements: pd.DataFrame) -> Places:
    """Return the places of a city whose children stand in `placements`, a cell each."""
    schools = city["schools"].sort_values("school_id", kind="stable")
    ids = schools["school_id"].to_numpy(dtype=object)
    zones = _names(city["zones"]["zone_id"])
    districts = _names(city["districts"]["district_id"], schools["district_id"], placements["district_id"])
    categories = np.array([one.id for one in policy.category], dtype=object)
    starts, served = _served(city["serves"], zones, ids)
    metres = placements["distance_m"].fillna(int(UNKNOWN_M)).to_numpy(dtype=np.int32)
    cells = np.arange(len(placements), dtype=np.int32)
    return Places(
        units=_names(city["units"]["unit_id"]),
        zones=zones,
        districts=districts,
        schools=ids,
        categories=categories,
        stages=np.array([one.id for one in policy.stage], dtype=object),
        household=np.array([one.household for one in policy.category], dtype=np.bool_),
        cell_unit=np.full(len(cells), ABSENT, dtype=np.int32),
        cell_zone=_positions(placements["zone_id"], zones),
        cell_district=_positions(placements["district_id"], districts),
        cell_category=_positions(placements["category"], categories),
        cell_home=cells,
        school_district=_positions(schools["district_id"], districts),
        block_school=np.arange(len(ids), dtype=np.int32),
        block_seats=seats_by_school(city).reindex(ids).to_numpy(dtype=np.int64),
        zone_starts=starts,
        zone_schools=served,
        # to the school where it sits, the only one that a tally asks for: a row of one number each
        metres=np.broadcast_to(metres[:, None], (len(cells), len(ids))),
        coordination=np.array(
            [COORDINATIONS.index(one.coordination or "") for one in policy.stage], dtype=np.int8
        ),
    )


def _played(placements: pd.DataFrame, places: Places) -> Played:
    outcome = _positions(placements["outcome"], np.array(OUTCOMES, dtype=object)).astype(np.int8)
    school = _positions(placements["school_id"], places.schools)
    over = placements["over"].to_numpy(dtype=np.bool_)
    seated = (outcome == PLACED) & ~over
    return Played(
        cell=places.cell_home,
        serial=np.zeros(len(placements), dtype=np.int32),
        outcome=outcome,
        block=np.where(school == ABSENT, NOWHERE, school).astype(np.int32),
        # what came after publication is of no stage, and does not coordinate
        stage=_positions(placements["stage"], places.stages),
        over=over,
        choice_rank=placements["choice_rank"].fillna(0).to_numpy(dtype=np.int32),
        free=places.school_seats - np.bincount(school[seated], minlength=len(places.schools)),
        given_zone=_positions(placements["given_zone_id"], places.zones),
    )


def _served(serves: pd.DataFrame, zones: Texts, schools: Texts) -> tuple[npt.NDArray[np.int64], Small]:
    zone, school = _positions(serves["zone_id"], zones), _positions(serves["school_id"], schools)
    order = np.lexsort((school, zone))
    starts = np.searchsorted(zone[order], np.arange(len(zones) + 1))
    return starts.astype(np.int64), school[order]


def _names(*columns: pd.Series) -> Texts:
    every: set[Any] = set()
    for column in columns:
        every |= set(column.dropna())
    return np.array(sorted(every), dtype=object)


def _positions(values: pd.Series, names: Texts) -> Small:
    """Return the position of each name, `ABSENT` where it is none."""
    found = pd.Index(names, dtype=object).get_indexer(values.to_numpy(dtype=object))
    return np.asarray(found, dtype=np.int32)
