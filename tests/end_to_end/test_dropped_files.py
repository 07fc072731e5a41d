"""What people put in sources/, and what a refresh makes of it: taken, set aside, refused."""

import json
import random
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from pipelines.definitions import defs
from pipelines.diagnostic.chapters import offre
from pipelines.diagnostic.published import opened
from pipelines.settings import ROOT
from pipelines.sources import seal
from tests.conftest import Refreshed, Workplace
from tests.end_to_end.conftest import instance_of, put_back, replace, tables
from tests.faults import Refreshes
from tests.mutations import ways_of

pytestmark = pytest.mark.long(minutes=1.2)

INCOME = "insee/BASE_TD_FILO_DISP_IRIS_2019.csv"
# What would be SQL, a template, a command or a page, where a name or a value is more than a text.
REVISED = "revenus'); drop table brut.insee_population; --<img src=x> (1).csv"
SHOPPING = 'liste "{{ nulle.part }}" $(false).csv'
SHOP_HEADING = "pain'); drop schema brut cascade; --;beurre\" from x; {{ 1/0 }}"
HOSTILE = "x'); drop table offre.services; --\"{{ 1/0 }} =1+1 <script>1</script>"
EVENTS = """\
2022-03-10;LIL-A01;ouverture;4;;Procès-verbal d'ouverture;
2022-05-20;cotech_mai;réunion tenue;;;Compte rendu;
2022-06-15;;point de situation;;;Tableau de suivi;
"""

# Made up, in the layout of the Cnaf's portal: no rate of the Nord nor of France is in the sources.
DEPARTMENTS = """\
annee;numdep;nomdep;numregi;nomregi;txcouv_psu_col_dep;txcouv_hors_psu_col_dep;txcouv_eaje_dep;\
txcouv_prescol_dep;txcouv_am_ind_dep;txcouv_gad_ind_dep;txcouv_ind_dep;txcouv_dep
2022;59;NORD;32;HAUTS-DE-FRANCE;13.5;4.5;18.0;6.0;32.0;1.0;33.0;57.0
2019;59;NORD;32;HAUTS-DE-FRANCE;12.5;3.5;16.0;7.0;35.0;1.0;36.0;59.0
2019;62;PAS-DE-CALAIS;32;HAUTS-DE-FRANCE;10.0;2.0;12.0;8.0;38.0;1.0;39.0;59.0
"""
NATION = """\
annee;national;txcouv_psu_nat;txcouv_hors_psu_col_nat;txcouv_eaje_nat;txcouv_prescol_nat;\
txcouv_am_nat;txcouv_gad_nat;txcouv_ind_nat;txcouv_nat
2022-12-31;FRANCE ENTIERE HORS MAYOTTE;14,5;7,0;21,5;3,5;29,0;2,0;31,0;56,0
2019-12-31;FRANCE ENTIERE HORS MAYOTTE;14,0;6,5;20,5;4,0;32,5;2,0;34,5;59,0
"""


