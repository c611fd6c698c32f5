"""What is made to choke a reader is refused before one sees it."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import DataError
from geodata.reading import guards
from geodata.reading.guards import need_no_giant, need_sane_zip, plain_name
from geodata.reading.guards_dxf import need_few_pieces
from geodata.reading.guards_text import (
    MOST_JSON_DEPTH,
    MOST_XML_DEPTH,
    need_no_doctype,
    need_sane_xml,
    need_shallow_json,
    outline_json,
)
from tests.geodata.reading.layer_files import archive

DOCTYPE = b'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "b">]>\n<x>&a;</x>'


def refused(data: bytes) -> str:
    with pytest.raises(DataError) as error:
        need_sane_zip(data, "a.zip")
    assert len(error.value.faults) == 1
    return str(error.value)


# --- archives


def test_an_ordinary_archive_is_let_through() -> None:
    need_sane_zip(archive({"区划/a.shp": b"x" * 1000, "a.xml": b"<a/>"}), "a.zip")


def test_a_bomb_is_refused_and_the_limits_are_said() -> None:
    said = refused(archive({"a.shp": bytes(80 << 20)}))
    assert "up to 200 times their packed size where that is over 64 MiB; this one reaches 80 MiB" in said


def test_a_bomb_of_many_parts_is_refused() -> None:
    assert "this one reaches" in refused(archive({f"{n}.shp": bytes(10 << 20) for n in range(8)}))


def test_too_much_is_refused_however_it_was_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "MOST_UNPACKED_MIB", 1)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("a.shp", bytes(1 << 20))
        packed.writestr("b.shp", b"x")
    assert "archives of up to 1 MiB when unpacked" in refused(buffer.getvalue())


def test_a_size_that_lies_is_found_out_by_unpacking() -> None:
    data = bytearray(archive({"a.shp": bytes(1 << 20)}))
    place = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 24, 10)
    assert "a.shp in it cannot be unpacked" in refused(bytes(data))


@pytest.mark.parametrize(
    "name", ["../a.shp", "x/../../a.shp", "/etc/a.shp", "..\\a.shp", "\\a.shp", "C:\\a.shp", "c:a.shp"]
)
def test_a_path_that_leads_out_is_refused(name: str) -> None:
    assert "paths inside the archive; this one leads out of it" in refused(archive({name: b"x"}))


def test_a_link_is_refused() -> None:
    member = zipfile.ZipInfo("a.shp")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(member, "/etc/passwd")
    assert "found 'a.shp'; files in an archive, no links" in refused(buffer.getvalue())


def test_a_path_that_stands_twice_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("a.shp", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            packed.writestr("a.shp", b"2")
    assert "each path in an archive once" in refused(buffer.getvalue())


def test_a_password_is_refused_with_what_to_do() -> None:
    data = bytearray(archive({"a.shp": b"x"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "To do: unpack it, and pack it again without one" in refused(bytes(data))


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "MOST_MEMBERS", 2)
    assert "archives of up to 2 files; this has 3" in refused(archive(dict.fromkeys("abc", b"")))


def test_what_is_no_archive_is_refused() -> None:
    assert "this one cannot be opened: File is not a zip file" in refused(b"PK\x03\x04")


@pytest.mark.parametrize("name", ["xl/workbook.xml", "doc.kml", "_rels/.rels"])
def test_a_doctype_in_any_part_is_refused_and_the_part_is_named(name: str) -> None:
    assert f"a.zip:{name}, row 2: XML without a DOCTYPE" in refused(archive({name: DOCTYPE}))


def test_names_that_chinese_windows_packed_are_read() -> None:
    member = zipfile.ZipInfo("区划.shp".encode("gbk").decode("cp437"))
    assert plain_name(member) == "区划.shp"
    member = zipfile.ZipInfo("é.shp")
    member.flag_bits = 0x800
    assert plain_name(member) == "é.shp"
    assert plain_name(zipfile.ZipInfo("ÿ.shp")) == "ÿ.shp"


@given(st.binary(max_size=300), st.integers(0, 400))
def test_no_broken_archive_gets_anything_but_our_own_error(noise: bytes, place: int) -> None:
    data = bytearray(archive({"a.shp": b"abc" * 40, "a.xml": b"<a/>"}))
    data[place : place + len(noise)] = noise
    with suppress(DataError):
        need_sane_zip(bytes(data), "a.zip")


def test_a_giant_is_refused_by_its_size_alone() -> None:
    need_no_giant(guards.MOST_FILE_MIB << 20, "a.shp")
    with pytest.raises(DataError, match="files of up to 2048 MiB; this one has 3072"):
        need_no_giant(3072 << 20, "a.shp")


# --- JSON


def test_brackets_are_counted_and_those_in_texts_are_not() -> None:
    assert outline_json(b'{"a": "[[[[\\"[[", "b": [[1]]}').depth == 3


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000])
def test_the_pieces_of_the_scan_do_not_matter(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr("geodata.reading.guards_text._PIECE", piece)
    outline = outline_json('{"类": "[", "type": "Feature", "a": {"type": [[]]}}'.encode())
    assert (outline.depth, outline.value(b"type"), outline.value(b"x")) == (4, b"Feature", None)


def test_json_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    need_shallow_json(b"[" * MOST_JSON_DEPTH + b"]" * MOST_JSON_DEPTH, "a.geojson")
    with pytest.raises(DataError, match="nested up to 32 deep; here they are nested 100000 deep"):
        need_shallow_json(b"[" * 100_000, "a.geojson")


# --- XML


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused_in_every_encoding(encoding: str) -> None:
    data = "<!DOCTYPE x><x/>".encode(encoding)
    for guard in (need_sane_xml, need_no_doctype):
        with pytest.raises(DataError, match="XML without a DOCTYPE"):
            guard(data, "a.kml")


def test_a_doctype_that_is_text_is_none() -> None:
    need_sane_xml(b"<a><![CDATA[<!DOCTYPE html>]]><!-- <!DOCTYPE x> --></a>", "a.kml")
    need_no_doctype(b"<!-- <!DOCTYPE x> --><a>", "a.kml")


def test_a_doctype_behind_a_long_comment_is_not_overlooked() -> None:
    with pytest.raises(DataError, match="none is found near its start"):
        need_no_doctype(b"<!--" + b" " * 1000, "a.kml")


def test_what_no_parser_can_read_is_left_to_the_reader() -> None:
    need_no_doctype(b"no xml", "a.xml")
    need_no_doctype(b'<?xml version="1.0" encoding="none"?><a/>', "a.xml")


def test_xml_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    need_sane_xml(b"<a>" * MOST_XML_DEPTH + b"</a>" * MOST_XML_DEPTH, "a.kml")
    with pytest.raises(DataError, match="elements nested up to 64 deep"):
        need_sane_xml(b"<a>" * 100_000, "a.kml")


def test_malformed_xml_is_refused_with_its_line() -> None:
    with pytest.raises(DataError, match=r"a\.kml, row 2: XML; this cannot be read: mismatched tag"):
        need_sane_xml(b"<a>\n</b>", "a.kml")


@pytest.mark.parametrize("name", ["coordinates", "gml:posList"])
def test_words_for_coordinates_are_refused_with_their_line(name: str) -> None:
    text = f'<a xmlns:gml="g">\n<{name}>118.1,24.5 nan,1</{name}></a>'
    with pytest.raises(DataError, match="row 2: numbers as coordinates; here stands something else"):
        need_sane_xml(text.encode(), "a.kml")


def test_other_encodings_become_utf_8_and_unknown_ones_are_refused() -> None:
    head = '<?xml version="1.0" encoding="{}"?><a>學校</a>'
    assert need_sane_xml(head.format("Big5").encode("big5"), "a") == head.format("UTF-8").encode()
    with pytest.raises(DataError, match="a text encoding that is known; this says utf-99"):
        need_sane_xml(head.format("utf-99").encode(), "a")
    with pytest.raises(DataError, match="the bytes are not gbk, which is declared"):
        need_sane_xml(head.format("GBK").encode("gbk") + b"\xff", "a")


# --- drawings


def drawing(*blocks: tuple[str, list[tuple[str, int]]], top: str) -> bytes:
    lines = ["0", "SECTION", "2", "BLOCKS"]
    for name, held in blocks:
        lines += ["0", "BLOCK", "2", name, "0", "LINE"]
        for other, times in held:
            lines += ["0", "INSERT", "2", other, "70", str(times), "71", str(times)]
        lines += ["0", "ENDBLK"]
    lines += ["0", "ENDSEC", "0", "SECTION", "2", "ENTITIES", "0", "INSERT", "2", top, "0", "EOF", ""]
    return "\n".join(lines).encode()


def test_blocks_within_blocks_are_counted_before_any_is_drawn() -> None:
    need_few_pieces(drawing(("A", []), ("B", [("A", 10)]), top="B"), "a.dxf")
    bomb = drawing(("A", []), *((chr(65 + n), [(chr(64 + n), 100)]) for n in range(1, 9)), top="I")
    with pytest.raises(DataError, match="blocks make up to 1000000 pieces; this has more"):
        need_few_pieces(bomb, "a.dxf")


def test_blocks_that_hold_themselves_are_refused() -> None:
    with pytest.raises(DataError, match="blocks that do not hold themselves"):
        need_few_pieces(drawing(("A", [("B", 1)]), ("B", [("A", 1)]), top="A"), "a.dxf")


def test_a_count_that_is_no_number_counts_once() -> None:
    need_few_pieces(
        drawing(("A", []), top="A").replace(b"\n2\nA\n0\nEOF", b"\n2\nA\n70\nx\n0\nEOF"), "a.dxf"
    )


def test_a_drawing_without_blocks_has_none_to_count() -> None:
    need_few_pieces(b"0\nEOF\n", "a.dxf")
