"""Every data set refuses a file with one thing broken in it, and says where, what and why."""

import csv
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest
import xlsxwriter

from pipelines.contracts.base import admit
from pipelines.ingest.assets import sentence
from pipelines.ingest.containers import opened
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.datasets import DATASETS
from pipelines.ingest.layouts import Table
from pipelines.ingest.scope import Scope
from pipelines.sources import CATALOGUE, SUFFIX, SourceFile, catalogue, files_of
from tests.pipelines.contracts.editions import EDITIONS

SOURCES = Path(__file__).parents[3] / "sources"
FILES = catalogue(SOURCES)
BY_TABLE = {dataset.table: dataset for dataset in DATASETS}

# The publishers' large files lose a bad row; the small tables written by hand stop everything.
SETS_ROWS_ASIDE = {
    "insee_filosofi",
    "insee_filosofi_communes",
    "insee_bpe",
    "insee_bpe_localisee",
    "insee_naissances",
    "insee_naissances_departement",
    "insee_naissances_france",
    "insee_qpv",
    "caf_allocataires",
    "caf_couverture_departement",
    "caf_couverture_france",
    "caf_cej",
    "education_etablissements",
}

KEY_RULE = "clé en double"
HEADER_RULE = "colonne attendue, absente de l'en-tête"
NUMBER = "nombre attendu"
WHOLE = "nombre entier attendu"

Change = Callable[[Path], None]


def edit(line: int, old: str, new: str) -> Change:
    """Replace, in one line of a text file, words that stand there once."""

    def change(path: Path) -> None:
        lines = path.read_bytes().decode("utf-8").split("\n")
        assert lines[line - 1].count(old) == 1, lines[line - 1]
        lines[line - 1] = lines[line - 1].replace(old, new)
        path.write_bytes("\n".join(lines).encode("utf-8"))

    return change


def again(line: int) -> Change:
    """Print a line twice."""

    def change(path: Path) -> None:
        lines = path.read_bytes().split(b"\n")
        lines.insert(line, lines[line - 1])
        path.write_bytes(b"\n".join(lines))

    return change


def without(line: int) -> Change:
    """Lose a line."""

    def change(path: Path) -> None:
        lines = path.read_bytes().split(b"\n")
        del lines[line - 1]
        path.write_bytes(b"\n".join(lines))

    return change


def plus(*rows: str) -> Change:
    """Add rows under the last one."""

    def change(path: Path) -> None:
        content = path.read_bytes()
        assert content.endswith(b"\n")
        path.write_bytes(content + "".join(f"{row}\n" for row in rows).encode("utf-8"))

    return change


def becomes(*rows: str) -> Change:
    """Write these rows in place of those that are there: for a table that is written anew often."""

    def change(path: Path) -> None:
        header = path.read_bytes().split(b"\n")[0]
        path.write_bytes(header + "".join(f"\n{row}" for row in rows).encode("utf-8"))

    return change


def both(*changes: Change) -> Change:
    """One break that takes more than one edit."""

    def change(path: Path) -> None:
        for each in changes:
            each(path)

    return change


def put(sheet: str, line: int, column: int, value: str | int) -> Change:
    """Write the workbook anew with one cell changed."""

    def change(path: Path) -> None:
        sheets = fastexcel.read_excel(path).sheet_names
        write_workbook(path, {name: sheet_of(path, name) for name in sheets}, where)

    where = (sheet, line, column, value)
    return change


def sheet_of(path: Path, sheet: str) -> list[list[str | None]]:
    """Every cell of a sheet, blank lines included: the place in the list is the line."""
    frame = pl.read_excel(
        path,
        sheet_name=sheet,
        engine="calamine",
        has_header=False,
        drop_empty_rows=False,
        read_options={"dtypes": "string"},
    )
    return [list(row) for row in frame.rows()]


def write_workbook(
    path: Path,
    sheets: dict[str, list[list[str | None]]],
    changed: tuple[str, int, int, str | int] | None = None,
) -> None:
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write_string(line, column, value)
        if changed and changed[0] == name:
            _, line, column, cell = changed
            sheet.write(line - 1, column, cell)
    book.close()


def feature(rank: int, name: str, value: str) -> Change:
    """Change one property of one outline (0 is the first)."""

    def change(path: Path) -> None:
        collection = json.loads(path.read_text("utf-8"))
        collection["features"][rank]["properties"][name] = value
        path.write_text(json.dumps(collection, ensure_ascii=False), "utf-8")

    return change


def outline(rank: int, lon: int | None) -> Change:
    """Change the longitude of the first point of one outline (0 is the first)."""

    def change(path: Path) -> None:
        collection = json.loads(path.read_text("utf-8"))
        collection["features"][rank]["geometry"]["coordinates"][0][0][0] = lon
        path.write_text(json.dumps(collection, ensure_ascii=False), "utf-8")

    return change


@dataclass(frozen=True)
class Broken:
    """One thing wrong in one file, and the finding that it must give.

    `lines` are those of the file, counted by hand; none for GeoJSON, which has no lines.
    `column` is as the file prints it. `stops` is for what stops a refresh whatever the row.
    """

    table: str
    what: str
    change: Change
    lines: tuple[int, ...]
    column: str
    value: str
    rule: str
    stops: bool = False

    def __str__(self) -> str:
        return f"{self.table}: {self.what}"


CEJ_KEY = "territoire, annee, mois_reference, theme, libelle, age_min_ans, age_max_ans"