@pytest.fixture(scope="module")
def bad_line(place: Workplace) -> int:
    """One refresh after a busy month; returns the number of the bad row in the Caf's file of 2020.

    A bad row in one file, the Caf's file filled, what was opened and held, a revised edition of the
    incomes, the Cnaf's rates of the Nord and of France, and a file of something else. What these
    files are called and say is hostile.
    """
    file = place.sources / "caf" / "data_CAF_2020_IRIS.csv"
    lines = file.read_bytes().decode("utf-8").split("\r\n")
    number = next(i for i, line in enumerate(lines) if line.startswith("593500205;0;"))
    cells = lines[number].split(";")
    cells[2] = "douze"
    lines[number] = ";".join(cells)
    file.write_bytes("\r\n".join(lines).encode("utf-8"))
    sidecar = file.with_name(file.name + ".fiche.yml")
    text = sidecar.read_text("utf-8")
    sidecar.write_text(text[: text.index("chiffres_de_controle")] + "chiffres_de_controle: []\n")
    seal(file)
    with (place.sources / "caf" / "cej_2019.csv").open("a", encoding="utf-8") as stream:
        stream.write("59298;commune;2019;12;petite enfance;Places EAJE;0;2;places;publié;124\n")
        stream.write("59355;commune;2019;12;petite enfance;Places EAJE;0;2;places;secret;\n")
        stream.write("59355;commune;2019;12;petite enfance;Heures;0;2;heures;publié;beaucoup\n")
    events = place.sources / "conventions" / "lille-2021" / "realisations.csv"
    heading = events.read_text("utf-8").splitlines()[0]
    events.write_text(f"{heading}\n{EVENTS}", "utf-8")
    published = (ROOT / "sources" / INCOME).read_text("utf-8-sig")
    # One IRIS of Fives: its rate goes from the published one to 0.
    line = next(line for line in published.splitlines() if line.startswith("593501001;"))
    cells = line.split(";")
    revised = published.replace(line, ";".join([*cells[:4], "0,0", *cells[5:]]))
    (place.sources / REVISED).write_text(revised, "utf-8")
    (place.sources / SHOPPING).write_text(f"{SHOP_HEADING}\n1;2\n", "utf-8")
    (place.sources / "txcouv_pe_dep.csv").write_text(DEPARTMENTS, "utf-8")
    (place.sources / "txcouv_pe_nat.csv").write_text(NATION, "utf-8")
    registry = place.sources / "conventions" / "lille-2021" / "registre.csv"
    quoted = HOSTILE.replace('"', '""')
    replace(registry, "Multi-accueil Marie-Curie", f'"{quoted}"')
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    put_back(place)
    return number + 1


def test_a_bad_row_is_set_aside_with_its_reason_and_the_refresh_goes_on(
    refreshed: Refreshed, place: Workplace, bad_line: int
) -> None:
    after = tables(place.published)
    rejected = after["qualite.rejets"].to_dicts()
    assert ("caf/data_CAF_2020_IRIS.csv", bad_line, "A", "douze") in [
        (r["source_id"], r["ligne"], r["colonne"], r["valeur"]) for r in rejected
    ]
    before = tables(refreshed.place.published)["besoin.allocataires"]
    masked = pl.col("iris_masques").filter(
        (pl.col("territoire_id") == "5935002")
        & (pl.col("millesime") == 2020)
        & (pl.col("mesure") == "foyers allocataires")
    )
    assert after["besoin.allocataires"].select(masked).item() == before.select(masked).item() + 1, (
        "a row set aside is as unknown as a masked one"
    )


@pytest.mark.usefixtures("bad_line")
def test_the_caf_file_is_taken_when_it_arrives(place: Workplace) -> None:
    published = tables(place.published)
    rows = published["besoin.statistiques_cej"].sort("territoire_id").to_dicts()
    assert [(r["territoire_id"], r["statut"], r["valeur"]) for r in rows] == [
        ("59298", "publié", 124.0),
        ("59355", "secret", None),
    ]
    # A secret could be read in a line of the Caf that is set aside: what it holds is not said.
    assert sorted(published["qualite.rejets"]["valeur"]) == ["douze", "non publiée"]
    controls = published["qualite.controles"]["message"].drop_nulls()
    assert not controls.str.contains("beaucoup").any()
    prints = published["referentiel.empreintes"].filter(objet="caf_cej").sort("ligne")
    assert [mark == "secret" for mark in prints["empreinte"]] == [False, True]


@pytest.mark.usefixtures("bad_line")
def test_what_the_analysts_write_is_what_the_follow_up_tells(place: Workplace) -> None:
    # On 15 June 2022 in Lille: six actions are of 2021 (LIL-A01 to A04, A09, A11), one open with
    # 4 of the 4 + 14 + 20 + 20 places, three months after the year; of the meetings, three of 2021
    # and that of May 2022 were due, and one was held.
    found = {
        row["indicateur_id"]: (row["numerateur"], row["denominateur"], row["statut"])
        for row in tables(place.published)["ecart.indicateurs"].to_dicts()
        if row["indicateur_id"].startswith("GOV") and row["territoire_id"] == "59350-LILLE"
    }
    assert found == {
        "GOV01": (1, 6, "calculé"),
        "GOV02": (4, 58, "calculé"),
        "GOV03": (3, 1, "calculé"),
        "GOV04": (1, 4, "calculé"),
    }


