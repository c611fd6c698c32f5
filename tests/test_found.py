"""What stands in `found.toml` is what is found in the real files."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from geodata import City, read_city, speaker
from geodata.scope.coverage import coverage, split_communities
from geodata.scope.sources import rules_of_city
from tests.browser import launch, visit
from tests.command import xuequ
from zoning.polygons.findings import find_all

HERE = Path(__file__).parent
FOUND: dict[str, dict[str, Any]] = tomllib.loads((HERE / "found.toml").read_text(encoding="utf-8"))
pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module", params=sorted(FOUND))
def place(request: pytest.FixtureRequest) -> str:
    """Name each of the places."""
    return str(request.param)


@pytest.fixture
def city(place: str, real_data: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    """Read the place where it lies."""
    monkeypatch.setenv("XUEQU_REAL_DATA", str(real_data))
    return read_city(HERE / "projects" / place)


def test_the_real_files_are_as_the_table_says(place: str, city: City) -> None:
    found = FOUND[place]
    assert {name: len(table) for name, table in city.tables.items() if len(table)} == found["rows"]
    assert len(city.absences) == found["absences"]
    said = " ".join(speaker("en")(text) for text in city.unused)
    assert (f"read as {found['encoding']}" in said) is (found["encoding"] != "ascii")
    findings = find_all(city)
    assert Counter(one.kind for one in findings) == found["findings"]
    for kind, areas in found.get("areas_m2", {}).items():
        assert sorted(round(one.area_m2 or 0) for one in findings if one.kind == kind) == areas
    if "scope" in found:
        rules = rules_of_city(city)
        assert (
            len({(rule.street, rule.community) for rule in rules if rule.community}) == found["communities"]
        )
        assert len(split_communities(rules)) == found["split"]
        assert Counter(one.kind for one in coverage(rules)) == found["scope"]


def test_the_real_places_are_mapped_and_their_findings_drawn(
    place: str, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XUEQU_REAL_DATA", str(real_data))
    project = HERE / "projects" / place
    drawn = [
        xuequ("map", project, "--out", tmp_path / "map.html", "--lang", "zh"),
        xuequ("check", project, "--map", tmp_path / "found.html", "--lang", "zh"),
    ]
    assert [one.status for one in drawn] == [0, 0], [one.err for one in drawn]
    with launch() as browser:
        for page in ("map.html", "found.html"):
            with visit(browser, tmp_path / page) as opened:
                assert opened.asked == []
                assert opened.errors == []
