"""Weights, standardisation and ranks of the districts: by hand, and whatever the figures."""

import math
from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from polars.testing import assert_frame_equal

from pipelines.estimation import priority
from pipelines.estimation.draws import DRAWN, KNOWN_CENSUS, KNOWN_PLACES, Floats, listed
from tests.pipelines.estimation.test_draws import in_rows

SEED, CATCHMENT = 2021, 2000
STATED = {"couverture": 1.0, "accessibilité": 1.0, "besoin": 2.0}
DRAWS = 40
REFERENCE_VARIANT = {"couverture": "référence", "accessibilité": "2000 m", "besoin": "référence"}

# Whole numbers: two that differ do so by more than rounding.
measures = arrays.arrays(np.float64, (6, 5), elements=st.integers(0, 50).map(float))


def criterion_rows(criterion: str, variant: str, values: Floats, names: list[str]) -> pl.DataFrame:
    """Rows of a criterion from an array of shape (districts, 1 + draws)."""
    keys = {"critere": criterion, "variante": variant, "territoire_id": names}
    return listed(pl.DataFrame(keys), values, "valeurs")


def access_variants(metres: int) -> list[str]:
    return [f"{metres} m", f"{metres} m, {KNOWN_CENSUS}", f"{metres} m, {KNOWN_PLACES}"]


def drawn_criteria(districts: int = 6, seed: int = 1) -> pl.DataFrame:
    """Criteria of some districts, in several variants, drawn apart from the pipeline's streams."""
    random = np.random.default_rng(seed)
    names = [f"D{number}" for number in range(districts)]
    return pl.concat(
        criterion_rows(criterion, variant, random.uniform(5, 40, (districts, 1 + DRAWS)), names)
        for criterion, variants in {
            "couverture": (DRAWN, KNOWN_CENSUS, KNOWN_PLACES),
            "accessibilité": [
                name for metres in (1000, 2000, 3000) for name in access_variants(metres)
            ],
            "besoin": (DRAWN, KNOWN_CENSUS, "poids énoncés", "sans jeunes enfants"),
        }.items()
        for variant in variants
    )


def drawn_weights(draws: int = DRAWS) -> pl.DataFrame:
    return priority.weights({"PRI01": STATED}, draws=draws, seed=SEED, concentration=20)


def ranks(criteria: pl.DataFrame, weights: pl.DataFrame | None = None) -> pl.DataFrame:
    """The ranks, one row a draw: hypothese, modalite, territoire_id, tirage, rang."""
    frames = priority.ranks(
        criteria,
        drawn_weights() if weights is None else weights,
        seed=SEED,
        catchment=CATCHMENT,
    )
    return in_rows(pl.concat(frames), "rangs").rename({"rangs": "rang"})


# --- standardisation -----------------------------------------------------------------------------


def test_standardised_values_by_hand() -> None:
    # Mean 4, deviations −3, −1, 1, 3: standard deviation √(20 / 4) = √5.
    column = np.array([[1.0], [3.0], [5.0], [7.0]])
    deviations = [[-3 / math.sqrt(5)], [-1 / math.sqrt(5)], [1 / math.sqrt(5)], [3 / math.sqrt(5)]]
    np.testing.assert_allclose(priority.z_scores(column), deviations)
    np.testing.assert_allclose(priority.min_max(column), [[0.0], [1 / 3], [2 / 3], [1.0]])
    # Two equal values share the ranks 1 and 2 of 0 to 3: one half of 3 each.
    tied = np.array([[9.0], [4.0], [4.0], [1.0]])
    np.testing.assert_allclose(priority.rank_shares(tied), [[1.0], [0.5], [0.5], [0.0]])


@pytest.mark.parametrize("standard", priority.STANDARDS)
def test_districts_all_alike_are_told_apart_by_nothing(standard: str) -> None:
    alike = priority.STANDARDS[standard](np.full((17, 3), 0.1))
    assert np.all(alike == alike[0])
    assert np.isfinite(alike).all()


@given(measures)
def test_a_standard_keeps_the_order_of_the_districts(values: Floats) -> None:
    for standard in priority.STANDARDS.values():
        standardised = standard(values)
        above = values[:, None] > values[None]
        assert np.all((standardised[:, None] > standardised[None])[above])
        equal = values[:, None] == values[None]
        assert np.allclose((standardised[:, None] - standardised[None])[equal], 0)


