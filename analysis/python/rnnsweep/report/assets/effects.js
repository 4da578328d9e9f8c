// ---- One parameter at a time --------------------------------------------------------------------

const EFFECT = { height: 190, left: 44, right: 12, top: 12, bottom: 40 };

function effects(host) {
  const redraws = parameters.map((parameter) => {
    const figure = element("div", { "data-effect": parameter.name, "data-name": parameter.name });
    host.append(element("div", {}, element("h3", {}, parameter.name), element("div", { class: "soft meaning" }, parameter.meaning), figure));
    return drawIn(figure, (width) => effect(parameter, width));
  });
  onFilter(() => redraws.forEach((redraw) => redraw()));
}

function effect(parameter, width) {
  const { labels, edges, cellOf } = cellsOf(parameter);
  const cells = tally(labels.length, (config) => cellOf(parameter.codes[config]));
  const x = scale(0, Math.max(1, labels.length - 1), EFFECT.left + 14, width - EFFECT.right - 14);
  const y = scale(0, 1, EFFECT.height - EFFECT.bottom, EFFECT.top);
  const svg = shape("svg", { width, height: EFFECT.height, role: "img", "aria-label": `Pooled and best ${quality} by ${parameter.name}` });
  for (const tick of [0, 0.25, 0.5, 0.75, 1])
    svg.append(shape("line", { x1: EFFECT.left, x2: width - EFFECT.right, y1: y(tick), y2: y(tick), class: "grid" }),
      ...(tick % 0.5 === 0 ? [shape("text", { x: EFFECT.left - 8, y: y(tick) + 4, "text-anchor": "end" }, percent(tick))] : []));
  svg.append(...axisLabels(labels, edges, x, EFFECT.height - EFFECT.bottom + 18));

  const known = cells.map((cell, i) => ({ cell, i })).filter(({ cell }) => cell.runs > 0);
  const path = (of) => known.map(({ cell, i }, k) => `${k ? "L" : "M"}${x(i).toFixed(1)} ${y(of(cell)).toFixed(1)}`).join("");
  svg.append(
    shape("path", { class: "line thin", d: path(measures.best.of), style: { stroke: "var(--unsolved)" } }),
    shape("path", { class: "line", d: path(measures[pooledQuality].of), style: { stroke: "var(--solved)" } }),
    ...known.map(({ cell, i }) => shape("circle", { cx: x(i), cy: y(measures.best.of(cell)), r: 3, style: { fill: "var(--unsolved)" } })),
    ...known.map(({ cell, i }) => shape("circle", { cx: x(i), cy: y(measures[pooledQuality].of(cell)), r: 4, style: { fill: "var(--solved)" } })),
    ...known.map(({ cell, i }) => {
      const half = (x(1) - x(0)) / 2;
      const [from, to] = [Math.max(0, x(i) - half), Math.min(width, x(i) + half)];
      return shape("rect", {
        x: from, width: to - from, y: EFFECT.top, height: EFFECT.height - EFFECT.top - EFFECT.bottom, fill: "transparent",
        pointermove: (event) => showTooltip(event, [`${parameter.name} ${labels[i]}`, ...tallyLines(cell)]), pointerleave: hideTooltip,
      });
    }));
  return svg;
}

/** Labels along an axis, as many as have room: of the cells, long ones slanted, or of their edges. */
function axisLabels(labels, edges, x, height) {
  if (edges) {
    const every = Math.ceil((46 * labels.length) / (x(labels.length) - x(0)));
    return edges.flatMap((edge, i) => (i % every ? [] : [shape("text", { x: x(i - 0.5), y: height, "text-anchor": "middle" }, edge)]));
  }
  const room = labels.length > 1 ? x(1) - x(0) : 200;
  const widest = Math.max(...labels.map((label) => label.length)) * 6.6 + 8;
  const slanted = widest > room;
  const every = Math.max(1, Math.ceil((slanted ? 16 : widest) / room));
  return labels.flatMap((label, i) => (i % every ? [] : [shape("text", slanted
    ? { transform: `translate(${x(i) + 4} ${height - 4}) rotate(-38)`, "text-anchor": "end" }
    : { x: x(i), y: height, "text-anchor": "middle" }, label)]));
}
