"use strict";
// Lays every sheet out on pages of A4, each with a foot: whose it is, "page 2 of 4".
// A browser cannot count the pages of one student, so they are made here: what a page
// holds is measured, a question or a row of a table stays whole, a heading stays with
// what follows. A sheet that says so gets an even number of pages: it begins on paper
// of its own when both sides are printed.
const SPARE = "This page is free for notes and calculations.";

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function open(sheet) {
  const leaf = element("div", "leaf");
  leaf.append(element("div", "held"), element("div", "foot"));
  sheet.append(leaf);
  return leaf.firstChild;
}

function over(text) {
  return text.scrollHeight > text.clientHeight + 1;
}

// The parts that go to the next page with the last one: the headings just above it.
function leaving(text) {
  const parts = [...text.children];
  let from = parts.length - 1;
  while (from > 0 && /^H\d$/.test(parts[from - 1].tagName)) from -= 1;
  return from > 0 ? parts.slice(from) : [];
}

function put(part, text, sheet) {
  text.append(part);
  const moved = over(text) ? leaving(text) : [];
  if (!moved.length) return text;
  const next = open(sheet);
  next.append(...moved);
  return next;
}

function putRows(table, text, sheet) {
  const rows = [...table.tBodies[0].rows];
  table.tBodies[0].replaceChildren(rows.shift());
  text = put(table, text, sheet);
  for (const row of rows) {
    table.tBodies[0].append(row);
    if (!over(text)) continue;
    table = table.cloneNode(true);
    table.tBodies[0].replaceChildren(row);
    text = put(table, open(sheet), sheet);
  }
  return text;
}

function layOut(sheet) {
  const parts = [...sheet.children];
  sheet.replaceChildren();
  let text = open(sheet);
  for (const part of parts) {
    const long = part.matches("table.long") && part.tBodies[0].rows.length;
    text = (long ? putRows : put)(part, text, sheet);
  }
  if (sheet.dataset.even && sheet.children.length % 2)
    open(sheet).append(element("p", "spare", SPARE));
  [...sheet.children].forEach((leaf, k) => {
    const page = `page ${k + 1} of ${sheet.children.length}`;
    const whose = element("span", "whose", sheet.dataset.foot);
    leaf.lastChild.append(whose, element("span", "page", page));
  });
}

document.querySelectorAll(".sheet").forEach(layOut);
