// What the pages of this book do beyond the theme: formulas in the order in which they
// are read, solutions that a link opens, a quiz that counts, and pages ready for paper.

"use strict";

// --- formulas ----------------------------------------------------------------
// First those in the window, then the others, not all at once, so that a slow
// processor shows soon what is read first and still answers in between.

const waiting = () => [...document.querySelectorAll(".math:not(:has(mjx-container))")];

// TeX that waits is as small as the formula will be wide (book.css); the size of a formula
// is taken from what stands there.
const asWritten = (element) => element.style.removeProperty("--tex");

const inWindow = (element) => {
  const box = element.getBoundingClientRect();
  return box.height > 0 && box.bottom > -200 && box.top < innerHeight + 200;
};

async function typeset() {
  let rest = waiting();
  while (rest.length) {
    const seen = rest.filter(inWindow);
    const now = seen.length ? seen : rest.slice(0, 60);
    now.forEach(asWritten);
    await MathJax.typesetPromise(now);
    await new Promise((done) => setTimeout(done));
    const left = waiting();
    if (left.length === rest.length) return; // what cannot be set is not tried again
    rest = left;
  }
}

// --- solutions ---------------------------------------------------------------
// Whoever follows a link to a solution, or to something within, finds it open.

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const solution = target?.closest("details");
  if (!solution || solution.open) return;
  solution.open = true;
  target.scrollIntoView();
}

// --- quiz --------------------------------------------------------------------

function count(section) {
  const right = [...section.querySelectorAll("details.choice.right")];
  const tried = new Set(
    [...section.querySelectorAll("details.choice[data-tried]")].map((c) => c.name),
  );
  const found = right.filter((c) => c.dataset.tried).length;
  section.querySelector(".score").textContent =
    `${found} of ${right.length} right` +
    (tried.size > found ? `, ${tried.size - found} more tried` : "");
}

function startQuiz(score) {
  const section = score.parentElement;
  for (const choice of section.querySelectorAll("details.choice")) {
    choice.addEventListener("toggle", () => {
      if (!choice.open || paper) return;
      choice.dataset.tried = "yes";
      count(section);
    });
  }
  count(section);
}

// --- paper -------------------------------------------------------------------
// On paper everything is open, set, and dark on white; afterwards it is as it was.

let paper = null;

function toPaper() {
  if (paper) return;
  const root = document.documentElement;
  const closed = [...document.querySelectorAll("article details:not([open])")].filter(
    (d) => !d.matches(".hide, .atlas"), // code that was folded, lists of hundreds
  );
  const named = [...document.querySelectorAll("details[name]")].map((d) => [d, d.name]);
  paper = { theme: root.dataset.theme, closed, named };
  root.dataset.theme = "light";
  named.forEach(([details]) => details.removeAttribute("name"));
  closed.forEach((details) => (details.open = true));
  const rest = waiting();
  rest.forEach(asWritten);
  if (window.MathJax?.typeset) MathJax.typeset(rest);
}

function fromPaper() {
  if (!paper) return;
  const { theme, closed, named } = paper;
  document.documentElement.dataset.theme = theme;
  closed.forEach((details) => (details.open = false));
  named.forEach(([details, name]) => (details.name = name));
  setTimeout(() => (paper = null)); // after the answers have heard that they closed
}

addEventListener("beforeprint", toPaper);
addEventListener("afterprint", fromPaper);
matchMedia("print").addEventListener("change", (e) => (e.matches ? toPaper : fromPaper)());

// --- at the start ------------------------------------------------------------

addEventListener("hashchange", openTarget);
addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".score").forEach(startQuiz);
  openTarget();
  // A formula or a button to copy is no stop on the way of whoever uses the keyboard.
  document.querySelectorAll("button.copybtn").forEach((b) => (b.tabIndex = -1));
  const script = window.MathJax?.startup?.promise;
  if (script) script.then(typeset);
  else waiting().forEach(asWritten); // it did not come: the TeX is there to be read
});
