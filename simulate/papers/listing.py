"""The schools of a year as the papers list them: intake, scope, telephone."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from geodata import City
from geodata.messages import Speaker, Text, say
from simulate.dossier.content.pen import names_by_id
from simulate.papers.scopes import Scope, plan_of, school_scopes, zone_scopes
from simulate.standards.entry import announced_classes

KINDS: dict[str, Text] = {
    "public": say("public"),
    "purchased-private": say("private with purchased seats"),
    "nine-year": say("nine-year school"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The schools of one year as the table lists them.

    Parameters
    ----------
    schools : DataFrame
        school_id, name, district, kind, classes, seats, zones, telephone, offers; classes and seats are NaN
        where they are not known; `offers` is whether it has a zone or seats.
    scopes : dict of school_id to Scope
    """

    schools: pd.DataFrame
    scopes: dict[str, Scope]


def listed(city: City, speak: Speaker, category: str | None) -> Listed:
    """Return the schools of a city as the table lists them, by district and name."""
    scopes = zone_scopes(city, plan_of(city, category))
    schools = city["schools"]
    districts = names_by_id(city["districts"], "district_id")
    zones = names_by_id(city["zones"], "zone_id")
    served = city["serves"].assign(zone=city["serves"]["zone_id"].astype(str).map(zones))
    named = served.groupby("school_id")["zone"].agg(lambda own: speak.joined(sorted(own)))
    announced = announced_classes(city).set_index("school_id")
    known = city["seats"]["school_id"].unique()
    ids = schools["school_id"].astype(str)
    district = schools["district_id"].astype("object")
    table = pd.DataFrame(
        {
            "school_id": ids,
            "name": ids.map(names_by_id(schools, "school_id")),
            "district": district.map(districts).where(district.notna(), "").fillna(""),
            "kind": _text(schools["kind"]).map(
                {"": ""} | {kind: speak(word) for kind, word in KINDS.items()}
            ),
            "classes": announced["classes"].reindex(ids).to_numpy(),
            "seats": announced["seats"].reindex(ids).where(ids.isin(known).to_numpy()).to_numpy(),
            "zones": ids.map(named).fillna(""),
            "telephone": _text(schools["telephone"]),
        }
    )
    table["offers"] = (table["zones"] != "") | (table["seats"].fillna(0) > 0)
    table = table.sort_values(["district", "name", "school_id"]).reset_index(drop=True)
    return Listed(schools=table, scopes=school_scopes(city, scopes))


def _text(column: pd.Series) -> pd.Series:
    return column.astype("object").where(column.notna(), "").astype(str)


def whole_number(value: float) -> int | None:
    """Return a count as a cell holds it; None where it is not known."""
    return None if pd.isna(value) else round(value)
