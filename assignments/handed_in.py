"""Who handed in what: a row for everyone and everything, before anything is graded.

A submission is ``ada.ipynb``, or a folder ``ada`` with one notebook in it. With a
roster (:func:`read_roster`) the names that Moodle, Canvas, GitHub and browsers
give to files are understood too, and who handed in nothing has a row. No link is
followed, no name is used as a path before it was looked at, and what cannot be graded
has a line that says what to do.
"""

import ast
import hashlib
import json
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import clean
import spreadsheet
from dateutil.parser import parse as parse_date
from dateutil.parser import parserinfo
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rnnbook.questions import same_id

LARGEST = 200 * 2**20  # bytes of a file
USUAL = 20 * 2**20  # above it long outputs are taken out before the file is read
MOST_CELLS = 1000
LITTER = {".ds_store", "thumbs.db", "desktop.ini", "__macosx", ".ipynb_checkpoints"}
LIBRARIES = {".git", ".venv", "site-packages", "node_modules"}  # nobody's own work
MARKS = " .,@+'’()-_"  # what stands in an id beside letters and digits


class Unreadable(Exception):
    """A submission that cannot be graded; the message says why and what to do."""


# ---- ids


def shown(name: str) -> str:
    """A file's name as text: one that is not UTF-8 is read as Windows wrote it."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        name = os.fsencode(name).decode("cp1252", "replace")
    return unicodedata.normalize("NFC", name)


def fault_of(student: str) -> str:
    """Why a text cannot be an id, in words; empty if it can."""
    strange = sorted({c for c in student if not _allowed(c)})
    if strange:
        which = " ".join(repr(c) for c in strange[:5])
        return f"an id has letters, digits and {MARKS.strip()}, and no {which}"
    if not student.strip(" .") or student[0] in ". " or student[-1] in ". ":
        return "an id neither begins nor ends with a blank or a dot"
    if len(student.encode()) > 120:
        return f"an id has at most 120 bytes, and this one {len(student.encode())}"
    return ""


def _allowed(c: str) -> bool:
    return c in MARKS or unicodedata.category(c)[0] in "LMN"


def safe_id(student: str) -> str:
    """A text that can stand for a name that is no id, in tables and as a folder."""
    kept = "".join(c if _allowed(c) else "_" for c in clean.line(student, 60))
    return kept.strip(" .")[:60] or "_"


# ---- the roster


@dataclass(frozen=True)
class Student:
    """A line of the roster."""

    id: str
    name: str = ""
    known_as: tuple[str, ...] = ()  # other names: an account, a number, an address
    due: datetime | None = None  # an extension of her own
    handed_in: datetime | None = None  # as the platform has it


@dataclass
class Roster:
    """The class. ``kind`` is "plain", or whose export it was: "moodle", "canvas"."""

    students: list[Student]
    kind: str = "plain"
    columns: list[str] = field(default_factory=list)
    lines: list[dict[str, str]] = field(default_factory=list)  # as they were read
    line_of: dict[str, int] = field(default_factory=dict)  # by id
    form: spreadsheet.Form = spreadsheet.Form()
    path: Path | None = None

    def find(self, names: Sequence[str]) -> list[Student]:
        """The students whom a submission can mean that is called so, or so.

        The first name that is somebody's decides; where it is that of several, such as
        two Ada Lovelaces, the others narrow it down.
        """
        found: list[Student] = []
        for name in names:
            now = self._called(name)
            both = [s for s in found if s in now]
            found = both or found or now
            if len(found) == 1:
                break
        return found

    def _called(self, name: str) -> list[Student]:
        for form in (same_id, _squashed, _unpadded):
            wanted = form(name)
            found = [s for s in self.students if wanted and wanted in _forms(s, form)]
            if found:
                return found
        return []


def _squashed(name: str) -> str:
    """Letters and digits alone, without accents: what Canvas makes of a name."""
    apart = unicodedata.normalize("NFKD", name).casefold()
    return "".join(c for c in apart if c.isalnum())


def _unpadded(name: str) -> str:
    """A number without the zeros before it, which a spreadsheet takes away."""
    return name.strip().lstrip("0") if name.strip().isdecimal() else ""


def _forms(student: Student, form) -> set[str]:
    first, _, last = student.name.rpartition(" ")
    turned = f"{last} {first}" if first else ""
    known = (student.id, *student.known_as, student.name, turned)
    return {form(one) for one in known if one}


# The names of columns, in the order in which they are believed. Moodle translates its
# own: English, German, French, Spanish, Italian.
COLUMNS = {
    "id": (
        *("id", "student id", "sis login id", "id number", "username", "login", "user"),
        *("id-nummer", "matrikelnummer", "numéro d'identification", "número de id"),
        *("numero id", "anmeldename", "nom d'utilisateur"),
    ),
    "name": (
        *("name", "full name", "student name", "student", "display name"),
        *("vollständiger name", "nom complet", "nombre completo", "nome completo"),
    ),
    "first": ("first name", "given name", "vorname", "prénom", "nombre", "nome"),
    "last": (
        *("last name", "surname", "family name"),
        *("nachname", "nom de famille", "nom", "apellidos", "apellido(s)", "cognome"),
    ),
    "mail": (
        *("email address", "email", "e-mail", "mail", "e-mail-adresse"),
        *("adresse de courriel", "courriel", "dirección de correo", "correo"),
        "indirizzo email",
    ),
    "account": ("username", "user", "login", "github", "github_username", "account"),
    "number": (
        *("identifier", "canvas id", "participant", "kennung", "identifikation"),
        *("identifiant", "identificador", "identificativo"),
    ),
    "grade": ("grade", "bewertung", "note", "calificación", "valutazione"),
    "due": ("due", "extension", "due date"),
    "handed_in": (
        *("handed_in", "handed in", "last modified (submission)", "submitted at"),
        *("zuletzt geändert (abgabe)", "dernière modification (travail remis)"),
        *("última modificación (entrega)", "ultima modifica (consegna)"),
    ),
}


def _lacks(columns: list[str]) -> list[str]:
    """``id`` where no column can say whose line it is."""
    return [] if {*COLUMNS["id"], *COLUMNS["mail"]} & set(columns) else ["id"]


def read_roster(path: Path) -> Roster:
    """The class, from a table with a column ``id``, or as Moodle or Canvas export it.

    Columns that are understood: ``id``, ``name`` (or first and last name), an email
    address, an account, ``due`` (an extension for one student), ``handed_in``.
    Moodle's grading worksheet and Canvas's gradebook are taken as they are; the id is
    then the id number, the login or what stands before the @ of the address.

    Raises
    ------
    ValueError
        If there is no such column, an id is none or comes twice, or a time is none.
    """
    sheet = spreadsheet.read(path, _lacks, COLUMNS["id"])
    kind = _kind(set(sheet.columns))
    if kind != "plain":
        _refuse_twice(path, sheet.columns)
    students: list[Student] = []
    line_of: dict[str, int] = {}
    seen: dict[str, str] = {}
    rows = [_stripped(sheet.columns, row) for _, row in sheet.rows]
    twice_there = _shared(_first(row, "mail").partition("@")[0] for row in rows)
    for k, ((where, _), row) in enumerate(zip(sheet.rows, rows, strict=True)):
        if kind == "canvas" and _is_canvas_heading(row):
            continue
        student = _student(row, kind, f"{path}, {where}", twice_there)
        twice = seen.setdefault(same_id(student.id), where)
        if twice != where:
            raise ValueError(f"{path}, {where}: `{student.id}` stands in {twice} too")
        line_of[student.id] = k
        students.append(student)
    if sheet.faults or not students:
        why = (*sheet.faults, "expected a line for each student, got none")[0]
        raise ValueError(f"{path}: {why}")
    named = dict(zip(sheet.columns, sheet.titles, strict=True))
    lines = [{named[c]: v for c, v in row.items()} for _, row in sheet.rows]
    return Roster(students, kind, sheet.titles, lines, line_of, sheet.form, path)


def _stripped(columns: list[str], row: dict[str, str]) -> dict[str, str]:
    """A line with a cell in every column, also where it ends early."""
    return {name: row.get(name, "").strip() for name in columns}


def _shared(names: Iterable[str]) -> set[str]:
    """The names that more than one has, however they are written."""
    forms = [same_id(name) for name in names]
    return {form for form in forms if forms.count(form) > 1}


def _refuse_twice(path: Path, columns: list[str]) -> None:
    """A table that goes back must have columns that can be told apart."""
    twice = next((one for one in columns if columns.count(one) > 1), None)
    if twice is not None:
        raise ValueError(
            f"{path}: the column `{clean.line(twice)}` stands there twice; take one out"
        )


def _kind(columns: set[str]) -> str:
    german = {"id", "vollständiger name", "bewertung"} <= columns
    if german or all(columns & {*COLUMNS[c]} for c in ("number", "name", "grade")):
        return "moodle"
    return "canvas" if {"student", "id", "section"} <= columns else "plain"


def _is_canvas_heading(row: dict[str, str]) -> bool:
    """Canvas's lines of possible points and the like, and its test student."""
    who = row["student"]
    return who in ("", "Student, Test") or "Points Possible" in who or not row["id"]


