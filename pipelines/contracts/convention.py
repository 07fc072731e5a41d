"""Contracts of what the convention's text gives: registry, ledgers, annex 4, preamble, calendar.

And of what analysts say of it since: the one file of the follow-up.
"""

import pandera.polars as pa
import polars as pl

from pipelines.contracts.base import Contract, amount, choice, code, count, day, row_rule, text
from pipelines.contracts.geo import IN_FRANCE
from pipelines.contracts.insee import IRIS_CODE, IRIS_RULE, LARGE_QUARTER, LARGE_QUARTER_RULE

# Three letters of the commune, a rank: a line is named alike in every ledger of its convention.
LINE = r"[A-Z]{2,6}-\d{3}"
LINE_RULE = "identifiant de ligne du registre, par exemple LIL-001"
LINES = rf"{LINE}(\+{LINE})*"
# What an event may be about. The shape of an identifier tells its kind.
ACTION = r"[A-Z]{2,6}-A\d{2}"
BODY = r"[a-z][a-z_]+"
MILESTONE = r"jalon_[a-z0-9_]+"
DIAGNOSTIC = r"diag_[a-z0-9_]+"
# What answers an indicator of the convention: our indicators and tables, joined by +.
ANSWER = r"(?:[A-Z]{2,4}\d{2}|[a-z]+\.[a-z_]+)"
CATEGORIES = (
    "EAJE",
    "micro-crèche",
    "crèche familiale",
    "LAEP",
    "RAM",
    "ludothèque",
    "ALSH extrascolaire",
    "ALSH périscolaire",
    "accueil ados",
    "école élémentaire",
    "école maternelle",
)
# What an action of the plan is about: a place at an assistant's (MAM) is not a place of an EAJE.
PLANNED_SERVICES = (
    "EAJE",
    "MAM",
    "ALSH extrascolaire",
    "ALSH périscolaire",
    "accueil ados",
    "autre",
)
PLACEMENTS = (
    "adresse localisée",
    "école",
    "site connu",
    "rue",
    "convention",
    "connaissance générale",
)

REGISTRY = Contract(
    fields=(
        code("ligne_id", LINE, LINE_RULE),
        text("annexe"),
        count("ordre", minimum=1),
        text("commune"),
        text("rubrique"),
        text("gestion", nullable=True),
        text("nom"),
        text("adresse", nullable=True),
    ),
    key=("ligne_id",),
)

CORRECTIONS = Contract(
    fields=(
        code("ligne_id", LINE, LINE_RULE),
        choice("champ", "nom", "adresse", "commune", "type_service", "operateur"),
        text("valeur_attendue", nullable=True),
        text("valeur_corrigee"),
        text("motif"),
    ),
    key=("ligne_id", "champ"),
    rules=(
        row_rule(
            "la valeur corrigée diffère de la valeur attendue",
            pl.col("valeur_attendue").fill_null("") != pl.col("valeur_corrigee"),
        ),
    ),
    may_be_empty=True,
)

PLACEMENT = Contract(
    fields=(
        code("ligne_id", LINE, LINE_RULE),
        code("district_id", LARGE_QUARTER, LARGE_QUARTER_RULE),
        choice("methode", *PLACEMENTS),
        text("preuve"),
        code("iris", IRIS_CODE, IRIS_RULE, nullable=True),
        amount("lon", nullable=True, minimum=None),
        amount("lat", nullable=True, minimum=None),
        choice("statut", "attesté", "à confirmer"),
    ),
    key=("ligne_id", "district_id"),
    rules=(
        row_rule(
            "l'IRIS est dans le district",
            pl.col("iris").str.starts_with(pl.col("district_id")).fill_null(True),
        ),
        row_rule(
            "un placement de connaissance générale n'est pas attesté",
            (pl.col("methode") != "connaissance générale") | (pl.col("statut") != "attesté"),
        ),
        row_rule(
            "longitude et latitude vont ensemble",
            pl.col("lon").is_null() == pl.col("lat").is_null(),
        ),
        IN_FRANCE,
    ),
    may_be_empty=True,
)

CAPACITIES = Contract(
    fields=(
        code("capacite_id", r"[A-Z0-9-]+", "identifiant en capitales"),
        code("lignes", LINES, "lignes du registre, séparées par +"),
        count("places", minimum=1),
        count("millesime", minimum=2000, maximum=2100),
        text("document"),
        text("mention"),
        text("remarque", nullable=True),
    ),
    key=("capacite_id",),
)

