"""Names of a run's things in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from geodata import City
from geodata.messages import Speaker, Text, say
from simulate.explain.facts import Place
from simulate.order_keys import key_name
from simulate.policy import Policy, Stage
from simulate.report import words as report

MOST_NAMED = 5
"""How many schools a sentence names; it counts the others."""


class Namer:
    """Names of a run's things, by id; the id itself where a thing has no name.

    A class, because every sentence wants some of these lookups and none wants them all.
    """

    def __init__(self, city: City, policy: Policy, speak: Speaker) -> None:
        self.speak = speak
        self.policy = policy
        self.zone_word = speak.choose(city.project.zone_label.model_dump())
        self._schools, self._zones, self._districts = (
            dict(zip(city[table][key], city[table]["name"], strict=True))
            for table, key in (
                ("schools", "school_id"),
                ("zones", "zone_id"),
                ("districts", "district_id"),
            )
        )
        self._stages = report.stage_titles(policy, speak)
        self._categories = report.category_titles(policy, speak)
        self._items = report.item_titles(policy, speak)
        self._pools = {part.id: speak.choose(part.title.model_dump()) for part in policy.pool}

    def school(self, school: str) -> str:
        """Return a school's name."""
        return _or_id(self._schools.get(school), school)

    def zone(self, zone: str) -> str:
        """Return a zone's name."""
        return _or_id(self._zones.get(zone), zone)

    def district(self, district: str) -> str:
        """Return a district's name."""
        return _or_id(self._districts.get(district), district)

    def stage(self, number: int) -> str:
        """Return the title of the stage at a position."""
        return self._stages[self.policy.stage[number].id]

    def stage_id(self, stage: str) -> str:
        """Return the title of a stage by id."""
        return self._stages.get(stage, stage)

    def category(self, category: str) -> str:
        """Return the title of a category."""
        return self._categories.get(category, category)

    def target(self, place: Place) -> str:
        """Return the name of a place's school or zone."""
        return self.zone(place.target) if place.zone else self.school(place.target)

    def school_or_zone(self, target: str, stage: Stage) -> str:
        """Return the name of what a stage gives."""
        return self.zone(target) if stage.gives == "zone" else self.school(target)

    def filed(self, target: str) -> str:
        """Return the name of a choice: a school or a zone, which never have the same id."""
        return self.zone(target) if target in self._zones else self.school(target)

    def categories(self, categories: Sequence[str]) -> str:
        """Return the titles of some categories."""
        return self.speak.joined(map(self.category, categories))

    def pool(self, pool: str) -> str:
        """Return the title of a pool."""
        return self._pools.get(pool, pool)

    def schools(self, schools: Sequence[str]) -> str:
        """Return the first few of some schools by name, and how many more there are."""
        named = self.speak.joined(map(self.school, schools[:MOST_NAMED]))
        more = len(schools) - MOST_NAMED
        return self.speak(say("{named} and {n} more", named=named, n=more)) if more > 0 else named

    def order(self, order: Sequence[str]) -> str:
        """Return an order in words."""
        return report.order_words(list(order), self.speak, self._items)

    def key(self, key: str) -> Text:
        """Return the name of a key; of an item, with its title."""
        return key_name(key, self._items)


def _or_id(name: object, id_: str) -> str:
    return name if isinstance(name, str) else id_
