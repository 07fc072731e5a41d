"""The Caf's figures as published: secrets empty, and what would give them away with them."""

from collections.abc import Collection, Hashable
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.estimation.cej import protected
from tests.attacker import worked_out

TERRITORIES = pl.DataFrame(
    [
        ("T", "territoire", None),
        ("A", "commune", "A"),
        ("B", "commune", "B"),
        ("a1", "district", "A"),
        ("a2", "district", "A"),
        ("a3", "district", "A"),
        ("F", "référence", None),
    ],
    schema=["territoire_id", "niveau", "commune_id"],
    orient="row",
)
LINES = pl.DataFrame({"ligne_id": ["S-001", "S-002", "S-003"], "commune_id": ["B", "B", "A"]})
SCHEMA = {
    "territoire_id": pl.String,
    "niveau": pl.String,
    "annee": pl.Int64,
    "mois_reference": pl.Int64,
    "theme": pl.String,
    "libelle": pl.String,
    "age_min_ans": pl.Int64,
    "age_max_ans": pl.Int64,
    "unite": pl.String,
    "statut": pl.String,
    "valeur": pl.Float64,
    "edition": pl.String,
    "source_id": pl.String,
}
Ages = tuple[int | None, int | None]


def row(
    place: str,
    value: float | None,
    ages: Ages = (None, None),
    unit: str = "enfants",
    **more: object,
) -> dict[str, Any]:
    """A row of the Caf's file; no value is a secret."""
    return {
        "territoire_id": place,
        "niveau": "commune",
        "annee": 2019,
        "mois_reference": 12,
        "theme": "enfants",
        "libelle": "Enfants",
        "age_min_ans": ages[0],
        "age_max_ans": ages[1],
        "unite": unit,
        "statut": "secret" if value is None else "publié",
        "valeur": value,
        "edition": "Caf",
        "source_id": "c.csv",
    } | more


def publish(*rows: dict[str, Any]) -> pl.DataFrame:
    return protected(pl.DataFrame(rows, schema=SCHEMA), TERRITORIES, LINES)


def reasons(*rows: dict[str, Any]) -> list[str | None]:
    return publish(*rows)["motif_secret"].to_list()


def test_an_empty_file_stays_empty() -> None:
    assert publish().columns == [*SCHEMA, "motif_secret"]
    assert publish().height == 0


def test_a_hidden_figure_is_empty_and_keeps_its_place() -> None:
    table = publish(row("T", 100), row("A", None), row("B", 60))
    assert table["statut"].to_list() == ["publié", "secret", "secret"]
    assert table["valeur"].to_list() == [100, None, None]
    assert table["motif_secret"].to_list() == [None, "primaire", "secondaire"]


def test_a_count_of_one_to_four_is_secret_even_if_the_file_tells_it() -> None:
    assert reasons(row("a1", 0)) == [None]
    assert reasons(row("a1", 1)) == ["primaire"]
    assert reasons(row("a1", 4)) == ["primaire"]
    assert reasons(row("a1", 5)) == [None]


def test_a_few_places_or_posts_are_nobody() -> None:
    for unit in ("places", "ETP", "heures", "pct"):
        assert reasons(row("a1", 2, unit=unit)) == [None], unit
    for unit in ("familles", "allocataires", "assistantes maternelles"):
        assert reasons(row("a1", 2, unit=unit)) == ["primaire"], unit


def test_shares_do_not_add_up() -> None:
    shares = [row("T", 30, unit="pct"), row("A", None, unit="pct"), row("B", 20, unit="pct")]
    assert reasons(*shares) == [None, "primaire", None]


def test_an_age_band_gives_no_other_away() -> None:
    # 50 − 30 would be the secret; the other half of the ages goes, the total stays.
    bands = [row("A", 50, (0, 5)), row("A", None, (0, 2)), row("A", 30, (3, 5))]
    assert reasons(*bands) == [None, "primaire", "secondaire"]


def test_a_total_without_age_is_what_the_bands_add_up_to() -> None:
    bands = [row("A", 50), row("A", None, (0, 2)), row("A", 30, (3, None))]
    assert reasons(*bands) == [None, "primaire", "secondaire"]


def test_one_band_alone_is_not_its_total() -> None:
    assert reasons(row("A", 50), row("A", None, (0, 2))) == [None, "primaire"]


def test_bands_that_leave_ages_out_give_nothing_away() -> None:
    bands = [row("A", 50, (0, 17)), row("A", None, (0, 2)), row("A", 30, (6, 17))]
    assert reasons(*bands) == [None, "primaire", None]


def test_a_district_that_the_file_leaves_out_is_unknown_not_zero() -> None:
    with_all = [row("A", 90), row("a1", None), row("a2", 30), row("a3", 40)]
    assert reasons(*with_all) == [None, "primaire", "secondaire", None]
    assert reasons(*with_all[:3]) == [None, "primaire", None]


def test_a_service_is_not_the_difference_of_its_commune_and_the_others() -> None:
    hours = [
        row("B", 50_000, unit="heures"),
        row("S-001", None, unit="heures", niveau="service"),
        row("S-002", 20_000, unit="heures", niveau="service"),
        row("S-003", 10_000, unit="heures", niveau="service"),
    ]
    assert reasons(*hours) == [None, "primaire", "secondaire", None]


def test_figures_of_other_years_or_labels_are_left_alone() -> None:
    others = [row("T", 100, annee=2020), row("B", 60, libelle="Enfants connus"), row("A", None)]
    assert reasons(*others) == [None, None, "primaire"]


# The attacker's own idea of a figure: a sum over elementary places and ages.
PLACES = {"T": ["a1", "a2", "a3", "B"], "A": ["a1", "a2", "a3"], "B": ["B"]}
PLACES |= {name: [name] for name in ("a1", "a2", "a3")}
AGES: dict[Ages, list[int]] = {(0, 2): [0], (3, 5): [3], (6, None): [6], (0, 5): [0, 3]}
AGES[None, None] = [0, 3, 6]
CELLS = [(place, ages) for place in PLACES for ages in AGES]


@given(
    st.lists(st.integers(0, 30), min_size=12, max_size=12),
    st.sets(st.sampled_from(CELLS), min_size=1),
    st.sets(st.sampled_from(CELLS), max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_an_attacker_never_works_out_a_secret_of_the_file(
    figures: list[int],
    present: Collection[tuple[str, Ages]],
    secret: Collection[tuple[str, Ages]],
) -> None:
    atoms = {(p, a): figures[3 * i + j] for i, p in enumerate(PLACES["T"])
             for j, a in enumerate((0, 3, 6))}  # fmt: skip
    made: dict[Hashable, list[tuple[str, int]]] = {
        (place, ages): [(p, a) for p in PLACES[place] for a in AGES[ages]]
        for place, ages in CELLS
        if (place, ages) in present
    }
    rows = [
        row(p, None if (p, ages) in secret else sum(atoms[atom] for atom in made[p, ages]), ages)
        for p, ages in CELLS
        if (p, ages) in made
    ]
    table = publish(*rows)
    published, primary = set[Hashable](), set[Hashable]()
    for line in table.to_dicts():
        cell = (line["territoire_id"], (line["age_min_ans"], line["age_max_ans"]))
        if line["motif_secret"] is None:
            published.add(cell)
        elif line["motif_secret"] == "primaire":
            primary.add(cell)
    equations = [{cell: -1} | dict.fromkeys(parts, 1) for cell, parts in made.items()]
    unknown = {key for equation in equations for key in equation} - published
    assert worked_out(unknown, equations) & primary == set()
