"""Find every fault of one table of a policy file: mend what is wrong in a copy, and look again.

pydantic looks at a whole record only where all of its values are right, so one wrong value hides what else
is wrong. Here each fault is noted and mended in a copy (the key taken out, or a stand-in put there) until
nothing more is found.
"""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeGuard, TypeVar

from pydantic import ValidationError

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.toml import Record, WrongValueError, record_from
from simulate.dated import Sourced

R = TypeVar("R", bound=Record)
Path_ = tuple[int | str, ...]
MOST_ROUNDS = 200

_NAMES = {"zh": "–", "en": "–"}
_CLAIM = {"who": {"category": "–"}, "where": {"schools": "city"}, "order": ["ticket"]}
STAND_INS: Mapping[str, Any] = {
    "id": "unnamed",
    "title": _NAMES,
    "zh": "–",
    "en": "–",
    "from": datetime.date(1949, 10, 1),
    "mechanism": "fill",
    "name": "fill",
    "claims": [_CLAIM],
    "who": _CLAIM["who"],
    "category": "–",
    "where": _CLAIM["where"],
    "schools": "city",
    "order": ["ticket"],
    "precedence": 1,
    "at_most": 1,
    "within_m": 1,
    "past_it": "last",
    "level": "primary",
    "jurisdiction": "–",
}
"""What takes the place of a required value that is absent or wrong, so that the rest can be looked at."""
HARMLESS = {"title", "zh", "en", "reason", "source", "order", "note", "level", "jurisdiction"}
"""Keys whose stand-in changes nothing that a check of the whole policy reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Generic[R]):
    """One table of a file.

    Parameters
    ----------
    record : Record or None
        As it stands, or as it was mended; None where it could not be mended.
    faults : tuple of Fault
        Everything that is wrong in it.
    sound : bool
        Whether nothing that says who, where, when or how had to be replaced.
    """

    record: R | None
    faults: tuple[Fault, ...]
    sound: bool


def read_table(
    item: Any, model: type[R], *, file: str, at: str, stand_ins: Mapping[str, Any] = STAND_INS
) -> Read[R]:
    """Read one table as a record, with every fault of it.

    Parameters
    ----------
    item : Any
        The table, as the file has it.
    model : type of Record
        What it must be.
    file, at : str
        Where it stands: the file, and the keys down to it ("stage.3"; "" for the file as a whole).
    stand_ins : mapping
        What takes the place of a value that is absent or wrong, by its key.
    """
    if not isinstance(item, dict):
        words = say("a table: {example}", example=f"[[{at.partition('.')[0]}]]")
        return Read(record=None, faults=(Fault(file=file, column=at, allowed=words),), sound=False)
    work = copy.deepcopy(item)
    faults = list(_of_dates_and_sources(work, file, at)) if issubclass(model, Sourced) else []
    sound, gone = True, set[Path_]()
    for _ in range(MOST_ROUNDS):
        try:
            return Read(record=model.model_validate(work), faults=tuple(faults), sound=sound)
        except ValidationError as error:
            # what was taken out because it was wrong is not missing
            new = [one for one in _errors(error, work, model, file, at) if one[0] not in gone]
        if not new:
            break
        for _, _, fault in new:
            if (fault.column, fault.allowed) not in [(f.column, f.allowed) for f in faults]:
                faults.append(fault)
        whole = [_mend(work, place, what, stand_ins) for place, what, _ in new]
        sound &= all(whole)
        gone |= {place for place, what, _ in new if not _there(work, place)}
        if any(_in_a_list_of_tables(work, place) for place, what, _ in new):
            break
    return Read(record=None, faults=tuple(faults), sound=False)


def _errors(
    error: ValidationError, work: dict[str, Any], model: type[Record], file: str, at: str
) -> list[tuple[Path_, Mapping[str, Any], Fault]]:
    """Return where, what and the fault of each error; of a choice of types, the one that came nearest."""
    try:
        record_from(work, model, file)
        raise AssertionError("the same values were refused before")  # pragma: no cover
    except DataError as same:
        faults = same.faults
    found = []
    for what, fault in zip(error.errors(include_url=False), faults, strict=True):
        place = _place(work, what["loc"])
        if what["type"] == "missing":
            place = (*place, what["loc"][-1])
        words = plain_words(what)
        column = _column(at, place, what["loc"])
        found.append((place, what, replace(fault, column=column, allowed=words or fault.allowed)))
    deepest = [
        one
        for one in found
        if not any(len(o[0]) > len(one[0]) and o[0][: len(one[0])] == one[0] for o in found)
    ]
    first: dict[Path_, tuple[Path_, Mapping[str, Any], Fault]] = {}
    for one in deepest:
        first.setdefault(one[0], one)
    return list(first.values())


def _place(work: Any, location: Path_) -> Path_:
    """Return the keys of a location that stand in the file: pydantic names types and validators too."""
    here: Any = work
    place: list[int | str] = []
    for part in location:
        number = isinstance(here, list) and isinstance(part, int) and part < len(here)
        if number or (isinstance(here, dict) and part in here):
            here = here[part]
        else:
            continue
        place.append(part)
    return tuple(place)


def _column(at: str, place: Path_, location: Path_) -> str | None:
    """Return the keys down to a fault; also those that the file leaves out ("mechanism" for its name)."""
    types = ("str", "int", "float", "bool", "list", "dict")
    rest = [key for key in location[-1:] if isinstance(key, str) and re.fullmatch(r"[a-z_]+", key)]
    more = [key for key in rest if key not in types and key not in place]
    return ".".join([*([at] if at else []), *map(str, place), *more]) or None


def plain_words(what: Mapping[str, Any]) -> Text | None:
    """Return what a value must be, in plain words; None where the record's own words say it."""
    key, limits = what["loc"][-1], what.get("ctx", {})
    if key == "within_m" and str(what["type"]).startswith(("int", "greater")):
        return say("whole metres, a number without a unit: 3000")
    known = {
        "int_type": say("a whole number, without quotes and without a unit"),
        "float_type": say("a number, without quotes and without a unit"),
        "date_type": say("a day, without quotes: 2024-04-15"),
        "date_from_datetime_inexact": say("a day, without quotes: 2024-04-15"),
        "string_type": say("a text in quotes"),
        "bool_type": say("true or false, without quotes"),
        "list_type": say("a list in [ ]"),
        "model_type": say("a table in { }"),
        "model_attributes_type": say("a table in { }"),
        "dict_type": say("a table in { }"),
        "string_pattern_mismatch": say("letters, digits, - and _"),
        "too_short": say("at least {n}", n=limits.get("min_length")),
        "too_long": say("at most {n}", n=limits.get("max_length")),
        "greater_than_equal": say("{n} or more", n=limits.get("ge")),
        "less_than_equal": say("{n} or less", n=limits.get("le")),
    }
    return known.get(str(what["type"]))


