"""The page of an ensemble: scenarios side by side, early warning, flows, how sure, what was drawn.

It is an internal paper: small counts stand in it as they are. No child and no chance of a school by unit is
ever in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from geodata.messages import Lang, Speaker, Text, say, speaker
from geodata.project import Project
from simulate.ensemble.convergence import largest_standard_error
from simulate.ensemble.early_warning import short_counts
from simulate.ensemble.page_picture import WIDTH, curves_of, panels_of
from simulate.ensemble.page_rows import Called, called_in, scenario_rows
from simulate.ensemble.sides import Side, sides_of
from simulate.ensemble.telling import reading_notes, rows_of, title_of
from simulate.ensemble.uncertainty import VARY_NAMES, Statement, read_uncertainty
from simulate.report import words
from simulate.scenarios.reading import read_scenario
from simulate.scenarios.telling import told
from zoning.maps.colours import FILLS, colour_keys
from zoning.maps.ornaments import WATERMARK
from zoning.pressure import COLOURS
from zoning.web.fonts import font_css

if TYPE_CHECKING:
    from simulate.ensemble.reading import Ensemble

_HERE = Path(__file__).parent
LIKELY = 0.5
"""From this chance on a zone is counted on the card as likely short."""


def draw(ensemble: Ensemble, lang: Lang) -> str:
    """Draw the page of an ensemble.

    Parameters
    ----------
    ensemble : Ensemble
        As read from its folder.
    lang : {"zh", "en"}
        The language of the page.

    Returns
    -------
    str
        A whole HTML page that loads nothing; the same ensemble makes the same text.
    """
    return rendered("ensemble.html", _context(ensemble, speaker(lang)), speaker(lang))


def rendered(template: str, context: dict[str, Any], speak: Speaker, *folders: Path) -> str:
    """Fill in a template that lies here, or in one of some folders, with style and font in the page."""
    environment = Environment(
        loader=FileSystemLoader([_HERE, *folders]), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(_=lambda text, **values: speak(say(text, **values)))
    environment.filters.update(number=words.number)
    style = (_HERE.parent / "report" / "report.css", _HERE / "pictures.css")
    css = Markup("".join(path.read_text(encoding="utf-8") for path in style))
    found = environment.get_template(template)
    shared = {**context, "css": css, "lang": "zh-CN" if speak.lang == "zh" else "en"}
    # the page is drawn twice: its own text says which characters its font must have
    font = font_css(found.render(**shared, font_css=""))
    return found.render(**shared, font_css=Markup(font.css))


def heads_of(sides: Sequence[Side], speak: Speaker) -> list[dict[str, Any]]:
    """Return what stands at the head of each side's column."""
    return [{"id": side.id, "title": title_of(side, speak), "assumed": side.assumed} for side in sides]


def _context(ensemble: Ensemble, speak: Speaker) -> dict[str, Any]:
    sides = sides_of(ensemble)
    rows = rows_of(sides, speak)
    inputs = ensemble.folder / "inputs"
    project = Project.model_validate_json((inputs / "project.json").read_bytes())
    scenarios = []
    for number, side in enumerate(sides):
        called = called_in(inputs, ensemble.folder / "scenarios" / side.id)
        scenarios.append(scenario_rows(side, sides[0] if number else None, called, speak))
    return {
        "project": ensemble.project,
        "year": ensemble.year,
        "zone": speak.choose(project.zone_label.model_dump()),
        "watermark": WATERMARK if ensemble.synthetic_city else "",
        "synthetic_children": ensemble.synthetic_children,
        "draws": ensemble.draws,
        "stopped": _stopped(ensemble, speak),
        "sides": heads_of(sides, speak),
        "rows": rows,
        "panels": panels_of(rows, sides, speak),
        "picture_width": WIDTH,
        "cards": _cards(sides, scenarios, speak),
        "scenarios": scenarios,
        "colour_keys": [(FILLS[k.colour], speak(k.span), speak(k.meaning)) for k in colour_keys()],
        "colour_names": dict(zip(COLOURS, (speak(one) for one in _COLOUR_NAMES), strict=True)),
        "sure": sure_words(sides, called_in(inputs), speak),
        "curves": curves_of(sides, speak),
        "varied": speak(say(", ")).join(speak(VARY_NAMES[name]) for name in ensemble.varied),
        "uncertainty": speak.choose(ensemble.uncertainty.title.model_dump()),
        "statements": _statements(ensemble, speak),
        "changes": _changes(ensemble, speak),
        "reading": [speak(note) for note in reading_notes(sides)],
        "command": _command(ensemble),
        "facts": _facts(ensemble, speak),
    }


_COLOUR_NAMES = (say("red"), say("orange"), say("yellow"), say("green"), say("no data"))


