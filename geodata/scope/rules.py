"""What a notice's text says, clause by clause: the record of a rule, and how a text becomes rules.

A notice gives a school units: whole communities, parts of a community by roads and house numbers, or a
region in words. `rules_of` reads such a text; nothing of it is lost, for a rule keeps its own piece of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

Kind = Literal[
    "street",
    "community",
    "village",
    "road",
    "numbers",
    "estate",
    "rest",
    "villagers",
    "prose",
    "note",
    "unread",
]
Parity = Literal["all", "odd", "even"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PARITIES: tuple[Parity, ...] = get_args(Parity)
UNIT_JOINER = "##"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRule:
    """One thing that a notice says about who belongs to a holder.

    Parameters
    ----------
    holder : str
        What the text stands under: a unit, a zone or a school, as the caller names it.
    part : int
        The number, from 1, of the unit in the holder's text (units are joined by `##`).
    kind : str
        `street`, `community` or `village` (all of it); `road` (a whole road); `numbers` (house numbers of
        a road); `estate` (a named place); `rest` (all of the community but what is excepted); `villagers`
        (people, not places); `prose` (a boundary in words, never turned into a polygon); `note` (how
        admission goes, not who belongs); `unread`.
    street, community : str
        Where it lies, in the words of the heading or the clause; empty where it is not said.
    of_road, road : str
        The road that it branches from where both are written (西湾路广雅后街一巷), and the road.
    estate : str
        The estate of that name, or the estate that the clause's numbers are said to be.
    from_no, to_no : int, optional
        House numbers, both included.
    from_sub, to_sub : int, optional
        之一 is 1; None: the number itself, with those of its 之… that no rule states apart.
    parity : {"all", "odd", "even"}
        A mark 单号 or 双号; without a mark both.
    excepted : bool
        Whether the rule takes away (除…外) from its holder.
    condition : str
        What a house number alone does not decide, such as 龙溪中路以北.
    heading : str
        The part's heading as it is written; the same in all its rules.
    before, text, after : str
        The rule's piece of the text: separators and brackets before it, its words, what closes it.
    """

    holder: str
    part: int = 1
    kind: Kind
    street: str = ""
    community: str = ""
    of_road: str = ""
    road: str = ""
    estate: str = ""
    from_no: int | None = None
    to_no: int | None = None
    from_sub: int | None = None
    to_sub: int | None = None
    parity: Parity = "all"
    excepted: bool = False
    condition: str = ""
    heading: str = ""
    before: str = ""
    text: str = ""
    after: str = ""


def rules_of(text: str, *, holder: str | None = None) -> tuple[ScopeRule, ...]:
    """Return the rules that a text states, in its order.

    Parameters
    ----------
    text : str
        One unit or several joined by `##`, or a scope in prose.
    holder : str, optional
        What the rules stand under; by default the text itself.

    Returns
    -------
    tuple of ScopeRule
        `text_of` of them is the text again; what is not understood is of kind `unread`.

    Examples
    --------
    >>> odd, = rules_of("西村街·广雅社区部分：广雅路27--65号（单号）", holder="S1")
    >>> odd.street, odd.community, odd.road, odd.from_no, odd.to_no, odd.parity
    ('西村街', '广雅社区', '广雅路', 27, 65, 'odd')
    """
    from geodata.scope.parsing import parse_part

    named = text if holder is None else holder
    rules: list[ScopeRule] = []
    for number, part in enumerate(text.split(UNIT_JOINER), start=1):
        rules.extend(replace(rule, holder=named, part=number) for rule in parse_part(part))
    return tuple(rules)
