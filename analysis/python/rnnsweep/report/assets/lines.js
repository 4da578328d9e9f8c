// ---- Lines with bands: a chart, its legend, and the reading of its numbers ------------------------
// A series has label, colour, runs, places (where its points are along the axis) and band: the lower
// end, the middle and the upper end at each place.

const LINES = { height: 400, left: 62, right: 14, top: 14, bottom: 46 };

const split = (values, count) => [0, 1, 2].map((part) => values.subarray(part * count, (part + 1) * count));

const orderedColour = (i, count) => rampColour(count === 1 ? 0.7 : 0.42 + (0.58 * i) / (count - 1));

/** At most `most` of 0..count-1, evenly, with both ends. */
function spread(count, most) {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}

/** Lets one line stand out; none when `label` is null. */
function emphasize(host, label) {
  for (const line of host.querySelectorAll("[data-series]")) line.classList.toggle("faint", label !== null && line.dataset.series !== label);
}

/** Buttons that show and hide the series; shown: `by`, "...:NUMBER" of a parameter, and the set `off`. */
function lineLegend(legend, host, series, shown, update) {
  const same = series.every(({ runs }) => runs === series[0].runs);
  const parameter = parameters[shown.by.split(":")[1]];
  legend.replaceChildren(parameter ? element("strong", {}, parameter.name) : "", ...series.map(({ label, colour, runs }) => element("button", {
    type: "button", "aria-pressed": String(!shown.off.has(label)), title: "Show or hide",
    pointerenter: () => emphasize(host, label), pointerleave: () => emphasize(host, null), focus: () => emphasize(host, label), blur: () => emphasize(host, null),
    click: () => { if (!shown.off.delete(label)) shown.off.add(label); update(); },
  }, element("span", { class: "key", style: { background: colour } }), same ? label : `${label} (${plural(runs, "run")})`)),
    same && series.length > 0 ? element("span", { class: "soft" }, `${plural(series[0].runs, "run")} each`) : "");
}

/**
 * The chart: name, for those who do not see it; across and up, the titles of its axes; scale of the
 * upright one: log, share or linear from 0; along, that of the other: linear, log, log from 0, or
 * words; points: whether the places are few; shaded: [from, to] along the axis; title(place) and
 * text(value) of what is read.
 */
