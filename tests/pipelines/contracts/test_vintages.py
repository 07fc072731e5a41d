"""Publishers change their headers from one year to the next: every known edition is one table."""

import random
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import insee
from pipelines.contracts.base import KEY_RULE, VINTAGE, admit
from pipelines.ingest.containers import opened
from pipelines.ingest.dataset import PROVENANCE, Dataset
from pipelines.ingest.datasets import DATASETS
from pipelines.ingest.layouts import Reading
from pipelines.ingest.scope import Scope
from pipelines.sources import SourceFile
from tests.pipelines.contracts.editions import EDITIONS, Edition, described

QUICK = settings(max_examples=40, deadline=None)
BY_TABLE = {dataset.table: dataset for dataset in DATASETS}
DATED = [
    dataset for dataset in DATASETS if any(VINTAGE in item.name for item in dataset.contract.fields)
]
LILLE = Scope(
    frozenset({"59350"}),
    frozenset({"59350", "59298", "59355"}),
    frozenset({"Lille", "Hellemmes", "Lomme"}),
    frozenset({"59", "F", "FM"}),
)

# The vintages whose header is known.
KNOWN = {
    "insee_population": {2017, 2018, 2019, 2020, 2021, 2022},
    "insee_familles": {2017, 2018, 2019, 2020, 2021, 2022},
    "insee_activite": {2017, 2018, 2019, 2020, 2021, 2022},
    "insee_diplomes": {2017, 2018, 2019, 2020, 2021, 2022},
    "insee_logement": {2017, 2018, 2019, 2020, 2021, 2022},
    "insee_filosofi": {2017, 2018, 2019, 2020, 2021},
    "insee_filosofi_communes": {2017, 2018, 2019, 2020, 2021},
    "insee_bpe": {2019, 2021},
    "insee_bpe_localisee": {2021, 2023, 2024, 2025},
    "insee_populations_legales": {2017, 2020},
    "insee_qpv": {2018, 2019, 2022},
    "insee_iris_modifications": {2021, 2023},
    "insee_passage_communes": {2023, 2024, 2025},
    "caf_allocataires": {2016, 2017, 2018, 2019, 2020, 2021},
    "caf_places": {2022},
    "caf_couverture": {2022},
    "caf_couverture_departement": {2022},
    "caf_couverture_france": {2022},
    "education_etablissements": {2022, 2024},
}


def written(table: str, name: str, folder: Path) -> SourceFile:
    """The edition of a data set whose file bears this name."""
    (edition,) = (
        edition for edition in EDITIONS if edition.table == table and edition.name.endswith(name)
    )
    return edition.write(folder)


def text_file(table: str, vintage: int, folder: Path, *rows: str) -> SourceFile:
    path = folder / f"essai-{vintage}.csv"
    path.write_text("".join(f"{row}\n" for row in rows), "utf-8")
    return described(path, folder, table, vintage)


@pytest.mark.parametrize("edition", EDITIONS, ids=str)
def test_every_known_edition_is_admitted_whole_with_the_values_that_it_prints(
    edition: Edition, tmp_path: Path
) -> None:
    admission = BY_TABLE[edition.table].admit(edition.write(tmp_path))
    assert admission.findings.is_empty(), admission.findings.rows()
    assert admission.kept.height == admission.rows_read > 0
    first = admission.kept.row(0, named=True)
    assert {name: first[name] for name in edition.says} == edition.says


@pytest.mark.parametrize("edition", EDITIONS, ids=str)
def test_every_known_edition_is_recognised_by_its_columns_alone(
    edition: Edition, tmp_path: Path
) -> None:
    content = opened(edition.write(tmp_path).path)
    vintages = BY_TABLE[edition.table].vintages_in(content)
    assert vintages == [edition.vintage if edition.dated else None]


