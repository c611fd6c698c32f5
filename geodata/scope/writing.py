"""Write rules back as a notice's text.

What was not edited keeps its bytes: the pieces of a part are put together and read again, and if the rules
that come out are those of the table, that is the text. Else the clauses that differ are written anew, in
full, and the others keep their pieces; else the whole part is written anew. A text is only given if reading
it gives the rules that were asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from difflib import SequenceMatcher

from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.scope.names import numeral_of
from geodata.scope.parsing import parse_part
from geodata.scope.rules import UNIT_JOINER, ScopeRule

PIECES = ("holder", "part", "heading", "before", "text", "after")
STATED = tuple(field.name for field in fields(ScopeRule) if field.name not in PIECES)
_MARKS = {"all": "", "odd": "（单号）", "even": "（双号）"}
MOST_TURNS = 8
SEPARATORS = "；;，,、。﹑｡ \u3000\u00a0\n\r\t"
_AS_IT_STANDS = ("prose", "note", "unread")


def stated(rule: ScopeRule) -> tuple[object, ...]:
    """Return what a rule says, without its holder and its pieces of text."""
    return tuple(getattr(rule, name) for name in STATED)


def text_of(rules: Sequence[ScopeRule]) -> str:
    """Return the text of one holder's rules: the same bytes where nothing was edited.

    Parameters
    ----------
    rules : sequence of ScopeRule
        In the order of the text; a new rule has empty pieces.

    Raises
    ------
    DataError
        If a part cannot be written so that it reads as these rules.

    Examples
    --------
    >>> from geodata.scope.rules import rules_of
    >>> text_of(rules_of("西村街·长乐社区部分：长宁街；村尾街1--2号。"))
    '西村街·长乐社区部分：长宁街；村尾街1--2号。'
    """
    return UNIT_JOINER.join(_part_text(part) for part in _parts(rules))


def _parts(rules: Sequence[ScopeRule]) -> list[list[ScopeRule]]:
    """Return the rules by part; one that came from another holder is a part of its own, by its heading."""
    ordered = sorted(rules, key=lambda rule: rule.part)
    headings = {
        (rule.part, rule.street, rule.community): rule.heading for rule in reversed(ordered) if rule.heading
    }
    parts: dict[tuple[int, str], list[ScopeRule]] = {}
    for rule in ordered:
        heading = rule.heading
        if not heading and not rule.text:
            heading = headings.get((rule.part, rule.street, rule.community), "")
        parts.setdefault((rule.part, heading), []).append(replace(rule, heading=heading))
    return list(parts.values())


def clause_of(rule: ScopeRule) -> str:
    """Return a rule in words of its own, as if nothing stood before it.

    Examples
    --------
    >>> clause_of(ScopeRule(holder="", kind="numbers", road="广雅路", from_no=27, to_no=65, parity="odd"))
    '广雅路27--65号（单号）'
    """
    if rule.kind in _AS_IT_STANDS:
        return rule.text
    if rule.kind == "villagers":
        return rule.condition
    remark = f"（{rule.condition}）" if rule.condition else ""
    if rule.kind == "rest":
        return "除"
    if rule.kind in ("numbers", "road"):
        lead = f"（{rule.estate}）" if rule.estate else ""
        numbers = _numbers(rule) if rule.kind == "numbers" else ""
        return f"{lead}{rule.of_road}{rule.road}{numbers}{_MARKS[rule.parity]}{remark}"
    return (rule.estate if rule.kind == "estate" else rule.community or rule.street) + remark


def _numbers(rule: ScopeRule) -> str:
    if rule.from_sub is not None:
        last = rule.from_sub if rule.to_sub is None else rule.to_sub
        return f"{rule.from_no}号" + "".join(
            f"之{numeral_of(sub)}" for sub in range(rule.from_sub, last + 1)
        )
    if rule.from_no == rule.to_no:
        return f"{rule.from_no}号"
    return f"{rule.from_no}--{rule.to_no}号"


def _part_text(rules: list[ScopeRule]) -> str:
    wanted = [stated(rule) for rule in rules]
    for text in _candidates(rules, wanted):
        if UNIT_JOINER not in text and [stated(rule) for rule in parse_part(text)] == wanted:
            return text
    allowed = say("rules that can be written as a text and read again as the same rules")
    remedy = say("look at the rows of this part: kind, road, numbers and conditions have to fit together")
    one = rules[0]
    found = "；".join(filter(None, (clause_of(rule) for rule in rules)))
    raise DataError(
        [Fault(file=one.holder, column=str(one.part), found=found, allowed=allowed, remedy=remedy)]
    )


def _candidates(rules: list[ScopeRule], wanted: list[tuple[object, ...]]) -> Iterable[str]:
    yield rules[0].heading + _put_together(rules)
    heading = _heading(rules)
    rules = [_joined(rules[0], 0, rules), *rules[1:]]
    exact = heading + _put_together(rules)
    yield exact
    for pieces in _mended(rules, wanted, parse_part(exact)):
        yield heading + _put_together(pieces)
    own = heading or _own_heading(rules[0])
    yield own + _put_together(_anew(rules))
    if len(rules) == 1 and rules[0].kind == "community":
        yield f"{rules[0].street}·{clause_of(rules[0])}"
        yield rules[0].street + clause_of(rules[0])


def _heading(rules: list[ScopeRule]) -> str:
    """Return the heading as it stands, or one of the new street and community."""
    heading = rules[0].heading
    if not heading.strip(SEPARATORS):
        return heading
    read = parse_part(heading + "甲路")[0]
    same = (read.street, read.community) == (rules[0].street, rules[0].community)
    return heading if same else _own_heading(rules[0])


def _own_heading(rule: ScopeRule) -> str:
    office = f"{rule.street}·" if rule.street else ""
    return f"{office}{rule.community}部分：" if rule.community else ""


def _put_together(rules: Iterable[ScopeRule]) -> str:
    return "".join(rule.before + rule.text + rule.after for rule in rules)


def _mended(
    rules: list[ScopeRule], wanted: list[tuple[object, ...]], read: list[ScopeRule]
) -> Iterable[list[ScopeRule]]:
    """Write in full what does not read as it should, first the foremost: the rest may hang on it."""
    matcher = SequenceMatcher(None, [stated(one) for one in read], wanted, autojunk=False)
    right = [False] * len(rules)
    for block in matcher.get_matching_blocks():
        right[block.b : block.b + block.size] = [True] * block.size
    full = [not rule.text and rule.kind not in ("road", "rest") for rule in rules]
    for turn in range(MOST_TURNS):
        for place, (now, was) in enumerate(zip(right, [True, *right], strict=False)):
            full[place] = full[place] or (not now and (was or turn == MOST_TURNS - 1))
        pieces = [_in_full(rule) if anew else rule for rule, anew in zip(rules, full, strict=True)]
        pieces = [_joined(one, place, pieces) for place, one in enumerate(pieces)]
        yield pieces
        again = parse_part(_heading(rules) + _put_together(pieces))
        same = len(again) == len(rules)
        right = [same and stated(one) == want for one, want in zip(again, wanted, strict=False)]
        right += [False] * (len(rules) - len(right))


def _in_full(rule: ScopeRule) -> ScopeRule:
    # a bracket or 外 that closes an exclusion stays
    closes = rule.after if re.search(r"[外）)。]", rule.after) else ""
    opens = rule.before if rule.before in ("（", "、", "，", "；") and rule.text else ""
    return replace(rule, before=opens, text=clause_of(rule), after=closes)


def _joined(rule: ScopeRule, place: int, rules: list[ScopeRule]) -> ScopeRule:
    """Give a piece the separator that it needs where it stands now."""
    if place == 0:
        before = rule.before.lstrip(SEPARATORS)
        return replace(rule, before="" if before in ("和", "及", "与", "以及") else before)
    last = rules[place - 1]
    if last.kind == "rest":
        return replace(rule, before=rule.before.lstrip(SEPARATORS))
    if rule.before or not rule.text or last.text == "至" or rule.text == "至":
        return rule
    return replace(rule, before="、" if rule.excepted else "；")


def _anew(rules: list[ScopeRule]) -> list[ScopeRule]:
    """Write a part in full: what is left out in brackets behind its road, or behind 除."""
    done: list[ScopeRule] = []
    for place, rule in enumerate(rules):
        first = place == 0
        opens = rule.excepted and not first and not rules[place - 1].excepted
        last = place == len(rules) - 1 or not rules[place + 1].excepted
        after_rest = rule.excepted and _opened_by_rest(rules, place)
        before = "" if first else "、" if rule.excepted and not opens else "；"
        if opens:
            before = "" if after_rest else "（"
        after = ("外" if after_rest else "除外）") if rule.excepted and last else ""
        done.append(replace(rule, before=before, text=clause_of(rule), after=after))
    return done


def _opened_by_rest(rules: list[ScopeRule], place: int) -> bool:
    while place and rules[place].excepted:
        place -= 1
    return rules[place].kind == "rest"


def texts_of(rules: Sequence[ScopeRule]) -> dict[str, str]:
    """Return the text of each holder, in the order in which they first stand.

    Raises
    ------
    DataError
        All the parts that cannot be written, together.
    """
    by_holder: dict[str, list[ScopeRule]] = {}
    for rule in rules:
        by_holder.setdefault(rule.holder, []).append(rule)
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for holder, own in by_holder.items():
        try:
            texts[holder] = text_of(own)
        except DataError as error:
            faults.extend(error.faults)
    if faults:
        raise DataError(faults)
    return texts
