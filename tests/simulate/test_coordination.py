"""Ways to coordinate side by side: the same as full runs, what must hold between them, what is written."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.city import City
from geodata.errors import DataError, XuequError
from geodata.messages import speaker
from geodata.sample import write_sample
from simulate.building import build_world
from simulate.cli_coordination import coordination
from simulate.coordination import (
    Comparison,
    compare_coordination,
    flows_table,
    read_variants,
    table_of,
    variant_policy,
    write_comparison,
)
from simulate.coordination.applying import with_stages
from simulate.coordination.playing import Played, play_on
from simulate.coordination.telling import findings_of, flows_in_short, notes_of
from simulate.policy import Policy
from simulate.season import open_season, run_season
from tests.simulate.coordination_towns import drawn_town, season
from tests.simulate.test_coordination_variants import variant
from tests.simulate.town import CHOICES, NEAREST, claim, claims_stage, policy, stage, town

SEEDS = st.integers(0, 2**32 - 1)
BASE = variant("base")


def line(rng: random.Random, *, reach: str = "city", children: int = 12) -> tuple[City, Policy]:
    """Return a town on a line where nobody's own zone has a seat, and a policy with one coordination."""
    schools = {
        f"S{n}": (rng.choice("DE"), rng.randrange(0, 5000) * 1.0, rng.randint(0, 3)) for n in range(4)
    }
    rows = [
        {
            "applicant_id": f"c{n:02d}",
            "category": "points",
            "zone_id": rng.choice(["Y", "Z"]),
            "east": rng.randrange(0, 5000) * 1.0,
            "points": rng.randint(0, 9),
            "consents": rng.choice(["none", "city"]),
        }
        for n in range(children)
    ]
    full = {"F": ("D", 1.0, 0), "G": ("E", 2.0, 0)}
    city = town(zones={"Y": ("D", ["F"]), "Z": ("E", ["G"])}, schools={**schools, **full}, children=rows)
    rules = policy(
        stage("zone", "points", "own-zone", ["points desc", "ticket"], mechanism=NEAREST),
        stage(
            "c", "points", reach, ["points desc", "ticket"], mechanism=NEAREST, consents="city",
            coordination="city",
        ),
        household=(),
    )  # fmt: skip
    return city, rules


def compared(city: City, rules: Policy, *changes: dict[str, Any], **named: Any) -> Comparison:
    """Compare the base with one variant a change, named v0, v1, …"""
    variants = [BASE, *(variant(f"v{n}", change) for n, change in enumerate(changes))]
    variants += [variant(name, **more) for name, more in named.items()]
    return compare_coordination(city, rules, variants, seed="town")


def counted(comparison: Comparison, name: str, group: str = "all") -> Any:
    """Return what a variant comes to."""
    return {one.variant.id: one.counts[group] for one in comparison.outcomes}[name]


@settings(max_examples=12)
@given(SEEDS, st.sampled_from(read_variants()))
def test_a_variant_from_where_it_begins_is_a_full_run_of_its_policy(seed: int, which: Any) -> None:
    tables, city = drawn_town(seed)
    rules = season()
    changed = variant_policy(rules, which)
    comparison = compare_coordination(city, rules, [variant("own"), which], seed="town")
    if which.held:
        city = _with_held_rows(tables, city, which)
    world = build_world(city, changed, seed="town")
    done = run_season(world, changed, open_season(world))
    full = Played(world=world, policy=changed, state=done.state, ended=(), rounds=(), unheard=0)
    assert [one.variant.id for one in comparison.outcomes] in (["own"], ["own", which.id])
    mine = comparison.outcomes[-1]
    placed = done.state.outcome == 1
    assert mine.counts["all"].zone + mine.counts["all"].district + mine.counts["all"].city == placed.sum()
    again = _played(drawn_town(seed)[1], rules, which)
    assert again.state.outcome.tolist() == full.state.outcome.tolist()
    assert again.state.school(again.world).tolist() == full.state.school(world).tolist()
    assert again.state.over.tolist() == full.state.over.tolist()
    assert again.state.stage.tolist() == full.state.stage.tolist()


