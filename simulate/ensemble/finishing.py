"""What stands in an ensemble's folder once the draws are done: tables, chances on request, the page."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geodata.messages import Lang
from geodata.writing.whole import replace_text
from simulate.ensemble.block_files import drop_blocks_from, drop_partial_files, read_block
from simulate.ensemble.blocks import CHANCES, added_up, spans_of
from simulate.ensemble.folder import Manifest, hashes_of, write_bytes, write_manifest
from simulate.ensemble.page import draw
from simulate.ensemble.paired import paired, paired_zones
from simulate.ensemble.places import Places
from simulate.ensemble.reading import Ensemble, ensemble_of
from simulate.ensemble.solving import Solved
from simulate.ensemble.tables import tables_of
from simulate.summary import write_csv

RESULTS = ("inputs", "scenarios", "blocks", "draws", "summary", "private")
"""The folders whose files follow from the inputs alone, and stand in the manifest with their hashes."""

PRIVATE_NOTICE = """\
不得公开 / NOT FOR PUBLICATION

chances.parquet：各单元、各类别儿童进入各校的比例。这类数字一旦公开会影响房价，也会被当作入学承诺；仅供内部研究，不得发布、转发或放入公开材料。
chances.parquet holds the chance of each school by unit and category. Published, it moves house prices
and is taken for a promise: for internal study only; do not publish it, pass it on or put it into public
papers.
"""


def finish(folder: Path, manifest: Manifest, solved: Solved) -> Ensemble:
    """Write the tables of an ensemble and mark it as done.

    Parameters
    ----------
    folder, manifest
        The folder, and what stands in its manifest.
    solved : Solved
        How far the draws came; blocks past it are deleted.

    Returns
    -------
    Ensemble
        As `simulate.ensemble.reading.read_ensemble` would read it back.
    """
    drop_blocks_from(folder, manifest, solved.draws)
    drop_partial_files(folder)
    ensemble = ensemble_of(folder, manifest, draws=solved.draws)
    _write_summary(folder, ensemble)
    if manifest.chances:
        _write_chances(folder, ensemble)
    if manifest.keep:
        _write_schools(folder, ensemble)
    done = manifest.model_copy(
        update={
            "done": True,
            "draws_used": solved.draws,
            "stopped": solved.stopped,
            "files": hashes_of(folder, within=RESULTS),
        }
    )
    write_manifest(folder, done)
    return Ensemble(
        folder=folder, scenarios=ensemble.scenarios, uncertainty=ensemble.uncertainty, manifest=done
    )


def page_file(folder: Path, lang: Lang) -> Path:
    """Return where the page of an ensemble lies."""
    return folder / f"ensemble.{lang}.html"


def write_page(ensemble: Ensemble, lang: Lang) -> Path:
    """Draw the page of an ensemble in a language; it may be drawn again at any time."""
    path = page_file(ensemble.folder, lang)
    replace_text(path, draw(ensemble, lang))
    return path


def _write_summary(folder: Path, ensemble: Ensemble) -> None:
    """Write a table a kind, all scenarios one below the other."""
    base = ensemble.scenarios[0]
    parts: dict[str, list[pd.DataFrame]] = {}
    for one in ensemble.scenarios:
        tables = tables_of(one.places, one.stack)
        if one is not base:
            tables["differences"] = paired(base.stack, one.stack)
            tables["zone_differences"] = paired_zones(base.places, base.stack, one.places, one.stack)
        for name, table in tables.items():
            parts.setdefault(name, []).append(_of_scenario(table, one.id))
    summary = folder / "summary"
    shutil.rmtree(summary, ignore_errors=True)
    summary.mkdir()
    for name, tables_ in parts.items():
        write_csv(summary / f"{name}.csv", pd.concat(tables_, ignore_index=True))


def _of_scenario(table: pd.DataFrame, scenario: str) -> pd.DataFrame:
    table = table.copy()
    table.insert(0, "scenario", scenario)
    return table


def _write_chances(folder: Path, ensemble: Ensemble) -> None:
    tables = []
    for one in ensemble.scenarios:
        blocks = [
            read_block(folder, one.id, first, last, ending=CHANCES)
            for first, last in spans_of(one.draws, ensemble.manifest.block)
        ]
        keys, counts = added_up((block["chance_key"], block["chance_count"]) for block in blocks)
        tables.append(_of_scenario(chances_table(one.places, keys, counts, draws=one.draws), one.id))
    private = folder / "private"
    private.mkdir(exist_ok=True)
    write_bytes(private / "README.txt", PRIVATE_NOTICE.encode("utf-8"))
    write_bytes(private / "chances.parquet", _parquet(pd.concat(tables, ignore_index=True)))


def chances_table(places: Places, keys: Any, counts: Any, *, draws: int) -> pd.DataFrame:
    """Return the chance of each school by unit and category.

    Parameters
    ----------
    places : Places
    keys, counts : array of int64
        As `simulate.ensemble.blocks.chances_of` counts, added up over the draws.
    draws : int
        Over how many.

    Returns
    -------
    DataFrame
        unit_id, category, school_id (null: no place), children (a draw, on average), chance: of a child of
        that unit and category, over all draws; the chances of a unit and category add up to 1.
    """
    home, school = np.divmod(keys, len(places.schools) + 1)
    unit, category = np.divmod(home, len(places.categories))
    total = pd.Series(counts).groupby(home).transform("sum").to_numpy()
    return pd.DataFrame(
        {
            "unit_id": pd.Series(np.array([*places.units, None], dtype=object)[unit], dtype="str"),
            "category": pd.Series(places.categories[category], dtype="str"),
            "school_id": pd.Series(np.array([*places.schools, None], dtype=object)[school], dtype="str"),
            "children": counts / draws,
            "chance": counts / total,
        }
    )


def _parquet(table: pd.DataFrame) -> bytes:
    import io

    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _write_schools(folder: Path, ensemble: Ensemble) -> None:
    """Say beside kept draws which school a position means."""
    for one in ensemble.scenarios:
        table = pd.DataFrame(
            {"position": np.arange(len(one.places.schools)), "school_id": one.places.schools}
        )
        path = folder / "draws" / one.id / "schools.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_csv(path, table)
