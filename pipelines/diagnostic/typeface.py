"""The dossier's typeface, Source Sans Pro: the page carries it, and the charts are measured in it.

A text measured in one typeface and drawn in another is cut or runs over its neighbour.
"""

from base64 import b64encode
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font
from fontTools.ttLib import TTFont

FAMILY = "Source Sans Pro"
FOLDER = Path(str(files("font_source_sans_pro"))) / "files"
# The weight that CSS asks for, and the file that has it.
WEIGHTS = {400: "SourceSansPro-Regular.otf", 600: "SourceSansPro-Semibold.otf"}
# What French and the names of places are written with, and the signs of the charts' axes.
WRITTEN = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2027), 0x202F, 0x20AC, 0x2212]


@cache
def faces() -> str:
    """The CSS that carries the typeface, with the signs that French needs and no others."""
    return "\n".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; '
        f'src: url("data:font/woff;base64,{b64encode(_subset(name)).decode()}") format("woff"); }}'
        for weight, name in WEIGHTS.items()
    )


def _subset(name: str) -> bytes:
    options = Options(flavor="woff")
    font = load_font(FOLDER / name, options)
    kept = Subsetter(options)
    kept.populate(unicodes=WRITTEN)
    kept.subset(font)
    written = BytesIO()
    save_font(font, written, options)
    return written.getvalue()


def width(text: str, size: float) -> float:
    """How wide a line of text is, in the unit of its size."""
    advances, signs, unit = _metrics()
    return size * sum(advances[signs.get(ord(sign), ".notdef")] for sign in text) / unit


@cache
def _metrics() -> tuple[dict[str, int], dict[int, str], int]:
    font = TTFont(FOLDER / WEIGHTS[400])
    advances = {name: advance for name, (advance, _) in font["hmtx"].metrics.items()}
    return advances, font.getBestCmap(), font["head"].unitsPerEm
