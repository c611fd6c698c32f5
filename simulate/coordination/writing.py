"""A comparison as tables and as a folder, written whole or not at all."""

from __future__ import annotations

import json
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from simulate.coordination.comparing import Comparison
from simulate.coordination.counting import GROUPS, Counts
from simulate.runs import whole_folder
from simulate.summary import write_csv


def write_comparison(target: Path, comparison: Comparison) -> None:
    """Write a comparison into a new folder: whole, or not at all.

    compare.csv and flows.csv are the tables; policies/ID.json is each variant's policy in full,
    variants.json what it was made from, manifest.json the seed and the rest that decides the result.
    The folder is private: small counts stand in it as they are.

    Raises
    ------
    XuequError
        If the name is taken.
    """
    with whole_folder(target) as folder:
        write_csv(folder / "compare.csv", table_of(comparison))
        write_csv(folder / "flows.csv", flows_table(comparison))
        (folder / "policies").mkdir()
        for one in comparison.outcomes:
            text = one.policy.model_dump_json(by_alias=True, indent=1)
            _write(folder / "policies" / f"{one.variant.id}.json", text)
        variants = [
            json.loads(one.variant.model_dump_json(by_alias=True, exclude_none=True))
            for one in comparison.outcomes
        ]
        _write(folder / "variants.json", _json({"variant": variants}))
        _write(folder / "manifest.json", _json(_manifest(comparison)))


def _manifest(comparison: Comparison) -> dict[str, object]:
    head = comparison.city.project.project
    return {
        "xuequ": version("xuequ"),
        "project": head.name,
        "year": head.year,
        "on": str(head.date),
        "policy": comparison.policy.id,
        "seed": comparison.seed,
        "secret": head.secret,
        "base": comparison.outcomes[0].variant.id,
        "variants": [one.variant.id for one in comparison.outcomes],
        "left_out": [one.id for one in comparison.left_out],
        "synthetic_city": head.synthetic,
        "synthetic_children": comparison.synthetic,
        "private": True,
        "sources": dict(sorted(comparison.city.hashes.items())),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def table_of(comparison: Comparison) -> pd.DataFrame:
    """Return a row for each variant and group of children: what is written to compare.csv.

    Returns
    -------
    DataFrame
        variant, title_zh, title_en, assumed, synthetic, group, the columns of `Counts`, held, unheard.
    """
    names = [field.name for field in fields(Counts)]
    rows = [
        {
            "variant": one.variant.id,
            "title_zh": one.variant.title.zh,
            "title_en": one.variant.title.en,
            "assumed": one.variant.assumed,
            "synthetic": comparison.synthetic or comparison.city.project.project.synthetic,
            "group": group,
            **{name: getattr(one.counts[group], name) for name in names},
            "held": one.held,
            "unheard": one.unheard,
        }
        for one in comparison.outcomes
        for group in GROUPS
    ]
    return pd.DataFrame(rows).astype(dict.fromkeys([*names, "held", "unheard"], "Int64"))


def flows_table(comparison: Comparison) -> pd.DataFrame:
    """Return what is written to flows.csv: variant, group, home and school district, children."""
    frames = [one.flows.assign(variant=one.variant.id) for one in comparison.outcomes]
    columns = ["variant", "group", "home_district_id", "school_district_id", "children"]
    return pd.concat(frames, ignore_index=True)[columns]
