// Chapter 2: two programs in the weights of a plain RNN, unrolled step by step. Any
// wire can be turned; what the loop answers stands beside what would be right.
"use strict";

(() => {
  const { element, svg, number, rnnStep, matrix } = Explorer;
  const T = 8;

  // As in the chapter: delay_line and parity_counter.
  function delayLine(units, scale) {
    const W_xh = [Array.from({ length: units }, (_, k) => (k ? 0 : scale))];
    const W_hh = W_xh[0].map((_, j) => W_xh[0].map((_, k) => Number(k === j + 1)));
    return { W_xh, W_hh, b_h: Array(units).fill(0) };
  }

  function parityCounter(gain) {
    return {
      W_xh: [[gain, gain]],
      W_hh: [
        [gain / 2, gain / 2],
        [-gain / 2, -gain / 2],
      ],
      b_h: [-gain / 2, (-3 * gain) / 2],
    };
  }

  const UNITS = 4;
  const SCALE = 0.1;
  const PROGRAMS = {
    delay: {
      title: "Delay line: repeat it three steps later",
      names: ["0", "1", "2", "3"],
      make: () => delayLine(UNITS, SCALE),
      inputs: [1, 0, 1, 1, 0, 0, 0, 0],
      read: (h) => h.at(-1) / SCALE,
      truth: (x, t) => (t < UNITS - 1 ? 0 : x[t - UNITS + 1]),
      size: SCALE,
      wire: "h 3 0",
    },
    parity: {
      title: "Parity counter: a lamp with many switches",
      names: ["p", "q"],
      make: () => parityCounter(10),
      inputs: [1, 0, 0, 1, 1, 0, 1, 0],
      read: (h) => (h[0] - h[1]) / 2,
      truth: (x, t) => x.slice(0, t + 1).reduce((a, b) => a + b, 0) % 2,
      size: 1,
      wire: "h 0 0",
    },
  };

  // All states, from zero; the readout and the right answer at each step.
  function run(program, p, x, gain = 1) {
    const scaled = (rows) => matrix(rows).values.map((v) => gain * v);
    const ready = {};
    for (const key of ["W_xh", "W_hh", "b_h"])
      ready[key] = { ...matrix(p[key]), values: scaled(p[key]) };
    let h = new Float64Array(p.b_h.length);
    return x.map((v, t) => {
      h = rnnStep([v], h, ready);
      return { h: [...h], y: program.read(h), truth: program.truth(x, t) };
    });
  }

  const right = ({ y, truth }) => y > 0.5 === (truth === 1);

  // "x 0 2" is W_xh[0, 2], "h 3 0" W_hh[3, 0], "b 1" b_h[1].
  const place = (p, wire) => {
    const [kind, ...at] = wire.split(" ");
    const row = { x: p.W_xh, h: p.W_hh, b: [p.b_h] }[kind];
    return kind === "b" ? [p.b_h, Number(at[0])] : [row[at[0]], Number(at[1])];
  };

  function wires({ names }) {
    const h = names.flatMap((from, j) =>
      names.map((to, k) => [`h ${j} ${k}`, `from ${from} to ${to}`]),
    );
    const x = names.map((to, k) => [`x 0 ${k}`, `from the input to ${to}`]);
    return [...x, ...h, ...names.map((to, k) => [`b ${k}`, `bias of ${to}`])];
  }

  // --- the picture: a column for each step, time to the right --------------

  const [LEFT, COLUMN, ROW, BOX] = [44, 36, 46, 28];

  function picture(program, p, x, steps, shown, gain, chosen) {
    const rows = program.names.length;
    const top = (k) => 62 + ROW * (rows - 1 - k); // unit 0 lies next to the input
    const middle = (t) => LEFT + COLUMN * (t + 0.5);
    const low = top(0) + BOX + 22;
    const parts = [];
    const say = (x_, y, text, extra = {}) =>
      parts.push(svg("text", { x: x_, y, "text-anchor": "middle", "font-size": 12.5, ...extra }, text));
    const label = (y, text) =>
      say(LEFT - 4, y, text, { "text-anchor": "end", "font-size": 12, class: "soft" });
    const line = (x1, y1, x2, y2, w, wire) => {
      const on = wire === chosen;
      if (!w && !on) return;
      parts.push(
        svg("line", {
          ...{ x1, y1, x2, y2 },
          stroke: `var(--book-${w < 0 ? "exercise" : "accent"})`,
          "stroke-width": on ? 2.5 : 1.2,
          "stroke-dasharray": w < 0 ? "3 2" : w ? null : "1 3",
          opacity: on ? 1 : 0.55,
        }),
      );
    };
    label(14, "right");
    label(34, "answer");
    label(low + 4, "input");
    program.names.forEach((name, k) => label(top(k) + BOX / 2 + 4, `unit ${name}`));
    for (let t = 0; t < T; t++) {
      const done = t < shown;
      const at = middle(t);
      program.names.forEach((_, k) => {
        const y = top(k);
        const into = place(p, `x 0 ${k}`);
        if (done && k === 0) line(at, low - 9, at, y + BOX, into[0][into[1]], "x 0 0");
        else if (done)
          line(at + 9, low - 9, at + 9, y + BOX, into[0][into[1]], `x 0 ${k}`);
        if (!done || !t) return;
        program.names.forEach((_, j) => {
          const from = place(p, `h ${j} ${k}`);
          const end = at - BOX / 2;
          const w = from[0][from[1]];
          line(middle(t - 1) + BOX / 2, top(j) + BOX / 2, end, y + BOX / 2, w, `h ${j} ${k}`);
        });
      });
    }
    for (let t = 0; t < T; t++) {
      const done = t < shown;
      const at = middle(t);
      const one = steps[t];
      program.names.forEach((_, k) => {
        const v = done ? one.h[k] / program.size : 0;
        const box = { x: at - BOX / 2, y: top(k), width: BOX, height: BOX, rx: 4 };
        const paper = "var(--pst-color-background)";
        parts.push(svg("rect", { ...box, fill: paper, stroke: "var(--book-edge)" }));
        if (!done) return;
        const fill = `var(--book-${v < 0 ? "exercise" : "accent"})`;
        parts.push(svg("rect", { ...box, fill, opacity: 0.4 * Math.min(1, Math.abs(v)) }));
        say(at, top(k) + BOX / 2 + 4.5, number(v, 1), { "font-size": 12 });
      });
      say(at, low + 4, String(x[t]), { "font-weight": t === shown - 1 ? 700 : 400 });
      if (!done) continue;
      say(at, 14, String(one.truth), { class: "soft" });
      const wrong = !right(one);
      if (wrong)
        parts.push(
          svg("rect", {
            ...{ x: at - 16, y: 21, width: 32, height: 18, rx: 3, fill: "none" },
            stroke: "var(--book-wrong)",
            "stroke-width": 2,
          }),
        );
      say(at, 34, number(one.y, 1), { "font-weight": 700 });
    }
    const text = `The loop unrolled over ${T} steps, ${shown} of them run.`;
    const height = low + 12;
    const width = LEFT + T * COLUMN + 2;
    const box = `0 0 ${width} ${height}`;
    return svg("svg", { viewBox: box, role: "img", "aria-label": text }, ...parts);
  }

  function describe(program, steps, shown) {
    if (!shown) return "Nothing is read yet. All units hold 0.";
    const one = steps[shown - 1];
    const bad = steps.slice(0, shown).flatMap((s, t) => (right(s) ? [] : [t + 1]));
    const verdict = bad.length ? `Wrong at step ${bad.join(", ")}.` : "No error so far.";
    const holds = program.names
      .map((name, k) => `unit ${name} ${number(one.h[k] / program.size)}`)
      .join(", ");
    const unit = program.size === 1 ? "" : ` (times ${1 / program.size})`;
    return `Step ${shown}: ${holds}${unit}; answer ${number(one.y)}, right is ${one.truth}. ${verdict}`;
  }

  function mount(live) {
    const state = { shown: 0 };
    const paper = element("div", {});
    const inputs = element("div", { class: "loop-inputs" });
    const sheet = element("div", { class: "loop-sheet" }, paper, inputs);
    let keys;

    function draw(quiet) {
      const { program, p, x, gain, wire } = state;
      state.steps = run(program, p, x, gain);
      paper.replaceChildren(picture(program, p, x, state.steps, state.shown, gain, wire));
      forward.disabled = state.shown === T;
      keys.show(x);
      if (!quiet) Explorer.say(live, describe(program, state.steps, state.shown));
    }

    function choose(name) {
      const program = PROGRAMS[name];
      Object.assign(state, { program, p: program.make(), x: [...program.inputs] });
      Object.assign(state, { gain: 1, wire: program.wire });
      which.offer(wires(program));
      which.value = state.wire;
      turn();
      gain.value = 1;
    }

    // The slider goes to the wire that is chosen now, and shows its weight.
    function turn() {
      const [row, k] = place(state.p, state.wire);
      weight.value = row[k];
    }

    function press(k) {
      state.x[k] = 1 - state.x[k];
      draw();
    }

    const program = Explorer.select(
      "Program",
      Object.entries(PROGRAMS).map(([name, { title }]) => [name, title]),
      (name) => (choose(name), (state.shown = 0), draw()),
    );
    const forward = Explorer.button("Step", () => (state.shown++, draw()));
    const all = Explorer.button("All steps", () => ((state.shown = T), draw()));
    const back = Explorer.button("Back to the start", () => ((state.shown = 0), draw()));
    const which = Explorer.select("Wire", [], (wire) => {
      state.wire = wire;
      turn();
      draw();
    });
    const weight = Explorer.slider({
      ...{ label: "Weight of the wire", min: -20, max: 20, step: 0.1, value: 0 },
      show: (v) => number(v, 1),
      oninput(v) {
        const [row, k] = place(state.p, state.wire);
        row[k] = v;
        draw();
      },
    });
    const gain = Explorer.slider({
      ...{ label: "All weights times", min: 0, max: 1.5, step: 0.01, value: 1 },
      oninput: (v) => ((state.gain = v), draw()),
    });
    const repair = Explorer.button("Repair", () => {
      const { x, shown } = state;
      choose(program.value);
      Object.assign(state, { x, shown });
      draw();
    });
    const names = Array.from({ length: T }, (_, t) => `Input at step ${t + 1}`);
    keys = Explorer.switches("Inputs", names, Array(T).fill(0), press);
    inputs.append(keys.node);
    const row = (...nodes) => element("div", { class: "explorer-controls" }, ...nodes);
    live.append(
      ...[row(program.node), row(forward, all, back), sheet],
      ...[row(which.node, weight.node), row(gain.node, repair)],
    );
    choose("delay");
    draw(true);
    return { describe: () => describe(state.program, state.steps, state.shown) };
  }

  // For the picture on paper and without scripts.
  function still() {
    const program = PROGRAMS.parity;
    const [p, x] = [program.make(), program.inputs];
    return picture(program, p, x, run(program, p, x), T, 1, null);
  }

  Explorer.register("loop", { mount, still, run, PROGRAMS });
})();
