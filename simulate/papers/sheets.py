"""Short papers as PDF: a title, what is said, who signs; one to a page, or one over as many as it needs.

The dossier's pages have a cover and contents (`simulate.dossier.pdf`); these have neither. Fonts, standards
and the way a block becomes data are the dossier's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simulate.dossier import pdf
from simulate.dossier.model import Document
from simulate.dossier.typesetting import set_pdf

_TEMPLATE = Path(__file__).parent / "sheet.typ"
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signs and when; blank lines where that is not known.

    Parameters
    ----------
    authority, date : str
    """

    authority: str
    date: str


def leaves_pdf(document: Document, *, kicker: str, signed: Signature | None = None) -> bytes:
    """Set each part of a document on a page of its own.

    Parameters
    ----------
    document : Document
        The title of a part is that of its page; part numbers do not show.
    kicker : str
        Stands over each title.
    signed : Signature, optional

    Returns
    -------
    bytes
        PDF/A-2a and PDF/UA-1. Type, picture and list shrink until a part fits its page; what does not even
        in the smallest goes on overleaf, and the foot counts the pages.

    Raises
    ------
    DataError
        If a text has a character that the fonts do not have.
    """
    runs = pdf.data_of(document)["runs"]
    blocks = [block for run in runs for block in run["blocks"]]
    starts = [at for at, one in enumerate(blocks) if one["kind"] == "part"]
    sheets = [
        {"kicker": kicker, "title": part.title, "blocks": blocks[start + 1 : end]}
        for part, start, end in zip(document.parts, starts, [*starts[1:], len(blocks)], strict=True)
    ]
    return _set(document, sheets, signed, fit=True)


def paper_pdf(document: Document, *, signed: Signature | None = None) -> bytes:
    """Set a whole document as one paper under its title, its parts as numbered headings.

    Parameters, raises
    ------------------
    As `leaves_pdf`; type shrinks a little where that saves a page.
    """
    runs = pdf.data_of(document)["runs"]
    blocks = [
        {**block, "kind": "heading", "level": 2} if block["kind"] == "part" else block
        for run in runs
        for block in run["blocks"]
    ]
    sheet = {"kicker": document.front.subtitle, "title": document.front.title, "blocks": blocks}
    return _set(document, [sheet], signed, fit=False)


def _set(
    document: Document, sheets: Sequence[dict[str, Any]], signed: Signature | None, *, fit: bool
) -> bytes:
    data = {
        **pdf.data_of(replace(document, parts=())),
        "sheets": sheets,
        "signed": None if signed is None else [signed.authority, signed.date],
        "fit": fit,
    }
    return set_pdf(_TEMPLATE, data, document, root=_ROOT)
