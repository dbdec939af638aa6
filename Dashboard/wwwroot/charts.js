// Live curves over Apache ECharts. Buffers stay here; .NET sends points as bytes, and only series that changed are
// handed to ECharts, at most every 300 ms and never while the page is hidden.

import { axisFormats, formats, roundDown, roundUp, xFormats, xFull, xNames } from "./chart-formats.js";
import { lookOf, saveChart } from "./chart-look.js";
import { echarts } from "./echarts.js";
import { saveText } from "./files.js";

const flushMilliseconds = 300;
const mostBuckets = 1600;
// Lines beyond the palette take its colours again with another stroke.
const strokes = ["solid", "dashed", "dotted"];

export const createBoard = (host, dotnet, settings) => new Board(host, dotnet, settings);

// Stands for the step of a place where a line is broken: x goes back there, since a resume is where it is counted from.
const gap = -1;

function withGaps(series) {
  for (let i = series.x.length - 1; i > 0; i--) {
    if (series.x[i] >= series.x[i - 1]) continue;
    series.step.splice(i, 0, gap);
    series.x.splice(i, 0, series.x[i]);
    for (const values of [series.last, series.min, series.max, series.smoothed]) values?.splice(i, 0, NaN);
  }
  return series;
}

class Board {
  constructor(host, dotnet, settings) {
    this.host = host;
    this.dotnet = dotnet;
    this.settings = { axis: "step", dark: false, log: [], range: null, live: false, ...settings };
    this.series = [];
    this.reach = [Infinity, -Infinity];
    this.touched = new Set();
    this.pending = new Map();
    this.lastPoint = 0;
    this.charts = new Map();
    this.hover = null;
    this.undrawn = new Set();
    this.resizer = new ResizeObserver(() => this.charts.forEach((c) => c.instance?.resize()));
    this.onVisible = () => document.hidden || this.#flushSoon();
    document.addEventListener("visibilitychange", this.onVisible);
    this.ticker = setInterval(() => document.hidden || this.#captions(), 1000);
  }

  // Takes the place of everything drawn so far.
  load(look, charts, definitions, bytes) {
    Object.assign(this.settings, look);
    for (const [key, chart] of this.charts) {
      if (charts.some((c) => c.key === key) && chart.element.isConnected) continue;
      this.resizer.unobserve(chart.element);
      chart.instance?.dispose();
      this.charts.delete(key);
    }
    for (const chart of charts) this.charts.has(chart.key) || this.#create(chart);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    const read = (n, size, get) => Array.from({ length: n }, () => get((at += size) - size));
    const floats = (n) => read(n, 4, (o) => view.getFloat32(o, true));
    this.series = definitions.map((definition) => {
      const n = definition.count;
      return withGaps({
        ...definition,
        step: read(n, 4, (o) => view.getUint32(o, true)),
        x: read(n, 8, (o) => view.getFloat64(o, true)),
        last: floats(n),
        min: floats(n),
        max: floats(n),
        smoothed: definition.smoothed ? floats(n) : null,
      });
    });
    this.crowded = false;
    this.reach = [Infinity, -Infinity];
    for (const { x } of this.series) x.forEach((value) => this.#reachTo(value));
    this.#renderAll();
  }

  // New points, 20 bytes each: series u32, step u32, x f64, value f32.
  append(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.byteLength; at += 20) {
      const series = this.series[view.getUint32(at, true)];
      if (!series) continue;
      this.#add(series, view.getUint32(at + 4, true), view.getFloat64(at + 8, true), view.getFloat32(at + 16, true));
    }
    this.lastPoint = performance.now();
    this.#flushSoon();
  }

  setView(view) {
    Object.assign(this.settings, view);
    this.#renderAll();
  }

  dispose() {
    clearInterval(this.ticker);
    clearTimeout(this.timer);
    clearTimeout(this.drawer);
    document.removeEventListener("visibilitychange", this.onVisible);
    this.resizer.disconnect();
    this.charts.forEach((c) => c.instance?.dispose());
    this.charts.clear();
  }

  // PNG at three times the size, or SVG; in light colours, for print.
  export(key, kind) {
    const chart = this.charts.get(key);
    if (!chart) return;
    const dark = this.settings.dark;
    this.settings.dark = false;
    saveChart(this.#option(chart), chart.element, key, kind);
    this.settings.dark = dark;
  }

  // What is shown, as a table.
  exportCsv(key) {
    const rows = ["series,step,x,last,min,max,smoothed"];
    for (const s of this.series.filter((s) => s.chart === key)) {
      for (let i = 0; i < s.x.length; i++) {
        if (s.step[i] === gap) continue;
        rows.push([`"${s.label.replaceAll('"', '""')}"`, s.step[i], s.x[i], s.last[i], s.min[i], s.max[i],
          s.smoothed ? s.smoothed[i] : ""].join(","));
      }
    }
    saveText(`${key}.csv`, "text/csv", `${rows.join("\n")}\n`);
  }

  #create(definition) {
    const element = this.host.querySelector(`[data-chart="${definition.key}"]`);
    const caption = this.host.querySelector(`[data-caption="${definition.key}"]`);
    const chart = { ...definition, element, instance: null, caption };
    this.charts.set(definition.key, chart);
    this.resizer.observe(element);
  }

  #reachTo(x) {
    if (x < this.reach[0]) this.reach[0] = x;
    if (x > this.reach[1]) this.reach[1] = x;
  }

