"""Write papers as files of a new folder, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from geodata import City
from geodata.messages import Lang, say, speaker
from geodata.writing.whole import new_folder, refuse_full_folder
from simulate.dossier.writing import product_of
from simulate.papers import leaflets, letters, notice, sheets
from simulate.papers.facts import Hearing
from simulate.papers.intake import intake_document
from simulate.papers.sheets import Signature
from simulate.papers.sources import BLANK, Source
from simulate.runs import whole_folder

Format = Literal["html", "pdf", "docx", "xlsx"]
Told = Callable[[float], None]


def write_table(
    out: Path,
    source: Source,
    lang: Lang,
    formats: Sequence[Format],
    *,
    before: City | None = None,
    category: str | None = None,
) -> list[str]:
    """Write the table of intake and catchments; return the names of the files.

    Raises
    ------
    XuequError
        If the folder is there and full; as `intake_document`.
    """
    refuse_full_folder(out)
    document = intake_document(source, lang, before=before, category=category)
    files = {f"intake.{lang}.{one}": product_of(document, one) for one in dict.fromkeys(formats)}
    return _write(out, files)


def write_notice(
    out: Path, source: Source, facts: Hearing, lang: Lang, formats: Sequence[Format]
) -> list[str]:
    """Write the notice of a hearing; return the names of the files."""
    from simulate.papers.notice_word import paper_word

    refuse_full_folder(out)
    document = notice.notice_document(source, facts, lang)
    signed = notice.signature_of(facts, lang)
    files: dict[str, bytes] = {}
    for one in dict.fromkeys(formats):
        if one == "pdf":
            data = sheets.paper_pdf(document, signed=signed)
        elif one == "docx":
            data = paper_word(document, signed)
        else:
            data = product_of(notice.with_signature(document, signed), one)
        files[f"notice.{lang}.{one}"] = data
    return _write(out, files)


def write_leaflets(
    out: Path,
    source: Source,
    lang: Lang,
    formats: Sequence[Format],
    *,
    zones: Sequence[str] = (),
    category: str | None = None,
    apart: bool = False,
    date: str = "",
    told: Told = lambda share: None,
) -> list[str]:
    """Write the leaflets, as one file or (`apart`) a PDF a catchment; return the names of the files.

    Raises
    ------
    XuequError
        If the folder is there and full; as `leaflets_document`.
    """
    refuse_full_folder(out)
    document = leaflets.leaflets_document(
        source, lang, zones=zones, category=category, date=date, told=told
    )
    kicker = document.front.subtitle
    files: dict[str, bytes] = {}
    for one in dict.fromkeys(formats):
        if one != "pdf":
            files[f"leaflets.{lang}.{one}"] = product_of(document, one)
        elif apart:
            for part in document.parts:
                alone = replace(document, parts=(part,))
                files[f"leaflet-{part.number:03d}.{lang}.pdf"] = sheets.leaves_pdf(alone, kicker=kicker)
        else:
            files[f"leaflets.{lang}.pdf"] = sheets.leaves_pdf(document, kicker=kicker)
    return _write(out, files)


def write_letters(
    out: Path,
    source: Source,
    lang: Lang,
    *,
    applicants: Sequence[str] | None = None,
    most: int = 500,
    told: Told = lambda share: None,
) -> list[str]:
    """Write letters to families as PDF, batch by batch, in a folder that only its owner can open.

    Raises
    ------
    XuequError
        If something of that name is there; as `letter_batches`.
    """
    speak = speaker(lang)
    kicker = letters.letter_kicker(source, lang)
    signed = Signature(
        authority=speak(say("{authority} (seal)", authority=BLANK)), date=notice.day_words(None, speak)
    )
    names = []
    with whole_folder(out) as partial:
        batches = letters.letter_batches(source, lang, applicants=applicants, most=most, told=told)
        for number, document in enumerate(batches, start=1):
            name = f"letters-private-{number:04d}.{lang}.pdf"
            (partial / name).write_bytes(sheets.leaves_pdf(document, kicker=kicker, signed=signed))
            names.append(name)
    return names


def _write(out: Path, files: dict[str, bytes]) -> list[str]:
    with new_folder(out) as partial:
        for name, data in files.items():
            (partial / name).write_bytes(data)
    return list(files)
