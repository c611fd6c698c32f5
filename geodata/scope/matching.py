"""Find the rules that an address falls under.

What the words of a notice mean here:

1. A range with 单号 holds odd numbers only, with 双号 even ones, without a mark both.
2. A 之… belongs with its number, unless some rule states that 之… apart; then it belongs there only.
   So does a letter (29甲号), unless a clause that was not understood names that very letter: then it is
   left open.
3. A whole road holds every number of it, within the community and the street that its rule names. Of two
   lanes of one name that branch from different roads each is its own. 二巷, 2巷 and 第二巷 are one lane.
4. What is excepted (除…外) is taken from the same holder's rules in the same community, however exact.
5. The rest (`rest`) is all addresses in the community less those excepted. An address that does not name
   its community is taken to lie there if its road is one of the excepted ones, and that is said as
   undecided.
6. What is named by road, number or estate goes before the rest and before villagers, these before a whole
   community, this before a whole street: a notice that names 27号 for one school means it, whoever has
   the rest. Within one of these levels all holders are given: what a notice gives twice comes out twice.
7. A condition (龙溪中路以北) is not decided: the match is given with it as `undecided`, and less exact
   rules are given beside it. Two conditions are decided: 含“…”字样 by the address's text, and 原…社区, a
   former name.
8. A street or a community that the address does not name does not speak against a rule; one that differs
   does. A name in 街 that no rule names is no street office but the road that a lane branches from
   (六约大街 of 六约大街长青里); one in 街道, 镇 or 乡 is said, whether or not a rule names it.
9. Boundary prose, notes and what is unread hold nothing.
10. An estate is found where its name stands by itself, behind the community: 广雅小区 is not in 广雅社区,
   nor 东方花园 in 新东方花园. Of two names the longer counts. A phase or part behind it (翠园西区) is left
   open.
11. An address that names several places (29-31号, two roads) falls under what each of them does; a holder
   that does not have all of them is left open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from geodata.scope.address import parse_addresses
from geodata.scope.names import (
    PHASE,
    community_key,
    community_stem,
    flat,
    is_office,
    names_in,
    normal,
    road_key,
    street_key,
    street_stem,
)
from geodata.scope.rules import ScopeRule

LEVELS = {
    "sub": 0,
    "number": 0,
    "with-number": 0,
    "road": 0,
    "estate": 0,
    "rest": 1,
    "villagers": 1,
    "community": 2,
    "street": 3,
}
COLUMNS = ("address", "rule", "holder", "how", "undecided")
MOST_ROWS = 2_000_000
_EXACT = ("sub", "with-number", "estate", "rest")

_NUMBERS = ("from_no", "to_no", "from_sub", "to_sub")
_HOUSE = ["road_a", "of_road_a", "street_a", "community_a", "number", "sub", "mark"]
_SAID = ("of_road", "mark", "others")
_FORMER = re.compile(r"原([^原、;()]+?社区)")
_WORDS = re.compile(r'含"(.+?)"')


def match_rules(addresses: pd.DataFrame, rules: Sequence[ScopeRule]) -> pd.DataFrame:
    """Return the rules that hold addresses.

    Parameters
    ----------
    addresses : DataFrame
        As `parse_addresses` returns it, with a unique index.
    rules : sequence of ScopeRule

    Returns
    -------
    DataFrame
        A row for each address and rule that holds it, sorted by address position, then rule: `address` (a
        label of the index), `rule` (a position in `rules`), `holder`, `how` (`sub` a 之… stated,
        `number`, `with-number` a 之… or a letter that goes with its number, `road`, `estate`, `rest`,
        `villagers`, `community`, `street`), `undecided` (the notice's words that are left open, the
        community that the address does not name, or the address's words that say more than one place;
        empty where nothing is). An address in no row is unmatched; one in rows of several holders is
        doubly matched.

    Notes
    -----
    Addresses and rules are joined by road, community and street; no address is compared with a rule of
    another road.

    Examples
    --------
    >>> from geodata.scope.address import parse_addresses
    >>> from geodata.scope.rules import rules_of
    >>> rules = rules_of("西村街·广雅社区部分：广雅路27--65号（单号）", holder="S1")
    >>> addresses = parse_addresses(pd.Series(["广雅路29号", "广雅路30号"]))
    >>> match_rules(addresses, rules)[["address", "how"]].to_numpy().tolist()
    [[0, 'number']]
    """
    if len(rules) == 0 or len(addresses) == 0:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
    table, former = _rule_table(rules)
    asked, of = _each_place(addresses)
    wanted = _address_table(asked, set(table["street_key"]))
    wanted["open"] = _letters_left_open(wanted, rules)
    hits = _together(_matched(wanted, table, former), asked, of, table)
    rule = hits["rule"].to_numpy(dtype="int64")
    holders = np.array([one.holder for one in rules], dtype=object)
    return pd.DataFrame(
        {
            "address": addresses.index.to_numpy()[hits["at"].to_numpy(dtype="int64")],
            "rule": rule,
            "holder": holders[rule],
            "how": hits["how"].to_numpy(dtype=object),
            "undecided": hits["undecided"].to_numpy(dtype=object),
        }
    )


def _rule_table(rules: Sequence[ScopeRule]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rules as keys and numbers, and the former names of communities (rule, name)."""
    names = ("holder", "kind", "parity", "excepted", "condition", *_NUMBERS)
    table = pd.DataFrame({name: [getattr(rule, name) for rule in rules] for name in names})
    for name in _NUMBERS:
        table[name] = table[name].astype("Float64").astype("float64")
    table["rule"] = np.arange(len(rules))
    table["road_key"] = [road_key(rule.road) for rule in rules]
    table["of_road_key"] = [road_key(rule.of_road) for rule in rules]
    table["street_key"] = [street_key(rule.street) for rule in rules]
    table["community_key"] = [community_key(rule.community) for rule in rules]
    table["estate_key"] = [_estate_key(rule) for rule in rules]
    # one holder's rules in one community, wherever they stand in its text
    table["place"] = table.groupby(["holder", "street_key", "community_key"], sort=False).ngroup()
    former = [
        (place, community_key(name))
        for place, rule in enumerate(rules)
        for name in _FORMER.findall(_said_of_community(rule))
    ]
    return table, pd.DataFrame(former, columns=["rule", "name"])


