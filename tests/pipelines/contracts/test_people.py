"""No person enters the warehouse, and no official figure is taken for one."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.base import FINDINGS
from pipelines.contracts.people import people_in
from pipelines.errors import SourceError
from pipelines.settings import ROOT

QUICK = settings(max_examples=60, deadline=None)


def found(
    columns: Mapping[str, Sequence[str | None]],
    *,
    ignored: Sequence[str] = (),
    header_line: int = 1,
) -> pl.DataFrame:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    lines = pl.int_range(header_line + 1, header_line + 1 + frame.height, eager=True)
    return people_in(frame, lines, file="caf/f.csv", header_line=header_line, ignored=ignored)


def places(findings: pl.DataFrame) -> list[tuple[int, str]]:
    return findings.select("ligne", "colonne").rows()


def of_file(path: Path, ignored: Sequence[str] = ()) -> pl.DataFrame:
    with path.open(encoding="utf-8-sig") as opened:
        separator = ";" if ";" in opened.readline() else ","
    frame = pl.read_csv(path, separator=separator, infer_schema=False)
    lines = pl.int_range(2, frame.height + 2, eager=True)
    return people_in(frame, lines, file=path.name, header_line=1, ignored=ignored)


# What official files are made of.

DIGITS = "0123456789"


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=count, max_size=count)


def spaced(text: str, *sizes: int) -> str:
    """The text in groups of these sizes."""
    ends = accumulate(sizes)
    return " ".join(text[end - size : end] for size, end in zip(sizes, ends, strict=True))


def written(whole: int, cents: int, mark: str) -> str:
    return f"{whole}{mark}{cents}"


COMMUNE = st.one_of(
    st.integers(1001, 95999).map("{:05d}".format), st.integers(1, 999).map("2A{:03d}".format)
)
EPONYM = st.sampled_from(["Jean Macé", "Marie Curie", "Victor Hugo", "LOUIS PASTEUR", "Salengro"])
EQUIPMENT = st.tuples(
    st.sampled_from(["École", "Ecole maternelle", "Crèche", "Centre Social", "rue", "12 avenue"]),
    EPONYM,
).map(" ".join)
OFFICIAL: dict[str, st.SearchStrategy[str]] = {
    "IRIS": st.tuples(COMMUNE, digits(4)).map("".join),
    "numcom": COMMUNE,
    "C19_NE24F0": st.tuples(st.integers(0, 9999), st.integers(0, 10**13)).map(
        lambda pair: written(*pair, ".")
    ),
    "numepci": st.integers(200000000, 249999999).map(str),
    "siret": digits(14),
    "siret_imprime": digits(14).map(lambda text: spaced(text, 3, 3, 3, 5)),
    "numero_uai": st.tuples(digits(7), st.sampled_from("ABCDEFGHJ")).map("".join),
    "coordonnee_y": st.integers(60000000, 72000000).map(lambda tenths: f"{tenths / 10:.1f}"),
    "position": st.tuples(st.floats(41, 51), st.floats(-5, 9)).map(
        lambda pair: f"[{pair[0]}, {pair[1]}]"
    ),
    "annee": st.integers(1901, 2099).map(str),
    "NAISD19": st.one_of(st.integers(0, 999999).map(str), st.sampled_from(["", "ns", "so"])),
    "naissances": st.integers(1000, 999999).map(lambda value: f"{value:,}".replace(",", " ")),
    "DISP_MED19": st.tuples(st.integers(-99, 99), st.integers(0, 99)).map(
        lambda pair: written(*pair, ",")
    ),
    "mois_reference": st.dates().map(lambda day: f"{day:%m-%Y}"),
    "date_ouverture": st.dates().map(str),
    "nom": st.one_of(EQUIPMENT, EPONYM),
    "patronyme_uai": EPONYM.map(str.upper),
    "appellation_officielle": EQUIPMENT,
    "denomination_principale": st.sampled_from(["LYCEE PROFESSIONNEL", "ECOLE MATERNELLE"]),
    "TELETRAV": st.sampled_from(["1", "2", "SANS OBJET", "Z"]),
    "LIBGEO": st.sampled_from(["Lille", "Saint-Maurice Pellevoisin", "L'Abergement-de-Varey"]),
    "MEL_QUARTIER": st.sampled_from(["Lille-Centre", "Bois Blancs", "Lille Sud"]),
    "mention": st.sampled_from(["1 RAM | 2 ETP", "MAC Concorde : 50 places", "so", "12-17 ans"]),
}


@st.composite
def official(draw: st.DrawFn) -> dict[str, list[str]]:
    """A frame of official codes, figures and names of equipments."""
    names = draw(st.lists(st.sampled_from(sorted(OFFICIAL)), min_size=1, max_size=8, unique=True))
    height = draw(st.integers(1, 6))
    return {
        name: draw(st.lists(OFFICIAL[name], min_size=height, max_size=height)) for name in names
    }


@settings(max_examples=300, deadline=None)
@given(official())
def test_official_codes_figures_and_equipments_pass(columns: dict[str, list[str]]) -> None:
    assert found(columns).rows() == []


# What people are reached or known by, all of it invented.

WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
EMAIL = st.builds(
    "{}{}{}@{}.{}".format,
    WORD,
    st.sampled_from(["", ".", "-", "_", "+"]),
    WORD,
    WORD,
    st.sampled_from(["fr", "org", "asso.fr", "example.org"]),
)
WAYS_TO_WRITE_A_TELEPHONE = (
    "0{0}{1}{2}{3}{4}",
    "0{0} {1} {2} {3} {4}",
    "0{0}.{1}.{2}.{3}.{4}",
    "0{0}-{1}-{2}-{3}-{4}",
    "0{0}/{1}/{2}/{3}/{4}",
    "0{0}\u00a0{1}\u00a0{2}\u00a0{3}\u00a0{4}",
    "0{0}{1} {2} {3} {4}",
    "+33{0}{1}{2}{3}{4}",
    "+33 {0} {1} {2} {3} {4}",
    "+33 (0){0} {1} {2} {3} {4}",
    "0033 {0} {1} {2} {3} {4}",
)
TELEPHONE = st.builds(
    lambda way, first, pairs: way.format(first, *pairs),
    st.sampled_from(WAYS_TO_WRITE_A_TELEPHONE),
    st.integers(1, 9),
    st.lists(digits(2), min_size=4, max_size=4),
)


@st.composite
def nirs(draw: st.DrawFn) -> str:
    """A NIR of 13 or 15 characters, as a card prints it or not; the key is Insee's."""
    department = draw(st.one_of(st.integers(1, 95).map("{:02d}".format), st.just("2A")))
    parts = [
        draw(st.sampled_from("12")),
        draw(digits(2)),
        f"{draw(st.integers(1, 12)):02d}",
        department,
        draw(digits(3)),
        draw(digits(3)),
    ]
    key = 97 - int("".join(parts).replace("2A", "19")) % 97
    if draw(st.booleans()):
        parts.append(f"{key:02d}")
    return draw(st.sampled_from(["", " "])).join(parts)


