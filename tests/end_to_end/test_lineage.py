"""The lineage of published values, against the files themselves, line by line."""

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.evolutions import numbers
from pipelines.settings import ROOT

Warehouse = duckdb.DuckDBPyConnection

SOURCES = ROOT / "sources"
KEY = "indicateur_id, declinaison, territoire_id, millesime, edition"
WHOLE = "59350"

# What the rule of each indicator reads and no value cites, with the reason.
WHERE_THINGS_STAND = {
    "education_etablissements",
    "geo_adresses",
    "geo_districts",
    "insee_grands_quartiers",
    "insee_iris",
    "insee_iris_modifications",
    "insee_passage_communes",
}
SERVICES = {"convention_registre", "convention_corrections", "convention_placements"}
# The rates of what the territory is compared with: their files are not among the sources.
REFERENCES = {"caf_couverture_departement", "caf_couverture_france"}
# What is set beside a figure, in the reason of a value, without entering it.
RECONCILED = REFERENCES | {"caf_couverture", "convention_causes", "insee_populations_legales"}
COMPARED = RECONCILED | {"convention_preambule"}
# The equipments of an edition that locates them, where the value is of another.
OTHER_BPE = {"insee_bpe_localisee"}
# A variant that moves no published figure.
VARIANTS = {"convention_scenarios"}
# Points weigh on who reaches what, not on how many places there are.
POINTS = {"geo_iris"}
NOT_CITED = {
    # The registry dates the census that children are counted in.
    "ALSH01": SERVICES,
    # One rule makes all comparisons: each cites the files of its own.
    "DQ02": RECONCILED
    | OTHER_BPE
    | {"caf_places", "insee_population", "convention_corrections", "convention_placements"},
    "DQ03": COMPARED | OTHER_BPE | {"caf_places", "insee_population"},
    "ECO01": OTHER_BPE,
    "EQU01": OTHER_BPE | VARIANTS | POINTS,
    # One rule follows actions and meetings: a commune's do not ask in which district they are.
    "GOV01": SERVICES | {"convention_calendrier"},
    "GOV02": SERVICES | {"convention_calendrier"},
    "GOV03": SERVICES,
    "GOV04": SERVICES | {"convention_developpement"},
    "PE01": REFERENCES,
    "PE03": COMPARED | OTHER_BPE | VARIANTS | POINTS,
    # No target is written in the convention yet, nor published in the sources.
    "PE04": COMPARED | OTHER_BPE | VARIANTS | POINTS | {"convention_cibles"},
    "PE05": COMPARED | OTHER_BPE | VARIANTS,
    "PE07": COMPARED | OTHER_BPE | VARIANTS | POINTS,
    "PRI01": OTHER_BPE | VARIANTS,
}


def lines_of(path: Path) -> dict[int, list[str]]:
    """The cells of each line of a file, by its number, as an editor shows it."""
    text = path.read_text("utf-8-sig").splitlines()
    return {number: line.split(";") for number, line in enumerate(text, start=1)}


def behind(
    warehouse: Warehouse, indicator: str, place: str, file: str, *, year: int | None = None
) -> dict[str, Any]:
    """What the lineage says of one file behind the values of an indicator in one territory."""
    frame = warehouse.execute(
        "select distinct modeles, territoire_lu, lignes, nombre_lignes, cles "
        "from referentiel.lignage where indicateur_id = ? and territoire_id = ? and source_id = ? "
        "and millesime = coalesce(?, millesime)",
        [indicator, place, file, year],
    ).pl()
    assert frame.height == 1, frame
    return frame.row(0, named=True)


@pytest.mark.parametrize("year", [2017, 2019, 2022])
def test_a_rate_of_the_cnaf_leads_to_its_line_of_its_year(year: int, warehouse: Warehouse) -> None:
    file = "caf/nombre_places_pe_com.csv"
    (line,) = [
        number
        for number, cells in lines_of(SOURCES / file).items()
        if cells[:2] == [str(year), WHOLE]
    ]
    found = behind(warehouse, "PE01", WHOLE, file, year=year)
    assert (found["lignes"], found["nombre_lignes"], found["cles"]) == (str(line), 1, WHOLE)
    assert found["modeles"] == "stg_caf__places → int_places_cnaf → ind_pe01"


