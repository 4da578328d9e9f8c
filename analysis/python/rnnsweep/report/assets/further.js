// ---- Validation curves, accuracy over length and on further sets, change of the weights ------------
// Each figure of the report's data has the groups all; pooled, by the name of a parameter; and perhaps
// best, whose groups have the number of a configuration. A group has label, runs, places, and for
// each measure its band [3][place]: low, middle, high.

const interval = "interquartile mean over seeds (95 % interval)";
const spreadOfRuns = "median over runs (quartiles)";
const threeDigits = (value) => format(value, 3);

const FURTHER_CHARTS = {
  validation: {
    accuracy: { name: "Accuracy on the validation set over updates", across: "updates", up: "right on the validation set", scale: "share", text: percent },
    loss: { name: "Loss on the validation set over updates", across: "updates", up: "loss on the validation set", scale: "log", text: threeDigits },
    title: (update) => `check after ${plural(update, "update")}: ${spreadOfRuns}`,
  },
  lengths: {
    accuracy: { name: "Accuracy over length", across: "steps of the tested sequences", up: "right test sequences", scale: "share", text: percent, points: true },
    title: (steps) => `${plural(steps, "step")}: ${interval}`,
  },
  sets: {
    accuracy: { name: "Accuracy on further sets", across: "set of the data file", up: "right sequences", scale: "share", along: "words", text: percent, points: true },
    title: (place) => `set ${data.further.sets.words[place]}: ${interval}`,
  },
  weights: {
    change: { name: "Change of the weights over updates", across: "updates", up: "change, relative to the first weights", scale: "linear", along: "log from 0", text: threeDigits, points: true },
    title: (update) => `after ${plural(update, "update")}: ${spreadOfRuns}`,
  },
};

/** Draws one of them, by its name, into the elements that its section has. */
function furtherFigure(name) {
  const figure = data.further[name];
  const [host, controls, legend] = [name, `${name}-controls`, `${name}-legend`].map(byId);
  const { title, ...charts } = FURTHER_CHARTS[name];
  const shown = { by: "all", measure: Object.keys(charts)[0], off: new Set() };
  if (parameters.length > 0) shown.by = "pooled:0";

  let series = [];
  const redraw = drawIn(host, (width) => lineChart(series.filter(({ label }) => !shown.off.has(label)), width,
    { ...charts[shown.measure], ...figure.chart, title }));
  const update = () => {
    series = furtherSeries(figure, shown);
    lineLegend(legend, host, series, shown, update);
    redraw();
  };
  const options = [["all", "all runs together"],
    ...(figure.best ? [["best", "the best settings that pass the filter"]] : []),
    ...parameters.map(({ name: parameter }, i) => [`pooled:${i}`, `${parameter}, the others pooled`])];
  controls.replaceChildren(
    ...(Object.keys(charts).length > 1 ? [choice("show", Object.keys(charts).map((measure) => [measure, measure]), shown.measure, (value) => { shown.measure = value; update(); })] : []),
    ...(options.length > 1 ? [choice("compare", options, shown.by, (value) => { shown.by = value; shown.off.clear(); update(); })] : []));
  onFilter(update);
}

function furtherSeries(figure, { by, measure }) {
  let groups = by === "all" || by === "best" ? figure[by] : figure.pooled[parameters[by.split(":")[1]].name];
  if (by === "best") groups = groups.filter(({ config }) => filter.keeps[config]).slice(0, 6);
  const bandOf = (group) => ((group.bands ??= {})[measure] ??= split(decode(group[measure]), group.places.length));
  return groups.map((group, i) => ({
    label: group.label ?? describe(group.config).join(", "), runs: group.runs, places: group.places, band: bandOf(group),
    colour: by === "best" || by === "all" ? seriesColour(i) : orderedColour(i, groups.length),
  }));
}
