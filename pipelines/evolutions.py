"""What has changed since the last publication: each value that moved, and why.

Two publications are compared by what they say of themselves: their values, the files that each one
cites, the fingerprint of each line of these files and of each rule. A value that has not moved has
no row, whatever has changed around it. A cause is named only where something has changed; where
nothing that is known has, the cause says so.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from polars._typing import PolarsDataType

TABLE = "qualite.evolutions"
WITHOUT_SOURCE = "sans source"

INDICATOR_IN, INDICATOR_OUT = "indicateur ajouté", "indicateur retiré"
PLACE_IN, PLACE_OUT, PLACE_CHANGED = (
    "territoire ajouté",
    "territoire retiré",
    "territoire modifié",
)
SOURCE_IN, SOURCE_OUT = "source ajoutée", "source retirée"
VINTAGE, EDITION = "nouveau millésime", "édition révisée"
LINE, RULE, UNKNOWN = "ligne corrigée", "règle modifiée", "inexpliquée"
# The nature of a change is the first of its causes, in this order: the widest first.
NATURES = (
    INDICATOR_IN, INDICATOR_OUT, PLACE_IN, PLACE_OUT, PLACE_CHANGED,
    SOURCE_IN, SOURCE_OUT, VINTAGE, EDITION, LINE, RULE, UNKNOWN,
)  # fmt: skip

# What a publication is compared by; the names are those of the fields of `Publication`.
QUERIES = {
    "values": "select indicateur_id, declinaison, territoire_id, niveau, millesime, edition, "
    "valeur, borne_basse, borne_haute, statut, motif, sources from ecart.indicateurs",
    "sources": "select source_id, jeu, millesime, edition from referentiel.sources",
    "tables": "select distinct objet, source_id from referentiel.empreintes",
    "lines": "select objet, source_id, ligne, empreinte from referentiel.empreintes",
    "lineage": "select indicateur_id, declinaison, territoire_id, millesime, edition, source_id, "
    "objet, lignes from referentiel.lignage",
    "rules": "select modele, empreinte, parametres, amont, tables_lues from referentiel.modeles",
    "indicators": "select distinct indicateur_id, modele from referentiel.indicateurs",
    "places": "with presences as ("
    "select district_id as territoire_id, iris from referentiel.iris union "
    "select commune_id, iris from referentiel.iris union "
    "select territoires.territoire_id, iris.iris from referentiel.iris as iris "
    "inner join referentiel.territoires as territoires on territoires.niveau = 'territoire') "
    "select territoires.territoire_id, string_agg(iris, ' ' order by iris) as composition "
    "from referentiel.territoires as territoires left join presences using (territoire_id) "
    "group by all",
}
KEY = ("indicateur_id", "declinaison", "territoire_id", "millesime", "edition")
FIGURES = ("valeur", "borne_basse", "borne_haute")
# Of a whole country, neither all values nor all lines would fit in memory: values are compared some
# groups at a time, those of an indicator in a territory together, and files are read again only
# where a line is not what it was.
GROUPS_AT_ONCE = 20_000
_GROUP = "indicateur_id, declinaison, territoire_id"
# The rows of a group add up to the same on both sides, unless one of them has moved.
_DIGEST = (
    f"select {_GROUP}, {{}}cast(hash({', '.join((*KEY[3:], *FIGURES, 'statut'))}) as hugeint) "
    "as marque from {}ecart.indicateurs"
)
_MOVED = f"""
create or replace temp table bougees as
select {_GROUP}, (row_number() over (order by {_GROUP}) - 1) // ? as lot
from (
    select {_GROUP}
    from ({_DIGEST.format("", "avant.")} union all {_DIGEST.format("-", "")})
    group by all
    having sum(marque) <> 0
)
"""
_CONTENTS = (
    "select objet, source_id, sum(hash(ligne, empreinte)) as contenu "
    "from {}referentiel.empreintes group by all"
)
_CHANGED = f"""
create or replace temp table modifies as
select distinct objet, source_id
from (
    ({_CONTENTS.format("avant.")} except {_CONTENTS.format("")})
    union all
    ({_CONTENTS.format("")} except {_CONTENTS.format("avant.")})
)
"""
_OF_CHANGED_FILES = " semi join modifies using (objet, source_id)"
_OF_A_LOT = f" semi join (from bougees where lot = ?) as lot using ({_GROUP})"
SCHEMA: Mapping[str, PolarsDataType] = {
    "indicateur_id": pl.String,
    "declinaison": pl.String,
    "territoire_id": pl.String,
    "niveau": pl.String,
    "millesime": pl.Int64,
    "edition": pl.String,
    "nature": pl.String,
    "valeur_avant": pl.Float64,
    "valeur_apres": pl.Float64,
    "difference": pl.Float64,
    "borne_basse_avant": pl.Float64,
    "borne_basse_apres": pl.Float64,
    "borne_haute_avant": pl.Float64,
    "borne_haute_apres": pl.Float64,
    "statut_avant": pl.String,
    "statut_apres": pl.String,
    "motif_avant": pl.String,
    "motif_apres": pl.String,
    "cause": pl.String,
    "publication_precedente": pl.Datetime("us"),
}

Row = Mapping[str, Any]
Line = tuple[str, str]  # a table and the file that feeds it
Cause = tuple[str, str]  # a nature, and what it names


@dataclass(frozen=True)
class Values:
    """Values of a publication, and the lines behind them, in the columns of `QUERIES`."""

    values: pl.DataFrame
    lineage: pl.DataFrame

    def rows(self) -> Iterator[Row]:
        """Each value, and the lines behind it: `lignage`, those of each file, as text."""
        behind: dict[tuple[Any, ...], dict[Line, str]] = defaultdict(dict)
        for *key, file, table, ranges in self.lineage.iter_rows():
            behind[tuple(key)][table, file] = ranges
        for row in self.values.iter_rows(named=True):
            yield row | {"lignage": behind.get(tuple(row[name] for name in KEY), {})}


@dataclass(frozen=True)
class Publication(Values):
    """What a publication says of itself, in the columns of `QUERIES`, and when it was made."""

    sources: pl.DataFrame
    tables: pl.DataFrame
    lines: pl.DataFrame
    rules: pl.DataFrame
    indicators: pl.DataFrame
    places: pl.DataFrame
    made: datetime | None = None

    @cached_property
    def files(self) -> dict[str, Row]:
        """What is known of each file."""
        return {row["source_id"]: row for row in self.sources.to_dicts()}

    @cached_property
    def fingerprints(self) -> dict[Line, dict[int, str]]:
        """The fingerprint of each line of each file, by its number."""
        found: dict[Line, dict[int, str]] = defaultdict(dict)
        for table, file, line, mark in self.lines.iter_rows():
            found[table, file][line] = mark
        return found

    @cached_property
    def fed(self) -> set[Line]:
        """The tables, each with a file that feeds it."""
        return set(self.tables.iter_rows())

    @cached_property
    def rule(self) -> dict[str, Row]:
        """What is known of each rule."""
        return {row["modele"]: row for row in self.rules.to_dicts()}

    @cached_property
    def rule_of(self) -> dict[str, str]:
        """The rule that computes each indicator."""
        return dict(self.indicators.iter_rows())

    @cached_property
    def composition(self) -> dict[str, str | None]:
        """The IRIS of each territory."""
        return dict(self.places.iter_rows())


def read(connection: duckdb.DuckDBPyConnection, made: datetime | None = None) -> Publication:
    """What the tables of a file say.

    Raises:
        duckdb.Error: the file has not these tables.
    """
    return Publication(
        **{name: connection.execute(query).pl() for name, query in QUERIES.items()}, made=made
    )


def last(file: Path) -> Publication | None:
    """A publication; nothing if there is none, or none that can be compared.

    Made by another version of the tables, or held by a program that writes in it, it cannot.
    """
    if not file.is_file():
        return None
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            found = connection.execute("select publie_le from referentiel.publication").fetchone()
            return read(connection, found[0]) if found else None
    except duckdb.Error:
        return None


@contextmanager
def since(
    file: Path, connection: duckdb.DuckDBPyConnection, groups_at_once: int = GROUPS_AT_ONCE
) -> Generator["tuple[datetime, Iterator[pl.DataFrame]] | None"]:
    """When the last publication was made, and what has moved since, some rows at a time.

    Nothing if there is no last publication, or none that can be compared.

    Args:
        file: the published file.
        connection: to the tables as they are, outside a transaction.
        groups_at_once: how many groups of values are compared at a time.
    """
    if not file.is_file():
        yield None
        return
    name = str(file).replace("'", "''")
    ((here,),) = connection.execute("select current_database()").fetchall()
    try:
        connection.execute(f"attach '{name}' as avant (read_only)")
    except duckdb.Error:
        yield None
        return
    try:
        try:
            sides = _Sides(connection, here, groups_at_once)
        except (duckdb.Error, ValueError):
            yield None
        else:
            yield sides.made, sides.changes()
    finally:
        connection.execute(f"use {here}")
        connection.execute("detach avant")


class _Sides:
    """The last publication, attached as `avant`, and the tables as they are, beside each other."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, here: str, groups_at_once: int
    ) -> None:
        self._connection, self._names = connection, ("avant", here)
        connection.execute(_MOVED, [groups_at_once])
        connection.execute(_CHANGED)
        published = self._ask("avant", "select publie_le from referentiel.publication")
        ((self.made,),) = published.fetchall()
        ((self._lots,),) = connection.execute(
            "select coalesce(max(lot) + 1, 0) from bougees"
        ).fetchall()
        self._publications = self._publication("avant", self.made), self._publication(here)

    def changes(self) -> Iterator[pl.DataFrame]:
        """The rows of `qualite.evolutions`, lot by lot."""
        comparison = _Comparison(*self._publications)
        for lot in range(self._lots):
            yield comparison.changes(*(self._values(name, lot) for name in self._names))

    def _ask(
        self, side: str, query: str, parameters: Sequence[Any] = ()
    ) -> duckdb.DuckDBPyConnection:
        self._connection.execute(f"use {side}")
        return self._connection.execute(query, parameters)

    def _publication(self, side: str, made: datetime | None = None) -> Publication:
        """What a side says of itself, and no value yet."""
        some = {"values": " limit 0", "lineage": " limit 0", "lines": _OF_CHANGED_FILES}
        return Publication(
            **{
                name: self._ask(side, query + some.get(name, "")).pl()
                for name, query in QUERIES.items()
            },
            made=made,
        )

    def _values(self, side: str, lot: int) -> Values:
        return Values(
            self._ask(side, QUERIES["values"] + _OF_A_LOT, [lot]).pl(),
            self._ask(side, QUERIES["lineage"] + _OF_A_LOT + _OF_CHANGED_FILES, [lot]).pl(),
        )


