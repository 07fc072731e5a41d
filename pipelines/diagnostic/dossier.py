"""The committee's dossier: its content once, drawn as a page and as a paged PDF."""

from pathlib import Path

from pipelines.clock import day_in_paris
from pipelines.diagnostic import charts, page, pdf
from pipelines.diagnostic.blocks import Dossier, written
from pipelines.diagnostic.chapters import chapters
from pipelines.diagnostic.french import day, typeset
from pipelines.diagnostic.published import Published
from pipelines.errors import SourceError
from pipelines.swap import replaced

PAGE, PAPER = "diagnostic.html", "diagnostic.pdf"
# Each chart shows them all: beyond, nobody reads it, and the page weighs more than 100 MB.
MOST_PLACES = 300


def compose(published: Published) -> Dossier:
    """The content of the dossier."""
    (place,) = published.rows(
        "select string_agg(libelle, ', ' order by territoire_id) as lieu "
        "from referentiel.territoires where niveau = 'territoire'"
    )["lieu"]
    dossier = Dossier(
        "Diagnostic de la convention territoriale globale",
        place or "",
        f"Publication du {day(day_in_paris(published.published_at))}, version {published.version}.",
        chapters(published),
    )
    composed: Dossier = written(dossier, typeset)
    return composed


def write(published: Published, folder: Path) -> Path:
    """Write the page and the PDF into `folder`; returns the page.

    Raises:
        SourceError: there are too many places for a document.
    """
    _refuse_vast(published)
    dossier = compose(published)
    images = {
        id(figure): charts.svg(figure.chart)
        for chapter in dossier.chapters
        for figure in chapter.figures()
    }
    with replaced(folder / PAPER) as fresh:
        fresh.write_bytes(pdf.render(dossier, images, published.published_at))
    with replaced(folder / PAGE) as fresh:
        fresh.write_text(page.render(dossier, images), "utf-8")
    return folder / PAGE


def _refuse_vast(published: Published) -> None:
    ((count,),) = published.rows(
        "select count(*) from referentiel.territoires where niveau in ('commune', 'district')"
    ).rows()
    if count > MOST_PLACES:
        raise SourceError(
            PAGE,
            "territoire de la convention",
            f"il a {count} communes et districts, et le dossier en montre {MOST_PLACES} au plus ; "
            "le fichier publié est à jour",
            "rafraîchir sans les exports (make refresh EXPORTS=non), et lire le fichier publié ; "
            "ou faire une convention d'une partie du territoire",
        )
