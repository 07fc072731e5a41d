"""The dossier as one page that needs nothing else: no network, no font of the machine, no file."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
import vl_convert as vlc
from markupsafe import Markup

from pipelines.diagnostic import blocks, charts, typeface
from pipelines.diagnostic.blocks import Dossier, Figure, Section
from pipelines.recipe import TEMPLATES, fingerprint_of_templates
from pipelines.settings import build_file
from pipelines.swap import replaced


def render(dossier: Dossier, images: dict[int, str]) -> str:
    """The page, whole.

    Args:
        dossier: the document.
        images: the SVG of each figure, by the `id` of the figure.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["section"] = lambda block: isinstance(block, Section)
    for kind in (blocks.Text, blocks.Table, blocks.Figure, blocks.Facts):
        environment.tests[kind.__name__.lower()] = _is_a(kind)
    number = _numbers(dossier)
    return environment.get_template("page.html.jinja").render(
        dossier=dossier,
        templates=fingerprint_of_templates(),
        image=lambda figure: _image(figure, images[id(figure)], number(figure)),
        width=lambda figure: _width(images[id(figure)]),
        number=number,
        style=Markup(_faces() + (TEMPLATES / "page.css").read_text("utf-8")),  # noqa: S704
        script=Markup(_script(dossier)),  # noqa: S704
    )


def _is_a(kind: type) -> Any:
    return lambda block: isinstance(block, kind)


def _numbers(dossier: Dossier) -> Any:
    """The rank of each figure and table: what names it in the page."""
    ranks = {id(block): rank for rank, block in enumerate(_all(dossier), start=1)}
    return lambda block: ranks[id(block)]


def _all(dossier: Dossier) -> Iterator[Any]:
    for chapter in dossier.chapters:
        for section, _ in chapter.walk():
            for block in section.blocks:
                yield block
                if isinstance(block, Figure):
                    yield block.table


def _width(svg: str) -> str:
    """The width of an image, in pixels."""
    found = re.search(r'viewBox="0 0 (\d+)', svg)
    assert found, "a chart has a size"
    return found.group(1)


def _image(figure: Figure, svg: str, number: int) -> Markup:
    """An image within the page, whose typeface it is drawn in, told by its sentence.

    What it refers to is named after it: another image of the page has the same names.
    """
    head, body = svg[len("<svg") : svg.index(">")], svg[svg.index(">") :]
    own = re.sub(r'(id="|url\(#)', rf"\g<1>f{number}-", body)
    opening = Markup('<svg role="img" aria-label="{}"').format(figure.shows)
    return opening + Markup(head + own)  # noqa: S704


def _script(dossier: Dossier) -> str:
    """The libraries that make a chart answer, the page's own script, and each chart's definition.

    What would end the script, in a definition or in a library, is written another way.
    """
    number = _numbers(dossier)
    definitions = {
        f"figure-{number(figure)}": charts.spec(figure.chart)
        for chapter in dossier.chapters
        for figure in chapter.figures()
        if figure.answers
    }
    french = {
        "formatLocale": vlc.get_format_locale("fr-FR"),
        "timeFormatLocale": vlc.get_time_format_locale("fr-FR"),
    }
    data = json.dumps({"figures": definitions, "francais": french}).replace("<", "\\u003c")
    own = (TEMPLATES / "page.js").read_text("utf-8")
    return f"const DOSSIER = {data};\n{_kept_open(_bundle(own))}"


def _faces() -> str:
    """The typeface that the page carries."""
    made_of = f"{version('fonttools')}\n{Path(typeface.__file__).read_text('utf-8')}"
    return _kept("css", made_of, typeface.faces)


def _bundle(script: str) -> str:
    """The page's own script and the libraries that it asks for, in one."""
    made_of = f"{version('vl-convert-python')}\n{script}"
    return _kept("js", made_of, lambda: str(vlc.javascript_bundle(script)))


def _kept(kind: str, made_of: str, make: Callable[[], str]) -> str:
    """A part of the page that depends on nothing that is published, and takes seconds to make.

    It is kept beside the build file until what it is made of changes.
    """
    mark = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    kept = build_file().with_name(f"page_{mark}.{kind}")
    if not kept.is_file():
        with replaced(kept) as fresh:
            fresh.write_text(make(), "utf-8")
    return kept.read_text("utf-8")


def _kept_open(script: str) -> str:
    return script.replace("</script", r"<\/script").replace("<!--", r"\x3c!--")