def test_a_text_is_recognised_as_no_other_data_set(tmp_path: Path) -> None:
    for rank, edition in enumerate(EDITIONS):
        if isinstance(edition.content, str):
            content = opened(edition.write(tmp_path / str(rank)).path)
            found = [dataset.table for dataset in DATASETS if dataset.vintages_in(content)]
            assert found == [edition.table], edition


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("insee_populations_legales", "donnees_communes.csv"),
        ("insee_passage_communes", "passage_communes_2025.csv"),
        ("insee_qpv", "DEMO_2022.csv"),
        ("caf_places", "nbpla_pe_com.csv"),
    ],
)
def test_empty_columns_at_the_end_of_lines_hide_nothing(
    table: str, name: str, tmp_path: Path
) -> None:
    file, dataset = written(table, name, tmp_path), BY_TABLE[table]
    plain = dataset.admit(file)
    rows = file.path.read_text("utf-8").splitlines()
    file.path.write_text("".join(f"{row};;;\n" for row in rows), "utf-8")
    assert dataset.vintages_in(opened(file.path)) == [None]
    assert dataset.admit(file).kept.equals(plain.kept)


@pytest.mark.parametrize("table", KNOWN)
def test_the_vintages_of_a_data_set_are_told_by_a_column_and_have_the_same_others(
    table: str, tmp_path: Path
) -> None:
    dataset = BY_TABLE[table]
    files = [
        edition.write(tmp_path / str(rank))
        for rank, edition in enumerate(EDITIONS)
        if edition.table == table
    ]
    admitted = [(file, dataset.admit(file)) for file in files]
    rows = dataset.rows(admitted)
    assert set(rows["millesime"]) == KNOWN[table]
    assert rows.columns == [*dataset.contract.nothing().columns, *PROVENANCE]
    assert rows.height == sum(admission.kept.height for _, admission in admitted)
    counted = rows.group_by("millesime", "source_id").len()
    assert counted.height == len(files)


def test_every_edition_is_of_a_vintage_that_is_said_to_be_known() -> None:
    assert {(edition.table, edition.vintage) for edition in EDITIONS} == {
        (table, vintage) for table, vintages in KNOWN.items() for vintage in vintages
    }


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.table)
def test_no_vintage_may_lack_the_columns_that_tell_the_territory(dataset: Dataset) -> None:
    told = set(dataset.area(LILLE).meta.root_names()) if dataset.area else set()
    assert told <= {item.loaded for item in dataset.contract.fields if not item.optional}


def headed(dataset: Dataset, vintage: int) -> list[str]:
    """The header of a file of this vintage, under the first name of each column."""
    return [item.published(vintage) for item in dataset.contract.fields]


@pytest.mark.parametrize("dataset", DATED, ids=lambda dataset: dataset.table)
def test_any_vintage_from_2006_to_2030_is_known_by_the_columns_that_bear_it(
    dataset: Dataset,
) -> None:
    loaded = [item.loaded for item in dataset.contract.fields]
    for vintage in range(2006, 2031):
        columns = headed(dataset, vintage)
        assert dataset.contract.vintages(columns) == [vintage]
        assert dataset.contract.heading(columns, vintage) == dict(zip(loaded, columns, strict=True))
        for other in (vintage - 1, vintage + 1):
            assert dataset.contract.absent(dataset.contract.heading(columns, other))


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.table)
@QUICK
@given(extra=st.lists(st.text(max_size=12).map("§".__add__), max_size=6), shuffle=st.randoms())
def test_neither_the_order_of_columns_nor_other_columns_change_what_a_heading_says(
    dataset: Dataset, extra: list[str], shuffle: random.Random
) -> None:
    columns = headed(dataset, 2021)
    expected = dataset.contract.heading(columns, 2021)
    mixed = [*columns, *extra, ""]
    shuffle.shuffle(mixed)
    assert dataset.contract.heading(mixed, 2021) == expected
    assert dataset.contract.vintages(mixed) == dataset.contract.vintages(columns)


def test_a_caf_file_of_2016_reads_a_thousand_with_any_space(tmp_path: Path) -> None:
    file = written("caf_allocataires", "data_CAF_2016_IRIS.csv", tmp_path)
    printed = file.path.read_text("utf-8")
    plain = BY_TABLE["caf_allocataires"].admit(file).kept
    assert plain["a"].to_list() == [2256, None]
    for space in ("\u00a0", "\u202f"):
        file.path.write_text(printed.replace(";2 256;", f";2{space}256;"), "utf-8")
        assert BY_TABLE["caf_allocataires"].admit(file).kept.equals(plain)


