"""A file that is dropped is known by what it holds, takes its place, or is told with its reason."""

import hashlib
import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines import archive
from pipelines.contracts.base import Admission
from pipelines.errors import SourceError
from pipelines.ingest.arrivals import Arrivals, arrivals, entering, scope
from pipelines.ingest.assets import sentence
from pipelines.ingest.datasets import DATASETS
from pipelines.sources import CATALOGUE, SUFFIX, SourceFile, fingerprint, seal

REPOSITORY = Path(__file__).parents[2] / "sources"
CONVENTION = "conventions/lille-2021"
Row = Sequence[str | float | None]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of sources where nothing was dropped yet, and an empty cache."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for name in (CATALOGUE, "eponymes.yml"):
        shutil.copy(REPOSITORY / name, folder / name)
    for path in REPOSITORY.glob("conventions/*/territoire.yml"):
        copy = folder / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True)
        shutil.copy(path, copy)
    monkeypatch.setenv("OBSERVATOIRE_SOURCES", str(folder))
    monkeypatch.setenv("OBSERVATOIRE_CACHE", str(tmp_path / "cache"))
    return folder


def the_file(here: Arrivals) -> SourceFile:
    """The only file that is there, of which there is nothing to say."""
    assert here.unknown == ()
    (file,) = here.files
    return file


def admissions(here: Arrivals) -> dict[str, list[Admission]]:
    """What each table takes of the files for the territory."""
    around = scope(here.files)
    return {
        dataset.table: [
            dataset.admit(file, around) for file in here.files if file.fiche.jeu == dataset.jeu
        ]
        for dataset in DATASETS
    }


def text(header: str, *rows: str, end: str = "\r\n") -> bytes:
    return "".join(f"{row}{end}" for row in (header, *rows)).encode()


