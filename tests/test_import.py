"""Importing the package is cheap: no framework, and quickly."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys, time
before = time.perf_counter()
import {module}
took = time.perf_counter() - before
heavy = ["torch", "tensorflow", "keras", "matplotlib", "sklearn", "scipy"]
print(json.dumps([took, [name for name in heavy if name in sys.modules]]))
"""


@pytest.mark.parametrize(
    "module", ["rnnbook", "rnnbook.layers", "rnnbook.convert", "rnnbook.checks"]
)
def test_import_is_light(module):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)],
        capture_output=True,
        text=True,
        check=True,
    )
    took, heavy = json.loads(run.stdout)
    assert heavy == []
    # The budget is 0.3 s, measured by `make bench`; here only what no machine explains.
    assert took < 5
