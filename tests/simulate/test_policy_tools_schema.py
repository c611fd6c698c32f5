"""The JSON Schemas are those of the records, and the README of the policies says what the files say."""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from geodata.toml import record_from
from simulate.points.files import schedule_path, shipped_schedules
from simulate.policy import Policy
from simulate.policy_files import policy_path, shipped_policies
from simulate.policy_tools.schema import (
    descriptions,
    field_table,
    policy_schema,
    schedule_schema,
    texts,
    with_table,
    write_all,
)
from tests.simulate.policy_parts import SOUND, edited

FOLDER = policy_path("xiamen-datongchou", Path()).parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", README, flags=re.S)


def plain(value: Any) -> Any:
    """Return a value of a TOML file as editors hand it to a schema: days are texts."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


def fits(value: Any, schema: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Whether a value is what a schema says: the keywords that ours use, and no others."""
    known = {
        "$schema", "$defs", "$ref", "title", "description", "default", "format", "discriminator", "type",
        "anyOf", "oneOf", "enum", "const", "pattern", "items", "minItems", "maxItems", "properties",
        "required", "additionalProperties", "minimum", "maximum", "minProperties", "propertyNames",
    }  # fmt: skip
    assert set(schema) <= known, set(schema) - known
    if "$ref" in schema and not fits(value, whole["$defs"][schema["$ref"].rpartition("/")[2]], whole):
        return False
    for key in ("anyOf", "oneOf"):
        if key in schema and not any(fits(value, one, whole) for one in schema[key]):
            return False
    if "type" in schema:
        right = TYPES[schema["type"]]
        if not isinstance(value, right) or (isinstance(value, bool) and schema["type"] != "boolean"):
            return False
    if ("enum" in schema and value not in schema["enum"]) or value != schema.get("const", value):
        return False
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return False
    if isinstance(value, (int, float)) and not (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
    ):
        return False
    if isinstance(value, list):
        many = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        return many and all(fits(one, schema.get("items", {}), whole) for one in value)
    if isinstance(value, dict):
        properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        if set(schema.get("required", ())) - set(value) or (more is False and set(value) - set(properties)):
            return False
        rest = more if isinstance(more, dict) else {}
        return all(fits(one, properties.get(key, rest), whole) for key, one in value.items())
    return True


@pytest.mark.parametrize("name", texts())
def test_the_schema_beside_the_policies_is_current(name: str) -> None:
    # python -m simulate.policy_tools.schema writes it
    assert (FOLDER / name).read_text(encoding="utf-8") == texts()[name]


def test_the_table_of_fields_in_the_readme_is_current() -> None:
    assert with_table(README) == README
    assert field_table() in README


def test_all_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(
        "# a\n<!-- fields: x -->\nold\n<!-- end of fields -->\nb\n", encoding="utf-8"
    )
    names = [path.name for path in write_all(tmp_path)]
    assert names == ["policy.schema.json", "schedule.schema.json", "README.md"]
    assert json.loads((tmp_path / names[0]).read_text(encoding="utf-8")) == policy_schema()
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# a\n<!-- fields: x -->\n| of")
    assert readme.endswith("|\n<!-- end of fields -->\nb\n")


def test_every_field_is_described_in_both_languages_and_nothing_else_is() -> None:
    schema = policy_schema()
    described = descriptions()
    used = set()
    for record, part in {**schema["$defs"], "Policy": schema}.items():
        for key, field in part["properties"].items():
            english, chinese = field["description"].split("\n")
            assert not re.search("[\u4e00-\u9fff]", english)
            assert re.search("[\u4e00-\u9fff]", chinese)
            used.add((record, key) if key in described.get(record, {}) else ("any", key))
    assert used == {(record, key) for record, fields in described.items() for key in fields}


@pytest.mark.parametrize("name", shipped_policies())
def test_a_shipped_policy_fits_the_schema(name: str) -> None:
    schema = policy_schema()
    assert fits(plain(tomllib.loads(policy_path(name, Path()).read_text(encoding="utf-8"))), schema, schema)


