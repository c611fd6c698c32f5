"""JSON Schemas of policy and schedule files, from the records that read them, for editors.

`python -m simulate.policy_tools.schema` writes them beside the shipped policies, and the
table of fields into the README there.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from simulate.order_keys import CHILD_KEYS, ITEM, PAIR_KEYS, TICKET
from simulate.policy import MECHANISMS, Policy

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NEEDS_OPTIONS = ("serial-dictatorship", "parallel")
"""Mechanisms whose name alone says too little."""


def descriptions() -> dict[str, dict[str, dict[str, str]]]:
    """Return what each field means: record (or "any") -> key -> language -> text."""
    text = (resources.files("simulate.policy_tools") / "fields.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def policy_schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy file, with each field described in English and Chinese.

    What a schema cannot say (names that must be declared, orders that must end with the ticket, stages
    nobody can enter) `xuequ policy check` says.
    """
    schema = Policy.model_json_schema(by_alias=True)
    # a project names its points schedule; a run puts the two together, a file does not
    del schema["properties"]["points"]
    there = _reached(schema, schema["$defs"])
    schema["$defs"] = {name: part for name, part in schema["$defs"].items() if name in there}
    words = descriptions()
    for record, part in {**schema["$defs"], "Policy": schema}.items():
        for key, field in part["properties"].items():
            both = words.get(record, {}).get(key) or words["any"][key]
            field["description"] = f"{both['en']}\n{both['zh']}"
    names = [name for name in MECHANISMS if name not in NEEDS_OPTIONS]
    definitions = schema["$defs"]
    mechanism = definitions["Stage"]["properties"]["mechanism"]
    mechanism["anyOf"] = [{"enum": names}, {"$ref": mechanism.pop("$ref")}]
    definitions["Claim"]["properties"]["order"]["items"] = _keys(CHILD_KEYS + PAIR_KEYS)
    definitions["Rank"]["properties"]["order"]["items"] = _keys(CHILD_KEYS)
    return {"$schema": DIALECT, **schema}


def _reached(part: Any, definitions: dict[str, Any]) -> set[str]:
    """Return the definitions that a schema refers to, those of its definitions too."""
    inside = {name: value for name, value in part.items() if name != "$defs"}
    names = {one.partition('"')[0] for one in json.dumps(inside).split("#/$defs/")[1:]}
    return names.union(*(_reached(definitions[name], definitions) for name in names))


def _keys(names: tuple[str, ...]) -> dict[str, Any]:
    known = [f"{name} {direction}" for name in names for direction in ("asc", "desc")]
    item = {"type": "string", "pattern": rf"^{ITEM}[\w-]+ (asc|desc)$"}
    return {"anyOf": [{"enum": [*known, TICKET]}, item]}


def schedule_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file with a points schedule."""
    from simulate.points.schedule import Schedule

    return {"$schema": DIALECT, **Schedule.model_json_schema(by_alias=True)}


def texts() -> dict[str, str]:
    """Return the schema files, by name, as they are written."""
    schemas = {"policy.schema.json": policy_schema(), "schedule.schema.json": schedule_schema()}
    return {
        name: json.dumps(schema, ensure_ascii=False, indent=1) + "\n" for name, schema in schemas.items()
    }


FIRST, LAST = "<!-- fields: ", "<!-- end of fields -->"


def field_table() -> str:
    """Return the table of all fields for the README: record, field, values, meaning in both languages."""
    schema = policy_schema()
    records = {"Policy": schema, **schema["$defs"]}
    shared = descriptions()["any"]
    lines = ["| of 属于 | field 字段 | values 取值 | meaning 意思 |", "|---|---|---|---|"]
    # what every part has stands once
    lines += [_line("every part 各部分", key, records["Stage"]) for key in shared if key != "order"]
    for record, part in records.items():
        own = [key for key in part["properties"] if key not in shared or key == "order" or part is schema]
        lines += [_line(record, key, part) for key in own]
    return "\n".join(lines)


def _line(of: str, key: str, record: dict[str, Any]) -> str:
    field = record["properties"][key]
    star = "*" if key in record["required"] else ""
    english, _, chinese = str(field["description"]).partition("\n")
    values = "; ".join(dict.fromkeys(_values(field)))
    return f"| {of} | `{key}`{star} | {values} | {english} {chinese} |"


def _values(field: dict[str, Any]) -> Iterator[str]:
    """Return what a field may be, in few words."""
    if "anyOf" in field:
        for one in field["anyOf"]:
            yield from _values(one)
    elif "enum" in field or "const" in field:
        values = field.get("enum", [field.get("const")])
        # of the keys of an order, the names: each has two directions
        names = dict.fromkeys(str(value).partition(" ")[0] for value in values)
        yield ", ".join(f"`{name}`" for name in names)
    elif "$ref" in field:
        yield "{ " + field["$ref"].rpartition("/")[2] + " }"
    elif "pattern" in field and ITEM in field["pattern"]:
        yield f"`{ITEM}ID`"
    elif field.get("type") == "object":
        yield "{ ID = " + "; ".join(_values(field["additionalProperties"])) + " … }"
    elif field.get("type") == "array":
        yield "[ " + "; ".join(_values(field["items"])) + " … ]"
    elif field.get("type") != "null":
        plain = {"string": "text", "integer": "number", "boolean": "`true`, `false`"}
        yield "date" if field.get("format") == "date" else plain[field["type"]]


def with_table(readme: str) -> str:
    """Return the README with the table of fields as it should be."""
    head, _, rest = readme.partition(FIRST)
    mark, _, rest = rest.partition("\n")
    return f"{head}{FIRST}{mark}\n{field_table()}\n{LAST}{rest.partition(LAST)[2]}"


def write_all(folder: Path) -> list[Path]:
    """Write the schema files into a folder and the table of fields into its README; return the files."""
    readme = folder / "README.md"
    written = {**texts(), readme.name: with_table(readme.read_text(encoding="utf-8"))}
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in written]


if __name__ == "__main__":
    write_all(Path(str(resources.files("simulate") / "policies")))
