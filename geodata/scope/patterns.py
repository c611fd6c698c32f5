"""The signs and words by which a list in a notice is read, as patterns over flat text."""

from __future__ import annotations

import re

from geodata.scope.names import NUMERALS, number_of
from geodata.scope.rules import Parity

SUB = rf"之(?:[{NUMERALS}]+|\d{{1,3}})"
BOTH = r"(?:单(?:号|数)?[、,和及/]?双|双(?:号|数)?[、,和及/]?单)"
ONE = rf"(?:逢)?(?:{BOTH}|[单双])(?:号|数)?(?:门牌)?"
PARITY = rf"\({ONE}\)|(?:{BOTH}|[单双])(?:号|数)?(?![\u4e00-\u9fff])"
NUMBER = re.compile(
    rf"(?P<first>\d{{1,5}})(?:号?(?P<subs>(?:{SUB})+)号?|号?(?:-+|~|至|到)(?P<last>\d{{1,5}})号?|号)?"
    rf"(?![楼栋幢座层室房\d])(?P<parity>{PARITY})?"
)
MARK = re.compile(rf"(?P<parity>{PARITY})")
OTHER_MARK = re.compile(rf"(?:除|不含|不包括)?{ONE}(?:除外|(?:以|之)?外)|(?:不含|不包括|不包含){ONE}")
BARE_MARK = re.compile(rf"{ONE}$")
SUBS = re.compile(rf"(?P<subs>(?:{SUB})+)号?")
LESS_OF_ALL = re.compile("(?<=社区)(?:除|不含|不包)")
LESS = re.compile(r"不含|不包括|不包含")
NO_NAME = re.compile(rf"不含|不包|除|{SUB}|{ONE}$")
SEPARATORS = re.compile(r"[;,、。\s]+")
# not in 100号及以后, 和以上: an open end, which no rule can say
AND = re.compile(r"(?:以及|和|及|与)(?=\S)(?!以[上下前后内外])")
ITEM_NUMBER = re.compile(r"\d{1,2}[.、](?!\d)|\(\d{1,2}\)|\([一二三四五六七八九十]{1,2}\)")
LABEL = re.compile(r"[^;,、。():\d\s]{1,12}:")
JOINED = re.compile(r"(?<=[路街巷里坊区村苑园号])(?:和|及|以及)(?=[^\d]{2,})")
NAME = re.compile(r"(?:[^\d;,、。():\s]|\d+(?=[横]?[街路巷里坊]))+")
CLOSED = re.compile(r"(?:以|之|除)?外(?=[;,、。)\s]|$)")
PROSE = re.compile(r"以[东南西北]|[东南西北](?:至|以|从|到|起|临)|合围|围合|为界|延伸至|范围内|区域")
NOTE = re.compile(r"招生|报名|录取|调配|入读|就读")
NOTHING = re.compile(
    r"(?:未定|待定|暂无|另行.*|无|同上|同前|见.*|详见.*|附件.*|全部.*|所有.*|其他.*|其它.*|其余.*|以[上下前后内外].*)"
)
# 多宝路全段, 黄河里全部, 长江社区全部: the whole of it
WHOLE = re.compile(r"(?:全段|全路|全线|全程|全街|全巷|全部|全域|全境|全体)$")
# 广雅路东侧, 北段, 沿线: a part of a road that no house number says
PART_OF_ROAD = re.compile(
    r".*(?:[东南西北]侧|[东南西北前中后上下]段|两侧|两边|两旁|沿线|沿街|一带|周边|附近)$"
)
OFFICE = re.compile(r"(?P<street>[^社路]{1,8}?(?:街道|镇|乡))(?=.)")
LANES = re.compile(rf"(?P<stem>[^{NUMERALS}、]*?)(?P<first>[{NUMERALS}]+)(?P<more>(?:、[{NUMERALS}]+)+)")
ENDING = re.compile(r"(?:横|直|大|前|后)?(?:街|巷|里|坊|路|弄)")
SPAN = re.compile(
    rf"(?P<stem>.*?)(?P<first>[{NUMERALS}]+)(?P<end>(?:横|直|大)?(?:街|巷|里|坊|路|弄))(?P<to>至|到)"
    rf"(?P=stem)?(?P<last>[{NUMERALS}]+)(?P=end)"
)
ROAD = re.compile(r".*(?:(?:路|大道)[东西南北中]|路|街|巷|里|坊|弄|胡同|大道|约|道)")
COMMUNITY = re.compile(
    r"(?P<street>[^社]{1,10}?(?:街道|镇|乡|街(?=.+社区)))?[·•.]?(?P<name>[^社·•.]{1,15}?(?:社区|居委会|村委会))(?P<rest>.*)"
)
PLACE = re.compile(r"[\u3400-\u9fffA-Za-z0-9·#-]{2,16}")
HARD = re.compile(r"[的由为可其该未]|等$")


def mask_brackets(shown: str) -> str:
    """Return a flat text of the same length in which what stands in brackets is blotted out."""
    masked, depth = [], 0
    for sign in shown:
        depth -= sign == ")" and depth > 0
        masked.append("\0" if depth else sign)
        depth += sign == "("
    return "".join(masked)


def parity_of(mark: str | None) -> Parity:
    """Return what a mark 单号 or 双号 says; one of both, 单双号, says nothing."""
    if not mark or ("单" in mark and "双" in mark):
        return "all"
    return "odd" if "单" in mark else "even"


def sub_runs(found: re.Match[str]) -> list[tuple[int, int, int]]:
    """Return the runs of 之…: first, last, and the place where each ends."""
    if not found["subs"]:
        return []
    runs: list[tuple[int, int, int]] = []
    for sign in re.finditer(SUB, found["subs"]):
        number, end = number_of(sign[0][1:]), found.start("subs") + sign.end()
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number, end)
        else:
            runs.append((number, number, end))
    runs[-1] = (*runs[-1][:2], found.end())
    return runs
