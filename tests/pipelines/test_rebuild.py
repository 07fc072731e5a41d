"""Before a publication is made again, what it was made with and is not here is told."""

import hashlib
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines import archive, rebuild, recipe
from pipelines.settings import published_file

MOMENT = datetime(2024, 11, 18, 6, 30, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(tmp_path / "warehouse"))
    (tmp_path / "warehouse").mkdir()
    return tmp_path


def publish(
    *,
    version: str = "abc1234",
    code: str | None = None,
    packages: list[str] | None = None,
    made: datetime = MOMENT,
) -> None:
    """Put in place, and keep, a publication that says it was made with these."""
    source = published_file().with_name("f.csv")
    source.write_text("a;b\n", "utf-8")
    archive.store({"sources/f.csv": source}, published_file())
    published_file().unlink(missing_ok=True)
    with duckdb.connect(str(published_file())) as connection:
        connection.execute("create schema referentiel")
        connection.execute(
            "create table referentiel.publication as select ?::timestamp as publie_le, "
            "'lille-2021' as convention, ? as version_code, ? as empreinte_code, "
            "?::varchar[] as paquets",
            [
                made.replace(tzinfo=None),
                version,
                code or recipe.fingerprint_of_code(),
                packages or recipe.packages(),
            ],
        )
        connection.execute(
            "create table referentiel.entrees as select 'sources/f.csv' as fichier, ? as sha256",
            [hashlib.sha256(b"a;b\n").hexdigest()],
        )
    archive.keep(published_file())


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    """What the command says it needs, and why it goes no further."""
    assert rebuild.main(list(arguments)) == 1
    said, refused = capsys.readouterr()
    assert "Remède : " in refused
    return said, refused


def test_without_a_name_the_last_publication_is_made_again() -> None:
    publish()
    publish(made=MOMENT + timedelta(days=1))
    assert rebuild.read("", published_file()).kept.made == MOMENT + timedelta(days=1)
    assert rebuild.read("2024-11-18", published_file()).kept.made == MOMENT


def test_a_file_that_is_no_longer_kept_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    publish()
    shutil.rmtree(archive.stored(published_file(), ""))
    said, refused = refusal(capsys)
    assert "fichiers  1 : 1 ne sont plus gardés : sources/f.csv" in said
    assert "sources/f.csv n'est plus gardé sous son empreinte" in refused


def test_a_package_of_another_version_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    publish(packages=[*recipe.packages()[:-1], "duckdb 0.9.2"])
    said, refused = refusal(capsys)
    assert "ici, sauf duckdb 0.9.2" in said
    assert "duckdb 0.9.2, qui ne sont pas ici" in refused


@pytest.mark.parametrize("version", ["abc1234", recipe.UNKNOWN])
def test_a_code_that_no_commit_of_here_holds_is_told(
    version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(version=version, code="0" * 64)
    said, refused = refusal(capsys)
    assert "un autre que celui d'ici" in said
    assert f"le code de la version {version} n'est pas dans le dépôt d'ici" in refused


def test_a_publication_that_does_not_say_what_it_was_made_with_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with duckdb.connect(str(published_file())) as connection:
        connection.execute("create schema referentiel")
        connection.execute(
            "create table referentiel.publication as select timestamp '2024-11-18' as publie_le"
        )
    archive.keep(published_file())
    assert "il ne dit pas de quoi il est fait" in refusal(capsys)[1]


def files(place: Path, one: str, other: str) -> tuple[Path, Path]:
    """Two files, each of one table of these rows."""
    made = []
    for name, rows in (("un", one), ("autre", other)):
        made.append(place / f"{name}.duckdb")
        with duckdb.connect(str(made[-1])) as connection:
            connection.execute(f"create table t as select * from (values {rows}) v(a, b)")
    return made[0], made[1]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("(2, null), (1, 0.1::double), (1, 0.1)", []),
        ("(1, 0.1::double), (2, null), (2, null)", ["main.t (2 lignes)"]),
        ("(1, 0.1::double), (1, 0.10000000000000002), (2, null)", ["main.t (2 lignes)"]),
        ("(1, 0.1::double), (1, 0.1), (2, null), (3, 1)", ["main.t (1 lignes)"]),
    ],
    ids=["in another order", "not as many times", "last decimal", "one more"],
)
def test_two_files_are_compared_row_by_row_to_the_last_decimal(
    other: str, found: list[str], place: Path
) -> None:
    one, another = files(place, "(1, 0.1::double), (1, 0.1), (2, null)", other)
    differing, tables, rows = rebuild.compared(one, another)
    assert differing == found
    assert (tables, rows) == ((0, 0) if found else (1, 3))


def test_a_table_that_one_file_only_has_is_a_difference(place: Path) -> None:
    one, other = files(place, "(1, 1)", "(1, 1)")
    with duckdb.connect(str(other)) as connection:
        connection.execute("create table u as select 1 as a")
    assert rebuild.compared(one, other)[0] == ["main.u (d'un côté seulement)"]