@pytest.mark.parametrize("place", ["59350_0207", "593500207", "59350", "CSZ"])
@pytest.mark.parametrize("kind", ["D502", "C101", "C109", "G105"])
def test_an_equipment_is_in_an_iris_a_commune_or_nowhere_known(
    place: str, kind: str, tmp_path: Path
) -> None:
    header = "DEPCOM;DCIRIS;AN;TYPEQU;NB_EQUIP"
    file = text_file("insee_bpe", 2021, tmp_path, header, f"59350;{place};2021;{kind};2")
    kept = BY_TABLE["insee_bpe"].admit(file).kept
    assert kept.select("dciris", "typequ", "nb_equip").rows() == [(place, kind, 2)]


@pytest.mark.parametrize("place", ["", "5935_0207", "59350-0207", "5935002077", "Lille"])
def test_an_equipment_in_no_place_of_these_is_set_aside(place: str, tmp_path: Path) -> None:
    header = "DEPCOM;DCIRIS;AN;TYPEQU;NB_EQUIP"
    file = text_file("insee_bpe", 2021, tmp_path, header, f"59350;{place};2021;D502;2")
    admission = BY_TABLE["insee_bpe"].admit(file)
    assert admission.rejected.select("colonne", "valeur").rows() == [("DCIRIS", place)]


def test_a_trade_name_is_never_loaded(tmp_path: Path) -> None:
    file = written("insee_bpe_localisee", "BPE24.csv", tmp_path)
    admission = BY_TABLE["insee_bpe_localisee"].admit(file)
    assert "EXEMPLE JEANNE" in file.path.read_text("utf-8")
    assert "EXEMPLE" not in admission.kept.write_csv()


@pytest.mark.parametrize(
    ("department", "rest", "commune"),
    [
        ("59", "350", "59350"),
        ("01", "004", "01004"),
        ("2A", "004", "2A004"),
        ("971", "105", "97105"),
        ("971", "05", "97105"),
        ("974", "411", "97411"),
    ],
)
def test_a_commune_told_in_two_codes_is_known_by_its_five_characters(
    department: str, rest: str, commune: str, tmp_path: Path
) -> None:
    header = "CODREG;REG;CODDEP;CODARR;CODCAN;CODCOM;COM;PMUN;PCAP;PTOT"
    row = f"84;Région;{department};1;04;{rest};Commune;326;9;335"
    file = text_file("insee_populations_legales", 2020, tmp_path, header, row)
    assert BY_TABLE["insee_populations_legales"].admit(file).kept["depcom"].to_list() == [commune]


def test_the_sum_of_all_priority_quarters_is_kept_apart_from_them(tmp_path: Path) -> None:
    file = written("insee_qpv", "DEMO_2019.csv", tmp_path)
    elsewhere = "QP001001;Ailleurs;6 056;7 886;40 490;Bourg-en-Bresse" + ";" * 184
    with file.path.open("a", encoding="utf-8", newline="") as content:
        content.write(f"{elsewhere}\r\n")
    admission = BY_TABLE["insee_qpv"].admit(file, LILLE)
    assert admission.kept["codgeo"].to_list() == ["QP059076", "Ensemble"]
    assert admission.kept["lib_com"].null_count() == 1
    assert admission.rows_elsewhere == 1


@pytest.mark.parametrize("code", ["XX", "XXX", "XXXXX"])
def test_a_placeholder_area_of_the_cnaf_is_elsewhere(code: str, tmp_path: Path) -> None:
    file = written("caf_places", "nbpla_pe_com.csv", tmp_path)
    header, row = file.path.read_text("utf-8").splitlines()
    file.path.write_text("\n".join((header, row, row.replace("59350", code))) + "\n", "utf-8")
    admission = BY_TABLE["caf_places"].admit(file, LILLE)
    assert admission.findings.is_empty()
    assert admission.kept["numcom"].to_list() == ["59350"]
    assert admission.rows_elsewhere == 1


