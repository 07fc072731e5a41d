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
# What is added up over a year, whatever month its row bears.
FLOWS = ("heures", "heures-enfant", "actes", "eur")
# What one figure describes, its territory, its ages and its month apart.
_SUBJECT = ("annee", "theme", "mesure", "unite")

Segment = tuple[float, float]
_ALL: Segment = (-math.inf, math.inf)


def protected(
    statistics: pl.DataFrame, territories: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """The Caf's statistics, with what is hidden emptied and said.

    Secret are the figures that the file hides and the counts of persons or families from one to
    four; with them goes what would give them away: a territory is the sum of its communes, a
    commune that of its districts and that of the services of the file, ages add up. A row that the
    file does not have is unknown, never zero. Shares do not add up: they only repeat one another.

    Two rows are of one subject whatever the spelling of their label and whichever file says them.
    So are those of all months where one has none: it may be of any.

    Args:
        statistics: the rows of `int_libelles_cej`.
        territories: territoire_id, niveau, commune_id (`int_territoires`).
        lines: ligne_id, commune_id (`int_registre`), for the figures of a service.

    Returns:
        The same rows, in their order, with `statut` « secret » and no `valeur` where they are
        hidden. Which of them are the secret ones is not said: beside a total of 6, it would tell
        1 from the 5 that goes with it.
    """
    small = pl.col("unite").is_in(COUNTED) & pl.col("valeur").is_between(0, THRESHOLD, "none")
    undated = pl.col("mois_reference").is_null().any().over(_SUBJECT)
    rows = statistics.with_row_index("rang").with_columns(
        ((pl.col("statut") == "secret") | small.fill_null(False)).alias("premier"),
        pl.when(~pl.col("unite").is_in(FLOWS) & ~undated).then("mois_reference").alias("mois"),
    )
    hidden: set[Key] = set(rows.filter("premier")["rang"])
    for _, subject in rows.group_by(*_SUBJECT, "mois"):
        if subject["premier"].any():
            hidden |= complements(*_table(subject.sort("rang").to_dicts(), territories, lines))
    secret = pl.Series([rank in hidden for rank in rows["rang"]], dtype=pl.Boolean)
    return statistics.with_columns(
        pl.when(secret).then(pl.lit("secret")).otherwise("statut").alias("statut"),
        pl.when(~secret).then("valeur").alias("valeur"),
    )


def _table(
    rows: Sequence[Mapping[str, object]], territories: pl.DataFrame, lines: pl.DataFrame
) -> tuple[list[Cell], list[Sum]]:
    """The cells of one subject, and their sums over elementary ages and territories.

    A cell is known by the rank of its row. What it is made of is known to nobody: for each
    elementary age, the figure of its territory, (territory, ages).
    """
    if rows[0]["unite"] in NOT_ADDITIVE:
        return [_cell(row) for row in rows], [
            Sum(row["rang"], ((row["territoire_id"], _ages(row)),)) for row in rows
        ]
    ages = [_ages(row) for row in rows]
    known = sorted({end for each in ages if each != _ALL for end in each})
    # One band alone is not all the ages that a row without age counts.
    ends = known if len(known) > 2 else sorted({*known, *_ALL})
    segments = list(pairwise(ends))
    spans = [(ends[0], ends[-1]) if each == _ALL else each for each in ages]
    cells = [_cell(row) for row in rows]
    sums = [
        Sum(row["rang"], ((row["territoire_id"], span),))
        for row, span in zip(rows, spans, strict=True)
    ]
    present = {str(row["territoire_id"]) for row in rows}
    wholes = list(_wholes(territories, lines, present))
    # Sums that others imply are told too: bounds are carried from one sum to the next only.
    sums += [
        Sum((total, span), tuple((part, span) for part in parts))
        for total, parts in wholes
        for span in sorted({*spans, *segments})
    ]
    sums += [
        Sum(
            (place, span),
            tuple((place, s) for s in segments if span[0] <= s[0] and s[1] <= span[1]),
        )
        for place in sorted(present.union(*([total, *parts] for total, parts in wholes)))
        for span in sorted(set(spans) - set(segments))
    ]
    return cells, sums


def _ages(row: Mapping[str, object]) -> Segment:
    """The ages of a row, the end excluded. A row without age is what all the others add up to."""
    low, high = row["age_min_ans"], row["age_max_ans"]
    start = float(str(low)) if low is not None else -math.inf
    return start, float(str(high)) + 1 if high is not None else math.inf


def _cell(row: Mapping[str, object]) -> Cell:
    """A figure, with what a reader takes it to be where it is hidden; a zero never is."""
    value = None if row["valeur"] is None else float(str(row["valeur"]))
    secret = bool(row["premier"])
    if row["unite"] not in COUNTED:
        return Cell(row["rang"], value, secret)
    return Cell(row["rang"], value, secret, low=1, high=THRESHOLD - 1 if secret else math.inf)


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
