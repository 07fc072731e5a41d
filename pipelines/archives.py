"""What a file may be wrapped in, and when not to trust it: one rule for who receives and who reads.

Nothing is ever unpacked on disk: a member is read inside its archive, within bounds, so that
neither a path that climbs out of it nor a bomb can harm.
"""

import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PureWindowsPath
from typing import IO

from pipelines.errors import SourceError

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")  # the second begins an archive of nothing
# The largest file at hand is of 150 MB; a table of text is packed 5 to 30 times.
MOST_BYTES = 2 << 30
MOST_RATIO = 200
DATA_SUFFIXES = (".csv", ".txt", ".xlsx", ".geojson", ".json")
DESCRIPTION = re.compile(r"(meta|varmod|dictionnaire|lisez|readme)", re.IGNORECASE)

# What zipfile raises for an archive that it cannot read.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,  # an offset before the start of the file
    ValueError,  # a name that is not in its encoding, an offset past any file
    RuntimeError,  # a password is asked for, or the compression is not known
    LookupError,  # a member without a name, or an absent one
)

_WORKBOOK = "xl/workbook.xml"
_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype|!--|html|head|\?xml)", re.IGNORECASE)
_DISTRUST = "ne pas l'ouvrir ; télécharger l'archive depuis la page de l'éditeur"


@contextmanager
def data_file(
    name: str, content: IO[bytes], member: str | None = None
) -> Iterator[tuple[str, int, IO[bytes]]]:
    """The data file that a file is, or holds: how messages name it, its size in bytes, itself.

    A workbook is an archive, and is itself the data file.

    Args:
        name: how messages name the file.
        content: the file, open at its start.
        member: the file to take in an archive; without it, the only one that holds data.

    Raises:
        SourceError: the archive is damaged, is not one that can be trusted, or its data file is
            not recognised; also where the block that reads it finds it damaged.
    """
    is_archive = content.read(4) in MAGIC
    size = content.seek(0, os.SEEK_END)
    content.seek(0)
    if not is_archive:
        yield name, size, content
        return
    try:
        with zipfile.ZipFile(content) as archive:
            if _WORKBOOK not in archive.namelist():
                info = _member(name, archive, member)
                with archive.open(info) as inside:
                    yield f"{name}/{_shown(info)}", info.file_size, inside
                return
        content.seek(0)
        yield name, size, content
    except BROKEN as error:
        raise SourceError(
            name,
            "archive entière",
            "elle est tronquée, endommagée ou protégée par un mot de passe",
            "la télécharger à nouveau",
        ) from error


def refuse_traps(name: str, archive: zipfile.ZipFile) -> None:
    """Refuse an archive of which one member could harm.

    Raises:
        SourceError: a member's path climbs out, or a member grows beyond the bounds.
    """
    for info in archive.infolist():
        path = PureWindowsPath(info.filename)  # it splits on both slashes, and sees drives
        if path.anchor or ".." in path.parts:
            problem = "son chemin sort de l'archive"
            raise SourceError(name, f"membre {_shown(info)}", problem, _DISTRUST)
        most = min(MOST_BYTES, MOST_RATIO * max(info.compress_size, 4096))
        if info.file_size > most:
            raise SourceError(
                name,
                f"membre {_shown(info)}",
                f"il grossit de {info.compress_size} à {info.file_size} octets une fois sorti de "
                "l'archive : c'est une bombe, ou une archive abîmée",
                _DISTRUST,
            )


def refuse_page(name: str, start: bytes) -> None:
    """Refuse the page that a publisher serves in place of a file that is gone or forbidden.

    Raises:
        SourceError: the first bytes are those of a page.
    """
    if _PAGE.match(start):
        raise page_instead(name)


def page_instead(name: str) -> SourceError:
    """What is said of a page served in place of a file."""
    return SourceError(
        name,
        "fichier entier",
        "c'est une page web, pas le fichier qu'elle annonce",
        "télécharger le fichier lui-même, depuis la page de l'éditeur",
    )


def _member(name: str, archive: zipfile.ZipFile, wanted: str | None) -> zipfile.ZipInfo:
    """The member that holds the data, once the whole archive is known to be sound."""
    refuse_traps(name, archive)
    files = [info for info in archive.infolist() if not info.is_dir()]
    chosen = [info for info in files if _is_chosen(info.filename, wanted)]
    if len(chosen) != 1:
        listed = ", ".join(map(_shown, files[:10])) + " …" * (len(files) > 10)
        raise SourceError(
            name,
            "archive",
            f"le fichier de données n'y est pas reconnu ; elle contient {listed or 'rien'}",
            "nommer le membre dans l'entrée du catalogue, ou déposer le seul fichier de données",
        )
    return chosen[0]


def _is_chosen(filename: str, wanted: str | None) -> bool:
    if wanted is not None:
        return filename.lower() == wanted.lower()
    is_described = DESCRIPTION.match(PureWindowsPath(filename).name)
    return filename.lower().endswith(DATA_SUFFIXES) and not is_described


def _shown(info: zipfile.ZipInfo) -> str:
    """The name of a member without what would break a line: an archive names as it likes."""
    return "".join(filter(str.isprintable, info.filename))
