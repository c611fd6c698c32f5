"""`xuequ policy check`: each fault by itself, all at once, and none where there is none."""

# ruff: noqa: E501 - a fault stands in one line with what makes it
from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from geodata import DataError
from geodata.messages import speaker
from simulate.points.files import schedule_path, shipped_schedules
from simulate.policy_files import policy_path, read_policy, shipped_policies
from simulate.policy_tools.checking import check_file
from simulate.policy_tools.days import change_days, over_time
from simulate.policy_tools.reach import held_on, walk
from tests.simulate.policy_parts import SOUND, STAGE, checked, edited, faults, warnings

BAD = Path(__file__).parents[1] / "bad" / "policies"
POINTS_LAST = 'claims = [{ who = { category = "points", consents = "city" }'
MORE = 'claims = [{ who = { category = "points" }, where = { schools = "city" }, order = ["ticket"] }]'
ZONE_ID = '[[stage]]\nid = "zone"\ntitle = { zh = "片区", en = "zone" }\nfrom = 2020-01-01'
DISTRICT_ID = '[[stage]]\nid = "district"\ntitle = { zh = "区统筹", en = "district" }\nfrom = 2020-01-01'
CITY_ID = '[[stage]]\nid = "city"\ntitle = { zh = "市统筹", en = "city" }\nfrom = 2020-01-01'
POINTS_ID = 'id = "points"\ntitle = { zh = "积分", en = "points" }\nfrom = 2020-01-01'
CHOICES = 'mechanism = { name = "serial-dictatorship", choose = "choices" }'


def test_the_sound_policy_has_no_fault_and_no_warning(tmp_path: Path) -> None:
    found = checked(tmp_path, SOUND)
    assert (found.faults, found.warnings, found.notes) == ((), (), ())
    assert found.counts == {"category": 2, "pool": 1, "stage": 3}


@pytest.mark.parametrize("name", shipped_policies())
def test_every_shipped_policy_passes(name: str) -> None:
    speak = speaker("en")
    assert [fault.line(speak) for fault in check_file(policy_path(name, Path())).faults] == []


@pytest.mark.parametrize("name", shipped_schedules())
def test_every_shipped_schedule_passes(name: str) -> None:
    speak = speaker("en")
    assert [fault.line(speak) for fault in check_file(schedule_path(name, Path())).faults] == []


