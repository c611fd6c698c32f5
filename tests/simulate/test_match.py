"""Mechanisms over schools' own priorities: papers, brute force, properties, another implementation."""

from __future__ import annotations

import io
import itertools
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import simulate
from geodata import DataError, NotBuiltYetError, XuequError
from tests.command import xuequ

Instance = dict[str, Any]


def instance(wants: dict[str, str], takes: dict[str, tuple[int, str]], **more: Any) -> Instance:
    """Return an instance of words: {"a": "S T"}, {"S": (1, "a b")}."""
    return {
        "applicants": {name: listed.split() for name, listed in wants.items()},
        "schools": {name: {"seats": n, "priorities": order.split()} for name, (n, order) in takes.items()},
        **more,
    }


def solve(case: Instance, mechanism: str, **options: Any) -> dict[str, str | None]:
    placements: dict[str, str | None] = simulate.match(case, mechanism=mechanism, **options)["placements"]
    return placements


# ---- published examples ---------------------------------------------------------------------------------


def test_example_1_of_gale_and_shapley_1962_gives_each_proposer_the_first_choice() -> None:
    case = instance(
        {"α": "A B C", "β": "B C A", "γ": "C A B"},
        {"A": (1, "β γ α"), "B": (1, "γ α β"), "C": (1, "α β γ")},
    )
    assert solve(case, "deferred-acceptance") == {"α": "A", "β": "B", "γ": "C"}


def test_example_2_of_gale_and_shapley_1962_has_one_stable_set_of_marriages() -> None:
    # the ranking matrix: rows 1,3 2,3 3,2 4,3 / 1,4 4,1 3,3 2,2 / 2,2 1,4 3,4 4,1 / 4,1 2,2 3,1 1,4
    case = instance(
        {"α": "A B C D", "β": "A D C B", "γ": "B A C D", "δ": "D B C A"},
        {"A": (1, "δ γ α β"), "B": (1, "β δ α γ"), "C": (1, "δ α β γ"), "D": (1, "γ β α δ")},
    )
    expected = {"α": "C", "β": "D", "γ": "A", "δ": "B"}
    assert list(stable_matchings(case)) == [expected]
    assert solve(case, "deferred-acceptance") == expected


def test_deferred_acceptance_may_cost_efficiency_as_in_abdulkadiroglu_and_sonmez_2003() -> None:
    case = instance(
        {"i1": "s2 s1 s3", "i2": "s1 s2 s3", "i3": "s1 s2 s3"},
        {"s1": (1, "i1 i3 i2"), "s2": (1, "i2 i1 i3"), "s3": (1, "i2 i1 i3")},
    )
    # i1 and i2 would both rather change places, but i3 would then envy i2 at s1
    assert solve(case, "deferred-acceptance") == {"i1": "s1", "i2": "s2", "i3": "s3"}


CASE_OF_POLICY_FACTS = instance(
    {"c1": "A B", "c2": "A B C", "c3": "B A C", "c4": "A"},
    {"A": (1, "c1 c2 c3 c4"), "B": (1, "c1 c2 c3 c4"), "C": (2, "c1 c2 c3 c4")},
)


@pytest.mark.parametrize("mechanism", ["serial-dictatorship", "deferred-acceptance"])
def test_points_first_on_the_case_of_policy_facts(mechanism: str) -> None:
    assert solve(CASE_OF_POLICY_FACTS, mechanism) == {"c1": "A", "c2": "B", "c3": "C", "c4": None}


def test_choice_rounds_on_the_case_of_policy_facts() -> None:
    # round 1: A takes c1 of c1, c2, c4; B takes c3. Round 2: c2 finds B full. Round 3: c2 gets C.
    expected = {"c1": "A", "c2": "C", "c3": "B", "c4": None}
    assert solve(CASE_OF_POLICY_FACTS, "immediate-acceptance") == expected


def test_bands_of_two_lie_between_the_two() -> None:
    # band 1 holds two choices: c2 moves c3 out of B, so c3 is left to the second band and gets C
    assert solve(CASE_OF_POLICY_FACTS, "parallel", bands=[2]) == {
        "c1": "A",
        "c2": "B",
        "c3": "C",
        "c4": None,
    }


# ---- random instances, and what must be true of them ----------------------------------------------------


