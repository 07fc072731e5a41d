"""The vocabulary of contracts: a field, a contract, and what it finds in a file.

A contract is declared once and guards two stages: the file as read, where every cell is text, and
the frame that enters the build file, where cells have types. The cast stands between the two and
is never lenient: a cell that the first stage let through is one that the cast understands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandera.errors
import pandera.polars as pa
import polars as pl

from pipelines.sources import CheckFigure

Severity = Literal["arrêt", "rejet", "avertissement"]

READ, LOADED = "lecture", "entrée"

FINDINGS = {
    "fichier": pl.String,
    "etape": pl.String,
    "ligne": pl.Int64,
    "colonne": pl.String,
    "valeur": pl.String,
    "regle": pl.String,
    "gravite": pl.String,
}

_FRENCH_RULES = {
    "not_nullable": "valeur obligatoire",
    "column_in_dataframe": "colonne attendue, absente de l'en-tête",
    "multiple_fields_uniqueness": "clé en double",
}


@dataclass(frozen=True)
class Field:
    """One column of a source.

    `name` is the published code; `{aa}` in it stands for the last two digits of the vintage.
    `shape` is what a cell looks like, `rule` says so in French. `marks` gives the meaning of each
    mark that the publisher prints in place of a value.
    """

    name: str
    dtype: type[pl.DataType]
    shape: str
    rule: str
    nullable: bool = False
    marks: Mapping[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()

    def published(self, vintage: int) -> str:
        """The column's name in a file of this vintage."""
        return self.name.replace("{aa}", f"{vintage % 100:02d}")

    @property
    def loaded(self) -> str:
        """The column's name in the build file: the code, without its vintage, in lower case."""
        return self.name.replace("{aa}", "").lower()

    @property
    def mark(self) -> str:
        """The name of the column that keeps why a value is missing."""
        return f"{self.loaded}_marque"


def code(name: str, shape: str, rule: str, *, nullable: bool = False) -> Field:
    """An identifier, kept as text."""
    return Field(name, pl.String, shape, rule, nullable)


def text(name: str, *, nullable: bool = False) -> Field:
    """Words as printed; no leading or trailing blank."""
    return Field(name, pl.String, r"\S(.*\S)?", "texte non vide, sans blanc au bord", nullable)


def choice(name: str, *values: str, nullable: bool = False) -> Field:
    """One of a closed list."""
    shape = "|".join(value.replace(".", r"\.") for value in values)
    return Field(
        name, pl.String, shape, f"valeur parmi {', '.join(values)}", nullable, values=values
    )


def count(
    name: str,
    *,
    nullable: bool = False,
    marks: Mapping[str, str] | None = None,
    minimum: int = 0,
    maximum: int | None = None,
) -> Field:
    """A whole number of things."""
    return Field(
        name,
        pl.Int64,
        r"-?\d+",
        "nombre entier attendu",
        nullable or bool(marks),
        marks or {},
        minimum,
        maximum,
    )


def amount(
    name: str,
    *,
    nullable: bool = False,
    marks: Mapping[str, str] | None = None,
    minimum: float | None = 0,
    maximum: float | None = None,
) -> Field:
    """A number with decimals; point or comma."""
    return Field(
        name,
        pl.Float64,
        r"-?\d+([.,]\d+)?([eE]-?\d+)?",
        "nombre attendu",
        nullable or bool(marks),
        marks or {},
        minimum,
        maximum,
    )


def row_rule(rule: str, holds: pl.Expr) -> pa.Check:
    """A rule that each typed row keeps, said in French."""
    return pa.Check(lambda data: data.lazyframe.select(holds), error=rule)


@dataclass(frozen=True)
class Contract:
    """What one data set promises.

    A row that breaks the contract is set aside (`rejet`) or stops the refresh (`arrêt`); a broken
    header, a repeated key and a wrong check figure always stop it.
    """

    fields: tuple[Field, ...]
    key: tuple[str, ...]
    bad_row: Severity = "arrêt"
    rules: tuple[pa.Check, ...] = ()
    may_be_empty: bool = False

    def as_read(self, vintage: int) -> pa.DataFrameSchema:
        """The file as it was read: the columns are there, each cell has its shape."""
        return pa.DataFrameSchema(
            {
                item.published(vintage): pa.Column(
                    pl.String,
                    pa.Check.str_matches(_anchored(item), error=item.rule),
                )
                for item in self.fields
            }
        )

    def as_loaded(self) -> pa.DataFrameSchema:
        """What enters the build file: types, bounds, closed lists, one row a key."""
        return pa.DataFrameSchema(
            {
                item.loaded: pa.Column(item.dtype, _bounds(item), nullable=item.nullable)
                for item in self.fields
            },
            checks=list(self.rules),
            unique=[name.lower() for name in self.key],
        )


@dataclass(frozen=True)
class Admission:
    """What a contract makes of a file: the typed rows that it keeps, and what it found."""

    kept: pl.DataFrame
    findings: pl.DataFrame
    rows_read: int

    @property
    def stopped(self) -> bool:
        """Whether something found forbids to go on."""
        return "arrêt" in self.findings["gravite"]

    @property
    def rejected(self) -> pl.DataFrame:
        """The findings for which a row was set aside."""
        return self.findings.filter(pl.col("gravite") == "rejet")

    def of_stage(self, stage: str) -> pl.DataFrame:
        """The findings of one stage."""
        return self.findings.filter(pl.col("etape") == stage)


