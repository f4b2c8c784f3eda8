"""JSON Schema of form definitions, made from the model: ``python -m serving.form.schema_file``."""

import json
from pathlib import Path

from serving.form.definition import Definition

FILE = Path(__file__).parent / "schema" / "form.json"


def schema() -> str:
    """Return the text of the schema; an identity is written as a text in the files."""
    made = Definition.model_json_schema()
    made["$defs"]["Identity"] = {
        "description": "A sum that must hold in every row and in the total.",
        "pattern": r"^\d+ = \d+( \+ \d+)*$",
        "type": "string",
    }
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema(), encoding="utf-8")