@pytest.mark.parametrize(
    "cell", ["12/2022", "31/12/2022", "2022-12", "2022-12-31T00:00:00", "décembre"]
)
def test_a_year_of_the_cnaf_that_is_neither_a_year_nor_a_day_is_refused(
    cell: str, tmp_path: Path
) -> None:
    file = written("caf_couverture", "txcouv_pe_com.csv", tmp_path)
    file.path.write_text(file.path.read_text("utf-8").replace("2022-12-31", cell), "utf-8")
    admission = BY_TABLE["caf_couverture"].admit(file)
    assert admission.findings.select("ligne", "colonne", "valeur").rows() == [(2, "annee", cell)]
    assert admission.stopped


ANNUAIRES = ("annuaire-education-2024.csv", "annuaire-education-libelles-2024.csv")


@pytest.mark.parametrize("name", ANNUAIRES)
def test_a_school_that_the_directory_lists_twice_is_one_school_under_its_first_name(
    name: str, tmp_path: Path
) -> None:
    file = written("education_etablissements", name, tmp_path)
    assert file.path.read_text("utf-8").count("0590001A") == 2
    kept = BY_TABLE["education_etablissements"].admit(file).kept
    assert kept.select("ligne", "appellation_officielle").rows() == [
        (2, "École maternelle Exemple")
    ]


def test_a_school_at_two_points_stops_the_refresh(tmp_path: Path) -> None:
    file = written("education_etablissements", ANNUAIRES[0], tmp_path)
    lines = file.path.read_text("utf-8").splitlines()
    lines[2] = lines[2].replace("50.6401", "50.6402")
    file.path.write_text("\n".join(lines) + "\n", "utf-8")
    admission = BY_TABLE["education_etablissements"].admit(file)
    assert admission.stopped
    assert admission.findings.select("ligne", "regle").rows() == [(2, KEY_RULE), (3, KEY_RULE)]


@pytest.mark.parametrize("name", ANNUAIRES)
def test_the_contacts_of_a_school_are_neither_loaded_nor_taken_for_those_of_a_person(
    name: str, tmp_path: Path
) -> None:
    file = written("education_etablissements", name, tmp_path)
    admission = BY_TABLE["education_etablissements"].admit(file)
    assert admission.findings.is_empty()
    loaded = admission.kept.write_csv()
    for contact in ("0199000000", "0199000001", "ecole@example.org"):
        assert contact in file.path.read_text("utf-8")
        assert contact not in loaded


# --- the annual table of communes -----------------------------------------------------------------

PASSAGES = BY_TABLE["insee_passage_communes"]
Change = tuple[str, str, int]


def derived(columns: Sequence[str], rows: Iterable[Sequence[str]], first_line: int = 7) -> Reading:
    """What the data set makes of an annual table that was read."""
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String), orient="row")
    lines = pl.int_range(first_line, first_line + frame.height, eager=True)
    assert PASSAGES.derive is not None
    return PASSAGES.derive(Reading(frame, first_line - 1, lines))


def changes_of(reading: Reading) -> dict[Change, tuple[float, str]]:
    """The part and the event of each change."""
    found = {
        (ini, fin, int(year)): (float(part), event)
        for ini, fin, year, part, event in reading.frame.select(
            "code_ini", "code_fin", "annee", "part", "evenement"
        ).iter_rows()
    }
    assert len(found) == reading.frame.height
    return found


YEARS = ("NIVGEO", "CODGEO_2017", "CODGEO_2018", "CODGEO_2019")


def test_a_merge_has_a_row_for_each_commune_that_it_joined() -> None:
    changes = changes_of(
        derived(YEARS, [("COM", "59001", "59002", "59002"), ("COM", "59002", "59002", "59002")])
    )
    assert changes == {
        ("59001", "59002", 2018): (1.0, "Fusion"),
        ("59002", "59002", 2018): (1.0, "Fusion"),
    }


