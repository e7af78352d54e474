"""Hidden tests: how they reach the kernel, and what of them may not come out again.

A test is compiled here, so that the kernel gets no line of its text. Its numbers and
names can still be found in it by code that takes compiled code apart; nothing that runs
in the process of a student's code is hidden from that code for good.
"""

import ast
import base64
import marshal
import re
import zlib
from collections.abc import Iterable
from itertools import groupby
from types import CodeType

from kernel import SEAL
from nbformat import NotebookNode

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
# Where a call that gives points names its check, or its questions.
NAMES = {"award": ("name", 1), "answers": ("questions", 3)}
SHORTEST = 12  # characters without blanks; a shorter line is no secret
CUT = "[a hidden test]"
# What may stand between the words of a line: blanks, and the colours of a traceback.
BETWEEN = r"(?:\s|\x1b\[[0-9;]*m)*"
SPECIAL = {"'": r"\\*['\"]", '"': r"\\*['\"]", "\\": r"\\+"}


def hidden_lines(source: str) -> set[int]:
    """Numbers of the lines between the markers, from 1; all lines without markers."""
    found, inside = set(), False
    lines = source.split("\n")
    for number, line in enumerate(lines, 1):
        inside = inside or line.strip() == BEGIN
        found |= {number} if inside else set()
        inside = inside and line.strip() != END
    return found or set(range(1, len(lines) + 1))


def seal(source: str) -> str:
    """A test as the kernel takes it: compiled, without its text.

    Raises
    ------
    SyntaxError
    """
    hidden, body = hidden_lines(source), _parsed(source).body
    value = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    pieces = [
        (secret, False, _compiled(ast.Module(list(group), [])))
        for secret, group in groupby(body, lambda one: one.lineno in hidden)
    ]
    if value is not None:
        code = _compiled(ast.Expression(value.value))
        pieces.append((value.lineno in hidden, True, code))
    secret = [one for one in [*body, value] if one and one.lineno in hidden]
    packed = zlib.compress(marshal.dumps((pieces, _checks(secret))))
    return SEAL + base64.b64encode(packed).decode()


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:  # a magic command?
        from IPython.core.inputtransformer2 import TransformerManager

        return ast.parse(TransformerManager().transform_cell(source))


def _compiled(tree: ast.Module | ast.Expression) -> CodeType:
    mode = "eval" if isinstance(tree, ast.Expression) else "exec"
    return compile(tree, "<test>", mode, dont_inherit=True)


def _checks(statements: Iterable[ast.stmt]) -> list[str]:
    """The names of the checks and questions that a test gives points for."""
    found = []
    for call in (node for one in statements for node in ast.walk(one)):
        place = NAMES.get(_name(call.func)) if isinstance(call, ast.Call) else None
        if place:
            argument, at = place
            named = [k.value for k in call.keywords if k.arg == argument]
            for node in (*call.args[at : at + 1], *named):
                found += [one.value for one in ast.walk(node) if _is_text(one)]
    return list(dict.fromkeys(found))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _name(node: ast.expr) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


# ---- what comes out


def secrets(nb: NotebookNode) -> list[str]:
    """The lines of a notebook that stand in hidden tests, and in no other cell."""
    hidden, seen = [], []
    for cell in nb.cells:
        inside = hidden_lines(cell.source) if BEGIN in cell.source else set()
        for number, line in enumerate(cell.source.split("\n"), 1):
            (hidden if number in inside else seen).append(line)
    visible = _bare("".join(seen))
    return [line for line in hidden if _bare(line).rstrip(",") not in visible]


def _bare(text: str) -> str:
    return "".join(text.split())


def hide(text: str, secrets: Iterable[str]) -> str:
    """A text without the lines of hidden tests.

    A line is found with other blanks, other quotes, escaped as by ``repr`` or JSON, and
    coloured as in a traceback; one of fewer than twelve characters is no secret.

    Parameters
    ----------
    text : str
    secrets : from :func:`secrets`
    """
    lines = {_bare(one): one for one in secrets if len(_bare(one)) >= SHORTEST}
    found = [_pattern(one) for one in lines.values() if _longest(one) in text]
    if not found:
        return text
    return re.sub("|".join(sorted(found, key=len, reverse=True)), CUT, text)


def _longest(line: str) -> str:
    return max(re.findall(r"\w+", line), key=len, default="")


def _pattern(line: str) -> str:
    tokens = re.findall(r"\w+|[^\w\s]", line)
    return BETWEEN.join(SPECIAL.get(token, re.escape(token)) for token in tokens)
