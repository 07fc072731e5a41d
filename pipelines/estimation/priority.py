"""Need and priority of the districts: weights, standardisation and ranks, on each draw.

An index is a weighted mean of standardised criteria. Its weights, and how it standardises, are
choices: they are drawn like the figures, and held one at a time to see what each of them moves.
Method: OECD and JRC, *Handbook on Constructing Composite Indicators* (2008), steps 5 to 7.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.estimation.draws import (
    DRAWN,
    KNOWN_CENSUS,
    KNOWN_PLACES,
    Floats,
    listed,
    long,
    stacked,
    stream,
)

Choices = npt.NDArray[np.int64]
# The draws of each criterion or component, by its name.
Drawn = Mapping[str, Floats]

COVERAGE, ACCESSIBILITY, NEED = "couverture", "accessibilité", "besoin"
# What is lacking counts, not what is there.
DIRECTION = {COVERAGE: -1, ACCESSIBILITY: -1, NEED: 1}

STATED_WEIGHTS = "poids énoncés"
WITHOUT = "sans "

METRES = " m"

MEASURE = ("critere", "variante")

# Two scores that differ by less are equal: the order of their sums is noise.
DIGITS = 9


def z_scores(values: Floats) -> Floats:
    """Distances to the mean in standard deviations, column by column; 0 where all are equal."""
    centred = values - values.mean(axis=0)
    spread = np.broadcast_to(values.std(axis=0), values.shape)
    # The mean of equal numbers may be off by a last digit: their spread is not a spread.
    alike = np.broadcast_to(np.ptp(values, axis=0) == 0, values.shape)
    scores: Floats = np.divide(centred, spread, out=np.zeros_like(values), where=~alike)
    return scores


def min_max(values: Floats) -> Floats:
    """Places between the lowest (0) and the highest (1) of each column; 0 where all are equal."""
    height = np.broadcast_to(np.ptp(values, axis=0), values.shape)
    places: Floats = np.divide(
        values - values.min(axis=0), height, out=np.zeros_like(values), where=height > 0
    )
    return places


def rank_shares(values: Floats) -> Floats:
    """Ranks of each column from 0, the lowest, to 1, the highest; equal values share theirs."""
    ranks = pl.DataFrame(values).select(pl.all().rank("average")).to_numpy().reshape(values.shape)
    shares: Floats = (ranks - 1) / max(len(values) - 1, 1)
    return shares


# The first one is the reference.
STANDARDS: Mapping[str, Callable[[Floats], Floats]] = {
    "centrée réduite": z_scores,
    "min-max": min_max,
    "rang": rank_shares,
}


def weights(
    stated: Mapping[str, Mapping[str, float]], *, draws: int, seed: int, concentration: float
) -> pl.DataFrame:
    """Draws of the weights of each index, around those that are stated.

    The law is Dirichlet's, of the stated weights and of a concentration c: the variance of a weight
    w is w(1 − w) / (c + 1). Without one of the criteria, those that are left follow it too.

    Args:
        stated: for each index, the weight of each criterion, in any unit.
        draws: how many draws.
        seed: the seed of the refresh.
        concentration: how firmly the stated weights are held.

    Returns:
        indice, critere, tirage, poids; the weights of an index sum to 1 on each draw.
    """
    frames = []
    for index, criteria in stated.items():
        names = sorted(criteria)
        shares = np.array([criteria[name] for name in names], dtype=float)
        shares /= shares.sum()
        drawn = np.array(
            [
                stream(seed, "poids", index, name).gamma(concentration * share, size=draws)
                for name, share in zip(names, shares, strict=True)
            ]
        )
        keys = pl.DataFrame({"critere": names}).select(pl.lit(index).alias("indice"), "critere")
        frames.append(long(keys, np.column_stack([shares, drawn / drawn.sum(axis=0)]), "poids"))
    return pl.concat(frames)


def standardised(components: pl.DataFrame) -> pl.DataFrame:
    """The distance of each component of need to the mean of the districts on the same draw.

    Args:
        components: composante, territoire_id, and valeurs, the list of the draws, the estimate
            first.

    Returns:
        composante, territoire_id, and valeurs_standardisees, the same list in standard deviations
        of the districts that have the component.
    """
    ordered = components.sort("composante", "territoire_id")
    frames = [pl.DataFrame(schema=STANDARDISED)]
    for rows in ordered.partition_by("composante", maintain_order=True):
        keys = rows.select("composante", "territoire_id")
        frames.append(listed(keys, z_scores(stacked(rows["valeurs"])), "valeurs_standardisees"))
    return pl.concat(frames)


STANDARDISED = {
    "composante": pl.String(),
    "territoire_id": pl.String(),
    "valeurs_standardisees": pl.List(pl.Float64),
}


def need(
    components: pl.DataFrame, weights_drawn: pl.DataFrame, *, minimum_weight_pct: float
) -> Iterator[pl.DataFrame]:
    """The index of need of the districts, and their ranks by it: as published, and its variants.

    It is the weighted mean of the components that a district has, if they bear enough of the stated
    weights. Its variants have the weights as they are stated, the components at their estimate, or
    all the components but one. Rank 1 is the greatest need; equal indices are ranked by the
    identifier of their district.

    Args:
        components: composante, territoire_id, valeurs_standardisees (`standardised`).
        weights_drawn: critere, tirage, poids.
        minimum_weight_pct: under this share of the stated weights there is no index, in %.

    Yields:
        variante, territoire_id, and two lists of draws, the estimate first: indices, in standard
        deviations of the districts, and rangs; a variant at a time.
    """
    drawn = _weights(weights_drawn)
    districts = components.select(pl.col("territoire_id").unique().sort())
    scores = {
        name: stacked(
            districts.join(rows, on="territoire_id", how="left", maintain_order="left")[
                "valeurs_standardisees"
            ]
        )
        for (name,), rows in sorted(components.partition_by("composante", as_dict=True).items())
        if name in drawn
    }
    if not scores:
        yield pl.DataFrame(schema=INDEX)
        return
    there = {name: ~np.isnan(values[:, :1]) for name, values in scores.items()}
    for variant, averaged, by in _variants(scores, drawn):
        share_pct = 100 * np.sum([drawn[name][0] * there[name] for name in averaged], axis=0)
        kept = (np.round(share_pct, DIGITS) >= minimum_weight_pct)[:, 0]
        index = _weighted_mean(
            {name: np.nan_to_num(values[kept]) for name, values in averaged.items()},
            {name: by[name] * there[name][kept] for name in averaged},
        )
        keys = districts.filter(pl.Series(kept)).select(
            pl.lit(variant).alias("variante"), "territoire_id"
        )
        yield listed(listed(keys, index, "indices"), ranked(index), "rangs")


def _variants(scores: Drawn, weights_drawn: Drawn) -> Iterator[tuple[str, Drawn, Drawn]]:
    """What is averaged in each variant of the index, and by which weights."""
    yield DRAWN, scores, weights_drawn
    yield STATED_WEIGHTS, scores, {name: weight[:1] for name, weight in weights_drawn.items()}
    yield KNOWN_CENSUS, {name: values[:, :1] for name, values in scores.items()}, weights_drawn
    for excluded in weights_drawn:
        if others := {name: values for name, values in scores.items() if name != excluded}:
            yield f"{WITHOUT}{excluded}", others, weights_drawn


INDEX = {
    "variante": pl.String(),
    "territoire_id": pl.String(),
    "indices": pl.List(pl.Float64),
    "rangs": pl.List(pl.Int64),
}

RANKS = {
    "hypothese": pl.String(),
    "modalite": pl.String(),
    "territoire_id": pl.String(),
    "rangs": pl.List(pl.Int64),
}


@dataclass(frozen=True)
class Assumption:
    """One choice of the method, held on every draw while all the others are drawn.

    `variants` are the measures taken for some criteria, `known` the error that accessibility does
    without at each catchment, `standard` the standardisation, `stated` the weights as they are
    stated, `emphasis` by how much some weights are multiplied.
    """

    name: str
    modality: str
    variants: Mapping[str, str] = field(default_factory=dict)
    known: str = DRAWN
    standard: str | None = None
    stated: bool = False
    emphasis: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measures:
    """The draws of each criterion in each of its variants, for the same districts.

    An array is of shape (districts, 1 + draws). `reference` is the variant of each criterion that
    is published.
    """

    districts: Sequence[str]
    arrays: Mapping[str, Drawn]
    reference: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether a gap can be told: a need, and a supply to set against it."""
        return NEED in self.arrays and len(self.arrays) > 1

    @property
    def catchments(self) -> Sequence[str]:
        """How far accessibility is measured, from the nearest."""
        found = (name for name in self.arrays.get(ACCESSIBILITY, {}) if name.endswith(METRES))
        return sorted(found, key=lambda name: int(name.removesuffix(METRES)))

    def has(self, assumption: Assumption) -> bool:
        """Whether what an assumption needs is here."""
        asked = [*assumption.variants.items()]
        asked += [(ACCESSIBILITY, _within(name, assumption.known)) for name in self.catchments]
        return {*assumption.emphasis} <= {*self.arrays} and all(
            variant in self.arrays.get(criterion, {}) for criterion, variant in asked
        )