PERSONAL = st.one_of(EMAIL, TELEPHONE, nirs())
AROUND = st.sampled_from(["{}", " {} ", "Contact : {}", "{} (accueil)", "voir {}, le matin"])


@QUICK
@given(official(), PERSONAL, AROUND, st.data())
def test_an_email_a_telephone_or_a_nir_is_found_in_any_cell_and_never_shown(
    columns: dict[str, list[str]], personal: str, around: str, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(columns)))
    row = data.draw(st.integers(0, len(columns[name]) - 1))
    columns[name][row] = around.format(personal)
    findings = found(columns)
    assert (row + 2, name) in places(findings)
    assert all(personal not in cell for line in findings.rows() for cell in map(str, line))


@QUICK
@given(PERSONAL, st.integers(1, 9))
def test_a_first_row_in_place_of_the_header_is_found_and_never_shown(
    personal: str, header_line: int
) -> None:
    findings = found({"Lille": ["a"], personal: ["b"]}, header_line=header_line)
    assert findings["ligne"].unique().to_list() == [header_line]
    assert personal not in str(findings.rows())


@pytest.mark.parametrize(
    "header",
    [
        "Prénom",
        "PRENOM_1",
        "Nom de naissance",
        "nom_usuel",
        "Nom de famille",
        "nomFamille",
        "Nom de l'allocataire",
        "Date de naissance",
        "DATE_NAISS",
        "dateNaissance",
        "Né(e) le",
        "NIR",
        "N° de sécurité sociale",
        "Numéro de sécurité sociale",
        "n° allocataire",
        "NumAllocataire",
        "matricule",
        "Téléphone",
        "TEL",
        "tel_portable",
        "numTel",
        "Portable",
        "Mobile pro",
        "Courriel",
        "E-mail",
        "Adresse e-mail",
        "MAIL",
        "Mél",
        "Adresse personnelle",
    ],
)
def test_a_header_that_announces_people_is_refused_once(header: str) -> None:
    findings = found({"IRIS": ["593500101", "593500104"], header: ["a", "b"]}, header_line=3)
    assert places(findings) == [(3, header)]
    assert "retirer la colonne" in findings["regle"].item()


