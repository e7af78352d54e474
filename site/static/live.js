// Cells that are answered and changed in the page. Nothing is loaded until a reader asks:
// then Python comes from the folder beside the pages (`make live` puts it there), and
// runs in a worker, which can be ended. What a reader writes stays in her browser.

"use strict";

(() => {
  const LIMIT = 10; // seconds that a reader's cell may take
  const PAGE = location.pathname.split("/").pop().replace(/\.html$/, "");
  const SCRIPT = new URL(document.currentScript.src);
  const LIVE = new URL("live/", SCRIPT);
  const PYTHON = new URL("../pyodide/", SCRIPT);
  const WORDS = {
    exercise: ["Answer here", "Run and check"],
    question: ["Answer here", "Run"],
    try: ["Try it", "Run"],
  };
  const INSTALL =
    "open this page's notebook in JupyterLab (“Your first hour” says how)";
  const FROM_DISK =
    `A page opened from a disk cannot run Python: serve this folder ` +
    `(python -m http.server) and open it from there, or ${INSTALL}.`;
  const NOT_HERE =
    `Python is not beside these pages: whoever serves them runs “make live” once; ` +
    `until then, ${INSTALL}.`;

  // --- what is kept -----------------------------------------------------------
  const key = (id) => `rnnbook-live:${PAGE}:${id}`;
  const kept = (id) => {
    try {
      return localStorage.getItem(key(id));
    } catch {
      return null;
    }
  };
  const keep = (id, text) => {
    try {
      if (text === null) localStorage.removeItem(key(id));
      else localStorage.setItem(key(id), text);
    } catch {
      // a browser that keeps nothing still runs
    }
  };

  const make = (name, look = {}, ...inside) => {
    const one = Object.assign(document.createElement(name), look);
    one.append(...inside);
    return one;
  };
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

  // --- Python -----------------------------------------------------------------
  let plan, sizes, worker, waiting; // `waiting` is the run that is going on

  async function asked(url) {
    try {
      const answer = await fetch(url);
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  const cost = (packages) => {
    let todo = [...packages];
    const all = new Set();
    while (todo.length) {
      const one = todo.pop();
      if (all.has(one) || !sizes.packages[one]) continue;
      all.add(one);
      todo.push(...sizes.packages[one].depends);
    }
    return [...all].reduce((sum, one) => sum + sizes.packages[one].bytes, sizes.core);
  };

  function start() {
    worker = new Worker(new URL("live_worker.js", SCRIPT));
    worker.onmessage = ({ data }) => heard(data);
    worker.onerror = (event) => heard({ kind: "broken", text: event.message });
    const { href: pyodide } = PYTHON;
    worker.postMessage({ kind: "boot", pyodide, live: LIVE.href, package: plan.package });
  }

  function stop() {
    worker?.terminate();
    worker = null;
  }

  function end(shown, line) {
    const { box } = waiting;
    clearTimeout(waiting.timer);
    waiting = null;
    box.finished(shown, line);
  }

  function heard(message) {
    if (!waiting) return;
    if (message.kind === "loaded") waiting.box.loaded(message.bytes);
    if (message.kind === "more") {
      clearTimeout(waiting.timer);
      waiting.box.say(`This also needs ${message.name}: one moment.`);
    }
    if (message.kind === "started") {
      waiting.box.say(`Running, for ${LIMIT} seconds at most.`, true);
      clearTimeout(waiting.timer);
      waiting.timer = setTimeout(late, LIMIT * 1000);
    }
    if (message.kind === "done") end(message.shown, "");
    if (message.kind === "broken") {
      stop();
      end([{ kind: "error", text: message.text, lines: [] }], "Python did not start.");
    }
  }

  function late() {
    stop();
    const line =
      `Stopped after ${LIMIT} seconds: is there a loop that does not end? ` +
      `Your text is kept. Python starts anew with the next run, which takes some ` +
      `seconds and loads nothing again.`;
    end([{ kind: "error", text: line, lines: [] }], "Stopped.");
  }

  // What she changed in a cell above counts below it.
  // What is only imported there stays as it is.
  const above = (entry) =>
    entry.before.map(([cell, source]) => {
      const [imports, rest] = [[], []];
      for (const line of source.split("\n"))
        (/^(import|from) /.test(line) ? imports : rest).push(line);
      const hers = rest.join("").trim() ? kept(cell) : null;
      return [cell, hers === null ? source : [...imports, hers].join("\n")];
    });

  function run(box, entry, source) {
    waiting?.box.say("");
    if (waiting) stop();
    if (waiting) end([], "Interrupted by another run.");
    waiting = { box };
    if (!worker) start();
    const { packages, check } = entry;
    const before = above(entry);
    worker.postMessage({ kind: "run", id: box.id, packages, before, source, check });
  }

  // --- what is shown ----------------------------------------------------------
  // A notebook's page, and a heading's id there.
  function target(address) {
    const [page, heading] = address.split("#");
    const to = page.replace(/\.(ipynb|md)$/, ".html");
    if (!heading) return to;
    const id = decodeURIComponent(heading).toLowerCase().replace(/[^a-z0-9]+/g, "-");
    return `${to}#${id.replace(/^-|-$/g, "")}`;
  }

  // The little Markdown that `check` and `ask` write.
  function inline(text) {
    const out = document.createDocumentFragment();
    const mark = /`` (.+?) ``|`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\(([^)]+)\)/gs;
    let at = 0;
    for (const found of text.matchAll(mark)) {
      out.append(text.slice(at, found.index));
      at = found.index + found[0].length;
      const [, wide, code, strong, label, address] = found;
      if (wide || code) out.append(make("code", { textContent: wide || code }));
      else if (strong) out.append(make("strong", {}, inline(strong)));
      else if (/^[\w-]*(\.ipynb|\.md)?(#.*)?$/.test(address))
        out.append(make("a", { href: target(address) }, inline(label)));
      else out.append(inline(label));
    }
    out.append(text.slice(at));
    return out;
  }

  function answer({ markdown, state }) {
    const box = make("div", { className: `cell_output verdict ${state}` });
    for (const part of markdown.split(/\n\s*\n/)) {
      const lines = part.split("\n").filter((line) => line.trim());
      if (lines.length && lines.every((line) => /^\s*[-*] /.test(line))) {
        const items = lines.map((l) => make("li", {}, inline(l.replace(/^\s*[-*] /, ""))));
        box.append(make("ul", {}, ...items));
      } else if (lines.length) box.append(make("p", {}, inline(lines.join(" "))));
    }
    // the styles of a box are those of a cell
    return make("div", { className: "cell" }, box);
  }

  const PLAIN = "TABLE THEAD TBODY TR TH TD DIV P".split(" ");

  function table({ html }) {
    const read = new DOMParser().parseFromString(html, "text/html");
    for (const one of [...read.body.querySelectorAll("*")]) {
      if (!PLAIN.includes(one.tagName)) one.remove();
      else
        for (const { name } of [...one.attributes])
          if (!/^(col|row)span$/.test(name)) one.removeAttribute(name);
    }
    // the corner of a table heads nothing
    for (const one of read.querySelectorAll("th")) {
      if (one.textContent.trim()) continue;
      const cell = read.createElement("td");
      for (const { name, value } of one.attributes) cell.setAttribute(name, value);
      one.replaceWith(cell);
    }
    return make("div", { className: "scrolls" }, ...read.body.childNodes);
  }

  let drawn = 0;

  function figure({ svg }) {
    const read = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    const name = `live-${++drawn}-`;
    read.querySelectorAll("script, style, metadata, foreignObject").forEach((e) => e.remove());
    for (const one of [read, ...read.querySelectorAll("*")])
      for (const { name: n, value } of [...one.attributes]) {
        if (/^on/i.test(n)) one.removeAttribute(n);
        else if (n === "id") one.id = name + value;
        else if (/href$/.test(n)) one.setAttribute(n, value.replace("#", `#${name}`));
        else {
          const themed = value
            .replace(/url\(#/g, `url(#${name}`)
            .replace(/#[0-9a-f]{6}\b/gi, (c) => {
              const colour = plan.colours[c.toLowerCase()];
              return colour ? `var(--${colour},${c})` : c;
            });
          if (themed !== value) one.setAttribute(n, themed);
        }
      }
    for (const one of read.querySelectorAll("[fill^=var],[stroke^=var]"))
      for (const n of ["fill", "stroke"])
        if (one.getAttribute(n)?.startsWith("var")) one.style[n] = one.getAttribute(n);
    read.setAttribute("class", "diagram plot");
    read.setAttribute("role", "img");
    read.setAttribute("aria-label", "The figure that your cell draws");
    return document.importNode(read, true);
  }

  const SHOW = {
    text: ({ text }) => make("pre", { textContent: text }),
    error: ({ text, lines }) =>
      make("pre", { className: "failed", textContent: [...lines, text].join("\n") }),
    answer,
    table,
    figure,
  };

  // --- an editor --------------------------------------------------------------
  const insert = (area, text) => {
    // keeps the browser's own undo, where it has it
    if (!document.execCommand?.("insertText", false, text))
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
  };

  const lineBefore = (area) => {
    const { value, selectionStart } = area;
    return value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
  };

  function indent(area, back) {
    const { value, selectionStart: from, selectionEnd: to } = area;
    if (from === to && !back) {
      insert(area, " ".repeat(4 - (lineBefore(area).length % 4)));
      return;
    }
    const first = value.lastIndexOf("\n", from - 1) + 1;
    const last = value.slice(to - (to > from ? 1 : 0)).indexOf("\n");
    const end = last < 0 ? value.length : to - (to > from ? 1 : 0) + last;
    const old = value.slice(first, end);
    const changed = back
      ? old.replace(/^ {1,4}/gm, "")
      : old.replace(/^(?=.)/gm, "    ");
    if (changed === old) return;
    area.setSelectionRange(first, end);
    insert(area, changed);
    const at = Math.max(first, from + (changed.length - old.length));
    if (from === to) area.setSelectionRange(at, at);
    else area.setSelectionRange(first, first + changed.length);
  }

  function typed(event, area, box) {
    if (event.isComposing) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) box.go();
    else if (event.key === "Escape") box.first.focus();
    else if (event.key === "Tab" && plain) indent(area, event.shiftKey);
    else if (event.key === "Enter" && plain) {
      const line = lineBefore(area);
      const deeper = /:\s*(#.*)?$/.test(line) ? "    " : "";
      insert(area, `\n${line.match(/^ */)[0]}${deeper}`);
    } else if (
      event.key === "Backspace" &&
      plain &&
      area.selectionStart === area.selectionEnd &&
      /^ +$/.test(lineBefore(area))
    ) {
      const many = ((lineBefore(area).length - 1) % 4) + 1;
      area.setSelectionRange(area.selectionStart - many, area.selectionStart);
      document.execCommand("delete");
    } else return;
    event.preventDefault();
  }

  class Box {
    constructor(bar, id, entry) {
      Object.assign(this, { id, entry, bar });
      const [, label] = WORDS[entry.kind];
      const numbers = make("div", { className: "numbers" });
      numbers.setAttribute("aria-hidden", "true");
      const area = (this.area = make("textarea", {
        id: `live-text-${id}`,
        value: kept(id) ?? entry.source,
        spellcheck: false,
        autocapitalize: "off",
        autocomplete: "off",
        wrap: "off",
      }));
      area.setAttribute("autocorrect", "off");
      const fit = () => {
        const lines = area.value.split("\n").length;
        numbers.textContent = Array.from({ length: lines }, (_, k) => k + 1).join("\n");
        area.rows = lines;
        area.style.height = "auto";
        area.style.height = `${area.scrollHeight}px`;
      };
      area.addEventListener("input", () => {
        fit();
        keep(id, area.value === entry.source ? null : area.value);
      });
      area.addEventListener("keydown", (event) => typed(event, area, this));
      const button = (text, does, look = "") => {
        const one = make("button", { type: "button", textContent: text, className: look });
        one.addEventListener("click", does);
        return one;
      };
      this.first = button(label, () => this.go(), "first");
      this.reset = button("Reset", () => this.again());
      const save = button("Save as file", () => this.save());
      const close = button("Close", () => this.close());
      this.said = make("p", { className: "said" });
      this.said.setAttribute("role", "status");
      this.progress = make("progress", { hidden: true });
      this.progress.setAttribute("aria-label", "Loading Python");
      this.out = make("div", { className: "live-out" });
      const hint = matchMedia("(pointer: coarse)").matches
        ? "Your code. The button below it runs it."
        : "Your code. Ctrl+Enter runs it, Tab indents, Escape leaves the field.";
      this.node = make(
        "div",
        { className: "live-box" },
        make("label", { htmlFor: area.id, textContent: hint }),
        make("div", { className: "live-code" }, numbers, area),
        make(
          "div",
          { className: "live-tools" },
          this.first,
          this.reset,
          save,
          close,
          this.progress,
          this.said,
        ),
        this.out,
      );
      bar.after(this.node);
      fit();
      area.setSelectionRange(area.value.length, area.value.length);
      const bytes = cost(entry.packages);
      this.total = bytes;
      const first = worker
        ? ""
        : ` The first run loads Python from this site: ${megabytes(bytes)} at most, once.`;
      this.say(`What you write stays in this browser.${first}`);
    }

    // What only repeats the beginning of the answer is for who cannot see it.
    say(text, still = false, repeats = false) {
      this.said.textContent = text;
      this.said.classList.toggle("repeats", repeats);
      if (still) this.progress.hidden = true;
    }

    loaded(bytes) {
      this.progress.hidden = false;
      this.progress.max = Math.max(this.total, bytes);
      this.progress.value = bytes;
    }

    go() {
      this.node.dataset.state = "running";
      this.out.replaceChildren();
      this.say(worker ? "Running." : `Loading Python, ${megabytes(this.total)} at most.`);
      if (!worker) this.loaded(0);
      run(this, this.entry, this.area.value);
    }

    finished(shown, line) {
      this.node.dataset.state = "done";
      this.progress.hidden = true;
      this.out.replaceChildren(...shown.map((one) => SHOW[one.kind](one)));
      const box = this.out.querySelector(".verdict p");
      const failed = this.out.querySelector(".failed");
      // polite, and short: the whole answer stands below
      const told = box?.textContent ?? failed?.textContent.split("\n").pop() ?? "";
      this.say(line || told.slice(0, 200) || "Done.", false, !line && told !== "");
      this.intoSight();
    }

    // The answer is seen without scrolling by who still looks at the cell.
    intoSight() {
      const { top, bottom } = this.out.getBoundingClientRect();
      const looks = this.first.getBoundingClientRect();
      if (looks.bottom < 0 || looks.top > innerHeight || bottom <= innerHeight) return;
      const block = bottom - top < 0.6 * innerHeight ? "nearest" : "start";
      this.out.scrollIntoView({ block });
    }

    again() {
      this.area.value = this.entry.source;
      this.area.dispatchEvent(new Event("input"));
      this.out.replaceChildren();
      this.say("As it came.");
    }

    save() {
      const { area, entry } = this;
      const text = [area.value, ...(entry.check ? [entry.check] : [])].join("\n\n\n");
      const href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/x-python" }));
      make("a", { href, download: `${this.id}.py` }).click();
      setTimeout(() => URL.revokeObjectURL(href), 1000);
      this.say(`Saved as ${this.id}.py.`);
    }

    close() {
      if (waiting?.box === this) {
        stop();
        clearTimeout(waiting.timer);
        waiting = null;
      }
      this.node.remove();
      this.bar.hidden = false;
      this.bar.querySelector("button").focus();
    }
  }

  // --- the bars ---------------------------------------------------------------
  async function open(bar, id) {
    const said = bar.querySelector(".said");
    if (location.protocol === "file:") {
      said.textContent = FROM_DISK;
      return;
    }
    said.textContent = "One moment.";
    plan ??= await asked(new URL(`${PAGE}.json`, LIVE));
    sizes ??= await asked(new URL("live.json", PYTHON));
    if (!plan || !sizes) {
      said.textContent = NOT_HERE;
      return;
    }
    said.textContent = "";
    bar.hidden = true;
    new Box(bar, id, plan.cells[id]).area.focus();
  }

  function barUnder(cell, kind) {
    const id = cell.id.replace(/^live-/, "");
    const button = make("button", { type: "button", textContent: WORDS[kind][0] });
    const said = make("span", { className: "said" });
    said.setAttribute("role", "status");
    if (kept(id) !== null) said.textContent = "You have begun this one.";
    const bar = make("div", { className: `live-bar live-bar-${kind}` }, button, said);
    button.addEventListener("click", () => open(bar, id));
    if (kind === "try") oneStop(button, said);
    cell.after(bar);
  }

  // A page has dozens of cells to try: together they are one stop of the Tab key.
  const tries = [];

  function oneStop(button, said) {
    button.tabIndex = tries.length ? -1 : 0;
    tries.push(button);
    button.addEventListener("focus", () => {
      for (const one of tries) one.tabIndex = one === button ? 0 : -1;
      if (button.matches(":focus-visible") && tries.length > 1)
        said.textContent = "The arrow keys lead to the cells before and after.";
    });
    button.addEventListener("blur", () => (said.textContent = ""));
    button.addEventListener("keydown", (event) => {
      const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const shown = tries.filter((one) => one.checkVisibility());
      const next = way && shown[shown.indexOf(button) + way];
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
  }

  const begin = () => {
    for (const kind of Object.keys(WORDS))
      document
        .querySelectorAll(`.cell.live-${kind}`)
        .forEach((cell) => barUnder(cell, kind));
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
  else begin();
})();
