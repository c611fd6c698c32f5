"""`xuequ check` says what is in the shapes, and `xuequ repair` mends them."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from simulate import cli
from simulate.cli_polygons import MOST_LISTED, repair
from tests.command import listing, refused, xuequ
from tests.tiny import layer, square, write_tiny
from tests.zoning.polygons.drawn import ZONES, drawn_project, polygon

OVERLAP = {"Z1": [(0, 0), (1600, 0), (1600, 1000), (0, 1000)]}
BOW = {"Z3": polygon([(-4000, 0), (-2000, 0), (-4000, 2000), (-2000, 2000)])}

ANY_SIZE = ("--settle-overlaps-below", "1e9")


@pytest.fixture(autouse=True)
def _command() -> None:
    cli.cli.add_command(repair)


def test_check_lists_findings_by_kind_and_they_are_no_faults(tmp_path: Path) -> None:
    said = xuequ("check", drawn_project(tmp_path, OVERLAP), "--lang", "en")
    assert said.status == 0
    lines = said.out.splitlines()
    kinds = [line for line in lines if line.startswith("to look at")]
    assert kinds == [
        "to look at: overlaps (1)",
        "to look at: units cut by a border (1)",
        "to look at: parts of a district in no zone (1)",
    ]
    assert "  Z1 and Z2 overlap on 600,000 m², 750 m wide (31 children)" in lines
    assert lines[-1].startswith("No faults.")


def test_check_of_zones_without_polygons_has_nothing_to_look_at(tmp_path: Path) -> None:
    said = xuequ("check", write_tiny(tmp_path), "--lang", "en")
    assert said.status == 0
    assert "overlap" not in said.out


def test_a_long_list_is_cut_and_the_cut_is_said(tmp_path: Path) -> None:
    zones = {
        f"Y{n}": [(100 * n, 0), (100 * n + 101, 0), (100 * n + 101, 50), (100 * n, 50)] for n in range(9)
    }
    said = xuequ("check", drawn_project(tmp_path, zones), "--lang", "en")
    assert said.status == 0
    heading = next(line for line in said.out.splitlines() if "overlaps (" in line)
    total = int(heading.split("(")[1].rstrip(")"))
    assert f"{total - MOST_LISTED} more: --map FILE shows them" in said.out


def test_check_with_a_map_writes_one_page_in_the_language_asked_for(tmp_path: Path) -> None:
    folder = drawn_project(tmp_path / "p", OVERLAP)
    for lang in ("en", "zh"):
        page = tmp_path / f"{lang}.html"
        said = xuequ("check", folder, "--map", page, "--lang", lang)
        assert said.status == 0
        assert str(page) in said.out
        assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in page.read_text(encoding="utf-8")
    assert sorted(listing(tmp_path)) == sorted(
        [*[f"p/{n}" for n in listing(folder)], "en.html", "p", "zh.html"]
    )


def test_check_without_a_map_writes_nothing(tmp_path: Path) -> None:
    folder = drawn_project(tmp_path, OVERLAP)
    before = listing(tmp_path)
    xuequ("check", folder)
    assert listing(tmp_path) == before


def test_broken_shapes_are_drawn_though_the_project_cannot_be_read(tmp_path: Path) -> None:
    folder, page = drawn_project(tmp_path / "p", BOW), tmp_path / "faults.html"
    said = xuequ("check", folder, "--map", page, "--lang", "en")
    assert said.status == 2
    assert "Self-intersection" in said.err
    assert f"Map of the faults: {page}" in said.err
    assert "Nothing was written" not in said.err
    assert "zones.geojson, row 3" in page.read_text(encoding="utf-8")


def test_an_unclosed_ring_is_drawn_too(tmp_path: Path) -> None:
    shape = polygon(ZONES["Z3"])
    shape["coordinates"][0].pop()
    folder, page = drawn_project(tmp_path / "p", {"Z3": shape}), tmp_path / "faults.html"
    said = xuequ("check", folder, "--map", page, "--lang", "en")
    assert said.status == 2
    assert "is its ring closed?" in said.err
    assert page.is_file()


def test_faults_without_a_shape_make_no_map(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "p", plan="unit_id,zone_id\nU1,Z9\n")
    said = xuequ("check", folder, "--map", tmp_path / "faults.html", "--lang", "en")
    assert said.status == 2
    assert "Nothing was written." in said.err
    assert not (tmp_path / "faults.html").exists()


def test_a_map_that_cannot_be_written_leaves_nothing_half_done(tmp_path: Path) -> None:
    folder = drawn_project(tmp_path / "p", OVERLAP)
    said = xuequ("check", folder, "--map", tmp_path / "none" / "map.html", "--lang", "en")
    assert said.status == 2
    assert "cannot be written" in said.err
    (tmp_path / "folder").mkdir()
    assert xuequ("check", folder, "--map", tmp_path / "folder", "--lang", "en").status == 2
    assert [one for one in listing(tmp_path) if ".partial" in one] == []


def test_a_plan_that_cannot_be_read_yet_is_a_note(tmp_path: Path) -> None:
    plan = "unit_id,zone_id,settled_before,keep_or_choose\nU1,Z1,2020-01-01,keep\n"
    folder = drawn_project(tmp_path, plan=plan, xuequ=[('policy = "xiamen-datongchou"\n', "")])
    said = xuequ("check", folder, "--lang", "en")
    assert said.status == 0
    assert "note: not built yet: a plan that binds only children settled before a date" in said.out


def test_repair_writes_nothing_unless_asked(tmp_path: Path) -> None:
    folder = drawn_project(tmp_path, OVERLAP)
    before = listing(tmp_path)
    said = xuequ("repair", *ANY_SIZE, folder, "--lang", "en")
    assert said.status == 0
    assert "overlap given to one zone: Z1, 1,600,000 m² before, 1,000,000 m² after" in said.out
    assert "(31 children)" in said.out
    assert "Nothing was written; --out FILE writes the repaired layer." in said.out
    assert listing(tmp_path) == before


def test_repair_of_zones_that_fit_says_so(tmp_path: Path) -> None:
    said = xuequ("repair", drawn_project(tmp_path), "--lang", "en")
    assert said.out.startswith("Nothing to mend within the tolerance.")


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_the_repaired_layer_keeps_attributes_and_datum_and_checks_clean(
    tmp_path: Path, suffix: str
) -> None:
    folder, out = drawn_project(tmp_path / "p", OVERLAP), tmp_path / f"mended{suffix}"
    said = xuequ("repair", *ANY_SIZE, folder, "--out", out, "--lang", "en")
    assert said.status == 0, said.err
    written = gpd.read_file(out)
    assert written["zone_id"].tolist() == ["Z1", "Z2", "Z3"]
    assert written["pupils"].tolist() == [7, 7, 7]  # still numbers
    assert shapely.coverage_is_valid(written.geometry.to_numpy())
    if suffix == ".gpkg":
        assert pyogrio.read_info(out)["crs"] == "EPSG:4548"
    text = out.with_name(f"{out.name}.changes.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert "overlap given to one zone,Z1,Z2,1600000.00,1000000.00,600000.00,31," in text.decode("utf-8-sig")
    toml = folder / "xuequ.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace("zones.geojson", f"../{out.name}"), encoding="utf-8"
    )
    again = xuequ("check", folder, "--lang", "en")
    assert again.status == 0, again.err
    assert "overlap" not in again.out
    assert xuequ("repair", *ANY_SIZE, folder, "--lang", "en").out.startswith("Nothing to mend")


def test_a_broken_ring_is_mended_and_written(tmp_path: Path) -> None:
    folder, out = drawn_project(tmp_path / "p", BOW), tmp_path / "mended.geojson"
    said = xuequ("repair", folder, "--out", out, "--lang", "en")
    assert said.status == 0, said.err
    assert "ring made valid: Z3" in said.out
    assert gpd.read_file(out).geometry.is_valid.all()


def test_degrees_come_back_as_degrees_with_their_borders_shared(tmp_path: Path) -> None:
    folder = drawn_project(tmp_path / "p", OVERLAP)
    layer = gpd.read_file(folder / "zones.geojson").set_crs("EPSG:4548", allow_override=True)
    (folder / "zones.geojson").write_text(layer.to_crs("EPSG:4326").to_json(drop_id=True), encoding="utf-8")
    toml = folder / "xuequ.toml"
    head, tail = toml.read_text(encoding="utf-8").split("[tables.zones]", 1)
    tail = tail.replace('datum = "EPSG:4548"', 'datum = "gcj02"', 1)
    # as if drawn on Amap: half a kilometre away from the units, which does not matter here
    toml.write_text(f"{head}[tables.zones]{tail}", encoding="utf-8")
    out = tmp_path / "mended.geojson"
    said = xuequ("repair", *ANY_SIZE, folder, "--out", out, "--lang", "en")
    assert said.status == 0, said.err
    written = gpd.read_file(out).geometry
    assert shapely.coverage_is_valid(written.to_numpy())
    assert written.total_bounds[0] == pytest.approx(layer.to_crs("EPSG:4326").total_bounds[0], abs=1e-6)
    assert "gcj02" in said.out
    assert json.loads(out.read_text(encoding="utf-8"))["xuequ_datum"] == "gcj02"


def test_large_gaps_are_left_and_said_and_closed_when_asked(tmp_path: Path) -> None:
    notch = [(0, 0), (1000, 0), (1000, 400), (990, 500), (1000, 600), (1000, 1000), (0, 1000)]
    folder = drawn_project(tmp_path, {"Z1": notch})
    left = xuequ("repair", folder, "--lang", "en").out
    assert "left as it is: gap of 1,000 m²" in left
    closed = xuequ("repair", folder, "--fill-gaps-below", "1001", "--lang", "en").out
    assert "gap closed: Z" in closed
    assert "left as it is" not in closed


def test_what_would_move_a_school_is_listed_as_refused(tmp_path: Path) -> None:
    zones = {
        "Z1": [(0, 0), (1600, 0), (1600, 1000), (0, 1000)],
        "Z2": [(300, 0), (2000, 0), (2000, 2000), (1000, 2000), (1000, 1000), (300, 1000)],
    }
    said = xuequ("repair", drawn_project(tmp_path, zones), "--lang", "en")
    assert said.status == 0
    assert "refused: Z1" in said.out
    assert "left as it is: Z1 and Z2 overlap" in said.out


def test_what_is_refused_stands_in_one_line_and_the_end_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = drawn_project(tmp_path)
    monkeypatch.setattr(
        shapely, "coverage_clean", lambda shapes, **_: shapes[[0, 0, *range(2, len(shapes))]]
    )
    lines = xuequ("repair", folder, "--lang", "en").out.splitlines()
    (refusal,) = [line for line in lines if line.startswith("refused")]
    assert (
        "would leave its zone if borders within 1, 0.5, 0.25, 0.125 m of each other became one" in refusal
    )
    assert "note: no border was snapped: refused at every tolerance from 1 m down to 0.125 m" in lines


def test_a_ring_around_no_ground_is_refused_as_check_does(tmp_path: Path) -> None:
    refused(drawn_project(tmp_path, {"Z1": polygon([(0, 0), (1000, 0), (500, 0)])}), "check", "repair")


def test_a_zone_inside_another_is_left_and_said(tmp_path: Path) -> None:
    inside = [(200, 1200), (500, 1200), (500, 1500), (200, 1500)]
    zones = {"Z4": inside, "Z2": [(0, 1000), (1000, 1000), (1000, 0), (2000, 0), (2000, 2000), (0, 2000)]}
    said = xuequ("repair", *ANY_SIZE, drawn_project(tmp_path, zones), "--lang", "en").out
    assert said.count("refused") == 1
    assert "zone Z4 would vanish" in said
    assert "left as it is: Z2 and Z4 overlap on 90,000 m²" in said


def test_a_formula_in_a_name_is_no_formula_in_the_table_of_changes(tmp_path: Path) -> None:
    folder, out = drawn_project(tmp_path / "p"), tmp_path / "mended.geojson"
    zones = folder / "zones.geojson"
    wide = zones.read_text(encoding="utf-8").replace('"Z3"', '"=cmd|1"')
    shaken = [
        (-4000, 0),
        (-2000, 0),
        (-2000, 2000),
        (-3000.1, 2000),
        (-3000, 2400),
        (-2999.9, 2000),
        (-4000, 2000),
    ]
    layer = json.loads(wide)
    layer["features"][2]["geometry"] = polygon(shaken)
    zones.write_text(json.dumps(layer), encoding="utf-8")
    for name in ("plan", "serves"):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("Z3", "=cmd|1"), encoding="utf-8")
    said = xuequ("repair", folder, "--out", out, "--lang", "en")
    assert said.status == 0, said.err
    text = out.with_name(f"{out.name}.changes.csv").read_text(encoding="utf-8-sig")
    assert ",'=cmd|1," in text


@pytest.mark.parametrize("there", ["mended.geojson", "mended.geojson.changes.csv"])
def test_nothing_is_written_over(tmp_path: Path, there: str) -> None:
    folder = drawn_project(tmp_path / "p", OVERLAP)
    (tmp_path / there).write_text("mine", encoding="utf-8")
    before = listing(tmp_path)
    said = xuequ("repair", folder, "--out", tmp_path / "mended.geojson", "--lang", "en")
    assert said.status == 2
    assert "is there already" in said.err
    assert listing(tmp_path) == before


def test_a_layer_that_fails_to_be_written_leaves_no_table_of_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", "mended.gpkg")

    folder = drawn_project(tmp_path / "p", OVERLAP)
    before = listing(tmp_path)
    monkeypatch.setattr("zoning.polygons.saving.write_layers", fail)
    said = xuequ("repair", folder, "--out", tmp_path / "mended.gpkg", "--lang", "en")
    assert said.status == 2
    assert "No space left" in said.err
    assert listing(tmp_path) == before


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    folder = drawn_project(tmp_path / "p", OVERLAP)
    said = xuequ("repair", folder, "--out", tmp_path / "mended.shp", "--lang", "en")
    assert said.status == 2
    assert ".geojson, .gpkg" in said.err


def test_a_project_with_other_faults_is_refused_as_check_does(tmp_path: Path) -> None:
    folder = drawn_project(tmp_path / "p", BOW, serves="zone_id,school_id\nZ9,S1\n")
    refused(folder, "check", "repair")


def test_zones_made_of_units_are_refused(tmp_path: Path) -> None:
    said = xuequ("repair", write_tiny(tmp_path), "--lang", "en")
    assert said.status == 2
    assert "no zone has a polygon of its own" in said.err


@pytest.mark.parametrize(
    "option", [("--tolerance", "0"), ("--tolerance", "101"), ("--fill-gaps-below", "-1")]
)
def test_a_tolerance_out_of_range_is_refused(tmp_path: Path, option: tuple[str, str]) -> None:
    assert xuequ("repair", drawn_project(tmp_path), *option, "--lang", "en").status == 2


def test_an_overlap_of_a_kilometre_is_left_and_listed(tmp_path: Path) -> None:
    zones = layer(
        ({"zone_id": "Z1"}, square(0, 0, 1410, 1000)),
        ({"zone_id": "Z2"}, square(1000, 0, 1000, 1000)),
        ({"zone_id": "Z3"}, square(-4000, 0, 2000)),
    )
    here = ('path = "zones.csv"', 'path = "zones.geojson"\ndatum = "EPSG:4548"')
    folder = write_tiny(tmp_path / "project", zones=None, units=None, plan=None, demand=None, xuequ=here)
    toml = (folder / "xuequ.toml").read_text(encoding="utf-8")
    for table in ("units", "plan", "demand"):
        start = toml.index(f"[tables.{table}]")
        toml = toml[:start] + toml[toml.index("[", start + 1) :]
    (folder / "xuequ.toml").write_text(toml, encoding="utf-8")
    (folder / "zones.geojson").write_text(zones, encoding="utf-8")
    said = xuequ("repair", folder, "--lang", "en")
    assert said.status == 0, said.err
    assert "an overlap of 100 m² or more is no slip of the hand" in said.out
    wider = xuequ("repair", folder, "--settle-overlaps-below", "1000000", "--lang", "en")
    assert "no slip of the hand" not in wider.out
