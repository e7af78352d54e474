"""What site/polish.py mends in the text of a page, on pieces of pages."""

import json
import re
import sys

import pandas as pd
from bs4 import BeautifulSoup
from conftest import ROOT

sys.path.insert(0, str(ROOT / "site"))
from polish import _forget_this_page, listing, polish


def table(frame):
    """A frame's table as a page shows it."""
    return BeautifulSoup(polish(frame._repr_html_(), "a"), "html.parser").table


def rows(found) -> list[list[str]]:
    return [[c.get_text() for c in r.find_all(["th", "td"])] for r in found("tr")]


def test_the_name_of_an_index_stands_in_the_row_of_heads():
    frame = pd.DataFrame(
        {"mean": [1.5], "best": [2.0]}, index=pd.Index(["a"], name="w")
    )
    assert rows(table(frame)) == [["w", "mean", "best"], ["a", "1.5", "2.0"]]
    frame = frame.rename_axis(columns="score")
    heads = ["w score\u00a0→", "mean", "best"]  # both names, and no row half empty
    assert rows(table(frame)) == [heads, ["a", "1.5", "2.0"]]


def test_numbers_stand_below_one_another_under_their_head():
    frame = pd.DataFrame(
        {"word": ["a", "b"], "share": ["3 %", "41 % ± 2 %"], "n": [1, -2]}
    )
    found = table(frame)
    right = [cell.get_text() for cell in found(class_="number")]
    assert right == [
        "share",
        "n",
        "3 %",
        "1",
        "41 % ±\u00a02 %",
        "−2",
    ]
    assert found.parent.find("style") is None


def test_a_column_is_one_column_where_a_name_spans_several_rows():
    index = pd.MultiIndex.from_product([["LSTM", "GRU"], [16, 32]])
    frame = pd.DataFrame({"bits": ["2.1", "2.0"] * 2, "kind": list("abab")}, index)
    frame["seeds"] = 3
    right = [c.get_text() for c in table(frame)(class_="number") if c.name == "td"]
    assert right == ["2.1", "3", "2.0", "3"] * 2


def test_a_count_of_a_few_is_not_broken():
    frame = pd.DataFrame({"learned": ["3 of 5: 2 to 9", "0.1 (0 of 5)"]})
    said = [row[-1] for row in rows(table(frame))[1:]]
    assert said == ["3\u00a0of\u00a05: 2 to\u00a09", "0.1 (0\u00a0of\u00a05)"]


def test_what_is_no_number_keeps_its_hyphens():
    frame = pd.DataFrame({"kind": ["t-1", "-0.5", "2026-01-05", "x -3"]})
    kinds = [row[-1] for row in rows(table(frame))[1:]]
    assert kinds == ["t-1", "−0.5", "2026-01-05", "x −3"]


def test_formulas_links_and_code_of_a_cell_stay_what_they_are():
    """A cell that holds one of them alone, with a figure in it, was made plain text."""
    inside = [
        '<span class="math">\\(h_{t-1}\\)</span>',
        '<a href="a.html#e">Exercise 1.4</a>',
        '<code class="literal">x[-1]</code>',
    ]
    cells = "".join(f"<td><p>{one}</p></td>" for one in inside)
    page = polish(f"<table><tbody><tr>{cells}</tr></tbody></table>", "a")
    cells = BeautifulSoup(page, "html.parser").find_all("td")
    assert cells[0].find("span", class_="math").get_text() == "\\(h_{t-1}\\)"
    assert cells[1].a.get_text() == "Exercise 1.4"
    assert cells[2].code.get_text() == "x[-1]"


def test_numbers_of_a_table_of_words_stand_below_one_another_too():
    head = "<thead><tr><th>week</th><th>hours</th></tr></thead>"
    body = (
        "<tbody><tr><td>1</td><td>9.5</td></tr><tr><td>2</td><td>10</td></tr></tbody>"
    )
    page = polish(f'<table class="table">{head}{body}</table>', "a")
    found = BeautifulSoup(page, "html.parser")(class_="number")
    assert [one.get_text() for one in found] == ["hours", "9.5", "10"]


def test_a_spread_is_apart_from_its_number_and_a_wide_table_is_dense():
    row = {name: ["14.2% ± 0.3%", "-4.0% to +0.5%"] for name in "abcd"}
    few = table(pd.DataFrame(row, index=["GRU", "LSTM"]))
    spreads = [one.get_text() for one in few(class_="spread")]
    assert spreads == ["±\u00a00.3%"] * 4 + ["to\u00a0+0.5%"] * 4
    assert "dense" not in few["class"]
    assert "high" in few["class"]  # on a phone
    assert table(pd.DataFrame({"a": row["a"]}, index=["b", "c"]))["class"] == [
        "dataframe"
    ]
    many = pd.DataFrame({f"{k}": row["a"] for k in range(7)}, index=["GRU", "LSTM"])
    assert "dense" in table(many)["class"]


def test_a_name_that_spans_rows_counts_in_the_width():
    index = pd.MultiIndex.from_product([["attention"], ["one vector"], [64, 256]])
    frame = pd.DataFrame({f"{k}": ["99% ± 1%"] * 2 for k in range(7)}, index)
    assert "dense" not in table(frame.reset_index(drop=True))["class"]
    assert "dense" in table(frame)["class"]


