// A gated cell as a machine, for the explorers of chapters 11 and 12: word by word over
// the sentence that both chapters follow, its gates set by weights or by hand.
"use strict";

(() => {
  const { element, svg, number } = Explorer;
  const SENTENCES = ["Not a single dull moment", "A single dull moment"];
  // Negation and polarity, as in the chapters.
  const READ = { Not: [1, 0], dull: [0, -1] };
  const MOST = 5;

  // The hand is a bias: no input and no state reaches this gate of this unit.
  function hold(p, column, gate, v) {
    for (const row of [...p.W_xh, ...p.W_hh]) row[column] = 0;
    const sum = gate.low < 0 ? Math.atanh(v) : Math.log(v / (1 - v));
    const [first, second] = p.b_h ? [p.b_h] : [p.b_xh, p.b_hh];
    first[column] = sum;
    if (second) second[column] = 0;
  }

  // All steps. `hand` has "t k u": the value of gate k of unit u at step t.
  function run(spec, sentence, variant, hand = {}) {
    const H = spec.units.length;
    let state = spec.zero();
    return sentence.split(" ").map((word, t) => {
      const p = spec.make(variant);
      for (const [key, v] of Object.entries(hand)) {
        const [at, k, u] = key.split(" ").map(Number);
        if (at === t) hold(p, k * H + u, spec.gates[k], v);
      }
      const ready = Object.entries(p).map(([key, w]) => [key, Explorer.matrix(w)]);
      const all = spec.step(READ[word] ?? [0, 0], state, Object.fromEntries(ready), variant);
      state = spec.next(all);
      return { word, ...all };
    });
  }

  // --- the picture: a column for each word ----------------------------------

  const [LEFT, COLUMN, BAR, ROW, TANK] = [64, 58, 50, 25, 62];

  function picture(spec, steps, shown, hand) {
    const parts = [];
    const text = (x, y, words, extra = {}) =>
      parts.push(svg("text", { x, y, "text-anchor": "middle", "font-size": 12.5, ...extra }, words));
    const label = (y, words, extra = {}) =>
      text(0, y, words, { "text-anchor": "start", "font-size": 12, ...extra });
    const rect = (x, y, width, height, extra) =>
      parts.push(svg("rect", { x, y, width: Math.max(0, width), height, rx: 3, ...extra }));
    const empty = { fill: "none", stroke: "var(--book-edge)" };
    const left = (t) => LEFT + COLUMN * t + (COLUMN - BAR) / 2;
    const middle = (t) => left(t) + BAR / 2;
    steps.forEach(({ word }, t) => {
      const now = t === shown - 1;
      text(middle(t), 14, word, { "font-weight": now ? 700 : 400, class: t < shown ? null : "soft" });
      if (now) rect(middle(t) - 20, 19, 40, 3, { fill: "var(--book-accent)" });
    });
    let y = 30;

    function bars(gate, k, u) {
      const colour = `var(--gate-${gate.key})`;
      label(y + 15, gate.key, { "font-weight": 700, style: `fill:${colour}` });
      label(y + 15, gate.does, { x: 13, class: "soft" });
      steps.forEach((one, t) => {
        const x = left(t);
        rect(x, y, BAR, ROW - 5, empty);
        if (t >= shown) return;
        const v = one[gate.key][u];
        const zero = gate.low < 0 ? x + BAR / 2 : x;
        const wide = Math.abs(v) * (gate.low < 0 ? BAR / 2 : BAR);
        rect(v < 0 ? zero - wide : zero, y, wide, ROW - 5, { fill: colour, opacity: 0.4 });
        const held = `${t} ${k} ${u}` in hand;
        if (held) rect(x, y, BAR, ROW - 5, { fill: "none", stroke: colour, "stroke-width": 3 });
        text(middle(t), y + 14.5, number(v), { "font-weight": held ? 700 : 400 });
      });
      y += ROW;
    }

    // The level, and the pipe from the one before: as wide as what is kept is large.
    function tanks(level, u) {
      const values = steps.slice(0, shown).map((one) => one[level.key][u]);
      const most = Math.max(1, ...values.map(Math.abs));
      const zero = y + TANK / 2;
      label(zero, level.key, { "font-weight": 700 });
      label(zero, level.does, { x: 13, class: "soft" });
      steps.forEach((one, t) => {
        const x = left(t);
        if (level.keep && t && t < shown) {
          const kept = one[level.keep][u] * 8;
          const pipe = { fill: `var(--gate-${level.keep})`, rx: 0 };
          rect(x - COLUMN + BAR, zero - kept / 2, COLUMN - BAR, kept, pipe);
        }
        rect(x, y, BAR, TANK, empty);
        if (t >= shown) return;
        const v = one[level.key][u];
        const high = (Math.abs(v) / most) * (TANK / 2);
        const fill = `var(--book-${v < 0 ? "exercise" : "accent"})`;
        rect(x, v < 0 ? zero : zero - high, BAR, high, { fill, opacity: 0.4 });
        parts.push(svg("line", { x1: x, x2: x + BAR, y1: zero, y2: zero, stroke: "var(--book-edge)" }));
        text(middle(t), zero + (v < 0 ? -6 : 17), number(v), { "font-weight": 700 });
      });
      y += TANK + 8;
    }

    spec.units.forEach((name, u) => {
      if (spec.units.length > 1) {
        label(y + 11, `Unit ${name}`, { "font-weight": 700 });
        y += 18;
      }
      spec.gates.forEach((gate, k) => bars(gate, k, u));
      y += 4;
      spec.levels.forEach((level) => tanks(level, u));
    });
    const name = `Gates and levels of the cell at ${shown} of ${steps.length} words.`;
    const viewBox = `0 0 ${LEFT + MOST * COLUMN} ${y}`;
    return svg("svg", { viewBox, role: "img", "aria-label": name }, ...parts);
  }

  function describe(spec, steps, shown, hand) {
    const one = steps[shown - 1];
    const units = spec.units.map((name, u) => {
      const all = [...spec.gates, ...spec.levels].map(({ key }, k) => {
        const held = k < spec.gates.length && `${shown - 1} ${k} ${u}` in hand;
        return `${key} ${number(one[key][u])}${held ? " (by hand)" : ""}`;
      });
      return `${spec.units.length > 1 ? `${name}: ` : ""}${all.join(", ")}.`;
    });
    return `${one.word}: ${units.join(" ")} ${spec.says(one)}`;
  }

  // --- the controls ----------------------------------------------------------

  function mount(spec, live) {
    const state = { sentence: SENTENCES[0], shown: 1, hand: {}, unit: 0, variant: spec.variants[0][0] };
    const paper = element("div", { class: "machine-sheet" });
    const words = () => describe(spec, state.steps, state.shown, state.hand);

    function draw(quiet) {
      const { sentence, variant, hand, unit } = state;
      state.steps = run(spec, sentence, variant, hand);
      paper.replaceChildren(picture(spec, state.steps, state.shown, hand));
      const one = state.steps[state.shown - 1];
      sliders.forEach((slider, k) => (slider.value = one[spec.gates[k].key][unit]));
      forward.disabled = state.shown === state.steps.length;
      if (!quiet) Explorer.say(live, words());
    }

    function set(k, v) {
      const times = scope.value === "all" ? [...Array(MOST).keys()] : [state.shown - 1];
      times.forEach((t) => (state.hand[`${t} ${k} ${state.unit}`] = v));
      draw();
    }

    const change = (more) => (Object.assign(state, more), draw());
    const sentence = Explorer.select("Sentence", SENTENCES.map((s) => [s, s]), (s) =>
      change({ sentence: s, shown: 1, hand: {} }),
    );
    const forward = Explorer.button("Next word", () => change({ shown: state.shown + 1 }));
    const all = Explorer.button("All words", () => change({ shown: state.steps.length }));
    const back = Explorer.button("First word", () => change({ shown: 1 }));
    const scope = Explorer.select(
      "The hand holds for",
      [
        ["one", "this word"],
        ["all", "every word"],
      ],
      () => {},
    );
    const free = Explorer.button("Back to the weights", () => change({ hand: {} }));
    const sliders = spec.gates.map((gate, k) =>
      Explorer.slider({
        ...{ label: `${gate.key} (${gate.does})`, min: gate.low, max: 1, step: 0.01, value: 0 },
        oninput: (v) => set(k, v),
      }),
    );
    sliders.forEach((one, k) => one.node.classList.add(`machine-${spec.gates[k].key}`));
    const row = (...nodes) => element("div", { class: "explorer-controls" }, ...nodes);
    const more = [];
    if (spec.variants.length > 1)
      more.push(Explorer.select("Reset", spec.variants, (variant) => change({ variant })).node);
    const units = spec.units.map((name, u) => [u, name]);
    const which = Explorer.select("Unit", units, (u) => change({ unit: Number(u) }));
    live.append(row(sentence.node, ...more), row(forward, all, back), paper);
    live.append(row(...(units.length > 1 ? [which.node] : []), scope.node, free));
    live.append(row(...sliders.map((one) => one.node)));
    draw(true);
    return { describe: words };
  }

  function still(spec) {
    const steps = run(spec, SENTENCES[0], spec.variants[0][0]);
    return picture(spec, steps, steps.length, {});
  }

  Explorer.machine = (name, spec) =>
    Explorer.register(name, {
      mount: (live) => mount(spec, live),
      still: () => still(spec),
      run: (...rest) => run(spec, ...rest),
      SENTENCES,
    });
})();
