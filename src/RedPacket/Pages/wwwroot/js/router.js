// Addresses: the page follows them without leaving the document, so that a token in its memory stays.
import { store } from "./state.js";

export const current = store(read());

const ours = /^\/($|send$|p\/|ops$|ops\/consistency$)/;

export function go(address, replace = false) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  const before = current.get().path;
  visit();
  if (before !== current.get().path) {
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }
}

export function visit() {
  current.set(read());
}

/** A plain click on a link to one of our pages. */
export function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || link.hasAttribute("download") || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !ours.test(url.pathname) || (url.hash && url.pathname === location.pathname)) return;
  event.preventDefault();
  go(url.pathname + url.search + url.hash);
}

function read() {
  return { path: location.pathname, query: new URLSearchParams(location.search), hash: location.hash };
}
