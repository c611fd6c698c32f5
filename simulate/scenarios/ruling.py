"""Changes of the rules: the policy as it holds otherwise, stages left out or set, coordination."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from geodata.errors import DataError, Fault, XuequError
from geodata.intake import entry_rows
from geodata.messages import Text, say
from geodata.project import Names
from geodata.schema import OPEN_POOL
from geodata.toml import record_from
from simulate.coordination.applying import coordinating, variant_policy
from simulate.coordination.variant import Held, Variant, read_variants
from simulate.policy import Policy, Stage
from simulate.policy_files import contradictions, policy_path, read_policy
from simulate.scenarios import rules
from simulate.scenarios.draft import Draft
from simulate.scenarios.kinds import Change
from simulate.scenarios.reading import Scenario

Numbered = tuple[int, Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which policy is read, from where, and as it holds when."""

    name: str | None
    folder: Path
    points: str | None
    points_folder: Path
    on: datetime.date
    expecting: tuple[str, ...]


def policy_after(draft: Draft, policy: Policy, scenario: Scenario, folder: Path) -> Policy:
    """Return the policy of a scenario; what is wrong is added to the draft's faults.

    Changes of the whole policy (another one, another day, planned changes) count first, in their order;
    then those of single stages and of coordination, in theirs.

    Parameters
    ----------
    draft : Draft
        Its seats are changed where a way of coordination holds seats back.
    policy : Policy
        The base, as it holds on the project's day.
    scenario : Scenario
    folder : Path
        The project's, in which its policy is.
    """
    changes = list(enumerate(scenario.changes, start=1))
    on = draft.project.project.date
    whole = [(n, change) for n, change in changes if isinstance(change, rules.HEAD)]
    if whole:
        draft.number = whole[-1][0]
        asked = _asked(draft, whole, scenario, folder)
        on = asked.on
        again = _read(draft, asked)
        if again is None:
            return policy
        policy = again
    parts = [(n, change) for n, change in changes if isinstance(change, rules.STAGES)]
    for number, change in parts:
        draft.number = number
        policy = _apply(draft, policy, change, scenario)
    return _checked(draft, policy, on, scenario) if parts else policy


def _asked(draft: Draft, changes: Iterable[Numbered], scenario: Scenario, folder: Path) -> Asked:
    head = draft.project.project
    asked = Asked(
        name=head.policy,
        folder=folder,
        points=head.points,
        points_folder=folder,
        on=head.date,
        expecting=tuple(head.expecting),
    )
    for _, change in changes:
        if isinstance(change, rules.PolicyDate):
            asked = replace(asked, on=change.on)
        elif isinstance(change, rules.Expecting):
            asked = replace(asked, expecting=(*asked.expecting, *change.ids))
        elif isinstance(change, rules.OtherPolicy):
            if change.policy is not None:
                # what the project expects are planned changes of its own policy
                asked = replace(asked, name=change.policy, folder=scenario.folder, expecting=())
            if change.points is not None:
                asked = replace(asked, points=change.points, points_folder=scenario.folder)
    return asked


def _read(draft: Draft, asked: Asked) -> Policy | None:
    """Read a policy as a project's is read, with its points schedule."""
    from simulate.app import with_schedule

    head = draft.project.project
    if asked.name is None:
        draft.fault("policy", say("the project names no policy: add one to it, or name one here"))
        return None
    head = head.model_copy(
        update={"on": asked.on, "expecting": list(asked.expecting), "points": asked.points}
    )
    city = replace(draft.base, project=draft.project.model_copy(update={"project": head}))
    try:
        policy = read_policy(policy_path(asked.name, asked.folder))
        if policy.level != head.level:
            words = say(
                "the policy {policy} is for {there}, the project for {here}",
                policy=policy.id,
                there=policy.level,
                here=head.level,
            )
            draft.fault("policy", words, found=asked.name)
            return None
        return with_schedule(policy, city, asked.points_folder)
    except DataError as error:
        # a fault of a policy file is shown where it is; one of what is asked for, at the change
        own = {f"{Path(one).name.removesuffix('.toml')}.toml" for one in (asked.name, asked.points) if one}
        draft.faults += [
            fault if fault.file in own else replace(fault, file=draft.file, row=draft.number)
            for fault in error.faults
        ]
        return None


