"""A run is solved again by other code, and what was written stands; a folder that was touched does not."""

from __future__ import annotations

import ast
import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import simulate.verify
from geodata import XuequError
from geodata.messages import speaker
from geodata.templates import write_template
from simulate.app import amend_run, run_project
from simulate.policy_files import policy_path, read_policy
from simulate.verify import Verdict, verify_papers, verify_run
from tests.simulate.test_golden_cascade import CHILDREN, CHOICES, SCHOOLS, ZONES
from tests.simulate.town import town
from tests.simulate.verify_answers import with_amendments, with_answers
from tests.simulate.verify_papers import Case, amended_papers, city_from, papers_of, policy_from, stage_of
from tests.simulate.verify_policies import random_policy
from tests.simulate.verify_towns import random_tables
from tests.tiny import applicants_of, write_tiny

PACKAGE = Path(simulate.verify.__file__).parent


def words(verdict: Verdict) -> str:
    """Return the findings as text."""
    return "\n".join(str(finding) for finding in verdict.findings)


def test_nothing_of_the_engine_is_imported() -> None:
    allowed = {"simulate.verify", "geodata", "zoning"}
    for path in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, path.name
                names = [node.module or ""]
            ours = [name for name in names if name.partition(".")[0] in ("simulate", "geodata", "zoning")]
            for name in ours:
                assert any(name == one or name.startswith(f"{one}.") for one in allowed), (path.name, name)


def test_a_fresh_interpreter_loads_nothing_of_the_engine() -> None:
    code = "import sys, simulate.verify; print(*(name for name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    loaded = set(done.stdout.split())
    assert "numba" not in loaded
    engine = {name for name in loaded if name.startswith("simulate.")}
    assert {name for name in engine if not name.startswith("simulate.verify")} == set()


@pytest.fixture(scope="module")
def template_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "project"
    write_template(folder)
    run, _ = run_project(folder, lang="en")
    return run


@pytest.fixture
def run_folder(template_run: Path, tmp_path: Path) -> Path:
    """A copy of a run, to be touched."""
    return Path(shutil.copytree(template_run, tmp_path / "run"))


def test_the_run_of_the_template_is_verified(template_run: Path) -> None:
    verdict = verify_run(template_run)
    assert words(verdict) == ""
    assert verdict.ok
    assert verdict.name == template_run.name
    assert verdict.children == len(pd.read_parquet(template_run / "placements.parquet"))
    assert verdict.stages == 13
    counts = {str(what): count for what, count in verdict.checks}
    assert counts["rows compared in the table placements"] == verdict.children
    assert counts["tickets worked out from the seed"] > 0


def test_the_run_of_the_tiny_city_with_its_bridge_is_verified(tmp_path: Path) -> None:
    run, _ = run_project(write_tiny(tmp_path / "tiny"), lang="en")
    assert words(verify_run(run)) == ""


def test_a_run_that_stopped_at_a_stage_is_verified(tmp_path: Path) -> None:
    run, _ = run_project(write_tiny(tmp_path / "tiny"), lang="en", through="household-overflow")
    verdict = verify_run(run)
    assert words(verdict) == ""
    assert verdict.stages == 6


def test_the_golden_cascade_is_verified() -> None:
    city = town(zones=ZONES, schools=SCHOOLS, children=CHILDREN, choices=CHOICES)
    rules = read_policy(policy_path("xiamen-datongchou", Path()))
    verdict = verify_papers(papers_of(Case(city, rules.at(city.project.project.date))))
    assert words(verdict) == ""
    assert verdict.children == 40


def cases(first: int, towns: int, policies: int, mechanism: str | None = None) -> Iterator[Case]:
    """Give random towns, each with some random policies."""
    for number in range(first, first + towns):
        rng = random.Random(number)
        tables = random_tables(rng)
        try:
            city = city_from(tables)
        except XuequError:
            continue
        for _ in range(policies):
            policy = random_policy(rng, tables, mechanism=mechanism)
            yield Case(city, policy, seed=f"seed {number}")


def agree(case: Case, *, through: int | None = None) -> bool:
    """Assert that engine and recheck agree on a case; False where the engine refuses it."""
    try:
        papers = papers_of(case, through=through)
    except XuequError:
        return False
    verdict = verify_papers(papers)
    assert words(verdict) == "", case.policy.model_dump_json(indent=1)
    return True


