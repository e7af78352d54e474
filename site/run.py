"""Re-execute notebooks in place: ``python site/run.py [chapters/NN-name.ipynb ...]``.

Every notebook gets a fresh kernel; as many run at once as there are cores. A notebook
is written only if it ran to the end and wrote nothing to stderr; otherwise its file
stays as it was and the command fails.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent

# What every kernel inherits, here and (through tests/conftest.py) in the tests.
KERNEL_ENV = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # its notice ignores the log level
    "CUDA_VISIBLE_DEVICES": "-1",  # the same numbers with and without a GPU
    "KERAS_BACKEND": "tensorflow",
    "PYTHONHASHSEED": "0",
    "TQDM_DISABLE": "1",  # a progress bar is written to stderr
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


def stderr_of(notebook) -> str:
    """Everything that the notebook's cells wrote to stderr."""
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return "".join(o.text for o in outputs if o.get("name") == "stderr")


def execute(path: Path, timeout: int) -> float:
    """Run one notebook and replace its file; return the seconds it took."""
    notebook = nbformat.read(path, as_version=4)
    start = time.perf_counter()
    NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,  # one block of text in the page for one cell
        extra_arguments=["--log-level=ERROR"],  # its notice about TCP breaks the bar
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    seconds = time.perf_counter() - start
    if text := stderr_of(notebook):
        raise RuntimeError(f"a cell wrote to stderr: {text.strip()}")
    notebook.metadata.get("language_info", {}).pop("version", None)
    new = path.with_suffix(".ipynb.new")
    try:
        nbformat.write(notebook, new)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    return seconds


def run(paths: list[Path], jobs: int, timeout: int) -> dict[Path, str]:
    """Run notebooks, ``jobs`` at a time; return what failed and why."""
    os.environ.update(KERNEL_ENV)
    if jobs > 1:  # otherwise the kernels would fight over the cores
        threads = max(1, (os.cpu_count() or 1) // jobs)
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    failed = {}
    with ProcessPoolExecutor(jobs) as pool:
        tasks = {pool.submit(execute, path, timeout): path for path in paths}
        bar = tqdm(as_completed(tasks), total=len(tasks), unit="chapter", disable=False)
        for task in bar:
            path = tasks[task]
            if error := task.exception():
                failed[path] = str(error)
                tqdm.write(f"{path.name:32} failed, left as it was")
            else:
                tqdm.write(f"{path.name:32} {task.result():6.1f} s")
    return failed


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--timeout", type=int, default=600, help="seconds per cell")
    args = parser.parse_args(argv)
    paths = args.notebooks or sorted((ROOT / "chapters").glob("*.ipynb"))
    failed = run(paths, max(1, min(args.jobs, len(paths))), args.timeout)
    for path, error in failed.items():
        print(f"\n{path}\n{error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
