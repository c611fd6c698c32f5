"""The benchmark of reading runs, at a size at which nothing can be said about speed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geodata import read_city, schema
from tests.bench.reading import TABLES, TEN, applicants, measure_reading, render_reading, write_project


def test_a_tiny_benchmark_of_reading_has_a_row_for_each_file() -> None:
    text = render_reading(measure_reading((("applicants.xlsx", 30, 20, 5.0),), rounds=1))
    assert "| applicants.xlsx: 30 applicants, 20 columns |" in text


@pytest.mark.parametrize(("file", "columns"), [(file, columns) for file, _, columns, _ in TABLES])
def test_what_is_measured_is_a_table_without_faults(tmp_path: Path, file: str, columns: int) -> None:
    write_project(tmp_path / "city", file, 50, columns)
    assert len(read_city(tmp_path / "city")["applicants"]) == 50


def test_every_column_that_is_measured_is_one_that_is_parsed() -> None:
    known = {*schema.BY_NAME["applicants"].names, "lng", "lat"}
    assert set(applicants(5, 10, rng=np.random.default_rng(1))) == set(TEN)
    assert set(applicants(5, 20, rng=np.random.default_rng(1))) == known