def test_random_policies_on_random_towns_are_verified() -> None:
    assert sum(agree(case) for case in cases(0, 5, 6)) > 18


@pytest.mark.parametrize("mechanism", ["fill", "random-seats", "least-travel", "deferred-acceptance"])
def test_a_mechanism_of_its_own_is_verified(mechanism: str) -> None:
    assert sum(agree(case) for case in cases(100, 2, 9, mechanism)) >= 5


def test_seasons_with_answers_decisions_and_late_children_are_verified() -> None:
    count = 0
    for number, case in enumerate(cases(200, 3, 4)):
        try:
            answered = with_answers(random.Random(number), case)
        except XuequError:
            continue
        last = len(case.policy.stage) - 1
        count += agree(answered, through=number % (last + 1) if number % 2 else None)
    assert count > 5


def test_amended_runs_are_verified() -> None:
    count = 0
    for number, case in enumerate(cases(300, 3, 4)):
        rng = random.Random(number)
        if case.policy.stage[-1].gives == "zone":
            continue
        try:
            papers = amended_papers(*with_amendments(rng, with_answers(rng, case)))
        except XuequError:
            continue
        assert words(verify_papers(papers)) == "", number
        count += 1
    assert count > 5


CHILDREN_OF_TINY = """\
applicant_id,category,unit_id,settled_on,points,consents
h1,household,U1,2019-01-01,,
h2,household,U2,2020-01-01,,
p1,points,U1,,50,city
p2,points,U2,,60,district
p3,points,U4,,70,city
"""
DECISION = """\
applicant_id,stage,school_id,reason_code,authority,document_no
p2,amend,S1,objection,bureau,1
"""


def test_an_amended_run_on_disk_is_verified_with_the_published_one_in_it(tmp_path: Path) -> None:
    project = write_tiny(tmp_path / "tiny", **applicants_of(CHILDREN_OF_TINY))
    published, _ = run_project(project, lang="en")
    toml = project / "xuequ.toml"
    table = '[tables.decisions]\npath = "decisions.csv"\n\n[children]'
    toml.write_text(toml.read_text(encoding="utf-8").replace("[children]", table), encoding="utf-8")
    (project / "decisions.csv").write_text(DECISION, encoding="utf-8")
    run, _ = amend_run(published, project, lang="en")
    verdict = verify_run(run)
    assert words(verdict) == ""
    assert verdict.stages == 26
    _rewrite(run / "published", "placements", lambda frame: frame.assign(over=True))
    assert "published/placements.parquet: a hash that differs" in words(verify_run(run))
    shutil.rmtree(run / "published")
    assert "published: the run that was amended" in words(verify_run(run))


def test_a_published_place_that_is_moved_and_inputs_that_shrink_are_found() -> None:
    case = two_schools()
    papers = amended_papers(case, case)
    assert words(verify_papers(papers)) == ""
    rows = {row["applicant_id"]: row for row in papers.results["placements"]}
    rows["c0"]["school_id"], rows["c1"]["school_id"] = "B", "A"
    fewer = {**papers.inputs, "seats": papers.inputs["seats"].iloc[:1]}
    found = words(verify_papers(replace(papers, inputs=fewer)))
    assert "a published place was moved: applicant c0 was published at A, and is at B" in found
    assert "inputs/seats: 1 rows of the published run are changed or gone, 0 are new" in found


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(XuequError, match=r"is no run folder: manifest\.json cannot be read"):
        verify_run(tmp_path)
    (tmp_path / "manifest.json").write_text("[]", encoding="utf-8")
    with pytest.raises(XuequError, match="is no run folder"):
        verify_run(tmp_path)
    (tmp_path / "manifest.json").write_text(
        json.dumps({"format": 2, "files": [], "done": 1, "seed": "x"}), encoding="utf-8"
    )
    with pytest.raises(XuequError, match="is no run folder"):
        verify_run(tmp_path)


def _rewrite(folder: Path, name: str, change: Any) -> None:
    path = folder / f"{name}.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)


