// ---- Two settings, seed by seed -----------------------------------------------------------------

const PLOT = { side: 260, pad: 56 };

/** Test accuracy by setting and seed, [setting][seed]; a run that diverged has 0, one that is not
 *  finished NaN. Of the best settings only, when there are very many runs. */
const paired = data.paired && { seeds: data.paired.seeds, settings: data.paired.settings, accuracy: decode(data.paired.accuracy) };

const accuracyOf = (config, seed) => paired.accuracy[config * paired.seeds.length + seed];

/** Probability of at most `least` of `count` tosses of a coin. */
function coin(least, count) {
  let term = count * Math.log(0.5);
  let sum = Math.exp(term);
  for (let k = 1; k <= least; k++) {
    term += Math.log((count - k + 1) / k);
    sum += Math.exp(term);
  }
  return Math.min(1, sum);
}

/** Both settings over the seeds that both have. */
function pairUp(first, second) {
  const counts = { seeds: 0, both: 0, first: 0, second: 0, neither: 0, difference: 0, points: [] };
  paired.seeds.forEach((seed, i) => {
    const [a, b] = [accuracyOf(first, i), accuracyOf(second, i)];
    if (Number.isNaN(a) || Number.isNaN(b)) return;
    const solved = [a >= data.paired.threshold, b >= data.paired.threshold];
    counts.seeds += 1;
    counts[solved[0] ? (solved[1] ? "both" : "first") : solved[1] ? "second" : "neither"] += 1;
    counts.difference += a - b;
    counts.points.push([seed, a, b]);
  });
  counts.difference /= counts.seeds;
  const apart = counts.first + counts.second;
  counts.p = Math.min(1, 2 * coin(Math.min(counts.first, counts.second), apart));
  return counts;
}

function pairedSettings(host) {
  const last = Math.min(paired.settings, configCount);
  const chosen = [0, Math.min(1, last - 1)];
  const body = element("div", { class: "paired" });
  const options = Array.from({ length: last }, (_, config) => [config, `${config + 1}: ${describe(config).join(", ")}`]);
  const pick = (place) => (value) => { chosen[place] = Number(value); update(); };
  const update = () => {
    const counts = pairUp(...chosen);
    body.replaceChildren(element("div", {}, ...pairedWords(chosen, counts)), pairedPlot(chosen, counts.points));
  };
  host.replaceChildren(element("div", { class: "controls" },
    choice("first setting", options, chosen[0], pick(0)), choice("second setting", options, chosen[1], pick(1))), body);
  update();
}

const lead = (difference) => (difference === 0 ? "Their mean accuracy is the same."
  : `The mean accuracy of the ${difference > 0 ? "first" : "second"} is higher by ${percent(Math.abs(difference))}.`);

function pairedWords([first, second], counts) {
  if (first === second) return [element("p", {}, "Choose two different settings.")];
  if (counts.seeds === 0) return [element("p", {}, "No seed is finished in both settings.")];
  const apart = counts.first + counts.second;
  const verdict = counts.p <= 0.05
    ? `If both were equally good, so uneven a result would come up by luck in ${percent(counts.p)} of studies.`
    : apart === 0 ? "No seed tells them apart."
      : `That may be luck of the seeds: equally good settings differ so much in ${percent(counts.p)} of studies.`;
  const row = (words, count) => element("tr", {}, element("th", { scope: "row", class: "text" }, words), element("td", {}, format(count)));
  return [
    element("p", {}, `${plural(counts.seeds, "seed")} in both settings. ${lead(counts.difference)}`),
    element("table", { class: "facts" }, element("tbody", {},
      row("both solve it", counts.both), row("only the first", counts.first), row("only the second", counts.second), row("neither", counts.neither))),
    element("p", { id: "paired-verdict" }, verdict),
    element("p", { class: "soft" }, "McNemar's exact test of solved or not, two-sided, for this one pair. Of many pairs some differ by luck: the marks in the table above take that into account."),
  ];
}

/** Every dot is a seed: its accuracy in the first setting across, in the second upwards. */
function pairedPlot([first, second], points) {
  const { side, pad } = PLOT;
  const right = side - 22; // half of "100 %" stands beyond
  const x = scale(0, 1, pad, right);
  const y = scale(0, 1, side - pad, 10);
  const svg = shape("svg", { width: side, height: side, role: "img", "aria-label": `Accuracy of each seed in setting ${first + 1} and in setting ${second + 1}` });
  for (const tick of [0, 0.5, 1])
    svg.append(shape("line", { x1: x(tick), x2: x(tick), y1: y(0), y2: y(1), class: "grid" }), shape("line", { x1: x(0), x2: x(1), y1: y(tick), y2: y(tick), class: "grid" }),
      shape("text", { x: x(tick), y: side - pad + 16, "text-anchor": "middle" }, percent(tick)), shape("text", { x: pad - 6, y: y(tick) + 4, "text-anchor": "end" }, percent(tick)));
  svg.append(shape("line", { x1: x(0), x2: x(1), y1: y(0), y2: y(1), class: "axis" }),
    ...points.map(([seed, a, b]) => shape("circle", { cx: x(a), cy: y(b), r: 4, style: { fill: "var(--solved)", opacity: 0.5 },
      pointermove: (event) => showTooltip(event, [`seed ${seed}`, `first ${percent(a)}`, `second ${percent(b)}`]), pointerleave: hideTooltip })),
    shape("text", { x: (pad + right) / 2, y: side - 4, "text-anchor": "middle" }, `accuracy, setting ${first + 1}`),
    shape("text", { transform: `translate(10 ${(side - pad + 10) / 2}) rotate(-90)`, "text-anchor": "middle" }, `setting ${second + 1}`));
  const host = element("div", {}, svg);
  host.append(saveButton(host, `paired-${first + 1}-${second + 1}`));
  return host;
}
