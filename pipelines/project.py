"""The dbt project as dbt compiled it: its graph, its documentation, the SQL of each rule.

dbt compiles when the project has changed. A refresh reads what it compiled and runs it itself
(`rules.py`): it does not start dbt.
"""

import json
import os
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines.errors import SourceError, writing
from pipelines.recipe import fingerprint_of_rules
from pipelines.settings import DBT_PROJECT, build_file
from pipelines.swap import replaced

Node = Mapping[str, Any]


def target_dir() -> Path:
    """Where dbt writes what it compiles, beside the build file."""
    return build_file().parent / "dbt"


@cache
def manifest() -> dict[str, Any]:
    """dbt's manifest: models, their columns and their SQL, tests, sources."""
    content: dict[str, Any] = json.loads(prepare().read_text("utf-8"))
    return content


def prepare() -> Path:
    """The path of dbt's manifest, compiled anew if absent or made of another project.

    Raises:
        SourceError: the project does not compile.
    """
    path, mark = target_dir() / "manifest.json", target_dir() / "manifest.sha256"
    made_of = "\n".join(fingerprint_of_rules(DBT_PROJECT))
    if not (path.is_file() and mark.is_file() and mark.read_text("utf-8") == made_of):
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            # A manifest never stands beside the mark of another.
            mark.unlink(missing_ok=True)
            _compile(path)
            with replaced(mark) as fresh:
                fresh.write_text(made_of, "utf-8")
    return path


def _compile(path: Path) -> None:
    """Compile apart, then put the manifest in its place: half of one would be taken as whole."""
    from dbt.cli.main import dbtRunner

    with TemporaryDirectory() as folder:
        # Another refresh may hold the build file. To compile needs none, but its name: DuckDB
        # names a catalogue after its file, and dbt writes that name into the SQL.
        os.environ |= {
            "OBSERVATOIRE_TRAVAIL": str(Path(folder) / build_file().name),
            "DBT_TARGET_PATH": folder,
        }
        outcome = dbtRunner().invoke(
            [
                "compile",
                # A partial parse forgets what YAML says of a singular test whose SQL has changed.
                "--no-partial-parse",
                "--no-populate-cache",
                "--project-dir", str(DBT_PROJECT),
                "--profiles-dir", str(DBT_PROJECT),
                "--log-level", "none",
                "--log-level-file", "none",
            ]
        )  # fmt: skip
        if not outcome.success:
            raise SourceError(
                "dbt_project",
                "compilation",
                _said(outcome),
                "corriger le modèle nommé, ou rétablir le dossier",
            )
        others = shutil.ignore_patterns(path.name, f"{build_file().name}*")
        shutil.copytree(folder, path.parent, ignore=others, dirs_exist_ok=True)
        with replaced(path) as fresh:
            shutil.copyfile(Path(folder) / path.name, fresh)


def _said(outcome: Any) -> str:
    """Why dbt could not compile, on one line."""
    broken = [result.message for result in outcome.result or () if result.status == "error"]
    return " ".join(str(outcome.exception or next(iter(broken), "sans message")).split())
