"""The committed extracts are what the tool makes of the publishers' files, byte for byte."""

from pathlib import Path

import pytest

from pipelines.extract import EXTRACTS, Extract, write

SOURCES = Path(__file__).parents[2] / "sources"


@pytest.mark.parametrize("extract", EXTRACTS, ids=lambda extract: extract.target)
def test_the_committed_extract_is_remade_to_the_byte(
    extract: Extract, published: Path, tmp_path: Path
) -> None:
    for path in write(extract, published, tmp_path):
        committed = SOURCES / path.relative_to(tmp_path)
        assert path.read_bytes() == committed.read_bytes(), committed
