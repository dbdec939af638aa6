// A sweep's trials in three views under one brush: lines across their settings, a map of two settings, and the best on
// a radar. What is brushed on the upright axes (or a cell that is clicked) is what all of them and the table show.

import { small } from "./chart-formats.js";
import { lookOf, saveChart } from "./chart-look.js";
import { echarts } from "./echarts.js";

const heat = ["#0b5cad", "#c2570c"];
const faint = 0.07;
const brushMilliseconds = 150;

const ends = (values) => {
  const found = values.filter(Number.isFinite);
  return found.length ? { min: Math.min(...found), max: Math.max(...found) } : {};
};

export const createExplorer = (host, dotnet) => new Explorer(host, dotnet);

class Explorer {
  constructor(host, dotnet) {
    this.dotnet = dotnet;
    this.views = Object.fromEntries([...host.querySelectorAll("[data-view]")].map((element) =>
      [element.dataset.view, { element, instance: echarts.init(element, null, { renderer: "canvas" }) }]));
    // What has room for its words in a wide window may have none in a narrow one: drawn anew.
    this.resizer = new ResizeObserver(() => {
      Object.values(this.views).forEach((v) => v.instance.resize());
      if (this.data) this.#draw();
    });
    this.resizer.observe(host);
    this.views.parallel.instance.on("axisareaselected", () => this.#brushed());
    const pointer = this.views.parallel.instance.getZr();
    pointer.on("mousedown", () => { this.dragging = true; });
    this.onUp = () => this.#dropped();
    document.addEventListener("mouseup", this.onUp);
    this.views.map.instance.on("click", (e) => e.data?.trials?.length && this.#choose(e.data.trials));
  }

  // data: {dark, objective, lower, axes: [{key, name, labels, log}], datasets, rows, columns, chosen,
  //   trials: [{number, dataset, values, objective, parameters, seconds}]}; a value is a label's place or a number.
  // Trials that come while somebody brushes wait until the brush is up; and what was brushed stands until
  // .NET knows it.
  show(data) {
    if (this.dragging) {
      this.held = data;
      return;
    }
    this.data = data;
    if (!this.untold) {
      this.chosen = data.chosen && new Set(data.chosen);
      if (!this.chosen) this.#clearBrush();
    }
    this.#draw();
  }

  #dropped() {
    this.dragging = false;
    if (!this.held) return;
    const data = this.held;
    this.held = null;
    this.show(data);
  }

  save(view, kind) {
    saveChart(this.#option(view, { ...this.data, dark: false }), this.views[view].element, `trials-${view}`, kind);
  }

  dispose() {
    clearTimeout(this.timer);
    document.removeEventListener("mouseup", this.onUp);
    this.resizer.disconnect();
    Object.values(this.views).forEach((v) => v.instance.dispose());
  }

  #draw() {
    const shown = this.#shown();
    for (const [view, { element, instance }] of Object.entries(this.views)) {
      if (view === "map") this.#makeRoom(element, instance);
      // Lines keep the areas that are brushed; the others have nothing to keep.
      const merge = view === "parallel" ? { replaceMerge: ["series"] } : { notMerge: true };
      instance.setOption(this.#option(view, this.data), merge);
      const { title } = element.dataset;
      element.setAttribute("aria-label", `${title}: ${shown.length} of ${this.data.trials.length} trials`);
    }
  }

  #shown() {
    return this.data.trials.filter((t) => !this.chosen || this.chosen.has(t.number));
  }

  #brushed() {
    const model = this.views.parallel.instance.getModel();
    let areas = 0;
    model.eachComponent("parallelAxis", (axis) => { areas += axis.activeIntervals.length; });
    if (!areas && !this.hasAreas) return;
    this.hasAreas = areas > 0;
    this.#choose(this.hasAreas
      ? model.getSeries().flatMap((series, i) =>
        series.getRawIndicesByActiveState("active").map((at) => this.#group(i)[at].number))
      : null);
  }

  #choose(numbers) {
    this.chosen = numbers && new Set(numbers);
    for (const view of ["map", "radar"]) {
      this.views[view].instance.setOption(this.#option(view, this.data), { notMerge: true });
    }
    this.untold = true;
    clearTimeout(this.timer);
    const timer = this.timer = setTimeout(async () => {
      await this.dotnet.invokeMethodAsync("ChosenAsync", numbers && numbers.toSorted((a, b) => a - b));
      if (this.timer === timer) this.untold = false;
    }, brushMilliseconds);
  }

  #clearBrush() {
    if (!this.hasAreas) return;
    this.hasAreas = false;
    this.views.parallel.instance.getModel().eachComponent("parallelAxis", (axis) =>
      this.views.parallel.instance.dispatchAction({ type: "axisAreaSelect", parallelAxisId: axis.id, intervals: [] }));
  }

