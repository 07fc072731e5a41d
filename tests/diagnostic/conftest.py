"""What the tests of the exports share: the shared publication, its exports, and a browser."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, sync_playwright

from pipelines.diagnostic.published import Published, opened
from tests.conftest import Refreshed

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("sans Chromium : la page n'est pas ouverte")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield started
        started.close()
