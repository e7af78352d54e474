// Chapter 23: three games of ten. Is a chart real or a random walk? Which of two forecasts
// is the network, and which was nearer? The score stands beside what guessing gets.
"use strict";

(() => {
  const { element, svg, button, select, switches, random, number } = Explorer;
  const { lstmStep, times, plus } = Explorer;
  const [CHARTS, DAYS, STRETCH] = [10, 100, 20];

  // --- chance --------------------------------------------------------------

  // P(X >= k) for X binomial: k right answers or more, each right with probability p.
  function atLeast(k, n, p = 0.5) {
    if (k <= 0) return 1;
    if (p === 0 || p === 1) return p;
    let [sum, log] = [0, 0]; // log of n over j
    for (let j = 0; j <= n; j++) {
      if (j >= k) sum += Math.exp(log + j * Math.log(p) + (n - j) * Math.log1p(-p));
      log += Math.log(n - j) - Math.log(j + 1);
    }
    return Math.min(1, sum);
  }

  // Where a function that grows from 0 to 1 passes a value.
  function solve(grows, value) {
    let [low, high] = [0, 1];
    for (let n = 0; n < 60; n++) {
      const middle = (low + high) / 2;
      if (grows(middle) < value) low = middle;
      else high = middle;
    }
    return low;
  }

  // The exact 95 % interval of Clopper and Pearson.
  function interval(k, n) {
    const low = k === 0 ? 0 : solve((p) => atLeast(k, n, p), 0.025);
    return [low, k === n ? 1 : solve((p) => atLeast(k + 1, n, p), 0.975)];
  }

  // --- charts --------------------------------------------------------------

  function gaussian(unit) {
    const [a, b] = [unit(), unit()];
    return Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
  }

  const mean = (a) => a.reduce((sum, v) => sum + v, 0) / a.length;

  function returns(cents, start, n) {
    const log = cents.slice(start, start + n + 1).map(Math.log);
    return log.slice(1).map((v, t) => v - log[t]);
  }

  // From 100 on, one return after the other.
  function path(r) {
    const out = [100];
    for (const one of r) out.push(out[out.length - 1] * Math.exp(one));
    return out;
  }

  // A slice without the day on which oil had a negative price.
  function anySlice({ cents }, unit) {
    for (;;) {
      const start = Math.floor(unit() * (cents.length - DAYS));
      if (cents.slice(start, start + DAYS + 1).every((v) => v > 0)) return start;
    }
  }

  // Real by the toss of a coin, else one of two walks made after a real slice.
  function chart(data, unit) {
    const real = unit() < 0.5;
    const gauss = unit() < 0.5;
    const start = anySlice(data, unit);
    const r = returns(data.cents, start, DAYS);
    if (real) return { truth: 0, kind: "real", start, price: path(r) };
    if (!gauss) {
      const drawn = r.map(() => r[Math.floor(unit() * DAYS)]);
      return { truth: 1, kind: "drawn", start, price: path(drawn) };
    }
    const m = mean(r);
    const s = Math.sqrt(mean(r.map((v) => (v - m) ** 2)));
    const walk = r.map(() => m + s * gaussian(unit));
    return { truth: 1, kind: "gauss", start, price: path(walk) };
  }

  // --- two forecasts ---------------------------------------------------------

  // The price of a day, in cents, by the network that read the 30 days before.
  function forecast({ cents, low, high, window, ...p }, day) {
    const H = p.W_hh.shape[0];
    let state = { h: new Float64Array(H), c: new Float64Array(H) };
    for (let t = day - window; t < day; t++) {
      state = lstmStep([(cents[t] - low) / (high - low)], state, p);
    }
    return plus(times(state.h, p.W_hy), p.b_y.values)[0] * (high - low) + low;
  }

  const distance = (a, b) => mean(a.map((v, t) => Math.abs(v - b[t])));

  // One of `CHARTS` parts of the days that the network was not trained on.
  function duel(data, unit, n, nearer) {
    const starts = data.cents.length - STRETCH - data.test + 1;
    const start = data.test + Math.floor(((n + unit()) * starts) / CHARTS);
    const first = unit() < 0.5 ? 0 : 1; // the place of the network
    return () => compared(data, start, first, nearer);
  }

  function compared(data, start, first, nearer) {
    const days = Array.from({ length: STRETCH }, (_, k) => start + k);
    const scale = (v) => (100 * v) / data.cents[start];
    const price = days.map((t) => scale(data.cents[t]));
    const network = days.map((t) => scale(forecast(data, t)));
    const yesterday = days.map((t) => scale(data.cents[t - 1]));
    const errors = [distance(network, price), distance(yesterday, price)];
    const winner = errors[0] < errors[1] ? first : 1 - first;
    const lines = first ? [yesterday, network] : [network, yesterday];
    return { truth: nearer ? winner : first, first, errors, start, price, lines };
  }

  const GAMES = {
    walk: {
      title: "Real price or random walk?",
      lines: "real, or a random walk?",
      task: "",
      answers: ["Real", "Random walk"],
      marks: ["R", "W"],
      make: (data, unit) => {
        const one = chart(data, unit);
        return () => one;
      },
    },
    network: {
      title: "Which forecast is the network?",
      lines: "one line is the LSTM, one yesterday's price",
      task: "One of the two is the LSTM, the other repeats yesterday's price.",
      answers: ["A is the network", "B is the network"],
      marks: ["A", "B"],
      make: (data, unit, n) => duel(data, unit, n, false),
    },
    nearer: {
      title: "Which forecast was nearer?",
      lines: "the LSTM, and yesterday's price; which erred less?",
      task: "One is the LSTM, the other yesterday's price. Nearer is whose mean error is less.",
      answers: ["A was nearer", "B was nearer"],
      marks: ["A", "B"],
      make: (data, unit, n) => duel(data, unit, n, true),
    },
  };

  // What is drawn is drawn at once; a network computes when its chart is looked at.
  function once(make) {
    let made;
    return () => (made ??= make());
  }

  function draw(game, seed, data) {
    const unit = random(1000 * seed + Object.keys(GAMES).indexOf(game));
    return Array.from({ length: CHARTS }, (_, n) => once(GAMES[game].make(data, unit, n)));
  }

  // --- pictures --------------------------------------------------------------

  const [LEFT, RIGHT, TOP, LOW] = [8, 320, 30, 186];

  // Lines in a frame, all on one scale, which is not told.
  function lines(all, [left, right, top, low]) {
    const values = all.flat();
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const across = (t, n) => left + ((right - left) * t) / (n - 1);
    const up = (v) => low - ((low - top) * (v - least)) / (most - least);
    return all.map((one) =>
      one.map((v, t) => [across(t, one.length).toFixed(1), up(v).toFixed(1)]),
    );
  }

  const LOOKS = [
    { stroke: "var(--gate-i)", "stroke-width": 2.5 },
    { stroke: "var(--gate-f)", "stroke-width": 2.5, "stroke-dasharray": "6 3" },
  ];
  const poly = (points, look) =>
    svg("path", { d: `M${points.map((p) => p.join(",")).join("L")}`, fill: "none", ...look });
  const INK = { stroke: "currentcolor", "stroke-width": 1.6, "stroke-linejoin": "round" };

  const shown = (values) => values.map((v) => number(v, 1)).join(", ");

  // What the eye would get: enough to play, for who hears it.
  function inWords({ price, lines: two }) {
    if (two) {
      const names = ["The price", "A", "B"];
      return [price, ...two].map((v, k) => `${names[k]}: ${shown(v)}`).join(". ");
    }
    const moves = price.slice(1).map((v, t) => Math.abs(Math.log(v / price[t])));
    const percent = (v) => `${number(100 * v, 1)} percent`;
    return (
      `From 100 to ${number(price[DAYS], 0)} in ${DAYS} days, between ` +
      `${number(Math.min(...price), 0)} and ${number(Math.max(...price), 0)}; a day moves it by ` +
      `${percent(mean(moves))} on average, by ${percent(Math.max(...moves))} at most`
    );
  }

  function sheet(item, title) {
    const parts = [
      svg("rect", { x: 1, y: 22, width: 342, height: 172, fill: "none", stroke: "var(--book-line)" }),
    ];
    const say = (x, y, text, extra = {}) =>
      parts.push(svg("text", { x, y, "font-size": 12, ...extra }, text));
    if (!item.lines) {
      const [line] = lines([item.price], [LEFT, 336, TOP, LOW]);
      parts.push(poly(line, INK));
      say(8, 214, "a hundred days; the scale is not told", { class: "soft" });
      say(1, 14, title, { class: "soft" });
    } else {
      const [price, a, b] = lines([item.price, ...item.lines], [LEFT, RIGHT, TOP, LOW]);
      parts.push(poly(price, { ...INK, "stroke-width": 1.2 }));
      for (const [cx, cy] of price) parts.push(svg("circle", { cx, cy, r: 2.4, fill: "currentcolor" }));
      [a, b].forEach((line, k) => parts.push(poly(line, LOOKS[k])));
      say(1, 14, title, { class: "soft" });
      const ends = [a, b].map((line) => Number(line[STRETCH - 1][1]));
      const apart = Math.max(0, 12 - Math.abs(ends[0] - ends[1])) / 2; // names do not meet
      ends.forEach((y, k) => {
        const shift = (ends[k] < ends[1 - k] || (ends[0] === ends[1] && !k) ? -1 : 1) * apart;
        say(RIGHT + 8, y + 4 + shift, "AB"[k], { "font-weight": 700, fill: LOOKS[k].stroke });
      });
      const key = (x, look, name) => {
        parts.push(svg("path", { d: `M${x},210h24`, fill: "none", ...look }));
        say(x + 29, 214, name);
      };
      key(8, LOOKS[0], "forecast A");
      key(118, LOOKS[1], "forecast B");
      parts.push(svg("circle", { cx: 240, cy: 210, r: 2.4, fill: "currentcolor" }));
      say(248, 214, "the price");
    }
    const label = `${title} ${inWords(item)}.`;
    return svg("svg", { viewBox: "0 0 344 220", role: "img", "aria-label": label }, ...parts);
  }

  // Shares of right answers with their intervals, beside one half.
  function gauge(rows) {
    const across = (p) => 84 + 250 * p;
    const parts = [0, 0.5, 1].map((p) =>
      svg("line", {
        ...{ x1: across(p), x2: across(p), y1: 4, y2: 54, stroke: p === 0.5 ? "currentcolor" : "var(--book-line)" },
        "stroke-dasharray": p === 0.5 ? "4 3" : null,
      }),
    );
    [["0 %", 0], ["guessing", 0.5], ["100 %", 1]].forEach(([text, p]) => {
      const anchor = p === 1 ? "end" : p ? "middle" : "start";
      parts.push(svg("text", { x: across(p), y: 68, "font-size": 12, class: "soft", "text-anchor": anchor }, text));
    });
    rows.forEach(([name, k, n], row) => {
      const y = 16 + 24 * row;
      parts.push(svg("text", { x: 1, y: y + 4, "font-size": 12 }, name));
      if (!n) return;
      const [low, high] = interval(k, n).map(across);
      const line = { stroke: "var(--book-accent)", "stroke-width": 6, opacity: 0.55 };
      parts.push(svg("line", { x1: low, x2: high, y1: y, y2: y, ...line }));
      parts.push(svg("circle", { cx: across(k / n), cy: y, r: 5, fill: "var(--book-accent)" }));
    });
    return svg("svg", { viewBox: "0 0 344 72", "aria-hidden": "true" }, ...parts);
  }

  // --- words -----------------------------------------------------------------

  const percent = (p) => `${p < 0.1 ? number(100 * p, 1) : number(100 * p, 0)}\u00a0%`;

  function verdict(k, n) {
    const [low, high] = interval(k, n);
    return (
      `${k} of ${n} right; of guessers, ${percent(atLeast(k, n))} do as well or better. ` +
      `95\u00a0% interval of your share: ${percent(low)} to ${percent(high)}.`
    );
  }

  function truth(game, item, { years, test }) {
    const year = years.findLastIndex((first) => first <= item.start) + 1986;
    if (game === "walk") {
      return {
        real: `Real: crude oil, from ${year} on.`,
        gauss: `A walk: Gaussian steps, made after oil from ${year} on.`,
        drawn: `A walk: days of oil from ${year} on, drawn at random.`,
      }[item.kind];
    }
    const [network, yesterday] = item.errors.map((v) => number(v, 2));
    const [one, other] = item.first ? ["B", "A"] : ["A", "B"];
    return `${one}: the network, error ${network}. ${other}: yesterday, error ${yesterday}.`;
  }

  // --- the game --------------------------------------------------------------

  function mount(live, data) {
    const state = { game: "walk", seed: 1, at: 0, items: [], marks: [] };
    const counted = Object.fromEntries(Object.keys(GAMES).map((name) => [name, {}]));
    const paper = element("div", { class: "prices-sheet" });
    const score = element("p", { class: "prices-score" });
    const meter = element("div", { class: "prices-sheet" });
    const over = () => state.marks.filter((v) => v !== undefined).length === CHARTS;
    const right = () => state.items.filter((one, k) => one().truth === state.marks[k]).length;
    const names = Array.from({ length: CHARTS }, (_, k) => `Chart ${k + 1}`);
    const strip = switches("Charts of this round", names, names, look);
    const answers = [0, 1].map((k) => button("", () => mark(k)));
    const games = Object.entries(GAMES).map(([name, { title }]) => [name, title]);
    const chooser = select("Game", games, (name) => begin(name, state.seed));
    const seed = element("input", {
      ...{ type: "number", min: 1, max: 9999, step: 1, value: 1, autocomplete: "off" },
      onchange: () => begin(state.game, Math.round(Math.min(9999, Math.max(1, seed.value || 1)))),
    });
    const next = button("Next round", () => begin(state.game, (state.seed % 9999) + 1));

    function total() {
      const all = Object.values(counted[state.game]);
      return [all.reduce((sum, v) => sum + v, 0), CHARTS * all.length];
    }

    function describe() {
      const { title, task } = GAMES[state.game];
      if (!over()) return `${names[state.at]} of ${CHARTS}: ${title} ${task}`.trim();
      const [k, n] = total();
      return `${verdict(right(), CHARTS)} All your rounds: ${k} of ${n} right.`;
    }

    function show() {
      const { game, at, items, marks } = state;
      const { answers: said, marks: short } = GAMES[game];
      const done = over();
      const hit = (k) => items[k]().truth === marks[k];
      const asked = `${names[at]} of ${CHARTS}: ${GAMES[game].lines}`;
      const title = done ? truth(game, items[at](), data) : asked;
      paper.replaceChildren(sheet(items[at](), title));
      answers.forEach((one, k) => {
        one.textContent = said[k];
        one.setAttribute("aria-pressed", marks[at] === k);
        one.setAttribute("aria-disabled", done);
      });
      next.classList.toggle("prices-go", done);
      const values = names.map((_, k) => (done ? (hit(k) ? "✓" : "✗") : short[marks[k]] ?? "?"));
      const words = names.map((name, k) => {
        const own = marks[k] === undefined ? "not marked" : said[marks[k]];
        return `${name}: ${own}${done ? (hit(k) ? ", right" : ", wrong") : ""}`;
      });
      strip.show(values, names.map((_, k) => k === at), words);
      const [k, n] = total();
      meter.replaceChildren(gauge([["this round", done ? right() : 0, done ? CHARTS : 0], ["all rounds", k, n]]));
      const own = game === "walk" ? said : short; // what fits on a line of a phone
      const marked = marks.filter((v) => v !== undefined).length;
      score.textContent = done
        ? `${right()} of ${CHARTS} right. ${names[at]}: ${own[marks[at]]}. ${hit(at) ? "Right." : "Wrong."}`
        : `${marked} of ${CHARTS} marked. The truth comes after the tenth.`;
    }

    // One of the ten, before or after the truth is known.
    function look(k) {
      state.at = k;
      show();
      const known = `${truth(state.game, state.items[k](), data)} ${score.textContent}`;
      Explorer.say(live, over() ? known : describe());
    }

    function mark(k) {
      if (over()) return;
      state.marks[state.at] = k;
      if (over()) {
        // A round counts once, however often it is played.
        counted[state.game][state.seed] ??= right();
        state.at = 0;
      } else {
        while (state.marks[state.at] !== undefined) state.at = (state.at + 1) % CHARTS;
      }
      show();
      Explorer.say(live, describe());
    }

    function begin(game, which) {
      Object.assign(state, { game, seed: which, at: 0, marks: Array(CHARTS).fill(undefined) });
      state.items = draw(game, which, data);
      chooser.value = game;
      seed.value = which;
      show();
      Explorer.say(live, describe());
    }

    const row = (...nodes) => element("div", { class: "explorer-controls" }, ...nodes);
    const round = element("label", { class: "explorer-select" }, element("span", {}, "Round"), seed);
    const choice = row(...answers);
    choice.classList.add("prices-answers");
    live.append(row(chooser.node), paper, choice, strip.node, score, meter, row(next, round));
    begin("walk", 1);
    return { describe };
  }

  // For paper and for pages without scripts: six charts, of a round that nobody plays.
  function still(data) {
    const items = draw("walk", 0, data).slice(0, 6).map((one) => one());
    const parts = [];
    items.forEach((item, k) => {
      const [x, y] = [(k % 2) * 176, Math.floor(k / 2) * 92];
      const frame = { x: x + 1, y: y + 1, width: 166, height: 84 };
      parts.push(svg("rect", { ...frame, fill: "none", stroke: "var(--book-line)" }));
      const [line] = lines([item.price], [x + 22, x + 162, y + 8, y + 78]);
      parts.push(poly(line, { ...INK, "stroke-width": 1.2 }));
      parts.push(svg("text", { x: x + 6, y: y + 17, "font-size": 13 }, k + 1));
    });
    const which = (kind) => items.flatMap(({ truth: t }, k) => (t === kind ? [k + 1] : [])).join(", ");
    const said = `Real: ${which(0)}. Random walks: ${which(1)}.`;
    parts.push(svg("text", { x: 1, y: 294, "font-size": 12, class: "soft" }, said));
    const label = `Six price charts without numbers that look alike. ${said}`;
    return svg("svg", { viewBox: "0 0 344 300", role: "img", "aria-label": label }, ...parts);
  }

  const programs = { atLeast, interval, draw, forecast, GAMES };
  Explorer.register("prices", { weights: "prices", mount, still, ...programs });
})();
