// ---- A network at work: a sequence of its task, every step of it, and a portrait of its states ----

const MOST_CLASSES_SHOWN = 10;
const MOST_INPUTS_SHOWN = 12;
const MOST_COLUMNS = 120; // steps of a table
const MOST_DOTS = 2000; // of a portrait

function player(host) {
  const view = {
    controls: element("div", { class: "controls" }),
    verdict: element("div", { class: "sum", "aria-live": "polite", id: "verdict" }),
    bits: element("div", { class: "scroll" }),
    hint: element("p", { class: "hint" }),
    gates: element("div", { class: "controls" }),
    words: element("p", { class: "soft", "aria-live": "polite", id: "work-words" }),
    portrait: element("div"),
    portraitControls: element("div", { class: "controls" }),
  };
  host.append(view.controls, element("div", { class: "adder" },
    element("div", {}, view.verdict, view.bits, view.hint, view.gates, view.words),
    element("div", {}, element("h3", {}, "What the states do"), view.portrait, view.portraitControls,
      element("p", { class: "hint" }, "Every dot is one step of the sequences that can be chosen, its colour what was wanted there. The line is the sequence on the left."))));
  const machine = { network: null, chosen: 0, step: 0, steps: [], timer: 0, view, show: showWork, own: false, first: 0 };
  playerControls(machine);
  loadPlayer(machine, data.players[0]);
}

function playerControls(machine) {
  const slider = element("input", { type: "range", class: "step", id: "work-step", min: 1, max: 1, value: 1, input: () => { stop(machine); showWork(machine, Number(slider.value)); } });
  const play = element("button", { type: "button", id: "work-play", click: () => (machine.timer ? stop(machine) : playOn(machine)) }, "Play");
  machine.slider = slider;
  machine.play = play;
  machine.sequences = element("span");
  machine.view.controls.append(
    choice("network", data.players.map(({ title }, i) => [i, title]), 0, (i) => { stop(machine); loadPlayer(machine, data.players[i]); }),
    machine.sequences, element("label", {}, "step", slider), play);
}

function loadPlayer(machine, network) {
  machine.network = network;
  machine.sequences.replaceChildren(choice("sequence", network.examples.map((_, i) => [i, i + 1]), 0, (i) => pickSequence(machine, Number(i))));
  machine.runs = network.examples.map((example) => workThrough(network, example.x));
  machine.pair = spreadStates(machine.runs);
  const states = network.S0.map((_, i) => [i, `state ${i}`]);
  const pick = (place) => (value) => { machine.pair[place] = Number(value); drawWorkPortrait(machine); };
  machine.view.portraitControls.replaceChildren(...(states.length > 2
    ? [choice("across", states, machine.pair[0], pick(0)), choice("upwards", states, machine.pair[1], pick(1))] : []));
  gateControls(machine, (changed) => { drawWork(changed); showWork(changed, changed.step); });
  pickSequence(machine, 0);
}

function pickSequence(machine, index) {
  const { x, t, w } = machine.network.examples[index];
  stop(machine);
  machine.chosen = index;
  machine.own = false;
  machine.sequence = { x: x.map((step) => (Array.isArray(step) ? [...step] : step)), t, w };
  work(machine);
}

function work(machine) {
  const sameLength = machine.steps.length === machine.sequence.x.length;
  machine.steps = workThrough(machine.network, machine.sequence.x);
  machine.slider.max = machine.steps.length;
  const step = machine.own && sameLength ? machine.step : machine.steps.length;
  machine.first = firstColumn(machine, step);
  drawWork(machine);
  showWork(machine, step);
}

/** The first step of the table, of which it shows a part where there are many: that around `step`. */
function firstColumn({ first, steps }, step) {
  const last = Math.max(0, steps.length - MOST_COLUMNS);
  if (step > first && step <= first + MOST_COLUMNS && first <= last) return first;
  return Math.min(last, Math.max(0, step - MOST_COLUMNS / 2));
}

/** The two states that vary most, the lower number first. */
function spreadStates(runs) {
  const all = runs.flat().map(({ states }) => states);
  const spread = all[0].map((_, i) => {
    const mean = all.reduce((sum, states) => sum + states[i], 0) / all.length;
    return all.reduce((sum, states) => sum + (states[i] - mean) ** 2, 0);
  });
  const order = spread.map((_, i) => i).sort((i, j) => spread[j] - spread[i]);
  return [order[0], order[1] ?? order[0]].sort((i, j) => i - j);
}

/** What the network says at a step: a class, bits, or numbers; and whether that is what was wanted. */
const saysOf = ({ kind }, { logits }) =>
  (kind === "classes" ? logits.indexOf(Math.max(...logits)) : kind === "bits" ? logits.map((z) => (z > 0 ? 1 : 0)) : logits);
const isRight = ({ kind, tolerance, by_sign: bySign }, says, wanted) =>
  (kind === "classes" ? says === wanted : says.every((value, o) =>
    (kind === "bits" ? value === wanted[o] : bySign ? value > 0 === wanted[o] > 0 : Math.abs(value - wanted[o]) <= tolerance)));

