"""Part 12, the people of the hearing (T12) and their opinions (T13): forms, or as they were filled in."""

from __future__ import annotations

from geodata.messages import say
from simulate.dossier.content.pen import Pen
from simulate.dossier.forms import tables_of
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Missing, Part


def hearing_part(material: Material, pen: Pen) -> Part:
    """Return the part on the hearing."""
    people, opinions = tables_of(material.forms, pen.lang)
    blocks: list[Block] = []
    if not material.forms.people and not material.forms.opinions:
        blocks.append(
            Missing(
                what=pen.speak(say("The people of the hearing, and what they said.")),
                how=pen.speak(
                    say(
                        "Fill the forms in the workbook of this dossier (.xlsx), and make it again with "
                        "--forms FILE."
                    )
                ),
            )
        )
    return Part(
        number=12,
        title=pen.speak(say("The hearing: people and opinions")),
        blocks=(*blocks, people, opinions),
    )
