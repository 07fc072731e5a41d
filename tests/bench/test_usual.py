"""The indicators written in pandas, apart from the pipeline, are those that a refresh publishes."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import ROOT
from tests.bench.agreement import Agreement, compare
from tests.conftest import Refreshed

# The bounds are those of five times as many draws: what is compared is within the noise of these.
DRAWS = "200"
KNOWN = {"PE01", "ECO01", "BES01", "BES02", "BES03", "BES04"}


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory, refreshed: Refreshed) -> Path:
    path = tmp_path_factory.mktemp("pandas") / "valeurs.csv"
    words = ["-m", "tests.bench.usual", str(refreshed.place.sources), refreshed.place.convention]
    subprocess.run(
        [sys.executable, *words, str(path), "--tirages", DRAWS], cwd=ROOT, check=True, timeout=120
    )
    return path


@pytest.fixture(scope="module")
def agreement(refreshed: Refreshed, values: Path) -> Agreement:
    return compare(refreshed.place.published, values)


def test_pandas_gives_the_values_that_a_refresh_publishes(
    agreement: Agreement, values: Path
) -> None:
    with values.open(encoding="utf-8", newline="") as file:
        assert {row["indicateur_id"] for row in csv.DictReader(file)} == KNOWN
    assert agreement.compared > 200
    assert agreement.different == 0


def test_the_intervals_of_pandas_are_as_wide_and_at_the_same_place(agreement: Agreement) -> None:
    assert agreement.intervals
    assert [interval for interval in agreement.intervals if not interval.agrees] == []


def test_a_value_that_is_changed_or_left_out_is_a_difference(
    refreshed: Refreshed, values: Path, tmp_path: Path
) -> None:
    head, first, second, *others = values.read_text("utf-8").splitlines()
    name = head.split(",").index("valeur")
    cells = first.split(",")
    cells[name] = str(float(cells[name]) * 1.001)
    path = tmp_path / "valeurs.csv"
    path.write_text("\n".join([head, ",".join(cells), *others]), "utf-8")
    assert second != first
    assert compare(refreshed.place.published, path).different == 2
