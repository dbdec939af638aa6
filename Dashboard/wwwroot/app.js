// Small services of the browser for the Dashboard's pages.

export const isDark = () => document.documentElement.dataset.theme === "dark";

export function setDark(dark) {
  const theme = dark ? "dark" : "light";
  localStorage.setItem("theme", theme);
  document.documentElement.dataset.theme = theme;
}

export const isWide = () => matchMedia("(min-width: 960px)").matches;

export const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";

export function save(fileName, mediaType, text) {
  const url = URL.createObjectURL(new Blob([text], { type: mediaType }));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}

// Keeps a log's end in view while it grows, unless its reader has scrolled up.
export function followEnd(element) {
  let atEnd = true;
  element.addEventListener("scroll", () => {
    atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
  });
  const toEnd = () => {
    if (atEnd) element.scrollTop = element.scrollHeight;
  };
  const observer = new MutationObserver(toEnd);
  observer.observe(element, { childList: true, subtree: true, characterData: true });
  toEnd();
}