def test_a_component_is_standardised_among_the_districts_of_its_draw_that_have_it() -> None:
    # At the estimate 30 and 10 are one standard deviation from their mean; on the draw the two
    # districts are alike; one district alone is at its mean.
    rows = [
        ("jeunes enfants", "B", [30.0, 50.0]),
        ("jeunes enfants", "A", [10.0, 50.0]),
        ("pauvreté", "A", [5.0, 6.0]),
    ]
    components = pl.DataFrame(rows, ["composante", "territoire_id", "valeurs"], orient="row")
    assert priority.standardised(components).rows() == [
        ("jeunes enfants", "A", [-1.0, 0.0]),
        ("jeunes enfants", "B", [1.0, 0.0]),
        ("pauvreté", "A", [0.0, 0.0]),
    ]


# --- index of need -------------------------------------------------------------------------------

COMPONENTS = {
    "pauvreté": {"A": [1.0, 3.0], "C": [8.0, 4.0]},
    "monoparentalité": {"A": [2.0, 0.0], "B": [7.0, 7.0]},
    "jeunes enfants": {"A": [-1.0, 0.0]},
}
NEED_WEIGHTS = {
    "pauvreté": [0.5, 0.2],
    "monoparentalité": [0.25, 0.4],
    "jeunes enfants": [0.25, 0.4],
}


def need(
    components: Mapping[str, Mapping[str, list[float]]], weights: Mapping[str, list[float]]
) -> pl.DataFrame:
    """The indices of standardised components, under weights whose first is the one that is stated.

    Half of the weights is enough for an index.
    """
    standardised = pl.DataFrame(
        [
            (name, district, values)
            for name, held in components.items()
            for district, values in held.items()
        ],
        priority.STANDARDISED,
        orient="row",
    )
    drawn = pl.DataFrame(
        [(name, draw, weight) for name in weights for draw, weight in enumerate(weights[name])],
        {"critere": pl.String, "tirage": pl.Int64, "poids": pl.Float64},
        orient="row",
    )
    return pl.concat(priority.need(standardised, drawn, minimum_weight_pct=50))


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        # A: 0.5 × 1 + 0.25 × 2 − 0.25 × 1, then 0.2 × 3. B bears a quarter of the weights, C half.
        (DRAWN, {"A": [0.75, 0.6], "C": [8, 4]}),
        # On the draw, 0.5 × 3.
        ("poids énoncés", {"A": [0.75, 1.5], "C": [8, 4]}),
        # On the draw, 0.2 × 1 + 0.4 × 2 − 0.4 × 1.
        (KNOWN_CENSUS, {"A": [0.75, 0.6], "C": [8, 8]}),
        # (0.25 × 2 − 0.25 × 1) / 0.5, on half of the weights; C has nothing else.
        ("sans pauvreté", {"A": [0.5, 0]}),
        # (0.5 × 1 − 0.25 × 1) / 0.75, then 0.2 × 3 / 0.6.
        ("sans monoparentalité", {"A": [1 / 3, 1], "C": [8, 4]}),
        # (0.5 × 1 + 0.25 × 2) / 0.75, then 0.2 × 3 / 0.6.
        ("sans jeunes enfants", {"A": [4 / 3, 1], "C": [8, 4]}),
    ],
)
def test_the_index_is_the_mean_of_the_components_that_bear_enough_of_the_weights(
    variant: str, expected: dict[str, list[float]]
) -> None:
    found = need(COMPONENTS, NEED_WEIGHTS)
    indices = found.filter(variante=variant).select("territoire_id", "indices").iter_rows()
    assert dict(indices) == {name: pytest.approx(draws) for name, draws in expected.items()}
    assert found["variante"].n_unique() == 6


def test_half_of_the_weights_is_half_whatever_their_floats() -> None:
    # 1/12 + 4/12 + 1/12 of floats is a last digit under one half.
    shares = {"a": 1 / 12, "b": 4 / 12, "c": 1 / 12, "d": 6 / 12}
    assert sum(shares[name] for name in "abc") < 0.5
    found = need(
        {name: {"A": [0.0, 1.0]} for name in "abc"}, {name: [w, w] for name, w in shares.items()}
    )
    assert found.filter(variante=DRAWN)["territoire_id"].to_list() == ["A"]


def test_districts_are_ranked_by_their_index_on_each_draw() -> None:
    # Equal but for a last digit on the last draw: the first identifier is before.
    found = need(
        {"pauvreté": {"B": [9.0, 1, 1, 1 + 1e-12], "A": [0.0, 2, -1, 1]}}, {"pauvreté": [1.0] * 4}
    )
    ranked = found.filter(variante=DRAWN).select("territoire_id", "rangs").iter_rows()
    assert dict(ranked) == {"A": [2, 1, 2, 1], "B": [1, 2, 1, 2]}


