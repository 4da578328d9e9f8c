// ---- States and gates in the table of the steps of a network at work -----------------------------

/** Choice of a gate whose rows the table shows; nothing where a cell has none. */
function gateControls(machine, redraw) {
  const names = gateNames[machine.network.cell] ?? [];
  if (!names.includes(machine.gate)) machine.gate = "";
  const choose = (name) => { machine.gate = name; redraw(machine); };
  machine.view.gates.replaceChildren(...(names.length > 0
    ? [choice("gate", [["", "none"], ...names.map((name) => [name, name])], machine.gate, choose)] : []));
}

/** A value on a shade from -1 to 1. */
function shadedCell(value, shade, marks) {
  const bounded = Math.max(-1, Math.min(1, shade));
  return element("td", { class: "state", ...marks, "data-value": value,
    style: { background: balanceColour(bounded), color: Math.abs(bounded) > 0.55 ? "var(--on-high)" : "var(--on-low)" } }, value.toFixed(1).replace("-", "\u2212"));
}

const stateCell = (value, index) => shadedCell(value, value, { "data-state": index });

/** Rows of the chosen gate, of these states: 0 is closed, 1 open. */
function gateRows({ network, steps, gate }, states, row) {
  const place = (gateNames[network.cell] ?? []).indexOf(gate);
  return place < 0 ? [] : states.map((index) => row(`${gate} ${index}`, (k) => {
    const open = steps[k].gates[place][index];
    return shadedCell(open, 2 * open - 1, { "data-gate": index, title: `${gate} gate of state ${index}: ${open.toPrecision(3)}` });
  }));
}
