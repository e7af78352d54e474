"""Bring the chapters up to the new questions and sampling functions.

python /tmp/w13_chapters.py TREE   (with PYTHONPATH=TREE); prints each cell it changes.
Writes sources and stored outputs of TREE/chapters/*.ipynb, nothing else.
"""

import re
import sys
from pathlib import Path

import nbformat

from rnnbook.questions import ask

ROOT = Path(sys.argv[1])
ASK = re.compile(r'^(?:from rnnbook\.questions import ask\s+)?ask\("([\w.]+)", "Ada"\)$')


def lines(text):
    return text.strip("\n")


def swap(cell, old, new):
    assert cell.source.count(old) == 1, (old, cell.source.count(old))
    cell.source = cell.source.replace(old, new)


def find(nb, piece, kind="code", skip=()):
    found = [c for c in nb.cells if c.cell_type == kind and piece in c.source]
    found = [c for c in found if not set(skip) & set(c.metadata.get("tags", []))]
    assert len(found) == 1, (piece, len(found))
    return found[0]


def questions(nb, stem):
    for k, cell in enumerate(nb.cells):
        name = ASK.match(cell.source.strip()) if cell.cell_type == "code" else None
        if not name or not cell.outputs:
            continue
        reply = ask(name[1], "Ada")
        new = {"text/markdown": reply.message, "text/plain": str(reply)}
        for output in cell.outputs:
            if output.data != new:
                print(f"{stem}: cell {k} (id {cell.id}), output of {cell.source}")
                output.data = nbformat.from_dict(new)


def chapter_21(nb, stem):
    cell = find(nb, "def write(twin, prompt, n, rng):")
    swap(
        cell,
        "    reset(twin)\n",
        '    if not prompt:\n        raise ValueError("prompt: expected at least one'
        ' character")\n    reset(twin)\n',
    )
    cell = find(nb, "def generate(writer, prompt, n, choose, texts=1):")
    swap(
        cell,
        '    ids = torch.tensor(vocabulary.encode(prompt))',
        '    if not prompt:\n        raise ValueError("prompt: expected at least one'
        ' character")\n    ids = torch.tensor(vocabulary.encode(prompt))',
    )
    cell = find(nb, "def temperature(logits, tau):")
    swap(
        cell,
        "    scaled = logits / tau\n"
        "    p = np.exp(scaled - scaled.max())  # eq-text-temperature\n",
        lines('''
    logits = np.asarray(logits)
    if logits.ndim != 1 or logits.size == 0:
        raise ValueError(f"logits: expected one row (V,), got {logits.shape}")
    if not np.isfinite(logits.max()):
        raise ValueError(
            f"logits: expected a finite maximum, got {logits.max()}"
        )
    logits = logits - logits.max()
    tau = max(tau, 1e-30)  # nearer to 0 it is greedy all the same
    scaled = logits / tau  # eq-text-temperature
    p = np.exp(scaled)
''') + "\n",
    )
    text = find(nb, "keeps the $k$ likeliest characters:", "markdown")
    at = nb.cells.index(text)
    before, top_k_text = text.source.split(" **{term}`Top-k")
    text.source = before + (
        "\n\nThe two others take *probabilities*. They would take scores just as well:"
        " what they keep is renormalised and sums to one, and is wrong without a word."
        " So they look first at what they are given."
    )
    code = nbformat.v4.new_code_cell(
        lines('''
def distribution(probs):
    """The probabilities as an array, if they are some."""
    probs = np.asarray(probs)
    if probs.ndim != 1 or probs.size == 0:
        raise ValueError(f"probs: expected one row (V,), got {probs.shape}")
    least, total = probs.min(), probs.sum(dtype=np.float64)
    if not (least >= 0 and abs(total - 1) < 1e-3):
        raise ValueError(
            "probs: expected numbers from 0 on with a sum of 1, "
            f"got {least:.3g} and a sum of {total:.3g}"
        )
    return probs


try:
    distribution(np.array([2.0, 1.0, 0.0]))
except ValueError as refused:
    print(refused)
'''),
        metadata={"tags": ["listing:rnnbook.sampling.distribution"]},
    )
    code.outputs = [
        nbformat.v4.new_output(
            "stream",
            name="stdout",
            text="probs: expected numbers from 0 on with a sum of 1, "
            "got 0 and a sum of 3\n",
        )
    ]
    code.execution_count = None
    more = nbformat.v4.new_markdown_cell("**{term}`Top-k" + top_k_text)
    code.id, more.id = f"{stem}-distribution", f"{stem}-top-k"
    nb.cells[at + 1 : at + 1] = [code, more]
    cell = find(nb, "def top_k(probs, k):")
    swap(
        cell,
        "    if not 1 <= k <= len(probs):\n",
        "    probs = distribution(probs)\n    if k not in range(1, len(probs) + 1):\n",
    )
    cell = find(nb, "def top_p(probs, p):")
    swap(cell, "    if not 0 < p <= 1:\n", "    probs = distribution(probs)\n    if not 0 < p <= 1:\n")
    swap(
        cell,
        "    total = np.cumsum(probs[order])\n",
        "    total = np.cumsum(probs[order], dtype=np.float64)\n"
        "    total /= total[-1]  # the last one is 1, whatever was rounded\n",
    )
    cell = next(
        c for c in nb.cells
        if c.source.startswith("def min_p(") and "solution" in c.metadata.get("tags", [])
    )
    swap(
        cell,
        "    kept = np.where(probs >= m * probs.max(), probs, 0.0)\n",
        "    probs = distribution(probs)\n    if not 0 <= m <= 1:\n"
        '        raise ValueError(f"m: expected a number in [0, 1], got {m}")\n'
        "    kept = np.where(probs >= m * probs.max(), probs, 0.0)\n",
    )
    cell.metadata["tags"] = [*cell.metadata["tags"], "listing:rnnbook.sampling.min_p"]
    print(f"{stem}: write, generate, temperature, distribution (new), top_k, top_p, min_p")


def chapter_03(nb, stem):
    cell = find(nb, "def write(layers, start, length, rng):")
    swap(
        cell,
        "    embedding, rnn, head = layers\n",
        '    if not start:\n        raise ValueError("start: expected at least one'
        ' character")\n    embedding, rnn, head = layers\n',
    )
    print(f"{stem}: write")


for path in sorted((ROOT / "chapters").glob("*.ipynb")):
    nb = nbformat.read(path, as_version=4)
    before = nbformat.writes(nb)
    questions(nb, path.stem)
    if path.stem == "21-text-generation":
        chapter_21(nb, path.stem)
    if path.stem == "03-bptt":
        chapter_03(nb, path.stem)
    if nbformat.writes(nb) != before:
        nbformat.validate(nb)
        path.write_text(nbformat.writes(nb) + "\n", encoding="utf-8")
