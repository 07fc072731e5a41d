"""The Excel workbook: a sheet a theme, what each column means as a note on its heading.

A cell is a number, a date or text, never a formula: what a document says (« =1+1 ») stays words.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from textwrap import wrap
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from pipelines.diagnostic.headings import heading
from pipelines.diagnostic.published import Published
from pipelines.diagnostic.synthesis import synthesis
from pipelines.errors import SourceError
from pipelines.swap import replaced

FILE = "observatoire.xlsx"
COVER = "Lisez-moi"
# Above the headings: the title, and what the sheet holds.
HEADING_ROW = 2
# Excel reads no row beyond, and xlsxwriter leaves them out without a word.
MOST_ROWS = (1 << 20) - HEADING_ROW - 1
NARROWEST, WIDEST = 9, 60
# Points, as Excel lays out a line of its usual typeface, and the most that a row may have.
LINE, TALLEST = 15, 405
# What one page across can hold and still be read, in characters.
READABLE = 300
COVER_WIDTH = 100
SEVERAL = " ; "
NUMBERS = ("0", "#,##0", "#,##0.0", "#,##0.00", "0.00000")
DATES: dict[Any, str] = {pl.Date: "dd/mm/yyyy", pl.Datetime: "dd/mm/yyyy hh:mm"}

NEED = """
select territoire_id, niveau, 'Habitants' as mesure, tranche_age, millesime, edition,
    personnes as valeur, borne_basse_personnes as borne_basse,
    borne_haute_personnes as borne_haute, 'personnes' as unite, source_id as sources
from besoin.population
union all by name
select territoire_id, niveau, mesure, millesime, edition, valeur, 'familles' as unite,
    source_id as sources
from (
    unpivot (
        select * rename (
            familles_avec_enfant as "Familles avec enfant",
            familles_monoparentales as "Familles monoparentales",
            familles_1_enfant as "Familles avec 1 enfant",
            familles_2_enfants as "Familles avec 2 enfants",
            familles_3_enfants_ou_plus as "Familles avec 3 enfants ou plus"
        )
        from besoin.familles
    ) on columns('^Familles ') into name mesure value valeur
)
union all by name
select territoire_id, niveau, 'Caf, ' || mesure as mesure,
    nullif(tranche_age, 'sans objet') as tranche_age, millesime, edition, borne_basse,
    borne_haute, 'nombre, en intervalle à cause du secret' as unite, source_id as sources
from besoin.allocataires
union all by name
select territoire_id, niveau, 'Taux de pauvreté, moyenne des IRIS publiés' as mesure, millesime,
    edition, taux_pauvrete_pct as valeur, '% des personnes' as unite, sources
from besoin.revenus
union all by name
select territoire_id, niveau, 'Population dans un IRIS dont le taux de pauvreté est publié'
        as mesure, millesime, edition, population_couverte_pct as valeur,
    '% des personnes' as unite, sources
from besoin.revenus
union all by name
select territoire_id, niveau, 'Médianes des IRIS, de la plus petite à la plus grande' as mesure,
    millesime, edition, mediane_min_eur as borne_basse, mediane_max_eur as borne_haute,
    '€ par unité de consommation et par an' as unite, sources
from besoin.revenus
union all by name
select territoire_id, niveau, 'Population en quartier prioritaire' as mesure, millesime, edition,
    part_qpv_pct as valeur, '% des personnes' as unite, source_id as sources
from besoin.population_qpv
union all by name
select territoire_id, niveau, 'Naissances domiciliées' as mesure, annee as millesime, edition,
    naissances as valeur, 'naissances' as unite, source_id as sources
from besoin.naissances
"""
COUNTED = """
select territoire_id, niveau, 'Places théoriques (Cnaf), ' || mode as mesure, annee as millesime,
    edition, places as valeur, 'places' as unite, sources
from offre.places_cnaf
union all by name
select territoire_id, niveau, 'Taux de couverture (Cnaf), ' || mode as mesure, annee as millesime,
    edition, taux_couverture_pct as valeur, 'places pour 100 enfants de moins de 3 ans' as unite,
    sources
from offre.places_cnaf
union all by name
select territoire_id, niveau, 'Équipements (BPE), ' || libelle as mesure, millesime, edition,
    equipements as valeur, 'équipements' as unite, source_id as sources
