"""Find the rules that an address falls under.

What the words of a notice mean here:

1. A range with 单号 holds odd numbers only, with 双号 even ones, without a mark both.
2. A 之… belongs with its number, unless some rule states that 之… apart; then it belongs there only.
3. A whole road holds every number of it, within the community and the street that its rule names.
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
   does. A street that no rule names is no street office (六约大街 of 六约大街长青里).
9. Boundary prose, notes and what is unread hold nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from geodata.scope.names import community_key, flat, normal, road_key, street_key
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

_NUMBERS = ("from_no", "to_no", "from_sub", "to_sub")
_HOUSE = ["road_a", "street_a", "community_a", "number", "sub"]
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
        `number`, `with-number` a 之… that goes with its number, `road`, `estate`, `rest`, `villagers`,
        `community`, `street`), `undecided` (the notice's words that are left open, or the community that
        the address does not name; empty where nothing is). An address in no row is unmatched; one in rows
        of several holders is doubly matched.

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
    wanted = _address_table(addresses, set(table["street_key"]))
    hits = _matched(wanted, table, former).sort_values(["at", "rule"], kind="stable")
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
    table["street_key"] = [street_key(rule.street) for rule in rules]
    table["community_key"] = [community_key(rule.community) for rule in rules]
    table["estate_key"] = [normal(rule.estate).removesuffix("小区") for rule in rules]
    # one holder's rules in one community, wherever they stand in its text
    table["place"] = table.groupby(["holder", "street_key", "community_key"], sort=False).ngroup()
    former = [
        (place, community_key(name))
        for place, rule in enumerate(rules)
        for name in _FORMER.findall(_said_of_community(rule))
    ]
    return table, pd.DataFrame(former, columns=["rule", "name"])


def _said_of_community(rule: ScopeRule) -> str:
    words = flat(rule.condition) if rule.kind in ("community", "village") else ""
    heading = flat(rule.heading)
    return words + ("" if "(除" in heading else heading)


def _address_table(addresses: pd.DataFrame, streets: set[str]) -> pd.DataFrame:
    table = addresses[["text", "number", "sub"]].reset_index(drop=True)
    for name in ("number", "sub"):
        table[name] = table[name].astype("Float64").astype("float64")
    table["at"] = np.arange(len(table))
    for name, key in (("road", road_key), ("street", street_key), ("community", community_key)):
        codes, distinct = pd.factorize(addresses[name].fillna(""))
        table[f"{name}_a"] = np.array([key(text) for text in distinct], dtype=object)[codes]
    table.loc[~table["street_a"].isin(streets - {""}), "street_a"] = ""
    return table


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
    held = _less_excepted(held[held["undecided"].notna()], named[named["excepted"]])
    held = _less_people(held, table)
    level = held["how"].map(LEVELS)
    sure = level.where(held["undecided"] == "")
    most = sure.groupby(held["at"]).transform("min").fillna(max(LEVELS.values()))
    return held.loc[level <= most, ["at", "rule", "how", "undecided"]]


def _joined(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one.astype("str") + "；" + other.astype("str")).str.strip("；").astype(object)


def _agrees(hits: pd.DataFrame, former: pd.DataFrame) -> pd.Series:
    """Return whether street and community of address and rule do not speak against each other."""
    street, community = (
        (hits[f"{name}_a"] == "") | (hits[f"{name}_key"] == "") | (hits[f"{name}_a"] == hits[f"{name}_key"])
        for name in ("street", "community")
    )
    if len(former) and len(hits):
        known = pd.MultiIndex.from_frame(former)
        community |= pd.MultiIndex.from_frame(hits[["rule", "community_a"]]).isin(known)
    return street & community


def _by_road(wanted: pd.DataFrame, table: pd.DataFrame, former: pd.DataFrame) -> pd.DataFrame:
    """Return the rules on an address's road that hold its number, excepted ones too."""
    roads = table[table["kind"].isin(["road", "numbers"]) & (table["road_key"] != "")]
    # many homes have one house number
    code = wanted.groupby(_HOUSE, dropna=False, sort=False).ngroup()
    homes = wanted[["at", "text"]].assign(code=code)
    distinct = wanted[_HOUSE].assign(code=code).drop_duplicates("code")
    blocks = [_on_roads(distinct.iloc[start:end], roads, former) for start, end in _blocks(distinct, roads)]
    return homes.merge(pd.concat(blocks), on="code").drop(columns="code")


def _on_roads(distinct: pd.DataFrame, roads: pd.DataFrame, former: pd.DataFrame) -> pd.DataFrame:
    hits = distinct.merge(roads, left_on="road_a", right_on="road_key")
    hits = hits[_agrees(hits, former)]
    number, sub = hits["number"], hits["sub"]
    whole = hits["kind"] == "road"
    is_odd = number % 2 == 1
    parity = (hits["parity"] == "all") | (number.notna() & (is_odd == (hits["parity"] == "odd")))
    inside = whole | ((number >= hits["from_no"]) & (number <= hits["to_no"]))
    stated = hits["from_sub"].notna()
    in_sub = stated & (sub >= hits["from_sub"]) & (sub <= hits["to_sub"])
    cases = [whole, in_sub, ~stated & sub.isna(), ~stated]
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
    codes, texts = pd.factorize(wanted["text"])
    found = [(code, name) for code, text in enumerate(texts) for name in _names_in(text, starts)]
    pairs = pd.DataFrame(found, columns=["code", "estate_key"]).astype(
        {"code": "int64", "estate_key": object}
    )
    hits = wanted.assign(code=codes).merge(pairs, on="code").merge(estates, on="estate_key")
    return hits[_agrees(hits, former)].assign(how="estate").drop(columns="code")


def _names_in(text: str, starts: dict[str, set[str]]) -> list[str]:
    if not starts:
        return []
    near = {name for place in range(len(text) - 1) for name in starts.get(text[place : place + 2], ())}
    # 凯粤湾路 is not 凯粤湾
    return sorted(name for name in near if re.search(re.escape(name) + "(?![路街巷里])", text))


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
    roads = table.loc[excepted, ["place", "road_key"]].drop_duplicates()
    near = rest.drop(columns="road_key").merge(roads, on="place")
    near["condition"] = near["community_key"]
    return wanted[wanted["community_a"] == ""].merge(near, left_on="road_a", right_on="road_key")


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
