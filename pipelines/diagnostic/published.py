"""The published file, read-only: the one place that the exports take their figures from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.settings import published_file


@dataclass(frozen=True)
class Published:
    """A publication: its file, opened, and what names it."""

    file: Path
    connection: duckdb.DuckDBPyConnection
    published_at: datetime
    version: str

    def rows(self, sql: str, parameters: list[Any] | None = None) -> pl.DataFrame:
        """The rows of a query; values are parameters, never text of the query."""
        frame: pl.DataFrame = self.connection.execute(sql, parameters or []).pl()
        return frame


@contextmanager
def opened(path: Path | None = None) -> Iterator[Published]:
    """The published file, or another publication's, for the time of an export."""
    file = path or published_file()
    with duckdb.connect(str(file), read_only=True) as connection:
        row = connection.execute(
            "select publie_le, version_code from referentiel.publication"
        ).fetchone()
        assert row is not None, "a published file names its publication"
        yield Published(file, connection, *row)