from offre.equipements_bpe
"""
CALENDAR = """
select 'réunion' as nature, libelle, communes, annee, mois, saison, echeance, etat,
    date_tenue as date_evenement, document, source_id
from suivi.reunions
union all by name
select 'échéance' as nature, libelle, communes, year(echeance) as annee, echeance, etat,
    date_atteinte as date_evenement, document, source_id
from suivi.jalons
"""
SERVICES = """
select s.type_service, s.nom, o.libelle as operateur, s.gestion, s.adresse, s.commune_id,
    s.district_id, s.capacite_places, s.capacite_document, s.capacite_mention,
    s.methode_placement, s.statut_placement, s.preuve, s.lon, s.lat, s.millesime, s.service_id,
    s.site_id, s.source_id
from offre.services as s left join offre.operateurs as o using (operateur_id)
"""


@dataclass(frozen=True)
class Sheet:
    """A sheet: what it says, where it reads it, and the tables whose dictionary explains it."""

    name: str
    says: str
    rows: str
    tables: tuple[str, ...]
    colour: str

    @classmethod
    def of(cls, name: str, says: str, colour: str, table: str, rows: str = "") -> "Sheet":
        """A sheet of one table, whole unless `rows` says which."""
        return cls(name, says, rows or f"from {table}", (table,), colour)


_NEED, _SUPPLY, _GAP, _FOLLOW_UP, _QUALITY, _BACKGROUND = (
    "#00508C",
    "#009E73",
    "#D55E00",
    "#B0578D",
    "#E69F00",
    "#767676",
)
SYNTHESIS = "Synthèse"
SHEETS = (
    Sheet(
        "Besoin",
        "Habitants et enfants par âge, familles, foyers de la Caf, revenus, naissances",
        NEED,
        (
            "besoin.population",
            "besoin.allocataires",
            "besoin.naissances",
            "besoin.familles",
            "besoin.revenus",
        ),
        _NEED,
    ),
    Sheet.of(
        "Offre",
        "Les services des annexes 1, leur adresse, leur gestionnaire, leur capacité si connue",
        _SUPPLY,
        "offre.services",
        SERVICES,
    ),
    Sheet(
        "Places et équipements",
        "Les places que publie la Cnaf et les équipements que compte l'Insee",
        COUNTED,
        ("offre.places_cnaf", "offre.equipements_bpe"),
        _SUPPLY,
    ),
    Sheet.of(
        "Modules CEJ",
        "Les actions de stock du contrat enfance jeunesse (annexe 4)",
        _SUPPLY,
        "offre.modules_cej",
    ),
    Sheet.of(
        "Écart",
        "Tous les indicateurs, une ligne par valeur, avec son intervalle, son statut et son motif",
        _GAP,
        "ecart.indicateurs",
    ),
    Sheet.of(
        "Indice de besoin",
        "Les composantes de l'indice de besoin (BES04) de chaque district",
        _GAP,
        "ecart.indice_besoin",
    ),
    Sheet.of(
        "Priorités",
        "Quelle hypothèse fait entrer un district parmi les trois prioritaires, ou en sortir",
        _GAP,
        "ecart.sensibilite",
    ),
    Sheet.of(
        "Projections",
        "La couverture EAJE année par année, selon les naissances et les ouvertures",
        _GAP,
        "ecart.projections",
    ),
    Sheet.of(
        "Places manquantes",
        "Les places qu'il manquerait pour atteindre chaque cible, année par année",
        _GAP,
        "ecart.places_manquantes",
    ),
    Sheet.of(
        "Scénarios",
        "Ce qu'un scénario de l'analyste change aux indicateurs : les autres valeurs restent",
        _GAP,
        "ecart.scenarios",
        "from ecart.scenarios where difference is distinct from 0",
    ),
    Sheet.of(
        "Places programmées",
        "Le schéma de développement de la convention, dans ses mots",
        _FOLLOW_UP,
        "offre.places_programmees",
    ),
    Sheet.of(
        "Suivi",
        "L'état de chaque action, selon les événements inscrits par les analystes",
        _FOLLOW_UP,
        "suivi.actions",
    ),
    Sheet(
        "Calendrier",
        "Les réunions dues et tenues, les échéances de la convention",
        CALENDAR,
        ("suivi.reunions", "suivi.jalons", "suivi.evenements"),
        _FOLLOW_UP,
    ),
    Sheet.of(
        "Diagnostics existants",
        "Les diagnostics que l'annexe 4 demande de recenser",
        _FOLLOW_UP,
        "suivi.diagnostics",
    ),
    Sheet.of(
        "Évaluation",
        "Les indicateurs d'évaluation dans les mots de la convention, et ce qui y répond",
        _FOLLOW_UP,
        "suivi.indicateurs_evaluation",
    ),
    Sheet.of(
        "Évolutions",
        "Les valeurs qui ont changé depuis la publication précédente, et pourquoi",
        _QUALITY,
        "qualite.evolutions",
    ),
    Sheet.of(
        "Qualité",
        "Deux décomptes de la même chose, leur écart et sa cause",
        _QUALITY,
        "qualite.rapprochements",
    ),
    Sheet.of(
        "Services non placés",
        "Les lignes du registre dont rien ne place le service dans un district",
        _QUALITY,
        "qualite.services_non_places",
    ),
    Sheet.of(
        "Sources",
        "Les fichiers qui entrent dans l'observatoire, leur producteur et leur licence",
        _BACKGROUND,
        "referentiel.sources",
    ),
    Sheet.of(
        "Catalogue",
        "Ce que mesure chaque indicateur, comment il se calcule et se lit",
        _BACKGROUND,
        "referentiel.indicateurs",
    ),
    Sheet.of(
        "Dictionnaire",
        "Chaque colonne de chaque table publiée",
        _BACKGROUND,
        "referentiel.dictionnaire",
    ),
)
HOW_TO_READ = (
    (
        "Statut",
        "publié : donné tel quel par l'éditeur ; calculé : rapport de deux nombres connus ; "
        "estimé : il manque une part de ce qu'il faudrait savoir ; secret ; non calculable : le "
        "motif dit quel fichier manque.",
    ),
    ("Intervalle", "Une valeur se lit avec ses bornes basse et haute, jamais seule."),
    ("Case vide", "Inconnu n'est pas zéro : le motif de la ligne dit ce qui manque."),
    ("Définitions", "Poser le curseur sur un en-tête en donne la définition et l'unité."),
    (
        "Nombres",
        "L'affichage est arrondi, la cellule ne l'est pas ; aucune cellule n'est une formule.",
    ),
    (
        "Réutilisation",
        "Citer le producteur, le titre et le millésime de chaque source : voir la feuille Sources.",
    ),
)


def write(published: Published, folder: Path) -> Path:
    """Write the workbook of a publication into a folder.

    Raises:
        OSError: the folder or the file cannot be written; the workbook of before stays.
        SourceError: a sheet would have more rows than Excel reads.
    """
    for sheet in SHEETS:
        _refuse_vast(published, sheet)
    target = folder / FILE
    with replaced(target) as fresh:
        book = _Book(fresh, published)
        book.cover()
        book.synthesis()
        for sheet in SHEETS:
            book.table(sheet)
        book.close()
    return target


def _refuse_vast(published: Published, sheet: Sheet) -> None:
    ((count,),) = published.rows(f"select count(*) from ({sheet.rows})").rows()
    if count > MOST_ROWS:
        raise SourceError(
            FILE,
            f"feuille {sheet.name}",
            f"elle aurait {count} lignes, là où Excel en lit {MOST_ROWS} ; le fichier publié est à "
            "jour",
            "rafraîchir sans les exports (make refresh EXPORTS=non), et lire le fichier publié",
        )


class _Book:
    """A workbook being written, with its formats."""

    def __init__(self, path: Path, published: Published) -> None:
        self._published = published
        self._book = xlsxwriter.Workbook(
            str(path),
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        # A fixed date: the same publication gives the same file.
        self._book.set_properties(
            {
                "title": f"Observatoire de la convention territoriale globale – {self._place()}",
                "subject": "Écart entre l'offre et le besoin, par commune et par district",
                "author": "Observatoire de la CTG",
                "comments": f"Version {published.version}",
                "created": published.published_at,
            }
        )
        top: dict[str, Any] = {"valign": "top"}
        # A step from the figure before it.
        self._text = self._book.add_format(top | {"text_wrap": True, "align": "left", "indent": 1})
        self._formats = {
            pattern: self._book.add_format(top | {"num_format": pattern})
            for pattern in (*NUMBERS, *DATES.values())
        }
        self._title = self._book.add_format({"bold": True, "font_size": 14})
        self._note = self._book.add_format({"italic": True, "font_color": "#404040"})
        self._bold = self._book.add_format({"bold": True, "valign": "top"})
        self._heading = self._book.add_format(
            {
                "bold": True,
                "text_wrap": True,
                "valign": "top",
                "align": "left",
                "indent": 1,
                "bg_color": "#E8EEF4",
                "bottom": 1,
            }
        )
        # Made after the cover, which is the first sheet and tells how many rows the others have.
        self._labels = dict(
            published.rows("select territoire_id, libelle from referentiel.territoires").rows()
        )
        self._definitions = {
            (f"{schema}.{table}", column): text
            for schema, table, column, text in published.rows(
                "select schema_nom, table_nom, colonne, definition from referentiel.dictionnaire"
            ).rows()
        }

    def _place(self) -> str:
        named = self._published.rows(
            "select libelle from referentiel.territoires where niveau = 'territoire'"
        )["libelle"]
        return SEVERAL.join(named)

    def close(self) -> None:
        """Write the file.

        Raises:
            OSError: it cannot be written.
        """
        try:
            self._book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OSError(str(error)) from error

    def cover(self) -> None:
        """The first sheet: what this is, how to read it, what each sheet says."""
        sheet = self._book.add_worksheet(COVER)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, COVER_WIDTH)
        sheet.write_string(0, 0, "Observatoire de la convention territoriale globale", self._title)
        (row,) = self._published.rows("from referentiel.publication").to_dicts()
        facts = (
            ("Territoire", self._place()),
            ("Publié le", f"{row['publie_le']:%d/%m/%Y à %H:%M} (temps universel)"),
            ("Version du code", row["version_code"]),
            ("Ce qui a changé", row["ce_qui_a_change"]),
        )
        line = self._facts(sheet, 2, facts)
        sheet.write_string(line + 1, 0, "Comment lire", self._title)
        line = self._facts(sheet, line + 2, HOW_TO_READ)
        sheet.write_string(line + 1, 0, "Les feuilles", self._title)
        line += 2
        for name, says in [
            (SYNTHESIS, "Les territoires côte à côte : enfants et principaux indicateurs"),
            *((sheet.name, sheet.says) for sheet in SHEETS),
        ]:
            sheet.write_url(line, 0, f"internal:'{name}'!A1", string=name)
            sheet.write_string(line, 1, says, self._text)
            line += 1

    def _facts(self, sheet: Worksheet, line: int, facts: tuple[tuple[str, str], ...]) -> int:
        for name, said in facts:
            sheet.write_string(line, 0, name, self._bold)
            sheet.write_string(line, 1, said, self._text)
            sheet.set_row(line, _height([(said, COVER_WIDTH)]))
            line += 1
        return line

    def synthesis(self) -> None:
        """The territories side by side."""
        found = synthesis(self._published)
        rows = found.rows.select("territoire", pl.exclude("territoire"))
        readings = dict(
            self._published.rows(
                "select distinct lower(indicateur_id), formule || '. ' || lecture "
                "from referentiel.indicateurs"
            ).rows()
        )
        self._fill(
            SYNTHESIS,
            "Enfants et principaux indicateurs de chaque territoire (sources : feuille Écart)",
            _GAP,
            rows,
            [(found.titles[column], readings.get(column, "")) for column in rows.columns],
        )

    def table(self, sheet: Sheet) -> None:
        """A sheet of published rows."""
        frame = self._named(self._published.rows(sheet.rows))
        headings = [
            (
                heading(column),
                next(
                    (
                        self._definitions[table, column]
                        for table in sheet.tables
                        if (table, column) in self._definitions
                    ),
                    "",
                ),
            )
            for column in frame.columns
        ]
        self._fill(sheet.name, sheet.says, sheet.colour, frame, headings)

    def _named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The name of each territory before its code."""
        columns: list[pl.Expr] = []
        for column in frame.columns:
            name = column.removesuffix("_id")
            if column in ("territoire_id", "commune_id", "district_id"):
                code = pl.col(column)
                columns.append(code.replace_strict(self._labels, default=code).alias(name))
            columns.append(pl.col(column))
        return frame.select(columns)

    def _fill(
        self,
        name: str,
        says: str,
        colour: str,
        frame: pl.DataFrame,
        headings: list[tuple[str, str]],
    ) -> None:
        sheet = self._book.add_worksheet(name)
        sheet.set_tab_color(colour)
        widths = [
            _width(column, title)
            for column, (title, _) in zip(frame.iter_columns(), headings, strict=True)
        ]
        sheet.set_landscape()
        sheet.fit_to_pages(ceil(sum(widths) / READABLE), 0)
        sheet.repeat_rows(HEADING_ROW)
        sheet.repeat_columns(0)
        sheet.set_footer("&L&A&RPage &P sur &N")
        sheet.write_string(0, 0, name, self._title)
        sheet.write_string(1, 0, f"{says}.", self._note)
        sheet.freeze_panes(HEADING_ROW + 1, 1)
        sheet.autofilter(
            HEADING_ROW, 0, HEADING_ROW + max(frame.height, 1), max(frame.width - 1, 0)
        )
        titles = [title for title, _ in headings]
        sheet.set_row(HEADING_ROW, _height(zip(titles, widths, strict=True)))
        wrapped = [place for place, column in enumerate(frame.iter_columns()) if _wraps(column)]
        for line, row in enumerate(frame.iter_rows(), start=HEADING_ROW + 1):
            sheet.set_row(line, _height((_text(row[place]), widths[place]) for place in wrapped))
        for place, (column, (title, note)) in enumerate(
            zip(frame.iter_columns(), headings, strict=True)
        ):
            sheet.set_column(place, place, widths[place])
            sheet.write_string(HEADING_ROW, place, title, self._heading)
            if note:
                sheet.write_comment(HEADING_ROW, place, note, {"x_scale": 2.5, "y_scale": 1.5})
            put = self._writer(sheet, column)
            for line, value in enumerate(column.to_list(), start=HEADING_ROW + 1):
                if value is not None:
                    put(line, place, value)
        if frame.is_empty():
            sheet.write_string(HEADING_ROW + 1, 0, "Aucune ligne.", self._note)

    def _writer(self, sheet: Worksheet, column: pl.Series) -> Callable[[int, int, Any], object]:
        """How the cells of a column are written, by its type and its name."""
        kind = column.dtype.base_type()
        if kind.is_numeric():
            return lambda line, place, value: sheet.write_number(
                line, place, value, self._formats[_pattern(column.name, value)]
            )
        if kind in DATES:
            pattern = self._formats[DATES[kind]]
            return lambda line, place, value: sheet.write_datetime(line, place, value, pattern)
        return lambda line, place, value: sheet.write_string(line, place, _text(value), self._text)


