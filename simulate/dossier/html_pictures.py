"""Pictures inside an HTML page: names that clash with no other picture's, nothing that runs or loads."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from simulate.dossier.model import Picture

_XLINK = "{http://www.w3.org/1999/xlink}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_REFUSED = {"script", "style", "foreignObject", "iframe", "animate", "set"}
_URL = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")
_OF_ROOT = ("width", "height", "aria-labelledby", "aria-describedby", "id", "class")


def inline_svg(picture: Picture) -> str:
    """Return the picture's `<svg>` as it stands in a page.

    Parameters
    ----------
    picture : Picture
        Its ids get its own before them; its size is left to the page; its alternative text is its label.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is not well-formed, or holds a script, a style sheet (it would hold for the whole page), or a
        reference to something outside.

    Examples
    --------
    >>> svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g id="a"/><use href="#a"/></svg>'
    >>> inline_svg(Picture(id="M1", title="", svg=svg, alt="2 & 3"))
    '<svg viewBox="0 0 9 9" role="img" aria-label="2 &amp; 3"><g id="M1-a" /><use href="#M1-a" /></svg>'
    """
    try:
        root = ElementTree.fromstring(picture.svg)
    except ElementTree.ParseError as error:
        raise ValueError(f"picture {picture.id} is no well-formed XML: {error}") from error
    if "viewBox" not in root.attrib and {"width", "height"} <= set(root.attrib):
        root.set("viewBox", f"0 0 {_number(root.get('width'))} {_number(root.get('height'))}")
    for name in _OF_ROOT:
        root.attrib.pop(name, None)
    for element in root.iter():
        _make_safe(element, picture.id)
    root.set("role", "img")
    root.set("aria-label", picture.alt)
    return ElementTree.tostring(root, encoding="unicode")


def _make_safe(element: ElementTree.Element, picture: str) -> None:
    """Give an element plain names, and its ids those of its picture."""
    element.tag = element.tag.rpartition("}")[2]
    if element.tag in _REFUSED:
        raise ValueError(f"picture {picture} holds <{element.tag}>, which a page does not take")
    attributes = {
        name.replace(_XLINK, "").replace(_XML, "xml:"): value for name, value in element.attrib.items()
    }
    element.attrib.clear()
    for name, value in attributes.items():
        element.set(name, _own(name, value, picture))


def _own(name: str, value: str, picture: str) -> str:
    if name.lower().startswith("on"):
        raise ValueError(f"picture {picture} holds {name}, which a page does not take")
    if name == "id":
        return f"{picture}-{value}"
    if name == "href":
        if not value.startswith(("#", "data:image/png;")):
            raise ValueError(f"picture {picture} refers to something outside of it")
        return f"#{picture}-{value[1:]}" if value.startswith("#") else value
    own = _URL.sub(lambda match: f"url(#{picture}-{match.group(1)})", value)
    if re.search(r"url\(\s*['\"]?(?!#)", own):
        raise ValueError(f"picture {picture} refers to something outside of it")
    return own


def _number(size: str | None) -> str:
    return re.sub(r"[^0-9.]", "", size or "")
