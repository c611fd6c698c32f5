"""What a year does: policy, tickets, mechanisms, stages, the run folder, the report, the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulate.instance import match

__all__ = ["match"]


def __getattr__(name: str) -> Any:
    """Import what needs numba when it is first asked for, so that `xuequ --help` is quick."""
    if name == "match":
        from simulate.instance import match

        return match
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
