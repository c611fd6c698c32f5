"""The table `travel` from an array of units × schools with its two lists of ids."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import City, DataError, read_city
from geodata.reading import arrays
from geodata.reading.arrays import read_arrays
from tests.tiny import Edit, write_tiny

UNITS = np.array(["U5", "U4", "U3", "U2", "U1"])
SCHOOLS = np.array(["S1", "S2", "S4", "S3"])
SECONDS = np.arange(20, dtype=np.float32).reshape(5, 4)

PROJECTS = Path(__file__).parents[1] / "projects"


def project(tmp_path: Path, keys: str, **changes: Edit) -> Path:
    """Write the tiny project with a table travel of these keys."""
    table = f"[tables.travel]\n{keys}\n\n[children]"
    return write_tiny(tmp_path / "p", xuequ=("[children]", table), **changes)


def saved(folder: Path, **named: npt.ArrayLike) -> Path:
    np.savez_compressed(folder / "t.npz", **named)  # type: ignore[arg-type]
    return folder


def read(tmp_path: Path, keys: str = 'path = "t.npz"', **named: npt.ArrayLike) -> City:
    return read_city(saved(project(tmp_path, keys), **named))


def fault(tmp_path: Path, match: str, keys: str = 'path = "t.npz"', **named: npt.ArrayLike) -> str:
    with pytest.raises(DataError, match=match) as caught:
        read(tmp_path, keys, **named)
    return str(caught.value)


def good(**changes: npt.ArrayLike) -> dict[str, npt.ArrayLike]:
    return {"unit_id": UNITS, "school_id": SCHOOLS, "seconds": SECONDS, **changes}


def of_pair(city: City, unit: str, school: str, column: str = "seconds") -> float:
    travel = city["travel"].set_index(["unit_id", "school_id"])
    return float(travel.loc[(unit, school), column])


# --- what is read


def test_an_array_is_the_same_table_as_its_pairs_one_by_one(tmp_path: Path) -> None:
    rows = [
        f"{unit},{school},{SECONDS[i, j]:g},{100 * SECONDS[i, j]:g}"
        for i, unit in enumerate(UNITS)
        for j, school in enumerate(SCHOOLS)
    ]
    listed = "\n".join(["unit_id,school_id,seconds,metres", *rows, ""])
    folder = project(tmp_path / "rows", 'path = "travel.csv"', travel=listed)
    city = read(tmp_path / "array", **good(metres=SECONDS.astype(np.int64) * 100))
    pd.testing.assert_frame_equal(city["travel"], read_city(folder)["travel"])


def test_the_order_of_the_ids_does_not_matter(tmp_path: Path) -> None:
    one = read(tmp_path / "one", **good())
    turned = good(unit_id=UNITS[::-1], school_id=SCHOOLS[::-1], seconds=SECONDS[::-1, ::-1])
    pd.testing.assert_frame_equal(one["travel"], read(tmp_path / "other", **turned)["travel"])


def test_columns_name_the_arrays_of_the_file(tmp_path: Path) -> None:
    keys = 'path = "t.npz"\ncolumns = { seconds = "sec", unit_id = "blocks", school_id = "to" }'
    city = read(tmp_path, keys, sec=SECONDS, blocks=UNITS, to=SCHOOLS)
    assert of_pair(city, "U5", "S2") == 1
    assert city["travel"]["metres"].isna().all()


def test_a_npy_file_has_the_name_of_its_array_and_two_texts_of_ids(tmp_path: Path) -> None:
    keys = 'path = "metres.npy"\nunit_ids = { path = "u.txt" }\nschool_ids = { path = "s.txt" }'
    folder = project(tmp_path, keys)
    np.save(folder / "metres.npy", np.asfortranarray(SECONDS))
    (folder / "u.txt").write_bytes("\ufeff".encode() + b"U5\r\nU4\r\nU3\r\nU2\r\nU1\r\n")
    (folder / "s.txt").write_text("\n".join(SCHOOLS), encoding="utf-8")
    city = read_city(folder)
    assert of_pair(city, "U1", "S3", "metres") == 19
    assert {"metres.npy", "u.txt", "s.txt"} <= set(city.hashes)


def test_ids_may_be_a_column_of_a_table_of_which_rows_are_skipped(tmp_path: Path) -> None:
    keys = (
        'path = "t.npz"\nunit_ids = { path = "plan.csv", column = "unit_id" }\n'
        'school_ids = { path = "all.csv", column = "id", '
        'skip = [{ column = "level", contains = "ms", reason = "middle" }] }'
    )
    folder = saved(project(tmp_path, keys), seconds=SECONDS)
    (folder / "all.csv").write_text("id,level\nS1,es\nM1,ms\nS2,es\nS3,es\nS4,es\n", encoding="utf-8")
    city = read_city(folder)
    assert of_pair(city, "U1", "S3") == 2  # first unit of the plan, third school that is left


def test_ids_may_be_bytes_or_whole_numbers(tmp_path: Path) -> None:
    assert of_pair(read(tmp_path / "bytes", **good(unit_id=np.char.encode(UNITS))), "U1", "S3") == 19
    tiny = write_tiny(tmp_path / "tiny")
    changes: dict[str, Edit] = {
        name: next(tiny.glob(f"{name}.*")).read_text(encoding="utf-8").replace("U1", "7")
        for name in ("units", "plan", "demand")
    }
    folder = project(tmp_path / "numbers", 'path = "t.npz"', **changes)
    city = read_city(saved(folder, **good(unit_id=np.array([7]), seconds=SECONDS[:1])))
    assert of_pair(city, "7", "S2") == 1


def test_nan_is_absent_and_said(tmp_path: Path) -> None:
    blank = SECONDS.copy()
    blank[0, 1:] = np.nan
    city = read(tmp_path, **good(seconds=blank))
    assert len(city["travel"]) == 17
    assert any("3 pairs have no number" in str(note) for note in city.notes)


# --- what is refused


@pytest.mark.parametrize("bad", [np.inf, -np.inf, -1.0])
def test_infinite_and_negative_numbers_are_one_fault_with_the_first_place(
    tmp_path: Path, bad: float
) -> None:
    wrong = SECONDS.copy()
    wrong[1:3, 2] = bad
    said = fault(tmp_path, "2 are not, the first for U4 and S4", **good(seconds=wrong))
    assert f"row 2, column seconds: found '{bad}'" in said


def test_ids_that_stand_twice_are_blank_or_unknown_are_faults(tmp_path: Path) -> None:
    ids = good(unit_id=np.array(["U1", "U1", "", "U9", "U2"]))
    said = fault(tmp_path, "each once in the ids of the units", **ids)
    assert "row 3, column unit_id: a blank cell" in said
    assert "found 'U9'; not in units.geojson (table units)" in said
    assert said.count("\n") == 3, "one fault an id, not one a pair"


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"seconds": SECONDS.T}, r"turn it over"),
        ({"seconds": SECONDS[:3]}, r"numbers in 5 rows .* and 4 columns"),
        ({"seconds": SECONDS.ravel()}, r"numbers in 5 rows"),
        ({"seconds": SECONDS.astype(str)}, r"numbers in 5 rows"),
        ({"unit_id": np.arange(5) + 0.5}, r"a list of ids: text or whole numbers"),
        ({"unit_id": UNITS[None, :]}, r"a list of ids"),
        ({"unit_id": np.array([b"\xff\xfe"] * 5)}, r"ids as text in UTF-8"),
        ({"unit_id": np.array([0x110000] * 5, dtype="<u4").view("<U1")}, r"ids as text in UTF-8"),
        ({"seconds": SECONDS.astype(complex)}, r"numbers or of text of a fixed width"),
        ({"seconds": np.array([[None]], dtype=object)}, r"numbers or of text of a fixed width"),
    ],
)
def test_what_is_no_such_array_is_refused(
    tmp_path: Path, changes: dict[str, npt.ArrayLike], match: str
) -> None:
    fault(tmp_path, match, **good(**changes))


def test_an_array_that_is_not_there_is_missed_by_name(tmp_path: Path) -> None:
    fault(tmp_path / "a", "column metres: this array is missing; there are: t", **{"t": SECONDS})
    keys = 'path = "t.npz"\ncolumns = { seconds = "sec" }'
    fault(
        tmp_path / "b",
        "column sec: this array is missing; there are: school_id, seconds, unit_id",
        keys,
        **good(),
    )


def test_ids_that_are_nowhere_are_asked_for(tmp_path: Path) -> None:
    said = fault(tmp_path, "the ids of the units, in the order of the array", seconds=SECONDS)
    assert 'unit_ids = { path = "…", column = "…" }' in said
    assert "the ids of the schools" in said


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        (
            'path = "t.npz"\ndatum = "wgs84"\nsplit = { column = "a", by = ";" }',
            "found 'datum, split'; the keys of an array",
        ),
        ('path = "t.npz"\ncolumns = { minutes = "m" }', "found 'minutes'; columns of this table"),
        (
            'path = "t.npz"\ncolumns = { unit_id = "u" }\nunit_ids = { path = "u.txt" }',
            "the ids in one place",
        ),
        ('path = "t.npz"\nunit_ids = { path = "none.txt" }', "none.txt: the file cannot be read"),
        (
            'path = "t.npz"\nunit_ids = { path = "plan.csv", column = "id" }',
            "plan.csv, column id: this column is missing",
        ),
        (
            'path = "t.npz"\nunit_ids = { path = "units.geojson" }',
            "units.geojson: a text with an id a line",
        ),
        (
            'path = "t.npz"\nunit_ids = { path = "u.txt", sheet = "x" }',
            "skip, layer and sheet need a table",
        ),
        ('path = "plan.csv"\nunit_ids = { path = "u.txt" }', "these keys for an array alone"),
        ('path = "none.npz"', "none.npz: the file cannot be read"),
        (
            'path = "t.npz"\nunit_ids = { path = "plan.csv", column = "unit_id", '
            'skip = [{ column = "x", contains = "y", reason = "z" }] }',
            "plan.csv, column x: this column is missing",
        ),
    ],
)
def test_keys_that_mean_nothing_to_an_array_are_refused(tmp_path: Path, keys: str, match: str) -> None:
    fault(tmp_path, match, keys, **good())


def test_only_the_table_travel_may_be_an_array(tmp_path: Path) -> None:
    folder = saved(write_tiny(tmp_path / "p", xuequ=('path = "demand.csv"', 'path = "t.npz"')), **good())
    with pytest.raises(DataError, match="only the table travel may be an array"):
        read_city(folder)


# --- files made to break readers


def npy(header: bytes, body: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + len(header).to_bytes(2, "little") + header + body


def head(shape: str, descr: str = "<f8") -> bytes:
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "the file is empty"),
        (b"hello", "an array as NumPy saves it"),
        (npy(b"__import__('os').system('x')"), "an array as NumPy saves it"),
        (npy(b"(" * 5000), "an array as NumPy saves it"),
        (npy(head("(2, 2)"), version=b"\x03\x00"), "an array as NumPy saves it"),
        (npy(head("(1000, 1000)"), b"\0" * 80), "it says that it has 8000000 bytes, and has 80"),
        (npy(head("(100000, 100000)")), "arrays of up to 10,000,000 numbers; this one has 10,000,000,000"),
        (npy(head("(-1, -1)"), b"\0" * 8), "a whole array"),
        (npy(head("(5,)", "<U0")), "a whole array"),
        (npy(head("(1,)", "|O"), b"cos\nsystem\n(S'x'\ntR."), "found 'object'"),
    ],
)
def test_a_lying_or_broken_array_is_refused_before_it_is_loaded(
    tmp_path: Path, data: bytes, match: str
) -> None:
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(DataError, match=match):
        read_arrays(tmp_path / "a.npy", {"a"})


def test_an_archive_that_is_a_bomb_or_none_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", npy(head("(10,)"), bytes(80 << 20)))
    with pytest.raises(DataError, match="up to 200 times their packed size"):
        read_arrays(tmp_path / "bomb.npz", {"a"})
    (tmp_path / "none.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(DataError, match="a whole archive"):
        read_arrays(tmp_path / "none.npz", {"a"})


def test_arrays_that_nobody_asks_for_are_not_looked_at(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", a=np.arange(3), b=np.array([{}], dtype=object))
    found = read_arrays(tmp_path / "t.npz", {"a", "c"})
    assert found.names == ("a", "b")
    assert found.arrays["a"].tolist() == [0, 1, 2]


def _saved(save: Callable[..., None]) -> bytes:
    into = io.BytesIO()
    save(into)
    return into.getvalue()


GOOD = {
    ".npy": _saved(lambda into: np.save(into, SECONDS)),
    ".npz": _saved(lambda into: np.savez_compressed(into, a=SECONDS, b=UNITS)),
}


@given(st.data(), st.sampled_from(sorted(GOOD)))
@settings(max_examples=150)
def test_a_changed_byte_or_a_cut_is_a_clear_error_or_an_array(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, suffix: str
) -> None:
    whole = GOOD[suffix]
    at = data.draw(st.integers(0, len(whole) - 1))
    broken = bytearray(whole[: data.draw(st.sampled_from([len(whole), at]))])
    if at < len(broken):
        broken[at] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("fuzz") / f"a{suffix}"
    path.write_bytes(broken)
    try:
        found = read_arrays(path, {"a", "b"})
    except DataError:
        return
    assert all(array.size <= arrays.MOST_NUMBERS for array in found.arrays.values())


# --- real data


@pytest.mark.real_data
def test_fairfax_has_the_seconds_of_its_array(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUEQU_REAL_DATA", str(real_data))
    travel = read_city(PROJECTS / "fairfax")["travel"]
    given_ = np.load(real_data / "fairfax" / "commute_es.npz", allow_pickle=False)["sec"]
    # column j is school_idx j, which has the zone_id j + 1; blocks are numbered from 0 in their order
    block, school = travel["unit_id"].astype(int), travel["school_id"].astype(int) - 1
    assert len(travel) == given_.size
    assert (travel["seconds"].to_numpy() == given_[block, school]).all()
