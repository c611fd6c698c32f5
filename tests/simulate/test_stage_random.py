"""Random small towns under random policies that use all of the stage form, answers and decisions too."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.records import tables_of
from simulate.season import open_season, run_season
from tests.simulate.plain_tables import differences, tables
from tests.simulate.random_policies import handed_in, policies, towns
from tests.simulate.town import Played, play, town

# hypothesis would rather repeat than vary so many draws: it draws a seed, and the seed the rest
SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed: int) -> tuple[dict[str, Any], Any]:
    """Return a town with all that its children hand in, and its policy."""
    rng = random.Random(seed)
    place = towns(rng)
    rules = policies(rng, place)
    return handed_in(rng, place, rules), rules


@settings(max_examples=40)
@given(SEEDS)
def test_every_table_is_what_the_text_says_and_adds_up(seed: int) -> None:
    place, rules = drawn(seed)
    played = play(town(**place), rules)
    assert differences(tables(place, rules), played.tables) == []
    each_child_has_one_outcome(place, played)
    places_and_ledger_agree(place, played)
    no_block_is_over_its_seats_but_as_recorded(played)
    the_ledger_is_a_chain(place, played)
    positions_are_an_order(played)
    promises_are_kept(played)
    steps_make_no_difference(played)


def each_child_has_one_outcome(place: dict[str, Any], played: Played) -> None:
    rows = played.placements
    assert rows["applicant_id"].tolist() == sorted(c["applicant_id"] for c in place["children"])
    placed = rows["outcome"] == "placed"
    assert (placed == rows["school_id"].notna()).all()
    assert (placed == rows["pool"].notna()).all()
    assert (placed == rows["reason"].isin(["seat", "over", "decision"])).all()
    assert not (rows["over"] & ~placed).any()
    assert rows[~placed]["outcome"].isin(["waiting", "not-admitted", "withdrawn"]).all()


def places_and_ledger_agree(place: dict[str, Any], played: Played) -> None:
    """Seats offered are seats taken and left in the end, and those that lapsed where a stage says so."""
    lapses = any(one.given_up == "lapse" for one in played.policy.stage)
    rows, state = played.placements, played.season.state
    offered: Counter[str] = Counter()
    for school, (_, _, seats, _) in place["schools"].items():
        offered[school] = sum(n[0] if isinstance(n, tuple) else n for n in seats.values())
    taken = Counter(rows[(rows["outcome"] == "placed") & ~rows["over"]]["school_id"])
    blocks = played.world.blocks
    for number, school in enumerate(played.world.schools.ids):
        free = int(state.free[blocks.school == number].sum())
        lapsed = offered[school] - taken[school] - free
        assert lapsed >= 0 if lapses else lapsed == 0, school
    assert (state.free >= 0).all()


def no_block_is_over_its_seats_but_as_recorded(played: Played) -> None:
    ledger = played.tables["ledger"]
    assert (ledger[["before", "given", "over", "left"]] >= 0).all(axis=None)
    assert (ledger["given"] <= ledger["before"]).all()
    keys, metrics = played.tables["keys"], played.tables["metrics"].set_index("stage")
    for stage, rows in keys.groupby("stage"):
        assert (rows["status"] == "over").sum() == metrics.loc[stage, "over"]
        assert rows["status"].isin(["placed", "over", "zone"]).sum() == metrics.loc[stage, "seated"]
    for name, rows in ledger.groupby("stage"):
        stage = next(s for s in played.policy.stage if s.id == name)
        may = stage.when_full == "over" or stage.ties == "all-over" or stage.last_seat == "over"
        may |= any(claim.guaranteed for claim in stage.claims)
        if not may and not rows["zone_id"].notna().any():
            # nobody but by decision
            assert rows["over"].sum() <= len(played.world.city["decisions"].query("stage == @name"))


def the_ledger_is_a_chain(place: dict[str, Any], played: Played) -> None:
    ledger = played.tables["ledger"]
    assert (ledger["left"] == ledger["before"] - ledger["given"] - ledger["released"]).all()
    of_schools = ledger[ledger["school_id"].notna()]
    assert (of_schools.groupby(["stage", "school_id"])["released"].sum() == 0).all()
    for (school, pool), rows in of_schools.groupby(["school_id", "pool"]):
        start = place["schools"][school][2].get(pool, 0)
        left = start[0] if isinstance(start, tuple) else start
        for row in rows.to_dict("records"):
            assert row["before"] == left + row["returned"]
            left = row["left"]


def positions_are_an_order(played: Played) -> None:
    """In one order, the tier goes before the keys and the keys before the ticket, position by position."""
    for name, rows in played.tables["keys"].groupby("stage"):
        stage = next(s for s in played.policy.stage if s.id == name)
        if rows["position"].isna().any():
            assert rows["position"].isna().all()
            continue
        assert sorted(rows["position"]) == list(range(1, len(rows) + 1))
        in_order = rows.sort_values("position").to_dict("records")
        sorted_by = []
        for row in in_order:
            keys = []
            for key, greatest_first in stage.claims[row["claim"] - 1].keys:
                absent = pd.isna(row[key])
                keys.append((absent, 0 if absent else -row[key] if greatest_first else row[key]))
            sorted_by.append((row["claim"], keys, row["ticket"], row["applicant_id"]))
        assert sorted_by == sorted(sorted_by)


def promises_are_kept(played: Played) -> None:
    metrics = played.tables["metrics"]
    counts = metrics[metrics["promises"]][["envious", "envy_pairs", "blocking_pairs", "wasted_seats"]]
    assert not counts.any(axis=None)


def steps_make_no_difference(played: Played) -> None:
    season = open_season(played.world)
    for number in range(len(played.policy.stage)):
        season = run_season(played.world, played.policy, season, through=number)
    for name, table in tables_of(played.world, played.policy, season).items():
        pd.testing.assert_frame_equal(table, played.tables[name])


@settings(max_examples=12)
@given(SEEDS)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    shuffler = random.Random(seed)

    def shuffled(items: Any) -> Any:
        keys = list(items)
        shuffler.shuffle(keys)
        return {k: items[k] for k in keys} if isinstance(items, dict) else keys

    place, rules = drawn(seed)
    first = play(town(**place), rules)
    second = play(town(**{name: shuffled(value) for name, value in place.items()}), rules)
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, second.tables[name])


@settings(max_examples=12)
@given(SEEDS)
def test_who_is_in_no_stage_changes_nobody(seed: int) -> None:
    # absent all the time, withdrawn before its turn, or of no claim: a child that no stage looks at
    # (a twin counts for its twin, and a child decided on takes a seat)
    place, rules = drawn(seed)
    before = play(town(**place), rules)
    looked_at = set(before.tables["keys"]["applicant_id"])
    looked_at |= {row["applicant_id"] for row in place["decisions"]}
    looked_at |= {c["applicant_id"] for c in place["children"] if "twin_group" in c}
    gone = {c["applicant_id"] for c in place["children"]} - looked_at
    fewer = {**place, "children": [c for c in place["children"] if c["applicant_id"] not in gone]}
    for name in ("filed", "decisions"):
        fewer[name] = [row for row in place[name] if row["applicant_id"] not in gone]
    fewer["answers"] = [row for row in place["answers"] if row[0] not in gone]
    if not fewer["children"] or not gone:
        return
    after = play(town(**fewer), rules)
    rows = before.placements[~before.placements["applicant_id"].isin(gone)].reset_index(drop=True)
    columns = ["applicant_id", "outcome", "school_id", "pool", "stage", "over", "given_zone_id"]
    assert rows[columns].astype("str").equals(after.placements[columns].astype("str"))
    for name in ("ledger", "metrics"):
        pd.testing.assert_frame_equal(before.tables[name], after.tables[name])


def test_the_random_policies_use_every_part_of_the_form() -> None:
    # a hundred policies, drawn as above: what no policy asks for, no test above has looked at
    found: dict[str, set[Any]] = defaultdict(set)
    for seed in range(100):
        rng = random.Random(seed)
        place = towns(rng)
        for stage in policies(rng, place).stage:
            found["mechanism"].add(stage.mechanism.name)
            for part in ("gives", "when_full", "ties", "twins", "last_seat"):
                found[part].add(getattr(stage, part))
            found["claims"].add(len(stage.claims))
            for claim in stage.claims:
                found["where"].add(claim.where.schools)
                found["past_it"].add(claim.where.past_it)
                found["list"].add(claim.where.list_)
                found["given"].add(claim.who.given)
                found["guaranteed"].add(claim.guaranteed)
                found["pools"].add(len(claim.pools))
                found["keys"].update(name for name, _ in claim.keys)
                if claim.who.rank:
                    found["rank"].add((claim.who.rank.within, claim.who.rank.at_most == "seats"))
    sizes = {part: len(values) for part, values in found.items()}
    assert sizes == {
        "mechanism": 7,
        "gives": 2,
        "when_full": 3,
        "ties": 2,
        "twins": 2,
        "last_seat": 3,
        "claims": 3,
        "where": 8,
        "past_it": 3,
        "list": 3,
        "given": 3,
        "guaranteed": 2,
        "pools": 3,
        "keys": 6,
        "rank": 6,
    }
