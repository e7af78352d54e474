"""Pictures of data and of models: windows, splits, batches, readers, alignments."""

from itertools import pairwise

from parts import Drawing

PICTURES = [
    "windows",
    "window_off_by_one",
    "split_in_order",
    "split_shuffled",
    "walk_forward",
    "walk_forward_rolling",
    "forecast_recursive",
    "forecast_direct",
    "forecast_leak",
    "image_as_sequence",
    "batch_first",
    "padding",
    "mask",
    "packing",
    "stacked_layers",
    "bidirectional",
    "joint_model",
    "known_when",
    "session_lanes",
]


def windows() -> Drawing:
    """Rows of inputs and targets, cut from a series of eight values."""
    d = Drawing(400, 284, "Windows over a series")
    w, k, size, x0 = 3, 2, 41, 64
    d.text(30, 38, "series", "muted", small=True)
    for t in range(8):
        d.cell(x0 + t * size, 24, size, 28, f"$y_{t + 1}$", "muted", shade=0)
    for i in range(8 - w - k + 1):
        y = 82 + 40 * i
        d.text(30, y + 14, f"row {i + 1}", small=True)
        for t in range(i, i + w + k):
            kind = "plain" if t < i + w else "lit"
            d.cell(x0 + t * size, y, size, 28, f"$y_{t + 1}$", kind)
    left = x0 + i * size
    middle, right = left + w * size, left + (w + k) * size
    d.brace(left + 2, middle - 4, y + 36, "$w$ inputs")
    d.brace(middle + 4, right - 2, y + 36, "$k$ targets", "lit")
    return d


def window_off_by_one() -> Drawing:
    """The right target, and one that lies inside its own window."""
    d = Drawing(400, 186, "A target inside its own window")
    size, x0 = 46, 108
    for y, word, place, kind in ((24, "right", 3, "lit"), (110, "too early", 2, "bad")):
        d.text(92, y + 14, word, anchor="end", small=True)
        for t in range(3):
            d.cell(x0 + t * size, y, size, 28, f"$y_{t + 1}$")
        x = x0 + place * size
        if place == 3:
            d.cell(x, y, size, 28, "$y_4$", "lit")
            d.text(x + size + 12, y + 14, "target", "lit", "start", small=True)
        else:
            d.cell(x, y + 34, size, 28, "$y_3$", "bad")
            d.text(x + size + 12, y + 48, "target = last input", kind, "start", True)
    return d


def _window(d, y, target, length) -> None:
    """A window as a line with its target behind it."""
    d.line((target - 10 - length, y), (target - 10, y), thick=True)
    d.cell(target - 5, y - 6, 12, 12, "", "lit", shade=0.8)


def split_in_order() -> Drawing:
    """Three parts of a series, and a window of each."""
    d = Drawing(400, 212, "A split in the order of time")
    cuts = (8, 236, 314, 392)
    names = ("training", "validation", "test")
    uses = ("fit", "choose", "judge, once")
    for k, (name, use) in enumerate(zip(names, uses, strict=True)):
        x, end = cuts[k], cuts[k + 1]
        d.cell(x, 40, end - x, 30, name, "plain", shade=(0.05, 0.14, 0.28)[k])
        d.text((x + end) / 2, 24, use, small=True)
    for x in cuts[1:3]:
        d.line((x, 74), (x, 172), kind="muted", dashed=True)
    _window(d, 94, 144, 78)
    _window(d, 126, 266, 78)
    _window(d, 158, 344, 78)
    d.text(48, 94, "inputs", anchor="end", small=True)
    d.text(160, 94, "target", "lit", "start", small=True)
    d.arrow((8, 184), (392, 184), kind="muted")
    d.text(8, 200, "time", "muted", "start", small=True)
    return d


