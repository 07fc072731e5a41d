"""What a territory takes from a national file: which rows, by which column."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from pipelines.territory import Territory


@dataclass(frozen=True)
class Scope:
    """What a territory takes from a national file.

    `communes` are its Insee communes and those that became part of them; `areas` are the
    identifiers of the territory and of its communes, associated ones included, and `labels` their
    names; `references` are the areas that it is compared with; `neighbours` are the Insee communes
    around it.
    """

    communes: frozenset[str]
    areas: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    neighbours: frozenset[str] = frozenset()

    @property
    def around(self) -> "Scope":
        """What is taken of the neighbours: their communes, and nothing else."""
        return Scope(self.neighbours)


Area = Callable[[Scope], pl.Expr]


def by_commune(column: str) -> Area:
    """Rows whose code (commune, IRIS, district) starts with that of a commune of the territory."""
    return lambda scope: pl.col(column).str.slice(0, 5).is_in(sorted(scope.communes))


def by_reference(column: str) -> Area:
    """Rows of an area that the territory is compared with."""
    return lambda scope: pl.col(column).is_in(sorted(scope.references))


def scope_of(territory: Territory, changes: Iterable[tuple[str, str]] = ()) -> Scope:
    """What a territory takes.

    Args:
        territory: its communes, associated communes and references.
        changes: the communes that became part of another one, each with that one.
    """
    communes = set(territory.insee_communes)
    became = set(changes)
    while joined := {old for old, new in became if new in communes} - communes:
        communes |= joined
    return Scope(
        frozenset(communes),
        territory.areas,
        territory.labels,
        frozenset(area.id for area in territory.references),
        frozenset(territory.voisins),
    )
