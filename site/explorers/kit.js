// What all explorers of this book share: when they start, their controls, their words,
// weights, and the course's mathematics in the notation of rnnbook.cells. A classic
// script without a request to anywhere, so that pages work from a disk too.
"use strict";

const Explorer = (() => {
  const registered = {}; // name: { weights, mount }
  const arrived = {}; // name: weights, as they were packed
  const waitingFor = {}; // name: what to do when its weights arrive
  const home = document.currentScript.src.replace(/[^/]*$/, "");

  // --- when it starts ------------------------------------------------------

  function register(name, explorer) {
    registered[name] = explorer;
  }

  // A file of weights calls this; each number of it is decoded once.
  function weights(name, packed) {
    arrived[name] = Object.fromEntries(
      Object.entries(packed).map(([key, one]) => [key, one?.data ? decode(one) : one]),
    );
    (waitingFor[name] ?? []).forEach((go) => go());
    delete waitingFor[name];
  }

  function withWeights(name, go) {
    if (arrived[name]) return go();
    if (waitingFor[name]) return waitingFor[name].push(go);
    waitingFor[name] = [go];
    const script = document.createElement("script");
    script.src = `${home}weights/${name}.js`;
    document.head.append(script);
  }

  // The static picture stays for paper and until all is there.
  function start(box) {
    const name = box.dataset.explorer;
    const explorer = registered[name];
    if (!explorer || box.dataset.state) return;
    box.dataset.state = "coming";
    const go = () => {
      const live = box.querySelector(".explorer-live");
      const state = explorer.mount(live, arrived[name]);
      const words = element("p", { class: "explorer-words", "aria-live": "polite" });
      live.append(words);
      said.set(live, words);
      state?.describe && (words.textContent = state.describe());
      box.dataset.state = "here";
      box.dispatchEvent(new CustomEvent("explorer-here", { bubbles: true }));
    };
    if (explorer.weights) withWeights(explorer.weights, go);
    else go();
  }

  function watch() {
    const boxes = [...document.querySelectorAll("[data-explorer]")];
    const seen = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          seen.unobserve(target);
          start(target);
        }
      },
      { rootMargin: "200px" },
    );
    boxes.forEach((box) => {
      box.classList.add("explorer-waits"); // now it holds the height it will have
      seen.observe(box);
    });
  }

  // --- words ---------------------------------------------------------------
  // What changed, for who cannot see it: after a pause, not at each frame.

  const said = new Map();
  const pauses = new Map();
  const came = new Map(); // a page's words, as they came

  function say(live, text) {
    clearTimeout(pauses.get(live));
    const speak = () => said.get(live) && (said.get(live).textContent = text);
    pauses.set(live, setTimeout(speak, 250));
  }

  // What the page says to try first, in the words of what is chosen; null: as it came.
  function tryFirst(live, text) {
    const first = live.closest(".explorer")?.querySelector(":scope > p");
    if (!first) return; // the explorer stands alone
    if (!came.has(first)) {
      came.set(first, first.innerHTML);
      first.style.minHeight = `${first.offsetHeight}px`; // what is below stays where it is
    }
    if (text === null) first.innerHTML = came.get(first);
    else first.replaceChildren(element("strong", {}, "Try first:"), ` ${text}`);
  }

  // The still picture of one, for paper and for pages without scripts.
  const picture = (name) => registered[name].still(arrived[name]);

  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  const finger = () => matchMedia("(pointer: coarse)").matches;

  // A number as the field writes it, with a minus sign.
  const number = (v, digits = 2) =>
    v.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "\u2212");

  // --- parts ---------------------------------------------------------------

  function fill(node, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined) node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  }

  function element(tag, attributes = {}, ...children) {
    return fill(document.createElement(tag), attributes, children);
  }

  const SVG = "http://www.w3.org/2000/svg";
  function svg(tag, attributes = {}, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
  }

  function button(label, onclick) {
    return element("button", { type: "button", onclick }, label);
  }

  // A native slider with its label and its value, which a screen reader hears as shown.
  function slider({ label, min, max, step, value, show = number, oninput }) {
    const shown = element("output", { class: "explorer-value" });
    const input = element("input", { type: "range", min, max, step, autocomplete: "off" });
    const read = () => {
      shown.textContent = show(Number(input.value));
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    const set = (v) => {
      input.value = v;
      read();
      oninput(Number(input.value));
    };
    input.addEventListener("input", () => set(input.value));
    // A finger that scrolls the page begins as one that pulls: take back what it did.
    let before = null;
    input.addEventListener("pointerdown", () => (before = input.value), true);
    input.addEventListener("pointercancel", () => {
      const back = before;
      setTimeout(() => back !== null && set(back));
    });
    // One step at a time, for a finger: the keyboard has its arrows for it.
    const nudge = (sign, text) => {
      const one = button(text, () => set(Number(input.value) + sign * input.step));
      one.className = "explorer-nudge";
      one.tabIndex = -1;
      one.setAttribute("aria-label", `${label}: one step ${sign < 0 ? "down" : "up"}`);
      return one;
    };
    const name = element("span", {}, label);
    const one = {
      node: element(
        "div",
        { class: `explorer-slider${finger() ? " explorer-finger" : ""}` },
        element("label", {}, name, input),
        ...(finger() ? [nudge(-1, "\u2212"), nudge(1, "+")] : []),
        shown,
      ),
      get value() {
        return Number(input.value);
      },
      set value(v) {
        input.value = v;
        read();
      },
      rename: (text) => (name.textContent = text),
    };
    one.value = value;
    return one;
  }

  function select(label, options, onchange) {
    const box = element("select", { autocomplete: "off" });
    const one = {
      node: element("label", { class: "explorer-select" }, element("span", {}, label), box),
      get value() {
        return box.value;
      },
      set value(v) {
        box.value = v;
      },
      offer(pairs) {
        box.replaceChildren(
          ...pairs.map(([value, text]) => element("option", { value }, text)),
        );
      },
    };
    one.offer(options);
    box.addEventListener("change", () => onchange(box.value));
    return one;
  }

  // A row of switches with one Tab stop: arrows move, Space and Enter press.
  function switches(label, names, values, onchange) {
    const row = element("div", { class: "explorer-switches", role: "group" });
    row.setAttribute("aria-label", label);
    const all = names.map((name, k) =>
      element("button", {
        type: "button",
        tabindex: k ? -1 : 0,
        onclick: () => onchange(k),
      }),
    );
    const goTo = (k) => {
      all.forEach((one, n) => (one.tabIndex = n === k ? 0 : -1));
      all[k].focus();
    };
    row.addEventListener("keydown", (event) => {
      const at = all.indexOf(event.target);
      const last = all.length - 1;
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
      if (at < 0 || to === undefined) return;
      event.preventDefault();
      goTo(Math.min(last, Math.max(0, to)));
    });
    const show = (now, pressed = now, words = names.map((name, k) => `${name}: ${now[k]}`)) =>
      all.forEach((one, k) => {
        one.setAttribute("aria-pressed", Boolean(pressed[k]));
        one.setAttribute("aria-label", words[k]);
        one.textContent = now[k];
      });
    row.append(...all);
    show(values);
    return { node: row, show };
  }

  // --- weights -------------------------------------------------------------
  // Packed by export.py: half precision, or bytes with a scale for each column.

  function half(bits) {
    const sign = bits & 0x8000 ? -1 : 1;
    const [power, rest] = [(bits >> 10) & 31, bits & 1023];
    if (power === 0) return sign * rest * 2 ** -24;
    if (power === 31) return rest ? NaN : sign * Infinity;
    return sign * (1 + rest / 1024) * 2 ** (power - 15);
  }

  function decode({ kind, shape, data, scale }) {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const columns = shape.at(-1);
    const read = {
      f16: (k) => half(view.getUint16(2 * k, true)),
      i8: (k) => view.getInt8(k) * scale[k % columns],
    }[kind];
    const length = shape.reduce((a, b) => a * b, 1);
    return { shape, values: Float64Array.from({ length }, (_, k) => read(k)) };
  }

  // Rows of numbers, or one row for a bias, as matrices are kept here.
  function matrix(rows) {
    const many = Array.isArray(rows[0]);
    const shape = many ? [rows.length, rows[0].length] : [rows.length];
    return { shape, values: Float64Array.from(rows.flat()) };
  }

  // --- the course's mathematics --------------------------------------------
  // Row vectors, W_xh (D, kH), W_hh (H, kH), b_h (kH,); order i f g o, and r z n.

  function times(x, { shape: [rows, columns], values }) {
    const out = new Float64Array(columns);
    for (let j = 0; j < rows; j++) {
      const v = x[j];
      if (v === 0) continue; // one-hot inputs are mostly this
      for (let k = 0; k < columns; k++) out[k] += v * values[j * columns + k];
    }
    return out;
  }

  function plus(first, ...rest) {
    const out = first.slice();
    for (const a of rest) for (let k = 0; k < out.length; k++) out[k] += a[k];
    return out;
  }

  const sigmoid = (a) => 0.5 * Math.tanh(0.5 * a) + 0.5;
  const part = (a, k, H) => a.subarray(k * H, (k + 1) * H);

  function rnnStep(x, h, p) {
    return plus(times(x, p.W_xh), times(h, p.W_hh), p.b_h.values).map(Math.tanh);
  }

  function lstmStep(x, { h, c }, p) {
    const H = h.length;
    const a = plus(times(x, p.W_xh), times(h, p.W_hh), p.b_h.values);
    const [i, f, o] = [0, 1, 3].map((k) => part(a, k, H).map(sigmoid));
    const g = part(a, 2, H).map(Math.tanh);
    const next = i.map((_, k) => f[k] * c[k] + i[k] * g[k]);
    return { h: next.map((v, k) => o[k] * Math.tanh(v)), c: next, i, f, g, o };
  }

  // Reset before the product: b_h. After it: b_xh and b_hh.
  function gruStep(x, h, p, resetAfter = false) {
    const H = h.length;
    const a = plus(times(x, p.W_xh), (resetAfter ? p.b_xh : p.b_h).values);
    let u = times(h, p.W_hh);
    if (resetAfter) u = plus(u, p.b_hh.values);
    const [r, z] = [0, 1].map((k) => plus(part(a, k, H), part(u, k, H)).map(sigmoid));
    const kept = resetAfter
      ? part(u, 2, H).map((v, k) => r[k] * v)
      : part(times(h.map((v, k) => r[k] * v), p.W_hh), 2, H);
    const n = plus(part(a, 2, H), kept).map(Math.tanh);
    return { h: n.map((v, k) => (1 - z[k]) * v + z[k] * h[k]), r, z, n };
  }

  // --- and backwards: what arrives at the input and at the step before -------

  // da @ W.T, for the columns of W from `first` on
  function timesT(da, { shape: [rows, columns], values }, first = 0) {
    const out = new Float64Array(rows);
    for (let j = 0; j < rows; j++) {
      let sum = 0;
      for (let k = 0; k < da.length; k++) sum += da[k] * values[j * columns + first + k];
      out[j] = sum;
    }
    return out;
  }

  function joined(...parts) {
    const out = new Float64Array(parts.length * parts[0].length);
    parts.forEach((part, k) => out.set(part, k * part.length));
    return out;
  }

  // cache: x and h that came in, next: what the step returned
  function rnnStepBackward({ dh }, { next }, p) {
    const da = dh.map((v, k) => v * (1 - next.h[k] ** 2));
    return { dx: timesT(da, p.W_xh), dh: timesT(da, p.W_hh) };
  }

  function lstmStepBackward({ dh, dc: later }, { c, next }, p) {
    const { i, f, g, o } = next;
    const tanh_c = next.c.map(Math.tanh);
    const dc = later.map((v, k) => v + dh[k] * o[k] * (1 - tanh_c[k] ** 2));
    const da_i = dc.map((v, k) => v * g[k] * i[k] * (1 - i[k]));
    const da_f = dc.map((v, k) => v * c[k] * f[k] * (1 - f[k]));
    const da_g = dc.map((v, k) => v * i[k] * (1 - g[k] ** 2));
    const da_o = dh.map((v, k) => v * tanh_c[k] * o[k] * (1 - o[k]));
    const da = joined(da_i, da_f, da_g, da_o);
    return { dx: timesT(da, p.W_xh), dh: timesT(da, p.W_hh), dc: dc.map((v, k) => v * f[k]) };
  }

  // Reset before the product.
  function gruStepBackward({ dh }, { h, next }, p) {
    const { r, z, n } = next;
    const H = dh.length;
    const da_n = dh.map((v, k) => v * (1 - z[k]) * (1 - n[k] ** 2));
    const da_z = dh.map((v, k) => v * (h[k] - n[k]) * z[k] * (1 - z[k]));
    const drh = timesT(da_n, p.W_hh, 2 * H);
    const da_r = drh.map((v, k) => v * h[k] * r[k] * (1 - r[k]));
    const through = timesT(joined(da_r, da_z), p.W_hh);
    const before = dh.map((v, k) => v * z[k] + drh[k] * r[k] + through[k]);
    return { dx: timesT(joined(da_r, da_z, da_n), p.W_xh), dh: before };
  }

  function softmax(a, temperature = 1) {
    const top = Math.max(...a);
    const e = Float64Array.from(a, (v) => Math.exp((v - top) / temperature));
    const sum = e.reduce((s, v) => s + v, 0);
    return e.map((v) => v / sum);
  }

  // Uniform in [0, 1), repeated by a seed and the same in every browser: mulberry32.
  function random(seed) {
    let a = seed >>> 0;
    return () => {
      a = (a + 0x6d2b79f5) >>> 0;
      let t = Math.imul(a ^ (a >>> 15), a | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  addEventListener("DOMContentLoaded", watch);

  return {
    ...{ register, weights, start, registered, arrived, picture, say, tryFirst, still, number, random },
    ...{ element, svg, button, slider, select, switches },
    ...{ decode, matrix, times, plus, sigmoid, rnnStep, lstmStep, gruStep, softmax },
    ...{ rnnStepBackward, lstmStepBackward, gruStepBackward },
  };
})();
