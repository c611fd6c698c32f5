"""Names in notices and addresses: one form of signs, Chinese numerals, roads that branch from roads."""

from __future__ import annotations

import re
import unicodedata

NUMERALS = "一二三四五六七八九十百"
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")}
ROAD_END = "(?:路|大道|街|巷|里|坊|弄|约|胡同)"

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
OWN_TAIL = rf"[东西南北中前后上下内外左右横直新大小{NUMERALS}\d]*{ROAD_END}"


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
    """Return the form of a road's name that is compared: 环市西 and 环市西路 are one road.

    Examples
    --------
    >>> road_key("环市西"), road_key("广雅前街")
    ('环市西路', '广雅前街')
    """
    name = normal(road)
    return name + "路" if name[-1:] in tuple("东西南北中") else name


def street_key(street: str) -> str:
    """Return the form of a street office's name that is compared: 西村街道 is 西村街."""
    return normal(street).removesuffix("道") if normal(street).endswith("街道") else normal(street)


def community_key(community: str) -> str:
    """Return the form of a community's name that is compared: 广雅社区居委会 is 广雅社区."""
    name = normal(community)
    for ending in ("居民委员会", "居委会", "村民委员会", "村委会"):
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            return stem if stem.endswith(("社区", "村")) else stem + ("村" if ending[0] == "村" else "社区")
    return name