def test_a_division_shares_a_commune_equally_between_those_that_came_of_it() -> None:
    rows = [("COM", "59001", "59001", code) for code in ("59001", "59002", "59003", "59003")]
    changes = changes_of(derived(YEARS, rows))
    assert {change: event for change, (_, event) in changes.items()} == {
        ("59001", code, 2019): "Rétablissement" for code in ("59001", "59002", "59003")
    }
    assert [part for part, _ in changes.values()] == pytest.approx([1 / 3] * 3)


def test_a_commune_that_changes_its_code_alone_keeps_all_its_people() -> None:
    changes = changes_of(derived(YEARS, [("COM", "14697", "14697", "14712")]))
    assert changes == {("14697", "14712", 2019): (1.0, "Changement de code")}


def test_a_commune_that_joins_and_leaves_has_its_two_changes_each_in_its_year() -> None:
    changes = changes_of(
        derived(YEARS, [("COM", "59001", "59002", "59001"), ("COM", "59002", "59002", "59002")])
    )
    assert changes == {
        ("59001", "59002", 2018): (1.0, "Fusion"),
        ("59002", "59002", 2018): (1.0, "Fusion"),
        ("59002", "59001", 2019): (0.5, "Rétablissement"),
        ("59002", "59002", 2019): (0.5, "Rétablissement"),
    }


def test_a_commune_that_did_not_change_is_not_there() -> None:
    assert changes_of(derived(YEARS, [("COM", "59350", "59350", "59350")])) == {}


def test_a_commune_without_a_code_in_a_year_neither_came_nor_went() -> None:
    rows = [("COM", "97123", "", ""), ("COM", "", "97601", "97601"), ("Note : …", "", "", "")]
    assert changes_of(derived(YEARS, rows)) == {}


def test_years_with_a_gap_are_not_the_annual_table() -> None:
    columns = ("NIVGEO", "CODGEO_2017", "CODGEO_2019")
    reading = derived(columns, [("COM", "59001", "59002")])
    assert reading.frame.columns == [*columns]


def test_a_change_keeps_the_first_line_that_tells_it() -> None:
    rows = [
        ("COM", "59350", "59350", "59350"),
        ("COM", "59001", "59002", "59002"),
        ("COM", "59001", "59002", "59002"),
        ("COM", "59002", "59002", "59002"),
    ]
    assert derived(YEARS, rows).lines.to_list() == [8, 10]


def test_the_annual_table_is_read_in_its_archive(tmp_path: Path) -> None:
    import zipfile

    file = written("insee_passage_communes", "table_passage_annuelle_2024.xlsx", tmp_path)
    archive = tmp_path / "table_passage_annuelle_2024.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(file.path, file.path.name)
    kept = PASSAGES.admit(described(archive, tmp_path, PASSAGES.jeu, 2024)).kept
    assert kept.equals(PASSAGES.admit(file).kept)
    assert kept.select("code_ini", "code_fin", "annee", "part").rows() == [
        ("59011", "59011", 2023, 1.0),
        ("59012", "59011", 2023, 1.0),
        ("59011", "59011", 2024, 0.5),
        ("59011", "59012", 2024, 0.5),
    ]


CODE = st.sampled_from(["", "59001", "59002", "59003", "59004"])
ANNUAL = st.integers(2, 5).flatmap(
    lambda years: st.tuples(
        st.permutations(range(2010, 2010 + years)),
        st.lists(st.lists(CODE, min_size=years, max_size=years), max_size=10),
    )
)


def by_hand(years: Sequence[int], rows: Sequence[Sequence[str]]) -> dict[Change, Fraction]:
    """The changes of an annual table and their parts, year after year and pair after pair."""
    found = {}
    for year in sorted(years)[1:]:
        before, after = years.index(year - 1), years.index(year)
        pairs = {(row[before], row[after]) for row in rows if row[before] and row[after]}
        for ini, fin in pairs:
            became = [pair for pair in pairs if pair[0] == ini]
            joined = [pair for pair in pairs if pair[1] == fin]
            if len(became) > 1 or len(joined) > 1 or ini != fin:
                found[ini, fin, year] = Fraction(1, len(became))
    return found


