"""From the publishers' whole files to the project's own extracts.

Rows of the territory, columns of the contract, values untouched: each entry of ``EXTRACTS`` says
which published file is read, what is kept of it, and what the sidecar (``<file>.fiche.yml``) says
of it. Cells are copied as text, in the publisher's layout (delimiter, BOM, line ends, missing
marks, row of the header), so that a whole official file can take the place of its extract.

A maintainer's tool, imported by nothing::

    python -m pipelines.extract DIR_OF_PUBLISHED_FILES [--vers sources]
"""

import argparse
import csv
import hashlib
import io
import json
import math
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import fastexcel
import shapely
import xlsxwriter
import yaml

TERRITORY = "59350"
DISTRICT_DIGITS = 7
SIMPLIFICATION_M = 10.0  # square root of the area under which a vertex goes
EQUATOR_M, ECCENTRICITY2 = 6_378_137.0, 0.00669438  # WGS84

Make = Callable[[Path], bytes]
Row = tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class Extract:
    """One file of ``sources/``: how it is made, and what its sidecar says.

    ``publication`` is its entry of the catalogue, which says the rest; ``own`` is what differs from
    it, and ``checks`` the figures that hold for the extract alone.
    """

    target: str
    make: Make
    publication: str
    kept: str
    own: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Mapping[str, Any], ...] = ()

    def fiche(self, content: bytes) -> str:
        """The sidecar of ``content``, in French, keys in the order of the contract."""
        said: dict[str, Any] = {
            "publication": self.publication,
            **self.own,
            "extrait": self.kept,
            "octets": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        if self.checks:
            said["chiffres_de_controle"] = [dict(check) for check in self.checks]
        return yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=100)


def count(column: str, expected: int, origin: str, **where: str) -> dict[str, Any]:
    """A check figure: the number of rows where each column has its value."""
    return {
        "colonne": column,
        "ou": where,
        "mesure": "lignes",
        "attendu": expected,
        "tolerance": 0,
        "origine": origin,
    }


# --- delimited text -----------------------------------------------------------------------------


def table(
    source: str, keep: Mapping[str, str | tuple[str, ...]], columns: str = "", official: str = ""
) -> Make:
    """The rows whose cells start as ``keep`` says, and the ``columns`` (none named: all).

    ``official`` restores the publisher's names, and his layout, where a redistributor changed them.
    """

    def make(published: Path) -> bytes:
        text = _content(published / source).decode("utf-8")
        bom = "\ufeff" if text.startswith("\ufeff") and not official else ""
        end = "\r\n" if "\r\n" in text else "\n"
        text = text.removeprefix("\ufeff")
        delimiter = ";" if ";" in text.split(end, 1)[0] else ","
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        names = columns.split() or list(rows.fieldnames or ())
        out = io.StringIO(bom, newline="")
        out.seek(0, io.SEEK_END)
        writer = csv.writer(out, delimiter=";", lineterminator=end)
        writer.writerow(official.split() or names)
        for row in rows:
            if all(row[column].startswith(starts) for column, starts in keep.items()):
                writer.writerow([row[name] for name in names])
        return out.getvalue().encode("utf-8")

    return make


def _content(path: Path) -> bytes:
    """The bytes of a file, or of the only member of a zip."""
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        (member,) = archive.namelist()
        return archive.read(member)


# --- workbooks ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sheet:
    """What is kept of a sheet: all down to the header, the rows of the key, the notes below."""

    name: str
    header: int = 0  # row of the header, counted from 1
    key: int = 0  # column of the key, counted from 0
    starts: str = ""
    numbers: int | None = None  # first column whose cells are numbers in the published file

    def keeps(self, number: int, row: Row) -> bool:
        """Whether a row stays: header and above, notes below, rows of the territory."""
        is_note = bool(row[0]) and not any(row[1:])
        return number <= self.header or is_note or (row[self.key] or "").startswith(self.starts)

    def is_number(self, number: int, column: int, cell: str) -> bool:
        """Whether a cell was a number in the published sheet."""
        below = number > self.header and self.numbers is not None and column >= self.numbers
        return below and cell.isdigit()


