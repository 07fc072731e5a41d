"""How addresses are written, and when two of them are one: plain functions over text.

An address is compared by its numbers, its kind of way and the words of its name, never by its
postcode.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Jaro

SAME_SPELLING = 90.0  # of 100, word by word
SHORTEST_MISSPELLED = 5  # letters; rue de Gand is no misprint of rue du Grand

_ARTICLES = "de du des d la le les l au aux"
_FULL = {
    "allee": "all",
    "avenue": "av ave",
    "boulevard": "bd bld blvd bvd",
    "capitaine": "cpt",
    "chemin": "che",
    "colonel": "col",
    "commandant": "cdt",
    "docteur": "dr",
    "faubourg": "fg fbg",
    "general": "gal gen",
    "impasse": "imp",
    "lieutenant": "lt",
    "madame": "mme",
    "marechal": "mal",
    "notre dame": "nd",
    "place": "pl",
    "president": "pdt",
    "professeur": "pr prof",
    "residence": "res",
    "route": "rte",
    "saint": "st",
    "sainte": "ste",
    "square": "sq",
}
_SPOTS = "cour parvis place square"  # one place, whatever the number
_LONG = "allee avenue boulevard chemin impasse passage quai route rue ruelle sentier"

ARTICLES = frozenset(_ARTICLES.split())
ABBREVIATIONS = {short: full for full, shorts in _FULL.items() for short in shorts.split()}
SPOTS = frozenset(_SPOTS.split())
WAYS = SPOTS | frozenset(_LONG.split())
SUFFIXES = frozenset({"bis", "ter", "quater", "a", "b", "c"})
ENDS = frozenset({"bp", "cs"})  # what follows is for the postman


def normalise(text: str) -> str:
    """What the spellings of one name have in common: words in full, plain letters, no article."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    letters = "".join(mark for mark in plain if not unicodedata.combining(mark)).lower()
    words = re.sub(r"[^a-z0-9]+", " ", letters)
    words = re.sub(r"\b([0-9]+)(bis|ter|quater|[abc])\b", r"\1 \2", words)
    return " ".join(ABBREVIATIONS.get(word, word) for word in words.split() if word not in ARTICLES)


@dataclass(frozen=True)
class Address:
    """An address as it can be compared: its numbers (« 42 ter »), its kind of way, its name.

    `way` is empty where the print gives none: « 100 Pavé du Moulin ».
    """

    printed: str
    numbers: tuple[str, ...]
    way: str
    name: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether two lines that print this address are at one place."""
        return bool(self.numbers) or self.way in SPOTS

    @property
    def key(self) -> tuple[str, ...]:
        """What all the prints of one address have in common."""
        return (*sorted(self.numbers), self.way, *self.name)


def parse(text: str) -> Address | None:
    """The first street of an address; without one, its first numbered part; else nothing."""
    parts = _parts(text)
    for printed, words in parts:
        way = next((rank for rank, word in enumerate(words) if word in WAYS), None)
        if way is not None and words[way + 1 :]:
            first = way
            while first and _is_of_a_number(words[first - 1]):
                first -= 1
            facing = first > 0 and words[first - 1] == "face"  # the other side of the street
            numbers = () if facing else numbers_of(words[first:way])
            return Address(printed, numbers, words[way], _name(words[way + 1 :]))
    for printed, words in parts:
        size = next((rank for rank, word in enumerate(words) if not _is_of_a_number(word)), 0)
        numbers = numbers_of(words[:size])
        if numbers:
            return Address(printed, numbers, "", _name(words[size:]))
    return None


def _parts(text: str) -> list[tuple[str, list[str]]]:
    """The parts of an address, as printed and in words: « 194, rue du Port » is one."""
    parts: list[tuple[str, list[str]]] = []
    pending = ""
    for part in re.split(r"[|(),;]|\s[–-]+\s?", text):
        printed = f"{pending} {part.strip()}".strip()
        words = normalise(printed).split()
        pending = printed if words and all(map(_is_of_a_number, words)) else ""
        if words and not pending:
            parts.append((printed, words))
    return parts


def _is_of_a_number(word: str) -> bool:
    return (word.isdigit() and len(word) <= 4) or word in SUFFIXES


def numbers_of(words: Iterable[str]) -> tuple[str, ...]:
    """The numbers that words make, each with its suffix."""
    numbers: list[str] = []
    for word in words:
        if word.isdigit():
            numbers.append(word)
        elif numbers:
            numbers[-1] += f" {word}"
    return tuple(numbers)


def _name(words: Iterable[str]) -> tuple[str, ...]:
    """The words of a street's name; a second way after them is a crossing, not the name."""
    kept: list[str] = []
    for word in words:
        if word in ENDS or (kept and word in WAYS):
            break
        kept.append(word)
    return tuple(kept)


def spelled_alike(one: str, other: str) -> float:
    """How alike two words are, of 100, as Jaro measures misprints; most words are just different.

    A word with a digit, a short one, or one longer by two letters (Esquermes, Esquermoise) is
    another word.
    """
    if one == other:
        return 100.0
    short = min(len(one), len(other)) < SHORTEST_MISSPELLED or abs(len(one) - len(other)) > 1
    if short or any(letter.isdigit() for letter in one + other):
        return 0.0
    return 100.0 * Jaro.similarity(one, other)


def same_street(one: Address, other: Address) -> float:
    """How alike two streets are, of 100: their least alike words, in order; 0 if they differ.

    A missing word is another street (rue Lefebvre, rue Hippolyte Lefebvre), and so is another kind
    of way (rue, avenue de la République).
    """
    if len(one.name) != len(other.name) or (one.way and other.way and one.way != other.way):
        return 0.0
    pairs = zip(one.name, other.name, strict=True)
    least = min((spelled_alike(*pair) for pair in pairs), default=0.0)
    return round(least, 1) if least >= SAME_SPELLING else 0.0


def same_name(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether all the words of one name are in the other: « Bara », « Cabanis - Bara »."""
    short, long = sorted((one, other), key=len)
    return bool(short) and all(
        any(spelled_alike(word, candidate) >= SAME_SPELLING for candidate in long) for word in short
    )


def split(address: str, commune: str, name: str) -> list[str]:
    """The addresses that a line prints, without town nor postcode, as `int_lieux` splits them.

    « A / B » is two addresses; « 6/4 rue Guillaume Tell » is two where the line's name is two.
    """
    letter = r"[^\W\d_]"
    postal = rf"[0-9]{{5}} +{letter}(?:{letter}|[ -])*$"
    if re.search(postal, address):
        address = re.sub(rf"[ ,|–-]*{postal}", "", address, count=1)
    elif not re.search(rf" (de|du|d[’']) *{re.escape(commune)}$", address):
        address = re.sub(rf"[ ,–-]* {re.escape(commune)}$", "", address, count=1)
    names = len(re.split(r" */ *", name))
    found = []
    for part in re.split(r" +/ +", address):
        several = re.match(r"([0-9]+(?:/[0-9]+)+) ", part)
        numbers = several[1].split("/") if several else []
        if several and names > 1 and names == len(numbers):
            found += [number + part[several.end(1) :] for number in numbers]
        else:
            found.append(part)
    return [part.strip(" ,|") for part in found]
