"""The command `make rebuild`: a publication made again, apart, from what it says it was made with.

Its files come from the archive, its code from this copy if it is the same, else from the commit
that it names. Nothing is published: the figures are compared, table by table.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines import archive, evolutions, recipe
from pipelines.archive import Kept
from pipelines.errors import SourceError
from pipelines.restore import named
from pipelines.settings import ROOT, published_file

# They name the run, and the publication before: none of them is a figure of this one.
OF_THE_RUN = ("referentiel.publication", evolutions.TABLE)


@dataclass(frozen=True)
class Recipe:
    """What a publication says it was made with, and which of it is here."""

    kept: Kept
    convention: str
    version: str
    code: str
    packages: list[str]
    files: list[tuple[str, str]]
    absent: list[str]

    @property
    def other_packages(self) -> list[str]:
        """The packages that are not here in the version that computed it."""
        return sorted(set(self.packages) - set(recipe.packages()))


def main(arguments: list[str] | None = None) -> int:
    """Say what a publication needs, make it again, and compare."""
    parser = argparse.ArgumentParser(prog="make rebuild")
    parser.add_argument(
        "publication",
        nargs="?",
        default="",
        help="celle à refaire, par sa date ; sinon la dernière",
    )
    asked = parser.parse_args(arguments)
    try:
        needed = read(asked.publication, published_file())
        print("\n".join(said(needed)), flush=True)
        _refuse_what_is_absent(needed)
        with tempfile.TemporaryDirectory() as name, _code(needed, Path(name)) as code:
            again = _made_again(needed, code, Path(name))
            differing, tables, rows = compared(needed.kept.file, again)
    except SourceError as error:
        print(f"ÉCHEC. {error}", file=sys.stderr)
        return 1
    if differing:
        print(f"DIFFÉRENT : {', '.join(differing)}.", file=sys.stderr)
        return 1
    print(
        f"Identique : {tables} tables, {rows} lignes, à la dernière décimale. Non comparées : "
        f"{', '.join(OF_THE_RUN)}, qui nomment l'exécution et la publication d'avant."
    )
    return 0


def read(name: str, published: Path) -> Recipe:
    """What the publication that is named was made with.

    Raises:
        SourceError: none is so named, or it does not say.
    """
    last = archive.kept(published)[-1:]
    kept = named(name, published) if name or not last else last[0]
    try:
        with duckdb.connect(str(kept.file), read_only=True) as connection:
            ((convention, version, code, packages),) = connection.execute(
                "select convention, version_code, empreinte_code, paquets "
                "from referentiel.publication"
            ).fetchall()
    except duckdb.Error as error:
        raise SourceError(
            kept.file.name,
            "referentiel.publication",
            "il ne dit pas de quoi il est fait : il est illisible, ou d'avant qu'on le garde",
            "en nommer un autre",
        ) from error
    files = archive.entries(kept.file)
    absent = [file for file, mark in files if not archive.stored(published, mark).is_file()]
    return Recipe(kept, convention, version, code, packages, files, absent)


def said(needed: Recipe) -> list[str]:
    """What a publication needs, and where it is."""
    here = needed.code == recipe.fingerprint_of_code()
    others = needed.other_packages
    missing = f"{len(needed.absent)} ne sont plus gardés : {', '.join(needed.absent[:6])}"
    return [
        f"Publication {needed.kept.name} (temps universel), convention {needed.convention}",
        f"  code      {needed.version}, empreinte {needed.code[:12]} : "
        + ("celui d'ici" if here else "un autre que celui d'ici"),
        f"  paquets   {', '.join(needed.packages)} : "
        + (f"ici, sauf {', '.join(others)}" if others else "les mêmes ici"),
        f"  fichiers  {len(needed.files)} : " + (missing if needed.absent else "tous gardés"),
    ]


def _refuse_what_is_absent(needed: Recipe) -> None:
    if needed.absent or not needed.files:
        raise SourceError(
            needed.kept.file.name,
            "referentiel.entrees",
            f"{needed.absent[0] if needed.absent else 'aucun fichier'} n'est plus gardé sous son "
            "empreinte",
            "rétablir le dossier publications/fichiers depuis une sauvegarde",
        )
    if others := needed.other_packages:
        raise SourceError(
            needed.kept.file.name,
            "referentiel.publication, paquets",
            f"il a été calculé avec {', '.join(others)}, qui ne sont pas ici",
            f"ouvrir le code de la version {needed.version} (git worktree add), y installer ses "
            "paquets (make .venv/.run), et y relancer cette commande",
        )


@contextmanager
def _code(needed: Recipe, folder: Path) -> Iterator[Path]:
    """The code of a publication: this copy, or a checkout of the commit that it names.

    Raises:
        SourceError: the code is not here, or the commit is not quite the code that was run.
    """
    if recipe.fingerprint_of_code() == needed.code:
        yield ROOT
        return
    place, commit = folder / "code", needed.version.removesuffix(recipe.DIRTY)
    added = _git("worktree", "add", "--detach", str(place), commit)
    try:
        if not added or recipe.fingerprint_of_code(place) != needed.code:
            problem = (
                "n'est pas dans le dépôt d'ici" if not added else "n'est pas celui qui a tourné"
            )
            raise SourceError(
                needed.kept.file.name,
                "referentiel.publication, empreinte_code",
                f"le code de la version {needed.version} {problem}",
                "relancer depuis la copie du code qui l'a publié",
            )
        yield place
    finally:
        if added:
            _git("worktree", "remove", "--force", str(place))


def _git(*arguments: str) -> bool:
    """Whether a git command of this repository went well."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def _made_again(needed: Recipe, code: Path, folder: Path) -> Path:
    """The file that the same code makes of the same files, in a folder of its own.

    Raises:
        SourceError: the refresh does not go through.
    """
    for name, mark in needed.files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(archive.stored(published_file(), mark), path)
    places = {
        "OBSERVATOIRE_SOURCES": "sources",
        "OBSERVATOIRE_CACHE": "cache",
        "OBSERVATOIRE_ENTREPOT": "warehouse",
        "OBSERVATOIRE_EXPORTS": "exports",
        "OBSERVATOIRE_HISTORIQUE": "historique",
        "OBSERVATOIRE_EVENEMENTS": "historique/evenements",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.refresh", "--sans-exports"],
        cwd=code,
        env=os.environ
        | {name: str(folder / place) for name, place in places.items()}
        | {"OBSERVATOIRE_CONVENTION": needed.convention, "DAGSTER_HOME": str(code)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SourceError(
            needed.kept.file.name,
            "nouveau calcul",
            " ".join(done.stderr.strip().splitlines()[-2:]),
            "le lire comme celui d'un rafraîchissement",
        )
    return folder / "warehouse" / "observatoire.duckdb"


def compared(one: Path, other: Path) -> tuple[list[str], int, int]:
    """Two publications, table by table.

    Returns:
        The tables that differ, each with how many rows; how many tables and rows are the same.
    """
    names = (
        "select schema_name || '.' || table_name from duckdb_tables() where database_name = ? "
        "order by all"
    )
    differing, tables, rows = [], 0, 0
    with duckdb.connect() as connection:
        for name, file in (("un", one), ("autre", other)):
            quoted = str(file).replace("'", "''")
            connection.execute(f"attach '{quoted}' as {name} (read_only)")
        found = [
            {table for (table,) in connection.execute(names, [name]).fetchall()}
            for name in ("un", "autre")
        ]
        differing += [f"{table} (d'un côté seulement)" for table in sorted(found[0] ^ found[1])]
        for table in sorted((found[0] & found[1]) - set(OF_THE_RUN)):
            apart, count = connection.execute(
                f"select (select count(*) from (from un.{table} except all from autre.{table})) + "
                f"(select count(*) from (from autre.{table} except all from un.{table})), "
                f"(select count(*) from un.{table})"
            ).fetchone() or (0, 0)
            if apart:
                differing.append(f"{table} ({apart} lignes)")
            else:
                tables, rows = tables + 1, rows + count
    return differing, tables, rows


if __name__ == "__main__":
    sys.exit(main())
