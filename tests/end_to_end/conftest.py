"""What the tests of the command share: a workplace of their own, and the tables of a file."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from pipelines.settings import ROOT
from tests.conftest import Refreshed, Workplace, within
from tests.faults import Refreshes

# What names the run and not the data.
OF_THE_RUN = {"referentiel.publication"}


@pytest.fixture(scope="module")
def place(refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A workplace of its own, with its own copy of the sources, that starts as the default ends."""
    folder = tmp_path_factory.mktemp("atelier")
    shutil.copytree(refreshed.place.folder, folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "sources", folder / "sources")
    return Workplace(folder, folder / "sources")


@pytest.fixture
def sources(place: Workplace) -> Iterator[Path]:
    """The sources of the workplace, put back as they were after the test."""
    yield place.sources
    put_back(place)


def put_back(place: Workplace) -> None:
    """Give a workplace the repository's sources, and no other."""
    shutil.rmtree(place.sources)
    shutil.copytree(ROOT / "sources", place.sources)


@pytest.fixture(scope="module")
def refreshes(place: Workplace) -> Refreshes:
    """What starts refreshes of the workplace without the cost of their start."""
    return Refreshes(place)


@contextmanager
def instance_of(place: Workplace) -> Iterator[dg.DagsterInstance]:
    """The Dagster history of a workplace, as dagster.yaml configures it; this process is in it."""
    with within(place), dg.DagsterInstance.from_config(str(ROOT)) as instance:
        yield instance


def tables(path: Path) -> dict[str, pl.DataFrame]:
    """Every published table, in the order of its columns."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by all"
        ).fetchall()
        return {
            name: connection.execute(f"select * from {name} order by all").pl()
            for (name,) in names
            if name not in OF_THE_RUN
        }


def replace(path: Path, old: str, new: str) -> None:
    """Change one thing in a file, and only one."""
    text = path.read_bytes().decode("utf-8")
    assert text.count(old) == 1, (path, old, text.count(old))
    path.write_bytes(text.replace(old, new).encode("utf-8"))
