"""Take a Chinese address apart: street, community, road, house number.

No library is used. Those that are kept up and work offline (cpca, addressparser, jionlp) find province,
city and district and leave the road and the house number in one piece; those that tag roads and numbers are
language models. What decides here is the road and the number, and both sides of a comparison must be read
by the same rules.

1. Signs are brought to one form (NFKC, one dash, no spaces), so that 29号之１ is 29号之1.
2. City, district, street office and community are taken from the front, where their endings say so. A name
   in 街 is a street office only if a road or a community follows (西村街广雅路), else the road (怡福街1号).
3. The house number is the first number that is no part of a name (16街) and of no building, floor or room
   (3号楼, 5栋, 302房): with 号 if any has it.
4. What else an address says is kept beside it: more house numbers (29-31号, 29号、31号, 29号之一、之二) or
   a second road (西湾路5号广雅路29号). 29-1号 is a 之…, for it is no range.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from geodata.scope.names import NUMERALS, OWN_TAIL, ROAD_END, normal, number_of, split_road, street_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address in parts; what is not said is empty, or None.

    Parameters
    ----------
    text : str
        The whole, normalised.
    city, district, street, community : str
        广州市, 荔湾区, 西村街 (街道 as 街), 广雅社区.
    of_road, road : str
        The road, and the road that it branches from where both are written.
    number : int, optional
        The house number.
    sub : int, optional
        之一 is 1, as in 29号之一, 29号之1 and 29-1号.
    mark : str
        A letter beside the number: 甲 of 29甲号.
    building : str
        3号楼, 5栋: never a house number.
    rest : str
        What follows: rooms, names of estates; the whole of a name without a road.
    others : str
        The other places that it names, road and house number, one a line; of a range each number.
    """

    text: str
    city: str = ""
    district: str = ""
    street: str = ""
    community: str = ""
    of_road: str = ""
    road: str = ""
    number: int | None = None
    sub: int | None = None
    mark: str = ""
    building: str = ""
    rest: str = ""
    others: str = ""


_FRONT = re.compile(
    r"(?:[^省市区县街路]{2,7}(?:省|自治区))?"
    r"(?P<city>[^省市区县街路镇乡\d]{2,7}?市(?![东西南北中]?[路街场]|[口桥巷里坊心]))?"
    r"(?P<district>[^省市区县街路镇乡巷社\d]{1,7}?(?:(?<![小社校片园新])区|新区|县)(?!\d|$))?"
)
_OFFICE = re.compile(r"(?P<street>[^\d街路巷社]{1,8}?(?:街道(?:办事处)?|镇|乡)(?!路))")
# 西村街 before 广雅路, 广雅社区 or 五眼桥新基155号; not 广雅后街 before 一巷
_STREET = re.compile(
    rf"(?P<street>[^\d街路巷社]{{1,8}}?街)"
    rf"(?=·|[^\d社]{{1,12}}社区|(?![口头尾边]|{OWN_TAIL}(?:\d|$))(?:[^\d]{{2,}}?{ROAD_END}|[^\d]{{3,}}\d))"
)
# 曾巷社区, 故衣街社区: named after a lane or street, right before the ending
_COMMUNITY = re.compile(
    r"(?P<community>[^\d路街巷社]{1,12}?[街巷]?(?:社区(?:居委会|居民委员会)?|居委会|村委会))"
)
_NUMBER = (
    rf"(?P<number>\d{{1,5}}|[{NUMERALS}]+(?=号))(?P<mark>[甲乙丙丁戊A-Za-z])?"
    rf"(?:号?之(?P<of>[{NUMERALS}]+|\d{{1,2}})号?|-(?P<dash>\d{{1,3}})号|号)"
)
_NO_ROOM = "(?![楼栋幢座单元层室房门])"
_HOUSE = re.compile(rf"(?P<road>.+?)(?<!\d){_NUMBER}{_NO_ROOM}")
_SUB = rf"之(?:[{NUMERALS}]+|\d{{1,2}})"
_JOIN = "(?:[、,，/和及与~至到]|-+)"
_ITEM = re.compile(rf"(?P<join>{_JOIN})?(?P<number>\d{{1,5}})(?:号?(?P<sub>{_SUB}))?号?")
# 29、 of 29、31号
_FIRST = re.compile(
    rf"(?P<road>.+?)(?<!\d)(?P<list>\d{{1,5}}(?:号?{_SUB})?号?(?:{_JOIN}\d{{1,5}})*)(?P<join>{_JOIN})"
)
_MORE = re.compile(
    rf"(?P<join>{_JOIN})(?:(?P<number>\d{{1,5}})号(?P<of>{_SUB})?|(?P<sub>{_SUB}))号?{_NO_ROOM}"
)
_AGAIN = re.compile(rf"[(,;、]*(?P<place>[^\d(),;、]{{2,}}{ROAD_END}\d{{1,5}}号){_NO_ROOM}")
MOST_OTHERS = 50
_BARE_NUMBER = re.compile(
    rf"(?P<road>.*{ROAD_END})(?P<number>\d{{1,5}})(?![\d\-~号之栋幢座楼单元层室房横街路巷里坊])"
)
_ROAD = re.compile(rf"(?P<road>.*{ROAD_END})")
_BUILDING = re.compile(
    r"(?P<building>(?:[A-Za-z\d]{1,4}|[甲乙丙丁一二三四五六七八九十]{1,2})(?:号楼|栋|幢|座))"
)


