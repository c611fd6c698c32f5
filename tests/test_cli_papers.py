"""The commands on papers, as a person calls them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from simulate.app import run_project
from simulate.cli_papers import _written
from tests.command import Said, listing, xuequ
from tests.simulate.papers.papers import tiny_with_texts


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny_with_texts(tmp_path / "a")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    written_, _ = run_project(tiny_with_texts(folder / "a"), lang="en", out=folder / "run")
    return written_


def written(said: Said) -> list[str]:
    assert said.status == 0, said
    lines = [line for line in said.out.splitlines() if line.startswith("Written: ")]
    return [Path(line.removeprefix("Written: ")).name for line in lines]


def test_the_table_is_written_in_every_format(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = xuequ("papers", "table", project, "--before", project, "--out", out, "--lang", "en")
    names = [f"intake.en.{kind}" for kind in ("html", "pdf", "docx", "xlsx")]
    assert written(said) == names
    assert sorted(listing(out)) == sorted(names)
    again = tmp_path / "again"
    xuequ("papers", "table", project, "--before", project, "--out", again, "--lang", "en")
    assert listing(again) == listing(out)


def test_a_full_folder_is_left_as_it_is(project: Path, tmp_path: Path) -> None:
    before = listing(tmp_path)
    for words in (("table",), ("leaflets",)):
        said = xuequ("papers", *words, project, "--out", project, "--lang", "en")
        assert said.status == 2
        assert "exists and is not empty" in said.err
    assert listing(tmp_path) == before


def test_facts_are_filled_in_and_become_a_notice(project: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.toml"
    assert xuequ("papers", "facts", facts, "--lang", "en").status == 0
    text = facts.read_text(encoding="utf-8")
    text = text.replace("# published_on = 2000-01-01", "published_on = 2024-03-01")
    facts.write_text(text.replace("# held_on = 2000-01-01", "held_on = 2024-03-08"), encoding="utf-8")
    said = xuequ("papers", "notice", project, facts, "--out", tmp_path / "out", "--lang", "en")
    assert written(said) == ["notice.en.html", "notice.en.pdf", "notice.en.docx"]
    assert "note: The hearing is 7 days after the notice, fewer than in practice." in said.out
    assert "note: Left blank in the notice: subject, authority" in said.out


def test_wrong_facts_write_nothing(project: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.toml"
    facts.write_text("held_on = 2024-03-01\npublished_on = 2024-03-08\n", encoding="utf-8")
    said = xuequ("papers", "notice", project, facts, "--out", tmp_path / "out", "--lang", "en")
    assert said.status == 2
    assert "a day after published_on, 2024-03-08" in said.err
    assert not (tmp_path / "out").exists()


def test_leaflets_come_as_one_file_or_one_for_each(project: Path, tmp_path: Path) -> None:
    one = xuequ(
        "papers", "leaflets", project, "--out", tmp_path / "one", "--lang", "en", "--date", "2024-05"
    )
    assert written(one) == ["leaflets.en.html", "leaflets.en.pdf"]
    words = ("papers", "leaflets", project, "--apart", "--format", "pdf", "--lang", "zh")
    assert xuequ(*words, "--out", tmp_path / "each").status == 0
    assert sorted(listing(tmp_path / "each")) == [f"leaflet-00{n}.zh.pdf" for n in (1, 2, 3)]


def test_letters_are_private_and_for_those_asked_for(run: Path, tmp_path: Path) -> None:
    words = ("papers", "letters", run, "--lang", "en")
    said = xuequ(*words, "--applicant", "U1/household/0001", "--out", tmp_path / "l")
    assert written(said) == ["letters-private-0001.en.pdf"]
    assert "Private: these letters are about single children." in said.out
    assert stat.S_IMODE((tmp_path / "l").stat().st_mode) == 0o700
    both = xuequ(*words, "--out", tmp_path / "m")
    assert both.status == 2
    assert "give --applicant or --all" in both.err
    unknown = xuequ(*words, "--applicant", "X", "--out", tmp_path / "m")
    assert unknown.status == 2
    assert not (tmp_path / "m").exists()
    assert not list(tmp_path.glob(".partial*"))


def test_letters_of_all_come_in_batches(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "l"
    said = xuequ("papers", "letters", run, "--all", "--batch", "200", "--out", out, "--lang", "en")
    assert written(said) == sorted(listing(out)) == [f"letters-private-000{n}.en.pdf" for n in (1, 2)]


def test_many_files_are_counted_and_not_all_named(capsys: pytest.CaptureFixture[str]) -> None:
    _written(Path("out"), [f"{n}.pdf" for n in range(30)], "en")
    assert capsys.readouterr().out.splitlines()[-1] == "… and 10 more files"
