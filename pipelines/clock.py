"""The time of publications, which is universal, and the day where the committees meet."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

TIMEZONE = "Europe/Paris"


def universal(moment: datetime) -> datetime:
    """A moment as tables hold it, without a zone: it is of UTC, where Python takes it for local."""
    return moment.replace(tzinfo=UTC)


def day_in_paris(moment: datetime) -> date:
    """The day that it is where the committees meet, at a moment of UTC."""
    return universal(moment).astimezone(ZoneInfo(TIMEZONE)).date()


def today_in_paris() -> date:
    """The day that it is there now."""
    return day_in_paris(datetime.now(UTC))
