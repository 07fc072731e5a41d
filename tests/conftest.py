"""What tests share: the option that points at published files, and one refresh read by many."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import ROOT


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--donnees-publiees",
        type=Path,
        default=None,
        help="dossier des fichiers tels que publiés ; sans lui, leurs tests sont passés",
    )


@pytest.fixture(scope="session")
def published(request: pytest.FixtureRequest) -> Path:
    """The folder of whole published files."""
    folder: Path | None = request.config.getoption("--donnees-publiees")
    if folder is None:
        pytest.skip("sans --donnees-publiees : les fichiers publiés entiers ne sont pas là")
    return folder


@dataclass(frozen=True)
class Workplace:
    """A place where a refresh runs apart from the repository's own warehouse."""

    folder: Path
    sources: Path

    @property
    def published(self) -> Path:
        return self.folder / "warehouse" / "observatoire.duckdb"

    @property
    def build(self) -> Path:
        return self.folder / "warehouse" / "travail" / "observatoire.duckdb"

    @property
    def environment(self) -> Mapping[str, str]:
        return os.environ | {
            "OBSERVATOIRE_SOURCES": str(self.sources),
            "OBSERVATOIRE_ENTREPOT": str(self.folder / "warehouse"),
            "OBSERVATOIRE_HISTORIQUE": str(self.folder / "historique"),
            "OBSERVATOIRE_EVENEMENTS": str(self.folder / "historique" / "evenements"),
            "DAGSTER_HOME": str(ROOT),
        }

    def refresh(self) -> subprocess.CompletedProcess[str]:
        """Run the command that `make refresh` runs."""
        return subprocess.run(
            [sys.executable, "-m", "pipelines.refresh"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@dataclass(frozen=True)
class Refreshed:
    """A refresh of the default sources: where it worked, and what it said."""

    place: Workplace
    output: str
    seconds: float


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    """The refresh that every end-to-end test reads; it runs once."""
    import time

    place = Workplace(tmp_path_factory.mktemp("defaut"), ROOT / "sources")
    started = time.monotonic()
    done = place.refresh()
    assert done.returncode == 0, done.stdout + done.stderr
    return Refreshed(place, done.stdout, time.monotonic() - started)


@pytest.fixture
def warehouse(refreshed: Refreshed) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file of the shared refresh, read-only."""
    with duckdb.connect(str(refreshed.place.published), read_only=True) as connection:
        yield connection