def _with_held_rows(tables: dict[str, Any], city: City, which: Any) -> City:
    """Return a town whose table of seats has the held pool."""
    seats = city["seats"].copy()
    there = seats["pool"] == "open"
    held = (seats["seats"][there] * which.held[0].share + 1e-9).astype("int64")
    rows = seats[there].assign(pool=which.held[0].pool, seats=held.astype(seats["seats"].dtype))
    seats.loc[there, "seats"] = seats["seats"][there] - held
    both = pd.concat([seats, rows[rows["seats"] > 0]], ignore_index=True)
    return replace(city, tables={**city.tables, "seats": both})


def _played(city: City, rules: Policy, which: Any) -> Played:
    """Play a variant on from where it begins, as a comparison does."""
    from simulate.coordination.applying import coordinating
    from simulate.coordination.comparing import _play

    world = build_world(city, rules, seed="town")
    own = play_on(world, rules)
    return _play(world, rules, variant_policy(rules, which), which, own, coordinating(rules)[0])


@settings(max_examples=25)
@given(SEEDS)
def test_where_all_have_the_same_schools_the_theorems_hold(seed: int) -> None:
    city, rules = line(random.Random(seed))
    comparison = compared(
        city,
        rules,
        {"mechanism": "least-travel"},
        {"mechanism": "shortest-first"},
        {"order": ["ticket"]},
        {"within_m": 1000, "past_it": "never"},
        {"consent": "not-asked"},
    )
    base, least, shortest, ticket, guard, asked = (one.counts["all"] for one in comparison.outcomes)
    # the first of the order are seated, whatever seat each takes: the same children
    assert least.coordinated == base.coordinated == ticket.coordinated == shortest.coordinated
    assert least.total_m <= base.total_m
    # who consents stays; more may take part
    assert asked.coordinated >= base.coordinated
    assert guard.coordinated <= base.coordinated
    assert guard.max_m is None or guard.max_m <= 1000
    assert base.passed == 0
    for one in (base, least, shortest, ticket, guard, asked):
        assert one.children == 12 == one.zone + one.district + one.city + one.not_admitted
        assert one.mean_m is None or one.mean_m <= one.max_m
    assert base.otherwise == 0


@settings(max_examples=15)
@given(SEEDS)
def test_shortest_first_seats_nobody_past_a_nearer_child(seed: int) -> None:
    city, rules = line(random.Random(seed))
    which = variant("v", {"mechanism": "shortest-first"})
    one = _played(city, rules, which)
    world, state = one.world, one.state
    for now in one.rounds:
        who = now.result.who
        metres = world.nearness.metres(world.children.home[who])
        school = state.school(world)[who]
        for row, got in enumerate(school):
            mine = metres[row, got] if got >= 0 else 10**9
            for other, there in enumerate(school):
                if there >= 0 and metres[row, there] < mine:
                    assert metres[other, there] <= metres[row, there]


def test_shortest_first_ranks_a_nearer_child_with_fewer_points_first_and_says_who_was_passed() -> None:
    city = town(
        zones={"Z": ("D", ["F"])},
        schools={"F": ("D", 0.0, 0), "A": ("D", 0.0, 1), "B": ("D", 5000.0, 2)},
        children=[
            {"applicant_id": "far", "category": "points", "zone_id": "Z", "east": 900.0, "points": 90},
            {"applicant_id": "near", "category": "points", "zone_id": "Z", "east": 100.0, "points": 10},
        ],
    )
    rules = policy(
        stage("zone", "points", "own-zone", ["points desc", "ticket"], mechanism=NEAREST),
        stage("c", "points", "own-district", ["points desc", "ticket"], mechanism=NEAREST,
              coordination="district"),
        household=(),
    )  # fmt: skip
    comparison = compared(city, rules, {"mechanism": "shortest-first"}, {"mechanism": "least-travel"})
    # by points: far to A, 900 m; near to B, 4900 m. The other way round: 100 m and 4100 m
    assert counted(comparison, "base").total_m == 5800
    for name in ("v0", "v1"):
        one = counted(comparison, name)
        assert (one.total_m, one.passed, one.otherwise, one.mean_m, one.max_m) == (4200, 1, 2, 2100, 4100)
    assert counted(comparison, "base").passed == 0
    shown = findings_of(comparison, speaker("en"))
    assert "Mean metres of the coordinated: from 2,100 (v0, v1) to 2,900 (base)." in shown
    assert all("Children without a place" not in one for one in shown)  # alike in all three


