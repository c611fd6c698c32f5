"""The README runs, and points only at what is there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.command import xuequ
from tests.tiny import layer, square, write_tiny

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_block_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [block] = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})
    assert (tmp_path / "town" / "runs").is_dir()


def test_the_commands_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", README, flags=re.S)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    monkeypatch.chdir(tmp_path)
    instance = {"applicants": {"a": ["S"]}, "schools": {"S": {"seats": 1, "priorities": ["a"]}}}
    (tmp_path / "FILE.json").write_text(json.dumps(instance), encoding="utf-8")
    write_the_files_that_it_names(tmp_path)
    ran = 0
    for words in lines:
        if words[0] != "xuequ":
            assert words[0] == "make"
            continue
        stopped = sorted(tmp_path.glob("mycity/runs/*-through-*"))
        filled = [str(stopped[0]) if "…" in word and stopped else word for word in words[1:]]
        said = xuequ(*filled)
        assert said.status == 0, (words, said.err)
        ran += 1
    assert ran == 52


def write_the_files_that_it_names(folder: Path) -> None:
    files = {
        "lists/schools.csv": "学校编号,校名,经度,纬度\nS1,甲小学,118.1,24.5\n",
        "lists/units.csv": "小区编号,小区,社区\nU1,东一小区,甲社区\n",
        "gps.csv": "school,lng,lat\n甲小学,118.0844471,24.4824837\n",
        "notice.csv": "school,scope\nS1,东街·甲社区部分：乙路1--9号（单号）。\nS2,东街·乙社区\n",
        "district.csv": "district,children\nD1,100\nD2,40\n",
        "moves.csv": "unit_id,zone_id,reason_code\nU2,Z1,relief\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    zones = layer(
        ({"zone_id": "Z1"}, square(0, 0, 1000, 2000)),
        ({"zone_id": "Z2"}, square(1000, 0, 1000, 2000)),
        ({"zone_id": "Z3"}, square(-4000, 0, 2000)),
    )
    here = ('path = "zones.csv"', 'path = "zones.geojson"\ndatum = "EPSG:4548"')
    write_tiny(folder / "drawn", zones=None, xuequ=here)
    (folder / "drawn" / "zones.geojson").write_text(zones, encoding="utf-8")


def test_the_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make (\w+)", README)):
        assert re.search(rf"^{target}:", makefile, flags=re.M), target


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_the_files_that_documents_name_are_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for path in re.findall(r"`((?:geodata|zoning|simulate|tests|notebooks)/[\w/.*-]*)`", text):
        assert list(ROOT.glob(path.rstrip("/"))), path
    for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text):
        assert (ROOT / path).is_file(), path
