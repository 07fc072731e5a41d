"""How things are named in the graph: assets, owners."""

import re
from collections import Counter
from collections.abc import Iterable
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


def file_keys(source_ids: Iterable[str]) -> dict[str, dg.AssetKey]:
    """The key of each file under `sources/`.

    Dagster takes letters, figures and underscores. A name with anything else than dots and dashes
    besides, as « base (1).csv », and those that would have one key, as `caf-2021.csv` and
    `caf_2021.csv`, are told apart by their fingerprint.
    """
    plain = {name: re.sub(r"[^A-Za-z0-9_/]", "_", name) for name in source_ids}
    shared = Counter(plain.values())
    for name, written in plain.items():
        if shared[written] > 1 or not re.fullmatch(r"[A-Za-z0-9_./-]*", name):
            plain[name] += f"_{sha256(name.encode()).hexdigest()[:8]}"
    return {name: dg.AssetKey(["sources", *key.split("/")]) for name, key in plain.items()}


def table_key(full_name: str) -> dg.AssetKey:
    """The key of a table of the build file, `schema.table`."""
    return dg.AssetKey(full_name.split("."))