DEVELOPMENT = Contract(
    fields=(
        code("action_id", ACTION, "identifiant d'action, par exemple LIL-A01"),
        text("commune"),
        text("thematique", nullable=True),
        text("action"),
        code("lignes", LINES, "lignes du registre, séparées par +", nullable=True),
        text("adresse", nullable=True),
        text("quartier", nullable=True),
        choice("nature", "création", "développement"),
        choice("type_service", *PLANNED_SERVICES),
        count("places_avant", nullable=True),
        count("places_apres", nullable=True),
        count("places_ville", nullable=True),
        count("annee", nullable=True, minimum=2000, maximum=2100),
        count("annee_fin", nullable=True, minimum=2000, maximum=2100),
        choice("statut_places", "défini", "non défini", "financement", "sans places"),
        text("mention"),
    ),
    key=("action_id",),
    rules=(
        row_rule(
            "des places définies disent leur nombre : avant et après, ou pour la ville",
            (pl.col("statut_places") != "défini")
            | (pl.col("places_avant").is_not_null() & pl.col("places_apres").is_not_null())
            | pl.col("places_ville").is_not_null(),
        ),
        row_rule(
            "des places non définies ne portent pas de nombre pour la ville",
            (pl.col("statut_places") != "non défini") | pl.col("places_ville").is_null(),
        ),
        row_rule(
            "des places définies ou à définir ont une année",
            ~pl.col("statut_places").is_in(["défini", "non défini"])
            | pl.coalesce("annee_fin", "annee").is_not_null(),
        ),
    ),
)

MODULES = Contract(
    fields=(
        code("module_id", r"[A-Z0-9-]+", "identifiant en capitales"),
        text("commune"),
        text("module"),
        text("action"),
        amount("quantite", nullable=True),
        text("unite_imprimee", nullable=True),
        text("unite_comprise", nullable=True),
        text("motif", nullable=True),
        text("mention"),
    ),
    key=("module_id",),
)

CALENDAR = Contract(
    fields=(
        code("instance_id", BODY, "identifiant en minuscules"),
        text("libelle"),
        text("commune"),
        count("frequence_par_an", nullable=True, minimum=1),
        count("mois", nullable=True, minimum=1, maximum=12),
        text("saison", nullable=True),
        text("document"),
        text("mention"),
    ),
    key=("instance_id",),
)

MILESTONES = Contract(
    fields=(
        code("jalon_id", MILESTONE, "identifiant en minuscules, qui commence par jalon_"),
        text("commune"),
        day("echeance"),
        text("libelle"),
    ),
    key=("jalon_id",),
)

PREAMBLE = Contract(
    fields=(
        code("ligne_id", r"[A-Z0-9-]+", "identifiant en capitales"),
        text("commune"),
        text("objet"),
        choice("categorie", *CATEGORIES),
        choice(
            "gestion", "municipal", "intercommunal", "associatif", "privé", "public", nullable=True
        ),
        count("attendu"),
        text("mention"),
    ),
    key=("ligne_id",),
)

CAUSES = Contract(
    fields=(
        code("rapprochement_id", r"[a-z0-9_.-]+", "identifiant de qualite.rapprochements"),
        amount("ecart", minimum=None),
        text("cause"),
    ),
    key=("rapprochement_id",),
    may_be_empty=True,
)


def _of(lever: str, column: str, rule: str) -> pa.Check:
    """A lever has this column, and no other has it."""
    return row_rule(rule, pl.col(column).is_not_null() == (pl.col("levier") == lever))


SCENARIOS = Contract(
    fields=(
        # The published figures bear the name « référence », which this shape does not allow.
        code("scenario_id", r"[a-z0-9_]+", "identifiant en minuscules, sans accent"),
        text("libelle"),
        choice("levier", "fermeture", "ouverture", "cible"),
        code("lignes", LINES, "lignes du registre, séparées par +", nullable=True),
        text("territoire_id", nullable=True),
        count("places", nullable=True, minimum=1),
        amount("taux_pct", nullable=True, maximum=100),
        text("remarque"),
    ),
    key=("scenario_id", "levier", "lignes", "territoire_id"),
    rules=(
        row_rule(
            "« reference » est réservé aux valeurs publiées",
            pl.col("scenario_id") != "reference",
        ),
        _of("fermeture", "lignes", "une fermeture, et elle seule, nomme des lignes du registre"),
        _of("ouverture", "territoire_id", "une ouverture, et elle seule, nomme un territoire"),
        # The places of a service that closes are known, or drawn.
        _of("ouverture", "places", "une ouverture, et elle seule, donne un nombre de places"),
        _of("cible", "taux_pct", "une cible, et elle seule, a un taux"),
    ),
    may_be_empty=True,
)

