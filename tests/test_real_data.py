"""The real files, read where they lie: Liwan is run, Xiangtan is mapped."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.browser import launch, visit
from tests.command import xuequ

PROJECTS = Path(__file__).parent / "projects"
pytestmark = pytest.mark.real_data


@pytest.fixture
def copied(tmp_path: Path, real_data: Path) -> Path:
    """Copy the project files (not the data), so that runs are not written into the tree."""
    shutil.copytree(PROJECTS, tmp_path / "projects", ignore=shutil.ignore_patterns("runs", "*.html"))
    return tmp_path / "projects"


def test_liwan_is_checked_run_and_reported(copied: Path) -> None:
    checked = xuequ("check", copied / "liwan", "--lang", "en")
    assert checked.status == 0, checked.err
    assert "schools: 60 rows" in checked.out
    assert "no class plan, so it offers no seats" in checked.out
    said = xuequ("run", copied / "liwan", "--lang", "zh")
    assert said.status == 0, said.err
    assert "儿童" in said.out
    [run] = (copied / "liwan" / "runs").iterdir()
    rows = pd.read_parquet(run / "placements.parquet")
    assert len(rows) == 8600 + 2600
    # 240 classes of 45 are 10,800 seats; every household child is placed
    ledger = pd.read_parquet(run / "ledger.parquet")
    assert ledger[ledger["stage"] == "household-single"]["before"].sum() == 240 * 45
    assert rows.loc[rows["category"] == "household", "outcome"].eq("placed").all()
    assert rows["distance_m"].isna().all(), "no unit has a place, so no distance is known"
    page = (run / "report.zh.html").read_text(encoding="utf-8")
    assert "公告未公布报名人数" in page
    assert "暂停招收" in page or "双桥学校" in page


def test_seats_of_the_community_given_to_two_schools_are_drawn(copied: Path) -> None:
    xuequ("run", copied / "liwan", "--lang", "en")
    [run] = (copied / "liwan" / "runs").iterdir()
    rows = pd.read_parquet(run / "placements.parquet")
    drawn = rows[rows["stage"] == "household-multi"]
    assert len(drawn) > 0
    assert set(drawn["school_id"]) <= {
        "广州市荔湾区西关培正小学（芳信校区）",
        "广州市真光中学附属培真小学",
    }


def test_xiangtan_is_mapped_in_both_languages(copied: Path) -> None:
    for lang in ("zh", "en"):
        said = xuequ("map", copied / "xiangtan", "--lang", lang)
        assert said.status == 0, said.err
    with launch() as browser, visit(browser, copied / "xiangtan" / "map.zh.html", ready="path") as opened:
        assert opened.asked == []
        assert opened.errors == []
        assert "湘机中学" in opened.page.content()


def test_xiangtan_has_no_seats_so_it_cannot_be_run_and_says_why(copied: Path) -> None:
    said = xuequ("run", copied / "xiangtan", "--lang", "en")
    assert said.status == 2
    assert "a run needs a policy" in said.err
    assert not (copied / "xiangtan" / "runs").exists()
