"""Where labels stand: never on one another, never on a symbol, always where they belong."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.zoning.maps.drawn import overlaps
from zoning.maps.printed_labels import Ask, Room, place_labels, spots_inside

WINDOW = (0.0, 0.0, 300.0, 300.0)


def _asks(shapes: np.ndarray, name: str, *, reach: bool = True) -> list[Ask]:
    return [
        Ask(key=str(n), full=name, short=str(n), size=7, spots=own, inside=shape, reach=reach)
        for n, (shape, own) in enumerate(zip(shapes, spots_inside(shapes), strict=True))
    ]


@given(st.integers(2, 60), st.integers(0, 1000), st.sampled_from(["Zone", "同安合成片区", "A longer name"]))
def test_labels_lie_in_bounds_and_on_no_other_label_or_symbol(n: int, seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 300, (n, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(places)))
    cells = shapely.intersection(cells, shapely.box(*WINDOW))
    cells = cells[shapely.area(cells) > 0]
    symbols = np.hstack([places - 2, places + 2])
    room = Room(bounds=WINDOW)
    room.take(symbols)
    labels = place_labels(_asks(cells, name), room)
    boxes = np.array([one.box for one in labels.values()]).reshape(-1, 4)
    assert overlaps(boxes) == []
    assert not any(
        overlaps(np.vstack([box, symbols]))[:1] and overlaps(np.vstack([box, symbols]))[0][0] == 0
        for box in boxes
    )
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= 300).all()
    for key, label in labels.items():
        if label.whole:
            assert cells[int(key)].covers(shapely.box(*label.box))


def test_a_name_stands_inside_and_a_number_where_it_has_no_room() -> None:
    shapes = np.array([shapely.box(0, 0, 100, 50), shapely.box(100, 0, 112, 50)])
    labels = place_labels(_asks(shapes, "Great Falls"), Room(bounds=WINDOW))
    assert labels["0"].lines == ("Great Falls",)
    assert labels["1"].lines == ("1",)
    assert not labels["1"].whole


def test_a_name_of_two_words_stands_in_two_lines_where_one_is_too_wide() -> None:
    shapes = np.array([shapely.box(0, 0, 32, 40)])
    assert place_labels(_asks(shapes, "Great Falls"), Room(bounds=WINDOW))["0"].lines == ("Great", "Falls")


def test_a_line_leads_to_what_is_too_small_for_a_number_and_crosses_no_label() -> None:
    shapes = np.array([shapely.box(100, 100, 102, 102), shapely.box(103, 100, 105, 102)])
    labels = place_labels(_asks(shapes, "Great Falls"), Room(bounds=WINDOW))
    assert labels["0"].leads_to == (101.0, 101.0) or labels["0"].leads_to is not None
    lines = {
        key: shapely.LineString([one.middle, one.leads_to]) for key, one in labels.items() if one.leads_to
    }
    for key, line in lines.items():
        others = [shapely.box(*one.box) for other, one in labels.items() if other != key]
        assert not any(line.intersects(box) for box in others)


def test_what_finds_no_room_is_left_out() -> None:
    shapes = np.array([shapely.box(100, 100, 102, 102)])
    room = Room(bounds=WINDOW)
    room.take([(0, 0, 300, 300)])
    assert place_labels(_asks(shapes, "Great Falls"), room) == {}
    assert place_labels(_asks(shapes, "Great Falls", reach=False), Room(bounds=WINDOW)) == {}


def test_spots_lie_inside_their_polygon_also_where_it_is_bent() -> None:
    bent = shapely.Polygon([(0, 0), (90, 0), (90, 90), (80, 90), (80, 10), (0, 10)])
    spots = spots_inside(np.array([bent]))[0]
    assert len(spots) >= 9
    assert shapely.covers(bent, shapely.points(spots)).all()


def test_a_line_ends_at_the_symbol_that_is_named() -> None:
    room = Room(bounds=WINDOW)
    room.take([(98, 98, 102, 102), (80, 92, 94, 108), (106, 92, 120, 108), (80, 80, 120, 97)])
    ask = Ask(key="a", full="School", short="", size=7, spots=np.array([[115.0, 100.0]]), at=(100.0, 100.0))
    label = place_labels([ask], room)["a"]
    assert label.leads_to == (100.0, 100.0)
    assert not any(first == 0 for first, _ in overlaps(np.vstack([[label.box], room.boxes[:4]])))
