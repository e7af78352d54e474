// What the explorers with a trained network share, beyond the kit: the output layer, a
// one-hot input, and bars.
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

  return { zeroState, logits, oneHot, order, bars };
})();
