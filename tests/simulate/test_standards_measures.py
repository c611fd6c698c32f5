import datetime
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import XuequError
from simulate.standards.measures import class_bands, cv_weighted, warning_colours
from simulate.standards.values import Limits, read_standards

LIMITS: Limits = read_standards().at(datetime.date(2024, 8, 31))
PUPILS, BOOKS = [45, 37, 89, 76, 55], [279, 137, 935, 160, 402]

schools = st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 10_000)), min_size=1, max_size=12).filter(
    lambda rows: any(total for _, total in rows)
)


def test_the_worked_example_of_five_schools_gives_0_5153() -> None:
    assert round(cv_weighted(PUPILS, BOOKS), 4) == 0.5153


def test_the_worked_example_is_not_the_unweighted_variation() -> None:
    each = np.array(BOOKS) / np.array(PUPILS)
    assert round(float(each.std() / each.mean()), 4) != 0.5153


@given(schools, st.floats(0.01, 1000), st.integers(1, 50))
def test_variation_does_not_depend_on_the_unit_of_the_item_or_of_pupils(
    rows: list[tuple[int, int]], scale: float, more: int
) -> None:
    pupils, totals = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    whole = cv_weighted(pupils, totals)
    assert cv_weighted(pupils, totals * scale) == pytest.approx(whole, abs=1e-9)
    assert cv_weighted(pupils * more, totals) == pytest.approx(whole, abs=1e-9)


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=12), st.floats(0.1, 50))
def test_variation_is_nothing_where_all_have_as_much_per_pupil(pupils: list[int], each: float) -> None:
    assert cv_weighted(pupils, np.array(pupils) * each) == pytest.approx(0, abs=1e-7)


@given(schools, st.integers(2, 5))
def test_variation_stays_when_equal_schools_are_merged(rows: list[tuple[int, int]], copies: int) -> None:
    pupils, totals = zip(*rows, strict=True)
    first = [pupils[0]] * copies + list(pupils[1:]), [totals[0]] * copies + list(totals[1:])
    merged = (
        [pupils[0] * copies, *pupils[1:]],
        [totals[0] * copies, *totals[1:]],
    )
    if sum(first[1]):
        assert cv_weighted(*first) == pytest.approx(cv_weighted(*merged), abs=1e-9)


@given(schools)
def test_variation_does_not_depend_on_the_order_of_schools(rows: list[tuple[int, int]]) -> None:
    forth, back = zip(*rows, strict=True), zip(*reversed(rows), strict=True)
    assert cv_weighted(*forth) == pytest.approx(cv_weighted(*back), abs=1e-9)


def test_variation_of_nothing_is_unknown() -> None:
    assert math.isnan(cv_weighted([], []))
    assert math.isnan(cv_weighted([10, 20], [0, 0]))


@pytest.mark.parametrize(
    ("pupils", "totals", "words"),
    [
        ([10, 0], [1, 1], "over schools that have pupils"),
        ([10, math.nan], [1, 1], "over schools that have pupils"),
        ([10, 20], [1, -1], "over totals of 0 or more"),
        ([10, 20], [1, math.nan], "over totals of 0 or more"),
        ([10, 20], [1], "as many pupils as totals: 2 and 1"),
    ],
)
def test_a_variation_over_what_is_no_school_is_refused(
    pupils: list[float], totals: list[float], words: str
) -> None:
    with pytest.raises(XuequError, match=words):
        cv_weighted(pupils, totals)


@pytest.mark.parametrize(
    ("pupils", "norm", "expected"),
    [
        (44, 45, (0, 0, 0)),
        (45, 45, (0, 0, 0)),
        (46, 45, (1, 0, 0)),
        (50, 50, (0, 0, 0)),
        (51, 50, (1, 0, 0)),
        (55, 45, (1, 0, 0)),
        (56, 45, (1, 1, 0)),
        (65, 45, (1, 1, 0)),
        (66, 45, (1, 0, 1)),
        (67, 45, (1, 0, 1)),
    ],
)
def test_one_class_is_counted_where_it_passes_a_bound(
    pupils: int, norm: int, expected: tuple[int, int, int]
) -> None:
    found = class_bands([pupils], [1], [norm], LIMITS)
    assert tuple(int(band[0]) for band in found) == expected


@given(st.integers(0, 2000), st.integers(1, 30), st.sampled_from([45, 50]))
def test_classes_are_counted_as_if_each_were_seated_one_by_one(
    pupils: int, classes: int, norm: int
) -> None:
    sizes = [pupils // classes + (1 if place < pupils % classes else 0) for place in range(classes)]
    expected = (
        sum(size > norm for size in sizes),
        sum(56 <= size <= 65 for size in sizes),
        sum(size >= 66 for size in sizes),
    )
    assert tuple(int(band[0]) for band in class_bands([pupils], [classes], [norm], LIMITS)) == expected


def test_classes_of_what_is_not_known_are_not_known() -> None:
    found = class_bands([math.nan, 90], [2, math.nan], [45, 45], LIMITS)
    assert all(np.isnan(band).all() for band in found)


def test_no_class_is_no_large_class() -> None:
    assert [band.tolist() for band in class_bands([0], [0], [45], LIMITS)] == [[0], [0], [0]]


@pytest.mark.parametrize(
    ("children", "colour"),
    [
        (89, "green"),
        (90, "yellow"),
        (94, "yellow"),
        (95, "orange"),
        (99, "orange"),
        (100, "red"),
        (101, "red"),
    ],
)
def test_a_zone_of_100_seats_changes_colour_at_90_95_and_100_children(children: int, colour: str) -> None:
    assert warning_colours([children / 100], LIMITS).tolist() == [colour]
