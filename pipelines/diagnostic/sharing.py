"""The published tables in the city's PostgreSQL, for many readers at once, from many machines.

One transaction empties and fills every table: a reader has the old publication whole or the new one
whole, and never waits. The tables stay, and with them the rights that an administrator gave; only a
table whose columns have changed is made anew. A view becomes a table: its SQL is DuckDB's.
"""

import io
from collections.abc import Iterable
from contextlib import closing
from typing import Any

import polars as pl
import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from pipelines.diagnostic.published import Published
from pipelines.dictionary import PUBLISHED_SCHEMAS, Table, tables

_TYPES = {
    "varchar": "text",
    "bigint": "bigint",
    "double": "double precision",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp without time zone",
    "varchar[]": "text[]",
}
# Any number, as long as it is the same for all who write.
_TURN = 59350
_CONNECTION_SECONDS = 10


class RefusedError(Exception):
    """The base cannot be reached or refuses; its message is French, and holds no password."""


def write(published: Published, address: str) -> int:
    """Put the tables of a publication in place of those of the base.

    Args:
        published: the publication.
        address: how the base is reached, as libpq reads it.

    Returns:
        The number of rows.

    Raises:
        RefusedError: the base cannot be reached or refuses; its tables stay as they were.
    """
    try:
        with (
            closing(psycopg2.connect(address, connect_timeout=_CONNECTION_SECONDS)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("select pg_advisory_xact_lock(%s)", [_TURN])
            _lay_out(cursor)
            return sum(_fill(cursor, table, published) for table in tables())
    except psycopg2.Error as error:
        # The error's own words may hold the address, and a password in it.
        raise RefusedError(
            f"Base PostgreSQL de partage : {_reason(error)}. Le fichier publié est à jour, et les "
            "tables de la base sont restées telles qu'elles étaient. Remède : vérifier "
            "OBSERVATOIRE_PARTAGE, que la base répond et que son rôle peut y créer des schémas "
            "(docs/exploitation.md), puis relancer."
        ) from None


def _lay_out(cursor: Cursor) -> None:
    """Make the schemas and the tables that the base lacks or has otherwise, and say what all are.

    A table of this role that the dictionary no longer has goes; what others made stays.
    """
    cursor.execute(
        "select n.nspname || '.' || c.relname, array_agg(array[a.attname::text, "
        "format_type(a.atttypid, a.atttypmod)] order by a.attnum) "
        "from pg_class as c join pg_namespace as n on n.oid = c.relnamespace "
        "join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        "where c.relkind = 'r' and c.relowner = current_user::regrole and n.nspname = any(%s) "
        "group by 1",
        [list(PUBLISHED_SCHEMAS)],
    )
    found = dict(cursor.fetchall())
    for schema in PUBLISHED_SCHEMAS:
        cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
    expected = {
        table.full_name: [[column.name, _TYPES[column.data_type]] for column in table.columns]
        for table in tables()
    }
    for name, columns in found.items():
        if expected.get(name) != columns:
            # Without `cascade`: a view that someone made on it is theirs to let go of.
            cursor.execute(sql.SQL("drop table {}").format(sql.Identifier(*name.split(".", 1))))
    for table in tables():
        if found.get(table.full_name) != expected[table.full_name]:
            _create(cursor, table)
        _describe(cursor, table)


def _create(cursor: Cursor, table: Table) -> None:
    parts = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            sql.SQL(_TYPES[column.data_type]),
            sql.SQL(" not null" if column.required else ""),
        )
        for column in table.columns
    ]
    if table.key and all(column.required for column in table.columns if column.name in table.key):
        parts.append(sql.SQL("primary key ({})").format(_names(table.key)))
    cursor.execute(sql.SQL("create table {} ({})").format(_place(table), sql.SQL(", ").join(parts)))


def _describe(cursor: Cursor, table: Table) -> None:
    """Write the definitions of the dictionary as comments: SQL tools show them."""
    cursor.execute(sql.SQL("comment on table {} is %s").format(_place(table)), [table.definition])
    for column in table.columns:
        cursor.execute(
            sql.SQL("comment on column {} is %s").format(
                sql.Identifier(table.schema, table.name, column.name)
            ),
            [column.definition],
        )


def _fill(cursor: Cursor, table: Table, published: Published) -> int:
    """Put the published rows in place of those of a table; returns how many there are."""
    rows = published.rows(f"from {table.full_name} order by all")
    names = [column.name for column in table.columns]
    cursor.execute(sql.SQL("delete from {}").format(_place(table)))
    text = (
        rows.select(names)
        .with_columns(pl.col(pl.List(pl.String)).map_elements(_array, return_dtype=pl.String))
        # What is not quoted and empty is null; a text that is empty is quoted.
        .write_csv(include_header=False, quote_style="non_numeric", null_value="")
    )
    cursor.copy_expert(
        sql.SQL("copy {} ({}) from stdin (format csv)").format(_place(table), _names(names)),
        io.StringIO(text),
    )
    return rows.height


def _array(values: Iterable[Any]) -> str:
    """A list of texts, as PostgreSQL reads one."""
    escaped = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"


def _place(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name)


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _reason(error: psycopg2.Error) -> str:
    """What is wrong, in French, from the class and the code of the error alone."""
    if isinstance(error, psycopg2.errors.InsufficientPrivilege):
        return "le rôle n'a pas le droit d'y écrire les tables"
    if isinstance(error, psycopg2.ProgrammingError) and error.pgcode is None:
        return "l'adresse de la base ne se lit pas"
    if isinstance(error, psycopg2.OperationalError) and error.pgcode is None:
        return "la connexion n'a pas abouti (adresse, droits ou mot de passe)"
    if isinstance(error, psycopg2.errors.DependentObjectsStillExist):
        return "une table a d'autres colonnes qu'avant, et des vues qui ne sont pas d'ici la lisent"
    return f"la base refuse (code {error.pgcode})"
