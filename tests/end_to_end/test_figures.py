"""Figures of the published file against the publications that they come from.

Nothing here is read from our own output: a figure stands in the source's own page or file, or is
worked out again in polars, straight from the files of `sources/`.
"""

import math
import re
from collections.abc import Callable, Iterable
from statistics import NormalDist, fmean

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.settings import ROOT

Warehouse = duckdb.DuckDBPyConnection

SOURCES = ROOT / "sources"
LILLE, HELLEMMES, LOMME, WHOLE = "59350-LILLE", "59298", "59355", "59350"
DISTRICTS = {
    LILLE: [f"59350{number:02}" for number in range(1, 11)],
    HELLEMMES: [f"59350{number:02}" for number in range(24, 27)],
    LOMME: [f"59350{number:02}" for number in range(27, 31)],
}
ALL_DISTRICTS = [district for districts in DISTRICTS.values() for district in districts]
# What the methods of the catalogue set: the design effect, and the variance of one person counted.
DEFF = 2
SCALE = 1.5 * DEFF


def read(name: str) -> pl.DataFrame:
    """A file of `sources/`, all in text, as published."""
    return pl.read_csv(SOURCES / name, separator=";", infer_schema=False)


def one(warehouse: Warehouse, sql: str, *parameters: object) -> object:
    rows = warehouse.execute(sql, list(parameters)).fetchall()
    assert len(rows) == 1, rows
    return rows[0][0]


def number(warehouse: Warehouse, sql: str, *parameters: object) -> float:
    value = one(warehouse, sql, *parameters)
    assert isinstance(value, int | float), value
    return float(value)


def values(warehouse: Warehouse, sql: str) -> set[object]:
    """The first column of a query."""
    return {row[0] for row in warehouse.execute(sql).fetchall()}


# --- figures of the publications -----------------------------------------------------------------


def test_the_census_of_2019_counts_234_475_people(warehouse: Warehouse) -> None:
    people = number(
        warehouse,
        "select personnes from besoin.population "
        "where territoire_id = ? and tranche_age = 'ensemble' and millesime = 2019",
        WHOLE,
    )
    assert people == pytest.approx(234_475, abs=0.5)


@pytest.mark.parametrize(("year", "births"), [(2019, 3_134), (2024, 2_206)])
def test_births_are_those_of_the_civil_registry(
    year: int, births: int, warehouse: Warehouse
) -> None:
    assert births == one(
        warehouse,
        "select naissances from besoin.naissances where territoire_id = ? and annee = ?",
        WHOLE,
        year,
    )


def test_the_cnaf_covers_61_8_percent_with_4_993_places_in_2019(warehouse: Warehouse) -> None:
    rows = warehouse.execute(
        "select valeur, numerateur, statut, niveau from ecart.indicateurs "
        "where indicateur_id = 'PE01' and declinaison = 'ensemble' and millesime = 2019"
    ).fetchall()
    assert rows == [(61.8, 4_993, "publié", "territoire")]
    assert warehouse.execute(
        "select places, taux_couverture_pct from offre.places_cnaf "
        "where mode = 'ensemble' and annee = 2019 and territoire_id = ?",
        [WHOLE],
    ).fetchall() == [(4_993, 61.8)]


def test_the_published_total_of_the_cnaf_is_kept_when_its_modes_differ(
    warehouse: Warehouse,
) -> None:
    # 2020: 1993 + 429 + 591 + 1744 + 213 = 4970, published 4969.
    assert one(
        warehouse,
        "select numerateur from ecart.indicateurs "
        "where indicateur_id = 'PE01' and declinaison = 'ensemble' and millesime = 2020",
    ) == 4_969  # fmt: skip


def test_the_caf_masks_22_iris_of_110_in_2019(warehouse: Warehouse) -> None:
    assert warehouse.execute(
        "select distinct iris_masques, iris_total from besoin.allocataires "
        "where territoire_id = ? and millesime = 2019",
        [WHOLE],
    ).fetchall() == [(22, 110)]


@pytest.mark.parametrize(
    ("kind", "place", "expected"),
    [
        ("D502", WHOLE, 61),
        ("C101", WHOLE, 43),
        ("C104", WHOLE, 66),
        ("D502", "5935007", 11),
        ("D502", "5935024", 0),
    ],
)
def test_the_equipment_is_that_of_the_bpe(
    kind: str, place: str, expected: int, warehouse: Warehouse
) -> None:
    assert expected == one(
        warehouse,
        "select equipements from offre.equipements_bpe "
        "where type_equipement = ? and territoire_id = ? and millesime = 2019",
        kind,
        place,
    )


