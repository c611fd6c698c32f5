"""The map of the embedded city at its real size."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from geodata import City, read_city
from geodata.sample import write_sample
from tests.browser import visit
from tests.zoning.maps_project import pressure_of
from zoning.maps import draw_map


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp("sample") / "xiamen"
    write_sample(folder)
    return read_city(folder)


@pytest.mark.browser
def test_the_page_of_the_whole_city_stays_under_four_megabytes_and_opens(
    browser: Browser, city: City, tmp_path: Path
) -> None:
    html = draw_map(city, lang="en", pressure=pressure_of(city))
    assert len(html.encode()) < 4_000_000
    path = tmp_path / "map.html"
    path.write_text(html, encoding="utf-8")
    with visit(browser, path, ready="html[data-ready]") as opened:
        page = opened.page
        assert page.locator(".leaflet-xuequ-zones-pane path").count() == len(city["zones"])
        page.locator(".leaflet-control-layers-overlays label").filter(has_text="units").click()
        assert page.locator(".leaflet-xuequ-units-pane path").count() == len(city["units"])
        assert opened.asked == []
        assert opened.errors == []
