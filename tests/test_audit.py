"""What the audit of the dependencies refuses, accepts, and leaves unsaid."""

from datetime import date
from typing import Any

import pytest

from tests.audit import verdict

TODAY = date(2027, 1, 15)
KNOWN = {
    "name": "exemple",
    "version": "1.2",
    "vulns": [{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["1.3"]}],
}
SAFE = {"name": "autre", "version": "4", "vulns": []}
UNKNOWN = {"name": "inconnu", "skip_reason": "not found"}


def accepted(**other: Any) -> dict[str, Any]:
    return {"id": "CVE-2026-1", "reason": "never called", "until": date(2027, 6, 30)} | other


def test_a_known_vulnerability_is_refused_and_named_with_what_corrects_it() -> None:
    assert verdict([SAFE, KNOWN, UNKNOWN], [], TODAY) == (
        True,
        ["audit : exemple 1.2 : PYSEC-2026-1, corrigée en 1.3"],
    )


@pytest.mark.parametrize(
    ("entry", "refused"),
    [
        (accepted(), False),
        (accepted(id="PYSEC-2026-1"), False),
        (accepted(id="CVE-2026-2"), True),
        (accepted(reason=""), True),
        (accepted(until=date(2027, 1, 14)), True),
    ],
    ids=["accepted", "by its other name", "another one", "without a reason", "no longer"],
)
def test_one_is_accepted_for_a_reason_and_until_a_day(entry: dict[str, Any], refused: bool) -> None:
    assert verdict([KNOWN], [entry], TODAY)[0] == refused


def test_a_registry_that_does_not_answer_is_said_in_one_line_and_stops_nothing() -> None:
    refused, (said,) = verdict([UNKNOWN, UNKNOWN], [], TODAY)
    assert not refused
    assert "rien n'est vérifié" in said
    assert "(not found)" in said


def test_nothing_known_is_said_of_those_that_were_asked_alone() -> None:
    assert verdict([SAFE, UNKNOWN], [], TODAY) == (False, ["audit : rien de connu dans 1 paquets"])