@QUICK
@given(ANNUAL)
def test_the_changes_of_any_annual_table_are_those_of_its_rows_and_lose_nobody(
    table: tuple[list[int], list[list[str]]],
) -> None:
    years, rows = table
    reading = derived([f"CODGEO_{year}" for year in years], rows)
    expected = by_hand(years, rows)
    assert sum(expected.values()) == len({(ini, year) for ini, _, year in expected})
    assert {change: part for change, (part, _) in changes_of(reading).items()} == {
        change: pytest.approx(float(part)) for change, part in expected.items()
    }
    admission = admit(
        reading.frame,
        insee.COMMUNE_CHANGES,
        file="f",
        vintage=None,
        header_line=reading.header_line,
        lines=reading.lines,
    )
    assert admission.findings.is_empty(), admission.findings.rows()
    parts = admission.kept.group_by("code_ini", "annee").agg(pl.col("part").sum())
    assert parts["part"].to_list() == pytest.approx([1.0] * parts.height)


# --- the publishers' whole files ------------------------------------------------------------------

WHOLE = (
    ("insee_population", 2019, "insee/base-ic-evol-struct-pop-2019.mel.csv"),
    ("insee_familles", 2019, "insee/base-ic-couples-familles-menages-2019.dep59.csv"),
    ("insee_filosofi", 2018, "insee/BASE_TD_FILO_DISP_IRIS_2018.csv"),
    ("insee_filosofi", 2019, "insee/BASE_TD_FILO_DISP_IRIS_2019.csv"),
    ("insee_filosofi_communes", 2019, "insee/FILO2019_DISP_COM.csv"),
    ("insee_bpe", 2019, "insee/bpe19_ensemble_csv.zip"),
    ("insee_naissances", 2024, "insee/naissances_domiciliees_annuelles.xlsx"),
    ("insee_naissances_departement", 2024, "insee/naissances_domiciliees_annuelles.xlsx"),
    ("insee_naissances_france", 2024, "insee/naissances_domiciliees_annuelles.xlsx"),
    ("insee_iris", 2023, "insee/reference_IRIS_geo2023.xlsx"),
    ("insee_grands_quartiers", 2023, "insee/reference_IRIS_geo2023.xlsx"),
    ("insee_iris_modifications", 2023, "insee/reference_IRIS_geo2023.xlsx"),
    ("insee_qpv", 2019, "caf/qpv_DEMO_2019.csv"),
    ("caf_allocataires", 2019, "caf/data_CAF_2019_IRIS.csv"),
    ("caf_allocataires", 2020, "caf/data_CAF_2020_IRIS.csv"),
    ("caf_places", 2022, "caf/nbpla_pe_caf.csv"),
    ("caf_couverture", 2022, "caf/tx_couverture.csv"),
    ("education_etablissements", 2022, "equipements/etablissements_enseignement_2022.lille.csv"),
)


@pytest.mark.parametrize(("table", "vintage", "name"), WHOLE)
def test_a_whole_published_file_is_admitted_without_a_finding(
    table: str, vintage: int, name: str, published: Path
) -> None:
    dataset = BY_TABLE[table]
    admission = dataset.admit(described(published / name, published, dataset.jeu, vintage))
    assert admission.findings.is_empty(), admission.findings.head().rows()
    assert admission.kept.height == admission.rows_read > 0


@pytest.mark.parametrize(("table", "vintage", "name"), WHOLE)
def test_a_territory_takes_its_rows_of_a_whole_published_file_and_counts_the_others(
    table: str, vintage: int, name: str, published: Path
) -> None:
    dataset = BY_TABLE[table]
    file = described(published / name, published, dataset.jeu, vintage)
    admission = dataset.admit(file, LILLE)
    assert admission.findings.is_empty(), admission.findings.head().rows()
    assert admission.kept.height + admission.rows_elsewhere == admission.rows_read
    # Lille had no change of IRIS between 2019 and 2023.
    assert admission.kept.is_empty() == (table == "insee_iris_modifications")
