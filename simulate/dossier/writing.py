"""The dossier as a folder: written whole or not at all, all products from one document a language."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import geopandas as gpd
import shapely

from geodata.messages import Lang, Speaker, speaker
from geodata.writing.layers import Layer, write_layers
from geodata.writing.whole import new_folder
from simulate.dossier.content.composing import document_of, hidden_of
from simulate.dossier.content.told import pressure_told, schools_told
from simulate.dossier.heading import check_heading
from simulate.dossier.material import Material, hashes_of
from simulate.dossier.model import Document
from simulate.inputs import sha256_of, write_json
from simulate.layer_styles import layer_styles, layer_titles
from zoning.maps.geometry import simplify
from zoning.maps.printed_frame import coarser
from zoning.outline import outline_zones

Report = Callable[[float], None]
PRODUCTS = ("html", "pdf", "docx", "xlsx", "gpkg")


def write_dossier(
    folder: Path,
    material: Material,
    langs: Sequence[Lang],
    *,
    public: bool = False,
    draft: int | None = 1,
    authority: str = "",
    document_no: str = "",
    only: Sequence[str] = PRODUCTS,
    report: Report = lambda share: None,
) -> None:
    """Write a dossier into a new folder.

    Parameters
    ----------
    folder : Path
        It must not exist, or be empty.
    material : Material
    langs : sequence of {"zh", "en"}
    public, draft, authority, document_no
        As `document_of`.
    only : sequence of str
        Of `PRODUCTS`.
    report : callable
        Told which share of the work is done.

    Raises
    ------
    XuequError
        If the folder holds anything, a text of the heading is too long, holds a number of a person or a
        sign that does not print, or a product cannot be made; nothing is left behind.
    """
    check_heading({"--authority": authority, "--document-no": document_no})
    steps = _Steps(len(langs) * (1 + len([one for one in only if one != "gpkg"])) + 2, report)
    with new_folder(folder) as partial:
        hidden = hidden_of(material) if public else None
        steps.done()
        figures = {}
        for lang in langs:
            document = document_of(
                material,
                lang,
                public=public,
                draft=draft,
                authority=authority,
                document_no=document_no,
                hidden=hidden,
            )
            steps.done()
            figures[lang] = [asdict(one) for one in document.cited]
            for product in PRODUCTS[:-1]:
                if product in only:
                    (partial / f"dossier.{lang}.{product}").write_bytes(product_of(document, product))
                    steps.done()
        if "gpkg" in only:
            write_layers(partial / "layers.gpkg", layers_of(material, document, speaker(langs[0])))
        steps.done()
        write_json(partial / "figures.json", figures)
        _write_manifest(partial, material, langs, public=public, draft=draft)


def product_of(document: Document, product: str) -> bytes:
    """Return one product of a document.

    Raises
    ------
    KeyError
        If there is no such product.
    """
    # heavy imports each: only what is asked for
    if product == "html":
        from simulate.dossier.html import html_of

        return html_of(document).encode("utf-8")
    if product == "pdf":
        from simulate.dossier.pdf import pdf_of

        return pdf_of(document)
    if product == "docx":
        from simulate.dossier.word import word_of

        return word_of(document)
    if product == "xlsx":
        from simulate.dossier.excel import excel_of

        return excel_of(document)
    raise KeyError(product)


def layers_of(material: Material, document: Document, speak: Speaker) -> list[Layer]:
    """Return the layers: zones with what T6a tells of them, schools with T6, and internally units.

    A public pack has zones and schools only, with coarse borders, and no count that the tables do not tell.
    """
    case = material.proposed
    city = case.city
    tables = {table.id: table for table in document.tables()}
    zones = outline_zones(city, case.plan)
    zones = zones[zones.geometry.notna()]
    shapes = zones.geometry.to_numpy()
    zones = zones.set_geometry(
        gpd.GeoSeries(
            coarser(shapes, 1.0, public=True) if document.public else simplify(shapes),
            index=zones.index,
            crs=zones.crs,
        )
    )
    zones = zones[["zone_id", "name", "district_id", "geometry"]].merge(
        pressure_told(case, tables["T6a"], "after"), on="zone_id", how="left"
    )
    schools = city["schools"][city["schools"].geometry.notna()][
        ["school_id", "name", "district_id", "kind", "geometry"]
    ]
    schools = schools.merge(schools_told(tables["T6"], "after"), on="school_id", how="left")
    frames = {"zones": zones, "schools": schools}
    if not document.public and city.has("units"):
        units = city["units"][["unit_id", "name", "community_id", "geometry"]]
        moved = material.moves.drop_duplicates("unit_id").set_index("unit_id")["from_zone"]
        own = case.plan[case.plan["category"] == ""].set_index("unit_id")["zone_id"]
        units = units.assign(zone_id=units["unit_id"].map(own), from_zone=units["unit_id"].map(moved))
        frames["units"] = units[units.geometry.notna()]
    frames = {name: _written(frame) for name, frame in frames.items() if len(frame)}
    styles, titles = layer_styles(frames, speak), layer_titles(city, speak)
    return [
        Layer(name=name, frame=frame, datum=city.metric_crs, style=styles[name], description=titles[name])
        for name, frame in frames.items()
    ]


def _written(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame whose places are of whole millimetres, and that has no id of rows."""
    kept = frame.reset_index(drop=True)
    return kept.set_geometry(
        shapely.transform(kept.geometry.to_numpy(), lambda one: one.round(3)), crs=frame.crs
    )


def _write_manifest(
    folder: Path, material: Material, langs: Sequence[Lang], *, public: bool, draft: int | None
) -> None:
    """Write what the dossier was made from, and the hash of each file of it."""
    files: Mapping[str, str] = {
        path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.is_file()
    }
    written = {
        "kind": "dossier",
        "xuequ": version("xuequ"),
        "public": public,
        "draft": draft,
        "langs": list(langs),
        "made_from": {key: dict(value) for key, value in hashes_of(material).items()},
        "forecast": None
        if material.forecast is None
        else {"file": material.forecast.file, "sha256": material.forecast.sha256},
        "files": files,
    }
    write_json(folder / "manifest.json", json.loads(json.dumps(written)))


class _Steps:
    """Counts steps and tells their share; a class, because it counts."""

    def __init__(self, steps: int, report: Report) -> None:
        self._steps, self._report, self._count = steps, report, 0

    def done(self) -> None:
        """Tell that one more step is done."""
        self._count += 1
        self._report(min(1.0, self._count / self._steps))