def explain(before: Publication | None, after: Publication | None) -> pl.DataFrame:
    """The values that moved from one publication to the next, each with its causes.

    Returns:
        One row a value, in the columns of `qualite.evolutions`; none without a publication before.
    """
    if before is None or after is None:
        return pl.DataFrame(schema=SCHEMA)
    return _Comparison(before, after).changes(before, after)


def told(changes: pl.DataFrame, made: datetime | None) -> str:
    """The changes in one sentence: how many, since when, of what nature, to which indicators.

    Args:
        changes: nature, indicateur_id, a row a value that moved.
        made: when the publication before was made; without one, there is nothing to tell.
    """
    if made is None:
        return "Aucune publication précédente comparable : rien ne dit ce qui a changé."
    since = f"depuis la publication du {made:%d/%m/%Y à %H:%M} (temps universel)"
    if changes.is_empty():
        return f"Aucune valeur n'a changé {since}."
    parts = [
        f"{of.height} {nature} ({_some(of['indicateur_id'].unique().sort())})"
        for nature in NATURES
        if not (of := changes.filter(pl.col("nature") == nature)).is_empty()
    ]
    verb = "valeur a changé" if changes.height == 1 else "valeurs ont changé"
    return f"{changes.height} {verb} {since} : {', '.join(parts)}."


