"""Each nature of change, told of two publications of a few rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import dictionary, evolutions
from pipelines.evolutions import NATURES, SCHEMA, Publication, explain, told

MADE = datetime(2026, 3, 2, 6, 4)
FAMILIES, CAF = "insee/familles.csv", "caf/allocataires.csv"
ONE, OTHER = "5900901", "5900902"
Rows = Sequence[Mapping[str, Any]]

TYPES: dict[str, dict[str, Any]] = {
    "values": {
        "indicateur_id": pl.String, "declinaison": pl.String, "territoire_id": pl.String,
        "niveau": pl.String, "millesime": pl.Int64, "edition": pl.String, "valeur": pl.Float64,
        "borne_basse": pl.Float64, "borne_haute": pl.Float64, "statut": pl.String,
        "motif": pl.String, "sources": pl.String,
    },
    "sources": {
        "source_id": pl.String, "jeu": pl.String, "millesime": pl.Int64, "edition": pl.String,
    },
    "tables": {"objet": pl.String, "source_id": pl.String},
    "lines": {
        "objet": pl.String, "source_id": pl.String, "ligne": pl.Int64, "empreinte": pl.String,
    },
    "lineage": {
        "indicateur_id": pl.String, "declinaison": pl.String, "territoire_id": pl.String,
        "millesime": pl.Int64, "edition": pl.String, "source_id": pl.String, "objet": pl.String,
        "lignes": pl.String,
    },
    "rules": {
        "modele": pl.String, "empreinte": pl.String, "parametres": pl.List(pl.String),
        "amont": pl.List(pl.String), "tables_lues": pl.List(pl.String),
    },
    "indicators": {"indicateur_id": pl.String, "modele": pl.String},
    "places": {"territoire_id": pl.String, "composition": pl.String},
}  # fmt: skip


def value(number: float | None = 30.0, **cells: Any) -> dict[str, Any]:
    """A value of BES02 in one district, from the lines 2 and 3 of the families of 2019."""
    return {
        "indicateur_id": "BES02", "declinaison": "ensemble", "territoire_id": ONE,
        "niveau": "district", "millesime": 2019, "edition": "RP 2019", "valeur": number,
        "borne_basse": None, "borne_haute": None,
        "statut": "calculé" if number is not None else "non calculable",
        "motif": None, "sources": FAMILIES,
    } | cells  # fmt: skip


def without_source(**cells: Any) -> dict[str, Any]:
    """The row of a value whose source is not there."""
    return value(None, millesime=2021, edition="sans source", sources="aucune") | cells


def publication(values: Rows, **tables: Rows) -> Publication:
    """A publication of these values; what is not given is as it always is."""
    usual: dict[str, Rows] = {
        "sources": [source(FAMILIES)],
        "lines": lines(FAMILIES, "abcd"),
        "lineage": [
            {name: row[name] for name in evolutions.KEY}
            | {"source_id": file, "objet": "familles", "lignes": "2-3"}
            for row in values
            for file in row["sources"].split(" ; ")
            if file != "aucune"
        ],
        "rules": [
            rule("stg_familles"),
            rule("ind_bes02", amont=["stg_familles", "ind_bes02"]),
        ],
        "indicators": [{"indicateur_id": "BES02", "modele": "ind_bes02"}],
        "places": [
            {"territoire_id": ONE, "composition": "590090101 590090102"},
            {"territoire_id": OTHER, "composition": "590090201"},
        ],
    }
    frames = {
        name: pl.DataFrame(list(rows), schema=TYPES[name], orient="row")
        for name, rows in ({"values": values} | usual | tables).items()
    }
    frames["tables"] = frames["lines"].select("objet", "source_id").unique()
    return Publication(**frames, made=MADE)


def source(name: str, jeu: str = "familles", year: int = 2019, **cells: Any) -> dict[str, Any]:
    return {"source_id": name, "jeu": jeu, "millesime": year, "edition": f"RP {year}"} | cells


def lines(name: str, marks: str, table: str = "familles") -> list[dict[str, Any]]:
    """The lines of a file, from the second one, each with its fingerprint of one letter."""
    return [
        {"objet": table, "source_id": name, "ligne": number, "empreinte": mark}
        for number, mark in enumerate(marks, start=2)
    ]


def rule(name: str, code: str = "x", **cells: Any) -> dict[str, Any]:
    return {
        "modele": name, "empreinte": code, "parametres": ["effet_de_sondage = 2"],
        "amont": [name], "tables_lues": ["familles", "communes"],
    } | cells  # fmt: skip


def only(before: Publication, after: Publication) -> dict[str, Any]:
    """The one change from one publication to the next."""
    found = explain(before, after)
    assert found.height == 1, found
    return found.row(0, named=True)


def test_a_publication_that_is_the_same_has_no_change() -> None:
    one = publication([value(), value(31.0, territoire_id=OTHER), without_source(declinaison="x")])
    assert explain(one, one).is_empty()
    assert told(explain(one, one), MADE) == (
        "Aucune valeur n'a changé depuis la publication du 02/03/2026 à 06:04 (temps universel)."
    )


def test_a_value_that_stays_has_no_row_whatever_changes_around_it() -> None:
    after = publication(
        [value()], lines=lines(FAMILIES, "zbcd"), rules=[rule("ind_bes02", code="autre")]
    )
    assert explain(publication([value()]), after).is_empty()


def test_the_last_digits_of_a_sum_are_not_a_change() -> None:
    assert explain(publication([value(0.1 + 0.2)]), publication([value(0.3)])).is_empty()


def test_a_bound_alone_that_moved_is_a_change() -> None:
    change = only(publication([value(borne_haute=40.0)]), publication([value(borne_haute=41.0)]))
    assert (change["valeur_avant"], change["difference"]) == (30.0, 0.0)
    assert (change["borne_haute_avant"], change["borne_haute_apres"]) == (40.0, 41.0)


def test_nothing_before_means_no_row_and_says_so() -> None:
    found = explain(None, publication([value()]))
    assert found.is_empty()
    assert dict(found.schema) == SCHEMA
    assert "rien ne dit ce qui a changé" in told(found, None)


def test_a_corrected_line_is_named_with_its_file() -> None:
    # Lines 2, 3, 4, 5 hold a, b, c, d; line 3 becomes z. The value reads the lines 2 and 3.
    change = only(publication([value()]), publication([value(32.0)], lines=lines(FAMILIES, "azcd")))
    assert change["nature"] == "ligne corrigée"
    assert change["cause"] == "Ligne corrigée : insee/familles.csv, ligne(s) 3."
    assert (change["valeur_avant"], change["valeur_apres"], change["difference"]) == (30, 32, 2)
    assert change["publication_precedente"] == MADE


def test_a_line_that_only_moved_down_is_not_corrected() -> None:
    # A new first line, n, pushes the others: only the line 2 is new.
    change = only(
        publication([value()]), publication([value(32.0)], lines=lines(FAMILIES, "nabcd"))
    )
    assert change["cause"] == "Ligne corrigée : insee/familles.csv, ligne(s) 2."


def test_a_line_that_went_is_named_by_its_former_number() -> None:
    change = only(publication([value()]), publication([value(28.0)], lines=lines(FAMILIES, "acd")))
    assert change["cause"] == (
        "Ligne corrigée : insee/familles.csv, ligne(s) retirée(s), 3 auparavant."
    )


def test_one_of_two_same_lines_that_went_is_missed() -> None:
    change = only(
        publication([value()], lines=lines(FAMILIES, "aacd")),
        publication([value(28.0)], lines=lines(FAMILIES, "acd")),
    )
    assert change["nature"] == "ligne corrigée"


def test_a_line_of_elsewhere_is_a_cause_only_when_nothing_nearer_changed() -> None:
    # Line 5 is not behind the value, but its indicator reads the file.
    far = only(publication([value()]), publication([value(32.0)], lines=lines(FAMILIES, "abcz")))
    assert far["cause"] == "Ligne corrigée : insee/familles.csv, ligne(s) 5."
    near = only(publication([value()]), publication([value(32.0)], lines=lines(FAMILIES, "zbcz")))
    assert near["cause"] == "Ligne corrigée : insee/familles.csv, ligne(s) 2."


def test_a_file_that_the_value_does_not_cite_is_a_cause_when_its_indicator_reads_it() -> None:
    passage = "insee/communes.csv"
    both = [source(FAMILIES), source(passage, "communes")]
    table = lines(FAMILIES, "abcd")
    change = only(
        publication([value()], sources=both, lines=table + lines(passage, "m", "communes")),
        publication([value(32.0)], sources=both, lines=table + lines(passage, "n", "communes")),
    )
    assert change["cause"] == "Ligne corrigée : insee/communes.csv, ligne(s) 2."


def test_a_file_given_another_name_is_the_same_file() -> None:
    renamed = "insee/familles_2019.csv"
    after = publication(
        [value(32.0, sources=renamed)],
        sources=[source(renamed)],
        lines=lines(renamed, "azcd"),
    )
    change = only(publication([value()]), after)
    assert change["cause"] == "Ligne corrigée : insee/familles_2019.csv, ligne(s) 3."


def test_a_revised_edition_is_told_for_the_same_year() -> None:
    after = publication(
        [value(32.0, edition="RP 2019 révisé")],
        sources=[source(FAMILIES, edition="RP 2019 révisé")],
        lines=lines(FAMILIES, "wxyz"),
    )
    change = only(publication([value()]), after)
    assert change["nature"] == "édition révisée"
    assert change["cause"] == (
        "Édition révisée : insee/familles.csv, « RP 2019 révisé » après « RP 2019 »."
    )
    assert (change["edition"], change["valeur_avant"]) == ("RP 2019 révisé", 30)


def test_a_new_year_is_compared_with_the_last_one_before_it() -> None:
    newer = "insee/familles_2020.csv"
    before = publication([value(29.0, millesime=2018, edition="RP 2018"), value()])
    after = publication(
        [
            value(29.0, millesime=2018, edition="RP 2018"),
            value(),
            value(33.0, millesime=2020, edition="RP 2020", sources=newer),
        ],
        sources=[source(FAMILIES), source(newer, year=2020)],
        lines=lines(FAMILIES, "abcd") + lines(newer, "efgh"),
    )
    change = only(before, after)
    assert change["nature"] == "nouveau millésime"
    assert (change["millesime"], change["valeur_avant"], change["valeur_apres"]) == (2020, 30, 33)
    assert change["cause"] == "Nouveau millésime : 2020 (insee/familles_2020.csv), après 2019."


def test_a_denominator_of_a_new_year_moves_a_value_of_its_own_year() -> None:
    newer = "insee/familles_2020.csv"
    after = publication(
        [value(32.0, edition="RP 2020", sources=newer)],
        sources=[source(newer, year=2020)],
        lines=lines(newer, "efgh"),
    )
    change = only(publication([value()]), after)
    assert change["nature"] == "nouveau millésime"
    assert "« RP 2020 » après « RP 2019 »" in change["cause"]


def test_a_source_that_comes_makes_a_value_of_what_had_none() -> None:
    before = publication([without_source()], sources=[], lines=[])
    change = only(before, publication([value()]))
    assert change["nature"] == "source ajoutée"
    assert change["cause"] == "Source ajoutée : insee/familles.csv."
    assert (change["statut_avant"], change["statut_apres"]) == ("non calculable", "calculé")
    assert (change["valeur_avant"], change["millesime"]) == (None, 2019)


def test_a_source_that_goes_leaves_each_of_its_values_without_one() -> None:
    both = [value(), value(29.0, millesime=2018, edition="RP 2018")]
    after = publication([without_source()], sources=[], lines=[])
    found = explain(publication(both), after)
    assert found["millesime"].to_list() == [2018, 2019]
    assert found["nature"].to_list() == ["source retirée", "source retirée"]
    assert found["statut_apres"].to_list() == ["non calculable", "non calculable"]
    assert found["valeur_apres"].to_list() == [None, None]


def test_a_year_that_is_no_longer_there_is_a_source_that_went() -> None:
    older = "insee/familles_2018.csv"
    past = value(29.0, millesime=2018, edition="RP 2018", sources=older)
    before = publication(
        [value(), past],
        sources=[source(FAMILIES), source(older, year=2018)],
        lines=lines(FAMILIES, "abcd") + lines(older, "efgh"),
    )
    change = only(before, publication([value()]))
    assert (change["nature"], change["millesime"]) == ("source retirée", 2018)
    assert change["statut_apres"] is None


def test_a_changed_rule_is_named_with_its_model() -> None:
    after = publication(
        [value(32.0)],
        rules=[
            rule("stg_familles", code="y"),
            rule("ind_bes02", amont=["stg_familles", "ind_bes02"]),
            rule("ind_autre", code="y"),
        ],
    )
    change = only(publication([value()]), after)
    assert change["nature"] == "règle modifiée"
    assert change["cause"] == "Règle modifiée : modèle(s) stg_familles."


def test_a_changed_parameter_is_named_with_both_its_values() -> None:
    path = ["stg_familles", "ind_bes02"]
    after = publication(
        [value(32.0)],
        rules=[
            rule("stg_familles", parametres=[]),
            rule("ind_bes02", amont=path, parametres=["effet_de_sondage = 3"]),
        ],
    )
    assert only(publication([value()]), after)["cause"] == (
        "Règle modifiée : paramètre effet_de_sondage = 3 (auparavant 2)."
    )


def test_an_indicator_that_comes_or_goes_is_told_so_and_nothing_else() -> None:
    none = publication([], indicators=[], lines=lines(FAMILIES, "z"))
    came, went = only(none, publication([value()])), only(publication([value()]), none)
    assert (came["nature"], came["valeur_apres"]) == ("indicateur ajouté", 30)
    assert (went["nature"], went["valeur_avant"]) == ("indicateur retiré", 30)
    assert went["cause"] == "Indicateur retiré : BES02."


def test_a_territory_that_comes_or_goes_or_changes_is_told_so() -> None:
    without = publication([], places=[{"territoire_id": OTHER, "composition": "590090201"}])
    assert only(without, publication([value()]))["nature"] == "territoire ajouté"
    assert only(publication([value()]), without)["nature"] == "territoire retiré"
    smaller = publication(
        [value(31.0)], places=[{"territoire_id": ONE, "composition": "590090101"}]
    )
    assert only(publication([value()]), smaller)["nature"] == "territoire modifié"


def test_several_causes_are_all_told_and_the_first_gives_its_nature() -> None:
    after = publication(
        [value(32.0)],
        lines=lines(FAMILIES, "azcd"),
        rules=[
            rule("stg_familles"),
            rule("ind_bes02", code="y", amont=["stg_familles", "ind_bes02"]),
        ],
    )
    change = only(publication([value()]), after)
    assert change["nature"] == "ligne corrigée"
    assert change["cause"] == (
        "Ligne corrigée : insee/familles.csv, ligne(s) 3. Règle modifiée : modèle(s) ind_bes02."
    )


def test_a_change_that_nothing_explains_is_not_explained_away() -> None:
    change = only(publication([value()]), publication([value(32.0)]))
    assert change["nature"] == "inexpliquée"


def test_the_sentence_counts_the_changes_by_nature() -> None:
    before = publication([value(), value(31.0, territoire_id=OTHER)])
    after = publication(
        [value(32.0), value(33.0, territoire_id=OTHER)], lines=lines(FAMILIES, "azcd")
    )
    assert told(explain(before, after), MADE) == (
        "2 valeurs ont changé depuis la publication du 02/03/2026 à 06:04 (temps universel) : "
        "2 ligne corrigée (BES02)."
    )


def test_the_natures_are_those_of_the_dictionary_in_its_order() -> None:
    table = next(table for table in dictionary.tables() if table.full_name == evolutions.TABLE)
    nature = next(column for column in table.columns if column.name == "nature")
    assert nature.values == NATURES
    assert [column.name for column in table.columns] == list(SCHEMA)


@pytest.mark.parametrize("content", ["absent", "empty", "other tables", "not a database"])
def test_a_file_that_cannot_be_compared_is_no_publication(content: str, tmp_path: Path) -> None:
    file = tmp_path / "observatoire.duckdb"
    if content == "empty":
        file.write_bytes(b"")
    elif content == "not a database":
        file.write_bytes(b"x" * 50_000)
    elif content == "other tables":
        with duckdb.connect(str(file)) as connection:
            connection.execute("create schema referentiel")
            connection.execute(
                "create table referentiel.publication as select timestamp '2026-01-01' as publie_le"
            )
    assert evolutions.last(file) is None


@given(st.sets(st.integers(min_value=1, max_value=60)))
def test_ranges_of_lines_are_read_back_as_they_were(found: set[int]) -> None:
    text = evolutions._ranges(found)
    assert evolutions.numbers(text) == found
    assert text.count(",") < max(1, len(found))


def test_a_list_of_lines_that_is_cut_gives_those_that_it_has() -> None:
    assert evolutions.numbers("2-4, 7, … (50501 lignes en tout)") == {2, 3, 4, 7}