def test_the_registry_has_each_printed_line_of_its_annexes(warehouse: Warehouse) -> None:
    found = dict(
        warehouse.execute("select annexe, count(*) from offre.registre group by all").fetchall()
    )
    assert found == {"1": 210, "1 bis": 28, "1 Hellemmes": 24}


def test_the_annexe_of_lille_has_its_lines_by_printed_heading(warehouse: Warehouse) -> None:
    # 12 + 25 EAJE and 2 lines of the crèche familiale, 37 + 18 extra, 71 + 19 péri.
    found = dict(
        warehouse.execute(
            "select rubrique || coalesce(' ' || lower(gestion_imprimee), ''), count(*) "
            "from offre.registre where annexe = '1' group by all"
        ).fetchall()
    )
    assert found == {
        "EAJE municipal": 14,
        "EAJE associatif": 25,
        "LAEP": 5,
        "RAM": 2,
        "LUDOTHEQUE": 7,
        "ALSH EXTRA municipal": 37,
        "ALSH EXTRA associatif": 18,
        "ALSH PERI ville de lille": 71,
        "ALSH PERI associations": 19,
        "Accueil Ados associations": 12,
    }


def test_the_registry_keeps_each_line_as_it_is_printed(warehouse: Warehouse) -> None:
    printed = read("conventions/lille-2021/registre.csv")
    held = warehouse.execute(
        "select ligne_id, annexe, rubrique, gestion_imprimee, nom_imprime, adresse_imprimee "
        "from offre.registre order by ligne_id"
    ).pl()
    expected = printed.select(
        "ligne_id",
        "annexe",
        "rubrique",
        pl.col("gestion").alias("gestion_imprimee"),
        pl.col("nom").alias("nom_imprime"),
        pl.col("adresse").alias("adresse_imprimee"),
    ).sort("ligne_id")
    assert_frame_equal(held, expected)


@pytest.mark.parametrize(("place", "children"), [(LILLE, 6_310), (HELLEMMES, 772), (LOMME, 1_104)])
def test_each_commune_has_its_children_under_three(
    place: str, children: int, warehouse: Warehouse
) -> None:
    found = number(
        warehouse,
        "select personnes from besoin.population "
        "where territoire_id = ? and tranche_age = '0-2 ans' and millesime = 2019",
        place,
    )
    assert round(found) == children


def test_there_are_17_districts_and_110_iris(warehouse: Warehouse) -> None:
    rows = warehouse.execute("select district_id, commune_id from referentiel.districts").fetchall()
    assert sorted(rows) == sorted(
        (district, commune) for commune, districts in DISTRICTS.items() for district in districts
    )
    iris = warehouse.execute("select iris, district_id from referentiel.iris").fetchall()
    assert len(iris) == 110
    assert all(code.startswith(district) for code, district in iris)


# --- PE02 and the completeness that it is read with ----------------------------------------------


def test_pe02_of_lille_is_not_calculable_and_says_why(warehouse: Warehouse) -> None:
    rows = warehouse.execute(
        "select valeur, borne_basse, borne_haute, statut, motif from ecart.indicateurs "
        "where indicateur_id = 'PE02' and territoire_id = ?",
        [LILLE],
    ).fetchall()
    assert [row[:4] for row in rows] == [(None, None, None, "non calculable")]
    # Annex 4 gives 20 + 25 + 50 + 15 places to four of the 14 + 25 lines of annexe 1.
    assert re.search(r"\b4\b.*\b39\b.*10,3", rows[0][4])


def test_pe02_always_stands_beside_dq01(warehouse: Warehouse) -> None:
    pairs = warehouse.execute(
        "select pe02.territoire_id, pe02.completude_pct, coalesce(dq01.valeur, 0) "
        "from ecart.indicateurs as pe02 left join ecart.indicateurs as dq01 "
        "on pe02.territoire_id = dq01.territoire_id and pe02.millesime = dq01.millesime "
        "and dq01.indicateur_id = 'DQ01' where pe02.indicateur_id = 'PE02'"
    ).fetchall()
    assert len(pairs) == 20
    assert [pair for pair in pairs if pair[1] != pair[2]] == []


@pytest.mark.parametrize(
    # Lomme: 55 + 49 + 40 (annex 4 bis, module 12). Hellemmes: 47 + 60 + 17 (module 13).
    ("place", "places"),
    [(LOMME, 144), (HELLEMMES, 124)],
)
def test_pe02_is_the_known_places_over_the_children(
    place: str, places: int, warehouse: Warehouse
) -> None:
    children = children_under_three(place)
    value = number(
        warehouse,
        "select valeur from ecart.indicateurs where indicateur_id = 'PE02' and territoire_id = ?",
        place,
    )
    assert value == pytest.approx(100 * places / children)