BROKEN = (
    Broken(
        "insee_population",
        "no column",
        edit(1, "P19_POP0002", "P19_POP0003"),
        (1,),
        "P19_POP0002",
        "",
        HEADER_RULE,
        stops=True,
    ),
    Broken(
        "insee_population", "an IRIS twice", again(3), (3, 4), "IRIS", "593500104", KEY_RULE, True
    ),
    Broken(
        "insee_population",
        "words in a number",
        edit(3, "2445.60527829266", "beaucoup"),
        (3,),
        "P19_POP",
        "beaucoup",
        NUMBER,
    ),
    Broken(
        "insee_population",
        "bands that miss the total",
        edit(3, ";54.7157478523466;", ";55.7157478523466;"),
        (3,),
        "IRIS",
        "593500104",
        "la somme des tranches d'âge fait la population (à 0,01 près)",
    ),
    Broken(
        "insee_population",
        "an unknown type",
        edit(2, ";A;", ";X;"),
        (2,),
        "TYP_IRIS",
        "X",
        "type d'IRIS H, A, D ou Z",
    ),
    Broken(
        "insee_population",
        "ten people too many",
        both(
            edit(3, ";2445.60527829266;", ";2455.60527829266;"),
            edit(3, ";54.7157478523466;", ";64.7157478523466;"),
        ),
        (1,),
        "P19_POP",
        "234485",
        "somme P19_POP où COM = 59350 : 234475 attendu "
        "(population municipale légale 2019 de 59350)",
        stops=True,
    ),
    Broken(
        "insee_familles",
        "a negative count",
        edit(3, ";1445.42022368673;", ";-1445.42022368673;"),
        (3,),
        "C19_MEN",
        "-1445.42022368673",
        "minimum 0",
    ),
    Broken(
        "insee_familles",
        "parts that miss the families",
        edit(3, ";149.699140165806;", ";150.699140165806;"),
        (3,),
        "IRIS",
        "593500104",
        "couples avec enfant, familles monoparentales et couples sans enfant font les familles",
    ),
    Broken(
        "insee_familles",
        "an IRIS of eight digits",
        edit(2, "593500101", "59350010"),
        (2,),
        "IRIS",
        "59350010",
        "code IRIS à neuf caractères",
    ),
    Broken(
        "insee_familles",
        "an IRIS of another commune",
        edit(3, "593500104;59350", "593510104;59350"),
        (3,),
        "IRIS",
        "593510104",
        "le code IRIS commence par celui de la commune",
    ),
    Broken(
        "insee_filosofi",
        "quartiles out of order",
        edit(2, ";15890;26380;", ";26380;15890;"),
        (2,),
        "IRIS",
        "593500104",
        "les quartiles se suivent",
    ),
    Broken(
        "insee_filosofi",
        "an unknown mark",
        edit(3, ";17,6;", ";nc;"),
        (3,),
        "DISP_TP6019",
        "nc",
        NUMBER,
    ),
    Broken(
        "insee_filosofi",
        "more than all are poor",
        edit(4, ";21,0;", ";121,0;"),
        (4,),
        "DISP_TP6019",
        "121",
        "maximum 100",
    ),
    Broken(
        "insee_filosofi", "an IRIS twice", again(2), (2, 3), "IRIS", "593500104", KEY_RULE, True
    ),
    Broken(
        "insee_activite",
        "unemployed who miss the active",
        edit(2, ";50;10;", ";50;11;"),
        (2,),
        "IRIS",
        "593500104",
        "actifs occupés et chômeurs font les actifs (à 0,01 près)",
    ),
    Broken(
        "insee_activite",
        "no column",
        edit(1, "P17_FACT1564", "P18_FACT1564"),
        (1,),
        "P17_FACT1564",
        "",
        HEADER_RULE,
        stops=True,
    ),
    Broken(
        "insee_diplomes",
        "more schooled than children",
        edit(2, ";12.5;10;", ";12.5;13;"),
        (2,),
        "IRIS",
        "593500104",
        "les enfants scolarisés de 2 à 5 ans sont des enfants de 2 à 5 ans",
    ),
    Broken(
        "insee_diplomes", "an IRIS twice", again(2), (2, 3), "IRIS", "593500104", KEY_RULE, True
    ),
    Broken(
        "insee_logement",
        "vacant dwellings that miss the total",
        edit(2, ";2.5;7;", ";2.5;8;"),
        (2,),
        "IRIS",
        "593500104",
        "résidences principales, secondaires et logements vacants font les logements",
    ),
    Broken(
        "insee_logement",
        "a negative count",
        edit(2, ";40;58;", ";-40;58;"),
        (2,),
        "P17_RP_PROP",
        "-40",
        "minimum 0",
    ),
    Broken(
        "insee_filosofi_communes",
        "words in a number",
        edit(2, ";20190,5;", ";vingt mille;"),
        (2,),
        "Q218",
        "vingt mille",
        NUMBER,
    ),
    Broken(
        "insee_filosofi_communes",
        "households with decimals",
        edit(2, ";107321;", ";107321,5;"),
        (2,),
        "NBMEN18",
        "107321,5",
        WHOLE,
    ),
    Broken(
        "insee_filosofi_communes",
        "a commune twice",
        edit(3, "59388", "59350"),
        (2, 3),
        "CODGEO",
        "59350",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "insee_bpe",
        "an unknown type",
        edit(2, "C101", "H101"),
        (2,),
        "TYPEQU",
        "H101",
        "type d'équipement de la BPE",
    ),
    Broken(
        "insee_bpe",
        "a negative count",
        edit(2, "C101;1", "C101;-1"),
        (2,),
        "NB_EQUIP",
        "-1",
        "minimum 1",
    ),
    Broken(
        "insee_bpe",
        "a count with decimals",
        edit(2, "C101;1", "C101;1.0"),
        (2,),
        "NB_EQUIP",
        "1.0",
        WHOLE,
    ),
    Broken(
        "insee_bpe",
        "a place and a type twice",
        again(2),
        (2, 3),
        "DEPCOM, DCIRIS, TYPEQU, AN, QUALI_IRIS",
        "59350_0115",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "insee_bpe",
        "one school too many",
        edit(3, "C101;2", "C101;3"),
        (1,),
        "NB_EQUIP",
        "44",
        "somme NB_EQUIP où DEPCOM = 59350 et TYPEQU = C101 : 43 attendu "
        "(total communal de la BPE 2019 pour 59350)",
        stops=True,
    ),
    Broken(
        "insee_bpe_localisee",
        "an unknown type",
        edit(2, ";D502;", ";crèche;"),
        (2,),
        "TYPEQU",
        "crèche",
        "type d'équipement de la BPE",
    ),
    Broken(
        "insee_bpe_localisee",
        "a point in words",
        edit(2, ";704969.8;", ";est;"),
        (2,),
        "LAMBERT_X",
        "est",
        NUMBER,
    ),
    # The header is on line 4, the years begin in the third column with 2008; each cell is a row.
    Broken(
        "insee_naissances",
        "one birth too many",
        put("COM", 5, 13, 3135),
        (4,),
        "naissances",
        "3135",
        "somme naissances où CODGEO = 59350 et annee = 2019 : 3134 attendu "
        "(naissances domiciliées à Lille, Insee)",
        stops=True,
    ),
    Broken(
        "insee_naissances",
        "an unknown mark",
        put("COM", 5, 2, "n/d"),
        (5,),
        "naissances",
        "n/d",
        WHOLE,
    ),
    Broken(
        "insee_naissances_departement",
        "a negative count",
        put("DEP", 5, 2, -36572),
        (5,),
        "naissances",
        "-36572",
        "minimum 0",
    ),
    Broken(
        "insee_naissances_france",
        "a place twice",
        put("France", 6, 0, "F"),
        (5, 6),
        "CODGEO, annee",
        "codgeo = F, annee = 2013",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "insee_naissances_france",
        "no column",
        put("France", 4, 0, "zone"),
        (4,),
        "CODGEO",
        "",
        HEADER_RULE,
        stops=True,
    ),
    Broken(
        "insee_populations_legales",
        "parts that miss the total",
        edit(2, ";235660", ";235661"),
        (2,),
        "DEPCOM",
        "59350",
        "population municipale et population comptée à part font la population totale",
    ),
    Broken(
        "insee_populations_legales",
        "a commune of four characters",
        edit(2, "59350;", "5935;"),
        (2,),
        "DEPCOM",
        "5935",
        "code commune à cinq caractères",
    ),
    Broken(
        "insee_qpv",
        "more young people than people",
        edit(2, ";41,5;", ";141,5;"),
        (2,),
        "TX_TOT_0A24",
        "141.5",
        "maximum 100",
    ),
    Broken(
        "insee_qpv",
        "a thousand with another mark",
        edit(2, ";17\u202f240;", ";17'240;"),
        (2,),
        "POP_MUN",
        "17'240",
        WHOLE,
    ),
    Broken("insee_qpv", "a quarter twice", again(2), (2, 3), "CODGEO", "QP059076", KEY_RULE, True),
    # The header is on line 6.
    Broken(
        "insee_iris",
        "an IRIS out of its large quarter",
        put("Emboitements_IRIS", 8, 3, "5935002"),
        (8,),
        "CODE_IRIS",
        "593500104",
        "le grand quartier est le début du code IRIS",
    ),
    Broken(
        "insee_iris",
        "an unknown type",
        put("Emboitements_IRIS", 9, 2, "X"),
        (9,),
        "TYP_IRIS",
        "X",
        "type d'IRIS H, A, D ou Z",
    ),
    Broken(
        "insee_iris",
        "an IRIS twice",
        put("Emboitements_IRIS", 10, 0, "593500105"),
        (9, 10),
        "CODE_IRIS",
        "593500105",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "insee_grands_quartiers",
        "a large quarter of nothing",
        put("Zones_supra_IRIS", 7, 3, 0),
        (7,),
        "NB_IRIS",
        "0",
        "minimum 1",
    ),
    Broken(
        "insee_grands_quartiers",
        "a code of six digits",
        put("Zones_supra_IRIS", 8, 1, "593500"),
        (8,),
        "CODGEO",
        "593500",
        "grand quartier à sept caractères",
    ),
    Broken(
        "insee_iris_modifications",
        "an unknown change",
        put("Modifications_IRIS", 7, 7, "9"),
        (7,),
        "MODIF_IRIS",
        "9",
        "valeur parmi 0, 1, 2, 3, 4",
    ),
    Broken(
        "insee_iris_modifications",
        "no column",
        put("Modifications_IRIS", 6, 4, "IRIS_FINAL"),
        (6,),
        "IRIS_FIN",
        "",
        HEADER_RULE,
        stops=True,
    ),
    # Each row is a commune, its code every year: 2023, then 2022.
    Broken(
        "insee_passage_communes",
        "a commune of six characters",
        put("COM", 7, 1, "590111"),
        (7,),
        "code_fin",
        "590111",
        "code commune à cinq caractères",
    ),
    Broken(
        "insee_passage_communes",
        "one year alone",
        put("COM", 6, 3, "CODE 2022"),
        (1,),
        "code_ini",
        "",
        HEADER_RULE,
        stops=True,
    ),
    Broken(
        "caf_allocataires",
        "a masked row with a figure",
        edit(2, "593500101;3;;", "593500101;3;12;"),
        (2,),
        "CODGEO",
        "593500101",
        "une ligne masquée (NOTE autre que 0) ne porte aucun chiffre",
    ),
    Broken(
        "caf_allocataires",
        "more children of two than children",
        edit(3, ";339;62;", ";339;340;"),
        (3,),
        "CODGEO",
        "593500104",
        "chaque tranche d'âge tient dans le total des enfants",
    ),
    Broken(
        "caf_allocataires",
        "a child that its total does not count",
        edit(4, ";39;28;", ";39;29;"),
        (4,),
        "CODGEO",
        "593500105",
        "les tranches d'âge font les enfants",
    ),
    Broken(
        "caf_allocataires",
        "a household less than its total counts",
        edit(3, ";771;57;", ";770;57;"),
        (3,),
        "CODGEO",
        "593500104",
        "foyers d'une personne, monoparentaux et couples font les foyers allocataires",
    ),
    Broken(
        "caf_places",
        "a place that its total does not count",
        edit(2, ";1993;429;", ";1994;429;"),
        (2,),
        "annee, numcom",
        "2020",
        "places PSU et hors PSU font les places en EAJE",
    ),
    Broken(
        "caf_couverture",
        "a rate that its total does not count",
        edit(2, ";27.9;6.4;34.3;", ";27.9;6.4;43.3;"),
        (2,),
        "annee, numcom",
        "2021",
        "taux PSU et hors PSU font le taux en EAJE",
    ),
    Broken(
        "caf_allocataires",
        "a note in words",
        edit(3, "593500104;0;", "593500104;x;"),
        (3,),
        "NOTE",
        "x",
        "note à un chiffre",
    ),
    Broken(
        "caf_allocataires",
        "a negative count",
        edit(4, ";1283;", ";-1283;"),
        (4,),
        "A",
        "-1283",
        "minimum 0",
    ),
    Broken(
        "caf_allocataires", "an IRIS twice", again(3), (3, 4), "CODGEO", "593500104", KEY_RULE, True
    ),
    Broken(
        "caf_places",
        "one place too many",
        edit(6, ";4993", ";4994"),
        (1,),
        "tot_offre_com",
        "4994",
        "somme tot_offre_com où numcom = 59350 et annee = 2019 : 4993 attendu "
        "(Cnaf, 59350, décembre 2019)",
        stops=True,
    ),
    Broken(
        "caf_places",
        "a negative count",
        edit(2, ";1993;", ";-1993;"),
        (2,),
        "pl_psu_col_com",
        "-1993",
        "minimum 0",
    ),
    Broken(
        "caf_places",
        "a year twice",
        edit(3, "2018;59350", "2020;59350"),
        (2, 3),
        "annee, numcom",
        "2020",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "caf_couverture",
        "a unit in a number",
        edit(2, ";27.9;", ";27.9 %;"),
        (2,),
        "txcouv_psu_col_com",
        "27.9 %",
        NUMBER,
    ),
    Broken(
        "caf_couverture",
        "a rate that is not the published one",
        edit(3, ";61.8", ";61,9"),
        (1,),
        "txcouv_com",
        "61.9",
        "somme txcouv_com où numcom = 59350 et annee = 2019 : 61.8 attendu "
        "(Cnaf, 59350, décembre 2019)",
        stops=True,
    ),
    Broken(
        "caf_couverture_departement",
        "a rate that its total does not count",
        edit(2, ";12.3;4.0;16.3;", ";12.3;4.0;13.6;"),
        (2,),
        "annee, numdep",
        "2022",
        "taux PSU et hors PSU font le taux en EAJE",
    ),
    Broken(
        "caf_couverture_departement",
        "a département twice",
        again(2),
        (2, 3),
        "annee, numdep",
        "2022",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "caf_couverture_france",
        "a rate of the other care that its total does not count",
        edit(2, ";29,4;1,8;31,2;", ";29,4;1,8;32,1;"),
        (2,),
        "annee",
        "2022",
        "assistantes maternelles et salariées à domicile font l'accueil individuel",
    ),
    Broken(
        "caf_couverture_france",
        "no perimeter",
        edit(2, ";FRANCE ENTIERE HORS MAYOTTE;", ";;"),
        (2,),
        "national",
        "",
        "texte non vide, sans blanc au bord ni caractère invisible",
    ),
    Broken(
        "caf_cej",
        "a secret that is told",
        plus("59350;territoire;2019;12;petite enfance;Places;0;2;places;secret;120"),
        (2,),
        CEJ_KEY,
        "non publiée",
        "un chiffre secret est vide, un chiffre publié ou arrondi ne l'est pas",
    ),
    Broken(
        "caf_cej",
        "ages the wrong way",
        plus("59350;territoire;2019;12;enfance;Enfants;6;3;enfants;publié;120"),
        (2,),
        CEJ_KEY,
        "non publiée",
        "l'âge minimal ne dépasse pas l'âge maximal",
    ),
    Broken(
        "caf_cej",
        "figures at the IRIS",
        plus("593500101;iris;2019;12;enfance;Enfants;3;5;enfants;publié;120"),
        (2,),
        "niveau",
        "non publiée",
        "valeur parmi territoire, commune, district, service",
    ),
    Broken(
        "caf_cej",
        "a service that is a district",
        plus("5935001;service;2019;;petite enfance;Heures réalisées;;;heures;publié;120"),
        (2,),
        CEJ_KEY,
        "non publiée",
        "un service se nomme par sa ligne du registre, un territoire par son identifiant",
    ),
    Broken(
        "caf_cej",
        "a thirteenth month",
        plus("59350;territoire;2019;13;enfance;Enfants;3;5;enfants;publié;120"),
        (2,),
        "mois_reference",
        "non publiée",
        "maximum 12",
    ),
    Broken(
        "caf_cej",
        "a figure twice",
        plus(*["59350;territoire;2019;;enfance;Enfants;3;5;enfants;publié;120"] * 2),
        (2, 3),
        CEJ_KEY,
        "Enfants",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "convention_registre",
        "an identifier of another shape",
        edit(3, "LIL-002", "LIL-2"),
        (3,),
        "ligne_id",
        "LIL-2",
        "identifiant de ligne du registre, par exemple LIL-001",
    ),
    Broken(
        "convention_registre",
        "a service without a name",
        edit(2, "Multi-accueil Marie-Curie", ""),
        (2,),
        "nom",
        "",
        "texte non vide, sans blanc au bord",
    ),
    Broken(
        "convention_registre",
        "a blank before a name",
        edit(2, ";Multi-accueil Marie-Curie", "; Multi-accueil Marie-Curie"),
        (2,),
        "nom",
        " Multi-accueil Marie-Curie",
        "texte non vide, sans blanc au bord",
    ),
    Broken(
        "convention_registre",
        "a line twice",
        again(4),
        (4, 5),
        "ligne_id",
        "LIL-003",
        KEY_RULE,
        True,
    ),
    Broken(
        "convention_registre",
        "a service less than printed",
        without(5),
        (1,),
        "annexe",
        "209",
        "où annexe = 1 : 210 attendu",
        stops=True,
    ),
    Broken(
        "convention_corrections",
        "a correction that corrects nothing",
        edit(4, "Centre Social de l’Arbrisseau", "Centre Social et Culturel de l'Arbrisseau"),
        (4,),
        "ligne_id, champ",
        "LIL-016",
        "la valeur corrigée diffère de la valeur attendue",
    ),
    Broken(
        "convention_corrections",
        "an unknown field",
        edit(2, "LIL-015;adresse;", "LIL-015;ville;"),
        (2,),
        "champ",
        "ville",
        "valeur parmi nom, adresse, commune, type_service, operateur",
    ),
    Broken(
        "convention_placements",
        "an unknown method",
        becomes("LIL-006;5935010;au jugé;91 rue de Lannoy;593501006;3.09;50.63;attesté"),
        (2,),
        "methode",
        "au jugé",
        "valeur parmi adresse localisée, école, site connu, rue, convention, connaissance générale",
    ),
    Broken(
        "convention_placements",
        "an IRIS out of its district",
        becomes("LIL-006;5935010;rue;91 rue de Lannoy;593500906;3.09;50.63;attesté"),
        (2,),
        "ligne_id, district_id",
        "LIL-006",
        "l'IRIS est dans le district",
    ),
    Broken(
        "convention_placements",
        "common knowledge that attests",
        becomes("LIL-006;5935010;connaissance générale;rue de Lannoy;;;;attesté"),
        (2,),
        "ligne_id, district_id",
        "LIL-006",
        "un placement de connaissance générale n'est pas attesté",
    ),
    Broken(
        "convention_placements",
        "a latitude alone",
        becomes("LIL-006;5935010;rue;91 rue de Lannoy;593501006;;50.63;attesté"),
        (2,),
        "ligne_id, district_id",
        "LIL-006",
        "longitude et latitude vont ensemble",
    ),
    Broken(
        "convention_placements",
        "a latitude for a longitude",
        becomes("LIL-006;5935010;rue;91 rue de Lannoy;593501006;50.63;3.09;attesté"),
        (2,),
        "ligne_id, district_id",
        "LIL-006",
        "le point est en France : longitude, puis latitude, en degrés WGS84",
    ),
    Broken(
        "convention_capacites",
        "no place at all",
        edit(2, ";20;2021", ";0;2021"),
        (2,),
        "places",
        "0",
        "minimum 1",
    ),
    Broken(
        "convention_capacites",
        "one place too many",
        edit(2, ";20;2021", ";21;2021"),
        (1,),
        "places",
        "379",
        "378 attendu (somme refaite à la main : 20+25+50+15+55+49+40+47+60+17)",
        stops=True,
    ),
    Broken(
        "convention_capacites",
        "lines with another separator",
        edit(7, "LOM-002+LOM-003", "LOM-002,LOM-003"),
        (7,),
        "lignes",
        "LOM-002,LOM-003+LOM-004",
        "lignes du registre, séparées par +",
    ),
    Broken(
        "convention_developpement",
        "defined places without a number",
        edit(7, ";0;16;;2023;", ";0;;;2023;"),
        (7,),
        "action_id",
        "LIL-A06",
        "des places définies disent leur nombre : avant et après, ou pour la ville",
    ),
    Broken(
        "convention_developpement",
        "undefined places with a number",
        edit(8, ";15;;;2023;", ";15;;3;2023;"),
        (8,),
        "action_id",
        "LIL-A07",
        "des places non définies ne portent pas de nombre pour la ville",
    ),
    Broken(
        "convention_developpement",
        "before any convention",
        edit(2, ";4;2021;;", ";4;1999;;"),
        (2,),
        "annee",
        "1999",
        "minimum 2000",
    ),
    Broken(
        "convention_developpement",
        "an unknown nature",
        edit(2, ";développement;", ";agrandissement;"),
        (2,),
        "nature",
        "agrandissement",
        "valeur parmi création, développement",
    ),
    Broken(
        "convention_modules",
        "words in a number",
        edit(2, ";55;places", ";cinquante-cinq;places"),
        (2,),
        "quantite",
        "cinquante-cinq",
        NUMBER,
    ),
    Broken(
        "convention_modules",
        "a module twice",
        edit(3, "LOM-M02", "LOM-M01"),
        (2, 3),
        "module_id",
        "LOM-M01",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "convention_calendrier",
        "a thirteenth month",
        edit(2, ";1;5;", ";1;13;"),
        (2,),
        "mois",
        "13",
        "maximum 12",
    ),
    Broken(
        "convention_jalons",
        "a date the French way",
        edit(2, "2022-12-31", "31/12/2022"),
        (2,),
        "echeance",
        "31/12/2022",
        "date AAAA-MM-JJ",
    ),
    Broken(
        "convention_jalons",
        "a date that is in no calendar",
        edit(4, "2024-12-31", "2024-02-30"),
        (4,),
        "echeance",
        "2024-02-30",
        "date AAAA-MM-JJ",
    ),
    Broken(
        "convention_diagnostics",
        "a diagnostic less than printed",
        without(6),
        (1,),
        "(toutes)",
        "4",
        "lignes : 5 attendu",
        stops=True,
    ),
    Broken(
        "convention_diagnostics",
        "an identifier of another kind",
        edit(2, "diag_peg_pel", "peg_pel"),
        (2,),
        "diagnostic_id",
        "peg_pel",
        "identifiant en minuscules, qui commence par diag_",
    ),
    Broken(
        "convention_diagnostics",
        "a month for a date",
        edit(4, "CCAS;;", "CCAS;2021-06;"),
        (4,),
        "date_document",
        "2021-06",
        "date AAAA-MM-JJ attendue",
    ),
    Broken(
        "convention_indicateurs_evaluation",
        "an answer in words",
        edit(2, "GOV04+suivi.reunions", "les comités"),
        (2,),
        "suivi_par",
        "les comités",
        "indicateurs ou tables de l'observatoire, séparés par +",
    ),
    Broken(
        "convention_indicateurs_evaluation",
        "an indicator less than printed",
        without(2),
        (1,),
        "commune",
        "4",
        "où commune = Lille : 5 attendu",
        stops=True,
    ),
    Broken(
        "convention_realisations",
        "no column",
        edit(1, "evenement", "fait"),
        (1,),
        "evenement",
        "",
        HEADER_RULE,
        stops=True,
    ),
    Broken(
        "convention_realisations",
        "an unknown event",
        becomes("2022-05-12;LIL-A01;inauguration;;;Compte rendu de mai 2022;"),
        (2,),
        "evenement",
        "inauguration",
        "valeur parmi ouverture, démarrage, report, abandon, réunion tenue, réunion annulée, "
        "jalon atteint, diagnostic intégré, point de situation",
    ),
    Broken(
        "convention_realisations",
        "an event without its proof",
        becomes("2022-05-12;LIL-A01;démarrage;;;;"),
        (2,),
        "document",
        "",
        "texte non vide, sans blanc au bord",
    ),
    Broken(
        "convention_realisations",
        "an opening without its places",
        becomes(
            "2022-05-12;LIL-A01;ouverture;4;;Compte rendu de mai 2022;",
            "2022-05-12;LIL-A02;ouverture;;;Compte rendu de mai 2022;",
        ),
        (3,),
        "date, objet, evenement",
        "2022-05-12",
        "une ouverture, et elle seule, dit ses places : 0 si l'action n'en crée pas",
    ),
    Broken(
        "convention_realisations",
        "places for what is no opening",
        becomes("2022-05-12;LIL-A01;démarrage;4;;Compte rendu de mai 2022;"),
        (2,),
        "date, objet, evenement",
        "2022-05-12",
        "une ouverture, et elle seule, dit ses places : 0 si l'action n'en crée pas",
    ),
    Broken(
        "convention_realisations",
        "a postponement to nobody knows when",
        becomes("2022-05-12;LIL-A01;report;;;Compte rendu de mai 2022;"),
        (2,),
        "date, objet, evenement",
        "2022-05-12",
        "un report, et lui seul, dit la nouvelle année prévue",
    ),
    Broken(
        "convention_realisations",
        "an action that met",
        becomes("2022-05-12;LIL-A01;réunion tenue;;;Compte rendu de mai 2022;"),
        (2,),
        "date, objet, evenement",
        "2022-05-12",
        "une réunion tenue ou annulée porte sur une réunion du calendrier",
    ),
    Broken(
        "convention_realisations",
        "a milestone that met",
        becomes("2022-05-12;jalon_2022_1;réunion annulée;;;Compte rendu de mai 2022;"),
        (2,),
        "date, objet, evenement",
        "2022-05-12",
        "une réunion tenue ou annulée porte sur une réunion du calendrier",
    ),
    Broken(
        "convention_realisations",
        "a committee that was given up",
        becomes("2022-05-12;cotech_mai;abandon;;;Compte rendu de mai 2022;"),
        (2,),
        "date, objet, evenement",
        "2022-05-12",
        "ouverture, démarrage, report et abandon portent sur une action",
    ),
    Broken(
        "convention_realisations",
        "a diagnostic that is no milestone",
        becomes("2022-05-12;diag_peg_pel;jalon atteint;;;Compte rendu de mai 2022;"),
        (2,),
        "date, objet, evenement",
        "2022-05-12",
        "un jalon atteint porte sur un jalon",
    ),
    Broken(
        "convention_realisations",
        "a milestone that is no diagnostic",
        becomes("2022-05-12;jalon_2022_1;diagnostic intégré;;;Compte rendu de mai 2022;"),
        (2,),
        "date, objet, evenement",
        "2022-05-12",
        "un diagnostic intégré porte sur un diagnostic",
    ),
    Broken(
        "convention_realisations",
        "an opening of nothing",
        becomes("2022-05-12;;ouverture;4;;Compte rendu de mai 2022;"),
        (2,),
        "date, objet, evenement",
        "2022-05-12",
        "seul un point de situation peut porter sur toute la convention, sans objet",
    ),
    Broken(
        "convention_realisations",
        "an event twice",
        becomes(*["2022-05-12;LIL-A01;démarrage;;;Compte rendu de mai 2022;"] * 2),
        (2, 3),
        "date, objet, evenement",
        "2022-05-12",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "convention_realisations",
        "the name of a person in a remark",
        becomes("2022-05-12;LIL-A01;démarrage;;;Compte rendu de mai 2022;Mme Exemple"),
        (2,),
        "remarque",
        "E…",
        "ressemble au nom d'une personne",
        stops=True,
    ),
    Broken(
        "convention_preambule",
        "an unknown category",
        edit(2, ";EAJE;municipal;", ";garderie;municipal;"),
        (2,),
        "categorie",
        "garderie",
        "valeur parmi EAJE, micro-crèche, crèche familiale, LAEP, RAM, ludothèque, "
        "ALSH extrascolaire, ALSH périscolaire, accueil ados, école élémentaire, "
        "école maternelle",
    ),
    Broken(
        "convention_preambule",
        "a negative count",
        edit(3, ";25;", ";-25;"),
        (3,),
        "attendu",
        "-25",
        "minimum 0",
    ),
    Broken(
        "convention_causes",
        "words in a number",
        edit(2, "bpe.d502.59298;2;", "bpe.d502.59298;deux;"),
        (2,),
        "ecart",
        "deux",
        NUMBER,
    ),
    Broken(
        "convention_causes",
        "a cause twice",
        again(2),
        (2, 3),
        "rapprochement_id",
        "bpe.d502.59298",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "convention_developpement",
        "an unknown mode of care",
        edit(2, ";EAJE;", ";crèche;"),
        (2,),
        "type_service",
        "crèche",
        "valeur parmi EAJE, MAM, ALSH extrascolaire, ALSH périscolaire, accueil ados, autre",
    ),
    Broken(
        "convention_developpement",
        "places of no year",
        edit(2, ";4;2021;;", ";4;;;"),
        (2,),
        "action_id",
        "LIL-A01",
        "des places définies ou à définir ont une année",
    ),
    Broken(
        "convention_scenarios",
        "the name of the published figures",
        edit(2, "fermeture_concorde;", "référence;"),
        (2,),
        "scenario_id",
        "référence",
        "identifiant en minuscules, sans accent",
    ),
    Broken(
        "convention_scenarios",
        "the same name without its accents",
        edit(2, "fermeture_concorde;", "reference;"),
        (2,),
        "scenario_id, levier, lignes, territoire_id",
        "reference",
        "« reference » est réservé aux valeurs publiées",
    ),
    Broken(
        "convention_scenarios",
        "an unknown lever",
        edit(2, ";fermeture;", ";déménagement;"),
        (2,),
        "levier",
        "déménagement",
        "valeur parmi fermeture, ouverture, cible",
    ),
    Broken(
        "convention_scenarios",
        "a closure of nothing",
        edit(2, ";LIL-004;", ";;"),
        (2,),
        "scenario_id, levier, lignes, territoire_id",
        "fermeture_concorde",
        "une fermeture, et elle seule, nomme des lignes du registre",
    ),
    Broken(
        "convention_scenarios",
        "a closure with its places",
        edit(2, ";LIL-004;;;;", ";LIL-004;;50;;"),
        (2,),
        "scenario_id, levier, lignes, territoire_id",
        "fermeture_concorde",
        "une ouverture, et elle seule, donne un nombre de places",
    ),
    Broken(
        "convention_scenarios",
        "an opening nowhere",
        edit(3, ";5935005;", ";;"),
        (3,),
        "scenario_id, levier, lignes, territoire_id",
        "vingt_places_moulins",
        "une ouverture, et elle seule, nomme un territoire",
    ),
    Broken(
        "convention_scenarios",
        "an opening of no place",
        edit(3, ";5935005;20;", ";5935005;;"),
        (3,),
        "scenario_id, levier, lignes, territoire_id",
        "vingt_places_moulins",
        "une ouverture, et elle seule, donne un nombre de places",
    ),
    Broken(
        "convention_scenarios",
        "a target without its rate",
        edit(4, ";33;", ";;"),
        (4,),
        "scenario_id, levier, lignes, territoire_id",
        "cible_barcelone",
        "une cible, et elle seule, a un taux",
    ),
    Broken(
        "convention_scenarios",
        "a lever twice",
        again(3),
        (3, 4),
        "scenario_id, levier, lignes, territoire_id",
        "vingt_places_moulins",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "convention_cibles",
        "a target by the name of one département",
        plus("nord;Nord;33;2019;Un rapport;"),
        (2,),
        "cible_id",
        "nord",
        "valeur parmi département, France, politique",
    ),
    Broken(
        "convention_cibles",
        "more places than children",
        plus("France;France;130;2019;Un rapport;"),
        (2,),
        "taux_eaje_pct",
        "130",
        "maximum 100",
    ),
    Broken(
        "education_etablissements",
        "an UAI without its letter",
        edit(2, "0590117G;", "05901170;"),
        (2,),
        "numero_uai",
        "05901170",
        "numéro UAI : sept chiffres et une lettre",
    ),
    Broken(
        "education_etablissements",
        "a longitude alone",
        edit(2, ";50.642779647074164;", ";;"),
        (2,),
        "numero_uai",
        "0590117G",
        "latitude et longitude vont ensemble",
    ),
    Broken(
        "education_etablissements",
        "two schools under one UAI",
        edit(3, "0590125R;", "0590117G;"),
        (2, 3),
        "numero_uai",
        "0590117G",
        KEY_RULE,
        stops=True,
    ),
    Broken(
        "geo_adresses",
        "a point beyond the pole",
        edit(2, ";50.619480189909;", ";150.619480189909;"),
        (2,),
        "lat",
        "150.619480189909",
        "maximum 90",
    ),
    Broken(
        "geo_adresses",
        "an address without words",
        edit(2, "8 allee de la filature;", ";"),
        (2,),
        "adresse",
        "",
        "texte non vide, sans blanc au bord",
    ),
    Broken(
        "geo_iris",
        "a point beyond the pole",
        edit(2, ";50.632096;", ";150.632096;"),
        (2,),
        "lat",
        "150.632096",
        "maximum 90",
    ),
    Broken("geo_iris", "an IRIS twice", again(2), (2, 3), "IRIS", "593500101", KEY_RULE, True),
    Broken(
        "geo_iris",
        "no column",
        edit(1, "lon;lat", "lng;lat"),
        (1,),
        "lon",
        "",
        HEADER_RULE,
        stops=True,
    ),
    Broken(
        "geo_districts",
        "a code of six digits",
        feature(0, "district_id", "593501"),
        (),
        "district_id",
        "593501",
        "grand quartier à sept caractères",
    ),
    Broken(
        "geo_districts",
        "an outline without its longitude",
        outline(0, None),
        (),
        "district_id",
        "5935001",
        "contour d'un seul tenant ou de plusieurs, sans croisement, en degrés WGS84",
    ),
    Broken(
        "geo_districts",
        "an outline in metres",
        outline(0, 704_000),
        (),
        "district_id",
        "5935001",
        "contour d'un seul tenant ou de plusieurs, sans croisement, en degrés WGS84",
    ),
    Broken(
        "geo_districts",
        "a district twice",
        feature(1, "district_id", "5935001"),
        (),
        "district_id",
        "5935001",
        KEY_RULE,
        stops=True,
    ),
)


