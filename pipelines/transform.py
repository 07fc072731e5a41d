"""The models of the dbt project as Dagster assets, and its tests as checks.

One step runs them all (`rules.py`), and tells Dagster what became of each. A view of preparation
holds nothing: it is a virtual asset, in the lineage but without an event of its own, which spares a
sixth of a refresh. A published view is an asset like a table.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
import polars as pl

from pipelines.errors import refusal
from pipelines.ingest.containers import let_go
from pipelines.memory import give_back
from pipelines.naming import NEIGHBOURS, OWNERS, raw_key
from pipelines.project import Node, manifest
from pipelines.rules import BROKEN, FAILED, HELD, MADE, WARNED, Outcome, run
from pipelines.settings import build_file
from pipelines.warehouse import Warehouse, controls_frame, record, rows_table


@contextmanager
def _without_dbt() -> Iterator[None]:
    """Have dagster-dbt find no dbt: it reads a manifest without it, and saves its second of import.

    dbt itself is imported where it compiles (`project.py`).
    """
    loaded = sys.modules.get("dbt.version")
    sys.modules["dbt.version"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if loaded:
            sys.modules["dbt.version"] = loaded
        else:
            del sys.modules["dbt.version"]


with _without_dbt():
    from dagster_dbt import (
        DagsterDbtTranslator,
        DagsterDbtTranslatorSettings,
        DbtProject,
        dbt_assets,
    )

STAGE = "dbt"

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


def models() -> dg.AssetsDefinition:
    """All the models and their tests."""

    @dbt_assets(manifest=manifest(), dagster_dbt_translator=FrenchTranslator(), name="dbt")
    def build(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        translator = FrenchTranslator()
        nodes: Mapping[str, Node] = manifest()["nodes"]
        chosen = {
            name: node
            for name, node in nodes.items()
            if node["resource_type"] == "model"
            and translator.get_asset_key(node) in context.selected_asset_keys
        }
        tests = {
            name: node
            for name, node in nodes.items()
            if node["resource_type"] == "test" and not chosen.keys().isdisjoint(_read(node))
        }
        # A table that is made anew has to pass its contract anew: until then the gate is shut.
        with warehouse.connect() as connection:
            connection.execute(
                "delete from journal.controles_tables where objet in (select unnest(?))",
                [[f"{node['schema']}.{node['alias']}" for node in chosen.values()]],
            )
        # What came in is in the build file.
        let_go()
        give_back()
        outcomes = run(warehouse.cursor(), chosen | tests)
        made = [outcome for outcome in outcomes if outcome.status == MADE]
        tested = [outcome for outcome in outcomes if outcome.node["resource_type"] == "test"]
        held = sum(outcome.status == HELD for outcome in tested)
        context.log.info(f"dbt : {len(made)} modèles, {held} tests réussis sur {len(tested)}")
        with warehouse.connect() as connection:
            columns = _columns(connection)
            rows = [_control(outcome, nodes) for outcome in tested]
            # A whole run also forgets the tests that the project no longer has.
            told = [f"{row[0]}.{row[2]}" for row in rows]
            connection.execute(
                "delete from journal.controles where etape = ? "
                "and (? or objet || '.' || controle in (select unnest(?)))",
                [STAGE, not context.is_subset, told],
            )
            record(connection, "controles", [], controls_frame(rows))
            offenders = {
                outcome.node["unique_id"]: _offenders(connection, outcome)
                for outcome in tested
                if outcome.rows
            }
            counts = _counts(connection, made)
        for outcome in made:
            node = outcome.node
            if _is_virtual(node):
                continue
            metadata: dict[str, Any] = {
                "duree_s": round(outcome.seconds, 2),
                "dagster/column_schema": columns.get((node["schema"], node["alias"])),
                "dagster/row_count": counts.get(node["unique_id"]),
            }
            yield dg.MaterializeResult(
                asset_key=translator.get_asset_key(node),
                metadata={name: value for name, value in metadata.items() if value is not None},
            )
        for outcome in tested:
            node = outcome.node
            check = dg.AssetCheckKey(translator.get_asset_key(_tested(node, nodes)), node["name"])
            if check not in context.selected_asset_check_keys:
                continue
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=outcome.status == HELD,
                severity=dg.AssetCheckSeverity.WARN
                if outcome.status == WARNED
                else dg.AssetCheckSeverity.ERROR,
                description=_told(outcome),
                metadata={"lignes_en_cause": rows_table(offenders[node["unique_id"]])}
                if outcome.rows
                else {},
            )
        _stop([outcome for outcome in outcomes if outcome.stops], offenders)

    return build


def _stop(broken: Sequence[Outcome], offenders: Mapping[str, pl.DataFrame]) -> None:
    """Go no further where a model or a test stopped.

    Raises:
        dg.Failure: one did; the message is about the first of them.
        SourceError: the build file could not be written.
    """
    if broken:
        refused = refusal(broken[0].message, build_file())
        if refused:
            raise refused
        raise dg.Failure(
            description=f"dbt_project, {_complaint(broken[0], offenders)} Remède : corriger la "
            f"source ou le modèle ({len(broken)} échec(s) ; le fichier publié reste tel qu'il "
            "était.)",
            allow_retries=False,
        )


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


def _read(node: Node) -> list[str]:
    names: list[str] = node["depends_on"]["nodes"]
    return names


def _tested(node: Node, nodes: Mapping[str, Node]) -> Node:
    """The model that a test is about: its own, or the one that its configuration names."""
    named = node["config"]["meta"].get("dagster", {}).get("ref", {}).get("name")
    return nodes[node.get("attached_node") or f"model.{node['package_name']}.{named}"]


def _told(outcome: Outcome) -> str:
    """The result of a test, in a few words: what it looks for is in the check's own description."""
    if outcome.status == HELD:
        return "Tenu : aucune ligne en cause."
    if outcome.status == FAILED:
        return f"La requête a échoué : {_on_one_line(outcome.message)}."
    return f"{outcome.rows} ligne(s) en cause ; les premières sont ci-dessous."


