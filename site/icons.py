"""The few icons of the pages as a font of their own: 3 kB for 156.

The theme brings a font of 1,400 icons and shows a dozen. This one has its name
and says which signs it has, so that a browser loads the whole one only for others.
"""

from importlib.util import find_spec
from pathlib import Path

from fontTools import subset

# bars list angles close, search, sun moon half, expand compress, arrow up, download,
# pencil book bullseye, and what the theme puts before notes and warnings
ICONS = (
    "f0c9 f03a f104 f105 f107 f00d f002 f185 f186 f042 f065 f066 f062 f019 "
    "f303 f02d f140 f05a f06a f071 f058 f057 f0eb f0a4 f06e f0e7"
).split()
WHOLE = "theme/pydata_sphinx_theme/static/vendor/fontawesome/webfonts/fa-solid-900.ttf"
FACE = """\
@font-face {{
  font-family: "Font Awesome 6 Free";
  font-weight: 900;
  font-display: block;
  src: url(icons.woff) format("woff");
  unicode-range: {signs};
}}

/* As wide before their font is there as with it. */
:is(i, span):is(.fa-solid, .fas) {{
  width: 1em;
  text-align: center;
}}
"""


def write(folder: Path) -> None:
    """``icons.woff`` and ``icons.css``, cut out of the theme's font."""
    theme = Path(find_spec("pydata_sphinx_theme").origin).parent
    options = subset.Options(flavor="woff", notdef_outline=True)
    font = subset.load_font(theme / WHOLE, options)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[int(icon, 16) for icon in ICONS])
    cut.subset(font)
    subset.save_font(font, folder / "icons.woff", options)
    signs = ", ".join(f"U+{icon}" for icon in ICONS)
    (folder / "icons.css").write_text(FACE.format(signs=signs), encoding="utf-8")