def _hash_anew(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = {
        file: hashlib.sha256((folder / file).read_bytes()).hexdigest()
        for file in manifest["files"]
        if (folder / file).is_file()
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_a_hash_that_differs_is_found_and_the_rest_is_checked_all_the_same(run_folder: Path) -> None:
    path = run_folder / "inputs" / "notes.json"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    verdict = verify_run(run_folder)
    assert words(verdict) == "inputs/notes.json: a hash that differs from manifest.json"
    assert verdict.children > 0


def test_a_file_that_is_missing_and_one_that_is_not_listed_are_found(run_folder: Path) -> None:
    (run_folder / "metrics.parquet").unlink()
    (run_folder / "inputs" / "more.txt").write_text("x", encoding="utf-8")
    found = words(verify_run(run_folder))
    assert "metrics.parquet stands in manifest.json and is missing" in found
    assert "metrics.parquet cannot be read" in found
    assert "inputs/more.txt has no hash in manifest.json" in found


def test_a_name_that_leads_out_of_the_folder_is_no_file_of_it(run_folder: Path) -> None:
    path = run_folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"]["../outside.txt"] = "00"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    (run_folder.parent / "outside.txt").write_text("x", encoding="utf-8")
    found = words(verify_run(run_folder))
    assert found == "../outside.txt stands in manifest.json and is missing"


def test_a_file_that_is_no_table_is_a_finding_and_no_traceback(run_folder: Path) -> None:
    (run_folder / "keys.parquet").write_bytes(b"nonsense")
    (run_folder / "inputs" / "policy.json").write_text("[1]", encoding="utf-8")
    found = words(verify_run(run_folder))
    assert "keys.parquet cannot be read" in found
    assert "inputs/policy.json cannot be read: not an object" in found
    assert "the run cannot be solved again from its inputs: KeyError" in found


def test_a_table_without_a_column_is_a_finding(run_folder: Path) -> None:
    _rewrite(run_folder, "placements", lambda frame: frame.drop(columns="reason"))
    _hash_anew(run_folder)
    assert "the tables cannot be compared: KeyError: 'reason'" in words(verify_run(run_folder))


def test_another_seed_in_the_manifest_is_found_by_every_ticket(run_folder: Path) -> None:
    path = run_folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "seed": "another", "secret": "x"}), encoding="utf-8")
    found = words(verify_run(run_folder))
    assert "a ticket that does not follow from the seed: applicant" in found
    assert "manifest.json: secret is x; by the inputs it is" in found


def test_more_seats_or_another_home_in_the_inputs_are_found(run_folder: Path) -> None:
    _rewrite(run_folder / "inputs", "offered", lambda frame: frame.assign(seats=frame["seats"] + 1))
    _rewrite(run_folder / "inputs", "children", lambda frame: frame.assign(zone_id=frame["zone_id"].max()))
    _rewrite(run_folder / "inputs", "demand", lambda frame: frame.assign(children=frame["children"] + 1))
    _hash_anew(run_folder)
    found = words(verify_run(run_folder))
    assert "children were drawn, and the table demand counts" in found
    assert "inputs/offered has" in found
    assert "in inputs/children; by plan, units and points it is" in found


def test_every_finding_can_be_said_in_both_languages(run_folder: Path) -> None:
    _rewrite(run_folder, "placements", lambda frame: frame.iloc[::2].assign(over=True, school_id="X"))
    _hash_anew(run_folder)
    verdict = verify_run(run_folder)
    assert not verdict.ok
    for lang in ("en", "zh"):
        speak = speaker(lang)  # type: ignore[arg-type]
        for text in [*verdict.findings, *(what for what, _ in verdict.checks)]:
            assert "{" not in speak(text)


TWO: dict[str, list[dict[str, Any]]] = {
    "districts": [{"district_id": "D"}],
    "zones": [{"zone_id": "Z", "district_id": "D"}],
    "schools": [
        {"school_id": "A", "district_id": "D", "lng": 0.0, "lat": 0.0},
        {"school_id": "B", "district_id": "D", "lng": 9.0, "lat": 0.0},
    ],
    "serves": [{"zone_id": "Z", "school_id": "A"}, {"zone_id": "Z", "school_id": "B"}],
    "seats": [{"school_id": "A", "seats": 1}, {"school_id": "B", "seats": 1}],
    "applicants": [
        {
            "applicant_id": f"c{n}",
            "category": "points",
            "zone_id": "Z",
            "points": 90 - n,
            "lng": 0,
            "lat": 0,
        }
        for n in range(3)
    ],
}
CLAIM = {"who": {"category": "points"}, "where": {"schools": "city"}, "order": ["points desc", "ticket"]}


