"""What a value is made of: the rules that lead to it, and where each row of each file stands.

The rules are dbt's models, and what is computed before them; the order and the code come from dbt's
manifest, so a new model needs nothing here. A rule has a fingerprint of what it does, not of how it
is laid out or explained: its code without its comments, that of its macros, and of the modules of a
model in Python. Its parameters are told apart, to be named when they change.
"""

import ast
import hashlib
import re
from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import yaml
from polars._typing import PolarsDataType

from pipelines.ingest import placements
from pipelines.ingest.dataset import PROVENANCE, Dataset
from pipelines.ingest.datasets import DATASETS
from pipelines.naming import OWNERS, raw_key
from pipelines.project import manifest
from pipelines.settings import DBT_PROJECT, ROOT
from pipelines.warehouse import Warehouse

RULES, ROWS = "observatoire_modeles", "observatoire_lignes"

# What is computed before dbt: the module of the rule, and the tables that it reads.
COMPUTED = {placements.TABLE: ("pipelines.placement", placements.READ)}

SCHEMA: Mapping[str, PolarsDataType] = {
    "rang": pl.Int64,
    "modele": pl.String,
    "description": pl.String,
    "empreinte": pl.String,
    "parametres": pl.List(pl.String()),
    "amont": pl.List(pl.String()),
    "tables_lues": pl.List(pl.String()),
}


def rules_frame() -> pl.DataFrame:
    """The rules in an order in which each comes after those that it reads.

    Columns: `amont`, the rules that it depends on, itself the last; `tables_lues`, the tables of
    data sets that they read; `parametres`, « name = value ».
    """
    content = manifest()
    nodes = {
        name: node
        for kind in ("nodes", "sources")
        for name, node in content[kind].items()
        if node["resource_type"] in ("model", "source")
    }
    parents = {
        name: sorted(set(node.get("depends_on", {}).get("nodes", [])) & set(nodes))
        for name, node in sorted(nodes.items())
    }
    datasets = {dataset.table for dataset in DATASETS}
    values = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]
    upstream: dict[str, list[str]] = {}
    read: dict[str, set[str]] = {}
    parameters: set[str]
    rows: list[tuple[Any, ...]] = []
    for name in TopologicalSorter(parents).static_order():
        node = nodes[name]
        label = node["name"]
        above = dict.fromkeys(rule for parent in parents[name] for rule in upstream[parent])
        upstream[name] = [rule for rule in (row[1] for row in rows) if rule in above]
        read[name] = {table for parent in parents[name] for table in read[parent]}
        if label in datasets:
            read[name] = {label}
        if label in COMPUTED:
            module, tables = COMPUTED[label]
            read[name] = set(tables)
            code, parameters = _code_of_modules([module]), set()
        elif node["resource_type"] == "model":
            macros = _macros(node, content["macros"])
            code = "\n".join([_code(node), *(_without_comments(macro) for macro in macros)])
            # A model in Python is given its variables by its configuration.
            parameters = {*re.findall(r"""\bvar\(["'](\w+)""", code), *node["config"]}
        else:
            continue
        upstream[name].append(label)
        rows.append(
            (
                len(rows) + 1,
                label,
                " ".join(node["description"].split()) or "Calcul qui précède dbt.",
                fingerprint(code),
                [f"{key} = {values[key]}" for key in sorted(parameters & set(values))],
                list(upstream[name]),
                sorted(read[name]),
            )
        )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def fingerprint(text: str) -> str:
    """Sixteen characters that change when a text does."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _macros(node: Mapping[str, Any], macros: Mapping[str, Any]) -> list[str]:
    """The project's own macros that a model uses, and those that they use."""
    found: dict[str, str] = {}
    waiting = list(node["depends_on"]["macros"])
    while waiting:
        name = waiting.pop()
        macro = macros.get(name)
        if macro is None or macro["package_name"] != node["package_name"] or name in found:
            continue
        found[name] = macro["macro_sql"]
        waiting += macro["depends_on"]["macros"]
    return [found[name] for name in sorted(found)]


