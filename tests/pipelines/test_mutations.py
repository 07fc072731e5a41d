"""Source files by the hundred, each damaged in some way: refused in one sentence, or taken rightly.

Each goes through the entry as a refresh does, without Dagster. What is refused is told with the
file, the place and the remedy. What is taken is what stands in the file, read here apart from the
pipeline, and comes to every check figure. With `-s`, what became of them is counted.
"""

import csv
import io
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import territory
from pipelines.contracts.base import READ, Admission
from pipelines.errors import SourceError
from pipelines.fetch import answer
from pipelines.ingest import placements
from pipelines.ingest.arrivals import Arrivals, arrivals
from pipelines.ingest.assets import catalogue_frame, sentence
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.datasets import DATASETS
from pipelines.settings import DEFAULT_CONVENTION, ROOT
from pipelines.sources import SUFFIX, SourceFile, files_of
from pipelines.warehouse import replace_table
from tests.mutations import HARMLESS, Way, ways_of, zipped

SENTENCE = re.compile(r"[^\n]+?, [^\n]+? : [^\n]+ Remède : [^\n]+\.")
OWN = f"conventions/{DEFAULT_CONVENTION}"
POPULATION = "insee/base-ic-evol-struct-pop-2019.csv"
EQUIPMENT = "insee/bpe19_ensemble.csv"
# How many mutations in a thousand each family has.
SHARES = {
    "texte": 450,
    "classeur": 140,
    "yaml": 230,
    "contours": 40,
    "archive": 50,
    "fichier entier": 50,
    "adresses": 40,
}

Table = tuple[Dataset, list[tuple[SourceFile, Admission]]]
Target = tuple[Path, bytes]


class RefusedError(Exception):
    """A file that is not taken: by what, and the sentence that says so."""

    def __init__(self, by: str, said: str) -> None:
        self.by, self.said = by, said
        super().__init__(said)


@dataclass
class Entry:
    """All that comes in, from a folder of sources of its own; `known` is what comes of sound ones.

    A file is written later than the one before: what was known of it is known by its time.
    """

    sources: Path
    cache: Path
    known: dict[str, pl.DataFrame] = field(default_factory=dict)
    clock: int = 1_700_000_000

    @property
    def answers(self) -> Path:
        """What the national service of addresses answered."""
        return answer(self.cache, DEFAULT_CONVENTION)

    def write(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)
        self.clock += 1
        os.utime(path, (self.clock, self.clock))

    def take(self, path: Path) -> tuple[Arrivals, list[Table]]:
        """What comes in, and what the tables that `path` may feed take of it.

        Raises:
            RefusedError: a contract stops for a file.
            SourceError: a file cannot be taken at all.
        """
        here = arrivals(self.sources)
        ground = territory.load()
        ground.frame(), ground.around(), catalogue_frame(here)
        described = path.with_name(path.name.removesuffix(SUFFIX))
        mine = {file.fiche.jeu for file in here.files if file.path == described}
        # What is known of every file decides of all of them.
        chosen = [one for one in DATASETS if one.jeu in mine or path.suffix == ".yml"]
        taken = [self._table(dataset, here) for dataset in chosen]
        tables = self.known | {dataset.table: dataset.rows(files_) for dataset, files_ in taken}
        for dataset in DATASETS:
            if dataset.required and tables[dataset.table].is_empty():
                raise SourceError("sources/", dataset.jeu, "aucune ligne", "déposer le fichier")
        if path == self.answers or {dataset.table for dataset in chosen} & set(placements.READ):
            with duckdb.connect() as connection:
                connection.execute("create schema brut")
                for name in placements.READ:
                    replace_table(connection, f"brut.{name}", tables[name])
                placements._placed(connection)
        return here, taken

    @staticmethod
    def _table(dataset: Dataset, here: Arrivals) -> Table:
        admitted = []
        for file in files_of(dataset.jeu, here.files):
            admission = dataset.admit(file, here.scope)
            for finding in admission.findings.rows(named=True):
                said = sentence(finding)
                if finding["gravite"] == "arrêt":
                    figure = " attendu (" in finding["regle"]
                    contract = "contrat" if finding["etape"] != READ else "lecture"
                    raise RefusedError("chiffre de contrôle" if figure else contract, said)
                assert SENTENCE.fullmatch(said), said
            dataset.admit_beyond(file, here.scope, admission)
            admitted.append((file, admission))
        return dataset, admitted


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    """The repository's sources, and an answer of the national service of addresses."""
    folder = tmp_path_factory.mktemp("mutations")
    with pytest.MonkeyPatch.context() as patch:
        shutil.copytree(ROOT / "sources", folder / "sources")
        found = Entry(folder / "sources", folder / "cache")
        patch.setenv("OBSERVATOIRE_SOURCES", str(found.sources))
        patch.setenv("OBSERVATOIRE_CACHE", str(found.cache))
        here = arrivals()
        found.known = {
            dataset.table: dataset.rows(found._table(dataset, here)[1]) for dataset in DATASETS
        }
        found.answers.parent.mkdir(parents=True)
        found.answers.write_bytes(_answered(placements.asked() or b""))
        yield found


