"""The figures of the notebooks: vectors, described, captioned, in the house's look."""

import re
import sys
from itertools import pairwise

import matplotlib.pyplot as plt
import nbformat
import pytest
from conftest import ROOT
from fontTools import ttLib

from rnnbook import plots

sys.path[:0] = [str(ROOT / "site"), str(ROOT / "site" / "diagrams")]
import figures  # noqa: E402  (these folders are no packages)

PRIVATE = re.compile("[\ue000-\uf8ff]")  # no letter to whom has another font
PHONE = 342  # px: the width of a figure on a phone of 390
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


def pictures(path):
    """What a notebook's cells show, with the cells' words about it."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            kinds = [k for k in output.get("data", {}) if k.startswith("image/")]
            if kinds:
                yield kinds, output.data, cell.metadata.get("mystnb", {})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_pictures_are_vectors_with_description_caption_and_name(path):
    names = []
    for kinds, data, words in pictures(path):
        assert kinds == ["image/svg+xml"]
        said = words["figure"]
        names.append(said["name"])
        assert re.fullmatch(r"fig-[a-z0-9-]+", said["name"])
        assert 5 <= len(said["caption"].split()) <= 45, said["caption"]
        assert len(words["image"]["alt"].split()) >= 15
        width = float(re.search(r'<svg[^>]* width="([\d.]+)pt"', data[kinds[0]])[1])
        assert width <= 72 * plots.WIDTH + 1, said["name"]
        page = figures.inlined(data[kinds[0]], "", "x")
        sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", page)]
        assert len(sizes) == page.count("font-size:") > 0, said["name"]
        shown = PHONE / max(PHONE, float(re.search(r'viewBox="0 0 ([\d.]+)', page)[1]))
        assert min(sizes) * shown >= 8.5, said["name"]
        assert not PRIVATE.search(data[kinds[0]]), said["name"]
    assert len(set(names)) == len(names)


def test_a_zero_between_two_sessions_touches_neither_cell_nor_frame():
    """It is about eight units wide; the frame's sides have a line of two."""
    svg = (ROOT / "chapters" / "diagrams" / "session-lanes.svg").read_text("utf-8")
    rects = re.findall(
        r'<rect class="part[^>]* x="([\d.]+)"[^>]* width="([\d.]+)"', svg
    )
    sides = [float(x) + end * float(w) for x, w in rects for end in (0, 1)]
    zeros = re.findall(r'<text class="lit small" x="([\d.]+)"[^>]*>0<', svg)
    assert len(zeros) == 4
    assert min(abs(float(x) - side) for x in zeros for side in sides) >= 4 + 1 + 2


def test_names_of_figures_are_used_once():
    names = [w["figure"]["name"] for p in NOTEBOOKS for *_, w in pictures(p)]
    assert sorted(set(names)) == sorted(names)


def drawn(tmp_path, **look) -> str:
    """A figure in the house's look, as a page shows it."""
    with plt.rc_context():
        plots.use_style()
        fig, ax = plt.subplots()
        ax.plot([0, 1], [1, 0], **{"label": "a", **look})
        ax.set(title="A title")
        ax.legend()
        fig.savefig(tmp_path / "a.svg", metadata={"Date": None})
        plt.close(fig)
    text = (tmp_path / "a.svg").read_text("utf-8")
    return figures.inlined(text, 'Says "a < b"', "x")


def test_colours_of_the_house_follow_the_theme_and_others_stay(tmp_path):
    page = drawn(tmp_path, color=plots.GATES["i"])
    assert "stroke: var(--gate-i,#0072b2)" in page and "fill: var(--ink," in page
    assert not re.search(r"(?<!,)#0072b2|(?<!,)#1f2328", page)
    assert "#123456" in drawn(tmp_path, color="#123456")


def test_text_stays_text_in_the_face_of_the_page_and_ids_are_its_own(tmp_path):
    page = drawn(tmp_path)
    assert re.search(r"<text [^>]*Source Sans Pro[^>]*>A title</text>", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert ids and all(i.startswith("plot-x-") for i in ids)
    used = re.findall(r'(?:url\(#|href="#)([^)"]+)', page)
    assert used and set(used) <= set(ids)
    assert 'aria-label="Says &quot;a &lt; b&quot;"' in page
    assert page.startswith("<svg") and "<style" not in page


def test_greek_in_a_formula_is_greek_in_any_font(tmp_path):
    page = drawn(tmp_path, label=r"$\rho, \sigma, \alpha, \theta, \odot$")
    assert all(letter in page for letter in "ρσαθ⊙") and not PRIVATE.search(page)


def test_an_index_is_large_enough_and_what_follows_it_moves_on(tmp_path):
    page = drawn(tmp_path, label=r"$10^{-5}$ and $W_{hh} = 0$")
    sizes = {float(size) for size in re.findall(r"font-size: ([\d.]+)px", page)}
    assert sizes == {figures.SMALLEST, 11}
    (label,) = [one for one in re.findall(r"(?s)<text>.*?</text>", page) if "=" in one]
    spans = re.findall(r'x="([^"]+)"[^>]*size: ([\d.]+)px[^>]*>([^<]+)<', label)
    signs = sorted(
        (float(x), float(size), sign)
        for xs, size, said in spans
        for x, sign in zip(xs.split(), said, strict=True)
    )
    assert "".join(sign for *_, sign in signs).split() == ["10−5", "and", "Whh=0"]
    for (x, size, sign), (following, *_) in pairwise(signs):
        assert following - x > 0.4 * size or sign.isspace(), sign


def test_a_formula_without_indices_stays_as_it_was():
    plain = '<text><tspan x="0 5" y="1" style="font-size: 11px">12</tspan></text>'
    small = plain.replace("11px", "7.7px")
    assert plain in figures.inlined(f"<svg>{plain}</svg>", "", "x")
    assert small not in figures.inlined(f"<svg>{small}</svg>", "", "x")


def test_high_digits_of_one_number_have_one_face(tmp_path):
    """In 10⁻¹⁹ the 1 is in the face of the pages; so must the 9 be."""
    figures.typeface(tmp_path)
    for path in tmp_path.glob("*.woff2"):
        letters = ttLib.TTFont(path).getBestCmap()
        assert {ord(sign) for sign in "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"} <= letters.keys()


def test_every_colour_of_a_theme_has_its_twin_and_can_be_read():
    """WCAG's contrast of text, 4.5, on the ground of the theme."""
    light, dark = figures.parts.LIGHT, figures.parts.DARK
    assert light.keys() == dark.keys()

    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else colour[1:] * 2
        parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
        linear = [
            v / 12.92 if v <= 0.04 else ((v + 0.055) / 1.055) ** 2.4 for v in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for theme in light, dark:
        ground = luminance(theme["ground"])
        for name in theme.keys() - {"ground"}:
            a, b = sorted((luminance(theme[name]), ground))
            assert (b + 0.05) / (a + 0.05) >= 4.5, (name, theme[name])


def test_a_negative_number_in_a_plot_has_a_minus():
    plot = '<svg><text x="1">-0.31%</text><text x="2">a-b</text></svg>'
    page = figures.inlined(plot, "", "x")
    assert "\u2212" + "0.31%" in page and "a-b" in page
