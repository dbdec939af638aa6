// A sweep's figures, drawn from the data that the service gives (SweepFigure), and saved as PNG or SVG.

const echarts = globalThis.echarts;
const palettes = {
  light: ["#0b5cad", "#c2570c", "#1a7f4b", "#8b3fa8", "#b0243a", "#00798c", "#7a6200", "#5b5f97"],
  dark: ["#6cb2ff", "#ffb066", "#4cc38a", "#d29bf0", "#ff8a9a", "#58c7d6", "#d8bd4a", "#a9aee0"],
};

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
    // In light colours, for print.
    save(kind) {
      if (!shown) return;
      const size = { width: element.clientWidth, height: element.clientHeight };
      const copy = kind === "svg"
        ? echarts.init(null, null, { renderer: "svg", ssr: true, ...size })
        : echarts.init(document.createElement("div"), null, size);
      copy.setOption(option(shown, false));
      const url = kind === "svg"
        ? URL.createObjectURL(new Blob([copy.renderToSVGString()], { type: "image/svg+xml" }))
        : copy.getDataURL({ pixelRatio: 3, backgroundColor: "#fff" });
      copy.dispose();
      const link = document.createElement("a");
      link.href = url;
      link.download = `${shown.key}.${kind}`;
      link.click();
      if (url.startsWith("blob:")) URL.revokeObjectURL(url);
    },
    dispose() {
      resizer.disconnect();
      instance.dispose();
    },
  };
}

function option(figure, dark) {
  const text = dark ? "#c3ccd6" : "#3a4653";
  const rule = dark ? "#2b3440" : "#e3e8ee";
  const colour = palettes[dark ? "dark" : "light"];
  const many = figure.series.length > colour.length;
  const axis = (more) => ({ axisLabel: { color: text, hideOverlap: true }, axisLine: { lineStyle: { color: rule } }, splitLine: { lineStyle: { color: rule } },
    nameTextStyle: { color: text }, nameLocation: "middle", ...more });
  const value = (v) => (Number.isFinite(v) ? v : null);
  const common = {
    animation: false, color: colour, textStyle: { color: text, fontFamily: "system-ui, sans-serif" },
    tooltip: { confine: true, transitionDuration: 0, backgroundColor: dark ? "#222b36" : "#fff", borderColor: rule, textStyle: { color: text, fontSize: 12 } },
    legend: { show: !many && figure.series.length > 1 && figure.kind !== "HEAT_MAP" && figure.kind !== "PARALLEL", top: 0, left: 0, type: "scroll", textStyle: { color: text } },
    grid: { left: 30, right: 18, top: 34, bottom: 30, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
  };
  const y = axis({ type: "value", scale: true, name: figure.yTitle, nameGap: 52 });
  switch (figure.kind) {
    case "BARS":
      return { ...common, tooltip: { ...common.tooltip, trigger: "axis" },
        xAxis: axis({ type: "category", data: figure.categories, name: figure.xTitle, nameGap: 74, axisLabel: { color: text, rotate: 50, fontSize: 10 } }), yAxis: y,
        grid: { ...common.grid, bottom: 44 },
        series: figure.series.map((s) => ({ name: s.name, type: "bar", data: s.y.map(value) })) };
    case "RADAR":
      return { ...common, radar: { radius: "62%", center: ["50%", "56%"], axisName: { color: text }, splitLine: { lineStyle: { color: rule } }, splitArea: { show: false },
        indicator: figure.axes.map((a) => ({ name: a.labels.length ? `${a.name} (${a.labels[0]}–${a.labels.at(-1)})` : a.name, min: a.min, max: a.max })) },
        series: [{ type: "radar", data: figure.series.map((s) => ({ name: s.name, value: s.y, areaStyle: { opacity: 0.15 } })) }] };
    case "PARALLEL": {
      const last = figure.axes.length - 1;
      return { ...common,
        parallel: { left: 50, right: 70, top: 50, bottom: 20 },
        parallelAxis: figure.axes.map((a, dim) => ({ dim, name: a.name, min: a.labels.length ? undefined : a.min, max: a.labels.length ? undefined : a.max,
          type: a.labels.length ? "category" : "value", data: a.labels.length ? a.labels : undefined, nameTextStyle: { color: text },
          axisLabel: { color: text, formatter: a.labels.length ? undefined : (v) => v.toFixed(3) }, axisLine: { lineStyle: { color: text } } })),
        visualMap: { show: false, min: figure.axes[last].min, max: figure.axes[last].max, dimension: last, inRange: { color: [colour[0], colour[1]] } },
        series: [{ type: "parallel", lineStyle: { width: 2, opacity: 0.7 },
          data: figure.series.map((s) => s.y.map((v, i) => (figure.axes[i].labels.length ? figure.axes[i].labels[v] : v))) }] };
    }
    case "HEAT_MAP": {
      const cells = figure.series.flatMap((s, r) => s.y.map((v, c) => [c, r, v])).filter((c) => Number.isFinite(c[2]));
      const values = cells.map((c) => c[2]);
      return { ...common,
        xAxis: axis({ type: "category", data: figure.categories, name: figure.xTitle, nameGap: 28 }),
        yAxis: axis({ type: "category", inverse: true, data: figure.series.map((s) => s.name), name: figure.yTitle, nameGap: 36 }),
        visualMap: { show: false, min: Math.min(...values), max: Math.max(...values), inRange: { color: [palettes.light[0], palettes.light[1]] } },
        series: [{ type: "heatmap", data: cells, label: { show: true, color: "#fff", formatter: ({ data }) => data[2].toFixed(4) } }] };
    }
    default:
      return { ...common, tooltip: { ...common.tooltip, trigger: many ? "item" : "axis" },
        xAxis: axis({ type: figure.logX ? "log" : "value", logBase: 2, name: figure.xTitle, nameGap: 26, min: "dataMin", max: "dataMax", splitLine: { show: false } }), yAxis: y,
        series: figure.series.map((s) => ({ name: s.name, type: "line", showSymbol: s.x.length <= 40 && !many, symbolSize: 7, data: s.x.map((x, i) => [x, value(s.y[i])]),
          lineStyle: { width: many ? 1 : 2, opacity: many ? 0.7 : 1 } })) };
  }
}
