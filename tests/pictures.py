"""Make the READMEs' pictures, each in both languages, from a run of the demo: `make pictures`.

Map, report and flows are those of the demo; what is about a hearing comes from a small city, in which a
change is seen at a glance.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from tests.architecture import SIZE, architecture
from tests.browser import launch, visit
from tests.command import xuequ

PICTURES = Path(__file__).parent.parent / "notebooks" / "pictures"
LANGUAGES = ("zh", "en")
SETTLED_MS = 1500  # a map draws after it has loaded, and moves a moment after a click


def main(run: Path) -> None:
    """Photograph the pages of a run of the demo, and of a hearing."""
    with tempfile.TemporaryDirectory() as temporary, launch() as browser:
        hearing = Path(temporary)
        write_hearing(hearing)
        for lang in LANGUAGES:
            take_run(browser, run, lang)
            take_hearing(browser, hearing, lang)
            take_architecture(browser, hearing, lang)


def write_hearing(folder: Path) -> None:
    """Write the pages of a hearing on a new school in a small synthetic city."""
    city, today, school = folder / "city", folder / "today", folder / "school"
    _do("init", city, "--sample", "--scale", "0.05")
    _do("run", city, "--out", today)
    _do("run", city, "--scenario", "island-school", "--out", school)
    dossier = folder / "dossier"
    _do("dossier", school, "--base", today, "--lang", "both", "--only", "html", "--out", dossier)
    for lang in LANGUAGES:
        beside = folder / f"beside.{lang}.html"
        _do("map", city, "--scenario", "island-school", "--lang", lang, "--out", beside)


def _do(*words: str | Path) -> None:
    said = xuequ(*words)
    if said.status:
        raise SystemExit(said.err)


def take_run(browser: Browser, run: Path, lang: str) -> None:
    """Photograph map, report and flows of a run."""
    with visit(browser, run / f"map.{lang}.html", ready="path") as opened:
        opened.page.wait_for_timeout(SETTLED_MS)
        _take(opened.page, f"map.{lang}")
    with visit(browser, run / f"report.{lang}.html", size=(1100, 800), ready="#reproduce") as opened:
        _take(opened.page, f"report.{lang}")
        # high enough for the whole picture below the line that stays at the top
        opened.page.set_viewport_size({"width": 800, "height": 1400})
        _take(opened.page.locator("figure.picture svg").first, f"flows.{lang}")


def take_hearing(browser: Browser, folder: Path, lang: str) -> None:
    """Photograph the dossier's first page, its plot of seats, and the change on the map."""
    with visit(
        browser, folder / "dossier" / f"dossier.{lang}.html", size=(1100, 900), ready="#P8"
    ) as opened:
        opened.page.wait_for_timeout(SETTLED_MS)
        _take(opened.page, f"dossier.{lang}")
        _take(opened.page.locator("#P8 svg").first, f"seats.{lang}")
    with visit(browser, folder / f"beside.{lang}.html", size=(1280, 650), ready="path") as opened:
        opened.page.locator("#to-change").click()
        opened.page.wait_for_timeout(SETTLED_MS)
        _take(opened.page, f"change.{lang}")


def take_architecture(browser: Browser, folder: Path, lang: str) -> None:
    """Photograph the architecture picture."""
    page = folder / f"architecture.{lang}.html"
    page.write_text(architecture(lang), encoding="utf-8")
    with visit(browser, page, size=SIZE, ready="svg") as opened:
        opened.page.wait_for_timeout(SETTLED_MS)
        _take(opened.page, f"architecture.{lang}")


def _take(what: Page | Locator, name: str) -> None:
    # the maps are a third of their size as PNG, and look the same
    what.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=78)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
