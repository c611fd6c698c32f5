"""Read the list of a unit: roads, house numbers, lanes, estates, exclusions, prose.

The list is read from left to right on a flat copy of the text of the same length, so that every rule knows
the exact place of its words. What is written once holds on: a road for the numbers after it (to the next
`；`), an estate in brackets for its clause, a street for the communities after it (to the next `。`).

A mark `（单号）` belongs to the range before it. A bracket with any other words is a condition of all the
numbers since the road's name. Numbers in `（…除外）`, and behind `，不含` or `，除…外` where no road is
named anew, are of the road before. `社区，除…外` is the rest of that community. `（单号除外）` leaves the
even numbers; `（单双号）` is both. A name never begins with 除, 不含 or 之一: what does not read is kept as
unread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from geodata.scope.names import NUMERALS, number_of, numeral_of, split_road
from geodata.scope.patterns import (
    AND,
    BARE_MARK,
    CLOSED,
    COMMUNITY,
    ENDING,
    HARD,
    ITEM_NUMBER,
    JOINED,
    LABEL,
    LANES,
    LESS,
    LESS_OF_ALL,
    MARK,
    NAME,
    NO_NAME,
    NOTE,
    NOTHING,
    NUMBER,
    OFFICE,
    OTHER_MARK,
    PART_OF_ROAD,
    PLACE,
    PROSE,
    ROAD,
    SEPARATORS,
    SPAN,
    SUBS,
    WHOLE,
    parity_of,
    sub_runs,
)
from geodata.scope.rules import ScopeRule

_EXCLUSION = re.compile(
    r"(?P<list>(?!除|不含|不包).+?)除外|除(?P<other>.+?)(?:以|之)?外|(?:不含|不包括|不包含)(?P<less>[^除外]+)"
)


@dataclass(slots=True)
class Scan:
    """A place in a text, what holds on there, and the rules found so far."""

    text: str
    shown: str
    masked: str
    place: int = 0
    street: str = ""
    community: str = ""
    in_part: bool = False
    of_road: str = ""
    road: str = ""
    estate: str = ""
    excepted: bool = False
    group: int = 0
    found: list[dict[str, Any]] = field(default_factory=list)

    def add(self, start: int, end: int, **said: Any) -> None:
        """Note a rule whose words stand between two places."""
        where = {"street": self.street, "community": self.community, "excepted": self.excepted}
        self.found.append({"start": start, "end": end, "close": end} | where | said)
        self.place = end

    def rules(self, heading: str = "") -> list[ScopeRule]:
        """Return what was found, each with its piece of the text; the last holds what is left."""
        done, rules = len(heading), []
        if not self.found:
            self.add(done, len(self.text), kind="unread")
        self.found[-1]["close"] = len(self.text)
        # separators before the first rule are the heading's: a rule that is first keeps none of its own
        stray = SEPARATORS.match(self.shown, done, self.found[0]["start"])
        heading, done = (self.text[: stray.end()], stray.end()) if stray else (heading, done)
        for one in self.found:
            start, end, close = one.pop("start"), one.pop("end"), one.pop("close")
            pieces: dict[str, Any] = {
                "before": self.text[done:start],
                "text": self.text[start:end],
                "after": self.text[end:close],
            }
            rules.append(ScopeRule(holder="", heading=heading, **pieces, **one))
            done = close
        return rules

    def items(self, stop: int) -> None:
        """Read the items up to a place."""
        fresh = True
        while True:
            fresh = self._skip(stop, fresh)
            if self.place >= stop:
                return
            if fresh and not self.excepted and self._sentence(stop):
                continue
            if self._less(stop) or (self.shown.startswith("除", self.place) and self._rest(stop)):
                fresh = False
                continue
            if self.shown[self.place] == "(" and self._lead(stop):
                fresh = False
                continue
            self._item(stop)
            fresh = False

    def _skip(self, stop: int, fresh: bool) -> bool:
        """Step over separators, numbers of items and labels; say whether a new segment begins."""
        start = self.place
        while self.place < stop:
            found = SEPARATORS.match(self.shown, self.place, stop)
            if found:
                self._forget(found[0])
                fresh = fresh or bool(set(found[0]) & set(";,。\n"))
            elif fresh or self.place != start:
                found = ITEM_NUMBER.match(self.shown, self.place, stop) if fresh else None
                found = found or (LABEL.match(self.shown, self.place, stop) if fresh else None)
                if found and found[0][-1] != ":":
                    self._forget(";")
                elif found and (street := found[0][:-1]).endswith(("街道", "街", "镇", "乡")):
                    # 西村街道：朝阳社区、花园社区
                    self.street = street
            else:
                found = AND.match(self.shown, self.place, stop) if self.found else None
            if not found:
                break
            self.place = found.end()
        return fresh

    def _forget(self, separators: str) -> None:
        if set(separators) & set(";。\n"):
            self.of_road = self.road = self.estate = ""
        if "。" in separators and not self.in_part:
            self.street = ""

    def _segment(self, start: int, stop: int) -> int:
        ends = (self.masked.find(sign, start, stop) for sign in ";,。\n")
        return min((end for end in ends if end >= 0), default=stop)

    def _sentence(self, stop: int) -> bool:
        """Take the segments that are prose, or say how admission goes, as one rule."""
        start, end, kind = self.place, self.place, None
        while end < stop:
            segment_end = self._segment(end, stop)
            words = self.masked[end:segment_end]
            this = "note" if NOTE.search(words) else "prose" if self._is_prose(words) else None
            if this is None or kind not in (None, this):
                break
            kind, last = this, segment_end
            step = re.compile(r"[;,\s]+").match(self.shown, segment_end, stop)
            if step is None:
                break
            end = step.end()
        if kind is None:
            return False
        self.add(start, last, kind=kind)
        return True

    def _is_prose(self, words: str) -> bool:
        if not PROSE.search(words):
            return False
        first = words.split("、", maxsplit=1)[0]
        listed = COMMUNITY.fullmatch(first)
        return not (listed and ("、" not in words or not listed["rest"])) and not re.search(
            r"\d+-*\d*号", words
        )

    def _rest(self, stop: int, less: re.Match[str] | None = None) -> bool:
        """Read `除…外`, or `不含…` behind a community: all of the community but the items."""
        closed = None if less else CLOSED.search(self.masked, self.place, stop)
        if self.excepted or (closed is None and less is None):
            return False
        ends = (closed.start(), closed.end()) if closed else (self._segment(self.place, stop),) * 2
        kept = self.street, self.community, self.in_part
        whole = self._just_whole()
        start, lead = self.place, less.end() if less else self.place + 1
        if whole is not None:
            self.found.pop()
            start, self.street, self.community = whole["start"], whole["street"], whole["community"]
            self.in_part = True
        self.add(start, lead, kind="rest")
        self.excepted = True
        self.items(ends[0])
        self.excepted = False
        self.street, self.community, self.in_part = kept
        self.found[-1]["close"] = self.place = ends[1]
        return True

    def _just_whole(self) -> dict[str, Any] | None:
        """Return the whole community right before, in a list that is no part of one."""
        last = self.found[-1] if self.found and not self.in_part else None
        if last is None or last["kind"] != "community" or last.get("condition") or last["excepted"]:
            return None
        return last if re.fullmatch(r"[,\s]*", self.shown[last["close"] : self.place]) else None

    def _less(self, stop: int) -> bool:
        """Read `，不含31号` and `，除31号外` behind a road: what is taken from its numbers."""
        start, lead = self.place, LESS.match(self.shown, self.place, stop)
        of_road = re.compile(rf"除(?:{re.escape(self.road)})?(?=\d)").match(self.shown, start, stop)
        if self.excepted or not self.found or not (lead or (self.road and of_road)):
            return False
        if lead and self._just_whole() is not None:
            return self._rest(stop, lead)
        closed = None if lead else CLOSED.search(self.masked, start, stop)
        if lead is None and closed is None:
            return False
        end = closed.start() if closed else self._segment(start, stop)
        known, group = len(self.found), self.group
        self.place, self.excepted = lead.end() if lead else start + 1, True
        self.items(end)
        self.excepted, self.group = False, group
        end = closed.end() if closed else end
        new = self.found[known:]
        if new and all(one["kind"] in ("numbers", "road") for one in new):
            self.found[-1]["close"] = end
        else:
            del self.found[known:]
            self.add(start, end, kind="unread")
        # 不含31号，33号: whether 33 is left out is not said
        self.place, self.of_road, self.road = end, "", ""
        return True

    def _lead(self, stop: int) -> bool:
        """Read an estate in brackets before its numbers."""
        end = self.shown.find(")", self.place, stop)
        if end < 0 or MARK.fullmatch(self.shown[self.place : end + 1]):
            return False
        self.estate = self.text[self.place + 1 : end]
        self.place = end + 1
        return True

    def _item(self, stop: int) -> None:
        start = self.place
        number = NUMBER.match(self.shown, start, stop)
        if number and self.road:
            self._numbers(start, number)
        elif subs := self._more_subs(start, stop):
            self._numbers(start, subs, number=str(self.found[-1]["from_no"]))
        elif not number and (name := NAME.match(self.shown, start, stop)):
            self._named(start, self._name_end(name), stop)
        else:
            return self._unread(start, stop)
        while self.place < stop and self.shown[self.place] == "(":
            if not self._bracket(stop):
                return self._unread(start, stop)
        if self.place < stop and not (
            SEPARATORS.match(self.shown, self.place)
            or AND.match(self.shown, self.place)
            or self._before_rest(self.place, stop)
        ):
            self._unread(start, stop)
        return None

    def _before_rest(self, place: int, stop: int) -> bool:
        """Return whether a community is followed right away by what is taken from it."""
        closed = self.shown.startswith("除", place) and CLOSED.search(self.masked, place, stop)
        return bool(closed or LESS.match(self.shown, place, stop)) and self._just_whole() is not None

    def _more_subs(self, start: int, stop: int) -> re.Match[str] | None:
        """Return the 、之二 of 29号之一、之二."""
        subs, last = SUBS.match(self.shown, start, stop), self.found[-1] if self.found else {}
        between = self.shown[last["close"] : start] if last else ""
        one = last.get("from_no") is not None and last.get("from_no") == last.get("to_no")
        same = one and last["excepted"] == self.excepted and last["road"] == self.road
        return subs if same and re.fullmatch(r"[、和及]\s*", between) else None

    def _name_end(self, name: re.Match[str]) -> int:
        joined = JOINED.search(self.shown, name.start() + 1, name.end())
        end = joined.start() if joined else name.end()
        if not self.in_part and (rest := LESS_OF_ALL.search(self.shown, name.start(), end)):
            end = rest.start()
        return end

    def _named(self, start: int, end: int, stop: int) -> None:
        """Read a name, and the numbers that follow it."""
        self.group = len(self.found)
        name = self.shown[start:end]
        number = NUMBER.match(self.shown, end, stop)
        mark = BARE_MARK.search(name)
        if mark and not (number or not self.in_part or _is_marked_road(name, mark)):
            mark = None
        if mark:
            name = name[: mark.start()]
        if NO_NAME.match(name):
            self._unread(start, stop)
        elif number and (name or self.road):
            if name:
                self._set_road(self._behind_office(name))
            self._numbers(start, number, "" if mark is None else mark[0])
        elif not (self._span(start, name) or self._lanes(start, stop)):
            self._place(start, end, stop, name, "" if mark is None else mark[0])

    def _behind_office(self, name: str) -> str:
        """Take 西村街道 from before a road: it is the street that holds on."""
        office = OFFICE.match(name)
        if office is None or self.in_part:
            return name
        self.street = office["street"]
        return name[office.end() :]

    def _set_road(self, name: str) -> None:
        # (后街一巷17号除外) after 广雅后街一巷 shortens the name
        if not (self.excepted and self.road.endswith(name)):
            self.of_road, self.road = split_road(name)

    def _where(self) -> dict[str, str]:
        return {"of_road": self.of_road, "road": self.road, "estate": self.estate}

    def _numbers(self, start: int, found: re.Match[str], mark: str = "", *, number: str = "") -> None:
        said = {"last": None, "parity": None} | found.groupdict()
        first = int(number or found["first"])
        last = int(said["last"] or first)
        parity = parity_of(said["parity"] or mark)
        runs = sub_runs(found)
        if said["last"] and last < first:
            # 29-1号 is no range
            last, runs = first, [(int(said["last"]), int(said["last"]), found.end())]
        whole: list[tuple[int | None, int | None, int]] = [(None, None, found.end())]
        for from_sub, to_sub, end in runs or whole:
            self.add(
                start,
                end,
                kind="numbers",
                from_no=first,
                to_no=last,
                from_sub=from_sub,
                to_sub=to_sub,
                parity=parity,
                **self._where(),
            )
            start = end

    def _span(self, start: int, name: str) -> bool:
        """Read 锦汇一街至锦汇三街: a rule for each of the streets."""
        span = SPAN.fullmatch(name)
        if span is None:
            return False
        first, last = number_of(span["first"]), number_of(span["last"])
        if not first < last <= 99:
            return False
        to, end = start + span.start("to"), start + span.end()
        places = {first: (start, to), first + 1: (to, to + 1)} | {last: (to + 1, end)}
        if last == first + 1:
            places[last] = (to, end)
        for number in range(first, last + 1):
            from_place, to_place = places.get(number, (to + 1, to + 1))
            name = f"{span['stem']}{numeral_of(number)}{span['end']}"
            self.add(from_place, to_place, kind="road", road=name, estate=self.estate)
        return True

    def _lanes(self, start: int, stop: int) -> bool:
        """Read 长喜一、二、三横巷: a rule for each of the lanes."""
        lanes = LANES.match(self.shown, start, stop)
        if lanes is None:
            return False
        ending = ENDING.match(self.shown, lanes.end(), stop)
        if ending is None or not lanes["stem"] or re.search(r"[;,。():\s]", lanes[0]):
            return False
        place = start
        for sign in re.finditer(rf"[{NUMERALS}]+", self.shown[lanes.start("first") : lanes.end()]):
            end = lanes.start("first") + sign.end()
            end = ending.end() if end == lanes.end() else end
            self.add(place, end, kind="road", road=lanes["stem"] + sign[0] + ending[0], estate=self.estate)
            place = end + 1
        return True

    def _place(self, start: int, end: int, stop: int, name: str, mark: str) -> None:
        """Read a name without numbers: what it ends with says what it is."""
        said: dict[str, Any] = {"kind": "unread"}
        if NOTHING.fullmatch(name) or PART_OF_ROAD.fullmatch(name):
            return self.add(start, end, **said)
        name = WHOLE.sub("", name) or name
        community = None if self.in_part else COMMUNITY.fullmatch(name)
        if name.endswith("村民"):
            said = {"kind": "villagers", "condition": name}
        elif community:
            said = self._community(community)
        elif name.endswith("社区"):
            said = {"kind": "community", "community": name}
        elif not self.in_part and name.endswith(("街道", "镇", "乡")):
            said = {"kind": "street", "street": name}
        elif not self.in_part and name.endswith("村"):
            said = {"kind": "village", "community": name}
        elif NOTHING.fullmatch(name) or HARD.search(name) or PROSE.search(name):
            pass
        elif ROAD.fullmatch(name):
            self._set_road(self._behind_office(name))
            said = {"kind": "road", "street": self.street, "parity": parity_of(mark)} | self._where()
        elif PLACE.fullmatch(name):
            said = {"kind": "estate", "estate": name}
        return self.add(start, end, **said)

    def _community(self, found: re.Match[str]) -> dict[str, Any]:
        if found["street"]:
            self.street = found["street"]
        said = {"street": self.street, "community": found["name"]}
        if not found["rest"]:
            return {"kind": "community"} | said
        if PROSE.search(found["rest"]):
            return {"kind": "prose"} | said
        if NO_NAME.match(found["rest"]) or not PLACE.fullmatch(found["rest"]) or HARD.search(found["rest"]):
            return {"kind": "unread"}
        return {"kind": "estate", "estate": found["rest"]} | said

    def _bracket(self, stop: int) -> bool:
        """Read a bracket after an item: a mark, an exclusion, or a condition."""
        end = self._closing(stop)
        if end < 0:
            return False
        inner = self.shown[self.place + 1 : end]
        last = self.found[-1]
        if MARK.fullmatch(f"({inner})") and last["kind"] in ("numbers", "road"):
            last["parity"] = parity_of(inner)
        elif OTHER_MARK.fullmatch(inner):
            taken = parity_of(inner)
            if last["kind"] not in ("numbers", "road") or last["parity"] != "all" or taken == "all":
                return False
            last["parity"] = "even" if taken == "odd" else "odd"
        elif not self._exclusion(inner, end):
            words = self.text[self.place + 1 : end].strip()
            for one in self.found[self.group :]:
                if one["excepted"] == self.excepted:
                    one["condition"] = "；".join(filter(None, (one.get("condition", ""), words)))
        else:
            return True
        last["end"] = last["close"] = self.place = end + 1
        return True

    def _closing(self, stop: int) -> int:
        depth = 0
        for place in range(self.place, stop):
            depth += (self.shown[place] == "(") - (self.shown[place] == ")")
            if depth == 0:
                return place
        return -1

    def _exclusion(self, inner: str, end: int) -> bool:
        """Read `（…除外）` and `（除…外）`, if all of it is places; else leave it alone."""
        form = _EXCLUSION.fullmatch(inner)
        if form is None or self.excepted or '"' in inner:
            return False
        name = next(name for name in ("list", "other", "less") if form[name])
        # 不含商铺 names no place
        kinds = ("numbers", "road") if name == "less" else ("numbers", "road", "estate")
        back, known = self.place, len(self.found)
        kept = (self.of_road, self.road, self.group)
        self.place, self.excepted = back + 1 + form.start(name), True
        self.items(back + 1 + form.end(name))
        self.excepted = False
        self.of_road, self.road, self.group = kept
        new = self.found[known:]
        if not new or any(one["kind"] not in kinds for one in new):
            del self.found[known:]
            self.place = back
            return False
        self.found[-1]["close"] = self.place = end + 1
        return True

    def _unread(self, start: int, stop: int) -> None:
        """Keep an item that is not understood, to the next separator."""
        while self.found and self.found[-1]["start"] >= start:
            self.found.pop()
        ends = (self.masked.find(sign, start + 1, stop) for sign in ";,、。\n")
        self.add(start, min((end for end in ends if end >= 0), default=stop), kind="unread")


def _is_marked_road(name: str, mark: re.Match[str]) -> bool:
    """Return whether a name is a road with a mark: 广雅路单号."""
    return mark[0].endswith(("号", "数")) and bool(ROAD.fullmatch(name[: mark.start()]))