def _complaint(outcome: Outcome, offenders: Mapping[str, pl.DataFrame]) -> str:
    """What is wrong: for a test, its description and the first row that breaks it."""
    node = outcome.node
    if outcome.status != BROKEN:
        return f"{node['original_file_path']} : {_on_one_line(outcome.message)}."
    rows = offenders[node["unique_id"]]
    first = ", ".join(f"{name} = {value}" for name, value in rows.row(0, named=True).items())
    told = node["description"].strip().removesuffix(".")
    return f"contrôle {node['name']} : {told} ({first})."


def _on_one_line(message: str) -> str:
    return " ".join(message.split()).removesuffix(".")


def _control(
    outcome: Outcome, nodes: Mapping[str, Node]
) -> tuple[str, str, str, str, str, int, str]:
    node = outcome.node
    tested = _tested(node, nodes)
    status = {HELD: "réussi", WARNED: "averti"}.get(outcome.status, "échoué")
    return (
        f"{tested['schema']}.{tested['alias']}",
        STAGE,
        node["name"],
        status,
        "avertissement" if node["config"]["severity"].lower() == "warn" else "arrêt",
        outcome.rows,
        "" if status == "réussi" else node["description"] or outcome.message,
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


def _counts(connection: Any, made: Sequence[Outcome]) -> dict[str, int]:
    """Rows of each table that was made; a view is not counted, that would run it."""
    sizes = dict(
        connection.execute(
            "select schema_name || '.' || table_name, estimated_size from duckdb_tables()"
        ).fetchall()
    )
    names = {
        node["unique_id"]: f"{node['schema']}.{node['alias']}"
        for node in (outcome.node for outcome in made)
    }
    return {key: sizes[name] for key, name in names.items() if name in sizes}


def _offenders(connection: Any, outcome: Outcome) -> pl.DataFrame:
    """The first rows for which a test fails."""
    frame: pl.DataFrame = connection.execute(
        f"select * from ({outcome.node['compiled_code']}) limit 50"
    ).pl()
    return frame