def split_shuffled() -> Drawing:
    """What a training window tells of the target of its neighbour."""
    d = Drawing(400, 250, "What a shuffled split lets the model see")
    size, x0, w = 51, 82, 3
    now, end = x0 + (w + 1) * size, x0 + (w + 3) * size
    d.cell(now, 36, end - now + 8, 162, "", "muted", shade=0.12, dashed=True)
    d.text(now - 10, 22, "known", anchor="end", small=True)
    d.text(now + 6, 22, "not yet known", anchor="start", small=True)
    names = ("t-4", "t-3", "t-2", "t-1", "t", "t+1")
    for i, name in enumerate(("training", "test", "training")):
        y = 50 + 54 * i
        d.text(70, y + 15, name, anchor="end", small=True)
        for t in range(i, i + w + 1):
            kind = "plain" if t < i + w else "lit"
            full = None
            if i == 2 and t > w:
                kind, full = "bad", 0.5
            d.cell(x0 + t * size, y, size, 30, f"$y_{{{names[t]}}}$", kind, full)
    d.brace(now + 2, end - 2, 204, "used in training", "bad")
    return d


def _walk(d, memory=None) -> None:
    """Four fits, each followed by the block that it forecasts."""
    x0, start, block = 40, 192, 56
    for k in range(4):
        x = start + k * block
        d.line((x, 76 + 42 * k), (x, 222), kind="muted", dashed=True)
    for k in range(4):
        y, now = 46 + 42 * k, start + k * block
        since = x0 if memory is None else now - memory
        if since > x0:
            d.cell(x0, y, since - x0, 26, "", "muted", shade=0, dashed=True)
        d.cell(since, y, now - since, 26, "fit", "plain", shade=0.12)
        d.cell(now, y, block, 26, "", "lit", shade=0.3)
        d.text(20, y + 13, f"{k + 1}", small=True)
    d.text(start + block / 2, 28, "forecast", "lit", small=True)
    for k in range(4):
        x = start + k * block
        d.cell(x, 222, block, 26, f"{k + 1}", "lit", shade=0.3)
    d.text(start - 12, 235, "each day once", anchor="end", small=True)
    d.arrow((x0, 270), (424, 270), kind="muted")
    d.text(x0, 286, "time", "muted", "start", small=True)


def walk_forward() -> Drawing:
    """Fit on everything before, forecast the next block, move on."""
    d = Drawing(440, 298, "Walk-forward validation on all days before")
    _walk(d)
    return d


def walk_forward_rolling() -> Drawing:
    """The same with a memory: only the last days before are fitted on."""
    d = Drawing(440, 298, "Walk-forward validation on the last days before")
    _walk(d, memory=112)
    return d


def _seven(side=28) -> list[tuple[int, int]]:
    """Pixels (row, column) of a seven: what lies near two strokes of a pen."""
    strokes = (((7, 6), (6, 20)), ((6, 20), (22, 12)))
    ink = []
    for r in range(side):
        for c in range(side):
            for (r0, c0), (r1, c1) in strokes:
                dr, dc = r1 - r0, c1 - c0
                s = ((r - r0) * dr + (c - c0) * dc) / (dr * dr + dc * dc)
                s = min(1, max(0, s))
                if (r - r0 - s * dr) ** 2 + (c - c0 - s * dc) ** 2 < 2:
                    ink.append((r, c))
                    break
    return ink


def _image(d, x, y, size, lit=()) -> None:
    """The seven, in pixels of a size, some of its rows lit."""
    d.cell(x, y, 28 * size, 28 * size, "", "muted", shade=0)
    for row in lit:
        d.cell(x, y + row * size, 28 * size, size, "", "lit", shade=0.35)
    for row in range(28):
        ink = [c for r, c in _seven() if r == row]
        if ink:
            left, wide = x + ink[0] * size, (ink[-1] - ink[0] + 1) * size
            d.parts.append(
                f'<rect class="head plain" x="{left:g}" y="{y + row * size:g}" '
                f'width="{wide:g}" height="{size + 0.3:g}"/>'
            )


