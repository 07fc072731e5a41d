"""A file that is not what it should be is told in one French sentence; what can be read is read."""

import io
import itertools
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines.contracts.base import (
    KEY_RULE,
    MISSING,
    Admission,
    Contract,
    Severity,
    also,
    amount,
    code,
    count,
    optional,
    text,
)
from pipelines.ingest.assets import sentence
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.layouts import Series, Table
from pipelines.sources import CheckFigure, Encoding, Fiche, SourceFile

VINTAGE = 2019


def dataset(
    layout: Table | None = None, *, bad_row: Severity = "arrêt", may_be_empty: bool = False
) -> Dataset:
    """A data set with one column of each kind."""
    contract = Contract(
        fields=(
            code("IRIS", r"\d{9}", "code IRIS à neuf caractères"),
            also(count("ENF{aa}", marks=MISSING), "ENFANTS"),
            amount("TAUX", marks=MISSING, maximum=100),
            optional(text("LIBIRIS")),
            optional(count("AGES", marks=MISSING)),
        ),
        key=("IRIS",),
        bad_row=bad_row,
        may_be_empty=may_be_empty,
    )
    return Dataset("essai", "essai", layout or Table(), contract, "Un jeu pour essayer.")


def admitted(
    data: bytes | str,
    path: Path,
    reader: Dataset | None = None,
    encoding: Encoding = "utf-8",
    figures: Sequence[CheckFigure] = (),
) -> Admission:
    """What becomes of a file of this content."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    fiche = Fiche(
        jeu="essai",
        producteur="Insee",
        titre="Un fichier pour essayer",
        millesime=VINTAGE,
        edition="essai",
        page=None,
        licence="Licence Ouverte",
        encodage=encoding,
        extrait="le fichier entier",
        octets=path.stat().st_size,
        sha256="0" * 64,
        chiffres_de_controle=tuple(figures),
    )
    return (reader or dataset()).admit(SourceFile(path, path.parent, fiche))


def stop(admission: Admission) -> str:
    """The one sentence that stops the refresh: it has the file, the place and the remedy."""
    stops = admission.findings.filter(pl.col("gravite") == "arrêt")
    assert stops.height == 1, stops
    said = sentence(stops.row(0, named=True))
    assert re.match(r"f\.\w+(/\S+)?, \S.* : .+ Remède : .+\.$", said, re.DOTALL), said
    return said


def rows(admission: Admission) -> list[tuple[object, ...]]:
    """The IRIS, children and rate of each row that is kept of a file without fault."""
    assert admission.findings.is_empty(), admission.findings
    return admission.kept.select("iris", "enf", "taux").rows()


HEADER = "IRIS;ENF19;TAUX"
FIRST, SECOND = "593500101;12;17,5", "593500102;8;3"
GOOD = f"{HEADER}\n{FIRST}\n{SECOND}\n"
READ = [("593500101", 12, 17.5), ("593500102", 8, 3.0)]


def lines(*others: str) -> str:
    return "\n".join([HEADER, FIRST, *others, ""])


def test_a_good_file_is_kept_whole(tmp_path: Path) -> None:
    admission = admitted(GOOD, tmp_path / "f.csv")
    assert rows(admission) == READ
    assert (admission.rows_read, admission.rows_rejected) == (2, 0)
    assert admission.kept["ligne"].to_list() == [2, 3]


# What stops.

PAGE = "<!DOCTYPE html>\n<html><body>Page non trouvée</body></html>\n"


def zipped(data: bytes | str, name: str = "d.csv") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", "fichier entier : le fichier est vide"),
        ("\n\r\n\n", "fichier entier : le fichier est vide"),
        ("  \n ; ; \n", "fichier entier : le fichier est vide"),
        (f"{HEADER}\n", "fichier sans aucune ligne"),
        (f"{HEADER}\n;;\n;;\n", "fichier sans aucune ligne"),
        (PAGE, "c'est une page web"),
        (zipped(PAGE), "c'est une page web"),
        (zipped(GOOD)[:-30], "elle est tronquée, endommagée"),
        (zipped(GOOD, "../d.csv"), "membre ../d.csv : son chemin sort de l'archive"),
        (zipped(bytes(8 << 20)), "c'est une bombe"),
        (b"\xd0\xcf\x11\xe0" + bytes(60), "c'est un ancien format Excel (.xls), ou un classeur"),
        (GOOD.replace("IRIS", "Libellé").encode("latin-1"), "ligne 1 : octet 0xe9"),
        (GOOD.encode("utf-16"), "ligne 1 : octet 0xff"),
        (GOOD.replace("8;3", "8\0;3"), "ligne 3 : octet 0x00"),
        (lines("593500102;8"), "ligne 3 : 2 cellule(s) là où l'en-tête en annonce 3"),
        (lines("593500102;8;3;4"), "ligne 3 : 4 cellule(s) là où l'en-tête en annonce 3"),
        (lines('593500102;"8;3', "593500103;1;1"), "ligne 3 : un guillemet ouvert n'est pas"),
        (lines('593500102;"8"x;3'), "ligne 3 : un guillemet ouvert n'est pas refermé, ou mal"),
        (GOOD.replace("ENF19", "TAUX"), "en-tête : la colonne TAUX y est deux fois"),
        (GOOD.replace("ENF19", "ENF18"), "colonne ENF19 : «  » ne respecte pas la règle « col"),
    ],
    ids=[
        "no byte",
        "blank lines",
        "blank cells",
        "header alone",
        "header and separators",
        "web page",
        "web page in an archive",
        "truncated archive",
        "climbing archive",
        "bomb",
        "old workbook",
        "latin-1",
        "utf-16",
        "nul",
        "one cell less",
        "one cell more",
        "quote never closed",
        "quote misplaced",
        "column repeated",
        "column of another year",
    ],
)
@pytest.mark.parametrize("bad_row", ["arrêt", "rejet"])
def test_a_file_that_cannot_be_a_table_stops_with_one_sentence(
    data: bytes | str, expected: str, bad_row: Severity, tmp_path: Path
) -> None:
    admission = admitted(data, tmp_path / "f.csv", dataset(bad_row=bad_row))
    assert expected in stop(admission)
    assert admission.kept.is_empty()


@pytest.mark.parametrize("data", [HEADER, f"{HEADER}\n", f"{HEADER}\n;;\n"])
def test_a_file_of_a_header_alone_is_taken_where_there_may_be_nothing_to_say(
    data: str, tmp_path: Path
) -> None:
    assert rows(admitted(data, tmp_path / "f.csv", dataset(may_be_empty=True))) == []


CELLS = [
    ("59350010;8;3", "ligne 3, colonne IRIS : « 59350010 »", "code IRIS à neuf caractères"),
    (";8;3", "ligne 3, colonne IRIS : «  »", "code IRIS à neuf caractères"),
    ("593500102;-8;3", "ligne 3, colonne ENF19 : « -8 »", "minimum 0"),
    ("593500102;8,5;3", "ligne 3, colonne ENF19 : « 8,5 »", "nombre entier attendu"),
    ("593500102;huit;3", "ligne 3, colonne ENF19 : « huit »", "nombre entier attendu"),
    ("593500102;8;n.d.", "ligne 3, colonne TAUX : « n.d. »", "nombre attendu"),
    ("593500102;8;1 00", "ligne 3, colonne TAUX : « 1 00 »", "nombre attendu"),
    ("593500102;8;100,5", "ligne 3, colonne TAUX : « 100.5 »", "maximum 100"),
    ("593500102;٨;3", "ligne 3, colonne ENF19 : « ٨ »", "nombre entier attendu"),
    ("593500102;8;1e999", "ligne 3, colonne TAUX : « 1e999 »", "nombre attendu"),
    (
        "593500102;99999999999999999999;3",
        "ligne 3, colonne ENF19 : « 99999999999999999999 »",
        "nombre entier attendu",
    ),
    ("593500102;#DIV/0!;3", "ligne 3, colonne ENF19 : « #DIV/0! »", "nombre entier attendu"),
]


@pytest.mark.parametrize(("row", "place", "rule"), CELLS, ids=[row for row, _, _ in CELLS])
def test_a_wrong_cell_stops_with_its_line_its_column_and_its_rule(
    row: str, place: str, rule: str, tmp_path: Path
) -> None:
    said = stop(admitted(lines(row), tmp_path / "f.csv"))
    assert f"f.csv, {place} ne respecte pas la règle « {rule} »." in said


@pytest.mark.parametrize(("row", "place", "rule"), CELLS, ids=[row for row, _, _ in CELLS])
def test_a_wrong_cell_sets_its_row_aside_where_the_contract_says_so(
    row: str, place: str, rule: str, tmp_path: Path
) -> None:
    admission = admitted(lines(row), tmp_path / "f.csv", dataset(bad_row="rejet"))
    (finding,) = admission.rejected.rows(named=True)
    assert place in sentence(finding)
    assert finding["regle"] == rule
    assert not admission.stopped
    assert admission.kept["iris"].to_list() == ["593500101"]
    assert (admission.rows_read, admission.rows_rejected) == (2, 1)


@pytest.mark.parametrize("bad_row", ["arrêt", "rejet"])
def test_a_repeated_key_stops_and_is_named(bad_row: Severity, tmp_path: Path) -> None:
    reader = dataset(bad_row=bad_row)
    admission = admitted(lines(SECOND, "593500101;1;1"), tmp_path / "f.csv", reader)
    stops = admission.findings.filter(pl.col("gravite") == "arrêt")
    assert stops["regle"].to_list() == [KEY_RULE] * stops.height
    assert set(stops["valeur"]) == {"iris = 593500101"}
    assert 4 in stops["ligne"].to_list()


def test_a_row_repeated_whole_stops(tmp_path: Path) -> None:
    admission = admitted(lines(FIRST), tmp_path / "f.csv")
    assert admission.stopped
    assert set(admission.findings["regle"]) == {KEY_RULE}


# What is read all the same.


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "Windows", "old Mac"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["bare", "marked"])
@pytest.mark.parametrize("ended", [True, False], ids=["ended", "not ended"])
def test_a_file_is_read_in_every_spelling_of_text(
    separator: str, end: str, mark: bytes, ended: bool, tmp_path: Path
) -> None:
    data = GOOD.replace("17,5", "17.5").replace(";", separator).replace("\n", end)
    data = data if ended else data.removesuffix(end)
    admission = admitted(mark + data.encode(), tmp_path / "f.csv")
    assert rows(admission) == READ
    assert admission.kept["ligne"].to_list() == [2, 3]


@pytest.mark.parametrize(
    "data",
    [
        "IRIS;TAUX;ENF19\n593500101;17,5;12\n593500102;3;8\n",
        "iris;enf19;Taux\n593500101;12;17,5\n593500102;8;3\n",
        " IRIS ;ENF19;TAUX\n593500101;12;17,5\n593500102;8;3\n",
        "IRIS;ENFANTS;TAUX\n593500101;12;17,5\n593500102;8;3\n",
        "UU;IRIS;*;ENF19;^.*$;TAUX;Évol. %\na;593500101;b;12;c;17,5;d\n;593500102;;8;;3;\n",
        "IRIS;ENF19;TAUX;AGES\n593500101;12;17,5;3\n593500102;8;3;4\n",
        '"IRIS";"ENF19";"TAUX"\n"593500101";12;17,5\n"593500102";8;3\n',
        f"Enfants par IRIS\n\nÉdition 2019 ; corrigée\n{GOOD}",
        f"{GOOD};;\n;;\n\n",
        "".join(f"{line}{';' * 400}\n" for line in GOOD.splitlines()),
        "".join(f"{line};\n" for line in GOOD.splitlines()),
    ],
    ids=[
        "reordered",
        "another case",
        "blanks around a name",
        "another name",
        "columns added",
        "optional column",
        "quoted",
        "titles above",
        "rows of separators",
        "hundreds of columns without a name",
        "separator at the end",
    ],
)
def test_what_changes_without_changing_the_data_is_read(data: str, tmp_path: Path) -> None:
    assert rows(admitted(data, tmp_path / "f.csv")) == READ


def test_an_optional_column_that_is_absent_has_no_values(tmp_path: Path) -> None:
    admission = admitted(GOOD, tmp_path / "f.csv")
    assert admission.kept.select("libiris", "ages").unique().rows() == [(None, None)]
    assert set(admission.kept["ages_marque"]) == {"non disponible"}


FIGURE = CheckFigure(
    colonne="ENF19",
    ou={"IRIS": "593500101"},
    mesure="somme",
    attendu=12,
    tolerance=0,
    origine="compté à la main",
)


def test_a_check_figure_is_found_under_a_name_in_another_case(tmp_path: Path) -> None:
    data = GOOD.replace("ENF19", "enf19").replace("IRIS", "iris")
    assert rows(admitted(data, tmp_path / "f.csv", figures=[FIGURE])) == READ
    wrong = FIGURE.model_copy(update={"attendu": 13})
    said = stop(admitted(data, tmp_path / "f.csv", figures=[wrong]))
    assert "colonne ENF19 : « 12 »" in said
    assert "13 attendu (compté à la main)" in said


@pytest.mark.parametrize(
    ("column", "where"), [("AGES", "le fichier"), ("ENF18", "le contrat"), ("X", "le contrat")]
)
def test_a_check_figure_about_a_column_that_is_absent_stops(
    column: str, where: str, tmp_path: Path
) -> None:
    figure = FIGURE.model_copy(update={"colonne": column})
    said = stop(admitted(GOOD, tmp_path / "f.csv", figures=[figure]))
    assert f"la colonne {column} n'est pas dans {where}" in said


def test_the_encoding_that_the_catalogue_declares_is_honoured(tmp_path: Path) -> None:
    data = f"{HEADER};LIBIRIS\n{FIRST};Cœur d'Hélène\n".encode("windows-1252")
    assert "octet 0x9c" in stop(admitted(data, tmp_path / "f.csv"))
    admission = admitted(data, tmp_path / "f.csv", encoding="windows-1252")
    assert admission.kept["libiris"].to_list() == ["Cœur d'Hélène"]


MARKS = [("ns", "secret"), ("nd", "non disponible"), ("so", "sans objet"), ("", "non disponible")]


@pytest.mark.parametrize(("mark", "meaning"), MARKS)
def test_why_a_value_is_missing_is_kept_apart_from_it(
    mark: str, meaning: str, tmp_path: Path
) -> None:
    admission = admitted(lines(f"593500102;{mark};0"), tmp_path / "f.csv")
    assert rows(admission) == [READ[0], ("593500102", None, 0.0)]
    assert admission.kept["enf_marque"].to_list() == [None, meaning]
    assert admission.kept["taux_marque"].to_list() == [None, None]


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"], ids=["space", "no-break", "narrow"])
def test_thousands_apart_and_a_decimal_comma_are_a_number(space: str, tmp_path: Path) -> None:
    reader = dataset()
    fields = tuple(replace(item, maximum=None) for item in reader.contract.fields)
    reader = replace(reader, contract=replace(reader.contract, fields=fields))
    data = lines(f"593500102;1{space}234{space}567;-1{space}234,5").replace("-", "")
    assert rows(admitted(data, tmp_path / "f.csv", reader))[1] == ("593500102", 1234567, 1234.5)


# Workbooks.

YEARS = Series(r"(19|20)\d\d", "ENF19", "TAUX")


def book(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as written:
        fill(written)
    return buffer.getvalue()


def repacked(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as read, zipfile.ZipFile(buffer, "w") as written:
        for name in read.namelist():
            content = read.read(name)
            written.writestr(name, change(content) if name == part else content)
    return buffer.getvalue()


def table(page: xlsxwriter.worksheet.Worksheet, line: int = 0) -> None:
    page.write_row(line, 0, ["IRIS", "ENF19", "TAUX"])
    page.write_row(line + 1, 0, ["593500101", 12, 17.5])
    page.write_row(line + 2, 0, [593500102, 8, 3])


def plain(written: xlsxwriter.Workbook) -> None:
    table(written.add_worksheet("Données"))


def titled(written: xlsxwriter.Workbook) -> None:
    page = written.add_worksheet("Données")
    page.merge_range(0, 0, 1, 2, "Enfants par IRIS")
    page.merge_range(3, 1, 3, 2, "2019")
    table(page, 4)


def lower(written: xlsxwriter.Workbook) -> None:
    table(written.add_worksheet("Données"), 20)


def beside_a_hidden_one(written: xlsxwriter.Workbook) -> None:
    written.add_worksheet("Données").activate()
    table(written.get_worksheet_by_name("Données"))
    written.add_worksheet("Brouillon").hide()
    table(written.get_worksheet_by_name("Brouillon"), 5)


@pytest.mark.parametrize("fill", [plain, titled, lower, beside_a_hidden_one])
@pytest.mark.parametrize("name", ["f.xlsx", "f.csv"])
@pytest.mark.parametrize("layout", [Table(), Table("Données")], ids=["any sheet", "its sheet"])
def test_a_workbook_is_read_wherever_its_table_stands(
    fill: Callable[[xlsxwriter.Workbook], None], name: str, layout: Table, tmp_path: Path
) -> None:
    assert rows(admitted(book(fill), tmp_path / name, dataset(layout))) == READ


def test_a_workbook_in_an_archive_is_read(tmp_path: Path) -> None:
    assert rows(admitted(zipped(book(plain), "d.xlsx"), tmp_path / "f.zip")) == READ


def computed(written: xlsxwriter.Workbook) -> None:
    plain(written)
    written.get_worksheet_by_name("Données").write_formula(2, 1, "=B2-4", None, 8)


def hidden(written: xlsxwriter.Workbook) -> None:
    written.add_worksheet("Lisez-moi").write(0, 0, "Les données suivent")
    plain(written)
    written.get_worksheet_by_name("Données").hide()


def renamed(written: xlsxwriter.Workbook) -> None:
    table(written.add_worksheet("Feuil1"))
    written.add_worksheet("Feuil2")


def empty(written: xlsxwriter.Workbook) -> None:
    written.add_worksheet("Données")


def header_alone(written: xlsxwriter.Workbook) -> None:
    written.add_worksheet("Données").write_row(0, 0, ["IRIS", "ENF19", "TAUX"])


def repeated(written: xlsxwriter.Workbook) -> None:
    plain(written)
    written.get_worksheet_by_name("Données").write(0, 3, "TAUX")


def in_words(written: xlsxwriter.Workbook) -> None:
    plain(written)
    written.get_worksheet_by_name("Données").write(2, 1, "huit")


@pytest.mark.parametrize("layout", [Table(), Table("Données")], ids=["any sheet", "its sheet"])
def test_a_workbook_without_a_sheet_is_told(layout: Table, tmp_path: Path) -> None:
    def without_sheets(xml: bytes) -> bytes:
        return re.sub(rb"<sheet .*?/>", b"", xml)

    data = repacked(book(plain), "xl/workbook.xml", without_sheets)
    admission = admitted(data, tmp_path / "f.xlsx", dataset(layout))
    assert "f.xlsx, classeur entier : il est illisible" in stop(admission)


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        (computed, "f.xlsx, feuille Données, cellule B3 : c'est une formule"),
        (hidden, "f.xlsx, feuille Données : elle est masquée"),
        (renamed, "feuille Données : elle est absente ; le classeur a Feuil1, Feuil2"),
        (empty, "f.xlsx, feuille Données : elle est vide"),
        (header_alone, "fichier sans aucune ligne"),
        (repeated, "f.xlsx, en-tête : la colonne TAUX y est deux fois"),
        (in_words, "f.xlsx, ligne 3, colonne ENF19 : « huit »"),
    ],
)
def test_a_workbook_that_cannot_be_trusted_stops_with_one_sentence(
    fill: Callable[[xlsxwriter.Workbook], None], expected: str, tmp_path: Path
) -> None:
    admission = admitted(book(fill), tmp_path / "f.xlsx", dataset(Table("Données")))
    assert expected in stop(admission)


def test_a_hidden_sheet_is_refused_where_no_sheet_is_named(tmp_path: Path) -> None:
    said = stop(admitted(book(hidden), tmp_path / "f.xlsx"))
    assert "f.xlsx, feuille Données : elle est masquée" in said


# Whatever comes.

EACH_EXAMPLE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
RANKS = itertools.count()
READERS = (dataset(), dataset(Table("Données", notes=True)), dataset(Table(series=YEARS)))


def holds(data: bytes, folder: Path) -> None:
    """Every reader makes an admission of it, in which each finding is a sentence."""
    for reader in READERS:
        # The last files that were opened are kept in memory: a new name for each.
        admission = admitted(data, folder / f"{next(RANKS)}.csv", reader)
        for finding in admission.findings.head(5).rows(named=True):
            assert "Remède : " in sentence(finding)
            assert finding["colonne"] is not None
        assert admission.rows_read >= admission.kept.height


@EACH_EXAMPLE
@given(st.binary(max_size=200))
@example(b"PK\x03\x04" + bytes(26))
@example(b"PK\x05\x06" + bytes(18))
@example(b"\xd0\xcf\x11\xe0")
@example(b"\xff\xfeI\x00")
@example(HEADER.encode() + b"\n\xff")
@example(f"{HEADER};*\n{FIRST};x\n".encode())
def test_any_bytes_make_an_admission(tmp_path: Path, data: bytes) -> None:
    holds(data, tmp_path)


@EACH_EXAMPLE
@given(st.text(st.sampled_from('IRS;,\t|"\r\n 0159ENF19TAUX-.é\u00a0'), max_size=80))
@example(f'{HEADER}\n"')
@example('IRIS;ENF19;TAUX\r"\n;;')
@example(HEADER + "\r593500101;1;2\n")
def test_any_text_made_of_the_signs_of_a_table_makes_an_admission(
    tmp_path: Path, data: str
) -> None:
    holds(data.encode(), tmp_path)
    holds(f"{GOOD}{data}".encode(), tmp_path)


SAMPLES = {
    "text": GOOD.encode(),
    "archive": zipped(GOOD),
    "workbook": book(plain),
    "titled workbook": book(titled),
}
CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 3), st.binary(max_size=4)),
    min_size=1,
    max_size=4,
)


def changed(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """Some bytes lost and some put, here and there."""
    result = bytearray(data)
    for place, lost, put in changes:
        start = int(place * len(result))
        result[start : start + lost] = put
    return bytes(result)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
@EACH_EXAMPLE
@given(CHANGES)
def test_any_change_of_bytes_in_a_good_file_makes_an_admission(
    tmp_path: Path, sample: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    holds(changed(sample, changes), tmp_path)


@pytest.mark.parametrize(
    "part",
    [
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
    ],
)
@settings(EACH_EXAMPLE, max_examples=15)
@given(CHANGES)
def test_any_change_in_a_part_of_a_workbook_makes_an_admission(
    tmp_path: Path, part: str, changes: list[tuple[float, int, bytes]]
) -> None:
    holds(repacked(SAMPLES["workbook"], part, lambda xml: changed(xml, changes)), tmp_path)


def grouped(value: int, space: str) -> str:
    return f"{value:,}".replace(",", space)


@EACH_EXAMPLE
@given(
    st.lists(
        # Thirteen digits may be a person's: that is refused elsewhere.
        st.tuples(st.integers(0, 10**12 - 1), st.integers(0, 10**9), st.integers(0, 999)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["", " ", "\u00a0", "\u202f"]),
    st.sampled_from(",."),
)
def test_a_number_written_with_thousands_apart_and_a_comma_comes_back_equal(
    tmp_path: Path, numbers: list[tuple[int, int, int]], space: str, mark: str
) -> None:
    contract = Contract(
        fields=(code("RANG", r"\d+", "rang"), count("N"), amount("V")), key=("RANG",)
    )
    reader = replace(dataset(), contract=contract)
    written = [
        f"{rank};{grouped(whole, space)};{grouped(units, space)}{mark}{thousandths:03}"
        for rank, (whole, units, thousandths) in enumerate(numbers)
    ]
    data = "\n".join(["RANG;N;V", *written])
    admission = admitted(data, tmp_path / f"{next(RANKS)}.csv", reader)
    assert admission.findings.is_empty()
    assert admission.kept.select("n", "v").rows() == [
        (whole, float(f"{units}.{thousandths:03}")) for whole, units, thousandths in numbers
    ]
