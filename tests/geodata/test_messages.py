"""Messages, and the catalogue that puts them into Chinese."""

import io
from string import Formatter

import pytest
from babel.messages.mofile import read_mo

from geodata.errors import DataError, Fault
from geodata.messages import LANGS, Text, say, speaker
from tests import catalogue

CHINESE = catalogue.translations()


def placeholders(text: str) -> set[tuple[str, str | None, str | None]]:
    return {(name, spec, how) for _, name, spec, how in Formatter().parse(text) if name is not None}


def test_the_catalogue_has_what_the_code_says_and_nothing_else() -> None:
    wanted = catalogue.said() | catalogue.helped()
    assert (sorted(wanted - set(CHINESE)), sorted(set(CHINESE) - wanted)) == ([], []), "run make catalogue"


def test_every_message_has_a_translation() -> None:
    assert [msgid for msgid, text in CHINESE.items() if not text.strip()] == []


def test_a_translation_has_the_placeholders_of_its_message() -> None:
    wrong = [m for m, text in CHINESE.items() if text and placeholders(m) != placeholders(text)]
    assert wrong == []


def test_no_placeholder_has_a_format_because_values_are_texts_by_then() -> None:
    assert [m for m in CHINESE if any(spec for _, spec, _ in placeholders(m))] == []


def test_a_translation_breaks_its_paragraphs_where_its_message_does() -> None:
    assert [m for m, text in CHINESE.items() if m.count("\n\n") != text.count("\n\n")] == []


def test_a_ticket_is_never_called_a_lot_of_bamboo() -> None:
    # 签发人 is who signs an official document
    assert [m for m, text in CHINESE.items() if "签" in text.replace("签发", "")] == []


def test_no_space_stands_beside_full_width_punctuation() -> None:
    marks = "，。；：？！（）“”、"
    beside = {f" {mark}" for mark in marks} | {f"{mark} " for mark in marks}
    assert [text for text in CHINESE.values() if any(pair in text for pair in beside)] == []


def test_the_po_file_is_in_the_order_in_which_it_is_written() -> None:
    assert catalogue.written(CHINESE) == catalogue.PO.read_bytes(), "run make catalogue"


def test_the_mo_file_is_what_the_po_file_compiles_to() -> None:
    assert catalogue.compiled(CHINESE) == catalogue.MO.read_bytes(), "run make catalogue"


def test_a_compiled_catalogue_reads_back_without_a_date() -> None:
    read = read_mo(io.BytesIO(catalogue.compiled({"row {row}": "第 {row} 行"})))
    assert read["row {row}"].string == "第 {row} 行"
    assert not any(name in catalogue.compiled(CHINESE) for name in (b"Creation-Date", b"Revision-Date"))


def test_messages_are_found_in_an_f_string_and_over_several_lines() -> None:
    module = 'f"{speak(say(\'one\'))}"\nsay(\n    "two "\n    "three", n=1)\nsay(text)'
    assert sorted(catalogue.said_in_module(module)) == ["one", "two three"]


def test_messages_are_found_in_a_template_with_and_without_values() -> None:
    template = '<p>{{ _("one") }} {{ _("two {n}", n=3) }}</p>{{ four }}'
    assert list(catalogue.said_in_template(template.encode())) == ["one", "two {n}"]


@pytest.mark.parametrize(
    ("message", "chinese"),
    [
        (say("row {row}", row=3), "第 3 行"),
        (say("column {column}", column="学位数"), "“学位数”列"),
        (say("Waiting"), "待统筹安置"),
        (say("ticket"), "随机号"),
    ],
)
def test_chinese_is_said(message: Text, chinese: str) -> None:
    assert speaker("zh")(message) == chinese


def test_a_msgid_with_values_is_said_as_its_message_is() -> None:
    assert speaker("zh")("row {row}", row=3) == "第 3 行"


def test_english_is_the_message_itself() -> None:
    message = say("row {row}", row=3)
    assert speaker("en")(message) == str(message) == "row 3"


def test_a_message_without_a_translation_is_said_in_english() -> None:
    assert speaker("zh")("no such message about {n}", n=2) == "no such message about 2"


@pytest.mark.parametrize("lang", LANGS)
def test_an_empty_message_is_empty(lang: str) -> None:
    assert speaker(lang)("") == ""  # type: ignore[arg-type]  # gettext gives the head of the file for ""


def test_a_message_inside_a_message_is_said_in_the_same_language() -> None:
    inner = say("own {zone}", zone="Z1")
    message = say("not built yet: {what}", what=inner)
    assert speaker("zh")(message) == "本版本尚不支持：本Z1"
    assert str(message) == "not built yet: own Z1"


def test_braces_in_a_value_are_left_alone() -> None:
    assert speaker("zh")(say("note: {note}", note="{row}")) == "提示：{row}"


def test_a_fault_reads_well_in_chinese() -> None:
    fault = Fault(
        file="seats.csv",
        allowed=say("a whole number"),
        row=3,
        column="学位数",
        found="3.5",
        remedy=say("remove it"),
    )
    heading, line = DataError([fault]).lines(speaker("zh"))
    assert "1 处" in heading
    assert "第 3 行" in line
    assert line.endswith("发现 '3.5'；应为整数。处理办法：请删去")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match=r"lang is 'fr': one of \('zh', 'en'\) is allowed"):
        speaker("fr")  # type: ignore[arg-type]


def test_a_name_is_chosen_in_the_language_or_else_in_the_other() -> None:
    assert speaker("zh").choose({"zh": "片区", "en": "zone"}) == "片区"
    assert speaker("zh").choose({"en": "zone"}) == "zone"
    assert speaker("zh").choose({}) == ""