# Where files of several vintages are committed, that of the one to break.
VINTAGE_TO_BREAK = {"insee_filosofi": 2019, "caf_allocataires": 2019}
# What is committed of them has too few rows to break: Lille is one commune, without changes.
WITHOUT_ROWS = {"insee_filosofi_communes", "insee_qpv", "insee_iris_modifications"}


def a_copy(table: str, folder: Path) -> SourceFile:
    """A committed file of a data set with its sidecar, in a place where it can be broken.

    Without one that can be, it is the first known edition.
    """
    root = folder / "sources"
    committed = [
        file
        for file in files_of(BY_TABLE[table].jeu, FILES)
        if file.fiche.millesime == VINTAGE_TO_BREAK.get(table, file.fiche.millesime)
    ]
    if not committed or table in WITHOUT_ROWS:
        return next(edition for edition in EDITIONS if edition.table == table).write(root)
    (real,) = committed
    path = root / real.source_id
    path.parent.mkdir(parents=True)
    shutil.copy(SOURCES / CATALOGUE, root)
    shutil.copy(real.path, path)
    shutil.copy(real.path.with_name(real.path.name + SUFFIX), path.parent)
    (copied,) = catalogue(root)
    return copied


def published_name(dataset: Dataset, column: str, vintage: int) -> str:
    """The name in the file of a column that a finding may give under its name once loaded."""
    names = {item.loaded: item.published(vintage) for item in dataset.contract.fields}
    return names.get(column, column)


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_broken_file_is_refused_with_its_line_column_value_and_rule(
    broken: Broken, tmp_path: Path
) -> None:
    dataset, file = BY_TABLE[broken.table], a_copy(broken.table, tmp_path)
    broken.change(file.path)

    admission = dataset.admit(file)

    found = [
        row
        for row in admission.findings.rows(named=True)
        if broken.rule in row["regle"]
        and published_name(dataset, row["colonne"], file.fiche.millesime) == broken.column
        and broken.value in row["valeur"]
    ]
    assert found, admission.findings.rows()
    assert {row["fichier"] for row in found} == {file.source_id}
    if broken.lines:
        assert [row["ligne"] for row in found] == list(broken.lines)
        of_rows = admission.findings.filter(~pl.col("regle").str.contains(r" attendu \("))
        accused = set(of_rows["ligne"])
        of_figure = re.search(r"\d attendu", broken.rule)
        assert accused == (set() if of_figure else set(broken.lines)), "others too"
    aside = broken.table in SETS_ROWS_ASIDE and not broken.stops
    assert {row["gravite"] for row in found} == {"rejet" if aside else "arrêt"}
    assert admission.stopped or aside
    if aside:
        assert admission.kept.height == admission.rows_read - len(broken.lines)
        # A line of births is a row a year: the others stay.
        births = isinstance(dataset.layout, Table) and dataset.layout.series
        assert births or set(admission.kept["ligne"]).isdisjoint(broken.lines)
    said = sentence(found[0])
    for words in (file.source_id, f"ligne {found[0]['ligne']}", broken.rule, "Remède : "):
        assert words in said