# --- single parts


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (("when_full = \"over\"", "when_ful = \"over\""), "stage.1.when_ful: unknown key; allowed: from, until"),
        (('level = "primary"', 'level = "primary"\ncolour = 3'), "column colour: unknown key; allowed: id"),
        (('level = "primary"', 'level = "secondary"'), "column level: found 'secondary'; allowed: 'primary'"),
        (('jurisdiction = "小城"\n', ""), "column jurisdiction: this key is missing"),
        (("precedence = -1", 'precedence = "first"'), "pool.0.precedence: found 'first'; a whole number, wit"),
        (("household = true", 'household = "yes"'), "category.0.household: found 'yes'; true or false, without"),
        (
            (POINTS_ID, POINTS_ID.replace("2020-01-01", '"2020-01-01"')),
            "category.1.from: found '2020-01-01'; a day, without quotes",
        ),
        (
            ('order = ["points desc", "ticket"]', 'order = ["points desc"]'),
            '''stage.2.claims.0.order: found "['points desc']"; an order ends with "ticket"''',
        ),
        (
            ('schools = "other-districts"', 'schools = "other-districts", within_m = "3 km", past_it = "last"'),
            "stage.2.claims.0.where.within_m: found '3 km'; whole metres, a number without a unit: 3000",
        ),
        (('mechanism = "least-travel"', 'mechanism = "lottery"'), "stage.2.mechanism.name: found 'lottery'"),
        (("title = { zh = \"市统筹\", en = \"city\" }", 'title = "city"'), "stage.2.title: found 'city'; a table in { }"),
        (("title = { zh = \"市统筹\", en = \"city\" }", 'title = { zh = "市" }'), "stage.2.title.en: this key is missing"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_in_one_part_is_named_with_its_place(
    tmp_path: Path, edit: tuple[str, str], what: str
) -> None:
    [found] = [line for line in faults(tmp_path, edited(edit)) if "may end" not in line]
    assert what in found


def test_everything_wrong_in_one_part_is_found_at_once(tmp_path: Path) -> None:
    last = SOUND.index('[[stage]]\nid = "city"')
    text = SOUND[:last] + (
        '[[stage]]\nid = "city"\ntitle = { zh = "市", en = "city" }\n'
        "from = 2020-01-01\nuntil = 2019-01-01\nassumed = true\nwhen_ful = 1\ngives = 2\n"
        'mechanism = { name = "serial-dictatorship" }\n'
        'claims = [{ who = { category = "nobody" }, where = { schools = "city", within_m = 3 }, '
        'order = ["height desc", "points desc", "points asc"], pool = "secret" }]\n'
    )
    found = "\n".join(faults(tmp_path, text))
    for what in (
        "stage.2: what is assumed needs a reason",
        "stage.2.until: found '2019-01-01'; until must come after from",
        "stage.2.when_ful: unknown key",
        "stage.2.gives: found '2'; allowed: 'school' or 'zone'",
        "stage.2.mechanism: serial-dictatorship wants choose",
        'within_m and past_it = "last" or "never" belong together',
        "'height desc' is no key",
        'an order ends with "ticket"',
        "points stands twice",
        "stage city: unknown category nobody; declared: household, points",
        "stage city: unknown pool secret",
    ):
        assert what in found, what
    assert len(found.splitlines()) == 11


def test_what_could_not_be_looked_at_is_said(tmp_path: Path) -> None:
    found = checked(tmp_path, edited(('mechanism = "least-travel"', 'mechanism = "lottery"')))
    assert "how the stages follow on one another can be looked at only when" in str(found.notes[0])


def test_an_unknown_key_does_not_hide_what_is_wrong_with_the_whole(tmp_path: Path) -> None:
    found = faults(tmp_path, edited(('when_full = "over"', 'when_ful = "over"')))
    assert ["unknown key" in line for line in found] == [True, False]
    assert "may end without a place" in found[1]


def test_a_file_without_parts_says_which_are_missing(tmp_path: Path) -> None:
    found = "\n".join(faults(tmp_path, 'id = "a"\n'))
    for key in ("title", "jurisdiction", "level", "category", "stage"):
        assert f"column {key}: this key is missing" in found
    found = "\n".join(
        faults(tmp_path, SOUND[: SOUND.index("[[category]]")] + "category = 1\nstage = [2]\n")
    )
    assert "column category: found '1'; a list in [ ]" in found
    assert "column stage.0: a table: [[stage]]" in found


def test_a_file_that_is_no_toml_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this is not TOML"):
        checked(tmp_path, "id = \n")


def test_reading_refuses_with_every_fault_at_once(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    edits = (
        ('category = ["household", "points"]', 'category = ["household", "princes"]'),
        ('release_after = "zone"', 'release_after = "nine"'),
        ('mechanism = "least-travel"', 'mechanism = "least-travel"\nties = "all-over"'),
    )
    path.write_text(edited(*edits), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_policy(path)
    assert len(caught.value.faults) == 3
    for what in ("unknown category princes", "release_after names no stage", "decides every tie by ticket"):
        assert what in str(caught.value)


def test_parts_that_stand_twice_are_all_named(tmp_path: Path) -> None:
    twice = SOUND + SOUND[SOUND.index("[[category]]") :].replace(
        'title = { zh = "片区", en = "zone" }\nfrom = 2020-01-01',
        'title = { zh = "片区", en = "zone" }\nfrom = 2021-01-01',
    )
    found = "\n".join(faults(tmp_path, twice))
    for part in ("category household", "category points", "pool kept", "stage zone", "stage district"):
        assert f"column {part}: {part.split()[1]} stands twice on" in found
    assert "stage zone: zone stands twice on 2021-01-01" in found


def test_the_open_pool_is_not_declared(tmp_path: Path) -> None:
    text = edited(('id = "kept"', 'id = "open"'), ('pool = ["kept", "open"]', 'pool = ["open"]'))
    assert "the pool open is always there" in "\n".join(faults(tmp_path, text))


# --- the whole: entry


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (SOUND + STAGE.replace('"points" }', '"points", zone = [] }'), "nobody can enter it: the list zone is em"),
        (SOUND + STAGE.replace('"points"', "[]"), "nobody can enter it: the list category is empty"),
        (SOUND + STAGE.replace("mechanism", "districts = []\nmechanism"), "the list districts is empty"),
        (SOUND + STAGE.replace('"city" }', '"city", kinds = [] }'), "the list kinds is empty"),
        (
            SOUND + STAGE.replace('"points" }', '"points", rank = { order = ["ticket"], at_most = 0 } }'),
            "nobody can enter it: at_most = 0 lets nobody through",
        ),
        (
            SOUND + STAGE.replace('"points" }', '"points", given = "zone" }'),
            'nobody can enter it: given = "zone", and no earlier stage gives them a zone',
        ),
        (
            SOUND + STAGE.replace('"points" }', '"points", consents = "city" }'),
            "nobody can enter it: an earlier stage has decided on all of them: city",
        ),
        (
            edited(('category = ["household", "points"]', 'category = ["household", "points"], status = "late"')),
            "stage zone: nobody can enter it: it is the first stage, and nobody arrives late before it",
        ),
        (
            edited(('category = ["household", "points"]', 'category = ["household", "points"], status = "declined"')),
            "stage zone: nobody can enter it: no earlier stage gives a place that could be declined",
        ),
    ],
)  # fmt: skip
def test_a_stage_that_nobody_can_enter_is_a_fault(tmp_path: Path, text: str, what: str) -> None:
    assert what in "\n".join(faults(tmp_path, text))


def test_district_coordination_that_ends_it_leaves_nobody_for_the_city(tmp_path: Path) -> None:
    # who consents to the city consents to the district too: all of them were decided on there
    ends = STAGE.replace('id = "more"', 'id = "ends"').replace(
        '"points" }', '"points", consents = "district" }'
    )
    ends = ends.replace("mechanism", 'when_full = "not-admitted"\nmechanism')
    before = SOUND.index('[[stage]]\nid = "city"')
    text = SOUND[:before] + ends.lstrip() + "\n" + SOUND[before:]
    assert (
        "stage city: nobody can enter it: an earlier stage has decided on all of them: ends"
        in "\n".join(faults(tmp_path, text))
    )


def test_who_declined_or_came_late_can_enter_after_the_end(tmp_path: Path) -> None:
    for status in ("declined", "late"):
        more = STAGE.replace('"points" }', f'"points", status = "{status}" }}')
        assert faults(tmp_path, SOUND + more) == []


def test_a_gate_leaves_children_for_what_follows(tmp_path: Path) -> None:
    gate = edited(('consents = "city"', 'rank = { order = ["ticket"], at_most = 5 }'))
    assert faults(tmp_path, gate + STAGE) == []


def test_a_claim_that_nobody_can_be_in_is_named_by_its_number(tmp_path: Path) -> None:
    two = MORE.replace("]\n", "]").replace("}]", '}, { who = { category = "points", given = "zone" }, '
                                           'where = { schools = "city" }, order = ["ticket"] }]')  # fmt: skip
    found = faults(tmp_path, SOUND + STAGE.replace(MORE, two))
    assert 'stage more: nobody can be in its claim 2: given = "zone"' in "\n".join(found)


def test_a_stage_that_nobody_can_enter_from_some_day_on_is_a_warning(tmp_path: Path) -> None:
    # from 2024 on an earlier stage ends it for all points children
    ends = STAGE.replace('id = "more"', 'id = "ends"').replace("2020-01-01", "2024-01-01")
    ends = ends.replace("mechanism", 'when_full = "not-admitted"\nmechanism')
    before = SOUND.index('[[stage]]\nid = "city"')
    text = SOUND[:before] + ends.lstrip() + "\n" + SOUND[before:]
    assert faults(tmp_path, text) == []
    [warning] = warnings(tmp_path, text)
    assert "stage city: from 2024-01-01 on nobody can enter it: an earlier stage has decided" in warning


def test_a_claim_whose_dates_lie_outside_its_stage_is_a_fault(tmp_path: Path) -> None:
    edit = ('order = ["points desc", "ticket"]', 'order = ["points desc", "ticket"], until = 2019-01-01')
    assert "stage city: claim 1 never holds" in "\n".join(faults(tmp_path, edited(edit)))


def test_a_stage_of_planned_claims_alone_is_a_fault(tmp_path: Path) -> None:
    edit = ('order = ["points desc", "ticket"]', 'order = ["points desc", "ticket"], expected = true')
    found = "\n".join(faults(tmp_path, edited(edit)))
    assert "stage city: nobody can enter it: all of its claims are planned" in found


def claims_of(where: str) -> str:
    """Return two claims of a draw, the second one as given."""
    first = '{ who = { category = "household" }, where = { schools = "own-zone" }, order = ["ticket"] }'
    second = f'{{ who = {{ category = "points" }}, where = {{ schools = "own-zone"{where} }}, order = ["ticket"] }}'
    return f'mechanism = "random-seats"\nclaims = [{first}, {second}]\n'


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (
            ', kinds = ["public"]',
            "random-seats draws the same schools for all of its claims: the same kinds",
        ),
        (', within_m = 500, past_it = "never"', "random-seats draws a whole zone for all of its children"),
    ],
)
def test_a_draw_is_of_the_same_schools_for_all_of_its_children(
    tmp_path: Path, where: str, what: str
) -> None:
    start = SOUND.index("mechanism", SOUND.index('id = "zone"\ntitle'))
    end = SOUND.index('[[stage]]\nid = "district"')
    drawn = SOUND[:start] + claims_of(where) + SOUND[end:]
    [found] = [line for line in faults(tmp_path, drawn) if "pool kept" not in line]
    assert found.startswith(f"column stage zone: {what}")
    with pytest.raises(DataError, match=what):
        read_policy(tmp_path / "policy.toml")
    fair = SOUND[:start] + claims_of("") + SOUND[end:]
    assert [line for line in faults(tmp_path, fair) if "pool kept" not in line] == []


