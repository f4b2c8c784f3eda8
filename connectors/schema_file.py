"""JSON Schemas for editors, made from the models: ``python -m connectors.schema_file``."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from connectors.agency import Agency
from connectors.connection import Connection
from connectors.system import System

FOLDER = Path(__file__).parent / "schema"


def schemas() -> dict[str, str]:
    """Return file name -> text of every schema."""
    return {
        "agency.json": _text(Agency),
        "system.json": _text(System),
        "connections.json": _text(dict[str, Connection]),
    }


def _text(model: type[BaseModel] | Any) -> str:
    schema = TypeAdapter(model).json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
