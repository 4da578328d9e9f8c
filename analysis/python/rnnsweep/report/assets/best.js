// ---- Best settings ------------------------------------------------------------------------------

const ROWS = 15;

/** Columns of the table: title, value to sort by, whether the largest comes first. */
const bestColumns = [
  { title: "rank", value: (config) => config },
  { title: "success rate and 95\u202f% interval", value: (config) => configRate[config], falling: true, text: true },
  ...parameters.map((parameter) => ({ title: parameter.name, value: (config) => parameter.codes[config] })),
  { title: "solved", value: (config) => configs.solved[config], falling: true },
  { title: "accuracy", value: (config) => configs.accuracy[config], falling: true },
  { title: "median loss", value: (config) => configs.loss[config] },
  { title: "diverged", value: (config) => configs.diverged[config] },
  { title: "first run", value: (config) => configs.first[config] },
];

/** The kept configurations in the order of a column, the better rank first among equals; numbers
 *  that are missing come last. */
function sortedConfigs({ column, falling }) {
  const { value } = bestColumns[column];
  const kept = Array.from({ length: configCount }, (_, config) => config).filter((config) => filter.keeps[config]);
  if (column === 0) return falling ? kept.reverse() : kept;
  const sign = falling ? -1 : 1;
  const order = (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) - Number.isNaN(b) : sign * (a - b));
  return kept.sort((a, b) => order(value(a), value(b)) || a - b);
}

function bestSettings(host) {
  let rows = ROWS;
  const sorting = { column: 0, falling: false };
  const body = element("tbody");
  const more = element("button", { type: "button", click: () => { rows += 5 * ROWS; update(); } }, "Show more");
  const save = element("button", { type: "button", click: saveTable }, "Save all as CSV");
  const heads = bestColumns.map(({ title, falling = false, text = false }, column) => element("th", { scope: "col", class: text ? "text" : null },
    element("button", { type: "button", class: "sort", click: () => {
      sorting.falling = sorting.column === column ? !sorting.falling : falling;
      sorting.column = column;
      update();
    } }, title)));
  host.replaceChildren(
    element("div", { class: "scroll" }, element("table", {}, element("thead", {}, element("tr", {}, heads)), body)),
    element("div", { class: "controls noprint" }, more, save));

  const update = () => {
    heads.forEach((head, column) => head.setAttribute("aria-sort", column !== sorting.column ? "none" : sorting.falling ? "descending" : "ascending"));
    body.replaceChildren(...sortedConfigs(sorting).slice(0, rows).map(bestRow));
    if (filter.kept === 0) body.append(element("tr", {}, element("td", { class: "text", colspan: heads.length }, "No setting passes the filter.")));
    more.hidden = rows >= filter.kept;
  };
  onFilter(update);
}

function bestRow(config) {
  const cell = (text) => element("td", {}, text);
  const tied = configs.tied[config];
  const mark = tied ? element("span", { class: "mark", title: "statistically tied with the best" }, "=\u2009") : "";
  return element("tr", { class: tied ? "tied" : null, "data-config": config },
    element("td", { class: "rank" }, mark, format(config + 1)),
    element("td", { class: "text" }, intervalBar(configs.solved[config], configs.runs[config])),
    parameters.map((parameter) => cell(levelText(parameter, parameter.codes[config]))),
    cell(`${configs.solved[config]}\u2009/\u2009${configs.runs[config]}`),
    cell(percent(configs.accuracy[config])),
    cell(format(configs.loss[config], 3)),
    cell(configs.diverged[config] ? format(configs.diverged[config]) : "–"),
    cell(format(configs.first[config])));
}

/** The rate as a point and its interval as a line on 0..1, with the numbers beside. */
function intervalBar(solved, runs) {
  const [low, high] = wilson(solved, runs);
  const width = innerWidth < 640 ? 48 : 110;
  const rate = percent(solved / runs);
  const bounds = `${percent(low)} to ${percent(high)}`;
  return shape("svg", { width: width + 160, height: 18, class: "interval", role: "img", "aria-label": `${rate}, ${bounds}` },
    shape("line", { x1: 0, x2: width, y1: 9, y2: 9, class: "axis" }),
    shape("line", { x1: low * width, x2: high * width, y1: 9, y2: 9, style: { stroke: "var(--solved)", strokeWidth: 5, opacity: 0.45 } }),
    shape("circle", { cx: (solved / runs) * width, cy: 9, r: 4, style: { fill: "var(--solved)" } }),
    shape("text", { x: width + 52, y: 13, "text-anchor": "end", class: "strong" }, rate),
    shape("text", { x: width + 62, y: 13 }, bounds));
}

function saveTable() {
  const names = [...parameters.map((parameter) => parameter.name), "runs", "solved", "diverged", "success_rate", "low", "high", "test_accuracy", "median_loss", "tied", "first_run"];
  const lines = [names.join(",")];
  for (let i = 0; i < configCount; i++) {
    if (!filter.keeps[i]) continue;
    const values = parameters.map((parameter) => parameter.levels[parameter.codes[i]]);
    lines.push([...values, configs.runs[i], configs.solved[i], configs.diverged[i], configRate[i], ...wilson(configs.solved[i], configs.runs[i]), configs.accuracy[i], configs.loss[i], configs.tied[i], configs.first[i]].join(","));
  }
  saveFile("settings.csv", `${lines.join("\n")}\n`, "text/csv");
}
