"""The attacker against the published file: no cell that the Caf hides can be worked out from it.

What the attacker knows: the Caf's files by IRIS, as published, with the totals that they give;
every exact figure of ours that is a sum of their cells. What it wants: a cell of a masked row, or a
blank.
"""

from collections.abc import Hashable

import duckdb
import polars as pl
import pytest

from pipelines.settings import ROOT
from tests.attacker import Equation, worked_out

VINTAGES = (2019, 2020)
CHILDREN = ("ENF_2", "ENF_3_5", "ENF_6_10", "ENF_11_14", "ENF_15_17", "ENF_18_24")
HOUSEHOLDS = ("AI", "AM", "ACSSENF", "ACAVENF")
COLUMNS = ("A", "PERCOU", "AC3ENF", "ENF", *HOUSEHOLDS, *CHILDREN)
# What each measure of besoin.allocataires adds up, from the dictionary of the Caf's file.
MEASURES: dict[tuple[str, str], tuple[str, ...]] = {
    ("foyers allocataires", "sans objet"): ("A",),
    ("personnes couvertes", "sans objet"): ("PERCOU",),
    ("foyers monoparentaux", "sans objet"): ("AM",),
    ("foyers en couple avec enfant", "sans objet"): ("ACAVENF",),
    ("enfants couverts", "0-2 ans"): ("ENF_2",),
    ("enfants couverts", "3-5 ans"): ("ENF_3_5",),
    ("enfants couverts", "6-10 ans"): ("ENF_6_10",),
    ("enfants couverts", "11-17 ans"): ("ENF_11_14", "ENF_15_17"),
    ("enfants couverts", "0-17 ans"): CHILDREN[:-1],
}
# The communes of the convention, as the catalogue of its territory says, by prefix of the IRIS.
COMMUNES: dict[str, tuple[str, ...]] = {
    "59298": ("5935024", "5935025", "5935026"),
    "59355": ("5935027", "5935028", "5935029", "5935030"),
    "59350-LILLE": tuple(f"59350{number:02}" for number in range(1, 11)),
}


def file_of(vintage: int) -> pl.DataFrame:
    path = ROOT / "sources" / "caf" / f"data_CAF_{vintage}_IRIS.csv"
    return pl.read_csv(path, separator=";", infer_schema=False)


def hidden_in(file: pl.DataFrame) -> set[Hashable]:
    """The cells of masked rows, and the blank cells of the others."""
    return {
        (row["CODGEO"], column)
        for row in file.to_dicts()
        for column in COLUMNS
        if row["NOTE"] != "0" or not row[column]
    }


def of_the_file(file: pl.DataFrame) -> list[Equation]:
    """What the file says of itself: children are those of each age, households of each kind."""
    return [
        {(iris, total): -1} | {(iris, part): 1 for part in parts}
        for iris in file["CODGEO"]
        for total, parts in (("ENF", CHILDREN), ("A", HOUSEHOLDS))
    ]


def within(iris: str, territory: str) -> bool:
    return iris.startswith(COMMUNES.get(territory, (territory,)))


def of_the_marts(
    warehouse: duckdb.DuckDBPyConnection, vintage: int, file: pl.DataFrame
) -> list[Equation]:
    """What our tables tell exactly: a floor that is also a ceiling, a rate without a margin."""
    exact = warehouse.execute(
        """
        select territoire_id, mesure, tranche_age
        from besoin.allocataires
        where millesime = ? and borne_basse = borne_haute
        union all
        select territoire_id, 'enfants couverts', declinaison
        from ecart.indicateurs
        where indicateur_id = 'BES01' and millesime = ? and statut = 'calculé'
        """,
        [vintage, vintage],
    ).fetchall()
    return [
        {
            (iris, column): 1
            for iris in file["CODGEO"]
            if within(iris, territory)
            for column in MEASURES[measure, band]
        }
        for territory, measure, band in exact
    ]


@pytest.mark.parametrize("vintage", VINTAGES)
def test_no_hidden_cell_of_an_iris_is_worked_out_from_what_is_published(
    vintage: int, warehouse: duckdb.DuckDBPyConnection
) -> None:
    file = file_of(vintage)
    hidden, told = hidden_in(file), of_the_marts(warehouse, vintage, file)
    assert len(hidden) > 200
    assert len(told) > 50
    assert worked_out(hidden, of_the_file(file)) == set()
    assert worked_out(hidden, [*of_the_file(file), *told]) == set()


@pytest.mark.parametrize("vintage", VINTAGES)
def test_the_attacker_would_find_a_cell_that_one_exact_total_too_many_gives(vintage: int) -> None:
    file = file_of(vintage)
    masked = file.filter(pl.col("NOTE") != "0")["CODGEO"]
    alone = next(iris for iris in masked if sum(other[:7] == iris[:7] for other in masked) == 1)
    district: Equation = {(iris, "A"): 1 for iris in file["CODGEO"] if iris[:7] == alone[:7]}
    found = worked_out(hidden_in(file), [*of_the_file(file), district])
    assert (alone, "A") in found


def test_every_measure_of_the_caf_by_iris_is_attacked(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    measures = warehouse.execute("select distinct mesure, tranche_age from besoin.allocataires")
    assert set(measures.fetchall()) == set(MEASURES)


def test_no_figure_of_people_is_published_by_iris(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    figures = warehouse.execute(
        """
        select table_name || '.' || column_name
        from information_schema.columns
        where
            data_type in ('DOUBLE', 'BIGINT', 'INTEGER')
            and (table_schema, table_name) in (
                select table_schema, table_name
                from information_schema.columns
                where column_name like '%iris%' and data_type = 'VARCHAR'
            )
        """
    ).fetchall()
    assert {name for (name,) in figures} == {"iris.lon", "iris.lat", "iris.surface_km2"}


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("besoin.allocataires", "borne_(basse|haute)"),
        ("besoin.quartiers_prioritaires", "(foyers|personnes|enfants).*"),
        ("besoin.familles", "familles_.*"),
        ("besoin.naissances", "naissances"),
    ],
)
def test_no_count_from_one_to_four_people_or_families_is_published(
    table: str, columns: str, warehouse: duckdb.DuckDBPyConnection
) -> None:
    counts = warehouse.execute(f"select columns('^{columns}$') from {table}").pl()
    assert counts.height > 0
    assert counts.width > 0
    small = counts.select(pl.all().cast(pl.Float64).is_between(0, 5, closed="none").any())
    assert not any(small.row(0))