def test_every_data_set_has_a_broken_file() -> None:
    assert {broken.table for broken in BROKEN} == {dataset.table for dataset in DATASETS}


@pytest.mark.parametrize(
    ("dataset", "file"),
    [(dataset, file) for dataset in DATASETS for file in files_of(dataset.jeu, FILES)],
    ids=lambda value: value.table if isinstance(value, Dataset) else value.path.name,
)
def test_the_committed_extract_is_admitted_whole(dataset: Dataset, file: SourceFile) -> None:
    admission = dataset.admit(file)
    assert admission.findings.is_empty(), admission.findings.rows()
    assert admission.kept.height == admission.rows_read
    if file.path.suffix == ".csv":
        with file.path.open(encoding="utf-8-sig", newline="") as lines:
            assert admission.rows_read == sum(1 for _ in csv.reader(lines, delimiter=";")) - 1


@pytest.mark.parametrize(
    ("dataset", "file"),
    [(dataset, file) for dataset in DATASETS for file in files_of(dataset.jeu, FILES)],
    ids=lambda value: value.table if isinstance(value, Dataset) else value.path.name,
)
def test_a_territory_that_has_nothing_in_the_extract_finds_nothing_wrong_in_it(
    dataset: Dataset, file: SourceFile
) -> None:
    admission = dataset.admit(file, Scope(frozenset(["01004"])))
    assert admission.findings.is_empty(), admission.findings.rows()
    assert admission.kept.height == (0 if dataset.area else admission.rows_read)