@pytest.mark.parametrize("name", shipped_schedules())
def test_a_shipped_schedule_fits_the_schema(name: str) -> None:
    schema = schedule_schema()
    assert fits(
        plain(tomllib.loads(schedule_path(name, Path()).read_text(encoding="utf-8"))), schema, schema
    )


@pytest.mark.parametrize(
    "edit",
    [
        ('when_full = "over"', 'when_ful = "over"'),
        ('when_full = "over"', 'when_full = "overflow"'),
        ('mechanism = "least-travel"', 'mechanism = "lottery"'),
        ('mechanism = "least-travel"', 'mechanism = "serial-dictatorship"'),
        ('order = ["points desc", "ticket"]', 'order = ["height desc", "ticket"]'),
        ('order = ["points desc", "ticket"]', "order = []"),
        ("precedence = -1", 'precedence = "first"'),
        ('jurisdiction = "小城"\n', ""),
    ],
    ids=str,
)
def test_what_a_schema_can_say_an_editor_marks(edit: tuple[str, str]) -> None:
    schema = policy_schema()
    assert fits(plain(tomllib.loads(SOUND)), schema, schema)
    assert not fits(plain(tomllib.loads(edited(edit))), schema, schema)


def test_keys_of_items_fit_the_schema() -> None:
    schema = policy_schema()
    text = edited(('order = ["points desc", "ticket"]', 'order = ["item:permit desc", "ticket"]'))
    assert fits(plain(tomllib.loads(text)), schema, schema)


# --- the README


def test_the_blocks_of_the_readme_are_those_of_the_file() -> None:
    text = (FOLDER / "xiamen-datongchou.toml").read_text(encoding="utf-8").splitlines()
    walked = [block for block in BLOCKS if "the notice of" not in block and "#:schema" not in block]
    assert len(walked) == 5
    for block in walked:
        patterns = [re.escape(line).replace("…", ".*") for line in block.splitlines()]
        starts = [
            n
            for n in range(len(text) - len(patterns) + 1)
            if all(re.fullmatch(p, line) for p, line in zip(patterns, text[n:], strict=False))
        ]
        assert len(starts) == 1, block


def test_the_example_of_versions_in_the_readme_is_a_policy() -> None:
    [block] = [block for block in BLOCKS if "the notice of" in block]
    values = tomllib.loads(SOUND)
    values["stage"] += tomllib.loads(block)["stage"]
    policy = record_from(values, Policy, "README.md")

    def held(day: datetime.date, *expecting: str) -> Any:
        return policy.at(day, expecting=expecting).stage[-1]

    assert held(datetime.date(2024, 12, 31)).claims[0].order == ["points desc", "ticket"]
    assert "insurance_months desc" in held(datetime.date(2025, 1, 1)).claims[0].order
    assert held(datetime.date(2027, 6, 1)).mechanism.name == "serial-dictatorship"
    assert held(datetime.date(2027, 6, 1), "points-zone").mechanism.bands == [2, 3]


def test_the_schema_line_of_the_readme_names_a_file_that_is_there() -> None:
    [line] = [block.strip() for block in BLOCKS if "#:schema" in block]
    assert (FOLDER / line.removeprefix("#:schema ")).is_file()


def test_the_files_that_the_readme_names_are_there() -> None:
    root = Path(__file__).parents[2]
    for name in re.findall(r"`((?:simulate/)[\w/.-]+|[\w.-]+\.(?:toml|json))`", README):
        assert any((folder / name).is_file() for folder in (root, FOLDER)) or name == "xuequ.toml", name


def test_the_commands_of_the_readme_are_known() -> None:
    [block] = re.findall(r"```bash\n(.*?)```", README, flags=re.S)
    words = [line.split("#")[0].split() for line in block.splitlines()]
    assert {tuple(one[:3]) if one[1] == "policy" else tuple(one[:2]) for one in words} == {
        ("xuequ", "init"),
        ("xuequ", "policy", "check"),
        ("xuequ", "policy", "show"),
        ("xuequ", "policy", "diff"),
    }
