"""The scenarios of the published file, against what their levers move, worked out by hand."""

import csv

import duckdb
import polars as pl
import pytest

from pipelines.settings import ROOT

Warehouse = duckdb.DuckDBPyConnection

LILLE = "59350-LILLE"
MOULINS, BETHUNE = "5935005", "5935006"
# The twenty places are opened in Moulins; the fifty of Concorde close in Faubourg de Béthune.
LEVERS = [("vingt_places_moulins", MOULINS, 20), ("fermeture_concorde", BETHUNE, -50)]

# Those of 0-2 on 1 January 2019 were born from 2016 to 2018; on 1 January 2024, from 2021 to 2023.
COUNTED = 3338 + 3162 + 3147
COHORTS_2024 = 2732 + 2473 + 2305
# Those of 2028 are not born: 3 134 births in 2019, 2 206 in 2024, and none known after.
YEARLY = {
    "haute": 1.0,
    "centrale": (1 + (2206 / 3134) ** (1 / 5)) / 2,
    "basse": (2206 / 3134) ** (1 / 5),
}
COHORTS_2028 = {name: 2206 * (rate + rate**2 + rate**3) for name, rate in YEARLY.items()}


def lines_of(name: str) -> list[dict[str, str]]:
    """The rows of a file that the analysts keep."""
    path = ROOT / "sources" / "conventions" / "lille-2021" / name
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


# For each of three communes and seventeen districts: PE03 and PE05 one value, PE04 one for the
# target of the territory and one if a policy has written its own, PE07 nine at each of two years.
VALUES = 1 + 1 + (1 + bool(lines_of("cibles.csv"))) + 2 * 9


def children() -> dict[str, float]:
    """Children of 0-2 of each district and of Lille, from the file of the census."""
    census = pl.read_csv(
        ROOT / "sources" / "insee" / "base-ic-evol-struct-pop-2019.csv",
        separator=";",
        infer_schema=False,
    ).select(pl.col("IRIS").str.slice(0, 7), pl.col("P19_POP0002").cast(pl.Float64))
    counts: dict[str, float] = dict(census.group_by("IRIS").sum().iter_rows())
    return counts | {LILLE: sum(counts[f"59350{number:02}"] for number in range(1, 11))}


def moved(warehouse: Warehouse, scenario: str, indicator: str) -> dict[str, float]:
    """The differences that a scenario makes, where it makes one, to an indicator of one value."""
    rows = warehouse.execute(
        "select territoire_id, difference from ecart.scenarios "
        "where scenario_id = ? and indicateur_id = ? "
        "and declinaison in ('ensemble', 'cible territoire') and abs(difference) > 1e-6",
        [scenario, indicator],
    ).fetchall()
    return dict(rows)


def test_the_reference_of_the_scenarios_is_what_is_published(warehouse: Warehouse) -> None:
    compared, differing = warehouse.execute(
        "select count(*), count(*) filter (s.valeur is distinct from i.valeur"
        "  or s.borne_basse is distinct from i.borne_basse"
        "  or s.borne_haute is distinct from i.borne_haute or s.unite is distinct from i.unite) "
        "from (from ecart.scenarios where scenario_id = 'référence') as s full join ("
        "  from ecart.indicateurs where valeur is not null "
        "  and indicateur_id in ('PE03', 'PE04', 'PE05', 'PE07')"
        ") as i using (indicateur_id, declinaison, territoire_id, millesime, edition)"
    ).fetchone() or (0, 0)
    assert compared == 20 * VALUES
    assert differing == 0


def test_every_scenario_shows_every_value_of_the_reference(warehouse: Warehouse) -> None:
    counts = warehouse.execute(
        "select scenario_id, count(valeur_reference) from ecart.scenarios group by all"
    ).fetchall()
    written = {row["scenario_id"] for row in lines_of("scenarios.csv")}
    assert {"fermeture_concorde", "vingt_places_moulins", "cible_barcelone"} <= written
    assert dict(counts) == dict.fromkeys(["référence", *written], 20 * VALUES)


