"""« Ce qui a changé depuis le dernier comité »: the figures that moved, and why."""

from pipelines.diagnostic.blocks import Block, Section, Text
from pipelines.diagnostic.chapters.pieces import grid
from pipelines.diagnostic.french import day
from pipelines.diagnostic.published import Published

CHANGES = """
select i.libelle as indicateur, t.libelle, e.declinaison, e.millesime::varchar as millesime,
    e.nature, e.valeur_avant, e.valeur_apres, e.cause
from qualite.evolutions as e
join referentiel.territoires as t using (territoire_id)
left join referentiel.indicateurs as i using (indicateur_id, declinaison)
order by e.indicateur_id, t.libelle
limit 200
"""
LAST_MEETING = """
select libelle, date_tenue from suivi.reunions
where date_tenue is not null order by date_tenue desc limit 1
"""


def chapter(published: Published) -> Section:
    """What a member who was at the last meeting has not seen yet."""
    told: list[Block] = []
    meeting = published.rows(LAST_MEETING).to_dicts()
    if meeting:
        told.append(
            Text(f"Dernier comité tenu : {meeting[0]['libelle']}, {day(meeting[0]['date_tenue'])}.")
        )
    else:
        told.append(
            Text(
                "Aucun comité n'est inscrit comme tenu dans realisations.csv : les changements "
                "sont comptés depuis la publication précédente.",
                "absence",
            )
        )
    (sentence,) = published.rows("select ce_qui_a_change from referentiel.publication")[
        "ce_qui_a_change"
    ]
    told.append(Text(sentence))
    changes = published.rows(CHANGES)
    if not changes.is_empty():
        told.append(
            grid(
                "Valeurs qui ont changé",
                changes,
                {
                    "indicateur": ("Indicateur", None),
                    "libelle": ("Territoire", None),
                    "millesime": ("Millésime", None),
                    "valeur_avant": ("Avant", 1),
                    "valeur_apres": ("Après", 1),
                    "nature": ("Nature", None),
                    "cause": ("Cause", None),
                },
            )
        )
    return Section("changements", "Ce qui a changé depuis le dernier comité", tuple(told))
