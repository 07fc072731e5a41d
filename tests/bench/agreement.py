"""Whether two computations of the same indicators agree: a published file, and a CSV of values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

MACROS = """
    create temp macro egales(a, b) as abs(a - b) <= 1e-9 + 1e-6 * abs(a);
    -- Two shares of as many draws, in percent, within five standard errors.
    create temp macro memes_parts(a, b, tirages) as
        abs(a - b) <= 5 * sqrt((a + b) * (100 - (a + b) / 2) / tirages)
"""
# Both sides, value by value, for the indicators that the CSV has. A probability is drawn like the
# bounds of the others, and so are its own.
PAIRS = """
    create temp table paires as
    with
    autres as (
        from read_csv(
            ?,
            types = {
                'territoire_id': 'varchar', 'declinaison': 'varchar',
                'valeur': 'double', 'borne_basse': 'double', 'borne_haute': 'double'
            }
        )
    ),
    publiees as (
        from ecart.indicateurs
        semi join autres using (indicateur_id, declinaison)
        where valeur is not null
    )
    select
        indicateur_id,
        declinaison,
        if(
            indicateur_id = 'PRI01',
            memes_parts(a.valeur, b.valeur, a.denominateur)
            and memes_parts(a.borne_basse, b.borne_basse, a.denominateur)
            and memes_parts(a.borne_haute, b.borne_haute, a.denominateur),
            egales(a.valeur, b.valeur)
            and (a.borne_basse is null) = (b.borne_basse is null)
            and (a.borne_haute is null) = (b.borne_haute is null)
        ) as accord,
        a.borne_haute - a.borne_basse as largeur,
        b.borne_haute - b.borne_basse as autre_largeur,
        (b.borne_haute + b.borne_basse - a.borne_haute - a.borne_basse) / 2 as decalage
    from publiees as a
    full join autres as b using (indicateur_id, declinaison, territoire_id, millesime)
"""
COUNTS = "select count(*), count(*) filter (where accord is not true) from paires"
# The bounds are quantiles of each side's own draws: one alone is noisy, the median of many is not.
INTERVALS = """
    select
        concat_ws(', ', indicateur_id, declinaison) as indicateur,
        count(*) as intervalles,
        median(autre_largeur / largeur) as largeurs,
        median(decalage / largeur) as decalages
    from paires
    where largeur > 0 and indicateur_id <> 'PRI01'
    group by all
    order by all
"""


@dataclass(frozen=True)
class Interval:
    """The intervals of one indicator: their widths, beside those published, and how far they are.

    `widths` is the median of their ratios, `shift` that of the distances between their middles, in
    widths.
    """

    indicator: str
    count: int
    widths: float
    shift: float

    @property
    def agrees(self) -> bool:
        """Within the noise of a hundred draws, less of it as there are more intervals."""
        margin = 0.03 + 0.5 / math.sqrt(self.count)
        return abs(self.widths - 1) < margin and abs(self.shift) < margin


@dataclass(frozen=True)
class Agreement:
    """How many values were compared, how many differ or are on one side only, and the intervals."""

    compared: int
    different: int
    intervals: Sequence[Interval]

    @property
    def holds(self) -> bool:
        return self.different == 0 and all(interval.agrees for interval in self.intervals)


def compare(published: Path, values: Path) -> Agreement:
    """Compare the values of a published file with those of a CSV, for the indicators of the CSV.

    Args:
        published: the published file.
        values: indicateur_id, declinaison, territoire_id, millesime, valeur, borne_basse,
            borne_haute.
    """
    with duckdb.connect(str(published), read_only=True) as connection:
        connection.execute(MACROS)
        connection.execute(PAIRS, [str(values)])
        ((compared, different),) = connection.execute(COUNTS).fetchall()
        intervals = [Interval(*row) for row in connection.execute(INTERVALS).fetchall()]
    return Agreement(compared, different, intervals)
