// A sweep's trials: the objective of each, one colour a data set, with the untuned model's loss as a line.

import { echarts } from "./echarts.js";

const colours = {
  light: ["#0b5cad", "#c2570c", "#1a7f4b", "#8b3fa8"],
  dark: ["#6cb2ff", "#ffb066", "#4cc38a", "#d29bf0"],
};

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
  const text = dark ? "#c3ccd6" : "#3a4653";
  const rule = dark ? "#2b3440" : "#e3e8ee";
  const palette = colours[dark ? "dark" : "light"];
  return {
    animation: false,
    textStyle: { color: text, fontFamily: "system-ui, sans-serif" },
    grid: { left: 8, right: 16, top: 34, bottom: 26, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: text }, data: groups.map((g) => g.name) },
    tooltip: {
      trigger: "item", confine: true, transitionDuration: 0, backgroundColor: dark ? "#222b36" : "#ffffff", borderColor: rule,
      textStyle: { color: text, fontSize: 12 },
      formatter: ({ data, seriesName }) => Array.isArray(data)
        ? `Trial ${data[0]} · ${echarts.format.encodeHTML(seriesName)}<br><b>${data[1].toFixed(4)}</b><br>${echarts.format.encodeHTML(data[2])}`
        : "",
    },
    xAxis: { type: "value", name: "trial", nameLocation: "middle", nameGap: 24, nameTextStyle: { color: text }, minInterval: 1,
      min: 0, max: total + 1, axisLabel: { color: text, showMaxLabel: false }, axisLine: { lineStyle: { color: rule } }, splitLine: { show: false } },
    // A line alone does not widen the axis.
    yAxis: { type: "value", scale: true, max: (v) => Math.max(v.max, ...initials) + 0.05, axisLabel: { color: text, formatter: (v) => `${+v.toPrecision(3)}`, showMaxLabel: false },
      splitLine: { lineStyle: { color: rule } } },
    series: groups.map((group, i) => ({
      id: group.name, name: group.name, type: "scatter", symbolSize: 10, data: group.points, color: palette[i % palette.length],
      markLine: group.initial === null ? undefined : {
        silent: true, symbol: "none", data: [{ yAxis: group.initial }], lineStyle: { color: palette[i % palette.length], type: "dashed" },
        label: { formatter: `untuned ${group.initial.toFixed(3)}`, position: "insideEndTop", color: text, fontSize: 10 },
      },
    })),
  };
}
