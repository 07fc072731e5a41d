"""Need, priority and spread of supply, worked out again from the tables that analysts read.

The formulas are written here apart from the pipeline's: a Gini index as a mean of differences, a
score from the published indicators, a probability from the published ranks.
"""

from itertools import pairwise

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.conftest import Refreshed

Warehouse = duckdb.DuckDBPyConnection

FIRST = 3
DISTRICTS = 17


def frame(warehouse: Warehouse, sql: str) -> pl.DataFrame:
    return warehouse.execute(sql).pl()


def indicator(warehouse: Warehouse, name: str) -> pl.DataFrame:
    return frame(
        warehouse,
        "select * from ecart.indicateurs "
        f"where indicateur_id = '{name}' and niveau = 'district' order by territoire_id",
    )


def distances(name: str) -> pl.Expr:
    """Distances to the mean, in standard deviations of all the districts."""
    return (pl.col(name) - pl.col(name).mean()) / pl.col(name).std(ddof=0)


# --- need ----------------------------------------------------------------------------------------


def test_the_index_of_need_is_the_mean_distance_of_its_three_components(
    warehouse: Warehouse,
) -> None:
    components = frame(warehouse, "select * from ecart.indice_besoin")
    assert components.group_by("composante").len()["len"].to_list() == [DISTRICTS] * 3
    found = (
        components.with_columns(distances("valeur").over("composante").alias("distance"))
        .group_by("territoire_id")
        .agg(pl.col("distance").mean(), pl.col("contribution").sum())
        .sort("territoire_id")
    )
    index = indicator(warehouse, "BES04")["valeur"]
    for column in ("distance", "contribution"):
        assert found[column].to_list() == pytest.approx(index.to_list())
    assert sum(index) == pytest.approx(0, abs=1e-9)


def test_the_components_are_the_published_indicators(warehouse: Warehouse) -> None:
    components = frame(warehouse, "select * from ecart.indice_besoin")
    for component, name in {"pauvreté": "BES03", "monoparentalité": "BES02"}.items():
        taken = components.filter(composante=component).select(
            "territoire_id", "millesime", "valeur"
        )
        published = indicator(warehouse, name).select("territoire_id", "millesime", "valeur")
        assert_frame_equal(
            taken.sort("territoire_id"),
            published.filter(pl.col("millesime") == taken["millesime"][0]),
            rel_tol=1e-9,
        )


def test_the_share_of_young_children_is_that_of_the_census(warehouse: Warehouse) -> None:
    taken = frame(
        warehouse, "select * from ecart.indice_besoin where composante = 'jeunes enfants'"
    )
    people = frame(warehouse, "select * from besoin.population where millesime = 2019")
    share = (
        people.filter(tranche_age="0-2 ans")
        .join(people.filter(tranche_age="ensemble"), on="territoire_id")
        .select("territoire_id", share=100 * pl.col("personnes") / pl.col("personnes_right"))
    )
    both = taken.join(share, on="territoire_id")
    assert both.height == DISTRICTS
    assert both["valeur"].to_list() == pytest.approx(both["share"].to_list())


# --- ranks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["BES04", "PRI01"])
@pytest.mark.parametrize("key", ["territoire_id", "rang"])
def test_the_probabilities_of_a_district_and_of_a_rank_sum_to_100(
    warehouse: Warehouse, name: str, key: str
) -> None:
    ranks = frame(warehouse, "select * from ecart.rangs").filter(indicateur_id=name)
    sums = ranks.group_by(key).agg(pl.col("probabilite_pct").sum())
    assert sums.height == DISTRICTS
    assert sums["probabilite_pct"].to_list() == pytest.approx([100] * DISTRICTS)


def test_a_priority_is_the_probability_of_the_first_three_ranks(warehouse: Warehouse) -> None:
    ranks = frame(warehouse, "select * from ecart.rangs").filter(indicateur_id="PRI01")
    first = ranks.group_by("territoire_id").agg(
        pl.col("probabilite_pct").filter(pl.col("rang") <= FIRST).sum().alias("valeur")
    )
    priorities = indicator(warehouse, "PRI01")
    assert_frame_equal(
        first.sort("territoire_id"), priorities.select("territoire_id", "valeur"), abs_tol=1e-9
    )
    assert priorities["valeur"].sum() == pytest.approx(100 * FIRST)
    assert set(priorities["denominateur"]) == {1000}


def test_the_estimate_ranks_the_districts_by_the_published_gap_and_need(
    refreshed: Refreshed, warehouse: Warehouse
) -> None:
    """Stated weights, distances to the mean, catchment of 2 000 m: draw 0 of the build file."""
    with duckdb.connect(str(refreshed.place.build), read_only=True) as build:
        ranked = frame(
            build,
            "select territoire_id, rangs[1] as rang from intermediaire.est_rangs_priorite "
            "where hypothese = 'référence' order by rang",
        )
        access = frame(
            build,
            "select territoire_id, accessibilite[1] as accessibilite "
            "from intermediaire.est_accessibilite "
            "where scenario_id = 'référence' and captage_m = 2000 and variante = 'référence' "
            "and niveau = 'district' and millesime = 2019",
        )
    coverage = indicator(warehouse, "PE03").filter(millesime=2019)
    need = indicator(warehouse, "BES04")
    together = (
        coverage.select("territoire_id", pl.col("valeur").alias("couverture"))
        .join(access, on="territoire_id")
        .join(need.select("territoire_id", pl.col("valeur").alias("besoin")), on="territoire_id")
    )
    scored = together.with_columns(
        (
            distances("besoin") / 2 - distances("couverture") / 4 - distances("accessibilite") / 4
        ).alias("score")
    )
    assert scored.sort("score", descending=True)["territoire_id"].to_list() == (
        ranked["territoire_id"].to_list()
    )


