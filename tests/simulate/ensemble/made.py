"""Made-up places and draws for tests of what comes after a draw: small, no season behind them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from geodata import read_city, say
from geodata.metres import UNKNOWN_M
from geodata.project import Names
from simulate.ensemble.folder import FORMAT, Entry, Manifest
from simulate.ensemble.places import Places, Played
from simulate.ensemble.reading import Ensemble, ScenarioResult
from simulate.ensemble.tally import tally
from simulate.ensemble.uncertainty import VARY, read_uncertainty
from simulate.mechanisms import NOWHERE
from simulate.state import NOT_ADMITTED, PLACED, WAITING, WITHDRAWN
from simulate.world import ABSENT
from tests.tiny import write_tiny


def made_places(
    *, seed: int = 0, zones: int = 4, districts: int = 2, schools: int = 5, cells: int = 12, seats: int = 6
) -> Places:
    """Return places at random: shared schools, schools of no zone or district, unknown distances, a pool.

    Parameters
    ----------
    seed : int
        Other places for another one.
    seats : int
        Seat blocks have 0 to so many.
    """
    rng = np.random.default_rng(seed)
    units = max(cells // 2, 1)
    lists = [
        np.sort(rng.choice(schools, rng.integers(0, min(3, schools) + 1), replace=False))
        for _ in range(zones)
    ]
    block_school = np.concatenate([np.arange(schools), rng.integers(0, schools, size=min(2, schools))])
    metres = rng.integers(0, 9_000, size=(units, schools)).astype(np.int32)
    metres[rng.random(metres.shape) < 0.1] = UNKNOWN_M
    cell_home = rng.integers(0, units, size=cells).astype(np.int32)
    return Places(
        units=_names("U", units),
        zones=_names("Z", zones),
        districts=_names("D", districts),
        schools=_names("S", schools),
        categories=np.array(["household", "collective", "points"], dtype=object),
        stages=np.array(["zone", "district", "city"], dtype=object),
        household=np.array([True, True, False]),
        cell_unit=cell_home,
        cell_zone=rng.integers(ABSENT, zones, size=cells).astype(np.int32),
        cell_district=rng.integers(ABSENT, districts, size=cells).astype(np.int32),
        cell_category=rng.integers(0, 3, size=cells).astype(np.int32),
        cell_home=cell_home,
        school_district=rng.integers(ABSENT, districts, size=schools).astype(np.int32),
        block_school=block_school.astype(np.int32),
        block_seats=rng.integers(0, seats + 1, size=len(block_school)).astype(np.int64),
        zone_starts=np.cumsum([0, *map(len, lists)]).astype(np.int64),
        zone_schools=np.concatenate([np.empty(0), *lists]).astype(np.int32),
        metres=metres,
        coordination=np.array([0, 2, 3], dtype=np.int8),
    )


def made_played(places: Places, *, seed: int = 0, children: int = 40, draw: int = 0) -> Played:
    """Return a draw at random: how many children each cell has, and what came of each.

    Nobody's rules were followed: schools may hold more than their seats. Seats left are what the children
    who are not above the intake leave, 0 at least.
    """
    rng = np.random.default_rng([seed, draw])
    cells, blocks, stages = len(places.cell_unit), len(places.block_school), len(places.stages)
    n = int(rng.poisson(children))
    cell = np.sort(rng.integers(0, cells, size=n)).astype(np.int32)
    starts = np.searchsorted(cell, cell)
    outcome = rng.choice([WAITING, PLACED, PLACED, PLACED, NOT_ADMITTED, WITHDRAWN], size=n).astype(np.int8)
    placed = outcome == PLACED
    block = np.where(placed, rng.integers(0, blocks, size=n), NOWHERE).astype(np.int32)
    over = placed & (rng.random(n) < 0.1)
    taken = np.bincount(block[placed & ~over], minlength=blocks)
    return Played(
        cell=cell,
        serial=(np.arange(n) - starts).astype(np.int32),
        outcome=outcome,
        block=block,
        stage=np.where(placed, rng.integers(0, stages, size=n), NOWHERE).astype(np.int32),
        over=over,
        choice_rank=np.where(placed, rng.integers(0, 7, size=n), 0).astype(np.int32),
        free=np.maximum(places.block_seats - taken, 0),
    )


def _names(letter: str, count: int) -> np.ndarray:
    width = len(str(count))
    return np.array([f"{letter}{number + 1:0{width}d}" for number in range(count)], dtype=object)


def made_stack(
    places: Places, *, draws: int = 60, seed: int = 0, children: int = 40
) -> dict[str, np.ndarray]:
    """Return the tallies of some draws at random, stacked."""
    tallies = [
        tally(places, made_played(places, seed=seed, children=children, draw=draw)) for draw in range(draws)
    ]
    return {name: np.stack([one[name] for one in tallies]) for name in tallies[0]}


def made_ensemble(folder: Path, *, draws: int = 60, zones: int = 8, synthetic: bool = True) -> Ensemble:
    """Return an ensemble of three scenarios at random in a folder that has the project of `tests.tiny`.

    The second has more seats; the third is the first under another name. All see the same draws.
    """
    city = read_city(write_tiny(folder / "project"))
    inputs = folder / "ensemble" / "inputs"
    inputs.mkdir(parents=True)
    (inputs / "project.json").write_text(city.project.model_dump_json(by_alias=True), encoding="utf-8")
    for name in ("zones", "districts"):
        city[name].to_parquet(inputs / f"{name}.parquet", index=False)
    uncertainty = read_uncertainty()
    base = made_places(zones=zones, cells=3 * zones, schools=zones + 2, seats=8)
    more = replace(base, block_seats=base.block_seats + (np.arange(len(base.block_seats)) % 3 == 0) * 4)
    titles = {
        "today": Names(zh="现状", en="Today"),
        "more-seats": Names(zh="增加学位", en="More seats in every third school of the city, as planned"),
        "again": Names(zh="再来一次", en="Once more"),
    }
    varied = ("tickets", "counts", "points", "no-shows")
    scenarios = tuple(
        ScenarioResult(
            id=name,
            title=title,
            assumed=name != "today",
            policy="xiamen-datongchou",
            places=places,
            stack=made_stack(places, draws=draws, children=12 * zones),
            draws=draws,
            engine="compiled",
            varied=varied,
            notes=(say("a note on {what}", what="<b>"),),
            synthetic=True,
        )
        for (name, title), places in zip(titles.items(), (base, more, base), strict=True)
    )
    (folder / "ensemble" / "scenarios").mkdir()
    for name, title in titles.items():
        text = f'id = "{name}"\nassumed = true\ntitle = {{ zh = "{title.zh}", en = "{title.en}" }}\n'
        text += 'reason = { zh = "试", en = "only a trial" }\n'
        (folder / "ensemble" / "scenarios" / f"{name}.toml").write_text(text, encoding="utf-8")
    entries = [
        Entry(
            id=one.id,
            title=one.title,
            assumed=one.assumed,
            policy=one.policy,
            digest=one.id.encode().hex(),
            engine="compiled",
            synthetic=True,
            varied=list(one.varied),
            notes=[],
        )
        for one in scenarios
    ]
    manifest = Manifest(
        kind="ensemble",
        format=FORMAT,
        xuequ="0",
        project="小城 <script>alert(1)</script>",
        year=2024,
        seed="made",
        metric_crs="EPSG:4548",
        synthetic_city=synthetic,
        draws=draws,
        block=50,
        standard_error=None,
        keep=False,
        chances=False,
        vary=list(VARY),
        scenarios=entries,
        done=True,
        draws_used=draws,
        stopped="draws",
        files={},
    )
    return Ensemble(
        folder=folder / "ensemble", scenarios=scenarios, uncertainty=uncertainty, manifest=manifest
    )
