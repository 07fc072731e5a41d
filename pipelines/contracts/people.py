"""No person in the warehouse: what a name, a telephone, an e-mail address or a NIR looks like.

RGPD, and article 7 of the convention. Headers are judged by their words, cells by their shape. A
name is not refused for itself, because equipments and streets bear names of people: what stands
beside it in the row, the civility before it or the header above it tells a person.
`sources/eponymes.yml` lists the equipments that are found in such a place all the same.

What is found is never shown whole, because findings are published.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict

from pipelines import documents
from pipelines.contracts.base import FINDINGS, READ
from pipelines.settings import sources_dir

EPONYMS = "eponymes.yml"

_WHY = "l'entrepôt ne reçoit aucune donnée de personne (RGPD, article 7 de la convention)"
_NO_VALUE = f"{_WHY} ; retirer la valeur, ou sa colonne, avant de déposer le fichier"
_NO_COLUMN = f"{_WHY} ; retirer la colonne avant de déposer le fichier"
_NO_NAME = f"{_NO_VALUE} ; un nom d'équipement ou de rue s'inscrit dans sources/{EPONYMS}"

# One row a cell: its rank in the frame, what is shown of it, and whether what it holds makes a
# name beside it that of a person.
_HITS = {
    "rang": pl.UInt32,
    "colonne": pl.String,
    "valeur": pl.String,
    "regle": pl.String,
    "contact": pl.Boolean,
}


class Eponyms(BaseModel):
    """The names of equipments and streets that are not taken for names of people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    eponymes: tuple[str, ...]


def people_in(
    frame: pl.DataFrame,
    lines: pl.Series,
    *,
    file: str,
    header_line: int,
    ignored: Collection[str] = (),
) -> pl.DataFrame:
    """What looks like people in a file as it was read: one finding a column or a cell.

    A column refused for its header is told once: its cells are not.

    Args:
        frame: the file as read, every column text.
        lines: the line of each row in the file.
        file: how messages name the file.
        header_line: the line of the header in the file.
        ignored: columns that are never loaded and hold the contacts of institutions. They are not
            searched, but a name beside one of their cells is taken for that of the contact.

    Returns:
        Findings in the schema `FINDINGS`, of severity `arrêt`, in the order of the lines.

    Raises:
        SourceError: the list of eponyms is needed, and is absent or not valid.
    """
    kept = frame.select(name for name in frame.columns if name not in ignored).fill_null("")
    announced = {name: words for name in kept.columns if (words := _announced(name))}
    searched = kept.drop(announced)
    cells = pl.concat([_traces(searched), _births(searched)])

    contacts = [name for name, words in announced.items() if words.contact]
    contacts += [name for name in ignored if name in frame.columns]
    filled = [(frame[name].fill_null("") != "").arg_true() for name in contacts]
    beside = pl.concat([cells.filter("contact")["rang"], *filled]).unique()
    cells = pl.concat([cells, _names(searched, beside)])

    # A file that lost its header has its first row in place of it.
    headers = _traces(pl.DataFrame({"": kept.columns}, schema={"": pl.String}))
    shown = {kept.columns[rank]: masked for rank, _, masked, *_ in headers.iter_rows()}
    rows = [
        (header_line, shown.get(name, name), "", words.rule) for name, words in announced.items()
    ]
    rows += [(header_line, shown[kept.columns[hit[0]]], *hit[2:4]) for hit in headers.iter_rows()]
    columns = ["ligne", "colonne", "valeur", "regle"]
    found = pl.concat(
        [
            pl.DataFrame(rows, schema={name: FINDINGS[name] for name in columns}, orient="row"),
            cells.with_columns(lines.gather(cells["rang"]).cast(pl.Int64).alias("ligne"))
            .with_columns(pl.col("colonne").replace(shown))
            .unique(["rang", "colonne", "regle"], maintain_order=True)
            .select(columns),
        ]
    )
    return found.sort("ligne", maintain_order=True).select(
        pl.lit(file).alias("fichier"),
        pl.lit(READ).alias("etape"),
        *columns,
        pl.lit("arrêt").alias("gravite"),
    )


