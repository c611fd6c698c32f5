"""Small counts are not told in public, and cannot be worked out from what is told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from simulate.dossier.model import SUPPRESSED, Column, Table
from simulate.dossier.suppressing import (
    LEAST_TOLD,
    WITHHELD,
    Counted,
    Equation,
    hidden_names,
    intervals,
    sum_of,
    suppress,
    values_of,
)

Values = dict[str, int]


def grid(cells: list[list[int]]) -> tuple[Values, list[Equation]]:
    """Return a table of two ways with its totals."""
    rows, columns = len(cells), len(cells[0])
    values = {f"{r},{c}": cells[r][c] for r in range(rows) for c in range(columns)}
    equations = []
    for r in range(rows):
        values[f"{r},T"] = sum(cells[r])
        equations.append(sum_of(f"{r},T", [f"{r},{c}" for c in range(columns)]))
    for c in [*range(columns), "T"]:
        values[f"T,{c}"] = sum(values[f"{r},{c}"] for r in range(rows))
        equations.append(sum_of(f"T,{c}", [f"{r},{c}" for r in range(rows)]))
    equations.append(sum_of("T,T", [f"T,{c}" for c in range(columns)]))
    return values, equations


def attacked(
    values: Values, equations: list[Equation], hidden: frozenset[str]
) -> dict[str, tuple[float, float]]:
    """Return between what each hidden count must lie, by linear programs of the test's own."""
    names = sorted(name for name in hidden if values[name])
    left, right = [], []
    for one in equations:
        terms = dict(one.terms)
        left.append([terms.get(name, 0) for name in names])
        right.append(-sum(f * values[n] for n, f in one.terms if n not in names))
    bounds = [(1, LEAST_TOLD - 1) if values[n] < LEAST_TOLD else (LEAST_TOLD, None) for n in names]
    found = {}
    for at, name in enumerate(names):
        weight = np.zeros(len(names))
        weight[at] = 1
        ends = []
        for sign in (1, -1):
            solved = linprog(sign * weight, A_eq=left, b_eq=right, bounds=bounds)
            ends.append(math.inf if solved.status == 3 else sign * solved.fun)
        found[name] = (ends[0], ends[1])
    return found


def has_two(low: float, high: float) -> bool:
    """Return whether two whole numbers lie between."""
    return high == math.inf or math.floor(high + 1e-6) - math.ceil(low - 1e-6) >= 1


SMALL_GRIDS = st.integers(2, 4).flatmap(
    lambda columns: st.lists(
        st.lists(
            st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 7, 9, 14, 40]), min_size=columns, max_size=columns
        ),
        min_size=2,
        max_size=5,
    )
)


@settings(max_examples=60, deadline=None)
@given(SMALL_GRIDS)
def test_no_hidden_count_of_any_table_can_be_worked_out(cells: list[list[int]]) -> None:
    values, equations = grid(cells)
    hidden = hidden_names(values, equations)
    assert {name for name, value in values.items() if 0 < value < LEAST_TOLD} <= hidden
    assert not any(values[name] == 0 for name in hidden)
    for low, high in attacked(values, equations, hidden).values():
        assert has_two(low, high)


@settings(max_examples=20, deadline=None)
@given(SMALL_GRIDS)
def test_what_is_hidden_does_not_depend_on_the_order_of_anything(cells: list[list[int]]) -> None:
    values, equations = grid(cells)
    turned = dict(reversed(values.items()))
    assert hidden_names(values, equations) == hidden_names(turned, equations)


@settings(max_examples=20, deadline=None)
@given(SMALL_GRIDS, st.data())
def test_two_versions_of_a_table_hide_the_same_cells(cells: list[list[int]], data: st.DataObject) -> None:
    moved = [[max(0, n + data.draw(st.integers(-3, 3))) for n in row] for row in cells]
    (before, first), (after, second) = grid(cells), grid(moved)
    values = {f"b|{n}": v for n, v in before.items()} | {f"a|{n}": v for n, v in after.items()}
    equations = [
        Equation(terms=tuple((f"{side}|{n}", f) for n, f in one.terms))
        for side, own in (("b", first), ("a", second))
        for one in own
    ]
    together = [(f"b|{name}", f"a|{name}") for name in before]
    hidden = hidden_names(values, equations, together=together)
    for name in before:
        pair = [f"b|{name}", f"a|{name}"]
        told = [one in hidden for one in pair if values[one]]
        assert len(set(told)) <= 1, name
    for low, high in attacked(values, equations, hidden).values():
        assert has_two(low, high)


def test_a_worked_example_hides_a_circle_of_four_and_no_total() -> None:
    values, equations = grid([[2, 30, 50], [20, 40, 60], [70, 80, 90]])
    hidden = hidden_names(values, equations)
    # 2 alone is small; 20 in its column, 30 in its row, and 40 closes the circle
    assert hidden == {"0,0", "1,0", "0,1", "1,1"}


