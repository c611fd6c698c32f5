import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geodata.errors import DataError
from geodata.schema import LEVELS
from simulate.standards.measures import warning_colours
from simulate.standards.values import ITEMS, UNITS, Limits, Standards, read_standards
from zoning.pressure import colour_of

DAY = datetime.date(2024, 8, 31)
NATIONAL = Path(__file__).parents[2] / "simulate" / "standards" / "national.toml"


@pytest.fixture(scope="module")
def limits() -> Limits:
    return read_standards().at(DAY)


def changed(tmp_path: Path, *pairs: tuple[str, str]) -> Path:
    text = NATIONAL.read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_national_values_are_those_of_the_sources(limits: Limits) -> None:
    assert limits.class_norm == {"primary": 45, "lower-secondary": 50}
    assert (limits.large_class, limits.very_large_class) == (56, 66)
    assert (limits.school_size, limits.school_size_nine_year) == (2000, 2500)
    assert limits.radius_m == {"primary": 500, "lower-secondary": 1000}
    assert limits.variation == {"primary": 0.50, "lower-secondary": 0.45}
    assert (limits.items_to_meet, limits.other_item_share, limits.migrant_share) == (6, 0.85, 0.85)
    assert [tuple(limits.items[item][level] for level in LEVELS) for item in ITEMS] == [
        (4.2, 5.3),
        (1.0, 1.0),
        (0.9, 0.9),
        (4.5, 5.8),
        (7.5, 10.2),
        (2000, 2500),
        (2.3, 2.4),
    ]


def test_every_standard_has_a_source_or_a_reason_and_the_recollected_ones_are_assumed(
    limits: Limits,
) -> None:
    assert {part.id for part in limits.parts} == set(UNITS)
    assert {part.id for part in limits.assumed} == {
        "other-item-share",
        "migrant-purchased-counts",
        "seat-warning-red",
        "seat-warning-orange",
        "seat-warning-yellow",
    }
    assert all(part.source or (part.reason and part.reason.zh and part.reason.en) for part in limits.parts)


def test_the_map_and_the_standards_give_a_zone_the_same_colour(limits: Limits) -> None:
    # zoning.pressure has the thresholds of the map: one truth, held together here
    ratios = pd.Series([0, 0.899, 0.9, 0.949, 0.95, 0.999, 1.0, 1.5, float("inf"), None])
    assert warning_colours(ratios, limits).tolist() == colour_of(ratios).tolist()


def test_a_value_of_a_later_day_does_not_hold_before(tmp_path: Path) -> None:
    old = 'unit = "pupils"\nvalue = 2000\nfrom = 2018-01-05'
    new = (
        'unit = "pupils"\nvalue = 1800\nfrom = 2026-01-01\nsource = "a test"\n\n[[standard]]\n'
        'id = "school-size"\ntitle = { zh = "旧", en = "old" }\n'
        'unit = "pupils"\nvalue = 2000\nuntil = 2026-01-01\nfrom = 2018-01-05'
    )
    ours = read_standards(changed(tmp_path, (old, new)))
    assert ours.at(DAY).school_size == 2000
    assert ours.at(datetime.date(2026, 1, 1)).school_size == 1800


def test_a_day_on_which_a_standard_does_not_hold_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="national, column school-size: a value that holds on 2016-08-31"):
        read_standards().at(datetime.date(2016, 8, 31))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "large-class"', 'id = "big-class"', "unknown standard big-class"),
        ('unit = "items"', 'unit = "share"', "the unit of items-to-meet is items"),
        ("value = 56\n", "value = 56.5\n", "large-class is a whole number"),
        ("value = 6\n", "value = 8\n", "items-to-meet is at most 7"),
        (
            'unit = "yes-no"\nvalue = 1',
            'unit = "yes-no"\nvalue = 2',
            "migrant-purchased-counts is from 0 to 1",
        ),
        ("value = 56\n", "value = -1\n", "greater than or equal to 0"),
        ("value = 56\n", "value = nan\n", "finite"),
        ('id = "school-size-nine-year"', 'id = "school-size"', "school-size stands twice on 2018-01-05"),
    ],
)
def test_a_wrong_value_is_refused_by_name(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_standards(changed(tmp_path, (old, new)))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value = 66\n", "value = 56\n", "must grow in this order"),
        ("value = 0.95\n", "value = 1.05\n", "red, orange and yellow must fall in this order"),
    ],
)
def test_values_that_contradict_each_other_are_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    ours: Standards = read_standards(changed(tmp_path, (old, new)))
    with pytest.raises(DataError, match=words):
        ours.at(DAY)


def test_all_faults_of_a_file_are_shown_at_once(tmp_path: Path) -> None:
    path = changed(
        tmp_path, ("value = 56\n", 'value = "many"\n'), ("value = 66\n", "value = 66\ncolour = 1\n")
    )
    with pytest.raises(DataError) as caught:
        read_standards(path)
    found: Any = caught.value
    assert len(found.faults) == 2