def parse_address(text: str) -> Address:
    """Return the parts of an address.

    Examples
    --------
    >>> one = parse_address("广州市荔湾区西村街道广雅路29号之一302房")
    >>> one.street, one.road, one.number, one.sub, one.rest
    ('西村街', '广雅路', 29, 1, '302房')
    >>> parse_address("环市西34号").road, parse_address("长喜二横巷5号").road
    ('环市西', '长喜二横巷')
    >>> parse_address("金色家园3号楼502").number is None
    True
    """
    whole = normal(text)
    parts, place = _front(whole)
    tail = whole[place:]
    house = _HOUSE.match(tail)
    bare = None if house else _BARE_NUMBER.match(tail)
    if house is not None and not _BUILDING.search(house["road"]):
        return _house(whole, parts, tail, house)
    if bare is not None and not _BUILDING.search(bare["road"]):
        found, parts["number"] = bare, int(bare["number"])
    else:
        found = None
        name = _ROAD.match(tail)
        if name is not None:
            parts["of_road"], parts["road"] = split_road(name["road"])
        rest = tail if name is None else tail[name.end() :]
    if found is not None:
        parts["of_road"], parts["road"] = split_road(found["road"])
        rest = tail[found.end() :]
    building = _BUILDING.search(rest)
    parts["building"] = building["building"] if building else ""
    return Address(text=whole, rest=rest, **parts)


def _house(whole: str, parts: dict[str, Any], tail: str, house: re.Match[str]) -> Address:
    """Return an address that has a house number with 号, and what other places it names."""
    road, join = house["road"], ""
    items: list[_Item] = []
    if earlier := _FIRST.fullmatch(road):
        road, join = earlier["road"], earlier["join"]
        items = [_item(one["join"], one["number"], one["sub"]) for one in _ITEM.finditer(earlier["list"])]
    items.append(_item(join, house["number"], house["of"]))
    if house["dash"]:
        items.append(_item("-", house["dash"], None))
    end = house.end()
    while more := _MORE.match(tail, end):
        items.append(_item(more["join"], more["number"], more["of"] or more["sub"]))
        end = more.end()
    (number, sub), *others = _places(items)
    again = _AGAIN.match(tail, end)
    named = [_said(road, *one) for one in others] + ([again["place"]] if again else [])
    parts["of_road"], parts["road"] = split_road(road)
    parts["number"], parts["sub"], parts["mark"] = number, sub, house["mark"] or ""
    rest = tail[end:]
    building = _BUILDING.search(rest)
    parts["building"] = building["building"] if building else ""
    return Address(text=whole, rest=rest, others="\n".join(named), **parts)


_Item = tuple[str, int | None, int | None]


def _item(join: str | None, number: str | None, sub: str | None) -> _Item:
    """Return the sign before a number, the number and its 之…."""
    said = sub.removeprefix("之") if sub else ""
    return join or "", number_of(number) if number else None, number_of(said) if said else None


def _places(items: list[_Item]) -> list[tuple[int, int | None]]:
    """Return house numbers and their 之…, in order; of a range each that may be meant."""
    assert items[0][1] is not None
    places = [(items[0][1], items[0][2])]
    for join, number, sub in items[1:]:
        last, last_sub = places[-1]
        is_range = bool(join) and join[0] in "-~至到"
        if number is None:
            between = range((last_sub or 0) + 1, sub or 0) if is_range else range(0)
            places += [*((last, one) for one in between[:MOST_OTHERS]), (last, sub)]
        elif is_range and number > last:
            # all odd, all even, or both
            between = range(last, number, 2 if (number - last) % 2 == 0 else 1)[1 : MOST_OTHERS + 1]
            places += [*((one, None) for one in between), (number, sub)]
        elif join.startswith("-"):
            # 29-1号
            places[-1] = (last, number)
        else:
            places.append((number, sub))
    return list(dict.fromkeys(places))


def _said(road: str, number: int, sub: int | None) -> str:
    return f"{road}{number}号" + (f"之{sub}" if sub is not None else "")


def _front(whole: str) -> tuple[dict[str, Any], int]:
    """Return city, district, street and community, and where what follows them begins."""
    front = _FRONT.match(whole)
    parts: dict[str, Any] = {"city": "", "district": "", "street": "", "community": ""}
    place = 0
    if front is not None:
        parts["city"], parts["district"] = front["city"] or "", front["district"] or ""
        place = front.end()
    for name, pattern in (("street", _OFFICE), ("street", _STREET), ("community", _COMMUNITY)):
        found = pattern.match(whole, place) if not parts[name] else None
        if found is not None and found.end() < len(whole) + (name == "community"):
            parts[name] = street_key(found[name]) if name == "street" else found[name]
            place = found.end()
            place += whole.startswith("·", place)
    return parts, place


def parse_addresses(texts: pd.Series) -> pd.DataFrame:
    """Return the parts of many addresses: a row a text, the fields of `Address` as columns.

    The index is that of `texts`; `number` and `sub` are nullable integers (Int64); each distinct text is
    read once. A missing text is an empty address.
    """
    names = [field.name for field in fields(Address)]
    codes, distinct = pd.factorize(texts.fillna("").astype("str"))
    read = [parse_address(text) for text in distinct]
    table = pd.DataFrame({name: [getattr(one, name) for one in read] for name in names})
    for name in names:
        table[name] = table[name].astype("Int64" if name in ("number", "sub") else "str")
    return table.take(codes).set_axis(texts.index)
