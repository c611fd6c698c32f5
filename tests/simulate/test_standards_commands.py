from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from geodata import read_city
from geodata.errors import DataError, XuequError
from geodata.sample import write_sample
from geodata.templates import write_template
from simulate.app import run_project
from simulate.cli_standards import intake, standards
from simulate.standards.asking import intake_of, standards_of
from zoning.plan import plan_in
from zoning.pressure import children_by_zone


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "ours"
    write_template(path)
    return path


@pytest.fixture(scope="module")
def run(project: Path) -> Path:
    return run_project(project, lang="en")[0]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "city"
    write_sample(path, scale=0.02)
    return path


def said(command: object, *words: object) -> Result:
    result = CliRunner().invoke(command, [str(word) for word in words])  # type: ignore[arg-type]
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def edited(project: Path, folder: Path, name: str, change: tuple[str, str] | None) -> Path:
    """Copy the project with one file changed; None takes the whole table out."""
    folder.mkdir()
    for path in project.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    if change is None:
        text = (folder / "xuequ.toml").read_text(encoding="utf-8")
        start = text.index(f"[tables.{name}]")
        text = text[:start] + text[text.index("[tables.", start + 1) :]
        (folder / "xuequ.toml").write_text(text, encoding="utf-8")
    else:
        text = (folder / f"{name}.csv").read_text(encoding="utf-8")
        assert text.count(change[0]) == 1
        (folder / f"{name}.csv").write_text(text.replace(*change), encoding="utf-8")
    return folder


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_is_wider_than_100_columns(sample: Path, lang: str) -> None:
    for command, more in ((standards, []), (intake, ["--district", "350203"])):
        text = said(command, sample, "--lang", lang, *more).output
        assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= 100


def test_the_template_is_held_against_the_standards(project: Path) -> None:
    text = said(standards, project, "--lang", "en").output
    assert text.startswith("SYNTHETIC: this city and its children are made up.")
    assert "before: 2023; after: 2024" in text
    assert "东一示例小学" in text
    assert "known of a run only" in text
    assert "Assumed: share of its threshold that the remaining item reaches 0.85" in " ".join(text.split())


def test_a_district_alone_is_shown(project: Path) -> None:
    text = said(standards, project, "--district", "D2", "--lang", "en").output
    assert "西示例小学" in text
    assert "东一示例小学" not in text


def test_a_run_shows_the_migrant_share_and_those_it_has_placed(project: Path, run: Path) -> None:
    asked = standards_of(run)
    after = asked.held.schools[asked.held.schools["when"] == "after"]
    placements = pd.read_parquet(run / "placements.parquet")
    today = pd.read_csv(project / "rolls.csv")
    stays = today[today["grade"] < 6]["pupils"].sum()
    assert after["pupils"].sum() == stays + (placements["outcome"] == "placed").sum()
    assert asked.held.admission["migrant_share"].notna().all()
    text = said(standards, run, "--lang", "en").output
    assert "the entry grade is who the run has placed" in text
    assert "known of a run only" not in text


