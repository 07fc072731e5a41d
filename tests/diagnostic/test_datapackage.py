"""The folder of data, read back by Frictionless, by a spreadsheet's rules and by polars."""

import csv
import errno
import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from frictionless import Package, validate

from pipelines import dictionary
from pipelines.diagnostic import datapackage
from pipelines.diagnostic.published import Published
from pipelines.dictionary import Table
from tests.conftest import umask


@pytest.fixture(scope="module")
def folder(exports: Path) -> Path:
    return exports / datapackage.FOLDER


@pytest.fixture(scope="module")
def described(folder: Path) -> dict[str, dict[str, Any]]:
    """The resources of the descriptor, by name."""
    content = json.loads((folder / datapackage.DESCRIPTOR).read_text("utf-8"))
    return {resource["name"]: resource for resource in content["resources"]}


TABLES = {table.full_name: table for table in dictionary.tables()}


def read_csv(path: Path, table: Table) -> pl.DataFrame:
    """A CSV as its descriptor says it is written, with the types of the dictionary."""
    kinds: dict[str, Any] = {
        "bigint": pl.Int64,
        "double": pl.Float64,
        "date": pl.Date,
        "timestamp": pl.Datetime("us"),
    }
    frame = pl.read_csv(
        path,
        separator=";",
        decimal_comma=True,
        schema_overrides={
            column.name: kinds[column.data_type]
            if column.data_type in ("bigint", "double")
            else pl.String
            for column in table.columns
        },
    )
    read: list[pl.Expr] = []
    for column in table.columns:
        cell = pl.col(column.name)
        if column.data_type == "varchar":
            cell = cell.str.strip_prefix("'")
        elif column.data_type == "boolean":
            cell = cell.replace_strict({"oui": True, "non": False}, return_dtype=pl.Boolean)
        elif column.data_type == "varchar[]":
            cell = cell.str.json_decode(pl.List(pl.String))
        elif column.data_type == "date":
            cell = cell.str.to_date("%Y-%m-%d")
        elif column.data_type == "timestamp":
            cell = cell.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us")
        read.append(cell)
    return frame.select(read)


@pytest.mark.parametrize("name", list(TABLES))
def test_each_table_is_the_published_one_in_both_formats(
    folder: Path, publication: Published, name: str
) -> None:
    expected = publication.rows(f"from {name} order by all")
    assert pl.read_parquet(folder / "parquet" / f"{name}.parquet").equals(expected)
    assert read_csv(folder / "csv" / f"{name}.csv", TABLES[name]).equals(expected)


def test_the_package_is_valid_with_its_keys_types_lists_and_references(folder: Path) -> None:
    report = validate(str(folder / datapackage.DESCRIPTOR))
    assert report.valid, report.flatten(["name", "type", "message"])[:5]


@pytest.mark.parametrize(
    ("name", "old", "new", "error"),
    [
        ("offre.services", "micro-crèche", "micro-creche", "constraint-error"),
        ("besoin.familles", "5935001;", "5999999;", "foreign-key"),
        ("besoin.familles", "5935001;", "5935002;", "primary-key"),
    ],
)
def test_a_changed_cell_is_found_by_whoever_validates(
    folder: Path, tmp_path: Path, name: str, old: str, new: str, error: str
) -> None:
    copy = shutil.copytree(folder, tmp_path / "donnees")
    path = copy / "csv" / f"{name}.csv"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    report = validate(str(copy / datapackage.DESCRIPTOR))
    assert error in {kind for (kind,) in report.flatten(["type"])}


