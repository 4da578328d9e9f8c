// ---- Loss curves with bands over seeds ----------------------------------------------------------

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
  const redraw = drawIn(host, (width) => lineChart(series.filter(({ label }) => !shown.off.has(label)), width, LOSS_CHART));
  const update = () => {
    series = seriesFor(shown);
    lineLegend(legend, host, series, shown, update);
    redraw();
  };
  const showControls = () => controls.replaceChildren(
    choice("compare", curveChoices(canFix), shown.by, (value) => { shown.by = value; shown.off.clear(); showControls(); update(); }),
    ...fixedChoices(shown, update));
  showControls();
  onFilter(update);
}

const LOSS_CHART = {
  name: "Loss over updates", across: "updates", up: data.sums ? "loss (cross entropy)" : "loss", scale: "log",
  title: (step) => `after ${plural(step, "update")}: median (quartiles)`, text: (value) => format(value, 3),
};

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

/** The lines of a choice: label, colour, runs, places (updates), and band, its quartiles [3][step]. */
function seriesFor({ by, fixed }) {
  const [mode, index] = by.split(":");
  const ofConfig = (config, label, colour) => {
    const quartiles = config === undefined ? null : curveOfConfig(config);
    return quartiles && { label, colour, runs: configs.runs[config], places: data.curves.steps, band: quartiles };
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
    group.band ??= split(decode(group.curve), data.curves.steps.length);
    const colour = mode !== "outcome" ? orderedColour(i, groups.length) : group.label === "solved" ? "var(--solved)" : "var(--unsolved)";
    return { ...group, colour, places: data.curves.steps };
  });
}
