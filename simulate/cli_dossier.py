"""The command that makes the dossier of a hearing."""

from __future__ import annotations

from pathlib import Path

import click

from geodata.messages import LANGS, Lang, Speaker, say, speaker
from simulate.cli_parts import FOLDER, NEW, Translated, lang_asked_for, share_bar

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_PRODUCTS = ("html", "pdf", "docx", "xlsx", "gpkg")


@click.command(
    cls=Translated,
    short_help="Make the dossier of a hearing: HTML, PDF, Word, Excel, layers.",
    help="Make the dossier of a hearing on a plan of catchments: fourteen parts with tables and "
    "maps, as HTML, "
    "PDF, Word, Excel and a GeoPackage, in a new folder.\n\n"
    "RUN is a folder that xuequ run wrote: the first is the plan that is proposed, others stand "
    "beside it as "
    "scenarios. A folder that xuequ ensemble wrote says how sure the figures are. --base is the run of the "
    "plan in force: without it nothing is compared with before.",
)
@click.argument("folders", metavar="RUN…", type=FOLDER, nargs=-1, required=True)
@click.option("--base", metavar="RUN", type=FOLDER, help="The run of the plan in force.")
@click.option(
    "--lang",
    type=click.Choice((*LANGS, "both")),
    default=lang_asked_for,
    show_default="zh in a Chinese shell, else en",
    help="Language of the dossier, or both of them.",
)
@click.option(
    "--public/--internal",
    default=False,
    help="Public: small counts are not told, borders are coarse, nothing is about one child. "
    "Internal without it.",
)
@click.option("--out", type=NEW, help="The folder to write; by default RUN-dossier beside the first run.")
@click.option(
    "--forms", metavar="FILE", type=_FILE, help="The workbook of a dossier whose forms are filled in."
)
@click.option(
    "--forecast",
    metavar="FILE",
    type=_FILE,
    help="The bureau's own forecast: a table zone_id, year, low, mid, high.",
)
@click.option("--authority", metavar="TEXT", default="", help="Who decides; a blank to fill in without it.")
@click.option(
    "--document-no", metavar="TEXT", default="", help="The number of the document; room for it without it."
)
@click.option(
    "--draft", metavar="N", type=click.IntRange(1, 999), help="The number of the draft: 1 without it."
)
@click.option(
    "--final", is_flag=True, help="The final version: no number of a draft and no watermark of it."
)
@click.option(
    "--only",
    metavar="WORD,WORD,…",
    help="Only these products: html, pdf, docx, xlsx, gpkg; all without it.",
)
def dossier(
    folders: tuple[Path, ...],
    base: Path | None,
    lang: str,
    public: bool,
    out: Path | None,
    forms: Path | None,
    forecast: Path | None,
    authority: str,
    document_no: str,
    draft: int | None,
    final: bool,
    only: str | None,
) -> None:
    """Make a dossier."""
    from geodata.writing.whole import refuse_full_folder
    from simulate.dossier.heading import check_heading
    from simulate.dossier.material import material_of
    from simulate.dossier.writing import write_dossier

    spoken: Lang = lang_asked_for() if lang == "both" else lang  # type: ignore[assignment]
    speak = speaker(spoken)
    if final and draft is not None:
        raise click.UsageError(speak(say("--draft and --final do not go together")))
    products = _wanted(only, speak)
    runs, ensembles = sorted_folders(folders)
    target = (
        out if out is not None else folders[0].resolve().with_name(f"{folders[0].resolve().name}-dossier")
    )
    refuse_full_folder(target)
    check_heading({"--authority": authority, "--document-no": document_no})
    langs: tuple[Lang, ...] = LANGS if lang == "both" else (spoken,)
    with share_bar(speak, say("Making the dossier")) as report:
        material = material_of(runs, base=base, ensembles=ensembles, forms=forms, forecast=forecast)
        report(0.15)
        write_dossier(
            target,
            material,
            langs,
            public=public,
            draft=None if final else draft or 1,
            authority=authority,
            document_no=document_no,
            only=products,
            report=lambda share: report(0.15 + 0.85 * share),
        )
    if material.faults:
        words = say(
            "Warning: {n} addresses are moved without a reason; the dossier says so as a fault of its own.",
            n=len(material.faults),
        )
        click.echo(speak(words))
    click.echo(speak(say("Written: {path}", path=target)))
    if not public:
        click.echo(speak(say("It is private: small counts stand in it as they are.")))


def sorted_folders(folders: tuple[Path, ...]) -> tuple[list[Path], list[Path]]:
    """Return which of some folders are runs, and which hold many draws."""
    import json

    runs: list[Path] = []
    ensembles: list[Path] = []
    for folder in folders:
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            manifest = None
        drawn = isinstance(manifest, dict) and manifest.get("kind") == "ensemble"
        (ensembles if drawn else runs).append(folder)
    return runs, ensembles


def _wanted(only: str | None, speak: Speaker) -> tuple[str, ...]:
    if only is None:
        return _PRODUCTS
    names = tuple(dict.fromkeys(word.strip() for word in only.split(",") if word.strip()))
    strange = [name for name in names if name not in _PRODUCTS]
    if strange or not names:
        words = say(
            "--only takes words of {allowed}; found {found}", allowed=", ".join(_PRODUCTS), found=only
        )
        raise click.UsageError(speak(words))
    return names