def test_without_a_component_or_a_weight_there_is_no_index() -> None:
    assert need({}, NEED_WEIGHTS).is_empty()
    assert need(COMPONENTS, {}).is_empty()


# --- weights -------------------------------------------------------------------------------------


def test_the_weights_of_draw_zero_are_those_that_are_stated() -> None:
    stated = drawn_weights().filter(tirage=0)
    assert dict(stated.select("critere", "poids").iter_rows()) == {
        "accessibilité": 0.25, "besoin": 0.5, "couverture": 0.25,
    }  # fmt: skip


def test_the_weights_of_each_draw_sum_to_one() -> None:
    sums = drawn_weights().group_by("tirage").agg(pl.col("poids").sum())["poids"]
    assert len(sums) == 1 + DRAWS
    np.testing.assert_allclose(sums, 1)


def test_drawn_weights_have_the_mean_and_the_spread_of_dirichlet() -> None:
    draws = 20_000
    drawn = drawn_weights(draws).filter(pl.col("tirage") > 0)
    for name, share in {"couverture": 0.25, "besoin": 0.5}.items():
        found = drawn.filter(critere=name)["poids"].to_numpy()
        spread = math.sqrt(share * (1 - share) / 21)
        assert abs(found.mean() - share) < 4 * spread / math.sqrt(draws)
        assert found.std() == pytest.approx(spread, rel=0.03)


def test_a_weight_of_nothing_stays_nothing() -> None:
    drawn = priority.weights(
        {"PRI01": {"besoin": 1, "couverture": 0}}, draws=5, seed=SEED, concentration=20
    )
    assert drawn.filter(critere="couverture")["poids"].to_list() == [0] * 6
    assert drawn.filter(critere="besoin")["poids"].to_list() == [1] * 6


def test_an_index_does_not_change_the_weights_of_another() -> None:
    both = priority.weights(
        {"BES04": {"jeunes enfants": 1, "pauvreté": 3}, "PRI01": STATED},
        draws=DRAWS, seed=SEED, concentration=20,
    )  # fmt: skip
    assert_frame_equal(both.filter(indice="PRI01"), drawn_weights())


# --- ranks ---------------------------------------------------------------------------------------


def test_the_score_of_draw_zero_by_hand() -> None:
    # Coverage 10, 20, 30, access 30, 20, 10 (2 000 m), need 0, 1, −1. Distances ±√1.5 and 0:
    # lack of coverage √1.5, 0, −√1.5; of access −√1.5, 0, √1.5; need 0, √1.5, −√1.5. With weights
    # 1/4, 1/4, 1/2: A 0, B √1.5 / 2, C −√1.5 / 2. B, A, C.
    names = ["A", "B", "C"]
    criteria = pl.concat(
        criterion_rows(criterion, REFERENCE_VARIANT[criterion], np.array([values] * 2).T, names)
        for criterion, values in {
            "couverture": [10.0, 20, 30],
            "accessibilité": [30.0, 20, 10],
            "besoin": [0.0, 1, -1],
        }.items()
    )
    estimate = ranks(criteria, drawn_weights(1)).filter(hypothese="référence", tirage=0)
    assert dict(estimate.select("territoire_id", "rang").iter_rows()) == {"A": 2, "B": 1, "C": 3}


def test_under_each_assumption_each_rank_of_each_draw_has_one_district() -> None:
    found = ranks(drawn_criteria())
    cells = found.group_by("hypothese", "modalite", "tirage").agg(pl.col("rang").sort())
    assert cells["rang"].to_list() == [[1, 2, 3, 4, 5, 6]] * cells.height
    assert cells.height == (1 + DRAWS) * found.select("hypothese", "modalite").n_unique()


def test_every_assumption_of_the_catalogue_is_held_once() -> None:
    held = ranks(drawn_criteria()).select("hypothese", "modalite").unique()
    assert set(held.iter_rows()) == {
        ("référence", "tout est tiré"),
        ("dénominateurs", "recensement sans erreur"),
        ("places", "capacités sans erreur"),
        ("poids", "énoncés"),
        ("poids", "couverture compte double"),
        ("poids", "accessibilité compte double"),
        ("poids", "besoin compte double"),
        ("normalisation", "centrée réduite"),
        ("normalisation", "min-max"),
        ("normalisation", "rang"),
        ("captage", "1000 m"),
        ("captage", "2000 m"),
        ("captage", "3000 m"),
        ("offre", "sans PE03"),
        ("offre", "sans PE05"),
        ("besoin", "sans jeunes enfants"),
    }


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_no_rank(order: int) -> None:
    criteria, weights = drawn_criteria(), drawn_weights()
    shuffled = criteria.sample(fraction=1, shuffle=True, seed=order)
    assert_frame_equal(
        ranks(shuffled, weights.sample(fraction=1, shuffle=True, seed=order)),
        ranks(criteria, weights),
    )