def test_the_upper_bound_of_pe02_draws_the_capacities_that_no_document_gives(
    warehouse: Warehouse,
) -> None:
    """Hellemmes: 124 places known, and two micro-crèches, of 12 places at most each.

    The smallest capacity that a document gives is 15 places: both draws are at the legal ceiling.
    """
    children = children_under_three(HELLEMMES)
    low, high = warehouse.execute(
        "select borne_basse, borne_haute from ecart.indicateurs "
        "where indicateur_id = 'PE02' and territoire_id = ?",
        [HELLEMMES],
    ).fetchall()[0]
    assert law_of_rate(100 * 124, children)(low) == pytest.approx(0.05, abs=0.03)
    assert law_of_rate(100 * (124 + 12 + 12), children)(high) == pytest.approx(0.95, abs=0.03)


def test_pe02_of_a_complete_count_has_the_interval_of_the_census(warehouse: Warehouse) -> None:
    children = children_under_three(LOMME)
    bounds = warehouse.execute(
        "select borne_basse, borne_haute from ecart.indicateurs "
        "where indicateur_id = 'PE02' and territoire_id = ?",
        [LOMME],
    ).fetchall()[0]
    assert_ninety_percent([(bounds, law_of_rate(100 * 144, children))])


@pytest.mark.parametrize(
    ("name", "kind", "columns"),
    [
        ("ALSH02", "ALSH extrascolaire", ["P19_POP0305", "P19_POP0610"]),
        ("PERI01", "ALSH périscolaire", ["P19_POP0305", "P19_POP0610"]),
        ("ADO01", "accueil ados", ["P19_POP1117"]),
    ],
)
def test_the_interval_of_a_district_shares_out_the_services_that_nothing_places(
    name: str, kind: str, columns: list[str], warehouse: Warehouse
) -> None:
    """Of u services, a district of d receives j with the binomial law of parameters u and 1 / d."""
    children = dict(
        census().group_by("district_id").agg(pl.sum_horizontal(columns).sum()).iter_rows()
    )
    services = warehouse.execute(
        "select commune_id, district_id from offre.services where type_service = ?", [kind]
    ).fetchall()

    def below(district: str, commune: str) -> Callable[[float], float]:
        placed = sum(found == district for _, found in services)
        loose = sum(found == commune and there is None for found, there in services)
        chance = 1 / len(DISTRICTS[commune])
        return lambda rate: sum(
            math.comb(loose, more)
            * chance**more
            * (1 - chance) ** (loose - more)
            * law_of_rate(1000 * (placed + more), children[district])(rate)
            for more in range(loose + 1)
        )

    held = {row["district_id"]: row for row in indicator(warehouse, name).to_dicts()}
    # A bound that a point of the law reaches (no service) is no quantile of it.
    ranks = [
        (
            (held[district]["borne_basse"], held[district]["borne_haute"]),
            below(district, commune),
        )
        for commune, districts in DISTRICTS.items()
        for district in districts
        if 0 < held[district]["borne_basse"] < held[district]["valeur"]
    ]
    assert len(ranks) > 3
    assert_ninety_percent(ranks)


# --- sums ----------------------------------------------------------------------------------------

ADDITIVE = [
    ("besoin.population", "tranche_age, millesime, edition", ["personnes"]),
    (
        "besoin.familles",
        "millesime, edition",
        [
            "familles_avec_enfant",
            "familles_monoparentales",
            "familles_1_enfant",
            "familles_2_enfants",
            "familles_3_enfants_ou_plus",
        ],
    ),
    ("offre.equipements_bpe", "type_equipement, millesime, edition", ["equipements"]),
    (
        "besoin.allocataires",
        "mesure, tranche_age, millesime, edition",
        ["borne_basse", "borne_haute", "iris_total", "iris_masques", "cellules_vides"],
    ),
]


