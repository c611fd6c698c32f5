"""`xuequ policy show | diff | check` as commands, in both languages."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from geodata import DataError
from geodata.messages import speaker
from geodata.templates import write_template
from simulate.cli_policy import policy
from simulate.points.files import read_schedule, schedule_path, shipped_schedules
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy, shipped_policies
from simulate.policy_tools.scoring_words import latest_schedule_day, schedule_sections
from simulate.policy_tools.showing import Section, latest_day, sections_of
from simulate.policy_tools.targets import find_target
from tests.simulate.policy_parts import SOUND, STAGE

DAY = datetime.date(2024, 8, 31)
PLANNED = STAGE.replace('id = "more"', 'id = "city"').replace("2020-01-01", "2027-01-01\nexpected = true")


def run(*words: str | Path) -> str:
    """Run a command of the group; raise what it raises, as the entry point would catch it."""
    done = CliRunner().invoke(policy, [str(word) for word in words], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def texts(sections: tuple[Section, ...], *, sources: bool = False) -> list[str]:
    """Return everything that sections say in words; without ids and, unless asked for, without sources."""
    speak = speaker("zh")
    of_sources = {speak("source"), speak("source of this claim")}
    found = []
    for section in sections:
        found += [section.heading, section.told or ""]
        for block in section.blocks:
            found.append(block.title)
            found += [label for label, _ in block.rows]
            found += [value for label, value in block.rows if sources or label not in of_sources]
    return found


def without_names(text: str) -> str:
    """Return a text without ids in brackets and addresses of sources."""
    text = re.sub(r"（[\w-]+）", "", text)
    return re.sub(r"[\w.-]+\.[a-z]{2,}(/[\w./?=&-]*)?", "", text)


def known_words(record: Any) -> set[str]:
    """Return the Latin words that a file itself has in its Chinese texts."""
    dumped = json.dumps(record.model_dump(mode="json"), ensure_ascii=False)
    return {
        word for zh in re.findall(r'"zh": "(.*?)", "en"', dumped) for word in re.findall(r"[A-Za-z]+", zh)
    }


def words_of_ids(record: Any) -> set[str]:
    """Return the words of the ids of items, by which orders and tables of values name them."""
    dumped = json.dumps(record.model_dump(mode="json"), ensure_ascii=False)
    ids = [*re.findall(r"item:([\w-]+)", dumped), *re.findall(r'"([\w-]+)": "[0-9.]+"', dumped)]
    return {word for one in ids for word in re.findall(r"[A-Za-z]+", one)}


@pytest.mark.parametrize("name", shipped_policies())
def test_a_policy_is_shown_in_chinese_without_english(name: str) -> None:
    record = read_policy(policy_path(name, Path()))
    shown = texts(sections_of(record, latest_day(record), speaker("zh")))
    english = {word for text in shown for word in re.findall(r"[A-Za-z]{2,}", without_names(text))}
    assert english - known_words(record) - words_of_ids(record) == set()


@pytest.mark.parametrize("name", shipped_schedules())
def test_a_schedule_is_shown_in_chinese_without_english(name: str) -> None:
    record = read_schedule(schedule_path(name, Path()))
    shown = texts(schedule_sections(record, latest_schedule_day(record), speaker("zh")))
    english = {word for text in shown for word in re.findall(r"[A-Za-z]{2,}", without_names(text))}
    assert english - known_words(record) - words_of_ids(record) == set()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_stage_is_shown_with_all_that_it_says(lang: str) -> None:
    out = " ".join(run("show", "xiamen-datongchou", "--on", "2024-08-31", "--lang", lang).split())
    record = read_policy(policy_path("xiamen-datongchou", Path())).at(DAY)
    places = [out.index(f"{n}. {getattr(s.title, lang)} ") for n, s in enumerate(record.stage, start=1)]
    assert places == sorted(places)
    assert str(DAY) in out


def test_the_order_the_reach_and_the_end_stand_in_words() -> None:
    out = run("show", "xiamen-datongchou", "--on", "2024-08-31", "--lang", "en")
    last = " ".join(out[out.index("Municipal coordination") : out.index("Categories")].split())
    for words in (
        "who points; who consent to coordination across the city",
        "where other districts",
        "points, most first; own home before none; months of insurance, most first",
        "mechanism in order, each takes the nearest free seat",
        "when full those left are not admitted",
        "holds from 2024-04-15 on",
        "assumed the letter says only that the bureau places them",
    ):
        assert words in last


def test_without_a_day_the_last_change_is_shown_and_said() -> None:
    out = run("show", "xiamen-datongchou", "--lang", "en")
    assert "As it holds on 2024-04-15." in out
    assert "the last day on which the rules change; --on shows another day" in out
    before = run("show", "xiamen-datongchou", "--on", "2023-08-31", "--lang", "en")
    assert "District coordination  district-coordination" not in before
    assert "2024-04-15  stage District coordination (district-coordination) begins" in before


def test_a_day_on_which_nothing_holds_is_an_error() -> None:
    with pytest.raises(DataError, match="no stage holds on 1999-01-01"):
        run("show", "xiamen-datongchou", "--on", "1999-01-01")


def test_a_day_is_written_as_a_day() -> None:
    with pytest.raises(click.BadParameter, match="tomorrow is no day; write it as 2024-04-15"):
        run("show", "xiamen-datongchou", "--on", "tomorrow", "--lang", "en")


def test_planned_changes_stand_apart_and_are_applied_when_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, SOUND + PLANNED)
    out = run("show", path, "--on", "2027-06-01", "--lang", "en")
    rules, _, planned = out.partition("Planned changes: not in force")
    assert "3. city  city" in rules
    assert "the whole city" not in rules
    assert "more  city" in planned
    assert "from 2027-01-01 on" in planned
    assert "As it holds on 2020-01-01." in run("show", path, "--lang", "en")
    applied = run("show", path, "--on", "2027-06-01", "--expecting", "city", "--lang", "en")
    rules, _, planned = applied.partition("Planned changes: not in force")
    assert "3. more  city" in rules
    assert re.search(r"applied +yes", planned)


def test_a_planned_change_that_there_is_not_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found 'nine'; planned changes: city"):
        run("show", written(tmp_path, SOUND + PLANNED), "--expecting", "nine")


def test_history_tells_what_began_changed_and_ended(tmp_path: Path) -> None:
    last = SOUND[SOUND.index('[[stage]]\nid = "city"') :]
    dated = SOUND.replace(last, last.replace("from = 2020-01-01", "from = 2020-01-01\nuntil = 2022-01-01"))
    text = dated + "\n" + last.replace("from = 2020-01-01", "from = 2022-01-01\nuntil = 2024-01-01")
    out = run("show", written(tmp_path, text), "--on", "2023-01-01", "--lang", "en")
    assert "2020-01-01  stage city (city) begins" in out
    assert "2022-01-01  stage city (city) changes" in out
    assert "2024-01-01  stage city (city) ends" in out[out.index("On 2023-01-01 and later") :]


def test_everything_unusual_of_a_stage_is_shown(tmp_path: Path) -> None:
    more = (
        'mechanism = { name = "parallel", bands = [1, 2] }\ntwins = "together"\nlast_seat = "over"\n'
        'districts = ["D"]\ngiven_up = "lapse"\ncoordination = "city"\nclaims = ['
        '{ who = { category = "points", status = ["declined", "late"], zone = ["Z1"], given = "none", '
        'rank = { order = ["points desc", "ticket"], within = "district", at_most = 7 } }, '
        'where = { schools = "sibling", list = 3, kinds = ["public"], within_m = 900, past_it = "never" }, '
        'order = ["item:permit desc", "ticket"], pool = "kept", guaranteed = true, from = 2021-01-01, '
        'source = "clause 7" }, '
        '{ who = { category = "points", rank = { order = ["ticket"], at_most = "seats" } }, '
        'where = { schools = "city", list = 3 }, order = ["ticket"], assumed = true, '
        'reason = { zh = "假", en = "not stated" } }]\n'
    )
    text = SOUND + STAGE[: STAGE.index("mechanism")] + more
    out = " ".join(run("show", written(tmp_path, text), "--on", "2022-01-01", "--lang", "en").split())
    for words in (
        "claim 1 tier 1",
        "claim 2 tier 2",
        "who declined a place, who arrived late; Z1; whom no earlier stage gave a zone",
        "the first 7 in each district, by: points, most first; ticket",
        "the school of a sibling; list of choices 3; public; not farther than 900 m",
        "points for permit, most first; ticket",
        "never refused: over the intake if need be",
        "this claim holds from 2021-01-01 on",
        "source of this claim clause 7",
        "the first in the city, as many as there are free seats, by: ticket",
        "assumed in this claim not stated",
        "bands of 1, 2 choices, the last repeats",
        "districts D",
        "twins placed together",
        "seats both, one over the intake",
        "coordination across the city",
        "are lost for the season",
    ):
        assert words in out, words


def test_json_is_the_policy_as_it_holds() -> None:
    said = json.loads(run("show", "xiamen-datongchou", "--on", "2023-08-31", "--format", "json"))
    assert said["on"] == "2023-08-31"
    held = read_policy(policy_path("xiamen-datongchou", Path())).at(datetime.date(2023, 8, 31))
    assert [stage["id"] for stage in said["stage"]] == [stage.id for stage in held.stage]


def test_a_project_is_shown_on_its_own_day(tmp_path: Path) -> None:
    write_template(tmp_path / "town")
    target = find_target(str(tmp_path / "town"))
    assert target.on is not None
    out = run("show", tmp_path / "town", "--lang", "en")
    assert f"As it holds on {target.on}." in out
    assert "the last day on which" not in out
    assert "no faults" in run("check", tmp_path / "town", "--lang", "en")


def test_a_project_without_a_policy_is_an_error(tmp_path: Path) -> None:
    write_template(tmp_path / "town")
    toml = tmp_path / "town" / "xuequ.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(re.sub(r"(?m)^(policy|points|expecting) *=.*\n", "", text), encoding="utf-8")
    with pytest.raises(DataError, match="the project names no policy"):
        run("show", tmp_path / "town")


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(DataError, match=r"atlantis: a shipped policy \(.*xiamen-datongchou"):
        run("check", "atlantis")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the file cannot be read"):
        run("check", tmp_path / "none.toml")


def test_a_schedule_is_shown_checked_and_compared() -> None:
    out = run("show", "siming-2023", "--lang", "en")
    assert "Items" in out
    assert "si_main" in out
    assert "4 for each 12 months of" in " ".join(out.split())
    assert "siming-2023.toml: no faults (facts: " in run("check", "siming-2023", "--lang", "en")
    assert run("diff", "siming-2023", "siming-2023", "--lang", "en") == "No difference.\n"
    with pytest.raises(DataError, match="a policy and a points schedule cannot be compared"):
        run("diff", "siming-2023", "xiamen-datongchou")
    assert json.loads(run("show", "siming-2023", "--format", "json"))["id"] == "siming-2023"


# --- check and diff as commands


def test_check_says_that_there_is_no_fault_and_counts_the_parts(tmp_path: Path) -> None:
    path = written(tmp_path, SOUND)
    assert run("check", path, "--lang", "en") == (
        "policy.toml: no faults (categories: 2, pools: 1, stages: 3).\n"
    )


def test_check_shows_warnings_and_passes_unless_it_is_strict(tmp_path: Path) -> None:
    says = 'reason = { zh = "未公布", en = "not published" }\n'
    path = written(tmp_path, SOUND.replace('when_full = "over"\n', says))
    out = run("check", path, "--lang", "en")
    assert out.startswith("Warning: policy.toml, column category household: its children may end without")
    assert "no faults" in out
    with pytest.raises(DataError, match="its children may end without a place"):
        run("check", path, "--strict")


def test_check_raises_every_fault(tmp_path: Path) -> None:
    path = written(tmp_path, SOUND.replace('when_full = "over"', 'when_ful = "over"'))
    with pytest.raises(DataError) as caught:
        run("check", path)
    assert len(caught.value.faults) == 2
    doubtful = written(tmp_path, SOUND.replace('mechanism = "least-travel"', 'mechanism = "lottery"'))
    done = CliRunner().invoke(policy, ["check", str(doubtful), "--lang", "en"], standalone_mode=False)
    assert done.output.startswith("note: how the stages follow on one another can be looked at only when")


def test_diff_of_two_days_tells_what_the_letter_added() -> None:
    out = run("diff", "xiamen-datongchou", "--on", "2024-04-14", "--against", "2024-04-15", "--lang", "en")
    said = out.splitlines()
    assert said[0] == "The rules differ."
    assert said[2] == "Rules"
    assert [line.strip().split(":")[0] for line in said[3:]] == [
        "stage District coordination (district-coordination)",
        "stage Municipal coordination (municipal-coordination)",
    ]


def test_diff_of_two_files_on_a_day_and_of_whole_files(tmp_path: Path) -> None:
    one = written(tmp_path, SOUND)
    two = tmp_path / "other.toml"
    two.write_text(SOUND + STAGE.replace("2020-01-01", "2025-01-01"), encoding="utf-8")
    assert run("diff", one, two, "--lang", "en").startswith("The rules differ.")
    assert run("diff", one, two, "--on", "2024-01-01", "--lang", "en") == "No difference.\n"
    assert run("diff", one, two, "--on", "2026-01-01", "--lang", "en").startswith("The rules differ.")


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (["xiamen-datongchou"], "give two policies, or one with --on and --against"),
        (["xiamen-datongchou", "--on", "2024-01-01"], "give two policies, or one with --on and --against"),
        (
            ["xiamen-datongchou", "suzhou", "--against", "2024-01-01"],
            "--against needs --on: the two days to compare",
        ),
    ],
)
def test_diff_says_which_days_it_needs(words: list[str], match: str) -> None:
    with pytest.raises(click.UsageError, match=match):
        run("diff", *words, "--lang", "en")


def test_help_names_the_three_commands_with_their_own_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["xuequ", "--lang", "en"])
    out = CliRunner().invoke(policy, ["--help"]).output
    assert "Check a policy file and show every fault at once." in out
    assert "Say what differs between two policies" in out
    monkeypatch.setattr("sys.argv", ["xuequ", "--lang", "zh"])
    assert "检查政策文件" in CliRunner().invoke(policy, ["--help"]).output


def test_the_latest_day_passes_over_days_on_which_nothing_changes(tmp_path: Path) -> None:
    ended = SOUND.replace("from = 2020-01-01", "from = 2020-01-01\nuntil = 2022-01-01")
    assert latest_day(read_policy(written(tmp_path, ended))) == datetime.date(2020, 1, 1)
    assert latest_day(read_policy(written(tmp_path, SOUND + PLANNED))) == datetime.date(2020, 1, 1)
    assert isinstance(read_policy(written(tmp_path, SOUND)), Policy)
