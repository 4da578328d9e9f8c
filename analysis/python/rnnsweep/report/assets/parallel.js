// ---- Parallel coordinates -----------------------------------------------------------------------
// One line is one configuration. Each axis has two handles; what lies between all pairs of them is
// kept, here and in every other figure.

const WIRES = 2000;
const MARGIN = { top: 34, bottom: 22 };
const HEIGHT = 380;

/** At most WIRES configurations: the best tenth of them whole, the rest evenly over the ranks. */
function drawnConfigs() {
  if (configCount <= WIRES) return Array.from({ length: configCount }, (_, i) => i);
  const whole = WIRES / 10;
  const stride = (configCount - whole) / (WIRES - whole);
  return Array.from({ length: WIRES }, (_, i) => (i < whole ? i : Math.floor(whole + (i - whole) * stride)));
}

/**
 * Height of a configuration on an axis. On an axis of few levels the lines of a level spread over a
 * band, the best on top, so that the share of good ones can be seen.
 */
function heightOn(column, config, y) {
  const height = y(column.value(config));
  if (!column.spread) return height;
  return height + (config / Math.max(1, configCount - 1) - 0.5) * column.spread;
}

function parallelCoordinates(host) {
  const drawn = drawnConfigs();
  let axes = [];
  let wires = [];
  let lit = -1;

  const draw = (width) => {
    const total = Math.max(width, 96 * columns.length);
    const left = 24 + 7 * Math.max(...ticksOf({ column: columns[0], y: axisScale(columns[0]) }).map(([, text]) => text.length));
    const gap = (total - left - 56) / Math.max(1, columns.length - 1);
    const svg = shape("svg", { width: total, height: HEIGHT, class: "parallel", role: "group", "aria-label": "Parallel coordinates: one line for each configuration" });
    axes = columns.map((column, index) => {
      const levels = column.parameter ? column.parameter.levels.length : 0;
      const y = axisScale(column);
      column.spread = levels > 0 && levels <= 24 ? Math.min(26, (0.62 * (HEIGHT - MARGIN.top - MARGIN.bottom)) / levels) : 0;
      return { column, index, x: left + gap * index, y };
    });
    wires = drawn.map((config) => shape("path", {
      class: "wire",
      d: axes.map(({ column, x, y }, i) => `${i ? "L" : "M"}${x.toFixed(1)} ${heightOn(column, config, y).toFixed(1)}`).join(""),
      style: { stroke: rampColour(0.12 + 0.88 * configQuality[config]) },
    }));
    // The best are drawn last, on top.
    const layer = shape("g", { "data-layer": "wires" }, [...wires].reverse());
    svg.append(layer, ...axes.map((axis) => drawAxis(axis, axes, gap)));
    svg.addEventListener("pointermove", (event) => hover(event, svg));
    svg.addEventListener("pointerleave", () => light(-1));
    update();
    return svg;
  };

  const light = (place, event) => {
    if (lit >= 0) wires[lit]?.classList.remove("lit");
    lit = place;
    if (place < 0) return hideTooltip();
    wires[place].classList.add("lit");
    const config = drawn[place];
    showTooltip(event, [`${percent(configRate[config])} of ${plural(configs.runs[config], "run")} solved`, ...describe(config), `first run ${format(configs.first[config])}`]);
  };

  const hover = (event, svg) => {
    if (event.buttons) return;
    const box = svg.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const right = axes.findIndex((axis) => axis.x >= x);
    if (right < 1) return light(-1);
    const [a, b] = [axes[right - 1], axes[right]];
    const part = (x - a.x) / (b.x - a.x);
    let nearest = -1;
    let distance = 7;
    drawn.forEach((config, i) => {
      if (!filter.keeps[config]) return;
      const here = (1 - part) * heightOn(a.column, config, a.y) + part * heightOn(b.column, config, b.y);
      if (Math.abs(here - y) < distance) {
        distance = Math.abs(here - y);
        nearest = i;
      }
    });
    light(nearest, event);
  };

  const update = () => {
    wires.forEach((wire, i) => wire.classList.toggle("out", !filter.keeps[drawn[i]]));
    for (const axis of axes) axis.showRange?.();
  };
  drawIn(host, draw);
  byId("nav-filter").firstChild.addEventListener("click", () => filter.clear());
  onFilter(update);
  onFilter(() => showFilter(byId("filter"), byId("nav-filter")));
  byId("parallel-note").textContent = configCount > WIRES
    ? `${format(WIRES)} of ${format(configCount)} settings are drawn: the best ${format(WIRES / 10)} and the rest evenly over the ranks. The filter acts on all.`
    : "";
}

