"""A block of draws: the same bytes wherever it is solved, counted right."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import XuequError
from simulate.ensemble.blocks import (
    CHANCES,
    KEPT,
    NO_SCHOOL,
    NOT_HERE,
    TALLIES,
    added_up,
    chances_of,
    kept_of,
    packed,
    solve_block,
    solve_files,
    spans_of,
    unpacked,
)
from simulate.ensemble.finishing import chances_table
from simulate.ensemble.market import Market
from simulate.ensemble.playing import play
from simulate.ensemble.tally import tally
from tests.simulate.ensemble.made import made_places, made_played
from tests.simulate.ensemble.towns import market_in


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    return market_in(tmp_path_factory.mktemp("town") / "town")


@given(draws=st.integers(1, 500), block=st.integers(1, 100))
def test_blocks_hold_every_draw_once_in_order(draws: int, block: int) -> None:
    spans = spans_of(draws, block)
    assert [draw for first, last in spans for draw in range(first, last)] == list(range(draws))
    assert all(last - first == block for first, last in spans[:-1])


def test_a_block_is_the_tallies_of_its_draws_one_below_the_other(market: Market) -> None:
    block = solve_block(market, 3, 6)
    for row, draw in enumerate(range(3, 6)):
        for name, expected in tally(market.places, play(market, draw)).items():
            assert np.array_equal(block[name][row], expected)
            assert block[name].dtype == expected.dtype


def test_where_the_blocks_are_cut_changes_nothing(market: Market) -> None:
    whole = solve_block(market, 0, 7)
    parts = [solve_block(market, 0, 3), solve_block(market, 3, 7)]
    assert all(np.array_equal(np.concatenate([one[k] for one in parts]), whole[k]) for k in whole)


def test_the_files_of_a_block_are_the_same_bytes_each_time(market: Market) -> None:
    first, again = (solve_files(market, 0, 4, keep=True, chances=True) for _ in range(2))
    assert set(first) == {TALLIES, CHANCES, KEPT}
    assert first == again
    assert set(solve_files(market, 0, 4)) == {TALLIES}
    assert solve_files(market, 0, 4)[TALLIES] == first[TALLIES]


def test_packed_arrays_come_back_and_do_not_say_when_or_where_they_were_packed() -> None:
    arrays = {"b": np.arange(6, dtype=np.int32).reshape(2, 3), "a": np.array(["学校", "S1"])}
    data = packed(arrays)
    assert data == packed(dict(reversed(arrays.items())))
    back = unpacked(data, named="a.npz")
    assert all(np.array_equal(back[name], arrays[name]) for name in arrays)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.create_system for entry in entries} == {3}


@pytest.mark.parametrize("left", [0, 1, 40, -30, -1])
def test_a_file_that_is_cut_short_is_an_error_that_names_it(left: int) -> None:
    data = packed({"a": np.arange(100)})
    with pytest.raises(XuequError, match=r"a\.npz cannot be read"):
        unpacked(data[:left], named="a.npz")


def test_objects_are_never_read_from_a_file() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([{}], dtype=object))
    with pytest.raises(XuequError, match="cannot be read"):
        unpacked(buffer.getvalue(), named="a.npz")


@given(seed=st.integers(0, 10_000))
def test_chances_count_each_child_once_under_its_unit_category_and_school(seed: int) -> None:
    places = made_places(seed=seed)
    draws = [made_played(places, seed=seed, draw=draw) for draw in range(3)]
    keys, counts = added_up(chances_of(places, one) for one in draws)
    table = chances_table(places, keys, counts, draws=3)
    expected: Counter[tuple[str | None, str, str | None]] = Counter()
    for played in draws:
        for cell, block in zip(played.cell.tolist(), played.block.tolist(), strict=True):
            unit = places.cell_unit[cell]
            school = places.schools[places.block_school[block]] if block >= 0 else None
            category = places.categories[places.cell_category[cell]]
            expected[(places.units[unit] if unit >= 0 else None, category, school)] += 1
    found = {
        (row["unit_id"] if isinstance(row["unit_id"], str) else None,
         row["category"],
         row["school_id"] if isinstance(row["school_id"], str) else None): round(row["children"] * 3)
        for row in table.to_dict("records")
    }  # fmt: skip
    assert found == dict(expected)
    whole = table.groupby(["unit_id", "category"], dropna=False)["chance"].sum()
    assert np.allclose(whole, 1.0)


@given(
    draws=st.lists(
        st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 3)), st.integers(-1, 9)),
        min_size=1,
        max_size=4,
    )
)
def test_kept_draws_say_for_each_child_and_draw_where_it_sits(
    draws: list[dict[tuple[int, int], int]],
) -> None:
    columns = []
    for draw in draws:
        children = sorted(draw)
        columns.append(
            (
                np.array([(cell << 32) + serial for cell, serial in children], dtype=np.int64),
                np.array([draw[child] for child in children], dtype=np.int32),
            )
        )
    kept = kept_of(columns)
    found = list(zip(kept["kept_cell"].tolist(), kept["kept_serial"].tolist(), strict=True))
    assert found == sorted({child for draw in draws for child in draw})
    expected = [[draw.get(child, NOT_HERE) for draw in draws] for child in found]
    assert kept["kept_school"].tolist() == expected


def test_kept_draws_are_a_parquet_file_with_a_row_a_child(market: Market) -> None:
    table = pq.read_table(io.BytesIO(solve_files(market, 0, 3, keep=True)[KEPT]))
    assert str(table.schema.field("school").type).startswith("fixed_size_list")
    played = play(market, 1)
    rows = table.to_pylist()
    came = [row for row in rows if row["school"][1] is not None]
    assert len(came) == len(played.cell)
    schools = Counter(row["school"][1] for row in came)
    seated = played.block >= 0
    assert schools[NO_SCHOOL] == int((~seated).sum())
    inside = market.places.block_school[played.block[seated]]
    assert {k: v for k, v in schools.items() if k >= 0} == dict(Counter(inside.tolist()))
    assert {row["unit_id"] for row in rows} <= set(market.places.units)


def test_added_up_counts_do_not_depend_on_the_order() -> None:
    one = (np.array([2, 7]), np.array([1, 1]))
    other = (np.array([0, 7]), np.array([5, 2]))
    for pairs in ([one, other], [other, one]):
        keys, counts = added_up(pairs)
        assert pd.Series(counts, index=keys).to_dict() == {0: 5, 2: 1, 7: 3}


def test_a_market_in_a_folder_of_its_own_gives_the_same_block(market: Market, tmp_path: Path) -> None:
    assert solve_files(market_in(tmp_path / "other"), 0, 2) == solve_files(market, 0, 2)
