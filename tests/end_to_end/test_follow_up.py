"""The follow-up as published: what the convention plans, and nothing that nobody has written.

What is expected here is counted in the convention's text, never in our tables; of what the analysts
have written since, in their file.
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


with (FOLDER / "realisations.csv").open(encoding="utf-8", newline="") as stream:
    EVENTS = list(csv.DictReader(stream, delimiter=";"))
# What the analysts have written of is theirs to say.
TOLD = {event["objet"] for event in EVENTS}


def test_no_event_is_published_that_nobody_wrote(warehouse: Warehouse) -> None:
    published = warehouse.execute("select count(*) from suivi.evenements").fetchall()
    assert published == [(len(EVENTS),)]


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
        "select annee_prevue from suivi.actions where action_id = ?", [action]
    ).fetchall()
    assert found == [(year,)]


def test_every_action_has_its_planned_year(warehouse: Warehouse) -> None:
    years = warehouse.execute("select annee_prevue from suivi.actions").fetchall()
    assert len(years) == 19
    assert all(year in YEARS for (year,) in years)


def test_without_an_event_no_action_is_judged(warehouse: Warehouse) -> None:
    found = warehouse.execute(
        "select action_id, etat, date_ouverture, places_ouvertes, retard_mois, evenements, "
        "annee_prevue_revisee from suivi.actions"
    ).fetchall()
    for action, state, *known in found:
        if action not in TOLD:
            assert state in {"non renseignée", "prévue"}
            assert known == [None, None, None, 0, None]


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
        "select echeance from suivi.reunions where instance_id = ? and annee = 2024", [body]
    ).fetchall()
    assert found == [(due,)]


def test_no_meeting_was_held_that_nobody_wrote(warehouse: Warehouse) -> None:
    held = warehouse.execute(
        "select distinct instance_id from suivi.reunions where date_tenue is not null"
    ).fetchall()
    assert {body for (body,) in held} <= TOLD


def test_a_milestone_that_is_past_is_not_said_to_be_missed(warehouse: Warehouse) -> None:
    found = warehouse.execute("select jalon_id, echeance, etat from suivi.jalons").fetchall()
    due = [year for _, year, _ in found]
    assert sorted(due) == [date(2022, 12, 31)] * 2 + [date(2024, 12, 31)] * 5
    untold = {state for milestone, _, state in found if milestone not in TOLD}
    assert untold <= {"non renseigné", "à venir"}


def test_the_diagnostics_to_take_in_are_those_of_the_annexes(warehouse: Warehouse) -> None:
    found = warehouse.execute(
        "select mention, detenteur, communes, diagnostic_id, etat from suivi.diagnostics"
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
    assert {state for *_, name, state in found if name not in TOLD} <= {
        "non renseigné",
        "à intégrer",
    }


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
