"""The follow-up as published: what the convention plans, and nothing that nobody has written.

The committed file of the analysts has no event: what is expected here is counted in the
convention's text, never in our tables.
"""

import csv
from datetime import date

import duckdb
import pytest

from pipelines.settings import ROOT

Warehouse = duckdb.DuckDBPyConnection

FOLDER = ROOT / "sources" / "conventions" / "lille-2021"
LILLE, HELLEMMES, LOMME, WHOLE = "59350-LILLE", "59298", "59355", "59350"
YEARS = (2021, 2022, 2023, 2024)


def test_the_analysts_file_is_given_with_its_header_and_no_event() -> None:
    with (FOLDER / "realisations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows == [
        ["date", "objet", "evenement", "places", "annee_prevue_nouvelle", "document", "remarque"]
    ]


def test_no_event_is_published_that_nobody_wrote(warehouse: Warehouse) -> None:
    assert warehouse.execute("select count(*) from suivi.evenements").fetchall() == [(0,)]


def test_the_nineteen_actions_of_the_three_plans_are_followed(warehouse: Warehouse) -> None:
    # Annex 4: 8 petite enfance parentalité + 3 enfance jeunesse; annexes 4 bis: 3 and 5.
    found = warehouse.execute(
        "select commune_id, count(*) from suivi.actions group by all"
    ).fetchall()
    assert dict(found) == {LILLE: 11, LOMME: 3, HELLEMMES: 5}


@pytest.mark.parametrize(
    ("action", "year"),
    [
        ("LIL-A01", 2021),
        ("LIL-A05", 2023),
        ("LIL-A08", 2024),
        ("LIL-A10", 2022),
        # Farandole: works from 2022-2023, finished in 2024; the opening is « A voir ».
        ("LOM-A02", 2024),
        # Amicloterie: the plan says 2021, its own dated plan an opening in 2023.
        ("HEL-A04", 2023),
    ],
)
def test_an_action_is_planned_for_the_last_year_that_is_printed(
    action: str, year: int, warehouse: Warehouse
) -> None:
    found = warehouse.execute(
        "select annee_prevue, annee_prevue_revisee from suivi.actions where action_id = ?",
        [action],
    ).fetchall()
    assert found == [(year, None)]


def test_every_action_has_its_planned_year(warehouse: Warehouse) -> None:
    years = warehouse.execute("select annee_prevue from suivi.actions").fetchall()
    assert len(years) == 19
    assert all(year in YEARS for (year,) in years)


def test_without_an_event_no_action_is_judged(warehouse: Warehouse) -> None:
    found = warehouse.execute(
        "select distinct etat, date_ouverture, places_ouvertes, retard_mois, evenements "
        "from suivi.actions"
    ).fetchall()
    assert found == [("non renseignée", None, None, None, 0)]


def test_ten_meetings_are_due_each_year_of_the_convention(warehouse: Warehouse) -> None:
    # Annexes 4, 4 bis and 2: 3 common, 3 of Lomme, 4 of Hellemmes.
    found = warehouse.execute(
        "select annee, communes, count(*) from suivi.reunions group by all"
    ).fetchall()
    expected = {"Lille, Lomme, Hellemmes": 3, "Lomme": 3, "Hellemmes": 4}
    assert {row[:2]: row[2] for row in found} == {
        (year, communes): meetings for year in YEARS for communes, meetings in expected.items()
    }


@pytest.mark.parametrize(
    ("body", "due"),
    [
        ("cotech_mai", date(2024, 5, 31)),
        ("copil_juin", date(2024, 6, 30)),
        ("cotech_novembre", date(2024, 11, 30)),
        ("hellemmes_cotech_fevrier", date(2024, 2, 29)),
        ("lomme_cotech_printemps", date(2024, 5, 31)),
        ("lomme_cotech_automne", date(2024, 11, 30)),
    ],
)
def test_a_meeting_is_due_at_the_end_of_its_month_or_season(
    body: str, due: date, warehouse: Warehouse
) -> None:
    found = warehouse.execute(
        "select echeance, etat, date_tenue from suivi.reunions "
        "where instance_id = ? and annee = 2024",
        [body],
    ).fetchall()
    assert found == [(due, "non renseignée", None)]


def test_a_milestone_that_is_past_is_not_said_to_be_missed(warehouse: Warehouse) -> None:
    found = warehouse.execute(
        "select echeance, etat, count(*) from suivi.jalons group by all order by all"
    ).fetchall()
    assert found == [
        (date(2022, 12, 31), "non renseigné", 2),
        (date(2024, 12, 31), "non renseigné", 5),
    ]


def test_the_diagnostics_to_take_in_are_those_of_the_annexes(warehouse: Warehouse) -> None:
    found = warehouse.execute(
        "select mention, detenteur, communes, date_document, etat from suivi.diagnostics"
    ).fetchall()
    three = "Lille, Lomme, Hellemmes"
    # « UNICEG » is printed so.
    assert {row[0]: row[1:3] for row in found} == {
        "PEG 4 et les PEL": (None, three),
        "Portraits de territoire (Politique de la Ville – Observatoire)": (
            "Politique de la Ville – Observatoire",
            three,
        ),
        "Analyse des besoins sociaux (CCAS)": ("CCAS", three),
        "La délibération cadre jeunesse et le résultat des démarches de concertation engagées en "
        "amont de sa rédaction | La délibération cadre jeunesse": (None, three),
        "La consultation UNICEG dont la ville est partenaire en tant que Ville Amie des Enfants": (
            None,
            "Lille",
        ),
    }
    assert {row[3:] for row in found} == {(None, "non renseigné")}


def test_each_annexe_has_the_five_evaluation_indicators_in_its_words(warehouse: Warehouse) -> None:
    found = warehouse.execute(
        "select commune_id, mention, suivi_par from suivi.indicateurs_evaluation"
    ).fetchall()
    words = {
        "Mise en place des comités de pilotage, comité technique et groupes de travail",
        "Réalisation du diagnostic partagé global",
        "Définition du plan d’action et élaboration des fiches action",
        "Réalisation des actions décrites dans le schéma de développement (2021-2024)",
        "Renouvellement de la convention CTG",
    }
    assert {row[:2] for row in found} == {
        (commune, mention) for commune in (LILLE, LOMME, HELLEMMES) for mention in words
    }
    unanswered = {mention for _, mention, answer in found if answer is None}
    assert unanswered == {"Renouvellement de la convention CTG"}


@pytest.mark.parametrize("indicator", ["GOV01", "GOV02", "GOV03", "GOV04"])
def test_without_an_event_an_indicator_of_the_follow_up_names_the_file_to_fill(
    indicator: str, warehouse: Warehouse
) -> None:
    found = warehouse.execute(
        "select territoire_id, valeur, numerateur, borne_basse, borne_haute, "
        "statut, motif, sources from ecart.indicateurs where indicateur_id = ?",
        [indicator],
    ).fetchall()
    assert {row[0] for row in found} == {LILLE, HELLEMMES, LOMME, WHOLE}
    assert len(found) == 4
    for _, *values, status, reason, sources in found:
        assert values == [None] * 4
        assert status == "non calculable"
        assert "Aucun événement dans realisations.csv" in reason
        assert "make refresh" in reason
        assert "conventions/lille-2021/realisations.csv" in sources