def test_siblings_together_takes_a_child_to_its_sibling() -> None:
    city = town(
        zones={"Z": ("D", ["F"])},
        schools={"F": ("D", 0.0, 0), "A": ("D", 0.0, 1), "B": ("D", 5000.0, 2)},
        children=[
            {"applicant_id": "one", "category": "points", "zone_id": "Z", "points": 90,
             "sibling_school_id": "B"},
            {"applicant_id": "two", "category": "points", "zone_id": "Z", "points": 10},
        ],
    )  # fmt: skip
    rules = policy(
        stage("zone", "points", "own-zone", ["points desc", "ticket"], mechanism=NEAREST),
        stage("c", "points", "own-district", ["points desc", "ticket"], mechanism=NEAREST,
              coordination="district"),
        household=(),
    )  # fmt: skip
    comparison = compared(city, rules, {"siblings": "together"})
    assert (counted(comparison, "base").siblings_split, counted(comparison, "v0").siblings_split) == (1, 0)
    # who went to its sibling was passed by nobody, though A is nearer and took fewer points
    assert counted(comparison, "v0").passed == 0


def answering(answer: str = "declined", after: str = "c") -> tuple[City, Policy]:
    """Return a town in which the child `one`, whom the policy sends to A, answers."""
    city = town(
        zones={"Z": ("D", ["F"])},
        schools={"F": ("D", 0.0, 0), "A": ("D", 0.0, 1), "B": ("E", 5000.0, 2)},
        children=[
            {"applicant_id": name, "category": "points", "zone_id": "Z", "points": points, "east": east,
             "consents": "city"}
            for name, points, east in (("one", 90, 900.0), ("two", 10, 100.0))
        ],
        answers=[("one", after, answer)],
    )  # fmt: skip
    rules = policy(
        stage("zone", "points", "own-zone", ["points desc", "ticket"], mechanism=NEAREST),
        stage("c", "points", "own-district", ["points desc", "ticket"], mechanism=NEAREST,
              coordination="district"),
        stage("m", "points", "city", ["points desc", "ticket"], mechanism=NEAREST, coordination="city"),
        household=(),
    )  # fmt: skip
    return city, rules


def test_an_answer_counts_only_for_the_place_to_which_it_was_given() -> None:
    city, rules = answering()
    near = {"reach": "district", "mechanism": "shortest-first"}
    comparison = compared(city, rules, near, {"reach": "district", "given_up": "lapse"})
    by_id = {one.variant.id: one for one in comparison.outcomes}
    # base: one declines A and is gone, two gets the seat that came back
    assert (by_id["base"].unheard, counted(comparison, "base").withdrawn) == (0, 1)
    assert counted(comparison, "base").coordinated == 1
    assert counted(comparison, "base").district == 1
    # two has A: nobody knows whether one would have declined B
    assert (by_id["v0"].unheard, counted(comparison, "v0").withdrawn) == (1, 0)
    assert counted(comparison, "v0").coordinated == 2
    # the seat lapses: two goes to the other district
    assert (by_id["v1"].unheard, counted(comparison, "v1").city) == (0, 1)
    assert any("v0: 1 answers or decisions left out" in str(note) for note in notes_of(comparison))


def test_answers_and_releases_stand_where_their_stages_are_when_others_come_between() -> None:
    city, rules = answering()
    comparison = compared(city, rules, {"reach": "district", "siblings": "together"})
    assert [one.unheard for one in comparison.outcomes] == [0, 0]
    assert counted(comparison, "v0").withdrawn == 1
    changed = comparison.outcomes[1].policy
    assert [one.id for one in changed.stage] == ["zone", "c-siblings", "c", "m"]
    world = build_world(city, rules, seed="town")
    blocks = replace(world.blocks, release=world.blocks.release.copy())
    blocks.release[:3] = [0, 1, 2]
    moved = with_stages(replace(world, blocks=blocks), rules, changed)
    assert moved.blocks.release.tolist()[:3] == [0, 2, 3]
    assert moved.answers.after.tolist() == [2]


