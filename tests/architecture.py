"""The architecture picture of the READMEs: three layers, and what flows through them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from zoning.web.fonts import font_css

SIZE = (960, 424)
_LANGUAGES = {"en": 0, "zh": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A layer of the code: its package, what it is for (en, zh), and from where to where it is drawn."""

    package: str
    words: tuple[str, str]
    top: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Something made or read: its words (en, zh) and its place; `dark` for what all else comes from."""

    words: tuple[str, str]
    left: int
    top: int
    dark: bool = False

    @property
    def middle(self) -> int:
        return self.top + _HIGH // 2


_WIDE, _HIGH = 164, 48
BANDS = (
    Band(
        package="simulate/",
        words=("what a year does\n(imports go down)", "一年怎样招生\n（只向下引用）"),
        top=12,
        height=196,
    ),
    Band(package="zoning/", words=("where a child belongs", "儿童归哪个片区"), top=220, height=88),
    Band(package="geodata/", words=("what the city is", "城市是什么样"), top=320, height=88),
)
RULES = Box(words=("policy, points\nscenario, seed", "政策·积分办法\n情景·公开种子"), left=176, top=86)
SEASON = Box(
    words=("season, stage by stage\nonce, or in many draws", "逐批次招生\n一次，或多次抽样"),
    left=372,
    top=86,
)
RUN = Box(words=("run folder\n(private)", "运行文件夹\n（不公开）"), left=568, top=86, dark=True)
READ = (
    Box(words=("report, map", "报告·地图"), left=776, top=22),
    Box(words=("verify, explain\namend, compare", "复算·说明\n补录·比较"), left=776, top=86),
    Box(words=("dossier, notice\nleaflets, letters", "听证材料·公告\n告知单·通知书"), left=776, top=150),
)
PLAN = Box(words=("plan, outlines\ndistances, seats", "方案·片区边界\n路程·学位压力"), left=372, top=240)
TABLES = Box(words=("tables, layers\nnotices as text", "数据表·图层\n招生范围文字"), left=176, top=340)
CITY = Box(
    words=("checked city\nin one metric CRS", "查过的城市\n同一平面坐标系"), left=372, top=340, dark=True
)
EXPORT = Box(words=("QGIS, Excel, CSV", "QGIS、Excel、CSV"), left=568, top=340)
BOXES = (RULES, SEASON, RUN, *READ, PLAN, TABLES, CITY, EXPORT)
ACROSS = ((RULES, SEASON), (SEASON, RUN), *((RUN, box) for box in READ), (TABLES, CITY), (CITY, EXPORT))
UP = ((CITY, PLAN), (PLAN, SEASON))

_STYLE = """
html, body { margin: 0; background: #fff; }
.band { fill: #eef3f6; stroke: #c9d6de; }
.box { fill: #fff; stroke: #1d5b79; stroke-width: 1.3; }
.dark { fill: #1d5b79; }
.way { fill: none; stroke: #1d5b79; stroke-width: 1.6; marker-end: url(#head); }
text { font-size: 14px; fill: #1b2a33; }
.onto { fill: #fff; }
.package { font-size: 16px; font-weight: 700; fill: #164257; }
.said { font-size: 13px; fill: #4b5f6b; }
"""


def architecture(lang: str) -> str:
    """Return the picture as a page of HTML with its font in it.

    Parameters
    ----------
    lang : str
        `en` or `zh`.

    Returns
    -------
    str
    """
    which = _LANGUAGES[lang]
    bands = "".join(_band(band, which) for band in BANDS)
    ways = "".join(_across(one, other) for one, other in ACROSS) + "".join(_up(*pair) for pair in UP)
    boxes = "".join(_box(box, which) for box in BOXES)
    font = font_css(bands + boxes).css
    wide, high = SIZE
    head = (
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#1d5b79"/></marker>'
    )
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><style>{font}{_STYLE}</style>'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}">'
        f"<defs>{head}</defs>{bands}{ways}{boxes}</svg></html>"
    )


def _band(band: Band, which: int) -> str:
    said = "".join(
        f'<text class="said" x="26" y="{band.top + 52 + 20 * at}">{escape(line)}</text>'
        for at, line in enumerate(band.words[which].split("\n"))
    )
    return (
        f'<rect class="band" x="12" y="{band.top}" width="936" height="{band.height}" rx="6"/>'
        f'<text class="package" x="26" y="{band.top + 30}">{band.package}</text>{said}'
    )


def _box(box: Box, which: int) -> str:
    lines = box.words[which].split("\n")
    first = box.middle + 5 - 10 * (len(lines) - 1)
    onto = ' class="onto"' if box.dark else ""
    middle = box.left + _WIDE // 2
    words = "".join(
        f'<text{onto} x="{middle}" y="{first + 20 * at}" text-anchor="middle">{escape(line)}</text>'
        for at, line in enumerate(lines)
    )
    shape = "box dark" if box.dark else "box"
    rect = f'<rect class="{shape}" x="{box.left}" y="{box.top}" width="{_WIDE}" height="{_HIGH}" rx="5"/>'
    return rect + words


def _across(one: Box, other: Box) -> str:
    return f'<path class="way" d="M{one.left + _WIDE} {one.middle}L{other.left - 2} {other.middle}"/>'


def _up(one: Box, other: Box) -> str:
    x = one.left + _WIDE // 2
    return f'<path class="way" d="M{x} {one.top}L{x} {other.top + _HIGH + 2}"/>'
