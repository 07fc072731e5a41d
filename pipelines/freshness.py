"""Whether what is published is fresh for the next committee.

Two questions, answered in one check that never stops anything: was the file published since the day
its preparation was due, and is there a newer vintage than the one that it reads? The second is
asked of the catalogue, and of the rhythm of a publication when its publisher's page gives the day
that one of its vintages came out (`parution`): one vintage a year.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import dagster as dg
import polars as pl
from polars._typing import PolarsDataType

from pipelines.clock import TIMEZONE, day_in_paris, today_in_paris
from pipelines.diagnostic.published import Published, opened
from pipelines.schedules import OFF, Committee, next_committee
from pipelines.settings import published_file
from pipelines.sources import Publication, publications
from pipelines.warehouse import rows_table

PUBLICATION = dg.AssetKey(["publication", "observatoire"])
CHECK = "fraicheur"
AGED: Mapping[str, PolarsDataType] = {
    "source": pl.String,
    "millesime_lu": pl.Int64,
    "millesime_au_catalogue": pl.Int64,
    "millesime_attendu": pl.Int64,
}


@dataclass(frozen=True)
class Verdict:
    """What the check says: whether all is fresh, in French, and each data set that has aged.

    `aged` has a row a data set, with the vintage that is read, the last one of the catalogue and
    the last one that should be out.
    """

    fresh: bool
    sentence: str
    aged: pl.DataFrame


def verdict(
    published_on: date,
    read: pl.DataFrame,
    catalogue: Iterable[Publication],
    committee: Committee | None,
    today: date,
) -> Verdict:
    """Whether the published file, and the vintages that it reads, are fresh for `committee`.

    Args:
        published_on: the day of the publication.
        read: `jeu` and `millesime`, the last one read of each data set.
        catalogue: the publications of the catalogue.
        committee: the next one; without one, freshness is that of today.
        today: the day of the question.
    """
    horizon = max(today, committee.due) if committee else today
    aged = _aged(read, list(catalogue), horizon)
    late = committee is not None and published_on < committee.due <= today
    said = [_published(published_on, committee, today)]
    if aged.height:
        said.append(
            f"{aged.height} source(s) ont un millésime plus récent que celui qui est lu. Remède : "
            "lancer le job telecharger, ou déposer le fichier dans sources/, puis refresh."
        )
    return Verdict(not late and aged.is_empty(), " ".join(said), aged)


def _published(published_on: date, committee: Committee | None, today: date) -> str:
    on = f"Le fichier publié est du {published_on:%d/%m/%Y}"
    if committee is None:
        return f"{on} ; la convention ne donne le mois d'aucun comité."
    if today < committee.due:
        return f"{on}. {committee} : à rafraîchir à partir du {committee.due:%d/%m/%Y}."
    if published_on < committee.due:
        return (
            f"{on}, avant le {committee.due:%d/%m/%Y} où commence la préparation. {committee}. "
            "Remède : lancer le job refresh."
        )
    return f"{on}, depuis le {committee.due:%d/%m/%Y} où commence la préparation. {committee}."


def _aged(read: pl.DataFrame, catalogue: list[Publication], horizon: date) -> pl.DataFrame:
    rows = []
    for dataset, vintage in read.select("jeu", "millesime").iter_rows():
        offered = [publication for publication in catalogue if publication.jeu == dataset]
        if not offered:
            continue
        newest = max(offered, key=lambda publication: publication.millesime)
        due = [
            publication.millesime + _years_between(publication.parution, horizon)
            for publication in offered
            if publication.parution
        ]
        expected = max([newest.millesime, *due])
        if expected > vintage:
            rows.append((newest.titre, vintage, newest.millesime, expected))
    return pl.DataFrame(rows, schema=AGED, orient="row").sort("source")


def _years_between(first: date, last: date) -> int:
    whole = last.year - first.year - ((last.month, last.day) < (first.month, first.day))
    return max(whole, 0)


def now_on(published: Published, today: date) -> Verdict:
    """What the check says of a published file on a day."""
    read = published.rows(
        "select jeu, max(millesime) as millesime from referentiel.sources group by jeu"
    )
    catalogue = [entry.publication for entry in publications().values()]
    day = day_in_paris(published.published_at)
    return verdict(day, read, catalogue, next_committee(today), today)


def check() -> dg.AssetChecksDefinition:
    """The check of the published file, that warns when it has aged."""

    @dg.asset_check(
        asset=PUBLICATION,
        name=CHECK,
        description="Le fichier publié est assez récent pour le prochain comité : publié depuis "
        "le premier jour ouvré du mois qui précède, et lu dans les derniers millésimes parus. "
        "Avertit seulement.",
    )
    def look() -> dg.AssetCheckResult:
        if not published_file().is_file():
            raise dg.Failure(
                description="Rien n'est encore publié. Remède : lancer le job refresh.",
                allow_retries=False,
            )
        with opened() as published:
            found = now_on(published, today_in_paris())
        return dg.AssetCheckResult(
            passed=found.fresh,
            severity=dg.AssetCheckSeverity.WARN,
            description=found.sentence,
            metadata={"sources_a_rafraichir": rows_table(found.aged)} if found.aged.height else {},
        )

    return look


watch = dg.define_asset_job(
    CHECK,
    selection=dg.AssetSelection.checks(dg.AssetCheckKey(PUBLICATION, CHECK)),
    description="Dit si le fichier publié est assez récent pour le prochain comité ; ne lit ni "
    "n'écrit rien d'autre.",
    executor_def=dg.in_process_executor,
)

daily = dg.ScheduleDefinition(
    name="veille_de_fraicheur",
    job=watch,
    cron_schedule="0 7 * * 1-5",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description=f"Regarde chaque jour ouvré si le fichier publié a vieilli. {OFF}",
)
