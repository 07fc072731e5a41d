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
from dataclasses import dataclass
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
BIRTHS_ORIGIN = "naissances domiciliées à Lille, Insee"
LICENCE = "Licence Ouverte / Etalab 2.0"
DISTRICT_DIGITS = 7
SIMPLIFICATION_M = 10.0  # square root of the area under which a vertex goes
EQUATOR_M, ECCENTRICITY2 = 6_378_137.0, 0.00669438  # WGS84

Make = Callable[[Path], bytes]
Row = tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class Extract:
    """One file of ``sources/``: how it is made, and what its sidecar says."""

    target: str
    make: Make
    dataset: str
    publisher: str
    title: str
    vintage: int
    edition: str
    page: str
    kept: str
    period: str | None = None
    checks: tuple[Mapping[str, Any], ...] = ()

    def fiche(self, content: bytes) -> str:
        """The sidecar of ``content``, in French, keys in the order of the contract."""
        return yaml.safe_dump(
            {
                "jeu": self.dataset,
                "producteur": self.publisher,
                "titre": self.title,
                "millesime": self.vintage,
                "edition": self.edition,
                "couverture": self.period,
                "page": self.page,
                "licence": LICENCE,
                "extrait": self.kept,
                "octets": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "chiffres_de_controle": [dict(check) for check in self.checks],
            },
            allow_unicode=True,
            sort_keys=False,
            width=100,
        )


def total(
    column: str, expected: float, origin: str, tolerance: float = 0, **where: str
) -> dict[str, Any]:
    """A check figure: the sum of ``column`` over the rows where each column has its value."""
    return {
        "colonne": column,
        "ou": where,
        "mesure": "somme",
        "attendu": expected,
        "tolerance": tolerance,
        "origine": origin,
    }


def count(column: str, expected: int, origin: str, **where: str) -> dict[str, Any]:
    """A check figure: the number of rows where each column has its value."""
    return total(column, expected, origin, 0, **where) | {"mesure": "lignes"}


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

INSEE = "Insee"
CNAF = "Caisse nationale des allocations familiales (Cnaf)"
STATISTICS = "https://www.insee.fr/fr/statistiques"
CAF_DATA = "https://data.caf.fr/explore/dataset"
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
            " ENF_11_14 ENF_15_17",
        ),
        dataset="caf_allocataires",
        publisher="Cnaf et Insee",
        title=f"Données sur les allocataires des Caf à l'IRIS au 31 décembre {year}",
        vintage=year,
        edition=f"allocataires au 31 décembre {year}",
        page=f"{STATISTICS}/6679585",
        kept=f"{ROWS}, 15 colonnes sur 23 ; valeurs inchangées : NOTE différente de 0, ligne "
        "masquée ; case vide, effectif de 0 à 4. La page citée est celle de la collection, "
        "qui présente un millésime plus récent",
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


