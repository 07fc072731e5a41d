"""The views of the published file: what they answer is what the tables say."""

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines import dictionary
from pipelines.dictionary import Table
from tests.conftest import Refreshed

VIEWS = [table for table in dictionary.tables() if table.kind == "view"]
every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)


def rows(connection: duckdb.DuckDBPyConnection, view: Table, catalogue: str = "") -> pl.DataFrame:
    return connection.execute(f"from {catalogue}{view.full_name} order by all").pl()


@every_view
def test_a_published_view_says_what_that_of_the_build_file_said(
    view: Table, warehouse: duckdb.DuckDBPyConnection, refreshed: Refreshed
) -> None:
    # Publication takes the text that DuckDB prints of a view, which once lost an order of joins.
    with duckdb.connect(str(refreshed.place.build), read_only=True) as build:
        expected = rows(build, view)
    assert expected.height
    assert_frame_equal(rows(warehouse, view), expected)


@every_view
def test_a_view_answers_in_a_file_of_another_name_attached_beside_others(
    view: Table,
    warehouse: duckdb.DuckDBPyConnection,
    refreshed: Refreshed,
    tmp_path: Path,
) -> None:
    moved = shutil.copy(refreshed.place.published, tmp_path / "copie de mai.duckdb")
    with duckdb.connect() as connection:
        # A file of the analyst's own, with the same names in it.
        connection.execute("create schema ecart")
        connection.execute("create table ecart.indicateurs as select 1 as autre_chose")
        connection.execute(f"attach '{moved}' as autre (read_only)")
        found = rows(connection, view, "autre.")
    assert_frame_equal(found, rows(warehouse, view))


def test_one_year_of_each_value_is_the_last_and_it_has_a_value_if_any_has(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    values = warehouse.execute("from vues.indicateurs").pl()
    series = ["indicateur_id", "declinaison", "territoire_id"]
    last = values.filter("dernier")
    assert last.height == values.select(series).n_unique() < values.height
    assert not last.select(series).is_duplicated().any()
    valued = values.filter(pl.col("valeur").is_not_null()).group_by(series)
    latest = valued.agg(pl.col("millesime").max())
    assert latest.join(last, on=[*series, "millesime"], how="anti").is_empty()


def test_the_sheet_of_a_territory_says_what_its_indicators_say(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    differing = warehouse.execute(
        """
        select fiche.territoire_id, valeurs.indicateur_id, fiche.dite, valeurs.valeur
        from (
            unpivot (
                select
                    territoire_id, couverture_eaje_pct as "PE03", accessibilite_eaje_pct as "PE05",
                    places_manquantes as "PE04", familles_monoparentales_pct as "BES02",
                    priorite_pct as "PRI01"
                from vues.fiche_territoire
                where niveau <> 'territoire'
            )
            on columns(* exclude (territoire_id))
            into name indicateur_id value dite
        ) as fiche
        full join (
            from vues.indicateurs
            where
                dernier and valeur is not null
                and indicateur_id in ('PE03', 'PE04', 'PE05', 'BES02', 'PRI01')
        ) as valeurs using (territoire_id, indicateur_id)
        where coalesce(abs(fiche.dite - valeurs.valeur) > 1e-9, true)
        """
    ).fetchall()
    assert differing == []


def test_the_sheet_of_the_whole_territory_has_its_published_places(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    # 2 372 places of the Cnaf in December 2019, 261 services of the annexes.
    found = warehouse.execute(
        "select places_eaje, services from vues.fiche_territoire where niveau = 'territoire'"
    ).fetchone()
    assert found == (pytest.approx(2372), 261)


def test_a_service_counts_once_in_a_district_or_in_those_without_one(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    differing = warehouse.execute(
        """
        select commune, type_service
        from vues.offre_par_type
        group by all
        having
            sum(services) filter (where niveau = 'commune')
            <> coalesce(sum(services) filter (where niveau = 'district'), 0)
            + sum(services_sans_district) filter (where niveau = 'commune')
        """
    ).fetchall()
    assert differing == []
    (total,) = warehouse.execute(
        "select sum(services) from vues.offre_par_type where niveau = 'commune'"
    ).fetchone() or (0,)
    assert total == 261
