"""Whether what is published is what a refresh would publish: then there is nothing to do.

The same files by the same code make the same figures, to the last digit: a publication says what it
was made with (`recipe.py`, `referentiel.entrees`), and it is compared with what is here.
"""

from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines import archive, recipe
from pipelines.clock import day_in_paris
from pipelines.ingest.arrivals import arrivals, entering
from pipelines.schedules import next_committee
from pipelines.settings import convention, published_file, shared_database
from pipelines.sources import fingerprint_of

# What the writers of `diagnostic/` leave in the folder of exports. The page, written after the PDF,
# says at its top what both are set with.
PAGE, TOP = "diagnostic.html", 1000
EXPORTS = (PAGE, "diagnostic.pdf", "observatoire.xlsx", "observatoire.gpkg", "donnees")


def since(today: date, exports: Path | None) -> datetime | None:
    """When the published file was made (UTC), if nothing has changed since.

    A committee whose preparation has begun since is a change: what it is shown was published for
    it. So is an export that is not there, is older than the publication or is set with other
    templates; a shared base, which cannot be looked at so, always is.

    Args:
        today: the day that it is in Paris.
        exports: the folder of exports, if they are asked for.

    Raises:
        SourceError: the catalogue, a sidecar or the territory is not valid.
    """
    published = published_file()
    try:
        with duckdb.connect(str(published), read_only=True) as connection:
            rows = connection.execute(
                "select publie_le, convention, empreinte_code, paquets from referentiel.publication"
            ).fetchall()
    except duckdb.Error:  # none, or of another version of the tables
        return None
    made, *told = rows[0]
    here = [convention(), recipe.fingerprint_of_code(), recipe.packages()]
    if told != here or dict(archive.entries(published)) != {
        name: fingerprint_of(path) for name, path in entering(arrivals()).items()
    }:
        return None
    committee = next_committee(today)
    if committee is not None and day_in_paris(made) < committee.due <= today:
        return None
    if exports is not None and not _stand(exports, published):
        return None
    found: datetime = made
    return found


def _stand(exports: Path, published: Path) -> bool:
    """Whether every export is there, was written after the publication, and is set as it is now."""
    paths = [exports / name for name in EXPORTS]
    if shared_database() is not None or not all(
        path.exists() and path.stat().st_mtime >= published.stat().st_mtime for path in paths
    ):
        return False
    with (exports / PAGE).open("rb") as page:
        return recipe.fingerprint_of_templates().encode() in page.read(TOP)
