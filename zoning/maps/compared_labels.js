/* Names and numbers on a pane: those that matter most first, none over another. */
window.xuequLabels = (function () {
  "use strict";
  const SIZE = 12;
  const HIGH = 15;
  const MOST = 240;
  const CELL = 96;

  /* how wide a text is, near enough: a Chinese character is as wide as high */
  function width(text) {
    let wide = 0;
    for (const one of text) wide += one.codePointAt(0) > 0x2e7f ? SIZE : SIZE * 0.6;
    return wide + 6;
  }

  function cellsOf(box) {
    const cells = [];
    for (let x = Math.floor(box[0] / CELL); x <= Math.floor(box[2] / CELL); x++) {
      for (let y = Math.floor(box[1] / CELL); y <= Math.floor(box[3] / CELL); y++) cells.push(x + ":" + y);
    }
    return cells;
  }

  function free(taken, box) {
    for (const cell of cellsOf(box)) {
      for (const other of taken.get(cell) || []) {
        if (box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]) return false;
      }
    }
    return true;
  }

  function take(taken, cells, box) {
    for (const cell of cells) taken.set(cell, [...(taken.get(cell) || []), box]);
  }

  /* asked: {place: [lng, lat], text, weight, kind, shift or tries (pixels down)}, the heaviest first;
     kept: {place, radius}: circles on which no text lies */
  function write(map, asked, kept) {
    const pane = map.getPane("xuequ-labels");
    const size = map.getSize();
    const taken = new Map();
    const made = [];
    for (const { place, radius } of kept) {
      const at = map.latLngToContainerPoint([place[1], place[0]]);
      const box = [at.x - radius, at.y - radius, at.x + radius, at.y + radius];
      take(taken, cellsOf(box), box);
    }
    for (const one of asked.sort((a, b) => b.weight - a.weight)) {
      const at = map.latLngToContainerPoint([one.place[1], one.place[0]]);
      const half = width(one.text) / 2;
      let y = 0;
      let box = null;
      for (const shift of one.tries || [one.shift || 0]) {
        y = at.y + shift;
        box = [at.x - half, y - HIGH / 2, at.x + half, y + HIGH / 2];
        if (at.x >= 0 && y >= 0 && at.x <= size.x && y <= size.y && free(taken, box)) break;
        box = null;
      }
      if (!box) continue;
      take(taken, cellsOf(box), box);
      const node = document.createElement("span");
      node.className = "label " + one.kind;
      node.textContent = one.text;
      const where = map.containerPointToLayerPoint([at.x, y]);
      node.style.left = where.x + "px";
      node.style.top = where.y + "px";
      made.push(node);
      if (made.length >= MOST) break;
    }
    pane.replaceChildren(...made);
  }

  return { write };
})();
