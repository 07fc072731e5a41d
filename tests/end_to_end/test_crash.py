"""A refresh is killed at a moment of its own: all it leaves is whole, the next one needs no help.

A few moments by default, `--coupures 100` for a hundred: in turn while it publishes, while it keeps
the publication, while it writes an export, and anywhere in a whole refresh. Chance is seeded.
"""

import json
import random
import signal
import sqlite3
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import dagster as dg
import duckdb
import pypdfium2
import pytest

from pipelines import archive, dictionary, publish
from tests.conftest import Refreshed, Workplace
from tests.end_to_end.conftest import instance_of, replace
from tests.faults import Asset, Refreshes, die_at

pytestmark = pytest.mark.long(minutes=0.9)

PUBLICATION = (["publication", "observatoire"], ["qualite", "evolutions"])
# What names a publication, and what it says of the one before.
OF_THE_PUBLICATION = {"referentiel.publication", "qualite.evolutions"}
PLAN = "conventions/lille-2021/schema_developpement.csv"
YEARS = (";20;24;4;2021;;défini", ";20;24;4;2022;;défini")
SECONDS = 30


@dataclass(frozen=True)
class Moment:
    """When a refresh is killed.

    Attributes:
        stage: which part of it.
        gesture: what it is about to do (an event of Python's audit), and on which file; in a whole
            refresh, none.
        delay: how long after: in seconds, or as a share of a whole refresh.
        export: which export is written, if one is.
    """

    stage: str
    gesture: tuple[str, str] = ("", "")
    delay: float = 0
    export: str = ""

    @property
    def only(self) -> list[Asset]:
        """The assets that are made: those of the stage."""
        return [*PUBLICATION, *([["exports", self.export]] if self.export else [])]


# Each with the longest delay that still falls into what the gesture begins.
PUBLISHING = (
    ("os.remove", "/warehouse/.nouveau-*.duckdb.wal", 1.0),
    ("open", "/warehouse/.nouveau-*.duckdb", 0),
    ("os.remove", "/warehouse/observatoire.duckdb.wal", 0),
    ("os.rename", "/warehouse/.nouveau-*.duckdb", 0),
    ("open", "/warehouse", 0),
)
KEEPING = (
    ("shutil.copyfile", "/publications/.nouveau-*.duckdb", 0),
    ("shutil.copyfile", "/publications/.nouveau-*.duckdb", 0.02),
    ("os.rename", "/publications/.nouveau-*.duckdb", 0),
)
EXPORTING = (
    ("os.rename", "/exports/.nouveau-*.pdf", 0, "diagnostic"),
    ("os.rename", "/exports/.nouveau-*.html", 0, "diagnostic"),
    ("os.rename", "/exports/.nouveau-*.xlsx", 0, "classeur"),
    ("os.rename", "/exports/.nouveau-*.gpkg", 0, "geopackage"),
    ("os.mkdir", "/csv", 1.0, "donnees"),
    ("os.symlink", "/.donnees/*.lien", 0, "donnees"),
    ("os.rename", "/.donnees/*.lien", 0, "donnees"),
    ("os.rename", "/.donnees/*.lien", 0.02, "donnees"),
)


def moments(count: int) -> list[Moment]:
    """So many moments, the stages in turn; always the same."""
    chance = random.Random(2021)
    found = []
    for number in range(count):
        match number % 4:
            case 0:
                *gesture, delay = chance.choice(PUBLISHING)
                one = Moment("publication", (gesture[0], gesture[1]), delay * chance.random())
            case 1:
                *gesture, delay = chance.choice(KEEPING)
                one = Moment("conservation", (gesture[0], gesture[1]), delay * chance.random())
            case 2:
                event, name, delay, export = chance.choice(EXPORTING)
                one = Moment("export", (event, name), delay * chance.random(), export)
            case _:
                one = Moment("entier", delay=chance.random())
        found.append(one)
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "moment" in metafunc.fixturenames:
        chosen = moments(metafunc.config.getoption("--coupures"))
        names = [f"{rank}-{one.stage}{one.gesture[1]}" for rank, one in enumerate(chosen)]
        metafunc.parametrize("moment", chosen, ids=names)


def marks(file: Path) -> Mapping[str, object]:
    """A mark of what each described table holds; it opens read-only, and holds its contracts."""
    with duckdb.connect(str(file), read_only=True) as connection:
        for table in dictionary.tables():
            found = publish.breaches(connection, table)
            assert found.is_empty(), (file, found)
        return {
            table.full_name: connection.execute(
                f"select count(*), sum(hash(lignes)::hugeint) from {table.full_name} as lignes"
            ).fetchone()
            for table in dictionary.tables()
            if table.kind == "table" and table.full_name not in OF_THE_PUBLICATION
        }


