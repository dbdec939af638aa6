// Small services of the browser for the Dashboard's pages.

export const reader = () => ({
  dark: document.documentElement.dataset.theme === "dark",
  wide: matchMedia("(min-width: 960px)").matches,
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC",
});

// A button keeps the pointer that presses it: where something above it grows and it moves away before the pointer is
// let go of, it still gets its click. Who drags the pointer off it wants no click.
const stillPixels = 8;
addEventListener("pointerdown", (down) => {
  const button = down.target instanceof Element && down.target.closest("button");
  if (!button || down.button !== 0) return;
  button.setPointerCapture(down.pointerId);
  const move = (e) => {
    const moved = Math.hypot(e.clientX - down.clientX, e.clientY - down.clientY);
    if (e.pointerId !== down.pointerId || moved < stillPixels) return;
    button.releasePointerCapture(e.pointerId);
    button.removeEventListener("pointermove", move);
  };
  button.addEventListener("pointermove", move);
  button.addEventListener("lostpointercapture", () => button.removeEventListener("pointermove", move), { once: true });
}, true);

export function setDark(dark) {
  const theme = dark ? "dark" : "light";
  localStorage.setItem("theme", theme);
  document.documentElement.dataset.theme = theme;
}

export { saveText as save } from "./files.js";

const listOf = (key) => {
  try {
    const list = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
};

// Puts items in front of a list in the browser's storage, which other tabs write as well; the oldest give way.
export function remember(key, items, most, characters) {
  const list = [...items, ...listOf(key)].slice(0, most);
  let text = JSON.stringify(list);
  while (text.length > characters && list.pop()) text = JSON.stringify(list);
  try {
    if (list.length) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // No room, or a reader who wants nothing kept.
  }
}

export const recall = (key) => new TextEncoder().encode(JSON.stringify(listOf(key)));

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
  host.dataset.keys = "j k";
}
