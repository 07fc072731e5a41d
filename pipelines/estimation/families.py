"""Draws of the share of lone-parent families of each territory."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from pipelines.estimation.draws import CensusNoise, Floats, listed
from pipelines.estimation.population import EDITION, FAMILIES, names
from pipelines.estimation.territories import sums

KINDS = ("familles_monoparentales", "couples_avec_enfant")


def by_territory(
    families: pl.DataFrame, memberships: pl.DataFrame, noise: CensusNoise
) -> Iterator[pl.DataFrame]:
    """Draws of the families with children of each territory, and of those with one parent.

    The two kinds of families of an IRIS are counts of the census, each drawn on its own. The share
    of x lone parents among x + y families then follows the beta law of parameters x / s and y / s,
    where s = 1.5 × deff: its mean is x / (x + y), and it never leaves [0, 1].

    Args:
        families: iris, millesime, edition, couples_avec_enfant, familles_monoparentales
            (`int_familles_iris`).
        memberships: iris, territoire_id, niveau, iris_du_territoire (`int_iris_territoires`).
        noise: how the census is drawn.

    Yields:
        territoire_id, niveau, millesime, edition, and three lists of draws, the estimate first:
        familles_avec_enfant, familles_monoparentales, part_monoparentales_pct (absent on a draw
        without families); some territories at a time.
    """
    rows = families.sort(*EDITION, "iris")

    def draw(some: slice) -> Floats:
        here = rows[some]
        drawn = noise.around(here.select(KINDS).to_numpy(), names(here, FAMILIES))
        return np.hstack([drawn[:, 0], drawn.sum(axis=1)])

    for keys, totals in sums(rows, draw, memberships, EDITION):
        alone, all_of_them = np.split(totals, 2, axis=1)
        with np.errstate(invalid="ignore"):
            shares = 100 * (alone / all_of_them)
        counted = listed(keys, all_of_them, "familles_avec_enfant")
        counted = listed(counted, alone, "familles_monoparentales")
        yield listed(counted, shares, "part_monoparentales_pct")
