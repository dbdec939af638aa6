// A sweep's trials: the objective of each, one colour a data set, with the untuned model's loss as a line.

import { lookOf } from "./chart-look.js";
import { echarts } from "./echarts.js";

export function createTrials(element) {
  const instance = echarts.init(element, null, { renderer: "canvas" });
  const resizer = new ResizeObserver(() => instance.resize());
  resizer.observe(element);
  return {
    // data: {dark, total, groups: [{name, initial, points: [[number, objective, settings]]}], objective}
    show(data) {
      instance.setOption(option(data), { replaceMerge: ["series"], lazyUpdate: true });
      const count = data.groups.reduce((n, g) => n + g.points.length, 0);
      element.setAttribute("aria-label", `${data.objective} of ${count} trials`);
    },
    dispose() {
      resizer.disconnect();
      instance.dispose();
    },
  };
}

function option({ dark, groups, total }) {
  const initials = groups.map((g) => g.initial).filter((v) => v !== null);
  const { text, rule, colours, common } = lookOf(dark);
  return {
    ...common,
    grid: { left: 8, right: 16, top: 34, bottom: 26, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { ...common.legend, data: groups.map((g) => g.name) },
    tooltip: {
      ...common.tooltip, trigger: "item",
      formatter: ({ data, seriesName }) => Array.isArray(data)
        ? `Trial ${data[0]} · ${echarts.format.encodeHTML(seriesName)}<br><b>${data[1].toFixed(4)}</b><br>`
          + echarts.format.encodeHTML(data[2])
        : "",
    },
    xAxis: { type: "value", name: "trial", nameLocation: "middle", nameGap: 24, nameTextStyle: { color: text },
      minInterval: 1, min: 0, max: total + 1, axisLabel: { color: text, showMaxLabel: false },
      axisLine: { lineStyle: { color: rule } }, splitLine: { show: false } },
    // A line alone does not widen the axis.
    yAxis: { type: "value", scale: true, max: (v) => Math.max(v.max, ...initials) + 0.05,
      axisLabel: { color: text, formatter: (v) => `${+v.toPrecision(3)}`, showMaxLabel: false },
      splitLine: { lineStyle: { color: rule } } },
    series: groups.map((group, i) => ({
      id: group.name, name: group.name, type: "scatter", symbolSize: 10, data: group.points,
      color: colours[i % colours.length],
      markLine: group.initial === null ? undefined : {
        silent: true, symbol: "none", data: [{ yAxis: group.initial }],
        lineStyle: { color: colours[i % colours.length], type: "dashed" },
        label: {
          formatter: `untuned ${group.initial.toFixed(3)}`, position: "insideEndTop", color: text, fontSize: 10,
        },
      },
    })),
  };
}
