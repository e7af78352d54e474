// The pictures of the landing page that one can move through: a slider, and the pointer
// over the picture itself, choose a step; the bars show the numbers stored for it.
"use strict";

const shown = { " ": "␣", "\n": "↵" };
const inWords = (pairs) =>
  pairs.map(([name, p]) => `${name}: ${Math.round(100 * p)} %`).join(", ");

function setBars(list, pairs) {
  [...list.children].forEach((row, k) => {
    const [name, p] = pairs[k];
    row.querySelector(".name").textContent = name;
    row.querySelector("i").style.width = `${100 * p}%`;
    row.querySelector(".share").textContent = `${Math.round(100 * p)} %`;
    row.classList.toggle("first", p === Math.max(...pairs.map((pair) => pair[1])));
  });
}

function digitReader(box) {
  const digits = JSON.parse(box.querySelector("script").textContent);
  const [svg, slider] = [box.querySelector(".ink"), box.querySelector("input")];
  const paper = svg.querySelector(".paper");
  const buttons = [...box.querySelectorAll("button")];
  let digit = digits[0];
  let timer = 0;

  function show() {
    const rows = Number(slider.value);
    const pairs = digit.belief[rows - 1].map((p, k) => [String(k), p]);
    paper.setAttribute("y", rows);
    setBars(box.querySelector(".bars"), pairs);
    const best = [...pairs].sort((a, b) => b[1] - a[1]).slice(0, 3);
    slider.setAttribute("aria-valuetext", `${rows} of 28 rows, ${inWords(best)}`);
  }

  function moveTo(rows) {
    slider.value = rows;
    show();
  }

  function point(event) {
    clearInterval(timer);
    const { top, height } = svg.getBoundingClientRect();
    moveTo(Math.round((28 * (event.clientY - top)) / height));
  }

  function choose(k) {
    clearInterval(timer);
    digit = digits[k];
    buttons.forEach((b, n) => b.setAttribute("aria-pressed", n === k));
    svg.querySelector("g").innerHTML = buttons[k].querySelector("svg").innerHTML;
    svg.setAttribute("aria-label", "A handwritten digit, partly covered");
    moveTo(14);
  }

  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  slider.addEventListener("input", () => (clearInterval(timer), show()));
  buttons.forEach((button, k) => button.addEventListener("click", () => choose(k)));
  choose(0);
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
    moveTo(1);
    timer = setInterval(() => {
      moveTo(Number(slider.value) + 1);
      if (slider.value >= 14) clearInterval(timer);
    }, 120);
  }
}

function textReader(box) {
  const { text, next } = JSON.parse(box.querySelector("script").textContent);
  const slider = box.querySelector("input");
  const letters = [...box.querySelectorAll(".passage [aria-hidden] span")];

  function show() {
    const at = Number(slider.value);
    const pairs = next[at].map(([c, p]) => [shown[c] ?? c, p]);
    letters.forEach((letter, k) => letter.classList.toggle("at", k === at));
    setBars(box.querySelector(".bars"), pairs);
    const before = text.slice(Math.max(0, at - 12), at);
    slider.setAttribute("aria-valuetext", `After "${before}": ${inWords(pairs)}`);
  }

  function point(event) {
    const at = letters.indexOf(event.target);
    if (at < 0) return;
    slider.value = at;
    show();
  }

  box.addEventListener("pointerover", point);
  box.addEventListener("pointerdown", point);
  slider.addEventListener("input", show);
  slider.value = box.dataset.at;
  show();
}

document.querySelectorAll(".touch [hidden]").forEach((part) => (part.hidden = false));
document.querySelectorAll(".digit-reader").forEach(digitReader);
document.querySelectorAll(".text-reader").forEach(textReader);
