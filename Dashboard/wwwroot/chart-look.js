// What all charts look like, and how they are saved.

import { echarts } from "./echarts.js";
import { saveText, saveUrl } from "./files.js";

// The light ones stand in app.css too (--chart-0 …), for what names a line beside its colour.
const palettes = {
  light: ["#0b5cad", "#c2570c", "#1a7f4b", "#8b3fa8", "#b3261e", "#0f7b8a", "#7a6400", "#5a5f66"],
  dark: ["#6cb2ff", "#ffb066", "#4cc38a", "#d29bf0", "#ff8e86", "#5fd0de", "#e3cd5b", "#b4bcc6"],
};

// Colours of words, of rules and of lines, and the options that every chart has.
export function lookOf(dark) {
  const [text, rule] = dark ? ["#c3ccd6", "#2b3440"] : ["#3a4653", "#e3e8ee"];
  return {
    text, rule, colours: palettes[dark ? "dark" : "light"],
    common: {
      animation: false,
      textStyle: { color: text, fontFamily: "system-ui, sans-serif" },
      tooltip: {
        confine: true, transitionDuration: 0, backgroundColor: dark ? "#222b36" : "#ffffff", borderColor: rule,
        textStyle: { color: text, fontSize: 12 },
      },
      legend: { top: 0, left: 0, right: 10, type: "scroll", textStyle: { color: text } },
    },
  };
}

// As large as the element that it is drawn in; PNG at three times the size, or SVG. The option is one in light colours,
// for print.
export function saveChart(option, { clientWidth: width, clientHeight: height }, name, kind) {
  const copy = kind === "svg"
    ? echarts.init(null, null, { renderer: "svg", ssr: true, width, height })
    : echarts.init(document.createElement("div"), null, { width, height });
  copy.setOption(option);
  if (kind === "svg") saveText(`${name}.svg`, "image/svg+xml", copy.renderToSVGString());
  else saveUrl(copy.getDataURL({ pixelRatio: 3, backgroundColor: "#fff" }), `${name}.png`);
  copy.dispose();
}
