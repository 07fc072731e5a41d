"""The assets of what leaves the published file: one a writer, each in the folder of exports."""

from importlib import import_module
from pathlib import Path

import dagster as dg

from pipelines.diagnostic.published import opened
from pipelines.errors import SourceError, refusal
from pipelines.naming import OWNERS
from pipelines.settings import exports_dir, shared_database, shown

GROUP = "exports"
PUBLISHED = dg.AssetKey(["publication", "observatoire"])


def export_assets() -> list[dg.AssetsDefinition]:
    """What the committee and its services open, made after each publication."""
    return [
        *([_sharing()] if shared_database() else []),
        _export(
            "diagnostic",
            "dossier",
            "Le dossier du comité : une page à ouvrir hors ligne ; le même document en PDF est à "
            "côté d'elle.",
            "html",
        ),
        _export(
            "classeur",
            "workbook",
            "Le classeur Excel : une feuille par thème, avec unités, définitions et sources.",
            "excel",
        ),
        _export(
            "geopackage",
            "geopackage",
            "Le GeoPackage pour QGIS : districts, communes et sites, avec leurs styles.",
            "geopackage",
        ),
        _export(
            "donnees",
            "datapackage",
            "Les tables publiées en CSV et en Parquet, leur descripteur Frictionless et leur "
            "dictionnaire.",
            "parquet",
        ),
    ]


def _export(name: str, module: str, description: str, kind: str) -> dg.AssetsDefinition:
    """The asset of a writer: `write(published, folder)` in a module of this package.

    The module is imported when it writes: GDAL and its like are slow to load, and nothing else
    needs them.
    """

    @dg.asset(
        key=dg.AssetKey([GROUP, name]),
        deps=[PUBLISHED],
        description=description,
        group_name=GROUP,
        kinds={kind},
        owners=OWNERS,
    )
    def export(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        folder = exports_dir()
        try:
            with opened() as published:
                path: Path = import_module(f"pipelines.diagnostic.{module}").write(
                    published, folder
                )
        except SourceError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        except Exception as error:
            refused = refusal(error, folder)
            if refused is None and not isinstance(error, OSError):
                raise
            raise dg.Failure(
                description=f"{shown(folder)}, {name} : ce fichier n'a pas pu être écrit "
                f"({refused.problem if refused else error}). Le fichier publié est à jour et "
                "l'export précédent est resté tel qu'il était. Remède : fermer le fichier s'il est "
                "ouvert dans Excel ou QGIS, vérifier que le dossier accepte l'écriture et que le "
                "disque a de la place, puis relancer.",
                allow_retries=False,
            ) from error
        size = size_of(path)
        context.log.info(f"export : {shown(path)}, {size / 1e6:.1f} Mo")
        return dg.MaterializeResult(
            metadata={"fichier": dg.MetadataValue.path(str(path)), "taille_octets": size}
        )

    return export


def _sharing() -> dg.AssetsDefinition:
    """The asset of the base that many read at once; only where `OBSERVATOIRE_PARTAGE` names it."""

    @dg.asset(
        key=dg.AssetKey([GROUP, "partage"]),
        deps=[PUBLISHED],
        description="Les tables publiées dans la base PostgreSQL de la ville, avec leurs "
        "définitions : remplacées ensemble, en une transaction.",
        group_name=GROUP,
        kinds={"postgres"},
        owners=OWNERS,
    )
    def share(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        # Imported here: its driver is installed only where a base is named.
        from pipelines.diagnostic import sharing

        address = shared_database()
        assert address, "this asset is of an observatory that has a base"
        try:
            with opened() as published:
                count = sharing.write(published, address)
        except sharing.RefusedError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from None
        context.log.info(f"partage : {count} lignes dans PostgreSQL")
        return dg.MaterializeResult(metadata={"lignes": count})

    return share


def size_of(path: Path) -> int:
    """The bytes of a file, or of the files of a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)
