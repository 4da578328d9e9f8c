// ---- Loss curves with bands over seeds ----------------------------------------------------------

const CURVE = { height: 400, left: 62, right: 14, top: 14, bottom: 46 };
const MOST_LINES = 10;

/** Number of the configuration with these codes, or undefined. */
const configByCodes = (() => {
  let index = null;
  return (codes) => {
    index ??= new Map(Array.from({ length: configCount }, (_, i) => [parameters.map((parameter) => parameter.codes[i]).join(), i]));
    return index.get(codes.join());
  };
})();

/** Quartiles of the curves of the best configurations, [configuration][3][step]. */
const curveNumbers = decode(data.curves.configurations);

/** The quartiles of one of them, [3][step]; null when they are not in the report. */
function curveOfConfig(config) {
  const count = data.curves.steps.length;
  if ((config + 1) * 3 * count > curveNumbers.length) return null;
  return split(curveNumbers.subarray(3 * config * count, 3 * (config + 1) * count), count);
}

function curveFigure(host, controls, legend) {
  const best = Array.from(parameters, (parameter) => parameter.codes[0]);
  const shown = { by: parameters.length ? "best" : "outcome", fixed: best, off: new Set() };
  const first = parameters.findIndex((parameter) => parameter.levels.length <= 24);
  const complete = curveNumbers.length === configCount * 3 * data.curves.steps.length;
  const canFix = complete && parameters.length > 1 && data.configurations.grid;
  if (first >= 0) shown.by = canFix ? `fixed:${first}` : `pooled:${first}`;

  let series = [];
  const redraw = drawIn(host, (width) => curvesOf(series.filter(({ label }) => !shown.off.has(label)), width));
  const update = () => {
    series = seriesFor(shown);
    const same = series.every(({ runs }) => runs === series[0].runs);
    legend.replaceChildren(legendTitle(shown.by), ...series.map(({ label, colour, runs }) => element("button", {
      type: "button", "aria-pressed": String(!shown.off.has(label)), title: "Show or hide",
      pointerenter: () => emphasize(host, label), pointerleave: () => emphasize(host, null), focus: () => emphasize(host, label), blur: () => emphasize(host, null),
      click: () => { if (!shown.off.delete(label)) shown.off.add(label); update(); },
    }, element("span", { class: "key", style: { background: colour } }), same ? label : `${label} (${plural(runs, "run")})`)),
      same && series.length > 0 ? element("span", { class: "soft" }, `${plural(series[0].runs, "run")} each`) : "");
    redraw();
  };
  const showControls = () => controls.replaceChildren(
    choice("compare", curveChoices(canFix), shown.by, (value) => { shown.by = value; shown.off.clear(); showControls(); update(); }),
    ...fixedChoices(shown, update));
  showControls();
  onFilter(update);
}

function legendTitle(by) {
  const parameter = parameters[by.split(":")[1]];
  return parameter ? element("strong", {}, parameter.name) : "";
}

/** Lets one line stand out; none when `label` is null. */
function emphasize(host, label) {
  for (const line of host.querySelectorAll("[data-series]")) line.classList.toggle("faint", label !== null && line.dataset.series !== label);
}

function curveChoices(canFix) {
  return [
    ["outcome", "solved or not, all settings pooled"],
    ...(parameters.length ? [["best", "the best settings that pass the filter"]] : []),
    ...parameters.flatMap(({ name }, i) => [
      ...(canFix ? [[`fixed:${i}`, `${name}, the others fixed`]] : []),
      [`pooled:${i}`, `${name}, the others pooled`]]),
  ];
}

function fixedChoices(shown, update) {
  const [mode, index] = shown.by.split(":");
  if (mode !== "fixed") return [];
  return parameters.flatMap((parameter, i) => (i === Number(index) ? [] : [choice(parameter.name,
    parameter.levels.map((_, code) => [code, levelText(parameter, code)]), shown.fixed[i],
    (code) => { shown.fixed[i] = Number(code); update(); })]));
}

/** The lines of a choice: label, colour, runs, steps, and quartiles [3][step]. */
function seriesFor({ by, fixed }) {
  const [mode, index] = by.split(":");
  const ofConfig = (config, label, colour) => {
    const quartiles = config === undefined ? null : curveOfConfig(config);
    return quartiles && { label, colour, runs: configs.runs[config], steps: data.curves.steps, quartiles };
  };
  if (mode === "fixed") {
    const parameter = parameters[index];
    const codes = spread(parameter.levels.length, MOST_LINES);
    return codes.map((code, i) => ofConfig(configByCodes(fixed.map((other, k) => (k === Number(index) ? code : other))),
      levelText(parameter, code), orderedColour(i, codes.length))).filter(Boolean);
  }
  if (mode === "best") {
    const kept = [];
    for (let i = 0; i < configCount && kept.length < 6; i++) if (filter.keeps[i]) kept.push(i);
    return kept.map((config, i) => ofConfig(config, describe(config).join(", "), seriesColour(i))).filter(Boolean);
  }
  const groups = data.curves.pooled[mode === "outcome" ? "outcome" : parameters[index].name];
  return groups.map((group, i) => {
    group.quartiles ??= split(decode(group.curve), data.curves.steps.length);
    const colour = mode !== "outcome" ? orderedColour(i, groups.length) : group.label === "solved" ? "var(--solved)" : "var(--unsolved)";
    return { ...group, colour, steps: data.curves.steps };
  });
}