def test_equal_points_pass_nobody_and_fewer_do_only_at_a_nearer_school() -> None:
    city = town(
        zones={"Z": ("D", ["F"])},
        schools={"F": ("D", 0.0, 0), "A": ("D", 0.0, 1), "B": ("D", 500.0, 1), "C": ("D", 600.0, 1)},
        children=[
            {"applicant_id": name, "category": "points", "zone_id": "Z", "east": east, "points": points,
             "settled_on": f"2020-01-0{day}"}
            for name, east, points, day in (("a", 0.0, 10, 1), ("b", 10.0, 10, 2), ("c", 600.0, 5, 3))
        ],
    )  # fmt: skip
    rules = policy(
        stage("zone", "points", "own-zone", ["ticket"], mechanism=NEAREST),
        stage("c", "points", "own-district", ["settled_on asc", "ticket"], mechanism=NEAREST,
              coordination="district"),
        household=(),
    )  # fmt: skip
    # a takes A, so that b goes on to B: a has as many points; C took fewer, but lies farther than B
    assert counted(compared(city, rules), "base").passed == 0


@pytest.mark.parametrize(("answer", "unheard"), [("accepted", 1), ("withdrawn", 0)])
def test_an_acceptance_goes_with_its_place_and_a_withdrawal_stands(answer: str, unheard: int) -> None:
    city, rules = answering(answer)
    comparison = compared(city, rules, {"reach": "district", "mechanism": "shortest-first"})
    assert comparison.outcomes[1].unheard == unheard
    assert counted(comparison, "v0").withdrawn == (1 - unheard)


def test_a_late_child_and_a_second_list_are_heard_where_they_can_be() -> None:
    city, rules = answering("late", "zone")
    comparison = compared(city, rules, {"order": ["ticket"]})
    assert [one.unheard for one in comparison.outcomes] == [0, 0]
    city = town(
        zones={"Z": ("D", ["F"])},
        schools={"F": ("D", 0.0, 0), "A": ("D", 0.0, 1)},
        children=[
            {"applicant_id": n, "category": "points", "zone_id": "Z", "consents": "none"} for n in "ab"
        ],
        choices={"a": ["F"]},
        filed=[{"applicant_id": "a", "after_stage": "c", "rank": 1, "target": "A"}],
        answers=[("a", "c", "refiled")],
    )
    end = {"mechanism": CHOICES, "coordination": "city"}
    rules = policy(
        stage(
            "c", "points", "own-zone", ["ticket"], coordination="area", when_full="next", mechanism=NEAREST
        ),
        stage("m", "points", "city", ["ticket"], **end),
        household=(),
    )
    closing = {"reach": "area", "given_up": "lapse"}
    comparison = compared(city, rules, closing)
    assert [one.unheard for one in comparison.outcomes] == [0, 0]
    assert counted(comparison, "v0").city + counted(comparison, "v0").district == 1


def test_a_decision_on_a_child_who_has_a_place_already_is_left_out() -> None:
    city = town(
        zones={"Z": ("D", ["F"])},
        schools={"F": ("D", 0.0, 0), "A": ("D", 0.0, 1), "B": ("D", 5000.0, 2)},
        children=[
            {"applicant_id": "one", "category": "points", "zone_id": "Z", "sibling_school_id": "B"},
            {"applicant_id": "two", "category": "points", "zone_id": "Z"},
        ],
        decisions=[
            {"applicant_id": "one", "stage": "c", "school_id": "A", "reason_code": "R",
             "authority": "bureau", "document_no": "1"},
        ],
    )  # fmt: skip
    rules = policy(
        stage("c", "points", "own-district", ["points desc", "ticket"], mechanism=NEAREST,
              coordination="district"),
        household=(),
    )  # fmt: skip
    comparison = compared(city, rules, {"siblings": "together"})
    assert [one.unheard for one in comparison.outcomes] == [0, 1]
    assert counted(comparison, "base").siblings_split == 1
    assert counted(comparison, "v0").siblings_split == 0


