"""Part 10, fairness by group: who is placed, where, how far, and who gains or loses (T10, T10a to T10c)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.messages import Speaker, Text, say
from simulate.dossier.cases import Case
from simulate.dossier.content.counts import Counts, column_sums, counted, joined, row_sums
from simulate.dossier.content.pen import Pen, no_base, table_of, with_total
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Column, Heading, Missing, Part
from simulate.dossier.suppressing import Equation, sum_of
from simulate.report.words import category_titles, stage_titles
from zoning.plan import ANY

_WAYS = ("same", "nearer", "farther", "unknown")
_GAINS = (*_WAYS, "placed_now", "lost_now")


def fairness_counts(material: Material, speak: Speaker) -> Counts:
    """Return T10, T10a (gains and losses, with a base) and T10b (envy)."""
    return joined([_groups(material, speak), _gains(material, speak), _envy(material, speak)])


def category_name(case: str, what: str, category: str) -> str:
    """Return the name of a count of a category; "children" or "all" for all children together."""
    return f"{what}|{case}|category|{'all' if category == 'children' else category}"


def _in_all(pen: Pen) -> Text:
    what = {
        "children": pen.cite("T10", "all", "children"),
        "placed": pen.cite("T10", "all", "placed"),
        "zone": pen.cite("T10", "all", "own_zone"),
    }
    if pen.tables["T10"].value("all", "mean_m") is None:
        return say(
            "Of {children} children {placed} are placed, {zone} of them at a school of their own zone; how "
            "far it is to school is not known.",
            **what,
        )
    return say(
        "Of {children} children {placed} are placed, {zone} of them at a school of their own zone; "
        "their mean way is {way}.",
        way=pen.cite("T10", "all", "mean_m"),
        **what,
    )


def fairness_part(material: Material, pen: Pen) -> Part:
    """Return the part on fairness."""
    blocks: list[Block] = [
        pen.words(_in_all(pen)),
        pen.tables["T10"],
        Heading(text=pen.speak(say("Who gains and who loses"))),
    ]
    if "T10a" in pen.tables:
        blocks.append(pen.tables["T10a"])
    else:
        blocks.append(no_base(pen))
    blocks += [Heading(text=pen.speak(say("Justified envy, siblings and twins"))), pen.tables["T10b"]]
    blocks += _siblings(material, pen)
    if not pen.public:
        blocks.append(
            pen.words(
                say(
                    "Groups by price of homes are not shown: the project holds no prices, and a "
                    "public pack "
                    "never has them."
                ),
                "note",
            )
        )
    return Part(number=10, title=pen.speak(say("Fairness by group")), blocks=tuple(blocks))


def _groups(material: Material, speak: Speaker) -> Counts:
    case = material.proposed
    titles = category_titles(case.run.policy, speak)
    frame = _by_category(case)
    columns = [
        Column(key="group", title=speak(say("group of children")), weight=2),
        *(
            Column(key=key, title=title, kind="integer", children=True)
            for key, title in (
                ("children", speak(say("children"))),
                ("placed", speak(say("placed"))),
                ("own_zone", speak(say("own zone"))),
                ("own_district", speak(say("elsewhere in the own district"))),
                ("elsewhere", speak(say("another district"))),
                ("not_admitted", speak(say("not admitted"))),
                ("waiting", speak(say("waiting"))),
                ("withdrawn", speak(say("withdrawn"))),
                ("public", speak(say("in public schools"))),
            )
        ),
        Column(key="placed_share", title=speak(say("share placed")), kind="share"),
        Column(key="public_share", title=speak(say("share public")), kind="share"),
        Column(key="mean_m", title=speak(say("mean km")), kind="metres", decimals=2),
        Column(key="p90_m", title=speak(say("km of the farthest tenth")), kind="metres", decimals=2),
    ]
    moved = moved_by_category(material)
    if moved is not None:
        frame["moved"] = [*(moved.get(one, 0) for one in frame["category"][:-1]), sum(moved.values())]
        columns.append(
            Column(key="moved", title=speak(say("children moved")), kind="integer", internal=True)
        )
    frame["group"] = [*(titles[one] for one in frame["category"][:-1]), speak(say("all"))]
    keys = [*frame["category"][:-1], "all"]
    table = table_of(
        "T10",
        speak(say("Groups: placed, where, how far")),
        columns,
        frame,
        keys,
        totals=1,
        notes=[
            speak(
                say(
                    "Public schools: all but private ones with purchased seats; schools of unknown kind "
                    "count as public. Ways as the run measured them."
                )
            )
        ],
    )
    sums = [
        "children",
        "placed",
        "own_zone",
        "own_district",
        "elsewhere",
        "not_admitted",
        "waiting",
        "withdrawn",
        "public",
    ]
    named = {(key, name): category_name(case.key, name, key) for key in keys for name in sums}
    follows = {
        "placed_share": ("children", "placed"),
        "public_share": ("placed", "public"),
        "mean_m": ("placed",),
        "p90_m": ("placed",),
    }
    one = counted(table, named=named, follows=follows)
    private = {
        f"private|{key}": int(frame["placed"].iloc[at]) - int(frame["public"].iloc[at])
        for at, key in enumerate(keys)
    }
    equations: list[Equation] = [
        *column_sums(one, sums),
        *row_sums(one, "placed", ["own_zone", "own_district", "elsewhere"]),
        *row_sums(one, "children", ["placed", "not_admitted", "waiting", "withdrawn"]),
        *(sum_of(one.names[key, "placed"], [one.names[key, "public"], f"private|{key}"]) for key in keys),
    ]
    return Counts(tables=(one,), equations=tuple(equations), unpublished=private)


def moved_by_category(material: Material) -> dict[str, int] | None:
    """Return how many children of each category live in units that move for them; None without a base."""
    board = material.proposed.board
    if material.before is None or board is None or not len(board.units):
        return None
    found = {}
    for row, category in enumerate(board.categories):
        own = material.moves[material.moves["category"].isin([ANY, category])]
        found[category] = int(board.children[row][np.isin(board.units, own["unit_id"])].sum())
    return found


def _by_category(case: Case) -> pd.DataFrame:
    """Return a row a category, and one of all."""
    policy, placements = case.run.policy, case.placements
    kind = case.city["schools"].set_index("school_id")["kind"]
    public = placements["school_id"].map(kind).fillna("public") != "purchased-private"
    table = case.summary.outcomes.merge(case.summary.reaches, on="category", validate="1:1")
    placed = placements["outcome"] == "placed"
    counts = placements[placed & public].groupby("category").size()
    table["public"] = table["category"].map(counts).fillna(0).astype("int64")
    table = table[[*table.columns]].set_index("category").reindex([one.id for one in policy.category])
    total = table.sum(numeric_only=True)
    both = pd.concat([table, pd.DataFrame([total], index=["all"])]).rename_axis("category").reset_index()
    metres = placements["distance_m"].astype("Float64").where(placed)
    ways = metres.groupby(placements["category"])
    both["mean_m"] = [*ways.mean().reindex(table.index), metres.mean()]
    both["p90_m"] = [*ways.quantile(0.9).reindex(table.index), metres.quantile(0.9)]
    both["placed_share"] = both["placed"] / both["children"].where(both["children"] > 0)
    both["public_share"] = both["public"] / both["placed"].where(both["placed"] > 0)
    return both


def _gains(material: Material, speak: Speaker) -> Counts:
    if material.before is None:
        return Counts()
    frame = gains_of(material.before.placements, material.proposed.placements)
    titles = category_titles(material.proposed.run.policy, speak)
    frame = frame[frame["category"].isin(list(titles))].reset_index(drop=True)
    frame["group"] = frame["category"].map(titles)
    columns = [
        Column(key="group", title=speak(say("group of children")), weight=2),
        *(
            Column(key=key, title=title, kind="integer", children=True)
            for key, title in (
                ("children", speak(say("children of both runs"))),
                ("same", speak(say("as far as before"))),
                ("nearer", speak(say("nearer"))),
                ("farther", speak(say("farther"))),
                ("unknown", speak(say("way not known"))),
            )
        ),
        # in public the placed before and now would give one of these away
        Column(key="placed_now", title=speak(say("placed only now")), kind="integer", internal=True),
        Column(key="lost_now", title=speak(say("placed only before")), kind="integer", internal=True),
    ]
    whole = with_total(frame, "group", speak(say("all")), ["children", *_GAINS])
    table = table_of(
        "T10a",
        speak(say("Who gains and who loses")),
        columns,
        whole,
        [*frame["category"], "all"],
        totals=1,
        notes=[
            speak(
                say(
                    "The same children in both runs, by the way to the school of the placement; children "
                    "without a place in either are as far as before."
                )
            )
        ],
    )
    one = counted(table)
    changed = {
        f"changed|{row}": sum(int(table.value(row, kind) or 0) for kind in ("placed_now", "lost_now"))
        for row in table.keys
    }
    rows = [
        sum_of(one.names[row, "children"], [*(one.names[row, kind] for kind in _WAYS), f"changed|{row}"])
        for row in table.keys
    ]
    return Counts(
        tables=(one,),
        equations=(*column_sums(one, ["children", *_WAYS]), *rows),
        unpublished=changed,
    )


def gains_of(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Count the children of two runs by category and whether their way became shorter or longer.

    Parameters
    ----------
    before, after : DataFrame
        Placements.

    Returns
    -------
    DataFrame
        category, children, same, nearer, farther, unknown, placed_now, lost_now.
    """
    old = before.set_index("applicant_id")[["outcome", "distance_m"]].add_suffix("_old")
    new = after.set_index("applicant_id")[["category", "outcome", "distance_m"]]
    both = new.join(old, how="inner")
    now, then = both["outcome"] == "placed", both["outcome_old"] == "placed"
    change = (both["distance_m"].astype("Float64") - both["distance_m_old"].astype("Float64")).astype(
        "Float64"
    )
    known = change.notna()
    way = change.fillna(0).to_numpy(dtype="float64")
    kinds = np.select(
        [now & ~then, then & ~now, now & then & ~known, now & then & (way < 0), now & then & (way > 0)],
        ["placed_now", "lost_now", "unknown", "nearer", "farther"],
        "same",
    )
    counts = (
        pd.Series(kinds, index=both.index).groupby([both["category"], kinds]).size().unstack(fill_value=0)
    )
    counts = counts.reindex(columns=list(_GAINS), fill_value=0)
    counts.insert(0, "children", counts.sum(axis=1))
    return counts.rename_axis("category").reset_index().rename_axis(None, axis=1)


