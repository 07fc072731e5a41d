"""In which district each line of the registry stands, by what method and on what evidence.

The ledger of placements speaks first; then, for the lines of which it says nothing, a school whose
name and street agree, an address already located or already placed, the national address service,
the spelling of a street, its numbers. What none of these attests stays unplaced, with the reason.

Three rules hold throughout. The postcode is never read: the registry prints wrong ones. Names
repeat from one commune to the next (two rue Jean Jaurès, three schools Salengro), so that a point
counts only in a district of the line's own commune. A street that may cross two districts places
nothing without numbers.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import shapely

from pipelines.addresses import (
    SAME_SPELLING,
    Address,
    normalise,
    numbers_of,
    parse,
    same_name,
    same_street,
    spelled_alike,
    split,
)
from pipelines.errors import SourceError

NATIONAL_SCORE = 0.7  # of 1, as the service gives it
BORDER_M = 50.0  # a street located this near another district may well cross into it
METRES_PER_DEGREE = 111_195.0  # of a great circle

PLACED = {
    "ligne_id": pl.String,
    "rang": pl.Int64,
    "district_id": pl.String,
    "commune_id": pl.String,
    "methode": pl.String,
    "score": pl.Float64,
    "preuve": pl.String,
    "iris": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "statut": pl.String,
    "motif": pl.String,
}
ASKED = {
    "ligne_id": pl.String,
    "rang": pl.Int64,
    "adresse": pl.String,
    "commune": pl.String,
    "citycode": pl.String,
}
NATIONAL = {
    "ligne_id": pl.String,
    "rang": pl.Int64,
    "longitude": pl.Float64,
    "latitude": pl.Float64,
    "result_label": pl.String,
    "result_score": pl.Float64,
    "result_type": pl.String,
    "result_housenumber": pl.String,
    "result_name": pl.String,
    "result_citycode": pl.String,
    "result_oldcity": pl.String,
}
OPEN = frozenset({"1", "OUVERT"})  # the state of a school, from one edition to the other
OPTIONAL = frozenset({"result_oldcity"})  # answered only where communes were merged

# The words by which names of services and of schools differ without naming another one.
_GENERIC = (
    "accueil application creche ecole educatif elementaire enfant enfants espace et garderie groupe"
    " halte maternel maternelle multi niv niveau primaire prive privee scolaire"
)
GENERIC = frozenset(_GENERIC.split())

Row = dict[str, Any]


class Ground:
    """The outlines of districts, in which points are looked up."""

    def __init__(self, outlines: pl.DataFrame) -> None:
        known = sorted(_rows(outlines, "district_id", "libelle", "geometrie"))
        self.labels: dict[str, str] = {district: label for district, label, _ in known}
        self._ids = list(self.labels)
        shapes = [shapely.from_geojson(geometry) for *_, geometry in known]
        _, south, _, north = shapely.total_bounds(shapes) if shapes else (0, 0, 0, 0)
        shrunk = math.cos(math.radians((south + north) / 2))
        self._metres = (METRES_PER_DEGREE * shrunk, METRES_PER_DEGREE)
        self._shapes = [shapely.transform(shape, lambda at: at * self._metres) for shape in shapes]
        self._tree = shapely.STRtree(self._shapes)

    def _point(self, lon: float, lat: float) -> Any:
        return shapely.Point(lon * self._metres[0], lat * self._metres[1])

    def at(self, lon: float | None, lat: float | None) -> tuple[str, ...]:
        """The districts that hold a point: none outside, two on a limit."""
        if lon is None or lat is None:
            return ()
        found = self._tree.query(self._point(lon, lat), predicate="intersects")
        return tuple(self._ids[rank] for rank in sorted(found))

    def margin(self, lon: float, lat: float, districts: Iterable[str]) -> float:
        """Metres from a point to the nearest of some districts."""
        wanted = set(districts)
        shapes = [
            shape for name, shape in zip(self._ids, self._shapes, strict=True) if name in wanted
        ]
        return min(map(self._point(lon, lat).distance, shapes), default=math.inf)

    def named(self, districts: Iterable[str]) -> str:
        """Districts as a reader names them."""
        return " et ".join(self.labels[district] for district in sorted(districts)) or "aucun"


@dataclass(frozen=True, order=True)
class Located:
    """An address whose point is known, in the one district that holds it."""

    label: str
    source: str
    lon: float
    lat: float
    district: str
    address: Address

    @property
    def quoted(self) -> str:
        """The address between quotes."""
        return f"« {self.label} »"


@dataclass(frozen=True)
class School:
    """A school at its address; `to_the_number` says whether its point is."""

    uai: str
    title: str
    words: tuple[str, ...]
    to_the_number: bool
    spot: Located


@dataclass(frozen=True)
class Site:
    """One address of one line, corrections made; `alone` if the line prints no other."""

    line: str
    rank: int
    commune: str
    name: str
    printed: str
    address: Address | None
    alone: bool


@dataclass(frozen=True)
class Line:
    """One line of the registry: its commune, and the sites that its address names."""

    id: str
    commune: str
    sites: tuple[Site, ...]


@dataclass(frozen=True)
class Found:
    """What a method attests of a site."""

    district: str
    method: str
    score: float
    evidence: str
    lon: float | None = None
    lat: float | None = None
    iris: str | None = None


Answer = Found | str | None  # a placement, why there is none, or nothing to say
Method = Callable[[Site, Address], Answer]


@dataclass(frozen=True)
class Known:
    """All that a site is compared with; each method answers for one site."""

    ground: Ground
    communes: Mapping[str, tuple[str, ...]]
    schools: tuple[School, ...]
    gazetteer: tuple[Located, ...]
    attested: Mapping[tuple[str, ...], tuple[Row, ...]]
    national: Mapping[tuple[str, int], Row]

    def methods(self) -> tuple[Method, ...]:
        """The methods, in their order."""
        return (
            self.school,
            self.exact,
            self.same_address,
            self.service,
            self.misprint,
            self.street,
        )

    def school(self, site: Site, address: Address) -> Answer:
        """A school that bears the line's name, in the street that the line prints.

        The ministry's points are not all right: two schools of Hellemmes stand in Lille for it,
        where a street has the same name. A number that differs is a misprint where the line prints
        one address, and another school where it prints several.
        """
        parts = [_proper(part) for part in re.split(r"[|/,]|\s[–-]\s", site.name)]
        named = [
            school
            for school in self.schools
            if same_name(address.name, school.spot.address.name)
            and spelled_alike(address.name[-1], school.spot.address.name[-1]) >= SAME_SPELLING
            and any(same_name(part, school.words) for part in parts)
        ]
        within = [school for school in named if self._is_within(site, school.spot)]
        if not within:
            strays = [f"{school.title} (UAI {school.uai})" for school in named[:1]]
            return f"{strays[0]} : point hors de {site.commune}" if strays else None
        agreed = [one for one in within if _share(address.numbers, one.spot.address.numbers)]
        differ = bool(address.numbers and within[0].spot.address.numbers and not agreed)
        if differ and not site.alone:
            return None
        school, *others = agreed or within
        spot = school.spot
        districts = {spot.district, *(other.spot.district for other in others)}
        if not school.to_the_number:
            districts |= {other.district for other, _ in self._street(site, spot.address)}
        if len(districts) > 1:
            return f"école de ce nom et de cette voie, entre {self.ground.named(districts)}"
        remarks = (" (point au niveau de la rue)" if not school.to_the_number else "") + (
            f" (l'annexe imprime le {address.numbers[0]}, même voie)" if differ else ""
        )
        evidence = f"annuaire des écoles, UAI {school.uai} : {school.title}, {spot.quoted}{remarks}"
        return Found(spot.district, "école", 100.0, evidence, spot.lon, spot.lat)

    def exact(self, site: Site, address: Address) -> Answer:
        """The same number in the same street, among located addresses."""
        found = self.misprint(site, address)
        return found if isinstance(found, Found) and found.score == 100.0 else None

    def same_address(self, site: Site, address: Address) -> Answer:
        """The address of another line, which the ledger attests."""
        rows = self.attested.get((site.commune, *address.key), ()) if address.is_exact else ()
        districts = {row["district_id"] for row in rows}
        if len(districts) > 1:
            return f"même adresse que des lignes placées dans {self.ground.named(districts)}"
        for row in rows:
            where = (row["district_id"], row["lon"], row["lat"], row["iris"])
            evidence = (
                f"même adresse que {row['ligne_id']} ({site.printed}), placée par {row['methode']}"
            )
            return Found(where[0], "site connu", 100.0, evidence, *where[1:])
        return None

    def service(self, site: Site, address: Address) -> Answer:
        """The answer of the national address service, where it is sure, and to the number."""
        answer = self.national.get((site.line, site.rank))
        if answer is None or not answer["result_label"]:
            return None
        street = parse(answer["result_name"] or "")
        numbers = numbers_of(normalise(answer["result_housenumber"] or "").split())
        score = answer["result_score"] or 0.0
        own = self.communes[site.commune]
        districts = self.ground.at(answer["longitude"], answer["latitude"])
        problems = {
            "réponse qui n'est pas au numéro": answer["result_type"] != "housenumber",
            f"score {_french(score)} sous {_french(NATIONAL_SCORE)}": score < NATIONAL_SCORE,
            "autre voie": street is None or not same_street(address, street),
            "autre numéro": not _share(address.numbers, numbers),
            "autre commune": answer["result_citycode"] not in {code[:5] for code in own}
            or normalise(answer["result_oldcity"] or site.commune) != normalise(site.commune),
            f"point hors de {site.commune}": len(districts) != 1 or districts[0] not in own,
        }
        told = f"service national d'adresse, « {answer['result_label']} »"
        if any(problems.values()):
            return f"{told} : {', '.join(name for name, holds in problems.items() if holds)}"
        return Found(
            districts[0],
            "service national d'adresse",
            round(100 * score, 1),
            f"{told}, au numéro, score {_french(score)}",
            answer["longitude"],
            answer["latitude"],
        )

    def misprint(self, site: Site, address: Address) -> Answer:
        """The same number in a street that is spelled almost the same."""
        spots = [
            (spot, score)
            for spot, score in self._street(site, address)
            if _share(address.numbers, spot.address.numbers)
        ]
        districts = {spot.district for spot, _ in spots}
        if len(districts) > 1:
            return f"adresse localisée à la fois dans {self.ground.named(districts)}"
        if not spots:
            return None
        spot, score = spots[0]
        remark = "" if score == 100.0 else f" ; l'annexe imprime « {address.printed} »"
        evidence = f"adresses localisées : {spot.quoted} ({spot.source}){remark}"
        return Found(spot.district, "adresse localisée", score, evidence, spot.lon, spot.lat)

    def street(self, site: Site, address: Address) -> Answer:
        """The street, where its located addresses say in which district the line stands."""
        scored = self._street(site, address)
        if not scored:
            return f"voie inconnue des adresses localisées de {site.commune}"
        score = scored[0][1]
        spots = [spot for spot, _ in scored]
        if len({spot.address.numbers or (spot.lon, spot.lat) for spot in spots}) < 2:
            return f"une seule adresse localisée dans cette voie ({spots[0].quoted})"
        districts = {spot.district for spot in spots}
        for number in address.numbers:
            ends = self._neighbours(site, number, spots)
            if ends:
                evidence = (
                    f"adresses localisées : le {number} est entre {ends[0].quoted} et "
                    f"{ends[1].quoted}, dans {self.ground.named([ends[0].district])}"
                )
                return Found(ends[0].district, "rue", score, evidence)
        if len(districts) > 1:
            return (
                f"la voie traverse {self.ground.named(districts)}, et aucune adresse localisée "
                "n'y encadre le numéro"
            )
        if any(self._margin(site, spot) < BORDER_M for spot in spots):
            return (
                f"la voie, localisée dans {self.ground.named(districts)}, passe à moins de "
                f"{BORDER_M:.0f} m d'un autre district"
            )
        listed = list(dict.fromkeys(spot.label for spot in spots))
        evidence = (
            f"adresses localisées : {len(spots)} points de cette voie, tous dans "
            f"{self.ground.named(districts)} ({' ; '.join(listed[:6])}{' …' * (len(listed) > 6)})"
        )
        return Found(spots[0].district, "rue", score, evidence)

    def _is_within(self, site: Site, spot: Located) -> bool:
        return spot.district in self.communes[site.commune]

    def _margin(self, site: Site, spot: Located) -> float:
        return self.ground.margin(
            spot.lon, spot.lat, set(self.communes[site.commune]) - {spot.district}
        )

    def _street(self, site: Site, address: Address) -> list[tuple[Located, float]]:
        """The located addresses of a street in the commune, in the best spelling there is."""
        scored = [
            (spot, same_street(address, spot.address))
            for spot in self.gazetteer
            if self._is_within(site, spot)
        ]
        best = max((score for _, score in scored), default=0.0)
        return [(spot, score) for spot, score in scored if score == best > 0]

    def _neighbours(
        self, site: Site, number: str, spots: Sequence[Located]
    ) -> tuple[Located, Located] | None:
        """The located addresses on either side of a number, if both are in one district.

        The number's own side of the street is asked first: where the street is itself a limit, its
        two sides are two districts, and the other side decides only far from any limit.
        """
        rank = _rank(number)
        numbered = [(_rank(one), spot) for spot in spots for one in spot.address.numbers]
        for own_side in (True, False):
            kept = [one for one in numbered if not own_side or (one[0] - rank) % 2 == 0]
            low = max((one for one in kept if one[0] <= rank), default=None)
            high = min((one for one in kept if one[0] >= rank), default=None)
            if low and high:
                ends = (low[1], high[1])
                sure = own_side or all(self._margin(site, spot) >= BORDER_M for spot in ends)
                return ends if sure and ends[0].district == ends[1].district else None
        return None


def place(
    registry: pl.DataFrame,
    corrections: pl.DataFrame,
    ledger: pl.DataFrame,
    *,
    communes: Mapping[str, tuple[str, ...]],
    commune_ids: Mapping[str, str],
    schools: pl.DataFrame,
    gazetteer: pl.DataFrame,
    national: pl.DataFrame,
    outlines: pl.DataFrame,
) -> pl.DataFrame:
    """Place every line of the registry, or say why it is not placed.

    Args:
        registry: ligne_id, commune, nom, adresse, as the convention prints them.
        corrections: ligne_id, champ, valeur_corrigee.
        ledger: placements made by hand; those of a line are kept as they are.
        communes: the districts of each commune, by its label.
        commune_ids: the identifier of each commune, by its label.
        schools: the ministry's schools (contract SCHOOLS).
        gazetteer: located addresses (contract ADDRESSES).
        national: what the national address service answered (`read_national`).
        outlines: the outlines of districts (contract DISTRICT_OUTLINES).

    Returns:
        The columns of `PLACED`, one row a line and district, at least one row a line. `rang` is
        the rank of the address that the row places; `score`, of 100, is null for the ledger;
        `motif` says why the line is not placed, or why one of its addresses is not.

    Raises:
        SourceError: the ledger places a line that the registry does not have, or a point out of
            its district; or a line is in a commune that the territory does not have.
    """
    ground = Ground(outlines)
    lines = _lines(registry, corrections, communes)
    by_line: dict[str, list[Row]] = {line.id: [] for line in lines}
    for row in _sorted(ledger, "ligne_id", "district_id"):
        if row["ligne_id"] not in by_line:
            raise SourceError(
                "placements.csv",
                f"ligne {row['ligne_id']}",
                "registre.csv n'a pas cette ligne",
                "corriger « ligne_id », ou retirer le placement",
            )
        _check(row, ground)
        by_line[row["ligne_id"]].append(row)
    known = Known(
        ground=ground,
        communes=communes,
        schools=_schools(schools, ground),
        gazetteer=_gazetteer(gazetteer, ground),
        attested=_attested(lines, by_line),
        national={(row["ligne_id"], row["rang"]): row for row in national.iter_rows(named=True)},
    )
    rows = []
    for line in lines:
        placed = by_line[line.id]
        made = _from_ledger(placed) if placed else _from_methods(line, known)
        own = {"ligne_id": line.id, "commune_id": commune_ids[line.commune]}
        rows += [own | row for row in made]
    return pl.DataFrame(rows, schema=PLACED)


def addresses_to_ask(
    registry: pl.DataFrame, corrections: pl.DataFrame, communes: Mapping[str, tuple[str, ...]]
) -> pl.DataFrame:
    """The addresses that are sent to the national service: the columns of `ASKED`, no postcode.

    The code is that of the Insee commune, with which its districts begin; an associated commune
    is told by its name.
    """
    rows = [
        (site.line, site.rank, site.address.printed, site.commune, communes[site.commune][0][:5])
        for line in _lines(registry, corrections, communes)
        for site in line.sites
        if site.address
    ]
    return pl.DataFrame(rows, schema=ASKED, orient="row")


def read_national(path: Path) -> pl.DataFrame:
    """What the national service answered to `addresses_to_ask`: the columns of `NATIONAL`.

    Without the file there is no answer, which is no error: the service is not always reachable.

    Raises:
        SourceError: the file is not such an answer.
    """
    if not path.exists():
        return pl.DataFrame(schema=NATIONAL)
    remedy = "redemander la réponse au service national d'adresse, ou retirer le fichier"
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise SourceError(path.name, "fichier entier", "ce n'est pas un csv", remedy) from error
    absent = [name for name in NATIONAL if name not in {*frame.columns, *OPTIONAL}]
    if absent:
        raise SourceError(path.name, "en-tête", f"la colonne {absent[0]} manque", remedy)
    cells = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in NATIONAL.items()
    ]
    try:
        return frame.select(cells)
    except pl.exceptions.InvalidOperationError as error:
        numbers = ", ".join(name for name, dtype in NATIONAL.items() if dtype != pl.String)
        raise SourceError(
            path.name, f"colonnes {numbers}", "une cellule n'est pas un nombre", remedy
        ) from error


def _rows(frame: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a frame that may have none, being empty."""
    return [] if frame.is_empty() else frame.select(columns).rows()