def test_an_answer_that_cannot_be_given_under_the_policy_itself_is_a_fault() -> None:
    city, rules = answering("declined", "zone")
    with pytest.raises(DataError, match="declined by a child that has a place then"):
        compared(city, rules)


def test_a_district_that_there_is_not_is_refused() -> None:
    city, rules = answering()
    with pytest.raises(DataError, match="districts of the city"):
        compared(city, rules, {"districts": ["Nowhere"]})


def test_held_seats_are_counted_and_given_to_nobody() -> None:
    city, rules = line(random.Random(5))
    comparison = compared(city, rules, held={"held": [{"for": "returning-pupils", "seats": 1}]})
    base, held = comparison.outcomes
    schools = int((city["seats"]["seats"] > 0).sum())
    assert (base.held, held.held) == (0, schools)
    assert held.counts["all"].coordinated <= base.counts["all"].coordinated
    assert any(f"held: {schools} seats are held back" in str(note) for note in notes_of(comparison))


def test_what_is_known_of_a_comparison_is_said() -> None:
    city, rules = line(random.Random(7))
    comparison = compared(city, rules, {"mechanism": "nearest"}, {"mechanism": "choices"})
    said = [str(note) for note in notes_of(comparison)]
    assert said[0].startswith("2 of these 2 variants are assumed")
    assert "left out, for they change nothing in this policy: v0" in said
    assert any(note.startswith("sea crossings are not counted") for note in said)
    assert any(note.startswith("v1: nobody was placed by choices") for note in said)


def test_household_children_who_move_are_named_where_the_table_is_of_the_others() -> None:
    rules = season()
    city = town(
        zones={"Z": ("D", ["A"])},
        schools={"A": ("D", 0.0, 1), "B": ("D", 500.0, 1), "C": ("D", 90.0, 1)},
        children=[
            {"applicant_id": f"c{n}", "category": category, "zone_id": "Z", "consents": "city"}
            for n, category in enumerate(["household", "household", "favoured", "points"])
        ],
    )
    held = {"held": [{"for": "late-settlers", "seats": 1}]}
    comparison = compared(city, rules, held=held)
    assert comparison.group == "others"
    assert any(
        "household children who end otherwise than in the base: held" in str(n)
        for n in notes_of(comparison)
    )
    assert counted(comparison, "held", "household").over == 3


def test_tables_and_folder_hold_what_was_counted(tmp_path: Path) -> None:
    city, rules = line(random.Random(11), reach="own-district")
    comparison = compared(city, rules, {"order": ["ticket"]})
    table, flows = table_of(comparison), flows_table(comparison)
    assert table["variant"].tolist() == ["base"] * 3 + ["v0"] * 3
    assert table["group"].tolist() == ["all", "household", "others"] * 2
    moved = flows.groupby(["variant", "group"])["children"].sum()
    for row in table.to_dict("records"):
        assert moved.get((row["variant"], row["group"]), 0) == row["coordinated"]
    target = tmp_path / "out"
    write_comparison(target, comparison)
    there = {str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()}
    assert there == {
        "compare.csv", "flows.csv", "variants.json", "manifest.json",
        "policies/base.json", "policies/v0.json",
    }  # fmt: skip
    again = Policy.model_validate_json((target / "policies" / "v0.json").read_bytes())
    assert again == comparison.outcomes[1].policy
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["base"], manifest["private"]) == ("town", "base", True)
    with pytest.raises(XuequError, match="out exists; nothing was written"):
        write_comparison(target, comparison)


def test_flows_are_said_in_short_with_the_greatest_first() -> None:
    city, rules = line(random.Random(2), children=12)
    comparison = compared(city, rules)
    one = comparison.outcomes[0]
    rows = one.flows[one.flows["group"] == "others"]
    between = rows[rows["home_district_id"] != rows["school_district_id"]]["children"].sum()
    said = flows_in_short(comparison, one, speaker("en"))
    assert f"between districts {between}" in said
    assert flows_in_short(comparison, one, speaker("en"), most=0).count("→") == 0


