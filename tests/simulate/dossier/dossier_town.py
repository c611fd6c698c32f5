"""Runs of small cities for the tests of the dossier: a plan in force, a proposal, many draws, a list."""

from __future__ import annotations

import csv
from pathlib import Path
from unittest.mock import patch

from geodata.sample import write_sample
from simulate.app import run_project
from simulate.scenarios.reading import shipped_path
from tests.tiny import applicants_of, write_tiny

PLANTED = ("BM7743101", "BM7743102", "BM7743103", "BM7743104", "BM7743105")
"""The numbers of the children of the list: they must be in no product."""
SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://x","y")'


def write_runs(root: Path) -> dict[str, Path]:
    """Write a small synthetic city with runs of today and of a new school."""
    project = root / "project"
    write_sample(project, scale=0.02)
    found = {"project": project}
    with patch("simulate.app.draw_pages"):
        for name, scenario in (
            ("today", None),
            ("school", "island-school"),
            ("merged", "two-zones-merged"),
        ):
            found[name] = run_project(project, lang="en", scenario=scenario, out=root / name)[0]
    return found


def school_with_more_classes(path: Path) -> Path:
    """Write a scenario with the plan of the new school, and two classes more elsewhere."""
    text = shipped_path("island-school").read_text(encoding="utf-8")
    text = text.replace('id = "island-school"', 'id = "school-and-classes"')
    text = text.replace("岛内新建一所学校", "新建一所学校并增班")
    text = text.replace("One new school on the island", "A new school and more classes")
    more = '[[change]]\ndo = "classes"\nschool = { rule = "most-short" }\nby = 2\n'
    path.write_text(f"{text}\n{more}", encoding="utf-8")
    return path


def write_listed(root: Path) -> Path:
    """Write a run of a list of applicants, with a sibling and twins, at schools with hostile names."""
    rows = (
        "applicant_id,category,unit_id,points,home,consents,sibling_school_id,twin_group\n"
        f"{PLANTED[0]},household,U1,,,,S1,\n"
        f"{PLANTED[1]},household,U1,,,,,T1\n"
        f"{PLANTED[2]},household,U1,,,,,T1\n"
        f"{PLANTED[3]},points,U1,60,0,city,,\n"
        f"{PLANTED[4]},points,U2,50,1,none,,\n"
    )
    project = write_tiny(root / "listed", **applicants_of(rows))
    schools = project / "schools.csv"
    head, *lines = list(csv.reader(schools.read_text(encoding="utf-8").splitlines()))
    for line, name in zip(lines, (SCRIPT, FORMULA), strict=False):
        line[head.index("name")] = name
    with schools.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *lines])
    with patch("simulate.app.draw_pages"):
        return run_project(project, lang="en", out=root / "run-listed")[0]
