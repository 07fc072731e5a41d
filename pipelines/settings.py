"""Where things stand on disk, and the variables that move them (another convention, tests)."""

import contextlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = ROOT / "dbt_project"
DEFAULT_CONVENTION = "lille-2021"


def sources_dir() -> Path:
    """The folder of what comes in; `OBSERVATOIRE_SOURCES` moves it."""
    return Path(os.environ.get("OBSERVATOIRE_SOURCES", ROOT / "sources")).resolve()


def convention() -> str:
    """The convention that is computed, by the name of its folder; `OBSERVATOIRE_CONVENTION`."""
    return os.environ.get("OBSERVATOIRE_CONVENTION") or DEFAULT_CONVENTION


def convention_dir(root: Path | None = None) -> Path:
    """The folder of the convention: its territory, and its own files if it has some."""
    return (root or sources_dir()) / "conventions" / convention()


def cache_dir() -> Path:
    """The folder of downloaded files, outside git; `OBSERVATOIRE_CACHE` moves it."""
    return Path(os.environ.get("OBSERVATOIRE_CACHE", ROOT / "cache")).resolve()


def warehouse_dir() -> Path:
    """The folder of what goes out: one for each convention; `OBSERVATOIRE_ENTREPOT` moves it."""
    own = ROOT / "warehouse"
    default = own if convention() == DEFAULT_CONVENTION else own / convention()
    return Path(os.environ.get("OBSERVATOIRE_ENTREPOT", default)).resolve()


def published_file() -> Path:
    """The file that analysts read. Only `publish.py` replaces it."""
    return warehouse_dir() / "observatoire.duckdb"


def exports_dir() -> Path:
    """The folder of the dossier and of the files, one a convention; `OBSERVATOIRE_EXPORTS`."""
    own = ROOT / "exports"
    default = own if convention() == DEFAULT_CONVENTION else own / convention()
    return Path(os.environ.get("OBSERVATOIRE_EXPORTS", default)).resolve()


def shared_database() -> str | None:
    """The PostgreSQL base that also receives the published tables; `OBSERVATOIRE_PARTAGE`.

    As its driver reads it: an address (`postgresql:///observatoire`) or `service=observatoire`.
    """
    return os.environ.get("OBSERVATOIRE_PARTAGE") or None


def shown(path: Path) -> str:
    """A path as messages name it: from the root of the repository, where it is in it."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def history_dir() -> Path:
    """The folder of Dagster's history; `OBSERVATOIRE_HISTORIQUE` moves it."""
    return Path(os.environ.get("OBSERVATOIRE_HISTORIQUE", ROOT / ".dagster")).resolve()


def build_file() -> Path:
    """The work file of a refresh.

    It has the stem of the published file: DuckDB names a catalogue after its file, and dbt
    writes that name into what it compiles.
    """
    return warehouse_dir() / "travail" / "observatoire.duckdb"


def work_dir() -> Path:
    """The folder of the work file, made if it is not there.

    It holds what secrecy keeps out of the published file: nobody else may look into it.
    """
    path = build_file().parent
    path.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(PermissionError):  # it is another account's, who decides
        path.chmod(0o700)
    return path


def lock_file() -> Path:
    """What whoever writes the build file or the published file holds."""
    return build_file().with_name("verrou")
