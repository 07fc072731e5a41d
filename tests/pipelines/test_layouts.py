"""Each layout reads a file as it is: every cell is text, and nothing is interpreted."""

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import SourceError
from pipelines.ingest.layouts import delimited, feature_collection, workbook

Cell = str | float | bool | None
TEXT = "IRIS;COM;V\n593500101;01234;17,5\n593500104;2A004;\n"


def read(content: bytes, path: Path) -> pl.DataFrame:
    path.write_bytes(content)
    return delimited().read(path).frame


def test_a_byte_order_mark_changes_nothing(tmp_path: Path) -> None:
    bare = read(TEXT.encode("utf-8"), tmp_path / "bare.csv")
    marked = read(TEXT.encode("utf-8-sig"), tmp_path / "marked.csv")
    assert bare.equals(marked)
    assert bare.columns == ["IRIS", "COM", "V"]


def test_the_end_of_lines_changes_nothing(tmp_path: Path) -> None:
    unix = read(TEXT.encode(), tmp_path / "unix.csv")
    windows = read(TEXT.replace("\n", "\r\n").encode(), tmp_path / "windows.csv")
    assert unix.equals(windows)
    assert unix.rows() == [("593500101", "01234", "17,5"), ("593500104", "2A004", "")]


def test_a_last_line_without_an_end_is_read(tmp_path: Path) -> None:
    whole = read(TEXT.encode(), tmp_path / "whole.csv")
    assert read(TEXT.rstrip("\n").encode(), tmp_path / "cut.csv").equals(whole)


@pytest.mark.parametrize(
    "cell", ["", "NA", "null", "ns", "007", "1e5", "17,5", "true", "2019-01-01"]
)
def test_nothing_is_taken_for_what_it_may_mean(cell: str, tmp_path: Path) -> None:
    frame = read(f"a;b\n{cell};x\n".encode(), tmp_path / "f.csv")
    assert frame.rows() == [(cell, "x")]
    assert set(frame.dtypes) == {pl.String}


def test_another_separator_is_read_where_it_is_declared(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a,b\n1;2,3\n", "utf-8")
    assert delimited(",").read(path).frame.rows() == [("1;2", "3")]


# What a csv file in UTF-8 can hold; a lone carriage return ends lines for some readers.
CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff"), max_size=6
)
TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.tuples(*[CELL] * width), min_size=1, max_size=8)
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TABLE, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]))
def test_any_table_that_is_written_is_read_back_cell_for_cell(
    tmp_path: Path, rows: list[tuple[str, ...]], quoting: int, end: str
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    header = [f"c{rank}" for rank in range(len(rows[0]))]
    writer.writerows([header, *rows])
    frame = read(written.getvalue().encode("utf-8"), tmp_path / "f.csv")
    assert frame.columns == header
    assert frame.rows() == rows


def test_the_place_of_a_byte_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read(b"a;b\n1;2\n3;\xe9t\xe9\n", tmp_path / "f.csv")
    assert caught.value.place == "ligne 3"
    assert "0xe9" in str(caught.value)


def test_a_column_printed_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        read(b"a;b;a\n1;2;3\n", tmp_path / "f.csv")


def book(path: Path, rows: list[list[Cell]], sheet: str = "COM") -> Path:
    with xlsxwriter.Workbook(str(path)) as written:
        page = written.add_worksheet(sheet)
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    page.write(line, column, value)
    return path


TITLE: list[list[Cell]] = [["Naissances"], [], []]
HEADER: list[Cell] = [None, None, "2023", "2024"]


def test_notes_under_a_sheet_are_not_rows_of_it(tmp_path: Path) -> None:
    notes: list[list[Cell]] = [[], ["Notes : "], ["so : sans objet"], ["Source : État civil"]]
    path = book(tmp_path / "f.xlsx", [*TITLE, HEADER, ["59350", "Lille", 2305, "so"], *notes])
    frame = workbook("COM", 4, ("CODGEO", "LIBGEO"), notes=True).read(path).frame
    assert frame.columns == ["CODGEO", "LIBGEO", "2023", "2024"]
    assert frame.rows() == [("59350", "Lille", "2305", "so")]


def test_cells_of_a_sheet_are_text_and_blank_ones_are_empty(tmp_path: Path) -> None:
    path = book(tmp_path / "f.xlsx", [*TITLE, HEADER, ["01004", "Ambérieu", 12.5, None]])
    frame = workbook("COM", 4, ("CODGEO", "LIBGEO")).read(path).frame
    assert frame.rows() == [("01004", "Ambérieu", "12.5", "")]
    assert set(frame.dtypes) == {pl.String}


def test_the_header_of_a_sheet_is_on_the_line_that_is_declared(tmp_path: Path) -> None:
    path = book(tmp_path / "f.xlsx", [["a", "b"], ["c", "d"], ["e", "f"]])
    frame = workbook("COM", 2).read(path).frame
    assert (frame.columns, frame.rows()) == (["c", "d"], [("e", "f")])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"a;b\n1;2\n"])
def test_what_is_no_workbook_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"f\.xlsx, feuille COM : .*Remède : "):
        workbook("COM", 4).read(path)


def test_a_sheet_shorter_than_its_header_is_told(tmp_path: Path) -> None:
    path = book(tmp_path / "f.xlsx", [["Naissances"]])
    with pytest.raises(SourceError, match=r"feuille COM"):
        workbook("COM", 4).read(path)


def outline(**properties: str) -> dict[str, object]:
    ring = [[3.0, 50.0], [3.1, 50.0], [3.1, 50.1], [3.0, 50.0]]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def test_outlines_are_read_with_their_properties_and_their_geometry(tmp_path: Path) -> None:
    path = tmp_path / "f.geojson"
    features = [outline(district_id="5935001", libelle="Été", autre="x"), outline(libelle="b")]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    frame = feature_collection("district_id", "libelle").read(path).frame
    assert frame.columns == ["district_id", "libelle", "geometrie"]
    assert frame.select("district_id", "libelle").rows() == [("5935001", "Été"), ("", "b")]
    geometries = [json.loads(text) for text in frame["geometrie"]]
    assert geometries == [features[0]["geometry"], features[1]["geometry"]]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"features": 3}',
        '{"features": [{}]}',
        '{"features": [{"properties": null}]}',
    ],
)
def test_what_is_no_collection_of_outlines_is_told(content: str, tmp_path: Path) -> None:
    path = tmp_path / "f.geojson"
    path.write_text(content, "utf-8")
    with pytest.raises(SourceError, match=r"f\.geojson, fichier entier : .*Remède : "):
        feature_collection("district_id").read(path)
