"""The page of an explanation: nobody else's facts on it, both languages, the command, and how it looks."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from geodata.messages import LANGS, speaker
from simulate.explain import explain_run, facts_of, html_of, page_of, replay, text_of
from simulate.policy_files import policy_path, read_policy
from simulate.runs import Run
from tests.browser import PHONE, visit
from tests.command import listing, xuequ
from tests.simulate.test_explain import POINTS, child, written
from tests.simulate.test_golden_cascade import CHILDREN, CHOICES, SCHOOLS, ZONES
from tests.simulate.town import CHOICES as BY_CHOICES
from tests.simulate.town import policy, stage, town

WIDE = (1000, 1400)
KEYS = ("points", "insurance_months", "residence_days")


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Run:
    city = town(zones=ZONES, schools=SCHOOLS, children=CHILDREN, choices=CHOICES)
    rules = read_policy(policy_path("xiamen-datongchou", Path()))
    return written(city, rules.at(city.project.project.date), tmp_path_factory.mktemp("golden") / "run")


# ---- nobody else ----


def crowd(rng: random.Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a town that is short of seats, and children no two of whom have a value in common."""
    zones = {"Z1": ("D", ["S1", "S2"]), "Z2": ("D", ["S3"]), "Z3": ("E", ["S4"])}
    schools = {f"S{n}": ("E" if n == 4 else "D", n * 500.0, rng.randint(2, 4)) for n in range(1, 5)}
    children = []
    # numbers of five digits that stand for nothing else on a page
    values = iter(rng.sample(range(10_000, 99_999), 200))
    for number in range(24):
        row: dict[str, Any] = {
            "applicant_id": f"kid-{number:02d}",
            "category": rng.choice(["household", "points", "points", "points", "points"]),
            "zone_id": rng.choice(sorted(zones)),
            "east": float(next(values)),
            "consents": rng.choice(["none", "district", "city"]),
            "household_id": f"house-{number}",
            "address": f"somewhere {number}",
        }
        if row["category"] == "points":
            row |= {key: next(values) for key in KEYS}
            # half of them tie in points, so that the next key decides
            row["points"] = 50000 if rng.random() < 0.5 else row["points"]
        else:
            row["settled_on"] = f"20{rng.randint(10, 23)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}"
        children.append(row)
    choices = {
        row["applicant_id"]: rng.sample(zones[row["zone_id"]][1], len(zones[row["zone_id"]][1]))
        for row in children
        if row["category"] == "points"
    }
    return {"zones": zones, "schools": schools, "choices": choices}, children


@pytest.mark.parametrize("seed", range(3))
def test_the_page_of_a_child_has_no_number_ticket_or_whole_keys_of_another(
    seed: int, tmp_path: Path
) -> None:
    place, children = crowd(random.Random(seed))
    rules = read_policy(policy_path("xiamen-datongchou", Path()))
    city = town(**place, children=children)
    run = written(city, rules.at(city.project.project.date), tmp_path / "run")
    replayed = replay(run)
    everybody = replayed.world.children
    tickets = {name: everybody.tickets[n].tobytes().hex() for n, name in enumerate(everybody.ids)}
    lines = 0
    for row in children:
        facts = facts_of(replayed, row["applicant_id"])
        shown = {lang: text_of(page_of(facts, run, speaker(lang))) for lang in LANGS}
        page = html_of(page_of(facts, run, speaker("en")))
        shown["html"] = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
        shown["facts"] = repr(facts)
        for words in shown.values():
            assert tickets[row["applicant_id"]] in words
            assert "house-" not in words
            assert "somewhere" not in words
            plain = words.replace(",", "")
            for other in children:
                if other is row:
                    continue
                name = other["applicant_id"]
                assert name not in words
                assert tickets[name] not in words
                theirs = {str(other[key]) for key in KEYS if key in other and other[key] != 50000}
                told = {value for value in theirs if re.search(rf"\b{value}\b", plain)}
                assert len(told) <= 1, f"{row['applicant_id']} reads {told} of {name}"
                lines += len(told)
    assert lines > 10, "a score line is the value of somebody: that is what is looked for"


