"""Which rows of the table of seats count for an admission: the level, the year and the entry grade."""

from __future__ import annotations

import pandas as pd

from geodata.project import Project
from geodata.schema import ENTRY_GRADE


def entry_rows(project: Project, seats: pd.DataFrame) -> pd.Series:
    """Return which rows of the table `seats` are of the project's level, year and entry grade."""
    head = project.project
    return (
        (seats["level"] == head.level)
        & (seats["year"] == head.year)
        & (seats["grade"] == ENTRY_GRADE[head.level])
    )
