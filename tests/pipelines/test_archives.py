"""Whatever harms an archive, its data file is read as it is, or refused in one French line."""

import io
import tempfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.archives import data_file
from pipelines.errors import SourceError

TABLE = b"IRIS;P19_POP\n593500101;2561\n"


def archive_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def read(content: bytes, member: str | None = None) -> bytes:
    # On disk, an offset before the start of the file is another error than in memory.
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        with data_file("base.zip", file, member) as (_, _, inside):
            return inside.read()


def moved(archive: bytes, by: int) -> bytes:
    """An archive that misplaces its index."""
    index = int.from_bytes(archive[-6:-2], "little") + by
    return archive[:-6] + index.to_bytes(4, "little") + archive[-2:]


SOUND = archive_of({"base.csv": TABLE, "lisez-moi.txt": b"Ce que contient la base"})


@pytest.mark.parametrize(("content", "named"), [(SOUND, "base.zip/base.csv"), (TABLE, "base.zip")])
def test_the_data_file_is_given_with_its_name_and_its_size(content: bytes, named: str) -> None:
    with data_file("base.zip", io.BytesIO(content)) as (name, size, inside):
        assert (name, size, inside.read()) == (named, len(TABLE), TABLE)


@pytest.mark.parametrize(
    "content",
    [
        archive_of({"\0": TABLE}),
        moved(SOUND, 1000),
        moved(SOUND, -30),
        archive_of({"base.csv": TABLE}).replace(b"base", b"\xff\xffse", 1),
    ],
    ids=["nameless member", "index before the start", "index too soon", "two names"],
)
def test_an_archive_that_contradicts_itself_is_said_to_be_damaged(content: bytes) -> None:
    with pytest.raises(
        SourceError, match=r"base\.zip, archive entière : elle est tronquée, endomm"
    ):
        read(content)


def test_a_name_that_would_break_the_line_is_shown_without_what_would() -> None:
    with pytest.raises(SourceError) as refusal:
        read(archive_of({"une\nligne.pdf": TABLE}))
    assert "elle contient uneligne.pdf. Remède" in str(refusal.value)


def test_of_a_crowded_archive_the_first_names_are_shown() -> None:
    with pytest.raises(SourceError, match=r"elle contient 0\.csv, .*, 9\.csv …\. Remède"):
        read(archive_of({f"{rank}.csv": TABLE for rank in range(1000)}))


@given(
    where=st.integers(0, len(SOUND) - 1),
    byte=st.integers(0, 255),
    kept=st.integers(0, len(SOUND)) | st.just(len(SOUND)),
)
def test_a_harmed_archive_is_read_right_or_refused_in_one_line(
    where: int, byte: int, kept: int
) -> None:
    harmed = bytearray(SOUND)
    harmed[where] = byte
    content = bytes(harmed[:kept])
    try:
        data, said = read(content, "base.csv"), ""
    except SourceError as refusal:
        data, said = b"", str(refusal)
    # What no longer begins as an archive is a file like another.
    assert said or data in (TABLE, content)
    assert said.isprintable()