def test_a_twin_reads_its_own_number_only(tmp_path: Path) -> None:
    rules = policy(stage("one", "points", "own-zone", POINTS))
    children = [
        child("kid-1", points=2, twin_group="group-7"),
        child("kid-2", points=1, twin_group="group-7"),
    ]
    run = written(
        town(zones={"Z1": ("D", ["S1"])}, schools={"S1": ("D", 0.0, 1)}, children=children),
        rules,
        tmp_path / "run",
    )
    words = text_of(page_of(facts_of(replay(run), "kid-2"), run, speaker("en")))
    assert "kid-1" not in words
    assert "group-7" not in words


# ---- what the page says everywhere ----


def test_both_languages_tell_the_same_in_the_same_order(golden: Run) -> None:
    replayed = replay(golden)
    for name in ("Af1", "Ah5", "Ap1", "Ap6", "Bp5"):
        facts = facts_of(replayed, name)
        zh, en = (page_of(facts, golden, speaker(lang)) for lang in LANGS)
        assert (zh.lang, en.lang) == ("zh-CN", "en")
        for part in ("short", "child", "changes", "objecting", "ticket", "foot"):
            assert len(getattr(zh, part)) == len(getattr(en, part))
        assert [len(p.chapters) for p in zh.parts] == [len(p.chapters) for p in en.parts]
        assert zh.code == en.code


def test_each_stage_states_its_clause_or_that_it_is_assumed_and_why(golden: Run) -> None:
    words = " ".join(text_of(page_of(facts_of(replay(golden), "Ap1"), golden, speaker("en"))).split())
    assert "Clause: 积分优先、遵循志愿：海沧 2023" in words
    assert "No clause; assumed: the letter says only that the district places them" in words
    assert "In general, for no clause of these rules states it" in words
    assert "Nobody who has a published place is moved." in words


@pytest.mark.parametrize("secret", ["", "opened after the draw"])
def test_the_three_lines_compute_the_ticket(secret: str, tmp_path: Path) -> None:
    city = town(
        zones={"Z1": ("D", ["S1"])}, schools={"S1": ("D", 0.0, 1)}, children=[child("报名'1\"", points=1)]
    )
    head = city.project.project.model_copy(update={"secret": secret})
    city = replace(city, project=city.project.model_copy(update={"project": head}))
    run = written(city, policy(stage("one", "points", "own-zone", POINTS)), tmp_path / "run")
    facts = facts_of(replay(run), "报名'1\"")
    code = page_of(facts, run, speaker("en")).code
    said = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == facts.ticket


def test_names_from_the_data_are_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    city = town(
        zones={"Z1": ("D", [hostile])},
        schools={hostile: ("D", 0.0, 1)},
        children=[child("<b>kid</b>", points=1)],
        choices={"<b>kid</b>": [hostile]},
    )
    run = written(
        city, policy(stage("one", "points", "own-zone", POINTS, mechanism=BY_CHOICES)), tmp_path / "run"
    )
    page = html_of(page_of(facts_of(replay(run), "<b>kid</b>"), run, speaker("zh")))
    assert hostile not in page
    assert "<b>kid" not in page
    assert "&lt;b&gt;kid" in page


def test_lines_on_the_terminal_keep_within_its_width(golden: Run) -> None:
    for lang in LANGS:
        words = text_of(page_of(facts_of(replay(golden), "Ap1"), golden, speaker(lang)))
        wide = [line for line in words.splitlines() if len(line) > 100 and "placements" not in line]
        assert [line for line in wide if not line.startswith("  ")] == []


# ---- the command ----


def test_the_command_shows_the_text_and_writes_nothing(golden: Run) -> None:
    before = listing(golden.folder.parent)
    said = xuequ("explain", golden.folder, "--applicant", "Ap4", "--lang", "en")
    assert said.status == 0, said.err
    assert "Full: 10 points below the last one admitted." in said.out
    assert listing(golden.folder.parent) == before


