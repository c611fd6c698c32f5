"""The notebooks run from top to bottom, hold no output, and are short enough to read."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SHOWN = {
    "01_first_allocation": "True",  # verified
    "02_drawing_and_checking_zones": "gap of 7,549 m²",
    "03_points_and_coordination": "passed by fewer points",
    "04_scenarios_and_chances": "short_probability",
    "05_the_hearing": "dossier.zh.html",
}
"""What each shows, among other things."""


def cells_of(path: Path) -> list[dict[str, Any]]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    cells: list[dict[str, Any]] = notebook["cells"]
    return cells


def run(path: Path) -> list[object]:
    """Run the code of a notebook as a kernel does, and return what its cells show."""
    names: dict[str, Any] = {"__name__": "__main__"}
    shown: list[object] = []
    for cell in cells_of(path):
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]), filename=path.name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, path.name, "exec"), names)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), path.name, "eval"), names))
    return shown


def test_the_notebooks_are_all_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(SHOWN)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_holds_no_output_and_speaks_both_languages(path: Path) -> None:
    cells = cells_of(path)
    assert len(cells) < 20
    assert all(
        cell["outputs"] == [] and cell["execution_count"] is None for cell in cells if "outputs" in cell
    )
    words = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert any("一" <= letter <= "鿿" for letter in words)
    assert words.startswith(f"# {path.stem[:2]} ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_each_of_its_cells_shows_something(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    shown = run(path)
    assert len(shown) >= 3
    assert all(str(one) for one in shown)
    assert SHOWN[path.stem] in "\n".join(str(one) for one in shown)


def test_the_carried_data_are_the_published_ones(real_data: Path) -> None:
    for name in ("zones.geojson", "schools.geojson"):
        carried = ROOT / "notebooks" / "data" / "xiangtan" / name
        assert carried.read_bytes() == (real_data / "xiangtan" / name).read_bytes()
