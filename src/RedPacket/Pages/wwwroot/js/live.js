// The live numbers: one stream for all of the document, read by fetch (so that it could carry a token), taken up again when it ends.
import { open } from "./api.js";
import { store } from "./state.js";
import { parse } from "./money.js";

const kept = 300_000;
const silence = 6_000;

/** state: connecting, live or lost; now: the last sample; samples: those of the last five minutes, oldest first. */
export const live = store({ state: "connecting", now: null, samples: [] });

let users = 0;
let leaving = null;

/** Listens for as long as somebody does. Returns what ends it. */
export function listen() {
  clearTimeout(leaving);
  if (users++ === 0 && !running) run();
  return () => {
    // From one page to the next the stream is kept.
    if (--users === 0) leaving = setTimeout(() => current?.abort(), 1000);
  };
}

let running = false;
let current = null;

async function run() {
  running = true;
  for (let pause = 500; users > 0; pause = Math.min(pause * 2, 4000)) {
    try {
      await read(() => (pause = 500));
    } catch (error) {
      if (users === 0) break;
      if (error.name !== "AbortError" && error.name !== "Error" && error.name !== "TypeError") throw error;
    }
    if (users === 0) break;
    live.set({ state: "lost" });
    await new Promise((done) => setTimeout(done, pause));
  }
  running = false;
}

async function read(onEvent) {
  current = new AbortController();
  const { signal } = current;
  let timer = setTimeout(() => current.abort(), silence);
  try {
    const response = await open("GET", "/api/v1/live", undefined, { Accept: "text/event-stream" }, signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => current.abort(), silence);
      onEvent();
      const events = (rest + value).split(/\r?\n\r?\n/);
      rest = events.pop();
      events.forEach(take);
    }
  } finally {
    clearTimeout(timer);
  }
}

function take(text) {
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
  live.set({ state: "live", now, samples: samples.filter((sample) => sample.time > now.time - kept) });
}