function axisScale(column) {
  const pad = column.parameter && column.high === 0 ? 1 : 0;
  const spaced = column.parameter && column.parameter.levels.length > 24 && typeof column.parameter.levels[0] === "number";
  const inner = spaced || !column.parameter ? 0 : 12;
  const [bottom, top] = [HEIGHT - MARGIN.bottom - inner, MARGIN.top + inner];
  if (!spaced) return scale(column.low - pad, column.high + pad, bottom, top);
  const { levels, log } = column.parameter;
  const place = scale(levels[0], levels.at(-1), bottom, top, log);
  const y = (code) => place(levels[Math.min(levels.length - 1, Math.max(0, Math.round(code)))]);
  y.invert = (height) => {
    const value = place.invert(height);
    const above = levels.findIndex((level) => level >= value);
    return above < 0 ? levels.length - 1 : above > 0 && value - levels[above - 1] < levels[above] - value ? above - 1 : above;
  };
  y.tickCodes = () => place.ticks(6).map((tick) => [place(tick), format(tick, 5)]);
  return y;
}

function ticksOf({ column, y }) {
  if (y.tickCodes) return y.tickCodes();
  if (!column.parameter) return y.ticks(5).map((tick) => [y(tick), column.text(tick)]);
  const count = column.parameter.levels.length;
  const every = Math.ceil(count / 14);
  return Array.from({ length: count }, (_, code) => code).filter((code) => code % every === 0).map((code) => [y(code), column.text(code)]);
}

/** An axis with its ticks, range, and the two handles of its filter. */
function drawAxis(axis, axes, gap) {
  const { column, index, x, y } = axis;
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  const last = index === axes.length - 1;
  const group = shape("g", { transform: `translate(${x} 0)` },
    shape("text", { y: 14, "text-anchor": index === 0 ? "start" : last ? "end" : "middle", x: index === 0 ? 20 - x : last ? 52 : 0, class: "strong" }, column.name),
    shape("line", { y1: top, y2: bottom, class: "axis" }),
    ticksOf(axis).map(([height, text]) => shape("text", { x: last ? 13 : -13, y: height + 4, "text-anchor": last ? "start" : "end", class: "tick" }, text)));
  const range = shape("rect", { x: -7, width: 14, class: "range" });
  const handles = [0, 1].map((end) => shape("path", {
    class: "handle", tabindex: 0, role: "slider", "data-axis": index, "data-end": end,
    "aria-label": `${column.name}, ${end ? "upper" : "lower"} bound`, "aria-valuemin": column.low, "aria-valuemax": column.high,
    d: end ? "M-9 0 L0 -8 L9 0 Z" : "M-9 0 L0 8 L9 0 Z",
  }));
  const track = shape("rect", { x: Math.max(-14, -gap / 2), width: Math.min(28, gap), y: top, height: bottom - top, class: "track" });
  group.append(range, track, ...handles);

  const current = () => filter.ranges.get(index) ?? [column.low, column.high];
  const edge = (value, end) => {
    if (!column.parameter || y.tickCodes) return y(value);
    return Math.min(bottom, Math.max(top, y(value + (end ? 0.42 : -0.42))));
  };
  axis.showRange = () => {
    const bounds = current();
    const active = filter.ranges.has(index);
    const [low, high] = [active ? edge(bounds[0], 0) : bottom, active ? edge(bounds[1], 1) : top];
    range.setAttribute("y", high);
    range.setAttribute("height", active ? Math.max(0, low - high) : 0);
    handles.forEach((handle, end) => {
      handle.setAttribute("transform", `translate(0 ${end ? high : low})`);
      handle.setAttribute("aria-valuenow", bounds[end]);
      handle.setAttribute("aria-valuetext", column.text(bounds[end]));
    });
  };
  const set = (low, high) => {
    const whole = low <= column.low && high >= column.high;
    filter.set(index, whole ? null : [Math.max(column.low, low), Math.min(column.high, high)]);
  };
  handles.forEach((handle, end) => handle.addEventListener("keydown", (event) => {
    const step = column.parameter ? Math.max(1, Math.round(column.high / 60)) : 0.05;
    const [low, high] = current();
    const here = end ? high : low;
    const to = { ArrowUp: here + step, ArrowRight: here + step, ArrowDown: here - step, ArrowLeft: here - step,
      PageUp: here + 5 * step, PageDown: here - 5 * step, Home: column.low, End: column.high }[event.key];
    if (event.key === "Escape") filter.set(index, null);
    else if (to === undefined) return;
    else if (end) set(low, Math.max(low, to));
    else set(Math.min(high, to), high);
    event.preventDefault();
  }));
  dragRange(track, handles, column, y, current, set);
  track.addEventListener("dblclick", () => filter.set(index, null));
  return group;
}

