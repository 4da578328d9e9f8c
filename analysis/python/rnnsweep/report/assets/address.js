// ---- The address shares a view: #section?name=low..high&... ---------------------------------------
// Ranges are written by their values, so that a link holds for a later report of the same sweep.

/** The value of a column that stands in the address for a code or number, and the reverse. */
const addressText = ({ parameter }, value) => String(parameter ? parameter.levels[value] : value);

function addressCode({ parameter, low, high }, text, end) {
  if (!parameter) return text === "" || Number.isNaN(Number(text)) ? null : Math.min(high, Math.max(low, Number(text)));
  const exact = parameter.levels.findIndex((level) => String(level) === text);
  if (exact >= 0) return exact;
  if (typeof parameter.levels[0] !== "number" || text === "" || Number.isNaN(Number(text))) return null;
  const within = parameter.levels.map((level, code) => [level, code]).filter(([level]) => (end ? level <= Number(text) : level >= Number(text)));
  return within.length === 0 ? null : (end ? within.at(-1) : within[0])[1];
}

/** Writes the filter into the address, beside the section that it names. */
function writeAddress() {
  const section = location.hash.slice(1).split("?")[0];
  const ranges = [...filter.ranges].map(([index, [low, high]]) =>
    `${encodeURIComponent(columns[index].name)}=${encodeURIComponent(addressText(columns[index], low))}..${encodeURIComponent(addressText(columns[index], high))}`);
  const hash = ranges.length > 0 ? `#${section}?${ranges.join("&")}` : section ? `#${section}` : "";
  if (hash === location.hash) return;
  history.replaceState(null, "", hash || location.href.split("#")[0]);
}

/** Takes the filter from the address, and shows the section that it names. What names no column or
 *  no value of this report is left out. */
function readAddress() {
  const [section, query] = location.hash.slice(1).split("?");
  if (query !== undefined) {
    filter.ranges.clear();
    for (const part of query.split("&")) {
      const [name, range] = part.split("=").map(decodeURIComponent);
      const index = columns.findIndex((column) => column.name === name);
      const bounds = index < 0 || range === undefined ? [] : range.split("..").map((text, end) => addressCode(columns[index], text, end));
      if (bounds.length === 2 && !bounds.includes(null) && bounds[0] <= bounds[1]) filter.ranges.set(index, bounds);
    }
    filter.apply();
  }
  if (section) byId(section)?.scrollIntoView();
}

/** Links to sections keep the filter. */
function keepFilterInLinks() {
  for (const link of document.querySelectorAll('nav a[href^="#"], main a[href^="#"]'))
    link.addEventListener("click", () => setTimeout(writeAddress));
  addEventListener("hashchange", () => { if (location.hash.includes("?")) readAddress(); else writeAddress(); });
}
