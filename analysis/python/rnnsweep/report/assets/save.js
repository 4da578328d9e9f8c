// ---- Figures and tables as files ----------------------------------------------------------------

/** Offers `text` as a file to save. */
function saveFile(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

const DRAWN_STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "display", "visibility", "paint-order"];

/** The drawing as a file of its own: its styles, which are the page's, are written into it. */
function svgText(svg) {
  const copy = svg.cloneNode(true);
  const drawn = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((node, i) => {
    const style = getComputedStyle(drawn[i]);
    node.setAttribute("style", DRAWN_STYLES.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    for (const name of ["class", "tabindex", "role"]) node.removeAttribute(name);
  });
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("style", `background:${getComputedStyle(document.body).backgroundColor}`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
}

/** A button that saves what is drawn in `host`; `name` is that of the file, without its ending. */
const saveButton = (host, name) => element("button", {
  type: "button", class: "plain save noprint", title: "Save as SVG, in the colours shown", "aria-label": `Save figure ${name}`,
  click: () => saveFile(`${name}.svg`, svgText(host.querySelector("svg")), "image/svg+xml"),
}, "Save figure");
