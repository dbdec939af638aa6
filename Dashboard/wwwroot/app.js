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

// j and k open the next and the previous of the items in an element, for as long as it is on the page.
export function itemKeys(host) {
  const onKey = (e) => {
    if (!host.isConnected) {
      document.removeEventListener("keydown", onKey);
      return;
    }
    if ((e.key !== "j" && e.key !== "k") || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.target.closest("input, textarea, select")) return;
    const items = [...host.querySelectorAll("details.example")];
    const at = items.findIndex((d) => d.open);
    const next = e.key === "j" ? items[at + 1] : items[at < 0 ? items.length - 1 : at - 1];
    const summary = next?.querySelector("summary");
    summary?.focus();
    summary?.click();
  };
  document.addEventListener("keydown", onKey);
}