@pytest.mark.parametrize(
    ("table", "key", "column"),
    [(table, key, column) for table, key, columns in ADDITIVE for column in columns],
)
def test_districts_make_communes_and_communes_make_the_territory(
    table: str, key: str, column: str, warehouse: Warehouse
) -> None:
    names = [name.strip() for name in key.split(",")]
    rows = warehouse.execute(
        f"select {key}, territoire_id, niveau, cast({column} as double) as x from {table}"
    ).pl()
    parents = {
        district: commune for commune, districts in DISTRICTS.items() for district in districts
    } | dict.fromkeys(DISTRICTS, WHOLE)
    # One district without a bound leaves its commune without one.
    sums = (
        rows.filter(pl.col("niveau") != "territoire")
        .with_columns(pl.col("territoire_id").replace_strict(parents).alias("territoire_id"))
        .group_by(*names, "territoire_id")
        .agg(
            pl.when(pl.col("x").is_not_null().all()).then(pl.col("x").sum()).first().alias("x"),
            pl.len().alias("parts"),
        )
    )
    wholes = rows.filter(pl.col("niveau") != "district").select(*names, "territoire_id", "x")
    assert sums.height == wholes.height > 0
    assert set(sums.get_column("parts")) == {3, 4, 10}
    assert_frame_equal(
        sums.drop("parts"),
        wholes,
        check_row_order=False,
        check_column_order=False,
        rel_tol=1e-9,
    )


# --- the catalogue -------------------------------------------------------------------------------

CATALOGUE = {
    "PE01": {"territoire": 1},
    "PE02": {"commune": 3, "district": 17},
    "PE03": {"commune": 3, "district": 17},
    "PE04": {"commune": 3, "district": 17},
    "PE05": {"commune": 3, "district": 17},
    "PE06": {"commune": 3, "district": 17},
    "PE07": {"commune": 3, "district": 17},
    "PE08": {"commune": 3},
    "PE09": {"commune": 3},
    "RPE01": {"commune": 3, "territoire": 1},
    "ALSH01": {"commune": 3},
    "ALSH02": {"commune": 3, "district": 17},
    "PERI01": {"commune": 3, "district": 17},
    "ADO01": {"commune": 3, "district": 17},
    "LUD01": {"commune": 3, "district": 17},
    "LAEP01": {"commune": 3, "district": 17},
    "ECO01": {"commune": 3, "district": 17},
    "BES01": {"commune": 3, "district": 17},
    "BES02": {"commune": 3, "district": 17},
    "BES03": {"district": 17},
    "BES04": {"district": 17},
    "PRI01": {"district": 17},
    "EQU01": {"territoire": 1},
    "GOV01": {"commune": 3, "territoire": 1},
    "GOV02": {"commune": 3, "territoire": 1},
    "GOV03": {"commune": 3, "territoire": 1},
    "GOV04": {"commune": 3, "territoire": 1},
    "DQ01": {"commune": 3, "district": 17},
    "DQ02": {"commune": 3},  # the preamble counts by commune only
    "DQ03": {"commune": 3, "district": 17},
}


@pytest.mark.parametrize("indicator", CATALOGUE)
def test_an_indicator_is_there_at_each_of_its_levels(indicator: str, warehouse: Warehouse) -> None:
    rows = warehouse.execute(
        "select declinaison, millesime, edition, niveau, count(distinct territoire_id) "
        "from ecart.indicateurs where indicateur_id = ? group by all",
        [indicator],
    ).fetchall()
    found: dict[tuple[str, int, str], dict[str, int]] = {}
    for breakdown, vintage, edition, level, count in rows:
        found.setdefault((breakdown, vintage, edition), {})[level] = count
    assert found
    assert [places for places in found.values() if places != CATALOGUE[indicator]] == []


def test_no_indicator_is_there_that_the_catalogue_does_not_name(warehouse: Warehouse) -> None:
    found = values(warehouse, "select distinct indicateur_id from ecart.indicateurs")
    assert found == set(CATALOGUE)


def test_each_value_cites_files_that_the_catalogue_of_sources_holds(warehouse: Warehouse) -> None:
    known = values(warehouse, "select source_id from referentiel.sources")
    cited = warehouse.execute(
        "select distinct indicateur_id, sources from ecart.indicateurs where sources <> 'aucune'"
    ).fetchall()
    assert [row for row in cited if not set(row[1].split(" ; ")) <= known] == []
    assert all((SOURCES / name).is_file() for _, files in cited for name in files.split(" ; "))


def test_each_value_is_finite_and_lies_between_its_bounds(warehouse: Warehouse) -> None:
    assert warehouse.execute(
        "select indicateur_id, territoire_id, borne_basse, valeur, borne_haute "
        "from ecart.indicateurs where not isfinite(coalesce(valeur, 0)) "
        "or not isfinite(coalesce(borne_basse, 0)) or not isfinite(coalesce(borne_haute, 0)) "
        "or borne_basse > valeur or valeur > borne_haute"
    ).fetchall() == []  # fmt: skip