def admit(
    frame: pl.DataFrame,
    contract: Contract,
    *,
    file: str,
    vintage: int,
    header_line: int = 1,
    figures: Sequence[CheckFigure] = (),
) -> Admission:
    """Hold `frame`, all text, to its contract.

    Args:
        frame: the file as read, every column text.
        contract: what the data set promises.
        file: how messages name the file.
        vintage: fills `{aa}` in the names of the contract's columns.
        header_line: the line of the header in the file, to give the line of a row.
        figures: what the file must add up to.
    """
    published = [item.published(vintage) for item in contract.fields]
    absent = [name for name in published if name not in frame.columns]
    if absent or (frame.is_empty() and not contract.may_be_empty):
        problem = [("colonne attendue, absente de l'en-tête", name) for name in absent] or [
            ("fichier sans aucune ligne", "")
        ]
        findings = pl.DataFrame(
            [(file, READ, header_line, name, "", rule, "arrêt") for rule, name in problem],
            schema=FINDINGS,
            orient="row",
        )
        return Admission(pl.DataFrame(), findings, frame.height)

    text_frame = frame.select(published)
    seen = _failures(contract.as_read(vintage), text_frame)
    understood = text_frame.with_row_index("ligne").filter(
        ~pl.col("ligne").is_in(seen["index"].drop_nulls().implode())
    )
    typed = _cast(understood, contract, vintage)
    wrong = _failures(contract.as_loaded(), typed.drop("ligne"), typed["ligne"])
    kept = typed.filter(~pl.col("ligne").is_in(wrong["index"].drop_nulls().implode()))
    findings = pl.concat(
        [
            _findings(seen, READ, contract, file, header_line),
            _findings(wrong, LOADED, contract, file, header_line),
            _wrong_figures(kept, contract, figures, file, vintage, header_line),
        ]
    )
    kept = kept.with_columns(pl.col("ligne").cast(pl.Int64) + header_line + 1)
    return Admission(kept, findings, frame.height)


def _anchored(item: Field) -> str:
    allowed = [item.shape, *(mark.replace(".", r"\.") for mark in item.marks)]
    return f"^(?:{'|'.join(allowed)}{'|' if item.nullable else ''})$"


def _bounds(item: Field) -> list[pa.Check]:
    checks = []
    if item.minimum is not None:
        checks.append(pa.Check.ge(item.minimum, error=f"minimum {item.minimum:g}"))
    if item.maximum is not None:
        checks.append(pa.Check.le(item.maximum, error=f"maximum {item.maximum:g}"))
    return checks


def _cast(frame: pl.DataFrame, contract: Contract, vintage: int) -> pl.DataFrame:
    columns = [pl.col("ligne")]
    for item in contract.fields:
        cell = pl.col(item.published(vintage))
        absent = cell.is_in(["", *item.marks])
        value: pl.Expr = pl.when(~absent).then(cell)
        if item.dtype == pl.Float64:
            value = value.str.replace(",", ".", literal=True)
        columns.append(value.cast(item.dtype).alias(item.loaded))
        if item.marks:
            meaning = cell.replace_strict(dict(item.marks), default=None, return_dtype=pl.String)
            columns.append(meaning.alias(item.mark))
    return frame.select(columns)


def _failures(
    schema: pa.DataFrameSchema, frame: pl.DataFrame, index: pl.Series | None = None
) -> pl.DataFrame:
    """What a schema finds: row index, column, value, rule in French."""
    wanted = {"index": pl.UInt32, "column": pl.String, "value": pl.String, "rule": pl.String}
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases: Any = error.failure_cases
        found = cases.select(
            pl.col("index").cast(pl.UInt32),
            pl.col("column").cast(pl.String),
            pl.col("failure_case").cast(pl.String).alias("value"),
            pl.col("check").cast(pl.String).replace(_FRENCH_RULES).alias("rule"),
        )
        if index is not None and frame.height:
            found = found.with_columns(index.gather(found["index"]).alias("index"))
        typed: pl.DataFrame = found.cast(pl.Schema(wanted))
        return typed
    return pl.DataFrame(schema=wanted)


def _findings(
    failures: pl.DataFrame, stage: str, contract: Contract, file: str, header_line: int
) -> pl.DataFrame:
    severity = (
        pl.when(pl.col("rule") == _FRENCH_RULES["multiple_fields_uniqueness"])
        .then(pl.lit("arrêt"))
        .otherwise(pl.lit(contract.bad_row))
    )
    return failures.select(
        pl.lit(file).alias("fichier"),
        pl.lit(stage).alias("etape"),
        (pl.col("index").cast(pl.Int64) + header_line + 1).alias("ligne"),
        pl.coalesce("column", pl.lit(", ".join(contract.key))).alias("colonne"),
        pl.col("value").alias("valeur"),
        pl.col("rule").alias("regle"),
        severity.alias("gravite"),
    )


def _wrong_figures(
    kept: pl.DataFrame,
    contract: Contract,
    figures: Sequence[CheckFigure],
    file: str,
    vintage: int,
    header_line: int,
) -> pl.DataFrame:
    names = {item.published(vintage): item.loaded for item in contract.fields}
    rows = []
    for figure in figures:
        chosen = kept
        for column, value in figure.ou.items():
            chosen = chosen.filter(pl.col(names[column]).cast(pl.String) == value)
        if figure.colonne and figure.mesure == "somme":
            found = float(chosen[names[figure.colonne]].sum())
        else:
            found = float(chosen.height)
        if abs(found - figure.attendu) > figure.tolerance:
            where = " et ".join(f"{column} = {value}" for column, value in figure.ou.items())
            what = f"{figure.mesure} {figure.colonne or ''}{f' où {where}' if where else ''}"
            rule = f"{what} : {figure.attendu:g} attendu ({figure.origine})"
            column = figure.colonne or ", ".join(figure.ou)
            rows.append((file, LOADED, header_line, column, f"{found:g}", rule, "arrêt"))
    return pl.DataFrame(rows, schema=FINDINGS, orient="row")