def _sorted(frame: pl.DataFrame, *columns: str) -> list[Row]:
    return [] if frame.is_empty() else frame.sort(columns).to_dicts()


def _proper(name: str) -> tuple[str, ...]:
    """The words of a name that name something."""
    return tuple(word for word in normalise(name).split() if word not in GENERIC)


def _share(one: Iterable[str], other: Iterable[str]) -> bool:
    return not set(one).isdisjoint(other)


def _rank(number: str) -> int:
    return int(number.split(maxsplit=1)[0])


def _french(score: float) -> str:
    return f"{score:.2f}".replace(".", ",")


def _lines(
    registry: pl.DataFrame, corrections: pl.DataFrame, communes: Iterable[str]
) -> list[Line]:
    """The lines in their order, corrections made."""
    known = set(communes)
    corrected = {
        (line, field): value
        for line, field, value in _rows(corrections, "ligne_id", "champ", "valeur_corrigee")
    }
    lines = []
    for line, *printed in _rows(registry, "ligne_id", "commune", "nom", "adresse"):
        fields = zip(("commune", "nom", "adresse"), printed, strict=True)
        commune, name, address = (corrected.get((line, field), cell) for field, cell in fields)
        if commune not in known:
            raise SourceError(
                "registre.csv",
                f"ligne {line}",
                f"la commune « {commune} » n'est pas du territoire",
                "corriger la commune, ou l'ajouter à territoire.yml",
            )
        parts = split(address, commune, name) if address else []
        sites = tuple(
            Site(line, rank, commune, name, part, parse(part), alone=len(parts) == 1)
            for rank, part in enumerate(parts, start=1)
        )
        lines.append(Line(line, commune, sites))
    return lines


