"""Draw all diagrams: ``python site/diagrams/draw.py`` writes the SVG files beside it.

A module of this folder holds a function for each picture, named after its file.
"""

import importlib
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))
MODULES = ("recurrence", "gates", "applications")


def drawings() -> dict[str, str]:
    """Every picture's file name and its text."""
    found = {}
    for module in map(importlib.import_module, MODULES):
        for name in module.PICTURES:
            drawing = getattr(module, name)()
            found[f"{name.replace('_', '-')}.svg"] = drawing.svg()
    return found


if __name__ == "__main__":
    for name, text in drawings().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
