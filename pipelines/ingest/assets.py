"""The Dagster assets of everything that comes in: files, then the tables of the schema `brut`.

Each table shows four checks: the file as read, what enters the build file, the publisher's check
figures, the fingerprint. The first three stop the refresh; a fingerprint that differs only warns,
because a file may be replaced by a newer one on purpose.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines import territory
from pipelines.contracts.base import FIGURES, FINDINGS, LOADED, READ, Admission
from pipelines.errors import SourceError
from pipelines.ingest import caf, convention, geo, insee
from pipelines.ingest.dataset import Dataset
from pipelines.naming import OWNERS, file_key, raw_key
from pipelines.sources import SourceFile, catalogue, files_of
from pipelines.warehouse import (
    Warehouse,
    controls_frame,
    findings_table,
    record,
    replace_table,
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
    LOADED: ("entree", "Ce qui entre dans l'entrepôt : types, bornes, listes, clé unique."),
    FIGURES: ("chiffres_de_controle", "Les totaux donnés par l'éditeur sont retrouvés."),
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
            *(
                dg.AssetCheckSpec(name, asset=key, description=text, blocking=True)
                for name, text in _STAGES.values()
            ),
            dg.AssetCheckSpec(
                FINGERPRINT, asset=key, description="Le fichier est celui que sa fiche décrit."
            ),
        ],
    )
    def ingest(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        files = files_of(dataset.jeu, catalogue())
        admitted = [(file, dataset.admit(file)) for file in files]
        yield from _report(context, warehouse, dataset, admitted)
        rows = dataset.rows(admitted)
        with warehouse.connect() as connection:
            replace_table(connection, f"brut.{dataset.table}", rows)
        read = sum(admission.rows_read for _, admission in admitted)
        kept = sum(admission.kept.height for _, admission in admitted)
        context.log.info(f"{dataset.table} : {read} lignes lues, {kept} retenues")
        yield dg.MaterializeResult(
            metadata={
                "dagster/row_count": rows.height,
                "dagster/column_schema": dg.TableSchema(
                    [
                        dg.TableColumn(name, str(dtype))
                        for name, dtype in rows.schema.items()
                    ]
                ),
                "lignes_lues": read,
                "lignes_retenues": kept,
            }
            | (provenance(files[-1]) if files else {})
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
    odd = [file.source_id for file, _ in admitted if not file.as_described]
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
            metadata={"constats": found.height, "lignes_en_cause": findings_table(found)},
        )
    message = f"l'empreinte de {', '.join(odd)} n'est plus celle de sa fiche" if odd else ""
    rows.append(
        (
            dataset.table,
            READ,
            FINGERPRINT,
            "averti" if odd else "réussi",
            "avertissement",
            len(odd),
            message,
        )
    )
    yield dg.AssetCheckResult(
        passed=not odd,
        asset_key=raw_key(dataset.table),
        check_name=FINGERPRINT,
        severity=dg.AssetCheckSeverity.WARN,
        description=message or None,
        metadata={"fichiers": dg.MetadataValue.json(odd)},
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
        name = [dataset.table]
        record(connection, "controles", name, controls_frame(rows))
        record(connection, "admissions", name, admissions)
        record(
            connection, "constats", name, findings.with_columns(pl.lit(dataset.table).alias("objet"))
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
    if finding["ligne"] is None:
        return str(finding["regle"])
    return (
        f"{finding['fichier']}, ligne {finding['ligne']}, colonne {finding['colonne']} : "
        f"« {finding['valeur']} » ne respecte pas la règle « {finding['regle']} ». Remède : "
        "corriger la cellule à la source, ou rétablir le fichier publié."
    )


def _frame_asset(
    table: str, description: str, deps: list[dg.AssetKey]
) -> dg.AssetsDefinition:
    """An asset made of what the project itself knows: its territory, its catalogue."""

    @dg.asset(
        key=raw_key(table),
        deps=deps,
        description=description,
        group_name="entree_observatoire",
        kinds={"polars", "duckdb"},
        owners=OWNERS,
    )
    def load(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
        try:
            frame = FRAMES[table]()
        except SourceError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        with warehouse.connect() as connection:
            replace_table(connection, f"brut.{table}", frame)
        context.log.info(f"{table} : {frame.height} lignes")
        return dg.MaterializeResult(metadata={"dagster/row_count": frame.height})

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


FRAMES = {
    "observatoire_territoires": lambda: territory.load().frame(),
    "observatoire_sources": catalogue_frame,
}


def assets() -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Everything that comes in."""
    files = catalogue()
    return [
        *file_specs(files),
        *(dataset_asset(dataset) for dataset in DATASETS),
        _frame_asset(
            "observatoire_territoires",
            "Le territoire, ses communes et ses districts.",
            [file_key("territoire.yml")],
        ),
        _frame_asset(
            "observatoire_sources",
            "Le catalogue des sources : éditeur, millésime, licence, empreinte.",
            [file_key(file.source_id) for file in files],
        ),
    ]
