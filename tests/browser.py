"""Open a page in the system's Chromium with the network off, and keep a record of what it wants."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

DESKTOP = (1280, 800)
PHONE = (390, 844)

_ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # Chromium refuses its sandbox to root, who runs tests in containers
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A page that is open, with the addresses that it asked for and the errors that it made."""

    page: Page
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def find_chromium() -> str:
    """Return the path of Chromium; without it the test is skipped, and fails where CI is set."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        reason = "no chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def launch() -> Iterator[Browser]:
    """Start Chromium once; `visit` opens pages in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(
    browser: Browser, path: Path, *, size: tuple[int, int] = DESKTOP, ready: str = "html"
) -> Iterator[Opened]:
    """Open a file with the network off, and wait until the selector `ready` is there."""
    context = browser.new_context(
        offline=True, viewport={"width": size[0], "height": size[1]}, service_workers="block"
    )
    opened = Opened(page=context.new_page())

    def judge(route: Route) -> None:
        url = route.request.url
        if url.startswith(("file:", "data:")):
            route.continue_()
        else:
            opened.asked.append(url)
            route.abort()

    context.route("**/*", judge)
    opened.page.on("console", lambda m: opened.errors.append(m.text) if m.type == "error" else None)
    opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
    try:
        opened.page.goto(path.resolve().as_uri())
        opened.page.wait_for_selector(ready, state="attached")
        yield opened
    finally:
        context.close()
