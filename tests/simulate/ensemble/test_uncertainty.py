"""What is uncertain, as a file states it: what is shipped, and every fault with what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata import DataError, XuequError
from geodata.messages import speaker
from simulate.ensemble.market import market_of
from simulate.ensemble.uncertainty import VARY, VARY_NAMES, read_uncertainty
from tests.simulate.ensemble.draw_towns import counted, market, stated
from tests.simulate.town import CHOICES, policy, stage

HEAD = 'title = { zh = "试", en = "a test" }\n'
ORIGIN = 'assumed = true\nreason = { zh = "试", en = "a test" }\n'


def read(folder: Path, text: str, *, origin: str = ORIGIN) -> str:
    """Read a file of one part; return what is wrong with it, or an empty text."""
    path = folder / "uncertain.toml"
    path.write_text(HEAD + text + "\n" + origin, encoding="utf-8")
    try:
        read_uncertainty(path)
    except DataError as error:
        return str(error)
    return ""


def test_what_is_shipped_states_everything_and_says_that_all_of_it_is_assumed() -> None:
    shipped = read_uncertainty()
    assert set(shipped.statements) == set(VARY) - {"tickets"} == set(VARY_NAMES) - {"tickets"}
    for part in shipped.statements.values():
        assert part.assumed
        assert part.source is None
        assert part.reason is not None
        assert part.reason.zh.strip()


def test_a_part_that_is_absent_is_not_stated(tmp_path: Path) -> None:
    path = tmp_path / "u.toml"
    path.write_text(HEAD + '[no_shows]\nothers = 0.1\nsource = "count of 2024"\n', encoding="utf-8")
    assert set(read_uncertainty(path).statements) == {"no-shows"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[counts]\nerrors = 0.1", "unknown key; allowed: source, assumed, reason, error"),
        ("[counts]\nerrors = 0.1", "did you mean error?"),
        ("[count]\nerror = 0.1", "did you mean counts?"),
        ("[counts]\nerror = -0.1", "greater than or equal to 0"),
        ("[counts]\nerror = 1.1", "less than or equal to 1"),
        ("[counts]\nerror = nan", "counts.error"),
        ('[counts]\nerror = "0.1"', "counts.error"),
        ("[counts]\ndispersion = 0.5", "dispersion is 0, or 1 and more"),
        ("[counts]\ndispersion = 101.0", "less than or equal to 100"),
        ("[counts]\ndispersion = nan", "counts.dispersion"),
        ("[counts]\ninterval = 0.0", "counts.interval"),
        ("[counts]\ninterval = 1e-17", "counts.interval"),
        ("[counts]\ninterval = 1.0", "counts.interval"),
        ("[choices]\nnear = 3", "choices.scale_m"),
        ("[choices]\nscale_m = 0.0", "greater than 0"),
        ("[choices]\nscale_m = inf", "finite"),
        ("[choices]\nscale_m = 1.0\npopularity = { S = nan }", "finite"),
        ("[choices]\nscale_m = 1.0\npopularity_sd = inf", "finite"),
        ("[choices]\nscale_m = 1.0\nnear = 0", "choices.near"),
        ("[choices]\nscale_m = 1.0\nmost = { 1 = 0 }", "choices.most.1"),
        ("[choices]\nscale_m = 1.0\nmost = { 1 = 21 }", "choices.most.1"),
        ("[choices]\nscale_m = 1.0\nmost = { first = 2 }", "lists are numbers from 1, not first"),
        ("[choices]\nscale_m = 1.0\nmost = { 0 = 2 }", "lists are numbers from 1, not 0"),
        ("[choices]\nscale_m = 1.0\nmost = { 1 = 2, 01 = 3 }", "lists are numbers from 1, not 01"),
        ('[choices]\nscale_m = 1.0\nmost = { "٣" = 2 }', "lists are numbers from 1, not ٣"),
        ("[no_shows]\nothers = 1.5", "no_shows.others"),
        ("[no_shows]\nshare = { a = -0.5 }", "no_shows.share.a"),
        ("[no_shows]\nafter = 3", "no_shows.after"),
    ],
)
def test_a_fault_names_the_key_and_what_is_allowed(text: str, says: str, tmp_path: Path) -> None:
    assert says in read(tmp_path, text)


@pytest.mark.parametrize(
    ("origin", "says"),
    [
        ("", "either a source, or assumed = true with a reason"),
        ("assumed = true", "what is assumed needs a reason"),
        ('source = "x"\n' + ORIGIN, "either a source, or assumed = true with a reason"),
    ],
)
def test_a_statement_has_a_source_or_is_assumed_with_a_reason(
    origin: str, says: str, tmp_path: Path
) -> None:
    for part in ("counts", "points", "consent", "no_shows"):
        assert says in read(tmp_path, f"[{part}]", origin=origin)


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    found = read(tmp_path, "[counts]\nerror = 2.0\ndispersion = 0.5\n[no_shows]\nothers = 2.0")
    assert "counts.error" in found
    assert "no_shows.others" in found


def test_a_file_that_is_absent_or_no_toml_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_uncertainty(tmp_path / "none.toml")
    assert "this is not TOML" in read(tmp_path, "[counts")


CITY = counted(
    {"Z": ("D", ["S"])},
    {"S": ("D", 0.0, 2)},
    {"U": ("Z", 0.0)},
    [{"unit_id": "U", "category": "a", "children": 3}],
    own_home={},
)
RULES = policy(stage("zone", "a", "own-zone", ["points desc", "ticket"], mechanism=CHOICES))


@pytest.mark.parametrize(
    ("parts", "column", "found", "allowed"),
    [
        ({"no_shows": {"after": "zones"}}, "no_shows.after", "zones", "one of: zone"),
        ({"no_shows": {"share": {"b": 0.1, "a": 0.1}}}, "no_shows.share", "b", "one of: a"),
        (
            {"choices": {"scale_m": 1.0, "popularity": {"S": 1.0, "T": 1.0}}},
            "choices.popularity",
            "T",
            "one of: S",
        ),
    ],
)
def test_names_that_the_city_does_not_have_are_faults(
    parts: dict[str, dict[str, object]], column: str, found: str, allowed: str
) -> None:
    with pytest.raises(DataError) as caught:
        market(CITY, RULES, uncertainty=stated(**parts))
    (fault,) = caught.value.faults
    assert (fault.column, fault.found, speaker("en")(fault.allowed)) == (column, found, allowed)


def test_all_strange_names_are_told_at_once_whatever_is_varied() -> None:
    wrong = stated(
        no_shows={"after": "x", "share": {"y": 0.1}}, choices={"scale_m": 1.0, "popularity": {"z": 1.0}}
    )
    with pytest.raises(DataError) as caught:
        market(CITY, RULES, uncertainty=wrong, vary=("tickets",))
    assert len(caught.value.faults) == 3


def test_a_word_of_vary_that_is_none_is_an_error() -> None:
    with pytest.raises(XuequError, match="nothing to vary is called ticket; there are: tickets, counts"):
        market(CITY, RULES, vary=("ticket",))


def test_what_is_not_stated_or_known_is_not_drawn_and_a_note_says_so() -> None:
    one = market(CITY, RULES, uncertainty=stated(counts={}), vary=("tickets", "counts", "consent"))
    assert one.varied == ("tickets", "counts")
    assert [str(note) for note in one.notes] == [
        "not drawn, since it is known of these children or nothing is stated: consent to coordination"
    ]


def test_choices_that_no_stage_asks_for_are_not_said_to_be_drawn() -> None:
    listed = stated(choices={"scale_m": 100.0})
    assert market(CITY, RULES, uncertainty=listed).varied == ("tickets", "choices")
    fills = policy(stage("zone", "a", "own-zone", ["points desc", "ticket"]))
    assert market(CITY, fills, uncertainty=listed).varied == ("tickets",)
    second = stated(choices={"scale_m": 100.0, "most": {"2": 1}})
    assert market(CITY, RULES, uncertainty=second).varied == ("tickets",)


def test_values_beyond_count_are_refused() -> None:
    fine = {"points": {"mean": 1.0, "sd": 1.0, "low": 0.0, "high": 9.0, "step": 1e-6}}
    city = counted(
        {"Z": ("D", ["S"])},
        {"S": ("D", 0.0, 2)},
        {"U": ("Z", 0.0)},
        [{"unit_id": "U", "category": "a", "children": 3}],
        own_home={},
        points=fine,
    )
    with pytest.raises(DataError, match="a step of which at most 1000000 go from low to high"):
        market(city, RULES)


def test_the_popularity_of_a_school_that_another_scenario_opens_may_be_stated() -> None:
    likes = stated(choices={"scale_m": 1.0, "popularity": {"S": 1.0, "T": 1.0}})
    there = market_of(CITY, RULES, seed="s", uncertainty=likes, elsewhere=["T"])
    assert there.sampler.popularity.tolist() == [1.0]


def test_a_stage_that_a_scenario_leaves_out_hands_its_no_shows_to_the_one_before() -> None:
    without = policy(stage("zone", "a", "own-zone", ["points desc", "ticket"], mechanism=CHOICES))
    late = stated(no_shows={"others": 0.5, "after": "city"})
    order = ["zone", "city"]
    assert market_of(CITY, without, seed="s", uncertainty=late, order=order).sampler.leave_after == 0
    assert market_of(CITY, without, seed="s", uncertainty=late, order=order[::-1]).sampler.leave_after == -1
