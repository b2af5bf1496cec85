"""Writes the schemas of edgeweb.json and edgeweb.toml, which are made of Python classes, to where others read them."""

import json
from pathlib import Path

from edgeweb import config, manifest

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = {
    "web/src/shared/manifest.schema.json": manifest.schema,
    "builder/edgeweb/schemas/edgeweb.toml.json": config.schema,
}

if __name__ == "__main__":
    # All of them first: a file is not emptied when another cannot be made.
    made = {name: json.dumps(schema(), indent=1) + "\n" for name, schema in SCHEMAS.items()}
    for name, text in made.items():
        (ROOT / name).write_text(text, "utf-8")