@pytest.mark.parametrize(("scenario", "district", "places"), LEVERS)
def test_a_lever_moves_pe03_by_its_places_for_the_children_there(
    scenario: str, district: str, places: int, warehouse: Warehouse
) -> None:
    there = children()
    assert moved(warehouse, scenario, "PE03") == pytest.approx(
        {territory: 100 * places / there[territory] for territory in (district, LILLE)}
    )


@pytest.mark.parametrize(("scenario", "district", "places"), LEVERS)
def test_a_lever_moves_what_is_lacking_by_its_places(
    scenario: str, district: str, places: int, warehouse: Warehouse
) -> None:
    lacking = moved(warehouse, scenario, "PE04")
    assert lacking == pytest.approx({district: -places, LILLE: -places}, abs=1e-5)


@pytest.mark.parametrize(("scenario", "district", "places"), LEVERS)
def test_a_lever_moves_pe07_by_its_places_for_the_children_to_come(
    scenario: str, district: str, places: int, warehouse: Warehouse
) -> None:
    there = children()
    expected = {
        (territory, year, f"{opening}, {births}"): 100 * places / (there[territory] * coefficient)
        for territory in (district, LILLE)
        for opening in ("tout ouvre", "part de la ville", "rien n’ouvre")
        for births, cohorts in COHORTS_2028.items()
        for year, coefficient in ((2024, COHORTS_2024 / COUNTED), (2028, cohorts / COUNTED))
    }
    found = {
        (territory, year, declination): difference
        for territory, year, declination, difference in warehouse.execute(
            "select territoire_id, millesime, declinaison, difference from ecart.scenarios "
            "where scenario_id = ? and indicateur_id = 'PE07' and abs(difference) > 1e-6",
            [scenario],
        ).fetchall()
    }
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("scenario", "places"), [(name, places) for name, _, places in LEVERS])
def test_the_places_within_reach_are_those_of_the_cnaf_and_of_the_lever(
    scenario: str, places: int, warehouse: Warehouse
) -> None:
    there = children()
    within = warehouse.execute(
        "select territoire_id, valeur from ecart.scenarios "
        "where scenario_id = ? and indicateur_id = 'PE05' and niveau = 'district'",
        [scenario],
    ).fetchall()
    assert len(within) == 17
    assert sum(value * there[name] / 100 for name, value in within) == pytest.approx(2372 + places)


def test_closing_concorde_lowers_its_district_and_its_neighbours(warehouse: Warehouse) -> None:
    lost = moved(warehouse, "fermeture_concorde", "PE05")
    # Around Faubourg de Béthune: Vauban-Esquermes, Wazemmes, Lille Sud, Bois-Blancs.
    around = ["5935003", "5935004", "5935007", "5935008"]
    assert max(lost.values()) < 0
    # None loses more than the district, and each of them more than Hellemmes, farther than 2 km.
    assert min(lost, key=lost.__getitem__) == BETHUNE
    assert max(lost[name] for name in around) < 10 * lost["59298"]


def test_twenty_places_in_moulins_lower_nobody(warehouse: Warehouse) -> None:
    gained = moved(warehouse, "vingt_places_moulins", "PE05")
    assert gained[MOULINS] > 0
    assert min(gained.values()) > 0


@pytest.mark.parametrize("indicator", ["PE03", "PE04", "PE05"])
def test_a_target_moves_no_place(indicator: str, warehouse: Warehouse) -> None:
    assert moved(warehouse, "cible_barcelone", indicator) == {}


def test_another_target_is_measured_against_the_same_children(warehouse: Warehouse) -> None:
    # 33 places for a hundred of the 6 310 children of Lille, less the places that there are.
    found = warehouse.execute(
        "select s.valeur - (33 * i.denominateur / 100 - i.numerateur) from ecart.scenarios as s "
        "join ecart.indicateurs as i using (territoire_id) where s.declinaison = 'cible politique' "
        "and s.scenario_id = 'cible_barcelone' and i.indicateur_id = 'PE03'"
    ).fetchall()
    assert len(found) == 20
    assert [difference for (difference,) in found] == pytest.approx([0] * 20, abs=1e-6)
