"""Seeded draws: a stream of random numbers for each quantity, whatever else is drawn.

A stream is named after what it draws (« recensement », the IRIS): another territory, another
indicator or another order of the rows changes none of its digits.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from numpy.random.bit_generator import ISeedSequence

Floats = npt.NDArray[np.float64]

# What is drawn of a measure: all that is not known, or all but one of its errors, which stays at
# its estimate.
DRAWN = "référence"
KNOWN_CENSUS = "recensement sans erreur"
KNOWN_PLACES = "capacités sans erreur"


# The seed of a generator, in bytes, and the step of PCG64 (O'Neill, 2014), in words of 128 bits.
_DIGEST = 32
_WORD = 2**128 - 1
_MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645


class _Name(ISeedSequence):
    """The state of a generator: the digest of a name, ten times cheaper than numpy's own mixing."""

    def __init__(self, *names: object) -> None:
        self._digest = blake2b("/".join(map(str, names)).encode(), digest_size=_DIGEST).digest()

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> npt.NDArray[Any]:
        """The first words of the digest."""
        return np.frombuffer(self._digest, dtype=np.dtype(dtype).newbyteorder("<"))[:n_words]


def stream(seed: int, *names: object) -> np.random.Generator:
    """The random numbers of one quantity.

    Args:
        seed: the seed of the refresh (the dbt variable `graine`).
        names: what is drawn: the quantity, then what it is drawn for.
    """
    # numpy takes any sequence of seeds; its stubs name only its own.
    named: Any = _Name(seed, *names)
    return np.random.Generator(np.random.PCG64(named))


def streams(seed: int, quantity: str, names: Iterable[str]) -> Iterator[np.random.Generator]:
    """The streams of one quantity for many names, as `stream` makes them: each until the next.

    Making a generator takes longer than the draws of an IRIS: this is a single one, that takes the
    state of each stream in turn, which PCG64 derives from the words of its seed.
    """
    prefix = blake2b(f"{seed}/{quantity}/".encode(), digest_size=_DIGEST)
    bits = np.random.PCG64()
    random = np.random.Generator(bits)
    for name in names:
        digest = prefix.copy()
        digest.update(name.encode())
        high, low, *selector = struct.unpack("<4Q", digest.digest())
        increment = (selector[0] << 65 | selector[1] << 1 | 1) & _WORD
        state = ((high << 64 | low) + increment) * _MULTIPLIER + increment & _WORD
        bits.state = {
            "bit_generator": "PCG64",
            "state": {"state": state, "inc": increment},
            "has_uint32": 0,
            "uinteger": 0,
        }
        yield random


@dataclass(frozen=True)
class CensusNoise:
    """How counts of the census are drawn: positive, of mean n and variance 1.5 × deff × n.

    The variance is the census model of the catalogue, CV = √(1.5 × deff / n). The law is the gamma
    law of those two moments: never negative, and closed under addition, so that the draws of a
    district are the sum of those of its IRIS and follow the very same model.

    `draws` is how many draws, `seed` the seed of the refresh, `design_effect` the design effect of
    the census below the commune.
    """

    draws: int
    seed: int
    design_effect: float

    def around(self, counts: Floats, names: Iterable[str]) -> Floats:
        """Draws of the counts of some areas: one stream an area, its counts one after the other.

        The draws of a count depend on those before it in its row, never on those after: who needs
        the first ones draws no more.

        Args:
            counts: persons or families, of shape (areas, counts).
            names: what is counted, and where: the name of the stream of each area.

        Returns:
            An array of shape (areas, counts, 1 + draws), in the unit of the counts: first the
            counts as they are, then the draws.
        """
        scale = 1.5 * self.design_effect
        drawn = np.zeros((*counts.shape, 1 + self.draws))
        drawn[:, :, 0] = counts
        each = streams(self.seed, "recensement", names)
        for random, shapes, area in zip(each, (counts / scale).tolist(), drawn, strict=True):
            for shape, count in zip(shapes, area, strict=True):
                random.standard_gamma(shape, out=count[1:])
        drawn[:, :, 1:] *= scale
        return drawn


def long(keys: pl.DataFrame, drawn: Floats, name: str) -> pl.DataFrame:
    """Draws as rows: the keys of each quantity, the number of the draw, the value.

    Args:
        keys: a row for each quantity.
        drawn: an array of shape (quantities, 1 + draws), the estimate first.
        name: the column of the values.
    """
    count, width = drawn.shape
    return keys[np.repeat(np.arange(count), width)].with_columns(
        pl.Series("tirage", np.tile(np.arange(width), count), dtype=pl.Int64),
        pl.Series(name, drawn.reshape(-1), dtype=pl.Float64),
    )


def listed(keys: pl.DataFrame, drawn: Floats | npt.NDArray[np.int64], name: str) -> pl.DataFrame:
    """Draws as lists: the keys of each quantity, and all its values in order.

    A table of lists is written five times faster than one of rows, and read the faster for it.

    Args:
        keys: a row for each quantity.
        drawn: an array of shape (quantities, 1 + draws), the estimate first. What is not a number
            is absent from the list.
        name: the column of the lists.
    """
    return keys.with_columns(pl.Series(name, drawn, nan_to_null=True).arr.to_list())


def stacked(lists: pl.Series) -> Floats:
    """Lists of draws as an array of shape (quantities, 1 + draws), the estimate first.

    What is absent from a list is NaN there, and so is all of a list that is absent.
    """
    width = max(lists.list.len().drop_nulls().to_list(), default=0)
    found: Floats = lists.list.to_array(width).to_numpy()
    return found


def streamed(frames: Iterable[pl.DataFrame]) -> pa.RecordBatchReader:
    """Frames of one schema, at least one, as DuckDB reads them: one after the other.

    All the draws of a large territory at once would not fit in memory.
    """
    following = iter(frames)
    first = next(following).to_arrow()

    def batches() -> Iterator[pa.RecordBatch]:
        yield from first.to_batches()
        for frame in following:
            yield from frame.to_arrow().cast(first.schema).to_batches()

    return pa.RecordBatchReader.from_batches(first.schema, batches())
