"""The catalogue: every file of ours has a sidecar, what it does not say its publication says."""

import hashlib
import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import sources
from pipelines.errors import SourceError
from pipelines.ingest.datasets import DATASETS
from pipelines.sources import (
    CATALOGUE,
    DESCRIPTIONS,
    SUFFIX,
    CataloguedFile,
    CheckFigure,
    SourceFile,
    catalogue,
    files_of,
    fingerprint,
    publications,
    seal,
    undescribed,
)

SOURCES = Path(__file__).parents[2] / "sources"
FILES = catalogue(SOURCES)
PUBLICATIONS = publications(SOURCES)


def named(file: SourceFile) -> str:
    return file.source_id


FICHE: dict[str, Any] = {
    "jeu": "essai",
    "producteur": "Insee",
    "titre": "Un fichier pour essayer",
    "millesime": 2019,
    "edition": "essai",
    "couverture": None,
    "page": None,
    "licence": "Licence Ouverte",
    "extrait": "le fichier entier",
    "octets": 4,
    "sha256": hashlib.sha256(b"a;b\n").hexdigest(),
    "chiffres_de_controle": [],
}


def folder_with(tmp_path: Path, **changed: Any) -> Path:
    """A folder of one file, whose sidecar differs from a sound one by `changed`."""
    root = tmp_path / "sources"
    (root / "insee").mkdir(parents=True)
    (root / "insee" / "f.csv").write_bytes(b"a;b\n")
    write_sidecar(root, FICHE | changed)
    return root


def write_sidecar(root: Path, content: dict[str, Any]) -> None:
    said = {key: value for key, value in content.items() if value is not ...}
    sidecar = root / "insee" / f"f.csv{SUFFIX}"
    sidecar.write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")


def test_every_file_has_a_sidecar_and_every_sidecar_a_file() -> None:
    own = SOURCES / "conventions" / "lille-2021"
    paths = {
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*")
        if path.is_file()
        and path.name not in DESCRIPTIONS
        and (path.is_relative_to(own) or not path.is_relative_to(SOURCES / "conventions"))
    }
    described = {path.removesuffix(SUFFIX) for path in paths if path.endswith(SUFFIX)}
    assert described == {path for path in paths if not path.endswith(SUFFIX)}
    assert described == {file.source_id for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=named)
def test_the_committed_file_is_the_one_that_its_sidecar_describes(file: SourceFile) -> None:
    content = file.path.read_bytes()
    assert file.fiche.sha256 == hashlib.sha256(content).hexdigest()
    assert file.fiche.octets == len(content)
    assert file.as_described


def figures() -> list[Any]:
    """Every check figure of the catalogue and of the sidecars that names columns."""
    described = {file.source_id: file.fiche for file in FILES}
    pinned = {name: entry.publication for name, entry in PUBLICATIONS.items()}
    return [
        pytest.param(said.jeu, said.millesime, figure, id=f"{name} {rank}")
        for name, said in (described | pinned).items()
        for rank, figure in enumerate(said.chiffres_de_controle)
        if figure.colonne or figure.ou
    ]


@pytest.mark.parametrize(("jeu", "vintage", "figure"), figures())
def test_a_check_figure_is_about_columns_that_a_contract_knows(
    jeu: str, vintage: int, figure: CheckFigure
) -> None:
    wanted = {*figure.ou, *([figure.colonne] if figure.colonne else [])}
    readers = [
        dataset
        for dataset in DATASETS
        if dataset.jeu == jeu and figure.feuille in (None, dataset.layout.sheet)
    ]
    assert readers
    for dataset in readers:
        assert set(dataset.contract.heading(sorted(wanted), vintage).values()) == wanted


@pytest.mark.parametrize(
    "dataset",
    [dataset for dataset in DATASETS if files_of(dataset.jeu, FILES)],
    ids=lambda dataset: dataset.table,
)
def test_the_files_of_a_data_set_come_oldest_first(dataset: Any) -> None:
    vintages = [file.fiche.millesime for file in files_of(dataset.jeu, reversed(FILES))]
    assert vintages == sorted(vintages)


PHONE = re.compile(r"(?<![\d.,;])(?:\+33 ?|0)[1-9](?:[ .-]?\d{2}){4}(?!\d)")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}")


