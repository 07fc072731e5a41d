"""`make bench`: what a refresh costs, beside what it could not do without, and as it grows.

Everything is measured in one run, as whole processes, in turn: a time alone says as much of the
machine as of the code. The report is a Markdown page on the standard output.
"""

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.project import prepare
from pipelines.settings import DBT_PROJECT, ROOT
from tests.bench import france, growth
from tests.bench.agreement import compare
from tests.bench.cost import Command, Cost, in_turn, median, ratio
from tests.bench.usual import YEAR
from tests.conftest import Workplace

REFRESH, EXPORTED = "rafraîchissement", "rafraîchissement et exports"
UNCHANGED = "rien n'a changé"
USUAL = "pandas"
DBT, FLOOR = "`dbt build` seul", "plancher"
SAME = f"plancher, mêmes indicateurs de {YEAR}"
# What the notebook computes; with its own places, where the territory has no registry of them.
INDICATORS = ("BES01", "BES02", "BES03", "BES04", "ECO01", "PE01")
WITH_PLACES = (*INDICATORS, "EQU01", "PE03", "PRI01")


def main() -> None:
    """Measure, then say it."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--passages", type=int, default=5, help="mesures de chaque commande")
    parser.add_argument(
        "--tailles", type=int, nargs="*", default=[1, 10, 100], help="en nombre de fois Lille"
    )
    parser.add_argument(
        "--donnees-publiees", type=Path, help="dossier des fichiers tels que publiés : la France"
    )
    asked = parser.parse_args()
    print(f"# Mesures\n\n{_machine()}, {asked.passages} passages, médianes.\n")
    with TemporaryDirectory() as name:
        _default(Path(name), asked.passages)
        _larger(Path(name), asked.tailles, asked.passages)
        _beside_pandas(Path(name), asked.passages, asked.donnees_publiees)


def _default(folder: Path, passes: int) -> None:
    """The default convention: the refresh, dbt alone on the same models, the floor."""
    place = _place(folder / "defaut", ROOT / "sources")
    # dbt and the floor read what a refresh has left; each has its own copy of it.
    _refresh(place, "--sans-exports")
    alone = folder / "dbt" / place.build.name
    shutil.copytree(place.build.parent, alone.parent)
    costs = in_turn(
        [
            _command(REFRESH, place, "-m", "pipelines.refresh", "--sans-exports", "--tout"),
            _command(EXPORTED, place, "-m", "pipelines.refresh", "--tout"),
            _command(UNCHANGED, place, "-m", "pipelines.refresh"),
            _dbt(place, alone),
            _command(FLOOR, place, "-m", "tests.bench.floor", str(place.sources), str(alone)),
        ],
        passes,
    )
    print("## La convention par défaut\n")
    _table(costs, against=(DBT, FLOOR))


def _larger(folder: Path, sizes: Sequence[int], passes: int) -> None:
    """The same, as the territory grows: copies of Lille, generated in the published layouts."""
    print("\n## Un territoire plus grand\n")
    print(
        "Des copies de Lille (110 IRIS chacune) sous des codes que l'Insee n'a pas donnés, sans "
        "registre : ce sont les temps qui sont mesurés, pas les chiffres.\n"
    )
    for size in sizes:
        place = _place(
            folder / f"fois_{size}",
            growth.write(folder / f"sources_{size}", size),
            growth.NAME,
        )
        words = [
            _command(REFRESH, place, "-m", "pipelines.refresh", "--sans-exports", "--tout"),
            _command(FLOOR, place, "-m", "tests.bench.floor", str(place.sources), str(place.build)),
        ]
        print(f"\n### {size} × 110 IRIS\n")
        _table(in_turn(words, max(1, passes // 2)), against=(FLOOR,))


def _beside_pandas(folder: Path, passes: int, published: Path | None) -> None:
    """What national files are enough for, the usual way: where the two differ, it is an error."""
    print("\n## À côté de pandas\n")
    print(
        "Les indicateurs qui ne demandent que des fichiers nationaux, écrits comme dans un carnet "
        "(`tests/bench/usual.py`), à côté du rafraîchissement entier, qui publie aussi les autres, "
        f"et de ce que ces mêmes indicateurs de {YEAR} demandent à DuckDB.\n"
    )
    own = _place(folder / "usuel", ROOT / "sources")
    _compared("La convention par défaut", own, INDICATORS, passes)
    if published is not None:
        sources = france.write(folder / "sources_usuel", published)
        whole = _place(folder / "usuel_france", sources, france.NAME)
        _compared("La France", whole, WITH_PLACES, max(1, passes // 2))


def _compared(title: str, place: Workplace, indicators: Sequence[str], passes: int) -> None:
    """A refresh and pandas on the same sources: what they cost, and whether they agree."""
    values = place.folder / "valeurs.csv"
    usual = ["-m", "tests.bench.usual", str(place.sources), place.convention, str(values)]
    floor = ["-m", "tests.bench.floor", str(place.sources), str(place.build)]
    costs = in_turn(
        [
            _command(REFRESH, place, "-m", "pipelines.refresh", "--sans-exports", "--tout"),
            _command(FLOOR, place, *floor),
            _command(SAME, place, *floor, *indicators, "--millesime", str(YEAR)),
            _command(USUAL, place, *usual),
        ],
        passes,
    )
    print(f"\n### {title}\n")
    _table(costs, against=(FLOOR, USUAL))
    found = compare(place.published, values)
    widths = [interval.widths for interval in found.intervals]
    print(
        f"\n{found.compared} valeurs comparées, {found.different} différentes. "
        f"Les intervalles sont tirés de part et d'autre : ceux de pandas ont {min(widths):.2f} à "
        f"{max(widths):.2f} fois la largeur des publiés (médiane de chaque indicateur)."
    )
    if not found.holds:
        raise SystemExit("Les deux calculs ne donnent pas les mêmes chiffres.")


def _place(folder: Path, sources: Path, convention: str = "") -> Workplace:
    """A workplace of its own, with the project compiled once for all."""
    place = Workplace(folder, sources, convention) if convention else Workplace(folder, sources)
    place.build.parent.mkdir(parents=True)
    shutil.copytree(prepare().parent, place.build.parent / "dbt")
    return place


def _refresh(place: Workplace, *words: str) -> None:
    in_turn([_command(REFRESH, place, "-m", "pipelines.refresh", *words)], 0)


def _command(name: str, place: Workplace, *words: str) -> Command:
    return Command(name, [sys.executable, *words], place.environment, ROOT)


def _dbt(place: Workplace, build: Path) -> Command:
    """What a user of dbt would type, without the worked examples."""
    return Command(
        DBT,
        [
            str(Path(sys.executable).with_name("dbt")), "build",
            "--exclude-resource-type", "unit_test",
            "--project-dir", str(DBT_PROJECT),
            "--profiles-dir", str(DBT_PROJECT),
        ],
        {
            **place.environment,
            "OBSERVATOIRE_TRAVAIL": str(build),
            "DBT_TARGET_PATH": str(build.parent / "dbt"),
        },
        ROOT,
    )  # fmt: skip


def _table(costs: dict[str, list[Cost]], against: Sequence[str]) -> None:
    """A row a command: its medians, and how many times the time of others it takes."""
    heads = ["commande", "temps (s)", "processeur (s)", "mémoire (Mio)"]
    heads += [f"÷ {name}" for name in against]
    print(f"| {' | '.join(heads)} |")
    print(f"|{' --- |' * len(heads)}")
    for name, found in costs.items():
        cost = median(found)
        cells = [name, f"{cost.seconds:.1f}", f"{cost.processor_s:.1f}", f"{cost.memory_mib:.0f}"]
        cells += [f"{ratio(found, costs[other]):.2f}" for other in against]
        print(f"| {' | '.join(cells)} |", flush=True)


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cœurs"


if __name__ == "__main__":
    main()
