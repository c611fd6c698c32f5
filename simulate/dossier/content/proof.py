"""Part 13, how the draw can be computed again by anyone."""

from __future__ import annotations

import pandas as pd

from geodata.messages import say
from simulate.dossier.cases import Case
from simulate.dossier.content.pen import Pen, table_of
from simulate.dossier.material import Material
from simulate.dossier.model import Block, Bullets, Column, Heading, Part, Table
from simulate.inputs import sha256_of

_LISTED = "inputs/children.parquet"


def proof_part(material: Material, pen: Pen) -> Part:
    """Return the part on the draw."""
    speak = pen.speak
    secret = bool(material.proposed.run.manifest.get("secret"))
    blocks: list[Block] = [
        pen.words(
            say(
                "Equal children are ordered by a ticket that anyone can compute: a ticket depends on the "
                "seed and on the child's own number alone, so that nobody's ticket changes when another "
                "child comes or goes."
            )
        ),
        proof_table(material, pen),
        Heading(text=speak(say("The formula of the ticket"))),
        Bullets(
            items=tuple(
                pen.name(speak(one))
                for one in (
                    say("ticket = HKDF-SHA-256 (RFC 5869), 32 bytes"),
                    say(
                        "input key = the seed as UTF-8; salt = the secret revealed after the draw, "
                        "or nothing"
                    ),
                    say(
                        "info = the number of the twins' group if there is one, else the "
                        "applicant's number; "
                        "with “|school” where a school has its own tickets"
                    ),
                    say("the smaller ticket comes first, compared from the left; then the smaller number"),
                )
            )
        ),
        Heading(text=speak(say("To compute it again"))),
        Bullets(items=(pen.name(f"xuequ verify {material.proposed.run.name}"),)),
        pen.words(
            say(
                "The command solves the run again by other code, from the inputs in the run folder alone, "
                "and refuses a list in which one seat was swapped."
            )
        ),
    ]
    if secret and pen.public:
        blocks.append(
            pen.words(say("The secret is not in this pack; it is revealed after the draw."), "note")
        )
    title = speak(say("How the draw can be computed again"))
    return Part(number=13, title=title, blocks=tuple(blocks))


def proof_table(material: Material, pen: Pen) -> Table:
    """Return seed, version and hashes of each run."""
    speak = pen.speak
    cases = material.all_cases
    rows = [
        ("run", speak(say("run")), [case.run.name for case in cases]),
        (
            "version",
            speak(say("version of the program")),
            [f"xuequ {c.run.manifest['xuequ']}" for c in cases],
        ),
        ("seed", speak(say("public seed")), [str(case.run.manifest["seed"]) for case in cases]),
        ("rules", speak(say("rules (SHA-256)")), [_hash(case, "inputs/policy.json") for case in cases]),
        ("list", speak(say("list of children (SHA-256)")), [_hash(case, _LISTED) for case in cases]),
        ("result", speak(say("result (SHA-256)")), [_hash(case, "placements.parquet") for case in cases]),
        (
            "manifest",
            speak(say("manifest (SHA-256)")),
            [sha256_of(case.run.folder / "manifest.json") for case in cases],
        ),
    ]
    if not pen.public and any(case.run.manifest["secret"] for case in cases):
        secrets = [str(case.run.manifest["secret"]) for case in cases]
        rows.insert(
            3, ("secret", speak(say("secret revealed after the draw: not for the public before")), secrets)
        )
    frame = pd.DataFrame(
        [
            {"what": what, **{case.key: value for case, value in zip(cases, values, strict=True)}}
            for _, what, values in rows
        ]
    )
    from simulate.dossier.content.scenarios import case_title

    columns = [
        Column(key="what", title=speak(say("what")), weight=1.2),
        *(Column(key=case.key, title=case_title(case, speak), kind="code", weight=2) for case in cases),
    ]
    return table_of("L3", speak(say("What decides the draw")), columns, frame, [row[0] for row in rows])


def _hash(case: Case, file: str) -> str:
    return str(case.run.manifest["files"].get(file, ""))