EXTRACTS = (
    Extract(
        target="insee/base-ic-evol-struct-pop-2019.csv",
        make=table(
            "insee/base-ic-evol-struct-pop-2019.mel.csv",
            keep={"COM": TERRITORY},
            columns="IRIS COM TYP_IRIS LAB_IRIS P19_POP P19_POP0002 P19_POP0305 P19_POP0610"
            " P19_POP1117 P19_POP1824 P19_POP2539 P19_POP4054 P19_POP5564 P19_POP6579 P19_POP80P",
        ),
        dataset="insee_population",
        publisher=INSEE,
        title="Population en 2019 – Recensement de la population – Base infracommunale (IRIS)",
        vintage=2019,
        edition="RP 2019, géographie 2021",
        page=f"{STATISTICS}/6543200",
        kept=f"{ROWS}, 15 colonnes (population et ses dix tranches d'âge) ; valeurs inchangées",
        checks=(
            total("P19_POP", 234475, "population municipale légale 2019 de 59350", tolerance=0.5),
            count("IRIS", 110, COUNTED),
        ),
    ),
    Extract(
        target="insee/base-ic-couples-familles-menages-2019.csv",
        make=table(
            "insee/base-ic-couples-familles-menages-2019.dep59.csv",
            keep={"COM": TERRITORY},
            columns="IRIS COM C19_MEN C19_FAM C19_COUPAENF C19_FAMMONO C19_COUPSENF C19_NE24F0"
            " C19_NE24F1 C19_NE24F2 C19_NE24F3 C19_NE24F4P",
        ),
        dataset="insee_familles",
        publisher=INSEE,
        title="Couples - Familles - Ménages en 2019 – Recensement de la population – "
        "Base infracommunale (IRIS)",
        vintage=2019,
        edition="RP 2019, exploitation complémentaire, géographie 2021",
        page=f"{STATISTICS}/6543224",
        kept=f"{ROWS}, 12 colonnes ; valeurs inchangées",
        checks=(count("IRIS", 110, COUNTED),),
    ),
    Extract(
        target="insee/BASE_TD_FILO_DISP_IRIS_2019.csv",
        make=table(
            "insee/BASE_TD_FILO_DISP_IRIS_2019.csv",
            keep={"COM": TERRITORY},
            columns="IRIS LIBIRIS COM LIBCOM DISP_TP6019 DISP_Q119 DISP_MED19 DISP_Q319"
            " DISP_NOTE19",
        ),
        dataset="insee_filosofi",
        publisher=INSEE,
        title="Revenus, pauvreté et niveau de vie en 2019 (IRIS) – Fichier localisé social et "
        "fiscal (Filosofi), revenu disponible",
        vintage=2019,
        edition="Filosofi 2019, revenu disponible",
        page=f"{STATISTICS}/6049648",
        kept="les 94 IRIS publiés de la commune 59350 (sur 110), 9 colonnes sur 32 ; valeurs, "
        "virgule décimale et marques de valeur manquante inchangées",
        checks=(count("IRIS", 94, COUNTED),),
    ),
    Extract(
        target="insee/bpe19_ensemble.csv",
        make=table(
            "insee/bpe19_ensemble_csv.zip",
            keep={"DEPCOM": TERRITORY, "TYPEQU": ("D502", "C101", "C102", "C104", "C105")},
        ),
        dataset="insee_bpe",
        publisher=INSEE,
        title="Base permanente des équipements 2019 – dénombrement de l'ensemble des équipements",
        vintage=2019,
        edition="BPE 2019, fichier ensemble",
        page=f"{STATISTICS}/3568629",
        kept="lignes de la commune 59350 pour cinq types d'équipement : D502 accueil du jeune "
        "enfant, C101 et C102 écoles maternelles, C104 et C105 écoles élémentaires (ni C102 ni "
        "C105 à Lille) ; les sept colonnes, valeurs inchangées",
        checks=tuple(
            total("NB_EQUIP", expected, "total communal de la BPE 2019 pour 59350", TYPEQU=kind)
            for kind, expected in {"D502": 61, "C101": 43, "C104": 66}.items()
        ),
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
        dataset="insee_naissances",
        publisher=INSEE,
        title="Naissances de 2008 à 2024 – État civil – Nombre de naissances annuelles domiciliées",
        vintage=2024,
        edition="état civil, classeur du 9 septembre 2025, géographie 2025",
        period="2008-2024",
        page=f"{STATISTICS}/1893255",
        kept="feuilles COM (ligne 59350), DEP (ligne 59) et France (toutes ses lignes), avec leurs "
        "titres, leur en-tête en ligne 4 et leurs notes, et feuille Métadonnées ; les autres "
        "feuilles et la mise en forme sont laissées",
        checks=(
            {"feuille": "COM"} | total("2019", 3134, BIRTHS_ORIGIN, CODGEO=TERRITORY),
            {"feuille": "COM"} | total("2024", 2206, BIRTHS_ORIGIN, CODGEO=TERRITORY),
        ),
    ),
    Extract(
        target=IRIS_REFERENCE,
        make=workbook(
            IRIS_REFERENCE,
            Sheet("Emboitements_IRIS", header=6, key=4, starts=TERRITORY),
            Sheet("Zones_supra_IRIS", header=6, key=1, starts=TERRITORY, numbers=3),
        ),
        dataset="insee_iris",
        publisher=INSEE,
        title="Liste des IRIS au 1er janvier 2023 – emboîtements des IRIS et grands quartiers",
        vintage=2023,
        edition="mise en ligne du 13 juillet 2023, géographie 2023",
        page="https://www.insee.fr/fr/information/7708995",
        kept="feuilles Emboitements_IRIS (110 IRIS de la commune 59350) et Zones_supra_IRIS (ses "
        "17 grands quartiers), en-tête en ligne 6 ; les autres feuilles et la mise en forme sont "
        "laissées",
        checks=(
            {"feuille": "Emboitements_IRIS"} | count("CODE_IRIS", 110, COUNTED, DEPCOM=TERRITORY),
        ),
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
        dataset="caf_places",
        publisher=CNAF,
        title="Nombre de places offertes pour les enfants de moins de 3 ans [Communal]",
        vintage=2022,
        edition="offre théorique de décembre, communes de plus de 10 000 habitants",
        period="2017-2022",
        page=f"{CAF_DATA}/nbpla_pe_com/",
        kept=RESTORED,
        checks=(total("tot_offre_com", 4993, "Cnaf, 59350, décembre 2019", annee="2019"),),
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
        dataset="caf_couverture",
        publisher=CNAF,
        title="Taux de couverture d'accueil du jeune enfant [Communal]",
        vintage=2022,
        edition="offre théorique de décembre, communes de plus de 10 000 habitants",
        period="2017-2022",
        page=f"{CAF_DATA}/txcouv_pe_com/",
        kept=RESTORED,
        checks=(total("txcouv_com", 61.8, "Cnaf, 59350, décembre 2019", annee="2019"),),
    ),
    Extract(
        target="geo/iris_centroides.csv",
        make=partial(centroids, IRIS_SHAPES),
        dataset="geo_iris",
        publisher="IGN et Insee",
        title="Contours... IRIS® – édition 2020",
        vintage=2020,
        edition="Contours... IRIS 2020, WGS84",
        page="https://geoservices.ign.fr/contoursiris",
        kept=f"{ROWS} : un point intérieur à chaque polygone (le centroïde s'il y tombe, sinon un "
        "point représentatif), longitude et latitude à 6 décimales ; surface en km² calculée dans "
        "une projection équirectangulaire locale (échelles de l'ellipsoïde WGS84 à la latitude "
        "moyenne), proche de Lambert 93",
        checks=(count("IRIS", 110, COUNTED),),
    ),
    Extract(
        target="geo/districts.geojson",
        make=partial(districts, IRIS_SHAPES, IRIS_REFERENCE),
        dataset="geo_districts",
        publisher="IGN et Insee",
        title="Contours... IRIS® – édition 2020, réunis par grand quartier",
        vintage=2020,
        edition="Contours... IRIS 2020, libellés de la liste des IRIS 2023, WGS84",
        page="https://geoservices.ign.fr/contoursiris",
        kept="les 110 IRIS de la commune 59350 réunis en 17 grands quartiers (sept premiers "
        f"chiffres du code) ; contours simplifiés au seuil de {SIMPLIFICATION_M:.0f} m sans "
        "séparer les limites communes, coordonnées à 5 décimales",
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
