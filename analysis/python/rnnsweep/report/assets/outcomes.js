// ---- How the runs ended: histograms over all runs -----------------------------------------------

const HISTOGRAM = { height: 210, left: 52, right: 26, top: 10, bottom: 42 };

function outcomes(host) {
  for (const histogram of data.histograms) {
    const figure = element("div", { "data-histogram": histogram.name, "data-name": histogram.name });
    host.append(element("div", {}, element("h3", {}, histogram.title), figure));
    drawIn(figure, (width) => histogramOf(histogram, width));
  }
}

/** Stacked bars: edges [n+1], solved [n], unsolved [n]. */
function histogramOf({ title, unit, edges, log, solved, unsolved }, width) {
  const { height, left, right, top, bottom } = HISTOGRAM;
  const most = Math.max(1, ...solved.map((count, i) => count + unsolved[i]));
  const x = scale(edges[0], edges.at(-1), left, width - right, log);
  const y = scale(0, most, height - bottom, top);
  const svg = shape("svg", { width, height, role: "img", "aria-label": title });
  const shares = unit === "share";
  svg.append(
    ...y.ticks(4).filter(Number.isInteger).flatMap((tick) => [shape("line", { x1: left, x2: width - right, y1: y(tick), y2: y(tick), class: "grid" }),
      shape("text", { x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, format(tick))]),
    ...x.ticks(5).map((tick, i, ticks) => shape("text", { x: x(tick), y: height - bottom + 18, "text-anchor": "middle" }, shares ? percent(tick) : tickTexts(ticks)[i])),
    shape("text", { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, histogramAxis(unit)));
  solved.forEach((count, i) => {
    const [from, to] = [x(edges[i]), x(edges[i + 1])];
    const bar = (low, high, colour) => shape("rect", { x: from, width: Math.max(1, to - from - 1), y: y(high), height: y(low) - y(high), style: { fill: colour } });
    svg.append(bar(0, count, "var(--solved)"), bar(count, count + unsolved[i], "var(--unsolved)"),
      shape("rect", { x: from, width: to - from, y: top, height: height - top - bottom, fill: "transparent", pointerleave: hideTooltip,
        pointermove: (event) => showTooltip(event, [shares ? `${percent(edges[i])} to ${percent(edges[i + 1])}` : `${format(edges[i], 3)} to ${format(edges[i + 1], 3)}`,
          `${plural(count, "run")} solved`, `${plural(unsolved[i], "run")} not solved`]) }));
  });
  svg.append(shape("line", { x1: left, x2: width - right, y1: y(0), y2: y(0), class: "axis" }));
  return svg;
}

const histogramAxis = (unit) => (unit === "share" ? (data.sums ? "test sums wholly right" : "test sequences right") : (data.sums ? "final loss (cross entropy)" : "final loss"));
