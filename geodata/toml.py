"""Read a TOML file strictly into a record: every unknown key, wrong type and gap at once."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from geodata.errors import DataError, Fault
from geodata.messages import Text, say


class Record(BaseModel):
    """A record read from TOML: frozen, and nothing in it that is not declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


R = TypeVar("R", bound=Record)


def read_toml(path: Path, model: type[R]) -> R:
    """Read a TOML file as a record.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.
    model : type of Record
        The record that it must be.

    Raises
    ------
    DataError
        If the file is absent, is not UTF-8, is not TOML, or is not such a record; all faults at once.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError([missing_file(path.name, error)]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError([not_decodable(path.name, "utf-8", line)]) from error
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        fault = Fault(
            file=path.name,
            allowed=say("this is not TOML: {problem}", problem=str(error)),
            remedy=say("mend the line; texts stand in quotes, lists in [ ], tables in { }"),
        )
        raise DataError([fault]) from error
    return record_from(raw, model, path.name)


def record_from(raw: Mapping[str, Any], model: type[R], file: str) -> R:
    """Make a record of what a TOML file holds; `file` is named in the faults.

    Raises
    ------
    DataError
        With one fault for each key that is wrong.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise DataError(_faults(error, model, file)) from error


def missing_file(file: str, error: OSError) -> Fault:
    """Return the fault of a file that cannot be read; the system's words, without the full path."""
    return Fault(
        file=file,
        allowed=say("the file cannot be read: {problem}", problem=error.strerror or "unreadable"),
        remedy=say("put the file there, or correct its path in xuequ.toml"),
    )


def not_decodable(file: str, encoding: str, line: int) -> Fault:
    """Return the fault of bytes that are not of the declared encoding."""
    return Fault(
        file=file,
        row=line,
        allowed=say("the bytes are not {encoding}, which is declared", encoding=encoding),
        remedy=say(
            'save the file as UTF-8, or declare encoding = "gb18030" for it in xuequ.toml '
            "(Excel in Chinese Windows saves CSV so)"
        )
        if encoding == "utf-8"
        else say('declare encoding = "utf-8" for it in xuequ.toml, or save the file so'),
    )


def _faults(error: ValidationError, model: type[BaseModel], file: str) -> Iterator[Fault]:
    for item in error.errors(include_url=False):
        location = item["loc"]
        key = ".".join(str(part) for part in location if not str(part).startswith("function-"))
        found = item.get("input")
        # a whole table is no use to a reader; what is wrong in it is in the message
        hidden = item["type"] in ("missing", "extra_forbidden") or isinstance(found, (dict, BaseModel))
        shown = None if hidden else _short(found)
        allowed, remedy = _words(item["type"], item, location, model)
        yield Fault(file=file, column=key or None, found=shown, allowed=allowed, remedy=remedy)


def _words(
    kind: str, item: Mapping[str, Any], location: tuple[int | str, ...], model: type[BaseModel]
) -> tuple[Text, Text | None]:
    if kind == "missing":
        return say("this key is missing"), say("add it")
    if kind == "extra_forbidden":
        allowed = _keys_beside(location, model)
        near = difflib.get_close_matches(str(location[-1]), allowed, n=1)
        remedy = say("did you mean {near}?", near=near[0]) if near else say("remove it")
        if not allowed:
            return say("unknown key"), remedy
        return say("unknown key; allowed: {allowed}", allowed=", ".join(allowed)), remedy
    if kind in ("literal_error", "enum"):
        expected = str(item.get("ctx", {}).get("expected", ""))
        return say("allowed: {allowed}", allowed=expected), say("correct it")
    context = item.get("ctx", {}).get("error")
    if isinstance(context, WrongValueError):
        return context.text, say("correct it")
    return say("{problem}", problem=item["msg"]), say("correct it")


class WrongValueError(ValueError):
    """What a validator of a record raises: a `ValueError` with a message that can be translated."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _keys_beside(location: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """Return the keys allowed where an unknown one was found: walk the models along the location."""
    here: list[type[BaseModel]] = [model]
    for part in location[:-1]:
        if isinstance(part, int) or not here:
            continue
        fields = [m.model_fields[part] for m in here if part in m.model_fields]
        named = [m for m in here if m.__name__ == part]
        inside = [m for f in fields for m in _models_in(f.annotation)]
        here = inside or named or here
    keys: dict[str, None] = {}
    for m in here:
        for name, field in m.model_fields.items():
            keys.setdefault(field.alias or name)
    return list(keys)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found: list[type[BaseModel]] = []
    for argument in getattr(annotation, "__args__", ()):
        found.extend(_models_in(argument))
    return found
