"""Policy files: which there are, and what of a policy cannot stand together."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.schema import OPEN_POOL
from simulate.policy import ONE_ORDER, Policy, Stage
from simulate.policy_tools.reading import Draft, read_draft


def shipped_policies() -> tuple[str, ...]:
    """Return the names of the policies that come with the package."""
    folder = resources.files("simulate") / "policies"
    return tuple(sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")))


def policy_path(name: str, folder: Path) -> Path:
    """Return the file of a policy: a shipped name, or a path (`….toml`) in the project folder."""
    if name.endswith(".toml"):
        return folder / name
    if name not in shipped_policies():
        raise DataError(
            [
                Fault(
                    file="xuequ.toml",
                    column="project.policy",
                    found=name,
                    allowed=say(
                        "a shipped policy ({names}) or a path that ends in .toml",
                        names=", ".join(shipped_policies()),
                    ),
                )
            ]
        )
    return Path(str(resources.files("simulate") / "policies" / f"{name}.toml"))


def read_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises
    ------
    DataError
        With every unknown key, wrong type, gap and contradiction at once.
    """
    draft = read_draft(path)
    faults = [*draft.faults, *contradictions_of(draft)]
    if faults:
        raise DataError(faults)
    return draft.policy


def contradictions_of(draft: Draft) -> list[Fault]:
    """Return what cannot stand together in the stages of a file; not of those that could not be read."""
    return [
        Fault(file=draft.file, column=f"stage {stage.id}", allowed=what)
        for stage in draft.policy.stage
        if stage.id not in draft.doubtful
        for what in contradictions(stage)
    ]


def contradictions(stage: Stage) -> list[Text]:
    """Return what in a stage cannot stand together, each with the reason: refused, never ignored.

    Examples
    --------
    A stage of the shipped policy has none:

    >>> policy = read_policy(policy_path("xiamen-datongchou", Path()))
    >>> [contradictions(stage) for stage in policy.stage if contradictions(stage)]
    []
    """
    return [
        *_of_lists(stage),
        *_of_orders(stage),
        *_of_seats(stage),
        *_of_twins_and_ties(stage),
        *(_of_zones(stage) if stage.gives == "zone" else []),
    ]


def _of_lists(stage: Stage) -> list[Text]:
    found, name = [], stage.mechanism.name
    wheres = [claim.where for claim in stage.claims]
    if not stage.mechanism.by_choices:
        if any(where.schools == "listed" for where in wheres):
            found.append(say('where = "listed" needs children who choose: choose = "choices"'))
        if any(where.list_ is not None for where in wheres):
            found.append(say('a list of choices is read only where children choose: choose = "choices"'))
    if len({where.list_ or 1 for where in wheres}) > 1:
        found.append(say("the claims of one stage read one list of choices; two lists are two stages"))
    if any(where.past_it == "last" for where in wheres) and not stage.mechanism.by_distance:
        found.append(say('past_it = "last" is for the nearest; a family\'s own choices keep their order'))
    if name == "random-seats" and any(where.schools != "own-zone" for where in wheres):
        found.append(say('random-seats draws the seats of a zone: where = "own-zone"'))
    return found


def _of_orders(stage: Stage) -> list[Text]:
    pair = sorted({key for claim in stage.claims for key in claim.pair_keys})
    if pair and stage.mechanism.name in ONE_ORDER:
        words = say(
            "{mechanism} has one order for all schools; {keys} differ from school to school: use "
            "deferred-acceptance",
            mechanism=stage.mechanism.name,
            keys=", ".join(pair),
        )
        return [words]
    return []


def _of_seats(stage: Stage) -> list[Text]:
    found, name = [], stage.mechanism.name
    if name == "random-seats":
        if stage.when_full == "over":
            found.append(say("random-seats gives what there is; seat over the intake in a stage after it"))
        if any(claim.pools != (OPEN_POOL,) for claim in stage.claims):
            found.append(say("random-seats draws the open pool alone"))
        if any(claim.where.within_m is not None for claim in stage.claims):
            # a quota is a school's share of the zone's seats: the same for each of the zone's children
            found.append(say("random-seats draws a whole zone for all of its children: leave within_m out"))
        if len({frozenset(claim.where.kinds or ()) for claim in stage.claims}) > 1:
            found.append(
                say("random-seats draws the same schools for all of its claims: the same kinds in each")
            )
    if name in ("random-seats", "least-travel") and any(claim.guaranteed for claim in stage.claims):
        found.append(say("{mechanism} knows no guaranteed places", mechanism=name))
    return found


def _of_twins_and_ties(stage: Stage) -> list[Text]:
    found, name = [], stage.mechanism.name
    together = stage.twins == "together"
    if together != (stage.last_seat is not None):
        found.append(say('twins = "together" and last_seat = "over" or "next" belong together'))
    if stage.ties == "all-over" and name in ("random-seats", "least-travel"):
        found.append(say("{mechanism} decides every tie by ticket", mechanism=name))
    if together and name == "least-travel":
        found.append(say("{mechanism} places child by child", mechanism=name))
    if together and stage.ties == "all-over":
        found.append(say("tied children and twins over the intake: state one of the two rules"))
    pair = any(claim.pair_keys for claim in stage.claims)
    if stage.last_seat == "next" and (name not in ("fill", "serial-dictatorship") or pair):
        # McDermid and Manlove 2010: with schools' own orders there may be no stable answer at all
        found.append(say('last_seat = "next" needs one order for all schools: fill or serial-dictatorship'))
    return found


def _of_zones(stage: Stage) -> list[Text]:
    found = []
    if not stage.mechanism.by_choices:
        found.append(say('gives = "zone" goes by choices'))
    for claim in stage.claims:
        if claim.where.schools not in ("own-district", "other-districts", "city", "listed"):
            found.append(say('gives = "zone": where is own-district, other-districts, city or listed'))
        if claim.where.kinds is not None or claim.where.within_m is not None or claim.pair_keys:
            found.append(say('gives = "zone": no kinds, distances or keys of a pair, for a zone has none'))
        if claim.pools != (OPEN_POOL,) or claim.guaranteed:
            found.append(say('gives = "zone": the open pool alone, and nothing guaranteed'))
    if stage.when_full == "over":
        found.append(say('gives = "zone": nobody is given a zone over its seats'))
    return found
