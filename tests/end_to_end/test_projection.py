"""The projection, worked out again from the files of `sources/`: births, children, places, gaps."""

from itertools import product
from typing import Any

import duckdb
import polars as pl
import pytest

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

YEARS = range(2019, 2029)
HYPOTHESES = ("basse", "centrale", "haute")
OPENINGS = ("tout ouvre", "part de la ville", "rien n’ouvre")
# Ages of a band: those who have them on 1 January of a year were born that many years before, less
# one.
BANDS = {"0-2 ans": range(3), "3-5 ans": range(3, 6), "6-10 ans": range(6, 11)}
CENSUS = {"0-2 ans": "P19_POP0002", "3-5 ans": "P19_POP0305", "6-10 ans": "P19_POP0610"}


def read(name: str) -> pl.DataFrame:
    """A file of `sources/`, all in text, as published."""
    return pl.read_csv(SOURCES / name, separator=";", infer_schema=False)


def births() -> dict[int, int]:
    """Births of the Insee commune, from the published workbook."""
    sheet = pl.read_excel(
        SOURCES / "insee" / "naissances_domiciliees_annuelles.xlsx",
        sheet_name="COM",
        has_header=False,
    )
    years = sheet.filter(pl.col("column_2") == "2008").row(0)[2:]
    counts = sheet.filter(pl.col("column_0") == WHOLE).row(0)[2:]
    return {int(year): int(count) for year, count in zip(years, counts, strict=True)}


def scenario(hypothesis: str) -> dict[int, float]:
    """Births known to 2024; then none less, the rate of 2019 to 2024, or half of it."""
    known = births()
    rate = (known[2024] / known[2019]) ** (1 / 5) - 1
    yearly = 1 + {"basse": rate, "centrale": rate / 2, "haute": 0}[hypothesis]
    return known | {year: known[2024] * yearly ** (year - 2024) for year in range(2025, 2028)}


def cohorts(hypothesis: str, band: str, year: int) -> float:
    born = scenario(hypothesis)
    return sum(born[year - age - 1] for age in BANDS[band])


def census(band: str) -> dict[str, float]:
    """Children of a band in each district, from the file of the census."""
    people = read("insee/base-ic-evol-struct-pop-2019.csv").select(
        pl.col("IRIS").str.slice(0, 7).alias("district"), pl.col(CENSUS[band]).cast(pl.Float64)
    )
    return dict(people.group_by("district").sum().iter_rows())


def cnaf(kind: str, column: str) -> dict[int, float]:
    """What the Cnaf publishes of the EAJE of the Insee commune, year by year."""
    name = {"places": "nombre_places_pe_com", "couverture": "taux_couverture_pe_com"}[kind]
    published = read(f"caf/{name}.csv").filter(pl.col("numcom") == WHOLE)
    return {int(row["annee"]): float(row[column]) for row in published.iter_rows(named=True)}


