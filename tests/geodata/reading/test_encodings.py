"""How bytes are read: marks, what is declared, and the trap that GBK may be valid UTF-8."""

from __future__ import annotations

import codecs
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import DataError
from geodata.reading.encodings import decide, doubt_of, to_utf8, with_sample
from geodata.reading.raw import Encoded

TRAPS = (
    "学校",
    "学位",
    "小学",
    "学校,学位",
    "学校\n小学\n",
    "学校,id\n小学,1\n学校,2\n",
    "id,学校,2024\n1,小学,45\n",
)
"""Texts whose GBK bytes are valid UTF-8."""
PLAIN = (
    "鼓浪屿小学",
    "学校名称,招生计划\n厦门市实验小学,270\n",
    "学校;学位\n湖滨小学;45\n",
    "学校\t学位\n湖滨小学\t45\n",
    "编号，名称\n１，（一）小区\n",
)


@pytest.mark.parametrize("text", TRAPS)
def test_the_traps_are_traps(text: str) -> None:
    assert text.encode("gbk").decode("utf-8") != text


@pytest.mark.parametrize("text", TRAPS + PLAIN)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_text_is_read_as_it_was_written(text: str, encoding: str) -> None:
    encoded = decide(text.encode(encoding))
    assert (encoded.name, encoded.by) == (encoding, "content")
    assert to_utf8(text.encode(encoding), encoded, file="a.csv").decode() == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("words", [TRAPS[:3], PLAIN[:2]])
def test_a_long_file_is_decided_by_all_of_it(encoding: str, words: tuple[str, ...]) -> None:
    # ASCII for far longer than any reader would look ahead, then Chinese at the very end
    text = "id,n\n" + "1234567890,1\n" * 100_000 + "\n".join(words)
    assert decide(text.encode(encoding)).name == encoding


def test_plain_ascii_is_utf_8_and_no_matter_of_doubt() -> None:
    assert decide(b"a,b\n1,2\n") == Encoded(name="utf-8", by="content", sample="")


@pytest.mark.parametrize("text", ["École,id\n", "id,name\n1,Lycée français\n", "Straße", "El Niño school"])
def test_accented_latin_in_utf_8_is_no_chinese_and_the_doubt_is_said(text: str) -> None:
    encoded = decide(text.encode())
    assert encoded.name == "utf-8"
    assert [str(note) for note in doubt_of("a.csv", encoded)] == [
        "a.csv: read as utf-8, though its bytes could be gb18030 too; look at a name in it, and if it is "
        'wrong write encoding = "gb18030" in xuequ.toml'
    ]


def test_an_accent_among_chinese_in_utf_8_leaves_no_doubt() -> None:
    encoded = decide("id,name\n1,École 小学校区\n2,东渡第二小学\n".encode())
    assert (encoded.name, encoded.doubtful) == ("utf-8", False)


def test_a_decision_without_doubt_says_nothing() -> None:
    assert doubt_of("a.csv", decide("厦门学校".encode("gbk"))) == ()
    assert doubt_of("a.csv", decide("厦门学校".encode())) == ()


@pytest.mark.parametrize("text", TRAPS)
def test_where_valid_utf_8_is_overruled_the_doubt_is_always_said(text: str) -> None:
    assert decide(text.encode("gbk")).doubtful


@pytest.mark.parametrize(
    "text",
    [
        "id,Название школы,Адрес\n",
        "Школа,Київ",
        "Мектеп,Қала",
        "Σχολείο,Διεύθυνση\nΔημοτικό Σχολείο,Αθήνα",
        "בית ספר,כתובת",
        "Դպրոց",
    ],
)
def test_words_of_another_alphabet_in_utf_8_are_no_chinese(text: str) -> None:
    assert decide(text.encode()).name == "utf-8"


@pytest.mark.parametrize("cpg", ["GBK", "ISO-8859-1", "1252", "Big5"])
def test_chinese_in_utf_8_under_another_name_is_a_fault_that_shows_both_readings(cpg: str) -> None:
    with pytest.raises(
        DataError, match=r"/ 学校名称'; text in .* its bytes are utf-8.*encoding = \"utf-8\""
    ):
        decide("学校名称\n厦门".encode(), cpg=cpg, headings="id\n学校名称".encode())


@pytest.mark.parametrize("cpg", ["ISO-8859-1", "1252", "latin-1"])
def test_gb18030_under_the_name_of_an_alphabet_is_a_fault_and_shows_no_cell(cpg: str) -> None:
    with pytest.raises(DataError, match="its bytes are gb18030") as caught:
        decide("id\n厦门市实验小学".encode("gbk"), cpg=cpg, headings=b"id")
    assert caught.value.faults[0].found is None


def test_gb18030_under_the_name_of_big5_is_doubtful() -> None:
    encoded = decide("厦门市实验小学".encode("gbk"), cpg="Big5")
    assert (encoded.name, encoded.doubtful) == ("big5", True)
    assert "could be gb18030 too" in str(doubt_of("a.shp", encoded)[0])


@pytest.mark.parametrize(
    ("text", "cpg"),
    [("École élémentaire", "ISO-8859-1"), ("Müller", "1252"), ("Школа", "1251"), ("学校名称", "GBK")],
)
def test_a_right_cpg_is_believed(text: str, cpg: str) -> None:
    codec = decide(b"", cpg=cpg).name
    encoded = decide(text.encode(codec), cpg=cpg)
    assert (encoded.name, encoded.by, encoded.doubtful) == (codec, "cpg", False)


def test_uighur_beside_chinese_stays_utf_8() -> None:
    assert decide("学校,مەكتەپ نامى\nباشلانغۇچ,小学".encode()).name == "utf-8"


