"""Places within reach of each small area: balanced floating catchment areas.

Children of an IRIS are shared out among the sites that their catchment holds, the nearer the more,
and counted once (A. Paez, C. Higgins, S. Vivona, « Demand and level of service inflation in
Floating Catchment Area (FCA) methods », PLoS ONE 14(6), 2019). The classic methods (W. Luo and
F. Wang, 2003; W. Luo and Y. Qi, 2009) count them in full at each site, which crowds every site.

One difference with Paez: the level of service comes back to the IRIS by the same shares that the
children went by. With his, standardised over the origins, the levels of service add up; with these,
the places do: the sum of children × accessibility is that of the places within reach, as it is with
the classic methods (A. Soukhov et al., PLoS ONE 18(1), 2023).

A site attracts as many times as it stands for establishments, as in the model of D. L. Huff (« A
probabilistic analysis of shopping center trade areas », Land Economics 39(1), 1963): four at one
point attract as four sites do, and one that may be at two points as half a site at each.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from pipelines.estimation.draws import Floats

# A sparse array leaves out who is out of reach.
Weights: TypeAlias = Floats | csr_array

EARTH_RADIUS_M = 6_371_008.8

_EDGE = np.exp(-0.5)


def distances_m(origins: Floats, sites: Floats, *, within_m: float) -> csr_array:
    """Great-circle distances (haversine formula, mean radius of the Earth), in metres.

    Only those of who may meet: in a large territory most sites are out of reach of most origins.

    Args:
        origins: longitudes and latitudes in degrees, of shape (origins, 2).
        sites: the same, of shape (sites, 2).
        within_m: the longest distance that counts, in metres.

    Returns:
        A sparse array of shape (origins, sites), with a value for each pair that is no farther
        apart, zeros included.
    """
    from_, to = np.radians(origins), np.radians(sites)
    # A chord of the sphere, a hair longer than that of the distance: the exact one decides below.
    chord = 2 * np.sin(min(within_m / EARTH_RADIUS_M, np.pi) / 2) * (1 + 1e-6) + 1e-9
    pairs = KDTree(_on_the_sphere(from_)).sparse_distance_matrix(
        KDTree(_on_the_sphere(to)), chord, output_type="ndarray"
    )
    (lon, lat), (to_lon, to_lat) = from_[pairs["i"]].T, to[pairs["j"]].T
    half = (
        np.sin((to_lat - lat) / 2) ** 2
        + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    )
    metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1)))
    near = metres <= within_m
    found = csr_array(
        (metres[near], (pairs["i"][near], pairs["j"][near])), (len(origins), len(sites))
    )
    found.sort_indices()
    return found


def _on_the_sphere(points: Floats) -> Floats:
    """Longitudes and latitudes in radians as points of the unit sphere, of shape (points, 3)."""
    lon, lat = points.T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


# What a place is worth at a distance, a share of the catchment: from 1 on the spot, never rising.
# The Gaussian one reaches 0 at the edge (D. Dai, « Black residential segregation, disparities in
# spatial access to health care facilities… », Health & Place 16(5), 2010).
DECAYS: Mapping[str, Callable[[Floats], Floats]] = {
    "gaussienne": lambda share: (np.exp(-(share**2) / 2) - _EDGE) / (1 - _EDGE),
    "linéaire": lambda share: 1 - share,
    "binaire": np.ones_like,
}


def decayed(distances: Floats, *, catchment_m: float, decay: str) -> Floats:
    """The weight of a site for an origin: 1 on the spot, 0 outside the catchment.

    Args:
        distances: in metres, of any shape.
        catchment_m: how far people go, in metres.
        decay: a key of DECAYS.
    """
    share = distances / catchment_m
    return np.where(share <= 1, DECAYS[decay](np.minimum(share, 1)), 0.0)


def accessibility(
    weights: Weights,
    people: Floats,
    places: Floats,
    attraction: Floats | float = 1.0,
    *,
    balanced: bool = True,
) -> Floats:
    """Places within reach of a person of each origin, on each draw.

    Σ people × accessibility = Σ places of the sites that someone reaches (`reached`). An origin
    that reaches no site has none: 0. The places of a site that nobody reaches are in no figure. A
    site that has no place on a draw attracts nobody on it. Sites at one point may be made one:
    their places and their attractions add up.

    Args:
        weights: of shape (origins, sites), dense or sparse, from `decayed`.
        people: of shape (origins, draws), or (origins, 1) if they are the same on every draw.
        places: of shape (sites, draws), or (sites, 1).
        attraction: how many establishments each site stands for, positive where it has places: of
            the shape of `places`, or the same for all.
        balanced: people counted once, shared out among their sites; otherwise in full at each, as
            in the two-step floating catchment areas (enhanced, if the weights decay), where
            attraction has no part.

    Returns:
        Places for a person, of shape (origins, draws).
    """
    counted = np.where(places > 0, attraction, 0.0)
    # What the weights of the sites of an origin add up to: divided by it, they share it out.
    pull = weights @ counted if balanced else np.ones_like(people)
    demand = counted * (weights.T @ _over(people, pull))
    return _over(weights @ (counted * _over(places, demand)), pull)


def _over(top: Floats, bottom: Floats) -> Floats:
    out = np.zeros(np.broadcast_shapes(top.shape, bottom.shape))
    return np.asarray(np.divide(top, bottom, out=out, where=bottom > 0))


def reached(weights: Weights, people: Floats) -> npt.NDArray[np.bool_]:
    """Whether someone reaches each site, on each draw: shape (sites, draws)."""
    return np.asarray(weights.T @ people > 0)
