"""The vocabulary of contracts: a field, a contract, and what it finds in a file.

A contract is declared once and guards two stages: the file as read, where every cell is text, and
the frame that enters the build file, where cells have types. The cast stands between the two and
is never lenient: a cell that the first stage let through is one that the cast understands.

Publishers rename, add and drop columns from one vintage to the next: a field knows its other names,
a heading says which column of a file is which field.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
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

_RANK = "(rang)"
FAILURES = {"ligne": pl.Int64, "column": pl.String, "value": pl.String, "rule": pl.String}

KEY_RULE = "clé en double"
VINTAGE = "{aa}"
# A thousand is written 1 000, with one of these.
SPACES = " \u00a0\u202f"
_WHOLE = rf"-?(?:\d{{1,3}}(?:[{SPACES}]\d{{3}})+|\d+)"
# What a screen does not show, or that turns around what it shows, has no place in a name: controls
# but the tabulation, byte order marks, marks of direction, ends of line that only some know.
_HIDDEN = "\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\u2028-\u202e\u2066-\u2069\ufeff"
_VISIBLE, _SIGN = f"[^{_HIDDEN}]", rf"[^\s{_HIDDEN}]"
# What a publisher prints in place of a value, and what it stands for.
MISSING = {"": "non disponible", "nd": "non disponible", "ns": "secret", "so": "sans objet"}
_FRENCH_RULES = {
    "not_nullable": "valeur obligatoire",
    "column_in_dataframe": "colonne attendue, absente de l'en-tête",
    "multiple_fields_uniqueness": KEY_RULE,
}


@dataclass(frozen=True)
class Field:
    """One column of a source.

    `name` is the published code; `{aa}` in it stands for the last two digits of the vintage, and
    `others` are the names of the same column in other editions. An `optional` column may be absent
    from a vintage: its values are then missing. `shape` is what a cell looks like, `rule` says so
    in French. `marks` gives the meaning of each mark printed in place of a value.
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
    others: tuple[str, ...] = ()
    optional: bool = False

    def published(self, vintage: int) -> str:
        """The column's name in a file of this vintage, as its publisher writes it."""
        return _dated(self.name, vintage)

    def column_in(self, columns: Mapping[str, str], vintage: int | None) -> str | None:
        """The column of a file that is this field; `columns` are its names, by their folded form.

        Without a vintage, a name that bears one is not found.
        """
        for name in (self.name, *self.others):
            if VINTAGE in name and vintage is None:
                continue
            found = columns.get(_folded(_dated(name, vintage or 0)))
            if found is not None:
                return found
        return None

    @property
    def loaded(self) -> str:
        """The column's name in the build file: the code, without its vintage, in lower case."""
        return self.name.replace(VINTAGE, "").lower()

    @property
    def mark(self) -> str:
        """The name of the column that keeps why a value is missing."""
        return f"{self.loaded}_marque"


def also(item: Field, *names: str) -> Field:
    """The same field, under the names that other editions give it."""
    return replace(item, others=(*item.others, *names))


def optional(item: Field) -> Field:
    """The same field, which some vintages do not have."""
    return replace(item, optional=True, nullable=True)


def _dated(name: str, vintage: int) -> str:
    return name.replace(VINTAGE, f"{vintage % 100:02d}")


def _folded(name: str) -> str:
    return name.strip().casefold()


def code(name: str, shape: str, rule: str, *, nullable: bool = False) -> Field:
    """An identifier, kept as text."""
    return Field(name, pl.String, shape, rule, nullable)


def text(name: str, *, nullable: bool = False) -> Field:
    """Words as printed; no leading or trailing blank."""
    rule = "texte non vide, sans blanc au bord ni caractère invisible"
    return Field(name, pl.String, rf"{_SIGN}(?:{_VISIBLE}*{_SIGN})?", rule, nullable)


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
        _WHOLE,
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
    """A number with decimals, point or comma; a space between thousands."""
    return Field(
        name,
        pl.Float64,
        rf"{_WHOLE}(?:[.,]\d+)?(?:[eE]-?\d{{1,3}})?",
        "nombre attendu",
        nullable or bool(marks),
        marks or {},
        minimum,
        maximum,
    )