@st.composite
def instances(draw: st.DrawFn, *, most: int = 6) -> Instance:
    """Whole instances, with short lists on both sides, zero seats, and schools that nobody wants."""
    children = [f"a{n}" for n in range(draw(st.integers(0, most)))]
    schools = [f"S{n}" for n in range(draw(st.integers(1, 4)))]

    def some(of: list[str]) -> list[str]:
        return list(draw(st.permutations(of)))[: draw(st.integers(0, len(of)))]

    return {
        "applicants": {child: some(schools) for child in children},
        "schools": {s: {"seats": draw(st.integers(0, 3)), "priorities": some(children)} for s in schools},
    }


def acceptable(case: Instance, child: str) -> list[str]:
    return [s for s in case["applicants"][child] if child in case["schools"][s]["priorities"]]


def all_matchings(case: Instance) -> Any:
    children = list(case["applicants"])
    for choice in itertools.product(*([*acceptable(case, c), None] for c in children)):
        if all(choice.count(s) <= school["seats"] for s, school in case["schools"].items()):
            yield dict(zip(children, choice, strict=True))


def blocking(case: Instance, placed: dict[str, str | None]) -> list[tuple[str, str]]:
    """Return the pairs of a child and a school that would both rather have each other."""
    found = []
    for child, mine in placed.items():
        wants = acceptable(case, child)
        for school in wants[: wants.index(mine)] if mine else wants:
            order, seats = case["schools"][school]["priorities"], case["schools"][school]["seats"]
            there = [c for c, s in placed.items() if s == school]
            if len(there) < seats or any(order.index(child) < order.index(c) for c in there):
                found.append((child, school))
    return found


def stable_matchings(case: Instance) -> Any:
    return (one for one in all_matchings(case) if not blocking(case, one))


def rank(case: Instance, child: str, school: str | None) -> int:
    wants = case["applicants"][child]
    return wants.index(school) if school else len(wants)


@given(instances(most=5))
def test_deferred_acceptance_is_the_stable_matching_that_every_child_likes_best(case: Instance) -> None:
    mine = solve(case, "deferred-acceptance")
    stable = list(stable_matchings(case))
    assert mine in stable
    for other in stable:
        assert all(rank(case, c, mine[c]) <= rank(case, c, other[c]) for c in mine)


def plain_bands(case: Instance, bands: list[int]) -> dict[str, str | None]:
    """The parallel mechanism again, step by step as the paper tells it."""
    placed: dict[str, str | None] = dict.fromkeys(case["applicants"])
    free = {s: school["seats"] for s, school in case["schools"].items()}
    low, number = 0, 0
    longest = max((len(case["applicants"][c]) for c in placed), default=0)
    while low < longest:
        high = low + bands[min(number, len(bands) - 1)]
        # a school that does not take a child refuses it at once; the place in the list is used up
        refused = {c: set(case["applicants"][c]) - set(acceptable(case, c)) for c in placed}
        while True:
            proposals: dict[str, list[str]] = {s: [] for s in free}
            for child, final in placed.items():
                left = [s for s in case["applicants"][child][low:high] if s not in refused[child]]
                if final is None and left:
                    proposals[left[0]].append(child)
            moved = False
            for school, those in proposals.items():
                those.sort(key=case["schools"][school]["priorities"].index)
                for child in those[free[school] :]:
                    refused[child].add(school)
                    moved = True
            if not moved:
                break
        for school, those in proposals.items():
            for child in those:
                placed[child] = school
            free[school] -= len(those)
        low, number = high, number + 1
    return placed


