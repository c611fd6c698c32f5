/* One pane: a map with its layers. Text from the data is set as text, never as HTML. */
window.xuequPane = function (side, data) {
  "use strict";
  const which = side === "before" ? 0 : 1;
  const words = data.words;
  const colours = data.colours;
  const ORDER = ["zones", "ways", "moved", "units", "rings", "districts", "districtFlows", "flows", "schools", "labels"];
  const quiet = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map("map-" + side, {
    crs: data.plane ? L.CRS.Simple : L.CRS.EPSG3857, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5,
    minZoom: data.plane ? -12 : 3, maxZoom: data.plane ? 4 : 19, center: [0, 0], zoom: data.plane ? 0 : 5,
    zoomAnimation: false, fadeAnimation: false, inertia: !quiet, attributionControl: false,
  });
  ORDER.forEach((name, at) => { map.createPane("xuequ-" + name).style.zIndex = 410 + 10 * at; });
  map.getPane("xuequ-labels").style.pointerEvents = "none";
  const layers = {};
  const shapes = { zones: new Map(), schools: new Map(), moves: new Map() };
  let colouring = "change";
  let step = data.firstStep;
  let shown = new Set();
  let factor = 1;

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
      const cell = element("dd");
      if (Array.isArray(value)) {
        const items = element("ul");
        for (const item of value) items.append(element("li", item));
        cell.append(items);
      } else cell.textContent = value;
      list.append(element("dt", label), cell);
    }
    box.append(list);
    for (const note of card.notes) box.append(element("p", note, "card-note"));
    return box;
  }

  function spoken(shape, record, name) {
    shape.bindPopup(() => popup(record.card), { maxWidth: 300, maxHeight: 300 });
    shape.bindTooltip(() => element("span", name || record.name), { sticky: true });
  }

  function zoneStyle(at) {
    const record = data.records.zones[at];
    const edge = record.changed
      ? { color: colours.new, weight: 2.5 } : { color: colours.stays, weight: 1 };
    if (colouring === "change") {
      return Object.assign(edge, { fillColor: record.changed ? colours.touched : colours.other, fillOpacity: 1 });
    }
    const name = colouring === "time" ? data.steps[step].colours[which][at] : record.colours[which];
    // on dark colours a white border is seen, a blue one is not
    return { color: "#ffffff", weight: record.changed ? 4 : 1, fillColor: "url(#xq-" + name + ")", fillOpacity: 0.9 };
  }

  function zones() {
    return L.geoJSON(data.layers.zones[which], {
      pane: "xuequ-zones", style: (feature) => zoneStyle(feature.properties.i),
      onEachFeature: (feature, shape) => {
        const record = data.records.zones[feature.properties.i];
        shapes.zones.set(feature.properties.i, shape);
        spoken(shape, record, record.names[which]);
        if (record.changed) shape.on("add", () => shape.bringToFront());
      },
    });
  }

  function moved() {
    return L.geoJSON(data.layers.moved, {
      pane: "xuequ-moved",
      style: () => ({ color: colours.moved, weight: 1, fillColor: "url(#xq-moved)", fillOpacity: 1 }),
      pointToLayer: (feature, place) => L.circleMarker(place, { pane: "xuequ-moved", radius: 5, color: colours.moved, weight: 2 }),
      onEachFeature: (feature, shape) => {
        shapes.moves.set(feature.properties.i, shape);
        spoken(shape, data.records.moves[feature.properties.i]);
      },
    });
  }

  function lines(name, features, style) {
    return L.geoJSON(features, {
      pane: "xuequ-" + name, interactive: false, style,
      pointToLayer: (feature, place) => L.circleMarker(place, { pane: "xuequ-" + name, radius: 2, interactive: false }),
    });
  }

  function schools() {
    return L.geoJSON(data.layers.schools, {
      filter: (feature) => data.records.schools[feature.properties.i].there[which],
      pointToLayer: (feature, place) => {
        const record = data.records.schools[feature.properties.i];
        const use = data.uses[record.classes[which] < 0 ? data.uses.length - 1 : record.classes[which]];
        return L.circleMarker(place, {
          pane: "xuequ-schools", radius: record.radii[which], fillColor: use.fill, fillOpacity: 0.95,
          color: use.edge, weight: 1.5,
        });
      },
      onEachFeature: (feature, shape) => {
        const record = data.records.schools[feature.properties.i];
        shapes.schools.set(feature.properties.i, shape);
        spoken(shape, record);
        shape.on("add", () => reachable(shape, record));
      },
    });
  }

  /* one stop of the Tab key for all schools of a pane; arrow keys lead on, Enter opens */
  function reachable(shape, record) {
    const path = shape.getElement();
    const first = !map.getPane("xuequ-schools").querySelector("[tabindex='0']");
    path.setAttribute("tabindex", first ? "0" : "-1");
    path.setAttribute("role", "button");
    const label = [record.name, record.labels[which]].filter(Boolean).join(", ");
    path.setAttribute("aria-label", first ? label + " (" + words.schools + ")" : label);
    path.addEventListener("keydown", (event) => {
      const ways = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        shape.openPopup();
      } else if (event.key in ways) {
        event.preventDefault();
        event.stopPropagation();
        const all = [...map.getPane("xuequ-schools").querySelectorAll("[role=button]")];
        const next = all[(all.indexOf(path) + ways[event.key] + all.length) % all.length];
        path.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
        next.focus();
      }
    });
  }

  /* Where schools are many, circles shrink together; their areas stay in proportion to the seats. */
  function sizeCircles() {
    if (!layers.schools) return;
    const bounds = layers.schools.getBounds();
    if (!bounds.isValid() || map.getSize().x === 0) return;
    const [a, b] = [bounds.getNorthWest(), bounds.getSouthEast()].map((place) => map.project(place));
    const area = Math.abs((a.x - b.x) * (a.y - b.y));
    const covered = layers.schools.getLayers().reduce((sum, shape) => {
      const radius = data.records.schools[shape.feature.properties.i].radii[which];
      return sum + Math.PI * radius * radius;
    }, 0);
    factor = Math.min(1, Math.max(0.35, Math.sqrt((0.05 * area) / covered)));
    for (const shape of layers.schools.getLayers()) {
      const record = data.records.schools[shape.feature.properties.i];
      shape.setRadius(Math.max(2, record.radii[which] * factor));
      shape.setStyle({ weight: 1.5 * Math.max(0.5, factor) });
    }
  }

  /* a curve in pixels that bends to one side and stops short of what it points at */
  function curve(arrow, bend, clear) {
    const a = map.project([arrow.start[1], arrow.start[0]]);
    const c = map.project([arrow.end[1], arrow.end[0]]);
    const b = L.point((a.x + c.x) / 2 - (c.y - a.y) * bend, (a.y + c.y) / 2 + (c.x - a.x) * bend);
    const length = Math.max(1, a.distanceTo(c));
    const last = Math.max(0.3, 1 - (clear + head(arrow)) / length);
    const places = [];
    for (let n = 0; n <= 16; n++) {
      const t = (last * n) / 16;
      const x = (1 - t) * (1 - t) * a.x + 2 * t * (1 - t) * b.x + t * t * c.x;
      const y = (1 - t) * (1 - t) * a.y + 2 * t * (1 - t) * b.y + t * t * c.y;
      places.push(map.unproject([x, y]));
    }
    return places;
  }

  const head = (arrow) => (arrow.width > 5 ? 18 : arrow.width > 2.5 ? 13 : 9);

  function flows(name) {
    const group = L.layerGroup();
    for (const arrow of data.flows[name][which].slice().reverse()) {
      const line = L.polyline([], {
        pane: "xuequ-" + name, color: name === "flows" ? colours.flow : colours.across, weight: arrow.width,
        opacity: 0.85, lineCap: "butt",
      });
      line.arrow = arrow;
      line.bindTooltip(() => element("span", arrow.words), { sticky: true });
      line.on("add", () => {
        line.getElement().setAttribute("marker-end", "url(#xq-head-" + name + "-" + head(arrow) + ")");
      });
      group.addLayer(line);
    }
    return group;
  }

  function bendFlows() {
    if (map.getSize().x === 0) return;
    for (const name of ["flows", "districtFlows"]) {
      if (!layers[name] || !map.hasLayer(layers[name])) continue;
      layers[name].eachLayer((line) => {
        line.setLatLngs(curve(line.arrow, name === "flows" ? 0.16 : 0.24, name === "flows" ? 7 : 14));
      });
    }
  }

  const BUILD = {
    moved, schools,
    flows: () => flows("flows"),
    districtFlows: () => flows("districtFlows"),
    rings: () => lines("rings", data.layers.rings[which], (feature) => ({
      color: colours.ring, weight: 2, dashArray: feature.properties.i ? "6 4" : null,
      fillColor: colours.ring, fillOpacity: 0.06,
    })),
    ways: () => lines("ways", data.layers.ways, (feature) => {
      const band = data.ways.bands[which][feature.properties.i];
      return { stroke: false, fill: band >= 0, fillColor: data.ways.fills[band], fillOpacity: 0.85 };
    }),
    districts: () => lines("districts", data.layers.districts, () => ({ fill: false, color: colours.district, weight: 2, dashArray: "9 3 2 3" })),
    units: () => lines("units", data.layers.units, () => ({ fill: false, color: "#4b5a6b", weight: 0.6 })),
  };

  function label() {
    const asked = [];
    const kept = [];
    if (map.getSize().x === 0) return;
    const place = map.getBounds().pad(0.05);
    const inside = (at) => at && place.contains([at[1], at[0]]);
    if (shown.has("names")) {
      const numbers = colouring === "time" ? data.steps[step].labels[which] : null;
      data.middles[which].forEach((at, n) => {
        if (!inside(at)) return;
        const record = data.records.zones[n];
        const number = colouring === "change" ? "" : numbers ? numbers[n] : record.labels[which];
        asked.push({ place: at, text: number ? record.names[which] + " " + number : record.names[which], weight: record.changed ? 60 : 10, kind: record.changed ? "strong" : "", tries: [0, -14, 14, -24, 24] });
      });
      if (shown.has("moved")) {
        data.moved.forEach((at, n) => {
          if (inside(at)) asked.push({ place: at, text: data.records.moves[n].label, weight: 90, kind: "move strong", tries: [0, 18, -18, 30] });
        });
      }
      if (shown.has("schools")) {
        for (const feature of data.layers.schools.features) {
          const record = data.records.schools[feature.properties.i];
          const at = feature.geometry.coordinates;
          if (!record.there[which] || !inside(at)) continue;
          const radius = Math.max(2, record.radii[which] * factor);
          kept.push({ place: at, radius });
          if (!record.labels[which]) continue;
          const shift = radius + 9;
          asked.push({ place: at, text: record.labels[which], weight: 40 + parseInt(record.labels[which], 10) / 100, kind: "strong", shift });
        }
      }
      for (const name of ["districtFlows", "flows"]) {
        if (!shown.has(name)) continue;
        layers[name].eachLayer((line) => {
          const middle = line.getLatLngs()[9];
          if (middle) asked.push({ place: [middle.lng, middle.lat], text: line.arrow.children.toLocaleString("en"), weight: 100 + line.arrow.children, kind: "flow" });
        });
      }
    }
    window.xuequLabels.write(map, asked, kept);
  }

  function show(names) {
    shown = names;
    for (const name of Object.keys(BUILD)) {
      if (names.has(name) && !layers[name]) layers[name] = BUILD[name]();
      if (!layers[name]) continue;
      if (names.has(name)) layers[name].addTo(map);
      else layers[name].remove();
    }
    sizeCircles();
    bendFlows();
    label();
  }

  function colour(how, at) {
    colouring = how;
    step = at;
    layers.zones.eachLayer((shape) => shape.setStyle(zoneStyle(shape.feature.properties.i)));
    label();
  }

  function open(kind, at) {
    const shape = shapes[kind].get(at);
    if (!shape) return false;
    if (!map.hasLayer(shape)) return true;
    shape.openPopup();
    return true;
  }

  function extent(kind, at) {
    const shape = shapes[kind].get(at);
    if (!shape) return null;
    return shape.getBounds ? shape.getBounds() : L.latLngBounds([shape.getLatLng(), shape.getLatLng()]);
  }

  layers.zones = zones().addTo(map);
  L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.on("zoomend resize", () => { sizeCircles(); bendFlows(); });
  map.on("moveend resize", label);
  map.on("popupopen", (event) => {
    const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) close.setAttribute("aria-label", words.close);
  });
  return { side, map, show, colour, open, extent, visible: () => map.getContainer().offsetWidth > 0 };
};
