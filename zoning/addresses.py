"""Which unit an address falls under: by what the notice says, else by the name of an estate.

1. The rules of all units (`units.scope_text`, read by `geodata.scope`) are held against the address: house
   numbers, whole roads, whole communities, and the rest of a community.
2. Names of units are looked for in the address (`zoning.names`): of those whose text says nothing of roads,
   numbers and communities, for the name of a split community says no part of it. An estate that is named
   counts like a road, and before the community or the street around it.
   A phase or part behind the name (翠园二期) may be another unit's: it is left open.
3. An address falls under nothing that is in another street than it says (街道, 镇, 乡), or in another
   district or city. Districts are known by the names in the table `districts`; the city by what stands
   before a district's name there (广州市荔湾区) or in the project's name (广州荔湾), else not at all. What
   need be no district (高新区, 翠园西区, A区) is not held against an address.
4. An address that falls under several units is listed as matched more than once, and one that only falls
   under a unit on a condition that the text leaves open (龙溪中路以北) as undecided. Neither decides
   where a child lives: nothing is guessed.

The confidence says how exactly the text names the place. It is a rank from 0 to 1 with a stated meaning
(`HOW`), not a probability; a condition left open halves it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City, DataError, Fault, say
from geodata.messages import Text
from geodata.scope.address import parse_addresses
from geodata.scope.matching import match_rules
from geodata.scope.names import is_office, normal
from geodata.scope.rules import ScopeRule, rules_of
from zoning.names import NameIndex, find_names, name_index, plain_street


@dataclass(frozen=True, slots=True)
class How:
    """In which way an address falls under a unit: how exactly, 0 to 1, and in words."""

    confidence: float
    words: Text


HOW: Mapping[str, How] = {
    "sub": How(1.0, say("the rule states this very number")),
    "number": How(1.0, say("the house number lies in the range of the rule")),
    "with-number": How(0.95, say("the rule states the number, and this part of it goes with its number")),
    "road": How(0.95, say("the whole road stands in the rule")),
    "estate": How(0.9, say("the rule names the estate")),
    "name": How(0.9, say("the name of the unit stands in the address")),
    "community": How(0.85, say("the whole community belongs to the unit")),
    "rest": How(0.8, say("in the community, and no rule takes it away: the rest of the community")),
    "street": How(0.7, say("the whole street belongs to the unit")),
    "villagers": How(0.5, say("the rule is about who lives there, not about the place")),
}
"""In which ways an address can fall under a unit, the most exact first."""

_BY_NAME = ("estate", "prose", "note", "unread")
"""What a unit's text may say and the unit still go by its name."""

_AROUND = ("rest", "villagers", "community", "street")

COLUMNS = ("row", "unit_id", "how", "confidence", "rule", "undecided")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressBook:
    """What a project says about addresses.

    Parameters
    ----------
    rules : tuple of ScopeRule
        Of the units whose text says roads, numbers or communities; the holder is the unit. Also what was
        not understood in a community: it may name a house number with a letter.
    names : NameIndex
        The names of the other units and of the estates that their texts list, with the street of each.
    texts : mapping of str to str
        The whole text of each unit that has one.
    streets : Series of str
        The street of each unit, plain, "" = not known; by unit.
    districts, cities : frozenset of str
        What the project's districts and their city are called (荔湾, 广州); empty = not known.
    """

    rules: tuple[ScopeRule, ...]
    names: NameIndex
    texts: Mapping[str, str]
    streets: pd.Series
    districts: frozenset[str] = frozenset()
    cities: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether nothing at all is said, so that no address can be found."""
        return all(rule.kind == "unread" for rule in self.rules) and not len(self.names.entries)


def address_book(city: City) -> AddressBook:
    """Return what a city's units say about addresses: the rules in their texts, and their names."""
    units = city["units"]
    texts = units[units["scope_text"].notna()]
    rules = [
        rule
        for unit, text in zip(texts["unit_id"], texts["scope_text"], strict=True)
        for rule in rules_of(text, holder=unit)
    ]
    ruled = {rule.holder for rule in rules if rule.kind not in _BY_NAME}
    named = units["street_id"].map(city["streets"].set_index("street_id")["name"]).astype("str")
    # where a project has no table of streets, their ids are their names
    streets = plain_street(named.fillna(units["street_id"])).set_axis(units["unit_id"])
    districts, cities = _home(city)
    return AddressBook(
        rules=tuple(rule for rule in rules if rule.holder in ruled or _is_unread_part(rule)),
        names=_names(units[~units["unit_id"].isin(ruled)], streets, rules),
        texts=dict(zip(texts["unit_id"], texts["scope_text"], strict=True)),
        streets=streets,
        districts=districts,
        cities=cities,
    )


