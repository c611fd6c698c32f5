"""An ensemble as read back from its folder: each scenario with its places and its draws."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from geodata.errors import XuequError
from geodata.messages import Text, say
from geodata.project import Names
from simulate.ensemble.block_files import read_block
from simulate.ensemble.blocks import TALLIES, Block, spans_of
from simulate.ensemble.folder import Entry, Manifest, check_files, read_manifest, read_places
from simulate.ensemble.places import Places
from simulate.ensemble.uncertainty import Uncertainty
from simulate.inputs import not_read_back, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """What came of one scenario.

    Parameters
    ----------
    id, title, assumed
        As in its file.
    policy : str
        The id of its policy.
    places : Places
        What the tallies are about.
    stack : dict of str to array
        What `simulate.ensemble.tally.tally` counts, a row a draw.
    draws : int
        How many.
    engine : str
        "compiled" or "plain": what played it.
    varied : tuple of str
        What was drawn.
    notes : tuple of Text
        What should be known.
    synthetic : bool
        Whether the children are drawn from counts.
    """

    id: str
    title: Names
    assumed: bool
    policy: str
    places: Places
    stack: Block
    draws: int
    engine: str
    varied: tuple[str, ...]
    notes: tuple[Text, ...]
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """Many draws of several scenarios, the first of them the base.

    Parameters
    ----------
    folder : Path
        Where it lies.
    scenarios : tuple of ScenarioResult
        The first is the base.
    uncertainty : Uncertainty
        What was drawn from.
    manifest : Manifest
        The rest.
    """

    folder: Path
    scenarios: tuple[ScenarioResult, ...]
    uncertainty: Uncertainty
    manifest: Manifest

    @property
    def seed(self) -> str:
        """The public seed."""
        return self.manifest.seed

    @property
    def project(self) -> str:
        """The name of the project."""
        return self.manifest.project

    @property
    def year(self) -> int:
        """The year of admission."""
        return self.manifest.year

    @property
    def varied(self) -> tuple[str, ...]:
        """What was drawn in any of the scenarios, in the order of `VARY`."""
        found = {name for one in self.scenarios for name in one.varied}
        return tuple(name for name in self.manifest.vary if name in found)

    @property
    def draws(self) -> int:
        """How many draws each scenario has."""
        return self.scenarios[0].draws

    @property
    def synthetic_city(self) -> bool:
        """Whether the city is made up."""
        return self.manifest.synthetic_city

    @property
    def synthetic_children(self) -> bool:
        """Whether the children of any scenario are drawn from counts."""
        return any(one.synthetic for one in self.scenarios)


def read_ensemble(folder: Path) -> Ensemble:
    """Read the folder of an ensemble that is done.

    Raises
    ------
    XuequError
        If it is something else, of another format, not done, or a file of it is missing or was changed.
    """
    manifest = read_manifest(folder)
    if not manifest.done or manifest.draws_used is None:
        raise not_done(folder)
    ensemble = ensemble_of(folder, manifest, draws=manifest.draws_used)
    check_files(folder, manifest.files)
    return ensemble


def plan_of(ensemble: Ensemble, scenario: str) -> pd.DataFrame:
    """Return the table `plan` that a scenario was drawn under: its own, or that of the project."""
    own = ensemble.folder / "scenarios" / scenario / "plan.parquet"
    return pd.read_parquet(own if own.is_file() else ensemble.folder / "inputs" / "plan.parquet")


def not_done(folder: Path) -> XuequError:
    """Return the error of an ensemble that was stopped before its end."""
    return XuequError(
        say(
            "{folder} is not done: go on with xuequ ensemble --resume {path}",
            folder=folder.name,
            path=folder,
        )
    )


def ensemble_of(folder: Path, manifest: Manifest, *, draws: int) -> Ensemble:
    """Read what was drawn so far.

    Parameters
    ----------
    folder, manifest
        The folder, and what stands in its manifest.
    draws : int
        How many draws of each scenario.

    Raises
    ------
    XuequError
        If a file is missing or was changed.
    """
    return Ensemble(
        folder=folder,
        scenarios=tuple(_result(folder, manifest, one, draws) for one in manifest.scenarios),
        uncertainty=read_uncertain_back(folder, manifest),
        manifest=manifest,
    )


def read_uncertain_back(folder: Path, manifest: Manifest) -> Uncertainty:
    """Read what is drawn from.

    Raises
    ------
    XuequError
        If the file is missing or does not hold.
    """
    path = folder / "inputs" / "uncertainty.json"
    try:
        return Uncertainty.model_validate_json(path.read_bytes())
    except OSError as error:
        inside = path.relative_to(folder).as_posix()
        raise XuequError(
            say("{folder}: {file} is missing or was changed after the run", folder=folder.name, file=inside)
        ) from error
    except ValidationError as error:
        raise not_read_back(folder.name, manifest.xuequ, error) from error


def stack_of(folder: Path, scenario: str, spans: tuple[tuple[int, int], ...]) -> Block:
    """Return what the draws of some blocks came to, one block after the other.

    Raises
    ------
    XuequError
        If a block is missing or was changed.
    """
    blocks = [read_block(folder, scenario, first, last, ending=TALLIES) for first, last in spans]
    return {name: np.concatenate([one[name] for one in blocks]) for name in blocks[0]}


def _result(folder: Path, manifest: Manifest, entry: Entry, draws: int) -> ScenarioResult:
    return ScenarioResult(
        id=entry.id,
        title=entry.title,
        assumed=entry.assumed,
        policy=entry.policy,
        places=read_places(folder, entry.id),
        stack=stack_of(folder, entry.id, spans_of(draws, manifest.block)),
        draws=draws,
        engine=entry.engine,
        varied=tuple(entry.varied),
        notes=tuple(text_of(one) for one in entry.notes),
        synthetic=entry.synthetic,
    )
