"""What all tests share: real data and a browser where they are there, and how hypothesis searches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# the same examples on every machine, no examples kept between runs, no clock in the verdict
settings.register_profile("xuequ", deadline=None, derandomize=True, database=None)
settings.load_profile("xuequ")


@pytest.fixture
def real_data() -> Path:
    """Return the folder of real data; without it the test is skipped, and fails where CI is set."""
    named = os.environ.get("XUEQU_REAL_DATA")
    if named and Path(named).is_dir():
        return Path(named)
    reason = (
        "XUEQU_REAL_DATA is not set: it names the folder of real data"
        if not named
        else f"XUEQU_REAL_DATA names {named}, which is no folder"
    )
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium for a file of tests; without it they are skipped, and fail where CI is set."""
    from tests.browser import launch

    with launch() as started:
        yield started
