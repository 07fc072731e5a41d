"""Three other territories, computed from the publishers' whole files: the territory is data.

Roubaix is one commune that Insee cuts into quarters; five communes of the Weppes have no IRIS; the
Métropole européenne de Lille is the area of annex 4's metropolitan diagnostic. None has a registry.
What is expected is read in the published files here, line by line, apart from the pipeline.
"""

import csv
import io
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import territory
from pipelines.settings import ROOT
from tests.conftest import Workplace

REGISTRY = {"PE02", "ALSH02", "PERI01", "ADO01", "LUD01", "LAEP01", "DQ01", "DQ02", "DQ03"}
SCHOOLS = {"maternelles": "C101", "élémentaires": "C104"}
NOT_SOURCES = {"README.md", "adresses_localisees_lille.csv"}


@dataclass(frozen=True)
class Computed:
    """A territory that was computed, and the file that analysts read of it."""

    name: str
    output: str
    connection: duckdb.DuckDBPyConnection

    @property
    def communes(self) -> tuple[str, ...]:
        return territory.load(ROOT / "sources" / "conventions" / self.name).insee_communes

    def rows(self, sql: str) -> list[Any]:
        return self.connection.execute(sql).fetchall()

    def one(self, sql: str) -> float:
        ((value,),) = self.rows(sql)
        return float(value)


@pytest.fixture(scope="session")
def national(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sources in which the publishers' files were dropped as they are."""
    root = tmp_path_factory.mktemp("national") / "sources"
    shutil.copytree(ROOT / "sources" / "conventions", root / "conventions")
    for name in ("catalogue.yml", "eponymes.yml"):
        shutil.copy(ROOT / "sources" / name, root / name)
    for path in published.rglob("*"):
        if path.is_file() and path.parent.name != "geo" and path.name not in NOT_SOURCES:
            shutil.copyfile(path, root / path.name)
    return root


@pytest.fixture(scope="session")
def computed(
    national: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Computed]]:
    opened = []

    @cache
    def compute(name: str) -> Computed:
        place = Workplace(tmp_path_factory.mktemp(name), national, name)
        done = place.refresh()
        assert done.returncode == 0, done.stdout + done.stderr
        connection = duckdb.connect(str(place.published), read_only=True)
        opened.append(connection)
        return Computed(name, done.stdout, connection)

    yield compute
    for connection in opened:
        connection.close()


@pytest.fixture(scope="session", params=["roubaix", "weppes", "mel"])
def place(request: pytest.FixtureRequest, computed: Callable[[str], Computed]) -> Computed:
    return computed(request.param)


@cache
def census(published: Path) -> dict[str, dict[str, float]]:
    """People of each commune by age band, summed from the lines of the published file."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    path = published / "insee" / "base-ic-evol-struct-pop-2019.mel.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            for name in ("P19_POP", "P19_POP0002", "P19_POP0305", "P19_POP0610"):
                found[row["COM"]][name] += float(row[name])
    return found


@cache
def equipment(published: Path) -> dict[tuple[str, str], int]:
    """Equipments of each commune by type, summed from the lines of the published file."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    archive = zipfile.ZipFile(published / "insee" / "bpe19_ensemble_csv.zip")
    with archive.open("bpe19_ensemble.csv") as raw:
        for row in csv.DictReader(io.TextIOWrapper(raw, "utf-8"), delimiter=";"):
            found[row["DEPCOM"], row["TYPEQU"]] += int(row["NB_EQUIP"])
    return found


@cache
def coverage(published: Path) -> dict[tuple[str, str], float]:
    """The global rate that the Cnaf publishes, by commune and year."""
    path = published / "caf" / "tx_couverture.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {
            (row["numero_commune"], row["date_reference"]): float(row["taux_de_couv_global"])
            for row in csv.DictReader(file)
        }


def test_the_territory_has_its_communes_and_the_quarters_that_insee_gives_them(
    computed: Callable[[str], Computed],
) -> None:
    count = (
        "select niveau, count(*) from referentiel.territoires "
        "where niveau <> 'référence' group by all"
    )
    assert dict(computed("roubaix").rows(count)) == {"territoire": 1, "commune": 1, "district": 13}
    assert dict(computed("weppes").rows(count)) == {"territoire": 1, "commune": 5}
    assert dict(computed("mel").rows(count))["commune"] == 95


def test_each_iris_of_the_metropolis_is_in_one_commune(computed: Callable[[str], Computed]) -> None:
    iris = "select count(*), count(distinct iris), count(commune_id) from referentiel.iris"
    assert computed("mel").rows(iris) == [(517, 517, 517)]


