from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geodata import City, read_city
from geodata.sample import write_sample
from geodata.sample.rolls import Rolls, make_rolls

SCHOOLS = 280


def drawn(seed: int = 7) -> tuple[pd.DataFrame, np.ndarray, Rolls]:
    rng = np.random.default_rng(seed)
    kinds = np.where(rng.random(SCHOOLS) < 0.06, "nine-year", "public")
    schools = pd.DataFrame({"school_id": [f"S{n:03}" for n in range(SCHOOLS)], "kind": kinds})
    classes = rng.integers(1, 13, SCHOOLS)
    return schools, classes, make_rolls(schools, classes, rng=rng)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder: Path = tmp_path_factory.mktemp("rolls") / "city"
    write_sample(folder, scale=0.02)
    return read_city(folder)


def test_a_primary_school_has_grades_one_to_six_and_a_nine_year_school_to_nine() -> None:
    schools, _, made = drawn()
    last = made.rolls.groupby("school_id")["grade"].max()
    nine = set(schools["school_id"][schools["kind"] == "nine-year"])
    assert set(last[last == 9].index) == nine
    assert set(last[last == 6].index) == set(schools["school_id"]) - nine


def test_every_grade_has_pupils_in_classes_of_about_the_norm() -> None:
    _, _, made = drawn()
    mean = made.rolls["pupils"] / made.rolls["classes"]
    assert (made.rolls["year"] == 2023).all()
    assert (made.rolls["classes"] >= 1).all()
    assert mean.between(30, 75).all()
    assert 0.005 < (mean > 56).mean() < 0.05


def test_most_schools_have_rooms_enough_and_some_are_tight() -> None:
    _, classes, made = drawn()
    now = made.rolls.groupby("school_id")["classes"].sum().to_numpy()
    span = made.rolls.groupby("school_id")["grade"].max().to_numpy()
    short = made.rooms < np.maximum(now, classes * span)
    assert 0.08 < short.mean() < 0.25
    assert (made.rooms >= 1).all()


def test_each_school_has_the_seven_items_as_whole_totals() -> None:
    schools, _, made = drawn()
    table = made.indicators
    assert len(table) == 7 * SCHOOLS
    assert not table.duplicated(["school_id", "item"]).any()
    assert (table["value"] >= 0).all()
    area = table[table["item"] == "teaching-area"].set_index("school_id")["value"]
    assert (area.reindex(schools["school_id"]).to_numpy() == made.area_m2).all()


def test_the_same_numbers_come_of_the_same_seed() -> None:
    first, again, other = drawn()[2], drawn()[2], drawn(8)[2]
    pd.testing.assert_frame_equal(first.rolls, again.rolls)
    pd.testing.assert_frame_equal(first.indicators, again.indicators)
    assert not first.rolls.equals(other.rolls)


def test_the_sample_reads_back_with_rolls_rooms_and_indicators(city: City) -> None:
    assert set(city["rolls"]["school_id"]) == set(city["schools"]["school_id"])
    assert city["schools"][["rooms", "area_m2"]].notna().all(axis=None)
    assert city["indicators"]["item"].nunique() == 7
    assert city.notes == ()


def test_the_rolls_are_declared_as_invented(city: City) -> None:
    said = [one.what.en for one in city.project.assumed]
    assert any(text.startswith("pupils and classes of each school and grade in 2023") for text in said)