def _first(row: dict[str, str], what: str) -> str:
    return next((row[name] for name in COLUMNS[what] if row.get(name)), "")


def _student(row: dict[str, str], kind: str, where: str, shared: set[str]) -> Student:
    mail = _first(row, "mail")
    local, number = mail.partition("@")[0], ""
    if kind != "plain":  # its column "ID" is the platform's own number
        number = re.sub(r"^\D+", "", _first(row, "number") or row.get("id", ""))
        own = row.get("sis user id", "") if kind == "canvas" else ""
        row = {k: v for k, v in row.items() if k != "id"}
        row["id"] = _first(row, "id") or own
    short = mail if same_id(local) in shared else local
    student = shown(_first(row, "id") or short)
    name = (
        _first(row, "name") or f"{_first(row, 'first')} {_first(row, 'last')}".strip()
    )
    if kind == "canvas" and ", " in name:  # Lovelace, Ada
        name = " ".join(reversed(name.split(", ", 1)))
    why = fault_of(student) if student else "no id in it"
    if why:
        raise ValueError(
            f"{where}: expected an id in a column id (or ID number, SIS "
            f"Login ID, Username, Email address), got {clean.line(student)!r}: {why}"
        )
    local = "" if same_id(local) in shared else local
    known = (_first(row, "account"), mail, local, number)
    times = {what: _time(_first(row, what), where) for what in ("due", "handed_in")}
    return Student(student, clean.line(name), tuple(filter(None, known)), **times)


