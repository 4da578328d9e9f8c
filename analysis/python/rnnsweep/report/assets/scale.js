// ---- Scales, ticks, colours ---------------------------------------------------------------------

/** A map from [low, high] to [from, to], linear or logarithmic. */
function scale(low, high, from, to, log = false) {
  const place = log ? Math.log10 : (value) => value;
  const start = place(low);
  const span = place(high) - start || 1;
  const map = (value) => from + ((place(value) - start) / span) * (to - from);
  map.invert = (position) => {
    const value = start + ((position - from) / (to - from)) * span;
    return log ? 10 ** value : value;
  };
  map.ticks = (count) => {
    const powers = log ? decades(low, high, count) : [];
    return powers.length > 1 ? powers : steps(low, high, count);
  };
  return map;
}

/** Texts for ticks, all in the same manner: powers of ten when one of them needs it. */
function tickTexts(ticks) {
  if (!ticks.some((tick) => tick > 0 && tick < 1e-4)) return ticks.map((tick) => format(tick));
  return ticks.map((tick) => {
    if (tick === 1) return "1";
    const [factor, power] = tick.toExponential().split("e");
    return (factor === "1" ? "10" : `${factor}\u00b710`) + raised(Number(power));
  });
}

function steps(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** Powers of ten, or 1-2-5 when the range has few of them. */
function decades(low, high, count) {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const every = Math.max(1, Math.ceil((last - first) / Math.max(1, count)));
  const factors = last - first <= 2 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = first; power <= last; power += every)
    for (const factor of factors) {
      const tick = Number(`${factor}e${power}`);
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  return ticks;
}

/** The colour of a share 0..1. The mixture is left to CSS, which knows the theme. */
function rampColour(share) {
  const place = Math.min(3.9999, Math.max(0, share * 4));
  const below = Math.floor(place);
  const part = ((place - below) * 100).toFixed(1);
  return `color-mix(in oklab, var(--ramp-${below + 1}) ${part}%, var(--ramp-${below}))`;
}

/** The colour of a value -1..1. */
function balanceColour(value) {
  const part = (Math.min(1, Math.abs(value)) * 100).toFixed(1);
  return `color-mix(in oklab, var(${value < 0 ? "--minus" : "--plus"}) ${part}%, var(--zero))`;
}

const seriesColour = (index) => `var(--series-${index % 8})`;

/** Bounds of a share of successes at 95 % (Wilson 1927). */
function wilson(solved, runs) {
  if (runs === 0) return [0, 1];
  const z2 = 1.959963984540054 ** 2;
  const share = solved / runs;
  const centre = share + z2 / (2 * runs);
  const half = Math.sqrt((z2 * (z2 + 4 * solved * (1 - share))) / runs / runs) / 2;
  const bound = (value) => Math.min(1, Math.max(0, value / (1 + z2 / runs)));
  return [solved === 0 ? 0 : bound(centre - half), solved === runs ? 1 : bound(centre + half)];
}