def test_an_absent_value_says_why_and_a_present_one_is_never_not_calculable(
    warehouse: Warehouse,
) -> None:
    assert warehouse.execute(
        "select indicateur_id, territoire_id, statut, motif from ecart.indicateurs "
        "where (valeur is null) <> (statut in ('non calculable', 'secret')) "
        "or (valeur is null and coalesce(motif, '') = '')"
    ).fetchall() == []  # fmt: skip


def test_a_figure_of_the_whole_commune_is_never_copied_down(warehouse: Warehouse) -> None:
    assert warehouse.execute(
        "select distinct niveau from ecart.indicateurs where indicateur_id = 'PE01'"
    ).fetchall() == [("territoire",)]
    for table in ("besoin.naissances", "offre.places_cnaf"):
        levels = values(warehouse, f"select distinct niveau from {table}")
        assert levels <= {"territoire", "référence"}, table


def test_an_iris_is_never_a_territory(warehouse: Warehouse) -> None:
    known = values(warehouse, "select territoire_id from referentiel.territoires")
    assert known == {WHOLE, "59", "F", *DISTRICTS, *ALL_DISTRICTS}
    columns = warehouse.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where schema_name in ('besoin', 'offre', 'ecart') "
        "and column_name in ('territoire_id', 'commune_id', 'district_id')"
    ).fetchall()
    assert len(columns) > 10
    for schema, table, column in columns:
        held = values(warehouse, f"select distinct {column} from {schema}.{table}")
        assert held - {None} <= known, (schema, table, column)
    levels = warehouse.execute(
        "select schema_name || '.' || table_name from duckdb_columns() "
        "where schema_name in ('besoin', 'offre', 'ecart') and column_name = 'niveau'"
    ).fetchall()
    for (table,) in levels:
        held = values(warehouse, f"select distinct niveau from {table}")
        # A priority quarter is another area than the districts, which Insee publishes as such.
        areas = {"quartier", "France"} if table == "besoin.quartiers_prioritaires" else set()
        assert held <= {"territoire", "commune", "district", "référence"} | areas, table
    iris = warehouse.execute(
        "select table_name from duckdb_columns() "
        "where schema_name in ('besoin', 'offre', 'ecart') and column_name = 'iris'"
    ).fetchall()
    assert iris == []


# --- the same figures by another path -----------------------------------------------------------


def census() -> pl.DataFrame:
    """The census file, its figures as numbers, the district in front."""
    return (
        read("insee/base-ic-evol-struct-pop-2019.csv")
        .with_columns(pl.col("^P19_.*$").cast(pl.Float64))
        .with_columns(pl.col("IRIS").str.slice(0, 7).alias("district_id"))
    )


def children_under_three(commune: str) -> float:
    people = census().filter(pl.col("district_id").is_in(DISTRICTS[commune]))
    return float(people.get_column("P19_POP0002").sum())


def census_law(count: float, people: float) -> float:
    """The chance that a count of the census, gamma of mean n and variance s × n, is below people.

    Wilson and Hilferty, « The distribution of chi-square », PNAS 17, 1931: the cube root of a gamma
    is all but normal.
    """
    shape = count / SCALE
    return NormalDist().cdf(
        3 * math.sqrt(shape) * ((people / count) ** (1 / 3) - 1 + 1 / (9 * shape))
    )


def law_of_rate(numerator: float, count: float) -> Callable[[float], float]:
    """The law of a numerator that is known over a count of the census."""
    return lambda rate: 1 - census_law(count, numerator / rate)


def assert_ninety_percent(
    intervals: Iterable[tuple[tuple[float, float], Callable[[float], float]]],
) -> None:
    """Bounds are the 5 % and 95 % quantiles of their law, within what 1 000 draws tell of it.

    A quantile of 1 000 draws misses its rank by √(0.05 × 0.95 / 1000) = 0.7 %: none misses it by
    3 %, and they do not miss it by 1 % together.
    """
    ranks = [(law(low), law(high)) for (low, high), law in intervals]
    assert ranks
    assert [
        pair for pair in ranks if abs(pair[0] - 0.05) > 0.03 or abs(pair[1] - 0.95) > 0.03
    ] == []
    if len(ranks) > 10:
        assert fmean(low for low, _ in ranks) == pytest.approx(0.05, abs=0.01)
        assert fmean(high for _, high in ranks) == pytest.approx(0.95, abs=0.01)


