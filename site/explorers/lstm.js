// Chapter 11: the unit written by hand there, which keeps a negation until a blame comes.
"use strict";

Explorer.machine("lstm", {
  units: ["1"],
  variants: [["", ""]],
  gates: [
    { key: "i", does: "write", low: 0 },
    { key: "f", does: "keep", low: 0 },
    { key: "g", does: "on offer", low: -1 },
    { key: "o", does: "show", low: 0 },
  ],
  levels: [
    { key: "c", does: "cell", keep: "f" },
    { key: "h", does: "shown" },
  ],
  make: () => ({
    W_xh: [
      [8, 0, 2, 0], // negation
      [0, 0, 0, -6], // polarity
    ],
    W_hh: [[0, 0, 0, 0]],
    b_h: [-4, 4, 0, -3],
  }),
  zero: () => ({ h: [0], c: [0] }),
  step: (x, state, p) => Explorer.lstmStep(x, state, p),
  next: ({ h, c }) => ({ h, c }),
  says({ word, h }) {
    if (word !== "dull") return "";
    return h[0] > 0.5 ? "The negation is shown at dull: praise." : "No negation is shown at dull: blame.";
  },
});
