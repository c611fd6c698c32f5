"""The READMEs run, say the same in both languages, and point only at what is there."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from tests.architecture import architecture
from tests.command import xuequ
from tests.tiny import layer, square, write_tiny
from zoning.web.fonts import font_css

ROOT = Path(__file__).parent.parent
READMES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")}
ENGLISH, CHINESE = READMES.values()
BOTH = pytest.mark.parametrize("name", list(READMES))


def blocks_of(text: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", text, flags=re.S)


def commands_of(text: str) -> list[list[list[str]]]:
    """Return the command blocks of a README as words, without their comments."""
    blocks = [block.splitlines() for block in blocks_of(text, "bash")]
    return [[shlex.split(line, comments=True) for line in lines] for lines in blocks]


def prose_of(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.S)


def tables_of(text: str) -> list[list[list[str]]]:
    """Return the tables of a README: their rows, cell by cell."""
    found = re.findall(r"(?:^\|.*\|\n)+", prose_of(text), flags=re.M)
    return [[[c.strip() for c in row.strip("|").split("|")] for row in one.splitlines()] for one in found]


def test_the_python_block_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [block] = blocks_of(ENGLISH, "python")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})
    assert (tmp_path / "town" / "runs").is_dir()


def test_the_commands_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    instance = {"applicants": {"a": ["S"]}, "schools": {"S": {"seats": 1, "priorities": ["a"]}}}
    (tmp_path / "FILE.json").write_text(json.dumps(instance), encoding="utf-8")
    write_the_files_that_it_names(tmp_path)
    [start, *blocks] = commands_of(ENGLISH)
    assert {words[0] for words in start} == {"make"}
    ran = 0
    for words in (words for block in blocks for words in block):
        assert words[0] == "xuequ"
        said = xuequ(*words[1:])
        assert said.status == 0, (words, said.err)
        ran += 1
    assert ran == 59


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


def test_both_readmes_have_the_same_commands_and_the_same_code() -> None:
    assert commands_of(CHINESE) == commands_of(ENGLISH)
    codes = [
        [ast.dump(ast.parse(block)) for block in blocks_of(text, "python")] for text in READMES.values()
    ]
    assert codes[0] == codes[1]


def test_both_readmes_have_the_same_parts() -> None:
    headings = [re.findall(r"^(#+) ", prose_of(text), flags=re.M) for text in READMES.values()]
    assert headings[0] == headings[1]
    shapes = [[[len(row) for row in table] for table in tables_of(text)] for text in READMES.values()]
    assert shapes[0] == shapes[1]


def test_both_readmes_name_the_same_files_options_and_policies() -> None:
    named = [set(re.findall(r"`([^`]+)`", prose_of(text))) for text in READMES.values()]
    assert named[0] == named[1]


def test_both_readmes_have_the_same_glossary() -> None:
    [english] = [table[2:] for table in tables_of(ENGLISH) if table[0][:2] == ["here", "Chinese"]]
    [chinese] = [table[2:] for table in tables_of(CHINESE) if table[0][:2] == ["用语", "英文"]]
    assert [row[:2] for row in chinese] == [[row[1], row[0]] for row in english]


def test_the_make_targets_of_the_readmes_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make (\w+)", ENGLISH + CHINESE)):
        assert re.search(rf"^{target}:", makefile, flags=re.M), target


@pytest.mark.parametrize("document", [*READMES, "CONTRIBUTING.md"])
def test_the_files_that_documents_name_are_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for path in re.findall(r"`((?:geodata|zoning|simulate|tests|notebooks)/[\w/.*-]*)`", text):
        assert list(ROOT.glob(path.rstrip("/"))), path
    for path in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / path).is_file(), path


@BOTH
def test_links_within_a_readme_lead_to_its_headings(name: str) -> None:
    # as GitHub makes them: lower case, spaces as hyphens, other signs left out
    headings = re.findall(r"^#+ (.+)$", prose_of(READMES[name]), flags=re.M)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(#([^)]+)\)", READMES[name])
    assert links
    assert set(links) <= anchors


def test_all_pictures_are_shown_and_made_by_make_pictures() -> None:
    maker = (ROOT / "tests" / "pictures.py").read_text(encoding="utf-8")
    shown = {path for text in READMES.values() for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)}
    assert shown == {f"notebooks/pictures/{path.name}" for path in (ROOT / "notebooks/pictures").iterdir()}
    for path in shown:
        stem, lang, suffix = Path(path).name.split(".")
        assert f'f"{stem}.{{lang}}"' in maker, path
        assert (lang, suffix) in {("en", "jpg"), ("zh", "jpg")}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_architecture_picture_names_the_three_packages_in_letters_that_its_font_has(lang: str) -> None:
    page = architecture(lang)
    assert all(package in page for package in ("geodata/", "zoning/", "simulate/"))
    words = "".join(re.findall(r">([^<]+)</text>", page))
    assert font_css(words).missing == ()
    assert bool(re.search("[一-鿿]", words)) == (lang == "zh")


def test_the_citation_has_the_fields_of_its_format_and_the_version_of_the_package() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^([\w-]+): *(.*)$", text, flags=re.M))
    assert {"cff-version", "message", "title", "authors"} <= set(fields)  # the format requires them
    assert set(fields) <= {
        *(
            "cff-version",
            "message",
            "title",
            "authors",
            "type",
            "version",
            "license",
            "keywords",
            "abstract",
        ),
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (fields["cff-version"], fields["version"]) == ("1.2.0", project["version"])
    assert fields["license"] == project["license"]
