// Chapter 4: how far back the gradient of the last state reaches, in a plain RNN, an
// LSTM and a GRU of the same size. Untrained; drawn, run and led back in the page.
"use strict";

(() => {
  const { element, svg, number, matrix, random } = Explorer;
  const { rnnStep, lstmStep, gruStep } = Explorer;
  const { rnnStepBackward, lstmStepBackward, gruStepBackward } = Explorer;
  const [H, D, BATCH, LONGEST] = [16, 4, 4, 100];
  const START = { rho: 1, bias: 0, T: 60, seed: 1 };
  const zeros = () => new Float64Array(H);

  // gates: blocks of W_hh; kept: the block whose bias is the slider's
  const CELLS = {
    rnn: { title: "plain RNN", gates: 1, kept: null, color: "f", dash: null },
    lstm: { title: "LSTM", gates: 4, kept: 1, color: "i", dash: "7 3" },
    gru: { title: "GRU", gates: 3, kept: 1, color: "o", dash: "2 3" },
  };

  // --- networks from a seed ------------------------------------------------

  // Twelve uniform numbers make one that is nearly Gaussian.
  function normal(draw) {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += draw();
    return sum;
  }

  const rowsOf = (n, m, one) => Array.from({ length: n }, () => Array.from({ length: m }, one));

  // The k-th root of the norm of W^k, by squaring W: with k = 2^30 it is the radius.
  function spectralRadius(W) {
    let [log, A] = [0, Float64Array.from(W.flat())];
    for (let power = 1; power <= 2 ** 30; power *= 2) {
      const norm = Math.hypot(...A);
      log += Math.log(norm) / power;
      A = squared(A.map((v) => v / norm));
    }
    return Math.exp(log);
  }

  function squared(A) {
    const out = new Float64Array(H * H);
    for (let i = 0; i < H; i++)
      for (let j = 0; j < H; j++)
        for (let k = 0; k < H; k++) out[i * H + k] += A[i * H + j] * A[j * H + k];
    return out;
  }

  // Every H x H block of W_hh is Gaussian of radius one; scaled when it is used.
  function drawAll(seed) {
    const all = {};
    Object.entries(CELLS).forEach(([name, { gates }], n) => {
      const draw = random(1000 * seed + n);
      const blocks = Array.from({ length: gates }, () => {
        const W = rowsOf(H, H, () => normal(draw));
        const radius = spectralRadius(W);
        return W.map((row) => row.map((v) => v / radius));
      });
      const W_hh = blocks[0].map((_, j) => blocks.flatMap((block) => block[j]));
      all[name] = { W_xh: rowsOf(D, gates * H, () => normal(draw) / 4), W_hh };
    });
    const draw = random(1000 * seed + 999);
    const x = Array.from({ length: BATCH }, () => rowsOf(LONGEST, D, () => normal(draw)));
    return { all, x, dh: rowsOf(BATCH, H, () => normal(draw)) };
  }

  function parameters(name, drawn, rho, bias) {
    const { gates, kept } = CELLS[name];
    const { W_xh, W_hh } = drawn.all[name];
    const b_h = Array.from({ length: gates * H }, (_, k) =>
      Math.floor(k / H) === kept ? bias : 0,
    );
    return { W_xh, W_hh: W_hh.map((row) => row.map((v) => rho * v)), b_h };
  }

  // --- there and back ------------------------------------------------------

  // The gradient of one sequence in each of its inputs: (T, D).
  function inputGradients(name, x, dh, p) {
    const ready = {};
    for (const key of Object.keys(p)) ready[key] = matrix(p[key]);
    const caches = [];
    let [h, c] = [zeros(), zeros()];
    for (const one of x) {
      let next;
      if (name === "rnn") next = { h: rnnStep(one, h, ready) };
      else if (name === "lstm") next = lstmStep(one, { h, c }, ready);
      else next = gruStep(one, h, ready);
      caches.push({ x: one, h, c, next });
      h = next.h;
      if (next.c) c = next.c;
    }
    let d = { dh: Float64Array.from(dh), dc: zeros() };
    const back = { rnn: rnnStepBackward, lstm: lstmStepBackward, gru: gruStepBackward }[name];
    const dx = [];
    for (const cache of caches.reverse()) {
      d = back(d, cache, ready);
      dx.unshift([...d.dx]);
    }
    return dx;
  }

  // The norm in each input, all sequences together, relative to the last: (T,).
  function reach(name, drawn, { rho, bias, T }) {
    const p = parameters(name, drawn, rho, bias);
    const squares = Array(T).fill(0);
    drawn.x.forEach((x, b) =>
      inputGradients(name, x.slice(0, T), drawn.dh[b], p).forEach((row, t) => {
        squares[t] += row.reduce((sum, v) => sum + v * v, 0);
      }),
    );
    return squares.map((v) => Math.sqrt(v / squares[T - 1]));
  }

  const measure = (drawn, setting) =>
    Object.fromEntries(Object.keys(CELLS).map((name) => [name, reach(name, drawn, setting)]));

  // --- the picture ---------------------------------------------------------

  const [LEFT, RIGHT, TOP, LOW, WIDTH] = [48, 336, 32, 226, 344];
  const [LEAST, MOST] = [-12, 4]; // powers of ten that are shown
  const raised = (n) =>
    String(n).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)]));

  function share(v) {
    if (v >= 0.01 && v < 100) return number(v, 2);
    if (!(v > 0)) return "0";
    const [digits, power] = v.toExponential(0).split("e");
    return `${digits} · 10${raised(Number(power))}`;
  }

  function picture(curves, { T }) {
    const parts = [];
    const say = (x, y, text, extra = {}) =>
      parts.push(svg("text", { x, y, "font-size": 12, ...extra }, text));
    const across = (t) => LEFT + ((RIGHT - LEFT) * t) / (T - 1);
    const up = (v) => {
      const power = Math.min(MOST, Math.max(LEAST, Math.log10(v)));
      return TOP + ((MOST - power) / (MOST - LEAST)) * (LOW - TOP);
    };
    for (let power = LEAST; power <= MOST; power += 4) {
      const y = up(10 ** power);
      const line = { x1: LEFT, x2: RIGHT, y1: y, y2: y, stroke: "var(--book-line)" };
      parts.push(svg("line", { ...line, "stroke-width": power ? 1 : 2 }));
      const text = power ? `10${raised(power)}` : "1";
      say(LEFT - 6, y + 4, text, { "text-anchor": "end", class: "soft" });
    }
    say(LEFT, LOW + 18, `${T - 1} steps back`, { class: "soft" });
    say(RIGHT, LOW + 18, "last step", { "text-anchor": "end", class: "soft" });
    Object.entries(curves).forEach(([name, values], n) => {
      const { title, color, dash } = CELLS[name];
      const stroke = `var(--gate-${color})`;
      const points = values.map((v, t) => `${across(t).toFixed(1)},${up(v).toFixed(1)}`);
      const line = { fill: "none", stroke, "stroke-width": 2.5, "stroke-dasharray": dash };
      parts.push(svg("path", { d: `M${points.join("L")}`, ...line }));
      const x = LEFT + n * 104;
      parts.push(svg("path", { d: `M${x},14h26`, ...line }));
      say(x + 31, 18, title);
    });
    const text = `Share of the gradient at each of ${T} steps, on a logarithmic scale.`;
    const box = { viewBox: `0 0 ${WIDTH} ${LOW + 26}`, role: "img", "aria-label": text };
    return svg("svg", box, ...parts);
  }

  function describe(curves, { T }) {
    const one = (name) => `${CELLS[name].title} ${share(curves[name][0])}`;
    const all = Object.keys(curves).map(one).join(", ");
    return `At the first input, ${T - 1} steps back, arrives: ${all} (the last input gets 1).`;
  }

  function mount(live) {
    const state = { ...START };
    let drawn = drawAll(state.seed);
    let waits = false;
    const paper = element("div", { class: "reach-sheet" });

    function draw() {
      waits = false;
      state.curves = measure(drawn, state);
      paper.replaceChildren(picture(state.curves, state));
      Explorer.say(live, describe(state.curves, state));
    }

    // At most once a frame, however fast the slider moves.
    function soon() {
      if (!waits) requestAnimationFrame(draw);
      waits = true;
    }

    const slider = (key, label, min, max, step, digits) =>
      Explorer.slider({
        ...{ label, min, max, step, value: state[key] },
        show: (v) => number(v, digits),
        oninput: (v) => ((state[key] = v), soon()),
      });
    const sliders = {
      rho: slider("rho", "Spectral radius of each block of W_hh", 0.1, 2.5, 0.05, 2),
      bias: slider("bias", "Bias of the forget gate (GRU: of z)", -2, 6, 0.1, 1),
      T: slider("T", "Length", 10, LONGEST, 5, 0),
    };
    const others = Explorer.button("Draw other networks", () => {
      drawn = drawAll(++state.seed);
      soon();
    });
    const back = Explorer.button("Back to the start", () => {
      Object.assign(state, START);
      drawn = drawAll(state.seed);
      for (const key of Object.keys(sliders)) sliders[key].value = state[key];
      soon();
    });
    const row = (...nodes) => element("div", { class: "explorer-controls" }, ...nodes);
    const rows = Object.values(sliders).map(({ node }) => row(node));
    live.append(paper, ...rows, row(others, back));
    draw();
    return { describe: () => describe(state.curves, state) };
  }

  // For the picture on paper and without scripts.
  function still() {
    return picture(measure(drawAll(START.seed), { ...START, bias: 4 }), START);
  }

  const programs = { drawAll, parameters, reach, spectralRadius, share, START, CELLS };
  Explorer.register("reach", { mount, still, ...programs });
})();
