"""The UI, started as `make ui` starts it, and asked as a browser asks it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from pipelines.schedules import JOB
from tests.conftest import Workplace

LAUNCH = """
mutation ($job: JobOrPipelineSelector!) {
  launchRun(executionParams: {selector: $job, runConfigData: {}}) {
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
LOCATION = "pipelines.definitions"
SELECTOR = {
    "repositoryLocationName": LOCATION,
    "repositoryName": "__repository__",
    "pipelineName": JOB,
}


@dataclass(frozen=True)
class Interface:
    """A UI that runs: its first process, at the head of a session, and its port."""

    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> str:
        """Launch a refresh, as its button does; returns the run."""
        answer = requests.post(
            f"{self.address}/graphql",
            json={"query": LAUNCH, "variables": {"job": SELECTOR}},
            timeout=60,
        ).json()
        return str(answer["data"]["launchRun"]["run"]["runId"])

    def kill(self) -> None:
        """End at once all that the UI has started: its server, its daemon, its runs."""
        for pid in _of_session(self.process.pid):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


def _of_session(leader: int) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) == leader:
                yield int(folder.name)
        except ProcessLookupError:
            continue


@contextmanager
def opened(place: Workplace, seconds: float = 120) -> Iterator[Interface]:
    """A UI that answers, of a workplace."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = Path(sys.executable).with_name("dagster")
    process = subprocess.Popen(
        [command, "dev", "-m", LOCATION, "--host", "127.0.0.1", "--port", str(port)],
        # Not from the root: its .env would have the last word on where things stand.
        cwd=place.folder,
        env=place.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    interface = Interface(process, port)
    try:
        _wait(interface, time.monotonic() + seconds)
        yield interface
    finally:
        interface.kill()


def _wait(interface: Interface, until: float) -> None:
    while time.monotonic() < until:
        try:
            if requests.get(f"{interface.address}/server_info", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.3)
    raise TimeoutError("dagster dev")