def test_tables_are_written_whole_or_not_at_all(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    said(standards, project, "--out", out, "--lang", "en")
    names = ["admission", "districts", "items", "schools", "warnings"]
    assert sorted(path.stem for path in out.iterdir()) == names
    table = pd.read_csv(out / "schools.csv")
    assert table["when"].tolist() == ["before"] * 4 + ["after"] * 4
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(XuequError, match="tables exists; nothing was written"):
        said(standards, project, "--out", out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    said(intake, project, "--out", tmp_path / "intake", "--lang", "en")
    assert sorted(path.stem for path in (tmp_path / "intake").iterdir()) == ["effects", "intake", "years"]


def test_no_file_holds_a_row_about_a_child(run: Path, tmp_path: Path) -> None:
    said(standards, run, "--out", tmp_path / "tables", "--lang", "en")
    numbers = set(pd.read_parquet(run / "placements.parquet")["applicant_id"])
    text = "".join(path.read_text(encoding="utf-8-sig") for path in (tmp_path / "tables").iterdir())
    assert not [number for number in numbers if number in text]


def test_what_the_project_lacks_is_said(project: Path, tmp_path: Path) -> None:
    without = edited(project, tmp_path / "a", "indicators", None)
    text = " ".join(said(standards, without, "--lang", "en").output.split())
    assert "no indicators: add the table indicators" in text
    with pytest.raises(XuequError, match="no rolls: add the table rolls"):
        said(standards, edited(project, tmp_path / "b", "rolls", None))
    blank = edited(project, tmp_path / "c", "schools", ("24.5000,18,3600", "24.5000,,"))
    text = said(standards, blank, "--lang", "en").output
    assert "schools that state no rooms (column rooms of schools): 1" in text
    text = said(intake, blank, "--district", "D2", "--lang", "en").output
    assert "西示例小学" in text


def test_the_intake_of_one_school_is_shown_year_by_year_with_the_season(project: Path) -> None:
    text = said(intake, project, "--school", "S4", "--classes", "1", "--lang", "en").output
    assert "Year by year, with the announced entry classes" in text
    assert [str(year) in text for year in range(2024, 2030)] == [True] * 6
    assert "The season run again" in text
    assert "as announced" in text


def test_the_intake_of_a_district_is_run_for_each_of_its_schools(project: Path) -> None:
    season = intake_of(project, districts=["D1"], classes=-1).season
    assert season is not None
    assert season["school_id"].tolist() == ["", "S1", "S2", "S3"]
    assert season["change"].tolist() == [0, -1, -1, -1]


def test_without_classes_no_season_is_run(project: Path) -> None:
    assert intake_of(project).season is None
    assert set(intake_of(project).effects["change"]) == {1, -1}


@pytest.mark.parametrize(
    ("words", "error", "match"),
    [
        (["--school", "S9"], DataError, "found 'S9'; a school_id of the table schools"),
        (["--district", "D9"], DataError, "found 'D9'; a district_id of the table schools"),
        (["--classes", "1"], XuequError, "needs --school or --district"),
        (["--school", "S1", "--classes", "0"], XuequError, "no class more and none less"),
    ],
)
def test_wrong_options_are_refused(
    project: Path, words: list[str], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        said(intake, project, *words)


def test_a_district_that_is_not_there_is_refused(project: Path) -> None:
    with pytest.raises(DataError, match="found 'D9'; allowed: D1, D2"):
        said(standards, project, "--district", "D9")


def test_a_season_needs_a_policy_and_a_seed(project: Path, tmp_path: Path) -> None:
    for number, (key, words) in enumerate((("policy = ", "needs a policy"), ("seed = ", "needs a seed"))):
        folder = edited(project, tmp_path / str(number), "zones", ("东一片区", "东一片区"))
        toml = folder / "xuequ.toml"
        lines = toml.read_text(encoding="utf-8").splitlines()
        toml.write_text("\n".join(line for line in lines if not line.startswith(key)), encoding="utf-8")
        with pytest.raises(XuequError, match=words):
            intake_of(folder, schools=["S1"], classes=1)


def test_other_standards_are_taken_from_a_file(project: Path, tmp_path: Path) -> None:
    from simulate.standards.values import NATIONAL

    text = NATIONAL.read_text(encoding="utf-8").replace("value = 45\n", "value = 40\n")
    (tmp_path / "ours.toml").write_text(text, encoding="utf-8")
    stricter = standards_of(project, standards=tmp_path / "ours.toml").held
    usual = standards_of(project).held
    assert stricter.schools["over_norm"].sum() > usual.schools["over_norm"].sum()


def test_applicants_count_where_there_is_a_list_of_them(project: Path, tmp_path: Path) -> None:
    folder = edited(project, tmp_path / "listed", "zones", ("东一片区", "东一片区"))
    (folder / "applicants.csv").write_text(
        "applicant_id,category,unit_id\nA1,household,U1\nA2,points,U1\nA3,household,U4\n", encoding="utf-8"
    )
    toml = folder / "xuequ.toml"
    text = toml.read_text(encoding="utf-8") + '\n[tables.applicants]\npath = "applicants.csv"\n'
    toml.write_text(text, encoding="utf-8")
    city = read_city(folder)
    found = children_by_zone(city, plan_in(city, city.project.project.year))
    assert found.groupby("zone_id")["children"].sum().to_dict() == {"Z1": 2, "Z3": 1}
    after = standards_of(folder).held.admission.set_index("district_id")
    assert after["ways_known"].to_dict() == {"D1": 2, "D2": 1}
    assert after.loc["D1", "household_green"] == 2


def test_the_sample_has_something_to_find(sample: Path) -> None:
    asked = standards_of(sample)
    assert not asked.held.schools["pupils"].isna().any()
    assert set(asked.held.schools["verdict"]) <= {"pass", "fail"}
    assert asked.held.follows


def test_help_is_there_in_both_languages() -> None:
    for command in (standards, intake):
        assert "--out" in said(command, "--help").output
