"""What the command says of a run: the message that is ours, and not what stands behind it."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from filelock import FileLock

from pipelines import refresh
from pipelines.settings import lock_file, published_file, work_dir
from pipelines.warehouse import Warehouse


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The warehouse and the history of these tests are their own."""
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path / "warehouse"))
    monkeypatch.setenv("OBSERVATOIRE_HISTORIQUE", str(tmp_path / "historique"))
    monkeypatch.setattr(sys, "argv", ["refresh", "--tout"])
    # The command sets up a process that is its own.
    monkeypatch.setattr(refresh, "environment", lambda: None)
    monkeypatch.setattr("gc.disable", lambda: None)
    monkeypatch.setattr("warnings.filterwarnings", lambda _: None)


def failures(body: Any = lambda: None) -> list[dg.DagsterEvent]:
    """What fails in a run of one step, which holds the warehouse."""

    @dg.op(required_resource_keys={"warehouse"})
    def step() -> None:
        body()

    @dg.job(resource_defs={"warehouse": Warehouse(wait_seconds=0)})
    def job() -> None:
        step()

    events = job.execute_in_process(raise_on_error=False).all_events
    return [event for event in events if event.is_failure or event.is_resource_init_failure]


def test_a_warehouse_that_another_refresh_holds_is_told_in_our_words() -> None:
    work_dir()
    with FileLock(lock_file()):
        found = failures()
    assert {refresh._reason(event) for event in found} - {""} == {
        "observatoire.duckdb, publication : un autre rafraîchissement écrit depuis plus de 0 s. "
        "Remède : attendre sa fin, ou l'arrêter dans l'onglet Runs de l'interface, puis relancer."
    }


def test_a_run_that_is_asked_to_stop_is_no_failure() -> None:
    (first, *_) = failures(lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        refresh._reason(first)


@pytest.mark.parametrize(
    ("published", "state"), [(False, "n'a pas été touché"), (True, "est à jour")]
)
def test_a_command_that_is_asked_to_stop_says_what_became_of_the_published_file(
    published: bool,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(**_: object) -> None:
        if published:
            published_file().parent.mkdir()
            published_file().touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(refresh, "_run", run)
    assert refresh.main() == 130
    assert capsys.readouterr().err == f"\nInterrompu : le fichier publié {state}.\n"
