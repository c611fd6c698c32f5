"""Web pages that hold everything they need: scripts, styles, pictures and fonts."""

from zoning.web.fonts import PageFont, font_css
from zoning.web.inline import content_policy, inline_assets, loads_of

__all__ = ["PageFont", "content_policy", "font_css", "inline_assets", "loads_of"]
