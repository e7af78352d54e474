// CTC by hand: a path of one sign a frame, what it is read as, and the sum over all
// paths that are read as the label, by forward and backward variables.
"use strict";

(() => {
  const { element, svg, button, slider, select, number } = Explorer;
  const { bars } = Networks;
  const SIGNS = ["\u2205", "1", "2", "3"]; // the first is the blank
  const [BLANK, MOST, LONGEST, TENTHS] = [0, 8, 4, 10];

  // Shares of blank, 1, 2, 3 in each frame; the last frame goes on behind its end.
  const EXAMPLES = {
    equal: ["Two equal digits", "11", 4, [[1, 8, 1, 0], [4, 5, 1, 0], [5, 4, 1, 0], [1, 8, 0, 1]]],
    two: ["A one, then a two", "12", 5, [[2, 8, 0, 0], [3, 6, 1, 0], [6, 2, 2, 0], [2, 1, 6, 1], [3, 0, 7, 0]]],
    sure: ["Sure of 1 in each frame", "11", 3, [[0, 10, 0, 0]]],
    best: ["The best path misleads", "1", 2, [[6, 4, 0, 0]]],
    short: ["Too few frames", "11", 2, [[1, 8, 1, 0], [5, 4, 1, 0]]],
  };

  // What to try with each; with the first of them, what the page says.
  const TRY = {
    equal: null,
    two:
      "the label is 12, and there are five frames. Tap a path without a blank that is read " +
      "as 12: between two different signs none is needed. Then press Most probable path, " +
      "and compare.",
    sure:
      "the label is 11, and each of the three frames is sure of 1. Press Most probable path: " +
      "what is it read as? Then tap the one path that is read as 11.",
    best:
      "the label is 1, and there are two frames. Press Most probable path: it is read as " +
      "nothing. Three paths are read as 1: find them, and look at the bars below the trellis.",
    short:
      "the label is 11, and there are two frames. Tap any path: none is read as 11. Then give " +
      "it one frame more with the slider Frames.",
    own:
      "this is your own example. Find all paths that are read as your label (Show me one " +
      "helps), or give the frames other shares with the sliders at the end.",
  };

  // --- the mathematics: as in the chapter, with probabilities in place of logs ------

  // Equal neighbours become one, then blanks go.
  const collapse = (path) => path.filter((k, t) => k !== BLANK && k !== path[t - 1]);

  // Blanks around and between the signs of the label: 2 L + 1 places.
  const extended = (label) => [BLANK, ...label.flatMap((k) => [k, BLANK])];

  // From where one comes to a place: itself, the one before, and over a blank.
  function comesFrom(places, s) {
    const skips = s > 1 && places[s] !== BLANK && places[s] !== places[s - 2];
    return [s, s - 1, ...(skips ? [s - 2] : [])].filter((one) => one >= 0);
  }

  // p: T rows of K probabilities. alpha includes frame t, beta what comes after it.
  function ctc(p, label) {
    const [T, places] = [p.length, extended(label)];
    const S = places.length;
    const ends = S > 1 ? [S - 1, S - 2] : [0];
    const zeros = () => Array.from({ length: T }, () => new Float64Array(S));
    const [alpha, beta] = [zeros(), zeros()];
    for (let t = 0; t < T; t++) {
      for (let s = 0; s < S; s++) {
        const come = t ? comesFrom(places, s).reduce((a, one) => a + alpha[t - 1][one], 0) : Number(s < 2);
        alpha[t][s] = come * p[t][places[s]];
      }
    }
    ends.forEach((s) => (beta[T - 1][s] = 1));
    for (let t = T - 2; t >= 0; t--) {
      for (let s = 0; s < S; s++) {
        const on = beta[t + 1][s] * p[t + 1][places[s]];
        comesFrom(places, s).forEach((one) => (beta[t][one] += on));
      }
    }
    const total = ends.reduce((sum, s) => sum + alpha[T - 1][s], 0);
    const gamma = alpha.map((row, t) => row.map((v, s) => (total ? (v * beta[t][s]) / total : 0)));
    return { places, alpha, beta, gamma, total };
  }

  const repeats = (label) => label.filter((k, n) => n && k === label[n - 1]).length;

  // C(T + L - r, 2 L) paths are read as the label.
  function count(T, label) {
    const [n, k] = [T + label.length - repeats(label), 2 * label.length];
    let c = 1;
    for (let one = 1; one <= k; one++) c = (c * (n - k + one)) / one;
    return n < k ? 0 : Math.round(c);
  }

  // The probability of every label. A beginning that ends in a blank may grow by any sign,
  // one that ends in a sign stays the same when that sign comes again.
  function everyLabel(p) {
    let all = new Map([["", [1, 0]]]);
    for (const row of p) {
      const next = new Map();
      const add = (name, blank, signed) => {
        const [b, n] = next.get(name) ?? [0, 0];
        if (blank || signed) next.set(name, [b + blank, n + signed]);
      };
      for (const [name, [b, n]] of all) {
        add(name, (b + n) * row[BLANK], 0);
        for (let k = 1; k < row.length; k++) {
          const again = name.endsWith(SIGNS[k]);
          add(name + SIGNS[k], 0, (again ? b : b + n) * row[k]);
          if (again) add(name, 0, n * row[k]);
        }
      }
      all = next;
    }
    return [...all].map(([name, [b, n]]) => [name, b + n]).sort((a, b) => b[1] - a[1]);
  }

  // Every path that is read as the label, in the order of the trellis.
  function alignments(T, label) {
    const places = extended(label);
    let all = [[0], ...(places.length > 1 ? [[1]] : [])];
    for (let t = 1; t < T; t++) {
      all = all.flatMap((path) =>
        places.map((_, s) => s).filter((s) => comesFrom(places, s).includes(path[t - 1])).map((s) => [...path, s]),
      );
    }
    return all.filter((path) => path[T - 1] >= places.length - 2).map((path) => path.map((s) => places[s]));
  }

  // Where in the trellis a path runs that is read as the label.
  function placesOf(path) {
    let s = 0;
    return path.map((k, t) => {
      if (k === BLANK) s += s % 2;
      else if (k !== path[t - 1]) s += s % 2 ? 2 : 1;
      return s;
    });
  }

  const shares = (tenths) => {
    const sum = tenths.reduce((a, b) => a + b, 0);
    return tenths.map((v) => (sum ? v / sum : 1 / tenths.length));
  };

  const spell = (signs) => signs.map((k) => SIGNS[k]).join("");

  // --- the picture: the trellis -------------------------------------------------

  const [LEFT, WIDE, ROW, R, HEAD] = [30, 440, 36, 16, 22];
  const small = (v) => (v === 0 ? "0" : v < 0.001 ? v.toExponential(0).replace("-", "\u2212") : number(v, v < 0.01 ? 3 : 2));

  function trellis(p, label, path, shade) {
    const [T, parts] = [p.length, []];
    const column = Math.min(90, (WIDE - LEFT) / T);
    const { places, alpha, gamma } = ctc(p, label);
    // On some path at all, whatever the frames say.
    const open = ctc(p.map((row) => row.map(() => 1)), label);
    const on = (t, s) => open.gamma[t]?.[s] > 0;
    const [x, y] = [(t) => LEFT + column * (t + 0.5), (s) => HEAD + ROW * (s + 0.5)];
    const fits = spell(collapse(path)) === spell(label);
    const way = fits ? placesOf(path) : [];
    const text = (at, words, more = {}) =>
      parts.push(svg("text", { ...at, "text-anchor": "middle", "font-size": 13, ...more }, words));
    p.forEach((_, t) => text({ x: x(t), y: 13 }, `${t + 1}`, { class: "soft" }));
    places.forEach((k, s) => text({ x: 12, y: y(s) + 5 }, SIGNS[k], { "font-weight": 700, "font-size": 15 }));
    for (let t = 1; t < T; t++) {
      places.forEach((_, s) =>
        comesFrom(places, s).forEach((from) => {
          if (!on(t, s) || !on(t - 1, from)) return;
          const mine = way[t] === s && way[t - 1] === from;
          const ends = { x1: x(t - 1), y1: y(from), x2: x(t), y2: y(s) };
          const look = mine ? { stroke: "var(--book-accent)", "stroke-width": 5 } : { stroke: "var(--book-edge)", "stroke-width": 1 };
          parts.push(svg("line", { ...ends, ...look }));
        }),
      );
    }
    const shown = { alpha, gamma }[shade];
    p.forEach((_, t) => {
      const sum = shown ? shown[t].reduce((a, b) => a + b, 0) : 0;
      places.forEach((_, s) => {
        const at = { cx: x(t), cy: y(s), r: on(t, s) ? R : 3 };
        const mine = way[t] === s;
        parts.push(svg("circle", { ...at, style: "fill:var(--pst-color-background)" }));
        const v = on(t, s) && sum ? shown[t][s] / sum : 0;
        const look = { stroke: mine ? "var(--book-accent)" : "var(--book-edge)", "stroke-width": mine ? 3 : 1 };
        parts.push(svg("circle", { ...at, fill: "var(--book-accent)", "fill-opacity": (0.45 * v).toFixed(3), ...look }));
        if (shown && on(t, s)) text({ x: x(t), y: y(s) + 4 }, small(shown[t][s]), { "font-size": 12, "font-weight": mine ? 700 : 400 });
      });
    });
    const name = `Trellis of ${spell(label) || "no sign"} over ${T} frames: ${count(T, label)} paths from its first to its last two places.`;
    const viewBox = `0 0 ${WIDE} ${HEAD + ROW * places.length}`;
    return svg("svg", { viewBox, role: "img", "aria-label": name }, ...parts);
  }

  // --- words ---------------------------------------------------------------------

  const times = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

  function impossible(T, label) {
    const r = repeats(label);
    const needs = label.length + r;
    if (T >= needs) return "";
    const between = r ? ` and ${times(r, "blank")} between equal neighbours` : "";
    return `Impossible: ${spell(label)} needs ${times(needs, "frame")}, ${times(label.length, "sign")}${between}, and there ${T === 1 ? "is 1" : `are ${T}`}. Its probability is 0, its loss infinite.`;
  }

  function verdict(path, label) {
    const [said, wanted] = [spell(collapse(path)), spell(label)];
    if (said === wanted) return `${wanted || "nothing"}: that is the label.`;
    const merged = label.filter((k, n) => k !== label[n - 1]);
    const why = said === spell(merged) ? " Two equal digits need a blank between them." : "";
    return `${said || "nothing"}, not as ${wanted || "nothing"}.${why}`;
  }

  // --- the controls ----------------------------------------------------------------

  function mount(live) {
    const at = { label: [1, 1], T: 4, frame: 1, path: Array(MOST).fill(1), tenths: [], found: new Set() };
    const grid = element("div", { class: "ctc-grid", role: "group", "aria-label": "The path: one sign for each frame" });
    const result = element("p", { class: "ctc-result" });
    const sheet = element("div", { class: "ctc-sheet" });
    const list = element("ol", { class: "bars ctc-labels" });
    const heading = element("p", { class: "small" });
    const probabilities = () => at.tenths.slice(0, at.T).map(shares);
    const path = () => at.path.slice(0, at.T);

    // The grid has one Tab stop: arrows move in it, Space and Enter press.
    const cells = SIGNS.map((_, k) =>
      Array.from({ length: MOST }, (_, t) =>
        element("button", { type: "button", tabindex: -1, onclick: () => press(k, t) }, element("i"), element("span")),
      ),
    );
    grid.append(
      ...[element("span", { class: "ctc-frame" }, "%"), ...Array.from({ length: MOST }, (_, t) => element("span", { class: "ctc-frame" }, `${t + 1}`))],
      ...cells.flatMap((row, k) => [element("b", {}, SIGNS[k]), ...row]),
    );
    const stop = (k, t) => {
      cells.flat().forEach((one) => (one.tabIndex = -1));
      cells[k][t].tabIndex = 0;
      return cells[k][t];
    };
    grid.addEventListener("keydown", (event) => {
      const k = cells.findIndex((row) => row.includes(event.target));
      if (k < 0) return;
      const t = cells[k].indexOf(event.target);
      const to = { ArrowRight: [k, t + 1], ArrowLeft: [k, t - 1], ArrowDown: [k + 1, t], ArrowUp: [k - 1, t] }[event.key];
      if (!to) return;
      event.preventDefault();
      stop(Math.min(SIGNS.length - 1, Math.max(0, to[0])), Math.min(at.T - 1, Math.max(0, to[1]))).focus();
    });

    function press(k, t) {
      at.path[t] = k;
      at.frame = t;
      stop(k, t);
      run();
    }

    const anew = (more) => (Object.assign(at, { found: new Set() }, more), run());
    const example = select("Example", [...Object.entries(EXAMPLES).map(([k, [name]]) => [k, name]), ["own", "Your own"]], (k) => (k === "own" ? run() : take(k)));
    const label = element("input", {
      ...{ type: "text", inputmode: "numeric", size: 6, maxlength: LONGEST, autocomplete: "off" },
      oninput: () => {
        const signs = [...label.value].map((s) => SIGNS.indexOf(s)).filter((k) => k > 0);
        example.value = "own";
        anew({ label: signs });
      },
    });
    const frames = slider({
      ...{ label: "Frames", min: 1, max: MOST, step: 1, value: 4, show: String },
      oninput: (T) => {
        example.value = "own";
        anew({ T, frame: Math.min(at.frame, T - 1) });
      },
    });
    const sliders = SIGNS.map((_, k) =>
      slider({
        ...{ label: SIGNS[k], min: 0, max: TENTHS, step: 1, value: 0 },
        show: () => `${Math.round(100 * shares(at.tenths[at.frame] ?? [1])[k])}\u00a0%`,
        oninput: (v) => {
          at.tenths[at.frame][k] = v;
          run();
        },
      }),
    );
    // Its sliders are far below the grid, so that the frame can be chosen here as well.
    const which = select("Shares of frame", [], (t) => {
      at.frame = Number(t);
      run();
    });
    const shade = select("Shading", [["alpha", "forward: all ways to here"], ["gamma", "occupancy: who passes here"], ["none", "none"]], () => run());
    const best = button("Most probable path", () => {
      probabilities().forEach((row, t) => (at.path[t] = row.indexOf(Math.max(...row))));
      run();
    });
    const more = button("Show me one", () => {
      const next = alignments(at.T, at.label).find((one) => !at.found.has(spell(one)));
      if (next) next.forEach((k, t) => (at.path[t] = k));
      run();
    });

    function take(k) {
      const [, signs, T, rows] = EXAMPLES[k];
      label.value = signs;
      frames.value = T;
      at.tenths = Array.from({ length: MOST }, (_, t) => [...rows[Math.min(t, rows.length - 1)]]);
      at.path.fill(1);
      anew({ label: [...signs].map(Number), T, frame: 0 });
    }

    const found = (n) => (n ? `Found: ${at.found.size} of ${n}${at.found.size < n ? "." : ", all of them."}` : "");

    function outcome() {
      const p = probabilities();
      const { total } = ctc(p, at.label);
      return { p, total, own: path().reduce((a, k, t) => a * p[t][k], 1), n: count(at.T, at.label) };
    }

    function run() {
      const fits = spell(collapse(path())) === spell(at.label);
      if (fits) at.found.add(spell(path()));
      const { p, total, n } = outcome();
      grid.style.setProperty("--frames", at.T);
      [...grid.querySelectorAll(".ctc-frame")].slice(1).forEach((one, t) => {
        one.hidden = t >= at.T;
        one.classList.toggle("now", t === at.frame);
      });
      cells.forEach((row, k) =>
        row.forEach((one, t) => {
          one.hidden = t >= at.T;
          if (one.hidden) return;
          one.setAttribute("aria-pressed", at.path[t] === k);
          const percent = Math.round(100 * p[t][k]);
          one.setAttribute("aria-label", `Frame ${t + 1}, ${k ? SIGNS[k] : "blank"}: ${percent} percent`);
          one.firstChild.style.height = `${percent}%`;
          one.lastChild.textContent = percent;
        }),
      );
      if (!cells.flat().some((one) => one.tabIndex === 0 && !one.hidden)) stop(at.path[0], 0);
      result.replaceChildren(
        element("b", {}, path().map((k) => SIGNS[k]).join("\u2009")),
        ` is read as ${verdict(path(), at.label)} `,
        element("span", { class: "ctc-count" }, found(n)),
      );
      sheet.replaceChildren(trellis(p, at.label, path(), shade.value));
      more.disabled = at.found.size >= n;
      which.offer(p.map((_, t) => [t, t + 1]));
      which.value = at.frame;
      sliders.forEach((one, k) => {
        one.value = at.tenths[at.frame][k];
        one.rename(k ? SIGNS[k] : "blank");
      });
      Explorer.tryFirst(live, TRY[example.value]);
      heading.textContent = "What these frames say: the most probable labels, each over all of its paths.";
      bars(list, everyLabel(p).slice(0, 3).map(([name, q]) => ({ name: name || "nothing", p: q, first: name === spell(at.label), note: number(q, 3) })));
      Explorer.say(live, words());
    }

    function words() {
      const { p, total, own, n } = outcome();
      const product = `${path().map((k, t) => number(p[t][k])).join(" \u00d7 ")} = ${small(own)}`;
      const mine = `The path ${path().map((k) => SIGNS[k]).join(" ")} has the probability ${product}, and is read as ${verdict(path(), at.label)}`;
      const cannot = impossible(at.T, at.label);
      if (cannot) return `${cannot} ${mine}`;
      const loss = total ? `loss ${number(Math.max(0, -Math.log(total)), 3)}` : "infinite loss";
      const sum = `${times(n, "path")} ${n === 1 ? "is" : "are"} read as ${spell(at.label) || "nothing"}; ${n === 1 ? "it has" : "together they have"} ${total ? number(total, 4) : "0"}, ${loss}.`;
      return `${mine} ${sum} ${found(n)}`;
    }

    const row = (...nodes) => element("div", { class: "explorer-controls" }, ...nodes);
    live.append(
      row(example.node, element("label", { class: "explorer-select" }, element("span", {}, "Label (of 1, 2, 3)"), label), frames.node),
      ...[grid, result, row(best, more), row(shade.node), sheet, heading, list, row(which.node)],
      element("div", { class: "sliders ctc-shares" }, ...sliders.map((one) => one.node)),
    );
    take("equal");
    return { describe: words };
  }

  // For paper and for pages without scripts: two equal digits, and one of their paths.
  function still() {
    const p = EXAMPLES.equal[3].map(shares);
    return trellis(p, [1, 1], [1, 1, BLANK, 1], "alpha");
  }

  Explorer.register("ctc", {
    ...{ mount, still, ctc, collapse, count, everyLabel, alignments, placesOf, shares },
    ...{ impossible, EXAMPLES, TRY },
  });
})();
