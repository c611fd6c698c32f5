"""How a layer looks in QGIS: a style and the QML that QGIS reads.

Only what QGIS cannot do without is written: a renderer with its symbols, and a label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

Mark = Literal["fill", "line", "marker"]
_OUTLINE = "#4a4f55"
_HALO = "#ffffff"
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A value of a column and its colour.

    Parameters
    ----------
    value : str
        As it stands in the column; "" is every other value.
    label : str
        What the legend says.
    colour : str
        As #rrggbb.
    """

    value: str
    label: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a layer looks.

    Parameters
    ----------
    mark : {"fill", "line", "marker"}
        What its shapes are drawn as.
    colour : str
        As #rrggbb, where there are no categories; "" draws a polygon's outline alone.
    column : str
        The column of the categories; "" if there are none.
    categories : tuple of Category
    label : str
        The column that is written beside each shape; "" if none.
    size_mm : float
        The width of a line or outline, the diameter of a marker.
    opacity : float
        Of a fill, 0 to 1.
    """

    mark: Mark
    colour: str = ""
    column: str = ""
    categories: tuple[Category, ...] = ()
    label: str = ""
    size_mm: float = 0.26
    opacity: float = 0.6


def qml_of(style: Style) -> str:
    """Return a style as a QML document.

    Examples
    --------
    >>> "singleSymbol" in qml_of(Style(mark="line", colour="#0000ff"))
    True
    """
    root = Element(
        "qgis",
        version="3.22",
        styleCategories="Symbology|Labeling",
        labelsEnabled="1" if style.label else "0",
    )
    renderer = SubElement(root, "renderer-v2", forceraster="0", symbollevels="0", enableorderby="0")
    if style.categories:
        _categories(renderer, style)
    else:
        renderer.set("type", "singleSymbol")
        _symbol(SubElement(renderer, "symbols"), "0", style, style.colour)
    if style.label:
        _labels(root, style)
    indent(root, " ")
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return head + tostring(root, encoding="unicode")


def _categories(renderer: Element, style: Style) -> None:
    renderer.set("type", "categorizedSymbol")
    renderer.set("attr", style.column)
    listed, symbols = SubElement(renderer, "categories"), SubElement(renderer, "symbols")
    for number, one in enumerate(style.categories):
        # QGIS takes each symbol for one category only, so that two of one colour need two
        SubElement(
            listed,
            "category",
            value=_NOT_IN_XML.sub("", one.value),
            label=_NOT_IN_XML.sub("", one.label),
            symbol=str(number),
            render="true",
            type="string",
        )
        _symbol(symbols, str(number), style, one.colour)


def _symbol(symbols: Element, name: str, style: Style, colour: str) -> None:
    symbol = SubElement(symbols, "symbol", name=name, type=style.mark, alpha="1", clip_to_extent="1")
    kind, options = _drawn(style, colour)
    layer = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    held = SubElement(layer, "Option", type="Map")
    for key, value in options.items():
        SubElement(held, "Option", name=key, type="QString", value=value)
        SubElement(layer, "prop", k=key, v=value)  # what QGIS before 3.22 reads


def _drawn(style: Style, colour: str) -> tuple[str, dict[str, str]]:
    size = f"{style.size_mm:g}"
    if style.mark == "line":
        return "SimpleLine", {
            "line_color": _rgba(colour),
            "line_width": size,
            "line_width_unit": "MM",
            "line_style": "solid",
        }
    outline = {"outline_color": _rgba(_OUTLINE), "outline_style": "solid", "outline_width_unit": "MM"}
    if style.mark == "marker":
        return "SimpleMarker", {
            "name": "circle",
            "color": _rgba(colour),
            "size": size,
            "size_unit": "MM",
            **outline,
            "outline_color": _rgba(_HALO),
            "outline_width": "0.3",
        }
    return "SimpleFill", {
        "color": _rgba(colour or _HALO, style.opacity),
        "style": "solid" if colour else "no",
        **outline,
        "outline_width": size,
    }


def _labels(root: Element, style: Style) -> None:
    labeling = SubElement(root, "labeling", type="simple")
    settings = SubElement(labeling, "settings", calloutType="simple")
    text = SubElement(
        settings,
        "text-style",
        fieldName=style.label,
        isExpression="0",
        fontSize="9",
        fontSizeUnit="Point",
        textColor=_rgba("#20242a"),
        textOpacity="1",
    )
    SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor=_rgba(_HALO),
        bufferOpacity="1",
    )
    # 1 and 6 are QGIS's own numbers: over the middle of a polygon; around a point, as maps do
    SubElement(settings, "placement", placement="6" if style.mark == "marker" else "1")
    SubElement(settings, "rendering", drawLabels="1", obstacle="1")


def _rgba(colour: str, opacity: float = 1.0) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"
