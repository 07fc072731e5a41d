"""What the tests of dbt's models share: the project's files, and one compiled copy of the build."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Refreshed


@dataclass(frozen=True)
class Built:
    """A copy of the build file of the shared refresh, and of what dbt compiled for it.

    A copy, because dbt writes temporary tables and DuckDB lets one process write at a time. It
    keeps its stem: DuckDB names a catalogue after its file.
    """

    file: Path
    target: Path

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "OBSERVATOIRE_TRAVAIL": str(self.file),
            "DBT_TARGET_PATH": str(self.target),
        }

    def compiled(self, name: str) -> str:
        """The SQL that dbt ran for a model or a test, not the inputs that an example made of it."""
        folder = self.target / "compiled" / "observatoire"
        files = (path for path in folder.rglob(f"{name}.sql") if path.parent.suffix != ".yml")
        return next(files).read_text("utf-8")


@pytest.fixture(scope="session")
def built(refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("construction")
    build = refreshed.place.build
    shutil.copytree(build.parent / "dbt", folder / "dbt")
    return Built(Path(shutil.copy(build, folder / build.name)), folder / "dbt")
