// Chapter 12: its unit that keeps the negation, and a second one that gives a verdict at
// dull. It reads the first through the candidate, so that the reset's place matters.
"use strict";

Explorer.machine("gru", {
  units: ["kept", "verdict"],
  variants: [
    ["before", "before the product"],
    ["after", "after the product"],
  ],
  gates: [
    { key: "r", does: "reset", low: 0 },
    { key: "z", does: "keep", low: 0 },
    { key: "n", does: "on offer", low: -1 },
  ],
  levels: [{ key: "h", does: "state", keep: "z" }],
  // Columns: r, z, n, of kept and of verdict each.
  make(variant) {
    const b = [4, 4, 4, 4, 0, 0];
    return {
      W_xh: [
        [0, 0, -8, 0, 2, 0], // negation
        [0, 0, 0, 8, 0, 2], // polarity
      ],
      W_hh: [
        [0, 0, 0, 0, 0, 4],
        [0, 0, 0, 0, 0, 0],
      ],
      ...(variant === "after" ? { b_xh: b, b_hh: [0, 0, 0, 0, 0, 0] } : { b_h: b }),
    };
  },
  zero: () => [0, 0],
  step: (x, h, p, variant) => Explorer.gruStep(x, h, p, variant === "after"),
  next: ({ h }) => h,
  says({ word, h }) {
    if (word !== "dull" && word !== "moment") return "";
    return `Verdict: ${h[1] > 0 ? "praise" : "blame"}.`;
  },
});
