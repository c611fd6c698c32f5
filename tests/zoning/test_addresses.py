"""Which unit an address falls under: by the notice's rules, by names, and when nothing is decided.

Short clauses of the notice of Liwan district (2026) stand here as examples; the whole is read elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from geodata import City, DataError, read_city
from tests.tiny import Edit, applicants_of, layer, point, square, write_tiny
from zoning import locate_children, plan_in
from zoning.addresses import HOW, address_book, decided, is_elsewhere, match_addresses, settle_addresses
from zoning.disagreements import disagreement_notes, disagreements

HEAD = "applicant_id,category,unit_id,zone_id,address,lng,lat\n"
TEXTS = {
    "U1": "西村街·广雅社区部分：广雅路27--65号（单号）",
    "U2": "西村街·广雅社区部分：广雅路1号、7--25号（单号）",
    "U3": "西村街·西湾社区",
    "U4": "白鹤洞街·鹤洞社区部分：除鹤洞路255号、257号外。",
    "U5": "海龙街·增滘社区部分：增滘南约1--5号（龙溪中路以北）",
}


def units_of(texts: dict[str, str], names: dict[str, str] | None = None) -> str:
    shapes = {
        "U1": square(0, 0),
        "U2": square(1000, 0),
        "U3": square(1000, 1000),
        "U4": square(-4000, 0),
        "U5": point(-2500, 1500),
    }
    known = names or {}
    return layer(
        *(
            ({"unit_id": unit, "name": known.get(unit, unit), "scope_text": texts.get(unit)}, shape)
            for unit, shape in shapes.items()
        )
    )


def city_of(tmp_path: Path, rows: str = "", **changes: Edit) -> City:
    applicants = applicants_of(HEAD + rows) if rows else {}
    units = {"units": units_of(TEXTS), "districts": ('"东区"', '"荔湾区"')} | changes
    return read_city(write_tiny(tmp_path / "project", **applicants, **units))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return city_of(tmp_path_factory.mktemp("city"))


def matches(city: City, *texts: str | None) -> list[tuple[int, str, str]]:
    found = match_addresses(address_book(city), pd.Series(texts, dtype="str"))
    return list(zip(found["row"], found["unit_id"], found["how"], strict=True))


@pytest.mark.parametrize(
    ("text", "unit", "how"),
    [
        ("西村街广雅路29号", "U1", "number"),
        ("广州市荔湾区西村街道广雅路２９号之一302房", "U1", "with-number"),
        ("广雅路25号", "U2", "number"),
        ("西村街西湾社区3栋", "U3", "community"),
        ("白鹤洞街鹤洞社区鹤洞路254号", "U4", "rest"),
    ],
)
def test_an_address_falls_under_the_unit_whose_rule_holds_it(
    city: City, text: str, unit: str, how: str
) -> None:
    assert matches(city, text) == [(0, unit, how)]


def test_an_open_number_a_wrong_parity_a_blank_and_a_strange_road_fall_under_nothing(city: City) -> None:
    assert matches(city, "广雅路3号", "广雅路28号", "", None, "朝阳路5号") == []


def test_the_rule_is_shown_in_the_words_of_the_notice_and_a_rest_with_its_exceptions(city: City) -> None:
    texts = pd.Series(["广雅路29号", "广雅路9号", "白鹤洞街鹤洞社区鹤洞路254号"])
    rules = match_addresses(address_book(city), texts)["rule"].tolist()
    assert rules == ["广雅路27--65号（单号）", "广雅路 7--25号（单号）", TEXTS["U4"]]


def test_a_condition_is_left_open_and_halves_the_confidence(city: City) -> None:
    found = match_addresses(address_book(city), pd.Series(["增滘南约3号", "广雅路29号"]))
    assert found["undecided"].tolist() == ["龙溪中路以北", ""]
    assert found["confidence"].tolist() == [0.5, 1.0]
    assert decided(found, 2).isna().tolist() == [True, False]


def test_the_more_exactly_a_text_names_the_place_the_higher_its_confidence() -> None:
    values = [how.confidence for how in HOW.values()]
    assert values == sorted(values, reverse=True)
    assert all(0 < value <= 1 for value in values)


def test_every_row_with_the_same_address_gets_the_same_unit_whatever_the_order(city: City) -> None:
    texts = ["广雅路29号", "广雅路25号", "广雅路29号", "朝阳路5号"]
    there = matches(city, *texts)
    assert there == [(0, "U1", "number"), (1, "U2", "number"), (2, "U1", "number")]
    back = matches(city, *texts[::-1])
    assert sorted((3 - row, unit, how) for row, unit, how in back) == there


def test_an_address_that_the_notice_gives_twice_is_matched_twice_and_not_decided(tmp_path: Path) -> None:
    twice = TEXTS | {"U2": "西村街·广雅社区部分：广雅路29号"}
    city = city_of(tmp_path, units=units_of(twice))
    found = match_addresses(address_book(city), pd.Series(["广雅路29号"]))
    assert found["unit_id"].tolist() == ["U1", "U2"]
    assert decided(found, 1).isna().all()


def test_units_without_a_text_go_by_their_name(tmp_path: Path) -> None:
    city = city_of(tmp_path, units=units_of({}, {"U1": "东一小区", "U2": "翠园", "U5": "翠园"}))
    assert matches(city, "东一小区3号楼502") == [(0, "U1", "name")]
    assert matches(city, "翠园3号") == [(0, "U2", "name"), (0, "U5", "name")]
    assert matches(city, "新翠园3号", "东一小巷") == []


def test_an_estate_that_is_named_counts_before_the_community_around_it(tmp_path: Path) -> None:
    city = city_of(tmp_path, units=units_of({"U3": TEXTS["U3"]}, {"U1": "怡福花园"}))
    assert matches(city, "西村街西湾社区怡福花园3号楼") == [(0, "U1", "name")]
    assert matches(city, "西村街西湾社区3栋") == [(0, "U3", "community")]


def test_the_name_of_a_split_community_says_no_part_of_it(tmp_path: Path) -> None:
    city = city_of(tmp_path, units=units_of(TEXTS, {"U1": "西村街·广雅社区/1", "U2": "西村街·广雅社区/2"}))
    assert matches(city, "西村街广雅社区") == []


@pytest.mark.parametrize(
    "text",
    [
        "天河区广雅路29号",
        "北京市海淀区广雅路29号",
        "西村街道广雅路29号",
        "北京市朝阳区翠园3号",
        "浦东新区翠园3号",
    ],
)
def test_an_address_in_another_district_falls_under_nothing(tmp_path: Path, text: str) -> None:
    units = units_of(TEXTS | {"U4": ""}, {"U4": "翠园"})
    city = city_of(tmp_path, units=units)
    there = matches(city, text)
    assert there == ([(0, "U1", "number")] if text.startswith("西村") else [])
    assert is_elsewhere(address_book(city), "", "天河区")
    # without districts, or without their names, none is another
    book = replace(address_book(city), districts=frozenset())
    assert not is_elsewhere(book, "北京市", "天河区")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("荔湾区翠园3号", "U4"),
        ("翠园西区三号楼", "U4"),
        ("高新区翠园3号", "U4"),
        ("西区翠园3号", "U4"),
        ("广州市荔湾区翠园3号", "U4"),
        ("广州市翠园3号", "U4"),
        ("北京市翠园3号", None),
        ("北京市荔湾区翠园3号", None),
    ],
)
def test_the_city_is_known_by_the_name_of_the_project(tmp_path: Path, text: str, unit: str | None) -> None:
    units = units_of(TEXTS | {"U4": ""}, {"U4": "翠园"})
    city = city_of(tmp_path, units=units, xuequ=('name = "小城 Tiny"', 'name = "广州荔湾小学"'))
    assert [found[1] for found in matches(city, text)] == ([] if unit is None else [unit])


def test_the_city_is_known_by_the_names_of_districts(tmp_path: Path) -> None:
    city = city_of(tmp_path, districts=('"东区"', '"广东省广州市荔湾区"'))
    assert matches(city, "北京市广雅路29号", "广州市荔湾区广雅路29号") == [(1, "U1", "number")]


def test_a_phase_of_an_estate_is_left_open_and_halves_the_confidence(tmp_path: Path) -> None:
    city = city_of(tmp_path, units=units_of({}, {"U2": "翠园", "U5": "中山"}))
    found = match_addresses(address_book(city), pd.Series(["翠园西区3号", "翠园二期3幢", "翠园3幢"]))
    assert found["undecided"].tolist() == ["西区", "二期", ""]
    assert found["confidence"].tolist() == [0.45, 0.45, 0.9]
    assert matches(city, "中山3路5号", "中山3号") == [(1, "U5", "name")]


def test_a_letter_that_a_unit_of_its_own_may_have_is_left_open(tmp_path: Path) -> None:
    head = "西村街·广雅社区部分："
    city = city_of(tmp_path, units=units_of({"U1": head + "广雅路29甲号", "U2": head + "广雅路29号"}))
    found = match_addresses(address_book(city), pd.Series(["广雅路29甲号", "广雅路29乙号"]))
    assert found["unit_id"].tolist() == ["U2", "U2"]
    assert found["undecided"].tolist() == ["29甲", ""]
    assert found["confidence"].tolist() == [0.475, 0.95]


def test_an_address_of_two_units_is_not_decided(tmp_path: Path) -> None:
    head = "西村街·广雅社区部分："
    city = city_of(tmp_path, units=units_of({"U1": head + "广雅路29号", "U2": head + "西湾路5号"}))
    found = match_addresses(address_book(city), pd.Series(["西湾路5号广雅路29号", "广雅路29-31号"]))
    assert list(zip(found["row"], found["unit_id"], strict=True)) == [(0, "U1"), (0, "U2"), (1, "U1")]
    assert decided(found, 2).isna().all()


def test_a_unit_in_another_street_than_the_address_names_is_not_meant(tmp_path: Path) -> None:
    streets = "street_id,name\nT1,西村街道\nT2,站前街道\n"
    city = city_of(tmp_path, units=units_of({}, {"U1": "翠园", "U2": "翠园"}))
    tables = dict(city.tables)
    tables["streets"] = pd.DataFrame(
        [row.split(",") for row in streets.splitlines()[1:]], columns=["street_id", "name"]
    )
    tables["units"] = city["units"].assign(street_id=["T1", "T2", None, None, None])
    both = City(project=city.project, tables=tables, metric_crs=city.metric_crs, hashes={})
    assert matches(both, "翠园3号") == [(0, "U1", "name"), (0, "U2", "name")]
    assert matches(both, "站前街道翠园3号") == [(0, "U2", "name")]
    # a street office that the project does not have is another street
    assert matches(both, "石井街道翠园3号", "石井镇翠园3号", "石井街翠园3号") == [
        (2, "U1", "name"),
        (2, "U2", "name"),
    ]


def test_a_child_lives_where_unit_address_point_and_zone_say_in_this_order(tmp_path: Path) -> None:
    at_u3 = "611500,2711500"
    city = city_of(
        tmp_path,
        f"C1,points,U4,,广雅路29号,{at_u3}\n"
        f"C2,points,,,广雅路29号,{at_u3}\n"
        f"C3,points,,,朝阳路5号,{at_u3}\n"
        f"C4,points,,,增滘南约3号,{at_u3}\n"
        "C5,points,,Z3,朝阳路5号,,\n",
    )
    located = locate_children(city, plan_in(city, 2024), city["applicants"]).set_index("applicant_id")
    assert located["unit_id"].fillna("").to_dict() == {
        "C1": "U4",
        "C2": "U1",
        "C3": "U3",
        "C4": "U3",
        "C5": "",
    }
    assert located["zone_id"]["C5"] == "Z3"


def test_a_child_with_nothing_but_an_address_that_decides_nothing_is_a_fault(tmp_path: Path) -> None:
    city = city_of(tmp_path, "C1,points,,,朝阳路5号,,\nC2,points,,,增滘南约3号,,\nC3,points,U1,,,,\n")
    with pytest.raises(
        DataError,
        match=r"applicants, column address: an address that falls under one unit with nothing left open "
        r"\(applicant C1\)[\s\S]*found 'U5'; an address [\s\S]*\(applicant C2\)",
    ) as caught:
        locate_children(city, plan_in(city, 2024), city["applicants"])
    assert "朝阳路" not in str(caught.value)
    assert "C3" not in str(caught.value)


def test_settling_keeps_the_unit_and_drops_the_address(tmp_path: Path) -> None:
    city = city_of(tmp_path, "C1,points,,,广雅路29号,,\nC2,points,U4,,朝阳路5号,,\n")
    settled = settle_addresses(city)
    assert settled["applicants"]["unit_id"].tolist() == ["U1", "U4"]
    assert settled["applicants"]["address"].isna().all()
    assert list(settled["applicants"].columns) == list(city["applicants"].columns)
    assert settle_addresses(settled) is settled
    plan = plan_in(city, 2024)
    pd.testing.assert_frame_equal(
        locate_children(city, plan, city["applicants"]),
        locate_children(settled, plan, settled["applicants"]),
    )


def test_disagreements_name_what_each_says_and_the_zones(tmp_path: Path) -> None:
    city = city_of(
        tmp_path,
        "C1,points,U1,,广雅路29号,610500,2710500\n"  # all agree
        "C2,points,U1,,广雅路25号,,\n"
        "C3,points,U4,,,611500,2711500\n"
        "C4,points,,,广雅路29号,611500,2711500\n"
        "C5,points,U2,,,611000,2710500\n"  # on the border of U1 and U2
        "C6,points,U1,,朝阳路5号,,\n",
    )
    table = disagreements(city, plan_in(city, 2024), city["applicants"])
    assert table.astype(object).where(table.notna(), None).to_numpy().tolist() == [
        ["C2", "U1", "U2", None, "Z1, Z2"],
        ["C3", "U4", None, "U3", "Z2, Z3"],
        ["C4", None, "U1", "U3", "Z1, Z2"],
    ]
    notes = [str(note) for note in disagreement_notes(table)]
    assert notes[0].startswith("3 applicants: unit, address and point do not all say the same (3 of them")
    assert notes[1] == "applicant C2: unit U1, by the address U2, by the point not given"
    assert len(notes) == 4


def test_a_unit_among_several_of_an_address_does_not_disagree_with_it(tmp_path: Path) -> None:
    units = units_of({}, {"U1": "翠园", "U2": "翠园"})
    city = city_of(tmp_path, "C1,points,U2,,翠园3号,,\nC2,points,U4,,翠园3号,,\n", units=units)
    table = disagreements(city, plan_in(city, 2024), city["applicants"])
    assert table[["applicant_id", "by_address"]].to_numpy().tolist() == [["C2", "U1, U2"]]


def test_where_all_agree_or_nothing_is_said_there_is_no_note(tmp_path: Path) -> None:
    city = city_of(tmp_path, "C1,points,U1,,,,\n")
    table = disagreements(city, plan_in(city, 2024), city["applicants"])
    assert len(table) == 0
    assert disagreement_notes(table) == ()


def test_only_the_first_few_disagreements_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    rows = "".join(f"C{number},points,U4,,,611500,2711500\n" for number in range(1, 9))
    city = city_of(tmp_path, rows)
    notes = disagreement_notes(disagreements(city, plan_in(city, 2024), city["applicants"]))
    assert len(notes) == 7
    assert str(notes[-1]) == "3 more like it: xuequ locate lists them all"


@pytest.mark.real_data
def test_liwan_addresses_fall_under_the_school_of_the_notice(real_data: Path) -> None:
    city = read_city(Path(__file__).parent.parent / "projects" / "liwan")
    texts = [
        "西村街广雅路29号",
        "西村街广雅路3号",
        "荔湾区岭南社区",
        "白鹤洞街鹤洞社区鹤洞路254号",
        "鹤洞路255号",
    ]
    found = match_addresses(address_book(city), pd.Series(texts))
    zone = city["plan"].set_index("unit_id")["zone_id"]
    assert found["row"].tolist() == [0, 2, 3, 4]
    assert found["unit_id"].map(zone).tolist() == [
        "广州市第一中学附属环市西路小学（竹苑校区）",
        "广州市真光中学附属培真小学+广州市荔湾区西关培正小学（芳信校区）",
        "广州市真光中学附属鹤洞小学",
        "广东实验中学荔湾学校（第二小学部）",
    ]


@pytest.mark.real_data
def test_liwan_knows_other_districts_lanes_by_numeral_and_longer_names(real_data: Path) -> None:
    city = read_city(Path(__file__).parent.parent / "projects" / "liwan")
    strange = [
        "北京市海淀区环市西路80号",
        "天河区广雅路29号",
        "白云区石井街道广雅路29号",
        "北京市环市西路80号",
    ]
    assert matches(city, *strange) == []
    pairs = {
        "锦汇1街3号": "锦汇一街3号",
        "广雅后街2巷5号": "广雅后街二巷5号",
        "长喜1横巷3号": "长喜一横巷3号",
        "芳彩社区新凯粤湾5号": "芳彩社区芳彩街5号",
    }
    for one, other in pairs.items():
        assert matches(city, one) == matches(city, other) != [], one


@pytest.mark.real_data
def test_every_whole_community_of_liwan_is_found_by_its_name(real_data: Path) -> None:
    city = read_city(Path(__file__).parent.parent / "projects" / "liwan")
    units = city["units"]
    whole = units[units["scope_text"].str.fullmatch(r"[^·：（]+·[^·：（]+社区")]
    whole = whole[~whole["unit_id"].str.contains("/")]
    texts = whole["scope_text"].str.replace("·", "").reset_index(drop=True)
    found = match_addresses(address_book(city), texts)
    assert len(whole) > 150
    assert found["unit_id"].tolist() == whole["unit_id"].iloc[found["row"]].tolist()
    assert len(found) == len(texts), (
        "also 曾巷社区 and 故衣街社区, which are called after a lane and a street"
    )
