"""The writer of SVG: what it escapes, and how wide it takes text to be."""

from xml.etree import ElementTree

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from pylopdf_fonts_zh_cn import sans_path

from zoning.maps.printed_svg import (
    FONT,
    fitted,
    halved,
    number,
    picture,
    plain,
    tag,
    text,
    width_of,
    wrapped,
)

NASTY = '<script>alert(1)</script> & "it\'s" \x00\x08\ud800]]>'


def test_text_and_attributes_are_escaped_and_hold_only_what_xml_can() -> None:
    svg = picture(10, 10, text(NASTY, 1, 2, class_=NASTY), title=NASTY, described=NASTY, id="A")
    root = ElementTree.fromstring(svg)
    assert [child.tag.rpartition("}")[2] for child in root] == ["title", "desc", "text"]
    said = '<script>alert(1)</script> & "it\'s" ???]]>'
    assert root[2].text == said
    assert root[2].get("class") == said


@given(st.text(max_size=40))
def test_any_text_makes_a_picture_that_parses(words: str) -> None:
    ElementTree.fromstring(
        picture(10, 10, text(words, 0, 0), tag("g", id=words), title=words, described="", id="A")
    )


def test_a_picture_is_sixteen_centimetres_wide_and_named_for_who_cannot_see_it() -> None:
    root = ElementTree.fromstring(picture(454, 227, title="A", described="B", id="M1"))
    assert (root.get("width"), root.get("height")) == ("160mm", "80mm")
    assert root.get("aria-labelledby") == "M1-title M1-desc"
    assert root.get("font-family") == FONT
    assert FONT.startswith("'Xuequ Sans'")


@given(st.floats(-1e4, 1e4))
def test_numbers_are_right_to_a_twentieth_and_never_minus_nothing(value: float) -> None:
    said = number(value)
    assert abs(float(said) - value) <= 0.05 + 1e-9
    assert said != "-0"


def test_the_model_of_widths_is_over_the_font_for_every_character() -> None:
    with TTFont(sans_path()) as font:
        characters, advances = font.getBestCmap(), font["hmtx"]
        em = font["head"].unitsPerEm
        # combining and rare symbols apart: what names are written in, Latin and Chinese
        shown = [
            *range(0x20, 0x17F),
            *range(0x2010, 0x2027),
            *range(0x3000, 0x3020),
            *range(0x4E00, 0x9FA6),
            *range(0xFF01, 0xFF5F),
        ]
        under = [
            chr(code)
            for code in shown
            if code in characters and advances[characters[code]][0] / em > width_of(chr(code), 1) + 1e-9
        ]
    assert under == []


@pytest.mark.parametrize("words", ["同安合成01片区", "Colvin Run", "Bailey's Elementary (North)", "12,345"])
def test_the_model_of_widths_is_not_far_over_it_for_a_name(words: str) -> None:
    with TTFont(sans_path()) as font:
        characters, advances = font.getBestCmap(), font["hmtx"]
        real = sum(advances[characters[ord(ch)]][0] for ch in words) / font["head"].unitsPerEm
    assert real <= width_of(words, 1) <= 1.2 * real


@given(st.text(alphabet="ab ，。招生片区（）12", max_size=60), st.floats(30, 200))
def test_wrapped_lines_hold_all_that_is_not_space_and_are_no_wider_than_they_may_be(
    words: str, width: float
) -> None:
    lines = wrapped(words, 7, width)
    assert "".join("".join(lines).split()) == "".join(words.split())
    # one piece (a word, a character with its punctuation) may be wider than the line
    assert all(width_of(line, 7) <= width or len(wrapped(line, 7, 1)) == 1 for line in lines)


def test_a_text_that_is_too_wide_is_cut_with_an_ellipsis() -> None:
    assert fitted("招生片区示意图", 10, 45) == "招生片…"
    assert fitted("short", 10, 100) == "short"
    assert width_of(fitted("a" * 100, 7, 50), 7) <= 50


def test_a_name_breaks_at_its_space_or_in_its_middle_or_not_at_all() -> None:
    assert halved("Stratford Landing") == ("Stratford", "Landing")
    assert halved("一二三四") == ("一二", "三四")
    assert halved("Floris") is None


def test_plain_text_keeps_line_ends_and_drops_nothing_else() -> None:
    assert plain("a\tb\nc\x0b") == "a\tb\nc?"