@pytest.mark.parametrize(
    "header",
    [
        *("NOMCOM", "nomcom", "nom_commune", "LIBGEO", "nom", "NAIS19", "naissances", "TELETRAV"),
        *("annee_naissance", "mois_reference", "date_reference", "date_ouverture", "numcom"),
        *("denomination_principale", "patronyme_uai", "appellation_officielle", "adresse_uai"),
        *("C19_NE24F0", "MEL", "MEL_CODE_COM", "libelle", "N_ALLOCATAIRES", "A", "PERCOU"),
        *("hotel", "responsable", "directeur", "Nombre de références", "motif"),
    ],
)
def test_a_header_of_official_statistics_passes(header: str) -> None:
    assert found({header: ["1", "2"]}).is_empty()


@pytest.mark.parametrize(
    "cell",
    [
        "jeanne.exemple@example.org",
        "Écrire à <j@example.org>.",
        "jeanne (at) example.org",
        "jeanne[arobase]example[point]org",
        "Tél. 01 99 00 00 00",
        "Tél : 199000000",
        "tél.0199000000",
        "(01) 99 00 00 00",
        "0 800 00 00 00",
        "0800 000 000",
        "01 99 00 00 00/01",
        "0199000000,0199000001",
        "0199000000 / 0199000001",
        "+32 2 555 00 00",
        "1 99 12 59 350 001 75",
        "née le 1er janvier 1999, née le 01/01/1999",
        "Mme Exemple",
        "MME EXEMPLE",
        "Directrice : Mme Jeanne Exemple",
        "M. Jean Exemple",
        "M.Exemple",
        "M. et Mme Exemple",
        "M EXEMPLE",
        "Madame de l'Exemple",
        "Monsieur LE EXEMPLE",
        "Mlle É. Exemple",
    ],
)
def test_a_cell_that_tells_a_person_is_refused(cell: str) -> None:
    findings = found({"IRIS": ["593500101"], "remarque": [cell]})
    assert places(findings) == [(2, "remarque")]
    assert cell not in str(findings.rows())


