"""The layers of the page as folium elements.

folium makes the map, the layers and the control that switches them; what a feature looks like and
what its popup says comes from the page's data (`page.js`), so nothing from a table ever becomes code.
Names of elements are given, not random: the same inputs make the same bytes.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

import folium
from folium.template import Template

from geodata import City, XuequError, say
from geodata import datum as datums
from geodata.messages import Text
from zoning.web.inline import LEAFLET_CSS, LEAFLET_JS


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPlan:
    """A layer that the page shows.

    Parameters
    ----------
    name : str
        What the layer control calls it.
    data : str
        Which features of the page's data it draws.
    view : int
        Which colour of a feature it takes.
    overlay : bool
        Whether it is ticked (True), or one of several views of which one is chosen.
    show : bool
        Whether it is shown at first.
    """

    name: str
    data: str
    view: int = 0
    overlay: bool = True
    show: bool = True


class _DataLayer(folium.map.Layer):  # type: ignore[misc]
    """A layer that `page.js` draws from the page's data."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = xuequ.layer("
        "{{ this._parent.get_name() }}, {{ this.data|tojson }}, {{ this.view|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, plan: LayerPlan) -> None:
        # Leaflet's control takes names as HTML
        super().__init__(html.escape(plan.name), overlay=plan.overlay, show=plan.show)
        self._name, self._id = "layer", f"{plan.data}_{plan.view}"
        self.data, self.view = plan.data, plan.view


class _Ready(folium.MacroElement):  # type: ignore[misc]
    """The last words of the script: the map is complete."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "xuequ.ready({{ this._parent.get_name() }}, {{ this.control }});"
        "{% endmacro %}"
    )

    def __init__(self, control: str) -> None:
        super().__init__()
        self._name, self._id, self.control = "ready", "page", control


def build_map(
    city: City, layers: list[LayerPlan], bounds: list[list[float]] | None, *, plane: bool
) -> folium.Map:
    """Return the map with its layers; `bounds` is what it shows at first.

    Parameters
    ----------
    city : City
        Its project says whether map tiles are loaded, and from where.
    layers : list of LayerPlan
        From the lowest to the highest.
    bounds : [[south, west], [north, east]], optional
    plane : bool
        Whether coordinates are local metres instead of degrees.

    Raises
    ------
    XuequError
        If the project's map tiles are in another datum than the layers of the page, which are in WGS-84; or
        the layers are in local metres.
    """
    options = city.project.map
    _need_tiles_that_fit(options.datum, plane=plane, tiled=options.tiles is not None)
    page = folium.Map(
        location=[0.0, 0.0],
        tiles=None,
        crs="Simple" if plane else "EPSG3857",
        zoom_control=False,
        zoom_snap=0.25,
    )
    # folium's own min_zoom and max_zoom go to its tiles, not to the map
    page.options |= {"min_zoom": -12, "max_zoom": 4} if plane else {"max_zoom": 19}
    page._id = "xuequ"
    page.default_js, page.default_css = [("leaflet", LEAFLET_JS)], [("leaflet_css", LEAFLET_CSS)]
    if options.tiles is not None:
        source = html.escape(options.attribution or " ")
        tiles = folium.TileLayer(options.tiles, attr=source, overlay=True, control=False)
        tiles._id = "tiles"
        tiles.add_to(page)
    for plan in layers:
        _DataLayer(plan).add_to(page)
    control = folium.LayerControl(collapsed=True, autoZIndex=False)
    control._id = "xuequ"
    control.add_to(page)
    if bounds is not None:
        fit = folium.FitBounds(bounds, padding=(12, 12))
        fit._id = "xuequ"
        fit.add_to(page)
    _Ready(control.get_name()).add_to(page)
    return page


def _need_tiles_that_fit(datum: str, *, plane: bool, tiled: bool) -> None:
    """Raise where map tiles would lie in another place than what they show."""
    if plane and tiled:
        raise XuequError(
            say(
                "map tiles cannot lie under layers in local metres, which have no place on the earth; take "
                "tiles out of [map] in xuequ.toml, or declare the grid as a PROJ string"
            )
        )
    if datum in ("wgs84", "cgcs2000"):  # decimetres apart, as the official maps of China are
        return
    if datum in ("bd09", "bd09-metres"):
        raise XuequError(
            say(
                "Baidu's map tiles ({datum}) have a grid of their own, and the layers of the page are in "
                "wgs84: they would not lie over each other; use tiles in wgs84 or cgcs2000",
                datum=datum,
            )
        )
    datums.crs_of(datum)  # raises where it is not known
    raise XuequError(
        say(
            "the map tiles are in {tiles}, the layers of the page in wgs84: zones and schools would be "
            "drawn beside their streets, by half a kilometre for gcj02; use tiles in wgs84 or cgcs2000, or "
            "take [map] out of xuequ.toml",
            tiles=datum,
        )
    )


def layer_names(zone_label: str) -> dict[str, Text | str]:
    """Return what the layer control calls each layer."""
    return {
        "zones_all": say("all children"),
        "zones_household": say("household-registered"),
        "zones": zone_label,
        "districts": say("districts"),
        "units": say("planning units"),
        "links": say("bridges, tunnels, crossings"),
        "schools": say("schools"),
    }