# Headers: words, without accents, capitals or punctuation.


@dataclass(frozen=True)
class _Words:
    """Words of a header that announce people, and the rule that refuses them."""

    pattern: str
    what: str
    contact: bool

    @property
    def rule(self) -> str:
        return f"colonne qui annonce {self.what} : {_NO_COLUMN}"


_PERSON = (
    "(?:du |de la |de l |des |de |d )?(?:allocataire|enfant|eleve|usager|beneficiaire|habitant"
    "|parent|pere|mere|conjoint|tuteur|tutrice|representant|personne|agent|salarie|contact"
    "|interlocuteur|interlocutrice|responsable|directeur|directrice|referente?|president"
    "|presidente|maire|signataire|assistante? maternelle)s?"
)
_NUMBER = "(?:numero|num|no|nr|n)"
_ANNOUNCING = (
    _Words(r"\bprenoms?\d*\b|^civilites?$|\b(?:first|given) ?name\b", "des prénoms", False),
    _Words(
        r"\bnom ?(?:de ?)?(?:naissance|famille|jeune fille)\b|\bnom ?d ?usage\b"
        rf"|\bnom (?:usuel|marital|patronymique|d epouse|{_PERSON})\b|\bnom ?prenom"
        r"|^patronymes?$|\b(?:last|family) ?name\b|\bsurname\b",
        "des noms de personnes",
        False,
    ),
    _Words(
        r"\b(?:date|jour|dt) ?(?:de ?)?naiss?(?:ance)?\b|\bd ?naiss(?:ance)?\b|\bddn\b"
        r"|\bnee? (?:e )?le\b|\bbirth ?da(?:te|y)\b|\bdate of birth\b",
        "des dates de naissance",
        True,
    ),
    _Words(
        rf"\bnir\d*\b|\bnss\b|\b{_NUMBER} ?(?:de ?)?(?:securite ?sociale|secu|ss)\b"
        rf"|\b(?:{_NUMBER}|id|identifiant|code) ?(?:de l |de |d )?allocataire\b|\bmatricules?\b",
        "des NIR ou des numéros d'allocataire",
        True,
    ),
    _Words(
        rf"\b{_NUMBER}? ?(?:tel|telephone|telecopie|fax|gsm|phone)s?\d*\b"
        rf"|^(?:{_NUMBER} )?(?:portable|mobile)s?\d*(?: (?:perso|pro)\w*)?$",
        "des téléphones",
        True,
    ),
    # « mel » without its accent is the Métropole européenne de Lille: see _announced.
    _Words(
        r"\b(?:adresse ?)?(?:e ?mail|mail|courriel)s?\d*\b"
        r"|\badresse ?(?:mel|electronique)\b|\bmél\b",
        "des courriels",
        True,
    ),
    _Words(
        rf"\badresse (?:perso|personnelle|privee|(?:du )?domicile|{_PERSON})\b",
        "des adresses personnelles",
        False,
    ),
)

# Headers under which a name is that of a person, if the cell looks like a name.
_ROLES = re.compile(
    r"\b(?:responsable|directeur|directrice|referente?|contact|interlocut\w+|presidente?|gerante?"
    r"|animat\w+|coordinat\w+|coordonnat\w+|agent|signataire|maire|adjointe?|elue?|salariee?"
    r"|parent|pere|mere|tuteur|tutrice|allocataire|usager|suivi par|chargee? de \w+)s?\b"
)
# Headers under which a name is that of a place, whatever stands beside it.
_PLACES = re.compile(
    r"\b(?:patronyme|appellation|denomination|raison sociale|enseigne|etablissement|equipement"
    r"|ecole|adresse|rue|voie|commune|localite|acheminement|ville|quartier|district|departement"
    r"|region|academie|nature|type|statut|secteur|etat|(?:lib|nom)?(?:iris|com|geo|dep|reg|epci))s?\b"
)
_NAMES = re.compile(r"\bnoms?\b")
_BIRTH = re.compile(r"\b(?:naissance|naiss|nais|nee?)\b")
_EVENTS = re.compile(
    r"\b(?:ouverture|creation|fermeture|maj|mise a jour|modification|debut|fin|echeance|signature"
    r"|effet|depot|publication|edition|extraction|observation|reference|releve|arrete|validite"
    r"|convention|millesime)s?\b"
)


