"""The command `make audit`: no known vulnerability in what the lock installs.

It asks the registry that serves the packages. Where the registry does not answer such questions it
says so, and that is no failure: a mirror of packages does not know their vulnerabilities. One that
is known to be without effect here is written in pyproject.toml, with its reason and the day until
which that is held to be so:

    [[tool.audit.accepted]]
    id = "GHSA-xxxx-xxxx-xxxx"
    reason = "why it cannot be used against the observatory"
    until = 2027-06-30
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from pipelines.settings import ROOT

# It holds the others.
LOCK = ROOT / "requirements-dev.lock"


def main() -> int:
    """Ask of each lock; 1 if something known is not accepted."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    accepted = configuration["tool"].get("audit", {}).get("accepted", [])
    refused, said = verdict(_packages(), accepted, datetime.now(UTC).date())
    print("\n".join(said))
    return int(refused)


def verdict(
    packages: Iterable[Mapping[str, Any]], accepted: Iterable[Mapping[str, Any]], today: date
) -> tuple[bool, list[str]]:
    """Whether something known is not accepted, and what is to be said of it.

    Args:
        packages: what pip-audit says of each: `name`, and either `version` and `vulns`, or
            `skip_reason` where nobody answered.
        accepted: the vulnerabilities without effect here: `id`, `reason`, `until`.
        today: the day of the question.
    """
    packages = list(packages)
    held = {entry["id"] for entry in accepted if entry["reason"] and entry["until"] >= today}
    answers = {package["name"]: package for package in packages if "vulns" in package}
    if not answers:
        why = " ; ".join({package["skip_reason"].partition(":")[0] for package in packages})
        return False, [f"audit : rien n'est vérifié, le registre ne répond pas ({why})"]
    refused = [
        f"audit : {name} {package['version']} : {found['id']}, corrigée en "
        f"{', '.join(found['fix_versions']) or '(pas encore)'}"
        for name, package in sorted(answers.items())
        for found in package["vulns"]
        if held.isdisjoint({found["id"], *found["aliases"]})
    ]
    return bool(refused), refused or [f"audit : rien de connu dans {len(answers)} paquets"]


def _packages() -> list[Mapping[str, Any]]:
    """What pip-audit says of each package of the lock, or why it could not ask."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", LOCK, "--require-hashes"),
            *("--disable-pip", "--format", "json", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout:
        return [{"name": "", "skip_reason": done.stderr.strip().rpartition("\n")[2]}]
    packages: list[Mapping[str, Any]] = json.loads(done.stdout)["dependencies"]
    return packages


if __name__ == "__main__":
    sys.exit(main())
