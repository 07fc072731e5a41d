"""The one error that a user sees: which file, where in it, what value, what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.settings import shown

# What the system, DuckDB, SQLite or GDAL says when a file cannot be written; what it means, and
# what to do. They raise errors of their own classes: only these words are common to them.
_REFUSALS = (
    (
        ("No space left on device", "Disk quota exceeded", "database or disk is full"),
        "le disque est plein",
        "y libérer de la place, puis relancer",
    ),
    (
        ("Read-only file system", "Permission denied", "readonly database", "unable to open data"),
        "l'accès y est refusé",
        "y donner le droit de lire et d'écrire à qui lance le rafraîchissement, puis relancer",
    ),
    (
        ("File too large",),
        "le fichier dépasserait la taille admise",
        "relever la limite de taille des fichiers (ulimit -f), puis relancer",
    ),
    (
        ("disk I/O error",),
        "le disque ne répond pas, ou est plein",
        "vérifier sa place et son état, puis relancer",
    ),
    (
        ("Could not set lock on file",),
        "un autre programme tient le fichier ouvert",
        "le fermer dans ce programme (client SQL, carnet, dbt), puis relancer",
    ),
)
# Quoted one way or the other: a path may hold an apostrophe.
_NAMED = re.compile(r"""(["'])(/.+?)\1""")


class SourceError(Exception):
    """A file that cannot be taken as it is; its message is French and complete."""

    def __init__(self, file: str, place: str, problem: str, remedy: str) -> None:
        self.file, self.place, self.problem, self.remedy = file, place, problem, remedy
        super().__init__(f"{file}, {place} : {problem}. Remède : {remedy}.")


def without_credentials(text: str) -> str:
    """A text whose addresses have lost the account and the password that they hold."""
    return re.sub(r"//[^/\s]*@", "//…@", text)


def refusal(words: object, file: Path) -> SourceError | None:
    """What an error says of a file that could not be written; nothing if it is about another thing.

    Args:
        words: the error, or its message.
        file: what was being written; the message may name another, beside it.
    """
    text = str(words)
    for marks, problem, remedy in _REFUSALS:
        if any(mark in text for mark in marks):
            # Of a copy, the last is the one that is written.
            path = Path([str(file), *(named for _, named in _NAMED.findall(text))][-1])
            return SourceError(path.name, f"dossier {shown(path.parent)}", problem, remedy)
    return None


@contextmanager
def writing(file: Path) -> Iterator[None]:
    """Say in French why a file cannot be written, whoever wrote it.

    Raises:
        SourceError: the disk is full, the folder refuses, another program holds the file.
    """
    try:
        yield
    except SourceError:
        raise
    except Exception as error:
        told = refusal(error, file)
        if told is None:
            raise
        raise told from error
