"""What is freed goes back to the machine."""

import platform
from pathlib import Path

import pytest

from pipelines.memory import give_back

MIB = 1 << 20


def resident_mib() -> float:
    """What the machine holds for this process."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / MIB


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="d'une autre bibliothèque C")
def test_what_is_freed_under_what_is_still_held_is_given_back() -> None:
    # More than Python's own small blocks, less than what the C library maps apart.
    blocks = [bytes(4096) for _ in range(100 * MIB // 4096)]
    last = bytes(4096)
    full = resident_mib()
    del blocks
    give_back()
    assert resident_mib() < full - 80
    assert len(last) == 4096


def test_another_c_library_is_left_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    give_back()