  #group(dataset) {
    return this.data.trials.filter((t) => t.dataset === dataset);
  }

  #option(view, data) {
    const { text, rule, colours, common: look } = lookOf(data.dark);
    const common = {
      ...look, color: colours,
      legend: { ...look.legend, show: data.datasets.length > 1 && view !== "map", selectedMode: false },
    };
    return { parallel: () => this.#parallel(data, common, text), map: () => this.#map(data, common, text, rule),
      radar: () => this.#radar(data, common, text, rule) }[view]();
  }

  #parallel(data, common, text) {
    const surface = data.dark ? "rgba(23, 29, 37, 0.75)" : "rgba(255, 255, 255, 0.75)";
    const objectives = data.trials.map((t) => t.objective);
    // Labels stand to the right of their axis and end before the next.
    const room = Math.max(30, (this.views.parallel.element.clientWidth - 120) / data.axes.length - 14);
    const look = { nameTextStyle: { color: text }, nameTruncate: { maxWidth: room + 8, ellipsis: "…" },
      axisLabel: { color: text, hideOverlap: true, backgroundColor: surface, padding: [1, 3], width: room,
        overflow: "truncate" },
      axisLine: { lineStyle: { color: text } },
      areaSelectStyle: { width: 18, borderColor: common.color[1], color: common.color[1], opacity: 0.25 } };
    // The ends are seldom round numbers; they would stand in their neighbours.
    const inner = { showMinLabel: false, showMaxLabel: false };
    const axes = data.axes.map((a) => (a.labels.length
      ? { id: a.key, name: a.name, type: "category", data: a.labels, ...look }
      : { id: a.key, name: a.name, type: a.log ? "log" : "value",
        ...ends(data.trials.map((t) => t.values[data.axes.indexOf(a)])), ...look,
        axisLabel: { ...look.axisLabel, ...(a.log ? {} : inner), formatter: (v) => small(v) } }));
    // Told, since it would be that of the first data set alone.
    axes.push({ id: "objective", name: data.objective, type: "value", ...ends(objectives), ...look,
      axisLabel: { ...look.axisLabel, ...inner, formatter: (v) => `${+v.toPrecision(4)}` } });
    return {
      ...common,
      tooltip: { ...common.tooltip, formatter: ({ name }) => echarts.format.encodeHTML(name ?? "") },
      parallel: { left: 40, right: 80, top: data.datasets.length > 1 ? 58 : 36, bottom: 16 },
      parallelAxis: axes.map((a, dim) => ({ ...a, dim })),
      series: data.datasets.map((name, dataset) => ({
        id: name, name, type: "parallel", lineStyle: { width: 2 }, inactiveOpacity: faint, activeOpacity: 0.85,
        data: data.trials.filter((t) => t.dataset === dataset).map((t) => ({
          name: `Trial ${t.number} · ${name} · ${t.objective.toFixed(4)}`,
          value: [...data.axes.map((a, i) => (a.labels.length ? a.labels[t.values[i]] : t.values[i])), t.objective],
          lineStyle: { opacity: !this.chosen || this.chosen.has(t.number) ? 0.85 : faint },
        })),
      })),
    };
  }

  // One map for each data set: losses on different texts have no common mean.
  #panels(data) {
    return data.rows === "dataset" || data.columns === "dataset" ? [null] : data.datasets.map((_, i) => i);
  }

  #makeRoom(element, instance) {
    const panels = this.#panels(this.data).length;
    this.stacked = element.clientWidth / panels < 200;
    const height = `${this.stacked ? panels * 230 : 270}px`;
    if (element.style.height === height) return;
    element.style.height = height;
    instance.resize();
  }

  #map(data, common, text, rule) {
    const side = (key) => (key === "dataset"
      ? { name: "data set", labels: data.datasets, of: (t) => t.dataset }
      : { ...data.axes.find((a) => a.key === key), of: (t) => t.values[data.axes.findIndex((a) => a.key === key)] });
    if (!data.rows || !data.columns) return { ...common };
    const [rows, columns] = [side(data.rows), side(data.columns)];
    const panels = this.#panels(data);
    const share = 100 / panels.length;
    const trials = this.#shown();
    const width = this.views.map.element.clientWidth / (this.stacked ? 1 : panels.length);
    const cell = { width: (width - 80) / columns.labels.length,
      height: ((this.views.map.element.clientHeight / (this.stacked ? panels.length : 1)) - 70) / rows.labels.length };
    const repeated = trials.length > rows.labels.length * columns.labels.length * panels.length;
    // Mean, spread and n: on two lines, on three, or the mean alone, as there is room.
    const onTwoLines = cell.width > (repeated ? 88 : 44) && cell.height > 30;
    const onThree = cell.width > 50 && cell.height > 44;
    const between = onTwoLines ? ", " : onThree ? "\n" : null;
    const look = { axisLabel: { color: text, hideOverlap: true }, axisLine: { lineStyle: { color: rule } },
      axisTick: { show: false },
      nameTextStyle: { color: text }, nameLocation: "middle" };
    const cells = panels.map((dataset) => rows.labels.flatMap((row, r) => columns.labels.map((column, c) => {
      const mine = trials.filter((t) => rows.of(t) === r && columns.of(t) === c
        && (dataset === null || t.dataset === dataset));
      const mean = mine.reduce((sum, t) => sum + t.objective, 0) / mine.length;
      const squares = mine.reduce((sum, t) => sum + (t.objective - mean) ** 2, 0);
      const spread = mine.length > 1 ? Math.sqrt(squares / (mine.length - 1)) : null;
      return { value: [c, r, mean], spread, trials: mine.map((t) => t.number),
        words: `${rows.name} ${row}, ${columns.name} ${column}` };
    })).filter((cell) => cell.trials.length));
    const words = ({ spread, trials: of }, separator = ", ") =>
      `n ${of.length}${spread === null ? "" : `${separator}± ${spread.toFixed(4)}`}`;
    const place = (i) => (this.stacked
      ? { left: 60, right: 10, top: `${(i * share) + (panels.length > 1 ? 8 : 3)}%`,
        height: `${share - (panels.length > 1 ? 24 : 16)}%` }
      : { left: `${(i * share) + (5600 / this.views.map.element.clientWidth)}%`,
        width: `${share - (6800 / this.views.map.element.clientWidth)}%`,
        top: panels.length > 1 ? 26 : 8, bottom: 44 });
    const grids = panels.map((_, i) => place(i));
    return {
      ...common,
      title: panels.length < 2 ? [] : panels.map((dataset, i) => ({ text: data.datasets[dataset], left: grids[i].left,
        top: this.stacked ? `${i * share}%` : 0,
        textStyle: { color: text, fontSize: 12, fontWeight: 600, width: width - 70, overflow: "truncate" } })),
      tooltip: { ...common.tooltip, formatter: ({ data: cell }) =>
        `${echarts.format.encodeHTML(cell.words)}<br><b>${cell.value[2].toFixed(4)}</b> (${words(cell)})<br>`
          + `trials ${cell.trials.join(", ")}` },
      grid: grids,
      xAxis: panels.map((_, i) => ({ ...look, gridIndex: i, type: "category", data: columns.labels,
        name: columns.name, nameGap: 26 })),
      yAxis: panels.map((_, i) => ({ ...look, gridIndex: i, type: "category", inverse: true, data: rows.labels,
        name: rows.name, nameGap: 38 })),
      visualMap: cells.map((of, i) => ({ show: false, seriesIndex: i, dimension: 2,
        min: Math.min(...of.map((c) => c.value[2])),
        max: Math.max(...of.map((c) => c.value[2])), inRange: { color: data.lower ? heat : heat.toReversed() } })),
      series: cells.map((of, i) => ({
        type: "heatmap", xAxisIndex: i, yAxisIndex: i, data: of,
        label: { show: true, color: "#fff", fontSize: 11, lineHeight: 14,
          formatter: ({ data: of }) => (between
            ? `${of.value[2].toFixed(4)}\n${words(of, between)}`
            : `${of.value[2].toFixed(3)}`) },
      })),
    };
  }

  // As large as the words round it leave room for.
  #radarPlace(spans, ends, legend) {
    const { clientWidth: width, clientHeight: height } = this.views.radar.element;
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = "12px system-ui, sans-serif";
    const beside = spans.map((a, i) => {
      const reach = Math.abs(Math.sin((2 * Math.PI * i) / spans.length));
      if (reach < 0.2) return 0;
      return Math.max(...[a.name, ends(a).join(" – ")].map((line) => pen.measureText(line).width)) / reach;
    });
    const top = legend ? 24 : 0;
    const radius = Math.max(30, Math.min((height - top) / 2 - 46, width / 2 - Math.max(...beside) - 16));
    return { radius, center: ["50%", (height + top) / 2] };
  }

  // The best of those chosen on each data set, each axis from its least value to its greatest.
  #radar(data, common, text, rule) {
    const more = [["trained parameters", "parameters"], ["seconds", "seconds"]]
      .map(([name, key]) => ({ name, key, of: (t) => t[key] })).filter((a) => data.trials.some((t) => a.of(t) > 0));
    const axes = [...data.axes.map((a, i) => ({ ...a, of: (t) => t.values[i] })).filter((a) => a.key !== "dataset"),
      ...(data.axes.length < 4 ? more : [])];
    const range = (a) => {
      const values = data.trials.map(a.of).filter(Number.isFinite);
      return [Math.min(...values), Math.max(...values)];
    };
    const spans = axes.map((a) => ({ ...a, range: range(a) })).filter((a) => a.range[1] > a.range[0]);
    const better = (a, b) => (data.lower ? a.objective <= b.objective : a.objective >= b.objective) ? a : b;
    const best = data.datasets
      .map((name, dataset) => ({ name, all: this.#shown().filter((t) => t.dataset === dataset) }))
      .filter((g) => g.all.length).map((g) => ({ name: g.name, trial: g.all.reduce(better) }));
    if (spans.length < 3) {
      return { ...common, title: { text: "A radar needs three axes that vary.", left: "center", top: "middle",
        textStyle: { color: text, fontSize: 12, fontWeight: 400 } } };
    }
    const rounded = (v) => echarts.format.addCommas(+v.toPrecision(3));
    const ends = (a) => (a.labels?.length ? [a.labels[0], a.labels.at(-1)] : a.range.map(rounded));
    const valueOf = (a, v) => (a.labels?.length ? a.labels[v] : rounded(v));
    return {
      ...common,
      tooltip: { ...common.tooltip, formatter: ({ dataIndex }) => {
        const { name, trial } = best[dataIndex];
        return `${echarts.format.encodeHTML(name)}: trial ${trial.number}, <b>${trial.objective.toFixed(4)}</b><br>`
          + spans.map((a) => echarts.format.encodeHTML(`${a.name} ${valueOf(a, a.of(trial))}`)).join("<br>");
      } },
      radar: { ...this.#radarPlace(spans, ends, data.datasets.length > 1), axisName: { color: text, lineHeight: 14 },
        splitNumber: 4, splitLine: { lineStyle: { color: rule } }, splitArea: { show: false },
        axisLine: { lineStyle: { color: rule } },
        // The least value is not the middle: a radar of one point at the middle shows nothing.
        indicator: spans.map((a) => ({ name: `${a.name}\n${ends(a).join(" – ")}`,
          min: a.range[0] - ((a.range[1] - a.range[0]) * 0.15), max: a.range[1] })) },
      series: [{ type: "radar", data: best.map(({ name, trial }, i) => ({
        name, value: spans.map((a) => a.of(trial)), areaStyle: { opacity: 0.15 },
        itemStyle: { color: common.color[data.datasets.indexOf(name) % common.color.length] } })) }],
    };
  }
}
