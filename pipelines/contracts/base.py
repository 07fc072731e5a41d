"""The vocabulary of contracts: a field, a contract, and what it finds in a file.

A contract is declared once and guards two stages: the file as read, where every cell is text, and
the frame that enters the build file, where cells have types. The cast stands between the two and
is never lenient: a cell that the first stage let through is one that the cast understands.
"""

import json
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

_FAILURES = {"ligne": pl.Int64, "column": pl.String, "value": pl.String, "rule": pl.String}

KEY_RULE = "clé en double"
_FRENCH_RULES = {
    "not_nullable": "valeur obligatoire",
    "column_in_dataframe": "colonne attendue, absente de l'en-tête",
    "multiple_fields_uniqueness": KEY_RULE,
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
        r"-?\d+([.,]\d+)?([eE]-?\d{1,3})?",
        "nombre attendu",
        nullable or bool(marks),
        marks or {},
        minimum,
        maximum,
    )


def day(name: str) -> Field:
    """A date, year first."""
    return Field(name, pl.Date, r"\d{4}-\d{2}-\d{2}", "date AAAA-MM-JJ attendue")


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


def admit(
    frame: pl.DataFrame,
    contract: Contract,
    *,
    file: str,
    vintage: int,
    header_line: int = 1,
    lines: pl.Series | None = None,
    figures: Sequence[CheckFigure] = (),
) -> Admission:
    """Hold `frame`, all text, to its contract.

    Args:
        frame: the file as read, every column text.
        contract: what the data set promises.
        file: how messages name the file.
        vintage: fills `{aa}` in the names of the contract's columns.
        header_line: the line of the header in the file.
        lines: the line of each row in the file; without it, those that follow the header.
        figures: what the file must add up to.
    """
    names = {item.loaded: item.published(vintage) for item in contract.fields}
    absent = [name for name in names.values() if name not in frame.columns]
    if absent or (frame.is_empty() and not contract.may_be_empty):
        problems = [(_FRENCH_RULES["column_in_dataframe"], name) for name in absent]
        rows = [
            (file, READ, header_line, name, "", rule, "arrêt")
            for rule, name in problems or [("fichier sans aucune ligne", "(toutes)")]
        ]
        findings = pl.DataFrame(rows, schema=FINDINGS, orient="row")
        return Admission(pl.DataFrame(), findings, frame.height)

    if lines is None:
        first = header_line + 1
        lines = pl.int_range(first, first + frame.height, eager=True)
    text_frame = frame.select(names.values()).with_columns(lines.alias("ligne"))
    seen = failures(contract.as_read(vintage), text_frame.drop("ligne"), lines)
    typed = _cast(_without(text_frame, seen), contract, vintage)
    lost = _lost_in_the_cast(typed, text_frame, contract, vintage)
    typed = _without(typed, lost)
    wrong = failures(contract.as_loaded(), typed.drop("ligne"), typed["ligne"])
    kept = _without(typed, wrong)
    findings = pl.concat(
        [
            _findings(seen, READ, contract, file, {}),
            _findings(pl.concat([lost, wrong]), LOADED, contract, file, names),
            _wrong_figures(
                kept, text_frame, contract, figures, (file, LOADED, header_line), vintage
            ),
        ]
    )
    return Admission(kept, findings, frame.height)


def failures(
    schema: pa.DataFrameSchema, frame: pl.DataFrame, lines: pl.Series | None = None
) -> pl.DataFrame:
    """What a schema finds in a collected frame: line, column, value, rule in French.

    Without `lines`, a line is the rank of a row.
    """
    lines = pl.int_range(1, frame.height + 1, eager=True) if lines is None else lines
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases: Any = error.failure_cases
        index: pl.Series = cases["index"].cast(pl.UInt32)
        typed: pl.DataFrame = cases.select(
            lines.gather(index).cast(pl.Int64).alias("ligne"),
            pl.col("column").cast(pl.String),
            pl.col("failure_case").cast(pl.String).alias("value"),
            pl.col("check").cast(pl.String).replace(_FRENCH_RULES).alias("rule"),
        )
        values = [
            _row_name(value, schema.unique or ()) if rule == KEY_RULE else _shortened(value)
            for value, rule in typed.select("value", "rule").iter_rows()
        ]
        return typed.with_columns(pl.Series("value", values, dtype=pl.String))
    return pl.DataFrame(schema=_FAILURES)


def _row_name(case: str, key: Sequence[str]) -> str:
    """What a message calls a row that repeats a key: that key. pandera gives the row, as JSON."""
    row = json.loads(case)
    return ", ".join(f"{name} = {row[name]}" for name in key)


def _shortened(case: str | None, most: int = 300) -> str | None:
    return case if case is None or len(case) <= most else f"{case[:most]}…"


def number(value: float) -> str:
    """A figure in a message: every digit of it, no exponent."""
    return f"{value:.0f}" if value == int(value) else f"{value:.6f}".rstrip("0")