def words_of(path: Path) -> str:
    if path.suffix != ".xlsx":
        return path.read_text("utf-8-sig")
    with zipfile.ZipFile(path) as book:
        return "\n".join(
            re.sub(r"<[^>]*>", " ", book.read(name).decode("utf-8"))
            for name in book.namelist()
            if name.endswith(".xml")
        )


@pytest.mark.parametrize(
    "text", ["03 20 49 50 00", "+33 320495000", "0320495000", "03.20.49.50.00"]
)
def test_a_telephone_number_would_be_seen(text: str) -> None:
    assert PHONE.search(f"mairie : {text} (accueil)")


@pytest.mark.parametrize(
    "path",
    sorted(path for path in SOURCES.rglob("*") if path.is_file()),
    ids=lambda path: path.name,
)
def test_no_file_bears_a_telephone_number_or_an_address_of_mail(path: Path) -> None:
    words = words_of(path)
    assert words
    assert not PHONE.findall(words)
    assert not EMAIL.findall(words)


def test_a_sound_sidecar_is_taken(tmp_path: Path) -> None:
    (file,) = catalogue(folder_with(tmp_path))
    assert file.source_id == "insee/f.csv"
    assert file.state == "extrait"
    assert file.as_described


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"titre": ...}, "titre"),
        ({"auteur": "moi"}, "auteur"),
        ({"millesime": 1066}, "millesime"),
        ({"millesime": "deux mille"}, "millesime"),
        ({"sha256": "abc"}, "sha256"),
        ({"page": "http://insee.fr"}, "page"),
        ({"octets": -1}, "octets"),
        ({"jeu": "Essai"}, "jeu"),
        ({"encodage": "Windows"}, "encodage"),
        (
            {"chiffres_de_controle": [{"colonne": "a", "mesure": "moyenne"}]},
            "chiffres_de_controle.0.mesure",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_sidecar_is_told_with_its_name_and_key(
    changed: dict[str, Any], key: str, tmp_path: Path
) -> None:
    root = folder_with(tmp_path, **changed)
    with pytest.raises(SourceError) as caught:
        catalogue(root)
    assert str(caught.value).startswith(f"insee/f.csv{SUFFIX}, clé {key} : ")
    assert "Remède : " in str(caught.value)


def test_a_sum_of_no_column_is_refused(tmp_path: Path) -> None:
    figure = {
        "colonne": None,
        "mesure": "somme",
        "attendu": 3,
        "tolerance": 0,
        "origine": "compté",
    }
    with pytest.raises(SourceError):
        catalogue(folder_with(tmp_path, chiffres_de_controle=[figure]))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("jeu: [", "ligne 2"),
        ("a: b: c", "ligne 1"),
        ("", "fichier entier"),
        ("- a\n", "fichier entier"),
    ],
    ids=["open bracket", "two colons", "empty", "list"],
)
def test_a_sidecar_that_is_no_sidecar_is_told(content: str, place: str, tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    (root / "insee" / f"f.csv{SUFFIX}").write_text(content, "utf-8")
    with pytest.raises(SourceError) as caught:
        catalogue(root)
    assert str(caught.value).startswith(f"insee/f.csv{SUFFIX}, {place}")
    assert "Remède : " in str(caught.value)


def test_a_sidecar_in_latin_1_is_told(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    sidecar = root / "insee" / f"f.csv{SUFFIX}"
    sidecar.write_bytes("titre: Données".encode("latin-1"))
    with pytest.raises(SourceError, match=r"f\.csv"):
        catalogue(root)


def test_a_sidecar_without_its_file_is_told(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    (root / "insee" / "f.csv").unlink()
    with pytest.raises(SourceError, match=r"f\.csv est absent\. Remède : "):
        catalogue(root)


def test_a_file_lost_since_the_last_look_is_told(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    assert catalogue(root)
    (root / "insee" / "f.csv").unlink()
    with pytest.raises(SourceError, match=r"f\.csv est absent"):
        catalogue(root)


def test_a_sidecar_corrected_since_the_last_look_is_read_anew(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    assert catalogue(root)[0].fiche.edition == "essai"
    sidecar = root / "insee" / f"f.csv{SUFFIX}"
    sidecar.write_text(yaml.safe_dump(FICHE | {"edition": "corrigée"}, allow_unicode=True), "utf-8")
    os.utime(sidecar, ns=(1, 1))
    assert catalogue(root)[0].fiche.edition == "corrigée"


@pytest.mark.parametrize(
    "changed", [{"titre": ...}, {"auteur": "moi"}, {"millesime": "x"}], ids=str
)
def test_no_english_reaches_the_reader_of_a_wrong_sidecar(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    root = folder_with(tmp_path, **changed)
    with pytest.raises(SourceError) as caught:
        catalogue(root)
    english = r"\b(field|required|input|should|valid|extra|permitted|unable|string|integer)\b"
    assert not re.findall(english, str(caught.value), re.IGNORECASE)


def test_the_fingerprint_changes_with_one_byte_and_comes_back_with_it(tmp_path: Path) -> None:
    root = tmp_path / "sources"
    shutil.copytree(SOURCES, root)
    assert fingerprint(root) == fingerprint(SOURCES)
    path = root / "caf" / "data_CAF_2019_IRIS.csv"
    before, content = fingerprint(root), path.read_bytes()
    path.write_bytes(content[:-3] + b"9" + content[-2:])
    assert fingerprint(root) != before
    path.write_bytes(content)
    assert fingerprint(root) == before


def test_the_fingerprint_is_of_contents_and_names_alone(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    before, path = fingerprint(root), root / "insee" / "f.csv"
    os.utime(path, (1, 1))
    path.chmod(0o600)
    assert fingerprint(root) == before
    path.rename(path.with_name("g.csv"))
    assert fingerprint(root) != before


def test_a_changed_byte_is_seen_against_the_sidecar(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    (root / "insee" / "f.csv").write_bytes(b"a;c\n")
    (file,) = catalogue(root)
    assert not file.as_described


def test_sealing_writes_the_size_and_the_fingerprint_and_nothing_else(tmp_path: Path) -> None:
    root = folder_with(tmp_path, octets=0, sha256="0" * 64)
    path = root / "insee" / "f.csv"
    path.write_bytes("été;2019\n".encode())
    seal(path)
    fiche = yaml.safe_load(path.with_name(path.name + SUFFIX).read_text("utf-8"))
    # "é" takes two bytes: 2 + 1 + 2 + 1 + 4 + 1.
    assert fiche["octets"] == 11
    assert fiche == FICHE | {
        "octets": 11,
        "sha256": hashlib.sha256("été;2019\n".encode()).hexdigest(),
    }
    assert catalogue(root)[0].as_described


@pytest.mark.parametrize(
    ("absent", "said"),
    [("f.csv", None), (f"f.csv{SUFFIX}", None), ("", "- une liste\n"), ("", "a: [\n")],
    ids=["no file", "no sidecar", "a list", "no YAML"],
)
def test_what_cannot_be_sealed_is_told_in_french(
    absent: str, said: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_with(tmp_path) / "insee"
    if absent:
        (folder / absent).unlink()
    if said:
        (folder / f"f.csv{SUFFIX}").write_text(said, "utf-8")
    assert sources.main([str(folder / "f.csv")]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"ÉCHEC. {absent or f'f.csv{SUFFIX}'}, ")
    assert "Remède : " in told


def test_a_sidecar_that_cannot_be_written_is_told_in_french(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder_with(tmp_path) / "insee" / "f.csv"
    sidecar = path.with_name(f"f.csv{SUFFIX}")

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(sidecar))

    monkeypatch.setattr(Path, "write_text", refused)
    assert sources.main([str(path)]) == 1
    assert f"{sidecar.name}, dossier {sidecar.parent} : l'accès y est refusé" in (
        capsys.readouterr().err
    )


# The catalogue of publications.

PUBLICATION: dict[str, Any] = {
    "jeu": "insee_population",
    "producteur": "Insee",
    "titre": "Population à l'IRIS, pour essayer",
    "millesime": 2020,
    "edition": "RP 2020",
    "geographie": 2022,
    "page": "https://www.insee.fr/page",
    "licence": "Licence Ouverte",
    "adresse": None,
    "encodage": "windows-1252",
}
OWN = {
    "publication": "population_2020",
    "extrait": "deux lignes du fichier publié",
    "octets": 4,
    "sha256": FICHE["sha256"],
}


def write_catalogue(root: Path, **entries: dict[str, Any]) -> None:
    said = {
        name: {key: value for key, value in entry.items() if value is not ...}
        for name, entry in entries.items()
    }
    (root / CATALOGUE).write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")


def test_every_publication_of_the_catalogue_is_of_a_data_set_that_is_read() -> None:
    assert {entry.publication.jeu for entry in PUBLICATIONS.values()} <= {
        dataset.jeu for dataset in DATASETS
    }


def test_no_two_publications_have_the_same_fingerprint() -> None:
    pins = [entry.sha256 for entry in PUBLICATIONS.values() if entry.sha256]
    assert pins
    assert len(set(pins)) == len(pins)


@pytest.mark.parametrize("entry", PUBLICATIONS.values(), ids=lambda entry: entry.publication_id)
def test_a_fingerprint_is_pinned_with_its_size(entry: CataloguedFile) -> None:
    assert (entry.sha256 is None) == (entry.octets is None)


def test_a_sidecar_says_what_its_publication_says_unless_it_says_it_itself(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    write_catalogue(root, population_2020=PUBLICATION)
    write_sidecar(root, OWN | {"edition": "RP 2020, corrigée"})
    (file,) = catalogue(root)
    assert (file.fiche.publication, file.fiche.jeu) == ("population_2020", "insee_population")
    assert (file.fiche.millesime, file.fiche.geographie) == (2020, 2022)
    assert file.fiche.encodage == "windows-1252"
    assert file.fiche.edition == "RP 2020, corrigée"


def test_a_publication_corrected_since_the_last_look_reaches_its_files(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    write_catalogue(root, population_2020=PUBLICATION)
    write_sidecar(root, OWN)
    assert catalogue(root)[0].fiche.geographie == 2022
    write_catalogue(root, population_2020=PUBLICATION | {"geographie": 2023})
    os.utime(root / CATALOGUE, ns=(1, 1))
    assert catalogue(root)[0].fiche.geographie == 2023


def test_a_sidecar_of_no_publication_is_told_with_the_one_it_names(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    write_catalogue(root, population_2019=PUBLICATION)
    write_sidecar(root, OWN)
    with pytest.raises(SourceError) as caught:
        catalogue(root)
    assert str(caught.value).startswith(
        f"insee/f.csv{SUFFIX}, clé publication : le catalogue n'a pas d'entrée population_2020. "
        "Remède : "
    )


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"titre": ...}, "population_2020.titre"),
        ({"auteur": "moi"}, "population_2020.auteur"),
        ({"adresse": "http://insee.fr/f.zip"}, "population_2020.adresse"),
        ({"sha256": "abc"}, "population_2020.sha256"),
        ({"octets": 0}, "population_2020.octets"),
        ({"millesime": 20}, "population_2020.millesime"),
        ({"encodage": "latin"}, "population_2020.encodage"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_catalogue_is_told_with_the_entry_and_its_key(
    changed: dict[str, Any], key: str, tmp_path: Path
) -> None:
    root = folder_with(tmp_path)
    write_catalogue(root, population_2020=PUBLICATION | changed)
    with pytest.raises(SourceError) as caught:
        catalogue(root)
    assert str(caught.value).startswith(f"{CATALOGUE}, clé {key} : ")
    assert "Remède : " in str(caught.value)


def test_a_folder_without_a_catalogue_has_the_sidecars_that_say_everything(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    assert publications(root) == {}
    assert [file.source_id for file in catalogue(root)] == ["insee/f.csv"]


def test_only_what_has_no_sidecar_and_describes_nothing_was_dropped(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    write_catalogue(root, population_2020=PUBLICATION)
    own = root / "conventions" / "lille-2021"
    own.mkdir(parents=True)
    for path in (root / "g.csv", root / "~$g.csv", root / ".g.csv", own / "territoire.yml"):
        path.write_bytes(b"a;b\n")
    assert undescribed(root) == (root / "g.csv",)


def test_the_files_of_another_convention_are_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder_with(tmp_path)
    for name in ("lille-2021", "ailleurs"):
        folder = root / "conventions" / name
        folder.mkdir(parents=True)
        (folder / "registre.csv").write_bytes(b"a;b\n")
    assert undescribed(root) == (root / "conventions" / "lille-2021" / "registre.csv",)
    monkeypatch.setenv("OBSERVATOIRE_CONVENTION", "ailleurs")
    before = fingerprint(root)
    assert undescribed(root) == (root / "conventions" / "ailleurs" / "registre.csv",)
    (root / "conventions" / "lille-2021" / "registre.csv").write_bytes(b"a;c\n")
    assert fingerprint(root) == before
