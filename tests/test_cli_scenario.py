"""`xuequ scenario`: as a person runs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geodata.sample import write_sample
from simulate.runs import read_run
from simulate.scenarios import read_scenario
from simulate.scenarios.rules import KINDS
from tests.command import listing, xuequ
from tests.simulate.scenarios.trying import SCHOOL_9, ZONE_9, Base, sample, tiny, write_scenario


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny(tmp_path_factory.mktemp("tiny"))


def test_list_names_what_comes_with_the_package() -> None:
    said = xuequ("scenario", "list", "--lang", "zh")
    assert said.status == 0
    assert "island-school: 岛内新建一所学校" in said.out


def test_show_tells_rules_and_with_a_project_what_they_choose() -> None:
    said = xuequ("scenario", "show", "island-school", "--lang", "en")
    assert "where a school shortens ways most (in 思明区, 湖里区)" in said.out
    base = sample(0.05)
    chosen = xuequ("scenario", "show", "island-school", "--project", base.folder, "--lang", "en")
    assert "shortens ways most" not in chosen.out
    assert re.search(r"opens in 2024, in 湖里-\d{3}-\d{2}: 6 classes of 45", chosen.out)


def test_show_says_the_notes_of_an_applied_scenario(city: Base) -> None:
    path = write_scenario(city.folder.parent, SCHOOL_9 + "opens = 2025\n" + ZONE_9, name="late")
    said = xuequ("scenario", "show", path, "--project", city.folder, "--lang", "en")
    assert said.status == 0
    assert "note: change 1: the school S9 opens in 2025" in said.out
    nothing = xuequ("scenario", "show", "today", "--lang", "en")
    assert "It changes nothing." in nothing.out


def test_check_says_what_a_scenario_comes_to(city: Base) -> None:
    path = write_scenario(city.folder.parent, SCHOOL_9 + "opens = 2024\n" + ZONE_9, name="school")
    before = listing(city.folder)
    said = xuequ("scenario", "check", city.folder, path, "today", "--lang", "en")
    assert (said.status, said.err) == (0, "")
    assert "Units that move: 1; children: 68" in said.out
    assert re.search(r"东区 +135 +215 +\+80 +159 +159", said.out)
    assert re.search(r"children over the seats of their zones +24 +1 +-23", said.out)
    assert "Units that move: 0; children: 0" in said.out
    assert listing(city.folder) == before


def test_check_shows_the_faults_of_all_scenarios_at_once(city: Base) -> None:
    folder = city.folder.parent
    one = write_scenario(folder, 'do = "classes"\nschool = "S7"\nby = 1', name="one")
    two = write_scenario(folder, 'do = "move"\nunits = ["U1"]\nzone = "Z1"', 'do = "mvoe"', name="two")
    said = xuequ("scenario", "check", city.folder, one, two, "nothing", "--lang", "en")
    assert (said.status, said.out) == (2, "")
    assert "one.toml, change 1, column school: found 'S7'" in said.err
    assert "two.toml, change 2, column do: found 'mvoe'" in said.err
    assert "nothing: a shipped scenario" in said.err
    assert "Traceback" not in said.err


def test_scenarios_of_one_id_cannot_be_told_apart(city: Base) -> None:
    folder = city.folder.parent
    (folder / "deep").mkdir(exist_ok=True)
    paths = [write_scenario(place, name="twin") for place in (folder, folder / "deep")]
    said = xuequ("scenario", "check", city.folder, *paths, "--lang", "en")
    assert said.status == 2
    assert "each scenario has an id of its own" in said.err


def test_diff_says_what_two_scenarios_have_otherwise(city: Base) -> None:
    folder = city.folder.parent
    path = write_scenario(
        folder,
        SCHOOL_9 + "opens = 2024\n" + ZONE_9,
        'do = "merge-zones"\nzones = ["Z2", "Z3"]',
        'do = "classes"\nschool = "S4"\nby = -1',
        'do = "demand-level"\nfactor = 2.0',
        'do = "stage-off"\nstages = ["municipal-coordination"]',
        name="much",
    )
    said = xuequ("scenario", "diff", city.folder, "today", path, "--lang", "en")
    assert said.status == 0
    for words in ("new zone: Z9", "zone that is there no longer: Z3", "S4 serves Z2 now", "Rules"):
        assert words in said.out
    assert re.search(r"U1 +all +Z1 +Z9 +136", said.out)
    assert re.search(r"S9 +新校 +– +80", said.out)
    same = xuequ("scenario", "diff", city.folder, "today", "today", "--lang", "en")
    assert same.out.splitlines()[-1] == "No difference."


def test_diff_of_categories_that_move_apart(city: Base) -> None:
    change = 'do = "move"\nunits = ["U3"]\nzone = "Z1"\ncategory = "points"'
    path = write_scenario(city.folder.parent, change, name="apart")
    said = xuequ("scenario", "diff", city.folder, "today", path, "--lang", "en")
    assert "Units that move: 1; children: 10" in said.out
    assert re.search(r"U3 +points +Z2 +Z1 +10", said.out)


def test_new_writes_a_template_that_reads_and_writes_nothing_over(city: Base, tmp_path: Path) -> None:
    path = tmp_path / "我的 方案.toml"
    said = xuequ("scenario", "new", path, "--project", city.folder, "--lang", "en")
    assert (said.status, said.out) == (0, f"Written: {path}\n")
    assert read_scenario(path).id == "我的-方案"
    assert read_scenario(path).changes == ()
    again = xuequ("scenario", "new", path, "--lang", "en")
    assert again.status == 2
    assert "is there already" in again.err
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def examples(text: str) -> list[str]:
    """Return the examples of the template, each without its #."""
    found = []
    for one in text.split("# [[change]]\n")[1:]:
        lines = []
        for line in one.splitlines():
            match = re.fullmatch(r"# (\w+ = .*)", line)
            if match is None:
                break
            lines.append(match.group(1))
        found.append("\n".join(lines))
    return found


