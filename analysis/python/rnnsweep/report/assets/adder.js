// ---- A network adds: the sum, every step of it, and a portrait of its states ---------------------

const MOST_STATES = 12;
const MOST_BITS = 62;
const PORTRAIT = { side: 272, pad: 34 };

function adder(host) {
  const view = {
    controls: element("div", { class: "controls" }),
    sum: element("div", { class: "sum", "aria-live": "polite", id: "sum" }),
    bits: element("div", { class: "scroll" }),
    gates: element("div", { class: "controls" }),
    words: element("p", { class: "soft", "aria-live": "polite", id: "step-words" }),
    portrait: element("div"),
    portraitControls: element("div", { class: "controls" }),
  };
  host.append(view.controls, element("div", { class: "adder" },
    element("div", {}, view.sum, view.bits, view.gates, view.words),
    element("div", {}, element("h3", {}, "What the states remember"), view.portrait, view.portraitControls,
      element("p", { class: "hint" }, "Every dot is one step of 40 random additions. When the carries fall apart into groups, the states hold the carry. The line is the sum on the left."))));
  const machine = { network: null, a: 0n, b: 0n, step: 0, steps: [], timer: 0, view, show };
  adderControls(machine);
  load(machine, data.networks[0]);
}

function load(machine, network) {
  machine.network = network;
  machine.additions = randomAdditions(network, 40);
  const correlations = carryCorrelations(machine.additions);
  machine.order = correlations.map((_, i) => i).sort((i, j) => Math.abs(correlations[j]) - Math.abs(correlations[i]));
  machine.pair = [machine.order[0], machine.order[1] ?? machine.order[0]].sort((i, j) => i - j);
  machine.rows = machine.order.slice(0, MOST_STATES).sort((i, j) => i - j);
  portraitControls(machine);
  gateControls(machine, (changed) => { drawBits(changed); show(changed, changed.step); });
  add(machine);
}

function adderControls(machine) {
  const limit = (1n << BigInt(data.networks[0].sequence_length - 1)) - 1n;
  const box = (label, id, value) => {
    const input = element("input", { id, inputmode: "numeric", autocomplete: "off", size: 12, value, input: () => add(machine) });
    return element("label", {}, label, input);
  };
  const start = [12345n, 6789n].map((value) => (value > limit ? limit : value));
  const slider = element("input", { type: "range", class: "step", id: "step", min: 1, max: 1, value: 1, input: () => { stop(machine); show(machine, Number(slider.value)); } });
  const play = element("button", { type: "button", id: "play", click: () => (machine.timer ? stop(machine) : playOn(machine)) }, "Play");
  machine.slider = slider;
  machine.play = play;
  machine.view.controls.append(
    choice("network", data.networks.map(({ title }, i) => [i, title]), 0, (i) => { stop(machine); load(machine, data.networks[i]); }),
    box("first number", "number-a", start[0]), box("second number", "number-b", start[1]),
    element("button", { type: "button", id: "draw", click: () => drawNumbers(machine) }, "Random"),
    element("label", {}, "step", slider), play);
}

function drawNumbers(machine) {
  const bits = machine.network.sequence_length - 1;
  for (const id of ["number-a", "number-b"])
    byId(id).value = Array.from({ length: bits }, (_, k) => (Math.random() < 0.5 ? 0n : 1n << BigInt(k))).reduce((a, b) => a + b, 0n);
  add(machine);
}

/** Reads the two numbers, runs the network over all steps, more than trained if need be, and shows
 *  the last one. */