def book(sheets: dict[str, Sequence[Row]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as written:
        for name, rows in sheets.items():
            page = written.add_worksheet(name)
            for line, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell is not None:
                        page.write(line, column, cell)
    return buffer.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in members.items():
            written.writestr(name, data)
    return buffer.getvalue()


# The published layouts: a row of Lille and one of elsewhere, values invented.


def census(year: int, columns: Iterable[str], values: Iterable[float]) -> bytes:
    names = [f"{column[0]}{year}{column[1:]}" for column in columns]
    cells = ";".join(str(value) for value in values)
    return text(
        ";".join(["IRIS", "COM", "TYP_IRIS", "LAB_IRIS", *names]),
        f"593500101;59350;H;1;{cells}",
        f"010040101;01004;H;1;{cells}",
    )


BANDS = ["0002", "0305", "0610", "1117", "1824", "2539", "4054", "5564", "6579", "80P"]


def population(year: int, people: float = 15.5) -> bytes:
    columns = ["P_POP", *(f"P_POP{band}" for band in BANDS), "P_POP0014", "C_POP15P"]
    return census(year, columns, [people, *[people / 10] * 10, 2.5, 13])


FAMILIES = [
    *("C_MEN", "C_FAM", "C_COUPAENF", "C_FAMMONO", "C_COUPSENF"),
    *("C_NE24F0", "C_NE24F1", "C_NE24F2", "C_NE24F3", "C_NE24F4P", "P_POP15P_MARIEE"),
]
ACTIVITY = [
    *("P_POP1564", "P_POP1524", "P_H1564", "P_F1564", "P_ACT1564", "P_HACT1564", "P_FACT1564"),
    *("P_ACTOCC1564", "P_CHOM1564", "P_INACT1564", "C_ACT1564"),
]
DIPLOMAS = [
    *("P_POP0205", "P_POP0610", "P_SCOL0205", "P_SCOL0610", "P_NSCOL15P"),
    *("P_NSCOL15P_DIPLMIN", "P_NSCOL15P_SUP5"),
]
HOUSING = [
    *("P_LOG", "P_RP", "P_RSECOCC", "P_LOGVAC", "P_RP_PROP", "P_RP_LOC", "P_RP_LOCHLMV"),
    "P_MEN",
]

INCOME_19 = text(
    "\ufeffIRIS;LIBIRIS;COM;LIBCOM;DISP_TP6019;DISP_Q119;DISP_MED19;DISP_Q319;DISP_EQ19;DISP_NOTE19",
    "593500101;Lille Centre 1;59350;Lille;17,5;15890;26380;42120;0,5;0",
    "010040101;Les Pérouses;01004;Ambérieu-en-Bugey;ns;nd;19400;;0,57;0",
)


def income(year: int) -> bytes:
    names = ["TP60{}", "INCERT{}", "Q1{}", "MED{}", "Q3{}", "NOTE{}"]
    return text(
        ";".join(["IRIS", *(f"DISP_{name}".format(year) for name in names)]),
        "593500101;17,5;1;15890;24110,5;42120;0",
        "010040101;ns;1;ns;ns;ns;0",
    )


INCOME_COMMUNES = text(
    "\ufeffCODGEO;LIBGEO;NBMEN19;NBPERS19;NBUC19;Q119;Q219;Q319;Q3_Q1;D119;RD;GI19",
    "59350;Lille;104000;210000;150000,5;13000;20520;30000;17000;9000;4;0,38",
    "01001;L'Abergement-Clémenciat;322;819;542,7;;23970;;;;;",
)
INCOME_COMMUNES_CC = text(
    "\ufeffCODGEO;NBMENFISC17;NBPERSMENFISC17;MED17;TP6017;D117;D917",
    "59350;104000;210000;19240;25;9000;40000",
    "01001;322;819;22670;;;",
)

BPE = text(
    "REG;DEP;DEPCOM;DCIRIS;AN;TYPEQU;NB_EQUIP",
    "32;59;59350;59350_0101;2018;D502;2",
    "84;01;01001;01001;2018;C104;1",
)
BPE_WIDE = text(
    "AAV2020;AN;BV2012;DEP;DEPCOM;DOM;EPCI;DCIRIS;QUALI_IRIS;REG;SDOM;TYPEQU;UU2020;NB_EQUIP",
    "004;2021;59350;59;59350;D;200093201;593500101;1;32;D5;D502;59702;2",
    "002;2021;01001;01;01001;C;200069193;010010000;1;84;C1;C109;01000;1",
)
BPE_XY = text(
    "REG;DEP;DEPCOM;DCIRIS;AN;TYPEQU;LAMBERT_X;LAMBERT_Y;QUALITE_XY",
    "32;59;59350;59350_0101;2019;D502;704000,5;7059000,1;Bonne",
    "84;01;01001;01001;2019;C104;;;",
)
BPE_ONE = text(
    "AN;NOMRS;CNOMRS;NUMVOIE;TYPVOIE;LIBVOIE;CODPOS;DEPCOM;DEP;REG;LIBCOM;DOM;SDOM;TYPEQU;SIRET;"
    "CAPACITE;INDIC_CAPA;LAMBERT_X;LAMBERT_Y;LONGITUDE;LATITUDE;QUALITE_XY;DCIRIS;QUALI_IRIS;QP2024",
    "2023;CRECHE DU PARC;;2;RUE;DU PARC;59000;59350;59;32;Lille;D;D5;D502;;20;1;704000.5;7059000.1;"
    "3.06;50.63;1;593500101;1;",
    "2023;ECOLE;;3;RUE;HAUTE;01400;01001;01;84;Ailleurs;C;C1;C109;;;;850000.1;6570000.1;4.9;46.1;1;"
    "010010000;1;",
)

YEARS = ("2022", "2023", "2024")


def births(years: Sequence[str] = YEARS) -> bytes:
    def sheet(*rows: Row) -> list[Row]:
        notes: list[Row] = [[], ["Note : naissances domiciliées."], ["Source : Insee, état civil."]]
        return [["Naissances"], ["Géographie 2025"], [], [None, None, *years], *rows, *notes]

    counts = list(range(100, 100 + len(years)))
    return book(
        {
            "Métadonnées": [["À lire"]],
            "COM": sheet(
                ["59350", "Lille", *counts], ["01001", "L'Abergement", *["so"] * len(years)]
            ),
            "DEP": sheet(["59", "Nord", *counts], ["01", "Ain", *counts]),
            "France": sheet(["F", "France", *counts]),
        }
    )


IRIS_TITLES: list[Row] = [["Découpage en IRIS"], [], ["Insee"], [], []]
IRIS_COLUMNS = [
    "CODE_IRIS",
    "LIB_IRIS",
    "TYP_IRIS",
    "GRD_QUART",
    "DEPCOM",
    "LIBCOM",
    "UU2020",
    "REG",
]
IRIS_CHANGES_COLUMNS = ["ANNEE_MODIF", "IRIS_INI", "COM_INI", "LIB_COM_INI", "IRIS_FIN", "COM_FIN"]
IRIS_CHANGES_COLUMNS += ["LIB_COM_FIN", "MODIF_IRIS", "NATURE_MODIF"]
IRIS = book(
    {
        "Emboitements_IRIS": [
            *IRIS_TITLES,
            IRIS_COLUMNS,
            ["593500101", "Lille Centre 1", "H", "5935001", "59350", "Lille", "59702", "32"],
            ["010040101", "Les Pérouses", "H", "0100401", "01004", "Ambérieu", "01302", "84"],
        ],
        "Zones_supra_IRIS": [
            *IRIS_TITLES,
            ["NIVGEO", "CODGEO", "LIBGEO", "NB_IRIS"],
            ["GRD_QUART", "5935001", "Lille Centre", 12],
        ],
        "Modifications_IRIS": [
            *IRIS_TITLES,
            IRIS_CHANGES_COLUMNS,
            ["2020", "593500101", "59355", "Lomme", "593500102", "59350", "Lille", "1", "Fusion"],
        ],
        "Documentation": [["À lire"]],
    }
)

LEGAL = text(
    "DEPCOM;COM;PMUN;PCAP;PTOT",
    "59350;Lille;232787;4000;236787",
    "01001;L' Abergement-Clémenciat;776;18;794",
)
LEGAL_APART = text(
    "CODREG;REG;CODDEP;CODARR;CODCAN;CODCOM;COM;PMUN;PCAP;PTOT",
    "32;Hauts-de-France;59;5;18;350;Lille;234475;3500;237975",
    "84;Auvergne-Rhône-Alpes;01;1;04;009;Andert-et-Condon;326;9;335",
)

QUARTERS = text(
    "\ufeffCODGEO;LIBGEO;POP_MUN;POP_COM_QP;POP_COM;LIB_COM;TX_F;TX_TOT_0A24;TX_F_ET;NOTE_RP;A;AM;AI;"
    "ENF;ENF_2;NOTE_CNAF" + ";" * 150,
    "QP059073;Concorde;3\u202f500;30\u202f000;234\u202f475;Lille;52,1;39,2;20;0;800;100;300;900;120;0"
    + ";" * 150,
    "QP001001;Terre des Fleurs;1\u202f200;;;Oyonnax;50;38;12;0;;;;;;3" + ";" * 150,
)

CAF = text(
    "CODGEO;NOTE;A;PERCOU;AI;AM;ACSSENF;ACAVENF;AC3ENF;ENF;ENF_2;ENF_3_5;ENF_6_10;ENF_11_14;"
    "ENF_15_17;ENF_18_24;A_ETUD;A_NETUD_24;AAL;AAPL;AAAH;APPA;ARSAS",
    "593500101;0;485;1155;227;64;20;174;57;476;83;75;119;98;57;44;20;62;265;215;46;150;64",
    "010040101;3" + ";" * 21,
)
CAF_QUOTED = (
    CAF.decode().replace("CODGEO;NOTE;A;", '"CODGEO";"NOTE";"A";').replace("593", '"593').encode()
).replace(b'"593500101;', b'"593500101";')
CAF_WIDE = text(
    "CODGEO;LIBGEO;DEPCOM;LIBCOM;EPCI;UU;REG;NOTE;A;PERCOU;AI;AM;ACSSENF;ACAVENF;AC3ENF;ENF;ENF_2;"
    "ENF_3_5;ENF_6_10;ENF_11_14;ENF_15_17;ENF_18_24;A_ETUD;APRES50;APRES100",
    "593500101;Lille Centre 1;59350;Lille;200093201;59702;32;0;1\u00a0485;2 256;1 227;64;20;174;57;"
    "476;83;75;119;98;57;44;20;5;3",
    "010040101;Les Pérouses;01004;Ambérieu-en-Bugey;240100883;01302;84;2" + ";" * 17,
)

MODES = ("psu_col", "hors_psu_col", "eaje", "prescol", "am_ind", "gad_ind", "ind")
CNAF_AREA = "annee;numcom;nomcom;numepci;nomepci;numdep;nomdep"
LILLE = "59350;LILLE;200093201;MEL;59;NORD"
PLACES = text(
    ";".join([CNAF_AREA, *(f"pl_{mode}_com" for mode in MODES), "tot_offre_com"]),
    f"2022;{LILLE};1993;429;2422;591;1744;213;1957;4969",
    f"2023;{LILLE};1993;429;2422;591;1744;213;1957;4969",
)
COVERAGE = text(
    ";".join([CNAF_AREA, *(f"txcouv_{mode}_com" for mode in MODES), "txcouv_com"]),
    f"2022;{LILLE};27.9;6.4;34.3;7.7;22.1;2.3;24.5;66.5",
    f"2023;{LILLE};27.9;6.4;34.3;7.7;22.1;2.3;24.5;66.5",
)
COVERAGE_DEPARTMENTS = text(
    ";".join(
        [
            "annee;numdep;nomdep;numregi;nomregi",
            *(f"txcouv_{mode}_dep" for mode in MODES),
            "txcouv_dep",
        ]
    ),
    "2022;59;NORD;32;HAUTS-DE-FRANCE;12.3;4.0;16.3;6.1;33.2;0.7;33.9;56.3",
)
COVERAGE_FRANCE = text(
    "annee;national;txcouv_psu_nat;txcouv_hors_psu_col_nat;txcouv_eaje_nat;txcouv_prescol_nat;"
    "txcouv_am_nat;txcouv_gad_nat;txcouv_ind_nat;txcouv_nat",
    "2022;FRANCE ENTIERE HORS MAYOTTE;14.2;7.1;21.3;3.2;29.4;1.8;31.2;55.7",
)
LONG_MODES = ("EAJE_PSU", "hors_EAJE_PSU", "EAJE_ensemble", "prescolarisation")
PLACES_LONG = text(
    "date_reference,num_commune,nom_commune,numero_EPCI,nom_EPCI,numero_departement,nom_departement,"
    + ",".join(f"places_{mode}" for mode in LONG_MODES)
    + ",places_assistante_maternelle,places_salariee_domicile,places_accueil_individuel_ensemble"
    ",places_offertes_ensemble",
    "2019,59350,LILLE,200093201,MEL,59,NORD,1993,429,2422,591,1744,213,1957,4993",
    "2021,01004,AMBERIEU,240100883,CC,01,AIN,80,3,83,0,320,2,322,406",
)
COVERAGE_LONG = text(
    "date_reference,numero_commune,nom_commune,numero_epci,nom_epci,numero_departement,"
    "nom_departement,"
    + ",".join(f"taux_de_couv_{mode.lower()}" for mode in LONG_MODES)
    + ",taux_de_couv_assistante_maternelle,taux_de_couv_salariee_a_domicile"
    ",taux_de_couv_accueil_individuel_ensemble,taux_de_couv_global",
    "2019,59350,LILLE,200093201,MEL,59,NORD,25.0,5.4,30.4,7.7,22.1,2.3,24.5,61.8",
    "2021,97116,MORNE L EAU,200044691,CA,971,GUADELOUPE,0.0,0.8,0.8,8.1,9.5,0.5,10.0,19.0",
)

SCHOOLS = text(
    "numero_uai;appellation_officielle;denomination_principale;patronyme_uai;"
    "secteur_public_prive_libe;adresse_uai;code_postal_uai;libelle_commune;latitude;longitude;"
    "appariement;localisation;nature_uai;nature_uai_libe;etat_etablissement;code_commune",
    "0590117G;École élémentaire du Parc;ECOLE;DU PARC;Public;1 rue du Parc;59000;Lille;50.64;3.07;"
    "Parfaite;Numéro de rue;151;ECOLE ELEMENTAIRE;1;59350",
    "0010001A;École primaire;ECOLE;;Public;2 rue Haute;01400;Ailleurs;46.1;4.9;Parfaite;Rue;151;"
    "ECOLE PRIMAIRE;1;01001",
)
DIRECTORY = text(
    "identifiant_de_l_etablissement;nom_etablissement;type_etablissement;statut_public_prive;"
    "adresse_1;code_postal;code_commune;nom_commune;telephone;mail;latitude;longitude;"
    "precision_localisation;code_nature;libelle_nature;etat",
    "0590117G;École élémentaire du Parc;Ecole;Public;1 rue du Parc;59000;59350;Lille;"
    "01 99 00 00 00;ecole.du.parc@example.org;50.64;3.07;Parfaite;151;ECOLE ELEMENTAIRE;OUVERT",
    "0010001A;École primaire;Ecole;Public;2 rue Haute;01400;01001;Ailleurs;;;46.1;4.9;Rue;151;"
    "ECOLE PRIMAIRE;OUVERT",
)

REGISTRY_COLUMNS = [
    "ligne_id",
    "annexe",
    "ordre",
    "commune",
    "rubrique",
    "gestion",
    "nom",
    "adresse",
]
REGISTRY_ROWS: list[Row] = [
    ["LIL-001", "1", 1, "Lille", "EAJE", "Municipal", "Multi-accueil du Parc", "2 rue du Parc"],
    ["LIL-002", "1", 2, "Lille", "Ludothèque", "Associatif", "Ludothèque des Rives", None],
]
REGISTRY = text(
    ";".join(REGISTRY_COLUMNS),
    *(";".join("" if cell is None else str(cell) for cell in row) for row in REGISTRY_ROWS),
)
REGISTRY_BOOK = book({"Feuil1": [["Annexe 1"], [], REGISTRY_COLUMNS, *REGISTRY_ROWS]})

CEJ_COLUMNS = ["territoire", "niveau", "annee", "mois_reference", "theme", "libelle"]
CEJ_COLUMNS += ["age_min_ans", "age_max_ans", "unite", "statut", "valeur"]
CEJ_ROWS: list[Row] = [
    ["59350", "territoire", 2019, 12, "enfants", "Enfants", 0, 2, "enfants", "publié", 8000.5],
    ["59298", "commune", 2019, 12, "enfants", "Enfants", 0, 2, "enfants", "secret", None],
]
CEJ = text(
    ";".join(CEJ_COLUMNS),
    *(";".join("" if cell is None else str(cell) for cell in row) for row in CEJ_ROWS),
)
CEJ_BOOK = book({"CEJ": [CEJ_COLUMNS, *CEJ_ROWS]})

# What is dropped, its name, the data set and the vintage that it is.
LAYOUTS = {
    "population": (population(20), "export.csv", "insee_population", 2020),
    "families": (
        census(22, FAMILIES, [9, 8, 4, 2, 2, 4, 2, 1, 1, 0, 5]),
        "a",
        "insee_familles",
        2022,
    ),
    "activity": (
        census(21, ACTIVITY, [20, 5, 9, 11, 15, 7, 8, 12, 3, 5, 15]),
        "a.csv",
        "insee_activite",
        2021,
    ),
    "diplomas": (census(22, DIPLOMAS, [5, 5, 4, 5, 9, 3, 2]), "a.csv", "insee_diplomes", 2022),
    "housing": (census(18, HOUSING, [9, 6, 1, 2, 2, 4, 1, 6]), "a.csv", "insee_logement", 2018),
    "income 2019": (INCOME_19, "iris.csv", "insee_filosofi", 2019),
    "income 2020": (income(20), "iris.csv", "insee_filosofi", 2020),
    "income 2021": (income(21), "iris 2024.csv", "insee_filosofi", 2021),
    "income of communes": (INCOME_COMMUNES, "a.csv", "insee_filosofi_communes", 2019),
    "income of communes, cc": (INCOME_COMMUNES_CC, "a.csv", "insee_filosofi_communes", 2017),
    "equipment": (BPE, "bpe.csv", "insee_bpe", 2018),
    "equipment, 2021": (BPE_WIDE, "bpe.csv", "insee_bpe", 2021),
    "located equipment": (BPE_XY, "bpe.csv", "insee_bpe_localisee", 2019),
    "located equipment, 2023": (BPE_ONE, "bpe.csv", "insee_bpe_localisee", 2023),
    "births": (births(), "naissances.xlsx", "insee_naissances", 2024),
    "IRIS": (IRIS, "iris_geo2025.xlsx", "insee_iris", 2025),
    "legal populations": (LEGAL, "Communes_2017.csv", "insee_populations_legales", 2017),
    "legal populations, apart": (LEGAL_APART, "p_2020.csv", "insee_populations_legales", 2020),
    "priority quarters": (QUARTERS, "DEMO_2022.csv", "insee_qpv", 2022),
    "beneficiaries": (CAF, "data_CAF_2021_IRIS.csv", "caf_allocataires", 2021),
    "beneficiaries, quoted": (CAF_QUOTED, "data_CAF2021_IRIS.csv", "caf_allocataires", 2021),
    "beneficiaries, 2017": (CAF_WIDE, "caf 2017.txt", "caf_allocataires", 2017),
    "places": (PLACES, "export.csv", "caf_places", 2023),
    "places, long names": (PLACES_LONG, "export.csv", "caf_places", 2021),
    "coverage": (COVERAGE, "export.csv", "caf_couverture", 2023),
    "coverage, long names": (COVERAGE_LONG, "export.csv", "caf_couverture", 2021),
    "coverage, départements": (
        COVERAGE_DEPARTMENTS,
        "export.csv",
        "caf_couverture_departement",
        2022,
    ),
    "coverage, France": (COVERAGE_FRANCE, "export.csv", "caf_couverture_france", 2022),
    "schools": (SCHOOLS, "ecoles 2022.csv", "education_etablissements", 2022),
    "directory": (DIRECTORY, "annuaire-2026.csv", "education_etablissements", 2026),
    "registry": (REGISTRY, "registre.csv", "convention_registre", 2021),
    "registry, workbook": (REGISTRY_BOOK, "annexe 1.xlsx", "convention_registre", 2021),
    "CEJ": (CEJ, "export Caf.csv", "caf_cej", 2019),
    "CEJ, workbook": (CEJ_BOOK, "export Caf.xlsx", "caf_cej", 2019),
}


def layouts() -> list[Any]:
    return [pytest.param(*layout, id=name) for name, layout in LAYOUTS.items()]


@pytest.mark.parametrize(("data", "name", "jeu", "vintage"), layouts())
def test_a_dropped_file_is_known_by_its_columns_and_read(
    data: bytes, name: str, jeu: str, vintage: int, place: Path
) -> None:
    folder = place / "déposés"
    folder.mkdir()
    (folder / name).write_bytes(data)
    here = arrivals()
    file = the_file(here)
    assert (file.fiche.jeu, file.fiche.millesime, file.state) == (jeu, vintage, "déposé")
    assert file.source_id == f"déposés/{name}"
    taken = [admission for each in admissions(here).values() for admission in each]
    for admission in taken:
        rule = pl.col("regle").str.contains("attendu (", literal=True)
        # The values are invented: they do not come to the figures that the publisher gives.
        assert admission.findings.filter(~rule).is_empty()
        assert admission.rows_read == admission.kept.height + admission.rows_elsewhere
        assert admission.kept.height > 0


@pytest.mark.parametrize(("data", "name", "jeu", "vintage"), layouts())
def test_a_dropped_archive_is_known_by_what_it_holds(
    data: bytes, name: str, jeu: str, vintage: int, place: Path
) -> None:
    suffix = ".xlsx" if data.startswith(b"PK") else ".CSV"
    outer = f"{Path(name).stem}.zip"
    (place / outer).write_bytes(zipped({f"d{suffix}": data, "meta_d.csv": b"COD_VAR;LIB_VAR\n"}))
    here = arrivals()
    file = the_file(here)
    assert (file.fiche.jeu, file.fiche.millesime) == (jeu, vintage)
    taken = [admission for each in admissions(here).values() for admission in each]
    assert all(admission.kept.height > 0 for admission in taken)


# The vintage.


@pytest.mark.parametrize(
    ("data", "name", "vintage"),
    [
        (population(20), "population 2031.csv", 2020),
        (PLACES, "places 2031.csv", 2023),
        (CAF, "caf_2016_v2.csv", 2016),
        (CAF, "2016 à 2018.csv", 2018),
        (CAF, "caf 1914 2018.csv", 2018),
        (CAF, "caf 20181231 2018.csv", 2018),
        (CEJ.split(b"\r\n")[0], "cej_2019.csv", 2019),
        (REGISTRY, "registre 2025.csv", 2025),
        (births(["2030"]), "naissances 2024.xlsx", 2030),
    ],
    ids=[
        "columns before the name",
        "data before the name",
        "name",
        "last year of the name",
        "a year before statistics",
        "a day is not a year",
        "name, for want of data",
        "name before the convention",
        "series",
    ],
)
def test_the_vintage_is_that_of_the_columns_else_of_the_data_else_of_the_name(
    data: bytes, name: str, vintage: int, place: Path
) -> None:
    (place / name).write_bytes(data)
    assert the_file(arrivals()).fiche.millesime == vintage


@pytest.mark.parametrize("name", ["caf.csv", "caf_1914.csv", "caf_20181231.csv", "caf_2199.csv"])
def test_a_file_that_nothing_dates_is_told_with_the_name_that_would(name: str, place: Path) -> None:
    (place / name).write_bytes(CAF)
    here = arrivals()
    assert here.files == ()
    (unknown,) = here.unknown
    assert unknown.path == place / name
    assert unknown.reason == (
        f"{name}, millésime : ni ses colonnes, ni son nom ne disent de quelle année il est. "
        "Remède : le renommer avec son année, par exemple data_CAF_2021_IRIS.csv."
    )


# What is not known.


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"nom;prix\npain;1\n", "en-tête : ses colonnes ne sont celles d'aucun fichier attendu"),
        (b"", "en-tête : ses colonnes"),
        (b"%PDF-1.4\n\xff\xfe", "en-tête : ses colonnes"),
        (zipped({"a.csv": CAF, "b.csv": CAF}), "archive : le fichier de données n'y est pas"),
        (zipped({"a.csv": CAF})[:-30], "archive entière : elle est tronquée"),
        (b"\xd0\xcf\x11\xe0", "c'est un ancien format Excel"),
    ],
    ids=["columns", "empty", "binary", "two data files", "truncated", "old workbook"],
)
def test_a_file_that_nothing_knows_is_told_and_the_others_are_read(
    data: bytes, reason: str, place: Path
) -> None:
    (place / "a_2021.zip").write_bytes(data)
    (place / "z.csv").write_bytes(population(20))
    here = arrivals()
    assert [file.source_id for file in here.files] == ["z.csv"]
    (unknown,) = here.unknown
    assert unknown.path == place / "a_2021.zip"
    assert unknown.reason.startswith("a_2021.zip, ")
    assert reason in unknown.reason
    assert "Remède : " in unknown.reason


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        (
            "registre.csv",
            REGISTRY.replace(b"rubrique", b"type"),
            "registre.csv, en-tête : il y manque rubrique ; y est en trop type",
        ),
        ("Registre 2023.csv", REGISTRY.decode().encode("utf-16"), "octet 0xff : le fichier n'est"),
        ("préambule.csv", b"", "préambule.csv, fichier entier : le fichier est vide"),
        (
            "placements.csv",
            b"ligne;district\r\nLIL-001;5935001\r\n",
            "il y manque ligne_id, district_id, methode, preuve, iris, lon, lat, statut ; y est en "
            "trop ligne, district",
        ),
        ("schema_developpement.xls", b"\xd0\xcf\x11\xe0", "ancien format Excel"),
    ],
)
def test_a_ledger_of_the_convention_that_cannot_be_read_as_one_is_told_as_such(
    name: str, data: bytes, reason: str, place: Path
) -> None:
    (place / "conventions" / "lille-2021" / name).write_bytes(data)
    (unknown,) = arrivals().unknown
    assert unknown.is_ledger
    assert reason in unknown.reason
    assert "Remède : " in unknown.reason


