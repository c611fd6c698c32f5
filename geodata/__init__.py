"""What the city is: records, schema, readers, datum and the sample city."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.errors import DataError, Fault, NotBuiltYetError, XuequError
from geodata.messages import say, speaker

if TYPE_CHECKING:
    from geodata.city import City, read_city

__all__ = [
    "City",
    "DataError",
    "Fault",
    "NotBuiltYetError",
    "XuequError",
    "read_city",
    "say",
    "speaker",
]


def __getattr__(name: str) -> Any:
    """Import what needs geopandas when it is first asked for, so that `xuequ --help` is quick."""
    if name in ("City", "read_city"):
        from geodata import city

        return getattr(city, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