def sure_words(sides: Sequence[Side], called: Called, speak: Speaker) -> str:
    """Return how sure the draws are of what is asked first: which zones run short."""
    by_id = {side.id: side for side in sides}
    largest = largest_standard_error({side.id: side.stack for side in sides})
    if largest.zone < 0:
        return speak(say("No zone is in doubt: there is none."))
    side = by_id[largest.scenario]
    zone = str(side.places.zones[largest.zone])
    told: Text = say(
        "After {draws} draws, the probability that a zone runs short has a standard error of at most "
        "{error} (zone {zone}, scenario “{scenario}”).",
        draws=f"{side.draws:,}",
        error=f"{largest.standard_error:.1%}",
        zone=called.zones.get(zone, zone),
        scenario=title_of(side, speak),
    )
    return speak(told)


def _stopped(ensemble: Ensemble, speak: Speaker) -> str:
    if ensemble.manifest.stopped != "standard-error":
        return ""
    return speak(
        say(
            "Stopped before {asked} draws: the standard error asked for ({error}) was reached.",
            asked=f"{ensemble.manifest.draws:,}",
            error=ensemble.manifest.standard_error,
        )
    )


def _cards(
    sides: Sequence[Side], scenarios: Sequence[dict[str, Any]], speak: Speaker
) -> list[dict[str, str]]:
    """Return the cards of the base: zones that are likely short, seats short, what became of whom."""
    base = {row.measure: row.cells[0] for row in rows_of(sides[:1], speak, _ON_CARDS)}
    likely = int((short_counts(sides[0].stack)[0] >= LIKELY * sides[0].draws).sum())

    def card(measure: str, name: str, tone: str) -> dict[str, str]:
        cell = base.get(measure)
        return {
            "value": cell.amount if cell else "0",
            "name": name,
            "note": cell.spread if cell else "",
            "tone": tone if cell else "good",
        }

    zones = {
        "value": f"{likely:,}",
        "name": speak(say("zones more likely short than not")),
        "note": speak(say("of {all}", all=f"{scenarios[0]['all_zones']:,}")),
        "tone": "bad" if likely else "good",
    }
    return [
        zones,
        card("short_zone", speak(say("seats short, zone by zone")), "warn"),
        card("short_city", speak(say("seats short, the city as one")), "warn"),
        card("coordinated", speak(say("placed by coordination")), "plain"),
        card("not_admitted", speak(say("not admitted")), "warn"),
        card("over", speak(say("seated above the intake")), "warn"),
    ]


_ON_CARDS = tuple(
    (name, "all") for name in ("short_zone", "short_city", "coordinated", "not_admitted", "over")
)


def _changes(ensemble: Ensemble, speak: Speaker) -> dict[str, list[str]]:
    """Return what each scenario changes, in words, with its reasons; its title stands above them."""
    folder = ensemble.folder / "scenarios"
    return {one.id: told(read_scenario(folder / f"{one.id}.toml"), speak)[1:] for one in ensemble.scenarios}


def _statements(ensemble: Ensemble, speak: Speaker) -> list[dict[str, Any]]:
    """Return what the statements that were drawn from say, and what each rests on."""
    return [
        {
            "title": speak(VARY_NAMES[name]),
            "assumed": one.assumed,
            "basis": one.source or (speak.choose(one.reason.model_dump()) if one.reason else ""),
            "values": _values(one),
        }
        for name, one in ensemble.uncertainty.statements.items()
        if name in ensemble.varied
    ]


def _values(one: Statement) -> list[tuple[str, str]]:
    left_out = {"source", "assumed", "reason"}
    told = one.model_dump(mode="json", exclude=left_out)
    return [(name, _value(value)) for name, value in told.items() if value not in (None, {}, [])]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {part}" for name, part in sorted(value.items()))
    return str(value)


def _command(ensemble: Ensemble) -> str:
    parts = ["xuequ ensemble DIR"]
    parts += [f"--scenario {one.id}.toml" for one in ensemble.scenarios[1:]]
    parts += [f'--draws {ensemble.manifest.draws} --seed "{ensemble.seed}"']
    parts += [f"--vary {','.join(ensemble.manifest.vary)}"]
    if ensemble.manifest.standard_error is not None:
        parts.append(f"--standard-error {ensemble.manifest.standard_error}")
    if ensemble.uncertainty != read_uncertainty():
        parts.append("--uncertain FILE")
    return " ".join(parts)


def _facts(ensemble: Ensemble, speak: Speaker) -> list[tuple[str, str]]:
    facts = [
        (speak(say("Version")), f"xuequ {ensemble.manifest.xuequ}"),
        (speak(say("Public seed of the draw")), ensemble.seed),
        (speak(say("Draws")), f"{ensemble.draws:,}"),
    ]
    digests = {entry.id: entry.digest for entry in ensemble.manifest.scenarios}
    facts += [
        (speak(say("Scenario {id}, digest of what it plays", id=one.id)), digests[one.id])
        for one in ensemble.scenarios
    ]
    return facts
