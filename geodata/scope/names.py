"""Names in notices and addresses: one form of signs, Chinese numerals, roads that branch from roads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping

NUMERALS = "一二三四五六七八九十百"
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")}
ROAD_END = "(?:路|大道|街|巷|里|坊|弄|约|胡同)"

# between these signs a name stands by itself: 东方花园 is not in 新东方花园3号, nor 东方 in 东方明珠3号
_PUNCTUATION = "\n,.;:、·()[]【】-—_/#&+"
NAME_BEFORE = "省市区县州旗镇乡街道村社路巷里弄坊号0123456789" + _PUNCTUATION
NAME_AFTER = "号第栋幢座0123456789abcdefghijklmnopqrstuvwxyz" + _PUNCTUATION
NAME_PARTS = (
    *("小区", "东区", "西区", "南区", "北区", "中区", "单元"),
    *(number + part for number in "一二三四五六七八九十甲乙丙丁" for part in "期区号栋幢座组单"),
)
"""What may follow a name and is still the same estate."""
AFTER_NUMBER = "路街巷横直大马里坊弄约"
"""With which of these behind it a number is no house number: 中山3路, 中山3横巷."""
PHASE = r"第?(?:[一二三四五六七八九十]+|\d+|[A-Za-z]|[东西南北中])(?:区|期)"
"""A part of an estate that may be another's: 西区, 二期."""

# full-width forms, and the many dashes and brackets that planners type; each sign to one sign, so that a
# place in the flat text is the same place in the text
_FLAT = {0xFF01 + place: 0x21 + place for place in range(94)} | {
    ord(sign): flat
    for signs, flat in {
        "—–―‐‑‒−﹣": "-",
        "〜∼": "~",
        "【〔［[﹙": "(",
        "】〕］]﹚": ")",
        "\u3000\u00a0": " ",
        "﹑": "、",
        "｡": "。",
        "“”「」『』": '"',
    }.items()
    for sign in signs
}


def flat(text: str) -> str:
    """Return a text of the same length in plain signs: half-width, one dash, one kind of bracket.

    Examples
    --------
    >>> flat("２７—６５号（单号）")
    '27-65号(单号)'
    """
    return text.translate(_FLAT)


def normal(text: str) -> str:
    """Return a name or an address in the form that is compared: NFKC, plain signs, without spaces."""
    plain = re.sub(r"\s+", "", flat(unicodedata.normalize("NFKC", text)))
    # a sign and a mark may have met where a space was
    return unicodedata.normalize("NFKC", plain)


def number_of(numeral: str) -> int:
    """Return the value of a Chinese numeral below 1,000, or of digits.

    Examples
    --------
    >>> number_of("二十九"), number_of("十"), number_of("一百零五"), number_of("12")
    (29, 10, 105, 12)
    """
    if numeral.isdecimal():
        return int(numeral)
    total = digit = 0
    for sign in numeral:
        if sign in ("十", "百"):
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[sign]
    return total + digit


def numeral_of(number: int) -> str:
    """Return a number from 1 to 99 as a Chinese numeral.

    Examples
    --------
    >>> numeral_of(3), numeral_of(10), numeral_of(21)
    ('三', '十', '二十一')
    """
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{'零一二三四五六七八九'[tens]}十"
    return head + ("" if ones == 0 else "零一二三四五六七八九"[ones])


_BRANCH = re.compile(rf"^(.{{2,}}?(?:大道|路|街))((?![口头尾边]).{{2,}}{ROAD_END})$")
# 东一巷, 横街: an ending of the road's own name, not a second road
OWN_TAIL = rf"第?[东西南北中前后上下内外左右横直新大小{NUMERALS}\d]*{ROAD_END}"
_NUMBERED = re.compile(rf"第?([{NUMERALS}]+|\d{{1,4}})(?=[横直大马]*(?:路|街|巷|横|里|坊|弄|约))")


def split_road(name: str) -> tuple[str, str]:
    """Return the road that a road branches from (or an empty text), and the road.

    Examples
    --------
    >>> split_road("西湾路广雅后街一巷")
    ('西湾路', '广雅后街一巷')
    >>> split_road("广雅后街一巷")
    ('', '广雅后街一巷')
    >>> split_road("新街口东街")
    ('', '新街口东街')
    """
    found = _BRANCH.match(name)
    if found is None or re.fullmatch(OWN_TAIL, found[2]):
        return "", name
    return found[1], found[2]


def road_key(road: str) -> str:
    """Return the form of a road's name that is compared.

    环市西 and 环市西路 are one road; 二巷, 2巷 and 第二巷 are one lane.

    Examples
    --------
    >>> road_key("环市西"), road_key("广雅前街"), road_key("长喜第二横巷")
    ('环市西路', '广雅前街', '长喜2横巷')
    """
    name = _NUMBERED.sub(lambda found: str(number_of(found[1])), normal(road))
    return name + "路" if name[-1:] in tuple("东西南北中") else name


def street_key(street: str) -> str:
    """Return the form of a street office's name that is compared: 西村街道 is 西村街."""
    name = normal(street).removesuffix("办事处")
    return name.removesuffix("道") if name.endswith("街道") else name


def community_stem(community: str) -> str:
    """Return what a community is called: 广雅 of 广雅社区."""
    name = community_key(community)
    return name.removesuffix("社区") or name


def names_in(text: str, starts: Mapping[str, Collection[str]]) -> list[tuple[str, int]]:
    """Return the names that stand in a text by themselves, and where.

    Parameters
    ----------
    text : str
        Normal and small.
    starts : mapping of str to collection of str
        The names by their first two characters.

    Examples
    --------
    >>> starts = {"东方": ["东方花园", "东方"]}
    >>> names_in("东方花园3号", starts), names_in("新东方花园3号", starts)
    ([('东方花园', 0)], [])
    """
    if not starts:
        return []
    near = (
        (name, place)
        for place in range(len(text) - 1)
        for name in starts.get(text[place : place + 2], ())
        if text.startswith(name, place)
    )
    return [(name, place) for name, place in near if _alone(text, place, place + len(name))]


_STREET_NUMBER = re.compile(rf"[a-z]?\d+[{AFTER_NUMBER}]")


def _alone(text: str, start: int, end: int) -> bool:
    before = start == 0 or text[start - 1] in NAME_BEFORE
    after = end == len(text) or text[end] in NAME_AFTER or text[end : end + 2] in NAME_PARTS
    return before and after and not _STREET_NUMBER.match(text, end)


def street_stem(street: str) -> str:
    """Return what a street office is called: 西村 of 西村街, 西村街道 and 西村镇."""
    return re.sub(r"(?<=.)(?:街道|街|镇|乡)$", "", street_key(street))


def is_office(street: str, text: str) -> bool:
    """Return whether an address says a street office, and not perhaps a road: 西村街道, 海沧镇."""
    return street.endswith(("镇", "乡", "街道")) or f"{street}道" in normal(text)


def community_key(community: str) -> str:
    """Return the form of a community's name that is compared: 广雅社区居委会 is 广雅社区."""
    name = normal(community)
    for ending in ("居民委员会", "居委会", "村民委员会", "村委会"):
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            return stem if stem.endswith(("社区", "村")) else stem + ("村" if ending[0] == "村" else "社区")
    return name