def test_a_table_without_small_counts_is_told_whole() -> None:
    values, equations = grid([[5, 30], [0, 40]])
    assert hidden_names(values, equations) == frozenset()


def test_two_counts_that_their_total_gives_away_hide_it_too() -> None:
    # each is 4 at most, so that a total of 8 leaves one way alone
    values = {"a": 4, "b": 4, "all": 8, "rest": 30, "sum": 38}
    equations = [sum_of("all", ["a", "b"]), sum_of("sum", ["all", "rest"])]
    hidden = hidden_names(values, equations)
    assert hidden == {"a", "b", "all", "rest"}
    assert all(has_two(*ends) for ends in attacked(values, equations, hidden).values())


def test_a_count_that_stands_nowhere_is_not_worked_out_either() -> None:
    values, equations = {"placed": 48, "household": 46}, [sum_of("placed", ["household", "others"])]
    assert hidden_names(values, equations, unpublished={"others": 2}) in (
        {"household"},
        {"placed"},
    )
    enough = {"placed": 48, "household": 30}
    assert hidden_names(enough, equations, unpublished={"others": 18}) == frozenset()


def test_a_chain_over_several_tables_is_followed() -> None:
    # what left one zone came to the other: the moves stand in one table, the zones in another
    values = {"old": 20, "new": 17, "move": 3}
    equations = [Equation(terms=(("old", 1), ("move", -1), ("new", -1)))]
    hidden = hidden_names(values, equations)
    assert "move" in hidden
    assert hidden & {"old", "new"}


def test_the_intervals_of_the_module_are_those_of_the_test() -> None:
    values, equations = grid([[2, 30, 3], [20, 4, 60], [1, 80, 90]])
    hidden = hidden_names(values, equations)
    own, ours = intervals(values, equations, hidden), attacked(values, equations, hidden)
    assert own.keys() == ours.keys()
    for name, (low, high) in own.items():
        assert low == pytest.approx(ours[name][0])
        if ours[name][1] < math.inf:
            assert high == pytest.approx(ours[name][1])


def _table() -> Counted:
    columns = (
        Column(key="name", title="name"),
        Column(key="n", title="n", kind="integer", children=True),
        Column(key="share", title="share", kind="share"),
        Column(key="seats", title="seats", kind="integer"),
    )
    rows = (("a", 3, 0.1, 30), ("b", 20, 0.5, 40), ("c", 0, 0.0, 3), ("all", 23, 0.3, 73))
    table = Table(id="T", title="t", columns=columns, rows=rows, keys=("a", "b", "c", "all"), totals=1)
    names = {(row, "n"): f"n|{row}" for row in table.keys}
    return Counted(table=table, names=names, follows={"share": ("n",)})


def test_cells_are_marked_and_what_follows_from_them_goes_too() -> None:
    one = _table()
    table = suppress([one], [sum_of("n|all", ["n|a", "n|b", "n|c"])])["T"]
    assert table.value("a", "n") == SUPPRESSED
    assert table.value("a", "share") == WITHHELD
    # 20 would tell 3 by the total: it is kept back, and is not called small
    assert table.value("b", "n") == WITHHELD
    assert table.value("b", "share") == WITHHELD
    assert table.value("c", "n") == 0
    assert table.value("all", "n") == 23
    # what counts no children is left as it is
    assert [table.value(row, "seats") for row in table.keys] == [30, 40, 3, 73]


def test_what_is_hidden_may_be_given_and_is_then_taken() -> None:
    table = suppress([_table()], hidden=frozenset({"n|b"}))["T"]
    assert [table.value(row, "n") for row in table.keys] == [3, WITHHELD, 0, 23]


def test_one_name_for_two_counts_is_refused() -> None:
    one = _table()
    other = Counted(table=one.table, names={("a", "n"): "n|b"})
    with pytest.raises(ValueError, match=r"n\|b is 20 and 3"):
        values_of([one, other])


def test_an_equation_that_does_not_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="does not hold"):
        hidden_names({"all": 9, "a": 3, "b": 5}, [sum_of("all", ["a", "b"])])


def test_where_one_count_cannot_be_helped_others_are_protected_all_the_same() -> None:
    # 4 = 1 + 1 + 1 + 1 tells itself, whatever is hidden
    values = {"four": 4, **{f"one {n}": 1 for n in range(4)}}
    equations = [sum_of("four", [f"one {n}" for n in range(4)])]
    rest, more = grid([[3, 20], [9, 11]])
    hidden = hidden_names({**values, **rest}, [*equations, *more])
    found = attacked(rest, more, frozenset(hidden & set(rest)))
    assert "0,0" in found
    assert all(high - low >= 1 for low, high in found.values())
