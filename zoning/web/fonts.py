"""A font for each page: exactly its characters of Noto Sans SC, inside the page.

Many office machines have a Chinese font without the rare characters of place names (漖 滘 塱 埗), and a
server that prints pages often has none at all.
"""

from __future__ import annotations

import base64
import io
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FAMILY = "Xuequ Sans"
_ASCII = "".join(map(chr, range(0x20, 0x7F)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFont:
    """The font of a page.

    Parameters
    ----------
    css : str
        An `@font-face` with the font in it, and rules that use it.
    missing : tuple of str
        Characters that the font does not have; the reader's own fonts show them, if they can.
    """

    css: str
    missing: tuple[str, ...]


def font_css(text: str) -> PageFont:
    """Make the font of a page.

    Parameters
    ----------
    text : str
        Everything that the page may show; ASCII is always in.

    Returns
    -------
    PageFont

    Examples
    --------
    >>> font_css("学区").missing
    ()
    """
    wanted = {ch for ch in set(text) if not _needs_no_shape(ch)} | set(_ASCII)
    known = wanted & _characters()
    data = base64.b64encode(_subset("".join(sorted(known)))).decode("ascii")
    css = (
        f'@font-face{{font-family:"{FAMILY}";font-display:block;'
        f'src:url("data:font/woff2;base64,{data}") format("woff2")}}\n'
        f'html{{font-family:"{FAMILY}","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif}}\n'
        # quotation marks of a Chinese font are as wide as its letters: in English they stand apart
        ":lang(en){font-variant-east-asian:proportional-width}\n"
        # form fields do not inherit their font, and stay without Chinese unless told
        "button,input,select,textarea{font:inherit}\n"
    )
    return PageFont(css=css, missing=tuple(sorted(wanted - known)))


def _needs_no_shape(character: str) -> bool:
    # spaces, controls, line ends, joiners and variation selectors draw nothing of their own
    return unicodedata.category(character) in {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"} or (
        "\N{VARIATION SELECTOR-1}" <= character <= "\N{VARIATION SELECTOR-16}"
    )


def _font_path() -> Path:
    from pylopdf_fonts_zh_cn import sans_path

    return Path(sans_path())


@cache
def _characters() -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(_font_path(), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


@cache
def _subset(characters: str) -> bytes:
    from fontTools import subset

    options: Any = subset.Options()
    options.flavor = "woff2"
    options.hinting = False
    options.layout_features = ["kern", "liga", "locl", "pwid"]
    # the licence wants its notice to travel with the font: copyright, licence, where to find it
    options.name_IDs = [0, 1, 2, 13, 14]
    options.recalc_timestamp = False
    options.bidi_closure = False  # it would add ≤ for every ≥
    font = subset.load_font(str(_font_path()), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    buffer = io.BytesIO()
    subset.save_font(font, buffer, options)
    font.close()
    return buffer.getvalue()
