// How the charts write their numbers.

const short = (value, digits = 3) => {
  const size = Math.abs(value);
  for (const [unit, scale] of [[" T", 1e12], [" G", 1e9], [" M", 1e6], [" k", 1e3]]) {
    if (size >= scale * 9.995 || (size >= scale && scale > 1e3)) {
      return `${+(value / scale).toPrecision(digits)}${unit}`;
    }
  }
  return `${+value.toPrecision(digits + 1)}`;
};

const duration = (s) => {
  if (s < 120) return `${+s.toPrecision(3)} s`;
  if (s < 7200) return `${+(s / 60).toPrecision(3)} min`;
  return `${+(s / 3600).toPrecision(3)} h`;
};

// Numbers of any size without the last digits that arithmetic left on them: 0.1, 16, 2.5e−4.
export const small = (v, digits = 6) => (v === 0 ? "0"
  : Math.abs(v) < 0.001 ? v.toExponential(2).replace(/\.?0+e/, "e").replace("e-", "e−") : `${+v.toPrecision(digits)}`);

export const formats = {
  loss: (v) => v.toFixed(4),
  small: (v) => small(v, 4),
  rate: (v) => `${short(v)} tok/s`,
  bytes: (v) => `${short(v)}B`,
  share: (v) => `${(v * 100).toFixed(1)} %`,
  seconds: duration,
};

export const axisFormats = {
  loss: (v) => `${+v.toPrecision(4)}`,
  small: (v) => small(v),
  rate: (v) => short(v),
  bytes: (v) => (v === 0 ? "0" : `${short(v)}B`),
  share: (v) => `${+(v * 100).toPrecision(3)} %`,
  seconds: duration,
};

// The ends of a logarithmic axis: numbers that one would write down.
const roundSteps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
const rounded = (value, choose) => {
  if (!(value > 0) || !Number.isFinite(value)) return value;
  const scale = 10 ** Math.floor(Math.log10(value));
  return +(choose(value / scale * (1 - 1e-12)) * scale).toPrecision(6);
};
export const roundDown = (value) => rounded(value, (v) => roundSteps.findLast((s) => s <= v + 1e-9) ?? 1);
export const roundUp = (value) => rounded(value, (v) => roundSteps.find((s) => s >= v - 1e-9) ?? 10);

// In the reader's time zone, which is the browser's.
const clock = (options) => {
  const format = new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", ...options });
  return (v) => format.format(v * 1000);
};
const time = clock({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const full = clock({
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

export const xFormats = {
  step: (v) => short(v), tokens: (v) => short(v), seconds: duration, clock: time, resume: (v) => short(v),
};
export const xFull = {
  step: (v) => `Step ${v.toLocaleString("en")}`, tokens: (v) => `${short(v, 4)} tokens`, seconds: duration, clock: full,
  resume: (v) => `${v.toLocaleString("en")} steps since the resume`,
};
export const xNames = {
  step: "step", tokens: "tokens", seconds: "time", clock: "the clock", resume: "step since the resume",
};