def day(name: str, *, nullable: bool = False) -> Field:
    """A date, year first."""
    return Field(name, pl.Date, r"\d{4}-\d{2}-\d{2}", "date AAAA-MM-JJ attendue", nullable)


def row_rule(rule: str, holds: pl.Expr) -> pa.Check:
    """A rule that each typed row keeps, said in French."""
    return pa.Check(lambda data: data.lazyframe.select(holds), error=rule)


def adds_up(rule: str, total: str, *parts: str, within: float = 0.01) -> pa.Check:
    """A total that its publisher gives is the sum of its parts, where all are known."""
    apart = (pl.sum_horizontal(parts, ignore_nulls=False) - pl.col(total)).abs()
    return row_rule(
        f"{rule} (à {number(within).replace('.', ',')} près)", (apart <= within).fill_null(True)
    )


@dataclass(frozen=True)
class Contract:
    """What one data set promises.

    A row that breaks the contract is set aside (`rejet`) or stops the refresh (`arrêt`); a broken
    header, a repeated key and a wrong check figure always stop it. Of a `confidential` data set, a
    finding tells the line and the column, never what they hold, but for a key: findings are
    published, and a figure may stand in any column of a line that has slipped.
    """

    fields: tuple[Field, ...]
    key: tuple[str, ...]
    bad_row: Severity = "arrêt"
    rules: tuple[pa.Check, ...] = ()
    may_be_empty: bool = False
    confidential: bool = False

    def heading(self, columns: Sequence[str], vintage: int | None) -> dict[str, str]:
        """Which column of a file is which field: loaded name to printed name, those found."""
        by_name: dict[str, str] = {}
        for name in columns:
            by_name.setdefault(_folded(name), name)
        found = ((item.loaded, item.column_in(by_name, vintage)) for item in self.fields)
        return {loaded: printed for loaded, printed in found if printed is not None}

    def absent(self, heading: Mapping[str, str]) -> list[Field]:
        """The fields that a heading lacks and that no vintage may lack."""
        return [item for item in self.fields if not item.optional and item.loaded not in heading]

    def vintages(self, columns: Sequence[str]) -> list[int | None]:
        """The vintages of which `columns` may be the heading: none named if no name bears one."""
        patterns = [
            re.escape(_folded(name)).replace(re.escape(VINTAGE), r"(\d\d)")
            for item in self.fields
            for name in (item.name, *item.others)
            if VINTAGE in name
        ]
        if not patterns:
            return [None]
        bearer = re.compile("|".join(patterns))
        matches = filter(None, (bearer.fullmatch(_folded(name)) for name in columns))
        return [*sorted({2000 + int(next(filter(None, match.groups()))) for match in matches})]

    def likeness(self, columns: Sequence[str], vintage: int | None) -> float:
        """The share of the columns that are waited for, from 0 to 1, that a row of names has."""
        wanted = sum(not item.optional for item in self.fields)
        years = [vintage] if vintage is not None else self.vintages(columns)
        lacks = (len(self.absent(self.heading(columns, year))) for year in years)
        return 1 - min(lacks, default=wanted) / wanted

    def as_read(self, fields: Collection[str] | None = None) -> pa.DataFrameSchema:
        """The file as it was read: each cell of the `fields` that it has (all) has its shape."""
        return pa.DataFrameSchema(
            {
                item.loaded: pa.Column(
                    pl.String,
                    pa.Check.str_matches(_anchored(item), error=item.rule),
                )
                for item in self.fields
                if fields is None or item.loaded in fields
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

    def nothing(self) -> pl.DataFrame:
        """No row, with the columns of those that enter the build file."""
        columns: dict[str, Any] = {"ligne": pl.Int64}
        for item in self.fields:
            columns[item.loaded] = item.dtype
            if item.marks:
                columns[item.mark] = pl.String
        return pl.DataFrame(schema=columns)


@dataclass(frozen=True)
class Admission:
    """What a contract makes of a file: the typed rows that it keeps, and what it found.

    `rows_elsewhere` are the rows of other territories, which a whole file also has;
    `rows_rejected` are those that the contract sets aside.
    """

    kept: pl.DataFrame
    findings: pl.DataFrame
    rows_read: int
    rows_elsewhere: int = 0
    rows_rejected: int = 0

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
    vintage: int | None,
    header_line: int = 1,
    lines: pl.Series | None = None,
    figures: Sequence[CheckFigure] = (),
    within: pl.Expr | None = None,
) -> Admission:
    """Hold `frame`, all text, to its contract.

    Args:
        frame: the file as read, every column text, named as printed.
        contract: what the data set promises.
        file: how messages name the file.
        vintage: fills `{aa}` in the names of the contract's columns.
        header_line: the line of the header in the file.
        lines: the line of each row in the file; without it, those that follow the header.
        figures: what the file must add up to, rows of other territories included.
        within: which rows are of the territory, over loaded names; without it, all.
    """
    place = (file, READ, header_line)
    heading = contract.heading(frame.columns, vintage)
    absent = [item.published(vintage or 0) for item in contract.absent(heading)]
    if absent or (frame.is_empty() and not contract.may_be_empty):
        problems = [(_FRENCH_RULES["column_in_dataframe"], name) for name in absent]
        rows = [
            (*place, name, "", rule, "arrêt")
            for rule, name in problems or [("fichier sans aucune ligne", "(toutes)")]
        ]
        findings = pl.DataFrame(rows, schema=FINDINGS, orient="row")
        return Admission(contract.nothing(), findings, frame.height)

    if lines is None:
        first = header_line + 1
        lines = pl.int_range(first, first + frame.height, eager=True)
    # Cells of one line may have become several rows: a row is known by its rank, not its line.
    read = frame.select(
        pl.int_range(frame.height, dtype=pl.Int64).alias(_RANK),
        lines.cast(pl.Int64).alias("ligne"),
        *(pl.col(printed).alias(loaded) for loaded, printed in heading.items()),
    )
    here = read if within is None else read.filter(within)
    seen = failures(contract.as_read(heading), here.drop(_RANK, "ligne"), here[_RANK])
    typed = _cast(_without(here, seen), contract)
    lost = _lost_in_the_cast(typed, here, contract)
    typed = _without(typed, lost)
    wrong = failures(contract.as_loaded(), typed.drop(_RANK, "ligne"), typed[_RANK])
    kept = _without(typed, wrong)
    found = pl.concat([seen, lost, wrong])
    findings = pl.concat(
        [
            _findings(seen, READ, contract, file, heading, read),
            _findings(pl.concat([lost, wrong]), LOADED, contract, file, heading, read),
            _wrong_figures(read, found, contract, figures, (file, LOADED, header_line), vintage),
        ]
    )
    return Admission(
        kept.drop(_RANK),
        findings,
        rows_read=frame.height,
        rows_elsewhere=read.height - here.height,
        rows_rejected=here.height - kept.height,
    )


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
    return pl.DataFrame(schema=FAILURES)


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


def _cast(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    columns = [pl.col(_RANK), pl.col("ligne")]
    for item in contract.fields:
        there = item.loaded in frame.columns
        cell = pl.col(item.loaded) if there else pl.lit("", pl.String)
        columns.append(_value(item, cell).alias(item.loaded))
        if item.marks:
            marks = {"": "non disponible"} if not there else dict(item.marks)
            meaning = cell.replace_strict(marks, default=None, return_dtype=pl.String)
            columns.append(meaning.alias(item.mark))
    return frame.select(columns)


def _value(item: Field, cell: pl.Expr) -> pl.Expr:
    """A cell as its type; null where it is a mark, and where no value of the type can hold it."""
    value: pl.Expr = pl.when(~cell.is_in(["", *item.marks])).then(cell)
    if item.dtype.is_numeric():
        value = value.str.replace_all(f"[{SPACES}]", "")
    if item.dtype == pl.Float64:
        value = value.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        return pl.when(value.is_finite()).then(value)
    if item.dtype == pl.Date:
        return value.str.to_date("%Y-%m-%d", strict=False)
    return value.cast(item.dtype, strict=False)


def _lost_in_the_cast(typed: pl.DataFrame, read: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Well-formed cells that their type cannot hold: 30 February, an infinite number."""
    there = [item for item in contract.fields if item.loaded in read.columns]
    cells = typed.select(_RANK, *(pl.col(item.loaded) for item in there)).join(
        read, on=_RANK, how="left", suffix="_lu"
    )
    found = [pl.DataFrame(schema=FAILURES)]
    for item in there:
        text = pl.col(f"{item.loaded}_lu")
        lost = cells.filter(pl.col(item.loaded).is_null() & ~text.is_in(["", *item.marks])).select(
            pl.col(_RANK).alias("ligne"),
            pl.lit(item.loaded).alias("column"),
            text.alias("value"),
            pl.lit(item.rule).alias("rule"),
        )
        found.append(lost)
    return pl.concat(found)


def _without(frame: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(~pl.col(_RANK).is_in(found["ligne"].drop_nulls().implode()))


def _findings(
    found: pl.DataFrame,
    stage: str,
    contract: Contract,
    file: str,
    names: Mapping[str, str],
    read: pl.DataFrame,
) -> pl.DataFrame:
    """What was found, by rank, as findings, which name the line."""
    severity = (
        pl.when(pl.col("rule") == KEY_RULE)
        .then(pl.lit("arrêt"))
        .otherwise(pl.lit(contract.bad_row))
    )
    return found.select(
        pl.lit(file).alias("fichier"),
        pl.lit(stage).alias("etape"),
        read["ligne"].gather(found["ligne"].cast(pl.UInt32)).alias("ligne"),
        pl.coalesce("column", pl.lit(", ".join(contract.key))).replace(names).alias("colonne"),
        pl.when((pl.col("rule") != KEY_RULE) & contract.confidential)
        .then(pl.lit("non publiée"))
        .otherwise("value")
        .alias("valeur"),
        pl.col("rule").alias("regle"),
        severity.alias("gravite"),
    )


def _wrong_figures(
    read: pl.DataFrame,
    rejected: pl.DataFrame,
    contract: Contract,
    figures: Sequence[CheckFigure],
    place: tuple[str, str, int],
    vintage: int | None,
) -> pl.DataFrame:
    """The check figures that the file does not come to: rows are those read, sums those kept."""
    fields = {item.loaded: item for item in contract.fields}
    rows = []
    for figure in figures:
        where = " et ".join(f"{column} = {value}" for column, value in figure.ou.items())
        what = " ".join(filter(None, [figure.mesure, figure.colonne, where and f"où {where}"]))
        column = figure.colonne or ", ".join(figure.ou) or "(toutes)"
        named = [name for name in (figure.colonne, *figure.ou) if name]
        loaded = {printed: name for name, printed in contract.heading(named, vintage).items()}
        if unknown := [name for name in named if loaded.get(name) not in read.columns]:
            where = "le fichier" if unknown[0] in loaded else "le contrat"
            rule = f"{what} : la colonne {unknown[0]} n'est pas dans {where}"
            rows.append((*place, unknown[0], "", rule, "arrêt"))
            continue
        chosen = read
        for name, value in figure.ou.items():
            chosen = chosen.filter(pl.col(loaded[name]) == value)
        if figure.mesure == "somme":
            item = fields[loaded[str(figure.colonne)]]
            cells = _without(chosen, rejected).select(_value(item, pl.col(item.loaded)))
            found = float(cells.to_series().sum())
        else:
            found = float(chosen.height)
        if abs(found - figure.attendu) > figure.tolerance:
            rule = f"{what} : {number(figure.attendu)} attendu ({figure.origine})"
            rows.append((*place, column, number(found), rule, "arrêt"))
    return pl.DataFrame(rows, schema=FINDINGS, orient="row")