class _Words(parserinfo):
    """Months and weekdays as Moodle writes them, in five languages."""

    JUMP = [
        *parserinfo.JUMP,
        *"um uhr à de del le h alle ore las".split(),
        *"montag dienstag mittwoch donnerstag freitag samstag sonntag".split(),
        *"lundi mardi mercredi jeudi vendredi samedi dimanche".split(),
        *"lunes martes miércoles jueves viernes sábado domingo".split(),
        *"lunedì martedì mercoledì giovedì venerdì sabato domenica".split(),
    ]
    MONTHS = [
        (*now, *more.split())
        for now, more in zip(
            parserinfo.MONTHS,
            (
                "januar janvier enero gennaio jänner",
                "februar février febrero febbraio",
                "märz mars marzo",
                "avril abril aprile",
                "mai mayo maggio",
                "juni juin junio giugno",
                "juli juillet julio luglio",
                "août agosto",
                "septembre septiembre settembre",
                "oktober octobre octubre ottobre",
                "novembre noviembre",
                "dezember décembre diciembre dicembre",
            ),
            strict=True,
        )
    ]


def date_of(text: str, evening: bool = False) -> datetime:
    """A date in words or numbers; a day without a time begins, or ends, with it.

    Raises
    ------
    ValueError
        If it is none, has no day, month and year, or may be read in two ways.
    """
    text = text.strip()[:100]
    found = re.match(r"(\d{1,2})([./-])(\d{1,2})\2\d{2}", text)
    if found and found[2] != "." and found[1] != found[3]:
        if max(int(found[1]), int(found[3])) <= 12:
            raise ValueError("which is the month?")
    dotted = bool(found) and found[2] == "."
    times = [
        parse_date(text, _Words(), default=start, dayfirst=dotted)
        for start in (datetime(2000, 1, 1), datetime(2005, 2, 2, 23, 59))
    ]
    if times[0].date() != times[1].date():
        raise ValueError("no day, month and year")
    open_end = evening and times[0].hour != times[1].hour
    return times[open_end].astimezone()


