"""What each table that comes in is read from, and the fingerprint of it when it was read.

A refresh reads its files one after the other, and an analyst may write in one meanwhile: the gate
compares what each table has read with what the publication records.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb
import polars as pl

from pipelines import fetch, territory
from pipelines.errors import SourceError
from pipelines.ingest.arrivals import Arrivals, place_of
from pipelines.ingest.dataset import Dataset
from pipelines.settings import cache_dir, convention, convention_dir, sources_dir
from pipelines.sources import DESCRIPTIONS, files_of, fingerprint_of, paths_of, visible_files
from pipelines.warehouse import add_rows, record

States = Mapping[Path, tuple[int, int]]


def of_dataset(dataset: Dataset, here: Arrivals) -> list[Path]:
    """What the table of a data set is made from: its files, and what decides of all of them."""
    described = [path for path in visible_files(sources_dir()) if path.name in DESCRIPTIONS]
    return described + paths_of([*here.passages, *files_of(dataset.jeu, here.files)])


def of_territory() -> list[Path]:
    """What the table of territories is made from."""
    return [convention_dir() / territory.FILE]


def of_placements() -> list[Path]:
    """What placements are made from, beside other tables."""
    answered = fetch.answer(cache_dir(), convention())
    return of_territory() + ([answered] if answered.is_file() else [])


def states() -> States:
    """When each file that there is to read was written last, and its size."""
    return {
        path: state
        for root in (sources_dir(), cache_dir())
        for path in visible_files(root)
        if (state := _state(path))
    }


def marks(paths: Collection[Path], before: States) -> dict[str, str]:
    """The fingerprints of files that have been read, by their places.

    Args:
        paths: the files.
        before: what there was before they were read.

    Raises:
        SourceError: one of them has changed since.
    """
    found = {place_of(path): fingerprint_of(path) for path in paths if path.is_file()}
    for path in paths:
        if path not in before or _state(path) != before[path]:
            raise SourceError(
                place_of(path),
                "fichier entier",
                "il a changé pendant qu'il était lu",
                "relancer le rafraîchissement",
            )
    return found


def note(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    read: Mapping[str, str],
    *,
    whole: bool = True,
) -> None:
    """Write in the journal what a table has read: all of it, or some of its files anew."""
    frame = pl.DataFrame(
        [(table, name, mark) for name, mark in read.items()],
        schema={"objet": pl.String, "fichier": pl.String, "sha256": pl.String},
        orient="row",
    )
    if whole:
        record(connection, "lectures", [table], frame)
        return
    connection.execute(
        "delete from journal.lectures where objet = ? and fichier in (select unnest(?))",
        [table, list(read)],
    )
    add_rows(connection, "journal.lectures", frame)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
