"""How the cells of the workbook look: numbers by their kind, headings, totals, notes."""

from __future__ import annotations

from typing import Any

from simulate.dossier.model import Column

INK, SOFT, LINE, WASH, ACCENT, MARK = "#1c2630", "#5b6875", "#d9e0e6", "#f4f7f9", "#1d5f75", "#7a1126"
"""The house's colours, as in the report's style sheet."""

_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "font_color": INK},
    "marks": {"bold": True, "font_color": MARK},
    "soft": {"font_color": SOFT},
    "text": {"num_format": "@", "text_wrap": True, "valign": "top"},
    "label": {"font_color": SOFT, "valign": "top"},
    "link": {"font_color": ACCENT, "underline": 1},
    "note": {"font_color": SOFT, "text_wrap": True, "valign": "top", "num_format": "@"},
    "key": {"font_color": SOFT, "num_format": "@"},
    "heading": {
        **{"bold": True, "text_wrap": True, "valign": "vcenter", "num_format": "@"},
        **{"bg_color": WASH, "bottom": 1, "bottom_color": SOFT, "border_color": LINE},
    },
    "group": {
        **{"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "num_format": "@"},
        **{"bg_color": WASH, "bottom": 1, "bottom_color": LINE},
    },
}


def number_format(column: Column) -> str:
    """Return how Excel shows the values of a column.

    Examples
    --------
    >>> [number_format(Column(key="a", title="a", kind=kind)) for kind in ("integer", "share", "metres")]
    ['#,##0', '0.0%', '0.0']
    """
    point = "." + "0" * column.decimals if column.decimals else ""
    formats = {
        "integer": "#,##0",
        "decimal": f"#,##0{point}",
        "share": f"0{point}%",
        "metres": f"0{point}",  # of kilometres
        "year": "0",
        "date": "yyyy-mm-dd",
    }
    return formats.get(column.kind, "@")


class Formats:
    """The formats of one workbook, each made once.

    A class, because xlsxwriter ties a format to its workbook, and every one made enlarges the file.
    """

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Any] = {}

    def look(self, name: str, **more: Any) -> Any:
        """Return a format by the name of its look."""
        return self._of(_LOOKS[name] | more)

    def cell(self, column: Column, *, number: bool, total: bool, form: bool) -> Any:
        """Return the format of a cell in the body of a table.

        Parameters
        ----------
        column : Column
        number : bool
            Whether the cell holds a number or a date; else it is text, also in a column of numbers.
        total, form : bool
            Whether the row is a sum, or one of a form to fill in.
        """
        look: dict[str, Any] = {"num_format": number_format(column) if number else "@", "valign": "top"}
        if column.numeric:
            look["align"] = "right"
        elif not number:
            look["text_wrap"] = True
        if total:
            look |= {"bold": True, "top": 1, "top_color": INK}
        if form:
            look |= {"border": 1, "border_color": LINE}
        return self._of(look)

    def _of(self, look: dict[str, Any]) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(look)
        return self._made[key]
