"""EAJE places in the published file, against figures worked out by hand from the sources.

The Cnaf publishes 2 372 places for 59350 in 2019. The convention gives 378: 20 + 25 + 50 + 15 in
Lille, 55 + 49 + 40 in Lomme, 47 + 60 + 17 in Hellemmes. The BPE counts 61 establishments; each of
the 11 collective services of known capacity takes one, of its commune where its district has none
left (two of them are in 5935028, which has one). 61 − 11 = 50 are left for 2 372 − 378 = 1 994
places.
"""

import duckdb
import pytest

LILLE, HELLEMMES, LOMME = "59350-LILLE", "59298", "59355"
EACH = 1994 / 50

Warehouse = duckdb.DuckDBPyConnection


def places(warehouse: Warehouse, niveau: str) -> dict[str, float]:
    """Estimated places of each territory of a level, which are the numerators of PE03."""
    rows = warehouse.execute(
        "select territoire_id, numerateur from ecart.indicateurs "
        "where indicateur_id = 'PE03' and niveau = ? and statut = 'estimé'",
        [niveau],
    ).fetchall()
    return dict(rows)


def test_communes_and_districts_make_the_published_total_exactly(warehouse: Warehouse) -> None:
    assert sum(places(warehouse, "commune").values()) == 2372
    assert sum(places(warehouse, "district").values()) == 2372


@pytest.mark.parametrize(
    ("territory", "level", "expected"),
    [
        ("5935001", "district", 8 * EACH),  # eight establishments, none known
        ("5935006", "district", 50 + 1 * EACH),  # Concorde is one of two
        ("5935007", "district", 25 + 15 + 9 * EACH),  # two known of eleven
        ("5935024", "district", 0),  # the BPE counts none
        ("5935025", "district", 60 + 17),  # both known
        # The third establishment of Hellemmes can only be the Amicloterie, which nothing places.
        ("5935026", "district", 47),
        (LILLE, "commune", 20 + 25 + 50 + 15 + 48 * EACH),
        (HELLEMMES, "commune", 47 + 60 + 17),
        # 2 + 1 + 2 + 1 establishments, four known.
        (LOMME, "commune", 55 + 49 + 40 + 2 * EACH),
    ],
)
def test_known_places_first_then_establishments(
    warehouse: Warehouse, territory: str, level: str, expected: float
) -> None:
    assert places(warehouse, level)[territory] == pytest.approx(expected, abs=1e-4)


def test_an_interval_is_wide_where_nothing_is_known_and_narrow_where_all_is(
    warehouse: Warehouse,
) -> None:
    widths = dict(
        warehouse.execute(
            "select territoire_id, (borne_haute - borne_basse) / valeur from ecart.indicateurs "
            "where indicateur_id = 'PE03' and valeur > 0"
        ).fetchall()
    )
    assert widths["5935003"] > 2 * widths["5935025"]


def test_gaps_to_the_rate_of_the_territory_cancel_out(warehouse: Warehouse) -> None:
    for level in ("commune", "district"):
        gaps = warehouse.execute(
            "select sum(valeur), count(*) from ecart.indicateurs where indicateur_id = 'PE04' "
            "and declinaison = 'cible territoire' and niveau = ?",
            [level],
        ).fetchone()
        assert gaps is not None
        assert gaps[0] == pytest.approx(0, abs=1e-6)
        assert gaps[1] == {"commune": 3, "district": 17}[level]


@pytest.mark.parametrize(
    ("target", "file"),
    [
        ("département", "txcouv_pe_dep.csv"),
        ("France", "txcouv_pe_nat.csv"),
        ("politique", "cibles.csv"),
    ],
)
def test_a_target_that_no_document_gives_says_what_to_drop_or_to_write_and_where(
    warehouse: Warehouse, target: str, file: str
) -> None:
    rows = warehouse.execute(
        "select statut, motif from ecart.indicateurs "
        "where indicateur_id = 'PE04' and declinaison = ?",
        [f"cible {target}"],
    ).fetchall()
    assert len(rows) == 3 + 17
    assert {status for status, _ in rows} == {"non calculable"}
    for words in (file, "cibles.csv", f"« {target} »"):
        assert all(words in reason for _, reason in rows), words


# Annex 4: Digue Dondaine 4, Oisillons 14, Sauvegarde 20 (10 for the city), Coopérative 20 (10) in
# 2021; Concorde 20 and the Amicloterie 5 in 2023; Farandole 2 in 2024; a MAM of 16 in 2023.
@pytest.mark.parametrize(
    ("declination", "by_year"),
    [
        ("EAJE, brutes", {2021: 58, 2022: 0, 2023: 25, 2024: 2}),
        ("EAJE, ville", {2021: 38, 2022: 0, 2023: 25, 2024: 2}),
        ("assistantes maternelles, brutes", {2021: 0, 2022: 0, 2023: 16, 2024: 0}),
        # Montessori; porte de Valenciennes; P'tits Minouches and the actions to come of Lomme.
        ("actions non définies", {2021: 1, 2022: 1, 2023: 2, 2024: 0}),
    ],
)
def test_planned_places_are_those_of_annex_4_year_by_year(
    warehouse: Warehouse, declination: str, by_year: dict[int, float]
) -> None:
    found = warehouse.execute(
        "select millesime, sum(valeur) from ecart.indicateurs where indicateur_id = 'PE06' "
        "and declinaison = ? and niveau = 'commune' group by millesime",
        [declination],
    ).fetchall()
    assert dict(found) == by_year


def test_what_the_plan_announces_without_a_number_or_a_district_is_not_a_known_zero(
    warehouse: Warehouse,
) -> None:
    # Lille Sud: Les P'tits Minouches, no number. Hellemmes: L'Amicloterie, no district.
    found = warehouse.execute(
        "select territoire_id, valeur, statut, completude_pct from ecart.indicateurs "
        "where indicateur_id = 'PE06' and declinaison = 'EAJE, brutes' and millesime = 2023 "
        "and niveau = 'district' and statut <> 'calculé' order by territoire_id"
    ).fetchall()
    assert found == [
        (district, 0, "estimé", 0) for district in ("5935007", "5935024", "5935025", "5935026")
    ]


def test_the_financing_of_the_popelines_adds_no_place(warehouse: Warehouse) -> None:
    found = warehouse.execute(
        "select sum(valeur) from ecart.indicateurs where indicateur_id = 'PE06' "
        "and territoire_id = '5935025'"
    ).fetchone()
    assert found == (0,)
