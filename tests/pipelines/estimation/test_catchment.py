"""Balanced floating catchments: by hand, by what must hold, and against another implementation."""

from collections.abc import Callable
from math import exp
from random import Random

import numpy as np
import pandas as pd
import pytest
from access.fca import two_stage_fca
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from pipelines.estimation.catchment import (
    DECAYS,
    EARTH_RADIUS_M,
    accessibility,
    decayed,
    distances_m,
    reached,
)
from pipelines.estimation.draws import Floats

KINDS = sorted(DECAYS)


System = tuple[Floats, Floats, Floats, Floats]


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Distances, people, places, attractions of a few origins and sites, empty and far ones too."""
    origins, sites, draws = (draw(st.integers(1, 6)) for _ in range(3))
    metres = st.floats(0, 5000)
    amounts = st.one_of(st.just(0.0), st.floats(0.5, 400))

    def matrix(rows: int, columns: int, values: st.SearchStrategy[float]) -> Floats:
        cells = draw(st.lists(values, min_size=rows * columns, max_size=rows * columns))
        return np.array(cells).reshape(rows, columns)

    return (
        matrix(origins, sites, metres),
        matrix(origins, draws, amounts),
        matrix(sites, draws, amounts),
        matrix(sites, draws, st.floats(0.05, 12)),
    )


def test_a_degree_of_latitude_and_a_degree_of_longitude_at_sixty_north() -> None:
    # A degree of a great circle is π R / 180; a sixtieth parallel north is half as long as the
    # equator, and the great circle hardly shorter over a hundredth of a degree.
    degree = np.pi * EARTH_RADIUS_M / 180
    origins = np.array([[3.0, 50.0], [3.0, 60.0]])
    sites = np.array([[3.0, 51.0], [3.01, 60.0]])
    metres = distances_m(origins, sites, within_m=1e7)
    assert metres[0, 0] == pytest.approx(degree)
    assert metres[1, 1] == pytest.approx(degree / 200, rel=1e-6)


points = st.lists(st.tuples(st.floats(3, 3.1), st.floats(50.6, 50.66)), min_size=1, max_size=6).map(
    np.array
)


@given(points, points, st.floats(1, 9000))
def test_the_distances_within_reach_are_those_of_all_pairs_that_are_no_farther(
    origins: Floats, sites: Floats, within_m: float
) -> None:
    every = distances_m(origins, sites, within_m=1e7).toarray()
    near = distances_m(origins, sites, within_m=within_m)
    assert sorted(near.tocoo().data) == sorted(every[every <= within_m])
    assert (near.toarray() == np.where(every <= within_m, every, 0)).all()


def test_a_site_on_the_spot_is_within_reach() -> None:
    here = np.array([[3.05, 50.63]])
    assert distances_m(here, here, within_m=100).nnz == 1


def test_without_sites_nothing_is_within_reach() -> None:
    assert distances_m(np.array([[3.0, 50.6]]), np.zeros((0, 2)), within_m=100).shape == (1, 0)


@given(systems(), st.booleans())
def test_sparse_weights_give_what_dense_ones_do(system: System, balanced: bool) -> None:
    distances, people, places, attraction = system
    weights = decayed(distances, catchment_m=2000, decay="linéaire")
    assert accessibility(
        csr_array(weights), people, places, attraction, balanced=balanced
    ) == pytest.approx(accessibility(weights, people, places, attraction, balanced=balanced))
    assert (reached(csr_array(weights), people) == reached(weights, people)).all()


def test_two_iris_and_two_sites_by_hand() -> None:
    # Linear decay over 1 000 m. IRIS A (100 children) is at 250 m of site 1 and 750 m of site 2:
    # weights 0.75 and 0.25, which already add up to 1. IRIS B (60 children) is at 500 m of site 2
    # alone: weight 0.5, share 1.
    distances = np.array([[250.0, 750.0], [2000.0, 500.0]])
    weights = decayed(distances, catchment_m=1000, decay="linéaire")
    assert weights.tolist() == [[0.75, 0.25], [0.0, 0.5]]
    # Site 1 (30 places) is asked by 0.75 × 100 = 75 children: 30 / 75 = 0.4 place a child. Site 2
    # (17 places) by 0.25 × 100 + 60 = 85: 17 / 85 = 0.2.
    people, places = np.array([[100.0], [60.0]]), np.array([[30.0], [17.0]])
    found = accessibility(weights, people, places)
    # A: 0.75 × 0.4 + 0.25 × 0.2 = 0.35; B: 0.2. And 100 × 0.35 + 60 × 0.2 = 47 = 30 + 17.
    assert found[:, 0] == pytest.approx([0.35, 0.2])
    # Unbalanced: site 1 is asked by 75, site 2 by 0.25 × 100 + 0.5 × 60 = 55; A: 0.75 × 0.4 +
    # 0.25 × 17 / 55 = 0.3 + 17 / 220; B: 0.5 × 17 / 55 = 17 / 110.
    classic = accessibility(weights, people, places, balanced=False)
    assert classic[:, 0] == pytest.approx([0.3 + 17 / 220, 17 / 110])


def test_a_site_of_three_establishments_attracts_three_times_by_hand() -> None:
    # As above, but site 2 stands for three establishments: for A it weighs 3 × 0.25 = 0.75, as much
    # as site 1, and half of the 100 children go to each. Site 1: 30 / 50 = 0.6 place a child; site
    # 2: 17 / (50 + 60) = 17 / 110. A: 0.3 + 17 / 220; B, whose only site it is: 17 / 110.
    weights = np.array([[0.75, 0.25], [0.0, 0.5]])
    people, places = np.array([[100.0], [60.0]]), np.array([[30.0], [17.0]])
    found = accessibility(weights, people, places, np.array([[1.0], [3.0]]))
    assert found[:, 0] == pytest.approx([0.3 + 17 / 220, 17 / 110])


def test_what_nobody_reaches_gives_nothing_and_who_reaches_nothing_has_nothing() -> None:
    # IRIS A reaches site 1 alone, IRIS B nothing; nobody reaches site 2.
    weights = decayed(
        np.array([[100.0, 9000.0], [9000.0, 9000.0]]), catchment_m=2000, decay="gaussienne"
    )
    people, places = np.array([[50.0], [70.0]]), np.array([[20.0], [40.0]])
    assert accessibility(weights, people, places)[:, 0] == pytest.approx([20 / 50, 0])
    assert reached(weights, people)[:, 0].tolist() == [True, False]


def test_a_site_that_only_an_empty_iris_reaches_is_not_reached() -> None:
    weights = np.array([[1.0]])
    assert not reached(weights, np.array([[0.0]])).any()
    assert accessibility(weights, np.array([[0.0]]), np.array([[12.0]])).tolist() == [[0.0]]


@given(systems(), st.floats(100, 4000), st.sampled_from(KINDS), st.booleans())
def test_children_times_accessibility_is_the_places_of_the_sites_reached(
    system: System, catchment_m: float, decay: str, balanced: bool
) -> None:
    distances, people, places, attraction = system
    weights = decayed(distances, catchment_m=catchment_m, decay=decay)
    found = accessibility(weights, people, places, attraction, balanced=balanced)
    within_reach = np.where(reached(weights, people), places, 0).sum(axis=0)
    assert (people * found).sum(axis=0) == pytest.approx(within_reach)


@given(systems(), st.booleans())
def test_a_site_without_places_attracts_nobody(system: System, balanced: bool) -> None:
    distances, people, places, attraction = system
    closed = places.copy()
    closed[0] = 0
    weights = decayed(distances, catchment_m=2000, decay="gaussienne")
    found = accessibility(weights, people, closed, attraction, balanced=balanced)
    absent = accessibility(weights[:, 1:], people, closed[1:], attraction[1:], balanced=balanced)
    assert found == pytest.approx(absent)


@given(systems(), st.floats(0.02, 0.98), st.floats(0.02, 0.98), st.booleans())
def test_a_site_is_what_the_parts_of_it_at_its_point_are(
    system: System, attracting: float, holding: float, balanced: bool
) -> None:
    # A service of which two parts stand in one place, four establishments of an IRIS: how they are
    # cut changes nothing, whatever part of the places goes with which part of the attraction.
    distances, people, places, attraction = system
    weights = decayed(distances, catchment_m=2000, decay="gaussienne")
    cut = np.concatenate([weights, weights[:, :1]], axis=1)
    held = np.concatenate([places * 1.0, places[:1] * (1 - holding)])
    held[0] *= holding
    pulling = np.concatenate([attraction, attraction[:1] * (1 - attracting)])
    pulling[0] *= attracting
    assert accessibility(cut, people, held, pulling, balanced=balanced) == pytest.approx(
        accessibility(weights, people, places, attraction, balanced=balanced)
    )


@given(systems())
def test_the_classic_methods_know_no_attraction(system: System) -> None:
    distances, people, places, attraction = system
    weights = decayed(distances, catchment_m=2000, decay="linéaire")
    assert accessibility(weights, people, places, attraction, balanced=False) == pytest.approx(
        accessibility(weights, people, places, balanced=False)
    )


@given(systems(), st.randoms())
def test_the_order_of_the_rows_changes_nothing(system: System, random: Random) -> None:
    distances, people, places, attraction = system
    origins, sites = list(range(len(people))), list(range(len(places)))
    random.shuffle(origins)
    random.shuffle(sites)
    weights = decayed(distances, catchment_m=2000, decay="gaussienne")
    shuffled = accessibility(
        weights[origins][:, sites], people[origins], places[sites], attraction[sites]
    )
    assert shuffled == pytest.approx(accessibility(weights, people, places, attraction)[origins])


@given(systems())
def test_where_everyone_reaches_every_site_alike_all_have_the_plain_ratio(
    system: System,
) -> None:
    distances, people, places, attraction = system
    weights = decayed(distances, catchment_m=6000, decay="binaire")
    everyone = people.sum(axis=0)
    ratio = np.divide(places.sum(axis=0), everyone, out=np.zeros_like(everyone), where=everyone > 0)
    assert accessibility(weights, people, places, attraction) == pytest.approx(
        np.broadcast_to(ratio, people.shape)
    )


@given(
    st.sampled_from(KINDS),
    st.lists(st.floats(0, 8000), min_size=2, max_size=20),
    st.floats(100, 4000),
)
def test_a_decay_is_one_on_the_spot_never_rises_and_is_nothing_outside(
    decay: str, metres: list[float], catchment_m: float
) -> None:
    distances = np.array([0.0, *sorted(metres)])
    weights = decayed(distances, catchment_m=catchment_m, decay=decay)
    assert weights[0] == 1
    assert (np.diff(weights) <= 0).all()
    assert (weights[distances > catchment_m] == 0).all()
    assert (weights[distances < 0.999 * catchment_m] > 0).all()


@pytest.mark.parametrize(
    ("decay", "half_way", "edge"),
    # Gaussian, half way: (e^(−1/8) − e^(−1/2)) / (1 − e^(−1/2)) = (0.882497 − 0.606531) / 0.393469.
    [("gaussienne", 0.701366, 0), ("linéaire", 0.5, 0), ("binaire", 1, 1)],
)
def test_the_weight_half_way_and_at_the_edge(decay: str, half_way: float, edge: float) -> None:
    weights = decayed(np.array([1000.0, 2000.0]), catchment_m=2000, decay=decay)
    assert weights == pytest.approx([half_way, edge], abs=1e-6)


@pytest.mark.parametrize(
    ("decay", "weight"),
    [
        ("gaussienne", lambda m: (exp(-((m / 1500) ** 2) / 2) - exp(-1 / 2)) / (1 - exp(-1 / 2))),
        ("linéaire", lambda m: (1500 - m) / 1500),
        ("binaire", lambda _: 1),
    ],
)
def test_unbalanced_it_is_the_two_step_method_of_the_package_access(
    decay: str, weight: Callable[[float], float]
) -> None:
    random = np.random.default_rng(7)
    origins = np.column_stack([random.uniform(3, 3.08, 25), random.uniform(50.6, 50.66, 25)])
    sites = np.column_stack([random.uniform(3, 3.08, 9), random.uniform(50.6, 50.66, 9)])
    people, places = random.uniform(20, 120, 25), random.uniform(10, 60, 9)
    distances = distances_m(origins, sites, within_m=1e5).toarray()
    costs = pd.DataFrame(
        [
            (f"i{origin}", f"s{site}", distances[origin, site])
            for origin in range(25)
            for site in range(9)
        ],
        columns=["origin", "dest", "cost"],
    )
    theirs = two_stage_fca(
        pd.DataFrame({"demand": people}, index=[f"i{origin}" for origin in range(25)]),
        pd.DataFrame({"supply": places}, index=[f"s{site}" for site in range(9)]),
        costs,
        max_cost=1500,
        demand_index=True,
        demand_name="demand",
        supply_name="supply",
        weight_fn=weight,
    ).reindex([f"i{origin}" for origin in range(25)], fill_value=0)

    weights = decayed(distances, catchment_m=1500, decay=decay)
    ours = accessibility(weights, people[:, None], places[:, None], balanced=False)
    assert len(theirs) == len(ours)
    assert ours[:, 0] == pytest.approx(theirs.to_numpy())
    # Theirs has no attraction, and ours makes no difference to the classic methods.
    attraction = random.uniform(0.1, 8, (9, 1))
    pulled = accessibility(weights, people[:, None], places[:, None], attraction, balanced=False)
    assert pulled[:, 0] == pytest.approx(theirs.to_numpy())
    # Some reach several sites, others none: the comparison has something to say.
    reach = (weights > 0).sum(axis=1)
    assert reach.max() > 1
    assert reach.min() == 0