def interval(count: float) -> tuple[float, float]:
    """x(1 ± 2 CV), never below zero."""
    deviation = 2 * math.sqrt(1.5 * DEFF / count)
    return count * max(0.0, 1 - deviation), count * (1 + deviation)


def indicator(
    warehouse: Warehouse, name: str, breakdown: str = "ensemble", vintage: int | None = None
) -> pl.DataFrame:
    return warehouse.execute(
        "select territoire_id as district_id, valeur, borne_basse, borne_haute, completude_pct "
        "from ecart.indicateurs where indicateur_id = ? and declinaison = ? "
        "and niveau = 'district' and millesime = coalesce(?, millesime) order by territoire_id",
        [name, breakdown, vintage],
    ).pl()


@pytest.mark.parametrize(
    ("band", "columns"),
    [
        ("0-2 ans", ["P19_POP0002"]),
        ("3-5 ans", ["P19_POP0305"]),
        ("6-10 ans", ["P19_POP0610"]),
        ("11-17 ans", ["P19_POP1117"]),
        ("3-10 ans", ["P19_POP0305", "P19_POP0610"]),
        ("0-17 ans", ["P19_POP0002", "P19_POP0305", "P19_POP0610", "P19_POP1117"]),
        ("ensemble", ["P19_POP"]),
    ],
)
def test_the_population_of_a_district_is_the_sum_of_its_iris(
    band: str, columns: list[str], warehouse: Warehouse
) -> None:
    expected = (
        census()
        .group_by("district_id")
        .agg(pl.sum_horizontal(columns).sum().alias("personnes"))
        .with_columns(
            pl.col("personnes")
            .map_elements(lambda n: interval(n)[0], return_dtype=pl.Float64)
            .alias("borne_basse_personnes"),
            pl.col("personnes")
            .map_elements(lambda n: interval(n)[1], return_dtype=pl.Float64)
            .alias("borne_haute_personnes"),
        )
        .sort("district_id")
    )
    held = warehouse.execute(
        "select territoire_id as district_id, personnes, borne_basse_personnes, "
        "borne_haute_personnes from besoin.population where niveau = 'district' "
        "and tranche_age = ? and millesime = 2019 order by 1",
        [band],
    ).pl()
    assert held.height == 17
    assert_frame_equal(held, expected, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("breakdown", "kind", "column"),
    [("maternelles", "C101", "P19_POP0305"), ("élémentaires", "C104", "P19_POP0610")],
)
def test_eco01_is_schools_over_children_by_another_path(
    breakdown: str, kind: str, column: str, warehouse: Warehouse
) -> None:
    schools = (
        read("insee/bpe19_ensemble.csv")
        .filter(pl.col("TYPEQU") == kind)
        .with_columns(pl.col("DCIRIS").str.replace("_", "").str.slice(0, 7).alias("district_id"))
        .group_by("district_id")
        .agg(pl.col("NB_EQUIP").cast(pl.Int64).sum().alias("schools"))
    )
    children = census().group_by("district_id").agg(pl.col(column).sum().alias("children"))
    rows = children.join(schools, on="district_id", how="left").fill_null(0).sort("district_id")
    held = indicator(warehouse, "ECO01", breakdown)
    assert held.get_column("district_id").to_list() == rows.get_column("district_id").to_list()
    expected = [1000 * schools / children for _, children, schools in rows.rows()]
    assert held.get_column("valeur").to_list() == pytest.approx(expected)
    assert_ninety_percent(
        (
            (found["borne_basse"], found["borne_haute"]),
            law_of_rate(1000 * schools, children),
        )
        for (_, children, schools), found in zip(rows.rows(), held.to_dicts(), strict=True)
        if schools
    )


def test_bes02_is_lone_parents_over_families_by_another_path(warehouse: Warehouse) -> None:
    families = (
        read("insee/base-ic-couples-familles-menages-2019.csv")
        .with_columns(pl.col("^C19_.*$").cast(pl.Float64))
        .with_columns(pl.col("IRIS").str.slice(0, 7).alias("district_id"))
        .group_by("district_id")
        .agg(pl.col("C19_FAMMONO").sum(), pl.col("C19_COUPAENF").sum())
        .sort("district_id")
    )
    held = indicator(warehouse, "BES02")
    assert held.get_column("district_id").to_list() == ALL_DISTRICTS
    shares = [lone / (lone + couples) for _, lone, couples in families.rows()]
    assert held.get_column("valeur").to_list() == pytest.approx([100 * share for share in shares])
    # The share of two gamma laws of one scale: a beta law, of variance p(1 − p) / (n / s + 1).
    assert_ninety_percent(
        (
            (found["borne_basse"], found["borne_haute"]),
            NormalDist(
                100 * share,
                100 * math.sqrt(share * (1 - share) / ((lone + couples) / SCALE + 1)),
            ).cdf,
        )
        for share, (_, lone, couples), found in zip(
            shares, families.rows(), held.to_dicts(), strict=True
        )
    )


