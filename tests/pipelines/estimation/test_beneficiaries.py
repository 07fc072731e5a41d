"""Bounds of the children known to the Caf: masked rows, hidden cells, ceilings, bands."""

from typing import Any

import polars as pl
import pytest

from pipelines.estimation import beneficiaries, population
from pipelines.estimation.draws import CensusNoise
from tests.pipelines.estimation.test_draws import MEMBERSHIPS, census, children, in_rows

BANDS = [*population.ELEMENTARY[:4], "0-17 ans"]
MASKED = None
PLAIN = [(10, 10), (20, 20), (30, 30), (40, 40), (100, 100)]
# Cells of 3-5 and 6-10 are hidden: 50 children are theirs.
HIDDEN = [(10, 10), (0, 50), (0, 50), (40, 40), (100, 100)]
CEILING = 1.5


def caf(**iris: list[tuple[int, int]] | None) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for name, bounds in iris.items():
        none: list[tuple[int, int | None]] = [(0, None)] * len(BANDS)
        for band, (low, high) in zip(BANDS, bounds or none, strict=True):
            rows.append(
                {
                    "iris": name,
                    "mesure": "enfants couverts",
                    "tranche_age": band,
                    "masque": bounds is None,
                    "millesime": 2019,
                    "edition": "Caf 2019",
                    "borne_basse": low,
                    "borne_haute": high,
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def ceilings(*editions: str) -> pl.DataFrame:
    return pl.DataFrame(
        [("Caf 2019", 2019, band, edition, CEILING) for band in BANDS for edition in editions],
        schema=["edition", "millesime", "tranche_age", "edition_recensement", "plafond"],
        orient="row",
    )


def known(
    rows: pl.DataFrame,
    people: pl.DataFrame | None = None,
    *,
    most: pl.DataFrame | None = None,
    draws: int = 20,
    seed: int = 2021,
) -> pl.DataFrame:
    frames = beneficiaries.by_territory(
        rows,
        ceilings("RP 2019") if most is None else most,
        census() if people is None else people,
        MEMBERSHIPS,
        CensusNoise(draws, seed, 2),
    )
    return in_rows(pl.concat(frames), "borne_haute")


def of(found: pl.DataFrame, territory: str, band: str, column: str) -> pl.Series:
    return found.filter(territoire_id=territory, tranche_age=band).sort("tirage")[column]


@pytest.mark.parametrize("column", ["borne_basse", "borne_haute"])
def test_what_is_published_is_never_drawn(column: str) -> None:
    found = known(caf(A=PLAIN, B=PLAIN, C=PLAIN))
    assert of(found, "district 1", "3-5 ans", column).to_list() == [40] * 21
    assert of(found, "commune", "0-17 ans", column).to_list() == [300] * 21


def test_hidden_cells_go_from_nothing_to_what_is_left_of_their_breakdown() -> None:
    found = known(caf(A=PLAIN, B=PLAIN, C=HIDDEN))
    for band in ("3-5 ans", "6-10 ans"):
        assert of(found, "district 2", band, "borne_basse").to_list() == [0] * 21
        assert of(found, "district 2", band, "borne_haute").to_list() == [50] * 21
    assert of(found, "district 2", "0-17 ans", "borne_haute").to_list() == [100] * 21


@pytest.mark.parametrize("band", BANDS)
def test_a_masked_iris_goes_up_to_its_children_in_the_draw_times_the_ceiling(band: str) -> None:
    found = known(caf(A=PLAIN, B=MASKED, C=PLAIN))
    of_b = children(
        census(), MEMBERSHIPS.filter(pl.col("iris") == "B").with_columns(iris_du_territoire=1)
    ).filter(territoire_id="district 1", tranche_age=band)
    published = PLAIN[BANDS.index(band)][0]
    expected = published + CEILING * of_b.sort("tirage")["personnes"]
    assert expected.n_unique() == 21
    assert of(found, "district 1", band, "borne_haute").to_list() == pytest.approx(
        expected.to_list()
    )
    assert of(found, "district 1", band, "borne_basse").to_list() == [published] * 21


def test_what_is_known_of_a_masked_iris_is_the_least_of_its_ceiling() -> None:
    # An IRIS that takes in a masked one and another of 500 children: more than the census has.
    rows = caf(A=PLAIN, B=MASKED, C=PLAIN).with_columns(
        borne_basse=pl.when(pl.col("iris") == "B").then(500).otherwise("borne_basse")
    )
    found = known(rows)
    assert of(found, "district 1", "0-2 ans", "borne_haute").to_list() == [510] * 21


def test_without_a_ceiling_a_masked_iris_leaves_the_floor_alone() -> None:
    found = known(caf(A=PLAIN, B=MASKED, C=PLAIN), most=ceilings("RP 2018"))
    assert of(found, "district 1", "0-2 ans", "borne_haute").to_list() == [None] * 21
    assert of(found, "district 1", "0-2 ans", "borne_basse").to_list() == [10] * 21
    assert of(found, "district 2", "0-2 ans", "borne_haute").to_list() == [10] * 21


def test_a_territory_of_which_every_iris_is_masked_has_no_draw() -> None:
    found = known(caf(A=MASKED, B=PLAIN, C=MASKED), draws=3)
    assert set(found["territoire_id"]) == {"district 1", "commune"}


def test_a_vintage_without_its_census_or_without_a_file_has_no_draw() -> None:
    people = census().with_columns(millesime=pl.lit(2018, dtype=pl.Int64))
    rows = caf(A=PLAIN, B=MASKED, C=PLAIN)
    assert known(rows, people, draws=3).height == 0
    assert known(rows.clear(), draws=3).height == 0


def test_each_edition_of_the_census_bounds_on_its_own() -> None:
    revised = census(300.0).with_columns(edition=pl.lit("RP 2019 révisé"))
    found = known(
        caf(A=PLAIN, B=MASKED, C=PLAIN),
        pl.concat([census(), revised]),
        most=ceilings("RP 2019", "RP 2019 révisé"),
        draws=3,
    ).filter(territoire_id="district 1", tranche_age="0-2 ans", tirage=0)
    # 10 published in A, and half as many again as the 31 or 301 children of B.
    assert dict(found.select("edition_recensement", "borne_haute").iter_rows()) == {
        "RP 2019": 10 + 46.5,
        "RP 2019 révisé": 10 + 451.5,
    }


def test_the_same_seed_gives_the_same_digits_and_another_seed_others() -> None:
    rows = caf(A=MASKED, B=PLAIN, C=HIDDEN)
    assert known(rows, draws=5).equals(known(rows.reverse(), census().reverse(), draws=5))
    assert not known(rows, draws=5).equals(known(rows, draws=5, seed=1))
