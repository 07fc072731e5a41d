"""How things are named in the graph: assets, owners."""

import dagster as dg

OWNERS = ["team:observatoire"]
VINTAGES = "millesimes"
# The schema of what comes in about the neighbours: each table beside its namesake of `brut`.
NEIGHBOURS = "voisins"


def raw_key(table: str) -> dg.AssetKey:
    """The key of a table of the schema `brut`."""
    return dg.AssetKey(["brut", table])


def vintage_key(table: str) -> dg.AssetKey:
    """The key of the vintages of a table of the schema `brut`, one partition a year."""
    return dg.AssetKey([VINTAGES, table])


def file_key(source_id: str) -> dg.AssetKey:
    """The key of a file under `sources/`."""
    return dg.AssetKey(["sources", *source_id.replace(".", "_").replace("-", "_").split("/")])


def table_key(full_name: str) -> dg.AssetKey:
    """The key of a table of the build file, `schema.table`."""
    return dg.AssetKey(full_name.split("."))
