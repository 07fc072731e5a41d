"""The catalogue: every file has a sidecar that describes it, and a wrong sidecar is told."""

import hashlib
import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.errors import SourceError
from pipelines.ingest.assets import DATASETS
from pipelines.sources import SUFFIX, SourceFile, catalogue, files_of, fingerprint, seal

SOURCES = Path(__file__).parents[2] / "sources"
FILES = catalogue(SOURCES)
WITHOUT_SIDECAR = {"territoire.yml"}


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
    content = {key: value for key, value in (FICHE | changed).items() if value is not ...}
    sidecar = root / "insee" / f"f.csv{SUFFIX}"
    sidecar.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return root


def test_every_file_has_a_sidecar_and_every_sidecar_a_file() -> None:
    paths = {
        path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*") if path.is_file()
    } - WITHOUT_SIDECAR
    described = {path.removesuffix(SUFFIX) for path in paths if path.endswith(SUFFIX)}
    assert described == {path for path in paths if not path.endswith(SUFFIX)}
    assert described == {file.source_id for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=named)
def test_the_committed_file_is_the_one_that_its_sidecar_describes(file: SourceFile) -> None:
    content = file.path.read_bytes()
    assert file.fiche.sha256 == hashlib.sha256(content).hexdigest()
    assert file.fiche.octets == len(content)
    assert file.as_described


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_check_figure_is_about_columns_that_a_contract_knows(file: SourceFile) -> None:
    for figure in file.fiche.chiffres_de_controle:
        wanted = {*figure.ou, *([figure.colonne] if figure.colonne else [])}
        assert figure.mesure == "lignes" or figure.colonne
        known: set[str] = set()
        for dataset in DATASETS:
            if dataset.jeu == file.fiche.jeu and figure.feuille in (None, dataset.layout.sheet):
                columns = {item.published(file.fiche.millesime) for item in dataset.contract.fields}
                known = known & columns if known else columns
        assert wanted <= known


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.table)
def test_the_files_of_a_data_set_come_oldest_first(dataset: Any) -> None:
    vintages = [file.fiche.millesime for file in files_of(dataset.jeu, reversed(FILES))]
    assert vintages
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
        ("jeu: [", "fichier entier"),
        ("a: b: c", "fichier entier"),
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