const split = (values, count) => [0, 1, 2].map((part) => values.subarray(part * count, (part + 1) * count));

const orderedColour = (i, count) => rampColour(count === 1 ? 0.7 : 0.42 + (0.58 * i) / (count - 1));

/** At most `most` of 0..count-1, evenly, with both ends. */
function spread(count, most) {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}

function curvesOf(series, width) {
  const { height, left, right, top, bottom } = CURVE;
  const svg = shape("svg", { width, height, tabindex: 0, role: "application", class: "curves", "aria-label": "Loss over updates. Arrow keys move the reading." });
  const values = series.flatMap(({ quartiles }) => quartiles.flatMap((part) => Array.from(part))).filter((value) => value > 0 && Number.isFinite(value));
  if (values.length === 0) {
    svg.append(shape("text", { x: left, y: height / 2 }, "No curve to show for this choice."));
    return svg;
  }
  const [lowest, highest] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, 0]);
  const last = Math.max(...series.map(({ steps }) => steps.at(-1)));
  const x = scale(0, last, left, width - right);
  const y = scale(lowest, highest === lowest ? lowest * 2 : highest, height - bottom, top, true);
  svg.append(
    ...y.ticks(8).flatMap((tick, i, ticks) => [shape("line", { x1: left, x2: width - right, y1: y(tick), y2: y(tick), class: "grid" }), shape("text", { x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, tickTexts(ticks)[i])]),
    ...x.ticks(Math.min(8, width / 90)).map((tick) => shape("text", { x: x(tick), y: height - bottom + 20, "text-anchor": "middle" }, format(tick))),
    shape("line", { x1: left, x2: width - right, y1: height - bottom, y2: height - bottom, class: "axis" }),
    shape("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, "updates"),
    shape("text", { transform: `translate(11 ${(height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, data.sums ? "loss (cross entropy)" : "loss"));
  for (const { quartiles: [low, , high], steps, colour, label } of series) svg.append(shape("path", { class: "band", "data-series": label, d: bandPath(low, high, steps, x, y), style: { fill: colour } }));
  for (const { quartiles: [, middle], steps, colour, label } of series) svg.append(shape("path", { class: "line", "data-series": label, d: linePath(middle, steps, x, y), style: { stroke: colour } }));
  readCurves(svg, series, x, { top, bottom: height - bottom, left, right: width - right });
  return svg;
}

const shownAt = (value) => value > 0 && Number.isFinite(value);

function linePath(values, steps, x, y) {
  let pen = "M";
  let path = "";
  steps.forEach((step, i) => {
    if (!shownAt(values[i])) return void (pen = "M");
    path += `${pen}${x(step).toFixed(1)} ${y(values[i]).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

function bandPath(low, high, steps, x, y) {
  const points = steps.map((step, i) => [step, low[i], high[i]]).filter(([, a, b]) => shownAt(a) && shownAt(b));
  if (points.length === 0) return "";
  const upper = points.map(([step, , b]) => `${x(step).toFixed(1)} ${y(b).toFixed(1)}`);
  const lower = points.reverse().map(([step, a]) => `${x(step).toFixed(1)} ${y(a).toFixed(1)}`);
  return `M${[...upper, ...lower].join("L")}Z`;
}

/** A vertical line that follows the pointer or the arrow keys, with the numbers at that update. */
function readCurves(svg, series, x, box) {
  const cursor = shape("line", { y1: box.top, y2: box.bottom, class: "cursor", visibility: "hidden" });
  svg.append(cursor);
  const { steps } = series.reduce((a, b) => (b.steps.length > a.steps.length ? b : a));
  let at = steps.length - 1;
  const read = (place) => {
    const step = steps[at];
    cursor.setAttribute("x1", x(step));
    cursor.setAttribute("x2", x(step));
    cursor.setAttribute("visibility", "visible");
    const lines = series.map(({ label, steps: own, quartiles: [low, middle, high] }) => {
      const i = own.indexOf(step);
      return i < 0 ? null : `${label}: ${format(middle[i], 3)} (${format(low[i], 3)} – ${format(high[i], 3)})`;
    });
    showTooltip(place ?? placeOf(cursor), [`after ${plural(step, "update")}: median (quartiles)`, ...lines.filter(Boolean)]);
  };
  const leave = () => {
    cursor.setAttribute("visibility", "hidden");
    hideTooltip();
  };
  svg.addEventListener("pointermove", (event) => {
    const left = svg.getBoundingClientRect().left;
    const value = x.invert(event.clientX - left);
    at = steps.reduce((best, step, i) => (Math.abs(step - value) < Math.abs(steps[best] - value) ? i : best), 0);
    read(event);
  });
  svg.addEventListener("pointerleave", leave);
  svg.addEventListener("blur", leave);
  svg.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    at = Math.min(steps.length - 1, Math.max(0, at + move));
    read();
  });
}
