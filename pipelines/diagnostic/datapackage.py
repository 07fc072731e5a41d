"""The folder of data: each published table as Parquet and CSV, under a Frictionless descriptor.

The CSV is for a French spreadsheet: `;` between cells, a decimal comma, and the mark that tells
Excel the text is UTF-8. With a comma between cells it would open in one column, and with a decimal
point « 12.05 » would become the 12th of May. A text that a spreadsheet would compute comes after an
apostrophe; so does one that starts with an apostrophe, so that taking it off always gives the text
back. The descriptor says all of it, so that tools read it as well; Parquet is for those that
compute.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl

from pipelines.diagnostic.headings import heading
from pipelines.diagnostic.published import Published
from pipelines.swap import maker_of

FOLDER = "donnees"
DESCRIPTOR = "datapackage.json"
DICTIONARY = "dictionnaire.csv"
README = "LISEZ-MOI.txt"
HOW_TO_OPEN = """\
Les tables publiées par l'observatoire de la convention territoriale globale.

csv/               une table par fichier, à ouvrir dans un tableur : UTF-8, point-virgule, virgule
                   décimale. Un texte qu'un tableur prendrait pour une formule (il commence par
                   = + - @, une tabulation ou un retour) y est précédé d'une apostrophe, comme un
                   texte qui commence par une apostrophe : l'ôter rend le texte publié. Les nombres
                   restent tels quels.
parquet/           les mêmes tables pour R, Python, DuckDB.
dictionnaire.csv   ce que contient chaque colonne, son type et son unité.
datapackage.json   la même description pour les machines (Frictionless Data), avec les sources et
                   leur licence : citer le producteur, le titre et le millésime de chacune.

Une valeur se lit avec son statut, son intervalle et son motif.
Une case vide est inconnue, non nulle.
"""
DIALECT: dict[str, Any] = {"delimiter": ";", "doubleQuote": True, "quoteChar": '"', "header": True}
YES, NO = "oui", "non"
# What makes a spreadsheet compute a text; and the apostrophe, for what is put before to come off.
COMPUTED = r"^[=+\-@\t\r\n']"
OPEN_LICENCE = {
    "name": "etalab-2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    "title": "Licence Ouverte / Etalab 2.0",
}
# The date and time are in universal time, as the dictionary says.
_TYPES: dict[str, dict[str, Any]] = {
    "varchar": {"type": "string"},
    "bigint": {"type": "integer"},
    "double": {"type": "number", "decimalChar": ","},
    "boolean": {"type": "boolean", "trueValues": [YES], "falseValues": [NO]},
    "date": {"type": "date", "format": "%Y-%m-%d"},
    "timestamp": {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S"},
    "varchar[]": {"type": "array"},
}


def write(published: Published, folder: Path) -> Path:
    """Write the folder of data of a publication into a folder.

    Raises:
        OSError: the folder or a file cannot be written; the folder of before stays.
    """
    target = folder / FOLDER
    dictionary = published.rows("from referentiel.dictionnaire order by all")
    with replaced_folder(target) as fresh:
        resources = []
        for (schema, table), columns in groupby(
            dictionary.sort("schema_nom", "table_nom", "rang").to_dicts(),
            key=lambda row: (row["schema_nom"], row["table_nom"]),
        ):
            name = f"{schema}.{table}"
            # A view has no order of its own.
            rows = published.rows(f"from {name} order by all")
            resources += _table(fresh, name, rows, list(columns))
        write_csv(
            dictionary.rename({column: heading(column) for column in dictionary.columns}),
            fresh / DICTIONARY,
        )
        (fresh / README).write_text(HOW_TO_OPEN, "utf-8")
        (fresh / DESCRIPTOR).write_text(
            json.dumps(_package(published, resources), ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
    return target


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """A new folder, which `target` names once it is written: a link, turned in one gesture.

    A reader who follows the link once has one publication whole for as long as it reads: the
    folder of before stays until the next one but one.

    Raises:
        OSError: it cannot be written or named so; the link stays as it was.
    """
    shelf = target.with_name(f".{target.name}")
    shelf.mkdir(parents=True, exist_ok=True)
    # Open to whom the folder it is in says: a temporary one is closed, and under systemd
    # (RestrictSUIDSGID) no mode that says the group may be set again.
    fresh = shelf / f"{os.getpid()}-{uuid4().hex}"
    fresh.mkdir()
    try:
        yield fresh
        link = shelf / f"{fresh.name}.lien"
        link.symlink_to(fresh.relative_to(target.parent))
        before = target.resolve()
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)  # a copy of the exports has a folder in place of the link
        link.replace(target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    # With what killed exports left; what another process writes, or has just written, is its own.
    for old in shelf.iterdir():
        if old in (fresh, before) or maker_of(old) not in (None, os.getpid()):
            continue
        if old.is_symlink():
            old.unlink(missing_ok=True)
        else:
            shutil.rmtree(old, ignore_errors=True)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a table as a French spreadsheet reads it."""
    told = [_told(column) for column in frame.iter_columns()]
    frame.with_columns(told).write_csv(
        path,
        separator=DIALECT["delimiter"],
        decimal_comma=True,
        include_bom=True,
        date_format=_TYPES["date"]["format"],
        datetime_format=_TYPES["timestamp"]["format"],
    )


