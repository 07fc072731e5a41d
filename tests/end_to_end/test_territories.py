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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import territory
from pipelines.diagnostic import dossier
from pipelines.diagnostic.blocks import Dossier, Facts
from pipelines.diagnostic.french import typeset
from pipelines.diagnostic.published import opened
from pipelines.settings import ROOT
from tests.conftest import Workplace

pytestmark = pytest.mark.long(minutes=1.5)

REGISTRY = {"PE02", "ALSH02", "PERI01", "ADO01", "LUD01", "LAEP01", "DQ01", "DQ02", "DQ03"}
FOLLOW_UP = {
    "GOV01": "schema_developpement.csv",
    "GOV02": "schema_developpement.csv",
    "GOV03": "schema_developpement.csv",
    "GOV04": "calendrier.csv",
}
# An Insee quarter is the first digits of its IRIS.
QUARTER = 7
CRECHES = "D502"
SCHOOLS = {"maternelles": "C101", "élémentaires": "C104"}
NOT_SOURCES = {"README.md", "adresses_localisees_lille.csv"}


@dataclass(frozen=True)
class Computed:
    """A territory that was computed, and the file that analysts read of it."""

    name: str
    output: str
    file: Path
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
        return Computed(name, done.stdout, place.published, connection)

    yield compute
    for connection in opened:
        connection.close()


@pytest.fixture(scope="session", params=["roubaix", "weppes", "mel"])
def place(request: pytest.FixtureRequest, computed: Callable[[str], Computed]) -> Computed:
    return computed(request.param)


@pytest.fixture(scope="session")
def composed(place: Computed) -> Dossier:
    with opened(place.file) as published:
        return dossier.compose(published)


@cache
def census(published: Path) -> dict[str, dict[str, float]]:
    """People of each commune and Insee quarter by age band, summed from the published lines."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    path = published / "insee" / "base-ic-evol-struct-pop-2019.mel.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            for name in ("P19_POP", "P19_POP0002", "P19_POP0305", "P19_POP0610"):
                found[row["COM"]][name] += float(row[name])
                found[row["IRIS"][:QUARTER]][name] += float(row[name])
    return found


@cache
def equipment(published: Path) -> dict[tuple[str, str], int]:
    """Equipments of each commune and Insee quarter by type, summed from the published lines."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    archive = zipfile.ZipFile(published / "insee" / "bpe19_ensemble_csv.zip")
    with archive.open("bpe19_ensemble.csv") as raw:
        for row in csv.DictReader(io.TextIOWrapper(raw, "utf-8"), delimiter=";"):
            for place in {row["DEPCOM"], row["DCIRIS"].replace("_", "")[:QUARTER]}:
                found[place, row["TYPEQU"]] += int(row["NB_EQUIP"])
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


@cache
def eaje(published: Path) -> dict[str, float]:
    """The EAJE places that the Cnaf publishes for 2019, the year of the BPE and of the census."""
    path = published / "caf" / "nbpla_pe_caf.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {
            row["num_commune"]: float(row["places_EAJE_ensemble"])
            for row in csv.DictReader(file)
            if row["date_reference"] == "2019"
        }


def shared(place: Computed, published: Path) -> dict[str, float]:
    """Places of each quarter: its part of the crèches of its commune, none being known."""
    counts = equipment(published)
    return {
        quarter: eaje(published)[commune] * counts[quarter, CRECHES] / counts[commune, CRECHES]
        for quarter, commune in place.rows(
            "select territoire_id, commune_id from referentiel.territoires "
            "where niveau = 'district'"
        )
    }


def children(published: Path, places: Iterable[str]) -> dict[str, float]:
    return {name: census(published)[name]["P19_POP0002"] for name in places}


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


