"""Tables of the paper: headings that repeat, rows that are never cut, numbers to the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from geodata.messages import Lang
from simulate.dossier.labels import cells_shown, heading_rows
from simulate.dossier.model import Cards, Table
from simulate.dossier.table_widths import Setting
from simulate.dossier.word_layout import room_pt
from simulate.dossier.word_xml import escaped, paragraph, run

_SHORT_ROWS, _SHORT_TEXT = 10, 500
"""A table of no more rows and letters is not cut by the end of a page."""
_FORM_ROW_TWIPS = 620
"""The least height of a row to be filled in by hand."""


def table_xml(table: Table, lang: Lang, setting: Setting) -> str:
    """Return a table as an element of Word.

    Parameters
    ----------
    table : Table
    lang : {"zh", "en"}
    setting : Setting
    """
    size = round(setting.size_pt * 2)
    twips = _twips(setting.widths_pt)
    rows = [*_heading_xml(table, twips, size)]
    sums = len(table.rows) - table.totals
    styles = ["TableNumber" if column.numeric else "TableText" for column in table.columns]
    height = f'<w:trHeight w:val="{_FORM_ROW_TWIPS}" w:hRule="atLeast"/>' if table.form else ""
    shown = cells_shown(table, lang)
    for at, texts in enumerate(shown):
        keep = _kept(table, shown, at)
        cells = (
            _cell(text, style, width, size, bold=at >= sums, keep=keep)
            for text, style, width in zip(texts, styles, twips, strict=True)
        )
        rows.append(_row(cells, height))
    return _whole(twips, rows, table.title)


def _kept(table: Table, rows: list[list[str]], at: int) -> bool:
    """Return whether a row stays on the page of the next: all of a short table, or the last ones.

    So that no sum and no note is alone on a page.
    """
    if at == len(rows) - 1:
        return bool(table.notes)
    if (
        not table.form
        and len(rows) <= _SHORT_ROWS
        and sum(map(len, chain.from_iterable(rows))) <= _SHORT_TEXT
    ):
        return True
    return at >= len(rows) - table.totals - 2


def cards_xml(cards: Cards) -> str:
    """Return the cards as a table: what, before (where there is a base), after, remark."""
    kept = [0, 1, 2, 3] if any(item[1] for item in cards.items) else [0, 2, 3]
    shares = (0.34, 0.16, 0.16, 0.34)
    room = room_pt(False) / sum(shares[at] for at in kept)
    twips = _twips([room * shares[at] for at in kept])
    size = 24
    heads = (
        _cell(text, "TableHeading", width, size)
        for text, width in zip([cards.headings[at] for at in kept], twips, strict=True)
    )
    styles = [("TableText", "TableNumber", "TableNumber", "TableText")[at] for at in kept]
    rows = [_row(heads, "<w:tblHeader/>")]
    for item in cards.items:
        cells = (
            _cell(text, style, width, size, bold=style == "TableNumber")
            for text, style, width in zip([item[at] for at in kept], styles, twips, strict=True)
        )
        rows.append(_row(cells))
    return _whole(twips, rows, " · ".join(cards.headings))


def _twips(widths_pt: Sequence[float]) -> list[int]:
    return [round(width * 20) for width in widths_pt]


def _heading_xml(table: Table, twips: list[int], size: int) -> Iterator[str]:
    first, *second = heading_rows(table)
    at, cells = 0, []
    for text, across, down, _ in first:
        width = sum(twips[at : at + across])
        cells.append(
            _cell(text, "TableHeading", width, size, across=across, merge="restart" if down > 1 else "")
        )
        at += across
    yield _row(cells, "<w:tblHeader/>")
    for row in second:
        titles = {at: text for text, _, _, at in row}
        yield _row(
            (
                _cell(
                    titles.get(at, ""),
                    "TableHeading",
                    width,
                    size,
                    merge="" if at in titles else "continue",
                )
                for at, width in enumerate(twips)
            ),
            "<w:tblHeader/>",
        )


def _row(cells: Iterator[str] | Sequence[str], more: str = "") -> str:
    return f"<w:tr><w:trPr><w:cantSplit/>{more}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(
    text: str,
    style: str,
    width: int,
    size: int,
    *,
    across: int = 1,
    merge: str = "",
    bold: bool = False,
    keep: bool = False,
) -> str:
    span = f'<w:gridSpan w:val="{across}"/>' if across > 1 else ""
    down = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    words = run(text, bold=bold, half_points=size) if text else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{down}<w:vAlign w:val="center"/></w:tcPr>'
        f"{paragraph(style, words, more='<w:keepNext/>' if keep else '')}</w:tc>"
    )


def _whole(twips: list[int], rows: list[str], title: str) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in twips)
    thick, thin = ('<w:{} w:val="single" w:sz="' + size + '" w:space="0" w:color="auto"/>' for size in "84")
    borders = "".join(
        (thick if side in ("top", "bottom") else thin).format(side)
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", 28), ("left", 70), ("bottom", 28), ("right", 70))
    )
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f"<w:tblCellMar>{margins}</w:tblCellMar>"
        '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" '
        'w:noHBand="1" w:noVBand="1"/>'
        f'<w:tblCaption w:val="{escaped(title)}"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )
