"""How a server starts its runs: as Dagster does, and it can tell whether the process of one lives.

Dagster's own launcher cannot tell: a run whose process went away with the server of the code, or
with the machine, would keep its place in the queue until its time is up.
"""

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus

from pipelines.swap import lives
from pipelines.warehouse import PID_TAG


class WatchedLauncher(DefaultRunLauncher):
    """The launcher of `production/dagster.yaml`: all processes are on one machine."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """The monitoring of runs may ask."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the process that signed a run lives; one that has not signed is waited for."""
        pid = run.tags.get(PID_TAG)
        if pid and not lives(int(pid)):
            return CheckRunHealthResult(
                WorkerStatus.NOT_FOUND, "le processus de ce rafraîchissement n'existe plus"
            )
        return CheckRunHealthResult(WorkerStatus.RUNNING)
