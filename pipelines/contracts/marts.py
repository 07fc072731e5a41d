"""Contracts of the published tables: what the dictionary says, and the rules between columns.

Columns, types, obligation, closed lists and keys come from the dictionary; only what it cannot say
is written here.
"""

from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

import pandera.polars as pa
import polars as pl

from pipelines.contracts.base import row_rule
from pipelines.dictionary import Column, Table

_TYPES: dict[str, Any] = {
    "varchar": pl.String,
    "bigint": pl.Int64,
    "integer": pl.Int32,
    "double": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "timestamp": pl.Datetime,
    "varchar[]": pl.List(pl.String),
}


# Sums of decimals do not fall exactly on their total.
ROUNDING = 1e-6


def _ordered(*columns: str) -> pa.Check:
    pairs = pairwise(columns)
    return row_rule(
        " ≤ ".join(columns),
        pl.all_horizontal(
            (pl.col(low) <= pl.col(high) + ROUNDING).fill_null(True) for low, high in pairs
        ),
    )


def _not_negative(*columns: str) -> pa.Check:
    return row_rule(
        f"{', '.join(columns)} : jamais négatif",
        pl.all_horizontal((pl.col(name) >= 0).fill_null(True) for name in columns),
    )


def _percentage(column: str) -> pa.Check:
    share = pl.col(column).is_between(-ROUNDING, 100 + ROUNDING)
    return row_rule(f"{column} entre 0 et 100", share.fill_null(True))


def _told_by(column: str, state: str, *facts: str) -> pa.Check:
    """A state that an event gives, and it alone, has the facts of that event."""
    return row_rule(
        f"« {state} » dit {', '.join(facts)}, et lui seul",
        pl.all_horizontal(
            (pl.col(column) == state) == pl.col(fact).is_not_null() for fact in facts
        ),
    )


