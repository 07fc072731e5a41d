"""The Caf's CEJ statistics as they may be published: which cells its secrets take with them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import polars as pl

from pipelines.disclosure import Cell, Key, Sum, complements

# The Caf hides a count of one to four families, children or people.
THRESHOLD = 5
COUNTED = ("enfants", "familles", "allocataires", "assistantes maternelles")
NOT_ADDITIVE = ("pct",)
# What one figure describes, its territory and its ages apart.
_SUBJECT = ("annee", "mois_reference", "theme", "libelle", "unite", "source_id")

Segment = tuple[float, float]
_ALL: Segment = (-math.inf, math.inf)


def protected(
    statistics: pl.DataFrame, territories: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """The Caf's statistics, with what is hidden emptied and said.

    Secret are the figures that the file hides and the counts of persons or families from one to
    four; with them goes what would give them away: a territory is the sum of its communes, a
    commune that of its districts and that of the services of the file, ages add up. A row that the
    file does not have is unknown, never zero. Shares do not add up: only their own secret counts.

    Args:
        statistics: the rows of `stg_caf__cej`.
        territories: territoire_id, niveau, commune_id (`int_territoires`).
        lines: ligne_id, commune_id (`int_registre`), for the figures of a service.

    Returns:
        The same rows, in their order, with `statut` « secret » and no `valeur` where they are
        hidden, and `motif_secret`: « primaire », « secondaire » or nothing.
    """
    small = pl.col("unite").is_in(COUNTED) & pl.col("valeur").is_between(0, THRESHOLD, "none")
    rows = statistics.with_row_index("rang").with_columns(
        ((pl.col("statut") == "secret") | small.fill_null(False)).alias("primaire")
    )
    secondary: set[Key] = set()
    for _, subject in rows.filter(~pl.col("unite").is_in(NOT_ADDITIVE)).group_by(_SUBJECT):
        if subject["primaire"].any():
            secondary |= complements(*_table(subject.to_dicts(), territories, lines))
    ranks = [rank for rank in rows["rang"] if rank in secondary]
    hidden = pl.col("motif_secret").is_not_null()
    return (
        rows.with_columns(
            pl.when("primaire")
            .then(pl.lit("primaire"))
            .when(pl.col("rang").is_in(ranks))
            .then(pl.lit("secondaire"))
            .alias("motif_secret")
        )
        .with_columns(
            pl.when(hidden).then(pl.lit("secret")).otherwise("statut").alias("statut"),
            pl.when(~hidden).then("valeur").alias("valeur"),
        )
        .drop("rang", "primaire")
    )


def _table(
    rows: Sequence[Mapping[str, object]], territories: pl.DataFrame, lines: pl.DataFrame
) -> tuple[list[Cell], list[Sum]]:
    """The cells of one subject, and their sums over elementary ages and territories.

    A cell is known by the rank of its row. What it is made of is known to nobody: for each
    elementary age, the figure of its territory, (territory, ages).
    """
    ages = [_ages(row) for row in rows]
    known = sorted({end for each in ages if each != _ALL for end in each})
    # One band alone is not all the ages that a row without age counts.
    ends = known if len(known) > 2 else sorted({*known, *_ALL})
    segments = list(pairwise(ends))
    cells, sums = [], []
    for row, span in zip(rows, ages, strict=True):
        rank, place = row["rang"], row["territoire_id"]
        start, end = (ends[0], ends[-1]) if span == _ALL else span
        within = [s for s in segments if start <= s[0] and s[1] <= end]
        sums.append(Sum(rank, tuple((place, segment) for segment in within)))
        cells.append(_cell(row))
    present = {str(row["territoire_id"]) for row in rows}
    sums += [
        Sum((total, segment), tuple((part, segment) for part in parts))
        for total, parts in _wholes(territories, lines, present)
        for segment in segments
    ]
    return cells, sums


def _ages(row: Mapping[str, object]) -> Segment:
    """The ages of a row, the end excluded. A row without age is what all the others add up to."""
    low, high = row["age_min_ans"], row["age_max_ans"]
    start = float(str(low)) if low is not None else -math.inf
    return start, float(str(high)) + 1 if high is not None else math.inf


def _cell(row: Mapping[str, object]) -> Cell:
    value = None if row["valeur"] is None else float(str(row["valeur"]))
    if row["primaire"] and value is not None:
        return Cell(row["rang"], value, True, low=1, high=THRESHOLD - 1)
    return Cell(row["rang"], value, bool(row["primaire"]))


def _wholes(
    territories: pl.DataFrame, lines: pl.DataFrame, present: set[str]
) -> Iterator[tuple[str, list[str]]]:
    """Each territory that is the sum of others, and these. Services are those that are present."""
    communes = territories.filter(pl.col("niveau") == "commune")["territoire_id"].sort().to_list()
    for whole in territories.filter(pl.col("niveau") == "territoire")["territoire_id"]:
        yield whole, communes
    districts = territories.filter(pl.col("niveau") == "district").select(
        "commune_id", pl.col("territoire_id").alias("partie")
    )
    services = lines.filter(pl.col("ligne_id").is_in(sorted(present))).select(
        "commune_id", pl.col("ligne_id").alias("partie")
    )
    for parts in (districts, services):
        for (commune,), group in parts.sort("partie").group_by("commune_id", maintain_order=True):
            yield str(commune), group["partie"].to_list()
