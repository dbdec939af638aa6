// Apache ECharts, once its script has run: the page may have come to life before it.

// Asked for its function: until then a global of that name may be an element that happens to have it for its id.
const script = document.getElementById("charts-script");
if (!globalThis.echarts?.init) {
  await new Promise((resolve, reject) => {
    script.addEventListener("load", resolve, { once: true });
    const fail = () => reject(new Error("The charts' script could not be loaded."));
    script.addEventListener("error", fail, { once: true });
  });
}

export const echarts = globalThis.echarts;
