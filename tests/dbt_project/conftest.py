"""What the tests of dbt's models share: the project's files, and one compiled copy of the build."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import DBT_PROJECT
from tests.conftest import Refreshed


@dataclass(frozen=True)
class Built:
    """A copy of the build file of the shared refresh, and of what dbt compiled for it.

    A copy, because dbt writes temporary tables and DuckDB lets one process write at a time. It
    keeps its stem: DuckDB names a catalogue after its file.
    """

    file: Path
    target: Path

    def dbt(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of dbt on the copy, in a target of its own, where it writes."""
        target = self.target.with_name("dbt_seul")
        if not target.is_dir():
            shutil.copytree(self.target, target)
        return subprocess.run(
            [
                str(Path(sys.executable).with_name("dbt")), *words,
                "--project-dir", str(DBT_PROJECT),
                "--profiles-dir", str(DBT_PROJECT),
                "--log-level-file", "none",
            ],
            env=os.environ
            | {"OBSERVATOIRE_TRAVAIL": str(self.file), "DBT_TARGET_PATH": str(target)},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip

    @cached_property
    def nodes(self) -> Mapping[str, Any]:
        """The models and tests, as dbt compiled them."""
        content = json.loads((self.target / "manifest.json").read_text("utf-8"))
        return {node["name"]: node for node in content["nodes"].values()}

    def compiled(self, name: str) -> str:
        """The SQL that dbt compiled for a model or a test."""
        return str(self.nodes[name]["compiled_code"])


@pytest.fixture(scope="session")
def built(refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("construction")
    build = refreshed.place.build
    shutil.copytree(build.parent / "dbt", folder / "dbt")
    return Built(Path(shutil.copy(build, folder / build.name)), folder / "dbt")