def test_every_example_of_the_template_can_be_applied_to_the_project(city: Base, tmp_path: Path) -> None:
    xuequ("scenario", "new", tmp_path / "mine.toml", "--project", city.folder)
    text = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    tried = set()
    for change in examples(text):
        kind = re.match(r'do = "(.*)"', change)
        assert kind is not None
        tried.add(kind.group(1))
        if kind.group(1) in ("plan", "expecting"):
            continue  # a file and a planned change that this project does not have
        assert len(city.applied(change).changes) == 1
    assert tried == set(KINDS)


def test_new_copies_a_shipped_scenario(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert xuequ("scenario", "new", path, "--from", "island-school").status == 0
    copied, shipped = read_scenario(path), read_scenario("island-school")
    assert (copied.id, copied.changes) == ("mine", shipped.changes)
    said = xuequ("scenario", "new", tmp_path / "other.toml", "--from", "island", "--lang", "en")
    assert said.status == 2
    assert not (tmp_path / "other.toml").exists()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("new", "mine.txt"), "the name of a scenario ends in .toml"),
        (("show", "none.toml"), "a file that is there"),
        (("show", "isle-school"), "did you mean island-school"),
    ],
)
def test_commands_that_cannot_be(tmp_path: Path, words: tuple[str, ...], problem: str) -> None:
    said = xuequ("scenario", words[0], tmp_path / words[1] if "." in words[1] else words[1], "--lang", "en")
    assert said.status == 2
    assert problem in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_template_and_a_copy_are_not_asked_for_at_once(city: Base, tmp_path: Path) -> None:
    said = xuequ(
        "scenario", "new", tmp_path / "a.toml", "--from", "today", "--project", city.folder, "--lang", "en"
    )
    assert said.status == 2
    assert "give one" in said.err


def test_help_is_there_in_both_languages() -> None:
    for lang in ("en", "zh"):
        assert xuequ("scenario", "--help", "--lang", lang).status == 0


def test_a_run_of_a_scenario_says_so_and_can_be_checked(tmp_path: Path) -> None:
    write_sample(tmp_path / "city", scale=0.02)
    made = xuequ(
        "run", str(tmp_path / "city"), "--scenario", "island-school", "--out", str(tmp_path / "run")
    )
    assert made.status == 0, made.err
    assert "One new school on the island" in made.out
    run = read_run(tmp_path / "run")
    assert run.scenario is not None
    assert (run.scenario.id, run.scenario.assumed) == ("island-school", True)
    assert "岛内-新校" in set(run.city["schools"]["school_id"])
    assert "One new school on the island" in (tmp_path / "run" / "report.en.html").read_text("utf-8")
    assert xuequ("verify", str(tmp_path / "run")).status == 0


def test_a_scenario_is_not_changed_half_way(tmp_path: Path) -> None:
    write_sample(tmp_path / "city", scale=0.02)
    xuequ("run", str(tmp_path / "city"), "--through", "favoured", "--out", str(tmp_path / "half"))
    said = xuequ("run", "--continue", str(tmp_path / "half"), "--scenario", "island-school")
    assert said.status == 2
    assert "leave --scenario out" in said.err
