"""dbt's manifest is put in its place whole, or not at all."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipelines import project
from pipelines.errors import SourceError

OLD = "celui d'avant"


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A manifest that is older than the project."""
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path))
    for name in ("OBSERVATOIRE_TRAVAIL", "DBT_TARGET_PATH"):
        monkeypatch.setenv(name, "")
    path = project.target_dir() / "manifest.json"
    path.parent.mkdir(parents=True)
    path.write_text(OLD, "utf-8")
    os.utime(path, (0, 0))
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
    assert [path.name for path in manifest.parent.iterdir()] == [manifest.name]


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
