"""The message catalogue: what the code says, and what the .po file has for it.

`make catalogue` runs this file: it brings the .po file up to date with the code and compiles it. A new
message is written with an empty translation, and a test fails until it has one.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from simulate import cli

ROOT = Path(__file__).parents[1]
PACKAGES = ("geodata", "zoning", "simulate")
PO = ROOT / "geodata" / "locale" / "zh" / "LC_MESSAGES" / "xuequ.po"
MO = PO.with_suffix(".mo")

_HEADER = "# What Xuequ says, in Chinese. `make catalogue` sorts it, adds new messages, compiles it."


class _Undated(Catalog):
    """A catalogue whose head has no dates, so that the same messages are the same bytes."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Return the head."""
        return [("Language", "zh"), ("Content-Type", "text/plain; charset=utf-8")]


def said() -> set[str]:
    """Return the messages of the calls of `say` in Python and `_` in templates."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*"))]
    modules = [file.read_text(encoding="utf-8") for file in files if file.suffix == ".py"]
    templates = [file.read_bytes() for file in files if file.suffix == ".html"]
    return {
        *(msgid for module in modules for msgid in said_in_module(module)),
        *(msgid for template in templates for msgid in said_in_template(template)),
    }


def said_in_module(module: str) -> Iterator[str]:
    """Return the messages of a module; `say(variable)` has none.

    Babel's own reader passes over a call inside an f-string before Python 3.12, so this reads the tree.
    """
    for node in ast.walk(ast.parse(module)):
        match node:
            case ast.Call(func=ast.Name(id="say"), args=[ast.Constant(value=str() as msgid)]):
                yield msgid


def said_in_template(template: bytes) -> Iterator[str]:
    """Return the messages of a Jinja template."""
    for _, _, message, _ in babel_extract(io.BytesIO(template), ("_",), (), {"encoding": "utf-8"}):
        yield message if isinstance(message, str) else message[0]


def helped() -> set[str]:
    """Return the help texts of the command line, which are translated where they are shown."""
    return set(_help_of(cli.cli))


def _help_of(command: click.Command) -> Iterator[str]:
    yield from (text for text in (command.help, command.short_help) if text)
    for param in command.params:
        texts = (getattr(param, "help", None), getattr(param, "show_default", None))
        yield from (text for text in texts if isinstance(text, str))
    if isinstance(command, click.Group):
        for part in command.commands.values():
            yield from _help_of(part)


def translations() -> dict[str, str]:
    """Return what the .po file has: msgid to Chinese, or to "" where that is missing."""
    if not PO.is_file():
        return {}
    with PO.open("rb") as file:
        catalogue = read_po(file, locale="zh", domain="xuequ")
    return {str(message.id): str(message.string) for message in catalogue if message.id}


def compiled(words: dict[str, str]) -> bytes:
    """Return the .mo file of a catalogue; messages without a translation are left out."""
    file = io.BytesIO()
    write_mo(file, _catalogue(words))
    return file.getvalue()


def written(words: dict[str, str]) -> bytes:
    """Return the .po file of a catalogue: sorted, no dates, no places, so that a change is its own diff."""
    file = io.BytesIO()
    write_po(file, _catalogue(words), width=0, no_location=True, sort_output=True)
    return file.getvalue()


def _catalogue(words: dict[str, str]) -> Catalog:
    catalogue = _Undated(locale="zh", domain="xuequ", header_comment=_HEADER, fuzzy=False)
    for msgid in sorted(words):
        # a "%" in a message is a per cent sign: nothing here is a printf format
        catalogue.add(msgid, words[msgid]).flags.clear()
    return catalogue


def main() -> None:
    """Bring the .po file up to date and compile it; say what is to be translated."""
    known = translations()
    words = {msgid: known.get(msgid, "") for msgid in said() | helped()}
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(written(words))
    MO.write_bytes(compiled(words))
    missing = [msgid for msgid, text in words.items() if not text]
    lines = [f"{len(words)} messages, {len(missing)} to translate in {PO.relative_to(ROOT)}"]
    print("\n".join(lines + [f"  {msgid!r}" for msgid in sorted(missing)]))  # noqa: T201


if __name__ == "__main__":
    main()
