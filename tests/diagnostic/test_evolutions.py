"""The page of what changed counts from the publication that the last committee saw."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines import archive
from pipelines.diagnostic.blocks import Section, Table, Text
from pipelines.diagnostic.chapters import evolutions
from pipelines.diagnostic.published import Published
from tests.conftest import Refreshed

HELD = (
    "update suivi.reunions set date_tenue = date '2026-05-12' "
    "where instance_id = 'cotech_mai' and annee = 2024"
)
MOVED = (
    "update ecart.indicateurs set valeur = valeur + 7 "
    "where indicateur_id = 'PE03' and territoire_id = '5935005'"
)
PUBLISHED_AFTER = "update referentiel.publication set publie_le = timestamp '2026-06-01 06:00:00'"


def said(section: Section) -> str:
    return " ".join(block.text for block in section.blocks if isinstance(block, Text))


@pytest.fixture
def keep(refreshed: Refreshed, tmp_path: Path) -> Callable[[date], None]:
    """Keep the shared publication as if it had been made that day."""

    def kept(made: date) -> None:
        copy = tmp_path / "gardee.duckdb"
        shutil.copyfile(refreshed.place.published, copy)
        with duckdb.connect(str(copy)) as connection:
            connection.execute("update referentiel.publication set publie_le = ?", [made])
        archive.keep(copy)

    return kept


def test_without_a_meeting_held_the_page_says_so(publication: Published) -> None:
    section = evolutions.chapter(publication)
    assert "Aucun comité n'est inscrit comme tenu dans realisations.csv" in said(section)


def test_what_moved_since_the_meeting_is_told_with_both_values(
    altered: Callable[..., Published], keep: Callable[[date], None]
) -> None:
    keep(date(2026, 5, 10))
    other = altered(HELD, MOVED, PUBLISHED_AFTER)
    section = evolutions.chapter(other)
    assert "tenu : Comité technique" in said(section).replace("COTECH", "Comité technique")
    assert "12 mai 2026" in said(section)
    assert "10/05/2026" in said(section)
    (table,) = (block for block in section.blocks if isinstance(block, Table))
    moved = other.rows(
        "select valeur from ecart.indicateurs "
        "where indicateur_id = 'PE03' and territoire_id = '5935005'"
    ).item()
    (row,) = table.rows
    assert row[2] == "Lille – Moulins"
    assert float(row[5].replace(",", ".")) == pytest.approx(moved, abs=0.05)
    assert float(row[5].replace(",", ".")) - float(row[4].replace(",", ".")) == pytest.approx(7)


def test_a_publication_made_after_the_meeting_is_not_the_one_it_saw(
    altered: Callable[..., Published], keep: Callable[[date], None]
) -> None:
    keep(date(2026, 5, 12) + timedelta(days=1))
    section = evolutions.chapter(altered(HELD, MOVED, PUBLISHED_AFTER))
    assert "Aucune publication de ce jour ou d'avant n'a été gardée" in said(section)
