"""What differs between two runs: who moved, from where to where."""

from __future__ import annotations

import pandas as pd

CHANGES = ("came", "gone", "placed", "lost", "moved", "other")


def moves_between(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the children whose outcome, school or place over the intake differs between two runs.

    Parameters
    ----------
    before, after : DataFrame
        Placements of two runs.

    Returns
    -------
    DataFrame
        applicant_id, change, and outcome, school_id, stage before and after; in order of applicant_id.
        `change`: came or gone (only in one run), placed (had no place before), lost (has none now), moved
        (another school), other (the same school in another stage or over the intake, or without a place
        for another reason).

    Examples
    --------
    >>> columns = ["applicant_id", "outcome", "school_id", "stage", "over", "reason"]
    >>> a = pd.DataFrame([["x", "placed", "S", "one", False, "seat"]], columns=columns)
    >>> b = pd.DataFrame([["x", "placed", "T", "one", False, "seat"]], columns=columns)
    >>> moves_between(a, b)["change"].tolist(), len(moves_between(a, a))
    (['moved'], 0)
    """
    columns = ["outcome", "school_id", "stage", "over", "reason"]
    old = before.set_index("applicant_id")[columns].astype("str").add_suffix("_before")
    new = after.set_index("applicant_id")[columns].astype("str").add_suffix("_after")
    both = old.join(new, how="outer").fillna("").sort_index()
    there = both["outcome_before"] != ""
    here = both["outcome_after"] != ""
    was = both["outcome_before"] == "placed"
    now = both["outcome_after"] == "placed"
    change = pd.Series("same", index=both.index)
    differs = pd.Series(False, index=both.index)
    for column in columns:
        differs |= both[f"{column}_before"] != both[f"{column}_after"]
    change[differs] = "other"
    change[was & now & (both["school_id_before"] != both["school_id_after"])] = "moved"
    change[~was & now] = "placed"
    change[was & ~now] = "lost"
    change[~there] = "came"
    change[~here] = "gone"
    shown = [f"{name}_{when}" for when in ("before", "after") for name in ("outcome", "school_id", "stage")]
    table = both.assign(change=change)[["change", *shown]]
    return table[table["change"] != "same"].rename_axis("applicant_id").reset_index()
