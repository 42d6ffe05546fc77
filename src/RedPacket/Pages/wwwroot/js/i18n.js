// Texts in two languages. The browser's language is the default, and the user's choice is remembered.
import { store } from "./state.js";
import { en } from "./texts.en.js";
import { zh } from "./texts.zh.js";

const texts = { en, zh };
const storageKey = "redpacket-language";

export const language = store({ code: remembered() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en") });
language.listen(applyLanguage);
applyLanguage(language.get());

export function setLanguage(code) {
  try {
    localStorage.setItem(storageKey, code);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  language.set({ code });
}

/** The text of a key, with {name} replaced. A key without a text is shown as it is. */
export function t(key, values = {}) {
  const text = texts[language.get().code][key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const hasText = (key) => en[key] !== undefined;

/** The local time of day of an RFC 3339 time or of milliseconds. */
export function timeOfDay(time, withMilliseconds = false) {
  if (time === null || time === undefined) return "–";
  const date = new Date(time);
  const two = (n, width = 2) => `${n}`.padStart(width, "0");
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMilliseconds ? `${text}.${two(date.getMilliseconds(), 3)}` : text;
}

/** The local date and time of day: "2026-02-17 08:00:01". */
export function dateAndTime(time) {
  if (time === null || time === undefined) return "–";
  const date = new Date(time);
  const two = (n) => `${n}`.padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${timeOfDay(time)}`;
}

/** Milliseconds as "0.2 s", "12 s" or "3 min". */
export function duration(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

function remembered() {
  try {
    const code = localStorage.getItem(storageKey);
    return code in texts ? code : null;
  } catch {
    return null;
  }
}

function applyLanguage({ code }) {
  document.documentElement.lang = code === "zh" ? "zh-CN" : "en";
}
