"""The gate, then the swap: nothing else touches the published file.

The gate refuses while any check that stops has failed, whatever run it failed in: tables are
already in the build file when dbt tests them. The swap copies the described tables into a new file
beside the old one and renames it over: a reader has the old file whole or the new one whole.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl

from pipelines import archive, dictionary, evolutions, recipe
from pipelines.clock import today_in_paris
from pipelines.contracts.base import FAILURES, KEY_RULE, failures
from pipelines.contracts.marts import contract_of
from pipelines.dictionary import Table
from pipelines.errors import writing
from pipelines.naming import OWNERS, raw_key, table_key
from pipelines.schedules import next_committee
from pipelines.settings import build_file, convention, exports_dir, published_file
from pipelines.swap import replaced
from pipelines.warehouse import (
    FRUGAL,
    Warehouse,
    add_rows,
    controls_frame,
    record,
    replace_table,
    rows_table,
    side_by_side,
)

STAGE = "publication"
CHECK = "contrat"
CONTROLS = "qualite.controles"
EDITION = "referentiel.publication"
ENTRIES = "referentiel.entrees"
# What comes in and what dbt tests, then what the contracts of the tables say.
JOURNAL_OF_CONTROLS = " union all ".join(
    "select objet, etape, controle, statut, gravite, observations, nullif(message, '') as message "
    f"from journal.{table}"
    for table in ("controles", "controles_tables")
)
# Which tables have not read a file as it is recorded: another one, none, or one that is no more.
OTHERWISE_READ = """
with recorded as (select unnest(objets) as objet, fichier, sha256 from journal.entrees)
select objet, fichier from recorded full join journal.lectures as lectures using (objet, fichier)
where recorded.sha256 is distinct from lectures.sha256
and objet in (select objet from recorded)
order by all
"""
WRITTEN_HERE = (CONTROLS, evolutions.TABLE, EDITION, ENTRIES)
STORAGE_VERSION = "v1.0.0"
ROWS_AT_ONCE = 1 << 17


def mart_contracts() -> dg.AssetChecksDefinition:
    """The contracts of the marts, as one step: a check for each table that dbt made."""
    tables = [table for table in dictionary.tables() if table.full_name not in WRITTEN_HERE]

    @dg.multi_asset_check(
        name="contrats_des_tables",
        can_subset=True,
        specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=table_key(table.full_name),
                blocking=True,
                description="La table tient ce que promettent le dictionnaire et ses règles.",
            )
            for table in tables
        ],
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult]:
        chosen = {key.asset_key for key in context.selected_asset_check_keys}
        with warehouse.connect() as connection:
            asked = [table for table in tables if table_key(table.full_name) in chosen]
            with side_by_side(connection) as pool:
                cursors = [connection.cursor() for _ in asked]
                found = dict(zip(asked, pool.map(breaches, cursors, asked), strict=True))
            rows = [_control(table, findings) for table, findings in found.items()]
            record(connection, "controles_tables", [row[0] for row in rows], controls_frame(rows))
        broken = [findings for findings in found.values() if not findings.is_empty()]
        context.log.info(f"contrats des tables : {len(found) - len(broken)} tenus sur {len(found)}")
        for table, findings in found.items():
            yield dg.AssetCheckResult(
                asset_key=table_key(table.full_name),
                check_name=CHECK,
                passed=findings.is_empty(),
                description="Tenu : aucune ligne n'y manque."
                if findings.is_empty()
                else _sentence(findings),
                metadata={"lignes_en_cause": rows_table(findings)} if findings.height else {},
            )
        if broken:
            raise dg.Failure(
                description=f"{_sentence(broken[0])} ({len(broken)} table(s) en cause ; le fichier "
                "publié reste tel qu'il était.)",
                allow_retries=False,
            )

    return check


def breaches(connection: duckdb.DuckDBPyConnection, table: Table) -> pl.DataFrame:
    """What the contract of a table finds in it: no row when it holds.

    Rows are held to it some at a time: those of a whole country would not fit in memory.
    """
    references = {column.reference for column in table.columns if column.reference}
    contract = contract_of(table, {name: _values(connection, name) for name in references})
    rows = connection.execute(f"from {table.full_name}").to_arrow_reader(ROWS_AT_ONCE)
    found, seen = [], 0
    for batch in chain([next(rows, rows.schema.empty_table())], rows):
        frame = pl.DataFrame(batch)
        found.append(failures(contract, frame).with_columns(pl.col("ligne") + seen))
        seen += frame.height
    found.append(_repeated(connection, table, rows.schema.names))
    return pl.concat(found).select(
        pl.lit(table.full_name).alias("fichier"),
        pl.lit(STAGE).alias("etape"),
        "ligne",
        pl.coalesce("column", pl.lit("(ligne)")).alias("colonne"),
        pl.col("value").alias("valeur"),
        pl.col("rule").alias("regle"),
        pl.lit("arrêt").alias("gravite"),
    )


def _repeated(
    connection: duckdb.DuckDBPyConnection, table: Table, there: Collection[str]
) -> pl.DataFrame:
    """The keys that several rows have; none where a column of the key is not there."""
    if not table.key or not set(table.key) <= set(there):
        return pl.DataFrame(schema=FAILURES)
    columns = ", ".join(f'"{name}"' for name in table.key)
    keys = connection.execute(
        f"select {columns} from {table.full_name} group by all having count(*) > 1 order by all"
    ).pl()
    named = [f"{name} = " + pl.col(name).cast(pl.String).fill_null("") for name in table.key]
    return keys.select(
        ligne=pl.lit(None, pl.Int64),
        column=pl.lit(None, pl.String),
        value=pl.concat_str(named, separator=", "),
        rule=pl.lit(KEY_RULE),
    )


def _values(connection: duckdb.DuckDBPyConnection, reference: str) -> list[str]:
    """The values of a column that others refer to, named `schema.table.column`."""
    table, _, column = reference.rpartition(".")
    rows = connection.execute(f"select distinct {column} from {table}").fetchall()
    return [value for (value,) in rows]


def publication_assets() -> list[dg.AssetsDefinition]:
    """The report of the checks, then the published file."""
    marts = [
        table_key(table.full_name)
        for table in dictionary.tables()
        if table.full_name not in WRITTEN_HERE
    ]

    @dg.asset(
        key=table_key(CONTROLS),
        deps=marts,
        description="Le résultat de chaque contrôle, de la lecture des fichiers aux tables.",
        group_name="qualite",
        kinds={"duckdb"},
        owners=OWNERS,
    )
    def controls(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> dg.MaterializeResult[None]:
        with warehouse.connect() as connection:
            connection.execute("create schema if not exists qualite")
            connection.execute(
                f"create or replace table {CONTROLS} as select * from ({JOURNAL_OF_CONTROLS})"
            )
            (count,) = connection.execute(f"select count(*) from {CONTROLS}").fetchone() or (0,)
        context.log.info(f"controles : {count} résultats")
        return dg.MaterializeResult(metadata={"dagster/row_count": count})

    published = dg.AssetKey(["publication", "observatoire"])
    changes, edition, entries = map(table_key, (evolutions.TABLE, EDITION, ENTRIES))

    # One step: what has changed is told of the file that is about to be replaced.
    @dg.multi_asset(
        name="__".join(published.path),
        specs=[
            dg.AssetSpec(
                changes,
                deps=[*marts, controls],
                description="Ce qui a changé depuis la publication précédente, et pourquoi.",
                group_name="qualite",
                kinds={"polars", "duckdb"},
                owners=OWNERS,
            ),
            dg.AssetSpec(
                edition,
                deps=[changes],
                description="Ce qui identifie cette publication : son heure, son exécution, la "
                "version du code, ce qui a changé.",
                group_name="publication",
                kinds={"duckdb"},
                owners=OWNERS,
            ),
            dg.AssetSpec(
                entries,
                deps=[raw_key("observatoire_sources")],
                description="Tous les fichiers d'où vient cette publication, avec leur empreinte : "
                "`make rebuild` la refait à partir d'eux.",
                group_name="publication",
                kinds={"duckdb"},
                owners=OWNERS,
            ),
            dg.AssetSpec(
                published,
                deps=[*marts, controls, changes, edition, entries],
                description="Le fichier DuckDB que lisent les analystes, remplacé d'un seul geste. "
                "Le contrôle [fraicheur](/assets/publication/observatoire?view=checks) dit s'il "
                "est prêt pour le prochain comité ; le chemin du dossier est plus bas, et sur la "
                "page du [dossier du comité](/assets/exports/diagnostic).",
                group_name="publication",
                kinds={"duckdb"},
                owners=OWNERS,
            ),
        ],
        can_subset=True,
    )
    def publication(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult[None]]:
        target = published_file()
        with warehouse.connect() as connection:
            _pass_the_gate(connection)
        told, moved = _compare(warehouse, target)
        with warehouse.connect() as connection:
            ((draws,),) = connection.execute("from intermediaire.int_tirages").fetchall()
            replace_table(connection, EDITION, _edition(context.run_id, told, draws))
            connection.execute(
                f"create or replace table {ENTRIES} as "
                "select * exclude (objets) from journal.entrees"
            )
            for name in WRITTEN_HERE:
                _hold(connection, name)
        if changes in context.selected_asset_keys:
            yield dg.MaterializeResult(
                asset_key=changes,
                metadata={"dagster/row_count": moved, "ce_qui_a_change": told},
            )
        if edition in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=edition, metadata={"dagster/row_count": 1})
        if entries in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=entries)
        if published not in context.selected_asset_keys:
            return
        warehouse.close()
        # A refresh killed between the two gestures below has not kept what it published.
        with writing(archive.folder(target)):
            archive.keep_if_forgotten(target)
        with writing(target):
            size = swap(build_file(), target)
        context.log.info(f"publié : {target.name}, {size / 1e6:.1f} Mo")
        yield dg.MaterializeResult(
            asset_key=published,
            metadata={
                "fichier": dg.MetadataValue.path(str(target)),
                "dossier": dg.MetadataValue.path(str(exports_dir() / "diagnostic.html")),
                "prochain_comite": _next_committee(),
                "taille_octets": size,
                "tables": len(dictionary.tables()),
                "ce_qui_a_change": told,
            },
        )
        with writing(archive.folder(target)):
            archive.keep(target)
            archive.let_go(target)

    return [controls, publication]


def _next_committee() -> str:
    committee = next_committee(today_in_paris())
    if committee is None:
        return "La convention ne donne le mois d'aucun comité."
    return f"{committee} (préparation à partir du {committee.due:%d/%m/%Y})"


def _compare(warehouse: Warehouse, target: Path) -> tuple[str, int]:
    """Write what has changed since the published file; tell it, and how many values moved."""
    with evolutions.since(target, warehouse.cursor()) as last, warehouse.connect() as connection:
        made, changes = last or (None, iter(()))
        replace_table(connection, evolutions.TABLE, pl.DataFrame(schema=evolutions.SCHEMA))
        for some in changes:
            add_rows(connection, evolutions.TABLE, some)
        found = connection.execute(f"select indicateur_id, nature from {evolutions.TABLE}").pl()
    told = evolutions.told(found, made)
    if made and made > _now():
        told += (
            " L'horloge de cette machine retarde sur la publication précédente, qui est datée "
            "d'après celle-ci. Remède : régler l'heure, puis relancer."
        )
    return told, found.height


def swap(source: Path, target: Path) -> int:
    """Copy the described tables of `source` into a new file, put in the place of `target`.

    Returns:
        The size of the published file, in bytes.
    """
    with replaced(target) as fresh:
        write(source, fresh)
    return target.stat().st_size


def write(source: Path, fresh: Path) -> None:
    """Write the tables and views of the dictionary, with their comments, into a new file."""
    with duckdb.connect(config=FRUGAL) as connection:
        connection.execute(f"attach '{_quoted(source)}' as travail (read_only)")
        connection.execute(
            f"attach '{_quoted(fresh)}' as publie (storage_version '{STORAGE_VERSION}')"
        )
        described = dictionary.tables()
        for schema in dict.fromkeys(table.schema for table in described):
            connection.execute(f"create schema publie.{schema}")
        tables = [table for table in described if table.kind == "table"]
        with side_by_side(connection) as pool:
            cursors = [connection.cursor() for _ in tables]
            list(pool.map(_copy, cursors, _largest_first(connection, tables)))
        connection.execute("use publie")
        # One transaction: a log flushed for each of eight hundred comments is half of the writing.
        connection.begin()
        for table in described:
            name = f"publie.{table.full_name}"
            if table.kind == "view":
                connection.execute(_definition(connection, table))
            connection.execute(f"comment on {table.kind} {name} is '{_quoted(table.definition)}'")
            for column in table.columns:
                connection.execute(
                    f"comment on column {name}.\"{column.name}\" is '{_quoted(column.definition)}'"
                )
        connection.commit()
        connection.execute("checkpoint publie")


def _largest_first(connection: duckdb.DuckDBPyConnection, tables: list[Table]) -> list[Table]:
    sizes = dict(
        connection.execute(
            "select schema_name || '.' || table_name, estimated_size from duckdb_tables() "
            "where database_name = 'travail'"
        ).fetchall()
    )
    return sorted(tables, key=lambda table: -sizes.get(table.full_name, 0))


def _copy(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    columns = ", ".join(
        f'"{column.name}" {column.data_type}{" not null" if column.required else ""}'
        for column in table.columns
    )
    name = f"publie.{table.full_name}"
    order = ", ".join(f'"{column}"' for column in table.key) or "all"
    connection.begin()
    connection.execute(f"create table {name} ({columns})")
    connection.execute(
        f"insert into {name} by name from travail.{table.full_name} order by {order}"
    )
    connection.commit()


def _definition(connection: duckdb.DuckDBPyConnection, view: Table) -> str:
    """The statement that makes a view: what it reads is named by its schema, not by its file."""
    ((statement,),) = connection.execute(
        "select sql from duckdb_views() where database_name = 'travail' "
        "and schema_name = ? and view_name = ?",
        [view.schema, view.name],
    ).fetchall()
    return str(statement)


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")


def _control(table: Table, findings: pl.DataFrame) -> tuple[str, str, str, str, str, int, str]:
    held = findings.is_empty()
    return (
        table.full_name,
        STAGE,
        CHECK,
        "réussi" if held else "échoué",
        "arrêt",
        findings.height,
        "" if held else _sentence(findings),
    )


def _sentence(findings: pl.DataFrame) -> str:
    first = findings.row(0, named=True)
    line = f"ligne {first['ligne']}, " if first["ligne"] is not None else ""
    return (
        f"{first['fichier']}, {line}colonne {first['colonne']} : "
        f"« {first['valeur']} » ne respecte pas la règle « {first['regle']} ». Remède : remonter "
        "le lignage jusqu'à la source ou au modèle en cause."
    )


def _pass_the_gate(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse to publish while a check that stops has failed or was never made, or a file changes.

    Raises:
        dg.Failure: naming the first check that forbids it, or the file.
    """
    failed = connection.execute(
        f"select objet, controle, message from ({JOURNAL_OF_CONTROLS}) "
        "where statut = 'échoué' and gravite = 'arrêt' order by all"
    ).fetchall()
    if failed:
        name, check, message = failed[0]
        raise dg.Failure(
            description=f"Publication refusée : {name}, contrôle {check} : {message} "
            f"({len(failed)} contrôle(s) en échec ; le fichier publié reste tel qu'il était.)",
            allow_retries=False,
        )
    checked = {
        name
        for (name,) in connection.execute(
            "select objet from journal.controles_tables where etape = ?", [STAGE]
        ).fetchall()
    }
    unchecked = [
        table.full_name
        for table in dictionary.tables()
        if table.full_name not in checked and table.full_name not in WRITTEN_HERE
    ]
    if unchecked:
        raise dg.Failure(
            description=f"Publication refusée : {unchecked[0]} n'a pas passé son contrat. Remède : "
            "lancer le job refresh en entier.",
            allow_retries=False,
        )
    otherwise_read = connection.execute(OTHERWISE_READ).fetchall()
    if otherwise_read:
        name, file = otherwise_read[0]
        raise dg.Failure(
            description=f"Publication refusée : {file} a changé, est arrivé ou est parti pendant "
            f"que les fichiers étaient lus, ou depuis : brut.{name} n'est pas faite de ce qu'il "
            "contient. Remède : relancer le rafraîchissement en entier. (Le fichier publié reste "
            "tel qu'il était.)",
            allow_retries=False,
        )


def _hold(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Hold a table written here to its contract.

    Raises:
        dg.Failure: the contract is broken.
    """
    table = next(table for table in dictionary.tables() if table.full_name == name)
    findings = breaches(connection, table)
    if not findings.is_empty():
        raise dg.Failure(
            description=f"Publication refusée : {_sentence(findings)}", allow_retries=False
        )


def _now() -> datetime:
    """The time of a publication: universal, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _edition(run_id: str, told: str, draws: int) -> pl.DataFrame:
    """What identifies this publication: when, by which run, made with what; what it changes."""
    return pl.DataFrame(
        {
            "publie_le": [_now()],
            "execution_id": [run_id],
            "convention": [convention()],
            "version_code": [recipe.version_of_code()],
            "empreinte_code": [recipe.fingerprint_of_code()],
            "paquets": [recipe.packages()],
            "tirages": [draws],
            "ce_qui_a_change": [told],
        }
    )
