"""What a paper is made from: a project folder or a run folder, its rules, and what every page says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geodata import City, read_city
from geodata.messages import Speaker, say
from simulate.app import policy_of
from simulate.dossier.model import Front
from simulate.policy import Policy
from simulate.runs import Run, read_run
from zoning.maps.ornaments import WATERMARK

BLANK = "________"
"""Stands where the bureau has something to fill in: nothing is invented in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A city with its rules.

    Parameters
    ----------
    city : City
    policy : Policy, optional
        As it holds on the project's day; None where the project names none.
    run : Run, optional
        Where the folder is that of a run.
    """

    city: City
    policy: Policy | None
    run: Run | None = None


def source_of(folder: Path) -> Source:
    """Read a project folder, or a run folder (it has `manifest.json`).

    Raises
    ------
    XuequError
        If the folder, its tables or its rules are wrong.
    """
    if (folder / "manifest.json").is_file():
        run = read_run(folder)
        return Source(city=run.city, policy=run.policy, run=run)
    city = read_city(folder)
    policy = None if city.project.project.policy is None else policy_of(city, folder)
    return Source(city=city, policy=policy)


def city_in(folder: Path) -> City:
    """Read the city of a project folder or run folder alone: last year's rules need not hold any more.

    Raises
    ------
    XuequError
        If the folder or its tables are wrong.
    """
    return read_run(folder).city if (folder / "manifest.json").is_file() else read_city(folder)


def front_of(
    source: Source,
    speak: Speaker,
    *,
    title: str,
    subtitle: str = "",
    marks: tuple[str, ...] = (),
    authority: str = "",
    document_no: str = "",
) -> Front:
    """Return what every page of a paper says: marks, rules and their day, room for who decides.

    Parameters
    ----------
    source : Source
    speak : Speaker
    title, subtitle : str
    marks : tuple of str
        Beside that of a made-up city.
    authority, document_no : str
        Where they are known.
    """
    head, run = source.city.project.project, source.run
    made = (WATERMARK,) if head.synthetic else ()
    if run is not None and run.manifest["synthetic_children"] and not head.synthetic:
        made = (speak(say("The children are synthetic: drawn from counts.")),)
    return Front(
        title=title,
        subtitle=subtitle,
        project=head.name,
        year=str(head.year),
        authority=authority,
        document_no=document_no,
        rules=_rules(source, speak),
        draft="",
        watermark=WATERMARK if head.synthetic else "",
        marks=(*made, *marks),
        made_from=() if run is None else (run.name,),
        advice=speak(say("Made by a program to advise; the education authority decides.")),
    )


def _rules(source: Source, speak: Speaker) -> str:
    policy = source.policy
    if policy is None:
        return ""
    day = source.city.project.project.date.isoformat()
    title = speak.choose(policy.title.model_dump())
    return speak(say("{rules} ({id}), as of {day}", rules=title, id=policy.id, day=day))
