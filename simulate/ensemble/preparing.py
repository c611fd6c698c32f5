"""Prepare an ensemble's folder, and build what is played from the folder alone, then and to go on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from importlib.metadata import version
from pathlib import Path

from geodata.city import City
from geodata.errors import XuequError
from geodata.messages import say
from simulate.ensemble.asking import Applied, Asked
from simulate.ensemble.folder import (
    FORMAT,
    Entry,
    Manifest,
    hashes_of,
    places_bytes,
    places_file,
    signed,
    write_bytes,
    write_manifest,
)
from simulate.ensemble.market import Market, market_of
from simulate.ensemble.reading import read_uncertain_back
from simulate.ensemble.uncertainty import Uncertainty
from simulate.inputs import decides, digest_of, plain_of, read_inputs, sha256_of, write_inputs
from simulate.policy import Policy
from simulate.runs import write_sources

INPUTS, SCENARIOS = "inputs", "scenarios"


def write_prepared(folder: Path, asked: Asked, applied: Sequence[Applied]) -> tuple[Manifest, list[Market]]:
    """Write all that decides an ensemble into an empty folder, and build what is played from it.

    Raises
    ------
    XuequError, DataError
        If a scenario cannot be played.
    """
    base = applied[0]
    _write_scenarios(folder, asked, applied)
    write_sources(folder, base.city)
    markets, entries = [], []
    schools = sorted({str(name) for one in applied for name in one.city["schools"]["school_id"]})
    for one in applied:
        # from what was written, so that --resume builds the same
        city, policy = _inputs(folder, one.scenario.id, base.city.metric_crs, version("xuequ"))
        market = _market(city, policy, asked, schools, [stage.id for stage in base.policy.stage])
        write_bytes(places_file(folder, one.scenario.id), places_bytes(market.places))
        markets.append(market)
        entries.append(_entry(one, market))
    head = base.city.project.project
    manifest = signed(
        kind="ensemble",
        format=FORMAT,
        xuequ=version("xuequ"),
        project=head.name,
        year=head.year,
        seed=asked.seed,
        metric_crs=base.city.metric_crs,
        synthetic_city=head.synthetic,
        draws=asked.draws,
        block=asked.block,
        standard_error=asked.standard_error,
        keep=asked.keep,
        chances=asked.chances,
        vary=list(asked.vary),
        scenarios=entries,
        files=hashes_of(folder, within=(INPUTS, SCENARIOS)),
    )
    write_manifest(folder, manifest)
    return manifest, markets


def _write_scenarios(folder: Path, asked: Asked, applied: Sequence[Applied]) -> None:
    base = applied[0]
    inputs = folder / INPUTS
    inputs.mkdir()
    write_inputs(inputs, base.city, base.policy)
    write_bytes(inputs / "uncertainty.json", asked.uncertainty.model_dump_json(indent=1).encode("utf-8"))
    for one in applied:
        there = folder / SCENARIOS / one.scenario.id
        there.mkdir(parents=True)
        write_inputs(there, one.city, one.policy, base=base.city)
        write_bytes(there.with_name(f"{there.name}.toml"), one.scenario.text.encode("utf-8"))


def _entry(one: Applied, market: Market) -> Entry:
    notes = list(market.notes)
    if market.why_plain is not None:
        notes.append(say("drawn by the engine of a run, which is slower: {why}", why=market.why_plain))
    return Entry(
        id=one.scenario.id,
        title=one.scenario.title,
        assumed=one.scenario.assumed,
        policy=one.policy.id,
        digest=one.digest,
        engine=market.engine,
        synthetic=market.synthetic,
        varied=list(market.varied),
        notes=[plain_of(note) for note in notes],
    )


def rebuilt(folder: Path, manifest: Manifest) -> list[Market]:
    """Build what is played from a folder alone, to go on drawing.

    Raises
    ------
    XuequError
        If another version wrote it, or it does not come out as it did.
    """
    if manifest.xuequ != version("xuequ"):
        raise XuequError(
            say(
                "{folder} was begun by version {there}, this is {here}, whose draws may differ: go on with "
                "that version, or run the project again",
                folder=folder.name,
                there=manifest.xuequ,
                here=version("xuequ"),
            )
        )
    asked = _asked_of(manifest, read_uncertain_back(folder, manifest))
    return [_same_market(folder, manifest, entry, asked) for entry in manifest.scenarios]


def _asked_of(manifest: Manifest, uncertainty: Uncertainty) -> Asked:
    return Asked(
        draws=manifest.draws,
        block=manifest.block,
        seed=manifest.seed,
        vary=tuple(manifest.vary),
        uncertainty=uncertainty,
        standard_error=manifest.standard_error,
        keep=manifest.keep,
        chances=manifest.chances,
    )


def _market(
    city: City, policy: Policy, asked: Asked, schools: Collection[str], order: Sequence[str]
) -> Market:
    return market_of(
        city,
        policy,
        seed=asked.seed,
        uncertainty=asked.uncertainty,
        vary=asked.vary,
        elsewhere=schools,
        order=order,
    )


def _same_market(folder: Path, manifest: Manifest, entry: Entry, asked: Asked) -> Market:
    city, policy = _inputs(folder, entry.id, manifest.metric_crs, manifest.xuequ)
    stated = asked.uncertainty.choices
    _, base = _inputs(folder, manifest.scenarios[0].id, manifest.metric_crs, manifest.xuequ)
    # what is stated was checked against the schools of all scenarios when the folder was begun
    schools = () if stated is None else tuple(stated.popularity)
    market = _market(city, policy, asked, schools, [stage.id for stage in base.stage])
    places = hashlib.sha256(places_bytes(market.places)).hexdigest()
    now = (digest_of(decides(city, policy)), places, market.engine)
    if now != (entry.digest, sha256_of(places_file(folder, entry.id)), entry.engine):
        raise XuequError(
            say(
                "{folder}: the scenario {scenario} does not come out as it did when it was begun, perhaps "
                "because of other versions of libraries: run the project again",
                folder=folder.name,
                scenario=entry.id,
            )
        )
    return market


def _inputs(folder: Path, scenario: str, metric_crs: str, written_by: str) -> tuple[City, Policy]:
    """Read a scenario as it was applied; the files it came from do not matter any more."""
    return read_inputs(
        folder / SCENARIOS / scenario,
        metric_crs=metric_crs,
        written_by=written_by,
        named=folder.name,
        hashes={},
        base=folder / INPUTS,
    )