_STEM = re.compile(r"(?:自治|新)?[市区县]$")
_NO_DISTRICT = re.compile(
    r"(?:[A-Za-z\d一二三四五六七八九十甲乙丙丁]|^[东西南北中]|..[东西南北中]"
    r"|高新|开发|经开|示范|度假|景|保税|园|工业|校|片|住宅|生活|宿舍|小|社|库|厂)区$"
)


def _home(city: City) -> tuple[frozenset[str], frozenset[str]]:
    """Return what the districts of a project and their city are called, as far as it says so."""
    table = city["districts"]
    names = [normal(name) for name in table["name"].dropna()] if "name" in table else []
    parts = [re.fullmatch(r"(?:.*省)?(?:(.{2,})市)?(.+)", name) for name in names if name]
    districts = {_STEM.sub("", found[2]) or found[2] for found in parts if found}
    cities = {found[1] for found in parts if found and found[1]}
    title = normal(city.project.project.name)
    for stem in sorted(districts):
        # 广州 of 广州荔湾
        found = re.match(rf"([\u4e00-\u9fff]{{2,3}}?)市?{re.escape(stem)}", title)
        cities |= {found[1]} if found and len(stem) > 1 else set()
    return frozenset(districts), frozenset(cities)


def is_elsewhere(book: AddressBook, city: str, district: str) -> bool:
    """Return whether an address names another district or city than the project's.

    Parameters
    ----------
    book : AddressBook
    city, district : str
        As `parse_addresses` returns them; "" = not said.
    """
    stem = _STEM.sub("", district) or district
    if district and stem in book.districts:
        district = ""
    if district and book.districts and not _NO_DISTRICT.search(district):
        return True
    town = city.removesuffix("市")
    return bool(town and book.cities and town not in book.cities | book.districts)


