"""Where a child belongs: plans, outlines, locating, distances, seat pressure, maps."""

from zoning.locate import locate_children
from zoning.outline import outline_zones
from zoning.plan import plan_in, zone_of
from zoning.pressure import demand_by_zone, seats_by_school, zone_pressure
from zoning.travel import Travel, distances_m, travel_of

__all__ = [
    "Travel",
    "demand_by_zone",
    "distances_m",
    "locate_children",
    "outline_zones",
    "plan_in",
    "seats_by_school",
    "travel_of",
    "zone_of",
    "zone_pressure",
]
