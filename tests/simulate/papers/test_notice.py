"""The notice of a hearing: what the bureau fills in stands there, what it does not is a blank line."""

from __future__ import annotations

import datetime
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import DataError, XuequError
from geodata.messages import Lang, speaker
from simulate.dossier.model import Bullets, Document, Paragraph, Table
from simulate.papers.facts import WHO, Hearing, blank_keys, notes_on, read_hearing, write_hearing
from simulate.papers.notice import notice_document, signature_of, with_signature
from simulate.papers.notice_word import paper_word
from simulate.papers.sheets import paper_pdf
from simulate.papers.sources import BLANK, Source
from tests.simulate.papers.papers import HOSTILE, LANGS, pages_of, said, tiny_source

FULL = """\
subject = "东一小学招生片区调整"
authority = "示例区教育局"
document_no = "示教听〔2025〕1号"
published_on = 2025-02-26
held_on = 2025-03-18
time = "9:00"
place = "漖口街道办事处三楼会议室"
register_from = 2025-02-26
register_until = 2025-03-13
register_how = ["网上报名", "<script>alert(1)</script>"]
register_papers = ["报名表"]
who_may = "有关片区居民"
if_too_many = "抽签"
observing = "旁听席十个"
papers_at = "区政府网站"
contact = "基础教育科"
telephone = "0592-6060606"
[[law]]
document = "听证规定"
clause = "第三条"
[[people]]
who = "chair"
number = 1
chosen = "指定"
[[people]]
who = "residents"
number = 2
chosen = "自愿报名"
"""


def read(folder: Path, text: str) -> Hearing:
    path = folder / "facts.toml"
    path.write_text(text, encoding="utf-8")
    return read_hearing(path)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return tiny_source(tmp_path / "a")


def texts_of(document: Document) -> str:
    words = [document.front.title]
    for part in document.parts:
        for block in part.blocks:
            if isinstance(block, Paragraph):
                words.append(block.text)
            elif isinstance(block, Bullets):
                words += block.items
            elif isinstance(block, Table):
                words += [str(value) for row in block.rows for value in row]
    return "\n".join(words)


@pytest.mark.parametrize("lang", LANGS)
def test_the_file_to_fill_in_reads_as_nothing_filled_in(tmp_path: Path, lang: Lang) -> None:
    write_hearing(tmp_path / "facts.toml", lang)
    facts = read_hearing(tmp_path / "facts.toml")
    known = {name for name, value in facts if value not in ("", None, [])}
    assert known == {"people"}
    assert all(one.number is None for one in facts.people)
    assert set(blank_keys(facts)) == {*Hearing.model_fields} - {"people"} | {"people.number"}


def test_the_file_to_fill_in_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "facts.toml").write_text("subject = 'mine'", encoding="utf-8")
    with pytest.raises(XuequError, match="is there already"):
        write_hearing(tmp_path / "facts.toml", "en")


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_is_invented_where_nothing_is_known(source: Source, lang: Lang) -> None:
    document = notice_document(source, Hearing(), lang)
    text = texts_of(document)
    assert text.count(BLANK) > 25
    assert not any(ch.isdigit() for ch in text)
    assert signature_of(Hearing(), lang).authority == BLANK


def test_all_that_is_known_stands_in_the_notice(tmp_path: Path, source: Source) -> None:
    facts = read(tmp_path, FULL)
    text = texts_of(notice_document(source, facts, "zh"))
    values = [value for _, value in facts if isinstance(value, str)]
    assert all(value in text for value in values if value not in (facts.document_no,))
    for day in (
        "2025年2月26日",
        "2025年3月18日",
        "2025年3月13日",
        "听证规定 第三条",
        "网上报名",
        "自愿报名",
    ):
        assert day in text
    assert BLANK not in text
    assert notice_document(source, facts, "zh").front.document_no == facts.document_no
    assert notes_on(facts) == []


def test_people_are_added_up_only_where_all_numbers_are_known(tmp_path: Path, source: Source) -> None:
    def total(text: str) -> object:
        document = notice_document(source, read(tmp_path, text), "en")
        table = next(document.tables())
        return table.value("\0all", "number")

    assert total(FULL) == "3"
    assert total(FULL.replace("number = 2\n", "")) == BLANK


