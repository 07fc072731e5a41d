"""Chapter 6, « suivi »: what was promised, what was done, and when the committees meet."""

import polars as pl

from pipelines.diagnostic.blocks import Block, Section, Text
from pipelines.diagnostic.chapters.pieces import absences, grid, sources, values, values_table
from pipelines.diagnostic.french import day
from pipelines.diagnostic.published import Published

MEETINGS = """
select libelle, communes, annee::varchar as annee, echeance, etat, date_tenue, document,
    source_id as sources
from suivi.reunions order by echeance, libelle
"""
MILESTONES = "select libelle, echeance, etat, source_id as sources from suivi.jalons order by 2, 1"
DIAGNOSTICS = """
select libelle, detenteur, date_document::varchar as date_document, etat, source_id as sources
from suivi.diagnostics order by libelle
"""
EVALUATION = """
select e.mention, t.libelle as commune, e.suivi_par, e.source_id as sources
from suivi.indicateurs_evaluation as e
join referentiel.territoires as t on t.territoire_id = e.commune_id
order by t.libelle, e.mention
"""


def chapter(published: Published) -> Section:
    """What article 9 and annex 4 ask to follow."""
    return Section(
        "suivi",
        "Suivi",
        (
            Section("suivi-indicateurs", "Indicateurs de suivi", (*_indicators(published),)),
            Section("suivi-comites", "Comités", (*_meetings(published),)),
            Section("suivi-jalons", "Échéances", (*_milestones(published),)),
            Section("suivi-diagnostics", "Diagnostics existants", (*_diagnostics(published),)),
            Section("suivi-evaluation", "Indicateurs d'évaluation", (*_evaluation(published),)),
        ),
    )


def _indicators(published: Published) -> list[Block]:
    frames = [
        values(published, indicator, ("territoire", "commune"))
        for indicator in ("GOV01", "GOV02", "GOV03", "GOV04")
    ]
    told: list[Block] = []
    for frame in frames:
        known = frame.filter(pl.col("valeur").is_not_null())
        if not known.is_empty():
            title = str(known["indicateur"][0])
            told.append(values_table(title, known, 0, sources(published, known)))
    return told + absences(pl.concat(frames))


def _dated(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(name).map_elements(day, return_dtype=pl.String) for name in names
    )


def _meetings(published: Published) -> list[Block]:
    frame = published.rows(MEETINGS)
    if frame.is_empty():
        return [Text("La convention n'a pas de calendrier de comités.", "absence")]
    heads: dict[str, tuple[str, int | None]] = {
        "libelle": ("Comité", None),
        "communes": ("Communes", None),
        "echeance": ("Échéance", None),
        "etat": ("État", None),
        "date_tenue": ("Tenu le", None),
    }
    return [
        grid(published, "Comités prévus et tenus", _dated(frame, "echeance", "date_tenue"), heads)
    ]


def _milestones(published: Published) -> list[Block]:
    frame = published.rows(MILESTONES)
    if frame.is_empty():
        return [Text("La convention n'a pas d'échéances.", "absence")]
    heads: dict[str, tuple[str, int | None]] = {
        "libelle": ("Échéance", None),
        "echeance": ("Date", None),
        "etat": ("État", None),
    }
    return [grid(published, "Échéances de réalisation", _dated(frame, "echeance"), heads)]


def _diagnostics(published: Published) -> list[Block]:
    frame = published.rows(DIAGNOSTICS)
    if frame.is_empty():
        return [Text("La convention ne nomme pas de diagnostic à recenser.", "absence")]
    heads: dict[str, tuple[str, int | None]] = {
        "libelle": ("Diagnostic", None),
        "detenteur": ("Détenteur", None),
        "date_document": ("Date", None),
        "etat": ("Intégration", None),
    }
    return [grid(published, "Diagnostics que l'annexe 4 demande de recenser", frame, heads)]


def _evaluation(published: Published) -> list[Block]:
    frame = published.rows(EVALUATION)
    if frame.is_empty():
        return [Text("La convention n'a pas d'indicateurs d'évaluation.", "absence")]
    heads: dict[str, tuple[str, int | None]] = {
        "mention": ("Indicateur, dans les mots de la convention", None),
        "commune": ("Commune", None),
        "suivi_par": ("Suivi par", None),
    }
    return [grid(published, "Indicateurs d'évaluation", frame, heads)]
