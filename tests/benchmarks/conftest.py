"""Benchmarks run only when asked for: ``pytest tests/benchmarks`` or ``make bench``."""

from pathlib import Path

HERE = Path(__file__).resolve().parent


def pytest_ignore_collect(collection_path, config):
    asked = [Path(arg.split("::")[0]).resolve() for arg in config.args]
    if not any(path == HERE or HERE in path.parents for path in asked):
        return True
    return None