def _here(book: AddressBook, found: pd.DataFrame, parts: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether the address of each match is in the project's districts, as far as both are known."""
    codes, distinct = pd.factorize(pd.MultiIndex.from_frame(parts[["city", "district"]]))
    elsewhere = np.array([is_elsewhere(book, *one) for one in distinct], dtype=np.bool_)
    return np.asarray(~elsewhere[codes[found["row"].to_numpy(dtype=np.int64)]], dtype=np.bool_)


def _is_unread_part(rule: ScopeRule) -> bool:
    return rule.kind == "unread" and rule.community != ""


def _names(units: pd.DataFrame, streets: pd.Series, rules: Sequence[ScopeRule]) -> NameIndex:
    """Return the names of units that go by their name: their own, and the estates that their text lists."""
    # a name that catchments made unique has the street before it (浦沿街道·大同公寓) or a number after it
    own = units["name"].str.replace(r"^.*·|/[0-9]+$", "", regex=True)
    estates = [(rule.holder, rule.estate) for rule in rules if rule.kind == "estate" and not rule.excepted]
    listed = pd.DataFrame(estates, columns=["unit_id", "name"], dtype="str")
    listed = listed[listed["unit_id"].isin(units["unit_id"])]
    names = pd.concat([pd.DataFrame({"unit_id": units["unit_id"], "name": own}), listed])
    return name_index(names["unit_id"], names["name"], names["unit_id"].map(streets))


def match_addresses(book: AddressBook, texts: pd.Series) -> pd.DataFrame:
    """Return the units that addresses fall under.

    Parameters
    ----------
    book : AddressBook
    texts : Series of str, shape (n,)
        A blank one falls under nothing.

    Returns
    -------
    DataFrame
        A row for each address and unit: row (position of the address), unit_id, how (a key of `HOW`, the
        most exact of several), confidence (0 to 1), rule (the clause as the notice has it, or the name),
        undecided (what is left open, "" = nothing); by row, then unit. An address in no row is unmatched.
    """
    distinct, codes = _distinct(texts)
    parts = parse_addresses(distinct)
    named, ruled = _by_name(book, distinct, parts), _by_rule(book, parts)
    named, ruled = (one[_street_agrees(book, one, parts)] for one in (named, ruled))
    named, ruled = (one[_here(book, one, parts)] if len(one) else one for one in (named, ruled))
    # an estate that is named is more exact than the community or street around it
    sure = named.loc[named["undecided"] == "", "row"]
    around = ruled["how"].isin(_AROUND) & ruled["row"].isin(sure)
    found = pd.concat([ruled[~around], named], ignore_index=True)
    order = ["row", "unit_id", "confidence", "rule"]
    found = found.sort_values(order, ascending=[True, True, False, True], kind="stable")
    found = found.drop_duplicates(["row", "unit_id"])
    return _spread(found, codes)


def _street_agrees(book: AddressBook, found: pd.DataFrame, parts: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether the unit lies in the street that the address names, as far as both are known."""
    if not len(found):
        return np.ones(0, dtype=np.bool_)
    rows = found["row"].to_numpy(dtype=np.int64)
    said = plain_street(parts["street"]).to_numpy(dtype=object)[rows]
    there = book.streets.reindex(found["unit_id"]).to_numpy(dtype=object)
    strange = ~np.isin(said, book.streets.unique()) & (said != "")
    # 西村街 may be the beginning of a road, and 水乡 of 水乡花园; 西村街道 is a street office
    words = parts[["street", "text"]].iloc[rows[strange]].itertuples(index=False)
    rules = found.loc[strange, "rule"]
    strange[strange] = [
        not is_office(street, text) or str(rule).startswith(street)
        for (street, text), rule in zip(words, rules, strict=True)
    ]
    unknown = (there == "") | (said == "") | strange
    return np.asarray(unknown | (said == there), dtype=np.bool_)


def _distinct(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the distinct addresses, sorted, and which of them each row has; -1 = blank."""
    codes, distinct = pd.factorize(texts.str.strip().replace("", None), sort=True)
    return pd.Series(distinct, dtype="str"), pd.Series(codes)


def _spread(found: pd.DataFrame, codes: pd.Series) -> pd.DataFrame:
    rows = pd.DataFrame({"code": codes.to_numpy(), "place": np.arange(len(codes))})
    spread = rows.merge(found, left_on="code", right_on="row", how="inner")
    spread["row"] = spread["place"]
    return spread.sort_values(["row", "unit_id"], kind="stable").reset_index(drop=True)[list(COLUMNS)]


def _by_rule(book: AddressBook, parts: pd.DataFrame) -> pd.DataFrame:
    if not book.rules or not len(parts):
        return _none()
    found = match_rules(parts, book.rules)
    undecided = found["undecided"].fillna("")
    sure = found["how"].map({how: value.confidence for how, value in HOW.items()})
    clause = np.array([clause_of(book, rule) for rule in book.rules], dtype=object)
    return pd.DataFrame(
        {
            "row": found["address"].to_numpy(dtype=np.int64),
            "unit_id": found["holder"].to_numpy(dtype=object),
            "how": found["how"].to_numpy(dtype=object),
            "confidence": np.where(undecided == "", sure, sure / 2),
            "rule": clause[found["rule"].to_numpy(dtype=np.int64)],
            "undecided": undecided.to_numpy(dtype=object),
        }
    )


def clause_of(book: AddressBook, rule: ScopeRule) -> str:
    """Return a rule in the notice's words: its own clause with its road, or for a rest the whole text."""
    if rule.kind == "rest":
        return book.texts.get(rule.holder, rule.heading)
    words = rule.text or rule.heading
    return words if rule.road in words else f"{rule.road} {words}"


def _by_name(book: AddressBook, texts: pd.Series, parts: pd.DataFrame) -> pd.DataFrame:
    if not len(book.names.entries) or not len(texts):
        return _none()
    found = find_names(book.names, texts)
    return pd.DataFrame(
        {
            "row": found["row"],
            "unit_id": found["id"],
            "how": "name",
            "confidence": np.where(found["phase"] == "", 1.0, 0.5) * HOW["name"].confidence,
            "rule": found["name"],
            "undecided": found["phase"],
        }
    )


def _none() -> pd.DataFrame:
    kinds = ("int64", "object", "object", "float64", "object", "object")
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in zip(COLUMNS, kinds, strict=True)})