/** The next value of an input that is clicked on: another symbol, the other bit, 1, -1 or 0. */
function nextInput(network, value) {
  if (network.symbols) return (value + 1) % network.inputs.length;
  return network.kind === "bits" ? 1 - value : value > 0 ? -1 : value < 0 ? 0 : 1;
}

function changeInput(machine, k, i) {
  const { sequence, network } = machine;
  stop(machine);
  if (network.symbols) sequence.x[k] = nextInput(network, sequence.x[k]);
  else sequence.x[k][i] = nextInput(network, sequence.x[k][i]);
  machine.own = true;
  work(machine);
}

function drawWork(machine) {
  const { network, steps, sequence, own, view } = machine;
  const places = steps.map((_, k) => k).slice(machine.first, machine.first + MOST_COLUMNS);
  const minus = (text) => text.replace("-", "\u2212");
  const number = (value) => minus(Number.isInteger(value) ? String(value) : value.toFixed(2));
  const row = (label, cell, kind = "") => element("tr", { class: kind }, element("th", { scope: "row" }, label),
    places.map((k) => {
      const box = cell(k);
      box.dataset.step = k;
      return box;
    }));
  const given = (label, i) => row(label, (k) => {
    const value = network.symbols ? network.inputs[sequence.x[k]] : number(sequence.x[k][i]);
    const button = element("button", { type: "button", class: "cell", title: "change it", click: () => changeInput(machine, k, i) }, value);
    return element("td", { class: `bit${network.symbols ? "" : " number"}`, "data-input": value }, button);
  });
  const choose = (box, k) => { box.addEventListener("click", () => { stop(machine); showWork(machine, k + 1); }); return box; };
  const counted = (k) => own || sequence.w[k] > 0;
  const wanted = (label, o) => row(label, (k) => choose(element("td", { class: `bit${network.kind === "reals" ? " number" : ""}` },
    sequence.w[k] > 0 ? number(network.kind === "classes" ? sequence.t[k] : sequence.t[k][o]) : ""), k));
  const said = (label, o) => row(label, (k) => {
    const says = saysOf(network, steps[k]);
    const value = network.kind === "classes" ? says : says[o];
    const z = steps[k].logits[o];
    const title = network.kind === "bits" ? `y = ${logistic(z).toPrecision(4)}` : network.kind === "classes" ? `its share is ${percent(steps[k].shares[says])}` : "";
    const box = element("td", { class: `bit${counted(k) ? " one" : ""}${network.kind === "reals" ? " number" : ""}`, title, "data-says": value }, number(value));
    const target = sequence.t[k];
    const wrong = !own && sequence.w[k] > 0 && !isRight(network, network.kind === "classes" ? says : [value], network.kind === "classes" ? target : [target[o]]);
    box.classList.toggle("miss", wrong);
    return choose(box, k);
  });
  const state = (i) => row(`state ${i}`, (k) => choose(stateCell(steps[k].states[i], i), k));
  const gates = (states) => gateRows(machine, states, (label, cell) => row(label, (k) => choose(cell(k), k)));
  const outputs = network.kind === "classes" ? [""] : network.outputs.slice(0, MOST_CLASSES_SHOWN);
  const shown = network.S0.map((_, i) => i).slice(0, MOST_STATES);
  const inputs = network.symbols ? [given("reads", 0)] : network.inputs.slice(0, MOST_INPUTS_SHOWN).map((name, i) => given(name, i));
  const named = (words, name) => (outputs.length > 1 ? `${words} ${name}` : words);
  const table = element("table", { class: "bits" }, element("tbody", {}, inputs,
    own ? [] : outputs.map((name, o) => wanted(named("wanted", name), o)),
    row("", () => element("td"), "rule"),
    outputs.map((name, o) => said(named("says", name), o)), shown.map(state), gates(shown)));
  const hidden = network.S0.length - shown.length;
  view.bits.replaceChildren(table);
  const unread = network.symbols ? 0 : network.inputs.length - inputs.length;
  view.hint.replaceChildren([
    "Click on what it reads to change it.",
    places.length < steps.length ? `Steps ${places[0] + 1} to ${places.at(-1) + 1} of ${format(steps.length)}: move the step to see others.` : "",
    unread > 0 ? `The first ${inputs.length} of ${network.inputs.length} inputs.` : "",
    hidden > 0 ? `The first ${shown.length} of ${network.S0.length} states.` : "",
  ].filter(Boolean).join(" "));
}

