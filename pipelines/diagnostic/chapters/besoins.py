"""Chapter 3, « analyse des besoins »: children, families, income, and the index of need."""

import polars as pl

from pipelines.diagnostic.blocks import Block, Section, Table, Text
from pipelines.diagnostic.chapters.pieces import CENSUS_BOUNDS, grid, mapped, ranked
from pipelines.diagnostic.french import interval, number
from pipelines.diagnostic.published import Published

CHILDREN = """
select t.libelle, p.personnes, p.borne_basse_personnes, p.borne_haute_personnes, p.millesime,
    p.source_id as sources
from besoin.population as p
join referentiel.territoires as t using (territoire_id)
where p.tranche_age = '0-2 ans' and p.niveau in ('commune', 'district')
qualify p.millesime = max(p.millesime) over ()
order by t.niveau, p.personnes desc
"""
COMPONENTS = """
select t.libelle, n.libelle as composante, n.valeur, n.borne_basse, n.borne_haute, n.unite,
    n.poids_pct, n.contribution
from ecart.indice_besoin as n
join referentiel.territoires as t using (territoire_id)
order by t.libelle, n.libelle
"""


def chapter(published: Published) -> Section:
    """How many children, in what families, and where need is the highest."""
    return Section(
        "besoins",
        "Analyse des besoins",
        (
            Section("besoins-enfants", "Enfants de 0 à 2 ans", (_children(published),)),
            Section(
                "besoins-caf",
                "Enfants connus de la Caf",
                (
                    Text(
                        "Un IRIS couvert par le secret est compté comme un intervalle : la valeur "
                        "est alors un plancher.",
                        "note",
                    ),
                    *ranked(
                        published, "BES01", "Enfants de 0 à 2 ans connus de la Caf", 1, "0-2 ans"
                    ),
                ),
            ),
            Section(
                "besoins-familles",
                "Familles monoparentales",
                (*ranked(published, "BES02", "Familles monoparentales"),),
            ),
            Section(
                "besoins-pauvrete",
                "Pauvreté",
                (
                    *mapped(published, "BES03", "Taux de pauvreté par district"),
                    *ranked(published, "BES03", "Taux de pauvreté"),
                ),
            ),
            Section(
                "besoins-indice",
                "Indice de besoin",
                (
                    Text(
                        "L'indice réunit des composantes centrées et réduites, chacune avec son "
                        "poids. 0 est la moyenne des districts. Il compare des districts d'un même "
                        "territoire, jamais deux territoires.",
                        "note",
                    ),
                    *mapped(published, "BES04", "Indice de besoin par district", 1),
                    *ranked(published, "BES04", "Indice de besoin", 2),
                    *_components(published),
                ),
            ),
        ),
    )


def _children(published: Published) -> Table:
    frame = published.rows(CHILDREN).with_columns(
        pl.struct("borne_basse_personnes", "borne_haute_personnes")
        .map_elements(lambda pair: interval(*pair.values()), return_dtype=pl.String)
        .alias("intervalle"),
        pl.col("millesime").cast(pl.String),
    )
    return grid(
        published,
        "Enfants de 0 à 2 ans au recensement",
        frame,
        {
            "libelle": ("Territoire", None),
            "personnes": ("Enfants", 0),
            "intervalle": (CENSUS_BOUNDS.capitalize(), None),
            "millesime": ("Millésime", None),
        },
    )


def _components(published: Published) -> list[Block]:
    frame = published.rows(COMPONENTS)
    if frame.is_empty():
        return []
    names = frame["composante"].unique(maintain_order=True).to_list()
    wide = frame.pivot(on="composante", index="libelle", values="valeur")
    weights = " ; ".join(
        f"{row['composante']}, {number(row['poids_pct'], 0)} %"
        for row in frame.unique("composante", maintain_order=True).to_dicts()
    )
    heads: dict[str, tuple[str, int | None]] = {"libelle": ("District", None)}
    heads |= {name: (f"{name} (%)", 1) for name in names}
    return [
        Text(f"Poids : {weights}.", "note"),
        grid(published, "Composantes de l'indice", wide, heads),
    ]