TARGETS = Contract(
    fields=(
        choice("cible_id", "département", "France", "politique"),
        text("libelle"),
        amount("taux_eaje_pct", maximum=100),
        count("millesime", minimum=2000, maximum=2100),
        text("document"),
        text("page", nullable=True),
    ),
    key=("cible_id",),
    may_be_empty=True,
)

DIAGNOSTICS = Contract(
    fields=(
        code("diagnostic_id", DIAGNOSTIC, "identifiant en minuscules, qui commence par diag_"),
        text("libelle"),
        text("detenteur", nullable=True),
        day("date_document", nullable=True),
        text("communes"),
        text("document"),
        text("mention"),
    ),
    key=("diagnostic_id",),
)

EVALUATION = Contract(
    fields=(
        code("indicateur_evaluation_id", r"[A-Z]{2,6}-E\d{2}", "identifiant, par exemple LIL-E01"),
        text("commune"),
        text("document"),
        text("mention"),
        code(
            "suivi_par",
            rf"{ANSWER}(\+{ANSWER})*",
            "indicateurs ou tables de l'observatoire, séparés par +",
            nullable=True,
        ),
    ),
    key=("indicateur_evaluation_id",),
)


def _about(kind: str, *events: str) -> pl.Expr:
    """These events are about objects of this kind, when they are about one."""
    about = pl.col("objet")
    found = (
        pl.when(about.str.starts_with("jalon_"))
        .then(pl.lit("jalon"))
        .when(about.str.starts_with("diag_"))
        .then(pl.lit("diagnostic"))
        .when(about.str.contains(ACTION))
        .then(pl.lit("action"))
        .otherwise(pl.lit("réunion"))
    )
    return about.is_null() | ~pl.col("evenement").is_in(events) | (found == kind)


EVENTS = Contract(
    fields=(
        day("date"),
        code(
            "objet",
            "|".join((ACTION, BODY, MILESTONE, DIAGNOSTIC)),
            "identifiant d'une action, d'une réunion, d'un jalon ou d'un diagnostic",
            nullable=True,
        ),
        choice(
            "evenement",
            "ouverture",
            "démarrage",
            "report",
            "abandon",
            "réunion tenue",
            "réunion annulée",
            "jalon atteint",
            "diagnostic intégré",
            "point de situation",
        ),
        count("places", nullable=True),
        count("annee_prevue_nouvelle", nullable=True, minimum=2000, maximum=2100),
        text("document"),
        text("remarque", nullable=True),
    ),
    key=("date", "objet", "evenement"),
    rules=(
        row_rule(
            "seul un point de situation peut porter sur toute la convention, sans objet",
            (pl.col("evenement") == "point de situation") | pl.col("objet").is_not_null(),
        ),
        row_rule(
            "ouverture, démarrage, report et abandon portent sur une action",
            _about("action", "ouverture", "démarrage", "report", "abandon"),
        ),
        row_rule(
            "une réunion tenue ou annulée porte sur une réunion du calendrier",
            _about("réunion", "réunion tenue", "réunion annulée"),
        ),
        row_rule("un jalon atteint porte sur un jalon", _about("jalon", "jalon atteint")),
        row_rule(
            "un diagnostic intégré porte sur un diagnostic",
            _about("diagnostic", "diagnostic intégré"),
        ),
        row_rule(
            "une ouverture, et elle seule, dit ses places : 0 si l'action n'en crée pas",
            (pl.col("evenement") == "ouverture") == pl.col("places").is_not_null(),
        ),
        row_rule(
            "un report, et lui seul, dit la nouvelle année prévue",
            (pl.col("evenement") == "report") == pl.col("annee_prevue_nouvelle").is_not_null(),
        ),
    ),
    may_be_empty=True,
)