def decided(found: pd.DataFrame, n: int) -> pd.Series:
    """Return the unit of each address that falls under one unit, with nothing left open; else missing.

    Parameters
    ----------
    found : DataFrame
        As `match_addresses` returns it.
    n : int
        How many addresses there were.
    """
    once = ~found["row"].duplicated(keep=False) & (found["undecided"] == "")
    unit = found[once].set_index("row")["unit_id"]
    return unit.reindex(range(n)).astype("str")


def units_by_address(city: City, applicants: pd.DataFrame) -> pd.Series:
    """Return the unit of each applicant that the row names, or that its address decides.

    Parameters
    ----------
    city : City
        Its units say which addresses are theirs.
    applicants : DataFrame, shape (n,)
        unit_id, address, zone_id, geometry.

    Returns
    -------
    Series of str, shape (n,)
        Missing where neither says one.

    Raises
    ------
    DataError
        For each applicant who has nothing but an address, which falls under no unit or under several.
    """
    unit: pd.Series = applicants["unit_id"].copy()
    if "address" not in applicants:
        return unit
    asked = (unit.isna() & applicants["address"].notna()).to_numpy()
    if not asked.any():
        return unit
    found = match_addresses(address_book(city), applicants["address"][asked])
    unit[asked] = decided(found, int(asked.sum())).to_numpy(dtype=object)
    _raise_on_nothing_else(applicants, unit, found, asked)
    return unit


def _raise_on_nothing_else(
    applicants: pd.DataFrame, unit: pd.Series, found: pd.DataFrame, asked: npt.NDArray[np.bool_]
) -> None:
    lost = asked & (unit.isna() & applicants["zone_id"].isna() & applicants.geometry.isna()).to_numpy()
    if not lost.any():
        return
    units = found.groupby("row")["unit_id"].agg(", ".join)
    place = pd.Series(np.flatnonzero(asked)).map(dict(enumerate(applicants.index)))
    said = dict(zip(place[units.index], units, strict=True))
    # the address itself is not shown: it says where a child lives
    raise DataError(
        Fault(
            file="applicants",
            column="address",
            found=said.get(index),
            allowed=say(
                "an address that falls under one unit with nothing left open (applicant {applicant})",
                applicant=applicants["applicant_id"][index],
            ),
            remedy=say("give the unit or a point; xuequ locate shows what is known of an address"),
        )
        for index in applicants.index[lost]
    )


def settle_addresses(city: City) -> City:
    """Return a city whose applicants have the unit of their address, and no address any more.

    A run keeps the unit only: an address goes no further than this. Called again it changes nothing.

    Raises
    ------
    DataError
        As `units_by_address`.
    """
    applicants = city["applicants"]
    if not applicants["address"].notna().any():
        return city
    blank = pd.Series(None, index=applicants.index, dtype="str")
    settled = applicants.assign(unit_id=units_by_address(city, applicants), address=blank)
    return replace(city, tables={**city.tables, "applicants": settled})