@given(instances(), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_parallel_is_what_the_paper_tells(case: Instance, bands: list[int]) -> None:
    assert solve(case, "parallel", bands=bands) == plain_bands(case, bands)


@given(instances())
def test_bands_of_one_are_immediate_and_one_band_is_deferred(case: Instance) -> None:
    assert solve(case, "parallel", e=1) == solve(case, "immediate-acceptance") == plain_bands(case, [1])
    assert solve(case, "parallel", e=9) == solve(case, "deferred-acceptance")


@given(instances())
def test_immediate_acceptance_wastes_no_seat(case: Instance) -> None:
    placed = solve(case, "immediate-acceptance")
    for child, mine in placed.items():
        wants = acceptable(case, child)
        for school in wants[: wants.index(mine)] if mine else wants:
            assert sum(s == school for s in placed.values()) == case["schools"][school]["seats"]


@given(instances(most=4), st.data())
def test_nobody_gains_by_hiding_what_they_want_from_deferred_acceptance(
    case: Instance, data: st.DataObject
) -> None:
    if not case["applicants"]:
        return
    liar = data.draw(st.sampled_from(sorted(case["applicants"])))
    honest = rank(case, liar, solve(case, "deferred-acceptance")[liar])
    schools = list(case["schools"])
    for length in range(len(schools) + 1):
        for told in itertools.permutations(schools, length):
            lie = {**case, "applicants": {**case["applicants"], liar: list(told)}}
            got = solve(lie, "deferred-acceptance")[liar]
            if got in case["applicants"][liar]:
                assert rank(case, liar, got) >= honest


@given(instances())
def test_one_order_makes_deferred_acceptance_serial_dictatorship(case: Instance) -> None:
    order = sorted(case["applicants"], reverse=True)
    same = {
        s: {**school, "priorities": [c for c in order if c in school["priorities"]]}
        for s, school in case["schools"].items()
    }
    agreed = {**case, "schools": same}
    expected = solve(agreed, "deferred-acceptance")
    assert solve(agreed, "serial-dictatorship") == expected
    assert solve({**case, "order": order}, "serial-dictatorship") == expected


@given(instances(), st.randoms(use_true_random=False))
def test_the_order_in_which_names_are_written_does_not_matter(case: Instance, shuffler: Any) -> None:
    def shuffled(items: dict[str, Any]) -> dict[str, Any]:
        keys = list(items)
        shuffler.shuffle(keys)
        return {key: items[key] for key in keys}

    other = {"applicants": shuffled(case["applicants"]), "schools": shuffled(case["schools"])}
    for mechanism in ("deferred-acceptance", "immediate-acceptance"):
        assert solve(case, mechanism) == solve(other, mechanism)


@given(instances(), st.data())
def test_one_seat_more_hurts_nobody_in_deferred_acceptance(case: Instance, data: st.DataObject) -> None:
    school = data.draw(st.sampled_from(sorted(case["schools"])))
    one = case["schools"][school]
    more = {**case, "schools": {**case["schools"], school: {**one, "seats": one["seats"] + 1}}}
    before, after = solve(case, "deferred-acceptance"), solve(more, "deferred-acceptance")
    assert all(rank(case, c, after[c]) <= rank(case, c, before[c]) for c in before)


def test_a_thousand_random_instances_are_solved_as_the_package_matching_does() -> None:
    import numpy as np
    from matching.games import HospitalResident

    rng = np.random.default_rng(20240831)
    for _ in range(1000):
        children = [f"a{n}" for n in range(rng.integers(2, 9))]
        schools = [f"S{n}" for n in range(rng.integers(1, 5))]
        wants = {c: list(rng.permutation(schools)[: rng.integers(1, len(schools) + 1)]) for c in children}
        takes = {s: [str(c) for c in rng.permutation(children) if s in wants[c]] for s in schools}
        # the package wants every school to be listed by somebody, and everybody to list somebody
        takes = {s: order for s, order in takes.items() if order}
        wants = {c: [str(s) for s in listed] for c, listed in wants.items()}
        seats = {s: int(rng.integers(1, 4)) for s in takes}
        case = {
            "applicants": wants,
            "schools": {s: {"seats": seats[s], "priorities": order} for s, order in takes.items()},
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = HospitalResident.create_from_dictionaries(wants, takes, seats).solve(
                optimal="resident"
            )
        expected: dict[str, str | None] = dict.fromkeys(wants)
        for school, those in theirs.items():
            expected.update({str(child): str(school) for child in those})
        assert solve(case, "deferred-acceptance") == expected


# ---- ties, cut-offs, and what is refused ----------------------------------------------------------------

TIED = {
    "applicants": {"a": ["S"], "b": ["S"], "c": ["S"]},
    "schools": {"S": {"seats": 2, "priorities": ["a", ["b", "c"]]}},
}


def test_ties_are_broken_by_ticket() -> None:
    from simulate.tickets import tickets_of

    for seed in ("one", "two", "three", "four"):
        answer = simulate.match(TIED, mechanism="deferred-acceptance", seed=seed)
        tickets = dict(zip("bc", (bytes(t) for t in tickets_of(["b", "c"], seed=seed)), strict=True))
        first = min("bc", key=tickets.__getitem__)
        assert answer["placements"][first] == "S"
        assert answer["cutoffs"] == {"S": first}


def test_ties_without_a_seed_are_an_error() -> None:
    with pytest.raises(DataError, match="no ties, or a seed"):
        simulate.match(TIED, mechanism="deferred-acceptance")


def test_a_school_with_a_seat_left_has_no_cut_off() -> None:
    case = instance({"a": "S"}, {"S": (2, "a")})
    assert simulate.match(case, mechanism="deferred-acceptance")["cutoffs"] == {"S": None}


def test_priorities_that_disagree_cannot_be_one_order() -> None:
    case = instance({"a": "S T", "b": "T S"}, {"S": (1, "a b"), "T": (1, "b a")})
    with pytest.raises(XuequError, match="priorities disagree"):
        simulate.match(case, mechanism="serial-dictatorship")


def test_fill_wants_one_school_each() -> None:
    assert solve(instance({"a": "S", "b": "S"}, {"S": (1, "b a")}), "fill") == {"a": None, "b": "S"}
    with pytest.raises(XuequError, match="lists of one school"):
        simulate.match(instance({"a": "S T"}, {"S": (1, "a"), "T": (1, "a")}), mechanism="fill")


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({"applicants": {"a": ["X"]}}, {}, r"found 'X'; a school of the instance"),
        ({"applicants": {"a": ["S", "S"]}}, {}, r"found 'S'; each school once"),
        ({"schools": {"S": {"seats": 1, "priorities": ["z"]}}}, {}, "an applicant of the instance"),
        ({"schools": {"S": {"seats": 1, "priorities": ["a", "a"]}}}, {}, "each applicant once"),
        ({"schools": {"S": {"seats": -1, "priorities": ["a"]}}}, {}, "greater than or equal to 0"),
        ({"order": []}, {}, "every applicant exactly once"),
        ({"ordr": []}, {}, "did you mean order"),
        ({}, {"mechanism": "boston"}, "unknown mechanism boston; allowed: fill"),
        ({}, {"bands": [1]}, "belong to parallel alone"),
        ({}, {"mechanism": "parallel"}, "either bands or e"),
        ({}, {"mechanism": "parallel", "bands": [2, 0]}, "at least one choice"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], options: dict[str, Any], said: str) -> None:
    case = {**instance({"a": "S"}, {"S": (1, "a")}), **change}
    with pytest.raises(XuequError, match=said):
        simulate.match(case, **{"mechanism": "deferred-acceptance", **options})


def test_what_is_not_built_is_said() -> None:
    with pytest.raises(NotBuiltYetError, match="least-travel"):
        simulate.match(CASE_OF_POLICY_FACTS, mechanism="least-travel")


def test_the_command_reads_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(TIED)
    (tmp_path / "case.json").write_text(text, encoding="utf-8")
    words = ("--mechanism", "parallel", "--bands", "2,2,3", "--seed", "x", "--lang", "en")
    from_file = xuequ("match", tmp_path / "case.json", *words)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    from_input = xuequ("match", "-", *words)
    assert from_file.status == from_input.status == 0, from_file.err
    assert json.loads(from_file.out) == json.loads(from_input.out)
    assert json.loads(from_file.out)["placements"]["a"] == "S"


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("{", (), "this is not JSON"),
        ("[]", (), "an object with applicants and schools"),
        ("{}", (), "applicants: this key is missing"),
        ("{}", ("--bands", "a"), "whole numbers with commas"),
    ],
)
def test_the_command_says_what_is_wrong(
    tmp_path: Path, text: str, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "case.json").write_text(text, encoding="utf-8")
    answer = xuequ(
        "match", tmp_path / "case.json", "--mechanism", "parallel", "--e", "1", *words, "--lang", "en"
    )
    assert answer.status == 2
    assert said in answer.err


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    answer = xuequ("match", tmp_path / "none.json", "--mechanism", "fill", "--lang", "en")
    assert answer.status == 2
    assert "none.json: the file cannot be read" in answer.err
