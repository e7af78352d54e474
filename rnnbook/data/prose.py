"""A text that never changes: prose of the course itself, for the assignment ``text``.

FROZEN. ``prose.txt.gz`` is not made anew when a chapter changes, and no program writes
it: each student's passage is cut out of it, and marks hang on the numbers that follow.
Python's help topics, which the chapters read, are another text in each Python.

It is what the Markdown cells of the notebooks in ``chapters/`` said in November
2026, in the order of the file names, without solutions, tables and HTML tags, in NFC,
with line feeds. By the rnnbook authors, CC BY 4.0.
"""

import gzip
import hashlib
import zlib
from pathlib import Path

from rnnbook.data.sets import Text

FILE = Path(__file__).with_name("prose.txt.gz")
SHA256 = "f93955bf5d540938eda0d02985868cbf2dd21f6f2e6356da5aa7e98a9edd4cfd"


def load_prose() -> Text:
    """Load 266,964 characters of English from this course, the same everywhere.

    Returns
    -------
    Text
        Markdown with formulas; 100 distinct characters, a few of them not ASCII.

    Raises
    ------
    ValueError
        If the file is missing or was changed: other numbers would follow, unseen.
    """
    try:
        raw = gzip.decompress(FILE.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(_refused(str(error))) from error
    found = hashlib.sha256(raw).hexdigest()
    if found != SHA256:
        raise ValueError(_refused(f"SHA-256 {found}"))
    return Text(
        name="the course's own prose",
        source="chapters of rnnbook, November 2026 (CC BY 4.0)",
        text=raw.decode("utf-8"),
    )


def _refused(got: str) -> str:
    wanted = f"expected the text with SHA-256 {SHA256}, got {got}"
    return f"{FILE.name}: {wanted}; install rnnbook again"
