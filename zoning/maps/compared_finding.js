/* The search: a box with a list below it, worked by mouse or by keys (WAI-ARIA combobox). */
window.xuequFinding = function (data, go) {
  "use strict";
  const MOST = 30;
  const field = document.getElementById("find");
  const list = document.getElementById("found");
  const count = document.getElementById("found-count");
  let found = [];
  let at = -1;

  const keys = data.search.map((one) => [one.text.toLowerCase(), (one.text + " " + one.more).toLowerCase()]);

  function look() {
    const wanted = field.value.trim().toLowerCase();
    found = [];
    if (wanted) {
      const ranked = [];
      keys.forEach(([name, whole], n) => {
        if (!whole.includes(wanted)) return;
        ranked.push([name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(wanted) ? 2 : 3, n]);
      });
      ranked.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      count.textContent = ranked.length ? data.words.found + " " + ranked.length : data.words.none;
      found = ranked.slice(0, MOST).map(([, n]) => n);
    } else count.textContent = "";
    list.replaceChildren(...found.map(item));
    point(-1);
    open(found.length > 0);
  }

  function item(n, place) {
    const entry = data.search[n];
    const made = document.createElement("li");
    made.id = "found-" + place;
    made.setAttribute("role", "option");
    made.textContent = entry.text;
    const more = document.createElement("span");
    more.textContent = entry.said;
    made.append(more);
    made.addEventListener("mousedown", (event) => { event.preventDefault(); choose(place); });
    return made;
  }

  function open(yes) {
    list.hidden = !yes;
    field.setAttribute("aria-expanded", String(yes));
  }

  function point(to) {
    at = to;
    [...list.children].forEach((one, n) => one.setAttribute("aria-selected", String(n === at)));
    if (at >= 0) {
      field.setAttribute("aria-activedescendant", "found-" + at);
      list.children[at].scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    const entry = data.search[found[place]];
    field.value = entry.text;
    count.textContent = entry.text + ": " + entry.said;
    open(false);
    go(entry.kind === "units" ? "zones" : entry.kind, entry.at);
  }

  field.addEventListener("input", look);
  field.addEventListener("focus", () => { if (found.length) open(true); });
  field.addEventListener("blur", () => open(false));
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && found.length) point((at + 1) % found.length);
    else if (event.key === "ArrowUp" && found.length) point((at - 1 + found.length) % found.length);
    else if (event.key === "Enter" && found.length) choose(Math.max(0, at));
    else if (event.key === "Escape") open(false);
    else return;
    event.preventDefault();
  });
};