def _folded(name: str) -> str:
    """The words of a header, in lower case, without accents or punctuation."""
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", unicodedata.normalize("NFC", name))
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", spaced)
        if not unicodedata.combining(letter)
    )
    return " ".join(re.findall(r"[a-z0-9]+", bare.lower()))


def _announced(name: str) -> _Words | None:
    accented = unicodedata.normalize("NFC", name).lower()
    texts = (_folded(name), accented)
    return next(
        (words for words in _ANNOUNCING if any(re.search(words.pattern, text) for text in texts)),
        None,
    )


# Cells: polars has no look-around, so that each number is matched with what stands around it. A
# point or a comma between digits is that of a decimal number.
_BEFORE = r"(?:^|[^\p{L}\p{N}.,_]|(?:^|[^\p{N}])[.,])"
_AFTER = r"(?:$|[^\p{L}\p{N}.,_]|[.,](?:$|[^\p{N}]))"
_PLAIN_NUMBER = (
    r"^\s*[-+]?(?:(?:[0-9]\s?){0,9}|(?:0|[1-9][0-9\s]*)?[.,][0-9]*(?:[eE][-+]?[0-9]+)?)\s*%?\s*$"
)

_AT = r"(?:[@＠]\s?|\s@\s|\s?[\[({]\s?(?i:at|arobase?|@)\s?[\])}]\s?)"
_DOT = r"(?:\.|\s?[\[({](?i:dot|point)[\])}]\s?)"
_EMAIL = rf"[^\s@＠/]{_AT}(?:[\p{{L}}\p{{N}}][\p{{L}}\p{{N}}-]*{_DOT})+\p{{L}}[\p{{L}}\p{{N}}-]+"

_GROUPS = "|".join(
    (
        r"\(?0\)?\s?[1-9]\)?(?:[\s.·]{1,3}[0-9]{2}){4}",
        r"0[1-9][0-9]{2}(?:[\s.-][0-9]{3}){2}",
        r"0[1-9][0-9]{2}(?:[\s.-][0-9]{2}){3}",
        r"0\s[1-9][0-9]{2}\s[0-9]{3}\s[0-9]{3}",
        r"0\s[1-9][0-9]{2}(?:\s[0-9]{2}){3}",
        r"0[1-9](?:[\s-][0-9]{4}){2}",
        r"0(?:[1-9][\s-]|\s[1-9])[0-9]{8}",
        r"0[1-9](?:\s[0-9]{2}){2}\s[0-9]{4}",
        r"(?:\+|00)\s?(?:33|262|508|590|594|596)[\s.-]?\(?0?\)?\s?[1-9](?:[\s.-]{0,2}[0-9]{2}){4}",
        r"\+[1-9][0-9]{0,2}[\s-]?(?:\(0\)\s?)?[0-9](?:[\s/-]?[0-9]){7,11}",
    )
)
# Five pairs with dashes or strokes are a telephone, six are a list.
_STROKED = "|".join(
    rf"(?:^|[^\p{{L}}\p{{N}}.,_{mark}])0[1-9](?:\s?[{mark}]\s?[0-9]{{2}}){{4}}"
    rf"(?:$|[^\p{{L}}\p{{N}}_{mark}]|[{mark}](?:$|[^0-9]))"
    for mark in (r"\-‐‑–", "/")
)
_AFTER_ITS_NAME = (
    r"(?:^|[^\p{L}])(?i:t[eé]l(?:[eé]phone)?|portable|mobile|fax|gsm)[^\p{L}\p{N}]{0,6}"
    r"\+?\(?[0-9](?:[\s.()/-]{0,2}[0-9]){8,}"
)
_TEN_DIGITS = r"0[1-9][0-9]{8}"
_TEN_DIGITS_IN_WORDS = (
    rf"(?:[^\p{{L}}\p{{N}}\s.,_]\s*|[^\p{{N}}][.,]|[^\s]\s+){_TEN_DIGITS}{_AFTER}"
    rf"|{_BEFORE}{_TEN_DIGITS}(?:\s+[^\s]|[^\p{{L}}\p{{N}}\s_])"
)
_TELEPHONE = "|".join(
    (
        rf"{_BEFORE}(?:{_GROUPS}){_AFTER}",
        _STROKED,
        _AFTER_ITS_NAME,
        _TEN_DIGITS_IN_WORDS,
    )
)
_TELEPHONE_ALONE = rf"^\s*{_TEN_DIGITS}\s*$"