def image_as_sequence() -> Drawing:
    """Rows of an image into an LSTM, its last output into ten logits."""
    d = Drawing(440, 372, "An image as a sequence of 28 rows")
    size, x, y = 7, 20, 34
    _image(d, x, y, size, lit=(0, 13, 27))
    d.text(x + 14 * size, 16, "28 rows of 28 pixels", small=True)
    cell, wide, high = 292, 78, 32
    mid = cell + wide / 2
    steps = ((1, "1"), (14, "t"), (28, "28"))
    for row, name in steps:
        top = y + (row - 1) * size
        middle = top + size / 2
        d.arrow((x + 28 * size + 3, middle), (cell - 2, middle), kind="lit")
        d.text(248, middle - 13, f"$x_{{{name}}}$")
        d.box(cell, middle - high / 2, wide, high, "LSTM")
    heights = [y + (row - 0.5) * size for row, _ in steps]
    states = (("1", "t-1"), ("t", "27"))
    for (above, below), (out, come) in zip(pairwise(heights), states, strict=True):
        start, end = above + high / 2, below - high / 2
        half = (start + end) / 2
        d.arrow((mid, start), (mid, half - 9))
        d.text(mid, half, "⋮")
        d.arrow((mid, half + 9), (mid, end - 2))
        d.text(mid + 14, start + 11, f"$h_{{{out}}}$", anchor="start")
        d.text(mid + 14, end - 13, f"$h_{{{come}}}$", anchor="start")
    last = heights[-1] + high / 2
    d.arrow((mid, last), (mid, last + 32))
    d.text(mid + 14, last + 15, "$h_{28}$", anchor="start")
    d.box(cell, last + 34, wide, high, "head")
    d.arrow((mid, last + 34 + high), (mid, last + 92))
    first = mid - 5 * 20
    for k in range(10):
        d.cell(first + k * 20, last + 94, 20, 24, f"{k}")
    d.text(first - 12, last + 106, "ten logits", anchor="end", small=True)
    return d


WORDS = (("what", "a", "waste", "of", "time"), ("good", "film"))
WORDS += (("the", "acting", "was", "good"),)


def padding() -> Drawing:
    """Three sentences as one array; where the last word stands."""
    d = Drawing(440, 214, "Padding, the last column and the last word")
    size, x0 = 66, 46
    for b, words in enumerate(WORDS):
        y = 44 + 40 * b
        d.text(32, y + 15, f"{len(words)}", small=True)
        for t in range(5):
            x = x0 + t * size
            if t < len(words):
                kind = "lit" if t == len(words) - 1 else "plain"
                d.cell(x, y, size, 30, words[t], kind, 0.3 if kind == "lit" else None)
            else:
                d.cell(x, y, size, 30, "0", "muted", shade=0, dashed=True)
    d.text(32, 20, "$n$", small=True)
    for t in range(5):
        d.text(x0 + (t + 0.5) * size, 20, f"{t + 1}", "muted", small=True)
    d.brace(x0 + 4 * size + 3, x0 + 5 * size - 3, 162, "last column", "muted")
    d.text(x0, 188, "the last word of each", "lit", "start", small=True)
    return d


def mask() -> Drawing:
    """At a word the state takes a step; past the padding it is handed on."""
    d = Drawing(440, 190, "A mask: the state passes the padding unchanged")
    wide, first, pitch, y = 50, 62, 98, 40
    for t, word in enumerate(("good", "film", "0", "0")):
        x = first + t * pitch
        real = t < 2
        if real:
            d.arrow((x - 46, y + 15), (x - 2, y + 15))
            d.box(x, y, wide, 30, "cell")
            d.arrow((x + wide / 2, 104), (x + wide / 2, y + 32))
            d.cell(x - 4, 106, wide + 8, 28, word)
        else:
            d.line((x - 48, y + 15), (x + wide, y + 15), kind="lit")
            d.cell(x - 4, 106, wide + 8, 28, word, "muted", shade=0, dashed=True)
        d.text(x + wide / 2, 160, f"{int(real)}", "plain" if real else "muted")
        d.text(x - 26, y - 2, f"$h_{min(t, 2)}$", "plain" if t < 3 else "lit")
    x += wide
    d.arrow((x, y + 15), (x + 34, y + 15), kind="lit")
    d.text(x + 20, y - 2, "$h_2$", "lit")
    d.text(48, 160, "mask", "muted", "end", small=True)
    return d