# What is projected to 2024 and 2028 starts from the places of 2019.
@pytest.mark.parametrize(
    ("indicator", "place", "year"),
    [
        ("PE01", WHOLE, 2019),
        ("PE03", "59355", 2019),
        ("PE07", "59355", 2024),
        ("PE07", "5935005", 2028),
    ],
)
def test_the_places_of_2019_stand_on_the_sixth_line_of_the_file(
    indicator: str, place: str, year: int, warehouse: Warehouse
) -> None:
    # Counted in the file: header, 2020, 2018, 2017, 2022, then 2019.
    found = behind(warehouse, indicator, place, "caf/nombre_places_pe_com.csv", year=year)
    assert found["lignes"] == "6"


@pytest.mark.parametrize("district", ["5935001", "5935007", "5935026"])
def test_a_district_leads_to_the_lines_of_its_iris(district: str, warehouse: Warehouse) -> None:
    file = "insee/base-ic-couples-familles-menages-2019.csv"
    expected = {
        number: cells[0]
        for number, cells in lines_of(SOURCES / file).items()
        if cells[0].startswith(district)
    }
    found = behind(warehouse, "BES02", district, file)
    assert numbers(found["lignes"]) == set(expected)
    assert found["nombre_lignes"] == len(expected)
    assert found["cles"] == ", ".join(sorted(expected.values()))
    assert found["modeles"].startswith("stg_insee__familles → int_familles_iris → ")
    assert "int_familles_territoires → " in found["modeles"]
    assert found["modeles"].endswith(" → ind_bes02")


def test_the_keys_beyond_twenty_are_counted(warehouse: Warehouse) -> None:
    file = "insee/base-ic-couples-familles-menages-2019.csv"
    found = behind(warehouse, "BES02", "59350-LILLE", file)
    quarters = tuple(f"59350{number:02}" for number in range(1, 11))
    iris = sorted(
        cells[0] for cells in lines_of(SOURCES / file).values() if cells[0].startswith(quarters)
    )
    assert found["cles"] == f"{', '.join(iris[:20])}, … ({len(iris)} en tout)"


def test_an_indicator_of_services_leads_to_their_lines_of_the_registry(
    warehouse: Warehouse,
) -> None:
    # Of the seven LAEP, annexe 1 has one in Lille-Sud: LIL-042, Centre Social de l'Arbrisseau, on
    # the 43rd line of the registry (its header is the first); its placement names the same line.
    registry = lines_of(SOURCES / "conventions/lille-2021/registre.csv")
    assert (registry[43][0], registry[43][4]) == ("LIL-042", "LAEP")
    found = behind(warehouse, "LAEP01", "5935007", "conventions/lille-2021/registre.csv")
    assert (found["lignes"], found["cles"]) == ("43", "LIL-042")
    placed = behind(warehouse, "LAEP01", "5935007", "conventions/lille-2021/placements.csv")
    ledger = lines_of(SOURCES / "conventions/lille-2021/placements.csv")
    assert ledger[int(placed["lignes"])][:2] == ["LIL-042", "5935007"]
    assert found["modeles"].startswith("observatoire_placements → stg_convention__registre")


@pytest.mark.parametrize("indicator", ["PE03", "PE04", "PE05", "PE07"])
def test_behind_the_places_of_a_district_are_the_nurseries_of_the_territory_and_no_school(
    indicator: str, warehouse: Warehouse
) -> None:
    # The total of the Cnaf is shared out: the places of Les Sarts depend on every establishment.
    file = "insee/bpe19_ensemble.csv"
    bpe = lines_of(SOURCES / file)
    kind, where = bpe[1].index("TYPEQU"), bpe[1].index("DCIRIS")
    nurseries = {
        number
        for number, cells in bpe.items()
        if cells[kind] == "D502" and cells[where].startswith(WHOLE)
    }
    # « 59350_0115 » is an IRIS of the district 5935001.
    assert len({bpe[number][where][:8] for number in nurseries}) > 10
    found = behind(warehouse, indicator, "5935024", file)
    assert numbers(found["lignes"]) == nurseries
    assert found["territoire_lu"] == WHOLE


