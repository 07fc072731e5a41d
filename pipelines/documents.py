"""A YAML document held to its model, and what is wrong with it said in French."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from pipelines.errors import SourceError

Model = TypeVar("Model", bound=BaseModel)

_PROBLEMS = {
    "missing": "clé obligatoire, absente",
    "extra_forbidden": "clé inconnue",
    "string_too_short": "texte trop court",
    "string_type": "texte attendu",
    "string_pattern_mismatch": "texte d'une autre forme que celle attendue",
    "int_type": "nombre entier attendu",
    "int_parsing": "nombre entier attendu",
    "int_from_float": "nombre entier attendu",
    "float_type": "nombre attendu",
    "float_parsing": "nombre attendu",
    "greater_than_equal": "nombre trop petit",
    "less_than_equal": "nombre trop grand",
    "literal_error": "valeur hors de la liste admise",
    "too_short": "liste vide",
    "tuple_type": "liste attendue",
    "dict_type": "correspondance attendue",
    "model_type": "correspondance clé : valeur attendue",
    "date_from_datetime_parsing": "date AAAA-MM-JJ attendue",
    "date_type": "date AAAA-MM-JJ attendue",
}


def load(path: Path, name: str, model: type[Model]) -> Model:
    """The document at `path`, as its model.

    Args:
        path: the YAML file.
        name: how messages name it.
        model: what it must be.

    Raises:
        SourceError: the file is absent, is not UTF-8 or YAML, or is not what the model says.
    """
    return validate(read(path, name), name, model)


def read(path: Path, name: str) -> Any:
    """What the document at `path` says, unchecked.

    Raises:
        SourceError: the file is absent, or is not UTF-8 or YAML.
    """
    try:
        return yaml.load(path.read_bytes().decode("utf-8-sig"), yaml.CSafeLoader)
    except FileNotFoundError as error:
        raise SourceError(
            name, "dossier sources/", "le fichier est absent", "le rétablir depuis le dépôt"
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            name,
            f"octet {error.start}",
            "le fichier n'est pas en UTF-8",
            "l'enregistrer en UTF-8 sans rien changer d'autre",
        ) from error
    except yaml.YAMLError as error:
        raise SourceError(
            name, "fichier entier", "YAML illisible", "vérifier les deux-points et les retraits"
        ) from error


def validate(content: Any, name: str, model: type[Model]) -> Model:
    """What a document says, as its model.

    Raises:
        SourceError: it is not what the model says.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        problem = _PROBLEMS.get(first["type"], first.get("ctx", {}).get("error", "non conforme"))
        raise SourceError(
            name,
            f"clé {place}" if place else "fichier entier",
            str(problem),
            "compléter le fichier sur le modèle de celui du dépôt",
        ) from error