def _check(row: Row, ground: Ground) -> None:
    """Refuse a row of the ledger whose point is elsewhere."""
    found = ground.at(row["lon"], row["lat"])
    if row["lon"] is None or not ground.labels or row["district_id"] in found:
        return
    where = " et ".join(f"{district} ({ground.labels[district]})" for district in found)
    raise SourceError(
        "placements.csv",
        f"ligne {row['ligne_id']}",
        f"le point {row['lon']}, {row['lat']} est dans {where or 'aucun district'}, et non dans "
        f"{row['district_id']}",
        "corriger le point, ou le district",
    )


def _from_ledger(placed: Iterable[Row]) -> list[Row]:
    kept = ("district_id", "methode", "preuve", "iris", "lon", "lat", "statut")
    return [{"rang": 1} | {name: row[name] for name in kept} for row in placed]


def _from_methods(line: Line, known: Known) -> list[Row]:
    rows: dict[str, Row] = {}
    reasons = [] if line.sites else ["le registre n'imprime pas d'adresse"]
    for site in line.sites:
        answer = _answer(site, known)
        if isinstance(answer, str):
            reasons.append(f"« {site.printed} » : {answer}")
        elif answer.district not in rows:
            rows[answer.district] = {
                "rang": site.rank,
                "district_id": answer.district,
                "methode": answer.method,
                "score": answer.score,
                "preuve": answer.evidence,
                "iris": answer.iris,
                "lon": answer.lon,
                "lat": answer.lat,
                "statut": "attesté",
            }
    first, *others = rows.values() or [{"rang": 1, "statut": "non placé"}]
    return [first | {"motif": " ; ".join(reasons) or None}, *others]


