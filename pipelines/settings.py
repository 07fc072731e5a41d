"""Where things stand on disk, and the two variables that move them (tests, another disk)."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = ROOT / "dbt_project"


def sources_dir() -> Path:
    """The folder of what comes in; `OBSERVATOIRE_SOURCES` moves it."""
    return Path(os.environ.get("OBSERVATOIRE_SOURCES", ROOT / "sources")).resolve()


def warehouse_dir() -> Path:
    """The folder of what goes out; `OBSERVATOIRE_ENTREPOT` moves it."""
    return Path(os.environ.get("OBSERVATOIRE_ENTREPOT", ROOT / "warehouse")).resolve()


def published_file() -> Path:
    """The file that analysts read. Only `publish.py` replaces it."""
    return warehouse_dir() / "observatoire.duckdb"


def build_file() -> Path:
    """The work file of a refresh.

    It has the stem of the published file: DuckDB names a catalogue after its file, and dbt
    writes that name into what it compiles.
    """
    return warehouse_dir() / "travail" / "observatoire.duckdb"
