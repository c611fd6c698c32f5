"""The legend of the page of a change: what each colour, pattern, line and symbol means."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from geodata.messages import Speaker, say
from zoning.maps.colours import FILLS, colour_keys, span_words
from zoning.maps.compared_ways import FILLS as WAYS
from zoning.maps.compared_ways import WayBands
from zoning.maps.printed_schools import use_classes

NEW, STAYS, TOUCHED, OTHER, MOVED, FLOW, RING = (
    "#0b4f9e",
    "#8d99a5",
    "#d5e4ee",
    "#f3f5f6",
    "#c24e00",
    "#1d5f9a",
    "#6a3d9a",
)
ACROSS, DISTRICT = "#37306b", "#3b4652"
DISTRICT_DASH = "9 3 2 3"
UNKNOWN_USE = {"fill": "#ffffff", "edge": "#5b6875"}
_LINES = {
    # name: (colour of the lines, step, width, turn); yellow has dots
    "red": ("#000000", 5, 1.1, 45),
    "orange": ("#5a2a00", 9, 1.1, -45),
    "none": ("#6b7681", 9, 0.7, 0),
}


_WHITE = '<rect x="8" y="6" width="18" height="12" fill="none" stroke="#fff" stroke-width="3"/>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """An entry of the legend: a small picture and its words."""

    picture: Markup
    words: str


def pattern_defs() -> Markup:
    """Return the patterns and arrow heads that the panes use, as SVG definitions."""
    made = [_lined(name, FILLS[name], *rest) for name, rest in _LINES.items()]
    made.append(
        f'<pattern id="xq-yellow" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{FILLS["yellow"]}"/>'
        '<circle cx="4" cy="4" r="1.1" fill="#7a5d00"/></pattern>'
    )
    made.append(
        f'<pattern id="xq-green" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{FILLS["green"]}"/></pattern>'
    )
    made.append(
        '<pattern id="xq-moved" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="7" height="7" fill="#fff" fill-opacity=".35"/>'
        f'<path d="M0 0V7" stroke="{MOVED}" stroke-width="4"/></pattern>'
    )
    for name, colour in (("flows", FLOW), ("districtFlows", ACROSS)):
        for size in (9, 13, 18):
            made.append(
                f'<marker id="xq-head-{name}-{size}" markerUnits="userSpaceOnUse" viewBox="0 0 10 10" '
                f'markerWidth="{size}" markerHeight="{size}" refX="2" refY="5" orient="auto">'
                f'<path d="M0 0L10 5L0 10Z" fill="{colour}" stroke="#fff" stroke-width=".8"/></marker>'
            )
    return Markup("".join(made))  # constants only: nothing from the data


def warning_signs(speak: Speaker) -> list[Sign]:
    """Return the colours of the seat warning, each with its pattern."""
    edge = _svg('<rect x="2" y="2" width="30" height="20" fill="#a31533"/>' + _WHITE)
    changed = Sign(picture=edge, words=speak(say("catchments that change")))
    return [
        Sign(
            picture=_area(f"url(#xq-{key.colour})"),
            words=f"{span_words(speak, key)} {speak(key.meaning)}",
        )
        for key in colour_keys()
    ] + [changed]


def change_signs(speak: Speaker) -> list[Sign]:
    """Return how the zones look where their change is shown."""
    return [
        Sign(picture=_area(TOUCHED, NEW, 2.0), words=speak(say("catchments that change"))),
        Sign(picture=_area(OTHER, STAYS, 1.0), words=speak(say("other catchments"))),
    ]


def layer_signs(speak: Speaker) -> dict[str, list[Sign]]:
    """Return the signs of each layer that can be switched, by its name."""
    uses = [
        Sign(picture=_dot(one.fill, one.edge), words=f"{one.span} {speak(one.meaning)}")
        for one in use_classes()
    ]
    unknown = Sign(
        picture=_dot(UNKNOWN_USE["fill"], UNKNOWN_USE["edge"]), words=speak(say("not known or not told"))
    )
    near = Sign(picture=_line(RING, 2.0), words=speak(say("500 m from a school, in a straight line")))
    far = Sign(picture=_line(RING, 2.0, "6 4"), words=speak(say("1 km from a school, in a straight line")))
    arrow = Sign(
        picture=_arrow(FLOW), words=speak(say("children placed outside their catchment; wider for more"))
    )
    other = Sign(
        picture=_arrow(ACROSS), words=speak(say("children placed in another district; wider for more"))
    )
    return {
        "moved": [Sign(picture=_area("url(#xq-moved)", MOVED, 1.0), words=speak(say("units that move")))],
        "schools": [*uses, unknown],
        "rings": [near, far],
        "flows": [arrow],
        "districtFlows": [other],
        "districts": [
            Sign(picture=_line(DISTRICT, 2.0, DISTRICT_DASH), words=speak(say("border of a district")))
        ],
        "units": [Sign(picture=_line("#4b5a6b", 0.8), words=speak(say("border of a planning unit")))],
    }


def way_signs(bands: WayBands | None, speak: Speaker) -> list[Sign]:
    """Return the colours of the bands of ways, from near to far."""
    if bands is None:
        return []
    return [Sign(picture=_area(fill), words=speak(bands.limit(at))) for at, fill in enumerate(WAYS)]


def _lined(name: str, fill: str, colour: str, step: int, width: float, turn: int) -> str:
    return (
        f'<pattern id="xq-{name}" width="{step}" height="{step}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({turn})"><rect width="{step}" height="{step}" fill="{fill}"/>'
        f'<path d="M0 0V{step}" stroke="{colour}" stroke-opacity=".7" stroke-width="{2 * width}"/>'
        "</pattern>"
    )


def _area(fill: str, stroke: str = "#7b8794", width: float = 0.8) -> Markup:
    return _svg(
        f'<rect x="4" y="4" width="26" height="16" fill="{fill}" stroke="{stroke}" stroke-width="{width}"/>'
    )


def _dot(fill: str, edge: str) -> Markup:
    return _svg(f'<circle cx="17" cy="12" r="7" fill="{fill}" stroke="{edge}" stroke-width="1.5"/>')


def _line(colour: str, width: float, dash: str = "") -> Markup:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return _svg(f'<path d="M3 12H31" stroke="{colour}" stroke-width="{width}"{dashed}/>')


def _arrow(colour: str) -> Markup:
    return _svg(
        f'<path d="M3 15Q13 6 24 11" fill="none" stroke="{colour}" stroke-width="3"/>'
        f'<path d="M22 6L32 13L20 16Z" fill="{colour}"/>'
    )


def _svg(inside: str) -> Markup:
    return Markup(f'<svg width="34" height="24" aria-hidden="true">{inside}</svg>')
