"""The one sanitiser: whatever comes out of a submission passes here before it is used.

A submission is opened in many places: on the page that goes back to the student, in
nbgrader's formgrader and in JupyterLab, both at the origin of the teacher's server, in
a spreadsheet, in a terminal. So nothing is left to the escaping of what shows it:

- a notebook is built anew from texts, with metadata, ids and kernel of ours
  (:func:`notebook`); attachments, widgets and raw cells do not get through;
- an output is text, an error, or a PNG or JPEG that was read and is of modest size
  (:func:`outputs`); HTML, SVG, JavaScript, LaTeX and all else is dropped;
- in Markdown no tag, link, image, diagram or active TeX command is left, in a way that
  keeps the sentence legible and holds for each reader of Markdown (:func:`markdown`).
"""

import base64
import binascii
import io
import re
import unicodedata
from collections.abc import Iterable

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, UnidentifiedImageError

LONGEST = 1_000_000  # characters of a text
IMAGES = {"image/png": "PNG", "image/jpeg": "JPEG"}
IMAGE_BYTES = 4 * 2**20
IMAGE_PIXELS = 4_000_000
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

# Colours, cursor movements and titles of a terminal, in both of their spellings.
_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# An opening of a tag, comment, declaration or automatic link. `< b` is none anywhere.
_TAG = re.compile(r"<(?=[^\s<=\d])")
# `[a](b)`, `[a][b]`, `[a]: b` and their pictures need these neighbours.
_LINK = re.compile(r"\](?=[(\[:])")
# What a page does with a fence of this language is not to show it.
_FENCE = re.compile(r"^([ \t>*+\-\d.)\[\]xX]*(?:`{3,}|~{3,}))([^\n]*)$", re.M)
# TeX that makes links, styles, ids, or loads and defines something.
_TEX = re.compile(
    r"\\(?=(?:href|url|style|class|cssId|html\w*|data|require|unicode|bbox|def|gdef|edef"
    r"|xdef|let|futurelet|global|new(?!line)[a-z]+|renew\w*|provide\w*|declare\w*"
    r"|setoptions|mathtoolsset|csname|input|include\w*|verbatiminput|toggle|mmlToken|enclose"
    r"|label|ref|eqref|tag|special|write|catcode|texttip|tooltip|mathtip)(?![a-z]))",
    re.I,
)
_ADDRESS = re.compile(
    r"\b(javascript|vbscript|(?:https?|ftp|file|blob)(?=\s*:\s*//)"
    r"|data(?=\s*:\s*\w+/))(?=\s*:)|\bwww(?=\.)",
    re.I,
)


def text(value: object, most: int = LONGEST) -> str:
    """A text without lone surrogates, control characters and turned directions.

    Tabs and line ends stay. Longer than ``most`` characters, it is cut, and says so.
    """
    plain = str(value).encode("utf-8", "replace").decode("utf-8")
    plain = _ANSI.sub("", plain.replace("\r\n", "\n")).replace("\r", "\n")
    plain = "".join(c for c in plain if c in "\n\t" or not _unseen(c))
    return plain if len(plain) <= most else plain[:most] + "\n... (cut)"


def _unseen(c: str) -> bool:
    """Control characters, those that turn a line around, and no characters at all."""
    if c in "\u200c\u200d":  # needed to write Persian, Hindi and some emoji
        return False
    return unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def line(value: object, most: int = 200) -> str:
    """A text of one line, for a terminal, a note or a cell of a table."""
    plain = " ".join(text(value, 10 * most).split())
    return plain if len(plain) <= most else plain[:most] + " ..."


def markdown(source: object) -> str:
    """Markdown in which nothing acts: no tag, link, image, diagram, active TeX.

    A blank is put where each of them would begin, so that every reader of Markdown,
    inside formulas and code too, sees the same harmless text: ``<b>`` becomes ``< b>``.
    """
    plain = text(source)
    plain = _FENCE.sub(_plain_fence, plain)
    plain = _TEX.sub(r"\\ ", plain)
    plain = _TAG.sub("< ", plain)
    plain = _LINK.sub("] ", plain)
    return _ADDRESS.sub(lambda found: found[0] + " ", plain)


