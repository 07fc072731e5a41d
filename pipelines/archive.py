"""Publications that were: what a committee was shown can be read again, put back, made again.

Each published file is copied under the time at which it took its place (UTC): the last one is the
one in place, and one that is put back is kept once more. The last ones stay, and the last of each
month: a committee meets twice a year, refreshes may come every day. Beside them stand the files
that they were made from, each once, under its fingerprint.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl

from pipelines.clock import day_in_paris
from pipelines.errors import SourceError
from pipelines.sources import fingerprint_of
from pipelines.swap import replaced

NAMED = "%Y-%m-%dT%H%M%S"
LAST_ONES = 12
ENTRIES = {"fichier": pl.String, "taille_octets": pl.Int64, "sha256": pl.String}


@dataclass(frozen=True, order=True)
class Kept:
    """A publication that was kept: when it took its place, and its file."""

    made: datetime
    file: Path

    @property
    def name(self) -> str:
        """How a command names it."""
        return self.file.stem


def folder(published: Path) -> Path:
    """Where the publications of a published file are kept."""
    return published.with_name("publications")


def kept(published: Path) -> list[Kept]:
    """The publications that are kept, from the first to the last."""
    return sorted(
        Kept(datetime.strptime(file.stem, NAMED).replace(tzinfo=UTC), file)
        for file in folder(published).glob("????-??-??T??????.duckdb")
    )


def keep(published: Path, since: datetime | None = None) -> Path:
    """Copy the published file among those that are kept.

    Args:
        published: the published file.
        since: when it took its place, if that is not when it was made.
    """
    target = _place(published, since or made(published))
    with replaced(target) as fresh:
        shutil.copyfile(published, fresh)
    return target


def keep_if_forgotten(published: Path) -> None:
    """Keep a published file that is not kept yet; one that cannot be read is let go of."""
    if forgotten(published):
        keep(published)


def forgotten(published: Path) -> bool:
    """Whether a file is published, can be read and is not kept yet."""
    try:
        return published.is_file() and not _place(published, made(published)).is_file()
    except duckdb.Error:
        return False


def _place(published: Path, moment: datetime) -> Path:
    """The name under which what took its place at a moment is kept."""
    return folder(published) / f"{moment:{NAMED}}.duckdb"


def made(file: Path) -> datetime:
    """When the publication of a file was made, in UTC.

    Raises:
        duckdb.Error: the file is not a publication.
    """
    with duckdb.connect(str(file), read_only=True) as connection:
        row = connection.execute("select publie_le from referentiel.publication").fetchone()
    assert row is not None, "a published file names its publication"
    found: datetime = row[0]
    return found


def _outdated(found: list[Kept]) -> list[Kept]:
    """Those that are neither among the last ones nor the last of their month."""
    of_month = {(one.made.year, one.made.month): one for one in found}
    return [one for one in found[:-LAST_ONES] if one is not of_month[one.made.year, one.made.month]]


def shown_at(meeting: date, published: Path) -> Kept | None:
    """The publication that a meeting could see: the last one in place no later than its day."""
    found = reversed(kept(published))
    return next((one for one in found if day_in_paris(one.made) <= meeting), None)


def stored(published: Path, sha256: str) -> Path:
    """Where a file that publications were made from is kept."""
    return folder(published) / "fichiers" / sha256


def store(files: Mapping[str, Path], published: Path) -> pl.DataFrame:
    """Keep the files that a publication is made from, but for those that are kept already.

    Args:
        files: each file, by what publications call it.
        published: the published file.

    Returns:
        One row a file, in the columns of `ENTRIES`.

    Raises:
        SourceError: a file changes while it is read, or there is no place to keep it.
    """
    rows = []
    for name, path in files.items():
        mark = fingerprint_of(path)
        target = stored(published, mark)
        if not target.is_file():
            _copy(name, path, mark, target)
        rows.append((name, path.stat().st_size, mark))
    return pl.DataFrame(rows, schema=ENTRIES, orient="row")


def _copy(name: str, path: Path, mark: str, target: Path) -> None:
    try:
        with replaced(target) as fresh:
            shutil.copyfile(path, fresh)
            if fingerprint_of(fresh) != mark:
                raise SourceError(
                    name, "fichier entier", "il change pendant qu'il est lu", "relancer"
                )
    except OSError as error:
        raise SourceError(
            name,
            f"copie dans {target.parent}",
            f"le fichier ne peut pas y être gardé ({error.strerror or error})",
            "faire de la place, ou rétablir les droits du dossier, puis relancer",
        ) from error


def let_go(published: Path) -> None:
    """Remove the publications that are old enough, and files that none of those kept was made from.

    To be called once the published file is kept, under the lock of the refresh that made it: the
    files of one that is under way are not cited by any publication yet.

    What a clock says is later than this publication is neither counted nor let go of: the clock
    was ahead then, or is behind now, and nobody knows which.
    """
    moment = made(published).replace(tzinfo=UTC)
    found = [one for one in kept(published) if one.made <= moment]
    # Refreshes that were refused left theirs after the publication before.
    since = max((one.file.stat().st_mtime for one in found[-2:-1]), default=0)
    files = stored(published, "").glob("[!.]*")
    alone = {file.name for file in files if file.stat().st_mtime >= since}
    for old in _outdated(found):
        alone |= {mark for _, mark in entries(old.file)}
        old.file.unlink()
    for one in reversed(kept(published)):
        # The last one has nearly always the same: few are opened.
        if not alone:
            return
        if not (cited := entries(one.file)):
            return  # it does not say, or another program holds it: it may be made from any of them
        alone -= {mark for _, mark in cited}
    for mark in alone:
        stored(published, mark).unlink(missing_ok=True)


def entries(file: Path) -> list[tuple[str, str]]:
    """What a publication was made from: each file, and its fingerprint.

    One of an earlier version of the tables, or that cannot be read, says nothing.
    """
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(
                "select fichier, sha256 from referentiel.entrees order by all"
            ).fetchall()
    except duckdb.Error:
        return []