# --- the whole: dates


def test_a_category_without_any_stage_is_a_fault(tmp_path: Path) -> None:
    text = SOUND.replace('category = ["household", "points"]', 'category = "household"')
    text = text.replace(POINTS_LAST, 'claims = [{ who = { category = "household", consents = "city" }')
    assert "category points: it has nowhere to go: no stage is for it on any day" in "\n".join(
        faults(tmp_path, text.replace('when_full = "not-admitted"\n', ""))
    )


def test_a_category_whose_stages_have_ended_is_a_fault(tmp_path: Path) -> None:
    until = "\nuntil = 2024-09-01"
    text = edited((ZONE_ID, ZONE_ID + until), (CITY_ID, CITY_ID + until))
    assert "category points: it has nowhere to go from 2024-09-01 on" in "\n".join(faults(tmp_path, text))
    ended = edited((POINTS_ID, POINTS_ID + until), text=text)
    assert [line for line in faults(tmp_path, ended) if "nowhere" in line] == []


def test_a_category_that_is_older_than_its_stages_is_a_warning(tmp_path: Path) -> None:
    text = edited((POINTS_ID, POINTS_ID.replace("2020", "2018")))
    assert faults(tmp_path, text) == []
    [warning] = warnings(tmp_path, text)
    assert "no stage is for it from 2018-01-01 to 2020-01-01" in warning


