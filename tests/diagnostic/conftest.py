"""What the tests of the exports share: the publication of the shared refresh, and its exports."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.diagnostic.published import Published, opened
from tests.conftest import Refreshed


@pytest.fixture(scope="module")
def publication(refreshed: Refreshed) -> Iterator[Published]:
    """The published file of the shared refresh, as the writers read it."""
    with opened(refreshed.place.published) as published:
        yield published


@pytest.fixture(scope="session")
def exports(refreshed: Refreshed) -> Path:
    """The folder that the shared refresh wrote."""
    return refreshed.place.folder / "exports"


@pytest.fixture
def altered(refreshed: Refreshed, tmp_path: Path) -> Iterator[Callable[..., Published]]:
    """Another publication: the shared one after some SQL."""
    opening = []

    def alter(*statements: str) -> Published:
        copy = tmp_path / "autre.duckdb"
        shutil.copyfile(refreshed.place.published, copy)
        with duckdb.connect(str(copy)) as connection:
            for statement in statements:
                connection.execute(statement)
        opening.append(opened(copy))
        return opening[-1].__enter__()

    yield alter
    for each in opening:
        each.__exit__(None, None, None)
