"""Each notebook runs from end to end on the published file, read-only."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import ROOT
from tests.conftest import Refreshed

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_the_published_file(notebook: Path, refreshed: Refreshed) -> None:
    before = refreshed.place.published.read_bytes()
    done = subprocess.run(
        [sys.executable, str(notebook)],
        cwd=ROOT,
        env={**refreshed.place.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert refreshed.place.published.read_bytes() == before
