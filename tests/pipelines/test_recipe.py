"""What a publication says it was made with tells one code from another, and nothing else."""

import re
import subprocess
from pathlib import Path

import duckdb
import pytest

from pipelines.recipe import UNKNOWN, fingerprint_of_code, packages, version_of_code
from pipelines.settings import ROOT


def git(folder: Path, *arguments: str) -> str:
    own = ["-c", "user.name=Essai", "-c", "user.email=essai@example.org"]
    done = subprocess.run(
        ["git", *own, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """Some code, in a repository of its own, all committed."""
    for name in ("pipelines/a.py", "dbt_project/models/b.sql", "requirements.lock", "README.md"):
        path = tmp_path / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, "utf-8")
    git(tmp_path / "code", "init", "-q")
    git(tmp_path / "code", "add", ".")
    git(tmp_path / "code", "commit", "-q", "-m", "essai")
    return tmp_path / "code"


def test_the_version_is_the_commit_and_says_what_is_not_committed(code: Path) -> None:
    commit = git(code, "rev-parse", "HEAD")
    assert commit.startswith(version_of_code(code))
    (code / "pipelines" / "a.py").write_text("autre", "utf-8")
    assert version_of_code(code).endswith("-dirty")


def test_a_copy_that_is_no_repository_is_of_no_version_even_inside_another(code: Path) -> None:
    copy = code / "copie"
    copy.mkdir()
    assert version_of_code(copy) == UNKNOWN


def test_without_git_the_version_is_unknown(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert version_of_code(code) == UNKNOWN


@pytest.mark.parametrize(
    "name", ["pipelines/a.py", "dbt_project/models/b.sql", "requirements.lock"]
)
def test_the_fingerprint_changes_with_all_that_computes(name: str, code: Path) -> None:
    before = fingerprint_of_code(code)
    (code / name).write_text("autre", "utf-8")
    assert fingerprint_of_code(code) != before


def test_the_fingerprint_tells_a_file_moved(code: Path) -> None:
    before = fingerprint_of_code(code)
    (code / "pipelines" / "a.py").rename(code / "pipelines" / "c.py")
    assert fingerprint_of_code(code) != before


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "pipelines/__pycache__/a.pyc",
        "dbt_project/target/b.sql",
        "dbt_project/.user.yml",
    ],
)
def test_the_fingerprint_does_not_change_with_what_computes_nothing(name: str, code: Path) -> None:
    before = fingerprint_of_code(code)
    (code / name).parent.mkdir(exist_ok=True)
    (code / name).write_text("autre", "utf-8")
    assert fingerprint_of_code(code) == before


def test_the_packages_are_those_of_the_lock() -> None:
    locked = set(re.findall(r"(?m)^([\w-]+)==([\w.]+)", (ROOT / "requirements.lock").read_text()))
    assert f"duckdb {duckdb.__version__}" in packages()
    assert {tuple(named.split()) for named in packages()[1:]} <= locked
