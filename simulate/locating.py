"""Say where addresses belong: unit, zone, schools, by which rule, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from geodata import City, DataError, Fault, XuequError, say
from geodata.messages import Speaker, Text
from geodata.reading.raw import RawTable
from geodata.recognising import findings
from geodata.scope.address import parse_addresses
from geodata.scope.names import community_key, is_office, road_key, street_key, street_stem
from geodata.scope.rules import ScopeRule
from zoning.addresses import HOW, AddressBook, address_book, clause_of, is_elsewhere, match_addresses
from zoning.names import suggest_names
from zoning.plan import ANY

_MOST_RULES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedTable:
    """A table of addresses, located; what is not one unit stands apart.

    Parameters
    ----------
    found : DataFrame
        A row for each address under one unit: row (as a spreadsheet shows it), id where asked for, unit_id,
        unit, zone, schools, rule, how, confidence, undecided.
    double : DataFrame
        The same for addresses under several units: a row for each of them.
    unmatched : DataFrame
        row, id, reason, suggestion.
    """

    found: pd.DataFrame
    double: pd.DataFrame
    unmatched: pd.DataFrame


def book_of(city: City) -> AddressBook:
    """Return what a project says about addresses.

    Raises
    ------
    XuequError
        If it says nothing.
    """
    book = address_book(city)
    if book.empty:
        raise XuequError(
            say(
                "nothing in the project says which addresses belong where: give the units a name or a "
                "scope_text, or read the notice as catchments"
            )
        )
    return book


def places_of(city: City, plan: pd.DataFrame) -> pd.DataFrame:
    """Return zones and schools of every unit, by category.

    Returns
    -------
    DataFrame
        unit_id, category ("" = all others), zone_id, zone (its name), schools (names, with commas); by unit
        and category.
    """
    schools = city["schools"].set_index("school_id")["name"]
    names = schools.fillna(pd.Series(schools.index, index=schools.index))
    serves = city["serves"].sort_values(["zone_id", "school_id"])
    of_zone = serves["school_id"].map(names).groupby(serves["zone_id"]).agg("、".join)
    zones = city["zones"].set_index("zone_id")["name"]
    places = plan[["unit_id", "category", "zone_id"]].copy()
    places["zone"] = places["zone_id"].map(zones).fillna(places["zone_id"])
    places["schools"] = places["zone_id"].map(of_zone).fillna("")
    return places.sort_values(["unit_id", "category"]).reset_index(drop=True)


def by_category(places: pd.DataFrame, categories: Mapping[str, str], others: str) -> pd.DataFrame:
    """Return zone and schools of each unit as one text: by category only where categories differ.

    Parameters
    ----------
    places : DataFrame
        As `places_of` returns it.
    categories : mapping of str to str
        The title of each category; one that is not in it goes by its id.
    others : str
        How the row for all other categories is called.

    Returns
    -------
    DataFrame
        zone, schools; the index is the unit.
    """
    several = places.groupby("unit_id")["zone_id"].transform("nunique") > 1
    title = places["category"].map({ANY: others, **categories}).fillna(places["category"])
    said = places[["unit_id"]].copy()
    for column in ("zone", "schools"):
        said[column] = places[column].where(~several, title + "：" + places[column])
    said = said.drop_duplicates(["unit_id", "zone"])
    return said.groupby("unit_id")[["zone", "schools"]].agg("；".join)


def locate_table(
    city: City, plan: pd.DataFrame, raw: RawTable, column: str, *, id_column: str | None, speak: Speaker
) -> LocatedTable:
    """Locate a table of addresses.

    Parameters
    ----------
    city, plan
        The project, and its plan as `plan_in` returns it.
    raw : RawTable
        As `read_rows` returns it.
    column : str
        The heading of the addresses.
    id_column : str, optional
        The heading of a number that is copied, so that rows can be found again. Nothing else is.
    speak : Speaker
        The language of reasons and confidence.

    Raises
    ------
    DataError
        If a heading is missing, no row has an address, or the numbers to copy are about persons.
    XuequError
        If nothing in the project says which addresses belong where.
    """
    _need_column(raw, column)
    if id_column is not None:
        _need_column(raw, id_column)
        _refuse_persons(raw, id_column)
    texts = raw.cells[column].str.strip().reset_index(drop=True)
    if not (texts != "").any():
        fault = Fault(
            file=raw.file,
            column=column,
            allowed=say("at least one address; the whole column is blank"),
            remedy=say("name the column of the addresses with --column"),
        )
        raise DataError([fault])
    book = book_of(city)
    found = match_addresses(book, texts)
    head = pd.DataFrame({"row": raw.rows.to_numpy()})
    if id_column is not None:
        head["id"] = raw.cells[id_column].to_numpy(dtype=object)
    named = _named(city, plan, found, speak)
    twice = found["row"].duplicated(keep=False).to_numpy()
    several = head.loc[found["row"]].reset_index(drop=True)
    whole = pd.concat([several, named], axis=1)
    lost = np.setdiff1d(np.arange(len(texts)), found["row"].to_numpy())
    return LocatedTable(
        found=whole[~twice].reset_index(drop=True),
        double=whole[twice].reset_index(drop=True),
        unmatched=pd.concat(
            [head.loc[lost].reset_index(drop=True), _reasons(book, texts[lost], speak)], axis=1
        ),
    )


def _need_column(raw: RawTable, name: str) -> None:
    if name not in raw.cells:
        fault = Fault(
            file=raw.file,
            column=name,
            allowed=say("this column is missing; there are: {there}", there=", ".join(raw.cells.columns)),
            remedy=say("name a column that is there"),
        )
        raise DataError([fault])


def _refuse_persons(raw: RawTable, name: str) -> None:
    cells = pa.array(raw.cells[name], type=pa.large_string())
    if next(findings(cells, name, None, children=True), None) is not None:
        fault = Fault(
            file=raw.file,
            column=name,
            allowed=say("a number that says nothing of persons: it is copied to the result"),
            remedy=say("name another column with --id, or leave --id out: the row number stands there"),
        )
        raise DataError([fault])


def _named(city: City, plan: pd.DataFrame, found: pd.DataFrame, speak: Speaker) -> pd.DataFrame:
    """Return matches with names in place of ids, in words."""
    units = city["units"].set_index("unit_id")["name"]
    places = by_category(places_of(city, plan), {}, speak(say("all others")))
    there = places.reindex(found["unit_id"])
    return pd.DataFrame(
        {
            "unit_id": found["unit_id"].to_numpy(dtype=object),
            "unit": found["unit_id"].map(units).fillna(found["unit_id"]).to_numpy(dtype=object),
            "zone": there["zone"].to_numpy(dtype=object),
            "schools": there["schools"].to_numpy(dtype=object),
            "rule": found["rule"].to_numpy(dtype=object),
            "how": found["how"].map({how: speak(value.words) for how, value in HOW.items()}),
            "confidence": found["confidence"].to_numpy(dtype=np.float64),
            "undecided": found["undecided"].to_numpy(dtype=object),
        }
    )


def _reasons(book: AddressBook, texts: pd.Series, speak: Speaker) -> pd.DataFrame:
    """Say of each address that nothing holds why, and which names are near."""
    codes, distinct = pd.factorize(texts.replace("", None), sort=True)
    addresses = pd.Series(distinct, dtype="str")
    parsed = parse_addresses(addresses) if len(addresses) else None
    reason = [] if parsed is None else [speak(_reason(book, row)) for row in parsed.to_dict("records")]
    near = suggest_names(book.names, addresses) if len(addresses) and len(book.names.plain) else None
    words: dict[int, str] = {}
    if near is not None and len(near):
        near["said"] = near["name"] + " (" + near["score"].astype("int64").astype("str") + ")"
        words = near.groupby("row")["said"].agg("、".join).to_dict()
    blank = speak(say("no address"))
    return pd.DataFrame(
        {
            "reason": [blank if code < 0 else reason[code] for code in codes],
            "suggestion": [words.get(code, "") for code in codes],
        }
    )


def _reason(book: AddressBook, address: Mapping[str, object]) -> Text:
    """Return why an address, in parts, falls under nothing."""
    road, community = str(address["road"]), str(address["community"])
    if is_elsewhere(book, str(address["city"]), str(address["district"])):
        return say("the address names another district or city")
    if _is_strange(book, str(address["street"]), str(address["text"])):
        return say("the address names a street office (街道, 镇 or 乡) that the project does not have")
    if rules_on_road(book, road):
        if address["number"] is None or pd.isna(address["number"]):
            return say("the road stands in the rules by its house numbers, and the address has none")
        return say("the road stands in the rules, but not this house number")
    if rules_of_community(book, community):
        return say("the community is split, and this road or number stands in none of its rules")
    if community:
        return say("no rule names this community or road")
    if road and not _is_street(book, road):
        return say("the road stands in no rule: name the community")
    return say("no road, community or name that the project knows")


def _is_strange(book: AddressBook, street: str, text: str) -> bool:
    """Whether a street office is said that neither the rules nor the units have."""
    there = {street_stem(rule.street) for rule in book.rules} | set(book.streets)
    known = there - {""}
    return bool(street and known) and is_office(street, text) and street_stem(street) not in known


def _is_street(book: AddressBook, name: str) -> bool:
    """Whether what looks like a road is one of the streets (街道) that the rules name."""
    return any(street_key(rule.street) == name for rule in book.rules)


def why_unmatched(book: AddressBook, text: str) -> Text:
    """Return why an address falls under nothing."""
    parsed = parse_addresses(pd.Series([text], dtype="str"))
    return _reason(book, parsed.to_dict("records")[0])


def rules_on_road(book: AddressBook, road: str) -> list[ScopeRule]:
    """Return the rules that name a road."""
    return [rule for rule in book.rules if road and road_key(rule.road) == road_key(road)]


def rules_of_community(book: AddressBook, community: str) -> list[ScopeRule]:
    """Return the rules that stand under a community."""
    key = community_key(community)
    return [rule for rule in book.rules if community and community_key(rule.community) == key]


def known_nearby(book: AddressBook, text: str) -> tuple[str, ...]:
    """Return what is known near an address that nothing holds: clauses on its road, else communities.

    Parameters
    ----------
    book : AddressBook
    text : str
        The address.

    Returns
    -------
    tuple of str
        `clause -> unit` for each rule on its road, or else of its community; without any, the communities
        of its street; sorted, and at most a dozen.
    """
    row = parse_addresses(pd.Series([text], dtype="str")).iloc[0]
    if is_elsewhere(book, row["city"], row["district"]):
        return ()
    rules = rules_on_road(book, row["road"]) or rules_of_community(book, row["community"])
    if rules:
        return tuple(sorted({f"{clause_of(book, rule)} -> {rule.holder}" for rule in rules})[:_MOST_RULES])
    street = row["street"] or (row["road"] if _is_street(book, row["road"]) else "")
    if not street and not row["road"]:
        return ()
    communities = {
        rule.community for rule in book.rules if rule.community and (not street or rule.street == street)
    }
    return tuple(sorted(communities)[:_MOST_RULES])