def _time(text: str, where: str) -> datetime | None:
    if not text or text == "-":
        return None
    try:
        return date_of(text, evening=True)
    except Exception:  # a library's parser on any text
        says = f"{where}: expected a time such as 2026-11-30 23:59"
        raise ValueError(f"{says}, got {clean.line(text)!r}") from None


# ---- what the platforms make of a name


def candidates(name: str, assignment: str) -> list[str]:
    """What a file or folder may be called after, the name itself first."""
    patterns = (
        r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_\w+",  # Moodle
        r"(?P<name>.+?)(?:_LATE)?_(?P<number>\d+)_\d+_.+",  # Canvas
        rf"{re.escape(assignment)}[-_ ](?P<name>.+)",  # GitHub Classroom, and habits
        rf"(?P<name>.+)[-_ ]{re.escape(assignment)}",
        r"(?P<name>.+?)(?: ?\(\d+\)| copy(?: \d+)?|-\d)",  # a second download, a copy
    )
    found, left = [], [name]
    while left:
        one = left.pop(0)
        found.append(one)
        for pattern in patterns:
            match = re.fullmatch(pattern, one, re.I)
            if match and len(found) < 12:
                number = match.groupdict().get("number")
                left += [match["name"], *([number] if number else [])]
    return list(dict.fromkeys(found))


# ---- the submissions


@dataclass
class Submission:
    """What one student handed in, or did not.

    ``problem`` says why it cannot be graded and what to do; ``missing`` that nothing
    was handed in; ``came_as`` is what it was called.
    """

    student: str
    path: Path | None = None
    name: str = ""
    came_as: str = ""
    problem: str = ""
    missing: bool = False
    notes: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)
    due: datetime | None = None
    handed_in: datetime | None = None
    nameless: bool = False  # ``student`` was made up, for want of an id


def collect(
    folder: Path,
    assignment: str,
    roster: Roster | None = None,
    but: Sequence[Path] = (),
) -> list[Submission]:
    """Everything in a folder, one for each student, in the order of the ids.

    Parameters
    ----------
    folder : Path
    assignment : str, its notebook may be called so
    roster : with it, everybody in it, and who handed in nothing
    but : files and folders of the teacher's own that lie there too

    Raises
    ------
    ValueError
        If ``folder`` is none, or holds nothing.
    """
    if not folder.is_dir():
        raise ValueError(f"SUBMISSIONS: expected a folder, got {folder}")
    own = {path.parent.resolve() / path.name for path in but}
    here = folder.resolve()  # of a path in it no link is looked through
    if roster and roster.path:
        own.add(roster.path.parent.resolve() / roster.path.name)
    found = [
        _look(path, assignment)
        for path in sorted(folder.iterdir())
        if here / path.name not in own and not _litter(path.name)
    ]
    if not found:
        raise ValueError(f"SUBMISSIONS: no notebook and no folder in {folder}")
    for one in found:
        _identify(one, assignment, roster)
    found = _once(found)
    if roster:
        there = {same_id(one.student) for one in found}
        found += [
            Submission(s.id, None, s.name, missing=True, due=s.due)
            for s in roster.students
            if same_id(s.id) not in there
        ]
    return sorted(found, key=lambda one: one.student)


