"""Where each line of the registry stands: the one table that comes in by computing.

It is made before dbt, because to compare spellings and to find a point in an outline is not what
SQL is good at. The rules are in `pipelines.placement`; the network is not asked here: what the
national address service answered is in the cache, or is not there.
"""

from collections import defaultdict
from collections.abc import Iterable

import dagster as dg
import duckdb
import polars as pl

from pipelines import territory
from pipelines.contracts.base import LOADED
from pipelines.errors import SourceError
from pipelines.fetch import answer
from pipelines.ingest import readings
from pipelines.ingest.arrivals import arrivals
from pipelines.ingest.datasets import DATASETS
from pipelines.naming import OWNERS, raw_key
from pipelines.placement import addresses_to_ask, place, read_national
from pipelines.settings import cache_dir, convention
from pipelines.warehouse import Warehouse, controls_frame, record, replace_table

TABLE = "observatoire_placements"
CHECK = "placements"

REGISTRY, CORRECTIONS, LEDGER = (
    "convention_registre",
    "convention_corrections",
    "convention_placements",
)
SCHOOLS, ADDRESSES, OUTLINES = "education_etablissements", "geo_adresses", "geo_districts"
IRIS = "insee_iris"
READ = (REGISTRY, CORRECTIONS, LEDGER, SCHOOLS, ADDRESSES, OUTLINES, IRIS)


def placements_asset() -> dg.AssetsDefinition:
    """The district of each line of the registry, with method, score and evidence."""
    key = raw_key(TABLE)

    @dg.asset(
        key=key,
        deps=[raw_key(name) for name in READ],
        description="Placement de chaque ligne du registre : district, méthode, score, preuve.",
        group_name="entree_observatoire",
        kinds={"polars", "duckdb"},
        owners=OWNERS,
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=key,
                description="Chaque ligne du registre des placements est du registre, son point "
                "tombe dans le district qu'elle dit, et chaque ligne du registre est d'une commune "
                "du territoire.",
                blocking=True,
            )
        ],
    )
    def load(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterable[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        before = readings.states()
        with warehouse.connect() as connection:
            try:
                frame, problem = _placed(connection), ""
                read = readings.marks(readings.of_placements(), before)
            except SourceError as error:
                frame, problem = None, str(error)
            status = "échoué" if problem else "réussi"
            control = (TABLE, LOADED, CHECK, status, "arrêt", int(bool(problem)), problem)
            record(connection, "controles", [TABLE], controls_frame([control]))
            if frame is not None:
                replace_table(connection, f"brut.{TABLE}", frame)
                readings.note(connection, TABLE, read)
        yield dg.AssetCheckResult(
            check_name=CHECK,
            passed=not problem,
            description=problem or "Tenu : chaque point tombe dans son district.",
        )
        if frame is None:
            raise dg.Failure(description=problem, allow_retries=False)
        counts = dict(
            frame.group_by("statut").agg(pl.col("ligne_id").n_unique()).sort("statut").iter_rows()
        )
        said = ", ".join(f"{count} {status}" for status, count in counts.items())
        context.log.info(f"{TABLE} : {said or 'aucun registre'}")
        yield dg.MaterializeResult(metadata={"dagster/row_count": frame.height, **counts})

    return load


def _placed(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The placement of every line of the registry that is in the build file.

    Raises:
        SourceError: the ledger of placements contradicts the outlines or the registry, or a commune
            is unknown.
    """

    def table(name: str) -> pl.DataFrame:
        return connection.execute(f"from brut.{name}").pl()

    ground = territory.load()
    return place(
        table(REGISTRY),
        table(CORRECTIONS),
        table(LEDGER),
        communes=districts_of(ground, table(IRIS)["grd_quart"].unique().to_list()),
        commune_ids={commune.libelle: commune.id for commune in ground.communes},
        schools=table(SCHOOLS),
        gazetteer=table(ADDRESSES),
        national=read_national(answer(cache_dir(), convention())),
        outlines=table(OUTLINES),
    )


def districts_of(
    ground: territory.Territory, quarters: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The districts of each commune by its label: those it lists, else those that Insee gives.

    Args:
        ground: the territory.
        quarters: the *grands quartiers* of the reference of IRIS.
    """
    known: dict[str, list[str]] = defaultdict(list)
    for quarter in sorted(quarters):
        known[quarter[: territory.INSEE_DIGITS]].append(quarter)
    return {
        commune.libelle: commune.districts or tuple(known[commune.insee_code])
        for commune in ground.communes
    }


def asked() -> bytes | None:
    """The addresses of the convention's registry, as the national service is asked for them.

    Returns:
        A csv without names of services, or nothing if the convention has no registry.

    Raises:
        SourceError: the territory, the catalogue or a sidecar is not valid.
    """
    here = arrivals()
    frames = {}
    for dataset in DATASETS:
        if dataset.table in (REGISTRY, CORRECTIONS, IRIS):
            frames[dataset.table] = dataset.rows(dataset.admit_all(here.files, here.scope))
    if frames[REGISTRY].is_empty():
        return None
    communes = districts_of(territory.load(), frames[IRIS]["grd_quart"].unique().to_list())
    return addresses_to_ask(frames[REGISTRY], frames[CORRECTIONS], communes).write_csv().encode()