def _apply(draft: Draft, policy: Policy, change: Change, scenario: Scenario) -> Policy:
    if isinstance(change, rules.StageOff):
        off = [stage for stage in change.stages if _is_stage(draft, policy, stage, "stages")]
        left = [stage for stage in policy.stage if stage.id not in off]
        if not left:
            draft.fault("stages", say("at least one stage stays"), remedy=say("correct it"))
            return policy
        return policy.model_copy(update={"stage": left})
    if isinstance(change, rules.StageChange):
        if not _is_stage(draft, policy, change.stage, "stage"):
            return policy
        stages = [
            _set(draft, stage, change, scenario) if stage.id == change.stage else stage
            for stage in policy.stage
        ]
        return policy.model_copy(update={"stage": stages})
    assert isinstance(change, rules.Coordination)
    return _coordinated(draft, policy, change, scenario)


def _is_stage(draft: Draft, policy: Policy, stage: str, column: str) -> bool:
    known = [one.id for one in policy.stage]
    if stage not in known:
        near = difflib.get_close_matches(stage, known, n=1)
        remedy = say("did you mean {near}?", near=near[0]) if near else say("correct it")
        draft.fault(column, say("stages: {stages}", stages=", ".join(known)), found=stage, remedy=remedy)
    return stage in known


def _set(draft: Draft, stage: Stage, change: rules.StageChange, scenario: Scenario) -> Stage:
    """Return a stage with fields set, read again as a whole; its origin is that of the change."""
    made = stage.model_dump(by_alias=True)
    head = scenario.head
    origin: dict[str, Any] = {"source": head.source, "assumed": head.assumed, "reason": head.reason}
    if change.source is not None:
        origin = {"source": change.source, "assumed": False, "reason": change.reason}
    elif change.reason is not None:
        origin = {"source": None, "assumed": True, "reason": change.reason}
    if change.claim is not None:
        if change.claim > len(made["claims"]):
            words = say("a claim of the stage, counted from 1: it has {n}", n=len(made["claims"]))
            draft.fault("claim", words, found=change.claim, remedy=say("correct it"))
            return stage
        claims = list(made["claims"])
        claims[change.claim - 1] = {**_with(claims[change.claim - 1], change.set), **origin}
        made = {**made, "claims": claims}
    else:
        made = {**_with(made, change.set), **origin}
    try:
        after = record_from(made, Stage, draft.file)
    except DataError as error:
        draft.faults += _numbered(error.faults, draft, "set.")
        return stage
    for wrong in contradictions(after):
        draft.fault("set", wrong, found=change.stage, remedy=say("correct it"))
    return after


