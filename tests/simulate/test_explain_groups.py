"""What an explanation says of groups, items, siblings, consent and clauses, and what it keeps to itself."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from geodata import DataError, read_city
from geodata.city import City
from geodata.messages import LANGS, speaker
from geodata.project import Names
from geodata.toml import record_from
from simulate.app import policy_of
from simulate.explain import Facts, facts_of, page_of, replay, text_of
from simulate.explain.closing import ticket_words
from simulate.order_keys import CHILD_KEYS, PAIR_KEYS, key_name
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy
from simulate.report import words
from simulate.runs import Run
from simulate.starting import write_example
from tests.simulate.points.scores import shipped
from tests.simulate.test_explain import POINTS, child, in_stage, text, written
from tests.simulate.town import CHOICES, DEFERRED, claim, claims_stage, policy, stage, town
from tests.simulate.verify_papers import with_rows

REASON = {"zh": "材料未载明", "en": "the notes do not say"}
FIRST = datetime.date(2024, 1, 1)
ITEMS = ("permit", "home", "skill")


def example(name: str, folder: Path) -> Run:
    """Run the shipped example of a policy."""
    write_example(folder / name, name)
    city = read_city(folder / name)
    return written(city, policy_of(city, folder / name), folder / "run")


@pytest.fixture(scope="module")
def haizhu(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return example("guangzhou-haizhu", tmp_path_factory.mktemp("haizhu"))


@pytest.fixture(scope="module")
def england(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return example("england-pan", tmp_path_factory.mktemp("england"))


def explained(run: Run) -> list[Facts]:
    """Explain everybody."""
    replayed = replay(run)
    return [facts_of(replayed, name) for name in run.table("placements")["applicant_id"]]


def zone_of_one(children: list[dict[str, Any]], *, seats: int = 1) -> City:
    """Return a town of one school that everybody asks for."""
    return town(
        zones={"Z1": ("D", ["S1"])},
        schools={"S1": ("D", 0.0, seats)},
        children=children,
        choices={row["applicant_id"]: ["S1"] for row in children},
    )


def scores(city: City, of: dict[str, tuple[float, ...]]) -> City:
    """Give children their points item by item."""
    rows = [
        {"applicant_id": name, "item": item, "points": points}
        for name, values in of.items()
        for item, points in zip(ITEMS, values, strict=True)
    ]
    return with_rows(city, "scores", rows)


# ---- items ----


def test_everybody_of_haizhu_can_be_explained_and_items_have_their_names(haizhu: Run) -> None:
    for facts in explained(haizhu):
        zh, en = (text_of(page_of(facts, haizhu, speaker(lang))) for lang in LANGS)
        assert "what proves the points (insurance, residence, home)" in " ".join(en.split())
        assert "Points for residence permit: " in en
        assert "居住证的积分：" in zh
        assert "ermit的积分" not in zh


def test_the_item_that_decides_is_named_and_nobody_else_s_points_for_it(haizhu: Run) -> None:
    # A012 and A013 have 140 points and 24 for the permit; A012 has 20 for the home and A013 has 15
    facts = facts_of(replay(haizhu), "A013")
    [place] = in_stage(facts, haizhu, "choices").places
    assert place.line.difference is not None
    assert (place.line.difference.key, place.line.difference.theirs) == ("item:home", None)
    said = text(facts, haizhu)
    stands = 'the last one admitted stands higher in "points for home, owned or rented"'
    assert f"Full: equal in points, then {stands}." in said
    assert "Last one admitted: decided by: points for home, owned or rented" in said
    assert "home, owned or rented 20" not in said


def test_many_equal_items_are_not_listed_one_by_one(tmp_path: Path) -> None:
    order = ["points desc", *(f"item:{item} desc" for item in ITEMS), "residence_days desc", "ticket"]
    rules = policy(stage("one", "points", "own-zone", order, mechanism=CHOICES), household=())
    first = child("p1", points=9, residence_days=700)
    city = zone_of_one([first, child("p2", points=9, residence_days=600)])
    run = written(scores(city, {"p1": (4, 3, 2), "p2": (4, 3, 2)}), rules, tmp_path / "run")
    said = text(facts_of(replay(run), "p2"), run)
    assert 'equal in points, then the last one admitted stands higher in "days of residence"' in said
    assert '"days of residence", or ahead in what comes before that in the order, it would' in said
    assert "700" not in said


def test_names_of_items_come_from_the_policy_then_the_schedule_then_are_ids() -> None:
    base = policy(stage("one", "points", "own-zone", ["item:si_main desc", "ticket"]))
    scheduled = base.model_copy(update={"points": shipped("siming-2023", 2023)})
    own = scheduled.model_copy(update={"item_titles": {"si_main": Names(zh="社保", en="insurance")}})
    speak, long = speaker("en"), "Insurance of the main applicant"
    for rules, name in (
        (base, "si_main"),
        (scheduled, long),
        (own, "insurance"),
    ):
        titles = words.item_titles(rules, speak)
        assert str(key_name("item:si_main", titles)) == f"points for {name}"
    assert words.item_titles(own, speaker("zh"))["si_main"] == "社保"


def test_each_item_that_haizhu_orders_by_has_a_name() -> None:
    rules = read_policy(policy_path("guangzhou-haizhu", Path()))
    asked = {key.removeprefix("item:") for key in rules.child_keys if key not in CHILD_KEYS}
    assert set(rules.titles_of_items()) == asked


def test_a_name_of_an_item_wants_both_languages() -> None:
    raw = policy(stage("one", "points", "own-zone", POINTS)).model_dump(by_alias=True, exclude_none=True)
    with pytest.raises(DataError, match=r"item_titles\.permit"):
        record_from({**raw, "item_titles": {"permit": {"zh": "居住证"}}}, Policy, "policy.toml")


def test_every_key_has_papers_that_prove_it(tmp_path: Path) -> None:
    order = [f"{key} desc" for key in (*CHILD_KEYS, "item:permit", *PAIR_KEYS)]
    rules = policy(stage("one", "points", "own-zone", [*order, "ticket"], mechanism=DEFERRED))
    city = with_rows(
        zone_of_one([child("p1")]), "scores", [{"applicant_id": "p1", "item": "permit", "points": 1}]
    )
    run = written(city, rules, tmp_path / "run")
    said = text(facts_of(replay(run), "p1"), run)
    papers = said.split("Papers: ")[1].split(" - ")[0]
    assert papers.count(", what") + papers.count(", the ") == 9, papers


# ---- groups ----


def test_nobody_reads_which_children_were_seated_before(england: Run) -> None:
    seen = 0
    for facts in explained(england):
        if facts.category == "looked-after":
            continue
        said = text(facts, england)
        # the rules name whom a stage is for; the seats of others are told by the number of a group alone
        assert "looked-after" not in said.split("Clause: a place at the nearest school")[0]
        seen += "(group 1)" in said or "(group 2)" in said
    assert seen > 3


def test_groups_by_a_sibling_are_left_out_for_children_who_have_none(england: Run) -> None:
    siblings = england.city["applicants"].set_index("applicant_id")["sibling_school_id"].notna()
    by_sibling = 0
    for facts in explained(england):
        if facts.category != "resident":
            continue
        one = in_stage(facts, england, "offers")
        assert one.claims == (1, 2, 3)
        said = text(facts, england)
        if siblings[facts.applicant]:
            by_sibling += 1
            assert one.opened == (1, 2, 3)
            assert "group 3: other children; seats of: the school of a sibling" in said
        else:
            assert one.opened == (1, 3), "the numbers are those of the rules"
            assert "the school of a sibling" not in said
            assert "group 4: other children; seats of: listed schools" in said
    assert by_sibling > 0


def test_a_group_that_is_a_child_s_only_one_is_told_though_it_opens_nothing(tmp_path: Path) -> None:
    rules = policy(
        claims_stage("one", claim("points", "sibling", POINTS), mechanism=CHOICES),
        stage("two", "points", "own-zone", POINTS),
    )
    run = written(zone_of_one([child("p1", points=1)]), rules, tmp_path / "run")
    facts = facts_of(replay(run), "p1")
    assert in_stage(facts, run, "one").opened == (0,)
    assert "seats of: the school of a sibling" in text(facts, run)


# ---- siblings, own zone ----


def test_a_sibling_is_never_what_would_have_changed_it(england: Run) -> None:
    for facts in explained(england):
        said = text(facts, england).split("What would have changed the outcome")[1]
        assert "ahead in a sibling there" not in said
        assert "equal in a sibling there" not in text(facts, england)


def test_seats_of_children_with_a_sibling_are_a_rule_and_no_advice(tmp_path: Path) -> None:
    rules = policy(
        stage("one", "points", "own-zone", ["sibling desc", "distance asc", "ticket"], mechanism=DEFERRED)
    )
    children = [child("kin", east=900.0, sibling_school_id="S1"), child("near", east=100.0)]
    run = written(zone_of_one(children), rules, tmp_path / "run")
    said = text(facts_of(replay(run), "near"), run)
    assert "Full: children who have a sibling there stand before." in said
    assert "S1: the seats went to others; children who have a sibling there stand before." in said
    assert "it would have stood above" not in said


HIGHER = {"first": 'the child stands higher in "own zone"', "last": 'stands higher in "own zone"'}
OWN = {
    "first": "the school is in the child's own zone",
    "last": "children whose own zone it is stand before",
}


@pytest.mark.parametrize(("way", "said"), [("desc", OWN), ("asc", HIGHER)])
def test_the_own_zone_is_told_whichever_way_it_counts(
    way: str, said: dict[str, str], tmp_path: Path
) -> None:
    rules = policy(stage("one", "points", "city", [f"own-zone {way}", "ticket"], mechanism=DEFERRED))
    inside, outside = ("Z1", "Z2") if way == "desc" else ("Z2", "Z1")
    zones = {"first": inside, "a": outside, "b": outside, "last": outside}

    def place(seats: int, names: tuple[str, ...]) -> City:
        return town(
            zones={"Z1": ("D", ["S1"]), "Z2": ("D", ["S2"])},
            schools={"S1": ("D", 0.0, seats), "S2": ("D", 100.0, 9)},
            children=[child(name, zone=zones[name]) for name in names],
            choices={name: ["S1"] for name in names},
        )

    one = written(place(1, ("first", "last")), rules, tmp_path / "one")
    assert said["last"] in text(facts_of(replay(one), "last"), one)
    two = written(place(2, ("first", "a", "b")), rules, tmp_path / "two")
    assert f"Given: {said['first']}" in text(facts_of(replay(two), "first"), two)


# ---- consent ----


def test_consent_is_told_where_a_stage_asks_for_it(england: Run, haizhu: Run) -> None:
    assert all("Consent to coordination" not in text(facts, england) for facts in explained(england))
    assert all("Consent to coordination: " in text(facts, haizhu) for facts in explained(haizhu))


# ---- clauses ----


def test_a_claim_s_own_clause_reason_and_days_are_told(tmp_path: Path) -> None:
    by_clause = claim("points", "own-zone", POINTS) | {
        "source": "clause 7",
        "from": datetime.date(2024, 1, 1),
    }
    assumed = claim("points", "own-district", POINTS) | {"assumed": True, "reason": REASON}
    other = claim("walk", "own-zone", POINTS) | {"source": "clause of others"}
    rules = policy(claims_stage("one", by_clause, assumed, other, mechanism=DEFERRED))
    run = written(zone_of_one([child("p1", points=1)]), rules, tmp_path / "run")
    said = text(facts_of(replay(run), "p1"), run)
    assert "ticket Clause: clause 7 holds: 2024-01-01 group 2:" in said
    assert "ticket No clause; assumed: the notes do not say How seats" in said
    assert "clause of others" not in said
    assert "1 one [assumed]" in said
    assert "Clause: a test" in said


def test_what_a_source_leaves_open_is_told_beside_it(england: Run) -> None:
    said = text(facts_of(replay(england), "A001"), england)
    assert "is assumed; the source leaves open: what happens where no school of the authority" in said


# ---- the ticket ----


def test_the_sentence_that_announces_the_code_stands_right_before_it(haizhu: Run) -> None:
    twins = [facts for facts in explained(haizhu) if facts.twin]
    assert twins
    said = [str(sentence) for sentence in ticket_words(twins[0])]
    assert said[1].startswith("Twins share one ticket")
    assert said[-1].endswith("anyone can compute it again:")