def _envy(material: Material, speak: Speaker) -> Counts:
    case = material.proposed
    titles = stage_titles(case.run.policy, speak)
    metrics = case.summary.fairness
    counts = ["claimants", "envious", "blocking_pairs", "wasted_seats"]
    frame = metrics.groupby("stage", sort=False)[counts].sum().reset_index()
    promised = metrics.groupby("stage")["promises"].all()
    frame["title"] = [titles.get(one, one) for one in frame["stage"]]
    yes, no = speak(say("yes")), speak(say("no"))
    frame["promises"] = [yes if promised[one] else no for one in frame["stage"]]
    columns = [
        Column(key="title", title=speak(say("stage")), weight=2.5),
        Column(key="claimants", title=speak(say("claimed")), kind="integer", children=True),
        Column(
            key="envious", title=speak(say("children with justified envy")), kind="integer", children=True
        ),
        Column(key="blocking_pairs", title=speak(say("blocking pairs")), kind="integer", children=True),
        Column(key="wasted_seats", title=speak(say("wanted seats left empty")), kind="integer"),
        Column(key="promises", title=speak(say("the rules promise none"))),
    ]
    table = table_of(
        "T10b",
        speak(say("Justified envy by stage")),
        columns,
        frame,
        frame["stage"],
        notes=[
            speak(
                say(
                    "Justified envy: a child had a claim on a seat, wanted it more than what it got, and "
                    "stands before someone who was seated there."
                )
            )
        ],
    )
    named = {(one, "claimants"): f"claimants|{case.key}|stage|{one}" for one in frame["stage"]}
    return Counts(tables=(counted(table, named=named),))