def test_days_between_two_versions_are_a_warning_unless_a_reason_says_so(tmp_path: Path) -> None:
    second = "\n" + SOUND[SOUND.index('[[stage]]\nid = "city"') :].replace("2020-01-01", "2023-01-01")
    text = edited((CITY_ID, CITY_ID + "\nuntil = 2022-01-01")) + second
    assert faults(tmp_path, text) == []
    [warning] = warnings(tmp_path, text)
    assert "stage city: nothing holds from 2022-01-01 to 2023-01-01" in warning
    said = text + 'reason = { zh = "停办一年", en = "suspended for a year" }\n'
    assert warnings(tmp_path, said) == []


def test_days_on_which_nothing_holds_are_a_fault(tmp_path: Path) -> None:
    start = SOUND.index("[[category]]")
    parts = SOUND[start:]
    old = parts.replace("from = 2020-01-01", "from = 2020-01-01\nuntil = 2021-01-01")
    text = SOUND[:start] + old + "\n" + parts.replace("from = 2020-01-01", "from = 2022-01-01")
    assert "stage: no stage holds on 2021-01-01" in "\n".join(faults(tmp_path, text))


def test_a_policy_of_planned_stages_alone_holds_on_no_day(tmp_path: Path) -> None:
    text = SOUND.replace("mechanism =", "expected = true\nmechanism =")
    assert "stage: no stage holds on any day" in "\n".join(faults(tmp_path, text))


