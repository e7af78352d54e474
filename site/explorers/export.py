"""Weights of trained networks as scripts for the explorers: ``weights/NAME.js``.

``pack`` writes an array in half precision, or as bytes with a scale for each column;
``unpack`` reads it as ``kit.js`` does, so that tests compare like with like.
"""

import base64
import json
from pathlib import Path

import numpy as np

WEIGHTS = Path(__file__).resolve().parent / "weights"
KINDS = ("f16", "i8")
LARGEST = 300_000  # bytes of a file


def pack(array, kind: str = "f16") -> dict:
    """An array as what ``Explorer.weights`` takes."""
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {KINDS}, got {kind!r}")
    array = np.asarray(array, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError("array: expected finite numbers")
    packed = {"kind": kind, "shape": list(array.shape)}
    if kind == "f16":
        data = array.astype("<f2")
    else:
        largest = np.abs(array.reshape(-1, array.shape[-1])).max(axis=0)
        scale = np.where(largest > 0, largest, 1) / 127
        packed["scale"] = [float(f"{s:.7g}") for s in scale]
        data = np.round(array / packed["scale"]).clip(-127, 127).astype("i1")
    return packed | {"data": base64.b64encode(data.tobytes()).decode()}


def unpack(packed: dict) -> np.ndarray:
    """The array that the script computes with."""
    kinds = {"f16": "<f2", "i8": "i1"}
    data = np.frombuffer(base64.b64decode(packed["data"]), kinds[packed["kind"]])
    return data.astype(np.float64).reshape(packed["shape"]) * packed.get("scale", 1.0)


def write(name: str, weights: dict) -> Path:
    """The script of a network; arrays are packed already, the rest is kept."""
    text = json.dumps(weights, ensure_ascii=False, separators=(",", ":"))
    text = f"Explorer.weights({json.dumps(name)}, {text});\n"
    if len(text.encode()) > LARGEST:
        raise ValueError(f"weights: expected at most {LARGEST} bytes, got {len(text)}")
    WEIGHTS.mkdir(exist_ok=True)
    path = WEIGHTS / f"{name}.js"
    path.write_text(text, encoding="utf-8")
    return path
