"""How things are named in the graph: assets, owners."""

import re
from hashlib import sha256

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
    """The key of a file under `sources/`.

    Dagster takes letters, figures and underscores. A name with anything else than dots and dashes
    besides, as « base (1).csv », is told apart by its fingerprint.
    """
    plain = re.sub(r"[^A-Za-z0-9_/]", "_", source_id)
    if not re.fullmatch(r"[A-Za-z0-9_./-]*", source_id):
        plain += f"_{sha256(source_id.encode()).hexdigest()[:8]}"
    return dg.AssetKey(["sources", *plain.split("/")])


def table_key(full_name: str) -> dg.AssetKey:
    """The key of a table of the build file, `schema.table`."""
    return dg.AssetKey(full_name.split("."))