# Insee, "numéro d'inscription au répertoire": sex, year and month of birth, department, commune,
# rank, key. Months from 20 on are those of incomplete civil records.
_NIR = (
    r"([1-478])[\s-]?([0-9]{{2}})[\s-]?({month})[\s-]?(0[1-9]|[1-9][0-9]|2[ABab])"
    r"[\s-]?([0-9]{{3}})[\s-]?([0-9]{{3}})"
)
_NIR_13 = _BEFORE + _NIR.format(month="0[1-9]|1[0-2]|20|3[0-9]|4[0-2]") + _AFTER
_NIR_15 = (
    _BEFORE
    + _NIR.format(month="0[1-9]|1[0-2]|20|3[0-9]|4[0-2]|[5-9][0-9]")
    + r"[\s-]?([0-9]{2})"
    + _AFTER
)

_CIVILITIES = (
    r"(?:[Mm]mes?|MMES?|[Mm]lles?|MLLES?|Mr|MM?\.|[Mm]onsieur|MONSIEUR|[Mm]essieurs|MESSIEURS"
    r"|[Mm]adame|MADAME|[Mm]esdames|MESDAMES|[Mm]ademoiselle|MADEMOISELLE)"
)
_PARTICLE = r"(?i:d[e'’]\s?(?:la\s|l['’]\s?)?|du\s|des\s|van\s(?:de[nr]?\s)?|von\s|el\s|ben\s)"
_FAMILY = rf"{_PARTICLE}?\s*\p{{Lu}}[\p{{L}}'’-]+"
_CIVILITY = (
    rf"(?:(?:^|[^\p{{L}}\p{{N}}.])({_CIVILITIES})(?:\.?\s+(?:\p{{Lu}}\.\s?)?|\.?)"
    rf"|(?:^|[,;:(|/]\s?)(M)\s+)({_FAMILY}(?:\s+{_FAMILY})*)"
)
_OFFICE = (
    rf"{_CIVILITIES}\.?\s+(?i:l[ea]s?\s+(?:vice[- ])?(?:maire|president|direct|prefet|sous-"
    r"|ministre|depute|adjoint|secretaire|recteur|rectrice|conseil|tresori|delegue|chef|responsable"
    r"|coordinat|inspect|gestionnaire|principal|proviseur)[\p{L}-]*)"
)
# « École Madame de Staël », « rue Monsieur » : the word before says what bears the name.
_BEARER = (
    r"(?i:(?:ecole|college|lycee|groupe\s+scolaire|rue|avenue|boulevard|place|square|allee|impasse"
    r"|quai|residence)(?:\s+(?:primaire|elementaire|maternelle|privee?|publique|public|general"
    rf"|technologique|professionnel|polyvalent|d'application|et|de))*)\s+{_CIVILITIES}\s"
)
_BORN = r"(?:^|[^\p{L}])(?i:n[ée](?:\(e\)|e)?\s+le)\s+[0-9]"

