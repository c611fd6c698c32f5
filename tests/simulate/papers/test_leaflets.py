"""Leaflets: a page a catchment, with its map, its schools, and who belongs to it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from geodata import DataError
from geodata.messages import Lang
from simulate.dossier.html import html_of
from simulate.dossier.model import Bullets, Paragraph, Part, Picture, Table
from simulate.papers.leaflets import kicker_of, leaflets_document
from simulate.papers.sheets import leaves_pdf
from tests.simulate.papers.papers import HOSTILE, LANGS, pages_of, said, tiny_source


@pytest.mark.parametrize("lang", LANGS)
def test_each_catchment_has_a_page_with_its_schools_scope_and_map(tmp_path: Path, lang: Lang) -> None:
    source = tiny_source(tmp_path / "a")
    document = leaflets_document(source, lang)
    assert [part.title for part in document.parts] == ["东一片区", "东二片区", "西片区"]
    pages = pages_of(leaves_pdf(document, kicker="致家长"))
    assert len(pages) == 3
    for page, part in zip(pages, document.parts, strict=True):
        assert part.title in page
        assert said(lang, "Who belongs to this catchment") in page
        assert "SYNTHETIC" in page
    assert "0592-1234567" in pages[0]
    assert "乙路1--9号（单号）" in pages[0]
    assert HOSTILE in pages[1]
    assert "东二小区" in pages[1]
    assert "西二小区" in pages[2]
    assert all(any(isinstance(block, Picture) for block in part.blocks) for part in document.parts)


def test_the_page_on_a_screen_says_the_same_and_runs_nothing(tmp_path: Path) -> None:
    document = leaflets_document(tiny_source(tmp_path / "a"), "en")
    html = html_of(document)
    assert HOSTILE not in html
    assert "乙路1--9号（单号）" in html
    assert not re.search(r'(src|href)="(?!#|data:)', html)


def test_one_catchment_alone_is_the_same_page(tmp_path: Path) -> None:
    source = tiny_source(tmp_path / "a")
    told: list[float] = []
    alone = leaflets_document(source, "en", zones=["Z2"], told=told.append)
    whole = leaflets_document(source, "en")
    tables = [
        next(b for b in part.blocks if isinstance(b, Table)) for part in (alone.parts[0], whole.parts[1])
    ]
    assert tables[0].rows == tables[1].rows
    assert [part.title for part in alone.parts] == ["东二片区"]
    assert told == [1.0]


def test_an_unknown_catchment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a catchment of the project"):
        leaflets_document(tiny_source(tmp_path / "a"), "en", zones=["Z9"])


@pytest.mark.parametrize("date", ["1" * 81, "2024\n5", "电话13800138000"])
def test_a_date_is_no_place_for_more(tmp_path: Path, date: str) -> None:
    with pytest.raises(DataError, match=r"at most 80 characters|signs that print|no identity, telephone"):
        leaflets_document(tiny_source(tmp_path / "a"), "en", date=date)


def test_a_catchment_without_polygon_has_no_map_and_says_so(tmp_path: Path) -> None:
    plan = "unit_id,zone_id\nU1,Z1\nU2,Z2\nU3,Z2\nU4,Z1\nU5,Z3\n"
    document = leaflets_document(tiny_source(tmp_path / "a", plan=plan), "en", zones=["Z3"])
    blocks = document.parts[0].blocks
    assert not any(isinstance(one, Picture) for one in blocks)
    said_ = [one.text for one in blocks if isinstance(one, Paragraph)]
    assert any(text.startswith("No map:") for text in said_)
    # nothing is said of a map that is not there
    assert "This text decides." in said_


def test_a_long_list_shrinks_to_its_page_and_a_longer_one_goes_overleaf(tmp_path: Path) -> None:
    document = leaflets_document(tiny_source(tmp_path / "a"), "en", zones=["Z1"])

    def with_lines(n: int) -> Part:
        lines = Bullets(items=tuple(f"东街·第{one}社区部分：乙路{one}号" for one in range(n)))
        return replace(document.parts[0], blocks=(lines, *document.parts[0].blocks))

    few = pages_of(leaves_pdf(replace(document, parts=(with_lines(18), document.parts[0])), kicker=""))
    assert len(few) == 2
    assert "Page1" not in few[0]
    many = pages_of(leaves_pdf(replace(document, parts=(with_lines(200), document.parts[0])), kicker=""))
    assert len(many) > 2
    assert f"Page1of{len(many) - 1}" in many[0]
    assert "第199社区" in "".join(many)
    assert "Page" not in many[-1]


@pytest.mark.parametrize("lang", LANGS)
def test_two_hundred_addresses_stand_on_one_page_with_the_map(tmp_path: Path, lang: Lang) -> None:
    document = leaflets_document(tiny_source(tmp_path / "a"), lang, zones=["Z1"])
    lines = Bullets(items=tuple(f"乙路{one}号" for one in range(1001, 1201)))
    part = replace(document.parts[0], blocks=(*document.parts[0].blocks, lines))
    (page,) = pages_of(leaves_pdf(replace(document, parts=(part,)), kicker=""))
    assert all(line in page for line in lines.items)
    # they are read column by column, in their order
    assert sorted(lines.items, key=page.index) == list(lines.items)


def test_the_kicker_names_project_year_and_level(tmp_path: Path) -> None:
    from geodata.messages import speaker

    source = tiny_source(tmp_path / "a")
    assert (
        kicker_of(source.city, speaker("en")) == "For parents: 小城 Tiny 2024, Primary schools, first year"
    )