@pytest.mark.parametrize("name", ["conventions/lille-2021/notes.csv", "registre.csv"])
def test_only_the_name_of_a_ledger_in_the_convention_s_folder_says_that_a_file_is_one(
    name: str, place: Path
) -> None:
    (place / name).write_bytes(b"nom;prix\npain;1\n")
    (unknown,) = arrivals().unknown
    assert not unknown.is_ledger


def test_a_file_of_another_convention_is_not_seen(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("lille-2021", "roubaix"):
        (place / "conventions" / name / "registre.csv").write_bytes(REGISTRY)
    assert the_file(arrivals()).source_id == "conventions/lille-2021/registre.csv"
    monkeypatch.setenv("OBSERVATOIRE_CONVENTION", "roubaix")
    assert the_file(arrivals()).source_id == "conventions/roubaix/registre.csv"


EACH_EXAMPLE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@EACH_EXAMPLE
@given(st.binary(max_size=120) | st.text(max_size=60).map(str.encode))
@example(CAF[:40])
@example(b"IRIS;COM;*\n593500101;59350;1\n")
@example(b"CODDEP;CODCOM;DEPCOM;CODDEP\n")
@example(b'{"features": [{}]}')
def test_whatever_is_dropped_is_read_or_told(place: Path, data: bytes) -> None:
    name = f"{hashlib.sha256(data).hexdigest()}.csv"
    path = place / name
    path.write_bytes(data)
    here = arrivals()
    assert [file.path for file in here.files] + [each.path for each in here.unknown] == [path]
    assert all("Remède : " in each.reason for each in here.unknown)
    path.unlink()


# The catalogue, the extracts and what replaces them.


def entry(**said: Any) -> dict[str, Any]:
    """An entry of the catalogue: the census of 2020 unless said otherwise."""
    return {
        "jeu": "insee_population",
        "producteur": "Insee",
        "titre": "Population à l'IRIS, pour essayer",
        "millesime": 2020,
        "edition": "RP 2020",
        "geographie": 2022,
        "page": "https://www.insee.fr/page",
        "licence": "Licence Ouverte",
        "adresse": None,
    } | said


def pin(data: bytes) -> dict[str, Any]:
    return {"octets": len(data), "sha256": hashlib.sha256(data).hexdigest()}


ADDRESS = "https://www.insee.fr/fichier/base-ic-evol-struct-pop-2020_csv.zip"
MEMBER = "base-ic-evol-struct-pop-2020.CSV"
ENTRIES = {
    "population_2019": entry(millesime=2019, edition="RP 2019", **pin(population(19))),
    "population_2020": entry(adresse=ADDRESS, membre=MEMBER),
}


@pytest.fixture
def catalogued(place: Path) -> Callable[..., Path]:
    """Writes a catalogue: the two years of the census, and other entries."""

    def write(**others: dict[str, Any]) -> Path:
        entries = ENTRIES | others
        (place / CATALOGUE).write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")
        return place

    return write


def extract(folder: Path, publication: str, data: bytes) -> None:
    """One of our own extracts, with its sidecar."""
    path = folder / f"extrait_{publication}.csv"
    path.write_bytes(data)
    fiche = {"publication": publication, "extrait": "deux IRIS du fichier publié"} | pin(data)
    sidecar = path.with_name(path.name + SUFFIX)
    sidecar.write_text(yaml.safe_dump(fiche, allow_unicode=True), "utf-8")


def editions(here: Arrivals) -> dict[str, tuple[str | None, str, str]]:
    return {
        file.source_id: (file.fiche.publication, file.fiche.edition, file.state)
        for file in here.files
    }


def test_a_file_with_the_fingerprint_of_a_publication_is_it_whatever_its_name(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    (place / MEMBER).write_bytes(population(19))
    here = arrivals()
    assert editions(here) == {MEMBER: ("population_2019", "RP 2019", "déposé")}
    assert here.remarks == ()


def test_a_fingerprint_is_that_of_the_data_out_of_their_archive(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    (place / "export.zip").write_bytes(zipped({"autre nom.csv": population(19)}))
    here = arrivals()
    assert the_file(here).fiche.publication == "population_2019"
    assert admissions(here)["insee_population"][0].findings.is_empty()


def test_a_vintage_of_the_catalogue_that_is_not_pinned_is_taken_for_it(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    (place / "export.csv").write_bytes(population(20))
    file = the_file(arrivals())
    assert (file.fiche.publication, file.fiche.geographie) == ("population_2020", 2022)
    assert file.fiche.sha256 == hashlib.sha256(population(20)).hexdigest()
    assert file.as_described


def test_a_dropped_archive_with_a_member_of_another_name_is_read(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    (place / "export.zip").write_bytes(zipped({"pop.csv": population(20), "meta_pop.csv": b"a"}))
    here = arrivals()
    assert the_file(here).fiche.publication == "population_2020"
    (admission,) = admissions(here)["insee_population"]
    assert admission.findings.is_empty()
    assert admission.kept["iris"].to_list() == ["593500101"]


def test_an_archive_of_several_files_is_read_by_the_member_that_the_catalogue_names(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    data = zipped({MEMBER.lower(): population(20), "base-ic-logement-2020.csv": b"a;b\n"})
    (place / "Base-IC-evol-struct-pop-2020_csv.zip").write_bytes(data)
    here = arrivals()
    assert the_file(here).fiche.publication == "population_2020"
    assert admissions(here)["insee_population"][0].findings.is_empty()


def test_a_dropped_file_is_read_in_the_encoding_of_its_publication(
    catalogued: Callable[..., Path],
) -> None:
    legal = entry(jeu="insee_populations_legales", millesime=2017, encodage="windows-1252")
    place = catalogued(legales_2017=legal)
    data = LEGAL.replace(b"Lille", "Cœur".encode()).decode().encode("windows-1252")
    (place / "2017.csv").write_bytes(data)
    here = arrivals()
    assert the_file(here).fiche.publication == "legales_2017"
    (admission,) = admissions(here)["insee_populations_legales"]
    assert admission.kept["com"].to_list() == ["Cœur"]


@pytest.mark.parametrize("name", [MEMBER, MEMBER.lower(), "base-ic-evol-struct-pop-2020_csv.zip"])
def test_a_file_that_cannot_be_read_and_has_a_name_of_the_catalogue_stops(
    name: str, catalogued: Callable[..., Path]
) -> None:
    place = catalogued()
    (place / name).write_bytes(zipped({MEMBER: population(20)})[:-30])
    here = arrivals()
    assert the_file(here).fiche.publication == "population_2020"
    (admission,) = admissions(here)["insee_population"]
    (finding,) = admission.findings.rows(named=True)
    assert finding["gravite"] == "arrêt"
    assert finding["regle"].startswith(f"{name}, archive entière : elle est tronquée")


def test_a_whole_file_stands_in_for_the_extract_of_its_publication_alone(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    extract(place, "population_2019", population(19, 12.5))
    extract(place, "population_2020", population(20, 12.5))
    assert len(arrivals().files) == 2
    (place / "export.csv").write_bytes(population(20))
    assert editions(arrivals()) == {
        "extrait_population_2019.csv": ("population_2019", "RP 2019", "extrait"),
        "export.csv": ("population_2020", "RP 2020", "déposé"),
    }
    (place / "export.csv").unlink()
    assert {file.state for file in arrivals().files} == {"extrait"}


def test_another_edition_of_a_pinned_publication_stands_beside_it(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    extract(place, "population_2019", population(19, 12.5))
    data = population(19, 13.5)
    (place / "réédition.csv").write_bytes(data)
    here = arrivals()
    mark = hashlib.sha256(data).hexdigest()[:8]
    assert editions(here) == {
        "extrait_population_2019.csv": ("population_2019", "RP 2019", "extrait"),
        "réédition.csv": (None, f"édition déposée {mark}", "déposé"),
    }
    assert here.files[1].fiche.geographie == 2022
    (remark,) = here.remarks
    assert remark.startswith(
        "réédition.csv : reconnu (insee_population, millésime 2019), mais le catalogue n'a pas "
        "cette édition. Remède : "
    )


FIGURE = {
    "colonne": "P19_POP",
    "ou": {"COM": "59350"},
    "mesure": "somme",
    "attendu": 15.5,
    "tolerance": 0,
    "origine": "population légale",
}


@pytest.mark.parametrize(("people", "stopped"), [(15.5, False), (14.5, True)])
def test_a_file_that_bears_the_name_of_a_pinned_publication_must_come_to_its_figures(
    people: float, stopped: bool, catalogued: Callable[..., Path]
) -> None:
    named = {"adresse": "https://www.insee.fr/base_2019.zip", "membre": "base_2019.csv"}
    pinned = ENTRIES["population_2019"] | named | {"chiffres_de_controle": [FIGURE]}
    place = catalogued(population_2019=pinned)
    (place / "base_2019.csv").write_bytes(population(19, people) + b"\r\n")
    here = arrivals()
    assert the_file(here).fiche.edition.startswith("édition déposée ")
    (admission,) = admissions(here)["insee_population"]
    assert admission.stopped is stopped


def test_a_published_file_in_the_place_of_its_extract_is_not_altered(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    extract(place, "population_2019", population(19, 12.5))
    (place / "extrait_population_2019.csv").write_bytes(population(19))
    (file,) = arrivals().files
    assert not file.as_described
    assert arrivals().altered == ()


def test_a_ledger_that_is_written_in_is_not_altered(place: Path) -> None:
    name = "conventions/lille-2021/scenarios.csv"
    for path in (name, name + SUFFIX):
        shutil.copy(REPOSITORY / path, place / path)
    with (place / name).open("a", encoding="utf-8") as ledger:
        ledger.write("\n")
    here = arrivals()
    assert not the_file(here).as_described
    assert here.altered == ()


def test_an_extract_of_a_publication_that_is_not_what_was_sealed_is_altered(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    extract(place, "population_2019", population(19, 12.5))
    (place / "extrait_population_2019.csv").write_bytes(population(19, 12.6))
    (file,) = arrivals().altered
    assert str(file.alteration).startswith("extrait_population_2019.csv, empreinte : ce n'est plus")
    assert "pipelines.sources sources/extrait_population_2019.csv" in str(file.alteration)
    seal(file.path)
    assert arrivals().altered == ()


def test_a_vintage_that_the_catalogue_does_not_have_is_taken_and_remarked_upon(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    (place / "export.csv").write_bytes(population(31))
    here = arrivals()
    file = the_file(here)
    assert (file.fiche.publication, file.fiche.millesime) == (None, 2031)
    assert (file.fiche.producteur, file.fiche.page) == ("Insee", "https://www.insee.fr/page")
    assert file.fiche.geographie is None
    (remark,) = here.remarks
    assert "millésime 2031" in remark
    assert admissions(here)["insee_population"][0].findings.is_empty()


@pytest.mark.parametrize("described", [False, True])
def test_a_file_whose_name_is_not_utf_8_is_told_and_the_others_are_read(
    place: Path, described: bool
) -> None:
    (place / "insee").mkdir()
    path = place / "insee" / os.fsdecode("donnée.csv".encode("latin-1"))
    path.write_bytes(population(19))
    if described:
        path.with_name(path.name + SUFFIX).write_text("publication: recensement", "utf-8")
    (place / "population.csv").write_bytes(population(19))
    here = arrivals()
    assert [file.source_id for file in here.files] == ["population.csv"]
    ((unknown, reason),) = ((each.path, each.reason) for each in here.unknown)
    assert unknown == path
    assert reason == (
        "insee/donn\ufffde.csv, nom du fichier : il n'est pas en UTF-8. Remède : renommer le "
        "fichier."
    )
    entries = archive.store(entering(here), place / "observatoire.duckdb")
    assert "sources/insee/donn\ufffde.csv" in entries["fichier"]
    assert fingerprint(place)


@pytest.mark.parametrize("name", ["preambule", "capacites", "realisations"])
def test_a_key_that_two_files_of_a_ledger_give_stops_and_both_are_named(
    place: Path, name: str
) -> None:
    ledger = place / CONVENTION / f"{name}.csv"
    for suffix in ("", SUFFIX):
        shutil.copy(REPOSITORY / CONVENTION / f"{name}.csv{suffix}", f"{ledger}{suffix}")
    if name == "realisations":
        with ledger.open("a", encoding="utf-8") as file:
            file.write("2022-03-01;;point de situation;;;Compte rendu;\n")
    copy = ledger.with_name(f"{name} - Copie.csv")
    copy.write_bytes(ledger.read_bytes() + b"\n")
    (dataset,) = (each for each in DATASETS if each.jeu == f"convention_{name}")
    admitted = dataset.admit_all(arrivals().files)
    found = pl.concat([admission.findings for _, admission in admitted])
    assert found["gravite"].unique().to_list() == ["arrêt"]
    said = sentence(found.row(0, named=True))
    assert said.startswith(f"{CONVENTION}/{name}.csv, ligne 2, colonne {dataset.contract.key[0]}")
    assert said.endswith(
        f"est aussi dans {CONVENTION}/{name} - Copie.csv. Remède : ne garder que l'un des deux "
        "fichiers."
    )


def test_a_ledger_may_be_kept_in_parts(place: Path) -> None:
    for year in (2022, 2023):
        (place / CONVENTION / f"realisations {year}.csv").write_bytes(
            (REPOSITORY / CONVENTION / "realisations.csv").read_bytes()
            + f"{year}-03-01;;point de situation;;;Compte rendu;\n".encode()
        )
    (dataset,) = (each for each in DATASETS if each.jeu == "convention_realisations")
    admitted = dataset.admit_all(arrivals().files)
    assert dataset.rows(admitted).height == 2
    assert not any(admission.stopped for _, admission in admitted)


def test_a_file_of_the_convention_is_no_edition_to_remark_upon(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    (place / "conventions" / "lille-2021" / "registre.csv").write_bytes(REGISTRY)
    here = arrivals()
    assert the_file(here).fiche.jeu == "convention_registre"
    assert here.remarks == ()


@pytest.mark.parametrize("other", ["copie.csv", "copie.zip"])
def test_data_that_were_dropped_twice_are_read_once(
    other: str, catalogued: Callable[..., Path]
) -> None:
    place = catalogued()
    (place / "a.csv").write_bytes(population(20))
    data = population(20)
    (place / other).write_bytes(zipped({"d.csv": data}) if other.endswith("zip") else data)
    here = arrivals()
    assert the_file(here).source_id == "a.csv"
    (remark,) = here.remarks
    assert remark.startswith(f"{other} : mêmes données que a.csv, seul lu. Remède : ")


def test_a_copy_of_an_extract_is_not_read_beside_it(catalogued: Callable[..., Path]) -> None:
    place = catalogued()
    extract(place, "population_2020", population(20))
    (place / "copie.csv").write_bytes(population(20))
    here = arrivals()
    assert the_file(here).source_id == "extrait_population_2020.csv"
    assert "copie.csv : mêmes données que extrait_population_2020.csv" in here.remarks[0]


def test_two_files_do_not_take_one_publication(catalogued: Callable[..., Path]) -> None:
    place = catalogued()
    (place / "a.csv").write_bytes(population(20))
    (place / "b.csv").write_bytes(population(20, 13.5))
    found = editions(arrivals())
    assert found["a.csv"][:2] == ("population_2020", "RP 2020")
    assert found["b.csv"][0] is None
    assert found["b.csv"][1].startswith("édition déposée ")


def test_two_publications_of_one_vintage_are_told_by_their_names(
    catalogued: Callable[..., Path],
) -> None:
    legal = entry(jeu="insee_populations_legales", millesime=2017)
    place = catalogued(
        associees_2017=legal | {"membre": "Communes_associees.csv"},
        legales_2017=legal | {"membre": "Communes.csv"},
    )
    for name in ("Communes.csv", "Communes_associees.csv"):
        (place / name).write_bytes(LEGAL.replace(b"Lille", name.encode()))
    found = editions(arrivals())
    assert found["Communes.csv"][0] == "legales_2017"
    assert found["Communes_associees.csv"][0] == "associees_2017"


def test_a_file_replaced_since_the_last_look_is_known_anew(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    path = place / "export_2020.csv"
    path.write_bytes(population(20))
    assert the_file(arrivals()).fiche.jeu == "insee_population"
    path.write_bytes(CAF)
    os.utime(path, ns=(1, 1))
    assert the_file(arrivals()).fiche.jeu == "caf_allocataires"


def test_a_catalogue_that_is_not_valid_stops(catalogued: Callable[..., Path]) -> None:
    place = catalogued(autre=entry(millesime="hier"))
    (place / "export.csv").write_bytes(population(20))
    with pytest.raises(SourceError, match=r"catalogue\.yml, clé autre\.millesime : .*Remède : "):
        arrivals()


# What was downloaded.


def downloaded(place: Path, publication: str, address: str, data: bytes) -> Path:
    """A file in the cache, where `pipelines.fetch` puts it."""
    path = place.parent / "cache" / publication / address.rpartition("/")[2]
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def test_a_downloaded_file_is_read_in_place_of_the_extract(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    extract(place, "population_2020", population(20, 12.5))
    archive = zipped({MEMBER: population(20), "meta.csv": b"a"})
    downloaded(place, "population_2020", ADDRESS, archive)
    here = arrivals()
    file = the_file(here)
    assert file.source_id == "population_2020/base-ic-evol-struct-pop-2020_csv.zip"
    assert (file.fiche.publication, file.state) == ("population_2020", "téléchargé")
    assert admissions(here)["insee_population"][0].findings.is_empty()


def test_a_dropped_file_is_read_in_place_of_the_downloaded_one(
    catalogued: Callable[..., Path],
) -> None:
    place = catalogued()
    downloaded(place, "population_2020", ADDRESS, zipped({MEMBER: population(20)}))
    (place / "corrigé.csv").write_bytes(population(20, 13.5))
    file = the_file(arrivals())
    assert (file.source_id, file.state) == ("corrigé.csv", "déposé")


def test_what_is_not_whole_in_the_cache_is_left_there(catalogued: Callable[..., Path]) -> None:
    place = catalogued()
    path = downloaded(place, "population_2020", ADDRESS, zipped({MEMBER: population(20)})[:-30])
    path.with_name(path.name + ".part").write_bytes(population(20))
    assert arrivals().files == ()


# The territory.


def test_the_territory_takes_the_communes_that_became_part_of_it(place: Path) -> None:
    assert scope(()).communes == {"59350"}
    (place / "iris_geo2023.xlsx").write_bytes(IRIS)
    around = scope(arrivals().files)
    assert around.communes == {"59350", "59355"}
    assert around.references == {"59", "F"}
    assert {"59350", "59350-LILLE", "59298", "59355"} == around.areas


# Whole published files.

PUBLISHED = {
    "caf/data_CAF_2019_IRIS.csv": ("caf_allocataires", 2019),
    "caf/data_CAF_2020_IRIS.csv": ("caf_allocataires", 2020),
    "caf/nbpla_pe_caf.csv": ("caf_places", 2022),
    "caf/qpv_DEMO_2019.csv": ("insee_qpv", 2019),
    "caf/tx_couverture.csv": ("caf_couverture", 2022),
    "equipements/etablissements_enseignement_2022.lille.csv": ("education_etablissements", 2022),
    "insee/BASE_TD_FILO_DISP_IRIS_2018.csv": ("insee_filosofi", 2018),
    "insee/BASE_TD_FILO_DISP_IRIS_2019.csv": ("insee_filosofi", 2019),
    "insee/FILO2019_DISP_COM.csv": ("insee_filosofi_communes", 2019),
    "insee/base-ic-couples-familles-menages-2019.dep59.csv": ("insee_familles", 2019),
    "insee/base-ic-evol-struct-pop-2019.mel.csv": ("insee_population", 2019),
    "insee/bpe19_ensemble_csv.zip": ("insee_bpe", 2019),
    "insee/naissances_domiciliees_annuelles.xlsx": ("insee_naissances", 2024),
    "insee/reference_IRIS_geo2023.xlsx": ("insee_iris", 2023),
}
# The census, the births and the equipment that the publishers print for each.
CHECKS = {
    "lille-2021": ("59350", 234_475, 3_134, 2_206, (61, 43, 66)),
    "roubaix": ("59512", 98_828, None, None, None),
}


@pytest.mark.parametrize("convention", CHECKS)
def test_whole_published_files_are_known_and_taken_without_a_finding(
    convention: str, published: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_CONVENTION", convention)
    for path in published.glob("*/*.*"):
        if path.parent.name != "geo" and path.name != "adresses_localisees_lille.csv":
            copy = place / path.relative_to(published)
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, copy)
    here = arrivals()
    known = {file.source_id: (file.fiche.jeu, file.fiche.millesime) for file in here.files}
    assert known == PUBLISHED
    assert here.unknown == ()
    assert here.remarks == ()
    assert all(file.fiche.publication for file in here.files)

    taken = admissions(here)
    commune, people, births_2019, births_2024, equipment = CHECKS[convention]
    for admission in (each for several in taken.values() for each in several):
        assert admission.findings.is_empty(), admission.findings
        parts = admission.kept.height + admission.rows_rejected + admission.rows_elsewhere
        assert admission.rows_read == parts
        assert admission.rows_rejected == 0
    kept = {
        table: pl.concat(each.kept for each in several)
        for table, several in taken.items()
        if several
    }
    census = kept["insee_population"]
    assert set(census["com"]) == {commune}
    assert census["p_pop"].sum() == pytest.approx(people, abs=0.5)
    if convention != "lille-2021":
        return
    born = dict(kept["insee_naissances"].select("annee", "naissances").rows())
    assert (born[2019], born[2024]) == (births_2019, births_2024)
    year = pl.col("annee") == 2019
    assert kept["caf_places"].filter(year)["tot_offre_com"].to_list() == [4993]
    assert kept["caf_couverture"].filter(year)["txcouv_com"].to_list() == [61.8]
    masked = taken["caf_allocataires"][0].kept["note"] != "0"
    assert (masked.sum(), masked.len()) == (22, 110)
    bpe = dict(kept["insee_bpe"].group_by("typequ").agg(pl.col("nb_equip").sum()).rows())
    assert tuple(bpe[kind] for kind in ("D502", "C101", "C104")) == equipment
