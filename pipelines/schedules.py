"""When a refresh is asked for: a month before each committee, or when a file changes.

The committees come from the convention's calendar, read as every other file is: one schedule
prepares each body whose month the convention gives. All of this is off until someone turns it on in
the UI.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg
import holidays

from pipelines.clock import TIMEZONE
from pipelines.ingest.arrivals import arrivals
from pipelines.ingest.datasets import DATASETS
from pipelines.settings import sources_dir
from pipelines.sources import fingerprint, visible_files

JOB = "refresh"
CALENDAR = "convention_calendrier"
SETTLING_SECONDS = 5
OFF = "Arrêtée par défaut : à activer ici, dans l'onglet Automation."
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def first_working_day(year: int, month: int) -> date:
    """The first day of a month that is neither in a week-end nor a French public holiday."""
    closed = holidays.country_holidays("FR", years=year)
    day = date(year, month, 1)
    while day.weekday() >= 5 or day in closed:
        day += timedelta(days=1)
    return day


def month_before(month: int) -> int:
    """The month that comes before, of the year or of the one before."""
    return (month - 2) % 12 + 1


def committees() -> dict[str, tuple[str, tuple[int, ...]]]:
    """The bodies of the calendar: their label and the months in which they meet.

    Meetings of one body bear its name and a month (`cotech_mai`, `cotech_novembre`). A convention
    without a calendar has none, nor has one whose calendar is stopped: its asset says why.

    Raises:
        SourceError: the catalogue, a sidecar or the territory is not valid.
    """
    (calendar,) = (dataset for dataset in DATASETS if dataset.table == CALENDAR)
    admitted = calendar.admit_all(arrivals().files)
    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    if any(admission.stopped for _, admission in admitted):
        return found
    for row in calendar.rows(admitted).drop_nulls("mois").iter_rows(named=True):
        body = row["instance_id"].rpartition("_")[0]
        label, months = found.get(body, (row["libelle"].partition(" (")[0], ()))
        found[body] = (label, (*months, row["mois"]))
    return found


@dataclass(frozen=True)
class Committee:
    """The bodies that meet in one month, and the day from which their figures are prepared."""

    labels: tuple[str, ...]
    month: date
    due: date

    def __str__(self) -> str:
        named = f"{MONTHS[self.month.month - 1]} {self.month.year}"
        return f"Prochain comité, {named} : {', '.join(self.labels)}"


def next_committee(today: date) -> Committee | None:
    """What meets this month, or in the first month after it that has a meeting.

    The calendar gives a month, not a day: what meets this month is held to be still ahead.
    """
    bodies = committees().values()
    ahead = [(month - today.month) % 12 for _, months in bodies for month in months]
    if not ahead:
        return None
    years, rest = divmod(today.month - 1 + min(ahead), 12)
    month = date(today.year + years, rest + 1, 1)
    before = month - timedelta(days=1)
    labels = tuple(label for label, months in bodies if month.month in months)
    return Committee(labels, month, first_working_day(before.year, before.month))


def committee_schedule(body: str, label: str, months: Sequence[int]) -> dg.ScheduleDefinition:
    """The schedule that prepares one body: the first working day of the month before, at six."""
    ahead = sorted(month_before(month) for month in months)

    @dg.schedule(
        name=f"preparation_{body}",
        job_name=JOB,
        cron_schedule=f"0 6 1-7 {','.join(str(month) for month in ahead)} *",
        execution_timezone=TIMEZONE,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=f"Prépare : {label} ({', '.join(MONTHS[month - 1] for month in months)}). "
        f"Premier jour ouvré du mois qui précède, à 6 h. {OFF}",
    )
    def prepare(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        today = context.scheduled_execution_time.date()
        due = first_working_day(today.year, today.month)
        if today != due:
            return dg.SkipReason(f"Le premier jour ouvré du mois est le {due:%d/%m/%Y}.")
        return dg.RunRequest(run_key=f"{body}-{due}", tags={"observatoire/prepare": label})

    return prepare


@dg.sensor(
    name="fichiers_deposes",
    job_name=JOB,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description=f"Demande un rafraîchissement quand un fichier de sources/ change. {OFF}",
)
def dropped_files(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for a refresh when the folder's fingerprint is not the one last seen."""
    newest = max((path.stat().st_mtime for path in visible_files(sources_dir())), default=0)
    if 0 <= time.time() - newest < SETTLING_SECONDS:
        yield dg.SkipReason("Un fichier est peut-être encore en cours de copie.")
        return
    current = fingerprint()
    seen, _ = context.cursor, context.update_cursor(current)
    if seen == current:
        yield dg.SkipReason("Aucun fichier n'a changé.")
    elif seen is None:
        yield dg.SkipReason("Première observation du dossier.")
    else:
        yield dg.RunRequest(tags={"observatoire/prepare": "fichier déposé"})


def schedules() -> list[dg.ScheduleDefinition]:
    """One schedule a body whose months the convention gives."""
    return [
        committee_schedule(body, label, months) for body, (label, months) in committees().items()
    ]
