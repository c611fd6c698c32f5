"""Polygons: what is wrong with them, mending, fewer vertices, shape, neighbours."""
