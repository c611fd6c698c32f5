"""Part 2, the basis: the law and rules with their sources, and how each is used (T2a in two tables)."""

from __future__ import annotations

import pandas as pd

from geodata.messages import Speaker, say
from simulate.dossier.content.pen import Pen, table_of
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Column, Missing, Part, Table
from simulate.report.bases import sources_of
from simulate.standards.values import Standard


def basis_part(material: Material, pen: Pen) -> Part:
    """Return the part on law and rules."""
    blocks: list[Block] = []
    rules = rules_table(material, pen.speak)
    if rules.rows:
        blocks += [
            pen.words(say("Rules of the admission, with the document and day on which each rests."), "law"),
            rules,
        ]
    else:
        blocks.append(
            Missing(
                what=pen.speak(say("Sources of the rules of the admission.")),
                how=pen.speak(
                    say("Give each part of the policy file its source: document, number, clause.")
                ),
            )
        )
    blocks.append(standards_table(material, pen.speak))
    blocks.append(
        pen.words(
            say(
                "Sources are listed as the files of rules and standards have them; check the documents "
                "themselves before citing them."
            ),
            "note",
        )
    )
    return Part(number=2, title=pen.speak(say("Basis: law and rules")), blocks=tuple(blocks))


def rules_table(material: Material, speak: Speaker) -> Table:
    """Return what the policy says of its sources."""
    rows = sources_of(material.proposed.run, speak)
    frame = pd.DataFrame(rows, columns=["title", "from", "source"])
    columns = [
        Column(key="title", title=speak(say("rule: how it is used")), weight=2),
        Column(key="from", title=speak(say("holds from")), kind="code"),
        Column(key="source", title=speak(say("document, number, clause")), weight=3),
    ]
    return table_of(
        "L1",
        speak(say("Rules of the admission and their sources")),
        columns,
        frame,
        [str(number) for number in range(1, len(frame) + 1)],
    )


def standards_table(material: Material, speak: Speaker) -> Table:
    """Return the standards that schools are held against, with their sources."""
    level = material.proposed.city.project.project.level
    other = {"primary": "lower-secondary", "lower-secondary": "primary"}[level]
    parts = [part for part in material.limits.parts if not part.id.endswith(other)]
    frame = pd.DataFrame(
        {
            "title": [speak.choose(part.title.model_dump()) for part in parts],
            "value": [_with_unit(part, speak) for part in parts],
            "from": [str(part.from_) for part in parts],
            "source": [
                part.source
                or speak(
                    say(
                        "Assumed: {reason}",
                        reason=speak.choose(part.reason.model_dump()) if part.reason else "",
                    )
                )
                for part in parts
            ],
        }
    )
    columns = [
        Column(key="title", title=speak(say("standard: how it is used")), weight=2),
        Column(key="value", title=speak(say("value")), weight=0.9),
        Column(key="from", title=speak(say("holds from")), kind="code"),
        Column(key="source", title=speak(say("document, number, clause")), weight=3),
    ]
    return table_of(
        "L2", speak(say("Standards and their sources")), columns, frame, [part.id for part in parts]
    )


def _with_unit(part: Standard, speak: Speaker) -> str:
    """Return the value of a standard with its unit, as far as the title does not say it."""
    number = f"{part.value:,g}" if part.value < 1e6 else f"{part.value:,.0f}"
    units = {
        "pupils": say("{n} pupils", n=number),
        "metres": say("{n} m", n=number),
        "items": say("{n} items", n=number),
        "m2-per-pupil": say("{n} m²", n=number),
        "yuan-per-pupil": say("{n} yuan", n=number),
        "yes-no": say("yes") if part.value else say("no"),
    }
    if part.unit == "share":
        return f"{part.value:.0%}"
    return speak(units[part.unit]) if part.unit in units else number
