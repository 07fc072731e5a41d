"""The Caf's figures as published: secrets empty, and what would give them away with them."""

from collections.abc import Collection, Hashable
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cej import protected
from tests.attacker import readings, worked_out

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
    "mesure": pl.String,
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
        "mesure": "enfants",
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


def hidden(*rows: dict[str, Any]) -> list[bool]:
    return (publish(*rows)["statut"] == "secret").to_list()


def test_an_empty_file_stays_empty() -> None:
    assert publish().columns == [*SCHEMA]
    assert publish().height == 0


def test_a_hidden_figure_is_empty_and_keeps_its_place() -> None:
    table = publish(row("T", 100), row("A", None), row("B", 60))
    assert table["statut"].to_list() == ["publié", "secret", "secret"]
    assert table["valeur"].to_list() == [100, None, None]


def test_nothing_tells_a_secret_from_what_is_hidden_with_it() -> None:
    # 6 = 1 + 5: told that the first is the secret, a reader would know both.
    first, second = publish(row("T", 6), row("A", 1), row("B", 5))[1:].to_dicts()
    assert first | {"territoire_id": "B"} == second


def test_a_count_of_one_to_four_is_secret_even_if_the_file_tells_it() -> None:
    assert hidden(row("a1", 0)) == [False]
    assert hidden(row("a1", 1)) == [True]
    assert hidden(row("a1", 4)) == [True]
    assert hidden(row("a1", 5)) == [False]


def test_a_few_places_or_posts_are_nobody() -> None:
    for unit in ("places", "ETP", "heures", "pct"):
        assert hidden(row("a1", 2, unit=unit)) == [False], unit
    for unit in ("familles", "allocataires", "assistantes maternelles"):
        assert hidden(row("a1", 2, unit=unit)) == [True], unit


def test_shares_do_not_add_up() -> None:
    shares = [row("T", 30, unit="pct"), row("A", None, unit="pct"), row("B", 20, unit="pct")]
    assert hidden(*shares) == [False, True, False]


def test_an_age_band_gives_no_other_away() -> None:
    # 50 − 30 would be the secret; the other half of the ages goes, the total stays.
    bands = [row("A", 50, (0, 5)), row("A", None, (0, 2)), row("A", 30, (3, 5))]
    assert hidden(*bands) == [False, True, True]


def test_a_total_without_age_is_what_the_bands_add_up_to() -> None:
    bands = [row("A", 50), row("A", None, (0, 2)), row("A", 30, (3, None))]
    assert hidden(*bands) == [False, True, True]


def test_one_band_alone_is_not_its_total() -> None:
    assert hidden(row("A", 50), row("A", None, (0, 2))) == [False, True]


def test_bands_that_leave_ages_out_give_nothing_away() -> None:
    bands = [row("A", 50, (0, 17)), row("A", None, (0, 2)), row("A", 30, (6, 17))]
    assert hidden(*bands) == [False, True, False]


def test_a_district_that_the_file_leaves_out_is_unknown_not_zero() -> None:
    with_all = [row("A", 90), row("a1", None), row("a2", 30), row("a3", 40)]
    assert hidden(*with_all) == [False, True, True, False]
    assert hidden(*with_all[:3]) == [False, True, False]


def test_a_service_is_not_the_difference_of_its_commune_and_the_others() -> None:
    hours = [
        row("B", 50_000, unit="heures"),
        row("S-001", None, unit="heures", niveau="service"),
        row("S-002", 20_000, unit="heures", niveau="service"),
        row("S-003", 10_000, unit="heures", niveau="service"),
    ]
    assert hidden(*hours) == [False, True, True, False]


def test_a_secret_of_one_spelling_of_a_measure_is_one_of_them_all() -> None:
    hours: dict[str, Any] = {"unit": "heures", "mesure": "heures réalisées"}
    rows = [
        row("B", 50_000, **hours),
        row("S-001", None, **hours, source_id="d.csv"),
        row("S-002", 20_000, **hours),
    ]
    assert hidden(*rows) == [False, True, True]


def test_what_is_added_up_over_a_year_has_no_month() -> None:
    hours = [
        row("B", 50_000, unit="heures", mois_reference=None),
        row("S-001", None, unit="heures", mois_reference=12),
        row("S-002", 20_000, unit="heures", mois_reference=6),
    ]
    assert hidden(*hours) == [False, True, True]


def test_a_count_without_month_may_be_of_any() -> None:
    assert hidden(row("T", 100, mois_reference=None), row("A", None), row("B", 60)) == [
        False, True, True,
    ]  # fmt: skip