def _answer(site: Site, known: Known) -> Found | str:
    """What the first method that knows the site attests, or why none does."""
    if site.address is None:
        return "aucune voie n'y est nommée"
    reasons = []
    for method in known.methods():
        answer = method(site, site.address)
        if isinstance(answer, Found):
            return answer
        if answer:
            reasons.append(answer)
    return ", ".join(dict.fromkeys(reasons))


def _located(
    ground: Ground, label: str | None, source: str, lon: float | None, lat: float | None
) -> Located | None:
    """A located address, if it names a street and its point is in one district."""
    address = parse(label or "")
    districts = ground.at(lon, lat)
    if label is None or lon is None or lat is None or address is None or len(districts) != 1:
        return None
    return Located(label, source, lon, lat, districts[0], address) if address.name else None


def _gazetteer(gazetteer: pl.DataFrame, ground: Ground) -> tuple[Located, ...]:
    rows = _rows(gazetteer, "adresse", "source", "lon", "lat")
    return tuple(sorted({spot for row in rows if (spot := _located(ground, *row))}))


def _schools(schools: pl.DataFrame, ground: Ground) -> tuple[School, ...]:
    found = []
    for row in _sorted(schools, "numero_uai"):
        title = row["appellation_officielle"]
        spot = _located(ground, row["adresse_uai"], title, row["longitude"], row["latitude"])
        if spot and row["etat_etablissement"] in OPEN:
            words = _proper(row["patronyme_uai"] or title)
            to_the_number = row["localisation"] == "Numéro de rue"
            found.append(School(row["numero_uai"], title, words, to_the_number, spot))
    return tuple(found)


def _attested(
    lines: Iterable[Line], ledger: Mapping[str, Sequence[Row]]
) -> dict[tuple[str, ...], tuple[Row, ...]]:
    """What the ledger attests of each address: the first one of a line, if one row places it."""
    found: dict[tuple[str, ...], tuple[Row, ...]] = {}
    for line in lines:
        rows = ledger.get(line.id, ())
        address = line.sites[0].address if line.sites else None
        if address and len(rows) == 1 and rows[0]["statut"] == "attesté":
            key = (line.commune, *address.key)
            found[key] = (*found.get(key, ()), *rows)
    return found
