"""Each notebook runs on the published file, read-only; what they compute is what is published."""

import importlib
import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.settings import ROOT
from tests.conftest import Refreshed

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
MOULINS, BETHUNE, LILLE = "5935005", "5935006", "59350-LILLE"
# What an analyst would choose in the notebook for a scenario of scenarios.csv. Concorde has 50
# places, all in Faubourg de Béthune.
CHOICES: Mapping[str, tuple[str, int, float | None]] = {
    "référence": (MOULINS, 0, None),
    "vingt_places_moulins": (MOULINS, 20, None),
    "fermeture_concorde": (BETHUNE, -50, None),
    "cible_barcelone": (MOULINS, 0, 33),
}


def opened(name: str) -> Any:
    """A notebook as a module: its application and its functions."""
    module: ModuleType = importlib.import_module(f"notebooks.{name}")
    return module


@pytest.fixture
def run(refreshed: Refreshed, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a notebook with some of its cells' values replaced; returns what its cells define."""
    for name, value in refreshed.place.environment.items():
        monkeypatch.setenv(name, value)

    def done(name: str, **values: Any) -> Mapping[str, Any]:
        _, definitions = opened(name).app.run(defs=values)
        return dict(definitions)

    return done


def test_there_are_a_tour_a_district_and_a_scenario() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["quartier", "scenario", "visite"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_the_published_file(notebook: Path, refreshed: Refreshed) -> None:
    before = refreshed.place.published.read_bytes()
    done = subprocess.run(
        [sys.executable, str(notebook)],
        cwd=ROOT,
        env={**refreshed.place.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert refreshed.place.published.read_bytes() == before


def test_the_tour_names_the_districts_where_a_lack_is_certain(run: Any) -> None:
    shown = run("visite")["ecarts"]
    certain = shown.filter(pl.col("conclusion") == "il en manque")
    assert 0 < certain.height < shown.height == 17
    assert certain["borne_basse"].min() > 0
    assert shown.filter(pl.col("conclusion") == "incertain")["borne_basse"].max() <= 0


@pytest.mark.parametrize("district", [MOULINS, "5935024", "5935027"])
def test_the_notebook_of_a_district_speaks_of_it(
    district: str, run: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    shown = run("quartier", district=district)
    (name, poverty, services) = warehouse.execute(
        "select libelle, taux_pauvrete_pct, (select count(*) from offre.services "
        "  where district_id = territoire_id) "
        "from referentiel.territoires join besoin.revenus using (territoire_id) "
        "where territoire_id = ? and taux_pauvrete_pct is not null",
        [district],
    ).fetchone() or ("", 0, 0)
    assert shown["nom"] == name
    assert shown["services"].height == services
    assert shown["revenus"]["taux_pauvrete_pct"].drop_nulls().to_list() == [round(poverty, 1)]
    planned = warehouse.execute(
        "select count(*) from offre.places_programmees where district_id = ?", [district]
    ).fetchone()
    assert (shown["actions"].height,) == planned
    assert set(shown["douteux"]["statut"]) <= {"estimé", "non calculable", "secret"}
    assert shown["douteux"]["motif"].null_count() == 0
    assert shown["lignage"].height


def test_a_district_is_ranked_among_those_that_have_a_value() -> None:
    measures = opened("quartier").MESURES
    sheets = pl.DataFrame(
        {
            "territoire_id": ["T", "L", "A", "B", "C", "D"],
            "territoire": ["T", "L", "A", "B", "C", "D"],
            "commune": [None, "L", "L", "L", "L", "L"],
            "niveau": ["territoire", "commune", *["district"] * 4],
            **{name: [9.0, 8.0, 3.0, 5.0, 3.0, None] for name in measures},
        }
    )
    compare = opened("quartier").comparer
    first = compare(sheets, "B").row(0, named=True)
    assert (first["district"], first["commune"], first["ensemble"]) == (5, 8, 9)
    assert (first["rang"], first["districts_mesures"]) == (1, 3)
    # A and C have the same value: both are second, and none is third.
    assert {compare(sheets, name)["rang"][0] for name in "AC"} == {2}
    assert compare(sheets, "D")["rang"][0] is None


def test_the_parts_of_the_ages_make_the_whole() -> None:
    ages = ["enfants_0_2", "enfants_3_5", "enfants_6_10", "enfants_11_17"]
    sheets = pl.DataFrame(
        {
            "territoire_id": ["T", "A"],
            "territoire": ["T", "A"],
            "niveau": ["territoire", "district"],
            **{name: [100.0, float(rank)] for rank, name in enumerate(ages, start=1)},
        }
    )
    parts = opened("quartier").structure(sheets, "A")
    assert parts.filter(pl.col("territoire") == "A")["part_pct"].to_list() == [10, 20, 30, 40]
    assert parts.filter(pl.col("territoire") == "T")["part_pct"].to_list() == [25] * 4


@pytest.mark.parametrize("scenario", CHOICES)
def test_the_notebook_computes_what_ecart_scenarios_publishes(
    scenario: str, run: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    district, places, target = CHOICES[scenario]
    notebook = opened("scenario")
    projections = run("scenario")["projections"]
    published = warehouse.execute(
        "select indicateur_id, declinaison, territoire_id, millesime, valeur from ecart.scenarios "
        "where scenario_id = ? and indicateur_id in ('PE03', 'PE04', 'PE07') order by all",
        [scenario],
    ).pl()
    rate = target or notebook.taux_du_territoire(projections)
    wanted = "cible politique" if target else "cible territoire"
    found = []
    for declination, year in (
        published.filter(pl.col("indicateur_id") == "PE07")
        .select("declinaison", "millesime")
        .unique()
        .iter_rows()
    ):
        opening, births = declination.split(", ")
        start = notebook.situation(projections, year, births, opening)
        found += [
            ("PE07", declination, row["territoire_id"], year, row["couverture_pct"])
            for row in notebook.simuler(start, district, places, rate).to_dicts()
        ]
    first = projections["annee"].min()
    start = notebook.situation(projections, first, "centrale", "rien n’ouvre")
    for row in notebook.simuler(start, district, places, rate).to_dicts():
        found.append(("PE03", "ensemble", row["territoire_id"], first, row["couverture_pct"]))
        found.append(("PE04", wanted, row["territoire_id"], first, row["places_manquantes"]))
    values = pl.DataFrame(found, schema=published.schema, orient="row")
    compared = published.filter(
        (pl.col("indicateur_id") != "PE04") | (pl.col("declinaison") == wanted)
    ).join(
        values,
        on=["indicateur_id", "declinaison", "territoire_id", "millesime"],
        how="left",
        suffix="_carnet",
    )
    # Twenty communes and districts: PE03 and PE04 once, PE07 for nine cases at two years.
    assert compared.height == 20 * (1 + 1 + 9 * 2)
    assert compared["valeur_carnet"].to_list() == pytest.approx(
        compared["valeur"].to_list(), abs=1e-6
    )


def test_a_slider_moves_what_the_notebook_shows(run: Any) -> None:
    still = {
        "district": MOULINS,
        "places": 0,
        "capacites": "estimation",
        "au_taux": True,
        "taux": 33,
        "annee": 2019,
        "naissances": "centrale",
        "ouvertures": "rien n’ouvre",
    }
    before = run("scenario", choix=still)["ici"]
    assert before["places"] == before["places_sans"]
    moved = run("scenario", choix=still | {"places": 60})["ici"]
    assert moved["places"] - before["places"] == pytest.approx(60)
    assert moved["places_manquantes"] == pytest.approx(before["places_manquantes"] - 60)
    assert moved["rang"] > before["rang"] == moved["rang_sans"]
    low = run("scenario", choix=still | {"capacites": "borne basse"})["ici"]
    assert low["places"] == low["borne_basse_places"] < before["places"]
    other = run("scenario", choix=still | {"au_taux": False})["ici"]
    assert other["places_manquantes"] == pytest.approx(
        33 * before["enfants_0_2"] / 100 - before["places"]
    )
    fewer = run("scenario", choix=still | {"annee": 2028, "naissances": "basse"})["ici"]
    assert fewer["enfants_0_2"] < before["enfants_0_2"]
    assert fewer["couverture_pct"] > before["couverture_pct"]


SIZES = st.floats(min_value=1, max_value=2000, allow_nan=False)


@given(st.lists(SIZES, min_size=3, max_size=3), st.integers(-300, 300), st.floats(5, 60))
def test_a_district_never_closes_more_places_than_it_has_and_its_commune_follows(
    places: list[float], opened_places: int, target: float
) -> None:
    here, there, elsewhere = places
    held = [here, there, elsewhere, here + there, elsewhere, sum(places)]
    start = pl.DataFrame(
        {
            "territoire_id": ["A", "B", "C", "L", "H", "T"],
            "commune_id": ["L", "L", "H", "L", "H", None],
            "niveau": [*["district"] * 3, *["commune"] * 2, "territoire"],
            "enfants_0_2": [100.0] * 6,
            "places": held,
            "borne_basse_places": [None] * 6,
            "borne_haute_places": [None] * 6,
        },
        schema_overrides={"borne_basse_places": pl.Float64, "borne_haute_places": pl.Float64},
    )
    found = opened("scenario").simuler(start, "A", opened_places, target)
    gained = [after - before for after, before in zip(found["places"], held, strict=True)]
    change = max(opened_places, -here)
    for value, expected in zip(gained, [change, 0, 0, change, 0, change], strict=True):
        assert math.isclose(value, expected, abs_tol=1e-6)
    assert found["places"][0] >= 0
    assert found["rang"].to_list()[3:] == [None] * 3
