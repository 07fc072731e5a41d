"""What the system refuses is said in French, whoever wrote; any other error is left alone."""

from pathlib import Path

import pytest

from pipelines.errors import SourceError, refusal, writing

FILE = Path("/entrepot/travail/observatoire.duckdb")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            OSError(28, "No space left on device", "/a/lu.duckdb", None, "/b/ecrit.duckdb"),
            "ecrit.duckdb, dossier /b : le disque est plein. Remède : y libérer de la place, puis "
            "relancer.",
        ),
        (
            'IO Error: Could not write file "/c/observatoire.duckdb.wal": No space left on device',
            "observatoire.duckdb.wal, dossier /c : le disque est plein. Remède : y libérer de la "
            "place, puis relancer.",
        ),
        (
            OSError(28, "No space left on device", "/l'été/lu.duckdb", None, "/d'avant/x.duckdb"),
            "x.duckdb, dossier /d'avant : le disque est plein. Remède : y libérer de la place, "
            "puis relancer.",
        ),
        (
            "IO Error: Could not write file \"/l'été/d'avant/x.wal\": No space left on device",
            "x.wal, dossier /l'été/d'avant : le disque est plein. Remède : y libérer de la place, "
            "puis relancer.",
        ),
        (
            "(sqlite3.OperationalError) database or disk is full",
            "observatoire.duckdb, dossier /entrepot/travail : le disque est plein. Remède : y "
            "libérer de la place, puis relancer.",
        ),
        (
            PermissionError(13, "Permission denied", "/d/verrou"),
            "verrou, dossier /d : l'accès y est refusé. Remède : y donner le droit de lire et "
            "d'écrire à qui lance le rafraîchissement, puis relancer.",
        ),
    ],
)
def test_a_refusal_names_the_file_its_folder_the_cause_and_the_remedy(
    words: object, told: str
) -> None:
    assert str(refusal(words, FILE)) == told


def test_an_error_about_something_else_is_left_as_it_is() -> None:
    assert refusal("Catalog Error: Table with name t does not exist!", FILE) is None
    with pytest.raises(ZeroDivisionError), writing(FILE):
        raise ZeroDivisionError


def test_a_message_that_is_already_told_is_not_told_again() -> None:
    first = SourceError("a", "b", "Permission denied", "c")
    with pytest.raises(SourceError) as caught, writing(FILE):
        raise first
    assert caught.value is first