def _pattern(name: str, value: float) -> str:
    """Decimals for some three figures, cell by cell: a column may mix units."""
    if name in ("lon", "lat"):
        return "0.00000"
    if name.startswith(("annee", "geographie")) or "millesime" in name:
        # A year has no thousands.
        return "0"
    if value == round(value) or abs(value) >= 100:
        return "#,##0"
    return "#,##0.0" if abs(value) >= 10 else "#,##0.00"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return SEVERAL.join(map(str, value)) if isinstance(value, list) else str(value)


def _wraps(column: pl.Series) -> bool:
    """Whether the cells of a column may take several lines: figures and dates never do."""
    kind = column.dtype.base_type()
    return not kind.is_numeric() and kind not in DATES


def _width(column: pl.Series, title: str) -> float:
    """Wide enough for the longest word of the title, for each figure, for nine texts in ten."""
    words = max(map(len, title.split()), default=0)
    shown: float = 0
    if column.dtype.is_numeric():
        # A space between thousands; a figure that is too wide is shown as « ### ».
        longest: Any = column.abs().max() or 0
        shown = len(f"{longest:,.0f}") + 4
    elif column.dtype == pl.Datetime:
        shown = len("31/12/2024 12:00")
    elif column.dtype == pl.String and column.len() > column.null_count():
        shown = column.str.len_chars().quantile(0.9) or 0
    return min(max(NARROWEST, words + 3, shown + 3), WIDEST)


def _height(cells: Iterable[tuple[str, float]]) -> int:
    """The height of a row, in points: that of the text that takes the most lines.

    Said and not left to be found: LibreOffice gives a row that has no height a single line.
    """
    return min(LINE * max((_lines(*cell) for cell in cells), default=1), TALLEST)


@cache
def _lines(text: str, width: float) -> int:
    """The lines of a text in a column, cut between words, with room for its margins."""
    room = int(width) - 2
    return 1 if len(text) <= room else len(wrap(text, room))
