"""The Dagster assets of everything that comes in: files, then the tables of the schema `brut`.

Each table shows two checks, which stop the refresh: the file as read, and what enters the build
file, check figures included. A fingerprint that is not the sealed one stops it too where the file
is drawn from a publication; in a ledger, which is written in every day, it only warns. A ledger
that is not recognised stops it too.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

import dagster as dg
import polars as pl

from pipelines import archive, territory
from pipelines.contracts.base import FINDINGS, LOADED, READ, Admission
from pipelines.errors import SourceError
from pipelines.ingest import placements, readings
from pipelines.ingest.arrivals import Arrivals, arrivals, entering, place_of
from pipelines.ingest.dataset import Dataset
from pipelines.ingest.datasets import DATASETS
from pipelines.ingest.scope import Scope
from pipelines.naming import NEIGHBOURS, OWNERS, VINTAGES, file_keys, raw_key, vintage_key
from pipelines.settings import convention, published_file
from pipelines.sources import SourceFile, files_of, paths_of
from pipelines.warehouse import (
    Warehouse,
    controls_frame,
    record,
    replace_rows,
    replace_table,
    rows_table,
)

FINGERPRINT, RECOGNITION = "empreinte", "reconnaissance"
TERRITORIES = "observatoire_territoires"
TERRITORY_FILE = f"conventions/{convention()}/{territory.FILE}"

_STAGES = {
    READ: ("lecture", "Le fichier tel que lu : colonnes présentes, cellules bien formées."),
    LOADED: (
        "entree",
        "Ce qui entre dans l'entrepôt : types, bornes, listes, clé unique, chiffres de contrôle.",
    ),
}


def file_specs(files: tuple[SourceFile, ...]) -> list[dg.AssetSpec]:
    """The files themselves, as the first assets of the graph."""
    keys = _keys(files)
    specs = [
        dg.AssetSpec(
            keys[file.source_id],
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
        keys[TERRITORY_FILE],
        description="Le territoire de la convention : communes, districts, règle de l'IRIS.",
        group_name="fichiers",
        kinds={"file", "yaml"},
        owners=OWNERS,
    )
    return [*specs, territory_file]


def _keys(files: tuple[SourceFile, ...]) -> dict[str, dg.AssetKey]:
    """The key of each file, that of the territory included."""
    return file_keys([TERRITORY_FILE, *(file.source_id for file in files)])


def provenance(file: SourceFile) -> dict[str, dg.MetadataValue]:
    """What the sidecar says of a file, as the UI shows it."""
    fiche = file.fiche
    return {
        "producteur": dg.MetadataValue.text(fiche.producteur),
        "millesime": dg.MetadataValue.int(fiche.millesime),
        "edition": dg.MetadataValue.text(fiche.edition),
        "etat": dg.MetadataValue.text(file.state),
        "licence": dg.MetadataValue.text(fiche.licence),
        "sha256": dg.MetadataValue.text(file.sha256),
    }


def dataset_asset(dataset: Dataset, present: tuple[SourceFile, ...]) -> dg.AssetsDefinition:
    """The asset of one data set: its files, held to their contract, in one table.

    A data set with vintages has a second asset, cut by year, that says which years the table
    holds. One step makes both: the table is made of all the files, a vintage alone of its own.
    """
    key, slices = raw_key(dataset.table), vintage_key(dataset.table)
    described, keys = files_of(dataset.jeu, present), _keys(present)
    kinds = {"polars", "duckdb", dataset.kind}
    specs = [
        dg.AssetSpec(
            key,
            deps=[keys[file.source_id] for file in described],
            description=dataset.description,
            group_name=f"entree_{dataset.table.split('_')[0]}",
            kinds=kinds,
            owners=OWNERS,
        )
    ]
    if dataset.yearly and described:
        specs.append(
            dg.AssetSpec(
                slices,
                deps=[key],
                description=f"{dataset.description} Chaque année se relit seule ici.",
                group_name=VINTAGES,
                partitions_def=dg.StaticPartitionsDefinition(
                    sorted({str(file.fiche.millesime) for file in described})
                ),
                kinds=kinds,
                owners=OWNERS,
            )
        )

    @dg.multi_asset(
        name="__".join(key.path),
        specs=specs,
        # The job asks for the table, the page of the vintages for years: never both in one run.
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=[
            dg.AssetCheckSpec(name, asset=key, description=text, blocking=True)
            for name, text in _STAGES.values()
        ],
    )
    def ingest(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult | dg.AssetMaterialization | dg.MaterializeResult[None]]:
        whole = key in context.selected_asset_keys
        before = readings.states()
        here, scope = _here()
        files = [
            file
            for file in here.files
            if whole or str(file.fiche.millesime) in context.partition_keys
        ]
        admitted = dataset.admit_all(files, scope)
        if whole:
            yield from _report(warehouse, dataset, admitted)
        _stop(context, admitted)
        rows = dataset.rows(admitted)
        if dataset.required and rows.is_empty():
            raise dg.Failure(
                description=f"sources/ : aucun fichier du jeu {dataset.jeu} n'a de ligne de ce "
                "territoire. Remède : déposer le fichier national dans sources/, ou le télécharger "
                "avec make fetch.",
                allow_retries=False,
            )
        table = f"brut.{dataset.table}"
        tables = {table: rows}
        if dataset.beyond:
            tables[f"{NEIGHBOURS}.{dataset.table}"] = dataset.rows(
                [(file, dataset.admit_beyond(file, scope, taken)) for file, taken in admitted]
            )
        read_now = _marks(readings.of_dataset(dataset, here) if whole else paths_of(files), before)
        with warehouse.connect() as connection:
            for name, content in tables.items():
                if whole:
                    replace_table(connection, name, content)
                else:
                    replace_rows(connection, name, "millesime", content)
            readings.note(connection, dataset.table, read_now, whole=whole)
            (height,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
        read = sum(admission.rows_read for _, admission in admitted)
        kept = sum(admission.kept.height for _, admission in admitted)
        said = f"{read} lignes lues, {kept} retenues" if admitted else "aucun fichier"
        context.log.info(f"{dataset.table} : {said}")
        metadata: dict[str, dg.MetadataValue] = {
            **(provenance(admitted[-1][0]) if admitted else {}),
            "dagster/row_count": dg.MetadataValue.int(height),
            "dagster/column_schema": dg.MetadataValue.table_schema(
                dg.TableSchema(
                    [dg.TableColumn(name, str(dtype)) for name, dtype in rows.schema.items()]
                )
            ),
            "lignes_lues": dg.MetadataValue.int(read),
            "lignes_retenues": dg.MetadataValue.int(kept),
        }
        if whole:
            yield dg.MaterializeResult(asset_key=key, metadata=metadata)
        else:
            yield dg.AssetMaterialization(key, metadata=metadata)
        if dataset.yearly:
            yield from (_vintage(slices, file, admission) for file, admission in admitted)

    return ingest


def _vintage(key: dg.AssetKey, file: SourceFile, admission: Admission) -> dg.AssetMaterialization:
    """The event that says that the table holds the vintage of a file."""
    return dg.AssetMaterialization(
        key,
        partition=str(file.fiche.millesime),
        metadata=provenance(file)
        | {
            "fichier": dg.MetadataValue.text(file.source_id),
            "taille_octets": dg.MetadataValue.int(file.path.stat().st_size),
            "lignes_lues": dg.MetadataValue.int(admission.rows_read),
            "dagster/partition_row_count": dg.MetadataValue.int(admission.kept.height),
        },
    )


def _stop(context: dg.AssetExecutionContext, admitted: list[tuple[SourceFile, Admission]]) -> None:
    """Go no further where a contract forbids it.

    Raises:
        dg.Failure: a finding forbids to go on; the message gives the first of them.
    """
    findings = pl.concat(
        [pl.DataFrame(schema=FINDINGS), *(admission.findings for _, admission in admitted)]
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


def _report(
    warehouse: Warehouse, dataset: Dataset, admitted: list[tuple[SourceFile, Admission]]
) -> Iterator[dg.AssetCheckResult]:
    """Say what the contract found, in the journal and as checks."""
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
            description=message or _held(stage, admitted),
            metadata={"lignes_en_cause": rows_table(found)} if found.height else {},
        )
    admissions = pl.DataFrame(
        [
            (
                dataset.table,
                file.source_id,
                admission.rows_read,
                admission.kept.height,
                admission.rows_rejected,
                admission.rows_elsewhere,
            )
            for file, admission in admitted
        ],
        schema={
            "objet": pl.String,
            "source_id": pl.String,
            "lignes_lues": pl.Int64,
            "lignes_retenues": pl.Int64,
            "lignes_rejetees": pl.Int64,
            "lignes_hors_territoire": pl.Int64,
        },
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


def _held(stage: str, admitted: list[tuple[SourceFile, Admission]]) -> str:
    """What a check says when it has nothing to say."""
    if not admitted:
        return "Aucun fichier à contrôler."
    if stage == READ:
        return f"{sum(taken.rows_read for _, taken in admitted)} lignes lues, rien à signaler."
    return f"{sum(taken.kept.height for _, taken in admitted)} lignes retenues, rien à signaler."


def sentence(finding: dict[str, object]) -> str:
    """One finding as the sentence that a user reads: file, line, column, value, rule, remedy."""
    if "Remède : " in str(finding["regle"]):
        return str(finding["regle"])
    line = f"ligne {finding['ligne']}, " if finding["ligne"] is not None else ""
    return (
        f"{finding['fichier']}, {line}colonne {finding['colonne']} : « {finding['valeur']} » ne "
        f"respecte pas la règle « {finding['regle']} ». Remède : corriger la cellule à la source, "
        "ou rétablir le fichier publié."
    )


def territory_asset(files: tuple[SourceFile, ...]) -> dg.AssetsDefinition:
    """The territory, its communes and its districts."""

    @dg.asset(
        key=raw_key(TERRITORIES),
        deps=[_keys(files)[TERRITORY_FILE]],
        description="Le territoire, ses communes et ses districts.",
        group_name="entree_observatoire",
        kinds={"polars", "duckdb", "yaml"},
        owners=OWNERS,
    )
    def load(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
        before = readings.states()
        try:
            ground = territory.load()
        except SourceError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        read = _marks(readings.of_territory(), before)
        frame = ground.frame()
        with warehouse.connect() as connection:
            replace_table(connection, f"brut.{TERRITORIES}", frame)
            replace_table(connection, f"{NEIGHBOURS}.{TERRITORIES}", ground.around())
            readings.note(connection, TERRITORIES, read)
        context.log.info(f"{TERRITORIES} : {frame.height} territoires")
        return dg.MaterializeResult(metadata={"dagster/row_count": frame.height})

    return load


def catalogue_asset(files: tuple[SourceFile, ...]) -> dg.AssetsDefinition:
    """The catalogue of files, with their fingerprints, and those that nothing recognises.

    All that comes in, catalogue and territory included, is kept for publications to be made again.
    """
    key = raw_key("observatoire_sources")

    @dg.asset(
        key=key,
        deps=[_keys(files)[file.source_id] for file in files],
        description="Le catalogue des sources : éditeur, millésime, licence, empreinte.",
        group_name="entree_observatoire",
        kinds={"polars", "duckdb", "yaml"},
        owners=OWNERS,
        check_specs=[
            dg.AssetCheckSpec(
                FINGERPRINT,
                asset=key,
                description="Chaque extrait est, octet pour octet, celui que sa fiche décrit.",
            ),
            dg.AssetCheckSpec(
                RECOGNITION,
                asset=key,
                description="Chaque fichier déposé est reconnu, et son édition est au catalogue.",
            ),
        ],
    )
    def load(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        before = readings.states()
        here, _ = _here()
        frame = catalogue_frame(here)
        files = entering(here)
        try:
            entries = _entries(here, archive.store(files, published_file()))
        except SourceError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        _marks([*files.values()], before)
        found = {
            FINGERPRINT: [str(file.alteration) for file in here.files if not file.as_described],
            RECOGNITION: [*(unknown.reason for unknown in here.unknown), *here.remarks],
        }
        refusals = {
            FINGERPRINT: [str(file.alteration) for file in here.altered],
            RECOGNITION: [unknown.reason for unknown in here.unknown if unknown.is_ledger],
        }
        stops = {name for name, said in refusals.items() if said}
        table = key.path[-1]
        with warehouse.connect() as connection:
            replace_table(connection, f"brut.{table}", frame)
            replace_table(connection, "journal.entrees", entries)
            record(
                connection,
                "controles",
                [table],
                controls_frame(
                    [
                        (
                            table,
                            READ,
                            name,
                            "échoué" if name in stops else "averti" if said else "réussi",
                            "arrêt" if name in stops else "avertissement",
                            len(said),
                            " ; ".join(said),
                        )
                        for name, said in found.items()
                    ]
                ),
            )
        context.log.info(f"{table} : {frame.height} fichiers")
        for name, said in found.items():
            for sentence_ in said:
                context.log.warning(sentence_)
            yield dg.AssetCheckResult(
                check_name=name,
                passed=not said,
                severity=dg.AssetCheckSeverity.ERROR
                if name in stops
                else dg.AssetCheckSeverity.WARN,
                description=" ; ".join(said) or f"{frame.height} fichiers, rien à signaler.",
                metadata={"fichiers": dg.MetadataValue.json(said)} if said else {},
            )
        if refused := [*refusals[FINGERPRINT], *refusals[RECOGNITION]]:
            raise dg.Failure(description=refused[0], allow_retries=False)
        yield dg.MaterializeResult(metadata={"dagster/row_count": frame.height})

    return load


def _entries(here: Arrivals, stored: pl.DataFrame) -> pl.DataFrame:
    """The files that are kept, each with the tables that are to be made from it."""
    read = {dataset.table: readings.of_dataset(dataset, here) for dataset in DATASETS} | {
        TERRITORIES: readings.of_territory(),
        placements.TABLE: readings.of_placements(),
    }
    places = {table: {*map(place_of, paths)} for table, paths in read.items()}
    made = [[table for table in places if name in places[table]] for name in stored["fichier"]]
    return stored.with_columns(pl.Series("objets", made, pl.List(pl.String)))


def _marks(paths: Collection[Path], before: readings.States) -> dict[str, str]:
    """The fingerprints of what a step has read.

    Raises:
        dg.Failure: a file has changed meanwhile.
    """
    try:
        return readings.marks(paths, before)
    except SourceError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


def _here() -> tuple[Arrivals, Scope]:
    """What there is to read, and what the territory takes of it.

    Raises:
        dg.Failure: the catalogue, a sidecar or the territory is not valid.
    """
    try:
        here = arrivals()
        taken = here.scope
    except SourceError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    return here, taken


def catalogue_frame(here: Arrivals) -> pl.DataFrame:
    """The files as a table: one row a file."""
    return pl.DataFrame(
        [
            (
                file.source_id,
                file.fiche.publication,
                file.fiche.jeu,
                file.fiche.producteur,
                file.fiche.titre,
                file.fiche.millesime,
                file.fiche.edition,
                file.fiche.geographie,
                file.fiche.couverture,
                file.fiche.page,
                file.fiche.licence,
                file.fiche.extrait,
                file.state,
                file.path.stat().st_size,
                file.sha256,
                file.as_described,
            )
            for file in here.files
        ],
        schema={
            "source_id": pl.String,
            "publication_id": pl.String,
            "jeu": pl.String,
            "producteur": pl.String,
            "titre": pl.String,
            "millesime": pl.Int64,
            "edition": pl.String,
            "geographie": pl.Int64,
            "couverture": pl.String,
            "page": pl.String,
            "licence": pl.String,
            "extrait": pl.String,
            "etat": pl.String,
            "taille_octets": pl.Int64,
            "sha256": pl.String,
            "conforme": pl.Boolean,
        },
        orient="row",
    )


def assets() -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Everything that comes in."""
    files = arrivals().files
    return [
        *file_specs(files),
        *(dataset_asset(dataset, files) for dataset in DATASETS),
        territory_asset(files),
        placements.placements_asset(),
        catalogue_asset(files),
    ]
