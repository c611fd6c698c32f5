"""The tables of one scenario: what its draws come to, with the error of each mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulate.ensemble.early_warning import zones_table
from simulate.ensemble.estimates import DECIMALS, Estimate, chance, estimated
from simulate.ensemble.places import Places
from simulate.ensemble.scores import SCORES
from simulate.ensemble.tally import PARTS, REACHES, district_seats

Stack = Mapping[str, npt.NDArray[Any]]


def tables_of(places: Places, stack: Stack) -> dict[str, pd.DataFrame]:
    """Return the tables of one scenario.

    Parameters
    ----------
    places : Places
    stack : mapping of str to array, shape (draws, ...) each
        What `tally` returns, stacked over the draws in their order.

    Returns
    -------
    dict of str to DataFrame
        measures : group, measure, unit, mean, se, q05, q95, draws (in how many it is defined).
        reaches : seats short: group, reach, mean, se, q05, q95, probability (that any is short), low, high.
        zones : as `early_warning.zones_table`.
        districts : district_id, seats, and the mean, q05 and q95 of children, household, stayed (placed in
            it), out, in, coordinated_out, coordinated_in (placed over its border, by coordination), short.
        flows : home_district_id, school_district_id (null: none), and the mean, se, q05 and q95 of
            children placed, and of these coordinated; pairs with nobody in any draw are left out.

    Raises
    ------
    ValueError
        If there is no draw.
    """
    if len(stack["scalars"]) == 0:
        raise ValueError("there is no draw: tables want one or more")
    tables = {
        "measures": measures_table(stack),
        "reaches": reaches_table(stack),
        "zones": zones_table(places, stack),
        "districts": districts_table(places, stack),
        "flows": flows_table(places, stack),
    }
    return {name: table.round(DECIMALS) for name, table in tables.items()}


def measures_table(stack: Stack) -> pd.DataFrame:
    """Return each score over the draws: a row for each of `SCORES`."""
    one = estimated(np.stack([score.of(stack) for score in SCORES], axis=1))
    return pd.DataFrame(
        {
            "group": [score.group for score in SCORES],
            "measure": [score.measure for score in SCORES],
            "unit": [score.unit for score in SCORES],
            **_columns(one),
            "draws": one.draws,
        }
    )


def reaches_table(stack: Stack) -> pd.DataFrame:
    """Return the seats short by reach, and how likely any is: group × reach."""
    short = stack["short"].reshape(len(stack["short"]), -1)
    probability, _, low, high = chance((short > 0).sum(axis=0), len(short))
    pairs = [(group, reach) for group in ("all", "household") for reach in REACHES]
    return pd.DataFrame(
        {
            "group": [group for group, _ in pairs],
            "reach": [reach for _, reach in pairs],
            **_columns(estimated(short / PARTS)),
            "probability": probability,
            "low": low,
            "high": high,
        }
    )


def districts_table(places: Places, stack: Stack) -> pd.DataFrame:
    """Return what the draws say of each district."""
    count = len(places.districts)
    columns: dict[str, Any] = {"district_id": places.districts, "seats": district_seats(places)}
    numbers: dict[str, npt.NDArray[Any]] = {
        "children": stack["district_children"],
        "household": stack["district_household"],
        "stayed": np.diagonal(stack["flows"], axis1=1, axis2=2)[:, :count],
    }
    for name, flows in (("", stack["flows"]), ("coordinated_", stack["flows_coordinated"])):
        stayed = np.diagonal(flows, axis1=1, axis2=2)
        numbers[f"{name}out"] = (flows.sum(axis=2) - stayed)[:, :count]
        numbers[f"{name}in"] = (flows.sum(axis=1) - stayed)[:, :count]
    numbers["short"] = np.maximum(stack["district_children"].astype(np.int64) - district_seats(places), 0)
    for name, values in numbers.items():
        one = estimated(values)
        columns |= {name: one.mean, f"{name}_q05": one.q05, f"{name}_q95": one.q95}
    return pd.DataFrame(columns)


def flows_table(places: Places, stack: Stack) -> pd.DataFrame:
    """Return how many children go from which district to which."""
    draws, side = len(stack["flows"]), len(places.districts) + 1
    flows = stack["flows"].reshape(draws, -1)
    pairs = np.flatnonzero(flows.any(axis=0))
    names = np.array([*places.districts, None], dtype=object)
    coordinated = estimated(stack["flows_coordinated"].reshape(draws, -1)[:, pairs])
    frame = pd.DataFrame(
        {
            "home_district_id": names[pairs // side],
            "school_district_id": names[pairs % side],
            **_columns(estimated(flows[:, pairs])),
            **{f"coordinated_{name}": values for name, values in _columns(coordinated).items()},
        }
    )
    return frame.astype({"home_district_id": "str", "school_district_id": "str"})


def _columns(one: Estimate) -> dict[str, npt.NDArray[np.float64]]:
    return {"mean": one.mean, "se": one.se, "q05": one.q05, "q95": one.q95}