def packing() -> Drawing:
    """The same sentences by length: what each step reads."""
    d = Drawing(440, 236, "Packing: each step reads only words")
    size, x0 = 66, 76
    rows = sorted(WORDS, key=len, reverse=True)
    for t in range(5):
        x = x0 + t * size
        count = sum(t < len(words) for words in rows)
        d.cell(x + 2, 36, size - 4, 40 * count + 6, "", "muted", shade=0.06)
        for b in range(count):
            words = rows[b]
            kind = "lit" if t == len(words) - 1 else "plain"
            full = 0.3 if kind == "lit" else None
            d.cell(x + 6, 44 + 40 * b, size - 12, 30, words[t], kind, full)
        d.text(x + size / 2, 18, f"{t + 1}", "muted", small=True)
        d.text(x + size / 2, 190, f"{count}")
    d.text(66, 18, "step", "muted", "end", small=True)
    d.text(66, 190, "words", "plain", "end", small=True)
    d.text(x0 + 2, 220, "final state of the sentence", "lit", "start", small=True)
    return d


def stacked_layers() -> Drawing:
    """Two layers: the states of the lower one are the inputs of the upper one."""
    d = Drawing(440, 226, "Two stacked layers")
    wide, high, first, pitch = 66, 34, 74, 100
    upper, lower = 16, 106
    for t in range(3):
        x = first + t * pitch
        mid = x + wide / 2
        for y, name in ((upper, "layer 2"), (lower, "layer 1")):
            if t:
                at = y + high / 2
                d.arrow((x - pitch + wide, at), (x - 2, at))
            d.box(x, y, wide, high, name)
        d.arrow((mid, 190), (mid, lower + high + 2))
        d.text(mid, 206, f"$x_{t + 1}$")
        d.arrow((mid, lower), (mid, upper + high + 2), kind="lit")
    d.text(first + 24, (upper + high + lower) / 2, "all states", "lit", "end", True)
    end, at = x + wide, upper + high / 2
    d.arrow((end, at), (end + 26, at), kind="lit")
    d.text(end + 31, at, "last state", "lit", "start", small=True)
    return d


def bidirectional() -> Drawing:
    """Where each direction has read all words, and the last column of both."""
    d = Drawing(440, 282, "A bidirectional layer, its final states, its last column")
    wide, high, first, pitch = 56, 34, 56, 82
    upper, lower, words = 50, 202, 128
    for t, word in enumerate(("the", "film", "was", "good")):
        x = first + t * pitch
        mid = x + wide / 2
        d.arrow((mid, words), (mid, upper + high + 2))
        d.arrow((mid, words + 30), (mid, lower - 2))
        d.cell(x - 2, words, wide + 4, 30, word)
        if t:
            left = x - pitch + wide
            d.arrow((left, upper + high / 2), (x - 2, upper + high / 2))
            d.arrow((x, lower + high / 2), (left + 2, lower + high / 2))
        d.box(x, upper, wide, high, f"{t + 1}", "lit" if t == 3 else "plain")
        d.box(x, lower, wide, high, f"{4 - t}", "plain" if t else "lit")
    d.arrow((mid + 28, upper + 17), (436, upper + 17), kind="lit")
    d.arrow((first, lower + 17), (16, lower + 17), kind="lit")
    d.text(436, upper - 4, "h_n[-2]", "lit", "end", small=True)
    d.text(16, lower + 50, "h_n[-1]", "lit", "start", small=True)
    left, right, low = mid - 38, mid + 38, lower + 44
    ring = ((left, 34), (right, 34), (right, low), (left, low), (left, 34))
    d.line(*ring, kind="muted", dashed=True)
    d.text(mid, low + 18, "out[:, -1]", "muted", small=True)
    d.text(56, 24, "forwards: words read", "plain", "start", small=True)
    d.text(mid - 50, lower + 50, "backwards: words read", "plain", "end", small=True)
    return d