function add(machine) {
  const { network, view } = machine;
  stop(machine);
  const limit = 1n << BigInt(MOST_BITS - 1);
  const [a, b] = ["number-a", "number-b"].map((id) => {
    const text = byId(id).value.trim();
    const value = /^\d{1,20}$/.test(text) ? BigInt(text) : null;
    byId(id).setAttribute("aria-invalid", String(value === null || value >= limit));
    return value !== null && value < limit ? value : null;
  });
  if (a === null || b === null) {
    view.sum.replaceChildren(element("span", { class: "wrong" }, `Two whole numbers from 0 to ${limit - 1n}, please.`));
    return;
  }
  machine.a = a;
  machine.b = b;
  const needed = Math.max(a.toString(2).length, b.toString(2).length) + 1;
  machine.steps = addWith(network, a, b, Math.max(needed, network.sequence_length));
  machine.slider.max = machine.steps.length;
  drawBits(machine);
  show(machine, machine.steps.length);
}

function playOn(machine) {
  if (machine.steps.length === 0) return;
  machine.play.textContent = "Stop";
  machine.show(machine, 1);
  machine.timer = setInterval(() => {
    if (machine.step >= machine.steps.length) stop(machine);
    else machine.show(machine, machine.step + 1);
  }, 450);
}

function stop(machine) {
  clearInterval(machine.timer);
  machine.timer = 0;
  if (machine.play) machine.play.textContent = "Play";
}

/** The table of all steps, most significant bit on the left as one writes numbers. */
function drawBits(machine) {
  const { steps, rows, view } = machine;
  const places = steps.map((_, k) => k).reverse();
  const row = (label, cell, kind = "") => element("tr", { class: kind }, element("th", { scope: "row" }, label),
    places.map((k) => {
      const box = cell(steps[k], k);
      box.dataset.step = k;
      box.addEventListener("click", () => { stop(machine); show(machine, k + 1); });
      return box;
    }));
  const bit = (value, title) => element("td", { class: `bit${value ? " one" : ""}`, title }, value);
  const blank = () => element("td");
  const hidden = steps[0].states.length - rows.length;
  const table = element("table", { class: "bits" }, element("tbody", {},
    row("true carry", (step) => bit(step.before, "carry into this step of the true addition")),
    row("first number", (step) => bit(step.a)),
    row("second number", (step) => bit(step.b)),
    row("", blank, "rule"),
    row("network says", (step) => {
      const box = bit(step.bit, `y = ${step.output.toPrecision(4)}, the true bit is ${step.target}`);
      box.classList.toggle("miss", step.bit !== step.target);
      box.dataset.bit = step.bit;
      return box;
    }),
    row("its output y", (step) => element("td", { class: "state", "data-output": step.output }, step.output.toFixed(2))),
    rows.map((index) => row(`state ${index}`, (step) => stateCell(step.states[index], index))),
    gateRows(machine, rows, (label, cell) => row(label, (_, k) => cell(k)))));
  view.bits.replaceChildren();
  put(view.bits, [table, hidden > 0 ? element("p", { class: "hint" }, `${rows.length} of ${rows.length + hidden} states: those that follow the carry most.`) : null]);
}

/** The sum after `step` steps. */
function show(machine, step) {
  const { steps, view, a, b, network } = machine;
  machine.step = step;
  machine.slider.value = step;
  for (const box of view.bits.querySelectorAll("td[data-step]")) {
    const k = Number(box.dataset.step);
    const result = box.dataset.bit ?? box.dataset.output ?? box.dataset.state ?? box.dataset.gate;
    box.classList.toggle("later", result !== undefined && k >= step);
    box.classList.toggle("now", k === step - 1 && box.className !== "");
  }
  const column = view.bits.querySelector("td.now");
  view.bits.scrollLeft = column.offsetLeft - view.bits.clientWidth / 2;
  const done = step === steps.length;
  const answer = numberOf(steps.slice(0, step));
  const right = answer === a + b;
  view.sum.replaceChildren(`${a} + ${b} = `, ...(done
    ? [element("span", { class: right ? "right" : "wrong" }, `${answer} ${right ? "\u2713" : "\u2717"}`), ...(right ? [] : [element("span", { class: "soft" }, `  the sum is ${a + b}`)])]
    : [element("span", { class: "soft" }, "\u2026")]));
  const now = steps[step - 1];
  const longer = steps.length > network.sequence_length ? ` It was trained on ${network.sequence_length} bits.` : "";
  view.words.replaceChildren(`Step ${step} of ${steps.length}, from the right: reads ${now.a} and ${now.b}, true carry ${now.before}; `
    + `says ${now.bit} (y = ${now.output.toPrecision(3)}), ${now.bit === now.target ? "right" : `wrong: the bit is ${now.target}`}; carry to keep: ${now.after}.${longer}`);
  drawPortrait(machine);
}

