"""The command as its users meet it: killed, twice at once, on a changed source; its history."""

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from pipelines import archive, rebuild, recipe
from pipelines.settings import ROOT
from pipelines.warehouse import PID_TAG
from tests.conftest import REFRESH, Refreshed, Workplace
from tests.end_to_end.conftest import OF_THE_RUN, put_back, replace, tables

pytestmark = pytest.mark.long(minutes=3.5)

PLAN = "conventions/lille-2021/schema_developpement.csv"
# What is told is the difference with the publication before.
TOLD = "qualite.evolutions"


def instance_of(place: Workplace) -> dg.DagsterInstance:
    """The Dagster history of a workplace, as dagster.yaml configures it."""
    os.environ |= {
        name: place.environment[name]
        for name in ("OBSERVATOIRE_HISTORIQUE", "OBSERVATOIRE_EVENEMENTS")
    }
    return dg.DagsterInstance.from_config(str(ROOT))


def named_in_pyproject() -> str:
    """What the UI calls the code location."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return str(settings["tool"]["dagster"]["code_location_name"])


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
class Reruns:
    """A source changes; a refresh is killed, then two start at once: what they left and said."""

    killed_pid: int
    harmed: bool
    codes: list[int]
    outputs: list[str]
    seen: set[tuple[int, int]]
    slowest_s: float


@pytest.fixture(scope="module")
def reruns(place: Workplace) -> Reruns:
    replace(place.sources / PLAN, ";20;24;4;2021;;défini", ";20;24;4;2022;;défini")
    before = place.published.read_bytes()
    killed = _started(place)
    assert killed.stdout is not None
    for line in killed.stdout:
        if "insee_iris" in line:
            break
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    harmed = place.published.read_bytes() != before

    running = [_started(place) for _ in range(2)]
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
    put_back(place)
    codes = [process.returncode for process in running]
    return Reruns(killed.pid, harmed, codes, outputs, seen, slowest)


def _started(place: Workplace) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        REFRESH,
        cwd=ROOT,
        env=place.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_killed_refresh_harms_nothing_and_the_next_says_that_it_failed(
    place: Workplace, reruns: Reruns
) -> None:
    assert not reruns.harmed
    with instance_of(place) as instance:
        runs = instance.get_runs(dg.RunsFilter(tags={PID_TAG: str(reruns.killed_pid)}))
        assert [run.status for run in runs] == [dg.DagsterRunStatus.FAILURE]


def test_two_refreshes_at_once_wait_for_each_other_and_give_the_same_figures(
    place: Workplace, reruns: Reruns
) -> None:
    assert reruns.codes == [0, 0], reruns.outputs
    same = ["Aucune valeur n'a changé depuis la publication du" in text for text in reruns.outputs]
    assert sorted(same) == [False, True]
    _, first, second = (tables(one.file) for one in archive.kept(place.published))
    assert first.keys() == second.keys()
    assert [name for name, table in first.items() if not table.equals(second[name])] == [TOLD]


def test_a_reader_never_waits_for_a_refresh_nor_sees_half_of_one(reruns: Reruns) -> None:
    assert len(reruns.seen) == 1
    assert reruns.slowest_s < 5


def test_one_changed_source_changes_only_what_comes_from_it(
    refreshed: Refreshed, place: Workplace, reruns: Reruns
) -> None:
    assert all("avertissement" in text for text in reruns.outputs), (
        "the file is no longer the one that its sidecar describes"
    )
    before, after = tables(refreshed.place.published), tables(archive.kept(place.published)[1].file)
    changed = {name for name in before if not before[name].equals(after[name])}
    assert changed == {
        "ecart.indicateurs",
        "ecart.projections",
        "ecart.places_manquantes",
        "offre.places_programmees",
        "qualite.controles",
        TOLD,
        "referentiel.empreintes",
        "referentiel.entrees",
        "referentiel.sources",
        "suivi.actions",
    }
    row = after["offre.places_programmees"].filter(pl.col("action_id") == "LIL-A01")
    assert row["annee"].to_list() == [2022]
    moved = after[TOLD]
    assert set(moved["nature"]) == {"ligne corrigée"}
    assert moved["cause"].str.contains("schema_developpement.csv, ligne(s) 2", literal=True).all()
    with instance_of(place) as instance:
        key = dg.AssetKey(["publication", "observatoire"])
        _, told = instance.fetch_materializations(key, limit=2).records
    assert told.asset_materialization is not None
    sentence = told.asset_materialization.metadata["ce_qui_a_change"].value
    assert f"{moved.height} ligne corrigée (PE06)" in str(sentence)


@pytest.mark.usefixtures("reruns")
def test_one_table_made_anew_passes_its_contract_and_can_be_published(place: Workplace) -> None:
    before = place.published.stat().st_ino
    assert alone(
        place, ["besoin", "familles"], ["qualite", "controles"], ["publication", "observatoire"]
    ) == [True, True, True]
    assert place.published.stat().st_ino != before


def test_the_history_keeps_the_run_with_its_checks(refreshed: Refreshed) -> None:
    with instance_of(refreshed.place) as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        assert run.job_name == "refresh"
        # The timeline and the page of the job show only the runs of a code location that they know.
        assert run.remote_job_origin is not None
        assert run.remote_job_origin.location_name == named_in_pyproject()
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


def recorded_in_a_repository(place: Workplace, kept: archive.Kept) -> Path:
    """A copy of the code whose only commit is what made `kept`, and whose files are not it now.

    The fingerprint that the publication carries tells whether the commit is that code.
    """
    code = place.folder / "code"
    for name in ("pipelines", "dbt_project"):
        shutil.copytree(ROOT / name, code / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements.lock", "dagster.yaml"):
        shutil.copy(ROOT / name, code)
    own = ["-c", "user.name=Essai", "-c", "user.email=essai@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "essai"]):
        subprocess.run(["git", *own, *arguments], cwd=code, check=True)
    with duckdb.connect(str(kept.file)) as connection:
        connection.execute(
            "update referentiel.publication set version_code = ?", [recipe.version_of_code(code)]
        )
    replace(code / "dbt_project" / "dbt_project.yml", "effet_de_sondage: 2", "effet_de_sondage: 4")
    return code


@pytest.mark.usefixtures("reruns")
def test_a_publication_is_made_again_from_its_commit_and_its_files_to_the_last_decimal(
    place: Workplace,
) -> None:
    first = archive.kept(place.published)[0]
    code = recorded_in_a_repository(place, first)
    before = place.published.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.rebuild", first.name],
        cwd=code,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "un autre que celui d'ici" in done.stdout
    # All but the two that name the run, and what changed since the publication before.
    count = len(tables(first.file)) + len(OF_THE_RUN) - len(rebuild.OF_THE_RUN)
    assert f"Identique : {count} tables, " in done.stdout
    assert place.published.read_bytes() == before
    listed = subprocess.run(
        ["git", "worktree", "list"], cwd=code, capture_output=True, text=True, check=True
    )
    assert len(listed.stdout.splitlines()) == 1, "nothing is left of the checkout"