@pytest.mark.parametrize(
    "declination", ["indice de Gini, LAEP", "enfants sans service dans leur district, LAEP"]
)
def test_behind_the_spread_of_one_type_of_service_are_its_lines_alone(
    declination: str, warehouse: Warehouse
) -> None:
    file = "conventions/lille-2021/registre.csv"
    ((ranges,),) = warehouse.execute(
        "select lignes from referentiel.lignage where indicateur_id = 'EQU01' "
        "and declinaison = ? and source_id = ?",
        [declination, file],
    ).fetchall()
    expected = {number for number, cells in lines_of(SOURCES / file).items() if cells[4] == "LAEP"}
    assert len(expected) == 7
    assert numbers(ranges) == expected


@pytest.mark.parametrize("indicator", ["BES04", "PRI01"])
def test_a_comparison_of_districts_leads_to_the_lines_of_all(
    indicator: str, warehouse: Warehouse
) -> None:
    file = "insee/base-ic-couples-familles-menages-2019.csv"
    everywhere = {
        number for number, cells in lines_of(SOURCES / file).items() if cells[0].startswith(WHOLE)
    }
    found = behind(warehouse, indicator, "5935007", file)
    assert numbers(found["lignes"]) == everywhere


def test_a_count_of_zero_has_no_line_and_does_not_borrow_those_of_its_commune(
    warehouse: Warehouse,
) -> None:
    empty = warehouse.execute(
        "select lignage.lignes, lignage.nombre_lignes "
        "from ecart.indicateurs as valeurs join referentiel.lignage as lignage "
        f"using ({KEY}) where valeurs.indicateur_id = 'LAEP01' and niveau = 'district' "
        "and numerateur = 0 and borne_haute = 0 and source_id like '%registre.csv'"
    ).fetchall()
    assert len(empty) >= 5
    assert set(empty) == {(None, 0)}


def test_a_service_that_nothing_places_is_behind_each_district_of_its_commune(
    warehouse: Warehouse,
) -> None:
    lines = warehouse.execute(
        "select distinct ligne_id, commune_id, type_service from qualite.services_non_places "
        "join offre.services using (service_id, commune_id) where type_service = 'LAEP'"
    ).fetchall()
    for line, commune, _ in lines:
        traced = warehouse.execute(
            "select count(*) from referentiel.lignage join referentiel.districts as districts "
            "on lignage.territoire_id = districts.district_id where indicateur_id = 'LAEP01' "
            "and source_id like '%registre.csv' and commune_id = ? and contains(cles, ?)",
            [commune, line],
        ).fetchone()
        expected = warehouse.execute(
            "select count(*) from referentiel.districts where commune_id = ?", [commune]
        ).fetchone()
        assert traced == expected
    assert lines != []


def test_each_value_has_the_lineage_of_the_files_that_it_cites_and_of_no_other(
    warehouse: Warehouse,
) -> None:
    values = warehouse.execute(f"select {KEY}, sources from ecart.indicateurs").pl()
    cited = (
        values.with_columns(pl.col("sources").str.split(" ; "))
        .explode("sources")
        .filter(pl.col("sources") != "aucune")
        .unique()
    )
    traced = warehouse.execute(
        f"select distinct {KEY}, source_id as sources from referentiel.lignage"
    ).pl()
    assert cited.height > 500
    assert cited.join(traced, on=cited.columns, how="anti").is_empty()
    assert traced.join(cited, on=cited.columns, how="anti").is_empty()


