"""A document that is not YAML, or does not say one thing, is told with its line."""

from pathlib import Path

import pytest

from pipelines.documents import read
from pipelines.errors import SourceError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yml, ligne 3 : la clé a y est deux fois"),
        ("a:\n- {b: 1, b: 2}\n", "f.yml, ligne 2 : la clé b y est deux fois"),
        ("a: [1\n", "f.yml, ligne 2 : YAML illisible"),
        ("a: 2021-02-30\n", "f.yml, fichier entier : YAML illisible"),
        ("a: !!timestamp x\n", "f.yml, fichier entier : YAML illisible"),
        ("a: !!int x\n", "f.yml, fichier entier : YAML illisible"),
        ("a: !!python/object/apply:os.getcwd []\n", "f.yml, ligne 1 : YAML illisible"),
        ("? [a]\n: 1\n", "f.yml, ligne 1 : YAML illisible"),
        ("a: " + "[" * 50_000, "f.yml, ligne 1 : plus de 50 niveaux"),
        ("- " * 50_000, "f.yml, ligne 1 : plus de 50 niveaux"),
    ],
    ids=[
        "a key twice",
        "a key twice below",
        "not closed",
        "no such day",
        "no time",
        "no number",
        "code",
        "a list as a key",
        "lists without end",
        "items without end",
    ],
)
def test_what_cannot_be_read_is_told(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "f.yml").write_text(text, "utf-8")
    with pytest.raises(SourceError) as caught:
        read(tmp_path / "f.yml", "f.yml")
    assert str(caught.value).startswith(expected)
    assert "Remède : " in str(caught.value)


def test_the_same_key_in_two_places_is_two_keys(tmp_path: Path) -> None:
    (tmp_path / "f.yml").write_text("a: {c: 1}\nb: {c: 2}\n", "utf-8")
    assert read(tmp_path / "f.yml", "f.yml") == {"a": {"c": 1}, "b": {"c": 2}}
