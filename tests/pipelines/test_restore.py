"""A publication is put back in one command: readers are not harmed, what was in place is kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from pipelines import archive, lock, restore
from pipelines.errors import SourceError
from pipelines.settings import lock_file, published_file

FIRST = datetime(2024, 11, 18, 6, 30, 5, tzinfo=UTC)
NOW = datetime(2024, 12, 2, 9, tzinfo=UTC)


def publish(made: datetime, told: str) -> None:
    """Put a publication in place, as a refresh does."""
    file = published_file()
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema referentiel")
        connection.execute(
            "create table referentiel.publication as select ?::timestamp as publie_le, "
            "'abc1234' as version_code, ? as ce_qui_a_change",
            [made.replace(tzinfo=None), told],
        )
    archive.keep(file)


@pytest.fixture(autouse=True)
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two publications: the second is in place."""
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path / "warehouse"))
    publish(FIRST, "La première.")
    publish(FIRST + timedelta(days=7), "3 valeurs ont changé.")


def command(*arguments: str) -> int:
    return restore.main([*arguments, "--sans-exports"] if arguments else [])


def in_place() -> str:
    with duckdb.connect(str(published_file()), read_only=True) as connection:
        ((told,),) = connection.execute(
            "select ce_qui_a_change from referentiel.publication"
        ).fetchall()
    return str(told)


def test_what_is_kept_is_listed_with_its_date_its_code_and_what_it_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command() == 0
    first, second = capsys.readouterr().out.splitlines()[1:5:2]
    assert (first.split()[0], second.split()[0]) == ("2024-11-18T063005", "2024-11-25T063005")
    assert "code abc1234" in first


def test_the_one_that_is_named_by_its_day_is_put_back_to_the_byte(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = archive.kept(published_file())[0]
    assert command("2024-11-18") == 0
    assert published_file().read_bytes() == first.file.read_bytes()
    said = capsys.readouterr().out
    assert "la publication du 18/11/2024 à 06:30" in said
    assert "Celle qui était en place, du 25/11/2024 à 06:30, est gardée." in said
    assert "exports sont encore ceux" in said


def test_putting_back_is_one_more_line_of_the_history_and_can_be_undone() -> None:
    second = archive.kept(published_file())[1]
    restore.put_back(archive.kept(published_file())[0], published_file(), lambda: NOW)
    found = archive.kept(published_file())
    assert [one.made for one in found] == [FIRST, FIRST + timedelta(days=7), NOW]
    assert "remise de celle du 18/11/2024 à 06:30" in "\n".join(restore.listed(published_file()))
    restore.put_back(second, published_file(), lambda: NOW + timedelta(hours=1))
    assert in_place() == "3 valeurs ont changé."


def test_one_in_place_that_was_not_kept_is_kept_first() -> None:
    first, second = archive.kept(published_file())
    second.file.unlink()
    restore.put_back(first, published_file(), lambda: NOW)
    assert [one.made for one in archive.kept(published_file())] == [FIRST, second.made, NOW]


def test_a_reader_keeps_what_it_has_open() -> None:
    with duckdb.connect(str(published_file()), read_only=True) as reader:
        assert command("2024-11-18") == 0
        told = reader.execute("select ce_qui_a_change from referentiel.publication").fetchall()
        assert told == [("3 valeurs ont changé.",)]


@pytest.mark.parametrize("there", ["absent", "unreadable"])
def test_it_is_put_back_where_the_published_file_is_lost(
    there: str, capsys: pytest.CaptureFixture[str]
) -> None:
    published_file().unlink()
    if there == "unreadable":
        published_file().write_bytes(b"ce n'est plus un fichier DuckDB")
    assert command("2024-11-18") == 0
    assert in_place() == "La première."
    assert {"absent": "Aucun fichier", "unreadable": "illisible"}[there] in capsys.readouterr().out


@pytest.mark.parametrize("name", ["2023", "2024-11"])
def test_a_date_that_names_none_or_several_is_told_with_those_that_are_kept(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = published_file().read_bytes()
    assert command(name) == 1
    said = capsys.readouterr().err
    assert f"publication {name}" in said
    assert "2024-11-18T063005" in said
    assert "Remède : " in said
    assert published_file().read_bytes() == before


def test_a_kept_file_that_is_damaged_is_not_put_back(capsys: pytest.CaptureFixture[str]) -> None:
    before = published_file().read_bytes()
    archive.kept(published_file())[0].file.write_bytes(before[:5000])
    assert command("2024-11-18") == 1
    assert "2024-11-18T063005.duckdb, fichier entier : il est illisible" in capsys.readouterr().err
    assert published_file().read_bytes() == before


def test_while_a_refresh_is_under_way_nothing_is_put_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.05)
    before = published_file().read_bytes()
    lock_file().parent.mkdir(parents=True)
    with FileLock(lock_file()):
        assert command("2024-11-18") == 1
    assert (
        "un autre rafraîchissement écrit depuis plus de 0.05 s. Remède : "
        in capsys.readouterr().err
    )
    assert published_file().read_bytes() == before
    assert command("2024-11-18") == 0


def refuse(error: OSError) -> Callable[..., None]:
    def refused(*_: object) -> None:
        raise error

    return refused


@pytest.mark.parametrize(
    ("gesture", "error", "told"),
    [
        ("shutil.copyfile", OSError(28, "No space left on device"), "le disque est plein"),
        ("pipelines.archive.keep", OSError(28, "No space left on device"), "le disque est plein"),
        (
            "pipelines.lock.work_dir",
            PermissionError(13, "Permission denied", "/e/travail"),
            "travail, dossier /e : l'accès y est refusé",
        ),
    ],
    ids=["copying", "keeping", "locking"],
)
def test_what_cannot_be_written_is_told_in_french(
    gesture: str,
    error: OSError,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(gesture, refuse(error))
    assert command("2024-11-18") == 1
    said = capsys.readouterr().err
    assert said.startswith("ÉCHEC. ")
    assert told in said
    assert "Remède : " in said


def test_a_history_that_refuses_the_exports_is_told_in_french(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_HISTORIQUE", str(tmp_path / "historique"))
    monkeypatch.setattr("pipelines.refresh.environment", lambda: None)
    refused = refuse(OSError("unable to open database file"))
    monkeypatch.setattr("dagster.DagsterInstance.get", refused)
    assert restore.main(["2024-11-18"]) == 1
    assert f"historique, dossier {tmp_path} : l'accès y est refusé" in capsys.readouterr().err


def test_without_any_publication_the_list_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path / "ailleurs"))
    assert command() == 0
    assert "make refresh" in capsys.readouterr().out
    with pytest.raises(SourceError, match="il y a aucune"):
        restore.named("2024", published_file())