@pytest.mark.parametrize(
    "data",
    [
        "École,id\n".encode("latin-1"),
        "Collège,id\n".encode("cp1252"),
        "臺北市立中正國民小學,學校名稱,招生人數,第一學區\n".encode("big5"),
        b"id\n\xff\xff\n",
    ],
)
def test_what_is_neither_is_refused_and_not_guessed(data: bytes) -> None:
    with pytest.raises(DataError, match="text in UTF-8 or GB18030; these bytes are neither"):
        decide(data, file="a.csv")


def test_the_line_of_the_first_doubtful_byte_is_told() -> None:
    with pytest.raises(DataError, match=r"a\.csv, row 3: "):
        decide(b"id\n1\n\xff\n", file="a.csv")


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (b"\x84\x31\x95\x33", "gb18030"),
    ],
)
def test_a_mark_says_how_to_read_and_is_no_part_of_the_text(mark: bytes, name: str) -> None:
    data = mark + "学校,id".encode(name)
    encoded = decide(data)
    assert (encoded.name, encoded.by) == (name, "mark")
    assert to_utf8(data, encoded, file="a.csv").decode() == "学校,id"


def test_a_mark_that_contradicts_what_is_declared_is_a_fault() -> None:
    with pytest.raises(
        DataError,
        match="begins with the mark of utf-8, and gb18030 is declared",
    ):
        decide(codecs.BOM_UTF8 + b"a", declared="gb18030", file="a.csv")


@pytest.mark.parametrize("declared", ["gb18030", "gbk"])
def test_what_is_declared_forces(declared: str) -> None:
    encoded = decide("École".encode(), declared=declared)
    assert (encoded.name, encoded.by) == ("gb18030", "declared")
    assert to_utf8("École".encode(), encoded, file="a.csv").decode() == "脡cole"


@pytest.mark.parametrize(
    ("cpg", "name"),
    [
        ("UTF-8", "utf-8"),
        ("65001", "utf-8"),
        ("GBK\n", "gb18030"),
        ("936", "gb18030"),
        ("ANSI 936", "gb18030"),
        ("CP936", "gb18030"),
        ("GB18030", "gb18030"),
        ("ISO-8859-1", "iso8859-1"),
        ("latin-1", "iso8859-1"),
        ("ISO 88591", "iso8859-1"),
        ("88591", "iso8859-1"),
        ("ANSI 1252", "cp1252"),
        ("Big5", "big5"),
    ],
)
def test_a_cpg_file_names_an_encoding_in_many_ways(cpg: str, name: str) -> None:
    encoded = decide(b"school", cpg=cpg)
    assert (encoded.name, encoded.by) == (name, "cpg")


@pytest.mark.parametrize("cpg", ["", "no such", "hex", "zip", "rot13", "punycode", "utf-7", "u\0tf"])
def test_a_cpg_file_that_names_none_is_as_good_as_none(cpg: str) -> None:
    assert decide("学校".encode("gbk"), cpg=cpg).by == "content"


def test_what_is_declared_goes_before_the_cpg_file() -> None:
    assert decide(b"a", declared="gbk", cpg="UTF-8").by == "declared"


def test_bytes_that_are_not_as_declared_are_refused_with_their_line() -> None:
    data = b"a\n1\n" + "厦门".encode("gbk")
    with pytest.raises(DataError, match=r"a\.csv, row 3: the bytes are not utf-8, which is declared"):
        to_utf8(data, decide(data, declared="utf-8"), file="a.csv")


def test_the_line_is_right_far_into_a_file_too() -> None:
    data = b"0123456789\n" * 500_000 + b"\xff"
    with pytest.raises(DataError, match="row 500001: the bytes are not utf-8"):
        to_utf8(data, decide(data, declared="utf-8"), file="a.csv")


@pytest.mark.parametrize("sign", ["\ufffd", "锟斤拷"])
def test_what_an_earlier_program_could_not_read_is_an_error_with_its_row(sign: str) -> None:
    data = f"学校\n小学\n实验{sign}学\n".encode()
    with pytest.raises(
        DataError, match=rf"a\.csv, row 3: found '{sign}'; characters; this is what a program left"
    ):
        to_utf8(data, decide(data), file="a.csv")


def test_a_nul_byte_is_an_error_with_its_row() -> None:
    with pytest.raises(DataError, match=r"a\.csv, row 2: text; there is a NUL byte"):
        to_utf8(b"a\n\0\n", decide(b"a\n\0\n"), file="a.csv")


def test_utf_16_without_a_mark_is_refused() -> None:
    data = "school,id\n".encode("utf-16-le")
    with pytest.raises(DataError, match="UTF-16 without its mark"):
        to_utf8(data, decide(data), file="a.csv")


def test_the_sample_is_a_heading_and_never_a_cell() -> None:
    encoded = decide("id,学校\n小明,1".encode())
    assert with_sample(encoded, ["id", "学校"]).sample == "学校"
    assert with_sample(encoded, ["id"]).sample == ""


CHARACTERS = "学校小位名称招生计划厦门市区实验第一二三中心路街道社片户籍积分班数"


@given(
    st.text(alphabet=CHARACTERS + "abc,;1234567890\n", min_size=0), st.sampled_from(["utf-8", "gb18030"])
)
def test_any_table_about_schools_is_read_in_the_encoding_in_which_it_was_written(
    text: str, encoding: str
) -> None:
    data = text.encode(encoding)
    assert to_utf8(data, decide(data), file="a").decode() == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_pieces_may_end_inside_a_character(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geodata.reading.encodings._CHUNK", 7)
    rng = random.Random(1)
    text = "".join(rng.choice(CHARACTERS + "a𠮷,\n") for _ in range(500))
    data = text.encode(encoding)
    assert to_utf8(data, decide(data), file="a").decode() == text
