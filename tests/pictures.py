"""Make the README's pictures from a run of the demo: `make pictures`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.browser import launch, visit

PICTURES = Path(__file__).parent.parent / "notebooks" / "pictures"


def main(run: Path) -> None:
    """Photograph the map and the report of a run, in both languages."""
    with launch() as browser:
        with visit(browser, run / "map.zh.html", ready="path") as opened:
            opened.page.wait_for_timeout(1500)
            opened.page.screenshot(path=PICTURES / "map.zh.png")
        with visit(browser, run / "report.en.html", size=(1100, 800), ready="#reproduce") as opened:
            opened.page.screenshot(path=PICTURES / "report.en.png")
        with visit(browser, run / "report.zh.html", size=(1100, 1000), ready="#reproduce") as opened:
            opened.page.locator("figure.picture svg").screenshot(path=PICTURES / "flows.zh.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
