/* Draws the layers of the page from its data. Text from the data is set as text, never as HTML. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("xuequ-data").textContent);
  const words = data.words;
  const wide = window.matchMedia("(min-width: 800px)").matches;
  const DRAWN_ORDER = ["zones", "stand_ins", "districts", "units", "links", "schools"];
  const shapes = { zones: new Map() };
  const views = [];
  const MOST_COVERED = 0.05;
  const LEAST_FACTOR = 0.3;
  const LEAST_PX = 1.5; // smaller than that a circle cannot be seen or hit
  let circles = null;
  let map = null;
  let view = 0;
  /* views are ways of counting, or (zoneViews) the zones of each category, all counted in one way */
  const counting = (which) => (data.zoneViews ? 0 : which);

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function popup(card) {
    const box = element("div", undefined, "card");
    box.append(element("p", card.kind, "card-kind"), element("h3", card.title));
    const list = element("dl");
    for (const [label, value] of card.rows) {
      list.append(element("dt", label));
      const cell = element("dd");
      if (Array.isArray(value)) {
        const items = element("ul");
        for (const item of value) items.append(element("li", item));
        cell.append(items);
      } else {
        cell.textContent = value;
      }
      list.append(cell);
    }
    box.append(list);
    for (const note of card.notes) box.append(element("p", note, "card-note"));
    return box;
  }

  const styles = {
    zones: (record, which) => ({
      fillColor: data.fills[record.colours[counting(which)]],
      fillOpacity: data.tiled ? 0.6 : 0.85,
      color: record.multi ? "#1d2733" : "#ffffff",
      weight: record.multi ? 2.25 : 1.25,
      dashArray: record.multi ? "6 4" : null,
    }),
    stand_ins: () => ({ color: "#7a5c00", weight: 1, dashArray: "3 5", fillColor: "#b58900", fillOpacity: 0.08 }),
    districts: () => ({ fill: false, color: "#1d2733", weight: 2.5, interactive: false }),
    units: () => ({
      color: "#4b5a6b", weight: 0.75, fillColor: "#4b5a6b", fillOpacity: 0.12, radius: 3,
    }),
    links: () => ({ color: "#0b5cad", weight: 5, opacity: 0.9, lineCap: "round" }),
    schools: (record) => ({
      radius: record.radius, weight: record.hollow ? 2 : 1.25,
      color: record.hollow ? "#16324f" : "#ffffff",
      fillColor: record.hollow ? "#ffffff" : "#16324f", fillOpacity: record.hollow ? 0.7 : 0.92,
    }),
  };

  function pane(name) {
    const id = "xuequ-" + name;
    if (!map.getPane(id)) {
      map.createPane(id).style.zIndex = 410 + 10 * DRAWN_ORDER.indexOf(name);
    }
    return id;
  }

  function layer(onMap, name, which) {
    map = onMap;
    const where = pane(name);
    const records = data.records[name];
    const made = L.geoJSON(name === "zones" && data.zoneViews ? data.zoneViews[which] : data.layers[name], {
      pane: where,
      interactive: name !== "districts",
      style: (feature) => styles[name](records[feature.properties.i], which),
      pointToLayer: (feature, place) => L.circleMarker(place, { pane: where }),
      onEachFeature: (feature, shape) => {
        const record = records[feature.properties.i];
        if (name === "zones") shapes.zones.set(which + ":" + feature.properties.i, shape);
        if (!record.card) return;
        shape.bindPopup(() => popup(record.card), { maxWidth: 320, maxHeight: 340 });
        const tip = name === "zones" ? record.name + "  " + (record.cells[counting(which)][2] || "") : record.name;
        shape.bindTooltip(() => element("span", tip), { sticky: true });
        if (name === "zones" && record.multi) shape.on("add", () => shape.bringToFront());
        if (name === "schools") shape.on("add", () => reachable(shape, record.name));
      },
    });
    if (name === "zones") views[which] = made;
    if (name === "schools") circles = made;
    return made;
  }

  /* Where schools are many, circles shrink together, so that they do not hide the zones; their areas
     stay in proportion to the seats, and the legend shrinks with them. */
  function sizeCircles() {
    if (!circles) return;
    const bounds = circles.getBounds();
    if (!bounds.isValid()) return;
    const ends = [bounds.getNorthWest(), bounds.getSouthEast()].map((place) => map.project(place));
    const area = Math.abs((ends[0].x - ends[1].x) * (ends[0].y - ends[1].y));
    const radii = circles.getLayers().map((shape) => data.records.schools[shape.feature.properties.i].radius);
    const covered = radii.reduce((sum, radius) => sum + Math.PI * radius * radius, 0);
    const factor = Math.min(1, Math.max(LEAST_FACTOR, Math.sqrt((MOST_COVERED * area) / covered)));
    circles.getLayers().forEach((shape, at) => {
      const record = data.records.schools[shape.feature.properties.i];
      shape.setRadius(Math.max(LEAST_PX, radii[at] * factor));
      shape.setStyle({ weight: styles.schools(record).weight * Math.max(0.4, factor) });
    });
    for (const sign of document.querySelectorAll("circle[data-radius]")) {
      sign.setAttribute("r", sign.dataset.radius * factor);
    }
  }

  /* a circle that the keyboard can reach, and that says what it is */
  function reachable(shape, name) {
    const path = shape.getElement();
    path.setAttribute("tabindex", "0");
    path.setAttribute("role", "button");
    path.setAttribute("aria-label", name);
    path.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      shape.openPopup();
    });
  }

  function show(at) {
    const record = data.records.zones[at];
    const shape = shapes.zones.get(view + ":" + at);
    if (shape) {
      map.fitBounds(shape.getBounds(), { padding: [40, 40], maxZoom: data.plane ? 2 : 15 });
      shape.openPopup();
    } else {
      openAt(record, record.schools);
    }
    if (!wide) map.getContainer().scrollIntoView({ block: "nearest" });
  }

  /* what has no shape of its own: its popup at the first of its schools that has a place */
  function openAt(record, schools) {
    const points = data.layers.schools.features.filter((f) => schools.includes(f.properties.i));
    const places = points.map((f) => L.latLng(f.geometry.coordinates[1], f.geometry.coordinates[0]));
    if (places.length) map.setView(places[0], Math.max(map.getZoom(), data.plane ? 0 : 14));
    map.openPopup(popup(record.card), places[0] || map.getCenter(), { maxWidth: 320, maxHeight: 340 });
    if (!wide) map.getContainer().scrollIntoView({ block: "nearest" });
  }

  function fillList() {
    const body = document.querySelector("#zone-list tbody");
    if (!body) return;
    const order = data.records.zones.map((record, at) => at);
    const key = (at) => {
      const value = data.records.zones[at].sort[counting(view)];
      return value === null ? -1 : value;
    };
    order.sort((a, b) => key(b) - key(a) || a - b);
    const rows = order.map((at) => {
      const record = data.records.zones[at];
      const row = element("tr");
      const name = element("td");
      const swatch = element("span", undefined, "swatch");
      swatch.style.backgroundColor = data.fills[record.colours[counting(view)]];
      swatch.title = data.spans[record.colours[counting(view)]];
      const button = element("button", record.name);
      button.type = "button";
      button.addEventListener("click", () => show(at));
      name.append(swatch, button);
      row.append(name);
      for (const cell of record.cells[counting(view)]) row.append(element("td", cell));
      return row;
    });
    body.replaceChildren(...rows);
    filterList();
  }

  function filterList() {
    const field = document.getElementById("zone-filter");
    const wanted = field.value.trim().toLowerCase();
    for (const row of document.querySelectorAll("#zone-list tbody tr")) {
      row.hidden = !row.querySelector("button").textContent.toLowerCase().includes(wanted);
    }
  }

  /* units without a place on the map: what is said of each, and the popup at its first school */
  function fillUnits() {
    const list = document.getElementById("unit-list");
    if (!list) return;
    const wanted = document.getElementById("unit-filter").value.trim().toLowerCase();
    const found = [];
    data.records.units.forEach((record, at) => {
      const text = [record.name, ...data.unitList.lines[at].flat()].join(" ").toLowerCase();
      if (text.includes(wanted)) found.push(at);
    });
    list.replaceChildren(...found.slice(0, data.unitList.most).map(unitItem));
    const more = document.getElementById("unit-more");
    more.hidden = found.length > 0 && found.length <= data.unitList.most;
    more.textContent = found.length ? data.unitList.more : data.unitList.none;
  }

  function unitItem(at) {
    const item = element("li");
    const button = element("button", data.records.units[at].name);
    button.type = "button";
    button.addEventListener("click", () => openAt(data.records.units[at], data.unitList.schools[at]));
    item.append(button);
    for (const [label, text] of data.unitList.lines[at]) {
      const line = element("p");
      if (label) line.append(element("b", label));
      line.append(text);
      item.append(line);
    }
    return item;
  }

  function choose(which) {
    view = which;
    for (const field of document.querySelectorAll("input[name=view]")) {
      field.checked = Number(field.value) === which;
    }
    if (views.length > 1) {
      views.forEach((layer, at) => (at === which ? layer.addTo(map) : layer.remove()));
    }
    for (const part of document.querySelectorAll("[data-view]")) {
      part.hidden = Number(part.dataset.view) !== which;
    }
    fillList();
  }

  function ready(onMap, control) {
    map = onMap;
    map.attributionControl.setPrefix("Leaflet");
    L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    if (wide) {
      control.remove();
      control.options.collapsed = false;
      control.addTo(map);
    }
    const toggle = map.getContainer().querySelector(".leaflet-control-layers-toggle");
    toggle.title = words.layers;
    toggle.setAttribute("aria-label", words.layers);
    map.getContainer().setAttribute("aria-label", words.map);
    map.getContainer().setAttribute("role", "region");
    const mark = document.getElementById("watermark");
    if (mark) map.getContainer().append(mark);
    map.on("popupopen", (event) => {
      const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
      if (close) close.setAttribute("aria-label", words.close);
    });
    map.on("baselayerchange", (event) => choose(views.indexOf(event.layer)));
    if (!wide) for (const part of document.querySelectorAll("details.fold")) part.open = false;
    const field = document.getElementById("zone-filter");
    if (field) field.addEventListener("input", filterList);
    const unitField = document.getElementById("unit-filter");
    if (unitField) unitField.addEventListener("input", fillUnits);
    fillUnits();
    for (const radio of document.querySelectorAll("input[name=view]")) {
      radio.addEventListener("change", () => choose(Number(radio.value)));
    }
    map.on("zoomend", sizeCircles);
    sizeCircles();
    choose(0);
    document.documentElement.dataset.ready = "true";
  }

  window.xuequ = { layer, ready };
})();
