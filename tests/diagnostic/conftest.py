"""The dossier of the shared refresh, written once, and the browser that opens it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

from pipelines.diagnostic import dossier
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


@pytest.fixture
def published(refreshed: Refreshed) -> Iterator[Published]:
    """The published file of the shared refresh."""
    with opened(refreshed.place.published) as publication:
        yield publication


@pytest.fixture(scope="session")
def exports(refreshed: Refreshed) -> Path:
    """The folder in which the dossier of the shared refresh is written."""
    folder = refreshed.place.folder / "dossier"
    with FileLock(refreshed.place.folder / "tour-dossier"):
        if not (folder / dossier.PAGE).is_file():
            with opened(refreshed.place.published) as publication:
                dossier.write(publication, folder)
    return folder


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