def _plain_fence(found: re.Match) -> str:
    """A fence says ``python`` or nothing; an end of a fence stays one."""
    language = found[2].strip().lower()
    if "`" in found[2] and "~" not in found[1]:  # code in a line, and no fence
        return found[0]
    return found[1] + ("python" if language in ("python", "py", "python3") else "")


# ---- outputs


def outputs(found: Iterable) -> list[NotebookNode]:
    """What a cell gave, as far as it is text, an error or a checked picture."""
    kept = (_output(one) for one in found)
    return [one for one in kept if one is not None]


def _output(one: dict) -> NotebookNode | None:
    kind = one.get("output_type")
    if kind == "stream":
        name = "stderr" if one.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=text(_joined(one.get("text"))))
    if kind == "error":
        name, says = line(one.get("ename", ""), 100), text(one.get("evalue", ""), 2000)
        trace = text("\n".join(map(str, one.get("traceback") or [])), 20_000)
        return new_output("error", ename=name, evalue=says, traceback=trace.split("\n"))
    if kind not in ("display_data", "execute_result"):
        return None
    data = _data(one.get("data") or {})
    if not data:
        return None
    count = {"execution_count": _count(one)} if kind == "execute_result" else {}
    return new_output(kind, data=data, **count)


def _joined(value: object) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _count(one: dict) -> int | None:
    count = one.get("execution_count")
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def _data(bundle: dict) -> dict[str, str]:
    kept = {kind: _image(bundle[kind], kind) for kind in IMAGES if kind in bundle}
    kept = {kind: data for kind, data in kept.items() if data}
    if "text/plain" in bundle:
        kept["text/plain"] = text(_joined(bundle["text/plain"]))
    return kept


def _image(value: object, kind: str) -> str:
    """The picture in base64, if it is what it says, and not too large; else nothing."""
    packed = "".join(_joined(value).split())
    if len(packed) > IMAGE_BYTES * 4 // 3 + 4:
        return ""
    try:
        data = base64.b64decode(packed, validate=True)
        with Image.open(io.BytesIO(data), formats=[IMAGES[kind]]) as picture:
            wide, high = picture.size
            picture.verify()
    except (binascii.Error, ValueError, OSError, SyntaxError, UnidentifiedImageError):
        return ""
    except Exception:  # a decoder met something that nobody has thought of
        return ""
    return packed if 0 < wide * high <= IMAGE_PIXELS else ""


# ---- notebooks


def notebook(nb: NotebookNode, ours: Iterable[str] = ()) -> NotebookNode:
    """A notebook built anew; of the old one only texts, roles and clean outputs.

    Parameters
    ----------
    nb : notebook
        Its roles (``metadata.nbgrader``) are the release's, see ``grade.restore``.
    ours : Markdown texts of the release, which stay as they are
    """
    known = set(ours)
    cells = [_cell(cell, known, k) for k, cell in enumerate(nb.cells)]
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    about = {"kernelspec": dict(KERNEL), "language_info": language}
    return new_notebook(cells=cells, metadata=about)


def _cell(cell: NotebookNode, known: set[str], k: int) -> NotebookNode:
    roles = cell.metadata.get("nbgrader", {})
    about = {"nbgrader": dict(roles)} if roles else {}
    if cell.cell_type == "code":
        return new_code_cell(
            text(cell.source),
            id=f"cell-{k}",
            metadata=about,
            execution_count=_count(cell),
            outputs=outputs(cell.get("outputs", [])),
        )
    source = cell.source if cell.source in known else markdown(cell.source)
    return new_markdown_cell(source, id=f"cell-{k}", metadata=about)
