// The LSTM of the chapter reads what is typed: each gate of each cell, one cell along the
// text, and what the prediction loses when a cell is held.
"use strict";

(() => {
  const { element, svg, slider, select, lstmStep, softmax } = Explorer;
  const { zeroState, logits, oneHot, bars } = Networks;
  const LONGEST = 240;
  const NAMES = {
    c: "content c",
    i: "input gate i",
    f: "forget gate f",
    o: "output gate o",
    g: "candidate g",
  };
  const GATES = ["i", "f", "o"]; // from 0 to 1; the others from -1 to 1
  const SHOWN = { " ": "␣", "\n": "↵" };
  const BEGIN = "Return a list of the\nwords in the string, using \"sep\" as the\ndelimiter string.\n";

  // Every state over a text, with one cell held at a level or none.
  function read(text, weights, held = null) {
    const { symbols, means } = weights;
    const all = [...symbols];
    let state = zeroState(weights);
    const steps = [];
    for (const s of text) {
      const n = all.indexOf(s);
      if (n < 0) continue;
      state = lstmStep(oneHot(n, all.length), state, weights);
      if (held !== null) {
        state.c[held] = means[held];
        state.h[held] = state.o[held] * Math.tanh(state.c[held]);
      }
      steps.push({ n, s, state, p: softmax(logits(state.h, weights)) });
    }
    return steps;
  }

  // Mean surprise of each character but the first.
  function bits(steps) {
    let sum = 0;
    for (let t = 1; t < steps.length; t++) sum -= Math.log2(steps[t - 1].p[steps[t].n]);
    return sum / Math.max(1, steps.length - 1);
  }

  // Blue below, white at the middle, orange above: readable under dark letters.
  function colour(value, gate) {
    const v = gate ? 2 * value - 1 : value;
    const [r, g, b] = v > 0 ? [240, 150, 70] : [90, 165, 225];
    const mix = (k) => Math.round(255 - Math.abs(v) * (255 - k));
    return `rgb(${mix(r)}, ${mix(g)}, ${mix(b)})`;
  }

  // A content has no bounds: from its smallest over the text (-1) to its largest (1).
  function stretched(steps, k) {
    const all = steps.map(({ state }) => state.c[k]);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return all.map((v) => (high > low ? (2 * (v - low)) / (high - low) - 1 : 0));
  }

  function mount(stage, stored) {
    const say = (words) => Explorer.say(stage, words);
    const H = stored.W_hh.shape[0];
    let steps = [];
    let plain = [];
    let text = null; // what `plain` has read
    let map = {}; // the picture of all cells, and what it shows
    const area = element("textarea", { rows: 4, maxlength: LONGEST, spellcheck: "false", oninput: () => run() });
    area.value = BEGIN;
    const what = select("Colour by", Object.entries(NAMES), () => paint());
    const cell = slider({ label: "Cell", min: 0, max: H - 1, step: 1, value: stored.position, show: (k) => `${k}${k === stored.position ? ", follows the place in the line" : ""}`, oninput: () => run() });
    const hold = element("input", { type: "checkbox", onchange: () => run() });
    const letters = element("p", { class: "letters", role: "img" });
    const canvas = element("canvas", { role: "img" });
    const key = element("p", { class: "small" });
    const list = element("ol", { class: "bars two" });
    const heading = element("p", { class: "small" }, "The next character. Outline: without holding a cell.");

    const value = (state, k) => state[what.value][k];

    function paint() {
      const gate = GATES.includes(what.value);
      const k = cell.value;
      const shades = (row) =>
        what.value === "c" ? stretched(steps, row) : steps.map(({ state }) => value(state, row));
      const own = shades(k);
      letters.replaceChildren(
        ...steps.map(({ s, state }, t) => {
          const v = value(state, k);
          return element("span", { style: `background:${colour(own[t], gate)}`, title: v.toFixed(2) }, s === "\n" ? "↵\n" : s);
        }),
      );
      const all = steps.map(({ state }) => value(state, k));
      const range = all.length ? `from ${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)}` : "empty";
      letters.setAttribute("aria-label", `Your text; ${NAMES[what.value]} of cell ${k} goes ${range}.`);
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      if (map.steps !== steps || map.what !== what.value) {
        [canvas.width, canvas.height] = [Math.max(1, steps.length), H];
        for (let row = 0; row < H; row++) {
          shades(row).forEach((v, t) => {
            pen.fillStyle = colour(v, gate);
            pen.fillRect(t, row, 1, 1);
          });
        }
        const picture = pen.getImageData(0, 0, canvas.width, H);
        map = { steps, what: what.value, picture };
      } else pen.putImageData(map.picture, 0, 0);
      pen.fillStyle = "#1f2933";
      pen.fillRect(0, k, 1, 1);
      canvas.setAttribute("aria-label", `Map of ${H} cells, a row each, over ${steps.length} characters.`);
      const ends = { c: ["its smallest in this text", "its largest"], g: ["−1", "1"] };
      const [low, high] = ends[what.value] ?? ["0, shut", "1, open"];
      key.textContent = `Above: cell ${k}. Map: all ${H} cells, a row each. Blue: ${low}; orange: ${high}.`;
    }

    function run() {
      const known = new Set(stored.symbols);
      const strange = [...area.value].filter((s) => !known.has(s));
      if (text !== area.value) plain = read((text = area.value), stored);
      steps = hold.checked ? read(area.value, stored, cell.value) : plain;
      paint();
      const [before, after] = [bits(plain), bits(steps)];
      const words =
        (steps.length < 2 ? "Two characters that it knows are the least. " : "") +
        `Bits per character: ${before.toFixed(3)}` +
        (hold.checked ? `; with cell ${cell.value} held at its mean: ${after.toFixed(3)} (${after >= before ? "+" : "−"}${Math.abs(after - before).toFixed(3)})` : "") +
        `.${strange.length ? ` Unknown to it and left out: ${[...new Set(strange)].join(" ")}` : ""}`;
      if (steps.length) {
        const [p, q] = [steps, plain].map((one) => one[one.length - 1].p);
        const first = [...p.keys()].sort((a, b) => q[b] - q[a]).slice(0, 6);
        bars(
          list,
          first.map((n, place) => ({
            ...{ name: SHOWN[[...stored.symbols][n]] ?? [...stored.symbols][n], p: p[n] },
            ...{ before: q[n], first: place === 0 },
          })),
        );
      } else list.replaceChildren();
      say(words);
    }

    stage.append(
      element("label", {}, element("span", {}, `Your text (up to ${LONGEST} characters)`), area),
      element("div", { class: "explorer-controls" }, what.node, element("label", { class: "tick" }, hold, "Hold this cell at its mean")),
      ...[cell.node, letters, canvas, key, heading, list],
    );
    run();
  }
  // For paper and for pages without scripts: one cell along a text.
  function picture(weights) {
    const cell = weights.position;
    const label = `A text of three lines; each character is coloured by the content of cell ${cell}, which changes along each line and starts anew in the next.`;
    const drawn = svg("svg", { class: "texts", viewBox: "0 0 440 66", role: "img", "aria-label": label });
    let [x, y] = [0, 0];
    const steps = read(BEGIN, weights);
    const shade = stretched(steps, cell);
    for (const [t, { s }] of steps.entries()) {
      const fill = colour(shade[t]);
      drawn.append(svg("rect", { x: 4 + 9.4 * x, y: 2 + 21 * y, width: 9.5, height: 20, fill }));
      if (s !== " ") drawn.append(svg("text", { x: 8.7 + 9.4 * x, y: 17 + 21 * y, class: "letter" }, s === "\n" ? "↵" : s));
      [x, y] = s === "\n" ? [0, y + 1] : [x + 1, y];
    }
    return drawn;
  }

  Explorer.register("gates", { weights: "gates", mount, still: picture, read, bits, BEGIN });
})();