def _with(made: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return a table with keys set; `who` and `where` keep what is not said."""
    whole = {
        key: {**made[key], **value}
        if key in ("who", "where") and isinstance(made.get(key), dict) and isinstance(value, dict)
        else value
        for key, value in new.items()
    }
    return {**made, **whole}


def _coordinated(draft: Draft, policy: Policy, change: rules.Coordination, scenario: Scenario) -> Policy:
    try:
        variants = read_variants(None if change.file is None else scenario.folder / change.file)
    except DataError as error:
        draft.faults += error.faults
        return policy
    known = [one.id for one in variants]
    if change.variant not in known:
        near = difflib.get_close_matches(change.variant, known, n=1)
        remedy = say("did you mean {near}?", near=near[0]) if near else say("correct it")
        words = say("variants: {known}", known=", ".join(known))
        draft.fault("variant", words, found=change.variant, remedy=remedy)
        return policy
    variant = variants[known.index(change.variant)]
    try:
        coordinating(policy)
        after = variant_policy(policy, variant)
    except DataError as error:
        draft.faults += _numbered(error.faults, draft, "")
        return policy
    except XuequError as error:
        draft.fault("variant", error.message, found=change.variant)
        return policy
    if after.stage == policy.stage and not variant.held:
        draft.note(say("the variant {variant} changes nothing in this policy", variant=variant.id))
    _hold(draft, variant)
    return after


def _hold(draft: Draft, variant: Variant) -> None:
    """Hold seats back: rows of `seats` in pools that no claim opens, taken off the open pools.

    As `simulate.coordination.applying.with_held`; the sum of each school's seats stays.
    """
    table = draft.frames["seats"]
    rows = (entry_rows(draft.project, table) & (table["pool"] == OPEN_POOL)).to_numpy(dtype=bool)
    offered = table.loc[rows, "seats"].fillna(0).to_numpy(dtype=np.int64)
    left = offered.copy()
    for one in variant.held:
        taken = np.minimum(_number(one, offered), left)
        left -= taken
        held = table[rows][taken > 0].to_dict("records")
        blank = {"classes": None, "class_size": None, "release_after": None}
        draft.add(
            "seats",
            *(
                {**row, **blank, "pool": one.pool, "seats": int(n)}
                for row, n in zip(held, taken[taken > 0], strict=True)
            ),
        )
    if variant.held:
        more = np.zeros(len(draft.frames["seats"]) - len(rows), dtype=bool)
        draft.set("seats", np.concatenate([rows, more]), seats=left)


def _number(held: Held, offered: np.ndarray) -> np.ndarray:
    if held.share is None:
        return np.full(len(offered), held.seats, dtype=np.int64)
    # a share of 0.1 times 30 is 3, also where binary fractions make it a little less
    return np.floor(offered * held.share + 1e-9).astype(np.int64)


def _checked(draft: Draft, policy: Policy, on: datetime.date, scenario: Scenario) -> Policy:
    """Return a policy of changed stages, read again as a whole; a policy that leads nowhere is refused."""
    whole: dict[str, Any] = {name: getattr(policy, name) for name in type(policy).model_fields}
    if any(isinstance(change, (rules.StageOff, rules.StageChange)) for change in scenario.changes):
        title = scenario.title
        whole["id"] = f"{policy.id}-{scenario.id}"
        whole["title"] = Names(zh=f"{policy.title.zh}（{title.zh}）", en=f"{policy.title.en} ({title.en})")
    try:
        made = record_from(whole, Policy, draft.file)
        made.at(on, expecting=made.planned)
    except DataError as error:
        draft.faults += _numbered(error.faults, draft, "")
        return policy
    return made


def _numbered(faults: Sequence[Fault], draft: Draft, before: str) -> Iterator[Fault]:
    for fault in faults:
        column = f"{before}{fault.column}" if fault.column is not None else before.rstrip(".") or None
        yield replace(fault, file=draft.file, row=draft.number, column=column)


def names_after(draft: Draft, before: Policy, after: Policy, scenario: Scenario) -> None:
    """Add faults for categories and pools that the policy does not have, and for stages that are gone."""
    known = {
        "category": [one.id for one in after.category],
        "pool": [OPEN_POOL, *(one.id for one in after.pool)],
    }
    where: dict[str, Text] = {
        "category": say("a category of the policy {policy}", policy=after.id),
        "pool": say("a pool of the policy {policy}", policy=after.id),
    }
    for number, column, kind, name in draft.named:
        if name not in known[kind]:
            draft.number = number
            draft.unknown(column, name, known[kind], where[kind])
    _stages_gone(draft, before, after, scenario)


def _stages_gone(draft: Draft, before: Policy, after: Policy, scenario: Scenario) -> None:
    gone = {stage.id for stage in before.stage} - {stage.id for stage in after.stage}
    places = (("answers", "after_stage"), ("choices", "after_stage"), ("decisions", "stage"))
    for table, column in (*places, ("seats", "release_after")):
        there = sorted(gone & set(draft.frames[table][column].dropna()))
        for stage in there:
            mine = [
                n for n, c in enumerate(scenario.changes, 1) if isinstance(c, (*rules.HEAD, *rules.STAGES))
            ]
            draft.number = mine[-1]
            words = say("a stage that stays: rows of the table {table} name it", table=table)
            draft.fault("stages", words, found=stage, remedy=say("change these rows, or keep the stage"))
