"""Do the inputs of a run folder agree with one another, and with the published run?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from geodata.messages import say
from geodata.schema import TABLES
from simulate.verify.findings import Findings, shown
from simulate.verify.points import scored_columns
from simulate.verify.reading import Papers, Row, rows_of

GROWS = ("applicants", "choices", "answers", "decisions", "facts", "scores")
"""Tables that may have new rows after publication."""


def check_offered(
    rows: Sequence[Row],
    offered: Mapping[tuple[str, str], int],
    release: Mapping[tuple[str, str], str],
    findings: Findings,
) -> None:
    """Compare the seats that were offered with what the table seats says."""
    written = {(row["school_id"], row["pool"]): row for row in rows}
    for block in sorted(set(written) | set(offered)):
        row = written.get(block, {"seats": None, "release_after": None})
        pairs = (row["seats"], offered.get(block)), (row["release_after"], release.get(block))
        for found, expected in pairs:
            if found != expected:
                findings.add(
                    say(
                        "seats offered by school {school}, pool {pool}: inputs/offered has {found}, "
                        "the table seats {expected}",
                        school=block[0],
                        pool=block[1],
                        found=shown(found),
                        expected=shown(expected),
                    )
                )
    findings.checked(say("seat blocks whose intake was compared with the table seats"), len(offered))


def check_used(papers: Papers, findings: Findings) -> None:
    """Compare the children as used with the applicants that were given, where they were not drawn."""
    _check_listed(papers, findings)
    given = {row["applicant_id"]: row for row in rows_of(papers.inputs["applicants"])}
    if not given:
        _check_drawn(papers, findings)
        return
    used = {row["applicant_id"]: row for row in rows_of(papers.inputs["children"])}
    for number in sorted(set(given) ^ set(used)):
        table = "inputs/children" if number in given else "inputs/applicants"
        findings.add(say("applicant {child} does not stand in {table}", child=number, table=table))
    columns = [name for name in papers.inputs["applicants"].columns if name not in ("geometry", "zone_id")]
    scored = scored_columns(papers.policy)
    categories = () if papers.policy["points"] is None else papers.policy["points"]["categories"]
    for number in sorted(set(given) & set(used)):
        for column in columns:
            found, expected = used[number].get(column), given[number][column]
            # what the facts say stands in a blank cell; it is worked out again in simulate.verify.points
            computed = column in scored and used[number]["category"] in categories
            if found != expected and not (expected is None and computed):
                findings.add(
                    say(
                        "applicant {child}: {column} is {found} in inputs/children and {expected} in "
                        "inputs/applicants",
                        child=number,
                        column=column,
                        found=shown(found),
                        expected=shown(expected),
                    )
                )


def _check_drawn(papers: Papers, findings: Findings) -> None:
    """Compare how many children were drawn, by unit and category, with the counts of the table demand."""
    year = papers.project["project"]["year"]
    demand = [row for row in rows_of(papers.inputs["demand"]) if row["year"] == year]
    expected = Counter({(row["unit_id"], row["category"]): int(row["children"]) for row in demand})
    drawn = Counter((row["unit_id"], row["category"]) for row in rows_of(papers.inputs["children"]))
    for unit, category in sorted(set(expected) | set(drawn), key=str) if demand else ():
        found = drawn[unit, category]
        if found != expected[unit, category]:
            findings.add(
                say(
                    "unit {unit}, category {category}: {found} children were drawn, and the table demand "
                    "counts {expected}",
                    unit=shown(unit),
                    category=category,
                    found=found,
                    expected=expected[unit, category],
                )
            )


def _check_listed(papers: Papers, findings: Findings) -> None:
    listed, given = (rows_of(papers.inputs[name]) for name in ("listed", "choices"))
    columns = ("applicant_id", "after_stage", "list", "rank", "target")
    a, b = (sorted(str([row[c] for c in columns]) for row in rows) for rows in (listed, given))
    if given and a != b:
        findings.add(say("inputs/listed has other choices than the table choices"))


def check_manifest(papers: Papers, findings: Findings) -> None:
    """Compare what manifest.json says with the inputs, and with the published run where there is one."""
    stages = [stage["id"] for stage in papers.policy["stage"]]
    expected: dict[str, object] = {
        "policy": papers.policy["id"],
        "stages": stages,
        "secret": papers.project["project"]["secret"],
    }
    if papers.published is not None:
        expected.update(
            {name: papers.published.manifest.get(name) for name in ("seed", "secret", "stages")}
        )
        expected["done"] = len(stages)
    elif papers.manifest["done"] not in range(1, len(stages) + 1):
        expected["done"] = len(stages)
    for name, value in expected.items():
        if papers.manifest.get(name) != value:
            findings.add(
                say(
                    "manifest.json: {key} is {found}; by the inputs it is {expected}",
                    key=name,
                    found=shown(papers.manifest.get(name)),
                    expected=shown(value),
                )
            )


def check_grown(papers: Papers, findings: Findings) -> None:
    """After publication rows are only added, and only to some tables."""
    published = papers.published
    if published is None:
        return
    if papers.policy != published.policy:
        findings.add(say("inputs/policy.json is not the policy of the published run"))
    for table in TABLES:
        now, then = (
            Counter(str(row) for row in rows_of(one.inputs[table.name])) for one in (papers, published)
        )
        gone, new = then - now, now - then
        if gone or (new and table.name not in GROWS):
            findings.add(
                say(
                    "inputs/{table}: {gone} rows of the published run are changed or gone, {new} are new",
                    table=table.name,
                    gone=gone.total(),
                    new=new.total(),
                )
            )
    findings.checked(say("tables that may only have grown since publication"), len(TABLES))
