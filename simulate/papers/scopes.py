"""The scope of each zone and school in words, from the plan that also makes the polygons.

The text is the law, the polygon illustrates it. Where the project has the words of a notice (`scope_text`
of units, or else of zones) they stand as they are; where it has none, the names of the plan's units do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geodata import City, XuequError, say
from geodata.messages import Speaker
from geodata.scope.rules import UNIT_JOINER, ScopeRule, rules_of
from zoning.plan import ANY, categories_of, plan_for, plan_in

_STOPS = "。；;！？.!?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What belongs to a zone or a school.

    Parameters
    ----------
    texts : tuple of str
        Words of a notice, as they are written.
    names : tuple of str
        Units that have no such words, by their names.
    """

    texts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def lines(self, speak: Speaker) -> list[str]:
        """Return the scope as lines: a line a text, and one for all names.

        Examples
        --------
        >>> from geodata.messages import speaker
        >>> Scope(texts=("甲社区##乙社区",), names=("丙小区", "丁小区")).lines(speaker("zh"))
        ['甲社区', '乙社区', '丙小区、丁小区']
        """
        parts = [part.strip() for text in self.texts for part in text.split(UNIT_JOINER)]
        named = [speak.joined(self.names)] if self.names else []
        return [part for part in parts if part] + named

    def text(self, speak: Speaker) -> str:
        """Return the scope as one text, parts on lines of their own and closed by a stop.

        Examples
        --------
        >>> from geodata.messages import speaker
        >>> Scope(texts=("甲社区##乙社区。",)).text(speaker("zh"))
        '甲社区；\\n乙社区。'
        """
        *before, last = self.lines(speak) or [""]
        # a part that has no stop gets that which stands between parts, before its line ends
        ended = [one if one.endswith(tuple(_STOPS)) else speak.listed((one, "")).rstrip() for one in before]
        return "\n".join([*ended, last])

    def rules(self, holder: str) -> list[ScopeRule]:
        """Return the scope as rules of a holder; a unit's name is the place of that name, nothing more."""
        rules: list[ScopeRule] = []
        for text in self.texts:
            last = rules[-1].part if rules else 0
            rules += [replace(one, part=last + one.part) for one in rules_of(text, holder=holder)]
        last = rules[-1].part if rules else 0
        return rules + [
            ScopeRule(holder=holder, part=last + at, kind="estate", estate=name, text=name)
            for at, name in enumerate(self.names, start=1)
        ]


def plan_of(city: City, category: str | None) -> pd.DataFrame:
    """Return the plan of the project's year, as it holds for a category; as `zoning.plan.plan_for`.

    Raises
    ------
    XuequError
        If the plan differs by category and none, or an unknown one, is named; or one is and it does not.
    """
    plan = plan_in(city, city.project.project.year)
    named = categories_of(plan)
    known = ", ".join(named)
    if category is None and named:
        raise XuequError(say("the plan differs by category: name one of {known}", known=known))
    if category is not None and not named:
        raise XuequError(say("the plan does not differ by category: leave --category out"))
    if category is not None and category not in named:
        raise XuequError(
            say("no plan of the category {category}; there are: {known}", category=category, known=known)
        )
    return plan_for(plan, ANY if category is None else category)


def zone_scopes(city: City, plan: pd.DataFrame) -> dict[str, Scope]:
    """Return the scope of each zone.

    Parameters
    ----------
    city : City
    plan : DataFrame
        As `plan_of` returns it.

    Returns
    -------
    dict of zone_id to Scope
        Every zone of the project; texts and names sorted, each once.
    """
    units = _with_text(city["units"], "unit_id")
    rows = plan[["unit_id", "zone_id"]].merge(units, on="unit_id", how="left")
    name = rows["name"].fillna(rows["unit_id"]).astype(str)
    said = rows["scope_text"] != ""
    zones = _with_text(city["zones"], "zone_id").set_index("zone_id")["scope_text"]
    # words of the zone hold where no unit of it has its own
    whole = zones[(zones != "") & ~zones.index.isin(rows.loc[said, "zone_id"])]
    bare = ~said & ~rows["zone_id"].isin(whole.index)
    texts = pd.concat(
        [rows.loc[said, ["zone_id", "scope_text"]], whole.rename_axis("zone_id").reset_index()]
    )
    by_text = _listed(texts["zone_id"], texts["scope_text"])
    by_name = _listed(rows.loc[bare, "zone_id"], name[bare])
    return {
        zone: Scope(texts=by_text.get(zone, ()), names=by_name.get(zone, ()))
        for zone in city["zones"]["zone_id"].astype(str)
    }


def school_scopes(city: City, scopes: Mapping[str, Scope]) -> dict[str, Scope]:
    """Return the scope of each school: those of the zones that it serves, put together."""
    served = city["serves"].groupby("school_id")["zone_id"].agg(list)
    return {
        school: _together([scopes[zone] for zone in served.get(school, [])])
        for school in city["schools"]["school_id"].astype(str)
    }


def _together(scopes: Sequence[Scope]) -> Scope:
    return Scope(
        texts=tuple(sorted({text for one in scopes for text in one.texts})),
        names=tuple(sorted({name for one in scopes for name in one.names})),
    )


def _with_text(table: pd.DataFrame, key: str) -> pd.DataFrame:
    found = pd.DataFrame({key: table[key].astype(str)})
    for column in ("name", "scope_text"):
        there = table[column] if column in table else pd.Series(np.nan, index=table.index)
        found[column] = there.astype("object").where(there.notna() & (there != ""), None)
    found["scope_text"] = found["scope_text"].fillna("").str.strip()
    return found


def _listed(zones: pd.Series, words: pd.Series) -> dict[str, tuple[str, ...]]:
    pairs = pd.DataFrame({"zone": zones.astype(str), "word": words.astype(str)})
    pairs = pairs.drop_duplicates().sort_values(["zone", "word"])
    return {str(zone): tuple(own) for zone, own in pairs.groupby("zone")["word"]}
