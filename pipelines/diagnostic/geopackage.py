"""The GeoPackage for QGIS: districts, communes and sites, dressed as soon as they are opened.

Coordinates are the published ones, in WGS84 (EPSG:4326): QGIS reprojects as it draws. What has no
outline or no coordinates is a row without geometry, so that a territory without a map still has its
table, and the description of the layer says how many are so.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import pyogrio
import shapely

from pipelines.diagnostic import qml
from pipelines.diagnostic.headings import heading
from pipelines.diagnostic.published import Published
from pipelines.diagnostic.synthesis import synthesis
from pipelines.swap import replaced

FILE = "observatoire.gpkg"
GEOMETRY = "contour_ou_point"
SHADED, SHADED_UNIT = "pe03", "places d'EAJE pour 100 enfants"
# A site that houses services of several types is drawn as such, not as one of them.
SEVERAL = "plusieurs types"
SITES = """
select s.site_id, s.adresse, s.commune_id, c.libelle as commune, s.district_id,
    d.libelle as district, s.statut_placement, s.methode_placement,
    if(len(v.types) > 1, ?, v.types[1]) as type_affiche,
    array_to_string(v.types, ' ; ') as types_service, v.noms as services, v.nombre,
    v.capacite_places, v.capacites_connues, s.lon, s.lat
