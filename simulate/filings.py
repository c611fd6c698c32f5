"""What families and officers handed in: choices, answers and decisions, checked against city and policy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City, DataError, Fault, XuequError, say
from geodata.messages import Text
from simulate.policy import Policy
from simulate.world import ABSENT, Answers, Choices

Texts = npt.NDArray[np.object_]
AMEND = "amend"
"""Stands in `decisions.stage` for "on the published run": an upheld objection."""


def choices_of(city: City, ids: Texts, schools: Texts, zones: Texts, stages: list[str]) -> Choices:
    """Return the table `choices` as arrays, in order of child, list, time of filing and rank.

    Raises
    ------
    DataError
        If a row names nobody, no school or zone, no stage, or a target twice in one list.
    """
    table = city["choices"]
    child = pd.Index(ids).get_indexer(table["applicant_id"])
    school, zone = (pd.Index(names).get_indexer(table["target"]) for names in (schools, zones))
    after = _stages(table["after_stage"], stages)
    twice = table.duplicated(["applicant_id", "after_stage", "list", "target"]).to_numpy()
    both = (school >= 0) & (zone >= 0)
    faults = [
        *_faults("choices", "applicant_id", table["applicant_id"], child < 0, _NOBODY),
        *_faults("choices", "target", table["target"], (school < 0) & (zone < 0), say(
            "a school of the table schools, or a zone of the table zones"
        )),
        *_faults("choices", "target", table["target"], both, say(
            "an id of one thing: a school and a zone have the same id"
        )),
        *_faults("choices", "after_stage", table["after_stage"], after == _UNKNOWN, say(
            "stages: {stages}", stages=", ".join(stages)
        )),
        *(
            Fault(
                file="choices",
                column="target",
                found=str(row["target"]),
                allowed=say(
                    "each school once in a child's list (applicant {applicant})",
                    applicant=row["applicant_id"],
                ),
            )
            for row in table[twice].to_dict("records")
        ),
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    rank, listed = table["rank"].to_numpy(dtype=np.int64), table["list"].to_numpy(dtype=np.int64)
    order = np.lexsort((rank, after, listed, child))
    return Choices(
        child=child[order].astype(np.int64),
        list_=listed[order],
        after=after[order],
        rank=rank[order].astype(np.int32),
        school=school[order].astype(np.int32),
        zone=zone[order].astype(np.int32),
    )


def answers_of(city: City, ids: Texts, stages: list[str]) -> Answers:
    """Return the table `answers` as arrays, in order of stage and child.

    Raises
    ------
    DataError
        If a row names nobody or no stage, a child arrives twice or answers before it arrives, or choices
        filed after a stage have no answer beside them.
    """
    table, choices = city["answers"], city["choices"]
    child = pd.Index(ids).get_indexer(table["applicant_id"])
    after = _stages(table["after_stage"], stages)
    faults = [
        *_faults("answers", "applicant_id", table["applicant_id"], child < 0, _NOBODY),
        *_faults("answers", "after_stage", table["after_stage"], after < 0, say(
            "stages: {stages}", stages=", ".join(stages)
        )),
    ]  # fmt: skip
    if not faults:
        faults = [*_late_faults(table, after), *_refiling_faults(table, choices)]
    if faults:
        raise DataError(faults)
    order = np.lexsort((child, after))
    return Answers(
        child=child[order].astype(np.int64),
        after=after[order],
        answer=table["answer"].to_numpy(dtype=object)[order],
    )


_NOBODY = say("the number of an applicant")
_UNKNOWN = -2


def _stages(column: pd.Series, stages: list[str]) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = pd.Index(stages).get_indexer(column).astype(np.int64)
    found[found < 0] = _UNKNOWN
    found[column.isna().to_numpy()] = ABSENT
    return found


def _faults(
    file: str, column: str, values: pd.Series, wrong: npt.NDArray[np.bool_], allowed: Text
) -> Iterator[Fault]:
    for value in sorted(set(values[wrong].astype("str"))):
        yield Fault(file=file, column=column, found=value, allowed=allowed)


def _late_faults(table: pd.DataFrame, after: npt.NDArray[np.int64]) -> Iterator[Fault]:
    stage = pd.Series(after, index=table["applicant_id"])
    late = stage[(table["answer"] == "late").to_numpy()]
    for name in sorted(set(late.index[late.index.duplicated()])):
        yield Fault(
            file="answers", column="answer", found=str(name), allowed=say("a child arrives late once")
        )
    arrived = stage.index.map(late[~late.index.duplicated()])
    early = arrived.notna() & (stage.to_numpy() < np.asarray(arrived, dtype=np.float64))
    for name in sorted(set(stage.index[early])):
        allowed = say("no answer before the child has arrived (answer late)")
        yield Fault(file="answers", column="after_stage", found=str(name), allowed=allowed)


def _refiling_faults(table: pd.DataFrame, choices: pd.DataFrame) -> Iterator[Fault]:
    """Choices filed after a stage and answers that bring them go together."""
    filed = choices[choices["after_stage"].notna()]
    new = table[table["answer"].isin(["refiled", "declined", "late"])]
    pairs = pd.MultiIndex.from_frame(filed[["applicant_id", "after_stage"]]).unique()
    answered = pd.MultiIndex.from_frame(new[["applicant_id", "after_stage"]])
    for name, stage in sorted(pairs.difference(answered)):
        yield Fault(
            file="choices",
            column="after_stage",
            found=str(name),
            allowed=say(
                "an answer refiled, declined or late after {stage} in the table answers", stage=stage
            ),
        )
    refiled = table[table["answer"] == "refiled"]
    said = pd.MultiIndex.from_frame(refiled[["applicant_id", "after_stage"]])
    for name, stage in sorted(said.difference(pairs)):
        yield Fault(
            file="answers",
            column="answer",
            found=str(name),
            allowed=say("choices with after_stage {stage}, for the answer is refiled", stage=stage),
        )


def check_policy_names(city: City, policy: Policy, ids: set[str], *, amending: bool) -> None:
    """Refuse names of zones, districts, stages and children that there are not."""
    faults = []
    for stage in policy.stage:
        for claim in stage.claims:
            wanted = claim.who.zone if isinstance(claim.who.zone, list) else []
            faults += _strangers(
                policy, stage.id, wanted, city["zones"]["zone_id"], say("zones of the table zones")
            )
        known = pd.concat(
            [city[name]["district_id"].dropna() for name in ("districts", "zones", "schools")]
        )
        faults += _strangers(policy, stage.id, stage.districts or [], known, say("districts of the city"))
    decisions = city["decisions"]
    unknown = ~decisions["applicant_id"].isin(ids).to_numpy()
    faults += _faults("decisions", "applicant_id", decisions["applicant_id"], unknown, _NOBODY)
    gives_zones = {stage.id for stage in policy.stage if stage.gives == "zone"}
    faults += _faults(
        "decisions",
        "stage",
        decisions["stage"],
        decisions["stage"].isin(gives_zones).to_numpy(),
        say("a stage that gives schools; this one gives zones"),
    )
    stages = [stage.id for stage in policy.stage]
    allowed = say("stages: {stages}", stages=", ".join(stages + ([AMEND] if amending else [])))
    nowhere = ~decisions["stage"].isin([*stages, *([AMEND] if amending else [])]).to_numpy()
    hint = say("a decision on a published run, amend, is for xuequ amend")
    for value in sorted(set(decisions["stage"][nowhere])):
        remedy = hint if value == AMEND else None
        faults.append(Fault(file="decisions", column="stage", found=value, allowed=allowed, remedy=remedy))
    if faults:
        raise DataError(faults)


def _strangers(
    policy: Policy, stage: str, wanted: list[str], known: pd.Series, allowed: Text
) -> list[Fault]:
    strange = sorted(set(wanted) - set(known))
    if not strange:
        return []
    return [Fault(file=policy.id, column=f"stage {stage}", found=", ".join(strange), allowed=allowed)]


def check_reaches(city: City, policy: Policy, located: pd.DataFrame) -> None:
    """Refuse a policy that looks through districts, streets or feeders where there are none."""
    reaches = {claim.where.schools for stage in policy.stage for claim in stage.claims}
    schools = city["schools"]
    if "fed" in reaches and schools["feeds"].isna().all():
        raise XuequError(say("the policy goes by feeds, and no school of the table schools feeds another"))
    if not reaches & {"own-district", "other-districts"}:
        return
    faults = [
        Fault(
            file="zones",
            column="district_id",
            allowed=say("the district of zone {zone}: the policy looks through districts", zone=zone),
            remedy=say("give district_id, or polygons of the districts"),
        )
        for zone in sorted(set(located["zone_id"][located["district_id"].isna()]))
    ]
    faults += [
        Fault(
            file="schools",
            column="district_id",
            allowed=say(
                "the district of school {school}: the policy looks through districts", school=school
            ),
            remedy=say("give district_id, or polygons of the districts"),
        )
        for school in city["schools"]["school_id"][city["schools"]["district_id"].isna()]
    ]
    if faults:
        raise DataError(faults)
