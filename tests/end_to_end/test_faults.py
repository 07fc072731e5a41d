"""A full disk, a folder that refuses, a clock set back: what the command says, and what it harms.

Each is arranged for one process, which alone sees it: a disk of its own, mounted in its own space.
"""

import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest

from pipelines import archive
from tests.end_to_end.conftest import tables
from tests.faults import (
    Asset,
    Refreshes,
    can_mount,
    copy,
    die_at,
    fill_disk,
    forbid_writing,
    limit_files,
    part_mounts,
    set_clock_back,
)

pytestmark = pytest.mark.long(minutes=0.7)

MB = 1_000_000
PUBLICATION = (["publication", "observatoire"], ["qualite", "evolutions"])
WORKBOOK = (["exports", "classeur"],)
needs_mounts = pytest.mark.skipif(
    not can_mount(), reason="ce système ne donne pas à un processus ses propres montages"
)


@dataclass(frozen=True)
class Refusal:
    """A refresh that could not write: in which folder, for what cause, and what it says."""

    folder: str
    trouble: Callable[[Path], None]
    file: str
    problem: str
    remedy: str
    only: Sequence[Asset] = PUBLICATION


STATES = {True: "est à jour", False: "n'a pas été touché"}
FULL, REFUSED = "le disque est plein", "l'accès y est refusé"
ROOM, RIGHTS = "libérer de la place", "donner le droit de lire et d'écrire"
REFUSALS = {
    # The room is enough to work, not to publish; to publish, not to keep what is published.
    # A work file that is already there has room inside: it is that of a first refresh.
    "full-work": Refusal(
        "warehouse/travail", partial(fill_disk, room_bytes=2 * MB, without="observatoire.duckdb"),
        "observatoire", FULL, ROOM, only=(),
    ),
    "full-published": Refusal(
        "warehouse", partial(fill_disk, room_bytes=6 * MB), ".nouveau", FULL, ROOM
    ),
    "full-kept": Refusal(
        "warehouse/publications", partial(fill_disk, room_bytes=MB), ".nouveau", FULL, ROOM
    ),
    "full-exports": Refusal(
        "exports", partial(fill_disk, room_bytes=50_000), "classeur", FULL, "vérifier", WORKBOOK
    ),
    "full-history": Refusal(
        "historique", partial(fill_disk, room_bytes=50_000), "historique", "disque", "place"
    ),
    "refused-work": Refusal("warehouse/travail", forbid_writing, "travail", REFUSED, RIGHTS),
    "refused-warehouse": Refusal("warehouse", forbid_writing, "travail", REFUSED, RIGHTS),
    "refused-kept": Refusal(
        "warehouse/publications", forbid_writing, ".nouveau", REFUSED, RIGHTS
    ),
    "refused-exports": Refusal(
        "exports", forbid_writing, "classeur", REFUSED, "vérifier", WORKBOOK
    ),
    "refused-history": Refusal("historique", forbid_writing, "historique", REFUSED, RIGHTS),
}  # fmt: skip


def assert_told(said: str, *words: str) -> None:
    """The command ends with one French message, that says this; it is no traceback."""
    assert "Traceback" not in said
    assert "Erreur inattendue" not in said
    (message,) = re.findall(r"^ÉCHEC après .*", said, re.MULTILINE)
    for word in (*words, "Remède : "):
        assert word in message


@needs_mounts
@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_what_cannot_be_written_is_told_in_french_and_harms_nothing(
    refusal: Refusal, refreshes: Refreshes, tmp_path: Path
) -> None:
    place = refreshes.place
    before, exports = place.published.read_bytes(), contents(place.folder / "exports")
    folder, known = place.folder / refusal.folder, tables(place.published).keys()
    running = refreshes.start(
        "--tout",
        only=refusal.only,
        before=[part_mounts, partial(refusal.trouble, folder)],
        after=[partial(copy, folder, tmp_path / "vu")],
    )
    assert running.wait() == 1
    assert_told(running.said, refusal.file, folder.name, refusal.problem, refusal.remedy)
    replaced = place.published.read_bytes() != before
    assert f"Le fichier publié {STATES[replaced]}" in running.said
    assert tables(place.published).keys() == known
    assert contents(place.folder / "exports") == exports
    # What the process left on its own disk: nothing half written, the published file whole.
    left = tmp_path / "vu"
    assert [path for path in left.rglob(".*") if path.is_file()] == []
    if refusal.folder == "warehouse":
        assert (left / place.published.name).read_bytes() == before


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_beyond_the_size_that_the_system_allows_is_told_in_french(
    refreshes: Refreshes,
) -> None:
    before = refreshes.place.published.read_bytes()
    # More than a file of the history takes, less than the file of the refresh.
    running = refreshes.start("--tout", only=PUBLICATION, before=[partial(limit_files, 12 * MB)])
    assert running.wait() == 1
    assert_told(running.said, "observatoire.duckdb", "taille admise", "ulimit -f")
    assert refreshes.place.published.read_bytes() == before


def test_a_work_file_that_another_program_holds_is_told_in_french(refreshes: Refreshes) -> None:
    with duckdb.connect(str(refreshes.place.build)):
        running = refreshes.start("--tout", only=PUBLICATION)
        assert running.wait() == 1
    assert_told(running.said, "observatoire.duckdb", "un autre programme tient le fichier ouvert")


@pytest.mark.parametrize(
    ("gesture", "name", "published"),
    [
        ("open", "/travail/verrou", False),
        ("open", "/warehouse", True),
    ],
    ids=["before", "after"],
)
def test_a_refresh_that_is_asked_to_stop_says_what_became_of_the_published_file(
    gesture: str, name: str, published: bool, refreshes: Refreshes
) -> None:
    interrupted = partial(die_at, gesture, name, by=signal.SIGINT)
    running = refreshes.start("--tout", only=PUBLICATION, before=[interrupted])
    assert running.wait() == 130
    assert f"\nInterrompu : le fichier publié {STATES[published]}." in running.said
    assert "Traceback" not in running.said
    assert "ÉCHEC" not in running.said


def test_once_there_is_room_again_the_next_refresh_needs_no_help(refreshes: Refreshes) -> None:
    before = tables(refreshes.place.published)
    running = refreshes.start("--tout", only=(*PUBLICATION, *WORKBOOK))
    assert running.wait() == 0, running.said
    assert tables(refreshes.place.published).keys() == before.keys()


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=400)], ids=["hour", "year"])
def test_a_clock_set_back_is_told_and_the_publication_is_made_and_kept_all_the_same(
    back: timedelta, refreshes: Refreshes
) -> None:
    place = refreshes.place
    before = archive.kept(place.published)
    running = refreshes.start("--tout", only=PUBLICATION, before=[partial(set_clock_back, back)])
    assert running.wait() == 0, running.said
    after = archive.kept(place.published)
    assert set(before) < set(after), "a publication is gone"
    (made,) = set(after) - set(before)
    assert made < before[-1]
    assert made.file.read_bytes() == place.published.read_bytes()
    with duckdb.connect(str(place.published), read_only=True) as connection:
        told = connection.execute("select ce_qui_a_change from referentiel.publication").fetchall()
    assert "L'horloge de cette machine retarde sur la publication précédente" in told[0][0]
    assert told[0][0] in running.said
    # Once the clock is right, nothing is said of it any more.
    right = refreshes.start("--tout", only=PUBLICATION)
    assert right.wait() == 0, right.said
    assert "horloge" not in right.said
