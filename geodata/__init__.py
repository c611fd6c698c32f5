"""What the city is: records, schema, readers, datum and the sample city."""

from geodata.city import City, read_city
from geodata.errors import DataError, Fault, NotBuiltYetError, XuequError
from geodata.messages import say, speaker

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