@pytest.mark.usefixtures("bad_line")
def test_a_revised_edition_stands_beside_the_one_it_revises_and_an_unknown_file_is_told(
    refreshed: Refreshed, place: Workplace
) -> None:
    rates = (
        "select edition, round(valeur, 6) from ecart.indicateurs where indicateur_id = 'BES03' "
        "and millesime = 2019 and territoire_id = '5935010' order by edition"
    )
    with (
        duckdb.connect(str(refreshed.place.published), read_only=True) as before,
        duckdb.connect(str(place.published), read_only=True) as after,
    ):
        ((first_edition, first_rate),) = before.execute(rates).fetchall()
        found = dict(after.execute(rates).fetchall())
        assert len(found) == 2
        assert found.pop(first_edition) == first_rate, "the edition that was there does not move"
        ((edition, rate),) = found.items()
        assert edition.startswith("édition déposée ")
        assert rate < first_rate
        (state,) = after.execute(
            "select etat from referentiel.sources where source_id = ?", [REVISED]
        ).fetchall()
        assert state == ("déposé",)
        ((status, message),) = after.execute(
            "select statut, message from qualite.controles where controle = 'reconnaissance'"
        ).fetchall()
    assert status == "averti"
    assert SHOPPING in message
    assert f"{REVISED} : reconnu (insee_filosofi, millésime 2019)" in message


@pytest.mark.usefixtures("bad_line")
def test_the_rates_of_the_nord_and_of_france_are_told_as_they_are_dropped(place: Workplace) -> None:
    published = tables(place.published)
    told = published["ecart.indicateurs"].filter(indicateur_id="PE01", niveau="référence")
    assert set(told["statut"]) == {"publié"}
    assert set(told["unite"]) == {"places pour 100 enfants de moins de 3 ans"}
    found = {
        (row["territoire_id"], row["millesime"]): (row["valeur"], row["motif"], row["sources"])
        for row in told.filter(declinaison="ensemble").to_dicts()
    }
    nord = "Publié par la Cnaf pour : NORD."
    france = "Publié par la Cnaf pour : FRANCE ENTIERE HORS MAYOTTE."
    assert found == {
        ("59", 2019): (59.0, nord, "txcouv_pe_dep.csv"),
        ("59", 2022): (57.0, nord, "txcouv_pe_dep.csv"),
        ("F", 2019): (59.0, france, "txcouv_pe_nat.csv"),
        ("F", 2022): (56.0, france, "txcouv_pe_nat.csv"),
    }
    assert told.height == 2 * 2 * 8, "each of the two, in two years, by eight modes and sums"
    lines = {
        (row["territoire_id"], row["millesime"]): row["lignes"]
        for row in published["referentiel.lignage"]
        .filter(
            pl.col("territoire_id").is_in(["59", "F"]), indicateur_id="PE01", declinaison="ensemble"
        )
        .to_dicts()
    }
    assert lines == {("59", 2022): "2", ("59", 2019): "3", ("F", 2022): "2", ("F", 2019): "3"}


@pytest.mark.usefixtures("bad_line")
def test_what_a_district_lacks_of_a_published_rate_is_that_rate_of_its_children_less_its_places(
    place: Workplace,
) -> None:
    published = tables(place.published)
    children = published["besoin.population"].filter(
        territoire_id="5935001", tranche_age="0-2 ans", millesime=2019
    )["personnes"]
    # Eight establishments of unknown capacity, of the 50 that are left for 2 372 − 378 places.
    places = 8 * (2372 - 378) / 50
    gaps = {
        row["declinaison"]: (row["valeur"], row["sources"].split(" ; ")[-1])
        for row in published["ecart.indicateurs"]
        .filter(indicateur_id="PE04", territoire_id="5935001")
        .to_dicts()
    }
    nord, france = 16.0 * children.item() / 100 - places, 20.5 * children.item() / 100 - places
    assert gaps["cible département"] == (pytest.approx(nord, abs=1e-4), "txcouv_pe_dep.csv")
    assert gaps["cible France"] == (pytest.approx(france, abs=1e-4), "txcouv_pe_nat.csv")


