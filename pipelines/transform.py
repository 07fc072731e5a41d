"""dbt as Dagster assets and checks: one start of dbt, in this process, for all the models.

dbt is run through its programmatic runner, which saves the start of a second interpreter (a
subprocess took 15 to 18 s where this takes 9 to 12), and its results are told to Dagster here.
dbt leaves a handle on the build file open when it is done: it is closed before anything else opens
the file. A view of preparation holds nothing: it is a virtual asset, in the lineage but without an
event of its own, which spares a sixth of a refresh. A published view is an asset like a table.
"""

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtProject,
    dbt_assets,
)

from pipelines.naming import NEIGHBOURS, OWNERS, raw_key
from pipelines.settings import DBT_PROJECT, build_file
from pipelines.warehouse import Warehouse, controls_frame, record, rows_table

STAGE = "dbt"
PARSED = "partial_parse.msgpack"

_LAYERS = {
    "staging": "preparation",
    "intermediate": "calculs",
    "estimations": "estimations",
    "indicateurs": "indicateurs",
}

_INTERNAL = ("dagster_dbt/", "dagster-dbt/", "dagster/storage_kind")


class FrenchTranslator(DagsterDbtTranslator):
    """How dbt's nodes are named, grouped and owned in the graph."""

    def __init__(self) -> None:
        super().__init__(
            DagsterDbtTranslatorSettings(
                enable_dbt_views_as_virtual_assets=True,
                # One asset makes a table of the territory and that of its neighbours.
                enable_duplicate_source_asset_keys=True,
            )
        )

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """The asset without what dagster-dbt notes for itself: its page would show it.

        A published view is an asset like a table: its contract is a check of it.
        """
        spec = super().get_asset_spec(manifest, unique_id, project)
        shown = {
            name: value for name, value in spec.metadata.items() if not name.startswith(_INTERNAL)
        }
        node = self.get_resource_props(manifest, unique_id)
        return spec.replace_attributes(metadata=shown, is_virtual=_is_virtual(node))

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Any, unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        """The check with the description of its test, which says when it fails."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        told = str(manifest["nodes"][unique_id]["description"])
        verb = "Échoue" if spec.blocking else "Avertit"
        return dg.AssetCheckSpec(
            spec.name,
            asset=spec.asset_key,
            description=f"{verb} quand {told[:1].lower()}{told[1:]}",
            additional_deps=spec.additional_deps,
            blocking=spec.blocking,
        )

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`brut/<table>` for what comes in, `<schema>/<table>` for what dbt makes."""
        if dbt_resource_props["resource_type"] == "source":
            if dbt_resource_props["schema"] in ("brut", NEIGHBOURS):
                return raw_key(dbt_resource_props["name"])
            return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["alias"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer for what analysts do not read, the schema for what they do."""
        layer = dbt_resource_props["fqn"][1] if len(dbt_resource_props["fqn"]) > 1 else ""
        return _LAYERS.get(layer, str(dbt_resource_props["schema"]))

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The description alone: the SQL has its own tab."""
        return str(dbt_resource_props.get("description", ""))

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:  # noqa: ARG002
        """The observatory."""
        return OWNERS


def _is_virtual(node: Mapping[str, Any]) -> bool:
    """Whether a node is a view that nobody reads but dbt."""
    return node["config"].get("materialized") == "view" and "marts" not in node["fqn"]


def run_dbt(*arguments: str, parsed: bool = False) -> Any:
    """One dbt command in this process; returns dbt's result.

    With `parsed`, the project is taken as `prepare` parsed it: dbt would parse it all anew for
    another build file, and look at each of its files for the same.

    Raises:
        dg.Failure: dbt did not start, or a model does not compile.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import cleanup_connections
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    os.environ |= {"OBSERVATOIRE_TRAVAIL": str(build_file()), "DBT_TARGET_PATH": str(target_dir())}
    common = [
        "--project-dir", str(DBT_PROJECT),
        "--profiles-dir", str(DBT_PROJECT),
        "--log-level", "none",
        "--log-level-file", "none",
    ]  # fmt: skip
    project = Manifest.from_msgpack((target_dir() / PARSED).read_bytes()) if parsed else None
    outcome = dbtRunner(manifest=project).invoke([*arguments, *common])
    cleanup_connections()
    DuckDBConnectionManager.close_all_connections()
    if outcome.exception:
        raise dg.Failure(
            description=f"dbt n'a pas pu travailler : {outcome.exception}", allow_retries=False
        )
    return outcome.result


def target_dir() -> Path:
    """Where dbt writes what it compiles, beside the build file."""
    return build_file().parent / "dbt"


def prepare() -> Path:
    """The path of dbt's manifest, written anew if absent or older than the project's files."""
    path = target_dir() / "manifest.json"
    both = path.is_file() and (target_dir() / PARSED).is_file()
    if not both or path.stat().st_mtime < _newest(DBT_PROJECT):
        # A partial parse forgets what YAML says of a singular test whose SQL has changed.
        run_dbt("parse", "--no-partial-parse")
    return path


def _newest(project: Path) -> float:
    files = [path for path in project.iterdir() if path.is_file()]
    for folder in ("macros", "models", "tests"):
        files += [path for path in (project / folder).rglob("*") if path.is_file()]
    return max(path.stat().st_mtime for path in files)


@cache
def manifest() -> dict[str, Any]:
    """dbt's manifest: its models, their columns, their tests."""
    content: dict[str, Any] = json.loads(prepare().read_text("utf-8"))
    return content


def models() -> dg.AssetsDefinition:
    """All the models and their tests."""

    @dbt_assets(manifest=manifest(), dagster_dbt_translator=FrenchTranslator(), name="dbt")
    def build(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        translator = FrenchTranslator()
        nodes = manifest()["nodes"]
        chosen = [
            node
            for node in nodes.values()
            if node["resource_type"] == "model"
            and translator.get_asset_key(node) in context.selected_asset_keys
        ]
        # A table that is made anew has to pass its contract anew: until then the gate is shut.
        tables = [f"{node['schema']}.{node['alias']}" for node in chosen]
        with warehouse.connect() as connection:
            connection.execute(
                "delete from journal.controles_tables where objet in (select unnest(?))", [tables]
            )
        warehouse.close()
        selection = ["--select", *(node["name"] for node in chosen)] if context.is_subset else []
        # The manifest was written when the project was parsed: to write it again is half a second.
        results = run_dbt(
            "build",
            "--no-write-json",
            "--exclude-resource-type",
            "unit_test",
            *selection,
            parsed=True,
        )
        built = [result for result in results if result.node.resource_type == "model"]
        tests = [result for result in results if result.node.resource_type == "test"]
        passed = sum(result.status == "pass" for result in tests)
        context.log.info(f"dbt : {len(built)} modèles, {passed} tests réussis sur {len(tests)}")
        with warehouse.connect() as connection:
            columns = _columns(connection)
            rows = [_control(result, nodes) for result in tests]
            # A whole run also forgets the tests that the project no longer has.
            made = [f"{row[0]}.{row[2]}" for row in rows]
            connection.execute(
                "delete from journal.controles where etape = ? "
                "and (? or objet || '.' || controle in (select unnest(?)))",
                [STAGE, not context.is_subset, made],
            )
            record(connection, "controles", [], controls_frame(rows))
            offenders = {
                result.node.unique_id: _offenders(connection, result)
                for result in tests
                if result.status in ("fail", "warn")
            }
            counts = _counts(connection, [result.node for result in built])
        for result in built:
            node = nodes[result.node.unique_id]
            if result.status != "success" or _is_virtual(node):
                continue
            metadata: dict[str, Any] = {
                "duree_s": round(result.execution_time, 2),
                "dagster/column_schema": columns.get((node["schema"], node["alias"])),
                "dagster/row_count": counts.get(result.node.unique_id),
            }
            yield dg.MaterializeResult(
                asset_key=translator.get_asset_key(node),
                metadata={name: value for name, value in metadata.items() if value is not None},
            )
        for result in tests:
            node = nodes[result.node.unique_id]
            check = dg.AssetCheckKey(translator.get_asset_key(_tested(node, nodes)), node["name"])
            if check not in context.selected_asset_check_keys:
                continue
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=result.status == "pass",
                severity=dg.AssetCheckSeverity.WARN
                if result.status == "warn"
                else dg.AssetCheckSeverity.ERROR,
                description=_told(result),
                metadata={"lignes_en_cause": rows_table(offenders[result.node.unique_id])}
                if result.node.unique_id in offenders
                else {},
            )
        broken = [
            result for result in results if result.status in ("error", "fail", "runtime error")
        ]
        if broken:
            raise dg.Failure(
                description=f"dbt_project, {_complaint(broken[0], offenders)} Remède : corriger la "
                f"source ou le modèle ({len(broken)} échec(s) ; le fichier publié reste tel qu'il "
                "était.)",
                allow_retries=False,
            )

    return build


def journals() -> list[dg.AssetSpec]:
    """What the entry writes about itself and the models read: tables that no asset makes whole."""
    translator = FrenchTranslator()
    return [
        dg.AssetSpec(
            translator.get_asset_key(source),
            description=source["description"],
            group_name="entree_observatoire",
            kinds={"duckdb"},
            owners=OWNERS,
        )
        for source in manifest()["sources"].values()
        if source["schema"] == "journal"
    ]


def _tested(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> Mapping[str, Any]:
    """The model that a test is about: its own, or the one that its configuration names."""
    named = node["config"]["meta"].get("dagster", {}).get("ref", {}).get("name")
    unique_id = node.get("attached_node") or f"model.{node['package_name']}.{named}"
    model: Mapping[str, Any] = nodes[unique_id]
    return model


def _told(result: Any) -> str:
    """The result of a test, in a few words: what it looks for is in the check's own description."""
    if result.status == "pass":
        return "Tenu : aucune ligne en cause."
    return f"{result.failures or 'Plusieurs'} ligne(s) en cause ; les premières sont ci-dessous."


def _complaint(result: Any, offenders: Mapping[str, pl.DataFrame]) -> str:
    """What dbt complains of: for a test, its description and the first row that breaks it."""
    node = result.node
    rows = offenders.get(node.unique_id)
    if rows is None:
        return f"{node.original_file_path} : {' '.join(str(result.message).split())}."
    first = ", ".join(f"{name} = {value}" for name, value in rows.row(0, named=True).items())
    told = str(node.description or result.message).strip().removesuffix(".")
    return f"contrôle {node.name} : {told} ({first})."


def _control(result: Any, nodes: Mapping[str, Any]) -> tuple[str, str, str, str, str, int, str]:
    node = nodes[result.node.unique_id]
    tested = _tested(node, nodes)
    status = {"pass": "réussi", "warn": "averti"}.get(str(result.status), "échoué")
    severity = "avertissement" if node["config"]["severity"].lower() == "warn" else "arrêt"
    return (
        f"{tested['schema']}.{tested['alias']}",
        STAGE,
        node["name"],
        status,
        severity,
        int(result.failures or 0),
        "" if status == "réussi" else str(node["description"] or result.message),
    )


def _columns(connection: Any) -> dict[tuple[str, str], dg.TableSchema]:
    rows = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where not internal order by column_index"
    ).fetchall()
    found: dict[tuple[str, str], list[dg.TableColumn]] = {}
    for schema, table, column, data_type in rows:
        found.setdefault((schema, table), []).append(dg.TableColumn(column, data_type))
    return {name: dg.TableSchema(columns) for name, columns in found.items()}


def _counts(connection: Any, nodes: list[Any]) -> dict[str, int]:
    """Rows of each table that dbt wrote; a view is not counted, that would run it."""
    sizes = dict(
        connection.execute(
            "select schema_name || '.' || table_name, estimated_size from duckdb_tables()"
        ).fetchall()
    )
    names = {node.unique_id: f"{node.schema}.{node.alias}" for node in nodes}
    return {key: sizes[name] for key, name in names.items() if name in sizes}


def _offenders(connection: Any, result: Any) -> pl.DataFrame:
    """The first rows for which a dbt test fails."""
    frame: pl.DataFrame = connection.execute(
        f"select * from ({result.node.compiled_code}) limit 50"
    ).pl()
    return frame