function showWork(machine, step) {
  const { network, steps, sequence, own, view } = machine;
  machine.step = step;
  machine.slider.value = step;
  const first = firstColumn(machine, step);
  if (first !== machine.first) {
    machine.first = first;
    drawWork(machine);
  }
  for (const box of view.bits.querySelectorAll("td[data-step]")) {
    const k = Number(box.dataset.step);
    const result = box.dataset.says ?? box.dataset.state ?? box.dataset.gate;
    box.classList.toggle("later", result !== undefined && k >= step);
    box.classList.toggle("now", k === step - 1 && box.className !== "");
  }
  const column = view.bits.querySelector("td.now");
  view.bits.scrollLeft = column.offsetLeft - view.bits.clientWidth / 2;
  const judged = steps.slice(0, step).map((now, k) => [sequence.w[k] > 0, isRight(network, saysOf(network, now), sequence.t[k])]).filter(([counts]) => counts);
  const right = network.by_sign ? judged.length > 0 && judged.at(-1)[1] : judged.every(([, good]) => good);
  const wrong = judged.filter(([, good]) => !good).length;
  view.verdict.replaceChildren(own ? element("span", { class: "soft" }, "A sequence of your own")
    : step < steps.length ? element("span", { class: "soft" }, `${judged.length - wrong} right, ${wrong} wrong so far`)
      : element("span", { class: right ? "right" : "wrong" }, right ? "All right \u2713" : `${plural(wrong, "wrong answer")} of ${judged.length} \u2717`));
  const k = step - 1;
  const reads = network.symbols ? network.inputs[sequence.x[k]] : sequence.x[k].map((value) => format(value, 3)).join(", ");
  const says = saysOf(network, steps[k]);
  const spelt = network.kind === "classes" ? `${says} (${percent(steps[k].shares[says])})` : says.map((value) => format(value, 3)).join(", ");
  view.words.replaceChildren(`Step ${step} of ${steps.length}: reads ${reads}; says ${spelt}${own ? "" : sequence.w[k] > 0 ? (isRight(network, says, sequence.t[k]) ? ", right" : ", wrong") : ", which does not count here"}.`);
  drawWorkPortrait(machine);
}

/** A colour for what was wanted: from one end to the other of the classes, bits or numbers. */
function wantedColour({ kind, outputs }, target) {
  const value = kind === "classes" ? (2 * target) / (outputs.length - 1) - 1 : kind === "bits" ? 2 * target.at(-1) - 1 : target[0];
  return balanceColour(Math.max(-1, Math.min(1, value)) * 0.9);
}

function drawWorkPortrait({ runs, pair, steps, step, network, view }) {
  const { side, pad } = PORTRAIT;
  const alone = network.S0.length === 1;
  const after = (list, k) => (k < 0 ? network.S0 : list[k].states);
  const at = (list, k) => (alone ? [after(list, k - 1)[0], list[k].states[0]] : [list[k].states[pair[0]], list[k].states[pair[1]]]);
  const total = runs.reduce((sum, list) => sum + list.length, 0);
  const every = Math.ceil(total / MOST_DOTS);
  const points = [...runs, steps].flatMap((list) => list.map((_, k) => at(list, k)));
  const ends = (axis) => {
    const [low, high] = points.reduce(([least, most], point) => [Math.min(least, point[axis]), Math.max(most, point[axis])], [-1, 1]);
    return [low - 0.03 * (high - low), high + 0.03 * (high - low)];
  };
  const x = scale(...ends(0), pad, side - 8);
  const y = scale(...ends(1), side - pad, 8);
  const svg = shape("svg", { width: side, height: side, role: "img", class: "portrait", "aria-label": "Portrait of the hidden states, coloured by what was wanted" });
  for (const tick of x.ticks(3))
    svg.append(shape("line", { x1: x(tick), x2: x(tick), y1: 8, y2: side - pad, class: "grid" }), shape("text", { x: x(tick), y: side - pad + 16, "text-anchor": "middle" }, format(tick)));
  for (const tick of y.ticks(3))
    svg.append(shape("line", { x1: pad, x2: side - 8, y1: y(tick), y2: y(tick), class: "grid" }), shape("text", { x: pad - 8, y: y(tick) + 4, "text-anchor": "end" }, format(tick)));
  runs.forEach((list, n) => list.forEach((_, k) => {
    if (k % every > 0) return;
    const [cx, cy] = at(list, k);
    svg.append(shape("circle", { cx: x(cx), cy: y(cy), r: 2.6, style: { fill: wantedColour(network, network.examples[n].t[k]), stroke: "var(--soft)", strokeWidth: 0.3 } }));
  }));
  const walk = steps.slice(0, step).map((_, k) => at(steps, k)).map(([u, v]) => [x(u), y(v)]);
  if (walk.length > 0) {
    const [cx, cy] = walk.at(-1);
    svg.append(shape("path", { d: `M${walk.map((point) => point.map((value) => value.toFixed(1)).join(" ")).join("L")}`, style: { fill: "none", stroke: "var(--ink)", strokeWidth: 1.2, opacity: 0.7 } }),
      shape("circle", { cx, cy, r: 6, class: "chosen" }));
  }
  svg.append(shape("text", { x: side / 2, y: side - 2, "text-anchor": "middle" }, alone ? "state 0 before the step" : `state ${pair[0]}`),
    shape("text", { transform: `translate(10 ${side / 2}) rotate(-90)`, "text-anchor": "middle" }, alone ? "state 0 after it" : `state ${pair[1]}`));
  view.portrait.replaceChildren(svg);
}