def test_the_names_of_the_districts_change_no_rank() -> None:
    # Drawn values and weights have no ties: nothing is left for the identifier to tell apart.
    criteria = drawn_criteria()
    turned = pl.col("territoire_id").replace({f"D{n}": f"D{5 - n}" for n in range(6)})
    drawn = pl.col("hypothese").is_in(["référence", "captage", "besoin"]) & (pl.col("tirage") > 0)
    assert_frame_equal(
        ranks(criteria.with_columns(turned)).filter(drawn),
        ranks(criteria).with_columns(turned).filter(drawn),
        check_row_order=False,
    )


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(np.float64, (3, 5), elements=st.floats(0.5, 40)),
    st.dictionaries(st.sampled_from(sorted(STATED)), st.floats(0.05, 10), min_size=3, max_size=3),
    arrays.arrays(np.float64, (3, 4), elements=st.integers(0, 60).map(float)),
)
def test_a_dominated_district_never_outranks_its_dominator(
    gaps: Floats, stated: dict[str, float], others: Floats
) -> None:
    # « Z » lacks more and needs more than « A » on every criterion and draw; four others stand by.
    names = ["A", "B", "C", "D", "E", "Z"]
    frames = []
    for number, (criterion, variant) in enumerate(REFERENCE_VARIANT.items()):
        toward_need = 1 if criterion == "besoin" else -1
        base = np.full(5, 30.0)
        rows = [base, *(np.full(5, other) for other in others[number])]
        rows.append(base + toward_need * gaps[number])
        frames.append(criterion_rows(criterion, variant, np.array(rows), names))
    weights = priority.weights({"PRI01": stated}, draws=4, seed=SEED, concentration=20)
    found = ranks(pl.concat(frames), weights).pivot("territoire_id", values="rang")
    assert found.height >= 5
    assert found.filter(pl.col("Z") > pl.col("A")).is_empty()


def test_equal_scores_are_ranked_by_the_identifier_of_their_district() -> None:
    criteria = pl.concat(
        criterion_rows(criterion, variant, np.full((3, 1 + DRAWS), 20.0), ["C", "A", "B"])
        for criterion, variant in REFERENCE_VARIANT.items()
    )
    found = ranks(criteria).select("territoire_id", "rang").unique()
    assert set(found.iter_rows()) == {("A", 1), ("B", 2), ("C", 3)}


def test_holding_one_assumption_leaves_the_other_draws_as_they_are() -> None:
    # Where the catchment has no effect, the draws under each catchment are those of the reference.
    criteria = drawn_criteria()
    reference = criteria.filter(variante="2000 m")
    same = pl.concat(
        [
            criteria.filter(pl.col("critere") != "accessibilité"),
            *(reference.with_columns(variante=pl.lit(f"{m} m")) for m in (1000, 2000, 3000)),
        ]
    )
    found = ranks(same)
    expected = found.filter(hypothese="référence").select("tirage", "territoire_id", "rang")
    for metres in (1000, 2000, 3000):
        held = found.filter(hypothese="captage", modalite=f"{metres} m")
        assert_frame_equal(held.select(expected.columns), expected)


def test_the_catchment_is_drawn_among_its_alternatives() -> None:
    # Access decides alone; at 1 000 m and 3 000 m it ranks the two districts the other way round.
    names = ["A", "B"]
    orders = {"1000 m": [9.0, 1.0], "2000 m": [1.0, 9.0], "3000 m": [9.0, 1.0]}
    criteria = pl.concat(
        [
            *(
                criterion_rows("accessibilité", variant, np.array([values] * 301).T, names)
                for variant, values in orders.items()
            ),
            criterion_rows("besoin", "référence", np.zeros((2, 301)), names),
        ]
    )
    found = ranks(criteria, drawn_weights(300)).filter(hypothese="référence", territoire_id="A")
    assert found.filter(tirage=0)["rang"].to_list() == [1]
    first = found.filter(pl.col("tirage") > 0, pl.col("rang") == 1).height
    # A third of 300 draws: 100, give or take four standard deviations of 8.2.
    assert abs(first - 100) < 33