def _answered(asked: bytes) -> bytes:
    """What the service would answer: each address at the middle of Lille."""
    first, *rows = asked.decode().splitlines()
    names = "longitude,latitude,result_label,result_score,result_type,result_housenumber,"
    names += "result_name,result_citycode,result_oldcity"
    said = "3.06,50.63,2 Rue Neuve 59000 Lille,0.97,housenumber,2,2 Rue Neuve,59350,Lille"
    return "\n".join([f"{first},{names}", *(f"{row},{said}" for row in rows), ""]).encode()


def targets(entry: Entry) -> dict[str, list[Target]]:
    """The files to damage, by family: what is at each path, or would be dropped there."""
    root = entry.sources
    here = [
        (path, path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and (path.is_relative_to(root / OWN) or not path.is_relative_to(root / "conventions"))
    ]
    whole = {name: _with_a_row_of_elsewhere((root / name).read_bytes()) for name in WHOLE}
    archive = root / "insee" / "base-ic-evol-struct-pop-2019_csv.zip"
    return {
        "texte": [one for one in here if one[0].suffix == ".csv"],
        "classeur": [one for one in here if one[0].suffix == ".xlsx"],
        "yaml": [one for one in here if one[0].suffix == ".yml"],
        "contours": [one for one in here if one[0].suffix == ".geojson"],
        "archive": [(archive, zipped(whole[POPULATION], "base-ic-evol-struct-pop-2019.CSV"))],
        "fichier entier": [(root / Path(name).name, data) for name, data in whole.items()],
        "adresses": [(entry.answers, entry.answers.read_bytes())],
    }


WHOLE = (POPULATION, EQUIPMENT)


def _with_a_row_of_elsewhere(data: bytes) -> bytes:
    """An extract made a file of several communes, as its publisher's is."""
    return data + data.splitlines(keepends=True)[1].replace(b"59350", b"59351")


@pytest.mark.parametrize("family", SHARES)
def test_a_damaged_file_is_refused_in_one_sentence_or_taken_as_it_is_written(
    family: str, entry: Entry, mutations: int
) -> None:
    outcomes: Counter[str] = Counter()
    wrong = []
    found = targets(entry)[family]
    for rank in range(max(1, mutations * SHARES[family] // 1000)):
        rng = random.Random(f"{family} {rank}")
        path, data = rng.choice(found)
        way = rng.choice(ways_of(path.name))
        try:
            outcomes[f"{_outcome(entry, path, data, way(rng, data), way)} ({way.__name__})"] += 1
        except Exception as error:
            told = f"{type(error).__name__}, {str(error)[:600]}"
            wrong.append(f"{family} {rank} : {path.name}, {way.__name__} : {told}")
    print(*(f"{family} | {outcome} | {n}" for outcome, n in sorted(outcomes.items())), sep="\n")
    assert not wrong, "\n\n".join(wrong)


def _outcome(entry: Entry, path: Path, data: bytes, damaged: bytes, way: Way) -> str:
    """What became of a damaged file: what refused it, or that it was taken."""
    there = path.is_file()
    sound = _rows(entry.take(path)[1], path) if there and way in HARMLESS else None
    entry.write(path, damaged)
    try:
        here, taken = entry.take(path)
        for dataset, admitted in taken:
            for file, admission in admitted:
                _comes_to_its_figures(dataset, file, admission.kept)
                if file.path == path and path.suffix == ".csv":
                    _is_as_written(dataset, file, admission.kept, damaged)
        if sound is not None:
            assert _rows(taken, path).equals(sound), "the rows are not those of the sound file"
        if here.altered:
            raise here.altered[0].alteration
    except RefusedError as refused:
        by, said = refused.by, refused.said
    except SourceError as error:
        by, said = "empreinte" if error.place == "empreinte" else "fichier", str(error)
    else:
        if path in {unknown.path for unknown in here.unknown}:
            return "mis de côté, et dit"
        return "inchangé" if damaged == data else "pris"
    finally:
        if there:
            entry.write(path, data)
        else:
            path.unlink()
    assert SENTENCE.fullmatch(said), said
    return f"refusé : {by}"


def _rows(taken: list[Table], path: Path) -> pl.DataFrame:
    """The rows that came of a file, in the order of what they say."""
    frames = [
        admission.kept.drop("ligne").sort(pl.all())
        for _, admitted in taken
        for file, admission in admitted
        if file.path == path
    ]
    return pl.concat(frames or [pl.DataFrame()], how="diagonal")


def _comes_to_its_figures(dataset: Dataset, file: SourceFile, kept: pl.DataFrame) -> None:
    """What is kept comes to each sum that the file must come to: nothing is lost on the way.

    Rows are counted as they are read, those set aside and those of elsewhere too: not here.
    """
    for figure in file.fiche.chiffres_de_controle:
        if figure.mesure == "lignes" or figure.feuille not in (None, dataset.layout.sheet):
            continue
        named = [str(figure.colonne), *figure.ou]
        heading = dataset.contract.heading(named, file.fiche.millesime)
        loaded = {printed: name for name, printed in heading.items()}
        chosen = kept
        for name, value in figure.ou.items():
            chosen = chosen.filter(pl.col(loaded[name]).cast(pl.String) == value)
        found = float(chosen[loaded[str(figure.colonne)]].sum())
        assert abs(found - figure.attendu) <= figure.tolerance, (found, figure)


def _is_as_written(dataset: Dataset, file: SourceFile, kept: pl.DataFrame, data: bytes) -> None:
    """Each cell that is kept is what stands in its line of the file, under its name."""
    encoding = "utf-8-sig" if file.fiche.encodage == "utf-8" else file.fiche.encodage
    written = [_read(data.decode(encoding), separator) for separator in ";,\t|"]
    for row in kept.to_dicts():
        assert any(_says(dataset, file, lines, row) for lines in written), row


def _read(text: str, separator: str) -> dict[int, list[str]]:
    """The rows of a text, by the number of the line that each starts at."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    found, start = {}, 1
    for row in reader:
        found[start] = row
        start = reader.line_num + 1
    return found


def _says(
    dataset: Dataset, file: SourceFile, lines: Mapping[int, list[str]], row: Mapping[str, object]
) -> bool:
    """Whether a file, so cut, says in the line of a row what the row says."""
    year = file.fiche.millesime
    header = max(
        list(lines.values())[:30], key=lambda names: dataset.contract.likeness(names, year)
    )
    cells = dict(
        zip((name.strip() for name in header), lines.get(int(str(row["ligne"])), []), strict=False)
    )
    heading = dataset.contract.heading(list(cells), year)
    return all(
        _same(row[item.loaded], cells[heading[item.loaded]], item.marks)
        for item in dataset.contract.fields
        if item.loaded in heading
    )


def _same(value: object, cell: str, marks: Mapping[str, str]) -> bool:
    if value is None:
        return cell in marks or cell == ""
    if isinstance(value, int | float):
        return value == float(re.sub("[ \u00a0\u202f]", "", cell).replace(",", "."))
    return str(value) == cell