def two_schools() -> Case:
    """Return three children for two seats: c0 gets A, c1 gets B, c2 nothing."""
    stage = stage_of("only", [CLAIM], mechanism={"name": "serial-dictatorship", "choose": "nearest"})
    return Case(city_from(TWO), policy_from([stage]))


def tampered(change: Any) -> str:
    """Return what is found where the placements of the two schools are changed, by child."""
    papers = papers_of(two_schools())
    rows = {row["applicant_id"]: row for row in papers.results["placements"]}
    change(rows)
    return words(verify_papers(papers))


def test_a_swap_is_said_in_words_of_who_was_passed_over() -> None:
    def swap(rows: dict[str, dict[str, Any]]) -> None:
        for column in ("school_id", "distance_m"):
            rows["c0"][column], rows["c1"][column] = rows["c1"][column], rows["c0"][column]

    assert tampered(swap).splitlines() == [
        "another placement: applicant c0 is at B (stage only); by the rules it is at A (stage only)",
        "placements: applicant c0: distance_m is 9; by the rules it is 0",
        "another placement: applicant c1 is at A (stage only); by the rules it is at B (stage only)",
        "placements: applicant c1: distance_m is 0; by the rules it is 9",
        "somebody passed over: applicant c0 at A, stage only, by c1, who comes after it in the order",
    ]


def test_a_seat_too_many_is_said_to_have_no_rule_and_no_decision() -> None:
    def seat(rows: dict[str, dict[str, Any]]) -> None:
        rows["c2"].update(outcome="placed", school_id="A", pool="open", stage="only", reason="seat")

    found = tampered(seat)
    assert (
        "seats over without a rule or a decision: A offers 1 seats, and 2 children sit on seats there"
        in found
    )
    assert (
        "ledger and placements disagree: stage only, A (open): 1 children in the ledger, 2 in the" in found
    )
    assert "keys and placements disagree: applicant c2 has a place of the stage only" in found

    def above(rows: dict[str, dict[str, Any]]) -> None:
        seat(rows)
        rows["c2"].update(over=True, reason="over")

    assert "seats over without a rule or a decision: applicant c2 at A, stage only" in tampered(above)


def test_a_seat_left_in_the_ledger_is_said_to_have_been_open() -> None:
    papers = papers_of(two_schools())
    for row in papers.results["ledger"]:
        if row["school_id"] == "A":
            row.update(before=2, left=1)
    found = words(verify_papers(papers))
    assert (
        "a wider stage used while an open seat was left: applicant c2 was in the stage only and did"
        in found
    )
    assert (
        "the ledger does not add up: stage only, A · open: 1 seats left before and 0 that came back"
        in found
    )
    assert "ledger: stage only, A · open: before is 2; by the rules it is 1" in found


def test_a_longer_way_is_said_with_who_may_move() -> None:
    stage = stage_of("near", [CLAIM], mechanism="least-travel")
    tables = {**TWO, "applicants": [{**row, "lng": n * 9.0} for n, row in enumerate(TWO["applicants"][:2])]}
    papers = papers_of(Case(city_from(tables), policy_from([stage])))
    assert verify_papers(papers).ok
    rows = {row["applicant_id"]: row for row in papers.results["placements"]}
    rows["c0"]["school_id"], rows["c1"]["school_id"] = "B", "A"
    found = words(verify_papers(papers))
    assert "least-travel: the children of stage near travel 18 m in all, and less would do" in found


def test_very_many_findings_of_one_kind_are_counted_and_not_kept() -> None:
    from geodata import say
    from simulate.verify.findings import MOST_KEPT, Findings

    findings = Findings()
    for n in range(MOST_KEPT + 5):
        findings.add(say("row {n}", n=n))
    assert len(findings.all) == MOST_KEPT + 1
    assert str(findings.all[-1]) == "5 more findings like this one: row 0"