@pytest.mark.parametrize(
    "cell",
    [
        "0.0612345678",
        "[50.642779647074164, 3.0701394574229663]",
        "du 01/02/2019 au 03/04/2020",
        "01-02-03-04-05-06-07",
        "01/02/03/04/05/06",
        "+12,345678901234",
        "https://example.org/@lille",
        "2 rue de la Loire 59000 Lille",
        "R.A.M. Lomme",
        "Bât. M",
        "L.M. Exemple",
        "Madame la Maire",
        "MADAME LA PRESIDENTE",
        "Monsieur le Maire de Lille",
        "École Madame Exemple",
        "12 rue de Madame Exemple, 59000 Lille",
        "né le même jour",
        # A key that is not that of the number.
        "199125935000176",
    ],
)
def test_a_cell_that_tells_no_person_passes(cell: str) -> None:
    assert found({"remarque": [cell]}).is_empty()


def test_an_initial_in_the_name_of_a_place_is_not_a_civility() -> None:
    assert found({"LIB_IRIS": ["Canal Marne au Rhin Est M. Brot"]}).is_empty()
    assert places(found({"LIB_IRIS": ["M. Exemple"]})) == [(2, "LIB_IRIS")]
    assert places(found({"remarque": ["voir M. Exemple"]})) == [(2, "remarque")]


def test_ten_digits_are_a_telephone_alone_in_a_column_of_figures() -> None:
    assert places(found({"A": ["12", "0199000000", "345"]})) == [(3, "A")]
    assert places(found({"A": ["593500101", "0199000000", "593500104"]})) == [(3, "A")]


def test_ten_digits_are_a_code_in_a_column_of_codes_of_ten_digits() -> None:
    assert found({"code": ["5935001010", "0199000000", "2935001010"]}).is_empty()


def test_a_placeholder_does_not_make_codes_of_telephones() -> None:
    assert places(found({"A": ["0199000000", "0000000000", "0199000001"]})) == [(2, "A"), (4, "A")]


def test_thirteen_digits_are_a_code_in_a_column_of_codes_of_thirteen_digits() -> None:
    codes = ["5935001010001", "1991259350001", "6000000000000"]
    assert found({"code": codes}).is_empty()
    assert places(found({"code": codes[1:2]})) == [(2, "code")]


def test_a_date_under_a_header_of_birth_is_refused_and_a_count_is_not() -> None:
    for day in ("1999-01-31", "31/01/1999", "31 janvier 1999", "19990131", "31/01/99"):
        findings = found({"naissance": [day]})
        assert places(findings) == [(2, "naissance")]
        assert day not in str(findings.rows())
    assert found({"naissance": ["12", "1999"], "annee de naissance": ["1999", "2000"]}).is_empty()


@pytest.mark.parametrize("name", ["Jeanne EXEMPLE", "EXEMPLE Jeanne", "DE L'EXEMPLE Jean-Marc"])
@pytest.mark.parametrize(
    "beside", ["jeanne@example.org", "0199000000", "199125935000175", "31/01/1999"]
)
def test_a_name_is_refused_for_what_stands_beside_it(name: str, beside: str) -> None:
    alone = {"libre": [name, "Lille"], "autre": ["", beside]}
    together = {"libre": ["Lille", name], "autre": ["", beside]}
    assert (2, "libre") not in places(found(alone))
    findings = found(together)
    assert sorted(places(findings)) == [(3, "autre"), (3, "libre")]
    assert name not in str(findings.rows())


def test_a_name_beside_a_contact_of_institutions_is_refused_and_the_contact_is_not() -> None:
    columns: dict[str, list[str | None]] = {
        "nom": ["Jeanne Exemple", "Pauline Kergomard", "École Jeanne Exemple", "Jeanne Exemple"],
        "Telephone": ["01 99 00 00 00", "01 99 00 00 00", "01 99 00 00 00", ""],
        "Mail": ["ecole@example.org", None, "ecole@example.org", None],
    }
    assert places(found(columns, ignored=["Telephone", "Mail", "Fax"])) == [(2, "nom")]


