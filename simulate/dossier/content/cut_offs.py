"""The cut-offs of part 9 (T8): up to whom each school admitted, and what is left."""

from __future__ import annotations

import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.cases import Case
from simulate.dossier.content.counts import Counts, counted, placed_name
from simulate.dossier.content.pen import known_columns, names_by_id, table_of
from simulate.dossier.material import Material
from simulate.dossier.model import Column
from simulate.report.words import cut_off, item_titles, stage_titles


def cut_off_counts(material: Material, speak: Speaker) -> Counts:
    """Return T8."""
    case = material.proposed
    policy = case.run.policy
    stages, items = stage_titles(policy, speak), item_titles(policy, speak)
    districts = names_by_id(case.city["districts"], "district_id")
    frame = case.summary.schools.copy()
    frame["district"] = frame["district_id"].astype("object").map(districts)
    frame["stage"] = frame["cut_off_stage"].map(stages)
    frame["cut_off"] = [cut_off(one, speak, items) for one in frame["cut_off"]]
    frame["placed"] = frame["given"] + frame["over"]
    frame["last_rank"] = last_ranks(case)
    columns = [
        Column(key="name", title=speak(say("school")), weight=2),
        Column(key="district", title=speak(say("district"))),
        Column(key="stage", title=speak(say("last stage that filled it")), weight=2),
        Column(key="cut_off", title=speak(say("cut-off: the last one admitted")), weight=2),
        Column(key="last_rank", title=speak(say("rank of the last one")), kind="integer", internal=True),
        Column(key="seats", title=speak(say("seats")), kind="integer"),
        Column(key="placed", title=speak(say("placed")), kind="integer", children=True),
        Column(key="left", title=speak(say("free")), kind="integer"),
    ]
    table = table_of(
        "T8",
        speak(say("Cut-offs and free seats")),
        known_columns(columns, frame, "district"),
        frame,
        frame["school_id"],
        notes=[
            speak(say("No cut-off: nobody who claimed a seat there was refused, or seats are left.")),
        ],
        internal_notes=[
            speak(
                say(
                    "Rank: among those whom the stage placed there, in the order of the rules. The ticket "
                    "that decides ties is in the private records of the run."
                )
            ),
        ],
    )
    ids = [str(one) for one in frame["school_id"]]
    named = {(one, "placed"): placed_name(case.key, one) for one in ids}
    follows = {"left": ("placed",), "cut_off": ("placed",), "stage": ("placed",)}
    return Counts(tables=(counted(table, named=named, follows=follows),))


def last_ranks(case: Case) -> pd.Series:
    """Return how many the stage of each school's cut-off placed there: the last one's rank among them.

    Returns
    -------
    Series, shape (schools,)
        In the order of `Summary.schools`; missing where there is no cut-off.
    """
    there = case.placements[case.placements["outcome"] == "placed"]
    sizes = there.groupby(["school_id", "stage"]).size()
    schools = case.summary.schools
    known = schools["cut_off_stage"].notna()
    pairs = pd.MultiIndex.from_frame(schools[["school_id", "cut_off_stage"]].astype("object"))
    return pd.Series(sizes.reindex(pairs).to_numpy(), index=schools.index).where(known)
