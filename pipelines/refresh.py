"""The command `make refresh`: run the job, show its progress, end with a short French summary.

It runs in the history that the UI shows (`DAGSTER_HOME`), and exits with 1 when nothing was
published, with 130 when it was asked to stop.
"""

import argparse
import gc
import os
import subprocess
import sys
import time
import traceback
import warnings
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from pipelines.errors import SourceError, without_credentials, writing
from pipelines.settings import (
    ROOT,
    build_file,
    exports_dir,
    history_dir,
    published_file,
    shown,
    work_dir,
)

if TYPE_CHECKING:
    from datetime import datetime

    import dagster as dg

OURS, INTERRUPTION = "SourceError", "DagsterExecutionInterruptedError"
# As pyproject.toml names it.
CODE_LOCATION = "observatoire"


def main() -> int:
    """Refresh, and say what came of it."""
    parser = argparse.ArgumentParser(prog="make refresh")
    parser.add_argument(
        "--sans-exports", action="store_true", help="publier l'entrepôt sans le dossier ni fichiers"
    )
    parser.add_argument(
        "--tout", action="store_true", help="refaire, même si rien n'a changé depuis la publication"
    )
    asked = parser.parse_args()
    # The process lives for one refresh: collecting its garbage costs two seconds and frees nothing.
    gc.disable()
    environment()
    warnings.filterwarnings("ignore")
    print("Rafraîchissement de l'observatoire", flush=True)
    before = _mark(published_file())
    try:
        return _refreshed(asked, before)
    except KeyboardInterrupt:
        print(f"\nInterrompu : le fichier publié {_state(before)}.", file=sys.stderr)
        return 130


def _refreshed(asked: argparse.Namespace, before: tuple[int, int] | None) -> int:
    started = time.monotonic()
    try:
        if not asked.tout and (made := _unchanged(with_exports=not asked.sans_exports)):
            print(
                f"Rien n'a changé depuis la publication du {made:%d/%m/%Y à %H:%M} (temps "
                f"universel) : mêmes fichiers, même code. {shown(published_file())} est à jour. "
                "Pour le refaire quand même : make refresh TOUT=oui",
                flush=True,
            )
            _close_what_was_killed()
            return 0
        # What is written beside the history says so itself.
        with writing(history_dir()):
            history_dir().mkdir(parents=True, exist_ok=True)
            result, failure = _run(without_exports=asked.sans_exports)
    except SourceError as error:
        result, failure = None, str(error)
    except Exception as error:  # a traceback is never the answer: it goes to a file
        result, failure = None, _unexpected(error)
    seconds = time.monotonic() - started
    if result is None or failure:
        print(f"\nÉCHEC après {seconds:.0f} s. {failure}", file=sys.stderr)
        print(f"Le fichier publié {_state(before)} : {shown(published_file())}", file=sys.stderr)
        return 1
    print(summary(seconds, with_exports=not asked.sans_exports))
    return 0


def _unchanged(*, with_exports: bool) -> "datetime | None":
    """When the published file was made, if a refresh would make it again as it is."""
    from pipelines import archive, lock, unchanged
    from pipelines.clock import today_in_paris

    made = unchanged.since(today_in_paris(), exports_dir() if with_exports else None)
    if made and archive.forgotten(published_file()):
        # The refresh that published it may have been killed before it kept it. One that holds the
        # lock keeps it itself.
        with lock.held_if_free() as alone, writing(archive.folder(published_file())):
            if alone:
                archive.keep_if_forgotten(published_file())
    return made


def _close_what_was_killed() -> None:
    """Have the history say that a killed refresh has ended: no other one will."""
    import dagster as dg

    from pipelines.warehouse import bury_the_dead

    with writing(history_dir()):
        history_dir().mkdir(parents=True, exist_ok=True)
        with dg.DagsterInstance.get() as instance:
            bury_the_dead(instance)


def environment() -> None:
    """Where Dagster keeps its history, and that nothing is told to anyone."""
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(ROOT)))
    history = os.environ.setdefault("OBSERVATOIRE_HISTORIQUE", str(home / ".dagster"))
    os.environ.setdefault("OBSERVATOIRE_EVENEMENTS", str(Path(history) / "evenements"))
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    os.environ["DO_NOT_TRACK"] = "1"


def _run(*, without_exports: bool) -> tuple["dg.ExecuteInProcessResult | None", str]:
    """Run the job; return its result, and the French reason of its failure if it failed."""
    import dagster as dg

    from pipelines.definitions import defs
    from pipelines.diagnostic.assets import GROUP as EXPORTS
    from pipelines.schedules import JOB
    from pipelines.warehouse import PID_TAG

    with dg.DagsterInstance.get() as instance:
        job = defs.resolve_job_def(JOB)
        chosen = None
        if without_exports:
            graph = defs.resolve_asset_graph()
            chosen = [
                key
                for key in job.asset_layer.executable_asset_keys
                if graph.get(key).group_name != EXPORTS
            ]
        _place_in_the_ui(instance)
        _copy_the_output_apart()
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            asset_selection=chosen,
            # From its first event: it may be killed before it takes the warehouse.
            tags={PID_TAG: str(os.getpid())},
        )
        if result.success and _was_published(result):
            return result, ""
        # Dagster skips what comes after a step that gave nothing, and calls the run a success.
        if result.success:
            return result, "La publication n'a pas eu lieu : une étape n'a rien rendu."
        reasons = [
            _reason(event)
            for event in result.all_events
            if event.is_failure or event.is_resource_init_failure
        ]
        return result, next(filter(None, reasons), "Voir l'exécution dans l'interface.")


