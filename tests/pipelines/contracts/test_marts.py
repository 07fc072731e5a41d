"""Every published table keeps its contract, and a table with one thing broken does not."""

from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from pipelines import dictionary
from pipelines.contracts.marts import RULES, contract_of
from pipelines.dictionary import Table
from pipelines.publish import breaches
from tests.conftest import Refreshed

TABLES = dictionary.tables()
BY_NAME = {table.full_name: table for table in TABLES}


def named(table: Table) -> str:
    return table.full_name


@pytest.fixture(scope="module")
def copied(refreshed: Refreshed) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published tables, in memory and without the constraints that would forbid a break."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{refreshed.place.published}' as publie (read_only)")
        for table in TABLES:
            connection.execute(f"create schema if not exists {table.schema}")
            connection.execute(f"create table {table.full_name} as from publie.{table.full_name}")
        yield connection


@pytest.fixture
def bench(copied: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Those tables, in a transaction that is undone."""
    copied.begin()
    yield copied
    copied.rollback()


def first(table: Table) -> str:
    """The condition of the first row; a row of the open transaction has no small number."""
    return f"rowid = (select min(rowid) from {table.full_name})"


def change(connection: duckdb.DuckDBPyConnection, table: Table, columns: dict[str, str]) -> None:
    """Set cells of one row, made for it if the table has none."""
    (height,) = connection.execute(f"select count(*) from {table.full_name}").fetchone() or (0,)
    if not height:
        connection.execute(f"insert into {table.full_name} default values")
    sets = ", ".join(f'"{name}" = {value}' for name, value in columns.items())
    connection.execute(f"update {table.full_name} set {sets} where {first(table)}")


def rules_of(findings: pl.DataFrame, column: str) -> list[str]:
    return findings.filter(pl.col("colonne") == column)["regle"].to_list()


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_the_published_table_keeps_its_contract(
    table: Table, bench: duckdb.DuckDBPyConnection
) -> None:
    found = breaches(bench, table)
    assert found.is_empty(), found.rows()


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_a_null_in_a_required_column_breaks_the_contract(
    table: Table, bench: duckdb.DuckDBPyConnection
) -> None:
    required = {column.name for column in table.columns if column.required}
    assert required
    change(bench, table, dict.fromkeys(required, "null"))
    # A list that is absent is printed as a word.
    found = breaches(bench, table).filter(pl.col("valeur").fill_null("null") == "null")
    assert set(found["colonne"]) == required
    assert found["ligne"].n_unique() == 1


@pytest.mark.parametrize(
    "table",
    [table for table in TABLES if any(column.values for column in table.columns)],
    ids=named,
)
def test_a_value_out_of_a_closed_list_breaks_the_contract(
    table: Table, bench: duckdb.DuckDBPyConnection
) -> None:
    listed = {column.name: column.values for column in table.columns if column.values}
    change(bench, table, dict.fromkeys(listed, "'hors liste'"))
    found = breaches(bench, table).filter(pl.col("valeur") == "hors liste")
    for name, values in listed.items():
        assert rules_of(found, name) == [f"valeur parmi {', '.join(values)}"]


@pytest.mark.parametrize(
    "table",
    [table for table in TABLES if any(column.reference for column in table.columns)],
    ids=named,
)
def test_an_unknown_reference_breaks_the_contract(
    table: Table, bench: duckdb.DuckDBPyConnection
) -> None:
    referring = {column.name: column.reference for column in table.columns if column.reference}
    change(bench, table, dict.fromkeys(referring, "'inconnu'"))
    found = breaches(bench, table).filter(pl.col("valeur") == "inconnu")
    for name, reference in referring.items():
        assert rules_of(found, name) == [f"valeur connue de {reference}"]


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_a_repeated_key_breaks_the_contract(table: Table, bench: duckdb.DuckDBPyConnection) -> None:
    assert table.key
    change(bench, table, {table.key[0]: f'"{table.key[0]}"'})
    bench.execute(f"insert into {table.full_name} from {table.full_name} where {first(table)}")
    others = [rule.error for rule in RULES.get(table.full_name, ())]
    found = breaches(bench, table).filter(
        (pl.col("colonne") == "(ligne)") & ~pl.col("regle").is_in(others)
    )
    ((rule, value),) = found.select("regle", "valeur").rows()
    assert rule == "clé en double"
    assert value.startswith(f"{table.key[0]} = ")


def test_a_column_more_or_less_breaks_the_contract(bench: duckdb.DuckDBPyConnection) -> None:
    bench.execute("alter table referentiel.iris rename type_iris to autre")
    found = breaches(bench, BY_NAME["referentiel.iris"])
    assert {"type_iris", "autre"} <= set(found["valeur"])


# One break a rule, in the first row where the condition holds; it breaks that rule and no other.
# A row that keeps the contract, for the tables that wait for their file.
AWAITED = {
    "besoin.statistiques_cej": """
        select
            '59298' as territoire_id, 'commune' as niveau, 2019 as annee, 'enfants' as theme,
            'Enfants' as libelle, 'enfants' as unite, 'publié' as statut, 90 as valeur,
            'caf/cej_2019.csv' as source_id
        """,
    "offre.activite_eaje": """
        select
            min(ligne_id) as ligne_id, min(service_id) as service_id, '59298' as commune_id,
            2019 as annee, 'Caf' as edition, 20 as places, 75 as taux_occupation_pct,
            110 as taux_facturation_pct, 'calculé' as statut, 'caf/cej_2019.csv' as source_id
        from offre.registre
        """,
}

BREAKS: dict[tuple[str, str], tuple[str, str]] = {
    ("besoin.statistiques_cej", "un chiffre secret est vide, un autre chiffre est là"): (
        "statut = 'secret', valeur = 120",
        "true",
    ),
    ("offre.activite_eaje", "places, heures_realisees, heures_facturees : jamais négatif"): (
        "heures_realisees = -1",
        "true",
    ),
    ("offre.activite_eaje", "un taux absent a son motif"): ("taux_occupation_pct = null", "true"),
    ("besoin.population", "personnes : jamais négatif"): (
        "personnes = -1, borne_basse_personnes = -1, borne_haute_personnes = -1",
        "true",
    ),
    (
        "besoin.population",
        "borne_basse_personnes ≤ personnes ≤ borne_haute_personnes",
    ): ("borne_haute_personnes = personnes - 1", "true"),
    (
        "besoin.familles",
        "familles_avec_enfant, familles_monoparentales : jamais négatif",
    ): ("familles_monoparentales = -1, borne_basse_familles_monoparentales = -1", "true"),
    (
        "besoin.familles",
        "borne_basse_familles_avec_enfant ≤ familles_avec_enfant "
        "≤ borne_haute_familles_avec_enfant",
    ): ("borne_haute_familles_avec_enfant = familles_avec_enfant - 1", "true"),
    (
        "besoin.familles",
        "borne_basse_familles_monoparentales ≤ familles_monoparentales "
        "≤ borne_haute_familles_monoparentales",
    ): ("borne_basse_familles_monoparentales = familles_monoparentales + 1", "true"),
    (
        "besoin.familles",
        "les familles monoparentales sont des familles avec enfant",
    ): (
        "familles_monoparentales = familles_avec_enfant + 1, "
        "borne_haute_familles_monoparentales = familles_avec_enfant + 1",
        "true",
    ),
    ("besoin.revenus", "taux_pauvrete_pct entre 0 et 100"): (
        "taux_pauvrete_pct = 101, borne_haute_taux_pauvrete = 101",
        "iris_publies > 0",
    ),
    (
        "besoin.revenus",
        "borne_basse_taux_pauvrete ≤ taux_pauvrete_pct ≤ borne_haute_taux_pauvrete",
    ): ("borne_haute_taux_pauvrete = taux_pauvrete_pct - 1", "taux_pauvrete_pct is not null"),
    ("besoin.revenus", "population_couverte_pct entre 0 et 100"): (
        "population_couverte_pct = -1",
        "true",
    ),
    ("besoin.revenus", "mediane_min_eur ≤ mediane_max_eur"): (
        "mediane_max_eur = mediane_min_eur - 1",
        "mediane_min_eur is not null",
    ),
    ("besoin.revenus", "sans IRIS publié, pas de taux"): (
        "iris_publies = 0",
        "taux_pauvrete_pct is not null",
    ),
    (
        "besoin.revenus_communes",
        "premier_quartile_eur ≤ mediane_eur ≤ troisieme_quartile_eur",
    ): ("troisieme_quartile_eur = mediane_eur - 1", "true"),
    ("besoin.revenus_communes", "taux_pauvrete_pct entre 0 et 100"): (
        "taux_pauvrete_pct = 101",
        "true",
    ),
    (
        "besoin.quartiers_prioritaires",
        "personnes, foyers_allocataires, enfants : jamais négatif",
    ): ("enfants = -1", "true"),
    ("besoin.quartiers_prioritaires", "moins_de_25_ans_pct entre 0 et 100"): (
        "moins_de_25_ans_pct = 101",
        "true",
    ),
    ("besoin.population_qpv", "personnes_qpv ≤ personnes"): (
        "personnes_qpv = personnes + 1",
        "true",
    ),
    ("besoin.population_qpv", "part_qpv_pct entre 0 et 100"): ("part_qpv_pct = -1", "true"),
    ("besoin.allocataires", "borne_basse ≤ borne_haute"): (
        "borne_basse = 10, borne_haute = 9",
        "true",
    ),
    ("besoin.allocataires", "les IRIS masqués sont des IRIS du territoire"): (
        "iris_masques = iris_total + 1",
        "true",
    ),
    ("besoin.naissances", "naissances : jamais négatif"): ("naissances = -1", "true"),
    ("besoin.enfants_projetes", "enfants, naissances_territoire : jamais négatif"): (
        "naissances_territoire = -1",
        "true",
    ),
    (
        "besoin.enfants_projetes",
        "borne_basse_enfants ≤ enfants ≤ borne_haute_enfants",
    ): ("borne_haute_enfants = enfants - 1", "true"),
    ("offre.services", "un service placé a une méthode et une preuve"): (
        "preuve = null",
        "district_id is not null",
    ),
    ("offre.services", "une capacité connue cite son document"): (
        "capacite_places = 10, capacite_document = null",
        "true",
    ),
    ("offre.equipements_bpe", "equipements : jamais négatif"): ("equipements = -1", "true"),
    ("offre.places_cnaf", "places, taux_couverture_pct : jamais négatif"): (
        "taux_couverture_pct = -1",
        "true",
    ),
    ("ecart.indicateurs", "borne_basse ≤ valeur ≤ borne_haute"): (
        "borne_basse = 2, valeur = 1, borne_haute = 3",
        "valeur is not null",
    ),
    ("ecart.indicateurs", "completude_pct entre 0 et 100"): ("completude_pct = 101", "true"),
    (
        "ecart.indicateurs",
        "une valeur absente est non calculable ou secrète, et le dit",
    ): ("valeur = null, motif = 'perdue'", "statut = 'publié'"),
    ("ecart.indicateurs", "chaque valeur a son motif"): ("motif = ''", "true"),
    ("ecart.indicateurs", "chaque valeur cite ses sources"): ("sources = ''", "true"),
    ("ecart.accessibilite", "borne_basse ≤ accessibilite ≤ borne_haute"): (
        "borne_haute = accessibilite - 1",
        "accessibilite > 1",
    ),
    (
        "ecart.accessibilite",
        "accessibilite, enfants_0_2_ans, taux_simple : jamais négatif",
    ): ("taux_simple = -1", "true"),
    ("ecart.scenarios", "borne_basse ≤ valeur ≤ borne_haute"): (
        "borne_haute = valeur - 1",
        "true",
    ),
    ("ecart.scenarios", "la référence ne diffère pas d'elle-même"): (
        "difference = 1",
        "scenario_id = 'référence'",
    ),
    ("ecart.projections", "enfants_0_2, places, places_ajoutees : jamais négatif"): (
        "places_ajoutees = -1",
        "hypothese_ouvertures = 'tout ouvre'",
    ),
    ("ecart.projections", "borne_basse_enfants ≤ enfants_0_2 ≤ borne_haute_enfants"): (
        "borne_haute_enfants = enfants_0_2 - 1",
        "true",
    ),
    ("ecart.projections", "borne_basse_places ≤ places ≤ borne_haute_places"): (
        "borne_basse_places = places + 1",
        "true",
    ),
    (
        "ecart.projections",
        "borne_basse_couverture ≤ couverture_pct ≤ borne_haute_couverture",
    ): ("borne_haute_couverture = couverture_pct - 1", "couverture_pct is not null"),
    ("ecart.projections", "les actions non définies sont des actions"): (
        "actions_non_definies = actions + 1",
        "true",
    ),
    ("ecart.projections", "si rien n’ouvre, rien ne s'ajoute"): (
        "places_ajoutees = 1",
        "hypothese_ouvertures = 'rien n’ouvre'",
    ),
    ("ecart.places_manquantes", "taux_cible_pct entre 0 et 100"): (
        "taux_cible_pct = 101",
        "true",
    ),
    ("ecart.places_manquantes", "borne_basse ≤ places_manquantes ≤ borne_haute"): (
        "borne_haute = places_manquantes - 1",
        "true",
    ),
    ("suivi.actions", "places_ouvertes, retard_mois : jamais négatif"): (
        "places_ouvertes = -1",
        "true",
    ),
    ("suivi.actions", "une action ouverte a sa date et ses places"): (
        "etat = 'ouverte', date_ouverture = '2022-01-01', evenements = 1, "
        "document_dernier_evenement = 'Compte rendu'",
        "true",
    ),
    ("suivi.actions", "un retard est celui d'une ouverture"): ("retard_mois = 3", "true"),
    ("suivi.actions", "le dernier événement a sa pièce, et sans événement il n'y en a pas"): (
        "evenements = 1",
        "true",
    ),
    ("suivi.actions", "ce qui a démarré, ouvert ou été abandonné a un événement"): (
        "etat = 'abandonnée'",
        "true",
    ),
    ("suivi.reunions", "l'échéance est dans son année"): ("annee = 2020", "true"),
    ("suivi.reunions", "« tenue » dit date_tenue, et lui seul"): (
        "date_tenue = '2022-05-12'",
        "true",
    ),
    ("suivi.reunions", "une réunion tenue ou annulée a sa pièce, et elle seule"): (
        "etat = 'annulée'",
        "true",
    ),
    ("suivi.jalons", "« atteint » dit date_atteinte, document, et lui seul"): (
        "etat = 'atteint', date_atteinte = '2022-12-15'",
        "true",
    ),
    ("suivi.diagnostics", "« intégré » dit date_integration, document_integration, et lui seul"): (
        "etat = 'intégré', document_integration = 'Diagnostic global'",
        "true",
    ),
    ("ecart.indice_besoin", "borne_basse ≤ valeur ≤ borne_haute"): (
        "borne_haute = valeur - 1",
        "true",
    ),
    ("ecart.indice_besoin", "poids_pct entre 0 et 100"): (
        "poids_pct = 200, contribution = 2 * valeur_standardisee",
        "true",
    ),
    ("ecart.indice_besoin", "la contribution est le poids × la valeur standardisée"): (
        "contribution = contribution + 1",
        "true",
    ),
    ("ecart.rangs", "probabilite_pct entre 0 et 100"): ("probabilite_pct = 101", "true"),
    ("ecart.sensibilite", "probabilite_pct entre 0 et 100"): (
        "probabilite_pct = 101",
        "hypothese <> 'référence'",
    ),
    ("ecart.sensibilite", "probabilite_reference_pct entre 0 et 100"): (
        "probabilite_reference_pct = -1",
        "hypothese <> 'référence'",
    ),
    (
        "ecart.sensibilite",
        "un district qui entre est prioritaire, un district qui sort ne l'est pas",
    ): ("bascule = 'entre', prioritaire = false", "hypothese <> 'référence'"),
    ("ecart.sensibilite", "à la référence, rien ne bascule"): (
        "probabilite_pct = 40, probabilite_reference_pct = 50",
        "hypothese = 'référence'",
    ),
    ("ecart.courbe_lorenz", "part_enfants_cumulee_pct entre 0 et 100"): (
        "part_enfants_cumulee_pct = 101",
        "true",
    ),
    ("ecart.courbe_lorenz", "part_offre_cumulee_pct entre 0 et 100"): (
        "part_offre_cumulee_pct = -1",
        "true",
    ),
    ("ecart.courbe_lorenz", "part_offre_cumulee_pct ≤ part_enfants_cumulee_pct"): (
        "part_offre_cumulee_pct = part_enfants_cumulee_pct + 1",
        "part_enfants_cumulee_pct < 90",
    ),
    ("qualite.admissions", "les lignes lues sont retenues, écartées ou d'un autre territoire"): (
        "lignes_retenues = lignes_lues + 1",
        "true",
    ),
    ("qualite.rapprochements", "l'écart est le trouvé moins l'attendu"): (
        "ecart = ecart + 1, cause = 'une cause'",
        "true",
    ),
    ("qualite.rapprochements", "un écart non nul a une cause"): (
        "trouve = attendu + 1, ecart = 1, cause = null",
        "true",
    ),
}


@pytest.mark.parametrize(("name", "rule"), BREAKS)
def test_a_broken_rule_between_columns_is_told_by_its_sentence(
    name: str, rule: str, bench: duckdb.DuckDBPyConnection
) -> None:
    sets, where = BREAKS[name, rule]
    if name in AWAITED:
        bench.execute(f"insert into {name} by name {AWAITED[name]}")
    (row,) = bench.execute(f"select min(rowid) from {name} where {where}").fetchone() or (None,)
    assert row is not None
    bench.execute(f"update {name} set {sets} where rowid = ?", [row])
    found = breaches(bench, BY_NAME[name])
    assert found["regle"].to_list() == [rule]
    assert found["ligne"].to_list() == [1 if name in AWAITED else row + 1]
    assert found["gravite"].to_list() == ["arrêt"]


def test_every_rule_between_columns_has_a_break() -> None:
    assert set(BREAKS) == {(name, rule.error) for name, rules in RULES.items() for rule in rules}


def test_every_rule_between_columns_is_of_a_published_table() -> None:
    assert set(RULES) <= set(BY_NAME)


@pytest.mark.parametrize(
    ("columns", "rule"),
    [({"libelle": "null"}, "valeur obligatoire"), ({"district_id": "'5935002'"}, "clé en double")],
    ids=["null", "key"],
)
def test_what_a_reader_is_told_of_a_broken_table_is_french(
    columns: dict[str, str], rule: str, bench: duckdb.DuckDBPyConnection
) -> None:
    change(bench, BY_NAME["referentiel.districts"], columns)
    assert set(breaches(bench, BY_NAME["referentiel.districts"])["regle"]) == {rule}


def test_an_order_between_two_columns_is_told_without_repeating_one() -> None:
    told = {rule.error or "" for rules in RULES.values() for rule in rules}
    ordered = [rule.split(" ≤ ") for rule in told if "≤" in rule]
    assert all(len(set(names)) == len(names) for names in ordered)


def test_a_type_that_is_not_the_described_one_breaks_the_contract(
    bench: duckdb.DuckDBPyConnection,
) -> None:
    table = BY_NAME["besoin.population"]
    bench.execute("alter table besoin.population alter personnes type integer")
    assert "personnes" in breaches(bench, table)["colonne"].to_list()


def test_every_described_type_has_its_contract() -> None:
    for table in TABLES:
        known = {column.reference: [""] for column in table.columns if column.reference}
        assert set(contract_of(table, known).columns) == {column.name for column in table.columns}