def test_an_indicator_cites_all_that_its_rule_reads_but_for_what_no_value_counts(
    warehouse: Warehouse,
) -> None:
    read = dict(warehouse.execute("select modele, tables_lues from referentiel.modeles").fetchall())
    cited = warehouse.execute(
        "select indicateur_id, list(distinct objet) from referentiel.lignage group by all"
    ).fetchall()
    missing = {
        name: set(read[f"ind_{name.lower()}"]) - set(tables) - WHERE_THINGS_STAND
        for name, tables in cited
    }
    assert {name: tables for name, tables in missing.items() if tables} == NOT_CITED


def test_the_values_of_one_measure_cite_the_same_tables_and_a_district_those_of_its_commune(
    warehouse: Warehouse,
) -> None:
    cited = warehouse.execute(
        "select indicateur_id, declinaison, niveau, list(distinct objet order by objet) as tables "
        f"from ecart.indicateurs join referentiel.lignage using ({KEY}) "
        f"where valeur is not null group by niveau, {KEY}"
    ).fetchall()
    found: dict[tuple[str, str], dict[str, set[frozenset[str]]]] = {}
    for indicator, declination, level, tables in cited:
        levels = found.setdefault((indicator, declination), {})
        levels.setdefault(level, set()).add(frozenset(tables))
    several = {key for key, levels in found.items() if any(len(of) > 1 for of in levels.values())}
    # The preamble counts no school in Lomme: its row is held against the annexes alone.
    assert several == {("DQ02", "ensemble")}
    both = {key: of for key, of in found.items() if {"commune", "district"} <= set(of)}
    assert len({indicator for indicator, _ in both}) > 10
    for key, levels in both.items():
        (commune,), (district,) = levels["commune"], levels["district"]
        assert commune <= district, key


def test_each_value_that_stands_has_lines_behind_it(warehouse: Warehouse) -> None:
    bare = warehouse.execute(
        f"select {KEY} from ecart.indicateurs anti join "
        f"(select {KEY} from referentiel.lignage where nombre_lignes > 0) using ({KEY}) "
        "where valeur is not null"
    ).fetchall()
    assert bare == []


def test_the_number_of_lines_is_that_of_the_ranges_and_they_are_lines_of_the_file(
    warehouse: Warehouse,
) -> None:
    known: dict[tuple[str, str], set[int]] = {}
    for table, file, line in warehouse.execute(
        "select objet, source_id, ligne from referentiel.empreintes"
    ).fetchall():
        known.setdefault((table, file), set()).add(line)
    for table, file, text, count in warehouse.execute(
        "select distinct objet, source_id, lignes, nombre_lignes from referentiel.lignage"
    ).fetchall():
        found = numbers(text)
        assert len(found) == count
        assert found <= known.get((table, file), set())


def test_each_model_of_a_path_is_a_rule_that_is_published(warehouse: Warehouse) -> None:
    unknown = warehouse.execute(
        "with etapes as (select distinct unnest(string_split(modeles, ' → ')) as modele "
        "from referentiel.lignage) from etapes anti join referentiel.modeles using (modele)"
    ).fetchall()
    assert unknown == []


def test_the_catalogue_names_each_published_indicator_and_declination(
    warehouse: Warehouse,
) -> None:
    missing = warehouse.execute(
        "select distinct indicateur_id, declinaison from ecart.indicateurs "
        "anti join referentiel.indicateurs using (indicateur_id, declinaison, libelle, unite)"
    ).fetchall()
    assert missing == []


def test_an_indicator_that_counts_some_subjects_names_subjects_that_exist(
    warehouse: Warehouse,
) -> None:
    unknown = warehouse.execute(
        "with sujets as (select distinct unnest(string_split(sujets, ', ')) as sujet "
        "from referentiel.indicateurs where sujets is not null) "
        "select sujet from sujets where sujet not in (select type_service from offre.services) "
        "and not regexp_full_match(sujet, '[A-Z]\\d{3}|micro-crèche|crèche familiale')"
    ).fetchall()
    assert unknown == []
