"""The table of fonts: what Word takes where a machine has not the faces of the standard."""

from __future__ import annotations

from simulate.dossier.word_paper import INSTEAD

_SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ROUND = {"黑体": "swiss"}


def font_table() -> bytes:
    """Return the part of a paper that names its fonts; none is embedded."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{_ROUND.get(name, "roman")}"/><w:pitch w:val="variable"/></w:font>'
        for name, instead in INSTEAD.items()
    )
    latin = (
        '<w:font w:name="Times New Roman"><w:charset w:val="00"/><w:family w:val="roman"/>'
        '<w:pitch w:val="variable"/></w:font>'
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{head}<w:fonts xmlns:w="{_SPACE}">{fonts}{latin}</w:fonts>'.encode()
