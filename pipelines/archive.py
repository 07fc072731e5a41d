"""Publications that were: what a committee was shown can be read again, and put back.

Each published file is copied under the time of its publication (UTC). The last ones stay, and the
last of each month: a committee meets twice a year, refreshes may come every day.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

NAMED = "%Y-%m-%dT%H%M%S"
LAST_ONES = 12


@dataclass(frozen=True, order=True)
class Kept:
    """A publication that was kept: when it was made, and its file."""

    made: datetime
    file: Path


def folder(published: Path) -> Path:
    """Where the publications of a published file are kept."""
    return published.with_name("publications")


def kept(published: Path) -> list[Kept]:
    """The publications that are kept, from the first to the last."""
    return sorted(
        Kept(datetime.strptime(file.stem, NAMED).replace(tzinfo=UTC), file)
        for file in folder(published).glob("????-??-??T??????.duckdb")
    )


def keep(published: Path) -> Path:
    """Copy the published file among those that are kept; let go of what is old enough."""
    with duckdb.connect(str(published), read_only=True) as connection:
        row = connection.execute("select publie_le from referentiel.publication").fetchone()
    assert row is not None, "a published file names its publication"
    target = folder(published) / f"{row[0]:{NAMED}}.duckdb"
    target.parent.mkdir(exist_ok=True)
    fresh = target.with_name(f".{target.name}")
    shutil.copyfile(published, fresh)
    fresh.replace(target)
    for old in _outdated(kept(published)):
        old.file.unlink(missing_ok=True)
    return target


def _outdated(found: list[Kept]) -> list[Kept]:
    """Those that are neither among the last ones nor the last of their month."""
    of_month = {(one.made.year, one.made.month): one for one in found}
    return [one for one in found[:-LAST_ONES] if one is not of_month[one.made.year, one.made.month]]


def shown_at(meeting: date, published: Path) -> Kept | None:
    """The publication that a meeting could see: the last one made no later than its day."""
    return next((one for one in reversed(kept(published)) if one.made.date() <= meeting), None)
