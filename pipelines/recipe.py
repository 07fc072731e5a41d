"""What a publication was made with: its code, the packages that compute, the files that it read.

A publication carries it, so that its figures can be made again: `pipelines.rebuild` does.
"""

import hashlib
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from pipelines.settings import ROOT

UNKNOWN = "inconnue"
DIRTY = "-dirty"
# Those that figures pass through: another version may give other last digits.
COMPUTING = (
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "fastexcel",
    "numpy",
    "pandera",
    "polars",
    "pyarrow",
    "rapidfuzz",
    "shapely",
)
_CODE = ("pipelines", "dbt_project")
_LOCK = "requirements.lock"
TEMPLATES = ROOT / "pipelines" / "diagnostic" / "gabarits"
_SUFFIXES = {".py", ".sql", ".yml", ".yaml"}
# What dbt writes into its project when it is run by hand.
_MADE = {"target", "logs", "dbt_packages", ".user.yml"}


def version_of_code(root: Path = ROOT) -> str:
    """The commit of the code, with « -dirty » if something of the repository is not committed.

    « inconnue » for a copy that is no repository: the fingerprint tells it all the same.
    """
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=root,
            # A copy inside another repository is not of that one's version.
            env=os.environ | {"GIT_CEILING_DIRECTORIES": str(root.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return UNKNOWN
    return described.stdout.strip() or UNKNOWN


def fingerprint_of_code(root: Path = ROOT) -> str:
    """One fingerprint for all that computes: Python, SQL, the method's parameters, the lock."""
    return _fingerprint(
        root, [*(path for folder in _CODE for path in _code(root / folder)), root / _LOCK]
    )


def fingerprint_of_templates() -> str:
    """One fingerprint for what the dossier is set with: it changes no figure."""
    return _fingerprint(TEMPLATES, [path for path in TEMPLATES.iterdir() if path.is_file()])


def fingerprint_of_rules(project: Path) -> list[str]:
    """What dbt compiles, and with what: the fingerprint of its project, then its versions."""
    dbt = [package for package in packages() if package.startswith("dbt-")]
    return [_fingerprint(project, _code(project)), *dbt]


def _code(folder: Path) -> list[Path]:
    """The files of code of a folder."""
    return [
        path
        for path in folder.rglob("*")
        if path.suffix in _SUFFIXES and not _MADE.intersection(path.relative_to(folder).parts)
    ]


def _fingerprint(root: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def packages() -> list[str]:
    """Python and the packages that compute, each with its version: « duckdb 1.5.5 »."""
    return [
        f"python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in COMPUTING),
    ]
