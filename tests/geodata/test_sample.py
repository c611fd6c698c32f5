import hashlib
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geodata import City, XuequError, read_city
from geodata.sample import write_sample
from geodata.sample.ground import DATA, METRIC_CRS, read_ground
from geodata.sample.sharing import apportion, group

FIGURES = pd.read_csv(DATA / "districts.csv", dtype={"district_id": "str"}).set_index("district_id")
SIMING, HAICANG, HULI, JIMEI, TONGAN, XIANGAN = ["350203", "350205", "350206", "350211", "350212", "350213"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "city"
    write_sample(path)
    return path


@pytest.fixture(scope="module")
def city(folder: Path) -> City:
    return read_city(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "city"
    write_sample(path, scale=0.05)
    return path


@pytest.fixture(scope="module")
def parts() -> list[shapely.Polygon]:
    layer = gpd.read_file(DATA / "districts_wgs84.geojson").to_crs(METRIC_CRS)
    return sorted(shapely.get_parts(layer.union_all()), key=lambda part: -part.area)


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(folder.iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def children_by_district(city: City) -> pd.DataFrame:
    district = city["units"].set_index("unit_id")["district_id"]
    demand = city["demand"].assign(district=city["demand"]["unit_id"].map(district))
    return demand.groupby(["district", "category"])["children"].sum().unstack().astype(int)


def seats_by_district(city: City) -> pd.Series:
    district = city["schools"].set_index("school_id")["district_id"]
    return city["seats"].groupby(city["seats"]["school_id"].map(district))["seats"].sum()


def test_each_district_has_as_many_communities_and_streets_as_it_really_has(city: City) -> None:
    found = city["units"].groupby("district_id")[["community_id", "street_id"]].nunique()
    assert found["community_id"].to_dict() == FIGURES["communities"].to_dict()
    assert found["street_id"].to_dict() == FIGURES["streets"].to_dict()
    assert found["community_id"].sum() == 555
    assert found["street_id"].sum() == len(city["streets"]) == 54


def test_each_district_has_the_campuses_assumed_for_it(city: City) -> None:
    found = city["schools"].groupby("district_id").size()
    assert found.to_dict() == FIGURES["campuses"].to_dict()
    assert found.sum() == 280


def test_estates_follow_residents_to_less_than_one(city: City) -> None:
    found = city["units"].groupby("district_id").size()
    residents = FIGURES["residents_10k"]
    assert found.sum() == 5000
    assert (abs(found - 5000 * residents / residents.sum()) < 1).all()


def test_children_are_70000_and_points_children_19000(city: City) -> None:
    found = children_by_district(city)
    assert found.to_numpy().sum() == 70_000
    assert found["points"].sum() == 19_000
    assert found["favoured"].sum() == round(51_000 * 0.015)


def test_children_of_districts_are_the_largest_remainder_of_their_pupils(city: City) -> None:
    # 70,000 and 19,000 shared by hand over 88,100 54,500 65,300 99,700 84,600 48,900 (441,100)
    found = children_by_district(city)
    assert found.sum(axis=1).to_dict() == {
        SIMING: 13981,
        HAICANG: 8649,
        HULI: 10363,
        JIMEI: 15822,
        TONGAN: 13425,
        XIANGAN: 7760,
    }
    assert found["points"].to_dict() == {
        SIMING: 3795,
        HAICANG: 2348,
        HULI: 2813,
        JIMEI: 4294,
        TONGAN: 3644,
        XIANGAN: 2106,
    }


def test_units_form_a_valid_coverage_as_written(folder: Path) -> None:
    units = gpd.read_file(folder / "units.geojson")
    assert units.is_valid.all()
    assert shapely.coverage_is_valid(units.geometry.to_numpy())
    written = shapely.get_coordinates(units.geometry.to_numpy())
    assert (written == np.round(written, 6)).all()


def test_units_cover_each_district_but_its_islets(city: City) -> None:
    units = city["units"]
    ground = read_ground()
    covered = units.geometry.area.groupby(units["district_id"]).sum()
    expected = pd.Series(shapely.area(ground.shapes_m), index=ground.figures["district_id"])
    assert (abs(covered / expected - 1) < 1e-5).all()


def test_units_lie_on_the_two_largest_land_parts_only(city: City, parts: list[shapely.Polygon]) -> None:
    points = shapely.point_on_surface(city["units"].geometry.to_numpy())
    assert (shapely.contains(parts[0], points) | shapely.contains(parts[1], points)).all()
    on_island = shapely.contains(parts[1], points)
    assert (on_island == city["units"]["district_id"].isin([SIMING, HULI])).all()


def test_only_districts_have_real_names(city: City) -> None:
    short = "(思明|海沧|湖里|集美|同安|翔安)"
    assert city["units"]["name"].str.fullmatch(rf"{short}-\d{{3}}-\d\d").all()
    assert city["units"]["community_id"].str.fullmatch(rf"{short}-\d{{3}}").all()
    assert city["streets"]["name"].str.fullmatch(rf"{short}街-\d\d").all()
    assert city["schools"]["name"].str.fullmatch(rf"{short}合成\d\d(小学|学校)").all()
    assert city["schools"]["school_id"].str.fullmatch(rf"{short}-S\d\d").all()
    assert city["zones"]["name"].str.fullmatch(rf"{short}合成\d\d片区").all()
    assert city["links"]["name"].str.fullmatch(r"跨海通道-\d").all()


def test_every_unit_has_a_zone_and_every_zone_a_unit_and_a_school(city: City) -> None:
    assert city["plan"]["unit_id"].tolist() == city["units"]["unit_id"].tolist()
    zones = set(city["zones"]["zone_id"])
    assert set(city["plan"]["zone_id"]) == zones
    assert set(city["serves"]["zone_id"]) == zones
    assert sorted(city["serves"]["school_id"]) == city["schools"]["school_id"].tolist()


def test_about_one_campus_in_eight_shares_a_zone_of_two_or_three(city: City) -> None:
    schools = city["serves"].groupby("zone_id").size()
    assert set(schools) == {1, 2, 3}
    assert 0.10 <= schools[schools > 1].sum() / 280 <= 0.14


def test_a_unit_goes_to_the_nearest_campus_of_its_district_or_its_partners(city: City) -> None:
    units, schools = city["units"], city["schools"]
    zone_of = city["serves"].set_index("school_id")["zone_id"]
    points = shapely.point_on_surface(units.geometry.to_numpy())
    far = shapely.distance(points[:, None], schools.geometry.to_numpy()[None, :])
    other = units["district_id"].to_numpy()[:, None] != schools["district_id"].to_numpy()[None, :]
    far[other] = np.inf
    nearest = schools["school_id"].to_numpy()[far.argmin(axis=1)]
    # written coordinates are rounded to 0.1 m, which may turn a tie
    assert (zone_of[nearest].to_numpy() == city["plan"]["zone_id"]).mean() > 0.999


def test_a_campus_stands_in_its_own_zone(city: City) -> None:
    tree = shapely.STRtree(city["units"].geometry.to_numpy())
    school, unit = tree.query(city["schools"].geometry.to_numpy(), predicate="within")
    assert school.tolist() == list(range(280))
    served = city["serves"].set_index("school_id")["zone_id"]
    expected = served[city["schools"]["school_id"]].to_numpy()
    assert (city["plan"]["zone_id"].to_numpy()[unit] == expected).all()


def test_the_island_seats_about_three_in_five_points_children(city: City) -> None:
    children, seats = children_by_district(city), seats_by_district(city)
    left = seats - children["favoured"] - children["household"]
    assert ((left / children["points"])[[SIMING, HULI]].astype(float).round(1) == 0.6).all()


def test_off_the_island_seats_are_not_short(city: City) -> None:
    children, seats = children_by_district(city).sum(axis=1), seats_by_district(city)
    over = (seats / children)[[JIMEI, TONGAN, XIANGAN, HAICANG]].astype(float).round(2)
    assert over.tolist() == [1.08, 1.06, 1.08, 1.02]


def test_the_city_as_a_whole_has_a_small_surplus(city: City) -> None:
    assert 1.001 <= city["seats"]["seats"].sum() / 70_000 <= 1.015


def test_household_children_fit_in_each_district_but_not_in_each_zone(city: City) -> None:
    children, seats = children_by_district(city), seats_by_district(city)
    assert (children["favoured"] + children["household"] <= seats).all()
    demand = city["demand"][city["demand"]["category"] != "points"]
    zone = demand["unit_id"].map(city["plan"].set_index("unit_id")["zone_id"])
    of_zone = demand.groupby(zone)["children"].sum()
    offered = city["seats"].set_index("school_id")["seats"]
    serves = city["serves"]
    of_schools = serves["school_id"].map(offered).groupby(serves["zone_id"]).sum()
    hot = (of_zone > of_schools).sum()
    assert 5 <= hot <= 60


def test_a_campus_offers_one_to_twelve_classes_of_45(city: City) -> None:
    assert city["seats"]["classes"].between(1, 12).all()
    assert (city["seats"]["class_size"] == 45).all()


def test_links_join_the_island_to_the_mainland(city: City, parts: list[shapely.Polygon]) -> None:
    lines = city["links"].geometry.to_numpy()
    assert len(lines) == 4
    assert shapely.contains(parts[1], shapely.get_point(lines, 0)).all()
    assert shapely.contains(parts[0], shapely.get_point(lines, -1)).all()
    over = city["links"]["length_m"] - 1.1 * shapely.length(lines)
    assert over.between(-1, 101).all()


def test_the_whole_city_reads_back_without_notes_or_absences(city: City) -> None:
    assert city.notes == ()
    assert city.absences == ()
    assert city.metric_crs == METRIC_CRS
    assert city.project.project.synthetic


def test_everything_invented_is_declared_in_both_languages(city: City) -> None:
    said = [(a.what.zh, a.what.en, a.reason.zh, a.reason.en) for a in city.project.assumed]
    assert len(said) >= 10
    assert all(text and "$" not in text for texts in said for text in texts)
    assert city["demand"]["source"].str.startswith("assumed: ").all()


def test_every_figure_of_a_district_has_a_source_and_a_confidence() -> None:
    sources = pd.read_csv(DATA / "districts_sources.csv")
    assert sources["column"].tolist() == ["district_id", *FIGURES.columns]
    assert sources.notna().to_numpy().all()


def test_the_outlines_carry_their_licence(small: Path) -> None:
    text = (small / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "Copyright (c) 2026 Clarmy" in text
    assert "THE SOFTWARE IS PROVIDED" in text


def test_the_same_seed_gives_the_same_bytes(small: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "again", scale=0.05)
    assert hashes(tmp_path / "again") == hashes(small)


def test_another_seed_gives_other_bytes_on_the_same_ground(small: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "other", scale=0.05, seed=7)
    before, after = hashes(small), hashes(tmp_path / "other")
    drawn = {"units.geojson", "schools.geojson", "demand.csv", "plan.csv", "seats.csv", "xuequ.toml"}
    assert all(before[name] != after[name] for name in drawn)
    assert all(before[name] == after[name] for name in ("districts.geojson", "links.geojson"))


def test_no_file_has_line_ends_of_two_bytes(small: Path) -> None:
    assert not any(b"\r" in file.read_bytes() for file in small.iterdir())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_hundredth_of_the_city_works(tmp_path: Path, seed: int) -> None:
    write_sample(tmp_path / "tiny", scale=0.01, seed=seed)
    tiny = read_city(tmp_path / "tiny")
    assert children_by_district(tiny).to_numpy().sum() == 700
    assert children_by_district(tiny)["points"].sum() == 190
    assert (tiny["schools"].groupby("district_id").size() == 2).all()
    assert (tiny["units"].groupby("district_id").size() >= 3).all()
    assert tiny["seats"]["seats"].sum() > 700
    assert tiny.notes == ()


def test_progress_grows_to_one(tmp_path: Path) -> None:
    told: list[float] = []
    write_sample(tmp_path / "city", scale=0.01, report=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_an_empty_folder_is_filled_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    write_sample(tmp_path / "city", scale=0.01)
    assert [path.name for path in tmp_path.iterdir()] == ["city"]
    assert json.loads((tmp_path / "city" / "links.geojson").read_bytes())["features"]


def test_a_folder_with_something_in_it_is_refused(small: Path) -> None:
    before = hashes(small)
    with pytest.raises(XuequError, match="city exists and is not empty; choose another folder"):
        write_sample(small, scale=0.01)
    assert hashes(small) == before


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop(share_done: float) -> None:
        if share_done > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path / "city", scale=0.01, report=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scale", [0.0, -1.0, 11.0, float("nan")])
def test_a_scale_out_of_bounds_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(XuequError, match=r"allowed: 0\.01 to 10"):
        write_sample(tmp_path / "city", scale=scale)


def test_shares_meet_the_total_and_the_bounds() -> None:
    rng = np.random.default_rng(5)
    for _ in range(100):
        weights = rng.lognormal(0.0, 2.0, 12) * (rng.random(12) < 0.8)
        total = int(rng.integers(12, 60))
        shares = apportion(weights, total, low=1, high=5)
        assert shares.sum() == total
        assert shares.min() >= 1
        assert shares.max() <= 5


def test_bounds_that_do_not_enclose_the_total_are_refused() -> None:
    with pytest.raises(ValueError, match="total 3 is not between 4 and 8"):
        apportion([1, 1], 3, low=2, high=4)


def test_no_group_is_empty_even_with_one_place_each() -> None:
    rng = np.random.default_rng(5)
    places = rng.random((20, 2))
    for count in range(1, 21):
        centres, member = group(places, np.ones(20), count, rng=rng)
        assert len(set(centres.tolist())) == count
        assert (member[centres] == np.arange(count)).all()
