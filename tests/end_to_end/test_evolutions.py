"""What a publication says of the one before: the published file, altered as if it were earlier."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines import evolutions
from pipelines.evolutions import Publication
from tests.conftest import Refreshed

FAMILIES = "insee/base-ic-couples-familles-menages-2019.csv"
BES02 = "indicateur_id = 'BES02'"
CENTRE = f"{BES02} and territoire_id = '5935001'"
MOVED = "set valeur = valeur + 1, borne_haute = borne_haute + 1"

Since = Callable[..., pl.DataFrame]


@pytest.fixture(scope="module")
def now(refreshed: Refreshed) -> Publication:
    """What the build file of the shared refresh says."""
    with duckdb.connect(str(refreshed.place.build), read_only=True) as connection:
        return evolutions.read(connection)


@pytest.fixture
def since(refreshed: Refreshed, now: Publication, tmp_path: Path) -> Since:
    """What has changed since a publication that these statements make of the published file."""

    def compare(*statements: str) -> pl.DataFrame:
        file = Path(shutil.copy(refreshed.place.published, tmp_path / "observatoire.duckdb"))
        with duckdb.connect(str(file)) as connection:
            for statement in statements:
                connection.execute(statement)
        before = evolutions.last(file)
        assert before is not None
        whole = evolutions.explain(before, now)
        # A refresh compares them some at a time, and reads no more than what moved.
        with (
            duckdb.connect(str(refreshed.place.build), read_only=True) as build,
            evolutions.since(file, build, groups_at_once=7) as last,
        ):
            assert last is not None
            made, lots = last
            assert made == before.made
            assert_frame_equal(pl.concat([whole.clear(), *lots]), whole)
        return whole

    return compare


def test_the_first_publication_has_nothing_to_be_compared_with(
    refreshed: Refreshed, warehouse: duckdb.DuckDBPyConnection
) -> None:
    assert warehouse.execute("from qualite.evolutions").fetchall() == []
    (told,) = warehouse.execute("select ce_qui_a_change from referentiel.publication").fetchall()[0]
    assert told.startswith("Aucune publication précédente comparable")
    assert told in refreshed.output


def test_nothing_has_changed_since_the_same_publication(since: Since) -> None:
    assert since().is_empty()


def test_a_publication_of_another_version_of_the_tables_is_not_compared(
    refreshed: Refreshed, tmp_path: Path
) -> None:
    file = Path(shutil.copy(refreshed.place.published, tmp_path / "observatoire.duckdb"))
    with duckdb.connect(str(file)) as connection:
        connection.execute("alter table referentiel.modeles drop column parametres")
    assert evolutions.last(file) is None


def test_a_line_that_was_otherwise_explains_the_values_of_its_territories_only(
    since: Since,
) -> None:
    # Line 5 of the families is an IRIS of the district 5935001; its neighbour did not move.
    found = since(
        f"update ecart.indicateurs {MOVED} where {CENTRE}",
        f"update referentiel.empreintes set empreinte = 'autre' "
        f"where source_id = '{FAMILIES}' and ligne = 5",
    )
    assert found["territoire_id"].to_list() == ["5935001"]
    assert found["nature"].to_list() == ["ligne corrigée"]
    assert found["cause"].to_list() == [f"Ligne corrigée : {FAMILIES}, ligne(s) 5."]
    assert found["difference"].to_list() == pytest.approx([-1])


def test_another_edition_of_the_file_is_a_revised_edition(since: Since) -> None:
    found = since(
        f"update ecart.indicateurs {MOVED}, edition = 'RP 2019, provisoire' where {BES02}",
        f"update referentiel.lignage set edition = 'RP 2019, provisoire' where {BES02}",
        f"update referentiel.sources set edition = 'provisoire' where source_id = '{FAMILIES}'",
    )
    assert found.height == 20
    assert set(found["nature"]) == {"édition révisée"}
    assert all(FAMILIES in cause and "« provisoire »" in cause for cause in found["cause"])


def test_a_year_that_was_not_there_is_a_new_vintage(since: Since) -> None:
    found = since("delete from ecart.indicateurs where indicateur_id = 'PE01' and millesime = 2022")
    assert found.height == 8
    assert set(found["nature"]) == {"nouveau millésime"}
    whole = found.filter(pl.col("declinaison") == "ensemble")
    # As published by the Cnaf for 2021, in the table of rates.
    assert whole["valeur_avant"].to_list() == [66.5]


def test_a_rule_that_was_otherwise_explains_the_values_that_it_leads_to(since: Since) -> None:
    found = since(
        f"update ecart.indicateurs {MOVED} where {BES02}",
        "update referentiel.modeles set empreinte = 'autre' "
        "where modele in ('int_familles_territoires', 'ind_pe01')",
    )
    assert set(found["cause"]) == {"Règle modifiée : modèle(s) int_familles_territoires."}


def test_a_parameter_that_was_otherwise_is_named(since: Since) -> None:
    found = since(
        f"update ecart.indicateurs set borne_basse = borne_basse - 1 where {BES02}",
        "update referentiel.modeles set parametres = list_transform(parametres, "
        "lambda p: replace(p, 'effet_de_sondage = 2', 'effet_de_sondage = 3'))",
    )
    assert set(found["cause"]) == {
        "Règle modifiée : paramètre effet_de_sondage = 2 (auparavant 3)."
    }
    assert found["difference"].to_list() == pytest.approx([0] * 20)


def test_an_indicator_that_was_not_there_is_added(since: Since) -> None:
    found = since(
        f"delete from ecart.indicateurs where {BES02}",
        f"delete from referentiel.indicateurs where {BES02}",
    )
    assert set(found["indicateur_id"]) == {"BES02"}
    assert set(found["nature"]) == {"indicateur ajouté"}


def test_a_territory_that_was_not_there_is_added(since: Since) -> None:
    found = since(
        "delete from ecart.indicateurs where territoire_id = '5935001'",
        "delete from referentiel.territoires where territoire_id = '5935001'",
    )
    assert set(found["territoire_id"]) == {"5935001"}
    assert set(found["nature"]) == {"territoire ajouté"}


def test_a_source_that_was_not_there_is_added(since: Since) -> None:
    found = since(
        *(
            f"delete from referentiel.{table} where source_id = '{FAMILIES}'"
            for table in ("sources", "empreintes", "lignage")
        ),
        "update ecart.indicateurs set valeur = null, borne_basse = null, borne_haute = null, "
        "statut = 'non calculable', millesime = 2021, edition = 'sans source', "
        f"sources = 'aucune', motif = 'Sources absentes.' where sources = '{FAMILIES}'",
    )
    bes02 = found.filter(pl.col("indicateur_id") == "BES02")
    assert bes02.height == 20
    assert set(bes02["nature"]) == {"source ajoutée"}
    assert set(bes02["cause"]) == {f"Source ajoutée : {FAMILIES}."}
    assert set(bes02["statut_avant"]) == {"non calculable"}


def test_the_sentence_of_a_run_names_what_has_changed(since: Since, refreshed: Refreshed) -> None:
    found = since(f"update ecart.indicateurs {MOVED} where {CENTRE}")
    before = evolutions.last(refreshed.place.published)
    assert before is not None
    text = evolutions.told(found, before.made)
    assert text.startswith("1 valeur a changé depuis la publication du ")
    assert text.endswith(" : 1 inexpliquée (BES02).")