def workbook(source: str, *sheets: Sheet) -> Make:
    """The ``sheets`` of a workbook, names and rows of headers kept, formats left."""

    def make(published: Path) -> bytes:
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
            book.set_properties({"created": datetime(1980, 1, 1)})
            for sheet in sheets:
                written = book.add_worksheet(sheet.name)
                kept = (
                    (number, row)
                    for number, row in enumerate(_rows(published / source, sheet.name), start=1)
                    if sheet.keeps(number, row)
                )
                for place, (number, row) in enumerate(kept):
                    for column, cell in enumerate(row):
                        if cell and sheet.is_number(number, column, cell):
                            written.write_number(place, column, int(cell))
                        elif cell:
                            written.write_string(place, column, cell)
        return out.getvalue()

    return make


def _rows(path: Path, sheet: str) -> list[Row]:
    """Every row of a sheet, every cell as text."""
    loaded = fastexcel.read_excel(path).load_sheet(sheet, header_row=None, dtypes="string")
    return loaded.to_polars().rows()


# --- geography ----------------------------------------------------------------------------------


def _shapes(path: Path) -> list[tuple[str, str, Any]]:
    """IRIS, label and polygon, in the order of the codes."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return sorted(
        (
            (
                feature["properties"]["iris_code"],
                feature["properties"]["iris_name"],
                shapely.geometry.shape(feature["geometry"]),
            )
            for feature in features
            if feature["properties"]["iris_code"].startswith(TERRITORY)
        ),
        key=itemgetter(0),
    )


def _scale(geometries: Iterable[Any]) -> tuple[float, float]:
    """Metres in a degree of longitude and in one of latitude, at the middle of the geometries.

    The scales of a local equirectangular projection: over a territory of some 10 km, its areas
    depart from the true ones by less than one in a thousand.
    """
    _, south, _, north = shapely.total_bounds(list(geometries))
    latitude = math.radians((south + north) / 2)
    flattened = 1 - ECCENTRICITY2 * math.sin(latitude) ** 2
    normal = EQUATOR_M / math.sqrt(flattened)
    meridian = normal * (1 - ECCENTRICITY2) / flattened
    return math.radians(normal * math.cos(latitude)), math.radians(meridian)


def centroids(source: str, published: Path) -> bytes:
    """A point inside each IRIS (the centroid where it falls within), and the area."""
    shapes = _shapes(published / source)
    x, y = _scale(shape for *_, shape in shapes)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(["IRIS", "LIB_IRIS", "lon", "lat", "surface_km2"])
    for code, label, shape in shapes:
        point = shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
        area = shape.area * x * y / 1e6
        writer.writerow([code, label, f"{point.x:.6f}", f"{point.y:.6f}", f"{area:.3f}"])
    return out.getvalue().encode("utf-8")


def districts(source: str, reference: str, published: Path) -> bytes:
    """The IRIS joined by their first digits, their shared borders simplified once for both."""
    labels = {row[1]: row[2] for row in _rows(published / reference, "Zones_supra_IRIS")}
    shapes = _shapes(published / source)
    x, y = _scale(shape for *_, shape in shapes)
    unions = {
        district: shapely.unary_union([shape for *_, shape in members])
        for district, members in groupby(shapes, key=lambda shape: shape[0][:DISTRICT_DIGITS])
    }
    metres = shapely.transform(list(unions.values()), lambda points: points * (x, y))
    simple = shapely.coverage_simplify(metres, SIMPLIFICATION_M)
    degrees = shapely.transform(simple, lambda points: (points / (x, y)).round(5))
    oriented = shapely.orient_polygons(degrees)  # as RFC 7946 wants them
    features = [
        {
            "type": "Feature",
            "properties": {"district_id": district, "libelle": labels[district]},
            "geometry": shapely.geometry.mapping(polygon),
        }
        for district, polygon in zip(unions, oriented, strict=True)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return (json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


# --- the extracts -------------------------------------------------------------------------------

COUNTED = "comptage dans le fichier publié"
ROWS = "les 110 IRIS de la commune 59350"
RESTORED = (
    "lignes de la commune 59350, 2017 à 2022, dans l'ordre du fichier lu ; le fichier lu venait "
    "d'un rediffuseur qui avait renommé les colonnes et changé le séparateur : les noms officiels "
    "et la présentation officielle (point-virgule, UTF-8) sont rétablis, les valeurs sont "
    "inchangées"
)
PLACES_COLUMNS = (
    "date_reference num_commune nom_commune numero_EPCI nom_EPCI numero_departement nom_departement"
    " places_EAJE_PSU places_hors_EAJE_PSU places_EAJE_ensemble places_prescolarisation"
    " places_assistante_maternelle places_salariee_domicile places_accueil_individuel_ensemble"
    " places_offertes_ensemble"
)
COVERAGE_COLUMNS = (
    "date_reference numero_commune nom_commune numero_epci nom_epci numero_departement"
    " nom_departement taux_de_couv_eaje_psu taux_de_couv_hors_eaje_psu taux_de_couv_eaje_ensemble"
    " taux_de_couv_prescolarisation taux_de_couv_assistante_maternelle"
    " taux_de_couv_salariee_a_domicile taux_de_couv_accueil_individuel_ensemble"
    " taux_de_couv_global"
)
OFFICIAL_KEYS = "annee numcom nomcom numepci nomepci numdep nomdep"
IRIS_REFERENCE = "insee/reference_IRIS_geo2023.xlsx"
IRIS_SHAPES = "geo/iris_lille_2020.geojson"


def _beneficiaries(year: int, published_rows: int) -> Extract:
    """Caf households by IRIS: one file a year, one layout."""
    path = f"caf/data_CAF_{year}_IRIS.csv"
    return Extract(
        target=path,
        make=table(
            path,
            keep={"CODGEO": TERRITORY},
            columns="CODGEO NOTE A PERCOU AI AM ACSSENF ACAVENF AC3ENF ENF ENF_2 ENF_3_5 ENF_6_10"
            " ENF_11_14 ENF_15_17 ENF_18_24",
        ),
        publication=f"caf_allocataires_{year}",
        kept=f"{ROWS}, 16 colonnes sur 23 ; valeurs inchangées : NOTE différente de 0, ligne "
        "masquée ; case vide, effectif que le secret masque",
        checks=(
            count("CODGEO", 110, COUNTED),
            count(
                "CODGEO",
                published_rows,
                f"{110 - published_rows} IRIS masqués sur 110 dans le fichier publié",
                NOTE="0",
            ),
        ),
    )


def _income(year: int, published_rows: int) -> Extract:
    """Disposable income by IRIS: one file a year, one layout; the year is in the column names."""
    path = f"insee/BASE_TD_FILO_DISP_IRIS_20{year}.csv"
    names = ("DISP_TP60", "DISP_Q1", "DISP_MED", "DISP_Q3", "DISP_NOTE")
    columns = " ".join(f"{name}{year}" for name in names)
    return Extract(
        target=path,
        make=table(path, keep={"COM": TERRITORY}, columns=f"IRIS LIBIRIS COM LIBCOM {columns}"),
        publication=f"insee_filosofi_20{year}",
        kept=f"les {published_rows} IRIS publiés de la commune 59350 (sur 110), 9 colonnes sur 32 ;"
        " valeurs, virgule décimale et marques de valeur manquante inchangées",
        checks=(count("IRIS", published_rows, COUNTED),),
    )


EXTRACTS = (
    Extract(
        target="insee/base-ic-evol-struct-pop-2019.csv",
        make=table(
            "insee/base-ic-evol-struct-pop-2019.mel.csv",
            keep={"COM": TERRITORY},
            columns="IRIS COM TYP_IRIS LAB_IRIS P19_POP P19_POP0002 P19_POP0305 P19_POP0610"
            " P19_POP1117 P19_POP1824 P19_POP2539 P19_POP4054 P19_POP5564 P19_POP6579 P19_POP80P",
        ),
        publication="insee_population_2019",
        kept=f"{ROWS}, 15 colonnes (population et ses dix tranches d'âge) ; valeurs inchangées",
    ),
    Extract(
        target="insee/base-ic-couples-familles-menages-2019.csv",
        make=table(
            "insee/base-ic-couples-familles-menages-2019.dep59.csv",
            keep={"COM": TERRITORY},
            columns="IRIS COM C19_MEN C19_FAM C19_COUPAENF C19_FAMMONO C19_COUPSENF C19_NE24F0"
            " C19_NE24F1 C19_NE24F2 C19_NE24F3 C19_NE24F4P",
        ),
        publication="insee_familles_2019",
        kept=f"{ROWS}, 12 colonnes ; valeurs inchangées",
    ),
    _income(18, published_rows=93),
    _income(19, published_rows=94),
    Extract(
        target="insee/FILO2019_DISP_COM.csv",
        make=table(
            "insee/FILO2019_DISP_COM.csv",
            keep={"CODGEO": TERRITORY},
            columns="CODGEO LIBGEO NBMEN19 NBPERS19 Q119 Q219 Q319",
        ),
        publication="insee_filosofi_communes_2019",
        kept="la ligne de la commune 59350, 7 colonnes sur 29 ; valeurs et virgule décimale "
        "inchangées",
        checks=(count("CODGEO", 1, COUNTED),),
    ),
    Extract(
        target="insee/qpv_DEMO_2019.csv",
        make=table(
            "caf/qpv_DEMO_2019.csv",
            keep={"CODGEO": ("QP059073", "QP059074", "QP059075", "QP059076", "QP059080")},
            columns="CODGEO LIBGEO POP_MUN POP_COM_QP POP_COM LIB_COM TX_TOT_0A24 A PERCOU AM"
            " ACAVENF AC3ENF ENF ENF_2 ENF_3_5 ENF_6_10 ENF_11_14 ENF_15_17 NOTE_CNAF",
        ),
        publication="insee_qpv_2019",
        kept="les cinq quartiers prioritaires situés à Lille, en tout ou partie, 19 colonnes ; "
        "espaces de milliers, virgule décimale et cases vides inchangés",
        checks=(count("CODGEO", 5, COUNTED),),
    ),
    Extract(
        target="insee/bpe19_ensemble.csv",
        make=table(
            "insee/bpe19_ensemble_csv.zip",
            keep={"DEPCOM": TERRITORY, "TYPEQU": ("D502", "C101", "C102", "C104", "C105")},
        ),
        publication="insee_bpe_2019",
        kept="lignes de la commune 59350 pour cinq types d'équipement : D502 accueil du jeune "
        "enfant, C101 et C102 écoles maternelles, C104 et C105 écoles élémentaires (ni C102 ni "
        "C105 à Lille) ; les sept colonnes, valeurs inchangées",
    ),
    Extract(
        target="insee/naissances_domiciliees_annuelles.xlsx",
        make=workbook(
            "insee/naissances_domiciliees_annuelles.xlsx",
            Sheet("Métadonnées"),
            Sheet("COM", header=4, starts=TERRITORY, numbers=2),
            Sheet("DEP", header=4, starts="59", numbers=2),
            Sheet("France", header=4, starts="F", numbers=2),
        ),
        publication="insee_naissances_2024",
        kept="feuilles COM (ligne 59350), DEP (ligne 59) et France (toutes ses lignes), avec leurs "
        "titres, leur en-tête en ligne 4 et leurs notes, et feuille Métadonnées ; les autres "
        "feuilles et la mise en forme sont laissées",
    ),
    Extract(
        target=IRIS_REFERENCE,
        make=workbook(
            IRIS_REFERENCE,
            Sheet("Emboitements_IRIS", header=6, key=4, starts=TERRITORY),
            Sheet("Zones_supra_IRIS", header=6, key=1, starts=TERRITORY, numbers=3),
            Sheet("Modifications_IRIS", header=6, key=5, starts=TERRITORY, numbers=9),
        ),
        publication="insee_iris_2023",
        kept="feuilles Emboitements_IRIS (110 IRIS de la commune 59350), Zones_supra_IRIS (ses 17 "
        "grands quartiers) et Modifications_IRIS (aucune depuis 2019), en-tête en ligne 6 ; les "
        "autres feuilles et la mise en forme sont laissées",
    ),
    _beneficiaries(2019, published_rows=88),
    _beneficiaries(2020, published_rows=91),
    Extract(
        target="caf/nombre_places_pe_com.csv",
        make=table(
            "caf/nbpla_pe_caf.csv",
            keep={"num_commune": TERRITORY},
            columns=PLACES_COLUMNS,
            official=f"{OFFICIAL_KEYS} pl_psu_col_com pl_hors_psu_col_com pl_eaje_com"
            " pl_prescol_com pl_am_ind_com pl_gad_ind_com pl_ind_com tot_offre_com",
        ),
        publication="caf_places_2022",
        kept=RESTORED,
    ),
    Extract(
        target="caf/taux_couverture_pe_com.csv",
        make=table(
            "caf/tx_couverture.csv",
            keep={"numero_commune": TERRITORY},
            columns=COVERAGE_COLUMNS,
            official=f"{OFFICIAL_KEYS} txcouv_psu_col_com txcouv_hors_psu_col_com txcouv_eaje_com"
            " txcouv_prescol_com txcouv_am_ind_com txcouv_gad_ind_com txcouv_ind_com txcouv_com",
        ),
        publication="caf_couverture_2022",
        kept=RESTORED,
    ),
    Extract(
        target="geo/iris_centroides.csv",
        make=partial(centroids, IRIS_SHAPES),
        publication="ign_contours_iris_2020",
        kept=f"{ROWS} : un point intérieur à chaque polygone (le centroïde s'il y tombe, sinon un "
        "point représentatif), longitude et latitude à 6 décimales ; surface en km² calculée dans "
        "une projection équirectangulaire locale (échelles de l'ellipsoïde WGS84 à la latitude "
        "moyenne), proche de Lambert 93",
        checks=(count("IRIS", 110, COUNTED),),
    ),
    Extract(
        target="geo/districts.geojson",
        make=partial(districts, IRIS_SHAPES, IRIS_REFERENCE),
        publication="ign_contours_iris_2020",
        own={
            "jeu": "geo_districts",
            "titre": "Contours... IRIS® – édition 2020, réunis par grand quartier",
            "edition": "Contours... IRIS 2020, libellés de la liste des IRIS 2023, WGS84",
        },
        kept="les 110 IRIS de la commune 59350 réunis en 17 grands quartiers (sept premiers "
        f"chiffres du code) ; contours simplifiés au seuil de {SIMPLIFICATION_M:.0f} m sans "
        "séparer les limites communes, coordonnées à 5 décimales",
    ),
    Extract(
        target="geo/adresses_localisees.csv",
        make=table(
            "equipements/adresses_localisees_lille.csv",
            keep={"iris": TERRITORY},
            columns="address_norm lon lat source",
            official="adresse lon lat source",
        ),
        publication="mel_adresses_2022",
        kept="fichier dérivé de plusieurs fichiers de la métropole, que la colonne source abrège : "
        "établissements d'enseignement (adresse-et-g), monuments historiques (monuments-hi), "
        "stations V'Lille (vlille-realt), bibliothèques (bibliotheque) ; adresses de la commune "
        "59350 récrites en minuscules sans accent, points WGS84 inchangés, toutes les lignes",
        checks=(count("adresse", 676, COUNTED),),
    ),
    Extract(
        target="education/etablissements.csv",
        make=table(
            "equipements/etablissements_enseignement_2022.lille.csv",
            keep={"code_commune": TERRITORY},
            columns="numero_uai appellation_officielle patronyme_uai secteur_public_prive_libe"
            " adresse_uai code_commune libelle_commune latitude longitude appariement localisation"
            " nature_uai nature_uai_libe etat_etablissement",
        ),
        publication="education_etablissements_2022",
        kept="162 établissements de la commune 59350, Hellemmes et Lomme compris ; 14 colonnes, "
        "valeurs inchangées ; les points ne sont pas tous justes (colonne localisation, et rues de "
        "même nom à Lille et à Hellemmes)",
        checks=(count("numero_uai", 162, COUNTED),),
    ),
)


def write(extract: Extract, published: Path, destination: Path) -> tuple[Path, Path]:
    """Make one extract and its sidecar below ``destination``."""
    content = extract.make(published)
    path = destination / extract.target
    sidecar = path.with_name(path.name + ".fiche.yml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    sidecar.write_bytes(extract.fiche(content).encode("utf-8"))
    return path, sidecar


def main() -> None:
    """Make every extract anew."""
    parser = argparse.ArgumentParser(description="Refaire les extraits et leurs fiches.")
    parser.add_argument("publies", type=Path, help="dossier des fichiers des producteurs")
    parser.add_argument("--vers", type=Path, default=Path("sources"))
    arguments = parser.parse_args()
    for extract in EXTRACTS:
        path, _ = write(extract, arguments.publies, arguments.vers)
        print(f"{path.stat().st_size:>8} octets  {path}")


if __name__ == "__main__":
    main()
