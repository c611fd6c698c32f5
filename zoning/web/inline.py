"""Put vendored scripts and styles into a page, so that it loads nothing from anywhere.

folium writes links to content delivery networks and has no option against it (folium#1985).
"""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

from geodata.errors import XuequError
from geodata.messages import Text, say

LEAFLET_JS = "https://cdn.jsdelivr.net/npm/leaflet@1.9.4/dist/leaflet.js"
LEAFLET_CSS = "https://cdn.jsdelivr.net/npm/leaflet@1.9.4/dist/leaflet.css"

_ASSETS = Path(__file__).parent.parent / "assets"
_VENDORED = {
    LEAFLET_JS: _ASSETS / "leaflet-1.9.4" / "leaflet.js",
    LEAFLET_CSS: _ASSETS / "leaflet-1.9.4" / "leaflet.css",
}
_SCRIPT = re.compile(r"""<script\b[^>]*?\bsrc=(["'])(.*?)\1[^>]*>\s*</script>""", re.I | re.S)
_LINK = re.compile(r"""<link\b[^>]*?\bhref=(["'])(.*?)\1[^>]*>""", re.I | re.S)
_CSS_URL = re.compile(r"""url\(\s*(["']?)(?!data:|#)(.*?)\1\s*\)""", re.I)
_CSS_LOAD = re.compile(r"""(?:url\(|@import)\s*["']?\s*(?!data:|#|url\()([^"')\s;]+)""", re.I)
_SOURCE_MAP = re.compile(r"^\s*(//# sourceMappingURL=.*|/\*# sourceMappingURL=.*\*/)$", re.M)
_LOADING = {"src", "srcset", "poster", "data", "background", "action", "formaction", "manifest"}


def inline_assets(html: str) -> str:
    """Replace each script and style sheet that a page links to by its vendored text.

    Parameters
    ----------
    html : str
        A whole page, as folium or a template renders it.

    Returns
    -------
    str
        The page, which loads nothing.

    Raises
    ------
    XuequError
        If the page links to something that is not vendored, or would load anything else.

    Examples
    --------
    >>> page = inline_assets(f'<script src="{LEAFLET_JS}"></script>')
    >>> loads_of(page)
    []
    """
    page = _SCRIPT.sub(lambda match: f"<script>{_script(match.group(2))}</script>", html)
    page = _LINK.sub(lambda match: f"<style>{_style(match.group(2))}</style>", page)
    left = loads_of(page)
    if left:
        raise XuequError(_not_vendored(left[0]))
    return page


def loads_of(html: str) -> list[str]:
    """Return the addresses that a page would load of itself; links that a reader follows do not count.

    Notes
    -----
    What a script asks for cannot be read off its text: `content_policy` forbids it in the browser.

    Examples
    --------
    >>> loads_of('<a href="https://x.cn/">source</a><img src="https://x.cn/a.png">')
    ['https://x.cn/a.png']
    """
    reader = _LoadReader()
    reader.feed(html)
    reader.close()
    return reader.found


def content_policy(tiles: str | None = None) -> str:
    """Return the `<meta>` that makes the browser refuse every load but inlined data and map tiles.

    Parameters
    ----------
    tiles : str, optional
        A tile address such as `https://{s}.tiles.cn/{z}/{x}/{y}.png`; its host may then be asked for
        pictures, and for nothing else.

    Raises
    ------
    XuequError
        If the tile address is not an http(s) address with `{x}`, `{y}` and `{z}`.

    Examples
    --------
    >>> "https://*.tiles.cn" in content_policy("https://t{s}.tiles.cn/{z}/{x}/{y}.png")
    True
    """
    pictures = "data:" if tiles is None else f"data: {_origin(tiles)}"
    rules = (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        f"font-src data:; img-src {pictures}; base-uri 'none'; form-action 'none'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}">'


def script_safe(code: str) -> str:
    r"""Return JavaScript that can stand between script tags: `</script` in it ends nothing.

    Examples
    --------
    >>> script_safe("x = '</script>'")
    "x = '<\\/script>'"
    """
    return re.sub(r"<(/script|!--)", lambda m: "<\\" + m.group(1), code, flags=re.I)


def _script(url: str) -> str:
    return script_safe(_SOURCE_MAP.sub("", _vendored(url).read_text(encoding="utf-8")).strip())


def _style(url: str) -> str:
    path = _vendored(url)

    def picture(match: re.Match[str]) -> str:
        data = base64.b64encode((path.parent / match.group(2)).read_bytes()).decode("ascii")
        return f'url("data:image/png;base64,{data}")'

    return _CSS_URL.sub(picture, path.read_text(encoding="utf-8")).strip()


def _vendored(url: str) -> Path:
    if url not in _VENDORED:
        raise XuequError(_not_vendored(url))
    return _VENDORED[url]


def _not_vendored(url: str) -> Text:
    return say("the page would load {url}, which is not vendored in zoning/assets", url=url)


def _origin(tiles: str) -> str:
    match = re.match(r"""(https?)://([\w.:{}-]+)/[^\s"'<>;,]*$""", tiles)
    if match is None or not all(part in tiles for part in ("{x}", "{y}", "{z}")):
        raise XuequError(
            say(
                "map.tiles is {found}: an http(s) address with {parts} is needed",
                found=repr(tiles),
                parts="{x}, {y}, {z}",
            )
        )
    labels = match.group(2).split(".")
    # a policy knows a star only as the whole of the leftmost label
    last = max((i for i, label in enumerate(labels) if "{" in label), default=-1)
    host = ".".join(labels) if last < 0 else ".".join(["*", *labels[last + 1 :]])
    return f"{match.group(1)}://{host}"


class _LoadReader(HTMLParser):
    """Collect what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        for name, value in attrs:
            text = (value or "").strip()
            loads = name in _LOADING or (name in ("href", "xlink:href") and tag != "a")
            if loads and text and not text.startswith(("data:", "#")):
                self.found.append(text)
            elif name == "style":
                self.found.extend(_CSS_LOAD.findall(text))
        if tag == "meta" and (dict(attrs).get("http-equiv") or "").lower() == "refresh":
            self.found.append("refresh")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found.extend(_CSS_LOAD.findall(data))
