"""A digit of the reader's own, prepared as MNIST's are."""

import io

import numpy as np
import pytest
from PIL import Image

from rnnbook.data import load_image, load_images


def drawing(paper=255, ink=0, size=(200, 160), box=(40, 60, 120, 84)):
    """A page with a rectangle of ink: down, across, height and width of it."""
    grey = np.full(size, paper, np.uint8)
    down, across, height, width = box
    grey[down : down + height, across : across + width] = ink
    return grey


def png(grey, mode=None, **more):
    out = io.BytesIO()
    Image.fromarray(grey, mode).save(out, "PNG", **more)
    return out.getvalue()


def centre(image):
    mass = image / image.sum()
    places = np.arange(len(image)) + 0.5
    return (mass.sum(1) * places).sum(), (mass.sum(0) * places).sum()


@pytest.mark.parametrize("side", [8, 28, 41])
def test_size_range_and_centre(side):
    image = load_image(png(drawing()), side)
    assert image.shape == (side, side) and image.dtype == np.float32
    assert image.min() == 0 and image.max() == 1
    assert np.abs(np.array(centre(image)) - side / 2).max() < 0.51


def test_box_of_20_without_stretching():
    ink = load_image(png(drawing())) > 0.5
    assert ink.any(axis=1).sum() == 20
    assert ink.any(axis=0).sum() == 14


@pytest.mark.parametrize("shift", [(0, 0), (-30, -50), (30, 15)])
@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (210, 90), (30, 160)])
def test_place_on_the_page_and_colours_do_not_matter(paper, ink, shift):
    box = (40 + shift[0], 60 + shift[1], 120, 84)
    found = load_image(png(drawing(paper, ink, box=box)))
    assert np.allclose(found, load_image(png(drawing())), atol=0.02)


def test_noise_of_the_paper_is_blank():
    grey = drawing(220, 40) + np.random.default_rng(0).normal(0, 4, (200, 160))
    found = load_image(png(grey.clip(0, 255).astype(np.uint8)))
    assert np.allclose(found, load_image(png(drawing())), atol=0.2)
    assert (found == 0).mean() > 0.5


@pytest.mark.parametrize("speck", [(10, 10, 2, 2), (0, 150, 8, 10), (190, 3, 5, 5)])
def test_a_speck_is_no_part_of_the_digit(speck):
    down, across, height, width = speck
    (grey := drawing())[down : down + height, across : across + width] = 0
    assert np.array_equal(load_image(png(grey)), load_image(png(drawing())))


def test_a_dot_is_part_of_it():
    (grey := drawing())[20:32, 90:108] = 0  # as above an i
    assert not np.allclose(load_image(png(grey)), load_image(png(drawing())), atol=0.5)
    assert (load_image(png(grey)) > 0.5).any(axis=1).sum() < 20  # a gap below the dot


@pytest.mark.parametrize("colour", [0, 255])
def test_transparent_is_paper(colour):
    rgba = np.full((200, 160, 4), colour, np.uint8)
    rgba[..., 3] = drawing(0, 255)
    assert np.allclose(load_image(png(rgba)), load_image(png(drawing())), atol=0.02)


def test_colour_palette_jpeg_and_the_turn_of_the_camera():
    upright = load_image(png(drawing()))
    picture = Image.fromarray(drawing())
    for mode, kind in (("RGB", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("L", "BMP")):
        picture.convert(mode).save(out := io.BytesIO(), kind)
        assert np.allclose(load_image(out.getvalue()), upright, atol=0.05), mode
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    turned = png(np.rot90(drawing()), exif=exif.tobytes())
    assert np.allclose(load_image(turned), upright, atol=0.02)


def test_path_open_file_and_bytes(tmp_path):
    raw = png(drawing())
    (path := tmp_path / "mine.png").write_bytes(raw)
    for file in (path, str(path), io.BytesIO(raw), bytearray(raw)):
        assert np.array_equal(load_image(file), load_image(raw))


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (png(drawing(255, 255)), "0 of 255 levels"),
        (png(drawing(255, 230)), "25 of 255 levels"),
        (png(drawing(box=(0, 60, 120, 84))), "ink at the edge"),
        (png(drawing(box=(5, 5, 190, 150))), "of it in ink"),
        (b"no picture", "expected a picture"),
        (png(drawing())[:60], "expected a picture"),
        (io.StringIO("text"), "expected a path"),
        (3, "expected a path"),
    ],
)
def test_refused(file, message):
    with pytest.raises(ValueError, match=message):
        load_image(file)


def test_no_such_file_and_side(tmp_path):
    (tmp_path / "mine.png").write_bytes(png(drawing()))
    with pytest.raises(FileNotFoundError, match="mine.png"):
        load_image(tmp_path / "mime.png")
    with pytest.raises(ValueError, match="side"):
        load_image(png(drawing()), side=0)


def letters(folder):
    """Three images in two folders, and what lies about in folders."""
    for k, name in enumerate(["b/1.png", "b/2.png", "ä/IMG_1.PNG"]):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(png(drawing(box=(40, 60, 120 - 30 * k, 84))))
    for name in (".DS_Store", "b/.DS_Store", "ä/Thumbs.db", "b/net.pt", "notes.txt"):
        (folder / name).write_bytes(b"no picture")
    return folder


@pytest.mark.parametrize("side", [28, 12])
def test_a_folder_for_each_class(tmp_path, side):
    images, labels, names = load_images(str(letters(tmp_path)), side)
    assert images.shape == (3, side, side) and images.dtype == np.uint8
    assert labels.tolist() == [0, 0, 1] and labels.dtype == np.int64
    assert names == ["b", "ä"]
    for image, name in zip(images, ["b/1.png", "b/2.png", "ä/IMG_1.PNG"], strict=True):
        alone = load_image(tmp_path / name, side)
        assert np.abs(image / 255 - alone).max() < 0.003


def test_all_refused_files_of_a_folder_are_named(tmp_path):
    for name in ("b/3.heic", "ä/2.png"):
        (letters(tmp_path) / name).write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"2 of 5 files") as refused:
        load_images(tmp_path)
    assert "b/3.heic: expected" in str(refused.value)
    assert "ä/2.png: expected" in str(refused.value)


def test_one_folder_is_no_task(tmp_path):
    (letters(tmp_path) / "ä" / "IMG_1.PNG").unlink()
    with pytest.raises(ValueError, match="got 1 such"):
        load_images(tmp_path)
    with pytest.raises(ValueError, match="got 0 such"):
        load_images(tmp_path / "nowhere")