def _estate_key(rule: ScopeRule) -> str:
    """Return the name of an estate without 小区, unless the rest is the name of its community."""
    name = normal(rule.estate).lower()
    stem = name.removesuffix("小区")
    return name if stem == community_stem(rule.community).lower() else stem


def _said_of_community(rule: ScopeRule) -> str:
    words = flat(rule.condition) if rule.kind in ("community", "village") else ""
    heading = flat(rule.heading)
    return words + ("" if "(除" in heading else heading)


def _each_place(addresses: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a row for each place that an address names, the first ones foremost, and whose it is."""
    first = addresses.reset_index(drop=True)
    for name in _SAID:
        if name not in first:
            first[name] = ""
    others = first.loc[first["others"] != "", "others"].str.split("\n").explode()
    if len(others) == 0:
        return first, np.arange(len(first))
    parts = parse_addresses(others)
    for name in ("text", "street", "community"):
        parts[name] = first[name].reindex(others.index).to_numpy(dtype=object)
    every = pd.concat([first, parts[first.columns.intersection(parts.columns)]])
    return every.reset_index(drop=True), every.index.to_numpy()


def _together(hits: pd.DataFrame, asked: pd.DataFrame, of: np.ndarray, table: pd.DataFrame) -> pd.DataFrame:
    """Put the places of an address together: who does not have all of them is left open."""
    if len(of) == len(np.unique(of)):
        return hits.sort_values(["at", "rule"], kind="stable")
    hits = hits.assign(place=hits["at"], at=of[hits["at"].to_numpy(dtype="int64")])
    hits["holder"] = table["holder"].to_numpy(dtype=object)[hits["rule"].to_numpy(dtype="int64")]
    has = hits.groupby(["at", "holder"])["place"].transform("nunique").to_numpy()
    places = np.bincount(of)[hits["at"].to_numpy(dtype="int64")]
    words = hits["at"].map(asked["others"].map(_in_short)).where(has < places, "")
    hits["undecided"] = _joined(hits["undecided"], words)
    hits["is_open"] = hits["undecided"] != ""
    hits = hits.sort_values(["at", "rule", "is_open", "place"], kind="stable")
    return hits.drop_duplicates(["at", "rule"])


def _in_short(others: str) -> str:
    said = others.split("\n")
    return "、".join(said) if len(said) <= 3 else f"{said[0]}…{said[-1]}"


_LETTER = re.compile(r"\d+[甲乙丙丁戊A-Za-z](?=号)")


def _letters_left_open(wanted: pd.DataFrame, rules: Sequence[ScopeRule]) -> pd.Series:
    """Return the house numbers with a letter that a clause names which was not understood."""
    unread = (normal(rule.text) for rule in rules if rule.kind == "unread")
    named = {found for text in unread for found in _LETTER.findall(text)}
    number = wanted["number"].astype("Int64").astype("str").fillna("") + wanted["mark"]
    return number.where((wanted["mark"] != "") & number.isin(named), "").astype(object)


def _address_table(addresses: pd.DataFrame, streets: set[str]) -> pd.DataFrame:
    table = addresses[["text", "number", "sub", "mark"]].reset_index(drop=True)
    for name in ("number", "sub"):
        table[name] = table[name].astype("Float64").astype("float64")
    table["at"] = np.arange(len(table))
    keys = {"road": road_key, "of_road": road_key, "street": street_key, "community": community_key}
    for name, key in keys.items():
        codes, distinct = pd.factorize(addresses[name].fillna(""))
        table[f"{name}_a"] = np.array([key(text) for text in distinct], dtype=object)[codes]
    table["inside"] = _behind_community(addresses)
    _settle_streets(table, streets - {""})
    return table


def _settle_streets(table: pd.DataFrame, streets: set[str]) -> None:
    """Bring a street to the form that the rules have, or take it for the road that a lane branches from."""
    known = {street_stem(name): name for name in sorted(streets)}
    there = table["street_a"]
    strange = (there != "") & ~there.isin(streets)
    other = there[strange].map(street_stem).map(known)
    table.loc[other.index[other.notna()], "street_a"] = other.dropna()
    strange &= ~table["street_a"].isin(streets)
    rows = table.loc[strange, ["street_a", "text"]]
    office = [is_office(street, text) for street, text in rows.itertuples(index=False)]
    a_road = rows.index[~np.array(office, dtype=bool)]
    if streets:
        blank = a_road[table.loc[a_road, "of_road_a"] == ""]
        table.loc[blank, "of_road_a"] = table.loc[blank, "street_a"].map(road_key)
    table.loc[a_road, "street_a"] = ""


def _behind_community(addresses: pd.DataFrame) -> list[str]:
    pairs = zip(addresses["text"], addresses["community"].fillna(""), strict=True)
    return [text.partition(name)[2].lower() if name else text.lower() for text, name in pairs]


def _blocks(distinct: pd.DataFrame, roads: pd.DataFrame) -> list[tuple[int, int]]:
    """Return runs of addresses whose joins stay small, however many rules one road has."""
    rows = distinct["road_a"].map(roads["road_key"].value_counts()).fillna(0).to_numpy() + 1
    block = (np.cumsum(rows) // MOST_ROWS).astype("int64")
    edges = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(distinct)]
    return list(pairwise(edges))


def _matched(wanted: pd.DataFrame, table: pd.DataFrame, former: pd.DataFrame) -> pd.DataFrame:
    exact = [_by_road(wanted, table, former), _by_estate(wanted, table, former)]
    named = pd.concat(exact, ignore_index=True)
    inside = [named[~named["excepted"]], _by_area(wanted, table, former)]
    held = pd.concat(inside, ignore_index=True)
    held["undecided"] = _conditions(held)
    held = held[held["undecided"].notna()]
    held["undecided"] = _joined(held["undecided"], held["open"].where(held["how"].isin(_EXACT), ""))
    out = named[named["excepted"]]
    held = _less_excepted(held, out.assign(condition=_joined(out["condition"], out["open"])))
    held = _less_people(held, table)
    level = held["how"].map(LEVELS)
    sure = level.where(held["undecided"] == "")
    most = sure.groupby(held["at"]).transform("min").fillna(max(LEVELS.values()))
    return held.loc[level <= most, ["at", "rule", "how", "undecided"]]


def _joined(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one.astype("str") + "；" + other.astype("str")).str.strip("；").astype(object)


def _same(hits: pd.DataFrame, name: str) -> pd.Series:
    """Return whether a part of address and rule is the same, or one of them does not say it."""
    said, key = hits[f"{name}_a"], hits[f"{name}_key"]
    return (said == "") | (key == "") | (said == key)


def _agrees(hits: pd.DataFrame, former: pd.DataFrame) -> pd.Series:
    """Return whether street and community of address and rule do not speak against each other."""
    street, community = _same(hits, "street"), _same(hits, "community")
    if len(former) and len(hits):
        known = pd.MultiIndex.from_frame(former)
        community |= pd.MultiIndex.from_frame(hits[["rule", "community_a"]]).isin(known)
    return street & community


def _by_road(wanted: pd.DataFrame, table: pd.DataFrame, former: pd.DataFrame) -> pd.DataFrame:
    """Return the rules on an address's road that hold its number, excepted ones too."""
    roads = table[table["kind"].isin(["road", "numbers"]) & (table["road_key"] != "")]
    # many homes have one house number
    code = wanted.groupby(_HOUSE, dropna=False, sort=False).ngroup()
    homes = wanted[["at", "text", "open"]].assign(code=code)
    distinct = wanted[_HOUSE].assign(code=code).drop_duplicates("code")
    blocks = [_on_roads(distinct.iloc[start:end], roads, former) for start, end in _blocks(distinct, roads)]
    return homes.merge(pd.concat(blocks), on="code").drop(columns="code")


def _on_roads(distinct: pd.DataFrame, roads: pd.DataFrame, former: pd.DataFrame) -> pd.DataFrame:
    hits = distinct.merge(roads, left_on="road_a", right_on="road_key")
    hits = hits[_agrees(hits, former) & _same(hits, "of_road")]
    number, sub = hits["number"], hits["sub"]
    plain = sub.isna() & (hits["mark"] == "")
    whole = hits["kind"] == "road"
    is_odd = number % 2 == 1
    parity = (hits["parity"] == "all") | (number.notna() & (is_odd == (hits["parity"] == "odd")))
    inside = whole | ((number >= hits["from_no"]) & (number <= hits["to_no"]))
    stated = hits["from_sub"].notna()
    in_sub = stated & (sub >= hits["from_sub"]) & (sub <= hits["to_sub"])
    cases = [whole, in_sub, ~stated & plain, ~stated]
    how = np.select(
        [case.to_numpy() for case in cases], ["road", "sub", "number", "with-number"], default=""
    )
    hits = hits.assign(how=how)[inside & parity & (how != "")]
    # a 之… stated by any rule is apart from its number
    apart = hits["code"].isin(hits.loc[hits["how"] == "sub", "code"])
    return hits[~(apart & (hits["how"] == "with-number"))]


def _by_estate(wanted: pd.DataFrame, table: pd.DataFrame, former: pd.DataFrame) -> pd.DataFrame:
    """Return the estates whose names stand in the texts of addresses."""
    estates = table[(table["kind"] == "estate") & (table["estate_key"].str.len() >= 2)]
    starts: dict[str, set[str]] = {}
    for name in estates["estate_key"]:
        starts.setdefault(name[:2], set()).add(name)
    codes, texts = pd.factorize(wanted["inside"])
    found = [
        (code, name, place, place + len(name), _phase(text, place + len(name)))
        for code, text in enumerate(texts)
        for name, place in names_in(text, starts)
    ]
    columns = {"code": "int64", "estate_key": object, "from": "int64", "to": "int64", "phase": object}
    pairs = pd.DataFrame(found, columns=list(columns)).astype(columns)
    hits = wanted.assign(code=codes).merge(pairs, on="code").merge(estates, on="estate_key")
    hits["open"] = _joined(hits["open"], hits["phase"])
    hits = _longest(hits[_agrees(hits, former)]).sort_values(["at", "rule", "open"])
    hits = hits.drop_duplicates(["at", "rule"])
    return hits.assign(how="estate").drop(columns=["code", "from", "to", "phase"])


_PHASE = re.compile(rf"[(·-]?({PHASE})")


def _phase(text: str, place: int) -> str:
    found = _PHASE.match(text, place)
    return found[1] if found else ""


def _longest(hits: pd.DataFrame) -> pd.DataFrame:
    """Leave out each estate whose name lies within another one's."""
    hits = hits.reset_index(drop=True)
    pairs = hits[["at", "from", "to"]].reset_index().merge(hits[["at", "from", "to"]], on="at")
    within = (pairs["from_y"] <= pairs["from_x"]) & (pairs["to_x"] <= pairs["to_y"])
    shorter = pairs["to_x"] - pairs["from_x"] < pairs["to_y"] - pairs["from_y"]
    return hits.drop(index=pairs.loc[within & shorter, "index"].unique())


def _by_area(wanted: pd.DataFrame, table: pd.DataFrame, former: pd.DataFrame) -> pd.DataFrame:
    """Return the communities, streets and rests that addresses lie in."""
    kinds = {"community": "community", "village": "community", "rest": "rest", "villagers": "villagers"}
    areas = table[table["kind"].isin(list(kinds)) & ~table["excepted"]]
    named = pd.concat([areas.assign(name=areas["community_key"]), areas.merge(former, on="rule")])
    named = named[named["name"] != ""]
    villages = named[named["kind"] == "village"]
    offices = table[(table["kind"] == "street") & ~table["excepted"]]
    hits = [
        wanted.merge(named, left_on="community_a", right_on="name"),
        wanted.merge(villages, left_on="road_a", right_on="name"),
        _near_excepted(wanted, table, areas[areas["kind"] == "rest"]),
        wanted[wanted["street_a"] != ""].merge(offices, left_on="street_a", right_on="street_key"),
    ]
    found = pd.concat(hits, ignore_index=True)
    found = found[_agrees(found, former)].drop(columns="name")
    found = found.assign(how=found["kind"].map(kinds | {"street": "street"}))
    return found.drop_duplicates(["at", "rule"])


def _near_excepted(wanted: pd.DataFrame, table: pd.DataFrame, rest: pd.DataFrame) -> pd.DataFrame:
    """Return the rests of communities that an address does not name, by a road that they except."""
    excepted = table["excepted"] & (table["road_key"] != "")
    roads = table.loc[excepted, ["place", "road_key", "of_road_key"]].drop_duplicates()
    near = rest.drop(columns=["road_key", "of_road_key"]).merge(roads, on="place")
    near["condition"] = near["community_key"]
    hits = wanted[wanted["community_a"] == ""].merge(near, left_on="road_a", right_on="road_key")
    return hits[_same(hits, "of_road")]


def _conditions(hits: pd.DataFrame) -> pd.Series:
    """Return what is left open of each hit; missing where a condition speaks against it."""
    condition = hits["condition"].astype("str")
    a_name = condition.str.startswith("原") & (hits["how"] != "villagers")
    left = condition.where(~a_name, "").astype(object)
    for words in condition.unique():
        # 除地址门牌含“五眼桥”字样外, or only those that have it
        said = flat(words)
        name = _WORDS.search(said)
        if name is not None:
            rows = condition == words
            has = hits.loc[rows, "text"].str.contains(normal(name[1]), regex=False)
            left.loc[rows] = pd.Series("", index=has.index, dtype=object).where(
                has != said.startswith("除")
            )
    return left


def _less_excepted(held: pd.DataFrame, excepted: pd.DataFrame) -> pd.DataFrame:
    """Take away what the same holder excepts in the same community; an open exception leaves it open."""
    key = ["at", "place"]
    sure = excepted.loc[excepted["condition"] == "", key]
    kept = held[~pd.MultiIndex.from_frame(held[key]).isin(pd.MultiIndex.from_frame(sure))]
    doubt = excepted.loc[excepted["condition"] != "", [*key, "condition"]].drop_duplicates(key)
    if len(doubt) == 0:
        return kept
    words = kept[key].merge(doubt, on=key, how="left")["condition"].fillna("")
    return kept.assign(undecided=_joined(kept["undecided"], words.set_axis(kept.index)))


def _less_people(held: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Leave a rest open that excepts people, for an address does not say who they are."""
    people = table[table["excepted"] & (table["kind"] == "villagers")]
    if len(people) == 0:
        return held
    words = held["place"].map(people.groupby("place")["condition"].agg("；".join)).fillna("")
    return held.assign(undecided=_joined(held["undecided"], words.where(held["how"] == "rest", "")))
