"""The paper of official documents: sizes, margins, faces and lines, in Chinese and in English.

References
----------
GB/T 9704-2012, Layout key for official document of Party and government organs (党政机关公文格式):
5.1 A4; 5.2.1 white margins of 37 mm above and 28 mm at the binding, a text area of 156 × 225 mm; 5.2.2 body
in 三号仿宋; 5.2.3 22 lines a page and 28 characters a line; 7.2.5 the document's number, 7.2.6 the
signer, 7.2.7 the red rule below them; 7.3.1 the title in 二号小标宋, centred; 7.3.3 paragraphs begin
two characters in, levels are 一、 in 黑体, （一） in 楷体, 1. and （1） in 仿宋; 7.3.4 and 7.3.7 annexes;
7.3.5 the deciding body and the date; 7.4 the imprint between rules of 0.35 mm and 0.25 mm, in 四号仿宋;
7.5 page numbers in half-width 四号宋体 between dashes, 7 mm below the text area, one character in from
the right on odd pages and from the left on even ones; 8 tables laid across.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geodata.messages import Lang

A4_MM = (210.0, 297.0)
TEXT_MM = (156.0, 225.0)
TWIPS_MM = 1440 / 25.4
POINTS_MM = 72 / 25.4
LINES, CHARACTERS = 22, 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """The margins of a page in mm, and how far head and foot stand from its edges."""

    top: float
    bottom: float
    left: float
    right: float
    head: float
    foot: float


UPRIGHT = Margins(top=37, bottom=35, left=28, right=26, head=15, foot=25)
"""A page number 5 mm high that ends 25 mm above the edge has its dash 7 mm below the text (7.5)."""
ACROSS = Margins(top=28, bottom=26, left=35, right=37, head=12, foot=16)
"""The same page turned, its head at the binding (clause 8)."""

TITLE_PT, BODY_PT, PAGE_PT, TABLE_PT, HEAD_PT = 22.0, 16.0, 14.0, 10.5, 9.0
"""二号, 三号, 四号, 五号, 小五."""
LINE_PT = TEXT_MM[1] * POINTS_MM / LINES
"""The fixed height of a line of the body, a little under 29 points."""
TABLE_SIZES = ((False, TABLE_PT), (False, 9.0), (True, TABLE_PT), (True, 9.0), (True, 7.5), (True, 6.5))
"""The sizes of type in which a table is tried, with whether it is laid across."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """The names of the typefaces by their part; nothing is embedded, Word takes what its machine has."""

    body: str
    title: str
    first: str
    second: str
    page: str
    table: str
    english: bool

    def latin(self, face: str) -> str:
        """Return the face of Latin letters and digits beside a Chinese face."""
        return "Times New Roman" if self.english else face


FACES: Mapping[Lang, Faces] = {
    "zh": Faces(
        body="仿宋_GB2312",
        title="方正小标宋简体",
        first="黑体",
        second="楷体_GB2312",
        page="宋体",
        table="仿宋_GB2312",
        english=False,
    ),
    # names of schools stay Chinese in an English paper
    "en": Faces(
        body="宋体", title="宋体", first="宋体", second="宋体", page="宋体", table="宋体", english=True
    ),
}

INSTEAD: Mapping[str, str] = {
    "仿宋_GB2312": "仿宋",
    "楷体_GB2312": "楷体",
    "方正小标宋简体": "小标宋",
    "黑体": "SimHei",
    "宋体": "SimSun",
}
"""What Word takes where a machine has not the face of the standard, as the table of fonts tells it."""
