"""A table on its way in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt
import pandas as pd

from geodata.errors import Fault
from geodata.messages import Text
from geodata.schema import Table


@dataclass(slots=True, kw_only=True)
class Parsed:
    """A table on its way in: values, where each row came from, and what was found on the way."""

    table: Table
    file: str
    frame: pd.DataFrame
    rows: pd.Series
    headings: dict[str, str]
    geometry: npt.NDArray[Any] | None = None
    datum: str | None = None
    faults: list[Fault] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    def fault(
        self, index: int, column: str | None, allowed: Text, remedy: Text | None = None, shape: Any = None
    ) -> None:
        """Add a fault at a row (its position in the frame), with what stands there, and its shape."""
        found = None
        if column is not None and column in self.frame:
            value = self.frame[column].iloc[index]
            found = None if pd.isna(value) else str(value)
        self.faults.append(
            Fault(
                file=self.file,
                row=int(self.rows.iloc[index]),
                column=None if column is None else self.headings.get(column, column),
                found=found,
                allowed=allowed,
                remedy=remedy,
                shape=shape,
                datum=None if shape is None else self.datum,
            )
        )
