"""Questions with numbers per student: fair, stable, each mistake answered."""

import math
import re
import subprocess
import sys

import pytest

from rnnbook.questions import QUESTIONS, ask, ask_all, drawn, same_id

STUDENTS = [f"student {n}" for n in range(60)]


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_passes_and_each_mistake_gets_its_sentence(name):
    for student in STUDENTS:
        q = drawn(name, student)
        assert ask(name, student, q.answer).passed
        assert len(q.wrong) >= 3
        for value, sentence in q.wrong:
            reply = ask(name, student, value)
            assert not reply.passed and sentence in reply.message
        assert len({sentence for _, sentence in q.wrong}) == len(q.wrong)


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_given_to_the_digits_asked_for_passes(name):
    for student in STUDENTS:
        q = drawn(name, student)
        assert math.isfinite(q.answer)
        asked = "three significant digits" in q.text
        rounded = float(f"{q.answer:.3g}") if asked else q.answer
        assert ask(name, student, rounded).passed
        assert asked == (q.rtol > 0) and "three digits" not in q.text


@pytest.mark.parametrize("name", QUESTIONS)
def test_numbers_differ_between_students_and_not_between_calls(name):
    texts = [drawn(name, student).text for student in STUDENTS]
    assert len(set(texts)) > len(STUDENTS) / 3
    assert texts == [drawn(name, student).text for student in STUDENTS]
    assert drawn(name, " ADA ").text == drawn(name, "ada").text


def test_numbers_are_the_same_in_another_process():
    code = "from rnnbook.questions import ask; print(ask('lstm.step', 'Ada'))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.strip() == str(ask("lstm.step", "Ada"))


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_reply_never_gives_the_answer_away(name):
    for student in STUDENTS[:20]:
        q = drawn(name, student)
        shown = [ask(name, student), ask(name, student, q.answer * 1.7 + 0.123)]
        shown += [ask(name, student, value) for value, _ in q.wrong]
        for reply in shown[1:]:
            number = re.escape(f"{q.answer:.3g}")
            assert not re.search(rf"(?<![\d.]){number}(?!\d)", reply.message)


def test_known_answers():
    assert "four" not in ask("lstm.parameters", "Ada").message
    q = drawn("lstm.half_life", "Ada")
    bias = float(q.text.split("sigmoid of ")[1].split(",")[0])
    keep = 1 / (1 + math.exp(-bias))
    assert keep**q.answer == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("lstm.parameter", "Ada"), r"lstm\.parameters"),
        (("lstm.step", ""), "student"),
        (("lstm.step", 7), "student"),
        ((["lstm.step"], "Ada"), "name"),
        ((None, "Ada", 1), "name"),
        (("lstm.step", "\u200b"), "student"),
    ],
)
def test_bad_input_is_refused(args, message):
    with pytest.raises(ValueError, match=message):
        ask(*args)


class Odd:
    """Raises whatever it is asked for, also when it is shown."""

    def __float__(self):
        raise SystemExit

    __repr__ = __array__ = __index__ = __float__


class Looks:
    """Looks for the right answer where it is asked for its number."""

    def __float__(self):
        frame = sys._getframe()
        while frame:
            for value in list(frame.f_locals.values()):
                if type(value).__name__ == "Drawn":
                    return float(value.answer)
            frame = frame.f_back
        return 0.5


def test_the_right_number_stands_nowhere_while_an_answer_is_read():
    assert not ask("lstm.step", "Ada", Looks()).passed


def test_a_name_is_one_name_however_it_is_written():
    assert same_id(" Ada\u200b ") == same_id("ADA") == "ada"
    assert same_id("Jose\u0301") == same_id("Jos\u00e9") == "jos\u00e9"
    assert same_id("\uff21\uff44\uff41") == "ada"
    for plain in ("a  b", "x-1_2.y@z.org", "O'Neil", "a+b"):
        assert same_id(plain) == plain.casefold()
    for text in ("\u1e9e", "\u01c5", "\u0130", "\ufb01\u0345"):
        assert same_id(same_id(text)) == same_id(text)


NAMES = ["lstm.parameters", "lstm.step", "lstm.half_life"]


def test_all_answers_are_told_each_in_its_line(capsys):
    key = {name: drawn(name, "ada").answer for name in NAMES}
    ask_all("ada", key | {"lstm.step": "much", "lstm.half_life": None}, NAMES)
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "lstm.parameters: Right, ada."
    assert second == (
        "lstm.step: Not read. There is no number in 'much'; write it with digits."
    )
    assert third == "lstm.half_life: no answer yet."
    for given in ({}, None, 7, key | {"lstm.step": Odd()}):
        ask_all("ada", given, NAMES)
    assert capsys.readouterr().out.count("no answer yet") == 9


def test_while_a_notebook_is_validated_only_a_right_answer_passes(monkeypatch, capsys):
    """nbgrader's button says "Success" to whatever raises no error."""
    key = {name: drawn(name, "ada").answer for name in NAMES}
    wrong = drawn("lstm.step", "ada").wrong[0][0]
    assert not ask("lstm.step", "ada", wrong).passed
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert ask("lstm.step", "ada").message  # a question is no answer
    assert ask("lstm.step", "ada", key["lstm.step"]).passed
    ask_all("ada", key, NAMES)
    with pytest.raises(AssertionError, match="lstm.step"):
        ask("lstm.step", "ada", wrong)
    for bad in ({}, None, key | {"lstm.step": wrong}, key | {"lstm.step": "x"}):
        with pytest.raises(AssertionError, match="lstm.step"):
            ask_all("ada", bad, NAMES)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    ask_all("ada", {}, NAMES)
