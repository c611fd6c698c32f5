"""Read one unit of a notice: its heading, then its list.

The forms, as notices have them:

1. `街·社区`, alone or with a remark: `（原…社区）` a former name, `（仅…）` an estate only, `（非…部分）`
   and `（除…外）` the rest.
2. `街·社区部分：` and a list; `社区：` and a list.
3. A street alone (`桥中街`).
4. Anything else: a list of communities, estates, roads and boundary prose.
"""

from __future__ import annotations

import re
from typing import Any

from geodata.scope.names import flat
from geodata.scope.patterns import LESS_OF_ALL, mask_brackets
from geodata.scope.rules import ScopeRule
from geodata.scope.scanning import Scan

_NAME = r"[^·:(),;、。\s\d]"
_HEADED = re.compile(
    rf"(?P<street>{_NAME}{{1,12}}?(?:街道|街|镇|乡))[·•.](?P<community>{_NAME}{{1,20}}?)"
    r"(?P<part>部分)?(?P<remark>\([^()]*\))?(?:(?P<colon>:)(?P<list>.*)|[\s。]*)",
    re.DOTALL,
)
_BARE = re.compile(
    rf"(?P<street>{_NAME}{{1,10}}?(?:街道|镇|乡))?(?P<community>{_NAME}{{1,20}}?(?:社区|居委会|村委会|村))"
    r"(?P<part>部分)?(?P<remark>\([^()]*\))?(?P<colon>:)(?P<list>.*)",
    re.DOTALL,
)
_STREET = re.compile(rf"\s*{_NAME}{{1,12}}(?:街道|街|镇|乡)\s*")


def parse_part(text: str) -> list[ScopeRule]:
    """Return the rules of one unit of a notice, without a holder; their pieces make up the text.

    Parameters
    ----------
    text : str
        What stands between two `##`.
    """
    shown = flat(text)
    headed = _HEADED.fullmatch(shown) or _BARE.fullmatch(shown)
    if headed is not None and headed["colon"] and headed["list"].strip():
        return _listed(text, shown, headed)
    if headed is not None and not headed["colon"] and not LESS_OF_ALL.search(headed["community"]):
        return _whole(text, shown, headed)
    scan = Scan(text, shown, masked=mask_brackets(shown))
    if _STREET.fullmatch(shown):
        scan.add(len(shown) - len(shown.lstrip()), len(shown.rstrip()), kind="street", street=shown.strip())
        return scan.rules()
    scan.items(len(text))
    return scan.rules()


def _listed(text: str, shown: str, headed: re.Match[str]) -> list[ScopeRule]:
    start = headed.end("colon")
    scan = Scan(
        text,
        shown,
        masked=mask_brackets(shown),
        place=start,
        street=headed["street"] or "",
        community=headed["community"],
        in_part=True,
    )
    scan.items(len(text))
    return scan.rules(heading=text[:start])


def _whole(text: str, shown: str, headed: re.Match[str]) -> list[ScopeRule]:
    """Read a unit without a list: all of a community, or what a remark leaves of it."""
    where: dict[str, Any] = {"street": headed["street"] or "", "community": headed["community"]}
    scan = Scan(text, shown, masked=mask_brackets(shown), in_part=True, **where)
    remark, end = headed["remark"], len(shown.rstrip("。 \n\t"))
    if remark is None:
        scan.add(0, end, kind="unread" if headed["part"] else "community")
        return scan.rules()
    if found := re.fullmatch(r"\(仅(.+)\)", remark):
        start = headed.start("remark") + found.start(1)
        scan.add(start, start + len(found[1]), kind="estate", estate=found[1])
    elif found := re.fullmatch(r"\(非(.+?)(?:部分)?\)", remark):
        start = headed.start("remark") + found.start(1)
        scan.add(start - 1, start, kind="rest")
        scan.add(start, start + len(found[1]), kind="estate", estate=found[1], excepted=True)
    elif re.fullmatch(r"\(除.+外\)", remark):
        scan.place, scan.masked = headed.start("remark") + 1, shown
        scan.items(headed.end("remark") - 1)
    else:
        kind = "unread" if headed["part"] else "community"
        scan.add(0, end, kind=kind, condition=text[headed.start("remark") + 1 : headed.end("remark") - 1])
    return scan.rules()