def exported(place: Workplace) -> dict[str, bytes]:
    """What each export holds, all of it whole."""
    folder = place.folder / "exports"
    page, paper = folder / "diagnostic.html", folder / "diagnostic.pdf"
    assert page.read_text("utf-8").rstrip().endswith("</html>")
    with pypdfium2.PdfDocument(paper) as document:
        assert len(document) > 10
    with zipfile.ZipFile(folder / "observatoire.xlsx") as workbook:
        assert workbook.testzip() is None
    with sqlite3.connect(f"file:{folder / 'observatoire.gpkg'}?mode=ro", uri=True) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    data = folder / "donnees"
    for resource in json.loads((data / "datapackage.json").read_text("utf-8"))["resources"]:
        assert (data / resource["path"]).stat().st_size == resource["bytes"]
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*") if path.is_file()}


def kept_whole(place: Workplace) -> None:
    """Each publication that is kept is whole, and under its own date."""
    for one in archive.kept(place.published):
        with duckdb.connect(str(one.file), read_only=True) as connection:
            found = connection.execute("select publie_le from referentiel.publication").fetchall()
            (size,) = connection.execute("select count(*) from ecart.indicateurs").fetchall()
        assert [made for (made,) in found] == [one.made.replace(tzinfo=None)]
        assert size > (0,)


def left(place: Workplace) -> set[str]:
    """What stands in the folders, but for dated publications and what is kept to be made once."""
    warehouse = place.published.parent
    dated = {one.file for one in archive.kept(place.published)}
    folders = (warehouse, warehouse / "travail", warehouse / "publications")
    return {
        path.name
        for folder in (*folders, place.folder / "exports")
        for path in folder.iterdir()
        if path not in dated and not path.name.startswith("page_")
    }


def renew(place: Workplace, moment: Moment, mark: str) -> None:
    """Have something to publish that is not what is published."""
    if moment.stage == "entier":
        text = (place.sources / PLAN).read_text("utf-8")
        replace(place.sources / PLAN, *(YEARS if YEARS[0] in text else reversed(YEARS)))
        return
    with duckdb.connect(str(place.build)) as connection:
        connection.execute("update ecart.indicateurs set motif = ? where valeur is null", [mark])


def test_the_refresh_of_before_left_only_what_it_should(refreshed: Refreshed) -> None:
    assert left(refreshed.place) == {
        "observatoire.duckdb", "publications", "travail", "dbt", "verrou",
        "diagnostic.html", "diagnostic.pdf", "observatoire.xlsx", "observatoire.gpkg", "donnees",
        ".donnees", "fichiers",
    }  # fmt: skip


def test_a_killed_refresh_leaves_all_whole_and_the_next_needs_no_help(
    moment: Moment, refreshes: Refreshes, refreshed: Refreshed, request: pytest.FixtureRequest
) -> None:
    place = refreshes.place
    renew(place, moment, f"Essai {request.node.name}.")
    before, exports = marks(place.published), exported(place)

    if moment.stage == "entier":
        running = refreshes.start("--sans-exports")
        running.wait(moment.delay * refreshes.seconds)
        running.kill()
    else:
        running = refreshes.start(
            "--tout", only=moment.only, before=[partial(die_at, *moment.gesture, moment.delay)]
        )
        assert running.wait() == -signal.SIGKILL, running.said
    after, exports_after = marks(place.published), exported(place)
    kept_whole(place)
    assert exports_after.keys() == exports.keys()

    started = time.monotonic()
    if moment.stage == "entier":
        following = refreshes.start("--sans-exports")
    else:
        following = refreshes.start("--tout", only=moment.only)
    assert following.wait() == 0, following.said
    # Killed once it had published, it has left nothing to refresh.
    unchanged = "Rien n'a changé" in following.said
    if moment.stage == "entier" and not unchanged:
        refreshes.seconds = time.monotonic() - started
    published = marks(place.published)
    assert published != before
    assert after in (before, published), "half of a publication"
    assert left(place) == left(refreshed.place), "a file is left"
    exported(place)
    kept_whole(place)
    last = archive.kept(place.published)[-1]
    assert last.file.read_bytes() == place.published.read_bytes()
    with instance_of(place) as instance:
        runs = instance.get_runs(limit=2)
        assert not instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    assert unchanged or runs[0].status == dg.DagsterRunStatus.SUCCESS