RULES: dict[str, tuple[pa.Check, ...]] = {
    "besoin.population": (
        _not_negative("personnes"),
        _ordered("borne_basse_personnes", "personnes", "borne_haute_personnes"),
    ),
    "besoin.familles": (
        _not_negative("familles_avec_enfant", "familles_monoparentales"),
        _ordered(
            "borne_basse_familles_avec_enfant",
            "familles_avec_enfant",
            "borne_haute_familles_avec_enfant",
        ),
        _ordered(
            "borne_basse_familles_monoparentales",
            "familles_monoparentales",
            "borne_haute_familles_monoparentales",
        ),
        row_rule(
            "les familles monoparentales sont des familles avec enfant",
            pl.col("familles_monoparentales") <= pl.col("familles_avec_enfant") + ROUNDING,
        ),
    ),
    "besoin.revenus": (
        _percentage("taux_pauvrete_pct"),
        _ordered("borne_basse_taux_pauvrete", "taux_pauvrete_pct", "borne_haute_taux_pauvrete"),
        _percentage("population_couverte_pct"),
        _ordered("mediane_min_eur", "mediane_max_eur"),
        row_rule(
            "sans IRIS publié, pas de taux",
            (pl.col("iris_publies") > 0) | pl.col("taux_pauvrete_pct").is_null(),
        ),
    ),
    "besoin.revenus_communes": (
        _ordered("premier_quartile_eur", "mediane_eur", "troisieme_quartile_eur"),
        _percentage("taux_pauvrete_pct"),
    ),
    "besoin.quartiers_prioritaires": (
        _not_negative("personnes", "foyers_allocataires", "enfants"),
        _percentage("moins_de_25_ans_pct"),
    ),
    "besoin.population_qpv": (
        _ordered("personnes_qpv", "personnes"),
        _percentage("part_qpv_pct"),
    ),
    "besoin.allocataires": (
        _ordered("borne_basse", "borne_haute"),
        row_rule(
            "les IRIS masqués sont des IRIS du territoire",
            pl.col("iris_masques") <= pl.col("iris_total"),
        ),
    ),
    "besoin.statistiques_cej": (
        row_rule(
            "un chiffre secret est vide, un autre chiffre est là",
            (pl.col("statut") == "secret") == pl.col("valeur").is_null(),
        ),
    ),
    "besoin.naissances": (_not_negative("naissances"),),
    "besoin.enfants_projetes": (
        _not_negative("enfants", "naissances_territoire"),
        _ordered("borne_basse_enfants", "enfants", "borne_haute_enfants"),
    ),
    "offre.services": (
        row_rule(
            "un service placé a une méthode et une preuve",
            pl.col("district_id").is_null()
            | (pl.col("methode_placement").is_not_null() & pl.col("preuve").is_not_null()),
        ),
        row_rule(
            "une capacité connue cite son document",
            pl.col("capacite_places").is_null() | pl.col("capacite_document").is_not_null(),
        ),
    ),
    "offre.activite_eaje": (
        _not_negative("places", "heures_realisees", "heures_facturees"),
        row_rule(
            "un taux absent a son motif",
            (
                pl.col("taux_occupation_pct").is_not_null()
                & pl.col("taux_facturation_pct").is_not_null()
            )
            | pl.col("motif").is_not_null(),
        ),
    ),
    "offre.equipements_bpe": (_not_negative("equipements"),),
    "offre.places_cnaf": (_not_negative("places", "taux_couverture_pct"),),
    "ecart.indicateurs": (
        _ordered("borne_basse", "valeur", "borne_haute"),
        _percentage("completude_pct"),
        row_rule(
            "une valeur absente est non calculable ou secrète, et le dit",
            pl.col("valeur").is_null() == pl.col("statut").is_in(["non calculable", "secret"]),
        ),
        row_rule("chaque valeur a son motif", pl.col("motif").str.len_chars() > 0),
        row_rule("chaque valeur cite ses sources", pl.col("sources").str.len_chars() > 0),
    ),
    "ecart.accessibilite": (
        _ordered("borne_basse", "accessibilite", "borne_haute"),
        _not_negative("accessibilite", "enfants_0_2_ans", "taux_simple"),
    ),
    "ecart.indice_besoin": (
        _ordered("borne_basse", "valeur", "borne_haute"),
        _percentage("poids_pct"),
        row_rule(
            "la contribution est le poids × la valeur standardisée",
            (pl.col("poids_pct") / 100 * pl.col("valeur_standardisee") - pl.col("contribution"))
            .abs()
            .lt(ROUNDING),
        ),
    ),
    "ecart.rangs": (_percentage("probabilite_pct"),),
    "ecart.sensibilite": (
        _percentage("probabilite_pct"),
        _percentage("probabilite_reference_pct"),
        row_rule(
            "un district qui entre est prioritaire, un district qui sort ne l'est pas",
            pl.col("bascule").is_null() | (pl.col("prioritaire") == (pl.col("bascule") == "entre")),
        ),
        row_rule(
            "à la référence, rien ne bascule",
            (pl.col("hypothese") != "référence")
            | (
                pl.col("bascule").is_null()
                & (pl.col("probabilite_pct") == pl.col("probabilite_reference_pct"))
            ),
        ),
    ),
    "ecart.courbe_lorenz": (
        _percentage("part_enfants_cumulee_pct"),
        _percentage("part_offre_cumulee_pct"),
        _ordered("part_offre_cumulee_pct", "part_enfants_cumulee_pct"),
    ),
    "ecart.scenarios": (
        _ordered("borne_basse", "valeur", "borne_haute"),
        row_rule(
            "la référence ne diffère pas d'elle-même",
            (pl.col("scenario_id") != "référence") | (pl.col("difference").fill_null(1) == 0),
        ),
    ),
    "ecart.projections": (
        _not_negative("enfants_0_2", "places", "places_ajoutees"),
        _ordered("borne_basse_enfants", "enfants_0_2", "borne_haute_enfants"),
        _ordered("borne_basse_places", "places", "borne_haute_places"),
        _ordered("borne_basse_couverture", "couverture_pct", "borne_haute_couverture"),
        row_rule(
            "les actions non définies sont des actions",
            pl.col("actions_non_definies") <= pl.col("actions"),
        ),
        row_rule(
            "si rien n’ouvre, rien ne s'ajoute",
            (pl.col("hypothese_ouvertures") != "rien n’ouvre") | (pl.col("places_ajoutees") == 0),
        ),
    ),
    "ecart.places_manquantes": (
        _percentage("taux_cible_pct"),
        _ordered("borne_basse", "places_manquantes", "borne_haute"),
    ),
    "suivi.actions": (
        _not_negative("places_ouvertes", "retard_mois"),
        row_rule(
            "une action ouverte a sa date et ses places",
            (pl.col("etat") != "ouverte")
            | (pl.col("date_ouverture").is_not_null() & pl.col("places_ouvertes").is_not_null()),
        ),
        row_rule(
            "un retard est celui d'une ouverture",
            pl.col("retard_mois").is_null() | pl.col("date_ouverture").is_not_null(),
        ),
        row_rule(
            "le dernier événement a sa pièce, et sans événement il n'y en a pas",
            (pl.col("evenements") > 0) == pl.col("document_dernier_evenement").is_not_null(),
        ),
        row_rule(
            "ce qui a démarré, ouvert ou été abandonné a un événement",
            (pl.col("evenements") > 0)
            | ~pl.col("etat").is_in(["démarrée", "ouverte", "abandonnée"]),
        ),
    ),
    "suivi.reunions": (
        row_rule("l'échéance est dans son année", pl.col("echeance").dt.year() == pl.col("annee")),
        _told_by("etat", "tenue", "date_tenue"),
        row_rule(
            "une réunion tenue ou annulée a sa pièce, et elle seule",
            pl.col("etat").is_in(["tenue", "annulée"]) == pl.col("document").is_not_null(),
        ),
    ),
    "suivi.jalons": (_told_by("etat", "atteint", "date_atteinte", "document"),),
    "suivi.diagnostics": (_told_by("etat", "intégré", "date_integration", "document_integration"),),
    "qualite.admissions": (
        row_rule(
            "les lignes lues sont retenues, écartées ou d'un autre territoire",
            pl.col("lignes_lues")
            == pl.sum_horizontal("lignes_retenues", "lignes_ecartees", "lignes_hors_territoire"),
        ),
    ),
    "qualite.rapprochements": (
        row_rule(
            "l'écart est le trouvé moins l'attendu",
            ((pl.col("trouve") - pl.col("attendu") - pl.col("ecart")).abs() < ROUNDING),
        ),
        row_rule(
            "un écart non nul a une cause",
            (pl.col("ecart").abs() < ROUNDING) | pl.col("cause").is_not_null(),
        ),
    ),
}


