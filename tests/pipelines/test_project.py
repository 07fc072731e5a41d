"""dbt's manifest is of the project as it stands, and is put in its place whole or not at all."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipelines import project
from pipelines.errors import SourceError

OLD = "celui d'avant"


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A manifest that nothing says what it is of, and a small project."""
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path))
    monkeypatch.setattr(project, "DBT_PROJECT", tmp_path / "dbt_project")
    for name in ("one.sql", "other.sql"):
        model = tmp_path / "dbt_project" / "models" / name
        model.parent.mkdir(parents=True, exist_ok=True)
        model.write_text("select 1", "utf-8")
    for name in ("OBSERVATOIRE_TRAVAIL", "DBT_TARGET_PATH"):
        monkeypatch.setenv(name, "")
    path = project.target_dir() / "manifest.json"
    path.parent.mkdir(parents=True)
    path.write_text(OLD, "utf-8")
    return path


def dbt(monkeypatch: pytest.MonkeyPatch, written: str, end: BaseException | bool) -> None:
    """Have dbt write this as its manifest, then end so."""

    class Runner:
        def invoke(self, _: list[str]) -> SimpleNamespace:
            (Path(os.environ["DBT_TARGET_PATH"]) / "manifest.json").write_text(written, "utf-8")
            if isinstance(end, BaseException):
                raise end
            return SimpleNamespace(success=end, exception="modèle illisible", result=None)

    monkeypatch.setattr("dbt.cli.main.dbtRunner", Runner)


def test_a_whole_manifest_takes_the_place_of_the_one_before(
    manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbt(monkeypatch, "le nouveau, entier", end=True)
    assert project.prepare() == manifest
    assert manifest.read_text("utf-8") == "le nouveau, entier"
    assert {path.name for path in manifest.parent.iterdir()} == {manifest.name, "manifest.sha256"}


@pytest.mark.parametrize(
    ("end", "raised"), [(KeyboardInterrupt(), KeyboardInterrupt), (False, SourceError)]
)
def test_half_a_manifest_is_never_taken_as_compiled(
    manifest: Path,
    monkeypatch: pytest.MonkeyPatch,
    end: BaseException | bool,
    raised: type[BaseException],
) -> None:
    dbt(monkeypatch, "la moitié", end)
    with pytest.raises(raised):
        project.prepare()
    assert manifest.read_text("utf-8") == OLD
    dbt(monkeypatch, "le nouveau", end=True)
    assert project.prepare().read_text("utf-8") == "le nouveau"


def newer(model: Path) -> None:
    model.write_text("select 2", "utf-8")
    os.utime(model, (0, 0))


@pytest.mark.parametrize("change", [newer, Path.unlink], ids=["other, of an old date", "removed"])
def test_a_project_whose_files_are_others_is_compiled_anew_whatever_their_dates(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    dbt(monkeypatch, "le premier", end=True)
    project.prepare()
    dbt(monkeypatch, "le second", end=True)
    assert project.prepare().read_text("utf-8") == "le premier"
    change(tmp_path / "dbt_project" / "models" / "other.sql")
    assert project.prepare().read_text("utf-8") == "le second"
    assert manifest.is_file()


def test_another_version_of_dbt_compiles_anew(
    manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbt(monkeypatch, "le premier", end=True)
    project.prepare()
    dbt(monkeypatch, "le second", end=True)
    monkeypatch.setattr("pipelines.recipe.packages", lambda: ["dbt-core 9.9.9"])
    project.prepare()
    assert manifest.read_text("utf-8") == "le second"


def test_what_was_compiled_is_up_to_date_in_another_place(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dbt(monkeypatch, "le premier", end=True)
    project.prepare()
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path / "ailleurs"))
    shutil.copytree(manifest.parent, project.target_dir())
    dbt(monkeypatch, "le second", end=True)
    assert project.prepare().read_text("utf-8") == "le premier"


def test_a_compilation_that_is_cut_short_leaves_no_mark_of_the_project_of_before(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dbt(monkeypatch, "le premier", end=True)
    project.prepare()
    model = tmp_path / "dbt_project" / "models" / "other.sql"
    before = model.read_text("utf-8")
    newer(model)
    dbt(monkeypatch, "le second", end=True)
    with monkeypatch.context() as cut:
        cut.setattr(Path, "write_text", raises)
        with pytest.raises(KeyboardInterrupt):
            project.prepare()
    assert manifest.read_text("utf-8") == "le second"
    model.write_text(before, "utf-8")
    dbt(monkeypatch, "le premier", end=True)
    assert project.prepare().read_text("utf-8") == "le premier"


def raises(path: Path, text: str, *_: object) -> int:
    """Write, but for the mark."""
    if path.suffix == ".sha256":
        raise KeyboardInterrupt
    return path.write_bytes(text.encode())
