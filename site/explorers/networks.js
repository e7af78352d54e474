// What the explorers with a trained network share, beyond the kit: the output layer, a
// one-hot input, draws that can be repeated, and bars.
"use strict";

const Networks = (() => {
  const { element, times, plus } = Explorer;

  const zeroState = ({ W_hh }) => ({
    h: new Float64Array(W_hh.shape[0]),
    c: new Float64Array(W_hh.shape[0]),
  });

  const logits = (h, { W_hy, b_y }) => plus(times(h, W_hy), b_y.values);

  function oneHot(n, V) {
    const x = new Float64Array(V);
    x[n] = 1;
    return x;
  }

  // mulberry32: numbers from 0 to 1 that a seed repeats.
  function random(seed) {
    let a = seed >>> 0;
    return () => {
      a = (a + 0x6d2b79f5) >>> 0;
      let t = Math.imul(a ^ (a >>> 15), 1 | a);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  // Places of the numbers from the largest on; of equal ones the first comes first.
  const order = (p) => [...p.keys()].sort((a, b) => p[b] - p[a] || a - b);

  // Bars with names; `before` is drawn as an outline.
  function bars(list, rows) {
    list.replaceChildren(
      ...rows.map(({ name, p, before, note = "", first }) => {
        const bar = element("span", { class: "bar" });
        const wide = (v) => ({ style: `width:${(100 * v).toFixed(1)}%` });
        bar.append(element("i", wide(p)));
        if (before !== undefined) bar.append(element("b", wide(before)));
        return element(
          "li",
          { class: first ? "first" : "" },
          ...[element("span", { class: "name" }, name), bar],
          element("span", { class: "share" }, note || `${Math.round(100 * p)}\u00a0%`),
        );
      }),
    );
  }

  return { zeroState, logits, oneHot, random, order, bars };
})();
