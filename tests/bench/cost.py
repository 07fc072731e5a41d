"""What a command costs as a whole process: time, processor, memory; two commands in turn."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class CommandFailedError(Exception):
    """A measured command did not end well: its cost says nothing."""


@dataclass(frozen=True)
class Cost:
    """One run of one command, its children included.

    `seconds` is what a clock on the wall says, `processor_s` what its processes used of all the
    cores, `memory_mib` the most that its largest process held.
    """

    seconds: float
    processor_s: float
    memory_mib: float


@dataclass(frozen=True)
class Command:
    """What is measured: its name in the report, its words, what it finds in its environment."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


def run(command: Command) -> Cost:
    """Run a command once.

    Raises:
        CommandFailedError: it ended with an error; the end of what it said is in the message.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        command.words,
        cwd=command.folder,
        env={**command.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode != 0:
        raise CommandFailedError(f"{command.name} : {said[-2000:]}")
    return Cost(
        time.monotonic() - started,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
    )


def in_turn(commands: Sequence[Command], passes: int) -> dict[str, list[Cost]]:
    """The costs of several commands, each run once for nothing, then in turn.

    In turn, because the speed of a machine drifts: what is compared is what ran side by side.

    Args:
        commands: what to compare.
        passes: how many counted runs of each.
    """
    for command in commands:
        run(command)
    found: dict[str, list[Cost]] = {command.name: [] for command in commands}
    for _ in range(passes):
        for command in commands:
            found[command.name].append(run(command))
    return found


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure, apart."""
    return Cost(
        *(
            statistics.median(getattr(cost, name) for cost in costs)
            for name in ("seconds", "processor_s", "memory_mib")
        )
    )


def ratio(costs: Sequence[Cost], against: Sequence[Cost]) -> float:
    """The median of the ratios of the times, run by run."""
    return statistics.median(
        one.seconds / other.seconds for one, other in zip(costs, against, strict=True)
    )