# --- the whole: pools


def test_a_pool_released_after_a_stage_that_gives_zones_is_a_fault(tmp_path: Path) -> None:
    gives = '[[stage]]\nid = "zones"\n' + STAGE[STAGE.index("title") :].replace("nearest", "choices")
    gives = gives.replace("mechanism", 'gives = "zone"\nmechanism')
    text = edited(('release_after = "zone"', 'release_after = "zones"')) + "\n" + gives
    assert "pool kept: it is released after a stage that gives zones: zones" in "\n".join(
        faults(tmp_path, text)
    )


def test_a_pool_that_no_claim_uses_is_a_fault(tmp_path: Path) -> None:
    text = edited((', pool = ["kept", "open"]', ""))
    assert "pool kept: no claim gives its seats before they are released" in "\n".join(
        faults(tmp_path, text)
    )


def test_a_pool_that_is_used_only_after_its_release_is_a_fault(tmp_path: Path) -> None:
    late = MORE.replace('order = ["ticket"]', 'order = ["ticket"], pool = ["kept", "open"]')
    text = edited((', pool = ["kept", "open"]', "")) + STAGE.replace(MORE, late)
    assert "pool kept: no claim gives its seats before they are released" in "\n".join(
        faults(tmp_path, text)
    )


def test_a_pool_that_ends_while_a_stage_uses_it_is_a_fault(tmp_path: Path) -> None:
    text = edited(("precedence = -1", "precedence = -1\nuntil = 2024-01-01"))
    found = "\n".join(faults(tmp_path, text))
    assert "stage zone: a stage uses the pool kept, which does not hold on 2024-01-01" in found


def test_a_pool_released_after_a_stage_that_does_not_hold_is_a_fault(tmp_path: Path) -> None:
    text = edited(
        ('release_after = "zone"', 'release_after = "city"'), (CITY_ID, CITY_ID.replace("2020", "2022"))
    )
    found = "\n".join(faults(tmp_path, text))
    assert "pool kept: it is released after a stage that does not hold on 2020-01-01: city" in found


