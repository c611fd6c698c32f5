/* The two panes together: they move as one, and every switch works on both. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("xuequ-data").textContent);
  const panes = ["before", "after"].map((side) => window.xuequPane(side, data));
  const fields = (name) => [...document.querySelectorAll("input[name=" + name + "]")];
  const slider = document.getElementById("step");
  let busy = false;
  let colouring = "change";

  function follow(from, to) {
    const ghost = L.circleMarker([0, 0], { radius: 7, color: "#1d2733", weight: 2, fill: false, interactive: false, className: "ghost" });
    from.map.on("move zoom", () => {
      if (busy || !to.visible()) return;
      busy = true;
      to.map.setView(from.map.getCenter(), from.map.getZoom(), { animate: false });
      busy = false;
    });
    from.map.on("mousemove", (event) => { if (to.visible()) ghost.setLatLng(event.latlng).addTo(to.map); });
    from.map.on("mouseout", () => ghost.remove());
  }

  const seen = () => panes.filter((pane) => pane.visible());

  function go(kind, at) {
    if (kind === "schools" || kind === "moves") need(kind === "moves" ? "moved" : kind);
    const order = seen().slice().reverse();
    const pane = order.find((one) => one.extent(kind, at));
    // a place that only the hidden pane of a phone has
    if (!pane) {
      const other = panes.find((one) => !one.visible() && one.extent(kind, at));
      if (other) { side(other.side); go(kind, at); }
      return;
    }
    pane.map.fitBounds(pane.extent(kind, at), { padding: [50, 50], maxZoom: data.plane ? 1 : 15, animate: false });
    pane.open(kind, at);
    const holder = document.getElementById("panes");
    const box = holder.getBoundingClientRect();
    if (box.bottom < 200 || box.top > window.innerHeight - 200) holder.scrollIntoView({ block: "start" });
  }

  /* the zones that change, in either pane */
  function change() {
    const found = L.latLngBounds([]);
    data.records.zones.forEach((record, at) => {
      if (!record.changed) return;
      for (const pane of panes) {
        const own = pane.extent("zones", at);
        if (own) found.extend(own);
      }
    });
    if (found.isValid()) seen()[0].map.fitBounds(found, { padding: [30, 30], animate: false });
  }

  function whole() {
    if (data.bounds) seen()[0].map.fitBounds(data.bounds, { padding: [10, 10], animate: false });
  }

  function need(name) {
    const field = fields("layer").find((one) => one.value === name);
    if (field && !field.checked) { field.checked = true; layers(); }
  }

  function layers() {
    const names = new Set(fields("layer").filter((one) => one.checked).map((one) => one.value));
    for (const pane of panes) pane.show(names);
    for (const part of document.querySelectorAll("[data-legend]")) part.hidden = !names.has(part.dataset.legend);
  }

  function colour(how) {
    colouring = how;
    for (const field of fields("colouring")) field.checked = field.value === how;
    for (const part of document.querySelectorAll("[data-colouring]")) {
      part.hidden = !part.dataset.colouring.split(" ").includes(how);
    }
    const at = slider ? Number(slider.value) : 0;
    for (const pane of panes) pane.colour(how, at);
    for (const note of document.querySelectorAll(".at-step")) {
      note.textContent = how === "time" ? data.steps[at].name : "";
    }
  }

  function slide(to) {
    const at = Math.min(Number(slider.max), Math.max(0, to));
    slider.value = at;
    slider.setAttribute("aria-valuetext", data.steps[at].name);
    document.getElementById("step-name").textContent = data.steps[at].name;
    document.getElementById("earlier").disabled = at === 0;
    document.getElementById("later").disabled = at === Number(slider.max);
    if (colouring !== "time") colour("time");
    else colour(colouring);
  }

  /* on a phone: which pane is shown; it takes over where the other looked */
  function side(name) {
    const from = panes.find((pane) => pane.visible());
    document.body.dataset.side = name;
    for (const field of fields("side")) field.checked = field.value === name;
    const to = panes.find((pane) => pane.side === name);
    to.map.invalidateSize({ pan: false });
    if (from !== to) to.map.setView(from.map.getCenter(), from.map.getZoom(), { animate: false });
    layers();
  }

  follow(panes[0], panes[1]);
  follow(panes[1], panes[0]);
  for (const field of fields("layer")) field.addEventListener("change", layers);
  for (const field of fields("colouring")) field.addEventListener("change", () => colour(field.value));
  for (const field of fields("side")) field.addEventListener("change", () => side(field.value));
  for (const button of document.querySelectorAll("button[data-kind]")) {
    button.addEventListener("click", () => go(button.dataset.kind, Number(button.dataset.at)));
  }
  if (slider) {
    slider.addEventListener("input", () => slide(Number(slider.value)));
    document.getElementById("earlier").addEventListener("click", () => slide(Number(slider.value) - 1));
    document.getElementById("later").addEventListener("click", () => slide(Number(slider.value) + 1));
  }
  window.xuequFinding(data, go);
  const toChange = document.getElementById("to-change");
  if (toChange) toChange.addEventListener("click", change);
  document.getElementById("to-whole").addEventListener("click", whole);
  whole();
  for (const fold of document.querySelectorAll("aside details.fold")) fold.open = false;
  layers();
  colour(colouring);
  window.xuequ = { panes, go };
  // from one pane to two, when a phone is turned: the second takes the view of the first
  window.matchMedia("(min-width: 800px)").addEventListener("change", () => {
    const from = panes.find((pane) => pane.side === document.body.dataset.side);
    window.setTimeout(() => {
      for (const pane of panes) {
        pane.map.invalidateSize({ pan: false });
        if (pane !== from && pane.visible()) pane.map.setView(from.map.getCenter(), from.map.getZoom(), { animate: false });
      }
      layers();
    });
  });
  document.documentElement.dataset.ready = "true";
})();
