"""Start a project from a shipped policy: a small complete synthetic example that runs as it is."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from geodata.errors import XuequError
from geodata.messages import say
from geodata.writing.whole import new_folder
from simulate.policy_files import policy_path

_POLICIES = Path(str(resources.files("simulate") / "policies"))


def examples() -> tuple[str, ...]:
    """Return the names of the shipped policies that have an example.

    Examples
    --------
    >>> "haicang-2023" in examples()
    True
    """
    return tuple(sorted(path.parent.name for path in _POLICIES.glob("examples/*/xuequ.toml")))


def write_example(folder: Path, name: str) -> None:
    """Write a project folder that shows a shipped policy at work, with a copy of the policy to change.

    Parameters
    ----------
    folder : Path
        The new project; it may exist, if it is empty.
    name : str
        The policy. Its file becomes `NAME.toml` in the folder, and `xuequ.toml` names that copy.

    Raises
    ------
    XuequError
        If there is no example for the name, or the folder exists and is not empty.
    """
    if name not in examples():
        words = say(
            "no example for the policy {name}; there are examples for: {names}",
            name=name,
            names=", ".join(examples()),
        )
        raise XuequError(words)
    with new_folder(folder) as partial:
        shutil.copytree(_POLICIES / "examples" / name, partial, dirs_exist_ok=True)
        shutil.copyfile(policy_path(name, folder), partial / f"{name}.toml")