def test_a_follow_up_with_each_kind_of_event_is_admitted_whole(tmp_path: Path) -> None:
    file = a_copy("convention_realisations", tmp_path)
    becomes(
        "2021-09-01;LIL-A01;ouverture;4;;Compte rendu de septembre 2021;",
        "2021-09-01;LIL-A11;ouverture;0;;Compte rendu de septembre 2021;deux postes",
        "2021-09-02;LIL-A05;démarrage;;;Ordre de service;",
        "2022-01-10;LIL-A05;report;;2024;Compte rendu de janvier 2022;",
        "2022-02-01;LIL-A06;abandon;;;Compte rendu de février 2022;",
        "2022-05-20;cotech_mai;réunion tenue;;;Compte rendu de mai 2022;",
        "2022-06-20;copil_juin;réunion annulée;;;Courrier de juin 2022;",
        "2022-12-15;jalon_2022_1;jalon atteint;;;Diagnostic global;",
        "2022-12-15;diag_besoins_sociaux;diagnostic intégré;;;Diagnostic global;",
        "2022-12-31;LIL-A01;point de situation;;;Revue du plan d'actions;",
        "2022-12-31;;point de situation;;;Revue du plan d'actions;",
    )(file.path)
    admission = BY_TABLE["convention_realisations"].admit(file)
    assert admission.findings.is_empty(), admission.findings.rows()
    assert admission.kept.height == 11


