"""The command as its users meet it: same figures twice, broken files, killed runs, two at once."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from pipelines.settings import ROOT
from pipelines.warehouse import PID_TAG
from tests.conftest import REFRESH, Refreshed, Workplace

EVENTS = """\
2022-03-10;LIL-A01;ouverture;4;;Procès-verbal d'ouverture;
2022-05-20;cotech_mai;réunion tenue;;;Compte rendu;
2022-06-15;;point de situation;;;Tableau de suivi;
"""

# What names the run and not the data.
OF_THE_RUN = {"referentiel.publication"}


@pytest.fixture(scope="module")
def place(refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A workplace of its own, with its own copy of the sources, that starts as the default ends."""
    folder = tmp_path_factory.mktemp("atelier")
    shutil.copytree(refreshed.place.folder, folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "sources", folder / "sources")
    return Workplace(folder, folder / "sources")


@pytest.fixture
def sources(place: Workplace) -> Iterator[Path]:
    """The sources of the workplace, put back as they were after the test."""
    yield place.sources
    shutil.copytree(ROOT / "sources", place.sources, dirs_exist_ok=True)


def tables(path: Path) -> dict[str, pl.DataFrame]:
    """Every published table, in the order of its columns."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by all"
        ).fetchall()
        return {
            name: connection.execute(f"select * from {name} order by all").pl()
            for (name,) in names
            if name not in OF_THE_RUN
        }


def replace(path: Path, old: str, new: str) -> None:
    """Change one thing in a file, and only one."""
    text = path.read_bytes().decode("utf-8")
    assert text.count(old) == 1, (path, old, text.count(old))
    path.write_bytes(text.replace(old, new).encode("utf-8"))


def instance_of(place: Workplace) -> dg.DagsterInstance:
    """The Dagster history of a workplace, as dagster.yaml configures it."""
    os.environ |= {
        name: place.environment[name]
        for name in ("OBSERVATOIRE_HISTORIQUE", "OBSERVATOIRE_EVENEMENTS")
    }
    return dg.DagsterInstance.from_config(str(ROOT))


def alone(place: Workplace, *keys: list[str]) -> list[bool]:
    """Materialize each asset alone, as from its page in the UI; whether each succeeded."""
    script = (
        "import dagster as dg\n"
        "from pipelines.definitions import defs\n"
        "job = defs.resolve_job_def('refresh')\n"
        "with dg.DagsterInstance.get() as instance:\n"
        f"    for key in {list(keys)!r}:\n"
        "        done = job.execute_in_process(\n"
        "            instance=instance, raise_on_error=False,\n"
        "            asset_selection=[dg.AssetKey(key)])\n"
        "        print('FAIT', done.success)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stdout.splitlines() if line.startswith("FAIT")]
    assert len(said) == len(keys), done.stderr
    return [line == "FAIT True" for line in said]


def test_the_summary_says_what_was_read_checked_and_published(refreshed: Refreshed) -> None:
    text = refreshed.output
    for words in (
        "entrée insee",
        "entrée caf",
        "Contrats :",
        "Tests dbt :",
        "Publié :",
        "écartées",
    ):
        assert words in text
    assert "Traceback" not in text


@dataclass(frozen=True)
class Twice:
    """Two refreshes started at once, and what a reader saw of the published file meanwhile."""

    codes: list[int]
    outputs: list[str]
    seen: set[tuple[int, int]]
    slowest_s: float


@pytest.fixture(scope="module")
def twice(place: Workplace) -> Twice:
    running = [
        subprocess.Popen(
            REFRESH,
            cwd=ROOT,
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    seen: set[tuple[int, int]] = set()
    slowest = 0.0
    while any(process.poll() is None for process in running):
        started = time.monotonic()
        with duckdb.connect(str(place.published), read_only=True) as connection:
            row = connection.execute(
                "select (select count(*) from ecart.indicateurs), "
                "(select count(*) from referentiel.territoires)"
            ).fetchone()
        slowest = max(slowest, time.monotonic() - started)
        assert row is not None
        seen.add(row)
        time.sleep(0.2)
    outputs = [process.communicate()[0] for process in running]
    return Twice([process.returncode for process in running], outputs, seen, slowest)


def test_two_refreshes_at_once_wait_for_each_other_and_give_the_same_figures(
    refreshed: Refreshed, place: Workplace, twice: Twice
) -> None:
    assert twice.codes == [0, 0], twice.outputs
    for output in twice.outputs:
        assert "Aucune valeur n'a changé depuis la publication du" in output
    before, after = tables(refreshed.place.published), tables(place.published)
    assert before.keys() == after.keys()
    for name, table in before.items():
        assert table.equals(after[name]), name


def test_a_reader_never_waits_for_a_refresh_nor_sees_half_of_one(twice: Twice) -> None:
    assert len(twice.seen) == 1
    assert twice.slowest_s < 5


def test_one_changed_source_changes_only_what_comes_from_it(
    refreshed: Refreshed, place: Workplace, sources: Path
) -> None:
    file = sources / "conventions" / "lille-2021" / "schema_developpement.csv"
    replace(file, ";20;24;4;2021;;défini", ";20;24;4;2022;;défini")
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    assert "avertissement" in done.stdout, (
        "the file is no longer the one that its sidecar describes"
    )
    before, after = tables(refreshed.place.published), tables(place.published)
    changed = {name for name in before if not before[name].equals(after[name])}
    assert changed == {
        "ecart.indicateurs",
        "ecart.projections",
        "ecart.places_manquantes",
        "offre.places_programmees",
        "qualite.controles",
        "qualite.evolutions",
        "referentiel.empreintes",
        "referentiel.sources",
        "suivi.actions",
    }
    row = after["offre.places_programmees"].filter(pl.col("action_id") == "LIL-A01")
    assert row["annee"].to_list() == [2022]
    moved = after["qualite.evolutions"]
    assert set(moved["nature"]) == {"ligne corrigée"}
    assert moved["cause"].str.contains("schema_developpement.csv, ligne(s) 2", literal=True).all()
    told = instance_of(place).get_latest_materialization_event(
        dg.AssetKey(["publication", "observatoire"])
    )
    assert told is not None
    assert told.asset_materialization is not None
    sentence = told.asset_materialization.metadata["ce_qui_a_change"].value
    assert f"{moved.height} ligne corrigée (PE06)" in str(sentence)


@pytest.fixture(scope="module")
def bad_line(place: Workplace) -> int:
    """A refresh with a bad row in one file, whose number this is, and the files to come filled."""
    file = place.sources / "caf" / "data_CAF_2020_IRIS.csv"
    lines = file.read_bytes().decode("utf-8").split("\r\n")
    number = next(i for i, line in enumerate(lines) if line.startswith("593500205;0;"))
    cells = lines[number].split(";")
    cells[2] = "douze"
    lines[number] = ";".join(cells)
    file.write_bytes("\r\n".join(lines).encode("utf-8"))
    sidecar = file.with_name(file.name + ".fiche.yml")
    text = sidecar.read_text("utf-8")
    sidecar.write_text(text[: text.index("chiffres_de_controle")] + "chiffres_de_controle: []\n")
    with (place.sources / "caf" / "cej_2019.csv").open("a", encoding="utf-8") as stream:
        stream.write("59298;commune;2019;12;petite enfance;Places EAJE;0;2;places;publié;124\n")
        stream.write("59355;commune;2019;12;petite enfance;Places EAJE;0;2;places;secret;\n")
        stream.write("59355;commune;2019;12;petite enfance;Heures;0;2;heures;publié;beaucoup\n")
    events = place.sources / "conventions" / "lille-2021" / "realisations.csv"
    heading = events.read_text("utf-8").splitlines()[0]
    events.write_text(f"{heading}\n{EVENTS}", "utf-8")
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    shutil.copytree(ROOT / "sources", place.sources, dirs_exist_ok=True)
    return number + 1


def test_a_bad_row_is_set_aside_with_its_reason_and_the_refresh_goes_on(
    refreshed: Refreshed, place: Workplace, bad_line: int
) -> None:
    after = tables(place.published)
    rejected = after["qualite.rejets"].to_dicts()
    assert ("caf/data_CAF_2020_IRIS.csv", bad_line, "A", "douze") in [
        (r["source_id"], r["ligne"], r["colonne"], r["valeur"]) for r in rejected
    ]
    before = tables(refreshed.place.published)["besoin.allocataires"]
    masked = pl.col("iris_masques").filter(
        (pl.col("territoire_id") == "5935002")
        & (pl.col("millesime") == 2020)
        & (pl.col("mesure") == "foyers allocataires")
    )
    assert after["besoin.allocataires"].select(masked).item() == before.select(masked).item() + 1, (
        "a row set aside is as unknown as a masked one"
    )


@pytest.mark.usefixtures("bad_line")
def test_the_caf_file_is_taken_when_it_arrives(place: Workplace) -> None:
    published = tables(place.published)
    rows = published["besoin.statistiques_cej"].sort("territoire_id").to_dicts()
    assert [(r["territoire_id"], r["statut"], r["valeur"]) for r in rows] == [
        ("59298", "publié", 124.0),
        ("59355", "secret", None),
    ]
    # A secret could be read in a line of the Caf that is set aside: what it holds is not said.
    assert sorted(published["qualite.rejets"]["valeur"]) == ["douze", "non publiée"]
    controls = published["qualite.controles"]["message"].drop_nulls()
    assert not controls.str.contains("beaucoup").any()
    prints = published["referentiel.empreintes"].filter(objet="caf_cej").sort("ligne")
    assert [mark == "secret" for mark in prints["empreinte"]] == [False, True]


@pytest.mark.usefixtures("bad_line")
def test_what_the_analysts_write_is_what_the_follow_up_tells(place: Workplace) -> None:
    # On 15 June 2022 in Lille: six actions are of 2021 (LIL-A01 to A04, A09, A11), one open with
    # 4 of the 4 + 14 + 20 + 20 places, three months after the year; of the meetings, three of 2021
    # and that of May 2022 were due, and one was held.
    found = {
        row["indicateur_id"]: (row["numerateur"], row["denominateur"], row["statut"])
        for row in tables(place.published)["ecart.indicateurs"].to_dicts()
        if row["indicateur_id"].startswith("GOV") and row["territoire_id"] == "59350-LILLE"
    }
    assert found == {
        "GOV01": (1, 6, "calculé"),
        "GOV02": (4, 58, "calculé"),
        "GOV03": (3, 1, "calculé"),
        "GOV04": (1, 4, "calculé"),
    }


def test_one_table_made_anew_passes_its_contract_and_can_be_published(place: Workplace) -> None:
    before = place.published.stat().st_ino
    assert alone(
        place, ["besoin", "familles"], ["qualite", "controles"], ["publication", "observatoire"]
    ) == [True, True, True]
    assert place.published.stat().st_ino != before


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "insee/base-ic-evol-struct-pop-2019.csv",
            "593500104;59350",
            "593500105;59350",
            ["base-ic-evol-struct-pop-2019.csv", "clé en double", "593500105"],
        ),
        (
            "conventions/lille-2021/corrections.csv",
            "LIL-122;nom;Canabis;",
            "LIL-122;nom;Cannabis;",
            ["Une correction n'attend pas la valeur", "LIL-122", "Cannabis", "Canabis"],
        ),
        (
            "conventions/lille-2021/territoire.yml",
            'id: "59298"',
            "id: vingt",
            ["territoire.yml", "communes.1.id"],
        ),
    ],
)
def test_a_broken_file_stops_the_refresh_and_the_published_file_stays(
    place: Workplace, sources: Path, name: str, old: str, new: str, expected: list[str]
) -> None:
    before = place.published.read_bytes()
    replace(sources / name, old, new)
    done = place.refresh()
    assert done.returncode == 1
    for words in expected:
        assert words in done.stderr, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert place.published.read_bytes() == before


def test_the_history_keeps_the_run_with_its_checks(refreshed: Refreshed) -> None:
    with instance_of(refreshed.place) as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        assert run.job_name == "refresh"
        records = instance.get_latest_materialization_event(dg.AssetKey(["ecart", "indicateurs"]))
        assert records is not None
        metadata = records.asset_materialization.metadata  # type: ignore[union-attr]
        assert (
            metadata["dagster/row_count"].value
            == tables(refreshed.place.published)["ecart.indicateurs"].height
        )


def test_the_gate_is_shut_while_a_table_has_not_passed_its_contract(place: Workplace) -> None:
    before = place.published.read_bytes()
    with duckdb.connect(str(place.build)) as connection:
        connection.execute("delete from journal.controles_tables where objet = 'besoin.familles'")
    assert alone(place, ["publication", "observatoire"]) == [False]
    assert place.published.read_bytes() == before


def test_a_killed_refresh_harms_nothing_and_the_next_mends_what_was_left(
    refreshed: Refreshed, place: Workplace
) -> None:
    before = place.published.read_bytes()
    killed = subprocess.Popen(
        REFRESH, cwd=ROOT, env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert killed.stdout is not None
    for line in killed.stdout:
        if b"insee_iris" in line:
            break
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert place.published.read_bytes() == before

    done = place.refresh()
    assert done.returncode == 0, done.stderr
    default, after = tables(refreshed.place.published), tables(place.published)
    # What is told is the difference with the publication before, which is another test's.
    told = "qualite.evolutions"
    assert all(table.equals(after[name]) for name, table in default.items() if name != told)
    with instance_of(place) as instance:
        runs = instance.get_runs(dg.RunsFilter(tags={PID_TAG: str(killed.pid)}))
        assert [run.status for run in runs] == [dg.DagsterRunStatus.FAILURE]
