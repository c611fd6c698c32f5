"""Files that stand in no project: how the command line says to read them, and faults in its words.

The readers say what to declare in xuequ.toml. A file named on the command line has none, so the same
advice is given with the options of `table_options`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from geodata.errors import DataError, Fault, XuequError
from geodata.messages import Text, say
from geodata.reading.files import GEO_SUFFIXES, WORKBOOK_SUFFIXES, read_rows
from geodata.reading.raw import RawTable

# what a reader says, and what takes its place; the fields are those of the first
_IN_OPTIONS = {
    "write the names of the columns in the first row, or declare heading_row in xuequ.toml": say(
        "write the names of the columns in the first row, or give --heading-row on the command line"
    ),
    "if they begin in row {row} and take {n}, declare heading_row = {row} and heading_rows = {n} "
    "in xuequ.toml; heading_row = {here} if they do begin here": say(
        "if they begin in row {row} and take {n}, give --heading-row {row} --heading-rows {n} on the "
        "command line; --heading-row {here} if they do begin here"
    ),
    "put the file there, or correct its path in xuequ.toml": say(
        "put the file there, or correct its path on the command line"
    ),
    "give it its own ending, such as .xlsx or .xls, and name it so in xuequ.toml": say(
        "give it its own ending, such as .xlsx or .xls, and name it so on the command line"
    ),
    'save the file as UTF-8, or declare encoding = "gb18030" for it in xuequ.toml '
    "(Excel in Chinese Windows saves CSV so)": say(
        "save the file as UTF-8, or give --encoding gb18030 (Excel in Chinese Windows saves CSV so)"
    ),
    'declare encoding = "utf-8" for it in xuequ.toml, or save the file so': say(
        "give --encoding utf-8, or save the file in the encoding given"
    ),
    "remove encoding from xuequ.toml: the mark says how the file is to be read": say(
        "leave --encoding out: the mark says how the file is to be read"
    ),
    'write encoding = "{other}" for it in xuequ.toml, or correct the .cpg; look at a name in it '
    "after that": say("give --encoding {other}, or correct the .cpg; look at a name in it after that"),
    'save the file as UTF-8; if it is GB18030 with rare characters, declare encoding = "gb18030" '
    "for it in xuequ.toml": say(
        "save the file as UTF-8; if it is GB18030 with rare characters, give --encoding gb18030"
    ),
    "save it again as GeoPackage, or force encoding in xuequ.toml": say(
        "save it again as GeoPackage, or give --encoding"
    ),
    "save it as GeoPackage, or with shorter names; or force encoding in xuequ.toml": say(
        "save it as GeoPackage, or with shorter names; or give --encoding"
    ),
    "shorten the cell or widen the column; or force encoding in xuequ.toml": say(
        "shorten the cell or widen the column; or give --encoding"
    ),
    "{file}: read as {encoding}, though its bytes could be {other} too; look at a name in it, and if "
    'it is wrong write encoding = "{other}" in xuequ.toml': say(
        "{file}: read as {encoding}, though its bytes could be {other} too; look at a name in it, and if "
        "it is wrong give --encoding {other}"
    ),
    'declare delimiter = "{delimiter}" for it in xuequ.toml': say('give --delimiter "{delimiter}"'),
    "correct sheet in xuequ.toml": say("correct --sheet"),
    'name one, such as sheet = "Sheet1", in xuequ.toml': say("name one, such as --sheet Sheet1"),
    'name one, such as sheet = "{sheet}", in xuequ.toml': say('name one, such as --sheet "{sheet}"'),
    "correct layer = in xuequ.toml": say("correct --layer"),
    "layer = in xuequ.toml, for the file has several: {layers}": say(
        "--layer, for the file has several: {layers}"
    ),
    "write layer = with the name of one": say("give --layer with the name of one"),
    "an archive with one layer, or layer = in xuequ.toml; it has: {layers}": say(
        "an archive with one layer, or --layer; it has: {layers}"
    ),
    "write layer = with the name of one, without its ending": say(
        "give --layer with the name of one, without its ending"
    ),
    "leave its .prj out: the datum stands in xuequ.toml; or save it again as GeoPackage": say(
        "leave its .prj out: the command line names the datum; or save it again as GeoPackage"
    ),
    "{file}: declares {crs} in a crs member, as GeoJSON did before 2016; it is compared with the datum "
    "in xuequ.toml": say(
        "{file}: declares {crs} in a crs member, as GeoJSON did before 2016; it is compared with the datum "
        "that the command line names"
    ),
    "the datum declared in xuequ.toml, {datum}": say("the datum that --datum names, {datum}"),
    "declare the datum that the layer really has": say(
        "give --datum with the one that the layer really has, such as --datum EPSG:4548"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """How a file is to be read, as the command line says it.

    Parameters
    ----------
    layer, sheet : str, optional
        Which layer of a file, which sheet of a workbook.
    heading_row : int, optional
        The row of the (first) heading, counted from 1.
    heading_rows : int
        How many rows the headings take.
    encoding : {"auto", "utf-8", "gb18030", "gbk"}
    delimiter : str
        One character.
    """

    layer: str | None = None
    sheet: str | None = None
    heading_row: int | None = None
    heading_rows: int = 1
    encoding: str = "auto"
    delimiter: str = ","


def read_loose(path: Path, options: TableOptions) -> RawTable:
    """Read a file that the command line names.

    Parameters
    ----------
    path : Path
    options : TableOptions

    Returns
    -------
    RawTable
        With notes that name options, not xuequ.toml.

    Raises
    ------
    DataError
        As `read_rows`, with remedies that name options.
    XuequError
        If an option is of no use for this kind of file.
    """
    _raise_on_useless(path, options)
    with in_options():
        raw = read_rows(
            path,
            layer=options.layer,
            sheet=options.sheet,
            heading_row=options.heading_row,
            heading_rows=options.heading_rows,
            encoding=options.encoding,
            delimiter=options.delimiter,
        )
    return replace(raw, notes=tuple(_reworded(note) for note in raw.notes))


def _raise_on_useless(path: Path, options: TableOptions) -> None:
    """Refuse an option that says where to look in a file that has no such place."""
    suffix = path.suffix.lower()
    if options.sheet is not None and suffix not in WORKBOOK_SUFFIXES:
        raise XuequError(say("--sheet goes with a workbook; {file} is none", file=path.name))
    headings = options.heading_row is not None or options.heading_rows != 1
    if headings and suffix in GEO_SUFFIXES:
        raise XuequError(
            say("--heading-row and --heading-rows go with a table; {file} is a layer", file=path.name)
        )


@contextmanager
def in_options() -> Iterator[None]:
    """Say faults of a file that stands in no project in the words of the command line.

    Examples
    --------
    >>> with in_options():
    ...     read_rows(Path("none.csv"))
    Traceback (most recent call last):
    geodata.errors.DataError: faults in the data (1):
      none.csv: the file cannot be read: No such file or directory. To do: put the file there, or correct \
its path on the command line
    """
    try:
        yield
    except DataError as error:
        raise DataError(_reworded_fault(fault) for fault in error.faults) from error


def _reworded_fault(fault: Fault) -> Fault:
    remedy = None if fault.remedy is None else _reworded(fault.remedy)
    return replace(fault, allowed=_reworded(fault.allowed), remedy=remedy)


def _reworded(text: Text) -> Text:
    words = _IN_OPTIONS.get(text.msgid)
    return text if words is None else Text(words.msgid, text.params)
