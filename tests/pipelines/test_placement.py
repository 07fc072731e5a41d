"""A line of the registry is placed on evidence that can be checked, or not at all."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.addresses import normalise, parse, same_street, split
from pipelines.errors import SourceError
from pipelines.placement import ASKED, NATIONAL, PLACED, addresses_to_ask, place, read_national

ROOT = Path(__file__).parents[2]

# An invented ground: three squares of 1,4 km side by side, the third one in another commune.
WEST, EAST, BOROUGH = "5935001", "5935002", "5935024"
LABELS = {WEST: "Ouest", EAST: "Est", BOROUGH: "Bourg"}
COMMUNES = {"Lille": (WEST, EAST), "Hellemmes": (BOROUGH,)}
COMMUNE_IDS = {"Lille": "59350-LILLE", "Hellemmes": "59298"}
IN = {WEST: 3.01, EAST: 3.03, BOROUGH: 3.05, "nowhere": 3.20}
NEAR_THE_LIMIT = 3.0199  # 7 m from the east
LAT = 50.61

LEDGER = {
    "ligne_id": pl.String,
    "district_id": pl.String,
    "methode": pl.String,
    "preuve": pl.String,
    "iris": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "statut": pl.String,
}
SCHOOLS = {
    "numero_uai": pl.String,
    "appellation_officielle": pl.String,
    "patronyme_uai": pl.String,
    "adresse_uai": pl.String,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
    "localisation": pl.String,
    "etat_etablissement": pl.String,
}
GAZETTEER = {"adresse": pl.String, "source": pl.String, "lon": pl.Float64, "lat": pl.Float64}
REGISTRY = dict.fromkeys(("ligne_id", "commune", "nom", "adresse"), pl.String)
CORRECTIONS = dict.fromkeys(("ligne_id", "champ", "valeur_corrigee"), pl.String)


def outlines() -> pl.DataFrame:
    rows = []
    for rank, (district, label) in enumerate(LABELS.items()):
        west, east = 3.0 + 0.02 * rank, 3.02 + 0.02 * rank
        ring = [[west, 50.6], [east, 50.6], [east, 50.62], [west, 50.62], [west, 50.6]]
        rows.append((district, label, json.dumps({"type": "Polygon", "coordinates": [ring]})))
    return pl.DataFrame(rows, schema=["district_id", "libelle", "geometrie"], orient="row")


def located(address: str, where: str, lon: float | None = None) -> tuple[str, str, float, float]:
    return (address, "essai", IN[where] if lon is None else lon, LAT)


def school(
    name: str, address: str, where: str, *, precision: str = "Numéro de rue", state: str = "1"
) -> tuple[Any, ...]:
    title = f"Ecole maternelle {name}"
    return ("0590000A", title, name.upper(), address, LAT, IN[where], precision, state)


def by_hand(
    line: str, district: str, status: str = "attesté", where: str | None = None
) -> tuple[Any, ...]:
    point = (IN[where], LAT) if where else (None, None)
    return (line, district, "convention", "annexe 1", None, *point, status)


def answered(address: str, where: str, **changed: Any) -> dict[str, Any]:
    sound = {
        "ligne_id": "LIL-001",
        "rang": 1,
        "longitude": IN[where],
        "latitude": LAT,
        "result_label": f"{address} 59000 Lille",
        "result_score": 0.93,
        "result_type": "housenumber",
        "result_housenumber": address.split(maxsplit=1)[0],
        "result_name": address,
        "result_citycode": "59350",
        "result_oldcity": None,
    }
    return sound | changed


def placed(
    lines: Sequence[tuple[str, str, str, str | None]],
    *,
    corrections: Sequence[tuple[str, str, str]] = (),
    ledger: Sequence[tuple[Any, ...]] = (),
    schools: Sequence[tuple[Any, ...]] = (),
    gazetteer: Sequence[tuple[Any, ...]] = (),
    national: Sequence[dict[str, Any]] = (),
) -> pl.DataFrame:
    return place(
        pl.DataFrame(lines, schema=REGISTRY, orient="row"),
        pl.DataFrame(corrections, schema=CORRECTIONS, orient="row"),
        pl.DataFrame(ledger, schema=LEDGER, orient="row"),
        communes=COMMUNES,
        commune_ids=COMMUNE_IDS,
        schools=pl.DataFrame(schools, schema=SCHOOLS, orient="row"),
        gazetteer=pl.DataFrame(gazetteer, schema=GAZETTEER, orient="row"),
        national=pl.DataFrame(national, schema=NATIONAL, orient="row"),
        outlines=outlines(),
    )


def one(
    address: str | None, *, commune: str = "Lille", name: str = "Accueil", **known: Any
) -> dict[str, Any]:
    """The only row of the only line."""
    frame = placed([("LIL-001", commune, name, address)], **known)
    assert frame.height == 1
    return frame.row(0, named=True)


# What cannot be placed.


def test_a_street_that_bears_the_same_name_in_two_communes_is_looked_for_in_its_own() -> None:
    both = [located("9 rue Jean Jaurès", EAST), located("9 rue Jean Jaurès", BOROUGH)]
    assert one("9 rue Jean Jaurès", gazetteer=both)["district_id"] == EAST
    assert one("9 rue Jean Jaurès", commune="Hellemmes", gazetteer=both)["district_id"] == BOROUGH
    stray = one("9 rue Jean Jaurès", commune="Hellemmes", gazetteer=both[:1])
    assert stray["statut"] == "non placé"
    assert "Hellemmes" in stray["motif"]


def test_the_commune_that_counts_is_the_corrected_one() -> None:
    row = one(
        "60 rue Faidherbe",
        corrections=[("LIL-001", "commune", "Hellemmes")],
        gazetteer=[located("60 rue Faidherbe", BOROUGH)],
    )
    assert (row["district_id"], row["commune_id"]) == (BOROUGH, "59298")


@pytest.mark.parametrize("where", ["nowhere", BOROUGH])
def test_a_located_address_whose_point_is_outside_of_the_commune_places_nothing(where: str) -> None:
    row = one("2 rue Neuve", gazetteer=[located("2 rue Neuve", where)])
    assert (row["district_id"], row["statut"]) == (None, "non placé")


def test_without_any_source_no_line_is_placed_and_each_says_why() -> None:
    registry = pl.DataFrame(
        [("A", "Lille", "x", "2 rue Neuve"), ("B", "Lille", "y", None), ("C", "Lille", "z", "Ici")],
        schema=REGISTRY,
        orient="row",
    )
    nothing = pl.DataFrame()
    frame = place(
        registry,
        nothing,
        nothing,
        communes=COMMUNES,
        commune_ids=COMMUNE_IDS,
        schools=nothing,
        gazetteer=nothing,
        national=nothing,
        outlines=nothing,
    )
    assert frame["ligne_id"].to_list() == ["A", "B", "C"]
    assert frame["statut"].to_list() == ["non placé"] * 3
    unknown, missing, nameless = frame["motif"]
    assert unknown == "« 2 rue Neuve » : voie inconnue des adresses localisées de Lille"
    assert missing == "le registre n'imprime pas d'adresse"
    assert nameless == "« Ici » : aucune voie n'y est nommée"
    assert frame.schema == PLACED


def test_a_line_in_a_commune_that_the_territory_lacks_is_told() -> None:
    with pytest.raises(SourceError, match=r"ligne LIL-001 : la commune « Loos »"):
        one("2 rue Neuve", commune="Loos")


# What an address is.


@pytest.mark.parametrize("town", ["59000 Lille", "59160 Lille", "59260 Hellemmes", "| 75001 Paris"])
def test_a_wrong_postcode_changes_nothing(town: str) -> None:
    gazetteer = [located("60 rue du Port", WEST), located("60 rue du Port", BOROUGH)]
    printed = one("60 rue du Port", gazetteer=gazetteer)
    assert printed["district_id"] == WEST
    assert one(f"60 rue du Port, {town}", gazetteer=gazetteer) == printed


@pytest.mark.parametrize(
    ("one_print", "other_print"),
    [
        ("82 rue St Gabriel", "82 rue Saint-Gabriel"),
        ("12 bd de Metz", "12 Boulevard de Metz"),
        ("31 rue du Gal de Wett", "31 rue du général de wett"),
        ("194, rue du Vaisseau le Vengeur", "194 RUE DU VAISSEAU LE VENGEUR"),
        ("3 rue de l’Escaut", "3 rue l escaut"),
        ("2bis rue Neuve", "2 Bis, rue Neuve"),
        ("794 avenue de Dunkerque", "794 avenue de dunkerque bp 159"),
        ("6 bis boulevard de Metz", "6 bis boulevard de metz, square frederic chopin"),
        ("Résidence Belfort | 11 bis, rue Herriot", "11 bis rue Herriot"),
        ("32 rue du Cœur Joyeux", "32 rue du coeur joyeux"),
        ("rue Elie Petitprez (hors COVID)", "rue Élie Petitprez"),
    ],
)
def test_two_prints_of_one_address_are_one(one_print: str, other_print: str) -> None:
    first, second = parse(one_print), parse(other_print)
    assert first is not None
    assert second is not None
    assert first.key == second.key


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3/5 place Jacques Febvrier", ("3", "5")),
        ("10 – 12, Boulevard Vauban", ("10", "12")),
        ("111-113, rue Faidherbe", ("111", "113")),
        ("42 TER rue Paul Lafargue", ("42 ter",)),
        ("7/B rue Auguste Lamy", ("7 b",)),
        ("site calmette 1 boulevard du professeur leclercq", ("1",)),
        ("face au 37 rue de Wazemmes", ()),
        ("1 rue de la paix du 8 mai 1945", ("1",)),
        ("59000 rue Neuve", ()),
    ],
)
def test_the_numbers_of_an_address_are_those_before_its_street(
    text: str, numbers: tuple[str, ...]
) -> None:
    address = parse(text)
    assert address is not None
    assert address.numbers == numbers


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from(["bd", "St", "Gal", "n.d.", "2bis", "12b", "l’", "Œ", "İ", "-", "ß", "ﬁ"]),
        max_size=6,
    ).map(" ".join)
)
def test_to_normalise_twice_is_to_normalise_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("printed", "true"),
    [
        ("30 rue Canabis", "30 rue Cabanis"),
        ("3 place Jacques Février", "3 place Jacques Febvrier"),
        ("1 rue d’Assonval", "1 rue d’Arsonval"),
        ("9 place Philipe de Girard", "9 place Philippe de Girard"),
    ],
)
def test_a_misprinted_street_is_found_with_its_score_and_both_spellings(
    printed: str, true: str
) -> None:
    row = one(printed, gazetteer=[located(true, EAST)])
    assert (row["district_id"], row["methode"]) == (EAST, "adresse localisée")
    assert 90 <= row["score"] < 100
    assert printed in row["preuve"]
    assert true in row["preuve"]


@pytest.mark.parametrize(
    ("printed", "other"),
    [
        ("3 rue Victor /", "3 rue Victor Duruy"),
        ("1 rue Lefebvre", "1 rue Hippolyte Lefebvre"),
        ("93 rue d’Esquermes", "93 rue Esquermoise"),
        ("2 rue de Gand", "2 rue du Grand"),
        ("37 avenue de Belfort", "37 boulevard de Belfort"),
        ("8 rue du 8 mai 1945", "8 rue du 8 mai 1940"),
        ("2 rue Marie Curie", "2 rue Pierre Curie"),
    ],
)
def test_another_street_is_not_taken_for_a_misprint(printed: str, other: str) -> None:
    assert one(printed, gazetteer=[located(other, EAST)])["statut"] == "non placé"


def test_a_street_that_exists_is_not_taken_for_a_misprint_of_another() -> None:
    row = one(
        "2 rue Louis Blanc",
        gazetteer=[located("2 rue Louise Blanc", EAST), located("9 rue Louis Blanc", WEST)],
    )
    assert row["statut"] == "non placé"
    assert "« 9 rue Louis Blanc »" in row["motif"]


def test_the_suffix_of_a_number_counts() -> None:
    assert one("2 bis rue Neuve", gazetteer=[located("2 rue Neuve", EAST)])["district_id"] is None


# Two addresses.


def test_two_addresses_place_a_line_in_two_districts() -> None:
    frame = placed(
        [("LIL-001", "Lille", "Bichat/Littré", "2 rue Béranger / 5 rue Fulton, 59000 Lille")],
        gazetteer=[located("2 rue Béranger", WEST), located("5 rue Fulton", EAST)],
    )
    assert frame.select("rang", "district_id").rows() == [(1, WEST), (2, EAST)]


def test_two_addresses_of_one_district_are_one_row() -> None:
    row = one(
        "2 rue Béranger / 5 rue Fulton",
        gazetteer=[located("2 rue Béranger", EAST), located("5 rue Fulton", EAST)],
    )
    assert (row["rang"], row["district_id"], row["motif"]) == (1, EAST, None)


def test_an_address_that_is_not_placed_is_told_beside_the_one_that_is() -> None:
    row = one("2 rue Béranger / 5 rue Fulton", gazetteer=[located("5 rue Fulton", EAST)])
    assert (row["rang"], row["district_id"], row["statut"]) == (2, EAST, "attesté")
    assert "« 2 rue Béranger »" in row["motif"]


def test_the_addresses_of_a_line_are_those_of_the_model() -> None:
    """The model is run as it is; both the print and its correction are split by both."""
    model = (ROOT / "dbt_project/models/intermediate/offre/int_lieux.sql").read_text("utf-8")
    for reference, table in {
        "ref('int_registre')": "lines",
        "ref('int_territoires')": "communes",
        "normaliser('adresse')": "adresse",
        "identifiant('adresse')": "adresse",
    }.items():
        model = model.replace(f"{{{{ {reference} }}}}", table)
    registry, corrections, communes = default()
    towns = pl.DataFrame({"territoire_id": [*communes], "libelle": [*communes]})
    for corrected in (corrections, corrections.clear()):
        cells = {(line, field): value for line, field, value in _fields(corrected)}
        rows = [
            (line, *(cells.get((line, field), cell) for field, cell in printed.items()))
            for line, *cells_printed in registry.select(*REGISTRY).iter_rows()
            if (printed := dict(zip(("commune", "nom", "adresse"), cells_printed, strict=True)))
        ]
        lines = pl.DataFrame(rows, ["ligne_id", "commune_id", "nom", "adresse"], orient="row")
        with duckdb.connect() as connection:
            connection.register("lines", lines.to_arrow())
            connection.register("communes", towns.to_arrow())
            expected = connection.sql(model).pl().select("ligne_id", "rang", "adresse").rows()
        found = [
            (line, rank, part)
            for line, commune, name, address in lines.iter_rows()
            if address
            for rank, part in enumerate(split(address, commune, name), start=1)
        ]
        assert sorted(found) == sorted(expected)
        assert len(found) > registry.height


# Streets.


def test_a_street_located_twice_in_one_district_places_a_line() -> None:
    row = one("Rue Neuve", gazetteer=[located("1 rue Neuve", WEST), located("8 rue Neuve", WEST)])
    assert (row["district_id"], row["methode"], row["lon"]) == (WEST, "rue", None)
    assert "1 rue Neuve ; 8 rue Neuve" in row["preuve"]


@pytest.mark.parametrize("again", ["1 rue Neuve", "1, rue Neuve"])
def test_one_address_located_twice_is_one(again: str) -> None:
    known = [located("1 rue Neuve", WEST), located(again, WEST, 3.011)]
    row = one("7 rue Neuve", gazetteer=known)
    assert row["statut"] == "non placé"
    assert "une seule adresse localisée" in row["motif"]


CROSSING = [
    located("1 rue Neuve", WEST),
    located("21 rue Neuve", WEST),
    located("41 rue Neuve", EAST),
    located("61 rue Neuve", EAST),
]


@pytest.mark.parametrize("address", ["Rue Neuve", "31 rue Neuve", "71 rue Neuve"])
def test_a_street_that_crosses_two_districts_places_nothing_that_its_numbers_do_not(
    address: str,
) -> None:
    row = one(address, gazetteer=CROSSING)
    assert row["statut"] == "non placé"
    assert "Ouest et Est" in row["motif"]


@pytest.mark.parametrize(("address", "district"), [("11 rue Neuve", WEST), ("51 rue Neuve", EAST)])
def test_a_number_between_two_of_one_district_is_in_it(address: str, district: str) -> None:
    row = one(address, gazetteer=CROSSING)
    assert (row["district_id"], row["methode"]) == (district, "rue")


def test_the_other_side_of_a_street_does_not_speak_where_the_limit_is_near() -> None:
    far = [located("1 rue Neuve", WEST), located("21 rue Neuve", WEST)]
    near = [
        located("1 rue Neuve", WEST, NEAR_THE_LIMIT),
        located("21 rue Neuve", WEST, NEAR_THE_LIMIT),
    ]
    assert one("11 rue Neuve", gazetteer=near)["district_id"] == WEST
    assert one("10 rue Neuve", gazetteer=far)["district_id"] == WEST
    assert one("10 rue Neuve", gazetteer=near)["statut"] == "non placé"


def test_a_street_located_near_a_limit_may_well_cross_it() -> None:
    known = [located("1 rue Neuve", WEST), located("21 rue Neuve", WEST, NEAR_THE_LIMIT)]
    row = one("23 rue Neuve", gazetteer=known)
    assert row["statut"] == "non placé"
    assert "50 m" in row["motif"]


# Known sites.


def test_a_school_of_the_name_and_street_of_the_line_places_it() -> None:
    row = one(
        "90 boulevard de la Liberté",
        name="Sophie Germain",
        schools=[school("Sophie Germain", "95 boulevard de la Liberté", EAST)],
    )
    assert (row["district_id"], row["methode"], row["score"]) == (EAST, "école", 100)
    assert (row["lon"], row["lat"]) == (IN[EAST], LAT)
    assert "0590000A" in row["preuve"]
    assert "l'annexe imprime le 90" in row["preuve"]


@pytest.mark.parametrize(
    ("name", "address"),
    [("Jenner", "49 rue des Écoles"), ("Espace éducatif", "2 place du Gard")],
)
def test_a_school_of_another_street_or_of_another_name_places_nothing(
    name: str, address: str
) -> None:
    known = [school("Lamartine - Jenner", "2 place du Gard", EAST)]
    assert one("2 place du Gard", name="Jenner/Lamartine", schools=known)["district_id"] == EAST
    assert one(address, name=name, schools=known)["statut"] == "non placé"


def test_a_school_whose_point_is_in_another_commune_places_nothing_and_is_told() -> None:
    row = one(
        "9 rue Anatole France",
        commune="Hellemmes",
        name="Espace éducatif Jean Jaurès",
        schools=[school("Jean Jaurès", "Rue Anatole France", WEST, precision="Rue")],
    )
    assert row["statut"] == "non placé"
    assert "0590000A" in row["motif"]


def test_a_school_located_by_its_street_places_a_line_only_if_the_street_is_not_elsewhere() -> None:
    known = [school("Briqueterie", "Rue Victor Tilmant", EAST, precision="Rue")]
    alone = one("Rue Victor Tilmant", name="La briqueterie", schools=known)
    assert (alone["district_id"], alone["methode"]) == (EAST, "école")
    assert "point au niveau de la rue" in alone["preuve"]
    elsewhere = one(
        "Rue Victor Tilmant",
        name="La briqueterie",
        schools=known,
        gazetteer=[located("3 rue Victor Tilmant", WEST)],
    )
    assert elsewhere["statut"] == "non placé"


def test_a_closed_school_places_nothing() -> None:
    known = [school("Broca", "3 rue Neuve", EAST, state="3")]
    assert one("3 rue Neuve", name="Broca", schools=known)["statut"] == "non placé"


def test_a_school_does_not_lend_its_point_to_the_other_address_of_the_line() -> None:
    row = one(
        "23/27 rue Eugène Jacquet",
        name="Les Dondaines/Dupleix",
        schools=[school("Les Dondaines", "23 rue Eugène Jacquet", EAST)],
    )
    assert (row["rang"], row["district_id"]) == (1, EAST)
    assert "« 27 rue Eugène Jacquet »" in row["motif"]


def same_address(address: str, status: str = "attesté") -> dict[str, Any]:
    frame = placed(
        [("LIL-001", "Lille", "x", address), ("LIL-002", "Lille", "y", f"{address} | 59000 Lille")],
        ledger=[by_hand("LIL-001", EAST, status)],
    )
    return frame.row(1, named=True)


@pytest.mark.parametrize("address", ["194 rue du Vaisseau", "Place Dombrowski"])
def test_the_address_of_an_attested_line_is_a_known_site(address: str) -> None:
    row = same_address(address)
    assert (row["district_id"], row["methode"]) == (EAST, "site connu")
    assert row["preuve"] == f"même adresse que LIL-001 ({address}), placée par convention"


def test_a_street_without_a_number_is_not_a_known_site() -> None:
    assert same_address("Avenue de la Délivrance")["statut"] == "non placé"


def test_what_is_to_be_confirmed_attests_no_other_line() -> None:
    assert same_address("194 rue du Vaisseau", "à confirmer")["statut"] == "non placé"


# The ledger.


def test_a_line_of_the_ledger_is_kept_as_it_is() -> None:
    row = one(
        "2 rue Neuve",
        ledger=[by_hand("LIL-001", EAST, "à confirmer", EAST)],
        gazetteer=[located("2 rue Neuve", WEST)],
    )
    assert tuple(row[name] for name in LEDGER) == by_hand("LIL-001", EAST, "à confirmer", EAST)
    assert row["score"] is None


def test_a_point_of_the_ledger_out_of_its_district_is_refused_by_its_line() -> None:
    with pytest.raises(SourceError) as caught:
        one("2 rue Neuve", ledger=[by_hand("LIL-001", EAST, where=WEST)])
    assert (caught.value.file, caught.value.place) == ("placements.csv", "ligne LIL-001")
    assert f"3.01, 50.61 est dans {WEST} (Ouest)" in str(caught.value)
    with pytest.raises(SourceError, match="aucun district"):
        one("2 rue Neuve", ledger=[by_hand("LIL-001", EAST, where="nowhere")])


def test_a_placement_of_a_line_that_the_registry_does_not_have_is_refused_by_its_line() -> None:
    with pytest.raises(SourceError, match=r"registre\.csv n'a pas cette ligne") as caught:
        one("2 rue Neuve", ledger=[by_hand("LIL-999", EAST, where=EAST)])
    assert (caught.value.file, caught.value.place) == ("placements.csv", "ligne LIL-999")


# The national address service.


def test_a_sure_answer_of_the_national_service_places_a_line() -> None:
    row = one("12 bd Vauban", national=[answered("12 Boulevard Vauban", EAST)])
    assert (row["district_id"], row["methode"]) == (EAST, "service national d'adresse")
    assert (row["score"], row["lon"], row["statut"]) == (93.0, IN[EAST], "attesté")
    assert "12 Boulevard Vauban 59000 Lille" in row["preuve"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"result_score": 0.69}, "score 0,69 sous 0,70"),
        ({"result_type": "street"}, "n'est pas au numéro"),
        ({"result_name": "12 Boulevard Victor"}, "autre voie"),
        ({"result_housenumber": "14"}, "autre numéro"),
        ({"result_citycode": "59512"}, "autre commune"),
        ({"result_oldcity": "Hellemmes"}, "autre commune"),
        ({"longitude": IN[BOROUGH]}, "point hors de Lille"),
        ({"longitude": None}, "point hors de Lille"),
    ],
)
def test_an_answer_that_is_not_sure_places_nothing_and_is_told(
    changed: dict[str, Any], reason: str
) -> None:
    row = one("12 boulevard Vauban", national=[answered("12 Boulevard Vauban", EAST, **changed)])
    assert row["statut"] == "non placé"
    assert reason in row["motif"]


def test_a_located_address_comes_before_the_national_service_and_a_street_after() -> None:
    national = [answered("12 Rue Neuve", EAST)]
    exact = one("12 rue Neuve", national=national, gazetteer=[located("12 rue Neuve", WEST)])
    street = one("12 rue Neuve", national=national, gazetteer=CROSSING[:2])
    assert (exact["methode"], exact["district_id"]) == ("adresse localisée", WEST)
    assert (street["methode"], street["district_id"]) == ("service national d'adresse", EAST)


def test_what_is_asked_of_the_service_has_no_postcode_and_no_nameless_place() -> None:
    registry = pl.DataFrame(
        [
            ("A", "Lille", "Bichat/Littré", "2 rue Béranger / 5 rue Fulton | 59160 Lille"),
            ("B", "Lille", "x", "60 rue Faidherbe | 8/2 Résidence de l’Avenir | 59260 Hellemmes"),
            ("C", "Lille", "y", None),
            ("D", "Lille", "z", "Parc de la Filature"),
        ],
        schema=REGISTRY,
        orient="row",
    )
    moved = pl.DataFrame([("B", "commune", "Hellemmes")], schema=CORRECTIONS, orient="row")
    frame = addresses_to_ask(registry, moved, COMMUNES)
    assert frame.schema == ASKED
    assert frame.rows() == [
        ("A", 1, "2 rue Béranger", "Lille", "59350"),
        ("A", 2, "5 rue Fulton", "Lille", "59350"),
        ("B", 1, "60 rue Faidherbe", "Hellemmes", "59350"),
    ]


def test_without_a_cached_answer_there_is_none(tmp_path: Path) -> None:
    frame = read_national(tmp_path / "absent.csv")
    assert frame.is_empty()
    assert frame.schema == NATIONAL


HEADER = (
    "ligne_id,rang,adresse,commune,citycode,longitude,latitude,result_score,result_label,"
    "result_type,result_housenumber,result_name,result_citycode"
)


def test_a_cached_answer_is_read_with_its_types_and_without_what_it_does_not_hold(
    tmp_path: Path,
) -> None:
    path = tmp_path / "reponse.csv"
    found = 'LIL-001,1,12 bd Vauban,Lille,59350,3.03,50.61,0.93,"12 Boulevard Vauban, Lille",'
    path.write_text(f"{HEADER}\n{found}housenumber,12,12 Boulevard Vauban,59350\n", "utf-8")
    frame = read_national(path)
    assert frame.schema == NATIONAL
    row = frame.row(0, named=True)
    assert (row["rang"], row["result_score"], row["longitude"]) == (1, 0.93, 3.03)
    assert row["result_label"] == "12 Boulevard Vauban, Lille"
    assert row["result_oldcity"] is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "n'est pas un csv"),
        ("ligne_id,rang\nLIL-001,1\n", "la colonne longitude manque"),
        (f"{HEADER}\nLIL-001,un,a,Lille,59350,3,50,1,b,c,d,e,59350\n", "n'est pas un nombre"),
    ],
)
def test_a_cached_answer_that_is_none_is_told(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "reponse.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=problem):
        read_national(path)


# The convention of Lille.


def read(path: str) -> pl.DataFrame:
    return pl.read_csv(ROOT / "sources" / path, separator=";", infer_schema=False)


def default() -> tuple[pl.DataFrame, pl.DataFrame, dict[str, tuple[str, ...]]]:
    folder = "conventions/lille-2021"
    territory = yaml.safe_load((ROOT / f"sources/{folder}/territoire.yml").read_text("utf-8"))
    communes = {one["libelle"]: tuple(one["districts"]) for one in territory["communes"]}
    return read(f"{folder}/registre.csv"), read(f"{folder}/corrections.csv"), communes


def _fields(corrections: pl.DataFrame) -> list[tuple[str, str, str]]:
    return [(row[0], row[1], row[2]) for row in corrections.select(*CORRECTIONS).iter_rows()]


def ledger_of_lille() -> pl.DataFrame:
    return read("conventions/lille-2021/placements.csv").cast(LEDGER)  # type: ignore[arg-type]


def lille(ledger: pl.DataFrame, *, seed: int | None = None, corrected: bool = True) -> pl.DataFrame:
    registry, corrections, communes = default()
    text = (ROOT / "sources/geo/districts.geojson").read_text("utf-8")
    shapes = [
        (*feature["properties"].values(), json.dumps(feature["geometry"]))
        for feature in json.loads(text)["features"]
    ]
    gazetteer = read("geo/adresses_localisees.csv").select(*GAZETTEER).cast(GAZETTEER)  # type: ignore[arg-type]
    schools = read("education/etablissements.csv").select(*SCHOOLS).cast(SCHOOLS)  # type: ignore[arg-type]
    if seed is not None:
        gazetteer = gazetteer.sample(fraction=1, shuffle=True, seed=seed)
        schools = schools.sample(fraction=1, shuffle=True, seed=seed)
    return place(
        registry,
        corrections if corrected else corrections.clear(),
        ledger,
        communes=communes,
        commune_ids={label: label for label in communes},
        schools=schools,
        gazetteer=gazetteer,
        national=pl.DataFrame(schema=NATIONAL),
        outlines=pl.DataFrame(shapes, ["district_id", "libelle", "geometrie"], orient="row"),
    )


def test_every_line_has_its_rows_and_each_is_placed_or_says_why() -> None:
    frame = lille(ledger_of_lille())
    assert frame["ligne_id"].unique().sort().equals(default()[0]["ligne_id"].sort())
    assert not frame.select("ligne_id", "district_id").is_duplicated().any()
    out = frame.filter(pl.col("statut") == "non placé")
    assert out.height > 0
    assert out["motif"].null_count() == 0
    assert out["preuve"].null_count() == out.height
    kept = frame.filter(pl.col("statut") != "non placé")
    assert kept["district_id"].null_count() == kept["preuve"].null_count() == 0


@pytest.mark.parametrize("corrected", [True, False], ids=["corrected", "as printed"])
def test_what_is_placed_without_the_ledger_is_where_the_ledger_attests_it(corrected: bool) -> None:
    """The measure of precision: no disagreement, over half of the attested lines."""
    ledger = ledger_of_lille()
    alone = lille(ledger.clear(), corrected=corrected).filter(pl.col("statut") == "attesté")
    both = alone.join(ledger, on="ligne_id", suffix="_main")
    elsewhere = both.filter(pl.col("district_id") != pl.col("district_id_main"))
    assert elsewhere.select("ligne_id", "district_id", "preuve").rows() == []
    attested = ledger.filter(pl.col("statut") == "attesté")
    found = both.filter(pl.col("statut_main") == "attesté")["ligne_id"].n_unique()
    assert found / attested.height > 0.5


def test_no_line_that_the_ledger_leaves_to_be_confirmed_is_attested_by_a_guess() -> None:
    """Each of them had been looked for in vain: what attested one would be looked at first."""
    ledger = ledger_of_lille()
    doubtful = ledger.filter(pl.col("statut") == "à confirmer")["ligne_id"]
    alone = lille(ledger.clear()).filter(pl.col("ligne_id").is_in(doubtful.implode()))
    assert alone.filter(pl.col("statut") == "attesté")["ligne_id"].to_list() == []


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1000))
def test_the_order_of_the_sources_changes_nothing(seed: int) -> None:
    empty = ledger_of_lille().clear()
    assert lille(empty, seed=seed).equals(lille(empty))


def test_two_streets_are_as_alike_from_either_side() -> None:
    addresses = [parse(text) for text in read("geo/adresses_localisees.csv")["adresse"]]
    streets = [address for address in addresses if address][::20]
    for one_street in streets:
        assert same_street(one_street, one_street) == 100
        for other in streets:
            assert same_street(one_street, other) == same_street(other, one_street)