def _litter(name: str) -> bool:
    """What an operating system leaves, such as macOS's ``._ada.ipynb``."""
    return name.casefold() in LITTER or name.startswith(("._", "~$"))


def _look(path: Path, assignment: str) -> Submission:
    """A submission by its place: its name, its notebook, or what is wrong with it."""
    name = shown(path.name)
    one = Submission(name, None, came_as=name)
    try:
        kind = path.lstat().st_mode
    except OSError as error:
        one.problem = f"it cannot be read: {error.strerror}"
        return one
    if stat.S_ISLNK(kind):
        one.student = _stem(name)
        one.problem = "it is a link, no plain file, and links are not followed: copy it"
    elif stat.S_ISDIR(kind):
        one.path, one.problem = _notebook_in(path, assignment)
    elif name.casefold().endswith(".ipynb") and not name.startswith("."):
        one.student, one.path = name[: -len(".ipynb")], path
    else:
        one.student = _stem(name)
        one.problem = f"not a notebook: {clean.line(name)}; {_advice(name)}"
    return one


def _stem(name: str) -> str:
    kept = re.sub(
        r"(\.(ipynb|txt|json|zip|tar|gz|rar|7z|py|html|pdf|md|bak))+$",
        "",
        name,
        flags=re.I,
    )
    return kept.strip(". ") or name


def _advice(name: str) -> str:
    ends = name.casefold()
    if ".ipynb" in ends and ends.endswith((".txt", ".json", ".bak")):
        return "if it is one by another name, let it end in .ipynb"
    if ends.endswith((".zip", ".gz", ".tar", ".rar", ".7z")):
        return "unpack it into a folder with the student's id"
    if name.startswith(".") and ends.endswith(".ipynb"):
        return "take the dot from the beginning of its name"
    return "ask for the file that ends in .ipynb"


def _notebook_in(folder: Path, assignment: str) -> tuple[Path | None, str]:
    """The one notebook of a folder that can be meant, or why there is none."""
    found, links, faults = [], [], []
    for path in _walk(folder, faults):
        if path.is_symlink():
            links.append(path)
        elif path.name.casefold().endswith(".ipynb"):
            found.append(path)
    wanted = f"{assignment}.ipynb"
    for where in (folder / assignment / wanted, folder / wanted):
        if where in found:
            return where, ""
    if len(found) == 1:
        return found[0], ""
    if found:
        which = ", ".join(clean.line(p.relative_to(folder)) for p in sorted(found)[:5])
        return None, f"several notebooks were handed in ({which}): keep one of them"
    if links:
        which = clean.line(links[0].relative_to(folder))
        return None, f"`{which}` is a link, no plain file, and links are not followed"
    if faults:
        return None, faults[0]
    return None, "no notebook was handed in: ask for the file that ends in .ipynb"


def _walk(folder: Path, faults: list[str], most: int = 20_000) -> Iterator[Path]:
    """Files and links below a folder; no link is followed, and no fault hidden."""

    def failed(error: OSError) -> None:
        where = clean.line(os.path.relpath(error.filename, folder.parent))
        faults.append(f"the folder `{where}` cannot be read: {error.strerror}")

    for at, folders, names in os.walk(folder, onerror=failed, followlinks=False):
        kept = [f for f in folders if f.casefold() not in LITTER | LIBRARIES]
        links = [f for f in kept if os.path.islink(os.path.join(at, f))]
        folders[:] = sorted(set(kept) - set(links))
        for name in sorted([*(n for n in names if not _litter(n)), *links]):
            most -= 1
            if most < 0:
                faults.append("too many files: keep the notebook alone")
                return
            yield Path(at, name)


