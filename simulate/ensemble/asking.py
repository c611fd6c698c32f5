"""What is asked of an ensemble: how to draw, and which scenarios, each applied to the base."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from geodata.city import City, read_city
from geodata.errors import DataError, Fault, XuequError
from geodata.messages import say
from simulate.ensemble.folder import FORMAT
from simulate.ensemble.uncertainty import VARY, Uncertainty
from simulate.inputs import decides, digest_of
from simulate.policy import Policy
from simulate.scenarios.applying import apply_scenario
from simulate.scenarios.reading import Scenario, base_scenario, read_scenario
from zoning.addresses import settle_addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How to draw.

    Parameters
    ----------
    draws : int
        How many (at most, with `standard_error`).
    block : int
        How many a block has.
    seed : str
        The public seed.
    vary : tuple of str
        What may be drawn, of `VARY`, in its order.
    uncertainty : Uncertainty
        What is drawn from.
    standard_error : float or None
        Of the probability that a zone runs short: stop when it is reached everywhere.
    keep, chances : bool
        Whether to keep whole draws, and to count where the children of each unit come.
    """

    draws: int
    block: int
    seed: str
    vary: tuple[str, ...]
    uncertainty: Uncertainty
    standard_error: float | None
    keep: bool
    chances: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A scenario as it is played.

    Parameters
    ----------
    scenario : Scenario
        As read.
    city, policy
        What it makes of the base's.
    digest : str
        Of these.
    """

    scenario: Scenario
    city: City
    policy: Policy
    digest: str


def checked_vary(words: Collection[str]) -> tuple[str, ...]:
    """Return what may be drawn, in the order of `VARY`.

    Raises
    ------
    XuequError
        If it is nothing, or there is no such thing.

    Examples
    --------
    >>> checked_vary(["counts", "tickets"])
    ('tickets', 'counts')
    """
    strange = sorted(set(words) - set(VARY))
    if strange or not words:
        raise XuequError(
            say(
                "--vary names what is drawn, with commas: {known}; found {found}",
                known=", ".join(VARY),
                found=", ".join(strange) or "—",
            )
        )
    return tuple(one for one in VARY if one in words)


def base_of(folder: Path) -> City:
    """Return the city of a project, the addresses of its children settled."""
    return settle_addresses(read_city(folder))


def applied_of(
    folder: Path, city: City, policy: Policy, names: Sequence[str | Path]
) -> tuple[Applied, ...]:
    """Apply scenarios to a base, which is always the first.

    Parameters
    ----------
    folder : Path
        The project.
    city, policy
        The base.
    names : sequence of str or Path
        Shipped names or files.

    Raises
    ------
    DataError
        With every fault of every scenario at once.
    """
    faults: list[Fault] = []
    made: list[Applied] = []
    for scenario in _read(names, city, faults):
        try:
            there, rules = apply_scenario(city, policy, scenario, folder)
        except DataError as error:
            faults.extend(error.faults)
            continue
        digest = digest_of(decides(there, rules))
        made.append(Applied(scenario=scenario, city=there, policy=rules, digest=digest))
    if faults:
        raise DataError(faults)
    return tuple(made)


def _read(names: Iterable[str | Path], city: City, faults: list[Fault]) -> list[Scenario]:
    base = base_scenario()
    found = [base]
    for name in names:
        try:
            scenario = read_scenario(name, city)
        except DataError as error:
            faults.extend(error.faults)
            continue
        if scenario.text == base.text:
            continue  # it is there already
        if scenario.id in [one.id for one in found]:
            faults.append(
                Fault(
                    file=scenario.file,
                    column="id",
                    found=scenario.id,
                    allowed=say("each scenario has an id of its own; this one is taken"),
                    remedy=say("give it another id; today is the base, which is always there"),
                )
            )
            continue
        found.append(scenario)
    return found


def ensemble_name(asked: Asked, applied: Sequence[Applied]) -> str:
    """Return the name of an ensemble: the year, and a digest of all that decides it."""
    deciding: dict[str, Any] = {
        "scenarios": [[one.scenario.id, one.scenario.text, one.digest] for one in applied],
        "draws": asked.draws,
        "block": asked.block,
        "seed": asked.seed,
        "vary": asked.vary,
        "uncertainty": asked.uncertainty.model_dump_json(),
        "standard_error": asked.standard_error,
        "keep": asked.keep,
        "chances": asked.chances,
        "version": version("xuequ"),
        "format": FORMAT,
    }
    return f"ensemble-{applied[0].city.project.project.year}-{digest_of(deciding)[:10]}"