def rows(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(sql).fetchall()


@pytest.mark.parametrize(("band", "hypothesis"), product(BANDS, HYPOTHESES))
def test_children_are_those_of_the_census_moved_by_the_births_of_their_years(
    band: str, hypothesis: str, warehouse: Warehouse
) -> None:
    counted = census(band)
    expected = {
        (district, year): counted[district]
        * cohorts(hypothesis, band, year)
        / cohorts(hypothesis, band, 2019)
        for district, year in product(ALL_DISTRICTS, YEARS)
    }
    found = {
        (district, year): children
        for district, year, children in rows(
            warehouse,
            "select territoire_id, annee, enfants from besoin.enfants_projetes "
            f"where tranche_age = '{band}' and hypothese_naissances = '{hypothesis}' "
            "and niveau = 'district'",
        )
    }
    assert found == pytest.approx(expected, rel=1e-9)


def test_85_children_under_three_are_there_for_100_births(warehouse: Warehouse) -> None:
    # Born in 2016, 2017 and 2018: 3 338 + 3 162 + 3 147 = 9 647; counted in 2019: 8 186.6.
    assert rows(
        warehouse,
        "select distinct round(enfants_pour_100_naissances, 2) from besoin.enfants_projetes "
        "where tranche_age = '0-2 ans'",
    ) == [(round(100 * sum(census("0-2 ans").values()) / 9_647, 2),)]


def test_no_band_is_projected_from_births_that_nobody_gives(warehouse: Warehouse) -> None:
    # Those of 11-17 in 2019 were born from 2001 on, and the workbook begins in 2008.
    assert {
        band for (band,) in rows(warehouse, "select tranche_age from besoin.enfants_projetes")
    } == set(BANDS)


def test_hypotheses_differ_only_once_a_birth_is_one(warehouse: Warehouse) -> None:
    spread = dict(
        rows(
            warehouse,
            "select annee, count(distinct enfants) from besoin.enfants_projetes "
            f"where territoire_id = '{WHOLE}' and tranche_age = '0-2 ans' group by annee",
        )
    )
    assert spread == {year: 3 if year > 2025 else 1 for year in YEARS}
    known = rows(
        warehouse,
        "select max(annee) from besoin.enfants_projetes "
        "where tranche_age = '0-2 ans' and naissances_connues",
    )
    assert known == [(2025,)]


def test_districts_add_up_to_communes_and_communes_to_the_territory(warehouse: Warehouse) -> None:
    gaps = """
        with sommes as (
            select p.annee, p.tranche_age, p.hypothese_naissances, p.niveau,
                   if(p.niveau = 'district', t.commune_id, ?) as ensemble, sum(p.enfants) as enfants
            from besoin.enfants_projetes as p
            join referentiel.territoires as t using (territoire_id)
            where p.niveau in ('district', 'commune') group by all
        )
        select count(*), max(abs(sommes.enfants - p.enfants)) from sommes
        join besoin.enfants_projetes as p
          on p.territoire_id = sommes.ensemble and p.annee = sommes.annee
         and p.tranche_age = sommes.tranche_age
         and p.hypothese_naissances = sommes.hypothese_naissances
    """
    ((compared, gap),) = warehouse.execute(gaps, [WHOLE]).fetchall()
    # Three communes and the territory, ten years, three bands, three hypotheses.
    assert compared == 4 * 10 * 3 * 3
    assert gap < 1e-8


@pytest.mark.parametrize("year", [2020, 2021, 2022])
def test_children_are_within_3_percent_of_those_that_the_rates_of_the_cnaf_imply(
    year: int, warehouse: Warehouse
) -> None:
    # A rate and its places are published; their quotient is the Cnaf's own count of children under
    # three, which the projection has never seen.
    places, rates = cnaf("places", "pl_eaje_com"), cnaf("couverture", "txcouv_eaje_com")
    implied = 100 * places[year] / rates[year]
    ((children,),) = rows(
        warehouse,
        "select distinct enfants_0_2 from ecart.projections "
        f"where territoire_id = '{WHOLE}' and annee = {year}",
    )
    assert children == pytest.approx(implied, rel=0.03)


# District, year that the place opens, places that are added, those of them that the city has.
PLAN = [
    ("5935009", 2021, 4, 4),  # MAC Digue Dondaine, 20 → 24
    ("5935007", 2021, 14, 14),  # Les Oisillons, 25 → 39
    ("5935005", 2021, 20, 10),  # La Sauvegarde du Nord
    ("5935005", 2021, 20, 10),  # crèche coopérative
    ("5935006", 2023, 20, 20),  # MAC Concorde, 50 → 70; the MAM beside it is not an EAJE
    ("5935028", 2024, 2, 2),  # Farandole, in Lomme
    (HELLEMMES, 2023, 5, 5),  # Amicloterie, 47 → 52: nothing places it in a district
]


@pytest.mark.parametrize("opening", OPENINGS)
def test_places_open_in_their_district_and_their_year(opening: str, warehouse: Warehouse) -> None:
    def added(district: str, year: int) -> int:
        opened = [line for line in PLAN if line[0] == district and line[1] <= year]
        column = {"tout ouvre": 2, "part de la ville": 3}.get(opening)
        return 0 if column is None else sum(int(line[column]) for line in opened)

    found = {
        (district, year): places
        for district, year, places in rows(
            warehouse,
            "select distinct territoire_id, annee, places_ajoutees from ecart.projections "
            f"where hypothese_ouvertures = '{opening}' and niveau = 'district'",
        )
    }
    assert found == {
        (district, year): added(district, year) for district, year in product(ALL_DISTRICTS, YEARS)
    }


def test_an_action_without_a_number_is_counted_and_adds_nothing(warehouse: Warehouse) -> None:
    # Les P'tits Minouches, in Lille Sud, 2023: « non déterminée à ce jour ».
    undefined = rows(
        warehouse,
        "select distinct territoire_id, annee from ecart.projections "
        "where actions_non_definies > 0 order by all",
    )
    assert undefined == [
        (territory, year)
        for territory in sorted([WHOLE, LILLE, "5935007"])
        for year in range(2023, 2029)
    ]
    reasons = rows(
        warehouse,
        "select motif from ecart.indicateurs where indicateur_id = 'PE07' "
        "and territoire_id = '5935007' and declinaison like 'tout ouvre%'",
    )
    assert reasons
    assert all("1 action(s) programmée(s) sans nombre de places" in told for (told,) in reasons)


def test_an_action_that_nothing_places_counts_for_its_commune_alone(warehouse: Warehouse) -> None:
    assert rows(
        warehouse,
        "select territoire_id, any_value(places_ajoutees), any_value(actions_sans_district) "
        "from ecart.projections where annee = 2024 and hypothese_ouvertures = 'tout ouvre' "
        "and (actions_sans_district > 0 or territoire_id = '59298') group by all order by all",
    ) == [("59298", 5, 0), *((district, 0, 1) for district in DISTRICTS[HELLEMMES])]


def test_the_projection_starts_from_pe03(warehouse: Warehouse) -> None:
    gaps = rows(
        warehouse,
        "select count(*), max(abs(i.valeur - p.couverture_pct)), "
        "max(abs(i.borne_basse - p.borne_basse_couverture)), "
        "max(abs(i.borne_haute - p.borne_haute_couverture)) "
        "from ecart.indicateurs as i join ecart.projections as p "
        "on p.territoire_id = i.territoire_id and p.annee = i.millesime "
        "where i.indicateur_id = 'PE03' and i.millesime = 2019",
    )
    ((compared, *differences),) = gaps
    assert compared == 20 * 9
    assert differences == pytest.approx([0, 0, 0], abs=1e-9)


def test_the_gap_starts_from_pe04(warehouse: Warehouse) -> None:
    ((compared, *differences),) = rows(
        warehouse,
        "select count(*), max(abs(i.valeur - m.places_manquantes)), "
        "max(abs(i.borne_basse - m.borne_basse)), max(abs(i.borne_haute - m.borne_haute)) "
        "from ecart.indicateurs as i join ecart.places_manquantes as m "
        "on m.territoire_id = i.territoire_id and m.annee = i.millesime "
        "and i.declinaison = 'cible ' || m.cible where i.indicateur_id = 'PE04'",
    )
    assert compared == 20 * 9
    assert differences == pytest.approx([0, 0, 0], abs=1e-9)


def test_pe07_is_coverage_at_the_end_of_the_convention_and_four_years_on(
    warehouse: Warehouse,
) -> None:
    published = {
        (territory, year, name): value
        for territory, year, name, value in rows(
            warehouse,
            "select territoire_id, millesime, declinaison, valeur from ecart.indicateurs "
            "where indicateur_id = 'PE07' and statut = 'estimé'",
        )
    }
    territories = [*DISTRICTS, *ALL_DISTRICTS]
    # By hand: places of the start and of the plan, over children moved by their births.
    start = dict(
        rows(
            warehouse,
            "select territoire_id, numerateur from ecart.indicateurs where indicateur_id = 'PE03'",
        )
    )
    counted = census("0-2 ans")
    for territory, year, opening, hypothesis in product(
        territories, (2024, 2028), OPENINGS, HYPOTHESES
    ):
        members = [territory, *DISTRICTS.get(territory, [])]
        column = {"tout ouvre": 2, "part de la ville": 3}.get(opening)
        added = sum(int(line[column]) for line in PLAN if line[0] in members) if column else 0
        children = (
            sum(counted.get(member, 0) for member in members)
            * cohorts(hypothesis, "0-2 ans", year)
            / cohorts(hypothesis, "0-2 ans", 2019)
        )
        assert published.pop((territory, year, f"{opening}, {hypothesis}")) == pytest.approx(
            100 * (start[territory] + added) / children, rel=1e-9
        )
    assert published == {}


def test_missing_places_are_the_target_less_the_places(warehouse: Warehouse) -> None:
    ((compared, gap),) = rows(
        warehouse,
        "select count(*), max(abs(m.taux_cible_pct * p.enfants_0_2 / 100 - p.places "
        "- m.places_manquantes)) from ecart.places_manquantes as m join ecart.projections as p "
        "using (territoire_id, annee, hypothese_naissances, hypothese_ouvertures)",
    )
    assert compared == 21 * 10 * 9
    assert gap < 1e-8
    # The target of the territory is its own rate in 2019: 2 372 places for its 0-2.
    assert rows(
        warehouse, "select distinct round(taux_cible_pct, 6) from ecart.places_manquantes"
    ) == [(round(100 * 2_372 / sum(census("0-2 ans").values()), 6),)]


def test_what_the_cnaf_has_published_since_stands_beside_the_projection(
    warehouse: Warehouse,
) -> None:
    expected = cnaf("places", "pl_eaje_com")
    beside = dict(
        rows(
            warehouse,
            "select distinct annee, places_publiees from ecart.projections "
            f"where territoire_id = '{WHOLE}'",
        )
    )
    assert beside == {year: expected.get(year) for year in YEARS}
    assert rows(
        warehouse,
        "select count(places_publiees) from ecart.projections where niveau <> 'territoire'",
    ) == [(0,)]