class _Comparison:
    """Two publications side by side."""

    def __init__(self, before: Publication, after: Publication) -> None:
        self.before, self.after = before, after
        self._changed: dict[Line, tuple[set[int], set[int]]] = {}

    def changes(self, old: Values, new: Values) -> pl.DataFrame:
        """The rows of the table, of values before and after."""
        groups: dict[tuple[str, ...], tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
        for side, values in enumerate((old, new)):
            for row in values.rows():
                group = row["indicateur_id"], row["declinaison"], row["territoire_id"]
                groups[group][side].append(row)
        moved = (pair for group in groups.values() for pair in _pairs(*group) if _differ(*pair))
        rows = [self.row(*pair) for pair in moved]
        return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort(KEY)

    def row(self, old: Row | None, new: Row | None) -> dict[str, Any]:
        """One row of the table."""
        # What has lost its sources keeps the year and the edition that it had.
        named = old if old and (new is None or _is_absent(new)) else new
        assert named is not None
        causes = sorted(self._causes(old, new), key=lambda cause: NATURES.index(cause[0]))
        before, after = old or {}, new or {}
        figures = {
            f"{name}_{when}": row.get(name)
            for name in (*FIGURES, "statut", "motif")
            for when, row in (("avant", before), ("apres", after))
        }
        figures["difference"] = _difference(before.get("valeur"), after.get("valeur"))
        return (
            {name: named[name] for name in (*KEY, "niveau")}
            | figures
            | {
                "nature": causes[0][0],
                "cause": _sentences(causes),
                "publication_precedente": self.before.made,
            }
        )

    def _causes(self, old: Row | None, new: Row | None) -> list[Cause]:
        """Why a value moved: every cause that is known of, or that none is."""
        row = new or old
        assert row is not None
        appeared = list(self._appeared(row))
        if appeared:
            return appeared
        found = [*self._territory(row), *self._vintage(old, new), *self._files(old, new)]
        # Only where nothing of its own has changed is a value moved by what stands elsewhere.
        found = found or list(self._elsewhere(row))
        found += self._rules(row)
        return found or [(UNKNOWN, "ni fichier, ni ligne, ni règle de calcul n'a changé")]

    def _appeared(self, row: Row) -> Iterator[Cause]:
        """An indicator or a territory that one of the publications does not have."""
        indicator, place = row["indicateur_id"], row["territoire_id"]
        if indicator not in self.before.rule_of:
            yield INDICATOR_IN, indicator
        elif indicator not in self.after.rule_of:
            yield INDICATOR_OUT, indicator
        elif place not in self.before.composition:
            yield PLACE_IN, place
        elif place not in self.after.composition:
            yield PLACE_OUT, place

    def _territory(self, row: Row) -> Iterator[Cause]:
        place = row["territoire_id"]
        if self.before.composition[place] != self.after.composition[place]:
            yield PLACE_CHANGED, f"{place} n'a plus les mêmes IRIS"

    def _vintage(self, old: Row | None, new: Row | None) -> Iterator[Cause]:
        """A value of a year that the publication before had not, after one of an earlier year."""
        if old and new and _is_next(old, new):
            yield VINTAGE, f"{new['millesime']} ({_some(_cited(new))}), après {old['millesime']}"

    def _files(self, old: Row | None, new: Row | None) -> Iterator[Cause]:
        """What has changed in the files that the value cites, and in their lines behind it."""
        cited_before, cited_after = _cited(old), _cited(new)
        if _is_next(old, new):
            # Another year has files of its own: that they come in is the new vintage.
            cited_before = cited_after = cited_before & cited_after
        yield from self._exchanged(cited_before, cited_after)
        lines_before: dict[Line, str] = old["lignage"] if old else {}
        lines_after: dict[Line, str] = new["lignage"] if new else {}
        for line in sorted(set(lines_before) | set(lines_after)):
            if line[1] in cited_before | cited_after and any(self._marks(line)):
                yield from self._corrected(
                    line, numbers(lines_before.get(line)), numbers(lines_after.get(line))
                )

    def _elsewhere(self, row: Row) -> Iterator[Cause]:
        """What has changed in all that the rules of the indicator read.

        A lineage is that of the value. Its bounds may stand on the lines of other places (known
        capacities, published rates), and where things stand on files that no value cites.
        """
        rule = self.after.rule.get(self.after.rule_of[row["indicateur_id"]], {})
        tables = set(rule.get("tables_lues", ()))
        fed_before = {line for line in self.before.fed if line[0] in tables}
        fed_after = {line for line in self.after.fed if line[0] in tables}
        yield from self._exchanged({file for _, file in fed_before}, {f for _, f in fed_after})
        for line in sorted(fed_before & fed_after):
            yield from self._corrected(line, *self._marks(line))

    def _exchanged(self, before: Collection[str], after: Collection[str]) -> Iterator[Cause]:
        """Files that came in, that went, or that others of the same data set stand in for."""
        by_set: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
        for side, (names, known) in enumerate(
            ((before, self.before.files), (after, self.after.files))
        ):
            for name in names:
                by_set[known[name]["jeu"]][side].add(name)
        for _, (old, new) in sorted(by_set.items()):
            if not old:
                if fresh := new - set(self.before.files):
                    yield SOURCE_IN, _some(fresh)
            elif not new:
                if gone := old - set(self.after.files):
                    yield SOURCE_OUT, _some(gone)
            else:
                yield from self._edition(old, new)

    def _edition(self, old: Collection[str], new: Collection[str]) -> Iterator[Cause]:
        """Files of one data set, before and after: of another year, or of another edition."""
        was = {(row["millesime"], row["edition"]) for row in map(self.before.files.get, old) if row}
        now = {(row["millesime"], row["edition"]) for row in map(self.after.files.get, new) if row}
        if was == now:
            return
        nature = VINTAGE if {year for year, _ in was} != {year for year, _ in now} else EDITION
        yield (
            nature,
            f"{_some(new)}, « {_some(edition for _, edition in now - was or now)} » après "
            f"« {_some(edition for _, edition in was - now or was)} »",
        )

    def _corrected(self, line: Line, before: set[int], after: set[int]) -> Iterator[Cause]:
        """The lines of a file that changed, among some; a line that moved has not changed."""
        file = line[1]
        was = self._predecessor(file)
        one, other = self.before.files.get(was), self.after.files.get(file)
        if one is None or other is None or one["edition"] != other["edition"]:
            return
        old, new = self._marks(line)
        if fresh := after & new:
            yield LINE, f"{file}, ligne(s) {_ranges(fresh)}"
        elif gone := before & old:
            yield LINE, f"{file}, ligne(s) retirée(s), {_ranges(gone)} auparavant"

    def _marks(self, line: Line) -> tuple[set[int], set[int]]:
        """The lines of a file that only the first publication has, and those only the second."""
        if line not in self._changed:
            table, file = line
            old = self.before.fingerprints.get((table, self._predecessor(file)), {})
            new = self.after.fingerprints.get(line, {})
            self._changed[line] = (_beyond(old, new), _beyond(new, old))
        return self._changed[line]

    def _predecessor(self, file: str) -> str:
        """The name that a file had before: its own, unless it was given another one since."""
        if file in self.before.files or file not in self.after.files:
            return file
        alike = [
            name
            for name, row in self.before.files.items()
            if _identity(row) == _identity(self.after.files[file])
        ]
        return alike[0] if len(alike) == 1 else file

    def _rules(self, row: Row) -> Iterator[Cause]:
        """The rules behind the indicator that are not what they were, and their parameters."""
        models = {
            name
            for publication in (self.before, self.after)
            for name in publication.rule.get(
                publication.rule_of[row["indicateur_id"]], {"amont": ()}
            )["amont"]
        }
        before, after = self.before.rule, self.after.rule
        code = {
            name
            for name in models
            if before.get(name, {}).get("empreinte") != after.get(name, {}).get("empreinte")
        }
        if code:
            yield RULE, f"modèle(s) {_some(code)}"
        was, now = (
            dict(
                text.split(" = ", 1)
                for name in models
                for text in rules.get(name, {}).get("parametres", ())
            )
            for rules in (before, after)
        )
        for name in sorted(set(was) | set(now)):
            if was.get(name) != now.get(name):
                yield (
                    RULE,
                    (
                        f"paramètre {name} = {now.get(name, 'aucun')} "
                        f"(auparavant {was.get(name, 'aucun')})"
                    ),
                )


def _pairs(old: Iterable[Row], new: Iterable[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """The values of one indicator and one territory, before and after.

    A value goes with that of the same year and edition, else of the same year; one of a new year
    with the last that was published of a year before. Where a value had no source, or has none any
    more, the row that says so stands for it.
    """
    lost = {(row["millesime"], row["edition"]): row for row in old}
    fresh = {(row["millesime"], row["edition"]): row for row in new}
    known = [row for row in lost.values() if not _is_absent(row)]
    for key in sorted(set(lost) & set(fresh)):
        yield lost.pop(key), fresh.pop(key)
    for year in sorted({year for year, _ in lost} & {year for year, _ in fresh}):
        before = sorted(key for key in lost if key[0] == year)
        after = sorted(key for key in fresh if key[0] == year)
        for one, other in zip(before, after, strict=False):
            yield lost.pop(one), fresh.pop(other)
    missing = next((row for row in lost.values() if _is_absent(row)), None)
    withdrawn = next((row for row in fresh.values() if _is_absent(row)), None)
    if missing and withdrawn:
        return
    for row in fresh.values():
        earlier = [other for other in known if other["millesime"] < row["millesime"]]
        if not (row is withdrawn and lost):
            yield missing or max(earlier, key=_year, default=None), row
    for row in lost.values():
        if not (row is missing and fresh):
            yield row, withdrawn


def _differ(old: Row | None, new: Row | None) -> bool:
    """Whether a value moved: its figures, its bounds or its status; last digits are not a move."""
    if old is None or new is None:
        return True
    return (
        _is_next(old, new)
        or old["statut"] != new["statut"]
        or any(not _same(old[name], new[name]) for name in FIGURES)
    )


def _is_next(old: Row | None, new: Row | None) -> bool:
    """Whether a value is one of a new year, after one of an earlier year."""
    if old is None or new is None or _is_absent(old) or _is_absent(new):
        return False
    return bool(old["millesime"] != new["millesime"])


def _sentences(causes: Iterable[Cause]) -> str:
    """The causes, nature by nature."""
    by_nature: dict[str, list[str]] = defaultdict(list)
    for nature, what in causes:
        by_nature[nature].append(what)
    return " ".join(
        f"{nature.capitalize()} : {' ; '.join(named)}." for nature, named in by_nature.items()
    )


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else other - one


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _is_absent(row: Row) -> bool:
    """Whether a row only says which source is missing."""
    return bool(row["edition"] == WITHOUT_SOURCE)


def _year(row: Row) -> int:
    return int(row["millesime"])


def _identity(file: Row) -> tuple[Any, ...]:
    return file["jeu"], file["millesime"], file["edition"]


def _cited(row: Row | None) -> set[str]:
    """The files that a value cites."""
    return set(row["sources"].split(" ; ")) - {"aucune"} if row else set()


def _beyond(these: Mapping[int, str], those: Mapping[int, str]) -> set[int]:
    """The lines whose content the others do not have, or do not have as many times."""
    left = Counter(those.values())
    found = set()
    for number, mark in sorted(these.items()):
        if left[mark]:
            left[mark] -= 1
        else:
            found.add(number)
    return found


def numbers(ranges: str | None) -> set[int]:
    """The numbers of a text such as « 2-12, 57 »; of one that is cut, those that it gives."""
    told, *_ = (ranges or "").split(", … ")
    bounds = [part.split("-") for part in told.split(", ") if part]
    return {number for pair in bounds for number in range(int(pair[0]), int(pair[-1]) + 1)}


def _ranges(lines: Iterable[int]) -> str:
    """Numbers as a text such as « 2-12, 57 »."""
    runs: list[list[int]] = []
    for number in sorted(lines):
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _some(names: Iterable[str], limit: int = 6) -> str:
    """Names in order, the first of them, and how many there are beyond."""
    known = sorted(set(names))
    more = f" et {len(known) - limit} autres" if len(known) > limit else ""
    return ", ".join(known[:limit]) + more
