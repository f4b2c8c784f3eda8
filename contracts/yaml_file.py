"""YAML files of people: safe, no doubled keys, errors that name file, line, key and value."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from contracts.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


class _Loader(yaml.CSafeLoader):
    """Safe loader that refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping; a doubled key is an error, never "the last one wins"."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} is written twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> Any:
    """Return the value of a YAML file.

    Raises:
        ConfigError: the file is missing, is no YAML, or writes a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except OSError as error:
        raise ConfigError("The file cannot be read", where=str(path), seen=str(error)) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ConfigError(
            "The file is no valid YAML", where=f"{path}:{line}", seen=str(error.problem)
        ) from error


def read_model(path: Path, model: type[Model]) -> Model:
    """Return a YAML file as a model.

    Raises:
        ConfigError: naming file, line, key, the value seen and what is allowed.
    """
    return build_model(read_yaml(path), model, path)


def build_model(value: Any, model: type[Model], path: Path, *above: str) -> Model:
    """Return a value of a YAML file as a model; ``above`` are the keys that lead to it.

    Raises:
        ConfigError: naming file, line, key, the value seen and what is allowed.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        keys = (*above, *first["loc"])
        raise ConfigError(
            "A value is not as agreed",
            where=f"{path}:{_line(path, keys)}: {'.'.join(map(str, keys))}",
            seen=_short(first["input"]),
            allowed=_allowed(first["msg"], first["input"]),
        ) from None


def _short(value: Any) -> str:
    text = f"keys {', '.join(map(str, value))}" if isinstance(value, dict) else repr(value)
    return f"{text[:80]} ({type(value).__name__})"


def _allowed(message: str, seen: Any) -> str:
    if isinstance(seen, int | float) and "string" in message:
        return f'{message}; codes are quoted: write "{seen}" with its leading zeros'
    return message


def _line(path: Path, keys: tuple[int | str, ...]) -> int:
    """Return the line of the deepest node that the keys lead to."""
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    line = 1
    for key in keys:
        child = _child(node, key)
        if child is None:
            continue  # names of union members are in pydantic's path, not in the file
        line, node = child
    return line


def _child(node: yaml.Node | None, key: int | str) -> tuple[int, yaml.Node] | None:
    match node:
        case yaml.MappingNode():
            found = [(k.start_mark.line + 1, v) for k, v in node.value if k.value == str(key)]
            return found[0] if found else None
        case yaml.SequenceNode() if isinstance(key, int) and key < len(node.value):
            return node.value[key].start_mark.line + 1, node.value[key]
    return None
