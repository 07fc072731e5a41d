"""One row a territory, the main indicators side by side: what a map and a first sheet need."""

from dataclasses import dataclass

import polars as pl

from pipelines.diagnostic.published import Published

# What the committee compares first, in the order of the question: supply, gap, need, priority.
MAIN = (
    ("PE03", "ensemble"),
    ("PE04", "cible territoire"),
    ("PE05", "ensemble"),
    ("BES03", "ensemble"),
    ("BES04", "ensemble"),
    ("PRI01", "ensemble"),
)
_ABOUT = {
    "borne_basse": "borne basse",
    "borne_haute": "borne haute",
    "statut": "statut",
    "motif": "motif",
    "millesime": "millésime",
}
_TERRITORIES = """
    select t.territoire_id, t.libelle as territoire, t.niveau, c.libelle as commune,
        p.personnes as enfants_0_2_ans, p.borne_basse_personnes as enfants_0_2_ans_borne_basse,
        p.borne_haute_personnes as enfants_0_2_ans_borne_haute,
        p.millesime as enfants_0_2_ans_millesime
    from referentiel.territoires as t
    left join referentiel.territoires as c on t.commune_id = c.territoire_id
    left join (
        from besoin.population where tranche_age = '0-2 ans'
        qualify row_number() over (
            partition by territoire_id order by millesime desc, edition desc
        ) = 1
    ) as p on t.territoire_id = p.territoire_id
    where t.niveau <> 'référence'
    order by array_position(['territoire', 'commune', 'district'], t.niveau), t.territoire_id
"""
# The last vintage that has a value; else the last, which says why there is none.
_VALUES = """
    select territoire_id, valeur, borne_basse, borne_haute, statut, motif, millesime
    from ecart.indicateurs
    where indicateur_id = ? and declinaison = ?
    qualify row_number() over (
        partition by territoire_id order by valeur is null, millesime desc, edition desc
    ) = 1
"""


@dataclass(frozen=True)
class Synthesis:
    """The rows, and the heading of each column with its unit."""

    rows: pl.DataFrame
    titles: dict[str, str]


def synthesis(published: Published) -> Synthesis:
    """The territory, its communes and its districts, with children and main indicators.

    An indicator gives `pe03` and `pe03_borne_basse`, `_borne_haute`, `_statut`, `_motif`,
    `_millesime`; a territory where it has no value keeps its row, and its reason.
    """
    rows = published.rows(_TERRITORIES)
    titles = {
        "territoire_id": "Code du territoire",
        "territoire": "Territoire",
        "niveau": "Niveau",
        "commune": "Commune",
        "enfants_0_2_ans": "Enfants de 0 à 2 ans (personnes)",
        "enfants_0_2_ans_borne_basse": "Enfants de 0 à 2 ans, borne basse à 95 % (personnes)",
        "enfants_0_2_ans_borne_haute": "Enfants de 0 à 2 ans, borne haute à 95 % (personnes)",
        "enfants_0_2_ans_millesime": "Enfants de 0 à 2 ans, millésime",
    }
    for indicator, variant in MAIN:
        name = indicator.lower()
        values = published.rows(_VALUES, [indicator, variant]).rename(
            {"valeur": name, **{column: f"{name}_{column}" for column in _ABOUT}}
        )
        rows = rows.join(values, on="territoire_id", how="left", maintain_order="left")
        title, unit = _named(published, indicator, variant)
        titles[name] = f"{indicator} – {title} ({unit})"
        titles |= {f"{name}_{column}": f"{indicator}, {said}" for column, said in _ABOUT.items()}
    return Synthesis(rows, titles)


def _named(published: Published, indicator: str, variant: str) -> tuple[str, str]:
    """What the catalogue calls an indicator, and its unit."""
    (row,) = published.rows(
        "select libelle, unite from referentiel.indicateurs "
        "where indicateur_id = ? and declinaison = ?",
        [indicator, variant],
    ).rows()
    title, unit = row
    return (title if variant == "ensemble" else f"{title}, {variant}"), unit