def test_bes03_is_a_weighted_mean_by_another_path(warehouse: Warehouse) -> None:
    rates = read("insee/BASE_TD_FILO_DISP_IRIS_2019.csv").select(
        "IRIS",
        pl.col("DISP_TP6019").str.replace(",", ".").cast(pl.Float64, strict=False).alias("rate"),
    )
    people = (
        census()
        .join(rates, on="IRIS", how="left")
        .with_columns(
            pl.when(pl.col("rate").is_not_null()).then("P19_POP").otherwise(0).alias("covered")
        )
        .group_by("district_id")
        .agg(
            ((pl.col("rate") * pl.col("covered")).sum() / pl.col("covered").sum()).alias("valeur"),
            (100 * pl.col("covered").sum() / pl.col("P19_POP").sum()).alias("completude_pct"),
        )
        .sort("district_id")
    )
    held = indicator(warehouse, "BES03", vintage=2019)
    assert held.height == 17
    assert_frame_equal(held.select("district_id", "valeur", "completude_pct"), people, rel_tol=1e-9)


def test_the_interval_of_bes03_is_that_of_the_weights_where_every_iris_is_published(
    warehouse: Warehouse,
) -> None:
    """By the delta method, var(R) = s Σ n (r − R)² / N²: the rates themselves are exact."""
    rates = read("insee/BASE_TD_FILO_DISP_IRIS_2019.csv").select(
        "IRIS",
        pl.col("DISP_TP6019").str.replace(",", ".").cast(pl.Float64, strict=False).alias("rate"),
    )
    spread = (
        census()
        .filter(pl.col("P19_POP") > 0)
        .join(rates, on="IRIS", how="left")
        .with_columns(
            (
                (pl.col("rate") * pl.col("P19_POP")).sum().over("district_id")
                / pl.col("P19_POP").sum().over("district_id")
            ).alias("mean")
        )
        .group_by("district_id")
        .agg(
            pl.col("mean").first(),
            (
                (SCALE * (pl.col("P19_POP") * (pl.col("rate") - pl.col("mean")) ** 2).sum()).sqrt()
                / pl.col("P19_POP").sum()
            ).alias("deviation"),
            pl.col("rate").is_not_null().all().alias("complete"),
        )
        .filter("complete")
    )
    held = indicator(warehouse, "BES03", vintage=2019).join(spread, on="district_id")
    assert held.height > 5
    assert_ninety_percent(
        (
            (found["borne_basse"], found["borne_haute"]),
            NormalDist(found["mean"], found["deviation"]).cdf,
        )
        for found in held.filter(pl.col("deviation") > 0).to_dicts()
    )


def test_the_interval_of_bes03_is_wider_where_an_iris_has_no_rate(warehouse: Warehouse) -> None:
    held = indicator(warehouse, "BES03", vintage=2019).with_columns(
        (pl.col("borne_haute") - pl.col("borne_basse")).alias("width"),
        (pl.col("completude_pct") < 99).alias("partial"),
    )
    widths = dict(held.group_by("partial").agg(pl.col("width").median()).iter_rows())
    assert widths[True] > 2 * widths[False]


def test_bes01_counts_the_children_of_the_rows_that_are_not_masked(warehouse: Warehouse) -> None:
    children = (
        read("caf/data_CAF_2019_IRIS.csv")
        .filter(pl.col("NOTE") == "0")
        .with_columns(pl.col("CODGEO").str.slice(0, 7).alias("district_id"))
        .group_by("district_id")
        .agg(pl.col("ENF_2").cast(pl.Int64).sum().alias("known"))
        .join(
            census().group_by("district_id").agg(pl.col("P19_POP0002").sum().alias("children")),
            on="district_id",
        )
        .select("district_id", (100 * pl.col("known") / pl.col("children")).alias("valeur"))
        .sort("district_id")
    )
    held = warehouse.execute(
        "select territoire_id as district_id, valeur from ecart.indicateurs "
        "where indicateur_id = 'BES01' and declinaison = '0-2 ans' and millesime = 2019 "
        "and niveau = 'district' order by 1"
    ).pl()
    assert_frame_equal(held, children, rel_tol=1e-9)