# --- sensitivity ---------------------------------------------------------------------------------


def test_each_assumption_has_three_priorities_that_are_the_likeliest(warehouse: Warehouse) -> None:
    table = frame(warehouse, "select * from ecart.sensibilite")
    for _, rows in table.group_by("hypothese", "modalite"):
        assert rows["probabilite_pct"].sum() == pytest.approx(100 * FIRST)
        chosen, others = rows.filter("prioritaire"), rows.filter(~pl.col("prioritaire"))
        assert (chosen.height, others.height) == (FIRST, DISTRICTS - FIRST)
        assert min(chosen["probabilite_pct"]) >= max(others["probabilite_pct"])


def test_what_moves_in_or_out_is_told_against_the_reference(warehouse: Warehouse) -> None:
    table = frame(warehouse, "select * from ecart.sensibilite")
    reference = table.filter(hypothese="référence").select(
        "territoire_id", pl.col("prioritaire").alias("avant"), pl.col("probabilite_pct").alias("p")
    )
    assert reference.filter("avant").height == FIRST
    told = table.join(reference, on="territoire_id").with_columns(
        pl.when(pl.col("prioritaire") & ~pl.col("avant"))
        .then(pl.lit("entre"))
        .when(~pl.col("prioritaire") & pl.col("avant"))
        .then(pl.lit("sort"))
        .alias("attendue")
    )
    assert told["bascule"].to_list() == told["attendue"].to_list()
    assert told["probabilite_reference_pct"].to_list() == told["p"].to_list()
    assert "entre" in told["bascule"].to_list()


# --- spread of supply ----------------------------------------------------------------------------


def gini(supply: pl.Series, children: pl.Series) -> float:
    """Half the sum of the differences of shares, over all pairs of districts."""
    shares = pl.DataFrame({"offre": supply / supply.sum(), "enfants": children / children.sum()})
    pairs = shares.join(shares, how="cross", suffix="_2")
    total = pairs.select(
        (
            pl.col("offre") * pl.col("enfants_2") - pl.col("offre_2") * pl.col("enfants")
        ).abs().sum()
    ).item()  # fmt: skip
    return float(total) / 2


def spread(warehouse: Warehouse, declination: str) -> float:
    found = warehouse.execute(
        "select valeur from ecart.indicateurs "
        "where indicateur_id = 'EQU01' and declinaison = ? and niveau = 'territoire'",
        [declination],
    ).fetchone()
    assert found is not None
    return float(found[0])


@pytest.mark.parametrize(
    ("name", "supply"),
    [
        ("PE03", "places EAJE"),
        ("LUD01", "ludothèque"),
        ("LAEP01", "LAEP"),
        ("ADO01", "accueil ados"),
        ("ALSH02", "ALSH extrascolaire"),
        ("PERI01", "ALSH périscolaire"),
    ],
)
def test_the_gini_index_is_the_mean_difference_of_the_published_rates(
    warehouse: Warehouse, name: str, supply: str
) -> None:
    rates = indicator(warehouse, name).filter(pl.col("valeur").is_not_null())
    assert rates.height == DISTRICTS
    expected = gini(rates["numerateur"], rates["denominateur"])
    assert 0 < expected < 1
    assert spread(warehouse, f"indice de Gini, {supply}") == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "supply"), [("LUD01", "ludothèque"), ("LAEP01", "LAEP"), ("ADO01", "accueil ados")]
)
def test_children_without_a_service_are_those_of_the_districts_at_zero(
    warehouse: Warehouse, name: str, supply: str
) -> None:
    rates = indicator(warehouse, name)
    without = sum(rates.filter(pl.col("valeur") == 0)["denominateur"])
    found = spread(warehouse, f"enfants sans service dans leur district, {supply}")
    assert found == pytest.approx(100 * without / sum(rates["denominateur"]))
    assert 0 < found < 100


def test_a_type_that_the_registry_leaves_out_is_not_said_to_be_lacking(
    warehouse: Warehouse,
) -> None:
    rows = warehouse.execute(
        "select statut, valeur from ecart.indicateurs "
        "where indicateur_id = 'EQU01' and contains(declinaison, 'micro-crèche')"
    ).fetchall()
    assert rows == [("non calculable", None)] * 2


def test_the_curves_rise_from_the_worst_served_to_all_of_the_supply(warehouse: Warehouse) -> None:
    curves = frame(
        warehouse, "select * from ecart.courbe_lorenz order by type_offre, ordre"
    ).partition_by("type_offre")
    assert len(curves) == 9
    for curve in curves:
        children, supply = (
            curve[f"part_{name}_cumulee_pct"].to_list() for name in ("enfants", "offre")
        )
        assert curve["ordre"].to_list() == list(range(1, DISTRICTS + 1))
        assert (children[-1], supply[-1]) == (pytest.approx(100), pytest.approx(100))
        steps = [
            (high - low) / (right - left)
            for left, right, low, high in zip(
                [0, *children], children, [0, *supply], supply, strict=False
            )
        ]
        assert all(later >= earlier - 1e-9 for earlier, later in pairwise(steps))
