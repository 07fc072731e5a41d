"""What a publication says it was made from is what its tables have read, and nothing else."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.errors import SourceError
from pipelines.ingest import readings
from pipelines.ingest.assets import catalogue_asset, dataset_asset, territory_asset
from pipelines.ingest.datasets import DATASETS
from pipelines.publish import OTHERWISE_READ
from pipelines.settings import ROOT, build_file, convention_dir
from pipelines.warehouse import JOURNAL, Warehouse

EVENTS = "convention_realisations"
FILE = "realisations.csv"
READ = JOURNAL["lectures"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of sources of its own, and nothing read yet."""
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path / "warehouse"))
    monkeypatch.setenv("OBSERVATOIRE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OBSERVATOIRE_SOURCES", str(tmp_path / "sources"))
    shutil.copytree(ROOT / "sources", tmp_path / "sources")
    return tmp_path / "sources"


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def made(instance: dg.DagsterInstance) -> Callable[..., bool]:
    """What makes the table of events, that of territories or the catalogue; whether it did."""
    assets = {
        "events": dataset_asset(next(one for one in DATASETS if one.table == EVENTS), ()),
        "territories": territory_asset(()),
        "catalogue": catalogue_asset(()),
    }

    def make(name: str) -> bool:
        return dg.materialize(
            [assets[name]],
            resources={"warehouse": Warehouse()},
            instance=instance,
            raise_on_error=False,
        ).success

    return make


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def otherwise_read(*tables: str) -> list[tuple[str, str]]:
    """What the gate finds, of these tables."""
    with duckdb.connect(str(build_file()), read_only=True) as connection:
        found = connection.execute(OTHERWISE_READ).fetchall()
    return [(table, file) for table, file in found if table in tables]


def test_a_table_made_of_what_is_recorded_passes(made: Callable[..., bool]) -> None:
    assert [made(name) for name in ("events", "territories", "catalogue")] == [True] * 3
    assert otherwise_read(EVENTS, "observatoire_territoires") == []


@pytest.mark.parametrize("order", [("events", "catalogue"), ("catalogue", "events")])
@pytest.mark.parametrize("file", [FILE, f"{FILE}.fiche.yml", "territoire.yml", "eponymes.yml"])
def test_a_file_that_changes_between_a_table_and_the_catalogue_is_seen_at_the_gate(
    place: Path, made: Callable[..., bool], order: tuple[str, str], file: str
) -> None:
    assert made(order[0])
    (path,) = place.rglob(f"lille-2021/{file}") if file != "eponymes.yml" else [place / file]
    append(path, "# plus\n")
    # The line is no event: what matters is that the table has read another file.
    made(order[1])
    assert (EVENTS, f"sources/{path.relative_to(place).as_posix()}") in otherwise_read(EVENTS)


def test_a_file_dropped_once_its_table_was_read_is_seen_at_the_gate(
    place: Path, made: Callable[..., bool]
) -> None:
    assert made("events")
    dropped = place / "autres_2022.csv"
    dropped.write_bytes((convention_dir() / FILE).read_bytes() + b"\n")
    assert made("catalogue")
    assert otherwise_read(EVENTS) == [(EVENTS, f"sources/{dropped.name}")]


def test_a_file_that_changes_while_it_is_read_is_told_even_if_it_is_soon_what_it_was() -> None:
    before = readings.states()
    path = convention_dir() / FILE
    sound = path.read_bytes()
    path.write_bytes(b"")
    path.write_bytes(sound)
    with pytest.raises(SourceError) as caught:
        readings.marks([path], before)
    assert str(caught.value) == (
        "sources/conventions/lille-2021/realisations.csv, fichier entier : il a changé pendant "
        "qu'il était lu. Remède : relancer le rafraîchissement."
    )


@pytest.mark.parametrize("gesture", [Path.unlink, Path.touch], ids=["unlink", "touch"])
def test_a_file_that_comes_or_goes_while_others_are_read_is_told(
    gesture: Callable[[Path], None],
) -> None:
    path = convention_dir() / FILE
    if gesture is Path.touch:
        path = path.with_name("nouveau.csv")
    before = readings.states()
    gesture(path)
    with pytest.raises(SourceError, match="il a changé pendant qu'il était lu"):
        readings.marks([path], before)


def test_a_vintage_read_again_alone_says_it_of_its_file_and_of_no_other() -> None:
    with duckdb.connect() as connection:
        connection.execute(f"create schema journal; create table journal.lectures ({READ})")
        readings.note(connection, "t", {"territoire.yml": "a", "2019.csv": "a", "2020.csv": "a"})
        readings.note(connection, "t", {"2020.csv": "b"}, whole=False)
        found = connection.execute("from journal.lectures order by all").fetchall()
    assert found == [("t", "2019.csv", "a"), ("t", "2020.csv", "b"), ("t", "territoire.yml", "a")]
