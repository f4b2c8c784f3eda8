"""JSON Schema of indicators, made from the model: ``python -m warehouse.schema_file``."""

import json
from pathlib import Path

from warehouse.indicator import Indicator

FILE = Path(__file__).parent / "schema" / "indicator.json"


def schema() -> str:
    """Return the text of the schema."""
    made = Indicator.model_json_schema()
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema(), encoding="utf-8")