# --- household children


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (('when_full = "over"\n', ""), "when it is full, those left go on, and there is nothing after it"),
        (('choose = "nearest"', 'choose = "choices"'), "it goes by choices, and who filed none gets nothing"),
        (('category = "household" }', 'category = "household", consents = "district" }'), "it takes some of them only (consents)"),
        (('category = "household" }', 'category = "household", zone = "single-school" }'), "it takes some of them only (zone)"),
        (
            ('category = "household" }', 'category = "household", rank = { order = ["ticket"], at_most = 9 } }'),
            "it takes some of them only (rank)",
        ),
        (('"own-district" }', '"own-street" }'), "it takes some of them only (schools)"),
        (('"own-district" }', '"own-district", kinds = ["public"] }'), "it takes some of them only (kinds)"),
        (
            ('"own-district" }', '"own-district", within_m = 3000, past_it = "never" }'),
            "it takes some of them only (within_m)",
        ),
        (
            ('from = 2020-01-01\nsource = "a test"\nwhen_full = "over"',
             'from = 2020-01-01\nsource = "a test"\nwhen_full = "over"\ngives = "school"\ndistricts = ["D"]'),
            "children of districts that no stage names",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_household_children_who_may_end_without_a_place_are_told_with_the_reason(
    tmp_path: Path, edit: tuple[str, str], why: str
) -> None:
    text = edited(edit)
    found = faults(tmp_path, text) + warnings(tmp_path, text)
    [line] = [line for line in found if "may end without a place" in line]
    assert line.startswith(
        "column category household: its children may end without a place (on 2020-01-01)"
    )
    assert why in line


def test_an_end_that_is_not_published_is_a_warning_where_the_last_stage_says_so(tmp_path: Path) -> None:
    says = 'reason = { zh = "额满之后如何未公布", en = "what happens then is not published" }\n'
    text = edited(('when_full = "over"\n', says))
    assert faults(tmp_path, text) == []
    assert len(warnings(tmp_path, text)) == 1
    assert len(faults(tmp_path, edited(('when_full = "over"\n', "")))) == 1


def test_several_stages_may_together_take_all_household_children(tmp_path: Path) -> None:
    single = SOUND[SOUND.index('[[stage]]\nid = "district"') : SOUND.index('[[stage]]\nid = "city"')]
    both = single.replace('"household" }', '"household", zone = "single-school" }') + single.replace(
        '"household" }', '"household", zone = "multi-school" }'
    ).replace('id = "district"', 'id = "rest"')
    assert faults(tmp_path, SOUND.replace(single, both)) == []


def test_a_guarantee_is_an_end_too(tmp_path: Path) -> None:
    text = edited(('when_full = "over"\n', ""), ('"own-district" }', '"own-district" }, guaranteed = true'))
    assert faults(tmp_path, text) == []


def test_household_children_are_not_refused_finally(tmp_path: Path) -> None:
    text = edited(('when_full = "over"', 'when_full = "not-admitted"'))
    assert "and the stage district ends without one for them" in "\n".join(faults(tmp_path, text))


def test_late_household_children_without_a_stage_are_a_warning(tmp_path: Path) -> None:
    text = SOUND + STAGE.replace('"points" }', '"points", status = "late" }')
    [warning] = warnings(tmp_path, text)
    assert "other children who arrive late have a stage" in warning


# --- planned changes


def test_what_a_planned_change_would_break_is_told_as_such(tmp_path: Path) -> None:
    planned = SOUND[SOUND.index('[[stage]]\nid = "district"') : SOUND.index('[[stage]]\nid = "city"')]
    planned = planned.replace("2020-01-01", "2027-01-01\nexpected = true").replace(
        'when_full = "over"\n', ""
    )
    [found] = faults(tmp_path, SOUND + "\n" + planned)
    assert "with the planned change district: its children may end without a place (on 2027-01-01)" in found


# --- the bad files, and what is shown


@pytest.mark.parametrize("path", sorted(BAD.glob("*.toml")), ids=lambda path: path.stem)
def test_a_bad_file_has_the_fault_that_its_first_line_names(path: Path) -> None:
    wanted = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    speak = speaker("en")
    assert wanted in "\n".join(fault.line(speak) for fault in check_file(path).faults)


def test_change_days_are_those_of_all_parts_and_claims() -> None:
    days = change_days(read_policy(policy_path("xiamen-datongchou", Path())))
    assert datetime.date(2024, 4, 15) in days
    assert days == sorted(set(days))


def test_what_is_found_follows_from_the_day(tmp_path: Path) -> None:
    policy = read_policy(policy_path("xiamen-datongchou", Path()))
    assert list(over_time(policy)) == []
    for day in change_days(policy):
        held = held_on(policy, day)
        if held.stage:
            way = walk(held)
            assert all(any(flags) for flags in way.entered)
            assert {c: bool(left.any()) for c, left in way.left.items() if c != "points"} == {
                c.id: False for c in held.category if c.id != "points"
            }


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('kind = "flat"', 'kind = "flt"', "item"),
        ("points = ", "pointz = ", "unknown key"),
    ],
)
def test_a_schedule_is_checked_as_one(tmp_path: Path, old: str, new: str, what: str) -> None:
    text = schedule_path("siming-2023", Path()).read_text(encoding="utf-8")
    found = "\n".join(faults(tmp_path, text.replace(old, new, 1)))
    assert what in found


def test_a_schedule_that_reads_but_makes_no_sense_has_faults(tmp_path: Path) -> None:
    text = schedule_path("siming-2023", Path()).read_text(encoding="utf-8")
    assert faults(tmp_path, text) == []
    unused = (
        '\n[[fact]]\nid = "unused"\ntitle = { zh = "无用", en = "unused" }\n'
        'from = 2020-01-01\nsource = "a test"\nkind = "flag"\n'
    )
    assert "no item and no rule uses this fact" in "\n".join(faults(tmp_path, text + unused))