def test_a_date_that_says_what_it_dates_is_not_a_birth() -> None:
    assert found({"nom": ["Jean Macé"], "date_ouverture": ["1965-05-01"]}).is_empty()
    assert places(found({"nom": ["Jeanne Exemple"], "date": ["1965-05-01"]})) == [
        (2, "nom"),
        (2, "date"),
    ]


@pytest.mark.parametrize("header", ["Responsable", "directeur", "Directrice", "Référent CTG"])
def test_a_name_under_a_header_of_people_in_charge_is_refused(header: str) -> None:
    values = ["Jeanne Exemple", "Ville de Lille", "EXEMPLE JEANNE", "Caf du Nord", "CCAS", "12"]
    assert places(found({header: values})) == [(2, header), (4, header)]


@pytest.mark.parametrize(
    "cell",
    [
        "Madame de Maintenon",
        "MME DE MAINTENON-CHATEAUBRIAND",
        "Chateaubriand/Mme de Maintenon",
        "Madame Roland",
        "Centre Madame Roland | 59000 Lille",
    ],
)
def test_an_eponym_of_the_list_passes_after_a_civility(cell: str) -> None:
    assert found({"nom": [cell]}).is_empty()


@pytest.mark.parametrize(
    "cell", ["Madame Roland Exemple", "Mme Rolande", "Madame Roland, M. Exemple"]
)
def test_an_eponym_of_the_list_hides_nobody(cell: str) -> None:
    assert places(found({"nom": [cell]})) == [(2, "nom")]


def test_without_its_list_the_contract_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_SOURCES", str(tmp_path))
    assert found({"nom": ["Jean Macé"]}).is_empty()
    with pytest.raises(SourceError, match=r"eponymes\.yml, .*Remède : "):
        found({"nom": ["Madame Roland"]})
    (tmp_path / "eponymes.yml").write_text("eponymes: []\n", "utf-8")
    assert places(found({"nom": ["Madame Roland"]})) == [(2, "nom")]


def test_an_eponym_added_to_the_list_is_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_SOURCES", str(tmp_path))
    written = tmp_path / "eponymes.yml"
    written.write_text("eponymes: [Une Autre]\n", "utf-8")
    assert places(found({"nom": ["Mme d’Exemple-Été"]})) == [(2, "nom")]
    written.write_text("eponymes: [Une Autre, Madame d'Exemple Été]\n", "utf-8")
    assert found({"nom": ["Mme d’Exemple-Été", "MME D'EXEMPLE-ETE"]}).is_empty()


def test_findings_are_those_of_every_contract() -> None:
    findings = found({"Mail": ["a"], "b": ["x@example.org"]})
    assert dict(findings.schema) == FINDINGS
    assert findings["gravite"].to_list() == ["arrêt", "arrêt"]
    assert findings["etape"].to_list() == ["lecture", "lecture"]
    assert findings["fichier"].unique().to_list() == ["caf/f.csv"]
    assert dict(found({"b": []}).schema) == FINDINGS
    assert dict(found({}).schema) == FINDINGS


@pytest.mark.parametrize(
    "path", sorted((ROOT / "sources").rglob("*.csv")), ids=lambda path: path.name
)
def test_no_file_of_the_repository_holds_people(path: Path) -> None:
    assert of_file(path).rows() == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "sources").rglob("registre.csv")), ids=lambda path: path.parent.name
)
def test_the_registry_passes_beside_the_telephones_of_its_equipments(
    path: Path, tmp_path: Path
) -> None:
    beside = tmp_path / "registre.csv"
    registry = pl.read_csv(path, separator=";", infer_schema=False)
    registry.with_columns(pl.lit("01 99 00 00 00").alias("Telephone")).write_csv(
        beside, separator=";"
    )
    assert of_file(beside, ignored=["Telephone"]).rows() == []


def test_no_published_file_holds_people(published: Path) -> None:
    paths = sorted(published.rglob("*.csv"))
    assert paths
    assert {path.name: of_file(path).rows() for path in paths} == {path.name: [] for path in paths}
