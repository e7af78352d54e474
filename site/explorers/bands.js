// The landing page: gradient reach as bands, one slider. The networks and all mathematics
// are those of reach.js, near the radius at which PyTorch's layers begin.
"use strict";

(() => {
  const { svg, number } = Explorer;
  const SEEDS = [1, 2, 3, 4, 5];
  const START = { rho: 0.6, bias: 2, T: 60 };
  const RANGE = { min: -2, max: 6, step: 0.5 };
  const FLOOR = 8; // powers of ten; below, nothing is left that could be learned from
  const STEPS = 24; // shades
  // Plasma, from almost nothing to all of it.
  const COLORS = [
    ...["#0d0887", "#46039f", "#7201a8", "#9c179e", "#bd3786"],
    ...["#d8576b", "#ed7953", "#fb9f3a", "#fdca26", "#f0f921"],
  ];

  // From another file, which may come later.
  const reach = () => Explorer.registered.reach;
  const drawn = {};
  const network = (seed) => (drawn[seed] ??= reach().drawAll(seed));

  // The shares of one network: (T,).
  const row = (name, seed, bias) => reach().reach(name, network(seed), { ...START, bias });

  const middle = (values) => [...values].sort((a, b) => a - b)[(values.length - 1) / 2];

  // 1 to STEPS, or 0 where nothing is left.
  const shade = (v) =>
    Math.max(0, Math.min(STEPS, Math.floor(STEPS * (1 + Math.log10(v) / FLOOR)) + 1));

  const mixed = (a, b, part) =>
    [1, 3, 5]
      .map((k) => [a, b].map((color) => parseInt(color.slice(k, k + 2), 16)))
      .map(([from, to]) => Math.round(from + part * (to - from)))
      .reduce((text, v) => text + v.toString(16).padStart(2, "0"), "#");

  function color(step) {
    if (!step) return "var(--book-soft)";
    const place = ((step - 1) / (STEPS - 1)) * (COLORS.length - 1);
    const k = Math.min(COLORS.length - 2, Math.floor(place));
    return mixed(COLORS[k], COLORS[k + 1], place - k);
  }

  const [WIDTH, BAND, HIGH] = [344, 44, 5];
  const across = (t) => Number(((WIDTH * t) / START.T).toFixed(1));

  // One rectangle for neighbours of the same shade.
  function strip(shares, y) {
    const shades = shares.map(shade);
    const starts = shades.flatMap((v, t) => (t && v === shades[t - 1] ? [] : [t]));
    return starts.map((t, n) => {
      const [x, end] = [across(t), across(starts[n + 1] ?? START.T)];
      const width = Number((end - x).toFixed(1));
      return svg("rect", { x, y, width, height: HIGH, fill: color(shades[t]) });
    });
  }

  function picture(all) {
    const parts = [];
    const say = (x, y, text, extra = {}) =>
      svg("text", { x, y, "font-size": 12, ...extra }, text);
    const rows = {};
    const said = {};
    Object.entries(all).forEach(([name, many], n) => {
      const y = n * BAND;
      said[name] = say(WIDTH, y + 11, "", { "text-anchor": "end", class: "soft" });
      parts.push(say(0, y + 11, reach().CELLS[name].title, { "font-weight": 700 }), said[name]);
      rows[name] = many.map((shares, k) => svg("g", {}, ...strip(shares, y + 15 + k * HIGH)));
      parts.push(...rows[name]);
    });
    const low = 3 * BAND + 12;
    const back = `${START.T - 1} steps back`;
    parts.push(say(0, low, back, { class: "soft" }));
    parts.push(say(WIDTH, low, "now", { class: "soft", "text-anchor": "end" }));
    parts.push(say(150, low, "10⁻⁸", { class: "soft", "text-anchor": "end" }));
    for (let k = 0; k < 10; k++) {
      const step = 1 + Math.round(((STEPS - 1) * k) / 9);
      parts.push(svg("rect", { x: 156 + 8 * k, y: low - 9, width: 8, height: 9, fill: color(step) }));
    }
    parts.push(say(241, low, "1", { class: "soft" }));
    const box = { viewBox: `0 0 ${WIDTH} ${low + 6}`, role: "img", class: "bands" };
    const node = svg("svg", box, ...parts);
    const paper = { node, rows, said };
    Object.keys(all).forEach((name) => label(paper, all, name));
    return paper;
  }

  // The number beside a band, and the words for the whole.
  function label({ node, said }, all, name) {
    said[name].textContent = `from ${START.T - 1} steps back: ${reach().share(middle(all[name].map((v) => v[0])))}`;
    node.setAttribute("aria-label", `Bands of untrained networks, bright where a gradient arrives. ${inWords(all)}`);
  }

  function inWords(all) {
    const one = ([name, many]) =>
      `${reach().CELLS[name].title} ${reach().share(middle(many.map((v) => v[0])))}`;
    return `Of a gradient arrives, ${START.T - 1} steps back: ${Object.entries(all).map(one).join(", ")}.`;
  }

  const measure = (bias) =>
    Object.fromEntries(
      Object.keys(reach().CELLS).map((name) => [name, SEEDS.map((seed) => row(name, seed, bias))]),
    );

  function mount(live) {
    const all = measure(START.bias);
    const paper = picture(all);
    let [bias, left, waits] = [START.bias, [], false];

    // One network of each kind a frame, so that the slider stays quick on a phone.
    function draw() {
      const k = left.shift();
      for (const name of Object.keys(all).filter((one) => one !== "rnn")) {
        all[name][k] = row(name, SEEDS[k], bias);
        const y = Object.keys(all).indexOf(name) * BAND + 15 + k * HIGH;
        paper.rows[name][k].replaceChildren(...strip(all[name][k], y));
        if (!left.length) label(paper, all, name);
      }
      waits = left.length > 0;
      if (waits) requestAnimationFrame(draw);
      else Explorer.say(live, inWords(all));
    }

    const slider = Explorer.slider({
      ...{ label: "Bias of the gates", ...RANGE, value: START.bias },
      show: (v) => number(v, 1),
      oninput: (v) => {
        bias = v;
        left = SEEDS.map((_, k) => k);
        if (!waits) requestAnimationFrame(draw);
        waits = true;
      },
    });
    live.append(paper.node, slider.node);
    return { describe: () => inWords(all) };
  }

  const still = () => picture(measure(START.bias)).node;

  Explorer.register("bands", { mount, still, row, shade, START, SEEDS });
})();