def test_the_command_writes_the_page_whole_and_only_where_there_is_none(
    golden: Run, tmp_path: Path
) -> None:
    page = tmp_path / "out" / "why.html"
    page.parent.mkdir()
    said = xuequ("explain", golden.folder, "--applicant", "Ap4", "--lang", "zh", "--out", page)
    assert said.status == 0, said.err
    assert 'lang="zh-CN"' in page.read_text(encoding="utf-8")
    assert [one.name for one in page.parent.iterdir()] == ["why.html"]
    before = listing(tmp_path)
    said = xuequ("explain", golden.folder, "--applicant", "Ap5", "--out", page, "--lang", "en")
    assert (said.status, said.err) == (2, "why.html exists; nothing was written\n")
    said = xuequ(
        "explain", golden.folder, "--applicant", "Ap5", "--out", tmp_path / "no" / "x.html", "--lang", "en"
    )
    assert said.status == 2
    assert listing(tmp_path) == before


def test_an_unknown_applicant_is_one_message_and_writes_nothing(golden: Run, tmp_path: Path) -> None:
    page = tmp_path / "why.html"
    said = xuequ("explain", golden.folder, "--applicant", "Ap99", "--lang", "en", "--out", page)
    assert said.status == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "has no applicant Ap99" in said.err
    assert not page.exists()


# ---- how it looks ----


def test_the_page_names_no_address_to_load_from(golden: Run, tmp_path: Path) -> None:
    for lang in LANGS:
        explain_run(golden.folder, "Ap1", lang=lang, out=tmp_path / f"{lang}.html")
        page = (tmp_path / f"{lang}.html").read_text(encoding="utf-8")
        assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
        assert "<script" not in page
        assert "default-src 'none'" in page


@pytest.mark.browser
def test_the_page_opens_alone_fits_a_phone_and_two_sheets(
    golden: Run, tmp_path: Path, browser: Browser
) -> None:
    for lang in LANGS:
        for name in ("Ah5", "Ap1", "Ap6"):
            path = tmp_path / f"{name}.{lang}.html"
            explain_run(golden.folder, name, lang=lang, out=path)
            for size in (WIDE, PHONE):
                with visit(browser, path, size=size, ready=".outcome") as opened:
                    assert (opened.asked, opened.errors) == ([], [])
                    width = opened.page.evaluate("document.documentElement.scrollWidth")
                    assert width == size[0], f"{path.name} is wider than the screen"
            with visit(browser, path, size=WIDE, ready=".outcome") as opened:
                sheets = opened.page.pdf(format="A4", prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b(?!s)", sheets)) <= 2


@pytest.mark.browser
def test_a_synthetic_city_is_marked_on_every_sheet(tmp_path: Path, browser: Browser) -> None:
    assert xuequ("init", tmp_path / "city", "--sample", "--scale", "0.02").status == 0
    assert xuequ("run", tmp_path / "city", "--lang", "en").status == 0
    [run] = (tmp_path / "city" / "runs").iterdir()
    said = xuequ("explain", run, "--applicant", "nobody", "--lang", "en")
    assert said.status == 2
    name = _first_without_a_place(run)
    page = tmp_path / "why.html"
    assert xuequ("explain", run, "--applicant", name, "--lang", "en", "--out", page).status == 0
    with visit(browser, page, size=PHONE, ready=".band") as opened:
        assert "SYNTHETIC" in opened.page.inner_text(".band")
        style = "getComputedStyle(document.body, '::after').content"
        opened.page.emulate_media(media="print")
        assert "SYNTHETIC" in opened.page.evaluate(style)


def _first_without_a_place(folder: Path) -> str:
    import pandas as pd

    table = pd.read_parquet(folder / "placements.parquet")
    return str(table[table["outcome"] != "placed"]["applicant_id"].iloc[0])
