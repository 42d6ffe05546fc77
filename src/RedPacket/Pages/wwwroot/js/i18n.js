// Texts in two languages. The choice is remembered; the first one is the browser's.
import { store } from "./state.js";
import { en } from "./texts.en.js";
import { zh } from "./texts.zh.js";

const texts = { en, zh };
const place = "redpacket-language";

export const language = store({ code: remembered() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en") });
language.listen(tell);
tell(language.get());

export function speak(code) {
  try {
    localStorage.setItem(place, code);
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
  language.set({ code });
}

/** The text of a key, with {name} replaced. A key without a text is shown as it is: the API's own words need none. */
export function t(key, values = {}) {
  const text = texts[language.get().code][key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const has = (key) => en[key] !== undefined;

/** RFC 3339 or milliseconds → the hour of day, here. */
export function clock(time, withMilliseconds = false) {
  if (time === null || time === undefined) return "–";
  const date = new Date(time);
  const two = (n, width = 2) => `${n}`.padStart(width, "0");
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMilliseconds ? `${text}.${two(date.getMilliseconds(), 3)}` : text;
}

/** The day as well, where it is not today. */
export function moment(time) {
  if (time === null || time === undefined) return "–";
  const date = new Date(time);
  const today = date.toDateString() === new Date().toDateString();
  return today ? clock(time) : `${date.toLocaleDateString(language.get().code === "zh" ? "zh-CN" : "en-GB")} ${clock(time)}`;
}

/** Milliseconds → "0.2 s", "12 s", "3 min". */
export function span(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

function remembered() {
  try {
    const code = localStorage.getItem(place);
    return code in texts ? code : null;
  } catch {
    return null;
  }
}

function tell({ code }) {
  document.documentElement.lang = code === "zh" ? "zh-CN" : "en";
}