def _anchored(item: Field) -> str:
    # \d takes the digits of every script, and the cast only ours.
    shape = item.shape.replace(r"\d", "[0-9]")
    allowed = [shape, *(mark.replace(".", r"\.") for mark in item.marks)]
    return f"^(?:{'|'.join(allowed)}{'|' if item.nullable else ''})$"


def _bounds(item: Field) -> list[pa.Check]:
    checks = []
    if item.minimum is not None:
        checks.append(pa.Check.ge(item.minimum, error=f"minimum {number(item.minimum)}"))
    if item.maximum is not None:
        checks.append(pa.Check.le(item.maximum, error=f"maximum {number(item.maximum)}"))
    return checks


def _cast(frame: pl.DataFrame, contract: Contract, vintage: int) -> pl.DataFrame:
    columns = [pl.col("ligne")]
    for item in contract.fields:
        cell = pl.col(item.published(vintage))
        columns.append(_value(item, cell).alias(item.loaded))
        if item.marks:
            meaning = cell.replace_strict(dict(item.marks), default=None, return_dtype=pl.String)
            columns.append(meaning.alias(item.mark))
    return frame.select(columns)


def _value(item: Field, cell: pl.Expr) -> pl.Expr:
    """A cell as its type; null where it is a mark, and where no value of the type can hold it."""
    value: pl.Expr = pl.when(~cell.is_in(["", *item.marks])).then(cell)
    if item.dtype == pl.Float64:
        value = value.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        return pl.when(value.is_finite()).then(value)
    if item.dtype == pl.Date:
        return value.str.to_date("%Y-%m-%d", strict=False)
    return value.cast(item.dtype, strict=False)


def _lost_in_the_cast(
    typed: pl.DataFrame, text_frame: pl.DataFrame, contract: Contract, vintage: int
) -> pl.DataFrame:
    """Well-formed cells that their type cannot hold: 30 February, an infinite number."""
    cells = typed.select("ligne", *(pl.col(item.loaded) for item in contract.fields)).join(
        text_frame, on="ligne", how="left", suffix="_lu"
    )
    found = [pl.DataFrame(schema=_FAILURES)]
    for item in contract.fields:
        printed = item.published(vintage)
        text = pl.col(f"{printed}_lu" if printed == item.loaded else printed)
        lost = cells.filter(pl.col(item.loaded).is_null() & ~text.is_in(["", *item.marks])).select(
            "ligne",
            pl.lit(item.loaded).alias("column"),
            text.alias("value"),
            pl.lit(item.rule).alias("rule"),
        )
        found.append(lost)
    return pl.concat(found)


def _without(frame: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(~pl.col("ligne").is_in(found["ligne"].drop_nulls().implode()))


def _findings(
    found: pl.DataFrame, stage: str, contract: Contract, file: str, names: Mapping[str, str]
) -> pl.DataFrame:
    severity = (
        pl.when(pl.col("rule") == KEY_RULE)
        .then(pl.lit("arrêt"))
        .otherwise(pl.lit(contract.bad_row))
    )
    return found.select(
        pl.lit(file).alias("fichier"),
        pl.lit(stage).alias("etape"),
        "ligne",
        pl.coalesce("column", pl.lit(", ".join(contract.key))).replace(names).alias("colonne"),
        pl.col("value").alias("valeur"),
        pl.col("rule").alias("regle"),
        severity.alias("gravite"),
    )


def _wrong_figures(
    kept: pl.DataFrame,
    text_frame: pl.DataFrame,
    contract: Contract,
    figures: Sequence[CheckFigure],
    place: tuple[str, str, int],
    vintage: int,
) -> pl.DataFrame:
    """The check figures that the file does not come to: rows are those read, sums those kept."""
    loaded = {item.published(vintage): item.loaded for item in contract.fields}
    rows = []
    for figure in figures:
        where = " et ".join(f"{column} = {value}" for column, value in figure.ou.items())
        what = " ".join(filter(None, [figure.mesure, figure.colonne, where and f"où {where}"]))
        column = figure.colonne or ", ".join(figure.ou) or "(toutes)"
        if unknown := [
            name for name in (figure.colonne, *figure.ou) if name and name not in loaded
        ]:
            rule = f"{what} : la colonne {unknown[0]} n'est pas du contrat"
            rows.append((*place, unknown[0], "", rule, "arrêt"))
            continue
        chosen = text_frame
        for name, value in figure.ou.items():
            chosen = chosen.filter(pl.col(name) == value)
        if figure.mesure == "somme":
            rows_kept = kept.filter(pl.col("ligne").is_in(chosen["ligne"].implode()))
            found = float(rows_kept[loaded[str(figure.colonne)]].sum())
        else:
            found = float(chosen.height)
        if abs(found - figure.attendu) > figure.tolerance:
            rule = f"{what} : {number(figure.attendu)} attendu ({figure.origine})"
            rows.append((*place, column, number(found), rule, "arrêt"))
    return pl.DataFrame(rows, schema=FINDINGS, orient="row")