def assumptions(measures: Measures) -> Iterator[Assumption]:
    """The reference, where everything is drawn, then each choice held alone."""
    criteria = sorted(measures.arrays)
    yield Assumption(DRAWN, "tout est tiré")
    yield Assumption(
        "dénominateurs",
        KNOWN_CENSUS,
        variants={COVERAGE: KNOWN_CENSUS, NEED: KNOWN_CENSUS},
        known=KNOWN_CENSUS,
    )
    yield Assumption("places", KNOWN_PLACES, variants={COVERAGE: KNOWN_PLACES}, known=KNOWN_PLACES)
    yield Assumption("poids", "énoncés", variants={NEED: STATED_WEIGHTS}, stated=True)
    for criterion in criteria:
        yield Assumption("poids", f"{criterion} compte double", emphasis={criterion: 2})
    for standard in STANDARDS:
        yield Assumption("normalisation", standard, standard=standard)
    for catchment in measures.catchments:
        yield Assumption("captage", catchment, variants={ACCESSIBILITY: catchment})
    if len(criteria) > 2:
        for criterion, indicator in ((COVERAGE, "PE03"), (ACCESSIBILITY, "PE05")):
            yield Assumption("offre", f"{WITHOUT}{indicator}", emphasis={criterion: 0})
    for variant in sorted(measures.arrays.get(NEED, {})):
        if variant.startswith(WITHOUT):
            yield Assumption("besoin", variant, variants={NEED: variant})


