"""The Dagster assets of everything that comes in: files, then the tables of the schema `brut`.

Each table shows two checks, which stop the refresh: the file as read, and what enters the build
file, check figures included. A fingerprint that differs only warns, once for the whole catalogue,
because a file may be replaced by a newer one on purpose.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines import territory
from pipelines.contracts.base import FINDINGS, LOADED, READ, Admission
from pipelines.errors import SourceError
from pipelines.ingest import caf, convention, geo, insee
from pipelines.ingest.dataset import Dataset
from pipelines.naming import OWNERS, file_key, raw_key
from pipelines.sources import SourceFile, catalogue, files_of
from pipelines.warehouse import (
    Warehouse,
    controls_frame,
    record,
    replace_table,
    rows_table,
)

DATASETS: tuple[Dataset, ...] = (
    *insee.DATASETS,
    *caf.DATASETS,
    *convention.DATASETS,
    *geo.DATASETS,
)
FINGERPRINT = "empreinte"

_STAGES = {
    READ: ("lecture", "Le fichier tel que lu : colonnes présentes, cellules bien formées."),
    LOADED: (
        "entree",
        "Ce qui entre dans l'entrepôt : types, bornes, listes, clé unique, chiffres de contrôle.",
    ),
}


def file_specs(files: tuple[SourceFile, ...]) -> list[dg.AssetSpec]:
    """The files themselves, as the first assets of the graph."""
    specs = [
        dg.AssetSpec(
            file_key(file.source_id),
            description=f"{file.fiche.titre}.\n\n{file.fiche.extrait}",
            group_name="fichiers",
            kinds={"file", file.path.suffix.lstrip(".")},
            owners=OWNERS,
            metadata=provenance(file)
            | ({"page": dg.MetadataValue.url(file.fiche.page)} if file.fiche.page else {}),
        )
        for file in files
    ]
    territory_file = dg.AssetSpec(
        file_key("territoire.yml"),
        description="Le territoire de la convention : communes, districts, règle de l'IRIS.",
        group_name="fichiers",
        kinds={"file", "yaml"},
        owners=OWNERS,
    )
    return [*specs, territory_file]


def provenance(file: SourceFile) -> dict[str, dg.MetadataValue]:
    """What the sidecar says of a file, as the UI shows it."""
    fiche = file.fiche
    return {
        "producteur": dg.MetadataValue.text(fiche.producteur),
        "millesime": dg.MetadataValue.int(fiche.millesime),
        "edition": dg.MetadataValue.text(fiche.edition),
        "licence": dg.MetadataValue.text(fiche.licence),
        "sha256": dg.MetadataValue.text(file.sha256),
    }


def dataset_asset(dataset: Dataset) -> dg.AssetsDefinition:
    """The asset of one data set: its files, held to their contract, in one table."""
    key = raw_key(dataset.table)

    @dg.asset(
        key=key,
        deps=[file_key(file.source_id) for file in files_of(dataset.jeu, catalogue())],
        description=dataset.description,
        group_name=f"entree_{dataset.table.split('_')[0]}",
        kinds={"polars", "duckdb", dataset.kind},
        owners=OWNERS,
        check_specs=[
            dg.AssetCheckSpec(name, asset=key, description=text, blocking=True)
            for name, text in _STAGES.values()
        ],
    )
    def ingest(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        files = files_of(dataset.jeu, catalogue())
        if not files:
            raise dg.Failure(
                description=f"sources/ : aucune fiche ne décrit le jeu {dataset.jeu}. Remède : "
                "déposer le fichier attendu avec sa fiche, ou les rétablir depuis le dépôt.",
                allow_retries=False,
            )
        admitted = [(file, dataset.admit(file)) for file in files]
        yield from _report(context, warehouse, dataset, admitted)
        rows = dataset.rows(admitted)
        with warehouse.connect() as connection:
            replace_table(connection, f"brut.{dataset.table}", rows)
        read = sum(admission.rows_read for _, admission in admitted)
        kept = sum(admission.kept.height for _, admission in admitted)
        context.log.info(f"{dataset.table} : {read} lignes lues, {kept} retenues")
        yield dg.MaterializeResult(
            metadata=provenance(files[-1])
            | {
                "dagster/row_count": dg.MetadataValue.int(rows.height),
                "dagster/column_schema": dg.TableSchema(
                    [dg.TableColumn(name, str(dtype)) for name, dtype in rows.schema.items()]
                ),
                "lignes_lues": dg.MetadataValue.int(read),
                "lignes_retenues": dg.MetadataValue.int(kept),
            }
        )

    return ingest


def _report(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    dataset: Dataset,
    admitted: list[tuple[SourceFile, Admission]],
) -> Iterator[dg.AssetCheckResult]:
    """Say what the contract found, in the journal and as checks; stop where it forbids to go on.

    Raises:
        dg.Failure: a finding forbids to go on; the message gives the first of them.
    """
    findings = pl.concat(
        [admission.findings for _, admission in admitted] or [pl.DataFrame(schema=FINDINGS)]
    )
    rows = []
    for stage, (name, _) in _STAGES.items():
        found = findings.filter(pl.col("etape") == stage)
        stops = found.filter(pl.col("gravite") == "arrêt")
        status = "échoué" if stops.height else "averti" if found.height else "réussi"
        message = sentence(found.row(0, named=True)) if found.height else ""
        rows.append((dataset.table, stage, name, status, "arrêt", found.height, message))
        yield dg.AssetCheckResult(
            passed=found.is_empty(),
            asset_key=raw_key(dataset.table),
            check_name=name,
            severity=dg.AssetCheckSeverity.ERROR if stops.height else dg.AssetCheckSeverity.WARN,
            description=message or None,
            metadata={"constats": found.height, "lignes_en_cause": rows_table(found)},
        )
    admissions = pl.DataFrame(
        [
            (
                dataset.table,
                file.source_id,
                admission.rows_read,
                admission.kept.height,
                admission.rejected["ligne"].n_unique(),
            )
            for file, admission in admitted
        ],
        schema=["objet", "source_id", "lignes_lues", "lignes_retenues", "lignes_rejetees"],
        orient="row",
    )
    with warehouse.connect() as connection:
        tables = [dataset.table]
        record(connection, "controles", tables, controls_frame(rows))
        record(connection, "admissions", tables, admissions)
        record(
            connection,
            "constats",
            tables,
            findings.with_columns(pl.lit(dataset.table).alias("objet")),
        )
    stops = findings.filter(pl.col("gravite") == "arrêt")
    if stops.height:
        message = sentence(stops.row(0, named=True))
        context.log.error(message)
        raise dg.Failure(
            description=f"{message} ({stops.height} constat(s) au total ; le fichier publié reste "
            "tel qu'il était.)",
            allow_retries=False,
        )


def sentence(finding: dict[str, object]) -> str:
    """One finding as the sentence that a user reads: file, line, column, value, rule, remedy."""
    if str(finding["regle"]).startswith(str(finding["fichier"]).rpartition("/")[2]):
        return str(finding["regle"])
    line = f"ligne {finding['ligne']}, " if finding["ligne"] is not None else ""
    return (
        f"{finding['fichier']}, {line}colonne {finding['colonne']} : « {finding['valeur']} » ne "
        f"respecte pas la règle « {finding['regle']} ». Remède : corriger la cellule à la source, "
        "ou rétablir le fichier publié."
    )


def territory_asset() -> dg.AssetsDefinition:
    """The territory, its communes and its districts."""

    @dg.asset(
        key=raw_key("observatoire_territoires"),
        deps=[file_key("territoire.yml")],
        description="Le territoire, ses communes et ses districts.",
        group_name="entree_observatoire",
        kinds={"polars", "duckdb", "yaml"},
        owners=OWNERS,
    )
    def load(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
        try:
            frame = territory.load().frame()
        except SourceError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        with warehouse.connect() as connection:
            replace_table(connection, "brut.observatoire_territoires", frame)
        context.log.info(f"observatoire_territoires : {frame.height} territoires")
        return dg.MaterializeResult(metadata={"dagster/row_count": frame.height})

    return load


def catalogue_asset(files: tuple[SourceFile, ...]) -> dg.AssetsDefinition:
    """The catalogue of files, with their fingerprints."""
    key = raw_key("observatoire_sources")

    @dg.asset(
        key=key,
        deps=[file_key(file.source_id) for file in files],
        description="Le catalogue des sources : éditeur, millésime, licence, empreinte.",
        group_name="entree_observatoire",
        kinds={"polars", "duckdb", "yaml"},
        owners=OWNERS,
        check_specs=[
            dg.AssetCheckSpec(
                FINGERPRINT,
                asset=key,
                description="Chaque fichier est, octet pour octet, celui que sa fiche décrit.",
            )
        ],
    )
    def load(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        frame = catalogue_frame()
        odd = frame.filter(~pl.col("conforme"))["source_id"].to_list()
        message = f"l'empreinte de {', '.join(odd)} n'est plus celle de sa fiche" if odd else ""
        status = "averti" if odd else "réussi"
        control = (key.path[-1], READ, FINGERPRINT, status, "avertissement", len(odd), message)
        with warehouse.connect() as connection:
            replace_table(connection, "brut.observatoire_sources", frame)
            record(connection, "controles", [key.path[-1]], controls_frame([control]))
        context.log.info(f"observatoire_sources : {frame.height} fichiers")
        yield dg.AssetCheckResult(
            check_name=FINGERPRINT,
            passed=not odd,
            severity=dg.AssetCheckSeverity.WARN,
            description=message or None,
            metadata={"fichiers": dg.MetadataValue.json(odd)},
        )
        yield dg.MaterializeResult(metadata={"dagster/row_count": frame.height})

    return load


def catalogue_frame() -> pl.DataFrame:
    """The catalogue as a table: one row a file."""
    return pl.DataFrame(
        [
            (
                file.source_id,
                file.fiche.jeu,
                file.fiche.producteur,
                file.fiche.titre,
                file.fiche.millesime,
                file.fiche.edition,
                file.fiche.couverture,
                file.fiche.page,
                file.fiche.licence,
                file.fiche.extrait,
                file.path.stat().st_size,
                file.sha256,
                file.as_described,
            )
            for file in catalogue()
        ],
        schema={
            "source_id": pl.String,
            "jeu": pl.String,
            "producteur": pl.String,
            "titre": pl.String,
            "millesime": pl.Int64,
            "edition": pl.String,
            "couverture": pl.String,
            "page": pl.String,
            "licence": pl.String,
            "extrait": pl.String,
            "taille_octets": pl.Int64,
            "sha256": pl.String,
            "conforme": pl.Boolean,
        },
        orient="row",
    )


def assets() -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Everything that comes in."""
    files = catalogue()
    return [
        *file_specs(files),
        *(dataset_asset(dataset) for dataset in DATASETS),
        territory_asset(),
        catalogue_asset(files),
    ]
