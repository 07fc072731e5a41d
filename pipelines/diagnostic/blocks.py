"""The parts of the dossier, without a word on how they look: the page and the PDF render the same.

A cell is text, already in French: both renderings, and the tables that stand for the charts, say
the same figure with the same digits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal

import altair as alt

Kind = Literal["texte", "note", "absence"]


@dataclass(frozen=True)
class Text:
    """A paragraph; a note that tells how to read; or what cannot be said, and what is missing."""

    text: str
    kind: Kind = "texte"


@dataclass(frozen=True)
class Column:
    """The head of a column; figures are set to the right."""

    title: str
    is_figure: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under their heads; the first cell of a row names it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    source: str = ""


@dataclass(frozen=True)
class Figure:
    """A chart, what it shows in a sentence, and the same figures as a table."""

    title: str
    chart: alt.TopLevelMixin
    shows: str
    table: Table
    source: str
    # What has nothing to ask, a map that only locates, stays a small picture.
    answers: bool = True


@dataclass(frozen=True)
class Fact:
    """One figure to remember: what it is, its value, and what goes with it."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class Facts:
    """A few figures side by side."""

    facts: tuple[Fact, ...]


Block = Text | Table | Figure | Facts


@dataclass(frozen=True)
class Section:
    """A chapter, or a part of one; a sheet stands on its own page when printed."""

    name: str
    title: str
    blocks: tuple["Block | Section", ...]
    is_sheet: bool = False

    def walk(self, depth: int = 0) -> Iterator[tuple["Section", int]]:
        """The section and those that it holds, each with its depth."""
        yield self, depth
        for block in self.blocks:
            if isinstance(block, Section):
                yield from block.walk(depth + 1)

    def figures(self) -> Iterator[Figure]:
        """The figures of the section and of those that it holds."""
        for section, _ in self.walk():
            yield from (block for block in section.blocks if isinstance(block, Figure))


@dataclass(frozen=True)
class Dossier:
    """The whole document, and what names it."""

    title: str
    subtitle: str
    edition: str
    chapters: tuple[Section, ...]


# What names a part for the machine is no text.
_NAMES = {"name", "kind"}


def written(part: Any, write: Callable[[str], str]) -> Any:
    """The part with each of its texts written another way; a chart stays as it is."""
    if isinstance(part, str):
        return write(part)
    if isinstance(part, tuple):
        return tuple(written(each, write) for each in part)
    if is_dataclass(part) and not isinstance(part, type):
        changed = {
            field.name: written(getattr(part, field.name), write)
            for field in fields(part)
            if field.name not in _NAMES
        }
        return replace(part, **changed)
    return part
