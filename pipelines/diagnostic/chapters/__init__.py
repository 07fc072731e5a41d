"""The chapters of the dossier, a file each, in the order of the convention's annex 4."""

from pipelines.diagnostic.blocks import Section
from pipelines.diagnostic.chapters import (
    besoins,
    contexte,
    ecart,
    evolutions,
    fiches,
    methode,
    offre,
    schema,
    suivi,
)
from pipelines.diagnostic.published import Published

CHAPTERS = (evolutions, contexte, offre, besoins, ecart, schema, suivi, fiches, methode)


def chapters(published: Published) -> tuple[Section, ...]:
    """Every chapter of a publication."""
    return tuple(module.chapter(published) for module in CHAPTERS)
