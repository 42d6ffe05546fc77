// Addresses of pages. A change of page keeps the document, and with it the token in its memory.
import { store } from "./state.js";
import { at, within } from "./base.js";

export const route = store(read());

const pagePath = /^\/($|send$|p\/|ops$|ops\/consistency$|ops\/statistics$)/;

export function go(address) {
  history.pushState(null, "", at(address));
  const before = route.get().path;
  readAddress();
  if (before !== route.get().path) {
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }
}

export function readAddress() {
  route.set(read());
}

/** Handles a plain click on a link to a page. The browser handles all other clicks. */
export function followLink(event) {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || link.target || link.hasAttribute("download") || event.defaultPrevented || !isPlain) return;
  const url = new URL(link.href);
  const path = within(url.pathname);
  if (url.origin !== location.origin || !pagePath.test(path ?? "") || (url.hash && url.pathname === location.pathname)) return;
  event.preventDefault();
  go(path + url.search + url.hash);
}

// A slash at the end of an address that was typed means the same page.
function read() {
  const path = within(location.pathname) ?? location.pathname;
  return { path: path.length > 1 ? path.replace(/\/+$/, "") : path, query: new URLSearchParams(location.search), hash: location.hash };
}
