"""Faults and messages in words."""

from __future__ import annotations

import ast
import pickle
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from geodata import DataError, Fault, NotBuiltYetError, XuequError, say, speaker
from geodata.messages import LANGS, Lang

ROOT = Path(__file__).parents[2]


def test_a_fault_says_where_what_what_is_allowed_and_what_to_do() -> None:
    fault = Fault(
        file="plan.csv",
        row=3,
        column="片区",
        found="Z9",
        allowed=say("one of {a}", a="Z1"),
        remedy=say("mend it"),
    )
    assert (
        fault.line(speaker("en")) == "plan.csv, row 3, column 片区: found 'Z9'; one of Z1. To do: mend it"
    )


def test_a_fault_without_a_place_says_what_it_knows() -> None:
    assert Fault(file="plan.csv", allowed=say("rows")).line(speaker("en")) == "plan.csv: rows"


def test_a_long_cell_is_cut_where_it_is_shown() -> None:
    line = Fault(file="f", found="x" * 100, allowed=say("short")).line(speaker("en"))
    assert f"found '{'x' * 77}…'" in line


def test_faults_are_all_shown_up_to_twenty_of_a_kind() -> None:
    faults = [Fault(file="f", row=n, column="c", allowed=say("a number")) for n in range(20)]
    assert len(str(DataError(faults)).splitlines()) == 21


def test_more_than_twenty_of_a_kind_are_counted() -> None:
    faults = [Fault(file="f", row=n, allowed=say("a number")) for n in range(25)]
    lines = str(DataError(faults)).splitlines()
    assert lines[0] == "faults in the data (25):"
    assert lines[-1] == "  f: 5 more like it"
    assert len(lines) == 22


def test_a_fault_of_another_kind_is_shown_beside_many_of_one() -> None:
    faults = [Fault(file="f", row=n, column="c", allowed=say("a number")) for n in range(25)]
    faults.append(Fault(file="f", row=99, column="d", allowed=say("a date")))
    assert "f, row 99, column d: a date" in str(DataError(faults))


def test_what_is_not_built_yet_says_so() -> None:
    assert str(NotBuiltYetError(say("answers"))) == "not built yet: answers"
    assert issubclass(NotBuiltYetError, XuequError)


@pytest.mark.parametrize("lang", LANGS)
def test_a_message_without_values_may_show_braces(lang: Lang) -> None:
    assert "{ zh = …, en = … }" in speaker(lang)(say("reason = { zh = …, en = … }"))
    assert str(say("tables in { }")) == "tables in { }"


def messages() -> Iterator[tuple[str, str, set[str | None]]]:
    """Yield place, text and names of the values of every call of `say`."""
    for package in ("geodata", "zoning", "simulate"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (
                    isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"
                ):
                    continue
                if node.args and isinstance(node.args[0], ast.Constant):
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    yield place, str(node.args[0].value), {keyword.arg for keyword in node.keywords}


def test_every_message_names_the_values_that_it_is_given() -> None:
    wrong = []
    for place, text, given in messages():
        if not given or None in given:
            continue
        named = {name.split("!")[0] for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        if named != given:
            wrong.append(f"{place}: {sorted(named)} in the text, {sorted(map(str, given))} given")
    assert wrong == []


def test_every_message_without_values_asks_for_none() -> None:
    def asks(text: str) -> bool:
        return any(f"{{{name}}}" in text for name in ("n", "file", "zone", "school", "path", "problem"))

    # loose_files.py holds messages to be said in the place of others, with the values of those
    found = [place for place, text, given in messages() if not given and asks(text)]
    assert [place for place in found if "loose_files.py" not in place] == []


def test_faults_come_back_whole_from_another_process() -> None:
    error = DataError([Fault(file="units.csv", row=3, found="U9", allowed=say("each once"))])
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.faults, str(back)) == (DataError, error.faults, str(error))
