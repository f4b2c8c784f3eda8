"""JSON Schemas of packet and outline files, made from the models.

``python -m serving.publication.schema_file`` writes them.
"""

import json
from pathlib import Path

from pydantic import BaseModel

from serving.publication.definition import Definition
from serving.publication.form import Outline

FOLDER = Path(__file__).parent / "schema"


def schemas() -> dict[str, str]:
    """Return file name -> text of every schema."""
    return {"packet.json": _text(Definition), "outline.json": _text(Outline)}


def _text(model: type[BaseModel]) -> str:
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(),
    }
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
