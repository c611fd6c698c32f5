"""Put a run's tables into the page of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment
from markupsafe import Markup

from geodata.messages import Lang, Speaker, say, speaker
from simulate.filings import AMEND
from simulate.report import words
from simulate.report.bases import assumptions_of, sources_of
from simulate.report.picture import WIDTH, draw_picture
from simulate.runs import Run
from simulate.summary import REACHES, Summary, summary_of, warnings_of
from zoning.maps.colours import FILLS, colour_keys
from zoning.maps.ornaments import WATERMARK
from zoning.web.fonts import font_css

_HERE = Path(__file__).parent
REACH_COLOURS = {
    "own_zone": "#2f7f93",
    "own_district": "#8fb8d8",
    "elsewhere": "#e0a33c",
    "unplaced": "#a31533",
}


def draw_report(run: Run, *, lang: Lang, summary: Summary | None = None) -> str:
    """Draw the report of a run.

    Parameters
    ----------
    run : Run
        As read from its folder.
    lang : {"zh", "en"}
        The language of the page.
    summary : Summary, optional
        Its tables, where they have been counted already.

    Returns
    -------
    str
        A whole HTML page that loads nothing; the same run makes the same text.
    """
    speak = speaker(lang)
    placements = run.table("placements")
    summary = summary_of(run) if summary is None else summary
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(_=lambda text, **values: speak(say(text, **values)))
    environment.filters.update(number=words.number, km=words.kilometres)
    context = _context(run, summary, placements, speak)
    template = environment.from_string(_read("report.html"))
    page = template.render(**context, css=Markup(_read("report.css")), font_css="")
    # the page is drawn twice: its own text says which characters its font must have
    font = font_css(page)
    return template.render(**context, css=Markup(_read("report.css")), font_css=Markup(font.css))


def _context(run: Run, summary: Summary, placements: pd.DataFrame, speak: Speaker) -> dict[str, Any]:
    head, city, policy = run.city.project.project, run.city, run.policy
    zone = speak.choose(city.project.zone_label.model_dump())
    done = int(run.manifest["done"])
    whole = done == len(policy.stage)
    return {
        "lang": "zh-CN" if speak.lang == "zh" else "en",
        "head": head,
        "zone": zone,
        "level": speak(say("primary") if head.level == "primary" else say("lower secondary")),
        "policy_title": speak.choose(policy.title.model_dump()),
        "policy_note": speak.choose(policy.note.model_dump()) if policy.note else "",
        "synthetic_city": head.synthetic,
        "synthetic_children": bool(run.manifest["synthetic_children"]),
        "watermark": WATERMARK if head.synthetic else "",
        "whole": whole,
        "amends": _amends(run, placements),
        "choices": _choice_rows(run, summary, speak),
        "scenario": None if run.scenario is None else speak.choose(run.scenario.title.model_dump()),
        "through": words.stage_titles(policy, speak)[policy.stage[done - 1].id] if done else "",
        "cards": _cards(summary, speak, whole=whole),
        "bars": _bars(summary, policy_titles=words.category_titles(policy, speak)),
        "reach_names": _reach_names(zone, speak),
        "reach_colours": REACH_COLOURS,
        "stages": _stage_rows(run, summary, speak, zone),
        "outcomes": _outcome_rows(run, summary, speak),
        "districts": _district_rows(summary),
        "flows": _flow_rows(summary),
        "schools": _school_rows(run, summary, speak),
        "picture": draw_picture(city, summary.zones, summary.flows),
        "picture_width": WIDTH,
        "colour_keys": [(FILLS[k.colour], speak(k.span), speak(k.meaning)) for k in colour_keys()],
        "distances": _distance_rows(run, placements, speak),
        "warnings": [speak(one) for one in warnings_of(run, summary, done=whole, speak=speak)],
        "decisions": _decision_rows(run, speak),
        "assumptions": assumptions_of(run, speak),
        "sources": sources_of(run, speak),
        "attribution": head.attribution,
        "run_name": run.name,
        "manifest": run.manifest,
    }


def _cards(summary: Summary, speak: Speaker, *, whole: bool) -> list[dict[str, str]]:
    outcomes, reaches = summary.outcomes, summary.reaches
    children, placed = int(outcomes["children"].sum()), int(outcomes["placed"].sum())

    def card(value: int, name: str, note: str, tone: str) -> dict[str, str]:
        return {"value": words.number(value), "name": name, "note": note, "tone": tone}

    over = int(outcomes["over"].sum())
    left = int(outcomes["not_admitted" if whole else "waiting"].sum())
    waiting = int(outcomes["waiting"].sum()) if whole else 0
    return [
        card(children, speak(say("children")), "", "plain"),
        card(placed, speak(say("placed")), words.share(placed, children), "good"),
        card(
            int(reaches["own_district"].sum()),
            speak(say("in another school of their district")),
            words.share(int(reaches["own_district"].sum()), children),
            "plain",
        ),
        card(
            int(reaches["elsewhere"].sum()),
            speak(say("in another district")),
            words.share(int(reaches["elsewhere"].sum()), children),
            "warn",
        ),
        card(
            over, speak(say("above the intake")), words.share(over, children), "warn" if over else "plain"
        ),
        card(
            left + waiting,
            speak(say("without a place") if whole else say("still waiting")),
            words.share(left + waiting, children),
            "bad" if left + waiting else "good",
        ),
    ]


def _reach_names(zone: str, speak: Speaker) -> dict[str, str]:
    return {
        "own_zone": speak(say("own {zone}", zone=zone)),
        "own_district": speak(say("elsewhere in the own district")),
        "elsewhere": speak(say("another district")),
        "unplaced": speak(say("no place")),
    }


def _bars(summary: Summary, policy_titles: dict[str, str]) -> list[dict[str, Any]]:
    bars = []
    for row in summary.reaches.to_dict("records"):
        total = sum(int(row[name]) for name in REACHES)
        if total == 0:
            continue
        parts = [
            {"reach": name, "count": int(row[name]), "percent": 100.0 * int(row[name]) / total}
            for name in REACHES
            if row[name]
        ]
        bars.append({"title": policy_titles[row["category"]], "total": total, "parts": parts})
    return bars


def _stage_rows(run: Run, summary: Summary, speak: Speaker, zone: str) -> list[dict[str, Any]]:
    categories = words.category_titles(run.policy, speak)
    items = words.item_titles(run.policy, speak)
    rows = []
    for number, stage in enumerate(run.policy.stage):
        own = summary.stages[summary.stages["stage"] == stage.id].to_dict("records")
        rows.append(
            {
                "number": number + 1,
                "title": speak.choose(stage.title.model_dump()),
                "mechanism": speak(words.mechanism_words(stage.mechanism)),
                "claims": [
                    {
                        "who": speak(say(", ")).join(categories[c] for c in claim.who.categories),
                        "reach": speak(words.reach_words(claim.where.schools, zone)),
                        "order": words.order_words(claim.order, speak, items),
                        "assumed": claim.assumed,
                    }
                    for claim in stage.claims
                ],
                "when_full": speak(words.WHEN_FULL[stage.when_full]),
                "assumed": stage.assumed,
                "fairness": _fairness_of(summary, stage.id),
                "ran": number < int(run.manifest["done"]),
                "lines": [{**line, "category": categories[line["category"]]} for line in own],
            }
        )
    return rows


def _amends(run: Run, placements: pd.DataFrame) -> dict[str, Any] | None:
    """Return what an amended run kept and what came after, or None."""
    if not run.manifest["base"]:
        return None
    placed = placements["outcome"] == "placed"
    return {
        "base": run.manifest["base"],
        "kept": int((placed & placements["published"]).sum()),
        "new": int((placed & ~placements["published"]).sum()),
        "decided": int((placements["stage"] == AMEND).sum()),
    }


def _choice_rows(run: Run, summary: Summary, speak: Speaker) -> dict[str, Any]:
    titles = words.category_titles(run.policy, speak)
    table = summary.choices
    names = [name for name in table.columns if name != "category"]
    rows = [
        {"title": titles[row["category"]], "counts": [int(row[name]) for name in names]}
        for row in table.to_dict("records")
        if any(row[name] for name in names)
    ]
    return {"ranks": [int(name.removeprefix("choice_")) for name in names], "rows": rows}


def _fairness_of(summary: Summary, stage: str) -> dict[str, Any] | None:
    """Return what is counted of a stage, all rounds together; None where it has not run."""
    rows = summary.fairness[summary.fairness["stage"] == stage]
    if len(rows) == 0:
        return None
    counts = rows[["envious", "blocking_pairs", "wasted_seats"]].sum()
    return {**{name: int(n) for name, n in counts.items()}, "promises": bool(rows["promises"].all())}


def _outcome_rows(run: Run, summary: Summary, speak: Speaker) -> list[dict[str, Any]]:
    titles = words.category_titles(run.policy, speak)
    rows = [{**row, "title": titles[row["category"]]} for row in summary.outcomes.to_dict("records")]
    total = {"title": speak(say("all")), "total": True}
    for name in ("children", "placed", "over", "decided", "not_admitted", "waiting", "withdrawn"):
        total[name] = int(summary.outcomes[name].sum())
    return [*rows, total]


def _district_rows(summary: Summary) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = summary.districts.to_dict("records")
    return rows


def _flow_rows(summary: Summary) -> dict[str, Any]:
    names = dict(zip(summary.districts["district_id"], summary.districts["name"], strict=True))
    flows = summary.flows.set_index("district_id")
    away = [int(flows.loc[a, b]) for a in flows.index for b in flows.columns if a != b]
    most = max(away, default=0) or 1
    rows = [
        {
            "name": names.get(a, a),
            "cells": [
                {
                    "count": int(flows.loc[a, b]),
                    "own": a == b,
                    # shades of the children who leave; those who stay are many and need no shade
                    "shade": 0.0 if a == b else round(0.08 + 0.72 * int(flows.loc[a, b]) / most, 2),
                }
                for b in flows.columns
            ],
        }
        for a in flows.index
    ]
    return {"columns": [names.get(b, b) for b in flows.columns], "rows": rows}


def _school_rows(run: Run, summary: Summary, speak: Speaker) -> list[dict[str, Any]]:
    stages, items = words.stage_titles(run.policy, speak), words.item_titles(run.policy, speak)
    names = dict(zip(summary.districts["district_id"], summary.districts["name"], strict=True))
    return [
        {
            **row,
            "district": names.get(row["district_id"], ""),
            "stage": stages.get(row["cut_off_stage"], "–"),
            "cut_off": words.cut_off(row["cut_off"], speak, items),
        }
        for row in summary.schools.to_dict("records")
    ]


def _distance_rows(run: Run, placements: pd.DataFrame, speak: Speaker) -> list[dict[str, Any]]:
    titles = words.stage_titles(run.policy, speak)
    placed = placements[placements["outcome"] == "placed"]
    rows: list[dict[str, Any]] = []
    for stage in run.policy.stage:
        here = placed[placed["stage"] == stage.id]
        metres = here["distance_m"].dropna().astype("float64")
        if len(here) == 0:
            continue
        known = len(metres) > 0
        rows.append(
            {
                "title": titles[stage.id],
                "children": len(here),
                "unknown": len(here) - len(metres),
                "mean": metres.mean() if known else None,
                "median": metres.median() if known else None,
                "p90": metres.quantile(0.9) if known else None,
                "max": metres.max() if known else None,
                # all bars on one scale: the longest 90th percentile of any stage is the whole width
                "bar": float(metres.quantile(0.9)) if known else 0.0,
            }
        )
    longest = max((row["bar"] for row in rows), default=0.0) or 1.0
    return [{**row, "bar": 100.0 * row["bar"] / longest} for row in rows]


def _decision_rows(run: Run, speak: Speaker) -> list[dict[str, Any]]:
    titles = words.stage_titles(run.policy, speak)
    names = run.city["schools"].set_index("school_id")["name"]
    ran = {stage.id for stage in run.policy.stage[: int(run.manifest["done"])]}
    ran |= {AMEND} if run.manifest["base"] else set()
    return [
        {
            "stage": titles.get(row["stage"], row["stage"]),
            "school": names.get(row["school_id"], row["school_id"]),
            "reason": row["reason_code"],
            "authority": row["authority"],
            "document": row["document_no"],
        }
        for row in run.city["decisions"].to_dict("records")
        if row["stage"] in ran
    ]


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
