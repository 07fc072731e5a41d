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


# Ours have five levels. Some thousands overflow the stack of the loader, and kill the process.
_MOST_LEVELS = 50


class _RefusedError(yaml.MarkedYAMLError):
    """What PyYAML would take, and we do not."""


class _Loader(yaml.CSafeLoader):
    """The safe loader, which refuses a key that is there twice: it would keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping of a node."""
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                said = f"la clé {key.value} y est deux fois"
                raise _RefusedError(problem=said, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _refuse_depth(text: str) -> None:
    depth = 0
    event: Any
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MOST_LEVELS:
            said = f"plus de {_MOST_LEVELS} niveaux l'un dans l'autre"
            raise _RefusedError(problem=said, problem_mark=event.start_mark)


# What PyYAML raises, its own errors first: those of a value that is not of the type that it says
# (30 February, `!!timestamp x`) come as they are.
_UNREADABLE = (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, RecursionError)


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
        text = path.read_bytes().decode("utf-8-sig")
        _refuse_depth(text)
        return yaml.load(text, _Loader)  # noqa: S506 (it is a safe one)
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
    except _UNREADABLE as error:
        mark = getattr(error, "problem_mark", None)
        raise SourceError(
            name,
            f"ligne {mark.line + 1}" if mark else "fichier entier",
            str(error.problem) if isinstance(error, _RefusedError) else "YAML illisible",
            "vérifier les deux-points, les retraits et les clés",
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
