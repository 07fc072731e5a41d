"""Draws of the share of lone-parent families."""

import numpy as np
import polars as pl
import pytest

from pipelines.estimation import families
from pipelines.estimation.draws import CensusNoise
from tests.pipelines.estimation.test_draws import MEMBERSHIPS


def shares(rows: list[tuple[str, float, float]], *, draws: int = 4000) -> pl.DataFrame:
    return pl.concat(
        families.by_territory(
            pl.DataFrame(
                [(iris, 2019, "RP 2019", lone, couples) for iris, lone, couples in rows],
                schema={
                    "iris": pl.String,
                    "millesime": pl.Int64,
                    "edition": pl.String,
                    **dict.fromkeys(families.KINDS, pl.Float64),
                },
                orient="row",
            ),
            MEMBERSHIPS,
            CensusNoise(draws, 2021, 2),
        )
    )


def of(found: pl.DataFrame, territory: str, column: str) -> list[float | None]:
    """The draws of a territory, the estimate first."""
    return list(found.filter(territoire_id=territory)[column].item())


def test_a_share_follows_the_beta_law_of_its_two_counts() -> None:
    found = shares([("A", 60, 120), ("B", 30, 90), ("C", 1, 1)])
    share = np.array(of(found, "district 1", "part_monoparentales_pct"))
    # 90 lone parents among 300: Beta(30, 70), of mean 0.3 and variance 0.3 × 0.7 / 101.
    assert share[0] == 30
    assert share[1:].mean() == pytest.approx(30, abs=0.5)
    assert share[1:].std() == pytest.approx(100 * np.sqrt(0.3 * 0.7 / 101), rel=0.06)


def test_a_share_never_leaves_0_and_100_percent() -> None:
    found = shares([("A", 1, 2), ("B", 0, 1), ("C", 5, 0)])
    assert found["part_monoparentales_pct"].explode().is_between(0, 100).all()
    assert set(of(found, "district 2", "part_monoparentales_pct")) == {100}


def test_a_territory_without_family_has_no_share() -> None:
    found = shares([("A", 1, 2), ("B", 0, 1), ("C", 0, 0)], draws=3)
    assert of(found, "district 2", "part_monoparentales_pct") == [None] * 4


def test_the_families_of_the_districts_make_those_of_the_commune() -> None:
    found = shares([("A", 6, 12), ("B", 3, 9), ("C", 5, 7)], draws=10)
    for kind in ("familles_monoparentales", "familles_avec_enfant"):
        one, other, both = (
            np.array(of(found, name, kind)) for name in ("district 1", "district 2", "commune")
        )
        assert len(both) == 11
        np.testing.assert_allclose(one + other, both)


def test_without_a_file_there_is_no_draw() -> None:
    assert shares([]).height == 0