def _within(catchment: str, known: str) -> str:
    """The variant of accessibility at a catchment, without one of its errors or with all."""
    return catchment if known == DRAWN else f"{catchment}, {known}"


def ranks(
    criteria: pl.DataFrame, weights_drawn: pl.DataFrame, *, seed: int, catchment: int
) -> Iterator[pl.DataFrame]:
    """Ranks of the districts by supply gap against need, on each draw, under each assumption.

    On a draw, the score of a district is the weighted mean of its standardised criteria: lack of
    coverage, lack of accessibility, need. Rank 1 is the highest score; equal scores are ranked by
    the identifier of their district. The same draw has the same choices under every assumption:
    what a rank changes is due to what the assumption holds.

    Args:
        criteria: critere, variante, territoire_id, and valeurs, the list of the draws, the estimate
            first (`int_criteres_priorite`). The variants of accessibility are catchments
            (« 2000 m »), without one of the errors (« 2000 m, recensement sans erreur »).
        weights_drawn: critere, tirage, poids.
        seed: the seed of the refresh.
        catchment: the catchment of reference, in metres.

    Yields:
        hypothese, modalite, territoire_id, and rangs, the list of the draws, the estimate first; an
        assumption at a time, and no row where there is no need, or no supply, to compare. A
        district that lacks a criterion is not ranked.
    """
    measures = _measures(criteria, {ACCESSIBILITY: f"{catchment}{METRES}"})
    if not measures.complete or not measures.districts:
        yield pl.DataFrame(schema=RANKS)
        return
    width = next(iter(measures.arrays[NEED].values())).shape[1]
    drawn = _weights(weights_drawn)
    standards = _choices(len(STANDARDS), 0, width, stream(seed, "normalisation"))
    catchments = measures.catchments
    reach = (
        _choices(
            len(catchments),
            catchments.index(f"{catchment}{METRES}"),
            width,
            stream(seed, "captage"),
        )
        if catchments
        else np.zeros(width, dtype=np.int64)
    )
    districts = pl.DataFrame({"territoire_id": measures.districts})
    for assumption in filter(measures.has, assumptions(measures)):
        scores = _scores(measures, assumption, drawn, standards, reach)
        keys = districts.select(
            pl.lit(assumption.name).alias("hypothese"),
            pl.lit(assumption.modality).alias("modalite"),
            "territoire_id",
        )
        yield listed(keys, ranked(scores), "rangs")


