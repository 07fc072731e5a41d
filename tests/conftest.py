"""What tests share: the option that points at published files, and one refresh read by many."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from pipelines.settings import DEFAULT_CONVENTION, ROOT

WITH_EXPORTS = [sys.executable, "-m", "tests.as_a_user", "--tout"]
REFRESH = [*WITH_EXPORTS, "--sans-exports"]
# In the environment of every refresh: nothing that one says or writes may hold it.
SECRET = "mot-de-passe-du-mandataire"
SET_UP = ROOT / "warehouse" / "travail" / "dbt"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--donnees-publiees",
        type=Path,
        default=None,
        help="dossier des fichiers tels que publiés ; sans lui, leurs tests sont passés",
    )
    parser.addoption(
        "--mutations",
        type=int,
        default=60,
        help="nombre de fichiers abîmés ; mille : trois minutes, puis vingt rafraîchissements",
    )
    parser.addoption(
        "--coupures",
        type=int,
        default=3,
        help="combien de rafraîchissements sont tués en route (3, vite ; 100, une demi-heure)",
    )
    parser.addoption(
        "--lecteurs",
        type=int,
        default=3,
        help="combien lisent pendant les rafraîchissements (3, vite ; 20, dix entiers)",
    )


@pytest.fixture(scope="session")
def mutations(request: pytest.FixtureRequest) -> int:
    """How many damaged files to try."""
    count: int = request.config.getoption("--mutations")
    return count


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: the test processes then end together."""
    items.sort(key=_minutes, reverse=True)


def _minutes(item: pytest.Item) -> float:
    mark = item.get_closest_marker("long")
    return mark.kwargs["minutes"] if mark else 0.0


@pytest.fixture(scope="session")
def published(request: pytest.FixtureRequest) -> Path:
    """The folder of whole published files."""
    folder: Path | None = request.config.getoption("--donnees-publiees")
    if folder is None:
        pytest.skip("sans --donnees-publiees : les fichiers publiés entiers ne sont pas là")
    return folder


def umask() -> int:
    """What this process closes of the files that it makes."""
    current = os.umask(0)
    os.umask(current)
    return current


@dataclass(frozen=True)
class Workplace:
    """A place where a refresh runs apart from the repository's own warehouse."""

    folder: Path
    sources: Path
    convention: str = DEFAULT_CONVENTION

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
            "OBSERVATOIRE_CONVENTION": self.convention,
            "OBSERVATOIRE_CACHE": str(self.folder / "cache"),
            "OBSERVATOIRE_ENTREPOT": str(self.folder / "warehouse"),
            "OBSERVATOIRE_EXPORTS": str(self.folder / "exports"),
            "OBSERVATOIRE_HISTORIQUE": str(self.folder / "historique"),
            "OBSERVATOIRE_EVENEMENTS": str(self.folder / "historique" / "evenements"),
            "DAGSTER_HOME": str(ROOT),
            "https_proxy": f"http://jeanne:{SECRET}@127.0.0.1:9",
        }

    def refresh(self, command: list[str] = REFRESH) -> subprocess.CompletedProcess[str]:
        """Run the command that `make refresh` runs, with the manifest that the set-up parsed.

        To parse dbt's project is a third of a refresh, the same for each. A manifest that is of
        another project is parsed anew: its mark comes with it.
        """
        own = self.build.parent / "dbt"
        if SET_UP.is_dir() and not own.is_dir():
            own.mkdir(parents=True)
            for file in SET_UP.glob("*.*"):
                shutil.copy(file, own)
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def within(place: Workplace) -> Iterator[None]:
    """Have this process work in a place."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in place.environment.items():
            patch.setenv(name, value)
        yield


@dataclass(frozen=True)
class Refreshed:
    """A refresh of the default sources: where it worked, and what it said."""

    place: Workplace
    output: str
    seconds: float


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Refreshed:
    """The refresh that every end-to-end test reads; it runs once, whatever the test processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    place = Workplace(shared / "defaut", ROOT / "sources")
    place.folder.mkdir(exist_ok=True)
    said = place.folder / "sortie.json"
    with FileLock(place.folder / "tour"):
        if not said.is_file():
            started = time.monotonic()
            done = place.refresh(WITH_EXPORTS)
            assert done.returncode == 0, done.stdout + done.stderr
            said.write_text(json.dumps([done.stdout, time.monotonic() - started]), "utf-8")
    output, seconds = json.loads(said.read_text("utf-8"))
    return Refreshed(place, output, seconds)


@pytest.fixture
def warehouse(refreshed: Refreshed) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file of the shared refresh, read-only."""
    with duckdb.connect(str(refreshed.place.published), read_only=True) as connection:
        yield connection
