"""Print the oldest version that each requirement allows, as constraints for pip.

``python .ci/oldest.py > oldest.txt; pip install -r requirements.txt -c oldest.txt``
"""

import tomllib
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

ROOT = Path(__file__).resolve().parent.parent


def requirements() -> list[Requirement]:
    """What ``requirements.txt`` and the package itself ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    texts = [line.split("#")[0].strip() for line in lines]
    texts += project["dependencies"]
    texts += [
        one for extra in project["optional-dependencies"].values() for one in extra
    ]
    found = []
    for text in filter(None, texts):
        try:
            found.append(Requirement(text))
        except InvalidRequirement:  # "-e ." is this package
            continue
    return found


if __name__ == "__main__":
    for one in requirements():
        lowest = [s.version for s in one.specifier if s.operator in (">=", "==")]
        marker = f" ; {one.marker}" if one.marker else ""
        print(f"{one.name}=={lowest[0]}{marker}")