_TITLE = r"\p{Lu}\p{Ll}+(?:[-'’]\p{Lu}?\p{Ll}+)*"
_CAPITALS = r"\p{Lu}(?:[-'’]?\p{Lu})+"
_GIVEN_THEN_FAMILY = (
    rf"^{_TITLE}(?:\s{_TITLE})?\s+{_PARTICLE}?\s*{_CAPITALS}(?:\s{_CAPITALS}){{0,2}}$"
    rf"|^(?:{_PARTICLE}\s*)?{_CAPITALS}(?:\s{_CAPITALS}){{0,2}},?\s+{_TITLE}(?:\s{_TITLE})?$"
)
_TWO_NAMES = (
    rf"{_GIVEN_THEN_FAMILY}|^{_TITLE},?\s+{_PARTICLE}?\s*{_TITLE}(?:\s{_TITLE})?$"
    rf"|^{_CAPITALS},?(?:\s{_CAPITALS}){{1,3}}$|^\p{{Lu}}\.\s?(?:{_TITLE}|{_CAPITALS})$"
)
# Two words with capitals that name no person: an article and a noun, or a word of organisations.
_NO_PERSON = (
    r"(?i:^(?:l[ea]|du)\s[^\s]+$|(?:^|[^\p{L}])(?:accueil|administration|aide|akado|alsh"
    r"|antenne|association|atelier|bibliotheque|bureau|caf|caisse|camsp|ccas|cedex|cej|centre"
    r"|clsh|club|college|collectif|commune|communaute|compagnie|conseil|cotech|copil|cpe"
    r"|creche|csc|ctg|departement|direction|district|eaje|ecole|enfance|equipe|espace|etat"
    r"|faubourg|federation|fondation|france|garderie|groupe|halte|hopital|institut|jardin|laep"
    r"|les|ligue|lieu|ludotheque|lycee|mac|mairie|maison|mam|mediatheque|mel|metropole|micro"
    r"|ministere|mission|multi|mutualite|nord|palais|parc|place|pmi|pole|prefecture|public"
    r"|quartier|ram|rami|region|relais|reseau|residence|rpe|rue|saint|sainte|sans|service"
    r"|societe|stade|syndicat|temps|universite|ville)(?:$|[^\p{L}]))"
)
_MONTHS = "janv|fevr|févr|mars|avr|mai|juin|juil|aout|août|sept|oct|nov|dec|déc"
_DAY, _MONTH, _YEAR = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])", "(?:19|20)[0-9]{2}"
_DATE = (
    rf"^\s*(?:{_DAY}[/.\s-]{_MONTH}[/.\s-]{_YEAR}|{_YEAR}[/.-]{_MONTH}[/.-]{_DAY}"
    rf"|{_DAY}(?i:er)?\s+(?i:{_MONTHS})\p{{L}}*\.?\s+{_YEAR})(?:[T\s][0-9:.+Z]*)?\s*$"
)
# Without its separators, or its century, a date is one only under a header that says so.
_SHORT_DATE = (
    r"^\s*(?:(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20)[0-9]{2}"
    rf"|{_DAY}[/.-]{_MONTH}[/.-][0-9]{{2}})\s*$"
)


@dataclass(frozen=True)
class _Trace:
    """A shape that tells a person wherever it stands.

    `masked` looks closer: given the cells that have the shape and their whole column, it gives what
    is shown of each, and null for one that is something else.
    """

    shape: str
    rule: str
    masked: Callable[[pl.Series, pl.Series], pl.Series]
    contact: bool = True


def _email(cells: pl.Series, _: pl.Series) -> pl.Series:
    return cells.str.extract(rf"([\p{{L}}\p{{N}}])[^\s@＠]*{_AT}").fill_null("") + "…@…"


def _telephone(cells: pl.Series, _: pl.Series) -> pl.Series:
    number = cells.str.extract(f"({_TELEPHONE})")
    return number.str.extract(r"(\+?[0-9]{1,2})") + " …"


def _ten_digits(cells: pl.Series, column: pl.Series) -> pl.Series:
    return _unless_codes(cells, column, r"^\s*[0-9]{10}\s*$").str.slice(0, 2) + " …"


def _thirteen_digits(cells: pl.Series, column: pl.Series) -> pl.Series:
    return _unless_codes(cells, column, r"^\s*[0-9]{13}\s*$").str.replace("(?s).*", "…")