/** Dragging along an axis spans a new range; dragging a handle moves one end of it. */
function dragRange(track, handles, column, y, current, set) {
  const valueAt = (event) => {
    const top = track.ownerSVGElement.getBoundingClientRect().top;
    return Math.min(column.high, Math.max(column.low, y.invert(event.clientY - top)));
  };
  const span = (a, b) => {
    const [low, high] = a < b ? [a, b] : [b, a];
    if (!column.parameter) return [low, high];
    // Levels that are mostly inside; a short drag takes the nearest one.
    const [first, final] = [Math.ceil(low - 0.3), Math.floor(high + 0.3)];
    return first <= final ? [first, final] : [Math.round((low + high) / 2), Math.round((low + high) / 2)];
  };
  const follow = (node, begin) => node.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    node.setPointerCapture(event.pointerId);
    hideTooltip();
    const anchor = begin(valueAt(event));
    const move = (next) => {
      if (node === track && Math.abs(next.clientY - event.clientY) < 4) return;
      set(...span(anchor, valueAt(next)));
    };
    node.addEventListener("pointermove", move);
    node.addEventListener("lostpointercapture", () => node.removeEventListener("pointermove", move), { once: true });
  });
  follow(track, (value) => value);
  handles.forEach((handle, end) => follow(handle, () => current()[1 - end]));
}

/** The filter in words, each part with a button that lifts it. */
function showFilter(host, reminder) {
  const parts = [...filter.ranges].map(([index, [low, high]]) => {
    const { name, text } = columns[index];
    const words = text(low) === text(high) ? text(low) : `${text(low)} to ${text(high)}`;
    return element("button", { type: "button", title: "Lift this part of the filter", click: () => filter.set(index, null) }, `${name}: ${words} \u2715`);
  });
  const all = parts.length === 0;
  reminder.hidden = all;
  reminder.firstChild.textContent = `Filter: ${format(filter.kept)} of ${format(configCount)} \u2715`;
  host.replaceChildren(
    element("span", { "data-kept": filter.kept }, all ? `All ${plural(configCount, "setting")}` : `${format(filter.kept)} of ${plural(configCount, "setting")}`),
    ...parts,
    ...(all ? [] : [element("button", { type: "button", class: "plain", click: () => filter.clear() }, "Show all")]));
}
