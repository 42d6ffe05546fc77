// The live numbers: one stream for the whole document. It uses fetch, which can send a token, and reconnects when it ends.
import { open } from "./api.js";
import { store } from "./state.js";
import { parse } from "./money.js";

const keepMs = 300_000;
const silenceMs = 6_000;

/** state: connecting, live or lost; now: the last sample; samples: those of the last five minutes, oldest first. */
export const live = store({ state: "connecting", now: null, samples: [] });

let listeners = 0;
let leaving = null;
let running = false;
let current = null;

/** Keeps the stream open for a listener. Returns the function that ends this. */
export function listen() {
  clearTimeout(leaving);
  if (listeners++ === 0 && !running) run();
  return () => {
    // The stream survives the change from one page to the next.
    if (--listeners === 0) leaving = setTimeout(() => current?.abort(), 1000);
  };
}

async function run() {
  running = true;
  for (let pause = 500; listeners > 0; pause = Math.min(pause * 2, 4000)) {
    try {
      await read(() => (pause = 500));
    } catch (error) {
      if (listeners === 0) break;
      if (error.name !== "AbortError" && error.name !== "Error" && error.name !== "TypeError") throw error;
    }
    if (listeners === 0) break;
    live.set({ state: "lost" });
    await new Promise((done) => setTimeout(done, pause));
  }
  running = false;
}

async function read(onEvent) {
  current = new AbortController();
  const { signal } = current;
  let timer = setTimeout(() => current.abort(), silenceMs);
  try {
    const response = await open("GET", "/api/v1/live", undefined, { Accept: "text/event-stream" }, signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => current.abort(), silenceMs);
      onEvent();
      const events = (rest + value).split(/\r?\n\r?\n/);
      rest = events.pop();
      events.forEach(handle);
    }
  } finally {
    clearTimeout(timer);
  }
}

function handle(text) {
  const fields = text.split(/\r?\n/).map((line) => /^(\w+): ?(.*)$/.exec(line)).filter(Boolean);
  const name = fields.find((field) => field[1] === "event")?.[2];
  const data = fields.filter((field) => field[1] === "data").map((field) => field[2]).join("\n");
  if (name === "history") add(parse(data));
  if (name === "live") add([parse(data)]);
}

function add(numbers) {
  const fresh = numbers.map((sample) => ({ ...sample, time: Date.parse(sample.at) }));
  const byTime = new Map([...live.get().samples, ...fresh].map((sample) => [sample.time, sample]));
  const samples = [...byTime.values()].sort((a, b) => a.time - b.time);
  const now = samples.at(-1) ?? null;
  live.set({ state: "live", now, samples: samples.filter((sample) => sample.time > now.time - keepMs) });
}
