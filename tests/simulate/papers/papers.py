"""What the tests of papers share: a tiny city with texts and telephones, and how a PDF is read."""

from __future__ import annotations

import io
import re
from pathlib import Path

from pypdf import PdfReader

from geodata.messages import Lang, speaker
from simulate.papers.sources import Source, source_of
from tests.tiny import Edit, write_tiny

LANGS: tuple[Lang, ...] = ("zh", "en")
HOSTILE = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://x"）'
TEXT_ONE = "东街·甲社区部分：乙路1--9号（单号）；丙街。##东街·漖滘社区"
SCHOOLS = (
    ("school_id,name,lng,lat", "school_id,name,telephone,kind,lng,lat"),
    ("S1,东一小学,", "S1,东一小学,0592-1234567,public,"),
    ("S2,东二小学,", f"S2,{HOSTILE},,nine-year,"),
    ("S3,东三小学,", f"S3,{FORMULA},,,"),
    ("S4,西小学,", "S4,西小学,,public,"),
)


def tiny_with_texts(folder: Path, text: str = TEXT_ONE, **changes: Edit) -> Path:
    """Write the tiny project: zone Z1 has a text, the others have names of units; hostile school names."""
    schools = list(SCHOOLS)
    zones = f"zone_id,name,scope_text\nZ1,东一片区,{text}\nZ2,东二片区,\nZ3,西片区,\n"
    given: dict[str, Edit] = {"schools": schools, "zones": zones}
    return write_tiny(folder, **{**given, **changes})


def tiny_source(folder: Path, text: str = TEXT_ONE, **changes: Edit) -> Source:
    return source_of(tiny_with_texts(folder, text, **changes))


def pages_of(pdf: bytes) -> list[str]:
    """Return the text of each page without spaces."""
    return [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def said(lang: Lang, words: str) -> str:
    """Return a message in a language, without spaces, as a page of a PDF shows it."""
    return re.sub(r"\s", "", speaker(lang)(words))
