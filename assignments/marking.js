// The page to mark answers in words on: one at a time, by question, from the keyboard.
// Texts of students get in as text (or as a template that was cleaned before), and
// never as HTML that is parsed here.
(function () {
  "use strict";

  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const tasks = data.tasks.map((task, k) => ({
    ...task,
    at: 0,
    answers: data.answers.filter((one) => one.task === k),
  }));
  const place = JSON.stringify(["rnnbook-marks", data.assignment, data.course]);
  let task = tasks[0];
  let answer = null;
  let kept = true; // whether this browser stores anything
  let unsaved = false; // since the last download

  // ---- marks

  // null: nothing; NaN: no points
  function parse(text, most) {
    const plain = text.trim().replace(/[,\u066b\uff0c\uff0e]/, ".");
    if (!plain) return null;
    if (!/^(\d+\.?\d*|\.\d+)$/.test(plain)) return NaN;
    const points = Math.round(Number(plain) * 1e6) / 1e6;
    return points <= most ? points : NaN;
  }

  const pointsOf = (one) => parse(one.now.points, tasks[one.task].most);
  const isMarked = (one) => pointsOf(one) !== null && !isNaN(pointsOf(one));
  const isChanged = (one) =>
    one.now.points.trim() !== one.points || one.now.comment.trim() !== one.comment;

  function name(one) {
    const about = [tasks[one.task].name, one.student, one.key];
    return place + JSON.stringify(about);
  }

  // What was typed here before; where the table has changed since, it is only shown.
  function recall(one) {
    one.now = { points: one.points, comment: one.comment, when: "" };
    one.earlier = null;
    let typed = null;
    try {
      typed = JSON.parse(localStorage.getItem(name(one)));
    } catch (error) {
      kept = false;
    }
    if (!typed || typeof typed.points !== "string") return;
    if (typeof typed.comment !== "string") return;
    if (typed.base === one.cell) one.now = typed;
    else if (typed.points !== one.points || typed.comment !== one.comment)
      one.earlier = typed;
  }

  function keep(one) {
    one.now = { ...one.now, base: one.cell, when: new Date().toISOString() };
    unsaved = true;
    try {
      localStorage.setItem(name(one), JSON.stringify(one.now));
    } catch (error) {
      kept = false;
    }
  }

  // ---- what is shown

  function put(element, text, template) {
    const made = template && $(template);
    element.classList.toggle("html", Boolean(made));
    element.textContent = made ? "" : text;
    if (made) element.append(made.content.cloneNode(true));
    reach(element);
  }

  // What is wider than its box can be scrolled, and so the keyboard has to get there.
  function reach(element) {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  }

  function say(text) {
    $("status").textContent = text;
  }

  function note(id, text) {
    $(id).hidden = !text;
    $(id).textContent = text;
  }

  function showTask() {
    const k = tasks.indexOf(task);
    put($("question"), task.question, "q" + k);
    put($("rubric"), task.rubric || "There is none.", task.rubric && "r" + k);
    put($("sample"), task.sample, "s" + k);
    $("example").hidden = !task.sample;
    $("of").textContent = "of " + task.most;
    [...$("tasks").children].forEach((button, i) =>
      button.setAttribute("aria-current", i === k ? "true" : "false")
    );
    show(task.at);
  }

  function show(at) {
    task.at = Math.max(0, Math.min(at, task.answers.length - 1));
    answer = task.answers[task.at];
    $("which").textContent = `Answer ${task.at + 1} of ${task.answers.length}`;
    put($("answer"), answer.text, "a" + data.answers.indexOf(answer));
    note("before", answer.before && "Before: " + answer.before);
    note("earlier", answer.earlier ? typedBefore(answer.earlier) : "");
    $("points").value = answer.now.points;
    $("comment").value = answer.now.comment;
    $("previous").disabled = task.at === 0;
    $("next").disabled = task.at === task.answers.length - 1;
    showName();
    showPoints();
    showUsed();
    if (document.activeElement === $("points")) $("points").select();
  }

  function typedBefore(typed) {
    const points = typed.points || "no points";
    const words = typed.comment ? ": " + typed.comment : "";
    return `The table has changed. Here you had typed ${points}${words}`;
  }

  function showName() {
    $("who").hidden = !$("names").checked;
    $("student").textContent = $("names").checked && answer ? answer.student : "";
  }

  function showPoints() {
    const bad = isNaN(pointsOf(answer));
    $("points").setAttribute("aria-invalid", String(bad));
    note("wrong", bad ? `Points are a number from 0 to ${task.most}.` : "");
    showProgress();
  }

  function showProgress() {
    const done = task.answers.filter(isMarked).length;
    const all = data.answers.filter(isMarked).length;
    $("bar").max = task.answers.length;
    $("bar").value = done;
    const total = tasks.length > 1 ? `; ${all} of ${data.answers.length} in all` : "";
    $("progress").textContent = `marked ${done} of ${task.answers.length}${total}`;
    tasks.forEach((one, k) => {
      const n = one.answers.filter(isMarked).length;
      $("tasks").children[k].textContent = `${one.title}: ${n}/${one.answers.length}`;
    });
  }

  // The commonest comments on other answers to this question.
  function used() {
    const found = new Map();
    for (const one of task.answers) {
      const text = one.now.comment.trim();
      if (text && one !== answer) found.set(text, (found.get(text) || 0) + 1);
    }
    return [...found.keys()].sort((a, b) => found.get(b) - found.get(a)).slice(0, 9);
  }

  function showUsed() {
    const texts = used();
    $("used").hidden = !texts.length;
    $("reuse").replaceChildren(
      ...texts.map((text, k) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        const key = document.createElement("kbd");
        const words = document.createElement("span");
        key.textContent = String(k + 1);
        words.textContent = text;
        button.type = "button";
        button.append(key, words);
        button.addEventListener("click", () => reuse(text));
        item.append(button);
        return item;
      })
    );
  }

  // ---- what the teacher does

  function reuse(text) {
    const there = $("comment").value.trim();
    const lines = there.split("\n");
    if (!lines.includes(text)) $("comment").value = there ? `${there}\n${text}` : text;
    commented();
    $("points").focus();
    say("Comment added.");
  }

  function commented() {
    answer.now.comment = $("comment").value;
    keep(answer);
    showProgress();
  }

  function typed() {
    answer.now.points = $("points").value;
    keep(answer);
    showPoints();
  }

  // To the top: of both columns, or of the answer where there is one column.
  function look() {
    const wide = window.matchMedia("(min-width: 60rem)").matches;
    const top = wide ? document.querySelector("main") : $("which").closest("section");
    top.scrollIntoView();
  }

  function tell() {
    const points = pointsOf(answer);
    const has = isMarked(answer) ? `${points} of ${task.most}` : "no points yet";
    say(`Answer ${task.at + 1} of ${task.answers.length}: ${has}.`);
  }

  function go(step) {
    const at = task.at + step;
    if (at < 0 || at >= task.answers.length) {
      say(step < 0 ? "This is the first answer." : "This is the last answer.");
      return;
    }
    show(at);
    look();
    tell();
  }

  // The next answer without points, round the end if need be.
  function onward() {
    if (isNaN(pointsOf(answer))) {
      say(`Points are a number from 0 to ${task.most}.`);
      return;
    }
    const n = task.answers.length;
    for (let k = 1; k <= n; k++) {
      const at = (task.at + k) % n;
      if (isMarked(task.answers[at])) continue;
      if (at === task.at) break;
      show(at);
      look();
      tell();
      return;
    }
    const left = isMarked(answer) ? "All answers to this question have points." : "";
    say(left || "This is the only one without points.");
  }

  function turn(to) {
    task = to;
    showTask();
    say(`${task.title}: ${$("progress").textContent}.`);
  }

  // ---- the file

  const guard = new RegExp(data.guard, "gi");

  function cell(text) {
    const guarded = text.replace(guard, "$1'");
    return `"${guarded.replace(/"/g, '""')}"`;
  }

  function row(one) {
    const points = pointsOf(one);
    const texts = [
      data.assignment,
      tasks[one.task].name,
      one.student,
      one.now.comment.trim(),
      "page",
      one.now.when,
    ].map(cell);
    // Points and key are written as they are.
    return [...texts, points === null ? "" : points, one.cell].join(",");
  }

  function save() {
    const changed = data.answers.filter(isChanged);
    const good = changed.filter((one) => !isNaN(pointsOf(one)));
    const bad = changed.length - good.length;
    const left = bad ? ` ${bad} left out: their points are no number.` : "";
    if (!good.length) {
      say("Nothing to save: nothing is new." + left);
      return;
    }
    const head = "assignment,task,student,comment,origin,when,points,key";
    const text = "\ufeff" + [head, ...good.map(row), ""].join("\r\n");
    const link = document.createElement("a");
    const file = new Blob([text], { type: "text/csv;charset=utf-8" });
    link.href = URL.createObjectURL(file);
    link.download = "written.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    unsaved = bad > 0;
    const marks = good.length === 1 ? "1 mark" : `${good.length} marks`;
    say(`Saved ${marks} as written.csv, among your downloads.${left}`);
  }

  // ---- keys

  const commands = {
    n: () => go(1),
    p: () => go(-1),
    c: () => $("comment").focus(),
    t: () => turn(tasks[(tasks.indexOf(task) + 1) % tasks.length]),
    s: save,
    r: () => {
      const first = $("reuse").querySelector("button");
      if (first) first.focus();
      else say("No comment on this question was used before.");
    },
  };

  // The letter on the key where the keyboard writes other letters than these.
  function letter(event) {
    const other = event.key.length === 1 && event.key > "\x7f";
    const code = /^Key([A-Z])$/.exec(event.code || "");
    return other && code ? code[1].toLowerCase() : event.key.toLowerCase();
  }

  function choose(event) {
    const buttons = [...$("reuse").querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (at < 0) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (/^[1-9]$/.test(event.key)) {
      if (buttons[event.key - 1]) buttons[event.key - 1].click();
    } else if (step) {
      buttons[(at + step + buttons.length) % buttons.length].focus();
    } else return false;
    return true;
  }

  function pressed(event) {
    const inPoints = document.activeElement === $("points");
    if (event.key === "Escape") $("points").focus();
    else if (document.activeElement === $("comment")) return false;
    else if (choose(event)) return true;
    else if (event.key === "Enter" && inPoints) onward();
    else if (event.key === " " && inPoints)
      window.scrollBy(0, (event.shiftKey ? -0.8 : 0.8) * window.innerHeight);
    else if ($("single").checked) return command(event, inPoints);
    else return false;
    return true;
  }

  function command(event, inPoints) {
    const key = letter(event);
    if (Object.hasOwn(commands, key)) {
      commands[key]();
      return true;
    }
    if (/^[0-9]$/.test(key) && !inPoints) {
      $("points").focus();
      $("points").select(); // and the digit is typed into it
    }
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (!answer) return;
    if (pressed(event)) event.preventDefault();
  });

  // ---- begin

  tasks.forEach((one) => {
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => turn(one));
    $("tasks").append(button);
  });
  data.answers.forEach(recall);
  $("points").addEventListener("input", typed);
  $("comment").addEventListener("input", commented);
  $("previous").addEventListener("click", () => go(-1));
  $("next").addEventListener("click", () => go(1));
  $("save").addEventListener("click", save);
  $("names").addEventListener("change", showName);
  $("example").addEventListener("toggle", () => reach($("sample")));
  window.addEventListener("storage", (event) => {
    const one = data.answers.find((other) => name(other) === event.key);
    if (one) recall(one);
    if (one) showTask();
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved && !kept) event.preventDefault();
  });
  if (!tasks.length) {
    say("No answer waits for points.");
    document.querySelector("main").hidden = true;
    $("save").disabled = true;
    return;
  }
  const typedHere = data.answers.filter(isChanged).length;
  showTask();
  if (!kept) say("This browser stores nothing: save the marks before you close it.");
  else if (typedHere) say(`Typed here and not taken over yet: ${typedHere}.`);
})();
