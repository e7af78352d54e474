// Draw a digit; an LSTM reads it row by row, and its belief changes with each row.
"use strict";

(() => {
  const { element, svg, button, slider, select, still, lstmStep, softmax } = Explorer;
  const { zeroState, logits, bars } = Networks;
  const SIDE = 28;
  const PEN = 2.4; // the width of a line in pixels of MNIST

  // Lines of ours, in a square of 0 to 1, no images of MNIST.
  const arc = (x, y, rx, ry, from, to, n = 16) =>
    Array.from({ length: n + 1 }, (_, k) => {
      const t = ((from + ((to - from) * k) / n) * Math.PI) / 180;
      return [x + rx * Math.cos(t), y + ry * Math.sin(t)];
    });
  const EXAMPLES = {
    0: [arc(0.5, 0.5, 0.25, 0.38, -90, 270, 28)],
    1: [[[0.56, 0.12], [0.46, 0.88]]],
    2: [[...arc(0.5, 0.33, 0.22, 0.2, -180, 40), [0.28, 0.86], [0.76, 0.86]]],
    3: [[...arc(0.48, 0.31, 0.2, 0.18, -150, 90), ...arc(0.48, 0.68, 0.24, 0.2, -90, 150)]],
    4: [[[0.3, 0.12], [0.26, 0.52], [0.74, 0.5]], [[0.68, 0.16], [0.62, 0.9]]],
    5: [[[0.72, 0.14], [0.36, 0.14], [0.33, 0.46], ...arc(0.48, 0.64, 0.22, 0.22, -120, 140)]],
    6: [[[0.62, 0.1], [0.4, 0.36], ...arc(0.5, 0.68, 0.2, 0.2, -180, 180, 24)]],
    7: [[[0.26, 0.18], [0.74, 0.16], [0.46, 0.9]]],
    8: [[...arc(0.5, 0.3, 0.18, 0.18, 90, 450, 24), ...arc(0.5, 0.68, 0.22, 0.2, -90, 270, 24)]],
    9: [[...arc(0.48, 0.34, 0.2, 0.2, 0, -360, 24), [0.66, 0.5], [0.6, 0.9]]],
    fools: [[[0.28, 0.2], [0.72, 0.18], [0.46, 0.9]], [[0.22, 0.86], [0.78, 0.86]]],
  };

  const clamp = (v) => Math.max(0, Math.min(1, v));

  function distance([x, y], [ax, ay], [bx, by]) {
    const [dx, dy] = [bx - ax, by - ay];
    const t = clamp(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1));
    return Math.hypot(x - ax - t * dx, y - ay - t * dy);
  }

  function ink(lines) {
    const image = new Float64Array(SIDE * SIDE);
    for (const line of lines) {
      for (let n = 0; n < Math.max(1, line.length - 1); n++) {
        const [a, b] = [line[n], line[Math.min(n + 1, line.length - 1)]];
        const [x0, x1] = [Math.min(a[0], b[0]) - 3, Math.max(a[0], b[0]) + 3];
        const [y0, y1] = [Math.min(a[1], b[1]) - 3, Math.max(a[1], b[1]) + 3];
        for (let y = Math.max(0, Math.floor(y0)); y < Math.min(SIDE, y1); y++) {
          for (let x = Math.max(0, Math.floor(x0)); x < Math.min(SIDE, x1); x++) {
            const v = clamp(PEN / 2 + 0.5 - distance([x + 0.5, y + 0.5], a, b));
            image[y * SIDE + x] = Math.max(image[y * SIDE + x], v);
          }
        }
      }
    }
    return image;
  }

  // As MNIST was made: into a square of 20 pixels, its centre of mass in the middle.
  function prepare(lines) {
    const all = lines.flat();
    if (!all.length) return new Float64Array(SIDE * SIDE);
    const [xs, ys] = [all.map((p) => p[0]), all.map((p) => p[1])];
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const size = Math.max(Math.max(...xs) - left, Math.max(...ys) - top, 0.02);
    const scale = (20 - PEN) / size;
    const place = (dx, dy) =>
      lines.map((l) => l.map(([x, y]) => [(x - left) * scale + dx, (y - top) * scale + dy]));
    const first = ink(place(5, 5));
    let [mass, mx, my] = [0, 0, 0];
    first.forEach((v, k) => {
      mass += v;
      mx += v * ((k % SIDE) + 0.5);
      my += v * (Math.floor(k / SIDE) + 0.5);
    });
    return ink(place(5 + SIDE / 2 - mx / mass, 5 + SIDE / 2 - my / mass));
  }

  // The belief after each row: 28 lists of ten.
  function read(image, weights) {
    let state = zeroState(weights);
    return Array.from({ length: SIDE }, (_, row) => {
      state = lstmStep(image.slice(row * SIDE, (row + 1) * SIDE), state, weights);
      return { state, belief: [...softmax(logits(state.h, weights))] };
    });
  }

  const best = (p) => p.indexOf(Math.max(...p));

  function mount(stage, weights) {
    const say = (words) => Explorer.say(stage, words);
    let lines = [];
    let line = null;
    let beliefs = [];
    let image = new Float64Array(SIDE * SIDE);
    let timer = 0;
    let pen = [0.5, 0.2];
    let down = false;

    const draw = svg("g", { class: "lines" });
    const mark = svg("circle", { class: "pen", r: 2.2, cx: 50, cy: 20 });
    const pad = svg(
      "svg",
      {
        ...{ class: "pad", viewBox: "0 0 100 100", tabindex: 0, role: "application" },
        "aria-label":
          "Drawing pad. Draw with pointer or finger; or move the pen with the arrow " +
          "keys, and lower or lift it with the space bar.",
      },
      draw,
      mark,
    );
    const pixels = svg("g");
    const paper = svg("rect", { class: "paper", x: 0, width: SIDE });
    const map = svg("g", { class: "map" });
    const now = svg("rect", { class: "now", x: 31, width: 40, height: 1 });
    const seen = svg(
      "svg",
      { class: "seen", viewBox: "-0.5 -0.5 72.5 32.5", role: "img" },
      ...[pixels, paper, map, now],
    );
    const list = element("ol", { class: "bars" });
    const rows = slider({
      ...{ label: "Rows read", min: 1, max: SIDE, step: 1, value: SIDE },
      show: (n) => `${n} of ${SIDE}`,
      oninput: (n) => (stop(), say(show(n))),
    });
    const examples = select(
      "Draw for me",
      [["", "choose …"], ...[..."0123456789"].map((k) => [k, k]), ["fools", "what fools it"]],
      (k) => {
        if (!k) return;
        lines = EXAMPLES[k].map((l) => l.map((p) => [...p]));
        examples.value = "";
        finish();
      },
    );
    const clear = button("Clear", () => {
      stop();
      lines = [];
      down = false;
      sketch();
      finish();
      say("The pad is empty.");
    });

    function stop() {
      clearInterval(timer);
    }

    function sketch() {
      draw.replaceChildren(
        ...lines.map((l) =>
          svg("polyline", {
            points: [...l, l[l.length - 1]].map((p) => `${100 * p[0]},${100 * p[1]}`).join(" "),
          }),
        ),
      );
      mark.setAttribute("cx", 100 * pen[0]);
      mark.setAttribute("cy", 100 * pen[1]);
      mark.classList.toggle("down", down);
    }

    function show(n) {
      rows.value = n;
      paper.setAttribute("y", n);
      paper.setAttribute("height", SIDE - n);
      now.setAttribute("y", n - 1);
      const p = beliefs[n - 1].belief;
      const top = best(p);
      bars(
        list,
        p.map((v, k) => ({ name: String(k), p: v, first: k === top })),
      );
      const words = `After ${n} of ${SIDE} rows: most likely ${top}, with ${Math.round(100 * p[top])} %.`;
      seen.setAttribute("aria-label", `The drawing as the network reads it, and beside each row the belief in the ten digits. ${words}`);
      return words;
    }

    // The drawing is whole: read it, and show the reading.
    function finish() {
      stop();
      sketch();
      image = prepare(lines);
      beliefs = read(image, weights);
      const grey = [...image].map((v, k) =>
        v > 0.02
          ? svg("rect", {
              ...{ x: k % SIDE, y: Math.floor(k / SIDE), width: 1.02, height: 1.02 },
              opacity: v.toFixed(2),
            })
          : null,
      );
      pixels.replaceChildren(...grey.filter(Boolean));
      map.replaceChildren(
        ...beliefs.flatMap(({ belief }, row) =>
          belief.map((p, k) =>
            svg("rect", {
              ...{ x: 31 + 4 * k, y: row, width: 4, height: 1.02 },
              opacity: Math.max(0.03, p).toFixed(2),
            }),
          ),
        ),
        ...[..."0123456789"].map((k) => svg("text", { x: 33 + 4 * k, y: 31.4 }, k)),
      );
      const words = show(SIDE); // at once, so that the bars have their room
      if (!lines.length) return;
      if (still()) return say(words);
      let n = 0;
      timer = setInterval(() => {
        show(++n);
        if (n < SIDE) return;
        stop();
        say(words);
      }, 60);
    }

    function at(event) {
      const { left, top, width, height } = pad.getBoundingClientRect();
      return [clamp((event.clientX - left) / width), clamp((event.clientY - top) / height)];
    }

    pad.addEventListener("pointerdown", (event) => {
      stop();
      event.preventDefault();
      pad.focus({ preventScroll: true });
      pad.setPointerCapture(event.pointerId);
      line = [at(event)];
      lines.push(line);
    });
    pad.addEventListener("pointermove", (event) => {
      if (!line) return;
      line.push((pen = at(event)));
      sketch();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      pad.addEventListener(end, () => {
        if (line) finish();
        line = null;
      });
    }
    const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    pad.addEventListener("keydown", (event) => {
      if (event.key === " ") {
        down = !down;
        if (down) lines.push([[...pen]]);
        say(down ? "Pen down." : "Pen up.");
        if (!down) finish();
      } else if (MOVES[event.key]) {
        pen = pen.map((v, k) => clamp(v + 0.04 * MOVES[event.key][k]));
        if (down) lines[lines.length - 1].push([...pen]);
      } else return;
      event.preventDefault();
      sketch();
    });

    stage.append(
      element(
        "div",
        { class: "columns" },
        element("div", { class: "left" }, pad),
        element("div", { class: "right" }, seen, rows.node),
      ),
      element("div", { class: "explorer-controls" }, examples.node, clear),
      list,
    );
    lines = EXAMPLES[3].map((l) => [...l]);
    finish();
  }
  // For paper and for pages without scripts.
  function picture(weights) {
    const box = element("div");
    mount(box, weights);
    const drawn = box.querySelector(".seen");
    drawn.querySelector(".paper").remove();
    drawn.querySelector(".now").remove();
    drawn.setAttribute(
      "aria-label",
      "A 3 as the network reads it, and beside each of its 28 rows the belief in the " +
        "ten digits: it ends in the 3.",
    );
    return drawn;
  }

  Explorer.register("digit", { weights: "digit", mount, still: picture, prepare, read, EXAMPLES });
})();
