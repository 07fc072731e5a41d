"""The dossier as paged PDF: the same parts, set by Typst, tagged for screen readers (PDF/UA-1)."""

import json
from dataclasses import asdict
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from pipelines.clock import universal
from pipelines.diagnostic.blocks import Dossier, Figure, Section
from pipelines.recipe import TEMPLATES

TEMPLATE = TEMPLATES / "dossier.typ"


def render(dossier: Dossier, images: dict[int, str], made: datetime) -> bytes:
    """The PDF, whole.

    Args:
        dossier: the document.
        images: the SVG of each figure, by the `id` of the figure.
        made: the moment written in the file: that of the publication, in UTC, so that it is made
            anew alike.
    """
    with TemporaryDirectory() as folder:
        root = Path(folder)
        content = {
            "titre": dossier.title,
            "soustitre": dossier.subtitle,
            "edition": dossier.edition,
            "chapitres": [_told(chapter, images, root) for chapter in dossier.chapters],
        }
        (root / "dossier.json").write_text(json.dumps(content), "utf-8")
        (root / TEMPLATE.name).write_bytes(TEMPLATE.read_bytes())
        return bytes(
            typst.compile(
                str(root / TEMPLATE.name),
                font_paths=[str(files("font_source_sans_pro") / "files")],
                ignore_system_fonts=True,
                pdf_standards=["ua-1"],
                timestamp=int(universal(made).timestamp()),
            )
        )


def _told(block: Any, images: dict[int, str], root: Path) -> dict[str, Any]:
    """A part as the template reads it; an image goes to a file of the same folder."""
    kind = type(block).__name__.lower()
    if isinstance(block, Section):
        inner = [_told(part, images, root) for part in block.blocks]
        return {"kind": kind, "title": block.title, "is_sheet": block.is_sheet, "blocks": inner}
    if isinstance(block, Figure):
        name = f"{len(list(root.glob('*.svg')))}.svg"
        (root / name).write_text(images[id(block)], "utf-8")
        return {
            "kind": kind,
            "title": block.title,
            "shows": block.shows,
            "source": block.source,
            "image": name,
            "answers": block.answers,
        }
    # The kind of a paragraph is its own.
    return {**asdict(block), "kind": getattr(block, "kind", kind)}
