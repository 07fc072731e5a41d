"""The published tables in a real PostgreSQL: read while they are replaced, told, refused."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import duckdb
import psycopg2
import pytest

from pipelines import dictionary
from pipelines.diagnostic import assets, sharing
from pipelines.diagnostic.published import Published, opened
from pipelines.settings import ROOT
from tests.conftest import Refreshed
from tests.production.conftest import PASSWORD, Postgres

HOSTILE = '\'); drop table besoin.familles; -- "x" \\ {a,b}'


@pytest.fixture(scope="module")
def publication(refreshed: Refreshed) -> Iterator[Published]:
    with opened(refreshed.place.published) as published:
        yield published


@pytest.fixture(scope="module")
def base(server: Postgres, publication: Published) -> str:
    """A base that holds the shared publication, prepared as docs/exploitation.md says."""
    server.rows("postgres", "create database partage")
    server.rows(
        "postgres", "create role analystes; create role analyste login in role analystes", "maitre"
    )
    guide = (ROOT / "docs" / "exploitation.md").read_text("utf-8")
    for statement in re.findall("^alter default privileges .*;$", guide, re.MULTILINE):
        server.rows("partage", statement)
    sharing.write(publication, server.address("partage"))
    return "partage"


@pytest.fixture
def altered(refreshed: Refreshed, tmp_path: Path) -> Iterator[Callable[[str], Published]]:
    """Another publication: the shared one after some SQL."""
    opening = []

    def alter(statement: str) -> Published:
        copy = tmp_path / "autre.duckdb"
        shutil.copyfile(refreshed.place.published, copy)
        with duckdb.connect(str(copy)) as connection:
            connection.execute(statement)
        opening.append(opened(copy))
        return opening[-1].__enter__()

    yield alter
    for each in opening:
        each.__exit__(None, None, None)


def test_each_table_and_view_has_the_published_rows(
    server: Postgres, base: str, publication: Published
) -> None:
    for table in dictionary.tables():
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        query = f"select {columns} from {table.full_name}"
        expected = publication.rows(query).rows()
        found = server.rows(base, query)
        assert sorted(map(repr, found)) == sorted(map(repr, expected)), table.full_name


def test_each_definition_of_the_dictionary_is_a_comment(server: Postgres, base: str) -> None:
    found = server.rows(
        base,
        "select n.nspname || '.' || c.relname, a.attname, "
        "coalesce(col_description(c.oid, a.attnum), ''), obj_description(c.oid) "
        "from pg_class as c join pg_namespace as n on n.oid = c.relnamespace "
        "join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 "
        "where c.relkind = 'r' and n.nspname !~ '^(pg_|information)'",
    )
    assert set(found) == {
        (table.full_name, column.name, column.definition, table.definition)
        for table in dictionary.tables()
        for column in table.columns
    }


def test_readers_have_the_old_publication_whole_or_the_new_one_whole_and_never_wait(
    server: Postgres, base: str, publication: Published, altered: Callable[[str], Published]
) -> None:
    # Two tables are changed together: no reader may see one without the other.
    changed = altered(
        "update referentiel.territoires set libelle = libelle || ' (autre)'; "
        "update referentiel.publication set version_code = 'autre'"
    )
    query = (
        "select (select version_code = 'autre' from referentiel.publication), "
        "count(*), count(*) filter (where libelle like '% (autre)') from referentiel.territoires"
    )
    ended = threading.Event()
    seen: set[tuple[bool, int, int]] = set()

    def read() -> None:
        with (
            closing(psycopg2.connect(server.address(base))) as connection,
            connection.cursor() as cursor,
        ):
            connection.autocommit = True
            # A reader that had to wait for a lock would fail.
            cursor.execute("set lock_timeout = '1ms'")
            while not ended.is_set():
                cursor.execute(query)
                seen.update(cursor.fetchall())

    readers = [threading.Thread(target=read) for _ in range(4)]
    with (
        closing(psycopg2.connect(server.address(base))) as long_reader,
        long_reader.cursor() as cursor,
    ):
        cursor.execute("begin isolation level repeatable read")
        cursor.execute("select version_code from referentiel.publication")
        before = cursor.fetchall()
        for reader in readers:
            reader.start()
        sharing.write(changed, server.address(base))
        cursor.execute("select version_code from referentiel.publication")
        assert cursor.fetchall() == before
        sharing.write(publication, server.address(base))
    ended.set()
    for reader in readers:
        reader.join()
    ((count,),) = publication.rows("select count(*) from referentiel.territoires").rows()
    assert seen == {(False, count, 0), (True, count, count)}


def test_the_rights_and_the_views_that_people_gave_and_made_stay(
    server: Postgres, base: str, publication: Published
) -> None:
    server.rows(
        base,
        "create schema bureau; "
        "create view bureau.familles as select territoire_id from besoin.familles",
    )
    count = server.rows(base, "select count(*) from besoin.familles")
    sharing.write(publication, server.address(base))
    assert server.rows(base, "select count(*) from besoin.familles", "analyste") == count
    assert server.rows(base, "select count(*) from bureau.familles") == count
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        server.rows(base, "delete from besoin.familles", "analyste")
    # Its columns have changed: the view of the office is not thrown away.
    server.rows(base, "alter table besoin.familles add column autre bigint")
    with pytest.raises(sharing.RefusedError, match="des vues qui ne sont pas d'ici la lisent"):
        sharing.write(publication, server.address(base))
    server.rows(base, "drop schema bureau cascade")
    server.rows(base, "create table besoin.ancienne (x bigint)")
    server.rows(base, "create table besoin.d_un_autre (x bigint)", "maitre")
    sharing.write(publication, server.address(base))
    columns = server.rows(
        base,
        "select table_name from information_schema.columns where table_schema = 'besoin' "
        "and (column_name = 'autre' or table_name in ('ancienne', 'd_un_autre'))",
        "maitre",
    )
    assert columns == [("d_un_autre",)], "what another role made is left alone"
    server.rows(base, "drop table besoin.d_un_autre", "maitre")


def test_a_hostile_name_is_a_text_in_the_base_too(
    server: Postgres, base: str, altered: Callable[[str], Published]
) -> None:
    text = HOSTILE.replace("'", "''")
    published = altered(
        f"update referentiel.territoires set libelle = '{text}' where territoire_id = '59298'; "
        f"update referentiel.modeles set parametres = ['{text}', ''], empreinte = '' "
        "where modele = 'ind_pe02'"
    )
    sharing.write(published, server.address(base))
    assert server.rows(
        base, "select libelle from referentiel.territoires where territoire_id = '59298'"
    ) == [(HOSTILE,)]
    assert server.rows(
        base, "select parametres, empreinte from referentiel.modeles where modele = 'ind_pe02'"
    ) == [([HOSTILE, ""], "")]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://observatoire:{password}@127.0.0.1:1/partage", "n'a pas abouti"),
        ("postgresql://observatoire:{password}@@nulle part/partage", "n'a pas abouti"),
        ("postgresql://observatoire:{password}@127.0.0.1:port/partage", "n'a pas abouti"),
        ("host=127.0.0.1 password {password}", "ne se lit pas"),
        ("faux mot de passe", "n'a pas abouti"),
        ("sans droit", "n'a pas le droit"),
    ],
)
def test_a_base_that_refuses_is_told_in_french_without_its_password(
    server: Postgres,
    refreshed: Refreshed,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    address: str,
    said: str,
) -> None:
    secret = f"{PASSWORD}-secret"
    if address == "faux mot de passe":
        address = server.loopback("postgres", secret)
    elif address == "sans droit":
        server.rows("postgres", "drop role if exists lecteur", "maitre")
        server.rows("postgres", "create role lecteur login", "maitre")
        address = server.address("postgres", "lecteur")
    monkeypatch.setenv("OBSERVATOIRE_ENTREPOT", str(refreshed.place.published.parent))
    monkeypatch.setenv("OBSERVATOIRE_PARTAGE", address.format(password=secret))
    (share,) = [asset for asset in assets.export_assets() if asset.key.path[-1] == "partage"]
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([share], instance=instance, raise_on_error=False)
        told = "".join(str(entry) for entry in instance.all_logs(result.run_id))
    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    message = failed.step_failure_data.user_failure_data.description  # type: ignore[union-attr]
    assert said in str(message)
    assert "Le fichier publié est à jour" in str(message)
    assert secret not in told + "".join(capfd.readouterr())


def test_a_password_is_taken_where_the_base_asks_for_one(
    server: Postgres, base: str, publication: Published
) -> None:
    assert sharing.write(publication, server.loopback(base)) > 10_000


def test_without_a_named_base_the_graph_has_no_such_asset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OBSERVATOIRE_PARTAGE", raising=False)
    assert "partage" not in {asset.key.path[-1] for asset in assets.export_assets()}
