"""Questions with numbers per student: fair, stable, each mistake answered."""

import math
import re
import subprocess
import sys

import pytest

from rnnbook.questions import QUESTIONS, ask, drawn

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
        rounded = float(f"{q.answer:.3g}") if "three digits" in q.text else q.answer
        assert ask(name, student, rounded).passed
        assert ("three digits" in q.text) == (q.rtol > 0)


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
        (("lstm.step", "Ada", "many"), "answer"),
        (("lstm.step", "Ada", float("nan")), "answer"),
        (("lstm.step", "Ada", [1, 2]), "answer"),
    ],
)
def test_bad_input_is_refused(args, message):
    with pytest.raises(ValueError, match=message):
        ask(*args)