def _identify(one: Submission, assignment: str, roster: Roster | None) -> None:
    """Give a submission its student's id: the roster's, else its own name."""
    raw = one.student
    if not roster:
        _keep_name(one, raw)
        return
    found = roster.find(candidates(raw, assignment))
    if len(found) == 1:
        (student,) = found
        one.student, one.name = student.id, student.name
        one.due, one.handed_in = student.due, student.handed_in
        return
    _keep_name(one, raw)
    if found:
        who = ", ".join(f"`{s.id}`" for s in found)
        one.problem = one.problem or f"it may be of {who}: name it after one of them"
        one.student, one.nameless = safe_id(raw), True
    else:
        one.notes.append("not in the roster")


def _keep_name(one: Submission, raw: str) -> None:
    kept = "".join(c for c in raw if c not in "\u200b\u200c\u200d\u2060\ufeff")
    why = fault_of(kept)
    one.student = kept if not why else safe_id(raw)
    one.nameless = bool(why)
    if why:
        one.problem = one.problem or f"its name cannot be an id: {why}; rename it"


def _once(found: list[Submission]) -> list[Submission]:
    """One for each student: of several the one that is a notebook, if there is one."""
    groups: dict[object, list[Submission]] = {}
    for k, one in enumerate(found):
        groups.setdefault(k if one.nameless else same_id(one.student), []).append(one)
    once = [
        group[0] if len(group) == 1 else _joined(group) for group in groups.values()
    ]
    taken = {same_id(one.student) for one in once if not one.nameless}
    for one in once:
        base, n = one.student, 1
        while one.nameless and same_id(one.student) in taken:
            n += 1
            one.student = f"{base} ({n})"
        taken.add(same_id(one.student))
    return once


def _joined(group: list[Submission]) -> Submission:
    good = [one for one in group if not one.problem]
    which = ", ".join(f"`{clean.line(one.came_as)}`" for one in group)
    if len(good) == 1:
        one = good[0]
        rest = (o for o in group if o is not one)
        one.notes += [
            f"also handed in: {clean.line(o.came_as)} ({o.problem})" for o in rest
        ]
        return one
    one = (good or group)[0]
    if len({_content(o) for o in good}) == 1:
        one.notes.append(f"handed in more than once, the same each time: {which}")
    else:
        one.problem = f"handed in more than once: {which}; keep one of them"
    return one


def _content(one: Submission) -> bytes:
    try:
        return hashlib.sha256(read(one.path)).digest()
    except Unreadable as error:
        return str(error).encode()


# ---- reading a notebook


