"""Pictures of the paper: Word shows SVG in new versions only, so each becomes a PNG, fonts and all."""

from __future__ import annotations

import struct

from simulate.dossier.model import Picture
from simulate.dossier.typesetting import fonts, named_for_typst

PPI = 220
"""Points a person does not see apart on paper; a map of a page's width is about 1,350 wide."""
_MM = 25.4


def png_of(picture: Picture, width_mm: float) -> bytes:
    """Draw a picture as PNG.

    Parameters
    ----------
    picture : Picture
    width_mm : float
        How wide it will stand on the page.

    Returns
    -------
    bytes
        Drawn with the fonts of the dossier and no font of this machine; the same picture makes the same
        bytes.
    """
    import typst

    made = typst.compile(
        b"#set page(width: auto, height: auto, margin: 0pt)\n"
        b'#image(bytes(sys.inputs.svg), format: "svg", width: float(sys.inputs.width) * 1mm)\n',
        format="png",
        ppi=PPI,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={
            "svg": named_for_typst(picture.svg),
            "width": f"{width_mm:g}",
        },
    )
    return bytes(made)


def size_mm(png: bytes) -> tuple[float, float]:
    """Return the width and height of a PNG drawn by `png_of`.

    Raises
    ------
    ValueError
        If it is no PNG.
    """
    if not png.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("no PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width / PPI * _MM, height / PPI * _MM
