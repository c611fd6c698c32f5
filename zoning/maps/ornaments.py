"""What stands around a printed map: scale bar, north arrow, legend, list of numbers, foot, marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from geodata.messages import Speaker, say
from zoning.maps.printed_frame import Frame, round_length
from zoning.maps.printed_svg import (
    INK,
    LEADING,
    LINE,
    MARK,
    PLAIN,
    SMALL,
    SOFT,
    Svg,
    fitted,
    group,
    join,
    lines_of_text,
    tag,
    text,
    width_of,
    wrapped,
)

WATERMARK = "虚构数据 SYNTHETIC"
_KEY_WIDTH, _KEY_HEIGHT = 16.0, 9.0
_ROW = 12.0
_BAR_SHARE = 0.24
_NARROWEST_COLUMN = 88.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a printed map says of itself.

    Parameters
    ----------
    id : str
        Unique in the page that the map is put into; its patterns are named after it.
    title, subtitle : str
    date : str
        As shown: of the plan, or of the day when the map was made.
    sources : tuple of str
        Who made the data, under which licence.
    datum : str
        A sentence: in which coordinates the data are, in which the map is drawn.
    synthetic : bool
        Whether the city is made up.
    public : bool
        Whether it may be published: a sketch with coarse borders and room for the approval number.
    height : float
        Of the map at most, in points; a page of A4 has room for 560 with its legend.
    titled : bool
        Whether its title is drawn; not where the page has it as a caption already.
    """

    id: str
    title: str
    subtitle: str = ""
    date: str = ""
    sources: tuple[str, ...] = ()
    datum: str = ""
    synthetic: bool = False
    public: bool = False
    height: float = 430.0
    titled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One entry of a legend: a symbol drawn from (0, 0) to (16, 9), and its words."""

    symbol: Svg
    words: str
    width: float = field(default=_KEY_WIDTH)
    height: float = field(default=_KEY_HEIGHT)


def area_key(words: str, *fills: str, stroke: str = SOFT) -> Key:
    """Return the entry of a filled area; several fills lie on one another (a colour, a pattern)."""
    boxes = [tag("rect", width=_KEY_WIDTH, height=_KEY_HEIGHT, fill=fill) for fill in fills]
    frame = tag("rect", width=_KEY_WIDTH, height=_KEY_HEIGHT, fill="none", stroke=stroke, stroke_width=0.5)
    return Key(symbol=join([*boxes, frame]), words=words)


def line_key(words: str, **attributes: str | float | None) -> Key:
    """Return the entry of a line, by the attributes with which it is drawn."""
    return Key(symbol=tag("path", d="M0 4.5H16", fill="none", **attributes), words=words)


def dot_key(words: str, radius: float, **attributes: str | float | None) -> Key:
    """Return the entry of a round symbol."""
    width, height = max(_KEY_WIDTH, 2 * radius), max(_KEY_HEIGHT, 2 * radius + 2)
    dot = tag("circle", cx=width / 2, cy=height / 2, r=radius, **attributes)
    return Key(symbol=dot, words=words, width=width, height=height)


def scale_bar(frame: Frame, speak: Speaker) -> tuple[Svg, float]:
    """Return a scale bar of a round length, drawn from (0, 0), and its width.

    Four parts in two tones, numbers over its ends and its middle, in metres below one kilometre.
    """
    metres = round_length(_BAR_SHARE * frame.width / frame.factor)
    whole = metres * frame.factor
    parts = [
        tag("rect", x=n * whole / 4, y=11, width=whole / 4, height=3.2, fill=INK if n % 2 == 0 else "#fff")
        for n in range(4)
    ]
    # its length is the one thing here that people measure: the corners have three decimals
    outline = tag(
        "path", d=f"M0 11H{whole:.3f}V14.2H0Z", fill="none", stroke=INK, stroke_width=0.6, class_="scale"
    )
    per, unit = (1000.0, say("km")) if metres >= 1000 else (1.0, say("m"))
    numbers = [text(f"{metres * part / per:g}", whole * part, 8, text_anchor="middle") for part in (0, 0.5)]
    last = text(f"{metres / per:g} {speak(unit)}", whole - 3, 8)
    return group(*parts, outline, *numbers, last, font_size=SMALL), whole + 20


def north_arrow(speak: Speaker) -> Svg:
    """Return an arrow to the north, drawn from (0, 0) to (10, 20)."""
    return join(
        [
            tag(
                "path", d="M5 7L9 20L5 17Z", fill=INK, stroke=INK, stroke_width=0.6, stroke_linejoin="round"
            ),
            tag(
                "path",
                d="M5 7L1 20L5 17Z",
                fill="#fff",
                stroke=INK,
                stroke_width=0.6,
                stroke_linejoin="round",
            ),
            text(speak(say("N")), 5, 5.5, text_anchor="middle", font_size=SMALL),
        ]
    )


def legend(heading: str, keys: Sequence[Key], width: float) -> tuple[Svg, float]:
    """Return a legend drawn from (0, 0), entries side by side as far as they have room, and its height."""
    if not keys:
        return Svg(""), 0.0
    placed: list[Svg] = []
    y = 0.0
    if heading:
        lines = wrapped(heading, PLAIN, width)
        placed.append(lines_of_text(lines, 0, PLAIN, PLAIN, fill=SOFT))
        y = len(lines) * PLAIN * LEADING + 2
    for row in _rows(keys, width):
        high = max(max(key.height + 3, _ROW + (len(lines) - 1) * SMALL * LEADING) for key, lines, _ in row)
        for key, lines, x in row:
            middle = y + high / 2
            place = f"translate({x:.1f} {middle - key.height / 2:.1f})"
            placed.append(group(key.symbol, transform=place))
            first = middle + 0.36 * SMALL - (len(lines) - 1) * SMALL * LEADING / 2
            placed.append(lines_of_text(lines, x + key.width + 5, first, SMALL, font_size=SMALL))
        y += high
    return join(placed), y


def _rows(keys: Sequence[Key], width: float) -> list[list[tuple[Key, list[str], float]]]:
    """Return the entries of a legend row by row, each with its lines of text and where it begins."""
    rows: list[list[tuple[Key, list[str], float]]] = [[]]
    x = 0.0
    for key in keys:
        lines = wrapped(key.words, SMALL, width - key.width - 5)
        wide = key.width + 5 + max((width_of(one, SMALL) for one in lines), default=0.0)
        if x > 0 and x + wide > width:
            x = 0.0
            rows.append([])
        rows[-1].append((key, lines, x))
        x += wide + 12
    return rows


def number_list(heading: str, names: Sequence[tuple[str, str]], width: float) -> tuple[Svg, float]:
    """Return the names that stand as numbers on the map, in columns read downwards, and the height."""
    if not names:
        return Svg(""), 0.0
    first = max(width_of(number, SMALL) for number, _ in names) + 4
    longest = first + max(width_of(name, SMALL) for _, name in names) + 10
    columns = max(1, int(width / max(longest, _NARROWEST_COLUMN)))
    columns = min(max(columns, 2 if width_of("0", SMALL) * 60 < width else 1), len(names))
    each, rows = width / columns, -(-len(names) // columns)
    lines = wrapped(heading, PLAIN, width)
    top = len(lines) * PLAIN * LEADING + 2
    placed: list[Svg] = [lines_of_text(lines, 0, PLAIN, PLAIN, fill=SOFT)]
    for at, (number, name) in enumerate(names):
        x, y = at // rows * each, top + (at % rows) * SMALL * LEADING + SMALL
        placed.append(text(number, x + first - 4, y, font_size=SMALL, text_anchor="end", fill=SOFT))
        placed.append(text(fitted(name, SMALL, each - first - 4), x + first, y, font_size=SMALL))
    return join(placed), top + rows * SMALL * LEADING + 4


def foot(sheet: Sheet, notes: Iterable[str], width: float, speak: Speaker) -> tuple[Svg, float]:
    """Return the lines below a map: notes, datum, sources, date, room for the approval number."""
    said = [*notes]
    if sheet.public:
        said.append(speak(say("Sketch map: borders are generalised; the text of the scope decides.")))
    if sheet.datum:
        said.append(sheet.datum)
    if sheet.sources:
        said.append(speak(say("Sources: {sources}", sources=speak.listed(sheet.sources))))
    if sheet.date:
        said.append(speak(say("Date: {date}", date=sheet.date)))
    if sheet.public:
        said.append(speak(say("Map approval number: ________________")))
    lines = [line for one in said for line in wrapped(one, SMALL, width)]
    rule = tag("path", d=f"M0 0H{width:g}", stroke=LINE, stroke_width=0.6)
    written = lines_of_text(lines, 0, SMALL + 4, SMALL, font_size=SMALL, fill=SOFT)
    return join([rule, written]), 4 + len(lines) * SMALL * LEADING + 2


def heading(sheet: Sheet, width: float, speak: Speaker) -> tuple[Svg, float]:
    """Return the title (if it is drawn) and subtitle, the marks to the right of them, and the height."""
    marks = []
    if sheet.synthetic:
        marks.append(WATERMARK)
    if sheet.public:
        marks.append(speak(say("sketch map")))
    taken = 0.0
    drawn: list[Svg] = []
    for mark in marks:
        wide = width_of(mark, PLAIN) + 8
        taken += wide + 4
        x = width - taken + 4
        drawn.append(
            tag("rect", x=x, y=1.5, width=wide, height=12, rx=2, fill="none", stroke=MARK, stroke_width=0.7)
        )
        drawn.append(text(mark, x + wide / 2, 10.4, text_anchor="middle", fill=MARK))
    if not sheet.titled:
        said = wrapped(sheet.subtitle, PLAIN, width - taken - 4)
        drawn.append(lines_of_text(said, 0, 10.4, PLAIN, fill=SOFT))
        return join(drawn), max(10.4 + len(said) * PLAIN * LEADING - 4, 17.0 if marks else 0.0)
    lines = wrapped(sheet.title, 11, width - taken - 4)
    below = wrapped(sheet.subtitle, PLAIN, width)
    top = 11 + len(lines) * 11 * LEADING
    drawn.append(lines_of_text(lines, 0, 11, 11, font_size=11))
    drawn.append(lines_of_text(below, 0, top - 2, PLAIN, fill=SOFT))
    return join(drawn), top - 11 + len(below) * PLAIN * LEADING + 3


def watermark(width: float, height: float) -> Svg:
    """Return the mark of a made-up city across a picture, so that no part cut out of it goes without."""
    columns = (0.25, 0.75) if width > 300 else (0.5,)
    rows = [(n + 0.5) / max(2, round(height / 120)) for n in range(max(2, round(height / 120)))]
    return group(
        *(
            text(WATERMARK, 0, 0, transform=f"translate({x * width:.1f} {y * height:.1f}) rotate(-24)")
            for y in rows
            for x in columns
        ),
        font_size=17,
        fill=MARK,
        fill_opacity="0.16",
        text_anchor="middle",
        letter_spacing=1,
        aria_hidden="true",
    )


def hatch(id: str, colour: str, *, angle: float, step: float = 4.0, width: float = 1.0) -> Svg:
    """Return a pattern of parallel lines; `fill="url(#id)"` uses it."""
    line = tag("path", d=f"M0 0V{step:g}", stroke=colour, stroke_width=2 * width)
    return _pattern(id, line, step, f"rotate({angle:g})")


def dots(id: str, colour: str, *, step: float = 4.0, radius: float = 0.7) -> Svg:
    """Return a pattern of dots."""
    dot = tag("circle", cx=step / 2, cy=step / 2, r=radius, fill=colour)
    return _pattern(id, dot, step, "rotate(45)")


def _pattern(id: str, inside: Svg, step: float, turn: str) -> Svg:
    return tag(
        "pattern",
        inside,
        id=id,
        width=step,
        height=step,
        patternUnits="userSpaceOnUse",
        patternTransform=turn,
    )