@pytest.mark.parametrize(
    ("band", "column"),
    [("ensemble", "P19_POP"), ("0-2 ans", "P19_POP0002"), ("6-10 ans", "P19_POP0610")],
)
def test_people_are_those_of_the_published_lines(
    band: str, column: str, place: Computed, published: Path
) -> None:
    expected = {code: census(published)[code][column] for code in place.communes}
    found = dict(
        place.rows(
            "select territoire_id, personnes from besoin.population "
            f"where niveau = 'commune' and tranche_age = '{band}'"
        )
    )
    assert found == pytest.approx(expected)
    whole = (
        "select personnes from besoin.population "
        f"where niveau = 'territoire' and tranche_age = '{band}'"
    )
    assert place.one(whole) == pytest.approx(sum(expected.values()))


def test_the_legal_population_of_lille_is_that_of_its_commune_in_the_metropolis(
    computed: Callable[[str], Computed],
) -> None:
    lille = (
        "select personnes from besoin.population "
        "where territoire_id = '59350' and tranche_age = 'ensemble'"
    )
    assert computed("mel").one(lille) == pytest.approx(234475, abs=0.5)


def test_districts_add_up_to_their_commune(computed: Callable[[str], Computed]) -> None:
    gaps = (
        "select d.commune_id, p.tranche_age, abs(sum(p.personnes) - any_value(c.personnes)) "
        "from besoin.population as p "
        "join referentiel.territoires as d using (territoire_id, niveau) "
        "join besoin.population as c on c.territoire_id = d.commune_id "
        "and c.tranche_age = p.tranche_age and c.niveau = 'commune' "
        "where p.niveau = 'district' group by all having abs(sum(p.personnes) "
        "- any_value(c.personnes)) > 1e-6"
    )
    for name in ("roubaix", "mel"):
        assert computed(name).rows(gaps) == []


def test_without_a_registry_what_depends_on_it_says_so_and_nothing_is_zero(place: Computed) -> None:
    rows = place.rows(
        "select indicateur_id, valeur, statut, motif from ecart.indicateurs "
        "where indicateur_id in ('" + "', '".join(sorted(REGISTRY)) + "')"
    )
    assert {row[0] for row in rows} == REGISTRY
    for indicator, value, status, reason in rows:
        assert (value, status) == (None, "non calculable"), indicator
        assert "registre des services de la convention" in str(reason)


def test_every_expected_indicator_has_a_row_in_each_territory_of_its_levels(
    place: Computed,
) -> None:
    missing = (
        "with niveaux as (select distinct indicateur_id, niveau from ecart.indicateurs) "
        "select n.indicateur_id, t.territoire_id from niveaux as n "
        "join referentiel.territoires as t using (niveau) "
        "anti join ecart.indicateurs as i "
        "on i.indicateur_id = n.indicateur_id and i.territoire_id = t.territoire_id"
    )
    assert place.rows(missing) == []


def test_schools_are_those_of_the_national_file(place: Computed, published: Path) -> None:
    for label, code in SCHOOLS.items():
        expected = {commune: equipment(published)[commune, code] for commune in place.communes}
        found = dict(
            place.rows(
                "select territoire_id, numerateur::bigint from ecart.indicateurs "
                "where indicateur_id = 'ECO01' and niveau = 'commune' and millesime = 2019 "
                f"and declinaison = '{label}'"
            )
        )
        assert found == expected


def test_coverage_is_as_published_and_absent_where_the_cnaf_publishes_none(
    place: Computed, published: Path
) -> None:
    rates = coverage(published)
    found = dict(
        place.rows(
            "select territoire_id, valeur from ecart.indicateurs where indicateur_id = 'PE01' "
            "and niveau = 'commune' and declinaison = 'ensemble' and millesime = 2019"
        )
    )
    assert {code: rate for code, rate in found.items() if rate is not None} == {
        code: rates[code, "2019"] for code in place.communes if (code, "2019") in rates
    }


def test_two_vintages_of_the_caf_stand_side_by_side_each_with_its_own_census(
    computed: Callable[[str], Computed],
) -> None:
    rows = computed("roubaix").rows(
        "select millesime, statut, motif from ecart.indicateurs where indicateur_id = 'BES01' "
        "and niveau = 'commune' and declinaison = '0-2 ans' order by millesime"
    )
    (first, *_), (second, status, reason) = rows
    assert (first, second) == (2019, 2020)
    assert status == "non calculable"
    assert "recensement 2020" in str(reason)


def test_two_vintages_of_income_stand_side_by_side(computed: Callable[[str], Computed]) -> None:
    years = computed("roubaix").rows("select distinct millesime from besoin.revenus order by 1")
    assert (2019,) in years


def test_rows_of_other_territories_are_counted_and_none_is_lost(place: Computed) -> None:
    lost = (
        "select source_id from qualite.admissions where lignes_lues <> "
        "lignes_retenues + lignes_ecartees + lignes_hors_territoire"
    )
    assert place.rows(lost) == []
    bpe = "select lignes_lues from qualite.admissions where objet = 'insee_bpe'"
    assert place.one(bpe) == 1060614


def test_every_whole_file_is_recognised(place: Computed) -> None:
    assert place.rows(
        "select message from qualite.controles where controle = 'reconnaissance'"
    ) == [(None,)]
