"""What the command does: from a run folder and an applicant's number to a page or a text."""

from __future__ import annotations

from pathlib import Path

from geodata import XuequError, say
from geodata.messages import Lang, speaker
from geodata.writing.whole import replace_text
from simulate.explain.gather import facts_of
from simulate.explain.page import html_of, text_of
from simulate.explain.replay import replay
from simulate.explain.telling import page_of
from simulate.runs import read_run


def explain_run(folder: Path, applicant: str, *, lang: Lang, out: Path | None = None) -> str:
    """Explain one applicant's outcome in a run.

    Parameters
    ----------
    folder : Path
        The run folder; it stays as it is.
    applicant : str
        The applicant's number, as it stands in the table applicants.
    lang : {"zh", "en"}
        The language.
    out : Path, optional
        The page to write, whole or not at all.

    Returns
    -------
    str
        The same as plain text.

    Raises
    ------
    XuequError
        If the run has no such applicant, records another placement than comes out now, or the file to
        write exists.
    """
    if out is not None and out.exists():
        raise XuequError(say("{folder} exists; nothing was written", folder=out.name))
    run = read_run(folder)
    page = page_of(facts_of(replay(run), applicant), run, speaker(lang))
    if out is not None:
        replace_text(out, html_of(page))
    return text_of(page)
