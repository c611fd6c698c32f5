"""Are the points of each child those that follow from its facts, or from the table scores?"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from geodata.messages import say
from simulate.verify.findings import Findings, shown
from simulate.verify.reading import Papers, Row, rows_of
from simulate.verify.scoring import Case, Score, score_of

CHILD_KEYS = ("points", "home", "insurance_months", "residence_days", "settled_on", "parent_settled_on")
ITEM = "item:"


def child_keys_of(policy: Mapping[str, Any]) -> list[str]:
    """Return the keys of the child that a policy may read: the closed list, and items of its orders."""
    claims = [claim for stage in policy["stage"] for claim in stage["claims"]]
    orders = [claim["order"] for claim in claims]
    orders += [claim["who"]["rank"]["order"] for claim in claims if claim["who"]["rank"] is not None]
    items = {key.split(" ")[0] for order in orders for key in order if key.startswith(ITEM)}
    return [*CHILD_KEYS, *sorted(items)]


def scored_columns(policy: Mapping[str, Any]) -> set[str]:
    """Return the columns of the applicants that a policy's points schedule fills in."""
    schedule = policy["points"]
    return set() if schedule is None else {"points", *schedule["provides"]}


def check_points(papers: Papers, located: pd.DataFrame, findings: Findings) -> None:
    """Score every child again, and compare totals, keys, items and eligibility with what was used."""
    used = {row["applicant_id"]: row for row in rows_of(papers.inputs["children"])}
    expected: dict[str, Row] = {number: {"eligible": True} for number in used}
    scores = {} if not len(papers.inputs["applicants"]) else _scores(papers, located)
    items = [key for key in child_keys_of(papers.policy) if key.startswith(ITEM)]
    if papers.policy["points"] is None:
        rows = rows_of(papers.inputs["scores"])
        given = {(row["applicant_id"], row["item"]): row["points"] for row in rows}
        for number, row in expected.items():
            row.update({key: given.get((number, key.removeprefix(ITEM))) for key in items})
    elif len(papers.inputs["applicants"]):
        names = [f"{ITEM}{item['id']}" for item in papers.policy["points"]["item"]]
        for row in expected.values():  # those whom the schedule does not score
            row.update(dict.fromkeys(names))
    for number, score in scores.items():
        expected[number] = _columns(score)
    for number, row in expected.items():
        for column, value in row.items():
            found = _plain(used[number].get(column))
            if found == value:
                continue
            told = {"child": number, "column": column, "found": shown(found), "expected": shown(value)}
            if number in scores:
                words = say(
                    "applicant {child}: {column} is {found} in inputs/children; by its facts and the "
                    "points schedule it is {expected}",
                    **told,
                )
            else:
                words = say(
                    "applicant {child}: {column} is {found} in inputs/children; by the tables it is "
                    "{expected}",
                    **told,
                )
            findings.add(words)
    _check_breakdown(papers, scores, findings)
    if scores:
        findings.checked(say("children whose points were worked out again from their facts"), len(scores))


def _scores(papers: Papers, located: pd.DataFrame) -> dict[str, Score]:
    schedule = papers.policy["points"]
    if schedule is None:
        return {}
    facts: dict[str, list[Row]] = defaultdict(list)
    for row in rows_of(papers.inputs["facts"]):
        facts[row["applicant_id"]].append(row)
    home = {row["applicant_id"]: row["district_id"] for row in rows_of(located)}
    year = int(papers.project["project"]["year"])
    scored = [
        row["applicant_id"]
        for row in rows_of(papers.inputs["children"])
        if row["category"] in schedule["categories"]
    ]
    return {
        number: score_of(Case(schedule=schedule, facts=facts[number], home=home[number], year=year))
        for number in scored
    }


def _columns(score: Score) -> Row:
    return {
        "eligible": score.eligible,
        "points": float(score.total),
        **{key: _plain(value) for key, value in score.keys.items()},
        **{f"{ITEM}{name}": float(one.points) for name, one in score.items.items()},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    return value.date() if isinstance(value, (pd.Timestamp, datetime.datetime)) else value


def _check_breakdown(papers: Papers, scores: Mapping[str, Score], findings: Findings) -> None:
    """Compare the breakdown (inputs/points, inputs/eligibility) row by row."""
    for table, key, rows in (
        ("points", "item", _item_rows(scores)),
        ("eligibility", "rule", _rule_rows(scores)),
    ):
        found = {(row["applicant_id"], row[key]): row for row in rows_of(papers.inputs[table])}
        expected = dict(rows)
        for pair in sorted(set(found) | set(expected)):
            there, wanted = found.get(pair), expected.get(pair)
            if there is None or wanted is None or any(there[name] != wanted[name] for name in wanted):
                findings.add(
                    say(
                        "inputs/{table}: applicant {child}, {part}: not what the facts give",
                        table=table,
                        child=pair[0],
                        part=pair[1],
                    )
                )


def _item_rows(scores: Mapping[str, Score]) -> Iterator[tuple[tuple[str, str], Row]]:
    for number, score in scores.items():
        for name, one in score.items.items():
            yield (
                (number, name),
                {
                    "quantity": float(one.quantity),
                    "raw_points": float(one.raw),
                    "points": float(one.points),
                },
            )


def _rule_rows(scores: Mapping[str, Score]) -> Iterator[tuple[tuple[str, str], Row]]:
    for number, score in scores.items():
        for name, met in score.rules.items():
            yield (number, name), {"met": met}