def test_the_descriptor_says_what_the_dictionary_says(
    described: dict[str, dict[str, Any]],
) -> None:
    assert {name for name in described if not name.endswith(".parquet")} == TABLES.keys()
    for name, table in TABLES.items():
        schema = described[name]["schema"]
        assert described[name]["description"] == table.definition
        assert set(schema["primaryKey"]) == set(table.key)
        for column, field in zip(table.columns, schema["fields"], strict=True):
            constraints = field.get("constraints", {})
            assert field["name"] == column.name
            assert field["description"] == column.definition
            assert constraints.get("required", False) == column.required
            assert tuple(constraints.get("enum", ())) == column.values
        references = {
            (key["fields"][0], key["reference"]["resource"] or name, *key["reference"]["fields"])
            for key in schema.get("foreignKeys", [])
        }
        assert references == {
            (column.name, *column.reference.rsplit(".", 1))
            for column in table.columns
            if column.reference
        }


def test_a_french_spreadsheet_opens_the_csv_in_columns_with_accents_and_numbers(
    folder: Path, publication: Published
) -> None:
    content = (folder / "csv" / "besoin.population.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    heading, first, *_ = content.decode("utf-8-sig").split("\n")
    (row,) = publication.rows("from besoin.population limit 1").to_dicts()
    cells = dict(zip(heading.split(";"), first.split(";"), strict=True))
    assert cells["personnes"] == str(row["personnes"]).replace(".", ",")
    assert "é" in cells["edition"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+33 3 20",
        "-2+3",
        "@SOMME(A1)",
        "\t=1+1",
        "\r=1+1",
        "'=1+1",
        "'",
        'L\'Atelier ; "=1+1"\n=1+1',
    ],
)
def test_a_text_is_never_a_formula_and_comes_back_as_it_was(text: str, tmp_path: Path) -> None:
    path = tmp_path / "texte.csv"
    datapackage.write_csv(
        pl.DataFrame({"texte": [text, None, ""], "nombre": [-1.5, 2.0, None]}), path
    )
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file, delimiter=";")
    assert [number for _, number in rows] == ["-1,5", "2,0", ""], "a figure stays a figure"
    (cell, _), *_ = rows
    assert cell[0] not in "=+-@\t\r\n"
    assert cell.removeprefix("'") == text


def test_a_tool_reads_the_same_types_from_the_descriptor(
    folder: Path, publication: Published
) -> None:
    package = Package.from_descriptor(str(folder / datapackage.DESCRIPTOR))
    rows = package.get_table_resource("referentiel.sources").read_rows()
    expected = publication.rows("from referentiel.sources").to_dicts()
    assert [row.to_dict() for row in rows] == expected


def test_the_dictionary_is_in_french_for_those_who_read_no_descriptor(folder: Path) -> None:
    rows = pl.read_csv(folder / datapackage.DICTIONARY, separator=";")
    assert rows.height == dictionary.frame().height
    assert {"Schéma", "Table", "Colonne", "Définition", "Valeurs admises"} <= set(rows.columns)


def test_each_source_is_cited_with_its_own_licence(folder: Path, publication: Published) -> None:
    content = json.loads((folder / datapackage.DESCRIPTOR).read_text("utf-8"))
    expected = publication.rows(
        "select source_id, producteur, licence from referentiel.sources order by source_id"
    ).rows()
    found = [(each["fichier"], each["producteur"], each["licence"]) for each in content["sources"]]
    assert found == expected
    for each, (_, producer, _) in zip(content["sources"], expected, strict=True):
        assert each["title"].startswith(producer)


def test_the_same_publication_gives_the_same_files(publication: Published, tmp_path: Path) -> None:
    def contents(folder: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    first = contents(datapackage.write(publication, tmp_path / "un"))
    assert contents(datapackage.write(publication, tmp_path / "deux")) == first


def test_the_folder_is_open_to_whom_its_exports_are_without_a_mode_being_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Under systemd, RestrictSUIDSGID forbids to set the very mode that a shared folder hands down.
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    tmp_path.chmod(0o2775)
    monkeypatch.setattr(os, "chmod", forbidden)
    with datapackage.replaced_folder(tmp_path / datapackage.FOLDER) as fresh:
        mode = stat.S_IMODE(fresh.stat().st_mode)
    assert mode == 0o2000 | (0o777 & ~umask())