@given(st.integers(min_value=1, max_value=40))
def test_a_notice_shorter_than_in_practice_is_noted_with_its_source(days: int) -> None:
    day = datetime.date(2025, 2, 26)
    facts = Hearing(published_on=day, held_on=day + datetime.timedelta(days=days))
    said_ = [str(note) for note in notes_on(facts)]
    assert any("fewer than in practice" in note and "jimei.gov.cn" in note for note in said_) == (days < 14)


def test_a_hearing_without_residents_is_noted(tmp_path: Path) -> None:
    notes = [str(one) for one in notes_on(read(tmp_path, FULL.replace('"residents"', '"schools"')))]
    assert any(note.startswith("No residents and no owners take part") for note in notes)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("held_on = 2025-03-18", "held_on = 2025-03-13", "a day after register_until, 2025-03-13"),
        ("register_until = 2025-03-13", "register_until = 2025-02-20", "a day not before register_from"),
        ('who = "residents"', 'who = "chair"', "each who once"),
        ('place = "', 'place = "350203198001011234', "no identity, telephone or permit number"),
        ('chosen = "指定"', 'chosen = "电话13800138000"', "no identity, telephone or permit number"),
        ('time = "9:00"', "hour = 9", "unknown key"),
        ("number = 2", "number = -1", "greater than or equal to 0"),
        ('document_no = "', 'document_no = "' + "号" * 80, "at most 80 characters; there are 91"),
    ],
)
def test_wrong_facts_are_refused_with_what_to_do(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in FULL
    with pytest.raises(DataError) as caught:
        read(tmp_path, FULL.replace(old, new))
    lines = "\n".join(caught.value.lines(speaker("en")))
    assert words in lines
    assert "13800138000" not in lines
    assert "350203198001011234" not in lines


@pytest.mark.parametrize("lang", LANGS)
def test_the_pdf_is_one_page_with_all_of_it_and_who_signs(
    tmp_path: Path, source: Source, lang: Lang
) -> None:
    facts = read(tmp_path, FULL)
    pages = pages_of(paper_pdf(notice_document(source, facts, lang), signed=signature_of(facts, lang)))
    assert len(pages) == 1
    for words in (facts.subject, facts.place, HOSTILE.replace(" ", ""), facts.document_no):
        assert words in pages[0]
    assert said(lang, "Made by a program to advise; the education authority decides.") in pages[0]
    assert paper_pdf(notice_document(source, facts, lang)) == paper_pdf(
        notice_document(source, facts, lang)
    )


def test_on_a_screen_too_it_ends_with_who_signs_and_when(tmp_path: Path, source: Source) -> None:
    facts = read(tmp_path, FULL)
    signed = signature_of(facts, "zh")
    document = with_signature(notice_document(source, facts, "zh"), signed)
    assert [one.text for one in document.parts[-1].blocks if isinstance(one, Paragraph)][-2:] == [
        "示例区教育局",
        "2025年2月26日",
    ]


def test_a_longer_notice_goes_on_and_counts_its_pages(tmp_path: Path, source: Source) -> None:
    facts = read(tmp_path, FULL)
    many = facts.model_copy(update={"register_how": [f"报名点{n}" for n in range(120)]})
    pages = pages_of(paper_pdf(notice_document(source, many, "en")))
    assert len(pages) > 1
    assert f"Page1of{len(pages)}" in pages[0]
    assert "报名点119" in "".join(pages)


@pytest.mark.parametrize("lang", LANGS)
def test_the_word_paper_has_title_text_and_signature_and_no_contents(
    tmp_path: Path, source: Source, lang: Lang
) -> None:
    import docx

    facts = read(tmp_path, FULL)
    document = notice_document(source, facts, lang)
    signed = signature_of(facts, lang)
    data = paper_word(document, signed)
    assert data == paper_word(document, signed)
    paper = docx.Document(io.BytesIO(data))
    texts = [one.text for one in paper.paragraphs]
    assert texts[0] == document.front.title
    assert [one for one in texts if one][-2:] == [signed.authority, signed.date]
    assert len(paper.sections) == 1
    assert paper.sections[0].header.paragraphs[0].text != ""
    xml = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    assert "TOC" not in xml.replace("_Toc", "")
    assert HOSTILE not in xml
    assert facts.place in xml


def test_every_kind_of_person_has_a_name_of_its_own() -> None:
    assert len({str(text) for text in WHO.values()}) == len(WHO)


def test_a_document_differs_where_a_fact_differs(source: Source) -> None:
    document = notice_document(source, Hearing(place="甲"), "zh")
    assert replace(document) != notice_document(source, Hearing(place="乙"), "zh")
