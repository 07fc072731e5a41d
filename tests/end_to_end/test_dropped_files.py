"""What a file dropped by hand does to a refresh: taken, put beside, told, or refused."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import ROOT
from tests.conftest import Refreshed, Workplace

INCOME = "insee/BASE_TD_FILO_DISP_IRIS_2019.csv"
YEARS = """
import dagster as dg
from pipelines.definitions import defs

table, vintages = dg.AssetKey(["brut", "caf_allocataires"]), dg.AssetKey(
    ["millesimes", "caf_allocataires"]
)
with dg.DagsterInstance.get() as instance:
    print("AVANT", sorted(instance.get_materialized_partitions(vintages)))
    done = defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, asset_selection=[vintages], partition_key="2020"
    )
    print("SEULE", done.success)
    print("TABLE", instance.get_latest_materialization_event(table).run_id == done.run_id)
"""


@pytest.fixture
def place(refreshed: Refreshed, tmp_path: Path) -> Workplace:
    """A copy of the default workplace, with sources of its own."""
    shutil.copytree(ROOT / "sources", tmp_path / "sources")
    shutil.copytree(refreshed.place.folder / "warehouse", tmp_path / "warehouse")
    shutil.copytree(refreshed.place.folder / "historique", tmp_path / "historique")
    return Workplace(tmp_path, tmp_path / "sources")


def test_a_revised_edition_stands_beside_the_one_it_revises_and_an_unknown_file_is_told(
    refreshed: Refreshed, place: Workplace
) -> None:
    published = (ROOT / "sources" / INCOME).read_text("utf-8-sig")
    # One IRIS of Fives: its rate goes from the published one to 0.
    line = next(line for line in published.splitlines() if line.startswith("593501001;"))
    cells = line.split(";")
    revised = published.replace(line, ";".join([*cells[:4], "0,0", *cells[5:]]))
    (place.sources / "revenus_revus.csv").write_text(revised, "utf-8")
    (place.sources / "liste_de_courses.csv").write_text("pain;beurre\n1;2\n", "utf-8")
    done = place.refresh()
    assert done.returncode == 0, done.stderr

    rates = (
        "select edition, round(valeur, 6) from ecart.indicateurs where indicateur_id = 'BES03' "
        "and millesime = 2019 and territoire_id = '5935010' order by edition"
    )
    with (
        duckdb.connect(str(refreshed.place.published), read_only=True) as before,
        duckdb.connect(str(place.published), read_only=True) as after,
    ):
        ((first_edition, first_rate),) = before.execute(rates).fetchall()
        found = dict(after.execute(rates).fetchall())
        assert len(found) == 2
        assert found.pop(first_edition) == first_rate, "the edition that was there does not move"
        ((edition, rate),) = found.items()
        assert edition.startswith("édition déposée ")
        assert rate < first_rate
        (state,) = after.execute(
            "select etat from referentiel.sources where source_id = 'revenus_revus.csv'"
        ).fetchall()
        assert state == ("déposé",)
        ((status, message),) = after.execute(
            "select statut, message from qualite.controles where controle = 'reconnaissance'"
        ).fetchall()
    assert status == "averti"
    assert "liste_de_courses.csv" in message
    assert "revenus_revus.csv : reconnu (insee_filosofi, millésime 2019)" in message


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "insee/base-ic-evol-struct-pop-2020_csv.zip",
            b"PK\x03\x04 coupe en chemin",
            ["base-ic-evol-struct-pop-2020_csv.zip", "tronquée", "télécharger"],
        ),
        (
            "caf/donnees_cej.csv",
            "territoire;niveau;annee;mois_reference;theme;libelle;age_min_ans;age_max_ans;unite;"
            "statut;valeur;courriel\n59298;commune;2019;12;enfants;Places;0;2;places;publié;12;"
            "jeanne@example.org\n".encode(),
            ["caf/donnees_cej.csv", "courriel", "RGPD"],
        ),
    ],
    ids=["truncated", "personal"],
)
def test_a_dropped_file_that_cannot_be_taken_stops_the_refresh_with_one_message(
    place: Workplace, name: str, content: bytes, expected: list[str]
) -> None:
    before = place.published.read_bytes()
    (place.sources / name).write_bytes(content)
    done = place.refresh()
    assert done.returncode == 1
    for words in expected:
        assert words in done.stderr, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "jeanne" not in done.stdout + done.stderr
    assert place.published.read_bytes() == before


def test_a_territory_that_no_file_covers_is_told_with_what_to_do(tmp_path: Path) -> None:
    roubaix = Workplace(tmp_path, ROOT / "sources", "roubaix")
    done = roubaix.refresh()
    assert done.returncode == 1
    assert "n'a de ligne de ce territoire" in done.stderr
    assert "make fetch" in done.stderr
    assert not roubaix.published.exists()


def test_each_vintage_is_told_and_can_be_read_again_alone(place: Workplace) -> None:
    done = subprocess.run(
        [sys.executable, "-c", YEARS],
        cwd=ROOT,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stdout.splitlines() if line[:5].isupper()]
    assert said == ["AVANT ['2019', '2020']", "SEULE True", "TABLE True"], done.stderr
    with duckdb.connect(str(place.build), read_only=True) as connection:
        rows = connection.execute(
            "select millesime, count(*) from brut.caf_allocataires group by all order by all"
        ).fetchall()
    assert rows == [(2019, 110), (2020, 110)]