def _code(node: Mapping[str, Any]) -> str:
    """The code of a model: its SQL, or its Python and that of the modules it calls."""
    if node["language"] != "python":
        return _without_comments(node["raw_code"])
    tree = ast.parse(node["raw_code"])
    return ast.dump(tree) + _code_of_modules(_imports(tree))


def _without_comments(sql: str) -> str:
    text = re.sub(r"\{#.*?#\}|--[^\n]*", " ", sql, flags=re.S)
    return " ".join(text.split())


def _code_of_modules(names: Iterable[str]) -> str:
    """What modules of the project do, with those that they import; their layout is left out."""
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
        if name in found or not path.is_file():
            continue
        tree = ast.parse(path.read_text("utf-8"))
        found[name] = ast.dump(tree)
        waiting += _imports(tree)
    return "".join(found[name] for name in sorted(found))


def _imports(tree: ast.AST) -> set[str]:
    """The modules of the project that some code may import, by their full names."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.startswith("pipelines.")}


def rows_query(datasets: Iterable[Dataset]) -> str:
    """The rows of every data set: where each stands, its year, what it counts, its fingerprint.

    A line that a layout makes into several rows, one a year, has them all; a row whose data set
    does not say where it stands is one of the whole territory.
    """
    return " union all ".join(_rows_of(dataset) for dataset in datasets)


def _rows_of(dataset: Dataset) -> str:
    nature, columns = (
        (dataset.place.nature, dataset.place.columns) if dataset.place else ("ensemble", ())
    )
    content = [
        name for name in dataset.contract.nothing().columns if name not in {"ligne", *PROVENANCE}
    ]
    cells = ", ".join(f"'{name}': \"{name}\"" for name in content)
    year = f'"{dataset.year}"::bigint' if dataset.year else "null::bigint"
    subject = f'"{dataset.subject}"::varchar' if dataset.subject else "null::varchar"
    return (
        f"select '{dataset.table}' as objet, source_id, ligne, {year} as annee, "
        f"{subject} as sujet, '{nature}' as nature, "
        f"string_split_regex({_cell(columns)}, '\\+|, ') as lieux, geographie, "
        f"left(md5(to_json({{{cells}}})), 16) as empreinte from brut.{dataset.table}"
    )


def _cell(columns: tuple[str, ...]) -> str:
    """The last column speaks where those before it are not the code of an IRIS."""
    if not columns:
        return "null::varchar"
    *others, last = columns
    text = f'"{last}"::varchar'
    for name in reversed(others):
        code = f"replace(\"{name}\", '_', '')"
        text = (
            f"if(regexp_full_match({code}, '\\d[\\dAB]\\d{{7}}') "
            f"and not ends_with({code}, '0000'), {code}, {text})"
        )
    return text


def rows_asset() -> dg.AssetsDefinition:
    """The rows of the files, as a table that dbt reads."""

    @dg.asset(
        key=raw_key(ROWS),
        deps=[raw_key(dataset.table) for dataset in DATASETS],
        description="Chaque ligne de chaque fichier : où elle se tient, son année, son empreinte.",
        group_name="entree_observatoire",
        kinds={"duckdb"},
        owners=OWNERS,
    )
    def load(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
        with warehouse.connect() as connection:
            count = load_rows(connection)
        context.log.info(f"{ROWS} : {count} lignes situées")
        return dg.MaterializeResult(metadata={"dagster/row_count": count})

    return load


def load_rows(connection: duckdb.DuckDBPyConnection) -> int:
    """Write the rows of every data set into the build file; returns how many there are."""
    connection.execute(f"create or replace table brut.{ROWS} as {rows_query(DATASETS)}")
    (count,) = connection.execute(f"select count(*) from brut.{ROWS}").fetchone() or (0,)
    return int(count)
