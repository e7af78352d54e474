// It writes: the distribution of the next character, and the rules that choose from it.
"use strict";

(() => {
  const { element, svg, button, slider, still, random, lstmStep, softmax } = Explorer;
  const { zeroState, logits: outputs, oneHot, order, bars } = Networks;
  const SHOWN = { " ": "␣", "\n": "↵" };
  const BARS = 10;
  const MANY = 200;

  const normed = (p) => {
    const sum = p.reduce((a, b) => a + b, 0);
    return p.map((v) => v / sum);
  };

  // First the temperature, then each rule cuts what is left of the distribution.
  function choose(logits, { tau, k, top, low }) {
    if (tau === 0) {
      const best = order(Array.from(logits))[0];
      return Array.from(logits, (_, n) => (n === best ? 1 : 0));
    }
    let p = softmax(Array.from(logits, (z) => z / tau));
    const kept = order(p).slice(0, k);
    p = normed(p.map((v, n) => (kept.includes(n) ? v : 0)));
    let sum = 0;
    const nucleus = new Set();
    for (const n of order(p)) {
      if (sum >= top - 1e-12) break;
      nucleus.add(n);
      sum += p[n];
    }
    p = normed(p.map((v, n) => (nucleus.has(n) ? v : 0)));
    const most = Math.max(...p);
    return normed(p.map((v) => (v >= low * most ? v : 0)));
  }

  function draw(p, u) {
    let sum = 0;
    for (let n = 0; n < p.length; n++) {
      sum += p[n];
      if (u < sum) return n;
    }
    return order(p)[0];
  }

  // Reads characters, one after the other, and knows what it expects next.
  function reader(weights) {
    const all = [...weights.symbols];
    let state = zeroState(weights);
    return {
      all,
      take(n) {
        state = lstmStep(oneHot(n, all.length), state, weights);
        return (this.logits = outputs(state.h, weights));
      },
      get state() {
        return state;
      },
      logits: null,
    };
  }

  function mount(stage, stored) {
    const say = (words) => Explorer.say(stage, words);
    const V = [...stored.symbols].length;
    let [sampled, greedy, seed, timer] = [null, null, 1, 0];
    let unit = random(seed);
    const again = () => start(false);
    const start_of = element("input", { type: "text", value: "ROMEO:", maxlength: 60, oninput: again, spellcheck: "false", autocomplete: "off" });
    const show = () => distribution();
    const tau = slider({ label: "Temperature", min: 0, max: 2, step: 0.1, value: 0.8, show: (v) => (v === 0 ? "0: always the best" : v.toFixed(1)), oninput: show });
    const k = slider({ label: "Top-k", step: 1, min: 1, max: V, value: V, show: (v) => (v === V ? "off" : `the best ${v}`), oninput: show });
    const top = slider({ label: "Top-p", min: 0.1, max: 1, step: 0.05, value: 1, show: (v) => (v === 1 ? "off" : v.toFixed(2)), oninput: show });
    const low = slider({ label: "Min-p", min: 0, max: 0.5, step: 0.01, value: 0, show: (v) => (v === 0 ? "off" : v.toFixed(2)), oninput: show });
    const rules = () => ({ tau: tau.value, k: k.value, top: top.value, low: low.value });
    const texts = ["Drawn by your rules", "Always the best (greedy)"].map((title) => {
      const begin = element("span", { class: "begin" });
      const rest = element("span", { class: "written" });
      const box = element("div", { class: "sheet-of-text" }, element("b", {}, title), element("p", { tabindex: 0, role: "group", "aria-label": title }, begin, rest));
      return { box, begin, rest, paper: box.lastChild };
    });
    const list = element("ol", { class: "bars two" });
    const heading = element("p", { class: "small" });

    function read(text) {
      const one = reader(stored);
      const known = [...text].map((s) => one.all.indexOf(s)).filter((n) => n >= 0);
      for (const n of known.length ? known : [one.all.indexOf("\n")]) one.take(n);
      return one;
    }

    function start(newSeed) {
      clearInterval(timer);
      if (newSeed) seed += 1;
      unit = random(seed);
      [sampled, greedy] = [read(start_of.value), read(start_of.value)];
      for (const { begin, rest } of texts) {
        begin.textContent = start_of.value;
        rest.textContent = "";
      }
      distribution();
    }

    function distribution() {
      const plain = softmax(sampled.logits);
      const p = choose(sampled.logits, rules());
      const kept = p.filter((v) => v > 0).length;
      const rows = order(plain).slice(0, BARS);
      bars(
        list,
        rows.map((n, place) => ({
          ...{ name: SHOWN[sampled.all[n]] ?? sampled.all[n], p: p[n], before: plain[n] },
          note: p[n] === 0 ? "cut" : "",
          first: place === 0,
        })),
      );
      const strange = [...new Set([...start_of.value].filter((s) => !sampled.all.includes(s)))];
      const left_out = strange.length ? ` Unknown to it and left out: ${strange.join(" ")}` : "";
      heading.textContent = `The next character: ${kept} of ${V} can be drawn. Bar: by your rules. Outline: by the network.${left_out}`;
    }

    function step() {
      const n = draw(choose(sampled.logits, rules()), unit());
      sampled.take(n);
      texts[0].rest.textContent += sampled.all[n];
      const best = order(Array.from(greedy.logits))[0];
      greedy.take(best);
      texts[1].rest.textContent += greedy.all[best];
      for (const { paper } of texts) paper.scrollTop = paper.scrollHeight;
    }

    function write() {
      clearInterval(timer);
      let left = MANY;
      const end = () => say(`${MANY} characters are written; the last: ${texts[0].rest.textContent.slice(-40)}`);
      if (still()) {
        while (left--) step();
        distribution();
        return end();
      }
      timer = setInterval(() => {
        step();
        distribution();
        if (--left > 0) return;
        clearInterval(timer);
        end();
      }, 25);
    }

    stage.append(
      element("label", { class: "wide" }, element("span", {}, "Beginning "), start_of),
      element("div", { class: "sliders" }, tau.node, k.node, top.node, low.node),
      element(
        "div",
        { class: "explorer-controls" },
        button(`Write ${MANY} characters`, write),
        button("One character", () => {
          clearInterval(timer);
          step();
          distribution();
          const last = texts[0].rest.textContent.slice(-1);
          say(`Drawn: ${last === " " ? "a blank" : last}.`);
        }),
        button("Other luck", () => (start(true), write())),
        button("From the beginning", () => start(false)),
      ),
      element("div", { class: "columns even" }, texts[0].box, texts[1].box),
      ...[heading, list],
    );
    start(false);
  }
  // For paper and for pages without scripts: two texts.
  function picture(weights) {
    const begin = "ROMEO:";
    const label =
      "Two texts that the network wrote after ROMEO: one drawn at a temperature of 0.8, " +
      "one that always takes the best character and soon repeats itself.";
    const drawn = svg("svg", { class: "texts", viewBox: "0 0 460 290", role: "img", "aria-label": label });
    [0.8, 0].forEach((tau, column) => {
      const [one, unit] = [reader(weights), random(1)];
      for (const s of begin) one.take(one.all.indexOf(s));
      let text = begin;
      for (let n = 0; n < 180; n++) {
        const k = draw(choose(one.logits, { tau, k: one.all.length, top: 1, low: 0 }), unit());
        one.take(k);
        text += one.all[k];
      }
      const lines = text.split("\n").flatMap((line) => line.match(/.{1,27}(?=\s|$)|.{1,27}|^$/g) ?? [""]);
      const at = { x: 4 + 230 * column };
      drawn.append(svg("text", { ...at, y: 16, class: "soft" }, tau ? "Drawn at temperature 0.8" : "Always the best (greedy)"));
      lines.slice(0, 14).forEach((line, row) => drawn.append(svg("text", { ...at, y: 38 + 18 * row }, line.trim())));
    });
    return drawn;
  }

  Explorer.register("writer", { weights: "writer", mount, still: picture, choose, reader });
})();
