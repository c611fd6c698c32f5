"""A small sound policy as text, to be broken in one place, and what the tests of policy files share."""

# ruff: noqa: E501 - a line of TOML stands as a file has it
from __future__ import annotations

from pathlib import Path

from geodata.messages import speaker
from simulate.policy_tools.checking import Checked, check_file

SOUND = """\
id = "small"
title = { zh = "小城", en = "small" }
jurisdiction = "小城"
level = "primary"

[[category]]
id = "household"
title = { zh = "户籍", en = "household" }
household = true
from = 2020-01-01
source = "a test"

[[category]]
id = "points"
title = { zh = "积分", en = "points" }
from = 2020-01-01
source = "a test"

[[pool]]
id = "kept"
title = { zh = "预留", en = "kept" }
from = 2020-01-01
source = "a test"
precedence = -1
release_after = "zone"

[[stage]]
id = "zone"
title = { zh = "片区", en = "zone" }
from = 2020-01-01
source = "a test"
mechanism = { name = "serial-dictatorship", choose = "choices" }
claims = [{ who = { category = ["household", "points"] }, where = { schools = "own-zone" }, order = ["settled_on asc", "ticket"], pool = ["kept", "open"] }]

[[stage]]
id = "district"
title = { zh = "区统筹", en = "district" }
from = 2020-01-01
source = "a test"
when_full = "over"
mechanism = { name = "serial-dictatorship", choose = "nearest" }
claims = [{ who = { category = "household" }, where = { schools = "own-district" }, order = ["settled_on asc", "ticket"] }]

[[stage]]
id = "city"
title = { zh = "市统筹", en = "city" }
from = 2020-01-01
source = "a test"
when_full = "not-admitted"
mechanism = "least-travel"
claims = [{ who = { category = "points", consents = "city" }, where = { schools = "other-districts" }, order = ["points desc", "ticket"] }]
"""

STAGE = """
[[stage]]
id = "more"
title = { zh = "再", en = "more" }
from = 2020-01-01
source = "a test"
mechanism = { name = "serial-dictatorship", choose = "nearest" }
claims = [{ who = { category = "points" }, where = { schools = "city" }, order = ["ticket"] }]
"""
"""One more stage, after the last one."""


def edited(*edits: tuple[str, str], text: str = SOUND) -> str:
    """Return a text with some places changed; each stands there once."""
    for old, new in edits:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def checked(folder: Path, text: str) -> Checked:
    """Return what a check finds in a file of this text."""
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return check_file(path)


def faults(folder: Path, text: str) -> list[str]:
    """Return the faults of a file, as lines in English without its name."""
    speak = speaker("en")
    return [fault.line(speak).removeprefix("policy.toml, ") for fault in checked(folder, text).faults]


def warnings(folder: Path, text: str) -> list[str]:
    """Return the warnings of a file, as lines in English without its name."""
    speak = speaker("en")
    return [fault.line(speak).removeprefix("policy.toml, ") for fault in checked(folder, text).warnings]
