/* Draws the findings over the outlines. Text from the data is set as text, never as HTML. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("xuequ-data").textContent);
  const words = data.words;
  const wide = window.matchMedia("(min-width: 800px)").matches;
  const MOST_NUMBERS = 60; // more are dots until one is chosen
  const MOST_NAMES = 40;
  const LEAST_M = 30; // a smaller place is shown with this much ground around it
  const ORDER = ["units", "zones", "districts", "schools"];
  const plane = data.plane;
  const map = L.map("map", {
    crs: plane ? L.CRS.Simple : L.CRS.EPSG3857, zoomControl: false, zoomSnap: 0.25,
    minZoom: plane ? -12 : 2, maxZoom: plane ? 8 : 23, center: [0, 0], zoom: plane ? 0 : 3,
  });
  const marks = new Map();
  let chosen = null;

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function escaped(text) {
    return element("span", text).innerHTML;
  }

  const styles = {
    units: { color: "#a9b4be", weight: 0.75, fill: false, radius: 2 },
    zones: { color: "#5b6f80", weight: 1.5, fillColor: "#ffffff", fillOpacity: 0.75 },
    districts: { color: "#1d2733", weight: 2.5, fill: false },
    schools: { radius: 4, color: "#ffffff", weight: 1, fillColor: "#16324f", fillOpacity: 1 },
  };

  function background(name, at) {
    const pane = "xuequ-" + name;
    map.createPane(pane).style.zIndex = 410 + 10 * at;
    const named = name === "zones" && data.layers.zones.features.length <= MOST_NAMES;
    return L.geoJSON(data.layers[name], {
      pane, style: () => styles[name], interactive: name === "schools" || name === "zones",
      pointToLayer: (feature, place) => L.circleMarker(place, Object.assign({ pane }, styles[name])),
      onEachFeature: (feature, shape) => {
        if (name !== "schools" && name !== "zones") return;
        const text = () => element("span", data.names[name][feature.properties.i]);
        shape.bindTooltip(text, named
          ? { permanent: true, direction: "center", className: "zone-name" }
          : { sticky: true });
      },
    });
  }

  function badge(finding) {
    const number = element("span", String(finding.n), "number");
    number.style.backgroundColor = finding.colour;
    const icon = L.divIcon({ className: "leaflet-div-icon badge", html: number, iconSize: [0, 0] });
    const place = [finding.point[1], finding.point[0]];
    const mark = L.marker(place, { icon, keyboard: true, riseOnHover: true, alt: finding.words });
    mark.bindTooltip(() => element("span", finding.words), { direction: "top", offset: [0, -14] });
    mark.bindPopup(() => card(finding), { maxWidth: 320, offset: [0, -8] });
    mark.on("click", () => choose(finding.n, false));
    mark.on("keypress", (event) => {
      if (event.originalEvent.key === "Enter") choose(finding.n, false);
    });
    mark.on("add", () => {
      const node = mark.getElement();
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", finding.n + ". " + finding.words);
      node.classList.toggle("chosen", chosen === finding.n);
    });
    return mark;
  }

  function card(finding) {
    const box = element("div", undefined, "card");
    box.append(element("p", finding.kind, "card-kind"), element("p", finding.words));
    return box;
  }

  function finding(one) {
    const shape = L.geoJSON(one.shape, {
      pane: "xuequ-found",
      style: { color: one.colour, weight: 3, fillColor: one.colour, fillOpacity: 0.35 },
      pointToLayer: (feature, place) => L.circleMarker(place, {
        pane: "xuequ-found", radius: 7, color: one.colour, weight: 3, fill: false,
      }),
    });
    shape.on("click", () => choose(one.n, true));
    marks.set(one.n, { one, shape, mark: badge(one) });
    return marks.get(one.n);
  }

  function around(shape, point) {
    const bounds = shape.getBounds();
    const least = plane
      ? L.latLngBounds([point.lat - LEAST_M / 2, point.lng - LEAST_M / 2], [point.lat + LEAST_M / 2, point.lng + LEAST_M / 2])
      : point.toBounds(LEAST_M);
    return bounds.isValid() ? bounds.extend(least) : least;
  }

  function choose(number, move) {
    const { one, shape, mark } = marks.get(number);
    chosen = number;
    for (const [other, own] of marks) {
      const node = own.mark.getElement();
      if (node) node.classList.toggle("chosen", other === number);
      own.mark.setZIndexOffset(other === number ? 1000 : 0);
    }
    for (const button of document.querySelectorAll("[data-finding]")) {
      const mine = Number(button.dataset.finding) === number;
      button.toggleAttribute("aria-current", mine);
      if (mine) {
        button.closest("details").open = true;
        if (wide) button.scrollIntoView({ block: "nearest" });
      }
    }
    if (move) {
      map.fitBounds(around(shape, mark.getLatLng()), { padding: [60, 60], animate: false });
      mark.openPopup();
      if (!wide) map.getContainer().scrollIntoView({ block: "nearest" });
    }
    document.documentElement.dataset.chosen = String(one.n);
  }

  const overlays = {};
  let schools = null;
  let whole = L.latLngBounds([]);
  ORDER.forEach((name, at) => {
    if (!data.layers[name] || data.layers[name].features.length === 0) return;
    const layer = background(name, at);
    overlays[escaped(words[name])] = layer;
    // schools far away would make the city small
    if (name !== "schools") whole.extend(layer.getBounds());
    else schools = layer;
    // thousands of units hide the rest; they can be ticked
    if (name !== "units" || data.layers.units.features.length <= 2000) layer.addTo(map);
  });
  map.createPane("xuequ-found").style.zIndex = 460;
  const found = L.layerGroup();
  for (const one of data.findings) {
    const { shape, mark } = finding(one);
    found.addLayer(shape).addLayer(mark);
    whole.extend(around(shape, mark.getLatLng()));
  }
  if (!whole.isValid() && schools) whole.extend(schools.getBounds());
  document.documentElement.classList.toggle("many", data.findings.length > MOST_NUMBERS);
  if (data.findings.length) overlays[escaped(words.findings)] = found;
  found.addTo(map);
  map.attributionControl.setPrefix("Leaflet");
  L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const control = L.control.layers({}, overlays, { collapsed: !wide }).addTo(map);
  const toggle = control.getContainer().querySelector(".leaflet-control-layers-toggle");
  toggle.title = words.layers;
  toggle.setAttribute("aria-label", words.layers);
  const back = L.control({ position: "bottomright" });
  back.onAdd = () => {
    const box = element("div", undefined, "leaflet-bar");
    const button = element("button", words.all, "whole");
    button.type = "button";
    L.DomEvent.disableClickPropagation(box);
    button.addEventListener("click", () => showAll());
    box.append(button);
    return box;
  };
  back.addTo(map);
  /* names that would lie over an earlier one are left out until there is room */
  function thinNames() {
    const shown = [];
    for (const name of document.querySelectorAll(".zone-name")) {
      name.style.visibility = "";
      const box = name.getBoundingClientRect();
      const hit = shown.some((o) => box.left < o.right && box.right > o.left && box.top < o.bottom && box.bottom > o.top);
      if (hit) name.style.visibility = "hidden";
      else shown.push(box);
    }
  }
  map.on("zoomend layeradd", thinNames);
  function showAll() {
    map.closePopup();
    if (whole.isValid()) map.fitBounds(whole, { padding: [24, 24], animate: false });
  }
  map.getContainer().setAttribute("aria-label", words.map);
  map.getContainer().setAttribute("role", "region");
  const mark = document.getElementById("watermark");
  if (mark) map.getContainer().append(mark);
  map.on("popupopen", (event) => {
    const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) close.setAttribute("aria-label", words.close);
  });
  for (const button of document.querySelectorAll("[data-finding]")) {
    button.addEventListener("click", () => choose(Number(button.dataset.finding), true));
  }
  showAll();
  thinNames();
  document.documentElement.dataset.ready = "true";
})();
