"""The web map: one page that works without a network."""

from zoning.maps.page import draw_map

__all__ = ["draw_map"]