def _told(column: pl.Series) -> pl.Series:
    """A column as a CSV can hold it: yes or no in words, a list as JSON, no text as a formula."""
    if column.dtype == pl.String:
        return column.str.replace(COMPUTED, r"'$0")
    if column.dtype == pl.Boolean:
        return column.replace_strict({True: YES, False: NO}, return_dtype=pl.String)
    if column.dtype == pl.List:
        texts = [
            None if value is None else json.dumps(value, ensure_ascii=False)
            for value in column.to_list()
        ]
        return pl.Series(column.name, texts, dtype=pl.String)
    return column


def _table(
    folder: Path, name: str, frame: pl.DataFrame, columns: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Write a table in both formats; returns their descriptions."""
    csv, parquet = folder / "csv" / f"{name}.csv", folder / "parquet" / f"{name}.parquet"
    for path in (csv, parquet):
        path.parent.mkdir(exist_ok=True)
    write_csv(frame, csv)
    frame.write_parquet(parquet)
    said = columns[0]["table_definition"]
    return [
        {
            "profile": "tabular-data-resource",
            "name": name,
            "title": said.split(". ")[0].rstrip("."),
            "description": said,
            **_file(csv, "csv", "text/csv"),
            "encoding": "utf-8",
            "dialect": DIALECT,
            "schema": _schema(name, columns),
        },
        {
            "name": f"{name}.parquet",
            "type": "file",
            "description": f"{said} En Parquet, avec les mêmes colonnes.",
            **_file(parquet, "parquet", "application/vnd.apache.parquet"),
        },
    ]


def _file(path: Path, kind: str, media_type: str) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "path": f"{path.parent.name}/{path.name}",
        "format": kind,
        "mediatype": media_type,
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }


def _schema(name: str, columns: list[dict[str, Any]]) -> dict[str, Any]:
    """The columns of a table as the dictionary tells them."""
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in columns],
        "missingValues": [""],
    }
    key = [column["colonne"] for column in columns if column["cle"]]
    if key:
        schema["primaryKey"] = key
    references = [
        _reference(name, column["colonne"], column["reference"])
        for column in columns
        if column["reference"]
    ]
    if references:
        schema["foreignKeys"] = references
    return schema


def _field(column: dict[str, Any]) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": True} if column["obligatoire"] else {}
    if column["valeurs_admises"]:
        constraints["enum"] = column["valeurs_admises"].split(", ")
    return {
        "name": column["colonne"],
        "title": heading(column["colonne"]),
        "description": column["definition"],
        **_TYPES[column["type"]],
        **({"constraints": constraints} if constraints else {}),
    }


def _reference(name: str, column: str, reference: str) -> dict[str, Any]:
    """Where the values of a column stand; an empty name is the table itself."""
    table, _, referred = reference.rpartition(".")
    return {
        "fields": [column],
        "reference": {"resource": "" if table == name else table, "fields": [referred]},
    }


def _package(published: Published, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The descriptor: what this is, under which licence, from which sources."""
    (edition,) = published.rows("from referentiel.publication").to_dicts()
    places = published.rows(
        "select libelle from referentiel.territoires where niveau = 'territoire'"
    )["libelle"]
    return {
        "profile": "data-package",
        "name": "observatoire-ctg",
        "id": edition["execution_id"],
        "title": f"Observatoire de la convention territoriale globale – {' ; '.join(places)}",
        "description": "Les tables publiées par l'observatoire, en CSV et en Parquet. "
        "dictionnaire.csv dit ce que contient chaque colonne. Une valeur se lit avec son statut, "
        "son intervalle et son motif ; une case vide est inconnue, non nulle. Dans les CSV, une "
        "apostrophe en tête d'un texte n'en fait pas partie : elle le garde d'être calculé.",
        "created": f"{published.published_at:%Y-%m-%dT%H:%M:%S}Z",
        "version": published.version,
        "licenses": _licences(published),
        "sources": _sources(published),
        "resources": resources,
    }


def _licences(published: Published) -> list[dict[str, Any]]:
    """The open licence, and in its own words any other that a source has."""
    others = published.rows(
        "select distinct licence from referentiel.sources "
        "where not contains(licence, ?) order by licence",
        [OPEN_LICENCE["title"]],
    )["licence"]
    return [OPEN_LICENCE, *({"name": "autre", "title": said} for said in others)]


def _sources(published: Published) -> list[dict[str, Any]]:
    """The files that came in, each with whom to cite and its own licence."""
    return [
        {
            "title": f"{row['producteur']}, {row['titre']}, {row['millesime']}",
            **({"path": row["page"]} if row["page"] else {}),
            "fichier": row["source_id"],
            "producteur": row["producteur"],
            "edition": row["edition"],
            "licence": row["licence"],
        }
        for row in published.rows("from referentiel.sources order by source_id").to_dicts()
    ]
