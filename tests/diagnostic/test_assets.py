"""What goes wrong as an export is written: a French message, and the file of before stays whole."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines import refresh
from pipelines.definitions import defs
from pipelines.diagnostic import datapackage, dossier, geopackage, workbook
from pipelines.diagnostic.assets import GROUP, PUBLISHED, export_assets, size_of
from pipelines.diagnostic.published import Published
from pipelines.schedules import JOB
from tests.conftest import Refreshed

# The dossier is written twice in its own tests.
WRITERS = [workbook, geopackage, datapackage]
Writer = Callable[[Published, Path], Path]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("write", [writer.write for writer in WRITERS])
def test_what_was_there_stays_whole_when_writing_fails(
    publication: Published, altered: Callable[..., Published], tmp_path: Path, write: Writer
) -> None:
    folder = tmp_path / "exports"
    write(publication, folder)
    before = contents(folder)
    assert before
    broken = altered("drop table offre.services")
    with pytest.raises(duckdb.CatalogException):
        write(broken, folder)
    assert contents(folder) == before, "and nothing hidden is left beside it"


@pytest.mark.parametrize("write", [writer.write for writer in WRITERS])
def test_writing_again_replaces_what_was_there(
    publication: Published, altered: Callable[..., Published], tmp_path: Path, write: Writer
) -> None:
    folder = tmp_path / "exports"
    path = write(publication, folder)
    before = contents(folder)
    other = altered("update referentiel.territoires set libelle = libelle || ' (exemple)'")
    assert write(other, folder) == path
    after = contents(folder)
    assert after.keys() == before.keys()
    assert after != before


def test_a_folder_left_half_replaced_by_a_killed_export_is_found_again(
    publication: Published, altered: Callable[..., Published], tmp_path: Path
) -> None:
    path = datapackage.write(publication, tmp_path)
    before = contents(path)
    path.rename(tmp_path / f".{path.name}.ancien")
    with pytest.raises(duckdb.CatalogException):
        datapackage.write(altered("drop table offre.services"), tmp_path)
    assert contents(path) == before


@pytest.mark.parametrize("asset", export_assets(), ids=lambda asset: asset.key.path[-1])
def test_a_folder_that_cannot_be_written_is_told_in_french_and_the_published_file_stays(
    refreshed: Refreshed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asset: dg.AssetsDefinition,
) -> None:
    (tmp_path / "fichier").write_text("un fichier n'est pas un dossier", "utf-8")
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(refreshed.place.published.parent))
    monkeypatch.setenv("OBSERVATOIRE_EXPORTS", str(tmp_path / "fichier" / "exports"))
    before = refreshed.place.published.read_bytes()
    result = dg.materialize([asset], raise_on_error=False)
    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    said = refresh._reason(failed)
    for words in (
        "n'a pas pu être écrit",
        "Le fichier publié est à jour",
        "Remède : fermer le fichier s'il est ouvert dans Excel ou QGIS",
    ):
        assert words in said
    assert refreshed.place.published.read_bytes() == before


def test_the_refresh_writes_every_export_after_the_publication(refreshed: Refreshed) -> None:
    keys = {asset.key for asset in export_assets()}
    graph = defs.resolve_asset_graph()
    assert all(graph.get(key).parent_keys == {PUBLISHED} for key in keys)
    assert keys <= set(defs.resolve_job_def(JOB).asset_layer.executable_asset_keys)
    for key in keys:
        assert graph.get(key).group_name == GROUP
    exports = refreshed.place.folder / "exports"
    for writer in (dossier.PAGE, workbook.FILE, geopackage.FILE, datapackage.FOLDER):
        assert size_of(exports / writer) > 100_000
        assert writer in refreshed.output


@pytest.mark.parametrize("published", [True, False])
def test_a_failed_run_says_whether_the_published_file_was_replaced(published: bool) -> None:
    @dg.asset(key=PUBLISHED)
    def publication() -> None:
        if not published:
            raise dg.Failure("refusée")

    @dg.asset(deps=[publication])
    def export() -> None:
        raise dg.Failure("disque plein")

    result = dg.materialize([publication, export], raise_on_error=False)
    assert not result.success
    assert refresh._was_published(result) == published