def test_the_dossier_has_a_sheet_a_territory_and_no_empty_section(
    place: Computed, composed: Dossier
) -> None:
    found = [section for chapter in composed.chapters for section, _ in chapter.walk()]
    named = "select libelle from referentiel.territoires where niveau in ('commune', 'district')"
    assert {section.title for section in found if section.is_sheet} == {
        typeset(label) for (label,) in place.rows(named)
    }
    assert [section.name for section in found if not section.blocks] == []
    # A share of the people, counted once each.
    ages = next(
        figure
        for chapter in composed.chapters
        for figure in chapter.figures()
        if figure.title.startswith("Part des enfants et des jeunes")
    )
    assert len({row[0] for row in ages.table.rows}) == len(ages.table.rows)


def test_a_figure_to_remember_names_whom_it_is_of(place: Computed, composed: Dossier) -> None:
    ((whole,),) = place.rows(
        "select libelle from referentiel.territoires where niveau = 'territoire'"
    )
    facts = [
        fact
        for chapter in composed.chapters
        for section, _ in chapter.walk()
        for block in section.blocks
        if isinstance(block, Facts)
        for fact in block.facts
    ]
    assert facts
    assert [fact for fact in facts if not fact.detail.startswith(whole)] == []


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


def test_places_of_the_quarters_sum_back_to_what_the_cnaf_publishes(
    computed: Callable[[str], Computed], published: Path
) -> None:
    roubaix = computed("roubaix")
    found = dict(
        roubaix.rows(
            "select territoire_id, numerateur from ecart.indicateurs "
            "where indicateur_id = 'PE03' and millesime = 2019"
        )
    )
    expected = eaje(published)["59512"]
    assert found.pop("59512") == expected
    assert sum(found.values()) == expected
    assert found == pytest.approx(shared(roubaix, published), abs=1e-4)


@pytest.mark.parametrize("name", ["roubaix", "mel"])
def test_the_coverage_of_each_quarter_is_its_places_for_100_of_its_children(
    name: str, computed: Callable[[str], Computed], published: Path
) -> None:
    place = computed(name)
    found = dict(
        place.rows(
            "select territoire_id, valeur from ecart.indicateurs "
            "where indicateur_id = 'PE03' and niveau = 'district'"
        )
    )
    places = shared(place, published)
    counts = children(published, places)
    assert found == pytest.approx({q: 100 * places[q] / counts[q] for q in places}, abs=1e-3)


def test_the_metropolis_has_coverage_where_the_cnaf_publishes_places_and_says_why_elsewhere(
    computed: Callable[[str], Computed], published: Path
) -> None:
    mel = computed("mel")
    rows = mel.rows(
        "select territoire_id, numerateur, statut, motif from ecart.indicateurs "
        "where indicateur_id = 'PE03' and niveau = 'commune'"
    )
    told = {code: places for code, places, _, _ in rows if places is not None}
    expected = {code: eaje(published)[code] for code in mel.communes if code in eaje(published)}
    assert told == expected
    small = {code for code in mel.communes if census(published)[code]["P19_POP"] < 10_000}
    assert {code for code, _, status, _ in rows if status == "non calculable"} == small
    assert all("10 000 habitants" in reason for code, _, _, reason in rows if code in small)


@pytest.mark.parametrize("name", ["roubaix", "mel"])
def test_the_gini_index_of_places_is_that_of_the_published_files(
    name: str, computed: Callable[[str], Computed], published: Path
) -> None:
    # The mean gap between two children's quarters, over twice the mean: no curve is drawn here.
    place = computed(name)
    places = shared(place, published)
    counts = children(published, places)
    gaps = sum(abs(places[a] * counts[b] - places[b] * counts[a]) for a in places for b in places)
    total = sum(counts.values())
    ((value, low, high, completeness),) = place.rows(
        "select valeur, borne_basse, borne_haute, completude_pct from ecart.indicateurs "
        "where indicateur_id = 'EQU01' and declinaison = 'indice de Gini, places EAJE'"
    )
    assert value == pytest.approx(gaps / (2 * total * sum(places.values())), abs=1e-6)
    assert low <= value <= high
    everyone = sum(children(published, place.communes).values())
    assert completeness == pytest.approx(100 * total / everyone)


