"""Compare what was written with what follows: every row of every table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from geodata.messages import say
from simulate.verify.expected import Keyed, distances_of, keys_of, ledger_of, placements_of
from simulate.verify.findings import Findings, shown
from simulate.verify.reading import Papers, Row
from simulate.verify.solution import Solution

COUNTS = ("before", "returned", "given", "over", "released", "left")


def _keyed(papers: Papers, table: str, key: tuple[str, ...], findings: Findings) -> Keyed:
    """Return the rows of a table by what makes them unique; a row that stands twice is found."""
    rows = papers.results[table]
    keys = [tuple(row[name] for name in key) for row in rows]
    for one, times in Counter(keys).items():
        if times > 1:
            findings.add(
                say("{table}: the row {row} stands {n} times", table=table, row=_named(one), n=times)
            )
    findings.checked(say("rows compared in the table {table}", table=table), len(rows))
    return dict(zip(keys, rows, strict=True))


def _named(key: tuple[Any, ...]) -> str:
    return " · ".join(str(part) for part in key if part is not None)


def compare_placements(papers: Papers, solution: Solution, findings: Findings) -> None:
    """Compare the table placements row by row."""
    found = _keyed(papers, "placements", ("applicant_id",), findings)
    expected = placements_of(solution)
    for (number,) in sorted(found.keys() - {(n,) for n in expected}, key=str):
        findings.add(say("placements: {child} is no applicant of this run", child=shown(number)))
    for number, row in expected.items():
        there = found.get((number,))
        if there is None:
            findings.add(say("placements: applicant {child} is missing", child=number))
            continue
        if (there["school_id"], there["pool"]) != (row["school_id"], row["pool"]):
            findings.add(
                say(
                    "another placement: applicant {child} is at {found} (stage {found_stage}); by the "
                    "rules it is at {expected} (stage {expected_stage})",
                    child=number,
                    found=_place(there),
                    found_stage=shown(there["stage"]),
                    expected=_place(row),
                    expected_stage=shown(row["stage"]),
                )
            )
        for column, value in row.items():
            if column not in ("school_id", "pool") and there[column] != value:
                findings.add(
                    say(
                        "placements: applicant {child}: {column} is {found}; by the rules it is {expected}",
                        child=number,
                        column=column,
                        found=shown(there[column]),
                        expected=shown(value),
                    )
                )


def _place(row: Row) -> object:
    if row["school_id"] is None:
        return say("no school")
    return row["school_id"] if row["pool"] == "open" else f"{row['school_id']} ({row['pool']})"


def compare_ledger(papers: Papers, solution: Solution, findings: Findings) -> None:
    """Compare the table ledger row by row."""
    key = ("round", "stage", "zone_id", "school_id", "pool")
    found = _keyed(papers, "ledger", key, findings)
    expected = ledger_of(solution)
    _compare_presence("ledger", found, expected, findings)
    for one, row in expected.items():
        there = found.get(one)
        if there is None:
            continue
        for column in COUNTS:
            if there[column] != row[column]:
                findings.add(
                    say(
                        "ledger: stage {stage}, {place}: {column} is {found}; by the rules it is "
                        "{expected}",
                        stage=one[1],
                        place=_named(one[2:]),
                        column=column,
                        found=shown(there[column]),
                        expected=row[column],
                    )
                )
        if _parsed(there["cut_off"]) != _parsed(row["cut_off"]):
            findings.add(
                say(
                    "ledger: stage {stage}, {place}: the cut-off is {found}; by the rules it is {expected}",
                    stage=one[1],
                    place=_named(one[2:]),
                    found=shown(there["cut_off"]),
                    expected=shown(row["cut_off"]),
                )
            )


def _parsed(text: Any) -> object:
    """Return a cut-off with its keys in their order; what is no JSON stays text."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: pairs)
    except ValueError:
        return text


def _compare_presence(table: str, found: Keyed, expected: Keyed, findings: Findings) -> None:
    for key in sorted(expected.keys() - found.keys(), key=str):
        findings.add(say("{table}: the row {row} is missing", table=table, row=_named(key)))
    for key in sorted(found.keys() - expected.keys(), key=str):
        findings.add(say("{table}: the row {row} should not be there", table=table, row=_named(key)))


def compare_keys(papers: Papers, solution: Solution, findings: Findings) -> None:
    """Compare the table keys row by row."""
    found = _keyed(papers, "keys", ("round", "applicant_id", "stage"), findings)
    expected = keys_of(solution)
    _compare_presence("keys", found, expected, findings)
    tickets = 0
    for one, row in expected.items():
        there = found.get(one)
        if there is None:
            continue
        tickets += 1
        if there["ticket"] != row["ticket"]:
            findings.add(
                say(
                    "a ticket that does not follow from the seed: applicant {child}, stage {stage}: found "
                    "{found}, expected {expected}",
                    child=one[1],
                    stage=one[2],
                    found=shown(there["ticket"]),
                    expected=row["ticket"],
                )
            )
        _compare_key_row(one, there, row, findings)
    findings.checked(say("tickets worked out from the seed"), tickets)


def _compare_key_row(one: tuple[Any, ...], there: Row, row: Mapping[str, Any], findings: Findings) -> None:
    for column, value in row.items():
        if column != "ticket" and there.get(column) != value:
            findings.add(
                say(
                    "keys: applicant {child}, stage {stage}: {column} is {found}; by the inputs it is "
                    "{expected}",
                    child=one[1],
                    stage=one[2],
                    column=column,
                    found=shown(there.get(column)),
                    expected=shown(value),
                )
            )


def compare_distances(papers: Papers, solution: Solution, findings: Findings) -> None:
    """Compare the table distances row by row."""
    found = _keyed(papers, "distances", ("round", "stage", "home_id", "school_id"), findings)
    expected = distances_of(solution.town, solution.done)
    _compare_presence("distances", found, expected, findings)
    for one, row in expected.items():
        there = found.get(one)
        if there is not None and there["distance_m"] != row["distance_m"]:
            findings.add(
                say(
                    "distances: stage {stage}: from {home} to {school} {found} m; worked out again it is "
                    "{expected} m",
                    stage=one[1],
                    home=one[2],
                    school=one[3],
                    found=shown(there["distance_m"]),
                    expected=shown(row["distance_m"]),
                )
            )


COMPARISONS = (compare_placements, compare_ledger, compare_keys, compare_distances)