def joint_model() -> Drawing:
    """One embedding, two readers, one head."""
    d = Drawing(440, 378, "A joint model of an LSTM and a GRU")
    mid, wide, high = 200, 118, 34
    left, right = 118, 282

    def step(y, label, shape, kind="plain"):
        d.box(mid - wide / 2, y, wide, high, label, kind)
        d.text(436, y + high + 13, shape, "muted", "end", small=True)

    d.text(mid, 16, "numbers of the words", small=True)
    d.text(436, 16, "(B, T)", "muted", "end", small=True)
    d.arrow((mid, 28), (mid, 48))
    step(50, "embedding", "(B, T, 32)", "lit")
    for x, name in ((left, "LSTM"), (right, "GRU")):
        d.arrow((mid, 84), (mid, 100), (x, 100), (x, 128))
        d.box(x - 50, 130, 100, high, name)
        near = mid + (-30 if x < mid else 30)
        d.arrow((x, 164), (x, 190), (near, 190), (near, 212))
    d.text(left - 12, 178, "$h_T$", anchor="end")
    d.text(right + 12, 178, "$h_T$", anchor="start")
    d.text(436, 178, "2 × (B, 32)", "muted", "end", small=True)
    step(214, "side by side", "(B, 64)")
    d.arrow((mid, 248), (mid, 276))
    step(278, "head", "(B,)", "lit")
    d.arrow((mid, 312), (mid, 344))
    d.text(mid, 358, "logit", small=True)
    return d


def batch_first() -> Drawing:
    """A batch of images by rows, read in two ways: what image 3 depends on."""
    d = Drawing(440, 264, "What the answer for image 3 depends on")
    side, high, y0 = 38, 28, 76
    for b in range(6):
        kind = "plain" if b == 3 else "muted"
        d.text(80, y0 + (b + 0.5) * high, f"image {b}", kind, "end", small=True)
    d.text(80, y0 - 14, "row", "muted", "end", small=True)
    for x0, name in ((92, "batch_first=True"), (278, "without it")):
        d.text(x0 + 2 * side, 22, name)
        for t, row in enumerate(("1", "2", "⋯", "28")):
            d.text(x0 + (t + 0.5) * side, y0 - 14, row, "muted", small=True)
        d.sheet(x0, y0, 6, 4, "muted", (0, high), (side, 0))
        if name == "without it":
            d.sheet(x0 + 3 * side, y0, 4, 1, "lit", (0, high), (side, 0))
            x, y = x0 + 3.5 * side, y0 + 4 * high
            d.arrow((x, y0 + 6), (x, y - 6), thick=True)
        else:
            d.sheet(x0, y0 + 3 * high, 1, 4, "lit", (0, high), (side, 0))
            y = y0 + 3.5 * high
            d.arrow((x0 + 8, y), (x0 + 4 * side - 8, y), thick=True)
    return d