def ranked(scores: Floats) -> Choices:
    """Ranks of each column from 1, the highest score; equal scores keep the order of the rows."""
    order = np.argsort(-np.round(scores, DIGITS), axis=0, kind="stable")
    found = np.empty(scores.shape, dtype=np.int64)
    np.put_along_axis(found, order, np.arange(1, len(scores) + 1)[:, None], axis=0)
    return found


def _weights(weights_drawn: pl.DataFrame) -> Drawn:
    """The weight of each criterion, of shape (1 + draws,), the one that is stated first."""
    ordered = weights_drawn.sort("critere", "tirage").partition_by("critere", as_dict=True)
    return {criterion: rows["poids"].to_numpy() for (criterion,), rows in ordered.items()}


def _weighted_mean(values: Drawn, weights: Drawn) -> Floats:
    """The mean of criteria on each draw, added in the order of `values`: it decides the digits."""
    total, weight = np.zeros(1), np.zeros(1)
    for name, value in values.items():
        total = total + weights[name] * value
        weight = weight + weights[name]
    mean: Floats = total / weight
    return mean


def _choices(count: int, reference: int, width: int, random: np.random.Generator) -> Choices:
    """One of `count` options on each draw, all as likely; the one of reference on draw 0."""
    return np.concatenate([[reference], random.integers(count, size=width - 1)])


def _scores(
    measures: Measures,
    assumption: Assumption,
    drawn: Drawn,
    standards: Choices,
    reach: Choices,
) -> Floats:
    scores, weights = {}, {}
    for criterion, variants in measures.arrays.items():
        if criterion in assumption.variants:
            values = variants[assumption.variants[criterion]]
        elif criterion == ACCESSIBILITY:
            names = [_within(name, assumption.known) for name in measures.catchments]
            values = np.choose(reach, [variants[name] for name in names])
        else:
            values = variants[measures.reference[criterion]]
        weight = drawn[criterion][:1] if assumption.stated else drawn[criterion]
        weights[criterion] = weight * assumption.emphasis.get(criterion, 1)
        scores[criterion] = _standardise(
            DIRECTION[criterion] * values, standards, assumption.standard
        )
    return _weighted_mean(scores, weights)


def _standardise(values: Floats, drawn: Choices, held: str | None) -> Floats:
    if held is not None:
        return STANDARDS[held](values)
    found = np.empty(values.shape)
    for number, standard in enumerate(STANDARDS.values()):
        found[:, drawn == number] = standard(values[:, drawn == number])
    return found


def _measures(criteria: pl.DataFrame, references: Mapping[str, str]) -> Measures:
    """The arrays of the districts that have every criterion; of the variants that they all have.

    A measure that is not known on every draw is not one.
    """
    draws = pl.col("valeurs").list.len()
    finite = pl.col("valeurs").list.eval(pl.element().is_finite().fill_null(value=False))
    known = criteria.select(
        *MEASURE, "territoire_id", connue=(draws == draws.max()) & finite.list.all()
    ).filter("connue")
    reference = {
        criterion: references.get(criterion, DRAWN)
        for criterion in sorted(known["critere"].unique())
    }
    published = known.join(
        pl.DataFrame(
            list(reference.items()),
            schema={"critere": pl.String, "variante": pl.String},
            orient="row",
        ),
        on=MEASURE,
    )
    districts = sorted(
        published.group_by("territoire_id")
        .len()
        .filter(pl.col("len") == len(reference))["territoire_id"]
    )
    here = pl.col("territoire_id").is_in(districts)
    shared = known.filter(here).group_by(MEASURE).len().filter(pl.col("len") == len(districts))
    arrays: dict[str, dict[str, Floats]] = {}
    for criterion, variant in shared.select(MEASURE).sort(MEASURE).iter_rows():
        rows = criteria.filter(here, critere=criterion, variante=variant).sort("territoire_id")
        arrays.setdefault(criterion, {})[variant] = stacked(rows["valeurs"])
    return Measures(districts, arrays, reference)