def _there(work: Any, place: Path_) -> bool:
    return _place(work, place) == place


def _in_a_list_of_tables(work: Any, place: Path_) -> bool:
    """Whether a fault is of a whole table in a list, for which no other can stand: places would shift."""
    return bool(place) and isinstance(place[-1], int) and place[-2] in ("item", "classes", "when", "counts")


def _mend(
    work: dict[str, Any], place: Path_, what: Mapping[str, Any], stand_ins: Mapping[str, Any]
) -> bool:
    """Mend one fault in the copy; return whether what the table says is still what its writer meant."""
    if not place:
        return False
    here: Any = work
    for part in place[:-1]:
        here = here[part]
    key = place[-1]
    if what["type"] == "extra_forbidden":
        here.pop(key, None)
        return True
    if isinstance(key, int):
        if place[-2] == "claims":
            here[key] = copy.deepcopy(_CLAIM)
        else:
            here.pop(key)
        if not here:
            _stand_in(work, place[:-1], stand_ins)
        return str(place[-2]) in HARMLESS
    text = getattr(what.get("ctx", {}).get("error"), "text", None)
    if key == "order" and isinstance(text, Text):
        here[key] = _mended_order(here[key], text)
        return True
    if key == "where" and isinstance(what.get("ctx", {}).get("error"), WrongValueError):
        for name in ("within_m", "past_it"):
            here[key].pop(name, None)
        return True
    _stand_in(work, place, stand_ins)
    return key in HARMLESS


def _stand_in(work: dict[str, Any], place: Path_, stand_ins: Mapping[str, Any]) -> None:
    here: Any = work
    for part in place[:-1]:
        here = here[part]
    if place[-1] in stand_ins:
        here[place[-1]] = copy.deepcopy(stand_ins[str(place[-1])])
    else:
        here.pop(place[-1], None)


def _mended_order(order: list[Any], text: Text) -> list[Any]:
    """Return an order without the one thing that was wrong with it."""
    if "key" in text.params:
        return [key for key in order if repr(key) != text.params["key"]]
    if order[-1] != "ticket":
        return [*order, "ticket"]
    names: dict[str, Any] = {}
    for key in order:
        names.setdefault(key.partition(" ")[0], key)
    return [*(key for name, key in names.items() if name != "ticket"), "ticket"]


def _of_dates_and_sources(work: dict[str, Any], file: str, at: str) -> Iterator[Fault]:
    """Find what is wrong with dates and sources, of a part and of its claims, and mend it."""
    yield from _of_one(work, file, at, needs_source=True)
    claims = work.get("claims")
    for number, claim in enumerate(claims if isinstance(claims, list) else []):
        if isinstance(claim, dict):
            yield from _of_one(claim, file, f"{at}.claims.{number}", needs_source=False)


def _of_one(part: dict[str, Any], file: str, at: str, *, needs_source: bool) -> Iterator[Fault]:
    source, assumed = part.get("source"), part.get("assumed", False)
    texts = (source is None or isinstance(source, str)) and isinstance(assumed, bool)
    if texts and ((assumed and source is not None) or (needs_source and not assumed and source is None)):
        words = say("either a source, or assumed = true with a reason")
        yield Fault(file=file, column=at, allowed=words, remedy=say("correct it"))
        part |= {"source": source or "–", "assumed": False}
    if texts and part.get("assumed", False) and "reason" not in part:
        words = say("what is assumed needs a reason = { zh = …, en = … }")
        yield Fault(file=file, column=at, allowed=words, remedy=say("correct it"))
        part["reason"] = dict(_NAMES)
    first, until = part.get("from"), part.get("until")
    if _is_day(first) and _is_day(until) and until <= first:
        words = say("until must come after from")
        yield Fault(
            file=file, column=f"{at}.until", found=str(until), allowed=words, remedy=say("correct it")
        )
        del part["until"]


def _is_day(value: Any) -> TypeGuard[datetime.date]:
    """Whether a value is a day, and not a moment, which is one in Python too."""
    return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
