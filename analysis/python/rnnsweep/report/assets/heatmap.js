// ---- Heat map of two parameters -----------------------------------------------------------------

function heatMap(host, controls) {
  const names = parameters.map((parameter, i) => [i, parameter.name]);
  // The two that matter most, the one with more values across.
  const wider = cellsOf(parameters[1]).labels.length > cellsOf(parameters[0]).labels.length ? 1 : 0;
  const shown = { x: wider, y: 1 - wider, measure: pooledQuality };
  const draw = (width) => heatMapOf(parameters[shown.x], parameters[shown.y], measures[shown.measure], width);
  const redraw = drawIn(host, draw);
  const pick = (key) => (value) => {
    const other = key === "x" ? "y" : "x";
    if (Number(value) === shown[other]) shown[other] = shown[key];
    shown[key] = Number(value);
    showControls();
    redraw();
  };
  const showControls = () => controls.replaceChildren(
    choice("across", names, shown.x, pick("x")),
    choice("upwards", names, shown.y, pick("y")),
    choice("colour", Object.entries(measures).map(([key, { text }]) => [key, text]), shown.measure, (value) => { shown.measure = value; redraw(); }));
  showControls();
  onFilter(redraw);
}

function heatMapOf(across, upwards, measure, width) {
  const [columnCells, rowCells] = [cellsOf(across), cellsOf(upwards)];
  const [wide, high] = [columnCells.labels.length, rowCells.labels.length];
  const cells = tally(wide * high, (config) => rowCells.cellOf(upwards.codes[config]) * wide + columnCells.cellOf(across.codes[config]));
  const left = Math.min(0.3 * width, 20 + 7 * Math.max(...(rowCells.edges ?? rowCells.labels).map((label) => label.length)));
  const slanted = !columnCells.edges && Math.max(...columnCells.labels.map((label) => label.length)) * 6.6 + 8 > (width - left) / wide;
  const side = Math.min(96, (width - left - 4) / wide);
  const tall = Math.min(46, Math.max(20, side * 0.75));
  const [top, bottom] = [26, slanted ? 84 : 44];
  const x = scale(0, wide, left, left + wide * side);
  const y = scale(0, high, top + high * tall, top);
  const svg = shape("svg", { width, height: top + high * tall + bottom, tabindex: 0, role: "application", class: "heat",
    "aria-label": `Heat map: ${measure.text} over ${across.name} and ${upwards.name}. Arrow keys move from cell to cell.` });

  svg.append(shape("text", { x: 0, y: 12, class: "strong" }, upwards.name),
    shape("text", { x: left + (wide * side) / 2, y: top + high * tall + bottom - 6, "text-anchor": "middle", class: "strong" }, across.name),
    ...(rowCells.edges ?? rowCells.labels).map((label, row) => shape("text", { x: left - 8, y: y(rowCells.edges ? row : row + 0.5) + 4, "text-anchor": "end" }, label)),
    ...axisLabels(columnCells.labels, columnCells.edges, (column) => x(column + 0.5), top + high * tall + 18));

  const chosen = shape("rect", { width: side, height: tall, rx: 2, class: "chosen", visibility: "hidden" });
  const boxes = cells.map((cell, i) => {
    const [column, row] = [i % wide, Math.floor(i / wide)];
    const place = { x: x(column), y: y(row + 1), width: side, height: tall, rx: 2 };
    if (cell.runs === 0) return shape("rect", { ...place, class: "empty" });
    const value = measure.of(cell);
    const box = shape("rect", { ...place, class: "cell", "data-value": value, style: { fill: rampColour(value) } });
    const words = [`${across.name} ${columnCells.labels[column]}, ${upwards.name} ${rowCells.labels[row]}`, ...tallyLines(cell)];
    const number = side < 34 ? null : shape("text", { x: x(column + 0.5), y: y(row + 0.5) + 4, "text-anchor": "middle", "pointer-events": "none",
      style: { fill: value > 0.5 ? "var(--on-high)" : "var(--on-low)" } }, percent(value).replace("\u202f%", ""));
    box.addEventListener("pointermove", (event) => select(i, event));
    box.words = words;
    return shape("g", {}, box, number);
  });
  svg.append(...boxes, chosen, rampKey(left + wide * side, width));

  let at = -1;
  const select = (i, place) => {
    at = i;
    const box = boxes[i].firstChild ?? boxes[i];
    for (const name of ["x", "y"]) chosen.setAttribute(name, box.getAttribute(name));
    chosen.setAttribute("visibility", "visible");
    if (box.words) showTooltip(place ?? placeOf(box), box.words);
    else hideTooltip();
  };
  const leave = () => {
    hideTooltip();
    chosen.setAttribute("visibility", "hidden");
  };
  svg.addEventListener("pointerleave", leave);
  svg.addEventListener("blur", leave);
  svg.addEventListener("keydown", (event) => {
    const move = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!move) return;
    event.preventDefault();
    const [column, row] = at < 0 ? [0, 0] : [(at % wide) + move[0], Math.floor(at / wide) + move[1]];
    select(Math.min(wide - 1, Math.max(0, column)) + wide * Math.min(high - 1, Math.max(0, row)));
  });
  return svg;
}

/** The scale of colours, above the right end of the map. */
function rampKey(right, width) {
  const span = 120;
  const start = Math.max(0, Math.min(right, width) - span - 70);
  const patches = Array.from({ length: 24 }, (_, i) => shape("rect", { x: start + 36 + (i * span) / 24, y: 3, width: span / 24 + 0.5, height: 10, style: { fill: rampColour(i / 23) } }));
  return shape("g", {}, shape("text", { x: start + 30, y: 12, "text-anchor": "end" }, "0"), patches, shape("text", { x: start + span + 42, y: 12 }, percent(1)));
}