def test_every_data_set_without_which_nothing_can_be_computed_has_a_committed_file() -> None:
    required = {dataset.jeu for dataset in DATASETS if dataset.required}
    assert required
    assert required <= {file.fiche.jeu for file in FILES}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("insee_filosofi", edit(3, ";17,6;", ";nc;")),
        ("insee_bpe", plus("32;59;59350;59350_0115;2019;X999;1")),
        ("insee_naissances_departement", put("DEP", 5, 2, "n/d")),
        ("insee_naissances_france", put("France", 6, 2, "n/d")),
        ("caf_allocataires", edit(4, ";1283;", ";-1283;")),
        ("caf_cej", plus("593500101;iris;2019;12;enfance;Enfants;3;5;enfants;publié;120")),
    ],
)
def test_one_bad_row_set_aside_does_not_stop_the_refresh(
    table: str, change: Change, tmp_path: Path
) -> None:
    file = a_copy(table, tmp_path)
    change(file.path)
    admission = BY_TABLE[table].admit(file)
    assert admission.rows_rejected == admission.rejected["ligne"].n_unique() == 1
    assert not admission.stopped, admission.findings.rows()


@pytest.mark.parametrize(
    ("table", "change", "column"),
    [
        ("insee_familles", edit(3, ";1445.42022368673;", ";-1445.42022368673;"), "C19_MEN"),
        ("insee_bpe", edit(2, "C101;1", "C101;-1"), "NB_EQUIP"),
        ("caf_allocataires", edit(4, ";1283;", ";-1283;"), "A"),
    ],
)
def test_a_finding_names_the_column_as_the_file_prints_it(
    table: str, change: Change, column: str, tmp_path: Path
) -> None:
    file = a_copy(table, tmp_path)
    change(file.path)
    assert BY_TABLE[table].admit(file).findings["colonne"][0] == column