def test_the_interval_of_bes01_is_that_of_the_census_where_the_caf_hides_nothing(
    warehouse: Warehouse,
) -> None:
    rows = warehouse.execute(
        "select i.borne_basse, i.borne_haute, i.numerateur, i.denominateur "
        "from ecart.indicateurs as i where indicateur_id = 'BES01' and statut = 'calculé'"
    ).fetchall()
    assert len(rows) > 10
    assert_ninety_percent(
        ((low, high), law_of_rate(100 * known, children)) for low, high, known, children in rows
    )


def test_masked_iris_leave_bes01_a_bound_that_19_published_iris_of_20_are_under(
    warehouse: Warehouse,
) -> None:
    """The children of the masked IRIS, times the 95th percentile of Caf over census elsewhere."""
    caf = read("caf/data_CAF_2019_IRIS.csv").select(
        pl.col("CODGEO").alias("IRIS"),
        pl.col("NOTE") != "0",
        pl.col("ENF_2").cast(pl.Float64, strict=False).alias("connus"),
    )
    both = census().join(caf, on="IRIS", how="left").with_columns(pl.col("NOTE").fill_null(True))
    ratios = both.filter(~pl.col("NOTE"), pl.col("connus").is_not_null(), pl.col("P19_POP0002") > 0)
    ratio = (ratios["connus"] / ratios["P19_POP0002"]).quantile(0.95, "linear")
    assert ratio is not None
    # More than one IRIS in four has more children at the Caf than at the census.
    assert 1.2 < ratio < 1.6
    hidden = dict(
        both.filter("NOTE").group_by("district_id").agg(pl.col("P19_POP0002").sum()).iter_rows()
    )
    rows = warehouse.execute(
        "select territoire_id, borne_haute, numerateur, denominateur from ecart.indicateurs "
        "where indicateur_id = 'BES01' and declinaison = '0-2 ans' and millesime = 2019 "
        "and niveau = 'district' and motif like '%IRIS masqué%'"
    ).fetchall()
    assert {row[0] for row in rows} <= set(hidden)
    assert len(rows) > 5
    for district, high, known, children in rows:
        most = known + ratio * hidden[district]
        rate = most / children
        # Of a sum of two counts over another that has them both: the delta method.
        deviation = (
            math.sqrt(
                SCALE
                * ((ratio - rate) ** 2 * hidden[district] + rate**2 * (children - hidden[district]))
            )
            / children
        )
        assert 100 * rate < high < 100 * (rate + 3 * deviation)


# --- where things stand --------------------------------------------------------------------------


def located() -> pl.DataFrame:
    """The placements that locate an address, with the number that their proof gives."""
    return read("conventions/lille-2021/placements.csv").filter(
        pl.col("methode") == "adresse localisée", pl.col("lon").is_not_null()
    )


def test_the_point_of_a_site_is_that_of_one_placement(warehouse: Warehouse) -> None:
    points = {
        (float(lon), float(lat))
        for lon, lat in read("conventions/lille-2021/placements.csv")
        .select("lon", "lat")
        .drop_nulls()
        .rows()
    }
    sites = warehouse.execute(
        "select site_id, lon, lat from offre.sites where lon is not null or lat is not null"
    ).fetchall()
    assert len(sites) > 50
    assert [site for site in sites if (site[1], site[2]) not in points] == []


def test_a_service_bears_the_point_of_the_address_that_its_proof_locates(
    warehouse: Warehouse,
) -> None:
    """« 29/27 rue Littré » is located by « 29 rue littre »: its point is that of 29, not of 27."""
    proofs = {
        line: match.group(1)
        for line, proof in located().select("ligne_id", "preuve").rows()
        if (match := re.search(r"« (\d+)", proof))
    }
    held = warehouse.execute(
        "select service_id, adresse from offre.services where lon is not null"
    ).fetchall()
    wrong = []
    for service, address in held:
        # A printed range, « 62-66 rue de la Plaine », is located by either of its numbers.
        numbers = re.findall(r"\d+", (address or "").split(" ")[0])
        if service in proofs and proofs[service] not in numbers:
            wrong.append((service, address, proofs[service]))
    assert wrong == []


def test_a_second_address_that_no_proof_places_has_no_district(warehouse: Warehouse) -> None:
    """The proof of LOM-007: « le second lieu, rue du XXème siècle, n'est pas placé »."""
    rows = warehouse.execute(
        "select district_id, statut_placement from offre.sites where adresse ilike ?",
        ["rue du XXème siècle"],
    ).fetchall()
    assert rows == [(None, None)]