def _siblings(material: Material, pen: Pen) -> list[Block]:
    """Return the table of siblings and twins, or what is missing for it."""
    case = material.proposed
    applicants = case.city["applicants"]
    if not len(applicants) or applicants[["sibling_school_id", "twin_group"]].isna().all(axis=None):
        return [
            Missing(
                what=pen.speak(say("Siblings and twins who are parted.")),
                how=pen.speak(
                    say(
                        "Give a list of applicants with sibling_school_id and twin_group; counts "
                        "have neither."
                    )
                ),
            )
        ]
    return [pen.tables["T10c"]]


def sibling_counts(material: Material, speak: Speaker) -> Counts:
    """Return T10c: siblings and twins, together or parted; nothing where none are known."""
    case = material.proposed
    applicants = case.city["applicants"]
    if not len(applicants) or applicants[["sibling_school_id", "twin_group"]].isna().all(axis=None):
        return Counts()
    school = applicants["applicant_id"].map(case.placements.set_index("applicant_id")["school_id"])
    sibling = applicants["sibling_school_id"]
    there = sibling.notna()
    together = int((there & (sibling == school)).sum())
    twins = applicants["twin_group"].dropna()
    parted = school[twins.index].fillna("").groupby(twins.to_numpy()).nunique() > 1
    frame = pd.DataFrame(
        [
            {
                "what": speak(say("children with a sibling at a school")),
                "all": int(there.sum()),
                "together": together,
            },
            {
                "what": speak(say("groups of twins")),
                "all": int(twins.nunique()),
                "together": int((~parted).sum()),
            },
        ]
    )
    frame["parted"] = frame["all"] - frame["together"]
    columns = [
        Column(key="what", title=speak(say("who")), weight=2.5),
        *(
            Column(key=key, title=title, kind="integer", children=True)
            for key, title in (
                ("all", speak(say("all"))),
                ("together", speak(say("together"))),
                ("parted", speak(say("parted"))),
            )
        ),
    ]
    table = table_of("T10c", speak(say("Siblings and twins")), columns, frame, ["siblings", "twins"])
    one = counted(table)
    return Counts(tables=(one,), equations=tuple(row_sums(one, "all", ["together", "parted"])))