@pytest.mark.parametrize(
    ("held", "known"), [("dénominateurs", KNOWN_CENSUS), ("places", KNOWN_PLACES)]
)
def test_accessibility_loses_one_error_at_the_catchment_of_the_draw(held: str, known: str) -> None:
    # Without the error, A and B are the other way round at each distance than in all the rest.
    names = ["A", "B"]
    criteria = pl.concat(
        [
            *(
                criterion_rows(
                    "accessibilité",
                    variant,
                    np.array([order if variant.endswith(known) else order[::-1]] * 301).T,
                    names,
                )
                for metres, order in {1000: [9.0, 1.0], 2000: [1.0, 9.0], 3000: [9.0, 1.0]}.items()
                for variant in access_variants(metres)
            ),
            *(
                criterion_rows(criterion, variant, np.zeros((2, 301)), names)
                for criterion in ("couverture", "besoin")
                for variant in (DRAWN, KNOWN_CENSUS, KNOWN_PLACES)
            ),
        ]
    )
    found = ranks(criteria, drawn_weights(300)).filter(territoire_id="A")
    first = {
        name: found.filter(pl.col("tirage") > 0, hypothese=name, rang=1)["tirage"].to_list()
        for name in (held, DRAWN)
    }
    # A third of 300 draws are at 2 000 m, give or take four standard deviations of 8.2: A is the
    # worst served there without the error, and in the reference at both other distances.
    assert abs(len(first[held]) - 100) < 33
    assert sorted(first[held] + first[DRAWN]) == list(range(1, 301))


def test_an_error_that_one_catchment_cannot_lose_is_not_an_assumption() -> None:
    criteria = drawn_criteria().filter(pl.col("variante") != f"3000 m, {KNOWN_PLACES}")
    held = set(ranks(criteria)["hypothese"])
    assert "dénominateurs" in held
    assert "places" not in held


def test_a_census_without_error_holds_the_components_of_need_and_draws_the_rest() -> None:
    # Only need tells the districts apart: held, its variant ranks A first on every draw.
    names = ["A", "B"]
    flat = np.full((2, 1 + DRAWS), 20.0)
    need = {DRAWN: [1.0, 2.0], KNOWN_CENSUS: [2.0, 1.0]}
    criteria = pl.concat(
        [
            *(
                criterion_rows("couverture", variant, flat, names)
                for variant in (DRAWN, KNOWN_CENSUS, KNOWN_PLACES)
            ),
            *(
                criterion_rows("accessibilité", variant, flat, names)
                for variant in access_variants(2000)
            ),
            *(
                criterion_rows("besoin", variant, np.array([values] * (1 + DRAWS)).T, names)
                for variant, values in need.items()
            ),
        ]
    )
    found = ranks(criteria).filter(territoire_id="A").group_by("hypothese").agg(pl.col("rang"))
    by_name = {name: set(found_ranks) for name, found_ranks in found.iter_rows()}
    assert (by_name["dénominateurs"], by_name["places"], by_name["référence"]) == ({1}, {2}, {2})


@pytest.mark.parametrize("missing", [{"besoin"}, {"couverture", "accessibilité"}])
def test_without_a_need_or_without_a_supply_there_is_no_gap_to_rank(missing: set[str]) -> None:
    criteria = drawn_criteria().filter(~pl.col("critere").is_in(missing))
    assert ranks(criteria).is_empty()
    assert ranks(criteria.clear()).is_empty()


def test_one_measure_of_supply_is_enough_and_no_assumption_drops_it() -> None:
    found = ranks(drawn_criteria().filter(pl.col("critere") != "accessibilité"))
    assert {"référence", "dénominateurs", "normalisation"} <= set(found["hypothese"])
    assert not {"captage", "offre"} & set(found["hypothese"])


@pytest.mark.parametrize("last", [[None], [math.nan], [math.inf], []])
def test_a_district_that_lacks_a_criterion_on_a_draw_is_not_ranked_and_the_others_are(
    last: list[float | None],
) -> None:
    criteria = drawn_criteria().with_columns(
        valeurs=pl.when(pl.col("territoire_id") == "D3", pl.col("variante") == "2000 m")
        .then(pl.col("valeurs").list.head(DRAWS).list.concat(pl.lit(last, pl.List(pl.Float64))))
        .otherwise("valeurs")
    )
    found = ranks(criteria).filter(hypothese="référence", tirage=1)
    assert set(found["territoire_id"]) == {"D0", "D1", "D2", "D4", "D5"}
    assert sorted(found["rang"]) == [1, 2, 3, 4, 5]


def test_a_variant_that_a_ranked_district_lacks_is_not_an_assumption() -> None:
    criteria = drawn_criteria().filter(
        ~((pl.col("variante") == "sans jeunes enfants") & (pl.col("territoire_id") == "D2"))
    )
    found = ranks(criteria)
    assert "besoin" not in set(found["hypothese"])
    assert found["territoire_id"].n_unique() == 6
