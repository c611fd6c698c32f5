"""Cells on their way out: values as text, and text that a spreadsheet would take for a formula.

A spreadsheet runs what begins with `=`, `+`, `-` or `@`, full-width too (OWASP, CSV Injection). In a CSV
such a text gets an apostrophe before it, and the reader takes it off again; so does every text that has
apostrophes before such a sign already, so that nothing is lost. Numbers stay as they are. In Excel files
no apostrophe is needed: there a cell says itself that it is text.
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata.cells import as_text

_FORMULA = r"^'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])"
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"


def as_text_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with every value as the text that the readers take for it.

    Parameters
    ----------
    frame : DataFrame, shape (n, columns)
        Without geometry.

    Returns
    -------
    DataFrame of str, shape (n, columns)
        "" is blank; a date is 2024-07-01, a moment with a zone 2024-07-01T08:30:00+08:00, a yes is true, a
        number has as many digits as it needs. Its index is that of `frame`.

    Examples
    --------
    >>> table = pd.DataFrame({"n": [3.0, 0.1], "on": pd.to_datetime(["2024-07-01", None])})
    >>> as_text_columns(table).to_dict("list")
    {'n': ['3', '0.1'], 'on': ['2024-07-01', '']}
    """
    columns = {str(name): _as_text(frame[name]) for name in frame.columns}
    return pd.DataFrame(columns, index=frame.index, dtype="str")


def _as_text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _dates_as_text(values)
    if values.dtype == object or pd.api.types.is_string_dtype(values.dtype):
        shown = (values.map(as_text) if values.dtype == object else values.fillna("")).astype("str")
        # a line end within a cell is one byte, as the reader has it
        return shown.str.replace("\r\n", "\n", regex=False).str.replace("\r", "\n", regex=False)
    array = pa.array(values, from_pandas=True)
    text = pc.fill_null(pc.cast(array, pa.string()), "")
    # by place: a Series would be aligned by its labels, and a table that was sorted or filtered has others
    return pd.Series(text.to_numpy(zero_copy_only=False), index=values.index, dtype="str")


def _dates_as_text(values: pd.Series) -> pd.Series:
    """Return dates without a time, else ISO 8601; a moment with a zone keeps both."""
    if values.dt.tz is not None:
        shown = values.dt.strftime("%Y-%m-%dT%H:%M:%S%z").astype("str").fillna("")
        return shown.str.replace(r"([+-]\d\d)(\d\d)$", r"\1:\2", regex=True)
    whole_days = bool((values.dropna() == values.dropna().dt.normalize()).all())
    shown = values.dt.strftime("%Y-%m-%d" if whole_days else "%Y-%m-%dT%H:%M:%S")
    return shown.astype("str").fillna("")


def looks_like_formula(text: pd.Series) -> pd.Series:
    """Return which texts a spreadsheet might run, shape (n,); numbers are none."""
    return text.str.contains(_FORMULA, regex=True) & ~text.str.contains(_NUMBER, regex=True)


def escape_formulas(text: pd.Series) -> pd.Series:
    """Return texts of which a spreadsheet runs none.

    Examples
    --------
    >>> escape_formulas(pd.Series(["=1+1", "-5", "'=1", "甲"], dtype="str")).tolist()
    ["'=1+1", '-5', "''=1", '甲']
    """
    return text.where(~looks_like_formula(text), "'" + text)


def restore_formulas(text: pd.Series) -> pd.Series:
    """Return texts as they were before `escape_formulas`.

    Examples
    --------
    >>> restore_formulas(pd.Series(["'=1+1", "-5", "''=1", "'甲"], dtype="str")).tolist()
    ['=1+1', '-5', "'=1", "'甲"]
    """
    escaped = text.str.startswith("'") & text.str.contains(_FORMULA, regex=True)
    return text.where(~escaped, text.str[1:])


def restore_frame(cells: pd.DataFrame) -> pd.DataFrame:
    """Return rows of text as they were before they were written, headings too; for the reader of CSV.

    Examples
    --------
    >>> restore_frame(pd.DataFrame({"'=a": ["'-1+1"], "b": ["'甲"]}, dtype="str")).to_dict("list")
    {'=a': ['-1+1'], 'b': ["'甲"]}
    """
    found = cells.copy()
    for name in found.columns:
        if found[name].str.startswith("'").any():
            found[name] = restore_formulas(found[name])
    found.columns = restore_formulas(pd.Series([str(name) for name in found.columns], dtype="str")).tolist()
    return found
