// A sweep's bars and lines, drawn from the data that the service gives (SweepFigure), and saved as PNG or SVG. What is
// drawn of the trials themselves is explorer.js's.

import { small } from "./chart-formats.js";
import { lookOf, saveChart } from "./chart-look.js";
import { echarts } from "./echarts.js";

export function createFigure(element) {
  const instance = echarts.init(element, null, { renderer: "canvas" });
  const resizer = new ResizeObserver(() => instance.resize());
  resizer.observe(element);
  let shown = null;
  return {
    show(figure, dark) {
      shown = figure;
      instance.setOption(option(figure, dark), { notMerge: true });
      element.setAttribute("aria-label", `${figure.title}: ${figure.series.length} series`);
    },
    save(kind) {
      if (shown) saveChart(option(shown, false), element, shown.key, kind);
    },
    dispose() {
      resizer.disconnect();
      instance.dispose();
    },
  };
}

function option(figure, dark) {
  const { text, rule, colours, common: look } = lookOf(dark);
  const many = figure.series.length > colours.length;
  const axis = (more) => ({
    axisLabel: { color: text, hideOverlap: true }, axisLine: { lineStyle: { color: rule } },
    splitLine: { lineStyle: { color: rule } },
    nameTextStyle: { color: text }, nameLocation: "middle", ...more,
  });
  const value = (v) => (Number.isFinite(v) ? v : null);
  const common = {
    ...look, color: colours,
    legend: { ...look.legend, show: !many && figure.series.length > 1 },
    grid: { left: 4, right: 18, top: figure.series.length > 1 && !many ? 34 : 14, bottom: 4,
      outerBoundsMode: "same", outerBoundsContain: "all" },
  };
  // Bars begin at 0, but for losses, which lie so close together that they would all look alike.
  const losses = ["objective", "final-loss"].includes(figure.key);
  const y = axis({ type: "value", scale: losses || figure.kind !== "BARS", name: figure.yTitle, nameGap: 38 });
  switch (figure.kind) {
    case "BARS": {
      // The axis' title stands below its slanted labels, however long they are.
      const longest = Math.max(...figure.categories.map((c) => c.length));
      const slanted = longest > 8;
      return {
        ...common,
        tooltip: { ...common.tooltip, trigger: "axis", axisPointer: { type: "shadow" },
          formatter: (items) => barTip(figure, items) },
        xAxis: axis({ type: "category", data: figure.categories, name: figure.xTitle,
          nameGap: slanted ? 20 + Math.min(90, longest * 4.2) : 26,
          axisLabel: { color: text, rotate: slanted ? 50 : 0, fontSize: 10, hideOverlap: true } }),
        yAxis: y,
        series: figure.series.flatMap((s, i) => [
          { name: s.name, type: "bar", ...barGaps, data: s.y.map(value), color: colours[i % colours.length] },
          ...whiskers(s, i, figure.series.length, text),
        ]),
      };
    }
    default:
      return {
        ...common,
        tooltip: { ...common.tooltip, trigger: many ? "item" : "axis" },
        xAxis: axis({ type: figure.logX ? "log" : "value", logBase: 2, name: figure.xTitle, nameGap: 26,
          min: "dataMin", max: "dataMax", splitLine: { show: false },
          // The ends of a logarithmic axis are powers that were taken of logarithms: 15.999999999999995.
          axisLabel: { color: text, hideOverlap: true,
            formatter: (v) => (figure.logX ? small(v) : v.toLocaleString("en")) } }),
        yAxis: y,
        series: figure.series.map((s) => ({
          name: s.name, type: "line", showSymbol: s.x.length <= 40 && !many, symbolSize: 7,
          data: s.x.map((x, i) => [x, value(s.y[i])]),
          lineStyle: { width: many ? 1 : 2, opacity: many ? 0.7 : 1 },
        })),
      };
  }
}

// Told to the bars and to their whiskers alike: left to itself ECharts goes by how many bars there are.
const barGaps = { barGap: "10%", barCategoryGap: "25%" };

const barTip = (figure, items) => {
  const at = items[0].dataIndex;
  return `${echarts.format.encodeHTML(figure.categories[at])}<br>` + figure.series.map((s) => {
    const v = s.y[at];
    if (!Number.isFinite(v)) return "";
    const spread = s.deviation?.[at];
    const words = spread ? ` ± ${+spread.toPrecision(3)}` : "";
    return `${echarts.format.encodeHTML(s.name)} <b>${+v.toPrecision(6)}</b>${words}<br>`;
  }).join("");
};

// The standard deviation over repeats, as a line on each bar.
function whiskers(series, place, count, colour) {
  if (!series.deviation?.length) return [];
  return [{
    name: series.name, type: "custom", silent: true, z: 5, tooltip: { show: false }, legendHoverLink: false,
    // From and to: the axis must reach both.
    encode: { x: 0, y: [1, 2] },
    data: series.y.map((v, i) => [i, v - series.deviation[i], v + series.deviation[i]])
      .filter((_, i) => Number.isFinite(series.y[i]) && series.deviation[i] > 0),
    renderItem: (_, api) => {
      const layout = api.barLayout({ count, ...barGaps })[place];
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const high = api.coord([api.value(0), api.value(2)])[1];
      const at = x + layout.offsetCenter;
      const line = (x1, y1, x2, y2) =>
        ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: colour, lineWidth: 1.5 } });
      return { type: "group", children: [
        line(at, low, at, high), line(at - 4, low, at + 4, low), line(at - 4, high, at + 4, high),
      ] };
    },
  }];
}
