"""Plots for the papers: what they show, what they do not tell in public, and that they are sound SVG."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geodata.messages import speaker
from simulate.dossier.html_pictures import inline_svg
from simulate.dossier.model import Picture
from simulate.dossier.plots_distances import plot_distances
from simulate.dossier.plots_flows import plot_flows
from simulate.dossier.plots_scenarios import panels_by_page, plot_panels
from simulate.dossier.plots_schools import plot_class_sizes, plot_utilisation
from simulate.ensemble.page_picture import Dot, Panel
from tests.zoning.maps.drawn import all_of, overlaps, parse, sheet, words_of, written

SAY = speaker("en")
NASTY = "<script>alert(1)</script>"


def _schools(n: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    seats = rng.integers(2, 10, n) * 45
    return pd.DataFrame(
        {
            "school_id": [f"S{at:03d}" for at in range(n)],
            "name": [NASTY, *(f"第{at}小学" for at in range(1, n))],
            "seats": seats,
            "placed": (seats * rng.normal(0.95, 0.1, n)).round(),
            "before": (seats * rng.normal(1.0, 0.1, n)).round(),
        }
    )


def _panel(title: str) -> Panel:
    rows = [
        ("base", None, 120.0, "circle", ""),
        (NASTY, 60.0, 120.0, "diamond", "worse"),
        ("c", 60.0, 90.0, "square", "more"),
        ("d", 50.0, None, "ring", "unclear"),
        ("e", 50.0, 70.0, "ring", "unclear"),
    ]
    dots = tuple(
        Dot(
            y=4.0 + 42 * at,
            name=name,
            full_name=name,
            low=low,
            high=200.0,
            mean=mean,
            fill="#0072b2",
            shape=shape,
            amount="1,234",
            words=words,
        )
        for at, (name, low, mean, shape, words) in enumerate(rows)
    )
    ticks = ((6.0, "0"), (162.0, "500"))
    return Panel(title=title, height=238.0, foot=214.0, left=6.0, right=318.0, dots=dots, ticks=ticks)


def _all(**changes: object) -> dict[str, str]:
    on = sheet(**changes)
    rng = np.random.default_rng(2)
    groups = {name: rng.gamma(2, 500, 300) for name in ("household", NASTY)}
    return {
        "rows": plot_utilisation(_schools(30), on, SAY),
        "many": plot_utilisation(_schools(280), on, SAY),
        "classes": plot_class_sizes(
            pd.DataFrame({"classes": [3, 4], "class_size": [44.2, 52]}),
            on,
            SAY,
            lines=[(45, "standard"), (50, "large")],
        ),
        "distances": plot_distances(groups, on, SAY),
        "flows": plot_flows(["A", NASTY], ["A", NASTY], [[9, 20], [30, 9]], on, SAY),
        "scenarios": plot_panels([_panel("one"), _panel(NASTY), _panel("three")], on, SAY),
    }


def test_every_plot_is_well_formed_refers_to_nothing_and_goes_into_a_page() -> None:
    for name, svg in _all(synthetic=True, title=NASTY).items():
        root = parse(svg)
        assert root[0].text == NASTY
        assert not list(root.iter("{http://www.w3.org/2000/svg}script")), name
        inline_svg(Picture(id="P1", title="", svg=svg, alt=""))
        assert words_of(svg).count("虚构数据 SYNTHETIC") >= 2


def test_the_same_input_makes_the_same_bytes() -> None:
    assert _all() == _all()


def test_no_type_of_a_plot_is_under_seven_points_and_none_is_cut_off() -> None:
    for name, svg in _all().items():
        lines = written(svg)
        assert min(one.size for one in lines) >= 7, name
        assert all(one.box[0] >= -1 and one.box[2] <= 455 for one in lines), name


def test_panels_are_made_smaller_with_type_of_seven_points_left() -> None:
    svg = _all()["scenarios"]
    scale = float(re.search(r"scale\(([\d.]+)\)", svg)[1])  # type: ignore[index]
    sizes = {float(one) for one in re.findall(r'font-size="([\d.]+)"', svg)} - {8.0, 11.0, 7.0}
    assert sizes
    assert min(sizes) * scale >= 7 - 1e-6


def test_a_row_a_school_the_fullest_first_with_its_numbers() -> None:
    table = pd.DataFrame(
        {
            "school_id": ["a", "b", "c"],
            "name": ["A", "B", None],
            "seats": [100, 100, 0],
            "placed": [90, 110, 3],
        }
    )
    words = words_of(plot_utilisation(table, sheet(), SAY)).split("\n")
    assert words.index("B") < words.index("A")
    assert "110%  110/100" in words
    assert "1 schools are not shown: seats not known, or too few children." in words


def test_many_schools_stand_side_by_side_with_a_dot_each_and_names_that_do_not_overlap() -> None:
    svg = plot_utilisation(_schools(280), sheet(), SAY)
    assert len(all_of(svg, "circle")) >= 280
    labels = [one for one in written(svg) if one.halo]
    assert labels
    assert overlaps([one.box for one in labels], slack=0.3) == []
    over = int((_schools(280)["placed"] > _schools(280)["seats"]).sum())
    assert f"over their seats: {over} of 280 schools" in words_of(svg)


def test_a_school_with_few_children_is_not_shown_in_public() -> None:
    table = pd.DataFrame(
        {
            "school_id": ["a", "b"],
            "name": ["A", "B"],
            "seats": [100, 100],
            "placed": [4, 5],
            "before": [50, 3],
        }
    )
    words = words_of(plot_utilisation(table, sheet(public=True), SAY)).split("\n")
    assert "A" not in words
    assert "B" in words
    # the hollow dot of B's few children before is not drawn either
    hollow = [
        one
        for one in all_of(plot_utilisation(table, sheet(public=True), SAY), "circle")
        if one.get("fill") == "#ffffff"
    ]
    assert hollow == []


def test_classes_are_counted_by_size_and_those_over_the_last_standard_are_red() -> None:
    table = pd.DataFrame({"classes": [3, 4, 2, np.nan], "class_size": [45.0, 45.2, 51, 40]})
    svg = plot_class_sizes(table, sheet(), SAY, lines=[(45, "standard"), (50, "large")])
    bars = [one.get("fill") for one in all_of(svg, "rect")]
    assert bars == ["#1d5f9a", "#1d5f9a", "#b2182b"]
    words = words_of(svg).split("\n")
    assert {"3", "4", "2", "standard", "large"} <= set(words)
    assert parse(svg)[1].text == "Map: 9 classes"
    assert "Map: 0 classes" in plot_class_sizes(table.head(0), sheet(), SAY)


def test_curves_rise_to_the_share_that_lives_so_near() -> None:
    svg = plot_distances({"all": np.array([0.0, 1000, 2000, 3000] * 5)}, sheet(), SAY)
    curve = next(
        one
        for one in all_of(svg, "path")
        if one.get("stroke") == "#0072b2" and (one.get("d") or "").count("L") > 50
    )
    places = np.array(
        [[float(v) for v in pair.split(" ")] for pair in (curve.get("d") or "")[1:].split("L")]
    )
    assert (np.diff(places[:, 1]) <= 0).all()
    assert places[0, 1] == pytest.approx(212 - 0.25 * 204)
    assert places[-1, 1] == pytest.approx(8)
    assert {"1.5", "3.0"} <= set(words_of(svg).split("\n"))


def test_groups_of_few_children_are_left_out_in_public_and_unknown_ways_always() -> None:
    groups = {"many": np.full(50, 500.0), "few": np.array([1.0, 2, 3, 4]), "none": np.array([np.nan])}
    words = words_of(plot_distances(groups, sheet(public=True), SAY))
    assert "few\n" not in words
    assert "2 groups are not shown" in words
    assert "1 groups are not shown" in words_of(plot_distances(groups, sheet(), SAY))
    assert "3 groups are not shown" in words_of(
        plot_distances(dict.fromkeys(groups, np.array([])), sheet(), SAY)
    )


def test_how_many_go_farther_than_the_plot_shows_is_said_and_not_told_in_public_where_few() -> None:
    far = {"all": np.r_[np.full(200, 500.0), [90_000.0, 90_000.0]]}
    assert "2 children have farther to go" in words_of(plot_distances(far, sheet(), SAY))
    assert "<5 children have farther to go" in words_of(plot_distances(far, sheet(public=True), SAY))


def test_more_groups_than_colours_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 8 curves"):
        plot_distances({str(n): np.ones(9) for n in range(9)}, sheet(), SAY)


def test_a_matrix_shows_every_count_and_not_the_small_ones_in_public() -> None:
    names, counts = ["A", "B"], [[100, np.int64(4)], [None, 0]]
    words = words_of(plot_flows(names, names, counts, sheet(), SAY)).split("\n")
    assert {"100", "4", "–", "·"} <= set(words)
    public = words_of(plot_flows(names, names, counts, sheet(public=True), SAY)).split("\n")
    assert "<5" in public
    assert "4" not in public
    assert "Counts under five are not told." in public


def test_a_matrix_whose_counts_do_not_fit_its_names_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        plot_flows(["A"], ["A", "B"], [[1]], sheet(), SAY)


def test_panels_are_shared_out_over_pages_of_about_the_same_height() -> None:
    for count in range(40):
        panels = [_panel(f"{n}") for n in range(count)]
        parts = panels_by_page(panels)
        assert [panel for part in parts for panel in part] == panels
        sizes = [len(part) for part in parts]
        assert max(sizes) - min(sizes) <= 2 * len(parts)
        assert all(size % 2 == 0 for size in sizes[:-1])
        for part in parts:
            found = re.search(r'viewBox="0 0 \S+ (\S+)"', plot_panels(part, sheet(), SAY))
            assert found is not None
            # 205 mm at a width of 170 mm for 454
            assert float(found.group(1)) <= 205 / 170 * 454


def test_a_title_that_the_caption_has_is_not_drawn_again() -> None:
    panels, on = [_panel("one")], sheet(title="Scores", subtitle="Town 2024")
    drawn = plot_panels(panels, on, SAY)
    without = plot_panels(panels, replace(on, titled=False), SAY)
    assert f">{on.title}</text>" in drawn
    assert f">{on.title}</text>" not in without
    assert f">{on.subtitle}</text>" in without
    assert f">{on.title}</title>" in without, "it is still its name for a screen reader"
