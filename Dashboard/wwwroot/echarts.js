// Apache ECharts, once its script has run: the page may have come to life before it.

const script = document.getElementById("echarts");
if (!globalThis.echarts) {
  await new Promise((resolve, reject) => {
    script.addEventListener("load", resolve, { once: true });
    script.addEventListener("error", () => reject(new Error("The charts' script could not be loaded.")), { once: true });
  });
}

export const echarts = globalThis.echarts;
