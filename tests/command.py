"""Run `xuequ` as a person does, and look at what it says and what it leaves behind."""

from __future__ import annotations

import hashlib
import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from simulate import cli

Listing = dict[str, str]


class Said(NamedTuple):
    """What a command said."""

    status: int
    out: str
    err: str


def xuequ(*words: str | Path) -> Said:
    """Run a command in this process: the entry point itself, with its handling of errors."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["xuequ", *(str(word) for word in words)]
    with patch("sys.argv", argv), redirect_stdout(out), redirect_stderr(err):
        try:
            cli.main()
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
    # the progress bar leaves an empty line where there is no terminal
    return Said(status, out.getvalue(), err.getvalue().lstrip("\n"))


def listing(folder: Path) -> Listing:
    """Return everything under a folder: path and hash of each file, path of each folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else ""
        for path in sorted(folder.rglob("*"))
    }


def refused(folder: Path, *commands: str, lang: str = "en") -> str:
    """Assert that commands (by default `check`) refuse a project alike, and write nothing."""
    before = listing(folder.parent)
    said = [xuequ(command, folder, "--lang", lang) for command in commands or ("check",)]
    assert [one.status for one in said] == [2] * len(said), said
    assert len({one.err for one in said}) == 1, said
    assert all(one.out == "" for one in said)
    assert "Traceback" not in said[0].err
    assert "Unexpected" not in said[0].err
    assert listing(folder.parent) == before
    return said[0].err