def _unless_codes(cells: pl.Series, column: pl.Series, digits: str) -> pl.Series:
    """The cells, stripped; null for those that a column of codes of the same length holds.

    One code in ten begins as a telephone does, one in six is made as a NIR. A column of telephones
    may hold a few numbers that are none, such as 0000000000.
    """
    alone = cells.str.contains(digits)
    codes = 2 * int(alone.sum()) < int(column.str.contains(digits).sum())
    stripped = cells.str.strip_chars()
    return stripped.set(alone, None) if codes else stripped


def _fifteen_characters(cells: pl.Series, _: pl.Series) -> pl.Series:
    """A NIR with its key: 97 less the rest of the number by 97, Corsica counting as 19 and 18."""
    parts = cells.str.extract_groups(_NIR_15).struct.unnest()
    number = pl.concat_str(pl.col(*"123"), _corsica(pl.col("4")), pl.col(*"56")).cast(pl.Int64)
    return parts.select(pl.when(97 - number % 97 == pl.col("7").cast(pl.Int64)).then(pl.lit("…")))[
        "literal"
    ]


def _corsica(department: pl.Expr) -> pl.Expr:
    return department.str.to_uppercase().replace({"2A": "19", "2B": "18"})


def _civility(cells: pl.Series, column: pl.Series) -> pl.Series:
    plain = _unaccented(cells).str.replace_all(_OFFICE, " ").str.replace_all(_BEARER, " ")
    if _PLACES.search(_folded(column.name)):
        # Insee names an IRIS of Nancy « Canal Marne au Rhin Est M. Brot », after a street.
        plain = plain.str.replace_all(r"(\S\s+)M\.\s", "${1}")
    plain = plain.str.replace_all(_eponyms().after_civility, " ")
    parts = plain.str.extract_groups(_CIVILITY).struct.unnest()
    civility = parts["1"].fill_null(parts["2"])
    return civility + " " + _initials(parts["3"])


def _born(cells: pl.Series, _: pl.Series) -> pl.Series:
    return cells.str.replace("(?s).*", "né(e) le …")


def _initials(names: pl.Series) -> pl.Series:
    return names.str.strip_chars().str.replace_all(r"(\p{L})[\p{L}\p{M}.'’-]*", "${1}…")


def _unaccented(texts: pl.Series) -> pl.Series:
    return texts.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.replace_all("’", "'")


def _comparable(names: pl.Series) -> pl.Series:
    """Names without civility, accents, capitals or hyphens."""
    bare = _unaccented(names.str.strip_chars()).str.replace(rf"^{_CIVILITIES}\.?\s+", "")
    return bare.str.to_lowercase().str.replace_all(r"[\s-]+", " ")


_TRACES = (
    _Trace(_EMAIL, f"ressemble à un courriel : {_NO_VALUE}", _email),
    _Trace(_TELEPHONE, f"ressemble à un téléphone : {_NO_VALUE}", _telephone),
    _Trace(_TELEPHONE_ALONE, f"ressemble à un téléphone : {_NO_VALUE}", _ten_digits),
    _Trace(_NIR_13, f"ressemble à un NIR : {_NO_VALUE}", _thirteen_digits),
    _Trace(_NIR_15, f"ressemble à un NIR : {_NO_VALUE}", _fifteen_characters),
    _Trace(_BORN, f"ressemble à une date de naissance : {_NO_VALUE}", _born),
    _Trace(
        _CIVILITY,
        f"ressemble au nom d'une personne, après sa civilité : {_NO_NAME}",
        _civility,
        contact=False,
    ),
)


def _hits(
    name: str, rows: pl.Series, shown: pl.Series | str, rule: str, *, contact: bool
) -> pl.DataFrame:
    values = {"rang": rows, "colonne": name, "valeur": shown, "regle": rule, "contact": contact}
    return pl.DataFrame(values, schema=_HITS).drop_nulls("valeur")


