// ---- Elements, numbers, tooltip -----------------------------------------------------------------
// Text from a results file only ever becomes a text node: nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "style") Object.assign(node.style, value);
    else if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  return put(node, children);
}

/** Appends children, leaving out what is null. */
function put(node, children) {
  node.append(...children.flat().filter((child) => child != null));
  return node;
}

/** An HTML element. Functions among the attributes are event listeners. */
const element = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

/** An SVG element, likewise. */
const shape = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

const byId = (id) => document.getElementById(id);

const SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";
const raised = (power) => (power < 0 ? "\u207b" : "") + [...String(Math.abs(power))].map((digit) => SUPERSCRIPTS[digit]).join("");

/** 4 significant digits, without trailing zeros; whole numbers whole; 0.00001 as 10\u207b\u2075. */
function format(value, digits = 4) {
  if (value == null || Number.isNaN(value)) return "\u2013";
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : "\u2212\u221e";
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return value.toLocaleString("en").replace("-", "\u2212");
  const rounded = Number(value.toPrecision(digits));
  if (Math.abs(rounded) >= 1e-4 && Math.abs(rounded) < 1e9) return String(rounded).replace("-", "\u2212");
  const [factor, power] = rounded.toExponential().split("e");
  const times = factor === "1" ? "10" : `${factor.replace("-", "\u2212")}\u00b710`;
  return times + raised(Number(power));
}

/** A share as per cent: 100, 99.5 and 0.12, but never 100 or 0 for what is not. */
function percent(share) {
  if (Number.isNaN(share)) return "–";
  const value = 100 * share;
  if (value === 0 || value === 100) return `${value}\u202f%`;
  const digits = value < 1 || value > 99 ? 2 : value < 10 || value > 90 ? 1 : 0;
  return `${value.toFixed(digits)}\u202f%`;
}

const plural = (count, word) => `${format(count)} ${word}${count === 1 ? "" : "s"}`;

/** Shows lines of text beside the pointer or a place {clientX, clientY}; the first line is bold. */
function showTooltip(place, [title, ...lines]) {
  const box = byId("tooltip");
  box.replaceChildren(element("strong", {}, title), ...lines.map((line) => element("div", {}, line)));
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const left = Math.min(place.clientX + 14, innerWidth - width - 8);
  const below = place.clientY + 16;
  box.style.left = `${Math.max(8, left)}px`;
  box.style.top = `${below + height > innerHeight ? Math.max(8, place.clientY - height - 12) : below}px`;
}

function hideTooltip() {
  byId("tooltip").hidden = true;
}

/** Centre of a drawn element, as a place for the tooltip. */
function placeOf(node) {
  const { left, width, top, height } = node.getBoundingClientRect();
  return { clientX: left + width / 2, clientY: top + height / 2 };
}

/** What scrolls sideways can be scrolled by the keyboard, and has a name. */
function reachScrollAreas() {
  for (const area of document.querySelectorAll(".scroll, main pre")) {
    area.tabIndex = 0;
    area.setAttribute("role", "region");
    area.setAttribute("aria-label", area.closest("section").querySelector("h2").textContent);
  }
}

/** A labelled <select>; options are [value, text] pairs. */
function choice(label, options, value, onChange) {
  const list = element("select", { change: () => onChange(list.value) },
    options.map(([key, text]) => element("option", { value: key, selected: String(key) === String(value) }, text)));
  return element("label", {}, label, list);
}

/** Draws now and whenever the width of `host` changes. Returns a function that draws again. */
function drawIn(host, draw) {
  let width = 0;
  const redraw = () => {
    hideTooltip();
    const svg = draw(width);
    // Paper is narrower than a screen: with a view box, drawings shrink there.
    svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
    host.replaceChildren(svg);
  };
  const heading = host.closest("section").id + (host.dataset.name ? `-${host.dataset.name}` : "");
  host.after(saveButton(host, heading));
  new ResizeObserver(([entry]) => {
    const wide = Math.floor(entry.contentRect.width);
    if (wide === width || wide === 0) return;
    width = wide;
    redraw();
  }).observe(host);
  return () => { if (width > 0) redraw(); };
}
