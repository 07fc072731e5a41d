"""What goes wrong as an export is written: a French message, and the file of before stays whole."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pytest

from pipelines import refresh, restore
from pipelines.definitions import defs
from pipelines.diagnostic import datapackage, dossier, geopackage, workbook
from pipelines.diagnostic.assets import GROUP, PUBLISHED, export_assets, size_of
from pipelines.diagnostic.published import Published
from pipelines.errors import SourceError
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


def shown(folder: Path) -> dict[str, bytes]:
    """What a reader of the folder sees, links followed."""
    return {
        f"{top.name}/{name}": content
        for top in folder.glob("[!.]*")
        for name, content in (contents(top) or {"": top.read_bytes()}).items()
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
    before = shown(folder)
    other = altered("update referentiel.territoires set libelle = libelle || ' (exemple)'")
    assert write(other, folder) == path
    after = shown(folder)
    assert after.keys() == before.keys()
    assert after != before


def test_a_reader_of_the_data_never_misses_a_table_nor_mixes_two_publications(
    publication: Published, altered: Callable[..., Published], tmp_path: Path
) -> None:
    data = datapackage.write(publication, tmp_path)
    other = altered(
        "update referentiel.territoires set libelle = 'autre'",
        "update referentiel.publication set version_code = 'autre'",
    )
    ended = threading.Event()
    seen: set[tuple[bool, bool]] = set()
    missed: list[Exception] = []

    def read() -> None:
        while not ended.is_set():
            try:
                tables = data.resolve() / "parquet"
                version = pl.read_parquet(tables / "referentiel.publication.parquet")
                time.sleep(0.01)
                names = pl.read_parquet(tables / "referentiel.territoires.parquet")
                pl.read_parquet(data / "parquet" / "besoin.familles.parquet")
            except Exception as error:
                missed.append(error)
            else:
                changed = names["libelle"] == "autre"
                assert changed.all() == changed.any()
                seen.add((version["version_code"].item() == "autre", bool(changed.all())))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(2):
        datapackage.write(other, tmp_path)
        datapackage.write(publication, tmp_path)
    ended.set()
    reader.join()
    assert missed == []
    assert seen == {(False, False), (True, True)}


def test_what_a_killed_export_left_goes_and_a_folder_in_place_of_the_link_is_replaced(
    publication: Published, tmp_path: Path
) -> None:
    path = datapackage.write(publication, tmp_path)
    first = path.resolve()
    whole = contents(path)
    (first.parent / "coupe").mkdir()
    (first.parent / "lien").symlink_to("nulle part")
    second = datapackage.write(publication, tmp_path).resolve()
    assert set(first.parent.iterdir()) == {first, second}, "who reads the first reads on"
    path.unlink()
    shutil.copytree(second, path)
    assert contents(datapackage.write(publication, tmp_path)) == whole
    assert path.is_symlink()


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


@pytest.mark.parametrize(
    ("writer", "bound", "told"),
    [
        (
            dossier,
            "MOST_PLACES",
            "diagnostic.html, territoire de la convention : il a 20 communes et districts, et le "
            "dossier en montre 19 au plus",
        ),
        (workbook, "MOST_ROWS", "observatoire.xlsx, feuille Besoin : elle aurait "),
    ],
    ids=["dossier", "classeur"],
)
def test_a_territory_too_large_for_a_document_is_told_before_anything_is_written(
    writer: Any, bound: str, told: str, publication: Published, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(writer, bound, 19)
    with pytest.raises(SourceError) as caught:
        writer.write(publication, tmp_path)
    assert str(caught.value).startswith(told)
    assert "le fichier publié est à jour. Remède : rafraîchir sans les exports" in str(caught.value)
    assert contents(tmp_path) == {}


def test_the_run_of_a_territory_too_large_for_a_document_says_so(
    refreshed: Refreshed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(refreshed.place.published.parent))
    monkeypatch.setenv("OBSERVATOIRE_EXPORTS", str(tmp_path / "exports"))
    monkeypatch.setattr(dossier, "MOST_PLACES", 19)
    made = next(asset for asset in export_assets() if asset.key.path[-1] == "diagnostic")
    result = dg.materialize([made], raise_on_error=False)
    (failure,) = (event for event in result.all_events if event.is_step_failure)
    assert refresh._reason(failure).startswith("diagnostic.html, territoire de la convention : ")


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


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_put_back_has_its_exports_made_again_or_says_that_they_are_not(
    fails: bool,
    refreshed: Refreshed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {
        **refreshed.place.environment,
        "OBSERVATOIRE_EXPORTS": str(tmp_path / "exports"),
        "OBSERVATOIRE_HISTORIQUE": str(tmp_path),
        "OBSERVATOIRE_EVENEMENTS": str(tmp_path / "evenements"),
    }
    for name, value in places.items():
        monkeypatch.setenv(name, value)
    read = []

    def write(published: Published, folder: Path) -> Path:
        read.append(published.file)
        folder.mkdir(exist_ok=True)
        if fails:
            raise OSError
        return folder

    for module in (dossier, *WRITERS):
        monkeypatch.setattr(module, "write", write)
    assert restore._exports() == int(fails)
    assert read == [refreshed.place.published] * 4
    said = "".join(capsys.readouterr())
    assert ("exports sont encore" in said) == fails
    assert ("refaits" in said) != fails