@pytest.mark.usefixtures("bad_line")
def test_the_page_sets_the_territory_beside_the_nord_and_france_in_the_last_year_of_all_three(
    place: Workplace,
) -> None:
    with opened(place.published) as publication:
        (modes, *_) = (
            section
            for section, _ in offre.chapter(publication).walk()
            if section.name == "offre-modes"
        )
    (figure,) = (figure for figure in modes.figures() if "comparé, 2022" in figure.title)
    bars = {row[0]: row[1:] for row in figure.table.rows}
    heads = [column.title for column in figure.table.columns[1:]]
    assert list(bars) == ["Lille, Hellemmes et Lomme", "Nord", "France"]
    assert dict(zip(heads, bars["Nord"], strict=True)) == {
        "EAJE financés par la PSU": "13,5",
        "EAJE hors PSU": "4,5",
        "assistantes maternelles": "32,0",
        "garde à domicile": "1,0",
        "préscolarisation": "6,0",
        "ensemble": "57,0",
    }
    (drawn,) = figure.chart.to_dict()["datasets"].values()
    rows = json.loads(drawn)
    assert {row["libelle"] for row in rows} == set(bars)
    # The bar of France: 14,5 + 7,0 + 29,0 + 2,0 + 3,5.
    france = [row["taux_couverture_pct"] for row in rows if row["libelle"] == "France"]
    assert sum(france) == pytest.approx(56.0)
    assert "Nord 57,0 ; France (FRANCE ENTIERE HORS MAYOTTE) 56,0" in figure.shows
    for level in ("[Communal]", "[Départemental]", "[National]"):
        assert level in figure.source
    assert not [block for block in modes.blocks if getattr(block, "kind", "") == "absence"]


@pytest.mark.usefixtures("bad_line")
def test_what_a_file_is_called_and_says_is_data_and_never_sql(
    refreshed: Refreshed, place: Workplace
) -> None:
    before, after = tables(refreshed.place.published), tables(place.published)
    assert after.keys() == before.keys()
    assert after["offre.services"].height == before["offre.services"].height
    assert after["besoin.population"].equals(before["besoin.population"])
    assert HOSTILE in after["offre.services"]["nom"].to_list()
    cited = after["ecart.indicateurs"].filter(pl.col("sources").str.contains(REVISED, literal=True))
    assert set(cited["indicateur_id"]) >= {"BES03"}
    lines = after["referentiel.lignage"].filter(source_id=REVISED)
    assert lines["nombre_lignes"].sum() > 0


def refused(refreshes: Refreshes) -> str:
    """What a refresh says that publishes nothing: the published file is as it was."""
    before = refreshes.place.published.read_bytes()
    running = refreshes.start("--sans-exports")
    assert running.wait() == 1, running.said
    assert "Traceback" not in running.said
    assert refreshes.place.published.read_bytes() == before
    return running.said


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "insee/base-ic-evol-struct-pop-2019.csv",
            "593500104;59350",
            "593500105;59350",
            ["base-ic-evol-struct-pop-2019.csv", "clé en double", "593500105"],
        ),
        (
            "conventions/lille-2021/corrections.csv",
            "LIL-122;nom;Canabis;",
            "LIL-122;nom;Cannabis;",
            ["Une correction n'attend pas la valeur", "LIL-122", "Cannabis", "Canabis"],
        ),
        (
            "conventions/lille-2021/territoire.yml",
            'id: "59298"',
            "id: vingt",
            ["territoire.yml", "communes.1.id"],
        ),
    ],
)
def test_a_broken_file_stops_the_refresh_and_the_published_file_stays(
    refreshes: Refreshes, sources: Path, name: str, old: str, new: str, expected: list[str]
) -> None:
    replace(sources / name, old, new)
    said = refused(refreshes)
    for words in expected:
        assert words in said


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "insee/base-ic-evol-struct-pop-2020_csv.zip",
            b"PK\x03\x04 coupe en chemin",
            ["base-ic-evol-struct-pop-2020_csv.zip", "tronquée", "télécharger"],
        ),
        (
            "caf/donnees_cej.csv",
            "territoire;niveau;annee;mois_reference;theme;libelle;age_min_ans;age_max_ans;unite;"
            "statut;valeur;courriel\n59298;commune;2019;12;enfants;Places;0;2;places;publié;12;"
            "jeanne@example.org\n".encode(),
            ["caf/donnees_cej.csv", "courriel", "RGPD"],
        ),
        (
            "conventions/lille-2021/scenarios_2023.csv",
            b"scenario;levier\nessai;cible\n",
            ["scenarios_2023.csv, en-tête : il y manque scenario_id", "en trop scenario"],
        ),
    ],
    ids=["truncated", "personal", "ledger"],
)
def test_a_dropped_file_that_cannot_be_taken_stops_the_refresh_with_one_message(
    place: Workplace, sources: Path, name: str, content: bytes, expected: list[str]
) -> None:
    before = place.published.read_bytes()
    (sources / name).write_bytes(content)
    done = place.refresh()
    assert done.returncode == 1
    for words in expected:
        assert words in done.stderr, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "jeanne" not in done.stdout + done.stderr
    assert place.published.read_bytes() == before