def test_progress_runs_from_nothing_to_all() -> None:
    city, rules = line(random.Random(1))
    shares: list[float] = []
    variants = [BASE, variant("v", {"order": ["ticket"]})]
    compare_coordination(city, rules, variants, seed="s", report=shares.append)
    assert shares == [0.0, 0.5, 1.0]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the synthetic city, small."""
    folder = tmp_path_factory.mktemp("coordination") / "city"
    write_sample(folder, scale=0.02)
    return folder


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_prints_one_table_that_fits_and_says_what_is_assumed(
    sample: Path, tmp_path: Path, lang: str
) -> None:
    target = tmp_path / "compared"
    done = CliRunner().invoke(
        coordination,
        ["compare", str(sample), "--only", "least-travel,by-choices", "--out", str(target), "--lang", lang],
    )
    assert done.exit_code == 0, done.output
    shown = done.output.splitlines()
    table = [one for one in shown if "─" in one]
    assert len(table) == 1
    assert len(table[0].strip()) <= 100
    assert ("SYNTHETIC" if lang == "en" else "") in done.output
    if lang == "en":
        assert "assumed: 3 of 3 variants" in done.output
        assert "The folder is private" in done.output
        assert "Differ" in done.output
    written = pd.read_csv(target / "compare.csv", encoding="utf-8-sig")
    assert written["variant"].unique().tolist() == ["base", "least-travel", "by-choices"]
    assert written["synthetic"].all()
    assert written["sea_crossings"].notna().all()
    least, base = (
        written[(written["variant"] == name) & (written["group"] == "others")].iloc[0]
        for name in ("least-travel", "base")
    )
    if least["coordinated"] == base["coordinated"]:
        assert least["total_m"] <= base["total_m"]


def test_the_command_refuses_before_it_runs_anything(sample: Path, tmp_path: Path) -> None:
    def refused(*words: str) -> str:
        with pytest.raises(XuequError) as error:
            coordination.main(["compare", str(sample), *words], standalone_mode=False)
        return str(error.value)

    taken = tmp_path / "taken"
    taken.mkdir()
    assert refused("--out", str(taken)) == "taken exists; nothing was written"
    assert refused("--only", "nothing").startswith("no variant nothing; there are: base, ")
    head = sample / "xuequ.toml"
    before = head.read_text(encoding="utf-8")
    lines = [one for one in before.splitlines() if not one.startswith("seed")]
    head.write_text("\n".join(lines), encoding="utf-8")
    try:
        assert "a run needs a seed" in refused()
    finally:
        head.write_text(before, encoding="utf-8")


def test_the_group_shows_its_command_in_help() -> None:
    done = CliRunner().invoke(coordination, ["--help"])
    assert done.exit_code == 0
    assert "side by side" in done.output


@pytest.mark.parametrize("others_answer", [False, True])
def test_choices_filed_with_an_answer_that_is_not_heard_do_not_count_whoever_else_answers(
    others_answer: bool,
) -> None:
    near = {"schools": "city", "within_m": 10, "past_it": "never"}
    order = ["points desc", "ticket"]
    rules = policy(
        claims_stage("co", claim("p", near, order), mechanism=NEAREST, coordination="city"),
        claims_stage(
            "last",
            claim("p", "city", order, status=["waiting", "declined"]),
            mechanism=CHOICES,
        ),
        household=(),
    )
    place = town(
        zones={"Z": ("D", ["A", "B"])},
        schools={"A": ("D", 0.0, 1), "B": ("D", 50.0, 1)},
        children=[
            {"applicant_id": name, "category": "p", "zone_id": "Z", "points": points, "home": home}
            for name, points, home in (("c1", 9.0, 0.0), ("c2", 1.0, 1.0), ("w", 0.0, 0.0))
        ],
        choices={"c1": ["A"]},
        answers=[("c1", "co", "declined"), *([("w", "co", "withdrawn")] if others_answer else [])],
        filed=[{"applicant_id": "c1", "after_stage": "co", "rank": 1, "target": "B"}],
    )
    by_home = variant("home", {"order": ["home desc", "ticket"]})
    comparison = compare_coordination(place, rules, [variant("base"), by_home], seed="town")
    assert comparison.outcomes[1].unheard == 1
    found = counted(comparison, "home")
    assert (found.withdrawn, found.zone + found.district + found.city) == (int(others_answer), 1)
