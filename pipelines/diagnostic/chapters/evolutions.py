"""« Ce qui a changé depuis le dernier comité »: the figures that moved, and why."""

import polars as pl

from pipelines import archive, evolutions
from pipelines.diagnostic.blocks import Block, Section, Text
from pipelines.diagnostic.chapters.pieces import grid
from pipelines.diagnostic.french import day
from pipelines.diagnostic.published import Published

LABELS = """
select indicateur_id, declinaison, libelle as indicateur from referentiel.indicateurs
"""
PLACES = "select territoire_id, libelle from referentiel.territoires"
SINCE_THE_PUBLICATION_BEFORE = "select * from qualite.evolutions"
LAST_MEETING = """
select libelle, date_tenue from suivi.reunions
where date_tenue is not null order by date_tenue desc, libelle limit 1
"""
# A change of rule moves every value: the workbook and the file have them all.
SHOWN = 60


def chapter(published: Published) -> Section:
    """What a member who was at the last meeting has not seen yet."""
    told, changes = _since_the_meeting(published)
    if not changes.is_empty():
        told += _table(published, changes)
    return Section("changements", "Ce qui a changé depuis le dernier comité", tuple(told))


def _since_the_meeting(published: Published) -> tuple[list[Block], pl.DataFrame]:
    """What moved since the publication that the last meeting saw, or else since the one before."""
    meeting = published.rows(LAST_MEETING).to_dicts()
    before = published.rows(SINCE_THE_PUBLICATION_BEFORE)
    sentence = Text(published.rows("select ce_qui_a_change from referentiel.publication").item())
    if not meeting:
        absent = (
            "Aucun comité n'est inscrit comme tenu dans realisations.csv : les changements sont "
            "comptés depuis la publication précédente."
        )
        return [Text(absent, "absence"), sentence], before
    held = f"{meeting[0]['libelle']}, {day(meeting[0]['date_tenue'])}"
    seen = archive.shown_at(meeting[0]["date_tenue"], published.file)
    shown = evolutions.last(seen.file) if seen else None
    if shown is None:
        absent = (
            f"Dernier comité tenu : {held}. Aucune publication de ce jour ou d'avant n'a été "
            "gardée : les changements sont comptés depuis la publication précédente."
        )
        return [Text(absent, "absence"), sentence], before
    changes = evolutions.explain(shown, evolutions.read(published.connection))
    return [
        Text(f"Dernier comité tenu : {held}."),
        Text(evolutions.told(changes, shown.made)),
    ], changes


def _table(published: Published, changes: pl.DataFrame) -> list[Block]:
    frame = (
        changes.join(
            published.rows(LABELS),
            on=["indicateur_id", "declinaison"],
            how="left",
            maintain_order="left",
        )
        .join(published.rows(PLACES), on="territoire_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("millesime").cast(pl.String),
            pl.coalesce("indicateur", "indicateur_id").alias("indicateur"),
        )
    )
    table = grid(
        published,
        "Valeurs qui ont changé",
        frame.head(SHOWN),
        {
            "indicateur": ("Indicateur", None),
            "declinaison": ("Déclinaison", None),
            "libelle": ("Territoire", None),
            "millesime": ("Millésime", None),
            "valeur_avant": ("Avant", 1),
            "valeur_apres": ("Après", 1),
            "nature": ("Nature", None),
            "cause": ("Cause", None),
        },
    )
    beyond = frame.height - SHOWN
    if beyond <= 0:
        return [table]
    return [table, Text(f"{beyond} autres valeurs : voir qualite.evolutions.", "note")]