def _traces(frame: pl.DataFrame) -> pl.DataFrame:
    """The cells that tell a person by themselves."""
    numbers = frame.select(pl.all().str.contains(_PLAIN_NUMBER).all())
    texts = [name for name in frame.columns if not numbers[name].item()]
    seen = frame.select(
        pl.col(name).str.contains(trace.shape).alias(f"{rank} {name}")
        for name in texts
        for rank, trace in enumerate(_TRACES)
    )
    found = [pl.DataFrame(schema=_HITS)]
    for name in texts:
        for rank, trace in enumerate(_TRACES):
            rows = seen[f"{rank} {name}"].arg_true()
            if rows.len():
                shown = trace.masked(frame[name].gather(rows), frame[name])
                found.append(_hits(name, rows, shown, trace.rule, contact=trace.contact))
    return pl.concat(found)


_BIRTH_RULE = f"ressemble à une date de naissance : {_NO_VALUE}"


def _births(frame: pl.DataFrame) -> pl.DataFrame:
    """The dates under a header that speaks of birth."""
    found = [pl.DataFrame(schema=_HITS)]
    for name in frame.columns:
        if _BIRTH.search(_folded(name)):
            rows = frame[name].str.contains(f"{_DATE}|{_SHORT_DATE}").arg_true()
            found.append(_hits(name, rows, "…/…/…", _BIRTH_RULE, contact=True))
    return pl.concat(found)


def _names(frame: pl.DataFrame, beside: pl.Series) -> pl.DataFrame:
    """The names of people: under a header that says so, beside a contact, or beside a date.

    A date beside a name is a date of birth, unless its header says what else it dates.
    """
    headers = {name: _folded(name) for name in frame.columns}
    undated = [name for name, header in headers.items() if not _EVENTS.search(header)]
    seen = frame.select(pl.col(undated).str.contains(_DATE))
    dates = {name: rows for name in undated if (rows := seen[name].arg_true()).len()}
    near = pl.concat([beside, *dates.values()]).unique()
    found = [pl.DataFrame(schema=_HITS)]
    for name, header in headers.items():
        if _ROLES.search(header):
            rule, shape = "sous un en-tête qui en annonce", _TWO_NAMES
            rows = pl.arange(frame.height, dtype=pl.UInt32, eager=True)
        elif _PLACES.search(header):
            continue
        else:
            rule = "à côté d'un téléphone, d'un courriel, d'un NIR ou d'une date de naissance"
            shape = _TWO_NAMES if _NAMES.search(header) else _GIVEN_THEN_FAMILY
            rows = near
        rule = f"ressemble au nom d'une personne, {rule} : {_NO_NAME}"
        rows, shown = _named(frame[name], rows, shape)
        found.append(_hits(name, rows, shown, rule, contact=True))
    named = pl.concat(found)
    births = [
        _hits(
            name,
            rows.filter(rows.is_in(named["rang"].implode())),
            "…/…/…",
            _BIRTH_RULE,
            contact=True,
        )
        for name, rows in dates.items()
    ]
    return pl.concat([named, *births])


def _named(column: pl.Series, rows: pl.Series, shape: str) -> tuple[pl.Series, pl.Series]:
    """Among these rows, those where the cell is the name of a person, and what is shown of it."""
    cells = column.gather(rows).str.strip_chars()
    shaped = cells.str.contains(shape)
    rows, cells = rows.filter(shaped), cells.filter(shaped)
    if cells.is_empty():
        return rows, cells
    plain = _comparable(cells)
    people = ~(plain.is_in(_eponyms().names) | plain.str.contains(_NO_PERSON))
    return rows.filter(people), _initials(cells.filter(people))


@dataclass(frozen=True)
class _Known:
    """The eponyms as cells are compared with them: whole, and after a civility."""

    names: tuple[str, ...]
    after_civility: str


def _eponyms() -> _Known:
    path = sources_dir() / EPONYMS
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0)


@cache
def _read(path: Path, _modified_ns: int) -> _Known:
    names = _comparable(pl.Series(documents.load(path, EPONYMS, Eponyms).eponymes, dtype=pl.String))
    words = [r"[\s-]+".join(map(re.escape, name.split())) for name in names]
    after = (
        rf"{_CIVILITIES}\s+(?i:{'|'.join(words)})(?:$|[^\p{{L}}\p{{N}}\s]|\s+(?:$|[^\p{{Lu}}\s]))"
    )
    return _Known(tuple(names), after)