# What Insee and the Caf print in place of a value.
INSEE = {"": "non disponible", "nd": "non disponible", "ns": "secret", "so": "sans objet"}
MARKS = {
    "insee_filosofi": INSEE,
    "insee_filosofi_communes": INSEE,
    "insee_bpe_localisee": INSEE,
    "insee_naissances": INSEE,
    "insee_naissances_departement": INSEE,
    "insee_naissances_france": INSEE,
    "insee_qpv": INSEE,
    "caf_allocataires": {"": "secret"},
}


@pytest.mark.parametrize("table", MARKS)
def test_a_mark_is_kept_with_its_meaning_in_every_field_that_may_bear_it(
    table: str, tmp_path: Path
) -> None:
    dataset, file = BY_TABLE[table], a_copy(table, tmp_path)
    vintage = file.fiche.millesime
    # One in every field that may bear a mark, in a row that no note masks.
    may = {item.loaded: item for item in dataset.contract.fields if item.marks}
    first = dataset.read(opened(file.path), vintage).frame.head(1)
    printed = dataset.contract.heading(first.columns, vintage)
    names = {loaded: printed.get(loaded, item.published(vintage)) for loaded, item in may.items()}
    sound = first.with_columns(pl.lit("0").alias(name) for name in names.values())
    if "note" in printed:
        sound = sound.with_columns(NOTE=pl.lit("0"))
    cases = [(item, *mark) for item in may.values() for mark in MARKS[table].items()]
    places = (f"{59001 + rank}" for rank in range(len(cases)))
    if "iris" in dataset.contract.fields[0].rule.lower():
        places = (f"{place}0000" for place in places)
    frame = pl.concat(
        sound.with_columns(
            pl.lit(mark).alias(names[item.loaded]),
            pl.lit(place).alias(dataset.contract.fields[0].name),
            *(pl.lit(place[:5]).alias("COM") for _ in {"com"} & printed.keys()),
        )
        for (item, mark, _), place in zip(cases, places, strict=True)
    )
    admission = admit(frame, dataset.contract, file="f", vintage=vintage)
    assert admission.findings.is_empty(), admission.findings.rows()
    for row, (item, _, meaning) in zip(admission.kept.rows(named=True), cases, strict=True):
        assert row[item.loaded] is None
        filled = {name: value for name, value in row.items() if name.endswith("_marque") and value}
        assert filled == {item.mark: meaning}


def test_only_the_fields_tested_above_bear_marks() -> None:
    marked = {
        dataset.table for dataset in DATASETS if any(item.marks for item in dataset.contract.fields)
    }
    assert marked == set(MARKS)


HTML = b"""<!DOCTYPE html>
<html lang="fr"><head><title>403</title><style>body {margin:0; padding:0; color:red}</style></head>
<body><p>Acc&egrave;s refus&eacute; ; r&eacute;essayez&nbsp;plus tard.</p></body></html>
"""


def latin(path: Path) -> None:
    path.write_bytes(path.read_text("utf-8").encode("latin-1", errors="replace"))


def cut_line(line: int, cells: int) -> Change:
    """Keep the first cells of a line: a transfer that broke."""

    def change(path: Path) -> None:
        lines = path.read_bytes().split(b"\n")
        lines[line - 1] = b";".join(lines[line - 1].split(b";")[:cells])
        path.write_bytes(b"\n".join(lines))

    return change


