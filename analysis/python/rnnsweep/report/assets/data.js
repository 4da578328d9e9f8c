// ---- The numbers of this report, and the filter that all figures share --------------------------

const data = JSON.parse(byId("data").textContent);

/** A column stored as base64 of little-endian numbers. */
function decode({ type, bytes }) {
  const text = atob(bytes);
  const raw = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) raw[i] = text.charCodeAt(i);
  return new { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array }[type](raw.buffer);
}

/** Configurations, best first: columns of equal length. */
const configs = Object.fromEntries(Object.entries(data.configurations.columns).map(([name, column]) => [name, decode(column)]));
const configCount = configs.runs.length;
const configRate = Float64Array.from(configs.solved, (solved, i) => solved / configs.runs[i]);

/** Swept parameters: name, meaning, log, levels (distinct values, in order), codes per configuration. */
const parameters = data.parameters.map((parameter) => ({ ...parameter, codes: decode(parameter.codes) }));

const levelText = (parameter, code) => format(parameter.levels[code], parameter.digits);

const describe = (config) => parameters.map((parameter) => `${parameter.name} ${levelText(parameter, parameter.codes[config])}`);

/** What figures show of a configuration, 0..1; a run that diverged has an accuracy of 0. */
const quality = data.configurations.quality;
const configAccuracy = Float64Array.from(configs.accuracy, (mean, i) => (mean || 0) * (1 - configs.diverged[i] / configs.runs[i]));
const configQuality = quality === "success rate" ? configRate : configAccuracy;

/** What the filter and the axes of parallel coordinates work on: number of a configuration -> number. */
const columns = [
  ...parameters.map((parameter) => ({
    name: parameter.name,
    parameter,
    value: (config) => parameter.codes[config],
    low: 0,
    high: parameter.levels.length - 1,
    text: (code) => levelText(parameter, Math.round(code)),
  })),
  {
    name: quality,
    value: (config) => configQuality[config],
    low: 0,
    high: 1,
    text: percent,
  },
];

/** Ranges by index of a column; a configuration is in when it is within all of them. */
const filter = {
  ranges: new Map(),
  keeps: new Uint8Array(configCount).fill(1),
  kept: configCount,
  listeners: [],
  set(column, range) {
    if (range) this.ranges.set(column, range);
    else this.ranges.delete(column);
    this.apply();
  },
  clear() {
    this.ranges.clear();
    this.apply();
  },
  apply() {
    this.keeps.fill(1);
    for (const [index, [low, high]] of this.ranges) {
      const { value } = columns[index];
      for (let i = 0; i < configCount; i++) if (value(i) < low - 1e-9 || value(i) > high + 1e-9) this.keeps[i] = 0;
    }
    this.kept = this.keeps.reduce((sum, keep) => sum + keep, 0);
    writeAddress();
    for (const listener of this.listeners) listener();
  },
};

/** Runs `update` now and after every change of the filter, at most once a frame. */
function onFilter(update) {
  let waiting = false;
  filter.listeners.push(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      update();
    });
  });
  update();
}

/**
 * The cells of an axis: every level its own, or up to 12 bins of equal width when there are more
 * than 24 levels: then `edges` are the texts of their ends. cellOf maps a code to its cell.
 */
function cellsOf(parameter) {
  const { levels, log } = parameter;
  if (levels.length <= 24 || typeof levels[0] !== "number")
    return { labels: levels.map((_, code) => levelText(parameter, code)), cellOf: (code) => code };
  const bins = 12;
  const place = scale(levels[0], levels.at(-1), 0, bins, log);
  const cell = levels.map((level) => Math.min(bins - 1, Math.floor(place(level))));
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(levels.at(-1) - levels[0])));
  const edges = Array.from({ length: bins + 1 }, (_, i) => place.invert(i)).map((edge) => format(log ? edge : Number(edge.toFixed(decimals)), log ? 2 : 4));
  return {
    labels: Array.from({ length: bins }, (_, i) => `${edges[i]} to ${edges[i + 1]}`),
    edges,
    cellOf: (code) => cell[code],
  };
}

/**
 * Sums over the kept configurations of each cell: runs, solved, diverged, accuracy, and the
 * configuration of the highest quality (the first one of equals, as they come best first).
 */
function tally(count, cellOfConfig) {
  const cells = Array.from({ length: count }, () => ({ runs: 0, solved: 0, diverged: 0, accuracy: 0, configs: 0, best: -1 }));
  for (let i = 0; i < configCount; i++) {
    if (!filter.keeps[i]) continue;
    const cell = cells[cellOfConfig(i)];
    cell.runs += configs.runs[i];
    cell.solved += configs.solved[i];
    cell.diverged += configs.diverged[i];
    cell.accuracy += configs.runs[i] * configAccuracy[i];
    cell.configs += 1;
    if (cell.best < 0 || configQuality[i] > configQuality[cell.best]) cell.best = i;
  }
  return cells;
}

/** The value of a cell and how to say it. */
const measures = {
  pooled: { text: "success rate, all settings pooled", of: (cell) => cell.solved / cell.runs },
  best: { text: `${quality} of the best setting`, of: (cell) => configQuality[cell.best] },
  accuracy: { text: "mean accuracy, all settings pooled", of: (cell) => cell.accuracy / cell.runs },
  diverged: { text: "share of runs that diverged", of: (cell) => cell.diverged / cell.runs },
};

const pooledQuality = quality === "success rate" ? "pooled" : "accuracy";

function tallyLines(cell) {
  const lines = [
    `${percent(cell.solved / cell.runs)} of ${plural(cell.runs, "run")} solved (${plural(cell.configs, "setting")})`,
    `mean accuracy ${percent(measures.accuracy.of(cell))}`,
    `best setting ${percent(configQuality[cell.best])}: ${describe(cell.best).join(", ")}`,
  ];
  if (cell.diverged > 0) lines.push(`${plural(cell.diverged, "run")} diverged`);
  return lines;
}