@pytest.mark.parametrize("name", ["roubaix", "mel"])
def test_three_districts_come_first_in_each_draw_so_their_probabilities_sum_to_300(
    name: str, computed: Callable[[str], Computed]
) -> None:
    place = computed(name)
    rows = place.rows(
        "select valeur, numerateur, denominateur, borne_basse, borne_haute, motif "
        "from ecart.indicateurs where indicateur_id = 'PRI01'"
    )
    assert sum(row[0] for row in rows) == pytest.approx(300)
    for value, first, draws, low, high, reason in rows:
        assert value == pytest.approx(100 * first / draws)
        assert 0 <= low <= value <= high <= 100
        # No IRIS has a point: the priority is told without the criterion that needs them.
        assert "Critères absents : accessibilité." in reason
    held = place.rows(
        "select sum(probabilite_pct) from ecart.sensibilite group by hypothese, modalite"
    )
    assert [total for (total,) in held] == pytest.approx([300] * len(held))
    assert len(held) > 1


@pytest.mark.parametrize("name", ["roubaix", "mel"])
def test_the_most_probable_district_is_less_covered_and_more_in_need_than_most(
    name: str, computed: Callable[[str], Computed], published: Path
) -> None:
    place = computed(name)
    ((first, need),) = place.rows(
        "select priorite.territoire_id, besoin.valeur from ecart.indicateurs as priorite "
        "join ecart.indicateurs as besoin using (territoire_id) "
        "where priorite.indicateur_id = 'PRI01' and besoin.indicateur_id = 'BES04' "
        "order by priorite.valeur desc limit 1"
    )
    places = shared(place, published)
    counts = children(published, places)
    mean = sum(places.values()) / sum(counts.values())
    assert places[first] / counts[first] < mean
    # The index of need is in standard deviations from the mean of the districts.
    assert need > 0


def test_without_the_points_of_the_iris_accessibility_says_which_file_has_them(
    place: Computed,
) -> None:
    rows = place.rows(
        "select valeur, statut, motif from ecart.indicateurs where indicateur_id = 'PE05'"
    )
    assert rows != []
    for value, status, reason in rows:
        assert (value, status) == (None, "non calculable")
        assert "iris_centroides.csv" in reason


def test_communes_without_iris_say_what_they_lack_of_each_new_indicator(
    computed: Callable[[str], Computed],
) -> None:
    weppes = computed("weppes")
    rows = weppes.rows(
        "select indicateur_id, niveau, valeur, statut, motif from ecart.indicateurs "
        "where indicateur_id in ('PE03', 'BES04', 'PRI01')"
    )
    lacking = {"PE03": "10 000 habitants", "BES04": "niveau district", "PRI01": "niveau district"}
    assert sorted((name, level) for name, level, *_ in rows) == sorted(
        [("PE03", "commune")] * 5 + [("BES04", "territoire"), ("PRI01", "territoire")]
    )
    for name, _, value, status, reason in rows:
        assert (value, status) == (None, "non calculable")
        assert lacking[name] in reason


def test_without_a_plan_the_follow_up_says_which_file_is_missing(place: Computed) -> None:
    rows = place.rows(
        "select indicateur_id, niveau, valeur, statut, motif from ecart.indicateurs "
        "where indicateur_id like 'GOV%'"
    )
    levels = {(name, level) for name in FOLLOW_UP for level in ("commune", "territoire")}
    assert {(name, level) for name, level, *_ in rows} == levels
    for name, _, value, status, reason in rows:
        assert (value, status) == (None, "non calculable")
        assert FOLLOW_UP[name] in reason
        assert "realisations.csv" in reason


def test_each_value_that_stands_has_lines_behind_it(place: Computed) -> None:
    key = "indicateur_id, declinaison, territoire_id, millesime, edition"
    bare = place.rows(
        f"select {key} from ecart.indicateurs anti join "
        f"(select {key} from referentiel.lignage where nombre_lignes > 0) using ({key}) "
        "where valeur is not null"
    )
    assert bare == []
    assert place.one("select count(*) from ecart.indicateurs where valeur is not null") > 0