def _place_in_the_ui(instance: "dg.DagsterInstance") -> None:
    """Have the runs of an instance say which code they are of, as those that the UI launches do.

    A run that does not is in the UI's list, but neither in its timeline nor on the page of its job.
    """
    from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
    from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin

    from pipelines.schedules import JOB

    repository = RemoteRepositoryOrigin(
        RegisteredCodeLocationOrigin(CODE_LOCATION), SINGLETON_REPOSITORY_NAME
    )
    instance.create_run_for_job = partial(  # type: ignore[method-assign]
        instance.create_run_for_job, remote_job_origin=repository.get_job_origin(JOB)
    )


def _copy_the_output_apart() -> None:
    """Have what copies the output of a run not hear the Ctrl-C of a terminal.

    It ends with the run, and would answer by a traceback of its own.
    """
    from dagster._core.execution import compute_logs

    apart = SimpleNamespace(Popen=partial(subprocess.Popen, process_group=0))
    compute_logs.subprocess = apart  # type: ignore[attr-defined, assignment]


def _mark(file: Path) -> tuple[int, int] | None:
    """What tells a file from the one that takes its place."""
    if not file.is_file():
        return None
    return file.stat().st_ino, file.stat().st_mtime_ns


def _state(before: tuple[int, int] | None) -> str:
    """What became of the published file: a history that cannot be written does not say it."""
    return "n'a pas été touché" if _mark(published_file()) == before else "est à jour"


def _was_published(result: "dg.ExecuteInProcessResult") -> bool:
    """Whether the run replaced the published file: what comes after it may still fail."""
    return any(
        event.is_step_materialization
        and event.asset_key is not None
        and event.asset_key.path == ["publication", "observatoire"]
        for event in result.all_events
    )


def _reason(event: "dg.DagsterEvent") -> str:
    """What a user is told of a failure: the message of the error, or of the one behind it.

    Raises:
        KeyboardInterrupt: it is none, but that the run was asked to stop.
    """
    data = event.event_specific_data
    failure = getattr(data, "user_failure_data", None)
    if failure and failure.description:
        return str(failure.description)
    error = getattr(data, "error", None)
    while error is not None and error.cause is not None and error.cls_name != OURS:
        error = error.cause
    if error is None:
        return ""
    if error.cls_name == INTERRUPTION:
        raise KeyboardInterrupt
    message = str(error.message).strip()
    return message.partition(": ")[2] if error.cls_name == OURS else message


def _unexpected(error: Exception) -> str:
    told = "".join(traceback.format_exception(error))
    log = build_file().with_name("erreur.log")
    try:
        (work_dir() / log.name).write_text(without_credentials(told), "utf-8")
        attached = f"joindre {shown(log)} au signalement"
    except OSError:
        attached = f"la signaler, et donner le droit d'écrire dans {shown(log.parent)}"
    return without_credentials(
        f"Erreur inattendue : {type(error).__name__}, {error}. Remède : relancer ; si elle "
        f"revient, {attached}."
    )


def summary(seconds: float, *, with_exports: bool = True) -> str:
    """What was read, checked and published, in a few lines."""
    import duckdb

    with duckdb.connect(str(published_file()), read_only=True) as connection:
        stages = connection.execute(
            "select split_part(objet, '_', 1), sum(lignes_lues), sum(lignes_retenues), "
            "sum(lignes_ecartees) from qualite.admissions group by all order by all"
        ).fetchall()
        checks = connection.execute(
            "select if(etape = 'dbt', 'tests dbt', 'contrats'), count(*), "
            "count(*) filter (where statut = 'réussi'), count(*) filter (where statut = 'averti') "
            "from qualite.controles group by all order by all"
        ).fetchall()
        published = connection.execute(
            "select schema_name, count(*), sum(estimated_size) from duckdb_tables() "
            "group by all order by all"
        ).fetchall()
        changes = connection.execute(
            "select ce_qui_a_change from referentiel.publication"
        ).fetchall()
    lines = ["", "Étape                    lues   retenues   écartées"]
    lines += [
        f"  entrée {publisher:<14}{read:>6}{kept:>11}{rejected:>11}"
        for publisher, read, kept, rejected in stages
    ]
    lines += [
        f"  {schema:<20}{tables:>3} tables {rows:>7} lignes" for schema, tables, rows in published
    ]
    lines += [
        f"{kind.capitalize()} : {passed} réussis sur {total}"
        + (f", {warned} avertissement(s)" if warned else "")
        for kind, total, passed, warned in checks
    ]
    lines += [told for (told,) in changes]
    size = published_file().stat().st_size
    lines += [f"Publié : {shown(published_file())} ({size / 1e6:.1f} Mo), en {seconds:.0f} s"]
    if with_exports:
        exports = sorted(path.name for path in exports_dir().glob("[!.]*"))
        lines += [f"Exports : {shown(exports_dir())} ({', '.join(exports)})"]
    return "\n".join(lines)


if __name__ == "__main__":
    code = main()
    # The interpreter would search all that the process holds for cycles before it lets go of it.
    gc.freeze()
    sys.exit(code)
