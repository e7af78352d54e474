// A translator of dates, sign by sign: where in the source it looks for each sign, and
// what follows if it must write another one or look elsewhere.
"use strict";

(() => {
  const { element, svg, button, slider, select, times, plus, gruStep, softmax } = Explorer;
  const { oneHot, order, bars } = Networks;
  const [BOS, EOS] = [1, 2];
  const BARRED = [0, 1, 3]; // never written: pad, begin, unknown
  const LIMIT = 12;
  const LONGEST = 28;
  const EXAMPLES = [
    "saturday, 7 nov 2026",
    "the 21st of march, 1987",
    "11/30/49",
    "november 7, 2026",
    "7.11.2026",
    "dec 24 1962",
  ];
  const LOOKS = [
    ["", "where it learned to"],
    ["even", "everywhere alike"],
    ["left", "one place to the left"],
    ["right", "one place to the right"],
    ["place", "at one place"],
  ];

  const MONTHS = (
    "january february march april may june july august september october november december"
  ).split(" ");

  // A day, a month and a year of those that it learned from; the year stands last.
  function isDate(text) {
    const words = text.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
    const numbers = words.filter((one) => /\d/.test(one));
    const named = MONTHS.findIndex((m) => words.some((w) => w.length > 2 && m.startsWith(w)));
    if (numbers.length !== (named < 0 ? 3 : 2)) return false;
    const last = numbers.at(-1);
    const year = last.length === 2 ? (last < 50 ? 2000 : 1900) + Number(last) : Number(last);
    if (year < 1950 || year > 2049) return false;
    const [a, b] = numbers.map(Number);
    const fits = (day, month) =>
      month > 0 && month < 13 && day > 0 && day <= new Date(year, month, 0).getDate();
    return named < 0 ? fits(a, b) || fits(b, a) : fits(a, named + 1);
  }

  // --- the network: the encoder reads both ways, the decoder looks back ------

  const layer = (p, way) =>
    Object.fromEntries(["W_xh", "W_hh", "b_xh", "b_hh"].map((k) => [k, p[`${way}_${k}`]]));

  function encode(ids, p) {
    const both = ["f", "b"].map((way) => {
      const cell = layer(p, way);
      const [V, H] = [cell.W_xh.shape[0], cell.W_hh.shape[0]];
      let h = new Float64Array(H);
      const states = (way === "f" ? ids : [...ids].reverse()).map(
        (n) => (h = gruStep(oneHot(n, V), h, cell, true).h),
      );
      return { last: h, states: way === "f" ? states : states.reverse() };
    });
    const join = (a, b) => Float64Array.from([...a, ...b]);
    const [f, b] = both;
    return { states: f.states.map((h, t) => join(h, b.states[t])), s: join(f.last, b.last) };
  }

  const dot = (a, b) => a.reduce((sum, v, k) => sum + v * b[k], 0);

  function attend(s, states, p) {
    const sW = times(s, p.W);
    return softmax(states.map((h) => dot(sW, h)));
  }

  // A place of the reader's own instead: "even", "left", "right", or its number.
  function looking(mode, a) {
    const last = a.length - 1;
    const moved = new Float64Array(a.length);
    const by = { left: -1, right: 1 }[mode];
    if (mode === "even") return moved.fill(1 / a.length);
    if (by) a.forEach((v, t) => (moved[Math.min(last, Math.max(0, t + by))] += v));
    else if (mode) moved[Math.min(last, Number(mode))] = 1;
    return mode ? moved : a;
  }

  // What follows from a state and its context.
  function expects(s, a, states, p) {
    const context = s.map((_, k) => a.reduce((sum, v, t) => sum + v * states[t][k], 0));
    const o = plus(times([...s, ...context], p.W_c), p.b_c.values).map(Math.tanh);
    const z = plus(times(o, p.W_y), p.b_y.values);
    BARRED.forEach((n) => (z[n] = -Infinity));
    return softmax(z);
  }

  const read = (text, p) => [...text.toLowerCase()].map((s) => p.source.indexOf(s)).filter((n) => n > 3);

  // The source is read once, however often its translation is led elsewhere.
  let lately = {};
  function encoded(text, p) {
    if (lately.text !== text || lately.p !== p) {
      lately = { text, p, ...encode([...read(text, p), EOS], p) };
    }
    return lately;
  }

  // All steps until the end. forced: {step: sign}, looks: {step or "all": mode}.
  function translate(text, p, forced = {}, looks = {}) {
    const { states, s: first } = encoded(text, p);
    const cell = layer(p, "d");
    const steps = [];
    let [s, y] = [first, BOS];
    while (steps.length < LIMIT && y !== EOS) {
      const u = steps.length;
      s = gruStep(oneHot(y, p.target.length), s, cell, true).h;
      const learned = attend(s, states, p);
      const mode = looks[u] ?? looks.all ?? "";
      const a = looking(mode, learned);
      const prob = expects(s, a, states, p);
      const plain = mode ? expects(s, learned, states, p) : prob;
      const best = order(Array.from(prob))[0];
      y = forced[u] ?? best;
      steps.push({ s, a, p: prob, plain, best, y, mode, forced: u in forced });
    }
    return steps;
  }

  // --- the picture: lines from the sign to the source, and a row for each sign -----

  const SHOWN = { " ": "\u2423", "<eos>": "\u25cf" };
  const sign = (name) => SHOWN[name] ?? name;
  const percent = (v) => `${Math.round(100 * v)}\u00a0%`;
  const [WIDE, LEFT, TOP, ROW, TABLE] = [440, 26, 26, 17, 112];

  function draw(source, steps, now, names) {
    const parts = [];
    const text = (x, y, words, more = {}) =>
      parts.push(svg("text", { x, y, "text-anchor": "middle", "font-size": 13, ...more }, words));
    const rect = (x, y, width, height, more) => parts.push(svg("rect", { x, y, width, height, ...more }));
    const column = Math.min(20, (WIDE - LEFT - 4) / source.length);
    const place = (t) => LEFT + column * (t + 0.5);
    const slot = (u) => LEFT + 17 + u * ((WIDE - LEFT - 34) / (LIMIT - 1));
    const accent = "var(--book-accent)";
    // Lines, the thicker the more weight; the others stay, thin.
    steps.forEach(({ a }, u) =>
      a.forEach((v, t) => {
        if (v < 0.03) return;
        const width = u === now ? 1 + 5 * v : 1;
        const stroke = u === now ? accent : "var(--book-edge)";
        const ends = { x1: slot(u), y1: TOP, x2: place(t), y2: TABLE - 25 };
        parts.push(svg("line", { ...ends, stroke, "stroke-width": width, opacity: u === now ? 1 : 0.35 * v }));
      }),
    );
    steps.forEach(({ y, forced, mode }, u) => {
      const edge = { fill: "var(--book-soft)", stroke: u === now ? accent : "var(--book-edge)" };
      rect(slot(u) - 13, TOP - 24, 26, 24, { ...edge, rx: 4, "stroke-width": u === now ? 3 : 1 });
      text(slot(u), TOP - 7, sign(names[y]), { "font-weight": forced || mode ? 700 : 400, "font-size": 15 });
    });
    source.forEach((s, t) => {
      const v = steps[now].a[t];
      rect(place(t) - column / 2, TABLE - 25, column, 22, { fill: accent, opacity: 0.4 * v, stroke: "none" });
      rect(place(t) - column / 2, TABLE - 25, column, 22, { fill: "none", stroke: "var(--book-edge)" });
      text(place(t), TABLE - 9, sign(s), { "font-weight": v > 0.3 ? 700 : 400 });
    });
    steps.forEach(({ a, y, forced, mode }, u) => {
      const top = TABLE + ROW * u + 4;
      text(LEFT / 2, top + 13, sign(names[y]), { "font-weight": u === now ? 700 : 400 });
      if (forced || mode) text(LEFT - 4, top + 13, "*", { "font-weight": 700 });
      a.forEach((v, t) => {
        if (v < 0.005) return;
        rect(place(t) - column / 2 + 0.5, top + 1, column - 1, ROW - 2, { fill: accent, opacity: v.toFixed(3) });
      });
      const edge = { fill: "none", stroke: u === now ? accent : "var(--book-line)" };
      rect(LEFT, top, column * source.length, ROW, { ...edge, "stroke-width": u === now ? 2 : 0.6 });
    });
    const said = steps.map(({ y }) => sign(names[y])).join("");
    const label = `What was written, ${said}, over the source, ${source.slice(0, -1).join("")}; each sign with the places where it looked.`;
    const viewBox = `0 0 ${WIDE} ${TABLE + ROW * LIMIT + 8}`;
    return svg("svg", { viewBox, role: "img", "aria-label": label, class: "attends" }, ...parts);
  }

  function places(a, source) {
    const most = order(Array.from(a)).filter((t) => a[t] >= 0.1).slice(0, 3);
    const name = (t) => ({ " ": "a blank", "<eos>": "the end" })[source[t]] ?? source[t];
    return most.length
      ? most.map((t) => `${name(t)} (place ${t + 1}, ${percent(a[t])})`).join(" and ")
      : `no place more than ${percent(Math.max(...a))}`;
  }

  const EXPECTS = "A day, a month and a year, 1950 to 2049.";
  const NO_DATE = "It expects a date of 1950 to 2049, like 7 nov 2026. It answers anyway.";

  // --- the controls ----------------------------------------------------------

  function mount(live, p) {
    const end = p.target[EOS];
    const called = (n) => (p.target[n] === end ? "that it ends" : p.target[n]);
    const at = { now: 0, shown: 1, forced: {}, looks: {} };
    let [source, steps] = [[], []];
    const sheet = element("div", { class: "attention-sheet" });
    const list = element("ol", { class: "bars" });
    const heading = element("p", { class: "small" });
    const hint = element("p", { class: "small attention-expects" });
    const key = element(
      ...["p", { class: "small" }],
      "Above what it writes, below the source, with \u25cf for its end; then a row for each sign: where it looked. *: by hand.",
    );

    const renew = (more) => (Object.assign(at, more), run());
    const fresh = { now: 0, shown: 1, forced: {}, looks: {} };
    const date = element("input", {
      ...{ type: "text", maxlength: LONGEST, spellcheck: "false", autocomplete: "off" },
      oninput: () => renew({ ...fresh, forced: {}, looks: {} }),
    });
    date.value = EXAMPLES[0];
    const example = select("Ways to write it", EXAMPLES.map((s) => [s, s]), (s) => {
      date.value = s;
      renew({ ...fresh, forced: {}, looks: {} });
    });
    const go = (now) => renew({ now, shown: Math.max(at.shown, now + 1) });
    const forward = button("Next sign", () => go(at.now + 1));
    const all = button("All signs", () => go(steps.length - 1));
    const back = button("Back", () => go(at.now - 1));
    const where = select("It looks", LOOKS, () => look());
    const scope = select("for", [["one", "this sign"], ["all", "every sign"]], () => look());
    const spot = slider({
      ...{ label: "Place", min: 0, max: 1, step: 1, value: 0 },
      show: (t) => `${t + 1}: ${sign(source[t] ?? "")}`,
      oninput: () => {
        if (where.value !== "place") where.value = "place";
        look();
      },
    });
    const digits = [...p.target.keys()].filter((n) => n > 3).sort((a, b) => (p.target[a] < p.target[b] ? -1 : 1));
    const write = select(
      "It writes",
      [["", "the most probable"], ...digits.map((n) => [n, p.target[n]]), [EOS, "the end"]],
      (n) => {
        if (n === "") delete at.forced[at.now];
        else at.forced[at.now] = Number(n);
        run();
      },
    );
    const free = button("Hands off", () => renew({ forced: {}, looks: {} }));

    function look() {
      const mode = where.value === "place" ? String(spot.value) : where.value;
      if (scope.value === "all") at.looks = mode ? { all: mode } : {};
      else if (mode || at.looks.all) at.looks[at.now] = mode;
      else delete at.looks[at.now];
      run();
    }

    function show() {
      const { mode, forced, y } = steps[at.now];
      const fixed = /^\d/.test(mode);
      where.value = fixed ? "place" : mode;
      write.value = forced ? String(y) : "";
      spot.node.querySelector("input").max = source.length - 1;
      spot.value = fixed ? Number(mode) : order(Array.from(steps[at.now].a))[0];
    }

    function run() {
      const whole = steps.length > 0 && at.shown === steps.length;
      source = [...read(date.value, p).map((n) => p.source[n]), end];
      steps = translate(date.value, p, at.forced, at.looks);
      at.shown = whole ? steps.length : Math.min(at.shown, steps.length);
      at.now = Math.min(Math.max(0, at.now), at.shown - 1);
      const one = steps[at.now];
      sheet.replaceChildren(draw(source, steps.slice(0, at.shown), at.now, p.target));
      show();
      const changed = Boolean(one.mode);
      bars(
        list,
        order(Array.from(one.p))
          .slice(0, 4)
          .map((n, k) => ({
            ...{ name: sign(p.target[n]), p: one.p[n], first: k === 0 },
            before: changed ? one.plain[n] : undefined,
          })),
      );
      heading.textContent = `What may come as sign ${at.now + 1}.${changed ? " Outline: if it looked where it learned to." : ""}`;
      hint.textContent = isDate(date.value) ? EXPECTS : NO_DATE;
      forward.disabled = at.now === steps.length - 1;
      back.disabled = at.now === 0;
      Explorer.say(live, words());
    }

    function words() {
      const one = steps[at.now];
      const looks = `${one.mode ? "by hand it looks at" : "it looks at"} ${places(one.a, source)}`;
      const probable = `${called(one.best)} (${percent(one.p[one.best])})`;
      const writes = one.forced
        ? `must write ${called(one.y)}; most probable was ${probable}`
        : `writes ${probable}`;
      const so_far = steps.slice(0, at.shown).filter(({ y }) => y !== EOS).map(({ y }) => p.target[y]).join("");
      const over = at.shown === steps.length;
      const ended = steps[steps.length - 1].y === EOS ? "The whole date" : `Stopped after ${LIMIT} signs`;
      const known = new Set(p.source.filter((s) => s.length === 1));
      const strange = [...new Set([...date.value.toLowerCase()].filter((s) => !known.has(s)))];
      const full = date.value.length >= LONGEST ? ` The field is full: it takes ${LONGEST} signs.` : "";
      const left_out = strange.length ? ` Unknown to it and left out: ${strange.join(" ")}` : "";
      const none = isDate(date.value) ? "" : ` ${NO_DATE}`;
      return `Sign ${at.now + 1}: ${looks}, and ${writes}. ${over ? ended : "Written so far"}: ${so_far || "nothing"}.${left_out}${full}${none}`;
    }

    const row = (...nodes) => element("div", { class: "explorer-controls" }, ...nodes);
    const typed = element("label", { class: "wide" }, element("span", {}, "A date, typed as you like "), date);
    live.append(typed, hint, row(example.node), row(forward, all, back), sheet, key, heading, list);
    live.append(row(where.node, scope.node, spot.node), row(write.node, free));
    run();
    return { describe: words };
  }

  // For paper and for pages without scripts: one date, whole.
  function picture(weights) {
    const steps = translate(EXAMPLES[0], weights);
    return draw([...EXAMPLES[0], "<eos>"], steps, 5, weights.target);
  }

  Explorer.register("attention", { weights: "attention", mount, still: picture, translate, isDate, EXAMPLES });
})();
