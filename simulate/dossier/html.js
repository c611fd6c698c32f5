"use strict";
(() => {
  const root = document.documentElement;
  const lang = root.lang;
  root.classList.add("js");

  // ---- contents: a drawer on narrow screens, and where the reader is ----
  const contents = document.getElementById("contents");
  const menu = document.querySelector(".menu");
  const shade = document.querySelector(".shade");
  menu.hidden = false;
  const show = (open) => {
    contents.classList.add("moves"); // from the first use on: it does not slide away while the page is being opened
    contents.classList.toggle("shown", open);
    shade.hidden = !open;
    menu.setAttribute("aria-expanded", String(open));
    if (open) contents.querySelector("a")?.focus();
    else if (contents.contains(document.activeElement)) menu.focus();
  };
  menu.addEventListener("click", () => show(!contents.classList.contains("shown")));
  shade.addEventListener("click", () => show(false));
  contents.addEventListener("click", (event) => { if (event.target.closest("a")) show(false); });
  document.addEventListener("keydown", (event) => {
    if (!contents.classList.contains("shown")) return;
    if (event.key === "Escape") show(false);
    if (event.key !== "Tab") return;
    // the drawer lies over the page: Tab stays in it
    const links = [...contents.querySelectorAll("a")].filter((link) => link.offsetParent !== null);
    const last = event.shiftKey ? links[0] : links[links.length - 1];
    if (document.activeElement !== last) return;
    event.preventDefault();
    (event.shiftKey ? links[links.length - 1] : links[0]).focus();
  });
  const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const sections = [...document.querySelectorAll("main > section")];
  const mark = () => {
    const above = sections.filter((section) => section.getBoundingClientRect().top < innerHeight / 3);
    const end = scrollY > 0 && innerHeight + scrollY >= root.scrollHeight - 2;
    const here = end ? sections[sections.length - 1] : above[above.length - 1] || sections[0];
    for (const section of sections) {
      const link = links.get(section.id);
      link.parentElement.classList.toggle("here", section === here);
      if (section === here) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  }, { passive: true });
  if (sections.length) mark();

  // ---- tables: sort, search, copy ----
  const collator = new Intl.Collator(lang, { numeric: true });
  // what is shown is what is sorted: no finer number is hidden in the page
  const number = (text) => {
    const plain = text.replace(/[,%\s]/g, "");
    if (/^<\d+$/.test(plain)) return Number(plain.slice(1)) / 2;
    return /^[-−+]?\d/.test(plain) ? Number(plain.replace("−", "-")) : NaN;
  };
  const cell = (row, column) => row.cells[column].textContent.trim();
  const order = (column, numeric, down) => (a, b) => {
    const x = cell(a, column), y = cell(b, column);
    const m = number(x), n = number(y);
    const none = (text, value) => (numeric ? Number.isNaN(value) : text === "");
    // what is not known stays at the end, up or down
    if (none(x, m) !== none(y, n)) return none(x, m) ? 1 : -1;
    if (none(x, m)) return 0;
    const found = numeric ? m - n : collator.compare(x, y);
    return down ? -found : found;
  };
  const guarded = (text) => (/^[=+\-@\t\r']/.test(text) && Number.isNaN(number(text)) ? "'" + text : text);

  for (const figure of document.querySelectorAll("figure.sheet")) {
    const table = figure.querySelector("table.sortable");
    if (!table) continue;
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.querySelectorAll("thead th[data-column]")];
    const count = figure.querySelector(".count");

    const sort = (head) => {
      const column = Number(head.dataset.column);
      const was = head.getAttribute("aria-sort");
      for (const one of heads) one.removeAttribute("aria-sort");
      const next = was === "ascending" ? "descending" : was === "descending" ? null : "ascending";
      if (next) head.setAttribute("aria-sort", next);
      const numeric = head.classList.contains("n");
      // the third time the table stands as it was
      const sorted = next ? [...rows].sort(order(column, numeric, next === "descending")) : rows;
      body.append(...sorted);
    };
    for (const head of heads) {
      const words = head.querySelector("span");
      const printed = words.cloneNode(true);
      printed.className = "printed";
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      words.replaceWith(button);
      button.append(words);
      head.append(printed);
      button.addEventListener("click", () => sort(head));
    }

    const search = figure.querySelector("input[type=search]");
    search?.addEventListener("input", () => {
      const wanted = search.value.trim().toLocaleLowerCase(lang);
      let shown = 0;
      for (const row of rows) {
        row.hidden = !row.textContent.toLocaleLowerCase(lang).includes(wanted);
        if (!row.hidden) shown += 1;
      }
      count.textContent = wanted ? count.dataset.some.replace("%n", shown) : count.dataset.all;
    });

    const copy = figure.querySelector(".copy");
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const heading = heads.slice().sort((a, b) => a.dataset.column - b.dataset.column);
      const title = (head) => head.querySelector("span").textContent.trim();
      const lines = [heading.map(title)];
      for (const row of [...body.rows, ...(table.tFoot?.rows || [])])
        if (!row.hidden) lines.push([...row.cells].map((one) => guarded(one.textContent.trim())));
      const text = lines.map((line) => line.map((one) => one.replace(/\s+/g, " ")).join("\t")).join("\n");
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const area = document.createElement("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
        copy.focus();
      }
      count.textContent = count.dataset.copied;
    });
  }

  // ---- maps: filled when they are opened ----
  for (const button of document.querySelectorAll("button.open")) {
    button.hidden = false;
    const figure = button.closest("figure");
    button.addEventListener("click", () => {
      const open = figure.querySelector("iframe");
      const still = figure.querySelector(".still");
      if (open) {
        open.remove();
      } else {
        const frame = document.createElement("iframe");
        frame.title = button.dataset.title;
        frame.setAttribute("sandbox", "allow-scripts allow-popups");
        frame.srcdoc = JSON.parse(figure.querySelector("script").textContent);
        button.parentElement.after(frame);
      }
      still.style.display = open ? "" : "none";
      button.setAttribute("aria-expanded", String(!open));
      button.textContent = open ? button.dataset.open : button.dataset.close;
    });
  }
})();
