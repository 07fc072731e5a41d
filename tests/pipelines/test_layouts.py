"""Each layout reads a file as it is: every cell is text, and nothing is interpreted."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines.errors import SourceError
from pipelines.ingest.containers import Content
from pipelines.ingest.layouts import Features, Likeness, Reading, Series, Table

Cell = str | float | bool | None
TEXT = "IRIS;COM;V\n593500101;01234;17,5\n593500104;2A004;\n"
EACH_EXAMPLE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def waiting_for(*names: str) -> Likeness:
    """The share of these names that a row has."""
    return lambda row: len(set(names) & set(row)) / len(names)


def read(data: bytes | str, *names: str) -> Reading:
    """A file of text in which these columns are waited for."""
    content = Content("f.csv", data.encode() if isinstance(data, str) else data)
    return Table().read(content, waiting_for(*names))


def of_three(data: bytes | str) -> pl.DataFrame:
    return read(data, "IRIS", "COM", "V").frame


def test_a_byte_order_mark_changes_nothing() -> None:
    bare = of_three(TEXT.encode("utf-8"))
    marked = of_three(TEXT.encode("utf-8-sig"))
    assert bare.equals(marked)
    assert bare.columns == ["IRIS", "COM", "V"]


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["Windows", "old Mac"])
def test_the_end_of_lines_changes_nothing(end: str) -> None:
    unix = read(TEXT, "IRIS", "COM", "V")
    other = read(TEXT.replace("\n", end), "IRIS", "COM", "V")
    assert unix.frame.equals(other.frame)
    assert other.lines.to_list() == [2, 3]
    assert other.frame.rows() == [("593500101", "01234", "17,5"), ("593500104", "2A004", "")]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "Windows"])
def test_a_last_line_without_an_end_is_read(end: str) -> None:
    whole = of_three(TEXT)
    cut = TEXT.rstrip("\n").replace("\n", end)
    assert of_three(cut).equals(whole)


@pytest.mark.parametrize(
    "cell", ["", "NA", "null", "ns", "007", "1e5", "17,5", "true", "2019-01-01", " x "]
)
def test_nothing_is_taken_for_what_it_may_mean(cell: str) -> None:
    frame = read(f"a;b\n{cell};x\n", "a", "b").frame
    assert frame.rows() == [(cell, "x")]
    assert set(frame.dtypes) == {pl.String}


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_is_the_one_under_which_the_header_is_found(separator: str) -> None:
    # The cell has the other separators in it.
    cell = "".join(other for other in ";,|" if other != separator)
    text = f"a{separator}b\n{cell}{separator}3\n"
    assert read(text, "a", "b").frame.rows() == [(cell, "3")]


# What a file of text can hold. A lone carriage return ends lines for some readers, and the writer
# of the standard library does not always quote it; U+001C to U+001F are blank to Python alone.
CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff\x1c\x1d\x1e\x1f"),
    max_size=6,
)
TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.tuples(*[CELL] * width), min_size=1, max_size=8)
)


@EACH_EXAMPLE
@given(
    TABLE,
    st.sampled_from(";,\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)
@example([("é;è", "a\nb"), ('"', "\n")], ";", csv.QUOTE_MINIMAL, "\r\n", True, False)
def test_any_table_that_is_written_is_read_back_cell_for_cell(
    rows: list[tuple[str, ...]],
    separator: str,
    quoting: int,
    end: str,
    marked: bool,
    ended: bool,
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=separator, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    header = [f"colonne {rank}" for rank in range(len(rows[0]))]
    starts, line = [], 0
    for row in [header, *rows]:
        starts.append(line + 1)
        writer.writerow(row)
        line = len(io.StringIO(written.getvalue(), newline="").readlines())
    text = written.getvalue() if ended else written.getvalue().removesuffix(end)
    reading = read(text.encode("utf-8-sig" if marked else "utf-8"), *header)
    filled = [rank for rank, row in enumerate(rows) if any(cell.strip() for cell in row)]
    assert reading.frame.columns == header
    assert reading.header_line == 1
    assert reading.frame.rows() == [rows[rank] for rank in filled]
    assert reading.lines.to_list() == [starts[rank + 1] for rank in filled]


TITLES = "Équipements de la petite enfance\n\nÉdition 2024 ; champ : France\n"


@pytest.mark.parametrize("titles", [TITLES, f'"{TITLES.strip()}"\n'], ids=["bare", "quoted"])
def test_the_header_is_found_under_the_titles_of_a_text(titles: str) -> None:
    reading = read(titles + TEXT, "IRIS", "COM", "V")
    assert reading.header_line == 4
    assert reading.lines.to_list() == [5, 6]
    assert reading.frame.equals(of_three(TEXT))


def test_a_cell_that_bears_the_name_of_a_column_is_not_a_header() -> None:
    text = "Le code IRIS;COM\nIRIS;COM;V\nIRIS;COM;V\n"
    reading = read(text, "IRIS", "COM", "V")
    assert reading.header_line == 2
    assert reading.frame.rows() == [("IRIS", "COM", "V")]


def test_hundreds_of_empty_trailing_columns_are_read() -> None:
    text = "".join(f"{line}{';' * 300}\n" for line in TEXT.splitlines())
    frame = of_three(text)
    assert frame.width == 303
    assert frame.select("IRIS", "COM", "V").equals(of_three(TEXT))
    assert set(frame.drop("IRIS", "COM", "V").row(0)) == {""}


@pytest.mark.parametrize("blank", [";;", " ; ;", "\u00a0;;", '"";"";""', ""])
def test_rows_of_nothing_but_separators_are_dropped(blank: str) -> None:
    first, *others = TEXT.splitlines()
    text = "\n".join([first, blank, *others, blank, blank, ""])
    reading = read(text, "IRIS", "COM", "V")
    assert reading.frame.equals(of_three(TEXT))
    assert reading.lines.to_list() == [3, 4]


def test_the_line_of_a_row_is_that_of_its_beginning_in_the_file() -> None:
    text = 'a;b\n"un\ndeux";2\n\n3;4\n'
    reading = read(text, "a", "b")
    assert reading.frame.rows() == [("un\ndeux", "2"), ("3", "4")]
    assert reading.lines.to_list() == [2, 5]


def test_the_place_of_a_byte_that_is_not_utf_8_is_told() -> None:
    with pytest.raises(SourceError) as caught:
        read(b"a;b\n1;2\n3;\xe9t\xe9\n", "a", "b")
    assert caught.value.place == "ligne 3"
    assert "0xe9" in str(caught.value)


def test_a_column_printed_twice_is_refused() -> None:
    with pytest.raises(SourceError, match=r"f\.csv, en-tête : la colonne a y est deux fois"):
        read("a;b;a\n1;2;3\n", "a", "b")


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("row", ["1;2;3", "1"])
def test_a_row_of_another_width_is_refused_with_its_line(row: str, quote: str) -> None:
    text = f"a;{quote}b{quote}\n1;2\n\n{row}\n"
    cells = len(row.split(";"))
    with pytest.raises(SourceError, match=rf"ligne 4 : {cells} cellule.*l'en-tête en annonce 2"):
        read(text, "a", "b")


# Workbooks.


def book(hidden: Sequence[str] = (), **sheets: Sequence[Sequence[Cell]]) -> Content:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as written:
        for name, rows in sheets.items():
            page = written.add_worksheet(name)
            for line, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value is not None:
                        page.write(line, column, value)
            if name in hidden:
                page.hide()
    return Content("f.xlsx", data.getvalue())


def births(content: Content, *, notes: bool = False) -> Reading:
    table = Table("COM", names=("CODGEO", "LIBGEO"), notes=notes)
    return table.read(content, waiting_for("CODGEO", "LIBGEO", "2023", "2024"))


TITLE: list[list[Cell]] = [["Naissances"], [], []]
HEADER: list[Cell] = [None, None, "2023", "2024"]


def test_notes_under_a_sheet_are_not_rows_of_it() -> None:
    notes: list[list[Cell]] = [[], ["Notes : "], ["so : sans objet"], ["Source : État civil"]]
    rows: list[list[Cell]] = [*TITLE, HEADER, ["59350", "Lille", 2305, "so"], *notes]
    frame = births(book(COM=rows), notes=True).frame
    assert frame.columns == ["CODGEO", "LIBGEO", "2023", "2024"]
    assert frame.rows() == [("59350", "Lille", "2305", "so")]


def test_cells_of_a_sheet_are_text_and_blank_ones_are_empty() -> None:
    rows: list[list[Cell]] = [*TITLE, HEADER, ["01004", "Ambérieu", 12.5, None]]
    frame = births(book(COM=rows)).frame
    assert frame.rows() == [("01004", "Ambérieu", "12.5", "")]
    assert set(frame.dtypes) == {pl.String}


@EACH_EXAMPLE
@given(
    st.floats(-1e12, 1e12, allow_nan=False).map(lambda value: round(value, 6))
    | st.integers(-(10**15), 10**15)
)
@example(593500101)
@example(0.1 + 0.2)
def test_a_number_of_a_sheet_is_read_without_exponent_to_nine_decimals(value: float) -> None:
    content = book(S=[["a", "b"], [value, "x"]])
    cell = Table().read(content, waiting_for("a", "b")).frame["a"].item()
    assert float(cell) == pytest.approx(value, rel=1e-15, abs=1e-9)
    assert "e" not in cell.lower()


@pytest.mark.parametrize("blank", [0, 1, 5])
def test_the_header_of_a_sheet_is_found_wherever_it_stands(blank: int) -> None:
    titles: list[list[Cell]] = [[] for _ in range(blank)]
    content = book(S=[*titles, ["titre"], ["a", "b"], ["c", "d"], [], ["e", "f"]])
    reading = Table().read(content, waiting_for("a", "b"))
    assert (reading.frame.columns, reading.frame.rows()) == (["a", "b"], [("c", "d"), ("e", "f")])
    assert reading.header_line == blank + 2
    assert reading.lines.to_list() == [blank + 3, blank + 5]


def test_a_title_that_is_merged_over_several_cells_is_not_the_header() -> None:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as written:
        page = written.add_worksheet("S")
        page.merge_range(0, 0, 0, 2, "Titre")
        page.merge_range(1, 1, 1, 2, "Population")
        page.write_row(2, 0, ["IRIS", "COM", "V"])
        page.write_row(3, 0, ["593500101", "59350", 12])
    content = Content("f.xlsx", data.getvalue())
    reading = Table().read(content, waiting_for("IRIS", "COM", "V"))
    assert reading.frame.rows() == [("593500101", "59350", "12")]
    assert (reading.header_line, reading.lines.to_list()) == (3, [4])


def test_a_stray_cell_beside_the_table_is_a_column_without_a_name() -> None:
    row: list[Cell] = [1, 2]
    rows: list[list[Cell]] = [["a", "b"], *([row] * 40), [3, 4, None, "relu"]]
    content = book(S=rows)
    frame = Table().read(content, waiting_for("a", "b")).frame
    assert frame.columns == ["a", "b", "(sans nom 3)", "(sans nom 4)"]
    assert frame.row(-1) == ("3", "4", "", "relu")


def test_of_several_sheets_the_one_most_alike_is_read() -> None:
    content = book(
        Lisez=[["Ce classeur a été exporté"]],
        Codes=[["a"], [7]],
        Chiffres=[["a", "b"], [1, 2]],
    )
    assert Table().read(content, waiting_for("a", "b")).frame.rows() == [("1", "2")]


def test_the_only_sheet_of_a_workbook_is_read_under_any_name() -> None:
    content = book(Feuil1=[*TITLE, HEADER, ["59350", "Lille", 1, 2]])
    assert births(content).frame.rows() == [("59350", "Lille", "1", "2")]


def test_a_sheet_that_is_renamed_among_others_is_told_with_those_that_are_there() -> None:
    content = book(Communes=[HEADER], DEP=[HEADER])
    with pytest.raises(SourceError) as caught:
        births(content)
    assert str(caught.value) == (
        "f.xlsx, feuille COM : elle est absente ; le classeur a Communes, DEP. Remède : déposer le "
        "classeur tel que publié, sans renommer ses feuilles."
    )


def test_a_sheet_of_data_that_is_hidden_is_refused() -> None:
    content = book(hidden=["b"], a=[["Bonjour"]], b=[["x", "y"], [1, 2]])
    with pytest.raises(SourceError, match=r"^f\.xlsx, feuille b : elle est masquée.*Remède : "):
        Table().read(content, waiting_for("x", "y"))


def test_a_hidden_sheet_is_nothing_to_the_one_that_is_shown() -> None:
    old: list[list[Cell]] = [["x", "y"], [8, 9]]
    content = book(hidden=["a"], b=[["x", "y"], [1, 2]], a=old)
    assert Table().read(content, waiting_for("x", "y")).frame.rows() == [("1", "2")]
    alone = Table("b").read(content, waiting_for("x", "y"))
    assert alone.frame.rows() == [("1", "2")]


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04\x00.xml"])
def test_what_is_no_workbook_is_told(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"f\.xlsx, .*Remède : "):
        births(Content("f.xlsx", data))


def test_text_under_the_name_of_a_workbook_is_read_as_text() -> None:
    content = Content("f.xlsx", b"a;b\n1;2\n")
    assert Table("COM").read(content, waiting_for("a", "b")).frame.rows() == [("1", "2")]


def test_a_text_that_begins_as_an_archive_does_is_a_text() -> None:
    assert read("PK_UID;V\n1;2\n", "PK_UID", "V").frame.rows() == [("1", "2")]


def test_an_empty_sheet_is_told() -> None:
    with pytest.raises(SourceError, match=r"f\.xlsx, feuille COM : elle est vide\. Remède : "):
        births(book(COM=[]))


# Columns that are years.

YEARS = Series(r"(19|20)\d\d", "annee", "naissances")


def test_the_columns_of_a_series_become_rows_that_keep_their_line() -> None:
    lille: list[Cell] = ["59350", "Lille", 2305, "so"]
    roubaix: list[Cell] = ["59512", "Roubaix", 1500, 1400]
    rows = [*TITLE, HEADER, lille, roubaix]
    content = book(COM=rows)
    table = Table("COM", names=("CODGEO", "LIBGEO"), series=YEARS)
    likeness = waiting_for("CODGEO", "LIBGEO", "annee", "naissances")
    reading = table.read(content, likeness)
    long = reading.frame.with_columns(reading.lines.alias("ligne")).sort("ligne", "annee")
    assert long.columns == ["CODGEO", "LIBGEO", "annee", "naissances", "ligne"]
    assert long.rows() == [
        ("59350", "Lille", "2023", "2305", 5),
        ("59350", "Lille", "2024", "so", 5),
        ("59512", "Roubaix", "2023", "1500", 6),
        ("59512", "Roubaix", "2024", "1400", 6),
    ]
    assert table.header(content, likeness) == ["CODGEO", "LIBGEO", "annee", "naissances"]


def test_a_series_without_a_year_is_told() -> None:
    content = book(COM=[["CODGEO", "LIBGEO", "Total"], ["59350", "Lille", 3]])
    with pytest.raises(SourceError, match=r"ligne 1 : aucune colonne d'année.*Remède : "):
        Table("COM", series=YEARS).read(content, waiting_for("CODGEO", "LIBGEO", "annee"))


# Outlines.


def outline(**properties: str) -> dict[str, object]:
    ring = [[3.0, 50.0], [3.1, 50.0], [3.1, 50.1], [3.0, 50.0]]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def outlines(text: str, *properties: str) -> pl.DataFrame:
    content = Content("f.geojson", text.encode())
    return Features(properties).read(content, waiting_for(*properties)).frame


def test_outlines_are_read_with_their_properties_and_their_geometry() -> None:
    features = [outline(district_id="5935001", libelle="Été", autre="x"), outline(libelle="b")]
    collection = json.dumps({"type": "FeatureCollection", "features": features})
    frame = outlines(collection, "district_id", "libelle")
    assert frame.columns == ["district_id", "libelle", "geometrie"]
    assert frame.select("district_id", "libelle").rows() == [("5935001", "Été"), ("", "b")]
    geometries = [json.loads(text) for text in frame["geometrie"]]
    assert geometries == [features[0]["geometry"], features[1]["geometry"]]


@pytest.mark.parametrize(
    ("features", "found"),
    [
        ([outline(district_id="5935001")], ["district_id", "geometrie"]),
        ([outline(autre="x")], []),
        ([], []),
    ],
    ids=["all properties", "another property", "no feature"],
)
def test_outlines_are_known_by_the_properties_of_the_first(
    features: list[Any], found: list[str]
) -> None:
    content = Content("f.geojson", json.dumps({"features": features}).encode())
    assert Features(("district_id",)).header(content, waiting_for("district_id")) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"features": 3}',
        '{"features": [{}]}',
        '{"features": [{"properties": null}]}',
    ],
)
def test_what_is_no_collection_of_outlines_is_told(text: str) -> None:
    with pytest.raises(SourceError, match=r"f\.geojson, fichier entier : .*Remède : "):
        outlines(text, "district_id")