from offre.sites as s
left join referentiel.territoires as c on s.commune_id = c.territoire_id
left join referentiel.territoires as d on s.district_id = d.territoire_id
left join (
    select l.site_id, list_sort(list_distinct(list(o.type_service))) as types,
        string_agg(
            o.type_service || ' : ' || o.nom
            || coalesce(' (' || o.capacite_places || ' places)', ''),
            ' ; ' order by o.type_service, o.service_id
        ) as noms,
        count(*) as nombre,
        -- A service on two addresses has its capacity once.
        (sum(o.capacite_places) filter (where l.principal))::bigint as capacite_places,
        count(o.capacite_places) filter (where l.principal) as capacites_connues
    from offre.services_sites as l
    join offre.services as o using (service_id)
    group by l.site_id
) as v on s.site_id = v.site_id
order by s.site_id
"""
SITE_TITLES = {
    "type_affiche": "Type de service, pour la carte",
    "services": "Services, avec leur capacité si elle est connue",
    "nombre": "Nombre de services",
    "capacite_places": "Capacité connue des services dont c'est l'adresse principale (places)",
    "capacites_connues": "Services dont cette capacité est faite",
}
# As QGIS makes it when it saves a style into a GeoPackage.
STYLES = """
create table layer_styles (
    id integer primary key autoincrement not null, f_table_catalog text(256),
    f_table_schema text(256), f_table_name text(256), f_geometry_column text(256),
    styleName text(30), styleQML text, styleSLD text, useAsDefault boolean, description text,
    owner text(30), ui text(30), update_time datetime
)
"""
# The extension « Schema » of the standard; GDAL takes the name as the alias that QGIS shows.
TITLES = """
create table gpkg_data_columns (
    table_name text not null, column_name text not null, name text, title text, description text,
    mime_type text, constraint_name text,
    constraint pk_gdc primary key (table_name, column_name),
    constraint gdc_tn unique (table_name, name)
)
"""
EXTENSION = """
insert into gpkg_extensions (table_name, extension_name, definition, scope)
values (
    'gpkg_data_columns', 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema',
    'read-write'
)
"""


@dataclass(frozen=True)
class Layer:
    """A layer: its rows, their geometries as WKB, its headings and its style."""

    name: str
    says: str
    geometry: str
    rows: pl.DataFrame
    shapes: list[bytes | None]
    titles: dict[str, str]
    style: str
    missing: str

    @property
    def described(self) -> str:
        """What the layer is, and what it lacks on the map."""
        if not self.shapes:
            return f"{self.says} Ce territoire n'en a pas."
        without = sum(shape is None for shape in self.shapes)
        if not without:
            return self.says
        return f"{self.says} {without} ligne(s) sur {len(self.shapes)} {self.missing}."


def write(published: Published, folder: Path) -> Path:
    """Write the GeoPackage of a publication into a folder.

    Raises:
        OSError: the folder or the file cannot be written; the GeoPackage of before stays.
    """
    target = folder / FILE
    layers = [*_areas(published), _sites(published)]
    metadata = {"TITLE": "Observatoire de la CTG", "ATTRIBUTION": attribution(published)}
    with replaced(target) as fresh:
        # The date of the publication: the same publication gives the same file.
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _stamp(published.published_at)})
        for layer in layers:
            _write_layer(fresh, layer, metadata)
        _finish(fresh, layers, published.published_at)
    return target


def attribution(published: Published) -> str:
    """Who must be cited: each producer with its licence and its vintages."""
    rows = published.rows(
        "select producteur, licence, string_agg(distinct millesime::varchar, ', ' order by "
        "millesime::varchar) as millesimes from referentiel.sources group by all order by all"
    ).rows()
    return " ; ".join(f"{producer} ({vintages}), {licence}" for producer, licence, vintages in rows)


def _areas(published: Published) -> list[Layer]:
    found = synthesis(published)
    outlines = {
        district: (commune, shapely.from_geojson(text))
        for district, commune, text in published.rows(
            "select district_id, commune_id, contour_geojson from referentiel.districts "
            "where contour_geojson is not null order by district_id"
        ).rows()
    }
    by_commune: dict[str, list[shapely.Geometry]] = {}
    for commune, shape in outlines.values():
        by_commune.setdefault(commune, []).append(shape)
    shapes = {
        "district": {district: shape for district, (_, shape) in outlines.items()},
        "commune": {commune: shapely.union_all(parts) for commune, parts in by_commune.items()},
    }
    layers = []
    for name, level, says, style in (
        (
            "districts",
            "district",
            "Les districts, leurs enfants et leurs principaux indicateurs.",
            qml.graduated(
                SHADED, SHADED_UNIT, found.rows.filter(niveau="district")[SHADED], found.titles
            ),
        ),
        (
            "communes",
            "commune",
            "Les communes, réunion de leurs districts, avec les mêmes indicateurs.",
            qml.outline(found.titles),
        ),
    ):
        rows = found.rows.filter(pl.col("niveau") == level)
        layers.append(
            Layer(
                name,
                says,
                "MultiPolygon",
                rows,
                [_area(shapes[level].get(place)) for place in rows["territoire_id"]],
                found.titles,
                style,
                "sans contour : la carte n'en a pas, la table a leurs chiffres",
            )
        )
    return layers


def _area(shape: shapely.Geometry | None) -> bytes | None:
    """As WKB; a layer has one type, so that an area of one piece is a collection of one."""
    if shape is None or shape.is_empty:
        return None
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return bytes(shapely.to_wkb(shapely.MultiPolygon(parts)))


def _sites(published: Published) -> Layer:
    rows = published.rows(SITES, [SEVERAL])
    shapes = [
        None if lon is None or lat is None else bytes(shapely.to_wkb(shapely.Point(lon, lat)))
        for lon, lat in rows.select("lon", "lat").rows()
    ]
    titles = {column: SITE_TITLES.get(column, heading(column)) for column in rows.columns}
    return Layer(
        "sites",
        "Les adresses du registre, avec leurs services. Un nombre de services n'est pas une "
        "capacité.",
        "Point",
        rows,
        shapes,
        titles,
        qml.categorised("type_affiche", rows["type_affiche"], titles, "adresse"),
        "sans coordonnées : leur adresse n'est pas localisée",
    )


def _write_layer(path: Path, layer: Layer, metadata: dict[str, str]) -> None:
    """Add a layer to the file.

    Raises:
        OSError: GDAL cannot write it.
    """
    table = layer.rows.with_columns(pl.Series(GEOMETRY, layer.shapes, dtype=pl.Binary)).to_arrow(
        compat_level=pl.CompatLevel.oldest()
    )
    try:
        pyogrio.write_arrow(
            table,
            path,
            layer=layer.name,
            driver="GPKG",
            geometry_name=GEOMETRY,
            geometry_type=layer.geometry,
            crs="EPSG:4326",
            dataset_metadata=metadata,
            layer_options={
                "DESCRIPTION": layer.described,
                "GEOMETRY_NAME": GEOMETRY,
                "FID": "numero",
            },
        )
    except pyogrio.errors.DataSourceError as error:
        raise OSError(str(error)) from error


def _finish(path: Path, layers: list[Layer], at: datetime) -> None:
    """Add the styles and the titles of the columns, which GDAL does not write."""
    with sqlite3.connect(path) as base:
        base.execute(STYLES)
        base.executemany(
            "insert into layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, useAsDefault, description, owner, "
            "update_time) values ('', '', ?, ?, ?, ?, 1, ?, 'observatoire', ?)",
            [
                (layer.name, GEOMETRY, layer.name, layer.style, layer.says, _stamp(at))
                for layer in layers
            ],
        )
        base.execute(TITLES)
        base.executemany(
            "insert into gpkg_data_columns (table_name, column_name, name) values (?, ?, ?)",
            [
                (layer.name, column, layer.titles[column])
                for layer in layers
                for column in layer.rows.columns
            ],
        )
        base.execute(EXTENSION)
        base.execute(
            "insert into gpkg_contents (table_name, data_type, identifier, last_change) "
            "values ('layer_styles', 'attributes', 'layer_styles', ?)",
            [_stamp(at)],
        )
    base.close()


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
