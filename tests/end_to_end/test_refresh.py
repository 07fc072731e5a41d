"""The command as its users meet it: beside the UI, twice at once, on a changed source."""

import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from pipelines import archive, rebuild, recipe
from pipelines.definitions import defs
from pipelines.schedules import JOB
from pipelines.settings import ROOT
from tests import interface
from tests.conftest import REFRESH, Refreshed, Workplace
from tests.end_to_end.conftest import OF_THE_RUN, instance_of, put_back, replace, tables

pytestmark = pytest.mark.long(minutes=1.7)

PLAN = "conventions/lille-2021/schema_developpement.csv"
WAITING = "Un autre rafraîchissement écrit : celui-ci attend sa fin."
# What is told is the difference with the publication before.
TOLD = "qualite.evolutions"


def named_in_pyproject() -> str:
    """What the UI calls the code location."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return str(settings["tool"]["dagster"]["code_location_name"])


def alone(place: Workplace, *keys: list[str]) -> list[bool]:
    """Materialize each asset alone, as from its page in the UI; whether each succeeded."""
    job = defs.resolve_job_def(JOB)
    with instance_of(place) as instance:
        return [
            job.execute_in_process(
                instance=instance, raise_on_error=False, asset_selection=[dg.AssetKey(key)]
            ).success
            for key in keys
        ]


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
    """A source changes; the UI refreshes, two commands wait for it, and it is killed.

    What it left, and what the two did and said.
    """

    killed_run: str
    harmed: bool
    codes: list[int]
    outputs: list[str]
    seen: set[tuple[int, int]]
    slowest_s: float


@pytest.fixture(scope="module")
def reruns(place: Workplace) -> Reruns:
    replace(place.sources / PLAN, ";20;24;4;2021;;défini", ";20;24;4;2022;;défini")
    before = place.published.read_bytes()
    logs = [place.folder / f"commande-{rank}.log" for rank in range(2)]
    with interface.opened(place) as ui, instance_of(place) as instance:
        killed_run = ui.launch()
        _wait_until(lambda: instance.all_logs(killed_run, of_type=dg.DagsterEventType.STEP_SUCCESS))
        running = [_started(place, log) for log in logs]
        _wait_until(lambda: all(WAITING in log.read_text("utf-8") for log in logs))
        ui.kill()
    harmed = place.published.read_bytes() != before

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
    outputs = [log.read_text("utf-8") for log in logs]
    put_back(place)
    codes = [process.returncode for process in running]
    return Reruns(killed_run, harmed, codes, outputs, seen, slowest)


def _started(place: Workplace, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as said:
        return subprocess.Popen(
            REFRESH, cwd=ROOT, env=place.environment, stdout=said, stderr=subprocess.STDOUT
        )


def _wait_until(done: Callable[[], object], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.2)


def test_the_ui_stopped_in_the_middle_harms_nothing_and_the_next_refresh_closes_its_run(
    place: Workplace, reruns: Reruns
) -> None:
    assert not reruns.harmed
    with instance_of(place) as instance:
        run = instance.get_run_by_id(reruns.killed_run)
        assert run is not None
        assert run.status == dg.DagsterRunStatus.FAILURE
        (closing,) = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    assert closing.get_dagster_event().message == (
        "Interrompu : le processus de ce rafraîchissement n'existe plus."
    )


def test_two_refreshes_at_once_wait_for_each_other_and_give_the_same_figures(
    place: Workplace, reruns: Reruns
) -> None:
    # They waited for that of the UI, then one for the other.
    assert all(WAITING in text for text in reruns.outputs)
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