@pytest.mark.parametrize(
    ("table", "change", "place"),
    [
        # The first accent of the registry is on its second line.
        pytest.param("convention_registre", latin, "ligne 2", id="latin-1"),
        pytest.param(
            "insee_population", lambda path: path.write_bytes(b""), "fichier entier", id="empty"
        ),
        pytest.param(
            "geo_iris",
            lambda path: path.write_bytes(b"\xef\xbb\xbf\r\n"),
            "fichier entier",
            id="mark alone",
        ),
        pytest.param(
            "caf_places", lambda path: path.write_bytes(HTML), "fichier entier", id="html page"
        ),
        pytest.param("caf_places", edit(3, ";5073", ";5073;1;2"), "ligne 3", id="row too long"),
        pytest.param("caf_places", cut_line(3, 9), "", id="row too short"),
        # All the cells that are lost here may be empty: only their number tells.
        pytest.param("caf_allocataires", cut_line(3, 6), "", id="row too short, cells optional"),
        pytest.param(
            "insee_iris",
            lambda path: path.write_bytes(HTML),
            "fichier entier",
            id="html page for a workbook",
        ),
        pytest.param(
            "insee_naissances",
            lambda path: write_workbook(path, {"Communes": [["a"]], "Départements": [["a"]]}),
            "feuille COM",
            id="no sheet",
        ),
        pytest.param(
            "geo_districts",
            lambda path: path.write_bytes(HTML),
            "fichier entier",
            id="html page for GeoJSON",
        ),
        pytest.param(
            "geo_districts",
            lambda path: path.write_text('{"type": "Point"}'),
            "fichier entier",
            id="another JSON",
        ),
        pytest.param("geo_districts", latin, "", id="GeoJSON in latin-1"),
    ],
)
def test_an_unreadable_file_is_one_french_sentence_and_never_a_traceback(
    table: str, change: Change, place: str, tmp_path: Path
) -> None:
    file = a_copy(table, tmp_path)
    change(file.path)
    admission = BY_TABLE[table].admit(file)
    assert admission.stopped
    (found,) = admission.findings.rows(named=True)
    said = sentence(found)
    assert file.path.name in said
    assert place in said
    assert "Remède : " in said


def test_an_html_page_without_a_separator_is_told_for_what_it_is(tmp_path: Path) -> None:
    file = a_copy("caf_places", tmp_path)
    file.path.write_bytes(b"<html>\n<body>Page introuvable</body>\n</html>\n")
    admission = BY_TABLE["caf_places"].admit(file)
    assert admission.stopped
    (found,) = admission.findings.rows(named=True)
    assert "page web" in sentence(found)


@pytest.mark.parametrize(
    ("table", "change", "line", "column", "value"),
    [
        ("caf_places", edit(2, ";1993;", ";٣;"), 2, "pl_psu_col_com", "٣"),
        ("caf_places", edit(2, ";1993;", f";{'9' * 20};"), 2, "pl_psu_col_com", "9" * 20),
        ("caf_couverture", edit(2, ";27.9;", ";٣;"), 2, "txcouv_psu_col_com", "٣"),
        ("caf_couverture", edit(2, ";27.9;", ";1e999;"), 2, "txcouv_psu_col_com", "1e999"),
    ],
    ids=["digits of another script", "too many digits", "a decimal in another script", "infinite"],
)
def test_a_number_that_no_column_can_hold_is_a_finding(
    table: str, change: Change, line: int, column: str, value: str, tmp_path: Path
) -> None:
    file = a_copy(table, tmp_path)
    change(file.path)
    admission = BY_TABLE[table].admit(file)
    found = admission.findings.select("ligne", "colonne", "valeur").rows()
    assert (line, column, value) in found


def test_the_line_stays_right_after_a_cell_of_two_lines(tmp_path: Path) -> None:
    file = a_copy("convention_calendrier", tmp_path)
    both(
        edit(3, "1 Comité de Pilotage en juin", '"1 Comité de Pilotage\nen juin'),
        # The edit above made one line two: what was the third now ends on the fourth.
        edit(4, "1 fois par an", '1 fois par an"'),
        edit(5, ";1;11;", ";1;13;"),
    )(file.path)
    findings = BY_TABLE["convention_calendrier"].admit(file).findings
    assert findings.filter(pl.col("regle") == "maximum 12")["ligne"].to_list() == [5]


def test_the_line_stays_right_after_blank_lines_above_the_header(tmp_path: Path) -> None:
    file = a_copy("caf_places", tmp_path)
    file.path.write_bytes(b"\n\n" + file.path.read_bytes())
    edit(4, ";1993;", ";-1993;")(file.path)
    findings = BY_TABLE["caf_places"].admit(file).findings
    assert findings.filter(pl.col("regle") == "minimum 0")["ligne"].to_list() == [4]


def test_the_line_stays_right_after_a_blank_line_of_a_sheet(tmp_path: Path) -> None:
    file = a_copy("insee_grands_quartiers", tmp_path)
    rows = sheet_of(file.path, "Zones_supra_IRIS")
    blank: list[str | None] = [None] * len(rows[0])
    rows.insert(9, blank)
    rows[11][3] = "0"
    write_workbook(file.path, {"Zones_supra_IRIS": rows})
    findings = BY_TABLE["insee_grands_quartiers"].admit(file).findings
    assert findings["ligne"].to_list() == [12]


def test_a_row_of_a_sheet_whose_figures_were_erased_is_not_lost_in_silence(tmp_path: Path) -> None:
    file = a_copy("insee_grands_quartiers", tmp_path)
    rows = sheet_of(file.path, "Zones_supra_IRIS")
    rows[9][1:] = [None] * (len(rows[9]) - 1)
    write_workbook(file.path, {"Zones_supra_IRIS": rows})
    assert BY_TABLE["insee_grands_quartiers"].admit(file).stopped


def test_a_figure_is_told_with_single_spaces(tmp_path: Path) -> None:
    file = a_copy("convention_registre", tmp_path)
    without(5)(file.path)
    (rule,) = BY_TABLE["convention_registre"].admit(file).findings["regle"]
    assert rule.startswith("lignes où annexe = 1 : 210 attendu (37 EAJE")


def test_a_plan_names_its_themes_in_its_own_words(tmp_path: Path) -> None:
    file = a_copy("convention_developpement", tmp_path)
    edit(2, ";petite enfance parentalité;", ";accès aux droits et logement;")(file.path)
    admission = BY_TABLE["convention_developpement"].admit(file)
    assert admission.findings.is_empty()
    assert admission.kept["thematique"][0] == "accès aux droits et logement"


def test_births_become_one_row_a_place_and_year_with_their_provenance() -> None:
    dataset = BY_TABLE["insee_naissances_france"]
    (file,) = files_of(dataset.jeu, FILES)
    rows = dataset.rows([(file, dataset.admit(file))])
    # Three places, 2008 to 2024.
    assert rows.height == 3 * 17
    found: dict[tuple[str, int], dict[str, Any]] = {
        (row["codgeo"], row["annee"]): row for row in rows.rows(named=True)
    }
    assert found["F", 2013]["naissances"] is None
    assert found["F", 2013]["naissances_marque"] == "sans objet"
    assert found["F", 2014]["naissances"] == 816638
    assert found["F", 2014]["naissances_marque"] is None
    # Under the header of line 4, France is on line 5 and metropolitan France on line 6.
    assert found["FM", 2008]["ligne"] == 6
    assert found["FM", 2008]["naissances"] == 794507
    assert found["FM", 2008]["source_id"] == "insee/naissances_domiciliees_annuelles.xlsx"
    assert found["FM", 2008]["millesime"] == file.fiche.millesime