def test_a_share_repeated_under_another_spelling_is_as_secret() -> None:
    shares = [row("A", None, unit="pct"), row("A", 20, unit="pct"), row("B", 20, unit="pct")]
    assert hidden(*shares) == [True, True, False]


def test_counts_that_the_file_hides_are_from_one_to_four_for_a_reader() -> None:
    # 48 − 40 = 8 is 4 + 4; 50 − 40 = 10 is not two such counts, and says nothing more.
    def districts(total: int) -> list[dict[str, Any]]:
        return [row("A", total), row("a1", None), row("a2", None), row("a3", 40)]

    assert hidden(*districts(48)) == [False, True, True, True]
    assert hidden(*districts(50)) == [False, True, True, False]


def test_figures_of_other_years_months_or_measures_are_left_alone() -> None:
    others = [
        row("T", 100, annee=2020),
        row("B", 60, mesure="enfants connus"),
        row("B", 60, mois_reference=6),
        row("A", None),
    ]
    assert hidden(*others) == [False, False, False, True]


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
    published, primary = set[Hashable](), set[Hashable]()
    for source, line in zip(rows, publish(*rows).to_dicts(), strict=True):
        cell = (line["territoire_id"], (line["age_min_ans"], line["age_max_ans"]))
        if line["statut"] != "secret":
            published.add(cell)
        elif source["valeur"] is None or 0 < source["valeur"] < 5:
            primary.add(cell)
    equations = [{cell: -1} | dict.fromkeys(parts, 1) for cell, parts in made.items()]
    unknown = {key for equation in equations for key in equation} - published
    assert worked_out(unknown, equations) & primary == set()


# Two tables small enough to try all that they could be: districts in a territory, ages by place.
TREE: dict[tuple[str, Ages], list[str]] = {
    ("T", (0, 2)): ["a1", "a2", "a3", "B"],
    ("A", (0, 2)): ["a1", "a2", "a3"],
    **{(place, (0, 2)): [place] for place in ("a1", "a2", "a3", "B")},
}
CROSS: dict[tuple[str, Ages], list[str]] = {
    (place, ages): [part + band for part in parts for band in bands]
    for place, parts in {"T": ["A", "B"], "A": ["A"], "B": ["B"]}.items()
    for ages, bands in {(0, 2): ["x"], (3, 5): ["y"], (0, 5): ["x", "y"]}.items()
}


@given(
    st.sampled_from([TREE, CROSS]),
    st.lists(st.integers(0, 9), min_size=4, max_size=4),
    st.sets(st.integers(0, 8), max_size=3),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_no_count_is_the_only_one_that_what_is_published_allows(
    layout: dict[tuple[str, Ages], list[str]],
    figures: list[int],
    absent: Collection[int],
    told: bool,
) -> None:
    names = sorted({part for parts in layout.values() for part in parts})
    atoms = dict(zip(names, figures, strict=True))
    made: dict[Hashable, list[str]] = {
        cell: parts for rank, (cell, parts) in enumerate(layout.items()) if rank not in absent
    }
    counts = {cell: sum(atoms[part] for part in parts) for cell, parts in made.items()}
    rows = [
        row(place, counts[place, ages], ages) for place, ages in layout if (place, ages) in made
    ]
    published: dict[Hashable, float] = {
        cell: line["valeur"]
        for cell, line in zip(made, publish(*rows).to_dicts(), strict=True)
        if line["statut"] != "secret"
    }
    secret = {cell for cell, count in counts.items() if 0 < count < 5}
    assert secret.isdisjoint(published)
    if secret:
        known = {cell: count for cell, count in published.items() if count == 0}
        small = secret if told else None
        # Four parts of a total from one to four are one each, were nothing published at all.
        before = readings(made, known, told=small, most=14)
        after = readings(made, published, told=small, most=14)
        assert {cell for cell in secret if len(after[cell]) < 2 <= len(before[cell])} == set()


def test_the_reader_of_the_tests_finds_a_count_that_one_figure_too_many_gives() -> None:
    made: dict[Hashable, list[str]] = {"T": ["A", "B"], "A": ["A"], "B": ["B"]}
    assert readings(made, {"T": 6, "B": 5}, told=None, most=9) == {"A": {1}}
    assert readings(made, {"T": 6}, told=None, most=9)["A"] == {1, 2, 3, 4, 5}
    assert readings(made, {"T": 8}, told={"A", "B"}, most=9) == {"A": {4}, "B": {4}}
