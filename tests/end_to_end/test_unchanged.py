"""A refresh in which nothing has changed does nothing, and says so."""

import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from pipelines import archive, recipe, unchanged
from pipelines.ingest.arrivals import entering
from pipelines.schedules import next_committee
from pipelines.warehouse import PID_TAG
from tests.conftest import Refreshed, Workplace
from tests.end_to_end.conftest import instance_of

COMMAND = [sys.executable, "-m", "pipelines.refresh"]


@pytest.fixture
def here(refreshed: Refreshed, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """The place of the shared refresh, as that of this process; nothing is written in it."""
    for name, value in refreshed.place.environment.items():
        if name.startswith("OBSERVATOIRE_"):
            monkeypatch.setenv(name, value)
    return refreshed.place


def published_on(place: Workplace) -> date:
    """The day of the publication, by the clock of its file."""
    return date.fromtimestamp(place.published.stat().st_mtime)


def test_a_refresh_that_has_nothing_to_do_says_so_and_touches_nothing(
    refreshed: Refreshed,
) -> None:
    place = refreshed.place
    before = {path: path.stat() for path in place.folder.rglob("*") if path.is_file()}
    done = place.refresh(COMMAND)
    assert done.returncode == 0, done.stderr
    assert "Rien n'a changé depuis la publication du" in done.stdout
    assert "make refresh TOUT=oui" in done.stdout
    after = {path: path.stat() for path in place.folder.rglob("*") if path.is_file()}
    assert {path: (was.st_ino, was.st_mtime_ns) for path, was in before.items()} == {
        path: (now.st_ino, now.st_mtime_ns) for path, now in after.items()
    }


@pytest.fixture
def killed(refreshed: Refreshed, tmp_path: Path) -> Workplace:
    """The place of a refresh killed once it had published: not kept, and open in the history."""
    place = Workplace(tmp_path / "place", refreshed.place.sources)
    shutil.copytree(refreshed.place.folder, place.folder)
    archive.kept(place.published)[-1].file.unlink()
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with instance_of(place) as instance:
        create_run_for_test(
            instance, status=dg.DagsterRunStatus.STARTED, tags={PID_TAG: str(process.pid)}
        )
    return place


def test_what_a_killed_refresh_left_undone_is_done_by_one_with_nothing_to_do(
    killed: Workplace,
) -> None:
    done = killed.refresh(COMMAND)
    assert "Rien n'a changé depuis la publication du" in done.stdout, done.stdout
    assert archive.kept(killed.published)[-1].file.read_bytes() == killed.published.read_bytes()
    with instance_of(killed) as instance:
        statuses = [run.status for run in instance.get_runs(limit=2)]
    assert statuses == [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS]


def test_what_was_made_of_the_same_files_by_the_same_code_stands(here: Workplace) -> None:
    made = unchanged.since(published_on(here), here.folder / "exports")
    assert made is not None
    assert abs(made.date() - published_on(here)) <= timedelta(days=1)


@pytest.mark.parametrize("changed", ["empreinte_code", "fichier", "convention", "paquets"])
def test_other_code_files_packages_or_convention_are_a_change(
    here: Workplace, changed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if changed == "empreinte_code":
        monkeypatch.setattr("pipelines.recipe.fingerprint_of_code", lambda: "autre")
    elif changed == "paquets":
        monkeypatch.setattr("pipelines.recipe.packages", lambda: ["duckdb 9.9.9"])
    elif changed == "convention":
        monkeypatch.setattr("pipelines.unchanged.convention", lambda: "roubaix")
    else:
        other = tmp_path / "realisations.csv"
        other.write_text("date;objet\n", "utf-8")
        monkeypatch.setattr(
            "pipelines.unchanged.entering",
            lambda found: (
                entering(found) | {"sources/conventions/lille-2021/realisations.csv": other}
            ),
        )
    assert unchanged.since(published_on(here), None) is None


def test_a_file_more_or_a_file_less_is_a_change(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "pipelines.unchanged.entering", lambda found: dict([*entering(found).items()][1:])
    )
    assert unchanged.since(published_on(here), None) is None


def test_the_first_refresh_of_a_committee_s_preparation_publishes_for_it(here: Workplace) -> None:
    committee = next_committee(published_on(here))
    assert committee is not None
    ahead = committee.due
    while ahead <= published_on(here):  # this one is prepared already: the next one is not
        following = next_committee(committee.month + timedelta(days=32))
        assert following is not None
        committee, ahead = following, following.due
    assert unchanged.since(ahead - timedelta(days=1), None) is not None
    assert unchanged.since(ahead, None) is None


def test_every_export_of_a_refresh_is_looked_for(here: Workplace) -> None:
    # GDAL leaves a file of its own beside a GeoPackage that it has read, as another test does.
    made = {path.name for path in (here.folder / "exports").glob("[!.]*")}
    assert {name for name in made if not name.endswith(".aux.xml")} == {*unchanged.EXPORTS}


def test_an_export_that_is_absent_or_older_than_the_publication_is_made_again(
    here: Workplace, tmp_path: Path
) -> None:
    for name in unchanged.EXPORTS:
        (tmp_path / name).touch()
    shutil.copy(here.folder / "exports" / unchanged.PAGE, tmp_path)
    assert unchanged.since(published_on(here), tmp_path) is not None
    os.utime(tmp_path / "observatoire.gpkg", (0, 0))
    assert unchanged.since(published_on(here), tmp_path) is None
    (tmp_path / "observatoire.gpkg").unlink()
    assert unchanged.since(published_on(here), tmp_path) is None
    assert unchanged.since(published_on(here), None) is not None


def test_a_dossier_set_with_other_templates_is_made_again_and_the_code_is_the_same(
    here: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    templates = tmp_path / "gabarits"
    shutil.copytree(recipe.TEMPLATES, templates)
    monkeypatch.setattr("pipelines.recipe.TEMPLATES", templates)
    code = recipe.fingerprint_of_code()
    assert unchanged.since(published_on(here), here.folder / "exports") is not None
    with (templates / "page.css").open("a", encoding="utf-8") as style:
        style.write("p { color: red }")
    assert unchanged.since(published_on(here), here.folder / "exports") is None
    assert unchanged.since(published_on(here), None) is not None
    assert recipe.fingerprint_of_code() == code


def test_a_shared_base_is_always_written_again(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_PARTAGE", "postgresql:///observatoire")
    assert unchanged.since(published_on(here), here.folder / "exports") is None


def test_without_a_publication_there_is_something_to_do(
    here: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path))
    assert unchanged.since(published_on(here), None) is None
