"""What a run comes to: counts by stage, category, district and school, as small tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geodata import City
from geodata.messages import Speaker, Text, say
from simulate.order_keys import key_name
from simulate.policy import Policy
from simulate.runs import Run
from zoning.pressure import seats_by_school, zone_pressure

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The tables of a report; every figure in it comes from one of these.

    Parameters
    ----------
    outcomes : DataFrame
        category × outcome: category, children, placed, over, decided, not_admitted, waiting, withdrawn.
    stages : DataFrame
        stage × category: claimants (of the stage's order), placed, over, decided, mean_m, p90_m, max_m.
    reaches : DataFrame
        category × reach: children placed in their own zone, own district, another district, or nowhere.
    districts : DataFrame
        A district: children, household, seats, own_zone, own_district, elsewhere, unplaced, came_in, left.
    flows : DataFrame
        From (rows) the district of the home to (columns) the district of the school; children placed.
    choices : DataFrame
        category × choice: children who were placed by their first choice, second choice, and so on.
    fairness : DataFrame
        A stage: as `simulate.metrics` counts it.
    schools : DataFrame
        A school: name, district_id, seats, given, over, left, cut_off_stage, cut_off.
    zones : DataFrame
        As `zoning.zone_pressure` returns it.
    """

    outcomes: pd.DataFrame
    stages: pd.DataFrame
    reaches: pd.DataFrame
    districts: pd.DataFrame
    flows: pd.DataFrame
    choices: pd.DataFrame
    fairness: pd.DataFrame
    schools: pd.DataFrame
    zones: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name, as they are written to `summary/`."""
        names = (
            "outcomes",
            "stages",
            "reaches",
            "districts",
            "flows",
            "choices",
            "fairness",
            "schools",
            "zones",
        )
        return {name: getattr(self, name) for name in names}


def summarise(
    city: City,
    policy: Policy,
    placements: pd.DataFrame,
    keys: pd.DataFrame,
    ledger: pd.DataFrame,
    metrics: pd.DataFrame,
) -> Summary:
    """Sum up a run.

    Parameters
    ----------
    city, policy
        What was run.
    placements, keys, ledger, metrics : DataFrame
        As they lie in the run folder.
    """
    reached = placements.assign(reach=_reach(city, placements))
    return Summary(
        outcomes=_outcomes(policy, placements),
        stages=_stages(policy, placements, keys),
        reaches=_reaches(policy, reached),
        districts=_districts(city, policy, reached),
        flows=_flows(placements),
        choices=_choices(policy, placements),
        fairness=metrics,
        schools=_schools(city, placements, ledger),
        zones=_zones(city, policy, placements),
    )


def summary_of(run: Run) -> Summary:
    """Sum up a run from its own tables."""
    tables = (run.table(name) for name in ("placements", "keys", "ledger", "metrics"))
    return summarise(run.city, run.policy, *tables)


def household_categories(policy: Policy) -> tuple[str, ...]:
    """Return the categories of children who have a right to a place."""
    return tuple(c.id for c in policy.category if c.household)


def asked_for_consent(policy: Policy) -> set[str]:
    """Return the categories whose consent to coordination some claim asks for."""
    claims = [claim for stage in policy.stage for claim in stage.claims]
    return {name for claim in claims if claim.who.consents is not None for name in claim.who.categories}


def warnings_of(run: Run, summary: Summary, *, done: bool, speak: Speaker | None = None) -> list[Text]:
    """Return what a planner must know before using the result.

    Parameters
    ----------
    done : bool
        Whether all stages have been run.
    speak : Speaker, optional
        Of the reader: the titles of stages and of items stand in its language; without it, their ids.
    """
    city, policy, placements = run.city, run.policy, run.table("placements")
    found: list[Text] = []
    household = placements["category"].isin(household_categories(policy))
    left_out = int((household & ~placements["outcome"].isin(["placed", "withdrawn"])).sum())
    if done and left_out:
        found.append(
            say("{n} household children have no place: the policy must end with one for each", n=left_out)
        )
    over = int(placements["over"].sum())
    if over:
        schools = int((summary.schools["over"] > 0).sum())
        found.append(
            say("{n} children sit above the intake, at {schools} schools", n=over, schools=schools)
        )
    unknown = int((placements["distance_m"].isna() & (placements["outcome"] == "placed")).sum())
    if unknown:
        found.append(
            say(
                "for {n} placed children no distance is known; where the nearest school was to be taken, "
                "a school at unknown distance came after all others, in order of its id",
                n=unknown,
            )
        )
    twins = city["applicants"]["twin_group"].dropna()
    if len(twins):
        school = placements.set_index("applicant_id")["school_id"].reindex(
            city["applicants"]["applicant_id"][twins.index]
        )
        parted = int((school.fillna("").groupby(twins.to_numpy()).nunique() > 1).sum())
        found.append(
            say(
                "{n} groups of twins share a ticket; {parted} were parted (a stage keeps them together "
                'only with twins = "together", and if they are alike in it)',
                n=twins.nunique(),
                parted=parted,
            )
        )
    applicants = city["applicants"]
    asked = applicants["category"].isin(sorted(asked_for_consent(policy)))
    blank = int((asked & applicants["consents"].isna()).sum())
    if blank:
        found.append(
            say("{n} applicants state no consent to coordination; they count as refusing", n=blank)
        )
    found += _streets_nowhere(run, speak) + _blank_keys(run, speak)
    return found + list(city.notes) + list(city.absences)


def _streets_nowhere(run: Run, speak: Speaker | None) -> list[Text]:
    """Return the stages that look through streets where no school has one."""
    if run.city["schools"]["street_id"].notna().any():
        return []
    found: list[Text] = []
    for stage in run.policy.stage[: int(run.manifest["done"])]:
        streets = [claim.where.schools == "own-street" for claim in stage.claims]
        title = stage.id if speak is None else speak.choose(stage.title.model_dump())
        if all(streets):
            found.append(
                say(
                    "the policy looks through streets, and no school has a street_id: the stage {stage} "
                    "opened nothing",
                    stage=title,
                )
            )
        elif any(streets):
            found.append(
                say(
                    "the policy looks through streets, and no school has a street_id: in the stage {stage} "
                    "what looks through them opened nothing",
                    stage=title,
                )
            )
    return found


def _blank_keys(run: Run, speak: Speaker | None) -> list[Text]:
    """Return, for each key, how many of the children ordered by it lack it."""
    keys = run.table("keys")
    named = {} if speak is None else run.policy.titles_of_items()
    titles = {item: speak.choose(title.model_dump()) for item, title in named.items()} if speak else {}
    found: list[Text] = []
    for name in run.policy.child_keys:
        stages = [s.id for s in run.policy.stage if any(name == key for c in s.claims for key, _ in c.keys)]
        here = keys[keys["stage"].isin(stages)].drop_duplicates("applicant_id")
        blank = int(here[name].isna().sum()) if name in here else 0
        if blank:
            found.append(
                say(
                    "{n} of the {all} children who are ordered by this have none: {key}; they come after "
                    "all who have one, in order of what follows",
                    n=blank,
                    all=len(here),
                    key=key_name(name, titles),
                )
            )
    return found


def write_summary(folder: Path, summary: Summary) -> None:
    """Write each table as CSV (UTF-8 with a mark, so that Excel reads the Chinese)."""
    folder.mkdir(exist_ok=True)
    for name, table in summary.tables().items():
        write_csv(folder / f"{name}.csv", table)


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, UTF-8 with a mark, no cell of which a spreadsheet takes for a formula."""
    text = table.map(_inert).to_csv(index=False, lineterminator="\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))


def _inert(value: object) -> object:
    """Return a text so that no spreadsheet takes it for a formula."""
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _reach(city: City, placements: pd.DataFrame) -> np.ndarray:
    served = pd.MultiIndex.from_frame(city["serves"][["zone_id", "school_id"]])
    # a zone that a stage gave is the child's own from then on
    zone = placements["given_zone_id"].where(placements["given_zone_id"].notna(), placements["zone_id"])
    own_zone = pd.MultiIndex.from_arrays([zone, placements["school_id"]]).isin(served)
    own_district = (placements["district_id"] == placements["school_district_id"]).to_numpy()
    placed = (placements["outcome"] == "placed").to_numpy()
    return np.select(
        [~placed, own_zone, own_district], ["unplaced", "own_zone", "own_district"], "elsewhere"
    )


def _outcomes(policy: Policy, placements: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for category in policy.category:
        own = placements[placements["category"] == category.id]
        rows.append(
            {
                "category": category.id,
                "children": len(own),
                "placed": int((own["outcome"] == "placed").sum()),
                "over": int(own["over"].sum()),
                "decided": int(own["decided"].sum()),
                "not_admitted": int((own["outcome"] == "not-admitted").sum()),
                "waiting": int((own["outcome"] == "waiting").sum()),
                "withdrawn": int((own["outcome"] == "withdrawn").sum()),
            }
        )
    return pd.DataFrame(rows)


def _stages(policy: Policy, placements: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    category = keys["applicant_id"].map(placements.set_index("applicant_id")["category"])
    # a child who stands in a stage again, when a published run is amended, is one child all the same
    claims = keys["applicant_id"].groupby([keys["stage"], category]).nunique()
    rows = []
    for stage in policy.stage:
        for one in policy.category:
            here = placements[
                (placements["stage"] == stage.id)
                & (placements["category"] == one.id)
                & (placements["outcome"] == "placed")
            ]
            claimants = int(claims.get((stage.id, one.id), 0)) + int(here["decided"].sum())
            if claimants == 0:
                continue
            metres = here["distance_m"].dropna().astype("float64")
            rows.append(
                {
                    "stage": stage.id,
                    "category": one.id,
                    "claimants": claimants,
                    "placed": len(here),
                    "over": int(here["over"].sum()),
                    "decided": int(here["decided"].sum()),
                    "mean_m": round(float(metres.mean())) if len(metres) else None,
                    "p90_m": round(float(metres.quantile(0.9))) if len(metres) else None,
                    "max_m": int(metres.max()) if len(metres) else None,
                }
            )
    columns = ["stage", "category", "claimants", "placed", "over", "decided", "mean_m", "p90_m", "max_m"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(dict.fromkeys(columns[2:], "Int64"))


REACHES = ("own_zone", "own_district", "elsewhere", "unplaced")


def _reaches(policy: Policy, reached: pd.DataFrame) -> pd.DataFrame:
    counts = reached.groupby(["category", "reach"]).size().unstack(fill_value=0)
    counts = counts.reindex(index=[c.id for c in policy.category], columns=list(REACHES), fill_value=0)
    return counts.rename_axis("category").reset_index().rename_axis(None, axis=1)


def _districts(city: City, policy: Policy, reached: pd.DataFrame) -> pd.DataFrame:
    schools = city["schools"]
    ids = sorted(set(reached["district_id"].dropna()) | set(schools["district_id"].dropna()))
    counts = reached.groupby(["district_id", "reach"]).size().unstack(fill_value=0)
    counts = counts.reindex(index=ids, columns=list(REACHES), fill_value=0)
    household = reached["category"].isin(household_categories(policy))
    seats = seats_by_school(city).groupby(schools.set_index("school_id")["district_id"]).sum()
    came = reached[reached["reach"] == "elsewhere"].groupby("school_district_id").size()
    seated = reached[~reached["over"] & (reached["outcome"] == "placed")]
    taken = seated.groupby("school_district_id").size()
    names = city["districts"].set_index("district_id")["name"]
    table = pd.DataFrame(
        {
            "district_id": ids,
            "name": [names.get(i) if isinstance(names.get(i), str) else i for i in ids],
            "children": reached.groupby("district_id").size().reindex(ids, fill_value=0).to_numpy(),
            "household": reached[household]
            .groupby("district_id")
            .size()
            .reindex(ids, fill_value=0)
            .to_numpy(),
            "seats": seats.reindex(ids, fill_value=0).to_numpy(),
        }
    )
    for name in REACHES:
        table[name] = counts[name].to_numpy()
    table["came_in"] = came.reindex(ids, fill_value=0).to_numpy()
    table["left"] = table["seats"] - taken.reindex(ids, fill_value=0).to_numpy()
    return table


def _flows(placements: pd.DataFrame) -> pd.DataFrame:
    placed = placements[placements["outcome"] == "placed"]
    counts = placed.groupby(["district_id", "school_district_id"]).size().unstack(fill_value=0)
    ids = sorted(set(counts.index) | set(counts.columns))
    square = counts.reindex(index=ids, columns=ids, fill_value=0)
    return square.rename_axis("district_id").reset_index().rename_axis(None, axis=1)


def _choices(policy: Policy, placements: pd.DataFrame) -> pd.DataFrame:
    """Count by category who got which choice, in stages by choices."""
    rank = placements["choice_rank"].where(placements["outcome"] == "placed")
    counts = placements[rank.notna()].groupby(["category", rank.dropna()]).size().unstack(fill_value=0)
    counts = counts.reindex(index=[c.id for c in policy.category], fill_value=0)
    counts.columns = [f"choice_{int(column)}" for column in counts.columns]
    return counts.rename_axis("category").reset_index()


def _schools(city: City, placements: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    schools = city["schools"][["school_id", "name", "district_id"]].copy()
    ids = schools["school_id"]
    schools["name"] = schools["name"].fillna(ids)
    schools["seats"] = seats_by_school(city).to_numpy()
    # who sits there in the end: the ledger also counts places that were given up later
    there = placements[placements["outcome"] == "placed"]
    for name, mask in (("given", ~there["over"]), ("over", there["over"])):
        schools[name] = there[mask].groupby("school_id").size().reindex(ids, fill_value=0).to_numpy()
    schools["left"] = schools["seats"] - schools["given"]
    cut = ledger[ledger["cut_off"].notna()].drop_duplicates("school_id", keep="last").set_index("school_id")
    schools["cut_off_stage"] = ids.map(cut["stage"])
    schools["cut_off"] = ids.map(cut["cut_off"])
    return schools.reset_index(drop=True)


def _zones(city: City, policy: Policy, placements: pd.DataFrame) -> pd.DataFrame:
    counts = placements.groupby(["zone_id", "category"]).size().rename("children").reset_index()
    return zone_pressure(city, counts, household_categories(policy))