  #add(series, step, x, value) {
    const end = series.x.length - 1;
    if (end >= 0 && step <= series.step[end]) return;
    if (this.settings.range && x > this.settings.range[1]) return;
    const bucketOf = (at) => Math.floor(at / series.bucketSteps);
    const same = end >= 0 && bucketOf(series.step[end]) === bucketOf(step);
    let smoothed = value;
    if (series.smoothed && end >= 0 && Number.isFinite(value)) {
      const keep = 0.5 ** ((step - series.step[end]) / series.halfLife);
      const before = series.smoothed[end];
      smoothed = Number.isFinite(before) ? keep * before + (1 - keep) * value : value;
    }
    const i = same ? end : end + 1;
    this.#reachTo(x);
    series.step[i] = step;
    series.x[i] = x;
    series.last[i] = value;
    series.min[i] = same ? Math.min(series.min[i], value) : value;
    series.max[i] = same ? Math.max(series.max[i], value) : value;
    if (series.smoothed) series.smoothed[i] = smoothed;
    series.points++;
    this.touched.add(series);
    if (series.x.length > mostBuckets && !this.crowded) {
      this.crowded = true;
      this.dotnet.invokeMethodAsync("ReloadCurves");
    }
  }

  #flushSoon() {
    if (this.timer || document.hidden) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      const charts = new Map();
      for (const series of this.touched) {
        charts.set(series.chart, [...(charts.get(series.chart) ?? []), ...this.#lines(series)]);
      }
      this.touched.clear();
      charts.forEach((series, key) => {
        const chart = this.charts.get(key);
        if (chart && !this.undrawn.has(chart)) chart.instance.setOption({ series }, { lazyUpdate: true });
      });
      this.#captions();
    }, flushMilliseconds);
  }

  // The first one in view at once, the others one by one, so that nobody waits for charts that are not the first and
  // the page answers in between.
  #renderAll() {
    this.touched.clear();
    clearTimeout(this.drawer);
    const all = [...this.charts.values()];
    const inView = all.filter((chart) => this.#isInView(chart));
    this.undrawn = new Set([...inView, ...all]);
    if (inView.length) this.#draw(inView[0]);
    this.#captions();
    const drawNext = () => {
      const next = this.undrawn.values().next().value;
      if (!next) {
        this.host.parentElement?.setAttribute("aria-busy", "false");
        return;
      }
      this.#draw(next);
      this.drawer = setTimeout(drawNext);
    };
    this.drawer = setTimeout(drawNext);
  }

  #isInView({ element }) {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  }

  #draw(chart) {
    this.undrawn.delete(chart);
    if (!chart.instance) {
      chart.instance = echarts.init(chart.element, null, { renderer: "canvas" });
      this.#brush(chart);
      this.#point(chart);
    }
    chart.instance.setOption(this.#option(chart), { replaceMerge: ["series"], lazyUpdate: false });
  }

  // Reference lines must lie on the axis.
  #reach(chart) {
    const values = (chart.lines ?? []).map((l) => l.value);
    if (!values.length) return {};
    return { min: (v) => Math.min(v.min, ...values) * 0.95, max: (v) => Math.max(v.max, ...values) * 1.05 };
  }

  #isLog(chart) {
    return this.settings.log.includes(chart.key);
  }

  #colour(series) {
    const { colours } = this.#look();
    return colours[series.colour % colours.length];
  }

  #look() {
    return lookOf(this.settings.dark);
  }

  #stroke(series) {
    return strokes[Math.floor(series.colour / this.#look().colours.length) % strokes.length];
  }

  #option(chart) {
    const { axis, dark, range } = this.settings;
    const { text, rule, common } = this.#look();
    const mine = this.series.filter((s) => s.chart === chart.key);
    // Where lines are runs, the page names them beside their colours.
    const legend = mine.length > 1 && !this.settings.named;
    const axisText = { color: text, hideOverlap: true };
    return {
      ...common,
      backgroundColor: "transparent",
      aria: { enabled: false },
      grid: { left: 8, right: 18, top: legend ? 30 : 12, bottom: 8,
        outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: { ...common.legend, show: legend, icon: "roundRect", itemHeight: 4,
        inactiveColor: dark ? "#4a5563" : "#b9c2cc", data: mine.map((s) => s.label) },
      tooltip: { ...common.tooltip, trigger: "axis", appendTo: "body", formatter: (items) => this.#tip(chart, items) },
      axisPointer: { lineStyle: { color: text, type: "dashed" } },
      xAxis: {
        // One range for all charts: what happened at one moment stands below it in the others.
        type: "value", min: range?.[0] ?? ((v) => Math.min(v.min, this.reach[0])),
        max: range?.[1] ?? ((v) => Math.max(v.max, this.reach[1])),
        // The ends are seldom round numbers; they would stand against their neighbours.
        axisLabel: { ...axisText, formatter: xFormats[axis], showMinLabel: false, showMaxLabel: false },
        axisLine: { lineStyle: { color: rule } },
        splitLine: { show: false }, axisTick: { show: false }, splitNumber: 5,
      },
      yAxis: {
        ...(this.#isLog(chart)
          ? { type: "log", logBase: 2, min: (v) => roundDown(v.min), max: (v) => roundUp(v.max) }
          : { type: "value", scale: ["loss", "small", "share"].includes(chart.format), ...this.#reach(chart) }),
        axisLabel: { ...axisText, formatter: axisFormats[chart.format] },
        splitLine: { lineStyle: { color: rule } }, splitNumber: 4,
      },
      series: [...mine.flatMap((s) => this.#lines(s)), ...this.#references(chart, mine, text)],
    };
  }

  #lines(series) {
    const chart = this.charts.get(series.chart);
    if (!chart) return [];
    const log = this.#isLog(chart);
    const usable = (v) => (Number.isFinite(v) && (!log || v > 0) ? v : null);
    const pairs = (values) => values.map((v, i) => [series.x[i], usable(v)]);
    const colour = this.#colour(series);
    const few = series.x.length <= 40;
    const smooth = series.smoothed !== null;
    const line = {
      id: series.key, name: series.label, type: "line", data: pairs(series.last), sampling: "minmax", clip: true,
      showSymbol: few, symbol: "circle", symbolSize: 5, color: colour, z: smooth ? 2 : 4, connectNulls: false,
      lineStyle: { width: smooth ? 1 : 1.6, opacity: smooth ? 0.3 : 1, type: this.#stroke(series) },
      emphasis: { disabled: true },
      markLine: this.#resumes(series, colour, this.#look().text),
    };
    if (smooth) line.showSymbol = false;
    const result = [line];
    if (smooth) {
      result.push({
        id: `${series.key}/smooth`, name: series.label, type: "line", data: pairs(series.smoothed), sampling: "minmax",
        showSymbol: false, color: colour, z: 5, lineStyle: { width: 2, type: this.#stroke(series) },
        emphasis: { disabled: true },
      });
    }
    if (series.bucketSteps > 1) result.push(this.#band(series, usable, colour));
    return result;
  }

  // The lowest and the highest value of each bucket, so that no spike is lost.
  #band(series, usable, colour) {
    const opacity = 0.22 / Math.max(1, this.series.filter((s) => s.chart === series.chart).length / 3);
    const kept = series.x.map((_, i) => i)
      .filter((i) => usable(series.min[i]) !== null && usable(series.max[i]) !== null);
    const parts = [];
    kept.forEach((i, place) => {
      if (place === 0 || series.x[i] < series.x[kept[place - 1]]) parts.push([]);
      parts.at(-1).push(i);
    });
    let low = Infinity, high = -Infinity;
    for (const i of kept) {
      low = Math.min(low, series.min[i]);
      high = Math.max(high, series.max[i]);
    }
    return {
      id: `${series.key}/band`, name: series.label, type: "custom", silent: true, clip: true, z: 1,
      tooltip: { show: false },
      data: kept.length ? [[series.x[kept[0]], low], [series.x[kept.at(-1)], high]] : [],
      renderItem: (params, api) => {
        if (params.dataIndex !== 0) return undefined;
        const outline = (part) => part.map((i) => api.coord([series.x[i], series.max[i]]))
          .concat(part.toReversed().map((i) => api.coord([series.x[i], series.min[i]])));
        return { type: "group", silent: true, children: parts.map((part) =>
          ({ type: "polygon", shape: { points: outline(part) }, style: { fill: colour, opacity }, silent: true })) };
      },
    };
  }

  // Values to measure oneself by, such as GPT-2's; drawn whether or not they lie near the curve.
  #references(chart, mine, text) {
    if (!chart.lines?.length || !mine.length) return [];
    return [{
      id: "references", name: "references", type: "line", data: [], silent: true,
      markLine: {
        silent: true, symbol: "none", animation: false, lineStyle: { color: text, type: "dashed", opacity: 0.7 },
        label: { position: "insideStartTop", color: text, fontSize: 10, formatter: (p) => p.name },
        data: chart.lines.map((l) => ({ yAxis: l.value, name: `${l.label} ${formats[chart.format](l.value)}` })),
      },
    }];
  }

  #resumes(series, colour, text) {
    if (this.settings.axis === "resume") return undefined;
    const data = (series.resumes ?? []).map((step) => {
      const i = series.step.findIndex((s) => s >= step);
      return { xAxis: this.settings.axis === "step" || i < 0 ? step : series.x[i] };
    });
    return {
      silent: true, symbol: "none", animation: false, data,
      label: { formatter: "resumed", position: "insideEndTop", fontSize: 10, color: text, textBorderWidth: 0 },
      lineStyle: { color: colour, type: "dotted", opacity: 0.8 },
    };
  }

  #tip(chart, items) {
    const rows = [];
    let head = "";
    for (const item of items) {
      const series = this.series.find((s) => s.key === item.seriesId);
      if (!series) continue;
      const i = item.dataIndex;
      if (series.step[i] === gap) continue;
      head ||= xFull[this.settings.axis](series.x[i]);
      const format = formats[chart.format];
      const spread = series.bucketSteps > 1
        ? ` <small>(${format(series.min[i])} … ${format(series.max[i])})</small>`
        : "";
      const smooth = series.smoothed ? `, smoothed ${format(series.smoothed[i])}` : "";
      const label = echarts.format.encodeHTML(series.label);
      rows.push(`${item.marker}${label} <b>${format(series.last[i])}</b>${smooth}${spread}`);
    }
    return rows.length ? `${head}<br>${rows.join("<br>")}` : "";
  }

  #captions() {
    this.charts.forEach((chart) => {
      const mine = this.series.filter((s) => s.chart === chart.key && s.x.length);
      const most = mine.reduce((a, b) => (a && a.points >= b.points ? a : b), null);
      let words = "no points yet";
      if (most) {
        words = `${most.points.toLocaleString("en")} ${most.points === 1 ? "point" : "points"}`;
        if (most.bucketSteps > 1) words += ` · a bucket is ${most.bucketSteps.toLocaleString("en")} steps`;
        if (this.settings.live && this.lastPoint) {
          words += ` · last ${Math.max(0, Math.round((performance.now() - this.lastPoint) / 1000))} s ago`;
        }
      }
      if (chart.caption && chart.caption.textContent !== words) chart.caption.textContent = words;
      const values = mine.map((s) =>
        `${s.label} ${formats[chart.format](s.last.at(-1))} at step ${s.step.at(-1).toLocaleString("en")}`);
      const by = `${chart.title} by ${xNames[this.settings.axis]}.`;
      chart.element.setAttribute("aria-label", `${by} ${values.join(", ") || "No points yet"}`);
    });
  }

  // Dragging across a chart zooms all of the board's charts; a double click shows everything again.
  #brush(chart) {
    const zr = chart.instance.getZr();
    let from = null, box = null;
    const toX = (px) => chart.instance.convertFromPixel({ xAxisIndex: 0 }, px);
    const inside = (e) => chart.instance.containPixel({ gridIndex: 0 }, [e.offsetX, e.offsetY]);
    const end = () => {
      box?.remove();
      box = from = null;
    };
    zr.on("mousedown", (e) => {
      if (e.event?.pointerType === "touch" || !inside(e)) return;
      from = e.offsetX;
    });
    zr.on("mousemove", (e) => {
      if (from === null || Math.abs(e.offsetX - from) < 4) return;
      if (!box) {
        box = document.createElement("div");
        box.className = "chart-brush";
        chart.element.append(box);
      }
      box.style.left = `${Math.min(from, e.offsetX)}px`;
      box.style.width = `${Math.abs(e.offsetX - from)}px`;
    });
    zr.on("mouseup", (e) => {
      const range = box && [toX(from), toX(e.offsetX)].sort((a, b) => a - b);
      end();
      if (range) this.#zoom(range);
    });
    zr.on("globalout", end);
    zr.on("dblclick", () => this.#zoom(null));
  }

  // The pointer over one chart points at the same x in all others. By value: their points stand at different places.
  #point(chart) {
    const zr = chart.instance.getZr();
    zr.on("mousemove", (e) => {
      if (!chart.instance.containPixel({ gridIndex: 0 }, [e.offsetX, e.offsetY])) return;
      const x = chart.instance.convertFromPixel({ xAxisIndex: 0 }, e.offsetX);
      if (this.hover === null) requestAnimationFrame(() => this.#pointOthers());
      this.hover = { chart, x };
    });
    zr.on("globalout", () => {
      this.hover = null;
      this.charts.forEach((c) => c !== chart && c.instance?.dispatchAction({ type: "hideTip" }));
    });
  }

  #pointOthers() {
    const hover = this.hover;
    this.hover = null;
    if (!hover) return;
    this.charts.forEach((other) => {
      if (other === hover.chart || this.undrawn.has(other) || other.element.clientHeight === 0) return;
      const px = other.instance.convertToPixel({ xAxisIndex: 0 }, hover.x);
      if (!Number.isFinite(px)) return;
      other.instance.dispatchAction({ type: "showTip", x: px, y: other.element.clientHeight / 2 });
    });
  }

  #zoom(range) {
    this.settings.range = range;
    // Asked for first: the finer curves are on their way while the coarse ones are drawn.
    this.dotnet.invokeMethodAsync("ZoomedAsync", range?.[0] ?? null, range?.[1] ?? null);
    this.#renderAll();
  }
}
