// The table of claims: search it, keep one verdict or one topic, sort by a column.
// Without this script it is a plain table.
"use strict";

(() => {
  const make = (name, attributes, ...inside) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      node.setAttribute(key, value);
    }
    node.append(...inside);
    return node;
  };

  const chooser = (label, values) => {
    const select = make("select", {});
    select.append(make("option", { value: "" }, "all"));
    for (const value of values) {
      select.append(make("option", { value }, value));
    }
    return [make("label", {}, `${label} `, select), select];
  };

  const equip = (table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].filter((row) => row.parentNode === body);
    if (rows.length < 10) {
      return; // a few rows need no search
    }
    // What is said and found, not the code of the rule: "adam" is not "evidence.adam".
    const said = (row) =>
      ["summary", "details > p", "dl"]
        .map((part) => row.querySelector(part).textContent)
        .join(" ")
        .toLowerCase();
    const verdict = (row) => row.cells[1].textContent.trim();
    const values = (of) => [...new Set(rows.map(of))].sort();

    const field = make("input", { type: "search", placeholder: "words" });
    const [ofVerdict, verdicts] = chooser("Verdict", values(verdict));
    const [ofTopic, topics] = chooser("Topic", values((row) => row.dataset.topic));
    const count = make("p", { role: "status", class: "claims-count" });
    const bar = make(
      "div",
      { class: "claims-bar", role: "search", "aria-label": "Claims" },
      make("label", {}, "Search ", field),
      ofVerdict,
      ofTopic,
      count,
    );
    table.before(bar);

    const keep = () => {
      const words = field.value.toLowerCase().split(/\s+/);
      let shown = 0;
      for (const row of rows) {
        const here =
          words.every((word) => said(row).includes(word)) &&
          (!verdicts.value || verdict(row) === verdicts.value) &&
          (!topics.value || row.dataset.topic === topics.value);
        row.hidden = !here;
        shown += here;
      }
      count.textContent = `${shown} of ${rows.length} claims`;
    };
    for (const control of [field, verdicts, topics]) {
      control.addEventListener("input", keep);
    }

    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = make("button", { type: "button" }, head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) =>
          column
            ? row.cells[column].textContent.trim()
            : row.querySelector("summary").textContent;
        rows.sort((a, b) => key(a).localeCompare(key(b), "en", { numeric: true }) * (down ? -1 : 1));
        body.append(...rows);
      });
    });

    const open = () => {
      const row = location.hash.startsWith("#claim-")
        ? document.getElementById(location.hash.slice(1))
        : null;
      if (row && table.contains(row)) {
        if (row.hidden) {
          field.value = verdicts.value = topics.value = "";
          keep();
        }
        row.querySelector("details").open = true;
        row.scrollIntoView();
      }
    };
    addEventListener("hashchange", open);
    keep();
    open();
  };

  document.querySelectorAll("table.claims").forEach(equip);
})();
