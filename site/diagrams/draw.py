"""Draw all diagrams: ``python site/diagrams/draw.py`` writes ``chapters/diagrams/``.

A module of this folder holds a function for each picture, named after its file; what
the picture shows, for who does not see it, stands in ``alt.toml``.
"""

import importlib
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
OUT = FOLDER.parent.parent / "chapters" / "diagrams"  # JupyterLab shows what is there
sys.path.insert(0, str(FOLDER))
MODULES = (
    "recurrence",
    "gates",
    "deep",
    "applications",
    "translation",
    "speech",
    "training",
    "scaling",
    "tuning",
    "deployment",
    "beyond",
    "classic",
    "evidence",
)


def drawings() -> dict[str, str]:
    """Every picture's file name and its text."""
    alt = tomllib.loads((FOLDER / "alt.toml").read_text(encoding="utf-8"))
    found = {}
    for module in map(importlib.import_module, MODULES):
        for name in module.PICTURES:
            file = name.replace("_", "-")
            found[f"{file}.svg"] = getattr(module, name)().svg(alt[file])
    return found


if __name__ == "__main__":
    for name, text in drawings().items():
        (OUT / name).write_text(text, encoding="utf-8")