def read(path: Path) -> bytes:
    """The bytes of a submission; no link is followed, nothing but a plain file read."""
    try:
        flags = (
            os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        )
        with open(os.open(path, flags), "rb") as f:
            info = os.fstat(f.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise Unreadable("it is no plain file")
            if info.st_size > LARGEST:
                raise Unreadable(_too_large(info.st_size))
            return f.read(LARGEST)
    except OSError as error:
        link = path.is_symlink()
        why = "it is no plain file" if link else f"it cannot be read: {error.strerror}"
        raise Unreadable(why) from None


def _too_large(size: int) -> str:
    return (
        f"it has {size / 2**20:.0f} MB, and at most {LARGEST / 2**20:.0f} MB are read: "
        "clear its outputs and save it"
    )


# Whatever is no long text, then one that is. It fails nowhere and keeps no way back,
# so that no file takes more than one look at each byte.
_LONG = re.compile(
    rb'((?:[^"]++|"(?:[^"\\]|\\.){0,50000}+")*+)(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"?)?',
    re.S,
)


def parse(data: bytes) -> NotebookNode:
    """The cells that a student wrote: sources and ids, and nothing else of the file."""
    try:
        if len(data) > USUAL:  # pictures and bars of progress, which are thrown away
            data = b'""'.join(found[1] for found in _LONG.finditer(data) if found[0])
        if len(data) > USUAL:
            raise Unreadable(
                "it has more than 20 MB of text beside its pictures: clear its outputs "
                "and save it"
            )
        raw = json.loads(data.decode(json.detect_encoding(data), "surrogatepass"))
        if not isinstance(raw["cells"], list):
            raise TypeError
        if len(raw["cells"]) > MOST_CELLS:
            says = f"it has {len(raw['cells'])} cells, and at most {MOST_CELLS} are run"
            raise Unreadable(f"{says}: take out those that were not asked for")
        return new_notebook(cells=[_cell(cell) for cell in raw["cells"]])
    except UnicodeDecodeError:
        raise Unreadable("it is no notebook: it is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        text = f"it is no notebook: not JSON, line {error.lineno} ({error.msg})"
        raise Unreadable(text) from None
    except RecursionError:
        raise Unreadable("it is no notebook: nested too deep") from None
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Unreadable("it is JSON, but no notebook of format 4") from None


def _cell(raw: dict) -> NotebookNode:
    """A cell by its text and its id; of the rest nothing is needed, or believed."""
    source = raw.get("source") or ""
    source = "".join(source if isinstance(source, list) else [source])
    source = source.encode("utf-8", "replace").decode()  # half a character is none
    code = raw.get("cell_type") == "code"
    cell = new_code_cell(source) if code else new_markdown_cell(source)
    about = raw.get("metadata")
    info = about.get("nbgrader") if isinstance(about, dict) else None
    if isinstance(info, dict) and isinstance(info.get("grade_id"), str):
        cell.metadata["nbgrader"] = {"grade_id": info["grade_id"]}
    return cell


def typed_id(nb: NotebookNode) -> str | None:
    """What a student wrote as ``STUDENT``; None if that is no plain text."""
    for cell in nb.cells:
        if cell.cell_type != "code" or "STUDENT" not in cell.source[:20_000]:
            continue
        if len(cell.source) > 20_000:  # a parser would take minutes and gigabytes
            continue
        try:
            body = ast.parse(cell.source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for one in body:
            if (
                isinstance(one, ast.Assign)
                and [getattr(t, "id", "") for t in one.targets] == ["STUDENT"]
                and isinstance(one.value, ast.Constant)
                and isinstance(one.value.value, str)
            ):
                return one.value.value
    return None


# ---- when


def late_hours(
    one: Submission, due: datetime | None, exchange: bool = False
) -> tuple[float, str]:
    """Hours after the deadline, and where the time of handing in was taken from.

    From the roster, if it has one; with ``exchange`` from the time stamp that
    nbgrader's exchange lays beside a notebook; else the date of the file, which is
    that of the download where a platform does not keep it.
    """
    due = one.due or due
    if due is None or one.path is None:
        return 0.0, ""
    when, source = one.handed_in, "roster"
    if when is None and exchange:
        when, source = stamp(one.path), "exchange"
    if when is None:
        when, source = _file_time(one.path), "file"
    return round(max(0.0, (when - due).total_seconds() / 3600), 1), source


def _file_time(path: Path) -> datetime:
    """When a file was changed; now, where an archive gave it a year that is none."""
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime).astimezone()
    except (ValueError, OverflowError):
        return datetime.now().astimezone()


def stamp(path: Path) -> datetime | None:
    """The time in ``timestamp.txt`` beside a notebook; only its beginning is read."""
    text = _head(path.with_name("timestamp.txt"))
    try:
        return parse_date(text).astimezone() if text else None
    except Exception:  # a library's parser on a student's text
        return None


def secret(path: Path) -> str:
    """The word by which nbgrader gives a page back, if it is one."""
    text = _head(path.with_name("submission_secret.txt"))
    return text if re.fullmatch(r"[0-9a-f]{8,128}", text) else ""


def _head(path: Path, most: int = 200) -> str:
    try:
        flags = (
            os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        )
        with open(os.open(path, flags), "rb") as f:
            if not stat.S_ISREG(os.fstat(f.fileno()).st_mode):
                return ""
            return f.read(most).decode("ascii", "replace").strip()
    except OSError:
        return ""
