"""Readers of every kind ask while the published file is replaced: none fails, none sees half of it.

A few readers by default, and publications alone; `--lecteurs 20` for ten whole refreshes, with
dbt's documentation among the readers.
"""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pytest

from pipelines import archive, publish
from tests.conftest import Workplace
from tests.faults import Refreshes
from tests.readers import Seen, reading

pytestmark = pytest.mark.long(minutes=0.8)

FEW, SWAPS = 3, 4
PUBLISHED = (
    "select execution_id, sum(hash(v)::hugeint) from referentiel.publication, "
    "ecart.indicateurs as v group by all"
)
PUBLICATION = (["publication", "observatoire"], ["qualite", "evolutions"])


@dataclass(frozen=True)
class Watched:
    """What readers saw of refreshes, the processor time of these, and what one who stayed saw."""

    seen: Seen
    alone_s: float
    watched_s: list[float]
    stayed: Sequence[object]


def renew(place: Workplace, words: str) -> None:
    """Have something to publish that is not what is published."""
    with duckdb.connect(str(place.build)) as connection:
        connection.execute("update ecart.indicateurs set motif = ? where valeur is null", [words])


@pytest.fixture(scope="module")
def watched(refreshes: Refreshes, request: pytest.FixtureRequest) -> Watched:
    """Refreshes that nobody waits for: publications alone by default, ten whole ones when asked."""
    readers = request.config.getoption("--lecteurs")
    whole = readers > FEW
    place = refreshes.place
    only = () if whole else PUBLICATION

    def refresh(words: str) -> float:
        renew(place, words)
        running = refreshes.start("--sans-exports", "--tout", only=only)
        assert running.wait() == 0, running.said
        return running.cpu_seconds

    alone = refresh("seul")
    with (
        duckdb.connect(str(place.published), read_only=True) as connection,
        reading(place, readers, with_docs=whole) as seen,
    ):
        time.sleep(2)
        stayed, watched = [connection.execute(PUBLISHED).fetchone()], []
        for rank in range(10 if whole else 2):
            watched.append(refresh(f"lu {rank}"))
            stayed.append(connection.execute(PUBLISHED).fetchone())
    return Watched(seen, alone, watched, stayed)


def test_readers_of_every_kind_see_whole_publications_and_no_error(
    place: Workplace, watched: Watched
) -> None:
    watched.seen.check(place)
    assert len(watched.seen.publications()) > 1


def test_a_refresh_ends_while_one_who_reads_since_before_it_still_does(watched: Watched) -> None:
    # A refresh that waited for its readers would never have ended.
    assert len(watched.stayed) > 2
    assert all(seen == watched.stayed[0] for seen in watched.stayed)


def test_readers_add_little_to_the_work_of_a_refresh(watched: Watched) -> None:
    # In processor time: readers share the machine, and are slow for it as anyone.
    assert max(watched.watched_s) < 2 * watched.alone_s


def test_readers_see_whole_publications_however_often_they_are_replaced(place: Workplace) -> None:
    other = place.folder / "autre" / place.build.name
    other.parent.mkdir()
    shutil.copyfile(place.published, other)
    with duckdb.connect(str(other)) as connection:
        connection.execute(
            "update referentiel.publication "
            "set execution_id = 'autre', publie_le = publie_le - interval 1 day"
        )
        connection.execute("update ecart.indicateurs set motif = 'Un autre.' where valeur is null")
        connection.execute("delete from referentiel.lignage where source_id like 'caf/%'")
    publish.swap(other, place.published)
    archive.keep(place.published)
    with reading(place, FEW) as seen:
        for rank in range(SWAPS):
            publish.swap(place.build if rank % 2 else other, place.published)
    seen.check(place)
    assert len(seen.publications()) == 2