def test_a_line_of_output_that_is_longer_than_one_of_code_goes_on_below():
    def long(line):
        return 'class="long"' in listing(f"<pre><span></span>{line}\n</pre>")

    assert long("8,760 steps of h; missing: " + "column 0 %, " * 6)
    assert not long("&lt;" * 79) and long("&lt;" * 80)


def test_rows_with_names_are_marked_for_a_phone():
    def marked(first):
        row = "".join(f"<td>{one}</td>" for one in (first, "b", "c", "d"))
        page = (
            f"<table><thead><tr>{row}</tr></thead><tbody><tr>{row}</tr></tbody></table>"
        )
        return "by-row" in polish(page, "a")

    assert marked("") and not marked("a")
    assert marked("A chapter whose name is a sentence")
    found = table(pd.DataFrame({"cosine": [0.5]}, [-1.2]))
    assert found.select_one("tbody th").get_text() == "\u22121.2"  # a minus, as below


def test_on_a_phone_sentences_of_a_frame_share_the_width_below_their_name():
    long, short = "No longer shown: at its own rate all can.", "true"
    for cell, wanted in ((long, True), (short, False), (0.5, False)):
        frame = pd.DataFrame([[cell] * 3], ["a claim"], ["why", "the control", "now"])
        found = BeautifulSoup(polish(frame.to_html(), "a"), "html.parser").table
        assert ("by-row" in found["class"]) == wanted, cell
    frame = pd.DataFrame([[long] * 4], ["a claim"], ["why", "now", "rule", "where"])
    assert "by-row" in polish(frame.to_html(), "a")
    frame = pd.DataFrame([[long] * 2], ["a claim"], ["why", "now"])
    assert "by-row" not in polish(frame.to_html(), "a")


def test_a_name_can_be_broken_behind_its_own_signs():
    frame = pd.DataFrame({"over_last_skill": [0.5]})
    (head,) = table(frame)(class_="number")[:1]
    assert str(head.decode_contents()) == "over_<wbr/>last_<wbr/>skill"
    code = polish(
        "<table><tr><td><code>return_sequences=True</code></td></tr></table>", "a"
    )
    assert re.findall(r"\w+[_=]?(?=<wbr)", code) == ["return_", "sequences="]


def test_short_code_in_a_cell_is_not_broken():
    for one, look in (
        ("x[:, t - 1]", ["literal", "whole", "short"]),
        ("bias_ih_l0", ["literal", "whole"]),
        ("np.linalg.norm(W, 2)", ["literal"]),
    ):
        page = polish(
            f'<table><td><code class="literal">{one}</code></td></table>', "a"
        )
        assert BeautifulSoup(page, "html.parser").code["class"] == look


def test_a_long_name_in_a_sentence_is_broken_behind_a_sign_of_its_own():
    name = "experiments/vanishing_gradients_distance.py"
    for one, places in ((name, 3), ("rnn_step", 0)):
        page = polish(f'<p>In <code class="literal">{one}</code>.</p>', "a")
        assert page.count("<wbr") == places
        assert BeautifulSoup(page, "html.parser").code.get_text() == one


def test_figures_of_a_page_without_a_number_are_counted_in_the_page():
    caption = '<figcaption><span class="caption-number">Fig. {} </span></figcaption>'
    for given, shown in (("2", "Fig. 1 "), ("8.3", "Fig. 8.3 ")):
        page = BeautifulSoup(polish(caption.format(given), "a"), "html.parser")
        assert page.span.get_text() == shown


def test_the_label_of_an_equation_has_no_gate():
    assert "gate-g" not in listing(
        '<pre><span class="c1"># eq-lstm-candidate</span></pre>'
    )
    assert "gate-g" in listing('<pre><span class="c1"># the candidate</span></pre>')


def test_the_page_of_no_address_has_the_colours_and_the_theme_of_the_book():
    page = (ROOT / "site/404.html").read_text()
    css = (ROOT / "site/static/book.css").read_text()
    themes = re.findall(r'html\[data-theme="(?:light|dark)"\] \{\n(.*?)\}', css, re.S)
    for name in ("--book-text", "--pst-color-link"):
        light, dark = (re.search(rf"{name}: (#\w+);", t)[1] for t in themes[:2])
        assert f"light-dark({light}, {dark})" in page, name
    assert 'localStorage.getItem("mode")' in page  # what the reader chose


def test_an_answer_forgets_a_link_to_its_own_page_but_not_to_a_section():
    says = "<p>It is wrong. See <a href='{}'>there</a>.</p>"
    links = ["11-lstm.html", "#", "#the-step", "11-lstm.html#the-step", "02-rnn.html"]
    output = BeautifulSoup("".join(map(says.format, links)), "html.parser")
    _forget_this_page(output, "11-lstm.html")
    assert [link["href"] for link in output("a")] == links[2:]
    assert [p.get_text() for p in output("p")][:2] == ["It is wrong."] * 2


def test_the_letter_that_a_service_expects_can_be_seen():
    """In the page of chapter 34 the likely letter may be a blank."""
    text = (ROOT / "chapters" / "34-deployment.ipynb").read_text(encoding="utf-8")
    (cell,) = [
        c for c in json.loads(text)["cells"] if "likely=" in "".join(c["source"])
    ]
    html = "".join(cell["outputs"][0]["data"]["text/html"])
    *_, last = zip(*rows(BeautifulSoup(html, "html.parser")), strict=True)
    assert last[0] == "likely" and len(last) == 4
    assert all(one.strip() for one in last)