def _path(d, rows) -> None:
    """Rows of inputs and a forecast; what comes after today lies behind a line."""
    size, x0 = 56, 44
    names = ("t-2", "t-1", "t", "t+1", "t+2", "t+3")
    now = x0 + 3 * size
    d.line((now, 12), (now, 40 + 44 * len(rows)), kind="muted", dashed=True)
    d.text(now - 10, 18, "known", "muted", "end", small=True)
    d.text(now + 10, 18, "to come", "muted", "start", small=True)
    for k, (first, known, given, forecast) in enumerate(rows):
        y = 40 + 44 * k
        for j in range(first, first + known + given + forecast):
            x = x0 + j * size
            label = f"$r̂_{{{names[j]}}}$"
            if j < first + known:
                label, full = f"$r_{{{names[j]}}}$", None
                kind = "plain" if j < 3 else "bad"
            elif j < first + known + given:
                kind, full = "lit", None
            else:
                kind, full = "lit", 0.5
            d.cell(x, y, size, 30, label, kind, full, dashed=kind == "bad")


def forecast_recursive() -> Drawing:
    """Each forecast is an input of the next one."""
    d = Drawing(440, 180, "A recursive forecast of three days")
    _path(d, ((0, 3, 0, 1), (1, 2, 1, 1), (2, 1, 2, 1)))
    return d


def forecast_direct() -> Drawing:
    """All days at once, from what is known."""
    d = Drawing(440, 92, "A direct forecast of three days")
    _path(d, ((0, 3, 0, 3),))
    return d


def forecast_leak() -> Drawing:
    """The common mistake: the inputs are what really came."""
    d = Drawing(440, 180, "Three forecasts of one day, drawn as one of three days")
    _path(d, ((0, 3, 0, 1), (1, 3, 0, 1), (2, 3, 0, 1)))
    return d


def known_when() -> Drawing:
    """Which columns are known at the hour of a forecast, and which are not."""
    d = Drawing(420, 226, "What is known at the hour of a forecast")
    now, left, right = 268, 122, 410
    rows = (
        ("target", "lit", False),
        ("weather", "plain", False),
        ("hour and season", "plain", True),
        ("its forecast", "plain", True),
    )
    for k, (name, kind, ahead) in enumerate(rows):
        y = 34 + 44 * k
        d.text(left - 8, y + 14, name, kind, anchor="end", small=True)
        d.cell(left, y, now - left, 28, "", kind)
        words = "known" if ahead else "to forecast" if k == 0 else "not known"
        if k == 3:
            words = "as it was said"
        d.cell(now, y, right - now, 28, words, kind, None if ahead else 0, not ahead)
    d.line((now, 24), (now, 204), kind="muted")
    d.text(now, 14, "now", small=True)
    d.text(left, 212, "read so far", "muted", "start", small=True)
    d.text(right, 212, "the next 48 hours", "muted", "end", small=True)
    return d


def session_lanes() -> Drawing:
    """Three lanes of sessions side by side; where one begins, the state is zero."""
    d = Drawing(430, 214, "Sessions in parallel lanes")
    rows = (("a3", "d2", "f2"), ("b2", "e5"), ("c4", "g3"))
    x0, size, wide = 78, 49, 29  # a 0 has room beside the frame
    d.cell(x0 + 3 * size - 2, 22, wide + 4, 152, "", "muted", shade=0.12, dashed=True)
    for lane, sessions in enumerate(rows):
        y, t = 40 + 46 * lane, 0
        d.text(64, y + 14, f"lane {lane + 1}", anchor="end", small=True)
        for name, count in sessions:
            for k in range(1, int(count) + 1):
                x = x0 + t * size
                if x + wide > 425:
                    break
                first = k == 1
                d.cell(x, y, wide, 28, f"${name}_{k}$", "lit" if first else "plain")
                if not first:
                    d.arrow((x - size + wide, y + 14), (x, y + 14))
                elif t:
                    d.text(x - (size - wide) / 2, y + 14, "0", "lit", small=True)
                t += 1
    d.text(x0 + 3 * size + wide / 2, 10, "one step, (B,)", small=True)
    d.arrow((x0, 190), (418, 190), kind="muted")
    d.text(x0, 204, "steps", "muted", "start", small=True)
    return d