def contract_of(table: Table, known: Mapping[str, Collection[str]]) -> pa.DataFrameSchema:
    """The contract of the rows of one published table.

    Args:
        table: what the dictionary says of it.
        known: for each column that others refer to, its values.
    """
    return pa.DataFrameSchema(
        {
            column.name: pa.Column(
                _TYPES[column.data_type], _cell_rules(column, known), nullable=not column.required
            )
            for column in table.columns
        },
        checks=list(RULES.get(table.full_name, ())),
        strict=True,
    )


def _cell_rules(column: Column, known: Mapping[str, Collection[str]]) -> list[pa.Check]:
    rules = []
    if column.values:
        values = ", ".join(column.values)
        rules.append(pa.Check.isin(column.values, error=f"valeur parmi {values}"))
    if column.reference:
        rules.append(_known_to(column.reference, known[column.reference]))
    return rules


def _known_to(reference: str, values: Collection[str]) -> pa.Check:
    """A value is one of those of the column that is referred to.

    pandera copies what its own check of a list holds, value by value, each time that it is used.
    """
    known = pl.lit(pl.Series([*values], dtype=pl.String)).implode()
    return pa.Check(
        lambda data: data.lazyframe.select(pl.col(data.key).is_in(known)),
        error=f"valeur connue de {reference}",
    )