def test_an_extract_that_is_not_what_was_sealed_is_not_published(
    refreshes: Refreshes, sources: Path
) -> None:
    # A rate that no check figure tells: one IRIS, five points more.
    replace(
        sources / INCOME,
        "593500304;Cordonnier;59350;Lille;34,6",
        "593500304;Cordonnier;59350;Lille;39,6",
    )
    said = refused(refreshes)
    assert f"{INCOME}, empreinte : ce n'est plus, octet pour octet" in said
    assert f"python -m pipelines.sources sources/{INCOME}" in said


def test_damaged_files_give_a_sentence_or_a_publication_and_harm_nothing(
    place: Workplace, sources: Path, mutations: int
) -> None:
    """The whole command, for a few of what tests/pipelines/test_mutations.py gives to the entry."""
    if mutations < 100:
        pytest.skip("moins de --mutations 100 : le rafraîchissement entier n'est pas essayé")
    files = sorted(
        path
        for path in sources.rglob("*")
        if path.is_file()
        and (
            path.is_relative_to(sources / "conventions" / "lille-2021")
            or not path.is_relative_to(sources / "conventions")
        )
    )
    for rank in range(mutations // 50):
        rng = random.Random(f"entier {rank}")
        path = rng.choice(files)
        sound, before = path.read_bytes(), place.published.read_bytes()
        path.write_bytes(rng.choice(ways_of(path.name))(rng, sound))
        done = place.refresh()
        path.write_bytes(sound)
        said = f"{rank}, {path.name} : {done.stdout[-500:]}{done.stderr}"
        assert "Traceback" not in said, said
        assert "Erreur inattendue" not in said, said
        if done.returncode:
            assert "Remède : " in done.stderr, said
            assert place.published.read_bytes() == before, said
        with duckdb.connect(str(place.published), read_only=True) as connection:
            assert connection.execute("select count(*) from ecart.indicateurs").fetchone() != (0,)


def test_a_territory_that_no_file_covers_is_told_with_what_to_do(tmp_path: Path) -> None:
    roubaix = Workplace(tmp_path, ROOT / "sources", "roubaix")
    running = Refreshes(roubaix).start("--sans-exports")
    assert running.wait() == 1
    assert "n'a de ligne de ce territoire" in running.said
    assert "make fetch" in running.said
    assert not roubaix.published.exists()


def test_each_vintage_is_told_and_can_be_read_again_alone(place: Workplace) -> None:
    table, vintages = (dg.AssetKey([stage, "caf_allocataires"]) for stage in ("brut", "millesimes"))
    with instance_of(place) as instance:
        assert instance.get_materialized_partitions(vintages) == {"2019", "2020"}
        done = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=[vintages], partition_key="2020"
        )
        made = instance.get_latest_materialization_event(table)
    assert done.success
    assert made is not None
    assert made.run_id == done.run_id
    with duckdb.connect(str(place.build), read_only=True) as connection:
        rows = connection.execute(
            "select millesime, count(*) from brut.caf_allocataires group by all order by all"
        ).fetchall()
    assert rows == [(2019, 110), (2020, 110)]
