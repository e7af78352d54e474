"""Put Python for the browser (Pyodide) beside the pages: ``make live``.

The runtime and the list of all packages with their SHA-256 come from the npm package
``pyodide``, whose own checksum stands below; the packages come from the release of
Pyodide on GitHub, and each is compared with that list. What is not as listed is not
used, and nothing is written then. Only what the pages need is kept.

``--archive FILE_OR_FOLDER`` takes the packages from a file that is there already: a
release, or any zip that holds the same files.
"""

import argparse
import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = (
    "0.29.5"  # Python 3.13; 314 is Python 3.14, which the course does not take yet
)
RELEASE = "https://github.com/pyodide/pyodide/releases/download/{0}/pyodide-{0}.tar.bz2"
# SHA-512 of the npm packages; the older one is for the tests.
NPM = {
    "0.29.5": "TkYrUv9m8QmfImADKRmpwZulL48E0uUaBSO+dvRQKyAJc0qh9gu7jn8btyHPh3NZm1r2"
    "IH2YrJhIr7Q2B9urAw==",
    "0.27.7": "RUSVJlhQdfWfgO9hVHCiXoG+nVZQRS5D9FzgpLJ/VcgGBLSAKoPL8kTiOikxbHQm1kRI"
    "SeWUBdulEgO26qpSRA==",
}
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
WANTED = ("numpy", "pandas", "matplotlib", "scipy")


class NotAsListed(Exception):
    """A file that is missing, or other bytes than the list says."""


class NotToBeHad(Exception):
    """No answer from where a file is kept."""


def from_npm(version: str, folder: Path) -> dict[str, bytes]:
    """The files of the npm package, verified; npm knows where it is kept."""
    try:
        done = subprocess.run(
            ["npm", "pack", f"pyodide@{version}", "--silent"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotToBeHad(f"npm did not run ({error})") from None
    path = folder / f"pyodide-{version}.tgz"
    if done.returncode or not path.exists():
        raise NotToBeHad(f"npm could not bring pyodide@{version}")
    data = path.read_bytes()
    found = base64.b64encode(hashlib.sha512(data).digest()).decode()
    if found != NPM[version]:
        raise NotAsListed(f"{path.name}: its SHA-512 is not the one that is known")
    with tarfile.open(path) as archive:
        members = {Path(m.name).name: m for m in archive.getmembers() if m.isfile()}
        names = (*CORE, "pyodide-lock.json")
        return {name: archive.extractfile(members[name]).read() for name in names}


def wanted(lock: dict, names=WANTED) -> dict[str, dict]:
    """The packages, and those that they need, as the list has them."""
    found, todo = {}, list(names)
    while todo:
        name = todo.pop()
        key = name.lower().replace("_", "-")
        if key not in found:
            found[key] = lock["packages"][key]
            todo += found[key]["depends"]
    return found


def members(archive: Path, names: set[str]):
    """Files of a folder, a zip or a tar, by their last names, one after the other."""
    if archive.is_dir():
        for path in sorted(archive.rglob("*")):
            if path.name in names:
                yield path.name, path.read_bytes()
    elif zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for one in opened.namelist():
                if Path(one).name in names:
                    yield Path(one).name, opened.read(one)
    else:
        try:
            opened = tarfile.open(archive)
        except tarfile.ReadError:
            raise NotAsListed(f"{archive.name} is neither a zip nor a tar") from None
        with opened:
            for one in opened:
                if one.isfile() and Path(one.name).name in names:
                    yield Path(one.name).name, opened.extractfile(one).read()


def verified(archive: Path, packages: dict[str, dict]) -> dict[str, bytes]:
    """The files of the packages, each with the SHA-256 that the list has."""
    sums = {one["file_name"]: one["sha256"] for one in packages.values()}
    found = {}
    for name, data in members(archive, set(sums)):
        if hashlib.sha256(data).hexdigest() != sums[name]:
            raise NotAsListed(f"{name}: its SHA-256 is not the one of Pyodide's list")
        found[name] = data
    if missing := sorted(set(sums) - set(found)):
        raise NotAsListed(f"{archive.name} has no {', '.join(missing)}")
    return found


def download(version: str, folder: Path) -> Path:
    """The release; some hundred megabytes."""
    address, path = RELEASE.format(version), folder / "release.tar.bz2"
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            with path.open("wb") as file:
                shutil.copyfileobj(answer, file)
    except OSError as error:
        why = getattr(error, "reason", error)
        raise NotToBeHad(f"no answer from {address} ({why})") from None
    return path


def place(
    core: dict[str, bytes], archive: Path, out: Path, names=WANTED
) -> dict[str, dict]:
    """Verify everything, then write it all; ``live.json`` says how large each part is.

    A list of only these packages goes with them, so that nothing else is asked for.
    """
    lock = json.loads(core["pyodide-lock.json"])
    packages = wanted(lock, names)
    files = verified(archive, packages)
    sizes = {
        name: {"bytes": len(files[one["file_name"]]), "depends": one["depends"]}
        for name, one in packages.items()
    }
    lock["packages"] = packages
    files |= {name: core[name] for name in CORE}
    files["pyodide-lock.json"] = json.dumps(lock).encode()
    about = {
        "python": lock["info"]["python"],
        "core": sum(len(core[name]) for name in CORE),
        "packages": sizes,
    }
    files["live.json"] = json.dumps(about).encode()
    new = out.with_name(out.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name, data in files.items():
        (new / name).write_bytes(data)
    shutil.rmtree(out, ignore_errors=True)
    new.rename(out)
    return about


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "_build/html/pyodide")
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--version", default=VERSION, choices=sorted(NPM))
    asked = parser.parse_args(arguments)
    if not asked.out.parent.is_dir():
        print(f"There are no pages in {asked.out.parent}: make book", file=sys.stderr)
        return 1
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            core = from_npm(asked.version, folder)
            archive = asked.archive or download(asked.version, folder)
            about = place(core, archive, asked.out)
    except (NotToBeHad, NotAsListed, OSError) as error:
        print(f"Python is not put beside the pages: {error}", file=sys.stderr)
        return 1
    total = about["core"] + sum(one["bytes"] for one in about["packages"].values())
    size = f"{total / 1e6:.0f} MB"
    print(f"Pyodide {asked.version}, Python {about['python']}, {size}: {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