function lineChart(series, width, chart) {
  const { height, left, right, top, bottom } = LINES;
  const svg = shape("svg", { width, height, tabindex: 0, role: "application", class: "curves", "aria-label": `${chart.name}. Arrow keys move the reading.` });
  const isShown = chart.scale === "log" ? (value) => value > 0 && Number.isFinite(value) : (value) => value !== null && Number.isFinite(value);
  const y = upright(series, chart.scale, isShown, height - bottom, top);
  if (y === null) {
    svg.append(shape("text", { x: left, y: height / 2 }, "No curve to show for this choice."));
    return svg;
  }
  const x = along(series, chart, left, width - right);
  if (chart.shaded) svg.append(shape("rect", { class: "shaded", x: x(chart.shaded[0]), width: Math.max(2, x(chart.shaded[1]) - x(chart.shaded[0])), y: top, height: height - bottom - top }));
  svg.append(
    ...y.ticks.flatMap(([tick, text]) => [shape("line", { x1: left, x2: width - right, y1: y.at(tick), y2: y.at(tick), class: "grid" }), shape("text", { x: left - 8, y: y.at(tick) + 4, "text-anchor": "end" }, text)]),
    ...x.ticks.map(([tick, text]) => shape("text", { x: x(tick), y: height - bottom + 20, "text-anchor": "middle" }, text)),
    shape("line", { x1: left, x2: width - right, y1: height - bottom, y2: height - bottom, class: "axis" }),
    shape("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, chart.across),
    shape("text", { transform: `translate(11 ${(height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, chart.up));
  for (const { band: [low, , high], places, colour, label } of series) svg.append(shape("path", { class: "band", "data-series": label, d: bandPath(low, high, places, x, y.at, isShown), style: { fill: colour } }));
  for (const { band: [, middle], places, colour, label } of series) {
    svg.append(shape("path", { class: "line", "data-series": label, d: linePath(middle, places, x, y.at, isShown), style: { stroke: colour } }));
    if (chart.points) svg.append(...places.flatMap((place, i) => (isShown(middle[i]) ? [shape("circle", { cx: x(place), cy: y.at(middle[i]), r: 3.5, "data-series": label, style: { fill: colour } })] : [])));
  }
  readLines(svg, series, x, { top, bottom: height - bottom }, chart);
  return svg;
}

/** The upright axis: at, and ticks as [value, text]; null when nothing is to be shown. */
function upright(series, kind, isShown, from, to) {
  const values = series.flatMap(({ band }) => band.flatMap((part) => Array.from(part))).filter(isShown);
  if (values.length === 0) return null;
  if (kind === "share") return { at: scale(0, 1, from, to), ticks: [0, 0.25, 0.5, 0.75, 1].map((tick) => [tick, percent(tick)]) };
  const [lowest, highest] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, 0]);
  const at = kind === "log" ? scale(lowest, highest === lowest ? lowest * 2 : highest, from, to, true) : scale(0, highest || 1, from, to);
  const ticks = at.ticks(8);
  const texts = tickTexts(ticks);
  return { at, ticks: ticks.map((tick, i) => [tick, texts[i]]) };
}

/** The axis along: a map with ticks, [place, text]. */
function along(series, chart, from, to) {
  const places = series.flatMap((part) => part.places).concat(chart.shaded ?? []);
  const [first, last] = [Math.min(...places), Math.max(...places)];
  const room = Math.min(8, (to - from) / 90);
  if (chart.along === "words") {
    const map = scale(-0.5, chart.words.length - 0.5, from, to);
    const every = Math.ceil((Math.max(...chart.words.map((word) => word.length)) * 7 + 10) / (map(1) - map(0)));
    map.ticks = chart.words.flatMap((word, i) => (i % every ? [] : [[i, word]]));
    return map;
  }
  if (chart.along === "log from 0") {
    const inner = scale(1, last + 2, from + 8, to, true);
    const map = (place) => inner(place + 1);
    const wanted = [0, ...decades(1, Math.max(1, last), Infinity)].filter((tick) => tick <= last);
    const apart = wanted.reduce((kept, tick) => (kept.length && map(tick) - map(kept.at(-1)) < 40 ? kept : [...kept, tick]), []);
    map.ticks = apart.map((tick) => [tick, format(tick)]);
    return map;
  }
  const map = chart.along === "log" && first > 0 ? scale(first, last === first ? first + 1 : last, from + 8, to - 8, true) : scale(chart.along ? first : 0, last, from + (chart.along ? 8 : 0), to - (chart.along ? 8 : 0));
  const ticks = map.ticks(room);
  map.ticks = ticks.map((tick) => [tick, format(tick)]);
  return map;
}

function linePath(values, places, x, y, isShown) {
  let pen = "M";
  let path = "";
  places.forEach((place, i) => {
    if (!isShown(values[i])) return void (pen = "M");
    path += `${pen}${x(place).toFixed(1)} ${y(values[i]).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

function bandPath(low, high, places, x, y, isShown) {
  const points = places.map((place, i) => [place, low[i], high[i]]).filter(([, a, b]) => isShown(a) && isShown(b));
  if (points.length === 0) return "";
  const upper = points.map(([place, , b]) => `${x(place).toFixed(1)} ${y(b).toFixed(1)}`);
  const lower = points.reverse().map(([place, a]) => `${x(place).toFixed(1)} ${y(a).toFixed(1)}`);
  return `M${[...upper, ...lower].join("L")}Z`;
}

/** A vertical line that follows the pointer or the arrow keys, with the numbers at that place. */
function readLines(svg, series, x, box, chart) {
  const cursor = shape("line", { y1: box.top, y2: box.bottom, class: "cursor", visibility: "hidden" });
  svg.append(cursor);
  const places = [...new Set(series.flatMap((part) => part.places))].sort((a, b) => a - b);
  let at = places.length - 1;
  const read = (position) => {
    const place = places[at];
    cursor.setAttribute("x1", x(place));
    cursor.setAttribute("x2", x(place));
    cursor.setAttribute("visibility", "visible");
    const lines = series.map(({ label, places: own, band: [low, middle, high] }) => {
      const i = own.indexOf(place);
      return i < 0 ? null : `${label}: ${chart.text(middle[i])} (${chart.text(low[i])} – ${chart.text(high[i])})`;
    });
    showTooltip(position ?? placeOf(cursor), [chart.title(place), ...lines.filter(Boolean)]);
  };
  const leave = () => {
    cursor.setAttribute("visibility", "hidden");
    hideTooltip();
  };
  svg.addEventListener("pointermove", (event) => {
    const pointer = event.clientX - svg.getBoundingClientRect().left;
    at = places.reduce((best, place, i) => (Math.abs(x(place) - pointer) < Math.abs(x(places[best]) - pointer) ? i : best), 0);
    read(event);
  });
  svg.addEventListener("pointerleave", leave);
  svg.addEventListener("blur", leave);
  svg.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    at = Math.min(places.length - 1, Math.max(0, at + move));
    read();
  });
}
