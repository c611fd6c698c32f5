"""The little of WordprocessingML that python-docx has no functions for, as elements.

Text enters through `escaped` alone, so that nothing of a document is markup.
"""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape

from simulate.dossier.labels import tidy

_SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "w10": "urn:schemas-microsoft-com:office:word",
}


def plain(text: str) -> str:
    """Return a text without signs that draw nothing, or that XML has not."""
    return tidy(text).replace("\ufffe", "").replace("\uffff", "")


def escaped(text: str) -> str:
    """Return a text as it may stand in an element or between double quotes.

    Examples
    --------
    >>> escaped('<b> "A" & B')
    '&lt;b&gt; &quot;A&quot; &amp; B'
    """
    return escape(plain(text), {'"': "&quot;"})


def element(xml: str) -> Any:
    """Return the element of XML whose prefixes are those of Word.

    Examples
    --------
    >>> element("<w:p/>").tag.rpartition("}")[2]
    'p'
    """
    from docx.oxml import parse_xml

    name = re.split(r"[\s/>]", xml[1:], maxsplit=1)[0]
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in _SPACES.items())
    return parse_xml(f"<{name}{spaces}{xml[1 + len(name) :]}")


def run(text: str, *, bold: bool = False, half_points: int | None = None) -> str:
    """Return a run of text; a break of the line stays one."""
    marks = ("<w:b/>" if bold else "") + (
        "" if half_points is None else f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'
    )
    words = escaped(text).replace("\n", '</w:t><w:br/><w:t xml:space="preserve">')
    look = f"<w:rPr>{marks}</w:rPr>" if marks else ""
    return f'<w:r>{look}<w:t xml:space="preserve">{words}</w:t></w:r>'


def paragraph(style: str, *runs: str, more: str = "") -> str:
    """Return a paragraph by the id of its style; `more` are properties after it."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>{"".join(runs)}</w:p>'


def field(code: str, shown: str = "", *, stale: bool = False) -> str:
    """Return a field of ours; never one of a document's text.

    Parameters
    ----------
    code : str
    shown : str
        Runs that stand there until Word has worked it out.
    stale : bool
        Whether Word shall work it out as it opens the paper.
    """
    dirty = ' w:dirty="true"' if stale else ""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"{dirty}/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escaped(code)} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{shown}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