function portraitControls(machine) {
  const states = machine.network.S0.map((_, i) => [i, `state ${i}`]);
  const pick = (place) => (value) => { machine.pair[place] = Number(value); drawPortrait(machine); };
  machine.view.portraitControls.replaceChildren(...(states.length > 2
    ? [choice("across", states, machine.pair[0], pick(0)), choice("upwards", states, machine.pair[1], pick(1))] : []));
}

/** Two states against each other, the dots told apart by the carry that the step leaves behind. */
function drawPortrait({ additions, pair, steps, step, network, view }) {
  const { side, pad } = PORTRAIT;
  const alone = network.S0.length === 1;
  const x = scale(-1.05, 1.05, pad, side - 8);
  const y = scale(-1.05, 1.05, side - pad, 8);
  const before = (list, k) => (k === 0 ? network.S0 : list[k - 1].states);
  const at = (list, k) => (alone ? [x(before(list, k)[0]), y(list[k].states[0])] : [x(list[k].states[pair[0]]), y(list[k].states[pair[1]])]);
  const svg = shape("svg", { width: side, height: side, role: "img", class: "portrait", "aria-label": "Portrait of the hidden states, coloured by the carry" });
  for (const tick of [-1, 0, 1])
    svg.append(shape("line", { x1: x(tick), x2: x(tick), y1: y(-1.05), y2: y(1.05), class: "grid" }), shape("line", { x1: x(-1.05), x2: x(1.05), y1: y(tick), y2: y(tick), class: "grid" }),
      shape("text", { x: x(tick), y: side - pad + 16, "text-anchor": "middle" }, format(tick)), shape("text", { x: pad - 8, y: y(tick) + 4, "text-anchor": "end" }, format(tick)));
  const dots = [[], []];
  for (const list of additions) list.forEach(({ after }, k) => dots[after].push(at(list, k)));
  const circle = (r) => ([cx, cy]) => `M${(cx - r).toFixed(1)} ${cy.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
  svg.append(
    shape("path", { d: dots[0].map(circle(2.5)).join(""), style: { fill: "none", stroke: "var(--unsolved)", opacity: 0.75 } }),
    shape("path", { d: dots[1].map(circle(2.8)).join(""), style: { fill: "var(--solved)", opacity: 0.6 } }));
  const walk = steps.slice(0, step).map((_, k) => at(steps, k));
  if (walk.length > 0) {
    const [cx, cy] = walk.at(-1);
    svg.append(shape("path", { d: `M${walk.map((point) => point.map((value) => value.toFixed(1)).join(" ")).join("L")}`, style: { fill: "none", stroke: "var(--ink)", strokeWidth: 1.2, opacity: 0.7 } }),
      shape("circle", { cx, cy, r: 6, class: "chosen" }));
  }
  svg.append(shape("text", { x: side / 2, y: side - 2, "text-anchor": "middle" }, alone ? "state 0 before the step" : `state ${pair[0]}`),
    shape("text", { transform: `translate(10 ${side / 2}) rotate(-90)`, "text-anchor": "middle" }, alone ? "state 0 after it" : `state ${pair[1]}`));
  view.portrait.replaceChildren(svg, element("div", { class: "legend soft" },
    element("span", {}, element("span", { class: "ok" }, "\u25cf"), " carry 1"), element("span", {}, element("span", { class: "wrong", style: { color: "var(--unsolved)" } }, "\u25cb"), " carry 0")));
}
