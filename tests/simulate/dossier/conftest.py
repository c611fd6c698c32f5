"""What the tests of the dossier share: runs of small cities, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import xuequ
from tests.simulate.dossier.dossier_town import school_with_more_classes, write_listed, write_runs


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the folders: project, runs today, school, merged, listed, and drawn, an ensemble."""
    root = tmp_path_factory.mktemp("dossier")
    found = write_runs(root)
    more = school_with_more_classes(root / "school-and-classes.toml")
    words = ("--scenario", "island-school", "--scenario", more, "--draws", "20", "--out", root / "drawn")
    drawn = xuequ("ensemble", found["project"], *words)
    assert drawn.status == 0, drawn.err
    return {**found, "drawn": root / "drawn", "listed": write_listed(root)}
