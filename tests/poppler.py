"""The tools of poppler, which look at a PDF as a reader does."""

from __future__ import annotations

import os
import shutil

import pytest


def poppler(name: str) -> str:
    """Return the path of a tool; without it a test fails in CI, and is skipped elsewhere."""
    found = shutil.which(name)
    if found is None:
        missing = f"no {name}: apt-get install poppler-utils"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found
