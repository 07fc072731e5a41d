"""Small files under the headers of every edition that is known, as their publishers write them.

The figures are invented; the headers, the separators, the marks and the ways of writing numbers
are those of the editions. Long headers are cut where nothing more is told.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from pipelines.sources import Fiche, SourceFile

Sheets = Mapping[str, list[list[str | int]]]
Loaded = Mapping[str, object]


@dataclass(frozen=True)
class Edition:
    """One file of one vintage; `says` is its first row of data, under the names once loaded.

    `dated` is whether its columns bear its vintage.
    """

    table: str
    vintage: int
    name: str
    content: str | Sheets
    says: Loaded
    dated: bool = False

    def __str__(self) -> str:
        return f"{self.table}: {self.name}"

    def write(self, root: Path) -> SourceFile:
        """The file below `root`, with what the catalogue would say of it."""
        path = root / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(self.content, str):
            path.write_bytes(self.content.encode("utf-8"))
        else:
            _write_workbook(path, self.content)
        return described(path, root, self.table, self.vintage)


def described(path: Path, root: Path, jeu: str, vintage: int) -> SourceFile:
    """A file with a sidecar that says nothing but what it is."""
    content = path.read_bytes()
    fiche = Fiche(
        jeu=jeu,
        producteur="Éditeur d'essai",
        titre=f"Fichier d'essai {path.name}",
        millesime=vintage,
        edition=f"édition {vintage}",
        page=None,
        licence="aucune, essai",
        extrait="fichier d'essai, chiffres inventés",
        octets=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return SourceFile(path, root, fiche)


def _write_workbook(path: Path, sheets: Sheets) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell != "":
                        sheet.write(line, column, cell)


def _rows(*rows: str, end: str = "\n") -> str:
    return "".join(f"{row}{end}" for row in rows)


# --- Insee: census --------------------------------------------------------------------------------

CENSUS_YEARS = range(2017, 2023)


def _census(base: str, file: str, figures: Mapping[str, float], *rest: str) -> list[Edition]:
    """A base of the census for each year: `figures` by column, then columns that nobody reads."""
    editions = []
    for year in CENSUS_YEARS:
        names = [name.replace("{aa}", f"{year % 100}") for name in (*figures, *rest)]
        cells = [f"{figure}" for figure in figures.values()] + ["9.5"] * len(rest)
        header = ";".join(["IRIS", "COM", "TYP_IRIS", "LAB_IRIS", *names])
        row = ";".join(["593500104", "59350", "H", "1", *cells])
        says = {
            "iris": "593500104",
            "com": "59350",
            **{name.replace("{aa}", "").lower(): figure for name, figure in figures.items()},
        }
        editions.append(
            Edition(
                f"insee_{base}",
                year,
                f"insee/base-ic-{file}-{year}.CSV",
                _rows(header, row),
                says,
                dated=True,
            )
        )
    return editions


_CENSUS = (
    *_census(
        "population",
        "evol-struct-pop",
        {
            "P{aa}_POP": 55.5,
            "P{aa}_POP0002": 1.25,
            "P{aa}_POP0305": 2.25,
            "P{aa}_POP0610": 3,
            "P{aa}_POP1117": 4,
            "P{aa}_POP1824": 5,
            "P{aa}_POP2539": 6,
            "P{aa}_POP4054": 7,
            "P{aa}_POP5564": 8,
            "P{aa}_POP6579": 9,
            "P{aa}_POP80P": 10,
        },
        "P{aa}_POP0014",
        "P{aa}_POPH",
        "C{aa}_POP15P",
    ),
    *_census(
        "familles",
        "couples-familles-menages",
        {
            "C{aa}_MEN": 100.5,
            "C{aa}_FAM": 60,
            "C{aa}_COUPAENF": 30,
            "C{aa}_FAMMONO": 20,
            "C{aa}_COUPSENF": 10,
            "C{aa}_NE24F0": 12,
            "C{aa}_NE24F1": 13,
            "C{aa}_NE24F2": 14,
            "C{aa}_NE24F3": 15,
            "C{aa}_NE24F4P": 6,
        },
        "C{aa}_MENPSEUL",
        "C{aa}_PMEN",
        "P{aa}_POP15P_MARIEE",
    ),
    *_census(
        "activite",
        "activite-residents",
        {
            "P{aa}_POP1564": 80.5,
            "P{aa}_H1564": 38,
            "P{aa}_F1564": 42.5,
            "P{aa}_ACT1564": 60,
            "P{aa}_HACT1564": 31,
            "P{aa}_FACT1564": 29,
            "P{aa}_ACTOCC1564": 50,
            "P{aa}_CHOM1564": 10,
            "P{aa}_INACT1564": 20.5,
        },
        "P{aa}_FACTOCC1564",
        "C{aa}_ACT1564",
        "P{aa}_FSAL15P_TP",
    ),
    *_census(
        "diplomes",
        "diplomes-formation",
        {
            "P{aa}_POP0205": 12.5,
            "P{aa}_SCOL0205": 10,
            "P{aa}_POP0610": 20,
            "P{aa}_SCOL0610": 19.5,
            "P{aa}_NSCOL15P": 70,
            "P{aa}_NSCOL15P_DIPLMIN": 15,
        },
        "P{aa}_NSCOL15P_SUP2",
        "P{aa}_NSCOL15P_SUP34",
    ),
    *_census(
        "logement",
        "logement",
        {
            "P{aa}_LOG": 110,
            "P{aa}_RP": 100.5,
            "P{aa}_RSECOCC": 2.5,
            "P{aa}_LOGVAC": 7,
            "P{aa}_RP_PROP": 40,
            "P{aa}_RP_LOC": 58,
            "P{aa}_RP_LOCHLMV": 25,
        },
        "P{aa}_MEN",
        "P{aa}_RP_VOIT1P",
    ),
)

# The workbook of a base says more of each place, under four lines of titles and one of labels.
_CENSUS_WORKBOOK = Edition(
    "insee_logement",
    2020,
    "insee/base-ic-logement-2020.xlsx",
    {
        "IRIS": [
            ["Logement en 2020"],
            ["IRIS - France hors Mayotte"],
            ["Mise en ligne le 19/10/2023       Géographie au 01/01/2022"],
            ["@Insee       Source(s) : Insee, Recensement de la population"],
            ["IRIS", "Région", "Commune ou ARM", "Libellé", "Logements en 2020 (princ)"],
            [
                *("IRIS", "REG", "COM", "LIBCOM", "P20_LOG", "P20_RP", "P20_RSECOCC"),
                *("P20_LOGVAC", "P20_RP_PROP", "P20_RP_LOC", "P20_RP_LOCHLMV"),
            ],
            ["593500104", "32", "59350", "Lille", 110, 100, 3, 7, 40, 58, 25],
        ]
    },
    {"iris": "593500104", "com": "59350", "p_log": 110, "p_rp_lochlmv": 25},
    dated=True,
)

# --- Insee: Filosofi ------------------------------------------------------------------------------


def _income(year: int, name: str, header: str, *rows: str, **says: object) -> Edition:
    """A text of Filosofi: byte order mark, decimal comma."""
    content = "\ufeff" + _rows(header.replace("{aa}", f"{year % 100}"), *rows, end="\r\n")
    return Edition("insee_filosofi", year, f"insee/{name}", content, says, dated=True)


def _communes(year: int, name: str, header: str, *rows: str, **says: object) -> Edition:
    content = "\ufeff" + _rows(header.replace("{aa}", f"{year % 100}"), *rows, end="\r\n")
    return Edition("insee_filosofi_communes", year, f"insee/{name}", content, says, dated=True)


_INCOME_HEADER = (
    "IRIS;LIBIRIS;COM;LIBCOM;DISP_TP60{aa};DISP_Q1{aa};DISP_MED{aa};DISP_Q3{aa};DISP_EQ{aa};"
    "DISP_D1{aa};DISP_NOTE{aa}"
)
_INCOME_ROWS = (
    "593500104;Centre 4;59350;Lille;17,5;15890;20330,5;26380;0,6;10340;0",
    "593500105;Centre 5;59350;Lille;ns;nd;20000;;;;",
)
_INCOME_SAYS = {
    "iris": "593500104",
    "com": "59350",
    "disp_tp60": 17.5,
    "disp_q1": 15890.0,
    "disp_med": 20330.5,
    "disp_q3": 26380.0,
    "disp_note": "0",
}

_FILOSOFI = (
    Edition(
        "insee_filosofi",
        2017,
        "insee/BASE_TD_FILO_DISP_IRIS_2017.xlsx",
        {
            "IRIS_DISP": [
                ["Revenu disponible - 2017"],
                ["IRIS"],
                ["Mise en ligne le 17/09/2020"],
                ["@Insee"],
                ["Code de l'Iris", "Libellé", "Commune", "Libellé", "Taux de pauvreté (%)"],
                [
                    *("IRIS", "LIBIRIS", "COM", "LIBCOM", "DISP_TP6017", "DISP_Q117"),
                    *("DISP_MED17", "DISP_Q317", "DISP_NOTE17"),
                ],
                ["593500104", "Centre 4", "59350", "Lille", "17,5", 15890, "20330,5", 26380, 0],
            ]
        },
        _INCOME_SAYS,
        dated=True,
    ),
    *(
        _income(
            year,
            f"BASE_TD_FILO_DISP_IRIS_{year}.csv",
            _INCOME_HEADER,
            *_INCOME_ROWS,
            **_INCOME_SAYS,
        )
        for year in (2018, 2019, 2020)
    ),
    # The file changed its name, and readers find no place in it but the IRIS.
    _income(
        2021,
        "BASE_TD_FILO_IRIS_2021_DISP.csv",
        "IRIS;DISP_MED{aa};DISP_Q1{aa};DISP_Q3{aa};DISP_TP60{aa};DISP_RD{aa};DISP_NOTE{aa}",
        "593500104;20330,5;15890;26380;17,5;3,1;0",
        "593500105;ns;ns;ns;ns;ns;",
        **{name: value for name, value in _INCOME_SAYS.items() if name != "com"},
    ),
    *(
        _communes(
            year,
            f"FILO{year}_DISP_COM.csv",
            "CODGEO;LIBGEO;NBMEN{aa};NBPERS{aa};NBUC{aa};Q1{aa};Q2{aa};Q3{aa};Q3_Q1;D1{aa};D9{aa};"
            "RD;S80S20{aa};GI{aa};PACT{aa}",
            "59350;Lille;107321;222210;152001,5;14130;20190,5;27990;0,7;9550;38850;4,1;5,2;0,34;80,1",
            "59388;Marquillies;;;;;22630;;;;;;;;",
            codgeo="59350",
            nbmen=107321,
            nbpers=222210,
            q1=14130.0,
            q2=20190.5,
            q3=27990.0,
            tp60=None,
        )
        for year in (2018, 2019)
    ),
    *(
        _communes(
            year,
            f"FILO{year}_DISP_COM.csv",
            "CODGEO;Q1{aa};Q2{aa};Q3{aa};D1{aa};D9{aa};GI{aa};S80S20{aa};PACT{aa}",
            "59350;14130;20190,5;27990;9550;38850;0,34;5,2;80,1",
            codgeo="59350",
            nbmen=None,
            q1=14130.0,
            q2=20190.5,
            q3=27990.0,
        )
        for year in (2020, 2021)
    ),
    *(
        _communes(
            year,
            name,
            "CODGEO;NBMENFISC{aa};NBPERSMENFISC{aa};MED{aa};TP60{aa};D1{aa};D9{aa};PACT{aa};"
            "PTSA{aa};PCHO{aa};PPEN{aa};PPAT{aa};PPSOC{aa};PPFAM{aa};PPMINI{aa};PPLOGT{aa};"
            "PIMPOT{aa}",
            "59350;107321;222210;20190,5;25;9550;38850;80,1;70;3;20;9;11;4;4;3;-16",
            codgeo="59350",
            nbmen=107321,
            nbpers=222210,
            q1=None,
            q2=20190.5,
            tp60=25.0,
        )
        for year, name in (
            (2017, "cc_filosofi_2017_COM.CSV"),
            (2018, "cc_filosofi_2018_COM-geo2021.CSV"),
            (2020, "cc_filosofi_2020_COM.csv"),
        )
    ),
)

# --- Insee: equipment -----------------------------------------------------------------------------

_EQUIPMENT = (
    Edition(
        "insee_bpe",
        2019,
        "insee/bpe19_ensemble.csv",
        _rows(
            "REG;DEP;DEPCOM;DCIRIS;AN;TYPEQU;NB_EQUIP",
            "32;59;59350;59350_0207;2019;D502;3",
            "32;59;59001;59001;2019;C104;1",
        ),
        {"depcom": "59350", "dciris": "59350_0207", "an": 2019, "typequ": "D502", "nb_equip": 3},
    ),
    # One mark for every commune whose equipment is in no known IRIS; two qualities, two rows.
    Edition(
        "insee_bpe",
        2021,
        "insee/bpe21_ensemble.csv",
        _rows(
            "AAV2020;AN;BV2012;DEP;DEPCOM;DOM;EPCI;DCIRIS;QUALI_IRIS;REG;SDOM;TYPEQU;UU2020;NB_EQUIP",
            "004;2021;59350;59;59350;D;200093201;593500207;1;32;D5;D502;59702;3",
            "004;2021;59350;59;59350;D;200093201;593500207;2;32;D5;D502;59702;1",
            "004;2021;59350;59;59350;D;200093201;CSZ;X;32;D5;D502;59702;1",
            "004;2021;59350;59;59009;D;200093201;CSZ;X;32;D5;D502;59702;2",
        ),
        {"depcom": "59350", "dciris": "593500207", "an": 2021, "typequ": "D502", "nb_equip": 3},
    ),
    Edition(
        "insee_bpe_localisee",
        2021,
        "insee/bpe21_ensemble_xy.csv",
        _rows(
            "AAV2020;AN;BV2012;DEP;DEPCOM;DOM;EPCI;DCIRIS;LAMBERT_X;LAMBERT_Y;QP;QUALI_QP;"
            "QUALI_IRIS;QUALI_QVA;QUALI_ZFU;QUALI_ZUS;QUALITE_XY;QVA;REG;SDOM;TYPEQU;UU2020;ZFU;ZUS",
            "004;2021;59350;59;59350;D;200093201;593500207;704969.8;7060650.5;CSZ;1;1;1;1;1;Bonne;"
            "CSZ;32;D5;D502;59702;HZ;CSZ",
            "004;2021;59350;59;59350;D;200093201;593500207;;;CSZ;1;1;1;1;1;;CSZ;32;D5;D502;59702;"
            "HZ;CSZ",
        ),
        {
            "depcom": "59350",
            "dciris": "593500207",
            "an": 2021,
            "typequ": "D502",
            "lambert_x": 704969.8,
            "lambert_y": 7060650.5,
            "qualite_xy": "Bonne",
        },
    ),
    # The first columns name the equipment: a trade name may be that of a person.
    *(
        Edition(
            "insee_bpe_localisee",
            year,
            f"insee/BPE{year % 100}.csv",
            _rows(
                "AN;NOMRS;CNOMRS;NUMVOIE;INDREP;TYPVOIE;LIBVOIE;CADR;CODPOS;DEPCOM;DEP;REG;LIBCOM;"
                "DOM;SDOM;TYPEQU;SIRET;STATUT_DIFFUSION;CAPACITE;LAMBERT_X;LAMBERT_Y;LONGITUDE;"
                "LATITUDE;QUALITE_XY;EPSG;QUALITE_GEOLOC;DCIRIS;QUALI_IRIS;IRISEE;EPCI;UU2020",
                f"{year};CRECHE LES EXEMPLES;;1;;RUE;ROYALE;;59000;59350;59;32;LILLE;D;D5;D502;"
                "12345678900011;O;20;704969.8;7060650.5;3.070139;50.642779;Bonne;2154;11;"
                "593500207;1;1;200093201;59702",
                f"{year};EXEMPLE JEANNE;;2;;RUE;ROYALE;;59000;59350;59;32;LILLE;D;D2;D265;"
                "12345678900029;P;;;;;;;2154;33;CSZ;X;0;200093201;59702",
            ),
            {
                "depcom": "59350",
                "dciris": "593500207",
                "an": year,
                "typequ": "D502",
                "lambert_x": 704969.8,
                "lambert_y": 7060650.5,
                "qualite_xy": "Bonne",
            },
        )
        for year in (2023, 2024, 2025)
    ),
)

# --- Insee: populations, quarters, geography ------------------------------------------------------

_POPULATIONS = (
    Edition(
        "insee_populations_legales",
        2017,
        "insee/Communes.csv",
        _rows("DEPCOM;COM;PMUN;PCAP;PTOT", "59350;Lille;232440;3220;235660"),
        {"depcom": "59350", "com": "Lille", "pmun": 232440, "pcap": 3220, "ptot": 235660},
    ),
    Edition(
        "insee_populations_legales",
        2020,
        "insee/donnees_communes.csv",
        _rows(
            "CODREG;REG;CODDEP;CODARR;CODCAN;CODCOM;COM;PMUN;PCAP;PTOT",
            "32;Hauts-de-France;59;5;98;350;Lille;236710;3000;239710",
            "01;Guadeloupe;971;1;05;105;Basse-Terre;9861;163;10024",
        ),
        {"depcom": "59350", "com": "Lille", "pmun": 236710, "pcap": 3000, "ptot": 239710},
    ),
)

_QUARTERS_HEADER = (
    "CODGEO;LIBGEO;POP_MUN;POP_COM_QP;POP_COM;LIB_COM;TX_F;TX_TOT_0A24;TX_F_0A24;TX_TOT_60ETPLUS;"
    "TX_F_60ETPLUS;IND_JEUNE;TX_TOT_MEN1;TX_TOT_MEN6;TX_TOT_ET;TX_F_ET;{note_rp}A;PERCOU;AM;AI;"
    "ACSSENF;ACAVENF;AC3ENF;A_NETUD_24;A_ETUD;ENF;ENF_2;ENF_3_5;ENF_6_10;ENF_11_14;ENF_15_17;"
    "ENF_18_24;NOTE_CNAF"
)
_QUARTERS_ROW = (
    "QP059076;Secteur Sud;17\u202f240;47\u202f380;241\u202f670;"
    "Faches-Thumesnil, Lezennes, Lille, Loos;52,1;41,5;39;14;15;2,1;40;5;18;17;{note_rp}"
    "6\u202f120;15\u202f940;1\u202f420;2\u202f990;310;1\u202f400;690;410;150;6\u202f880;"
    "1\u202f020;1\u202f110;1\u202f830;1\u202f320;910;690;0"
)
_QUARTERS_ALL = (
    "Ensemble;Ensemble des QPV;5\u202f019\u202f573;;;;52,1;39,2;37,2;16,9;18,6;1,9;37,9;5,1;21,2;"
    "20,1;1\u202f537\u202f600;3\u202f628\u202f200;321\u202f600;705\u202f700;107\u202f600;"
    "402\u202f700;167\u202f900;90\u202f500;42\u202f500;1\u202f574\u202f900;250\u202f500;"
    "254\u202f200;407\u202f600;294\u202f900;202\u202f500;165\u202f200;"
)
_QUARTER = {
    "codgeo": "QP059076",
    "pop_mun": 17240,
    "pop_com_qp": 47380,
    "pop_com": 241670,
    "lib_com": "Faches-Thumesnil, Lezennes, Lille, Loos",
    "tx_tot_0a24": 41.5,
    "a": 6120,
    "am": 1420,
    "enf_2": 1020,
    "enf_15_17": 910,
    "note_cnaf": "0",
}


def _quarters(year: int, empty: int, *rows: str, note_rp: bool, says: Loaded) -> Edition:
    """A file of the priority quarters, with the empty columns that end its lines."""
    content = "\ufeff" + _rows(
        *(
            row.replace("{note_rp}", cell if note_rp else "") + ";" * empty
            for row, cell in zip(
                (_QUARTERS_HEADER, *rows), ("NOTE_RP;", *[";"] * len(rows)), strict=True
            )
        ),
        end="\r\n",
    )
    return Edition("insee_qpv", year, f"insee/DEMO_{year}.csv", content, says)


_QUARTERS = (
    _quarters(2018, 150, _QUARTERS_ROW, _QUARTERS_ALL, note_rp=False, says=_QUARTER),
    _quarters(2019, 157, _QUARTERS_ROW, _QUARTERS_ALL, note_rp=False, says=_QUARTER),
    _quarters(2022, 40, _QUARTERS_ROW, note_rp=True, says=_QUARTER),
)

_TITLES: list[list[str | int]] = [
    ["Liste des IRIS au 1er janvier"],
    ["Liste des modifications d'IRIS depuis 5 ans"],
    ["Mise en ligne le 13/07/2023"],
    ["@Insee"],
]

_IRIS = tuple(
    Edition(
        "insee_iris_modifications",
        year,
        f"insee/reference_IRIS_geo{year}.xlsx",
        {
            "Emboitements_IRIS": [
                *_TITLES,
                ["Code IRIS", "Libellé IRIS", "Type IRIS", "Grand-Quartier"],
                ["CODE_IRIS", "LIB_IRIS", "TYP_IRIS", "GRD_QUART", "DEPCOM", "LIBCOM"],
                ["593500104", "Centre 4", "H", "5935001", "59350", "Lille"],
            ],
            "Modifications_IRIS": [
                *_TITLES,
                ["Année de modification", "Code Iris initial", "Commune initiale"],
                [
                    *("ANNEE_MODIF", "IRIS_INI", "COM_INI", "LIB_COM_INI", "IRIS_FIN"),
                    *("COM_FIN", "LIB_COM_FIN", "MODIF_IRIS", "NATURE_MODIF"),
                ],
                [year, "593550000", "59355", "Lomme", "593500104", "59350", "Lille", "3", "Fusion"],
                [
                    *(year, "593500105", "59350", "Lille", "593500106", "59350", "Lille"),
                    *("2", "Déplacement de limites"),
                ],
            ],
        },
        {
            "annee_modif": year,
            "iris_ini": "593550000",
            "com_ini": "59355",
            "iris_fin": "593500104",
            "com_fin": "59350",
            "modif_iris": "3",
        },
    )
    for year in (2021, 2023)
)

_PASSAGE_TITLES: list[list[str | int]] = [
    ["Table de passage annuelle"],
    ["France"],
    ["Mise en ligne le 20/03/2024       Géographie au 01/01/2024"],
    ["@Insee       Source(s) : Insee, Code officiel géographique"],
    ["Niveau géographique", "Code en 2021", "Code en 2022"],
]
_MERGE = {
    "code_ini": "59011",
    "code_fin": "59011",
    "annee": 2023,
    "part": 1.0,
    "evenement": "Fusion",
    "source": "Table de passage annuelle 2023",
}

_PASSAGE = (
    # In 2023, 59012 became part of 59011; codes and labels of a year stand side by side.
    Edition(
        "insee_passage_communes",
        2023,
        "insee/table_passage_annuelle_2023.xlsx",
        {
            "COM": [
                *_PASSAGE_TITLES,
                ["NIVGEO", "CODGEO_2023", "LIBGEO_2023", "CODGEO_2022", "LIBGEO_2022"],
                ["COM", "59011", "Annœullin", "59011", "Annœullin"],
                ["COM", "59011", "Annœullin", "59012", "Anor"],
                ["COM", "59350", "Lille", "59350", "Lille"],
            ],
            "ARM": [
                *_PASSAGE_TITLES,
                ["NIVGEO", "CODGEO_2023", "LIBGEO_2023", "CODGEO_2022", "LIBGEO_2022"],
                ["ARM", "75101", "Paris 1er Arrondissement", "75101", "Paris 1er Arrondissement"],
            ],
        },
        _MERGE,
    ),
    # All codes, then all labels. In 2024, 59011 was divided.
    Edition(
        "insee_passage_communes",
        2024,
        "insee/table_passage_annuelle_2024.xlsx",
        {
            "COM": [
                *_PASSAGE_TITLES,
                [
                    *("NIVGEO", "CODGEO_2022", "CODGEO_2023", "CODGEO_2024"),
                    *("LIBGEO_2022", "LIBGEO_2023", "LIBGEO_2024"),
                ],
                ["COM", "59011", "59011", "59011", "Annœullin", "Annœullin", "Annœullin"],
                ["COM", "59012", "59011", "59012", "Anor", "Annœullin", "Anor"],
                ["COM", "59350", "59350", "59350", "Lille", "Lille", "Lille"],
            ]
        },
        {**_MERGE, "source": "Table de passage annuelle 2024"},
    ),
    Edition(
        "insee_passage_communes",
        2025,
        "insee/passage_communes_2025.csv",
        _rows(
            "code_ini;code_fin;annee;part;evenement;source",
            "59011;59011;2023;0,75;Rétablissement;arrêté du 1er janvier 2023",
            "59011;59012;2023;0,25;Rétablissement;arrêté du 1er janvier 2023",
        ),
        {"code_ini": "59011", "code_fin": "59011", "annee": 2023, "part": 0.75},
    ),
)

# --- Caf and Cnaf ---------------------------------------------------------------------------------

_CAF_MEASURES = (
    "A;PERCOU;AI;AM;ACSSENF;ACAVENF;AC3ENF;ENF;ENF_2;ENF_3_5;ENF_6_10;ENF_11_14;ENF_15_17;ENF_18_24;"
    "A_ETUD;A_NETUD_24;AAL;AAPL;AAAH;APPA;ARSAS"
)
_CAF_ROW = "2256;5115;900;310;120;926;400;2210;310;330;520;410;330;310;60;140;500;450;120;240;310"
_CAF_SPACED = (
    "2 256;5 115;900;310;120;926;400;2 210;310;330;520;410;330;310;60;140;500;450;120;240;310"
)
_CAF_MASKED = ";" * 20
_CAF_SAYS = {
    "codgeo": "593500104",
    "note": "0",
    "a": 2256,
    "percou": 5115,
    "am": 310,
    "acavenf": 926,
    "enf": 2210,
    "enf_2": 310,
    "enf_3_5": 330,
    "enf_15_17": 330,
}


def _beneficiaries(year: int, name: str, content: str) -> Edition:
    return Edition("caf_allocataires", year, f"caf/{name}", content, _CAF_SAYS)


_BENEFICIARIES = (
    _beneficiaries(
        2016,
        "data_CAF_2016_IRIS.csv",
        _rows(
            f"CODGEO;LIBGEO;DEPCOM;LIBCOM;EPCI;REG;NOTE;{_CAF_MEASURES};APRES50;APRES100",
            f"593500104;Centre 4;59350;Lille;200093201;32;0;{_CAF_SPACED};410;210",
            f"593500105;Centre 5;59350;Lille;200093201;32;3;{_CAF_MASKED};;",
        ),
    ),
    _beneficiaries(
        2017,
        "data_CAF_2017_IRIS.csv",
        _rows(
            f"CODGEO;LIBGEO;DEPCOM;LIBCOM;EPCI;UU;REG;NOTE;{_CAF_MEASURES};APRES50;APRES100",
            f"593500104;Centre 4;59350;Lille;200093201;59702;32;0;{_CAF_SPACED};410;210",
            f"593500105;Centre 5;59350;Lille;200093201;59702;32;5;{_CAF_MASKED};;",
        ),
    ),
    _beneficiaries(
        2018,
        "data_CAF_2018_IRIS.csv",
        _rows(
            f"CODGEO;LIBGEO;DEPCOM;LIBCOM;EPCI;UU;REG;NOTE;{_CAF_MEASURES}",
            f"593500104;Centre 4;59350;Lille;200093201;59702;32;0;{_CAF_ROW}",
            f"593500105;Centre 5;59350;Lille;200093201;59702;32;2;{_CAF_MASKED}",
        ),
    ),
    *(
        _beneficiaries(
            year,
            f"data_CAF_{year}_IRIS.csv",
            _rows(
                f"CODGEO;NOTE;{_CAF_MEASURES}",
                f"593500104;0;{_CAF_ROW}",
                f"593500105;4;{_CAF_MASKED}",
                end="\r\n",
            ),
        )
        for year in (2019, 2020)
    ),
    _beneficiaries(
        2021,
        "data_CAF2021_IRIS.csv",
        _rows(
            ";".join(f'"{name}"' for name in f"CODGEO;NOTE;{_CAF_MEASURES}".split(";")),
            f'"593500104";"0";{_CAF_ROW}',
            f'"593500105";"3";{_CAF_MASKED}',
        ),
    ),
)


def _childcare(table: str, year: int, name: str, *rows: str, **says: object) -> Edition:
    return Edition(table, year, f"caf/{name}", _rows(*rows), says)


_PLACES = {
    "numcom": "59350",
    "annee": 2022,
    "pl_psu_col_com": 1900,
    "pl_eaje_com": 2500,
    "tot_offre_com": 5200,
}
_RATES = {
    "numcom": "59350",
    "annee": 2022,
    "txcouv_psu_col_com": 27.9,
    "txcouv_am_ind_com": 18.5,
    "txcouv_com": 61.8,
}
_CHILDCARE = (
    _childcare(
        "caf_places",
        2022,
        "nbpla_pe_com.csv",
        "annee;numcom;nomcom;numepci;nomepci;numdep;nomdep;pl_psu_col_com;pl_hors_psu_col_com;"
        "pl_eaje_com;pl_prescol_com;pl_am_ind_com;pl_gad_ind_com;pl_ind_com;tot_offre_com",
        "2022;59350;LILLE;200093201;METROPOLE EUROPEENNE DE LILLE;59;NORD;1900;600;2500;900;1700;"
        "100;1800;5200",
        **_PLACES,
    ),
    # As a redistributor names them, and separates them.
    _childcare(
        "caf_places",
        2022,
        "nbpla_pe_caf.csv",
        "date_reference,num_commune,nom_commune,numero_EPCI,nom_EPCI,numero_departement,"
        "nom_departement,places_EAJE_PSU,places_hors_EAJE_PSU,places_EAJE_ensemble,"
        "places_prescolarisation,places_assistante_maternelle,places_salariee_domicile,"
        "places_accueil_individuel_ensemble,places_offertes_ensemble",
        "2022,59350,LILLE,200093201,METROPOLE EUROPEENNE DE LILLE,59,NORD,1900,600,2500,900,1700,"
        "100,1800,5200",
        **_PLACES,
    ),
    _childcare(
        "caf_couverture",
        2022,
        "txcouv_pe_com.csv",
        "annee;numcom;nomcom;numepci;nomepci;numdep;nomdep;txcouv_psu_col_com;"
        "txcouv_hors_psu_col_com;txcouv_eaje_com;txcouv_prescol_com;txcouv_am_ind_com;"
        "txcouv_gad_ind_com;txcouv_ind_com;txcouv_com",
        "2022-12-31;59350;LILLE;200093201;METROPOLE EUROPEENNE DE LILLE;59;NORD;27.9;5.0;32.9;8.8;"
        "18.5;1.6;20.1;61.8",
        **_RATES,
    ),
    _childcare(
        "caf_couverture",
        2022,
        "tx_couverture.csv",
        "date_reference,numero_commune,nom_commune,numero_epci,nom_epci,numero_departement,"
        "nom_departement,taux_de_couv_eaje_psu,taux_de_couv_hors_eaje_psu,"
        "taux_de_couv_eaje_ensemble,taux_de_couv_prescolarisation,"
        "taux_de_couv_assistante_maternelle,taux_de_couv_salariee_a_domicile,"
        "taux_de_couv_accueil_individuel_ensemble,taux_de_couv_global",
        "2022,59350,LILLE,200093201,METROPOLE EUROPEENNE DE LILLE,59,NORD,27.9,5.0,32.9,8.8,18.5,"
        "1.6,20.1,61.8",
        **_RATES,
    ),
    *(
        _childcare(
            "caf_couverture",
            2022,
            f"txcouv_pe_com_{number}.csv",
            "Date référence;Numéro commune;Nom commune;Numéro Département;Nom Département;"
            "Taux de couv EAJE PSU;Taux de couv hors EAJE PSU;Taux de couv EAJE - ensemble;"
            f"Taux de couv préscolarisation;{childminders};"
            "Taux de couv salariée à domicile;Taux de couv accueil individuel - ensemble;"
            "Taux de couv global",
            "2022;59350;LILLE;59;NORD;27,9;5,0;32,9;8,8;18,5;1,6;20,1;61,8",
            **_RATES,
        )
        for number, childminders in (
            ("singulier", "Taux de couv assistante maternelle"),
            ("pluriel", "Taux de couv assistantes maternelles"),
        )
    ),
    _childcare(
        "caf_couverture_departement",
        2022,
        "txcouv_pe_dep.csv",
        "annee;numdep;nomdep;numregi;nomregi;txcouv_psu_col_dep;txcouv_hors_psu_col_dep;"
        "txcouv_eaje_dep;txcouv_prescol_dep;txcouv_am_ind_dep;txcouv_gad_ind_dep;txcouv_ind_dep;"
        "txcouv_dep",
        "2022;59;NORD;32;HAUTS-DE-FRANCE;12.3;4.0;16.3;6.1;33.2;0.7;33.9;56.3",
        annee=2022,
        numdep="59",
        txcouv_psu_col_dep=12.3,
        txcouv_dep=56.3,
    ),
    _childcare(
        "caf_couverture_france",
        2022,
        "txcouv_pe_nat.csv",
        "annee;national;txcouv_psu_nat;txcouv_hors_psu_col_nat;txcouv_eaje_nat;txcouv_prescol_nat;"
        "txcouv_am_nat;txcouv_gad_nat;txcouv_ind_nat;txcouv_nat",
        "2022-12-31;FRANCE ENTIERE HORS MAYOTTE;14,2;7,1;21,3;3,2;29,4;1,8;31,2;55,7",
        annee=2022,
        national="FRANCE ENTIERE HORS MAYOTTE",
        txcouv_psu_nat=14.2,
        txcouv_nat=55.7,
    ),
)

# --- ministry of education ------------------------------------------------------------------------

_SCHOOL = {
    "numero_uai": "0590001A",
    "appellation_officielle": "École maternelle Exemple",
    "secteur_public_prive_libe": "Public",
    "adresse_uai": "1 rue Royale",
    "code_commune": "59350",
    "libelle_commune": "Lille",
    "latitude": 50.6401,
    "longitude": 3.0602,
    "localisation": "Numéro de rue",
    "nature_uai": "101",
}
_DIRECTORY = (
    "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;"
    "Adresse_1;Adresse_2;Adresse_3;{postal};Code_commune;Nom_commune;Code_departement;"
    "Telephone;Fax;Web;Mail;Libelle_departement;Libelle_academie;latitude;longitude;"
    "precision_localisation;date_maj_ligne;etat;code_nature;libelle_nature"
)
_DIRECTORY_ROW = (
    "0590001A;{name};Ecole;Public;1 rue Royale;;59000 LILLE;59000;59350;Lille;059;0199000000;"
    "0199000001;https://example.org;ecole@example.org;Nord;Lille;50.6401;3.0602;Numéro de rue;"
    "2024-05-06;OUVERT;101;ECOLE MATERNELLE"
)
# The same school under another name, as the directory does.
_DIRECTORY_ROWS = (
    _DIRECTORY_ROW.replace("{name}", "École maternelle Exemple"),
    _DIRECTORY_ROW.replace("{name}", "École maternelle Exemple annexe"),
)

_SCHOOLS = (
    Edition(
        "education_etablissements",
        2022,
        "education/fr-en-adresse-et-geolocalisation-2022.csv",
        _rows(
            "numero_uai;appellation_officielle;denomination_principale;patronyme_uai;"
            "secteur_public_prive_libe;adresse_uai;lieu_dit_uai;boite_postale_uai;code_postal_uai;"
            "localite_acheminement_uai;libelle_commune;coordonnee_x;coordonnee_y;EPSG;latitude;"
            "longitude;appariement;localisation;nature_uai;nature_uai_libe;etat_etablissement;"
            "etat_etablissement_libe;code_departement;code_region;code_academie;code_commune;"
            "libelle_departement;libelle_region;libelle_academie;position;"
            "secteur_prive_code_type_contrat;secteur_prive_libelle_type_contrat;code_ministere;"
            "libelle_ministere;date_ouverture",
            "0590001A;École maternelle Exemple;ECOLE MATERNELLE;EXEMPLE;Public;1 rue Royale;;;"
            "59000;LILLE;Lille;704969.8;7060650.5;EPSG:2154;50.6401;3.0602;Parfaite;Numéro de rue;"
            "101;ECOLE MATERNELLE;1;OUVERT;059;32;09;59350;Nord;Hauts-de-France;Lille;"
            '"50.6401, 3.0602";99;SANS OBJET;06;MINISTERE DE L\'EDUCATION NATIONALE;1965-05-01',
        ),
        {**_SCHOOL, "patronyme_uai": "EXEMPLE", "etat_etablissement": "1"},
    ),
    Edition(
        "education_etablissements",
        2024,
        "education/fr-en-annuaire-education-2024.csv",
        "\ufeff" + _rows(_DIRECTORY.replace("{postal}", "code_postal").lower(), *_DIRECTORY_ROWS),
        {**_SCHOOL, "patronyme_uai": None, "etat_etablissement": "OUVERT"},
    ),
    Edition(
        "education_etablissements",
        2024,
        "education/fr-en-annuaire-education-libelles-2024.csv",
        _rows(_DIRECTORY.replace("{postal}", "Code postal"), *_DIRECTORY_ROWS),
        {**_SCHOOL, "patronyme_uai": None, "etat_etablissement": "OUVERT"},
    ),
)

EDITIONS: tuple[Edition, ...] = (
    *_CENSUS,
    _CENSUS_WORKBOOK,
    *_FILOSOFI,
    *_EQUIPMENT,
    *_POPULATIONS,
    *_QUARTERS,
    *_IRIS,
    *_PASSAGE,
    *_BENEFICIARIES,
    *_CHILDCARE,
    *_SCHOOLS,
)
