"""What a scenario may change in the rules: another policy, another day, single stages, coordination."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from geodata.messages import say
from geodata.toml import WrongValueError
from simulate.scenarios import kinds
from simulate.scenarios.kinds import Change, Ids


class OtherPolicy(Change):
    """Another policy, another points schedule, or both: a shipped name, or a file beside the scenario."""

    do: Literal["policy"]
    policy: str | None = None
    points: str | None = None

    @model_validator(mode="after")
    def _something(self) -> OtherPolicy:
        if self.policy is None and self.points is None:
            raise WrongValueError(say("policy, points, or both"))
        return self


class PolicyDate(Change):
    """The rules as they hold on another day."""

    do: Literal["policy-date"]
    on: datetime.date


class Expecting(Change):
    """Planned changes of the rules (`expected = true`) that are applied."""

    do: Literal["expecting"]
    ids: Ids


class StageOff(Change):
    """Stages that are left out."""

    do: Literal["stage-off"]
    stages: Ids


class StageChange(Change):
    """Fields of a stage, or of one of its claims (counted from 1), that are set."""

    do: Literal["stage-change"]
    stage: str
    claim: Annotated[int | None, Field(ge=1)] = None
    set: Annotated[dict[str, Any], Field(min_length=1)]


class Coordination(Change):
    """Another way to coordinate: a variant that comes with xuequ, or one of a file beside the scenario."""

    do: Literal["coordination"]
    variant: str
    file: str | None = None


KINDS: dict[str, type[Change]] = {
    "plan": kinds.Plan,
    "move": kinds.Move,
    "new-zone": kinds.NewZone,
    "merge-zones": kinds.MergeZones,
    "classes": kinds.Classes,
    "seats": kinds.Seats,
    "open-school": kinds.OpenSchool,
    "close-school": kinds.CloseSchool,
    "enlarge": kinds.Enlarge,
    "merge-schools": kinds.MergeSchools,
    "estate": kinds.Estate,
    "demolition": kinds.Demolition,
    "demand-level": kinds.DemandLevel,
    "policy": OtherPolicy,
    "policy-date": PolicyDate,
    "expecting": Expecting,
    "stage-off": StageOff,
    "stage-change": StageChange,
    "coordination": Coordination,
}
"""Every kind of change, by the word that stands in `do`."""

HEAD = (OtherPolicy, PolicyDate, Expecting)
"""Changes after which the policy is read again; they count before those of single stages."""
STAGES = (StageOff, StageChange, Coordination)
