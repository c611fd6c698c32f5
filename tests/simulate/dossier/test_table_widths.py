"""How tables are set on paper: no number is cut, and room goes where it saves lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulate.dossier.measure import text_em
from simulate.dossier.model import Column, Table
from simulate.dossier.table_widths import FEW_ROWS, Stock, pieces_on, setting_on

STOCK = Stock(
    upright_pt=480.0,
    across_pt=720.0,
    sizes=((False, 10.0), (False, 8.0), (True, 10.0), (True, 6.0)),
    padding_em=1.0,
    text_em=4.0,
)
NAME = Column(key="name", title="学校", weight=2)


def numbers(count: int, group: str = "") -> tuple[Column, ...]:
    return tuple(Column(key=f"{group}{n}", title="人数", kind="integer", group=group) for n in range(count))


def table_of(columns: tuple[Column, ...], *rows: tuple[str | int | None, ...]) -> Table:
    keys = tuple(str(n) for n in range(len(rows)))
    return Table(id="x", title="x", columns=columns, rows=rows, keys=keys, notes=("note",))


def test_the_column_of_long_texts_gets_the_room() -> None:
    columns = (NAME, Column(key="why", title="理由", weight=1), *numbers(2))
    row = ("东方小学", "因学校已满而调整到邻近学校，" * 2, 7, 12345)
    table = table_of(columns, *(row for _ in range(20)))
    name, why, few, many = setting_on(STOCK, table, "zh").widths_pt
    assert why > name > few
    assert why / 10 - STOCK.padding_em >= text_em(str(row[1])) / 2
    assert min(name, few, many) / 10 >= 2.0 + STOCK.padding_em


def test_a_name_that_nearly_fits_is_not_broken() -> None:
    # digits between Chinese letters are set apart from them by a quarter on both sides
    table = table_of((NAME, *numbers(11)), *(("同安合成01小学", *range(11)) for _ in range(12)))
    setting = setting_on(STOCK, table, "zh")
    assert setting.widths_pt[0] / setting.size_pt - STOCK.padding_em >= 7.6


def test_the_largest_type_that_fits_is_taken_and_upright_comes_first() -> None:
    chosen = []
    for count in (4, 13, 16, 25, 60):
        row = ("东方小学", *(12345 for _ in range(count)))
        table = table_of((NAME, *numbers(count)), *(row for _ in range(FEW_ROWS + 1)))
        setting = setting_on(STOCK, table, "zh")
        chosen.append((setting.across, setting.size_pt))
        assert sum(setting.widths_pt) == pytest.approx(STOCK.room_pt(setting.across))
    assert chosen == [(False, 10.0), (False, 8.0), (True, 10.0), (True, 6.0), (True, 6.0)]


def test_a_heading_over_columns_stands_on_one_line() -> None:
    group = "上学路程（公里，直线）"
    table = table_of((NAME, *numbers(2, group)), ("东方小学", 1, 2))
    narrow = replace(STOCK, upright_pt=180.0)
    widths = setting_on(narrow, table, "zh").widths_pt
    assert sum(widths[1:]) / 10 >= text_em(group)


def test_columns_before_and_after_are_as_wide_as_each_other() -> None:
    columns = (NAME, *(Column(key=group, title="预警", group=group) for group in ("调整前", "调整后")))
    rows = [("东方小学", "儿童数达到或超过学位数，较为紧张" * 3, "学位有余") for _ in range(9)]
    _, before, after = setting_on(STOCK, table_of(columns, *rows), "zh").widths_pt
    assert before == pytest.approx(after)


def test_pieces_are_cut_between_headings_and_are_about_as_wide_as_each_other() -> None:
    columns = (NAME, *numbers(8, "调整前"), *numbers(8, "调整后"))
    row = ("东方小学", *(12345 for _ in range(16)))
    first, second = pieces_on(STOCK, table_of(columns, row, row), "zh")
    assert {one.group for one in first.columns[1:]} == {"调整前"}
    assert {one.group for one in second.columns[1:]} == {"调整后"}
    assert (first.notes, second.notes) == ((), ("note",))
    many = table_of(columns, *(row for _ in range(FEW_ROWS + 1)))
    assert pieces_on(STOCK, many, "zh") == [many]


def test_the_same_table_is_set_the_same_whatever_the_order_of_its_rows() -> None:
    columns = (NAME, Column(key="why", title="理由", weight=1), *numbers(3))
    rows = [("东" * (n % 7 + 1), "因" * (n * 3 % 40), n, n, n) for n in range(30)]
    one = setting_on(STOCK, table_of(columns, *rows), "zh")
    assert setting_on(STOCK, table_of(columns, *rows[::-1]), "zh") == one
